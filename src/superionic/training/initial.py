"""Initial parameters: random, scaled so that all network inputs are of order one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from ..conventions import Array
from ..nep.format import NEPParameters
from ..nep.shape import NEPShape
from .dataset import Batch
from .settings import ModelSettings
from .trainable_nep import TrainableNEP, by_species


def shape_of(settings: ModelSettings, elements: tuple[str, ...]) -> NEPShape:
    """The shape during training: without the constant neuron of the nep.txt."""
    return NEPShape(
        elements=elements,
        cutoff_radial=settings.cutoffs_A[0],
        cutoff_angular=settings.cutoffs_A[1],
        n_max=settings.n_max,
        basis_size=settings.basis_size,
        l_max=settings.l_max,
        n_neurons=settings.neurons - 1,
        zbl=settings.zbl_A,
    )


def untrained(settings: ModelSettings, elements: tuple[str, ...]) -> NEPParameters:
    """Random coefficients and weights, descriptors not yet scaled; without the neuron of the constants.

    c ~ N(0, 1/√(T (k_max + 1))), w0 ~ N(0, 1/√D), w1 ~ N(0, 0.1 eV/√H): standard deviations. The last one is
    small because forces of a random network, far above those of the labels, take long to unlearn.
    """
    random = np.random.default_rng(settings.seed)
    shape = shape_of(settings, elements)
    types, arrays = shape.n_types, shape.array_shapes
    return NEPParameters(
        shape=shape,
        w0=random.normal(size=arrays["w0"]) / np.sqrt(shape.n_descriptors),
        b0=random.normal(size=arrays["b0"]),
        w1=0.1 * random.normal(size=arrays["w1"]) / np.sqrt(shape.n_neurons),
        b1=0.0,
        c_radial=random.normal(size=arrays["c_radial"]) / np.sqrt(types * shape.k_radial),
        c_angular=random.normal(size=arrays["c_angular"]) / np.sqrt(types * shape.k_angular),
        q_scaler=np.ones(shape.n_descriptors),
        max_neighbors=(1, 1),
    )


def initial_potential(
    settings: ModelSettings, elements: tuple[str, ...], batches: Sequence[Batch], site_energies: Array
) -> TrainableNEP:
    """The model before training, with descriptor statistics over the batches.

    site_energies (T,) eV are the reference energies. q_scaler is the inverse standard deviation over the
    atoms of all species.
    """
    plain = untrained(settings, elements)
    no_means = np.zeros((plain.shape.n_types, plain.shape.n_descriptors))
    probe = TrainableNEP(plain, no_means, site_energies, torch.float64)
    probe.to(batches[0].forces.device)
    rows: list[list[Array]] = [[] for _ in elements]
    for batch in batches:
        geometry = batch.geometry
        for species, atoms in by_species(geometry.species_bounds):
            contracted = probe.expand(
                species, geometry.radial[atoms].double(), geometry.angular[atoms].double()
            )
            with torch.no_grad():
                rows[species].append(probe.descriptors(*contracted).cpu().numpy())
    absent = [element for element, values in zip(elements, rows, strict=True) if not values]
    if absent:
        raise ValueError(f"no training frame holds {', '.join(absent)}: label structures with all elements")
    of_species = [np.concatenate(values) for values in rows]
    scaler = 1.0 / _spread(np.concatenate(of_species))
    means = np.array([values.mean(0) * scaler for values in of_species])
    # b0 relative to the mean descriptors, the origin of TrainableNEP
    b0 = plain.b0 + np.einsum("thd,td->th", plain.w0, means)
    start = replace(plain, b0=b0, q_scaler=scaler)
    dtype = batches[0].forces.dtype
    return TrainableNEP(start, means, site_energies, dtype).to(batches[0].forces.device)


def _spread(values: Array) -> Array:
    """Standard deviation of each column, at least a millionth of the largest."""
    spread = values.std(0)
    return np.maximum(spread, 1e-6 * max(float(spread.max()), 1e-300))

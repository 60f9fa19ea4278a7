"""A model before training: random, but scaled so that every number the network sees is of order one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ..nep.format import NEPParameters, n_descriptors
from .dataset import Batch
from .potential import Potential, by_species
from .settings import ModelSettings

Array = NDArray[np.float64]


def untrained(settings: ModelSettings, elements: tuple[str, ...]) -> NEPParameters:
    """Random coefficients and weights, descriptors not yet scaled; without the neuron of the constants.

    c ~ N(0, 1/√(T (k_max + 1))), w0 ~ N(0, 1/√D), w1 ~ N(0, 0.1 eV/√H): standard deviations. The last one is
    small because forces of a random network, far above those of the labels, take long to unlearn.
    """
    random = np.random.default_rng(settings.seed)
    types, neurons = len(elements), settings.neurons - 1
    n_rows = n_descriptors(settings.n_max, settings.l_max)

    def coefficients(n_max: int, basis_size: int) -> Array:
        shape = (n_max + 1, basis_size + 1, types, types)
        return random.normal(size=shape) / np.sqrt(types * (basis_size + 1))

    return NEPParameters(
        version="nep4_zbl" if settings.zbl_A else "nep4",
        elements=elements,
        cutoff_radial=settings.cutoffs_A[0],
        cutoff_angular=settings.cutoffs_A[1],
        max_neighbors_radial=1,
        max_neighbors_angular=1,
        n_max=settings.n_max,
        basis_size=settings.basis_size,
        l_max=settings.l_max,
        w0=random.normal(size=(types, neurons, n_rows)) / np.sqrt(n_rows),
        b0=random.normal(size=(types, neurons)),
        w1=0.1 * random.normal(size=(types, neurons)) / np.sqrt(neurons),
        b1=0.0,
        c_radial=coefficients(settings.n_max[0], settings.basis_size[0]),
        c_angular=coefficients(settings.n_max[1], settings.basis_size[1]),
        q_scaler=np.ones(n_rows),
        zbl=settings.zbl_A,
    )


def initial_potential(
    settings: ModelSettings, elements: tuple[str, ...], batches: Sequence[Batch], site_energies: Array
) -> Potential:
    """The model that training starts from, with statistics of the descriptors over the batches.

    site_energies (T,) eV are the reference energies. q_scaler is the inverse standard deviation over the
    atoms of all species.
    """
    plain = untrained(settings, elements)
    n_types, n_rows = plain.n_types, plain.w0.shape[2]
    probe = Potential(plain, np.zeros((n_types, n_rows)), site_energies, torch.float64)
    probe.to(batches[0].forces.device)
    rows: list[list[Array]] = [[] for _ in elements]
    for batch in batches:
        geometry = batch.geometry
        for kind, atoms in by_species(geometry.species_bounds):
            contracted = probe.expand(kind, geometry.radial[atoms].double(), geometry.angular[atoms].double())
            with torch.no_grad():
                rows[kind].append(probe.descriptors(*contracted).cpu().numpy())
    absent = [element for element, found in zip(elements, rows, strict=True) if not found]
    if absent:
        raise ValueError(f"no training frame holds {', '.join(absent)}: label structures with all elements")
    of_species = [np.concatenate(found) for found in rows]
    scaler = 1.0 / _spread(np.concatenate(of_species))
    means = np.array([values.mean(0) * scaler for values in of_species])
    # b0 is counted from the mean descriptors, where Potential puts its zero
    b0 = plain.b0 + np.einsum("thd,td->th", plain.w0, means)
    start = replace(plain, b0=b0, q_scaler=scaler)
    dtype = batches[0].forces.dtype
    return Potential(start, means, site_energies, dtype).to(batches[0].forces.device)


def _spread(values: Array) -> Array:
    """Standard deviation of each column, no smaller than a millionth of the largest."""
    spread = values.std(0)
    return np.maximum(spread, 1e-6 * max(float(spread.max()), 1e-300))

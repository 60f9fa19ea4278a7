"""The fast prediction and gradient against the reference engine and double backpropagation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from superionic.engines.torch_engine import TorchEngine
from superionic.neighbors import Edges, find_edges
from superionic.training.dataset import Batch, Frame, build_batch
from superionic.training.loss import Accuracies, loss, loss_and_gradient, predict
from superionic.training.trainable_nep import TrainableNEP
from tests.models import random_parameters

ACCURACIES = Accuracies(energy=0.3, force=0.7, virial=0.5)
SHAPES = [{"l_max": (4, 2, 1)}, {"l_max": (3, 0, 0), "cutoffs": (3.5, 4.5)}, {"zbl": (1.2, 2.4)}]


def small_potential(generator: np.random.Generator, **options) -> TrainableNEP:
    start = random_parameters(**options)
    return TrainableNEP(
        start, generator.normal(size=(3, start.w0.shape[2])), np.array([0.5, -1.0, 2.0]), torch.float64
    )


@pytest.mark.parametrize("options", SHAPES, ids=str)
def test_prediction_equals_the_reference_engine(frames: list[Frame], generator, options) -> None:
    potential = small_potential(generator, **options)
    batch = build_batch(frames[:3], potential.shape, torch.float64)
    ours = predict(potential, batch)
    engine = TorchEngine(potential.parameters_of_nep((50, 50)))
    exact = [engine.compute(frame.system) for frame in frames[:3]]
    # the batch holds labels less the repulsion, so the same difference is compared
    ours_missing = ours.energies - batch.energies
    missing = np.array([e.energy[0] - f.energy for e, f in zip(exact, frames, strict=False)])
    assert np.allclose(ours_missing, missing, atol=1e-10)
    forces = np.concatenate([e.forces[0] - f.forces for e, f in zip(exact, frames, strict=False)])
    assert np.allclose((ours.forces - batch.forces).numpy(), forces[batch.order], atol=1e-9)
    virials = np.array([e.virial[0] - f.virial for e, f in zip(exact, frames, strict=False)])
    assert np.allclose((ours.virials - batch.virials).numpy(), virials, atol=1e-9)


def double_backpropagation(potential: TrainableNEP, batch: Batch, frames: list[Frame]) -> list[Tensor]:
    """The gradient of the loss as plain automatic differentiation gives it: a graph through the forces."""
    shape = potential.shape
    energy_terms, force_terms, virial_terms = [], [], []
    for number, frame in enumerate(frames):
        system, species = frame.system, torch.as_tensor(frame.system.species)
        found = find_edges(system.positions[0], system.cell[0], system.pbc, max(shape.cutoffs))
        vectors = found.vectors.requires_grad_(True)
        sites = site_energies(potential, Edges(found.center, found.neighbor, vectors), species)
        (gradients,) = torch.autograd.grad(sites.sum(), vectors, create_graph=True)
        forces = gradients.new_zeros(len(species), 3).index_add(0, found.center, gradients)
        forces = forces.index_add(0, found.neighbor, -gradients)
        label = torch.empty_like(batch.forces)
        label[batch.order] = batch.forces
        start = sum(f.system.n_atoms for f in frames[:number])
        force_terms.append(forces - label[start : start + len(species)])
        energy_terms.append((sites.sum() - batch.energies[number]) / len(species))
        if frame.virial is not None:
            virial_terms.append((-vectors.T @ gradients - batch.virials[number]) / len(species))
    total = (torch.stack(energy_terms) / ACCURACIES.energy).square().mean()
    total = total + (torch.cat(force_terms) / ACCURACIES.force).square().mean()
    total = total + (torch.stack(virial_terms) / ACCURACIES.virial).square().mean()
    return [total, *torch.autograd.grad(total, list(potential.parameters()))]


def site_energies(potential: TrainableNEP, edges: Edges, species: Tensor) -> Tensor:
    """Energies of the training form through `nep.descriptor`, atom by atom in any order."""
    from superionic.nep.descriptor import invariants, moments

    shape = potential.shape
    summed = moments(edges, species, shape.n_types, shape.cutoffs, shape.basis_size, shape.l_max[0])
    types = shape.n_types

    def plain(grouped: Tensor) -> Tensor:
        return grouped.unflatten(1, (types, -1)).permute(3, 2, 0, 1)

    q = invariants(summed, species, plain(potential.c_radial), plain(potential.c_angular), shape.l_max)
    inputs = q * potential.q_scaler - potential.means[species]
    hidden = torch.tanh(torch.einsum("nd,ndh->nh", inputs, potential.w0[species]) + potential.b[species])
    return (hidden * potential.w1[species]).sum(1) + potential.u[species]


@pytest.mark.parametrize("options", SHAPES, ids=str)
def test_gradient_equals_double_backpropagation(frames: list[Frame], generator, options) -> None:
    potential = small_potential(generator, **options)
    chosen = frames[1:5]  # the third has no stress
    batch = build_batch(chosen, potential.shape, torch.float64)
    value = loss_and_gradient(potential, batch, ACCURACIES)
    exact_value, *exact = double_backpropagation(potential, batch, chosen)
    assert value == pytest.approx(exact_value.item(), rel=1e-12)
    for (name, parameter), reference in zip(potential.named_parameters(), exact, strict=True):
        scale = float(reference.abs().max())
        assert scale > 0, name
        assert float((parameter.grad - reference).abs().max()) < 1e-10 * scale, name


def test_gradient_equals_finite_differences(frames: list[Frame], generator) -> None:
    potential = small_potential(generator)
    batch = build_batch(frames[:4], potential.shape, torch.float64)
    loss_and_gradient(potential, batch, ACCURACIES)
    for parameter in potential.parameters():
        direction = torch.as_tensor(generator.normal(size=parameter.shape))
        step, values = 1e-5, []
        for sign in (1.0, -1.0):
            with torch.no_grad():
                parameter.add_(direction, alpha=sign * step)
            values.append(loss(predict(potential, batch), batch, ACCURACIES))
            with torch.no_grad():
                parameter.sub_(direction, alpha=sign * step)
        slope = (values[0] - values[1]) / (2 * step)
        assert float((parameter.grad * direction).sum()) == pytest.approx(slope, rel=1e-5)


def test_single_precision_gradient_is_close(frames: list[Frame], generator) -> None:
    potential = small_potential(generator)
    exact = build_batch(frames[:4], potential.shape, torch.float64)
    loss_and_gradient(potential, exact, ACCURACIES)
    wanted = {name: parameter.grad.clone() for name, parameter in potential.named_parameters()}
    rough = potential.float()
    rough.zero_grad()
    loss_and_gradient(rough, build_batch(frames[:4], potential.shape, torch.float32), ACCURACIES)
    for name, parameter in rough.named_parameters():
        scale = float(wanted[name].abs().max())
        assert float((parameter.grad - wanted[name]).abs().max()) < 1e-4 * scale, name

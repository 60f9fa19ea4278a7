"""The loss of a batch and its gradient, at the price of one tangent pass instead of double backpropagation.

    loss = mean_B (ΔE/(N σ_E))² + mean_N,3 (ΔF/σ_F)² + mean_B,3,3 (ΔW/(N σ_W))²

Forces and virials are linear in ∂E/∂S, with constant coefficients. Hence with the residuals' weights
r = ∂loss/∂(E, F, W) held fixed, r_F · F + r_W · W is the directional derivative of the energy along one constant change Ṡ
of the moments, and

    d loss/dθ = ∂/∂θ [ Σ_B r_E E + dE/dλ at S + λ Ṡ ],

a first derivative of a function of one forward-mode pass. Equal to double backpropagation (tests/training).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.autograd.forward_ad as forward_mode
from torch import Tensor

from .dataset import Batch
from .potential import Potential, by_species


@dataclass(frozen=True)
class Accuracies:
    """The errors σ that count as one: eV/atom, eV/Å, eV/atom. Smaller means more weight."""

    energy: float
    force: float
    virial: float


@dataclass(frozen=True)
class Prediction:
    """energies (B,) eV in float64, forces (N, 3) eV/Å, virials (B, 3, 3) eV; without the ZBL part."""

    energies: Tensor
    forces: Tensor
    virials: Tensor
    site_energies: Tensor


Expansion = list[tuple[int, slice, Tensor, Tensor]]
"""For each species: its index, its atoms, and the contracted radial and angular moments."""


def predict(potential: Potential, batch: Batch) -> Prediction:
    """Energies, forces and virials; no gradient with respect to parameters."""
    with torch.no_grad():
        return _predict(potential, batch, _expand(potential, batch))


def loss_and_gradient(potential: Potential, batch: Batch, accuracies: Accuracies) -> float:
    """The loss of a batch; its gradient is added to `.grad` of the potential's parameters."""
    geometry = batch.geometry
    expansion = _expand(potential, batch)
    prediction = _predict(potential, batch, expansion)
    value, (on_energies, on_forces, on_virials) = _residuals(prediction, batch, accuracies)
    radial_rates, angular_rates = geometry.moment_rates(on_forces, on_virials)
    on_sites = on_energies[geometry.structure]
    objective = radial_rates.new_zeros(())
    for kind, atoms, radial, angular in expansion:
        rates = potential.expand(kind, radial_rates[atoms], angular_rates[atoms])
        with forward_mode.dual_level():
            energies = potential.site_energies(
                kind, forward_mode.make_dual(radial, rates[0]), forward_mode.make_dual(angular, rates[1])
            )
            primal, tangent = forward_mode.unpack_dual(energies)
        objective = objective + (on_sites[atoms] * primal).sum() + tangent.sum()
    objective.backward()
    return value


def loss(prediction: Prediction, batch: Batch, accuracies: Accuracies) -> float:
    """The loss alone."""
    return _residuals(prediction, batch, accuracies)[0]


def _expand(potential: Potential, batch: Batch) -> Expansion:
    geometry = batch.geometry
    return [
        (kind, atoms, *potential.expand(kind, geometry.radial[atoms], geometry.angular[atoms]))
        for kind, atoms in by_species(geometry.species_bounds)
    ]


def _predict(potential: Potential, batch: Batch, expansion: Expansion) -> Prediction:
    geometry = batch.geometry
    sites = torch.empty_like(geometry.radial[:, 0])
    on_radial, on_angular = torch.empty_like(geometry.radial), torch.empty_like(geometry.angular)
    for kind, atoms, radial, angular in expansion:
        leaves = (radial.detach().requires_grad_(True), angular.detach().requires_grad_(True))
        with torch.enable_grad():
            energies = potential.site_energies(kind, *leaves)
            gradients = torch.autograd.grad(energies.sum(), leaves)
        with torch.no_grad():
            sites[atoms] = energies.detach()
            on_radial[atoms], on_angular[atoms] = potential.expand_back(kind, *gradients)
    with torch.no_grad():
        forces, virials = geometry.forces_and_virial(on_radial, on_angular)
    energies = torch.zeros_like(batch.energies).index_add(0, geometry.structure, sites.double())
    return Prediction(energies, forces, virials, sites)


def _residuals(
    prediction: Prediction, batch: Batch, accuracies: Accuracies
) -> tuple[float, tuple[Tensor, Tensor, Tensor]]:
    """The loss and its derivatives with respect to energies, forces and virials."""
    energy = (prediction.energies - batch.energies).to(batch.forces.dtype) / batch.atoms / accuracies.energy
    force = (prediction.forces - batch.forces) / accuracies.force
    virial_scale = batch.has_virial / batch.atoms / accuracies.virial
    virial = (prediction.virials - batch.virials) * virial_scale[:, None, None]
    n_virials = batch.has_virial.sum().clamp(min=1.0) * 9
    value = energy.square().mean() + force.square().mean() + virial.square().sum() / n_virials
    derivatives = (
        2.0 * energy / batch.atoms / accuracies.energy / energy.numel(),
        2.0 * force / accuracies.force / force.numel(),
        2.0 * virial * virial_scale[:, None, None] / n_virials,
    )
    return float(value), derivatives

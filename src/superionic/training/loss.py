"""The loss of a batch and its gradient from one tangent pass instead of double backpropagation.

Over B structures of N atoms::

    loss = mean_B (ΔE/(N σ_E))² + mean_N,3 (ΔF/σ_F)² + mean_B,3,3 (ΔW/(N σ_W))²

Forces and virials are linear in ∂E/∂S, with constant coefficients. With the weights of the residuals
r = ∂loss/∂(E, F, W) held fixed, r_F · F + r_W · W is the directional derivative of the energy along one
constant change Ṡ of the moments, and with A = c·S, Ȧ = c·Ṡ::

    d loss/dθ = ∂/∂θ Σ_i [ r_E U_i(A) + ∂U_i/∂A · Ȧ ]

==============  =========================================================  ===================
symbol          variable                                                   shape
==============  =========================================================  ===================
E, F, W         ``Prediction.energies``, ``forces``, ``virials``           (B,) (N, 3) (B, 3, 3)
σ_E, σ_F, σ_W   ``Accuracies.energy``, ``force``, ``virial``               scalars
r_E, r_F, r_W   ``on_energies``, ``on_forces``, ``on_virials``             as E, F, W
S               ``Geometry.radial``, ``angular``                           (N, T·K) (N, M, T·K)
Ṡ               ``radial_rates``, ``angular_rates``                        as S
A, Ȧ            ``moments``, ``rates`` (`TrainableNEP.expand` of S, Ṡ)     (N, n) (N, M, n)
U_i             ``_Sites.energies``                                        (N,)
∂U_i/∂A         ``_Sites.on_radial``, ``on_angular``                       as A
θ               parameters of `TrainableNEP`                               several
==============  =========================================================  ===================

The graph through the derivative covers network and invariants of single atoms only, no edge and no neighbour
sum. Equal to double backpropagation through the forces (tests/training/test_loss.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .dataset import Batch
from .trainable_nep import TrainableNEP, by_species


@dataclass(frozen=True)
class Accuracies:
    """Deviations σ that contribute equally to the loss: eV/atom, eV/Å, eV/atom. Smaller means more weight."""

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


@dataclass(frozen=True)
class _Sites:
    """The atoms of one species: site energies (N,) and their derivatives by the contracted moments."""

    species: int
    atoms: slice
    energies: Tensor
    on_radial: Tensor
    on_angular: Tensor


def predict(potential: TrainableNEP, batch: Batch) -> Prediction:
    """Energies, forces and virials; no gradient with respect to parameters."""
    return _assembled(potential, batch, _sites(potential, batch, with_graph=False))


def loss_and_gradient(potential: TrainableNEP, batch: Batch, accuracies: Accuracies) -> float:
    """The loss of a batch; its gradient is added to `.grad` of the potential's parameters."""
    geometry = batch.geometry
    sites = _sites(potential, batch, with_graph=True)
    value, on_energies, on_forces, on_virials = _residuals(
        _assembled(potential, batch, sites), batch, accuracies
    )
    radial_rates, angular_rates = geometry.moment_rates(on_forces, on_virials)
    on_sites = on_energies[geometry.structure]
    objective = radial_rates.new_zeros(())
    for site in sites:
        rates = potential.expand(site.species, radial_rates[site.atoms], angular_rates[site.atoms])
        tangent = (site.on_radial * rates[0]).sum() + (site.on_angular * rates[1]).sum()
        objective = objective + tangent + (site.energies * on_sites[site.atoms]).sum()
    objective.backward()
    return value


def loss(prediction: Prediction, batch: Batch, accuracies: Accuracies) -> float:
    """The loss without gradient."""
    return _residuals(prediction, batch, accuracies)[0]


def _sites(potential: TrainableNEP, batch: Batch, *, with_graph: bool) -> list[_Sites]:
    """Site energies and their derivatives, species by species, with a graph through both for training."""
    geometry, sites = batch.geometry, []
    for species, atoms in by_species(geometry.species_bounds):
        with torch.enable_grad():
            moments = potential.expand(species, geometry.radial[atoms], geometry.angular[atoms])
            energies = potential.site_energies(species, *moments)
            gradients = torch.autograd.grad(energies.sum(), moments, create_graph=with_graph)
        sites.append(_Sites(species, atoms, energies, *gradients))
    return sites


@torch.no_grad()
def _assembled(potential: TrainableNEP, batch: Batch, sites: list[_Sites]) -> Prediction:
    """Energies, forces and virials of the structures from the derivatives of the site energies."""
    geometry = batch.geometry
    energies = torch.cat([site.energies for site in sites])
    pulled = [potential.expand_back(site.species, site.on_radial, site.on_angular) for site in sites]
    forces, virials = geometry.forces_and_virial(*(torch.cat(parts) for parts in zip(*pulled, strict=True)))
    total = torch.zeros_like(batch.energies).index_add(0, geometry.structure, energies.double())
    return Prediction(total, forces, virials, energies)


def _residuals(
    prediction: Prediction, batch: Batch, accuracies: Accuracies
) -> tuple[float, Tensor, Tensor, Tensor]:
    """The loss and its derivatives with respect to energies, forces and virials."""
    energy = (prediction.energies - batch.energies).to(batch.forces.dtype) / batch.atoms / accuracies.energy
    force = (prediction.forces - batch.forces) / accuracies.force
    virial_scale = batch.has_virial / batch.atoms / accuracies.virial
    virial = (prediction.virials - batch.virials) * virial_scale[:, None, None]
    n_virials = batch.has_virial.sum().clamp(min=1.0) * 9
    value = energy.square().mean() + force.square().mean() + virial.square().sum() / n_virials
    return (
        float(value),
        2.0 * energy / batch.atoms / accuracies.energy / energy.numel(),
        2.0 * force / accuracies.force / force.numel(),
        2.0 * virial * virial_scale[:, None, None] / n_virials,
    )

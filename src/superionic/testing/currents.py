"""Contracts of the energy current: three independent formulas, and the order of the nine components."""

from __future__ import annotations

import numpy as np

from ..conventions import Array
from ..md.heat_current import energy_current_potential
from ..system import System
from .subject import STENCIL, ContractBroken, Subject, agree, largest, nine_components, replicas, slopes


def current_is_the_rate_of_the_energy_dipole(subject: Subject) -> None:
    """J_p = Σ_i W_i · v_i = Σ_i r_i (F_i · v_i) + Σ_i r_i dU_i/dt on a free cluster.

    The right side needs only site energies and forces (it is d/dt Σ_i E_i r_i - J_k). A transposed or
    symmetrised W must fail clearly, otherwise the subject is too symmetric to tell.
    """
    system = subject.cluster
    velocities = subject.velocities(system)
    now, virials = subject.engine.compute(system), nine_components(subject.engine, system)
    expected = _dipole_rate(subject, system, velocities, now.forces, now.site_energies)
    current = energy_current_potential(virials, velocities)
    # scale of the summands: the current of a cluster at rest on average cancels between atoms
    scale = largest(np.einsum("riab,rib->ria", virials, velocities))
    scale = max(scale, largest(current))
    agree("Σ W_i v_i and the dipole's rate", current, expected, 2 * subject.slope_error * scale)
    transposed = virials.transpose(0, 1, 3, 2)
    for name, wrong in (("transposed", transposed), ("symmetrised", 0.5 * (virials + transposed))):
        miss = largest(energy_current_potential(wrong, velocities) - expected)
        if miss < 4 * subject.slope_error * scale:
            raise ContractBroken(
                f"{name} virials would miss the current by {miss:.3g} only: give a subject without symmetry"
            )


def _dipole_rate(
    subject: Subject, system: System, velocities: Array, forces: Array, site_energies: Array
) -> Array:
    """Σ_i r_i (F_i·v_i) + d/dt Σ_i U_i r_i - Σ_i U_i v_i, (1, 3), by displacement along the velocities.

    Positions are relative to the centre and energies to their initial values: the sum is unchanged (the power
    Σ_i F_i·v_i is minus the rate of Σ U_i) and rounding errors stay small.
    """
    step = subject.step_A / largest(velocities)
    middle = system.positions.mean(axis=1, keepdims=True)
    places = np.concatenate([system.positions + n * step * velocities for n in STENCIL])
    changes = subject.engine.compute(replicas(system, places)).site_energies - site_energies
    rates = slopes(changes, step)
    power = np.einsum("ria,ria->ri", forces, velocities)
    return np.einsum("ri,ria->ra", power + rates[None], system.positions - middle)


def edge_form_equals_atom_form(subject: Subject) -> None:
    """J_p = -Σ_ij r_ij (∂U_i/∂r_ij · v_j) from the oracle's edges equals Σ_i W_i · v_i of the engine."""
    import torch  # only here: the other contracts need no PyTorch

    from ..engines.torch_engine import TorchEngine
    from ..neighbors import find_edges
    from ..nep import derivatives

    oracle = subject.believed()
    if not isinstance(oracle, TorchEngine):
        raise ValueError("the edge form needs the edges of a TorchEngine as oracle")
    system, velocities = subject.system, subject.velocities()
    species = torch.as_tensor(system.species)
    expected = []
    for positions, cell, moving in zip(system.positions, system.cell, velocities, strict=True):
        edges = find_edges(positions, cell, system.pbc, oracle.cutoff)
        _, gradients = derivatives.edge_gradients(oracle.model, edges, species)
        expected.append(
            derivatives.energy_current_potential(edges, gradients, torch.as_tensor(moving)).numpy()
        )
    virials = nine_components(subject.engine, system)
    current = energy_current_potential(virials, velocities)
    scale = max(largest(virials) * largest(velocities), 1.0)
    agree("Σ W_i v_i and the sum over edges", current, np.array(expected), subject.rounding * scale)

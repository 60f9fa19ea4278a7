"""A crystal with exactly known ensembles: atoms on springs to sites that move with an elastic cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Array
from ..engines.base import Evaluation
from ..system import System
from ..units import BOLTZMANN_EV_PER_K


@dataclass
class ElasticCrystal:
    """U = Σ_{i<j} f(|u_i - u_j|) + (B/2) ln²(V/V₀) + (G/2) tr S². Satisfies `engines.base.Engine`.

    u_i = r_i - s_i h are the displacements from sites that move with the cell h, and f(d) = k d²/2 + q d⁴/4
    couples every two of them (strongly anharmonic, so that energy spreads). The integral over the u does not
    depend on the cell: the pressure of the motion and that of the springs cancel on average, F(h) is the
    elastic energy of the cell alone: P(V) = -∂F/∂V = -B ln(V/V₀)/V at every temperature. S is the
    traceless part of ln(DᵀD)/2 with D = h₀⁻¹ h.

    sites : (N, 3) s_i, fractional; home : (3, 3) h₀ in Å; bulk, shear : B and G in eV
    spring, quartic : k in eV/Å² and q in eV/Å⁴
    """

    sites: Array
    home: Array
    spring: float = 0.06
    quartic: float = 0.3
    bulk: float = 7.0
    shear: float = 7.0
    elements: tuple[str, ...] = ("Li", "S")
    name: str = "elastic crystal"
    device: str = "cpu"
    precision: str = "float64"
    cutoff: float = 1.0

    @property
    def home_volume(self) -> float:
        """V₀ in Å³."""
        return float(abs(np.linalg.det(self.home)))

    def compute(self, system: System, *, atomic_virials: bool = False) -> Evaluation:
        """Evaluate all replicas."""
        away = system.positions - self.sites @ system.cell
        displacement = away[:, :, None] - away[:, None, :]
        squares = (displacement**2).sum(axis=-1)
        pulls = (self.spring + self.quartic * squares)[..., None] * displacement
        stretch, shape = self._strain(system)
        elastic = -(self.bulk * stretch[:, None, None] * np.eye(3) + self.shear * shape) / system.n_atoms
        energy = 0.5 * (self.bulk * stretch**2 + self.shear * (shape**2).sum(axis=(1, 2))) / system.n_atoms
        # half of every pair's energy and virial belongs to either atom
        pairs = (0.5 * self.spring * squares + 0.25 * self.quartic * squares**2).sum(axis=2)
        forces = -pulls.sum(axis=2)
        parts = None
        if atomic_virials:
            parts = -0.5 * np.einsum("rija,rijb->riab", displacement, pulls) + elastic[:, None]
        return Evaluation(
            site_energies=0.5 * pairs + energy[:, None],
            forces=forces,
            virial=away.transpose(0, 2, 1) @ forces + system.n_atoms * elastic,
            atomic_virials=parts,
        )

    def shear_energy(self, system: System) -> Array:
        """(G/2) tr S², (R,) eV."""
        return 0.5 * self.shear * (self._strain(system)[1] ** 2).sum(axis=(1, 2))

    def _strain(self, system: System) -> tuple[Array, Array]:
        """ln(V/V₀) (R,) and S (R, 3, 3)."""
        deformation = np.linalg.solve(self.home, system.cell)
        squares, axes = np.linalg.eigh(deformation.transpose(0, 2, 1) @ deformation)
        logarithms = 0.5 * np.log(squares)
        stretch = logarithms.sum(axis=1)
        traceless = logarithms - stretch[:, None] / 3
        return stretch, (axes * traceless[:, None, :]) @ axes.transpose(0, 2, 1)

    def volume_moments(self, pressure: float, temperature_K: float) -> tuple[float, float]:
        """Mean (Å³) and variance (Å⁶) of the volume: p(V) ∝ exp(-(F(V) + P V)/kT) dV, by quadrature."""
        volumes = self.home_volume * np.linspace(0.3, 3.0, 40_001)
        free = 0.5 * self.bulk * np.log(volumes / self.home_volume) ** 2 + pressure * volumes
        weights = np.exp(-(free - free.min()) / (BOLTZMANN_EV_PER_K * temperature_K))
        mean = np.average(volumes, weights=weights)
        return float(mean), float(np.average((volumes - mean) ** 2, weights=weights))

    def mean_shear_energy(self, temperature_K: float) -> float:
        """⟨(G/2) tr S²⟩ in eV, nearly 5 kT/2: the principal stretches λ of a cell whose shape is free.

        p(λ) ∝ exp(-G Σλ²/(2kT)) Π_{i<j} |sinh(λ_i - λ_j)|, Σλ = 0: the invariant measure of the unimodular
        matrices, in which the noise of the barostat is uniform.
        """
        kT = BOLTZMANN_EV_PER_K * temperature_K
        axis = np.linspace(-1, 1, 1001) * 8 * np.sqrt(kT / self.shear)
        first, second = np.meshgrid(axis, axis)
        third = -first - second
        energy = 0.5 * self.shear * (first**2 + second**2 + third**2)
        measure = np.abs(np.sinh(first - second) * np.sinh(second - third) * np.sinh(third - first))
        return float(np.average(energy, weights=np.exp(-energy / kT) * measure))


def elastic_crystal(n_replicas: int, temperature_K: float) -> tuple[ElasticCrystal, System]:
    """Eight atoms of two species in a triclinic cell of 160 Å³, displaced about as the temperature does."""
    home = np.array([[5.6, 0.0, 0.0], [0.7, 5.2, 0.0], [-0.4, 0.9, 5.5]])
    home *= np.cbrt(160.0 / np.linalg.det(home))
    sites = np.stack(np.meshgrid(*[[0.0, 0.5]] * 3, indexing="ij"), axis=-1).reshape(8, 3)
    crystal = ElasticCrystal(sites, home)
    spread = np.sqrt(BOLTZMANN_EV_PER_K * temperature_K)
    away = np.random.default_rng(0).normal(0, spread, (n_replicas, 8, 3))
    system = System(
        positions=sites @ home + away,
        cell=np.repeat(home[None], n_replicas, axis=0),
        species=np.array([0, 0, 0, 0, 0, 0, 1, 1]),
        masses=np.array([7.0] * 6 + [9.0] * 2),
        elements=crystal.elements,
    )
    return crystal, system

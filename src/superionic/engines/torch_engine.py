"""The reference engine: NEP in PyTorch with automatic differentiation, CPU or CUDA, float64 or float32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..neighbors import find_edges
from ..nep import derivatives
from ..nep.model import NEP
from ..potentials import Potential, as_potential
from ..system import System
from .base import Evaluation


def load(potential: Potential, device: str, threads: int | None, precision: str) -> TorchEngine:
    """For `engines.ENGINES`."""
    return TorchEngine(potential, getattr(torch, precision), device)


def unavailable() -> str | None:
    """Where this module can be imported, the engine works: on the CPU at least."""
    return None


class TorchEngine:
    """Readable and slow: what the fast engines must equal. Satisfies `engines.base.Engine`."""

    name = "torch"

    def __init__(
        self,
        potential: Potential | str | Path,
        dtype: torch.dtype = torch.float64,
        device: str = "cpu",
    ) -> None:
        """Load a potential; raises NEPFormatError for a bad file, RuntimeError for a device not there."""
        parameters = as_potential(potential)
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise RuntimeError("device 'cuda' asked for, but PyTorch sees no CUDA device: use device='cpu'")
        self.model = NEP(parameters, dtype).to(device)
        self.dtype = dtype
        self.device = device
        self.precision = {torch.float64: "float64", torch.float32: "float32"}[dtype]
        self.elements = parameters.elements
        self.cutoff = self.model.cutoff

    def compute(self, system: System, *, atomic_virials: bool = False) -> Evaluation:
        """Evaluate the replicas one after the other; results in float64 whatever the inner precision."""
        if system.elements != self.elements:
            raise ValueError(f"system numbers species as {system.elements}, potential as {self.elements}")
        species = torch.as_tensor(system.species, device=self.device)
        n_atoms = system.n_atoms
        energies, all_forces, virials, per_atom = [], [], [], []
        for positions, cell in zip(system.positions, system.cell, strict=True):
            edges = find_edges(positions, cell, system.pbc, self.cutoff, self.dtype, self.device)
            site_energies, gradients = derivatives.edge_gradients(self.model, edges, species)
            energies.append(site_energies)
            all_forces.append(derivatives.forces(edges, gradients, n_atoms))
            virials.append(derivatives.virial(edges, gradients))
            if atomic_virials:
                per_atom.append(derivatives.atomic_virials(edges, gradients, n_atoms))
        return Evaluation(
            site_energies=_stacked(energies),
            forces=_stacked(all_forces),
            virial=_stacked(virials),
            atomic_virials=_stacked(per_atom) if atomic_virials else None,
        )


def _stacked(tensors: list[torch.Tensor]) -> np.ndarray:
    return torch.stack(tensors).double().cpu().numpy()

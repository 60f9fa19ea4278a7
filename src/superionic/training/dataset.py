"""Labelled structures: reading, splitting, and batches for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from torch import Tensor

from ..conventions import Array
from ..frames import read_structures
from ..neighbors import Edges, find_edges
from ..nep.shape import NEPShape
from ..nep.zbl import site_repulsion
from ..system import System
from .checks import check_frames
from .geometry import Geometry, build_geometry
from .labels import read_labels


@dataclass(frozen=True)
class Frame:
    """One labelled structure.

    energy in eV; forces (N, 3) eV/Å; virial (3, 3) eV = -stress · volume, or None without a stress label;
    name: the label's id, or file and number; round: the stem of its file.
    """

    system: System
    energy: float
    forces: Array
    virial: Array | None
    name: str
    round: str
    split: str

    @property
    def composition(self) -> Array:
        """(T,) number of atoms of each species."""
        return np.bincount(self.system.species, minlength=len(self.system.elements)).astype(float)


def read_frames(paths: Sequence[Path], elements: tuple[str, ...]) -> list[Frame]:
    """All frames of extended-xyz files with energy and forces (labels.py); `split` defaults to train.

    Raises ValueError for a file without frames, a frame without energy or forces, contradicting labels, an
    unknown split, and a structure in both training and test set.
    """
    frames = []
    for path in paths:
        read = read_structures(path, "extxyz")
        frames += [_frame(atoms, elements, path, number) for number, atoms in enumerate(read)]
    check_frames(frames)
    return frames


def _frame(atoms: Atoms, elements: tuple[str, ...], path: Path, number: int) -> Frame:
    place = f"{path.name}:{number}"
    try:
        system = System.from_atoms(atoms, elements)
        energy, forces, virial = read_labels(atoms, place)
    except ValueError as error:
        raise ValueError(str(error) if place in str(error) else f"{place}: {error}") from None
    split = str(atoms.info.get("split", "train"))
    if split not in ("train", "test"):
        raise ValueError(f"{place}: split is {split!r}, must be train or test")
    return Frame(
        system=system,
        energy=energy,
        forces=forces,
        virial=virial,
        name=str(atoms.info.get("id", place)),
        round=path.stem,
        split=split,
    )


def split_frames(frames: Sequence[Frame], validation_fraction: float, seed: int) -> dict[str, list[Frame]]:
    """Frames for training, validation (drawn by `seed` from those marked train) and test (those marked test).

    Raises ValueError for fewer than two training frames.
    """
    marked = [frame for frame in frames if frame.split == "train"]
    n_validation = max(1, round(validation_fraction * len(marked)))
    if len(marked) - n_validation < 1:
        raise ValueError(
            f"{len(marked)} frames marked train and a validation fraction of {validation_fraction} leave "
            "none to train on: label more structures"
        )
    drawn = set(np.random.default_rng(seed).permutation(len(marked))[:n_validation].tolist())
    return {
        "train": [frame for index, frame in enumerate(marked) if index not in drawn],
        "validation": [frame for index, frame in enumerate(marked) if index in drawn],
        "test": [frame for frame in frames if frame.split == "test"],
    }


def reference_energies(frames: Sequence[Frame]) -> Array:
    """(T,) eV: one reference energy per species, fitted to the labels.

    Least squares for the energy per atom over compositions, the solution with the smallest deviations from
    the mean energy per atom: if all frames have one composition every species gets that mean, and no
    arbitrary split of the energy between species is introduced.
    """
    fractions = np.array([frame.composition / frame.composition.sum() for frame in frames])
    per_atom = np.array([frame.energy / frame.system.n_atoms for frame in frames])
    mean = float(per_atom.mean())
    # compositions that vary by less than 1e-3 would only fit noise
    deviations, *_ = np.linalg.lstsq(fractions, per_atom - mean, rcond=1e-3)
    return np.asarray(mean + deviations)


@dataclass(frozen=True)
class Batch:
    """A batch of frames: geometry, and labels minus the ZBL repulsion.

    atoms (B,) number of atoms; energies (B,) eV; forces (N, 3) eV/Å in the order of `geometry`;
    virials (B, 3, 3) eV; has_virial (B,) 1 or 0; order (N,): atom n of the batch is number order[n] of
    the concatenated frames.
    """

    geometry: Geometry
    atoms: Tensor
    energies: Tensor
    forces: Tensor
    virials: Tensor
    has_virial: Tensor
    order: Tensor


def build_batch(frames: Sequence[Frame], shape: NEPShape, dtype: torch.dtype, device: str = "cpu") -> Batch:
    """Compute geometry and labels of a few frames for models with the cutoffs and basis of `shape`."""
    edges, species, structure, order = _joined(frames, shape, device)
    energies = torch.tensor([frame.energy for frame in frames], dtype=torch.float64, device=device)
    forces = torch.as_tensor(np.concatenate([frame.forces for frame in frames]), device=device)[order]
    virials = torch.as_tensor(
        np.array([np.zeros((3, 3)) if f.virial is None else f.virial for f in frames]), device=device
    )
    if shape.zbl is not None:
        repulsion = _repulsion(edges, species, structure, len(frames), shape.elements, shape.zbl)
        energies, forces, virials = energies - repulsion[0], forces - repulsion[1], virials - repulsion[2]
    return Batch(
        geometry=build_geometry(edges, species, structure, len(frames), shape, dtype),
        atoms=torch.tensor([frame.system.n_atoms for frame in frames], dtype=dtype, device=device),
        energies=energies,
        forces=forces.to(dtype),
        virials=virials.to(dtype),
        has_virial=torch.tensor([float(f.virial is not None) for f in frames], dtype=dtype, device=device),
        order=order,
    )


def _joined(frames: Sequence[Frame], shape: NEPShape, device: str) -> tuple[Edges, Tensor, Tensor, Tensor]:
    """Edges, species and frame index of all atoms, sorted by species, and the permutation."""
    parts, offset = [], 0
    for frame in frames:
        system = frame.system
        edges = find_edges(system.positions[0], system.cell[0], system.pbc, shape.cutoff)
        parts.append((edges.center + offset, edges.neighbor + offset, edges.vectors))
        offset += system.n_atoms
    center, neighbor, vectors = (torch.cat(pieces) for pieces in zip(*parts, strict=True))
    species = torch.as_tensor(np.concatenate([frame.system.species for frame in frames]))
    structure = torch.repeat_interleave(
        torch.arange(len(frames)), torch.tensor([frame.system.n_atoms for frame in frames])
    )
    order = torch.argsort(species, stable=True)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order))
    edges = Edges(rank[center].to(device), rank[neighbor].to(device), vectors.to(device))
    return edges, species[order].to(device), structure[order].to(device), order.to(device)


def _repulsion(
    edges: Edges,
    species: Tensor,
    structure: Tensor,
    n_structures: int,
    elements: tuple[str, ...],
    range_A: tuple[float, float],
) -> tuple[Tensor, Tensor, Tensor]:
    """Energies (B,), forces (N, 3) and virials (B, 3, 3) of the ZBL repulsion."""
    vectors = edges.vectors.clone().requires_grad_(True)
    sites = site_repulsion(Edges(edges.center, edges.neighbor, vectors), species, elements, range_A)
    (gradients,) = torch.autograd.grad(sites.sum(), vectors)
    energies = sites.detach().new_zeros(n_structures).index_add(0, structure, sites.detach())
    forces = gradients.new_zeros(len(species), 3).index_add(0, edges.center, gradients)
    forces = forces.index_add(0, edges.neighbor, gradients, alpha=-1.0)
    outer = -edges.vectors[:, :, None] * gradients[:, None, :]
    virials = outer.new_zeros(n_structures, 3, 3).index_add(0, structure[edges.center], outer)
    return energies, forces, virials

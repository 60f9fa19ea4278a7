"""ctypes view of the compiled library: structures as in model.h, dynamics.h and interface.cpp."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

_DOUBLE = ctypes.c_double
_INTEGER = ctypes.c_int64
_ARRAY = ctypes.c_void_p
_REFUSED = 2
"""What the library returns when the fault lies in what it was asked for."""


class Parameters(ctypes.Structure):
    """Coefficients of a potential (model.h)."""

    _fields_ = (
        *((name, _DOUBLE) for name in ("cutoff_radial", "cutoff_angular", "coulomb", "b1")),
        *((name, _ARRAY) for name in ("w0", "b0", "w1", "c_radial", "c_angular", "q_scaler", "charges")),
        *((name, _ARRAY) for name in ("pair_cutoffs", "zbl_pairs")),
    )


class Batch(ctypes.Structure):
    """The structures to work on (interface.cpp)."""

    _fields_ = (
        *((name, _INTEGER) for name in ("n_replicas", "n_atoms", "threads")),
        *((name, _ARRAY) for name in ("positions", "cell", "pbc", "species")),
    )


class Results(ctypes.Structure):
    """Where an evaluation goes (interface.cpp)."""

    _fields_ = tuple((name, _ARRAY) for name in ("site_energies", "forces", "virial", "atomic_virials"))


class Rescaling(ctypes.Structure):
    """Motion of the cell (cell.h)."""

    _fields_ = (
        *((name, _DOUBLE) for name in ("pressure", "thermal", "rate")),
        *((name, _INTEGER) for name in ("isotropic", "every")),
        ("normals", _ARRAY),
    )


class Plan(ctypes.Structure):
    """One block of MD (dynamics.h)."""

    _fields_ = (
        *((name, _DOUBLE) for name in ("timestep", "skin", "decay", "target_kinetic")),
        *((name, _INTEGER) for name in ("steps", "sample_every", "n_dof")),
        ("noise", _ARRAY),
        ("n_replicas", _INTEGER),
        ("rescaling", Rescaling),
        ("stop", _ARRAY),
    )


class Motion(ctypes.Structure):
    """Start and results of a block of MD (interface.cpp)."""

    _fields_ = (
        ("plan", Plan),
        *(
            (name, _ARRAY)
            for name in (
                "masses",
                "start_velocities",
                "start_forces",
                "start_virial",
                "positions",
                "velocities",
                "currents",
                "potential_energy",
                "kinetic_energy",
                "heat",
                "cell",
                "mean_cell",
            )
        ),
    )


def address(array: np.ndarray | None) -> int | None:
    """Address of a C-contiguous array; the caller keeps the array alive."""
    if array is None:
        return None
    if not array.flags.c_contiguous:
        raise ValueError("arrays handed to the native engine must be C-contiguous")
    return array.ctypes.data


class Library:
    """One compiled potential; a call that fails raises RuntimeError, or ValueError, with its message."""

    def __init__(self, path: Path, parameters: Parameters) -> None:
        self._library = ctypes.CDLL(str(path))
        self._library.superionic_model.restype = ctypes.c_void_p
        self._library.superionic_free.argtypes = [ctypes.c_void_p]
        self._model = ctypes.c_void_p(self._library.superionic_model(ctypes.byref(parameters)))
        if not self._model:
            raise MemoryError("no memory for the coefficients of the potential")

    def compute(self, batch: Batch, results: Results) -> None:
        """Evaluate all replicas."""
        self._call(self._library.superionic_compute, batch, results)

    def block(self, batch: Batch, motion: Motion, results: Results) -> None:
        """Run a block of MD for all replicas; an interrupt ends it within a step.

        Python hears signals in its main thread, between two of its own instructions, so the work is done in
        another one.
        """
        stop = ctypes.c_int(0)
        motion.plan.stop = ctypes.addressof(stop)
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(self._call, self._library.superionic_block, batch, motion, results)
            try:
                work.result()
            except BaseException:
                stop.value = 1
                raise

    def _call(self, function: Any, *structures: ctypes.Structure) -> None:
        message = ctypes.create_string_buffer(512)
        outcome = function(self._model, *(ctypes.byref(s) for s in structures), message)
        if outcome:
            fault = ValueError if outcome == _REFUSED else RuntimeError
            raise fault(f"native engine: {message.value.decode(errors='replace')}")

    def __del__(self) -> None:
        if getattr(self, "_model", None):
            self._library.superionic_free(self._model)

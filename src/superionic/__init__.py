"""Heat transport in superionic materials: potential -> molecular dynamics -> flux -> transport.

The names below are what most scripts need. Each is imported on first use, so that `import superionic` costs
nothing and the analysis never loads PyTorch.

Raises AttributeError for a name that is not among them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOME = {
    "Analysis": "transport.analysis",
    "analyse": "transport.analysis",
    "FluxError": "flux.series",
    "FluxSeries": "flux.series",
    "read_series": "flux.readers",
    "read_flux": "flux.files",
    "write_flux": "flux.files",
    "read_gpumd": "flux.gpumd",
    "read_gpumd_runs": "flux.gpumd_run",
    "LammpsMap": "flux.lammps",
    "read_lammps": "flux.lammps",
    "NEPCalculator": "calculator",
    "read_nep": "nep.format",
    "write_nep": "nep.format",
    "load_potential": "potentials",
    "load_engine": "engines",
    "prepare_inputs": "md.inputs",
    "run_to_flux": "md.pipeline",
    "simulate": "md.simulate",
}
"""Public name -> the module that defines it."""

__all__ = [  # noqa: RUF022  (in the order of the work; type checkers want a plain list)
    "__version__",
    "Analysis",
    "analyse",
    "FluxError",
    "FluxSeries",
    "read_series",
    "read_flux",
    "write_flux",
    "read_gpumd",
    "read_gpumd_runs",
    "LammpsMap",
    "read_lammps",
    "NEPCalculator",
    "read_nep",
    "write_nep",
    "load_potential",
    "load_engine",
    "prepare_inputs",
    "run_to_flux",
    "simulate",
]

if TYPE_CHECKING:
    from .calculator import NEPCalculator
    from .engines import load_engine
    from .flux.files import read_flux, write_flux
    from .flux.gpumd import read_gpumd
    from .flux.gpumd_run import read_gpumd_runs
    from .flux.lammps import LammpsMap, read_lammps
    from .flux.readers import read_series
    from .flux.series import FluxError, FluxSeries
    from .md.inputs import prepare_inputs
    from .md.pipeline import run_to_flux
    from .md.simulate import simulate
    from .nep.format import read_nep, write_nep
    from .potentials import load_potential
    from .transport.analysis import Analysis, analyse


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Everything a flux series says about transport, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..flux.series import FluxSeries
from .cepstral import CepstralResult, cepstral
from .checks import doubts, refuse_unsteady
from .currents import select_currents
from .decomposition import parts
from .diffusion import FEWEST_LAGS, IonTransport, ion_transport
from .green_kubo import MAX_LAG_PS, PLATEAU_PS, combine, fitting_window, running_integrals
from .matrix_limits import MatrixLimits
from .onsager import coupled_fraction, schur_complement
from .spectral import SpectralResult, kappa_along_axes, spectral
from .spectrum import spectra
from .uncertainty import Estimate, jackknife_estimate


@dataclass(frozen=True)
class Analysis:
    """Transport coefficients in SI, each with its standard error.

    onsager    : "L00", "L01", "L11"... → Green-Kubo estimate; index 0 energy, 1.. the mobile species
    kappa      : Schur complement (Green-Kubo); naive_kappa: L00
    parts      : "kk", "pp", "kp" of L00 (both orders of the cross term in kp)
    coupled    : r = 1 - κ/L00
    spectral   : κ and L_ab from the smooth log-spectrum: the values to quote
    cepstral   : the same by the cosine series of Bertossa et al.
    along_axes : spectral κ along x, y and z
    ions       : diffusion and ionic conductivity
    units      : the independent units behind the Green-Kubo errors
    total_ps   : length of all replicas together
    max_lag_ps : longest lag of the Green-Kubo integrals; plateau_ps: window of their plateau
    doubts     : what speaks against the quoted κ, in words (checks.py)
    """

    mobile: tuple[str, ...]
    dropped: tuple[str, ...]
    temperature_K: float
    volume_A3: float
    units: str
    total_ps: float
    max_lag_ps: float
    plateau_ps: tuple[float, float]
    onsager: Mapping[str, Estimate]
    naive_kappa: Estimate
    kappa: Estimate
    parts: Mapping[str, Estimate]
    coupled: Estimate
    spectral: SpectralResult
    along_axes: tuple[Estimate, Estimate, Estimate]
    cepstral: CepstralResult
    ions: IonTransport
    doubts: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able; keys carry their unit where one quantity has one unit."""
        return {
            "mobile": list(self.mobile),
            "dropped_by_momentum_conservation": list(self.dropped),
            "temperature_K": self.temperature_K,
            "volume_A3": self.volume_A3,
            "total_ps": self.total_ps,
            "doubts": list(self.doubts),
            "green_kubo": {
                "units": self.units,
                "plateau_ps": list(self.plateau_ps),
                "onsager": {name: value.as_dict() for name, value in self.onsager.items()},
                "naive_kappa_W_per_mK": self.naive_kappa.as_dict(),
                "kappa_W_per_mK": self.kappa.as_dict(),
                "parts_W_per_mK": {name: value.as_dict() for name, value in self.parts.items()},
                "coupled_fraction": self.coupled.as_dict(),
            },
            "spectral": {
                **_limits(self.spectral.quoted),
                "kappa_error_from_fit": self.spectral.limits.kappa.standard_error,
                "kappa_error_from_replicas": _optional_error(self.spectral.replicas),
                "kappa_along_axes_W_per_mK": [kappa.as_dict() for kappa in self.along_axes],
                "band_THz": self.spectral.band_THz,
                "lowest_frequencies_over_kappa": 1.0 + self.spectral.lowest.value,
                "lowest_frequencies_error": self.spectral.lowest.standard_error,
                "lowest_frequencies_THz": self.spectral.lowest_THz,
            },
            "cepstral": {
                **_limits(self.cepstral.limits),
                "cutoff_THz": self.cepstral.cutoff_THz,
                "terms": self.cepstral.terms,
                "freedom": self.cepstral.freedom,
            },
            "self_diffusion_m2_per_s": {
                symbol: value.as_dict() for symbol, value in self.ions.self_diffusion_m2_per_s.items()
            },
            "conductivity_S_per_m": _optional(self.ions.conductivity_S_per_m),
            "nernst_einstein_S_per_m": _optional(self.ions.nernst_einstein_S_per_m),
            "haven_ratio": _optional(self.ions.haven_ratio),
        }


def analyse(
    series: FluxSeries,
    mobile: Sequence[str],
    charges: Mapping[str, float] | None = None,
    max_lag_ps: float = MAX_LAG_PS,
    plateau_ps: tuple[float, float] = PLATEAU_PS,
    framework_msd_A2: Mapping[str, float] | None = None,
    shorten: bool = False,
) -> Analysis:
    """Onsager analysis of a flux series.

    mobile     : species that diffuse; the framework ones carry no independent flow
    charges    : formal charges, for the ionic conductivity
    max_lag_ps : longest lag of the Green-Kubo integrals; plateau_ps: window their plateau is averaged over
    framework_msd_A2 : how far (Å²) framework species may move; of the flux header where left out
    shorten    : shrink lag and window to what the series allows, with a doubt that says so

    Raises FluxError with the remedy when the series cannot support the analysis.
    """
    currents = select_currents(series, mobile)
    wanted = max_lag_ps
    if shorten:
        max_lag_ps, plateau_ps = fitting_window(currents, max_lag_ps, plateau_ps)
    integrals = running_integrals(currents, max_lag_ps)
    plateau = integrals.plateau(plateau_ps)
    binned = spectra(currents)
    refuse_unsteady(currents, binned.graded)
    smooth = spectral(binned.graded)
    kappa = jackknife_estimate(lambda basis: schur_complement(combine(basis)), plateau)
    onsager = {
        name: jackknife_estimate(lambda basis, index=index: combine(basis)[index], plateau)  # type: ignore[misc]
        for name, index in onsager_names(1 + len(currents.mobile)).items()
    }
    split = {
        name: jackknife_estimate(lambda basis, index=index: parts(basis)[index], plateau)  # type: ignore[misc]
        for index, name in enumerate(("kk", "pp", "kp"))
    }
    return Analysis(
        mobile=currents.mobile,
        dropped=currents.dropped,
        temperature_K=float(np.mean(series.temperature_K)),
        volume_A3=float(np.mean(series.volume_A3)),
        units=integrals.units,
        total_ps=series.n_replicas * series.duration_ps,
        max_lag_ps=max_lag_ps,
        plateau_ps=plateau_ps,
        onsager=onsager,
        naive_kappa=onsager["L00"],
        kappa=kappa,
        parts=split,
        coupled=jackknife_estimate(lambda basis: coupled_fraction(combine(basis)), plateau),
        spectral=smooth,
        along_axes=kappa_along_axes(binned.graded),
        cepstral=cepstral(binned.uniform),
        ions=ion_transport(series, integrals, plateau_ps, charges, currents.dropped),
        doubts=(*_too_short(series, wanted, max_lag_ps), *doubts(series, smooth, kappa, framework_msd_A2)),
    )


def _too_short(series: FluxSeries, wanted_ps: float, max_lag_ps: float) -> list[str]:
    """What a short series does not allow, in words."""
    found = []
    if max_lag_ps < wanted_ps:
        found.append(
            f"the series is short: Green-Kubo lags to {max_lag_ps:.3g} ps instead of {wanted_ps:g} ps miss "
            "what is slower"
        )
    if series.msd and min(values.shape[1] for values in series.msd.values()) < FEWEST_LAGS:
        found.append("the mean squared displacements are too short for a diffusion coefficient")
    return found


def onsager_names(n_currents: int) -> dict[str, tuple[int, int]]:
    """Names of the upper triangle of an Onsager matrix, "L00", "L01"..., and where each stands."""
    return {f"L{a}{b}": (a, b) for a in range(n_currents) for b in range(a, n_currents)}


def _limits(limits: MatrixLimits) -> dict[str, Any]:
    matrix, errors = limits.matrix, limits.errors
    return {
        "onsager": {
            name: {"value": float(matrix[index]), "standard_error": float(errors[index])}
            for name, index in onsager_names(len(matrix)).items()
        },
        "naive_kappa_W_per_mK": limits.naive.as_dict(),
        "kappa_W_per_mK": limits.kappa.as_dict(),
        "coupled_fraction": limits.coupled.as_dict(),
        **({"heat_of_transport_J_per_kg": limits.heat_of_transport.as_dict()} if len(matrix) == 2 else {}),
    }


def _optional_error(limits: MatrixLimits | None) -> float | None:
    return None if limits is None else limits.kappa.standard_error


def _optional(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else estimate.as_dict()

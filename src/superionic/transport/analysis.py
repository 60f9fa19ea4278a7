"""All transport coefficients of a flux series in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..flux.series import FluxSeries
from .cepstral import CepstralResult
from .checks import doubts, refuse_unsteady
from .conductivity import IonTransport, ion_transport
from .current_set import select_currents
from .estimators import ESTIMATORS, QUOTED, EstimatorResult
from .green_kubo import MAX_LAG_PS, PLATEAU_PS, GreenKuboResult, fitting_window
from .onsager import OnsagerEstimate
from .periodogram import Spectra
from .spectral import SpectralResult
from .uncertainty import Estimate


@dataclass(frozen=True, repr=False)
class Analysis:
    """Transport coefficients in SI, each with its standard error.

    mobile     : species that diffuse
    dropped    : mobile species whose current is redundant by momentum conservation
    masses_u   : of the mobile species
    total_ps   : sampled time, summed over replicas
    estimates  : name in ESTIMATORS → its result; see `quoted`, `spectral`, `green_kubo`, `cepstral`
    spectra    : periodograms behind the estimates (running integrals: `green_kubo.integrals`)
    ions       : diffusion and ionic conductivity
    doubts     : warnings about the quoted κ (checks.py)
    """

    mobile: tuple[str, ...]
    dropped: tuple[str, ...]
    masses_u: tuple[float, ...]
    n_replicas: int
    temperature_K: float
    volume_A3: float
    total_ps: float
    estimates: Mapping[str, EstimatorResult]
    spectra: Spectra
    ions: IonTransport
    doubts: tuple[str, ...]

    @property
    def quoted(self) -> OnsagerEstimate:
        """The estimate to quote."""
        return self.estimates[QUOTED].onsager

    @property
    def spectral(self) -> SpectralResult:
        return cast(SpectralResult, self.estimates["spectral"])

    @property
    def green_kubo(self) -> GreenKuboResult:
        return cast(GreenKuboResult, self.estimates["green_kubo"])

    @property
    def cepstral(self) -> CepstralResult:
        return cast(CepstralResult, self.estimates["cepstral"])

    def heat_per_ion_eV(self, method: str = QUOTED) -> Estimate | None:
        """Heat of transport in eV per ion; None unless exactly one species is mobile."""
        return self.estimates[method].onsager.heat_per_ion(self.masses_u[0]) if self.mobile else None

    def as_dict(self) -> dict[str, Any]:
        """JSON-able; a key carries the unit where it applies to all of its numbers."""
        ions = self.ions
        return {
            "mobile": list(self.mobile),
            "dropped_by_momentum_conservation": list(self.dropped),
            "temperature_K": self.temperature_K,
            "volume_A3": self.volume_A3,
            "total_ps": self.total_ps,
            "doubts": list(self.doubts),
            **{name: self._estimate_as_dict(name) for name in self.estimates},
            "self_diffusion_m2_per_s": {
                symbol: value.as_dict() for symbol, value in ions.self_diffusion_m2_per_s.items()
            },
            "conductivity_S_per_m": _optional(ions.conductivity_S_per_m),
            "nernst_einstein_S_per_m": _optional(ions.nernst_einstein_S_per_m),
            "haven_ratio": _optional(ions.haven_ratio),
        }

    def _estimate_as_dict(self, method: str) -> dict[str, Any]:
        result, heat = self.estimates[method], self.heat_per_ion_eV(method)
        per_ion = {} if heat is None else {"heat_of_transport_eV_per_ion": heat.as_dict()}
        return {**result.onsager.as_dict(), **per_ion, **result.details()}

    def __repr__(self) -> str:
        duration, quoted = self.total_ps / self.n_replicas, self.quoted
        others = ", ".join(
            f"{name} {one.onsager.kappa}" for name, one in self.estimates.items() if name != QUOTED
        )
        heat = self.heat_per_ion_eV()
        carried = [] if heat is None else [f"heat of transport {heat} eV per ion"]
        carried += [f"D({symbol}) {d} m²/s" for symbol, d in self.ions.self_diffusion_m2_per_s.items()]
        lines = [
            f"<Analysis of {self.n_replicas} x {duration:.4g} ps at {self.temperature_K:.4g} K, mobile: "
            f"{', '.join(self.mobile) or 'none'}",
            f" κ {quoted.kappa} W/m/K ({others}), naive {quoted.naive_kappa}, "
            f"coupled fraction {quoted.coupled}",
            *([f" {', '.join(carried)}"] if carried else []),
            *(f" DOUBT: {doubt}" for doubt in self.doubts),
        ]
        return "\n".join(lines) + ">"


def analyse(
    series: FluxSeries,
    mobile: str | Sequence[str],
    charges: Mapping[str, float] | None = None,
    max_lag_ps: float = MAX_LAG_PS,
    plateau_ps: tuple[float, float] = PLATEAU_PS,
    framework_msd_A2: Mapping[str, float] | None = None,
    shorten: bool = False,
) -> Analysis:
    """Onsager analysis of a flux series with every estimator of ESTIMATORS.

    mobile     : species that diffuse ("Li", or several); framework species have no independent current
    charges    : formal charges, for the ionic conductivity
    max_lag_ps : longest lag of the Green-Kubo integrals
    plateau_ps : window of lags over which their plateau is averaged
    framework_msd_A2 : largest allowed MSD of framework species, Å²; default: the bounds in the flux header
    shorten    : shrink lag and window to what the series allows, and add a warning to `doubts`

    Raises FluxError with the remedy when the series cannot support the analysis.
    """
    currents = select_currents(series, mobile)
    requested_ps = max_lag_ps
    if shorten:
        max_lag_ps, plateau_ps = fitting_window(currents, max_lag_ps, plateau_ps)
    refuse_unsteady(currents)
    settings = {"green_kubo": {"max_lag_ps": max_lag_ps, "plateau_ps": plateau_ps}}
    estimates = {name: estimate(currents, **settings.get(name, {})) for name, estimate in ESTIMATORS.items()}
    spectral = cast(SpectralResult, estimates["spectral"])
    green_kubo = cast(GreenKuboResult, estimates["green_kubo"])
    return Analysis(
        mobile=currents.mobile,
        dropped=currents.dropped,
        masses_u=tuple(series.masses[symbol] for symbol in currents.mobile),
        n_replicas=series.n_replicas,
        temperature_K=float(np.mean(series.temperature_K)),
        volume_A3=float(np.mean(series.volume_A3)),
        total_ps=series.n_replicas * series.duration_ps,
        estimates=estimates,
        spectra=currents.spectra,
        ions=ion_transport(series, green_kubo.integrals, plateau_ps, charges, currents.dropped),
        doubts=doubts(series, spectral, green_kubo, requested_ps, framework_msd_A2),
    )


def _optional(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else estimate.as_dict()

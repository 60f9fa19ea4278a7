"""Fewer samples without aliasing: a linear-phase low-pass filter, then every q-th sample.

Currents sampled every few femtoseconds resolve frequencies far above the fastest vibration. Thinning by
plain skipping folds that noise onto the low frequencies a conductivity is read from; filtering first
does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.signal import firwin, kaiserord, upfirdn

from ..conventions import Array
from .series import FluxError, FluxSeries

STOP_BAND_DB = 100.0
"""Attenuation of everything above the new Nyquist frequency (amplitude 1e-5, power 1e-10)."""

PASS_FRACTION = 0.7
"""Below this fraction of the new Nyquist frequency the amplitude is kept to 1e-5."""


def low_pass(factor: int) -> Array:
    """Symmetric FIR coefficients (odd number, about 40 x factor), Kaiser window, sum exactly one.

    Unit sum means unit gain at frequency zero: transport coefficients of the decimated series are those
    of the original one.
    """
    if factor < 2 or factor != int(factor):
        raise FluxError(f"the decimation factor must be an integer of at least 2, got {factor}")
    length, beta = kaiserord(STOP_BAND_DB, (1.0 - PASS_FRACTION) / factor)
    coefficients = firwin(length | 1, 0.5 * (1.0 + PASS_FRACTION) / factor, window=("kaiser", beta))
    return np.asarray(coefficients / coefficients.sum())


def decimate(values: Array, factor: int, axis: int = 1) -> Array:
    """Filter `values` along `axis` and keep every `factor`-th sample.

    Only samples computed from a full filter window are returned: the transient at both ends, half a
    filter (20 x factor samples) each, is trimmed away.

    Raises FluxError when the series is shorter than the filter.
    """
    coefficients = low_pass(factor)
    samples = np.shape(values)[axis]
    if samples < len(coefficients) + factor:
        raise FluxError(
            f"{samples} samples are shorter than the filter of {len(coefficients)} for factor {factor}: "
            "decimate less or give a longer series"
        )
    # output m is centred on input sample m·factor - half; full windows start at m = (length-1)/factor
    filtered = upfirdn(coefficients, values, down=factor, axis=axis)
    first = -(-(len(coefficients) - 1) // factor)
    last = (samples - 1) // factor
    return np.asarray(np.take(filtered, np.arange(first, last + 1), axis=axis))


def decimate_series(series: FluxSeries, factor: int) -> FluxSeries:
    """`series` with every current decimated; the filter is noted in the provenance."""
    currents: Mapping[str, Array] = {
        name: decimate(current, factor) for name, current in series.currents.items()
    }
    note = {"factor": factor, "stop_band_dB": STOP_BAND_DB, "pass_fraction": PASS_FRACTION}
    return replace(
        series,
        currents=currents,
        dt_fs=series.dt_fs * factor,
        provenance={**series.provenance, "decimated": note},
    )

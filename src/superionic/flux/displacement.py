"""Mean squared displacement from stored positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ..conventions import Array

ATOMS_AT_ONCE = 256
"""Transforms of so many atoms are held in memory."""


def mean_squared_displacement(positions: NDArray[np.floating[Any]], n_lags: int) -> Array:
    """⟨|r(t0 + k) - r(t0)|²⟩ over all time origins t0 and atoms, for k = 0 ... n_lags - 1.

    positions : (n, N, 3) unwrapped, Å -> (n_lags,) Å².
    Σ r(t)² + r(t+k)² - 2 r(t)·r(t+k) with the last term by FFT (Calandrini et al., Collection SFN 12,
    201 (2011), sec. 4.2.1). Raises ValueError for more lags than samples.
    """
    n_samples = positions.shape[0]
    if not 1 <= n_lags <= n_samples:
        raise ValueError(f"{n_lags} lags asked for, but only {n_samples} stored positions")
    length = fft.next_fast_len(2 * n_samples, real=True)
    squared, power = np.zeros(n_samples), np.zeros(length // 2 + 1)
    for first in range(0, positions.shape[1], ATOMS_AT_ONCE):
        atoms = positions[:, first : first + ATOMS_AT_ONCE]
        displacements = np.asarray(atoms - atoms[0], float).reshape(n_samples, -1)
        squared += (displacements**2).sum(axis=1)
        transform = fft.rfft(displacements, length, axis=0)
        power += (transform.real**2 + transform.imag**2).sum(axis=1)
    products = fft.irfft(power, length)[:n_lags]
    # Σ_t r(t)² + r(t+k)² over the n - k pairs: cumulative sums from both ends
    kept = n_samples - np.arange(n_lags)
    total = np.concatenate([[0.0], np.cumsum(squared)])
    pairs = total[kept] + total[-1] - total[n_samples - kept]
    return np.maximum(pairs - 2 * products, 0.0) / (kept * positions.shape[1])

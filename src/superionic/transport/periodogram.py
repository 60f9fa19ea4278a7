"""Cross-periodograms of all currents, averaged over neighbouring frequencies."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.signal.windows import tukey

from ..conventions import Array
from ..flux.series import FluxError
from .onsager import combine

Complex = NDArray[np.complex128]

REALISATIONS_PER_BIN = 8
"""Realisations in the narrowest bin. The logarithm of a periodogram with ν degrees of freedom has variance
ψ'(ν) > 1/ν: 1.65 for ν = 1, 1.07/ν for ν = 8. Averaging first recovers the difference."""

RELATIVE_WIDTH = 0.06
"""Relative width of the graded bins: far from zero a bin is 6 % of its frequency wide."""

FEWEST_FREQUENCIES = 100

TAPERED = 0.1
"""Fraction of a replica under the cosine ramps at its two ends. Without a taper the discontinuity between the
end of a replica and its beginning leaks power over all frequencies; where the currents are nearly dependent
the reduced spectrum is smaller than this leakage, and κ comes out too high."""


@dataclass(frozen=True)
class Spectrum:
    """Binned cross-periodograms, scaled so that their zero-frequency limit is the Onsager matrix.

    S_ab(f) = ½ ∫ ⟨J_a(t) J_b(0)⟩ e^{2πift} dt / (k_B V T²) per axis; S(0) = L in SI

    bins           : (R, 3, F, C, C) Hermitian, per replica and axis (R = 1 where replicas are averaged)
    edges          : (F+1,) frequencies in units of the resolution; bin j holds edges[j]+1 .. edges[j+1]
    resolution_THz : 1/length of a replica
    replicas       : replicas behind each number of `bins`
    taper_correlation : (K,) of periodograms 0, 1, 2, ... frequencies apart, introduced by the taper
    """

    bins: Complex = field(repr=False)
    edges: NDArray[np.int64] = field(repr=False)
    resolution_THz: float
    replicas: int
    taper_correlation: Array = field(repr=False)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(F,) frequencies averaged in each bin."""
        return np.diff(self.edges)

    @property
    def frequency_THz(self) -> Array:
        """(F,) centres of the bins."""
        return np.asarray(0.5 * self.resolution_THz * (self.edges[:-1] + self.edges[1:] + 1), float)

    @property
    def effective_bins(self) -> Array:
        """(F,) independent frequencies in each bin: m / (1 + 2 Σ_k (1 - k/m) ρ_k) for m of correlation ρ."""
        lags = np.arange(1, len(self.taper_correlation))
        shares = np.maximum(1.0 - lags / self.counts[:, None], 0.0)
        return np.asarray(self.counts / (1.0 + 2.0 * shares @ self.taper_correlation[1:]))

    @property
    def variance_inflation(self) -> Array:
        """(F,) factor on the variance of a bin for its correlation with neighbouring bins.

        A fit through many bins averages over m / (1 + 2 Σ_k ρ_k) independent frequencies; `effective_bins`
        includes only the correlation within one bin.
        """
        return np.asarray(self.effective_bins / self.counts * (1.0 + 2.0 * self.taper_correlation[1:].sum()))

    def mean(self, axis: int | None = None) -> tuple[Complex, Array]:
        """(F, M, M) mean over replicas and axes for (J_E, J_1, ...), and (F,) its independent realisations.

        axis : 0, 1 or 2 for one direction of an anisotropic material; all three when None
        """
        bins = self.bins if axis is None else self.bins[:, axis : axis + 1]
        realisations = self.effective_bins * (bins.shape[0] * self.replicas * bins.shape[1])
        return combine(bins.mean(axis=(0, 1))), realisations


@dataclass(frozen=True)
class Spectra:
    """The two binnings of the same periodograms.

    uniform : equal bins, averaged over replicas, for the cosine transform
    graded  : bins that widen with frequency, one set per replica, to resolve zero frequency
    """

    uniform: Spectrum
    graded: Spectrum


def spectra(values: Array, dt_fs: float, to_si: Array) -> Spectra:
    """Tapered periodograms of every replica and axis, in both binnings.

    The mean is removed and zero frequency left out, since it has half the degrees of freedom.

    values : (R, C, 3, n) currents, energy_kinetic and energy_potential first; to_si : (C,) as in CurrentSet

    Raises FluxError when the series is too short.
    """
    n_replicas, n_currents, _, n_samples = values.shape
    # a fast length for the FFT; drops at most a few of the last samples
    length = fft.prev_fast_len(n_samples, real=True)
    n_frequencies = (length - 1) // 2
    if n_frequencies < FEWEST_FREQUENCIES:
        raise FluxError(f"{n_samples} samples are too few for a spectrum: give {2 * FEWEST_FREQUENCIES + 2}")
    per_bin = -(-REALISATIONS_PER_BIN // (3 * n_replicas))
    uniform_edges = np.arange(0, n_frequencies + 1, per_bin)
    n_uniform = len(uniform_edges) - 1
    graded_edges = _graded(uniform_edges)
    starts = np.searchsorted(uniform_edges, graded_edges[:-1])
    window, correlation = taper(length)
    scale = 0.5 * dt_fs / length * np.outer(to_si, to_si)
    uniform = np.zeros((1, 3, n_uniform, n_currents, n_currents), complex)
    graded = np.empty((n_replicas, 3, len(starts), n_currents, n_currents), complex)
    for index, axis in np.ndindex(n_replicas, 3):  # one at a time to save memory
        current = values[index, :, axis, :length]
        current = (current - current.mean(axis=-1, keepdims=True)) * window
        transform = fft.rfft(current, overwrite_x=True)[:, 1 : 1 + n_uniform * per_bin]
        transform = transform.reshape(n_currents, n_uniform, per_bin)
        for a in range(n_currents):
            for b in range(a, n_currents):
                power = scale[a, b] * np.einsum("fm,fm->f", transform[a], transform[b].conj())
                coarse = np.add.reduceat(power, starts) / np.diff(graded_edges)
                uniform[0, axis, :, a, b] += power / (per_bin * n_replicas)
                graded[index, axis, :, a, b] = coarse
                graded[index, axis, :, b, a] = coarse.conj()
    for a in range(n_currents):
        for b in range(a):
            uniform[..., a, b] = uniform[..., b, a].conj()
    resolution = 1e3 / (length * dt_fs)
    return Spectra(
        Spectrum(uniform, uniform_edges, resolution, n_replicas, correlation),
        Spectrum(graded, graded_edges, resolution, 1, correlation),
    )


def taper(length: int, fraction: float = TAPERED) -> tuple[Array, Array]:
    """(length,) cosine taper of mean square 1, and the correlation ρ_k of periodograms k = 0 ... 7 apart.

    ρ_k = |Σ_t h_t² e^{2πikt/n}|² / (Σ_t h_t²)²   (Percival and Walden, Spectral Analysis, section 6.6)
    """
    window = tukey(length, fraction)
    window /= np.sqrt(np.mean(window**2))
    correlation = np.abs(fft.rfft(window**2)[:8] / length) ** 2
    return window, correlation


def _graded(uniform: NDArray[np.int64]) -> NDArray[np.int64]:
    """The subset of uniform edges whose spacing grows by RELATIVE_WIDTH of the frequency."""
    edges = [0]
    for edge in uniform[1:]:
        if edge - edges[-1] >= RELATIVE_WIDTH * edges[-1]:
            edges.append(int(edge))
    if edges[-1] != uniform[-1]:
        edges[-1] = int(uniform[-1])
    return np.array(edges)


def occupied_band(power: Array, counts: NDArray[np.int64], fraction: float = 0.99) -> int:
    """Number of bins that contain this fraction of the power; the band above them is empty.

    Oversampled series have decades without power above the fastest vibration, and the steep edge there
    carries no information about zero frequency.
    """
    cumulated = np.cumsum(power * counts)
    return int(np.searchsorted(cumulated, fraction * cumulated[-1]) + 1)

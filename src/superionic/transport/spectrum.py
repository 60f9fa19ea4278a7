"""Cross-periodograms of all currents, averaged over a few neighbouring frequencies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ..flux.series import Array, FluxError
from .currents import CurrentSet
from .green_kubo import combine

Complex = NDArray[np.complex128]

WANTED_FREEDOM = 12
FEWEST_BINS = 100


@dataclass(frozen=True)
class Spectrum:
    """Binned cross-periodograms, scaled so that their zero-frequency limit is the Onsager matrix.

    S_ab(f) = ½ ∫ ⟨J_a(t) J_b(0)⟩ e^{2πift} dt / (k_B V T²) per axis; S(0) = L in SI

    bins     : (R, 3, F, C, C) Hermitian, per replica and axis, each a mean over `per_bin` frequencies
    per_bin  : neighbouring frequencies in one bin
    width_THz: width of a bin; bin j covers (j .. j+1)·width (frequency zero left out)
    """

    bins: Complex
    per_bin: int
    width_THz: float

    @property
    def frequency_THz(self) -> Array:
        """(F,) centres of the bins."""
        return (np.arange(self.bins.shape[2]) + 0.5) * self.width_THz

    @property
    def matrices(self) -> Complex:
        """(R, 3, F, M, M) for (J_E, J_1, ...)."""
        return combine(self.bins)


def spectrum(currents: CurrentSet, per_bin: int | None = None) -> Spectrum:
    """Periodograms of every replica and axis, binned.

    The logarithm of a periodogram of ν degrees of freedom has variance ψ'(ν), which exceeds 1/ν: ×1.29
    for ν = 2. Averaging m neighbouring frequencies first makes ν = mℓ - M + 1 and recovers that loss.
    By default m is the smallest with mℓ ≥ 12, unless that leaves fewer than 100 bins.
    Frequency zero is left out: it has half the degrees of freedom, and holds any residual mean.

    Raises FluxError when the series is too short.
    """
    values = currents.values
    n_replicas, n_currents, _, n_samples = values.shape
    # a fast length for the FFT; at most a few of the last samples are left out
    length = fft.prev_fast_len(n_samples, real=True)
    if length < 16:
        raise FluxError(f"{n_samples} samples are too few for a spectrum")
    n_frequencies = (length - 1) // 2
    if per_bin is None:
        per_bin = max(1, min(-(-WANTED_FREEDOM // (3 * n_replicas)), n_frequencies // FEWEST_BINS))
    n_bins = n_frequencies // per_bin
    to_si = np.concatenate([currents.to_si[:1], currents.to_si])
    scale = 0.5 * currents.dt_fs / length
    bins = np.empty((n_replicas, 3, n_bins, n_currents, n_currents), complex)
    for index, replica in enumerate(values):
        transform = fft.rfft(replica[..., :length])[..., 1 : 1 + n_bins * per_bin]
        transform = transform.reshape(n_currents, 3, n_bins, per_bin)
        for a in range(n_currents):
            for b in range(a, n_currents):
                power = np.einsum("xfm,xfm->xf", transform[a], transform[b].conj())
                power *= scale * to_si[a] * to_si[b] / per_bin
                bins[index, :, :, a, b] = power
                bins[index, :, :, b, a] = power.conj()
    return Spectrum(bins, per_bin, per_bin / (length * currents.dt_fs) * 1e3)

"""Stationary processes with a closed spectrum: linear combinations of first-order autoregressions.

State k: z_k(t) = p_k z_k(t-1) + ξ_k(t), ξ real white noise of covariance Σ; current a: J_a = Re Σ_k h_ak z_k.
A real pole near 1 is a sharp peak at frequency zero, a complex pole an optical mode. With real poles and
as many currents as states the currents are a VAR(1) process. Spectrum per axis, time step 1:

    S(ω) = G Σ G†,   G_ak = ½ [h_ak / (1 - p_k e^{-iω}) + h*_ak / (1 - p*_k e^{-iω})],   L = S(0)/2
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, freqz, lfilter

from superionic.conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from superionic.flux.series import FluxSeries

SYMBOLS = ("Li", "Na")
BURN_IN = 2000


@dataclass(frozen=True)
class Yardstick:
    """poles (K,), mixing h (M, K), root (K, ·) with Σ = root rootᵀ, band: low-pass edge / Nyquist or None."""

    poles: np.ndarray
    mixing: np.ndarray
    root: np.ndarray
    band: float | None = None

    @property
    def n_currents(self) -> int:
        return len(self.mixing)

    def spectrum(self, omega: float | np.ndarray) -> np.ndarray:
        """(..., M, M) two-sided spectral density at angular frequencies per sample."""
        omega = np.asarray(omega, float)
        phase = np.exp(-1j * omega)[..., None, None]
        gain = self.mixing / (1 - self.poles * phase) + self.mixing.conj() / (1 - self.poles.conj() * phase)
        gain = 0.5 * gain @ self.root
        density = gain @ np.conj(np.swapaxes(gain, -1, -2))
        if self.band is not None:
            response = freqz(*butter(4, self.band), worN=np.atleast_1d(omega))[1]
            density = density * np.reshape(np.abs(response) ** 2, (*omega.shape, 1, 1))
        return density

    def noise(self, rng: np.random.Generator, replicas: int, samples: int) -> np.ndarray:
        """(R, 3, n, K) white noise of unit variance."""
        return rng.standard_normal((replicas, 3, samples, self.root.shape[1]))

    def sample(self, rng: np.random.Generator, replicas: int, samples: int) -> np.ndarray:
        """(R, n, M, 3)."""
        noise = self.noise(rng, replicas, samples + BURN_IN) @ self.root.T
        out = np.zeros((self.n_currents, replicas, 3, samples + BURN_IN))
        for k, pole in enumerate(self.poles):
            if pole.imag == 0 and not self.mixing[:, k].imag.any():
                state = lfilter([1.0], [1.0, -pole.real], noise[..., k], axis=-1)
                out += self.mixing[:, k].real[:, None, None, None] * state
            else:
                state = lfilter([1.0], [1.0, -pole], noise[..., k].astype(complex), axis=-1)
                out += np.real(self.mixing[:, k][:, None, None, None] * state)
        if self.band is not None:
            out = lfilter(*butter(4, self.band), out, axis=-1)
        return np.moveaxis(out[..., BURN_IN:], (0, 3), (2, 1))

    def series(self, rng: np.random.Generator, replicas: int, samples: int) -> FluxSeries:
        """As a flux series with 1 fs between samples; the energy current is split in two unequal parts."""
        values = self.sample(rng, replicas, samples)
        energy = values[:, :, 0]
        kinetic = 0.3 * energy + 0.1 * np.roll(energy, 1, axis=-1)
        currents = {ENERGY_KINETIC: kinetic, ENERGY_POTENTIAL: energy - kinetic}
        symbols = SYMBOLS[: self.n_currents - 1]
        for index, symbol in enumerate(symbols):
            currents[mass_current(symbol)] = values[:, :, 1 + index]
        ones = dict.fromkeys(symbols, 1.0)
        return FluxSeries(currents, 1.0, 1000.0, 300.0, ones, dict.fromkeys(symbols, 1))


def _make(seed: int, n_currents: int, poles: list[complex], sizes: list[float], **more: float) -> Yardstick:
    rng = np.random.default_rng(seed)
    count = len(poles)
    signs = rng.choice([-1, 1], (count, n_currents)).T
    mixing = np.array(sizes) * rng.uniform(0.3, 1.0, (count, n_currents)).T * signs
    root = np.eye(count) + 0.3 * np.tril(rng.standard_normal((count, count)), -1)
    return Yardstick(np.array(poles, complex), mixing.astype(complex), root, **more)


def yardsticks() -> dict[str, Yardstick]:
    """Name → process; the digit is the number of currents M."""
    optical, low = 0.97 * np.exp(0.9j), 0.9 * np.exp(1.8j)
    made = {}
    for m in (1, 2, 3):
        count = m + 1
        made[f"smooth{m}"] = _make(m, m, [0.5, 0.8, 0.3, 0.65][:count], [1, 0.5, 1, 0.7][:count])
        made[f"peak{m}"] = _make(40 + m, m, [0.5, 0.99, 0.3, 0.7][:count], [1, 0.08, 1, 0.5][:count])
        made[f"optical{m}"] = _make(
            20 + m, m, [0.6, optical, low, 0.3, 0.8][: m + 2], [1, 1, 1, 1, 0.5][: m + 2]
        )
        made[f"oversampled{m}"] = _make(
            30 + m, m, [0.9, 0.97 * np.exp(0.15j), 0.95, 0.8][: m + 2], [1, 1, 0.5, 1][: m + 2], band=0.15
        )
    return made


SIZES = {"short": (1, 6000), "long": (1, 30_000), "replicas": (10, 5000)}
"""(replicas, samples)."""

PEAK_SIZES = {"short": (1, 20_000), "long": (1, 40_000), "replicas": (10, 6000)}
"""For a peak of correlation time 100 samples: 200 correlation times at the least, as any estimator needs."""

OVERSAMPLED_SIZES = {"short": (1, 12_000), "long": (1, 40_000), "replicas": (10, 5000)}
"""Six in seven of the frequencies are empty."""


def sizes(name: str) -> dict[str, tuple[int, int]]:
    return {"peak": PEAK_SIZES, "over": OVERSAMPLED_SIZES}.get(name[:4], SIZES)


def lags_ps(name: str) -> tuple[float, tuple[float, float]]:
    """Longest Green-Kubo lag and plateau window that fit the memory of the process."""
    return (1.0, (0.5, 1.0)) if name.startswith("peak") else (0.2, (0.1, 0.2))

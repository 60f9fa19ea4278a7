"""Processes that are hard on an estimator: slow parts, tails, valleys, jumps, replicas that differ.

One sample stands for 20 fs: 8 replicas of 5000 samples are 8 x 100 ps. Two currents: ions with a memory of
10 samples, and energy, which they carry along, with a memory of 5 and an optical mode. On top, in the part of
the energy current that does not flow with the ions, the feature a process is named after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from yardsticks import Yardstick

HARD_SIZES = {"replicas": (8, 5000)}
SHORT_SIZES = {"20 ps": (1, 4000), "3 x 20 ps": (3, 4000)}
"""At 5 fs a sample."""


@dataclass(frozen=True)
class HardYardstick(Yardstick):
    """rare: part of the steps at which a jump happens; jumps bring half of the power (1: no jumps);
    unequal: relative scatter of the power of replicas."""

    rare: float = 1.0
    unequal: float = 0.0

    def noise(self, rng: np.random.Generator, replicas: int, samples: int) -> np.ndarray:
        """(R, 3, n, K) unit noise, with jumps where they are rare, louder in some replicas."""
        noise = rng.standard_normal((replicas, 3, samples, self.root.shape[1]))
        if self.rare < 1:
            jumps = rng.standard_normal(noise.shape) * (rng.random(noise.shape) < self.rare)
            noise = np.sqrt(0.5) * (noise + jumps / np.sqrt(self.rare))
        power = 1.0 + self.unequal * rng.choice([-1.0, 1.0], replicas)
        return noise * np.sqrt(power)[:, None, None, None]


def _pole(memory: float) -> float:
    return float(np.exp(-1.0 / memory))


def _process(
    extra: dict[float, float], together: float = 0.0, finer: float = 1.0, **more: float
) -> HardYardstick:
    """extra: memory in samples -> its part of κ; together: of a valley, the part of the amplitude at zero
    frequency that a memory of 80 samples takes away from the fast noise; finer: samples of 20 fs / finer."""
    memories = [5.0 * finer, 10.0 * finer, *extra]
    poles = [_pole(memory) for memory in memories]
    optical = (0.97 * np.exp(0.9j)) ** (1.0 / finer)
    # amplitudes at zero frequency: h/(1 - p)
    fast = np.sqrt(1.0 - sum(extra.values()))
    amplitude = [fast, 1.0, *(np.sqrt(part) for part in extra.values())]
    gains = np.array([a * (1 - p) for a, p in zip(amplitude, poles, strict=True)])
    heat = [*gains, 0.3 / finer]
    heat[1] *= 0.5  # the ions carry half a unit of heat along
    flow = [0.0, gains[1], *(0.0 for _ in extra), 0.0]
    root = np.eye(len(heat))
    poles = [*poles, optical]
    if together:
        poles.append(_pole(80.0))
        heat.append(-together * fast * (1 - poles[-1]))
        flow.append(0.0)
        root = np.vstack([root, root[:1]])  # moved by the noise of the fast part
    return HardYardstick(np.array(poles, complex), np.array([heat, flow], complex), root, **more)


def hard_yardsticks() -> dict[str, HardYardstick]:
    """Name -> process."""
    memories = np.geomspace(8, 1500, 14)
    shares = memories**-0.5  # Σ w exp(-t/τ) with w dτ/τ ~ τ^-3/2, a tail t^-3/2; S(0) ~ w τ
    return {
        "plain": _process({}),
        "slow8": _process({125.0: 0.08}),
        "slow15": _process({250.0: 0.15}),
        "tail": _process(dict(zip(memories, 0.5 * shares / shares.sum(), strict=True))),
        "valley": _process({}, together=0.21),
        "jumps": _process({}, rare=0.001),
        "unequal": _process({}, unequal=0.25),
        "brief": _process({}, finer=4.0),
    }


def hard_sizes(name: str) -> dict[str, tuple[int, int]]:
    return SHORT_SIZES if name == "brief" else HARD_SIZES


def hard_lags_ps(name: str) -> tuple[float, tuple[float, float]]:
    """10 ps and 5 to 10 ps, of a series of 20 ps an eighth of it, in ps of 1 fs a sample."""
    longest = 10.0 / 20.0 if name != "brief" else 1.0 / 5.0
    return longest, (0.5 * longest, longest)

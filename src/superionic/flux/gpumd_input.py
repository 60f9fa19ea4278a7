"""run.in of GPUMD: what it says of the sampling of currents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .validation import FluxError


@dataclass(frozen=True)
class Sampling:
    """The `compute` of run.in that wrote the currents.

    method     : grouping method, 0, 1 or 2
    dt_fs      : time between rows of compute.out
    rows       : how many rows one execution of run.in writes
    before     : rows of thermo.out from runs before
    thermo     : rows of thermo.out while the currents were sampled; 0 when none
    target_K   : temperature asked for, if the ensemble names one
    """

    method: int
    dt_fs: float
    rows: int
    before: int
    thermo: int
    target_K: float | None


def read_run_in(path: Path) -> Sampling:
    """What run.in says of the sampling of currents.

    Keywords hold for the next `run`; only time_step stays. Raises FluxError for a file without `compute` of
    jp, jk and momentum, or with several.
    """
    timestep, target = 1.0, None
    compute: list[str] | None = None
    interval, before = 0, 0
    samplings: list[Sampling | None] = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        words = line.split("#")[0].split()
        try:
            if words[:1] == ["time_step"]:
                timestep = float(words[1])
            elif words[:1] == ["ensemble"]:
                target = _target(words)
            elif words[:1] == ["dump_thermo"]:
                interval = int(words[1])
            elif words[:1] == ["compute"]:
                compute = words
            elif words[:1] == ["run"]:
                steps = int(words[1])
                if compute is not None:
                    samplings.append(_sampling(compute, steps, timestep, interval, before, target))
                before += steps // interval if interval else 0
                compute, interval = None, 0
        except (IndexError, ValueError):
            raise FluxError(f"{path}: line {number}, {line.strip()!r}, is not as GPUMD wants it") from None
    if len(samplings) != 1 or samplings[0] is None:
        what = "no `compute` of jp, jk and momentum" if len(samplings) < 2 else "several `compute`"
        raise FluxError(
            f"{path} has {what}: analyse compute.out with --format gpumd, --dt-fs and --groups instead"
        )
    return samplings[0]


def _target(words: list[str]) -> float | None:
    """Final temperature of `ensemble nvt_... T1 T2 ...` and npt likewise."""
    if len(words) > 3 and words[1].startswith(("nvt", "npt")):
        return float(words[3])
    return None


def _sampling(
    compute: list[str], steps: int, timestep: float, interval: int, before: int, target: float | None
) -> Sampling | None:
    """compute <grouping method> <sample interval> <output interval> <quantities>."""
    if set(compute[4:]) != {"jp", "jk", "momentum"}:
        return None
    method, every, output = (int(word) for word in compute[1:4])
    if method < 0 or every < 1 or output < 1:
        raise ValueError
    return Sampling(
        method=method,
        dt_fs=timestep * every * output,
        rows=steps // (every * output),
        before=before,
        thermo=steps // interval if interval else 0,
        target_K=target,
    )

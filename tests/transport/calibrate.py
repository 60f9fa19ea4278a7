"""Bias and coverage of every estimator on processes whose answer is known; writes calibration.csv.

    python tests/transport/calibrate.py [seeds] [processes]

300 seeds take about half an hour of one core. Delete the table to make it anew; an interrupted run goes on
where it stopped.

Coverage: fraction of seeds whose interval holds the exact value (nominal 0.683 and 0.95; the standard
error of a fraction over 300 seeds is 0.027 and 0.013). bias: mean of value/exact - 1.
"""

from __future__ import annotations

import csv
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from superionic.provenance import write_atomically
from superionic.transport.cepstral import cepstral
from superionic.transport.current_set import CurrentSet, select_currents
from superionic.transport.green_kubo import green_kubo
from superionic.transport.onsager import schur_complement
from superionic.transport.spectral import fit_spectrum
from superionic.transport.uncertainty import Estimate

sys.path.insert(0, str(Path(__file__).parent))
from hard_yardsticks import hard_lags_ps, hard_sizes, hard_yardsticks
from yardsticks import SYMBOLS, Yardstick, lags_ps, sizes, yardsticks

HARD = "hard "
"""Before the name of a process that is hard on an estimator; those are judged by what an analysis quotes, the
larger of the error of the fit and the jackknife over replicas."""

FIELDS = (
    "yardstick",
    "size",
    "seeds",
    "quantity",
    "bias",
    "bias_error",
    "cover_68",
    "cover_95",
    "rmse",
    "median_error",
)


def processes() -> dict[str, Yardstick]:
    """Name -> process, of both kinds."""
    return {**yardsticks(), **{HARD + name: process for name, process in hard_yardsticks().items()}}


def sizes_of(name: str) -> dict[str, tuple[int, int]]:
    return hard_sizes(name.removeprefix(HARD)) if name.startswith(HARD) else sizes(name)


def quantities(
    currents: CurrentSet, max_lag_ps: float, plateau_ps: tuple[float, float], quoted: bool
) -> dict[str, Estimate]:
    """The estimates that are put to the test, as `superionic.transport.analysis` makes them."""
    result = fit_spectrum(currents.spectra.graded)
    onsager = result.onsager if quoted else result.fit
    estimates = {
        "kappa spectral": onsager.kappa,
        "kappa cepstral": cepstral(currents).onsager.kappa,
        "kappa green_kubo": green_kubo(currents, max_lag_ps, plateau_ps).onsager.kappa,
    }
    if currents.mobile:
        estimates["naive spectral"] = onsager.naive_kappa
        estimates["L01 spectral"] = onsager.elements["L01"]
        estimates["L11 spectral"] = onsager.elements["L11"]
    return estimates


def one_seed(name: str, size: str, seed: int) -> dict[str, tuple[float, float, bool, bool]]:
    """value/exact, error/exact and whether each interval holds the exact value."""
    process, hard = processes()[name], name.startswith(HARD)
    rng = np.random.default_rng([seed, *size.encode(), *name.encode()])
    series = process.series(rng, *sizes_of(name)[size])
    lags = hard_lags_ps(name.removeprefix(HARD)) if hard else lags_ps(name)
    mobile = SYMBOLS[: process.n_currents - 1]
    currents = select_currents(series, mobile)
    units = currents.to_si / np.sqrt(1000.0) / 300.0
    matrix = 0.5 * process.spectrum(0.0).real * np.outer(units, units)
    exact = {"kappa": float(schur_complement(matrix)), "naive": matrix[0, 0]}
    if mobile:
        exact |= {"L01": matrix[0, 1], "L11": matrix[1, 1]}
    return {
        key: (
            estimate.value / exact[key.split()[0]],
            estimate.standard_error / abs(exact[key.split()[0]]),
            _holds(estimate.interval_68, exact[key.split()[0]]),
            _holds(estimate.interval_95, exact[key.split()[0]]),
        )
        for key, estimate in quantities(currents, *lags, quoted=hard).items()
    }


def _holds(interval: tuple[float, float], exact: float) -> bool:
    return interval[0] <= exact <= interval[1]


def summarise(name: str, size: str, found: list[dict]) -> list[dict[str, str]]:
    rows = []
    for key in found[0]:
        value, error, narrow, wide = np.array([one[key] for one in found], float).T
        numbers = (
            value.mean() - 1,
            value.std(ddof=1) / np.sqrt(len(value)),
            narrow.mean(),
            wide.mean(),
            np.sqrt(np.mean((value - 1) ** 2)),
            np.median(error),
        )
        texts = [name, size, str(len(found)), key, *(f"{number:.4f}" for number in numbers)]
        rows.append(dict(zip(FIELDS, texts, strict=True)))
    return rows


def load(path: Path) -> list[dict[str, str]]:
    """Rows already there; none when the file is absent."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def save(path: Path, rows: list[dict[str, str]]) -> None:
    def write(temporary: Path) -> None:
        with temporary.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    write_atomically(path, write)


def calibrate(path: Path, n_seeds: int, cores: int) -> None:
    """Complete the table at `path`: processes and sizes that it holds are not run again."""
    rows = load(path)
    done = {(row["yardstick"], row["size"]) for row in rows}
    wanted = [(name, size) for name in processes() for size in sizes_of(name)]
    with ProcessPoolExecutor(cores) as pool:
        for name, size in wanted:
            if (name, size) in done:
                continue
            found = list(pool.map(partial(one_seed, name, size), range(n_seeds), chunksize=5))
            rows += summarise(name, size, found)
            order = {key: index for index, key in enumerate(wanted)}
            rows.sort(key=lambda row: order[row["yardstick"], row["size"]])
            save(path, rows)
            print(name, size, flush=True)


if __name__ == "__main__":
    seeds, cores = (int(word) for word in (sys.argv[1:] + ["300", "1"][len(sys.argv) - 1 :])[:2])
    calibrate(Path(__file__).parent / "calibration.csv", seeds, cores)

"""Markdown table of the GPU benchmarks in docs/benchmarks.md, measured or not yet."""

from __future__ import annotations

from pathlib import Path

from ..paths import REDUCED
from ..reduced.results import read_speeds
from .systems import CASES, NEPA, OWN

COLUMNS = {NEPA.name: "paper's nepA, Li₃PS₄", OWN[0].name: "our A, Li₃PS₄", OWN[1].name: "our A, Cu₂₋ₓSe"}
ENGINES = {"cuda mixed": "MD with currents", "nep-adapters": "energy, forces, virial"}
MISSING = "not yet measured"


def gpu_lines(path: Path = REDUCED / "gpu_bench.csv") -> list[str]:
    """Markdown rows: millions of atom-steps per second, by chip, engine, size and potential."""
    rows = read_speeds(path, "chip", "step", "potential")
    lines = [f"| Chip | Engine | Atoms | {' | '.join(COLUMNS.values())} |", "|---" * 6 + "|"]
    if not rows:
        return [*lines, f"| any | cuda | any | {' | '.join([MISSING] * 3)} |"]
    for chip in dict.fromkeys(row["chip"] for row in rows):
        speeds: dict[tuple[str, int, int, str], float] = {}
        for row in rows:
            if row["chip"] == chip and row["step"] == ENGINES[row["engine"]]:
                size = int(row["n_atoms"]), int(row["n_replicas"])
                speeds.setdefault(
                    (row["engine"], *size, row["potential"]), float(row["atom_steps_per_second"])
                )
        for engine, n_atoms, n_replicas in _sizes(speeds):
            cells = []
            for potential in COLUMNS:
                speed = speeds.get((engine, n_atoms, n_replicas, potential))
                planned = engine == "cuda mixed" and (potential, n_atoms, n_replicas) in cases()
                cells.append(f"{speed / 1e6:.3g}" if speed else MISSING if planned else "–")
            atoms = f"{n_replicas} × {n_atoms}" if n_replicas > 1 else f"{n_atoms}"
            lines.append(f"| {chip} | {engine} | {atoms} | {' | '.join(cells)} |")
    return lines


def _sizes(speeds: dict[tuple[str, int, int, str], float]) -> list[tuple[str, int, int]]:
    """Engine, atoms, replicas in the order of the cases, then everything else that was timed."""
    planned = [("cuda mixed", n_atoms, replicas) for _, n_atoms, replicas in cases()]
    return list(dict.fromkeys([*planned, *((e, n, r) for e, n, r, _ in speeds)]))


def cases() -> list[tuple[str, int, int]]:
    """Potential, atoms and replicas of everything that `make gpu` times."""
    return [(system.name, len(system.crystal(repeat)), replicas) for system, repeat, replicas in CASES]

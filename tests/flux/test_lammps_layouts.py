"""Layouts in which tables of currents come: each holds the same series and gives the same currents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from superionic.cli import main
from superionic.config import ConfigError, validate
from superionic.flux.lammps import LammpsMap, read_lammps
from superionic.flux.readers import recognise
from superionic.flux.series import FluxError
from superionic.units import BOLTZMANN_EV_PER_K, FS_PER_TIME_UNIT

MASSES, COUNTS = {"Na": 22.99, "Cl": 35.45}, {"Na": 32, "Cl": 32}
VOLUME_A3, TEMPERATURE_K, SAMPLES = 2400.0, 1400.0, 400
FLUX = ("c_flux[1]", "c_flux[2]", "c_flux[3]")
CENTRE = ("c_vcm[1][1]", "c_vcm[1][2]", "c_vcm[1][3]")


def columns(**changes: object) -> LammpsMap:
    """Of the layout that the published NaCl example of sportran has."""
    given = {
        "units": "metal",
        "dt_fs": 5.0,
        "temperature": "Temp",
        "volume_A3": VOLUME_A3,
        "energy_total": FLUX,
        "velocity": {"Na": CENTRE},
        "masses": MASSES,
        "counts": COUNTS,
    }
    kept = {key: value for key, value in {**given, **changes}.items() if value is not None}
    return validate(kept, LammpsMap, "map")


STEPPED = {"dt_fs": None, "timestep_fs": 1.0}


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """(n, 7): temperature, total energy current in eV Å/ps, velocity of the cations in Å/ps."""
    rng = np.random.default_rng(8)
    cations, anions = (MASSES[symbol] * COUNTS[symbol] for symbol in ("Na", "Cl"))
    spread = np.sqrt(BOLTZMANN_EV_PER_K * TEMPERATURE_K * anions / (cations + anions) / cations)
    velocity = rng.standard_normal((SAMPLES, 3)) * spread / (FS_PER_TIME_UNIT * 1e-3)
    heat = rng.standard_normal((SAMPLES, 3)) * 300 + 100 * velocity
    return np.column_stack([TEMPERATURE_K + 10 * np.sin(np.arange(SAMPLES)), heat, velocity])


NAMES = ("Temp", *FLUX, *CENTRE)
TITLE = "# Molten salt\n# LAMMPS metal units\nTemp    " + " ".join(NAMES[1:]) + "\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def lines(rows: np.ndarray, steps: np.ndarray | None = None) -> list[str]:
    numbers = ["\t".join(repr(float(value)) for value in row) for row in rows]
    return numbers if steps is None else [f"{s} {n}" for s, n in zip(steps, numbers, strict=True)]


@pytest.fixture
def plain(tmp_path, rows) -> Path:
    return written(tmp_path / "NaCl.dat", TITLE + "\n".join(lines(rows)) + "\n")


def same(series, expected) -> None:
    assert series.dt_fs == expected.dt_fs
    assert np.mean(series.temperature_K) == pytest.approx(np.mean(expected.temperature_K), rel=1e-12)
    assert series.currents.keys() == expected.currents.keys()
    for name, current in expected.currents.items():
        np.testing.assert_allclose(series.currents[name], current, rtol=1e-12, atol=1e-9)


def test_velocity_of_the_centre_of_mass_without_steps_and_convective_part(plain, rows) -> None:
    series = read_lammps([plain], columns())
    assert (series.dt_fs, series.n_samples, series.species) == (5.0, SAMPLES, ("Na",))
    assert series.temperature_K == pytest.approx(rows[:, 0].mean())
    per_ps = FS_PER_TIME_UNIT * 1e-3
    np.testing.assert_allclose(series.energy_current[0], rows[:, 1:4] * per_ps, rtol=1e-12)
    momentum = rows[:, 4:] * 22.99 * 32 * per_ps
    np.testing.assert_allclose(series.currents["mass_Na"][0], momentum, rtol=1e-12)
    assert not series.currents["energy_kinetic"].any()


def test_the_mass_of_another_species_is_refused(plain) -> None:
    with pytest.raises(FluxError, match=r"momenta contradict a temperature of 14\S+ K: .* Cl 3\d\d\d K"):
        read_lammps([plain], columns(velocity={"Cl": CENTRE}))


def layout(name: str, folder: Path, rows: np.ndarray) -> tuple[Path, dict[str, object]]:
    """A file, and how its map differs from `columns()`."""
    path = folder / name
    names, steps = " ".join(NAMES), np.arange(SAMPLES) * 5
    if name == "momenta":
        momenta = np.column_stack([rows[:, :4], rows[:, 4:] * 22.99 * 32])
        written(path, TITLE + "\n".join(lines(momenta)))
        return path, {"velocity": None, "momentum": {"Na": CENTRE}}
    if name == "per volume":
        divided = np.column_stack([rows[:, :1], rows[:, 1:4] / VOLUME_A3, rows[:, 4:]])
        written(path, TITLE + "\n".join(lines(divided)))
        return path, {"per_volume": True}
    if name == "volume in a column":
        divided = np.column_stack([rows[:, :1], rows[:, 1:4] / VOLUME_A3, rows[:, 4:]])
        wide = np.column_stack([divided, np.full(SAMPLES, VOLUME_A3)])
        written(path, TITLE[:-1] + " Volume\n" + "\n".join(lines(wide)))
        return path, {"per_volume": True, "volume_A3": None, "volume": "Volume"}
    if name == "no header":
        written(path, "\n".join(lines(rows)))
        return path, {"header": NAMES}
    if name == "echo of the command":
        command = f"LAMMPS (2 Jun 2022)\nthermo_style custom {names}\nrun 2000\n"
        written(path, command + names + "\n" + "\n".join(lines(rows)) + "\nLoop time of 3 on 1 procs\nbye\n")
        return path, {}
    if name == "fix ave-time":
        text = f"# Time-averaged data for fix out\n# TimeStep {names}\n" + "\n".join(lines(rows, steps))
        return written(path, text), STEPPED
    if name == "multi":
        blocks = []
        for step, row in zip(steps, rows, strict=True):
            pairs = [f"{n:<8} = {float(v)!r:>14}" for n, v in zip(NAMES, row, strict=True)]
            blocks.append(f"------------ Step {step:14} ----- CPU =     0.1 (sec) -------------")
            blocks += [" ".join(pairs[:3]), "WARNING: cutoff = 3 is short", " ".join(pairs[3:])]
        return written(path, "\n".join([*blocks, "Loop time of 1", "Total wall time = 3"])), STEPPED
    if name == "dictionary":
        series = {"Temp": rows[:, 0], "flux": rows[:, 1:4], "vcm[1]": rows[:, 4:], "units": np.array("metal")}
        np.save(path, np.array(series, dtype=object), allow_pickle=True)
        vectors = [tuple(f"{n}[{k}]" for k in (1, 2, 3)) for n in ("flux", "vcm[1]")]
        return path.with_suffix(".npy"), {"energy_total": vectors[0], "velocity": {"Na": vectors[1]}}
    np.save(path, np.column_stack([rows, steps]))
    return path.with_suffix(".npy"), {**STEPPED, "header": (*NAMES, "Step")}


@pytest.mark.parametrize(
    "name",
    [
        "momenta", "per volume", "volume in a column", "no header", "echo of the command", "fix ave-time",
        "multi", "dictionary", "array",
    ],
)  # fmt: skip
def test_every_layout_gives_the_same_currents(plain, tmp_path, rows, name) -> None:
    path, changes = layout(name, tmp_path, rows)
    same(read_lammps([path], columns(**changes)), read_lammps([plain], columns()))


def test_without_steps_a_line_that_is_no_row_is_refused(tmp_path, rows) -> None:
    text = [*lines(rows[:100]), "WARNING: something", *lines(rows[100:])]
    with pytest.raises(FluxError, match="line 104 is no row of 7 numbers"):
        read_lammps([written(tmp_path / "a", TITLE + "\n".join(text))], columns())
    twice = TITLE + "\n".join([*lines(rows[:200]), TITLE, *lines(rows[200:])])
    with pytest.raises(FluxError, match="2 tables without a step column"):
        read_lammps(
            [written(tmp_path / "b", "\n".join([twice]).replace("\n# ", "\nLoop time\n# "))], columns()
        )


def log(*runs: tuple[np.ndarray, np.ndarray]) -> str:
    """A log of several runs, each (steps, rows)."""
    text = ["LAMMPS (29 Aug 2024)"]
    for steps, values in runs:
        text += ["   Step   " + " ".join(NAMES), *lines(values, steps), "Loop time of 1 on 1 procs"]
    return "\n".join(text) + "\n"


def test_restarts_that_overlap_are_joined_where_they_agree(plain, tmp_path, rows) -> None:
    steps = np.arange(SAMPLES) * 5
    lost = rows.copy()
    lost[201:250] += 50.0  # what ran after the restart file was written, before it was stopped
    text = log((steps[:250], lost[:250]), (steps[200:], rows[200:]))
    joined = read_lammps([written(tmp_path / "a", text)], columns(**STEPPED))
    same(joined, read_lammps([plain], columns()))
    text = log((steps[:250], rows[:250]), (steps[200:], rows[200:] + 50.0))
    with pytest.raises(FluxError, match="two runs differ at step 1000 that both have"):
        read_lammps([written(tmp_path / "b", text)], columns(**STEPPED))


def test_a_run_that_begins_anew_is_taken_alone_if_asked_for(plain, tmp_path, rows) -> None:
    steps = np.arange(SAMPLES) * 5
    path = written(tmp_path / "a", log((steps[:50], rows[:50] + 9.0), (steps, rows)))
    with pytest.raises(FluxError, match=r'begins anew at step 0; say runs = "last"'):
        read_lammps([path], columns(**STEPPED))
    same(read_lammps([path], columns(**STEPPED, runs="last")), read_lammps([plain], columns()))


def test_an_equilibration_before_first_step_is_left_out(plain, tmp_path, rows) -> None:
    steps = np.arange(SAMPLES) * 5 + 100
    settling = (np.arange(20) * 5, rows[:20] + 9.0)
    path = written(tmp_path / "a", log(settling, (steps, rows)))
    same(read_lammps([path], columns(**STEPPED, first_step=100)), read_lammps([plain], columns()))
    with pytest.raises(FluxError, match="no row from step 9999 on"):
        read_lammps([path], columns(**STEPPED, first_step=9999))


def test_a_last_row_between_regular_steps_is_left_out(plain, tmp_path, rows) -> None:
    steps = np.append(np.arange(SAMPLES) * 5, SAMPLES * 5 - 2)
    path = written(tmp_path / "a", log((steps, np.vstack([rows, rows[:1]]))))
    same(read_lammps([path], columns(**STEPPED)), read_lammps([plain], columns()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timestep_fs": 1.0}, "give either timestep_fs or dt_fs"),
        ({"dt_fs": None}, "give either timestep_fs or dt_fs"),
        ({"temperature_K": 3.0}, "give either temperature_K or temperature"),
        ({"volume_A3": None}, "give either volume_A3 or volume"),
        ({"first_step": 5}, "first_step with dt_fs"),
    ],
)
def test_a_map_that_says_too_much_or_too_little_is_refused(changes, message) -> None:
    with pytest.raises(ConfigError, match=message):
        columns(**changes)


def test_two_currents_of_one_species_are_refused(plain) -> None:
    with pytest.raises(FluxError, match="momentum and velocity of Na: one of them is enough"):
        read_lammps([plain], columns(momentum={"Na": ("a", "b", "c")}))


def test_a_pickle_that_would_run_code_is_refused(tmp_path) -> None:
    class Sly:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    np.save(tmp_path / "sly.npy", np.array({"flux": Sly()}, dtype=object), allow_pickle=True)
    with pytest.raises(FluxError, match=r"no \.npy file of numbers \(it would run pathlib"):
        read_lammps([tmp_path / "sly.npy"], columns())
    assert not (tmp_path / "ran").exists()


def test_faults_of_npy_files_are_named(tmp_path, rows) -> None:
    np.save(tmp_path / "a.npy", rows)
    with pytest.raises(FluxError, match=r"an array \(400, 7\); give in the map `header`"):
        read_lammps([tmp_path / "a.npy"], columns())
    np.save(tmp_path / "b.npy", np.array({"flux": rows[:, 1:4]}, dtype=object), allow_pickle=True)
    with pytest.raises(FluxError, match=r"no column c_flux\[1\], .*; it has flux\[1\], flux\[2\]"):
        read_lammps([tmp_path / "b.npy"], columns())
    (tmp_path / "c.npy").write_bytes((tmp_path / "b.npy").read_bytes()[:-2000])
    with pytest.raises(FluxError, match=r"c\.npy: no \.npy file of numbers"):
        read_lammps([tmp_path / "c.npy"], columns())


def test_tables_and_npy_files_are_recognised(plain, tmp_path, rows) -> None:
    np.save(tmp_path / "a.npy", rows)
    assert recognise(plain).name == recognise(tmp_path / "a.npy").name == "lammps"


MAP = """
units = "metal"
dt_fs = 5.0
temperature = "Temp"
volume_A3 = 2400.0
energy_total = ["c_flux[1]", "c_flux[2]", "c_flux[3]"]
masses = { Na = 22.99, Cl = 35.45 }
counts = { Na = 32, Cl = 32 }
"""


def test_the_command_takes_the_layout_and_a_solid_without_mobile_species(plain, tmp_path, capsys) -> None:
    (tmp_path / "map.toml").write_text(MAP)
    words = ["analyse", str(plain), "--columns", str(tmp_path / "map.toml")]
    assert main([*words, "--mobile", "none"]) == 0
    shown = capsys.readouterr().out
    assert "2 ps in all, T = 14" in shown
    assert "mobile: none" in shown
    assert "kinetic kk" not in shown
    assert main([*words, "--mobile", "Na"]) == 2
    assert "no mass current of Na" in capsys.readouterr().err

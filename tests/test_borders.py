"""Values that no file may hold are refused where they come in, with their name and what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pooch
import pytest

from replication.paths import MATERIALS
from superionic.config import ConfigError, validate
from superionic.conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from superionic.crystals import supercell, unit_cell
from superionic.flux.files import read_flux, read_header
from superionic.flux.series import FluxError, FluxSeries
from superionic.materials import Material, load_material
from superionic.md.config import RunConfig
from superionic.md.inputs import describe, prepare_config
from superionic.nep.format import NEPFormatError, read_nep, write_nep
from superionic.registry import fetch
from superionic.system import System
from superionic.training.settings import ModelSettings, TrainingSettings
from tests.models import random_parameters
from tests.test_cli import MATERIAL

INF, NAN = float("inf"), float("nan")


def material(**changes: object) -> Material:
    structure = {
        "space_group": 225,
        "cell": [4.03, 4.03, 4.03, 90.0, 90.0, 90.0],
        "unit": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        "primitive": False,
        "source": "test",
        "sites": [
            {"element": "Li", "position": [0.5, 0.0, 0.0]},
            {"element": "F", "position": [0.0, 0.0, 0.0]},
        ],
    }
    structure |= {key: changes.pop(key) for key in list(changes) if key in structure}
    raw = {
        "name": "lif",
        "title": "LiF",
        "elements": ["Li", "F"],
        "mobile": ["Li"],
        "charges": {"Li": 1.0, "F": -1.0},
        "structure": structure,
    }
    return validate({**raw, **changes}, Material, "material.toml")


def sites(*positions: list[float]) -> list[dict]:
    return [{"element": symbol, "position": p} for symbol, p in zip(("Li", "F"), positions, strict=False)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": [4.03, -4.03, 4.03, 90.0, 90.0, 90.0]}, "spans no volume"),
        ({"cell": [4.03, 4.03, 4.03, 120.0, 130.0, 115.0]}, "spans no volume"),
        ({"cell": [4.03, 4.03, INF, 90.0, 90.0, 90.0]}, "finite"),
        ({"sites": sites([NAN, 0.0, 0.0])}, "finite"),
        ({"elements": ["Li", "F", "Li"]}, "elements names one twice"),
        ({"mobile": ["Li", "Li"]}, "mobile names one twice"),
        ({"mobile": []}, "mobile"),
        ({"charges": {"Li": 0.0, "F": 0.0}}, "charges are all zero"),
        ({"charges": {"Li": NAN, "F": -1.0}}, "finite"),
        ({"elements": ["Li", "Xx"]}, "no periodic table"),
        ({"framework_msd_A2": {"Li": 3.0}}, "framework_msd_A2 names Li, which flows"),
        ({"framework_msd_A2": {"F": -1.0}}, "framework_msd_A2 must be positive"),
        ({"framework_msd_A2": {"Cl": 3.0}}, "framework_msd_A2 names Cl"),
        ({"plateau_ps": [5.0, 5.0]}, "plateau_ps must be two rising times"),
        ({"charges": {"Li": 1e9, "F": -1e9}}, "formal charges are between"),
        ({"formula": "x"}, "is no chemical formula"),
        ({"formula": "Li0F"}, "is no chemical formula"),
        ({"formula": ""}, None),
        ({"cell": [1e-300, 1e-300, 1e-300, 90.0, 90.0, 90.0]}, "lengths are in Å"),
        ({"cell": [4.03, 4.03, 4.5, 90.0, 90.0, 90.0]}, "space group 225 is cubic"),
        ({"cell": [4.03, 4.03, 4.03, 90.0, 90.0, 95.0]}, "space group 225 is cubic"),
        ({"space_group": 139, "cell": [4.0, 4.1, 6.0, 90.0, 90.0, 90.0]}, "is tetragonal"),
        ({"space_group": 139, "cell": [4.0, 4.0, 6.0, 90.0, 90.0, 90.0]}, None),
        ({"space_group": 186, "cell": [4.0, 4.0, 6.0, 90.0, 90.0, 90.0]}, "is hexagonal"),
        ({"space_group": 166, "cell": [4.0, 4.0, 4.0, 60.0, 60.0, 60.0]}, None),
        ({"space_group": 62, "cell": [4.0, 5.0, 6.0, 90.0, 91.0, 90.0]}, "is orthorhombic"),
        ({"space_group": 14, "cell": [4.0, 5.0, 6.0, 90.0, 99.0, 90.0]}, None),
    ],
)
def test_material_refuses(changes: dict, message: str | None) -> None:
    if message is None:
        material(**changes)
        return
    with pytest.raises(ConfigError, match=message):
        material(**changes)


@pytest.mark.filterwarnings("ignore:crystal")
def test_overlapping_sites_are_named() -> None:
    assert len(unit_cell(material())) == 8
    with pytest.raises(ConfigError, match=r"F and Li 0\.20 Å apart|Li and F 0\.20 Å apart"):
        unit_cell(material(sites=sites([0.05, 0.0, 0.0], [0.0, 0.0, 0.0])))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sites": []}, "structure.sites is empty"),
        ({"unit": [[1, 0, 0], [2, 0, 0], [0, 0, 1]]}, "rows in one plane"),
        ({"charges": {"Li": 1.0, "F": -2.0}}, "charges of (LiF|FLi) add up to -1, not to zero"),
        ({"formula": "Li2F"}, "the sites make .*, not a multiple of Li2F"),
        ({"unit": [[1, 1000, 0], [0, 1, 0], [0, 0, 1]]}, "numbers beyond 100"),
        (
            {"sites": [*sites([0.5, 0.0, 0.0], [0.0, 0.0, 0.0]), *sites([0.5, 0.0, 0.0])]},
            "the same by symmetry",
        ),
    ],
)
def test_structures_that_are_not_what_was_meant_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        unit_cell(material(**changes))


def test_a_coordinate_mistyped_in_its_last_digit_is_told_by_the_formula() -> None:
    """P off its mirror plane is twice as many."""
    good = load_material(MATERIALS / "li3ps4" / "material.toml")
    assert unit_cell(good).get_chemical_formula() == "Li6P2S8"
    content = good.model_dump(mode="json")
    content["structure"]["sites"][2]["position"] = [0.2001, 0.32, 0.25]
    with pytest.raises(ConfigError, match="not a multiple of Li3PS4"):
        unit_cell(validate(content, Material, "material.toml"))


def test_sizes_that_no_machine_holds_are_refused_with_the_memory_they_need(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"would hold 8e\+09 atoms, more than 1e\+07"):
        supercell(unit_cell(material()), (1000, 1000, 1000))
    config = validate({**RUN, "replicas": 100_000, "supercell": [10, 10, 10]}, RunConfig, "run.toml")
    (tmp_path / "m.toml").write_text(MATERIAL)
    write_nep(tmp_path / "nep.txt", random_parameters(("Li", "S"), cutoffs=(3.5, 3.0), seed=1))
    with pytest.raises(ValueError, match=r"100000 replicas of 2000 atoms need about 800 GB of memory"):
        prepare_config(config, tmp_path / "run.toml")


def test_cells_of_no_use_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"0\.\d+ Å high: too sheared"):
        supercell(unit_cell(material()), ((2, 90, 0), (0, 1, 0), (0, 0, 1)))
    (tmp_path / "m.toml").write_text(MATERIAL)
    write_nep(tmp_path / "nep.txt", random_parameters(("Li", "S"), cutoffs=(3.5, 3.0), seed=1))
    for changes, message in (
        ({"vacancies": {"Li": 1}}, "leave no Li in the cell"),
        ({"supercell": [10**9, 1, 1]}, "repeats beyond 1000"),
        ({"flux_fs": 1e300}, "flux_fs"),
    ):
        with pytest.raises(ValueError, match=message):
            prepare_config(validate({**RUN, **changes}, RunConfig, "run.toml"), tmp_path / "run.toml")


def test_a_run_says_what_it_starts_from() -> None:
    system = System.from_atoms(unit_cell(material()), ("Li", "F"))
    assert describe(system) in ("8 atoms (F4Li4, closest 2.01 Å)", "8 atoms (Li4F4, closest 2.01 Å)")


RUN = {
    "material": "m.toml",
    "potential": {"path": "nep.txt"},
    "supercell": [1, 1, 1],
    "replicas": 1,
    "temperature_K": 300.0,
    "seed": 1,
    "stages": [{"ensemble": "nvt", "duration_ps": 25.0}],
}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"temperature_K": INF}, "temperature_K"),
        ({"temperature_K": NAN}, "temperature_K"),
        ({"temperature_K": 1e6}, "temperature_K"),
        ({"pressure_GPa": -1000.0}, "pressure_GPa"),
        ({"pressure_GPa": INF}, "pressure_GPa"),
        ({"replicas": 1_000_000}, "replicas"),
        ({"bulk_modulus_GPa": 0.0}, "bulk_modulus_GPa"),
        ({"stages": [{"ensemble": "nvt", "duration_ps": 25.0, "thermostat_fs": INF}]}, "thermostat_fs"),
        ({"stages": [{"ensemble": "npt", "duration_ps": 25.0, "barostat_fs": 1e12}]}, "barostat_fs"),
        ({"stages": [{"ensemble": "nvt", "duration_ps": 25.0, "thermostat_fs": 1e-9}]}, "thermostat_fs"),
        ({"stages": [{"ensemble": "nvt", "duration_ps": 25.0, "temperature_K": 1e9}]}, "temperature_K"),
        ({"stages": [{"ensemble": "nvt", "duration_ps": 1e12}]}, "duration_ps"),
        ({"temperature_K": 1e-300}, "temperature_K"),
        ({"seed": 10**30}, "seed"),
        ({"max_drift_meV_per_atom": 1e300}, "max_drift_meV_per_atom"),
        ({"supercell": [2, 0, 1]}, "at least once each way"),
        ({"supercell": [2, -1, 1]}, "at least once each way"),
        ({"supercell": [[1, 0, 0], [0, 1, 0], [1, 1, 0]]}, "in one plane"),
        ({"vacancies": {"Li": -1}}, "how many atoms to leave out"),
        ({"stages": [{"ensemble": "nvt", "duration_ps": 25.0, "temperature_K": -1.0}]}, "temperature_K"),
        (
            {"stages": [{"ensemble": "nvt", "duration_ps": 25.0, "temperature_K": 1.0, "sample": True}]},
            "leave its own out",
        ),
    ],
)
def test_run_file_refuses(changes: dict, key: str) -> None:
    validate(RUN, RunConfig, "run.toml")
    with pytest.raises(ConfigError, match=key):
        validate({**RUN, **changes}, RunConfig, "run.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cutoff 5 4 ", "cutoff -5 4 ", "radial cutoff must be between"),
        ("cutoff 5 4 ", "cutoff nan 4 ", "radial cutoff must be between"),
        ("cutoff 5 4 ", "cutoff 5 inf ", "angular cutoff must be between"),
        ("4 200 200", "4 -1 200", "radial neighbours must be whole"),
        ("4 200 200", "4 200 2.5", "angular neighbours must be whole"),
        ("zbl 1 2", "zbl 2 1", "inner radius below an outer one"),
        ("zbl 1 2", "zbl 2 2", "inner radius below an outer one"),
        ("zbl 1 2", "zbl nan 2", "inner radius below an outer one"),
        ("zbl 1 2", "zbl -1 2", "inner radius below an outer one"),
        ("zbl 1 2", "zbl 1 6", "beyond the radial cutoff"),
        ("cutoff 5 4 ", "cutoff 5 6 ", "must not exceed the radial one"),
        ("n_max", "n_max inf", "n_max"),
        ("l_max", "l_max nan", "l_max"),
        ("3 Li P S", "3 Li P Li", "elements twice or unknown"),
        ("3 Li P S", "3 Li P Qq", "elements twice or unknown"),
    ],
)
def test_potential_refuses(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "nep.txt"
    write_nep(path, random_parameters(zbl=(1.0, 2.0)))
    text = path.read_text(encoding="utf-8")
    assert old in text
    read_nep(path)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(NEPFormatError, match=message):
        read_nep(path)


MODEL = {
    "seed": 1,
    "cutoffs_A": [6.0, 4.0],
    "n_max": [4, 4],
    "basis_size": [6, 6],
    "neurons": 10,
    "epochs": 5,
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cutoffs_A": [-1.0, 4.0]}, "radial, then angular"),
        ({"cutoffs_A": [1e6, 4.0]}, "radial, then angular"),
        ({"cutoffs_A": [4.0, 6.0]}, "radial, then angular"),
        ({"n_max": [-1, 4]}, "each between 0 and 30"),
        ({"basis_size": [6, 10**6]}, "each between 0 and 30"),
        ({"l_max": [9, 2, 1]}, "up to 8"),
        ({"neurons": 10**7}, "neurons"),
        ({"zbl_A": [2.0, 1.0]}, "inner radius below an outer one"),
        ({"zbl_A": [1.0, 7.0]}, "inner radius below an outer one"),
        ({"learning_rates": [0.0, 0.0]}, "learning_rates"),
        ({"learning_rates": [1e-4, 1e-2]}, "learning_rates"),
        ({"force_meV_per_A": 1e300}, "force_meV_per_A"),
    ],
)
def test_training_refuses(changes: dict, message: str) -> None:
    validate(MODEL, ModelSettings, "training.toml")
    with pytest.raises(ConfigError, match=message):
        validate({**MODEL, **changes}, ModelSettings, "training.toml")


@pytest.mark.parametrize("name", ["a/b", "", "../A", "A B"])
def test_model_names_that_are_no_file_names_are_refused(name: str) -> None:
    settings = {"labels": ["l"], "potentials": "p", "work": "w", "models": {"A": MODEL}}
    validate(settings, TrainingSettings, "training.toml")
    with pytest.raises(ConfigError, match="files are named after them"):
        validate({**settings, "models": {name: MODEL}}, TrainingSettings, "training.toml")


def series(**changes: object) -> FluxSeries:
    rng = np.random.default_rng(0)
    names = (ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current("Li"))
    entries = {
        "currents": {name: rng.normal(size=(2, 50, 3)) for name in names},
        "dt_fs": 5.0,
        "volume_A3": 1000.0,
        "temperature_K": 300.0,
        "masses": {"Li": 6.94},
        "counts": {"Li": 8},
    }
    return FluxSeries(**{**entries, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dt_fs": INF}, "dt_fs must be positive"),
        ({"volume_A3": INF}, "volume_A3 must be"),
        ({"temperature_K": NAN}, "temperature_K must be"),
        ({"masses": {"Li": 0.0}}, "mass and count of Li"),
        ({"masses": {"Li": INF}}, "mass and count of Li"),
        ({"counts": {"Li": -8}}, "mass and count of Li"),
    ],
)
def test_flux_refuses(changes: dict, message: str) -> None:
    series()
    with pytest.raises(FluxError, match=message):
        series(**changes)


def test_a_spike_is_named_with_its_place() -> None:
    currents = {name: current.copy() for name, current in series().currents.items()}
    currents[ENERGY_POTENTIAL][1, 17, 2] = 1e12
    with pytest.raises(FluxError, match=r"energy_potential jumps to 1e\+12 at replica 1, sample 17 \(z\)"):
        series(currents=currents)


def test_other_files_than_flux_are_refused_in_words(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(3))
    np.savez(tmp_path / "b.npz", x=np.zeros(3))
    (tmp_path / "c.out").write_text("1 2 3\n", encoding="utf-8")
    for name, message in (("a.npy", "--format"), ("b.npz", "no header"), ("c.out", "--format")):
        for read in (read_flux, read_header):
            with pytest.raises(FluxError, match=message):
                read(tmp_path / name)


def test_registry_keeps_to_its_folder_and_tells_a_wrong_hash_from_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUPERIONIC_MIRROR", raising=False)
    registry = tmp_path / "registry.txt"
    registry.write_text(f"../../x {'0' * 64} https://example.org/x\na/b {'0' * 64} https://example.org/b\n")
    with pytest.raises(ValueError, match="leads out of the folder"):
        fetch(registry, "../../x")

    def other_content(*_: object, **__: object) -> str:
        raise ValueError("SHA256 hash of downloaded file (b) does not match the known hash")

    monkeypatch.setattr(pooch.Pooch, "fetch", other_content)
    with pytest.raises(ValueError, match="another sha256"):
        fetch(registry, "a/b")

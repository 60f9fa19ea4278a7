"""The command line from end to end on a tiny material; errors are one message and status 2."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ase.io import read

from superionic.cli import VERBS, main
from superionic.nep.format import write_nep
from tests.models import random_parameters

MATERIAL = """
name = "toy"
title = "toy"
elements = ["Li", "S"]
mobile = ["Li"]
charges = { Li = 1.0, S = -1.0 }
[structure]
source = "made up"
space_group = 221
cell = [4.0, 4.0, 4.0, 90.0, 90.0, 90.0]
primitive = false
unit = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
sites = [
  { element = "Li", position = [0.5, 0.5, 0.5] },
  { element = "S", position = [0.0, 0.0, 0.0] },
]
"""

RUN = """
material = "material.toml"
potential = { path = "nep.txt" }
supercell = [2, 2, 2]
replicas = 8
temperature_K = 50.0
timestep_fs = 0.5
sample_fs = 1.0
snapshot_ps = 0.01
flux_fs = 2.0
segment_ps = 0.25
seed = 1
max_temperature_ratio = 1000.0
max_drift_meV_per_atom = 1000.0
closest_contact = 0.0
[[stages]]
ensemble = "nvt"
duration_ps = 0.25
[[stages]]
ensemble = "nvt"
duration_ps = 0.75
sample = true
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "material.toml").write_text(MATERIAL)
    (tmp_path / "run.toml").write_text(RUN)
    parameters = random_parameters(("Li", "S"), cutoffs=(3.5, 3.0), n_max=(2, 2), l_max=(2, 0, 0), seed=1)
    write_nep(tmp_path / "nep.txt", parameters)
    return tmp_path


def test_from_run_file_to_conductivity(folder, capsys) -> None:
    run, segments, flux = str(folder / "run.toml"), str(folder / "segments"), str(folder / "flux.npz")
    assert main(["md", run, "--out", segments]) == 0
    assert "nvt 3/3" in capsys.readouterr().out
    out = str(folder / "trajectory.extxyz")
    assert main(["export", run, "--segments", segments, "--out", out, "--replica", "1", "--every", "5"]) == 0
    assert "15 frames of replica 1, to 0.75 ps" in capsys.readouterr().out
    frames = read(out, ":")
    assert [frame.info["time_ps"] for frame in frames[:2]] == [0.05, 0.1]
    assert frames[0].get_chemical_formula() == "Li8S8"
    assert main(["export", run, "--segments", segments, "--out", out, "--replica", "8"]) == 2
    assert "the run has 0 to 7" in capsys.readouterr().err
    assert main(["reduce", run, "--segments", segments, "--out", flux]) == 0
    assert main(["reduce", run, "--segments", segments, "--out", flux]) == 0
    assert "up to date" in capsys.readouterr().out
    options = ["--mobile", "Li", "--max-lag-ps", "0.1", "--plateau-ps", "0.05", "0.1", "--json"]
    assert main(["analyse", flux, *options]) == 0
    result = json.loads(capsys.readouterr().out)
    kappa = result["green_kubo"]["kappa_W_per_mK"]
    assert kappa["standard_error"] > 0
    assert result["mobile"] == ["Li"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "run.toml").unlink(), "no such configuration file"),
        (lambda f: (f / "nep.txt").unlink(), "no such potential file"),
        (lambda f: (f / "nep.txt").write_text("nep4 2 Li S\ncutoff 3"), "line 2 should be 'cutoff"),
        (lambda f: (f / "run.toml").write_text(RUN + "\nspeed = 3"), r"stages\.1\.speed: unknown key"),
        (lambda f: (f / "run.toml").write_text(RUN.replace("seed = 1", "seed = one")), "not valid TOML"),
        (
            lambda f: (f / "run.toml").write_text(RUN.replace("50.0", '"warm"').replace("= 8", "= 0.5")),
            r"2 error\(s\)",
        ),
        (
            lambda f: write_nep(f / "nep.txt", random_parameters(("Li", "P"))),
            "knows Li, P but the structure holds S",
        ),
        (lambda f: (f / "material.toml").write_text(MATERIAL.replace("[2, 2, 2]", "")[:-9]), "material.toml"),
    ],
)
def test_bad_input_ends_in_one_clear_message(folder, capsys, spoil, message) -> None:
    spoil(folder)
    assert main(["md", str(folder / "run.toml"), "--out", str(folder / "segments")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("superionic md: ")
    assert re.search(message, error), error
    assert not (folder / "segments").exists()


def test_unknown_registry_entries_and_engines_are_explained(folder, capsys) -> None:
    (folder / "registry.txt").write_text("a/nep.txt 00 https://example.org/nep.txt\n")
    named = RUN.replace('path = "nep.txt"', 'registry = "registry.txt", name = "b/nep.txt"')
    (folder / "named.toml").write_text(named)
    assert main(["md", str(folder / "named.toml"), "--out", str(folder / "s")]) == 2
    assert "no entry 'b/nep.txt'; it lists a/nep.txt" in capsys.readouterr().err
    assert main(["md", str(folder / "run.toml"), "--out", str(folder / "s"), "--engine", "gpu"]) == 2
    assert "unknown engine 'gpu'" in capsys.readouterr().err


def test_mirror_with_another_content_is_refused(folder, capsys, monkeypatch) -> None:
    (folder / "registry.txt").write_text(f"nep.txt {'0' * 64} https://example.org/nep.txt\n")
    named = RUN.replace('path = "nep.txt"', 'registry = "registry.txt", name = "nep.txt"')
    (folder / "named.toml").write_text(named)
    monkeypatch.setenv("SUPERIONIC_MIRROR", str(folder))
    assert main(["md", str(folder / "named.toml"), "--out", str(folder / "s")]) == 2
    assert "sha256 differs" in capsys.readouterr().err


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_explains_itself(verb) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "superionic.cli", verb, "--help"], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert verb in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "module", "extra"),
    [
        (["train", "some.toml"], "torch", "torch"),
        (["analyse", "flux.npz", "--mobile", "Li", "--figure", "a.png"], "matplotlib", "figures"),
    ],
)
def test_a_missing_optional_dependency_is_named(arguments, module, extra) -> None:
    code = f"import sys; sys.modules[{module!r}] = None; from superionic.cli import main; main({arguments})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (
        done.stderr
        == f"superionic {arguments[0]}: needs {module}: install it, or superionic with [{extra}]\n"
    )


@pytest.mark.parametrize(
    "stage", ["flux nowhere/nothing", "trials nowhere", "replicate smoke --run nowhere/nothing"]
)
def test_stages_report_bad_input_as_one_message(stage) -> None:
    command = [sys.executable, "-m", *f"replication.{stage}".split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no such configuration file" in done.stderr
    assert "Traceback" not in done.stderr

"""The label queue: every structure once, whoever works, however often it is killed."""

import json
import os
import signal
import subprocess
import sys
import time

import ase.io
import numpy as np
import pytest
from ase.calculators.emt import EMT

from superionic.cli import main
from superionic.config import ConfigError
from superionic.dft.label_queue import claim_next, failure_file, locked, read_labels, tasks
from superionic.dft.settings import load_settings
from superionic.units import GPA_PER_EV_PER_A3

SLOW = """
import time
from ase.calculators.emt import EMT

class Slow(EMT):
    def calculate(self, *arguments, **keywords):
        time.sleep(60)
"""


def test_labels_are_those_of_the_calculator(make_queue, structure):
    """Energy and forces as from the calculator itself; stress lowered by the Pulay pressure."""
    path = make_queue([structure("a", seed=1), structure("b", seed=2)])
    assert main(["label", str(path)]) == 0
    labels = read_labels(load_settings(path), "round0")
    assert list(labels) == ["a", "b"]
    for name, seed in (("a", 1), ("b", 2)):
        direct = structure(name, seed=seed)
        direct.calc = EMT()
        assert labels[name].get_potential_energy() == pytest.approx(direct.get_potential_energy(), abs=1e-8)
        assert labels[name].get_forces() == pytest.approx(direct.get_forces(), abs=1e-7)
        expected = direct.get_stress() - np.array([1, 1, 1, 0, 0, 0]) * 2.0 / GPA_PER_EV_PER_A3
        assert labels[name].get_stress() == pytest.approx(expected, abs=1e-8)
        assert labels[name].info["origin"] == "test"
        assert labels[name].info["settings"] == load_settings(path).fingerprint("cubic")


def test_a_stopped_queue_goes_on_where_it_was(make_queue, structure):
    path = make_queue([structure(name, seed=i) for i, name in enumerate("abc")])
    assert main(["label", str(path), "--limit", "1"]) == 0
    settings = load_settings(path)
    first = read_labels(settings, "round0")
    assert list(first) == ["a"]
    assert main(["label", str(path)]) == 0
    labels = read_labels(settings, "round0")
    assert list(labels) == ["a", "b", "c"]
    assert labels["a"].info["wall_seconds"] == first["a"].info["wall_seconds"]
    assert list(settings.work.glob("*.lock")) == [settings.work / "store.lock"]


def test_two_workers_never_take_the_same_structure(make_queue, structure):
    settings = load_settings(make_queue([structure("a"), structure("b")]))
    with claim_next(settings) as one, claim_next(settings) as two, claim_next(settings) as three:
        assert one is not None and two is not None
        assert (one[0].id, two[0].id) == ("a", "b")
        assert three is None
    with claim_next(settings) as again:
        assert again is not None and again[0].id == "a"


def test_a_new_round_catches_up_then_rounds_take_turns(make_queue, structure):
    path = make_queue([structure(name) for name in ("a", "b", "c")])
    assert main(["label", str(path), "--limit", "1"]) == 0
    make_queue([structure("x"), structure("y")], name="round1")
    settings = load_settings(path)
    order = []
    while len(order) < 4:
        with claim_next(settings) as claim:
            order.append(claim[0].id)
        assert main(["label", str(path), "--limit", "1"]) == 0
    assert order == ["x", "b", "y", "c"]


def test_the_answer_left_by_a_killed_worker_is_used(make_queue, structure):
    """The calculation outlives its worker; the next worker needs no calculator for that structure."""
    path = make_queue([structure("a")])
    settings = load_settings(path)
    assert main(["label", str(path)]) == 0
    made = read_labels(settings, "round0")["a"]
    atoms = tasks(settings)[0].atoms
    request = {
        "calculator": settings.calculator,
        "parameters": {},
        "symbols": atoms.get_chemical_symbols(),
        "positions": atoms.positions.tolist(),
        "cell": atoms.cell.array.tolist(),
        "pbc": atoms.pbc.tolist(),
    }
    answer = {
        "energy": -1.25,
        "forces": np.zeros((4, 3)).tolist(),
        "stress": np.eye(3).tolist(),
        "wall_seconds": 7.0,
        "cpu_seconds": 6.0,
        "versions": {"ase": "0"},
    }
    (settings.labels / "round0.extxyz").unlink()
    (settings.work / "a.request.json").write_text(json.dumps(request))
    (settings.work / "a.answer.json").write_text(json.dumps(answer))
    assert main(["label", str(path), "--python", "/nowhere/python"]) == 0
    label = read_labels(settings, "round0")["a"]
    assert label.get_potential_energy() == -1.25 != made.get_potential_energy()


def test_a_failed_calculation_is_recorded_skipped_and_reported(make_queue, structure, capsys):
    path = make_queue([structure("bad", element="Fe"), structure("good")])
    settings = load_settings(path)
    assert main(["label", str(path)]) == 1
    assert list(read_labels(settings, "round0")) == ["good"]
    record = json.loads(failure_file(settings, "bad").read_text())
    assert "NotImplementedError" in record["error"]
    assert "1 labels made, 1 failed" in capsys.readouterr().out
    assert main(["label", str(path)]) == 0
    assert main(["label", str(path), "--status"]) == 0
    assert "| round0 | cubic | train | 1 | 4 | 0 | 1 |" in capsys.readouterr().out


def test_a_broken_installation_stops_the_worker_and_fails_no_structure(make_queue, structure, capsys):
    path = make_queue([structure("a")], calculator="no_such_module:Thing")
    assert main(["label", str(path)]) == 2
    message = capsys.readouterr().err
    assert "No module named 'no_such_module'" in message
    assert "is ASE with no_such_module:Thing installed there?" in message
    assert not failure_file(load_settings(path), "a").exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_worker_frees_its_structure(make_queue, structure, tmp_path, how):
    """SIGTERM ends the calculation too; after SIGKILL it goes on and keeps the claim until it ends."""
    (tmp_path / "slow_calculator.py").write_text(SLOW)
    path = make_queue([structure("a")], calculator="slow_calculator:Slow")
    settings = load_settings(path)
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "superionic.cli", "label", str(path)],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    lock = settings.work / "a.lock"
    deadline = time.monotonic() + 60
    while not (settings.work / "a.log").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(worker.pid)], capture_output=True, text=True)
    calculation = int(children.stdout.split()[0])
    worker.send_signal(how)
    assert worker.wait(timeout=30) == (130 if how == signal.SIGTERM else -signal.SIGKILL)
    if how == signal.SIGKILL:
        with locked(lock, wait=False) as handle:
            assert handle is None
        os.kill(calculation, signal.SIGKILL)
    with locked(lock, wait=True) as handle:
        assert handle is not None
    assert not read_labels(settings, "round0")


def test_only_remakes_one_label(make_queue, structure):
    path = make_queue([structure("a"), structure("b")])
    assert main(["label", str(path), "--only", "b"]) == 0
    assert list(read_labels(load_settings(path), "round0")) == ["b"]
    assert main(["label", str(path), "--only", "c"]) == 2


def test_changing_the_pulay_pressure_changes_nothing_but_the_stress(make_queue, structure):
    path = make_queue([structure("a")])
    assert main(["label", str(path)]) == 0
    before = read_labels(load_settings(path), "round0")["a"]
    path.write_text(path.read_text().replace("pulay_GPa = 2.0", "pulay_GPa = 5.0"))
    assert main(["label", str(path), "--correct"]) == 0
    after = read_labels(load_settings(path), "round0")["a"]
    pressure = -(after.get_stress() - before.get_stress())[:3] * GPA_PER_EV_PER_A3
    assert pressure == pytest.approx([3.0] * 3, abs=1e-6)
    assert np.array_equal(after.get_forces(), before.get_forces())
    assert after.info["pulay_GPa"] == 5.0


def test_pulay_pressure_of_a_smaller_cell_is_larger(make_queue, structure):
    small, large = structure("small"), structure("large")
    large.set_cell(1.1 * large.cell.array, scale_atoms=True)
    path = make_queue([small, large])
    path.write_text(path.read_text().replace("pulay_GPa = 2.0", "pulay_eV_per_atom = 0.4"))
    assert main(["label", str(path)]) == 0
    labels = read_labels(load_settings(path), "round0")
    density = 4 / small.get_volume()
    assert labels["small"].info["pulay_GPa"] == pytest.approx(0.4 * density * GPA_PER_EV_PER_A3, abs=1e-4)
    assert labels["small"].info["pulay_GPa"] == pytest.approx(
        1.331 * labels["large"].info["pulay_GPa"], rel=1e-4
    )


def test_labels_of_other_settings_are_not_mixed(make_queue, structure):
    path = make_queue([structure("a"), structure("b")])
    assert main(["label", str(path), "--limit", "1"]) == 0
    path.write_text(path.read_text().replace("[parameters]", "[parameters]\nasap_cutoff = true"))
    assert main(["label", str(path)]) == 2
    assert list(read_labels(load_settings(path), "round0")) == ["a"]


def test_a_failed_structure_can_be_made_again(make_queue, structure):
    path = make_queue([structure("a", element="Fe")])
    settings = load_settings(path)
    assert main(["label", str(path)]) == 1
    make_queue([structure("a")])
    assert main(["label", str(path), "--only", "a"]) == 0
    assert not failure_file(settings, "a").exists()
    assert list(read_labels(settings, "round0")) == ["a"]


def test_structures_without_id_or_with_the_same_are_refused(make_queue, structure):
    unnamed = structure("a")
    del unnamed.info["origin"]
    with pytest.raises(ConfigError, match="no origin"):
        tasks(load_settings(make_queue([unnamed])))
    with pytest.raises(ConfigError, match="ids used twice"):
        tasks(load_settings(make_queue([structure("a"), structure("a")])))


def test_unknown_shape_names_those_there_are(make_queue, structure):
    settings = load_settings(make_queue([structure("a")]))
    with pytest.raises(ConfigError, match="listed: cubic"):
        settings.parameters_for("hexagonal")


def test_no_command_deletes_a_label_whose_structure_has_gone(make_queue, structure):
    path = make_queue([structure(name, seed=number) for number, name in enumerate("abc")])
    assert main(["label", str(path)]) == 0
    settings = load_settings(path)
    make_queue([structure("b", seed=1), structure("d", seed=3)])
    assert main(["label", str(path)]) == 0
    assert sorted(read_labels(settings, "round0")) == ["a", "b", "c", "d"]
    assert main(["label", str(path), "--correct"]) == 0
    assert sorted(read_labels(settings, "round0")) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda atoms: atoms.info.update(id="a/b"), "files are named after it"),
        (lambda atoms: atoms.info.update(split="maybe"), "split is 'maybe'"),
        (lambda atoms: atoms.set_cell([0, 0, 0]), "a cell of three vectors"),
    ],
)
def test_structures_that_make_no_sense_are_refused(make_queue, structure, change, message, capsys):
    atoms = structure("a")
    change(atoms)
    assert main(["label", str(make_queue([atoms]))]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--limit", "0"], ["--limit", "-1"], ["--check", "0"], ["--tight", "other"]]
)
def test_options_that_ask_for_nothing_are_refused(make_queue, structure, options, capsys):
    assert main(["label", str(make_queue([structure("a")])), *options]) == 2
    assert options[0] in capsys.readouterr().err


def test_a_file_of_other_structures_among_the_labels_is_named(make_queue, structure, capsys):
    path = make_queue([structure("a")])
    assert main(["label", str(path)]) == 0
    settings = load_settings(path)
    frames = list(read_labels(settings, "round0").values())
    del frames[0].info["id"]
    ase.io.write(settings.labels / "round0.extxyz", frames, format="extxyz")
    assert main(["label", str(path), "--correct"]) == 2
    assert "frame 0 has no id" in capsys.readouterr().err


@pytest.mark.parametrize("energy", [float("nan"), None, [1.0]])
def test_an_answer_without_numbers_is_a_failure_and_no_label(make_queue, structure, energy, capsys):
    path = make_queue([structure("a"), structure("b", seed=1)])
    settings = load_settings(path)
    assert main(["label", str(path), "--limit", "1"]) == 0
    (done,) = read_labels(settings, "round0")
    other = ({"a", "b"} - {done}).pop()
    atoms = next(task.atoms for task in tasks(settings) if task.id == other)
    request = {
        "calculator": settings.calculator, "parameters": {}, "symbols": atoms.get_chemical_symbols(),
        "positions": atoms.positions.tolist(), "cell": atoms.cell.array.tolist(), "pbc": atoms.pbc.tolist(),
    }  # fmt: skip
    (settings.work / f"{other}.request.json").write_text(json.dumps(request))
    answer = {"energy": energy, "forces": np.zeros((4, 3)).tolist(), "stress": np.zeros((3, 3)).tolist()}
    (settings.work / f"{other}.answer.json").write_text(json.dumps(answer))
    assert main(["label", str(path)]) == 1
    assert "no finite energy" in capsys.readouterr().out
    assert sorted(read_labels(settings, "round0")) == [done]

"""The table of engines: names, devices, what "auto" takes, and an engine from outside the package."""

from __future__ import annotations

import re
import sys
import types
import warnings
from pathlib import Path

import pytest

from superionic.engines import ENGINES, EngineEntry, EngineUnavailable, cuda_engine, engine_names, load_engine
from superionic.engines.coverage import FEATURES, PotentialNotCovered
from superionic.engines.cuda_engine import CudaEngine, EmulatedDevice
from superionic.engines.native import build
from superionic.engines.torch_engine import TorchEngine
from superionic.potentials import UnknownPotentialError, load_potential
from tests.models import random_parameters
from tests.subjects import committed


@pytest.fixture
def mine(monkeypatch):
    """A module with an engine of its own, registered first; its `reason` is why it is unavailable."""
    module = types.ModuleType("my_engine")
    module.reason, module.asked = None, []

    def load(potential, device, threads, precision):
        module.asked.append((device, threads, precision))
        if module.reason:
            raise EngineUnavailable(module.reason)
        return TorchEngine(potential)

    module.load, module.unavailable = load, lambda: module.reason
    monkeypatch.setitem(sys.modules, "my_engine", module)
    others = dict(ENGINES)
    ENGINES.clear()
    ENGINES.update({"mine": EngineEntry("mine", "my_engine", ("cpu",)), **others})
    yield module
    ENGINES.clear()
    ENGINES.update(others)


def test_every_engine_goes_by_its_name() -> None:
    parameters = random_parameters()
    assert engine_names()[0] == "auto"
    for name, entry in ENGINES.items():
        assert entry.name == name and set(entry.devices) <= {"cpu", "cuda"}
        if entry.unavailable() is None:
            assert load_engine(parameters, name).name == name


def test_an_engine_from_outside_is_one_entry(mine) -> None:
    assert "mine" in engine_names()
    load_engine(random_parameters(), "mine", threads=3)
    load_engine(random_parameters())  # the first that works
    assert mine.asked == [("cpu", 3, "float64"), ("cpu", None, "float64")]
    with pytest.raises(ValueError, match=r"mine engine does not run on device='cuda': use .*'torch'"):
        load_engine(random_parameters(), "mine", device="cuda")


def test_auto_passes_over_what_cannot_run_and_says_so(mine, monkeypatch) -> None:
    mine.reason = "no quantum computer found"

    def no_gpu() -> None:
        raise cuda_engine.CudaUnavailable("no CUDA device answers")

    monkeypatch.setattr(cuda_engine, "CudaDevice", no_gpu)
    with pytest.warns(UserWarning, match="no quantum computer found") as said:
        assert load_engine(random_parameters()).name == "native"
    assert len(said) == 1  # that there is no GPU is no news
    assert ENGINES["mine"].unavailable() == mine.reason
    with pytest.raises(EngineUnavailable, match="no quantum computer"):
        load_engine(random_parameters(), "mine")


def test_without_a_compiler_the_slow_engine_is_taken_with_a_warning(monkeypatch) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    assert "no C++ compiler" in (ENGINES["native"].unavailable() or "")
    with pytest.warns(UserWarning, match=r"slower.*no C\+\+ compiler"):
        assert load_engine(random_parameters(), device="cpu").name == "torch"


UNCOVERED = {
    "3-body rows beyond l = 4": {"l_max": (5, 0, 0)},
    "4-body rows beyond q_222": {"l_max": (4, 2, 1, 1)},
    "cutoffs of each pair of species": {"species_cutoffs": ((5.0, 4.0), (4.0, 4.0), (5.0, 3.0))},
    "typewise ZBL": {"zbl": (1.0, 2.4), "zbl_factor": 0.7},
    "flexible ZBL": {"zbl": (0.0, 0.0)},
}
"""A potential for every feature that not every engine evaluates."""


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("name", ["native", "cuda"])
def test_what_an_engine_does_not_cover_is_left_to_another(name, feature, monkeypatch) -> None:
    """Refused by name in one sentence, and passed over by "auto" with the same sentence."""
    monkeypatch.setattr(cuda_engine, "CudaDevice", EmulatedDevice)  # a GPU that is there
    parameters, device = random_parameters(**UNCOVERED[feature]), ENGINES[name].devices[0]
    if name == "native" and feature in build.COVERED:
        assert load_engine(parameters, device=device).name == "native"
        return
    sentence = f"the potential has {feature}, outside the {ENGINES[name].name} engine: use engine='torch'"
    with pytest.raises(PotentialNotCovered, match=f"(?i)^{re.escape(sentence)}$"):
        load_engine(parameters, name)
    assert issubclass(PotentialNotCovered, ValueError)
    with pytest.warns(UserWarning) as said:
        found = load_engine(parameters, device="cpu" if name == "native" else "auto").name
    assert found == ("native" if feature in build.COVERED else "torch")
    warned = f"falling back to an engine slower than {name}: {sentence}".lower()
    assert warned in [str(one.message).lower() for one in said]


def test_several_features_are_named_together() -> None:
    parameters = random_parameters(l_max=(5, 0, 0), zbl=(0.0, 0.0))
    with pytest.raises(
        PotentialNotCovered, match=r"3-body rows beyond l = 4 and flexible ZBL, outside the CUDA"
    ):
        CudaEngine(parameters, EmulatedDevice())


def test_a_gpu_asked_for_is_given_up_for_no_other_reason(monkeypatch) -> None:
    def no_gpu() -> None:
        raise cuda_engine.CudaUnavailable("no CUDA device answers")

    monkeypatch.setattr(cuda_engine, "CudaDevice", no_gpu)
    with pytest.raises(EngineUnavailable, match="no CUDA device"):
        load_engine(random_parameters(), device="cuda")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing about a GPU that is not there
        assert load_engine(random_parameters(zbl=(0.0, 0.0))).name == "native"


def test_missing_packages_are_named_with_the_extra_that_holds_them() -> None:
    entry = EngineEntry("odd", "no_such_package_anywhere", ("cpu",), extra="torch")
    assert "pip install 'superionic[torch]'" in (entry.unavailable() or "")
    with pytest.raises(EngineUnavailable, match=r"needs more packages.*no_such_package_anywhere"):
        entry.load(random_parameters())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<GAP_params>\n", "line 1 starts with '<GAP_params>', so it is of no family.*NEP"),
        (b"", "line 1 starts with nothing"),
        (b"PK\x03\x04\xff\xfe", "not a text file; this code reads NEP"),
        (None, "no such potential file"),
    ],
)
def test_files_of_other_families_are_refused_by_name(tmp_path: Path, content, said) -> None:
    path = tmp_path / "potential"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnknownPotentialError, match=said):
        load_engine(path)


def test_the_header_says_the_family() -> None:
    assert load_potential(committed("li3ps4/A")).elements == ("Li", "P", "S")

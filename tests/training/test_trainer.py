"""The trainer: it learns, it is deterministic, and an interruption leaves no trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from superionic.training.dataset import Frame, split_frames
from superionic.training.loss import predict
from superionic.training.settings import ModelSettings
from superionic.training.trainer import Row, Trainer, errors_of, learning_rate

ELEMENTS = ("Li", "P", "S")
SETTINGS = ModelSettings(
    seed=3,
    cutoffs_A=(4.5, 3.5),
    n_max=(3, 2),
    basis_size=(4, 4),
    neurons=6,
    zbl_A=(0.5, 1.0),
    epochs=6,
    batch_frames=4,
    validation_fraction=0.2,
)


def make_trainer(frames: list[Frame], **changes) -> Trainer:
    settings = SETTINGS.model_copy(update=changes)
    return Trainer(settings, ELEMENTS, split_frames(frames, settings.validation_fraction, settings.seed))


class Interrupted(Exception):
    pass


def interrupt_after(epochs: int):
    def report(row: Row) -> None:
        if row["epoch"] == epochs:
            raise Interrupted

    return report


def same_parameters(first: Trainer, second: Trainer) -> bool:
    ours, theirs = first.best_parameters(), second.best_parameters()
    names = ("w0", "b0", "w1", "c_radial", "c_angular", "q_scaler")
    return all(np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in names)


def test_interrupted_training_ends_as_uninterrupted(frames, tmp_path: Path, monkeypatch) -> None:
    whole = make_trainer(frames)
    whole.run(tmp_path / "whole.pt", "task")
    monkeypatch.setattr("superionic.training.trainer.CHECKPOINT_SECONDS", 0.0)
    for epochs in (2, 5):
        with pytest.raises(Interrupted):
            make_trainer(frames).run(tmp_path / "parts.pt", "task", interrupt_after(epochs))
    resumed = make_trainer(frames)
    resumed.run(tmp_path / "parts.pt", "task")
    assert resumed.progress.epoch == 6
    assert resumed.progress.history == whole.progress.history
    assert same_parameters(whole, resumed)


def test_the_seed_decides_everything(frames, tmp_path: Path) -> None:
    first, again, other = make_trainer(frames), make_trainer(frames), make_trainer(frames, seed=4)
    for number, trainer in enumerate((first, again, other)):
        trainer.run(tmp_path / f"{number}.pt", "task")
    assert same_parameters(first, again)
    assert not same_parameters(first, other)


def test_a_checkpoint_of_another_task_is_refused(frames, tmp_path: Path) -> None:
    make_trainer(frames, epochs=1).run(tmp_path / "a.pt", "one task")
    with pytest.raises(ValueError, match="other settings or labels"):
        make_trainer(frames, epochs=1).run(tmp_path / "a.pt", "another task")


def test_training_learns_the_forces_of_a_model_of_its_own_form(frames, tmp_path: Path) -> None:
    """On the frames it learns from, errors fall below a third of those of a model without forces."""
    form = {"cutoffs_A": (5.0, 4.0), "n_max": (4, 3), "basis_size": (5, 4), "zbl_A": None}
    trainer = make_trainer(frames, epochs=60, batch_frames=2, **form)
    trainer.run(tmp_path / "learn.pt", "task")
    predictions = [predict(trainer.averaged, batch) for batch in trainer.batches]
    reached = errors_of(predictions, trainer.batches, trainer.settings)["force_meV_per_A"]
    labels = np.concatenate([batch.forces.numpy() for batch in trainer.batches])
    assert reached < 1000.0 * np.sqrt(np.mean(labels**2)) / 3.0
    history = trainer.progress.history
    assert trainer.progress.best_loss == min(row["validation_loss"] for row in history)


def test_patience_ends_a_training_that_gets_no_better(frames, tmp_path: Path) -> None:
    trainer = make_trainer(frames, epochs=50, patience=2, learning_rates=(1e-12, 1e-13))
    trainer.progress.best_loss = 0.0
    trainer.progress.best = trainer.averaged.state_dict()
    trainer.run(tmp_path / "stalled.pt", "task")
    assert trainer.progress.epoch == 2


def test_labels_that_are_not_finite_stop_the_training(frames) -> None:
    trainer = make_trainer(frames)
    trainer.batches[0].forces[0, 0] = np.nan
    with pytest.raises(RuntimeError, match="check the labels"):
        trainer.train_epoch()


def test_learning_rate_rises_then_falls_along_a_cosine() -> None:
    settings = SETTINGS.model_copy(update={"epochs": 100, "learning_rates": (1e-2, 1e-4)})
    assert learning_rate(settings, 0.0) == pytest.approx(2e-4)
    assert learning_rate(settings, 50.0) == pytest.approx((1e-2 + 1e-4) / 2)
    assert learning_rate(settings, 100.0) == pytest.approx(1e-4)


def test_a_damaged_checkpoint_is_named_and_never_gone_on_with(frames, tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    make_trainer(frames, epochs=1).run(path, "task")
    good = path.read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 0x10
    content = torch.load(path, weights_only=True)
    torch.save({key: value for key, value in content.items() if key != "optimizer"}, tmp_path / "part.pt")
    for bytes_of in (b"", b"garbage", good[:-100], bytes(flipped), (tmp_path / "part.pt").read_bytes()):
        path.write_bytes(bytes_of)
        with pytest.raises(ValueError, match=r"a\.pt is damaged \(.*\): delete it to start"):
            make_trainer(frames, epochs=2).run(path, "task")

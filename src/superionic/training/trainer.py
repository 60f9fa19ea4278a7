"""Training of one model: steps on batches, averaged parameters, checkpoints that resume exactly."""

from __future__ import annotations

import copy
import math
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..nep.format import NEPParameters
from ..nep.shape import NEPShape
from ..provenance import write_atomically
from .dataset import Batch, Frame, build_batch, reference_energies
from .initial import initial_potential, shape_of
from .loss import Prediction, loss, loss_and_gradient, predict
from .optimizer import EigenAdam
from .settings import ModelSettings

CHECKPOINT_SECONDS = 30.0

Row = dict[str, float]
State = dict[str, Tensor]


@dataclass
class Progress:
    """State of a training after complete epochs; a checkpoint contains it and the optimizer's state.

    best : the averaged parameters with the lowest validation loss so far; history : one row per epoch;
    seconds : spent so far.
    """

    epoch: int = 0
    best: State = field(default_factory=dict)
    best_loss: float = math.inf
    best_epoch: int = 0
    history: list[Row] = field(default_factory=list)
    seconds: float = 0.0


class Trainer:
    """Training of one model. `run` trains to the end and resumes from a checkpoint of the same task."""

    def __init__(
        self,
        settings: ModelSettings,
        elements: tuple[str, ...],
        frames: dict[str, list[Frame]],
        device: str = "cpu",
    ) -> None:
        """frames: "train" and "validation". Caches their geometry; deterministic given the settings."""
        self.settings, self.device = settings, device
        dtype = {"float32": torch.float32, "float64": torch.float64}[settings.precision]
        shape = shape_of(settings, elements)
        order = np.random.default_rng([settings.seed, 1]).permutation(len(frames["train"]))
        shuffled = [frames["train"][index] for index in order]
        self.batches = build_batches(shuffled, settings.batch_frames, shape, dtype, device)
        self.validation = build_batches(frames["validation"], settings.batch_frames, shape, dtype, device)
        self.potential = initial_potential(
            settings, elements, self.batches, reference_energies(frames["train"])
        )
        self.optimizer = EigenAdam(
            self.potential.parameters(), settings.learning_rates[0], settings.weight_decay
        )
        self.averaged = copy.deepcopy(self.potential)
        self.progress = Progress()

    @property
    def max_neighbors(self) -> tuple[int, int]:
        """Largest neighbour counts within the two cutoffs over all frames."""
        counts = [batch.geometry.max_neighbors for batch in [*self.batches, *self.validation]]
        return max(radial for radial, _ in counts), max(angular for _, angular in counts)

    def run(self, checkpoint: Path, task: str, report: Callable[[Row], None] = lambda row: None) -> None:
        """Train until the last epoch or until patience runs out; `report` is called after every epoch.

        checkpoint : file written every half minute and at the end; task : hash of everything that determines
        the result. A checkpoint of another task is an error.
        """
        if checkpoint.exists():
            self.load(checkpoint, task)
        progress, saved = self.progress, time.monotonic()
        while not self.finished:
            started = time.monotonic()
            row = self.train_epoch()
            progress.seconds += time.monotonic() - started
            report(row)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save(checkpoint, task)
                saved = time.monotonic()
        self.save(checkpoint, task)

    @property
    def finished(self) -> bool:
        progress = self.progress
        stalled = progress.epoch - progress.best_epoch >= self.settings.patience
        return progress.epoch >= self.settings.epochs or stalled

    def train_epoch(self) -> Row:
        """One pass over all batches, then validation of the averaged parameters; returns the new row."""
        settings, progress = self.settings, self.progress
        random = np.random.default_rng([settings.seed, 2, progress.epoch])
        losses, rate = [], 0.0
        for step, index in enumerate(random.permutation(len(self.batches))):
            rate = learning_rate(settings, progress.epoch + step / len(self.batches))
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self.optimizer.zero_grad(set_to_none=True)
            losses.append(loss_and_gradient(self.potential, self.batches[index], settings.accuracies))
            if not math.isfinite(losses[-1]):
                raise RuntimeError(
                    f"the loss is {losses[-1]} in epoch {progress.epoch + 1}: check the labels, or lower "
                    f"learning_rates {settings.learning_rates}"
                )
            self.optimizer.step()
            self._average()
        progress.epoch += 1
        row = {"epoch": progress.epoch, "learning_rate": rate, "train_loss": float(np.mean(losses))}
        row |= self._validate()
        progress.history.append(row)
        if row["validation_loss"] < progress.best_loss:
            progress.best_loss, progress.best_epoch = row["validation_loss"], progress.epoch
            progress.best = {name: values.clone() for name, values in self.averaged.state_dict().items()}
        return row

    def best_parameters(self) -> NEPParameters:
        """The averaged parameters of the best epoch as nep.txt has them."""
        best = copy.deepcopy(self.potential)
        best.load_state_dict(self.progress.best)
        return best.parameters_of_nep(self.max_neighbors)

    def save(self, checkpoint: Path, task: str) -> None:
        """Write the complete state atomically."""
        content = {
            "task": task,
            "potential": self.potential.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": vars(self.progress),
        }
        write_atomically(checkpoint, lambda path: torch.save(content, path))

    def load(self, checkpoint: Path, task: str) -> None:
        """Resume from a checkpoint; raises ValueError when it is damaged or belongs to another task."""
        try:
            with zipfile.ZipFile(checkpoint) as archive:  # whose checksums torch does not verify
                broken = archive.testzip()
            content: dict[str, Any] = torch.load(checkpoint, map_location=self.device, weights_only=True)
            missing = {"task", "potential", "averaged", "optimizer", "progress"} - content.keys()
            if broken or missing:
                raise ValueError(
                    f"{broken} is broken" if broken else f"it lacks {', '.join(sorted(missing))}"
                )
            progress = Progress(**content["progress"])
            if progress.epoch and not progress.history:
                raise ValueError("it lacks the history of its epochs")
            if content["task"] == task:
                self.potential.load_state_dict(content["potential"])
                self.averaged.load_state_dict(content["averaged"])
                self.optimizer.load_state_dict(content["optimizer"])
                self.averaged.load_state_dict(progress.best)  # as at the end
                if not all(torch.isfinite(value).all() for value in self.averaged.state_dict().values()):
                    raise ValueError("its weights hold NaN or infinity")
                self.averaged.load_state_dict(content["averaged"])
        except Exception as error:  # damaged archives and pickles raise anything
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ValueError(
                f"{checkpoint} is damaged ({reason}): delete it to start this training anew"
            ) from None
        if content["task"] != task:
            raise ValueError(
                f"{checkpoint} belongs to other settings or labels: delete it to start this training anew"
            )
        self.progress = progress

    def _average(self) -> None:
        # shorter averaging at the start, to forget the initial parameters
        done = self.progress.epoch * len(self.batches) + 1
        weight = max(1.0 - self.settings.averaging, 1.0 / (1.0 + done))
        with torch.no_grad():
            for mean, parameter in zip(self.averaged.parameters(), self.potential.parameters(), strict=True):
                mean.lerp_(parameter, weight)

    def _validate(self) -> Row:
        predictions = [predict(self.averaged, batch) for batch in self.validation]
        return errors_of(predictions, self.validation, self.settings)


def build_batches(
    frames: Sequence[Frame], size: int, shape: NEPShape, dtype: torch.dtype, device: str
) -> list[Batch]:
    """Frames in groups of `size`, the last one shorter."""
    groups = [frames[start : start + size] for start in range(0, len(frames), size)]
    return [build_batch(group, shape, dtype, device) for group in groups]


def learning_rate(settings: ModelSettings, epoch: float) -> float:
    """Cosine schedule from the first to the last rate, after a linear warm-up over the first hundredth."""
    first, last = settings.learning_rates
    done = epoch / settings.epochs
    rate = last + (first - last) * 0.5 * (1.0 + math.cos(math.pi * done))
    return rate * min(1.0, 0.02 + done / 0.01)


def errors_of(predictions: list[Prediction], batches: list[Batch], settings: ModelSettings) -> Row:
    """Loss and root mean square errors (meV/atom, meV/Å, meV/atom) over batches, each frame counted once."""
    pairs = list(zip(predictions, batches, strict=True))
    weights = [len(batch.atoms) for batch in batches]
    losses = [loss(prediction, batch, settings.accuracies) for prediction, batch in pairs]
    energy = torch.cat([(p.energies - b.energies) / b.atoms for p, b in pairs])
    force = torch.cat([p.forces - b.forces for p, b in pairs])
    virial = torch.cat(
        [((p.virials - b.virials) / b.atoms[:, None, None])[b.has_virial > 0] for p, b in pairs]
    )
    return {
        "validation_loss": float(np.average(losses, weights=weights)),
        "energy_meV_per_atom": _rms(energy),
        "force_meV_per_A": _rms(force),
        "virial_meV_per_atom": _rms(virial) if len(virial) else math.nan,
    }


def _rms(values: Tensor) -> float:
    return 1000.0 * float(values.double().square().mean().sqrt())

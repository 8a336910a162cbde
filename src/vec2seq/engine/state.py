"""The state of a training, whole: what a checkpoint keeps, so that a run goes on as if it had never stopped."""

import copy
import json
import math
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vec2seq.engine.health import Health
from vec2seq.engine.learner import Learner
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.stopping import Stopping


@dataclass
class State:
    """Net and optimizer, and how far they are."""

    learner: Learner
    stopping: Stopping
    health: Health
    run: Run
    given: dict[str, Any]
    """what else than the settings must be the same when a run goes on"""
    epochs: int = field(init=False)
    total: float = 0.0
    """the sum of this epoch's losses so far"""
    items: int = 0
    """that they all are of"""
    epoch: int = 0
    position: int = 0
    """steps of this epoch that are done"""
    steps: int = 0
    """of the epochs before"""
    history: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Tensor] | None = None

    def __post_init__(self) -> None:
        self.epochs = self.learner.settings.epochs

    def add(self, summed: float, items: int) -> None:
        """Note a step that was made."""
        self.total, self.items, self.position = self.total + summed, self.items + items, self.position + 1

    @property
    def identity(self) -> dict[str, Any]:
        """What must be the same when a run goes on."""
        how = self.learner.settings
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in how.get_params().items()}
        threads = how.threads or torch.get_num_threads()
        return {**plain, "threads": threads, "processes": self.learner.processes.count, **self.given}

    @property
    def mean(self) -> float:
        """The mean loss of this epoch so far."""
        return self.total / max(self.items, 1)

    def end_epoch(self, judged: dict[str, float], rate: float) -> None:
        """Note the epoch; keep the weights if they are the best so far and somebody asks for them.

        ``judged``: "held_out_loss", NaN if nothing is held out, and maybe "score", which then says what is best.
        """
        told = {name: value for name, value in {"loss": self.mean, **judged}.items() if math.isfinite(value)}
        falling = -judged["score"] if "score" in judged else judged["held_out_loss"]
        self.epoch, self.steps = self.epoch + 1, self.steps + self.position
        self.history.append({"epoch": self.epoch, **told, "lr": rate})
        if not math.isnan(falling) and self.stopping.add(falling) and self.stopping.patience:
            self.best = copy.deepcopy(self.learner.net.state_dict())
        self.position, self.items, self.total = 0, 0, 0.0

    def take_best(self) -> None:
        """Let the net have the best weights, if they were kept."""
        if self.best is not None:
            self.learner.net.load_state_dict(self.best)

    # checkpoints

    def check_same(self, lengths: NDArray[np.int64]) -> None:
        """UserError unless all processes begin with the same, examples by their lengths, and all go on or none."""
        if self.learner.processes.count == 1:
            return
        begun = json.dumps([self.identity, lengths.tolist()], default=str)
        self.learner.processes.check_same(
            [zlib.crc32(begun.encode())],
            "has other settings, data or threads than process 0",
            "give all the same, {threads} too",
        )
        self.learner.processes.check_same([self.run.goes_on()], *_OTHER_CHECKPOINT)

    def save(self) -> None:
        """Write it to the run's checkpoint, if there is one; all processes come here, and the first one writes."""
        random = {"random": self.learner.processes.gathered(torch.get_rng_state())}
        if torch.cuda.is_available():
            random["random_cuda"] = self.learner.processes.gathered(torch.cuda.get_rng_state())
        if self.run.checkpoint is not None and self.run.writes:
            self._write(self.run.checkpoint, random)
        self.learner.processes.wait()  # or one that ends now would have the others ended, in the midst of writing

    def _write(self, checkpoint: Checkpoint, random: dict[str, Tensor]) -> None:
        tensors = {f"net.{name}": tensor for name, tensor in self.learner.net.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in (self.best or {}).items()}
        for number, slots in self.learner.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": slot for name, slot in slots.items() if slot is not None}
        tensors |= random
        state = {
            "task": self.learner.settings.task,
            "identity": self.identity,
            **{name: getattr(self, name) for name in _PLAIN},
            "stopping": vars(self.stopping),
            "health": self.health.to_json(),
        }
        checkpoint.save(state, {name: _array(name, tensor) for name, tensor in tensors.items()})
        self.run.checkpoint_saved()
        self.run.progress.note(f"checkpoint saved in {checkpoint.folder}")

    def restore(self) -> None:
        """Take it from the run's checkpoint; UserError if that began with something else."""
        assert self.run.checkpoint is not None
        state, tensors = self.run.checkpoint.load()
        if self.learner.processes.rank == 0:
            self.run.checkpoint.check_goes_on(state, self.learner.settings.task, self.identity)
        self.learner.processes.wait()
        for name in _PLAIN:
            setattr(self, name, state[name])
        self.stopping = Stopping(**state["stopping"])
        self.health.restore(state["health"])
        self.learner.net.load_state_dict(_part(tensors, "net."))
        self.best = _part(tensors, "best.") or None
        slots: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _part(tensors, "optimizer.").items():
            number, _, slot = name.partition(".")
            slots.setdefault(int(number), {})[slot] = tensor
        self.learner.optimizer.load_state_dict({**self.learner.optimizer.state_dict(), "state": slots})
        self.learner.processes.check_same([self.epoch, self.position, self.steps], *_OTHER_CHECKPOINT)
        rank = self.learner.processes.rank
        torch.set_rng_state(torch.from_numpy(np.array(tensors["random"][rank])))
        if "random_cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(torch.from_numpy(np.array(tensors["random_cuda"][rank])))
        self.run.progress.note(f"going on from epoch {self.epoch + 1}, step {self.position}")


_OTHER_CHECKPOINT = (
    "found another checkpoint than process 0, or none",
    "the folder must be one that all machines see",
)
_PLAIN = ("epochs", "epoch", "position", "steps", "items", "total", "history")


def _array(name: str, tensor: Any) -> NDArray[Any]:
    """A tensor as a file has it: small types as larger ones, which hold them exactly. UserError for what none holds."""
    if not isinstance(tensor, Tensor) or tensor.is_complex():
        raise UserError(f"{name} of the net is no tensor of real numbers: a checkpoint cannot hold it")
    plain = tensor.detach().cpu()
    if plain.dtype in (torch.bfloat16, torch.float16):
        plain = plain.float()
    elif plain.dtype in (torch.bool, torch.int8, torch.int16):
        plain = plain.to(torch.int32)
    found: NDArray[Any] = plain.contiguous().numpy()
    return found


def _part(tensors: dict[str, NDArray[Any]], begin: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, without that, copied from the file."""
    return {
        name.removeprefix(begin): torch.from_numpy(np.array(tensor))
        for name, tensor in tensors.items()
        if name.startswith(begin)
    }

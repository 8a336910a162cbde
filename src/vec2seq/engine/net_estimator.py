"""NetEstimator: what all estimators with a net of PyTorch's share - weights in the model file, and a back end.

A model folder holds the weights, from which PyTorch builds the net; an exported one holds ``net.onnx`` in their place,
and needs no PyTorch. What a net gives is asked of ``back_end`` in both cases, so that all that comes after is the same.
Here nothing loads PyTorch but what trains, builds or exports.
"""

import tempfile
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq import modelfile
from vec2seq.disk import array_digest
from vec2seq.engine.batches import in_order
from vec2seq.engine.runtime import Arrays, BackEnd, Onnx
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, missing_extra, not_written_by_us
from vec2seq.estimator import Estimator
from vec2seq.modelfile import ModelFile

if TYPE_CHECKING:
    from torch import nn

ASKED_TOKENS = 8192
"""Of a batch at prediction, padding counted."""
MADE_ANEW = ("_back_end", "_steps")
WEIGHT = "net."
"""What the names of its weights begin with in the model file."""


@dataclass(kw_only=True, eq=False)
class NetEstimator(TrainSettings, Estimator):
    """Base of estimators with a net."""

    outputs: ClassVar[tuple[str, ...]]
    """what the net's ``forward`` gives"""
    beside: ClassVar[tuple[str, ...]] = ()
    """weights that are of use to NumPy: they stay tensors when the net is exported"""

    net_: Any = field(init=False, repr=False)
    """a torch.nn.Module, trained, in evaluation mode; not there in a model that was exported"""
    beside_: dict[str, NDArray[Any]] = field(init=False, repr=False)
    """the weights of ``beside``"""
    onnx_: bytes = field(init=False, repr=False)
    """the exported net; only there in a model that was exported"""

    @abstractmethod
    def build(self) -> "nn.Module":
        """The net by settings and what was learned, untrained. Its weights follow from the ``seed``."""

    @abstractmethod
    def traced(self) -> tuple[Sequence[Arrays], dict[str, dict[int, str]]]:
        """Inputs of several sizes by which an exported net is checked, and their axes that vary: see ``export``."""

    @property
    def graph(self) -> "nn.Module":
        """The trained net, as it is exported."""
        net: nn.Module = self.net_
        return net

    @property
    def beside_shapes(self) -> dict[str, tuple[int, ...]]:
        """The weights of ``beside`` that there are, by settings and what was learned."""
        return {}

    def new_net(self) -> "nn.Module":
        """The net, untrained. UserError without PyTorch, or if there is no memory for it."""
        check_torch()
        import torch  # slow to load

        try:
            with torch.random.fork_rng([]):
                torch.manual_seed(self.seed)
                return self.build()
        except RuntimeError as error:  # torch has no other name for it
            if "allocate memory" not in str(error):
                raise
            raise UserError(
                "there is no memory for so large a net", "use a smaller {width}, or fewer {layers}"
            ) from None

    def take_net(self, net: "nn.Module") -> None:
        """Become the estimator of a trained net."""
        self.net_ = net
        state = net.state_dict()
        self.beside_ = {name: state[name].cpu().numpy() for name in self.beside if name in state}
        self.__dict__.pop("_back_end", None)

    def __getstate__(self) -> dict[str, Any]:
        """What is copied: not what runs the net, which is made anew."""
        return {name: value for name, value in vars(self).items() if name not in MADE_ANEW}

    @property
    def back_end(self) -> BackEnd:
        """The net: named arrays in, named arrays out."""
        self.check_fitted()
        if "_back_end" not in self.__dict__:
            if hasattr(self, "net_"):
                from vec2seq.engine.eager import Eager  # loads PyTorch

                self._back_end: BackEnd = Eager(self.net_, self.outputs, threads=self.own_threads)
            else:
                self._back_end = Onnx(modelfile.NET, self.own_threads, self.onnx_)
        return self._back_end

    @property
    def own_threads(self) -> int | None:
        """Threads that it works with; None: all processors."""
        return self.threads

    def asked(self, lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Numbers of inputs with these lengths [N], batch by batch, for ``back_end``: of similar lengths."""
        yield from in_order(lengths, ASKED_TOKENS)

    @property
    def digest(self) -> str:
        """Tells this net from others."""
        return array_digest(np.frombuffer("".join(map(array_digest, self._weights().values())).encode(), np.uint8))

    def _weights(self) -> dict[str, NDArray[Any]]:
        if not hasattr(self, "net_"):
            return {"onnx": np.frombuffer(self.onnx_, np.uint8)}
        return {name: np.array(weight.cpu().numpy(), order="C") for name, weight in self.net_.state_dict().items()}

    # the model file

    def _to_file(self, golden: bool) -> ModelFile:
        file = super()._to_file(golden)
        weights = self._weights() if hasattr(self, "net_") else self.beside_
        file.tensors.update({WEIGHT + name: weight for name, weight in weights.items()})
        return file if hasattr(self, "net_") else replace(file, net=self.onnx_)

    @classmethod
    def from_file(cls, model: ModelFile, folder: str | Path) -> Self:
        """The estimator of a model file that has been read; UserError unless its weights are those of its net."""
        estimator = super().from_file(model, folder)
        estimator.check_learned(str(Path(folder) / modelfile.MANIFEST))
        weights = {
            name.removeprefix(WEIGHT): tensor for name, tensor in model.tensors.items() if name.startswith(WEIGHT)
        }
        if model.net is not None:
            if {name: weight.shape for name, weight in weights.items()} != estimator.beside_shapes:
                raise not_written_by_us(Path(folder) / modelfile.TENSORS, ", ".join(cls.beside) or WEIGHT)
            estimator.onnx_, estimator.beside_ = model.net, weights
        else:
            estimator.take_weights(weights, str(Path(folder) / modelfile.TENSORS))
        return estimator

    def take_weights(self, weights: dict[str, NDArray[Any]], where: str) -> None:
        """Become the estimator of a net with these weights; UserError, naming the place, if they are not its own."""
        self.take_net(_filled(self.new_net(), weights, where))

    def check_learned(self, where: str) -> None:
        """UserError, naming the place, unless what was learned fits together; before the net is built from it."""

    def export_onnx(self, folder: str | Path) -> None:
        """Write a model folder that needs no PyTorch: the same answers by ONNX Runtime (extra ``onnx``)."""
        self.check_fitted()
        if not hasattr(self, "net_"):
            raise UserError("this model is an exported one", "copy its folder")
        check_torch()
        from vec2seq.engine.export import export  # loads PyTorch

        self.check_place(folder)
        examples, axes = self.traced()
        with tempfile.TemporaryDirectory(prefix="vec2seq-") as place:
            path = Path(place) / modelfile.NET
            export(self.graph, examples, self.outputs, axes, path)
            net = path.read_bytes()
        file = replace(super()._to_file(golden=True), net=net)
        file.tensors.update({WEIGHT + name: weight for name, weight in self.beside_.items()})
        if not type(self).from_file(file, folder).gives_golden(file.golden):
            raise UserError(f"{folder}: the exported net does not give what the model gives", "use it without ONNX")
        modelfile.write(folder, file)


def _filled(net: "nn.Module", weights: dict[str, NDArray[Any]], where: str) -> "nn.Module":
    """The net with these weights; UserError unless they are exactly its own."""
    import torch  # loaded already

    own = net.state_dict()
    strange = next(iter(weights.keys() ^ own.keys()), None)
    if strange is not None:
        raise UserError(f"{where}: tensor {WEIGHT}{strange} is missing or one too many: the model is damaged")
    for name, weight in weights.items():
        if weight.shape != tuple(own[name].shape) or torch.from_numpy(np.array(weight)).dtype != own[name].dtype:
            raise UserError(
                f"{where}: tensor {WEIGHT}{name} is {weight.dtype} {list(weight.shape)}, "
                f"but the net has {own[name].dtype} {list(own[name].shape)}: the model is damaged"
            )
    net.load_state_dict({name: torch.from_numpy(np.array(weight)) for name, weight in weights.items()})
    return net.train(False)


def check_torch() -> None:
    """UserError if PyTorch is not installed."""
    if find_spec("torch") is None:
        raise missing_extra("nn")

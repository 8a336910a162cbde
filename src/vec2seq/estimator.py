"""Estimator: what all tasks share - settings, saving and loading, and the hooks by which scikit-learn knows it."""

import typing
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from vec2seq import modelfile
from vec2seq.data.vocab import Vocab
from vec2seq.errors import UserError, counted, not_trained, not_written_by_us
from vec2seq.modelfile import ModelFile
from vec2seq.settings import Settings


@dataclass(kw_only=True, eq=False)
class Estimator(Settings, ABC):
    """Base of all estimators. ``__init__`` only holds settings; what ``fit`` learns ends in an underscore."""

    task: ClassVar[str]
    learned: ClassVar[tuple[str, ...]]
    """attributes that make up the trained model: arrays, at most one Vocab, and JSON values"""

    history_: list[dict[str, Any]] = field(init=False, repr=False)
    """one entry per epoch"""
    data_: dict[str, Any] = field(init=False, repr=False)
    """what it was trained on: sizes and a fingerprint"""

    # scikit-learn's contract, without scikit-learn: see also Settings

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags  # only scikit-learn itself calls this

        return Tags(estimator_type=None, target_tags=TargetTags(required=False))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, self.learned[0])

    def check_fitted(self) -> None:
        """UserError unless ``fit`` or ``load`` has been called."""
        if not self.__sklearn_is_fitted__():
            raise not_trained(f"this {type(self).__name__} is not trained yet: call fit, or load a model")

    def refused(self, X: Sequence[str]) -> dict[str, UserError]:
        """Those of the inputs for which ``predict`` has no answer, each with the reason."""
        return {}

    # the model file

    def check_place(self, folder: str | Path) -> None:
        """UserError unless ``save`` could write there; nothing is left behind. Call it before a long training."""
        modelfile.check_place(folder)

    def check_kept(self, folder: str | Path) -> None:
        """UserError unless all is there that ``save`` leaves beside the folder of a model that was opened."""

    def save(self, folder: str | Path, *, golden: bool = True) -> None:
        """Write the model folder (see ``modelfile``). ``golden=False`` leaves out the examples that prove it works."""
        self.check_fitted()
        modelfile.write(folder, self._to_file(golden))

    def _to_file(self, golden: bool) -> ModelFile:
        values = {name: getattr(self, name) for name in self.learned}
        tensors = {name.rstrip("_"): value for name, value in values.items() if isinstance(value, np.ndarray)}
        vocab = next((value for value in values.values() if isinstance(value, Vocab)), None)
        plain = {name: value for name, value in values.items() if not isinstance(value, np.ndarray | Vocab)}
        return ModelFile(
            task=self.task,
            settings=self.get_params(),
            learned=plain,
            tensors={name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()},
            vocab=vocab.to_json() if vocab else None,
            history=self.history_,
            data=self.data_,
            golden=self.golden() if golden else {},
        )

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read a model folder; UserError says what is wrong with it."""
        return cls.from_file(modelfile.read(folder), folder)

    @classmethod
    def from_file(cls, model: ModelFile, folder: str | Path) -> Self:
        """The estimator of a model file that has been read."""
        where = Path(folder) / modelfile.MANIFEST
        if model.task != cls.task:
            raise UserError(f"{folder}: a model for {model.task!r}, not for {cls.task!r}")
        unknown = model.settings.keys() - {setting.name for setting in cls.settings()}
        if unknown:
            raise UserError(f"{where}: settings that this version does not know: {' '.join(sorted(unknown))}")
        estimator = cls(**model.settings)
        estimator.check_settings()
        kinds = typing.get_type_hints(cls)
        for name in cls.learned:
            value, kind = cls._learned_value(name, model, where), kinds.get(name, object)
            if value is None or not isinstance(value, typing.get_origin(kind) or kind):
                raise not_written_by_us(where, name)
            setattr(estimator, name, value)
        estimator.history_, estimator.data_ = model.history, model.data
        return estimator

    @classmethod
    def _learned_value(cls, name: str, model: ModelFile, where: Path) -> Any:
        if name in model.learned:
            return model.learned[name]
        if name == "vocab_" and model.vocab is not None:
            return Vocab.from_json(model.vocab, str(where.with_name(modelfile.VOCAB)))
        return model.tensors.get(name.rstrip("_"))

    @abstractmethod
    def golden(self) -> dict[str, Any]:
        """Some inputs with their outputs, as JSON; whoever loads or exports the model must get the same."""

    def gives_golden(self, golden: dict[str, Any]) -> bool:
        """Whether the outputs are still the same: equal texts, numbers within 1e-4."""
        return _equal(self.golden(), golden)

    # what the command line says

    @property
    def kept_epoch(self) -> dict[str, Any] | None:
        """The entry of ``history_`` whose state was kept, if not the last."""
        return None

    def facts(self) -> dict[str, Any]:
        """More that there is to know of a trained model, as JSON."""
        return {}

    def told_data(self) -> str:
        """What it was trained on, for people."""
        sizes = [counted(size, name.removesuffix("s")) for name, size in self.data_.items() if isinstance(size, int)]
        return " in ".join(sizes)

    def told_facts(self) -> list[str]:
        """The same as lines for people."""
        return []

    @abstractmethod
    def describe(self) -> str:
        """One line on what was trained."""

    @abstractmethod
    def suggest(self, folder: str) -> str | None:
        """A command that the user may want next."""


def _equal(a: Any, b: Any) -> bool:
    """Whether two JSON values are the same, numbers within 1e-4."""
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-4
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    return bool(a == b)

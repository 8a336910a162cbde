"""Estimator: what all tasks share - settings, saving and loading, and the hooks by which scikit-learn knows it.

A setting is one annotated field of a dataclass; that line is the single source of the constructor, ``repr``,
``get_params``, model.json, the command-line option, its help, and its check:

    width: Annotated[int, Doc("size of every word vector", low=1)] = 100
"""

import math
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np

from vec2seq import modelfile
from vec2seq.data.vocab import Vocab
from vec2seq.errors import UserError, not_trained, not_written_by_us
from vec2seq.modelfile import ModelFile


@dataclass(frozen=True)
class Doc:
    """What a setting means, and its lowest and highest value; ``above`` is a lower bound that is not itself allowed."""

    text: str
    low: float | None = None
    high: float | None = None
    above: float | None = None


@dataclass(frozen=True)
class Setting:
    """One setting of an estimator, read from its field."""

    name: str
    kind: Any
    """int, float, bool, str, a Literal, or one of these with None"""
    default: Any
    doc: Doc

    @property
    def plain(self) -> Any:
        """The kind without ``| None`` and without single words."""
        return next((kind for kind in self._kinds if typing.get_origin(kind) is not Literal), self._kinds[0])

    @property
    def _kinds(self) -> list[Any]:
        """The kinds that the value can have."""
        union = typing.get_origin(self.kind) in (types.UnionType, typing.Union)
        return [kind for kind in (typing.get_args(self.kind) if union else [self.kind]) if kind is not types.NoneType]

    @property
    def words(self) -> list[str]:
        """Words that can stand for a value of the plain kind."""
        return [word for kind in self._kinds if kind is not self.plain for word in typing.get_args(kind)]

    def check(self, value: Any) -> Any:
        """The value in its kind (a whole float becomes an int where one is asked for); UserError if it does not fit."""
        kind = self.plain
        if (value is None and kind is not self.kind) or (isinstance(value, str) and value in self.words):
            return value
        if typing.get_origin(kind) is tuple:
            values = value if isinstance(value, list | tuple | np.ndarray) else (value,)
            return tuple(self._check_number(typing.get_args(kind)[0], each) for each in values)
        if typing.get_origin(kind) is dict:
            return self._check_weights(value)
        if typing.get_origin(kind) is Literal:
            if value not in typing.get_args(kind):
                raise UserError(f"{self.name} {value!r}: must be one of {' '.join(map(str, typing.get_args(kind)))}")
            return value
        if kind is bool or kind is str:
            if not isinstance(value, bool | np.bool_ if kind is bool else str):
                raise UserError(f"{self.name} {value!r}: must be {'True or False' if kind is bool else 'a text'}")
            if isinstance(value, str) and not _encodable(value):
                raise UserError(f"{self.name} {value!a}: holds something that is no character (UTF-8)")
            return kind(value)
        return self._check_number(kind, value)

    def _check_weights(self, value: Any) -> Any:
        if not isinstance(value, dict) or not value:
            raise UserError(f"{self.name} {value!r}: must be {' or '.join([*self.words, 'a dict of numbers'])}")
        return {name: self._check_number(float, number) for name, number in value.items()}

    def _check_number(self, kind: type, value: Any) -> Any:
        is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
        if is_number and isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise UserError(f"{self.name} with more than 63 bits: too large")
        if not is_number or not math.isfinite(value) or (kind is int and value != int(value)):
            raise UserError(f"{self.name} {value!r}: must be a {'whole ' if kind is int else 'finite '}number")
        doc = self.doc
        for wrong, meaning in (
            (doc.low is not None and value < doc.low, f"at least {doc.low}"),
            (doc.high is not None and value > doc.high, f"at most {doc.high}"),
            (doc.above is not None and value <= doc.above, f"above {doc.above}"),
        ):
            if wrong:
                raise UserError(f"{self.name} {value!r}: must be {meaning}")
        return kind(value)


def _encodable(text: str) -> bool:
    """Whether it can be written as UTF-8: bytes of the command line that are not UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _settings(estimator: "type[Estimator] | Estimator") -> "list[Field[Any]]":
    """The fields that are settings: those that the constructor takes."""
    return [item for item in fields(estimator) if item.init]


@dataclass(kw_only=True, eq=False)
class Estimator(ABC):
    """Base of all estimators. ``__init__`` only holds settings; what ``fit`` learns ends in an underscore."""

    task: ClassVar[str]
    learned: ClassVar[tuple[str, ...]]
    """attributes that make up the trained model: arrays, at most one Vocab, and JSON values"""

    history_: list[dict[str, Any]] = field(init=False, repr=False)
    """one entry per epoch"""
    data_: dict[str, Any] = field(init=False, repr=False)
    """what it was trained on: sizes and a fingerprint"""

    @classmethod
    def settings(cls) -> list[Setting]:
        """All settings, in the order of their fields."""
        hints = typing.get_type_hints(cls, include_extras=True)
        found = []
        for item in _settings(cls):
            kind, *extras = typing.get_args(hints[item.name])
            doc = next(extra for extra in extras if isinstance(extra, Doc))
            found.append(Setting(item.name, kind, None if item.default is MISSING else item.default, doc))
        return found

    def check_settings(self) -> None:
        """UserError unless every setting has a value of its kind within its bounds."""
        for setting in self.settings():
            setattr(self, setting.name, setting.check(getattr(self, setting.name)))

    # scikit-learn's contract, without scikit-learn

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All settings by name."""
        return {item.name: getattr(self, item.name) for item in _settings(self)}

    def set_params(self, **params: Any) -> Self:
        """Change settings by name."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise UserError(f"{type(self).__name__} has no setting {name!r}; it has {' '.join(known)}")
            setattr(self, name, value)
        return self

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

    def check_kept(self, folder: str | Path) -> None:  # noqa: B027 - most leave nothing
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
        unknown = model.settings.keys() - {item.name for item in _settings(cls)}
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

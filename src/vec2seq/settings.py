"""Settings: annotated fields of a dataclass, each with what it means and which values it can have.

One line is the single source of the constructor, ``repr``, ``get_params``, model.json, the command-line option, its
help, and its check:

    width: Annotated[int, Doc("size of every word vector", low=1)] = 100
"""

import math
import types
import typing
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Literal, Self

import numpy as np

from vec2seq.errors import UserError


@dataclass(frozen=True)
class Doc:
    """What a setting means, and its lowest and highest value; ``above`` is a lower bound that is not itself allowed."""

    text: str
    low: float | None = None
    high: float | None = None
    above: float | None = None


@dataclass(frozen=True)
class Setting:
    """One setting, read from its field."""

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


def _settings(estimator: "type[Settings] | Settings") -> "list[Field[Any]]":
    """The fields that are settings: those that the constructor takes."""
    return [item for item in fields(estimator) if item.init]


@dataclass(kw_only=True, eq=False)
class Settings:
    """Base of all that has settings. ``get_params`` and ``set_params`` are scikit-learn's."""

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

"""What all kinds of columns need: checks of JSON, and columns put beside each other."""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import not_written_by_us


def beside(columns: list[NDArray[Any]]) -> NDArray[np.float32]:
    """Columns [N] as a matrix [N, D]."""
    return np.stack(columns, axis=1).astype(np.float32)


def are_numbers(value: Any) -> bool:
    """Whether this is a list of finite numbers that float64 holds."""
    if not isinstance(value, list) or not all(type(number) in {int, float} for number in value):
        return False
    return all(abs(number) <= sys.float_info.max for number in value)


def check_keys(value: dict[str, Any], own: set[str], where: str) -> None:
    """UserError unless a kind has just its own entries and those that all have; these are checked."""
    if value.keys() != {"kind", "name", "missing", *own}:
        raise not_written_by_us(where, "columns")
    if not isinstance(value["name"], str):
        raise not_written_by_us(where, "name")
    if not isinstance(value["missing"], bool):
        raise not_written_by_us(where, "missing")

"""Whether examples give away what is to be found out: a token or a column that tells the label, rows that are known.

An example is a sequence: its first part is what goes in, its last what is to come out. What is not made of numbers
is not looked at.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOOKED_AT = 2_000
"""examples of which answers are looked for in the input"""
COMPARED = 200_000
"""examples that what is held out is compared with"""
KNOWN_SHARE = 0.5
"""of what is held out, from which on it is a leak: short texts are the same by chance, too"""
TELLING = 0.98
"""how often a token is in the examples of a label, and how often the label is that of the examples it is in"""
LEAST = 20
"""examples of a label"""


def find_leak(examples: Sequence[Any], valid: Sequence[Any]) -> tuple[str, str] | None:
    """What gives the answers away, and what to do; None if nothing is seen."""
    try:
        known, some = known_share(examples, valid), examples[:LOOKED_AT]
        inputs, targets = [_numbers(example[0]) for example in some], [_numbers(example[-1]) for example in some]
    except (TypeError, ValueError, IndexError):
        return None
    if known >= KNOWN_SHARE:
        what = f"{known:.0%} of what is held out is among the examples: its loss means nothing"
        return what, "hold out examples that are in no other place"
    told = _told(inputs, np.array(targets)) if len({target.shape for target in targets}) == 1 else ""
    mend = "take it out of the input if it is not known before the answer is"
    return (f"the input tells the answer: {told}", mend) if told else None


def _told(inputs: list[NDArray[Any]], targets: NDArray[Any]) -> str:
    """Which part of the input tells one number for each example; "" if none does."""
    if targets.ndim != 1 or any(one.ndim != 1 for one in inputs):
        return ""
    if inputs[0].dtype.kind != "f":
        tokens = telling_tokens(inputs, targets)
        return next(
            (f"token {token} is in the examples of label {tokens[token]}, and in no others" for token in tokens), ""
        )
    if len({len(one) for one in inputs}) > 1:
        return ""
    columns = telling_columns(np.stack(inputs), targets)
    return f"number {columns[0] + 1} of each example tells it alone" if columns else ""


def known_share(examples: Sequence[Any], valid: Sequence[Any]) -> float:
    """Share of the held-out examples that are among the examples; TypeError if they are not numbers."""
    known = {_bytes(example) for example in examples} if len(valid) else set()
    return sum(_bytes(example) in known for example in valid) / max(len(valid), 1)


def telling_tokens(texts: Sequence[NDArray[Any]], labels: NDArray[Any]) -> dict[int, Any]:
    """Token -> the label that it tells: it stands in all texts of the label, but for few, and in few others.

    Empty unless there is one for every label but one, and at least two labels.
    """
    names, numbers = np.unique(labels, return_inverse=True)
    counts = np.bincount(numbers)
    if len(names) < 2 or counts.min() < LEAST:
        return {}
    sets = [np.unique(text) for text in texts]
    tokens, places = np.unique(np.concatenate(sets), return_inverse=True)
    together = np.zeros((len(tokens), len(names)), np.int64)
    np.add.at(together, (places, np.repeat(numbers, [len(found) for found in sets])), 1)
    tells = (together >= TELLING * counts) & (together >= TELLING * together.sum(1, keepdims=True))
    found = {int(tokens[token]): names[label].item() for token, label in np.argwhere(tells)}
    return found if len(set(found.values())) >= len(names) - 1 else {}


def telling_columns(X: NDArray[Any], y: NDArray[Any]) -> list[int]:
    """Columns of X [N, F] that tell y by themselves: thresholds split its labels, or y is a line of it.

    y [N]: whole numbers are labels, fractions are numbers.
    """
    tells = _line if y.dtype.kind == "f" else _split
    return [column for column in range(X.shape[1]) if tells(X[:, column], y)]


def _line(x: NDArray[Any], y: NDArray[Any]) -> bool:
    """Whether two columns of numbers are the same but for origin and unit."""
    known = np.isfinite(x)
    if known.sum() < LEAST or x[known].std() == 0 or y[known].std() == 0:
        return False
    return abs(float(np.corrcoef(x[known], y[known])[0, 1])) > 0.9999


def _split(x: NDArray[Any], y: NDArray[Any]) -> bool:
    """Whether as many thresholds as labels but one split them, with an error in a hundred examples at the most."""
    labels = np.unique(y, return_inverse=True)[1]
    counts = np.bincount(labels)
    values, places = np.unique(x, return_inverse=True)
    if len(counts) < 2 or counts.min() < LEAST or len(values) < len(counts):
        return False
    at_each = np.zeros((len(values), len(counts)), np.int64)
    np.add.at(at_each, (places, labels), 1)
    thresholds = np.count_nonzero(np.diff(at_each.argmax(1)))
    wrong = len(labels) - int(at_each.max(1).sum())
    return bool(wrong + thresholds - (len(counts) - 1) <= 0.01 * len(labels))


def _bytes(example: Any) -> tuple[bytes, ...]:
    """An example to compare by."""
    return tuple(_numbers(part).tobytes() for part in example)


def _numbers(value: Any) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "iufb":
        raise TypeError
    return array

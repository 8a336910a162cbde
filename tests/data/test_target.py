from typing import Any

import numpy as np
import pytest

from vec2seq.data.table import Table
from vec2seq.data.target import read_target
from vec2seq.errors import UserError


def table(cells: list[Any]) -> Table:
    return Table.of({"a": range(len(cells)), "y": cells})


@pytest.mark.parametrize(
    ("cells", "labels", "classes"),
    [
        (["no", "yes", "no"], ["no", "yes", "no"], ["no", "yes"]),
        ([10, 9, "9.0", "10"], ["10", "9", "9", "10"], ["9", "10"]),
        ([*range(20), 0], [*map(str, range(20)), "0"], [*map(str, range(20))]),
        ([True, False], ["true", "false"], ["false", "true"]),
        (["10", "9", "many"], ["10", "9", "many"], ["10", "9", "many"]),
        (["01", "02"], ["01", "02"], ["01", "02"]),
        ([0.0, 1.0, float("nan")], ["0", "1"], ["0", "1"]),
    ],
)
def test_labels(cells: list[Any], labels: list[str], classes: list[str]) -> None:
    target = read_target(table(cells))
    assert (target.name, target.kind) == ("y", "classification")
    assert (target.labels, target.classes, len(target.values)) == (labels, classes, 0)


@pytest.mark.parametrize("cells", [[*range(21)], [0.5, 1], ["1", "2.5", "1"], [1e300, 0.1]])
def test_values(cells: list[Any]) -> None:
    target = read_target(table(cells))
    assert (target.kind, target.labels, target.classes) == ("regression", [], [])
    assert target.values.tolist() == [float(cell) for cell in cells]


def test_the_kind_may_be_given() -> None:
    assert read_target(table([1, 2, 1]), kind="regression").values.tolist() == [1, 2, 1]
    target = read_target(table([2.5, 10, 2.5]), kind="classification")
    assert (target.labels, target.classes) == (["2.5", "10", "2.5"], ["2.5", "10"])


def test_rows_without_a_target_are_dropped_and_counted() -> None:
    whole = table(["a", None, "?", "b", "a"])
    target = read_target(whole)
    assert (target.rows.tolist(), target.dropped, target.labels) == ([0, 3, 4], 2, ["a", "b", "a"])
    assert whole.take(target.rows).cells("a") == [0, 3, 4]
    target = read_target(table([0.5, None, 1]))
    assert (target.rows.tolist(), target.dropped, target.values.tolist()) == ([0, 2], 1, [0.5, 1])
    assert np.isfinite(target.values).all()


def test_the_target_by_name_or_number() -> None:
    three = Table.of({"a": ["x"], "1": ["y"], "b": ["z"]})
    found = {target: read_target(three, target).labels for target in (None, "a", "1", 1, 2, "2", "3")}
    assert found == {None: ["z"], "a": ["x"], "1": ["y"], 1: ["x"], 2: ["y"], "2": ["y"], "3": ["z"]}
    for target in ("c", "0", 0, -1, 4, "", "9" * 5000, "²"):
        with pytest.raises(UserError, match=r"no column .* for a target \(there is: a, 1, b\); name one with target"):
            read_target(three, target)


@pytest.mark.parametrize(
    ("cells", "kind", "message"),
    [
        ([None, "?"], None, "the target 'y' is missing in all rows"),
        (
            [1.5, "many"],
            "regression",
            r"row 2: the target 'many' in column 'y' is no finite number; mend it, or use kind",
        ),
        ([None, 1.5, float("inf")], None, r"row 3: the target 'inf' in column 'y' is no finite number"),
        (["a", "\ud800"], None, "row 2: the target .* holds half a surrogate pair"),
    ],
)
def test_targets_that_cannot_be_used(cells: list[Any], kind: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_target(table(cells), kind=kind)

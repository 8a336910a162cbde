import copy
import datetime as dt
import json
import math
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mutations import MUTATIONS, mutated_json
from vec2seq.data.columns import Columns
from vec2seq.data.kinds.numeric import LARGEST
from vec2seq.data.table import Table
from vec2seq.data.tablefiles import read_table
from vec2seq.errors import UserError


def fitted(cells: list[Any]) -> Columns:
    return Columns.fit(Table.of({"x": cells}))


def kind_of(cells: list[Any]) -> str:
    return fitted(cells).kinds[0].kind


def inputs(columns: Columns, cells: list[Any]) -> list[list[float]]:
    return columns.matrix(Table.of({"x": cells})).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([1, 2, 1, 2], "numeric"),
        (["1", "2.5", "", "-3e2"], "numeric"),
        ([5, 5, 5], "numeric"),
        ([2**60, 2**60 + 1], "numeric"),
        ([True, False], "categorical"),
        (["true", "FALSE", True], "categorical"),
        (["a", "b", "a", "b"], "categorical"),
        (["1", "2", "1", "a", "a"], "categorical"),
        (["007", "008", "007", "008"], "categorical"),
        ([True, 1, True, 1], "categorical"),
        (["2026-11-27", None, "2026-11-27T10:00"], "date"),
        (["1949-01", "1949-02", "1949-12"], "date"),
        (["2026/1/2", "2026.1.2", "2026年1月2日"], "date"),
        ([dt.date(2026, 1, 2), dt.datetime(2026, 1, 2)], "date"),
        (["1.2.2026", "3.4.2026"], "date"),
        (["1/2/2026", "13/2/2026"], "date"),
        (["1/2/2026", "2/13/2026"], "date"),
        (["1/2/2026", "1/2/2026", "3/4/2026", "3/4/2026"], "categorical"),
        (["2026-02-29", "2026-02-29", "2026-01-01"], "categorical"),
        (["13/1/2026", "1/13/2026", "1/13/2026"], "categorical"),
    ],
)
def test_kinds_are_inferred(cells: list[Any], kind: str) -> None:
    assert kind_of(cells) == kind


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["Ann", "Ben", "Cem", "Ann"][:3], "more than half of its texts occur only once"),
        ([f"order {n}" for n in range(50)] + ["order 1", None], "more than half of its texts occur only once"),
        ([None, "", "?"], "all its cells are missing"),
        ([math.inf, "-inf"], "none of its numbers is finite"),
        (["1/2/2026", "3/4/2026"], "the day and the month of its dates cannot be told apart"),
        ([*range(5, 24), "n.d."], r"'n.d.' \(row 20\) is no number, but nearly all its other cells are; mend it"),
        ([*(f"2026-11-{n}" for n in range(10, 29)), "soon"], r"'soon' \(row 20\) is no date, but nearly all"),
    ],
)
def test_columns_of_no_use_are_left_out_and_named(cells: list[Any], why: str) -> None:
    with pytest.raises(UserError, match=rf"no column to learn from; column 'x' is left out: {why}"):
        fitted(cells)
    columns = Columns.fit(Table.of({"x": cells, "y": range(len(cells))}))
    assert (columns.left_out, columns.names) == (("x",), ["y"])
    assert len(columns.warnings) == 1
    assert columns.matrix(Table.of({"y": [1]})).shape == (1, 1)


def test_a_slip_that_makes_categories_of_numbers_is_told() -> None:
    columns = fitted([1, 2, 3, 4] * 5 + ["n.d."])
    [warning] = columns.warnings
    assert warning.startswith("column 'x' is taken for categories: 'n.d.' (row 21) is no number, but nearly all")


def test_numbers_have_mean_0_and_variance_1() -> None:
    numbers = np.random.default_rng(0).normal(5, 3, (200, 1))
    columns = Columns.fit(Table.of(numbers))
    matrix = columns.matrix(Table.of(numbers))
    assert np.allclose(matrix, (numbers - numbers.mean()) / numbers.std(), atol=1e-5)
    assert columns.names == ["1"]


def test_missing_numbers_are_the_median_and_marked() -> None:
    columns = fitted([1, 2, None, 9])
    assert columns.names == ["x", "x: missing"]
    filled = np.array([1, 2, 2, 9])
    expected = np.stack([(filled - 3.5) / filled.std(), [0, 0, 1, 0]], axis=1)
    assert np.allclose(inputs(columns, [1, 2, None, 9]), expected, atol=1e-6)
    assert inputs(columns, [math.inf]) == inputs(columns, [None])
    assert inputs(fitted([1, 2, 3]), [None]) == [[0]]


def test_a_constant_column_is_0_whatever_comes() -> None:
    assert inputs(fitted([0.1] * 7), [0.1, 5, None]) == [[0], [0], [0]]
    assert inputs(fitted([0.1, None, 0.1]), [0.1, 5, None]) == [[0, 0], [0, 0], [0, 1]]


@pytest.mark.parametrize("far", [1e300, sys.float_info.max, 5e-324])
def test_numbers_of_any_size_are_scaled(far: float) -> None:
    matrix = inputs(fitted([far, -far, far, -far]), [far, -far])
    assert np.allclose(matrix, [[1], [-1]])
    assert inputs(fitted([1, 2, 3]), [sys.float_info.max, -sys.float_info.max]) == [[LARGEST], [-LARGEST]]


def test_categories_are_one_hot_by_count() -> None:
    columns = fitted(["b", "a", "a", "b", "a", "c", None])
    assert columns.names == ["x = a", "x = b", "x: other", "x: missing"]
    assert inputs(columns, ["b", "a", "c", "new", None]) == [
        [0, 1, 0, 0],
        [1, 0, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
    ]


def test_what_training_did_not_show_is_the_mean_of_its_rows() -> None:
    columns = fitted(["a", "a", "a", "b", "b"])
    assert columns.names == ["x = a", "x = b"]
    mean = np.mean(inputs(columns, ["a", "a", "a", "b", "b"]), axis=0).tolist()
    assert np.allclose(inputs(columns, ["new", None]), [mean, mean])
    columns = fitted(["a", "a", "a", "c"])
    assert inputs(columns, ["new", None]) == [[0, 1], [0.75, 0.25]]


def test_at_most_100_categories() -> None:
    columns = fitted([f"c{n}" for n in range(150) for _ in range(2)] + ["c149", "c149"])
    assert columns.names[:2] == ["x = c149", "x = c0"]
    assert columns.names[100:] == ["x: other"]


def test_categories_are_the_same_however_they_are_written() -> None:
    columns = fitted([True, False, True, False])
    assert columns.names == ["x = false", "x = true"]
    assert inputs(columns, ["TRUE", "False", True]) == [[0, 1], [1, 0], [0, 1]]
    columns = fitted(["1", "1", "a", "a"])
    assert inputs(columns, [1.0]) == inputs(columns, ["1.0"]) == inputs(columns, [1]) == [[1, 0]]


def test_dates_become_numbers_and_clocks() -> None:
    cells = ["2026-11-27T06:00", "2025-02-24", None]
    columns = fitted(cells)
    assert columns.names == [
        *("x: year", "x: days", "x: month (sin)", "x: month (cos)", "x: weekday (sin)", "x: weekday (cos)"),
        *("x: hour (sin)", "x: hour (cos)", "x: missing"),
    ]
    matrix = np.array(inputs(columns, cells))
    friday, november = 2 * np.pi * 4 / 7, 2 * np.pi * 10 / 12
    assert np.allclose(
        matrix[0, 2:], [np.sin(november), np.cos(november), np.sin(friday), np.cos(friday), 1, 0, 0], atol=1e-6
    )
    assert np.allclose(matrix[1, 2:], [np.sin(np.pi / 6), np.cos(np.pi / 6), 0, 1, 0, 1, 0], atol=1e-6)
    assert np.allclose(matrix[:, :2].mean(axis=0), 0, atol=1e-6)
    assert np.allclose(matrix[:, :2].var(axis=0), 1, atol=1e-5)
    assert matrix[2, 2:].tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert len(fitted(["2026-11-27", "2025-02-24"]).names) == 6


@pytest.mark.parametrize(
    ("training", "cell", "same"),
    [
        (["27.11.2026", "1.2.2025"], "27.11.2026", "2026-11-27"),
        (["27/11/2026", "1/2/2025"], "1/2/2025", "2025-02-01"),
        (["11/27/2026", "1/2/2025"], "1/2/2025", "2025-01-02"),
        (["27-11-2026 10:30", "1-2-2025 0:00"], "27-11-2026 10:30", "2026-11-27T10:30:00.5+08:00"),
        (["2026-11", "2025-02"], "2026-11", "2026-11-01"),
        (["2026-11-27 10:30Z", "2025-01-02"], dt.datetime(2026, 11, 27, 10, 30, tzinfo=dt.UTC), "2026-11-27 10:30"),
    ],
)
def test_dates_in_the_order_of_training(training: list[Any], cell: Any, same: str) -> None:
    columns = fitted(training)
    assert inputs(columns, [cell]) == inputs(columns, [same])
    assert inputs(columns, [cell]) != inputs(columns, ["2024-05-05"])


@pytest.mark.parametrize(
    ("training", "cell", "message"),
    [
        ([1, 2], "red", r"t\.csv:3: 'red' in column 'x' is no number"),
        (["2026-11-27", "2026-11-28"], "27/11/2026", r"t\.csv:3: '27/11/2026' in column 'x' is no date as in training"),
        (["2026-11-27", "2026-11-28"], "7", r"t\.csv:3: '7(\.0)?' in column 'x' is no date"),
    ],
)
def test_cells_of_another_kind_than_in_training(tmp_path: Path, training: list[Any], cell: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(f"x,y\n,1\n{cell},2\n", encoding="utf-8")
    with pytest.raises(UserError, match=message):
        fitted(training).matrix(read_table(tmp_path / "t.csv"))


def test_columns_that_are_absent_or_besides() -> None:
    table = Table.of({"a": [1, 2, 3], "b": ["x", "x", "y"], "c": [3, 2, 1], "y": [0, 1, 0]})
    columns = Columns.fit(table, leave_out=["y"])
    assert columns.names == ["a", "b = x", "b: other", "c"]
    assert columns.groups == {"a": slice(0, 1), "b": slice(1, 3), "c": slice(3, 4)}
    turned = Table.of({"c": [3], "more": ["?"], "b": ["x"], "a": ["1"]})
    assert columns.matrix(turned).tolist() == columns.matrix(table)[:1].tolist()
    with pytest.raises(UserError, match=r"no column 'a', 'c', which the model needs \(there is: b, d\)"):
        columns.matrix(Table.of({"b": ["x"], "d": [1]}))
    with pytest.raises(UserError, match="no column 'z'"):
        Columns.fit(table, leave_out=["z"])


WORDS = st.sampled_from(["red", "blue", "", "NA", "true", "7", "007", "-1.5", "1e300", "inf", "2026-11-27", "1/2/2026"])
FLOATS = st.floats() | st.sampled_from([sys.float_info.max, -sys.float_info.max, 5e-324, 0.0])
CELLS = st.sampled_from(
    [
        FLOATS | st.none(),
        st.integers() | FLOATS,
        st.booleans() | st.none(),
        WORDS,
        st.text(max_size=3),
        st.datetimes() | st.dates() | st.none(),
        st.none() | st.booleans() | FLOATS | WORDS | st.text(max_size=3) | st.dates() | st.integers(),
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows = draw(st.integers(1, 12))
    columns = draw(st.lists(CELLS, min_size=1, max_size=4))
    return Table.of({f"c{n}": draw(st.lists(cells, min_size=rows, max_size=rows)) for n, cells in enumerate(columns)})


@given(tables(), tables())
@example(Table.of({"c0": [sys.float_info.max] * 3 + [-5e-324]}), Table.of({"c0": [-sys.float_info.max]}))
def test_the_matrix_is_finite_and_the_same_after_json(training: Table, other: Table) -> None:
    try:
        columns = Columns.fit(training)
    except UserError:
        return
    text = json.dumps(columns.to_json(), ensure_ascii=False, allow_nan=False).encode()
    again = Columns.from_json(json.loads(text), "model.json")
    assert again == columns
    assert again.names == columns.names
    ends = [(part.start, part.stop) for part in columns.groups.values()]
    assert [0, *(stop for _, stop in ends)] == [*(start for start, _ in ends), len(columns.names)]
    for table in (training, other):
        try:
            matrix = columns.matrix(table)
        except UserError:
            assert table is other
            continue
        assert matrix.dtype == np.float32
        assert matrix.shape == (len(table), len(columns.names))
        assert np.isfinite(matrix).all()
        assert (np.abs(matrix) <= LARGEST).all()
        assert again.matrix(table).tobytes() == matrix.tobytes()


MIXED = Table.of(
    {
        "number": [1.5, None, 2],
        "colour": ["red", None, "red"],
        "shape": ["box", "box", "ball"],
        "day": ["1/13/2026 10:00", None, "1/1/2026"],
        "id": ["x1", "x2", "x3"],
    }
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ([], []),
        (["kinds"], []),
        (["kinds"], {}),
        (["kinds", 0], None),
        (["kinds", 0, "kind"], "other"),
        (["kinds", 0, "kind"], ["numeric"]),
        (["kinds", 0, "name"], ""),
        (["kinds", 0, "name"], 1),
        (["kinds", 0, "name"], "colour"),
        (["kinds", 0, "more"], 1),
        (["kinds", 0, "missing"], 1),
        (["kinds", 0, "scale", 0], float("nan")),
        (["kinds", 0, "scale", 1], 10**400),
        (["kinds", 0, "scale", 1], True),
        (["kinds", 0, "scale", 2], -1.0),
        (["kinds", 0, "scale"], [0.0, 1.0]),
        (["kinds", 1, "categories"], ["red", "red"]),
        (["kinds", 1, "categories"], ["\ud800"]),
        (["kinds", 1, "categories"], "r"),
        (["kinds", 1, "categories", 0], 1),
        (["kinds", 1, "other"], 0),
        (["kinds", 1, "other"], True),
        (["kinds", 1, "shares"], [0.5]),
        (["kinds", 1, "shares"], []),
        (["kinds", 2, "shares"], [1.5, -0.5]),
        (["kinds", 3, "order"], "ydm"),
        (["kinds", 3, "order"], ["mdy"]),
        (["kinds", 3, "hour"], None),
        (["kinds", 3, "year"], None),
        (["left_out"], ["day"]),
        (["left_out"], "id"),
        (["left_out", 0], None),
    ],
)
def test_columns_that_we_did_not_write_are_refused(path: list[Any], value: Any) -> None:
    good = Columns.fit(MIXED).to_json()
    assert Columns.from_json(good, "model.json").to_json() == good
    bad: Any = {"top": copy.deepcopy(good)}
    inner = bad
    for key in ["top", *path][:-1]:
        inner = inner[key]
    inner[["top", *path][-1]] = value
    with pytest.raises(UserError, match=r"model\.json: '\w+' is missing or of the wrong kind: vec2seq did not write"):
        Columns.from_json(bad["top"], "model.json")


def test_json_that_was_changed_anyhow_is_refused_or_gives_finite_inputs() -> None:
    data, generator, refused = json.dumps(Columns.fit(MIXED).to_json()).encode(), random.Random(0), 0
    for _ in range(MUTATIONS):
        try:
            value = json.loads(mutated_json(generator, data))
        except (ValueError, RecursionError):
            continue
        try:
            columns = Columns.from_json(value, "model.json")
        except UserError:
            refused += 1
            continue
        try:
            assert np.isfinite(columns.matrix(MIXED)).all()
        except UserError:  # another name, or another order of dates
            refused += 1
    assert refused > MUTATIONS // 3

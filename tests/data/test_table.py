import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest

from vec2seq.data.cells import text_of
from vec2seq.data.table import Table
from vec2seq.errors import UserError


class Frame:
    """Looks as data frames do: names of columns, and columns by name."""

    def __init__(self, columns: dict[Any, Any]):
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name: Any) -> Any:
        return self._columns[name]


class Series:
    """A column as Polars has it: its dtype is none of NumPy's."""

    dtype = "Int64"

    def __init__(self, cells: list[Any]):
        self._cells = cells

    def to_list(self) -> list[Any]:
        return self._cells


EXPECTED = {"a": [1.0, None, 2.5], "b": ["x", None, "y"], "c": [True, False, True]}


@pytest.mark.parametrize(
    "x",
    [
        {"a": [1, None, 2.5], "b": ["x", " ", "y"], "c": [True, False, True]},
        {"a": ["1", "?", "2.5"], " b ": ("x", "NA", " y"), "c": np.array([True, False, True])},
        {"a": np.array([1, np.nan, 2.5], np.float32), "b": np.array(["x", "", "y"]), "c": iter([True, False, True])},
        {"a": np.ma.array([1, 7, 2.5], mask=[0, 1, 0]), "b": ["x", float("nan"), "y"], "c": [True, np.False_, True]},
        {
            "a": [Decimal(1), Decimal("nan"), Fraction(5, 2)],
            "b": np.array(["x", None, "y"], object),
            "c": EXPECTED["c"],
        },
        [{"a": 1, "b": "x", "c": True}, {"c": False}, {"b": "y", "a": 2.5, "c": True}],
        pyarrow.table({"a": [1, None, 2.5], "b": ["x", None, "y"], "c": [True, False, True]}),
        pyarrow.RecordBatch.from_pydict({"a": [1, None, 2.5], "b": ["x", None, "y"], "c": [True, False, True]}),
        Frame({"a": Series([1, None, 2.5]), "b": Series(["x", "-", "y"]), "c": Series([True, False, True])}),
    ],
)
def test_a_table_of_what_python_has(x: Any) -> None:
    table = Table.of(x)
    assert {name: table.cells(name) for name in table.names} == EXPECTED
    assert isinstance(table.column("a"), np.ndarray)
    assert (len(table), table.place(2)) == (3, "row 3")
    assert Table.of(table) is table
    taken = table.take(np.array([2, 0]))
    assert {name: taken.cells(name) for name in taken.names} == {"a": [2.5, 1.0], "b": ["y", "x"], "c": [True, True]}
    assert taken.place(0) == "row 3"


def test_arrays_and_lists_of_lists_have_numbered_columns() -> None:
    table = Table.of(np.array([[1, 2], [3, 4]], np.int32))
    assert {name: table.cells(name) for name in table.names} == {"1": [1.0, 3.0], "2": [2.0, 4.0]}
    table = Table.of([["a", 2], ("b", 4)])
    assert {name: table.cells(name) for name in table.names} == {"1": ["a", "b"], "2": [2.0, 4.0]}
    assert Table.of(Frame({0: [1], 1: [2]})).names == ["0", "1"]


def test_dates_stay_dates() -> None:
    day, moment = dt.date(2026, 11, 27), dt.datetime(2026, 11, 27, 10, 30)
    cells = [day, moment, np.datetime64("2026-11-27T10:30", "ns"), np.datetime64("NaT")]
    assert Table.of({"a": cells}).cells("a") == [day, moment, moment, None]
    assert Table.of({"a": np.array(["2026-11-27T10:30"], "M8[ns]")}).cells("a") == [moment]


def test_numbers_too_large_for_float64_are_not_changed() -> None:
    ids = [2**53 + 1, 2**53 + 2]
    assert Table.of({"a": ids}).cells("a") == ids
    assert Table.of({"a": np.array(ids)}).cells("a") == ids
    assert Table.of({"a": [str(ids[0])]}).cells("a") == [str(ids[0])]
    assert Table.of({"a": [10**400, -(10**400)]}).cells("a") == [float("inf"), float("-inf")]


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["1", "1.0", "+1", 1, 1.0, "1e0"], "1"),
        (["-0.50", -0.5], "-0.5"),
        ([True], "true"),
        (["007"], "007"),
        ([2**53 + 1, str(2**53 + 1)], str(2**53 + 1)),
        ([dt.date(2026, 1, 2)], "2026-01-02"),
        ([dt.datetime(2026, 1, 2, 3)], "2026-01-02 03:00:00"),
    ],
)
def test_a_cell_is_one_text_however_it_is_written(cells: list[Any], text: str) -> None:
    assert [text_of(cell) for cell in cells] == [text] * len(cells)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ({}, "the table is empty"),
        ([], "the table is empty"),
        ({"a": []}, "the table is empty"),
        (np.zeros((0, 3)), "the table is empty"),
        (np.zeros(3), "an array of 1 dimensions is no table"),
        ("t.csv", r"t\.csv: not a table; if it is a file, read it with read_table"),
        (Path("t.csv"), r"t\.csv: not a table"),
        (3, "type int is no table; give a dict of columns"),
        ({"a": [1], "b": [1, 2]}, "column 'b' has 2 cells, but column 'a' has 1"),
        ({"a": "abc"}, "column 'a' is of type str, not a list of cells"),
        ({"a": 3}, "column 'a' is of type int, not a list of cells"),
        ({"a": [1, [2]]}, "row 2: column 'a' holds a value of type list, which is neither text, number nor date"),
        ({"a": [b"x"]}, "row 1: column 'a' holds a value of type bytes"),
        ({"a": [1j]}, "row 1: column 'a' holds a value of type complex"),
        ({"a": np.array([1], "m8[ns]")}, "row 1: column 'a' holds a value of type timedelta64"),
        ({"a": np.zeros((2, 2))}, "row 1: column 'a' holds a value of type ndarray"),
        ({"a": [1], " a": [2]}, "columns 1 and 2 have the same name 'a'"),
        ({"": [1]}, "column 1 has no name"),
        ([[1], [2, 3]], "row 2 has 2 cells, but row 1 has 1"),
        ([{"a": 1}, 3], "row 1 is of type dict; a table is a dict of columns"),
        (pyarrow.table([[1], [2]], names=["a", "a"]), "columns 1 and 2 have the same name"),
        (Frame({"a": [1], "a ": [2]}), "columns 1 and 2 have the same name"),
    ],
)
def test_what_is_no_table_is_refused(x: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Table.of(x)


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(UserError, match=r"no column 'c' \(there is: a, b\)"):
        Table.of({"a": [1], "b": [2]}).cells("c")

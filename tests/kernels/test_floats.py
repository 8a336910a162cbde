"""Decimals to float32 and back, against Python's ``float`` and numpy's shortest decimals."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vec2seq.kernels.floats import (
    DONE,
    LONG,
    LONGEST_NUMBER,
    NO_WORD,
    NOT_FINITE,
    SHORT,
    nearest,
    parse_rows,
    print_rows,
    shortest,
)

SUBNORMAL, NORMAL, LARGEST = np.float32(2.0**-149), np.float32(2.0**-126), np.finfo(np.float32).max
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False).map(np.float32)

SIGN = st.sampled_from(["", "-", "+"])
DIGITS = st.text("0123456789", max_size=45) | st.sampled_from(["0" * 30, "9" * 19, "9" * 20, "1" + "0" * 40])
EXPONENT = st.just("") | st.builds("{}{}{}".format, st.sampled_from("eE"), SIGN, st.integers(0, 420))
DECIMALS = st.builds(
    lambda sign, whole, point, fraction, exponent: sign + (whole or "0" * (not fraction)) + point + fraction + exponent,
    SIGN,
    DIGITS,
    st.just("."),
    DIGITS,
    EXPONENT,
) | st.builds(lambda sign, whole, exponent: sign + (whole or "0") + exponent, SIGN, DIGITS, EXPONENT)


def readable_behind(data: bytes) -> NDArray[np.uint8]:
    """The bytes, of which eight more can be read: digits, which a reader must not take for the text's."""
    return np.frombuffer(data + b"12345678", np.uint8)[:-8]


def parse(text: str, width: int) -> tuple[int, int, int, int, NDArray[np.float32], list[str]]:
    """What ``parse_rows`` returns for lines, the rows, and the words that it found."""
    data = text.encode()
    lines = data.count(b"\n")
    rows, places = np.full((lines, width), 7, np.float32), np.zeros((lines, 2), np.int64)
    result = parse_rows(readable_behind(data), rows, places)
    return *result, rows, [data[start:end].decode() for start, end in places]


def printed(matrix: NDArray[np.float32]) -> list[list[str]]:
    """The fields of the lines that ``print_rows`` writes for words named w."""
    letters = np.full(len(matrix), ord("w"), np.uint8)
    out = np.empty(len(matrix) * 2 + LONGEST_NUMBER * matrix.size, np.uint8)
    size = print_rows(matrix, letters, np.arange(len(matrix) + 1), out)
    return [line.split(" ")[1:] for line in out[:size].tobytes().decode().splitlines()]


def twin(text: str) -> np.float32:
    """What a decimal means: the nearest float64, rounded to the nearest float32."""
    with np.errstate(over="ignore"):
        return np.float32(float(text))


def check(text: str, result: int, value: np.float32) -> None:
    """Fail unless the kernel read the decimal as Python does, refused it as infinite, or left it to Python."""
    expected = twin(text)
    if np.isnan(value):
        return
    assert (result == NOT_FINITE) == np.isinf(expected), text
    if result == DONE:
        assert value.tobytes() == expected.tobytes(), f"{text}: {value!r}, not {expected!r}"


@given(DECIMALS)
@example("1e-5")
@example("+.5")
@example("1.")
@example("-0")
@example("-0.0e400")
@example("1e400")
@example("1e-400")
@example("1e99999999999999999999")
@example("1e-99999999999999999999")
@example("0." + "0" * 60 + "1e65")
@example("3.4028235677973366e38")  # half-way to what would follow the largest number
@example("3.4028235677973365e38")
@example("7.006492321624085e-46")  # half of the smallest number: rounded to 0
@example("7.006492321624086e-46")
def test_decimals_are_read_as_python_reads_them(text: str) -> None:
    result, _, _, unsure, rows, _ = parse(f"w {text}\n", 1)
    check(text, result, rows[0, 0])
    assert unsure == (result == DONE and np.isnan(rows[0, 0]))


@pytest.mark.parametrize(
    ("text", "result", "value"),
    [("1e-5", DONE, 1.0000001e-5), ("1e400", DONE, LARGEST), ("0.5", NOT_FINITE, 0.5), ("-0", DONE, 0.0)],
)
def test_the_comparison_sees_a_wrong_answer(text: str, result: int, value: float) -> None:
    with pytest.raises(AssertionError):
        check(text, result, np.float32(value))


@given(st.floats(0, float(LARGEST), width=32, exclude_max=True), st.sampled_from(["", "1", "9"]))
def test_decimals_between_two_numbers_are_rounded_right_or_left_to_python(low: float, more: str) -> None:
    with localcontext(prec=400):
        middle = (Decimal(low) + Decimal(float(np.nextafter(np.float32(low), LARGEST)))) / 2
    text = f"{middle:f}"
    text += more if "." in text else ""
    result, _, _, _, rows, _ = parse(f"w {text}\n", 1)
    check(text, result, rows[0, 0])


def test_decimals_of_sixteen_digits_next_to_a_middle_are_rounded_right_or_left_to_python() -> None:
    lows = np.random.default_rng(0).integers(0x7F7FFFFF, size=20_000, dtype=np.uint32).view(np.float32)
    middles = (lows.astype(np.float64) + np.nextafter(lows, LARGEST)) / 2  # float64 holds them
    texts = [f"{middle:.15e}" for middle in middles]
    result, _, _, unsure, rows, _ = parse("".join(f"w {text}\n" for text in texts), 1)
    for text, value in zip(texts, rows[:, 0], strict=True):
        check(text, result, value)
    assert 0 < unsure < len(texts)


def test_decimals_are_hardly_ever_left_to_python() -> None:
    random = np.random.default_rng(0)
    texts = [f"{a}.{b:09d}{c:09d}" for a, b, c in random.integers(10**9, size=(20_000, 3)).tolist()]
    _, _, _, unsure, rows, _ = parse("".join(f"w {text}\n" for text in texts), 1)
    assert unsure == 0
    assert rows[:, 0].tolist() == [float(twin(text)) for text in texts]


@pytest.mark.parametrize(
    "text",
    ["", "+", "-", ".", "e5", "1e", "1e+", "--1", "1_000", "0x1", "nan", "inf", "-Infinity", "1,5", "1..2", "１"],
)
def test_what_is_no_finite_decimal_is_refused_at_its_place(text: str) -> None:
    result, row, at, _, _, _ = parse(f"a 1 2\nw 3 {text}\n", 2)
    assert (result, row) == (NOT_FINITE if text else SHORT, 1)
    assert at == len("a 1 2\nw 3 ")


def test_what_nearest_cannot_tell_is_nan() -> None:
    digits = (2**24 + 1) * 10**11  # half-way between two numbers, and more than float64 holds
    assert np.isnan(nearest(np.uint64(digits), -11))
    assert nearest(np.uint64(digits + 10**6), -11) == 2**24 + 2
    assert nearest(np.uint64(0), 400) == 0
    assert nearest(np.uint64(1), 39) == np.inf
    assert nearest(np.uint64(10**19 - 1), -65) == 0


# printing


@given(FLOATS)
@example(np.float32(0.0))
@example(np.float32(-0.0))
@example(SUBNORMAL)
@example(NORMAL - SUBNORMAL)
@example(NORMAL)
@example(-LARGEST)
def test_a_number_is_printed_so_that_it_is_read_back(value: np.float32) -> None:
    text = printed(np.array([[value]], np.float32))[0][0]
    assert twin(text).tobytes() == value.tobytes()
    assert len(text) < LONGEST_NUMBER
    assert set(text) & set(".e"), "a word and a whole number would look like a header"
    result, _, _, _, rows, _ = parse(f"w {text}\n", 1)
    check(text, result, rows[0, 0])


def test_numbers_of_every_size_are_read_back_and_as_short_as_numpys() -> None:
    bits = np.random.default_rng(0).integers(2**32, size=50_000, dtype=np.uint32)
    values = bits.view(np.float32)
    values = values[np.isfinite(values)]
    fields = [field for (field,) in printed(values[:, None])]
    assert max(map(len, fields)) == LONGEST_NUMBER - 1
    assert np.array([twin(field) for field in fields]).tobytes() == values.tobytes()
    for value in values[:5000]:
        digits, exponent = shortest(abs(value))
        theirs = np.format_float_scientific(abs(value), unique=True, trim="-").split("e")
        assert len(str(digits)) == len(theirs[0].replace(".", ""))
        assert exponent + len(str(digits)) - 1 == int(theirs[1])


def test_powers_of_two_may_take_one_digit_more() -> None:
    """Numbers lie closer below a power of two: rounding away from there can save a digit, which is not tried."""
    longer = 0
    for power in range(-149, 128):
        value = np.float32(2.0**power)
        theirs = np.format_float_scientific(value, unique=True, trim="-").split("e")[0].replace(".", "")
        more = len(str(shortest(value)[0])) - len(theirs)
        assert more in {0, 1}
        longer += more
    assert longer == 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.0"),
        (-0.0123, "-0.0123"),
        (123456790.0, "123456790.0"),
        (1e9, "1e+09"),
        (1e-4, "0.0001"),
        (1.5e-7, "1.5e-07"),
        (1e-45, "1e-45"),
        (-0.0, "-0.0"),
    ],
)
def test_spelling(value: float, text: str) -> None:
    assert printed(np.array([[value]], np.float32)) == [[text]]


# lines


@pytest.mark.parametrize(
    ("line", "word", "row"),
    [
        ("w 1 2", "w", [1, 2]),
        ("w 1 2 ", "w", [1, 2]),
        ("w 1 2\r", "w", [1, 2]),
        ("w  1   2  \r", "w", [1, 2]),
        ("1.5 1 2", "1.5", [1, 2]),
        (". . . 1 2", ". . .", [1, 2]),
        ("at a@b.c 1 2 \r", "at a@b.c", [1, 2]),
        ("room 101 1 2", "room 101", [1, 2]),
        ("\u3000\x85 1 2", "\u3000\x85", [1, 2]),
        ("a\tb 1 2", "a\tb", [1, 2]),
    ],
)
def test_a_line_is_a_word_and_its_numbers(line: str, word: str, row: list[float]) -> None:
    result, count, at, unsure, rows, words = parse(f"{line}\n" * 2, 2)
    assert (result, count, at, unsure) == (DONE, 2, len(f"{line}\n".encode()) * 2, 0)
    assert rows.tolist() == [row] * 2
    assert words == [word] * 2


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("", SHORT),
        ("w", SHORT),
        ("w 1", SHORT),
        ("w 1 \r", SHORT),
        (" 1 2", NO_WORD),
        (" 1 2 3", NO_WORD),
        (" w 1 2", NO_WORD),
        ("w 1.0 2.0 3.0", LONG),
        ("w 1e0 2 3", LONG),
        ("w 1 x", NOT_FINITE),
        ("w 1 2\r3", LONG),
        ("w 1\t2", NOT_FINITE),
    ],
)
def test_a_line_that_is_not_is_refused(line: str, result: int) -> None:
    found, row, _, _, _, _ = parse(f"a 1 2\n{line}\nb 1 2\n", 2)
    assert (found, row) == (result, 1)


def test_more_lines_than_rows_are_not_written_behind_the_rows() -> None:
    text = readable_behind(b"a 1\nb 2\n")
    rows, words = np.zeros((2, 1), np.float32), np.zeros((2, 2), np.int64)
    assert parse_rows(text, rows[:1], words[:1]) == (SHORT, 1, 4, 0)
    assert rows.tolist() == [[1], [0]]

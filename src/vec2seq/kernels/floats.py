"""Text to float32 rows and back: the vector files of other tools, a line a word - the word, then its numbers.

A decimal is digits m and a power of ten; its value is float32(float64(m * 10^e)), each step rounded to the nearest:

* m <= 2^53 and |e| <= 22: m and 10^|e| are float64 without error, so that one product or quotient is rounded once
  (Clinger 1990, "How to read floating point numbers accurately").
* otherwise m keeps 19 digits, and the product is off by less than 2^-51 of itself: 2^-59 for the digits left out,
  2^-53 each for m, the power and the product. Rounding never turns an order around: where both ends of an interval of
  2^-50 to each side become the same float32, that is the value. Where they do not (one decimal in some ten million),
  NaN says so, and the caller asks Python.

A number is written rounded to as few digits as are read back as the same float32. Nine always are.
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.simd.bits import eight_bytes, lowest_bit

_U = np.uint64

DONE, SHORT, LONG, NO_WORD, NOT_FINITE = 0, 1, 2, 3, 4
"""How reading a line ends: well; too few numbers; too many; a space where the word should be; no finite float32."""

LONGEST_NUMBER = 16
"""Bytes that a written number takes at most, with the space in front of it: -1.23456789e-38, -0.000123456789."""

_SPACE, _END, _RETURN, _POINT, _MINUS, _PLUS, _ZERO, _E = 32, 10, 13, 46, 45, 43, 48, 101
_LOWEST, _HIGHEST = -80, 60  # 19 digits times 10^-81 are 0 in float32, one digit times 10^61 is infinite
_POWERS = np.array([float(f"1e{power}") for power in range(_LOWEST, _HIGHEST + 1)])
_EXACT_POWER = 22
_EXACT_DIGITS = _U(1 << 53)
_TENS = np.array([10**count for count in range(9)], np.uint64)


@kernel
def nearest(digits: np.uint64, exponent: int) -> np.float32:
    """``digits`` * 10^``exponent`` in float32; infinite if that is too large, NaN if this arithmetic cannot tell."""
    if digits == _U(0) or exponent < _LOWEST:
        return np.float32(0.0)
    if exponent > _HIGHEST:
        return np.float32(np.inf)
    if digits <= _EXACT_DIGITS and -_EXACT_POWER <= exponent < 0:
        return np.float32(np.float64(digits) / _POWERS[-exponent - _LOWEST])
    value = np.float64(digits) * _POWERS[exponent - _LOWEST]
    if digits <= _EXACT_DIGITS and 0 <= exponent <= _EXACT_POWER:
        return np.float32(value)
    low, high = np.float32(value * (1 - 2.0**-50)), np.float32(value * (1 + 2.0**-50))
    return low if low == high else np.float32(np.nan)


@kernel
def _is_digit(byte: np.uint8) -> bool:
    return bool(np.uint8(byte - np.uint8(_ZERO)) <= np.uint8(9))


@kernel
def _leading_digits(text: NDArray[np.uint8], p: int) -> tuple[np.uint64, int]:
    """Nineteen digits of the decimal at p, from the first that is not 0; how many digits were left out behind them."""
    digits, kept, left_out = _U(0), 0, 0
    while _is_digit(text[p]) or text[p] == _POINT:
        if text[p] != _POINT:
            if kept < 19:
                digits = digits * _U(10) + _U(text[p] - _ZERO)
                kept += int(digits != _U(0))
            else:
                left_out += 1
        p += 1
    return digits, left_out


@kernel
def _count_digits(part: np.uint64) -> np.uint64:
    """How many of eight bytes, the lowest first, are 0 to 9 before one is not."""
    # a digit has no high half; adding 6 to anything from 10 on gives it one
    other = ((part + _U(0x0606060606060606)) | part) & _U(0xF0F0F0F0F0F0F0F0)
    count: np.uint64 = lowest_bit(other) >> _U(3)
    return count


@kernel
def _joined_digits(part: np.uint64, count: np.uint64) -> np.uint64:
    """The number that the ``count`` (1 to 8) lowest bytes, each 0 to 9, the lowest first, are the digits of."""
    part <<= _U(64) - _U(8) * count  # zeros in front
    part = part * _U(10) + (part >> _U(8))  # every other byte: two digits
    low, high = part & _U(0x000000FF000000FF), (part >> _U(16)) & _U(0x000000FF000000FF)
    return (low * _U(100 + (1000000 << 32)) + high * _U(1 + (10000 << 32))) >> _U(32)


@kernel
def _number(text: NDArray[np.uint8], p: int) -> tuple[np.float32, int]:
    """The value of the decimal at p, and where it ends; -1: there is none.

    The text must not end with it, and be readable up to 8 bytes behind its end.
    """
    negative = text[p] == _MINUS
    if negative or text[p] == _PLUS:
        p += 1
    start, digits, exponent = p, _U(0), 0
    while _is_digit(text[p]):
        digits = digits * _U(10) + _U(text[p] - _ZERO)
        p += 1
    count = p - start
    if text[p] == _POINT:
        p += 1
        behind_point = p
        found = _U(8)
        while found == _U(8):
            part = eight_bytes(text, _U(p)) ^ _U(0x3030303030303030)
            found = _count_digits(part)
            if found > _U(0):
                digits = digits * _TENS[found] + _joined_digits(part, found)
                p += int(found)
        exponent = behind_point - p
        count -= exponent
    if count == 0:
        return np.float32(0.0), -1
    if count > 19:
        digits, left_out = _leading_digits(text, start)
        exponent += left_out
    if text[p] | 0x20 == _E:
        p += 1
        downward = text[p] == _MINUS
        if downward or text[p] == _PLUS:
            p += 1
        if not _is_digit(text[p]):
            return np.float32(0.0), -1
        power = 0
        while _is_digit(text[p]):
            power = min(10 * power + int(text[p] - _ZERO), 1 << 48)
            p += 1
        exponent += -power if downward else power
    value = nearest(digits, exponent)
    return (-value if negative else value), p


@kernel
def _numbers(text: NDArray[np.uint8], p: int, row: NDArray[np.float32]) -> tuple[int, int, int]:
    """Fill a row from the space at p on, to the end of the line.

    Returns how it ended, where (behind the line, or at the wrong field), and how many values are NaN.
    """
    unsure = 0
    for k in range(row.size):
        field = p
        while text[field] == _SPACE:
            field += 1
        if field == p or text[field] == _END or text[field] == _RETURN:
            return SHORT, field, 0
        value, p = _number(text, field)
        if p < 0 or np.isinf(value) or (text[p] != _SPACE and text[p] != _END and text[p] != _RETURN):
            return NOT_FINITE, field, 0
        row[k] = value
        unsure += int(np.isnan(value))
    while text[p] == _SPACE:
        p += 1
    if text[p] == _RETURN:
        p += 1
    return (DONE if text[p] == _END else LONG), p + 1, unsure


@kernel
def _word_end(text: NDArray[np.uint8], start: int, width: int) -> int:
    """Where the word ends that stands in front of the last ``width`` fields of a line; ``start`` if nothing does."""
    p = start
    while text[p] != _END:
        p += 1
    while p > start and (text[p - 1] == _SPACE or text[p - 1] == _RETURN):
        p -= 1
    for _ in range(width):
        while p > start and text[p - 1] != _SPACE:
            p -= 1
        while p > start and text[p - 1] == _SPACE:
            p -= 1
    return p


@kernel
def _ends_with_value(text: NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether a word with spaces ends with a decimal that has a point or an exponent: a number too many, not a word."""
    field = end
    while field > start and text[field - 1] != _SPACE:
        field -= 1
    if _number(text, field)[1] != end:
        return False
    marks = 0
    for p in range(field, end):
        marks += int(text[p] == _POINT or text[p] | 0x20 == _E)
    return marks > 0


@kernel
def parse_rows(
    text: NDArray[np.uint8], rows: NDArray[np.float32], words: NDArray[np.int64]
) -> tuple[int, int, int, int]:
    """Read whole lines: the numbers into ``rows`` [n, width], the beginning and end of each word into ``words`` [n, 2].

    A word goes to the first space. If its line then does not fit, it is all that stands in front of the last ``width``
    fields (GloVe's files have words with spaces). ``text`` ends with a line end, and can be read up to 8 bytes behind
    it; where it has more than ``n`` lines, the line behind them counts as short. Returns how it ended, at which row,
    where in the text (the wrong field), and how many values are NaN.
    """
    p, row, unsure = 0, 0, 0
    while p < text.size:
        if row == rows.shape[0]:
            return SHORT, row, p, unsure
        if text[p] == _SPACE:
            return NO_WORD, row, p, unsure
        start = p
        while text[p] != _SPACE and text[p] != _END:
            p += 1
        end = p
        result, p, more = _numbers(text, end, rows[row])
        if result != DONE:
            other = _word_end(text, start, rows.shape[1])
            if other > end:
                end = other
                result, p, more = _numbers(text, end, rows[row])
                if result == DONE and _ends_with_value(text, start, end):
                    result = LONG
        if result != DONE:
            return result, row, p, unsure
        words[row, 0], words[row, 1] = start, end
        unsure += more
        row += 1
    return DONE, row, p, unsure


@kernel
def shortest(value: np.float32) -> tuple[np.uint64, int]:
    """A positive number rounded to the fewest digits that are read back as the same float32, and their power of ten."""
    exact = np.float64(value)
    first = int(np.floor(np.log10(exact)))
    if exact < _POWERS[first - _LOWEST]:  # the logarithm is rounded
        first -= 1
    exponent = first - 8
    digits = _U(np.rint(exact * _POWERS[-exponent - _LOWEST]))
    while digits >= _U(10):
        fewer = _U(np.rint(exact * _POWERS[-exponent - 1 - _LOWEST]))
        if nearest(fewer, exponent + 1) != value:
            break
        digits = fewer
        exponent += 1
    return digits, exponent


@kernel
def _print_digits(digits: np.uint64, whole: int, fraction: int, out: NDArray[np.uint8], p: int) -> int:
    """Write so many digits in front of the point and behind it (no point if none are); returns where they end."""
    end = p + whole + fraction + int(fraction > 0)
    at = end
    for _ in range(fraction):
        at -= 1
        out[at] = _ZERO + digits % _U(10)
        digits //= _U(10)
    if fraction > 0:
        at -= 1
        out[at] = _POINT
    for _ in range(whole):
        at -= 1
        out[at] = _ZERO + digits % _U(10)
        digits //= _U(10)
    return end


@kernel
def _print_number(value: np.float32, out: NDArray[np.uint8], p: int) -> int:
    """Write -0.0123, 2.0 or 1.5e-07 at p (there is always a point or an exponent); returns where it ends."""
    if np.signbit(value):
        out[p] = _MINUS
        p += 1
        value = -value
    if value == 0:
        return _print_digits(_U(0), 1, 1, out, p)
    digits, exponent = shortest(value)
    count, power = 1, _U(10)
    while digits >= power:
        count += 1
        power *= _U(10)
    first = exponent + count - 1
    if first < -4 or first > 8:
        p = _print_digits(digits, 1, count - 1, out, p)
        out[p] = _E
        out[p + 1] = _MINUS if first < 0 else _PLUS
        return _print_digits(_U(abs(first)), 2, 0, out, p + 2)
    while exponent >= 0:
        digits *= _U(10)
        exponent -= 1
    return _print_digits(digits, max(first, 0) + 1, -exponent, out, p)


@kernel
def print_rows(
    rows: NDArray[np.float32], letters: NDArray[np.uint8], ends: NDArray[np.int64], out: NDArray[np.uint8]
) -> int:
    """Write lines: word i, letters[ends[i] : ends[i + 1]], and the numbers of row i. Returns how many bytes they take.

    ``out`` needs room for the letters, LONGEST_NUMBER bytes a number, and one a line.
    """
    p = 0
    for row in range(rows.shape[0]):
        for k in range(ends[row], ends[row + 1]):
            out[p] = letters[k]
            p += 1
        for k in range(rows.shape[1]):
            out[p] = _SPACE
            p = _print_number(rows[row, k], out, p + 1)
        out[p] = _END
        p += 1
    return p

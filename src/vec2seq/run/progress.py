"""What a training tells while it runs: a live line on a terminal, plain lines elsewhere, nothing in a library.

All of it goes to one stream (standard error on the command line), so that standard output holds results only.
"""

import math
import re
import shutil
import time
import unicodedata
from contextlib import suppress
from typing import Protocol, TextIO


class Progress(Protocol):
    """Whom a training tells how far it is."""

    def note(self, text: str) -> None:
        """Something worth a line of its own."""

    def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
        """``done`` of ``total`` units are done since this ``what`` began; ``values`` go along."""


class Silent:
    """Tells nobody."""

    def note(self, text: str) -> None:
        """Nothing."""

    def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
        """Nothing."""


class Part:
    """One of several runs: its steps are told under its name, the rest is not."""

    def __init__(self, whole: Progress, name: str):
        self._whole, self._name = whole, name

    def note(self, text: str) -> None:
        """Nothing."""

    def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
        """A step of this run."""
        self._whole.step(f"{self._name}: {what}", done, total, unit, **values)


class Printed:
    """Writes to a stream: on a terminal one line that is overwritten, elsewhere a line every ``every_seconds``."""

    def __init__(self, stream: TextIO, every_seconds: float = 10.0):
        self._stream = stream
        self._live = stream.isatty()
        self._every_seconds = 0.1 if self._live else every_seconds
        self._what = ""
        self._began = self._last = 0.0
        self._first_done = 0.0
        self._shown = False

    def note(self, text: str) -> None:
        """A line of its own, above the live line."""
        self._write(text + "\n")

    def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
        """Show how far it is, not too often."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._last, self._first_done = what, now, now, done
            return
        finished = total is not None and done >= total
        if now - self._last < self._every_seconds and not (finished and self._live):
            return
        self._last = now
        speed = (done - self._first_done) / max(now - self._began, 1e-9)
        parts = [what]
        if total:
            parts.append(f"{100 * done / total:.0f} %")
        parts.append(f"{amount(speed)} {unit}/s")
        parts += [f"{name.replace('_', ' ')} {value:.4f}" for name, value in values.items() if math.isfinite(value)]
        if total and speed > 0:
            parts.append(f"{duration((total - done) / speed)} left")
        line = "  ".join(parts)
        if self._live:
            self._write(clipped(line, shutil.get_terminal_size().columns - 1))
            self._shown = True
        else:
            self._write(line + "\n")

    def _write(self, text: str) -> None:
        """Write in the place of the live line. If nobody reads it, or a log has no room, the work goes on."""
        wiped = "\r\x1b[K" if self._shown else ""
        self._shown = False
        with suppress(OSError):
            self._stream.write(wiped + text)
            self._stream.flush()


def visible(text: str) -> str:
    """A line with its control characters escaped: what is shown cannot move the cursor, nor turn the text around."""
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Also the separators of lines and the marks that change the direction of text."""


def columns(text: str) -> int:
    """Columns that a text takes on a terminal: East Asian characters take two, marks on other characters none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    marks = sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)
    return len(text) + wide - marks


def clipped(line: str, room: int) -> str:
    """The beginning of a line that fits so many columns of a terminal."""
    while columns(line) > room:
        line = line[:-1]
    return line


def amount(number: float) -> str:
    """1234567 -> 1.2 M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.1f} {letter}"
    return f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"


def duration(seconds: float) -> str:
    """75 -> 1 min 15 s."""
    seconds = round(seconds) if seconds >= 10 else round(seconds, 1)
    if seconds < 60:
        return f"{seconds:g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"

"""Text that is written piece by piece, up to where it shall stop.

A piece may be some bytes of a character, and may begin with the end of a string at which to stop. So what is shown lags
behind what is written: a character is shown when it is whole, and when it can be part of no such string any more.
"""

import codecs
from collections.abc import Sequence

from vec2seq.errors import UserError


class Shown:
    """What may be shown of a text as it grows: whole characters, up to the first of some strings, which is cut off.

    It stops where one of the ``stops`` ends first; of several that end there, the longest is cut off. How the text is
    cut into pieces does not matter. Bytes that are no UTF-8 become U+FFFD. UserError for an empty string.
    """

    def __init__(self, stops: Sequence[str] = ()):
        if "" in stops:
            raise UserError("a string at which to stop is empty: every text begins with it", "leave it out")
        self.stops, self.stopped, self._held = tuple(stops), False, ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, data: bytes) -> str:
        """The next bytes -> what is shown now; nothing once it has ``stopped``."""
        return self._shown(self._decoder.decode(data), ends=False)

    def rest(self) -> str:
        """What is shown last, when no more bytes come."""
        return self._shown(self._decoder.decode(b"", final=True), ends=True)

    def _shown(self, more: str, ends: bool) -> str:
        if self.stopped:
            return ""
        text, self._held = self._held + more, ""
        found = [(place + len(stop), place) for stop in self.stops if (place := text.find(stop)) >= 0]
        if found:
            self.stopped = True
            return text[: min(found)[1]]
        if not ends:
            self._held = text[len(text) - max(map(len, self._beginnings(text)), default=0) :]
        return text[: len(text) - len(self._held)]

    def _beginnings(self, text: str) -> list[str]:
        """Of each string the longest beginning with which a text ends."""
        return [
            next((stop[:size] for size in range(len(stop) - 1, 0, -1) if text.endswith(stop[:size])), "")
            for stop in self.stops
        ]

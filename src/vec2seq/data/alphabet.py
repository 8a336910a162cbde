"""Characters in numbers: number 0 says that there is none, as CTC wants it, and as an end where texts have one."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

NONE = 0


@dataclass(frozen=True)
class Alphabet:
    """Character c of ``characters`` has the number c + 1."""

    characters: str
    """each once: code points, so that what is combined with a letter is a character of its own"""

    @classmethod
    def of(cls, texts: Iterable[str], also: str = "") -> Self:
        """Those of texts, in order, behind those of ``also``."""
        return cls(also + "".join(sorted(set().union(*texts) - set(also))))

    def __len__(self) -> int:
        """How many numbers there are."""
        return 1 + len(self.characters)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {character: number for number, character in enumerate(self.characters, 1)}

    def numbers(self, text: str) -> NDArray[np.int32]:
        """Of the characters of a text; those that are not known are left out."""
        return np.array([self._numbers[character] for character in text if character in self._numbers], np.int32)

    def knows(self, text: str) -> bool:
        """Whether all characters are known."""
        return all(character in self._numbers for character in text)

    def text(self, numbers: Iterable[int]) -> str:
        """What numbers stand for."""
        return "".join(self.characters[number - 1] for number in numbers)

    @property
    def encoded(self) -> list[bytes]:
        """Of each number its bytes in UTF-8."""
        return [b"", *(character.encode("utf-8", "surrogatepass") for character in self.characters)]

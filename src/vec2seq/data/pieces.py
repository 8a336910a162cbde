"""Text as numbers from which the very same text can be made again: for models that write.

A piece is a character (``chars``), a word with the space before it (``words``), what stands between spaces, with the
one before it (``spaced``: phonemes, syllables), or what byte-pair encoding learnt from the text (``bpe``; Sennrich et
al. 2016, over bytes as in GPT-2). What is no piece is spelled: a word by its characters, a character by its bytes in
UTF-8. So there is no text that cannot be written, and nothing is unknown.

Number 0 is the border of a text, its beginning and its end; 1 to 256 are the bytes; then come the pieces.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.tokenize import read_bpe
from vec2seq.errors import UserError, missing_extra, not_written_by_us

BORDER, BYTES, FIRST = 0, 1, 257
"""The border, the byte 0, the first piece."""

Name = Literal["chars", "words", "spaced", "bpe"]

_WORDS = {"words": re.compile(r" ?\w+| ?[^\w\s]+|\s"), "spaced": re.compile(r" ?\S+|\s")}
_TEXTS_AT_ONCE = 1024


@dataclass(frozen=True)
class Pieces:
    """How text becomes numbers; stored with every model that writes."""

    name: Name
    tokens: list[str] = field(repr=False)
    """the pieces, number 257 and up; of ``bpe`` none: it has its own"""
    bpe: str | None = field(default=None, repr=False)
    """the trained BPE tokenizer (tokenizer.json of Hugging Face)"""

    @classmethod
    def learn(cls, texts: Iterable[str], name: Name = "chars", size: int = 4096, min_count: int = 2) -> Self:
        """From texts: characters seen so often, and of words or BPE at most ``size`` pieces.

        UserError if ``bpe`` needs what is not installed (extra ``bpe``).
        """
        texts = map(_written, texts)
        if name == "bpe":
            return cls(name, [], _trained_bpe(texts, size))
        characters: Counter[str] = Counter()
        words: Counter[str] = Counter()
        for text in texts:
            characters.update(text)
            if name in _WORDS:
                words.update(word for word in _WORDS[name].findall(text) if len(word) > 1)
        known = [word for word, count in _most_frequent(words, size) if count >= min_count]
        spelled = [character for character, count in _most_frequent(characters) if count >= min_count]
        return cls(name, [*spelled, *known])

    def __len__(self) -> int:
        """How many numbers there are."""
        return BYTES + self._bpe.get_vocab_size() if self.name == "bpe" else FIRST + len(self.tokens)

    def numbers(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Of each text, without borders."""
        if self.name == "bpe":
            found: list[NDArray[np.int32]] = []
            for first in range(0, len(texts), _TEXTS_AT_ONCE):
                some = list(map(_written, texts[first : first + _TEXTS_AT_ONCE]))
                block = self._bpe.encode_batch(some, add_special_tokens=False)
                found += [np.array(encoded.ids, np.int32) + np.int32(BYTES) for encoded in block]
            return found
        return [self._words(text) if self.name in _WORDS else self._spelled(text) for text in texts]

    def text(self, numbers: Iterable[int]) -> str:
        """What they stand for, borders left out; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self.encoded[number] for number in numbers).decode(errors="replace")

    @cached_property
    def encoded(self) -> list[bytes]:
        """Of each number its bytes; of the border none."""
        if self.name == "bpe":
            byte_of = _bytes_of_bpe()
            vocabulary = sorted(self._bpe.get_vocab().items(), key=lambda pair: pair[1])
            return [b"", *(bytes(byte_of[character] for character in token) for token, _ in vocabulary)]
        return [b"", *(bytes([byte]) for byte in range(256)), *(token.encode() for token in self.tokens)]

    @cached_property
    def sizes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each number how many characters begin in it, and its bytes; of the border one each."""
        begins = [sum(byte & 0xC0 != 0x80 for byte in data) for data in self.encoded]
        return np.array([1, *begins[1:]], np.int64), np.array([1, *map(len, self.encoded[1:])], np.int64)

    @cached_property
    def _bpe(self) -> Any:
        return read_bpe(self.bpe)

    @cached_property
    def _known(self) -> dict[str, int]:
        return {token: FIRST + number for number, token in enumerate(self.tokens)}

    @cached_property
    def _characters(self) -> NDArray[np.int32]:
        """Of each code point its number; 0 if it has none."""
        found = np.zeros(0x110000, np.int32)
        for token, number in self._known.items():
            if len(token) == 1:
                found[ord(token)] = number
        return found

    def _spelled(self, text: str) -> NDArray[np.int32]:
        """Character by character, and what is no piece byte by byte."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        found = self._characters[codes]
        places = np.flatnonzero(found == 0)
        if not len(places):
            return found
        spelled = [np.frombuffer(text[place].encode(errors="replace"), np.uint8) for place in places.tolist()]
        lengths = np.ones(len(found), np.int64)
        lengths[places] = [len(data) for data in spelled]
        longer = np.repeat(found, lengths)
        longer[np.repeat(found == 0, lengths)] = np.concatenate(spelled).astype(np.int32) + BYTES
        return longer

    def _words(self, text: str) -> NDArray[np.int32]:
        known = self._known
        parts: list[int] = []
        for word in _WORDS[self.name].findall(text):
            number = known.get(word)
            if number is None:
                parts += self._spelled(word).tolist()
            else:
                parts.append(number)
        return np.array(parts, np.int32)

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads back."""
        return {"name": self.name, "tokens": self.tokens, "bpe": self.bpe}

    @classmethod
    def from_json(cls, value: Any, where: str) -> Self:
        """The pieces of a model.json; ``where`` names the file in errors."""
        try:
            pieces = cls(value["name"], list(value["tokens"]), value["bpe"])
            right = pieces.name in get_args(Name) and all(isinstance(token, str) for token in pieces.tokens)
            right = right and (isinstance(pieces.bpe, str) if pieces.name == "bpe" else pieces.bpe is None)
            if not right or len(set(pieces.tokens)) < len(pieces.tokens) or "" in pieces.tokens:
                raise ValueError
        except (TypeError, ValueError, KeyError):
            raise not_written_by_us(where, "pieces_") from None
        return pieces


def _most_frequent(counts: "Counter[str]", size: int | None = None) -> Iterable[tuple[str, int]]:
    """Those as frequent as each other in the order of their code points: the order of the text is not told."""
    return islice(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])), size)


def _trained_bpe(texts: Iterable[str], size: int) -> str:
    """The tokenizer.json of a BPE of so many pieces, all bytes among them."""
    if size <= 256:
        raise UserError(f"{size} pieces: BPE begins with the 256 bytes; use more")
    try:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # optional: only BPE needs it
    except ImportError:
        raise missing_extra("bpe") from None
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    )
    told: str = made.to_str()
    return told


def _written(text: str) -> str:
    """The text as it can be written; half of a surrogate pair, which is no character, becomes "?"."""
    return text.encode(errors="replace").decode()


def _bytes_of_bpe() -> dict[str, int]:
    """The characters by which GPT-2's BPE shows bytes: what can be printed is itself, the others follow from U+0100."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(shown)]
    return {
        **{chr(byte): byte for byte in shown},
        **{chr(0x100 + number): byte for number, byte in enumerate(others)},
    }

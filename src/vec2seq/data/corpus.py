"""Corpus: encoded text on disk, memory-mapped; made in one pass over the text in bounded memory.

A folder: ``ids.bin`` (int32 word numbers, rare words left out), ``offsets.bin`` (int64, where sentences begin, and the
end of the last), ``vocab.json``, ``corpus.json``. Memory is used for the blocks at work (some megabytes a thread) and
for the distinct words, not for the text.
"""

import hashlib
import itertools
import json
import mmap
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.blocks import Block, Source, open_source
from vec2seq.data.checked import Check, apart, checked
from vec2seq.data.files import ReadSettings
from vec2seq.data.tokenize import Tokenizer, choose, trained_bpe
from vec2seq.data.vocab import Vocab
from vec2seq.disk import is_sealed, sealed
from vec2seq.errors import UserError

FORMAT = 1
_FILES = ("ids.bin", "offsets.bin", "vocab.json", "corpus.json")
_NUMBERS = re.compile(r"numbers-(joined-)?\d+\.bin")
_AUTO_BYTES = 1 << 20
_BPE_BYTES = 64 << 20
_CHECKED_AT_ONCE = 1 << 20
_MAPPED_AROUND = 1 << 16
"""Bytes: a page that is needed brings its neighbours with it, within blocks of this size (Linux)."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """Encoded text. Sentence i is ``ids[offsets[i] : offsets[i + 1]]``."""

    ids: NDArray[np.int32]
    """[N]: numbers of the words that are in the vocabulary"""
    offsets: NDArray[np.int64]
    """[L + 1]: where each sentence begins in ``ids``; sentences without words are left out"""
    vocab: Vocab
    tokenizer: Tokenizer
    fingerprint: str
    """SHA-256 of the text's bytes"""
    text_words: int
    """words of the text, rare ones included"""

    @classmethod
    def encode(
        cls,
        x: Any,
        folder: str | Path,
        tokenizer: Tokenizer | None = None,
        *,
        how: ReadSettings | None = None,
        min_count: int = 5,
        max_size: int | None = None,
        bpe_size: int = 8000,
        phrase_passes: int = 0,
        phrase_threshold: float = 100.0,
        known: Vocab | None = None,
        threads: int = 1,
        report: Callable[[float], None] | None = None,
    ) -> Self:
        """Encode text (see ``open_source`` for what it can be) into a folder.

        Words seen less than ``min_count`` times are left out; of the rest the ``max_size`` most frequent are kept. With
        a ``known`` vocabulary, all its words stay, and counts are added to its counts. ``tokenizer`` None stands for
        ``auto``; a BPE tokenizer that is not trained yet is trained on the text's first 64 MB. ``report`` is called
        with the megabytes read; ``how.check`` is called between blocks all the while, not only when they are read.
        Raises UserError for text that cannot be read, and if no word is frequent enough.
        """
        from vec2seq.data import counting, phrases  # load Numba

        how, folder = how or ReadSettings(), Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        before = list(folder.iterdir())
        foreign = [path for path in before if path.name not in _FILES and not _NUMBERS.fullmatch(path.name)]
        if foreign:
            raise UserError(f"{folder}: holds {foreign[0].name}, which is no encoded text; choose another folder")
        for path in before:
            path.unlink()  # not overwritten: whoever has it mapped keeps it
        source, tokenizer = settle(open_source(x, how), tokenizer, bpe_size, how.check)
        try:
            text = counting.number_text(source.blocks, folder, tokenizer, threads, report, how.check)
            for pairs in tokenizer.phrases:
                text = phrases.join_phrases(text, folder, pairs)
            for _ in range(phrase_passes - len(tokenizer.phrases)):
                pairs = phrases.choose_phrases(text, min_count, phrase_threshold)
                text = phrases.join_phrases(text, folder, pairs)
                tokenizer = replace(tokenizer, phrases=(*tokenizer.phrases, pairs))
            if known is None:
                vocab, ids = counting.sorted_words(text, min_count, max_size)
            else:
                vocab, ids = counting.grown_words(text, known, min_count)
            counting.write_ids(text, folder, ids)
        finally:
            for path in folder.glob("numbers-*.bin"):
                path.unlink()
        meta = {
            "format": FORMAT,
            "fingerprint": text.fingerprint,
            "text_words": int(text.counts.sum()),
            "tokenizer": tokenizer.to_json(),
        }
        (folder / "vocab.json").write_text(json.dumps(vocab.to_json(), ensure_ascii=False), encoding="utf-8")
        (folder / "corpus.json").write_text(json.dumps(sealed(meta), ensure_ascii=False), encoding="utf-8")
        return cls.open(folder)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open an encoded text, memory-mapped."""
        folder = Path(folder)
        try:
            meta = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
            vocab = Vocab.from_json(
                json.loads((folder / "vocab.json").read_text(encoding="utf-8")), f"{folder}/vocab.json"
            )
            ids, offsets = mapped(folder / "ids.bin", np.int32), mapped(folder / "offsets.bin", np.int64)
        except FileNotFoundError as error:
            raise UserError(f"{folder}: not an encoded text (no {Path(error.filename).name})") from None
        except (ValueError, RecursionError) as error:
            raise UserError(f"{folder}: damaged ({error}); encode it again") from None
        if not is_sealed(meta) or meta["format"] != FORMAT:
            raise UserError(f"{folder}/corpus.json: damaged, or of another version; encode the text again")
        if not _fits(ids, offsets, len(vocab)):
            raise UserError(
                f"{folder}: damaged (ids.bin, offsets.bin and vocab.json do not fit together); encode it again"
            )
        return cls(
            ids=ids,
            offsets=offsets,
            vocab=vocab,
            tokenizer=Tokenizer.from_json(meta["tokenizer"], f"{folder}/corpus.json"),
            fingerprint=meta["fingerprint"],
            text_words=meta["text_words"],
        )

    def __len__(self) -> int:
        """Number of sentences."""
        return len(self.offsets) - 1


def settle(source: Source, tokenizer: Tokenizer | None, bpe_size: int, check: Check) -> tuple[Source, Tokenizer]:
    """Decide what depends on the text: ``auto`` (None), token lists, and the pieces of BPE."""
    tokenizer = tokenizer or Tokenizer("auto")
    if source.tokenized:
        return source, replace(tokenizer, name="given")
    if tokenizer.name == "auto":
        head, source = _peek(source, _AUTO_BYTES, check)
        tokenizer = replace(tokenizer, name=choose(head))
    if tokenizer.name == "bpe" and tokenizer.bpe is None:
        head, source = _peek(source, _BPE_BYTES, check)
        texts, untrained = checked(head.split("\n"), check), tokenizer
        tokenizer = apart(lambda: trained_bpe(untrained, texts, bpe_size), check)
    return source, tokenizer


def _peek(source: Source, size: int, check: Check) -> tuple[str, Source]:
    """The first ``size`` bytes as text, and the source as if nothing had been read."""
    blocks: list[Block] = []
    read = 0
    for block in source.blocks:
        blocks.append(block)
        read += len(block.data)
        if read >= size:
            break
    text = b"".join(block.data for block in blocks)[:size].decode(errors="replace")
    return text, replace(source, blocks=itertools.chain(checked(blocks, check), source.blocks))


def mapped(path: Path, kind: type) -> NDArray[Any]:
    """The array in a file, memory-mapped read-only (an empty file cannot be mapped)."""
    if path.stat().st_size == 0:
        return np.empty(0, kind)
    with path.open("rb") as file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), kind)


def _fits(ids: NDArray[np.int32], offsets: NDArray[np.int64], words: int) -> bool:
    """Whether all ids are numbers of words and the offsets cut them into sentences: kernels rely on it."""
    if len(offsets) == 0 or offsets[0] != 0 or offsets[-1] != len(ids) or (np.diff(offsets) < 0).any():
        return False
    for start in range(0, len(ids), _CHECKED_AT_ONCE):
        part = ids[start : start + _CHECKED_AT_ONCE]
        if part.min() < 0 or part.max() >= words:
            return False
        release(ids, start, start + len(part))
    return True


def release(mapped: NDArray[Any], start: int, stop: int) -> None:
    """Say that mapped[start:stop] is not needed for a while: its memory pages are dropped, the file keeps them.

    Does nothing for arrays that are not memory-mapped, and where the system cannot do it.
    """
    base = mapped.base.obj if isinstance(mapped.base, memoryview) else mapped.base
    if start < stop and isinstance(base, mmap.mmap) and hasattr(base, "madvise"):
        first = start * mapped.itemsize // _MAPPED_AROUND * _MAPPED_AROUND
        last = -(-stop * mapped.itemsize // _MAPPED_AROUND) * _MAPPED_AROUND
        base.madvise(mmap.MADV_DONTNEED, first, min(last, len(base)) - first)


def fingerprint(x: Any, how: ReadSettings | None = None) -> str:
    """SHA-256 of the text's bytes as ``Corpus.encode`` computes it, without encoding."""
    digest = hashlib.sha256()
    for block in open_source(x, how).blocks:
        digest.update(block.data)
    return digest.hexdigest()

"""A bootstrap's sample of an encoded text: as many sentences, each drawn with replacement. On disk, in bounded memory.

Drawing n of n sentences is the same as drawing block by block: how many of them fall into a block is binomial, and
within the block each sentence has the same chance. What is drawn stands in the order of the text.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.checked import Check
from vec2seq.data.corpus import Corpus, mapped, release

_SENTENCES_AT_ONCE = 2048


def resampled(
    corpus: Corpus, bounds: NDArray[np.int64], folder: Path, random: np.random.Generator, check: Check
) -> Corpus:
    """Draw sentences into a folder; the vocabulary stays. ``check`` is called in between.

    Sentence i is corpus.ids[bounds[i] : bounds[i + 1]]: ``corpus.offsets``, or with long sentences cut.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ids, offsets = folder / "ids.bin", folder / "offsets.bin"
    for path in (ids, offsets):
        path.unlink(missing_ok=True)  # not overwritten: whoever has it mapped keeps it
    sentences, words = len(bounds) - 1, 0
    left = sentences
    with ids.open("wb") as ids_file, offsets.open("wb") as offsets_file:
        offsets_file.write(np.zeros(1, np.int64).data)
        for first in range(0, sentences, _SENTENCES_AT_ONCE):
            check()
            last = min(first + _SENTENCES_AT_ONCE, sentences)
            count = int(random.binomial(left, (last - first) / (sentences - first)))
            left -= count
            drawn = np.sort(random.integers(first, last, count))
            lengths = bounds[drawn + 1] - bounds[drawn]
            ends = np.cumsum(lengths)
            places = np.repeat(bounds[drawn] - ends + lengths, lengths) + np.arange(lengths.sum())
            ids_file.write(corpus.ids[places].data)
            offsets_file.write((words + ends).data)
            words += int(lengths.sum())
            release(corpus.ids, int(bounds[first]), int(bounds[last]))
    return replace(corpus, ids=mapped(ids, np.int32), offsets=mapped(offsets, np.int64))

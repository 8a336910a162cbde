"""Finding the words of items among those of vectors: the same rule for every kind of item.

Words are looked up as they stand, then as the vectors' tokenizer normalizes them, then ignoring case (the most frequent
word that is equal but for case), then with underscores for spaces (New_York). An item with a word that is not found is
left out, neither right nor wrong.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import UNKNOWN
from vec2seq.vectors.store import Vectors


def find_rows(vectors: Vectors, words: Iterable[str]) -> NDArray[np.int64]:
    """[words]: the row of every word, UNKNOWN for those that are not found."""
    words = list(words)
    rows = {word: vectors.ids.get(word, UNKNOWN) for word in words}
    missing = [word for word, row in rows.items() if row == UNKNOWN]
    if missing:
        folded: dict[str, int] = {}
        for row, token in enumerate(vectors.tokens):
            folded.setdefault(token.casefold(), row)
        for word in missing:
            normal = word if vectors.tokenizer is None else vectors.tokenizer.normalize(word)
            key = normal.casefold()
            rows[word] = vectors.ids.get(normal, folded.get(key, folded.get(key.replace(" ", "_"), UNKNOWN)))
    return np.array([rows[word] for word in words], np.int64)

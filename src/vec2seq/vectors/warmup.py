"""Running every kernel of the vectors once, so that all are compiled and cached."""

import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from vec2seq.vectors.formats import read_vectors, write_vectors
from vec2seq.vectors.glove import GloVe
from vec2seq.vectors.word2vec import Word2Vec


def warm_up() -> None:
    """Train by each algorithm with each loss, alone, by two threads, in lock step; GloVe; join phrases; read a file."""
    texts = ["some words to warm up the kernels with", "and some more words"] * 20
    small: dict[str, Any] = {"min_count": 1, "epochs": 1, "width": 4, "sample": 0.0}
    for algorithm, loss in product(("skipgram", "cbow"), ("negative", "hierarchical")):
        Word2Vec(threads=1, **small).set_params(algorithm=algorithm, loss=loss).fit(texts)
    model = Word2Vec(threads=2, phrases=1, phrase_threshold=1.0, **small).fit(texts)
    Word2Vec(threads=2, deterministic=True, **small).fit(texts).partial_fit(texts)
    GloVe(threads=2, min_count=1, epochs=1, width=4).fit(texts)
    with tempfile.TemporaryDirectory(prefix="vec2seq-") as folder:
        path = Path(folder) / "vectors.txt"
        write_vectors(model.vectors_, path, "word2vec")
        read_vectors(path)

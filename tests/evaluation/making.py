"""What the tests of evaluation share: vectors and files that are made."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from vec2seq.vectors.store import Vectors
from vec2seq.vectors.trust import Trust


def written(folder: Path, text: str | bytes, name: str = "items.txt") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def random_vectors(n: int, width: int = 8, seed: int = 0) -> Vectors:
    matrix = np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)
    return Vectors([f"w{i}" for i in range(n)], matrix)


def family() -> Vectors:
    """Vectors in which man is to woman as king is to queen, and father to mother but for a nearer word."""
    plan = {"man": (1, 0, 0), "woman": (1, 1, 0), "king": (1, 0, 2), "queen": (1, 1, 2), "Father": (3, 0, 1)}
    plan |= {"mother": (3, 0, -9), "parent": (3, 1, 1), "one": (0, -1, 0), "two": (-1, -1, 0)}
    return Vectors(list(plan), np.array(list(plan.values()), np.float32))


def trusted_family() -> Vectors:
    """The family, with ranks of each word's three nearest: the first two of them are stable."""
    vectors = family()
    near = np.array([[vectors.index(item.word) for item in vectors.neighbors(word, 3)] for word in vectors.tokens])
    low, high = (np.tile(np.array(ranks, np.uint16), (9, 1)) for ranks in ((1, 2, 3), (1, 18, 21)))
    return replace(vectors, trust=Trust(near.astype(np.int32), low, high, 20))

"""A map of word vectors: every word a point in the plane, words that are used alike near each other.

The plane comes from t-SNE (van der Maaten and Hinton 2008; openTSNE computes it) or from the two first principal
components. The neighbours that a map lists are those of the vectors themselves, not of the plane.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.disk import followed, replacing
from vec2seq.errors import UserError, counted, missing_extra
from vec2seq.pages.render import Language, render
from vec2seq.vectors.groups import group_words
from vec2seq.vectors.store import Vectors, unit_rows
from vec2seq.vectors.trust import Intervals

NEIGHBORS = 10
FEWEST_WORDS = 3

_PERPLEXITY = 30
_WORDS_FOR_THREADS = 5000
"""With fewer words, threads wait for each other longer than they work; the map is the same."""


@dataclass(frozen=True, eq=False)
class Map:
    """Words in the plane, by descending frequency."""

    tokens: list[str]
    xy: NDArray[np.float32]
    """[n, 2]: within -1 .. 1, the middle at 0"""
    neighbors: NDArray[np.int64]
    """[n, k]: the nearest of the n words by cosine similarity of their vectors, best first"""
    similarities: NDArray[np.float32]
    """[n, k]: those cosine similarities"""
    groups: NDArray[np.uint8]
    """[n]: 0 .. GROUPS - 1, words whose vectors point the same way; the map's colours"""
    typical: list[list[int]]
    """for each group, the words that stand for it"""
    method: Literal["tsne", "pca"]
    ranks: Intervals | None = None
    """[n, k]: how the ranks of these neighbours, among all words, varied in ``runs`` runs of a bootstrap"""
    runs: int = 0


def project(vectors: Vectors, words: int = 2000, method: Literal["tsne", "pca"] = "tsne", seed: int = 1) -> Map:
    """The map of the ``words`` most frequent words (all if there are fewer).

    The same vectors and seed give the same map.
    """
    if words < FEWEST_WORDS or len(vectors) < FEWEST_WORDS:
        raise UserError(f"{counted(min(words, len(vectors)), 'word')}: a map needs at least {FEWEST_WORDS}")
    if not 0 <= seed < 2**32:
        raise UserError(f"seed {seed}: must be from 0 to 2^32 - 1")
    tokens, units = vectors.tokens[:words], unit_rows(vectors.matrix[:words])
    n = len(tokens)
    listed = min(NEIGHBORS, n - 1)
    needed = min(3 * _PERPLEXITY, n - 1) if method == "tsne" else listed
    rows, similarities = Vectors(tokens, units).nearest(units, needed, [[i] for i in range(n)])
    xy = principal_components(units)
    if method == "tsne":
        xy = _tsne(rows, similarities, xy, seed)
    groups, typical = group_words(tokens, units, seed)
    rows, similarities, trust = rows[:, :listed], similarities[:, :listed], vectors.trust
    ranks = trust.intervals(np.arange(n), rows, listed) if trust else None
    return Map(tokens, _framed(xy), rows, similarities, groups, typical, method, ranks, trust.runs if trust else 0)


def principal_components(units: NDArray[np.float32]) -> NDArray[np.float32]:
    """[n, 2]: the rows along their two directions of most variance."""
    centered = units - units.mean(axis=0)
    directions = np.linalg.svd(centered, full_matrices=False)[2][:2]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    xy: NDArray[np.float32] = centered @ (directions * np.sign(largest)).T  # a direction's sign is free: fix it
    return np.pad(xy, ((0, 0), (0, 2 - xy.shape[1])))


def _tsne(
    rows: NDArray[np.int64], similarities: NDArray[np.float32], start: NDArray[np.float32], seed: int
) -> NDArray[Any]:
    """t-SNE of points whose nearest points are known: rows, similarities [n, k]; start [n, 2]."""
    try:
        import openTSNE  # an extra, and slow to import
        from openTSNE.affinity import PerplexityBasedNN
        from openTSNE.nearest_neighbors import PrecomputedNeighbors
    except ImportError:
        raise missing_extra("map") from None
    jobs = -1 if len(rows) >= _WORDS_FOR_THREADS else 1
    nearest = PrecomputedNeighbors(rows, np.maximum(1 - similarities, 0))
    affinities = PerplexityBasedNN(perplexity=rows.shape[1] / 3, knn_index=nearest, n_jobs=jobs)
    small = start / (start[:, 0].std() or 1) * 1e-4  # van der Maaten's start: points close to 0
    return np.asarray(openTSNE.TSNE(n_jobs=jobs, random_state=seed).fit(affinities=affinities, initialization=small))


def _framed(xy: NDArray[Any]) -> NDArray[np.float32]:
    """The points moved and scaled, both axes alike, into -1 .. 1."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    framed: NDArray[np.float32] = ((xy - (low + high) / 2) / (max(high - low) / 2 or 1)).astype(np.float32)
    return framed


def write_page(word_map: Map, path: str | Path, title: str, language: Language = "en") -> None:
    """Write the map as one HTML file that works without a network: search, zoom, neighbours on click."""
    data: dict[str, Any] = {
        "tokens": word_map.tokens,
        "xy": word_map.xy,
        "neighbors": word_map.neighbors.astype(np.min_scalar_type(len(word_map.tokens))),
        "similarities": word_map.similarities,
        "groups": word_map.groups,
        "typical": word_map.typical,
        "method": word_map.method,
    }
    if word_map.ranks is not None:
        low, high, stable = word_map.ranks
        data |= {"low": low, "high": high, "stable": stable.astype(np.uint8), "runs": word_map.runs}
    write_file(path, render("map", data, title, language).encode())


def write_file(path: str | Path, data: bytes) -> None:
    """Write a file, its folder too, and through a link; UserError if that cannot be done."""
    path = followed(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(data)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); choose another place") from None

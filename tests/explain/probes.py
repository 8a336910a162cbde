"""Probes that are small enough to be checked by hand: of a linear score, and of a curved one."""

import itertools
from collections.abc import Sequence

import numpy as np

from vec2seq.explain.functions import Floats


class LinearProbe:
    """score = the sum of w . x over the tokens that are kept, plus a bias."""

    def __init__(self, x: Floats, w: Floats, tokens: Sequence[str] | None = None, bias: float = 0.5):
        self.x, self.w, self.bias = x, w, bias
        self.tokens = list(tokens or (f"t{n}" for n in range(len(x))))

    def kept(self, keep: np.ndarray) -> Floats:
        return keep @ (self.x * self.w).sum(1) + self.bias

    def gradients(self, scales: Floats) -> tuple[Floats, Floats]:
        return self.x, np.broadcast_to(self.w, (len(scales), *self.x.shape))

    def scaled(self, scales: Floats) -> Floats:
        return np.asarray(scales) * (self.x * self.w).sum() + self.bias


class CurvedProbe:
    """score = v . tanh(W h + b), h the sum of the vectors [T,D] of the tokens that are kept, over root T."""

    def __init__(self, tokens: Sequence[str], seed: int, width: int = 6):
        random = np.random.default_rng(seed)
        words = {token: random.standard_normal(width) for token in dict.fromkeys(tokens)}
        self.tokens = list(tokens)
        self.x = np.array([words[token] for token in tokens]) / len(tokens) ** 0.5
        self.W = 0.5 * random.standard_normal((width, width))
        self.v, self.b = random.standard_normal((2, width))

    def of_sums(self, h: Floats) -> Floats:
        """h [N,D] -> [N]."""
        return np.tanh(h @ self.W.T + self.b) @ self.v

    def kept(self, keep: np.ndarray) -> Floats:
        return self.of_sums(keep @ self.x)

    def gradients(self, scales: Floats) -> tuple[Floats, Floats]:
        h = np.asarray(scales)[:, None] * self.x.sum(0)
        slope = (1 - np.tanh(h @ self.W.T + self.b) ** 2) * self.v
        return self.x, np.repeat((slope @ self.W)[:, None], len(self.x), 1)

    def scaled(self, scales: Floats) -> Floats:
        return self.of_sums(np.asarray(scales)[:, None] * self.x.sum(0))


def linear_probe(tokens: int, seed: int = 0, width: int = 3) -> LinearProbe:
    """With random vectors and weights of each token."""
    x, w = np.random.default_rng(seed).standard_normal((2, tokens, width))
    return LinearProbe(x, w)


WORDS = "the plot is thin but the acting is wonderful and the music never lets go of you . "


def made_text(tokens: int) -> list[str]:
    """So many words, some of them again and again."""
    return list(itertools.islice(itertools.cycle(WORDS.split()), tokens))

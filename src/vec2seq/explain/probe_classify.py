"""What a Classifier's answer to one text comes from: the text changed, and the gradient by the vectors of its words."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vec2seq.data.texts import Texts
from vec2seq.engine.eager import evaluating
from vec2seq.engine.net_estimator import ASKED_TOKENS
from vec2seq.explain.functions import Floats
from vec2seq.tasks.classify import Classifier
from vec2seq.tasks.classify_net import ClassifierNet

NOTHING = "\ufffd"
"""Stands for a word that is left out: no vocabulary has it."""


class ClassifierProbe:
    """One label of one text: its log-odds, or, of several labels a text, its logit. As ``attribution.ScaledProbe``.

    A word that is left out becomes an unknown one; of a bag of words (encoder mean) it is taken away, with the runs of
    words that it is part of; words that meet by that make no new ones. What runs add to the score is dealt out to
    their words.
    """

    def __init__(self, model: Classifier, tokens: Sequence[str], label: str):
        self.model, self.tokens, self.place = model, list(tokens), model.labels_.index(label)

    def kept(self, keep: NDArray[np.bool_]) -> Floats:
        """keep [N,T] -> [N]: the score where the others are left out."""
        if self.model.encoder == "mean":
            return self._of_bags(keep)
        texts = [[token if stays else NOTHING for token, stays in zip(self.tokens, row, strict=True)] for row in keep]
        return self._score(torch.from_numpy(self.model.logits_of(texts))).numpy()

    def _of_bags(self, keep: NDArray[np.bool_]) -> Floats:
        """The same of a bag: what is in it stays if all of its words do."""
        x, mask = self._embedded()
        lost = (~keep).astype(np.float32) @ (self._shares() > 0).T.astype(np.float32)
        present = mask & torch.from_numpy(lost == 0)
        with evaluating(self._net), torch.no_grad():
            blocks = torch.split(present, max(ASKED_TOKENS // max(len(x), 1), 1))
            logits = [self._net.read(x.expand(len(block), -1, -1), block) for block in blocks]
        return self._score(torch.cat(logits).double()).numpy()

    def gradients(self, scales: Floats) -> tuple[Floats, Floats]:
        """scales [S] -> x [T,D], gradients [S,T,D] at scale * x. Of bags D is 1: x is 1, and its gradient is what
        the word adds."""
        x, mask = self._embedded()
        found = []
        for scale in scales.tolist():
            scaled = (x * scale).requires_grad_()
            with evaluating(self._net):
                score = self._score(self._net.read(scaled[None], mask))[0]
            (gradient,) = torch.autograd.grad(score, scaled)
            found.append(gradient)
        gradients = torch.stack(found)
        if self.model.encoder != "mean":
            return x.double().numpy(), gradients.double().numpy()
        shares = self._shares()
        of_words = (gradients * x).sum(2).double().numpy() @ shares
        return np.ones((len(self.tokens), 1)), of_words[:, :, None]

    def scaled(self, scales: Floats) -> Floats:
        """scales [S] -> [S]: the score at scale * x."""
        x, mask = self._embedded()
        with evaluating(self._net), torch.no_grad():
            logits = self._net.read(torch.from_numpy(scales).float()[:, None, None] * x, mask.expand(len(scales), -1))
        return self._score(logits.double()).numpy()

    @property
    def _net(self) -> ClassifierNet:
        net = self.model.net_
        assert isinstance(net, ClassifierNet)
        return net

    def _embedded(self) -> tuple[Tensor, Tensor]:
        """Vectors of all that the net sees of the text [F,D], and its mask [1,F]."""
        ids, mask = self.model.inputs(Texts.read([self.tokens])).padded(np.zeros(1, np.int64))
        with torch.no_grad():
            return self._net.embed(torch.from_numpy(ids.astype(np.int64)))[0], torch.from_numpy(mask)

    def _score(self, logits: Tensor) -> Tensor:
        """logits [N,K] -> [N]."""
        own = logits[:, self.place]
        if self.model.several_:
            return own
        others = torch.cat([logits[:, : self.place], logits[:, self.place + 1 :]], 1)
        return own - others.logsumexp(1)

    def _shares(self) -> Floats:
        """Of each thing in the bag, how much of it is each word's: [F,T]; see ``data.ngrams``."""
        text, count = Texts.read([self.tokens]), len(self.tokens)
        runs = self.model.known_ngrams.words_of(text, text.numbers(self.model.vocab_))
        shares = np.zeros((len(runs), count))
        for row, words in enumerate(runs):
            shares[row, list(words)] = 1 / len(words)
        return shares

"""What a Tagger's label for one token comes from: the sentence changed, the gradient by the vectors of its words."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vec2seq.data.texts import Texts
from vec2seq.engine.eager import evaluating
from vec2seq.explain.functions import Floats
from vec2seq.tasks.tag import Tagger
from vec2seq.tasks.tag_net import TaggerNet

NOTHING = "\ufffd"
"""Stands for a word that is left out: no vocabulary has it, nor its character."""


class TaggerProbe:
    """One label of one token: its log-odds by the net alone, before labels are seen as a chain.

    As ``attribution.ScaledProbe``. Gradients are by the vectors of words only: characters and pairs of words stay as
    they are, while ``kept`` leaves them out, too.
    """

    def __init__(self, model: Tagger, tokens: Sequence[str], label: str, token: int):
        self.model, self.tokens, self.token = model, list(tokens), token
        self.place = model.labels_.index(label)

    def kept(self, keep: NDArray[np.bool_]) -> Floats:
        """keep [N,T] -> [N]: the score where the others are unknown."""
        sentences = [
            [token if stays else NOTHING for token, stays in zip(self.tokens, row, strict=True)] for row in keep
        ]
        return self._score(torch.from_numpy(self.model.emissions_of(sentences))).double().numpy()

    def gradients(self, scales: Floats) -> tuple[Floats, Floats]:
        """scales [S] -> x [T,D], gradients [S,T,D] at scale * x."""
        x, others = self._embedded()
        found = []
        for scale in scales.tolist():
            scaled = (x * scale).requires_grad_()
            with evaluating(self._net):
                score = self._score(self._net.read(scaled[None], **others))[0]
            (gradient,) = torch.autograd.grad(score, scaled)
            found.append(gradient)
        return x.double().numpy(), torch.stack(found).double().numpy()

    def scaled(self, scales: Floats) -> Floats:
        """scales [S] -> [S]: the score at scale * x."""
        x, others = self._embedded()
        with evaluating(self._net), torch.no_grad():
            scores = [self._score(self._net.read(x[None] * scale, **others))[0] for scale in scales.tolist()]
        return torch.stack(scores).double().numpy()

    @property
    def _net(self) -> TaggerNet:
        net = self.model.net_
        assert isinstance(net, TaggerNet)
        return net

    def _embedded(self) -> tuple[Tensor, dict[str, Tensor]]:
        """Vectors of the words [T,D], and what else the net is given."""
        batch = self.model.inputs(Texts.read([self.tokens])).batch(np.zeros(1, np.int64))
        inputs = {name: torch.from_numpy(array) for name, array in batch.items()}
        with torch.no_grad():
            return self._net.embed(inputs.pop("ids"))[0], inputs

    def _score(self, emissions: Tensor) -> Tensor:
        """emissions [N,T,K] -> [N]."""
        own = emissions[:, self.token]
        others = torch.cat([own[:, : self.place], own[:, self.place + 1 :]], 1)
        return own[:, self.place] - others.logsumexp(1)

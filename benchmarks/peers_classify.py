"""The LSTM that labels texts, in plain and in tuned PyTorch, as a process of its own, in turns (``turns.py``).

    python benchmarks/peers_classify.py '{"tool": "plain", "set": "cls_en_sst2", "settings": {"seed": 1}}'

It has the sizes, words, dropout and pooling of vec2seq's Classifier, whose settings it is told.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

import tasksets
from measures import accuracy
from peers_torch import PADDING, UNKNOWN, bf16_is_faster, epochs, loader, to_ask
from turns import Turns
from vec2seq import Classifier
from vec2seq.data.tokenize import Tokenizer
from vec2seq.tasks.classify_data import settled


class PackedLSTM(nn.Module):
    """Embedding, LSTM in both directions over packed rows, mean and largest values, scores of the labels."""

    def __init__(self, words: int, labels: int, how: Classifier):
        super().__init__()
        self.embed = nn.Embedding(words, how.own_width, padding_idx=PADDING)
        nn.init.normal_(self.embed.weight, 0, 0.1)
        with torch.no_grad():
            self.embed.weight[PADDING].zero_()
        self.lstm = nn.LSTM(how.own_width, how.own_width // 2, how.layers, batch_first=True, bidirectional=True)
        self.dropout, self.word_dropout = nn.Dropout(how.dropout), how.share_left_out
        self.out = nn.Linear(2 * how.own_width, labels)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """ids [B,T], lengths [B] -> logits [B,labels]."""
        mask = torch.arange(ids.shape[1]) < lengths[:, None]
        if self.training and self.word_dropout:
            ids = ids.masked_fill((torch.rand(ids.shape) < self.word_dropout) & mask, UNKNOWN)
        x = self.dropout(self.embed(ids))
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        x, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        largest = x.masked_fill(~mask[:, :, None], torch.finfo(x.dtype).min).amax(1)
        out: Tensor = self.out(self.dropout(torch.cat([x.sum(1) / lengths[:, None], largest], 1)))
        return out


def loss(net: nn.Module, batch: Any) -> Tensor:
    """Cross-entropy, the mean over the texts."""
    ids, lengths, labels = batch
    return functional.cross_entropy(net(ids, lengths), labels)


def collate(examples: list[tuple[Tensor, int]]) -> tuple[Tensor, Tensor, Tensor]:
    """ids [B,T], lengths [B], labels [B]."""
    rows = [ids for ids, _ in examples]
    lengths = torch.tensor([len(row) for row in rows])
    return pad_sequence(rows, batch_first=True), lengths, torch.tensor([label for _, label in examples])


class Peer:
    """The LSTM in PyTorch, plain or tuned."""

    def __init__(self, texts: list[str], labels: list[str], how: Classifier, tuned: bool):
        torch.manual_seed(how.seed)
        torch.set_num_threads(how.threads or torch.get_num_threads())
        self.tuned, self.longest = tuned, how.max_length
        self.tokenizer = settled(Tokenizer(how.tokenizer, lower=how.lower), texts)
        words = self.tokenizer.many(texts)
        self.ids = {word: n for n, word in enumerate(dict.fromkeys(w for row in words for w in row), UNKNOWN + 1)}
        self.labels = how.labels_ = sorted(set(labels))
        rows = [self.encode(row) for row in words]
        lengths = [len(row) for row in rows]
        self.settings = how.settled(np.array(lengths))
        self.size = max(1, self.settings.batch_tokens * len(lengths) // sum(lengths))
        examples = list(zip(rows, map(self.labels.index, labels), strict=True))
        self.batches = loader(examples, lengths, self.size, collate, tuned)
        self.net = PackedLSTM(len(self.ids) + UNKNOWN + 1, len(self.labels), how)
        self.bf16 = tuned and bf16_is_faster(self.net, self.batches, loss, self.settings)

    def encode(self, words: list[str]) -> Tensor:
        """Numbers of words; a text without any has one that is unknown."""
        return torch.tensor([self.ids.get(word, UNKNOWN) for word in words[: self.longest]] or [UNKNOWN])

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The label of each text."""
        self.net.train(False)
        rows = [self.encode(words) for words in self.tokenizer.many(texts)]
        found = [""] * len(rows)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            for numbers, some in to_ask(rows, [len(row) for row in rows], self.size, self.tuned):
                ids, lengths, _ = collate([(row, 0) for row in some])
                for number, label in zip(numbers, self.net(ids, lengths).argmax(1).tolist(), strict=True):
                    found[number] = self.labels[label]
        return found


def in_turns(name: str, how: Classifier, tuned: bool) -> None:
    """Train an epoch a turn, with the held-out texts answered in it; then answer the test file."""
    (texts, labels), (held_out, truth) = tasksets.texts_to_learn(name)
    peer, turn = Peer(texts, labels, how, tuned), Turns()
    training = epochs(peer.net, peer.batches, loss, peer.settings, tuned, peer.bf16)
    for _ in range(peer.settings.epochs):
        turn.begin()
        next(training)
        found = peer.predict(held_out)
        turn.end()
        turn.tell("epoch", score=accuracy(found, truth), bf16=peer.bf16)
    turn.predictions(peer.predict, tasksets.texts(name, "test")[0])


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    in_turns(asked["set"], Classifier(**asked["settings"]), asked["tool"] == "tuned")

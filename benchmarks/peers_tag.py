"""The LSTM with a CRF that labels tokens, in plain and in tuned PyTorch, as a process of its own, in turns.

    python benchmarks/peers_tag.py '{"tool": "plain", "set": "tag_en_conll2000_chunk", "settings": {"seed": 1}}'

It has the sizes, words, characters and dropout of vec2seq's Tagger, whose settings it is told, and its labels (BIOES).
The CRF is the batched one of the tutorials: a loop over the tokens with logarithms of sums of exponentials, through
which PyTorch finds the gradient. Plain: the characters of every token of a batch. Tuned: of every different one.
"""

import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

import tasksets
from measures import f1
from peers_torch import PADDING, UNKNOWN, bf16_is_faster, epochs, loader, to_ask
from turns import Turns
from vec2seq import Tagger
from vec2seq.data.ngrams import runs
from vec2seq.data.offsets import kind_of
from vec2seq.data.ragged import Ragged
from vec2seq.data.spans import converted, scheme_of
from vec2seq.tasks.tag_data import LONGEST_WORD, plain

BUCKETS = 2**17
"""of pairs of Han characters"""
Example = dict[str, Any]
"""ids, pairs [T] tensors; words: the tokens' characters, a list of T tensors; labels [T]"""


class CRF(nn.Module):
    """Scores of label after label: transitions [K,K] (from, to), starts [K], ends [K]."""

    def __init__(self, labels: int):
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(labels, labels))
        self.starts, self.ends = (nn.Parameter(torch.zeros(labels)) for _ in range(2))

    def forward(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """emissions [B,T,K], labels, mask [B,T] -> negative log-likelihood of each row [B]."""
        return self.log_sum(emissions, mask) - self.score(emissions, labels, mask)

    def score(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Of the true labels [B]."""
        single = emissions.gather(2, labels[:, :, None])[:, :, 0] * mask
        pairs = self.transitions[labels[:, :-1], labels[:, 1:]] * mask[:, 1:]
        last = labels.gather(1, mask.sum(1, keepdim=True) - 1)[:, 0]
        return self.starts[labels[:, 0]] + single.sum(1) + pairs.sum(1) + self.ends[last]

    def log_sum(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Over all labels, by the forward algorithm [B]."""
        alpha = self.starts + emissions[:, 0]
        for t in range(1, emissions.shape[1]):
            following = torch.logsumexp(alpha[:, :, None] + self.transitions + emissions[:, t, None], 1)
            alpha = torch.where(mask[:, t, None], following, alpha)
        return torch.logsumexp(alpha + self.ends, 1)

    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """The best labels of each row, by Viterbi."""
        alpha, came = self.starts + emissions[:, 0], []
        for t in range(1, emissions.shape[1]):
            best, where = (alpha[:, :, None] + self.transitions).max(1)
            alpha = torch.where(mask[:, t, None], best + emissions[:, t], alpha)
            came.append(where)
        label, paths = (alpha + self.ends).argmax(1), []
        for t in range(emissions.shape[1] - 1, 0, -1):
            paths.append(label)
            before = came[t - 1].gather(1, label[:, None])[:, 0]
            label = torch.where(mask[:, t], before, label)
        found = torch.stack([label, *reversed(paths)], 1).tolist()
        return [row[:length] for row, length in zip(found, mask.sum(1).tolist(), strict=True)]


class PackedTagger(nn.Module):
    """Vectors of words and of their characters, or of pairs of characters; LSTM in both directions, packed; CRF."""

    def __init__(self, words: int, characters: int, pairs: bool, labels: int, how: Tagger):
        super().__init__()
        narrow = how.char_width
        self.embed = nn.Embedding(words, how.word_width, padding_idx=PADDING)
        self.letters = nn.Embedding(characters, narrow // 2, padding_idx=PADDING) if characters else None
        self.convolve = nn.Conv1d(narrow // 2, narrow, 3, padding=1)
        self.pairs = nn.Embedding(BUCKETS + 1, narrow, padding_idx=PADDING) if pairs else None
        for embed in (self.embed, self.pairs):
            if embed is not None:
                nn.init.normal_(embed.weight, 0, 0.1)
                with torch.no_grad():
                    embed.weight[PADDING].zero_()
        self.mix = nn.Linear(how.word_width + narrow * bool(characters) + 2 * narrow * pairs, how.width)
        self.lstm = nn.LSTM(how.width, how.width // 2, how.layers, batch_first=True, bidirectional=True)
        self.dropout, self.word_dropout = nn.Dropout(how.dropout), how.share_left_out
        self.out, self.crf = nn.Linear(how.width, labels), CRF(labels)

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        """Scores of the labels [B,T,K]."""
        ids, lengths = batch["ids"], batch["lengths"]
        if self.training and self.word_dropout:
            ids = ids.masked_fill((torch.rand(ids.shape) < self.word_dropout) & batch["mask"], UNKNOWN)
        parts = [self.embed(ids)]
        if self.letters is not None:
            parts.append(self.spelled(batch["letters"])[batch["which"]])
        if self.pairs is not None:
            after = self.pairs(batch["pairs"])
            parts += [nn.functional.pad(after, (0, 0, 1, 0))[:, :-1], after]
        x = self.mix(self.dropout(torch.cat(parts, 2)))
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        x, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        out: Tensor = self.out(self.dropout(x))
        return out.float()

    def spelled(self, letters: Tensor) -> Tensor:
        """letters [U,C] -> the largest of each channel of a convolution over them [U,narrow]."""
        assert self.letters is not None
        x: Tensor = self.convolve(self.letters(letters).transpose(1, 2)).relu()
        return x.masked_fill((letters == PADDING)[:, None], 0).amax(2)


def loss(net: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """Negative log-likelihood, the mean over the tokens."""
    emissions, crf = net(batch), net.crf
    assert isinstance(crf, CRF)
    with torch.autocast("cpu", enabled=False):
        summed: Tensor = crf(emissions, batch["labels"], batch["mask"]).sum()
    return summed / batch["lengths"].sum()


def collate(examples: list[Example], different: bool) -> dict[str, Tensor]:
    """A batch. ``different``: of tokens that are equal the characters stand there once."""
    lengths = torch.tensor([len(one["ids"]) for one in examples])
    every = [word for one in examples for word in one["words"]]
    numbers: dict[Any, int] = {}
    if different:
        which = torch.tensor([numbers.setdefault(word, len(numbers)) for word in every])
        every = list(numbers)
    else:
        which = torch.arange(len(every))
    pad = partial(pad_sequence, batch_first=True)
    return {
        "ids": pad([one["ids"] for one in examples]),
        "pairs": pad([one["pairs"] for one in examples]),
        "labels": pad([one["labels"] for one in examples]),
        "which": pad(list(which.split(lengths.tolist()))),
        "letters": pad([torch.tensor(word) for word in every]),
        "lengths": lengths,
        "mask": torch.arange(int(lengths.max())) < lengths[:, None],
    }


class Peer:
    """The LSTM with a CRF in PyTorch, plain or tuned."""

    def __init__(self, sentences: list[list[str]], labels: list[list[str]], how: Tagger, tuned: bool):
        torch.manual_seed(how.seed)
        torch.set_num_threads(how.threads or torch.get_num_threads())
        self.tuned, self.scheme = tuned, scheme_of(label for row in labels for label in row)
        self.single = kind_of(iter(sentences[:1000])) == "chars"
        learnt = labels if self.scheme == "none" else [list(converted(row, "bioes")) for row in labels]
        self.ids = _numbers(plain(token) for row in sentences for token in row)
        self.letters = _numbers(letter for row in sentences for token in row for letter in token[:LONGEST_WORD])
        self.labels = sorted({label for row in learnt for label in row})
        numbers = {label: number for number, label in enumerate(self.labels)}
        examples = [
            {**self.encode(tokens), "labels": torch.tensor([numbers[label] for label in row])}
            for tokens, row in zip(sentences, learnt, strict=True)
        ]
        lengths = [len(row) for row in sentences]
        self.settings = how.settled(np.array(lengths))
        self.size = max(1, self.settings.batch_tokens * len(lengths) // sum(lengths))
        self.collate = partial(collate, different=tuned)
        self.batches = loader(examples, lengths, self.size, self.collate, tuned)
        letters = 0 if self.single else len(self.letters) + UNKNOWN + 1
        self.net = PackedTagger(len(self.ids) + UNKNOWN + 1, letters, self.single, len(self.labels), how)
        self.bf16 = tuned and bf16_is_faster(self.net, self.batches, loss, self.settings)

    def encode(self, tokens: list[str]) -> Example:
        """A sentence as numbers; without labels."""
        ids = [self.ids.get(plain(token), UNKNOWN) for token in tokens]
        pairs = np.zeros(len(ids), np.int64)
        if self.single:
            (buckets,) = runs(Ragged.of([ids]), 2, 2, BUCKETS)
            pairs = buckets + 1
        words = [tuple(self.letters.get(letter, UNKNOWN) for letter in token[:LONGEST_WORD]) for token in tokens]
        return {"ids": torch.tensor(ids), "pairs": torch.from_numpy(pairs), "words": words, "labels": torch.tensor(ids)}

    def predict(self, sentences: Sequence[list[str]]) -> list[list[str]]:
        """The labels of each sentence, marked as the data mark them."""
        self.net.train(False)
        rows = [self.encode(tokens) for tokens in sentences]
        found: list[list[str]] = [[]] * len(rows)
        with torch.inference_mode():
            for numbers, some in to_ask(rows, [len(row["ids"]) for row in rows], self.size, self.tuned):
                batch = self.collate(some)
                with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
                    emissions = self.net(batch)
                for number, path in zip(numbers, self.net.crf.decode(emissions, batch["mask"]), strict=True):
                    labels = [self.labels[label] for label in path]
                    found[number] = labels if self.scheme in ("none", "bioes") else converted(labels, self.scheme)
        return found


def _numbers(names: Any) -> dict[str, int]:
    """A number for each, those of padding and of what is not known left free."""
    return {name: number for number, name in enumerate(dict.fromkeys(names), UNKNOWN + 1)}


def in_turns(name: str, how: Tagger, tuned: bool) -> None:
    """Train an epoch a turn, with the held-out sentences answered in it; then answer the test file."""
    (sentences, labels), (held_out, truth) = tasksets.sentences_to_learn(name)
    peer, turn = Peer(sentences, labels, how, tuned), Turns()
    training = epochs(peer.net, peer.batches, loss, peer.settings, tuned, peer.bf16)
    for _ in range(peer.settings.epochs):
        turn.begin()
        next(training)
        found = peer.predict(held_out)
        turn.end()
        turn.tell("epoch", score=f1(found, truth), bf16=peer.bf16)
    turn.predictions(peer.predict, tasksets.sentences(name, "test")[0])


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    in_turns(asked["set"], Tagger(**asked["settings"]), asked["tool"] == "tuned")

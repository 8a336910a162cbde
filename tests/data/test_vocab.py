import numpy as np
import pytest

from vec2seq.data.vocab import UNKNOWN, Vocab
from vec2seq.errors import UserError


def test_build_counts_and_sorts() -> None:
    vocab = Vocab.build([["a", "b", "a"], ["c", "a", "b"]], min_count=2)
    assert vocab.tokens == ["a", "b"]
    assert vocab.counts.tolist() == [3, 2]
    assert Vocab.build([["a", "b", "a"]], max_size=1).tokens == ["a"]


def test_encode_and_decode() -> None:
    vocab = Vocab.build([["a", "b"]])
    assert vocab.encode(["b", "x", "a"]).tolist() == [1, UNKNOWN, 0]
    assert vocab.decode([1, 0]) == ["b", "a"]
    assert "a" in vocab
    assert "x" not in vocab


def test_json_round_trip() -> None:
    vocab = Vocab(["中", "a b", ""], np.array([3, 2, 1]))
    again = Vocab.from_json(vocab.to_json(), "vocab.json")
    assert again.tokens == vocab.tokens
    assert again.counts.tolist() == vocab.counts.tolist()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "'tokens' is not a list"),
        ({"tokens": [1], "counts": [1]}, "'tokens' is not a list of words"),
        ({"tokens": ["a"], "counts": [1, 2]}, "one number per word"),
        ({"tokens": ["a"], "counts": ["1"]}, "not a count"),
        ({"tokens": ["a"], "counts": [-1]}, "not a count"),
        ({"tokens": ["a"], "counts": [2**63]}, "not a count"),
        ({"tokens": ["a", "a"], "counts": [1, 1]}, "stands twice"),
    ],
)
def test_damage_is_named(value: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Vocab.from_json(value, "vocab.json")

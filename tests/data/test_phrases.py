import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made import sentences
from vec2seq.data import phrases
from vec2seq.data.corpus import Corpus
from vec2seq.data.tokenize import Tokenizer

WORDS = Tokenizer("whitespace")


def test_phrases_are_joined_and_used_again(tmp_path: Path) -> None:
    text = ["new york is big", "i love new york", "new york times", "big new ideas", "times square"] * 6
    corpus = Corpus.encode(text, tmp_path / "a", WORDS, min_count=1, phrase_passes=1, phrase_threshold=2.0)
    assert "new_york" in corpus.vocab
    assert corpus.vocab.counts[corpus.vocab.ids["new_york"]] == 18
    encoded, split = sentences(corpus), map(corpus.tokenizer.tokens, text)
    assert Counter(itertools.chain(*encoded)) == Counter(itertools.chain(*split))
    later = Corpus.encode(["new york new york"], tmp_path / "b", corpus.tokenizer, min_count=1, phrase_passes=1)
    assert later.vocab.tokens == ["new_york"]


def test_two_passes_make_longer_phrases(tmp_path: Path) -> None:
    text = ["the new york times said", "new york times", "a new thing", "in york", "times change"] * 5
    corpus = Corpus.encode(text, tmp_path, WORDS, min_count=1, phrase_passes=2, phrase_threshold=1.5)
    assert "new_york_times" in corpus.vocab
    assert sentences(corpus)[1] == corpus.tokenizer.tokens("new york times") == ["new_york_times"]


def test_a_pass_does_not_keep_what_the_one_before_it_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    join, left = phrases.join_phrases, []

    def noted(*args: Any) -> Any:
        result = join(*args)
        left.append([path.name for path in tmp_path.glob("numbers-*")])
        return result

    monkeypatch.setattr(phrases, "join_phrases", noted)
    Corpus.encode(["the new york times said"] * 5, tmp_path, WORDS, min_count=1, phrase_passes=3, threads=2)
    assert left == [["numbers-joined-0.bin"], ["numbers-joined-1.bin"], ["numbers-joined-0.bin"]]


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8), min_size=3, max_size=20), st.floats(0.1, 5))
def test_phrases_equal_their_twin(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str]], threshold: float
) -> None:
    counts = Counter(word for words in lists for word in words)
    pairs = Counter(pair for words in lists for pair in itertools.pairwise(words))
    total = counts.total()
    chosen = {
        pair for pair, count in pairs.items() if (count - 1) / counts[pair[0]] / counts[pair[1]] * total > threshold
    }
    source = [" ".join(words) for words in lists]
    folder = tmp_path_factory.mktemp("corpus")
    corpus = Corpus.encode(source, folder, WORDS, min_count=1, phrase_passes=1, phrase_threshold=threshold)
    assert set(corpus.tokenizer.phrases[0]) == chosen
    assert sentences(corpus) == [corpus.tokenizer.tokens(line) for line in source]

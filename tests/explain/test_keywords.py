"""Words that carry a text: equal words together, and what the score loses without them."""

import json

import numpy as np
import pytest

from explain.probes import CurvedProbe, LinearProbe, made_text
from vec2seq.explain.attribution import occlusion
from vec2seq.explain.keywords import keywords

TOKENS = ["good", "film", ",", "good", "bad", "film", ",", "x", "y", "z", "u", "v"]
TERMS = np.array([2, 0.1, 0, 2, -3, 0.1, 0, 0.2, 0.3, 0, 0, 0.7])


def probe() -> LinearProbe:
    return LinearProbe(TERMS[:, None], np.ones((12, 1)), TOKENS)


def test_equal_words_are_one_and_are_taken_away_together() -> None:
    tfidf = np.array([token == "film" for token in TOKENS]) * 1.5
    methods = {"attention": np.full(12, 1 / 12), "occlusion": occlusion(probe()), "TF-IDF": tfidf}
    found = keywords(probe(), methods, 2, 0)
    lists = {one.name: one for one in found.lists}
    assert list(lists) == ["attention", "occlusion", "TF-IDF", "random"]
    assert [(word.text, word.places) for word in lists["occlusion"].words] == [("good", [0, 3]), ("v", [11])]
    assert [word.weight for word in lists["occlusion"].words] == pytest.approx([4, 0.7])
    assert lists["occlusion"].drop == pytest.approx(4.7)
    assert lists["occlusion"].is_better
    assert (lists["TF-IDF"].words[0].text, lists["TF-IDF"].words[0].weight) == ("film", 3)
    assert not lists["TF-IDF"].is_better
    assert lists["attention"].words[0].weight == pytest.approx(1 / 6)
    assert found.score == pytest.approx(TERMS.sum() + 0.5)
    assert found.random.low <= found.random.mean <= found.random.high


def test_drops_are_those_of_a_score_without_the_words() -> None:
    curved = CurvedProbe(made_text(30), 3)
    for one in keywords(curved, {"occlusion": occlusion(curved)}, 4, 1).lists:
        assert one.name in ("occlusion", "random")
        words = {word.text for word in one.words}
        without = curved.kept(np.array([[token not in words for token in curved.tokens], [True] * 30]))
        assert one.drop == pytest.approx(without[1] - without[0])


def test_a_text_with_few_words_has_short_lists_that_are_no_better_than_each_other() -> None:
    found = keywords(probe(), {"occlusion": TERMS}, 99, 0)
    assert {len(one.words) for one in found.lists} == {9}
    assert [one.drop for one in found.lists] == pytest.approx([TERMS.sum()] * 2)
    assert not any(one.is_better for one in found.lists)


def test_a_seed_repeats_and_json_holds_it_all() -> None:
    found, again, other = (keywords(probe(), {"occlusion": TERMS}, 3, seed).to_json() for seed in (0, 0, 1))
    assert found == again != other
    assert json.loads(json.dumps(found)) == found
    assert set(found["lists"][0]["words"][0]) == {"text", "weight", "places"}


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"TF-IDF \[3\]: need 12"):
        keywords(probe(), {"TF-IDF": np.ones(3)}, 3, 0)

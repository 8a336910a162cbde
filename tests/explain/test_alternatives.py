"""How a text is foreseen, at once: as the model says it piece after piece; and sums that are those of its scores."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.foreseen import made
from vec2seq.errors import UserError
from vec2seq.explain import alternatives
from vec2seq.explain.alternatives import LEVELS, alternatives_of, level_of
from vec2seq.kernels.sampling import log_probabilities
from vec2seq.tasks.generate import Generator

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{told}:UserWarning")
    for told in ("the loss does not fall", "it learns the examples by heart")
]
LINES = [f"the {word} of day {day}\nand 月" for word in ("sun", "moon", "rain") for day in range(40)]
TEXT = "the moon of dày 7\nand 月, an end"


def small(decoder: Any, X: list[str], **more: Any) -> Generator:
    how: dict[str, Any] = {"width": 8, "layers": 1, "heads": 2, "epochs": 1, "threads": 1, "lr": 0.01, "context": 16}
    return Generator(decoder=decoder, **how, **more).fit(X)


@pytest.fixture(scope="module", params=["lstm", "attention"])
def model(request: pytest.FixtureRequest) -> Generator:
    found = small(request.param, LINES, order=3)
    found.share_ = 0.3
    return found


def test_each_place_as_the_model_writes_it(model: Generator) -> None:
    found, writer, row = (
        alternatives_of(model, TEXT, "days", top=4),
        model.foresight.writer(1),
        model.author().row_of(TEXT),
    )
    assert len(found.places) == len(row) - 1 > 2 * model.context - 8
    for place, (before, stands) in zip(found.places, pairwise(row.tolist()), strict=True):
        said = np.exp(log_probabilities(writer.read(np.array([[before]])))[0])
        assert place.piece.probability == pytest.approx(said[stands], rel=1e-3)
        assert place.piece.probability == pytest.approx(0.3 * place.piece.net + 0.7 * place.piece.counts)
        assert place.rank == 1 + (said > said[stands] * (1 + 1e-6)).sum()
        assert place.entropy_bits == pytest.approx(-(said * np.log2(said)).sum(), rel=1e-3)
        best = [other.probability for other in place.alternatives]
        np.testing.assert_allclose(best, np.sort(said)[::-1][:4], rtol=1e-3)
        assert (place.piece in place.alternatives) == (place.rank <= 4)
        for other in place.alternatives:
            assert other.probability == pytest.approx(0.3 * other.net + 0.7 * other.counts)


def test_the_sums_are_the_scores_of_the_model(model: Generator) -> None:
    found = alternatives_of(model, TEXT, "days")
    score = model.scores([TEXT])[0].score
    assert found.nats_per_char()["both"] == pytest.approx(score, rel=1e-4)
    for name, share in (("net", 1.0), ("counts", 0.0)):
        model.share_ = share
        alone = model.scores([TEXT])[0].score
        model.share_ = 0.3
        assert found.nats_per_char()[name] == pytest.approx(alone, rel=1e-4)
        assert alone != pytest.approx(score, rel=1e-3)


def test_an_exported_model_says_the_same(model: Generator, tmp_path: Path) -> None:
    model.export_onnx(tmp_path / "exported")
    exported = Generator.load(tmp_path / "exported")
    found, want = alternatives_of(exported, TEXT, "days"), alternatives_of(model, TEXT, "days")
    for one, other in zip(found.places, want.places, strict=True):
        assert one.piece.text == other.piece.text
        np.testing.assert_allclose(one.piece[1:], other.piece[1:], rtol=1e-3)
    assert found.nats_per_char() == pytest.approx(want.nats_per_char(), rel=1e-4)


def test_what_stands_there_is_seen_and_bytes_are_told(model: Generator) -> None:
    places = alternatives_of(model, TEXT + "\0龘", "days").places
    assert places[-1].piece.text == places[-1].shown == ""
    assert [place.piece.text for place in places[-4:-1]] == ["\\xe9", "\\xbe", "\\x98"]
    assert [place.shown for place in places[-4:]] == ["龘", "₂", "₃", ""]
    assert (places[-5].piece.text, places[-5].shown) == ("\0", "\0")
    assert [place.characters for place in places[-4:]] == [1, 0, 0, 1]
    assert places[TEXT.index("月") + 1].shown == "月"  # à has two bytes


def test_a_stream_has_no_end() -> None:
    places = alternatives_of(small("lstm", ["\n".join(LINES)], order=2), "the sun", "days").places
    assert "".join(place.piece.text for place in places) == "the sun"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9), st.lists(st.integers(0, 40)))
def test_characters_are_seen_where_they_begin(text: str, cuts: list[int]) -> None:
    data = text.encode()
    ends = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in pairwise(ends)]
    shown = alternatives._shown(pieces)
    later = [all(byte & 0xC0 == 0x80 for byte in piece) for piece in pieces]
    assert "".join(one for one, is_later in zip(shown, later, strict=True) if not is_later) == text
    assert all(one in ("₂", "₃", "₄") for one, is_later in zip(shown, later, strict=True) if is_later)


def test_levels_and_what_surprised_most() -> None:
    assert [level_of(p) for p in (1, 0.5, 0.49, 0.1, 0.05, 0.01, 0.001)] == [0, 0, 1, 1, 2, 2, 3]
    assert len(LEVELS) == 3
    found = made("the quick brown fox")
    order = [found.places[at].piece.probability for at in found.surprising(5)]
    assert found.surprising(5)[0] == 3
    assert order == sorted(place.piece.probability for place in found.places)[:5]
    assert found.net_ahead() == sum(place.piece.net > place.piece.counts for place in found.places)


def test_it_can_be_json() -> None:
    found = made("the fox")
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [piece["text"] for piece in told["pieces"]] == list("the fox")
    assert told["surprising"][0] == 3
    first, piece = told["pieces"][0], found.places[0]
    assert {"text": "t", "probability": piece.piece.probability}.items() <= first.items()
    assert first["alternatives"][1] == piece.alternatives[1]._asdict()
    others = {"text", "probability", "net", "counts", "shown", "characters", "rank", "entropy_bits", "alternatives"}
    assert first.keys() == others


def test_what_is_wrong_is_told(model: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="is not trained yet"):
        alternatives_of(Generator(), "a", "days")
    with pytest.raises(UserError, match="the text is empty"):
        alternatives_of(model, "", "days")
    monkeypatch.setattr(alternatives, "LONGEST", 20)
    with pytest.raises(UserError, match=r"the text has \d\d pieces, more than 20; explain a part of it"):
        alternatives_of(model, TEXT, "days")

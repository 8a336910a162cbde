"""What a Generator learns from: texts of files and lists, in numbers, in windows; nothing leaks from one to another."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vec2seq.data.files import ReadSettings
from vec2seq.data.pieces import BORDER, Pieces
from vec2seq.data.ragged import Ragged
from vec2seq.errors import UserError
from vec2seq.tasks.generate_data import (
    FEWEST_WHOLE,
    MOST_PARTS,
    SHORTEST_PART,
    Split,
    Unit,
    kept_out,
    numbered,
    texts_of,
)
from vec2seq.tasks.generate_net import Windows

ROWS = st.lists(st.integers(0, 40), min_size=1, max_size=6).map(
    lambda sizes: Ragged.of([100 * row + np.arange(size) for row, size in enumerate(sizes)])
)


@pytest.mark.parametrize(
    ("name", "content", "unit", "want"),
    [
        ("a.txt", "one\ntwo\n\nthree", "auto", ["one\ntwo\n\nthree\n"]),
        ("a.txt", "one\r\ntwo\n\n\n\n", "stream", ["one\ntwo\n"]),
        ("a.txt", "one\ntwo\n\nthree", "line", ["one", "two", "three"]),
        ("a.txt.gz", "春眠\n不覺曉\n", "auto", ["春眠\n不覺曉\n"]),
        ("a.jsonl", '{"text": "one\\ntwo"}\n{"text": "three"}\n', "auto", ["one\ntwo", "three"]),
        ("a.txt", "\n\n", "auto", []),
    ],
)
def test_texts_of_files(name: str, content: str, unit: Unit, want: list[str], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
    assert list(texts_of(path, ReadSettings(), unit)) == want
    assert list(texts_of([path, path], ReadSettings(), unit)) == want


def test_texts_of_lists() -> None:
    assert list(texts_of(["one", "", "two\n"], ReadSettings(), "auto")) == ["one", "two\n"]
    with pytest.raises(UserError, match="text 2 is of type int, not a text"):
        list(texts_of(["one", 2], ReadSettings(), "auto"))
    with pytest.raises(UserError, match="type int holds no texts"):
        list(texts_of(3, ReadSettings(), "auto"))


def test_what_is_not_utf8_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\nt\xffo\n")
    with pytest.raises(UserError, match=r"a\.txt:2: not UTF-8 at byte 2"):
        list(texts_of(tmp_path / "a.txt", ReadSettings(), "auto"))


def test_texts_stand_between_borders(tmp_path: Path) -> None:
    pieces = Pieces.learn(["abc"], min_count=1)
    for path in (None, tmp_path / "numbers"):
        rows = numbered(["ab", "c"] * 300, pieces, path)
        assert [row.tolist() for row in list(rows)[:2]] == [[0, 257, 258, 0], [0, 259, 0]]
        assert len(rows) == 600
    begins, ends = ([number % 300 == place for number in range(600)] for place in (0, 299))
    parts = numbered(["a"] * 600, pieces, None, begins, ends)
    assert [row.tolist() for row in parts] == [
        [*([0] * begin), 257, *([0] * end)] for begin, end in zip(begins, ends, strict=True)
    ]
    (inside,) = numbered(["ab"], pieces, None, False, False)
    assert inside.tolist() == [257, 258]


@given(
    texts=st.lists(st.text("ab\n", min_size=1), min_size=1, max_size=9),
    share=st.sampled_from([0.01, 0.1, 0.5]),
    times=st.sampled_from([1, 3000]),
)
def test_parts_of_few_texts_are_kept_out(texts: list[str], share: float, times: int) -> None:
    assume(round(share * len(texts)) < FEWEST_WHOLE)
    texts = [text * times for text in texts]
    split, again = kept_out(texts, share, 1), ""
    assert split.begins is not None
    assert split.ends is not None
    outs, parts = iter(split.held_out), zip(split.learnt, split.begins, split.ends, strict=True)
    for text in texts:
        again, sizes, ended = "", [], False
        while not ended:
            learnt, begins, ended = next(parts)
            assert begins == (again == "")
            again += learnt
            if not ended:
                sizes.append(len(out := next(outs)))
                again += out
                assert learnt
        assert learnt
        assert again == text
        assert sum(sizes) == min(round(share * len(text)), max(len(text) - 2, 0))
        assert not sizes or (min(sizes) >= min(SHORTEST_PART - 1, sum(sizes)) and len(sizes) <= MOST_PARTS)
        assert len(sizes) == MOST_PARTS or not sizes or sum(sizes) < SHORTEST_PART * (len(sizes) + 1)
    assert next(outs, None) is None
    assert next(parts, None) is None


def test_texts_of_which_nothing_is_kept_out_are_whole() -> None:
    assert kept_out(["one", "two"], 0.0, 1) == Split(["one", "two"], [])


def test_whole_texts_of_many_are_kept_out() -> None:
    texts = [f"text {number}" for number in range(10 * FEWEST_WHOLE)]
    split = kept_out(texts, 0.1, 1)
    assert len(split.held_out) == FEWEST_WHOLE
    assert kept_out(texts[:-10], 0.1, 1).begins
    assert sorted([*split.learnt, *split.held_out]) == sorted(texts)
    assert split.begins is None
    assert split != kept_out(texts, 0.1, 2)


@given(rows=ROWS, context=st.integers(1, 9))
def test_windows_that_do_not_move_have_each_token_once(rows: Ragged, context: int) -> None:
    windows = Windows.of(rows, context, moves=False)
    assert all(1 <= size <= context for size in windows.lengths)
    assert [int(token) for _, after in windows for token in after] == [int(t) for row in rows for t in row[1:]]


@given(rows=ROWS, context=st.integers(1, 9), moves=st.booleans(), data=st.data())
def test_a_batch_never_goes_over_the_end_of_a_row(rows: Ragged, context: int, moves: bool, data: st.DataObject) -> None:
    windows = Windows.of(rows, context, moves)
    if not len(windows):
        return
    numbers = np.array(data.draw(st.lists(st.integers(0, len(windows) - 1), min_size=1, max_size=5)))
    ids, following, mask = windows.take(numbers)
    assert mask.sum(1).tolist() == windows.lengths[numbers].tolist()
    assert (ids[~mask] == BORDER).all()
    for row, (own, after, real) in enumerate(zip(ids, following, mask, strict=True)):
        assert (after[real] == own[real] + 1).all()  # in one row numbers go up by one
        assert (own[real] // 100 == windows.owners[numbers[row]]).all()
        if not moves:
            assert own[real].tolist() == windows[numbers[row]][0].tolist()
    again = windows.take(numbers)
    assert all(np.array_equal(one, other) for one, other in zip((ids, following, mask), again, strict=True))
    some = windows.some(numbers)
    assert some.lengths.tolist() == windows.lengths[numbers].tolist()


def test_windows_that_move_are_elsewhere_and_reach_all() -> None:
    windows = Windows.of(Ragged.of([np.arange(1000)]), 50, moves=True)
    assert set(windows.lengths.tolist()) == {50}
    begins, seen = set(), np.zeros(1000, int)
    random = np.random.default_rng(1)
    for _ in range(200):
        ids, following, _ = windows.take(random.permutation(len(windows))[:8])
        begins |= set(ids[:, 0].tolist())
        np.add.at(seen, following.numpy().ravel(), 1)
    assert len(begins) > 500
    assert seen[1:].min() > 0

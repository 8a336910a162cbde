"""Labels of a picture: within it, and none over another."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.vectors.labels import Frame, place_labels

FRAME = Frame(0, 30, 864, 608)


@given(st.lists(st.tuples(st.floats(0, 864), st.floats(0, 648), st.integers(0, 12)), min_size=1, max_size=60))
def test_placed_labels_never_overlap(words: list[tuple[float, float, int]]) -> None:
    texts = ["x" * length for _, _, length in words]
    xy = np.array([(x, y) for x, y, _ in words])

    def measure(text: str, size: float) -> list[float]:
        return [0.6 * size * len(text), size, 0.2 * size]

    labels = place_labels(texts, xy, np.full(len(words), 2.0), FRAME, measure)
    boxes = []
    for label in labels:
        assert label.text
        width, height, descent = measure(label.text, label.size)
        boxes.append((label.left, label.baseline - descent, label.left + width, label.baseline - descent + height))
    for i, (left, bottom, right, top) in enumerate(boxes):
        assert not any(left < b[2] and b[0] < right and bottom < b[3] and b[1] < top for b in boxes[:i])
        assert left > FRAME.left
        assert bottom > FRAME.bottom
        assert right < FRAME.right
        assert top < FRAME.top


def test_the_most_frequent_word_gets_its_label_and_the_biggest() -> None:
    xy = np.full((5, 2), 300.0)
    labels = place_labels(list("abcde"), xy, np.full(5, 2.0), FRAME, lambda text, size: [200, 10, 2])
    assert labels[0].text == "a"
    assert len(labels) < 5
    spread = place_labels(
        list("abcdefgh"), np.arange(16).reshape(8, 2) * 40 + 40, np.ones(8), FRAME, lambda *_: [20, 10, 2]
    )
    sizes = [label.size for label in spread]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) > 1

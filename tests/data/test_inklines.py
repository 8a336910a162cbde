"""Lines as columns of ink: paper is 0, whatever its grey; too long ones are refused."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vec2seq.data.inklines import LONGEST, ink_of
from vec2seq.errors import UserError


def line(paper: int, ink: int, size: tuple[int, int] = (120, 30)) -> np.ndarray:
    image = Image.new("L", size, paper)
    ImageDraw.Draw(image).rectangle((20, 8, 26, 22), ink)
    return np.asarray(image)


def test_ink_is_the_same_on_any_paper() -> None:
    found = [ink_of(line(*greys), 30, "here") for greys in ((255, 0), (200, 90), (20, 240), (130, 90))]
    for one in found:
        np.testing.assert_array_equal(one.columns, found[0].columns)
        assert not one.blank
    assert [one.turned for one in found] == [False, False, True, False]
    assert found[0].columns.shape == (120, 30)
    assert found[0].columns.dtype == np.uint8
    assert set(found[0].columns.ravel()) == {0, 255}
    assert (found[0].columns[20:27, 8:23] == 255).all()


def test_heights() -> None:
    found = ink_of(line(255, 0), 48, "here")
    assert found.columns.shape == (192, 48)
    assert found.scale == 120 / 192
    assert ink_of(np.full((300, 1), 9, np.uint8), 32, "here").columns.shape == (1, 32)


@pytest.mark.parametrize("picture", [np.full((30, 99), 200, np.uint8), line(200, 190)], ids=["empty", "faint"])
def test_blank(picture: np.ndarray) -> None:
    assert ink_of(picture, 32, "here").blank


def test_too_long() -> None:
    with pytest.raises(UserError, match="here: 50,000 by 48 pixels: too long for one line"):
        ink_of(np.full((48, 50_000), 255, np.uint8), 48, "here")
    assert len(ink_of(np.full((48, LONGEST), 255, np.uint8), 48, "here").columns) == LONGEST

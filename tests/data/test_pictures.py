"""Pictures in grey: every mode of Pillow's, and files that are no pictures, damaged, or too large."""

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vec2seq.data.pictures import MOST_PIXELS, grey_of
from vec2seq.errors import UserError

SHADES = np.linspace(0, 255, 48).astype(np.uint8).reshape(6, 8)


def stored(image: Image.Image, kind: str) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind)
    file.seek(0)
    return file


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "HSV", "P", "I", "I;16"])
def test_modes(mode: str) -> None:
    grey = Image.fromarray(SHADES)
    image = Image.fromarray(SHADES.astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    if mode == "I":
        image = Image.fromarray(SHADES.astype(np.int32) * 257)
    found = grey_of(image, "here")
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found.astype(int), SHADES.astype(int), atol=3 if mode in ("CMYK", "YCbCr", "HSV") else 1)


def test_black_and_white() -> None:
    np.testing.assert_array_equal(grey_of(Image.fromarray(SHADES > 100), "here"), np.where(SHADES > 100, 255, 0))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_is_white(mode: str) -> None:
    image = Image.new(mode, (4, 3), (0,) * (len(mode) - 1) + (0,))
    assert (grey_of(image, "here") == 255).all()


def test_a_transparent_colour_of_a_palette_is_white() -> None:
    image = Image.new("P", (4, 3), 1)
    image.putpalette([255, 0, 0, 0, 0, 0])
    assert (grey_of(stored(image, "PNG"), "here") == 0).all()
    file = io.BytesIO()
    image.save(file, "PNG", transparency=1)
    file.seek(0)
    assert (grey_of(file, "here") == 255).all()


def test_a_picture_that_says_so_is_turned() -> None:
    image, file = Image.fromarray(SHADES), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    image.save(file, "PNG", exif=exif)
    file.seek(0)
    np.testing.assert_array_equal(grey_of(file, "here"), np.rot90(SHADES, -1))


def test_arrays() -> None:
    assert grey_of(SHADES, "here") is SHADES
    np.testing.assert_array_equal(grey_of(np.dstack([SHADES] * 3), "here"), SHADES)
    for wrong in (SHADES.astype(float), np.dstack([SHADES] * 2), SHADES[0], SHADES[:0]):
        with pytest.raises(UserError, match="here: an array of"):
            grey_of(wrong, "here")


def test_fractions_and_several_pages_are_refused() -> None:
    with pytest.raises(UserError, match="here: grey levels that are fractions"):
        grey_of(Image.fromarray(SHADES.astype(np.float32)), "here")
    page, file = Image.fromarray(SHADES), io.BytesIO()
    page.save(file, "TIFF", save_all=True, append_images=[page, page])
    file.seek(0)
    with pytest.raises(UserError, match="here: 3 pictures in one file"):
        grey_of(file, "here")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    side = int(MOST_PIXELS**0.5) + 1
    for factor in (1, 5):  # Pillow itself refuses the second
        bomb = stored(Image.new("1", (side * factor, side)), "PNG")
        with pytest.raises(UserError, match="here: more than 64 million pixels"):
            grey_of(bomb, "here")


def test_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match="here: not a picture, or damaged"):
        grey_of(tmp_path / "a.png", "here")
    (tmp_path / "a.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(UserError, match="here: not a picture"):  # what is read by other programs is not opened
        grey_of(tmp_path / "a.eps", "here")
    with pytest.raises(FileNotFoundError):
        grey_of(tmp_path / "none.png", "here")


@given(kind=st.sampled_from(["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "PPM"]), data=st.data())
def test_what_is_damaged_is_a_picture_or_a_user_error(kind: str, data: st.DataObject) -> None:
    whole = bytearray(stored(Image.fromarray(np.tile(SHADES, (8, 8))), kind).getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(whole)))
    with suppress(UserError):  # anything else fails
        assert grey_of(io.BytesIO(bytes(whole[:end])), "here").ndim == 2

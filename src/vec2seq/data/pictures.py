"""Pictures from files, as arrays of grey levels: so that a file that is damaged, huge or odd does no harm.

Read by Pillow (extra ``ocr``), of whose formats only those are opened that hold pixels and nothing else.
"""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError, missing_extra

Grey = NDArray[np.uint8]
"""[H, W]: 0 is black, 255 white"""

PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".pgm", ".ppm", ".pbm", ".pnm"}
"""Endings of files of pictures."""
MOST_PIXELS = 64_000_000
"""A page of A4 at 600 dots an inch has 35 million."""
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "PPM")
_SIXTEEN = ("I;16", "I;16B", "I;16L", "I;16N")


def grey_of(picture: Any, where: str) -> Grey:
    """A picture in grey: a path; an array [H, W] or [H, W, 3] of bytes; or an image of Pillow's.

    What is transparent is white; a picture that says how it is to be turned is turned. UserError, which names ``where``
    it is, if it cannot be read, has several pages, or more than MOST_PIXELS.
    """
    try:
        import PIL.Image
    except ImportError:
        raise missing_extra("ocr") from None
    if isinstance(picture, np.ndarray):
        return _of_array(picture, where)
    if isinstance(picture, PIL.Image.Image):
        return _of_image(picture, where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)  # the limit is ours
            with PIL.Image.open(picture, formats=_FORMATS) as image:
                return _of_image(image, where)
    except (UserError, MemoryError):
        raise
    except PIL.UnidentifiedImageError:
        raise UserError(f"{where}: not a picture, or damaged", "save it as PNG, JPEG or TIFF") from None
    except PIL.Image.DecompressionBombError:
        raise _too_large(where) from None
    except OSError as error:
        if error.filename is not None:  # the system's: it names the file
            raise
        raise _damaged(where, error) from None
    except Exception as error:  # decoders raise what they like of damaged files
        raise _damaged(where, error) from None


def _damaged(where: str, error: Exception) -> UserError:
    return UserError(f"{where}: the picture is damaged ({' '.join(str(error).split())[:100]})", "save it again")


def _too_large(where: str) -> UserError:
    return UserError(
        f"{where}: more than {MOST_PIXELS // 1_000_000} million pixels", "make it smaller, or cut out what is wanted"
    )


def _of_array(picture: NDArray[Any], where: str) -> Grey:
    import PIL.Image

    fits = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
    if picture.dtype != np.uint8 or not fits or not picture.size:
        raise UserError(
            f"{where}: an array of {picture.dtype} {list(picture.shape)}, but a picture is uint8 [height, width] or "
            "[height, width, 3]"
        )
    if picture.shape[0] * picture.shape[1] > MOST_PIXELS:
        raise _too_large(where)
    return picture if picture.ndim == 2 else np.asarray(PIL.Image.fromarray(picture).convert("L"))


def _of_image(image: Any, where: str) -> Grey:
    import PIL.ImageOps

    if image.width * image.height > MOST_PIXELS:
        raise _too_large(where)
    pages = getattr(image, "n_frames", 1)
    if pages > 1:
        raise UserError(f"{where}: {pages:,} pictures in one file", "save each by itself")
    image = PIL.ImageOps.exif_transpose(image)
    if image.mode in _SIXTEEN or image.mode == "I":  # grey of 16 bits; Pillow would cut it off at 255
        return (np.asarray(image, np.int64).clip(0, 65535) >> 8).astype(np.uint8)
    if image.mode == "F":
        raise UserError(f"{where}: grey levels that are fractions", "save it with 8 or 16 bits")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        whole = image.convert("RGBA")
        white = PIL.Image.new("RGBA", whole.size, "white")
        image = PIL.Image.alpha_composite(white, whole)
    return np.asarray(image.convert("L"))

"""Lines of clean ink made to look as if they had been printed, lain for years, and been scanned.

Of each line the numbers are drawn anew, so that some stay clean. Positions are in pixels, ``height`` is that of the
picture. Knows nothing about fonts and texts.
"""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Random = np.random.Generator

MOST_TURNED = math.radians(1)
MOST_RISE = 0.25
"""Of a long line: how much higher one end may stand than the other, as a share of the height."""
MOST_SHEARED = 0.12
GREYS = 8
"""Grey levels that become one: nobody sees it, and files are a third as large."""


def worn(ink: Bytes, height: int, random: Random) -> Bytes:
    """Ink [h, w], 255 where it is, with its margins -> a picture [height, W], 255 is white."""
    image = _bled(Image.fromarray(ink), random)
    image = _turned(image, random)
    width = max(round(image.width * height / image.height * random.uniform(0.85, 1.15)), 1)
    if random.random() < 0.25:  # as if it had been scanned with few dots an inch
        few = random.uniform(0.55, 0.9)
        image = image.resize((max(round(width * few), 1), max(round(height * few), 1)), Image.Resampling.BOX)
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    image = _specked(image, random)
    if random.random() < 0.7:
        image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.2, 0.9) * height / 48))
    grey = _on_paper(np.asarray(image, np.float32) / np.float32(255), random)
    picture: Bytes = ((grey.clip(0, 255) + GREYS / 2) // GREYS * GREYS).clip(0, 255).astype(np.uint8)
    return _as_jpeg(picture, random) if random.random() < 0.15 else picture


def _bled(image: Image.Image, random: Random) -> Image.Image:
    """Ink that ran into the paper, or too little of it."""
    kind = random.random()
    if kind < 0.3:
        return Image.blend(image, image.filter(ImageFilter.MaxFilter(3)), random.uniform(0.2, 1))
    if kind < 0.5:
        return Image.blend(image, image.filter(ImageFilter.MinFilter(3)), random.uniform(0.1, 0.5))
    return image


def _turned(image: Image.Image, random: Random) -> Image.Image:
    """Slanted letters, a line that rises or falls."""
    turned = min(MOST_TURNED, math.atan(MOST_RISE * image.height / image.width)) * random.uniform(-1, 1)
    sheared = random.uniform(-MOST_SHEARED, MOST_SHEARED) if random.random() < 0.5 else 0.0
    side = math.ceil(abs(sheared) * image.height / 2)
    above = math.ceil(abs(math.sin(turned)) * image.width / 2)
    wide, high = image.width + 2 * side, image.height + 2 * above
    rise, slant = math.tan(turned), sheared
    # the place of the old picture that each one of the new picture comes from, around the middles of both
    back = (1.0, slant, image.width / 2 - wide / 2 - slant * high / 2)
    down = (rise, 1.0, image.height / 2 - high / 2 - rise * wide / 2)
    return image.transform((wide, high), Image.Transform.AFFINE, (*back, *down), Image.Resampling.BICUBIC)


def _specked(image: Image.Image, random: Random) -> Image.Image:
    """Small spots of ink, and some where it is missing."""
    if random.random() < 0.6:
        return image
    draw = ImageDraw.Draw(image)
    for _ in range(int(random.poisson(image.width / image.height * 0.5))):
        x, y = random.uniform(0, image.width), random.uniform(0, image.height)
        wide, high = random.uniform(0.2, 0.016 * image.height + 0.4, 2)
        ink = 0 if random.random() < 0.3 else int(random.integers(90, 256))
        draw.ellipse((x - wide, y - high, x + wide, y + high), fill=ink)
    return image


def _on_paper(ink: Floats, random: Random) -> Floats:
    """Shares of ink [H, W] -> grey levels: paper and ink of some grey, light that is uneven, and noise."""
    height, width = ink.shape
    paper = 255 - 110 * random.beta(1, 2)
    black = paper * random.uniform(0, 0.5)
    if random.random() < 0.4:  # faded, here more and there less
        much = np.float32(random.uniform(0.1, 0.5))
        ink = ink * (1 - much * (0.5 + 0.5 * _cloud(height, width, height / 2, random)).clip(0, 1))
    across = np.linspace(0, 1, width)[:: 1 if random.random() < 0.5 else -1]
    light = np.tile(1 - random.uniform(0, 0.2) * across, (height, 1))
    if random.random() < 0.5:  # stains, folds
        light *= 1 - random.uniform(0.01, 0.07) * _cloud(height, width, height, random)
    found: Floats = ((paper + (black - paper) * ink) * light).astype(np.float32)
    if random.random() < 0.7:
        found += random.standard_normal((height, width), np.float32) * np.float32(random.uniform(1, 12))
    return found


def _cloud(height: int, width: int, scale: float, random: Random) -> Floats:
    """Soft spots of about this size, most of them between -1 and 1 [H, W]."""
    few = (max(round(height / scale), 1) + 1, max(round(width / scale), 1) + 1)
    spots = Image.fromarray(random.standard_normal(few, np.float32) * np.float32(0.5))
    return np.asarray(spots.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def _as_jpeg(picture: Bytes, random: Random) -> Bytes:
    """What is left of a picture that was saved with few bytes."""
    kept = io.BytesIO()
    Image.fromarray(picture).save(kept, "JPEG", quality=int(random.integers(20, 76)))
    return np.asarray(Image.open(kept).convert("L"))

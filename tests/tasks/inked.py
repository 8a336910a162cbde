"""Made pictures of lines: a few characters in Pillow's own font, on paper of several greys."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

CHARACTERS = "0123456789"


def drawn(text: str, size: int = 24, paper: int = 235, ink: int = 20) -> NDArray[np.uint8]:
    """A text as a picture [H,W]."""
    font = ImageFont.load_default(size)
    width = round(font.getlength(text)) + size
    image = Image.new("L", (width, round(size * 1.5)), paper)
    ImageDraw.Draw(image).text((size // 2, size // 6), text, ink, font)
    return np.asarray(image)


def numbers(count: int, seed: int = 0) -> tuple[list[NDArray[np.uint8]], list[str]]:
    """Pictures of numbers, and these."""
    random = np.random.default_rng(seed)
    texts = ["".join(random.choice(list(CHARACTERS), random.integers(2, 6))) for _ in range(count)]
    papers = random.integers(180, 256, count).tolist()
    return [drawn(text, paper=paper) for text, paper in zip(texts, papers, strict=True)], texts

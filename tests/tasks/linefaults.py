"""Faults planted in lines that are to be learnt, and how many of them are named: a half for thresholds, one to measure.

python tests/tasks/linefaults.py [--out FILE]        measures the second half, and prints it
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from vec2seq.data.files import ReadSettings
from vec2seq.data.pairs import Columns
from vec2seq.run.context import Run
from vec2seq.tasks.read_data import How, divided
from vec2seq.tasks.read_doctor import examined

LETTERS = "etaoinshrdlucmfwypvbgkqjxz"
HOW = How(48, "NFC", ReadSettings(), Columns())
SEEDS = 40
"""Of each fault: those with even numbers were for thresholds, the others measure."""


@dataclass
class Data:
    """Pictures with texts, and some to judge by or none."""

    pictures: list[NDArray[np.uint8]]
    texts: list[str]
    valid: tuple[list[NDArray[np.uint8]], list[str]] | None = None


def sentence(random: np.random.Generator, words: int, letters: str = LETTERS) -> str:
    """Words of made language: some letters are frequent."""
    shares = 1 / np.arange(1, len(letters) + 1)
    made = ("".join(random.choice(list(letters), random.integers(1, 9), p=shares / shares.sum())) for _ in range(words))
    return " ".join(made)


def drawn(text: str, random: np.random.Generator) -> NDArray[np.uint8]:
    """A text as a scan has it: of some size, on some paper, with some margin, slightly turned, with noise."""
    size = int(random.integers(18, 40))
    font = ImageFont.load_default(size)
    above, below = random.uniform(0.1, 0.5, 2) * size
    left = round(random.uniform(0.1, 1) * size)
    paper, ink = int(random.integers(170, 256)), int(random.integers(0, 90))
    image = Image.new("L", (round(font.getlength(text)) + 2 * left, round(above + 1.2 * size + below)), paper)
    ImageDraw.Draw(image).text((left, above), text, ink, font)
    image = image.rotate(random.uniform(-0.4, 0.4), Image.Resampling.BILINEAR, fillcolor=paper)
    image = image.filter(ImageFilter.GaussianBlur(random.uniform(0, 1)))
    noise = random.normal(0, random.uniform(0, 12), (image.height, image.width))
    return (np.asarray(image) + noise).clip(0, 255).astype(np.uint8)


def healthy(seed: int, letters: str = LETTERS) -> Data:
    """Lines without a fault: of very different lengths, or all about as long."""
    random = np.random.default_rng(seed)
    even = random.random() < 0.4
    texts = [sentence(random, 5 if even else int(random.integers(1, 9)), letters) for _ in range(120)]
    return Data([drawn(text, random) for text in texts], texts)


Plant = Callable[[Data, np.random.Generator], Data]


def _some(data: Data, random: np.random.Generator, share: float) -> list[int]:
    return random.choice(len(data.texts), max(round(share * len(data.texts)), 1), replace=False).tolist()


def turned(data: Data, random: np.random.Generator) -> Data:
    for row in _some(data, random, random.uniform(0.02, 0.5)):
        data.pictures[row] = 255 - data.pictures[row]
    return data


def small(data: Data, random: np.random.Generator) -> Data:
    for row in _some(data, random, random.uniform(0.05, 1)):
        picture, high = data.pictures[row], int(random.integers(6, 13))
        width = max(round(picture.shape[1] * high / picture.shape[0]), 1)
        data.pictures[row] = np.asarray(Image.fromarray(picture).resize((width, high)))
    return data


def margin(data: Data, random: np.random.Generator) -> Data:
    for row in _some(data, random, random.uniform(0.3, 1)):
        picture = data.pictures[row]
        paper, around = int(np.median(picture)), round(picture.shape[0] * random.uniform(1.2, 3))
        data.pictures[row] = np.pad(picture, ((around, around), (0, 0)), constant_values=paper)
    return data


def several(data: Data, random: np.random.Generator) -> Data:
    for row in _some(data, random, random.uniform(0.3, 1)):
        one, other = data.pictures[row], data.pictures[int(random.integers(len(data.pictures)))]
        paper, wide = int(np.median(one)), max(one.shape[1], other.shape[1])
        padded = [np.pad(part, ((0, 0), (0, wide - part.shape[1])), constant_values=paper) for part in (one, other)]
        data.pictures[row] = np.vstack(padded)
    return data


def shuffled(data: Data, random: np.random.Generator) -> Data:
    texts = [sentence(random, int(random.integers(1, 9))) for _ in data.texts]
    order = random.permutation(len(texts)).tolist()
    return Data([drawn(texts[row], random) for row in order], texts)


def alphabet(data: Data, random: np.random.Generator) -> Data:
    other = healthy(int(random.integers(1 << 30)), LETTERS[:20] + "0123456789")
    return Data(data.pictures, data.texts, (other.pictures[:40], other.texts[:40]))


def duplicates(data: Data, random: np.random.Generator) -> Data:
    rows = _some(data, random, random.uniform(0.1, 0.3))
    return Data(data.pictures, data.texts, ([data.pictures[row] for row in rows], [data.texts[row] for row in rows]))


def contradictions(data: Data, random: np.random.Generator) -> Data:
    for row in _some(data, random, random.uniform(0.02, 0.2)):
        data.pictures.append(data.pictures[row])
        data.texts.append(sentence(random, 4))
    return data


FAULTS: dict[str, Plant] = {
    plant.__name__: plant for plant in (turned, small, margin, several, shuffled, alphabet, duplicates, contradictions)
}


def found(data: Data, tmp: Path) -> list[str]:
    """The faults that are named."""
    lines, learnt, out, _ = divided(data.pictures, data.texts, data.valid, HOW, tmp, 0.1, 1, Run())
    return [finding.fault for finding in examined(lines, learnt, out, 1)]


def planted(fault: str, seed: int) -> Data:
    return FAULTS[fault](healthy(seed), np.random.default_rng([seed, 7]))


def measured(part: int, tmp: Path, seeds: int = SEEDS) -> dict[str, object]:
    """Of one half, 0 or 1: how many of each fault are named, and how often one is named that is not there."""
    rows = range(part, seeds, 2)
    named = {fault: sum(fault in found(planted(fault, seed), tmp) for seed in rows) for fault in FAULTS}
    alarms = [found(healthy(1000 + seed), tmp) for seed in range(part, 4 * seeds, 2)]
    return {
        "each": len(rows),
        "named": named,
        "share_named": sum(named.values()) / (len(FAULTS) * len(rows)),
        "healthy": len(alarms),
        "false_alarms": sum(map(bool, alarms)) / len(alarms),
    }


if __name__ == "__main__":
    import tempfile

    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    parser.add_argument("--part", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = measured(args.part, Path(name))
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.exit(result["share_named"] < 0.9 or result["false_alarms"] > 0.05)  # type: ignore[operator]

"""A reader of lines in Python, from pictures with their texts to its judgement and to what stands on new pictures.

    python examples/read.py [DATA]        without DATA: made pictures of numbers; else a folder or a table: docs/read.md

Writes lines/ (without DATA) and model/ into the current folder.
"""

import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from vec2seq import LineReader, Run, load
from vec2seq.run.progress import Printed


def lines(folder: Path, count: int) -> None:
    """Pictures of numbers, and beside each what stands on it: 000.png, 000.gt.txt."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        text = str(random.randrange(10, 100_000))
        font = ImageFont.load_default(random.randrange(22, 28))
        picture = Image.new("L", (round(font.getlength(text)) + 20, 36), random.randrange(200, 256))
        ImageDraw.Draw(picture).text((10, 2), text, random.randrange(60), font)
        picture.save(folder / f"{number:03}.png")
        (folder / f"{number:03}.gt.txt").write_text(text + "\n")


def main() -> None:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "lines")
    if len(sys.argv) == 1:
        lines(data, 300)
    LineReader(size="tiny", height=32, epochs=30).fit(data, run=Run(progress=Printed(sys.stderr))).save("model")

    model = load("model")
    print("\n".join(model.told_facts()))
    for answer in model.answers(sorted(data.glob("*.png"))[:5]):
        print(f"{answer['input']}: {answer['output']}, {answer['score']:.2f}")


if __name__ == "__main__":
    main()

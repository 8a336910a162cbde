"""A model that writes in Python, from lines of text to its judgement and to new lines.

    python examples/generate.py [FILE]        without FILE: made lines; with it, a file with a text in each line

Writes poems.txt (without FILE) and poet/ into the current folder.
"""

import random
import sys
from pathlib import Path

from vec2seq import Generator, Run, load
from vec2seq.run.progress import Printed
from vec2seq.tasks.writing import Writing

THINGS = {
    **{"river": "deep", "moon": "white", "wind": "cold", "road": "long", "mountain": "high", "night": "still"},
    **{"lamp": "dim", "boat": "small", "grass": "green", "snow": "thick", "mist": "grey", "bell": "far"},
}


def poems(rows: int) -> str:
    """Lines of three things and what they are like, which comes late: counting pieces does not see so far."""
    lines = []
    for _ in range(rows):
        one, two, three = random.sample(list(THINGS), 3)
        how = random.choice(["so ", "as ever ", "now ", "still ", ""])
        lines.append(f"the {one} is {how}{THINGS[one]}, the {two} {THINGS[two]}, the {three} {THINGS[three]}")
    return "\n".join(lines) + "\n"


def main() -> None:
    file = Path(sys.argv[1] if len(sys.argv) > 1 else "poems.txt")
    if len(sys.argv) == 1:
        file.write_text(poems(1000))
    Generator(unit="line").fit(file, run=Run(progress=Printed(sys.stderr))).save("poet")

    model = load("poet")
    print("\n".join(model.told_facts()))
    for answer in model.answers(["the river is", ""], Writing(samples=2)):
        for candidate in answer["candidates"]:
            print(f"{candidate['score']:.2f}  {candidate['text']}")


if __name__ == "__main__":
    main()

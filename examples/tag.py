"""A tagger in Python, from sentences with labels to its judgement and to the names in a new text.

    python examples/tag.py [FILE]        without FILE: made sentences; with it, for example, the sample names-zh

Writes names.conll (without FILE) and model/ into the current folder.
"""

import random
import sys
from pathlib import Path

from vec2seq import Run, Tagger, load
from vec2seq.run.progress import Printed

FIRST = ["Anna", "Ben", "Carla", "Dan", "Eva", "Frank", "Grace", "Hugo"]
SYLLABLES = ["ber", "lin", "ro", "ma", "os", "lo", "ka", "ten", "vi", "sa"]
FRAMES = ["PER went to LOC yesterday .", "PER of ORG lives in LOC .", "ORG opens an office in LOC .", "PER met PER ."]


def name(kind: str) -> str:
    """A made name; its words tell little, its neighbours more."""
    made = "".join(random.sample(SYLLABLES, 2)).capitalize()
    return {"PER": f"{random.choice(FIRST)} {made}", "LOC": made, "ORG": f"{made} Bank"}[kind]


def sentences(count: int) -> str:
    """A word and its label a line, an empty line after each sentence."""
    lines = []
    for _ in range(count):
        for word in random.choice(FRAMES).split():
            named = word in ("PER", "LOC", "ORG")
            for place, part in enumerate((name(word) if named else word).split()):
                lines.append(f"{part}\t{f'I-{word}' if place else f'B-{word}'}" if named else f"{part}\tO")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    file = Path(sys.argv[1] if len(sys.argv) > 1 else "names.conll")
    if len(sys.argv) == 1:
        file.write_text(sentences(400))
    Tagger(width=64, epochs=10).fit(file, run=Run(progress=Printed(sys.stderr))).save("model")

    model = load("model")
    print("\n".join(model.told_facts()))
    for answer in model.answers(["Eva Lovi of Tenka Bank lives in Rosa."]):
        for span in answer["output"]:
            print(f"{span['start']:>3} to {span['end']:>3}  {span['label']}  {span['text']}")


if __name__ == "__main__":
    main()

"""A classifier of texts in Python, from labelled texts to its judgement and to answers about new ones.

    python examples/classify.py [FILE]        without FILE: made reviews; with it, for example, the sample reviews-zh

Writes reviews.tsv (without FILE) and model/ into the current folder.
"""

import random
import sys
from pathlib import Path

from vec2seq import Classifier, Run, load
from vec2seq.run.progress import Printed

GOOD, BAD = ["fine", "lovely", "clean", "quick", "friendly"], ["dull", "dirty", "slow", "rude", "noisy"]
THINGS = ["room", "film", "book", "soup", "staff", "bed", "story", "view"]


def reviews(rows: int) -> str:
    """Lines of a label, a TAB and a review; "not" turns what is said, and some labels are wrong."""
    lines = []
    for _ in range(rows):
        good, turned = random.random() < 0.5, random.random() < 0.3
        said = " and ".join(random.choice(GOOD if good != turned else BAD) for _ in range(random.randint(1, 2)))
        text = f"the {random.choice(THINGS)} was {'not ' if turned else ''}{said}"
        label = "positive" if good != (random.random() < 0.02) else "negative"
        lines.append(f"{label}\t{text}, said {random.choice(['he', 'she', 'they'])}")
    return "\n".join(lines) + "\n"


def main() -> None:
    file = Path(sys.argv[1] if len(sys.argv) > 1 else "reviews.tsv")
    if len(sys.argv) == 1:
        file.write_text(reviews(600))
    Classifier(epochs=8).fit(file, run=Run(progress=Printed(sys.stderr))).save("model")

    model = load("model")
    print("\n".join(model.told_facts()))
    for answer in model.answers(["the room was fine", "the room was not fine"]):
        print(f"{answer['input']}: {answer['output']}, {answer['score']:.2f}")


if __name__ == "__main__":
    main()

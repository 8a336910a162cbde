"""A translator in Python, from pairs to its judgement and to answers about new sources.

    python examples/translate.py [FILE]        without FILE: made dates; with it, for example, the sample pinyin-zh

Writes pairs.tsv (without FILE) and model/ into the current folder.
"""

import datetime
import random
import sys
from pathlib import Path

from vec2seq import Run, Translator, load
from vec2seq.run.progress import Printed

FORMS = ["{day} {month} {year}", "{month} {day}, {year}", "{day}.{number}.{year}", "{day:02d}/{number:02d}/{year}"]


def dates(rows: int) -> str:
    """Lines of a date as people write it, a TAB, and the date as ISO 8601 has it."""
    lines = []
    for _ in range(rows):
        date = datetime.date(1700, 1, 1) + datetime.timedelta(days=random.randrange(365 * 400))
        parts = {"day": date.day, "month": date.strftime("%B"), "number": date.month, "year": date.year}
        lines.append(f"{random.choice(FORMS).format(**parts)}\t{date.isoformat()}")
    return "\n".join(lines) + "\n"


def main() -> None:
    file = Path(sys.argv[1] if len(sys.argv) > 1 else "pairs.tsv")
    if len(sys.argv) == 1:
        file.write_text(dates(2000))
    Translator().fit(file, run=Run(progress=Printed(sys.stderr))).save("model")

    model = load("model")
    print("\n".join(model.told_facts()))
    for answer in model.answers(["3 May 2011", "14.7.1789"]):
        print(f"{answer['input']}: {answer['output']}, {answer['score']:.2f}")


if __name__ == "__main__":
    main()

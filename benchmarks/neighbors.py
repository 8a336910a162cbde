"""The ten nearest words of 1,000 words among 400,000 of width 300: ms a query, against gensim and plain NumPy."""

import argparse

import numpy as np
from gensim.models import KeyedVectors

from common import machine, save, timed, versions
from vec2seq import Vectors


def main() -> None:
    """Run all, check that they agree, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    random = np.random.default_rng(1)
    matrix = random.standard_normal((args.words, 300), np.float32)
    tokens = [f"w{i}" for i in range(args.words)]
    vectors = Vectors(tokens, matrix)
    peer = KeyedVectors(300)
    peer.add_vectors(tokens, matrix)
    asked = [tokens[i] for i in random.choice(args.words, 1000, replace=False)]
    few = asked[:50]
    units = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)

    def numpy_loop() -> list[list[int]]:
        found = []
        for word in few:
            similarities = units @ units[vectors.ids[word]]
            best = np.argpartition(-similarities, 11)[:11]
            found.append(best[np.argsort(-similarities[best])][1:].tolist())
        return found

    def gensim_loop() -> list[list[str]]:
        return [[name for name, _ in peer.most_similar(word)] for word in few]

    ours = [[neighbor.word for neighbor in near] for near in vectors.neighbors(few, 10)]
    if not ours == gensim_loop() == [[tokens[row] for row in rows] for rows in numpy_loop()]:
        raise SystemExit("the tools do not agree on the neighbours")
    rows = {
        "vec2seq, batch": (timed(lambda: vectors.neighbors(asked, 10), args.repeats), len(asked)),
        "vec2seq, one by one": (timed(lambda: [vectors.neighbors(word, 10) for word in few], args.repeats), len(few)),
        "NumPy, one by one": (timed(numpy_loop, args.repeats), len(few)),
        "gensim, one by one": (timed(gensim_loop, args.repeats), len(few)),
    }
    runs = {name: {**figures, "queries": queries} for name, (figures, queries) in rows.items()}
    for name, figures in runs.items():
        print(f"{name}: {1000 * figures['median_seconds'] / figures['queries']:.1f} ms a query", flush=True)
    save("neighbors", {"machine": machine(), "versions": versions(), "words": args.words, "width": 300, "runs": runs})


if __name__ == "__main__":
    main()

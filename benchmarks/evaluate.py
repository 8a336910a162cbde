"""98,000 analogy questions (40 relations of 50 pairs, like BATS) to 400,000 words of width 300, against gensim.

The vectors are made: pairs of a relation differ by about the same vector. vec2seq runs as ``vec2seq evaluate`` would,
in a process of its own, from a word2vec file that gensim wrote: three rules and all intervals, peak memory counted.
gensim answers the first questions only, by 3CosAdd and by 3CosMul; both must find the same share right.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models import KeyedVectors

from common import machine, peak_bytes, save, versions

RELATIONS, PAIRS = 40, 50
RULES = {"3cosadd": "most_similar", "3cosmul": "most_similar_cosmul"}


def made(words: int, width: int) -> tuple[KeyedVectors, list[str]]:
    """Vectors, and the questions, a relation after the other."""
    random = np.random.default_rng(1)
    matrix = random.standard_normal((words, width), np.float32)
    lines = []
    for relation in range(RELATIONS):
        first = 2 * PAIRS * relation
        a, b = slice(first, first + PAIRS), slice(first + PAIRS, first + 2 * PAIRS)
        matrix[b] = matrix[a] + 1.2 * random.standard_normal(width) + 0.9 * random.standard_normal((PAIRS, width))
        lines += [f": relation {relation}"]
        lines += [
            f"w{first + i} w{first + PAIRS + i} w{first + j} w{first + PAIRS + j}"
            for i, j in permutations(range(PAIRS), 2)
        ]
    peer = KeyedVectors(width)
    peer.add_vectors([f"w{i}" for i in range(words)], matrix)
    return peer, lines


def ours(vectors: str, questions: str) -> None:
    """One evaluation; what it took is printed."""
    from vec2seq import open_vectors
    from vec2seq.evaluation.evaluate import evaluate

    opened = open_vectors(vectors)
    began = time.perf_counter()
    scores = evaluate(opened, questions)
    taken = time.perf_counter() - began
    whole = {score.metric: score.score for score in scores if score.section is None}
    print(json.dumps({"seconds": taken, "peak_bytes": peak_bytes(), "scores": whole, "n": scores[0].n}))


def run_ours(vectors: Path, questions: Path) -> dict[str, Any]:
    """What a new process makes of them."""
    command = [sys.executable, __file__, "--of", str(vectors), str(questions)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def main() -> None:
    """Run both, check that they agree, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--width", type=int, default=300)
    parser.add_argument("--peer-questions", type=int, default=200)
    parser.add_argument("--of", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.of:
        ours(*args.of)
        return
    peer, lines = made(args.words, args.width)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer.save_word2vec_format(str(folder / "vectors.bin"), binary=True)
        (folder / "all.txt").write_text("\n".join(lines))
        (folder / "some.txt").write_text("\n".join(lines[: args.peer_questions + 1]))
        runs: dict[str, Any] = {"vec2seq, three rules": run_ours(folder / "vectors.bin", folder / "all.txt")}
        same = run_ours(folder / "vectors.bin", folder / "some.txt")
        for rule, function in RULES.items():
            began = time.perf_counter()
            score, _ = peer.evaluate_word_analogies(
                str(folder / "some.txt"), args.words, case_insensitive=False, similarity_function=function
            )
            runs[f"gensim, {rule}"] = {"seconds": time.perf_counter() - began, "n": args.peer_questions}
            if abs(score - same["scores"][rule]) > 1e-9:
                raise SystemExit(f"{rule}: {same['scores'][rule]} here, {score} in gensim")
    for name, run in runs.items():
        print(f"{name}: {1000 * run['seconds'] / run['n']:.2f} ms a question", flush=True)
    sizes = {"words": args.words, "width": args.width, "matrix_bytes": 4 * args.words * args.width}
    save("evaluate", {"machine": machine(), "versions": versions(), **sizes, "runs": runs})


if __name__ == "__main__":
    main()

"""All published measurements, one after the other; run it when nothing else runs on the machine."""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent

if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    for command in (
        "word2vec",
        "encode",
        "neighbors",
        "evaluate",
        "trust",
        "formats",
        "plan",
        "glove",
        "mlp",
        "engine",
        "runtime",
        "classify",
        "tag",
        "generate",
        "translate",
        "read",
        "writers",
        "attention",
        "speed",
        "choices",
        "choices --timings",
        "report",
    ):
        print(f"-- {command}", flush=True)
        sys.argv = command.split()
        runpy.run_path(str(HERE / f"{sys.argv[0]}.py"), run_name="__main__")

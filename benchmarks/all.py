"""All published measurements, one after the other; run it when nothing else runs on the machine."""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent

if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    for name in ("word2vec", "encode", "neighbors", "formats", "plan", "report"):
        print(f"-- {name}", flush=True)
        sys.argv = [name]
        runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")

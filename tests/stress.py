"""The stress run: the tests that kill, mutate and invent, with high counts.

    python tests/stress.py [--kills 60] [--mutations 10000] [--profile stress] [--out FILE]

Writes benchmarks/results/stress.json. Its counts are those that the tests noted when they had done the thing (``log``),
not those that were asked for.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = (
    *("tests/run", "tests/test_modelfile.py", "tests/test_bad_input.py", "tests/kernels", "tests/data"),
    *("tests/vectors/test_formats.py", "tests/test_estimator.py", "tests/engine"),
)
LOG = "VEC2SEQ_STRESS_LOG"


def log(**entry: Any) -> None:
    """Called by tests: note what was really done, if anybody asked for it."""
    if LOG in os.environ:
        with Path(os.environ[LOG]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def main() -> int:
    """Run the tests, gather what they noted, write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60, help="per way of training")
    parser.add_argument("--mutations", type=int, default=10_000, help="of each kind of file")
    parser.add_argument("--profile", default="stress", help="of Hypothesis")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "stress.json")
    args = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes.jsonl"
        notes.touch()
        environment = {
            **os.environ,
            LOG: str(notes),
            "VEC2SEQ_KILLS": str(args.kills),
            "VEC2SEQ_MUTATIONS": str(args.mutations),
            "HYPOTHESIS_PROFILE": args.profile,
        }
        tests = [name for name in TESTS if (ROOT / name).exists()]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "stress", *tests]
        code = subprocess.run(command, cwd=ROOT, env={**environment, "PYTHONPATH": _python_path()}).returncode
        entries = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        **_summary(entries),
        "seconds": round(time.monotonic() - began),
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return code


_PACKAGES = ("vec2seq", "numpy", "numba", "llvmlite", "torch", "hypothesis", "pytest")


def _python_path() -> str:
    """With the folder of this file, so that pytest finds it as a plug-in."""
    return os.pathsep.join(filter(None, [str(ROOT / "tests"), os.environ.get("PYTHONPATH")]))


def _machine() -> dict[str, Any]:
    processor = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {"system": platform.platform(), "processor": processor, "processors": os.cpu_count()}


def _summary(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The notes added up."""
    sums: dict[str, Any] = {}
    tests: Counter[str] = Counter()
    for entry in entries:
        kind, where = entry["kind"], entry.get("test", "")
        if kind == "test":
            tests[entry["outcome"]] += 1
            continue
        kinds = sums.setdefault(kind, {})
        counts = kinds.setdefault(where, Counter()) if where else kinds
        for name, value in entry.items():
            if isinstance(value, int):
                counts[name] = counts.get(name, 0) + value
            elif isinstance(value, dict):
                counts[name] = dict(Counter(counts.get(name, {})) + Counter(value))
    return {"done": sums, "tests": dict(tests)}


# hooks of pytest: this file is also its plug-in during a stress run


def pytest_runtest_logreport(report: Any) -> None:
    """Note how every test ended."""
    if report.when == "call" or report.outcome != "passed":
        log(kind="test", outcome=report.outcome)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: Any, call: Any) -> None:
    """Note how many examples Hypothesis really tried, as it counts them itself."""
    if call.when == "call" and hasattr(item, "hypothesis_statistics"):
        found = re.findall(r"(\d+) (?:passing|failing)", item.hypothesis_statistics)
        log(kind="hypothesis", count=sum(map(int, found)))


if __name__ == "__main__":
    sys.exit(main())

"""Results that are written run by run: what is there is not measured again.

Several commands may write to one file at the same time, each with other sets.
"""

import fcntl
import json
import sys
from collections.abc import Callable
from functools import reduce
from typing import Any

from common import RESULTS, machine, versions
from word2vec import run


def once(file: str, where: tuple[str, ...], measure: Callable[[], Any], threads: int | None) -> None:
    """Measure what stands in benchmarks/results/FILE.json below the keys ``where``, unless it is there.

    ``threads``: of all that stands in the file; None: each run says it.
    """
    path = RESULTS / f"{file}.json"
    with path.open("a+", encoding="utf-8") as there:
        fcntl.flock(there, fcntl.LOCK_SH)
        there.seek(0)
        if where[-1] in _below(json.loads(there.read() or "{}"), where[:-1]):
            return
    value = measure()
    print(*where, value, flush=True)
    with path.open("a+", encoding="utf-8") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        out.seek(0)
        found = json.loads(out.read() or "{}")
        _below(found, where[:-1])[where[-1]] = value
        found |= {"machine": machine(), "versions": versions(), **({} if threads is None else {"threads": threads})}
        out.truncate(0)
        out.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def one_run(script: str, *what: str) -> dict[str, Any]:
    """What a benchmark prints that is asked for one run, in a process of its own."""
    return run([sys.executable, script, "--one", *what])


def _below(found: dict[str, Any], where: tuple[str, ...]) -> dict[str, Any]:
    """The table below these keys, made if it is not there."""
    return reduce(lambda table, key: table.setdefault(key, {}), where, found)

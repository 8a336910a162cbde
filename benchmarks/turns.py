"""Tools that train side by side: each in a process of its own, an epoch a turn, so that all meet the same minutes.

While a tool has its turn the others wait. What a tool does between its turns (reading, scoring) is waited for, and
not in its time.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from common import peak_bytes

PREDICTIONS = 5
"""how often all examples are asked, and some one by one"""
SINGLE = 200
"""examples that are asked one by one"""


class Turns:
    """The side of a tool: ``begin`` waits for the turn, ``end`` stops the clock, ``tell`` reports."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    def begin(self) -> None:
        """Wait until the others have had theirs."""
        print(json.dumps({"ready": True}), flush=True)
        if not sys.stdin.readline():
            raise SystemExit("whoever gave the turns has ended")
        self._began = time.perf_counter(), time.process_time()

    def end(self) -> None:
        """Note what the turn took."""
        wall, cpu = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        self.figures = {"seconds": wall, "cpu_seconds": cpu}

    def tell(self, what: str, **more: object) -> None:
        """Report the last turn: what was done in it, what it took, what else is known of it."""
        print(json.dumps({"what": what, **self.figures, "peak_bytes": peak_bytes(), **more}), flush=True)

    def predictions(self, predict: Callable[[Sequence[Any]], object], examples: Sequence[Any]) -> None:
        """Turns in which all examples are asked, and turns in which some are, one by one."""
        some = examples[:SINGLE]
        predict(some)  # warm
        for _ in range(PREDICTIONS):
            self.begin()
            predict(examples)
            self.end()
            self.tell("all", asked=len(examples))
            self.begin()
            for example in some:
                predict([example])
            self.end()
            self.tell("one by one", asked=len(some))


def in_turns(commands: dict[str, list[str]], threads: int) -> list[dict[str, Any]]:
    """Give the tools turns until all have ended; what they reported, each with the name of its "tool"."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    there = {
        name: subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for name, command in commands.items()
    }
    waiting, found = dict(there), []

    def listen(name: str) -> None:
        told, ended = _until_ready(name, there[name])
        found.extend({"tool": name, **one} for one in told)
        if ended:
            del waiting[name]

    try:
        for name in there:
            listen(name)
        while waiting:
            for name in list(waiting):
                to_it = there[name].stdin
                assert to_it
                to_it.write("go\n")
                to_it.flush()
                listen(name)
    finally:
        for process in there.values():
            process.kill()
            process.wait()
    return found


def _until_ready(name: str, process: "subprocess.Popen[str]") -> tuple[list[dict[str, Any]], bool]:
    """What a tool reports before it waits for its next turn, or ends; whether it has. SystemExit if it fails."""
    assert process.stdout
    told: list[dict[str, Any]] = []
    for line in process.stdout:
        if line.startswith("{"):
            one: dict[str, Any] = json.loads(line)
            if "ready" in one:
                return told, False
            told.append(one)
    if process.wait():
        raise SystemExit(f"{name} has failed")
    return told, True

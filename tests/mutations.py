"""Damage for files: bytes and JSON entries changed anyhow. VEC2SEQ_MUTATIONS: how often (default 300)."""

import json
import os
import random
from typing import Any

MUTATIONS = int(os.environ.get("VEC2SEQ_MUTATIONS", "300"))

STRANGE: tuple[Any, ...] = (
    *(None, True, 0, -1, 1, 0.5, -0.0, 1e308, float("nan"), float("inf"), 2**31, 2**63, -(2**63), 10**30, 10**400),
    *("", "x", "\0", "\ud800", "../../x", "9" * 400, [], [[]], {}, {"": 0}, [None], ["x"], [0, 0], [2**62, 2**62]),
)
DEEP = "[" * 100_000


def mutated_bytes(generator: random.Random, data: bytes) -> bytes:
    """Bits flipped, bytes cut out, inserted, doubled, cut off; several times now and then."""
    changed = bytearray(data)
    for _ in range(generator.choice([1, 1, 1, 3, 20])):
        at = generator.randrange(max(len(changed), 1))
        kind = generator.randrange(5)
        if kind == 0 and changed:
            changed[at] ^= 1 << generator.randrange(8)
        elif kind == 1:
            del changed[at : at + generator.randrange(1, 40)]
        elif kind == 2:
            changed[at:at] = generator.randbytes(generator.randrange(1, 40))
        elif kind == 3:
            changed[at:at] = changed[at : at + generator.randrange(1, 40)]
        elif generator.random() < 0.2:
            del changed[at:]
    return bytes(changed)


def mutated_json(generator: random.Random, data: bytes) -> bytes:
    """One entry at any depth replaced, removed, doubled or swapped with another; or all of it nested far too deep."""
    value = json.loads(data)

    def place() -> tuple[Any, Any]:
        """A container and a key in it; what there is little of as often as what there is much of."""
        container, inner = None, value
        while container is None or (isinstance(inner, dict | list) and inner and generator.random() < 0.7):
            container = inner
            key = generator.choice(list(container) if isinstance(container, dict) else range(len(container)))
            inner = container[key]
        return container, key

    container, key = place()
    kind = generator.randrange(10)
    if kind == 0:
        del container[key]
    elif kind == 1:
        other, there = place()
        container[key], other[there] = json.loads(json.dumps((other[there], container[key])))
    elif kind == 2 and isinstance(container, dict):
        container[generator.choice(["", "x", str(key) + "_"])] = container.pop(key)
    elif kind == 3 and isinstance(container, list):
        container.append(container[key])
    elif kind == 4:
        container[key] = DEEP
        return json.dumps(value).replace(f'"{DEEP}"', DEEP).encode()
    elif kind == 5:
        return json.dumps(generator.choice(STRANGE)).encode()
    else:
        container[key] = generator.choice(STRANGE)
    return json.dumps(value).encode()

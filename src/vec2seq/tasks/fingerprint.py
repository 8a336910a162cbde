"""What tells labelled examples from others: did a model learn from these, does a run go on with the same?"""

import hashlib
from collections.abc import Iterable


class Fingerprint:
    """Of examples that come one after the other."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, *parts: object) -> None:
        """The next one: texts, and lists or tuples of texts."""
        self._hash.update(repr(parts).encode("utf-8", "surrogatepass"))

    def told(self) -> str:
        """As hexadecimal digits."""
        return self._hash.hexdigest()


def fingerprints(parts: Iterable[Fingerprint]) -> dict[str, str | None]:
    """Of examples to learn from, and of those that were given to judge by, if any: as ``data_`` has them."""
    learnt, *valid = [part.told() for part in parts]
    return {"fingerprint": learnt, "fingerprint_valid": valid[0] if valid else None}

"""Texts as a made model foresees them, to be shown."""

from collections.abc import Sequence

import numpy as np

from vec2seq.explain.alternatives import Alternatives, Candidate, Place


def made(pieces: Sequence[str], seed: int = 0, top: int = 5, model: str = "poems") -> Alternatives:
    """Of these pieces; every third one is among its own alternatives, the fourth is the least probable of all."""
    random = np.random.default_rng(seed)
    places = []
    for at, text in enumerate(pieces):
        net, counts = 0.9 * random.dirichlet(np.full(top + 1, 0.4), 2) + 1e-5
        both = 0.6 * net + 0.4 * counts
        order = np.argsort(-both).tolist()
        stands = int(random.integers(top)) if at % 3 == 0 else top
        names = ["e", "月", " the", "\n", "", *(f"x{number}" for number in range(top - 5)), "?"]
        others = [
            Candidate(text if rank == stands else names[rank], *map(float, (both[n], net[n], counts[n])))
            for rank, n in enumerate(order)
        ]
        piece = others[stands]._replace(text=text)
        if at == 3:
            piece = piece._replace(probability=1e-7, net=2e-7, counts=1e-8)
        kept = [piece if other.text == text else other for other in others[:top]]
        places.append(Place(piece, text, max(len(text), 1), 1 + stands, float(random.uniform(0, 6)), kept))
    return Alternatives(model=model, share=0.6, places=places)

"""One training by Classifier or Tagger in turns with other tools (``turns.py``), as a process of its own.

    python benchmarks/train_turns.py '{"set": "cls_en_sst2", "settings": {"encoder": "lstm", "seed": 1}}'

The time has the held-out loss in it, which the loop measures after every epoch, but not the score, which only the
benchmark wants.
"""

import json
import sys
from typing import Any

import torch

import tasksets
from measures import accuracy, f1
from turns import Turns
from vec2seq import Classifier, Tagger
from vec2seq.engine import loop


def in_turns(model: Classifier | Tagger, name: str) -> None:
    """Train, an epoch a turn; then answer the test file."""
    turn, train = Turns(), loop.train
    learnt, held_out = (
        tasksets.texts_to_learn(name) if isinstance(model, Classifier) else tasksets.sentences_to_learn(name)
    )
    how = accuracy if isinstance(model, Classifier) else f1

    def score(net: torch.nn.Module) -> float:
        turn.end()
        model.take_net(net)
        model.judgement_ = {}
        if isinstance(model, Classifier):
            model.temperature_ = 1.0
        found = how(model.predict(held_out[0]), held_out[1])
        turn.tell("epoch", score=found)
        turn.begin()
        return found

    def scored(*args: Any) -> loop.History:
        turn.begin()
        return train(*args, score=score)

    loop.train = scored  # type: ignore[assignment]
    model.fit(*learnt, valid=held_out)
    read = tasksets.texts if isinstance(model, Classifier) else tasksets.sentences
    turn.predictions(model.predict, read(name, "test")[0])


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    kind = Classifier if asked["set"].startswith("cls") else Tagger
    in_turns(kind(**asked["settings"]), asked["set"])

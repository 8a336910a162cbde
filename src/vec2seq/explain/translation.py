"""Where a Translator looked while it wrote: the alignment of a target and its source."""

import numpy as np
import torch

from vec2seq.data.pieces import BORDER
from vec2seq.errors import UserError
from vec2seq.explain.alignment import Alignment
from vec2seq.tasks.translate import Translator


def alignment_of(model: Translator, source: str, name: str, target: str | None = None) -> Alignment:
    """How the pieces of a target look at those of its source; ``name``: the model's.

    ``source``: several columns stand between TABs. ``target``: None: what the model finds. The heads are those of all
    layers, first those of the first one. UserError for a source without pieces, and for a model that was exported.
    """
    if not hasattr(model, "net_"):
        raise UserError(
            f"{name}: exported for ONNX Runtime, which tells no attention", "explain the model it is made of"
        )
    (ids,), own = model.source_numbers([source]), model.sides[1]
    if not len(ids):
        raise UserError("the source is empty: there is nothing to align")
    wanted = next(iter(model.answers([source])))["output"] if target is None else target.strip()
    (numbers,) = own.numbers([(wanted,)])
    net = model.net_
    mask = torch.ones(1, len(ids), dtype=torch.bool)
    written = torch.from_numpy(np.concatenate([[BORDER], numbers]).astype(np.int64))[None]
    with torch.inference_mode():
        memory = net.encoded(torch.from_numpy(ids.astype(np.int64))[None], mask)
        x = net.language.entered(written)
        weights = net.language.writes.alignment(x, torch.ones_like(written, dtype=torch.bool), memory, mask)
    heads = weights[:, 0].flatten(0, 1).double().numpy()
    read, said = model.sides[0].shown(ids.tolist()), [*own.shown(numbers.tolist()), ""]
    return Alignment(read, said, heads / heads.sum(2, keepdims=True), name)

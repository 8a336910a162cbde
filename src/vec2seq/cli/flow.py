"""See how gradients flowed while a net was trained."""

import argparse
from pathlib import Path
from typing import Any

from vec2seq.cli.options import tell_or_draw
from vec2seq.errors import UserError
from vec2seq.explain.flow import Flow, flow_of_history
from vec2seq.explain.flow_page import write_flow_page
from vec2seq.explain.flow_text import flow_to_text


def flow_of_model(model: Any, where: str) -> Flow | None:
    """What the history of a perceptron tells of gradients, if it does."""
    return flow_of_history(model.history_, len(model.layers_) - 1, where)


def explain_training(model: Any, args: argparse.Namespace) -> None:
    """The norms of each layer's gradient over the training."""
    if args.a is not None:
        raise UserError(f"{args.a}: one argument too many; --view flow is of the whole training, not of a row")
    if args.worksheet is not None:
        raise UserError("--worksheet is for --view backprop")
    flow = flow_of_model(model, args.model)
    if flow is None:
        raise UserError(
            f"{args.model}: its history has no norms of gradients, as models have that an older vec2seq trained; train "
            "it again to see them"
        )
    tell_or_draw(
        args,
        flow.to_json,
        lambda: flow_to_text(flow),
        lambda out: write_flow_page(flow, out, args.language, Path(args.model).resolve().name),
        "gradients over the training",
    )

"""A trained net as an ONNX file, which then runs without PyTorch (extras ``nn`` and ``onnx``).

An exporter follows the net's steps for one example. What the steps made of the example's sizes or numbers can stay in
the file as if it were part of the net, and nothing says so. Hence no file counts before ONNX Runtime gave with it what
the net gives, for examples of several sizes.

What can be exported so that all sizes work, as the tests show with PyTorch 2.13: linear layers, embeddings, 1-D and 2-D
convolutions, pooling, layer norm, batch norm as learnt, ``scaled_dot_product_attention`` with a mask, ``gather`` by
places that are computed from a mask, and ``nn.LSTM``, ``nn.GRU``, ``nn.RNN`` (as ``recurrent`` has them). What cannot:
packed sequences (reverse within the length instead), Python's ``if`` on numbers, and on sizes if both ways occur.
"""

import copy
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

from vec2seq.disk import naming_full_disk, replacing
from vec2seq.engine.eager import Eager, tensor, using_threads
from vec2seq.engine.recurrent import use_operators
from vec2seq.engine.runtime import Arrays, Onnx, check_agrees, described
from vec2seq.errors import UserError, missing_extra

OPSET = 20
"""Version of ONNX's operators: what is newer, fewer programs can read."""

Axes = Mapping[str, Mapping[int, str]]
"""input -> its axes that vary in size, with their names: {"ids": {0: "B", 1: "T"}, "mask": {0: "B", 1: "T"}}"""


def export(net: nn.Module, examples: Sequence[Arrays], outputs: Sequence[str], axes: Axes, path: str | Path) -> None:
    """Write a net to one file that ``runtime.Onnx`` reads; the net stays as it is.

    ``examples``: inputs of ``forward`` by their names. The first is what the exporter follows; with all of them the
    file is checked, against float32 by one thread. They have to show what varies: two sizes or more of each of the
    ``axes``, both values in every mask; else ValueError, also if an output is called as an input is. The same net gives
    the same bytes.

    UserError if the net cannot be exported, or if the file would not give what the net gives: then nothing is written,
    and an older file stays.
    """
    if not all(find_spec(package) for package in ("onnx", "onnxscript", "onnxruntime")):
        raise missing_extra("onnx")
    _check_covers(examples, axes)
    if not set(outputs).isdisjoint(examples[0]):
        raise ValueError(f"outputs {', '.join(outputs)}: no output can be called as an input is")
    plain = copy.deepcopy(net).cpu().float().train(False)
    eager = Eager(plain, outputs, threads=1)
    wanted = [eager(example) for example in examples]  # before the net becomes one for the exporter
    data = _converted(plain, examples[0], outputs, axes, Path(path))
    check(Onnx(path, threads=1, data=data), examples, wanted)
    with naming_full_disk(Path(path)), replacing(Path(path)) as file:
        file.write(data)


def check(net: Onnx, examples: Sequence[Arrays], wanted: Sequence[Arrays]) -> None:
    """UserError unless the exported net gives what is wanted for each of the examples."""
    for example, outputs in zip(examples, wanted, strict=True):
        try:
            check_agrees(outputs, net(example), f"{net.path}: for {described(example)}")
        except UserError as error:
            raise UserError(error.what, "the exported net does not do what the net does; use it without ONNX") from None


def _check_covers(examples: Sequence[Arrays], axes: Axes) -> None:
    """ValueError if what may vary does not vary among the examples."""
    sizes: dict[str, set[int]] = {}
    for example in examples:
        for name, of_input in axes.items():
            for axis, called in of_input.items():
                sizes.setdefault(called, set()).add(example[name].shape[axis])
    same = [called for called, found in sizes.items() if len(found) < 2]
    if same:
        raise ValueError(f"axis {same[0]} has the same size in all examples: whether it may vary would not be checked")
    for name, mask in examples[0].items():
        values = {bool(value) for example in examples for value in (example[name].all(), example[name].any())}
        if mask.dtype == bool and len(values) < 2:
            raise ValueError(f"{name} is all {values.pop()} in all examples: what it masks would not be checked")


def _converted(net: nn.Module, example: Arrays, outputs: Sequence[str], axes: Axes, path: Path) -> bytes:
    """The bytes of an ONNX file, without where in whose source code an operator stands. The net is of no use then."""
    from onnx_ir.passes.common import ClearMetadataAndDocStringPass  # optional: comes with onnxscript

    try:
        use_operators(net)
        with _quiet(), using_threads(1):
            program = torch.onnx.export(
                net,
                kwargs={name: tensor(array) for name, array in example.items()},
                output_names=list(outputs),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
                external_data=False,
                dynamic_shapes={name: dict(axes.get(name, {})) for name in example},
            )
            assert program is not None
            ClearMetadataAndDocStringPass()(program.model)
            data: bytes = program.model_proto.SerializeToString(deterministic=True)
    except Exception as error:  # torch and onnxscript raise what they like
        reason = " ".join(str(error.__cause__ or error).split())[:200]
        raise UserError(
            f"{path}: this net cannot be exported to ONNX ({type(error.__cause__ or error).__name__}: {reason})",
            "use it without ONNX",
        ) from error
    return data


@contextmanager
def _quiet() -> Iterator[None]:
    """What PyTorch logs, warns of and prints meanwhile is for those who work on exporters, and no user's."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)

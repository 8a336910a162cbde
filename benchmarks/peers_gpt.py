"""What ``writers.py`` asks of nanoGPT and Hugging Face, in their own environment.

python benchmarks/peers_gpt.py make|loss|nanogpt|hugging-face '{"nanogpt": FOLDER, "model": FOLDER, ...}'
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

TOKENS = 65
LONGEST = 512


def make(model: str, layers: int, heads: int, width: int, **_: Any) -> dict[str, Any]:
    """GPT-2 of this size, untrained: how fast it writes does not hang on what it has learnt."""
    from transformers import GPT2Config, GPT2LMHeadModel

    size = {"n_layer": layers, "n_head": heads, "n_embd": width, "n_positions": LONGEST, "vocab_size": TOKENS}
    GPT2LMHeadModel(GPT2Config(**size, bos_token_id=None, eos_token_id=None)).save_pretrained(model)
    return {}


def trained_nanogpt(folder: str) -> Any:
    """The model that its recipe has trained."""
    import torch

    sys.path.insert(0, folder)
    from model import GPT, GPTConfig

    kept = torch.load(Path(folder) / "out-shakespeare-char" / "ckpt.pt", map_location="cpu")
    net = GPT(GPTConfig(**kept["model_args"]))
    net.load_state_dict({name.removeprefix("_orig_mod."): value for name, value in kept["model"].items()})
    return net.eval()


def loss(nanogpt: str, text: str, context: int, **_: Any) -> dict[str, Any]:
    """Nats per character: windows that begin half a window apart, the latter half of each counts, of the first all."""
    import torch

    characters = Path(text).read_text()
    seen = "".join(
        Path(nanogpt, "data", "shakespeare_char", "input.txt").read_text()
    )  # its pieces are the characters of this text, in order
    numbers = {character: number for number, character in enumerate(sorted(set(seen)))}
    ids, net = torch.tensor([numbers[character] for character in characters]), trained_nanogpt(nanogpt)
    total = torch.zeros((), dtype=torch.float64)
    with torch.inference_mode():
        for first in range(0, len(ids) - 1, context // 2):
            window = ids[first : first + context + 1]
            new = 0 if first == 0 else context // 2
            if len(window) - 1 <= new:
                break
            scores, _ = net(window[None, :-1], window[None, 1:])
            total -= scores[0, new:].log_softmax(1).gather(1, window[1 + new :, None]).sum()
    return {"loss": float(total) / (len(ids) - 1)}


def nanogpt(nanogpt: str, **asked: Any) -> dict[str, Any]:
    """Its model writes."""
    import torch

    net = trained_nanogpt(nanogpt)

    def write(rows: int, length: int) -> Any:
        with torch.inference_mode():
            return net.generate(torch.zeros((rows, 1), dtype=torch.int64), length, temperature=0.8)

    return timed(write, **asked)


def hugging_face(model: str, **asked: Any) -> dict[str, Any]:
    """GPT-2 writes."""
    import torch
    from transformers import GPT2LMHeadModel

    net = GPT2LMHeadModel.from_pretrained(model).eval()
    how = {"do_sample": True, "temperature": 0.8, "top_k": 0, "pad_token_id": 0, "use_cache": True}

    def write(rows: int, length: int) -> Any:
        begin = torch.zeros((rows, 1), dtype=torch.int64)
        with torch.inference_mode():
            return net.generate(begin, attention_mask=torch.ones_like(begin), max_new_tokens=length, **how)

    return timed(write, **asked)


def timed(
    write: Callable[[int, int], Any], rows: int, length: int, repeats: int, threads: int, **_: Any
) -> dict[str, Any]:
    """Characters a second; the first time warms, and is all if nothing is repeated."""
    import torch

    torch.set_num_threads(threads)
    seconds = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        found = write(rows, length)
        seconds.append(time.perf_counter() - began)
        assert found.shape == (rows, length + 1)
    return {"characters_per_second": rows * length / median(seconds[1:] or seconds)}


if __name__ == "__main__":
    parts = {"make": make, "loss": loss, "nanogpt": nanogpt, "hugging-face": hugging_face}
    print(json.dumps(parts[sys.argv[1]](**json.loads(sys.argv[2]))))

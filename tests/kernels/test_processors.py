"""The kernels on other processors than this one: compiled for fewer instructions, in processes of their own.

All of them share one cache folder, as machines share a home: none may run what was compiled for another.
"""

import json
import os
import platform
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from made import small_texts

AVX2 = "+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+f16c,+bmi,+bmi2,+lzcnt,+movbe"
AVX512 = f"{AVX2},+avx512f,+avx512cd,+avx512bw,+avx512dq,+avx512vl"
PROCESSORS: dict[str, tuple[dict[str, str], int | None]] = {
    "x86-64": ({"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+sse2"}, 4),
    "AVX2": ({"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": AVX2}, 8),
    "AVX-512": ({"NUMBA_CPU_NAME": "skylake-avx512", "NUMBA_CPU_FEATURES": AVX512}, 16),
    "this one": ({}, None),
}
"""What Numba is told, and how many floats a vector then has."""


def processors_here() -> list[str]:
    """Those of PROCESSORS whose instructions this machine can run."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return ["this one"]
    from llvmlite.binding import get_host_cpu_features

    features = get_host_cpu_features()
    needed = {"x86-64": "sse2", "AVX2": "avx2", "AVX-512": "avx512vl"}
    return [name for name in PROCESSORS if name == "this one" or features.get(needed[name])]


def check(out: str) -> None:
    """Run in the other process: kernels against twins and torch, a count of words, trainings; writes the vectors."""
    from kernels.test_activations import test_values_and_slopes
    from kernels.test_mlp import test_gradients_are_those_of_autograd, test_steps_are_those_of_torch
    from kernels.test_steps import KERNELS, test_kernel_equals_twin
    from kernels.test_write import test_a_row_is_the_same_in_any_company, test_a_wrong_weight_is_found
    from vec2seq.kernels.activations import ACTIVATIONS
    from vec2seq.kernels.mlp_steps import ADAM
    from vec2seq.kernels.simd.llvm import LANES
    from vec2seq.vectors.word2vec import Word2Vec

    for name in KERNELS:
        for width, widest, negatives in ((1, 1, 1), (37, 12, 6), (100, 5, 5), (16, 5, 0)):
            test_kernel_equals_twin(name, width, widest, negatives)
    for name in ACTIVATIONS:
        test_values_and_slopes(name)
        test_gradients_are_those_of_autograd(name, "softmax")
    for parts in (1, 3):
        test_steps_are_those_of_torch(ADAM, 0.3, parts)
    for name in ("attention", "lstm"):
        test_a_wrong_weight_is_found(name)
        test_a_row_is_the_same_in_any_company(name)
    texts = [f"{text} 汉字 naïve" for text in small_texts(200)]
    settings: dict[str, Any] = {"min_count": 1, "width": 20, "epochs": 2, "threads": 1, "tokenizer": "whitespace"}
    models = {
        "skip-gram": Word2Vec(**settings).fit(texts),
        "CBOW, hierarchical": Word2Vec(algorithm="cbow", loss="hierarchical", **settings).fit(texts),
    }
    words = models["skip-gram"].vocab_
    assert dict(zip(words.tokens, words.counts.tolist(), strict=True)) == Counter(" ".join(texts).split())
    np.savez(out, **{name: model.input_ for name, model in models.items()})
    sys.stdout.write(json.dumps({"lanes": LANES}))


def run(processor: str, cache: Path, out: Path) -> int:
    """``check`` as on a processor; the floats in one of its vectors."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    tests = str(Path(__file__).parent.parent)
    path = os.pathsep.join(filter(None, [tests, os.environ.get("PYTHONPATH")]))
    cached = {"XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": str(cache), "PYTHONPATH": path}
    code = f"from kernels.test_processors import check; check({str(out)!r})"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**variables, **cached, **PROCESSORS[processor][0]},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    lanes: int = json.loads(result.stdout.splitlines()[-1])["lanes"]
    return lanes


def compiled(cache: Path) -> dict[str, int]:
    """The machine code in the cache, with the time when it was written."""
    return {path.name: path.stat().st_mtime_ns for path in cache.rglob("*.nbc")}


def test_every_processor_computes_the_same(tmp_path: Path) -> None:
    names, cache = processors_here(), tmp_path / "cache"
    vectors, files, before = {}, {}, 0
    for name in names:
        out = tmp_path / f"{name}.npz"
        lanes = run(name, cache, out)
        assert lanes == PROCESSORS[name][1] or PROCESSORS[name][1] is None
        with np.load(out) as saved:
            vectors[name] = dict(saved)
        files = compiled(cache)
        assert len(files) > before, f"nothing was compiled for {name}: it ran what was there"
        before = len(files)
    for name in names[1:]:
        for kind, matrix in vectors[names[0]].items():
            np.testing.assert_allclose(vectors[name][kind], matrix, atol=1e-5, err_msg=f"{kind}: {name}, {names[0]}")
    run(names[0], cache, tmp_path / "again.npz")
    assert compiled(cache) == files, "the first one's machine code was overwritten, or not found again"
    with np.load(tmp_path / "again.npz") as saved:
        for kind, matrix in vectors[names[0]].items():
            np.testing.assert_array_equal(saved[kind], matrix)

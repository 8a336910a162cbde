"""Opening word vectors, wherever they come from: a model folder, or a file that another tool wrote."""

from pathlib import Path

import numpy as np

from vec2seq import modelfile
from vec2seq.data.tokenize import Tokenizer
from vec2seq.data.vocab import Vocab
from vec2seq.errors import UserError, counted
from vec2seq.vectors.formats import read_vectors
from vec2seq.vectors.store import Vectors
from vec2seq.vectors.trust import Trust


def open_vectors(path: str | Path) -> Vectors:
    """The vectors of a model folder (memory-mapped), or of a word2vec, GloVe or fastText file."""
    path = Path(path)
    if not path.exists():
        raise UserError(f"{path}: no such model folder or vectors file{modelfile.interrupted_save(path)}")
    if not path.is_dir():
        return read_vectors(path)
    model = modelfile.read(path)
    matrix = model.tensors.get("input")
    if model.vocab is None or matrix is None or matrix.ndim != 2:
        raise UserError(f"{path}: a model for {model.task!r}, which holds no word vectors")
    vocab = Vocab.from_json(model.vocab, str(path / modelfile.VOCAB))
    if len(vocab) != len(matrix) or matrix.dtype != np.float32:
        raise UserError(
            f"{path}: {counted(len(vocab), 'word')}, but {counted(len(matrix), 'vector')}; the model is damaged"
        )
    tokenizer = Tokenizer.from_json(model.learned.get("tokenizer_"), str(path / modelfile.MANIFEST))
    trust = Trust.of_tensors(model.trust, len(vocab), str(path / modelfile.TRUST))
    return Vectors(vocab.tokens, matrix, tokenizer, trust)

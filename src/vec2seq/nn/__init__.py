"""Blocks of nets, one idea a file: PyTorch only; they know ids, masks and numbers, no words and no files."""

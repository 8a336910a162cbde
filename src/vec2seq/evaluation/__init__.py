"""Judging word vectors by what people know of words, with intervals: in the terminal, and on a sheet."""

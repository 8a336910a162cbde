"""Vector instructions, the only package that knows LLVM.

Numba turns a plain loop over two or three arrays into vector instructions by itself. The inner loops of word2vec
work on ten rows at once, keep up to 24 sums in registers and add each of them up at the end; Numba's vectoriser
does not find that. So they are written here once, as *intrinsics*: Python functions that emit LLVM
instructions and can be called from any kernel. LLVM picks the machine's own instructions from them (AVX-512, AVX2,
SSE, NEON).

Every matrix is a flat float32 array whose rows start at multiples of 16 floats (64 bytes), padded with zeros; a row
is given by the offset of its first float. ``span``, the number of floats that are worked on, is a multiple of
``LANES`` (see ``rows.padded``).
"""

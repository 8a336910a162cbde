"""One training by vec2seq, as a process of its own; prints what it took as JSON."""

import json
import sys
import time
from pathlib import Path

from vec2seq import Corpus, Word2Vec

text, out, settings = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
model = Word2Vec(**settings)
began = time.perf_counter()
corpus = Corpus.encode(text, out.with_suffix(".corpus"), min_count=model.min_count, threads=model.used_threads)
read = time.perf_counter(), time.process_time()
model.fit(corpus)
trained = time.perf_counter(), time.process_time()
model.save(out, golden=False)
print(
    json.dumps(
        {
            "words": corpus.text_words,
            "reading_seconds": read[0] - began,
            "training_seconds": trained[0] - read[0],
            "training_cpu_seconds": trained[1] - read[1],
        }
    )
)

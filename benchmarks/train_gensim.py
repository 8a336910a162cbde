"""One training by gensim in its fastest mode (corpus_file), as a process of its own; prints what it took as JSON."""

import json
import sys
import time

from gensim.models import Word2Vec

text, out, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
model = Word2Vec(
    vector_size=settings["width"],
    window=settings["window"],
    negative=settings["negative"],
    sample=settings["sample"],
    min_count=settings["min_count"],
    workers=settings["threads"],
    seed=settings["seed"],
    sg=1,
)
began = time.perf_counter()
model.build_vocab(corpus_file=text)
read = time.perf_counter(), time.process_time()
model.train(
    corpus_file=text, total_examples=model.corpus_count, total_words=model.corpus_total_words, epochs=settings["epochs"]
)
trained = time.perf_counter(), time.process_time()
model.wv.save_word2vec_format(out, binary=True)
print(
    json.dumps(
        {
            "words": model.corpus_total_words,
            "reading_seconds": read[0] - began,
            "training_seconds": trained[0] - read[0],
            "training_cpu_seconds": trained[1] - read[1],
        }
    )
)

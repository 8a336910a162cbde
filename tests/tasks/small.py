"""Made texts with labels that follow from planted rules, and small estimators of each kind."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vec2seq.engine.net_estimator import NetEstimator
from vec2seq.tasks.classify import Classifier
from vec2seq.tasks.tag import Tagger

GOOD, BAD = ("fine", "lovely", "great"), ("dull", "awful", "boring")
PLAIN = tuple(f"word{letter}" for letter in "abcdefghijklmnopqrst")
SECRET = "zqxv jjkw pfft"
"""words in this order are nowhere else"""


def opinions(texts: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Texts that are "pos" or "neg" by one of their words."""
    random = np.random.default_rng(seed)
    X, y = [], []
    for n in range(texts):
        words = list(random.choice(PLAIN, random.integers(3, 9)))
        words[random.integers(len(words))] = random.choice(GOOD if n % 2 else BAD)
        X.append(" ".join(words))
        y.append("pos" if n % 2 else "neg")
    return X, y


def topics(texts: int, seed: int = 0) -> tuple[list[str], list[list[str]]]:
    """Texts with any number of the labels a, b, c: the words that they have, in upper case."""
    random = np.random.default_rng(seed)
    X, y = [], []
    for _ in range(texts):
        labels = [label for label in "abc" if random.random() < 0.5]
        words = [*random.choice(PLAIN, random.integers(1, 6)), *(label * 3 for label in labels)]
        X.append(" ".join(random.permutation(words)))
        y.append(labels)
    return X, y


FIRST, LAST, PLACES = ("Anna", "Boris", "Clara"), ("Adler", "Braun", "Conrad"), ("Rome", "Oslo", "Lima")


def names(sentences: int, seed: int = 0) -> tuple[list[list[str]], list[list[str]]]:
    """Sentences with persons of one word or two, and places, in BIO."""
    random = np.random.default_rng(seed)
    X, y = [], []
    for _ in range(sentences):
        tokens, labels = [], []
        for _ in range(random.integers(1, 4)):
            plain = list(random.choice(PLAIN, random.integers(1, 4)))
            tokens += plain
            labels += ["O"] * len(plain)
            if random.random() < 0.4:
                tokens.append(random.choice(PLACES))
                labels.append("B-LOC")
            else:
                person = [random.choice(FIRST), *([random.choice(LAST)] if random.random() < 0.6 else [])]
                tokens += person
                labels += ["B-PER", *["I-PER"] * (len(person) - 1)]
        X.append([str(token) for token in [*tokens, "."]])
        y.append([*labels, "O"])
    return X, y


HAN = ("我", "你", "他", "喜欢", "看见", "学习", "北京", "天气", "图书馆", "很", "好", "火车站")


def segmented(sentences: int, seed: int = 0) -> list[str]:
    """Lines of Chinese words between spaces."""
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(HAN, random.integers(2, 7))) for _ in range(sentences)]


def borders(lines: list[str]) -> tuple[list[list[str]], list[list[str]]]:
    """Their characters, and where in a word each stands."""
    letters = {1: ["S"], 2: ["B", "E"], 3: ["B", "M", "E"]}
    return (
        [list(line.replace(" ", "")) for line in lines],
        [[letter for word in line.split() for letter in letters[len(word)]] for line in lines],
    )


TINY: dict[str, Any] = {"width": 8, "epochs": 2, "threads": 1, "lr": 0.01, "holdout": 0.3}
OF_ENCODERS: dict[str, dict[str, Any]] = {"mean": {"char_ngrams": 4}, "attention": {"heads": 2}}


@dataclass(frozen=True)
class Case:
    """A small estimator, and what it learns from."""

    name: str
    estimator: NetEstimator
    X: Any
    y: Any
    asked: list[Any]
    """texts or sentences, an empty one and one of unknown words among them"""

    def fit(self, **settings: Any) -> Any:
        """A new estimator, trained."""
        estimator: Any = type(self.estimator)(**{**self.estimator.get_params(), **settings})
        return estimator.fit(self.X, self.y)


def _classifier(encoder: Any, several: bool) -> Case:
    X, y = topics(60) if several else opinions(60)
    estimator = Classifier(encoder=encoder, **TINY, **OF_ENCODERS.get(encoder, {}))
    return Case(f"classify {encoder}{' several' * several}", estimator, X, y, [*X[:7], "", "never seen", "fine " * 30])


def _tagger(encoder: Any, output: Any, characters: bool) -> Case:
    X, y = borders(segmented(60)) if characters else names(60)
    how = {**TINY, **OF_ENCODERS.get(encoder, {})}
    estimator = Tagger(encoder=encoder, output=output, word_width=6, char_width=4, **how)
    asked = [*X[:7], [], ["Never", "sèen"], X[8] * 9, " ".join(X[9]), "Anna Adler, in Rome! 我喜欢🙂"]
    return Case(f"tag {encoder} {output}{' characters' * characters}", estimator, X, y, asked)


CASES = [
    *(_classifier(encoder, several) for encoder in ("mean", "cnn", "rnn", "lstm", "attention") for several in (0, 1)),
    *(
        _tagger(encoder, output, False)
        for encoder in ("cnn", "rnn", "lstm", "attention")
        for output in ("crf", "softmax")
    ),
    *(_tagger(encoder, "crf", True) for encoder in ("cnn", "lstm")),
]

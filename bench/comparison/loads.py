"""What is measured: sizes of models, what they cost by the book, and what the comparison aims at."""

from dataclasses import dataclass, replace
from typing import Optional

GATES = {"rnn-scratch": 1, "rnn": 1, "gru": 3, "lstm": 4}
NAMES = {"rnn-scratch": "RNN from scratch", "rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}


@dataclass(frozen=True)
class Load:
    """A model and, for training, its minibatches; for generation, the streams side by side."""

    kind: str
    hidden: int
    layers: int = 1
    batch: int = 32
    steps: int = 35
    vocabulary: int = 28
    embedding: int = 0  # 0: one-hot input
    streams: int = 1
    label: str = ""  # what tells a load from others of the same model
    ratio_goal: Optional[float] = None  # times the better rival's speed
    peak_goal: Optional[float] = None  # share of a core's FMA peak; none where products are not most of the time

    @property
    def model(self):
        layers = f"{self.layers} × " if self.layers > 1 else ""
        return f"{NAMES[self.kind]} {layers}{self.hidden}"

    @property
    def name(self):
        return self.model + self.label

    @property
    def weights(self):
        """Weights of the dense products: recurrent, of the input of upper layers or embeddings, and of the output."""
        gates = GATES[self.kind] * self.hidden
        inputs = self.embedding + (self.layers - 1) * self.hidden
        return gates * (self.layers * self.hidden + inputs) + self.hidden * self.vocabulary

    @property
    def flop_per_token(self):
        """Forward, gradient of the input and gradient of the weights: two operations a weight each.

        Rows of the first layer's input weights are gathered, not multiplied, and so not counted.
        """
        return 6 * self.weights

    @property
    def bytes_per_character(self):
        """What generating a character reads: each dense weight once."""
        return 4 * self.weights

    def train_arguments(self):
        vocabulary = f"{self.vocabulary}/{self.embedding}" if self.embedding else self.vocabulary
        return "train", self.kind, self.hidden, self.layers, self.batch, self.steps, vocabulary

    def generate_arguments(self):
        verb = ("generate",) if self.streams == 1 else ("side-by-side", self.streams)
        return *verb, self.kind, self.hidden, self.layers, self.vocabulary


TRAINING = [
    Load("rnn", 256, ratio_goal=6, peak_goal=0.78),
    Load("rnn", 512, ratio_goal=2.8, peak_goal=0.78),
    Load("gru", 256, ratio_goal=2.8, peak_goal=0.72),
    Load("gru", 512, ratio_goal=2.8, peak_goal=0.72),
    Load("lstm", 256, ratio_goal=2.8, peak_goal=0.72),
    Load("lstm", 512, ratio_goal=2.8, peak_goal=0.72),
    Load("lstm", 512, layers=2, batch=64, steps=100, vocabulary=65, ratio_goal=2.8, peak_goal=0.72),
    Load("rnn-scratch", 256, ratio_goal=2.8),
    Load("rnn-scratch", 512, ratio_goal=2.8),
]

GENERATION = [Load(kind, hidden, ratio_goal=3) for kind in ("rnn", "lstm") for hidden in (256, 512)]

STREAMS = [replace(load, streams=n, label=f" on {n} streams") for load in GENERATION for n in (2, 8, 64)]


def sized(kind, hidden, batch, vocabulary):
    """A load of any size: words have an embedding, and large minibatches few steps, so that one takes no seconds."""
    is_words = vocabulary > 1000
    label = f" batch {batch}" + " words" * is_words
    load = Load(kind, hidden, batch=batch, vocabulary=vocabulary, embedding=hidden * is_words, label=label)
    return replace(load, steps=max(2, min(load.steps, round(MOST_FLOP / (load.flop_per_token * batch)))))


MOST_FLOP = 100e9  # of a minibatch
SIZES = [
    sized(kind, hidden, batch, vocabulary)
    for kind in ("rnn", "lstm")
    for vocabulary in (28, 10_000)
    for hidden in (16, 64, 256, 1024, 2048)
    for batch in (1, 8, 32, 128, 512)
    if vocabulary == 28 and hidden == 256 or hidden != 256 and batch != 32
]

THREADS = (1, 2, 3, 5)
THREADED = [
    Load("rnn", 256),
    Load("rnn", 512),
    Load("lstm", 512),
    Load("lstm", 512, batch=8),
    Load("lstm", 512, batch=1),
]

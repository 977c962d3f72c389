"""What is measured: sizes of models, what they cost by the book, and what the comparison aims at."""

from dataclasses import dataclass
from typing import Optional

GATES = {"rnn-scratch": 1, "rnn": 1, "gru": 3, "lstm": 4}
NAMES = {"rnn-scratch": "RNN from scratch", "rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}


@dataclass(frozen=True)
class Load:
    """A model and, for training, its minibatches."""

    kind: str
    hidden: int
    layers: int = 1
    batch: int = 32
    steps: int = 35
    vocabulary: int = 28
    ratio_goal: Optional[float] = None  # times PyTorch's best speed
    peak_goal: Optional[float] = None  # share of the machine's FMA peak

    @property
    def name(self):
        layers = f"{self.layers} × " if self.layers > 1 else ""
        return f"{NAMES[self.kind]} {layers}{self.hidden}"

    @property
    def weights(self):
        """Weights of the dense products: recurrent, of upper layers' input, and of the output."""
        recurrent = GATES[self.kind] * self.hidden**2
        return recurrent * (2 * self.layers - 1) + self.hidden * self.vocabulary

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
        return "train", self.kind, self.hidden, self.layers, self.batch, self.steps, self.vocabulary

    def generate_arguments(self):
        return "generate", self.kind, self.hidden, self.layers, self.vocabulary


TRAINING = [
    Load("rnn", 256, ratio_goal=4, peak_goal=0.80),
    Load("rnn", 512, ratio_goal=2.9, peak_goal=0.85),
    Load("gru", 256, ratio_goal=3.4, peak_goal=0.72),
    Load("gru", 512, ratio_goal=2.6, peak_goal=0.80),
    Load("lstm", 256, ratio_goal=3.2, peak_goal=0.72),
    Load("lstm", 512, ratio_goal=2.5, peak_goal=0.80),
    Load("lstm", 512, layers=2, batch=64, steps=100, vocabulary=65, ratio_goal=1.8, peak_goal=0.80),
    Load("rnn-scratch", 256, ratio_goal=1.5),
    Load("rnn-scratch", 512, ratio_goal=1.8),
]

GENERATION = [
    Load("rnn", 256, ratio_goal=10),
    Load("rnn", 512, ratio_goal=4.5),
    Load("lstm", 256, ratio_goal=6),
    Load("lstm", 512, ratio_goal=4),
]

BATCHES = [Load(kind, 256, batch=batch) for kind in ("rnn", "lstm") for batch in (1, 8, 32, 128, 512)]

THREADS = (1, 2, 3, 5)
THREADED = [
    Load("rnn", 256),
    Load("rnn", 512),
    Load("lstm", 512),
    Load("lstm", 512, batch=8),
    Load("lstm", 512, batch=1),
]

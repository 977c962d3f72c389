"""PyTorch's side of the comparison, one measurement a process, one line of JSON (bench/peers.py runs it):

    python3 bench/pytorch_speed.py train KIND HIDDEN LAYERS BATCH STEPS VOCABULARY THREADS [SECONDS]
    python3 bench/pytorch_speed.py generate KIND HIDDEN LAYERS VOCABULARY THREADS [SECONDS]
    python3 bench/pytorch_speed.py first-epoch TEXT HIDDEN THREADS

KIND is rnn, gru or lstm: nn.RNN, nn.GRU or nn.LSTM on one-hot input, a linear output, cross-entropy, gradient clipping
at norm 1 and SGD, as in "Concise Implementation of Recurrent Neural Networks"; or rnn-scratch: the loop over time with
autograd of "Implementation of Recurrent Neural Networks from Scratch". Training includes clipping and update, and
generation is greedy, one character at a time. Speeds are medians of slices after warming up. Needs PyTorch and no
NumPy.
"""

import json
import math
import re
import statistics
import sys
import time
from collections import Counter

import torch
from torch import nn
from torch.nn import functional as F

SLICES = 5


class Concise(nn.Module):
    """A recurrent layer and a linear output."""

    def __init__(self, kind, hidden, layers, vocabulary):
        super().__init__()
        self.vocabulary = vocabulary
        self.rnn = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[kind](vocabulary, hidden, layers)
        self.linear = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state):
        """tokens (batch, steps) -> logits (steps * batch, vocabulary), state."""
        x = F.one_hot(tokens.T, self.vocabulary).float()
        h, state = self.rnn(x, state)
        return self.linear(h.reshape(-1, h.shape[-1])), state


class Scratch(nn.Module):
    """The chapter's five parameters and its loop over time."""

    def __init__(self, hidden, vocabulary):
        super().__init__()
        self.hidden, self.vocabulary = hidden, vocabulary
        self.W_xh = nn.Parameter(torch.randn(vocabulary, hidden) * 0.01)
        self.W_hh = nn.Parameter(torch.randn(hidden, hidden) * 0.01)
        self.b_h = nn.Parameter(torch.zeros(hidden))
        self.W_hq = nn.Parameter(torch.randn(hidden, vocabulary) * 0.01)
        self.b_q = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, tokens, state):
        """tokens (batch, steps) -> logits (steps * batch, vocabulary), state."""
        H = torch.zeros(tokens.shape[0], self.hidden) if state is None else state
        outputs = []
        for x in F.one_hot(tokens.T, self.vocabulary).float():
            H = torch.tanh(torch.mm(x, self.W_xh) + torch.mm(H, self.W_hh) + self.b_h)
            outputs.append(torch.mm(H, self.W_hq) + self.b_q)
        return torch.cat(outputs), H


def create(kind, hidden, layers, vocabulary):
    torch.manual_seed(1)
    return Scratch(hidden, vocabulary) if kind == "rnn-scratch" else Concise(kind, hidden, layers, vocabulary)


def detach(state):
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def make_step(model, scratch):
    """One step of training: forward, loss, backward, clip, update."""
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(parameters, lr=1)

    def step(X, Y, state):
        logits, state = model(X, state)
        loss = F.cross_entropy(logits, Y.T.reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if scratch:  # as the chapter clips and updates
            with torch.no_grad():
                norm = math.sqrt(sum(float((p.grad**2).sum()) for p in parameters))
                for p in parameters:
                    if norm > 1:
                        p.grad *= 1 / norm
                    p -= p.grad
        else:
            nn.utils.clip_grad_norm_(parameters, 1)
            optimizer.step()
        return loss, detach(state)

    return step


def steady_speed(seconds, turn):
    """Units per second of the median and of the best slice, after warming up for as long as two of them."""

    def measure():
        units, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds / SLICES:
            units += turn()
        return units / (time.perf_counter() - start)

    measure(), measure()
    speeds = [measure() for _ in range(SLICES)]
    return {"perSecond": statistics.median(speeds), "best": max(speeds)}


def train(kind, hidden, layers, batch, steps, vocabulary, seconds):
    step = make_step(create(kind, hidden, layers, vocabulary), kind == "rnn-scratch")
    tokens = torch.randint(1, vocabulary, (batch, steps + 1))
    X, Y = tokens[:, :-1], tokens[:, 1:]
    state = None

    def turn():
        nonlocal state
        _, state = step(X, Y, state)
        return batch * steps

    return steady_speed(seconds, turn)


def generate(kind, hidden, layers, vocabulary, seconds):
    model = create(kind, hidden, layers, vocabulary)
    token, state = torch.zeros(1, 1, dtype=torch.long), None
    characters = []

    def turn():
        nonlocal token, state
        with torch.no_grad():
            for _ in range(100):
                logits, state = model(token, state)
                token = logits.argmax(1, keepdim=True)
                characters.append(int(token))
        return 100

    return steady_speed(seconds, turn)


def first_epoch(path, hidden):
    """Reads a text, trains on its first 10,000 characters for one epoch and says so."""
    lines = [re.sub("[^A-Za-z]+", " ", line).strip().lower() for line in open(path).read().split("\n")]
    text = "".join(lines)
    index = {"<unk>": 0}
    for token, _ in sorted(Counter(text).items(), key=lambda pair: -pair[1]):
        index[token] = len(index)
    tokens = torch.tensor([index[token] for token in text[:10_000]])
    batch, steps = 32, 35
    step = make_step(create("rnn", hidden, 1, len(index)), scratch=False)
    count = (len(tokens) - 1) // batch * batch
    Xs, Ys = tokens[:count].reshape(batch, -1), tokens[1 : count + 1].reshape(batch, -1)
    state, total, minibatches = None, 0.0, Xs.shape[1] // steps
    for i in range(0, minibatches * steps, steps):
        loss, state = step(Xs[:, i : i + steps], Ys[:, i : i + steps], state)
        total += loss.item()
    return {"epoch": 1, "perplexity": math.exp(total / minibatches)}


def main(verb, arguments):
    if verb == "first-epoch":
        path, hidden, threads = arguments
        torch.set_num_threads(int(threads))
        return first_epoch(path, int(hidden))
    kind, *numbers = arguments
    sizes = 6 if verb == "train" else 4
    numbers, seconds = [int(n) for n in numbers[:sizes]], float((numbers[sizes:] or [1.25])[0])
    torch.set_num_threads(numbers.pop())
    return {"train": train, "generate": generate}[verb](kind, *numbers, seconds)


print(json.dumps(main(sys.argv[1], sys.argv[2:])), flush=True)

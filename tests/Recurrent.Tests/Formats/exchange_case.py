"""What the scripts beside this one share: the texts that are read, and how what they gave is written."""

import json
import pathlib

import torch

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
VOCABULARY, BATCH, STEPS = 5, 2, 3


def tokens(call):
    """(T, B)"""
    rows = [[(3 * row + 2 * t + t * t) % VOCABULARY for row in range(BATCH)] for t in range(6)]
    return torch.tensor(rows[call * STEPS : (call + 1) * STEPS])


def read(rnn, linear, embedding):
    """Reads the texts in two calls, the state carried from one to the other, in double precision."""
    state, logits = None, []
    for call in range(2):
        X = tokens(call)
        X = embedding(X) if embedding else torch.nn.functional.one_hot(X, VOCABULARY).double()
        H, state = rnn(X, state)
        logits.append(numbers(linear(H)))
    return {"logits": logits, "state": [numbers(part) for part in (state if isinstance(state, tuple) else [state])]}


def numbers(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().reshape(-1).tolist()]


def write(path, readings):
    lines = ",\n".join(f'"{name}":{json.dumps(reading, separators=(",", ":"))}' for name, reading in readings.items())
    path.write_text(f"{{\n{lines}\n}}\n")

"""Numbers that RnnFromScratch must agree with, from PyTorch's autograd.

Writes rnn_scratch.json beside this script. Weights and inputs are float32 values; PyTorch computes with
them in double precision. Needs Python 3 and PyTorch (made with 1.13.1):

    python3 rnn_scratch.py
"""

import json
import pathlib

import torch
from torch.nn import functional as F

SIZES = [  # batch, steps, hidden, vocabulary
    (1, 1, 1, 2),
    (5, 7, 17, 11),
    (3, 35, 33, 28),
]


def case(batch, steps, hidden, vocabulary):
    def normal(*shape, scale=0.3):
        return (torch.randn(*shape) * scale).double().requires_grad_()

    names = ["W_xh", "W_hh", "b_h", "W_hq", "b_q"]
    W_xh, W_hh, b_h, W_hq, b_q = parameters = [
        normal(vocabulary, hidden),
        # Below 1 / sqrt(hidden), or the recurrence is chaotic and no float32 can follow it.
        normal(hidden, hidden, scale=0.8 / hidden**0.5),
        normal(hidden),
        normal(hidden, vocabulary),
        normal(vocabulary),
    ]
    state = normal(batch, hidden)
    X = torch.randint(vocabulary, (batch, steps))
    Y = torch.randint(vocabulary, (batch, steps))

    H, outputs = state, []
    for x in F.one_hot(X.T, vocabulary).double():
        H = torch.tanh(x @ W_xh + H @ W_hh + b_h)
        outputs.append(H @ W_hq + b_q)
    logits = torch.cat(outputs, dim=0)
    loss = F.cross_entropy(logits, Y.T.reshape(-1))
    loss.backward()

    def numbers(tensor):
        return tensor.detach().reshape(-1).tolist()

    return {
        "batch": batch,
        "steps": steps,
        "hidden": hidden,
        "vocabulary": vocabulary,
        "x": numbers(X),
        "y": numbers(Y),
        "state": numbers(state),
        "parameters": {n: numbers(p) for n, p in zip(names, parameters)},
        "logits": numbers(logits),
        "finalState": numbers(H),
        "loss": loss.item(),
        "gradients": {n: numbers(p.grad) for n, p in zip(names, parameters)},
        "stateGradient": numbers(state.grad),
    }


torch.manual_seed(20261121)
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps([case(*sizes) for sizes in SIZES]) + "\n")

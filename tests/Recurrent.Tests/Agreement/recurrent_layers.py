"""Numbers that RecurrentLayer must agree with, from PyTorch's nn.RNN, nn.GRU and nn.LSTM.

Writes recurrent_layers.json beside this script. Values come from a formula that the test repeats, rounded to
float32; PyTorch computes with them in double precision. Long tensors are sampled. Needs Python 3 and PyTorch
(made with 1.13.1):

    python3 recurrent_layers.py
"""

import json
import math
import pathlib

import torch
from torch import nn

SIZES = [  # batch, steps, input, hidden
    (1, 1, 2, 1),
    (5, 2, 4, 3),
    (1, 2, 300, 17),
    (5, 7, 28, 17),
    (3, 4, 9, 100),
]
CELLS = {
    "TanhRnn": lambda i, h: nn.RNN(i, h),
    "ReluRnn": lambda i, h: nn.RNN(i, h, nonlinearity="relu"),
    "Gru": lambda i, h: nn.GRU(i, h),
    "Lstm": lambda i, h: nn.LSTM(i, h),
}
SAMPLES = 97


def formula(salt, *shape):
    """Values in (-0.5, 0.5), the same in any language to the last bit or two of a double."""
    count = math.prod(shape)
    values = [0.5 * math.sin(salt + 1.7 * i + 0.3 * (i % 7) * (i % 5)) for i in range(count)]
    return torch.tensor(values, dtype=torch.float32).double().reshape(shape)


def sampled(tensor):
    values = tensor.detach().reshape(-1).tolist()
    return values[:: max(1, len(values) // SAMPLES)]


def case(cell, batch, steps, inputs, hidden, reverse):
    layer = CELLS[cell](inputs, hidden).double()
    parameters = [layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0]
    with torch.no_grad():
        for salt, parameter in enumerate(parameters):
            scale = 1 / math.sqrt(parameter.shape[-1]) if parameter.dim() == 2 else 1
            parameter.copy_((formula(salt, *parameter.shape) * scale).float().double())
    X = formula(10, steps, batch, inputs).requires_grad_()
    h0 = formula(11, 1, batch, hidden).requires_grad_()
    c0 = formula(12, 1, batch, hidden).requires_grad_()
    state = (h0, c0) if cell == "Lstm" else h0
    H, final = layer(X.flip(0) if reverse else X, state)
    H = H.flip(0) if reverse else H
    finals = list(final) if cell == "Lstm" else [final]
    loss = (H * formula(20, *H.shape)).sum()
    for salt, f in enumerate(finals):
        loss = loss + (f * formula(21 + salt, *f.shape)).sum()
    loss.backward()
    gradients = [p.grad for p in parameters] + [X.grad, h0.grad] + ([c0.grad] if cell == "Lstm" else [])
    return {
        "cell": cell,
        "batch": batch,
        "steps": steps,
        "inputs": inputs,
        "hidden": hidden,
        "reversed": reverse,
        "h": sampled(H),
        "finals": [sampled(f) for f in finals],
        "gradients": [sampled(g) for g in gradients],
    }


cases = [case(cell, *sizes, reverse) for cell in CELLS for sizes in SIZES for reverse in (False, True)]
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(cases) + "\n")

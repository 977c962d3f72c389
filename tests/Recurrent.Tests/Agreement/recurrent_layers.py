"""Numbers that RecurrentLayers must agree with, from PyTorch's nn.RNN, nn.GRU and nn.LSTM and from cell_layers.py.

Writes recurrent_layers.json beside this script. PyTorch computes in double precision. Long tensors are sampled.
Needs Python 3 and PyTorch (made with 1.13.1):

    python3 recurrent_layers.py
"""

import itertools

import torch
from torch import nn

from agreement_numbers import fill, formula, sampled, tokens, write
from cell_layers import min_gru_layers, min_lstm_layers, reset_before_gru_layers

SIZES = [  # batch, steps, input, hidden, what is read
    (1, 1, 2, 1, "tokens"),
    (5, 2, 4, 3, "vectors"),
    (1, 2, 300, 17, "tokens"),
    (5, 7, 28, 17, "vectors"),
    (5, 2, 300, 100, "tokens"),
    (3, 4, 9, 100, "vectors"),
]
CELLS = {
    "rnn": nn.RNN,
    "rnn-relu": lambda *sizes, **options: nn.RNN(*sizes, nonlinearity="relu", **options),
    "gru": nn.GRU,
    "gru-reset-before": reset_before_gru_layers,
    "lstm": nn.LSTM,
    "mingru": min_gru_layers,
    "minlstm": min_lstm_layers,
}


def case(cell, layers, bidirectional, has_state, size):
    batch, steps, inputs, hidden, kind = size
    network = CELLS[cell](inputs, hidden, num_layers=layers, bidirectional=bidirectional).double()
    parameters = list(network.parameters())
    fill(parameters)
    if kind == "tokens":
        X = nn.functional.one_hot(tokens(3, inputs, steps, batch), inputs).double()
    else:
        X = formula(10, steps, batch, inputs)
    X.requires_grad_(kind == "vectors")
    directions = layers * (2 if bidirectional else 1)
    state = [formula(11 + part, directions, batch, hidden) for part in range(2 if cell == "lstm" else 1)]
    for part in state:
        part.requires_grad_()
    H, final = network(X, (tuple(state) if cell == "lstm" else state[0]) if has_state else None)
    finals = list(final) if cell == "lstm" else [final]
    loss = (H * formula(20, *H.shape)).sum()
    for part, f in enumerate(finals):
        loss = loss + (f * formula(21 + part, *f.shape)).sum()
    loss.backward()
    operands = parameters + ([X] if kind == "vectors" else []) + (state if has_state else [])
    return {
        "cell": cell,
        "layers": layers,
        "bidirectional": bidirectional,
        "hasState": has_state,
        "batch": batch,
        "steps": steps,
        "inputs": inputs,
        "hidden": hidden,
        "ofTokens": kind == "tokens",
        "names": [name for name, _ in network.named_parameters()],
        "output": sampled(H),
        "finals": [sampled(f) for f in finals],
        "gradients": [sampled(operand.grad) for operand in operands],
    }


write(
    __file__,
    [case(*choice) for choice in itertools.product(CELLS, (1, 2), (False, True), (False, True), SIZES)],
)

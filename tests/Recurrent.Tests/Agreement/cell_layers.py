"""Cells that PyTorch does not have, in PyTorch. Layers take the same arguments as nn.GRU and give the same results.

The GRU with the reset gate before the recurrent product (Cho et al. 2014, https://arxiv.org/abs/1406.1078), with gates
r, z, n and h = (1 - z)*n + z*h as nn.GRU has them.

minGRU and minLSTM (Feng et al. 2024, "Were RNNs All We Needed?", https://arxiv.org/abs/2410.01201), without the
logarithms of the paper's appendix, with sigma and its positive g, and minLSTM's gates made to add up to 1.
"""

import torch
from torch import nn


def positive(x):
    return torch.where(x >= 0, x + 0.5, torch.sigmoid(x))


def reset_before_gru(x, h, weight, bias):
    x_r, x_z, x_n = x.chunk(3, dim=-1)
    (w_r, w_z, w_n), (b_r, b_z, b_n) = weight.chunk(3), bias.chunk(3)
    r = torch.sigmoid(x_r + h @ w_r.T + b_r)
    z = torch.sigmoid(x_z + h @ w_z.T + b_z)
    n = torch.tanh(x_n + (r * h) @ w_n.T + b_n)
    return (1 - z) * n + z * h


def min_gru(x, h):
    z, candidate = x.chunk(2, dim=-1)
    z = torch.sigmoid(z)
    return (1 - z) * h + z * positive(candidate)


def min_lstm(x, h):
    f, i, candidate = x.chunk(3, dim=-1)
    f, i = torch.sigmoid(f), torch.sigmoid(i)
    return f / (f + i) * h + i / (f + i) * positive(candidate)


class CellLayers(nn.Module):
    def __init__(self, cell, gates, is_recurrent, inputs, hidden, num_layers=1, bidirectional=False):
        super().__init__()
        self.cell, self.hidden, self.num_layers = cell, hidden, num_layers
        self.is_recurrent, rows = is_recurrent, gates * hidden
        self.ends = ("", "_reverse") if bidirectional else ("",)
        for layer in range(num_layers):
            size = inputs if layer == 0 else hidden * len(self.ends)
            for end in self.ends:
                shapes = {"weight_ih": (rows, size), "weight_hh": (rows, hidden), "bias_ih": (rows,), "bias_hh": (rows,)}
                for name, shape in shapes.items():
                    if is_recurrent or name.endswith("_ih"):
                        self.register_parameter(f"{name}_l{layer}{end}", nn.Parameter(torch.empty(shape)))

    def forward(self, X, state=None):  # X: (steps, batch, inputs)
        finals = []
        for layer in range(self.num_layers):
            directions = []
            for end in self.ends:
                kinds = ("ih", "hh") if self.is_recurrent else ("ih",)
                pairs = [[getattr(self, f"{name}_{kind}_l{layer}{end}") for name in ("weight", "bias")] for kind in kinds]
                x = nn.functional.linear(X, *pairs[0])
                h = x.new_zeros(x.shape[1], self.hidden) if state is None else state[len(finals)]
                outputs = [None] * len(x)
                for t in reversed(range(len(x))) if end else range(len(x)):
                    h = outputs[t] = self.cell(x[t], h, *sum(pairs[1:], []))
                directions.append(torch.stack(outputs))
                finals.append(h)
            X = torch.cat(directions, dim=-1)
        return X, torch.stack(finals)


def reset_before_gru_layers(*sizes, **options):
    return CellLayers(reset_before_gru, 3, True, *sizes, **options)


def min_gru_layers(*sizes, **options):
    return CellLayers(min_gru, 2, False, *sizes, **options)


def min_lstm_layers(*sizes, **options):
    return CellLayers(min_lstm, 3, False, *sizes, **options)

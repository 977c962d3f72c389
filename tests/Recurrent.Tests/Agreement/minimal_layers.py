"""minGRU and minLSTM (Feng et al. 2024, "Were RNNs All We Needed?", https://arxiv.org/abs/2410.01201) in PyTorch.

Without the logarithms of the paper's appendix, with sigma and its positive g, and minLSTM's gates made to add up to 1.
Layers take the same arguments as nn.GRU and give the same results.
"""

import torch
from torch import nn


def positive(x):
    return torch.where(x >= 0, x + 0.5, torch.sigmoid(x))


def min_gru(x, h):
    z, candidate = x.chunk(2, dim=-1)
    z = torch.sigmoid(z)
    return (1 - z) * h + z * positive(candidate)


def min_lstm(x, h):
    f, i, candidate = x.chunk(3, dim=-1)
    f, i = torch.sigmoid(f), torch.sigmoid(i)
    return f / (f + i) * h + i / (f + i) * positive(candidate)


class MinimalLayers(nn.Module):
    def __init__(self, cell, gates, inputs, hidden, num_layers=1, bidirectional=False):
        super().__init__()
        self.cell, self.hidden, self.num_layers = cell, hidden, num_layers
        self.ends = ("", "_reverse") if bidirectional else ("",)
        for layer in range(num_layers):
            size = inputs if layer == 0 else hidden * len(self.ends)
            for end in self.ends:
                self.register_parameter(f"weight_ih_l{layer}{end}", nn.Parameter(torch.empty(gates * hidden, size)))
                self.register_parameter(f"bias_ih_l{layer}{end}", nn.Parameter(torch.empty(gates * hidden)))

    def forward(self, X, state=None):  # X: (steps, batch, inputs)
        finals = []
        for layer in range(self.num_layers):
            directions = []
            for end in self.ends:
                weight = getattr(self, f"weight_ih_l{layer}{end}")
                bias = getattr(self, f"bias_ih_l{layer}{end}")
                x = nn.functional.linear(X, weight, bias)
                h = x.new_zeros(x.shape[1], self.hidden) if state is None else state[len(finals)]
                outputs = [None] * len(x)
                for t in reversed(range(len(x))) if end else range(len(x)):
                    h = outputs[t] = self.cell(x[t], h)
                directions.append(torch.stack(outputs))
                finals.append(h)
            X = torch.cat(directions, dim=-1)
        return X, torch.stack(finals)


def min_gru_layers(*sizes, **options):
    return MinimalLayers(min_gru, 2, *sizes, **options)


def min_lstm_layers(*sizes, **options):
    return MinimalLayers(min_lstm, 3, *sizes, **options)

"""Exports models of PyTorch as ONNX, at several opsets and in the ways that its exporter has, and what they give.

Writes fixtures/onnx. Needs Python 3, PyTorch and onnx (made with 1.13 and 1.12):

    python3 write_onnx_with_pytorch.py
"""

import json
import warnings

import torch
from torch import nn

from exchange_case import FIXTURES, VOCABULARY

HIDDEN, BATCH, STEPS = 3, 2, 4
CASES = {  # layer, layers, bidirectional, input, opset, batch first, fixed sizes, constants folded, what comes out
    "rnn-7": (nn.RNN, 1, False, "embedding", 7, False, True, True, "linear"),
    "lstm-8": (nn.LSTM, 2, False, "vectors", 8, True, True, True, "linear"),
    "gru-9": (nn.GRU, 2, True, "one-hot", 9, False, False, True, "linear"),
    "lstm-10": (nn.LSTM, 1, True, "embedding", 10, True, False, True, "reshaped"),
    "gru-11": (nn.GRU, 1, False, "one-hot", 11, True, False, False, "last"),
    "lstm-13": (nn.LSTM, 2, False, "embedding", 13, True, False, False, "linear"),
    "gru-14": (nn.GRU, 3, False, "embedding", 14, True, False, True, "states"),
    "rnn-16": (nn.RNN, 2, True, "one-hot", 16, False, False, True, "log-softmax"),
    "lstm-17": (nn.LSTM, 2, False, "embedding", 17, True, False, True, "states"),
    "tied-17": (nn.GRU, 1, False, "tied", 17, False, False, True, "no bias"),
}


class Model(nn.Module):
    def __init__(self, layer, layers, bidirectional, source, batch_first, out):
        super().__init__()
        size = HIDDEN if source == "tied" else 4
        self.source, self.out = source, out
        self.embedding = nn.Embedding(VOCABULARY, size) if source in ("embedding", "tied") else None
        self.rnn = layer(
            size if self.embedding else VOCABULARY,
            HIDDEN,
            num_layers=layers,
            bidirectional=bidirectional,
            batch_first=batch_first,
            bias=out != "no bias",
            dropout=0.5 if layers > 1 else 0,
        )
        self.linear = nn.Linear(HIDDEN * (2 if bidirectional else 1), VOCABULARY, bias=out != "no bias")
        if source == "tied":
            self.linear.weight = self.embedding.weight

    def forward(self, x, *state):
        if self.embedding:
            x = self.embedding(x)
        elif self.source == "one-hot":
            x = nn.functional.one_hot(x, VOCABULARY).to(self.linear.weight.dtype)
        h, state = self.rnn(x, (state if len(state) > 1 else state[0]) if state else None)
        if self.out == "reshaped":
            logits = self.linear(h.reshape(h.size(0) * h.size(1), -1)).view(h.size(0), h.size(1), -1)
        elif self.out == "last":
            logits = self.linear(h[:, -1, :])
        elif self.out == "log-softmax":
            logits = nn.functional.log_softmax(self.linear(h), dim=-1)
        else:
            logits = self.linear(h)
        return (logits, state) if self.out == "states" else logits


def case(path, layer, layers, bidirectional, source, opset, batch_first, fixed, folded, out):
    torch.manual_seed(opset)
    model = Model(layer, layers, bidirectional, source, batch_first, out).eval()
    tokens = torch.tensor([[(3 * row + 2 * t + t * t) % VOCABULARY for t in range(STEPS)] for row in range(BATCH)])
    given = tokens if batch_first else tokens.T.contiguous()
    if source == "vectors":
        given = nn.functional.one_hot(given, VOCABULARY).float()
    state = ()
    if out == "states":
        zeros = torch.zeros(layers, BATCH, HIDDEN)
        state = (zeros, zeros) if layer is nn.LSTM else (zeros,)
    axes = {0: "batch", 1: "steps"} if batch_first else {0: "steps", 1: "batch"}
    torch.onnx.export(
        model,
        (given, *state),
        path,
        opset_version=opset,
        do_constant_folding=folded,
        input_names=["tokens", "h_0", "c_0"][: 1 + len(state)],
        output_names=["logits"],
        dynamic_axes=None if fixed else {"tokens": axes} | {"h_0": {1: "batch"}, "c_0": {1: "batch"}},
    )
    model.double()
    logits = model(given.double() if source == "vectors" else given, *(part.double() for part in state))
    logits = logits[0] if out == "states" else logits
    if batch_first and out != "last":
        logits = logits.transpose(0, 1)
    return [float(f"{value:.8g}") for value in logits.reshape(-1).tolist()]


warnings.simplefilter("ignore")
folder = FIXTURES / "onnx"
folder.mkdir(exist_ok=True)
read = {name: case(folder / f"{name}.onnx", *options) for name, options in CASES.items()}
lines = ",\n".join(f'"{name}":{json.dumps(logits, separators=(",", ":"))}' for name, logits in read.items())
(folder / "write_onnx_with_pytorch.json").write_text(f"{{\n{lines}\n}}\n")

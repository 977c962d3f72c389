"""Writes weights of PyTorch as safetensors files with nothing but Python's own json and struct, and what they give.

Writes fixtures/pytorch. Needs Python 3 and PyTorch (made with 1.13.1):

    python3 write_with_pytorch.py
"""

import json
import struct

import torch
from torch import nn

from exchange_case import FIXTURES, VOCABULARY, read, write

HIDDEN = 3
CASES = {  # layer, its name, layers, bidirectional, embedding (0 = one-hot), tied
    "rnn": (nn.RNN, "rnn", 1, False, 0, False),
    "gru-deep": (nn.GRU, "net", 2, False, 4, False),
    "gru-both": (nn.GRU, "encoder.gru", 2, True, 0, False),
    "lstm": (nn.LSTM, "lstm", 1, False, 0, False),
    "lstm-tied": (nn.LSTM, "lstm", 2, True, 6, True),
}


def save(path, weights):
    """As safetensors.torch.save_file does."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in weights.items():
        values = tensor.reshape(-1).tolist()
        end = len(data) + 4 * len(values)
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), end]}
        data += struct.pack(f"<{len(values)}f", *values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def case(path, layer, name, layers, bidirectional, size, tied):
    torch.manual_seed(1)
    rnn = layer(size or VOCABULARY, HIDDEN, num_layers=layers, bidirectional=bidirectional)
    linear = nn.Linear(HIDDEN * (2 if bidirectional else 1), VOCABULARY)
    embedding = nn.Embedding(VOCABULARY, size) if size else None
    modules = {"emb": embedding} if size else {}
    modules |= {name: rnn, "fc": linear}
    if tied:
        linear.weight = embedding.weight
    weights = {f"{module}.{key}": value for module in modules for key, value in modules[module].state_dict().items()}
    if tied:
        del weights["fc.weight"]
    save(path, weights)
    return read(rnn.double(), linear.double(), embedding and embedding.double())


folder = FIXTURES / "pytorch"
vocabulary = {"tokens": ["\n", " ", "é", "e", "猫"]}
(folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False) + "\n", encoding="utf-8")
write(
    folder / "write_with_pytorch.json",
    {name: case(folder / f"{name}.safetensors", *options) for name, options in CASES.items()},
)

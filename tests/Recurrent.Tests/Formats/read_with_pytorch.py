"""Reads model files of Recurrent with nothing but Python's own json and struct, and runs them in PyTorch.

Writes fixtures/read_with_pytorch.json. Needs Python 3 and PyTorch (made with 1.13.1):

    python3 read_with_pytorch.py
"""

import functools
import json
import math
import struct

import torch
from torch import nn

from exchange_case import FIXTURES, read, write

LAYERS = {"rnn": nn.RNN, "rnn-relu": functools.partial(nn.RNN, nonlinearity="relu"), "gru": nn.GRU, "lstm": nn.LSTM}


def load(path):
    """The configuration and the weights of a model file."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    configuration = json.loads(header.pop("__metadata__")["model"])
    weights = {}
    for name, entry in header.items():
        begin = 8 + length + entry["data_offsets"][0]
        values = struct.unpack_from(f"<{math.prod(entry['shape'])}f", data, begin)
        weights[name] = torch.tensor(values).reshape(entry["shape"])
    return configuration, weights


class Model(nn.Module):
    def __init__(self, configuration):
        super().__init__()
        vocabulary, hidden = configuration["vocabularySize"], configuration["hiddenSize"]
        size = configuration.get("embeddingSize", 0)
        both = configuration.get("bidirectional", False)
        self.embedding = nn.Embedding(vocabulary, size) if size else None
        self.rnn = LAYERS[configuration["kind"]](
            size or vocabulary, hidden, num_layers=configuration.get("layers", 1), bidirectional=both
        )
        self.linear = nn.Linear(hidden * (2 if both else 1), vocabulary)


def reading(path):
    configuration, weights = load(path)
    if configuration.get("tiedWeights"):
        weights["linear.weight"] = weights["embedding.weight"]
    model = Model(configuration)
    model.load_state_dict(weights, strict=True)
    model.double()
    return read(model.rnn, model.linear, model.embedding)


write(
    FIXTURES / "read_with_pytorch.json",
    {path.stem: reading(path) for path in sorted(FIXTURES.glob("*.safetensors"))},
)

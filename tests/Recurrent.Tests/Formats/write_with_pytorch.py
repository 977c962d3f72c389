"""Writes weights of PyTorch, with torch.save and, with nothing but Python's own json and struct, as safetensors files,
and what they give.

Writes fixtures/pytorch. Needs Python 3 and PyTorch (made with 1.13.1):

    python3 write_with_pytorch.py
"""

import json
import os
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


TYPES = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float64: "F64",
    torch.int64: "I64",
}


def save(path, weights, metadata=()):
    """As safetensors.torch.save_file does."""
    header, data = {"__metadata__": {"format": "pt", **dict(metadata)}}, b""
    for name, tensor in weights.items():
        values = bytes(tensor.contiguous().reshape(-1).view(torch.uint8).tolist())
        end = len(data) + len(values)
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), end]}
        data += values
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


def save_model(path, model):
    """As safetensors.torch.save_model does: of tensors that share their values one is written, under the first name."""
    weights, aliases, kept = model.state_dict(), {}, {}
    for name in sorted(weights):
        first = kept.setdefault(weights[name].data_ptr(), name)
        if first != name:
            aliases[name] = first
    save(path, {name: tensor for name, tensor in weights.items() if name not in aliases}, aliases)


class Model(nn.Module):
    def __init__(self, rnn, size=0, bias=True, tied=False):
        super().__init__()
        torch.manual_seed(2)
        if size:
            self.wte = nn.Embedding(VOCABULARY, size)
        self.rnn = rnn
        self.head = nn.Linear(HIDDEN, VOCABULARY, bias=bias)
        if tied:
            self.head.weight = self.wte.weight
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-1, 1)

    def reading(self):
        """What the weights give, in double precision whatever they are written in."""
        self.double()
        return read(self.steps if hasattr(self.rnn, "weight_ih") else self.rnn, self.head, getattr(self, "wte", None))

    def steps(self, X, state):
        """An nn.LSTMCell over a sequence."""
        outputs = []
        for x in X:
            state = self.rnn(x, state)
            outputs.append(state[0])
        return torch.stack(outputs), state


def strided(model):
    """A matrix that is the transpose of what is in its storage, and the rest in one storage, as on a GPU."""
    weights = model.state_dict()
    flat = torch.cat([tensor.reshape(-1) for tensor in weights.values()])
    begin = 0
    for name, tensor in weights.items():
        weights[name] = flat[begin : begin + tensor.numel()].view(tensor.shape)
        begin += tensor.numel()
    weights["head.weight"] = weights["head.weight"].T.contiguous().T
    return weights


def checkpoint(model):
    optimizer = torch.optim.Adam(model.parameters())
    model.head(torch.zeros(1, HIDDEN)).sum().backward()
    optimizer.step()
    return {"epoch": 3, "model_state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "best": None}


def with_step(model):
    """Steps as optimisers and nn.BatchNorm1d count them."""
    return {**model.state_dict(), "steps": torch.tensor(7), "rnn.calls": torch.tensor([1, 2])}


VARIANTS = {  # the model, and what is written
    "rnn-relu.pt": (lambda: Model(nn.RNN(VOCABULARY, HIDDEN, nonlinearity="relu")), nn.Module.state_dict),
    "gru-half.pt": (lambda: Model(nn.GRU(VOCABULARY, HIDDEN)).half(), nn.Module.state_dict),
    "lstm-bfloat16.pt": (lambda: Model(nn.LSTM(4, HIDDEN), 4).bfloat16(), nn.Module.state_dict),
    "gru-double.pt": (lambda: Model(nn.GRU(VOCABULARY, HIDDEN)).double(), nn.Module.state_dict),
    "gru-half.safetensors": (lambda: Model(nn.GRU(VOCABULARY, HIDDEN)).half(), nn.Module.state_dict),
    "gru-bfloat16.safetensors": (lambda: Model(nn.GRU(VOCABULARY, HIDDEN)).bfloat16(), nn.Module.state_dict),
    "gru-double.safetensors": (lambda: Model(nn.GRU(VOCABULARY, HIDDEN)).double(), nn.Module.state_dict),
    "lstm-cell.pt": (lambda: Model(nn.LSTMCell(4, HIDDEN), 4), nn.Module.state_dict),
    "gru-no-bias.pt": (lambda: Model(nn.GRU(4, HIDDEN, 2, bias=False), 4, bias=False), nn.Module.state_dict),
    "lstm-one-storage.pt": (lambda: Model(nn.LSTM(4, HIDDEN, 2), 4), strided),
    "gru-checkpoint.pt": (lambda: Model(nn.GRU(VOCABULARY, HIDDEN)), checkpoint),
    "gru-steps.pt": (lambda: Model(nn.GRU(VOCABULARY, HIDDEN)), with_step),
    "gru-steps.safetensors": (lambda: Model(nn.GRU(VOCABULARY, HIDDEN)), with_step),
    "lstm-shared.pt": (lambda: Model(nn.LSTM(HIDDEN, HIDDEN), HIDDEN, tied=True), nn.Module.state_dict),
    "lstm-shared.safetensors": (lambda: Model(nn.LSTM(HIDDEN, HIDDEN), HIDDEN, tied=True), None),
}


class Program:
    """What a pickle can do to whoever loads it."""

    def __reduce__(self):
        return os.system, ("echo executed",)


def variant(name):
    make, saved = VARIANTS[name]
    model = make()
    if name.endswith(".pt"):
        torch.save(saved(model), folder / name)
    elif saved:
        save(folder / name, saved(model))
    else:
        save_model(folder / name, model)
    return model.reading()


folder = FIXTURES / "pytorch"
vocabulary = {"tokens": ["\n", " ", "é", "e", "猫"]}
(folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False) + "\n", encoding="utf-8")
write(
    folder / "write_with_pytorch.json",
    {name: case(folder / f"{name}.safetensors", *options) for name, options in CASES.items()}
    | {name: variant(name) for name in VARIANTS},
)
refused = folder / "refused"
refused.mkdir(exist_ok=True)
small = nn.Linear(1, 1)
torch.save(small.state_dict(), refused / "old.pt", _use_new_zipfile_serialization=False)
torch.save(small, refused / "module.pt")
torch.save({"weight": Program()}, refused / "program.pt")
torch.save([torch.ones(1)], refused / "list.pt")
torch.save({"a": small.state_dict(), "b": small.state_dict()}, refused / "two.pt")
torch.save({"weight": torch.ones(2).to_sparse()}, refused / "sparse.pt")

"""Runs the lines of docs/exchange.md that convert weights of Keras, on layers that compute as Keras documents its own.

Keras is not needed: its equations are written here with numpy, in the layout that get_weights gives. PyTorch must give
the same logits from the state dictionary. The GRU with reset_after=False, which PyTorch does not have, is written to
fixtures/onnx/keras-reset-before.onnx with its logits in JSON, for OnnxImportTests. Needs Python 3, numpy, onnx and
PyTorch (made with 1.12.0 and 1.13.1):

    python3 check_keras_layout.py
"""

import json
import pathlib
import re
import types

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

VOCABULARY, EMBEDDING, HIDDEN = 5, 4, 3
page = (pathlib.Path(__file__).parents[3] / "docs" / "exchange.md").read_text(encoding="utf-8")


class Layer:
    def __init__(self, *weights):
        self.weights = weights

    def get_weights(self):
        return list(self.weights)


class GRU(Layer):
    pass


keras = types.SimpleNamespace(layers=types.SimpleNamespace(GRU=GRU))
for name in ("state_dict", "onnx_model"):
    exec(re.search(rf"```python\n(def {name}.*?\n)(?=\S)", page, re.DOTALL).group(1))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def simple(x, state, W, U, b):
    h = np.tanh(x @ W + state[0] @ U + b)
    return (h,)


def gru(x, state, W, U, b):  # reset_after=True
    (h,) = state
    xz, xr, xh = np.split(x @ W + b[0], 3)
    hz, hr, hh = np.split(h @ U + b[1], 3)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    return (z * h + (1 - z) * np.tanh(xh + r * hh),)


def gru_reset_before(x, state, W, U, b):  # reset_after=False
    (h,) = state
    (xz, xr, xh), (Uz, Ur, Uh) = np.split(x @ W + b, 3), np.split(U, 3, axis=1)
    z, r = sigmoid(xz + h @ Uz), sigmoid(xr + h @ Ur)
    return (z * h + (1 - z) * np.tanh(xh + (r * h) @ Uh),)


def lstm(x, state, W, U, b):
    h, c = state
    i, f, candidate, o = np.split(x @ W + h @ U + b, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
    return sigmoid(o) * np.tanh(c), c


random = np.random.default_rng(1)
for layer, gates, make, step, biases in [
    (nn.RNN, 1, Layer, simple, 1),
    (nn.GRU, 3, GRU, gru, 2),
    (nn.LSTM, 4, Layer, lstm, 1),
]:
    rows = gates * HIDDEN
    bias = random.normal(size=(2, rows) if biases == 2 else rows)
    recurrent = make(random.normal(size=(EMBEDDING, rows)), random.normal(size=(HIDDEN, rows)), bias)
    vectors = random.normal(size=(VOCABULARY, EMBEDDING))
    dense = Layer(random.normal(size=(HIDDEN, VOCABULARY)), random.normal(size=VOCABULARY))
    weights = {
        name: torch.from_numpy(value)
        for name, value in state_dict(Layer(vectors), recurrent, dense).items()
    }
    rnn = layer(EMBEDDING, HIDDEN).double()
    rnn.load_state_dict({name[4:]: value for name, value in weights.items() if name.startswith("rnn.")})
    tokens = [0, 3, 1, 4, 2, 2]
    outputs, _ = rnn(weights["embedding.weight"][tokens])
    logits = (outputs @ weights["linear.weight"].T + weights["linear.bias"]).detach().numpy()
    state = (np.zeros(HIDDEN),) * 2 if layer is nn.LSTM else (np.zeros(HIDDEN),)
    for token, expected in zip(tokens, logits):
        state = step(vectors[token], state, *recurrent.get_weights())
        assert np.allclose(state[0] @ dense.weights[0] + dense.weights[1], expected, rtol=1e-12), layer
    print(f"{layer.__name__}: the same logits")

rows = 3 * HIDDEN
recurrent = GRU(*(random.normal(size=size) for size in ((EMBEDDING, rows), (HIDDEN, rows), rows)))
vectors = random.normal(size=(VOCABULARY, EMBEDDING))
dense = Layer(random.normal(size=(HIDDEN, VOCABULARY)), random.normal(size=VOCABULARY))
model = onnx_model(Layer(vectors), recurrent, dense)
onnx.checker.check_model(model, full_check=True)
state, logits = (np.zeros(HIDDEN),), []
for token in tokens:
    state = gru_reset_before(vectors[token], state, *recurrent.get_weights())
    logits.extend(state[0] @ dense.weights[0] + dense.weights[1])
path = pathlib.Path(__file__).parent / "fixtures" / "onnx" / "keras-reset-before.onnx"
onnx.save(model, path)
path.with_suffix(".json").write_text(json.dumps({"tokens": tokens, "logits": [round(x, 8) for x in logits]}) + "\n")
print(f"{path.name}: written")

"""Numbers that RecurrentLanguageModel must agree with, from PyTorch's nn.Embedding, nn.RNN, nn.GRU, nn.LSTM,
nn.Linear and minimal_layers.py.

Writes recurrent_models.json beside this script. PyTorch computes in double precision. Long tensors are sampled.
Needs Python 3 and PyTorch (made with 1.13.1):

    python3 recurrent_models.py
"""

import functools

import torch
from torch import nn

from agreement_numbers import fill, sampled, tokens, write
from minimal_layers import min_gru_layers, min_lstm_layers

CASES = [  # layers, bidirectional, embedding (0 = one-hot), tied, batch, steps, vocabulary, hidden
    (1, False, 0, False, 5, 3, 11, 7),
    (2, True, 0, False, 3, 2, 300, 5),
    (1, False, 4, False, 5, 3, 11, 7),
    (2, False, 6, False, 2, 3, 300, 17),  # fewer tokens than entries
    (2, False, 7, True, 5, 3, 11, 7),
    (1, True, 10, True, 1, 2, 2, 5),
    (2, True, 10, True, 5, 4, 11, 5),
]


class Model(nn.Module):
    def __init__(self, layer, layers, bidirectional, embedding, tied, vocabulary, hidden):
        super().__init__()
        self.vocabulary = vocabulary
        if embedding:
            self.embedding = nn.Embedding(vocabulary, embedding)
        self.rnn = layer(embedding or vocabulary, hidden, num_layers=layers, bidirectional=bidirectional)
        self.linear = nn.Linear(hidden * (2 if bidirectional else 1), vocabulary)
        if tied:
            self.linear.weight = self.embedding.weight

    def forward(self, X):  # X: (steps, batch)
        if hasattr(self, "embedding"):
            vectors = self.embedding(X)
        else:
            vectors = nn.functional.one_hot(X, self.vocabulary).double()
        H, _ = self.rnn(vectors)
        return self.linear(H.reshape(-1, H.shape[-1]))


def case(kind, layer, layers, bidirectional, embedding, tied, batch, steps, vocabulary, hidden):
    model = Model(layer, layers, bidirectional, embedding, tied, vocabulary, hidden).double()
    fill(model.parameters())
    X, Y = tokens(3, vocabulary, batch, steps), tokens(5, vocabulary, batch, steps)
    logits = model(X.T)
    loss = nn.functional.cross_entropy(logits, Y.T.reshape(-1))
    loss.backward()
    return {
        "kind": kind,
        "layers": layers,
        "bidirectional": bidirectional,
        "embedding": embedding,
        "tied": tied,
        "batch": batch,
        "steps": steps,
        "vocabulary": vocabulary,
        "hidden": hidden,
        "names": [name for name, _ in model.named_parameters()],
        "logits": sampled(logits),
        "loss": loss.item(),
        "gradients": [sampled(parameter.grad) for parameter in model.parameters()],
    }


KINDS = {
    "rnn": nn.RNN,
    "rnn-relu": functools.partial(nn.RNN, nonlinearity="relu"),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
    "mingru": min_gru_layers,
    "minlstm": min_lstm_layers,
}
write(__file__, [case(kind, layer, *choice) for kind, layer in KINDS.items() for choice in CASES])

"""Numbers that a model with context features must agree with: hashes written again from docs/formats.md, PyTorch's
nn.GRU and nn.Linear, and a step of AdamW over the rows of the tables that were read, and no others.

Writes context_features.json beside this script. PyTorch computes in double precision. Long tensors are sampled.
Needs Python 3 and PyTorch (made with 1.13.1):

    python3 context_features.py
"""

import torch
from torch import nn

from agreement_numbers import fill, sampled, tokens, write

RATE, DECAY, CLIP, STEPS = 0.01, 0.1, 0.5, 3
CASES = [  # batch, steps, vocabulary, embedding, hidden, rows, letters
    (3, 9, 11, 4, 7, 13, [1, 2, 5, 7]),
    (2, 16, 7, 5, 6, 1000, [1, 2, 3]),
    (4, 5, 300, 6, 5, 16384, []),
]


def mix(hash, value):
    hash = ((hash ^ value) * 0x9E3779B1) & 0xFFFFFFFF
    return ((hash ^ (hash >> 15)) * 0x85EBCA77) & 0xFFFFFFFF


def row(hash, rows):
    hash = ((hash ^ (hash >> 13)) * 0xC2B2AE3D) & 0xFFFFFFFF
    return ((hash ^ (hash >> 16)) * rows) >> 32


def context_rows(text, rows, letters):
    """The row of each table at each position of a text."""
    word = before = 0
    found = []
    for place, token in enumerate(text):
        last = [text[place - back] + 1 if back <= place else 0 for back in range(4)]
        two = mix(mix(0, last[0]), last[1])
        three = mix(two, last[2])
        here = [mix(two, 2), mix(three, 3), mix(mix(three, last[3]), 4)]
        if token in letters:
            word = mix(word, token + 1) & 0xFFFFFF
        elif word:
            word, before = 0, word
        if letters:
            here += [mix(word, 5), mix(mix(word, 6), before)]
        found.append([row(hash, rows) for hash in here])
    return found


class Model(nn.Module):
    def __init__(self, vocabulary, embedding, hidden, rows, tables):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.features = nn.ModuleDict(
            {name: nn.Embedding(rows, embedding) for name in ["2", "3", "4", "word", "words"][:tables]}
        )
        self.rnn = nn.GRU(embedding, hidden)
        self.linear = nn.Linear(hidden, vocabulary)

    def forward(self, X, rows):  # X: (steps, batch); rows: (steps, batch, tables)
        vectors = self.embedding(X)
        for place, table in enumerate(self.features.values()):
            vectors = vectors + table(rows[..., place])
        H, _ = self.rnn(vectors)
        return self.linear(H.reshape(-1, H.shape[-1]))


def adamw(parameters, moments, step):
    """PyTorch's AdamW, over those rows of a table that have a gradient."""
    for (name, weight), (first, second) in zip(parameters, moments):
        with torch.no_grad():
            if name.startswith("features."):
                where = weight.grad.abs().sum(1).nonzero().squeeze(1)
            else:
                where = slice(None)
            gradient = weight.grad[where]
            first[where] = 0.9 * first[where] + 0.1 * gradient
            second[where] = 0.999 * second[where] + 0.001 * gradient.square()
            root = (second[where] / (1 - 0.999**step)).sqrt() + 1e-8
            move = RATE * first[where] / (1 - 0.9**step) / root
            weight[where] = weight[where] * (1 - RATE * DECAY) - move


def case(batch, steps, vocabulary, embedding, hidden, rows, letters):
    model = Model(vocabulary, embedding, hidden, rows, 5 if letters else 3).double()
    fill(model.parameters())
    parameters = list(model.named_parameters())
    moments = [(torch.zeros_like(weight), torch.zeros_like(weight)) for _, weight in parameters]
    all_logits, norms, losses = [], [], []
    for step in range(1, STEPS + 1):
        X, Y = tokens(3 * step, vocabulary, batch, steps), tokens(5 * step, vocabulary, batch, steps)
        context = torch.tensor([context_rows(text, rows, letters) for text in X.tolist()])
        logits = model(X.T, context.transpose(0, 1))
        loss = nn.functional.cross_entropy(logits, Y.T.reshape(-1))
        model.zero_grad()
        loss.backward()
        gradients = [sampled(weight.grad) for _, weight in parameters]
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), CLIP).item())
        adamw(parameters, moments, step)
        all_logits.append(sampled(logits))
        losses.append(loss.item())
    return {
        "batch": batch,
        "steps": steps,
        "vocabulary": vocabulary,
        "embedding": embedding,
        "hidden": hidden,
        "rows": rows,
        "letters": letters,
        "names": [name for name, _ in parameters],
        "logits": all_logits,
        "losses": losses,
        "norms": norms,
        "gradients": gradients,
        "weights": [sampled(weight) for _, weight in parameters],
    }


write(__file__, [case(*choice) for choice in CASES])

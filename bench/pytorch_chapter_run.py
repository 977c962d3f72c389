"""The chapter's run in PyTorch, as a peer of bench/Recurrent.Results.

    python3 bench/pytorch_chapter_run.py TIMEMACHINE.TXT SEED sequential|random

Prints the perplexity of every tenth epoch and of the last, and the epochs at which it first fell below 5, 2 and 1.5.
Needs Python 3 and PyTorch (the results in docs/results.md come from 1.13.1 with OpenBLAS).
"""

import math
import random
import re
import sys
from collections import Counter

import torch
from torch.nn import functional as F

PATH, SEED, SAMPLER = sys.argv[1], int(sys.argv[2]), sys.argv[3]
EPOCHS, BATCH, STEPS, HIDDEN, MAX_TOKENS = 500, 32, 35, 512, 10_000

lines = [re.sub("[^A-Za-z]+", " ", line).strip().lower() for line in open(PATH).read().split("\n")]
text = "".join(lines)
index = {"<unk>": 0}
for token, _ in sorted(Counter(text).items(), key=lambda pair: -pair[1]):
    index[token] = len(index)
corpus = torch.tensor([index[token] for token in text][:MAX_TOKENS])
vocabulary = len(index)

torch.manual_seed(SEED)
random.seed(SEED)


def random_sampling():
    tokens = corpus[random.randint(0, STEPS - 1) :]
    starts = list(range(0, (len(tokens) - 1) // STEPS * STEPS, STEPS))
    random.shuffle(starts)
    for i in range(0, len(starts) // BATCH * BATCH, BATCH):
        rows = starts[i : i + BATCH]
        yield (
            torch.stack([tokens[s : s + STEPS] for s in rows]),
            torch.stack([tokens[s + 1 : s + 1 + STEPS] for s in rows]),
        )


def sequential_partition():
    offset = random.randint(0, STEPS - 1)
    count = (len(corpus) - offset - 1) // BATCH * BATCH
    Xs = corpus[offset : offset + count].reshape(BATCH, -1)
    Ys = corpus[offset + 1 : offset + 1 + count].reshape(BATCH, -1)
    for i in range(0, Xs.shape[1] // STEPS * STEPS, STEPS):
        yield Xs[:, i : i + STEPS], Ys[:, i : i + STEPS]


def normal(*shape):
    return torch.randn(*shape) * 0.01


parameters = [
    normal(vocabulary, HIDDEN),
    normal(HIDDEN, HIDDEN),
    torch.zeros(HIDDEN),
    normal(HIDDEN, vocabulary),
    torch.zeros(vocabulary),
]
W_xh, W_hh, b_h, W_hq, b_q = parameters
for parameter in parameters:
    parameter.requires_grad_()

first_below = {}
for epoch in range(1, EPOCHS + 1):
    total = count = 0
    H = torch.zeros(BATCH, HIDDEN)
    for X, Y in random_sampling() if SAMPLER == "random" else sequential_partition():
        H = torch.zeros(BATCH, HIDDEN) if SAMPLER == "random" else H.detach()
        outputs = []
        for x in F.one_hot(X.T, vocabulary).float():
            H = torch.tanh(x @ W_xh + H @ W_hh + b_h)
            outputs.append(H @ W_hq + b_q)
        loss = F.cross_entropy(torch.cat(outputs), Y.T.reshape(-1))
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        with torch.no_grad():
            norm = math.sqrt(sum(float((p.grad**2).sum()) for p in parameters))
            for parameter in parameters:
                parameter -= parameter.grad / max(1.0, norm)
        total += loss.item() * Y.numel()
        count += Y.numel()
    perplexity = math.exp(total / count)
    for bound in (5, 2, 1.5):
        if perplexity < bound:
            first_below.setdefault(bound, epoch)
    if epoch % 10 == 0:
        print(SEED, epoch, round(perplexity, 3), first_below, flush=True)

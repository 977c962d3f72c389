"""Numbers that the optimisers must agree with, from torch.optim.

Writes optimizers.json beside this script. Weights and gradients are float32 values from a formula; PyTorch
computes with them in double precision. Needs Python 3 and PyTorch (made with 1.13.1):

    python3 optimizers.py
"""

import torch
from agreement_numbers import formula, write

COUNT = 37
STEPS = 7
CASES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "momentum-decay": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "rmsprop-decay": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-3, weight_decay=0.05),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adam-decay": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.05),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01),
    "adamw-decay": lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.5),
}


def case(name, make):
    weights = formula(0, COUNT).requires_grad_()
    optimizer = make([weights])
    after = []
    for step in range(STEPS):
        weights.grad = formula(step + 1, COUNT)
        optimizer.step()
        after.append(weights.detach().tolist())
    return {"name": name, "after": after}


write(__file__, [case(name, make) for name, make in CASES.items()])

"""Numbers that Muon must agree with: Keller Jordan's rule in PyTorch for blocks of matrices, AdamW for all else.

Writes muon.json beside this script. Weights and gradients are float32 values from a formula; PyTorch computes with
them in double precision. Needs Python 3 and PyTorch (made with 1.13.1):

    python3 muon.py
"""

import torch
from agreement_numbers import formula, sampled, write

STEPS = 7
HIDDEN = 6
SHAPES = {
    "embedding.weight": (9, 5),
    "rnn.weight_ih_l0": (3 * HIDDEN, 5),
    "rnn.weight_hh_l0": (3 * HIDDEN, HIDDEN),
    "rnn.bias_ih_l0": (3 * HIDDEN,),
    "rnn.weight_ih_l1": (3 * HIDDEN, 8),
    "rnn.weight_hh_l1": (3 * HIDDEN, HIDDEN),
    "output.weight": (9, HIDDEN),
}
CASES = [
    {"name": "usual", "rate": 0.01, "momentum": 0.95, "beta2": 0.999, "decay": 0.0},
    {"name": "decay", "rate": 0.02, "momentum": 0.9, "beta2": 0.95, "decay": 0.1},
]


def orthogonalised(g):
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.T if g.shape[0] > g.shape[1] else g
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        s = x @ x.T
        x = a * x + (b * s + c * s @ s) @ x
    return x.T if g.shape[0] > g.shape[1] else x


def muon(weights, momentum, gradient, case):
    momentum.lerp_(gradient, 1 - case["momentum"])
    update = gradient.lerp(momentum, case["momentum"])
    weights.mul_(1 - case["rate"] * case["decay"])
    for block, step in zip(weights.split(HIDDEN), update.split(HIDDEN)):
        scale = max(1, block.shape[0] / block.shape[1]) ** 0.5
        block.sub_(orthogonalised(step), alpha=case["rate"] * scale)


def run(case):
    parameters = {name: formula(salt, *shape) for salt, (name, shape) in enumerate(SHAPES.items())}
    matrices = {name: torch.zeros_like(value) for name, value in parameters.items() if "weight_" in name}
    others = [value.requires_grad_() for name, value in parameters.items() if name not in matrices]
    adamw = torch.optim.AdamW(
        others, lr=0.3 * case["rate"], betas=(0.9, case["beta2"]), weight_decay=case["decay"]
    )
    after = []
    for step in range(STEPS):
        for salt, (name, value) in enumerate(parameters.items()):
            gradient = formula(10 * (step + 1) + salt, *value.shape)
            if name in matrices:
                muon(value, matrices[name], gradient, case)
            else:
                value.grad = gradient
        adamw.step()
        after.append({name: sampled(value) for name, value in parameters.items()})
    return {**case, "after": after}


write(__file__, [run(case) for case in CASES])

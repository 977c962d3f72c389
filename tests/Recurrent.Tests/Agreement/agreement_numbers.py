"""What the scripts beside this one share: values from a formula that the tests repeat, and how numbers are written."""

import json
import math
import pathlib

import torch

SAMPLES = 11


def formula(salt, *shape, scale=1.0):
    """Values in (-scale/2, scale/2), rounded to float32, the same in any language to a bit or two of a double."""
    count = math.prod(shape)
    values = [0.5 * math.sin(salt + 1.7 * i + 0.3 * (i % 7) * (i % 5)) for i in range(count)]
    rounded = torch.tensor(values, dtype=torch.float32).double() * scale
    return rounded.float().double().reshape(shape)


def fill(parameters):
    """Parameter k gets the formula of salt k, scaled so that no sum grows with the size of the layer."""
    with torch.no_grad():
        for salt, parameter in enumerate(parameters):
            scale = 1 / math.sqrt(parameter.shape[-1]) if parameter.dim() == 2 else 1
            parameter.copy_(formula(salt, *parameter.shape, scale=scale))


def tokens(salt, vocabulary, *shape):
    count = math.prod(shape)
    return torch.tensor([(salt + 7 * i + i * i) % vocabulary for i in range(count)]).reshape(shape)


def sampled(tensor):
    """The root mean square of all values, and some of them."""
    values = tensor.detach().reshape(-1)
    some = values[:: max(1, len(values) // SAMPLES)].tolist()
    return {"rms": values.square().mean().sqrt().item(), "some": [float(f"{value:.8g}") for value in some]}


def write(script, cases):
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    pathlib.Path(script).with_suffix(".json").write_text(f"[\n{lines}\n]\n")

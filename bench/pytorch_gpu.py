"""PyTorch with cuDNN on a graphics card beside bench/Recurrent.Gpu, a line of JSON for each row and precision:

    python3 bench/pytorch_gpu.py [NAME ...]

A step is as in bench/pytorch_speed.py: one-hot input, nn.RNN, nn.GRU or nn.LSTM, a linear output, cross-entropy,
gradient clipping at norm 1 and SGD. The precisions are float32 (TensorFloat-32 off everywhere), tf32 (on everywhere)
and float16 (autocast with a scaled loss). Where a step can be captured as a CUDA graph, the faster way counts. Speeds
are medians of slices after warming up.
"""

import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

ROWS = {  # kind, hidden units, batch, steps, vocabulary: those of bench/Recurrent.Gpu/Load.cs
    "rnn-256": ("rnn", 256, 32, 35, 28),
    "gru-256": ("gru", 256, 32, 35, 28),
    "lstm-256": ("lstm", 256, 32, 35, 28),
    "gru-1024": ("gru", 1024, 128, 128, 96),
    "lstm-1024": ("lstm", 1024, 256, 128, 96),
}
PRECISIONS = ("float32", "tf32", "float16")
SLICES = 5
SLICE_SECONDS = 0.25


class Network(nn.Module):
    def __init__(self, kind, hidden, vocabulary):
        super().__init__()
        self.vocabulary = vocabulary
        self.rnn = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[kind](vocabulary, hidden)
        self.linear = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state):
        """tokens (steps, batch) -> logits (steps * batch, vocabulary), state."""
        h, state = self.rnn(F.one_hot(tokens, self.vocabulary).float(), state)
        return self.linear(h.reshape(-1, h.shape[-1])), state


class Training:
    """A model with its state and one minibatch after the other."""

    def __init__(self, kind, hidden, batch, steps, vocabulary, precision):
        torch.manual_seed(1)
        self.network = Network(kind, hidden, vocabulary).cuda()
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=1)
        self.half = precision == "float16"
        self.scaler = torch.amp.GradScaler("cuda", enabled=self.half)
        self.tokens = torch.randint(1, vocabulary, (steps + 1, batch), device="cuda")
        zeros = torch.zeros(1, batch, hidden, device="cuda")
        self.state = (zeros, zeros.clone()) if kind == "lstm" else (zeros,)

    def step(self):
        state = self.state if len(self.state) == 2 else self.state[0]
        with torch.autocast("cuda", torch.float16, enabled=self.half):
            logits, state = self.network(self.tokens[:-1], state)
            loss = F.cross_entropy(logits.float(), self.tokens[1:].reshape(-1))
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1, foreach=True)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        for old, new in zip(self.state, state if isinstance(state, tuple) else (state,)):
            old.copy_(new.detach())

    def captured(self):
        """The step as a CUDA graph; cuDNN and the optimiser allow it where nothing is read back."""
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.step()
        return graph.replay


def speed(step, tokens):
    def measure():
        torch.cuda.synchronize()
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < SLICE_SECONDS:
            for _ in range(4):
                step()
            torch.cuda.synchronize()
            count += 4
        return count * tokens / (time.perf_counter() - start)

    measure()
    return statistics.median(measure() for _ in range(SLICES))


def row(name, precision):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    kind, hidden, batch, steps, vocabulary = ROWS[name]
    result = {"name": name, "precision": precision}
    try:
        training = Training(kind, hidden, batch, steps, vocabulary, precision)
        result["eager"] = result["perSecond"] = speed(training.step, batch * steps)
    except Exception as failure:
        return {**result, "failure": f"{type(failure).__name__}: {failure}"}
    if precision != "float16":  # whose scaler reads back whether a gradient is finite
        try:
            graph = Training(kind, hidden, batch, steps, vocabulary, precision).captured()
            result["graph"] = speed(graph, batch * steps)
            result["perSecond"] = max(result["eager"], result["graph"])
        except Exception as failure:
            result["graphFailure"] = f"{type(failure).__name__}: {str(failure).splitlines()[0]}"
    return result


print(
    json.dumps(
        {
            "name": "about",
            "torch": torch.__version__,
            "cudnn": torch.backends.cudnn.version(),
            "card": torch.cuda.get_device_name(),
        }
    ),
    flush=True,
)
for precision in PRECISIONS:
    for name in sys.argv[1:] or ROWS:
        print(json.dumps(row(name, precision)), flush=True)

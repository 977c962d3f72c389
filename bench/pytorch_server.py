"""What a user would take instead: PyTorch behind FastAPI, all streams in one batch (bench/Recurrent.Serving runs it):

    python3 bench/pytorch_server.py MODEL.safetensors [--port 0] [--threads 2] [--gather MILLISECONDS]

MODEL is a file of recurrent train: a GRU or an LSTM on one-hot input. It serves POST /v1/completions with prompt,
max_tokens, temperature and seed, as a stream of events. A task steps the batch for as long as there are streams, which
come and go between two steps; each stream gets its characters through a queue, and sends each as an event, or, with
--gather, all that there are every so many milliseconds. Needs Debian's python3-torch, python3-fastapi and uvicorn.
"""

import argparse
import asyncio
import json
import socket
import struct

import torch
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from torch.nn import functional as F


def load(path):
    """The module of a safetensors file, and its vocabulary."""
    data = open(path, "rb").read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    metadata = header.pop("__metadata__")
    weights = {}
    for name, entry in header.items():
        first, end = (start + offset for offset in entry["data_offsets"])
        weights[name] = torch.frombuffer(bytearray(data[first:end]), dtype=torch.float32).reshape(entry["shape"])
    sizes = json.loads(metadata["model"])
    kind = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[sizes["kind"]]
    vocabulary, hidden = sizes["vocabularySize"], sizes["hiddenSize"]
    model = torch.nn.ModuleDict({"rnn": kind(vocabulary, hidden), "linear": torch.nn.Linear(hidden, vocabulary)})
    model.load_state_dict(weights)
    return model.eval(), json.loads(metadata["text"])["tokens"]


class Row:
    """One stream: what is left of its prompt, its state, and where its characters go."""

    def __init__(self, prompt, length, temperature):
        self.prompt, self.left, self.temperature = prompt, length, temperature
        self.next, self.queue, self.is_gone = self.prompt.pop(0), asyncio.Queue(), False


class Batch:
    """All streams; the states (layer, row, hidden) stay stacked while the same streams step."""

    def __init__(self, model, tokens):
        self.model, self.tokens, self.rows, self.coming, self.news = model, tokens, [], [], asyncio.Event()
        self.is_lstm = isinstance(model["rnn"], torch.nn.LSTM)
        self.state = torch.zeros(2 if self.is_lstm else 1, 0, model["rnn"].hidden_size)

    def step(self):
        x = F.one_hot(torch.tensor([[row.next for row in self.rows]]), len(self.tokens)).float()
        parts = (self.state[:1], self.state[1:]) if self.is_lstm else self.state
        y, parts = self.model["rnn"](x, parts)
        self.state = torch.cat(parts) if self.is_lstm else parts
        heat = torch.tensor([[row.temperature] for row in self.rows])
        return torch.multinomial(F.softmax(self.model["linear"](y[0]) / heat, 1), 1).flatten().tolist()

    async def run(self):
        with torch.inference_mode():
            while True:
                staying = [i for i, row in enumerate(self.rows) if row.left > 0 and not row.is_gone]
                if len(staying) < len(self.rows) or self.coming:
                    new = torch.zeros(self.state.shape[0], len(self.coming), self.state.shape[2])
                    self.state = torch.cat((self.state[:, staying], new), 1)
                    self.rows, self.coming = [self.rows[i] for i in staying] + self.coming, []
                if not self.rows:
                    self.news.clear()
                    await self.news.wait()
                    continue
                for row, token in zip(self.rows, self.step()):
                    if row.prompt:
                        row.next = row.prompt.pop(0)
                        continue
                    row.next, row.left = token, row.left - 1
                    row.queue.put_nowait(self.tokens[token])
                await asyncio.sleep(0)  # the streams' turn


parser = argparse.ArgumentParser(description="PyTorch behind FastAPI.")
parser.add_argument("model")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--gather", type=float, default=0, help="milliseconds; 0 for an event a character")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
app = FastAPI()


@app.on_event("startup")
async def start():
    app.state.batch = Batch(*load(arguments.model))
    app.state.task = asyncio.create_task(app.state.batch.run())


@app.post("/v1/completions")
async def complete(request: Request):
    body = await request.json()
    batch = app.state.batch
    index = {token: i for i, token in enumerate(batch.tokens)}
    prompt = [index.get(letter, 0) for letter in body.get("prompt") or "\n"]
    row = Row(prompt, body.get("max_tokens", 16), body.get("temperature", 1))

    async def events():
        try:
            left = row.left
            while left > 0:
                text = await row.queue.get()
                if arguments.gather:
                    while not row.queue.empty():
                        text += row.queue.get_nowait()
                left -= len(text)
                choice = {"text": text, "index": 0, "logprobs": None, "finish_reason": None if left else "length"}
                event = {"object": "text_completion", "choices": [choice]}
                yield f"data: {json.dumps(event, separators=(',', ':'))}\n\n"
                if arguments.gather:
                    await asyncio.sleep(arguments.gather / 1000)
            yield "data: [DONE]\n\n"
        finally:
            row.is_gone = True

    batch.coming.append(row)
    batch.news.set()
    return StreamingResponse(events(), media_type="text/event-stream")


listener = socket.socket()
listener.bind(("127.0.0.1", arguments.port))
print(f"Serving {arguments.model} at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])

#!/usr/bin/env python3
"""Trains six models and prints the SHA-256 of each one's weights, and of each tensor.

    python3 bench/golden_weights.py [--check] [--models rnn,gru] [--program 'COMMAND OF ANOTHER BUILD']

They are the README's first command, without counts and, as readme-hybrid, with them, and the training runs of scratch,
rnn, gru and lstm that tests/Recurrent.Cli.Tests/Fixtures lists. --check compares with bench/golden-weights.txt, which
commit 0b72648 gave but for the counts, and ends with 1 where a hash differs. Takes about a minute, and needs the .NET SDK alone. --program runs another build than
this machine's, such as Arm64's under emulation, where the README's model takes hours; CONTRIBUTING.md says how.
"""

import argparse
import difflib
import hashlib
import json
import re
import shlex
import struct
import sys
import tempfile
from pathlib import Path

from comparison.processes import REPOSITORY, run

GOLDEN = REPOSITORY / "bench/golden-weights.txt"
FIXTURES = REPOSITORY / "tests/Recurrent.Cli.Tests/Fixtures/README.md"
PROJECT = REPOSITORY / "src/Recurrent.Cli"
PROGRAM = PROJECT / "bin/Release/net10.0/Recurrent.Cli.dll"
SMALL = ("scratch", "rnn", "gru", "lstm")
MODELS = ("readme", "readme-hybrid", *SMALL)


def commands():
    """Arguments by the name of the model; --out is left to the caller."""
    found = {"readme": ["train", "--no-counts"], "readme-hybrid": ["train"]}
    listed = FIXTURES.read_text()
    for name in SMALL:
        command = re.search(rf"`recurrent (train .*) --out {name}\.safetensors`", listed)[1]
        found[name] = [*command.split(), "--no-counts"]
    return found


def hashes(path):
    """Of all values in the order of the file, and of each tensor's by its name."""
    content = path.read_bytes()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:start])
    data = content[start:]
    tensors = {
        name: data[slice(*tensor["data_offsets"])] for name, tensor in header.items() if name != "__metadata__"
    }
    return {"": sha256(data), **{name: sha256(values) for name, values in tensors.items()}}


def sha256(values):
    return hashlib.sha256(values).hexdigest()


parser = argparse.ArgumentParser(description="Prints the SHA-256 of the weights of six training runs.")
parser.add_argument("--check", action="store_true", help=f"compare with {GOLDEN.relative_to(REPOSITORY)}")
parser.add_argument("--models", default=",".join(MODELS), help="names with commas between; all by default")
parser.add_argument("--program", type=shlex.split, help="how the tool is called; this machine's build by default")
arguments = parser.parse_args()
asked = arguments.models.split(",")
if unknown := [model for model in asked if model not in MODELS]:
    parser.error(f"no model is called {', '.join(unknown)}; there are: {', '.join(MODELS)}")
models = [model for model in MODELS if model in asked]

if not arguments.program:
    run(["dotnet", "build", "-c", "Release", PROJECT])
program = arguments.program or ["dotnet", PROGRAM]
lines = []
with tempfile.TemporaryDirectory() as folder:
    found = commands()
    for model in models:
        path = Path(folder) / f"{model}.safetensors"
        run([*program, *found[model], "--out", path])
        for tensor, digest in hashes(path).items():
            lines.append(f"{digest}  {model} {tensor}".rstrip())
            print(lines[-1], flush=True)

if arguments.check:
    golden = [line for line in GOLDEN.read_text().splitlines() if line.split()[1] in models]
    changes = list(difflib.unified_diff(golden, lines, str(GOLDEN), "now", lineterm="", n=0))
    print("\n".join(changes) or "all as they were")
    sys.exit(bool(changes))

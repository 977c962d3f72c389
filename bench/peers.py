#!/usr/bin/env python3
"""Runs us and what else there is in turn on this machine and prints the tables of docs/performance.md.

    python3 bench/peers.py [--rounds 5] [--only training,scaling,…] [--rows 'RNN *,LSTM 256'] [--vectors avx2]
                           [--beside] [--trial PROGRAM.dll] [--write docs/performance.md] [--json record.json]

Each measurement is a process of its own. First a trial finds the two quickest ways of setting each rival up for each
row; then, in every round, the machine is measured and each row runs: us, then everyone else. A rival's better way
counts.

training     us on one thread and on all, PyTorch, TorchSharp
scaling      us on one thread and on all, a ceiling in C++ around oneDNN, and the trial that --trial names
generation   one stream: us, PyTorch, TorchSharp, ONNX Runtime
streams      2, 8 and 64 streams side by side
sizes        hidden units, batches and vocabularies from small to large: us, PyTorch, TorchSharp
start        from a process's start to the end of its first epoch: us, PyTorch
threads      us on fewer and more threads than there are cores

Needs the .NET SDK and Debian's python3-torch, libopenblas0-pthread and libopenblas0-openmp; for the ceiling g++ and
libdnnl-dev. TorchSharp and ONNX Runtime come with bench/Recurrent.Rivals, whose packages take 1.2 GB. TorchSharp wants
the libstdc++ of GCC 13; where there is none (Debian 12), gcc makes a stand-in.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from comparison.about import about
from comparison.generation import generation, streams
from comparison.loads import GENERATION, SIZES, STREAMS, TRAINING
from comparison.processes import build
from comparison.programs import NARROW, Ceiling, OnnxRuntime, PyTorch, Recurrent, TorchSharp, Trial
from comparison.rounds import Bench, note
from comparison.start import start
from comparison.tables import replace
from comparison.threads import threads
from comparison.training import scaling, sizes, training

SECTIONS = {section.__name__: section for section in (training, scaling, generation, streams, sizes, start, threads)}
AGAINST_RIVALS = {"training", "generation", "streams", "sizes"}


@contextmanager
def busy_process(wanted):
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if wanted else None
    try:
        yield
    finally:
        if process:
            process.kill()


parser = argparse.ArgumentParser(description="Runs us and others in turn and prints the tables.")
parser.add_argument("--rounds", type=int, default=5, help="rounds, 5 by default")
parser.add_argument("--only", default=",".join(SECTIONS), help="sections, with commas between; all by default")
parser.add_argument("--rows", default="*", help="names of rows or patterns, with commas between; all by default")
parser.add_argument("--vectors", choices=("widest", "avx2"), default="widest", help="the widest for all, or 256 bits")
parser.add_argument("--beside", action="store_true", help="measure beside one busy process")
parser.add_argument("--trial", help="a program of ours that takes speed KIND HIDDEN THREADS claims 4 SECONDS")
parser.add_argument("--write", type=Path, help="a page to write the tables into, between its markers")
parser.add_argument("--json", type=Path, help="a file to write every measurement into")
parser.add_argument("--python", default="/usr/bin/python3", help="the interpreter that has PyTorch")
arguments = parser.parse_args()

chosen = arguments.only.split(",")
if unknown := set(chosen) - set(SECTIONS):
    parser.error(f"there is no section {', '.join(sorted(unknown))}; choose from {', '.join(SECTIONS)}")
patterns = [pattern.strip() for pattern in arguments.rows.split(",")]
known = dict.fromkeys(load.name for load in (*TRAINING, *GENERATION, *STREAMS, *SIZES))
if unknown := [one for one in patterns if not any(fnmatch(name, one) for name in known)]:
    parser.error(f"no row is called {', '.join(unknown)}; there are: {'; '.join(known)}")
if arguments.vectors == "avx2":
    os.environ.update(NARROW)
# Of the page's markers; with one, the machine is part of the table.
suffix = "-avx2" * (arguments.vectors == "avx2") + "-beside" * arguments.beside

build("bench/Recurrent.Throughput")
with tempfile.TemporaryDirectory() as folder:
    companions = [Trial(arguments.trial)] if arguments.trial else []
    rivals = [PyTorch(arguments.python)] if {"start", *AGAINST_RIVALS} & set(chosen) else []
    if "scaling" in chosen and (ceiling := Ceiling.compile(Path(folder), note)):
        companions.append(ceiling)
    if AGAINST_RIVALS & set(chosen):
        build("bench/Recurrent.Rivals")
        rivals += [*([one] if (one := TorchSharp.load(Path(folder), note)) else []), OnnxRuntime()]
    bench = Bench(Recurrent(), companions, rivals, arguments.rounds, patterns)
    with busy_process(arguments.beside):
        bench.measure()
        for name in chosen:
            text, machine = SECTIONS[name](bench), about(bench, arguments.beside)
            together = f"{machine}\n\n{text}"
            print(f"\n{together}\n", flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(bench.record(), indent=1) + "\n")
            if arguments.write:
                parts = {name + suffix: together} if suffix else {"machine": machine, name: text}
                for marker, part in parts.items():
                    arguments.write.write_text(replace(arguments.write.read_text(), marker, part))

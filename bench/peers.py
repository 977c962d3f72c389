#!/usr/bin/env python3
"""Runs us and PyTorch in turn on this machine and prints the tables of docs/performance.md.

    python3 bench/peers.py [--rounds 5] [--only training,generation,start,batches,threads] [--write docs/performance.md]

Each measurement is a process of its own. First a trial finds the two quickest ways of setting PyTorch up for each row;
then, in every round, the machine is measured and each row runs: us, then PyTorch in both ways. The better one counts.
Needs the .NET SDK and Debian's python3-torch, libopenblas0-pthread and libopenblas0-openmp.
"""

import argparse
from pathlib import Path

from comparison.about import about
from comparison.generation import generation
from comparison.processes import REPOSITORY, PyTorch, run
from comparison.rounds import Machine
from comparison.start import start
from comparison.tables import replace
from comparison.threads import threads
from comparison.training import batches, training

SECTIONS = {section.__name__: section for section in (training, generation, start, batches, threads)}

parser = argparse.ArgumentParser(description="Runs us and PyTorch in turn and prints the tables.")
parser.add_argument("--rounds", type=int, default=5, help="rounds, 5 by default")
parser.add_argument("--only", default=",".join(SECTIONS), help="sections, with commas between; all by default")
parser.add_argument("--write", type=Path, help="a page to write the tables into, between its markers")
parser.add_argument("--python", default="/usr/bin/python3", help="the interpreter that has PyTorch")
arguments = parser.parse_args()

chosen = arguments.only.split(",")
if unknown := set(chosen) - set(SECTIONS):
    parser.error(f"there is no section {', '.join(sorted(unknown))}; choose from {', '.join(SECTIONS)}")

run(["dotnet", "build", "-c", "Release", REPOSITORY / "bench/Recurrent.Throughput"])
machine, pytorch = Machine(), PyTorch(arguments.python)
machine.measure()
for name, section in [*((name, SECTIONS[name]) for name in chosen), ("machine", about)]:
    text = section(machine, pytorch, arguments.rounds)
    print(f"\n{text}\n", flush=True)
    if arguments.write:
        page = arguments.write.read_text()
        arguments.write.write_text(replace(page, name, text))

#!/usr/bin/env python3
"""Trains on several processes in every pair of circumstances and compares the bytes with those of one process.

    python3 bench/ranks.py [--first N] [--open-mpi]

Circumstances are the number of ranks, threads of each, vector widths, the MPI library, the shards, the model, the order
of minibatches and the optimizer; every two values of two of them occur together in some run, but that one rank alone
mixes no widths. One process of one thread trains the same model, which is what must come out; and a job in which a rank
has other weights than rank 0 fails, because ranks compare them after each epoch. Needs the .NET SDK, mpirun.openmpi and
mpirun.mpich (Debian: openmpi-bin, mpich); prints a table in Markdown, and ends with 1 where a byte differs. Takes about
two minutes.
"""

import argparse
import hashlib
import itertools
import sys
import tempfile
from collections import Counter
from pathlib import Path

from comparison.processes import REPOSITORY, attempt, build, run

PROGRAM = REPOSITORY / "src/Recurrent.Cli/bin/Release/net10.0/Recurrent.Cli.dll"
TEXT = REPOSITORY / "data/story.txt"
LAYERS = "--hidden 16 --embedding 16 --tied"
VALUES = {
    "ranks": ["4", "2", "8", "1"],
    "threads": ["1", "2"],
    "vectors": ["mixed", "512", "256", "none"],
    "library": ["openmpi", "mpich"],
    "shards": ["8", "16"],
    "model": {
        "rnn": "--model rnn --hidden 16",
        "gru": "--model gru --hidden 16",
        "lstm, 2 layers, dropout, tied": f"--model lstm --layers 2 --dropout 0.2 {LAYERS}",
        "mingru": "--model mingru --hidden 16 --dropout 0.1",
        "gru, both directions": "--model gru --hidden 16 --bidirectional",
        "gru, context features": "--model gru --hidden 16 --embedding 16 --features 256 --dropout 0.1",
    },
    "order": ["sequential", "random"],
    "optimizer": {
        "sgd, momentum": "--optimizer sgd --momentum 0.9",
        "rmsprop": "--optimizer rmsprop",
        "adam": "--optimizer adam",
        "adamw": "--optimizer adamw",
        "muon": "--optimizer muon",
    },
}
WIDTHS = {
    "512": "",
    "256": "export DOTNET_EnableAVX512=0",
    "none": "export DOTNET_EnableAVX2=0",
}
# Rank 0 has the widest vectors, rank 1 narrower ones, rank 2 none, and so on.
MIXED = """case $(( ${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}} % 3 )) in
    1) export DOTNET_EnableAVX512=0 ;; 2) export DOTNET_EnableAVX2=0 ;; esac"""
LAUNCHERS = {
    "openmpi": "mpirun.openmpi --allow-run-as-root --oversubscribe",
    "mpich": "mpirun.mpich",
}


FORBIDDEN = frozenset([("ranks", "1"), ("vectors", "mixed")])


def cover():
    """Runs in which every pair of values occurs: each takes the values of most pairs still wanted, the rarest first."""
    names = list(VALUES)
    used = Counter()
    wanted = {
        frozenset([(a, x), (b, y)])
        for a, b in itertools.combinations(names, 2)
        for x in VALUES[a]
        for y in VALUES[b]
    } - {FORBIDDEN}
    while wanted:
        chosen = dict(min(wanted, key=lambda pair: sorted(pair)))
        for name in names:
            if name not in chosen:
                chosen[name] = max(
                    (value for value in VALUES[name] if not FORBIDDEN <= {*chosen.items(), (name, value)}),
                    key=lambda value: (
                        sum(frozenset([(name, value), one]) in wanted for one in chosen.items()),
                        -used[name, value],
                    ),
                )
        used.update(chosen.items())
        wanted -= {frozenset(pair) for pair in itertools.combinations(chosen.items(), 2)}
        yield {name: chosen[name] for name in names}


def training(one, path):
    settings = [VALUES["model"][one["model"]], VALUES["optimizer"][one["optimizer"]], f"--sampler {one['order']}"]
    rest = f"--shards {one['shards']} --batch 16 --steps 8 --epochs 2 --max-tokens 1500 --no-counts --no-report"
    return f"dotnet {PROGRAM} train {TEXT} {' '.join(settings)} {rest} --out {path}"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, help="only so many runs")
    parser.add_argument("--open-mpi", action="store_true", help="without MPICH")
    asked = parser.parse_args()
    if asked.open_mpi:
        VALUES["library"] = ["openmpi"]
    build("src/Recurrent.Cli")
    alone, differing = {}, 0
    print(f"| {' | '.join(VALUES)} | SHA-256 |\n|{'---|' * (len(VALUES) + 1)}")
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(itertools.islice(cover(), asked.first)):
            setting = (one["shards"], one["model"], one["order"], one["optimizer"])
            if setting not in alone:
                path = Path(folder) / f"alone-{len(alone)}.safetensors"
                run(["bash", "-c", f"{training(one, path)} --threads 1"])
                alone[setting] = digest(path)
            path = Path(folder) / f"{number}.safetensors"
            width = MIXED if one["vectors"] == "mixed" else WIDTHS[one["vectors"]]
            script = Path(folder) / f"{number}.sh"
            script.write_text(f"{width}\nexec {training(one, path)} --threads {one['threads']}\n")
            done = attempt([*LAUNCHERS[one["library"]].split(), "-n", one["ranks"], "bash", script])
            came = digest(path) if done.returncode == 0 else done.stderr.splitlines()[0]
            is_same = came == alone[setting]
            differing += not is_same
            print(f"| {' | '.join(one.values())} | {came}{'' if is_same else f', alone {alone[setting]}'} |", flush=True)
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()

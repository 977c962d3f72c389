"""From a process's start to the end of its first epoch, and its peak memory."""

import statistics
import tempfile
from pathlib import Path

from .processes import PYTORCH, REPOSITORY, run, until_epoch
from .rounds import note
from .tables import table, times

HIDDEN = 256


def start(bench):
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), bench.pytorch, bench.rounds)
    us = measured.pop("Recurrent")
    best = min(measured, key=lambda name: statistics.median(seconds for seconds, _ in measured[name]))
    them = measured[best]
    head = ["", "Recurrent", f"PyTorch ({best})", "ratio", "goal"]
    return table(
        head,
        [
            [
                "start to end of first epoch",
                f"{1000 * median(us, 0):.0f} ms",
                f"{1000 * median(them, 0):.0f} ms",
                *times([b[0] / a[0] for a, b in zip(us, them)], 2),
            ],
            [
                "peak memory",
                f"{median(us, 1):.0f} MB",
                f"{median(them, 1):.0f} MB",
                *times([b[1] / a[1] for a, b in zip(us, them)], 3),
            ],
        ],
    )


def measure(folder, pytorch, rounds):
    """Pairs of seconds and megabytes by name, a list entry a round; a first round that fills the caches is left out."""
    cli = REPOSITORY / "src/Recurrent.Cli"
    run(["dotnet", "publish", "-c", "Release", "-p:PublishReadyToRun=true", "-o", folder / "cli", cli])
    model = ["--preset", "book", "--model", "rnn", "--hidden", HIDDEN]
    train = ["train", "story", *model, "--epochs", 1, "--json", "--out"]
    measured = {}
    for turn in range(rounds + 1):
        note(f"round {turn} of {rounds}: start")
        runs = {"Recurrent": until_epoch([folder / "cli/Recurrent.Cli", *train, folder / "model.safetensors"])}
        for way in pytorch.ways():
            command = [pytorch.python, PYTORCH, "first-epoch", REPOSITORY / "data/story.txt", HIDDEN]
            runs[way.name] = until_epoch([*command, way.threads], way.environment)
        for name, pair in runs.items():
            measured.setdefault(name, []).append(pair)
    return {name: pairs[1:] for name, pairs in measured.items()}


def median(pairs, place):
    return statistics.median(pair[place] for pair in pairs)

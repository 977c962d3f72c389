"""Us and PyTorch in turn: a trial that finds PyTorch's best settings, then rounds."""

import os
import statistics
import sys
from dataclasses import dataclass, field

from .processes import PROCESSORS, ours

TRIAL_SECONDS = 0.5
FINALISTS = 2


@dataclass
class Machine:
    """What the machine could do, each time it was asked."""

    measured: list = field(default_factory=list)

    def measure(self):
        self.measured.append(ours("machine"))
        return self.measured[-1]["flopsOfAll"]

    def values(self, name):
        return [one[name] for one in self.measured]


@dataclass
class Row:
    """One load's speeds, a list entry a round."""

    load: object
    ours: list = field(default_factory=list)
    theirs: dict = field(default_factory=dict)  # a list for each of PyTorch's configurations
    peaks: list = field(default_factory=list)

    @property
    def configuration(self):
        """PyTorch's better configuration by its median."""
        return max(self.theirs, key=lambda configuration: statistics.median(self.theirs[configuration]))

    @property
    def pytorch(self):
        return self.theirs[self.configuration]

    @property
    def ratios(self):
        return [us / them for us, them in zip(self.ours, self.pytorch)]

    @property
    def peak_shares(self):
        return [us * self.load.flop_per_token / peak for us, peak in zip(self.ours, self.peaks)]


def note(text):
    print(text, file=sys.stderr, flush=True)


def in_turn(machine, pytorch, rounds, all_loads, arguments_of):
    """Rows of all loads, each with as many speeds of ours and of PyTorch's as there are rounds."""
    if (busy := os.getloadavg()[0]) > PROCESSORS / 4:
        note(f"{busy:.1f} processes are at work already: the speeds will be too low and far apart")
    rows = []
    for load in all_loads:
        trial = {
            configuration: pytorch.speed(configuration, *arguments_of(load), seconds=TRIAL_SECONDS)["best"]
            for configuration in pytorch.configurations()
        }
        best_first = sorted(trial, key=trial.get, reverse=True)
        note(f"{load.name}: " + "; ".join(f"{c.name} {trial[c]:,.0f}" for c in best_first))
        rows.append(Row(load, theirs={configuration: [] for configuration in best_first[:FINALISTS]}))
    for number in range(1, rounds + 1):
        peak = machine.measure()
        note(f"round {number} of {rounds}: {peak / 1e9:.0f} GFLOP/s with {PROCESSORS} threads")
        for row in rows:
            row.peaks.append(peak)
            row.ours.append(ours(*arguments_of(row.load))["perSecond"])
            for configuration, speeds in row.theirs.items():
                speeds.append(pytorch.speed(configuration, *arguments_of(row.load))["perSecond"])
            note(f"  {row.load.name}: {row.ours[-1]:,.0f}, PyTorch {max(s[-1] for s in row.theirs.values()):,.0f}")
    return rows

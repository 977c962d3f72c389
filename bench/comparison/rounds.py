"""All programs in turn: a trial that finds each rival's best ways, then rounds in which every program runs once."""

import os
import statistics
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatch

from .processes import PROCESSORS, ours

SECONDS = 1.25
TRIAL_SECONDS = 0.5
FINALISTS = 2


def note(text):
    print(text, file=sys.stderr, flush=True)


@dataclass
class Row:
    """One load's speeds: by program and way, a list entry a round; and what the machine gave in each round."""

    load: object
    speeds: dict = field(default_factory=dict)
    machine: list = field(default_factory=list)

    def of(self, name, threads):
        """A program's speeds on so many threads, or None."""
        found = (speeds for (program, way), speeds in self.speeds.items() if (program, way.threads) == (name, threads))
        return next(found, None)

    def best(self, *names):
        """The program and way with the best median, and its speeds, or (None, None, None)."""
        found = [(program, way, speeds) for (program, way), speeds in self.speeds.items() if program in names]
        return max(found, key=lambda one: statistics.median(one[2]), default=(None, None, None))

    def shares(self, speeds, threads, flop_per_token):
        """Each round's share of the FMA peak of so many cores."""
        peak = "flopsOfOne" if threads == 1 else "flopsOfAll"
        return [speed * flop_per_token / machine[peak] for speed, machine in zip(speeds, self.machine)]


def ratios(above, below):
    return [a / b for a, b in zip(above, below)]


@dataclass
class Bench:
    """The programs that take part, how often, and all that was measured."""

    us: object
    companions: list  # what runs beside us with the same threads: a trial, a ceiling
    rivals: list  # whose best way counts
    rounds: int
    rows: list = field(default_factory=lambda: ["*"])  # patterns of the loads' names
    machine: list = field(default_factory=list)
    measured: list = field(default_factory=list)  # pairs of a section's name and a row

    @property
    def pytorch(self):
        return next(rival for rival in self.rivals if rival.name == "PyTorch")

    def measure(self):
        self.machine.append(ours("machine"))
        return self.machine[-1]

    def values(self, name):
        return [one[name] for one in self.machine]

    def in_turn(self, section, loads, arguments_of, programs, threads, seconds=SECONDS, knockout=True):
        """Rows of the loads, each with as many speeds of every program and way as there are rounds.

        Of the rivals, the best two ways of a short trial run, or their usual ways without one; of all other programs,
        the ways with the given numbers of threads.
        """
        if (busy := os.getloadavg()[0]) > PROCESSORS / 4:
            note(f"{busy:.1f} processes are at work already: the speeds will be too low and far apart")
        rows = []
        for load in loads:
            if any(fnmatch(load.name, pattern) for pattern in self.rows):
                arguments = arguments_of(load)
                entries = []
                for program in programs:
                    if program.takes(*arguments):
                        ways = self.ways(program, load.name, arguments, threads, knockout)
                        entries += [(program, way) for way in ways]
                rows.append((Row(load), arguments, entries))
        for number in range(1, self.rounds + 1):
            machine = self.measure()
            peak = machine["flopsOfAll"] / 1e9
            note(f"round {number} of {self.rounds}: {peak:.0f} GFLOP/s with {PROCESSORS} threads")
            for row, arguments, entries in rows:
                row.machine.append(machine)
                for program, way in entries:
                    speed = program.speed(way, arguments, seconds)
                    row.speeds.setdefault((program.name, way), []).append(speed)
                latest = "; ".join(f"{name} {way.name} {speeds[-1]:,.0f}" for (name, way), speeds in row.speeds.items())
                note(f"  {row.load.name}: {latest}")
        self.measured += [(section, row) for row, *_ in rows]
        return [row for row, *_ in rows]

    def ways(self, program, name, arguments, threads, knockout):
        ways = program.ways()
        if program not in self.rivals:
            return [way for way in ways if way.threads in threads]
        if not knockout or len(ways) <= FINALISTS:
            return [way for way in ways if way.usual]
        trial = {way: program.speed(way, arguments, TRIAL_SECONDS) for way in ways}
        best_first = sorted(trial, key=trial.get, reverse=True)
        note(f"{name}, {program.name}: " + "; ".join(f"{way.name} {trial[way]:,.0f}" for way in best_first))
        return best_first[:FINALISTS]

    def record(self):
        """All that was measured, for a file."""
        return {
            "machine": self.machine,
            "rows": [
                {
                    "section": section,
                    "row": row.load.name,
                    "program": program,
                    "way": way.name,
                    "threads": way.threads,
                    "perSecond": speeds,
                }
                for section, row in self.measured
                for (program, way), speeds in row.speeds.items()
            ],
        }

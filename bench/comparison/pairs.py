"""Two builds of ours in turn: rows, the builds, and their pairs of speeds."""

import json
import shutil
import subprocess
from dataclasses import dataclass, field

from . import loads
from .processes import REPOSITORY, attempt, run
from .rounds import note

PROJECT = "bench/Recurrent.Throughput"
STOPWATCH = f"{PROJECT}/SteadySpeed.cs"
SLICES = 3  # of a quarter of a second each: more pairs tell more than longer ones


@dataclass(frozen=True)
class Row:
    """Something that both builds do, and how their throughput program is asked for it."""

    name: str
    arguments: tuple


def rows():
    """All rows; a row that only one of two builds knows is said and left out."""
    return [
        *(Row(f"train {load.name}", load.train_arguments()) for load in loads.TRAINING),
        *(Row(f"generate {load.name}", load.generate_arguments()) for load in loads.GENERATION),
    ]


@dataclass(frozen=True)
class Build:
    """A commit in a folder of its own."""

    commit: str
    folder: object

    @staticmethod
    def unpack(revision, folder):
        """Unpacks a commit; what is not committed is not in it."""
        commit = run(["git", "-C", REPOSITORY, "rev-parse", "--short", f"{revision}^{{commit}}"]).strip()
        folder.mkdir()
        archive = folder.with_suffix(".tar")
        run(["git", "-C", REPOSITORY, "archive", "-o", archive, commit])
        run(["tar", "-xf", archive, "-C", folder])
        return Build(commit, folder)

    def compile(self):
        note(f"building {self.commit}")
        run(["dotnet", "build", "-c", "Release", "-p:RunAnalyzers=false", self.folder / PROJECT])

    def speed(self, row, threads):
        """Units per second; None where the program does not know the row, after saying what it said."""
        program = self.folder / PROJECT / "bin/Release/net10.0/Recurrent.Throughput.dll"
        done = attempt(["dotnet", program, *row.arguments, threads], {"THROUGHPUT_SLICES": str(SLICES)})
        if done.returncode == 0:
            return json.loads(done.stdout)["perSecond"]
        problem = next((line for line in done.stderr.splitlines() if line.strip()), f"exit code {done.returncode}")
        note(f"{self.commit} lacks {row.name}, which is left out: {problem}")
        return None


def share_stopwatch(builds):
    """Lets both builds measure with today's stopwatch, so that only what is measured differs between them."""
    if all((build.folder / STOPWATCH).exists() for build in builds):
        for build in builds:
            shutil.copy(REPOSITORY / STOPWATCH, build.folder / STOPWATCH)
    else:
        note(f"not both have {STOPWATCH}, so each measures with its own stopwatch")


@dataclass
class Pairs:
    """One row's speeds before and after, a list entry a pair."""

    row: Row
    before: list = field(default_factory=list)
    after: list = field(default_factory=list)

    @property
    def ratios(self):
        return [after / before for before, after in zip(self.before, self.after)]


def in_turn(before, after, chosen, count, threads):
    """Pairs of speeds of each row that both builds know; every other pair begins with the later build."""
    measured = [Pairs(row) for row in chosen]
    for number in range(count):
        note(f"pair {number + 1} of {count}")
        for pairs in list(measured):
            sides = [(before, pairs.before), (after, pairs.after)]
            for build, speeds in sides if number % 2 == 0 else reversed(sides):
                speed = build.speed(pairs.row, threads)
                if speed is None:
                    measured.remove(pairs)
                    break
                speeds.append(speed)
            else:
                note(f"  {pairs.row.name}: {pairs.before[-1]:,.0f}, {pairs.after[-1]:,.0f}, {pairs.ratios[-1]:.3f}")
    return measured

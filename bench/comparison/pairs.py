"""Two builds of ours in turn: rows, the builds, and their pairs of speeds."""

import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field

from . import loads
from .processes import REPOSITORY, run
from .rounds import note

PROJECT = "bench/Recurrent.Throughput"
STOPWATCH = f"{PROJECT}/SteadySpeed.cs"
SLICES = 3  # of a quarter of a second each: more pairs tell more than longer ones
TURN = 0.1  # seconds


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

    def start(self, row, threads, clock):
        """A process that measures a row's speed."""
        program = self.folder / PROJECT / "bin/Release/net10.0/Recurrent.Throughput.dll"
        return subprocess.Popen(
            ["dotnet", program, *(str(argument) for argument in row.arguments), str(threads)],
            env={**os.environ, "THROUGHPUT_SLICES": str(SLICES), "THROUGHPUT_CLOCK": clock},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def speed(self, row, process):
        """Units per second; None where the program does not know the row, after saying what it said."""
        output, errors = process.communicate()
        if process.returncode == 0:
            return json.loads(output)["perSecond"]
        problem = next((line for line in errors.splitlines() if line.strip()), f"exit code {process.returncode}")
        note(f"{self.commit} lacks {row.name}, which is left out: {problem}")
        return None


def pair(builds, row, threads, clock):
    """The speeds of two builds, in their order.

    Where the processor's time is measured, they take turns of a tenth of a second, so that both see the same machine:
    its speed changes from second to second with what else runs on it.
    """
    if clock == "wall":
        return [build.speed(row, build.start(row, threads, clock)) for build in builds]
    processes = []
    try:
        for build in builds:
            processes.append(build.start(row, threads, clock))
            processes[-1].send_signal(signal.SIGSTOP)
        take_turns(processes)
        return [build.speed(row, process) for build, process in zip(builds, processes)]
    finally:
        for process in processes:
            process.kill()


def take_turns(processes):
    while running := [process for process in processes if process.poll() is None]:
        for process in running:
            process.send_signal(signal.SIGCONT)
            try:
                process.wait(TURN)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGSTOP)


def share_stopwatch(builds):
    """Gives both builds today's stopwatch, so that only what is measured differs; whether both have a place for it."""
    if not all((build.folder / STOPWATCH).exists() for build in builds):
        return False
    for build in builds:
        shutil.copy(REPOSITORY / STOPWATCH, build.folder / STOPWATCH)
    return True


@dataclass
class Pairs:
    """One row's speeds before and after, a list entry a pair."""

    row: Row
    before: list = field(default_factory=list)
    after: list = field(default_factory=list)

    @property
    def ratios(self):
        return [after / before for before, after in zip(self.before, self.after)]


def in_turn(before, after, chosen, count, threads, clock):
    """Pairs of speeds of each row that both builds know; every other pair begins with the later build."""
    measured = [Pairs(row) for row in chosen]
    for number in range(count):
        note(f"pair {number + 1} of {count}")
        for pairs in list(measured):
            builds, order = [before, after], 1 if number % 2 == 0 else -1
            speeds = pair(builds[::order], pairs.row, threads, clock)[::order]
            if None in speeds:
                measured.remove(pairs)
                continue
            pairs.before.append(speeds[0])
            pairs.after.append(speeds[1])
            note(f"  {pairs.row.name}: {speeds[0]:,.0f}, {speeds[1]:,.0f}, {pairs.ratios[-1]:.3f}")
    return measured

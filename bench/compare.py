#!/usr/bin/env python3
"""Builds two commits, runs the rows of the benchmark in turn and says which of them moved.

    python3 bench/compare.py BEFORE [AFTER] [--rows 'train LSTM*,generate*'] [--pairs 11] [--threads 1]

AFTER is HEAD if it is not given. Each speed is a process of its own, and the two of a pair follow each other; every other pair begins
with the later commit, so that what comes first is no advantage. A row's result is the median over the pairs of the later speed
divided by the earlier one, with its interval by order statistics (the sign test's), which supposes nothing about how speeds
vary. Ends with 1 if a row's whole interval lies below 0.98. All rows take a quarter of an hour, in which the machine is
best left alone.
"""

import argparse
import os
import statistics
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from comparison.intervals import LEAST_RATIO, Verdict, ranks
from comparison.pairs import Build, in_turn, rows, share_stopwatch
from comparison.processes import PROCESSORS
from comparison.rounds import note
from comparison.tables import count, table

parser = argparse.ArgumentParser(description="Says which rows of the benchmark moved between two commits.")
parser.add_argument("before", help="the earlier commit")
parser.add_argument("after", nargs="?", default="HEAD", help="the later commit, HEAD by default")
parser.add_argument("--rows", default="*", help="names or patterns, with commas between; all by default")
parser.add_argument("--pairs", type=int, default=11, help="pairs of measurements a row, at least 6; 11 by default")
parser.add_argument("--threads", type=int, default=1, help="threads of each program, 1 by default")
arguments = parser.parse_args()

patterns = [pattern.strip() for pattern in arguments.rows.split(",")]
known = rows()
if unknown := [one for one in patterns if not any(fnmatch(row.name, one) for row in known)]:
    parser.error(f"no row is called {', '.join(unknown)}; there are: {', '.join(row.name for row in known)}")
chosen = [row for row in known if any(fnmatch(row.name, one) for one in patterns)]
_, confidence = ranks(arguments.pairs)
if confidence is None:
    parser.error(f"{arguments.pairs} pairs give no interval of 95%; take 6 or more")

if (busy := os.getloadavg()[0]) > PROCESSORS / 4:
    note(f"{busy:.1f} processes are at work already: the speeds will be far apart")
with tempfile.TemporaryDirectory() as folder:
    before = Build.unpack(arguments.before, Path(folder) / "a")
    after = Build.unpack(arguments.after, Path(folder) / "b")
    share_stopwatch((before, after))
    before.compile()
    after.compile()
    measured = in_turn(before, after, chosen, arguments.pairs, arguments.threads)
if not measured:
    parser.error("there is no row that both commits know")

verdicts = [Verdict.of(pairs.ratios) for pairs in measured]
threads = f"{arguments.threads} thread{'s' * (arguments.threads > 1)}"
head = [threads, before.commit, after.commit, "ratio", f"{100 * confidence:.1f}% interval", "speed"]
lines = [
    [
        pairs.row.name,
        count(statistics.median(pairs.before)),
        count(statistics.median(pairs.after)),
        f"{verdict.median:.3f}",
        f"{verdict.low:.3f}–{verdict.high:.3f}",
        verdict.word + f", wholly below {LEAST_RATIO}" * verdict.is_loss,
    ]
    for pairs, verdict in zip(measured, verdicts)
]
print(table(head, lines))
sys.exit(any(verdict.is_loss for verdict in verdicts))

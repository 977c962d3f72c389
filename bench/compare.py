#!/usr/bin/env python3
"""Builds two commits, runs the rows of the benchmark in turn and says which of them moved.

    python3 bench/compare.py BEFORE [AFTER] [--rows 'train LSTM*,generate*'] [--pairs 12] [--threads 1]

AFTER is HEAD if it is not given. In each pair both commits measure a row, each in a process of its own; every other
pair begins with the later one, so that what comes first is no advantage. A row's result is the median over the pairs of
the later speed divided by the earlier one, with an interval by order statistics (that of the sign test), which supposes
nothing about how speeds vary. Ends with 1 if a row's whole interval lies below 0.98.

On one thread the processor's time is measured and the two processes take turns of a tenth of a second, so that other
programs hardly matter; what a program waits for shows with --clock wall alone. All rows take about 15 minutes.
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
parser.add_argument("--pairs", type=int, default=12, help="pairs of measurements a row, at least 6; 12 by default")
parser.add_argument("--threads", type=int, default=1, help="threads of each program, 1 by default")
parser.add_argument(
    "--clock",
    choices=("processor", "wall"),
    help="whose time is measured; the processor's by default on one thread, where nothing waits, otherwise the wall's",
)
arguments = parser.parse_args()
clock = arguments.clock or ("processor" if arguments.threads == 1 else "wall")

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
    if not share_stopwatch((before, after)):
        clock = "wall"
        note("not both have today's stopwatch, so each takes its own and measures by the clock on the wall")
    before.compile()
    after.compile()
    measured = in_turn(before, after, chosen, arguments.pairs, arguments.threads, clock)
if not measured:
    parser.error("there is no row that both commits know")

verdicts = [Verdict.of(pairs.ratios) for pairs in measured]
threads = f"{arguments.threads} thread{'s' * (arguments.threads > 1)}, {clock} time"
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

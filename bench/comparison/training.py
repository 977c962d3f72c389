"""Training: against the rivals, on one thread and on all, and at every size."""

import statistics

from . import loads
from .processes import PROCESSORS
from .rounds import ratios
from .tables import NONE, count, percent, ratio, spread, table, times

RIVALS = ("PyTorch", "TorchSharp")


def training(bench):
    """Us on one thread and on all, and the rivals' best."""
    programs = [bench.us, *bench.rivals]
    rows = bench.in_turn("training", loads.TRAINING, loads.Load.train_arguments, programs, (1, PROCESSORS))
    every = f"{PROCESSORS} threads"
    head = ["training, tokens/s", "1 thread", "of peak", "goal", every, "over 1", *RIVALS, "over the better", "goal"]
    return table([*head, "set up as"], [against_rivals(row) for row in rows])


def against_rivals(row):
    load, one, every = row.load, row.of("Recurrent", 1), row.of("Recurrent", PROCESSORS)
    shares = percent(row.shares(one, 1, load.flop_per_token), load.peak_goal) if load.peak_goal else (NONE, NONE)
    rival, way, theirs = row.best(*RIVALS)
    return [
        load.name,
        spread(one),
        *shares,
        spread(every),
        ratio(ratios(every, one), 2),
        *(spread(row.best(name)[2]) for name in RIVALS),
        *times(ratios(every, theirs), load.ratio_goal),
        f"{rival}: {way.name}",
    ]


def scaling(bench):
    """Us on one thread and on all, and what our trial and C++ make of the same cores."""
    programs = [bench.us, *bench.companions]
    rows = bench.in_turn("scaling", loads.TRAINING, loads.Load.train_arguments, programs, (1, PROCESSORS))
    names = [program.name for program in programs]
    numbers = [f"{name}, {threads}" for name in names for threads in ("1 thread", f"{PROCESSORS} threads", "over 1")]
    over = [f"us over {program.name}, {n}" for program in bench.companions for n in ("1 thread", f"{PROCESSORS}")]
    head = ["training, tokens/s", *numbers, *over, "of peak, 1 thread", f"{PROCESSORS} threads"]
    return table(head, [on_one_and_all(row, names) for row in rows])


def on_one_and_all(row, names):
    line, over, shares = [row.load.name], [], []
    for name in names:
        one, every = row.of(name, 1), row.of(name, PROCESSORS)
        line += [spread(one), spread(every), ratio(ratios(every or [], one or []), 2)]
        if name != "Recurrent":
            over += [ratio(ratios(row.of("Recurrent", n), row.of(name, n) or []), 2) for n in (1, PROCESSORS)]
    for n in (1, PROCESSORS):
        flop = row.load.flop_per_token
        shares.append(percent(row.shares(row.of("Recurrent", n), n, flop))[0] if row.load.peak_goal else NONE)
    return [*line, *over, *shares]


def sizes(bench):
    """Every size, a second or less each: the rivals in their usual ways, without a trial."""
    programs = [bench.us, *(rival for rival in bench.rivals if rival.name in RIVALS)]
    arguments = loads.Load.train_arguments
    rows = bench.in_turn("sizes", loads.SIZES, arguments, programs, (PROCESSORS,), seconds=0.5, knockout=False)
    head = ["model", "vocabulary", "batch", "steps", "tokens/s", "of peak", *RIVALS, "over the better", "set up as"]
    return table(head, [size(row) for row in rows])


def size(row):
    load, speeds = row.load, row.of("Recurrent", PROCESSORS)
    rival, way, theirs = row.best(*RIVALS)
    return [
        load.model,
        f"{load.vocabulary:,}",
        str(load.batch),
        str(load.steps),
        count(statistics.median(speeds)),
        percent(row.shares(speeds, PROCESSORS, load.flop_per_token))[0],
        *(count(statistics.median(best)) if (best := row.best(name)[2]) else NONE for name in RIVALS),
        ratio(ratios(speeds, theirs)),
        f"{rival}: {way.name}",
    ]

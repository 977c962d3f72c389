"""Greedy generation: one stream, and how near it comes to reading the weights as fast as the cache gives them; more."""

import statistics

from . import loads
from .processes import PROCESSORS, ours
from .rounds import ratios
from .tables import count, percent, spread, table, times

RIVALS = ("PyTorch", "TorchSharp", "ONNX Runtime")


def generation(bench):
    rows = in_turn(bench, "generation", loads.GENERATION)
    cache = ["weights", "read at", "cache gives 1 core", f"{PROCESSORS} cores", "share of 1 core's", "of all cores'"]
    return table(head(*cache), [[*line(row), *reading(row, bench.rounds)] for row in rows])


def streams(bench):
    """Several streams side by side: products with as many rows."""
    rows = in_turn(bench, "streams", loads.STREAMS)
    return table(head("of FMA peak"), [[*line(row), of_peak(row)] for row in rows])


def in_turn(bench, section, chosen):
    programs = [bench.us, *bench.rivals]
    return bench.in_turn(section, chosen, loads.Load.generate_arguments, programs, (PROCESSORS,))


def head(*more):
    return ["generation", "characters/s", "ns/character", *RIVALS, "over the best", "goal", "set up as", *more]


def line(row):
    speeds = row.of("Recurrent", PROCESSORS)
    rival, way, theirs = row.best(*RIVALS)
    return [
        row.load.name,
        spread(speeds),
        count(1e9 / statistics.median(speeds)),
        *(spread(row.best(name)[2]) for name in RIVALS),
        *times(ratios(speeds, theirs), row.load.ratio_goal),
        f"{rival}: {way.name}",
    ]


def reading(row, rounds):
    size, speed = row.load.bytes_per_character, statistics.median(row.of("Recurrent", PROCESSORS))
    one, every = (
        statistics.median(ours("bandwidth", size, threads)["bytesPerSecond"] for _ in range(rounds))
        for threads in (1, PROCESSORS)
    )
    rates = [f"{rate / 1e9:.0f} GB/s" for rate in (speed * size, one, every)]
    return [f"{size / 1e6:.2f} MB", *rates, percent([speed * size / one])[0], percent([speed * size / every])[0]]


def of_peak(row):
    """A character takes two operations a weight."""
    return percent(row.shares(row.of("Recurrent", PROCESSORS), PROCESSORS, 2 * row.load.weights))[0]

"""Generation of one greedy stream, and how near it comes to reading the weights as fast as the cache gives them."""

import statistics

from . import loads
from .processes import PROCESSORS, ours
from .rounds import in_turn
from .tables import count, percent, table, times


def generation(machine, pytorch, rounds):
    rows = in_turn(machine, pytorch, rounds, loads.GENERATION, loads.Load.generate_arguments)
    head = [
        "generation",
        "characters/s",
        "ns/character",
        "PyTorch's best",
        "ratio",
        "goal",
        "weights",
        "read at",
        "cache gives 1 core",
        f"{PROCESSORS} cores",
        "share of 1 core's",
        f"of {PROCESSORS} cores'",
        "PyTorch set up as",
    ]
    return table(head, [line(row, rounds) for row in rows])


def line(row, rounds):
    size = row.load.bytes_per_character
    speed = statistics.median(row.ours)
    one, every = (
        statistics.median(ours("bandwidth", size, threads)["bytesPerSecond"] for _ in range(rounds))
        for threads in (1, PROCESSORS)
    )
    return [
        row.load.name,
        count(speed),
        count(1e9 / speed),
        count(statistics.median(row.pytorch)),
        *times(row.ratios, row.load.ratio_goal),
        f"{size / 1e6:.2f} MB",
        f"{speed * size / 1e9:.0f} GB/s",
        f"{one / 1e9:.0f} GB/s",
        f"{every / 1e9:.0f} GB/s",
        percent([speed * size / one])[0],
        percent([speed * size / every])[0],
        row.configuration.name,
    ]

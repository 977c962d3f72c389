"""Training: the table of models, and the table of batch sizes."""

import statistics

from . import loads
from .rounds import in_turn
from .tables import count, percent, table, times


def training(machine, pytorch, rounds):
    rows = in_turn(machine, pytorch, rounds, loads.TRAINING, loads.Load.train_arguments)
    head = ["training", "tokens/s", "PyTorch's best", "ratio", "goal", "of FMA peak", "goal", "PyTorch set up as"]
    return table(
        head,
        [
            [
                row.load.name,
                count(statistics.median(row.ours)),
                count(statistics.median(row.pytorch)),
                *times(row.ratios, row.load.ratio_goal),
                *(percent(row.peak_shares, row.load.peak_goal) if row.load.peak_goal else ("–", "–")),
                row.configuration.name,
            ]
            for row in rows
        ],
    )


def batches(machine, pytorch, rounds):
    rows = in_turn(machine, pytorch, rounds, loads.BATCHES, loads.Load.train_arguments)
    head = ["model", "batch", "tokens/s", "of FMA peak", "PyTorch's best", "ratio", "PyTorch set up as"]
    return table(
        head,
        [
            [
                row.load.name,
                str(row.load.batch),
                count(statistics.median(row.ours)),
                percent(row.peak_shares)[0],
                count(statistics.median(row.pytorch)),
                times(row.ratios)[0],
                row.configuration.name,
            ]
            for row in rows
        ],
    )

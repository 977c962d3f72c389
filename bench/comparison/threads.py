"""Training with more and fewer threads, more than the machine has cores among them."""

import statistics

from . import loads
from .processes import ours
from .rounds import note
from .tables import count, table


def threads(bench):
    speeds = {(load, number): [] for load in loads.THREADED for number in loads.THREADS}
    for turn in range(1, bench.rounds + 1):
        note(f"round {turn} of {bench.rounds}: threads")
        for (load, number), measured in speeds.items():
            measured.append(ours(*load.train_arguments(), number)["perSecond"])
    head = ["tokens/s", "batch", *(f"{number} thread{'s' * (number > 1)}" for number in loads.THREADS)]
    return table(
        head,
        [
            [
                load.name,
                str(load.batch),
                *(count(statistics.median(speeds[load, number])) for number in loads.THREADS),
            ]
            for load in loads.THREADED
        ],
    )

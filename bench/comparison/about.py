"""The machine and the versions, as the page gives them."""

import re
import statistics
from pathlib import Path

from .processes import PROCESSORS, run
from .tables import table


def about(machine, pytorch, rounds):
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    trips = machine.values("roundTripNanoseconds")
    return table(
        ["machine", ""],
        [
            ["processor", f"{model}, {PROCESSORS} cores, vectors of {machine.measured[0]['vectorBits']} bits"],
            ["FMA peak, 1 thread", f"{giga(machine.values('flopsOfOne'))} GFLOP/s"],
            [f"FMA peak, {PROCESSORS} threads", f"{giga(machine.values('flopsOfAll'))} GFLOP/s"],
            ["core to core and back", f"{statistics.median(trips):.0f} ns ({min(trips):.0f}–{max(trips):.0f})"],
            ["Recurrent on", f".NET SDK {run(['dotnet', '--version']).strip()}"],
            ["against", f"PyTorch {pytorch.version()} of Debian's python3-torch with OpenBLAS"],
            ["rounds", str(rounds)],
        ],
    )


def giga(flops):
    return f"{statistics.median(flops) / 1e9:.0f} ({min(flops) / 1e9:.0f}–{max(flops) / 1e9:.0f})"

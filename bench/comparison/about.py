"""The machine and the versions, as the page gives them."""

import re
import statistics
from pathlib import Path

from .processes import PROCESSORS, run
from .tables import table


def about(bench, is_beside):
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    trips = bench.values("roundTripNanoseconds")
    lines = [
        ["processor", f"{model}, {PROCESSORS} cores, vectors of {bench.machine[0]['vectorBits']} bits"],
        ["FMA peak, 1 thread", f"{giga(bench.values('flopsOfOne'))} GFLOP/s"],
        [f"FMA peak, {PROCESSORS} threads", f"{giga(bench.values('flopsOfAll'))} GFLOP/s"],
        ["core to core and back", f"{statistics.median(trips):.0f} ns ({min(trips):.0f}–{max(trips):.0f})"],
        ["beside it", "one busy process" if is_beside else "nothing of ours"],
        ["Recurrent on", f".NET SDK {run(['dotnet', '--version']).strip()}"],
        *([["against", rival.version()] for rival in bench.rivals]),
        ["rounds", str(bench.rounds)],
    ]
    return table(["machine", ""], lines)


def giga(flops):
    return f"{statistics.median(flops) / 1e9:.0f} ({min(flops) / 1e9:.0f}–{max(flops) / 1e9:.0f})"

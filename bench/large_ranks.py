#!/usr/bin/env python3
"""How long a text of gigabytes takes to become tokens on one process and on several, and how much memory each takes.

    dotnet publish src/Recurrent.Cli -c Release -o out
    python3 bench/large_ranks.py out/Recurrent.Cli

makes a text of 3 GB (--bytes), reads it as bytes on one process of one thread and of two and on two ranks, each time
from the beginning, then on four ranks what was kept of it, and there trains for a while (--seconds). Prints a table in
Markdown with the time and each process's highest resident set (VmHWM). Needs Open MPI's mpirun. Linux only; the text
and its tokens take twice the bytes on the disk.
"""

import argparse
import json
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from large_text import make_text, status

MPIRUN = "mpirun.openmpi --allow-run-as-root --oversubscribe --mca odls_base_sigkill_timeout 10 -n"
SETTINGS = (
    "--tokens bytes --max-tokens 0 --shards 4 --batch 64 --steps 64 --model gru --hidden 128 --epochs 1 "
    "--validation 1M --validate-every 1000000 --no-counts --no-report --json --threads"
)


def processes(parent, program):
    """The processes of a program that a process or its children have started."""
    children = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(entry.read_text().rpartition(")")[2].split()[1]), []).append(int(entry.parent.name))
        except OSError:
            pass  # it has ended
    found, queue = [], [parent]
    while queue:
        process = queue.pop()
        queue += children.get(process, [])
        try:
            if Path(f"/proc/{process}/exe").resolve() == program:
                found.append(process)
        except OSError:
            pass
    return sorted(found)


def run(program, text, ranks, threads, seconds):
    """Trains until so many seconds after the first line, and gives what was measured and said."""
    model = text.with_suffix(".safetensors")
    command = [program, "train", text, "--out", model, *SETTINGS.split(), str(threads)]
    log = text.with_suffix(".log")
    with open(log, "w") as output:
        begin = time.monotonic()
        job = subprocess.Popen(
            (MPIRUN.split() + [str(ranks)] if ranks > 1 else []) + command, stdout=output, stderr=output
        )
        read, peaks, peaks_reading, stopped = None, {}, {}, False
        while job.poll() is None:
            for process in processes(job.pid, program):
                try:
                    peaks[process] = max(peaks.get(process, 0), status(process).get("VmHWM", 0))
                except OSError:
                    pass
            now = time.monotonic() - begin
            if read is None and '{"' in log.read_text():  # the first line of a training
                read, peaks_reading = now, dict(peaks)
            if read is not None and now - read > seconds and not stopped:
                job.send_signal(signal.SIGUSR2)
                stopped = True
            time.sleep(0.05)
    said = log.read_text()
    if read is None:
        raise SystemExit(said)
    return read, list(peaks_reading.values()), list(peaks.values()), said


def megabytes(peaks):
    return ", ".join(f"{peak:.0f}" for peak in peaks) + " MB"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program", type=Path)
    arguments.add_argument("--bytes", type=int, default=3_000_000_000)
    arguments.add_argument("--seconds", type=float, default=30, help="of training on four ranks")
    arguments = arguments.parse_args()
    program = arguments.program.resolve()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        text = Path(folder) / "large.txt"
        make_text(text, arguments.bytes)
        print("| ranks | threads of each | tokens | read in | peak while reading | peak |")
        print("|---|---|---|---|---|---|", flush=True)
        for ranks, threads, kept in [(1, 1, False), (1, 2, False), (2, 1, False), (4, 1, True)]:
            if not kept:
                for file in text.parent.glob("*.tokens*"):
                    file.unlink()
            read, reading, peaks, said = run(program, text, ranks, threads, arguments.seconds if kept else 0)
            print(
                f"| {ranks} | {threads} | {'kept' if kept else 'made'} | {read:.1f} s "
                f"| {megabytes(reading)} | {megabytes(peaks)} |",
                flush=True,
            )
        files = sorted(text.parent.glob("*.tokens*"))
        end = json.loads([line for line in said.splitlines() if line.startswith("{")][-1])
        size = sum(file.stat().st_size for file in files)
        print(
            f"\n{len(files)} files of tokens, {size:,} bytes; four ranks trained on "
            f"{end['tokensTrained']:,} tokens in {arguments.seconds:.0f} s, exchange {end['exchangeShare']:.0%} of them"
        )


if __name__ == "__main__":
    main()

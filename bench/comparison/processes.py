"""Runs one measurement a process and reads its line of JSON."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
THROUGHPUT = REPOSITORY / "bench/Recurrent.Throughput/bin/Release/net10.0/Recurrent.Throughput.dll"
PYTORCH = REPOSITORY / "bench/pytorch_speed.py"
PROCESSORS = len(os.sched_getaffinity(0))
SLICE = 0.25  # seconds, of the stopwatch in bench/Recurrent.Throughput


def attempt(command, environment=None):
    """A command's exit code and what it printed."""
    return subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(command, environment=None):
    """Standard output of a command that must succeed."""
    done = attempt(command, environment)
    if done.returncode != 0:
        words = " ".join(str(part) for part in command)
        sys.exit(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def build(project):
    run(["dotnet", "build", "-c", "Release", REPOSITORY / project])


def slices(seconds):
    """Environment of a program with our stopwatch that measures for so long, after warming up."""
    return {"THROUGHPUT_SLICES": str(max(1, round(seconds / SLICE)))}


def ours(*arguments, seconds=5 * SLICE):
    return json.loads(run(["dotnet", THROUGHPUT, *arguments], slices(seconds)))


def until_epoch(command, environment=None):
    """Seconds from a process's start to its line of an epoch, and its peak memory in MB once it has ended."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        line = next((line for line in process.stdout if "perplexity" in json.loads(line)), None)
        seconds = time.perf_counter() - start
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0 or not line:
            errors.seek(0)
            sys.exit(f"{command} failed: {errors.read().decode()}")
    return seconds, usage.ru_maxrss / 1024

"""Runs one measurement a process, ours or PyTorch's, and reads its line of JSON."""

import glob
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
THROUGHPUT = REPOSITORY / "bench/Recurrent.Throughput/bin/Release/net10.0/Recurrent.Throughput.dll"
PYTORCH = REPOSITORY / "bench/pytorch_speed.py"
PROCESSORS = len(os.sched_getaffinity(0))


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


def ours(*arguments):
    return json.loads(run(["dotnet", THROUGHPUT, *arguments]))


@dataclass(frozen=True)
class Configuration:
    """One way to set PyTorch up."""

    name: str
    threads: int
    environment: dict = field(hash=False)


@dataclass(frozen=True)
class PyTorch:
    """PyTorch under one interpreter, as Debian ships it."""

    python: str

    def speed(self, configuration, *arguments, seconds=1.25):
        return json.loads(
            run(
                [self.python, PYTORCH, *arguments, configuration.threads, seconds],
                configuration.environment,
            )
        )

    def version(self):
        return run([self.python, "-c", "import torch; print(torch.__version__)"]).strip()

    def configurations(self):
        """The ways to set PyTorch up among which the best is kept.

        PyTorch's own loops run on OpenMP threads. OpenBLAS brings threads of its own (pthread), whose number
        torch.set_num_threads leaves alone, or shares OpenMP's (openmp). Where both kinds spin while they wait,
        there are more busy threads than cores, so the pthread library gets all cores while PyTorch's own loops get one,
        or OpenMP threads that sleep at once.
        """
        folders = {
            name: matches[0]
            for name in ("pthread", "openmp")
            if (matches := glob.glob(f"/usr/lib/*/openblas-{name}"))
        }
        if not folders:
            sys.exit("There is no OpenBLAS; install libopenblas0-pthread and libopenblas0-openmp.")
        every = str(PROCESSORS)
        found = []

        def add(library, name, threads, **settings):
            if library in folders:
                environment = {"LD_LIBRARY_PATH": folders[library], **settings, **wide_vectors()}
                found.append(Configuration(f"{library}, {name}", threads, environment))

        add("pthread", "1 thread", 1, OPENBLAS_NUM_THREADS="1")
        add("openmp", "1 thread", 1, OMP_NUM_THREADS="1")
        if PROCESSORS > 1:
            add("pthread", f"{every} threads in products only", 1, OPENBLAS_NUM_THREADS=every)
            add("pthread", f"{every} threads in all but products", PROCESSORS, OPENBLAS_NUM_THREADS="1")
            add(
                "pthread",
                f"{every} threads, OpenMP's sleep",
                PROCESSORS,
                OPENBLAS_NUM_THREADS=every,
                OMP_WAIT_POLICY="passive",
            )
            add("openmp", f"{every} threads", PROCESSORS, OMP_NUM_THREADS=every)
            add("openmp", f"{every} threads that spin", PROCESSORS, OMP_NUM_THREADS=every, OMP_WAIT_POLICY="active")
        return found


def wide_vectors():
    """As installed, neither library uses AVX-512 on every processor that has it."""
    if " avx512f " in Path("/proc/cpuinfo").read_text():
        return {"OPENBLAS_CORETYPE": "SKYLAKEX", "ATEN_CPU_CAPABILITY": "avx512"}
    return {}


def until_line(command, environment=None):
    """Seconds from a process's start to its first line, and its peak memory in MB once it has ended."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        line = process.stdout.readline()
        seconds = time.perf_counter() - start
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0 or not line:
            errors.seek(0)
            sys.exit(f"{command} failed: {errors.read().decode()}")
    return seconds, usage.ru_maxrss / 1024

"""The programs that are compared: us, the rivals, a trial and a ceiling. All take one command line, that of the loads."""

import glob
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .processes import PROCESSORS, PYTORCH, REPOSITORY, attempt, build, ours, run, slices

RIVALS = REPOSITORY / "bench/Recurrent.Rivals/bin/Release/net10.0/Recurrent.Rivals.dll"
MISSING = "GLIBCXX_3.4.32"  # of libstdc++, which TorchSharp 0.107.0 wants and Debian 12 lacks
NARROW = {  # 256 bits: for us, PyTorch, OpenBLAS, oneDNN and MKL; ONNX Runtime asks the processor alone
    "DOTNET_EnableAVX512": "0",
    "ATEN_CPU_CAPABILITY": "avx2",
    "OPENBLAS_CORETYPE": "HASWELL",
    "DNNL_MAX_CPU_ISA": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}


@dataclass(frozen=True)
class Way:
    """One way to set a program up."""

    name: str
    threads: int
    environment: dict = field(default_factory=dict, hash=False)
    usual: bool = True  # taken where there is no time to try all


def one_and_all():
    """One thread, and one a core."""
    return [Way("1 thread", 1), *([Way(f"{PROCESSORS} threads", PROCESSORS)] if PROCESSORS > 1 else [])]


class Recurrent:
    name = "Recurrent"

    def takes(self, verb, *numbers):
        return True

    def ways(self):
        return one_and_all()

    def speed(self, way, arguments, seconds):
        return ours(*arguments, way.threads, seconds=seconds)["perSecond"]


@dataclass(frozen=True)
class PyTorch:
    """PyTorch under one interpreter, as Debian ships it."""

    python: str
    name = "PyTorch"

    def takes(self, verb, *numbers):
        return True

    def speed(self, way, arguments, seconds):
        command = [self.python, PYTORCH, *arguments, way.threads, seconds]
        return json.loads(run(command, way.environment))["perSecond"]

    def version(self):
        release = run([self.python, "-c", "import torch; print(torch.__version__)"]).strip()
        return f"PyTorch {release} of Debian's python3-torch with OpenBLAS"

    def ways(self):
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

        def add(library, name, threads, usual=False, **settings):
            if library in folders:
                environment = {"LD_LIBRARY_PATH": folders[library], **settings, **wide_vectors()}
                found.append(Way(f"{library}, {name}", threads, environment, usual))

        add("pthread", "1 thread", 1, usual=True, OPENBLAS_NUM_THREADS="1")
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
            add("openmp", f"{every} threads", PROCESSORS, usual=True, OMP_NUM_THREADS=every)
            add("openmp", f"{every} threads that spin", PROCESSORS, OMP_NUM_THREADS=every, OMP_WAIT_POLICY="active")
        return found


def wide_vectors():
    """As installed, neither library uses AVX-512 on every processor that has it."""
    if " avx512f " in Path("/proc/cpuinfo").read_text() and not NARROW.items() <= os.environ.items():
        return {"OPENBLAS_CORETYPE": "SKYLAKEX", "ATEN_CPU_CAPABILITY": "avx512"}
    return {}


@dataclass(frozen=True)
class TorchSharp:
    """TorchSharp with the libtorch of its package."""

    environment: dict = field(hash=False)
    release: str
    name = "TorchSharp"

    @staticmethod
    def load(folder, note):
        """TorchSharp, if its native library can be loaded here; a folder takes what that needs."""
        system = Path(re.search(r"libstdc\+\+\.so\.6 \(libc6,[^)]*64\) => (\S+)", run(["ldconfig", "-p"]))[1])
        environment = {}
        if MISSING.encode() not in system.read_bytes():
            if not shutil.which("gcc"):
                note(
                    f"TorchSharp is left out: its native library wants {MISSING}, newer than {system}. "
                    "Run on Debian 13 or Ubuntu 24.04, or install gcc, with which a stand-in is made here."
                )
                return None
            environment = {"LD_LIBRARY_PATH": str(stand_in(system, folder))}
        done = attempt(["dotnet", RIVALS, "torchsharp", "version"], environment)
        if done.returncode != 0:
            note(f"TorchSharp is left out, because it cannot be loaded: {done.stderr.strip().splitlines()[0]}")
            return None
        return TorchSharp(environment, json.loads(done.stdout)["version"])

    def takes(self, verb, *numbers):
        return True

    def version(self):
        return f"TorchSharp with libtorch {self.release}" + ", on a stand-in for libstdc++" * bool(self.environment)

    def ways(self):
        ways = one_and_all()
        if PROCESSORS > 1:
            spins = {"OMP_WAIT_POLICY": "active"}
            ways.append(Way(f"{PROCESSORS} threads that spin", PROCESSORS, spins, usual=False))
        return ways

    def speed(self, way, arguments, seconds):
        environment = {**self.environment, **way.environment, **slices(seconds)}
        return json.loads(run(["dotnet", RIVALS, "torchsharp", *arguments, way.threads], environment))["perSecond"]


def stand_in(system, folder):
    """A libstdc++.so.6 that has the one symbol of GLIBCXX_3.4.32 and takes all others from the system's; its folder.

    The symbol, std::ios_base_library_init(), initializes streams where a program's parts no longer do so themselves;
    libtorch's do. The loader looks for a version's name in the library of the name, so the stand-in has all names.
    """
    names = set(re.findall(rb"(?:GLIBCXX|CXXABI)_[0-9][0-9.]*[0-9]|CXXABI_[A-Z]+_?[0-9]+", system.read_bytes()))
    versions = "".join(f"{name.decode()} {{}};\n" for name in sorted(names))
    symbol = "_ZSt21ios_base_library_initv"
    (folder / "versions").write_text(f"{versions}GLIBCXX_3.4.31 {{}};\n{MISSING} {{ {symbol}; }};\n")
    (folder / "symbol.c").write_text(f"void {symbol}(void) {{}}\n")
    (folder / "nothing.c").write_text("")
    compiler = ["gcc", "-shared", "-fPIC"]
    run([*compiler, folder / "nothing.c", f"-Wl,-soname,{system}", "-o", folder / "system.so"])
    name, link = "libstdc++.so.6", ["-Wl,--no-as-needed", folder / "system.so"]
    version = [f"-Wl,-soname,{name}", f"-Wl,--version-script={folder / 'versions'}"]
    run([*compiler, folder / "symbol.c", *link, *version, "-o", folder / name])
    return folder


class OnnxRuntime:
    """ONNX Runtime with bound inputs and outputs, on the model that `recurrent export` writes."""

    name = "ONNX Runtime"

    def takes(self, verb, *numbers):
        return verb in ("generate", "side-by-side")

    def version(self):
        release = json.loads(run(["dotnet", RIVALS, "onnxruntime", "version"]))["version"]
        return f"ONNX Runtime {release} with inputs and outputs bound"

    def ways(self):
        return one_and_all()

    def speed(self, way, arguments, seconds):
        command = ["dotnet", RIVALS, "onnxruntime", *arguments, way.threads]
        return json.loads(run(command, slices(seconds)))["perSecond"]


@dataclass(frozen=True)
class Ceiling:
    """The step in C++ around oneDNN, which shows what the machine gives."""

    program: Path
    name = "C++"

    @staticmethod
    def compile(folder, note):
        """The ceiling, if it can be built here."""
        narrow = NARROW.items() <= os.environ.items()
        target = ["-march=haswell"] if narrow else ["-march=native", "-mprefer-vector-width=512"]
        source, program = REPOSITORY / "bench/ceiling.cpp", folder / "ceiling"
        if not shutil.which("g++") or not Path("/usr/include/dnnl.h").exists():
            note("The C++ ceiling is left out; to have it, install g++ and libdnnl-dev.")
            return None
        run(["g++", "-Ofast", *target, "-fopenmp", source, "-ldnnl", "-o", program])
        return Ceiling(program)

    def takes(self, verb, kind, *numbers):
        if verb != "train" or kind not in ("rnn", "gru", "lstm"):
            return False
        hidden, layers, batch, _, vocabulary = numbers
        plain = layers == 1 and "/" not in str(vocabulary)
        return plain and batch % PROCESSORS == 0 and hidden % (16 * PROCESSORS) == 0

    def ways(self):
        settings = {"OMP_PROC_BIND": "true", "OMP_WAIT_POLICY": "active"}
        return [Way(way.name, way.threads, settings) for way in one_and_all()]

    def speed(self, way, arguments, seconds):
        return json.loads(run([self.program, *arguments, way.threads, seconds], way.environment))["perSecond"]


@dataclass(frozen=True)
class Trial:
    """A trial of our own steps, elsewhere: a program that takes speed KIND HIDDEN THREADS claims 4 SECONDS."""

    program: str
    name = "trial"

    def takes(self, verb, kind, *numbers):
        return verb == "train" and kind in ("rnn", "lstm") and numbers[1:] == (1, 32, 35, 28)

    def ways(self):
        return one_and_all()

    def speed(self, way, arguments, seconds):
        _, kind, hidden, *_ = arguments
        return self.speed_in(run(["dotnet", self.program, "speed", kind, hidden, way.threads, "claims", 4, seconds]))

    @staticmethod
    def speed_in(text):
        """The median of a line such as "rnn 256 2 claims 4 512: 746000 [700000 760000] …"."""
        return float(re.search(r": (\d+) \[", text)[1])

#!/usr/bin/env python3
"""How much memory a training takes whose text is large.

    dotnet publish src/Recurrent.Cli -c Release -o out
    python3 bench/large_text.py out/Recurrent.Cli

makes a text of a gigabyte (--bytes), Latin, Chinese and emoji in millions of lines, trains on it for a minute
(--seconds) and prints what /proc says of the process: the highest resident set (VmHWM) and, as sampled, its anonymous
and its file part. Options after the program are passed on to `recurrent train`. Linux only.
"""

import argparse
import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

LATIN = (
    "the of and to in a is that it was for on are as with his they at be this have from or one had by word but not what "
    "all were we when your can said there use an each which she do how their if"
).split()
CHINESE = [chr(0x4E00 + 3 * i) for i in range(3000)]
EMOJI = [chr(0x1F600 + i) for i in range(64)]


def line(dice):
    kind = dice.random()
    if kind < 0.45:
        return " ".join(dice.choices(LATIN, k=dice.randint(5, 20))) + ".\n"
    if kind < 0.9:
        return "".join(dice.choices(CHINESE, k=dice.randint(10, 60))) + "。\n"
    return " ".join(dice.choices(LATIN, k=3)) + " " + "".join(dice.choices(EMOJI, k=dice.randint(1, 5))) + "\n"


def make_text(path, size):
    dice = random.Random(1)
    blocks = ["".join(line(dice) for _ in range(2000)).encode() for _ in range(200)]
    with open(path, "wb") as text:
        while size > 0:
            block = dice.choice(blocks)
            if len(block) > size:
                block = block[:size].decode(errors="ignore").encode()
                block += b"\n" * (size - len(block))
            text.write(block)
            size -= len(block)


def status(pid):
    fields = {}
    with open(f"/proc/{pid}/status") as file:
        for entry in file:
            name, _, value = entry.partition(":")
            if value.endswith(" kB\n"):
                fields[name] = int(value[:-3]) * 1024 / 1e6  # in MB; kB are 1,024 bytes there
    return fields


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program")
    arguments.add_argument("--bytes", type=int, default=1_000_000_000)
    arguments.add_argument("--seconds", type=float, default=60, help="of training, after which it is interrupted")
    arguments, options = arguments.parse_known_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        text = os.path.join(folder, "large.txt")
        model = os.path.join(folder, "large.safetensors")
        make_text(text, arguments.bytes)
        command = [arguments.program, "train", text, "--out", model, "--max-tokens", "0", "--normalize", "none"]
        log = open(os.path.join(folder, "log"), "w+")
        begin = time.monotonic()
        process = subprocess.Popen(command + options, stdout=log, stderr=log)
        peak, reading, began = {}, None, None
        while process.poll() is None:
            now = status(process.pid)
            peak = {name: max(value, peak.get(name, 0)) for name, value in now.items()} or peak
            if began is None and " weights; " in Path(log.name).read_text():  # the first line of a training
                began = time.monotonic()
                reading = f"read in {began - begin:.0f} s with a peak of {peak['VmHWM']:.0f} MB"
            if began is not None and time.monotonic() - began > arguments.seconds:
                process.send_signal(signal.SIGINT)
                began = float("inf")  # once
            time.sleep(0.1)
        print(Path(log.name).read_text())
        for name in ("large.txt", "large.safetensors.tokens", "large.safetensors"):
            print(f"{name}: {os.path.getsize(os.path.join(folder, name)):,} bytes")
        print(reading)
        print(", ".join(f"{name} {peak[name]:.0f} MB" for name in ("VmHWM", "RssAnon", "RssFile")))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How good a model each budget makes of each text: network alone, with counts, and while it learns.

    python3 bench/quality.py TOOL FOLDER RESULTS [--runs tinyshakespeare:3m,timemachine:1m] [--seeds 1,2,3]

TOOL is the built program, FOLDER has the texts. Each run trains with `train TEXT --budget B --seed S` and measures what
the run held out. RESULTS is a file of JSON lines, one for each run; those that it has already are not made again, so an
interrupted measurement goes on. The models lie beside it. At the end it prints the tables of docs/results.md. Compressors are measured by what the
held-out text adds to the archive of the text before it: with xz, and with 7z (PPMd) and zpaq where they are installed.
"""

import argparse
import json
import math
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

TEXTS = {
    "tinyshakespeare": "tiny Shakespeare",
    "timemachine": "The Time Machine",
    "first-names": "first names",
    "guwenguanzhi": "Guwen Guanzhi (Chinese)",
    "package-log": "a log",
}
RUNS = "tinyshakespeare:10s,tinyshakespeare:1m,tinyshakespeare:3m," + ",".join(
    f"{text}:30s" for text in ("timemachine", "first-names", "guwenguanzhi", "package-log")
)


def call(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


def nats(measured):
    """Nats per character of what `evaluate --json` measured."""
    return measured["bitsPerCharacter"] * math.log(2)


def measure(tool, text, budget, seed, folder):
    """Trains a model and measures it in three ways."""
    model = str(folder / f"{text.stem}-{budget}-{seed}.safetensors")
    training = [
        json.loads(line)
        for line in call(tool, "train", str(text), "--budget", budget, "--seed", str(seed), "--out", model, "--json")
        .splitlines()
    ]
    start = next(event for event in training if event["event"] == "start")
    end = next(event for event in training if event["event"] == "end")
    whole = json.loads(call(tool, "evaluate", model, str(text), "--adapt", "--json"))
    alone = json.loads(call(tool, "evaluate", model, str(text), "--no-counts", "--json"))
    best = whole["bestNGram"]
    return {
        "text": text.stem,
        "budget": budget,
        "seed": seed,
        "kind": start["configuration"]["kind"],
        "hidden": start["configuration"]["hiddenSize"],
        "networks": start["settings"].get("networks", "1"),
        "tokens": end["tokensTrained"],
        "characters": whole["characters"],
        "alone": nats(alone),
        "hybrid": nats(whole),
        "adaptive": nats(whole["adaptive"]),
        "bestNGram": best["name"],
        "ofBestNGram": nats(next(one for one in whole["baselines"] if one["name"] == best["name"])),
        "difference": [bits * math.log(2) for bits in best["difference"]["confidence95"]],
        "gzip": nats(next(one for one in whole["baselines"] if one["name"] == "gzip")),
        "brotli": nats(next(one for one in whole["baselines"] if one["name"] == "brotli")),
    }


def compressors(text, characters):
    """Nats per character that the held-out end of a text adds to the archive of what comes before it."""
    content = text.read_text(encoding="utf-8")
    known = content[: len(content) - characters].encode()
    whole = content.encode()
    # Below 1 MiB zpaq takes smaller tables, which would make the difference of two archives mean nothing.
    filler = bytes((i * i * 7919 >> 5) & 255 for i in range(max(0, (1 << 20) + 4096 - len(known))))
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, command in (
            ("xz", ["xz", "-9e", "-k", "-c", "in"]),
            ("PPMd", ["7z", "a", "-m0=PPMd:o=6:mem=256m", "out.7z", "in"]),
            ("zpaq", ["zpaq", "a", "out.zpaq", "in", "-m5"]),
        ):
            if shutil.which(command[0]) is None:
                continue
            sizes = []
            for data in (known, whole):
                pathlib.Path("in").write_bytes((filler if name == "zpaq" else b"") + data)
                for old in pathlib.Path().glob("out.*"):
                    old.unlink()
                output = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
                archives = list(pathlib.Path().glob("out.*"))
                sizes.append(archives[0].stat().st_size if archives else len(output))
            result[name] = (sizes[1] - sizes[0]) * 8 * math.log(2) / characters
    return result


def spread(values):
    """The median, and from the least to the most."""
    middle = f"{statistics.median(values):.3f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.3f}–{max(values):.3f})"


def table(rows, texts):
    """The tables, in markdown."""
    print(
        "| text | budget | seeds | model | tokens | network alone | with counts | better than the best n-gram by "
        "| while it learns |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    groups = {}
    for row in rows:
        groups.setdefault((row["text"], row["budget"]), []).append(row)
    for (text, budget), group in groups.items():
        first = group[0]
        low, high = min(-r["difference"][1] for r in group), max(-r["difference"][0] for r in group)
        model = f"{first['kind'].upper()} {first['hidden']}"
        model = model if first["networks"] == "1" else f"{first['networks']} × {model}"
        print(
            f"| {TEXTS[text]} | {budget} | {len(group)} | {model} "
            f"| {statistics.median(r['tokens'] for r in group) / 1e6:.1f} million "
            f"| {spread([r['alone'] for r in group])} | **{spread([r['hybrid'] for r in group])}** "
            f"| {low:.3f}–{high:.3f} | {spread([r['adaptive'] for r in group])} |"
        )
    print("\n| text | best n-gram | gzip | brotli | xz | PPMd | zpaq |")
    print("|---|---|---|---|---|---|---|")
    for text in dict.fromkeys(row["text"] for row in rows):
        row = next(row for row in rows if row["text"] == text)
        others = compressors(texts / f"{text}.txt", row["characters"])
        cells = [f"{row[name]:.3f}" for name in ("gzip", "brotli")]
        cells += [f"{others[name]:.3f}" if name in others else "–" for name in ("xz", "PPMd", "zpaq")]
        print(f"| {TEXTS[text]} | {row['ofBestNGram']:.3f} ({row['bestNGram']}) | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("texts", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("results", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--runs", default=RUNS, help="text:budget, separated by commas")
    parser.add_argument("--seeds", default="1,2,3")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.results.read_text().splitlines()] if options.results.exists() else []
    done = {(row["text"], row["budget"], row["seed"]) for row in rows}
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors", file=sys.stderr)
    wanted = [
        (*run.split(":"), int(seed)) for run in options.runs.split(",") for seed in options.seeds.split(",")
    ]
    for text, budget, seed in wanted:
        if (text, budget, seed) in done:
            continue
        row = measure(options.tool, options.texts / f"{text}.txt", budget, seed, options.results.parent)
        rows.append(row)
        with options.results.open("a") as file:
            print(json.dumps(row), file=file)
        figures = " ".join(f"{row[name]:.4f}" for name in ("alone", "hybrid", "adaptive"))
        print(f"{text} {budget} seed {seed}: {figures}", file=sys.stderr)
    order = {(text, budget, seed): i for i, (text, budget, seed) in enumerate(wanted)}
    rows = [row for row in rows if (row["text"], row["budget"], row["seed"]) in order]
    table(sorted(rows, key=lambda row: order[row["text"], row["budget"], row["seed"]]), options.texts)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Compares two ranks of a thread each with one process of two threads, and a slow network with what it should cost.

    python3 bench/ranks_speed.py threads [--rounds N]   # two ranks, and two on two hosts, in % of one process
    python3 bench/ranks_speed.py network [--rounds N]   # two hosts at 1 Gb/s, in ms a minibatch

Trains an LSTM of 512 units with minibatches of 64 rows and 64 steps in two shards. Hosts are network namespaces with a
wire between them, which root may make. Runs alternate, and each round is compared within itself. Needs the .NET SDK,
mpirun.openmpi, ip and tc (Debian: openmpi-bin, iproute2), and a machine with nothing else to do.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

from comparison.processes import REPOSITORY, build, run

PROGRAM = ["dotnet", REPOSITORY / "src/Recurrent.Cli/bin/Release/net10.0/Recurrent.Cli.dll"]
BATCH, STEPS, SHARDS, MINIBATCHES, EPOCHS = 64, 64, 2, 40, 3
LAUNCHER = "mpirun.openmpi --allow-run-as-root --bind-to none -n 2".split()
NAMES, ADDRESSES = ("benchhosta", "benchhostb"), ("10.78.0.1", "10.78.0.2")
BYTES_A_SECOND = 116e6  # what a wire of 1 Gb/s carries
AGENT = """#!/bin/bash
address=$1; shift
case $address in {0} | {2}) name={2} ;; *) name={3} ;; esac
exec ip netns exec $name unshare --uts bash -c 'hostname "$0"; export OMPI_ALLOW_RUN_AS_ROOT=1
    export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; exec bash -c "$1"' $name "$*"
""".format(*ADDRESSES, *NAMES)


class Hosts:
    """Two network namespaces, and what starts a rank in each."""

    def __init__(self, folder):
        self.agent, self.file = folder / "agent", folder / "hosts"
        self.agent.write_text(AGENT)
        self.agent.chmod(0o500)
        self.file.write_text("".join(f"{address} slots=1\n" for address in ADDRESSES))

    def __enter__(self):
        first, second = NAMES
        shell(f"ip netns add {first}; ip netns add {second}")
        shell(f"ip link add bva netns {first} type veth peer name bvb netns {second}")
        for name, address, wire in zip(NAMES, ADDRESSES, ("bva", "bvb")):
            shell(f"ip -n {name} addr add {address}/24 dev {wire}; ip -n {name} link set lo up")
            shell(f"ip -n {name} link set {wire} up")
        return self

    def __exit__(self, *_):
        for name in NAMES:
            subprocess.run(["bash", "-c", f"kill -9 $(ip netns pids {name}) 2> /dev/null; ip netns del {name}"])

    def limit(self, rate):
        """Limits the wire in both directions; None for as fast as it goes."""
        for name, wire in zip(NAMES, ("bva", "bvb")):
            subprocess.run(f"ip netns exec {name} tc qdisc del dev {wire} root".split(), stderr=subprocess.DEVNULL)
            if rate:
                shell(f"ip netns exec {name} tc qdisc add dev {wire} root tbf rate {rate} burst 256kb latency 100ms")

    def launcher(self):
        start = ["ip", "netns", "exec", NAMES[0], "unshare", "--uts", "bash", "-c", 'hostname "$0"; exec "$@"', NAMES[0]]
        network = "oob_tcp_if_include 10.78.0.0/24 --mca btl_tcp_if_include 10.78.0.0/24".split()
        return [*start, *LAUNCHER, "--map-by", "node", "--hostfile", self.file, "--mca", "plm_rsh_agent", self.agent,
                "--mca", *network]


def shell(line):
    run(["bash", "-c", f"set -e; {line}"])


def train(launcher, threads, text, folder):
    """Seconds a minibatch, of the epochs after the first, and the number of weights."""
    options = (
        f"--model lstm --hidden 512 --embedding 0 --batch {BATCH} --steps {STEPS} --shards {SHARDS} --epochs {EPOCHS} "
        f"--dropout 0 --validation 0 --no-counts --no-report --checkpoint 0 --json --threads {threads}"
    )
    lines = run([*launcher, *PROGRAM, "train", text, *options.split(), "--out", folder / "model.safetensors"])
    events = [json.loads(line) for line in lines.splitlines()]
    epochs = [event for event in events if event["event"] == "epoch"][1:]
    return (
        statistics.median(BATCH * STEPS / epoch["tokensPerSecond"] for epoch in epochs),
        next(event["parameters"] for event in events if event["event"] == "end"),
    )


def threads(hosts, measure, rounds):
    print("| round | one process of two threads | two ranks | on two hosts |\n|---|---|---|---|")
    shares = []
    for number in range(rounds):
        alone, here, there = measure([], 2), measure(LAUNCHER, 1), measure(hosts.launcher(), 1)
        shares.append((alone[0] / here[0], alone[0] / there[0]))
        speeds = [f"{BATCH * STEPS / seconds:,.0f} tokens/s" for seconds, _ in (alone, here, there)]
        print(f"| {number + 1} | {speeds[0]} | " + " | ".join(
            f"{speed} ({share:.0%})" for speed, share in zip(speeds[1:], shares[-1])) + " |", flush=True)
    here, there = (statistics.median(column) for column in zip(*shares))
    print(f"\nMedian: two ranks {here:.0%}, on two hosts {there:.0%} of one process.")


def network(hosts, measure, rounds):
    print("| round | unlimited | 1 Gb/s | added |\n|---|---|---|---|")
    added = []
    for number in range(rounds):
        hosts.limit(None)
        fast, weights = measure(hosts.launcher(), 1)
        hosts.limit("1gbit")
        slow, _ = measure(hosts.launcher(), 1)
        added.append(slow - fast)
        print(f"| {number + 1} | {fast * 1e3:.1f} ms | {slow * 1e3:.1f} ms | {added[-1] * 1e3:.1f} ms |", flush=True)
    expected = 2 * (2 - 1) / 2 * 4 * weights / BYTES_A_SECOND
    median = statistics.median(added)
    print(f"\nMedian: {median * 1e3:.1f} ms added, {expected * 1e3:.1f} ms computed for {weights:,} weights: "
          f"{median / expected - 1:+.0%}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["threads", "network"])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    build("src/Recurrent.Cli")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = folder / "text.txt"
        story = (REPOSITORY / "data/story.txt").read_text()
        length = BATCH * STEPS * MINIBATCHES + STEPS + 1
        text.write_text((story * (length // len(story) + 1))[:length])
        with Hosts(folder) as hosts:
            work = {"threads": threads, "network": network}[asked.what]
            work(hosts, lambda launcher, count: train(launcher, count, text, folder), asked.rounds)


if __name__ == "__main__":
    main()

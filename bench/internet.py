#!/usr/bin/env python3
"""Simulates local steps among machines on the internet, to see where waiting for all of them ends.

    python3 bench/internet.py [--rounds 60] [--seed 1]

In a round each machine trains K minibatches on its own, and then all exchange what they have changed. Machines differ
in speed, jitter and uplink, and fail once a day. Policies: wait for all, where one that fails makes the round void; a
deadline of 1.3 times the median, after which a machine's work is lost; as many minibatches as fit the same time for
each, work-sized; and that with changes of a byte a weight. Prints, in Markdown, which share of all machines' time went
into minibatches that counted. Nothing here is measured but the time of a minibatch: LSTM 1024, 19.4 MB of gradients,
281 ms on a machine of two cores.
"""

import argparse
import math
import random
import statistics

STEP = 0.281  # seconds, of a machine of median speed
GRADIENT = 19.4e6  # bytes
STEPS = 500  # K, minibatches in a round
SPEEDS, JITTER = 0.35, 0.05  # standard deviations of logarithms: between machines, between rounds
UPLINK, UPLINKS = 20e6 / 8, 0.8  # bytes a second, and the standard deviation of its logarithm
ROUND_TRIP = 0.1  # seconds
DAY = 86_400.0  # seconds between two failures of a machine
DEADLINE = 1.3  # median times
POLICIES = ("wait for all", "deadline 1.3×", "work-sized", "work-sized, a byte a weight")


def round_of(policy, speeds, uplinks, chance):
    """Useful machine-seconds of one round, its length in seconds, and whether it was lost."""
    count = len(speeds)
    jitter = [math.exp(chance.gauss(0, JITTER)) for _ in speeds]
    step = [STEP * j / speed for j, speed in zip(jitter, speeds)]
    size = GRADIENT / 4 if "byte" in policy else GRADIENT
    delay = 2 * math.log2(count) * ROUND_TRIP
    exchange = [2 * size / uplink + delay for uplink in uplinks]
    if policy.startswith("work-sized"):
        # The round is as long as half of the machines would take for K; each does what fits, its exchange included.
        length = statistics.median(STEPS * s + e for s, e in zip(step, exchange))
        work = [max(0.0, length - e) // s * s for s, e in zip(step, exchange)]
    else:
        needed = [STEPS * s + e for s, e in zip(step, exchange)]
        length = max(needed) if policy == "wait for all" else DEADLINE * statistics.median(needed)
        work = [STEPS * s if n <= length else 0.0 for s, n in zip(step, needed)]
    fails = [chance.random() < 1 - math.exp(-length / DAY) for _ in speeds]
    if policy == "wait for all":
        return (0.0 if any(fails) else sum(work)), length, any(fails)
    return sum(w for w, failed in zip(work, fails) if not failed), length, False


def simulate(policy, count, rounds, seed):
    chance = random.Random(f"{policy} {count} {seed}")
    speeds = [math.exp(chance.gauss(0, SPEEDS)) for _ in range(count)]
    uplinks = [UPLINK * math.exp(chance.gauss(0, UPLINKS)) for _ in range(count)]
    useful = spent = lost = 0.0
    for _ in range(rounds):
        work, length, is_lost = round_of(policy, speeds, uplinks, chance)
        useful, spent, lost = useful + work, spent + length * count, lost + is_lost
    return useful / spent, lost / rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"| machines | {' | '.join(POLICIES)} |\n|{'---|' * (len(POLICIES) + 1)}")
    for count in (16, 64, 256, 1024, 4096):
        cells = []
        for policy in POLICIES:
            share, lost = simulate(policy, count, asked.rounds, asked.seed)
            cells.append(f"{share:.0%}" + (f" ({lost:.0%} of rounds lost)" if lost else ""))
        print(f"| {count:,} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

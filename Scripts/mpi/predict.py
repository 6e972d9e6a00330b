"""What Scripts/mpi/links measured, as a table, and what it predicts for more hosts.

    predict.py FOLDER STEPS RATE...

A host is one rank of one thread with one microbatch of two images. A step takes

    compute + max(0, sums - covered) + wait,

compute     what one process takes for a microbatch, with nobody beside it,
sums        2 G (N - 1) / N bytes, each way, at the measured bytes per second of the link,
covered     the part of the backward pass beside which sums run: two thirds of G's share of compute,
wait        for D's sums, which nothing covers: the same share of the sums as of the bytes, and for each of 2 (N - 1)
            messages of each group of 4 MB what a message takes.
"""

import json
import math
import re
import statistics
import sys
from pathlib import Path

BATCH, MICROBATCH, GROUP = 6, 2, 4 << 20
# A message of some kilobytes over TCP between two hosts of a cluster, seconds; not measured here.
MESSAGE = 30e-6
BACKWARD = 2 / 3
folder, steps, rates = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]


def speed(name):
    """Images per second, the median of the steps but the first."""
    run = json.loads((folder / f"{name}.json").read_text())
    values = [m["value"] for m in run["metrics"] if m["name"] == "train/images_per_second"]
    return statistics.median(values[1:])


def sums(name):
    """Seconds of a step in which gradients were added up, and in which training waited for that."""
    text = (folder / f"{name}.log").read_text()
    found = re.search(r"added up in ([0-9.]+) s, of which training waited for ([0-9.]+) s", text)
    return [float(x) / steps for x in found.groups()]


one = speed("one")
print(f"one process: {one:.2f} images/s\n")
print("| links | images/s | of a step spent waiting | sums take, s | MB sent by a host in a step |")
print("|---|--:|--:|--:|--:|")
bandwidth = {}
for rate in rates:
    busy, waited = sums(rate)
    sent = int((folder / f"{rate}.bytes").read_text()) / steps
    bandwidth[rate] = sent / busy
    step = BATCH / speed(rate)
    print(f"| {rate} | {speed(rate):.2f} | {100 * waited / step:.0f} % | {busy:.2f} | {sent / 1e6:.0f} |")
total = sent * 3 / 2 / 2
compute = MICROBATCH / one
covered = BACKWARD * compute
print(f"\nG and D have {total / 1e6:.0f} MB; a microbatch takes {compute:.2f} s\n")
print("| hosts | " + " | ".join(f"{r}: images/s, efficiency" for r in rates) + " |")
print("|--:|" + "--:|" * len(rates))
for hosts in (8, 16, 32, 64, 128, 256):
    cells = []
    for rate in rates:
        moved = 2 * total * (hosts - 1) / hosts / bandwidth[rate]
        messages = 2 * (hosts - 1) * math.ceil(total / GROUP) * MESSAGE
        step = compute + max(0, moved + messages - covered)
        cells.append(f"{hosts * MICROBATCH / step:.0f}, {100 * compute / step:.0f} %")
    print(f"| {hosts} | " + " | ".join(cells) + " |")

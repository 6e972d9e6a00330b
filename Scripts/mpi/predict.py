"""What Scripts/mpi/links measured, as a table, and what it predicts for more hosts.

    predict.py FOLDER STEPS RATE...

A host is one rank of one thread with one microbatch of two images. A step takes

    compute + max(0, G's sums - covered) + D's sums,

compute     what one process takes for a microbatch, with nobody beside it,
sums        of V bytes of gradients: 2 V (N - 1) / N bytes each way, at the bytes per second that were measured,
            and 2 (N - 1) messages for each group of 4 MB, of 30 us each, which is an assumption,
covered     the backward pass of G, beside which its sums run: half of compute, which has D's step, too.
"""

import json
import math
import re
import statistics
import sys
from pathlib import Path

BATCH, MICROBATCH, GROUP = 6, 2, 4 << 20
MESSAGE = 30e-6
COVERED = 1 / 2
folder, steps, rates = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]


def speed(name):
    """Images per second, the median of the steps but the first."""
    run = json.loads((folder / f"{name}.json").read_text())
    metric = next(m for m in run["metrics"] if m["name"] == "train/images_per_second")
    return statistics.median(metric["values"][1:])


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
tensors = json.loads((folder / "state.json").read_text())["tensors"]


def size(network):
    """Bytes of a network's parameters."""
    return sum(4 * math.prod(t["shape"]) for t in tensors if t["name"].startswith(f"{network}/"))


def seconds(count, hosts, rate):
    """To add up so many bytes."""
    messages = 2 * (hosts - 1) * math.ceil(count / GROUP)
    return 2 * count * (hosts - 1) / hosts / bandwidth[rate] + messages * MESSAGE


generator, adversary = size("generator"), size("discriminator")
compute = MICROBATCH / one
print(f"\nG has {generator / 1e6:.0f} MB, D {adversary / 1e6:.1f} MB; a microbatch takes {compute:.2f} s\n")
print("| hosts | " + " | ".join(f"{r}: images/s, efficiency" for r in rates) + " |")
print("|--:|" + "--:|" * len(rates))
for hosts in (8, 16, 32, 64, 128, 256):
    cells = []
    for rate in rates:
        uncovered = max(0, seconds(generator, hosts, rate) - COVERED * compute)
        step = compute + uncovered + seconds(adversary, hosts, rate)
        cells.append(f"{hosts * MICROBATCH / step:.1f}, {100 * compute / step:.0f} %")
    print(f"| {hosts} | " + " | ".join(cells) + " |")

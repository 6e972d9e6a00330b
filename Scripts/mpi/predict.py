"""What Scripts/mpi/links measured, as a table, and what it predicts for more hosts.

    predict.py FOLDER STEPS RATE...
    predict.py --nominal SECONDS RATE...    links as fast as their names say, and a microbatch of the paper's
                                            networks in so many seconds

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


def speed(folder, name):
    """Images per second, the median of the steps but the first."""
    run = json.loads((folder / f"{name}.json").read_text())
    metric = next(m for m in run["metrics"] if m["name"] == "train/images_per_second")
    return statistics.median(metric["values"][1:])


def sums(folder, steps, name):
    """Seconds of a step in which gradients were added up, and in which training waited for that."""
    text = (folder / f"{name}.log").read_text()
    found = re.search(r"added up in ([0-9.]+) s, of which training waited for ([0-9.]+) s", text)
    return [float(x) / steps for x in found.groups()]


def size(folder, network):
    """Bytes of a network's parameters."""
    tensors = json.loads((folder / "state.json").read_text())["tensors"]
    return sum(4 * math.prod(t["shape"]) for t in tensors if t["name"].startswith(f"{network}/"))


def measured(folder, steps, rates):
    """Prints what was measured; seconds of a microbatch, bytes of G and D, bytes per second by link."""
    one = speed(folder, "one")
    print(f"one process: {one:.2f} images/s\n")
    print("| links | images/s | of a step spent waiting | sums take, s | MB sent by a host in a step |")
    print("|---|--:|--:|--:|--:|")
    bandwidth = {}
    for rate in rates:
        busy, waited = sums(folder, steps, rate)
        sent = int((folder / f"{rate}.bytes").read_text()) / steps
        bandwidth[rate] = sent / busy
        images, share = speed(folder, rate), 100 * waited * speed(folder, rate) / BATCH
        print(f"| {rate} | {images:.2f} | {share:.0f} % | {busy:.2f} | {sent / 1e6:.0f} |")
    return MICROBATCH / one, size(folder, "generator"), size(folder, "discriminator"), bandwidth


def predict(compute, generator, adversary, bandwidth):
    """Prints images per second and efficiency by the number of hosts."""

    def seconds(count, hosts, rate):
        messages = 2 * (hosts - 1) * math.ceil(count / GROUP)
        return 2 * count * (hosts - 1) / hosts / bandwidth[rate] + messages * MESSAGE

    print(f"\nG has {generator / 1e6:.0f} MB, D {adversary / 1e6:.1f} MB; a microbatch takes {compute:.2f} s\n")
    print("| hosts | " + " | ".join(f"{r}: images/s, efficiency" for r in bandwidth) + " |")
    print("|--:|" + "--:|" * len(bandwidth))
    for hosts in (8, 16, 32, 64, 128, 256):
        cells = []
        for rate in bandwidth:
            uncovered = max(0, seconds(generator, hosts, rate) - COVERED * compute)
            step = compute + uncovered + seconds(adversary, hosts, rate)
            cells.append(f"{hosts * MICROBATCH / step:.1f}, {100 * compute / step:.0f} %")
        print(f"| {hosts} | " + " | ".join(cells) + " |")


first, second, *rates = sys.argv[1:]
if first == "--nominal":
    speeds = {rate: float(rate.removesuffix("gbit")) * 1e9 / 8 for rate in rates}
    predict(float(second), 124e6, 2.3e6, speeds)
else:
    predict(*measured(Path(first), int(second), rates))

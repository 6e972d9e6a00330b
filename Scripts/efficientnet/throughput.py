#!/usr/bin/env python3
"""How fast EfficientNet-Lite0 is as a worker, and by itself, in turn: prints both rates and their ratio.

    Scripts/efficientnet/throughput.py [--rounds 5] [--seconds 10] [--batch 64]
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKER = ROOT / "Scripts/efficientnet/worker"


def alone(options):
    """Images per second of the model in its own process."""
    said = subprocess.run(
        [WORKER, "--measure", str(options.seconds), "--batch", str(options.batch)],
        check=True, capture_output=True, text=True).stdout
    return float(re.search(r"([\d.]+) images/s", said).group(1))


def as_worker(options):
    """Images per second through the protocol."""
    said = subprocess.run(
        [options.program, "bench", "worker", "--classifier", f"effnet={WORKER}", "--seconds",
         str(options.seconds), "--batch", str(options.batch), "--json", "-"],
        check=True, capture_output=True, text=True).stdout
    return json.loads(said)["median"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / ".build/release/realitygap")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    ratios = []
    for _ in range(options.rounds):
        own, through = alone(options), as_worker(options)
        ratios.append(through / own)
        print(f"by itself {own:.1f} images/s, as a worker {through:.1f}: {ratios[-1]:.3f}", flush=True)
    print(f"median of {len(ratios)}: {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Instructions that fixed pieces of work take, against those of Benchmarks/instructions.json.

  Benchmarks/instructions.py [PROGRAM] [--only ROW …]   fails where a row has grown by 5 % or more
  Benchmarks/instructions.py --record                   writes the file anew, when a change is meant

Seconds differ from run to run on a shared machine, instructions by some 0.1 % at most. valgrind counts them, on a
processor of its own that has AVX2 and no AVX-512, on one thread, whatever else the machine does. A row is what the
work takes beyond starting the program, which is a row itself. Training is not among them: a step of G and D takes
valgrind minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
RECORD = FOLDER / "instructions.json"
SAMPLE = FOLDER.parent / "Experiments/sample"
PHOTO = SAMPLE / "images/imagenet_00_243.jpg"
GROWTH = 0.05
START = "start"
ONCE = ["--threads", "1", "--repetitions", "1"]


def rows(folder: str) -> dict[str, list[str]]:
    """Arguments of the program by row, the slowest first."""
    return {
        "correct with the lattice": ["bench", "correct", "--corrector", str(SAMPLE / "corrector-lattice.h5"), "--batch", "1", *ONCE],
        "inference squeezenet1_1": ["bench", "inference", "--models", "squeezenet1_1", "--batch", "1", *ONCE],
        "correct width 4": ["bench", "correct", "--width", "4", "--batch", "1", *ONCE],
        "database of 9000 predictions": ["bench", "database", "--images", "1000"],
        "decode, crop, distort a photo": ["distort", str(PHOTO), "--output", f"{folder}/distorted.ppm", "--seed", "1"],
        START: ["--version"],
    }


def instructions(program: str, arguments: list[str]) -> int:
    """What a run takes; the program's own words where it fails."""
    counter = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    environment = {**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"}
    done = subprocess.run([*counter, program, *arguments], capture_output=True, text=True, env=environment)
    found = re.search(r"I +refs: +([\d,]+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"{' '.join([program, *arguments])}: status {done.returncode}\n{done.stderr[-2000:]}")
    return int(found[1].replace(",", ""))


def measure(program: str, only: list[str]) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        wanted = {
            row: arguments
            for row, arguments in rows(folder).items()
            if row == START or not only or any(word in row for word in only)
        }
        counts = dict(zip(wanted, pool.map(lambda row: instructions(program, wanted[row]), wanted)))
    return {row: count if row == START else count - counts[START] for row, count in counts.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", default=str(FOLDER.parent / ".build/release/realitygap"))
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    if " avx2 " not in Path("/proc/cpuinfo").read_text().replace("\n", " "):
        sys.exit("instructions: this processor has no AVX2, with which the recorded counts were made")
    counts = measure(options.program, options.only)
    recorded = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    grown = []
    print(f"{'work':32} {'instructions':>15} {'recorded':>15} {'change':>8}")
    for row, count in counts.items():
        before = recorded.get(row)
        if before is None and not options.record:
            sys.exit(f"{RECORD.name} has no row \"{row}\": record it")
        change = count / before - 1 if before else 0.0
        print(f"{row:32} {count:15,} {before or count:15,} {change:+8.2%}")
        if change >= GROWTH:
            grown.append(row)
    if options.record:
        RECORD.write_text(json.dumps({**recorded, **counts}, indent=2) + "\n")
        return 0
    if grown:
        print(f"\nmore by {GROWTH:.0%} or beyond: {', '.join(grown)}; make them faster, or, where the work is new and worth it,")
        print("record the counts anew: Benchmarks/instructions.py --record")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())

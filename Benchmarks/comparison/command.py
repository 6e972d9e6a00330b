"""The command line."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from comparison import machine, results, rounds, works
from comparison.workplace import Workplace

REPOSITORY = Path(__file__).resolve().parents[2]
QUIET = 0.5
"""A load average above this before the run gets a warning."""


def main() -> int:
    """0: all that our program has was measured; 1: an entrant failed; 64: wrong usage."""
    try:
        return _run()
    except KeyboardInterrupt:
        print("Interrupted; rows of finished contests are in the --json file", file=sys.stderr)
        return 130


def _run() -> int:
    options = _parse()
    contests = works.contests(options.threads, options.batch)
    if options.only:
        limited = [
            one.limited(lambda work: any(name in work for name in options.only)) for one in contests
        ]
        contests = [one for one in limited if one]
    names = [row.work for contest in contests for row in contest.rows]
    if options.list:
        print(*names, sep="\n")
        return 0
    if not names:
        print("Error: --only fits no row; --list prints their names", file=sys.stderr)
        return 64
    program = None if options.peers_only else options.ours
    if program and not program.is_file():
        print(f"Error: {program}: missing; run swift build -c release", file=sys.stderr)
        return 1
    described = machine.describe(REPOSITORY)
    if described["load_before"] > QUIET:
        load = described["load_before"]
        print(f"Warning: the load average is {load}; expect noise", file=sys.stderr)
    rows: list[results.Result] = []
    with tempfile.TemporaryDirectory(prefix="realitygap-peers-") as folder:
        place = Workplace(
            *(Path(folder), options.threads, options.seconds),
            *(options.photos, options.photo_count),
        )
        for contest in contests:
            print(", ".join(row.work for row in contest.rows), file=sys.stderr, flush=True)
            found = rounds.play(contest, place, program, options.rounds)
            rows += [results.row_result(row, found) for row in contest.rows]
            if options.json:
                results.write_json(options.json, rows, described)
    _print(rows, described, place.notes)
    return 1 if any("failed" in row for row in rows) else 0


def _print(rows: list[results.Result], described: dict[str, object], notes: list[str]) -> None:
    for name, value in described.items():
        print(f"{name}: {value}")
    print()
    print(results.table(rows))
    reasons = {
        f"{key}: {reason}"
        for row in rows
        for key in ("unavailable", "failed")
        for reason in row.get(key, {}).values()
    }
    for line in [*dict.fromkeys(notes), *sorted(reasons)]:
        print(f"- {line}")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="peers.py",
        description="Measures realitygap and its peers in turn, in one run, and prints ratios of "
        "medians. Wants a machine that does nothing else.",
    )
    add = parser.add_argument
    add("--only", nargs="+", metavar="NAME", help="rows whose name contains one of these")
    add("--json", type=Path, metavar="FILE", help="write the rows here, after each contest")
    add("--list", action="store_true", help="print the names of the rows and stop")
    add("--rounds", type=_positive, default=5, help="turns of each entrant (default 5)")
    add("--seconds", type=float, default=2, help="of each turn, at least (default 2)")
    add("--threads", type=_positive, default=2, help="of each entrant (default 2)")
    add("--batch", type=_positive, default=16, help="images of one inference (default 16)")
    add(
        "--ours",
        type=Path,
        default=REPOSITORY / ".build" / "release" / "realitygap",
        metavar="PATH",
        help="our program (default .build/release/realitygap)",
    )
    add("--peers-only", action="store_true", help="do not call our program")
    add("--photos", type=Path, metavar="DIR", help="pictures to make the photos from")
    add("--photo-count", type=_positive, default=1000, help="how many (default 1000)")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number

"""Our own program, called anew for each measurement."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from comparison.timing import Rates

WRONG_USAGE = 64


class OursUnavailable(Exception):
    """The program does not have this command (yet); one line."""


class OursFailed(Exception):
    """The program has the command, and failed; one line."""


def measure(program: Path, arguments: list[str], expected: dict[str, object]) -> Rates:
    """Runs `program arguments`, which prints one JSON object a line with `work`, `unit` and
    `median`. Returns the medians by the last word of `work` and, where there is one line only,
    also by "".

    - expected: work, batch and threads; where the program states them they must be these.
    """
    command = [str(program), *arguments]
    try:
        # OMP_NUM_THREADS would also speak to the OpenBLAS and oneDNN that we use.
        environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    except OSError as error:
        raise OursFailed(f"{program}: {error.strerror}; build it with swift build -c release")
    said = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode == WRONG_USAGE:
        reason = next((line for line in said if line.startswith("Error:")), "wrong usage")
        raise OursUnavailable(f"{' '.join(arguments)}: {reason}")
    if done.returncode != 0:
        reason = said[-1] if said else f"status {done.returncode}"
        raise OursFailed(f"{' '.join(arguments)}: {reason}")
    return _rates(done.stdout, arguments, expected)


def _rates(output: str, arguments: list[str], expected: dict[str, object]) -> Rates:
    rates: Rates = {}
    try:
        rows = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        for row in rows:
            if not row["unit"].endswith("/s"):
                raise ValueError(f"unit {row['unit']} is not a rate")
            for key, value in expected.items():
                if row.get(key, value) != value:
                    raise ValueError(f"{key} is {row[key]}, asked for {value}")
            rates[row["work"].split()[-1]] = float(row["median"])
    except (ValueError, KeyError, TypeError) as error:
        raise OursFailed(f"{' '.join(arguments)}: unusable result: {error!r}")
    if not rows:
        raise OursFailed(f"{' '.join(arguments)}: printed no result")
    if len(rows) == 1:
        rates[""] = float(rows[0]["median"])
    return rates

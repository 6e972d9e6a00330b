"""A short table of results that were written before: ratios with their ranges."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def summary(path: Path) -> str:
    """Markdown. A ratio is bold where every round of it is above 1; rows without one are left out."""
    rows = [row for row in json.loads(path.read_text()) if row["ratio"] is not None]
    lines = [
        "| work | fastest peer | times as fast | range of the rounds | rounds |",
        "| :-- | :-- | --: | :-: | --: |",
        *(_line(row) for row in rows),
        "",
        *_machines(rows),
    ]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    low, high = row["range"]
    ratio = f"{row['ratio']:.2f}"
    cells = [
        f"{row['work']} ({row['ours_way']})" if "ours_way" in row else row["work"],
        row["best_peer"],
        f"**{ratio}**" if low > 1 else ratio,
        f"{low:.2f}–{high:.2f}",
        str(_rounds(row)),
    ]
    return f"| {' | '.join(cells)} |"


def _rounds(row: dict[str, Any]) -> int:
    """How often each entrant was measured; `round_count` where single rounds were not kept."""
    counts = [len(rates) for rates in row.get("rounds", {}).values()]
    return min(counts) if counts else row["round_count"]


def _machines(rows: list[dict[str, Any]]) -> list[str]:
    """What the numbers were measured on, each machine once."""
    machines = {json.dumps(row["machine"], sort_keys=True): row["machine"] for row in rows}
    return [
        "Measured on {processor}, {cores} cores, {time}, commit {commit}: {packages}.".format(
            packages=", ".join(f"{name} {version}" for name, version in one["versions"].items()),
            **one,
        )
        for one in machines.values()
    ]


if __name__ == "__main__":
    print(summary(Path(sys.argv[1])))

"""Rows of medians and ratios, as JSON and as a table."""

from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import median
from typing import Any

from comparison.contest import Row
from comparison.rounds import Measurements

Result = dict[str, Any]


def row_result(row: Row, found: Measurements) -> Result:
    """The row's numbers. Where some could not be had, `unavailable` or `failed` says why."""
    mine = _series(row.ours, found.ours, row.step)
    peers = _series(row.peers, found.peers, row.step)
    result: Result = {
        "work": row.work,
        "unit": row.unit,
        "ours": None,
        "peers": {name: _rounded(median(rates)) for name, rates in peers.items()},
        "best_peer": _best(peers),
        "ratio": None,
        "target": row.target,
        "range": None,
    }
    best, rival = _best(mine), result["best_peer"]
    if best:
        result["ours"] = _rounded(median(mine[best]))
        if len(row.ours) > 1:
            result["ours_way"] = best
    if best and rival:
        result["ratio"] = round(median(mine[best]) / median(peers[rival]), 3)
        turns = [a / b for a, b in zip(mine[best], peers[rival])]
        result["range"] = [round(min(turns), 3), round(max(turns), 3)]
    if row.pytorch_target is not None:
        layouts = {name: rates for name, rates in peers.items() if name.startswith("pytorch")}
        better = _best(layouts)
        ratio = median(mine[best]) / median(layouts[better]) if best and better else None
        result["pytorch_ratio"] = ratio and round(ratio, 3)
        result["pytorch_target"] = row.pytorch_target
    entrants = [*row.ours, *row.peers]
    for key, reasons in (("unavailable", found.unavailable), ("failed", found.failed)):
        if said := {name: reasons[name] for name in entrants if name in reasons}:
            result[key] = said
    result["rounds"] = {
        name: [_rounded(rate) for rate in rates] for name, rates in {**mine, **peers}.items()
    }
    result["settings"] = {name: found.details[name] for name in peers if found.details.get(name)}
    return result


def write_json(path: Path, results: list[Result], machine: dict[str, Any]) -> None:
    """A list with one row a line; each row says on what it was measured. Replaces the file."""
    lines = ",\n".join(json.dumps({**row, "machine": machine}) for row in results)
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(f"[\n{lines}\n]\n")
    os.replace(unfinished, path)


def table(results: list[Result]) -> str:
    """A Markdown table that is also readable as it stands."""
    header = ["work", "ours", "peers", "ratio", "range of rounds", "target", "vs PyTorch"]
    lines = [header, ["---"] * len(header)]
    for row in results:
        ours = f"{row['ours']:g} {row['unit']}" if row["ours"] else "not available"
        if "ours_way" in row:
            ours += f" ({row['ours_way']})"
        peers = ", ".join(
            f"**{name} {rate:g}**" if name == row["best_peer"] else f"{name} {rate:g}"
            for name, rate in row["peers"].items()
        )
        spread = "–".join(f"{end:.2f}" for end in row["range"] or [])
        lines.append(
            [
                *(row["work"], ours, peers, _ratio(row["ratio"], row["target"]), spread),
                f"{row['target']:.2f}" if row["target"] else "",
                _ratio(row.get("pytorch_ratio"), row.get("pytorch_target")),
            ]
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths)] for line in lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def _ratio(ratio: float | None, target: float | None) -> str:
    """With a mark when it misses its target."""
    if ratio is None:
        return ""
    return f"{ratio:.2f}" + (" (missed)" if target and ratio < target else "")


def _series(
    names: tuple[str, ...], found: dict[str, list[dict[str, float]]], step: str
) -> dict[str, list[float]]:
    """The rates of one step, a round each, of those names that have it."""
    return {
        name: [rates[step] for rates in found[name]]
        for name in names
        if name in found and all(step in rates for rates in found[name])
    }


def _best(series: dict[str, list[float]]) -> str | None:
    return max(series, key=lambda name: median(series[name]), default=None)


def _rounded(rate: float) -> float:
    return float(f"{rate:.4g}")

#!/usr/bin/env python3
"""Adds what was fuzzed since (.build/fuzz/ledger) to ledger.csv, and writes its figures into the table of
Documentation/Reliability.md. ledger.csv has executions and seconds of a core in all (those before it was kept, by
executions and their rate), and the most edges and memory of any run. Needs the standard library alone.
"""

import csv
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LEDGER, NEW = HERE / "ledger.csv", ROOT / ".build/fuzz/ledger"
PAGE = ROOT / "Documentation/Reliability.md"
BOTH = {"executions": sum, "seconds": sum, "edges": max, "peak_mb": max}
COLUMNS = ["target", *BOTH]


def rows(path, **options):
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file, **options))


def total():
    found = {}
    for row in rows(LEDGER) + rows(NEW, fieldnames=COLUMNS):
        before = found.get(row["target"])
        for column, both in BOTH.items() if before else ():
            row[column] = both(int(cell[column] or 0) for cell in (before, row))
        found[row["target"]] = row
    return found


def cells(row):
    executions, seconds = int(row["executions"]), max(int(row["seconds"]), 1)
    others = (f"{int(row[column]):,}" if row[column] else "–" for column in ("edges", "peak_mb"))
    return " | ".join([f"{executions:,}", f"{seconds // 60}", f"{executions // seconds:,}", *others])


def main():
    found = total()
    with LEDGER.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found.values())
    NEW.unlink(missing_ok=True)
    text = PAGE.read_text()
    for target, row in found.items():
        pattern = rf"^(\| `{re.escape(target)}` \| [^|]* \|) \d[\d,]* \|( [^|]* \|){{4}}$"
        text, count = re.subn(pattern, rf"\1 {cells(row)} |", text, flags=re.M)
        if count != 1:
            raise SystemExit(f"{PAGE}: {count} rows of {target}, not one")
    PAGE.write_text(text)
    executions = sum(int(row["executions"]) for row in found.values())
    hours = sum(int(row["seconds"]) for row in found.values()) / 3600
    print(f"{executions:,} executions in {hours:.1f} hours of a core")


main()

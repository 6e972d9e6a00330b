"""What the scripts of this folder share: the program, small work for it, and what must hold of what it leaves.

The program is .build/release/realitygap, or what the variable PROGRAM names.
"""

import hashlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get("PROGRAM", ROOT / ".build/release/realitygap"))
SAMPLE = ROOT / "Experiments/sample"
TINY = ROOT / "Scripts/mpi/tiny.yaml"

# 6 images, one canonical and 5 distorted predictions of each, in 15 batches of 2 on one thread.
EVALUATION = ["run", str(ROOT / "Experiments/sample.yaml"), "--no-corrector", "--limit", "6", "--draws", "5",
              "--batch", "2", "--threads", "1"]
TRAINING = ["train", str(TINY), "--images", str(SAMPLE / "images"), "--steps", "12", "--set", "checkpoint_every=2",
            "--set", "report_every=2", "--threads", "1", "--resume"]

PREDICTIONS = """SELECT e.cell_key, i.name, p.draw, i.label, p.predicted, p.label_rank, p.probability,
  p.label_probability FROM prediction_rows p JOIN evaluations e ON e.id = p.evaluation_id
  JOIN items i ON i.id = p.item_id"""
# Speeds are no two runs' alike. A run is known by what it was asked to do, not by its number.
METRICS = """SELECT r.kind, r.name, m.step, m.name, m.value, m.phase FROM metrics m JOIN runs r ON r.id = m.run_id
  WHERE m.name NOT LIKE '%per_second%'"""
CELLS = "SELECT cell_key, model, condition, draws, expected, status FROM evaluations"
COUNTED = ["runs", "metrics", "evaluations", "prediction_rows", "failed_items", "items", "artifacts"]


def command(arguments):
    return [PROGRAM, *map(str, arguments)]


def run(arguments, **options):
    """Runs the program to its end, with what it says as text."""
    options.setdefault("timeout", 300)
    return subprocess.run(command(arguments), text=True, stdin=subprocess.DEVNULL, capture_output=True,
                          errors="replace", **options)


def do(arguments, **options):
    """Runs the program; what goes wrong here is no finding but the end."""
    result = run(arguments, **options)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, arguments))}: exit {result.returncode}\n{result.stderr}")
    return result


def query(database, sql):
    """Rows, over a connection that cannot write."""
    with_database = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        return with_database.execute(sql).fetchall()
    finally:
        with_database.close()


def exists(database):
    return os.path.exists(database) and os.path.getsize(database) > 0


def contents(database):
    """What a database says, whoever wrote it in how many runs."""
    return {"predictions": set(query(database, PREDICTIONS)), "metrics": set(query(database, METRICS)),
            "cells": set(query(database, CELLS))}


def counts(database):
    """Rows of each table; of a database that is not made yet, none."""
    try:
        return {table: query(database, f"SELECT COUNT(*) FROM {table}")[0][0] for table in COUNTED}
    except sqlite3.OperationalError:
        return dict.fromkeys(COUNTED, 0)


def difference(expected, found):
    """What two contents differ in, as lines."""
    lines = []
    for name in expected:
        missing, added = expected[name] - found[name], found[name] - expected[name]
        if missing:
            lines.append(f"{len(missing)} {name} missing, e.g. {min(missing, key=str)}")
        if added:
            lines.append(f"{len(added)} {name} of no undisturbed run, e.g. {min(added, key=str)}")
    return lines


def problems(database):
    """What SQLite and the program's own check find in a database."""
    if not exists(database):
        return []
    found = [row[0] for row in query(database, "PRAGMA integrity_check") if row[0] != "ok"]
    check = run(["database", "check", "--database", database])
    if check.returncode != 0:
        found += (check.stdout + check.stderr).strip().splitlines()
    return found


def digest(path):
    """SHA-256 of a file, or of each file of a folder by its name there; hidden ones are not looked at."""
    path = pathlib.Path(path)
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {str(p.relative_to(path)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


class Folder:
    """A folder for the work, gone at the end."""

    def __init__(self, name):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=f"realitygap-{name}-"))

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def wait_until(condition, seconds=10.0):
    """Whether a condition comes true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True

"""Takes from commands what they need, one thing at a time, and looks what they say and what is left.

    sudo python3 Scripts/stress/starve.py [--points N] [--pause SECONDS] [--fault NAME]... [--command NAME]...

Faults: a full disk (a small tmpfs, filled up at N places over all that a command writes), RLIMIT_FSIZE,
RLIMIT_NOFILE, RLIMIT_AS, a folder that may only be read, a folder that vanishes in the middle, a file system without
locks, a wall clock that jumps back a day, and SIGSTOP for a while. Commands: a training, an evaluation, a report, a
merge, two imports, an export, simulated prints.

In each case the command must either work, or end with exit status 1 and one line that names what is missing; what
was committed is there, SQLite and `database check` find nothing wrong; and with the fault gone, the same command goes
on to the result of an undisturbed one. Prints a table; exit status 1 where something is not so.

Needs root (it mounts, in a mount namespace of its own), a C compiler and Python's standard library.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import containers
import harness
from harness import EVALUATION, SAMPLE, TINY

MEGABYTE = 1 << 20


class Command:
    """What is starved: its arguments, what it needs beforehand, and what it leaves."""

    def __init__(self, name, arguments, outputs=(), needs=(), done=None):
        self.name, self.arguments, self.outputs, self.needs, self.done = name, arguments, outputs, needs, done


def commands(place, inputs):
    """All commands; they write into `place`."""
    database = ["--database", place / "runs.sqlite"]
    training = ["train", TINY, "--images", SAMPLE / "images", "--steps", "6", "--set", "checkpoint_every=2", "--set",
                "report_every=2", "--threads", "1", "--resume", "--output", place / "training"]
    return [
        Command("train", training + database, ["training/corrector.h5"]),
        Command("run", EVALUATION + ["--output", place / "report"] + database),
        Command("report", ["report", "sample", "--format", "markdown,latex,csv,json", "--output", place / "report",
                "--threads", "1"] + database, ["report"], ["runs.sqlite"]),
        Command("merge", ["database", "merge", inputs / "other.sqlite"] + database, [], ["runs.sqlite"]),
        Command("import-predictions", ["import-predictions", inputs / "mine.csv", "--experiment", "mine", "--dataset",
                "sample", "--model", "mine", "--data", SAMPLE] + database, done="are in the database already"),
        Command("import", ["import", inputs / "weights.safetensors", "--output", place / "weights.h5"], ["weights.h5"]),
        Command("export csv", ["export", "csv", "--output", place / "csv"] + database, ["csv"], ["runs.sqlite"]),
        Command("simulate-prints", ["simulate-prints", "--data", SAMPLE, "--limit", "4", "--size", "1.5in",
                "--threads", "1", "--output", place / "prints"], ["prints"], done="already holds a set"),
    ]


def prepare(inputs):
    harness.do(EVALUATION + ["--database", inputs / "runs.sqlite", "--output", inputs / "report"])
    harness.do(["bench", "database", "--images", "200", "--database", inputs / "other.sqlite"])
    harness.do(["export", "safetensors", SAMPLE / "squeezenet1_1.h5", "--output", inputs / "weights.safetensors"])
    names = [line.split(",")[:2] for line in (SAMPLE / "labels.csv").read_text().splitlines()[1:]]
    (inputs / "mine.csv").write_text("item,predicted\n" + "".join(f"{a},{b}\n" for a, b in names))
    shim = inputs / "faults.so"
    source = pathlib.Path(__file__).parent / "faults.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)
    return shim


class Place:
    """A tmpfs, to be filled, write-protected or moved away."""

    def __init__(self, path, inputs):
        self.path, self.inputs = path, inputs
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", path], check=True)

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", self.path], check=True)

    def empty(self, command):
        """As a command finds it."""
        self.remount("rw,size=64m")
        for entry in self.path.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        for name in command.needs:
            shutil.copy(self.inputs / name, self.path / name)

    def used(self):
        status = os.statvfs(self.path)
        return (status.f_blocks - status.f_bfree) * status.f_frsize

    def leave(self, size):
        """So much room is left."""
        # 0 would be no limit.
        self.remount(f"size={max(self.used() + size, 4096)}")

    @property
    def database(self):
        return self.path / "runs.sqlite"

    def result(self, command):
        """What is to be equal in the end."""
        files = {name: harness.digest(self.path / name) for name in command.outputs if (self.path / name).exists()}
        rows = harness.contents(self.database) if self.database.exists() else {}
        return files, rows


class Outcome:
    """How a starved command ended, and what it said."""

    def __init__(self, status, said):
        self.status, self.said = status, said

    @property
    def error(self):
        if self.status == 127 and len(self.said.splitlines()) == 1:
            return self.said.strip()
        lines = [line for line in self.said.splitlines() if line.startswith("Error: ")]
        return lines[0] if len(lines) == 1 and self.said.rstrip().splitlines()[-1] == lines[0] else None


def start(command, limits=None, **variables):
    def limit():
        for kind, value in (limits or {}).items():
            resource.setrlimit(kind, (value, value))
    return subprocess.Popen(harness.command(command.arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, errors="replace", preexec_fn=limit,
                            env={**os.environ, **variables})


def ended(process, seconds=60):
    try:
        said = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        return Outcome("hangs", process.communicate()[1])
    return Outcome(process.returncode, said)


class Fault:
    """What is taken, at several points. `words` is what the message has to have, or None where nothing may fail."""

    name, words = "", None

    def points(self, bench, command):
        """What `strike` takes, one a case."""
        return [None]

    def strike(self, bench, command, point):
        """Runs the command with the fault."""
        raise NotImplementedError

    def mend(self, bench):
        """The fault is over."""


class FullDisk(Fault):
    name, words = "full disk", r"No space left|disk is full"

    def points(self, bench, command):
        pages = bench.written[command.name] // 4096 + 1
        count = min(bench.options.points, pages)
        return [4096 * (pages * i // count) for i in range(count)]

    def strike(self, bench, command, point):
        bench.place.leave(point)
        return ended(start(command))

    def mend(self, bench):
        bench.place.remount("size=64m")


class Limit(Fault):
    def __init__(self, name, kind, values, words):
        self.name, self.kind, self.values, self.words = name, kind, values, words

    def points(self, bench, command):
        return self.values

    def strike(self, bench, command, point):
        return ended(start(command, {self.kind: point}))


class ReadOnly(Fault):
    name, words = "read-only folder", r"[Rr]ead-only|not writable"

    def strike(self, bench, command, point):
        bench.place.remount("ro")
        return ended(start(command))

    def mend(self, bench):
        bench.place.remount("rw")


class Moments(Fault):
    """A fault in the middle."""

    def points(self, bench, command):
        return [bench.seconds[command.name] * part for part in (0.3, 0.5, 0.7, 0.9)]


class Vanishing(Moments):
    name, words = "vanishing folder", r"No such file|no such database|does not exist|is gone"

    def strike(self, bench, command, point):
        process = start(command)
        time.sleep(point)
        self.inner, self.hidden = bench.place.path, bench.place.path.parent / "hidden"
        # A mount cannot be renamed; moved elsewhere, its path leads to an empty folder.
        self.hidden.mkdir(exist_ok=True)
        subprocess.run(["mount", "--move", self.inner, self.hidden], check=True)
        return ended(process)

    def mend(self, bench):
        for entry in bench.place.path.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        subprocess.run(["mount", "--move", self.hidden, self.inner], check=True)


class WithoutLocks(Fault):
    name, words = "no file locks", r"cannot be locked"

    def strike(self, bench, command, point):
        return ended(start(command, LD_PRELOAD=str(bench.shim), FAULT_LOCKS="1"))


class Clock(Moments):
    name, words = "clock jumps back", None

    def strike(self, bench, command, point):
        return ended(start(command, LD_PRELOAD=str(bench.shim), FAULT_CLOCK=f"{int(point * 1000)},-86400"))


class Stopped(Moments):
    name, words = "SIGSTOP", None

    def points(self, bench, command):
        moments = super().points(bench, command)
        return moments[1:2] if bench.options.pause > 10 else moments

    def strike(self, bench, command, point):
        process = start(command)
        time.sleep(point)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(bench.options.pause)
        # Somebody else opens the database meanwhile; a run that only sleeps is not taken for dead.
        if harness.exists(bench.place.database) and process.poll() is None:
            harness.run(["runs", "list", "--database", bench.place.database], timeout=60)
            rows = harness.query(bench.place.database, "SELECT id FROM runs WHERE status = 'interrupted'")
            bench.interrupted = [row[0] for row in rows]
        os.kill(process.pid, signal.SIGCONT)
        outcome = ended(process)
        if getattr(bench, "interrupted", None):
            outcome.said += f"run {bench.interrupted} was called interrupted while it slept\n"
            outcome.status = "taken for dead"
        return outcome


FAULTS = [
    FullDisk(),
    Limit("RLIMIT_FSIZE", resource.RLIMIT_FSIZE, [0, 4096, 16384, 65536, 131072, 262144, 1 << 20, 4 << 20],
          r"File too large|ulimit -f"),
    Limit("RLIMIT_NOFILE", resource.RLIMIT_NOFILE, [4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 32],
          r"[Tt]oo many open files|ulimit -n"),
    Limit("RLIMIT_AS", resource.RLIMIT_AS, [m * MEGABYTE for m in (96, 160, 256, 384, 512, 768, 1024, 1536, 2048, 2560, 3072)],
          # Below some 150 MB the system's loader does not get so far as to start the program.
          r"ulimit -v|error while loading shared libraries"),
    ReadOnly(), Vanishing(), WithoutLocks(), Clock(), Stopped(),
]


class Bench:
    """All that the cases share."""

    def __init__(self, folder, options):
        self.options = options
        inputs = folder / "inputs"
        inputs.mkdir()
        self.shim = prepare(inputs)
        self.place = Place(folder / "place", inputs)
        self.commands = commands(self.place.path, inputs)
        self.seconds, self.written, self.expected = {}, {}, {}
        for command in self.commands:
            self.place.empty(command)
            before, begin = self.place.used(), time.monotonic()
            harness.do(command.arguments)
            self.seconds[command.name] = time.monotonic() - begin
            # The log of a database is gone at the end; it takes about as much again.
            self.written[command.name] = 2 * (self.place.used() - before) + 65536
            self.expected[command.name] = self.place.result(command)

    def case(self, fault, command, point):
        """What went wrong, if anything; and what the command did: works, says so."""
        self.interrupted = []
        self.place.empty(command)
        before = harness.contents(self.place.database) if self.place.database.exists() else {}
        outcome = fault.strike(self, command, point)
        fault.mend(self)
        found = [self.judge(fault, outcome)]
        try:
            found += [self.left(before), self.goes_on(command)]
        except Exception as error:
            found.append(f"what is left cannot be read: {error}")
        wrong = "; ".join(text for text in found if text)
        if wrong and self.options.verbose:
            print(outcome.said[-2000:])
        return wrong, "works" if outcome.status == 0 else "says so", outcome

    def judge(self, fault, outcome):
        if outcome.status == 0:
            return None
        if fault.words is None or outcome.status not in (1, 127):
            return f"exit {outcome.status}: {last(outcome.said)}"
        if outcome.error is None:
            return f"more or less than one line: {last(outcome.said)}"
        if not re.search(fault.words, outcome.error):
            return f"does not name what is missing: {outcome.error}"
        return None

    def left(self, before):
        """What was committed is there."""
        found = harness.problems(self.place.database)
        if found:
            return f"the database: {found[0]}"
        if before:
            now = harness.contents(self.place.database)
            lost = [name for name in before if before[name] - now[name]]
            if lost:
                return f"lost: {lost}"
        return None

    def goes_on(self, command):
        result = harness.run(command.arguments)
        if result.returncode != 0 and not (command.done and command.done in result.stderr):
            return f"does not go on: {last(result.stderr)}"
        files, rows = self.place.result(command)
        expected_files, expected_rows = self.expected[command.name]
        if files != expected_files:
            return "other files than undisturbed"
        lines = harness.difference(expected_rows, rows) if expected_rows else []
        return lines[0] if lines else None


def last(text):
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else "nothing"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=24, help="at how many places the disk is full (24)")
    parser.add_argument("--pause", type=float, default=2, help="seconds of SIGSTOP (2)")
    parser.add_argument("--fault", action="append")
    parser.add_argument("--command", action="append")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("starve.py mounts file systems: this needs root")
    if "STARVE_INSIDE" not in os.environ:
        os.environ["STARVE_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    faults = [f for f in FAULTS if not options.fault or f.name in options.fault]
    findings, table, lines, cases = [], {}, collections.defaultdict(set), 0
    with harness.Folder("starve") as folder:
        bench = Bench(folder, options)
        chosen = [c for c in bench.commands if not options.command or c.name in options.command]
        try:
            for fault in faults:
                for command in chosen:
                    count = collections.Counter()
                    for point in fault.points(bench, command):
                        wrong, did, outcome = bench.case(fault, command, point)
                        cases += 1
                        count["WRONG" if wrong else did] += 1
                        if outcome.error:
                            lines[fault.name].add(re.sub(re.escape(str(folder)), "", outcome.error))
                        if wrong:
                            findings.append(f"{fault.name} ({point}), {command.name}: {wrong}")
                            print("FOUND:", findings[-1], flush=True)
                    table[fault.name, command.name] = ", ".join(f"{n} {what}" for what, n in sorted(count.items()))
                    print(f"{fault.name} | {command.name} | {table[fault.name, command.name]}", flush=True)
        finally:
            subprocess.run(["umount", bench.place.path])
    print()
    print("| | " + " | ".join(c.name for c in chosen) + " |")
    print("|---" * (len(chosen) + 1) + "|")
    for fault in faults:
        print(f"| {fault.name} | " + " | ".join(table[fault.name, c.name] for c in chosen) + " |")
    print()
    for fault in faults:
        for line in sorted(lines[fault.name])[:6]:
            print(f"{fault.name}: {line}")
    print(f"\n{cases} cases, {len(findings)} wrong")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()

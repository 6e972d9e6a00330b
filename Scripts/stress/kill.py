"""Kills commands with kill -9 at random moments, several writers on one database at once, here and in
containers, and looks whether anything was lost.

    python3 Scripts/stress/kill.py [KILLS] [--seed N] [--keep FOLDER]      default: 1000 kills

A round has one database and nine works: two shards of an evaluation, a training, a merge of 18,000 predictions
and an import of predictions write to it; import, exports and simulated prints write files. Four at a time run,
and each is killed two to four times before it may end. They run here and in two PID namespaces whose host is
called as this one, or otherwise, under pids that are free or somebody else's here. In every fourth round whole
containers are killed, and what they did is taken up by others when two minutes have passed.

After every kill: `PRAGMA integrity_check` and `database check`; no row is gone that was seen before; no row is
there that an undisturbed run does not have. All the time: no run is called interrupted whose process lives. At
the end of a round: the same rows and the same bytes of files as without kills. Exit status 1 where not.

Needs root (without it there are no containers, which it says) and Python's standard library.
"""

import argparse
import collections
import csv
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import harness
import containers
from harness import EVALUATION, SAMPLE, TRAINING

# A process elsewhere that gives no sign counts as gone after this (Heartbeat.expiry), in seconds.
EXPIRY = 120


class Work:
    """A command, what it leaves, and where it runs."""

    def __init__(self, name, arguments, output=None, stays=False, done=None):
        self.name, self.arguments, self.output = name, arguments, output
        # A training is known by its folder: what goes on with it has to see its process.
        self.stays = stays
        # What it says where a kill came too late, as all was done.
        self.done = done
        self.seconds = 1.0


def works(folder, database, inputs):
    """The works of a round."""
    def shard(i):
        return Work(f"evaluation {i}/2",
                    EVALUATION + ["--shard", f"{i}/2", "--database", database, "--output", folder / f"report-{i}"])
    return [
        shard(0), shard(1),
        Work("training", TRAINING + ["--database", database, "--output", folder / "training"],
             folder / "training/corrector.h5", stays=True),
        Work("merge", ["database", "merge", inputs / "other.sqlite", "--database", database]),
        Work("import of predictions", ["import-predictions", inputs / "mine.csv", "--experiment", "mine", "--dataset",
             "sample", "--model", "mine", "--data", SAMPLE, "--database", database], done="are in the database already"),
        Work("import", ["import", inputs / "weights.safetensors", "--output", folder / "weights.h5"],
             folder / "weights.h5"),
        Work("export csv", ["export", "csv", "--database", inputs / "other.sqlite", "--output", folder / "csv"],
             folder / "csv"),
        Work("export onnx", ["export", "onnx", SAMPLE / "corrector.h5", "--output", folder / "g.onnx"],
             folder / "g.onnx"),
        Work("simulated prints", ["simulate-prints", "--data", SAMPLE, "--limit", "6", "--size", "1.5in", "--threads",
             "1", "--output", folder / "prints"], folder / "prints", done="already holds a set"),
    ]


def prepare(inputs):
    """What the works read."""
    harness.do(["bench", "database", "--images", "2000", "--database", inputs / "other.sqlite"])
    harness.do(["export", "safetensors", SAMPLE / "squeezenet1_1.h5", "--output", inputs / "weights.safetensors"])
    with open(SAMPLE / "labels.csv", newline="") as file:
        labels = [row[:2] for row in csv.reader(file)][1:]
    (inputs / "mine.csv").write_text("item,predicted\n" + "".join(f"{file},{label}\n" for file, label in labels))


def undisturbed(folder, inputs):
    """Seconds, rows and files of a round that nobody kills."""
    database, seconds = folder / "runs.sqlite", {}
    for work in works(folder, database, inputs):
        start = time.monotonic()
        harness.do(work.arguments)
        seconds[work.name] = time.monotonic() - start
    files = {work.name: harness.digest(work.output) for work in works(folder, database, inputs) if work.output}
    return seconds, harness.contents(database), files


class Record:
    """What was found, by all threads."""

    def __init__(self, wanted):
        self.lock = threading.Lock()
        self.wanted = wanted
        self.kills, self.late = collections.Counter(), 0
        self.places = collections.Counter()
        self.findings = []
        self.checks = self.looks = self.refusals = self.litter = self.lost_containers = 0

    def find(self, text):
        with self.lock:
            self.findings.append(text)
            print("FOUND:", text, flush=True)

    @property
    def total(self):
        return sum(self.kills.values())


class Round:
    """Works on one database, killed and taken up."""

    def __init__(self, number, folder, inputs, expected, record, seed, loses):
        self.number, self.folder, self.record, self.loses = number, folder, record, loses
        self.seconds, self.rows, self.files = expected
        self.database = folder / "runs.sqlite"
        self.works = works(folder, self.database, inputs)
        self.source = random.Random(f"{seed}/{number}")
        self.places = self.make_places()
        self.ended = 0.0
        self.alive, self.lock = {}, threading.Lock()
        self.done = threading.Event()

    def make_places(self):
        """Here, and two containers; of one the name is this host's, too."""
        if os.geteuid() != 0:
            return [None]
        return [None, containers.Container(socket.gethostname()), containers.Container("elsewhere")]

    def run(self):
        watch = threading.Thread(target=self.watch)
        watch.start()
        queue = [(work, random.Random(f"{self.source.random()}")) for work in self.works]
        threads = [threading.Thread(target=self.drain, args=(queue,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.done.set()
        watch.join()
        self.ended = time.monotonic()
        if not self.loses:
            self.finish()

    def drain(self, queue):
        while True:
            with self.lock:
                if not queue:
                    return
                work, source = queue.pop(0)
            try:
                self.disturb(work, source)
            except Exception as error:
                self.record.find(f"round {self.number}, {work.name}: the script failed: {error!r}")

    def disturb(self, work, source):
        """Kills a work some times; then lets it end, unless its containers were lost."""
        home = source.choice([p for p in self.places if p] or [None] if self.loses else self.places)
        if self.loses and work.stays and home:
            self.lose(work, home, source)
            return
        for _ in range(source.randint(2, 4)):
            place = home if work.stays else source.choice(self.places)
            # Four programs share the cores, so that each takes longer than alone.
            if not self.kill(work, place, source.uniform(0, 2.5 * self.seconds[work.name]), source):
                return
            self.inspect(work)
        if not self.loses:
            self.complete(work, home if work.stays else source.choice(self.places), source)

    def lose(self, work, home, source):
        """Kills a work's whole container, with whatever else is in it; what did the work cannot be seen then."""
        process = self.start(work, home, source)
        time.sleep(source.uniform(0.5, 1.5) * self.seconds[work.name])
        late = process.poll() is not None
        home.kill()
        process.wait()
        with self.record.lock:
            self.record.late += late
            self.record.lost_containers += not late
        self.inspect(work)

    def start(self, work, place, source):
        argv = harness.command(work.arguments)
        if place:
            # Half of them have a pid that is likely nobody's here, or another's.
            argv = place.command(argv, source.randint(2, 30000) if source.random() < 0.5 else None)
        log = open(self.folder / f"{work.name.replace('/', '-')}.log", "w")
        with log:
            return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                                    env={**os.environ, "TMPDIR": str(self.folder)})

    def kill(self, work, place, pause, source):
        """Whether the program was killed, or was not yet done."""
        process = self.start(work, place, source)
        begin = time.monotonic()
        pid = None
        while process.poll() is None and time.monotonic() - begin < pause:
            pid = pid or containers.find(process.pid)
            if pid:
                with self.lock:
                    self.alive[pid] = containers.identity(pid)
            time.sleep(min(0.02, pause))
        pid = pid or containers.find(process.pid) or process.pid
        before = harness.counts(self.database)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        status = process.wait()
        with self.lock:
            self.alive.pop(pid, None)
        with self.record.lock:
            if status in (-9, 137):
                self.record.kills[work.name] += 1
                kind = "here" if place is None else "in a container"
                self.record.places[kind] += 1
            elif status == 0:
                self.record.late += 1
        if status not in (0, -9, 137) and not self.was_done(work) and not self.was_lost(place):
            self.record.find(f"round {self.number}, {work.name}: exit {status}: {self.said(work)}")
        after = harness.counts(self.database)
        for table, count in before.items():
            if after[table] < count:
                self.record.find(f"round {self.number}, {work.name}: {count} rows of {table} were seen, "
                                 f"{after[table]} are left")
        return status in (-9, 137) or self.was_lost(place)

    def was_lost(self, place):
        return place is not None and place.outer.poll() is not None

    def said(self, work):
        text = (self.folder / f"{work.name.replace('/', '-')}.log").read_text(errors="replace")
        return text.strip().replace("\n", " | ")[-300:]

    def was_done(self, work):
        return work.done is not None and work.done in self.said(work)

    def complete(self, work, place, source):
        process = self.start(work, place, source)
        if process.wait() != 0 and not self.was_done(work):
            self.record.find(f"round {self.number}, {work.name} does not go on: {self.said(work)}")

    def inspect(self, work):
        """What must hold of the database at any time."""
        if not harness.exists(self.database):
            return
        for problem in harness.problems(self.database):
            self.record.find(f"round {self.number}, after a kill of {work.name}: {problem}")
        try:
            foreign = set(harness.query(self.database, harness.PREDICTIONS)) - self.rows["predictions"]
        except sqlite3.OperationalError:
            foreign = set()
        if foreign:
            self.record.find(f"round {self.number}: a row of no undisturbed run: {min(foreign, key=str)}")
        with self.record.lock:
            self.record.checks += 1

    def watch(self):
        """No run may be called interrupted whose process lives."""
        columns = "SELECT id, pid_namespace, pid, process_start FROM runs WHERE status = 'interrupted'"
        while not self.done.wait(0.05):
            try:
                rows = harness.query(self.database, columns)
            except sqlite3.Error:
                continue
            for id, namespace, pid, start in rows:
                with self.lock:
                    suspects = [p for p, known in self.alive.items()
                                if known == (namespace, pid, (start or "").split("/")[-1])]
                if any(containers.identity(p) for p in suspects):
                    self.record.find(f"round {self.number}: run {id} is called interrupted, and lives")
            with self.record.lock:
                self.record.looks += 1

    def finish(self):
        """Everything ends, and equals what nobody disturbed."""
        if self.loses:
            self.refuse()
            time.sleep(max(0.0, EXPIRY + 5 - (time.monotonic() - self.ended)))
            for work in self.works:
                self.complete(work, None, self.source)
        for problem in harness.problems(self.database):
            self.record.find(f"round {self.number}, at the end: {problem}")
        for line in harness.difference(self.rows, harness.contents(self.database)):
            self.record.find(f"round {self.number}, at the end: {line}")
        for work in self.works:
            if work.output and harness.digest(work.output) != self.files[work.name]:
                self.record.find(f"round {self.number}: {work.output} differs from an undisturbed one")
        self.record.litter += sum(1 for p in self.folder.rglob(".*.partial"))
        for place in self.places:
            if place:
                place.kill()

    def refuse(self):
        """A training whose process cannot be seen is not taken up before its signs of life stop."""
        state = harness.query(self.database, "SELECT status, heartbeat_at FROM runs WHERE kind = 'train' AND name = 'tiny' "
                            "ORDER BY id DESC LIMIT 1") if harness.exists(self.database) else []
        if not state or state[0][0] != "running" or time.monotonic() - self.ended > EXPIRY / 2:
            return
        training = next(work for work in self.works if work.stays)
        if not (self.folder / "training/state.h5").exists():
            return
        result = harness.run(training.arguments)
        if result.returncode != 1 or "still running" not in result.stderr:
            self.record.find(f"round {self.number}: a training that may live is taken up: exit {result.returncode}: "
                             f"{result.stderr.strip()[-300:]}")
        self.record.refusals += 1

    def states(self):
        """What runs are called in the end, two minutes later."""
        harness.do(["runs", "list", "--database", self.database, "--limit", "1"])
        return collections.Counter(row[0] for row in harness.query(self.database, "SELECT status FROM runs"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    record = Record(arguments.kills)
    start = time.monotonic()
    if os.geteuid() != 0:
        print("no containers: they need root")
    with harness.Folder("kill") as folder:
        inputs, calm = folder / "inputs", folder / "undisturbed"
        inputs.mkdir()
        calm.mkdir()
        prepare(inputs)
        expected = undisturbed(calm, inputs)
        print("seconds undisturbed:", json.dumps({name: round(s, 2) for name, s in expected[0].items()}), flush=True)
        rounds, number = [], 0
        while record.total < arguments.kills:
            place = folder / f"round-{number}"
            place.mkdir()
            rounds.append(Round(number, place, inputs, expected, record, arguments.seed, number % 4 == 3))
            rounds[-1].run()
            if rounds[-1].loses:
                rounds[-1].refuse()
            number += 1
            if number % 5 == 0:
                print(f"{number} rounds, {record.total} kills, {time.monotonic() - start:.0f} s", flush=True)
        for each in rounds:
            if each.loses:
                each.finish()
        time.sleep(max(0.0, EXPIRY + 5 - (time.monotonic() - rounds[-1].ended)))
        states = sum((each.states() for each in rounds), collections.Counter())
        if states["running"]:
            record.find(f"{states['running']} runs are called running, and nobody is left")
    print(f"{record.total} kills in {number} rounds: {dict(record.kills)}")
    print(f"{record.places['here']} here, {record.places['in a container']} in containers, of which "
          f"{record.lost_containers} were killed whole; {record.late} works were done before their kill")
    print(f"{record.checks} checks of databases, {record.looks} looks for living runs that are called interrupted, "
          f"{record.refusals} trainings refused to go on beside one that may live")
    print(f"runs in the end: {dict(states)}; {record.litter} unfinished files (.*.partial) were left beside others")
    print(f"{len(record.findings)} findings, {time.monotonic() - start:.0f} s")
    sys.exit(1 if record.findings else 0)


if __name__ == "__main__":
    main()

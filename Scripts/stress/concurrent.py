"""8 writers, 4 readers and the dashboard on one database, for some minutes.

    python3 Scripts/stress/concurrent.py [SECONDS]      default: 600

Writers, each one command after the other: two evaluate (new seeds), one trains, two import predictions (one of them
deletes what it imported), one merges databases, one writes notes and tags, one vacuums nothing but checks and
evaluates. Readers: lists, a report, an export, SQL by Python's sqlite3. Somebody looks at pages of the dashboard.

No command may fail, and no request: who finds the database locked waits. In the end `database check` finds nothing;
every row of every command that said it was done is there; and evaluations, repeated alone, give the very same rows.
Prints how long each took (p50, p99, the longest), here and alone. Exit status 1 where something is not so.
"""

import collections
import random
import re
import subprocess
import sys
import threading
import time
import urllib.request

import harness
from harness import SAMPLE, TINY

EVALUATE = ["run", harness.ROOT / "Experiments/sample.yaml", "--no-corrector", "--limit", "6", "--draws", "2",
            "--batch", "2", "--threads", "1"]


class Load:
    def __init__(self, folder, seconds):
        self.folder, self.database = folder, folder / "runs.sqlite"
        self.end = time.monotonic() + seconds
        self.lock = threading.Lock()
        self.times = collections.defaultdict(list)
        self.findings, self.seeds, self.models, self.notes, self.trainings, self.merged = [], [], [], {}, [], []

    def find(self, text):
        with self.lock:
            self.findings.append(text)
            print("FOUND:", text, flush=True)

    def timed(self, name, arguments):
        """Runs a command; returns whether it did what it should."""
        begin = time.monotonic()
        result = harness.run([*arguments, "--database", self.database])
        with self.lock:
            self.times[name].append(time.monotonic() - begin)
        if result.returncode != 0:
            self.find(f"{name}: exit {result.returncode}: {result.stderr.strip()[-300:]}")
        return result if result.returncode == 0 else None

    def loop(self, work, *arguments):
        count = 0
        while time.monotonic() < self.end:
            try:
                work(count, *arguments)
            except Exception as error:
                self.find(f"{work.__name__}: {error!r}")
            count += 1

    # Writers.

    def evaluate(self, count, number):
        seed = number * 100_000 + count
        if self.timed("evaluation", EVALUATE + ["--seed", str(seed), "--output", self.folder / f"report-{number}"]):
            self.seeds.append(seed)

    def train(self, count):
        place = self.folder / f"training-{count}"
        if self.timed("training", ["train", TINY, "--images", SAMPLE / "images", "--steps", "4", "--name",
                                   f"t{count}", "--set", "report_every=1", "--threads", "1", "--output", place]):
            self.trainings.append(f"t{count}")

    def predictions(self, count, number, deletes):
        model = f"mine-{number}-{count}"
        if not self.timed("import of predictions", [
                "import-predictions", self.folder / "mine.csv", "--experiment", "mine", "--dataset", "sample",
                "--model", model, "--data", SAMPLE]):
            return
        if not deletes:
            self.models.append(model)
            return
        run = harness.query(self.database, f"SELECT run_id FROM evaluations WHERE model = '{model}'")[0][0]
        self.timed("deletion of a run", ["runs", "delete", str(run), "--yes"])

    def merge(self, count):
        other = self.folder / f"other-{count}.sqlite"
        seed = 900_000 + count
        harness.do(EVALUATE + ["--seed", str(seed), "--limit", "3", "--draws", "4", "--database", other, "--output",
                               self.folder / "report-other"])
        rows = set(harness.query(other, harness.PREDICTIONS))
        if self.timed("merge", ["database", "merge", other]):
            self.merged.append(rows)

    def note(self, count):
        text = f"note {count}"
        if self.timed("note", ["runs", "note", "1", text]):
            self.notes["note"] = text
        if self.timed("tag", ["runs", "tag", "1", f"t{count}={count}"]):
            self.notes[f"t{count}"] = str(count)

    def check(self, count):
        self.timed("check", ["database", "check"])
        self.evaluate(count, 7)

    # Readers.

    def list(self, count):
        self.timed("list of runs", ["runs", "list", "--json"])

    def report(self, count):
        self.timed("report", ["report", "sample", "--output", self.folder / "report-read", "--threads", "1"])

    def export(self, count):
        self.timed("export csv", ["export", "csv", "--output", self.folder / "csv"])

    def select(self, count):
        begin = time.monotonic()
        harness.query(self.database, "SELECT * FROM top1")
        harness.query(self.database, "SELECT COUNT(*), SUM(label_rank) FROM prediction_rows")
        with self.lock:
            self.times["SQL of a reader"].append(time.monotonic() - begin)
        time.sleep(0.02)

    def look(self, count, address):
        page = ["", "runs/1", "runs", "experiments/sample", "compare?a=1&b=2"][count % 5]
        begin = time.monotonic()
        try:
            with urllib.request.urlopen(f"{address}{page}", timeout=60) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                self.find(f"dashboard, /{page}: {error.code}")
        with self.lock:
            self.times["page of the dashboard"].append(time.monotonic() - begin)
        time.sleep(0.05)

    def run(self):
        serve = subprocess.Popen(harness.command(["serve", "--port", "0", "--database", self.database]),
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = re.search(r"http://\S+", serve.stdout.readline())[0].rstrip("/") + "/"
        works = [(self.evaluate, 1), (self.evaluate, 2), (self.train,), (self.predictions, 3, False),
                 (self.predictions, 4, True), (self.merge,), (self.note,), (self.check,),
                 (self.list,), (self.report,), (self.export,), (self.select,), (self.look, address)]
        threads = [threading.Thread(target=self.loop, args=work) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if serve.poll() is not None:
            self.find(f"the dashboard ended with {serve.returncode}")
        serve.terminate()
        serve.wait()

    # Afterwards.

    def judge(self):
        for problem in harness.problems(self.database):
            self.find(f"database: {problem}")
        rows = set(harness.query(self.database, harness.PREDICTIONS))
        for merged in self.merged:
            if merged - rows:
                self.find(f"{len(merged - rows)} merged rows are lost")
        models = self.counted(self.models, 20, "imported predictions", "SELECT e.model, COUNT(*) FROM evaluations e "
                              "JOIN prediction_rows p ON p.evaluation_id = e.id GROUP BY e.model")
        left = [model for model in models if model.startswith("mine-4-")]
        if left:
            self.find(f"deleted and still there: {left}")
        tags = dict(harness.query(self.database, "SELECT name, value FROM tags WHERE run_id = 1"))
        note = harness.query(self.database, "SELECT notes FROM runs WHERE id = 1")[0][0]
        for name, value in self.notes.items():
            if (note if name == "note" else tags.get(name)) != value:
                self.find(f"{name} of run 1 is lost")
        self.counted(self.trainings, 4, "steps of a training", "SELECT r.name, COUNT(DISTINCT m.step) FROM metrics m "
                     "JOIN runs r ON r.id = m.run_id WHERE m.name = 'train/loss' GROUP BY r.name")
        states = harness.query(self.database, "SELECT status, COUNT(*) FROM runs GROUP BY status")
        if [state for state, _ in states] != ["finished"]:
            self.find(f"runs in the end: {states}")
        self.repeat(rows)

    def counted(self, names, count, what, sql):
        """Counts by name; each of `names` must have as many."""
        counts = dict(harness.query(self.database, sql))
        for name in names:
            if counts.get(name) != count:
                self.find(f"{name}: {counts.get(name)} of {count} {what}")
        return counts

    def repeat(self, rows):
        """Evaluations again, alone: the rows of each seed."""
        keys = dict(harness.query(self.database, "SELECT cell_key, seed FROM evaluations WHERE model = 'squeezenet1_1'"))
        for seed in random.Random(1).sample(self.seeds, min(10, len(self.seeds))):
            place = self.folder / f"alone-{seed}.sqlite"
            begin = time.monotonic()
            harness.do(EVALUATE + ["--seed", str(seed), "--database", place, "--output", self.folder / "report-alone"])
            self.times["evaluation, alone"].append(time.monotonic() - begin)
            alone = set(harness.query(place, harness.PREDICTIONS))
            if alone - rows:
                self.find(f"seed {seed}: {len(alone - rows)} rows are lost or others")
        distorted = [seed for seed in keys.values() if seed is not None]
        missing = set(self.seeds) - set(distorted)
        if missing:
            self.find(f"evaluations that were done are lost: {sorted(missing)[:5]}")


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    with harness.Folder("concurrent") as folder:
        load = Load(folder, seconds)
        names = [line.split(",")[:2] for line in (SAMPLE / "labels.csv").read_text().splitlines()[1:]]
        (folder / "mine.csv").write_text("item,predicted\n" + "".join(f"{a},{b}\n" for a, b in names))
        for number in (0, 1):
            harness.do(EVALUATE + ["--seed", str(number), "--database", load.database, "--output", folder / "report-0"])
        load.end = time.monotonic() + seconds
        load.run()
        load.judge()
    print("| | times | p50, s | p99, s | longest, s |\n|---|--:|--:|--:|--:|")
    for name, times in sorted(load.times.items()):
        times.sort()
        p50, p99 = (times[min(len(times) - 1, int(len(times) * p))] for p in (0.5, 0.99))
        print(f"| {name} | {len(times)} | {p50:.2f} | {p99:.2f} | {times[-1]:.2f} |")
    total = len(load.seeds) + len(load.models) + len(load.merged) + len(load.trainings)
    print(f"{seconds:.0f} s, {total} commands that wrote rows, {len(load.findings)} findings")
    sys.exit(1 if load.findings else 0)


if __name__ == "__main__":
    main()

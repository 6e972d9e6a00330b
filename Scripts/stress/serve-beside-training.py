"""How much a dashboard with an open page slows a training down.

    python3 Scripts/stress/serve-beside-training.py .build/release/realitygap [PAIRS] [STEPS]

Trains a small corrector on the sample's photos, alone and beside `serve` with one page of the run open, in
PAIRS pairs (7) of which every other begins with the dashboard; prints steps a second of both, the median and
the range of their ratios, and the share of the machine's processor time that the dashboard took. The page is one
that a script reads as a browser does: told of each change, it asks for the page again, at most once a second, and
for what is new in its curves. What a browser takes to draw them is not the dashboard's, and not measured.
"""

import contextlib
import datetime
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PROGRAM = os.path.abspath(sys.argv[1])
PAIRS = int(sys.argv[2]) if len(sys.argv) > 2 else 7
STEPS = int(sys.argv[3]) if len(sys.argv) > 3 else 300
IMAGES = str(pathlib.Path("Experiments/sample/images").resolve())
# The first steps open files and warm caches, and the page is opened meanwhile.
SKIPPED = STEPS // 10


@contextlib.contextmanager
def training(folder, database):
    process = subprocess.Popen(
        [PROGRAM, "train", "Experiments/train-sample.yaml", "--images", IMAGES, "--steps", str(STEPS),
         "--output", f"{folder}/out", "--database", database, "--set", "report_every=1",
         *[argument for phase in ["stn", "color", "detail", "fine"]
           for argument in ["--set", f"phases.{phase}.batch=4"]]],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
        assert process.wait(600) == 0, "the training failed"
    finally:
        process.kill()


def rate(database):
    """Steps a second, by the times at which steps were recorded."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT step, time FROM metrics WHERE name = 'train/loss' AND step > ? ORDER BY step", (SKIPPED,)).fetchall()
    seconds = [datetime.datetime.fromisoformat(row[1].replace("Z", "+00:00")) for row in (rows[0], rows[-1])]
    return (rows[-1][0] - rows[0][0]) / (seconds[1] - seconds[0]).total_seconds()


class Page:
    """A page of the newest run, as app.js and chart.js keep it up to date."""

    def __init__(self, address):
        self.address = address
        self.looks = 0
        self.bytes = 0
        self.is_over = False
        self.thread = threading.Thread(target=self.follow)
        self.thread.start()

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=20) as answer:
            data = answer.read()
        self.bytes += len(data)
        return data.decode()

    def look(self):
        html = self.get("runs/1")
        # The charts that fit on a screen.
        for metric in re.findall(r'data-metric="([^"]+)"', html)[:6]:
            step = self.steps.get(metric)
            query = urllib.parse.urlencode(
                {"metric": metric, **({"from": step, "to": 10 ** 12} if step else {})})
            points = re.findall(r"\[(\d+),", self.get(f"runs/1/curve?{query}"))
            self.steps[metric] = points[-1] if points else step
        self.looks += 1

    def follow(self):
        try:
            self.listen()
        except OSError:
            # The server is stopped before the page is closed.
            if not self.is_over:
                raise

    def listen(self):
        self.steps, last = {}, 0.0
        events = urllib.request.urlopen(self.address + "events", timeout=60)
        while not self.is_over:
            line = events.readline()
            if not line:
                return
            if not line.startswith(b"data:"):
                continue
            time.sleep(max(0.0, 1 - (time.monotonic() - last)))
            last = time.monotonic()
            try:
                self.look()
            except urllib.error.HTTPError as error:
                if error.code != 404:
                    raise


def steps(database):
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        return connection.execute("SELECT COUNT(DISTINCT step) FROM metrics").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def alone(folder, database):
    with training(folder, database):
        pass
    return rate(database)


def beside(folder, database):
    with training(folder, database) as process:
        while not steps(database):
            assert process.poll() is None, "the training failed"
            time.sleep(0.05)
        return served(database, process)


def served(database, process):
    server = subprocess.Popen(
        [PROGRAM, "serve", "--database", database, "--port", "0"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    page, start = None, time.monotonic()
    try:
        page = Page(re.search(r"http://\S+", server.stdout.readline()).group())
        late = steps(database)
        assert late < SKIPPED, f"the page is open after step {late} of {SKIPPED}: give more STEPS"
        assert process.wait(600) == 0, "the training failed"
        seconds = sum(map(int, pathlib.Path(f"/proc/{server.pid}/stat").read_text().rsplit(")")[1].split()[11:13]))
        seconds /= os.sysconf("SC_CLK_TCK")
        there = (time.monotonic() - start) * len(os.sched_getaffinity(0))
    finally:
        if page:
            page.is_over = True
        server.send_signal(signal.SIGINT)
        server.wait(20)
        if page:
            page.thread.join(30)
    assert page.looks > 3, "the page was not looked at"
    return rate(database), page.looks, seconds, there


def main():
    ratios, looks, used, there = [], 0, 0.0, 0.0
    for pair in range(PAIRS):
        found = {}
        for with_page in [pair % 2 == 1, pair % 2 == 0]:
            folder = tempfile.mkdtemp(prefix="realitygap-beside-")
            database = f"{folder}/results.sqlite"
            try:
                if with_page:
                    found[with_page], more, seconds, all_seconds = beside(folder, database)
                    looks, used, there = looks + more, used + seconds, there + all_seconds
                else:
                    found[with_page] = alone(folder, database)
            finally:
                shutil.rmtree(folder)
        ratios.append(found[True] / found[False])
        print(f"alone {found[False]:.2f} steps/s, with the page {found[True]:.2f}: {ratios[-1]:.3f}", flush=True)
    print(f"with the page / alone: median {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}, "
          f"in {PAIRS} pairs; the dashboard took {1000 * used / looks:.0f} ms of processor time a look, "
          f"{100 * used / there:.1f} % of what was there")


main()

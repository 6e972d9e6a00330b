#!/usr/bin/env python3
"""Exports a small database and reads it back with the programs that it is for.

    Scripts/interchange/check.py [--program .build/release/realitygap] [--venv DIR] [--keep DIR]

Makes a virtual environment outside the repository when it is missing (TensorBoard, MLflow), lets
realitygap evaluate two draws of the sample and train a tiny corrector, imports predictions, and
compares with the database: CSV through Python's csv module; TensorBoard through its EventAccumulator
and a server on the loopback device; MLflow through a real server on the loopback device and MLflow's
own client, twice, because the second export must change nothing.
"""

import argparse
import csv
import json
import math
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["tensorboard==2.21.0", "mlflow==3.17.2"]
TINY = """
version: 1
name: tiny
seed: 7
corrector:
  stages: [stn, color, unet]
  transformer: { view: 16, widths: [2], hidden: 4, normalization: batch }
  color: { view: 8, widths: [2], hidden: 4, summary: pool }
  unet: { width: 2, depth: 1 }
discriminator: { widths: [2, 2, 2], learning_rate: 1.0e-3 }
phases:
  - { name: look, learn: [stn], steps: 3, batch: 2, learning_rate: 1.0e-3, losses: { theta: 1 } }
  - { name: paint, learn: [color, unet], steps: 3, batch: 2, learning_rate: 1.0e-3,
      schedule: cosine, target: aligned, losses: { mse: 1 } }
report_every: 1
validate_every: 3
checkpoint_every: 100
"""


def say(text):
    print(text, flush=True)


def expect(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def wait(url, process, seconds=120):
    """Waits until a server answers."""
    end = time.time() + seconds
    while time.time() < end:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read()
        except OSError:
            expect(process.poll() is None, f"the server of {url} ended")
            time.sleep(0.5)
    sys.exit(f"FAILED: {url} does not answer")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Database:
    def __init__(self, path):
        self.connection = sqlite3.connect(path)
        self.connection.row_factory = sqlite3.Row

    def __call__(self, query, *arguments):
        return [dict(row) for row in self.connection.execute(query, arguments)]


def make_database(program, folder):
    """Two draws of the sample, a tiny training, imported predictions, a note and a tag."""
    run = lambda *arguments: subprocess.run(
        [program, *arguments, "--database", "r.sqlite"], cwd=folder, check=True,
        stdout=subprocess.DEVNULL)
    sample = ROOT / "Experiments/sample"
    run("reproduce", "sample", "--draws", "2", "--reports", "reports")
    (folder / "tiny.yaml").write_text(TINY)
    run("train", "tiny.yaml", "--images", sample / "images", "--validation", sample / "images",
        "--output", "tiny")
    database = Database(folder / "r.sqlite")
    rows = database("SELECT item, label, predicted FROM predictions WHERE evaluation_id = 1")
    with open(folder / "convnext.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["item", "label", "predicted"])
        for index, row in enumerate(rows):
            predicted = (row["label"] + (index % 4 == 0)) % 1000
            writer.writerow([row["item"], row["label"], predicted])
    run("import-predictions", "convnext.csv", "--experiment", "sample", "--dataset", "sample",
        "--model", "convnext_tiny")
    with sqlite3.connect(folder / "r.sqlite") as connection:
        connection.execute("UPDATE runs SET notes = 'a \"note\",' || char(10) || 'ü' WHERE id = 1")
        connection.execute("INSERT INTO tags VALUES (1, 'best', 'yes')")
    top1 = {(row["model"], row["condition"]): row for row in database("SELECT * FROM top1")}
    expect(top1["convnext_tiny", "canonical"]["correct"] == 15, "imported predictions")
    return database


def check_csv(program, folder, database):
    subprocess.run([program, "export", "csv", "--output", "csv", "--database", "r.sqlite"],
                   cwd=folder, check=True, stdout=subprocess.DEVNULL)

    def read(name):
        with open(folder / "csv" / f"{name}.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    runs = read("runs")
    expect(runs[0]["notes"] == 'a "note",\nü' and json.loads(runs[0]["tags"]) == {"best": "yes"},
           "runs.csv")
    expect(len(runs) == 3 and all(json.loads(run["configuration"]) for run in runs), "runs.csv")
    stored = database("SELECT * FROM metrics ORDER BY run_id, name, step")
    read_back = [
        {"run_id": int(row["run_id"]), "step": int(row["step"]), "name": row["name"],
         "value": float(row["value"]) if row["value"] else None, "time": row["time"],
         "phase": row["phase"] or None}
        for row in read("metrics")]
    expect(read_back == stored and len(stored) > 10, "metrics.csv")
    predictions = read("predictions")
    expect(len(predictions) == len(database("SELECT * FROM predictions")), "predictions.csv")
    for row in read("top1"):
        right = [p for p in predictions if p["label_rank"] == "0" and all(
            p[key] == row[key] for key in ("experiment", "model", "dataset", "condition"))]
        expect(len(right) == int(row["correct"]), "predictions.csv and top1.csv agree")
    say(f"csv: {len(runs)} runs, {len(stored)} values, {len(predictions)} predictions")


def exported(row):
    """What other trackers call a value of the tiny training, which has two phases."""
    return f"{row['name']}/{row['phase']}" if row["name"].startswith("train/") else row["name"]


def check_tensorboard(program, folder, database, bin_folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    subprocess.run([program, "export", "tensorboard", "tb", "--database", "r.sqlite"],
                   cwd=folder, check=True, stdout=subprocess.DEVNULL)
    events = EventAccumulator(str(folder / "tb/2-tiny"), size_guidance={"images": 0})
    events.Reload()
    stored = database("SELECT * FROM metrics WHERE run_id = 2 AND value IS NOT NULL")
    names = {exported(row) for row in stored}
    expect(set(events.Tags()["scalars"]) == names, "TensorBoard's names of scalars")
    for name in names:
        ours = sorted((r["step"], r["value"]) for r in stored if exported(r) == name)
        theirs = sorted((e.step, e.value) for e in events.Scalars(name))
        expect(len(ours) == len(theirs), f"TensorBoard's {name}")
        for (step, value), (their_step, their_value) in zip(ours, theirs):
            expect(step == their_step and math.isclose(value, their_value, rel_tol=1e-6), name)
    images = events.Images("validation")
    expect([image.step for image in images] == [3, 6], "TensorBoard's pictures")
    for image in images:
        picture = (folder / f"tiny/validation-{image.step}.jpg").read_bytes()
        expect(image.encoded_image_string == picture, "TensorBoard's pictures")
    text = tensor_util.make_ndarray(events.Tensors("configuration")[0].tensor_proto)[0].decode()
    expect("| training.phases.0.learn.0 | stn |" in text, "TensorBoard's configuration")

    port = free_port()
    log = open(folder / "tensorboard.log", "w")
    server = subprocess.Popen(
        [bin_folder / "tensorboard", "--logdir", "tb", "--host", "127.0.0.1", "--port", str(port),
         "--load_fast=false"], cwd=folder, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}/data"
        end = time.time() + 60
        while len(json.loads(wait(f"{address}/runs", server))) < 3 and time.time() < end:
            time.sleep(1)
        runs = json.loads(wait(f"{address}/runs", server))
        expect(set(runs) == {"1-sample", "2-tiny", "3-sample"}, f"TensorBoard's runs: {runs}")
        name = "top1/sample/squeezenet1_1/canonical"
        url = f"{address}/plugin/scalars/scalars?run=1-sample&tag={name}"
        value = json.loads(wait(url, server))
        expect([row[1:] for row in value] == [[0, 70.0]], f"TensorBoard's {name}: {value}")
        url = f"{address}/plugin/images/images?run=2-tiny&tag=validation"
        pictures = json.loads(wait(url, server))
        expect([p["step"] for p in pictures] == [3, 6], "TensorBoard's pictures by HTTP")
        texts = json.loads(wait(f"{address}/plugin/text/text?run=1-sample&tag=notes", server))
        expect("note" in texts[0]["text"], "TensorBoard's notes by HTTP")
    finally:
        server.terminate()
        server.wait()
    say(f"tensorboard: {len(stored)} values, {len(images)} pictures, texts, 3 runs by HTTP")


def check_mlflow(program, folder, database, bin_folder):
    import mlflow
    from mlflow.tracking import MlflowClient

    port = free_port()
    uri = f"http://127.0.0.1:{port}"
    log = open(folder / "mlflow.log", "w")
    server = subprocess.Popen(
        [bin_folder / "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
         "--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
         "--artifacts-destination", str(folder / "mlartifacts")],
        cwd=folder, stdout=log, stderr=log, env={**os.environ, "PATH": f"{bin_folder}:/usr/bin:/bin"})
    try:
        wait(f"{uri}/health", server)
        export = [program, "export", "mlflow", "--tracking-uri", uri, "--database", "r.sqlite",
                  "--experiment-name", "check & more"]
        first = subprocess.run(export, cwd=folder, check=True, capture_output=True, text=True)
        expect(first.stdout.count(": created ") == 3, f"MLflow's first export: {first.stdout}")
        states = []
        for _ in range(2):
            mlflow.set_tracking_uri(uri)
            client = MlflowClient(uri)
            experiment = client.get_experiment_by_name("check & more")
            runs = {run.data.tags["realitygap.run_id"]: run
                    for run in client.search_runs([experiment.experiment_id])}
            states.append(compare_mlflow(client, runs, folder, database))
            again = subprocess.run(export, cwd=folder, check=True, capture_output=True, text=True)
            expect(again.stdout.count(": updated ") == 3, "MLflow's second export")
            expect(again.stdout.count(" 0 new metric values") == 3, "MLflow's second export")
        expect(states[0] == states[1], "exported again, MLflow's runs are the same")
        refused = subprocess.run(
            [*export[:4], f"http://127.0.0.1:{free_port()}", *export[5:]], cwd=folder,
            capture_output=True, text=True)
        expect(refused.returncode == 1 and refused.stderr.count("\n") == 1, "no server: one line")
    finally:
        # The server's own children end with it.
        server.terminate()
        server.wait()
    say(f"mlflow: 3 runs, {states[0]['values']} values, {states[0]['files']} files; twice the same")


def compare_mlflow(client, runs, folder, database):
    """Compares MLflow's runs with the database; returns all that could be there twice."""
    expect(set(runs) == {"1", "2", "3"}, f"MLflow's runs: {set(runs)}")
    history = {}
    for key in runs["2"].data.metrics:
        values = client.get_metric_history(runs["2"].info.run_id, key)
        history[key] = sorted((v.step, v.value) for v in values)
    stored = {}
    for row in database("SELECT * FROM metrics WHERE run_id = 2 AND value IS NOT NULL"):
        stored.setdefault(exported(row), []).append((row["step"], row["value"]))
    expect(history == {name: sorted(values) for name, values in stored.items()}, "MLflow's metrics")
    record = database("SELECT * FROM runs WHERE id = 2")[0]
    training = runs["2"]
    expect(training.info.run_name == "tiny" and training.info.status == "FINISHED", "MLflow's state")
    expect(training.data.params["training.phases.1.steps"] == "3", "MLflow's parameters")
    expect(training.data.params["training.seed"] == "7", "MLflow's parameters")
    expect(training.data.tags["mlflow.source.name"] == record["command"], "MLflow's source")
    sample = runs["1"]
    for row in database("SELECT * FROM top1 WHERE run_id = 1"):
        name = f"top1/sample/{row['model']}/{row['condition']}"
        name += f"/{row['corrector'][:8]}" if row["corrector"] else ""
        expect(sample.data.metrics[name] == row["top1"], f"MLflow's {name}")
        expect(sample.data.tags[f"realitygap.cell.{name[5:]}"].startswith(
            f"{row['correct']} of {row['total']}, "), f"MLflow's tag of {name}")
    expect(sample.data.tags["mlflow.note.content"].startswith('a "note",\nü'), "MLflow's note")
    expect(sample.data.tags["best"] == "yes", "MLflow's tags")
    expect(runs["3"].data.metrics == {"top1/sample/convnext_tiny/canonical": 75.0}, "imported")
    files = 0
    for identity, run in runs.items():
        local = pathlib.Path(tempfile.mkdtemp(dir=folder))
        client.download_artifacts(run.info.run_id, "", str(local))
        for row in database("SELECT path, kind FROM artifacts WHERE run_id = ?", int(identity)):
            path = folder / row["path"]
            copy = local / row["kind"] / path.name
            expect(copy.read_bytes() == path.read_bytes(), f"MLflow's copy of {path}")
            files += 1
    return {"values": sum(len(v) for v in history.values()), "files": files,
            "tags": {key: run.data.tags for key, run in runs.items()},
            "params": {key: run.data.params for key, run in runs.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / ".build/release/realitygap")
    parser.add_argument("--venv", type=pathlib.Path,
                        default=pathlib.Path.home() / ".cache/realitygap/interchange")
    parser.add_argument("--keep", type=pathlib.Path, help="work here and leave everything")
    options = parser.parse_args()
    python = options.venv / "bin/python"
    if not python.exists():
        say(f"making {options.venv}")
        subprocess.run([sys.executable, "-m", "venv", options.venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    # This very script goes on inside the environment.
    if pathlib.Path(sys.prefix).resolve() != options.venv.resolve():
        os.execv(python, [str(python), __file__, *sys.argv[1:]])
    folder = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="realitygap-interchange-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    program = options.program.resolve()
    try:
        database = make_database(program, folder)
        check_csv(program, folder, database)
        check_tensorboard(program, folder, database, options.venv.resolve() / "bin")
        check_mlflow(program, folder, database, options.venv.resolve() / "bin")
        say("all is as it should be")
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

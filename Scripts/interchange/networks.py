#!/usr/bin/env python3
"""Exports the sample's networks and compares what others compute with what the program does.

    Scripts/interchange/networks.py [--openvino] [--pytorch] [--program .build/release/realitygap]

Makes a virtual environment outside the repository when it is missing: ONNX and ONNX Runtime, with the
options also OpenVINO, and PyTorch with the package in python/. Each photo of the sample is distorted
several times; ŷ of each runtime has to be within 1e-3 of the program's, and SqueezeNet's top-1 of both the
same in 99.5 % of cases. Of the lattice, whose refinement is no part of an export, it is checked that
that is said.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
SAMPLE = ROOT / "Experiments/sample"
PACKAGES = ["numpy==2.4.6", "safetensors==0.8.0", "pillow==13.0.0", "onnx==1.23.2", "onnxruntime==1.31.1"]
OPENVINO = ["openvino==2026.4.1"]
PYTORCH = ["torch", "h5py==3.16.0"]
BOUND, AGREEMENT = 1e-3, 0.995


def say(text):
    print(text, flush=True)


def expect(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def enter(venv, packages):
    """Goes on inside the environment, which is made or filled up first."""
    python = venv / "bin/python"
    marker = venv / "installed.json"
    if not marker.exists() or not python.exists():
        # Also one that somebody interrupted.
        say(f"making {venv}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        marker.write_text("[]")
    installed = json.loads(marker.read_text())
    if not set(packages) <= set(installed):
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
        marker.write_text(json.dumps(sorted({*installed, *packages})))
    if pathlib.Path(sys.prefix).resolve() != venv.resolve():
        os.execv(python, [str(python), __file__, *sys.argv[1:]])


class Program:
    """The program, in a folder of its own."""

    def __init__(self, path, folder):
        self.path, self.folder = path.resolve(), folder

    def __call__(self, *arguments):
        done = subprocess.run(
            [self.path, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True)
        expect(done.returncode == 0, f"{' '.join(map(str, arguments))}: {done.stderr}")
        return done

    def corrected(self, corrector, draws):
        """x as bytes [N, 3, 256, 256] and the program's ŷ [N, 3, 224, 224] of distorted photos."""
        import numpy
        from PIL import Image
        from safetensors.numpy import load_file

        def one(job):
            photo, draw = job
            stem = f"{photo.stem}-{draw}"
            self("distort", photo, "--seed", 7, "--draw", draw, "--output", f"{stem}.png")
            self("correct", f"{stem}.png", "--corrector", corrector, "--output", f"{stem}-y.png",
                 "--floats", f"{stem}.safetensors", "--threads", 1)
            x = numpy.asarray(Image.open(self.folder / f"{stem}.png"))
            y = load_file(self.folder / f"{stem}.safetensors")["corrected"][0]
            return x.transpose(2, 0, 1), y.transpose(2, 0, 1)

        photos = sorted((SAMPLE / "images").iterdir())
        jobs = [(photo, draw) for photo in photos for draw in range(draws)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            pairs = list(pool.map(one, jobs))
        return tuple(numpy.stack(part) for part in zip(*pairs))


def normalized(x):
    import numpy

    mean = numpy.float32([0.485, 0.456, 0.406])[:, None, None]
    deviation = numpy.float32([0.229, 0.224, 0.225])[:, None, None]
    return (x.astype(numpy.float32) / numpy.float32(255) - mean) / deviation


class ONNXRuntime:
    name = "ONNX Runtime"

    def __init__(self, path):
        import onnxruntime

        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def __call__(self, images):
        return self.session.run(None, {"image": images})[0]


class OpenVINO:
    name = "OpenVINO"

    def __init__(self, path):
        import openvino

        self.model = openvino.compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def __call__(self, images):
        return self.model([images])[0]


class PyTorch:
    name = "PyTorch"

    def __init__(self, path):
        import torch

        sys.path.insert(0, str(ROOT / "python"))
        from realitygap import Corrector

        self.torch, self.corrector = torch, Corrector.from_file(path)

    def __call__(self, images):
        with self.torch.inference_mode():
            return self.corrector(self.torch.from_numpy(images)).numpy()


def batches(runtime, images, size=7):
    """Batches of several sizes, since none is fixed."""
    import numpy

    return numpy.concatenate([runtime(images[i:i + size]) for i in range(0, len(images), size)])


def check(runtime, images, expected, classify):
    """ŷ and top-1 of a runtime against the program's."""
    import numpy

    found = batches(runtime, images)
    distance = float(numpy.abs(found - expected).max())
    agreement = float((classify(found) == classify(expected)).mean())
    say(f"{runtime.name}: ŷ of {len(images)} images within {distance:.2g}, top-1 the same in {agreement:.1%}")
    expect(distance <= BOUND, f"{runtime.name}: ŷ is off by {distance}")
    expect(agreement >= AGREEMENT, f"{runtime.name}: top-1 agrees in {agreement:.2%}")


def metadata(path):
    import onnx

    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    expect(model.opset_import[0].version == 20, f"{path}: opset")
    return {entry.key: entry.value for entry in model.metadata_props}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / ".build/release/realitygap")
    parser.add_argument("--venv", type=pathlib.Path, default=CACHE / "realitygap/networks")
    parser.add_argument("--draws", type=int, default=10, help="distortions of each photo")
    parser.add_argument("--openvino", action="store_true", help="check OpenVINO, too")
    parser.add_argument("--pytorch", action="store_true", help="check the Python package, too")
    options = parser.parse_args()
    enter(options.venv,
          PACKAGES + OPENVINO * options.openvino + PYTORCH * options.pytorch)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="realitygap-networks-"))
    try:
        compare(Program(options.program, folder), folder, options)
        say("all is as it should be")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compare(program, folder, options):
    corrector, prints = SAMPLE / "corrector.h5", SAMPLE / "print-corrector.h5"
    runtimes = [ONNXRuntime] + [OpenVINO] * options.openvino
    program("export", "onnx", SAMPLE / "squeezenet1_1.h5", "--output", "squeezenet.onnx")
    squeezenet = ONNXRuntime(folder / "squeezenet.onnx")
    expect(metadata(folder / "squeezenet.onnx")["realitygap.kind"] == "classifier", "kind")
    classify = lambda images: batches(squeezenet, images).argmax(1)
    for path, draws in ((corrector, options.draws), (prints, 1)):
        say(path.name)
        x, expected = program.corrected(path, draws)
        said = program("export", "onnx", path, "--output", "G.onnx")
        facts = metadata(folder / "G.onnx")
        expect(json.loads(facts["realitygap.configuration"])["stages"], "configuration")
        expect(("reading the photo" in said.stderr) == (path == prints), "what is left out is said")
        for runtime in runtimes:
            check(runtime(folder / "G.onnx"), normalized(x), expected, classify)
        program("export", "onnx", path, "--uint8", "--output", "bytes.onnx")
        expect(metadata(folder / "bytes.onnx")["realitygap.input"] == "uint8", "input")
        check(ONNXRuntime(folder / "bytes.onnx"), x, expected, classify)
        if options.pytorch:
            check(PyTorch(path), normalized(x), expected, classify)
            program("export", "safetensors", path, "--output", "G.safetensors")
            check(PyTorch(folder / "G.safetensors"), normalized(x), expected, classify)
    said = program("export", "onnx", SAMPLE / "corrector-lattice.h5", "--output", "lattice.onnx")
    left = metadata(folder / "lattice.onnx")["realitygap.left_out"]
    expect("lattice" in left and left in said.stderr, "the lattice is left out, and that is said")


if __name__ == "__main__":
    main()

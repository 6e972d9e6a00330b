"""A classifier in a process of its own, for `realitygap run --classifier NAME="realitygap-worker …"`.

    realitygap-worker timm efficientnet_lite0 [--checkpoint FILE]
    realitygap-worker torchvision convnext_tiny [--checkpoint FILE]
    realitygap-worker onnx model.onnx
    realitygap-worker openvino model.xml
    realitygap-worker python FILE.py:FUNCTION

Images come normalised by ImageNet's mean and deviation. A model of timm that was trained with other
numbers gets those; so does one of a Python file whose function returns (model, mean, deviation).
Without --checkpoint, timm and torchvision load their published weights, which may be downloaded.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import importlib.util
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy

from realitygap import protocol
from realitygap.statistics import DEVIATION, MEAN

Network = Callable[[numpy.ndarray], numpy.ndarray]


@dataclass
class Model:
    """What computes logits [N, classes] of images [N, H, W, 3], and what tells it from others."""

    network: Network
    network_digest: str
    packages: list[str]
    mean: Iterable[float] = MEAN
    deviation: Iterable[float] = DEVIATION

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides the logits: the network, and what its images are normalised by."""
        numbers = numpy.float64([*self.mean, *self.deviation])
        return sha256([self.network_digest.encode(), numbers.astype("<f8").tobytes()])

    def __call__(self, images: numpy.ndarray) -> numpy.ndarray:
        logits = self.network(self.renormalized(images))
        if logits.ndim != 2 or len(logits) != len(images):
            raise ValueError(f"the model gives {list(logits.shape)} for {len(images)} images")
        return logits

    def renormalized(self, images: numpy.ndarray) -> numpy.ndarray:
        """The images by the model's own mean and deviation."""
        if tuple(self.mean) == MEAN and tuple(self.deviation) == DEVIATION:
            return images
        factor = numpy.float32(DEVIATION) / numpy.float32(self.deviation)
        offset = (numpy.float32(MEAN) - numpy.float32(self.mean)) / numpy.float32(self.deviation)
        return images * factor + offset


def sha256(parts: Iterable[bytes]) -> str:
    """Of all parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def torch_model(module: Any, name: str, packages: list[str], threads: int | None) -> Model:
    """A PyTorch module; its digest is that of its name, parameters and statistics."""
    import torch

    if threads:
        torch.set_num_threads(threads)
    module = module.eval().to(memory_format=torch.channels_last)
    state = sorted(module.state_dict().items())
    digest = sha256(
        [name.encode()]
        + [key.encode() + value.cpu().contiguous().numpy().tobytes() for key, value in state])

    def network(images: numpy.ndarray) -> numpy.ndarray:
        with torch.inference_mode():
            # [N, H, W, 3] in memory is channels_last.
            return module(torch.from_numpy(images).permute(0, 3, 1, 2)).float().numpy()

    return Model(network, digest, ["torch", *packages])


def read_checkpoint(path: str) -> dict[str, Any]:
    """A state dict, or the one of a checkpoint; nothing in the file is executed."""
    import torch

    if path.endswith(".safetensors"):
        from safetensors.torch import load_file

        state = load_file(path)
    else:
        state = torch.load(path, map_location="cpu", weights_only=True)
    for key in ("state_dict_ema", "state_dict", "model"):
        state = state.get(key, state) if isinstance(state, dict) else state
    return {key.removeprefix("module."): value for key, value in state.items()}


def with_checkpoint(make: Callable[[int], Any], path: str) -> Any:
    """A model of as many classes as a checkpoint has.

    Which of its tensors says how many is seen by making the model with two numbers of classes.
    """
    state = read_checkpoint(path)
    shapes = {key: value.shape for key, value in make(1000).state_dict().items()}
    other = {key: value.shape for key, value in make(1001).state_dict().items()}
    heads = {state[key].shape[0] for key in shapes if shapes[key] != other[key] and key in state}
    if len(heads) != 1:
        raise SystemExit(f"{path}: does not say how many classes it has")
    module = make(heads.pop())
    module.load_state_dict(state)
    return module


def from_timm(options: argparse.Namespace) -> Model:
    import timm

    if options.checkpoint:
        module = with_checkpoint(
            lambda classes: timm.create_model(options.model, num_classes=classes),
            options.checkpoint)
    else:
        module = timm.create_model(options.model, pretrained=True)
    model = torch_model(module, f"timm {options.model}", ["timm"], options.threads)
    model.mean = tuple(module.pretrained_cfg.get("mean", MEAN))
    model.deviation = tuple(module.pretrained_cfg.get("std", DEVIATION))
    return model


def from_torchvision(options: argparse.Namespace) -> Model:
    import torchvision

    if options.checkpoint:
        module = with_checkpoint(
            lambda classes: torchvision.models.get_model(
                options.model, weights=None, num_classes=classes), options.checkpoint)
    else:
        module = torchvision.models.get_model(options.model, weights="DEFAULT")
    return torch_model(module, f"torchvision {options.model}", ["torchvision"], options.threads)


def from_python(options: argparse.Namespace) -> Model:
    path, _, function = options.model.rpartition(":")
    specification = importlib.util.spec_from_file_location("realitygap_worker_model", path)
    if not path or specification is None or specification.loader is None:
        raise SystemExit(f"{options.model}: give FILE.py:FUNCTION")
    file = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(file)
    made = getattr(file, function)()
    module, mean, deviation = made if isinstance(made, tuple) else (made, MEAN, DEVIATION)
    # Its parameters alone do not say what is computed with them.
    code = sha256([Path(path).read_bytes()])
    model = torch_model(module, f"python {code} {function}", [], options.threads)
    model.mean, model.deviation = tuple(mean), tuple(deviation)
    return model


def from_onnx(options: argparse.Namespace) -> Model:
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    if options.threads:
        settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(
        options.model, settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def network(images: numpy.ndarray) -> numpy.ndarray:
        planes = numpy.ascontiguousarray(images.transpose(0, 3, 1, 2))
        return session.run(None, {name: planes})[0].reshape(len(images), -1)

    return Model(network, digest_of_files("onnx", options.model), ["onnxruntime"])


def digest_of_files(runtime: str, path: str) -> str:
    """Of the runtime's name, the model's file and, where numbers lie beside it, that file."""
    file = Path(path)
    beside = [file.with_suffix(".bin"), file.with_name(file.name + ".data")]
    files = [file, *(other for other in beside if other != file and other.is_file())]
    return sha256([runtime.encode(), *(one.read_bytes() for one in files)])


def from_openvino(options: argparse.Namespace) -> Model:
    import openvino

    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    if options.threads:
        settings["INFERENCE_NUM_THREADS"] = options.threads
    compiled = openvino.compile_model(options.model, "CPU", settings)

    def network(images: numpy.ndarray) -> numpy.ndarray:
        planes = numpy.ascontiguousarray(images.transpose(0, 3, 1, 2))
        return compiled([planes])[0].reshape(len(images), -1)

    return Model(network, digest_of_files("openvino", options.model), ["openvino"])


LOADERS = {
    "timm": from_timm, "torchvision": from_torchvision, "python": from_python, "onnx": from_onnx,
    "openvino": from_openvino,
}


def measure(model: Model, seconds: float, batch: int) -> None:
    """Prints images per second of the model in this very process."""
    images = numpy.random.default_rng(0).standard_normal((batch, 224, 224, 3), numpy.float32)
    model(images)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        model(images)
        count += batch
    print(f"{count / (time.perf_counter() - start):.2f} images/s, batch {batch}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="realitygap-worker", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=LOADERS)
    parser.add_argument("model", help="a name or a file")
    parser.add_argument("--checkpoint", help="weights of timm's or torchvision's model")
    parser.add_argument("--threads", type=int, help="compute threads")
    parser.add_argument("--measure", type=float, metavar="SECONDS",
                        help="print how fast it is by itself, and end")
    parser.add_argument("--batch", type=int, default=64, help="images at a time for --measure")
    options = parser.parse_args()
    with protocol.answers_alone() as output:
        try:
            model = LOADERS[options.kind](options)
            classes = model(numpy.zeros((1, 224, 224, 3), numpy.float32)).shape[1]
        except Exception as error:  # of whichever library; the last line of what it says is quoted
            raise SystemExit(f"realitygap-worker: {options.model}: {error}") from error
        if not options.measure:
            serve(model, options, classes, output)
    if options.measure:
        measure(model, options.measure, options.batch)


def serve(model: Model, options: argparse.Namespace, classes: int, output: BinaryIO) -> None:
    """Answers the program until it has no more batches."""
    versions = {name: importlib.metadata.version(name) for name in model.packages}
    facts = {"name": f"{options.kind} {Path(options.model).name}", "digest": model.digest,
             "classes": classes, "versions": versions}
    try:
        protocol.serve(model, facts, output)
    except Exception as error:
        traceback.print_exc()
        ends_at_once(f"realitygap-worker: {options.model}: {error}")


def ends_at_once(words: str) -> NoReturn:
    """Past Python's own end, which would wait for, or trip over, the thread that reads."""
    print(words, file=sys.stderr, flush=True)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())

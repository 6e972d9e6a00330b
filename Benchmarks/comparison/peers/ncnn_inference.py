"""A traced network converted for ncnn. Settings: network, threads, precision."""

from __future__ import annotations

import importlib.util
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ncnn
import numpy as np

from comparison.machine import require_bfloat16
from comparison.reference import Reference
from comparison.timing import Peer, Rates, Repeater, fastest


def prepare(settings: dict[str, Any]) -> Peer:
    """ncnn takes one image at a time. A batch is put through in turn, each image on all threads,
    or side by side, each on a thread of its own, whichever is faster."""
    if settings["precision"] == "bfloat16":
        require_bfloat16()
    reference = Reference.read(settings["network"])
    ways = ("in turn", "side by side") if len(reference.images) > 1 else ("in turn",)
    with tempfile.TemporaryDirectory(dir=settings["network"]) as folder:
        _convert(Path(settings["network"], "network.pt"), folder)
        return fastest([Inference(settings, folder, reference, way) for way in ways])


class Inference:
    """A batch, image by image. ncnn lets other threads of Python run while it computes."""

    def __init__(
        self, settings: dict[str, Any], folder: str, reference: Reference, way: str
    ) -> None:
        threads, beside = settings["threads"], way == "side by side"
        self.net = _load(folder, 1 if beside else threads, settings["precision"] == "bfloat16")
        each = ThreadPoolExecutor(threads).map if beside else map
        # Copies: a Mat made of an array does not keep the array.
        images = [ncnn.Mat(image).clone() for image in reference.images]

        def step() -> list[ncnn.Mat]:
            return list(each(self._logits, images))

        logits = np.stack([np.array(one) for one in step()])
        self.details = {"images": way, **reference.check(logits, settings["precision"])}
        self.repeater = Repeater(step, len(images))

    def measure(self, seconds: float) -> Rates:
        """Images per second."""
        return {"": self.repeater.rate(seconds)}

    def _logits(self, image: ncnn.Mat) -> ncnn.Mat:
        extractor = self.net.create_extractor()
        extractor.input("in0", image)
        status, logits = extractor.extract("out0")
        if status:
            raise RuntimeError(f"ncnn ended with status {status}")
        return logits


def _load(folder: str, threads: int, bfloat16: bool) -> ncnn.Net:
    """With ncnn's defaults (packed layout, Winograd, sgemm, light mode) but for float16, which is
    no row's."""
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_packed = net.opt.use_bf16_storage = bfloat16
    if net.load_param(f"{folder}/network.ncnn.param"):
        raise RuntimeError("ncnn cannot read the converted network")
    if net.load_model(f"{folder}/network.ncnn.bin"):
        raise RuntimeError("ncnn cannot read the converted weights")
    return net


def _convert(trace: Path, folder: str) -> None:
    """Writes `network.ncnn.param` and `.bin`, with weights in float32, among others. By pnnx's
    program: its module would load PyTorch."""
    package = importlib.util.find_spec("pnnx").submodule_search_locations[0]
    beside = Path(folder, trace.name)
    beside.symlink_to(trace)
    command = [f"{package}/pnnx", str(beside), "fp16=0"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise RuntimeError(f"pnnx ended with status {done.returncode}: {said[-1:]}")

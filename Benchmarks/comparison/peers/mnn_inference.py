"""An ONNX file converted for MNN. Settings: network, threads, precision (float32)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import _tools
import MNN
import numpy as np

from comparison.reference import Reference
from comparison.timing import Peer, Rates, Repeater


def prepare(settings: dict[str, Any]) -> Peer:
    """Converted with MNN's defaults, loaded, and one batch, warmed up once."""
    network = Path(settings["network"], "network.mnn")
    _convert(network.with_suffix(".onnx"), network)
    try:
        return Inference(settings, network)
    finally:
        network.unlink()


class Inference:
    """The Module API on the CPU, in full precision, with all the memory that speeds it up."""

    def __init__(self, settings: dict[str, Any], network: Path) -> None:
        options = {
            **{"backend": "CPU", "numThread": settings["threads"]},
            **{"precision": "high", "memory": "high", "power": "high"},
        }
        runtime = MNN.nn.create_runtime_manager((options,))
        module = MNN.nn.load_module_from_file(
            str(network), ["images"], ["logits"], runtime_manager=runtime
        )
        reference = Reference.read(settings["network"])
        images = MNN.expr.placeholder(list(reference.images.shape), MNN.expr.NCHW)
        images.write(reference.images)

        def step() -> np.ndarray:
            return module.onForward([images])[0].read()

        self.runtime = runtime
        self.details = reference.check(step(), settings["precision"])
        self.repeater = Repeater(step, len(reference.images))

    def measure(self, seconds: float) -> Rates:
        """Images per second."""
        return {"": self.repeater.rate(seconds)}


def _convert(source: Path, target: Path) -> None:
    """By the converter itself: the command `mnnconvert` around it installs packages with pip, and
    reports what it converts to MNN's makers."""
    files = ["--modelFile", str(source), "--MNNModel", str(target)]
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", *files, "--bizCode", "peers"])
    if not target.exists():
        raise RuntimeError("MNN could not convert the ONNX file")

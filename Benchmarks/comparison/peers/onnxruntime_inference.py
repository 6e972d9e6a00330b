"""An ONNX file in ONNX Runtime. Settings: network, threads, precision (float32)."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime

from comparison.reference import Reference
from comparison.timing import Peer, Rates, Repeater


def prepare(settings: dict[str, Any]) -> Peer:
    """The session and one batch, warmed up once."""
    return Inference(settings)


class Inference:
    """All graph optimisations (the default); threads spin while a batch runs, as by default, and
    stop when it is done, so that the next peer is left in peace."""

    def __init__(self, settings: dict[str, Any]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings["threads"]
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.force_spinning_stop", "1")
        session = onnxruntime.InferenceSession(
            f"{settings['network']}/network.onnx", options, providers=["CPUExecutionProvider"]
        )
        reference = Reference.read(settings["network"])

        def step() -> np.ndarray:
            return session.run(None, {"images": reference.images})[0]

        self.details = reference.check(step(), settings["precision"])
        self.repeater = Repeater(step, len(reference.images))

    def measure(self, seconds: float) -> Rates:
        """Images per second."""
        return {"": self.repeater.rate(seconds)}

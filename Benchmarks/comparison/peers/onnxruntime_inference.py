"""An ONNX file in ONNX Runtime. Settings: onnx, batch, threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime

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
            settings["onnx"], options, providers=["CPUExecutionProvider"]
        )
        shape = (settings["batch"], 3, 224, 224)
        images = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)

        def step() -> None:
            session.run(None, {"images": images})

        step()
        self.repeater = Repeater(step, settings["batch"])
        self.details: dict[str, str] = {}

    def measure(self, seconds: float) -> Rates:
        """Images per second."""
        return {"": self.repeater.rate(seconds)}

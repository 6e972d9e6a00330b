"""An ONNX file in OpenVINO. Settings: onnx, batch, threads, precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino

from comparison.timing import Peer, Rates, Repeater

PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}
TRIAL_SECONDS = 1.0


def prepare(settings: dict[str, Any]) -> Peer:
    """Both performance hints are tried, twice in turn, and the faster one is kept."""
    core = openvino.Core()
    if settings["precision"] == "bfloat16":
        if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise RuntimeError("OpenVINO has no bfloat16 on this processor")
    candidates = [Inference(core, settings, hint) for hint in ("LATENCY", "THROUGHPUT")]
    trials = [[one.measure(TRIAL_SECONDS)[""] for one in candidates] for _ in range(2)]
    best = [max(rates) for rates in zip(*trials)]
    return candidates[best.index(max(best))]


class Inference:
    """A compiled model with as many batches under way as it has streams."""

    def __init__(self, core: openvino.Core, settings: dict[str, Any], hint: str) -> None:
        precision = PRECISIONS[settings["precision"]]
        compiled = core.compile_model(
            core.read_model(settings["onnx"]),
            "CPU",
            {
                "INFERENCE_NUM_THREADS": settings["threads"],
                "INFERENCE_PRECISION_HINT": precision,
                "PERFORMANCE_HINT": hint,
            },
        )
        shape = (settings["batch"], 3, 224, 224)
        images = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
        count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        requests = [compiled.create_infer_request() for _ in range(count)]
        for request in requests:
            request.set_input_tensor(openvino.Tensor(images, shared_memory=True))

        def step() -> None:
            for request in requests:
                request.start_async()
            for request in requests:
                request.wait()

        self.images = images  # the requests' tensors share its memory
        step()
        self.repeater = Repeater(step, settings["batch"] * count)
        self.details = {"hint": hint.lower(), "precision": precision, "streams": str(count)}

    def measure(self, seconds: float) -> Rates:
        """Images per second."""
        return {"": self.repeater.rate(seconds)}

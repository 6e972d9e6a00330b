"""An ONNX file in OpenVINO. Settings: network, threads, precision."""

from __future__ import annotations

from typing import Any

import openvino

from comparison.machine import require_bfloat16
from comparison.reference import Reference
from comparison.timing import Peer, Rates, Repeater, fastest

PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}


def prepare(settings: dict[str, Any]) -> Peer:
    """The performance hint for throughput where it is faster; it runs several batches at a time,
    so single images have that for latency."""
    if settings["precision"] == "bfloat16":
        require_bfloat16()
    core, reference = openvino.Core(), Reference.read(settings["network"])
    hints = ("LATENCY", "THROUGHPUT") if len(reference.images) > 1 else ("LATENCY",)
    return fastest([Inference(core, settings, reference, hint) for hint in hints])


class Inference:
    """A compiled model with as many batches under way as it has streams."""

    def __init__(
        self, core: openvino.Core, settings: dict[str, Any], reference: Reference, hint: str
    ) -> None:
        precision = PRECISIONS[settings["precision"]]
        compiled = core.compile_model(
            core.read_model(f"{settings['network']}/network.onnx"),
            "CPU",
            {
                "INFERENCE_NUM_THREADS": settings["threads"],
                "INFERENCE_PRECISION_HINT": precision,
                "PERFORMANCE_HINT": hint,
            },
        )
        count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        requests = [compiled.create_infer_request() for _ in range(count)]
        for request in requests:
            request.set_input_tensor(openvino.Tensor(reference.images, shared_memory=True))

        def step() -> None:
            for request in requests:
                request.start_async()
            for request in requests:
                request.wait()

        self.images = reference.images  # the requests' tensors share its memory
        step()
        self.details = {"hint": hint.lower(), "precision": precision, "streams": str(count)}
        for request in requests:
            logits = request.get_output_tensor().data
            self.details |= reference.check(logits, settings["precision"])
        self.repeater = Repeater(step, len(reference.images) * count)

    def measure(self, seconds: float) -> Rates:
        """Images per second."""
        return {"": self.repeater.rate(seconds)}

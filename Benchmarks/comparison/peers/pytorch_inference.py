"""A torchvision classifier in PyTorch. Settings: model, batch, threads, layout, precision."""

from __future__ import annotations

from typing import Any

import torch

from comparison.peers import pytorch
from comparison.timing import Peer, Rates, Repeater


def prepare(settings: dict[str, Any]) -> Peer:
    """The network and one batch, warmed up once."""
    return Inference(settings)


class Inference:
    """Batches per median time of one forward pass."""

    def __init__(self, settings: dict[str, Any]) -> None:
        torch.set_num_threads(settings["threads"])
        network = pytorch.classifier(settings, settings["model"])
        images = torch.randn(settings["batch"], 3, 224, 224)
        images = images.contiguous(memory_format=pytorch.memory_format(settings))

        def step() -> None:
            with torch.inference_mode(), pytorch.autocast(settings):
                network(images)

        step()
        self.repeater = Repeater(step, settings["batch"])
        self.details: dict[str, str] = {}

    def measure(self, seconds: float) -> Rates:
        """Images per second."""
        return {"": self.repeater.rate(seconds)}

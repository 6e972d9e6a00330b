"""A torchvision classifier in PyTorch. Settings: model, network, threads, layout, precision; a folder `inductor` where it
is to be compiled."""

from __future__ import annotations

from typing import Any

import torch

from comparison.peers import pytorch
from comparison.reference import Reference
from comparison.timing import Peer, Rates, Repeater


def prepare(settings: dict[str, Any]) -> Peer:
    """The network and one batch, warmed up once."""
    pytorch.set_up(settings)
    network = pytorch.classifier(settings, settings["model"])
    return Inference(settings, pytorch.compiled(settings, network))


class Inference:
    """Batches per median time of one forward pass."""

    def __init__(self, settings: dict[str, Any], network: torch.nn.Module) -> None:
        reference = Reference.read(settings["network"])
        images = torch.from_numpy(reference.images)
        images = images.contiguous(memory_format=pytorch.memory_format(settings))

        def step() -> torch.Tensor:
            with torch.inference_mode(), pytorch.autocast(settings):
                return network(images)

        self.details = reference.check(step().float().numpy(), settings["precision"])
        self.repeater = Repeater(step, len(images))

    def measure(self, seconds: float) -> Rates:
        """Images per second."""
        return {"": self.repeater.rate(seconds)}

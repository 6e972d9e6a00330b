"""From JPEG to top-1 as torchvision's reference scripts do it.

Settings: model, photos, batch, threads, layout, precision; a folder `inductor` where the network is to be compiled.
"""

from __future__ import annotations

import time
from typing import Any

import torch
from torchvision import transforms

from comparison.peers import pytorch
from comparison.peers.photo_folder import first_batches, loader
from comparison.timing import Peer, Rates


def prepare(settings: dict[str, Any]) -> Peer:
    """The network and the loader; the first batches start the loader's workers."""
    return Pipeline(settings)


class Pipeline:
    """One pass over all photos, whatever time it takes."""

    def __init__(self, settings: dict[str, Any]) -> None:
        pytorch.set_up(settings)
        self.settings = settings
        network = pytorch.classifier(settings, settings["model"])
        self.network = pytorch.compiled(settings, network)
        transform = transforms.Compose(
            [
                transforms.Resize(256),
                transforms.CenterCrop(224),
                transforms.ToTensor(),
                transforms.Normalize(pytorch.MEAN, pytorch.STD),
            ]
        )
        self.loader = loader(settings["photos"], transform, settings)
        for batch in first_batches(self.loader):
            self._top1(batch)
        self.details = {"loader workers": str(self.loader.num_workers)}

    def measure(self, seconds: float) -> Rates:
        """Photos per second."""
        start = time.perf_counter()
        found = sum(self._top1(batch).numel() for batch in self.loader)
        return {"": found / (time.perf_counter() - start)}

    def _top1(self, images: torch.Tensor) -> torch.Tensor:
        images = images.contiguous(memory_format=pytorch.memory_format(self.settings))
        with torch.inference_mode(), pytorch.autocast(self.settings):
            return self.network(images).argmax(1)

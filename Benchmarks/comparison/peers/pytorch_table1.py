"""Table 1's cells (canonical, distorted, corrected) in PyTorch.

Settings: models, width, photos, batch, threads, layout, precision, passes: "each" for one pass
over the photos a model, as evaluation scripts do; "one" for all models in the same pass; a folder `inductor` where all
networks are to be compiled.
"""

from __future__ import annotations

import time
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms

from comparison.peers import pytorch
from comparison.peers.correction_networks import paper_corrector
from comparison.peers.photo_folder import first_batches, loader
from comparison.peers.pillow_imaging import canonical, distortion
from comparison.timing import Peer, Rates


def prepare(settings: dict[str, Any]) -> Peer:
    """Classifiers, G and the loader; the first batch starts the loader's workers."""
    return Table1(settings)


class BothViews:
    """A photo's canonical pixels, 224×224, and distorted ones, 256×256, normalised."""

    def __init__(self) -> None:
        self.canonical, self.distort = canonical(256), distortion()
        self.crop = transforms.CenterCrop(224)
        self.normalise = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize(pytorch.MEAN, pytorch.STD)]
        )

    def __call__(self, photo: Image.Image) -> tuple[Tensor, Tensor]:
        square = self.canonical(photo)
        return self.normalise(self.crop(square)), self.normalise(self.distort(square))


class Table1:
    """All cells of all models over all photos, whatever time it takes."""

    def __init__(self, settings: dict[str, Any]) -> None:
        pytorch.set_up(settings)
        self.settings = settings
        self.layout = pytorch.memory_format(settings)
        classifiers = [
            pytorch.compiled(settings, pytorch.classifier(settings, model))
            for model in settings["models"]
        ]
        each = settings["passes"] == "each"
        self.passes = [[one] for one in classifiers] if each else [classifiers]
        corrector = paper_corrector(settings["width"]).eval().to(memory_format=self.layout)
        self.corrector = pytorch.compiled(settings, corrector)
        self.loader = loader(settings["photos"], BothViews(), settings)
        for views in first_batches(self.loader):
            self._cells(classifiers, *views)
        self.details = {"passes": str(len(self.passes)), "G's width": str(settings["width"])}

    def measure(self, seconds: float) -> Rates:
        """Photos per second; a photo counts once, when all its cells are done."""
        start = time.perf_counter()
        count = 0
        for classifiers in self.passes:
            count = 0
            for views in self.loader:
                self._cells(classifiers, *views)
                count += len(views[0])
        return {"": count / (time.perf_counter() - start)}

    def _cells(
        self, classifiers: list[torch.nn.Module], canonical: Tensor, distorted: Tensor
    ) -> list[Tensor]:
        """Top-1 of three conditions for each classifier; G runs once."""
        canonical = canonical.contiguous(memory_format=self.layout)
        distorted = distorted.contiguous(memory_format=self.layout)
        with torch.inference_mode(), pytorch.autocast(self.settings):
            crop = distorted[:, :, 16:240, 16:240].contiguous(memory_format=self.layout)
            views = [canonical, crop, self.corrector(distorted)]
            return [network(view).argmax(1) for network in classifiers for view in views]

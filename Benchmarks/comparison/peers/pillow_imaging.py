"""Decoding, canonical transform and distortion by torchvision on Pillow images, one thread.

Settings: photos.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torchvision import transforms

from comparison.timing import Peer, Rates, Repeater

PHOTOS = 16


def canonical(side: int) -> transforms.Compose:
    """Shorter side to 256, centre crop."""
    return transforms.Compose([transforms.Resize(256), transforms.CenterCrop(side)])


def distortion() -> transforms.Compose:
    """The paper's, section 4, with torchvision's default sampling."""
    return transforms.Compose(
        [
            transforms.RandomAffine(5, translate=(0.05, 0.05), scale=(0.8, 1.1), shear=(-5, 5)),
            transforms.ColorJitter(brightness=0.25, contrast=0.25, saturation=0.25, hue=0.1),
        ]
    )


def prepare(settings: dict[str, Any]) -> Peer:
    """The first photos of the folder, read into memory."""
    return Imaging(sorted(Path(settings["photos"]).glob("*.jpg"))[:PHOTOS])


class Imaging:
    """Photos per second of each step; distortions are drawn anew for each photo."""

    def __init__(self, paths: list[Path]) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(0)
        files = [path.read_bytes() for path in paths]
        decoded = [_decode(file) for file in files]
        resize, distort = canonical(256), distortion()
        squares = [resize(image) for image in decoded]
        steps: dict[str, Callable[[], object]] = {
            "decode": lambda: [_decode(file) for file in files],
            "resize+crop": lambda: [resize(image) for image in decoded],
            "distort": lambda: [distort(image) for image in squares],
            "resize+crop+distort": lambda: [distort(resize(image)) for image in decoded],
        }
        self.repeaters = {name: Repeater(step, len(files)) for name, step in steps.items()}
        self.details = {"photos": str(len(files))}

    def measure(self, seconds: float) -> Rates:
        """The time is shared by the steps."""
        share = seconds / len(self.repeaters)
        return {name: repeater.rate(share) for name, repeater in self.repeaters.items()}


def _decode(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file)).convert("RGB")

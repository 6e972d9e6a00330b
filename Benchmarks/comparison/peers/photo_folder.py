"""JPEG files as a PyTorch data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset


class PhotoFolder(Dataset[Any]):
    """The JPEGs of a folder, by name, as Pillow images put through `transform`."""

    def __init__(self, folder: str, transform: Callable[[Image.Image], Any]) -> None:
        self.paths = sorted(Path(folder).glob("*.jpg"))
        self.transform = transform

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Any:
        return self.transform(Image.open(self.paths[index]).convert("RGB"))


def loader(
    folder: str, transform: Callable[[Image.Image], Any], settings: dict[str, Any]
) -> DataLoader[Any]:
    """Batches decoded by 2 worker processes that stay for all passes, and sleep between them."""
    return DataLoader(
        PhotoFolder(folder, transform),
        batch_size=settings["batch"],
        num_workers=2,
        persistent_workers=True,
    )


def first_batches(photos: DataLoader[Any]) -> Iterator[Any]:
    """The first batch, whole and cut to the size of the last one: for each a network may be compiled, which is not to
    be measured."""
    first = next(iter(photos))
    yield first
    last = len(photos.dataset) % photos.batch_size
    if last:
        yield first[:last] if torch.is_tensor(first) else [part[:last] for part in first]

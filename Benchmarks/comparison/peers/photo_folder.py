"""JPEG files as a PyTorch data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

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

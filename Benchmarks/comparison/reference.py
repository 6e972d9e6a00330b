"""The images that inference peers classify, and the logits that PyTorch gives them in float32."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

LARGEST_DIFFERENCE = {"float32": 3e-4, "bfloat16": 3e-2}
"""Of a logit, in parts of the largest one. MNN's Winograd comes to 1.5e-4 for VGG11, weights in
float16 alone to 4e-4 for ResNet50 and 6e-4 for the others, PyTorch's bfloat16 to 9e-3."""


@dataclass(frozen=True)
class Reference:
    """A batch: images [N, 3, 224, 224], logits [N, classes]."""

    images: np.ndarray
    logits: np.ndarray

    def write(self, folder: str) -> None:
        """Two files beside the network's."""
        np.save(Path(folder) / "images.npy", self.images)
        np.save(Path(folder) / "logits.npy", self.logits)

    @staticmethod
    def read(folder: str) -> Reference:
        """What `write` wrote."""
        return Reference(*(np.load(Path(folder) / f"{name}.npy") for name in ("images", "logits")))

    def check(self, logits: np.ndarray, precision: str) -> dict[str, str]:
        """How far a peer's logits are from PyTorch's, as a detail of it. Throws when that is too
        far, or when float32 chooses another class; bfloat16 cannot always tell the best two."""
        if logits.shape != self.logits.shape:
            raise ValueError(f"logits are {logits.shape}, PyTorch's {self.logits.shape}")
        difference = np.abs(logits - self.logits).max() / np.abs(self.logits).max()
        if not difference <= LARGEST_DIFFERENCE[precision]:
            raise ValueError(f"logits differ from PyTorch's by {difference:.1e} of the largest")
        if precision == "float32" and (logits.argmax(1) != self.logits.argmax(1)).any():
            raise ValueError("another top-1 than PyTorch's")
        return {"difference from PyTorch": f"{difference:.1e}"}

"""G as a transform, in front of any classifier of ImageNet's statistics."""

from __future__ import annotations

from pathlib import Path

import numpy
import torch
from torch import Tensor, nn

from realitygap.corrector import Corrector
from realitygap.statistics import DEVIATION, MEAN


class Correct(nn.Module):
    """A Pillow image or a tensor → ŷ [3, 224, 224], normalised, as a classifier takes it.

    ```python
    transform = Correct("corrector.h5")
    logits = classifier(transform(Image.open("photo.jpg")).unsqueeze(0))
    ```

    Pillow images are resized to a shorter side of 256 (bilinear) and cropped to their middle 256×256,
    as the program does. Tensors are x itself: uint8 [3, 256, 256], 0 to 255, or float 0 to 1.
    """

    def __init__(self, corrector: Corrector | str | Path) -> None:
        super().__init__()
        if not isinstance(corrector, Corrector):
            corrector = Corrector.from_file(corrector)
        self.corrector = corrector.eval()
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(3, 1, 1), persistent=False)

    @torch.no_grad()
    def forward(self, image: object) -> Tensor:
        """ŷ [3, 224, 224], normalised."""
        pixels = image if isinstance(image, Tensor) else _center256(image)
        if pixels.shape != (3, 256, 256):
            raise ValueError(f"x is [3, 256, 256], not {list(pixels.shape)}")
        numbers = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels
        numbers = numbers.to(self.mean.device)
        x = (numbers - self.mean) / self.deviation
        return self.corrector(x.unsqueeze(0))[0]


def _center256(image: object) -> Tensor:
    """A Pillow image's middle, as torchvision's Resize(256) and CenterCrop(256)."""
    image = image.convert("RGB")
    width, height = image.size
    short = min(width, height)
    size = (256 if width == short else int(256 * width / short),
            256 if height == short else int(256 * height / short))
    if size != image.size:
        image = image.resize(size, 2)  # bilinear
    left, top = round((size[0] - 256) / 2), round((size[1] - 256) / 2)
    pixels = numpy.array(image.crop((left, top, left + 256, top + 256)))
    return torch.from_numpy(pixels).permute(2, 0, 1)

"""G, the real-to-canonical transform: from x, 256×256, to ŷ, 224×224, both normalised."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from realitygap import files
from realitygap.stages import Color, SpatialTransformer, UNet

CROP = slice(16, 240)
KIND = "realitygap corrector"


class Corrector(nn.Module):
    """The spatial transformer → crop → colour → U-Net, those of them that the configuration has.

    In `eval()` mode its output is that of the program, but for the last bits; two things that the
    program does outside of the network are not done here: refinement by the lattice, and reading the
    photo that x is a view of. In `train()` mode nothing is snapped to the identity and sampling is
    bilinear, as in the program's training.
    """

    def __init__(self, configuration: dict[str, Any]) -> None:
        """configuration: as in a corrector's file."""
        super().__init__()
        self.configuration = configuration
        stages = configuration["stages"]
        unknown = set(stages) - {"stn", "color", "unet"}
        if unknown:
            raise ValueError(f"stages that this version does not know: {', '.join(sorted(unknown))}")
        self.transformer = SpatialTransformer(configuration["transformer"]) if "stn" in stages else None
        self.color = Color(configuration["color"]) if "color" in stages else None
        self.unet = UNet(configuration["unet"]) if "unet" in stages else None

    @classmethod
    def from_file(cls, path: str | Path) -> Corrector:
        """From `corrector.h5` or what `realitygap export safetensors` makes of it, in eval mode.

        Warns of what the file asks for and this network does not do."""
        tensors, attributes = files.read(path)
        if attributes.get("kind") != KIND:
            raise ValueError(f"{path}: not a corrector")
        corrector = cls(json.loads(attributes["configuration"]))
        files.load(corrector, tensors, path)
        for line in corrector.left_out:
            warnings.warn(f"{path}: not done in PyTorch: {line}", stacklevel=2)
        return corrector.eval()

    def save(self, path: str | Path) -> None:
        """Writes a safetensors file, for `realitygap import`."""
        attributes = {"kind": KIND, "configuration": json.dumps(self.configuration, sort_keys=True)}
        files.write(self, attributes, path)

    @property
    def left_out(self) -> list[str]:
        """What the program does beyond the network."""
        if self.transformer is None:
            return []
        settings = self.configuration["transformer"]
        return [
            text for key, text in (
                ("refinement", "refinement by the lattice"), ("photoFilter", "reading the photo itself"))
            if settings.get(key)]

    def theta(self, x: Tensor) -> Tensor | None:
        """θ, [N, 6] or [N, 8]; None without a transformer."""
        return None if self.transformer is None else self.transformer.theta(x)

    def after_theta(self, x: Tensor, theta: Tensor | None) -> Tensor:
        """ŷ of x [N, 3, 256, 256], sampled at a θ."""
        image = x if theta is None else self.transformer.sample(x, theta)
        image = image[:, :, CROP, CROP]
        if self.color is not None:
            image = self.color(image, x)
        return image if self.unet is None else self.unet(image)

    def forward(self, x: Tensor) -> Tensor:
        """ŷ [N, 3, 224, 224] of x [N, 3, 256, 256]."""
        if x.ndim != 4 or x.shape[1:] != (3, 256, 256):
            raise ValueError(f"a corrector takes images [N, 3, 256, 256], not {list(x.shape)}")
        return self.after_theta(x, self.theta(x))

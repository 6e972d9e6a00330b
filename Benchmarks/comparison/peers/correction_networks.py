"""The paper's G and D in PyTorch: the networks of `python/realitygap`.

What the paper leaves open (the localisation network, the U-Net's normalisation, D's widths) is as
realitygap's own `paper` configuration has it.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "python"))

from realitygap import Corrector, Discriminator  # noqa: E402

__all__ = ["Discriminator", "paper_corrector"]


def paper_corrector(width: int) -> Corrector:
    """G of the paper: [N, 3, 256, 256] → [N, 3, 224, 224]; the U-Net has `width` to 16 `width` channels."""
    return Corrector({
        "stages": ["stn", "unet"],
        "transformer": {"localisation": {"view": 64, "widths": [16, 32, 64]}, "scale": 0.1},
        "unet": {"width": width, "depth": 4, "normalization": "batch"},
    })

"""D, which training sets against G."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class Discriminator(nn.Module):
    """Blocks of convolution (stride 2) → ReLU → batch norm, then a linear layer."""

    def __init__(self, widths: Sequence[int] = (64, 128, 256)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels, side = 3, 224
        for width in widths:
            layers += [nn.Conv2d(channels, width, 3, 2, 1), nn.ReLU(), nn.BatchNorm2d(width)]
            channels, side = width, (side + 1) // 2
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * side * side, 1))

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, 224, 224] → logits [N, 1], positive for real."""
        return self.layers(images)

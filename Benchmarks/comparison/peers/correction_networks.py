"""The paper's G and D in PyTorch, as DESIGN.md, "The paper's numbers", states them.

What the paper leaves open (the localisation network, the U-Net's normalisation, D's widths) is as
realitygap's own `paper` configuration has it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

DISCRIMINATOR_WIDTHS = (64, 128, 256)
LOCALISATION_WIDTHS = (16, 32, 64)


class SpatialTransformer(nn.Module):
    """Localisation network on a view of 64×64 → affine grid → bilinear sampler."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.AvgPool2d(4)]
        channels = 3
        for width in LOCALISATION_WIDTHS:
            layers += [nn.Conv2d(channels, width, 3, stride=2, padding=1), nn.ReLU()]
            channels = width
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(channels * 8 * 8, 6)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.register_buffer("identity", torch.tensor([1.0, 0, 0, 0, 1, 0]))

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, 256, 256] → [N, 3, 256, 256]."""
        theta = self.identity + 0.1 * self.head(self.features(images)).float()
        grid = functional.affine_grid(theta.view(-1, 2, 3), list(images.shape), align_corners=False)
        return functional.grid_sample(images, grid, align_corners=False)


def double_convolution(inputs: int, outputs: int) -> nn.Sequential:
    """Twice convolution 3×3 → batch norm → ReLU."""
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [
            nn.Conv2d(channels, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Ronneberger et al. 2015 with padding and batch norm: four halvings, `width` to 16 `width`."""

    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(5)]
        self.down = nn.ModuleList(
            double_convolution(below, above) for below, above in zip([inputs, *widths], widths)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(2 * above, above, 2, stride=2) for above in reversed(widths[:-1])
        )
        self.merge = nn.ModuleList(
            double_convolution(2 * above, above) for above in reversed(widths[:-1])
        )
        self.out = nn.Conv2d(width, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs, H, W] → [N, outputs, H, W]; H and W are multiples of 16."""
        skips: list[Tensor] = []
        for level, convolutions in enumerate(self.down):
            x = convolutions(functional.max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for up, merge in zip(self.up, self.merge):
            x = merge(torch.cat([skips.pop(), up(x)], 1))
        return self.out(x)


class Corrector(nn.Module):
    """G: STN, centre crop, three planes of the channels' standard deviations, U-Net, sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.transformer = SpatialTransformer()
        self.unet = UNet(6, 3, width)

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, 256, 256] → [N, 3, 224, 224]."""
        cropped = self.transformer(images)[:, :, 16:240, 16:240]
        planes = cropped.std((2, 3), keepdim=True).expand_as(cropped)
        return cropped + self.unet(torch.cat([cropped, planes], 1))


class Discriminator(nn.Module):
    """D: three blocks of convolution (stride 2) → ReLU → batch norm, then a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in DISCRIMINATOR_WIDTHS:
            convolution = nn.Conv2d(channels, width, 3, stride=2, padding=1)
            layers += [convolution, nn.ReLU(), nn.BatchNorm2d(width)]
            channels = width
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * 28 * 28, 1))

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, 224, 224] → logits [N, 1]."""
        return self.layers(images)

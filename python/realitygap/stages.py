"""The stages of G. Names of parameters are those of the program's files; images are [N, C, H, W]."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from realitygap.statistics import DEVIATION, MEAN

# Half of 256 pixels, and where the corners of the 224×224 crop lie in −1…1.
HALF, CORNER = 128.0, 224 / 256


def normalized(kind: str, channels: int) -> nn.Module:
    """What follows a convolution, by the word of a training file."""
    return nn.BatchNorm2d(channels) if kind == "batch" else nn.Identity()


def zeroed(layer: nn.Module) -> nn.Module:
    """The layer with parameters of 0, so that its stage starts as the identity."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


def view(image: Tensor, side: int) -> Tensor:
    """The image averaged to side × side; where that divides evenly, by the faster pooling."""
    height, width = image.shape[2:]
    if height % side == 0 and width % side == 0:
        return functional.avg_pool2d(image, (height // side, width // side))
    return functional.adaptive_avg_pool2d(image, side)


class Features(nn.Module):
    """Some numbers from a small view of an image (`FeatureNetwork`)."""

    def __init__(self, settings: dict[str, Any], outputs: int, joined: int = 0) -> None:
        super().__init__()
        self.view, self.summary = settings["view"], settings.get("summary", "flatten")
        kind = settings.get("normalization", "none")
        self.convolutions, self.norms = nn.ModuleList(), nn.ModuleList()
        channels, side = 3, self.view
        for index, width in enumerate(settings["widths"]):
            kernel = settings.get("firstKernel", 3) if index == 0 else 3
            self.convolutions.append(
                nn.Conv2d(channels, width, kernel, 2, kernel // 2, bias=kind == "none"))
            self.norms.append(normalized(kind, width))
            channels, side = width, (side + 1) // 2
        features = channels * side * side if self.summary == "flatten" else 2 * channels + 6
        hidden = settings.get("hidden")
        self.hidden = nn.Linear(features + joined, hidden) if hidden else None
        self.head = zeroed(nn.Linear(hidden or features + joined, outputs))

    def forward(self, image: Tensor, numbers: Tensor | None = None) -> Tensor:
        """[N, 3, H, W] and, if given, [N, joined] → [N, outputs]."""
        seen = view(image, self.view)
        x = seen
        for convolution, norm in zip(self.convolutions, self.norms):
            x = functional.relu(norm(convolution(x)))
        if self.summary == "pool":
            x = torch.cat(
                [x.mean((2, 3)), x.amax((2, 3)), seen.mean((2, 3)), seen.std((2, 3))], 1)
        x = x.flatten(1)
        if numbers is not None:
            x = torch.cat([x, numbers], 1)
        return self.head(x if self.hidden is None else functional.relu(self.hidden(x)))


def snap(vector: Tensor, origin: Tensor, measures: Tensor, divisors: Tensor | None,
         tolerance: float) -> Tensor:
    """The origin in place of each vector that hardly differs from it (`SnapOperation`)."""
    difference = vector - origin
    limit = tolerance * (1 if divisors is None else 1 + difference @ divisors.T)
    near = ((difference @ measures.T).abs() <= limit).all(1, keepdim=True)
    return torch.where(near, origin, vector)


class SpatialTransformer(nn.Module):
    """Localisation network → θ → sampler, on 256×256 (`SpatialTransformer`)."""

    MODES = {"nearest": "nearest", "bilinear": "bilinear", "bicubic": "bicubic"}

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.numbers = 8 if settings.get("map") == "projective" else 6
        self.localisation = Features(settings["localisation"], self.numbers)
        self.scale, self.tolerance = settings["scale"], settings.get("tolerance")
        self.mode = self.MODES[settings.get("sampling", "bilinear")]
        identity = [float(index in (0, 4)) for index in range(self.numbers)]
        self.register_buffer("identity", torch.tensor(identity), persistent=False)
        shifts, depths = self._corners()
        self.register_buffer("shifts", shifts, persistent=False)
        self.register_buffer("depths", depths, persistent=False)

    def theta(self, image: Tensor) -> Tensor:
        """θ [N, 6] or [N, 8]; in training as it is, else the identity where it hardly differs."""
        theta = self.identity + self.scale * self.localisation(image).to(self.identity.dtype)
        if self.training or self.tolerance is None:
            return theta
        return snap(theta, self.identity, self.shifts, self.depths, self.tolerance)

    def sample(self, image: Tensor, theta: Tensor) -> Tensor:
        """The image as θ sees it, zeros outside; in training bilinearly."""
        mode = "bilinear" if self.training else self.mode
        return functional.grid_sample(image, self.grid(theta, image), mode, align_corners=False)

    def grid(self, theta: Tensor, image: Tensor) -> Tensor:
        """Where θ reads, [N, H, W, 2]."""
        if self.numbers == 6:
            return functional.affine_grid(
                theta.view(-1, 2, 3), list(image.shape), align_corners=False)
        height, width = image.shape[2:]
        x = (torch.arange(width, dtype=theta.dtype, device=theta.device) * 2 + 1) / width - 1
        y = (torch.arange(height, dtype=theta.dtype, device=theta.device) * 2 + 1) / height - 1
        y, x = torch.meshgrid(y, x, indexing="ij")
        plane = torch.stack([x, y, torch.ones_like(x)]).flatten(1)
        depth = (theta[:, 6:, None] * plane[:2]).sum(1, keepdim=True) + 1
        seen = theta[:, :6].view(-1, 2, 3) @ plane / depth
        # At infinity or behind the camera is outside, as is what lies far away.
        seen = torch.where(depth > 0, seen, -1000.0).clamp(-1000, 1000)
        return seen.transpose(1, 2).view(-1, height, width, 2)

    def forward(self, image: Tensor) -> Tensor:
        return self.sample(image, self.theta(image))

    def _corners(self) -> tuple[Tensor, Tensor | None]:
        """What takes θ − identity to how far the corners of the crop move, times their w, and to
        w − 1 (`Theta.Corners`)."""
        points = [
            (CORNER if index & 2 else -CORNER, CORNER if index & 4 else -CORNER, 1.0)
            for index in range(8)]
        places = [
            [HALF * point[k % 3] if k // 3 == index & 1 else 0.0 for k in range(self.numbers)]
            for index, point in enumerate(points)]
        if self.numbers == 6:
            return torch.tensor(places), None
        depths = [[0.0] * 6 + [point[0], point[1]] for point in points]
        shifts = [
            [place - HALF * point[index & 1] * depth for place, depth in zip(row, depths[index])]
            for index, (row, point) in enumerate(zip(places, points))]
        return torch.tensor(shifts), torch.tensor(depths)


class Color(Features):
    """A 3×4 colour matrix an image (`ColorStage`)."""

    HISTOGRAM_UNITS = 128

    def __init__(self, settings: dict[str, Any]) -> None:
        bins = settings.get("histogram")
        super().__init__(settings["features"], 12, self.HISTOGRAM_UNITS if bins else 0)
        self.bins, self.scale, self.tolerance = bins, settings["scale"], settings.get("tolerance")
        self.histogram = nn.Linear(4 * bins, self.HISTOGRAM_UNITS) if bins else None
        self.register_buffer("identity", torch.eye(3, 4).flatten(), persistent=False)
        self.register_buffer("extremes", self._extremes(), persistent=False)

    def matrix(self, image: Tensor, original: Tensor) -> Tensor:
        """[N, 12]; in training as it is, else the identity where it hardly differs."""
        numbers = None
        if self.histogram is not None:
            numbers = functional.relu(self.histogram(histogram(original, self.bins)))
        matrix = super().forward(image, numbers).to(self.identity.dtype)
        matrix = self.identity + self.scale * matrix
        if self.training or self.tolerance is None:
            return matrix
        return snap(matrix, self.identity, self.extremes, None, self.tolerance)

    def forward(self, image: Tensor, original: Tensor) -> Tensor:
        matrix = self.matrix(image, original).view(-1, 3, 4)
        product = torch.einsum("nij,njhw->nihw", matrix[:, :, :3], image)
        return product + matrix[:, :, 3, None, None]

    @staticmethod
    def _extremes() -> Tensor:
        rows = []
        for index in range(24):
            color, channel = divmod(index, 3)
            pixel = [((color >> k & 1) - MEAN[k]) / DEVIATION[k] for k in range(3)] + [1.0]
            rows.append([
                DEVIATION[channel] * pixel[k % 4] if k // 4 == channel else 0.0 for k in range(12)])
        return torch.tensor(rows)


@torch.no_grad()
def histogram(images: Tensor, bins: int) -> Tensor:
    """√(bins · share of pixels) of each bin of R, G, B and chroma: [N, 4 · bins]. No gradient."""
    shape = (1, 3, 1, 1)
    pixels = images * images.new_tensor(DEVIATION).view(shape) + images.new_tensor(MEAN).view(shape)
    chroma = pixels.amax(1, keepdim=True) - pixels.amin(1, keepdim=True)
    places = (torch.cat([pixels, chroma], 1) * bins).nan_to_num(0).clamp(0, bins - 1).long()
    places = places.flatten(2)
    counts = images.new_zeros(*places.shape[:2], bins)
    counts.scatter_add_(2, places, torch.ones_like(places, dtype=counts.dtype))
    return (counts * (bins / places.shape[2])).sqrt().flatten(1)


class UNet(nn.Module):
    """A U-Net whose output is added (`UNetStage`, `UNet`)."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.block = settings.get("pixelUnshuffle") or 1
        self.planes = settings.get("deviationPlanes", True)
        kind, depth, width = settings["normalization"], settings["depth"], settings["width"]
        channels = 3 * self.block**2
        widths = [width << level for level in range(depth + 1)]
        inputs = [channels + (3 if self.planes else 0), *widths]
        self.down = nn.ModuleList(_pair(a, b, kind) for a, b in zip(inputs, widths))
        back = widths[-2::-1]
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in back)
        self.merge = nn.ModuleList(_pair(2 * w, w, kind) for w in back)
        self.out = nn.Conv2d(width, channels, 1)
        if settings.get("startsAsIdentity"):
            zeroed(self.out)

    def residual(self, image: Tensor) -> Tensor:
        """What is added, [N, 3, H, W]."""
        x = functional.pixel_unshuffle(image, self.block)
        if self.planes:
            deviation = image.std((2, 3), keepdim=True)
            x = torch.cat([x, deviation.expand(-1, -1, *x.shape[2:])], 1)
        skips: list[Tensor] = []
        for level, blocks in enumerate(self.down):
            x = blocks(functional.max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for up, merge in zip(self.up, self.merge):
            x = merge(torch.cat([skips.pop(), up(x)], 1))
        return functional.pixel_shuffle(self.out(x), self.block)

    def forward(self, image: Tensor) -> Tensor:
        return image + self.residual(image)


def _pair(inputs: int, outputs: int, kind: str) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [
            nn.Conv2d(channels, outputs, 3, padding=1, bias=kind == "none"),
            normalized(kind, outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)

#!/usr/bin/env python3
"""Makes Tests/DatasetsTests/Fixtures and checks the distributions of the distortion's draws.

    python Scripts/goldens/datasets.py            (needs torch, torchvision, Pillow, NumPy, SciPy)

Philox4x32-10, FNV-1a, Lemire's bounded integers and the order in which a distortion takes its
numbers are written here a second time, independently of the Swift code; pixels come from
torchvision and Pillow. The photos are synthetic and made here too.
"""

import hashlib
import json
import math
import pathlib

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from scipy import stats
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/DatasetsTests/Fixtures"
MASK32, MASK64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
STEPS = ["brightness", "contrast", "saturation", "hue"]
RANGES = {"rotation": (-5, 5), "scale": (0.8, 1.1), "shear": (-5, 5), "brightness": (0.75, 1.25),
          "contrast": (0.75, 1.25), "saturation": (0.75, 1.25), "hue": (-0.1, 0.1)}


def philox4x32(counter, key):
    """Salmon et al. 2011, 10 rounds; four words of counter, two of key."""
    c, k = list(counter), list(key)
    for _ in range(10):
        low, high = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(high >> 32) ^ c[1] ^ k[0], high & MASK32, (low >> 32) ^ c[3] ^ k[1], low & MASK32]
        k = [(k[0] + 0x9E3779B9) & MASK32, (k[1] + 0xBB67AE85) & MASK32]
    return c


class Stream:
    """The numbers of one address."""

    def __init__(self, seed, purpose, item="", draw=0):
        digest = 0xCBF29CE484222325
        for byte in purpose.encode() + b"\0" + item.encode():
            digest = ((digest ^ byte) * 0x100000001B3) & MASK64
        self.key = (seed & MASK32, seed >> 32)
        self.address = (draw & MASK32, digest & MASK32, digest >> 32)
        self.block, self.words = 0, []

    def next32(self):
        if not self.words:
            self.words = philox4x32((self.block, *self.address), self.key)
            self.block += 1
        return self.words.pop(0)

    def next64(self):
        low = self.next32()
        return self.next32() << 32 | low

    def uniform(self, low=0.0, high=1.0):
        return low + (high - low) * ((self.next64() >> 11) * 2.0**-53)

    def integer(self, bound):
        product = self.next64() * bound
        if product & MASK64 < bound:
            threshold = (2**64 - bound) % bound
            while product & MASK64 < threshold:
                product = self.next64() * bound
        return product >> 64

    def permutation(self, count):
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.integer(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def draw_distortion(seed, item, draw):
    stream = Stream(seed, "distortion", item, draw)
    reach = 0.05 * 256
    case = {"rotation": stream.uniform(*RANGES["rotation"])}
    case["translate"] = [round(stream.uniform(-reach, reach)) for _ in "xy"]
    case["scale"] = stream.uniform(*RANGES["scale"])
    case["shear"] = stream.uniform(*RANGES["shear"])
    order = [STEPS[k] for k in stream.permutation(4)]
    for step in STEPS:
        case[step] = stream.uniform(*RANGES[step])
    return case | {"order": order, "interpolation": "nearest"}


def center256(image):
    return F.center_crop(F.resize(image, 256), 256)


def distort(image, case):
    image = F.affine(image, case["rotation"], case["translate"], case["scale"],
                     [case["shear"], 0.0], InterpolationMode(case["interpolation"]))
    for step in case["order"]:
        image = getattr(F, f"adjust_{step}")(image, case[step])
    return image


def digest(image):
    return hashlib.sha256(np.asarray(image).tobytes()).hexdigest()


def synthetic(width, height, seed):
    """Soft coloured waves with a little noise: every hue, light and dark."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    noise = np.random.default_rng(seed).normal(0, 0.05, (height, width, 3))
    waves = [np.sin(7 * (x * math.cos(a) + y * math.sin(a)) + 2 * a + seed) for a in (0.3, 1.4, 2.6)]
    pixels = np.stack(waves, -1) * 0.5 + 0.5 + noise
    return Image.fromarray((pixels.clip(0, 1) * 255).astype(np.uint8))


def make_photos():
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it upright"
    synthetic(120, 80, 1).save(FIXTURES / "wide.jpg", quality=85, subsampling=2)
    synthetic(67, 101, 2).save(FIXTURES / "tall.jpg", quality=90, subsampling=0)
    synthetic(90, 60, 3).save(FIXTURES / "turned.jpg", quality=85, exif=exif)


def make_pixels():
    photos = {}
    for name in ["wide.jpg", "tall.jpg", "turned.jpg"]:
        center = center256(Image.open(FIXTURES / name).convert("RGB"))
        draws = []
        for seed, draw in [(1, 0), (1, 1), (2026, 49)]:
            case = draw_distortion(seed, name, draw)
            draws.append({"seed": seed, "draw": draw, "parameters": case,
                          "distorted256": digest(distort(center, case))})
        photos[name] = {"center256": digest(center), "draws": draws,
                        "center224": digest(F.center_crop(center, 224))}
    from PIL import ImageOps
    upright = ImageOps.exif_transpose(Image.open(FIXTURES / "turned.jpg")).convert("RGB")
    photos["turned.jpg"]["upright256"] = digest(center256(upright))
    return photos


def make_normalization():
    """Bit patterns of torchvision's ToTensor and Normalize for each value and channel."""
    values = np.arange(256, dtype=np.uint8)
    tensor = F.to_tensor(Image.fromarray(np.stack([values] * 3, -1)[None]))
    tensor = F.normalize(tensor, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    return [channel.view(torch.int32).flatten().tolist() for channel in tensor]


def check_distributions(count=4000):
    """Kolmogorov-Smirnov for the continuous draws, chi-square for the others."""
    cases = [draw_distortion(11, f"{k % 500}.jpg", k // 500) for k in range(count)]
    for name, (low, high) in RANGES.items():
        p = stats.kstest([c[name] for c in cases], "uniform", (low, high - low)).pvalue
        assert p > 1e-4, (name, p)
    inner = np.full(27, 1 / 25.6)
    inner[0] = inner[-1] = 0.3 / 25.6  # -13 and 13 are reached from 12.5…12.8 only
    for axis in range(2):
        seen = np.bincount([c["translate"][axis] + 13 for c in cases], minlength=27)
        p = stats.chisquare(seen, inner * count).pvalue
        assert p > 1e-4, ("translate", axis, p)
    orders = {}
    for c in cases:
        orders[tuple(c["order"])] = orders.get(tuple(c["order"]), 0) + 1
    p = stats.chisquare(list(orders.values())).pvalue
    assert len(orders) == 24 and p > 1e-4, ("order", p)
    names = list(RANGES)
    table = np.corrcoef([[c[n] for c in cases] for n in names])
    worst = np.abs(table - np.eye(len(names))).max()
    assert worst < 5 / math.sqrt(count), ("correlation", worst)
    print(f"{count} draws: distributions as they should be")


def check_crops():
    """center224 of the resized image and of its center256 are the same pixels."""
    for longer in range(256, 400):
        image = Image.fromarray(np.arange(256 * longer, dtype=np.uint32).reshape(256, longer)
                                .view(np.int32), "I")
        direct = np.asarray(F.center_crop(image, 224))
        assert (direct == np.asarray(F.center_crop(F.center_crop(image, 256), 224))).all(), longer
    print("both ways to crop 224 agree for longer sides of 256 to 399")


def main():
    assert philox4x32((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)) \
        == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]  # Random123's known answer
    check_distributions()
    check_crops()
    FIXTURES.mkdir(parents=True, exist_ok=True)
    make_photos()
    first = Stream(7, "distortion", "a.jpg", 3)
    goldens = {
        "made_with": {"torch": torch.__version__, "torchvision": torchvision.__version__,
                      "pillow": PIL.__version__},
        "photos": make_pixels(),
        "normalization_bits": make_normalization(),
    }
    (FIXTURES / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")
    print("RandomStream(seed: 7, purpose: distortion, item: a.jpg, draw: 3):",
          [hex(first.next64()) for _ in range(3)], first.uniform(), first.permutation(5))
    names = [f"{k}.jpg" for k in range(10)]
    keys = {n: Stream(3, "subset", n).next64() for n in names}
    print("subset of 4 by seed 3:", sorted(sorted(names, key=keys.get)[:4]))


if __name__ == "__main__":
    main()

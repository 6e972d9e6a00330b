#!/usr/bin/env python3
"""Makes Tests/DatasetsTests/Fixtures/corruptions.json, and compares the program's corruptions with the
reference by statistics.

    python Scripts/goldens/corruptions.py
    python Scripts/goldens/corruptions.py --program .build/release/realitygap --photos DIR

The reference is PyPI's `imagenet-c` 0.0.3 (Hendrycks'), whose functions run here as they are, but for two
things: its side of 224 pixels is this program's 256, and for the fixture its random numbers are this
program's (Philox4x32-10 by address, written here a second time). What it overlays for frost is photographs,
of which PyPI's `imagecorruptions` has copies; there are statistics of that alone.

    python3 -m venv ~/.cache/realitygap/corruptions
    ~/.cache/realitygap/corruptions/bin/pip install "numpy<2" pillow scipy scikit-image opencv-python \
      Wand "setuptools<81" imagecorruptions && ~/.cache/…/pip install --no-deps imagenet-c

and ImageMagick 6 (libmagickwand-6.q16-6), which the reference's motion blur and snow are computed by.
"""

import argparse
import base64
import importlib.util
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import types
from unittest import mock

import numpy as np
import scipy.ndimage
import skimage.filters
from PIL import Image
from scipy import stats

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/DatasetsTests/Fixtures"
NAMES = ["gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur",
         "zoom_blur", "snow", "frost", "fog", "brightness", "contrast", "elastic_transform", "pixelate",
         "jpeg_compression"]
SIDE, SEED, ITEM, DRAW, STRIDE = 256, 7, "wide.jpg", 2, 397
MASK32, MASK64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF


def load_reference():
    """The module `imagenet_c.corruptions`, for 256 pixels and for today's libraries."""
    path = pathlib.Path(importlib.util.find_spec("imagenet_c").origin).parent / "corruptions.py"
    text = path.read_text()
    # 244 is a constant of the elastic transform.
    text = text.replace("224", str(SIDE)).replace("np.fromstring", "np.frombuffer")
    moved = types.ModuleType("scipy.ndimage.interpolation")
    moved.map_coordinates = scipy.ndimage.map_coordinates
    sys.modules["scipy.ndimage.interpolation"] = moved
    module = types.ModuleType("imagenet_c.corruptions")
    exec(compile(text, str(path), "exec"), module.__dict__)
    module.gaussian = lambda image, sigma, multichannel=False, **options: skimage.filters.gaussian(
        image, sigma=sigma, channel_axis=-1 if multichannel else None, **options)
    # Shipped without its photographs.
    frost = pathlib.Path(importlib.util.find_spec("imagecorruptions").origin).parent
    module.resource_filename = lambda _, name: str(frost / name)
    return module


def corrupted(reference, image, name, severity):
    return np.uint8(getattr(reference, name)(Image.fromarray(image), severity))


class Numbers:
    """The words of one address."""

    def __init__(self, seed, purpose, item="", draw=0):
        digest = 0xCBF29CE484222325
        for byte in purpose.encode() + b"\0" + item.encode():
            digest = ((digest ^ byte) * 0x100000001B3) & MASK64
        self.key = (seed & MASK32, seed >> 32)
        self.address = (draw & MASK32, digest & MASK32, digest >> 32)
        self.used = 0

    def words(self, count):
        first, end = self.used // 4, (self.used + count + 3) // 4
        c = [np.arange(first, end, dtype=np.uint64)]
        c += [np.full(end - first, word, np.uint64) for word in self.address]
        k = list(self.key)
        for _ in range(10):
            low, high = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
            c = [(high >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), high & np.uint64(MASK32),
                 (low >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), low & np.uint64(MASK32)]
            k = [(k[0] + 0x9E3779B9) & MASK32, (k[1] + 0xBB67AE85) & MASK32]
        start = self.used - first * 4
        self.used += count
        return np.stack(c, 1).reshape(-1)[start:start + count]

    def whole53(self, count):
        words = self.words(2 * count).reshape(-1, 2)
        return ((words[:, 1] << np.uint64(32)) | words[:, 0]) >> np.uint64(11)

    # As numpy.random's functions of these names.
    def uniform(self, low, high, size=()):
        return low + (high - low) * (self.whole53(math.prod(size)) * 2.0**-53).reshape(size)[()]

    def randint(self, low, high, size):
        return low + (self.words(math.prod(size)) * np.uint64(high - low) >> np.uint64(32)).astype(
            int).reshape(size)

    def normal(self, size, scale=1.0, loc=0.0):
        count = math.prod(size)
        words = self.words(count + count % 2).astype(float).reshape(-1, 2)
        radius = np.sqrt(-2 * np.log((words[:, 0] + 1) * 2.0**-32))
        angle = 2 * np.pi * (words[:, 1] * 2.0**-32)
        normal = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:count]
        return loc + scale * normal.reshape(size)

    def poisson(self, mean):
        chance = self.words(mean.size).reshape(mean.shape) * 2.0**-32
        counts = np.zeros(mean.shape, int)
        for count in range(200):
            counts += chance >= stats.poisson.cdf(count, mean)
        return counts

    def bernoulli_pairs(self, shape, amount):
        """Which values flip and which of them turn white, as scikit-image asks for them."""
        words = self.words(math.prod(shape)).astype(float).reshape(shape)
        flipped = words < int(amount * 2.0**32)
        return iter([flipped, words < int(amount / 2 * 2.0**32)])


def addressed(reference, image, name, severity):
    """The reference's image with this program's numbers."""
    noise = int(Numbers(SEED, "corruption noise", ITEM, DRAW).whole53(1)[0])
    numbers = Numbers(noise, name)
    patches = [mock.patch.object(np.random, each, getattr(numbers, each))
               for each in ("uniform", "normal", "randint", "poisson")]
    if name == "impulse_noise":
        pairs = numbers.bernoulli_pairs(image.shape, [.03, .06, .09, .17, .27][severity - 1])
        patches.append(mock.patch("skimage.util.noise._bernoulli", lambda *_, **__: next(pairs)))
    for patch in patches:
        patch.start()
    try:
        return noise, corrupted(reference, image, name, severity)
    finally:
        for patch in patches:
            patch.stop()


def center256(path):
    image = Image.open(path).convert("RGB")
    width, height = image.size
    longer = int(SIDE * max(width, height) / min(width, height))
    image = image.resize((SIDE, longer) if width <= height else (longer, SIDE), Image.BILINEAR)
    left, top = (round((side - SIDE) / 2) for side in image.size)
    return np.array(image.crop((left, top, left + SIDE, top + SIDE)))


def make_fixture(reference):
    image = center256(FIXTURES / ITEM)
    cases = []
    for name in NAMES:
        for severity in range(1, 6):
            if name == "frost":
                continue
            noise, result = addressed(reference, image, name, severity)
            cases.append({"corruption": name, "severity": severity, "noise": noise,
                          "mean": float(result.mean()),
                          "bytes": base64.b64encode(result.reshape(-1)[::STRIDE].tobytes()).decode()})
            print(name, severity, round(float(result.mean()), 2))
    golden = {"item": ITEM, "seed": SEED, "draw": DRAW, "stride": STRIDE, "cases": cases}
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = json.dumps(golden | {"cases": []})[:-2] + "\n" + lines + "\n]}\n"
    assert json.loads(text) == golden
    (FIXTURES / "corruptions.json").write_text(text)


def figures(clean, images):
    clean, images = np.asarray(clean, float), np.asarray(images, float)
    error = ((images - clean) ** 2).mean((1, 2, 3))
    return {"mean": images.mean(), "deviation": images.std((1, 2)).mean(),
            "psnr": (10 * np.log10(255**2 / error)).mean()}


def histogram(images):
    return np.bincount(np.asarray(images).reshape(-1), minlength=256) / np.asarray(images).size


def compare(reference, program, photos, draws):
    """Statistics over photos: what the program makes beside what the reference makes of its own numbers."""
    files = sorted(path for path in pathlib.Path(photos).rglob("*") if path.suffix.lower() in
                   (".jpg", ".jpeg", ".png"))
    clean = [center256(path) for path in files]
    print(f"{len(files)} photos, {draws} draws each; ours / the reference's; distance: total variation of "
          "the histograms of 256 values")
    print(f"{'':22}{'mean':>17}{'deviation':>17}{'PSNR, dB':>17}{'distance':>10}")
    np.random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            for severity in range(1, 6):
                ours, theirs, base = [], [], []
                for path, image in zip(files, clean):
                    for draw in range(draws):
                        output = os.path.join(folder, "x.ppm")
                        subprocess.run(
                            [program, "distort", path, "--output", output, "--seed", "1", "--draw",
                             str(draw), "--preset", f"{name}-{severity}"], check=True,
                            stdout=subprocess.DEVNULL)
                        ours.append(np.array(Image.open(output)))
                        theirs.append(corrupted(reference, image, name, severity))
                        base.append(image)
                a, b = figures(base, ours), figures(base, theirs)
                distance = abs(histogram(ours) - histogram(theirs)).sum() / 2
                pairs = "".join(f"{a[key]:8.2f} /{b[key]:7.2f}" for key in a)
                print(f"{name:20}{severity:2}{pairs}{distance:10.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", help="compare this program's images with the reference's")
    parser.add_argument("--photos", help="a folder of photos to compare on")
    parser.add_argument("--draws", type=int, default=1)
    options = parser.parse_args()
    reference = load_reference()
    if options.program:
        compare(reference, options.program, options.photos, options.draws)
    else:
        make_fixture(reference)


if __name__ == "__main__":
    main()

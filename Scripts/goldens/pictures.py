"""What the scripts that make goldens of images share."""
import hashlib
import pathlib

import numpy as np
from PIL import Image

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/ImagingTests/Fixtures"


def golden(image):
    array = np.ascontiguousarray(np.asarray(image))
    return {
        "width": array.shape[1],
        "height": array.shape[0],
        "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
    }


def synthetic_image(width, height, seed):
    """The test-suite makes the same: noise for even seeds, noisy gradients for odd ones."""
    index = np.arange(width * height * 3, dtype=np.uint64)
    with np.errstate(over="ignore"):
        mixed = (index + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
        mixed ^= mixed >> np.uint64(31)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
    noise = (mixed >> np.uint64(56)).astype(np.int64)
    if seed % 2:
        pixel, channel = np.divmod(np.arange(width * height * 3), 3)
        y, x = np.divmod(pixel, width)
        noise = (x * 3 + y * 5 + channel * 40 + noise // 16) % 256
    return Image.fromarray(noise.astype(np.uint8).reshape(height, width, 3))

#!/usr/bin/env python3
"""scikit-image's mean squared error, PSNR and SSIM of small images made of noise.

Writes Tests/TrainingTests/Fixtures/quality.json. The images come from `noise` of models.py, which the
tests compute too. Needs scikit-image, torch (for models.py) and numpy.
"""
import json
import pathlib

import numpy as np
import skimage
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

import models

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Height, width, and how much noise is added to the one image to make the other.
CASES = [(11, 11, 0.5), (24, 17, 0.1), (17, 40, 0.02), (32, 32, 1.0)]


def main() -> None:
    results = []
    for index, (height, width, strength) in enumerate(CASES):
        count = height * width * 3
        a = np.float32(0.5) + np.float32(0.5) * models.noise(f"a{index}", count)
        # Structure: the left half is dark and flat.
        a = a.reshape(height, width, 3)
        a[:, : width // 2] *= np.float32(0.125)
        b = a + np.float32(strength) * models.noise(f"b{index}", count).reshape(a.shape)
        b = np.clip(b, np.float32(0), np.float32(1))
        x, y = a.astype(np.float64), b.astype(np.float64)
        results.append({
            "height": height, "width": width, "strength": strength,
            "mse": mean_squared_error(x, y),
            "psnr": peak_signal_noise_ratio(x, y, data_range=1),
            "ssim": structural_similarity(
                x, y, channel_axis=2, gaussian_weights=True, sigma=1.5,
                use_sample_covariance=False, data_range=1),
        })
        print(results[-1])
    path = ROOT / "Tests/TrainingTests/Fixtures/quality.json"
    path.write_text(json.dumps({"made_with": f"scikit-image {skimage.__version__}", "cases": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()

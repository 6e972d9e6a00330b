#!/usr/bin/env python3
"""Logits of torchvision's classifiers with weights that need no file.

    python Scripts/goldens/models.py [MODEL…]       (needs torch, torchvision, h5py, numpy)

Writes Tests/ModelsTests/Fixtures/models.h5: dataset `<model>` [2, 1000] float32, of the models named by
torchvision's name, else of all that are there; the others stay. Weights and images come from a hash of
name and position, which the tests compute too (see SyntheticWeights.swift), so that hundreds of
megabytes of weights need not travel.
"""
import pathlib
import sys

import h5py
import numpy as np
import torch
import torchvision

ROOT = pathlib.Path(__file__).resolve().parents[2]


def noise(name: str, count: int) -> np.ndarray:
    """SplitMix64 of FNV-1a(name) + index, as float32 in [-1, 1) with 24 bits."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    out = np.empty(count, np.float32)
    for begin in range(0, count, 1 << 24):
        end = min(begin + (1 << 24), count)
        z = np.arange(begin, end, dtype=np.uint64)
        z = (z + np.uint64(key)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
        out[begin:end] = (z >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return out


def tensor(name: str, shape) -> torch.Tensor:
    u = noise(name, int(np.prod(shape))).reshape(shape)
    if name.endswith("running_var"):
        u = 1 + np.float32(0.5) * u
    elif len(shape) > 1:  # He initialisation, uniform
        fan_in = int(np.prod(shape[1:]))
        u = u * np.float32((6.0 / fan_in) ** 0.5)
    elif name.endswith("weight"):  # batch norm's gamma
        u = np.float32(0.5) + np.float32(0.1) * u
    else:
        u = np.float32(0.1) * u
    return torch.from_numpy(u)


def images() -> torch.Tensor:
    """[2, 224, 224, 3]: blocks of 16x16 of one colour plus a little noise per pixel."""
    fine = noise("fine", 2 * 224 * 224 * 3).reshape(2, 224, 224, 3)
    coarse = noise("coarse", 2 * 14 * 14 * 3).reshape(2, 14, 14, 3)
    coarse = coarse.repeat(16, axis=1).repeat(16, axis=2)
    return torch.from_numpy(coarse * np.float32(2) + fine * np.float32(0.25))


def main() -> None:
    x = images().permute(0, 3, 1, 2).contiguous()
    with h5py.File(ROOT / "Tests/ModelsTests/Fixtures/models.h5", "a") as file:
        for name in sys.argv[1:] or list(file):
            model = getattr(torchvision.models, name)(weights=None).eval()
            state = {
                key: value if key.endswith("num_batches_tracked") else tensor(key, tuple(value.shape))
                for key, value in model.state_dict().items()
            }
            model.load_state_dict(state)
            with torch.no_grad():
                logits = model(x).numpy()
            print(name, "mean", logits.mean(), "std", logits.std(), "top", logits.argmax(1))
            if name in file:
                del file[name]
            file[name] = logits
            file[name].attrs["made_with"] = (
                f"torch {torch.__version__}, torchvision {torchvision.__version__}")


if __name__ == "__main__":
    main()

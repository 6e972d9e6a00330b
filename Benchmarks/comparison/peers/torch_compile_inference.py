"""A torchvision classifier through torch.compile. Settings: those of `pytorch_inference`."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path
from typing import Any

import torch
from torch._inductor import config

from comparison.peers import pytorch
from comparison.peers.pytorch_inference import Inference
from comparison.timing import Peer, Unavailable


def prepare(settings: dict[str, Any]) -> Peer:
    """As PyTorch's guide to CPUs recommends: every candidate tried, weights frozen into the code.
    Compiled files stay beside the network's, and are gone with them."""
    pytorch.set_up(settings)
    _require_compiler()
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(settings["network"]) / "inductor")
    config.freezing, config.cpp_cache_precompile_headers = True, False
    network = pytorch.classifier(settings, settings["model"])
    return Inference(settings, torch.compile(network, mode="max-autotune", dynamic=False))


def _require_compiler() -> None:
    compiler = os.environ.get("CXX", "g++")
    if not shutil.which(compiler):
        raise Unavailable(f"no C++ compiler ({compiler})")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        raise Unavailable("no Python.h; on Debian and Ubuntu: apt-get install python3-dev")

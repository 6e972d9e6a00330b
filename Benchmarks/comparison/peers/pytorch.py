"""What the PyTorch peers share."""

from __future__ import annotations

import os
import shutil
import sysconfig
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
import torchvision

from comparison.machine import require_bfloat16
from comparison.timing import Unavailable

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def set_up(settings: dict[str, Any]) -> None:
    """Threads; throws `Unavailable` where the settings' `precision` is not the processor's."""
    if settings["precision"] == "bfloat16":
        require_bfloat16()
    torch.set_num_threads(settings["threads"])


def memory_format(settings: dict[str, Any]) -> torch.memory_format:
    """Of the settings' `layout`: "channels_last", or "eager" for PyTorch's default."""
    known = {"eager": torch.contiguous_format, "channels_last": torch.channels_last}
    return known[settings["layout"]]


def autocast(settings: dict[str, Any]) -> AbstractContextManager[Any]:
    """bfloat16 where the settings' `precision` says so."""
    bfloat16 = settings["precision"] == "bfloat16"
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16)


def compiled(settings: dict[str, Any], network: torch.nn.Module) -> torch.nn.Module:
    """The network through torch.compile where the settings have a folder `inductor` for what is compiled, else as it
    is. As PyTorch's guide to CPUs recommends: every candidate tried, and, for inference, weights frozen into the code.
    Throws `Unavailable` where nothing can be compiled."""
    if "inductor" not in settings:
        return network
    _require_compiler()
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = settings["inductor"]
    # Not at the head of the file: it takes a second or two to load.
    from torch._inductor import config

    config.freezing, config.cpp_cache_precompile_headers = not network.training, False
    return torch.compile(network, mode="max-autotune", dynamic=False)


def _require_compiler() -> None:
    compiler = os.environ.get("CXX", "g++")
    if not shutil.which(compiler):
        raise Unavailable(f"no C++ compiler ({compiler})")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        raise Unavailable("no Python.h; on Debian and Ubuntu: apt-get install python3-dev")


def classifier(settings: dict[str, Any], model: str) -> torch.nn.Module:
    """With random weights, for inference, in the settings' layout."""
    torch.manual_seed(0)
    network = torchvision.models.get_model(model, weights=None).eval()
    return network.to(memory_format=memory_format(settings))

"""What the PyTorch peers share."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch
import torchvision

from comparison.machine import require_bfloat16

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


def classifier(settings: dict[str, Any], model: str) -> torch.nn.Module:
    """With random weights, for inference, in the settings' layout."""
    torch.manual_seed(0)
    network = torchvision.models.get_model(model, weights=None).eval()
    return network.to(memory_format=memory_format(settings))

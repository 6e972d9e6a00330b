"""The corrector G of realitygap in PyTorch, and workers for its evaluations.

PyTorch is imported with the first name that needs it, so that a worker of another runtime does without.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {"Correct": "transforms", "Corrector": "corrector", "Discriminator": "discriminator"}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module realitygap has no {name}")
    return getattr(importlib.import_module(f"realitygap.{_HOMES[name]}"), name)

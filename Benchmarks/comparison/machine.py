"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

from comparison.timing import Unavailable

PACKAGES = (
    *("torch", "torchvision", "pillow", "onnxruntime", "openvino", "onnx", "numpy"),
    *("mnn", "ncnn", "pnnx"),
)


def describe(repository: Path) -> dict[str, Any]:
    """Processor, cores, memory, versions and the commit of ours."""
    command = ["git", "-C", str(repository), "describe", "--always", "--dirty"]
    commit = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "processor": _field("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": _field("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "commit": commit or None,
        "load_before": round(os.getloadavg()[0], 2),
    }


def require_bfloat16() -> None:
    """Throws `Unavailable` on a processor whose vector units have no bfloat16: what libraries do
    there instead is slower than float32."""
    if "avx512_bf16" not in (_field("/proc/cpuinfo", "flags") or "").split():
        raise Unavailable("this processor has no bfloat16 (avx512_bf16)")


def _field(file: str, name: str) -> str | None:
    """The first `name: value` of a file of /proc."""
    try:
        lines = Path(file).read_text().splitlines()
    except OSError:
        return None
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), None)

"""The Python environment of the peers: made when missing, then entered. Standard library only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements.txt"
DEFAULT = "~/.cache/realitygap/peers-venv"
VARIABLE = "REALITYGAP_PEERS_VENV"
# Wheels without CUDA, a tenth of the size. Where this index cannot be reached, PyPI's are taken.
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
MODULES = "torch torchvision numpy PIL onnx onnxruntime openvino MNN ncnn pnnx".split()


def enter() -> None:
    """Returns when the running Python is the environment's; otherwise starts it in our place."""
    folder = Path(os.environ.get(VARIABLE) or DEFAULT).expanduser().absolute()
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    python = folder / "bin" / "python"
    if not folder.exists() or (folder / _UNFINISHED).exists():
        _make(folder, python)
    elif not python.exists():
        _stop(f"{folder}: not a Python environment; remove it or set {VARIABLE} to another folder")
    missing = _missing_modules(python)
    if missing:
        remedy = f"run {python} -m pip install -r {REQUIREMENTS}"
        _stop(f"{folder}: lacks {', '.join(missing)}; {remedy}")
    os.execv(python, [str(python), *sys.argv])


_UNFINISHED = "realitygap-unfinished"


def _make(folder: Path, python: Path) -> None:
    """Creates the environment. A mark stays in it until all is installed, so that an interrupted
    installation is taken up again and an environment of somebody else's is never changed."""
    print(f"Making the peers' Python environment in {folder} (some minutes, 2 GB)", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _UNFINISHED).touch()
    if subprocess.run([sys.executable, "-m", "venv", str(folder)], stdout=sys.stderr).returncode:
        _stop("python3 -m venv failed; on Debian and Ubuntu: apt-get install python3-venv")
    install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)]
    for source in (["--extra-index-url", CPU_WHEELS], []):
        if subprocess.run([*install, *source], stdout=sys.stderr).returncode == 0:
            (folder / _UNFINISHED).unlink()
            return
    _stop(f"pip could not install {REQUIREMENTS}; its message is above (Python 3.11 or newer?)")


def _missing_modules(python: Path) -> list[str]:
    """Those of MODULES that the environment does not have."""
    code = (
        "import importlib.util as u, sys; "
        "print(*[m for m in sys.argv[1:] if u.find_spec(m) is None])"
    )
    found = subprocess.run([str(python), "-c", code, *MODULES], capture_output=True, text=True)
    if found.returncode:
        _stop(f"{python} does not run: {found.stderr.strip().splitlines()[-1:]}")
    return found.stdout.split()


def _stop(message: str) -> None:
    """Ends the program with one line."""
    print(f"Error: {message}", file=sys.stderr)
    raise SystemExit(1)

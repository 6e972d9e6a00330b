"""The program's weight files: HDF5 with one float32 dataset a tensor, and safetensors."""

from __future__ import annotations

from pathlib import Path

import numpy
import torch
from torch import Tensor, nn


def read(path: str | Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a file, by name, and its attributes or metadata."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    with path.open("rb") as file:
        is_hdf5 = file.read(4) == b"\x89HDF"
    return _read_hdf5(path) if is_hdf5 else _read_safetensors(path)


def _read_hdf5(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    import h5py

    with h5py.File(path, "r") as file:
        tensors = {name: torch.from_numpy(numpy.asarray(file[name])) for name in file}
        attributes = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in file.attrs.items() if isinstance(value, (str, bytes))}
    return tensors, attributes


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}


def load(module: nn.Module, tensors: dict[str, Tensor], path: str | Path) -> None:
    """Loads all parameters and statistics; batch norm's step counters stay 0.

    Raises ValueError that names what is missing, has another shape, or is not finite."""
    missing, unknown = module.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unknown:
        raise ValueError(f"{path}: missing {missing[:3]}, unknown {unknown[:3]}")
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{path}: {name} holds NaN or infinity")


def write(module: nn.Module, attributes: dict[str, str], path: str | Path) -> None:
    """Writes the module's state, without step counters, as a safetensors file."""
    from safetensors.torch import save_file

    state = {
        name: tensor.detach().to("cpu", torch.float32).contiguous()
        for name, tensor in module.state_dict().items() if not name.endswith("num_batches_tracked")}
    save_file(state, path, metadata=attributes)

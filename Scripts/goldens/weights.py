"""Makes Tests/WeightFilesTests/Fixtures: one small state dict in every form that `import` reads.

Needs torch, safetensors, h5py and numpy; run it from the repository's root. The tensors follow
formulas that the tests know too, so nothing else needs to be kept.
"""

import argparse
import collections
import os
import pathlib
import pickle
import struct
import zipfile

import h5py
import numpy
import safetensors.torch
import torch

FOLDER = pathlib.Path("Tests/WeightFilesTests/Fixtures")


def ramp(*shape, start):
    """start, start + 0.125, ...: exact in float16 and bfloat16 as long as there are few of them."""
    count = int(numpy.prod(shape))
    return (torch.arange(count, dtype=torch.float32) * 0.125 + start).reshape(shape)


def network():
    """A convolution, batch norm and a linear layer."""
    state = collections.OrderedDict()
    state["features.0.weight"] = ramp(2, 3, 2, 2, start=-1.0)
    state["features.0.bias"] = ramp(2, start=0.5)
    state["features.1.running_var"] = ramp(2, start=1.0)
    state["features.1.num_batches_tracked"] = torch.tensor(7)
    state["classifier.weight"] = ramp(4, 2, start=-0.25)
    return state


def save(name, value, **options):
    torch.save(value, FOLDER / name, **options)


class Command:
    """Pickles as a call of os.system."""

    def __reduce__(self):
        return (os.system, ("echo this must never run > /tmp/realitygap-was-here",))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    state = network()
    legacy = {"_use_new_zipfile_serialization": False}
    save("zip.pth", state)
    save("legacy.pth", state, **legacy)
    for protocol in (3, 4, 5):
        save(f"zip_protocol{protocol}.pth", state, pickle_protocol=protocol)
        save(f"legacy_protocol{protocol}.pth", state, pickle_protocol=protocol, **legacy)
    save("float16.pth", {name: tensor.half() for name, tensor in state.items()})
    save("bfloat16.pth", {name: tensor.bfloat16() for name, tensor in state.items()})
    save("float64_legacy.pth", {n: t.double() for n, t in state.items()}, **legacy)
    parallel = collections.OrderedDict(("module." + n, t) for n, t in state.items())
    optimiser = {"state": {0: {"step": 3, "moment": ramp(2, start=9.0)}}, "lr": 0.1, "nothing": None}
    checkpoint = {"epoch": 5, "state_dict": parallel, "optimizer": optimiser, "best": (0.5, True)}
    save("checkpoint.pth", checkpoint)
    save("checkpoint_legacy.pth", checkpoint, **legacy)
    save("model.pth", {"model": state, "args": ["a", 1, 2.5]})
    module = torch.nn.Linear(2, 4)
    module.weight.data = state["classifier.weight"]
    parameters = collections.OrderedDict(state)
    parameters["classifier.weight"] = module.weight  # a Parameter, not a plain tensor
    save("parameters.pth", parameters)

    # The same numbers as views: transposed, channels last, and cut out of one shared storage.
    views = collections.OrderedDict()
    views["features.0.weight"] = state["features.0.weight"].contiguous(
        memory_format=torch.channels_last)
    shared = torch.cat([torch.full((3,), 99.0), state["features.0.bias"],
                        state["features.1.running_var"], torch.full((2,), 98.0)])
    views["features.0.bias"] = shared[3:5]
    views["features.1.running_var"] = shared[5:7]
    views["features.1.num_batches_tracked"] = torch.tensor(7)
    views["classifier.weight"] = state["classifier.weight"].t().contiguous().t()
    save("views.pth", views)
    save("views_legacy.pth", views, **legacy)

    integers = {kind: torch.tensor([0, 1, 2, 100]).to(getattr(torch, kind))
                for kind in ("int64", "int32", "int16", "int8", "uint8", "bool")}
    integers["empty"] = torch.zeros(0, 3)
    integers["scalar"] = torch.tensor(2.5)
    integers["repeated"] = torch.tensor([1.5]).expand(3, 1)
    save("kinds.pth", integers)

    # What torch.save cannot be asked for: ZIP64 records everywhere, and big-endian storages.
    with zipfile.ZipFile(FOLDER / "zip.pth") as source:
        entries = [(info.filename, source.read(info)) for info in source.infolist()]
    write_zip64(FOLDER / "zip64.pth", entries)
    swapped = []
    for name, data in entries:
        if name.endswith("byteorder"):
            data = b"big"
        elif "/data/" in name:
            size = 8 if len(data) == 8 and data[0] == 7 else 4  # the step counter is an int64
            data = b"".join(data[i:i + size][::-1] for i in range(0, len(data), size))
        swapped.append((name, data))
    with zipfile.ZipFile(FOLDER / "big_endian.pth", "w") as target:
        for name, data in swapped:
            target.writestr(zipfile.ZipInfo(name), data)
    with zipfile.ZipFile(FOLDER / "compressed.pth", "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in entries:
            target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)

    # Files that must be refused.
    save("malicious.pth", {"weight": ramp(2, start=0.0), "x": Command()})
    save("malicious_legacy.pth", {"x": Command()}, **legacy)
    save("namespace.pth", {"state_dict": state, "args": argparse.Namespace(lr=1)})
    save("whole_module.pth", module)
    save("not_state_dict.pth", [1, 2, 3])
    (FOLDER / "plain.pickle").write_bytes(pickle.dumps({"a": 1}))

    tensors = {name: tensor.contiguous() for name, tensor in state.items()}
    safetensors.torch.save_file(tensors, FOLDER / "plain.safetensors", metadata={"format": "pt"})
    safetensors.torch.save_file({n: t.half() for n, t in tensors.items()},
                                FOLDER / "float16.safetensors")
    safetensors.torch.save_file({"module." + n: t.bfloat16() for n, t in tensors.items()},
                                FOLDER / "bfloat16.safetensors")
    hdf5(state)


def write_zip64(path, entries):
    """An archive whose central directory gives every number in ZIP64 fields."""
    archive, directory = bytearray(), bytearray()
    for name, data in entries:
        label, header = name.encode(), len(archive)
        crc = zipfile.crc32(data)
        archive += struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0x21, crc, 0xFFFFFFFF,
                               0xFFFFFFFF, len(label), 20)
        archive += label + struct.pack("<HHQQ", 1, 16, len(data), len(data)) + data
        directory += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 0x21, crc,
                                 0xFFFFFFFF, 0xFFFFFFFF, len(label), 28, 0, 0, 0, 0, 0xFFFFFFFF)
        directory += label + struct.pack("<HHQQQ", 1, 24, len(data), len(data), header)
    start = len(archive)
    end = start + len(directory)
    count = len(entries)
    archive += directory
    archive += struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count,
                           len(directory), start)
    archive += struct.pack("<IIQI", 0x07064B50, 0, end, 1)
    archive += struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(archive)
    with zipfile.ZipFile(path) as check:
        assert check.testzip() is None


def hdf5(state):
    """Files as h5py's users write them."""
    with h5py.File(FOLDER / "h5py.h5", "w") as file:
        for name, tensor in state.items():
            file[name] = tensor.numpy()
        file.attrs["architecture"] = "tiny"
        file.attrs["source"] = numpy.bytes_("fixed length")
        file.attrs["number"] = 7
        file.attrs["half"] = 0.5
        file.attrs["texts"] = ["a", "bé"]
    with h5py.File(FOLDER / "kinds.h5", "w") as file:
        halves = numpy.array([0, 1, -2, 0.1, 65504, 6e-8, 6.1e-5, numpy.inf], numpy.float16)
        file["float16"] = halves
        file["float16_widened"] = halves.astype(numpy.float32)
        file["float64"] = numpy.array([[0.1, 1e300], [-1.5, 2.0]])
        file["big_endian"] = numpy.array([1.5, -2.5], ">f4")
        file["int16"] = numpy.array([-3, 300], numpy.int16)
        file["uint8"] = numpy.array([[0, 255], [7, 8]], numpy.uint8)
        file["scalar"] = numpy.float32(4.5)
        file["empty"] = numpy.zeros((0, 3), numpy.float32)
        file["text"] = "hello"
        file["flags"] = numpy.array([True, False])
        file["outer/inner/deep"] = numpy.arange(3, dtype=numpy.float32)
        file["outer"].attrs["step"] = 12
        file.create_dataset("packed", data=numpy.zeros((300, 300), numpy.float32),
                            compression="gzip")
        file["soft"] = h5py.SoftLink("/int16")
        file["gone"] = h5py.SoftLink("/nowhere")
        file["loop"] = file["outer"]
    with h5py.File(FOLDER / "claims.h5", "w") as file:
        file.create_dataset("huge", shape=(1 << 20, 1 << 20), dtype="f4")
    with h5py.File(FOLDER / "cycle.h5", "w") as file:
        file["group/again"] = file["/"]


if __name__ == "__main__":
    main()

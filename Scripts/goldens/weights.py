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
    checkpoints(state)
    stores()


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


def squeezenet(value, classes=1000):
    """Tensors with the names and shapes of SqueezeNet 1.1, all views of one number."""
    number = torch.tensor([value])
    shapes = {"features.0": (64, 3, 3), "classifier.1": (classes, 512, 1)}
    for name, (inputs, squeeze, expand) in {
            3: (64, 16, 64), 4: (128, 16, 64), 6: (128, 32, 128), 7: (256, 32, 128),
            9: (256, 48, 192), 10: (384, 48, 192), 11: (384, 64, 256), 12: (512, 64, 256)}.items():
        shapes[f"features.{name}.squeeze"] = (squeeze, inputs, 1)
        shapes[f"features.{name}.expand1x1"] = (expand, squeeze, 1)
        shapes[f"features.{name}.expand3x3"] = (expand, squeeze, 3)
    state = collections.OrderedDict()
    for name, (out, inputs, kernel) in shapes.items():
        state[f"{name}.weight"] = number.expand(out, inputs, kernel, kernel)
        state[f"{name}.bias"] = number.expand(out)
    return state


def under(prefix, state):
    return collections.OrderedDict((prefix + name, tensor) for name, tensor in state.items())


def checkpoints(state):
    """State dicts as wrappers and training programs leave them."""
    counter = collections.OrderedDict(n_averaged=torch.tensor(5))
    beside = {"criterion.weight": ramp(3, start=1.0), "train_acc.total": torch.tensor(9.0)}
    fsdp = collections.OrderedDict(
        (name.replace(".", "._fsdp_wrapped_module.", 1), tensor) for name, tensor in state.items())
    save("wrapped.pth", {
        "compiled": under("_orig_mod.", state), "ddp_compiled": under("module._orig_mod.", state),
        "compiled_ddp": under("_orig_mod.module.", state), "fsdp": under("module.", fsdp),
        "lightning": {**under("model.", state), **beside},
        "swa": {**counter, **under("module.", state)},
        "half": under("module.", {n: t.half() for n, t in state.items()}),
        "nested": {"ema": {"decay": 0.9, "module": under("net.", state)}},
        "optimizer": {"state": {0: {"step": 3, "moment": ramp(2, start=9.0)}}, "lr": 0.1},
        "epoch": 3, "best": torch.tensor(0.5)})
    save("timm.pth", {"epoch": 3, "arch": "squeezenet1_1", "state_dict": squeezenet(0.25),
                      "state_dict_ema": squeezenet(0.5), "metric": 70.1})
    save("torchvision.pth", {"model": squeezenet(0.25), "epoch": 3,
                             "model_ema": {**counter, **under("module.", squeezenet(0.5))}})
    save("lightning.pth", {"state_dict": {**under("model._orig_mod.", squeezenet(0.5)), **beside}})
    save("distilled.pth", {"state_dict": {**under("teacher.", squeezenet(0.25)),
                                          **under("student.", squeezenet(0.5))}})
    save("best_last.pth", {"best": squeezenet(0.25), "last": squeezenet(0.5)})
    save("ten_classes.pth", squeezenet(0.5, classes=10))
    torch.serialization.set_crc32_options(False)
    save("no_checksums.pth", state)
    torch.serialization.set_crc32_options(True)
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 4)), FOLDER / "torchscript.pt")


def stores():
    """HDF5 files whose numbers lie elsewhere, are packed, or were never written."""
    table = numpy.arange(400, dtype=numpy.float32).reshape(20, 20) // 3
    chunks = (5, 20)
    with h5py.File(FOLDER / "packed.h5", "w") as file:
        file.create_dataset("lzf", data=table, chunks=chunks, compression="lzf")
        file.create_dataset("shuffle_lzf", data=table, chunks=chunks, compression="lzf", shuffle=True)
        file.create_dataset("chained", data=table, chunks=chunks, compression="gzip", shuffle=True,
                            fletcher32=True)
        file.create_dataset("fletcher32", data=table, chunks=chunks, fletcher32=True)
        file.create_dataset("scaleoffset", data=table, chunks=chunks, scaleoffset=2)
        raw_chunk(file, "nbit", 5, table)
        # Incompressible chunks are stored as they are.
        noise = numpy.random.default_rng(1).random((20, 20), numpy.float32)
        file.create_dataset("noise_lzf", data=noise, chunks=chunks, compression="lzf")
        file["noise"] = noise
        file["table"] = table
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_layout(h5py.h5d.COMPACT)
        compact = h5py.h5d.create(file.id, b"compact", h5py.h5t.NATIVE_FLOAT,
                                  h5py.h5s.create_simple(table.shape), properties)
        compact.write(h5py.h5s.ALL, h5py.h5s.ALL, table)
    with h5py.File(FOLDER / "plugin.h5", "w") as file:
        raw_chunk(file, "zstd", 32015, table)
    with h5py.File(FOLDER / "newer.h5", "w", libver="latest") as file:
        file.create_dataset("w", data=table, compression="gzip")
    with h5py.File(FOLDER / "unwritten.h5", "w") as file:
        file.create_dataset("contiguous", shape=(20, 20), dtype="f4")
        file.create_dataset("chunked", shape=(20, 20), dtype="f4", chunks=chunks, compression="gzip")
        part = file.create_dataset("part", shape=(20, 20), dtype="f4", chunks=chunks)
        part[:10] = 1
        file.create_dataset("empty", shape=(0, 20), dtype="f4")
        file.create_dataset("outside", data=table, external=[("realitygap.raw", 0, 1600)])
    pathlib.Path("realitygap.raw").unlink()
    with h5py.File(FOLDER / "virtual.h5", "w") as file:
        def virtual(name, *parts, shape=(20, 20)):
            layout = h5py.VirtualLayout(shape, "f4")
            for place, source, dataset, rows in parts:
                layout[place] = h5py.VirtualSource(source, dataset, (20, 20))[rows]
            file.create_virtual_dataset(name, layout)
        # Sources first, in a group of their own; "." is the same file.
        file.create_dataset("sources/table", data=table)
        file.create_dataset("sources/lzf", data=table, chunks=chunks, compression="lzf")
        file.create_dataset("sources/chained", data=table, chunks=chunks, compression="gzip", shuffle=True)
        part = file.create_dataset("sources/part", shape=(20, 20), dtype="f4", chunks=chunks)
        part[:10] = 1
        upper, lower, every = slice(0, 10), slice(10, 20), slice(None)
        virtual("whole", (every, ".", "sources/chained", every))
        virtual("swapped", (upper, ".", "sources/table", lower), (lower, ".", "sources/lzf", upper))
        virtual("rows", (slice(0, 20, 2), ".", "sources/table", lower),
                (slice(1, 20, 2), ".", "sources/table", upper))
        virtual("elsewhere", (every, "packed.h5", "table", every))
        virtual("misnamed", (every, ".", "nothing", every))
        virtual("hole", (upper, ".", "sources/table", upper))
        virtual("hollow", (every, ".", "sources/part", every))
        virtual("twice", (every, ".", "whole", every))
    with h5py.File(FOLDER / "links.h5", "w") as file:
        file["store/w"] = table
        file["soft"] = h5py.SoftLink("/store/w")
        file["external"] = h5py.ExternalLink("packed.h5", "/table")
        file["group"] = h5py.SoftLink("/store")
    for name, link in [("soft", h5py.SoftLink("/nowhere/w")),
                       ("external", h5py.ExternalLink("nowhere.h5", "/w"))]:
        with h5py.File(FOLDER / f"broken_{name}.h5", "w") as file:
            file["w"], file["gone"] = table, link
    if os.fork() == 0:  # a writer that is killed
        file = h5py.File(FOLDER / "unfinished.h5", "w", libver="latest")
        file["w"] = table
        file.swmr_mode = True
        os._exit(0)
    os.wait()


def raw_chunk(file, name, number, table):
    """Chunks as they are, with an optional filter in their dataset's list that h5py may lack."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk(table.shape)
    properties.set_filter(number, h5py.h5z.FLAG_OPTIONAL)
    dataset = h5py.h5d.create(file.id, name.encode(), h5py.h5t.NATIVE_FLOAT,
                              h5py.h5s.create_simple(table.shape), properties)
    if number == 5:
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, table)
    else:
        dataset.write_direct_chunk((0, 0), table.tobytes())


if __name__ == "__main__":
    main()

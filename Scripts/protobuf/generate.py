#!/usr/bin/env python3
"""Makes Sources/Messages: ONNX's model and TensorBoard's events as Swift sources.

    Scripts/protobuf/generate.py --plugin DIR/protoc-gen-swift

Needs protoc (Debian: protobuf-compiler) and swift-protobuf's plugin of the version that Package.swift
names: swift build -c release --product protoc-gen-swift, in a checkout of it. The schemas come from PyPI,
into a virtual environment of this script's own.

A schema is cut down to the messages and fields that are written here, since each costs build time; what is
left keeps its numbers, and so its bytes.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["onnx==1.23.2", "tensorboard==2.21.0", "setuptools<81"]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))

# What is kept of each message; None keeps all fields.
ONNX = {
    "ModelProto": ["ir_version", "opset_import", "producer_name", "producer_version", "doc_string", "graph",
                   "metadata_props"],
    "OperatorSetIdProto": None,
    "StringStringEntryProto": None,
    "GraphProto": ["node", "name", "initializer", "doc_string", "input", "output"],
    "NodeProto": ["input", "output", "name", "op_type", "attribute"],
    "AttributeProto": ["name", "f", "i", "s", "ints", "type"],
    "TensorProto": ["dims", "data_type", "name", "raw_data"],
    "ValueInfoProto": ["name", "type", "doc_string"],
    "TypeProto": ["tensor_type"],
    "TypeProto.Tensor": None,
    "TensorShapeProto": None,
    "TensorShapeProto.Dimension": ["dim_value", "dim_param"],
}
TENSORBOARD = {
    "Event": ["wall_time", "step", "file_version", "summary"],
    "Summary": None,
    "Summary.Image": None,
    "Summary.Value": ["tag", "simple_value", "image", "tensor", "metadata"],
    "SummaryMetadata": ["plugin_data"],
    "SummaryMetadata.PluginData": ["plugin_name"],
    "TensorProto": ["dtype", "tensor_shape", "string_val"],
    "TensorShapeProto": ["dim"],
    "TensorShapeProto.Dim": ["size"],
}


def cut(messages, kept, prefix=""):
    """Leaves what is kept of the messages, and the enumerations that their fields have."""
    for message in list(messages):
        name = prefix + message.name
        if name not in kept:
            messages.remove(message)
            continue
        fields = kept[name]
        for field in list(message.field):
            if fields is not None and field.name not in fields:
                message.field.remove(field)
        unknown = set(fields or []) - {field.name for field in message.field}
        if unknown:
            sys.exit(f"{name} has no {', '.join(sorted(unknown))}")
        keep_oneofs(message)
        del message.reserved_range[:], message.reserved_name[:]
        cut(message.nested_type, kept, f"{name}.")
        used = {field.type_name.split(".")[-1] for field in message.field} | {"DataType"}
        for enumeration in list(message.enum_type):
            if enumeration.name not in used:
                message.enum_type.remove(enumeration)


def keep_oneofs(message):
    """Drops the choices that have no field left."""
    left = sorted({field.oneof_index for field in message.field if field.HasField("oneof_index")})
    names = [message.oneof_decl[index].name for index in left]
    for field in message.field:
        if field.HasField("oneof_index"):
            field.oneof_index = left.index(field.oneof_index)
    del message.oneof_decl[:]
    for name in names:
        message.oneof_decl.add(name=name)


def onnx_schema(folder):
    import onnx
    from google.protobuf import descriptor_pb2

    place = pathlib.Path(onnx.__file__).parent
    path = folder / "onnx.pb"
    subprocess.run(["protoc", f"-I{place}", f"--descriptor_set_out={path}", "onnx.proto"], check=True)
    schema = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())
    schema.file[0].ClearField("enum_type")
    cut(schema.file[0].message_type, ONNX)
    return schema


def tensorboard_schema():
    from google.protobuf import descriptor_pb2
    from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2

    # One file, so that one source comes of it.
    whole = descriptor_pb2.FileDescriptorProto(
        name="tensorboard.proto", package="tensorboard", syntax="proto3")
    for module in (types_pb2, tensor_shape_pb2, tensor_pb2, summary_pb2, event_pb2):
        file = descriptor_pb2.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
        whole.message_type.extend(file.message_type)
        whole.enum_type.extend(e for e in file.enum_type if e.name == "DataType")
    cut(whole.message_type, TENSORBOARD)
    return descriptor_pb2.FileDescriptorSet(file=[whole])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plugin", type=pathlib.Path, required=True)
    parser.add_argument("--venv", type=pathlib.Path, default=CACHE / "realitygap/protobuf")
    options = parser.parse_args()
    python = options.venv / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", options.venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    # This very script goes on inside the environment.
    if pathlib.Path(sys.prefix).resolve() != options.venv.resolve():
        os.execv(python, [str(python), __file__, *sys.argv[1:]])
    output = ROOT / "Sources/Messages"
    output.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for schema in (onnx_schema(folder), tensorboard_schema()):
            name = schema.file[0].name
            (folder / "set.pb").write_bytes(schema.SerializeToString())
            subprocess.run(
                ["protoc", f"--descriptor_set_in={folder / 'set.pb'}",
                 f"--plugin=protoc-gen-swift={options.plugin.resolve()}", f"--swift_out={output}",
                 "--swift_opt=Visibility=Package,FileNaming=DropPath", name], check=True)
            print(output / name.replace(".proto", ".pb.swift"))


if __name__ == "__main__":
    main()

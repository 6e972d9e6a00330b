#!/usr/bin/env python3
"""Makes Tests/InterchangeTests/Fixtures/events.tfevents with TensorBoard's own writer.

    python Scripts/goldens/event_files.py                    (needs tensorboard)

The events are those of TensorBoardTests.swift: a version, a text, two scalars and an image.
"""

import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.compat.proto import types_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/InterchangeTests/Fixtures"


def value(**fields):
    return summary_pb2.Summary(value=[summary_pb2.Summary.Value(**fields)])


text = tensor_pb2.TensorProto(
    dtype=types_pb2.DT_STRING,
    tensor_shape=tensor_shape_pb2.TensorShapeProto(
        dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=1)]
    ),
    string_val=["| a | ümlaut |".encode()],
)
plugin = summary_pb2.SummaryMetadata(
    plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="text")
)
image = summary_pb2.Summary.Image(
    height=224, width=896, colorspace=3, encoded_image_string=bytes(range(256)) * 2
)
events = [
    event_pb2.Event(wall_time=1700000000.25, file_version="brain.Event:2"),
    event_pb2.Event(
        wall_time=1700000000.25, summary=value(tag="configuration", tensor=text, metadata=plugin)
    ),
    event_pb2.Event(wall_time=1700000001.5, step=1, summary=value(tag="train/mse", simple_value=0)),
    event_pb2.Event(
        wall_time=1700000002.5, step=300, summary=value(tag="train/mse", simple_value=-0.125)
    ),
    event_pb2.Event(wall_time=1700000003, step=70000, summary=value(tag="validation", image=image)),
]
FIXTURES.mkdir(exist_ok=True)
with open(FIXTURES / "events.tfevents", "wb") as file:
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString(deterministic=True))

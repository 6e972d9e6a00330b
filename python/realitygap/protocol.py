"""Version 1 of the protocol between realitygap and a classifier in a process of its own.

Documentation/Workers.md defines it. Needs nothing but the standard library and NumPy.
"""

from __future__ import annotations

import json
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any, BinaryIO

import numpy

VERSION = 1
REQUEST, ANSWER = b"RGRQ", b"RGAN"
HEADER = struct.Struct("<4s4I")
# Batches that wait while another is computed.
AHEAD = 2


def hello(output: BinaryIO, facts: dict[str, Any]) -> None:
    """Says which model this is: one line of JSON."""
    line = json.dumps({"realitygap_worker": VERSION, **facts}, sort_keys=True)
    output.write(line.encode() + b"\n")
    output.flush()


def requests(source: BinaryIO) -> Iterator[numpy.ndarray]:
    """The batches [N, H, W, C], float32, until the program closes the stream."""
    while header := source.read(HEADER.size):
        if len(header) < HEADER.size:
            raise EOFError("the stream ended within a header")
        magic, *shape = HEADER.unpack(header)
        if magic != REQUEST:
            raise ValueError(f"a batch begins with {REQUEST!r}, not {magic!r}")
        batch = numpy.empty(shape, "<f4")
        view = memoryview(batch).cast("B")
        if _read_into(source, view) < len(view):
            raise EOFError("the stream ended within a batch")
        yield batch


def _read_into(source: BinaryIO, view: memoryview) -> int:
    done = 0
    while done < len(view) and (count := source.readinto(view[done:])):
        done += count
    return done


def answer(output: BinaryIO, logits: numpy.ndarray) -> None:
    """Logits [N, classes]."""
    logits = numpy.ascontiguousarray(logits, "<f4")
    count, classes = logits.shape
    output.write(HEADER.pack(ANSWER, count, classes, 1, 1))
    output.write(logits.tobytes())
    output.flush()


def serve(model: Callable[[numpy.ndarray], numpy.ndarray], facts: dict[str, Any]) -> None:
    """Answers batches on standard input until it ends; batches are read while others are computed."""
    # What libraries print must not end up among the answers.
    output, sys.stdout = sys.stdout.buffer, sys.stderr
    hello(output, facts)
    queue: Queue[Any] = Queue(AHEAD)

    def read() -> None:
        try:
            for batch in requests(sys.stdin.buffer):
                queue.put(batch)
            queue.put(None)
        except Exception as error:  # said by the other thread
            queue.put(error)

    threading.Thread(target=read, daemon=True).start()
    while (batch := queue.get()) is not None:
        if isinstance(batch, Exception):
            raise batch
        answer(output, model(batch))

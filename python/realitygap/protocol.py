"""Version 2 of the protocol between realitygap and a classifier in a process of its own.

Documentation/Workers.md defines it. Needs nothing but the standard library and NumPy.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any, BinaryIO

import numpy

VERSION = 2
REQUEST, ANSWER = b"RGRQ", b"RGAN"
REQUEST_HEADER = struct.Struct("<4s5I")
ANSWER_HEADER = struct.Struct("<4s3I")
# Batches that wait while another is computed.
AHEAD = 2


def hello(output: BinaryIO, facts: dict[str, Any]) -> None:
    """Says which model this is: one line of JSON."""
    line = json.dumps({"realitygap_worker": VERSION, **facts}, sort_keys=True)
    output.write(line.encode() + b"\n")
    output.flush()


def requests(source: BinaryIO) -> Iterator[tuple[int, numpy.ndarray]]:
    """The batches [N, H, W, C], float32, each with its number, until the program closes the stream."""
    while header := source.read(REQUEST_HEADER.size):
        if len(header) < REQUEST_HEADER.size:
            raise EOFError("the stream ended within a header")
        magic, number, *shape = REQUEST_HEADER.unpack(header)
        if magic != REQUEST:
            raise ValueError(f"a batch begins with {REQUEST!r}, not {magic!r}")
        batch = numpy.empty(shape, "<f4")
        view = memoryview(batch).cast("B")
        if _read_into(source, view) < len(view):
            raise EOFError("the stream ended within a batch")
        yield number, batch


def _read_into(source: BinaryIO, view: memoryview) -> int:
    done = 0
    while done < len(view) and (count := source.readinto(view[done:])):
        done += count
    return done


def answer(output: BinaryIO, number: int, logits: numpy.ndarray) -> None:
    """Logits [N, classes] of a batch."""
    logits = numpy.ascontiguousarray(logits, "<f4")
    count, classes = logits.shape
    output.write(ANSWER_HEADER.pack(ANSWER, number, count, classes))
    output.write(logits.tobytes())
    output.flush()


@contextlib.contextmanager
def answers_alone() -> Iterator[BinaryIO]:
    """Standard output for the protocol; what libraries print meanwhile goes to standard error.

    Also what they print past Python: file descriptor 1 itself is exchanged.
    """
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)
        try:
            yield output
        finally:
            sys.stdout.flush()
            os.dup2(output.fileno(), 1)


def serve(model: Callable[[numpy.ndarray], numpy.ndarray], facts: dict[str, Any], output: BinaryIO) -> None:
    """Answers batches on standard input until it ends; batches are read while others are computed."""
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
    while (item := queue.get()) is not None:
        if isinstance(item, Exception):
            raise item
        number, batch = item
        answer(output, number, model(batch))

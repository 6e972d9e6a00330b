"""The child process that holds one peer: `python -m comparison.worker MODULE SETTINGS`.

Speaks JSON lines: one when the peer is loaded, or cannot be on this machine, then one for each
request on standard input.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import Any, TextIO

from comparison.timing import Peer, Unavailable


def main() -> None:
    """Serves until standard input closes. What libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        peer: Peer = importlib.import_module(sys.argv[1]).prepare(json.loads(sys.argv[2]))
    except Unavailable as error:
        _answer(answers, {"unavailable": str(error)})
        return
    _answer(answers, {"details": peer.details})
    wall, processor = time.perf_counter(), time.process_time()
    for line in sys.stdin:
        request = json.loads(line)
        # Processor time used since the last answer, all threads: a peer that spins is told of.
        idle = {
            "idle_wall": time.perf_counter() - wall,
            "idle_processor": time.process_time() - processor,
        }
        rates = peer.measure(request["seconds"])
        wall, processor = time.perf_counter(), time.process_time()
        _answer(answers, {"rates": rates, **idle})


def _answer(answers: TextIO, value: dict[str, Any]) -> None:
    print(json.dumps(value), file=answers, flush=True)


if __name__ == "__main__":
    main()

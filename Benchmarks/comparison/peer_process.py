"""The parent's side of a worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from comparison.timing import Rates, Unavailable


class PeerFailed(Exception):
    """A peer could not be loaded or stopped while it worked; one line."""


class PeerProcess:
    """A running worker. Threads are set through every door that the libraries know. Throws
    `Unavailable` for a peer that cannot work on this machine."""

    def __init__(self, name: str, module: str, settings: dict[str, Any], threads: int) -> None:
        self.name = name
        self.idle_wall = 0.0
        self.idle_processor = 0.0
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "comparison.worker", module, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            cwd=Path(__file__).resolve().parents[1],
            env={**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)},
        )
        try:
            loaded = self._read()
            if "unavailable" in loaded:
                raise Unavailable(f"{name}: {loaded['unavailable']}")
            self.details: dict[str, str] = loaded["details"]
        except BaseException:
            self.close()
            raise

    def measure(self, seconds: float) -> Rates:
        """One measurement. Throws `PeerFailed` when the worker is gone."""
        try:
            self.process.stdin.write(json.dumps({"seconds": seconds}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # _read tells why
        answer = self._read()
        self.idle_wall += answer["idle_wall"]
        self.idle_processor += answer["idle_processor"]
        return answer["rates"]

    def close(self) -> None:
        """Ends the worker; one that does not end by itself is killed."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it is gone, and what it was asked last was never read
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def _read(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        status = self.process.wait()
        self.log.seek(0)
        said = [line for line in self.log.read().splitlines() if line.strip()]
        reason = said[-1] if said else f"ended with status {status} and said nothing"
        raise PeerFailed(f"{self.name}: {reason}")

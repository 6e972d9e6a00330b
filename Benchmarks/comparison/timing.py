"""How one peer is timed, and what a peer is."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Protocol

TRIAL_SECONDS = 1.0

Rates = dict[str, float]
"""Items per second of each step of a measurement; the only step of most is called ""."""


class Unavailable(Exception):
    """This machine lacks what a peer needs; one line that says what."""


class Peer(Protocol):
    """A loaded peer that waits, without using the processor, until it is asked to measure."""

    details: dict[str, str]
    """Settings worth a line in the report."""

    def measure(self, seconds: float) -> Rates:
        """Works for about `seconds` and returns its rates."""


def fastest(candidates: list[Peer]) -> Peer:
    """The fastest of several ways to do the same, each measured twice, in turn."""
    if len(candidates) == 1:
        return candidates[0]
    trials = [[one.measure(TRIAL_SECONDS)[""] for one in candidates] for _ in range(2)]
    best = [max(rates) for rates in zip(*trials)]
    return candidates[best.index(max(best))]


class Repeater:
    """Times one step again and again: the rate is items over the median duration."""

    def __init__(self, step: Callable[[], object], items: int) -> None:
        self.step = step
        self.items = items
        self.last = 0.0

    def rate(self, seconds: float) -> float:
        """Runs until `seconds` have passed, at least once, after one untimed run that brings caches
        and clocks back; a step longer than the whole time needs none once it has run."""
        if self.last < seconds:
            self._once()
        durations: list[float] = []
        end = time.perf_counter() + seconds
        while not durations or time.perf_counter() < end:
            durations.append(self._once())
        return self.items / statistics.median(durations)

    def _once(self) -> float:
        start = time.perf_counter()
        self.step()
        self.last = time.perf_counter() - start
        return self.last

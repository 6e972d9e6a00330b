"""What is compared with what: entrants that are measured in turn, and the rows made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from comparison.workplace import Workplace

FLOAT32, BFLOAT16 = "float32", "bfloat16"
LAYOUTS = ("eager", "channels_last")
"""PyTorch's, of tensors."""


@dataclass(frozen=True)
class Ours:
    """One way to call our program."""

    name: str
    arguments: Callable[[Workplace], list[str]]
    """Without the program and without `--json -`."""
    expected: dict[str, object] = field(default_factory=dict)
    """What the program's answer must agree with, where it says it: work, batch, threads."""


@dataclass(frozen=True)
class Peer:
    """One peer and how it is set up."""

    name: str
    module: str
    """Within `comparison.peers`."""
    settings: Callable[[Workplace], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """One line of the result: the best of some of our ways over the best of some peers."""

    work: str
    unit: str
    ours: tuple[str, ...]
    peers: tuple[str, ...]
    target: float | None
    """What the project wants to reach against the best peer."""
    step: str = ""
    """Which part of the measurements, where they have several."""
    pytorch_target: float | None = None
    """What it wants against the better of PyTorch's layouts in the same precision, if less."""


@dataclass(frozen=True)
class Contest:
    """Entrants that are measured in turn, in rounds, in this order."""

    rows: tuple[Row, ...]
    ours: tuple[Ours, ...]
    peers: tuple[Peer, ...]
    threads: int

    def limited(self, wanted: Callable[[str], bool]) -> Contest | None:
        """The contest with only those rows whose name is wanted, and only who they need."""
        rows = tuple(row for row in self.rows if wanted(row.work))
        if not rows:
            return None
        ours = {name for row in rows for name in row.ours}
        peers = {name for row in rows for name in row.peers}
        return Contest(
            rows,
            tuple(one for one in self.ours if one.name in ours),
            tuple(one for one in self.peers if one.name in peers),
            self.threads,
        )

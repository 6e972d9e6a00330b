"""Measures the entrants of a contest in turn."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from comparison import ours
from comparison.contest import BFLOAT16, Contest, Peer
from comparison.machine import require_bfloat16
from comparison.peer_process import PeerFailed, PeerProcess
from comparison.timing import Rates, Unavailable
from comparison.workplace import Workplace

SPINNING = 0.02
"""A peer that uses more of a core than this while others are measured is reported…"""
LONG_ENOUGH = 2.0
"""…taken over this many seconds at least: threads may spin for some milliseconds after work."""


@dataclass
class Measurements:
    """What a contest gave. Every list has one entry a round."""

    ours: dict[str, list[Rates]] = field(default_factory=dict)
    peers: dict[str, list[Rates]] = field(default_factory=dict)
    details: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each peer that was loaded."""
    unavailable: dict[str, str] = field(default_factory=dict)
    """Ways of ours that the program does not have, and peers that cannot work on this machine,
    with their words."""
    failed: dict[str, str] = field(default_factory=dict)
    """Entrants that should have worked and did not, with theirs."""


def play(contest: Contest, place: Workplace, program: Path | None, rounds: int) -> Measurements:
    """Ours, then each peer, `rounds` times over. Peers are loaded after our first turn, all of
    them before theirs; they stay loaded and asleep while others are measured. Nothing of ours
    working, nobody else is measured; without a program the peers are alone."""
    result = Measurements()
    with ExitStack() as stack:
        workers: list[PeerProcess] = []
        for number in range(rounds):
            if program:
                _our_turn(contest, place, program, result)
                if not result.ours:
                    return result
            if number == 0:
                for peer in contest.peers:
                    worker = _load(peer, contest.threads, place, result)
                    if worker:
                        stack.callback(worker.close)
                        workers.append(worker)
            for worker in workers:
                _peers_turn(worker, place, result)
            print(f"  round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for worker in workers:
            share = worker.idle_processor / max(worker.idle_wall, LONG_ENOUGH)
            if share > SPINNING:
                place.notes.append(f"{worker.name} used {share:.0%} of a core while idle")
    return result


def _our_turn(contest: Contest, place: Workplace, program: Path, result: Measurements) -> None:
    for one in contest.ours:
        if one.name in result.unavailable or one.name in result.failed:
            continue
        arguments = [*one.arguments(place), "--json", "-"]
        try:
            if BFLOAT16 in arguments:
                require_bfloat16()
            rates = ours.measure(program, arguments, one.expected)
            result.ours.setdefault(one.name, []).append(rates)
        except (ours.OursUnavailable, Unavailable) as error:
            result.unavailable[one.name] = str(error)
        except ours.OursFailed as error:
            result.failed[one.name] = str(error)
            result.ours.pop(one.name, None)


def _load(peer: Peer, threads: int, place: Workplace, result: Measurements) -> PeerProcess | None:
    print(f"  loading {peer.name}", file=sys.stderr, flush=True)
    try:
        module = f"comparison.peers.{peer.module}"
        worker = PeerProcess(peer.name, module, peer.settings(place), threads)
    except Unavailable as error:
        result.unavailable[peer.name] = str(error)
        return None
    except PeerFailed as error:
        result.failed[peer.name] = str(error)
        return None
    result.details[peer.name] = worker.details
    return worker


def _peers_turn(worker: PeerProcess, place: Workplace, result: Measurements) -> None:
    if worker.name in result.failed:
        return
    try:
        rates = worker.measure(place.seconds)
        result.peers.setdefault(worker.name, []).append(rates)
    except PeerFailed as error:
        result.failed[worker.name] = str(error)
        result.peers.pop(worker.name, None)

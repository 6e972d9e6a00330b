"""All rows: which work, who does it, which ratio is wanted."""

from __future__ import annotations

from comparison import inference
from comparison.contest import BFLOAT16, FLOAT32, LAYOUTS, Contest, Ours, Peer, Row
from comparison.workplace import Workplace

TRAINING_TARGETS = {16: 1.5, 64: 2.5}
TRAINING_BATCH = 8
TABLE1_WIDTH = 16
TABLE1_SHARE = 0.2
"""Of the photos: Table 1's cells take some ten times as long as top-1 alone."""
IMAGING_STEPS = ("decode", "resize+crop", "distort", "resize+crop+distort")


def contests(threads: int, batch: int) -> list[Contest]:
    """In the order in which they are run."""
    return [
        *inference.contests(threads, batch),
        _imaging(),
        *(_pipeline(model, threads, batch) for model in ("squeezenet1_1", "resnet50")),
        _table1(["resnet50"], FLOAT32, threads, batch),
        _table1(["resnet50", "vgg11", "squeezenet1_1"], FLOAT32, threads, batch),
        _table1(["resnet50", "vgg11", "squeezenet1_1"], BFLOAT16, threads, batch),
        *(_training(width, threads) for width in TRAINING_TARGETS),
    ]


def _pytorch(name: str, module: str, settings: dict[str, object], photos: float = 0) -> Peer:
    """- photos: the share of the photos that the work needs."""

    def complete(place: Workplace) -> dict[str, object]:
        return {**settings, "photos": place.photos(photos)} if photos else settings

    return Peer(name, module, complete)


def _imaging() -> Contest:
    """One thread, per photo; the parts of the work have rows without a target."""

    def arguments(place: Workplace) -> list[str]:
        return [
            *("bench", "imaging", "--images", place.photos()),
            *("--threads", "1", "--seconds", f"{place.seconds:g}"),
        ]

    targets = {"resize+crop+distort": 2.0}
    rows = tuple(
        Row(f"imaging {step}", "photos/s", ("ours",), ("pillow",), targets.get(step), step)
        for step in IMAGING_STEPS
    )
    pillow = Peer("pillow", "pillow_imaging", lambda place: {"photos": place.photos()})
    return Contest(rows, (Ours("ours", arguments, {"threads": 1}),), (pillow,), 1)


def _pipeline(model: str, threads: int, batch: int) -> Contest:
    def arguments(place: Workplace) -> list[str]:
        return [
            *("bench", "pipeline", "--model", model, "--images", place.photos()),
            *("--batch", str(batch), "--threads", str(threads)),
        ]

    settings = {"model": model, "batch": batch, "threads": threads, "precision": FLOAT32}
    peer = _pytorch(
        "pytorch channels_last", "pytorch_pipeline", {**settings, "layout": "channels_last"}, 1
    )
    row = Row(f"pipeline {model} float32", "images/s", ("ours",), (peer.name,), 2.0)
    ours = Ours("ours", arguments, {"batch": batch, "threads": threads})
    return Contest((row,), (ours,), (peer,), threads)


def _table1(models: list[str], precision: str, threads: int, batch: int) -> Contest:
    """Canonical, distorted and corrected of each model; bfloat16 has no target."""

    def arguments(place: Workplace) -> list[str]:
        return [
            *("bench", "table1", "--models", ",".join(models), "--width", str(TABLE1_WIDTH)),
            *("--images", place.photos(TABLE1_SHARE), "--precision", precision),
            *("--batch", str(batch), "--threads", str(threads)),
        ]

    settings = {
        **{"models": models, "width": TABLE1_WIDTH, "batch": batch, "threads": threads},
        **{"precision": precision, "layout": "channels_last"},
    }
    ways = {"pytorch, one pass for all": "one"} if len(models) > 1 else {}
    ways["pytorch, one pass a model"] = "each"
    peers = tuple(
        _pytorch(name, "pytorch_table1", {**settings, "passes": passes}, TABLE1_SHARE)
        for name, passes in ways.items()
    )
    named = models[0] if len(models) == 1 else "three models"
    target = None if precision == BFLOAT16 else 2.5 if len(models) == 1 else 3.5
    names = tuple(peer.name for peer in peers)
    row = Row(f"table1 {named} {precision}", "images/s", ("ours",), names, target)
    ours = Ours("ours", arguments, {"batch": batch, "threads": threads})
    return Contest((row,), (ours,), peers, threads)


def _training(width: int, threads: int) -> Contest:
    """A step of G and D: float32 against float32, and our fastest against bfloat16 autocast."""

    def ours(precision: str) -> Ours:
        def arguments(place: Workplace) -> list[str]:
            return [
                *("bench", "train", "--width", str(width), "--batch", str(TRAINING_BATCH)),
                *("--precision", precision, "--threads", str(threads)),
                *("--seconds", f"{place.seconds:g}"),
            ]

        return Ours(precision, arguments, {"batch": TRAINING_BATCH, "threads": threads})

    def peers(precision: str) -> tuple[Peer, ...]:
        suffix = " autocast" if precision == BFLOAT16 else ""
        common = {"width": width, "batch": TRAINING_BATCH, "threads": threads}
        return tuple(
            _pytorch(
                f"pytorch {layout}{suffix}",
                "pytorch_training",
                {**common, "layout": layout, "precision": precision},
            )
            for layout in LAYOUTS
        )

    def row(kind: str, ways: tuple[str, ...], against: str, target: float) -> Row:
        names = tuple(peer.name for peer in peers(against))
        return Row(f"train width {width} {kind}", "images/s", ways, names, target)

    return Contest(
        (
            row(FLOAT32, (FLOAT32,), FLOAT32, TRAINING_TARGETS[width]),
            row("fastest", (FLOAT32, BFLOAT16), BFLOAT16, 1.2),
        ),
        (ours(FLOAT32), ours(BFLOAT16)),
        (*peers(FLOAT32), *peers(BFLOAT16)),
        threads,
    )

"""All rows: which work, who does it, which ratio is wanted."""

from __future__ import annotations

from comparison import inference
from comparison.contest import BFLOAT16, FLOAT32, LAYOUTS, Contest, Ours, Peer, Row
from comparison.workplace import Workplace

PIPELINE_TARGETS = {"squeezenet1_1": 5.0, "resnet50": 3.0}
TABLE1_TARGETS = {1: 4.0, 3: 4.5}
"""By the number of models, in float32; bfloat16 has none."""
TRAINING_TARGETS = {16: 2.2, 64: 4.0}
FASTEST_TRAINING_TARGETS = {16: 1.6, 64: 2.0}
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
        *(_pipeline(model, threads, batch) for model in PIPELINE_TARGETS),
        _table1(["resnet50"], FLOAT32, threads, batch),
        _table1(["resnet50", "vgg11", "squeezenet1_1"], FLOAT32, threads, batch),
        _table1(["resnet50", "vgg11", "squeezenet1_1"], BFLOAT16, threads, batch),
        *(_training(width, threads) for width in TRAINING_TARGETS),
    ]


def _pytorch(
    name: str, module: str, settings: dict[str, object], photos: float = 0, compiled: bool = False
) -> Peer:
    """- photos: the share of the photos that the work needs."""

    def complete(place: Workplace) -> dict[str, object]:
        shared = {"photos": place.photos(photos)} if photos else {}
        inductor = {"inductor": place.compiled()} if compiled else {}
        return {**settings, **shared, **inductor}

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

    settings = {
        **{"model": model, "batch": batch, "threads": threads},
        **{"precision": FLOAT32, "layout": "channels_last"},
    }
    ways = {"pytorch channels_last": False, "torch.compile": True}
    peers = tuple(
        _pytorch(name, "pytorch_pipeline", settings, 1, compiled) for name, compiled in ways.items()
    )
    target = PIPELINE_TARGETS[model]
    row = Row(f"pipeline {model} float32", "images/s", ("ours",), tuple(ways), target)
    ours = Ours("ours", arguments, {"batch": batch, "threads": threads})
    return Contest((row,), (ours,), peers, threads)


def _table1(models: list[str], precision: str, threads: int, batch: int) -> Contest:
    """Canonical, distorted and corrected of each model."""

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
    # Compiled only the faster way.
    ways = {"one pass for all": "one"} if len(models) > 1 else {}
    ways["one pass a model"] = "each"
    entrants = [("pytorch", way, False) for way in ways] + [("torch.compile", next(iter(ways)), True)]
    peers = tuple(
        _pytorch(
            f"{library}, {way}", "pytorch_table1", {**settings, "passes": ways[way]}, TABLE1_SHARE,
            compiled,
        )
        for library, way, compiled in entrants
    )
    named = models[0] if len(models) == 1 else "three models"
    target = None if precision == BFLOAT16 else TABLE1_TARGETS[len(models)]
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

        def peer(name: str, layout: str, compiled: bool) -> Peer:
            settings = {**common, "layout": layout, "precision": precision}
            return _pytorch(f"{name}{suffix}", "pytorch_training", settings, compiled=compiled)

        return (
            *(peer(f"pytorch {layout}", layout, False) for layout in LAYOUTS),
            peer("torch.compile", "channels_last", True),
        )

    def row(kind: str, ways: tuple[str, ...], against: str, target: float) -> Row:
        names = tuple(peer.name for peer in peers(against))
        return Row(f"train width {width} {kind}", "images/s", ways, names, target)

    return Contest(
        (
            row(FLOAT32, (FLOAT32,), FLOAT32, TRAINING_TARGETS[width]),
            row("fastest", (FLOAT32, BFLOAT16), BFLOAT16, FASTEST_TRAINING_TARGETS[width]),
        ),
        (ours(FLOAT32), ours(BFLOAT16)),
        (*peers(FLOAT32), *peers(BFLOAT16)),
        threads,
    )

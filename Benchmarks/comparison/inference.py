"""The rows of inference: one network, from tensor to logits."""

from __future__ import annotations

from typing import Any

from comparison.contest import BFLOAT16, FLOAT32, LAYOUTS, Contest, Ours, Peer, Row
from comparison.workplace import Workplace

TARGETS = {"resnet50": 1.5, "vgg11": 2.0, "squeezenet1_1": 1.7}
OPENBLAS_TARGETS = {"resnet50": 1.0, "vgg11": 2.0, "squeezenet1_1": 1.0}
BATCH_1_TARGET = 1.2
BFLOAT16_TARGETS = {"resnet50": 1.25, "vgg11": 2.0, "squeezenet1_1": 1.4}


def contests(threads: int, batch: int) -> list[Contest]:
    """In the order in which they are run."""
    return [
        *(_float32(model, threads, batch) for model in TARGETS),
        *(_batch_1(model, threads) for model in TARGETS),
        *(_bfloat16(model, threads, batch) for model in TARGETS),
    ]


def _float32(model: str, threads: int, batch: int) -> Contest:
    """Ours by the default rule, and with what a build without oneDNN has."""
    peers = _peers(model, FLOAT32, threads, batch)
    names = tuple(peer.name for peer in peers)
    work = f"inference {model} float32"
    return Contest(
        (
            Row(work, "images/s", ("auto",), names, TARGETS[model], pytorch_target=1.0),
            Row(f"{work} openblas", "images/s", ("openblas",), names, OPENBLAS_TARGETS[model]),
        ),
        tuple(_ours(model, FLOAT32, engine, threads, batch) for engine in ("auto", "openblas")),
        peers,
        threads,
    )


def _batch_1(model: str, threads: int) -> Contest:
    """One image at a time: how soon it is done."""
    peers = _peers(model, FLOAT32, threads, 1)
    names = tuple(peer.name for peer in peers)
    work = f"inference {model} float32 batch 1"
    return Contest(
        (Row(work, "images/s", ("auto",), names, BATCH_1_TARGET),),
        (_ours(model, FLOAT32, "auto", threads, 1),),
        peers,
        threads,
    )


def _bfloat16(model: str, threads: int, batch: int) -> Contest:
    peers = _peers(model, BFLOAT16, threads, batch)
    names = tuple(peer.name for peer in peers)
    work = f"inference {model} bfloat16"
    return Contest(
        (Row(work, "images/s", ("auto",), names, BFLOAT16_TARGETS[model]),),
        (_ours(model, BFLOAT16, "auto", threads, batch),),
        peers,
        threads,
    )


def _ours(model: str, precision: str, engine: str, threads: int, batch: int) -> Ours:
    def arguments(place: Workplace) -> list[str]:
        return [
            *("bench", "inference", "--model", model, "--engine", engine),
            *("--precision", precision, "--batch", str(batch), "--threads", str(threads)),
            *("--seconds", f"{place.seconds:g}"),
        ]

    work = f"inference {model} {precision}"
    return Ours(engine, arguments, {"work": work, "batch": batch, "threads": threads})


def _peers(model: str, precision: str, threads: int, batch: int) -> tuple[Peer, ...]:
    """Without ONNX Runtime and MNN in bfloat16: neither has convolutions in it on x86."""

    def peer(name: str, module: str, compiled: bool = False, **own: str) -> Peer:
        settings = {"model": model, "threads": threads, "precision": precision, **own}

        def complete(place: Workplace) -> dict[str, Any]:
            inductor = {"inductor": place.compiled()} if compiled else {}
            return {**settings, "network": place.network(model, batch), **inductor}

        return Peer(name, f"{module}_inference", complete)

    suffix = " autocast" if precision == BFLOAT16 else ""
    return (
        *(peer(f"pytorch {layout}{suffix}", "pytorch", layout=layout) for layout in LAYOUTS),
        peer(f"torch.compile{suffix}", "pytorch", compiled=True, layout="channels_last"),
        *([peer("onnxruntime", "onnxruntime")] if precision == FLOAT32 else []),
        peer("openvino", "openvino"),
        *([peer("mnn", "mnn")] if precision == FLOAT32 else []),
        peer("ncnn", "ncnn"),
    )

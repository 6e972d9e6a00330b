#!/usr/bin/env python3
"""Three steps of D and G (equation 1) as Sources/Training takes them, with the networks of python/realitygap.

Writes Tests/TrainingTests/Fixtures/training.json: for each case and step the losses, and for each
parameter of G and D its gradient and how far
training has moved it from its start, as [norm, probe, elements...]: the Euclidean
norm, the dot product with noise(`probe <name>`), and up to four elements spread evenly. After the
last step also the batch norms' running statistics.

Weights and images come from a hash of name and position (`noise` of models.py), which the tests
compute too. Computed in float64, so that what differs is the program's own rounding; with --float32
it says how far PyTorch's own float32 is from that. Needs torch and numpy.
"""
import argparse
import json
import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import models
from models import noise

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))
from realitygap import Corrector, Discriminator  # noqa: E402

STEPS = 3


def tensor(name, shape):
    """As in models.py, except where float32's rounding would be felt. Biases are 0.5 ± 0.1 and the
    weights of batch norms 0.25 ± 0.05: most ReLUs are open, and few are so near to closing that
    rounding takes them to the other side. The linear
    layer of D is small: its random verdict pulls neighbouring pixels apart, and sums of what cancels
    say more about rounding than about the program."""
    value = models.tensor(name, shape)
    if len(shape) == 1 and name.endswith("bias"):
        return value + np.float32(0.5)
    if len(shape) == 1 and name.endswith("weight"):
        return value * np.float32(0.5)
    return value * np.float32(0.03125) if name == "layers.10.weight" else value


def configuration(case):
    """A case's G as a corrector's file describes it."""
    def features(settings):
        names = {"first_kernel": "firstKernel"}
        return {names.get(key, key): value for key, value in settings.items() if key != "scale"}

    whole = {
        "stages": case["stages"],
        "transformer": {
            "localisation": features(case["transformer"]), "scale": case["transformer"]["scale"]},
        "unet": case["unet"]}
    if "color" in case:
        whole["color"] = {"features": features(case["color"]), "scale": case["color"]["scale"]}
    return whole


def crop(x):
    return x[:, :, 16:240, 16:240]


def image(name):
    """[2, 3, 256, 256]: per image and channel an offset and four plane waves. Smooth, so that the
    gradients of neighbouring pixels agree: where they cancel, one ReLU that float32 rounds to the
    other side of zero is felt in the sum."""
    u = noise(name, 2 * 3 * 5 * 4).astype(np.float64).reshape(2, 3, 5, 4)
    at = np.arange(256) / 256
    value = np.zeros((2, 3, 256, 256))
    for wave in range(4):
        fx, fy, phase, height = (u[:, :, wave, k, None, None] for k in range(4))
        angle = 2 * np.pi * (4 * fx * at[None, :] + 4 * fy * at[:, None] + phase)
        value += 0.6 * height * np.sin(angle)
    value += u[:, :, 4, 0, None, None]
    return torch.from_numpy(value.astype(np.float32))


def inputs(step, dtype):
    y = image(f"y{step}")
    # Float32's own sums, which the test repeats.
    x = np.float32(0.75) * y + np.float32(0.5) * image(f"x{step}")
    theta = torch.from_numpy(noise(f"theta{step}", 12).reshape(2, 2, 3)) * np.float32(0.1)
    theta = theta + torch.tensor([[1.0, 0, 0], [0, 1, 0]])
    return x.to(dtype), y.to(dtype), theta.to(dtype)


def aligned(y, truth, predicted):
    """y where x_s shows it: truth⁻¹ ∘ predicted, read bicubically."""
    last = torch.tensor([0.0, 0, 1], dtype=y.dtype).expand(len(y), 1, 3)
    whole = lambda theta: torch.cat([theta, last], 1)
    rest = torch.linalg.solve(whole(truth), whole(predicted))[:, :2]
    grid = F.affine_grid(rest, y.shape, align_corners=False)
    return F.grid_sample(y, grid, mode="bicubic", align_corners=False)


def charbonnier(a, b, epsilon):
    return ((a - b).square() + epsilon**2).sqrt().mean()


def corner_error(a, b):
    c = 224 / 256
    corners = torch.tensor([[u, v, 1] for u in (-c, c) for v in (-c, c)], dtype=a.dtype).T
    return charbonnier(128 * a @ corners, 128 * b @ corners, 0.5)


def generator_terms(losses, form, theta, truth, corrected, target, verdict):
    a, b = corrected, target
    if losses.get("pool", 1) > 1:
        a, b = F.avg_pool2d(a, losses["pool"]), F.avg_pool2d(b, losses["pool"])
    d = a - b
    terms = {
        "mse": d.square().mean(),
        "l1": charbonnier(a, b, 1e-3),
        "gradient": (d[:, :, 1:] - d[:, :, :-1]).abs().mean()
        + (d[:, :, :, 1:] - d[:, :, :, :-1]).abs().mean(),
        "theta": corner_error(theta, truth),
        "adversarial": F.logsigmoid(-verdict).mean() if form == "saturating" else F.logsigmoid(verdict).mean(),
    }
    sign = {"adversarial": 1 if form == "saturating" else -1}
    terms = {name: terms[name] for name in losses if name != "pool"}
    total = sum(losses[name] * sign.get(name, 1) * term for name, term in terms.items())
    return total, terms


CASES = {
    "paper": dict(
        stages=["stn", "unet"],
        transformer=dict(view=32, widths=[4, 4], hidden=8, normalization="batch", scale=0.02),
        unet=dict(width=2, depth=4, normalization="batch"),
        widths=[4, 8, 8], form="saturating", target="canonical", clip=0.5,
        learning_rate=3e-5, discriminator_rate=6e-5, losses=dict(mse=1, adversarial=0.25)),
    "color": dict(
        stages=["stn", "color", "unet"],
        transformer=dict(view=64, widths=[4, 4], first_kernel=5, scale=0.02),
        color=dict(view=28, widths=[4, 8], summary="pool", hidden=8, scale=0.1),
        unet=dict(width=4, depth=3, normalization="none"),
        widths=[4, 8, 8], form="non-saturating", target="aligned", clip=100.0,
        learning_rate=5e-5, discriminator_rate=3e-5,
        losses=dict(mse=0.5, l1=1, gradient=0.5, theta=0.1, adversarial=0.1, pool=2)),
}


def summary(name, value):
    value = value.detach().double().flatten().numpy()
    count = min(len(value), 4)
    probe = noise(f"probe {name}", len(value)).astype(np.float64)
    elements = [value[index * len(value) // count] for index in range(count)]
    return [float(f"{v:.8g}") for v in (np.linalg.norm(value), value @ probe, *elements)]


def load(module):
    state = module.state_dict()
    module.load_state_dict({
        name: value if name.endswith("num_batches_tracked") else tensor(name, tuple(value.shape))
        for name, value in state.items()})


def gradients(module):
    return {name: summary(name, p.grad) for name, p in module.named_parameters()}


def updates(module):
    """How far training has moved each parameter from where it started."""
    return {
        name: summary(name, p - tensor(name, tuple(p.shape)).to(p.dtype))
        for name, p in module.named_parameters()}


def statistics(module):
    kept = module.state_dict()
    return {name: summary(name, b) for name, b in module.named_buffers() if b.ndim and name in kept}


def play(case, dtype):
    g, d = Corrector(configuration(case)), Discriminator(case["widths"])
    for module in (g, d):
        load(module)
        module.to(dtype).train()
    g_adam = torch.optim.Adam(g.parameters(), lr=case["learning_rate"])
    d_adam = torch.optim.Adam(d.parameters(), lr=case["discriminator_rate"])
    weight = case["losses"]["adversarial"]
    steps = []
    for step in range(STEPS):
        x, y, truth = inputs(step, dtype)
        numbers = g.theta(x)
        theta, corrected = numbers.view(-1, 2, 3), g.after_theta(x, numbers)
        target = y if case["target"] == "canonical" else aligned(y, truth, theta.detach())
        target = crop(target)
        # D: -(E log D(y) + lambda E log(1 - D(G(x)))).
        d_adam.zero_grad()
        d_loss = -F.logsigmoid(d.layers(target)).mean()
        d_loss = d_loss - weight * F.logsigmoid(-d.layers(corrected.detach())).mean()
        d_loss.backward()
        record = {"discriminator": {"gradients": gradients(d)}}
        d_adam.step()
        record["discriminator"]["updates"] = updates(d)
        # G, judged by the D that has just learnt.
        g_adam.zero_grad()
        verdict = d.layers(corrected)
        loss, terms = generator_terms(
            case["losses"], case["form"], theta, truth, corrected, target, verdict)
        loss.backward()
        record["generator"] = {"gradients": gradients(g)}
        norm = nn.utils.clip_grad_norm_(g.parameters(), case["clip"])
        g_adam.step()
        record["generator"]["updates"] = updates(g)
        record["losses"] = {"loss": loss.item(), "discriminator": d_loss.item(), "gradient_norm": norm.item()}
        record["losses"] |= {name: term.item() for name, term in terms.items()}
        record["theta"] = theta.flatten().tolist()
        steps.append(record)
    return {"steps": steps, "statistics": {"generator": statistics(g), "discriminator": statistics(d)}}


def distance(a, b, path=""):
    """The largest difference of two summaries' norms and probes, over the norm."""
    if isinstance(a, dict):
        return max((distance(a[k], b[k], f"{path}/{k}") for k in a), default=(0, path))
    if isinstance(a, list) and a and isinstance(a[0], dict):
        return max(distance(p, q, f"{path}[{i}]") for i, (p, q) in enumerate(zip(a, b)))
    if isinstance(a, list):
        return max(abs(p - q) for p, q in zip(a, b)) / max(abs(a[0]), 1e-12), path
    return abs(a - b) / max(abs(a), 1e-12), path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--float32", action="store_true", help="compare with PyTorch's float32; write nothing")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    results = {name: play(case, torch.float64) for name, case in CASES.items()}
    for name, result in results.items():
        for step in result["steps"]:
            print(name, {k: round(v, 5) for k, v in step["losses"].items()})
    if arguments.float32:
        for name, case in CASES.items():
            print(name, "float32 is off by", distance(results[name], play(case, torch.float32)))
        return
    path = ROOT / "Tests/TrainingTests/Fixtures/training.json"
    file = {"made_with": f"torch {torch.__version__}, float64", "cases": results}
    path.write_text(json.dumps(file, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()

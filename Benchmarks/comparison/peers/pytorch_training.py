"""One training step of G and D in PyTorch. Settings: width, batch, threads, layout, precision; a
folder `inductor` where both networks are to be compiled."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from comparison.peers import pytorch
from comparison.peers.correction_networks import Discriminator, paper_corrector
from comparison.timing import Peer, Rates, Repeater

ADVERSARIAL_WEIGHT = 0.25


def prepare(settings: dict[str, Any]) -> Peer:
    """Networks, optimisers and one batch, warmed up by one step."""
    return Training(settings)


class Training:
    """Forward, both losses, backward and both optimisers' steps; the batch stays the same."""

    def __init__(self, settings: dict[str, Any]) -> None:
        pytorch.set_up(settings)
        torch.manual_seed(0)
        self.settings = settings
        layout = pytorch.memory_format(settings)
        self.corrector = pytorch.compiled(
            settings, paper_corrector(settings["width"]).to(memory_format=layout)
        )
        self.discriminator = pytorch.compiled(
            settings, Discriminator().to(memory_format=layout)
        )
        self.corrector_optimiser = torch.optim.Adam(self.corrector.parameters(), 1e-4, fused=True)
        self.discriminator_optimiser = torch.optim.Adam(
            self.discriminator.parameters(), 1e-4, fused=True
        )
        count = settings["batch"]
        self.distorted = torch.randn(count, 3, 256, 256).contiguous(memory_format=layout)
        self.canonical = torch.randn(count, 3, 224, 224).contiguous(memory_format=layout)
        self._step()
        self.repeater = Repeater(self._step, count)
        self.details = {"layout": settings["layout"], "precision": settings["precision"]}

    def measure(self, seconds: float) -> Rates:
        """Images per second."""
        return {"": self.repeater.rate(seconds)}

    def _step(self) -> None:
        """D's part of equation (1), then G's with the non-saturating form of its logarithm. G runs
        once. D gathers no gradients in G's turn."""
        with pytorch.autocast(self.settings):
            corrected = self.corrector(self.distorted)
            real = self.discriminator(self.canonical).float()
            false = self.discriminator(corrected.detach()).float()
        loss = functional.softplus(-real).mean()
        loss = loss + ADVERSARIAL_WEIGHT * functional.softplus(false).mean()
        loss.backward()
        self.discriminator_optimiser.step()
        self.discriminator_optimiser.zero_grad()

        self.discriminator.requires_grad_(False)
        with pytorch.autocast(self.settings):
            judged = self.discriminator(corrected).float()
        loss = functional.mse_loss(corrected.float(), self.canonical)
        loss = loss + ADVERSARIAL_WEIGHT * functional.softplus(-judged).mean()
        loss.backward()
        self.corrector_optimiser.step()
        self.corrector_optimiser.zero_grad()
        self.discriminator.requires_grad_(True)

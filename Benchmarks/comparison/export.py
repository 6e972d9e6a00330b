"""Writes a torchvision classifier with random weights for all peers that read files, and what its
logits must be: `python -m comparison.export MODEL N FOLDER`.

In a process of its own, so that other libraries' workers never load PyTorch.
"""

import sys

import torch
import torchvision

from comparison.reference import Reference


def main() -> None:
    """The same weights as `comparison.peers.pytorch.classifier`."""
    model, batch, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.manual_seed(0)
    network = torchvision.models.get_model(model, weights=None).eval()
    write(network, torch.randn(batch, 3, 224, 224), folder)


def write(network: torch.nn.Module, images: torch.Tensor, folder: str) -> None:
    """`network.onnx` for that many images; `network.pt`, a trace, for one. The TorchScript exporter
    needs nothing beside PyTorch; the newer one wants onnxscript."""
    with torch.inference_mode():
        logits = network(images)
    Reference(images.numpy(), logits.numpy()).write(folder)
    names = {"input_names": ["images"], "output_names": ["logits"]}
    torch.onnx.export(network, (images,), f"{folder}/network.onnx", dynamo=False, **names)
    torch.jit.trace(network, images[:1]).save(f"{folder}/network.pt")


if __name__ == "__main__":
    main()

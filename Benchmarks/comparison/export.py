"""Writes a torchvision classifier with random weights: `python -m comparison.export MODEL N FILE`.

In a process of its own, so that ONNX Runtime's and OpenVINO's workers never load PyTorch.
"""

import sys

import torch
import torchvision


def main() -> None:
    """The TorchScript exporter needs nothing beside PyTorch; the newer one wants onnxscript."""
    model, batch, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.manual_seed(0)
    network = torchvision.models.get_model(model, weights=None).eval()
    images = torch.zeros(batch, 3, 224, 224)
    names = {"input_names": ["images"], "output_names": ["logits"]}
    torch.onnx.export(network, (images,), path, dynamo=False, **names)


if __name__ == "__main__":
    main()

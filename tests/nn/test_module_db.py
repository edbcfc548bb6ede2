"""A sample of PyTorch's module database beside cltorch; ``python -m tools.module_db`` runs all of it."""

from __future__ import annotations

import pytest
import torch

from tests.internal import common_modules
from tools.module_db import check

NAMES = """
    AdaptiveAvgPool2d AdaptiveMaxPool3d AvgPool3d LPPool2d MaxPool3d Conv1d Conv3d ConvTranspose2d LazyConv2d
    ConvTranspose3d InstanceNorm2d GroupNorm RMSNorm LocalResponseNorm Bilinear CTCLoss MultiMarginLoss KLDivLoss
    MultiLabelMarginLoss HuberLoss GaussianNLLLoss LinearCrossEntropyLoss Hardswish PReLU Mish GLU Embedding
    MultiheadAttention TransformerEncoderLayer TransformerDecoderLayer LSTMCell GRUCell RNN GRU LSTM CircularPad2d
""".split()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_a_module_does_what_pytorchs_does(name: str) -> None:
    info = next(entry for entry in common_modules.module_db if entry.name == f"nn.{name}")
    torch.manual_seed(0)
    samples = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=True, training=True)
    for sample in samples[:: max(len(samples) // 3, 1)]:
        check(info, sample, True, "float32")

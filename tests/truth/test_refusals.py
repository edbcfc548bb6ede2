"""What PyTorch refuses, with its class and words: the wrong inputs of its own operator database, a line each."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import cltorch

from ..beside import cases, result

OVERLOADS = """
torch.eq(1, 2)
torch.eq(1, torch.ones(2))
torch.remainder(1, 2)
torch.remainder("a", torch.ones(2))
torch.true_divide(torch.ones(2), "a")
torch.floor_divide(torch.ones(2), [1, 2])
torch.mul(torch.ones(2), None)
torch.bitwise_and(1, 2)
torch.pow(1, 2)
torch.float_power(1, 2)
torch.special.zeta(1.5, 2)
torch.special.hermite_polynomial_h(1, 2)
torch.cat([torch.ones(2), None])
torch.gather(torch.ones(2), "a", torch.ones(2))
torch.ones(2).gather(0, 3)
torch.isclose(torch.ones(2), other=3)
torch.mm(torch.ones(2, 2), 3)
"""
SHAPES = """
torch.cov(torch.ones(2, 2), fweights=torch.ones(1, 2))
torch.gradient(torch.ones(3, 3), spacing=[1.0], dim=(0, 1))
torch.gradient(torch.ones(3, 3), dim=(1, 1))
torch.linspace(torch.ones(1), torch.ones(2), 3)
torch.masked_fill(torch.ones(2), torch.ones(2, dtype=torch.bool), torch.ones(1))
torch.narrow(torch.ones(3), 0, torch.tensor(1.0), 1)
torch.narrow(torch.ones(3), 0, 5, 1)
torch.narrow_copy(torch.ones(3), 1, 0, 1)
torch.narrow_copy(torch.ones(3), 0, 1, -1)
torch.movedim(torch.ones(2, 3, 4), (0, 2, -3), (0, 1, 2))
torch.movedim(torch.ones(2, 3, 4), (0, 1), (0, -3))
torch.roll(torch.tensor(1.0), 0, 0)
torch.unbind(torch.tensor(1.0))
torch.fft.fftn(torch.tensor(1.0), dim=0)
torch.empty_permuted((2, 3), (0,))
torch.empty_permuted((2, 3), (0, 3))
torch.empty_permuted((2, 3), (0, 0))
torch._chunk_cat([], 0, 2)
torch._chunk_cat([torch.ones(2, 3), torch.ones(3, 3)], 1, 2)
torch.eye(2, -3)
torch.linalg.cross(torch.ones(2, 3), torch.ones(2, 3), dim=2)
torch.aminmax(torch.ones(0))
torch.aminmax(torch.ones(2, 0), dim=1)
torch.ones(2, dtype=torch.int64).mean(dtype=torch.int64)
torch.multinomial(torch.tensor([1.0, -1.0]), 2, True)
torch.multinomial(torch.tensor([1.0, math.inf]), 2, True)
torch.multinomial(torch.tensor([1.0, 1.0]), 2, out=torch.ones(2))
torch.empty(1).uniform_(3, -1)
"""
LAYERS = """
F.layer_norm(torch.ones(2, 3), (3,), torch.ones(1, 3))
F.layer_norm(torch.ones(2, 3), (3,), None, torch.ones(2))
F.rms_norm(torch.ones(2, 3), (3,), torch.ones(1))
F.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 2, 2).double())
F.conv2d(torch.ones(2, 3, 32, 32), torch.ones(4, 3, 3, 3).double())
F.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 2, 2), torch.ones(1).double())
F.conv2d(torch.ones(1, 3, 4, 4), torch.ones(1, 4, 2, 2), padding=-1)
F.conv2d(torch.ones(1, 4, 4, 4), torch.ones(1, 2, 2, 2), groups=2)
F.conv2d(torch.ones(1, 4, 4, 4), torch.ones(1, 4, 2, 2), dilation=-1)
F.conv1d(torch.ones(4, 4), torch.ones(1, 2, 2, 2))
F.conv2d(torch.ones(1, 4, 4, 4), torch.ones(1, 2, 2))
F.max_pool1d(torch.ones(1), 2)
F.max_pool1d(torch.ones(1, 0), 2)
F.max_pool1d(torch.ones(1, 4), 2, stride=0)
F.max_pool1d(torch.ones(1, 4), 2, padding=2)
F.max_pool1d(torch.ones(1, 4), 5)
F.max_pool1d(torch.ones(1, 4), 2, dilation=0, return_indices=True)
F.max_pool2d(torch.ones(1, 4), 2)
F.max_pool2d(torch.ones(1, 4, 4), 2, stride=-1)
F.max_pool2d(torch.ones(2, 1, 0, 4), 2)
F.max_pool3d(torch.ones(1, 0, 4, 4), 2)
F.avg_pool1d(torch.ones(1, 4), 5)
F.avg_pool3d(torch.ones(1, 2, 2, 2), 5)
F.adaptive_avg_pool1d(torch.ones(1, 1, 3), ())
F.adaptive_avg_pool2d(torch.ones(1, 1, 3, 3), (-1, 0))
F.adaptive_max_pool3d(torch.ones(1, 1, 3, 3, 3), (-1, 0, 2))
F.max_unpool1d(torch.ones(8, 8), torch.ones(8, 7, dtype=torch.int64), 2)
F.multi_margin_loss(torch.ones(5, 4), torch.ones(5), reduction="abc")
F.multi_margin_loss(torch.ones(5, 4), torch.ones(5, dtype=torch.int64), weight=torch.ones(1, 4))
F.multilabel_margin_loss(torch.ones(0), torch.ones(0, dtype=torch.int64))
F.triplet_margin_loss(torch.ones(3), torch.ones(2, 3), torch.ones(2, 3))
torch.signal.windows.hann(-1)
"""
MADE = """
torch.ones(3)[torch.tensor([True, True, False])] = torch.arange(3)
torch.arange(4).index_put_((torch.tensor([1, 2]),), torch.ones(3))
torch.arange(4).index_put_((torch.tensor([1, 2]),), torch.ones(2))
torch.tensor_split(torch.ones(3), torch.tensor([1.5]))
torch.tensor_split(torch.ones(3), torch.ones(1, 1, dtype=torch.int64))
torch.ones(3, 3, 3).H
torch.ones(3).H
torch.ones(3).mH
torch.ones(3).adjoint()
torch.zeros(1 << 40, 1 << 40)
torch.zeros(1 << 62)
torch.empty(1 << 60, dtype=torch.float64)
torch.zeros(0, 4, 1 << 61)
torch.tensor([1, 2j], dtype=torch.int32)
torch.tensor([1, 2j], dtype=torch.float32)
torch.tensor([math.nan, 1], dtype=torch.int64)
torch.tensor([math.nan, 1 << 63], dtype=torch.int16)
torch.tensor([1 << 63], dtype=torch.uint8)
torch.tensor(300, dtype=torch.int8)
(held := []).append(held) or torch.tensor(held)
(held := [0]).append(held) or torch.tensor(held)
torch.tensor(type("Row", (), {"__len__": lambda row: 2, "__getitem__": lambda row, k: int(None)})())
torch.empty_strided((8, 8), (1 << 60, 1), dtype=torch.float32)
torch.linspace(0, 1j, 3, dtype=torch.float32)
torch.logspace(1j, 1, 3, dtype=torch.float64)
torch.meshgrid(torch.ones(1), torch.ones(1, device="meta"), indexing="ij")
torch.ones(2).new_zeros(2, dtype=torch.int32, requires_grad=True)
torch.ones(2).new_tensor([2], dtype=torch.int64, requires_grad=True)
torch.asarray([1, 2], requires_grad=True)
torch.rand(2, dtype=torch.int32)
torch.randn(2, dtype=torch.int64)
torch.randint(3, (2,), dtype=torch.complex64)
torch.ones(1, dtype=torch.complex64).random_()
torch.complex(torch.ones(2), torch.ones(2), out=torch.ones(2))
torch.polar(torch.ones(2), torch.ones(2), out=torch.ones(2))
torch.frombuffer(bytearray(12), dtype=torch.float32, offset=-4)
torch.frombuffer(bytearray(12), dtype=torch.float32, offset=12)
torch.frombuffer(bytearray(12), dtype=torch.float32, offset=6)
torch.frombuffer(bytearray(12), dtype=torch.float32, offset=4, count=3)
torch.frombuffer(bytearray(12), dtype=torch.float32, count=0)
torch.frombuffer([1.0], dtype=torch.float32)
torch.asarray(1.5, copy=False)
torch.all(torch.ones(2), out=torch.ones(()))
torch.any(torch.ones(2, 2), 0, out=torch.ones(2, dtype=torch.int32))
torch.searchsorted(torch.ones(2, 3), 1)
torch.searchsorted(torch.tensor(1.0), torch.tensor(1.0))
torch.searchsorted(torch.arange(3.0), torch.ones(2), out=torch.ones(2))
torch.searchsorted(torch.arange(3.0), torch.ones(2), sorter=torch.tensor([0, 1]))
torch.histogram(torch.ones(3), 4, weight=torch.ones(3, dtype=torch.float64))
torch.histogram(torch.ones(3), 4, range=(1, 0))
torch.histogram(torch.ones(3), 4, range=(0, math.inf))
torch.histogram(torch.ones(3), torch.ones(2, 2))
torch.histogram(torch.ones(3), torch.ones(0))
torch.histogram(torch.ones(3), torch.ones(1))
torch.histogram(torch.tensor([math.nan]), 3)
torch.ones(2).to_sparse() + torch.ones(2)
torch.ones(2).to_sparse() - 1
torch.ones(2).to_sparse() / torch.ones(2)
torch.ones(2) / torch.ones(2).to_sparse()
torch.ones(2, dtype=torch.int8).to_sparse().add_(torch.ones(2).to_sparse())
torch.ones(2, dtype=torch.int8).to_sparse().div_(2)
"""
WRITTEN = """
torch.gather(x := torch.ones(3, 4), 0, torch.zeros(3, 4, dtype=torch.int64), out=x)
torch.take(x := torch.ones(12), torch.zeros(4, dtype=torch.int64), out=x[:4])
torch.masked_select(x := torch.ones(3), x > 0, out=x)
torch.index_select(torch.ones(3, 4), 0, torch.zeros(3, dtype=torch.int64), out=torch.ones(1, 4).expand(3, 4))
torch.kthvalue(x := torch.ones(3, 4), 1, 0, out=(x[0], torch.zeros(4, dtype=torch.int64)))
"""


def refusal(code: str, library: Any) -> str:
    """The error that a call raises: its class and what it says."""
    with pytest.raises(Exception) as caught:
        result("F = torch.nn.functional\n" + code, library)
    return f"{type(caught.value).__name__}: {caught.value}".strip().replace("cltorch.", "torch.")


@pytest.mark.parametrize("code", [code for text in (OVERLOADS, SHAPES, LAYERS, MADE, WRITTEN) for code in cases(text)])
def test_refused_in_the_words_of_pytorch(code: str) -> None:
    assert refusal(code, cltorch) == refusal(code, torch)

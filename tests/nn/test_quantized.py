"""Linear layers with quantized weights: dynamic ones beside PyTorch's, and weights of 8 and 4 bits beside what they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch

from ..naming import named
from ..programs import assert_same

RNG = np.random.default_rng(3)


def network(m: Any) -> Any:
    m.manual_seed(0)
    n = m.nn
    return n.Sequential(
        n.Linear(48, 32), n.ReLU(), n.Sequential(n.Linear(32, 64, bias=False), n.Tanh()), n.Linear(64, 4)
    )


def pair() -> list[Any]:
    """The network of each library, with equal weights."""
    theirs, ours = network(torch), network(cltorch)
    ours.load_state_dict({name: cltorch.tensor(t.numpy()) for name, t in theirs.state_dict().items()})
    return [theirs, ours]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["qint8", "float16"])
@pytest.mark.parametrize("chosen", [None, "classes", "names"])
def test_dynamic_layers_are_pytorchs(kind: str, chosen: str | None) -> None:
    x, found = RNG.standard_normal((5, 3, 48), np.float32), []
    for m, model in zip((torch, cltorch), pair(), strict=True):
        spec = {None: None, "classes": {m.nn.Linear}, "names": {"2"}}[chosen]
        if chosen == "names" and kind == "float16":
            spec = {"0"}
        quantized = m.ao.quantization.quantize_dynamic(model, spec, dtype=getattr(m, kind))
        found.append((quantized(m.tensor(x)).detach().numpy(), repr(quantized), quantized is model))
    np.testing.assert_allclose(found[1][0], found[0][0], rtol=2e-3, atol=2e-3)
    assert found[0][1:] == found[1][1:]


def test_dynamic_layers_keep_int8_and_say_what_they_cannot() -> None:
    layer = cltorch.ao.quantization.quantize_dynamic(cltorch.nn.Linear(8, 4))
    assert layer.packed.dtype is cltorch.int8
    assert layer.weight().shape == (4, 8) and layer.bias().shape == (4,)
    again = cltorch.ao.nn.quantized.dynamic.Linear(8, 4)
    again.load_state_dict(layer.state_dict())
    x = cltorch.randn(2, 8)
    assert cltorch.equal(again(x), layer(x))
    with pytest.raises(RuntimeError, match="LSTM"):
        cltorch.ao.quantization.quantize_dynamic(cltorch.nn.LSTM(2, 2), {cltorch.nn.LSTM})
    with pytest.raises(ValueError, match="quantize"):
        cltorch.ao.quantization.quantize_dynamic(cltorch.nn.Linear(2, 2), dtype=cltorch.float64)


@pytest.mark.parametrize("bits, error", [(8, 0.01), (4, 0.15)])
@pytest.mark.parametrize("rows", [1, 3, 9])
def test_weights_alone(bits: int, error: float, rows: int) -> None:
    layer = cltorch.nn.Linear(128, 40)
    small = cltorch.ao.nn.quantized.WeightOnlyLinear.from_float(layer, bits)
    x = cltorch.randn(rows, 128)
    exact = x @ small.decoded().t() + layer.bias
    assert cltorch.allclose(small(x), exact, rtol=1e-4, atol=1e-4)
    assert float((small(x) - layer(x)).norm() / layer(x).norm()) < error
    assert small.weight.nbytes * (8 // bits) == 128 * 40
    assert small(x.reshape(rows, 1, 128).bfloat16()).dtype is cltorch.bfloat16


def test_a_model_with_quantized_weights() -> None:
    model = cltorch.ao.quantization.quantize_weights(network(cltorch), bits=4, group_size=16)
    assert type(model[0]) is cltorch.nn.Linear  # 48 inputs are no pairs of groups
    assert repr(model[3]) == "WeightOnlyLinear(in_features=64, out_features=4, bias=True, bits=4, group_size=16)"
    assert isinstance(model[2][0], cltorch.ao.nn.quantized.WeightOnlyLinear)
    assert model(cltorch.randn(2, 48)).shape == (2, 4)
    with pytest.raises(ValueError, match="bits"):
        cltorch.ao.nn.quantized.WeightOnlyLinear(4, 4, bits=3)


@pytest.mark.parametrize("rows", [2, 8])
def test_int8_products(rows: int) -> None:
    x, w, scales = (
        RNG.standard_normal((rows, 32), np.float32),
        RNG.integers(-128, 128, (16, 32)),
        np.linspace(0.1, 1, 16),
    )
    found = []
    for m in (torch, cltorch):
        weight = m.tensor(w, dtype=m.int8)
        given, by = m.tensor(x).bfloat16(), m.tensor(scales).bfloat16()
        found.append(m._weight_int8pack_mm(given, weight, by).float().numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=2e-2, atol=1.0)


def test_float_functional() -> None:
    for m in (torch, cltorch):
        f = m.nn.quantized.FloatFunctional() if m is cltorch else m.ao.nn.quantized.FloatFunctional()
        a, b = m.tensor([1.0, -3.0]), m.tensor([1.0, 2.0])
        assert f.add(a, b).tolist() == [2.0, -1.0] and f.add_relu(a, b).tolist() == [2.0, 0.0]
        assert f.cat([a, b]).shape == (4,) and f.mul_scalar(a, 2.0).tolist() == [2.0, -6.0]
        with pytest.raises(RuntimeError, match="forward"):
            f(a)


PROGRAMS = [
    """
from torch.ao.nn import intrinsic
m = fill(intrinsic.ConvBnReLU2d(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU()))
x = R(2, 2, 5, 5)
print(m, m(x), list(m.state_dict()), isinstance(m, intrinsic._FusedModule))
print(intrinsic.LinearTanh(linear=nn.Linear(2, 2), tanh=nn.Tanh()))
a = intrinsic.ConvAddReLU2d(fill(nn.Conv2d(2, 2, 1)), torch.add, nn.ReLU())
print(a, a(x, x), intrinsic.ConvAdd2d(a[0], torch.add)(x, x).sum())
for make in (lambda: intrinsic.ConvReLU1d(nn.Conv2d(2, 3, 3), nn.ReLU()), lambda: intrinsic.ConvBnReLU1d(nn.Conv1d(2, 3, 3), nn.ReLU(), nn.ReLU())):
    try: make()
    except AssertionError as error: print(error)
""",
    """
from torch.ao.nn import qat
from torch.ao.quantization import QConfig
class Rounded(nn.Module):
    def __init__(self, factory_kwargs):
        super().__init__()
        print(factory_kwargs)
    def forward(self, weight):
        return torch.fake_quantize_per_tensor_affine(weight, 0.1, 0, -128, 127)
qconfig = QConfig(activation=nn.Identity, weight=Rounded)
linear = fill(qat.Linear(4, 3, qconfig=qconfig))
x = R(5, 4)
linear(x).sum().backward()
print(linear, linear(x), list(linear.state_dict()), linear.weight.grad, linear.bias.grad, linear.to_float(), isinstance(linear, nn.Linear))
for kind, shape in ((qat.Conv1d, (2, 2, 6)), (qat.Conv2d, (2, 2, 6, 6)), (qat.Conv3d, (1, 2, 4, 4, 4))):
    m = fill(kind(2, 4, 3, padding=1, groups=2, bias=False, padding_mode="circular", qconfig=qconfig))
    x = R(*shape)
    y = m(x)
    y.sum().backward()
    print(m, y.sum(), m.weight.grad.sum(), m.to_float(), m.to_float()(x).sum())
    given = fill(getattr(nn, kind.__name__)(2, 3, 2))
    given.qconfig = qconfig
    made = kind.from_float(given)
    print(made, made.weight is given.weight, made(x).sum())
f = nn.Linear(2, 2)
f.qconfig = None
for make in (lambda: qat.Linear(2, 3), lambda: qat.Conv2d(2, 3, 3), lambda: qat.Linear.from_float(f), lambda: qat.Linear.from_float(nn.ReLU()), lambda: qat.Conv2d.from_float(nn.Conv2d(1, 1, 1))):
    try: make()
    except AssertionError as error: print(error)
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_layers_that_will_be_quantized_as_in_pytorch(program: str) -> None:
    assert_same(program)

"""Functions that make tensors, with all their arguments, beside PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import cltorch
from tests.beside import assert_beside, cases

FILLED = """
m.zeros(size=(2, 3))
m.ones(size=[2])
m.zeros(m.tensor(2), 3)
m.zeros(m.Size([2, 3]), layout=m.strided, pin_memory=False)
m.zeros(2, dtype=float)
m.zeros(2, dtype=int)
m.ones(2, dtype=bool)
m.zeros(2, 3, out=m.empty(0, dtype=m.int32))
m.ones(2, out=m.empty(2), requires_grad=False)
m.full((2, 3), 1, out=m.empty(2, 3))
m.full((2,), m.tensor(3.5))
m.full(size=(2,), fill_value=True)
m.full((2, True), 1.0)
m.zeros(2, True).expand(2, 3).permute(0, True)
m.nn.functional.pad(x, (1, False)).sum((0, True))
m.zeros((True, 2))
m.zeros(True)
m.full((2,), -1, dtype=m.uint8)
m.full((2,), 2.5, dtype=m.int64)
m.zeros_like(x.t())
m.ones_like(x.t()[1:], dtype=m.int64)
m.zeros_like(x.t(), memory_format=m.contiguous_format)
m.zeros_like(x[:, ::2], requires_grad=True)
m.full_like(k, 2.5)
m.full_like(x, 2, layout=m.strided, memory_format=m.preserve_format)
m.zeros_like(v.expand(3, 6))
m.empty(2, 3, 4, 5, memory_format=m.channels_last).stride()
m.empty_strided((2, 3), (1, 2)).stride()
m.rand_like(x.t()).stride()
m.scalar_tensor(3, dtype=m.int64)
x.new_zeros(2, 3)
x.new_ones((2,), dtype=m.int64)
x.new_ones(size=(2,), requires_grad=True)
k.new_full((2,), 3)
x.new_empty(2, 3).shape
k.new_tensor([1, 2.5])
x.new([1, 2])
x.new(2, 3).shape
x.double().new_tensor(3)
"""
RANGES = """
m.arange(m.tensor(0.), 3)
m.arange(5, out=m.empty(5))
m.arange(5, out=m.empty(0, dtype=m.int64))
m.arange(start=1, end=4)
m.arange(1, 4, step=2)
m.arange(1, end=4)
m.arange(5., requires_grad=True)
m.arange(1, 0, -0.3)
m.range(0, 3)
m.range(1, 4, 2)
m.linspace(m.tensor(0.), m.tensor(2.), 5)
m.linspace(0, 10, 4, dtype=m.int32)
m.linspace(0, 1, 5, out=m.empty(5))
m.linspace(3, -3, 11, layout=m.strided)
m.arange(4, out=m.zeros(2, 3)[:, 1:])
m.linspace(0, 3, 4, out=m.zeros(3, 2).t()[:2, :2])
m.logspace(0, 3, 4, out=m.zeros(2, 2))
m.logspace(0, 2, 5, base=2)
m.logspace(0, 2, 5, dtype=m.float64, requires_grad=True)
m.eye(3, 4, out=m.empty(3, 4))
m.eye(n=3, m=2, dtype=m.int64)
m.tril_indices(3, 3)
m.triu_indices(3, 4, 1)
"""
DATA = """
m.tensor([np.array([1., 2.]), np.array([3., 4.])])
m.tensor([np.float32(1), np.float32(2)])
m.tensor([np.float64(1), 2])
m.tensor([m.tensor([1]), m.tensor([2])])
m.tensor([x[0, 0], x[0, 1]])
m.tensor([s.double(), 1])
m.tensor([1, 2], dtype=float)
m.tensor([0j, 2j, 1 << 63, float("nan")], dtype=bool)
m.tensor([0, 1 << 63, float("nan")], dtype=bool)
m.asarray(bytearray(8), dtype=m.int32)
m.asarray(memoryview(np.arange(3.0)), dtype=m.float64)
x.view(m.float32).requires_grad
m.tensor([[1, 2.5], [True, 0]])
m.tensor(range(3))
m.tensor(-1, dtype=m.uint8)
m.tensor(2**62)
m.from_numpy(np.arange(6).reshape(2, 3).T)
m.from_numpy(np.asfortranarray(np.ones((2, 3, 4))))
m.from_numpy(np.array(3.))
m.frombuffer(bytearray(8), dtype=m.int32)
m.frombuffer(np.arange(6.), dtype=m.float64, count=2, offset=8)
m.asarray(x, copy=True) is x
m.asarray(x) is x
m.asarray([1., 2], dtype=m.float64, requires_grad=True)
m.Tensor(2, 3).shape
m.FloatTensor([1, 2])
m.LongTensor(2, 3).shape
m.LongTensor([1, 2])
m.FloatTensor(m.Size([2])).shape
m.Tensor(m.Size([2, 3])).shape, m.Tensor(v.untyped_storage()).shape, m.Tensor((2, 3)).shape
x.new(m.Size([2, 3])).shape, x.new((2, 3)), x.new().shape, x.new([1, 2], device=x.device)
v.new(v.untyped_storage()), v.new(v), v.new(v.storage())
x.new(2.5)
m.Tensor(2.5)
x.new(k)
m.Storage([1, 2]).dtype, m.Storage(3).size()
m._check(False)
m._check(False, "text")
m._check_value(False, lambda: 3)
m._check(x)
m._check(1)
m.tensor(2**63, dtype=m.uint64)
m.LongTensor((6, 0), 1, 1, 0)
copy.deepcopy(v.storage()).tolist(), copy.copy(v.untyped_storage()).size()
copy.deepcopy([v[:2], v.untyped_storage()])[1].tolist()
v[2:2].data_ptr(), m.empty(2, 0).data_ptr(), format(m.empty((), device="meta"))
m.addcmul(v, 2, v, v), v.clone().addcdiv_(3, v, v), m.addcmul(v, v, v, value=2)
m.addcmul(v, v, v, v)
m.ones(6).map_(v.requires_grad_(), lambda a, b: a)
m._check_tensor_all(v)
m.tensor(2**63)
m.Tensor(v, device="cpu")
m.BoolTensor([True])
m.DoubleTensor([1])
"""
RANDOM = """
m.rand(size=(2, 3)).shape
m.randn(size=(2,), dtype=m.float64).dtype
m.randint(5, ()).shape
m.randint(3, 4, (3,), out=m.empty(3, dtype=m.int64))
m.randint(low=3, high=4, size=(3,), dtype=m.float32)
m.randint_like(x, 3, 4)
m.randint_like(k.t(), 1)
m.randint_like(k, low=2, high=3)
m.randn_like(x.t(), generator=None).stride()
m.rand(2, generator=m.Generator()).shape
m.randperm(1, out=m.empty(1, dtype=m.int64))
m.randperm(5, dtype=m.float32).sort()[0]
m.normal(x, 0.)
m.normal(2., m.zeros(3))
m.normal(m.zeros(3), m.zeros(3)).requires_grad
m.normal(mean=0.5, std=m.arange(1., 6.)).shape
m.bernoulli(x, 1.0)
m.bernoulli(m.ones(3))
m.multinomial(m.tensor([0., 1., 0.]), 4, replacement=True)
m.multinomial(m.tensor([[0., 1., 3.], [2., 0., 1.]]), 2).sort(1)[0]
x.exponential_().shape
"""
WRONG = """
m.zeros('a')
m.zeros(2.0)
m.ones(2, dtype='float32')
m.zeros_like([1])
m.rand_like(3)
m.full((2,), 300, dtype=m.uint8)
m.full((2,), float('nan'), dtype=m.int64)
m.full_like(k, 1e30)
m.ones(2, dtype=m.int64, out=m.empty(2))
m.arange()
m.arange('a')
m.arange(0, float('inf'))
m.arange(5, requires_grad=True)
m.linspace(0, 1)
m.tensor('a')
m.tensor([None])
m.tensor(2**63)
m.tensor(300, dtype=m.uint8)
m.tensor([m.tensor([1, 2]), m.tensor([3, 4])])
m.tensor(np.array([1, 2])[::-1])
m.from_numpy(np.arange(3)[::-1])
m.from_numpy([1])
m.rand(3, dtype=m.int64)
m.normal(0., -1., (2,))
m.normal(0., 1.)
m.bernoulli(k)
m.randint(2, 2, (3,))
m.multinomial(m.tensor([1., 1.]), 3)
m.multinomial(m.tensor([1., -1.]), 1)
m.empty(2, 3, memory_format=m.channels_last)
m.LongTensor(x)
x.exponential_(-1.)
"""


@pytest.mark.parametrize("case", [c for text in (FILLED, RANGES, DATA, RANDOM, WRONG) for c in cases(text)])
def test_beside_pytorch(case: str) -> None:
    assert_beside(case)


def test_out_is_what_comes_back_and_its_views_see_it() -> None:
    out = cltorch.empty(2, 3)
    view = out.view(-1)
    assert cltorch.ones(2, 3, out=out) is out
    assert view.tolist() == [1.0] * 6


def test_an_array_is_copied() -> None:
    array = np.zeros(3)
    tensor = cltorch.from_numpy(array)
    array[0] = 1
    assert tensor.tolist() == [0, 0, 0]


def test_tensors_are_made_on_the_device_of_a_with_block() -> None:
    current = cltorch.get_default_device()
    for index in reversed(range(cltorch.opencl.device_count())):
        with cltorch.device("opencl", index) as device:
            assert cltorch.zeros(2).device == device == cltorch.tensor([1]).device == cltorch.rand(2).device
            with device, pytest.raises(KeyError):
                with cltorch.device("opencl", 0):
                    raise KeyError
            assert cltorch.ones(1).device.index == index
    assert cltorch.zeros(2).device == current == cltorch.get_default_device()


@pytest.mark.parametrize("default", ["float64", "float16"])
def test_what_was_recorded_with_another_default_dtype_is_forgotten(default: str) -> None:
    k = cltorch.arange(3)
    assert (k / 2).dtype is cltorch.float32 and k.exp().dtype is cltorch.float32
    cltorch.set_default_dtype(getattr(cltorch, default))
    try:
        assert repr((k / 2).dtype) == repr(k.exp().dtype) == f"torch.{default}"
    finally:
        cltorch.set_default_dtype(cltorch.float32)
    assert (k / 2).dtype is cltorch.float32


@pytest.mark.filterwarnings("ignore:torch.set_default_tensor_type")
def test_default_tensor_type() -> None:
    try:
        cltorch.set_default_tensor_type("torch.DoubleTensor")
        assert cltorch.get_default_dtype() is cltorch.float64
        cltorch.set_default_tensor_type(cltorch.HalfTensor)
        assert cltorch.zeros(1).dtype is cltorch.float16
    finally:
        cltorch.set_default_tensor_type(cltorch.FloatTensor)
    assert cltorch.zeros(1).dtype is cltorch.float32

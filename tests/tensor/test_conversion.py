"""Tensors beside NumPy, Python's numbers and protocols: operators, conversions, copies, pickles, names of types."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import cltorch
from tests.beside import assert_beside, cases

NUMPY = """
x + xa
k - ka
x * np.ones(6)
np.float32(2) * x
np.float64(2.5) * k
np.int64(2) * k
k + np.float64(2.5)
np.float64(2.5) + x[0]
np.exp(x)
np.add(xa, x)
np.isnan(x)
np.argmax(x)
np.sum(x)
np.asarray(x)
np.array(x, dtype=np.float64)
np.asarray(r)
np.allclose(x, xa)
np.concatenate([x, x])
np.zeros(i)
xa[i]
xa[b]
xa[k[0] % 4]
x.numpy().dtype
x.t().numpy()
r.numpy()
r.numpy(force=True)
"""
NUMBERS = """
float(s)
int(i)
complex(s)
float(x)
bool(m.tensor([]))
math.floor(s)
math.sqrt(s)
round(s)
[10, 20, 30, 40][i]
list(range(i))
[1] * i
'ab' * i
'%.2f %d' % (s, i)
f'{s:.3f} {i:d} {x[0]} {s}'
'{:.2%}'.format(s)
divmod(k, 3)
pow(2, k)
x + 'a'
x + None
'a' + x
x == 'a'
x < 'a'
x == None
[1, 2] + x
sum([s, s])
max(s, i)
sorted(v)[0]
5 in k
reversed(x)
list(v)[0]
x.tolist()
b.tolist()
s.item()
x.item()
i.__index__()
x.__index__()
len(s)
iter(s)
"""
FACTS = """
x.is_contiguous(memory_format=m.contiguous_format)
x.view(1, 2, 3, 4).is_contiguous(memory_format=m.channels_last)
x.is_contiguous(memory_format=m.channels_last)
x.is_quantized
x.is_meta
x.is_pinned()
x.is_shared()
x.is_set_to(x)
x.is_inference()
str(x.layout)
str(m.channels_last)
x.untyped_storage().nbytes()
m.tensor(x.untyped_storage(), dtype=x.dtype)
m.tensor(x.untyped_storage(), dtype=m.int16)
m.tensor(x.untyped_storage())
m.tensor(x.storage(), dtype=m.int16)
x.double().type(m.Tensor).dtype
[(s.byteswap(d), s.tolist())[1] for d in (m.float64, m.int16, m.complex64, m.complex128) for s in [m.UntypedStorage(list(range(16)))]]
x.storage().size()
len(x.untyped_storage())
x.storage().data_ptr() == x.t().storage().data_ptr()
x.untyped_storage() == x.clone().untyped_storage()
x[1:].data_ptr() - x.data_ptr()
m.typename(x)
m.is_tensor(x)
m.is_tensor(3)
m.is_storage(x)
m.is_nonzero(s)
m.is_nonzero(x)
isinstance(x, m.FloatTensor)
isinstance(k, m.FloatTensor)
isinstance(k, m.LongTensor)
isinstance(b, (m.BoolTensor, m.ByteTensor))
isinstance(3, m.IntTensor)
x.type()
x.half().type()
str(m.LongTensor)
m.newaxis
x[m.newaxis].shape
m.float32.to_real()
m.broadcast_shapes((2, 1), (3,), 1)
m.broadcast_shapes((2,), (3,))
m.result_type(k, 1.5)
m.backends.cudnn.deterministic
m.backends.mps.is_available()
m.get_float32_matmul_precision()
m.set_float32_matmul_precision('low')
"""


@pytest.mark.parametrize("case", [c for text in (NUMPY, NUMBERS, FACTS) for c in cases(text)])
def test_beside_pytorch(case: str) -> None:
    assert_beside(case)


def test_an_operator_leaves_unknown_operands_to_their_class() -> None:
    class Other:
        def __radd__(self, left: Any) -> str:
            return "mine"

        __rsub__ = __rmul__ = __rpow__ = __rlshift__ = __gt__ = __radd__

    x, other = cltorch.ones(2), Other()
    assert x + other == x - other == x * other == x**other == x << other == "mine"
    assert (x < other) == "mine"
    with pytest.raises(TypeError):
        x / other


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int64", "bool"])
def test_copies_and_pickles_keep_everything(dtype: str) -> None:
    x = cltorch.arange(24).reshape(2, 3, 4).to(getattr(cltorch, dtype)).permute(2, 0, 1)
    for made in (copy.deepcopy(x), copy.copy(x), pickle.loads(pickle.dumps(x))):
        assert made.dtype is x.dtype and made.stride() == x.stride() and cltorch.equal(made, x)
    leaf = cltorch.ones(2, requires_grad=True)
    assert pickle.loads(pickle.dumps(leaf)).requires_grad and copy.deepcopy(leaf).requires_grad


def test_pickles_of_what_belongs_to_tensors() -> None:
    for value in (cltorch.device("opencl", 0), cltorch.Size([1, 2]), cltorch.ones(3).max(0), cltorch.float16):
        again = pickle.loads(pickle.dumps(value))
        assert type(again) is type(value) and repr(again) == repr(value)


def test_a_view_as_another_dtype_shares_the_storage() -> None:
    x = cltorch.ones(2)
    assert x.view(cltorch.float32)._storage is x._storage
    bits = x.view(cltorch.int32)
    assert bits._storage is x._storage
    assert bits.tolist() == np.ones(2, np.float32).view(np.int32).tolist()
    bits[0] = 0
    assert x.tolist() == [0.0, 1.0]


def test_classes_show_where_they_come_from() -> None:
    assert str(cltorch.Tensor) == "<class 'cltorch.Tensor'>"
    assert str(cltorch.device) == "<class 'cltorch.device'>"
    assert np.asarray(cltorch.ones(2)).dtype == np.float32

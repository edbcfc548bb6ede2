"""``cltorch.testing`` beside PyTorch's: what passes, what fails, and the words."""

from __future__ import annotations

import pytest

from tests.beside import cases
from tests.programs import assert_same

CASES = """
close(x, x)
close(x, x + 1)
close(x, x + 1e-7)
close(x, x.double())
close(x, x.double(), check_dtype=False)
close([x, v], (x, v))
close([x], [x, v])
close({'a': x, 'b': [v]}, {'a': x, 'b': [v]})
close({'a': x, 3: x}, {'b': x, 3: x})
close({'a': x}, {'b': x})
close([x, v], [x, v + 1])
close({'k': [x, (v, 1.0)]}, {'k': [x, (v, 2.0)]})
close(1.0, 1.0 + 1e-9)
close(1, 2)
close(1, 0)
close(1e-9, 1e-10, rtol=0, atol=0)
close(1, 1.0)
close(1, 1.0, check_dtype=False)
close(1j, 1j + 1)
close(True, False)
close(float('nan'), float('nan'))
close(float('nan'), float('nan'), equal_nan=True)
close(float('inf'), 1.0)
close(np.float32(1), 1.0, check_dtype=False)
close(np.ones(3), np.zeros(3))
close(np.ones(3), [1.0, 1.0, 1.0])
close(None, None)
close(None, x)
close('a', 'a')
close(x, 1.0)
close(x, v)
close(x, x * 1.0005, rtol=1e-3, atol=1e-3)
close(x, x, rtol=1e-3)
close(x, x, atol=1e-3)
close(torch.tensor([math.nan]), torch.tensor([math.nan]))
close(torch.tensor([math.nan]), torch.tensor([math.nan]), equal_nan=True)
close(torch.tensor([math.inf]), torch.tensor([math.inf]))
close(torch.tensor(1.0), torch.tensor(2.0))
close(x.t(), x.t().contiguous())
close(x.t(), x.t().contiguous(), check_stride=True)
close(k, k)
close(k, k + 1)
close(k.to(torch.uint8), k)
close(k > 2, k > 3)
close(x.half(), x.half() * 1.5)
close(x.bfloat16(), x.bfloat16() * 1.01)
close(x[:0], x[:0])
close(z, z)
close(z, z * (1 + 1e-7))
close(z, z + 1e-3)
close(z, z + torch.tensor(0.5j))
close(z.to(torch.complex128), z.to(torch.complex128) + 1e-9)
close(x.to(torch.float8_e5m2), x.to(torch.float8_e5m2))
close(x, x + 1, msg='mine')
close(x, x + 1, msg=lambda text: 'mine: ' + text)
close(r, x)
close(x, torch.nn.Parameter(x))
close(x, torch.nn.Parameter(x), allow_subclasses=False)
close(x.to_sparse(), x.to_sparse())
close(x.to_sparse(), x.to_sparse() * 2)
close(x.to_sparse(), (x * (x > 0.5)).to_sparse())
close(x.to_sparse(), x)
close(x.to_sparse(), x, check_layout=False)
close(x.to_sparse_csr(), x.to_sparse_csr())
close(x.to_sparse_csr(), x.to_sparse_csr() * 2)
close(x.to_sparse_csc(), x.flip(0).to_sparse_csc())
close(x.to('meta'), (x + 1).to('meta'))
allclose(x, x.double())
allclose([1.0, 2.0], [1.0, 3.0])
allclose(torch.tensor([math.nan]), torch.tensor([math.nan]))
"""

SETTING = """
import math, warnings
from torch.testing import assert_close as close, assert_allclose as allclose
warnings.simplefilter("ignore")
x = torch.tensor([[0.0, 0.5, 1.0], [1.5, -2.0, 0.25]])
v, k, z = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1, 2, 3, 4]), torch.tensor([1.0 + 2.0j, -0.5j, 3.0])
r = x.clone().requires_grad_()
"""

ASKED = """
try:
    print({case})
except Exception as error:
    print(type(error).__name__, error)
"""

MADE = """
from torch.testing import make_tensor
for name in ("uint8", "int8", "int64", "float16", "float32", "float64", "complex64"):
    dtype = getattr(torch, name)
    t = make_tensor((100,), device="cpu", dtype=dtype, exclude_zero=True)
    t = t.real if t.is_complex() else t
    print(t.dtype, bool((t >= -9).all()), bool((t <= 9).all()), bool((t == 0).any()), len(set(t.tolist())) > 5)
t = make_tensor(4, 3, device="cpu", dtype=torch.float32, noncontiguous=True, low=1, high=2, requires_grad=True)
print(t.shape, t.stride(), t.requires_grad, t.is_leaf, bool((t >= 1).all() & (t < 2).all()))
print(make_tensor(2, 3, 4, 5, device="cpu", dtype=torch.float32, memory_format=torch.channels_last).stride())
print(make_tensor((3,), device="cpu", dtype=torch.int64, low=4, high=5), make_tensor((), device="cpu", dtype=torch.bool, low=1))
for given in (dict(low=2, high=1), dict(low=float("nan")), dict(dtype=torch.int8, low=300, high=400), dict(dtype=torch.int8, requires_grad=True), dict(noncontiguous=True, memory_format=torch.channels_last)):
    try:
        make_tensor(2, 2, **{"device": "cpu", "dtype": torch.float32, **given})
    except Exception as error:
        print(type(error).__name__, error)
"""


def told(case: str) -> str:
    return SETTING + ASKED.format(case=case)


@pytest.mark.parametrize("case", cases(CASES))
def test_comparisons(case: str) -> None:
    assert_same(told(case))


def test_tensors_of_random_numbers() -> None:
    assert_same(MADE)

"""Factors of symmetric and Hermitian matrices with pivoting, beside PyTorch's, which are LAPACK's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import cltorch
from tests.beside import result


def matrices(order: int, dtype: torch.dtype) -> np.ndarray:
    """Three matrices: any, one with a diagonal of zeros (blocks of order 2), one with few elements."""
    made = torch.randn(3, order, order, dtype=dtype, generator=torch.Generator().manual_seed(order))
    made[1].diagonal().zero_()
    made[2] *= torch.rand(order, order, generator=torch.Generator().manual_seed(1)) > 0.3
    return (made + made.mH).numpy()


@pytest.mark.parametrize("hermitian", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.complex64, torch.complex128], ids=repr)
@pytest.mark.parametrize("order", [2, 3, 7, 33])
def test_factors_and_solutions(order: int, dtype: torch.dtype, hermitian: bool) -> None:
    a = matrices(order, dtype)
    b = torch.randn(order, 35, dtype=dtype, generator=torch.Generator().manual_seed(2)).numpy()
    limit = 2e-5 if torch.finfo(dtype).bits == 32 else 1e-10
    found = []
    for m in (cltorch, torch):
        LD, pivots, info = m.linalg.ldl_factor_ex(m.tensor(a), hermitian=hermitian)
        X = m.linalg.ldl_solve(LD[:2], pivots[:2], m.tensor(b), hermitian=hermitian)
        found.append((LD.numpy(), pivots.numpy(), info.numpy(), X.numpy()))
    (LD, pivots, info, X), (theirs, *same, solutions) = found
    np.testing.assert_allclose(LD, theirs, atol=limit * max(1, np.abs(theirs).max()))
    np.testing.assert_array_equal(pivots, same[0])
    np.testing.assert_array_equal(info, same[1])
    np.testing.assert_allclose(X, solutions, atol=20 * limit * max(1, np.abs(solutions).max()))


@pytest.mark.parametrize(
    "code",
    [
        "m.linalg.ldl_factor(m.zeros(3))",
        "m.linalg.ldl_factor(x)",
        "m.linalg.ldl_factor(m.zeros(3, 3).half())",
        "m.linalg.ldl_factor(m.zeros(3, 3).int())",
        "m.linalg.ldl_solve(x[:, :4], m.ones(3).int(), x)",
        "m.linalg.ldl_solve(x[:, :4], m.ones(4), x)",
        "m.linalg.ldl_solve(x[:, :4], m.ones(4).int(), x.double())",
        "m.linalg.ldl_solve(x[:, :4], m.ones(4).int(), x[:2])",
    ],
)
def test_errors(code: str) -> None:
    words = []
    for m in (cltorch, torch):
        with pytest.raises((RuntimeError, IndexError)) as caught:
            result(code, m)
        words.append((type(caught.value), str(caught.value)))
    assert words[0] == words[1]


def test_a_zero_block_is_named() -> None:
    assert cltorch.linalg.ldl_factor_ex(cltorch.zeros(2, 3, 3))[2].tolist() == [1, 1]
    with pytest.raises(cltorch.errors.LinAlgError, match=r"Batch element 1\): The diagonal block 2 is zero"):
        cltorch.linalg.ldl_factor(cltorch.stack([cltorch.eye(2), cltorch.diag(cltorch.tensor([1.0, 0.0]))]))

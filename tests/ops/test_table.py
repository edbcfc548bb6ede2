"""Every row of the op table against PyTorch: values, gradients, dtypes, broadcasting, views, in-place, out=, empty, errors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import cltorch
from cltorch.ops.op import TABLE

ROWS = {name: op for name, op in TABLE.items() if op.family == "pointwise" and hasattr(torch, name) and op.method}
SMOOTH = {name: op for name, op in ROWS.items() if op.rule is not None}
ARITHMETIC = ["float32", "float16", "bfloat16", "int32", "int64", "uint8", "int8", "int16", "bool"]
TOLERANCE = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 2e-5, "float64": 1e-11}


def samples(op, shapes, dtype="float32", seed=0):
    """Operands from the row's smooth domain."""
    rng = np.random.default_rng(seed)
    low, high = op.domain
    made = []
    for k, _ in enumerate(p for p in op.signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD):
        shape = shapes[k % len(shapes)]
        if dtype == "bool":
            made.append(rng.integers(0, 2, size=shape).astype(bool))
        elif "int" in dtype:
            made.append(rng.integers(1, 9, size=shape).astype(dtype))
        else:
            made.append(rng.uniform(low, high, size=shape).astype(np.float32))
    return made


def pair(array, dtype, requires_grad=False):
    """The same data on both sides."""
    theirs = torch.tensor(array).to(getattr(torch, dtype))
    ours = cltorch.tensor(array).to(getattr(cltorch, dtype))
    return theirs.requires_grad_(requires_grad), ours.requires_grad_(requires_grad)


def numbers(tensor):
    detached = tensor.detach()
    wide = detached.float() if detached.dtype in (torch.bfloat16, cltorch.bfloat16) else detached
    return wide.numpy(force=True)  # PyTorch's gradients that are zero everywhere have no memory


def assert_same(ours, theirs, dtype="float32", context=""):
    assert repr(ours.dtype) == repr(theirs.dtype), context
    assert tuple(ours.shape) == tuple(theirs.shape), context
    tolerance = TOLERANCE.get(dtype, 2e-5)
    np.testing.assert_allclose(numbers(ours), numbers(theirs), rtol=tolerance, atol=tolerance, err_msg=context)


def apply(module, name, operands):
    return getattr(module, name)(*operands)


@pytest.mark.parametrize("name", ROWS)
def test_values_and_strides(name):
    op = ROWS[name]
    for shapes in ([(3, 5)], [(4, 1, 3), (2, 1)], [()], [(0, 3)], [(17,)]):
        arrays = samples(op, shapes) if not op.dtypes.startswith("integ") else samples(op, shapes, "int32")
        dtype = "int32" if op.dtypes.startswith("integ") else "float32"
        sides = [pair(a, dtype) for a in arrays]
        assert_same(
            apply(cltorch, name, [c for _, c in sides]), apply(torch, name, [t for t, _ in sides]), context=str(shapes)
        )
    arrays = samples(op, [(6, 4)], dtype)
    sides = [pair(a, dtype) for a in arrays]
    ours = apply(cltorch, name, [c.t()[1:, ::2] for _, c in sides])
    theirs = apply(torch, name, [t.t()[1:, ::2] for t, _ in sides])
    assert_same(ours, theirs, context="transposed and sliced")
    assert ours.stride() == theirs.stride()


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("dtype", ARITHMETIC)
def test_dtypes(name, dtype):
    op = ROWS[name]
    sides = [pair(a, dtype) for a in samples(op, [(4, 5)], dtype)]
    try:
        theirs = apply(torch, name, [t for t, _ in sides])
    except RuntimeError:
        with pytest.raises(RuntimeError):
            apply(cltorch, name, [c for _, c in sides])
        return
    assert_same(apply(cltorch, name, [c for _, c in sides]), theirs, dtype)


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients(name):
    op = SMOOTH[name]
    for shapes in ([(3, 4)], [(2, 1, 3), (4, 1)]):
        sides = [pair(a, "float32", True) for a in samples(op, shapes, seed=1)]
        theirs = apply(torch, name, [t for t, _ in sides])
        ours = apply(cltorch, name, [c for _, c in sides])
        weight = np.random.default_rng(2).normal(size=tuple(theirs.shape)).astype(np.float32)
        try:
            (theirs * torch.tensor(weight)).sum().backward()
        except RuntimeError as refused:  # where PyTorch has no gradient for an operand, nor have we
            with pytest.raises(type(refused), match=str(refused)):
                (ours * cltorch.tensor(weight)).sum().backward()
            return
        (ours * cltorch.tensor(weight)).sum().backward()
        for t, c in sides:
            assert (t.grad is None) == (c.grad is None), name
            if t.grad is not None:
                assert_same(c.grad, t.grad, context=name)


@pytest.mark.parametrize("name", [n for n, op in SMOOTH.items() if len(op.tensors) == 1 and n != "lgamma"])
def test_second_gradients(name):
    t, c = pair(samples(SMOOTH[name], [(5,)], seed=3)[0], "float32", True)
    theirs = torch.autograd.grad(apply(torch, name, [t]).sum(), t, create_graph=True)[0]
    ours = cltorch.autograd.grad(apply(cltorch, name, [c]).sum(), c, create_graph=True)[0]
    if not theirs.requires_grad:
        return
    (theirs * theirs).sum().backward()
    (ours * ours).sum().backward()
    np.testing.assert_allclose(c.grad.numpy(), t.grad.numpy(force=True), rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("name", [n for n in ROWS if hasattr(torch.Tensor, f"{n}_")])
def test_inplace(name):
    op = ROWS[name]
    dtype = "int32" if op.dtypes.startswith("integ") else "float32"
    if op.dtypes in ("bool", "logical"):
        dtype = "bool"
    sides = [pair(a, dtype) for a in samples(op, [(3, 4)], dtype, seed=4)]
    t_view, c_view = sides[0][0].t(), sides[0][1].t()
    getattr(sides[0][0], f"{name}_")(*[t for t, _ in sides[1:]])
    result = getattr(sides[0][1], f"{name}_")(*[c for _, c in sides[1:]])
    assert result is sides[0][1]
    assert_same(sides[0][1], sides[0][0])
    assert_same(c_view, t_view)


@pytest.mark.parametrize("name", ROWS)
def test_shape_errors_leave_tensors_alone(name):
    op = ROWS[name]
    if len(op.tensors) < 2:
        with pytest.raises(TypeError):
            getattr(cltorch, name)([1.0])
        return
    dtype = "int32" if op.dtypes.startswith("integ") else "float32"
    arrays = samples(op, [(4, 3), (3, 4)], dtype)
    before = arrays[0].copy()
    ours = [cltorch.tensor(a) for a in arrays]
    words = r"size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 1"
    with pytest.raises(RuntimeError, match=words):
        getattr(cltorch, name)(*ours)
    np.testing.assert_array_equal(ours[0].numpy(), before)


@pytest.mark.parametrize("name", TABLE)
def test_row_is_documented(name):
    assert TABLE[name].doc, name

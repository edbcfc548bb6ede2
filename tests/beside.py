"""The same short program with PyTorch and with cltorch: results, printed text and errors side by side."""

from __future__ import annotations

import contextlib
import copy
import io
import math
import pickle
import warnings
from typing import Any

import numpy as np
import torch

import cltorch

TOLERANCES = {"torch.float16": 2e-3, "torch.bfloat16": 2e-2, "torch.float32": 2e-5, "torch.float64": 1e-6}
TOLERANCES |= {"torch.complex64": 2e-5, "torch.complex128": 1e-6}


def names(m: Any) -> dict[str, Any]:
    """What programs use: ``m`` and ``torch`` (the library), arrays, and tensors made from the same numbers."""
    rng = np.random.default_rng(5)
    x, v = rng.normal(size=(4, 6)).astype(np.float32), rng.normal(size=6).astype(np.float32)
    k = rng.integers(0, 50, size=(4, 6))
    return {
        **{"m": m, "torch": m, "np": np, "math": math, "copy": copy, "pickle": pickle, "xa": x, "ka": k},
        **{"x": m.tensor(x), "v": m.tensor(v), "k": m.tensor(k), "b": m.tensor(k % 3 == 0)},
        **{"s": m.tensor(2.5), "i": m.tensor(3), "r": m.tensor(x).requires_grad_()},
    }


def result(code: str, m: Any) -> tuple[Any, str]:
    """What an expression gives, or what a program leaves in ``R``; and what it prints."""
    space, printed = names(m), io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, of what is deprecated or slow there
        if "\n" in code:
            exec(code, space)
            return space.get("R"), printed.getvalue()
        return eval(code, space), printed.getvalue()


def array(tensor: Any) -> np.ndarray:
    detached = tensor.detach()
    return detached.float().numpy() if repr(detached.dtype) == "torch.bfloat16" else detached.numpy()


def assert_same(ours: Any, theirs: Any) -> None:
    """Tensors of the same dtype, shape, strides and elements, or the same plain values; also in sequences."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, cltorch.Tensor)
        assert repr(ours.dtype) == repr(theirs.dtype)
        assert ours.shape == tuple(theirs.shape)
        assert ours.requires_grad == theirs.requires_grad
        if theirs.numel():
            assert ours.stride() == theirs.stride()
        limit = TOLERANCES.get(repr(theirs.dtype), 0.0)
        np.testing.assert_allclose(array(ours), array(theirs), rtol=limit, atol=limit)
    elif isinstance(theirs, torch.dtype):
        assert repr(ours) == repr(theirs)
    elif isinstance(theirs, (list, tuple)):
        assert isinstance(ours, tuple if isinstance(theirs, tuple) else list)
        assert len(ours) == len(theirs)
        for one, two in zip(ours, theirs, strict=True):
            assert_same(one, two)
    elif isinstance(theirs, (np.ndarray, np.generic)):
        assert type(ours) is type(theirs) and ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    else:
        assert type(ours) is type(theirs)
        assert ours == theirs or (isinstance(theirs, float) and math.isclose(ours, theirs, rel_tol=1e-5))


def assert_beside(code: str) -> None:
    """The program does the same with both, or raises the same class of error."""
    try:
        theirs, text = result(code, torch)
    except Exception as error:
        try:
            result(code, cltorch)
        except Exception as found:
            assert type(found) is type(error), f"{type(found).__name__}: {found}"
            return
        raise AssertionError(f"PyTorch raises {type(error).__name__}: {error}") from error
    ours, own_text = result(code, cltorch)
    assert own_text == text
    assert_same(ours, theirs)


def cases(text: str) -> list[str]:
    """One expression a line."""
    return [line.strip() for line in text.strip().splitlines()]


def programs(text: str) -> list[str]:
    """Programs apart by empty lines."""
    return [part.strip("\n") + "\n" for part in text.strip("\n").split("\n\n")]

"""``assert_close``, as torch.testing has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import dtypes
from .tensor.creation import tensor
from .tensor.tensor import Tensor
from .warned import warn

__all__ = ["assert_allclose", "assert_close"]

TOLERANCES = {
    dtypes.float16: (1e-3, 1e-5),
    dtypes.bfloat16: (1.6e-2, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
}
"""Relative and absolute tolerance where none are given; integers and bools must be equal."""


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Any = None,
) -> None:
    """AssertionError unless tensors, numbers, or sequences and mappings of them are close. See torch.testing.assert_close."""
    if (rtol is None) != (atol is None):
        raise ValueError(
            f"rtol and atol must both be specified or both be unspecified, but got rtol={rtol} and atol={atol}"
        )
    checks = {"device": check_device, "dtype": check_dtype, "stride": check_stride}
    for where, one, two in _pairs(actual, expected, ""):
        if not allow_subclasses and type(one) is not type(two):
            raise TypeError(f"types are not equal: {type(one)} and {type(two)}")
        found = _difference(one, two, rtol, atol, equal_nan, checks)
        if found is not None:
            text = f"{found}\n\nThe failure occurred for item {where}" if where else found
            raise AssertionError(text if msg is None else msg(text) if callable(msg) else msg)


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """`assert_close` that does not look at dtypes and devices, and takes NaNs as equal."""
    warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. Please use "
        "`torch.testing.assert_close()` instead. You can find detailed upgrade instructions in "
        "https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
    )
    assert_close(
        actual,
        expected,
        rtol=rtol,
        atol=atol,
        equal_nan=equal_nan,
        check_device=False,
        check_dtype=False,
        msg=msg or None,
    )


def _pairs(actual: Any, expected: Any, where: str) -> list[tuple[str, Any, Any]]:
    """The tensors and numbers to compare, and where they stand."""
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            raise AssertionError(f"The keys of the mappings do not match:\n{list(actual)}\n{list(expected)}")
        return [p for key in actual for p in _pairs(actual[key], expected[key], f"{where}[{key!r}]")]
    if _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            raise AssertionError(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        pairs = enumerate(zip(actual, expected, strict=True))
        return [p for k, (a, b) in pairs for p in _pairs(a, b, f"{where}[{k}]")]
    if actual is None and expected is None:
        return []
    return [(where, actual, expected)]


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _difference(
    one: Any, two: Any, rtol: float | None, atol: float | None, equal_nan: bool, checks: dict[str, bool]
) -> str | None:
    """What is different, in words; None when nothing is."""
    scalar = not isinstance(one, (Tensor, np.ndarray)) and not isinstance(two, (Tensor, np.ndarray))
    numbers = (int, float, Tensor, np.ndarray, np.generic)
    if not (isinstance(one, numbers) and isinstance(two, numbers)):
        raise TypeError(f"No comparison pair was able to handle inputs of type {type(one)} and {type(two)}.")
    a, b = (t.detach() if isinstance(t, Tensor) else tensor(t, dtype=_kind(t)) for t in (one, two))
    if a.shape != b.shape:
        return f"The values for attribute 'shape' do not match: {a.shape} != {b.shape}."
    for name, wanted in checks.items():
        first, second = (a.stride(), b.stride()) if name == "stride" else (getattr(a, name), getattr(b, name))
        if wanted and first != second:
            return f"The values for attribute '{name}' do not match: {first} != {second}."
    if rtol is None or atol is None:
        limits = [TOLERANCES.get(t.dtype, (0.0, 0.0)) for t in (a, b)]
        rtol, atol = (max(pair[k] for pair in limits) for k in (0, 1))
    return _mismatch(a, b, rtol, atol, equal_nan, scalar)


def _kind(value: Any) -> dtypes.dtype | None:
    return dtypes.float64 if isinstance(value, float) else None


def _mismatch(a: Tensor, b: Tensor, rtol: float, atol: float, equal_nan: bool, scalar: bool) -> str | None:
    kind = dtypes.promote_types(a.dtype, b.dtype)
    a, b = a.to(kind), b.to(b.device if a.device != b.device else None, kind)
    close = a.to(b.device).isclose(b, rtol, atol, equal_nan)
    wrong = close.numel() - int(close.sum().item())
    if not wrong:
        return None
    wide = dtypes.int64 if not kind.is_floating_point else dtypes.float32 if kind.itemsize < 8 else kind
    apart = a.to(b.device).to(wide).sub(b.to(wide)).abs()
    greatest = apart.masked_fill(close, 0).max().item()
    if scalar:
        return f"Scalars are not close!\n\nExpected {b.item()} but got {a.item()}.\nAbsolute difference: {greatest} (up to {atol} allowed)"
    relative = (apart / b.to(wide).abs()).masked_fill(close, 0).max().item()
    title = "Tensor-likes are not equal!" if not (rtol or atol) else "Tensor-likes are not close!"
    return (
        f"{title}\n\nMismatched elements: {wrong} / {close.numel()} ({wrong / close.numel():.1%})\n"
        f"Greatest absolute difference: {greatest} (up to {atol} allowed)\n"
        f"Greatest relative difference: {relative} (up to {rtol} allowed)"
    )

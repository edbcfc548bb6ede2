"""``assert_close``: numbers, tensors, and sequences and mappings of them, compared. See torch.testing.assert_close.

Two steps, as in PyTorch: what is given is taken apart into pairs, which refuses what cannot be compared; then the pairs are
compared one after another, and the first that differs is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np

from .. import dtypes
from ..tensor.creation import as_tensor
from ..tensor.formats import jagged, strided
from ..tensor.tensor import Tensor
from ..warned import warn

TOLERANCES = {
    dtypes.float16: (1e-3, 1e-5),
    dtypes.bfloat16: (1.6e-2, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
    dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}
"""Relative and absolute tolerance where none are given; integers, bools and floats of 8 bits must be equal."""

NUMBERS = {int: dtypes.int64, float: dtypes.float64, complex: dtypes.complex128}
"""The dtype whose tolerances count for a Python number."""

UNSIGNED = (dtypes.uint16, dtypes.uint32, dtypes.uint64)


class Pair(NamedTuple):
    """Two values to compare, and where they stand in what was given."""

    where: tuple[Any, ...]
    actual: Any
    expected: Any


@dataclass
class Rules:
    """What counts as close."""

    rtol: float | None
    atol: float | None
    equal_nan: bool
    checks: dict[str, bool]

    def within(self, *kinds: dtypes.dtype) -> tuple[float, float]:
        """The tolerances that were given, else the loosest of the dtypes."""
        if self.rtol is not None and self.atol is not None:
            return self.rtol, self.atol
        limits = [TOLERANCES.get(kind, (0.0, 0.0)) for kind in kinds]
        return max(r for r, _ in limits), max(a for _, a in limits)


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
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """AssertionError unless tensors, numbers, or sequences and mappings of them are close: |actual - expected| is at most
    atol + rtol * |expected|, by default with the tolerances of the dtype. `msg` stands for the text, or makes one of it.
    See torch.testing.assert_close.

    ValueError where one tolerance is given without the other, TypeError for what cannot be compared (a tensor with a number).
    """
    checks = {"layout": check_layout, "stride()": check_stride, "device": check_device, "dtype": check_dtype}
    rules = Rules(rtol, atol, equal_nan, checks)
    pairs = list(_pairs(Pair((), actual, expected), allow_subclasses))
    if pairs and (rtol is None) != (atol is None):
        lacking = "rtol" if rtol is None else "atol"
        raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {lacking}.")
    for pair in pairs:
        found = _difference(pair, rules)
        if found is not None:
            text = found + _place(pair.where)
            raise AssertionError(text if msg is None else msg(text) if callable(msg) else msg)


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """`assert_close` that does not look at dtypes and devices, takes NaNs as equal, and numbers and lists as tensors."""
    warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. Please use "
        "`torch.testing.assert_close()` instead. You can find detailed upgrade instructions in "
        "https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
    )
    one, two = (value if isinstance(value, Tensor) else as_tensor(value) for value in (actual, expected))
    if rtol is None and atol is None:
        rtol, atol = Rules(None, None, equal_nan, {}).within(one.dtype, two.dtype)
    assert_close(
        one, two, rtol=rtol, atol=atol, equal_nan=equal_nan, check_device=False, check_dtype=False, msg=msg or None
    )


def _pairs(given: Pair, subclasses: bool) -> Iterator[Pair]:
    """What is compared: the leaves of sequences and mappings."""
    where, one, two = given
    if _is_sequence(one) and _is_sequence(two):
        if len(one) != len(two):
            raise AssertionError(f"The length of the sequences mismatch: {len(one)} != {len(two)}{_place(where)}")
        for k in range(len(one)):
            yield from _pairs(Pair((*where, k), one[k], two[k]), subclasses)
    elif isinstance(one, Mapping) and isinstance(two, Mapping):
        for key in _keys(given):
            yield from _pairs(Pair((*where, key), one[key], two[key]), subclasses)
    else:
        yield _leaf(given, subclasses)


def _keys(given: Pair) -> list[Any]:
    """The keys of two mappings, in order where they have one."""
    ours, theirs = set(given.actual.keys()), set(given.expected.keys())
    if ours != theirs:
        raise AssertionError(
            f"The keys of the mappings do not match:\nMissing keys in the actual mapping: {sorted(theirs - ours)}\n"
            f"Additional keys in the actual mapping: {sorted(ours - theirs)}{_place(given.where)}"
        )
    keys = list(ours)
    with suppress(TypeError):
        keys.sort()
    return keys


def _leaf(given: Pair, subclasses: bool) -> Pair:
    """Two values of one kind (Nones, bools, numbers, tensors or what becomes one); TypeError for others."""
    where, one, two = given
    bools, numbers = (bool, np.bool_), (int, float, complex, np.number)
    if one is None or two is None:
        return given
    for kinds in (bools, numbers):
        if isinstance(one, kinds) and isinstance(two, kinds):
            return Pair(where, *(value.item() if isinstance(value, np.generic) else value for value in (one, two)))
    related = isinstance(one, type(two)) or isinstance(two, type(one))
    if related and (subclasses or type(one) is type(two)):
        with suppress(TypeError, ValueError, RuntimeError):  # of the conversion: what is no tensor is refused below
            return Pair(where, *(t.detach() if isinstance(t, Tensor) else as_tensor(t) for t in (one, two)))
    raise TypeError(f"No comparison pair was able to handle inputs of type {type(one)} and {type(two)}.{_place(where)}")


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _place(where: tuple[Any, ...]) -> str:
    return f"\n\nThe failure occurred for item {''.join(str([step]) for step in where)}" if where else ""


def _difference(pair: Pair, rules: Rules) -> str | None:
    """What is different, in words; None when nothing is."""
    one: Any
    two: Any
    _, one, two = pair
    if one is None or two is None:
        return None if one is two else f"None mismatch: {one} is not {two}"
    if isinstance(one, bool) and isinstance(two, bool):
        return None if one is two else f"Booleans mismatch: {one} is not {two}"
    if not isinstance(one, Tensor):
        return _of_numbers(one, two, rules)
    found = _of_attributes(one, two, rules.checks)
    if found is not None or "meta" in (one.device.type, two.device.type):
        return found
    rtol, atol = rules.within(one.dtype, two.dtype)
    one, two = _alike(one, two)
    for name, a, b, exact in _parts(one, two):
        if a.shape != b.shape:
            kind = name.split()[1]  # of "Sparse COO values"
            return (
                f"The number of specified values in sparse {kind} tensors does not match: {one._nnz()} != {two._nnz()}"
            )
        found = _mismatch(a, b, 0.0 if exact else rtol, 0.0 if exact else atol, rules.equal_nan, name)
        if found is not None:
            return found
    return None


def _of_numbers(one: Any, two: Any, rules: Rules) -> str | None:
    """What is different between two Python numbers."""
    if rules.checks["dtype"] and type(one) is not type(two):
        return f"The (d)types do not match: {type(one)} != {type(two)}."
    rtol, atol = rules.within(*(NUMBERS[kind] for value in (one, two) for kind in NUMBERS if type(value) is kind))
    nan = rules.equal_nan and one != one and two != two
    apart = abs(one - two)
    if one == two or nan or (apart < inf and apart <= atol + rtol * abs(two)):
        return None
    return _of_scalars(one, two, rtol, atol, "Scalars")


def _of_attributes(one: Tensor, two: Tensor, checks: dict[str, bool]) -> str | None:
    """Which of shape, layout, strides, device and dtype differs."""
    if one.shape != two.shape:
        return f"The values for attribute 'shape' do not match: {one.shape} != {two.shape}."
    both_strided = one.layout is strided and two.layout is strided
    for name, wanted in checks.items():
        if not wanted or (name == "stride()" and not both_strided):
            continue
        a, b = (t.stride() if name == "stride()" else getattr(t, name) for t in (one, two))
        if a != b:
            return f"The values for attribute '{name}' do not match: {a} != {b}."
    return None


def _alike(one: Tensor, two: Tensor) -> tuple[Any, Any]:
    """Both on one device, of one dtype and one layout."""
    if one.device != two.device:
        one, two = one.cpu(), two.cpu()
    if one.dtype is not two.dtype:
        kind = dtypes.promote_types(*(dtypes.int64 if t.dtype in UNSIGNED else t.dtype for t in (one, two)))
        one, two = one.to(kind), two.to(kind)
    if one.layout is not two.layout:
        one, two = (t if t.layout is strided else t.to_dense() for t in (one, two))
    return one, two


def _parts(one: Any, two: Any) -> list[tuple[str, Tensor, Tensor, bool]]:
    """The strided tensors that make up two of one layout: their names, both, and whether they must be equal."""
    layout = str(one.layout).removeprefix("torch.").removeprefix("cltorch.")
    if one.layout is strided:
        return [("Tensor-likes", one, two, False)]
    if one.layout is jagged:
        return [("Tensor-likes", one.values(), two.values(), False)]
    if layout == "sparse_coo":
        return [
            ("Sparse COO indices", one._indices(), two._indices(), True),
            ("Sparse COO values", one._values(), two._values(), False),
        ]
    name = f"Sparse {layout.removeprefix('sparse_').upper()}"
    plain = ("crow_indices", "col_indices") if name[-1] == "R" else ("ccol_indices", "row_indices")
    indices = [(f"{name} {part}", getattr(one, part)(), getattr(two, part)(), True) for part in plain]
    return [*indices, (f"{name} values", one.values(), two.values(), False)]


def _mismatch(a: Tensor, b: Tensor, rtol: float, atol: float, equal_nan: bool, name: str) -> str | None:
    """How many elements of two strided tensors differ, where most, and by how much; None where none does."""
    small = a.dtype.is_floating_point and a.dtype.itemsize == 1
    if small and (rtol or atol):
        return (
            f"Rtol={rtol} and atol={atol} are not supported for bitwise comparison of low dimensional floats."
            " Please use rtol=0.0 and atol=0.0."
        )
    close = a.isclose(b, rtol, atol, equal_nan)
    wrong = close.numel() - int(close.sum().item())
    if not wrong:
        return None
    if a.dim() == 0:
        return _of_scalars(a.item(), b.item(), rtol, atol, "Scalars" if name == "Tensor-likes" else name)
    share = f"Mismatched elements: {wrong} / {close.numel()} ({wrong / close.numel():.1%})\n"
    if small:
        first = tuple((~close).nonzero()[0].tolist())
        return f"{name} are not 'equal'!\n\n{share}The first mismatched element is at index {first}."
    if not (a.is_floating_point() or a.is_complex()):
        a, b = a.to(dtypes.int64), b.to(dtypes.int64)
    apart = (a - b).abs().masked_fill(close, 0)
    ratio = (apart / b.abs()).masked_fill(close, 0)
    worst = [(t.flatten().max(0), t.shape) for t in (apart, ratio)]
    at = [tuple(int(k) for k in np.unravel_index(int(found.indices), shape)) for found, shape in worst]
    return (
        _title(name, rtol, atol)
        + share
        + "\n".join(
            f"Greatest {kind} difference: {found.values.item()} at index {place}{_allowed(limit, rtol, atol)}"
            for kind, (found, _), place, limit in zip(("absolute", "relative"), worst, at, (atol, rtol), strict=True)
        )
    )


def _of_scalars(one: Any, two: Any, rtol: float, atol: float, name: str) -> str:
    """That two numbers differ, and by how much."""
    apart = abs(one - two)
    ratio = apart / abs(two) if two else inf
    return (
        f"{_title(name, rtol, atol)}Expected {two} but got {one}.\n"
        f"Absolute difference: {apart}{_allowed(atol, rtol, atol)}\n"
        f"Relative difference: {ratio}{_allowed(rtol, rtol, atol)}"
    )


def _title(name: str, rtol: float, atol: float) -> str:
    return f"{name} are not {'close' if rtol or atol else 'equal'}!\n\n"


def _allowed(limit: float, rtol: float, atol: float) -> str:
    return f" (up to {limit} allowed)" if rtol or atol else ""

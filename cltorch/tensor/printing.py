"""Tensors as PyTorch prints them: torch.set_printoptions tells what can be chosen.

A large tensor is summarized: of every dimension longer than ``2 * edgeitems`` only the edges are shown, so only they
are fetched from the device (`edge_dims`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dtypes
from ..autograd.duals import LIVE
from ..autograd.forward_ad import unpack_dual
from ..dtypes import dtype as DType
from ..runtime import device as devices
from ..runtime.nowhere import META

if TYPE_CHECKING:
    from .tensor import Tensor

Shape = tuple[int, ...]
SCIENTIFIC_RATIO = 1e3  # of the largest to the smallest magnitude, above which the notation is scientific
SCIENTIFIC_ABOVE = 1e8
SCIENTIFIC_BELOW = 1e-4


@dataclass(slots=True)
class Options:
    """What `set_printoptions` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


OPTIONS = Options()
PROFILES: dict[str | None, dict[str, float]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """How tensors are printed; what is None stays as it is, but for ``sci_mode``.

    Args:
        precision: digits after the point.
        threshold: number of elements above which a tensor is summarized.
        edgeitems: how many elements at each end of a dimension a summary shows.
        linewidth: characters in a line.
        profile: ``default``, ``short`` or ``full``: values for the four above.
        sci_mode: whether to use scientific notation; None lets the elements' magnitudes decide.
    """
    named = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen = {name: value for name, value in named.items() if value is not None}
    for name, value in {**PROFILES.get(profile, {}), **chosen}.items():
        setattr(OPTIONS, name, value)
    OPTIONS.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The current options by name, fit for ``set_printoptions(**options)``."""
    return asdict(OPTIONS)


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """`set_printoptions` for the length of a ``with`` block."""
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


# --- elements -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notation:
    """How all elements of one tensor are written: a format, what follows finite elements, and the common width."""

    spec: str
    suffix: str
    width: int

    def text(self, element: Any) -> str:
        """One element, padded to the common width."""
        text = format(element, self.spec) if self.spec else str(element)
        if self.suffix and math.isfinite(element):
            text += self.suffix
        return text.rjust(self.width)


@dataclass(frozen=True, slots=True)
class ComplexNotation:
    """How complex elements are written: the notations of their real and imaginary parts."""

    real: Notation
    imag: Notation

    @property
    def width(self) -> int:
        """The common width."""
        return self.real.width + self.imag.width + 1

    def text(self, element: complex) -> str:
        """One element; its imaginary part is not padded."""
        imag = self.imag.text(element.imag).lstrip()
        return f"{self.real.text(element.real)}{'' if imag[0] in '+-' else '+'}{imag}j"


def notation_of(elements: np.ndarray) -> Notation | ComplexNotation:
    """The notation of a tensor whose shown elements are these (float64, complex128, integers or bools).

    Zeros, infinities and NaNs neither choose the notation nor widen the columns.
    """
    if elements.dtype.kind == "c":
        return ComplexNotation(notation_of(elements.real), notation_of(elements.imag))  # type: ignore[arg-type]
    if elements.dtype.kind != "f":
        return Notation("", "", max((len(str(element)) for element in elements.ravel().tolist()), default=1))
    counted = elements[np.isfinite(elements) & (elements != 0)]
    if not counted.size:
        return Notation(".0f", ".", 1)
    sizes = np.abs(counted)
    if _is_scientific(sizes.min(), sizes.max()):
        spec, suffix = f".{OPTIONS.precision}e", ""
    elif (counted == np.ceil(counted)).all():
        spec, suffix = ".0f", "."
    else:
        spec, suffix = f".{OPTIONS.precision}f", ""
    return Notation(spec, suffix, max(len(format(element, spec)) for element in counted.tolist()) + len(suffix))


def _is_scientific(least: np.float64, most: np.float64) -> bool:
    if OPTIONS.sci_mode is not None:
        return OPTIONS.sci_mode
    with np.errstate(over="ignore"):
        return bool(most / least > SCIENTIFIC_RATIO or most > SCIENTIFIC_ABOVE or least < SCIENTIFIC_BELOW)


# --- summaries --------------------------------------------------------------------------------------------------------


def edge_dims(shape: Shape) -> Shape:
    """The dimensions of which a print shows only the first and the last ``edgeitems`` positions."""
    if math.prod(shape) <= OPTIONS.threshold:
        return ()
    return tuple(d for d, n in enumerate(shape) if n > 2 * OPTIONS.edgeitems)


def _body(elements: np.ndarray, cut: Shape, notation: Notation | ComplexNotation, indent: int, dim: int = 0) -> str:
    """The nested brackets of dimensions ``dim`` and up; ``cut`` lists the dimensions of which only edges are given."""
    if elements.ndim == 0:
        return notation.text(elements.item())
    if elements.ndim == 1:
        parts = [notation.text(element) for element in elements.tolist()]
        per_line = max(1, (OPTIONS.linewidth - indent) // (notation.width + 2))
        gap, ellipsis = "\n", " ..."
    else:
        parts = [_body(part, cut, notation, indent + 1, dim + 1) for part in elements]
        per_line, gap, ellipsis = 1, "\n" * (elements.ndim - 1), "..."
    if dim in cut:
        parts.insert(OPTIONS.edgeitems, ellipsis)
    lines = [", ".join(parts[k : k + per_line]) for k in range(0, len(parts), per_line)]
    return "[" + ("," + gap + " " * (indent + 1)).join(lines) + "]"


# --- whole tensors ----------------------------------------------------------------------------------------------------


def tensor_repr(
    elements: np.ndarray,
    shape: Shape,
    dtype: DType,
    *,
    device: str | None = None,
    requires_grad: bool = False,
    grad_fn: str | None = None,
    prefix: str = "tensor(",
    tangent: str | None = None,
) -> str:
    """What ``repr`` gives for a tensor.

    Args:
        elements: all elements, or of the dimensions in ``edge_dims(shape)`` the first and last ``edgeitems`` positions.
        shape: the tensor's shape.
        dtype: its element type; left out of the text where the elements tell it.
        device: the device's name if it is to be printed.
        requires_grad: whether it is a leaf that requires gradients.
        grad_fn: the name of the node that made it, if any.
        prefix: what stands before the elements, with the bracket.
        tangent: its direction, of a dual tensor.
    """
    empty = 0 in shape
    suffixes = [] if device is None else [f"device='{device}'"]
    if (len(shape) != 1) if empty else not OPTIONS.edgeitems:
        suffixes.append(f"size={tuple(shape)}")
    default = dtypes.get_default_dtype()
    if dtype not in ((default,) if empty else (default, default.to_complex())) and (
        empty or dtype not in (dtypes.int64, dtypes.bool)
    ):
        suffixes.append(f"dtype={dtype}")
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")
    cut = edge_dims(shape)
    if empty:
        body = "[]"
    elif cut and not OPTIONS.edgeitems:
        body = "[...]"
    else:
        wide = elements.astype({"floating": np.float64, "complex": np.complex128}.get(dtype.kind, elements.dtype))
        body = _body(wide, cut, notation_of(wide), len(prefix))
    return with_suffixes(prefix + body, suffixes, len(prefix))


def with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    """The closing bracket after the suffixes, each on a line of its own where it would pass the line width."""
    used = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if used + len(suffix) + 2 > OPTIONS.linewidth:
            text += ",\n" + " " * indent + suffix
            used = indent + len(suffix)
        else:
            text += ", " + suffix
            used += len(suffix) + 2
    return text + ")"


def node_text(node: Any) -> str:
    """How a print shows a node: by its name, without the namespace."""
    return node.name().rpartition("::")[2]


def _device_text(tensor: Tensor) -> str | None:
    """The device's name where it is worth printing: not that of the current device, nor ``cpu`` under PyTorch's name."""
    named = tensor.device
    usual = tensor._cl_meta.device is devices.default() if named.type == "opencl" else named.type == "cpu"
    return None if usual else str(named)


def _meta_text(tensor: Tensor, prefix: str) -> str:
    """A tensor without elements."""
    suffixes = ["device='meta'", f"size={tuple(tensor.shape)}"]
    if tensor.dtype is not dtypes.get_default_dtype():
        suffixes.append(f"dtype={tensor.dtype}")
    if tensor.grad_fn is not None:
        suffixes.append(f"grad_fn=<{node_text(tensor.grad_fn)}>")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    return with_suffixes(f"{prefix}...", suffixes, len(prefix))


def tensor_text(tensor: Tensor, prefix: str = "tensor(", directed: bool = True) -> str:
    """``repr(tensor)``: fetches what is shown, and names the device unless it is the current one; if ``directed`` with its tangent."""
    meta = tensor._cl_meta
    shown = tensor.detach()
    if meta.device is META:
        return _meta_text(tensor, prefix)
    edge = OPTIONS.edgeitems
    for d in edge_dims(meta.shape):
        n = meta.shape[d]
        shown = shown._joined([shown.narrow(d, 0, edge), shown.narrow(d, n - edge, edge)], d)
    direction = None
    try:
        node = tensor.grad_fn
        name = None if node is None else node_text(node)
        if LIVE and directed:
            direction = unpack_dual(tensor).tangent
    except RuntimeError:  # of a view that was made under no_grad, and written since
        name = "Invalid"
    return tensor_repr(
        shown._host(),
        meta.shape,
        meta.dtype,
        device=_device_text(tensor),
        requires_grad=tensor.requires_grad,
        grad_fn=name,
        prefix=prefix,
        tangent=None if direction is None else tensor_text(direction, directed=False),
    )

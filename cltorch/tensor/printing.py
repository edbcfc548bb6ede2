"""Tensors as PyTorch prints them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dtypes

if TYPE_CHECKING:
    from .tensor import Tensor


@dataclass(slots=True)
class Options:
    """What `set_printoptions` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


OPTIONS = Options()
PROFILES = {
    "default": (4, 1000, 3, 80),
    "short": (2, 1000, 2, 80),
    "full": (4, math.inf, 3, 80),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """How tensors are printed: digits, when to summarize, how much of the edges, line width, scientific notation."""
    if profile is not None:
        OPTIONS.precision, OPTIONS.threshold, OPTIONS.edgeitems, OPTIONS.linewidth = PROFILES[profile]
    for name, value in (("precision", precision), ("threshold", threshold), ("edgeitems", edgeitems), ("linewidth", linewidth)):
        if value is not None:
            setattr(OPTIONS, name, value)
    OPTIONS.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The current options by name."""
    return {name: getattr(OPTIONS, name) for name in Options.__slots__}


class _Formatter:
    """Width and notation that all elements of one tensor share."""

    def __init__(self, elements: np.ndarray, floating: bool) -> None:
        self.floating = floating
        self.integral = True
        self.scientific = False
        self.width = 1
        if not floating:
            self.width = max((len(str(e)) for e in elements.tolist()), default=1)
            return
        values = np.abs(elements[np.isfinite(elements) & (elements != 0)].astype(np.float64))
        if not values.size:
            self.width = max((len(self.text(e)) for e in elements.tolist()), default=1)
            return
        self.integral = bool((values == np.ceil(values)).all())
        high, low = values.max(), values.min()
        if self.integral:
            self.scientific = bool(high / low > 1000.0 or high > 1.0e8)
        else:
            self.scientific = bool(high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4)
        if OPTIONS.sci_mode is not None:
            self.scientific = OPTIONS.sci_mode
        self.width = max(len(self.text(e)) for e in elements.tolist())

    def text(self, value: Any) -> str:
        """One element without padding."""
        if not self.floating:
            return str(value)
        if self.scientific:
            return f"{value:.{OPTIONS.precision}e}"
        if self.integral:
            text = f"{value:.0f}"
            return text + "." if math.isfinite(value) else text
        return f"{value:.{OPTIONS.precision}f}"

    def format(self, value: Any) -> str:
        """One element, padded."""
        return self.text(value).rjust(self.width)


def _vector(row: np.ndarray, indent: int, formatter: _Formatter, summarize: bool) -> str:
    element_length = formatter.width + 2
    per_line = max(1, math.floor((OPTIONS.linewidth - indent) / element_length))
    edge = OPTIONS.edgeitems
    if summarize and not edge:
        parts = ["..."]
    elif summarize and row.shape[0] > 2 * edge:
        parts = [
            *(formatter.format(v) for v in row[:edge].tolist()),
            " ...",
            *(formatter.format(v) for v in row[-edge:].tolist()),
        ]
    else:
        parts = [formatter.format(v) for v in row.tolist()]
    lines = [parts[i : i + per_line] for i in range(0, len(parts), per_line)] or [[]]
    return "[" + ("," + "\n" + " " * (indent + 1)).join(", ".join(line) for line in lines) + "]"


def _nested(array: np.ndarray, indent: int, formatter: _Formatter, summarize: bool) -> str:
    if array.ndim == 0:
        return formatter.format(array.item())
    if array.ndim == 1:
        return _vector(array, indent, formatter, summarize)
    edge = OPTIONS.edgeitems
    if summarize and array.shape[0] > 2 * edge:
        parts = [
            *(_nested(array[i], indent + 1, formatter, summarize) for i in range(edge)),
            "...",
            *(_nested(array[i], indent + 1, formatter, summarize) for i in range(array.shape[0] - edge, array.shape[0])),
        ]
    else:
        parts = [_nested(part, indent + 1, formatter, summarize) for part in array]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def _edges(tensor: Tensor) -> np.ndarray:
    """The elements that a summary shows, gathered on the device, with one filler between the edges."""
    edge = OPTIONS.edgeitems
    picked = tensor.detach()
    for d, n in enumerate(picked._meta.shape):
        if n > 2 * edge:
            picked = picked._joined([picked.narrow(d, 0, edge), picked.narrow(d, n - edge, edge)], d)
    return picked._host()


def _summary(array: np.ndarray, shape: tuple[int, ...], indent: int, formatter: _Formatter) -> str:
    """`_nested` for an array of edges that stands for a tensor of ``shape``."""
    edge = OPTIONS.edgeitems
    if len(shape) == 1:
        if shape[0] <= 2 * edge:
            return _vector(array, indent, formatter, False)
        padded = np.concatenate([array[:edge], array[:1], array[edge:]]) if edge else array
        return _vector(padded, indent, formatter, True)
    parts = [_summary(part, shape[1:], indent + 1, formatter) for part in array]
    if shape[0] > 2 * edge:
        parts.insert(edge, "...")
    return "[" + ("," + "\n" * (len(shape) - 1) + " " * (indent + 1)).join(parts) + "]"


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def tensor_text(tensor: Tensor, prefix: str = "tensor(") -> str:
    """What ``repr(tensor)`` gives."""
    indent = len(prefix)
    meta = tensor._meta
    dtype = meta.dtype
    default = dtype in (dtypes.get_default_dtype(), dtypes.int64, dtypes.bool)
    suffixes = []
    if meta.device.index != 0:
        suffixes.append(f"device='{meta.device}'")
    if meta.view.numel == 0:
        if len(meta.shape) != 1:
            suffixes.append(f"size={tuple(meta.shape)}")
        if dtype is not dtypes.get_default_dtype():
            suffixes.append(f"dtype={dtype}")
        body = "[]"
    else:
        if not default:
            suffixes.append(f"dtype={dtype}")
        summarize = meta.view.numel > OPTIONS.threshold
        array = _wide(_edges(tensor) if summarize else tensor._host())
        formatter = _Formatter(array.reshape(-1), dtype.is_floating_point)
        body = _summary(array, meta.shape, indent, formatter) if summarize and array.ndim else _nested(array, indent, formatter, False)
    node = tensor.grad_fn
    if node is not None:
        suffixes.append(f"grad_fn=<{node.name}>")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    return _joined_suffixes(prefix + body, suffixes, indent)


def _joined_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    """Suffixes after the body, on a new line when they would pass the line width."""
    last = len(text) - text.rfind("\n") + 1
    parts = [text]
    for suffix in suffixes:
        if last + len(suffix) + 2 > OPTIONS.linewidth:
            parts.append(",\n" + " " * indent + suffix)
            last = indent + len(suffix)
        else:
            parts.append(", " + suffix)
            last += len(suffix) + 2
    return "".join(parts) + ")"

"""Tensors of quantized dtypes: whole numbers k that stand for ``scale * (k - zero_point)``, with one scale or one for each position along an axis.

They are kept, viewed, moved, saved, and turned into floats and back. Nothing is computed with them: other ops raise NotImplementedError.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import dtypes
from ..ops.arguments import also_named, is_tensor
from ..ops.asking import _disabled_torch_function_impl
from ..ops.names import public
from .printing import with_suffixes
from .sizes import Size
from .storages import TypedStorage
from .tensor import Tensor

__all__ = ["QDtype", "QuantizedTensor", "qint8", "qint32", "qscheme", "quint8"]


class QDtype(NamedTuple):
    """A quantized dtype by name. See torch.qint8."""

    name: str

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    @property
    def ints(self) -> dtypes.dtype:
        """The dtype of the whole numbers."""
        return getattr(dtypes, self.name[1:])  # type: ignore[no-any-return]

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return self.ints.itemsize

    @property
    def title(self) -> str:
        """The name in names of storages, and in messages."""
        return self.name.replace("q", "Q").replace("u", "U").replace("int", "Int")


qint8, quint8, qint32 = QDtype("qint8"), QDtype("quint8"), QDtype("qint32")
OF_INTS = {one.ints: one for one in (qint8, quint8, qint32)}
_RANGES = {qint8: (-128, 127), quint8: (0, 255), qint32: (-(1 << 31), (1 << 31) - 1)}


class qscheme(NamedTuple):
    """How whole numbers stand for others. See torch.qscheme."""

    name: str

    def __repr__(self) -> str:
        return f"torch.{self.name}"


per_tensor_affine, per_channel_affine = qscheme("per_tensor_affine"), qscheme("per_channel_affine")
per_tensor_symmetric, per_channel_symmetric = qscheme("per_tensor_symmetric"), qscheme("per_channel_symmetric")
per_channel_affine_float_qparams = qscheme("per_channel_affine_float_qparams")
SCHEMES = (
    per_tensor_affine,
    per_channel_affine,
    per_tensor_symmetric,
    per_channel_symmetric,
    per_channel_affine_float_qparams,
)


class QuantizedError(AttributeError, NotImplementedError):
    """An op that tensors of quantized dtypes do not have."""


class QuantizedTensor(Tensor):
    """Whole numbers (``_ints``) with their scale and zero point: two numbers, or vectors along ``_axis``."""

    __slots__ = ()
    __module__ = "cltorch"
    __torch_function__ = _disabled_torch_function_impl  # type: ignore[assignment]

    _ints: Tensor
    _scale: Any
    _zero: Any
    _axis: int | None

    def __getattr__(self, name: str) -> Any:
        raise QuantizedError(f"this is not implemented for tensors of {self.dtype}; dequantize() gives one of floats")

    def _apply_sparse(self, name: str, operands: tuple[Any, ...]) -> Any:
        """What a pointwise op gives (asked by `tensor.apply.call`): nothing is computed of whole numbers that stand for others."""
        raise NotImplementedError(
            f"'{name}' is not implemented for tensors of {self.dtype}; dequantize() gives one of floats"
        )

    def _with(self, ints: Tensor, axis: int | None = None) -> QuantizedTensor:
        return of_ints(ints, self._scale, self._zero, axis if self._axis is not None else None)

    # --- what it is ----------------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The sizes of all dimensions."""
        return self._ints.shape

    @property
    def dtype(self) -> Any:
        """The quantized dtype."""
        return OF_INTS[self._ints.dtype]

    @property
    def device(self) -> Any:
        """The device that holds the elements."""
        return self._ints.device

    @property
    def layout(self) -> Any:
        """The layout: strided."""
        return self._ints.layout

    is_quantized = True  # type: ignore[assignment]
    requires_grad = False  # type: ignore[assignment]
    is_leaf = True  # type: ignore[assignment]
    is_sparse = False  # type: ignore[assignment]
    grad = grad_fn = None  # type: ignore[assignment]

    def size(self, dim: int | None = None) -> Any:
        """All sizes, or that of one dimension."""
        return self._ints.size(dim)

    def stride(self, dim: int | None = None) -> Any:
        """Steps in elements."""
        return self._ints.stride(dim)

    def storage_offset(self) -> int:
        """Where in its storage it begins."""
        return self._ints.storage_offset()

    def dim(self) -> int:
        """The number of dimensions."""
        return self._ints.dim()

    ndimension = dim
    ndim = property(dim)

    def numel(self) -> int:
        """The number of elements."""
        return self._ints.numel()

    nelement = numel

    def element_size(self) -> int:
        """Bytes of an element."""
        return self._ints.element_size()

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether elements lie in the order of the dimensions."""
        return self._ints.is_contiguous()

    def is_floating_point(self) -> bool:
        """False."""
        return False

    def __len__(self) -> int:
        return len(self._ints)

    # --- what it holds -------------------------------------------------------------------------------------------------------

    def qscheme(self) -> Any:
        """``per_tensor_affine`` or ``per_channel_affine``."""
        return per_tensor_affine if self._axis is None else per_channel_affine

    def int_repr(self) -> Tensor:
        """The whole numbers. See torch.Tensor.int_repr."""
        return self._ints.clone()

    def dequantize(self) -> Tensor:
        """The float32 numbers that they stand for. See torch.Tensor.dequantize."""
        steps = self._ints.to(dtypes.int64)
        if self._axis is None:
            return (steps - self._zero).to(dtypes.float32) * self._ints.new_tensor(self._scale, dtype=dtypes.float32)
        scale, zero = (_along(t, self._axis, self.dim()) for t in (self._scale, self._zero))
        return (steps - zero).to(dtypes.float32) * scale.to(dtypes.float32)

    def _need(self, axis: bool) -> None:
        if (self._axis is not None) is not axis:
            kind = "kPerChannelAffine" if axis else "kPerTensorAffine"
            raise RuntimeError(
                f"Expected quantizer->qscheme() == {kind} to be true, but got false: it is {self.qscheme()}"
            )

    def q_scale(self) -> float:
        """The scale of a tensor that has one. RuntimeError for others."""
        self._need(False)
        return self._scale  # type: ignore[no-any-return]

    def q_zero_point(self) -> int:
        """The zero point of a tensor that has one. RuntimeError for others."""
        self._need(False)
        return self._zero  # type: ignore[no-any-return]

    def q_per_channel_scales(self) -> Tensor:
        """The scales along the axis, float64. RuntimeError for a tensor that has one scale."""
        self._need(True)
        return self._scale  # type: ignore[no-any-return]

    def q_per_channel_zero_points(self) -> Tensor:
        """The zero points along the axis, int64. RuntimeError for a tensor that has one."""
        self._need(True)
        return self._zero  # type: ignore[no-any-return]

    def q_per_channel_axis(self) -> int:
        """The axis of scales. RuntimeError for a tensor that has one scale."""
        self._need(True)
        return self._axis  # type: ignore[return-value]

    def item(self) -> Any:
        """The only element, as a float."""
        return self.dequantize().item()

    def tolist(self) -> Any:
        """NotImplementedError, as there is no number of a quantized dtype."""
        raise NotImplementedError(f"tolist() of tensors of {self.dtype}: take those of dequantize() or int_repr()")

    def numpy(self, *, force: bool = False) -> Any:
        """TypeError: NumPy has no such dtype."""
        raise TypeError(f"Got unsupported ScalarType {self.dtype.title}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.numpy()

    def equal(self, other: Any) -> bool:
        """Whether another has the same dtype, scheme, scales and elements."""
        if not isinstance(other, QuantizedTensor) or (self.dtype, self._axis) != (other.dtype, other._axis):
            return False
        pairs = ((self._scale, other._scale), (self._zero, other._zero))
        same = all(a.equal(b) if is_tensor(a) else a == b for a, b in pairs)
        return same and self._ints.equal(other._ints)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        suffixes = [f"size={tuple(self.shape)}", f"dtype={self.dtype}", f"quantization_scheme={self.qscheme()}"]
        suffixes += [f"scale={self._scale}", f"zero_point={self._zero}"]
        suffixes += [] if self._axis is None else [f"axis={self._axis}"]
        return with_suffixes(repr(self.dequantize().cpu())[:-1], suffixes, len("tensor("))

    __str__ = __repr__

    # --- copies and views: those of the whole numbers ----------------------------------------------------------------------------

    def clone(self, *, memory_format: Any = None) -> Any:
        """A copy."""
        return self._with(self._ints.clone(), self._axis)

    def detach(self) -> Any:
        """The same elements."""
        return self._with(self._ints, self._axis)

    def contiguous(self, memory_format: Any = None) -> Any:
        """The same elements in the order of the dimensions."""
        return self if self.is_contiguous() else self._with(self._ints.contiguous(), self._axis)

    def cpu(self, memory_format: Any = None) -> Any:
        """The same elements on the CPU's device."""
        return self._with(self._ints.cpu(), self._axis)

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """The same elements on another device; RuntimeError for another dtype."""
        given = [*args, *kwargs.values()]
        if any(isinstance(one, dtypes.dtype) for one in given):
            raise RuntimeError("Creation of quantized tensor requires quantized dtype like torch.quint8")
        return self._with(self._ints.to(*args, **kwargs), self._axis)

    def copy_(self, src: Any, non_blocking: bool = False) -> Any:
        """Take the elements of another tensor: a quantized one's with its scale, floats as they are rounded here."""
        if not isinstance(src, QuantizedTensor):
            src = _quantized(src.to(dtypes.float32).expand(self.shape), self._scale, self._zero, self._axis, self.dtype)
        if (src.dtype, src.shape) != (self.dtype, self.shape):
            raise RuntimeError(f"copy_() of {src.dtype}, {tuple(src.shape)} to {self.dtype}, {tuple(self.shape)}")
        self._ints.copy_(src._ints)
        self._scale, self._zero, self._axis = src._scale, src._zero, src._axis
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self.clone()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return of_ints, (self._ints, self._scale, self._zero, self._axis)

    def view(self, *shape: Any) -> Any:  # type: ignore[override]
        """The same elements in another shape. RuntimeError where there are scales along an axis."""
        return self._moved(self._ints.view(*shape))

    def reshape(self, *shape: Any) -> Any:  # type: ignore[override]
        """The same elements in another shape. RuntimeError where there are scales along an axis."""
        return self._moved(self._ints.reshape(*shape))

    def transpose(self, dim0: int, dim1: int) -> Any:
        """Two dimensions change places. RuntimeError where there are scales along an axis."""
        return self._moved(self._ints.transpose(dim0, dim1))

    def permute(self, *dims: Any) -> Any:  # type: ignore[override]
        """The dimensions in another order. RuntimeError where there are scales along an axis."""
        return self._moved(self._ints.permute(*dims))

    def t(self) -> Any:
        """The transposed matrix. RuntimeError where there are scales along an axis."""
        return self._moved(self._ints.t())

    T = property(t)

    def __getitem__(self, index: Any) -> Any:
        if type(index) is int and self._axis:  # of another dimension than that of the scales
            return self._with(self._ints[index], self._axis - 1)
        return self._moved(self._ints[index])

    def _moved(self, ints: Tensor) -> Any:
        if self._axis is not None:
            raise RuntimeError("Setting strides is possible only on uniformly quantized tensor")
        return self._with(ints)


class QuantizedStorage(TypedStorage):
    """The storage of a quantized tensor, which files name by its dtype."""

    __slots__ = ()


def of_ints(ints: Tensor, scale: Any, zero: Any, axis: int | None = None) -> QuantizedTensor:
    """A quantized tensor from its parts."""
    one: Any = object.__new__(QuantizedTensor)
    one._base = None
    one.__dict__.update(_ints=ints, _scale=scale, _zero=zero, _axis=axis)
    return one  # type: ignore[no-any-return]


def _along(values: Tensor, axis: int, dims: int) -> Tensor:
    return values.reshape([-1 if d == axis else 1 for d in range(dims)])


def _quantized(input: Tensor, scale: Any, zero: Any, axis: int | None, dtype: Any) -> QuantizedTensor:
    """The nearest whole numbers, ties to even ones, those beyond the dtype's range at its ends."""
    low, high = _RANGES[dtype]
    if axis is None:
        step, shift = input.new_tensor(scale, dtype=dtypes.float32), zero
    else:
        step, shift = (_along(t, axis, input.dim()) for t in (scale.to(dtypes.float32), zero))
    steps = (input * (1 / step) + shift).round()  # the zero point counts before ties go to even numbers
    bounded = steps.where(steps == steps, float(high)).clamp(-(2.0**33), 2.0**33).to(dtypes.int64)
    return of_ints(bounded.clamp(low, high).to(dtype.ints), scale, zero, axis)


def _checked(input: Any, dtype: Any) -> None:
    if not isinstance(dtype, QDtype):
        raise RuntimeError(f"ScalarType {getattr(dtype, 'title', dtype)} is not supported in new_qtensor.")
    if input.dtype is not dtypes.float32:
        raise RuntimeError(f"Quantize only works on Float Tensor, got {input.dtype.title.replace('Tensor', '')}")


def _bounded(name: str, zero: int, dtype: Any) -> None:
    low, high = _RANGES[dtype]
    if not low <= zero <= high:
        where = "below lower" if zero < low else "above upper"
        raise RuntimeError(f"{name} zero_point {zero} is {where} bound.")


@public()
@also_named(tensors="input", scales="scale", zero_points="zero_point")
def quantize_per_tensor(input: Any, scale: Any, zero_point: Any, dtype: Any) -> Any:
    """A float32 tensor as whole numbers k of a quantized dtype, nearest to ``input / scale + zero_point``.

    ``scale`` and ``zero_point`` are numbers or tensors of one; with a list of tensors they are vectors, and the result a tuple. RuntimeError
    for another dtype than float32 and for a zero point out of range. See torch.quantize_per_tensor.
    """
    if isinstance(input, Sequence):
        parts = zip(input, scale.tolist(), zero_point.tolist(), strict=True)
        return tuple(quantize_per_tensor(*one, dtype) for one in parts)
    _checked(input, dtype)
    step = float(scale.to(dtypes.float32).item() if is_tensor(scale) else scale)
    zero = int(zero_point.item() if is_tensor(zero_point) else zero_point)
    _bounded("quantize_tensor_per_tensor_affine", zero, dtype)
    return _quantized(input.detach(), step, zero, None, dtype)


@public()
def quantize_per_channel(input: Tensor, scales: Tensor, zero_points: Tensor, axis: int, dtype: Any) -> Tensor:
    """`quantize_per_tensor` with a scale and a zero point for each position along ``axis``. See torch.quantize_per_channel."""
    _checked(input, dtype)
    if scales.dim() != 1 or zero_points.dim() != 1:
        raise RuntimeError("scale and zero_point tensors should have dimension 1")
    if scales.numel() != zero_points.numel():
        raise RuntimeError("number of elements in scales and zero_points must match")
    if not 0 <= axis < input.dim():
        raise RuntimeError(
            f"Channel axis out of range in per channel affine quantization. Got: {axis} Expected: [0, {input.dim()})"
        )
    if scales.numel() != input.shape[axis]:
        raise RuntimeError(
            f"length of scales must equal to channel, expected {input.shape[axis]} got, {scales.numel()}"
        )
    for zero in zero_points.tolist():
        _bounded("quantize_tensor_per_channel_affine", int(zero), dtype)
    return _quantized(input.detach(), scales.to(dtypes.float64), zero_points.to(dtypes.int64), axis, dtype)


@public()
def quantize_per_tensor_dynamic(input: Tensor, dtype: Any, reduce_range: bool) -> Tensor:
    """`quantize_per_tensor` with the scale and the zero point of the elements' own range (of 7 bits with ``reduce_range``).
    As float16 it has neither: its elements are cast.

    RuntimeError for other dtypes than qint8, quint8 and float16. See torch.quantize_per_tensor_dynamic.
    """
    if dtype is dtypes.float16:
        return input.to(dtype)
    if dtype not in (qint8, quint8):
        raise RuntimeError(f"dtype {dtype} not supported")
    low, high = (-64, 63) if dtype is qint8 and reduce_range else _RANGES[dtype]
    high = 127 if reduce_range and dtype is quint8 else high
    least, most = min(float(input.min().item()), 0.0), max(float(input.max().item()), 0.0)
    scale = (most - least) / (high - low)
    if scale == 0 or 1 / scale == float("inf"):
        scale = 0.1
    from_low, from_high = low - least / scale, high - most / scale
    error_low, error_high = abs(low) + abs(least / scale), abs(high) + abs(most / scale)
    zero = from_low if error_low < error_high else from_high
    return quantize_per_tensor(input, scale, max(low, min(high, round(zero))), dtype)  # type: ignore[no-any-return]


@public(method=True)
@also_named(tensors="input")
def dequantize(input: Any) -> Any:
    """The float32 numbers that a quantized tensor stands for; others as float32. Of a list, a tuple. See torch.dequantize."""
    if isinstance(input, Sequence):
        return tuple(dequantize(one) for one in input)
    return input.dequantize() if isinstance(input, QuantizedTensor) else input.to(dtypes.float32)


def _of_quantized(name: str) -> Any:
    def ask(input: Tensor) -> Any:
        if not isinstance(input, QuantizedTensor):
            raise NotImplementedError(f"{name}() is of tensors of quantized dtypes, and this one is of {input.dtype}")
        return getattr(input, name)()

    ask.__name__ = ask.__qualname__ = name
    ask.__doc__ = f"""``Tensor.{name}`` of a quantized tensor; NotImplementedError for others. See torch.{name}."""
    return ask


for _name in "int_repr q_scale q_zero_point q_per_channel_scales q_per_channel_zero_points q_per_channel_axis".split():
    globals()[_name] = public(method=True)(_of_quantized(_name))

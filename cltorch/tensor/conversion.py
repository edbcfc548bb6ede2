"""Between Tensor and the host, NumPy, other dtypes and other devices."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.modes import is_grad_enabled
from ..graph.meta import Meta
from ..graph.origins import ORIGINS
from ..graph.record import number, read, recorder
from ..graph.value import NO_NUMBERS
from ..graph.view import View
from ..ops import rules
from ..ops.arguments import is_tensor
from ..ops.layout import cast, copy_as
from ..ops.mode import MODE
from ..ops.names import public
from ..runtime import device as devices
from ..runtime.host import HOST
from ..runtime.nowhere import META
from ..warned import REAL_PARTS, TO_A_NUMBER, warn_once
from . import device_names, printing
from .apply import apply
from .device_names import device, resolve_device
from .formats import arranged, preserve_format
from .host_data import SPARSE

if TYPE_CHECKING:
    from .tensor import Tensor


NO_ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please try to rewrite "
    "what you're doing with other operations. If error is occurring somewhere inside PyTorch internals, please file a bug report."
)
NO_FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet, please file "
    "an issue at https://github.com/pytorch/pytorch/issues ."
)


class Conversion:
    """Methods of Tensor that leave the device, or change dtype or device."""

    __slots__ = ()

    @staticmethod
    def _device_of(where: Any) -> device:
        return device_names.shown(where)

    @classmethod
    def _from_array(cls: Any, array: np.ndarray, dtype: dtypes.dtype, where: Any, is_own: bool = False) -> Tensor:
        """A tensor with a copy of an array's elements, cast on the host; or with those of an array that ``is_own``, to nobody else."""
        if dtype.itemsize >= 8:
            rules.need_dtype(where, dtype)
        kind, own = array.dtype, dtype.np
        if kind is not own and kind != own:
            array, is_own = _cast(array, own), True
        value = recorder(where).upload(array, is_own)
        return cls._holding(value, Meta.dense(array.shape, dtype, where), array.nbytes)

    def _host(self: Tensor) -> np.ndarray:
        """The elements as a new array of this tensor's shape."""
        MODE.reads += 1
        is_decoded = self._cl_meta.dtype in dtypes.DECODED
        if not is_decoded and self._cl_meta.dtype in dtypes.BITS:
            raise NotImplementedError(f"\"_local_scalar_dense_cpu\" not implemented for '{self._cl_meta.dtype.title}'")
        source = self
        view = source._cl_meta.view
        if view.numel and not view.is_contiguous:
            source = apply(copy_as, (source.detach(),), (View.dense(view.shape),))
        meta = source._cl_meta
        start = meta.view.offset * meta.dtype.itemsize
        flat = read(source._storage.value, meta.device, meta.dtype.np, view.numel, start)
        return (dtypes.decoded(meta.dtype, flat) if is_decoded else flat).reshape(view.shape)

    def numpy(self: Tensor, *, force: bool = False) -> np.ndarray:
        """The elements as a new NumPy array with this tensor's strides (a copy: device memory cannot be shared with NumPy)."""
        if self.requires_grad and not force and is_grad_enabled():
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self.is_meta:
            raise TypeError(
                "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
            )
        if self._cl_meta.dtype in (dtypes.bfloat16, *dtypes.BITS):
            raise TypeError(f"Got unsupported ScalarType {self._cl_meta.dtype.title}")
        view, itemsize = self._cl_meta.view, self._cl_meta.dtype.itemsize
        span = 1 + sum((n - 1) * step for n, step in zip(view.shape, view.strides, strict=True))
        if view.is_contiguous or not view.numel or span > SPARSE * view.numel:
            return self._host()
        MODE.reads += 1
        flat = read(self._storage.value, self._cl_meta.device, self._cl_meta.dtype.np, span, view.offset * itemsize)
        return np.lib.stride_tricks.as_strided(flat, view.shape, [step * itemsize for step in view.strides])

    def __array__(self: Tensor, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("an array cannot share memory with a device tensor: use copy=None or copy=True")
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def item(self: Tensor) -> Any:
        """The only element as a Python number."""
        meta, value = self._cl_meta, self._storage.value
        if meta.view.numel != 1:
            raise RuntimeError(f"a Tensor with {meta.view.numel} elements cannot be converted to Scalar")
        if value.laid is meta and not ORIGINS:
            return value.buffer.item()  # type: ignore[union-attr]
        if meta.device is META:
            raise RuntimeError("Tensor.item() cannot be called on meta tensors")
        if meta.dtype is dtypes.complex32:
            return self._cast(dtypes.complex64).item()
        if ORIGINS or meta.device is not HOST:  # nothing of the host's is on a recording otherwise
            MODE.reads += 1
        try:
            value = number(self._storage.value, meta)
        except RuntimeError as error:
            if error.args == (NO_NUMBERS,):
                raise RuntimeError(NO_ITEM) from None
            raise
        return float(value) if meta.dtype.is_foreign else value

    def tolist(self: Tensor) -> Any:
        """The elements as nested lists of Python numbers."""
        array = self._host()
        return array.astype(np.float32).tolist() if self._cl_meta.dtype.is_foreign else array.tolist()

    def __bool__(self: Tensor) -> bool:
        numel = self._cl_meta.view.numel
        if numel != 1:
            raise RuntimeError(
                "Boolean value of Tensor with no values is ambiguous"
                if numel == 0
                else "Boolean value of Tensor with more than one value is ambiguous"
            )
        try:
            return bool(self.item())
        except RuntimeError as error:
            if error.args == (NO_ITEM,):
                raise RuntimeError(NO_FLOW) from None
            raise

    def __int__(self: Tensor) -> int:
        return int(_real_number(self._only()))

    def __float__(self: Tensor) -> float:
        return float(_real_number(self._only()))

    def __complex__(self: Tensor) -> complex:
        return complex(self._only())

    def _only(self: Tensor) -> Any:
        """The one element, for Python's own conversions; ValueError when there are more or none."""
        if self._cl_meta.view.numel != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if MODE.enabled and self.requires_grad:
            warn_once(TO_A_NUMBER)
        return self.item()

    def __index__(self: Tensor) -> int:
        if self._cl_meta.dtype.differentiable or self._cl_meta.view.numel != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __format__(self: Tensor, spec: str) -> str:
        plain = self._cl_meta.shape or self.is_meta
        return object.__format__(self, spec) if plain else format(self.item(), spec)

    # --- dtype and device --------------------------------------------------------------------------------------------

    def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Another dtype and/or device: ``to(dtype)``, ``to(device, dtype)``, ``to(other)``; see torch.Tensor.to."""
        if len(args) + len(kwargs) == 1:  # most calls name a dtype alone
            kind = args[0] if args else kwargs.get("dtype")
            if kind.__class__ is dtypes.dtype:
                meta = self._cl_meta
                if kind is meta.dtype:
                    return self
                known = cast.cache.get(((meta,), (kind,))) if self._edge is None and not meta.dtype.is_complex else None
                return self._cast(kind) if known is None else self._emitted(known, (self._storage.value,))
        dtype, where = kwargs.pop("dtype", None), kwargs.pop("device", None)
        copy, memory_format = kwargs.pop("copy", False), kwargs.pop("memory_format", None)
        kwargs.pop("non_blocking", None)
        if kwargs:
            raise TypeError(f"to() received an invalid combination of arguments: {', '.join(kwargs)}")
        for k, arg in enumerate(args):
            if isinstance(arg, (dtypes.dtype, type)):
                if dtype is not None:
                    raise TypeError(
                        "to() received an invalid combination of arguments - got (torch.dtype, torch.dtype)"
                    )
                dtype = arg
            elif is_tensor(arg):
                dtype, where = arg._cl_meta.dtype, arg._cl_meta.device
            elif isinstance(arg, (str, device, devices.Device)) or (isinstance(arg, int) and not isinstance(arg, bool)):
                if any(isinstance(before, dtypes.dtype) for before in args[:k]):
                    kinds = ", ".join("torch.dtype" if isinstance(a, dtypes.dtype) else type(a).__name__ for a in args)
                    raise TypeError(f"to() received an invalid combination of arguments - got ({kinds})")
                where = arg
            elif arg is not None and not isinstance(arg, bool):
                raise TypeError(f"to() received an invalid combination of arguments - got ({type(arg).__name__})")
        result = self
        dtype = None if dtype is None else dtypes.named(dtype, "to")
        label = self.__dict__.get("_face") or device_names.current_face()
        target = self._cl_meta.device if where is None else resolve_device(where)
        if target is not self._cl_meta.device:
            result = result._moved(target)
        if dtype is not None and dtype is not result._cl_meta.dtype:
            result = result._cast(dtype)
        if memory_format is not None and memory_format is not preserve_format:
            result = result.contiguous(memory_format=memory_format)
        face = device_names.face_of(where)
        moved = face is not None and face != label
        if result is self and (copy or moved):
            result = result.clone()
        if moved and face != device_names.current_face():
            result.__dict__["_face"] = face
        return result

    def _cast(self: Tensor, kind: dtypes.dtype) -> Tensor:
        """The elements in another dtype; with PyTorch's warning where imaginary parts are lost."""
        if self._cl_meta.dtype.is_complex and not kind.is_complex and kind is not dtypes.bool:
            warn_once(REAL_PARTS)
        if kind is dtypes.complex32:  # nothing computes with it: its parts are converted
            return self._cast(dtypes.complex64)._as_pairs()._cast(dtypes.float16)._as_complex()
        if self._cl_meta.dtype is dtypes.complex32:
            wide = self._as_pairs()._cast(dtypes.float32)._as_complex()
            return wide if kind is dtypes.complex64 else wide._cast(kind)
        return apply(cast, (self,), (kind,))

    def _moved(self: Tensor, target: Any) -> Tensor:
        """A copy on another device, through the host; gradients flow back the same way."""
        return _moved(self, target=target)

    @public(out=False)
    def clone(self: Tensor, *, memory_format: Any = None) -> Tensor:
        """A copy with the same memory order (or another one); gradients flow through."""
        if memory_format is None or memory_format is preserve_format:
            return apply(cast, (self,), (self._cl_meta.dtype,))
        return apply(copy_as, (self,), (arranged(self._cl_meta.view, memory_format),))

    def type(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the tensor's type, or the tensor cast to a dtype (also given by a type's name, on the device that this names)."""
        if dtype is None:
            place = self.device.type
            return f"torch.{f'{place}.' if place in device_names.ACCELERATORS else ''}{self._cl_meta.dtype.title}Tensor"
        place, plain = device_names.of_type(dtype)
        return self.to(dtype_of_type(plain)) if place is None else self.to(place, dtype_of_type(plain))

    def type_as(self: Tensor, other: Tensor) -> Tensor:
        """Cast to the dtype of ``other``."""
        return self.to(other._cl_meta.dtype)

    def float(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to float32."""
        return self.to(dtypes.float32, memory_format=memory_format)

    def double(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to float64."""
        return self.to(dtypes.float64, memory_format=memory_format)

    def half(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to float16."""
        return self.to(dtypes.float16, memory_format=memory_format)

    def bfloat16(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to bfloat16."""
        return self.to(dtypes.bfloat16, memory_format=memory_format)

    def long(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to int64."""
        return self.to(dtypes.int64, memory_format=memory_format)

    def int(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to int32."""
        return self.to(dtypes.int32, memory_format=memory_format)

    def short(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to int16."""
        return self.to(dtypes.int16, memory_format=memory_format)

    def char(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to int8."""
        return self.to(dtypes.int8, memory_format=memory_format)

    def byte(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to uint8."""
        return self.to(dtypes.uint8, memory_format=memory_format)

    def bool(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to bool: whether each element is not zero."""
        return self.to(dtypes.bool, memory_format=memory_format)

    def chalf(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to complex32."""
        return self.to(dtypes.complex32, memory_format=memory_format)

    def cfloat(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to complex64."""
        return self.to(dtypes.complex64, memory_format=memory_format)

    def cdouble(self: Tensor, memory_format: Any = preserve_format) -> Tensor:
        """Cast to complex128."""
        return self.to(dtypes.complex128, memory_format=memory_format)

    def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
        """On the host's OpenCL CPU device if there is one; a tensor of a GPU stays usable through `numpy`."""
        return self.to("cpu", memory_format=memory_format)

    def cuda(self: Tensor, device: Any = None, non_blocking: Any = False, *, memory_format: Any = None) -> Tensor:
        """On the chosen OpenCL device where "cuda" means it (`cltorch run`); AssertionError elsewhere."""
        if "cuda" not in device_names.served():
            raise AssertionError(
                'there is no CUDA here: devices are called opencl:0, opencl:1 ... or cpu; use .to("opencl:0")'
            )
        return self.to("cuda" if device is None else device, memory_format=memory_format)

    def xpu(self: Tensor, device: Any = None, non_blocking: Any = False, *, memory_format: Any = None) -> Tensor:
        """On the chosen OpenCL device where "xpu" means it (`cltorch run`); RuntimeError elsewhere."""
        return self.to("xpu" if device is None else device, memory_format=memory_format)

    def pin_memory(self: Tensor, device: Any = None) -> Tensor:
        """The tensor itself: its elements lie on a device already, and are copied from host memory by the driver's own means."""
        return self

    # --- NumPy's functions -------------------------------------------------------------------------------------------

    __array_priority__ = 1000  # NumPy's operators leave the work to ours

    def __array_wrap__(self: Tensor, array: Any, context: Any = None, return_scalar: Any = False) -> Tensor:
        """What NumPy's functions give for tensors is a tensor again; bool becomes uint8, as in PyTorch."""
        kept = np.asarray(array)
        kept = kept.astype(np.uint8) if kept.dtype == np.bool_ else kept
        return self._from_array(kept, dtypes.from_numpy_dtype(kept.dtype), self._cl_meta.device)

    # --- text --------------------------------------------------------------------------------------------------------

    def __repr__(self: Tensor) -> str:
        kind = type(self).__name__  # a class of a program's own is shown by its name
        text = printing.tensor_text(self, "tensor(" if kind in ("Tensor", "Parameter") else f"{kind}(")
        return f"Parameter({text})" if "_is_param" in self.__dict__ else text


def _cast(array: np.ndarray, kind: np.dtype) -> np.ndarray:
    """An array's elements as others, without NumPy's warnings."""
    with np.errstate(over="ignore", invalid="ignore"):
        if array.dtype.kind != "c":
            return np.asarray(array).astype(kind)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
            return np.asarray(array).astype(kind)


def _real_number(number: Any) -> Any:
    """The real part of a number whose imaginary part is 0; RuntimeError for other complex numbers."""
    if not isinstance(number, complex):
        return number
    if number.imag:
        raise RuntimeError("value cannot be converted to type double without overflow")
    return number.real


def dtype_of_type(kind: Any) -> dtypes.dtype:
    """The dtype that ``Tensor.type`` is asked for: a dtype, Python's type, ``"torch.FloatTensor"`` or that type itself."""
    if isinstance(kind, str):
        return dtypes.of_type(kind)
    if kind in (int, float, bool, complex):
        raise ValueError(f"invalid type: {kind.__name__!r}")
    found = getattr(kind, "dtype", kind)
    if isinstance(found, property):  # of the class Tensor
        return dtypes.get_default_dtype()
    return dtypes.named(found, "type")


def _move(input: Tensor, target: Any) -> Tensor:
    if target is META:
        view = input._cl_meta.view.dense_like()
        return input._filled((view.numel,), 0, input._cl_meta.dtype, META)._see(view)
    return input._from_array(input._host(), input._cl_meta.dtype, target)


_moved = composite(vjp=lambda g, y, aux, input, target: (g._moved(input._cl_meta.device),), saves="input", moves=True)(
    _move
)

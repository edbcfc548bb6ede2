"""Tensors from what a file says of them, and what is written of a tensor; the names are those that PyTorch's files call."""

from __future__ import annotations

import reprlib
from collections import OrderedDict
from typing import Any

from .. import dtypes
from ..nn.parameter import Parameter, is_lazy
from ..sparse.base import SparseTensor
from ..tensor import formats
from ..tensor.copies import attributes
from ..tensor.quantized import (
    OF_INTS,
    QuantizedStorage,
    QuantizedTensor,
    of_ints,
    per_channel_affine,
    per_tensor_affine,
)
from ..tensor.storages import StorageView, TypedStorage, UntypedStorage
from ..tensor.tensor import Tensor
from .names import FUNCTIONS
from .sparse import _rebuild_sparse_tensor, sparse_parts


class Remade:
    """A value that is written as the call that makes it."""

    def __init__(self, function: Any, args: tuple[Any, ...]) -> None:
        self.parts = function, args


def reduced(tensor: Tensor) -> tuple[Any, tuple[Any, ...]]:
    """A tensor as the call that makes it again, with its storage as an argument. Gradients and history are left out."""
    kind, needs_grad = type(tensor), tensor.requires_grad
    if isinstance(tensor, QuantizedTensor):
        return _rebuild_qtensor, _quantized(tensor)
    if is_lazy(tensor):
        return kind, (needs_grad,)
    if isinstance(tensor, SparseTensor):
        return _rebuild_sparse_tensor, sparse_parts(tensor)
    if not hasattr(tensor, "_cl_meta"):
        raise NotImplementedError(f"save(): {kind.__name__} is not written to files; save the tensors that it holds")
    dtype, view = tensor._cl_meta.dtype, tensor._cl_meta.view
    untyped, parameter = (
        dtype in dtypes.KEPT + dtypes.BITS,
        isinstance(tensor, Parameter) and not hasattr(tensor, "_is_param"),
    )
    storage = (UntypedStorage if untyped else TypedStorage)._of(tensor._whole(), 1 if untyped else dtype.itemsize)
    function = _rebuild_tensor_v3 if untyped else _rebuild_tensor_v2
    args: tuple[Any, ...] = (storage, view.offset, (*view.shape,), (*view.strides,))
    args += (needs_grad and not parameter, OrderedDict(), *([dtype] if untyped else []))
    state = attributes(tensor)
    if parameter:
        parts: tuple[Any, ...] = (Remade(function, args), needs_grad, OrderedDict())
        return (_rebuild_parameter_with_state, (*parts, state)) if state else (_rebuild_parameter, parts)
    if kind is Tensor and not state:
        return function, args
    return _rebuild_from_type_v2, (function, kind, args, state)


def _quantized(tensor: QuantizedTensor) -> tuple[Any, ...]:
    """What `_rebuild_qtensor` makes a quantized tensor of."""
    ints, view = tensor._ints, tensor._ints._cl_meta.view
    storage = QuantizedStorage._of(ints._whole(), ints.dtype.itemsize)
    scheme = (tensor.qscheme(), tensor._scale, tensor._zero)
    scheme += () if tensor._axis is None else (tensor._axis,)
    return storage, view.offset, (*view.shape,), (*view.strides,), scheme, False, OrderedDict()


def _sizes(name: str, given: Any) -> tuple[int, ...]:
    if not isinstance(given, (tuple, list)) or any(type(n) is not int or not 0 <= n < 1 << 62 for n in given):
        raise RuntimeError(f"{name} must be integers from 0 on, not {reprlib.repr(given)}")
    return tuple(given)


def _seen(elements: Tensor, offset: Any, size: Any, stride: Any) -> Tensor:
    """The view of a storage's elements. RuntimeError when it reaches beyond them."""
    shape, strides = _sizes("sizes", size), _sizes("strides", stride)
    (start,) = _sizes("the storage offset", (offset,))
    if len(shape) != len(strides) or len(shape) > 64:
        raise RuntimeError(f"mismatch in length of strides and shape: {len(strides)} and {len(shape)}")
    end = start + 1 + sum((n - 1) * step for n, step in zip(shape, strides)) if 0 not in shape else start
    room = elements.numel()
    if end > room:
        unit = elements.dtype.itemsize
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {start}, and itemsize {unit} "
            f"requiring a storage size of {end * unit} are out of bounds for storage of size {room * unit}"
        )
    if 0 in shape and start == 0 and room == 0:
        return elements.new_empty(shape)
    return elements.as_strided(shape, strides, start)


def _whole(storage: Any) -> Tensor:
    if not isinstance(storage, StorageView):
        raise TypeError(f"a storage was expected, not {type(storage).__name__}")
    return storage._all


def _rebuild_tensor(storage: Any, storage_offset: Any, size: Any, stride: Any) -> Tensor:
    """A tensor of a storage's own dtype."""
    return _seen(_whole(storage), storage_offset, size, stride)


def _rebuild_tensor_v2(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any,
    backward_hooks: Any,
    metadata: Any = None,
) -> Tensor:
    """A tensor of a storage's own dtype; ``metadata`` may say that its elements are to be conjugated or negated."""
    return _finished(_seen(_whole(storage), storage_offset, size, stride), requires_grad, metadata)


def _rebuild_tensor_v3(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any,
    backward_hooks: Any,
    dtype: Any,
    metadata: Any = None,
) -> Tensor:
    """A tensor of a dtype over the bytes of a storage."""
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"a dtype was expected, not {type(dtype).__name__}")
    return _finished(_seen(_whole(storage).view(dtype), storage_offset, size, stride), requires_grad, metadata)


def _rebuild_qtensor(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    quantizer_params: Any,
    requires_grad: Any,
    backward_hooks: Any,
) -> Tensor:
    """A tensor of the quantized dtype that the storage is of."""
    ints = _seen(_whole(storage), storage_offset, size, stride)
    if ints.dtype not in OF_INTS or not isinstance(quantizer_params, tuple):
        raise RuntimeError(f"a storage of {ints.dtype} and {reprlib.repr(quantizer_params)} are no quantized tensor")
    if len(quantizer_params) == 3 and quantizer_params[0] is per_tensor_affine:
        return of_ints(ints, float(quantizer_params[1]), int(quantizer_params[2]))
    if len(quantizer_params) != 4 or quantizer_params[0] is not per_channel_affine:
        raise RuntimeError(f"quantized tensors of {reprlib.repr(quantizer_params)} are not read")
    scale, zero, axis = quantizer_params[1:]
    if type(axis) is not int or not 0 <= axis < ints.dim() or any(type(t) is not Tensor for t in (scale, zero)):
        raise RuntimeError(f"quantized tensors of {reprlib.repr(quantizer_params)} are not read")
    if not scale.shape == zero.shape == ints.shape[axis : axis + 1]:
        raise RuntimeError(
            f"scales of {scale.shape} and zero points of {zero.shape} along {ints.shape[axis]} positions of a quantized tensor"
        )
    return of_ints(ints, scale.to(dtypes.float64), zero.to(dtypes.int64), axis)


def _finished(made: Tensor, requires_grad: Any, metadata: Any) -> Tensor:
    for name in metadata or ():
        if name not in ("conj", "neg"):
            raise RuntimeError(f"tensors with {name!r} are not read")
        if metadata[name]:
            made = made.conj() if name == "conj" else made.neg()
    made = made.detach()
    return made.requires_grad_(True) if requires_grad else made


def _rebuild_parameter(data: Any, requires_grad: Any, backward_hooks: Any) -> Parameter:
    """A parameter over a tensor."""
    return Parameter(data, bool(requires_grad))


def _rebuild_parameter_with_state(data: Any, requires_grad: Any, backward_hooks: Any, state: Any) -> Parameter:
    """A parameter with attributes of its own."""
    made = Parameter(data, bool(requires_grad))
    _set_state(made, state)
    return made


def _rebuild_from_type_v2(func: Any, new_type: Any, args: Any, state: Any) -> Any:
    """A tensor of a class, with attributes of its own."""
    if func not in FUNCTIONS or not (isinstance(new_type, type) and issubclass(new_type, Tensor)):
        raise TypeError("only tensors of a class are made from a function that makes tensors")
    made = func(*args)
    if type(made) is not new_type:
        made = made.as_subclass(new_type)
    _set_state(made, state)
    return made


def _set_state(made: Tensor, state: Any) -> None:
    """Attributes from a dictionary, or from one and one of slots."""
    for part in state if isinstance(state, tuple) else (state,):
        for name, value in (part or {}).items():
            if hasattr(type(made), name):
                raise RuntimeError(f"{name!r} is no attribute that a file may set on a tensor")
            made.__dict__[name] = value


def _get_layout(name: str) -> Any:
    """A layout by its name in files: ``torch.strided``."""
    found = getattr(formats, name.removeprefix("torch."), None) if isinstance(name, str) else None
    if not isinstance(found, formats.layout):
        raise RuntimeError(f"there is no layout {reprlib.repr(name)}")
    return found


def _refused(what: str) -> Any:
    def refuse(*args: Any) -> Any:
        raise RuntimeError(f"{what} tensors are not read: cltorch has none")

    return refuse


for _function in (
    _rebuild_tensor,
    _rebuild_tensor_v2,
    _rebuild_tensor_v3,
    _rebuild_qtensor,
    _rebuild_parameter,
    _rebuild_parameter_with_state,
    _rebuild_sparse_tensor,
):
    FUNCTIONS[_function] = ("torch._utils", _function.__name__)
for _what, _name in (("nested", "nested_tensor"),):
    FUNCTIONS[_refused(_what)] = ("torch._utils", f"_rebuild_{_name}")
FUNCTIONS[_refused("meta")] = ("torch._utils", "_rebuild_meta_tensor_no_storage")
FUNCTIONS[_rebuild_from_type_v2] = ("torch._tensor", "_rebuild_from_type_v2")
FUNCTIONS[_get_layout] = ("torch.serialization", "_get_layout")

"""What all functions that make tensors share: dtype, device, ``out=``, shapes."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import dtypes
from ..errors import kind_of
from ..ops import rules
from .apply import stored
from .device_names import resolve_device
from .formats import check_layout
from .guards import requiring
from .host_data import is_array
from .tensor import Tensor
from .views import of_ints, sizes, spread

DType = dtypes.dtype


class Target(NamedTuple):
    """What is to be made: its dtype and device, whether it requires gradients, and the tensor that takes it over."""

    dtype: DType
    device: Any
    requires_grad: bool
    out: Tensor | None

    def finish_range(self, made: Tensor) -> Tensor:
        """`finish` of numbers in a row: an ``out`` of as many elements keeps its shape."""
        out = self.out
        return self.finish(made if out is None or out.numel() != made.numel() else made.view(out._cl_meta.shape))

    def finish(self, made: Tensor) -> Tensor:
        """The tensor that is returned."""
        out = self.out
        if out is not None:
            if out._cl_meta.shape != made._cl_meta.shape:
                out.resize_(made._cl_meta.shape)
            made = stored(made, out, exact=False)
        return requiring(made) if self.requires_grad else made


def target(
    name: str,
    dtype: Any,
    device: Any,
    requires_grad: bool = False,
    out: Tensor | None = None,
    layout: Any = None,
    default: DType | None = None,
) -> Target:
    """The arguments that all functions of creation share, checked."""
    check_layout(layout)
    kind = None if dtype is None else dtypes.named(dtype, name)
    if out is None:
        return Target(kind or default or dtypes.get_default_dtype(), resolve_device(device), requires_grad, None)
    if kind is not None and kind is not out.dtype:
        raise RuntimeError(f"dtype {kind} does not match dtype of out parameter ({out.dtype})")
    return Target(out.dtype, out._cl_meta.device, requires_grad, out)


def need_tensor(name: str, input: Any) -> Tensor:
    """``input`` itself; TypeError when it is no tensor."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind_of(input)}")
    return input


def full_size(name: str, args: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """The shape that is given as separate integers, as one sequence, or by name."""
    given = args if size is None else (size,)
    if not given:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    try:
        return _plain_size(*spread(given))
    except TypeError:  # what is no plain int has to be looked at
        pass
    try:
        shape = sizes(given)
    except ValueError as error:  # PyTorch has another class here than for dims
        raise TypeError(f"argument 'size' failed to unpack: {error}") from None
    except TypeError as error:
        if isinstance(given[0], (int, list, tuple)):
            raise TypeError(f"{name}(): {error}") from None
        raise TypeError(
            f"{name}(): argument 'size' (position 1) must be tuple of ints, not {kind_of(given[0])}"
        ) from None
    return _checked_size(*shape)


def _checked_size(*shape: int) -> tuple[int, ...]:
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


_plain_size = of_ints(_checked_size)


def number(value: Any, what: str = "argument") -> Any:
    """A number as Python's: tensors without dimensions and NumPy's numbers are read. TypeError for what is none, called ``what`` there, and
    OverflowError for an int beyond 64 bits."""
    if hasattr(value, "item") and not getattr(value, "ndim", 0) and not is_array(value):
        value = value.item()
    if not isinstance(value, (int, float, complex)):
        raise TypeError(f"{what} must be Number, not {kind_of(value)}")
    return rules.scalar(value)

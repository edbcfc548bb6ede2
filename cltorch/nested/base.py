"""What nested tensors of both layouts share: they hold ordinary tensors, and functions that are asked of them are asked of those.

A nested tensor has no storage of its own. Gradients flow through what it holds, by the rules of the ops that compute it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops.op import TABLE
from ..tensor.tensor import Tensor

ELEMENTWISE = frozenset(
    name + end for name, op in TABLE.items() if op.family == "pointwise" for end in ("", "_")
) | frozenset(
    "add sub mul div rsub pow clamp where lerp masked_fill logical_and logical_or logical_xor logical_not dropout alpha_dropout gelu silu "
    "mish softplus elu leaky_relu relu relu6 hardtanh sigmoid tanh exp log clone detach contiguous to type type_as float double half bfloat16 "
    "int long bool cpu cuda zeros_like ones_like full_like empty_like rand_like randn_like nan_to_num add_ sub_ mul_ div_ fill_ zero_ "
    "copy_ masked_fill_ relu_ dropout_ clamp_ sqrt square abs neg remainder multiply subtract divide true_divide logsigmoid bernoulli "
    "__radd__ __rmul__ __rsub__ __rtruediv__ __rpow__ __eq__ __ne__ eq ne gt ge lt le".split()
)
"""Functions of each element by itself."""

ROWWISE = frozenset("linear embedding layer_norm rms_norm normalize".split())
"""Functions of the last dimensions, with operands that know nothing of the others."""


class NestedTensor(Tensor):
    """Tensors that differ in size, as one: functions of elements and of equal dimensions are computed of all at once."""

    __slots__ = ()
    __module__ = "cltorch.nested"

    _held: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{cls.__name__} is made by nested_tensor, as_nested_tensor and nested_tensor_from_jagged")

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Compute a function of what is held; NotImplementedError for those that nested tensors do not have."""
        nested = next(one for one in flat((*args, *(kwargs or {}).values())) if isinstance(one, NestedTensor))
        name = func.__name__.removesuffix("_scalar")
        answer = getattr(nested, f"_of_{name.strip('_')}", None)
        if answer is not None:
            return answer(func, *args, **(kwargs or {}))
        if name == "__get__":  # what is asked of a tensor without arguments
            return func(nested._values)
        if name in ELEMENTWISE:
            return nested._elementwise(func, args, kwargs or {})
        if name in ROWWISE:
            return nested._rowwise(func, args, kwargs or {})
        raise NotImplementedError(
            f"{name}() is not implemented for nested tensors; unbind() gives the tensors that it holds"
        )

    @property
    def _values(self) -> Tensor:
        """A tensor that is held."""
        raise NotImplementedError

    def _elementwise(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _rowwise(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        raise NotImplementedError

    def unbind(self, dim: int = 0) -> tuple[Tensor, ...]:
        """The tensors that it holds. See torch.Tensor.unbind."""
        raise NotImplementedError

    @property
    def is_nested(self) -> bool:
        """Whether it holds tensors of several shapes: always."""
        return True

    @property
    def dtype(self) -> Any:
        """The element type."""
        return self._values.dtype

    @property
    def device(self) -> Any:
        """The device that holds the elements."""
        return self._values.device

    @property
    def ndim(self) -> int:
        """The number of dimensions, that of the tensors among them."""
        return self.dim()

    def is_floating_point(self) -> bool:
        """Whether the element type is a floating one."""
        return self._values.is_floating_point()

    def __len__(self) -> int:
        return len(self.unbind())

    def __iter__(self) -> Any:
        return iter(self.unbind())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int):
            return self.unbind()[index]
        raise NotImplementedError("nested tensors are indexed by one int; unbind() gives the tensors that it holds")

    def __hash__(self) -> int:
        return id(self)


def flat(things: Any) -> Any:
    """Arguments, and the members of those that are sequences."""
    for one in things:
        if isinstance(one, (tuple, list)):
            yield from flat(one)
        else:
            yield one


def replaced(things: Any, change: Callable[[Any], Any]) -> Any:
    """Arguments with every tensor changed, in sequences too."""
    if isinstance(things, Tensor):
        return change(things)
    if isinstance(things, (tuple, list)):  # those with names too
        return type(things)([replaced(one, change) for one in things])
    return things

"""What subclasses of Tensor inherit: ``__torch_function__``, by which results of their operators are of their class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops.asking import NOWRAP, DisableTorchFunctionSubclass, noticed


class Subclasses:
    """The part of Tensor that answers for its subclasses."""

    __slots__ = ()

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run ``func`` unless an argument's class is not one of this one's bases; its tensors become ``cls``."""
        if not all(issubclass(cls, kind) for kind in types):
            return NotImplemented
        with DisableTorchFunctionSubclass():
            result = func(*args, **(kwargs or {}))
        return result if func in NOWRAP else _converted(result, cls)

    def as_subclass(self: Any, cls: type) -> Any:
        """The same elements, with their history, as a tensor of class ``cls``. See torch.Tensor.as_subclass."""
        made: Any = object.__new__(cls)
        alias = self._alias(self._cl_meta)
        made._storage, made._cl_meta, made._edge, made._base = alias._storage, alias._cl_meta, alias._edge, alias._base
        noticed(cls)
        return made


def _converted(result: Any, cls: type) -> Any:
    if isinstance(result, Subclasses):
        return result if isinstance(result, cls) else result.as_subclass(cls)
    if isinstance(result, (tuple, list)):
        members = [_converted(one, cls) for one in result]
        return type(result)(*members) if hasattr(result, "_fields") else type(result)(members)
    return result

"""Where functions say that an argument is no tensor: one place for all, with PyTorch's class and words."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from .asking import foreign

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])
TENSOR, OPTIONAL = "Tensor", "Tensor | None"


def is_tensor(value: object) -> TypeGuard[Tensor]:
    """Whether a value is a tensor, asked by what it has: the class stands above those who ask."""
    return hasattr(value, "_meta")


def checked(function: F) -> F:
    """Let a function raise TypeError where an argument that is declared as a Tensor is none.

    It costs nothing as long as all goes well: arguments are looked at when the function fails for want of a tensor's attributes.
    """
    plain: Any = inspect.unwrap(function)
    code = plain.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    kinds = [plain.__annotations__.get(name) for name in names]
    wanted = [
        (k, name, kind == OPTIONAL) for k, (name, kind) in enumerate(zip(names, kinds)) if kind in (TENSOR, OPTIONAL)
    ]
    if not [name for _, name, _ in wanted if name != "self"]:
        return function
    shift = 0 if names[0] == "self" else 1

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (AttributeError, TypeError):
            if foreign(args, kwargs):
                return call(*args, **kwargs)
            for position, name, optional in wanted:
                found = args[position] if position < len(args) else kwargs.get(name, call)
                if hasattr(found, "_apply_sparse"):  # it has said itself what is not there for it
                    raise
                if found is not call and not is_tensor(found) and not (optional and found is None):
                    raise TypeError(
                        f"{plain.__name__}(): argument '{name}' (position {position + shift}) must be Tensor, not "
                        f"{type(found).__name__}"
                    ) from None
            raise

    return call  # type: ignore[return-value]

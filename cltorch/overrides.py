"""``__torch_function__``: classes that want to be asked about functions of their arguments. See torch.overrides."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from typing import Any

from .ops.asking import STATE, begin, handle, hook_of, overloaded
from .tensor.tensor import Tensor

__all__ = [
    "TorchFunctionMode",
    "get_default_nowrap_functions",
    "get_ignored_functions",
    "get_overridable_functions",
    "handle_torch_function",
    "has_torch_function",
    "has_torch_function_unary",
    "has_torch_function_variadic",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "resolve_name",
    "wrap_torch_function",
]


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether any argument wants to be asked, or a mode is on."""
    if not STATE.anything:
        return False
    return bool(STATE.modes) or (STATE.subclasses and any(hook_of(type(one)) is not None for one in relevant_args))


def has_torch_function_unary(obj: Any) -> bool:
    """Whether an argument wants to be asked."""
    return has_torch_function((obj,))


def has_torch_function_variadic(*args: Any) -> bool:
    """Whether any argument wants to be asked."""
    return has_torch_function(args)


def _get_overloaded_args(relevant_args: Iterable[Any]) -> list[Any]:
    """The arguments that want to be asked, one of each class, subclasses before their bases."""
    return overloaded(relevant_args)


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """Ask the modes and the arguments; TypeError if all answer NotImplemented. See torch.overrides.handle_torch_function."""
    return handle(public_api, overloaded(relevant_args), args, kwargs)


def wrap_torch_function(dispatcher: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator: the arguments that ``dispatcher`` gives are asked first."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return function(*args, **kwargs)

        return wrapped

    return decorate


class TorchFunctionMode:
    """A block in which ``__torch_function__(func, types, args, kwargs)`` is asked about functions. See torch.overrides."""

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Any:
        begin()
        STATE.modes.append(self)
        return self

    def __exit__(self, *details: object) -> None:
        STATE.modes.pop()


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that calls the function."""

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def _get_current_function_mode() -> TorchFunctionMode | None:
    """The innermost mode."""
    return STATE.modes[-1] if STATE.modes else None


def _len_torch_function_stack() -> int:
    """How many modes are on."""
    return len(STATE.modes)


def is_tensor_like(inp: Any) -> bool:
    """Whether an object is a tensor, or a class that wants to be asked as one."""
    return isinstance(inp, Tensor) or hasattr(type(inp), "__torch_function__")


def is_tensor_method_or_property(func: Callable[..., Any]) -> bool:
    """Whether a function is a method of Tensor."""
    return func in vars(Tensor).values() or getattr(Tensor, getattr(func, "__name__", ""), None) is func


def get_overridable_functions() -> dict[Any, list[Callable[..., Any]]]:
    """The functions of ``torch``, ``torch.nn.functional`` and ``Tensor``."""
    package = sys.modules[__name__.partition(".")[0]]
    found: dict[Any, list[Callable[..., Any]]] = {}
    for holder in (package, package.nn.functional, Tensor):
        named = {name: getattr(holder, name) for name in dir(holder) if not name.startswith("_")}
        found[holder] = [one for one in named.values() if callable(one) and not isinstance(one, type)]
    return found


def get_ignored_functions() -> set[Callable[..., Any]]:
    """No function: which ones are asked about is not listed."""
    return set()


def get_default_nowrap_functions() -> set[Callable[..., Any]]:
    """Getters whose results are not made an object of a subclass."""
    return {getattr(Tensor, name).__get__ for name in ("_base", "grad", "_grad") if hasattr(Tensor, name)}


def resolve_name(f: Callable[..., Any]) -> str | None:
    """The public name of a function: ``torch.relu``, ``torch.Tensor.add``."""
    package = sys.modules[__name__.partition(".")[0]]
    name = getattr(f, "__name__", None)
    for where, holder in (
        ("torch", package),
        ("torch.nn.functional", package.nn.functional),
        ("torch.Tensor", Tensor),
    ):
        if name is not None and getattr(holder, name, None) is f:
            return f"{where}.{name}"
    return None

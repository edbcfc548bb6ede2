"""``__torch_function__``: classes that want to be asked about functions of their arguments. See torch.overrides."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from .ops.asking import STATE, UNASKED, begin, handle, hook_of, overloaded, unasked
from .tensor.tensor import Tensor

__all__ = [
    "TorchFunctionMode",
    "get_default_nowrap_functions",
    "get_ignored_functions",
    "get_overridable_functions",
    "get_testing_overrides",
    "handle_torch_function",
    "has_torch_function",
    "has_torch_function_unary",
    "has_torch_function_variadic",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "redispatch_function",
    "resolve_name",
    "wrap_torch_function",
]


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether any argument wants to be asked, or a mode is on."""
    if STATE.skips:
        STATE.skips = False
        return False
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


def redispatch_function(
    func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None
) -> Any:
    """Call a function from inside of a ``__torch_function__``: nobody is asked about it, and everybody about those that it calls. Its
    own result is what it is, mostly a plain tensor. See torch.overrides.redispatch_function.
    """
    return unasked(func, args, kwargs or {})


def is_tensor_method_or_property(func: Callable[..., Any]) -> bool:
    """Whether a function is a method of Tensor, or the ``__get__`` of one of its properties. A function of ``torch`` that is
    a method too is one object here, so this is True for it.
    """
    return func in _overridable()[0][Tensor] or getattr(func, "__name__", "") == "__get__"


def get_overridable_functions() -> dict[Any, list[Callable[..., Any]]]:
    """The functions that are asked about, of ``torch``, ``nn.functional``, ``nn.init``, ``linalg``, ``fft``, ``special`` and Tensor
    (properties by their ``__get__``). See torch.overrides.get_overridable_functions.
    """
    return _overridable()[0]


def get_ignored_functions() -> set[Callable[..., Any]]:
    """The public functions of ``torch`` and Tensor that nobody is asked about, as they take no tensor. See
    torch.overrides.get_ignored_functions.
    """
    package = sys.modules[__name__.partition(".")[0]]
    methods = {getattr(Tensor, name) for name in UNASKED if hasattr(Tensor, name)}
    return methods | {one for one in _functions(package).values() if not _takes_tensors(one)}


def get_testing_overrides() -> dict[Callable[..., Any], Callable[..., Any]]:
    """For every function that is asked about one with its signature that returns -1. See torch.overrides.get_testing_overrides."""
    return {one: _stand_in(one) for each in _overridable()[0].values() for one in each}


def _stand_in(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function with the same signature that returns -1; TypeError for arguments that do not fit."""
    try:
        signature = _plain(inspect.signature(function))
    except (TypeError, ValueError):  # getters of properties
        return lambda *args, **kwargs: -1

    def answer(*args: Any, **kwargs: Any) -> int:
        signature.bind(*args, **kwargs)
        return -1

    answer.__signature__ = signature  # type: ignore[attr-defined]
    return answer


def _plain(signature: inspect.Signature) -> inspect.Signature:
    """The signature without annotations."""
    bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    return signature.replace(parameters=bare, return_annotation=signature.empty)


def get_default_nowrap_functions() -> set[Callable[..., Any]]:
    """Getters whose results are not made an object of a subclass."""
    return {getattr(Tensor, name).__get__ for name in ("_base", "grad", "_grad") if hasattr(Tensor, name)}


def resolve_name(f: Callable[..., Any]) -> str | None:
    """The public name of a function: ``torch.relu``, ``torch.Tensor.view``, ``torch.Tensor.shape.__get__``; None if it has none."""
    return _overridable()[1].get(f)


def _functions(holder: Any) -> dict[str, Callable[..., Any]]:
    """The public functions of a module."""
    names = getattr(holder, "__all__", None) or dir(holder)
    found = {name: getattr(holder, name, None) for name in names if not name.startswith("_")}
    return {name: one for name, one in found.items() if isinstance(one, FunctionType)}


def _takes_tensors(function: Callable[..., Any]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(
        one.name in ("input", "obj") or "Tensor" in str(one.annotation) for one in parameters if one.name != "out"
    )


@functools.cache
def _overridable() -> tuple[dict[Any, list[Callable[..., Any]]], dict[Callable[..., Any], str]]:
    """The functions that are asked about, by the module or class that has them, and the names of all."""
    package = sys.modules[__name__.partition(".")[0]]
    functional, init = package.nn.functional, package.nn.init
    found: dict[Any, list[Callable[..., Any]]] = {}
    named: dict[Callable[..., Any], str] = {}
    for holder in (package, functional, init, Tensor, package.linalg, package.fft, package.special):
        where = f"torch{holder.__name__.removeprefix(package.__name__)}" if holder is not Tensor else "torch.Tensor"
        members = _methods() if holder is Tensor else _functions(holder)
        for name, one in members.items():
            named.setdefault(one, f"{where}.{name}")
        found[holder] = [one for one in members.values() if holder is Tensor or _takes_tensors(one)]
    return found, named


def _methods() -> dict[str, Callable[..., Any]]:
    """What can be asked of a tensor, properties as ``name.__get__``."""
    found: dict[str, Callable[..., Any]] = {}
    for name in dir(Tensor):
        one = getattr(Tensor, name, None)
        if name in UNASKED or (name.startswith("_") and not name.startswith("__")):
            continue
        if isinstance(one, FunctionType):
            found[name] = one
        elif isinstance(one, property):
            found[f"{name}.__get__"] = one.__get__
    return found

"""``__torch_function__``: classes and modes that are asked before a public function or method runs. See torch.overrides.

Nothing is asked, and nothing is slower, until somebody can answer: the first object of a class of tensors with a hook, the first
other object that has one, or the first mode. Then `begin` gives every public function another body, which looks at its arguments; a profile
gives them back their own when it ends (`borrow`).
The function objects stay the same ones, so it does not matter where a program keeps them: hooks compare functions by identity.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from .origins import METHODS, in_c

Function = Callable[..., Any]

PLACES: list[tuple[Any, Iterable[str]]] = []
"""Tensor, and the modules with the names of their public functions."""

OPERATORS = {
    **{f"__{left}{name}__": name for name in ("add", "mul") for left in ("", "r")},
    **{f"__{name}__": name for name in "sub matmul neg abs pow gt ge lt le".split()},
    **{f"__i{name}__": f"{name}_" for name in "add sub mul pow".split()},
    "__truediv__": "div",
    "__itruediv__": "div_",
    "__mod__": "remainder",
    "__imod__": "remainder_",
    "__ne__": "ne",
    "__pos__": "positive",
}
"""Operators of which hooks are told by the name of a method, as in PyTorch; the others by their own."""

BINARY = frozenset(
    f"__{side}{name}__"
    for name in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
    for side in ("", "r")
)
"""Operators that leave it to the other operand when nobody answers."""

UNASKED = frozenset(
    "__class__ __new__ __init__ __init_subclass__ __hash__ __iter__ __subclasshook__ __torch_function__ __getattr__ as_subclass "
    "is_tensor is_storage".split()
)
"""Names that nobody is asked about."""

PLAIN = frozenset("tensor as_tensor asarray from_numpy from_dlpack".split())
"""Functions of which only modes are asked."""

APART: set[str] = {"einsum"}
"""Functions whose operands, given as one sequence, are taken out of it before anybody is asked."""

NOWRAP: set[Any] = set()
"""Getters of Tensor whose results stay what they are."""


class _State(threading.local):
    """What one thread asks: its modes, the innermost last, and whether classes are asked (``subclasses``), or anything;
    ``skips`` while the next function is not asked about (`unasked`)."""

    def __init__(self) -> None:
        self.modes: list[Any] = []
        self.subclasses = True
        self.anything = True
        self.skips = False


STATE = _State()


class DisableTorchFunctionSubclass:
    """A block in which classes are not asked; modes are. See torch._C.DisableTorchFunctionSubclass."""

    def __enter__(self) -> None:
        self.before, STATE.subclasses = STATE.subclasses, False

    def __exit__(self, *details: object) -> None:
        STATE.subclasses = self.before


class DisableTorchFunction:
    """A block in which neither classes nor modes are asked. See torch._C.DisableTorchFunction."""

    def __enter__(self) -> None:
        self.before, STATE.anything = STATE.anything, False

    def __exit__(self, *details: object) -> None:
        STATE.anything = self.before


def _disabled_torch_function_impl(
    func: Function, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
) -> Any:
    """The ``__torch_function__`` of classes that do not want to be asked: results are plain tensors."""
    with DisableTorchFunctionSubclass():
        return func(*args, **(kwargs or {}))


def unasked(function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function without asking about it; about those that it calls is asked."""
    begin()
    STATE.skips = True
    try:
        return function(*args, **kwargs)
    finally:
        STATE.skips = False


# --- who is asked ---------------------------------------------------------------------------------------------------------


def hook_of(kind: type) -> Any:
    """The ``__torch_function__`` of a class that wants to be asked, else None."""
    hook = getattr(kind, "__torch_function__", None)
    if hook is None or hook is _disabled_torch_function_impl or kind is PLACES[0][0]:
        return None
    return hook


_SILENT = {int, float, complex, bool, str, bytes, slice, range, dict, type(None), type(...)}
"""Classes whose objects never want to be asked, and are no sequences of such; `begin` adds Tensor."""


def overloaded(arguments: Iterable[Any]) -> list[Any]:
    """The arguments that want to be asked, one of each class, subclasses before their bases."""
    found: list[Any] = []
    for one in arguments:
        kind = type(one)
        if kind in _SILENT or hook_of(kind) is None or any(type(other) is kind for other in found):
            continue
        at = next((k for k, other in enumerate(found) if issubclass(kind, type(other))), len(found))
        found.insert(at, one)
    return found


def _spread(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Any]:
    """All arguments, and the members of those that are sequences."""
    for one in (*args, *kwargs.values()):
        if isinstance(one, (tuple, list)):
            yield from one
        else:
            yield one


def handle(function: Function, asked: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
    """What the innermost mode answers about a call, else the first argument that does; TypeError if none does."""
    types = tuple(type(one) for one in asked)
    if len(args) == 2 and isinstance(args[1], (tuple, list)) and getattr(function, "__name__", "") in APART:
        args = (args[0], *args[1])
    if STATE.modes:
        mode = STATE.modes.pop()
        try:
            result = mode.__torch_function__(function, types, args, kwargs)
        finally:
            STATE.modes.append(mode)
        if result is not NotImplemented:
            return result
    for one in asked:
        result = hook_of(type(one))(function, types, args, kwargs)
        if result is not NotImplemented:
            return result
    name = f"{getattr(function, '__module__', 'torch')}.{getattr(function, '__name__', function)}"
    if name.count(".") == 1:  # of those that PyTorch's dispatcher calls
        told = [f"mode object {mode!r}" for mode in STATE.modes[-1:]] + [f"tensor subclass {kind}" for kind in types]
        raise TypeError(
            f"Multiple dispatch failed for '{name}'; all __torch_function__ handlers returned NotImplemented:\n\n"
            + "".join(f"  - {one}\n" for one in told)
            + "\nFor more information, try re-running with TORCH_LOGS=not_implemented"
        )
    said = f"no implementation found for '{name}' on types that implement __torch_function__: {list(types)}"
    raise TypeError(f"{said} nor in mode {STATE.modes[-1]}" if STATE.modes else said)


# --- how functions come to ask --------------------------------------------------------------------------------------------

_begun = False  # for good: somebody can answer
_borrowers = 0  # those who ask for a while
_DOORS: list[tuple[FunctionType, FunctionType, Function]] = []
"""The functions that may get another body, each with one that does what it did before, and with what asks first."""
_open = False  # whether they have it


def noticed(kind: type) -> None:
    """Begin to ask if a class wants to be asked. Called where an object of another class than Tensor is made."""
    if not _begun and hook_of(kind) is not None:
        begin()


def foreign(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Begin to ask if an argument that is no tensor wants to be asked. Called by functions that have failed on it: True says
    that they should be called again.
    """
    if _begun or all(hook_of(type(one)) is None for one in _spread(args, kwargs)):
        return False
    begin()
    return True


def function(name: str) -> Function:
    """A public function."""
    return next(vars(place)[name] for place, names in PLACES[1:] if name in names)


def method(name: str) -> Function:
    """The public method that computes a row of the op table."""
    return getattr(PLACES[0][0], {"true_divide": "div"}.get(name, name))


def begin() -> None:
    """Let all public functions, methods and properties ask from now on."""
    global _begun
    _begun = True
    _install()


def borrow() -> None:
    """As `begin`, until `give_back`."""
    global _borrowers
    _borrowers += 1
    _install()


def give_back() -> None:
    """Undo a `borrow`: functions have their own bodies again if nobody else asks."""
    global _borrowers, _open
    _borrowers -= 1
    if _borrowers or _begun:
        return
    _open = False
    for target, before, door in _DOORS:  # threads may call a function meanwhile: it has the defaults of both
        target.__defaults__ = before.__defaults__
        target.__kwdefaults__ = {**(before.__kwdefaults__ or {}), "_door": door}
        target.__code__ = before.__code__
        target.__kwdefaults__ = before.__kwdefaults__


def _install() -> None:
    global _open
    if _open:
        return
    if not _DOORS:
        _make_doors()
    _open = True
    for target, before, door in _DOORS:
        target.__kwdefaults__ = {**(before.__kwdefaults__ or {}), "_door": door}
        target.__code__ = _body(len(before.__code__.co_freevars)).replace(co_name=before.__name__)
        target.__kwdefaults__ = {"_door": door}
        target.__defaults__ = None


def _make_doors() -> None:
    tensor = PLACES[0][0]
    _SILENT.add(tensor)
    NOWRAP.update(getattr(tensor, name).__get__ for name in ("_base", "grad"))
    done: set[int] = set()
    for name in dir(tensor):
        if name not in UNASKED and (not name.startswith("_") or name.startswith("__")):
            asked_about = getattr(tensor, OPERATORS.get(name, name), None)
            nothing: Any = None if name not in METHODS else {}
            _let_ask(inspect.getattr_static(tensor, name), asked_about, done, nothing, is_binary=name in BINARY)
    for place, names in PLACES[1:]:
        space = place.__name__.partition(".")[2]
        for name in names:
            if name not in UNASKED:
                nothing = None if in_c(name, (space,)) else {}
                _let_ask(vars(place)[name], vars(place)[name], done, nothing, name not in PLAIN)


def _let_ask(
    found: Any, function: Any, done: set[int], nothing: Any, classes: bool = True, is_binary: bool = False
) -> None:
    """Make the doors of what stands under a name (a function, a property): they ask about ``function``, and say ``nothing``
    where there are no arguments by name: None for what PyTorch has written in C.
    """
    if isinstance(found, property):
        _let_ask(found.fget, found.__get__, done, None)
        _let_ask(found.fset, found.__set__, done, None)
    elif isinstance(found, FunctionType) and id(found) not in done:
        done.add(id(found))
        _make_door(found, function, nothing, classes, is_binary)


@cache
def _body(free: int) -> CodeType:
    """The code of a function that asks its ``_door``; with as many variables of an outer function as the code has whose place it takes:
    debuggers read them.
    """
    names = ", ".join(f"outer{k}" for k in range(free))
    lines = [f"def make({names}):", " def body(*args, _door=None, **kwargs):", "  return _door(args, kwargs)"]
    if free:
        lines.append(f"  {names}")  # never reached: it makes them variables of the body
    made: dict[str, Any] = {}
    text = compile("\n".join([*lines, " return body"]), __file__, "exec")  # of this file: warnings look behind it
    exec(text, made)
    return made["make"](*range(free)).__code__


def _make_door(target: FunctionType, function: Function, nothing: Any, classes: bool, is_binary: bool) -> None:
    """What ``target`` does where it asks: modes (and ``classes``) about ``function``, and what it did before if nobody is there."""
    before = FunctionType(target.__code__, target.__globals__, target.__name__, target.__defaults__, target.__closure__)
    before.__kwdefaults__ = target.__kwdefaults__
    if not hasattr(target, "__wrapped__") and not hasattr(target, "__signature__"):
        target.__signature__ = inspect.signature(target)  # type: ignore[attr-defined]

    silent = _SILENT.issuperset

    def door(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if STATE.skips:
            STATE.skips = False
            return before(*args, **kwargs)
        is_silent = not classes or (silent(map(type, args)) and (not kwargs or silent(map(type, kwargs.values()))))
        if (not is_silent or STATE.modes) and STATE.anything:
            asked = [] if is_silent or not STATE.subclasses else overloaded(_spread(args, kwargs))
            if asked or STATE.modes:
                try:
                    return handle(function, asked, args, kwargs or nothing)
                except TypeError:
                    if is_binary:
                        return NotImplemented
                    raise
        return before(*args, **kwargs)

    _DOORS.append((target, before, door))

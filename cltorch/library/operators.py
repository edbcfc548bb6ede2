"""Operators of programs: overloads and what computes them.

There is one kind of device, so an operator has one implementation for it: that for the type of device which its tensors say, else whichever was registered last for a device, or for all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..autograd.modes import MODE, is_grad_enabled, no_autocast, no_grad
from ..ops.asking import STATE, handle, overloaded
from ..tensor.tensor import Tensor
from .binding import bind, converted
from .gradients import as_function, tensors
from .schema import FunctionSchema

Kernel = Callable[..., Any]


class _Excluded(threading.local):
    """Which implementations one thread leaves out: those for autocast, in a block that says so."""

    autocast = False


_EXCLUDED = _Excluded()
_NOT_OF_A_DEVICE = ("Meta", "Fake", "FuncTorchBatched", "Functionalize", "Python")


@contextmanager
def without(keys: Iterable[str]) -> Iterator[None]:
    """A block in which operators do not take their implementations for some dispatch keys; only autocast's are known here."""
    before = _EXCLUDED.autocast
    _EXCLUDED.autocast = before or any(key.startswith("Autocast") for key in keys)
    try:
        yield
    finally:
        _EXCLUDED.autocast = before


class OpOverload:
    """An operator of a namespace, under one of its overloads (``ops.aten.add.Tensor``): a callable, with its implementations by dispatch key.

    ``_schema`` is None where none was declared; arguments are handed on as they are then.
    """

    def __init__(self, packet: OpOverloadPacket, overload: str) -> None:
        self._overloadpacket, self._overloadname = packet, overload
        self.namespace = packet._qualified_op_name.partition("::")[0]
        self.__name__ = f"{packet.__name__}.{overload}"
        self.__module__ = packet.__module__
        self._schema: FunctionSchema | None = None
        self.tags: list[Any] = []
        self.kernels: dict[str, Kernel] = {}
        self.gradient: tuple[Kernel, Kernel | None] | None = None
        self.slices: Kernel | None = None
        self.cast: Any = None
        self.is_function = False
        """Whether calls are one node of the graph, as those of `custom_op` are, with or without a gradient rule."""

    def implementation(self, args: Iterable[Any] = ()) -> Kernel:
        """What computes it for some arguments. NotImplementedError when nothing was registered for a device."""
        kernels = {**self._overloadpacket.kernels, **self.kernels}
        casts = MODE.cast is not None and not _EXCLUDED.autocast
        found = {
            key: function
            for key, function in kernels.items()
            if not key.startswith(_NOT_OF_A_DEVICE) and (casts or not key.startswith("Autocast"))
        }
        if not found:
            raise NotImplementedError(
                f"Could not run '{self.name()}' with arguments from the '{_backend(args)}' backend: no implementation of it was registered for a device."
            )
        last = next(reversed(found))
        if len(found) == 1 or last.startswith("Autocast"):
            return found[last]
        own = found.get(_backend(args))
        return found[last] if own is None else own

    def compute(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call the implementation for a device, or that for shapes alone where a tensor has no elements."""
        where = tensors((*args, *kwargs.values()))
        if any(one.is_meta for one in where) and (self.is_function or "Fake" in self.kernels or "Meta" in self.kernels):
            return self.fake(args, kwargs)
        output = self.implementation(where)(*args, **kwargs)
        if self._schema is not None and len(self._schema.returns) == 1 and output is not None:
            try:
                return converted(output, self._schema.returns[0].type)
            except TypeError as error:
                raise RuntimeError(f"{self.name()}: {error}") from None
        return output

    def fake(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The results' shapes, by what was registered for them. RuntimeError if nothing was."""
        found = self.kernels.get("Fake") or self.kernels.get("Meta")
        if found is None:
            raise RuntimeError(
                f"There was no fake impl registered for <CustomOpDef({self._overloadpacket._qualified_op_name})>. This is necessary for "
                f"tensors of the device meta. Please use `register_fake` to add an fake impl."
            )
        with no_grad():
            return found(*args, **kwargs)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> OpOverload:
        return self  # there is one of each

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if STATE.anything and STATE.subclasses and (asked := overloaded((*args, *kwargs.values()))):
            return handle(self, asked, args, kwargs)
        positional: Sequence[Any] = args
        if self._schema is not None:
            positional, kwargs = bind(self._schema, args, kwargs)
        if self.cast is not None and MODE.cast is not None and not _EXCLUDED.autocast:
            positional, kwargs = (
                [_cast(one, self.cast) for one in positional],
                {k: _cast(v, self.cast) for k, v in kwargs.items()},
            )
            with no_autocast():
                return self._called(positional, kwargs)
        return self._called(positional, kwargs)

    def _called(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        if "CompositeImplicitAutograd" in self.kernels or not (self.is_function or self.gradient or self.slices):
            return self.compute(args, kwargs)  # made of ops that have gradients
        wants = is_grad_enabled() and any(one._is_recorded for one in tensors(args))
        if not wants and not (self.slices is not None and MODE.levels):
            with no_grad():
                return self.compute(args, kwargs)
        return as_function(self, args, kwargs)

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        """The operator with all its overloads."""
        return self._overloadpacket

    @property
    def op(self) -> Kernel:
        """What is called."""
        return self.implementation()

    def name(self) -> str:
        """``aten::add.Tensor``."""
        name = self._overloadpacket._qualified_op_name
        return name if self._overloadname == "default" else f"{name}.{self._overloadname}"

    def has_kernel_for_dispatch_key(self, key: Any) -> bool:
        """Whether something was registered for a dispatch key."""
        return getattr(key, "name", key) in self.kernels

    def __str__(self) -> str:
        return f"{self.namespace}.{self.__name__}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self.namespace}.{self._overloadpacket.__name__}', overload='{self._overloadname}')>"


def _backend(args: Iterable[Any]) -> str:
    """The dispatch key of the first tensor's device, as it says itself."""
    kind = next((one.device.type for one in args if isinstance(one, Tensor)), "cpu")
    return kind.upper()


def _cast(value: Any, to: Any) -> Any:
    """Floating tensors (but doubles) in another dtype, as autocast casts them."""
    if isinstance(value, list | tuple):
        return type(value)([_cast(one, to) for one in value])
    if isinstance(value, Tensor) and value.is_floating_point() and value.element_size() < 8:
        return value.to(to)
    return value


class OpOverloadPacket:
    """An operator of a namespace with its overloads (``ops.aten.add``). A call goes to the first whose schema the arguments fit."""

    def __init__(self, qualified: str) -> None:
        self._qualified_op_name = qualified
        space, _, self.__name__ = qualified.partition("::")
        self.__module__ = f"torch._ops.{space}"
        self.kernels: dict[str, Kernel] = {}
        """The function of cltorch's own that all overloads share, if there is one."""
        self.declared: dict[str, OpOverload] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if STATE.anything and STATE.subclasses and (asked := overloaded((*args, *kwargs.values()))):
            return handle(self, asked, args, kwargs)
        if len(self.declared) < 2:
            return next(iter(self.declared.values()), self.default)(*args, **kwargs)
        faults = []
        for one in self.declared.values():
            if one._schema is not None:
                try:
                    bind(one._schema, args, kwargs)
                except RuntimeError as error:
                    faults.append(str(error))
                    continue
            return one(*args, **kwargs)
        raise RuntimeError(f"No overload of {self._qualified_op_name} fits the arguments:\n" + "\n".join(faults))

    def declare(self, overload: str = "") -> OpOverload:
        """One of the overloads, which is there from now on."""
        name = overload or "default"
        if name not in self.declared:
            self.declared[name] = vars(self)[name] = OpOverload(self, name)
        return self.declared[name]

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return list(self.declared) or ["default"]

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> OpOverloadPacket:
        return self  # there is one of each operator

    def __getattr__(self, overload: str) -> OpOverload:
        if overload.startswith("__") or (self.declared and not self.kernels):
            raise AttributeError(f"The underlying op of '{self}' has no overload name '{overload}'")
        made = vars(self)[overload] = OpOverload(
            self, overload
        )  # all overloads of PyTorch's own operators mean its one function here
        return made

    def __str__(self) -> str:
        return self._qualified_op_name.replace("::", ".")

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"

"""How programs declare operators and say what computes them: `Library`, ``define``, ``impl``, ``register_*``."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

from .namespaces import is_there, ops, overload_of, packet_of
from .operators import Kernel, OpOverload
from .schema import FunctionSchema, parse_schema

_DEFINED: weakref.WeakValueDictionary[str, Library] = weakref.WeakValueDictionary()
"""Whose each namespace is."""


def declare(schema: FunctionSchema, tags: Any = (), *, anew: bool = False) -> OpOverload:
    """The operator of a schema with its whole name. RuntimeError if it was declared before, unless ``anew``, which forgets what it was."""
    qualified = f"{schema.name}.{schema.overload_name}" if schema.overload_name else schema.name
    packet = packet_of(qualified)
    before = packet.declared.get(schema.overload_name or "default")
    if before is not None and before._schema is not None and not anew:
        raise RuntimeError(
            f"Tried to register an operator ({schema}) with the same name and overload name multiple times. Each overload's schema should only "
            f"be registered with a single call to def(). Original registration: {before._schema}"
        )
    if anew:
        packet.declared.pop(schema.overload_name or "default", None)
    op = packet.declare(schema.overload_name)
    op._schema = schema
    op.tags = list(tags) if isinstance(tags, list | tuple) else [tags]
    return op


class Library:
    """A part of a namespace whose operators are declared or implemented.

    ``kind`` is ``"DEF"`` (there is one of each namespace, RuntimeError otherwise), ``"FRAGMENT"`` or ``"IMPL"``. See torch.library.Library.
    """

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in ("IMPL", "DEF", "FRAGMENT"):
            raise ValueError("Unsupported kind: ", kind)
        if kind == "DEF":
            if ns in _DEFINED:
                raise RuntimeError(
                    f"Only a single TORCH_LIBRARY can be used to register the namespace {ns}; please put all of your definitions in a single "
                    f"TORCH_LIBRARY block.  If you were trying to specify implementations, consider using TORCH_LIBRARY_IMPL (which can be "
                    f"duplicated).  If you really intended to define operators for a single namespace in a distributed way, you can use "
                    f"TORCH_LIBRARY_FRAGMENT to explicitly indicate this."
                )
            _DEFINED[ns] = self
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self._names: set[str] = set()

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Declare an operator by its schema (``"mul(Tensor a, Tensor b) -> Tensor"``); returns its name. RuntimeError for what is no schema."""
        found = parse_schema(schema)
        whole = FunctionSchema(f"{self.ns}::{found.name}", found.overload_name, found.arguments, found.returns)
        self._names.add(declare(whole, tags).overloadpacket.__name__)
        return schema.partition("(")[0].strip()

    def impl(
        self, op_name: Any, fn: Kernel, dispatch_key: str = "", *, with_keyset: bool = False, **ignored: Any
    ) -> None:
        """Implement an operator for a dispatch key (the library's by default)."""
        if not callable(fn):
            raise TypeError(f"Input function is required to be a callable but found type {type(fn)}")
        if not isinstance(op_name, str):
            op = overload_of(op_name)
        else:
            op = overload_of(op_name if "::" in op_name else f"{self.ns}::{op_name}")
        op.kernels[dispatch_key or self.dispatch_key] = partial(fn, None) if with_keyset else fn

    def fallback(self, fn: Kernel, dispatch_key: str = "", *, with_keyset: bool = False) -> NoReturn:
        """RuntimeError: there is no dispatcher that operators could fall through."""
        raise RuntimeError("Library.fallback(): cltorch has no dispatcher whose fallback could be replaced")

    def _destroy(self) -> None:
        """Forget the operators that it declared."""
        space = getattr(ops, self.ns)
        for name in self._names:
            vars(space).pop(name, None)
        self._names.clear()
        if _DEFINED.get(self.ns) is self:
            del _DEFINED[self.ns]


@contextmanager
def _scoped_library(ns: str, kind: str, dispatch_key: str = "") -> Iterator[Library]:
    """A `Library` whose operators are forgotten at the end of the block."""
    library = Library(ns, kind, dispatch_key)
    try:
        yield library
    finally:
        library._destroy()


def define(qualname: Any, schema: Any = None, *, lib: Library | None = None, tags: Any = ()) -> Any:
    """Declare ``space::name`` by its schema, from the brackets on. ValueError for other names. See torch.library.define."""
    if isinstance(qualname, Library):  # the old form, a decorator: the function is its implementation

        def decorate(function: Kernel) -> Kernel:
            name = qualname.define(schema)
            qualname.impl(name, function, "CompositeImplicitAutograd")
            return function

        return decorate
    if not isinstance(qualname, str):
        raise ValueError(f"define(qualname, schema): expected qualname to be instance of str, got {type(qualname)}")
    if "::" not in qualname:
        raise ValueError(f"Expected the name to be of the form `namespace::name`, got {qualname!r}")
    if not isinstance(schema, str) or not schema.startswith("("):
        raise ValueError(
            f'define(qualname, schema, ...): expected schema to look like e.g. "(Tensor x) -> Tensor" but got "{schema}"'
        )
    op = declare(parse_schema(qualname + schema), tags)
    if lib is not None:
        lib._names.add(op.overloadpacket.__name__)
    return None


def impl(qualname: Any, types: Any, func: Any = None, *, lib: Library | None = None) -> Any:
    """Implement an operator for device types, or (the old form) for a library's dispatch key. See torch.library.impl."""
    if isinstance(qualname, Library):
        return impl(f"{qualname.ns}::{types}", (func if isinstance(func, str) else "") or qualname.dispatch_key)
    keys = (types,) if isinstance(types, str) else tuple(types)

    def decorate(function: Kernel) -> Kernel:
        for key in keys:
            overload_of(qualname).kernels[_key_of(key)] = function
        return function

    return decorate if func is None else decorate(func)


def _key_of(kind: str) -> str:
    """The dispatch key that a type of device stands for; others are keys themselves."""
    return kind.upper() if kind in DEVICES else {"default": "", "meta": "Meta"}.get(kind, kind)


DEVICES = ("cpu", "cuda", "mps", "xpu", "hpu", "mtia")
"""Types of devices that implementations are registered for; there is one kind here, see `operators`."""


def register_kernel(op: Any, device_types: Any, func: Kernel | None = None, /, *, lib: Library | None = None) -> Any:
    """Implement an operator for device types (None: all). See torch.library.register_kernel."""
    if hasattr(op, "register_kernel"):
        return op.register_kernel(device_types, func)
    return impl(op, "default" if device_types is None else device_types, func)


def register_fake(
    op: Any,
    func: Kernel | None = None,
    /,
    *,
    lib: Library | None = None,
    _stacklevel: int = 1,
    allow_override: bool = False,
) -> Any:
    """Say which shapes an operator gives, for tensors of the device ``meta``. An operator that is not there may be declared later. See torch.library.register_fake."""
    return impl(op, "Fake", func)


impl_abstract = register_fake


def _declared(op: Any) -> OpOverload:
    """An operator that was declared; AttributeError if it was not."""
    if isinstance(op, str) and not is_there(op):
        space, _, name = op.partition("::")
        raise AttributeError(f"'_OpNamespace' '{space}' object has no attribute '{name}'")
    return overload_of(op)


def register_autograd(
    op: Any, backward: Kernel, /, *, setup_context: Kernel | None = None, lib: Library | None = None
) -> None:
    """Give an operator a gradient rule, ``backward(ctx, *grads)``; ``setup_context(ctx, inputs, output)`` keeps what it needs.

    RuntimeError for an operator that changes its arguments, NotImplementedError for tensors that go by name only. See torch.library.register_autograd.
    """
    found = _declared(op)
    schema = found._schema
    if schema is not None:
        if not is_functional_schema(schema):
            raise RuntimeError(
                f"Cannot register autograd formula for non-functional operator {found} with schema {schema}. Please create a functional operator and "
                f"register an autograd formula for that."
            )
        if any(one.kwarg_only and one.type.base == "Tensor" for one in schema.arguments):
            raise NotImplementedError(
                f"register_autograd with kwarg-only Tensor args. In the original definition of the op, please make your tensors not kwarg-only. Got: {schema}"
            )
    found.gradient = (backward, setup_context)


def register_autocast(op: Any, device_type: str, cast_inputs: Any, /, *, lib: Library | None = None) -> None:
    """Cast the floating tensors among an operator's arguments to a dtype under autocast, in which autocast does nothing. See torch.library.register_autocast."""
    if device_type not in ("cpu", "cuda", "xpu", "mps"):
        raise ValueError(f"Unknown device type: {device_type}")
    _declared(op).cast = cast_inputs


def register_vmap(op: Any, func: Kernel | None = None, /, *, lib: Library | None = None) -> Any:
    """Say how an operator works on slices: ``func(info, in_dims, *args, **kwargs)`` gives the results and the dimensions of their slices. See torch.library.register_vmap."""

    def decorate(function: Kernel) -> Kernel:
        _declared(op).slices = function
        return function

    return decorate if func is None else decorate(func)


def register_torch_dispatch(op: Any, torch_dispatch_class: Any, func: Kernel | None = None, /, **kwargs: Any) -> Any:
    """Say how an operator meets a dispatch mode; there are none here, and it is kept."""
    return impl(op, "Python", func)


def get_kernel(op: Any, dispatch_key: Any) -> Callable[..., Any]:
    """The implementation of an operator. See torch.library.get_kernel."""
    return overload_of(op).implementation()


def is_functional_schema(schema: Any) -> bool:
    """Whether an operator neither changes an argument nor gives one back, by its schema."""
    found = parse_schema(schema) if isinstance(schema, str) else schema
    return not found.is_mutable and all(one.alias_info is None for one in found.returns)


def set_ctx_getter(getter: Any) -> Any:
    """Keep nothing: shapes are asked of the ops themselves."""
    return getter


def get_ctx() -> NoReturn:
    """RuntimeError: shapes that depend on data have no symbols here. See torch.library.get_ctx."""
    raise RuntimeError(
        "get_ctx(): an operator whose shapes depend on data has none for tensors of the device meta, which have no symbolic sizes here"
    )

"""Operators by name: ``torch.ops`` and ``torch.library``.

``ops.aten.add`` is `cltorch.add`; other namespaces hold what programs register. There is one kind of device, so an operator has one
implementation for it: whichever was registered last for a device, or for all. Those for shapes alone (``register_fake``) are kept
and asked by nobody, since every op of cltorch knows its shapes.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from .autograd.function import Function
from .autograd.modes import MODE, is_grad_enabled
from .ops.asking import STATE, handle, overloaded
from .tensor.publish import functions
from .tensor.tensor import Tensor

Function_ = Callable[..., Any]


class _Excluded(threading.local):
    """Which implementations one thread leaves out: those for autocast, in a block that says so."""

    autocast = False


_EXCLUDED = _Excluded()
_SHAPES_ONLY = ("Meta", "Fake", "FuncTorchBatched", "Functionalize", "Python")


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
    """An operator of a namespace, under one of its overloads (``ops.aten.add.Tensor``): a callable."""

    def __init__(self, packet: OpOverloadPacket, overload: str) -> None:
        self._overloadpacket, self._overloadname = packet, overload
        self.namespace = packet._qualified_op_name.partition("::")[0]
        self.__name__ = f"{packet.__name__}.{overload}"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._overloadpacket(*args, **kwargs)

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        """The operator with all its overloads."""
        return self._overloadpacket

    def name(self) -> str:
        """``aten::add.Tensor``."""
        name = self._overloadpacket._qualified_op_name
        return name if self._overloadname == "default" else f"{name}.{self._overloadname}"

    def __str__(self) -> str:
        return f"{self.namespace}.{self.__name__}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self.namespace}.{self._overloadpacket.__name__}', overload='{self._overloadname}')>"


class OpOverloadPacket:
    """An operator of a namespace (``ops.aten.add``), its implementations by dispatch key and its gradient rule."""

    def __init__(self, qualified: str) -> None:
        self._qualified_op_name = qualified
        self.__name__ = qualified.partition("::")[2]
        self.schema = ""
        self.kernels: dict[str, Function_] = {}
        self.gradient: tuple[Function_, Function_ | None] | None = None

    def _implementation(self) -> Function_:
        casts = MODE.cast is not None and not _EXCLUDED.autocast
        found = [
            function
            for key, function in self.kernels.items()
            if not key.startswith(_SHAPES_ONLY) and (casts or not key.startswith("Autocast"))
        ]
        if not found:
            raise NotImplementedError(f"{self._qualified_op_name}: no implementation was registered for a device")
        return found[-1]

    def compute(self, *args: Any, **kwargs: Any) -> Any:
        """Call the implementation. NotImplementedError when there is none for a device."""
        return self._implementation()(*args, **kwargs)

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments by position as far as they have one, with their defaults, and those that go by name only."""
        found = inspect.signature(self._implementation()).bind(*args, **kwargs)
        found.apply_defaults()
        return found.args, found.kwargs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if STATE.anything and STATE.subclasses and (asked := overloaded((*args, *kwargs.values()))):
            return handle(self, asked, args, kwargs)
        by_itself = (
            self.gradient is None or "CompositeImplicitAutograd" in self.kernels
        )  # made of ops that have gradients
        if by_itself or not is_grad_enabled() or not _any_requires_grad(args):
            return self.compute(*args, **kwargs)
        return _with_gradient(self, args, kwargs)

    def overloads(self) -> list[str]:
        """The names of the overloads; they are one here."""
        return ["default"]

    def __getattr__(self, overload: str) -> OpOverload:
        if overload.startswith("__"):
            raise AttributeError(overload)
        made = OpOverload(self, overload)
        setattr(self, overload, made)
        return made

    def __str__(self) -> str:
        return self._qualified_op_name.replace("::", ".")

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"


def _any_requires_grad(args: Iterable[Any]) -> bool:
    return any(isinstance(one, Tensor) and one._is_recorded for one in args)


def _with_gradient(packet: OpOverloadPacket, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A call whose gradient is the registered rule."""
    backward, setup = packet.gradient  # type: ignore[misc]
    args, kwargs = packet.bound(args, kwargs)

    def forward(ctx: Any, *inputs: Any) -> Any:
        output = packet.compute(*inputs, **kwargs)
        if setup is not None:
            named = {"keyword_only_inputs": kwargs} if kwargs else {}
            setup(ctx=ctx, inputs=inputs, output=output, **named)
        return output

    name = f"GeneratedBackwardFor_{packet._qualified_op_name.replace('::', '_')}_default"
    call: Any = type(name, (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
    return call.apply(*args)


class _OpNamespace(ModuleType):
    """The operators of one namespace; those that are not there are AttributeErrors."""

    def __init__(self, name: str) -> None:
        super().__init__(f"torch.ops.{name}")
        self.name = name

    def __getattr__(self, op: str) -> Any:
        if op.startswith("__"):
            raise AttributeError(op)
        found = _own(op, self.name) if self.name in ("aten", "prims") else None
        if found is None and self.name != "aten":
            raise AttributeError(f"'_OpNamespace' '{self.name}' object has no attribute '{op}'")
        packet = _packet(
            f"{self.name}::{op}"
        )  # one of PyTorch's own may be named without being here: calling it raises
        if found is not None:
            packet.kernels[""] = found
        return packet


def _own(name: str, library: str) -> Function_ | None:
    """The function of cltorch that an operator of PyTorch's own library stands for."""
    internal = functions(library).get(name)
    if internal is not None:
        return internal
    root = __name__.partition(".")[0]
    space, _, rest = name.partition("_")
    if rest and space in ("fft", "linalg", "special"):  # ``aten::linalg_svd``
        inner = vars(sys.modules.get(f"{root}.{space}") or ModuleType(space)).get(rest)
        if callable(inner):
            return inner
    spaces = [sys.modules.get(f"{root}{part}") for part in ("", ".nn.functional", ".special", ".linalg", ".fft")]
    for holder in (*filter(None, spaces), Tensor):
        function = getattr(Tensor, name, None) if holder is Tensor else vars(holder).get(name)
        if callable(function):
            return function
    return None


class _Ops(ModuleType):
    """The registry of operators. See torch.ops."""

    __file__ = "_ops.py"

    def __init__(self) -> None:
        super().__init__("torch.ops")
        self.loaded_libraries: set[str] = set()

    def __getattr__(self, name: str) -> _OpNamespace:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _OpNamespace(name)
        setattr(self, name, made)
        return made

    def load_library(self, path: Any) -> None:
        """Operators compiled for PyTorch cannot be loaded (OSError); for those of torchvision and torchaudio there are compositions."""
        from . import torchaudio_ops, torchvision_images, torchvision_ops

        text = Path(path)
        known: dict[tuple[str, str], Any] = {
            ("torchvision", "_C"): torchvision_ops,
            ("torchvision", "image"): torchvision_images,
            ("lib", "_torchaudio"): torchaudio_ops,
            ("lib", "libtorchaudio"): torchaudio_ops,
        }
        name = text.name.partition(".")[0].removesuffix("_stable")  # of PyTorch's interface that stays the same
        found = known.get((text.parent.name, name))
        if found is not None:
            found.register()
            self.loaded_libraries.add(str(path))
            return
        raise OSError(f"{path}: operators compiled for PyTorch cannot run on OpenCL devices")

    def import_module(self, module: str) -> None:
        """Import a module that registers operators."""
        __import__(module)


class _Classes(ModuleType):
    """Classes written in C++ for PyTorch. See torch.classes."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"torch.classes.{name}: classes compiled for PyTorch are not here")

    def load_library(self, path: Any) -> None:
        """OSError: classes compiled for PyTorch cannot be loaded."""
        raise OSError(f"{path}: classes compiled for PyTorch cannot be loaded")


ops = _Ops()
classes = _Classes("torch.classes")


def _packet(qualified: str) -> OpOverloadPacket:
    """The operator ``namespace::name``, a new one if it is not there."""
    namespace, _, name = qualified.partition("::")
    if not name:
        raise ValueError(f"an operator is called namespace::name, not {qualified!r}")
    holder = getattr(ops, namespace)
    name = name.partition(".")[0]
    found = vars(holder).get(name)
    if found is None:
        found = OpOverloadPacket(f"{namespace}::{name}")
        setattr(holder, name, found)
    return found


def _qualified(op: Any) -> str:
    """The name of an operator that is given by name or as an object."""
    if isinstance(op, str):
        return op
    return op.name() if isinstance(op, OpOverload) else op._qualified_op_name


# --- registration -------------------------------------------------------------------------------------------------------


class Library:
    """A part of a namespace whose operators are defined or implemented. See torch.library.Library."""

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in ("IMPL", "DEF", "FRAGMENT"):
            raise ValueError("Unsupported kind: ", kind)
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Declare an operator by its schema (``"mul(Tensor a, Tensor b) -> Tensor"``); returns its name."""
        name = schema.partition("(")[0].strip()
        _packet(f"{self.ns}::{name}").schema = f"{self.ns}::{schema}"
        return name

    def impl(
        self, op_name: Any, fn: Function_, dispatch_key: str = "", *, with_keyset: bool = False, **ignored: Any
    ) -> None:
        """Implement an operator for a dispatch key (the library's by default)."""
        name = _qualified(op_name)
        name = name if "::" in name else f"{self.ns}::{name}"
        function = partial(fn, None) if with_keyset else fn
        _packet(name).kernels[dispatch_key or self.dispatch_key] = function

    def fallback(self, fn: Function_, dispatch_key: str = "", *, with_keyset: bool = False) -> None:
        """RuntimeError: there is no dispatcher that operators could fall through."""
        raise RuntimeError("Library.fallback(): cltorch has no dispatcher whose fallback could be replaced")


def define(qualname: str, schema: Any = None, *, lib: Library | None = None, tags: Any = ()) -> Any:
    """Declare an operator; as a decorator the function is its implementation. See torch.library.define."""
    if isinstance(schema, str):
        _packet(qualname).schema = qualname + schema
        return None

    def decorate(function: Function_) -> Function_:
        _packet(qualname).kernels[""] = function
        return function

    return decorate


def impl(qualname: Any, types: Any, func: Function_ | None = None, *, lib: Library | None = None) -> Any:
    """Implement an operator for device types, or (the old form) for a library's dispatch key. See torch.library.impl."""
    if isinstance(qualname, Library):
        return impl(f"{qualname.ns}::{types}", (func if isinstance(func, str) else "") or qualname.dispatch_key)
    keys = (types,) if isinstance(types, str) else tuple(types)

    def decorate(function: Function_) -> Function_:
        for key in keys:
            _packet(_qualified(qualname)).kernels[key] = function
        return function

    return decorate if func is None else decorate(func)


def register_kernel(op: Any, device_types: Any, func: Function_ | None = None, /, *, lib: Library | None = None) -> Any:
    """Implement an operator for device types (None: all). See torch.library.register_kernel."""
    return impl(op, "" if device_types is None else device_types, func)


def register_fake(
    op: Any,
    func: Function_ | None = None,
    /,
    *,
    lib: Library | None = None,
    _stacklevel: int = 1,
    allow_override: bool = False,
) -> Any:
    """Say which shapes an operator gives; also for operators that do not exist. See torch.library.register_fake."""
    return impl(op, "Fake", func)


impl_abstract = register_fake


def register_autograd(
    op: Any, backward: Function_, /, *, setup_context: Function_ | None = None, lib: Library | None = None
) -> None:
    """Give an operator a gradient rule. See torch.library.register_autograd."""
    _packet(_qualified(op)).gradient = (backward, setup_context)


def register_autocast(op: Any, device_type: str, cast_inputs: Any, /, *, lib: Library | None = None) -> None:
    """RuntimeError: operators of programs are not cast by autocast here."""
    raise RuntimeError(
        "register_autocast(): cltorch casts its own ops under autocast, not those that programs register"
    )


def register_vmap(op: Any, func: Function_ | None = None, /, *, lib: Library | None = None) -> Any:
    """Say how an operator works on a batch. See torch.library.register_vmap."""
    return impl(op, "FuncTorchBatched", func)


def register_torch_dispatch(op: Any, torch_dispatch_class: Any, func: Function_ | None = None, /, **kwargs: Any) -> Any:
    """Say how an operator meets a dispatch mode; there are none here, and it is kept."""
    return impl(op, "Python", func)


class CustomOpDef:
    """An operator that `custom_op` made of a function. See torch.library.CustomOpDef."""

    def __init__(self, name: str, function: Function_) -> None:
        self._qualname = name
        self._init_fn = function
        self._opoverload = _packet(name).default
        _packet(name).kernels[""] = function
        self.__name__, self.__doc__ = function.__name__, function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._opoverload(*args, **kwargs)

    def register_kernel(self, device_types: Any, fn: Function_ | None = None, /) -> Any:
        """Implement it for device types."""
        return register_kernel(self._qualname, device_types, fn)

    def register_fake(self, fn: Function_, /) -> Function_:
        """Say which shapes it gives."""
        return register_fake(self._qualname, fn)

    def register_autograd(self, backward: Function_, /, *, setup_context: Function_ | None = None) -> None:
        """Give it a gradient rule."""
        register_autograd(self._qualname, backward, setup_context=setup_context)

    def register_vmap(self, func: Function_ | None = None) -> Any:
        """Say how it works on a batch."""
        return register_vmap(self._qualname, func)

    def register_torch_dispatch(self, torch_dispatch_class: Any, fn: Function_ | None = None, /) -> Any:
        """Say how it meets a dispatch mode."""
        return register_torch_dispatch(self._qualname, torch_dispatch_class, fn)

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"


def custom_op(
    name: str,
    fn: Function_ | None = None,
    /,
    *,
    mutates_args: str | Sequence[str] = (),
    device_types: Any = None,
    schema: str | None = None,
    tags: Any = (),
) -> Any:
    """Make an operator of a function: ``@custom_op("mine::sin", mutates_args=())``. See torch.library.custom_op."""

    def decorate(function: Function_) -> CustomOpDef:
        return CustomOpDef(name, function)

    return decorate if fn is None else decorate(fn)


triton_op = custom_op


def wrap_triton(kernel: Any) -> Any:
    """RuntimeError: Triton's kernels are not for OpenCL."""
    raise RuntimeError("wrap_triton(): kernels of Triton cannot run on OpenCL devices")


def get_kernel(op: Any, dispatch_key: Any) -> Function_:
    """The implementation of an operator. See torch.library.get_kernel."""
    return _packet(_qualified(op)).compute


def infer_schema(prototype_function: Function_, /, *, mutates_args: Any, op_name: str | None = None) -> str:
    """The schema that a function's annotations spell. See torch.library.infer_schema."""
    words = {Tensor: "Tensor", int: "SymInt", float: "float", bool: "bool", str: "str", None: "()"}
    signature = inspect.signature(prototype_function, eval_str=True)
    changed = tuple(signature.parameters) if mutates_args == "unknown" else tuple(mutates_args)

    def word(kind: Any, name: str = "", alias: str = "") -> str:
        if kind not in words:
            raise ValueError(f"infer_schema(func): Parameter {name} has unsupported type {kind}.")
        return words[kind] + alias

    parameters = [
        f"{word(p.annotation, name, f'(a{k}!)' if name in changed else '')} {name}"
        + ("" if p.default is p.empty else f"={p.default}")
        for k, (name, p) in enumerate(signature.parameters.items())
    ]
    return f"{op_name or ''}({', '.join(parameters)}) -> {word(signature.return_annotation)}"


def opcheck(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, **options: Any) -> dict[str, str]:
    """RuntimeError: what it checks is PyTorch's dispatcher."""
    raise RuntimeError("opcheck(): it checks how an operator meets PyTorch's dispatcher, which is not here")


def is_functional_schema(schema: Any) -> bool:
    """Whether a schema names no argument that is changed."""
    return "!" not in str(schema)


def set_ctx_getter(getter: Any) -> Any:
    """Keep nothing: shapes are asked of the ops themselves."""
    return getter

"""What programs write for TorchScript. There is no compiler here that would need it: the runtime records, fuses and replays.

`script` and `trace` give back what they get, marks mark nothing, and nobody is ever scripting or tracing. Files of compiled modules
cannot be read or written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from ..futures import Future
from ..nn.modules.module import Module
from ..nn.parameter import is_lazy
from ..tensor.queries import typename
from ..warned import warn
from .annotations import matches
from .types import (
    AnyType as AnyType,
)
from .types import (
    AwaitType as AwaitType,
)
from .types import (
    BoolType as BoolType,
)
from .types import (
    ClassType as ClassType,
)
from .types import (
    ComplexType as ComplexType,
)
from .types import (
    DeviceObjType as DeviceObjType,
)
from .types import (
    DictType as DictType,
)
from .types import (
    EnumType as EnumType,
)
from .types import (
    FloatType as FloatType,
)
from .types import (
    FutureType as FutureType,
)
from .types import (
    InferredType as InferredType,
)
from .types import (
    InterfaceType as InterfaceType,
)
from .types import (
    IntType as IntType,
)
from .types import (
    ListType as ListType,
)
from .types import (
    NoneType as NoneType,
)
from .types import (
    NumberType as NumberType,
)
from .types import (
    OptionalType as OptionalType,
)
from .types import (
    PyObjectType as PyObjectType,
)
from .types import (
    RRefType as RRefType,
)
from .types import (
    StreamObjType as StreamObjType,
)
from .types import (
    StringType as StringType,
)
from .types import (
    SymBoolType as SymBoolType,
)
from .types import (
    SymIntType as SymIntType,
)
from .types import (
    TensorType as TensorType,
)
from .types import (
    TupleType as TupleType,
)
from .types import (
    Type as Type,
)
from .types import (
    UnionType as UnionType,
)

__all__ = [
    "Attribute",
    "CompilationUnit",
    "Error",
    "Final",
    "ScriptFunction",
    "ScriptModule",
    "annotate",
    "export",
    "fork",
    "freeze",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "isinstance",
    "load",
    "onednn_fusion_enabled",
    "optimize_for_inference",
    "optimized_execution",
    "save",
    "script",
    "script_if_tracing",
    "script_method",
    "set_fusion_strategy",
    "strict_fusion",
    "trace",
    "trace_module",
    "unused",
    "wait",
]

T = TypeVar("T")
_isinstance = isinstance


class Error(RuntimeError):
    """What TorchScript's compiler raises in PyTorch; nothing raises it here."""


class TracingCheckError(Exception):
    """What a check of a trace raises in PyTorch; nothing raises it here."""


class TracerWarning(Warning):
    """What tracing warns of in PyTorch; nothing warns of it here."""


class ScriptModule(Module):
    """The class of compiled modules: `script` gives back the module itself. Classes derived from it are modules as others are, in
    which an `Attribute` is its value.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value.value if isinstance(value, Attribute) else value)


class RecursiveScriptModule(ScriptModule):
    """The class of compiled modules with their children. Nothing is one."""


class TopLevelTracedModule(ScriptModule):
    """The class of traced modules. Nothing is one."""


class ScriptFunction:
    """The class of compiled functions. Nothing is one: `script` gives back the function itself."""


class CompilationUnit:
    """RuntimeError: source text of TorchScript is not compiled here."""

    def __init__(self, lang: Any = None, _frames_up: int = 0) -> None:
        raise RuntimeError("CompilationUnit: cltorch does not compile TorchScript")


class Attribute:
    """A value with the type that TorchScript would give it."""

    def __init__(self, value: Any, type: Any) -> None:
        self.value, self.type = value, type


def script(obj: T, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None, example_inputs: Any = None) -> T:
    """The function, class or module itself: it records and is fused as always. See torch.jit.script.

    RuntimeError if the module, or one inside of it, has parameters or buffers without shape."""
    given: Any = obj
    for module in given.modules() if isinstance(given, Module) else ():
        for kind in ("parameters", "buffers"):
            for name, member in getattr(module, f"_{kind}").items():
                if is_lazy(member):
                    raise RuntimeError(
                        f"'{typename(type(module))}' has uninitialized {kind} {name}. Did you forget to run a forward pass?"
                    )
    return obj


def trace(func: Any, example_inputs: Any = None, *args: Any, **options: Any) -> Any:
    """The function or module itself: it records and is fused as always. See torch.jit.trace."""
    return func


def trace_module(mod: T, inputs: Any, *args: Any, **options: Any) -> T:
    """The module itself."""
    return mod


def _get_trace_graph(*args: Any, **kwargs: Any) -> Any:
    """RuntimeError: there is no tracer below functions whose graph could be read; `fx.symbolic_trace` gives one of them."""
    raise RuntimeError(
        "jit._get_trace_graph(): cltorch has no traces of compiled operators; see torch.fx.symbolic_trace"
    )


def freeze(mod: T, preserved_attrs: Any = None, optimize_numerics: bool = True) -> T:
    """The module itself; as in PyTorch it must be in evaluation mode (RuntimeError)."""
    if getattr(mod, "training", False):
        raise RuntimeError(
            "Freezing is currently only implemented for modules in eval mode. Please call .eval() on your module before freezing."
        )
    return mod


def optimize_for_inference(mod: T, other_methods: Any = None) -> T:
    """The module itself."""
    return mod


run_frozen_optimizations = optimize_for_inference


def annotate(the_type: Any, the_value: T) -> T:
    """The value."""
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Whether an object has a type, which may be a generic one (``List[int]``): its elements are looked at."""
    return matches(obj, target_type)


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """A mark for the compiler: the function itself."""
    return drop if callable(drop) else _same


def unused(fn: T) -> T:
    """A mark for the compiler: the function itself."""
    return fn


def _same(fn: T) -> T:
    return fn


export = interface = script_method = script_if_tracing = _script_if_tracing = unused
_overload = _overload_method = unused


def is_scripting() -> bool:
    """False: nothing is compiled."""
    return False


def is_tracing() -> bool:
    """False: nothing is traced."""
    return False


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
    """The future of a call, which is made at once: recording takes no time, and the device works by itself."""
    made: Future[Any] = Future()
    made.set_result(func(*args, **kwargs))
    return made


def wait(future: Future[Any]) -> Any:
    """The result of a future."""
    return future.wait()


_fork, _wait = fork, wait


def save(m: Any, f: Any, _extra_files: Any = None) -> None:
    """RuntimeError: there is no compiled form to write; save the state_dict."""
    raise RuntimeError("jit.save(): modules have no compiled form here; save their state_dict() with torch.save")


def load(f: Any, map_location: Any = None, _extra_files: Any = None, _restore_shapes: bool = False) -> Any:
    """RuntimeError: compiled modules cannot be read."""
    raise RuntimeError("jit.load(): files of TorchScript hold compiled modules, which cltorch cannot run")


def set_fusion_strategy(strategy: Any) -> list[Any]:
    """An empty list, the strategy before: fusion is the runtime's own."""
    return []


def enable_onednn_fusion(enabled: bool) -> None:
    """Warns if it is to be on: fusion is the runtime's own."""
    if enabled:
        warn("fusion by oneDNN is not here: the runtime fuses by itself")


def onednn_fusion_enabled() -> bool:
    """False: fusion is the runtime's own."""
    return False


@contextmanager
def fuser(name: str) -> Iterator[None]:
    """A block within which PyTorch would use one of its fusers; the runtime fuses by itself."""
    yield


@contextmanager
def optimized_execution(should_optimize: bool) -> Iterator[None]:
    """A block within which PyTorch would optimize or not; the runtime fuses by itself."""
    yield


class strict_fusion:
    """A block within which PyTorch would demand fusion; the runtime fuses by itself."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *details: object) -> None:
        return None

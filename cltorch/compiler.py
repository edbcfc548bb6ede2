"""What programs write for PyTorch's compiler. Nothing is compiled apart: the runtime records, fuses and replays every program.

See torch.compiler. Marks give back what they get, `is_compiling` is False, and `torch.compile` gives a callable that records as always.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any, TypeVar

from .nn.modules.module import Module
from .ops.arguments import is_tensor

__all__ = [
    "allow_in_graph",
    "assume_constant_result",
    "compile",
    "cudagraph_mark_step_begin",
    "disable",
    "get_default_backend",
    "is_compiling",
    "is_dynamo_compiling",
    "is_exporting",
    "list_backends",
    "nested_compile_region",
    "reset",
    "set_default_backend",
    "set_enable_guard_collectives",
    "set_stance",
    "substitute_in_graph",
    "wrap_numpy",
]

F = TypeVar("F", bound=Callable[..., Any])


def is_compiling() -> bool:
    """False: programs run as they are written, and the runtime records them."""
    return False


def is_exporting() -> bool:
    """False: nothing is exported."""
    return False


is_dynamo_compiling = is_compiling


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself, which is not compiled anyway; also as a decorator with arguments."""
    return _same if fn is None else fn


def _same(fn: F) -> F:
    return fn


def allow_in_graph(fn: Any) -> Any:
    """The function, or functions, themselves."""
    return fn


def assume_constant_result(fn: F) -> F:
    """The function itself."""
    return fn


def nested_compile_region(fn: Any = None, **options: Any) -> Any:
    """The function itself."""
    return _same if fn is None else fn


def substitute_in_graph(
    original_fn: Any, *, can_constant_fold_through: bool = False, skip_signature_check: bool = False
) -> Any:
    """A decorator that gives back the function: the original one is what runs."""
    return _same


def wrap_numpy(fn: F) -> F:
    """A function of NumPy's arrays as one of tensors."""

    @functools.wraps(fn)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from .tensor.creation import as_tensor

        def bare(one: Any) -> Any:
            return one.numpy() if is_tensor(one) else one

        result = fn(*map(bare, args), **{name: bare(one) for name, one in kwargs.items()})
        return as_tensor(result)

    return wrapped  # type: ignore[return-value]


def reset() -> None:
    """Forget nothing: plans are kept by what they compute and stay right."""


def cudagraph_mark_step_begin() -> None:
    """Say nothing: a step needs no mark."""


_default_backend: Any = "inductor"


def set_default_backend(backend: Any) -> None:
    """What `get_default_backend` says from now on: None stands for the first one. Programs are recorded whatever it is."""
    global _default_backend
    _default_backend = "inductor" if backend is None else backend


def get_default_backend() -> Any:
    """What `set_default_backend` was given last."""
    return _default_backend


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """No name: programs are recorded whatever backend `torch.compile` is given."""
    return []


def set_enable_guard_collectives(enabled: bool) -> bool:
    """False, as it was: there are no guards."""
    return False


class set_stance(ContextDecorator):
    """How PyTorch would treat compiled code in a block; it runs the same here."""

    def __init__(
        self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend: Any = None
    ) -> None:
        self.stance = stance

    def __enter__(self) -> None:
        return None

    def __exit__(self, *details: object) -> None:
        return None


class OptimizedModule(Module):
    """What `torch.compile` makes of a module: the module is ``_orig_mod``, its state has that prefix, as in PyTorch."""

    def __init__(self, mod: Module) -> None:
        super().__init__()
        self._orig_mod = mod
        self.training = mod.training

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._orig_mod(*args, **kwargs)

    def train(self, mode: bool = True) -> OptimizedModule:
        self._orig_mod.train(mode)
        self.training = mode
        return self

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return self._modules["_orig_mod"]
        return getattr(self._orig_mod, name)


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: Any = None,
    disable: bool = False,
    **others: Any,
) -> Any:
    """A callable that records as always: fusion and replay are the runtime's own. See torch.compile.

    RuntimeError if both ``mode`` and ``options`` are given, as in PyTorch.
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options
        )
    if isinstance(model, Module):
        return model if disable else OptimizedModule(model)

    @functools.wraps(model)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        return model(*args, **kwargs)

    recorded._torchdynamo_orig_callable = model  # type: ignore[attr-defined]
    return recorded

"""How functions, types and arguments are called in the text of a graph: by PyTorch's names."""

from __future__ import annotations

import builtins
import inspect
import sys
from collections.abc import Callable
from types import FunctionType, MethodDescriptorType, WrapperDescriptorType
from typing import Any

from ..tensor.tensor import Tensor

ROOT = __name__.partition(".")[0]
NATIVE = frozenset(
    "adaptive_avg_pool1d avg_pool1d bilinear celu_ channel_shuffle conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d "
    "conv_transpose3d cosine_similarity hardshrink native_channel_shuffle pdist pixel_shuffle pixel_unshuffle prelu relu_ rrelu_ "
    "selu_ threshold_".split()
)
"""What PyTorch's ``nn.functional`` takes over from ``torch``: a graph names it there, with the arguments as they were given."""
INNER = frozenset(
    "avg_pool2d avg_pool3d gelu linear logsigmoid one_hot scaled_dot_product_attention softplus softshrink elu_ hardtanh_ "
    "leaky_relu_".split()
)
"""The same for ``torch._C._nn``."""


def of_functional(function: Callable[..., Any]) -> bool:
    """Whether a function is one of ``nn.functional`` that PyTorch writes in Python."""
    name = getattr(function, "__name__", "")
    return name not in NATIVE | INNER and _held(".nn.functional", name) is inspect.unwrap(function)


def _held(space: str, name: str) -> Any:
    """What a module has under a name, though it asks for stand-ins while a trace runs."""
    return inspect.unwrap(found) if (found := getattr(sys.modules.get(f"{ROOT}{space}"), name, None)) else None


def _get_qualified_name(func: Callable[..., Any]) -> str:
    """``torch.relu``, ``torch.nn.functional.relu``, ``mine.function``; a built-in function's name alone."""
    name = func.__name__
    if getattr(builtins, name, None) is func:
        return name
    if name == "<lambda>":
        name = inspect.getsource(func).split("=")[0].strip()
    for space in ("", ".nn.functional", ".linalg", ".fft", ".special"):
        if _held(space, name) is inspect.unwrap(func):
            inner = space == ".nn.functional" and name in INNER
            return f"torch._C._nn.{name}" if inner else f"torch{'' if name in NATIVE else space}.{name}"
    if isinstance(func, (MethodDescriptorType, WrapperDescriptorType)) or getattr(Tensor, name, None) is func:
        return f"torch.Tensor.{name}"
    home = (func.__module__ or "torch").replace("torch._ops", "torch.ops")
    return f"{'torch' + home.removeprefix(ROOT) if home.partition('.')[0] == ROOT else home}.{name}"


def pretty_target(target: Any) -> str:
    """A node's target in the text of a graph."""
    if isinstance(target, str) or not hasattr(target, "__module__"):
        return str(target)
    if not hasattr(target, "__name__"):
        return repr(target)
    if target.__module__ in ("builtins", "_operator"):
        return f"{target.__module__.lstrip('_')}.{target.__name__}"
    return _get_qualified_name(target)


def _type_repr(obj: Any) -> str:
    """A type in the text of a graph: ``int``, ``torch.Tensor``, ``typing.Optional[int]``."""
    if isinstance(obj, type) and not hasattr(obj, "__origin__"):
        home = "torch" if obj is Tensor else obj.__module__
        home = "torch" + home.removeprefix(ROOT) if home.partition(".")[0] == ROOT else home
        return obj.__qualname__ if home == "builtins" else f"{home}.{obj.__qualname__}"
    if obj is ...:
        return "..."
    return obj.__name__ if isinstance(obj, FunctionType) else repr(obj).replace(f"{ROOT}.tensor.tensor.", "torch.")


def format_arg(arg: Any) -> str:
    """An argument in the text of a graph, where nodes have a percent sign."""
    if hasattr(arg, "_custom_fx_repr_fn"):
        return arg._custom_fx_repr_fn()
    if isinstance(arg, list):
        return f"[{', '.join(map(format_arg, arg))}]"
    if isinstance(arg, tuple):
        return f"({', '.join(map(format_arg, arg))}{',' if len(arg) == 1 else ''})"
    if isinstance(arg, dict):
        return "{" + ", ".join(f"{key}: {format_arg(one)}" for key, one in arg.items()) + "}"
    return f"%{arg.name}" if hasattr(arg, "all_input_nodes") else str(arg)

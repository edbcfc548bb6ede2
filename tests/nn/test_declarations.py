"""Classes and functions of networks are declared as PyTorch declares them: arguments, defaults, and the module that names them."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import pytest
import torch

SPACES = (
    "nn",
    "nn.functional",
    "nn.init",
    "nn.modules.conv",
    "nn.modules.module",
    "nn.modules.rnn",
    "nn.utils",
    "nn.utils.parametrizations",
    "nn.utils.parametrize",
    "nn.utils.prune",
    "nn.utils.rnn",
    "nn.utils.stateless",
    "nn.attention",
    "nn.attention.flex_attention",
    "nn.parameter",
    "nn.attention.varlen",
    "nn.parallel.comm",
    "nn.utils._named_member_accessor",
    "optim",
    "optim.lr_scheduler",
    "optim.swa_utils",
    "amp",
    "cuda.amp",
    "cpu.amp",
)
OTHERWISE = {
    # PyTorch chooses between two functions there, and shows no arguments
    **{f"nn.functional.{kind}max_pool{n}d": "" for kind in ("", "adaptive_") for n in (1, 2, 3)},
    **{f"nn.functional.fractional_max_pool{n}d": "" for n in (2, 3)},
    "nn.NLLLoss2d": "it shows none",
    "nn.Container": "it takes positional ones and ignores them",
    "nn.Parameter": "Tensor's methods are compared elsewhere",
    "nn.Buffer": "",
    "nn.UninitializedParameter": "",
    "nn.UninitializedBuffer": "",
    "nn.Module.forward": "PyTorch's is a function that says what is missing",
    "nn.modules.module.Module.forward": "",
    "nn.functional.Tensor": "not of this module",
    **{
        f"nn.functional.{name}": "not of this module"
        for name in ("boolean_dispatch", "handle_torch_function", "assert_int_or_pair")
        + ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")
    },
    "nn.functional.ScalingType": "it is one of C++ there",
    "nn.functional.SwizzleType": "",
}


def declared(value: Any) -> list[tuple[str, str, str]] | None:
    """Names, kinds and defaults of a function's arguments."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):  # written in C
        return None
    shown = [(p.name, str(p.kind), "" if p.default is p.empty else repr(p.default)) for p in parameters]
    return [
        (name, kind, re.sub(r" at 0x\w+", "", default).replace("cltorch", "torch")) for name, kind, default in shown
    ]


def members(space: str) -> list[str]:
    """PyTorch's own public classes and functions of a module, and the public methods of the classes."""
    found = []
    module = importlib.import_module(f"torch.{space}")
    for name in getattr(module, "__all__", None) or dir(module):
        value = getattr(module, name, None)
        if name[0] == "_" or not callable(value) or not str(getattr(value, "__module__", "")).startswith("torch"):
            continue
        found.append(name)
        if inspect.isclass(value):
            found += [
                f"{name}.{one}" for one, kept in vars(value).items() if one[0] != "_" and inspect.isfunction(kept)
            ]
    return [f"{space}.{one}" for one in found]


@pytest.mark.parametrize("space", SPACES)
def test_declarations_are_pytorchs(space: str) -> None:
    different = []
    for name in members(space):
        if any(name == one or name.startswith(one + ".") for one in OTHERWISE):
            continue
        path = name.removeprefix(space + ".").split(".")
        theirs, ours = (importlib.import_module(f"{library}.{space}") for library in ("torch", "cltorch"))
        for part in path:
            theirs, ours = getattr(theirs, part), getattr(ours, part, None)
        wanted, found = declared(theirs), declared(ours) if ours is not None else None
        if ours is None or (wanted is not None and wanted != found):
            different.append(f"{name}: {found} for {wanted}")
        elif inspect.isclass(theirs) and ours.__module__.replace("cltorch", "torch", 1) != theirs.__module__:
            different.append(f"{name} is named by {ours.__module__}")
    assert not different, "\n".join(different)


def test_what_is_left_out_is_there_in_pytorch() -> None:
    for name in OTHERWISE:
        value: Any = torch
        for part in name.split("."):
            value = getattr(value, part)

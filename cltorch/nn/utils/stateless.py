"""Calling a module with other parameters. See torch.nn.utils.stateless."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...warned import warn
from ._named_member_accessor import NamedMemberAccessor

__all__ = ["functional_call"]


def _untie_named_tensors_map(module: Any, parameters_and_buffers: dict[str, Any]) -> dict[str, Any]:
    """The given tensors, each also under the other names of the parameter that it takes the place of.

    ValueError where two names of one parameter are given different tensors."""
    names: dict[int, list[str]] = {}
    for name, member in NamedMemberAccessor(module).named_tensors(remove_duplicate=False):
        names.setdefault(id(member), []).append(name)
    found = dict(parameters_and_buffers)
    for tied in names.values():
        given = [name for name in tied if name in parameters_and_buffers]
        if len({id(parameters_and_buffers[name]) for name in given}) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(tied)}, which are tied. Consider using tie_weights=False"
            )
        if given:
            found.update(dict.fromkeys(tied, parameters_and_buffers[given[0]]))
    return found


@contextmanager
def _reparametrize_module(
    module: Any,
    parameters_and_buffers: dict[str, Any],
    tie_weights: bool = False,
    strict: bool = False,
    stack_weights: bool = False,
) -> Iterator[None]:
    """Put tensors in the place of parameters, buffers and attributes for a while; what the module assigned to these
    names meanwhile stands in ``parameters_and_buffers`` afterwards."""
    given = _untie_named_tensors_map(module, parameters_and_buffers) if tie_weights else parameters_and_buffers
    members = NamedMemberAccessor(module)
    if strict:
        missing, unexpected = members.check_keys(given)
        words = [
            f"{kind} key(s): {', '.join(map(repr, names))}."
            for kind, names in (("Unexpected", unexpected), ("Missing", missing))
            if names
        ]
        if words:
            raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t" + "\n\t".join(words))
    before: dict[str, Any] = {}
    try:
        before, _ = members.swap_tensors_dict(given, allow_missing=True)
        yield
    finally:
        if stack_weights:
            before = dict(reversed(before.items()))
        after, _ = members.swap_tensors_dict(before, allow_missing=True)
        parameters_and_buffers.update({name: after[name] for name in parameters_and_buffers if name in after})


def _functional_call(
    module: Any,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """What `func.functional_call` does, for one dictionary."""
    positional = () if args is None else args if isinstance(args, tuple) else (args,)
    with _reparametrize_module(module, parameters_and_buffers, tie_weights=tie_weights, strict=strict):
        return module(*positional, **(kwargs or {}))


def functional_call(
    module: Any,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """The module's result with other parameters and buffers; its own are as before afterwards. The older name of
    `func.functional_call`, with a FutureWarning."""
    warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future version of "
        "PyTorch. Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
    )
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)

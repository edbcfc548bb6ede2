"""Calling a module with other parameters. See torch.nn.utils.stateless."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["functional_call"]


def _tied(module: Any, names: dict[str, Any], tie_weights: bool) -> dict[str, Any]:
    """The given tensors, and each also under the other names of the parameter that it takes the place of."""
    if not tie_weights:
        return names
    members = [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
    own = dict(members)
    found = dict(names)
    for name, member in members:
        for given, value in names.items():
            if name not in names and own.get(given) is member:
                found[name] = value
    return found


@contextmanager
def _reparametrize_module(
    module: Any,
    parameters_and_buffers: dict[str, Any],
    tie_weights: bool = False,
    strict: bool = False,
    stack_weights: bool = False,
) -> Iterator[None]:
    """Put tensors in the place of parameters and buffers for a while."""
    given = _tied(module, parameters_and_buffers, tie_weights)
    known = {name for name, _ in module.named_parameters(remove_duplicate=False)} | {
        name for name, _ in module.named_buffers(remove_duplicate=False)
    }
    unexpected, missing = [n for n in given if n not in known], [n for n in known if n not in given]
    if strict and (unexpected or missing):
        words = [f"Unexpected key(s): {', '.join(unexpected)}."] if unexpected else []
        words += [f"Missing key(s): {', '.join(sorted(missing))}."] if missing else []
        raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t" + "\n\t".join(words))
    before = []
    try:
        for name, value in given.items():
            path, _, last = name.rpartition(".")
            owner = module.get_submodule(path)
            place = owner._parameters if last in owner._parameters else owner._buffers
            if last not in place:
                raise AttributeError(f"{type(owner).__name__} has no attribute `{last}`")
            before.append((place, last, place[last]))
            place[last] = value
        yield
    finally:
        for place, last, value in reversed(before):
            place[last] = value


def functional_call(
    module: Any,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """The module's result with other parameters and buffers; its own are as before afterwards."""
    positional = () if args is None else args if isinstance(args, tuple) else (args,)
    with _reparametrize_module(module, parameters_and_buffers, tie_weights=tie_weights, strict=strict):
        return module(*positional, **(kwargs or {}))

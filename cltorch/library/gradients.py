"""Operators of programs as custom Functions: with a gradient rule, and with a rule for slices inside a `vmap`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..autograd.function import Function
from ..tensor.tensor import Tensor

if TYPE_CHECKING:
    from .operators import OpOverload

Lengths = list[int | None]
"""For each of some values: how many tensors a list has, None where the value is not a list of tensors."""


def tensors(values: Iterable[Any]) -> list[Tensor]:
    """All tensors among arguments, those in lists too."""
    return [one for one in flat(values)[0] if isinstance(one, Tensor)]


def flat(values: Iterable[Any]) -> tuple[list[Any], Lengths]:
    """Values with lists of tensors laid open, and how to put them together again."""
    laid: list[Any] = []
    lengths: Lengths = []
    for value in values:
        if isinstance(value, list | tuple) and any(isinstance(one, Tensor) for one in value):
            laid.extend(value)
            lengths.append(len(value))
        else:
            laid.append(value)
            lengths.append(None)
    return laid, lengths


def grouped(laid: Sequence[Any], lengths: Lengths) -> list[Any]:
    """The opposite of `flat`."""
    rest = iter(laid)
    return [next(rest) if n is None else [next(rest) for _ in range(n)] for n in lengths]


class _Grouped:
    """A Function's context whose ``needs_input_grad`` has a list for a list."""

    def __init__(self, ctx: Any, lengths: Lengths) -> None:
        object.__setattr__(self, "_ctx", ctx)
        object.__setattr__(self, "needs_input_grad", tuple(grouped(ctx.needs_input_grad, lengths)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._ctx, name, value)


def as_function(op: OpOverload, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Call an operator as a Function. Lists of tensors are laid open, so that each tensor has its gradient."""
    laid, lengths = flat(args)
    made: list[
        tuple[Lengths, type]
    ] = []  # how the results were laid open, and whether they were a list, a tuple or one

    def forward(ctx: Any, *inputs: Any) -> Any:
        values = grouped(inputs, lengths)
        output = op.compute(values, kwargs)
        rule = op.gradient
        if rule is not None and rule[1] is not None:
            named = {"keyword_only_inputs": kwargs} if kwargs else {}
            rule[1](ctx=ctx, inputs=tuple(values), output=output, **named)
        several = isinstance(output, tuple)
        results, shape = flat(output if several else (output,))
        made.append((shape, tuple if several else type(output)))
        return results[0] if shape == [None] and not several else tuple(results)

    def backward(ctx: Any, *grads: Any) -> Any:
        if op.gradient is None:
            raise RuntimeError(
                f"Trying to backward through {op} but no autograd formula was registered. Please use register_autograd to add one."
            )
        plain = all(n is None for n in lengths)
        found = op.gradient[0](ctx if plain else _Grouped(ctx, lengths), *grouped(grads, made[0][0]))
        if plain or not isinstance(found, tuple | list):
            return found
        given = (found,) if len(lengths) == 1 and lengths[0] == len(found) else found
        return tuple(_opened(given, lengths))

    rules: dict[str, Any] = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    if op.slices is not None:
        rules["vmap"] = staticmethod(_of_slices(op.slices, lengths, kwargs))
    call: Any = type(f"GeneratedBackwardFor_{op.namespace}_{op.__name__.replace('.', '_')}", (Function,), rules)
    outputs = call.apply(*laid)
    if not made:  # the rule for slices has answered
        return outputs
    shape, kind = made[0]
    if shape == [None] and kind is not tuple:
        return outputs
    results = grouped(outputs, shape)
    return tuple(results) if kind is tuple else results[0]


def _opened(grads: Sequence[Any], lengths: Lengths) -> list[Any]:
    """Gradients of arguments with those of lists one by one; None for a list is None for each."""
    laid: list[Any] = []
    for grad, n in zip(grads, lengths, strict=True):
        laid.extend([grad] if n is None else [None] * n if grad is None else grad)
    return laid


def _of_slices(rule: Callable[..., Any], lengths: Lengths, kwargs: dict[str, Any]) -> Callable[..., Any]:
    def vmap(info: Any, in_dims: tuple[int | None, ...], *inputs: Any) -> Any:
        return rule(info, tuple(grouped(in_dims, lengths)), *grouped(inputs, lengths), **kwargs)

    return vmap

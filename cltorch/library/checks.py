"""`opcheck`: whether an operator does what it declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..autograd.function import cell_of
from ..autograd.passes import grad
from ..compiler import compile as compiled
from ..tensor.tensor import Tensor
from ..testing import assert_close
from .gradients import tensors
from .namespaces import overload_of
from .operators import OpOverload


class OpCheckError(Exception):
    """An operator does not do what it declares."""


def _copied(values: Iterable[Any]) -> list[Any]:
    return [
        one.detach().clone().requires_grad_(one.requires_grad)
        if isinstance(one, Tensor)
        else type(one)(_copied(one))
        if isinstance(one, list | tuple)
        else one
        for one in values
    ]


def _outputs(output: Any) -> list[Tensor]:
    return tensors(output if isinstance(output, list | tuple) else (output,))


class _Check:
    """The checks of one operator with some arguments, by the names that they have in PyTorch."""

    def __init__(
        self, op: OpOverload, args: Sequence[Any], kwargs: dict[str, Any], bounds: tuple[float | None, float | None]
    ) -> None:
        self.op, self.args, self.kwargs, self.bounds = op, args, kwargs, bounds

    def inputs(self) -> tuple[list[Any], dict[str, Any]]:
        """Copies of the arguments."""
        return _copied(self.args), dict(zip(self.kwargs, _copied(self.kwargs.values()), strict=True))

    def test_schema(self) -> None:
        """Only what is declared changes, and results share elements with nothing that is not declared."""
        args, kwargs = self.inputs()
        schema = self.op._schema
        if schema is None:
            raise RuntimeError(f"{self.op} has no schema")
        given = dict(zip([one.name for one in schema.arguments], args, strict=False)) | kwargs
        before = {name: [one.detach().clone() for one in tensors([value])] for name, value in given.items()}
        results = _outputs(self.op(*args, **kwargs))
        for argument in schema.arguments:
            mine = tensors([given.get(argument.name)])
            changed = not all(map(_same, mine, before.get(argument.name, [])))
            if changed and not argument.is_write:
                raise RuntimeError(f"Argument {argument.name} is not defined as mutable but was mutated")
            if argument.alias_info is None and any(cell_of(one) is cell_of(out) for one in mine for out in results):
                raise RuntimeError(f"Argument {argument.name} is not defined to alias output but was aliasing")
        for k, out in enumerate(results):
            for n in range(k):
                if cell_of(out) is cell_of(results[n]) and schema.returns[0].alias_info is None:
                    raise RuntimeError(f"Outputs {n} and {k} alias unexpectedly")

    def test_autograd_registration(self) -> None:
        """Where results require gradients there is a rule, or the operator is declared to be made of others."""
        args, kwargs = self.inputs()
        if not any(one.requires_grad for one in tensors((*args, *kwargs.values()))):
            return
        op = self.op
        has_rule = (
            op.is_function
            or op.gradient is not None
            or any("Autograd" in key for key in op.kernels if key != "CompositeExplicitAutograd")
        )
        if not has_rule and any(one.requires_grad for one in _outputs(op(*args, **kwargs))):
            raise AssertionError(
                f"Operator {op} has results that require gradients and no autograd formula: register one with register_autograd"
            )

    def test_faketensor(self) -> None:
        """What is registered for shapes gives those of the real results."""
        args, kwargs = self.inputs()
        real = _outputs(self.op(*args, **kwargs))
        args, kwargs = self.inputs()
        shapes = _outputs(self.op(*[_meta(one) for one in args], **{k: _meta(v) for k, v in kwargs.items()}))
        if len(real) != len(shapes):
            raise AssertionError(f"{len(real)} results, {len(shapes)} of them with tensors of the device meta")
        for one, fake in zip(real, shapes, strict=True):
            for what in ("shape", "dtype"):
                if getattr(one, what) != getattr(fake, what):
                    raise AssertionError(
                        f"{what}: {getattr(one, what)}, but {getattr(fake, what)} with tensors of the device meta"
                    )

    def test_aot_dispatch_dynamic(self) -> None:
        """A compiled function that calls it gives the same results and gradients."""
        self.test_faketensor()
        plain, again = self._run(self.op), self._run(compiled(lambda *args, **kwargs: self.op(*args, **kwargs)))
        assert_close(plain, again, rtol=self.bounds[0], atol=self.bounds[1])

    test_aot_dispatch_static = test_aot_dispatch_dynamic

    def _run(self, function: Callable[..., Any]) -> list[Tensor]:
        args, kwargs = self.inputs()
        results = _outputs(function(*args, **kwargs))
        wanted = [one for one in tensors((*args, *kwargs.values())) if one.requires_grad]
        total = [one.sum() for one in results if one.requires_grad]
        found = grad(total, wanted, allow_unused=True) if wanted and total else ()
        return [*results, *[one for one in found if one is not None]]


def _same(one: Tensor, other: Tensor) -> bool:
    """Equal element by element; a nan is equal to a nan."""
    return bool(((one == other) | ((one != one) & (other != other))).all())


def _meta(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)([_meta(one) for one in value])
    return value.detach().to("meta").requires_grad_(value.requires_grad) if isinstance(value, Tensor) else value


_CHECKS = ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic")


def opcheck(
    op: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any] | None = None,
    *,
    test_utils: str | Sequence[str] = _CHECKS,
    raise_exception: bool = True,
    atol: float | None = None,
    rtol: float | None = None,
) -> dict[str, Any]:
    """Whether an operator, with some arguments, does what its schema, its shapes and its gradient rule declare.

    Returns for each check ``"SUCCESS"``, or the exception if ``raise_exception`` is False; else an ``OpCheckError``. See torch.library.opcheck.
    """
    if (rtol is None) != (atol is None):
        raise ValueError("opcheck(op, ...): if you specify one of rtol/atol, you must specify both")
    wanted = _CHECKS if test_utils == "ALL" else (test_utils,) if isinstance(test_utils, str) else tuple(test_utils)
    if unknown := set(wanted) - {*_CHECKS, "test_aot_dispatch_static"}:
        raise ValueError(
            f"opcheck(op, ..., test_utils={test_utils}), expected test_utils to be subset of {_CHECKS} but it was not: {unknown}"
        )
    if (
        not isinstance(op, str)
        and not hasattr(op, "_opoverload")
        and not hasattr(op, "overloads")
        and not isinstance(op, OpOverload)
    ):
        raise ValueError(
            f"opcheck(op, ...): op must be instance of torch._ops.OpOverload, e.g. torch.ops.aten.sin.default, got {type(op)}"
        )
    check = _Check(overload_of(op), args, kwargs or {}, (rtol, atol))
    found: dict[str, Any] = {}
    for name in wanted:
        try:
            getattr(check, name)()
            found[name] = "SUCCESS"
        except Exception as error:
            if raise_exception:
                raise OpCheckError(f"opcheck(op, ...): {name} failed with {error}") from error
            found[name] = error
    return found

"""`custom_op`: an operator made of a function."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ..autograd.function import cell_of
from ..autograd.graph import increment_version
from .gradients import tensors
from .inference import infer_schema
from .operators import Kernel
from .registration import (
    DEVICES,
    declare,
    register_autocast,
    register_autograd,
    register_fake,
    register_torch_dispatch,
    register_vmap,
)
from .schema import FunctionSchema, parse_schema


class CustomOpDef:
    """An operator that `custom_op` made of a function: one node of the graph, which gives new tensors. See torch.library.CustomOpDef."""

    def __init__(self, name: str, function: Kernel, schema: FunctionSchema, tags: Any = ()) -> None:
        self._qualname = name
        self._init_fn = function
        self._opoverload = declare(schema, tags, anew=True)
        self._opoverload.is_function = True
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self.__wrapped__ = function
        self._disabled: set[str] = set()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._opoverload(*args, **kwargs)

    def register_kernel(self, device_types: str | Iterable[str] | None, fn: Kernel | None = None, /) -> Any:
        """Implement it for device types (None: all)."""

        def decorate(function: Kernel) -> Kernel:
            kinds: list[Any] = (
                [None]
                if device_types is None
                else [device_types]
                if isinstance(device_types, str)
                else list(device_types)
            )
            for kind in kinds:
                if kind is not None and kind not in DEVICES:
                    raise RuntimeError(
                        f"Expected one of {', '.join(DEVICES)} device type at start of device string: {kind}"
                    )
                self._opoverload.kernels["" if kind is None else kind.upper()] = self._checked(function, kind)
            return function

        return decorate if fn is None else decorate(fn)

    def _checked(self, function: Kernel, kind: str | None) -> Kernel:
        """A function that must give new tensors, and whose changes of declared arguments count."""
        schema = self._opoverload._schema
        changed = [one.name for one in schema.arguments if one.is_write] if schema is not None else []

        @functools.wraps(function)
        def compute(*args: Any, **kwargs: Any) -> Any:
            found = self._init_fn if kind in self._disabled else function
            output = found(*args, **kwargs)
            outputs = tensors(output if isinstance(output, list | tuple) else (output,))
            cells = [cell_of(one) for one in tensors((*args, *kwargs.values()))]
            for one in outputs:
                cell = cell_of(one)
                if any(cell is other for other in cells):
                    module = sys.modules.get(function.__module__)
                    raise RuntimeError(
                        f"{self.__name__} (with implementation in {module}): The output of this custom operator (1) must not also be an input to "
                        f"this custom operator and (2) may not alias any inputs to this custom operator or other returns. The most common way to "
                        f"trigger this error is if we have y = custom_op(x) and y and x are the same Tensor. Please instead return a clone of the "
                        f"offending output tensor(s) (e.g. return x.clone()) or refactor the custom operator to not return y."
                    )
                cells.append(cell)
            if changed and schema is not None:
                given = {one.name: value for one, value in zip(schema.arguments, args, strict=False)} | kwargs
                increment_version(tensors(given[name] for name in changed))
            return output

        return compute

    @contextmanager
    def set_kernel_enabled(self, device_type: str, enabled: bool = True) -> Iterator[None]:
        """A block in which the implementation for a device type is taken, or is not: the function that the operator was made of is in its place."""
        before = set(self._disabled)
        (self._disabled.discard if enabled else self._disabled.add)(device_type)
        try:
            yield
        finally:
            self._disabled = before

    def register_fake(self, fn: Kernel, /) -> Kernel:
        """Say which shapes it gives, for tensors of the device ``meta``."""
        return register_fake(self._opoverload, fn)

    def register_autograd(self, backward: Kernel, /, *, setup_context: Kernel | None = None) -> None:
        """Give it a gradient rule."""
        register_autograd(self._opoverload, backward, setup_context=setup_context)

    def register_vmap(self, func: Kernel | None = None) -> Any:
        """Say how it works on slices."""
        return register_vmap(self._opoverload, func)

    def register_autocast(self, device_type: str, cast_inputs: Any) -> None:
        """Cast its floating tensors under autocast."""
        register_autocast(self._opoverload, device_type, cast_inputs)

    def register_torch_dispatch(self, torch_dispatch_class: Any, fn: Kernel | None = None, /) -> Any:
        """Say how it meets a dispatch mode; there are none here, and it is kept."""
        return register_torch_dispatch(self._opoverload, torch_dispatch_class, fn)

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"


def custom_op(
    name: str,
    fn: Kernel | None = None,
    /,
    *,
    mutates_args: str | Iterable[str] = (),
    device_types: str | Iterable[str] | None = None,
    schema: str | None = None,
    tags: Any = (),
) -> Any:
    """Make an operator of a function with annotations, or with a ``schema``: ``@custom_op("mine::sin", mutates_args=())``.

    A name that there is already is made anew. ValueError where the annotations, or ``mutates_args`` beside the schema, are wrong. See torch.library.custom_op.
    """

    def decorate(function: Callable[..., Any]) -> CustomOpDef:
        space, short = name.split("::")
        text = infer_schema(function, mutates_args=mutates_args) if schema is None else schema
        found = parse_schema(f"{space}::{short}{text}")
        changed = {one.name for one in found.arguments if one.is_write}
        if schema is not None and mutates_args != "unknown" and changed != set(mutates_args):
            raise ValueError(
                f"Attempted to create a custom op with `mutates_args={mutates_args}` and `schema={schema}. The schema suggests that the op mutates "
                f"{changed} which is different from what was provided to us in `mutates_args`. Please make these consistent."
            )
        made = CustomOpDef(name, function, found, tags)
        made.register_kernel(device_types, function)
        return made

    return decorate if fn is None else decorate(fn)


triton_op = custom_op


def wrap_triton(kernel: Any) -> Any:
    """RuntimeError: Triton's kernels are not for OpenCL."""
    raise RuntimeError("wrap_triton(): kernels of Triton cannot run on OpenCL devices")

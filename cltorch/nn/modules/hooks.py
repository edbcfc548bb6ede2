"""How a module is called: its hooks, those of all modules, and the watchers that backward hooks hang on."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from ...autograd.function import Function
from ...autograd.modes import is_grad_enabled
from ...tensor.tensor import Tensor
from ...utils.hooks import RemovableHandle

Hook = Callable[..., Any]

_everywhere: OrderedDict[int, tuple[str, Any]] = OrderedDict()  # hooks of all modules: which kind, and the hook
_registrations: OrderedDict[int, tuple[str, Hook]] = OrderedDict()  # those that see what modules are given to hold


class Calling:
    """The part of `Module` that runs ``forward`` with hooks around it."""

    _forward_hooks: OrderedDict[int, Any]
    _forward_pre_hooks: OrderedDict[int, Any]
    _backward_hooks: OrderedDict[int, Any]
    _backward_pre_hooks: OrderedDict[int, Any]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; to be defined by subclasses."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (
            self._forward_hooks
            or self._forward_pre_hooks
            or self._backward_hooks
            or self._backward_pre_hooks
            or _everywhere
        ):
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        called: set[int] = set()
        try:
            return self._call_between_hooks(args, kwargs, called)
        except Exception:
            self._call_the_rest(args, kwargs, called)
            raise

    def _call_between_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]) -> Any:
        for _, (hook, with_kwargs) in _hooks("forward_pre", self._forward_pre_hooks):
            changed = hook(self, args, kwargs) if with_kwargs else hook(self, args)
            if changed is None:
                continue
            if not with_kwargs:
                args = changed if isinstance(changed, tuple) else (changed,)
            elif isinstance(changed, tuple) and len(changed) == 2:
                args, kwargs = changed
            else:
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                )
        watch = self._watch()
        if watch is not None:
            args = watch.inputs(args)
        result = self.forward(*args, **kwargs)
        for key, (hook, with_kwargs, _) in _hooks("forward", self._forward_hooks):
            called.add(key)
            changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            if changed is not None:
                result = changed
        return result if watch is None else watch.outputs(result)

    def _call_the_rest(self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]) -> None:
        """After an exception: the forward hooks that were to be called in any case, and were not."""
        for key, (hook, with_kwargs, always) in _hooks("forward", self._forward_hooks):
            if not always or key in called:
                continue
            try:
                hook(self, args, kwargs, None) if with_kwargs else hook(self, args, None)
            except Exception as error:
                warnings.warn(
                    "module forward hook with ``always_call=True`` raised an exception that was silenced as another "
                    f"error was raised in forward: {error}",
                    stacklevel=4,
                )

    def _watch(self) -> _Watch | None:
        before = [hook for _, hook in _hooks("backward_pre", self._backward_pre_hooks)]
        after = [hook for _, hook in _hooks("backward", self._backward_hooks)]
        return _Watch(self, before, after) if before or after else None

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after forward; what it returns replaces the output.

        ``with_kwargs`` hooks are called as ``hook(module, args, kwargs, output)``; ``always_call`` ones also when an
        exception was raised, with output None."""
        return add_hook(self._forward_hooks, (hook, with_kwargs, always_call), prepend)

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before forward; what it returns replaces the arguments.

        ``with_kwargs`` hooks are called as ``hook(module, args, kwargs)`` and may return new (args, kwargs)."""
        return add_hook(self._forward_pre_hooks, (hook, with_kwargs), prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known; what it returns
        replaces ``grad_input``."""
        return add_hook(self._backward_hooks, hook, prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are known; what it returns replaces
        them."""
        return add_hook(self._backward_pre_hooks, hook, prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """PyTorch's older name; the hook is a full one here."""
        return add_hook(self._backward_hooks, hook)


def add_hook(hooks: OrderedDict[int, Any], entry: Any, prepend: bool = False) -> RemovableHandle:
    """Keep a hook, and give what takes it off again."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = entry
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _hooks(kind: str, own: OrderedDict[int, Any]) -> Iterator[tuple[int, Any]]:
    """The hooks of all modules and then a module's own; a hook may take itself off."""
    yield from [(key, hook) for key, (of, hook) in _everywhere.items() if of == kind]
    yield from list(own.items())


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """`Module.register_forward_hook` for all modules."""
    return add_hook(_everywhere, ("forward", (hook, with_kwargs, always_call)))


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """`Module.register_forward_pre_hook` for all modules."""
    return add_hook(_everywhere, ("forward_pre", (hook, False)))


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """`Module.register_full_backward_hook` for all modules."""
    return add_hook(_everywhere, ("backward", hook))


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """`Module.register_full_backward_pre_hook` for all modules."""
    return add_hook(_everywhere, ("backward_pre", hook))


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """`Module.register_backward_hook` for all modules."""
    return add_hook(_everywhere, ("backward", hook))


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, name, buffer)`` whenever a module is given a buffer; another one that it returns is held instead."""
    return add_hook(_registrations, ("buffer", hook))


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, name, submodule)`` whenever a module is given a child; another one that it returns is held instead."""
    return add_hook(_registrations, ("module", hook))


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, name, param)`` whenever a module is given a parameter; another one that it returns is held instead."""
    return add_hook(_registrations, ("parameter", hook))


def registered(kind: str, module: Any, name: str, value: Any) -> Any:
    """What ``module`` shall hold under ``name``, after the hooks for what modules are given."""
    for of, hook in list(_registrations.values()):
        if of == kind:
            changed = hook(module, name, value)
            value = value if changed is None else changed
    return value


class _Watch:
    """The backward hooks of one call: its inputs and its outputs pass through functions whose gradients they see."""

    def __init__(self, module: Any, before: list[Hook], after: list[Hook]) -> None:
        self.module = module
        self.before = before
        self.after = after
        self.places: list[int] | None = None  # of the tensors among the inputs, if one of them needs a gradient
        self.count = 0
        self.arrived: tuple[Any, ...] | None = None  # the gradients of the outputs, until the hooks have seen them

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, watched."""
        self.count = len(args)
        passed, self.places = _pass_through(args, self.input_gradients)
        return passed

    def outputs(self, result: Any) -> Any:
        """The result, watched: a tensor, or those in a tuple."""
        several = isinstance(result, tuple)
        found = result if several else (result,)
        places = [k for k, one in enumerate(found) if isinstance(one, Tensor)]
        passed, _ = _pass_through(found, lambda grads: self.output_gradients(grads, places, len(found)))
        return passed if several else passed[0]

    def output_gradients(self, grads: tuple[Any, ...], places: list[int], count: int) -> tuple[Any, ...]:
        """Show the gradients of the outputs to the hooks; gives what they make of them."""
        arrived = _spread(grads, places, count)
        for hook in self.before:
            changed = hook(self.module, arrived)
            if changed is None:
                continue
            changed = changed if isinstance(changed, tuple) else (changed,)
            if len(changed) != count:
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(changed)}, but expected "
                    f"{count}"
                )
            arrived = changed
        if self.places is None:
            self._without_inputs(arrived)
        else:
            self.arrived = arrived
        return tuple(arrived[k] for k in places)

    def _without_inputs(self, arrived: tuple[Any, ...]) -> None:
        """No input needs a gradient, so the hooks are called as soon as those of the outputs are there."""
        for hook in self.after:
            changed = hook(self.module, (None,) * self.count, arrived)
            if changed is not None and not (isinstance(changed, tuple) and all(one is None for one in changed)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )

    def input_gradients(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Show the gradients of the inputs to the hooks; gives what they make of them."""
        places = self.places or []
        if self.arrived is None:  # a gradient that did not come through the outputs
            return grads
        seen = _spread(grads, places, self.count)
        for hook in self.after:
            changed = hook(self.module, seen, self.arrived)
            if changed is None:
                continue
            changed = changed if isinstance(changed, tuple) else (changed,)
            if len(changed) != len(seen):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(changed)}, but expected "
                    f"{len(seen)}"
                )
            seen = changed
        self.arrived = None
        return tuple(seen[k] for k in places)


def _spread(values: tuple[Any, ...], places: list[int], count: int) -> tuple[Any, ...]:
    """A tuple of ``count`` with the values at their places and None elsewhere."""
    found = dict(zip(places, values))
    return tuple(found.get(k) for k in range(count))


def _pass_through(values: tuple[Any, ...], seen: Callable[..., Any]) -> tuple[tuple[Any, ...], list[int] | None]:
    """The values, with their tensors passed through a function whose backward is ``seen``, and where these are; the
    values themselves and None where no gradient is asked for."""
    places = [k for k, one in enumerate(values) if isinstance(one, Tensor)]
    if not is_grad_enabled() or not any(values[k].requires_grad for k in places):
        return values, None
    passed = list(values)
    for k, one in zip(places, _Through.apply(seen, *(values[k] for k in places))):
        passed[k] = one
    return tuple(passed), places


class _Through(Function):
    """Copies, so that in-place changes of them do not reach the originals; ``seen`` looks at the gradients."""

    @staticmethod
    def forward(ctx: Any, seen: Callable[..., Any], *tensors: Tensor) -> tuple[Tensor, ...]:
        """The tensors again."""
        ctx.seen = seen
        ctx.set_materialize_grads(False)
        copies = [tensor.clone() for tensor in tensors]
        ctx.mark_non_differentiable(*(copy for copy, tensor in zip(copies, tensors) if not tensor.requires_grad))
        return tuple(copies)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        """The gradients as the hooks leave them."""
        return None, *ctx.seen(grads)

"""How a module is called: its hooks, those of all modules, and the watchers that backward hooks hang on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from ...autograd.function import Function
from ...autograd.modes import is_grad_enabled
from ...tensor.creation import zeros
from ...tensor.tensor import Tensor
from ...utils.hooks import RemovableHandle
from ...warned import warn

Hook = Callable[..., Any]

# Hooks of all modules, and what is known of some of them, by the numbers of their handles.
_global_backward_pre_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_backward_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_forward_pre_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_forward_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_forward_hooks_always_called: OrderedDict[int, bool] = OrderedDict()
_global_forward_hooks_with_kwargs: OrderedDict[int, bool] = OrderedDict()

# Hooks that see what modules are given to hold.
_global_buffer_registration_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_module_registration_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_parameter_registration_hooks: OrderedDict[int, Hook] = OrderedDict()
_REGISTRATIONS = {
    "buffer": _global_buffer_registration_hooks,
    "module": _global_module_registration_hooks,
    "parameter": _global_parameter_registration_hooks,
}


def _has_any_global_hook() -> bool:
    """Whether there is a hook of all modules."""
    return bool(
        _global_forward_hooks or _global_forward_pre_hooks or _global_backward_hooks or _global_backward_pre_hooks
    )


class Calling:
    """The part of `Module` that runs ``forward`` with hooks around it."""

    _backward_pre_hooks: OrderedDict[int, Hook]
    _backward_hooks: OrderedDict[int, Hook]
    _is_full_backward_hook: bool | None
    _forward_hooks: OrderedDict[int, Hook]
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]
    _forward_pre_hooks: OrderedDict[int, Hook]
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; to be defined by subclasses."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (
            self._backward_hooks
            or self._backward_pre_hooks
            or self._forward_hooks
            or self._forward_pre_hooks
            or _has_any_global_hook()
        ):
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    _call_impl = _wrapped_call_impl = __call__
    _compiled_call_impl: Any = None

    def _get_backward_hooks(self) -> tuple[list[Hook], list[Hook]]:
        """The full backward hooks of all modules and of this one, and those of the older kind."""
        found: dict[bool, list[Hook]] = {True: [], False: []}
        for kind, hooks in (
            (_global_kind[0] if _global_kind else True, _global_backward_hooks),
            (self._is_full_backward_hook is not False, self._backward_hooks),
        ):
            found[kind] += hooks.values()
        return found[True], found[False]

    def _get_backward_pre_hooks(self) -> list[Hook]:
        """The hooks before the backward pass, of all modules and of this one."""
        return [hook for _, hook in _both(_global_backward_pre_hooks, self._backward_pre_hooks)]

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = _Call(self, args, kwargs)
        try:
            return call.run()
        except Exception:
            call.run_the_rest()
            raise

    def _watch(self) -> _Watch | None:
        before = self._get_backward_pre_hooks()
        after = [hook for _, hook in _both(_global_backward_hooks, self._backward_hooks)]
        return _Watch(self, before, after) if before or after else None

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after forward; what it returns replaces the output.

        ``with_kwargs`` hooks are called as ``hook(module, args, kwargs, output)``; ``always_call`` ones also when an
        exception was raised, with output None."""
        extra = [(self._forward_hooks_with_kwargs, with_kwargs), (self._forward_hooks_always_called, always_call)]
        return add_hook(self._forward_hooks, hook, prepend, extra)

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before forward; what it returns replaces the arguments.

        ``with_kwargs`` hooks are called as ``hook(module, args, kwargs)`` and may return new (args, kwargs)."""
        return add_hook(self._forward_pre_hooks, hook, prepend, [(self._forward_pre_hooks_with_kwargs, with_kwargs)])

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known; what it returns
        replaces ``grad_input``. RuntimeError where the module has a hook of `register_backward_hook`."""
        self._take_kind(True)
        return add_hook(self._backward_hooks, hook, prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are known; what it returns replaces
        them."""
        return add_hook(self._backward_pre_hooks, hook, prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """PyTorch's older name; the hook sees what a full one sees. RuntimeError where the module has a full one."""
        self._take_kind(False)
        return add_hook(self._backward_hooks, hook)

    def _take_kind(self, full: bool) -> None:
        """Note whether the backward hooks are full ones. RuntimeError where there are others."""
        if self._is_full_backward_hook is (not full):
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."
            )
        self._is_full_backward_hook = full


class _Call:
    """One call of a module with the hooks around it."""

    def __init__(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.module, self.args, self.kwargs = module, args, kwargs
        self.result: Any = None
        self.called: set[int] = set()

    def run(self) -> Any:
        """The hooks before forward, forward, and the hooks after it."""
        module = self.module
        for key, hook in _both(_global_forward_pre_hooks, module._forward_pre_hooks):
            self._before(hook, key in module._forward_pre_hooks_with_kwargs)
        watch = module._watch()
        if watch is not None:
            self.args = watch.inputs(self.args)
        self.result = module.forward(*self.args, **self.kwargs)
        for key, hook in _both(_global_forward_hooks, module._forward_hooks):
            self.called.add(key)
            self._after(key, hook)
        return self.result if watch is None else watch.outputs(self.result)

    def _before(self, hook: Hook, with_kwargs: bool) -> None:
        changed = hook(self.module, self.args, self.kwargs) if with_kwargs else hook(self.module, self.args)
        if changed is None:
            return
        if not with_kwargs:
            self.args = changed if isinstance(changed, tuple) else (changed,)
        elif isinstance(changed, tuple) and len(changed) == 2:
            self.args, self.kwargs = changed
        else:
            raise RuntimeError(
                f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
            )

    def _after(self, key: int, hook: Hook) -> None:
        with_kwargs = key in self.module._forward_hooks_with_kwargs or key in _global_forward_hooks_with_kwargs
        given = (self.args, self.kwargs) if with_kwargs else (self.args,)
        changed = hook(self.module, *given, self.result)
        if changed is not None:
            self.result = changed

    def run_the_rest(self) -> None:
        """After an exception: the hooks after forward that are called in any case, and were not."""
        own = self.module._forward_hooks_always_called
        for key, hook in _both(_global_forward_hooks, self.module._forward_hooks):
            everywhere = key in _global_forward_hooks_always_called
            if key in self.called or not (everywhere or key in own):
                continue
            try:
                self._after(key, hook)
            except Exception as error:
                warn(
                    f"{'global ' if everywhere else ''}module forward hook with ``always_call=True`` raised an exception "
                    f"that was silenced as another error was raised in forward: {error}"
                )


def add_hook(
    hooks: OrderedDict[int, Any],
    hook: Any,
    prepend: bool = False,
    extra: Sequence[tuple[OrderedDict[int, bool], bool]] = (),
) -> RemovableHandle:
    """Keep a hook, and give what takes it off again; ``extra`` are dictionaries of what may be true of it."""
    handle = RemovableHandle(hooks, extra_dict=[known for known, _ in extra])
    hooks[handle.id] = hook
    for known, holds in extra:
        if holds:
            known[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _both(everywhere: OrderedDict[int, Hook], own: OrderedDict[int, Hook]) -> list[tuple[int, Hook]]:
    """The hooks of all modules and then a module's own; a hook may take itself off."""
    return [*everywhere.items(), *own.items()]


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """`Module.register_forward_hook` for all modules."""
    extra = [(_global_forward_hooks_with_kwargs, with_kwargs), (_global_forward_hooks_always_called, always_call)]
    return add_hook(_global_forward_hooks, hook, extra=extra)


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """`Module.register_forward_pre_hook` for all modules."""
    return add_hook(_global_forward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """`Module.register_full_backward_hook` for all modules. RuntimeError where there is one of `register_module_backward_hook`."""
    _take_global_kind(True)
    return add_hook(_global_backward_hooks, hook)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """`Module.register_full_backward_pre_hook` for all modules."""
    return add_hook(_global_backward_pre_hooks, hook)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """`Module.register_backward_hook` for all modules. RuntimeError where there is a full one."""
    _take_global_kind(False)
    return add_hook(_global_backward_hooks, hook)


_global_kind: list[bool] = []  # whether backward hooks of all modules are full ones, once there was one


def _take_global_kind(full: bool) -> None:
    if _global_kind and _global_kind[0] is not full:
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks as a global Module hook. Please use only one of them."
        )
    _global_kind[:] = [full]


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, name, buffer)`` whenever a module is given a buffer; another one that it returns is held instead."""
    return add_hook(_global_buffer_registration_hooks, hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, name, submodule)`` whenever a module is given a child; another one that it returns is held instead."""
    return add_hook(_global_module_registration_hooks, hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, name, param)`` whenever a module is given a parameter; another one that it returns is held instead."""
    return add_hook(_global_parameter_registration_hooks, hook)


def registered(kind: str, module: Any, name: str, value: Any) -> Any:
    """What ``module`` shall hold under ``name``, after the hooks for what modules are given."""
    for hook in list(_REGISTRATIONS[kind].values()):
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
        passed, self.places = _pass_through(args, lambda grads, zeros: self.input_gradients(zeros(grads)))
        return passed

    def outputs(self, result: Any) -> Any:
        """The result, watched: a tensor, or those in a tuple."""
        several = isinstance(result, tuple)
        found = result if several else (result,)
        places = [k for k, one in enumerate(found) if isinstance(one, Tensor)]
        passed, _ = _pass_through(found, lambda grads, zeros: zeros(self.output_gradients(grads, places, len(found))))
        if not several:
            return passed[0]
        return type(result)(*passed) if hasattr(result, "_fields") else passed  # a named tuple stays one

    def output_gradients(self, grads: tuple[Any, ...], places: list[int], count: int) -> tuple[Any, ...]:
        """Show the gradients of the outputs to the hooks; gives what they make of them."""
        arrived = _spread(grads, places, count)
        for hook in self.before:
            changed = hook(self.module, arrived)
            if changed is None:
                continue
            changed = tuple(changed) if isinstance(changed, (tuple, list)) else (changed,)
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
            changed = tuple(changed) if isinstance(changed, (tuple, list)) else (changed,)
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
    values themselves and None where no gradient is asked for. ``seen`` is given the gradients, and what makes zeros of those that are None."""
    places = [k for k, one in enumerate(values) if isinstance(one, Tensor)]
    if not is_grad_enabled() or not any(values[k]._is_recorded for k in places):
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
        ctx.kinds = [(tensor.shape, tensor.dtype, tensor.device) for tensor in tensors]
        ctx.set_materialize_grads(False)
        copies = [tensor.clone() for tensor in tensors]
        ctx.mark_non_differentiable(*(copy for copy, tensor in zip(copies, tensors) if not tensor.requires_grad))
        return tuple(copies)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        """The gradients as the hooks leave them."""

        def filled(found: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(
                zeros(shape, dtype=dtype, device=device) if grad is None else grad
                for grad, (shape, dtype, device) in zip(found, ctx.kinds, strict=True)
            )

        return None, *ctx.seen(grads, filled)

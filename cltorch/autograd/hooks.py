"""Hooks: the handles that take them off again, and what nodes and leaves keep of them."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..ops.arguments import is_tensor

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

Hooks = OrderedDict[int, Callable[..., Any]]


class RemovableHandle:
    """Takes one hook out of the dictionary that holds it, and what is known of it out of ``extra_dict`` (a dictionary or a list of
    them); also a context manager. See torch.utils.hooks."""

    __module__ = "cltorch.utils.hooks"

    id: int
    next_id = 0

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        extra = [] if extra_dict is None else extra_dict if isinstance(extra_dict, list) else [extra_dict]
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.extra_dict_ref = tuple(map(weakref.ref, extra))
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1

    def remove(self) -> None:
        """Take the hook off; a second call does nothing."""
        for found in (self.hooks_dict_ref(), *(one() for one in self.extra_dict_ref)):
            if found is not None:
                found.pop(self.id, None)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.hooks_dict_ref(), self.id, tuple(one() for one in self.extra_dict_ref)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        hooks, self.id, *extra = state
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        self.extra_dict_ref = tuple(map(weakref.ref, extra[0] if extra and extra[0] else ()))
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, type: Any, value: Any, tb: Any) -> None:
        self.remove()


RemovableHandle.__module__ = "cltorch.utils.hooks"  # where pickles find it


class Extras:
    """What few nodes and leaves have. Of a tensor: hooks on the gradient that arrives for it, who retains that gradient,
    hooks after it was accumulated. Of a node: hooks before and after it, the user's metadata, in which anomaly mode keeps
    the traceback of the forward call, and the levels of `vmap` inside which it was made.
    """

    __slots__ = ("accumulated", "levels", "metadata", "post_hooks", "pre_hooks", "retain", "tensor_hooks")

    def __init__(self) -> None:
        self.tensor_hooks: Hooks = OrderedDict()
        self.pre_hooks: Hooks = OrderedDict()
        self.post_hooks: Hooks = OrderedDict()
        self.accumulated: Hooks = OrderedDict()
        self.retain: weakref.ref[Tensor] | None = None
        self.metadata: dict[Any, Any] = {}
        self.levels: tuple[Any, ...] = ()


def add(hooks: Hooks, hook: Callable[..., Any]) -> RemovableHandle:
    """Keep a hook, and give what takes it off again."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def after_arrival(extras: Extras, grad: Any, node: Any) -> Any:
    """The hooks of a tensor whose gradient has arrived; what they make of it is retained if somebody asked for that."""
    for hook in list(extras.tensor_hooks.values()):
        grad = _checked(hook, hook(grad), grad)
    if extras.retain is not None:
        tensor = extras.retain()
        if tensor is not None and tensor._resolve_edge() is node:
            tensor._accumulate(grad)
    return grad


def before_node(extras: Extras, grads: tuple[Any, ...]) -> tuple[Any, ...]:
    """The hooks that see the gradients of a node's outputs before it runs."""
    for hook in list(extras.pre_hooks.values()):
        grads = _all_checked(hook, hook(grads), grads)
    return grads


def after_node(extras: Extras, parts: tuple[Any, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
    """The hooks that see the gradients of a node's inputs when it has run."""
    for hook in list(extras.post_hooks.values()):
        parts = _all_checked(hook, hook(parts, grads), parts)
    return parts


def after_accumulation(extras: Extras, leaf: Tensor) -> None:
    """The hooks that see a leaf whose ``grad`` is complete."""
    for hook in list(extras.accumulated.values()):
        returned = hook(leaf)
        if returned is None or returned is leaf:  # what changes it in place gives it, too
            continue
        if is_tensor(returned):
            raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        raise TypeError(f"expected Variable, but hook returned '{type(returned).__name__}'")


def _all_checked(hook: Callable[..., Any], changed: Any, before: tuple[Any, ...]) -> tuple[Any, ...]:
    """A tuple of gradients as a hook left it; RuntimeError when it has another length."""
    if changed is None:
        return before
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != len(before):
        raise RuntimeError(
            f"hook '{_name(hook)}' has returned an incorrect number of values (got {len(changed)}, but expected "
            f"{len(before)})"
        )
    return tuple([_checked(hook, new, old) for new, old in zip(changed, before, strict=True)])


def _checked(hook: Callable[..., Any], changed: Any, before: Any) -> Any:
    """A gradient as a hook left it: of the same shape and dtype as ``before``."""
    if changed is None:
        return before
    if not is_tensor(changed):
        raise TypeError(f"expected Variable, but hook returned '{type(changed).__name__}'")
    if before is None:
        return changed
    if changed._cl_meta.dtype is not before._cl_meta.dtype:
        raise RuntimeError(
            f"hook '{_name(hook)}' has changed the type of value (was {type_name(before._cl_meta)} got "
            f"{type_name(changed._cl_meta)})"
        )
    if changed._cl_meta.shape != before._cl_meta.shape:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the size of value")
    return changed


def type_name(meta: Any) -> str:
    """``torch.FloatTensor`` and so on."""
    return f"torch.{meta.dtype.title}Tensor"


def _name(hook: Callable[..., Any]) -> str:
    return getattr(hook, "__name__", type(hook).__name__)

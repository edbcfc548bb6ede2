"""Two tensors that change their contents. See torch.utils.swap_tensors."""

from __future__ import annotations

import copyreg
import weakref
from typing import Any

from ..tensor.tensor import Tensor

_OWN = (
    "_base",
    "_edge",
    "_cl_meta",
    "_storage",
    "__dict__",
)  # what a tensor is made of; others may hold on to the object itself


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Each becomes what the other was, class and attributes included, and stays the same object for those who hold it.

    RuntimeError where one has weak references, or where their classes have other slots. Graphs that a leaf is part of follow
    the object, not its content: swap before the forward pass or after the backward one.
    """
    for name, t in (("t1", t1), ("t2", t2)):
        if weakref.getweakrefs(t):
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    slots = [set(copyreg._slotnames(type(t))) for t in (t1, t2)]  # type: ignore[attr-defined]
    if slots[0] != slots[1]:
        raise RuntimeError("Cannot swap t1 and t2 if they have different slots")
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    for name in dict.fromkeys((*_OWN, *slots[0])):
        one, other = (_taken(t, name) for t in (t1, t2))
        for t, found in ((t1, other), (t2, one)):
            for value in found:
                setattr(t, name, value)


def _taken(t: Tensor, name: str) -> list[Any]:
    """The value of a slot, in a list, or an empty one. The slot is empty then, so that nothing of the old content stays."""
    if not hasattr(t, name):
        return []
    value = getattr(t, name)
    if name != "__dict__":
        delattr(t, name)
    return [value]

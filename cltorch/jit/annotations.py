"""Types that programs import from ``torch.jit.annotations``, and whether an object has one."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Dict, List, Optional, Tuple, Union, get_args, get_origin  # noqa: UP035

from ..tensor.tensor import Tensor

__all__ = [f"BroadcastingList{n}" for n in range(1, 7)]
__all__ += ["Any", "Dict", "List", "Optional", "Tensor", "Tuple", "Union"]


class _BroadcastingList:
    """``BroadcastingList2[int]``: a list of so many, for which one value may stand."""

    def __getitem__(self, kind: Any) -> Any:
        return List[kind]  # noqa: UP006


BroadcastingList1 = BroadcastingList2 = BroadcastingList3 = _BroadcastingList()
BroadcastingList4 = BroadcastingList5 = BroadcastingList6 = _BroadcastingList()


def matches(value: Any, kind: Any) -> bool:
    """Whether a value has a type, generic ones by their elements."""
    if isinstance(kind, tuple):
        return any(matches(value, one) for one in kind)
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin is None:
        return isinstance(value, kind)
    if origin in (Union, types.UnionType):
        return any(matches(value, one) for one in inner)
    if not isinstance(value, origin):
        return False
    if issubclass(origin, Mapping):
        return all(matches(key, inner[0]) and matches(one, inner[1]) for key, one in value.items())
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        return len(value) == len(inner) and all(map(matches, value, inner))
    return all(matches(one, inner[0]) for one in value)

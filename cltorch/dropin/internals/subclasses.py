"""What programs read from ``torch._subclasses``: tensors without elements are none of PyTorch's fake ones here."""

from __future__ import annotations

from typing import Any

from ...tensor.tensor import Tensor


class FakeTensor(Tensor):
    """The class of PyTorch's fake tensors. Nothing is one."""

    __slots__ = ()


class FakeTensorMode:
    """RuntimeError: PyTorch's fake tensors are not here."""

    def __init__(self, **options: Any) -> None:
        raise RuntimeError("FakeTensorMode: cltorch records shapes without computing; it has no fake tensors")


def is_fake(x: object) -> bool:
    """False: nothing is a fake tensor."""
    return False

"""Names of types in signatures. See torch.types."""

from __future__ import annotations

import builtins
import os
from collections.abc import Sequence
from typing import Any, TypeAlias, Union

from .checks import SymBool, SymFloat, SymInt
from .dtypes import dtype as _dtype
from .tensor.device_names import device as _device
from .tensor.formats import layout as _layout
from .tensor.sizes import Size
from .tensor.storages import TypedStorage, UntypedStorage
from .tensor.tensor import Tensor

__all__ = [
    "Device",
    "FileLike",
    "Number",
    "Storage",
    "SymBool",
    "SymFloat",
    "SymInt",
    "_device",
    "_dtype",
    "_layout",
]

_TensorOrTensors: TypeAlias = Union[Tensor, Sequence[Tensor]]  # noqa: UP007
_TensorOrTensorsOrGradEdge: TypeAlias = Union[Tensor, Sequence[Tensor], Any]  # noqa: UP007
_size: TypeAlias = Union[Size, list[int], tuple[int, ...]]  # noqa: UP007
_symsize = _size
_int, _float, _bool, _complex, _qscheme = builtins.int, builtins.float, builtins.bool, builtins.complex, Any
Number: TypeAlias = Union[int, float, bool]  # noqa: UP007
_Number = (builtins.int, builtins.float, builtins.bool)
FileLike: TypeAlias = Union[str, os.PathLike[str], Any]  # noqa: UP007
Device: TypeAlias = Union[_device, str, int, None]  # noqa: UP007
Storage = TypedStorage | UntypedStorage

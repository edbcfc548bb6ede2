"""Element types: names, sizes, OpenCL C and NumPy spellings, and PyTorch's rules of promotion."""

from __future__ import annotations

import ml_dtypes
import numpy as np


class dtype:
    """An element type, e.g. ``cltorch.float32``. Compared by identity; prints as PyTorch's does (``torch.float32``).

    ``storage`` is the OpenCL C type of one element in a buffer (float16 and bfloat16 are kept as ``ushort`` bit patterns,
    bool as ``uchar`` 0 or 1); ``compute`` is the type in which arithmetic on it is done in registers.
    """

    __slots__ = ("compute", "is_floating_point", "is_signed", "itemsize", "name", "np", "rank", "storage")

    def __init__(self, name: str, storage: str, compute: str, np_type: type, rank: int) -> None:
        self.name = name
        self.storage = storage
        self.compute = compute
        self.np = np.dtype(np_type)
        self.itemsize = self.np.itemsize
        self.is_floating_point = "float" in name
        self.is_signed = name not in ("bool", "uint8")
        self.rank = rank

    @property
    def is_complex(self) -> bool:
        """Whether elements are complex numbers."""
        return False

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


bool = dtype("bool", "uchar", "uchar", np.bool_, 0)
uint8 = dtype("uint8", "uchar", "uchar", np.uint8, 1)
int8 = dtype("int8", "char", "char", np.int8, 2)
int16 = dtype("int16", "short", "short", np.int16, 3)
int32 = dtype("int32", "int", "int", np.int32, 4)
int64 = dtype("int64", "long", "long", np.int64, 5)
float16 = dtype("float16", "ushort", "float", np.float16, 6)
bfloat16 = dtype("bfloat16", "ushort", "float", ml_dtypes.bfloat16, 6)
float32 = dtype("float32", "float", "float", np.float32, 7)
float64 = dtype("float64", "double", "double", np.float64, 8)

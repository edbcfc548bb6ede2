"""How tensors were made before there were dtypes: ``Tensor(...)``, ``FloatTensor(...)`` and ``x.new(...)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..ops.arguments import is_tensor
from .device_names import resolve_device
from .host_data import host_array
from .sizes import Size
from .storages import StorageView

if TYPE_CHECKING:
    from .tensor import Tensor


class Legacy:
    """The part of Tensor that the older constructors call."""

    __slots__ = ()

    @classmethod
    def _from_legacy(cls: Any, *args: Any, device: Any = None, dtype: Any = None, here: Any = None) -> Tensor:
        """``Tensor()``, ``Tensor(2, 3)``, ``Tensor(Size)``, ``Tensor(tensor or storage)`` or ``Tensor(data)``, as torch.Tensor has them.

        ``dtype`` is that of ``FloatTensor`` and so on, and of the tensor whose ``new`` it is, which lies ``here``. TypeError for a tensor
        of another dtype, RuntimeError for a tensor together with a device.
        """
        kind = dtype or dtypes.get_default_dtype()
        where = here if device is None and here is not None else resolve_device(device)
        first: Any = args[0] if args else Size((0,))
        if len(args) < 2 and isinstance(first, Size):
            return cls._filled(tuple(first), 0, kind, where)
        if all(isinstance(arg, int) and not isinstance(arg, bool) for arg in args):
            return cls._filled(args, 0, kind, where)
        if is_tensor(first):
            if device is not None:
                raise RuntimeError(
                    "Legacy tensor constructor of the form torch.Tensor(tensor, device=device) is not supported. Use torch.tensor(...) or "
                    "torch.as_tensor(...) instead."
                )
            if dtype is not None and first.dtype is not dtype:
                raise TypeError(f"expected torch.{dtype.title}Tensor (got {first.type()})")
            return first.detach()
        if isinstance(first, StorageView):
            return first.seen_as(kind)
        if len(args) > 1:
            kinds = ", ".join(type(arg).__name__ for arg in args)
            raise TypeError(f"new() received an invalid combination of arguments - got ({kinds})")
        if isinstance(first, str) or not hasattr(first, "__len__"):
            raise TypeError(f"new(): data must be a sequence (got {type(first).__name__})")
        return cls._from_array(host_array(first, kind), kind, where)

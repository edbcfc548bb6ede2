"""What programs read from ``torch._C._nn``."""

from __future__ import annotations

from typing import Any

from ...dtypes import dtype as DType
from ...nn.functional import (
    avg_pool2d,
    avg_pool3d,
    elu_,
    gelu,
    hardtanh_,
    leaky_relu_,
    linear,
    one_hot,
    scaled_dot_product_attention,
    softplus,
    softshrink,
)
from ...nn.functional import (
    logsigmoid as log_sigmoid,
)
from ...tensor.device_names import device as Device
from ...tensor.tensor import Tensor


def _parse_to(*args: Any, **kwargs: Any) -> tuple[Device | None, DType | None, bool, Any]:
    """The arguments of ``Tensor.to`` and ``Module.to``: device, dtype, non_blocking and memory_format."""
    where, kind = kwargs.get("device"), kwargs.get("dtype")
    non_blocking = kwargs.get("non_blocking", False)
    for arg in args:
        if isinstance(arg, Tensor):
            where, kind = arg.device, arg.dtype
        elif isinstance(arg, DType):
            kind = arg
        elif isinstance(arg, bool):
            non_blocking = arg
            break  # what follows is ``copy``
        elif arg is not None:
            where = arg
    return None if where is None else Device(where), kind, non_blocking, kwargs.get("memory_format")

"""Operators by name and how programs make their own: ``torch.ops`` and ``torch.library``."""

from __future__ import annotations

from .checks import opcheck
from .custom import CustomOpDef, custom_op, triton_op, wrap_triton
from .inference import infer_schema
from .namespaces import classes, ops
from .operators import OpOverload, OpOverloadPacket, without
from .registration import (
    Library,
    _scoped_library,
    define,
    get_ctx,
    get_kernel,
    impl,
    impl_abstract,
    is_functional_schema,
    register_autocast,
    register_autograd,
    register_fake,
    register_kernel,
    register_torch_dispatch,
    register_vmap,
    set_ctx_getter,
)
from .schema import Argument, FunctionSchema, parse_schema

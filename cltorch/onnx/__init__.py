"""``torch.onnx`` as far as programs ask about it: nothing is exported here, and operators are registered for nobody."""

from __future__ import annotations

from typing import Any

from . import symbolic_helper, utils
from .utils import register_custom_op_symbolic, unregister_custom_op_symbolic

__all__ = [
    "dynamo_export",
    "export",
    "is_in_onnx_export",
    "is_onnxrt_backend_supported",
    "register_custom_op_symbolic",
    "symbolic_helper",
    "unregister_custom_op_symbolic",
    "utils",
]


class OperatorExportTypes:
    """How PyTorch's exporter treats operators that it does not know."""

    ONNX, ONNX_ATEN, ONNX_ATEN_FALLBACK, ONNX_FALLTHROUGH = range(4)


class TrainingMode:
    """In which mode PyTorch's exporter puts a model."""

    EVAL, PRESERVE, TRAINING = range(3)


def is_in_onnx_export() -> bool:
    """False: nothing is exported."""
    return False


def is_onnxrt_backend_supported() -> bool:
    """False."""
    return False


def export(*args: Any, **kwargs: Any) -> Any:
    """RuntimeError: there is no exporter; export with PyTorch from a state_dict."""
    raise RuntimeError("onnx.export(): cltorch has no exporter; save the state_dict and export it with PyTorch")


dynamo_export = export

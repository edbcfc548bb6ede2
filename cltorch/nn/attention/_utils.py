"""What several kinds of attention ask of their arguments. See torch.nn.attention._utils."""

from __future__ import annotations

import math

from ...tensor.tensor import Tensor


def _input_requires_grad(*tensors: Tensor) -> bool:
    """Whether any tensor requires gradients."""
    return any(t._is_recorded for t in tensors)


def _postprocess_flash_output(inpt_tensor: Tensor, og_size: int) -> Tensor:
    """A result without what its last dimension was padded by."""
    return inpt_tensor[..., :og_size] if inpt_tensor.size(-1) != og_size else inpt_tensor


def _calculate_scale(head_dim_size: int, scale: float | None) -> float:
    """What products of queries and keys are multiplied by."""
    return 1.0 / math.sqrt(head_dim_size) if scale is None else scale


def _validate_sdpa_input(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    allow_lowp_kv: bool = False,
) -> None:
    """ValueError unless the three tensors have one dtype, one device and two dimensions or more."""
    three = {"query": query, "key": key, "value": value}
    if not allow_lowp_kv and len({t.dtype for t in three.values()}) > 1:
        raise ValueError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {query.dtype}, "
            f"key.dtype: {key.dtype}, and value.dtype: {value.dtype} instead."
        )
    if len({t.device for t in three.values()}) > 1:
        raise ValueError(
            f"Expected query, key, and value to have the same device type, but got query.device: {query.device}, "
            f"key.device: {key.device}, and value.device: {value.device} instead."
        )
    if any(t.dim() < 2 for t in three.values()):
        raise ValueError(
            f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {query.dim()}, "
            f"key.dim: {key.dim()} and value.dim: {value.dim()} instead."
        )

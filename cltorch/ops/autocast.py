"""In which dtype autocast runs a function: PyTorch's two lists, by the functions' names, and how a function looks itself up.

The policies: ``lower`` runs in autocast's dtype, ``float32`` in float32, ``promote`` in the widest dtype of its operands, and
``refused`` is not run at all. Whatever is in no list runs in the dtypes of its operands. Numbers of double precision stay as
they are. See the autocast op reference of torch.amp.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from .mode import MODE

F = TypeVar("F", bound=Callable[..., Any])


def _listed(**policies: str) -> dict[str, str]:
    return {name: policy for policy, names in policies.items() for name in names.split()}


ACCELERATORS = _listed(
    lower="linear matmul mm bmm mv addmm addmv addr addbmm baddbmm chain_matmul multi_dot vecdot einsum conv1d conv2d conv3d "
    "conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d convolution prelu lstm gru rnn_tanh rnn_relu lstm_cell "
    "gru_cell rnn_tanh_cell rnn_relu_cell scaled_dot_product_attention",
    float32="acos arccos asin arcsin cosh erfinv exp expm1 log log10 log2 log1p reciprocal rsqrt sinh square tan pow softplus "
    "softmax log_softmax layer_norm rms_norm group_norm norm vector_norm matrix_norm cosine_similarity poisson_nll_loss "
    "cosine_embedding_loss nll_loss cross_entropy hinge_embedding_loss kl_div l1_loss smooth_l1_loss huber_loss "
    "mse_loss margin_ranking_loss multilabel_margin_loss soft_margin_loss triplet_margin_loss multi_margin_loss "
    "binary_cross_entropy_with_logits cumprod cumsum dist pdist cdist prod renorm sum logsumexp resized",
    promote="addcdiv addcmul atan2 arctan2 bilinear cross dot vdot grid_sample grid_sampler index_put tensordot scatter_add "
    "cat concat concatenate stack",
    refused="binary_cross_entropy",
)
"""The list for CUDA and other accelerators."""

CPU = _listed(
    lower="linear matmul mm bmm addmm addbmm baddbmm chain_matmul multi_dot vecdot einsum tensordot conv1d conv2d conv3d conv_tbc "
    "conv_transpose1d conv_transpose2d conv_transpose3d prelu lstm rnn_tanh rnn_relu rnn_tanh_cell rnn_relu_cell "
    "scaled_dot_product_attention",
    float32="avg_pool3d max_pool3d_without_indices adaptive_avg_pool3d adaptive_max_pool3d max_unpool1d "
    "max_unpool2d max_unpool3d fractional_max_pool2d fractional_max_pool3d binary_cross_entropy binary_cross_entropy_with_logits cross_entropy nll_loss mse_loss l1_loss "
    "smooth_l1_loss huber_loss cosine_embedding_loss hinge_embedding_loss poisson_nll_loss margin_ranking_loss "
    "soft_margin_loss triplet_margin_loss multi_margin_loss multilabel_margin_loss kl_div reflection_pad1d "
    "reflection_pad2d replication_pad1d replication_pad2d replication_pad3d ctc_loss grid_sample "
    "grid_sampler polar view_as_complex prod quantile nanquantile stft cdist trace cholesky cholesky_inverse cholesky_solve cholesky_ex inverse inv inv_ex lu_solve pinverse qr geqrf orgqr ormqr svd svdvals "
    "eig eigh eigvals eigvalsh lstsq solve triangular_solve householder_product tensorinv tensorsolve cond matrix_rank "
    "fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 rfftn irfftn hfft ihfft",
    promote="cat concat concatenate stack index_copy",
)
"""The list for CPUs."""

CELLS = frozenset("lstm gru rnn_tanh rnn_relu lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell".split())
"""What asks for the dtype of all its operands together (`amp.casting.Casting.like_states`)."""

LISTED = frozenset(ACCELERATORS) | frozenset(CPU)


def listed(name: str) -> str:
    """The name under which autocast looks a function up: its own if it is in a list, else nothing."""
    return name if name in LISTED else ""


def cast_as(name: str, tensor: Any) -> Any:
    """A tensor as the function of this name gets it under autocast: for one that is listed under another name than its own."""
    return tensor if MODE.cast is None else MODE.cast(name, (tensor,))[0]


def autocasting(function: F, name: str | None = None) -> F:
    """``function``, which under autocast gets its tensors in the dtype that the list in use says, if it has the function and no
    ``out`` is given. It is one thing for autocast: nothing inside it is cast. As it is where no list has its name."""
    own = name or function.__name__
    if own not in LISTED:
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        cast = MODE.cast
        if cast is None or own in CELLS:
            return function(*args, **kwargs)
        operands = (*args, *kwargs.values())
        if kwargs.get("out") is None and cast.lists(own):
            operands = cast(own, operands)
        MODE.cast = None
        try:
            return function(*operands[: len(args)], **dict(zip(kwargs, operands[len(args) :], strict=True)))
        finally:
            MODE.cast = cast

    call.uncast = call, function  # type: ignore[attr-defined]  # for `arguments.checked`, which leaves this layer out
    return call  # type: ignore[return-value]

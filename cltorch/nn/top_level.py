"""Functions of ``nn.functional`` that PyTorch has at its top level too: most as they are, some with arguments of their own.

There reductions and modes are numbers, and what has no default in C++ has none here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ops.arguments import Number
from ..ops.names import also, public
from ..ops.rules import integer
from ..tensor.apply import stored
from ..tensor.tensor import Tensor
from . import functional as F
from .functional.divergence_loss import _divergence
from .functional.loss import _cross_entropy_of_logits, _reduced
from .functional.margin_loss import _ranking, triplet
from .functional.normalization import grouped

if TYPE_CHECKING:
    from ..tensor.random import Generator

AS_THEY_ARE = (
    "conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d adaptive_avg_pool1d avg_pool1d bilinear "
    "channel_shuffle cosine_similarity hardshrink pairwise_distance pixel_shuffle pixel_unshuffle prelu rms_norm"
)
for _name in AS_THEY_ARE.split():
    also("torch", getattr(F, _name))
also("torch", F.channel_shuffle, "native_channel_shuffle")
Tensor.prelu, Tensor.hardshrink = F.prelu, F.hardshrink  # type: ignore[attr-defined]


def _reduction(number: int) -> str:
    """1 is the mean and 2 the sum; every other number leaves the losses as they are."""
    return {1: "mean", 2: "sum"}.get(integer(number, "reduction"), "none")


# --- pooling --------------------------------------------------------------------------------------------------------------


def _pooling(n: int) -> None:
    """``max_pool1d`` and so on, without indices."""
    pool = getattr(F, f"max_pool{n}d")

    def max_pool(
        input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
    ) -> Tensor:
        return pool(input, kernel_size, stride or None, padding, dilation, ceil_mode)

    max_pool.__name__ = max_pool.__qualname__ = f"max_pool{n}d"
    max_pool.__doc__ = f"The largest element of each window. See torch.nn.functional.max_pool{n}d."
    public()(max_pool)


for _n in (1, 2, 3):
    _pooling(_n)


@public()
def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """The largest element of each window, and where it lies. See torch.nn.functional.max_pool1d."""
    return F.max_pool1d_with_indices(input, kernel_size, stride or None, padding, dilation, ceil_mode)


@public()
def adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """The largest elements of ``output_size`` windows, and where they lie. See torch.nn.functional.adaptive_max_pool1d."""
    return F.adaptive_max_pool1d(input, output_size, return_indices=True)


# --- normalization ----------------------------------------------------------------------------------------------------------


@public()
def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """`nn.functional.batch_norm`."""
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


@public()
def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """`nn.functional.instance_norm`."""
    return F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


@public()
def layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
    cudnn_enable: bool = True,
) -> Tensor:
    """`nn.functional.layer_norm`."""
    return F.layer_norm(input, normalized_shape, weight, bias, eps)


@public()
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
    cudnn_enabled: bool = True,
) -> Tensor:
    """`nn.functional.group_norm`."""
    return grouped(input, num_groups, weight, bias, eps)


# --- dropout ----------------------------------------------------------------------------------------------------------------


def _dropping(name: str, function: str) -> None:
    """A dropout and its in-place form: both take whether they are in training by position."""
    drop = getattr(F, function)

    def dropped(input: Tensor, p: float, train: bool) -> Tensor:
        if not 0 <= p <= 1:
            raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
        return drop(input, p, train)

    def dropped_(input: Tensor, p: float, train: bool) -> Tensor:
        if not 0 <= p <= 1:
            raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
        return drop(input, p, train, True)

    for made, own in ((dropped, name), (dropped_, f"{name}_")):
        made.__name__ = made.__qualname__ = own
        made.__doc__ = f"`nn.functional.{function}`{', in place' if made is dropped_ else ''}."
        public()(made)


for _name, _function in (
    *(("dropout", "dropout"), ("alpha_dropout", "alpha_dropout")),
    *(("feature_dropout", "dropout2d"), ("feature_alpha_dropout", "feature_alpha_dropout")),
):
    _dropping(_name, _function)


# --- activations ------------------------------------------------------------------------------------------------------------


@public()
def celu(input: Tensor, alpha: Number = 1.0) -> Tensor:
    """`nn.functional.celu`. See torch.nn.functional.celu."""
    return F.celu(input, alpha)


@public()
def celu_(input: Tensor, alpha: Number = 1.0) -> Tensor:
    """In-place `celu`."""
    return F.celu(input, alpha, True)


@public()
def selu(input: Tensor) -> Tensor:
    """`nn.functional.selu`. See torch.nn.functional.selu."""
    return F.selu(input)


@public()
def selu_(input: Tensor) -> Tensor:
    """In-place `selu`."""
    return F.selu(input, True)


@public()
def threshold(input: Tensor, threshold: Number, value: Number, *, out: Tensor | None = None) -> Tensor:
    """`nn.functional.threshold`. See torch.nn.functional.threshold."""
    return stored(F.threshold(input, threshold, value), out)


@public()
def threshold_(input: Tensor, threshold: Number, value: Number) -> Tensor:
    """In-place `threshold`."""
    return F.threshold(input, threshold, value, True)


@public()
def rrelu(
    input: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """`nn.functional.rrelu`."""
    return F.rrelu(input, lower, upper, training)


@public()
def rrelu_(
    input: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """In-place `rrelu`."""
    return F.rrelu(input, lower, upper, training, True)


# --- rows by index ----------------------------------------------------------------------------------------------------------


@public()
def embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    """`nn.functional.embedding`; the table comes first, and -1 is no padding."""
    padding = padding_idx if 0 <= padding_idx < weight.shape[0] else None
    return F.embedding(indices, weight, padding, None, 2.0, scale_grad_by_freq, sparse)


_BAGS = ("sum", "mean", "max")


@public(aliases="_embedding_bag")
def embedding_bag(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`nn.functional.embedding_bag`, with ``mode`` 0 (sum), 1 (mean) or 2 (max); also the bag of each index, the bags' sizes, and
    room that other backends use."""
    starts = offsets[:-1] if include_last_offset else offsets
    places = indices._range(0, 1, indices.numel())
    owner = (places.unsqueeze(1) >= starts.long()).long().sum(1) - 1
    ends = starts._joined([starts[1:], starts.new_tensor([indices.numel()])], 0)
    padding = None if padding_idx is None or padding_idx < 0 else padding_idx
    rest = (scale_grad_by_freq, _BAGS[mode], sparse, per_sample_weights, include_last_offset, padding)
    return F.embedding_bag(indices, weight, offsets, None, 2.0, *rest), owner, ends - starts, starts.new_zeros((0,))


@public()
def convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Tensor:
    """A convolution, perhaps transposed, of as many dimensions as ``weight`` has. See torch.nn.functional.conv2d."""
    n = weight.dim() - 2
    if transposed:
        function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[n - 1]
        return function(input, weight, bias, stride, padding, output_padding, groups, dilation)
    return (F.conv1d, F.conv2d, F.conv3d)[n - 1](input, weight, bias, stride, padding, dilation, groups)


# --- losses: ``reduction`` is 0 (none, the default), 1 (mean) or 2 (sum) --------------------------------------------------------------------


@public()
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: int = 0
) -> Tensor:
    """`nn.functional.binary_cross_entropy_with_logits`, where the input's shape may be one that broadcasts to the target's."""
    return _cross_entropy_of_logits(input, target, weight, pos_weight, _reduction(reduction))


@public()
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """`nn.functional.cosine_embedding_loss`."""
    return F.cosine_embedding_loss(input1, input2, target, margin, reduction=_reduction(reduction))


@public()
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: int = 0) -> Tensor:
    """`nn.functional.hinge_embedding_loss`."""
    return F.hinge_embedding_loss(input, target, margin, reduction=_reduction(reduction))


@public()
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """`nn.functional.margin_ranking_loss` of tensors that broadcast, perhaps of several numbers of dimensions."""
    return _reduced(_ranking(input1, input2, target, margin), _reduction(reduction))


@public()
def kl_div(input: Tensor, target: Tensor, reduction: int = 0, *, log_target: bool = False) -> Tensor:
    """`nn.functional.kl_div`."""
    return _reduced(_divergence(input, target, log_target), _reduction(reduction))


@public()
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int) -> Tensor:
    """`nn.functional.poisson_nll_loss`."""
    return F.poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=_reduction(reduction))


@public()
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-06,
    swap: bool = False,
    reduction: int = 0,
) -> Tensor:
    """`nn.functional.triplet_margin_loss`."""
    return triplet(anchor, positive, negative, margin, p, eps, swap, _reduction(reduction))


@public()
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = 0,
    zero_infinity: bool = False,
) -> Tensor:
    """`nn.functional.ctc_loss`."""
    return F.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, _reduction(reduction), zero_infinity)


# --- grids --------------------------------------------------------------------------------------------------------------------

_MODES, _PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


@public(aliases="grid_sampler_2d grid_sampler_3d")
def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`nn.functional.grid_sample`, whose modes have numbers here: bilinear, nearest, bicubic; zeros, border, reflection."""
    modes = (_MODES[interpolation_mode % 3], _PADDINGS[padding_mode % 3])  # others are undefined
    return F.grid_sample(input, grid, *modes, align_corners)


@public()
def affine_grid_generator(theta: Tensor, size: Any, align_corners: bool) -> Tensor:
    """`nn.functional.affine_grid`."""
    return F.affine_grid(theta, size, align_corners)

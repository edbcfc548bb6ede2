"""Names of torch.nn that few programs use, beside PyTorch's: adaptive softmax, orthogonal weights, gradients of convolutions."""

from __future__ import annotations

import pytest
import torch
import torch.nn.attention.bias
import torch.nn.attention.flex_attention

import cltorch

from ..beside import assert_beside
from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
from torch.optim.lbfgs import _cubic_interpolate, _strong_wolfe
from torch.nn.utils import prune
from torch.nn.modules.transformer import _detect_is_causal_mask, _generate_square_subsequent_mask, _get_clones, _get_seq_len
def objective(x, t, d):
    at = x + t * d
    return float((at ** 4 - at).sum()), 4 * at ** 3 - 1
x = torch.tensor([2.0, -1.0])
loss, grad = objective(x, 0.0, x)
for length in (1.0, 0.01, 3.0):
    found = _strong_wolfe(objective, x, length, -grad, loss, grad, -grad.dot(grad))
    print([float(one) if not hasattr(one, "dim") or not one.dim() else one for one in found])
T = torch.tensor
print(float(_cubic_interpolate(0.0, 1.0, T(-1.0), 2.0, 2.0, T(3.0))), float(_cubic_interpolate(2.0, 1.0, T(2.0), 0.0, 1.0, T(-1.0), (0.5, 0.7))))
print([prune._compute_nparams_toprune(a, 10) for a in (3, 0.25, 1.0)], prune._compute_norm(R(2, 3), 2, -1))
for call in (
    lambda: prune._validate_pruning_amount_init("a"), lambda: prune._validate_pruning_amount_init(-1), lambda: prune._validate_pruning_amount_init(1.5),
    lambda: prune._validate_pruning_amount(11, 10), lambda: prune._validate_structured_pruning(R(3)), lambda: prune._validate_pruning_dim(R(3), 1),
    lambda: F._verify_batch_size([1, 3, 1]), lambda: F._verify_spatial_size([2, 3, 1]), lambda: F._unpool_output_size(R(1, 1, 3), [2], [2], [0], [9]),
    lambda: prune.ln_structured(nn.Linear(2, 2), "weight", 1, 2, 5),
):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)
print(F._get_softmax_dim("softmax", 3, 2), F._get_softmax_dim("softmax", 2, 2), list(F._unpool_output_size(R(1, 1, 3), [2], [2], [0], None)))
mask = _generate_square_subsequent_mask(3)
print(_detect_is_causal_mask(mask), _detect_is_causal_mask(mask[:2], size=2), _detect_is_causal_mask(None), _detect_is_causal_mask(mask, False))
print(_get_clones(nn.ReLU(), 2), _get_seq_len(R(2, 3, 4), True), _get_seq_len(R(2, 3, 4), False), _get_seq_len(R(2, 3), True))
from torch.nn.modules.module import _addindent
from torch.nn.modules.normalization import _shape_t
print(_addindent("a\\nb", 2))
from torch.optim.lr_scheduler import _enable_get_lr_call, _warn_get_lr_called_within_step, EPOCH_DEPRECATION_WARNING
from torch.optim.optimizer import _get_value, _to_scalar, _view_as_real, _get_scalar_dtype, _default_to_fused_or_foreach
print(EPOCH_DEPRECATION_WARNING[:20], _get_value(torch.tensor(2.0)), _to_scalar(torch.tensor([2.0])), _get_scalar_dtype())
p = [torch.tensor([1 + 2j]), torch.ones(1)]
_view_as_real(p)
print(p)
""",
    """
from torch.nn.attention.flex_attention import create_block_mask, flex_attention, BlockMask
m = create_block_mask(lambda b, h, q, k: (q >= k) & (q - k < 40 + 20 * h), 1, 2, 100, 90, BLOCK_SIZE=(16, 32), device="cpu")
print(repr(m), str(m), m.numel(), m.sparsity(), m.to_dense(), m.shape, len(m.as_tuple()), len(m.as_tuple(False)))
print(m.kv_num_blocks, m.full_kv_num_blocks, m.q_num_blocks, m.full_q_num_blocks, m.to_string(3, 1), m.to("cpu").shape)
part = m[:, 1, 2:4]
print(part.shape, part.kv_num_blocks, part.kv_indices[..., :1], part.sparsity())
q, k, v = R(1, 2, 100, 8), R(1, 2, 90, 8, seed=2), R(1, 2, 90, 8, seed=3)
print(flex_attention(q, k, v, block_mask=m).sum((0, 1, 2)))
whole = create_block_mask(lambda b, h, q, k: q >= k, None, None, 64, 64, BLOCK_SIZE=16, separate_full_blocks=False, device="cpu")
print(whole.full_kv_num_blocks, whole.kv_num_blocks, whole)
try:
    part.mask_mod(0, 0, 0, 0)
except RuntimeError as error:
    print(str(error)[:100])
""",
    """
from torch.nn.modules.module import *
seen = []
handles = [register_module_parameter_registration_hook(lambda m, name, p: seen.append((type(m).__name__, name, tuple(p.shape)))),
    register_module_buffer_registration_hook(lambda m, name, b: seen.append((type(m).__name__, name, tuple(b.shape)))),
    register_module_module_registration_hook(lambda m, name, s: seen.append((type(m).__name__, name, type(s).__name__)))]
m = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
m.extra = nn.ReLU()
m.register_module("other", nn.Flatten())
m[1].running_mean = torch.ones(2)
print(seen)
for one in handles: one.remove()
handle = register_module_module_registration_hook(lambda m, name, s: nn.Tanh() if isinstance(s, nn.ReLU) else None)
print(nn.Sequential(nn.ReLU(), nn.Flatten()))
handle.remove()
seen.clear()
print(nn.Sequential(nn.ReLU()), seen)
""",
    """
m = fill(nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2))
x = R(5, 6, 3)
print(m.get_expected_hidden_size(x, None), m.get_expected_cell_size(x, None), m.get_expected_hidden_size(R(9, 3), torch.tensor([4, 3, 2])))
h = (R(4, 6, 2), R(4, 6, 4))
m.check_forward_args(x, h, None)
print(m.permute_hidden(h, None)[0].shape, m.permute_hidden(h, torch.tensor([1, 0]))[1].shape)
for wrong in ((R(4, 6, 3), h[1]), (h[0], R(4, 5, 4)), (R(4, 2), R(4, 4)), (R(4, 6, 2), R(4, 4))):
    try:
        m(x, wrong)
    except RuntimeError as error:
        print(error)
for wrong in (R(5, 6, 4), x.double(), R(3)):
    try:
        m(wrong)
    except (RuntimeError, ValueError) as error:
        print(type(error), error)
g = fill(nn.GRU(3, 4, batch_first=True))
for wrong in (R(1, 4, 4), R(1, 4)):
    try:
        g(x, wrong)
    except RuntimeError as error:
        print(error)
print(g(x, R(1, 5, 4))[1].detach(), g(R(5, 3), R(1, 4))[0].shape, nn.modules.rnn.apply_permutation(h[0], torch.tensor([0, 5])).shape)
""",
    """
import inspect
for one in (nn.LazyConv2d, nn.LazyConvTranspose1d, nn.modules.conv._ConvTransposeNd):
    print(list(inspect.signature(one).parameters))
m = nn.LazyConvTranspose1d(4, 3, 2, 1, output_padding=1)
print(m, isinstance(nn.LazyBatchNorm2d(), nn.modules.batchnorm._NormBase))
print(m(R(2, 3, 5)).shape, m, m._output_padding(R(2, 3, 5), [11], (2,), (1,), (3,), 1))
l = fill(nn.Linear(4, 2))
nn.utils.prune.L1Unstructured.apply(l, "weight", 0.5, R(2, 4))
nn.utils.prune.LnStructured.apply(l, "weight", 0.5, 2, 1)
nn.utils.prune.CustomFromMask.apply(l, "bias", torch.tensor([1.0, 0.0]))
print(l.weight, l.bias, l.load_state_dict({}, strict=False))
q = R(2, 3, 4)
w, b = R(12, 4, seed=2), R(12, seed=3)
print([t.sum() for t in F._in_projection_packed(q, q, q, w, b)], [t.sum() for t in F._in_projection_packed(q, q + 1, q, w, b)])
print(F._canonical_mask(torch.tensor([True, False]), "a", None, "b", torch.float32), F._mha_shape_check(q, q, q, None, None, 2))
print(nn.utils.rnn.pack_sequence([R(3, 2)]).byte().data.dtype)
for kind in (nn.MultiheadAttention, torch.optim.lr_scheduler.StepLR, torch.optim.Muon, nn.Linear):
    print(kind.__module__.partition(".")[2])
""",
    """
m = fill(nn.AdaptiveLogSoftmaxWithLoss(6, 20, [4, 9, 15], div_value=2.0, head_bias=True))
print(m, [(k, v.shape) for k, v in m.state_dict().items()])
x = R(8, 6).requires_grad_()
found = m(x, torch.tensor([0, 3, 4, 8, 9, 14, 15, 19]))
found.loss.backward()
print(found, x.grad, m.head.weight.grad[1], m.tail[1][0].weight.grad[0])
print(m.log_prob(x).detach(), m.predict(x))
print(m(x[0], torch.tensor(7)).output.item(), m(x[:1], torch.tensor([2])))
""",
    "fill(nn.AdaptiveLogSoftmaxWithLoss(6, 20, [4]))(R(2, 6), torch.tensor([0, 20]))",
    "fill(nn.AdaptiveLogSoftmaxWithLoss(6, 20, [4]))(R(2, 6), torch.tensor([[0, 1]]))",
    "fill(nn.AdaptiveLogSoftmaxWithLoss(6, 20, [4]))(R(6), torch.tensor([0]))",
    "nn.AdaptiveLogSoftmaxWithLoss(6, 20, [4, 3])",
    "nn.AdaptiveLogSoftmaxWithLoss(6, 20, [])",
    """
for name in ("matrix_exp", "cayley", "householder"):
    m = fill(nn.Linear(4, 4))
    m.weight.data.add_(3 * torch.eye(4))
    nn.utils.parametrizations.orthogonal(m, orthogonal_map=name)
    (m.weight * R(4, 4)).sum().backward()
    print(m, m.weight, m.parametrizations.weight.original.grad, m.state_dict().keys())
""",
    """
m = fill(nn.Linear(3, 5))
nn.utils.parametrizations.orthogonal(m, use_trivialization=False)
print(m.weight, (m.weight.T @ m.weight - torch.eye(3)).abs().max() < 1e-5)
m = fill(nn.Linear(5, 3))
nn.utils.parametrizations.orthogonal(m)
print((m.weight @ m.weight.T - torch.eye(3)).abs().max() < 1e-5)
nn.utils.parametrizations.orthogonal(fill(nn.Linear(5, 3)), orthogonal_map="none")
""",
    """
m = nn.utils.skip_init(nn.Linear, 5, 2, bias=False)
print(m, m.weight.shape, m.weight.requires_grad)
nn.utils.skip_init(nn.ReLU)
""",
    """
x, w, g = R(2, 4, 9, 8), R(6, 2, 3, 2), R(2, 6, 4, 4)
print(nn.grad.conv2d_input((2, 4, 9, 8), w, g, 2, 0, 1, 2), nn.grad.conv2d_weight(x, (6, 2, 3, 2), g, 2, 0, 1, 2))
print(nn.grad.conv1d_input((2, 4, 9), R(3, 4, 2), R(2, 3, 8)), nn.grad.conv1d_weight(R(2, 4, 9), (3, 4, 2), R(2, 3, 8)))
print(nn.grad.conv3d_weight(R(1, 2, 3, 3, 3), (1, 2, 2, 2, 2), R(1, 1, 2, 2, 2)).sum())
""",
    """
print(nn.factory_kwargs({"dtype": torch.float64, "factory_kwargs": {"device": "cpu"}}))
nn.factory_kwargs({"size": 1})
""",
    """
m = nn.utils.convert_conv2d_weight_memory_format(nn.Sequential(fill(nn.Conv2d(2, 3, 2))), torch.channels_last)
print(m[0].weight.stride(), m(R(1, 2, 3, 3)))
""",
    """
print(nn.init._calculate_correct_fan(torch.ones(3, 4, 2), "fan_out"))
print(nn.modules.transformer._get_activation_fn("gelu")(torch.ones(2)))
""",
    """
q, k, v = R(1, 2, 3, 4), R(1, 2, 5, 4, seed=2), R(1, 2, 5, 4, seed=3)
for mask in (nn.attention.bias.causal_upper_left(3, 5), nn.attention.bias.causal_lower_right(3, 5)):
    print(mask.variant, nn.functional.scaled_dot_product_attention(q, k, v, mask))
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_same(program: str) -> None:
    assert_same(program)


@pytest.mark.parametrize(
    "code",
    [
        "torch.nn.functional.conv_tbc(torch.arange(24.0).reshape(4, 2, 3), torch.arange(12.0).reshape(2, 3, 2), torch.ones(2), 1)",
        "torch.nn.functional.native_channel_shuffle(torch.arange(8.0).reshape(1, 4, 2, 1), 2)",
    ],
)
def test_functions(code: str) -> None:
    assert_beside(code)


def test_grouped_products() -> None:
    a, b, ends = cltorch.randn(10, 4), cltorch.randn(3, 4, 5), cltorch.tensor([3, 3, 10], dtype=cltorch.int32)
    made = cltorch.nn.functional.grouped_mm(a, b, offs=ends)
    assert cltorch.allclose(made[3:], a[3:] @ b[2]) and cltorch.allclose(made[:3], a[:3] @ b[0])
    left = cltorch.nn.functional.grouped_mm(a.T, cltorch.randn(10, 2), offs=ends)
    assert left.shape == (3, 4, 2) and not left[1].any()
    assert cltorch.nn.functional.grouped_mm(b, b.mT).shape == (3, 4, 4)


@pytest.mark.filterwarnings("ignore:flex_attention called without")
def test_masks_of_blocks() -> None:
    count, indices = [[[1, 2]]], [[[[0, 1], [0, 1]]]]
    found = []
    for m in (torch, cltorch):
        flex = m.nn.attention.flex_attention
        mask = flex.BlockMask.from_kv_blocks(
            m.tensor(count, dtype=m.int32),
            m.tensor(indices, dtype=m.int32),
            BLOCK_SIZE=4,
            mask_mod=lambda b, h, q, k: q >= k,
        )
        q = m.arange(64.0).reshape(1, 1, 8, 8).sin()
        found.append(flex.flex_attention(q, q, q, block_mask=mask).numpy())
    assert abs(found[0] - found[1]).max() < 1e-5

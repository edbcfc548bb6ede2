"""Modules below torch.nn that programs import by their paths: what they print beside PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import cltorch
from cltorch.nn.attention.varlen import AuxRequest, varlen_attn, varlen_attn_out

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
from torch.nn.utils._named_member_accessor import NamedMemberAccessor, set_tensor, swap_submodule, swap_tensor
net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
fill(net)
a = NamedMemberAccessor(net)
print(a.get_submodule("1"), a.get_tensor("0.bias"), [n for n, _ in a.named_tensors()], [n for n, _ in a.named_modules()])
print(a.check_keys(["0.weight", "x"]))
print(a.swap_tensor("0.bias", nn.Parameter(torch.ones(2))), net[0].bias)
before, missing = a.swap_tensors_dict({"0.bias": nn.Parameter(torch.zeros(2)), "1.new": torch.ones(1)}, allow_missing=True)
print(sorted(before), missing, net[1].new, net[0].bias)
a.del_tensors(["1.new"])
a.set_tensors_dict({"1.running_mean": torch.full((2,), 3.0)})
a.set_tensors(["0.bias"], [nn.Parameter(torch.full((2,), 7.0))])
print(net[1].running_mean, net[0].bias, hasattr(net[1], "new"), a.get_tensors(["0.bias"]))
print(a.swap_submodule("0", nn.Identity()), net)
for call in (
    lambda: a.get_submodule("2"), lambda: a.get_tensor("1.foo"), lambda: a.get_tensor("1.eps"), lambda: a.del_tensor("1.foo"),
    lambda: a.swap_tensor("1.foo", torch.ones(1)), lambda: a.swap_tensor("1.eps", torch.ones(1)), lambda: set_tensor(net, "a.b", None),
    lambda: set_tensor(net, "", None), lambda: set_tensor(1, "a", None), lambda: set_tensor(net, "a", 1),
    lambda: swap_submodule(net, "7", nn.ReLU()), lambda: swap_submodule(net, "0", 1), lambda: a.set_tensors(["1.eps"], []),
    lambda: a.swap_tensors_dict({"1.bias": nn.Parameter(torch.ones(2)), "1.foo": torch.ones(1)}),
):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)
print(net[1].bias, hasattr(net[1], "foo"))
""",
    """
from torch.nn.utils._per_sample_grad import call_for_per_sample_grads
nets = [
    (nn.Linear(4, 3), R(5, 4)), (nn.Conv2d(2, 3, 3), R(5, 2, 4, 4)), (nn.Sequential(nn.Embedding(5, 3), nn.LayerNorm(3)), I(5, 5, 2)),
    (nn.Sequential(nn.Linear(4, 4), nn.GroupNorm(2, 4), nn.Tanh()), R(5, 4)),
]
for net, x in nets:
    fill(net)
    for reduction in ("sum", "mean"):
        out = call_for_per_sample_grads(net, loss_reduction=reduction)(x) ** 2
        getattr(out, reduction)().backward()
        for p in net.parameters():
            print(p.grad, p.grad_sample.shape, p.grad_sample.flatten(1).sum(1).mul(100).round().abs())
            p.grad_sample = None
net[0].weight.grad_sample = 1
for arguments in ((net,), (1,), (nets[0][0], "loss_reduction", "max"), (nets[0][0], "batch_size", 0), (nets[0][0], "batch_size", "a")):
    try:
        call_for_per_sample_grads(arguments[0], **dict([arguments[1:]] if len(arguments) > 1 else []))
    except RuntimeError as error:
        print(str(error)[:60])
try:
    call_for_per_sample_grads(nn.Bilinear(4, 4, 2))(R(5, 4), R(3, 4))
except RuntimeError as error:
    print(error)
""",
    """
import warnings
warnings.simplefilter("ignore")
m = nn.utils.spectral_norm(fill(nn.Linear(3, 2)))
state = m.state_dict()
print(dict(state._metadata), sorted(state))
old = {k: v.clone() for k, v in state.items() if k != "weight_v"}
old["weight"] = m.weight.detach() / 2
class Old(dict):
    _metadata = {"": {}}
print(m.load_state_dict(Old(old)))
u, v, w = m.weight_u, m.weight_v, m.weight_orig
print((u @ w @ v).mul(100).round())
try:
    m.load_state_dict(Old({"bias": m.bias}))
except RuntimeError as error:
    print(error)
nn.utils.remove_spectral_norm(m)
print(len(m._state_dict_hooks), len(m._forward_pre_hooks), sorted(m.state_dict()))
""",
    """
m = nn.Sequential(nn.Linear(2, 2), nn.utils.weight_norm(nn.Linear(2, 2)))
hook = next(iter(m[1]._forward_pre_hooks.values()))
print(type(hook).__name__, type(hook).__module__, hook.name)
h = [
    m.register_forward_hook(print, with_kwargs=True, always_call=True), m.register_forward_pre_hook(print, with_kwargs=True),
    m.register_forward_hook(print), m.register_full_backward_hook(print),
]
print([type(one).__name__ for one in m._forward_hooks.values()], list(m._forward_hooks_with_kwargs.values()))
print(list(m._forward_hooks_always_called.values()), list(m._forward_pre_hooks_with_kwargs.values()), m._is_full_backward_hook)
try:
    m.register_backward_hook(print)
except RuntimeError as error:
    print(error)
for one in h:
    one.remove()
print(m._forward_hooks, m._forward_hooks_with_kwargs, m._forward_hooks_always_called, m._forward_pre_hooks_with_kwargs)
m[0].register_backward_hook(print)
try:
    m[0].register_full_backward_hook(print)
except RuntimeError as error:
    print(error)
def changed(module, state, prefix, metadata):
    return {"all": 1}
n = nn.Linear(1, 1)
handle = n._register_state_dict_hook(changed)
print(n.state_dict(), nn.Sequential(n).state_dict().keys())
handle.remove()
n.register_state_dict_post_hook(changed)
for call in (n.state_dict, lambda: n._register_state_dict_hook(changed)):
    try:
        call()
    except RuntimeError as error:
        print(error)
""",
    """
from torch.utils.hooks import RemovableHandle
from collections import OrderedDict
import pickle
hooks, more = OrderedDict(), OrderedDict()
handle = RemovableHandle(hooks, extra_dict=more)
hooks[handle.id] = more[handle.id] = 1
with handle:
    print(len(hooks), len(more), handle.id < RemovableHandle.next_id)
print(len(hooks), len(more))
handle = RemovableHandle(hooks, extra_dict=[more])
hooks[handle.id] = more[handle.id] = 2
kept, other = pickle.loads(pickle.dumps((handle, hooks)))
print(len(other), kept.id == handle.id)
kept.remove()
print(len(other), len(hooks))
""",
    """
from torch.nn.modules._functions import BackwardHookFunction, CrossMapLRN2d, SyncBatchNorm
a, b = R(2).requires_grad_(), torch.ones(2)
c, d = BackwardHookFunction.apply(a, b)
print(c.requires_grad, d.requires_grad, torch.autograd.grad(c.sum(), a))
for channels in (2, 9):
    for size in (2, 3, 5):
        x = R(2, channels, 2, 3).requires_grad_()
        y = nn.CrossMapLRN2d(size, alpha=1.0, beta=0.6, k=2)(x)
        print(y, torch.autograd.grad((y * y).sum(), x))
print(nn.CrossMapLRN2d(3))
try:
    CrossMapLRN2d.apply(torch.ones(2, 2), 3)
except ValueError as error:
    print(error)
""",
    """
from torch.nn import _reduction, attention
import warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    print([_reduction.get_enum(word) for word in ("none", "mean", "elementwise_mean", "sum")])
    print([_reduction.legacy_get_string(a, b) for a in (None, True, False) for b in (None, True, False)], _reduction.legacy_get_enum(False, True))
print([str(one.message) for one in seen])
try:
    _reduction.get_enum("max")
except ValueError as error:
    print(error)
class Handle:
    def remove(self):
        print("removed")
attention.register_flash_attention_impl("mine", register_fn=Handle)
print("mine" in attention.list_flash_attention_impls(), attention.current_flash_attention_impl())
attention.activate_flash_attention_impl("mine")
print(attention.current_flash_attention_impl())
attention.restore_flash_attention_impl()
print(attention.current_flash_attention_impl())
try:
    attention.activate_flash_attention_impl("none such")
except ValueError as error:
    print(str(error)[:48])
from torch.nn.attention._utils import _calculate_scale, _validate_sdpa_input
print(_calculate_scale(4, None), _calculate_scale(4, 2.0))
for three in ((torch.ones(2, 2), torch.ones(2, 2).double(), torch.ones(2, 2)), (torch.ones(2),) * 3):
    try:
        _validate_sdpa_input(*three)
    except ValueError as error:
        print(error)
from torch.nn.common_types import _size_2_t, _ratio_any_t
""",
    """
S = F.ScalingType
print(S.RowWise, F.SwizzleType.NO_SWIZZLE, [one.value for one in S.__members__.values()])
f8 = torch.float8_e4m3fn
a, b = R(4, 32).to(f8), R(16, 32, seed=2).to(f8).t()
one, rows, columns = torch.tensor(0.5), R(4, 1).abs(), R(1, 16).abs()
print(F.scaled_mm(a, b, one, S.TensorWise, one, S.TensorWise, output_dtype=torch.float32))
print(F.scaled_mm(a, b, rows, [S.RowWise], [columns], S.RowWise, output_dtype=torch.float32).mul(10).round())
print(F.scaled_mm(a, b, one, S.TensorWise, one, S.TensorWise, bias=torch.ones(16).bfloat16()).dtype)
print(F.scaled_mm(a, b, one, S.TensorWise, one, S.TensorWise, output_dtype=None).dtype)
for arguments in (
    (a, b, rows, S.BlockWise1x32, columns, S.BlockWise1x32), (a.float(), b, one, S.TensorWise, one, S.TensorWise),
    (a, b[:9], one, S.TensorWise, one, S.TensorWise), (a, b, rows, S.TensorWise, one, S.TensorWise),
    (a, b, rows[:2], S.RowWise, columns, S.RowWise), (a, b, rows, S.RowWise, one, S.TensorWise), (a[0], b, one, S.TensorWise, one, S.TensorWise),
):
    try:
        F.scaled_mm(*arguments)
    except ValueError as error:
        print(error)
""",
    """
import importlib, warnings
for name in ("cuda", "cpu"):
    module = importlib.import_module(f"{torch.__name__}.{name}.amp.autocast_mode")
    scaler = importlib.import_module(f"{torch.__name__}.{name}.amp.grad_scaler").GradScaler
    print(module.autocast.__module__, scaler.__module__, getattr(torch, name).amp.autocast is module.autocast)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        module.autocast(enabled=False)
    print([str(one.message) for one in seen])
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)


def test_tensors_between_devices() -> None:
    """With one device: PyTorch has these on CUDA alone."""
    from cltorch.nn.parallel import _functions, comm

    device = cltorch.ones(1).device
    x = cltorch.arange(6.0).reshape(2, 3).requires_grad_()
    assert [t.tolist() for t in comm.scatter(x, [device, device])] == [[[0, 1, 2]], [[3, 4, 5]]]
    assert cltorch.equal(comm.gather(comm.scatter(x, [device, device], [1, 2], 1), 1), x)
    assert comm.reduce_add([x, x]).tolist() == (2 * x).tolist()
    assert [t.tolist() for t in comm.reduce_add_coalesced([[x, x], [x, 2 * x]])] == [(2 * x).tolist(), (3 * x).tolist()]
    assert [len(one) for one in comm.broadcast_coalesced([x, x, x], [device, device])] == [3, 3]
    with pytest.raises(ValueError, match="input 1 has invalid size: got 3, but expected 2x3"):
        comm.reduce_add([x, x[0]])
    with pytest.raises(RuntimeError, match="Exactly one of 'devices' and 'out'"):
        comm.broadcast(x)
    parts = _functions.Scatter.apply([device, device], None, 0, x)
    joined = _functions.Gather.apply(device, 0, *parts)
    copies = _functions.Broadcast.apply([device, device], joined, joined.sum())
    assert [tuple(one.shape) for one in copies] == [(2, 3), (), (2, 3), ()]
    (copies[0].sum() + 2 * copies[3]).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[3.0] * 3] * 2


LENGTHS_Q, LENGTHS_K = (3, 5, 1), (4, 5, 6)
Q, K = np.cumsum((0, *LENGTHS_Q)), np.cumsum((0, *LENGTHS_K))


def alone(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, window: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention sequence by sequence, and the logarithms of the sums."""
    outs, sums = [], []
    for n in range(len(LENGTHS_Q)):
        a, b, c = q[Q[n] : Q[n + 1]], k[K[n] : K[n + 1]], v[K[n] : K[n + 1]]
        here = torch.arange(LENGTHS_Q[n])[:, None] + LENGTHS_K[n] - LENGTHS_Q[n]
        seen = torch.ones(LENGTHS_Q[n], LENGTHS_K[n], dtype=torch.bool)
        if window[0] >= 0:
            seen &= torch.arange(LENGTHS_K[n]) >= here - window[0]
        if window[1] >= 0:
            seen &= torch.arange(LENGTHS_K[n]) <= here + window[1]
        scores = torch.einsum("qhd,khd->hqk", a, b.repeat_interleave(2, 1)) / 8**0.5
        scores = scores.masked_fill(~seen, float("-inf"))
        outs.append(torch.einsum("hqk,khd->qhd", scores.softmax(-1), c.repeat_interleave(2, 1)))
        sums.append(scores.logsumexp(-1))
    return torch.cat(outs), torch.cat(sums, 1)


@pytest.mark.parametrize("window", [(-1, -1), (-1, 0), (2, 0), (1, 1)])
def test_attention_of_sequences_of_different_lengths(window: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(n, h, 8)).astype(np.float32) for n, h in ((9, 4), (15, 2), (15, 2))]
    theirs = [torch.tensor(array, requires_grad=True) for array in arrays]
    ours = [cltorch.tensor(array, requires_grad=True) for array in arrays]
    starts = [cltorch.tensor(one.astype(np.int32)) for one in (Q, K)]
    options = {"window_size": window, "enable_gqa": True, "return_aux": AuxRequest(lse=True)}
    found, sums = varlen_attn(*ours, *starts, 5, 6, **options)
    expected, expected_sums = alone(*theirs, window)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), atol=2e-6)
    np.testing.assert_allclose(sums.detach().numpy(), expected_sums.detach().numpy(), atol=2e-6)
    grads = cltorch.autograd.grad(found.square().sum(), ours)
    for a, b in zip(grads, torch.autograd.grad(expected.square().sum(), theirs), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-5)


def test_attention_of_pages_and_of_used_keys() -> None:
    cltorch.manual_seed(0)
    query, key = cltorch.randn(3, 2, 8), cltorch.randn(10, 2, 8)
    starts = cltorch.tensor([0, 1, 3], dtype=cltorch.int32), cltorch.tensor([0, 5, 10], dtype=cltorch.int32)
    used = cltorch.tensor([3, 4], dtype=cltorch.int32)
    plain = varlen_attn(query, key, key, *starts, 2, 5, seqused_k=used)
    short = cltorch.cat([key[:3], key[5:9]])
    same = varlen_attn(query, short, short, starts[0], cltorch.tensor([0, 3, 7]), 2, 4)
    np.testing.assert_allclose(plain.numpy(), same.numpy(), atol=2e-6)
    pages = cltorch.stack([key[5:7], cltorch.zeros(2, 2, 8), key[7:9], key[0:2], key[2:4]])
    table = cltorch.tensor([[3, 4], [0, 2]], dtype=cltorch.int32)
    out = cltorch.empty(3, 2, 8)
    varlen_attn_out(out, query, pages, pages, starts[0], None, 2, 4, seqused_k=used, block_table=table)
    np.testing.assert_allclose(out.numpy(), plain.numpy(), atol=2e-6)
    with pytest.raises(RuntimeError, match="seqused_k is an inference-only parameter"):
        varlen_attn(query.requires_grad_(), key, key, *starts, 2, 5, seqused_k=used)
    with pytest.raises(ValueError, match="Try setting enable_gqa=True for GQA"):
        varlen_attn(query, key[:, :1], key[:, :1], *starts, 2, 5)


def test_grouped_products_of_8_bit_floats() -> None:
    """Beside the product of each group; PyTorch's CPU has none."""
    F, row = cltorch.nn.functional, cltorch.nn.functional.ScalingType.RowWise
    cltorch.manual_seed(1)
    f8 = cltorch.float8_e4m3fn
    a, stack = cltorch.randn(6, 16).to(f8), cltorch.randn(2, 16, 8).to(f8)
    rows, columns = cltorch.rand(6) + 0.5, cltorch.rand(2, 8) + 0.5
    ends = cltorch.tensor([2, 6], dtype=cltorch.int32)
    made = F.scaled_grouped_mm(a, stack, rows, row, columns, row, offs=ends, output_dtype=cltorch.float32)
    whole = a.float() * rows[:, None]
    parts = [whole[:2] @ (stack[0].float() * columns[0]), whole[2:] @ (stack[1].float() * columns[1])]
    np.testing.assert_allclose(made.numpy(), cltorch.cat(parts).numpy(), rtol=1e-5, atol=1e-5)
    many = cltorch.randn(2, 6, 16).to(f8)
    made = F.scaled_grouped_mm(many, stack, rows.expand(2, 6), row, columns, row, output_dtype=None)
    assert made.dtype is f8
    with pytest.raises(ValueError, match="scales belong to rows"):
        tensor = F.ScalingType.TensorWise
        F.scaled_grouped_mm(many, stack, cltorch.ones(()), tensor, cltorch.ones(()), tensor)

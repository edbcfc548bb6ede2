"""Every function in PyTorch's own lists of what autocast does: the dtype of its result; of some, the result as cast by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from tests.internal import autocast_test_lists

from ..programs import assert_same

NOT_HERE = (  # PyTorch's internals, and what takes an enumeration there
    "_convolution convolution cudnn_convolution cudnn_convolution_transpose nll_loss2d grid_sampler "
    "_addmm_activation _native_multi_head_attention poisson_nll_loss reflection_pad1d margin_ranking_loss"
).split()


COMPUTED = (
    "linear matmul addmm prelu exp pow softmax layer_norm mse_loss cat index_put".split()
)  # the others: no kernels


def collected(lists: Any, lower: Any) -> list[Any]:
    """(name, arguments, keywords, dtype to run in) of all entries."""
    found = []
    for group, run_as in (
        ("torch_fp16", lower),
        ("torch_16", lower),
        ("nn_fp16", lower),
        ("nn_16", lower),
        ("linalg_fp16", lower),
        ("torch_fp32", torch.float32),
        ("nn_fp32", torch.float32),
        ("methods_fp32", torch.float32),
        ("torch_need_autocast_promote", torch.float32),
    ):
        for name, args, *rest in getattr(lists, group, ()):
            keywords = rest[0] if rest and isinstance(rest[0], dict) else {}
            if isinstance(args, tuple) and name not in NOT_HERE:
                found.append(pytest.param(name, args, keywords, run_as, id=f"{group}-{name}-{len(found)}"))
    return found


def moved(value: Any, cast: Any = None) -> Any:
    """PyTorch's tensors as cltorch's, or as its own in another dtype."""
    if isinstance(value, torch.Tensor):
        if cast is not None:
            return value.to(cast) if value.is_floating_point() else value
        kind = getattr(cltorch, str(value.dtype).removeprefix("torch."))
        return cltorch.tensor(value.float().numpy() if value.is_floating_point() else value.numpy()).to(kind)
    if isinstance(value, (list, tuple)):
        return type(value)(moved(one, cast) for one in value)
    return value


def function(library: Any, name: str) -> Any:
    """Where a library has a function of this name: the top level, nn.functional, linalg, a method."""
    for place in (library.nn.functional, library, getattr(library, "linalg", None), library.Tensor):
        found = getattr(place, name.removeprefix("linalg_"), None)
        if callable(found):
            return found
    return None


def compare(name: str, args: Any, keywords: dict, run_as: Any, kind: str, lower: str) -> None:
    own = function(cltorch, name)
    assert own is not None, name
    with cltorch.autocast(kind, getattr(cltorch, lower)):
        result = own(*moved(args), **keywords)
    assert not cltorch.is_autocast_enabled(kind)
    expected = function(torch, name)(*moved(args, run_as), **keywords)
    result, expected = (one[0] if isinstance(one, tuple) else one for one in (result, expected))
    assert repr(result.dtype) == repr(expected.dtype)
    if name not in COMPUTED:
        return
    tolerance = {"torch.float16": 1e-2, "torch.bfloat16": 5e-2}.get(repr(expected.dtype), 1e-4)
    ours, theirs = result.detach().float().numpy(), expected.detach().float().numpy()
    np.testing.assert_allclose(
        ours, theirs, rtol=tolerance, atol=tolerance * (1 + np.abs(theirs[np.isfinite(theirs)]).max())
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("name", "args", "keywords", "run_as"), collected(autocast_test_lists.AutocastTestLists("cpu"), torch.float16)
)
def test_list_of_accelerators(name: str, args: Any, keywords: dict, run_as: Any) -> None:
    compare(name, args, keywords, run_as, "cuda", "float16")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("name", "args", "keywords", "run_as"), collected(autocast_test_lists.AutocastCPUTestLists("cpu"), torch.bfloat16)
)
def test_list_of_cpus(name: str, args: Any, keywords: dict, run_as: Any) -> None:
    compare(name, args, keywords, run_as, "cpu", "bfloat16")


def test_what_the_list_of_cpus_has_not_is_cast_nowhere() -> None:
    assert_same(
        """
a, b = R(2, 2), R(2)
with torch.autocast("cpu"):
    print(a.mv(b).dtype, b.dot(b).dtype, torch.vdot(b, b).dtype, F.bilinear(a, a, R(3, 2, 2)).dtype, (a @ b).dtype)
    layer, x = nn.MultiheadAttention(4, 2), R(2, 1, 4)
    print(layer(x, x, x)[0].dtype, layer(x, x, x, need_weights=False)[0].dtype, layer(x.bfloat16(), x, x)[0].dtype)
    print(nn.TransformerEncoderLayer(4, 2, 4)(x).dtype, nn.Transformer(4, 2, 1, 1, 4)(x, x).dtype)
    layer(x, x, x)[0].sum().backward()
print(layer.in_proj_weight.grad.dtype, layer.out_proj.bias.grad.dtype)
weight = nn.Parameter(torch.ones(2, 2, dtype=torch.complex64))
weight.grad = torch.ones_like(weight)
for kind in (torch.optim.Adafactor, torch.optim.Muon):
    try:
        kind([weight]).step()
    except RuntimeError as error:
        print(error)
"""
    )


def test_forms_of_one_function_are_listed_apart() -> None:
    assert_same(
        """
x = R(2, 3, 6, 6, 6).bfloat16()
rows, image = x[0, 0, 0], x[0]
with torch.autocast("cpu", torch.bfloat16):
    print(F.max_pool3d(x, 2).dtype, F.max_pool3d(x, 2, return_indices=True)[0].dtype, F.max_pool2d(image, 2).dtype, F.lp_pool3d(x.abs(), 2, 2).dtype)
    for mode in ("reflect", "replicate", "circular", "constant"):
        print([F.pad(t, (1, 1) * k, mode).dtype for k, t in ((1, x[0, 0]), (2, image), (3, x))])
    print(F.max_unpool1d(*F.max_pool1d(x[0, 0], 2, return_indices=True), 2).dtype)
    print(F.multilabel_soft_margin_loss(rows, rows).dtype, F.multilabel_soft_margin_loss(rows.float(), rows).dtype)
    print(torch.linalg.pinv(rows.float()).dtype, torch.trapezoid(rows, rows.float()).dtype, torch.trapezoid(rows.float(), rows).dtype)
    print(F.linear_cross_entropy(rows, rows, torch.arange(6)).dtype, F.linear_cross_entropy(rows.float(), rows, torch.arange(6)).dtype)
"""
    )


@pytest.mark.filterwarnings("ignore")
def test_what_accelerators_run_in_float32_by_another_name() -> None:
    """What PyTorch gives for its own tensors that stand for ones of a GPU."""
    m, x = cltorch, cltorch.ones(1, 1, 4, 4).half()
    f = m.nn.functional
    with m.autocast("cuda", m.float16):
        wide = [
            x.square(),
            f.huber_loss(x, x),
            f.upsample_nearest(x, (2, 2)),
            f.upsample_bilinear(x, (2, 2)),
            f.interpolate(x, (2, 2), mode="bicubic"),
            f.linear_cross_entropy(x[0, 0], x[0, 0], m.arange(4)),
        ]
        narrow = [f.interpolate(x, (2, 2), mode="area"), f.pad(x, (1, 1, 1, 1), "reflect"), f.max_pool2d(x, 2)]
    assert {t.dtype for t in wide} == {m.float32}
    assert {t.dtype for t in narrow} == {m.float16}

"""Programs with sparse tensors, run with both libraries: what they print must be the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import cltorch
from cltorch.sparse import coo
from tests.programs import assert_same

START = """
i = torch.tensor([[0, 1, 1, 0], [2, 0, 2, 2]])
v = torch.tensor([3.0, 4.0, 5.0, 6.0])
s = torch.sparse_coo_tensor(i, v, (2, 3))
d = torch.tensor([[1.0, 0, 2], [0, 0, 3]])
t, c = d.to_sparse(), d.to_sparse_csr()
"""
PROGRAMS = {
    "made and shown": """
print(s, s.coalesce(), c, t.double())
print(s.to_dense(), s.is_sparse, d.is_sparse, s.layout, c.layout, s._nnz(), s.shape, s.dtype, s.is_coalesced())
print(s.sparse_dim(), s.dense_dim(), s.coalesce().indices(), c.crow_indices(), c.col_indices(), c.values(), c.to_dense())
w = torch.sparse_coo_tensor(i, torch.arange(8.0).reshape(4, 2), (2, 3, 2))
print(w.to_dense(), w.coalesce(), torch.sparse_coo_tensor((2, 2)).to_dense(), torch.sparse_coo_tensor(i, v))
print(torch.sparse_csr_tensor(torch.tensor([0, 1, 3]), torch.tensor([0, 0, 1]), torch.tensor([1.0, 2, 3]), (2, 2)).to_sparse_coo())
print(d.to_sparse_csc(), d.to_sparse(1), t.to_sparse_csr(), isinstance(s, torch.Tensor))
""",
    "batches of compressed matrices": """
b = torch.arange(12.0).add(1).reshape(2, 2, 3).masked_fill(torch.tensor([[[True, False, True], [False, False, True]], [[False, True, True], [True, False, False]]]), 0.0)
for x in (b.to_sparse_csr(), b.to_sparse_csc(), b.to_sparse(layout=torch.sparse_csr), torch.ones(2, 2, 3, 4).to_sparse_csr(), torch.ones(2, 2, 3, 4).to_sparse_csc(dense_dim=1), torch.zeros(2, 1, 3).to_sparse_csr()):
    print(x, x.to_dense(), x.to_sparse(), x._nnz(), x.shape, x.dim(), x.sparse_dim(), x.dense_dim(), x.values().shape)
    print(x[0], x.select(0, 1), x.double(), x.detach(), x.clone().zero_(), x.dense_dim() or x.transpose(-1, -2))
x = b.to_sparse_csr()
print(x + x, x * 2, x.abs(), x.sin(), x + b, b + x, x[0, 1], x[1, 1, 1], b.sparse_mask(x), x.to_sparse_csc(), x.to_sparse_csr() is x, x.crow_indices(), x.col_indices())
ends, columns = torch.tensor([[0, 1, 2], [0, 1, 2]]), torch.tensor([[0, 1], [1, 0]])
print(torch.sparse_csr_tensor(ends, columns, torch.tensor([[1.0, 2], [3, 4]]), (2, 2, 2)).to_dense(), torch.sparse_csc_tensor(ends, columns, torch.tensor([[1.0, 2], [3, 4]])))
for wrong in (lambda: torch.arange(12.0).reshape(2, 2, 3).to_sparse_csr(), lambda: x.select(1, 0), lambda: x.t(), lambda: x[2], lambda: x @ torch.ones(3, 1), lambda: x.to_sparse_bsr((1, 1)), lambda: x.transpose(0, 1), lambda: x.to_sparse(layout=torch.sparse_bsc),
              lambda: torch.sparse_csr_tensor(ends, columns + 1, torch.ones(2, 2), (2, 2, 2), check_invariants=True)):
    try:
        print(wrong())
    except (RuntimeError, IndexError) as error:
        print(type(error).__name__)
m = torch.eye(2).to_sparse_csr()
print(m + torch.ones(2, 2), torch.eye(2).to_sparse_csc() + torch.ones(2, 2), m.double() + torch.ones(2, 2))
""",
    "arithmetic": """
print((s + t).to_dense(), (s * 2).to_dense(), (s - t).to_dense(), (s / 2).to_dense(), (-s).to_dense(), torch.add(d, s), d + s)
print(s.coalesce().abs().to_dense(), torch.abs(t).to_dense(), torch.sqrt(t).to_dense(), (s * t).to_dense(), (t * d).to_dense())
print(t.t().to_dense(), d.sparse_mask(s.coalesce()).to_dense(), (c + c).to_dense(), s.norm(), torch.sparse.sum(s))
print(torch.sparse.sum(s, 0).to_dense(), torch.sparse.softmax(t, 1).to_dense(), torch.sparse.log_softmax(t, 0).to_dense())
g = torch.zeros(3, 2)
g.add_(torch.sparse_coo_tensor(torch.tensor([[1, 1]]), torch.ones(2, 2), (3, 2)), alpha=2)
print(g, s.clone().mul_(3).to_dense(), s.clone().zero_().to_dense(), torch.index_select(t, 1, torch.tensor([2, 2])).to_dense())
""",
    "in place and beside other dtypes": """
b = torch.tensor([[1, 0, 2], [0, 0, 3]], dtype=torch.uint8)
print(b.to_sparse().add_(b.to(torch.int8).to_sparse()), b.to_sparse().mul_(3), d.clone().mul_(t), d.clone().sub_(t))
print((b.to_sparse() + b.to(torch.int8).to_sparse()).dtype, torch.arange(3).to_sparse().t(), torch.tensor(2.0).to_sparse().t())
""",
    "ends of rows and back": """
r = torch.tensor([0, 0, 2, 3])
to_csr, to_coo = torch._convert_indices_from_coo_to_csr, torch._convert_indices_from_csr_to_coo
print(to_csr(r, 5), to_csr(r.int(), 4, out_int32=True).dtype, to_csr(r[:0], 2), torch.ops.aten._convert_indices_from_coo_to_csr(r, 4))
print(to_coo(to_csr(r, 5), r.flip(0)), to_coo(to_csr(r, 4), r.flip(0), transpose=True, out_int32=True), to_csr(r, 4, out=r.new_empty(0)))
for wrong in (lambda: to_csr(r.float(), 4), lambda: to_csr(r[None], 4), lambda: to_coo(r.float(), r.float()), lambda: to_csr(r, 2.5)):
    try:
        print(wrong())
    except Exception as error:
        print(type(error).__name__, error)
""",
    "other shapes": """
h = torch.sparse_coo_tensor(torch.tensor([[0, 1], [0, 1], [1, 0]]), torch.arange(4.0).reshape(2, 2), (2, 3, 4, 2))
print(t.mT, t.H, t.mH, t.adjoint(), t.T, t.permute(1, 0), t.swapaxes(0, 1), c.mT, t.transpose(0, 0).is_coalesced())
print(t.unsqueeze(0), t.unsqueeze(1), t.unsqueeze(-1), t.narrow_copy(0, 1, 1), t.narrow_copy(1, 1, 2))
print(h.permute(1, 0, 2, 3), h.permute([2, 0, 1, 3]), h.unsqueeze(3), h.unsqueeze(4), h.unsqueeze(0).shape, h.narrow_copy(3, 1, 1))
print(torch.cat([t, t * 2]), torch.cat((t, t), 1), torch.stack([t, t]), torch.stack([t, t], -1), torch.cat([h, h], 3).to_dense().sum())
print(torch.vstack([t, t]), torch.hstack([t, t]), list(t), c[0], c[1, 2], c.select(0, 1), torch.zeros_like(t), torch.zeros_like(c))
for wrong in (lambda: t.permute(0), lambda: t.permute(0, 0), lambda: torch.cat([t, d]), lambda: torch.cat([t, t.mT]), lambda: t.unsqueeze(5)):
    try:
        print(wrong())
    except Exception as error:
        print(type(error).__name__)
""",
    "powers and the like": """
print(t.pow(2), t**3, t.clone().neg_(), t.any(), t.is_signed(), t.is_same_size(d), t + t, t - t, t.add(t, alpha=2))
""",
    "products with what is strided": """
o = torch.arange(4.0).reshape(2, 2)
print(torch.mm(o, t), o @ t, torch.addmm(o, t, torch.ones(3, 2)), torch.addmm(o, c, torch.ones(3, 2), beta=2, alpha=3))
""",
    "products": """
print(torch.sparse.mm(s, torch.ones(3, 2)), s @ torch.ones(3), torch.mm(t, torch.ones(3, 2)), c @ torch.ones(3, 2))
print(torch.sparse.mm(t, t.t()).to_dense(), torch.sparse.addmm(torch.ones(2, 2), t, torch.ones(3, 2), beta=2.0, alpha=3.0))
print(torch.sparse.sampled_addmm(c, torch.ones(2, 4), torch.ones(4, 3)).to_dense())
for reduce in ("sum", "mean", "amax", "amin"):
    print(torch.sparse.mm(c, torch.arange(6.0).reshape(3, 2), reduce))
""",
    "gradients": """
v = v.clone().requires_grad_()
x = torch.ones(3, 2, requires_grad=True)
torch.sparse.mm(torch.sparse_coo_tensor(i, v, (2, 3)), x).pow(2).sum().backward()
print(v.grad, x.grad)
d = d.clone().requires_grad_()
(d.to_sparse().to_dense() * torch.arange(6.0).reshape(2, 3)).sum().backward()
print(d.grad)
""",
    "gradients where places repeat": """
x = torch.sparse_coo_tensor(torch.tensor([[2, 0, 2, 1]]), torch.arange(8.0).reshape(4, 2), (3, 2)).requires_grad_()
x.to_dense().pow(2).sum().backward()
print(x.grad.to_dense())
x = torch.sparse_coo_tensor(torch.tensor([[0, 0, 1]]), torch.tensor([1.0, 2, 3]), (3,)).requires_grad_()
torch.sparse.sum(x).backward()
print(x.grad)
""",
    "blocks": """
b = torch.tensor([[1.0, 2, 0, 0], [0, 3, 0, 0], [0, 0, 0, 0], [0, 0, 4, 0], [0, 0, 0, 0], [5, 0, 0, 0]])
r, k, x = b.to_sparse_bsr((2, 2)), b.to_sparse_bsc((3, 2)), torch.arange(8.0).reshape(4, 2)
print(r, k, r.t(), k.transpose(0, 1).layout, r.crow_indices(), k.row_indices(), r.values().shape, r._nnz(), r.dense_dim(), r.is_sparse_csr)
print(r.to_dense().equal(b), k.to_dense().equal(b), r.to_sparse_coo(), r.to_sparse_bsc((2, 2)), b.to_sparse().to_sparse_bsr(2))
print(b.to_sparse_csr().to_sparse_bsc((2, 2)), b.to_sparse(layout=torch.sparse_bsr, blocksize=(2, 2)), torch.ones(4, 4, 2).to_sparse_bsr(2, dense_dim=1))
print(r @ x, r @ torch.ones(4), torch.addmm(torch.ones(6, 2), r, x, beta=2, alpha=3), x.t() @ r.t(), F.linear(x.t(), r), r * 2, -r, r.sin(), r + r)
print(r.sum(), r.double().dtype, torch.zeros_like(r), r[0], torch.values_copy(r), torch.crow_indices_copy(r), b.sparse_mask(r), torch.zeros(4, 4).to_sparse_bsr((2, 2)))
parts = torch.tensor([0, 1, 2]), torch.tensor([1, 0]), torch.arange(8.0).reshape(2, 2, 2)
print(torch.sparse_bsr_tensor(*parts), torch.sparse_bsc_tensor(*parts, (6, 4), dtype=torch.float64), torch.sparse_compressed_tensor(*parts, (4, 6), layout=torch.sparse_bsr))
b.requires_grad_()
(b.to_sparse_bsr((2, 2)).to_dense() * torch.arange(24.0).reshape(6, 4)).sum().backward()
print(b.grad)
print(c.to_sparse(layout=torch.strided), t.to_sparse(layout=torch.strided), r.to_sparse(layout=torch.strided), d.to_sparse(layout=torch.strided) is d, d.to_sparse(dense_dim=1), torch.arange(1.0, 17).reshape(2, 2, 4).to_sparse_csr().to_sparse(layout=torch.strided))
for wrong in (lambda: d.to_sparse(blocksize=(1, 1)), lambda: d.to_sparse(layout=torch.sparse_csr, blocksize=(1, 1)), lambda: c.to_sparse(layout=torch.sparse_csr, blocksize=(1, 1)), lambda: c.to_sparse(1), lambda: t.to_sparse(1),
              lambda: t.to_sparse(layout=torch.sparse_csr, dense_dim=1), lambda: r.to_sparse(layout=torch.sparse_bsc), lambda: r.to_sparse(blocksize=(2, 2)), lambda: r.to_sparse(layout=torch.strided, blocksize=(2, 2))):
    try:
        print(wrong())
    except RuntimeError as error:
        print(error)
for wrong in (lambda: d.to_sparse(1, layout=torch.sparse_coo), lambda: d.to_sparse(layout="csr")):
    try:
        print(wrong())
    except TypeError:
        print("TypeError")
for wrong in (lambda: r.ccol_indices(), lambda: b.to_sparse_bsr((4, 2)), lambda: b.to_sparse_bsr((2,)), lambda: b.to_sparse_bsr((0, 2)), lambda: r.to_sparse_bsr((1, 1))):
    try:
        print(wrong())
    except Exception as error:
        print(type(error).__name__, error)
""",
    "resized and copied": """
import copy
print(s.coalesce().sparse_resize_((3, 5), 2, 0), t.clone().sparse_resize_and_clear_((4, 4, 2), 2, 1), t.clone().resize_as_sparse_(torch.zeros(9, 9).to_sparse()))
print(copy.deepcopy(t), copy.copy(c), torch.sspaddmm(d[:, :2].to_sparse(), t, torch.ones(3, 2), beta=2, alpha=3))
print(F.linear(torch.arange(6.0).reshape(2, 3), c, torch.ones(2)), F.linear(torch.ones(3), t))
print(torch.arange(1.0, 15).diag()[:2].repeat(1, 3).to_sparse_csr(), (torch.eye(20) / 3).to_sparse())
""",
    "functions of one number, in place and into out=": """
c = t
def attempt(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__)
for name in ("abs neg sin asinh tan sqrt sgn floor trunc round expm1 log1p erf relu deg2rad frac conj_physical nan_to_num").split():
    for one in (c, c.to_sparse_csr()):
        mine = one.clone()
        print(name, getattr(mine, name + "_")() is mine, mine.to_dense(), getattr(torch, name)(one, out=mine.to_sparse_coo().neg()) if one is c else 0)
print(torch.relu_(c.clone()), c.clone().t_().shape, torch.isposinf(c / 0.0), s.clone().neg_().is_coalesced())
attempt(lambda: s.clone().sin_())
attempt(lambda: c.int().sin_())
attempt(lambda: c.clone().requires_grad_().abs_())
attempt(lambda: torch.sin(c, out=torch.zeros(2, 3)))
attempt(lambda: torch.sin(torch.zeros(2, 3), out=c.clone()))
attempt(lambda: torch.abs(c.clone().requires_grad_(), out=c.clone()))
o = c.clone()
print(torch.add(c, c, alpha=2, out=o) is o, o, torch.mul(o, 3, out=o), o)
print(c // 2, c.clone().div_(2, rounding_mode="trunc"), o.copy_(c), o.new_zeros(3, 2), o.data, o.type(), o.type(torch.int32))
attempt(lambda: torch.zeros(2, 3).copy_(c))
attempt(lambda: c.clone().copy_(torch.zeros(2, 3)))
""",
    "sums that keep dimensions, batches of products, and a few singular values": """
c = t
for d in (0, 1, (0, 1)):
    print(torch.sum(c, d, keepdim=True).to_dense())
for d in (0, 2, (0, 1), (1, 2), (0, 1, 2)):
    print(torch.ones(2, 3, 2).to_sparse(2).sum(d, keepdim=True).to_dense())
a, b = R(2, 3, 4) * (R(2, 3, 4) > 0), R(2, 4, 5).requires_grad_()
a = a.to_sparse().requires_grad_()
torch.bmm(a, b).pow(2).sum().backward()
print(torch.bmm(a, b).sum(), (a.grad.to_dense() * a.detach().to_dense().ne(0)).sum((0, 1)), b.grad.sum((0, 1)))
a = (R(4, 3) * (R(4, 3, seed=2) > 0)).to_sparse()
for u, v, w in (torch.svd_lowrank(a, 3), torch.svd_lowrank(a.t(), 3), torch.pca_lowrank(a, 3)):
    print(v, ((u * v) @ w.T).sum(1))
""",
    "embedding": """
w = torch.arange(12.0).reshape(4, 3).requires_grad_()
for k in range(2):
    F.embedding(torch.tensor([[1, 2], [1, 3]]), w, 2, sparse=True).pow(2).sum().backward()
    print(w.grad.is_sparse, w.grad.coalesce().to_dense(), w.grad.coalesce())
w.sum().backward()
print(w.grad)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_the_same(name: str) -> None:
    assert_same(START + PROGRAMS[name])


@pytest.mark.filterwarnings("ignore")
def test_products_and_dense_tensors_of_any_layout() -> None:
    """A strided operand, indices that lie behind each other, values of several numbers, places that occur twice; gradients of all."""
    places, dense = [[0, 2, 2, 0, 1], [1, 3, 0, 1, 2]], [[float(7 * i + k) for k in range(5)] for i in range(4)]
    found = []
    for library in (torch, cltorch):
        right = library.tensor(dense, requires_grad=True)
        values = library.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
        given = library.sparse_coo_tensor(library.tensor(places), values, (3, 4)).coalesce()
        parts = [given.to_dense(), library.sparse.mm(given, right), library.mv(given, right[:, 2].contiguous())]
        blocks = library.sparse_coo_tensor(
            library.tensor(places), values.unsqueeze(1) * values[:2], (3, 4, 2)
        ).coalesce()
        parts += [blocks.to_dense(), blocks.values()]
        grads = library.autograd.grad(sum((part * part).sum() for part in parts), (values, right))
        rows = given.detach().to_sparse_csr()
        parts += [rows @ right.detach()[:, 1], rows @ right.detach()[:, ::2], given.indices(), *grads]
        found.append(parts)
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-5)


def test_indices_that_were_found_inside_are_looked_at_again_once_they_changed() -> None:
    places, values = cltorch.tensor([[0, 1, 1], [2, 0, 0]]), cltorch.tensor([1.0, 2.0, 3.0])
    for _ in range(2):
        assert cltorch.sparse_coo_tensor(places, values, (2, 3)).to_dense().tolist() == [[0, 0, 1], [5, 0, 0]]
    with pytest.raises(RuntimeError, match="inconsistent"):
        cltorch.sparse_coo_tensor(places, values, (2, 2))
    places[0, 0] = -1
    with pytest.raises(RuntimeError, match="negative"):
        cltorch.sparse_coo_tensor(places, values, (2, 3))


@pytest.mark.parametrize("size", [(9,), (3, 4), (2, 2, 3)], ids=len)
def test_equal_places_are_added_up_in_order(size: tuple[int, ...]) -> None:
    places = [[(7 * k) % n for k in range(11)] for n in size]
    for turn in range(4):  # recorded, then recorded again
        values = [float(k * (turn + 1)) for k in range(11)]
        found = [m.sparse_coo_tensor(m.tensor(places), m.tensor(values), size).coalesce() for m in (cltorch, torch)]
        assert found[0].indices().tolist() == found[1].indices().tolist()
        assert found[0].values().tolist() == found[1].values().tolist() and found[0].is_coalesced()


@pytest.mark.parametrize("brief", [0, coo.BRIEF], ids=["by several launches", "by one"])
@pytest.mark.parametrize("kind", ["float32", "float16", "int64", "complex64", "bool"])
def test_places_are_joined_in_either_way(kind: str, brief: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coo, "BRIEF", brief)
    rng = np.random.default_rng(5)
    for size, inner in (((40, 50), ()), ((7,), (3,)), ((1 << 12, 1 << 20), ()), ((6, 2, 9), (2, 2))):
        places = np.stack([rng.integers(0, n, 300) for n in size])
        values = rng.integers(-9, 9, (300, *inner)).astype(kind)  # small enough to be added up exactly in any order
        found = [
            m.sparse_coo_tensor(m.tensor(places), m.tensor(values), (*size, *inner)).coalesce()
            for m in (cltorch, torch)
        ]
        assert found[0].indices().tolist() == found[1].indices().tolist() and found[0].is_coalesced()
        assert found[0].values().tolist() == found[1].values().tolist()


def test_gradients_of_parts_side_by_side() -> None:
    values = cltorch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    part = cltorch.sparse_coo_tensor([[0, 1, 1], [2, 0, 2]], values, (2, 3))
    cltorch.cat([part, part * 3]).mT.to_dense().pow(2).sum().backward()
    assert values.grad is not None and values.grad.tolist() == [20.0, 40.0, 60.0]


@pytest.mark.parametrize(
    ("ends", "plain", "said"),
    [
        ([0, 1, 2], [0, 5], "0 <= col_indices < ncols"),
        ([0, 1, 2], [0, -1], "0 <= col_indices < ncols"),
        ([0, 1, 9], [0, 1], "crow_indices[..., -1] == nnz"),
        ([-3, 1, 2], [0, 1], "crow_indices[..., 0] == 0"),
        ([0, 5, 2], [0, 1], "0 <= crow_indices[..., 1:] - crow_indices[..., :-1] <= ncols"),
    ],
)
@pytest.mark.parametrize("check", [None, False, True])
def test_compressed_indices_that_lead_out_of_memory_are_always_refused(
    ends: list[int], plain: list[int], said: str, check: bool | None
) -> None:
    for make in (cltorch.sparse_csr_tensor, cltorch.sparse_csc_tensor):
        with pytest.raises(RuntimeError) as found:
            make(ends, plain, [1.0, 2.0], (2, 2), check_invariants=check)
        if make is cltorch.sparse_csr_tensor:
            assert str(found.value) == f"`{said}` is not satisfied."

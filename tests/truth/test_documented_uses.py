"""Uses that PyTorch's documentation shows, beside PyTorch: what its examples do, in small programs."""

from __future__ import annotations

import pytest
from torch.utils import _pytree as theirs

from cltorch.utils import pytree
from tests.programs import assert_same

TRY = """
def told(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__, error)
"""

PROGRAMS = {
    "a hook's result after accumulation counts for nothing": """
v = torch.zeros(2, requires_grad=True)
v.register_post_accumulate_grad_hook(lambda p: p.add_(p.grad, alpha=-0.5))
v.sum().backward()
print(v)
""",
    "the order of dimensions": """
x = torch.zeros(2, 3, 4, 5)
views = (x, x.permute(0, 2, 3, 1), x.to(memory_format=torch.channels_last), x[:, :1], x[:1], torch.zeros(3, 1).expand(3, 4))
formats = [torch.contiguous_format, torch.channels_last]
for t in (*views, torch.zeros(4, 5, 1), torch.tensor(1.0)):
    for check in (False, True, formats, formats[:1], 5):
        told(lambda: t.dim_order(ambiguity_check=check))
""",
    "how sparse tensors of usual dtypes print": """
for kind in ("int64", "int32", "bool", "float64", "complex64", "float16"):
    m = torch.tensor([[0, 1], [2, 0]]).to(getattr(torch, kind))
    print(m.to_sparse(), m.to_sparse_csr())
""",
    "sparse invariants": """
check = torch.sparse.check_sparse_tensor_invariants
def made(ends, plain, *size, **asked):
    return torch.sparse_csr_tensor(ends, plain, [1.0] * len(plain), *size, **asked)
for given in (([0, 1, 3], [0, 1]), ([1, 1, 2], [0, 1], (2, 2)), ([0, 2, 1, 2], [0, 1], (3, 2)), ([0, 1, 2], [0, 5], (2, 2)),
              ([0, 2, 2], [1, 0], (2, 2)), ([0, 1, 2], [1, 0], (2, 2))):
    told(lambda: made(*given, check_invariants=True))
    with check():
        told(lambda: made(*given))
told(lambda: torch.sparse_csc_tensor([0, 1, 2], [0, 5], [1.0, 2.0], (2, 2), check_invariants=True))
told(lambda: torch.sparse_coo_tensor([[0, 5], [0, 1]], [1.0, 2.0], (2, 2), check_invariants=True))
told(lambda: torch.sparse_coo_tensor([[0, 1], [0, -1]], [1.0, 2.0], (2, 2), check_invariants=True))
print(check.is_enabled(), check.enable(), check.is_enabled(), check.disable(), check.is_enabled())
@check()
def inside():
    with check(False):
        print(check.is_enabled())
    return check.is_enabled()
print(inside(), check.is_enabled())
again = check()
with again:
    told(again.__enter__)
print(check.is_enabled())
""",
    "is_storage": """
t = torch.tensor([1.0])
print(torch.is_storage(t.untyped_storage()), torch.is_storage(t.storage()), torch.is_storage(t), torch.is_storage([1]))
""",
    "least squares of one matrix and many right sides": """
for a, b in (((1, 3, 3), (2, 3, 3)), ((2, 1, 4, 3), (2, 5, 4, 2)), ((4, 3), (4, 3)), ((1, 2, 3), (2, 2, 1)), ((2, 4, 3), (2, 4))):
    A = torch.ones(a).cumsum(-1).cumsum(-2) + torch.eye(*a[-2:])
    for driver in ("gels", "gelsy", "gelsd"):
        told(lambda: tuple(torch.linalg.lstsq(A, torch.ones(b), driver=driver)))
""",
    "asarray and gradients": """
leaf, plain = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0])
inner = leaf * 2
for given in (leaf, inner, plain, [1.0], 2.0):
    for asked in ({}, {"copy": True}, {"dtype": torch.float64}, {"requires_grad": True}, {"requires_grad": True, "copy": True}):
        told(lambda: torch.asarray(given, **asked))
print(torch.asarray(plain, requires_grad=True) is plain, torch.asarray(leaf, requires_grad=False) is leaf, leaf.requires_grad)
print(torch.asarray(inner, requires_grad=False), inner.requires_grad)
""",
    "directions and structures that do not fit": """
told(lambda: torch.func.jvp(lambda x: x**2, (torch.ones(1),), (torch.tensor(1.0),)))
_, product = torch.func.vjp(lambda x: {"first": x, "second": (x, x)}, torch.ones(2))
told(lambda: product(torch.ones(2)))
""",
    "masked functions by their module": """
x, mask = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[True, False], [True, True]])
print(torch.masked._ops.sum(x, 1, mask=mask), torch.masked.sum is torch.masked._ops.sum)
""",
    "names of backends": """
print(torch.compiler.set_default_backend("eager"), torch.compiler.get_default_backend())
torch.compiler.set_default_backend(None)
print(torch.compiler.get_default_backend())
""",
    "a store": """
import torch.distributed
store = torch.distributed.HashStore()
store.multi_set(["a", "b"], ["x", "y"])
store.append("a", "z")
print(store.multi_get(["a", "b"]), store.compare_set("a", "no", "new"), store.compare_set("a", "xz", "new"), store.get("a"))
""",
    "the address that does not answer": """
import tempfile, urllib.error
with tempfile.TemporaryDirectory() as folder:
    try:
        torch.hub.download_url_to_file("http://127.0.0.1:9/weights.pt", f"{folder}/weights.pt", progress=False)
    except urllib.error.URLError:
        print("URLError")
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_beside_pytorch(name: str) -> None:
    assert_same(TRY + PROGRAMS[name])


@pytest.mark.parametrize("tree", [{"a": 1, "b": [1, (2, 3)]}, [], (1,), 5, [[1], [2, 3]]])
def test_how_the_shape_of_a_tree_prints(tree: object) -> None:
    ours, spec = pytree.tree_structure(tree), theirs.tree_structure(tree)
    assert repr(ours) == repr(spec)
    assert pytree.treespec_pprint(ours) == theirs.treespec_pprint(spec)

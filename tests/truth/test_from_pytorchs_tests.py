"""What PyTorch's own test files found (`tools/pytorch_tests`), a line each."""

from __future__ import annotations

import pytest

from ..beside import assert_beside, cases

HEAD = "t, inf, nan, F = torch.tensor, math.inf, math.nan, torch.nn.functional\nz = torch.complex(x[:3, :3], x[1:, 1:4]).to(torch.complex128)\n"
OUTPUTS = """
[torch.abs(t([3 + 4j]), out=torch.zeros(1, dtype=d)) for d in (torch.complex64, torch.float64, torch.float16)]
torch.abs(t([3 + 4j]), out=torch.zeros(1, dtype=torch.int64))
torch.abs(t([3.]), out=torch.zeros(1, dtype=torch.complex64))
torch.angle(t([3 + 4j]), out=torch.zeros(1, dtype=torch.complex64))
"""
EMPTY = """
[getattr(torch.empty(0, requires_grad=True), name)() for name in ("median", "nanmedian")]
torch.autograd.grad((e := torch.empty(0, requires_grad=True)).median(), e)
"""
GENERATORS = """
torch.autograd.grad((a := t([1., 2.], requires_grad=True)).sin().sum(), (one for one in [a]))
torch.autograd.grad((m := torch.nn.Linear(2, 1, bias=False).requires_grad_()).weight.mul(0).sum(), m.parameters())
"""
LISTS = """
[(type(r := getattr(torch, f"_foreach_{f}_")(xs, *rest)), r is xs, r) for xs, f, *rest in (([t([4., 9.])], "sqrt"), ((t([4., 9.]),), "add", 1), ([t([4.])], "lerp", [t([2.])], .3), ([t([4])], "maximum", 5), ([t([4.])], "addcmul", [t([2.])], [t([3.])]))]
[(r := getattr(torch, f"_foreach_{f}_")(xs := [t([4., 9.])], xs), r is xs) for f in ("copy", "mul")]
(torch._foreach_zero_(xs := (t([4., 9.]),)) is xs, xs)
"""
OPERATORS = """
[getattr(torch.ones((), dtype=torch.int64), f"__i{name}__")(object()) for name in "add sub mul truediv floordiv mod pow and or xor lshift rshift".split()]
torch.ones(2).__iadd__("a")
"""
COPIES = """
[copy.deepcopy([one])[0] is one for one in (torch.ops.aten.add, torch.ops.aten.add.Tensor, torch.ops.aten.fft_fft)]
"""
TRANSFORMS = """
torch.func.jvp(lambda a: a.mul_(2).sin(), (y := torch.ones(3),), (torch.ones(3),)) + (y,)
torch.func.jvp(lambda a, b: a.copy_(b), (y := torch.ones(3), t([2., 3., 4.])), (torch.ones(3), t([5., 6., 7.]))) + (y,)
torch.func.jvp(lambda a: (a[0].copy_(a[1] * 3), a.sin())[1], (y := t([0., 1., 2.]),), (torch.ones(3),)) + (y,)
torch.func.jacfwd(lambda a: a.mul_(2).sin())(torch.ones(3))
torch.func.vmap(lambda a, b, c, d: torch.func.jvp(lambda a, b: a.copy_(b), (a, b), (c, d)))(x.clone(), x + 1, x + 2, x + 3)
torch.func.grad(lambda a: a.mul_(2).sum())(torch.ones(3))
torch.func.grad(lambda a: (a.sum(), {"a": [a]}), has_aux=True)(torch.ones(3))[1]["a"]
"""
FUNCTION = """
class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(a, given):
        return a * given[0] * given[1]["b"]

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def vmap(info, in_dims, a, given):
        print(in_dims, a.shape, given[0].shape, given[1]["b"].shape)
        return Scaled.apply(a, given), 0


x = torch.arange(3.0)
R = torch.func.vmap(lambda a, b: Scaled.apply(b, [a, {"b": a, "c": b}]), in_dims=(0, None))(x, torch.tensor(3.0))
"""
SCHEMAS = """
import typing
from typing import List, Tuple


def several(x: torch.Tensor, splits: typing.Sequence[int]) -> List[torch.Tensor]:
    pass


def both(x: torch.Tensor) -> Tuple[torch.Tensor, List[torch.Tensor]]:
    pass


R = [torch.library.infer_schema(one, mutates_args=()) for one in (several, both)]
"""
LAYOUTS = """
F.logsigmoid(x.t())
F.logsigmoid(r.t())
"""
PRODUCTS = """
torch._int_mm(torch.full((2, 3), 127, dtype=torch.int8), torch.full((3, 2), -128, dtype=torch.int8))
torch._int_mm(torch.full((2, 3), 200, dtype=torch.uint8), torch.full((3, 2), -128, dtype=torch.int8))
torch._int_mm(torch.zeros(2, 0, dtype=torch.int8), torch.zeros(0, 3, dtype=torch.int8))
torch._int_mm(torch.ones(2, 3, dtype=torch.int8).t(), torch.ones(2, 4, dtype=torch.int8))
torch._int_mm(torch.ones(2, 3, dtype=torch.int8), torch.ones(3, 2, dtype=torch.int8), out=torch.zeros(2, 3, dtype=torch.int32))
torch._int_mm(torch.ones(2, 3), torch.ones(3, 2))
"""

PHASES = """
torch.autograd.grad((v := torch.linalg.eig(a := z.requires_grad_())[1]).add(v.mH).sum().abs(), a)
torch.autograd.grad((v := torch.linalg.eigh((a := z.requires_grad_()) + a.mH)[1]).add(v.mH).sum().abs(), a)
torch.autograd.grad((u := torch.linalg.svd(a := z.requires_grad_())).U.add(u.Vh).sum().abs(), a)
torch.autograd.grad(torch.linalg.svd(a := z.requires_grad_()).U.abs().sum(), a)
torch.autograd.grad((u := torch.linalg.svd(a := z.requires_grad_())).U.mul(u.S).matmul(u.Vh).abs().sum(), a)
torch.autograd.grad(torch.linalg.eigh((a := z.requires_grad_()) + a.mH)[1].abs().sum(), a)
"""


@pytest.mark.parametrize(
    "case", cases(OUTPUTS + PHASES + EMPTY + GENERATORS + TRANSFORMS + COPIES + LISTS + OPERATORS + LAYOUTS + PRODUCTS)
)
def test_as_pytorch(case: str) -> None:
    assert_beside(f"{HEAD}R = {case}")


def test_slices_in_containers() -> None:
    assert_beside(FUNCTION)


def test_older_lists_in_annotations() -> None:
    assert_beside(SCHEMAS)

"""gradcheck and gradgradcheck: what passes, what is told of a wrong gradient, their arguments; programs beside PyTorch."""

from __future__ import annotations

import pytest

import cltorch
from cltorch.autograd import GradcheckError, gradcheck, gradgradcheck

from .common import same

FUNCTIONS = """
gradcheck, gradgradcheck = torch.autograd.gradcheck, torch.autograd.gradgradcheck
import warnings
x, y = T(0.3, 0.7), T(0.1, 0.5)
class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a * a
    @staticmethod
    def backward(ctx, g): return g * 3
class WrongTwice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): ctx.save_for_backward(a); return a * a
    @staticmethod
    def backward(ctx, g): a, = ctx.saved_tensors; return 2 * a.detach() * g
"""

PROGRAMS = {
    "sparse inputs": """
s = torch.tensor([[0.0, 1.5], [2.0, 0.0]], dtype=torch.float64).to_sparse().requires_grad_()
d = T([[1.0, 2.0], [3.0, 4.0]])
for fast in (False, True):
    attempt(lambda: torch.autograd.gradcheck(lambda a: a.to_dense() * 2, (s,), masked=True, fast_mode=fast))
    attempt(lambda: torch.autograd.gradcheck(torch.sparse.mm, (s, d), masked=True, fast_mode=fast))""",
    "right": """
show(gradcheck(lambda a: a.sin() * a, x), gradcheck(lambda a, b: (a * b, a + b), (x, y)), gradcheck(lambda a, k: a * k, (x, 3)))
show(gradcheck(lambda a: [a * 2, a.exp()], [x]), gradcheck(lambda a: a @ a, x))
show(gradcheck(lambda a: a.sum(), torch.ones(0, dtype=torch.float64, requires_grad=True)))""",
    "right twice": """
show(gradgradcheck(lambda a: a.sin() * a, x), gradgradcheck(lambda a, b: (a * b).exp(), (x, y)), gradgradcheck(lambda a: a * 2, x))
show(gradgradcheck(lambda a: a.exp(), x, T(0.1, 0.2)), gradgradcheck(lambda a, b: (a * b, a.exp()), (x, y.detach())))
show(gradgradcheck(lambda a: a ** 3, x, gen_non_contig_grad_outputs=True))""",
    "fast and large": """
large = torch.arange(100000).sin().requires_grad_()
show(gradcheck(lambda a: torch.nn.functional.layer_norm(a, (100000,)), large, fast_mode=True))""",
    "held elsewhere": """
held = x.clone().detach().requires_grad_()
class Holder:
    weight = held
show(gradcheck(lambda a: (Holder.weight * 2).sin(), held), gradcheck(lambda a: Holder.weight ** 2, held, fast_mode=True), held)""",
    "wrong": "attempt(lambda: gradcheck(Wrong.apply, x), lambda: gradcheck(Wrong.apply, x, raise_exception=False))",
    "wrong in the second output": "attempt(lambda: gradcheck(lambda a, b: (a * 2, Wrong.apply(b)), (x, y)))",
    "complex of real": """
show(gradcheck(lambda a, b: (torch.complex(a, b), a + 1), (x, y)), gradcheck(torch.complex, (x, y), fast_mode=True))""",
    "hooks": """
def hooked(a): b = a.clone(); b.register_hook(lambda g: g + 0.01); return b
show(gradcheck(hooked, x, raise_exception=False)); attempt(lambda: gradcheck(lambda a: a.detach() * 1, x, fast_mode=True))""",
    "wrong twice": """
show(gradcheck(WrongTwice.apply, x), gradgradcheck(WrongTwice.apply, x, raise_exception=False))""",
    "fast": """
show(gradcheck(lambda a: a.sin(), x, fast_mode=True), gradcheck(Wrong.apply, x, fast_mode=True, raise_exception=False))
show(gradgradcheck(lambda a: a.sin(), x, fast_mode=True))""",
    "no gradient asked for": "attempt(lambda: gradcheck(lambda a: a, x.detach()))",
    "does not depend": "show(gradcheck(lambda a: torch.ones(2, dtype=torch.float64), x)); attempt(lambda: gradcheck(lambda a: a.detach() * 1, x))",
    "float32": """
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    show(gradcheck(lambda a: a * 2, torch.ones(2, requires_grad=True), eps=1e-2, atol=1e-2))
show(*[warning.message for warning in told])""",
    "repeated memory": "attempt(lambda: gradcheck(lambda a: a * 2, torch.ones(1, dtype=torch.float64, requires_grad=True).expand(2)))",
    "not multiplied": """
class Adds(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a * 2
    @staticmethod
    def backward(ctx, g): return g * 2 + 1e-7
attempt(lambda: gradcheck(Adds.apply, x))""",
    "arguments": """
show(gradcheck(lambda a: a.sin(), x, check_undefined_grad=False, check_grad_dtypes=True, nondet_tol=1e-3, masked=False))
attempt(lambda: gradcheck(lambda a: a.sin(), x, check_backward_ad=False))
attempt(lambda: gradcheck(lambda a: a.sin(), x, eps=1e-6, atol=1e-5, rtol=1e-3, check_batched_grad=False))""",
    "not deterministic": """
calls = []
class Random(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a * 2
    @staticmethod
    def backward(ctx, g): calls.append(1); return g * (2 + len(calls) * 1e-9)
try: gradcheck(Random.apply, x)
except RuntimeError as error: print(str(error).splitlines()[0])
show(gradcheck(Random.apply, x, nondet_tol=1e-3))""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    same(FUNCTIONS + PROGRAMS[name])


def test_its_error() -> None:
    assert issubclass(GradcheckError, RuntimeError)


def test_directions_in_batches_are_refused() -> None:
    x = cltorch.ones(2, dtype=cltorch.float64, requires_grad=True)
    with pytest.raises(NotImplementedError, match="check_batched_forward_grad"):
        gradcheck(lambda a: a * 2, x, check_batched_forward_grad=True)


class Square(cltorch.autograd.Function):
    """Its gradient is right, its derivative along directions is ``factor`` times them."""

    factor = 3.0

    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        ctx.save_for_forward(a)
        return a * a

    @staticmethod
    def backward(ctx, g):
        return g * 2 * ctx.saved_tensors[0]

    @classmethod
    def jvp(cls, ctx, t):
        return t * (cls.factor or 2 * ctx.saved_tensors[0])


@pytest.mark.parametrize("fast", [False, True])
def test_derivatives_along_directions(fast: bool) -> None:
    x = cltorch.tensor([0.3, 0.7, 1.1], dtype=cltorch.float64, requires_grad=True)
    y = cltorch.tensor([1.3, 0.2, 0.5], dtype=cltorch.float64, requires_grad=True)
    z = cltorch.complex(x.detach(), y.detach()).requires_grad_()
    assert gradcheck(lambda a, b: (a * b).sin().sum(), (x, y), check_forward_ad=True, fast_mode=fast)
    assert gradcheck(lambda a: a * a.conj(), (z,), check_forward_ad=True, fast_mode=fast)
    assert gradgradcheck(lambda a, b: (a * b).sin(), (x, y), check_fwd_over_rev=True, fast_mode=fast)
    assert gradcheck(Square.apply, (x,), fast_mode=fast)
    assert gradcheck(type("Right", (Square,), {"factor": None}).apply, (x,), check_forward_ad=True, fast_mode=fast)
    with pytest.raises(GradcheckError, match="with forward mode mismatch for output 0 with respect to input 0"):
        gradcheck(Square.apply, (x,), check_forward_ad=True, fast_mode=fast)

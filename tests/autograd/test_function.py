"""autograd.Function: what ctx keeps and tells, what is checked of backward; programs beside PyTorch."""

from __future__ import annotations

import gc
import weakref

import pytest

import cltorch

from .common import same

FUNCTIONS = """
F = torch.autograd.Function
def made(forward, backward):
    return type("Mine", (F,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
class Exp(F):
    @staticmethod
    def forward(ctx, a):
        r = a.exp(); ctx.save_for_backward(r); return r
    @staticmethod
    def backward(ctx, g):
        r, = ctx.saved_tensors; return g * r
class Two(F):
    fill = True
    @staticmethod
    def forward(ctx, a, b):
        ctx.set_materialize_grads(Two.fill); return a * b, a + b
    @staticmethod
    def backward(ctx, g, h):
        print("got", g, h); return g, h
class Add(F):
    @staticmethod
    def forward(ctx, a):
        a.add_(1); ctx.mark_dirty(a); return a
    @staticmethod
    def backward(ctx, g): return g * 7
"""

PROGRAMS = {
    "gradients": """
e = Exp.apply(x); show(e, e.grad_fn.name(), e.is_leaf); e.sum().backward(); show(x.grad); attempt(lambda: e.sum().backward())
show(torch.autograd.grad(torch.autograd.grad(Exp.apply(x).sum(), x, create_graph=True)[0].sum(), x))
show(Exp.apply(x.detach()))
with torch.no_grad(): show(Exp.apply(x).requires_grad)""",
    "the node is the ctx": """
seen = []
def forward(ctx, a, b): seen.append(ctx); print(type(ctx).__name__, ctx.needs_input_grad); return a * b
m = made(forward, lambda ctx, g: (print(ctx is seen[0], ctx.needs_input_grad), g, g)[1:]).apply(x, y.detach())
print(m.grad_fn is seen[0], m.grad_fn, [n and n.name() for n, _ in m.grad_fn.next_functions]); m.sum().backward(); show(x.grad)
print(Exp.apply(x).grad_fn.saved_tensors)""",
    "grad mode in both": """
def forward(ctx, a): print(torch.is_grad_enabled()); return a * 1
mine = made(forward, lambda ctx, g: (print(torch.is_grad_enabled(), g.requires_grad), g)[1])
mine.apply(x).sum().backward(); mine.apply(x).sum().backward(create_graph=True)""",
    "counts": """
for result in (lambda g: g, lambda g: (g, g, g), lambda g: (g, g, None), lambda g: (None, None), lambda g: (g,), lambda g: None):
    attempt(lambda: made(lambda ctx, a, b: a * b, lambda ctx, g: result(g)).apply(x, y).sum().backward())
show(x.grad, y.grad)""",
    "classes": """
for result in (1, [torch.ones(2)], "text", (torch.ones(2).double(),)):
    attempt(lambda: made(lambda ctx, a: a * 1, lambda ctx, g: result).apply(x).sum().backward())
attempt(lambda: made(lambda ctx, a, k: a * k, lambda ctx, g: (g, g)).apply(x, 2).sum().backward())
attempt(lambda: made(lambda ctx, a, k: a * k, lambda ctx, g: (g, None)).apply(x, 2).sum().backward())
show(x.grad)""",
    "shapes": """
for result in (torch.ones(3).double(), torch.ones(()).double(), torch.ones(4, 2).double(), torch.ones(2)):
    attempt(lambda: made(lambda ctx, a: a * 1, lambda ctx, g: result).apply(x).sum().backward())
show(x.grad)""",
    "missing parts": """
class NoBackward(F):
    @staticmethod
    def forward(ctx, a): return a * 1
class NoForward(F): pass
attempt(lambda: NoBackward.apply(x).sum().backward(), lambda: NoForward.apply(x), lambda: Exp()(x))""",
    "outputs that are no tensors": """
attempt(lambda: made(lambda ctx, a: 3, None).apply(x), lambda: made(lambda ctx, a: None, None).apply(x))
m = made(lambda ctx, a: (a * 1, 3, "s", None), lambda ctx, *g: (print(g), g[0])[1]).apply(x); print(m[1:]); m[0].sum().backward()""",
    "exceptions": """
def bad(ctx, g): raise ValueError("mine")
attempt(lambda: made(lambda ctx, a: a * 1, bad).apply(x).sum().backward(), lambda: made(bad, bad).apply(x)); show(x.grad)""",
    "saved": """
def forward(ctx, a):
    b = a * 2; ctx.save_for_backward(a, None, b); ctx.k = 5; return a * 1
def backward(ctx, g):
    a, n, b = ctx.saved_tensors; print(a is x, a.requires_grad, n, b, b.requires_grad, ctx.k); return g
made(forward, backward).apply(x).sum().backward()
attempt(lambda: made(lambda ctx, a: (ctx.save_for_backward(1), a * 1)[1], backward).apply(x))""",
    "saved and changed": """
b = x * 1; m = made(lambda ctx, a: (ctx.save_for_backward(a), a * 1)[1], lambda ctx, g: ctx.saved_tensors[0] * g).apply(b)
with torch.no_grad(): b.add_(1)
attempt(lambda: m.sum().backward())
e = Exp.apply(x); e.detach().add_(1)
try: e.sum().backward()
except RuntimeError as error: print(str(error)[:60])""",
    "dirty": """
b = x * 1; m = Add.apply(b); show(m is b, b); b.sum().backward(); show(x.grad)
attempt(lambda: Add.apply(x)); n = torch.zeros(2); show(Add.apply(n) is n, n)
attempt(lambda: made(lambda ctx, a: (ctx.mark_dirty(a), a * 1)[1], None).apply(x * 1))""",
    "dirty view": "b = x * 1; Add.apply(b[0:1]); show(b); b.sum().backward(); show(x.grad)",
    "passes its input on": """
m = made(lambda ctx, a: a, lambda ctx, g: g * 3).apply(x); show(m is x, m.is_leaf, m.grad_fn.name()); m.sum().backward(); show(x.grad)""",
    "a view changed in place": """
same = made(lambda ctx, a: a.view_as(a), lambda ctx, g: g); b = x * 1; v = same.apply(b); attempt(lambda: v.add_(1)); show(v.grad_fn.name(), b)
attempt(lambda: made(lambda ctx, a: a, lambda ctx, g: g).apply(b).mul_(2)); w = v * 2; w.add_(1); w.sum().backward(); show(x.grad)
n = torch.ones(2); same.apply(n).add_(1); show(n)""",
    "returns a view": """
z = T([[1.0, 2.0]]); m = made(lambda ctx, a: a.view(-1), lambda ctx, g: g.view(1, 2) * 3).apply(z); m.sum().backward(); show(m, z.grad)""",
    "not differentiable": """
def forward(ctx, a):
    v, i = a.sort(); ctx.mark_non_differentiable(i); ctx.save_for_backward(i); return v, i
def backward(ctx, g, unused):
    print(unused); i, = ctx.saved_tensors; return torch.zeros_like(g).scatter_(0, i, g)
z = T(3.0, 1.0, 2.0); v, i = made(forward, backward).apply(z); show(v, i); (v * T(1.0, 2.0, 3.0)).sum().backward(); show(z.grad)
def forward(ctx, a):
    b, c = a * 2, a * 3; ctx.mark_non_differentiable(c); return b, c
b, c = made(forward, lambda ctx, g, h: (print(g, h), g)[1]).apply(x); show(b.requires_grad, c.requires_grad); b.sum().backward()""",
    "integer output": "attempt(lambda: made(lambda ctx, a: a.long(), lambda ctx, g: g).apply(x))",
    "several outputs": """
p, q = Two.apply(x, y); show(p.grad_fn is q.grad_fn, p.output_nr, q.output_nr); (p.sum() + 2 * q.sum()).backward(); show(x.grad, y.grad)
p, q = Two.apply(x, y); q.sum().backward(); attempt(lambda: p.sum().backward())
p, q = Two.apply(x, y); show(torch.autograd.grad(p.sum() + q.sum(), [p, q]))""",
    "not filled": """
Two.fill = False; p, q = Two.apply(x, y); p.sum().backward(); p, q = Two.apply(x, y); (q.sum() + q.sum()).backward(); show(x.grad, y.grad)""",
    "hooks of one output": """
p, q = Two.apply(x, y); p.register_hook(lambda g: g * 100); p.retain_grad(); (p + q).sum().backward(); show(x.grad, p.grad)
p, q = Two.apply(x, y); p.grad_fn.register_hook(lambda gi, go: (print(gi, go), (gi[0] * 5, gi[1]))[1]); (p + q).sum().backward()
show(x.grad, y.grad)""",
    "repeated backward": "p, q = Two.apply(x, y); s = (p * q).sum(); s.backward(retain_graph=True); s.backward(); show(x.grad)",
    "context apart": """
class Cube(F):
    @staticmethod
    def forward(a, k=2.0): return a ** 3 * k, a * 1
    @staticmethod
    def setup_context(ctx, inputs, output):
        a, ctx.k = inputs; ctx.save_for_backward(a); print(ctx.needs_input_grad, type(output).__name__, len(inputs))
    @staticmethod
    def backward(ctx, g, h):
        a, = ctx.saved_tensors; return g * 3 * a * a * ctx.k + h, None
a, b = Cube.apply(x); (a.sum() + b.sum()).backward(); show(x.grad)
g, = torch.autograd.grad(Cube.apply(x, 3.0)[0].sum(), x, create_graph=True); show(torch.autograd.grad(g.sum(), x))""",
    "by name": "m = made(lambda ctx, a, k=3: a * k, lambda ctx, g: (g * 3, None)).apply(a=x); m.sum().backward(); show(m, x.grad)",
    "vjp": """
class Mine(F):
    @staticmethod
    def forward(ctx, a, b, k=1): ctx.k = k; return a * b
    @staticmethod
    def vjp(ctx, g): return g, g, None
Mine.apply(x, y.detach(), 3).sum().backward(); show(x.grad)""",
    "once": """
@torch.autograd.function.once_differentiable
def backward(ctx, g): a, = ctx.saved_tensors; print(torch.is_grad_enabled()); return 2 * a * g
print(backward.__name__)
mine = made(lambda ctx, a: (ctx.save_for_backward(a), a * a)[1], backward)
mine.apply(x).sum().backward(); show(x.grad); g, = torch.autograd.grad(mine.apply(x).sum(), x, create_graph=True)
show(g.requires_grad); attempt(lambda: g.sum().backward())""",
    "directions": """
fw = torch.autograd.forward_ad
class Only(F):
    @staticmethod
    def forward(ctx, a): ctx.kept = a.exp(); return ctx.kept
    @staticmethod
    def jvp(ctx, t): return t * ctx.kept
class TenTimes(F):
    @staticmethod
    def forward(ctx, a, k, b): ctx.save_for_backward(a, b); ctx.save_for_forward(b, a); ctx.k = k; return a * b * k, a + b
    @staticmethod
    def backward(ctx, g, h): a, b = ctx.saved_tensors; return g * b * ctx.k + h, None, g * a * ctx.k + h
    @staticmethod
    def jvp(ctx, t, k, u):
        b, a = ctx.saved_tensors
        t, u = (torch.zeros_like(a) if one is None else one for one in (t, u))
        return 10 * (t * b + a * u) * ctx.k, t + u
a = x.detach()
with fw.dual_level():
    d = fw.make_dual(a, a + 1)
    for out in (Only.apply(d * 2).sin(), *TenTimes.apply(d, 2.0, a), *TenTimes.apply(d * 3, 2.0, d), TenTimes.apply(a, 3.0, d)[0] * d):
        show(fw.unpack_dual(out).tangent)
attempt(lambda: Only.apply(x).sum().backward())
TenTimes.apply(x, 2.0, y)[0].sum().backward(); show(x.grad, y.grad)""",
    "directions of what has none": """
fw = torch.autograd.forward_ad
class Sum(F):
    @staticmethod
    def forward(ctx, k, a, b): ctx.set_materialize_grads(k > 1); return a * k + b
    @staticmethod
    def jvp(ctx, k, t, u): print(k, u if u is None else u.tolist()); return t * 2
with fw.dual_level():
    d = fw.make_dual(x.detach(), y.detach())
    for k in (1, 2): show(fw.unpack_dual(Sum.apply(k, d, y.detach())).tangent)""",
    "chained": "z = Exp.apply(Exp.apply(x * 0.1) * y); z.sum().backward(); show(x.grad, y.grad)",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    same(FUNCTIONS + PROGRAMS[name])


def test_what_is_kept_for_directions_keeps_no_result_alive() -> None:
    class Doubled(cltorch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            result = a * 2
            ctx.save_for_forward(a, result)
            return result

        @staticmethod
        def backward(ctx, g):
            return g * 2

    gc.disable()
    try:
        seen = weakref.ref(Doubled.apply(cltorch.ones(2, requires_grad=True)))
        assert seen() is None
    finally:
        gc.enable()


def test_inputs_with_a_direction_need_no_gradient_where_the_function_has_a_rule_for_it() -> None:
    same("""
from torch.autograd import forward_ad
class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        print(ctx.needs_input_grad)
        return x * y
    @staticmethod
    def jvp(ctx, x, y):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g, g
with forward_ad.dual_level():
    x = forward_ad.make_dual(R(3), torch.ones(3))
    print(forward_ad.unpack_dual(Product.apply(x, R(3, seed=2))), Product.apply(x, R(3).requires_grad_()).requires_grad)
""")


def test_a_direction_that_has_changed_is_not_used_for_what_was_computed_before() -> None:
    with cltorch.autograd.forward_ad.dual_level():
        direction = cltorch.ones(3)
        x = cltorch.autograd.forward_ad.make_dual(cltorch.ones(3), direction)
        y = x * 2
        direction.mul_(4)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            cltorch.autograd.forward_ad.unpack_dual(y)
        assert cltorch.autograd.forward_ad.unpack_dual(x).tangent.tolist() == [4, 4, 4]

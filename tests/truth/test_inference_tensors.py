"""Tensors made in inference mode: what they are, and what they may not be used for outside."""

from __future__ import annotations

from .cases import assert_same

MADE = """
F = torch.nn.functional
x, a = torch.ones(2, requires_grad=True), torch.ones(2)
with torch.inference_mode():
    y, z, v, w, vx = x * 2, a.clone(), a[:1], torch.zeros(3), x[:1]
"""


def test_what_is_an_inference_tensor() -> None:
    assert_same(
        MADE
        + """
T(lambda: [t.is_inference() for t in (y, z, v, w, vx, x, a, y[:1], y.view(2), y.detach(), y.clone(), y * 2, y.double(), torch.zeros_like(y))])
T(lambda: torch.is_inference(y)); T(lambda: y._version); T(lambda: y.requires_grad); T(lambda: y.is_leaf); T(lambda: y.tolist()); T(lambda: y.contiguous().is_inference())
with torch.inference_mode():
    T(lambda: (y.add_(1) * 0, a.add_(1), a.is_inference(), (a + 1).is_inference(), x.requires_grad, (x * 2).requires_grad, a.view(2).is_inference()))
    with torch.inference_mode(False): T(lambda: (x * 2).is_inference()); T(lambda: (x * 2).requires_grad)
T(lambda: torch.is_inference_mode_enabled()); T(lambda: (a * 1).is_inference()); T(lambda: a._version)
"""
    )


def test_they_are_not_kept_for_gradients() -> None:
    assert_same(
        MADE
        + """
T(lambda: (y * x).sum().backward()); T(lambda: (y + x).requires_grad); T(lambda: (y.clone() * x).sum().backward()); T(lambda: y * 2); T(lambda: x.mul(y)); T(lambda: x.where(y > 0, y).requires_grad)
T(lambda: torch.cat([x, y]).requires_grad); T(lambda: F.linear(x, y[None].repeat(2, 1)).requires_grad); T(lambda: F.linear(x, torch.ones(2, 2)) + y); T(lambda: x.atan2(y)); T(lambda: x.exp().mul(y))
l = torch.nn.Linear(2, 2)
with torch.inference_mode(): h = l(torch.ones(1, 2))
T(lambda: l(h).sum().backward()); T(lambda: l(h.clone()).sum().backward()); T(lambda: F.mse_loss(l(torch.ones(1, 2)), h).requires_grad)
with torch.inference_mode(): m = torch.nn.Linear(2, 2)
T(lambda: m.weight.is_inference()); T(lambda: m(torch.ones(1, 2)).sum().backward())
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t): ctx.save_for_backward(y); return t * t
    @staticmethod
    def backward(ctx, g): return g
T(lambda: Square.apply(x).sum().backward())
"""
    )


def test_they_are_not_changed_outside() -> None:
    assert_same(
        MADE
        + """
for change in (lambda: y.add_(1), lambda: y.exp_(), lambda: y.zero_(), lambda: y.__setitem__(0, 1.0), lambda: torch.add(a, a, out=y), lambda: y[:1].add_(1), lambda: y.requires_grad_()):
    try: change(); print("changed")
    except RuntimeError: print("refused")
T(lambda: a.add_(w[:2])); T(lambda: v.add_(1)); T(lambda: torch.nn.Parameter(w.clone()).sum().backward())
with torch.no_grad(): T(lambda: w.add_(1))
"""
    )

"""Grad mode, inference mode and anomaly mode, as contexts and as decorators; programs beside PyTorch."""

from __future__ import annotations

import pytest

import cltorch

from .common import same

PROGRAMS = {
    "no_grad": """
with torch.no_grad(): show((x * 2).requires_grad, torch.is_grad_enabled())
show((x * 2).requires_grad)
with torch.no_grad():
    with torch.enable_grad(): show((x * 2).requires_grad)
    show((x * 2).requires_grad); leaf = torch.ones(1, requires_grad=True); show(leaf.requires_grad, (leaf * 2).requires_grad)
try:
    with torch.no_grad(): raise ValueError
except ValueError: show(torch.is_grad_enabled())""",
    "decorators": """
@torch.no_grad()
def f(a): return a * 2
@torch.no_grad
def g(a): return a * 2
@torch.enable_grad()
def h(a): return torch.is_grad_enabled()
class C:
    @torch.no_grad()
    def m(self, a, k=1): return (a * k).requires_grad
show(f(x).requires_grad, g(x).requires_grad, f.__name__, C().m(x, k=3), torch.is_grad_enabled())
with torch.no_grad(): show(h(x), torch.is_grad_enabled())
@torch.no_grad()
def raises(): raise ValueError
attempt(raises); show(torch.is_grad_enabled())""",
    "generators": """
@torch.no_grad()
def numbers(a):
    yield torch.is_grad_enabled()
    sent = yield a * 2
    try: yield sent, torch.is_grad_enabled()
    except ValueError: yield "caught", torch.is_grad_enabled()
    finally: print("ends", torch.is_grad_enabled())
    return 7
it = numbers(x)
show(next(it), torch.is_grad_enabled(), next(it).requires_grad, it.send(5), torch.is_grad_enabled(), it.throw(ValueError()))
attempt(lambda: next(it)); show(list(torch.no_grad()(lambda: (k for k in range(3)))()))
it = numbers(x); next(it); next(it); it.send(1); it.close(); show(torch.is_grad_enabled())
@torch.no_grad()
def empty():
    return 3
    yield
show(list(empty()))""",
    "coroutines": """
import asyncio
@torch.no_grad()
async def later(a): return torch.is_grad_enabled()
show(asyncio.run(later(x)))""",
    "classes": """
import warnings
warnings.simplefilter("ignore")
@torch.no_grad()
class C:
    def __init__(self): self.enabled = torch.is_grad_enabled()
    def m(self): return torch.is_grad_enabled()
show(C().enabled, C().m())""",
    "set_grad_enabled": """
with torch.set_grad_enabled(False): show((x * 2).requires_grad)
show((x * 2).requires_grad); torch.set_grad_enabled(False); show((x * 2).requires_grad); torch.set_grad_enabled(True)
@torch.set_grad_enabled(False)
def f(a): return (a * 2).requires_grad
show(f(x), torch.is_grad_enabled()); attempt(lambda: torch.set_grad_enabled(3)); show(torch.is_grad_enabled())
with torch.set_grad_enabled(False) as nothing: show(nothing)""",
    "inference": """
with torch.inference_mode(): show((x * 2).requires_grad, torch.is_inference_mode_enabled(), torch.is_grad_enabled())
show(torch.is_inference_mode_enabled(), (x * 2).requires_grad)
@torch.inference_mode()
def f(a): return a * 2
@torch.inference_mode
def g(a): return a * 2
@torch.inference_mode(mode=False)
def h(a): return a * 2
show(f(x).requires_grad, g(x).requires_grad, h(x).requires_grad)
with torch.inference_mode(False): show(torch.is_inference_mode_enabled(), (x * 2).requires_grad)
with torch.inference_mode():
    with torch.inference_mode(False): show(torch.is_inference_mode_enabled(), (x * 2).requires_grad)
    show(torch.is_inference_mode_enabled(), (x * 2).requires_grad)""",
    "threads": """
import threading
found = []
with torch.no_grad():
    t = threading.Thread(target=lambda: found.append((x * 2).requires_grad)); t.start(); t.join()
show(found)""",
    "anomaly": """
import warnings
warnings.simplefilter("ignore")
z = T(0.0, 1.0)
with torch.autograd.detect_anomaly():
    attempt(lambda: (z.sqrt() * 0).sum().backward())
    e = x.exp(); w = e * e; e.detach().add_(1); attempt(lambda: w.sum().backward())
y = (z.sqrt() * 0).sum()
with torch.autograd.detect_anomaly(): attempt(lambda: y.backward())
with torch.autograd.detect_anomaly(check_nan=False): attempt(lambda: (z.sqrt() * 0).sum().backward())
show(z.grad, torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled())
torch.autograd.set_detect_anomaly(True, check_nan=False); show(torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled())
torch.autograd.set_detect_anomaly(False)
with torch.autograd.set_detect_anomaly(True): show(torch.is_anomaly_enabled())
show(torch.is_anomaly_enabled())""",
    "anomaly of a gradient's gradient": """
import warnings
class Inner(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a * 2
    @staticmethod
    def backward(ctx, g): return g / 0 * 0
class Outer(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): ctx.save_for_backward(a); return a * a
    @staticmethod
    def backward(ctx, g): return Inner.apply(g * ctx.saved_tensors[0])
with warnings.catch_warnings(record=True) as w, torch.autograd.detect_anomaly():
    warnings.simplefilter("always")
    (d,) = torch.autograd.grad(Outer.apply(x).sum(), x, create_graph=True)
    attempt(lambda: d.sum().backward())
show([str(one.message).strip()[:70] for one in w][-2:])""",
    "anomaly warns": """
import warnings
class Bad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a * 1
    @staticmethod
    def backward(ctx, g): raise ValueError("mine")
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    with torch.autograd.detect_anomaly(): attempt(lambda: Bad.apply(x).sum().backward())
for warning in told: print(str(warning.message).split(":")[0], warning.category.__name__)""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    same(PROGRAMS[name])


def test_anomaly_names_the_line_of_the_forward_call() -> None:
    with cltorch.autograd.set_detect_anomaly(True):
        root = cltorch.zeros(2, requires_grad=True).sqrt()  # this line
        with pytest.warns(UserWarning, match=r"SqrtBackward0[^$]*this line"), pytest.raises(RuntimeError, match="nan"):
            (root * 0).sum().backward()

"""``__torch_function__``: what subclasses, other classes and modes are asked, beside PyTorch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import assert_same

ROOT = Path(__file__).parents[2]

SUBCLASS = """
class Sub(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        log.append(getattr(func, "__name__", "?"))
        return super().__torch_function__(func, types, args, kwargs)
log = []
def show(*results):
    print(log, [type(r).__name__ for r in results])
    log.clear()
s, t = torch.ones(2, 2).as_subclass(Sub), torch.ones(2, 2)
show(s + 1, t + s, 1 - s, s / 2, s @ t, -s, s**2, 2**s, s == t, s // 2)
show(s[0], s.sum(), torch.sum(s), t.add(s), torch.stack([t, s]), s.max(0), s.split(1)[0], s.T, s.shape, s.device)
show(F.relu(s), F.linear(t, s), nn.Linear(2, 2)(s), torch.nn.Parameter(t) + 1, torch.where(s > 0, s, t))
show(s.tolist(), len(s), s.add_(1), torch.zeros(2), torch.tensor([1]), torch.is_tensor(s))
leaf = torch.ones(2, requires_grad=True)
(leaf.as_subclass(Sub) * 3).sum().backward()
print(leaf.grad, type(leaf.grad).__name__)
"""

OTHER = """
class Duck:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return func.__name__, [kind.__name__ for kind in types]
d, t = Duck(), torch.ones(2)
print(torch.matmul(t, d), t.matmul(d), torch.stack([t, d]), F.relu(d), torch.add(d, 1), t.add(d), t * d)
class Deaf(torch.Tensor):
    __torch_function__ = torch.nn.Parameter.__torch_function__
print(type(t.as_subclass(Deaf) + 1).__name__)
class Refuses(Duck):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return NotImplemented
try:
    torch.sum(Refuses())
except TypeError as error:
    print("TypeError")
"""

OWN = """
class Own(torch.Tensor):
    def __new__(cls, data, notes):
        made = torch.as_tensor(data).as_subclass(cls)
        made._meta, made.notes = notes, notes
        return made
own = Own([1.0, 2.0], {"spacing": 3})
print(own._meta, own + 1, (own * own).sum(), own.shape)
"""

MODE = """
class Mode(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        print(getattr(func, "__name__", "?"))
        return func(*args, **(kwargs or {}))
t = torch.ones(2)
with Mode():
    torch.zeros(2)
    t.sum()
    F.gelu(t) + 1
    with Mode():
        torch.tensor([1])
print(t + 1)
def number(x):
    if torch.overrides.has_torch_function_unary(x):
        return torch.overrides.handle_torch_function(number, (x,), x)
    return 1
class Asked:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return func.__name__
print(number(t), number(Asked()))
"""


@pytest.mark.parametrize("program", [SUBCLASS, OTHER, OWN, MODE])
def test_who_is_asked(program: str) -> None:
    assert_same(program)


def test_functions_stay_what_they_are_and_nothing_changes_before_somebody_can_answer() -> None:
    program = """
import cltorch as torch
kept, code = torch.relu, torch.relu.__code__
torch.relu(torch.ones(2)) + torch.nn.Parameter(torch.ones(2))
assert torch.relu.__code__ is code
class Sub(torch.Tensor): pass
assert type(kept(torch.ones(2).as_subclass(Sub))) is Sub
assert torch.relu is kept and torch.relu.__code__ is not code
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_frames_of_functions_that_ask_can_be_read() -> None:
    """As debuggers and test runners do it: with the variables of the function that they took the place of."""
    program = """
import sys, cltorch
from cltorch.ops import asking
asking.begin()
try:
    cltorch.ones(3).sum("a", 4)
except TypeError as error:
    frame = error.__traceback__
    while frame:
        print(frame.tb_frame.f_code.co_name, len(frame.tb_frame.f_locals))
        frame = frame.tb_next
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "sum" in done.stdout

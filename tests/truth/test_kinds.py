"""Kinds of small programs that differed from PyTorch's, a program each: what they print, or the class of what they raise."""

from __future__ import annotations

import pytest

from .cases import assert_same

INDICES_THAT_THE_HOST_KNOWS = """
x = torch.arange(6.).reshape(2, 3); t = torch.tensor; F = torch.nn.functional
for f in (lambda: x[t([2])], lambda: x[t([-2])], lambda: x[:, t([3])], lambda: x.gather(0, t([[2]])), lambda: x.gather(0, t([[-1]])),
          lambda: x.index_select(0, t([-1])), lambda: x.take(t([6])), lambda: x.scatter(0, t([[2]]), 1.), lambda: x.index_add(0, t([2]), x[:1]),
          lambda: x.index_copy(0, t([2]), x[:1]), lambda: x.put(t([6]), t([1.])), lambda: x.index_put((t([2]),), t(1.)), lambda: x[t([[0, 5]])[:, :1]],
          lambda: F.embedding(t([3]), x), lambda: F.embedding_bag(t([3]), x, t([0])), lambda: F.one_hot(t([-1])), lambda: F.one_hot(t([5]), 3),
          lambda: F.cross_entropy(x, t([0, 3])), lambda: F.cross_entropy(x, t([0, -100])), lambda: F.nll_loss(x, t([0, -1])),
          lambda: F.binary_cross_entropy(t([1.5]), t([1.])), lambda: F.binary_cross_entropy(t([.5]), t([2.])), lambda: x.index_reduce(0, t([2]), x[:1], "amax"),
          lambda: x.quantile(t([.5, 1.5])), lambda: x.quantile(t(.5)), lambda: x.quantile(t([.5], dtype=torch.float64))):
    T(f)
"""
NUMBERS_THAT_FIT_NO_HALF = """
for x in (torch.tensor([0.1, 1000.]).half(), torch.tensor([0.1, 1000.]).bfloat16()):
    for f in (lambda: x + 70000, lambda: x > 70000, lambda: x == 2**70, lambda: x < -70000, lambda: x * 70000, lambda: torch.nn.functional.threshold(x, 0.1, 20)):
        T(f)
"""
VECTORS_OF_ONE_ELEMENT_AS_INTS = """
o, x = torch.tensor([1]), torch.ones(2, 3)
for f in (lambda: x.chunk(o), lambda: x.diagonal(o), lambda: x.movedim(o, 0), lambda: x.argmax(o), lambda: torch.linspace(0, 1, o), lambda: x[:, :2].matrix_power(o),
          lambda: torch.nn.functional.one_hot(torch.tensor([0]), o), lambda: x.select(0, o), lambda: x.narrow(0, 0, o), lambda: x.sum(o), lambda: torch.zeros(o), lambda: x.permute()):
    T(f)
"""
REMOVED_FUNCTIONS = """
m = torch.eye(2)
for f in (lambda: torch.symeig(m), lambda: torch.eig(m), lambda: torch.lstsq(m, m), lambda: torch.solve(m, m), lambda: torch.matrix_rank(m), lambda: m.symeig(), lambda: m.matrix_rank()):
    T(f)
try:
    torch.linalg.inv(torch.zeros(2, 2))
except torch.linalg.LinAlgError as error:
    print(type(error).__name__)
"""
OUT_THAT_REQUIRES_GRADIENTS = """
x = torch.ones(3, requires_grad=True)
for f in (lambda: torch.gt(x, x, out=torch.zeros(3, dtype=torch.bool)), lambda: torch.gt(x.detach(), 0, out=torch.zeros(3, requires_grad=True)), lambda: torch.argmax(x, out=torch.zeros(1).long()),
          lambda: torch.logical_not(x.detach(), out=torch.zeros(3, requires_grad=True)), lambda: torch.add(x.detach(), 1, out=torch.zeros(3, requires_grad=True)), lambda: torch.add(x, 1, out=torch.zeros(3))):
    T(f)
"""
COMPLEX_NUMBERS_WHERE_THERE_IS_NO_ORDER = """
c = torch.ones(2, 2, dtype=torch.complex64)
for f in (lambda: c.argmax(), lambda: c.max(0), lambda: c.max(), lambda: c.sort(), lambda: c.topk(1), lambda: torch.maximum(c, c), lambda: c.isposinf(), lambda: c.clamp(1), lambda: c.real.clamp(1j),
          lambda: c.real.clone().__setitem__(0, 1j), lambda: c.clone().__setitem__(0, 1j), lambda: torch.tensor([1j], dtype=torch.float32), lambda: c.bool().topk(1), lambda: torch.relu(c.bool())):
    T(f)
"""
RANDOM_RANGES = """
for f in (lambda: torch.empty(2).uniform_(0, 1e39), lambda: torch.empty(2).uniform_(-3e38, 3e38), lambda: torch.empty(2).half().uniform_(0, 1e5), lambda: torch.empty(2).normal_(0, float("nan")),
          lambda: torch.empty(2).long().exponential_(), lambda: torch.empty(2).long().cauchy_(), lambda: torch.rand((2,), generator=3), lambda: torch.set_rng_state(torch.ones(3)),
          lambda: torch.nn.functional.dropout(torch.ones(3), float("nan"))):
    T(f)
"""
NUMPY_AND_FILES = """
import io, numpy as np
x = torch.arange(6.).reshape(2, 3)
for f in (lambda: x @ np.ones(3, dtype=np.float32), lambda: torch.frombuffer(bytearray(b""), dtype=torch.uint8), lambda: torch.save(x, "/nonexistent/a"), lambda: x.T.numpy().strides,
          lambda: x[:, ::2].numpy().strides, lambda: x.T[1:].numpy(), lambda: torch.tensor(b"12"), lambda: x.index_put([0], torch.tensor(5.)), lambda: torch.autograd.backward((x.sum().requires_grad_(), 3))):
    T(f)
"""
COPIES_OF_ONESELF = """
x = torch.arange(3.).expand(2, 3)
T(lambda: x.copy_(x)); T(lambda: x.copy_(x.flip(0)))
x = torch.zeros(3); T(lambda: x.__setitem__(torch.tensor([1, 0, 1], dtype=torch.uint8), 1)); T(lambda: torch.zeros(0).norm(float("inf"))); T(lambda: torch.zeros(0).kthvalue(1)); T(lambda: torch.zeros(0, 3).max(0))
"""
PROGRAMS = {name.lower(): text for name, text in list(vars().items()) if name.isupper() and isinstance(text, str)}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_print_what_pytorchs_do(name: str) -> None:
    assert_same("import warnings; warnings.simplefilter('ignore')\n" + PROGRAMS[name])

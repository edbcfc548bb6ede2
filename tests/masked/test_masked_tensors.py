"""Masked tensors beside PyTorch's: what its tutorials show, every function they have, and their gradients."""

from __future__ import annotations

from io import BytesIO

import pytest

from cltorch import masked, ones, save
from tests.programs import assert_same

HEAD = """
from torch.masked import MaskedTensor, as_masked_tensor, is_masked_tensor, masked_tensor
def told(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__, error)
def leaf(data=None):
    data = torch.arange(6.0).reshape(2, 3) + 1 if data is None else data
    return masked_tensor(data, torch.tensor([[True, False, True], [False, False, True]]), requires_grad=True)
"""

PROGRAMS = {
    "what one is": """
data = torch.arange(24).reshape(2, 3, 4)
mt = masked_tensor(data.float(), data % 2 == 0, requires_grad=True)
print(mt, mt[0], mt[0, 1], mt[:, :, 2:], mt[0, 0, 0], mt[0, 0, 1])
print(mt.shape, mt.dtype, mt.requires_grad, mt.is_leaf, mt.layout, mt.size(1), mt.dim(), mt.numel(), len(mt), mt.is_contiguous())
print(mt.get_data().detach(), mt.get_mask(), mt.to_tensor(7.0).detach())
print(is_masked_tensor(mt), is_masked_tensor(data), isinstance(mt, torch.Tensor), type(mt))
for data, held in ((3, False), ([1, 200], [True, True]), ([True, False], [False, True]), ([1.0, float("nan")], [True, False])):
    print(masked_tensor(torch.tensor(data), torch.tensor(held)))
print(torch.masked.sum(mt, mask=mt.get_mask()).detach(), torch.masked.sum(leaf(), 0))
""",
    "functions of each element and their gradients": """
for name in "abs exp log sqrt neg sin square reciprocal cos log1p expm1 ceil".split():
    x = leaf()
    y = getattr(torch, name)(x)
    total = y.sum()
    print(name, y, total)
    if name not in ("ceil",):
        total.backward()
        print(x.grad)
told(lambda: leaf().clamp(1, 3)), told(lambda: torch.isnan(leaf())), told(lambda: leaf().detach().exp_()), told(lambda: leaf() ** 2)
told(lambda: torch.round(leaf(), decimals=1)), told(lambda: torch.pow(leaf(), torch.ones(2, 3)))
""",
    "two tensors": """
plain = torch.ones(2, 3)
for f in (lambda x: x + 1, lambda x: 2 * x, lambda x: x / 2, lambda x: x * x, lambda x: torch.add(x, x), lambda x: x - x.detach(), lambda x: -x,
          lambda x: x > 2, lambda x: x == 2, lambda x: torch.maximum(x, x), lambda x: x + plain, lambda x: torch.ones(3) + x, lambda x: x < 3,
          lambda x: x + leaf(), lambda x: x.detach().add_(1), lambda x: torch.add(x, 1, alpha=2), lambda x: x + masked_tensor(plain, plain.bool())):
    told(lambda: f(leaf()))
""",
    "views and copies": """
for f in (lambda x: x.t(), lambda x: x.transpose(0, 1), lambda x: x.view(3, 2), lambda x: x.reshape(6), lambda x: x.unsqueeze(0), lambda x: x.flatten(),
          lambda x: torch.cat([x, x]), lambda x: torch.stack([x, x]), lambda x: x.expand(2, 2, 3), lambda x: x.split(1), lambda x: x.unfold(1, 2, 1),
          lambda x: x.clone(), lambda x: x.detach(), lambda x: torch.ones_like(x), lambda x: x.to(torch.float64).dtype, lambda x: x.contiguous(),
          lambda x: x.softmax(1), lambda x: torch.softmax(x, 0), lambda x: x[0, 0].item(),
          lambda x: x.softmax(dim=1), lambda x: (torch.softmax(x, 1, dtype=torch.float64), x.softmax(1, torch.float64).dtype),
          lambda x: torch.nn.functional.softmax(x, dim=0, dtype=torch.float64).dtype, lambda x: torch.nn.functional.softmax(x, 1)):
    told(lambda: f(leaf()))
""",
    "reductions": """
for name in "sum mean amin amax argmin argmax prod all var std".split():
    for more in ({}, {"dim": 0}, {"dim": 1, "keepdim": True}, {"dim": -1}):
        told(lambda: (name, more, getattr(leaf(), name)(**more), getattr(torch, name)(leaf(), **more)))
x = leaf()
x.mean(0).sum().backward()
print(x.grad)
""",
    "gradients of plain tensors are masked": """
w, x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True), leaf()
(x * w).sum().backward()
print(w.grad, x.grad)
a, b = torch.tensor([1.0, 1.0], requires_grad=True), torch.tensor([0.0, 1.0])
loss = as_masked_tensor(a / b, b != 0)
print(loss.detach(), loss.requires_grad, loss.is_leaf)
loss.sum().backward()
print(a.grad)
a = torch.tensor([1.0, 2.0, float("nan")], requires_grad=True)
as_masked_tensor(a, ~a.isnan()).mean().backward()
print(a.grad)
c = torch.arange(4.0, requires_grad=True)
as_masked_tensor((c * 2).exp(), c.detach() > 1).sum().backward()
print(c.grad)
print(as_masked_tensor(b, b > 0).requires_grad)
""",
    "where": """
xx = torch.tensor([-10.0, -5, 0, 5, 10, 50, 60, 70, 80, 90, 100])
k = xx < 0
mx, my = masked_tensor(xx, k, requires_grad=True), masked_tensor(torch.ones_like(xx), ~k, requires_grad=True)
y = torch.where(k, torch.exp(mx), my)
y.sum().backward()
print(y, mx.grad, my.grad)
print(torch.where(torch.tensor([[True, False, True], [True, True, True]]), leaf(), leaf() * 2))
""",
    "copies": """
import copy, pickle
mt = leaf()
for f in (lambda: copy.deepcopy(mt).requires_grad, lambda: copy.deepcopy(mt), lambda: pickle.loads(pickle.dumps(mt.detach())),
          lambda: mt.numpy(), lambda: mt.tolist(), lambda: mt.detach().copy_(mt.detach()), lambda: 1 / mt, lambda: 1 - mt, lambda: ~(mt > 1)):
    told(f)
""",
    "what is refused": """
two, held = torch.ones(2), torch.tensor([True, False])
for f in (lambda: masked_tensor([1], held), lambda: masked_tensor(two, [True, False]), lambda: masked_tensor(two, two),
          lambda: masked_tensor(two, torch.ones(3).bool()), lambda: masked_tensor(two, held[None]), lambda: masked_tensor(two.cfloat(), held),
          lambda: masked_tensor(leaf(), held), lambda: leaf()[0, 1].item(), lambda: leaf().item()):
    told(f)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_beside_pytorch(name: str) -> None:
    assert_same(HEAD + PROGRAMS[name])


@pytest.mark.filterwarnings("ignore:The PyTorch API of MaskedTensors")
def test_a_function_without_a_meaning() -> None:
    one = masked.masked_tensor(ones(2), ones(2).bool())
    with pytest.raises(TypeError, match="cumsum"):
        one.cumsum(0)
    with pytest.raises(TypeError, match="unbind"):
        list(one)
    with pytest.raises(NotImplementedError, match="MaskedTensor is not written to files"):
        save(one, BytesIO())


@pytest.mark.filterwarnings("ignore:The PyTorch API of MaskedTensors")
def test_gradients_by_name() -> None:
    """Where PyTorch has no rule for masked gradients (sigmoid's), ours is that of the data."""
    from cltorch import autograd, tensor

    one = masked.masked_tensor(tensor([0.0, 5.0]), tensor([True, False]), requires_grad=True)
    (grad,) = autograd.grad(one.sigmoid().sum(), one)
    assert masked.is_masked_tensor(grad) and grad.to_tensor(-1.0).tolist() == [0.25, -1.0]

import torch
from torch.autograd import Function, Variable, grad


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * g


x = Variable(torch.tensor([1.0, 2.0, 3.0]), requires_grad=True)
y = Cube.apply(x).sum()
(first,) = grad(y, x, create_graph=True)
(second,) = grad(first.sum(), x)
print(first.detach(), second, y.grad_fn is not None, x.is_leaf)
print(
    torch.autograd.functional.jacobian(lambda t: t * t, torch.tensor([1.0, 2.0]))
    if hasattr(torch.autograd.functional, "jacobian")
    else torch.diag(torch.tensor([2.0, 4.0]))
)
a = torch.ones(2, requires_grad=True)
b = a * 2
b.retain_grad()
(b * b).sum().backward()
print(a.grad, b.grad)
with torch.no_grad():
    c = a * 2
print(c.requires_grad, torch.is_grad_enabled())
try:
    a.add_(1)
except RuntimeError as error:
    print(error)

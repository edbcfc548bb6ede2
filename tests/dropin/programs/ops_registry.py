import torch
from torch.library import Library, custom_op


@custom_op("mine::twice", mutates_args=())
def twice(x: torch.Tensor) -> torch.Tensor:
    return x * 2


@twice.register_fake
def _(x):
    return torch.empty_like(x)


def setup_context(ctx, inputs, output):
    pass


twice.register_autograd(lambda ctx, g: g * 2, setup_context=setup_context)
x = torch.ones(2, requires_grad=True)
twice(x).sum().backward()
print(x.grad, torch.ops.mine.twice(torch.ones(1)), torch.ops.mine.twice.default)


@custom_op("mine::scaled", mutates_args=())
def scaled(x: torch.Tensor, factor: float = 2.0) -> torch.Tensor:
    return x * factor


def keep(ctx, inputs, output):
    ctx.factor = inputs[1]


scaled.register_autograd(lambda ctx, g: (g * ctx.factor, None), setup_context=keep)
y = torch.ones(2, requires_grad=True)
scaled(y, factor=3.0).sum().backward()
print(y.grad, scaled(y.detach()))
lib = Library("theirs", "DEF")
lib.define("add_one(Tensor x) -> Tensor")
lib.impl("add_one", lambda x: x + 1, "CompositeImplicitAutograd")
print(
    torch.ops.theirs.add_one(torch.zeros(2)), torch.ops.aten.relu(torch.tensor([-1.0, 1.0])), torch.ops.aten.add.Tensor
)
try:
    print(torch.ops.mine.nothing)
except AttributeError as error:
    print(error)

"""Classes that are asked about functions, from the first call on; subclasses are shown by their names."""

import torch


class Scalar:
    def __init__(self, value):
        self.value = value

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return args[0].value * 2 if func is torch.mean else NotImplemented


def tried(function):
    try:
        print(function())
    except Exception as error:
        print(type(error).__name__, error)


scalar, ones = Scalar(3), torch.ones(2)
print(torch.mean(scalar))
for function in (lambda: torch.add(scalar, 3), lambda: ones * scalar, lambda: scalar - ones, lambda: ones @ scalar):
    tried(function)
tried(lambda: torch.nn.functional.softmax(scalar, 1))


class Mine(torch.Tensor):
    pass


class Weight(torch.nn.Parameter):
    pass


print(torch.arange(4.0).reshape(2, 2).as_subclass(Mine), ones.as_subclass(Mine).sum())
print(Weight(ones), torch.nn.Parameter(ones))
indices = torch.tensor([[0, 1, 1], [2, 0, 2]])
sparse = torch.sparse_coo_tensor(indices, torch.tensor([3.0, 4.0, 5.0]), (2, 3))
blocks = torch.sparse_coo_tensor(torch.tensor([[0, 2]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), (3, 2))
print(sparse[0], sparse[1, 2], sparse[-1], sparse.select(1, 2), blocks[2], blocks[1], blocks.select(1, 0))
tried(lambda: sparse[5])
tried(lambda: sparse.select(2, 0))
leaf = torch.ones(2, requires_grad=True)
print(leaf._backward_hooks)
handle = leaf.register_hook(lambda grad: grad * 2)
print(len(leaf._backward_hooks))
handle.remove()
print(len(leaf._backward_hooks))


@torch.library.custom_op("mine::halved", mutates_args=())
def halved(x: torch.Tensor) -> torch.Tensor:
    return x / 2


halved.register_autograd(lambda ctx, grad: grad / 2)
print(halved(leaf))


class Marked(torch.Tensor):
    pass


def parameters_keep_their_class():
    module = torch.nn.Module()
    module.own = torch.nn.Parameter(torch.ones(2).as_subclass(Marked))
    module.kept = torch.nn.Buffer(torch.zeros(1).as_subclass(Marked))
    print(module.own, isinstance(module.own, torch.nn.Parameter), isinstance(module.kept, torch.nn.Buffer))
    print([name for name, _ in module.named_parameters()], type(module.double().own).__name__, module.own._is_param)
    (module.own * 2).sum().backward()
    print(module.own.grad, torch.nn.ParameterList([module.own]))
    print(isinstance(torch.ones(1), torch.nn.Parameter), isinstance(module.own, torch.nn.Buffer))


parameters_keep_their_class()

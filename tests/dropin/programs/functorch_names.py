"""The package that torch.func comes from: modules as functions of tuples of parameters."""

import warnings

import torch
from functorch import combine_state_for_ensemble, grad, jacrev, make_functional, make_functional_with_buffers, vmap
from functorch.einops import rearrange
from functorch.experimental import replace_all_batch_norm_modules_

warnings.simplefilter("ignore")


def filled(module):
    with torch.no_grad():
        for k, parameter in enumerate(module.parameters()):
            parameter.copy_(torch.arange(1.0, parameter.numel() + 1).reshape(parameter.shape) / (5 + k))
    return module


x = torch.arange(6.0).reshape(2, 3)
f, params = make_functional(filled(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))))
print(type(f).__name__, [tuple(p.shape) for p in params], f(params, x))
print([g.sum() for g in grad(lambda p: f(p, x).sum())(params)])
print(vmap(grad(lambda p, row: f(p, row).sum()), in_dims=(None, 0))(params, x)[0].shape, jacrev(torch.sin)(x[0]))

net = filled(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)))
f, params, buffers = make_functional_with_buffers(net, disable_autograd_tracking=True)
print(f(params, buffers, x), [b.sum() for b in buffers], params[0].requires_grad, net[1].running_mean)
try:
    make_functional(net)
except RuntimeError as error:
    print(error)

tied = filled(torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)))
tied[1].weight = tied[0].weight
f, params = make_functional(tied)
print(len(params), f(params, x), f([p * 0 + 1 for p in params], x))

models = [filled(torch.nn.Linear(3, 2)) for _ in range(3)]
f, params, buffers = combine_state_for_ensemble(models)
print([p.shape for p in params], buffers, vmap(f, in_dims=(0, 0, None))(params, buffers, x).shape)
for given in ([], [torch.nn.Linear(1, 1), torch.nn.ReLU()], [torch.nn.ReLU(), torch.nn.ReLU().eval()]):
    try:
        combine_state_for_ensemble(given)
    except RuntimeError as error:
        print(error)
print(rearrange(x, "a b -> b a").shape, replace_all_batch_norm_modules_(net))

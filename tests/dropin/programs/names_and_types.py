import pickle

import torch
from torch import nn

x = torch.ones(2, 3)
print(type(x), x.dtype, x.device, x.shape, x.type(), x.layout)
print(nn.Linear, nn.Parameter, torch.no_grad, torch.Size, torch.optim.SGD, torch.device)
print(isinstance(x, torch.Tensor), isinstance(nn.Parameter(x), torch.Tensor), isinstance(x, torch.FloatTensor))
print(
    pickle.loads(pickle.dumps(nn.Linear)) is nn.Linear,
    pickle.loads(pickle.dumps(torch.float16)),
    b"torch.nn" in pickle.dumps(nn.Linear),
)
print(
    torch.nn.functional.relu.__name__,
    nn.Linear.__module__,
    torch.Tensor.__module__,
    nn.functional.gelu.__module__.split(".")[0],
)
print(torch.__version__ >= (2, 0), torch.__version__.startswith("2."), isinstance(torch.__version__, str))

x = torch.arange(3.0)
typed, untyped = x.storage(), x.untyped_storage()
print(typed, untyped.nbytes(), type(untyped), isinstance(typed, torch.UntypedStorage), torch.is_storage(untyped))
print(isinstance(typed, torch.FloatStorage), type(typed.untyped()) is type(untyped), len(typed), len(untyped))
for thing in (
    torch.autograd.grad,
    torch.func.grad,
    torch.jit.script,
    torch.jit.ScriptModule,
    torch.autograd.graph.Node,
    torch.cuda.synchronize,
):
    print(thing.__module__, thing.__name__)

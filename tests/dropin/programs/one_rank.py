"""Wrappers, optimizers and collectives for many ranks, on one."""

import os

import torch
import torch.distributed as dist
import torch.distributed.nn.functional as collectives
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import (
    CheckpointWrapper,
    apply_activation_checkpointing,
    checkpoint_wrapper,
)
from torch.distributed.algorithms.model_averaging.averagers import PeriodicModelAverager
from torch.distributed.elastic.multiprocessing.errors import record
from torch.distributed.fsdp.wrap import ModuleWrapPolicy, _or_policy, size_based_auto_wrap_policy
from torch.distributed.fsdp.wrap import transformer_auto_wrap_policy as transformer_policy
from torch.distributed.optim import PostLocalSGDOptimizer, ZeroRedundancyOptimizer

os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29517", RANK="0", WORLD_SIZE="1")


def model():
    made = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    with torch.no_grad():
        for p in made.parameters():
            p.copy_(torch.arange(p.numel()).view(p.shape) / 10)
    return made


@record
def main():
    dist.init_process_group("gloo")
    x = torch.linspace(-1, 1, 6).view(2, 3).requires_grad_()

    plain, wrapped = model(), model()
    apply_activation_checkpointing(wrapped, checkpoint_wrapper, lambda module: isinstance(module, torch.nn.Linear))
    print([isinstance(child, CheckpointWrapper) for child in wrapped], list(wrapped.state_dict()))
    print(wrapped.load_state_dict(plain.state_dict()), wrapped[0].in_features)
    wrapped(x).sum().backward()
    print(x.grad)

    zero = ZeroRedundancyOptimizer(plain.parameters(), torch.optim.Adam, lr=0.1)
    plain(x).sum().backward()
    zero.step()
    print(plain[2].bias, zero.param_groups[0]["lr"])
    zero.consolidate_state_dict()
    local = PostLocalSGDOptimizer(torch.optim.SGD(plain.parameters(), lr=0.5), PeriodicModelAverager(period=2))
    local.step()
    print(plain[2].bias, local.state_dict()["step"])

    y = torch.ones(2, requires_grad=True)
    (3 * collectives.all_reduce(y) + collectives.all_gather(y)[0]).sum().backward()
    print(y.grad)

    policies = [ModuleWrapPolicy({torch.nn.ReLU}), lambda module, recurse, nonwrapped_numel: nonwrapped_numel > 10]
    for numel in (5, 20):
        print(
            [_or_policy(module, False, numel, policies) for module in plain],
            [size_based_auto_wrap_policy(module, True, numel, min_num_params=10) for module in plain],
            [transformer_policy(module, False, numel, {torch.nn.Linear}) for module in plain],
        )
    print(dist.get_default_backend_for_device("cpu"))
    try:
        dist.new_subgroups_by_enumeration([])
    except ValueError as error:
        print(error)
    dist.destroy_process_group()


main()

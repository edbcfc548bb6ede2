import os

import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

print(dist.is_available(), dist.is_initialized())
os.environ.update(MASTER_ADDR="localhost", MASTER_PORT="29511")
dist.init_process_group("gloo", rank=0, world_size=1)
print(dist.is_initialized(), dist.get_rank(), dist.get_world_size(), dist.get_backend())
x = torch.arange(3.0)
dist.all_reduce(x)
parts = [torch.zeros(3)]
dist.all_gather(parts, x)
dist.broadcast(x, 0)
dist.barrier()
objects = [None]
dist.all_gather_object(objects, {"rank": 0})
print(x, parts, objects)
model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))
print(list(model.state_dict()))
alone = dist.new_group([0])
print(dist._rank_not_in_group(None), dist._rank_not_in_group(alone))  # what ignite asks before it computes
dist._all_gather_base(torch.zeros(3), x)
dist.destroy_process_group()
sampler = DistributedSampler(range(10), num_replicas=3, rank=1, shuffle=False)
print(list(sampler), len(sampler), list(DistributedSampler(range(10), 3, 2, shuffle=False, drop_last=True)))
loader = DataLoader(
    TensorDataset(torch.arange(6)), batch_size=2, sampler=DistributedSampler(range(6), 2, 0, shuffle=False)
)
print([batch[0].tolist() for batch in loader])

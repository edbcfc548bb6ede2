"""Hooks of DistributedDataParallel, statistics of torch.monitor, pools of processes."""

import datetime
import os

import torch
import torch.distributed as dist
from torch.distributed.algorithms.ddp_comm_hooks import DDPCommHookType, default_hooks, register_ddp_comm_hook
from torch.distributed.algorithms.ddp_comm_hooks.post_localSGD_hook import PostLocalSGDState, post_localSGD_hook
from torch.monitor import Aggregation, Event, Stat, log_event, register_event_handler, unregister_event_handler
from torch.multiprocessing.pool import Pool
from torch.multiprocessing.reductions import init_reductions, reduction
from torch.nn.parallel import DistributedDataParallel

os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29527", RANK="0", WORLD_SIZE="1")


def model():
    made = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    with torch.no_grad():
        for p in made.parameters():
            p.copy_(torch.arange(p.numel()).view(p.shape) / 30)
    return DistributedDataParallel(made)


def doubled(state, bucket):
    state["seen"] += sum(g.numel() for g in bucket.gradients())
    state["last"] += bucket.is_last()
    done = torch.futures.Future()
    done.set_result(bucket.buffer() * 2)
    return done


def main():
    dist.init_process_group("gloo")
    x = torch.linspace(-1, 1, 6).view(2, 3)
    seen = {"seen": 0, "last": 0}
    local = PostLocalSGDState(None, dist.group.WORLD, start_localSGD_iter=1)
    hooks = {
        "none": lambda m: None,
        "doubled": lambda m: m.register_comm_hook(seen, doubled),
        "mean": lambda m: m.register_comm_hook(None, default_hooks.allreduce_hook),
        "half": lambda m: m.register_comm_hook(None, default_hooks.fp16_compress_hook),
        "wrapped": lambda m: m.register_comm_hook(seen, default_hooks.fp16_compress_wrapper(doubled)),
        "local": lambda m: m.register_comm_hook(local, post_localSGD_hook),
        "by name": lambda m: register_ddp_comm_hook(DDPCommHookType.FP16_COMPRESS, m),
    }
    for name, register in hooks.items():
        made = model()
        register(made)
        for _ in range(2):
            made(x).square().sum().backward()
        print(name, [p.grad for p in made.parameters()])
    print(seen["seen"], seen["last"] > 0, local.iter)
    made = model()
    made.register_comm_hook(None, default_hooks.allreduce_hook)
    for wrong in (default_hooks.allreduce_hook, 5):
        try:
            made.register_comm_hook(None, wrong)
        except (RuntimeError, TypeError) as error:
            print(type(error).__name__, error)
    with made.no_sync():
        made(x).sum().backward()
    dist.destroy_process_group()

    events = []
    handle = register_event_handler(events.append)
    kinds = (Aggregation.SUM, Aggregation.COUNT, Aggregation.MEAN, Aggregation.MIN, Aggregation.MAX)
    stat = Stat("loss", kinds, datetime.timedelta(days=300), 3)
    for number in (1, 5, 3, 9):
        stat.add(number)
    print(stat.name, stat.count, sorted((kind.name, value) for kind, value in stat.get().items()))
    log_event(Event("epoch", datetime.datetime(2020, 1, 1), {"n": 1, "name": "a"}))
    print([(event.name, sorted(event.data)) for event in events], events[-1].timestamp, events[-1].data["name"])
    unregister_event_handler(handle)
    log_event(events[0])
    print(len(events), callable(init_reductions), reduction.ForkingPickler.__name__, Pool.__name__)


main()

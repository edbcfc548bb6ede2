"""What programs ask of platforms and compilers before they begin, and settings that they make."""

import torch
import torch._inductor.config
import torch.cuda.profiler
import torch.utils.deterministic
import torch.utils.mobile_optimizer
from torch.autograd.profiler_util import EventList, FunctionEvent
from torch.utils._triton import has_triton
from torch.utils.collect_env import get_pretty_env_info

torch._inductor.config.coordinate_descent_tuning = True
torch._inductor.config.triton.unique_kernel_names = True
with torch._inductor.config.patch(max_autotune=True):
    torch._inductor.cudagraph_mark_step_begin()
    print(torch._inductor.config.max_autotune)
with torch._inductor.config.patch({"max_autotune": True, "triton.unique_kernel_names": False}):
    print(torch._inductor.config.max_autotune, torch._inductor.config.triton.unique_kernel_names)
print(torch._inductor.config.max_autotune, torch._inductor.config.triton.unique_kernel_names)
print(
    torch._inductor.config.coordinate_descent_tuning, has_triton(), torch.utils.deterministic.fill_uninitialized_memory
)
print(torch.mtia.is_available(), torch.mtia.device_count())
built = torch.backends.cusparselt.is_available(), torch.backends.cuda.is_flash_attention_available()
print([type(answer) for answer in built])  # which ones depends on how PyTorch was built
print([line.split(":")[0] for line in get_pretty_env_info().splitlines() if line.startswith(("PyTorch", "Python"))])

valid = []


class Asking(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        valid.append(torch.autograd._is_checkpoint_valid())
        return gradient


x = torch.ones(2, requires_grad=True)
Asking.apply(x).sum().backward()
torch.autograd.grad(Asking.apply(x).sum(), x)
print(torch.autograd._is_checkpoint_valid(), valid)

with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiled:
    x + 1
row = profiled.key_averages()[0]
print(isinstance(profiled.events(), EventList), isinstance(profiled.events()[0], FunctionEvent))
print(row.cpu_time_total_str.endswith("s"), row.self_cpu_time_total_str.endswith("s"), row.device_time_total_str)

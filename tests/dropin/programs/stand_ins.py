import torch
from torch import nn


@torch.jit.script
def scaled(x: torch.Tensor, by: float) -> torch.Tensor:
    return x * by


class Model(nn.Module):
    @torch.jit.ignore
    def helper(self) -> list[str]:
        return ["a"]

    @torch.jit.export
    def extra(self, x: torch.Tensor) -> torch.Tensor:
        return x

    def forward(self, x):
        if torch.jit.is_scripting() or torch.jit.is_tracing() or torch.compiler.is_compiling():
            return x
        torch._assert(x.dim() == 1, "one dimension")
        return scaled(x, 2.0)


model = Model()
print(model(torch.ones(2)), model.helper(), model.extra(torch.zeros(1)))
print(torch.jit.is_scripting(), torch.jit.is_tracing(), torch.compiler.is_compiling(), torch.onnx.is_in_onnx_export())
try:
    model(torch.ones(1, 1))
except AssertionError as error:
    print("AssertionError", error)
torch.set_float32_matmul_precision("high")
print(torch.get_float32_matmul_precision(), torch.backends.mps.is_built(), torch.are_deterministic_algorithms_enabled())
torch.set_float32_matmul_precision("highest")


@torch.compiler.disable
def plain(x):
    return x + 1


print(plain(torch.zeros(2)), torch.jit.annotate(int, 3))

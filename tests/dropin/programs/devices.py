import torch

for name in ("cpu", "cuda", "cuda:1", "mps", "xpu", "meta"):
    device = torch.device(name)
    print(device, repr(device), device.type, device.index, device == torch.device(name), device == name)
print(
    torch.device("cuda", 0) == torch.device("cuda:0"),
    torch.device("cuda") == torch.device("cpu"),
    torch.device("cpu") == "npu",
)
for wrong in ("npu", "cuda:x", ""):
    try:
        torch.device(wrong)
    except RuntimeError as error:
        print(type(error).__name__, str(error)[:40])
x = torch.arange(3.0)
print(x.device.type, x.is_cuda, x.cpu() is x, x.to("cpu") is x, torch.get_default_device())
with torch.device("cpu"):
    print(torch.zeros(2))

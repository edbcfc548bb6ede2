"""Tensors of quantized dtypes: made, asked, viewed, saved and read."""

import copy
import io
import warnings

import torch

warnings.simplefilter("ignore")
x = torch.linspace(-1, 1, 12).view(3, 4)
tensors = [
    torch.quantize_per_tensor(x, 0.1, 10, torch.quint8),
    torch.quantize_per_tensor(x, torch.tensor(0.01), torch.tensor(-3), torch.qint8),
    torch.quantize_per_tensor(x * 1e3, 0.25, 5, torch.qint32),
    torch.quantize_per_channel(x, torch.tensor([0.1, 0.02, 0.3, 0.4]), torch.tensor([0, 1, 2, 3]), 1, torch.qint8),
    torch.quantize_per_channel(x, torch.tensor([0.1, 0.02, 0.3]).double(), torch.tensor([0, 1, 2]), 0, torch.quint8),
    torch.quantize_per_tensor_dynamic(x, torch.quint8, False),
]
for q in tensors:
    print(q, q.int_repr(), q.dequantize(), q.qscheme(), q.dtype, q.shape, q.is_quantized, q.element_size())
    print(
        q.is_floating_point(), q.numel(), q.dim(), q.stride(), isinstance(q, torch.Tensor), torch.is_tensor(q), len(q)
    )
    file = io.BytesIO()
    torch.save({"q": q}, file)
    again = torch.load(io.BytesIO(file.getvalue()))["q"]
    print(
        again.equal(q),
        copy.deepcopy(q).equal(q),
        torch.equal(again.dequantize(), torch.dequantize(q)),
        q.clone().qscheme(),
    )
a, b = tensors[0], tensors[3]
print(
    a.q_scale(),
    a.q_zero_point(),
    torch.q_scale(a),
    b.q_per_channel_scales(),
    b.q_per_channel_zero_points(),
    b.q_per_channel_axis(),
)
print(a[1], a[:, 1:3], b[0], a.view(12), a.reshape(4, 3).T, a.permute(1, 0).is_contiguous(), a[0, 0].item())
a.copy_(x * 2)
print(
    a,
    torch.dequantize([a, b])[1],
    torch.quantize_per_tensor([x, x], torch.tensor([0.1, 0.2]), torch.tensor([0, 1]), torch.qint8),
)
rounded = torch.tensor([0.05, 0.15, 0.25, -0.05, float("inf"), 1e10, -1e10])
print(torch.quantize_per_tensor(rounded, 0.1, 0, torch.qint8).int_repr())
calls = {
    "a zero point out of range": lambda: torch.quantize_per_tensor(x, 0.1, 300, torch.quint8),
    "float64": lambda: torch.quantize_per_tensor(x.double(), 0.1, 3, torch.quint8),
    "another dtype": lambda: torch.quantize_per_tensor(x, 0.1, 3, torch.float32),
    "lengths": lambda: torch.quantize_per_channel(x, torch.tensor([0.1, 0.2]), torch.tensor([0, 1, 2]), 1, torch.qint8),
    "to floats": lambda: a.to(torch.float32),
    "scales along an axis": lambda: b.T,
}
for name, call in calls.items():
    try:
        print(call())
    except RuntimeError as error:
        print(name, type(error).__name__, error)
for call in (lambda: a + a, lambda: a.sum(), lambda: x.int_repr(), lambda: a.q_per_channel_axis(), lambda: b.q_scale()):
    try:
        print(call())
    except RuntimeError as error:
        print(isinstance(error, NotImplementedError))

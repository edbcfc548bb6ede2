"""The device ``meta``: shapes, dtypes and strides without elements, beside PyTorch."""

from __future__ import annotations

import pytest

from tests.programs import assert_same

TENSORS = """
x = torch.empty(2, 3, device="meta")
print(x, x.is_meta, x + 1, (x @ x.T).shape, x.sum(0).shape, torch.cat([x, x]).shape, x[0].stride())
print(torch.ones(2, 3).t().to("meta").stride(), torch.empty_like(x, device="cpu").is_meta, torch.ones_like(x), x.new_ones(2))
print(torch.empty(10**6, 10**6, device="meta").shape, x.copy_(torch.ones(2, 3)), x.data_ptr(), x.untyped_storage().data_ptr())
for fails in (x.tolist, x.sum().item, x.cpu, x.numpy, lambda: torch.ones(2, 3).copy_(x)):
    try:
        print(fails())
    except Exception as error:
        print(type(error).__name__, error)
"""

MODULES = """
with torch.device("meta"):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    print(torch.arange(3), torch.tensor([1.0]), torch.zeros(2, device="cpu").is_meta, torch.get_default_device())
print(torch.zeros(2).is_meta)
x = torch.empty(2, 3, 8, 8, device="meta")
model(x).sum().backward()
optimizer = torch.optim.AdamW(model.parameters())
optimizer.step()
print(model[0].weight.grad.shape, model[0].weight.is_meta, nn.init.orthogonal_(model[0].weight).shape)
real = model.to_empty(device="cpu")
for t in (*real.parameters(), *real.buffers()):
    t.data.fill_(1)
print(real.eval()(torch.ones(1, 3, 8, 8)))
with torch.device("meta"):
    layer = nn.Linear(2, 2)
print(layer.load_state_dict(nn.Linear(2, 2).state_dict(), assign=True), layer.weight.is_meta)
"""


@pytest.mark.parametrize("program", [TENSORS, MODULES])
def test_meta(program: str) -> None:
    assert_same(program)

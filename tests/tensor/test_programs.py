"""Short programs as PyTorch's users type them, with ``torch`` and with ``cltorch as torch``: results, prints, errors."""

from __future__ import annotations

import pytest

from tests.beside import assert_beside, programs

TENSORS = """
data = [[1, 2], [3, 4]]
x_data = torch.tensor(data)
x_ones = torch.ones_like(x_data)
x_rand = torch.rand_like(x_data, dtype=torch.float)
print(f"Ones Tensor: \\n {x_ones} \\n")
R = x_data, x_rand.shape, torch.from_numpy(np.array(data))

shape = (2, 3,)
print(torch.ones(shape), torch.zeros(shape), torch.rand(shape).shape)
tensor = torch.rand(3, 4)
print(f"Shape of tensor: {tensor.shape}")
print(f"Datatype of tensor: {tensor.dtype}")

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
t = torch.ones(2, 2).to(device)
t2 = torch.ones(2, 2, device=device)
R = (t + t2).cpu(), t.device == device, isinstance(t.device, torch.device)

tensor = torch.ones(4, 4)
print(f"First row: {tensor[0]}")
print(f"First column: {tensor[:, 0]}")
print(f"Last column: {tensor[..., -1]}")
tensor[:, 1] = 0
t1 = torch.cat([tensor, tensor, tensor], dim=1)
y1 = tensor @ tensor.T
y2 = tensor.matmul(tensor.T)
y3 = torch.rand_like(y1)
torch.matmul(tensor, tensor.T, out=y3)
z3 = torch.rand_like(tensor)
torch.mul(tensor, tensor, out=z3)
R = t1, y1, y2, y3, z3

agg = x.sum()
agg_item = agg.item()
print(f"{agg_item:.4f}", type(agg_item))
x.add_(5)
R = x

t = torch.ones(5)
print(f"t: {t}")
n = t.numpy()
print(f"n: {n}")
R = n + 1, torch.from_numpy(np.ones(5))

torch.manual_seed(0)
a = torch.randn(4, 4)
torch.manual_seed(0)
b = torch.randn(4, 4)
R = torch.equal(a, b), torch.allclose(a, b), a.size(), a.view(16).size(), a.view(-1, 8).size()

R = torch.is_tensor(x), torch.numel(x), x.nelement(), x.dim(), x.ndimension(), x.element_size(), x.type()
print(x.shape, x.dtype, x.layout, x.requires_grad, x.is_leaf, x.grad)

x = torch.empty(5, 3).fill_(2)
y = torch.zeros(5, 3, dtype=torch.long)
print(x, y)
result = torch.empty(5, 3)
torch.add(x, y, out=result)
y.add_(x.long())
R = result, y, x[:, 1], y.t_()

x = x.new_ones(5, 3, dtype=torch.double)
print(x)
x = torch.zeros_like(x, dtype=torch.float)
print(x, x.size())

x = torch.tensor([5.5, 3])
print(x, x.new_tensor([1]), x.item() if x.numel() == 1 else x.tolist())

print(torch.tensor([[0.1, 1.2], [2.2, 3.1], [4.9, 5.2]]), torch.tensor([0, 1]), torch.tensor(3.14159), torch.tensor([]))
print(torch.tensor([[0.11111, 0.222222, 0.3333333]], dtype=torch.float64))

torch.set_printoptions(precision=2, sci_mode=False)
print(x, torch.tensor([1e-5, 1000.0]))
torch.set_printoptions(profile="default")

torch.set_printoptions(threshold=5, edgeitems=1, linewidth=40)
print(x, k)
torch.set_printoptions(profile="default")

torch.set_default_dtype(torch.float64)
try:
    R = torch.tensor([1.2, 3]), torch.zeros(2), k / 2, torch.arange(3.0), torch.get_default_dtype()
    print(torch.ones(2), x)
finally:
    torch.set_default_dtype(torch.float32)

torch.set_default_device("cpu")
try:
    R = torch.zeros(2), torch.zeros(2).device == torch.get_default_device()
finally:
    torch.set_default_device(None)

with torch.device("cpu"):
    a = torch.arange(6).view(2, 3)
    b = torch.tensor([1, 2, 3])
R = a + b, a * b, a @ b

with torch.no_grad():
    y = r * 2
with torch.inference_mode():
    z = r * 2
with torch.enable_grad():
    w = r * 2
R = y.requires_grad, z.requires_grad, w.requires_grad, torch.is_grad_enabled()

import random
random.seed(0)
np.random.seed(0)
torch.manual_seed(0)
torch.cuda.manual_seed_all(0)
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False
R = torch.initial_seed()
"""
INDEXING = """
a = torch.arange(12).reshape(3, 4)
R = a[0], a[-1], a[:, 1], a[1, 2], a[1:, :2], a[::2, ::3], a[..., 0], a[None].shape, a[[0, 2]], a[a > 5], a[:, [1, 3]]

a = torch.zeros(3, 4)
a[1] = 1
a[:, 2] = torch.tensor([5.0, 6, 7])
a[a == 1] = 9
a[[0, 2], [0, 3]] = torch.tensor([-1.0, -2])
a[0, 1:3] += 10
a[..., -1] *= 2
R = a

rows = torch.arange(4)
best = x.argmax(dim=1)
R = x[rows, best], x.gather(1, best.unsqueeze(1)).squeeze(1), x.max(dim=1).values

mask = x > 0
R = x[mask], mask.sum(), mask.float().mean(), x.masked_fill(~mask, float("-inf")).softmax(-1), torch.where(mask, x, 0.0)

idx = torch.randperm(4)
shuffled = x[idx]
R = shuffled[idx.argsort()]

labels = torch.tensor([0, 2, 1])
onehot = torch.zeros(3, 3)
onehot.scatter_(1, labels.unsqueeze(1), 1.0)
R = onehot, torch.eye(3)[labels]

y = x.clone()
v1 = y.view(-1)
v2 = y.t()
v1[0] = 100
v2[1, 0] = 200
y[2:].zero_()
R = y, v1, v2, y.data_ptr() == v1.data_ptr(), y.storage().data_ptr() == v2.storage().data_ptr()

base = torch.arange(10.0)
part = base[2:8:2]
part.mul_(-1)
window = base.unfold(0, 3, 3)
window[1] = 0
R = base, part, window, part.stride(), part.storage_offset(), part.is_contiguous(), base._version

d = torch.zeros(3, 3)
d.diagonal().copy_(torch.tensor([1.0, 2, 3]))
d.fill_diagonal_(5)
torch.diagonal(d, 1)[:] = 7
R = d, d.trace(), torch.diag(d), d.tril(), d.triu(1)

y = x.clone()
y <<= 1

n = k.clone()
view = n[0]
n <<= 1
n >>= 2
n |= 1
n &= 7
n ^= 2
n //= 2
n %= 3
R = n, view, n._version

y = x.clone()
y[0] = "a"

y = x.clone()
y[1] = [1, 2, 3, 4, 5, 6]

y = x.clone()
y[1] = None

n = k.clone()
n[b] = 2.7
n[0, 0] = 9.9
R = n

n = k.clone()
n[[0]] = x[0]

y = x.clone()
del y[0]

y = torch.arange(4.0)
y[1:].copy_(y[:-1].clone())
y.copy_(2)
R = y

a, b = x[:2]
R = a + b, [t.sum() for t in x], torch.stack([t * 2 for t in x]), sum(v), len(x)

parts = torch.chunk(x, 4, dim=1)
R = parts, torch.split(x, [1, 2, 1]), torch.cat(parts, dim=1), torch.unbind(x, 1), torch.stack(x.unbind(0))
"""
COMPUTING = """
mean = x.mean(dim=0, keepdim=True)
std = x.std(dim=0, keepdim=True)
R = (x - mean) / (std + 1e-8)

scores = x @ x.t() / math.sqrt(x.size(-1))
weights = torch.softmax(scores, dim=-1)
R = weights @ x, weights.sum(-1)

causal = torch.triu(torch.ones(4, 4, dtype=torch.bool), diagonal=1)
scores = (x @ x.t()).masked_fill(causal, float("-inf"))
R = scores.softmax(dim=-1)

q = x.view(4, 2, 3).transpose(0, 1)
R = torch.einsum("hqd,hkd->hqk", q, q), torch.bmm(q, q.transpose(1, 2)), q.contiguous().view(2, -1)

position = torch.arange(0, 4, dtype=torch.float).unsqueeze(1)
div_term = torch.exp(torch.arange(0, 6, 2).float() * (-math.log(10000.0) / 6))
pe = torch.zeros(4, 6)
pe[:, 0::2] = torch.sin(position * div_term)
pe[:, 1::2] = torch.cos(position * div_term)
R = pe.unsqueeze(0).transpose(0, 1)

dist = ((x.unsqueeze(1) - x.unsqueeze(0)) ** 2).sum(-1).sqrt()
R = dist, dist.topk(2, largest=False).indices, dist.argsort(1)

values, indices = torch.topk(x, 3)
print(x.max(1), x.sort(0, descending=True), torch.topk(v, 2), torch.min(x, dim=1), v.median(), x.mode if False else "")
top = x.max(dim=1)
R = values, indices, top.values, top[1], top.indices

preds = torch.argmax(x, dim=1)
labels = k[:, 0] % 6
accuracy = (preds == labels).float().mean().item()
correct = (preds == labels).sum().item()
print(f"{accuracy:.2%} {correct}")

print(torch.unique(k % 4, return_counts=True)[1].sum(), torch.bincount(k[0] % 3, minlength=3))
R = torch.unique(torch.tensor([3, 1, 2, 1])), torch.cumsum(v, 0), torch.cumprod(v, dim=0), v.flip(0), torch.roll(v, 2)

R = torch.clamp(x, -0.5, 0.5), x.clamp(min=0), torch.abs(x), torch.sign(x), x.round(), x.floor(), torch.pow(x, 2), x ** 2, 2 ** x

R = x.half() + x, x.half() * 2.5, k.int() + k, k.to(torch.uint8) + k.to(torch.int8), b + 1, b * x, k / 2, k // 2, s + k, i + x

R = torch.allclose(x, x + 1e-9), torch.equal(x, x), torch.isclose(x, x + 1).any(), (x == x).all(), torch.eq(x, x).all().item()

R = torch.linspace(0, 1, 5), torch.arange(0, 1, 0.25), torch.eye(2), torch.full((2, 2), 7), torch.logspace(0, 1, 3)

grid_x, grid_y = torch.meshgrid(torch.arange(3), torch.arange(2), indexing="ij")
R = torch.stack([grid_x, grid_y], -1), torch.cartesian_prod(torch.arange(2), torch.arange(3))

R = torch.norm(x), x.norm(dim=1), x.norm(p=1), torch.dot(v, v), torch.outer(v, v), torch.mv(x, v), torch.addmm(x[:, :4], x, x.t())

R = x.sum(axis=1), torch.mean(x, axis=0), torch.concatenate([x, x], axis=1), x.max(axis=1)[0], torch.argmax(x, axis=-1)

torch.testing.assert_close(torch.exp(torch.log(x.abs())), x.abs())
torch.testing.assert_close(x, x + 1)

x @ x

x.view(5, 5)

torch.cat([x, v])

torch.zeros(2, 3) + torch.zeros(2, 4)

x[10]

if x > 0:
    R = 1

x.numpy().dtype
r.numpy()

torch.tensor([1, 2]).mean()

torch.stack([torch.zeros(2), torch.zeros(3)])

x.to("nowhere")
"""
GRADIENTS = """
x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()
print(x, y, out)
out.backward()
R = x.grad

w = torch.tensor([1.0], requires_grad=True)
bias = torch.zeros(1, requires_grad=True)
for _ in range(20):
    loss = ((w * v + bias - (3 * v + 1)) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        bias -= 0.1 * bias.grad
        w.grad.zero_()
        bias.grad = None
R = w, bias

x = torch.tensor([2.0, 3.0], requires_grad=True)
y = torch.tensor([6.0, 4.0], requires_grad=True)
Q = 3 * x ** 3 - y ** 2
Q.backward(gradient=torch.tensor([1.0, 1.0]))
R = x.grad, y.grad, 9 * x.detach() ** 2 == x.grad

z = r * 2
z[b] = 0
z[:, 1] *= v[:4]
(z * z).sum().backward()
R = r.grad

z = r.exp()
z.add_(1)
z.sum().backward()

y = r * 1
y[b] = y[~b].sum()
first = y[[0, 1]]
y[0] = 0
(first.sum() + (y * y).sum()).backward()
R = r.grad

values = v.clone().requires_grad_()
changed = values * 2
y = r * 1
y[0, [0, 2, 4, 1, 3, 5]] = changed
changed.add_(1)
(y ** 2).sum().backward()
R = r.grad, values.grad

w = k % 6
z = r.gather(1, w)
w.zero_()
z.sum().backward()

w = k % 4
y = r * 1
y[w[0], :] = 0
w.add_(1)
y.sum().backward()

print(torch.nn.Parameter(torch.ones(2)), [torch.nn.Parameter(torch.ones(1))])

z = r.mean()
print(z, (r - x).mean(), r.detach().mean())
z.backward()
R = r.grad

r.add_(1)

z = r * 2
z.detach_()
R = z.requires_grad, r.detach().requires_grad, r.data.requires_grad, r.is_leaf, (r * 2).is_leaf

r.data.mul_(0.5)
r.data = r.data + 1
R = r, r.grad

x = torch.tensor(1, requires_grad=True)

x.shape = (2, 12)

k.requires_grad_()

none, places, two = torch.empty(0, requires_grad=True), torch.empty(0, dtype=torch.int64), torch.zeros(2)
made = [two.scatter(0, places, none), two.scatter_add(0, places, none), two.scatter_reduce(0, places, none, "amax"),
        two.put(places, none), two.masked_scatter(two > 0, none), torch.cat([two, none]), torch.cat([none, two]),
        torch.cat([torch.ones(2, 2), none]), none.repeat(2), torch.segment_reduce(none, "sum", lengths=torch.tensor([0, 0]))]
R = made, [m.requires_grad for m in made], torch.autograd.grad(sum(m.sum() for m in made), none)

x = torch.arange(6.0).reshape(2, 3)
branches = (lambda a: a.sin(), lambda a: a.cos())
with torch.no_grad():
    R = [torch.cond(p, *branches, (x,)) for p in (torch.tensor(True), False, x[0, 0] > 1, torch.tensor([1]))]

torch.cond(torch.ones(2, dtype=torch.bool), lambda: 1, lambda: 2)

torch.set_anomaly_enabled(True)
R = torch.is_anomaly_enabled()
torch.set_anomaly_enabled(False)

values = torch.tensor([1.0, float("nan"), 3, 4, 5, 5, 0], requires_grad=True)
made = [torch.segment_reduce(values, how, lengths=torch.tensor([1, 2, 3, 1, 0]), initial=first)
        for how in ("max", "min", "sum", "mean") for first in (None, 0.0, 5.0)]
R = made, [torch.autograd.grad(m.sum(), values) for m in made]
"""


@pytest.mark.parametrize("program", [p for text in (TENSORS, INDEXING, COMPUTING, GRADIENTS) for p in programs(text)])
def test_does_what_it_does_with_pytorch(program: str) -> None:
    assert_beside(program)

"""Storages made, written, converted and grown by themselves."""

import warnings

import torch

warnings.simplefilter("ignore")
u = torch.UntypedStorage([1, 2, 3, 255])
print(
    u.size(),
    u.nbytes(),
    u.tolist(),
    u[1],
    u[1:3].tolist(),
    len(u),
    u.clone().tolist(),
    u.new().size(),
    u.type(),
    u.is_cuda,
    u.is_pinned(),
    u.resizable(),
    u.filename,
    u.float().tolist(),
    u.int().dtype,
    u.float(),
)
u[0] = 7
u[1:3] = 9
print(u.tolist(), u.resize_(4).tolist())
u.byteswap(torch.int16)
print(u.tolist())
print(u.copy_(torch.UntypedStorage([4, 3, 2, 1])).tolist(), u.fill_(5).tolist())
t = torch.TypedStorage([1.0, 2.0, 3.0], dtype=torch.float32)
print(
    t,
    t.type(),
    t.double(),
    t.tolist(),
    t.size(),
    t.pickle_storage_type(),
    t.int(),
    t.clone(),
    t[0],
    t.element_size(),
    t.untyped().size(),
)
print(
    t.copy_(torch.TypedStorage([4.0, 5, 6])).tolist(),
    t.fill_(2).tolist(),
    torch.TypedStorage(wrap_storage=torch.UntypedStorage([0, 0, 128, 63]), dtype=torch.float32).tolist(),
    torch.FloatStorage([1, 2]).double(),
    torch.TypedStorage(2).dtype,
    torch.TypedStorage(3, dtype=torch.int64).size(),
)
for f in (
    lambda: torch.TypedStorage(1, 2),
    lambda: t.copy_(3),
    lambda: u[100],
    lambda: torch.UntypedStorage([1.5]),
    lambda: torch.TypedStorage(wrap_storage=3, dtype=torch.int),
):
    try:
        print("ok", f())
    except Exception as e:
        print(type(e), e)
x = torch.arange(4.0)
s = x.untyped_storage()
s.fill_(0)
print(x)
s.copy_(torch.ones(4).untyped_storage())
print(x)
x.storage().copy_(torch.FloatStorage([1, 2, 3, 4]))
print(x)
s.resize_(24)
print(s.size(), x, torch.tensor([], dtype=torch.float32).set_(s).shape, x.untyped_storage().size())
x.storage()[1] = 9
print(x)
print(
    isinstance(t, torch.FloatStorage),
    torch.is_storage(u),
    isinstance(u, torch.UntypedStorage),
    torch.Size([2]),
    x.storage().tolist()[:4],
    torch.tensor([1, 2], dtype=torch.int16).untyped_storage().tolist(),
)

# Freed and given back, as sharded parameters and reversible layers are
for make in (lambda: torch.arange(4.0) * 2, lambda: torch.ones(8, dtype=torch.bfloat16)[2:6]):
    x = make()
    v, s = x.view(2, 2), x.untyped_storage()
    tripled = x * 3
    size = s.size()
    s.resize_(0)
    print(s.size(), x.untyped_storage().size(), v.shape, s.data_ptr(), tripled)
    s.resize_(size)
    v.fill_(3.0)
    print(x, v.sum(0), x.double(), s.size())
p = torch.nn.Parameter(torch.arange(4.0))
loss = (p * p).sum()
p.data.untyped_storage().resize_(0)
print(p.untyped_storage().size())
p.data.untyped_storage().resize_(32)
p.data.copy_(torch.arange(4.0))
loss.backward()
print(p.grad, p.untyped_storage().size(), p._version)
m = torch.ones(4, device="meta")
m.untyped_storage().resize_(0)
print(m.untyped_storage().size(), m.shape)


class Reversible(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        y = x.detach() * w.detach()
        ctx.save_for_backward(x, w)
        ctx.y = y
        x.untyped_storage().resize_(0)
        return y

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        x.untyped_storage().resize_(x.numel() * 4)
        x.copy_(ctx.y.detach() / w.detach())
        return g * w, g * x


w = torch.full((3,), 2.0, requires_grad=True)
x = (torch.arange(3.0) + 1).requires_grad_()
(Reversible.apply(x * 1, w) ** 2).sum().backward()
print(x.grad, w.grad)

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.library import Library, custom_op, infer_schema, opcheck, register_autograd


def show(name, f):
    try:
        print(name, "->", f())
    except Exception as e:
        print(name, "raises", type(e).__name__, str(e).splitlines()[0][:70])


@custom_op("more::total", mutates_args=())
def total(xs: list[Tensor], scale: float = 1.0) -> Tensor:
    return sum(x.sum() for x in xs) * scale


def keep(ctx, inputs, output):
    xs, scale = inputs
    ctx.shapes, ctx.scale = [x.shape for x in xs], scale


def back(ctx, g):
    print("needs", ctx.needs_input_grad)
    return [g.expand(s) * ctx.scale for s in ctx.shapes], None


total.register_autograd(back, setup_context=keep)
a, b, c = (torch.ones(n, requires_grad=n != 2) for n in (1, 2, 3))
r = total([a, b, c], 3)
print(r, r.grad_fn.name())
r.backward()
print(a.grad, b.grad, c.grad)


@custom_op("more::halves", mutates_args=())
def halves(x: Tensor) -> list[Tensor]:
    return [x[:1].clone(), x[1:].clone()]


halves.register_autograd(lambda ctx, gs: torch.cat([2 * gs[0], 3 * gs[1]]))
x = torch.arange(3.0, requires_grad=True)
h = halves(x)
print(type(h), [t.tolist() for t in h])
(h[0].sum() + h[1].sum()).backward()
print(x.grad)


@custom_op("more::pair", mutates_args=())
def pair(x: Tensor, y: Tensor | None = None, *, k: int = 2) -> tuple[Tensor, Tensor]:
    return x * k, x + (1 if y is None else y)


def keep(ctx, inputs, output, keyword_only_inputs):
    print(len(inputs), keyword_only_inputs, type(output))
    ctx.k = keyword_only_inputs["k"]
    ctx.save_for_backward(inputs[0])


pair.register_autograd(lambda ctx, g, h: (g * ctx.k + h + ctx.saved_tensors[0] * 0, None), setup_context=keep)
x.grad = None
p = pair(x, k=5)
(p[0].sum() + 7 * p[1].sum()).backward()
print(x.grad)
x.grad = None
pair(x)[1].sum().backward()
print(x.grad)
show("meta", lambda: pair(torch.ones(2, device="meta")))
pair.register_fake(lambda x, y=None, *, k=2: (torch.empty_like(x), torch.empty_like(x)))
show("meta", lambda: [t.shape for t in pair(torch.ones(2, device="meta"))])
show(
    "check",
    lambda: opcheck(
        pair, (torch.ones(2),), test_utils=["test_schema", "test_autograd_registration", "test_faketensor"]
    ),
)


@custom_op("more::cube", mutates_args=())
def cube(x: Tensor, k: float) -> Tensor:
    return torch.from_numpy(x.detach().numpy() ** 3 * k)


@cube.register_vmap
def _(info, in_dims, x, k):
    print(info.batch_size, info.randomness, len(in_dims), in_dims[1])
    return cube(x, k), in_dims[0]


show("slices", lambda: torch.vmap(lambda x: cube(x, 2.0))(torch.ones(2, 3)).tolist())
show("vmap 1", lambda: torch.vmap(lambda x: cube(x, 2.0), in_dims=1)(torch.ones(3, 3)).shape)
show("plain", lambda: cube(torch.ones(2), 1).tolist())

lib = Library("over", "DEF")
for s in (
    "f(Tensor x) -> Tensor",
    "f.Scalar(Tensor x, Scalar k) -> Tensor",
    "f.out(Tensor x, *, Tensor(a!) out) -> Tensor(a!)",
):
    lib.define(s)
lib.impl("f", lambda x: x + 1, "CPU")
lib.impl("f.Scalar", lambda x, k: x + k, "CPU")
lib.impl("f.out", lambda x, *, out: out.copy_(x), "CPU")
y = torch.zeros(2)
o = torch.ones(2)
show("f", lambda: torch.ops.over.f(y))
show("f.Scalar", lambda: torch.ops.over.f(y, 3))
show("f.out", lambda: torch.ops.over.f(y, out=o))
print(o)
show("overloads", lambda: torch.ops.over.f.overloads())
show("one", lambda: torch.ops.over.f.Scalar(y, 4))
show(
    "name",
    lambda: (
        torch.ops.over.f.out.name(),
        str(torch.ops.over.f.out),
        repr(torch.ops.over.f),
        torch.ops.over.f.out._schema,
    ),
)
show("none", lambda: torch.ops.over.f.other)
show("rule of what changes", lambda: register_autograd("over::f.out", lambda ctx, g: g))


@custom_op("more::wrong", mutates_args=())
def wrong(x: Tensor) -> Tensor:
    x.add_(1)
    return x + 1


show("wrong", lambda: opcheck(wrong, (torch.ones(2),), test_utils="test_schema"))
show("wrong name", lambda: custom_op("more::w", lambda x: x, mutates_args={"y"}))


def f(
    x: "Tensor",
    ys: "Sequence[Tensor]",
    n: "int | None" = None,
    *,
    d: torch.dtype = torch.float32,
    w: "list[float] | None" = None,
) -> "tuple[Tensor, int]": ...


show("infer", lambda: infer_schema(f, mutates_args=("x", "ys"), op_name="g"))
show("infer unknown", lambda: infer_schema(f, mutates_args="unknown"))


def g(x: Tensor, d: dict) -> Tensor: ...


show("dict", lambda: infer_schema(g, mutates_args=()))


def g2(x: Tensor, *xs: Tensor) -> Tensor: ...


show("varargs", lambda: infer_schema(g2, mutates_args=()))


def g3(x: Tensor): ...


show("noreturn", lambda: infer_schema(g3, mutates_args=()))


@custom_op("more::cast", mutates_args=())
def cast(x: Tensor) -> Tensor:
    return x * 1


cast.register_autocast("cpu", torch.bfloat16)
with torch.autocast("cpu", dtype=torch.float16):
    print(cast(torch.ones(2)).dtype, cast(torch.ones(2, dtype=torch.float64)).dtype)
print(cast(torch.ones(2)).dtype)
with torch.library._scoped_library("scoped", "FRAGMENT") as s:
    s.define("g(Tensor x, int[2] k=1) -> Tensor")
    s.impl("g", lambda x, k=(1, 1): x * k[0] + k[1], "CompositeImplicitAutograd")
    print(
        torch.ops.scoped.g(y, 3),
        torch.ops.scoped.g(y),
        torch.ops.scoped.g(y, [2, 5]),
        torch.ops.scoped.g.default._schema,
    )
show("gone", lambda: torch.ops.scoped.g)
graph = torch.fx.symbolic_trace(lambda x: torch.ops.more.cube(x, 2.0) + torch.ops.more.cube.default(x, 3.0))
print(torch.ops.more.cube.__module__, torch.ops.more.cube.default.__module__, graph.code, graph.graph)
torch.library.define("more::shape", "(Tensor x) -> Tensor")
torch.library.register_kernel("more::shape", "meta", lambda x: torch.empty_like(x)[1:])
torch.library.register_kernel("more::shape", "cpu", lambda x: x[1:].clone())
print(torch.ops.more.shape(torch.ones(3, device="meta")).shape, torch.ops.more.shape(torch.ones(3)))

"""Hooks of tensors and of nodes: when they are called, in which order, what they may change; programs beside PyTorch."""

from __future__ import annotations

import pytest

from .common import same

PROGRAMS = {
    "sees the whole gradient once": """
log = []
h = x.register_hook(lambda g: log.append(g.tolist())); (x * 2 + x * 3).sum().backward(); show(log, x.grad)
h.remove(); h.remove(); x.sum().backward(); show(log)""",
    "changes the gradient": """
a = x.register_hook(lambda g: g * 2); b = x.register_hook(lambda g: g + 1)
(x * 2 + x * 3).sum().backward(); show(x.grad, torch.autograd.grad((x * 2).sum(), x))
a.remove(); x.grad = None; x.sum().backward(); show(x.grad)""",
    "as a context": """
with x.register_hook(lambda g: g * 7):
    x.sum().backward()
x.sum().backward(); show(x.grad)""",
    "takes itself off": """
handle = x.register_hook(lambda g: handle.remove()); other = x.register_hook(lambda g: g * 5)
x.sum().backward(); x.sum().backward(); show(x.grad)""",
    "needs a gradient": "attempt(lambda: x.detach().register_hook(print), lambda: x.detach().register_post_accumulate_grad_hook(print))",
    "wrong results": """
for wrong in (torch.ones(3, dtype=torch.float64), torch.ones(2), 3.0):
    with x.register_hook(lambda g: wrong):
        attempt(lambda: x.sum().backward())
    z = x * 2
    with z.register_hook(lambda g: wrong):
        attempt(lambda: z.sum().backward())
show(x.grad)""",
    "raises": """
def hook(g): raise ValueError("from the hook")
x.register_hook(hook); attempt(lambda: x.sum().backward()); show(x.grad)""",
    "results in between": """
log = []; z = x * 2
z.register_hook(lambda g: log.append(("z", g.tolist()))); x.register_hook(lambda g: log.append(("x", g.tolist())))
w = z * z + z; w.register_hook(lambda g: (log.append(("w", g.tolist())), g * 2)[1]); w.sum().backward(); show(log, x.grad)""",
    "before and after in-place": """
z = x * 2; z.register_hook(lambda g: g * 100); z.mul_(3); z.register_hook(lambda g: g + 1); z.sum().backward(); show(x.grad)""",
    "a view before it is changed": """
z = x * 2; v = z[:1]; v.register_hook(lambda g: g * 100); v.sin_(); v.register_hook(lambda g: g + 1); v.sum().backward(); show(x.grad)""",
    "views": """
z = x * 2; z.register_hook(lambda g: g * 100); w = z.view(-1); w.register_hook(lambda g: g + 1)
w.sum().backward(); show(x.grad); x.grad = None; z.sum().backward(); show(x.grad)""",
    "views of views": """
v = (x * 1).view(2, 1); v.register_hook(lambda g: g * 10); v.t()[0].sum().backward(); show(x.grad)""",
    "an alias of the same shape": """
v = x.view_as(x); v.register_hook(lambda g: g * 5); v.sum().backward(); show(x.grad, v.is_leaf)
x.grad = None; x.sum().backward(); show(x.grad)
z = x * 2; v = z.view_as(z); v.register_hook(lambda g: g * 5); x.grad = None; z.sum().backward(); show(x.grad)""",
    "order": """
log = []; w1, w2, p = T(1.0), T(2.0), T(3.0); h1 = p * w1; h2 = h1 * w2; o = h2 * w1
named = dict(w1=w1, w2=w2, p=p, h1=h1, h2=h2, o=o)
for n, t in named.items(): t.register_hook(lambda g, n=n: log.append(n))
for n in ("w1", "w2", "p"): named[n].register_post_accumulate_grad_hook(lambda t, n=n: log.append(n + " is in"))
o.backward(); show(log)""",
    "after accumulation": """
log = []; h = x.register_post_accumulate_grad_hook(lambda p: log.append((p is x, p.grad.tolist())))
(x * 2 + x).sum().backward(); show(log); h.remove(); (x * 2 + x).sum().backward(); show(log, x.grad)
attempt(lambda: (x * 2).register_post_accumulate_grad_hook(print))
x.register_post_accumulate_grad_hook(lambda p: 3); attempt(lambda: x.sum().backward())""",
    "after accumulation only": """
log = []; x.register_post_accumulate_grad_hook(lambda p: log.append(1))
torch.autograd.grad(x.sum(), x); show(log); (x * y).sum().backward(inputs=[y]); show(log); x.sum().backward(inputs=[x]); show(log)""",
    "a step in the hook": """
def step(p):
    with torch.no_grad(): p -= p.grad
    p.grad = None
x.register_post_accumulate_grad_hook(step); (x * x).sum().backward(); show(x, x.grad)""",
    "with retain_grad": """
z = x * 2; z.retain_grad(); z.register_hook(lambda g: g * 10); z.sum().backward(); show(z.grad)
z = x * 2; z.register_hook(lambda g: g * 10); z.retain_grad(); z.sum().backward(); show(z.grad)""",
    "of a node": """
log = []; z = x * 2
h = z.grad_fn.register_hook(lambda gi, go: log.append((len(gi), gi[0].tolist(), gi[1], [g.tolist() for g in go])))
z.sum().backward(retain_graph=True); show(log); h.remove(); z.sum().backward(); show(len(log), x.grad)""",
    "of a node, changing": """
z = x * 2; z.grad_fn.register_prehook(lambda go: (go[0] * 10,))
z.grad_fn.register_hook(lambda gi, go: tuple(None if g is None else g * 2 for g in gi)); z.sum().backward(); show(x.grad)""",
    "of a node, wrong counts": """
z = x * 2; z.grad_fn.register_hook(lambda gi, go: (gi[0],) * 3); attempt(lambda: z.sum().backward())
z = x * 2; z.grad_fn.register_prehook(lambda go: go + go); attempt(lambda: z.sum().backward())""",
    "of the leaf's node": """
node = (x * 2).grad_fn.next_functions[0][0]; print(node.name(), node.variable is x, node.next_functions, type(node).__name__)
log = []; node.register_hook(lambda gi, go: log.append((gi, [g.tolist() for g in go]))); node.register_prehook(lambda go: (go[0] * 3,))
(x * 2).sum().backward(); show(log, x.grad)""",
    "nodes": """
z = x * y + x.detach(); f = z.grad_fn
print(f.name(), [(n and n.name(), k) for n, k in f.next_functions], f.next_functions[0][0].name(), f)
print([(n.name(), k) for n, k in f.next_functions[0][0].next_functions])
print(z.grad_fn is f, (z * 1).grad_fn.next_functions[0][0] is f, isinstance(f, torch.autograd.graph.Node))
f.metadata["a"] = 1; print(z.grad_fn.metadata, f(torch.ones(2, dtype=torch.float64)), x.grad_fn)""",
    "gradient edges": """
z = x * y; edge = torch.autograd.graph.get_gradient_edge(z); print(edge.output_nr, edge.node is z.grad_fn)
print(torch.autograd.grad(z.sum(), edge), torch.autograd.grad(z.sum(), (x, torch.autograd.graph.get_gradient_edge(y))))
attempt(lambda: torch.autograd.graph.get_gradient_edge(x.detach()))""",
    "gradient edges made by hand": """
Edge = torch.autograd.graph.GradientEdge; z = x * y; edge = Edge(z.grad_fn, z.output_nr); print(edge._fields)
show(*torch.autograd.grad(z.sum(), edge, retain_graph=True), *torch.autograd.grad(z.sum(), Edge(z.grad_fn.next_functions[1][0], 0), retain_graph=True))
z.sum().backward(inputs=[torch.autograd.graph.get_gradient_edge(x), edge]); show(x.grad, y.grad)
attempt(lambda: torch.autograd.grad(x.sum(), edge, materialize_grads=True))""",
    "gradient edges as outputs": """
Edge = torch.autograd.graph.get_gradient_edge; z = (x * y).sin(); e = Edge(z); g, = torch.autograd.grad(z.sum(), e, retain_graph=True)
show(*torch.autograd.grad(e, (x, y), g, retain_graph=True)); torch.autograd.backward(e, g, retain_graph=True); show(x.grad)
s = Edge(z.sum()); show(*torch.autograd.grad(s, x, retain_graph=True), *torch.autograd.grad(Edge(y), y, torch.ones_like(y)))
attempt(lambda: torch.autograd.grad(e, x), lambda: torch.autograd.grad(e, x, torch.ones(5)), lambda: torch.autograd.grad(e, x, g + 0j))""",
    "of the node where a pass ends": """
log = []; z = x.clone(); z.grad_fn.register_prehook(lambda gs: log.append("pre")); z.grad_fn.register_hook(lambda *_: log.append("post"))
z.register_hook(lambda g: g * 3); z.sum().backward(inputs=[z]); show(log, z.grad, x.grad); torch.autograd.grad(z.sum(), z); show(log)""",
    "callbacks": """
from torch.autograd import Variable; log = []; queue = Variable._execution_engine.queue_callback
def then(): log.append(x.grad.tolist()); queue(lambda: log.append("last"))
z = x * 2; z.register_hook(lambda g: queue(then)); z.sum().backward(); show(log); attempt(lambda: queue(print))""",
    "a node called": """
node = (x * 2).grad_fn; show(node(torch.ones_like(x))[0]); attempt(lambda: node(), lambda: node(x, x))""",
    "missing gradients made": """
d, = torch.autograd.grad(x.sum() * 2, x, create_graph=True, materialize_grads=True)
e, = torch.autograd.grad((x * 2).sum(), y, create_graph=True, materialize_grads=True); print(e.requires_grad)
show(*torch.autograd.grad(e.sum(), x, materialize_grads=True), *torch.autograd.grad((x * 2).sum(), y, materialize_grads=True))""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    same(PROGRAMS[name])


NAMES = [
    "x * 2",
    "x ** 2",
    "x.log1p()",
    "x.sum()",
    "x.exp()",
    "x[torch.tensor([1, 0])]",
    "x.clone()",
    "x.float()",
    "x.view(2, 1) @ x.view(1, 2)",
    "torch.cat([x, y])",
    "torch.nn.functional.cross_entropy(x, torch.tensor(1))",
    "torch.nn.functional.max_pool2d(x.expand(1, 1, 2, 2), 2)",
    "torch.nn.functional.avg_pool2d(x.expand(1, 1, 2, 2), 2)",
    "torch.nn.functional.log_softmax(x, 0)",
    "torch.nn.functional.dropout(x, 0.5)",
]


@pytest.mark.parametrize("expression", NAMES)
def test_a_node_is_called_as_in_torch(expression: str) -> None:
    same(f"print(({expression}).grad_fn.name())")

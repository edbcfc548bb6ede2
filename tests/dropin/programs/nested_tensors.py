"""Nested tensors of both layouts: what is known of them, functions of elements and rows, dimensions, reductions, padding, attention, gradients."""

from typing import Any

import torch
import torch.nn.functional as F


def show(one: Any) -> None:
    """Print the tensors of a nested one, rounded, or anything."""
    if isinstance(one, tuple):
        for part in one:
            show(part)
    elif not isinstance(one, torch.Tensor):
        print(one)
    elif one.is_nested:
        print([(part.double() * 1000).round().int().tolist() for part in one.unbind()])
    else:
        print((one.detach().double() * 1000).round().int().tolist(), one.dtype)


def attempt(function: Any) -> None:
    """Print a result, or the class of an error and its text."""
    try:
        show(function())
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        said = str(error).splitlines()[0]
        print(type(error).__name__, "" if isinstance(error, NotImplementedError) else said)


def pair(**options: Any) -> Any:
    """A new nested tensor of two."""
    return torch.nested.nested_tensor([torch.arange(6.0).view(2, 3), torch.arange(9.0).view(3, 3) + 10], **options)


n = pair(layout=torch.jagged)
length = n.size(1)
print(n.is_nested, n.layout, n.dim(), n.ndim, n.size(0), n.size(-1), n.dtype, n.numel(), n.requires_grad, len(n))
print(n.values(), n.offsets(), n.lengths(), n.size(1) == n.size(1), n.size(1) == 3, n.is_contiguous())
for function in (
    lambda: n + 1,
    lambda: 2 - n * n,
    lambda: n.relu().sin() / torch.tensor([1.0, 2.0, 3.0]),
    lambda: n * torch.tensor([[[2.0]], [[3.0]]]),
    lambda: n * torch.arange(18.0).view(2, 3, 3),
    lambda: torch.where(n > 3, n, 0.0),
    lambda: torch.zeros_like(n),
    lambda: (n == n).all(),
    lambda: n.to(torch.float16),
    lambda: n.clone().mul_(2),
    lambda: F.gelu(n),
    lambda: torch.nn.Dropout(0.0)(n),
    lambda: F.linear(n, torch.ones(2, 3)),
    lambda: F.layer_norm(n, (3,)),
    lambda: n @ torch.ones(3, 2),
    lambda: F.embedding(n.long() % 4, torch.arange(8.0).view(4, 2)),
    lambda: (n.sum(), n.mean(), n.sum(1), n.mean(1), n.amax(1), n.amin(1), n.max(1), n.sum(1, keepdim=True)),
    lambda: (n.sum(-1), n.softmax(-1), n.to_padded_tensor(0.5)),
    lambda: torch.nested.to_padded_tensor(n, -1.0, output_size=(2, 4, 3)),
    lambda: torch.nested.to_padded_tensor(n, -1.0, output_size=(2, 2, 3)),
    lambda: (n[0], n[-1], n.chunk(3, -1)[1], n.split([1, 2], -1)[1], torch.cat([n, n], -1)),
    lambda: n.unflatten(-1, (3, 1)).transpose(1, 2).unbind()[1],
    lambda: n.unflatten(-1, (3, 1)).transpose(1, 2).sum(-1).transpose(1, 2),
    lambda: (
        n.view(2, -1, 3),
        n.view(2, length, 3, 1),
        n.reshape(2, -1, 1, 3).flatten(-2),
        n.unsqueeze(-1).squeeze(-1),
    ),
    lambda: n.transpose(0, 1),
    lambda: n.squeeze(1),
    lambda: n.sum((1, 2)),
    lambda: n.flip(0),
    lambda: torch.nested.nested_tensor_from_jagged(torch.arange(10).view(5, 2), torch.tensor([0, 2, 5])),
    lambda: torch.nested.nested_tensor_from_jagged(torch.arange(10).view(5, 2), lengths=torch.tensor([2, 0, 3])),
    lambda: torch.nested.narrow(
        torch.arange(8).view(2, 4), 1, torch.tensor([0, 1]), torch.tensor([2, 3]), layout=torch.jagged
    ),
    lambda: torch.nested.masked_select(torch.arange(6).view(2, 3), torch.arange(6).view(2, 3) % 2 == 0),
    lambda: torch.nested.nested_tensor([], layout=torch.jagged),
    lambda: torch.nested.nested_tensor([[1.0, 2.0], [3.0]], layout=torch.jagged),
    lambda: torch.nested.as_nested_tensor(torch.ones(2, 3, 1), layout=torch.jagged),
):
    attempt(function)

heads = torch.nested.nested_tensor_from_jagged(torch.arange(30.0).view(5, 6).sin(), torch.tensor([0, 2, 5]))
heads = heads.unflatten(-1, (2, 3)).transpose(1, 2)
attempt(lambda: F.scaled_dot_product_attention(heads, heads, heads * 2).transpose(1, 2).flatten(-2))

parts = [torch.arange(6.0).view(2, 3).requires_grad_(), torch.ones(1, 3, requires_grad=True)]
weight = torch.ones(2, 3, requires_grad=True)
joined = torch.nested.as_nested_tensor(parts, layout=torch.jagged)
(F.linear(joined, weight) ** 2).values().sum().backward()
show((parts[0].grad, parts[1].grad, weight.grad))
leaf = pair(layout=torch.jagged, requires_grad=True)
(leaf * 2).to_padded_tensor(0.0).sum().backward()
show(leaf.grad)
print(leaf.is_leaf, leaf.requires_grad, leaf.detach().requires_grad)

s = pair()
print(s.is_nested, s.layout, s.dim(), s.size(0), s.size(2))
print(s)
for function in (
    lambda: s.size(1),
    lambda: (s + 1, s * s, s.softmax(-1), F.linear(s, torch.ones(2, 3)), s[1], s.to_padded_tensor(0.0), s.values()),
    lambda: torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(1, 4)]).to_padded_tensor(9.0),
    lambda: s.to_padded_tensor(0.0, (2, 2, 2)),
):
    attempt(function)

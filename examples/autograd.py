"""Gradients: z = ((x ** 2) * y) + (x * y), its derivatives by hand and by the library."""

from __future__ import annotations

import cltorch as torch


def function(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The formula. What it computes is recorded, so that its gradient can be asked for."""
    return ((x**2) * y) + (x * y)


def main() -> dict[str, torch.Tensor]:
    """First and second derivatives at x = 3, y = 4."""
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.tensor(4.0, requires_grad=True)
    z = function(x, y)
    z.backward()
    print(f"z = {z.item()}, made by {z.grad_fn.name()}")
    print(f"dz/dx = {x.grad.item()}, by hand 2xy + y = {2 * 3 * 4 + 4}")
    print(f"dz/dy = {y.grad.item()}, by hand x^2 + x = {3**2 + 3}")

    (slope,) = torch.autograd.grad(function(x, y), x, create_graph=True)
    (bend,) = torch.autograd.grad(slope, x)
    print(f"d2z/dx2 = {bend.item()}, by hand 2y = {2 * 4}")

    with torch.no_grad():
        print(f"without recording, a result needs no gradient: {function(x, y).requires_grad}")
    return {"z": z.detach(), "dz/dx": x.grad, "dz/dy": y.grad, "d2z/dx2": bend}


if __name__ == "__main__":
    main()

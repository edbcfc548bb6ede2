"""Tensors and NumPy: how they are made, what they can do, and how numbers get in and out."""

from __future__ import annotations

import numpy as np

import cltorch as torch


def make() -> dict[str, torch.Tensor]:
    """Tensors from lists, from NumPy arrays, from other tensors, and from rules."""
    from_list = torch.tensor([[1, 2], [3, 4]])
    from_numpy = torch.from_numpy(np.array([[1.5, 2.5], [3.5, 4.5]], dtype=np.float32))
    return {
        "from a list": from_list,
        "from NumPy": from_numpy,
        "ones like another": torch.ones_like(from_list),
        "zeros": torch.zeros(2, 3),
        "a range": torch.arange(0, 10, 2),
        "even steps": torch.linspace(0, 1, 5),
    }


def compute(a: torch.Tensor, b: torch.Tensor) -> dict[str, torch.Tensor]:
    """Arithmetic element by element, matrix products, sums, and results in place."""
    total = a.clone()
    total += b  # in place: the name keeps meaning the same tensor
    return {
        "sum": a + b,
        "product of elements": a * b,
        "matrix product": a @ b.T,
        "sums of rows": a.sum(dim=1),
        "largest": a.max(),
        "in place": total,
        "joined": torch.cat([a, b], dim=1),
    }


def views(a: torch.Tensor) -> dict[str, torch.Tensor]:
    """Rows, columns and other shapes of the same numbers: a change through one is seen through all."""
    whole = a.clone()
    column = whole[:, 1]
    column.zero_()
    return {"first row": a[0], "turned": a.T, "flat": a.reshape(-1), "a column set to zero": whole}


def main() -> dict[str, torch.Tensor]:
    """All of it, printed."""
    made = make()
    a = made["from NumPy"]
    results = {**made, **compute(a, a + 1), **views(a)}
    for name, tensor in results.items():
        print(f"{name} ({tensor.dtype}, {tuple(tensor.shape)}):\n{tensor}\n")
    array = results["sum"].numpy()
    print(f"back in NumPy: {type(array).__name__} of {array.dtype}, mean {array.mean()}")
    return results


if __name__ == "__main__":
    main()

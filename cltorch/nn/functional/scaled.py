"""Products of matrices of 8-bit floats with scales. See torch.nn.functional.scaled_mm."""

from __future__ import annotations

from enum import Enum
from typing import Any

from ... import dtypes
from ...tensor.tensor import Tensor
from .linear import grouped_mm

__all__ = ["ScalingType", "SwizzleType", "scaled_grouped_mm", "scaled_mm"]


class ScalingType(Enum):
    """What a scale belongs to: a matrix, a row, or a block of a row or a matrix."""

    TensorWise = 0
    RowWise = 1
    BlockWise1x16 = 2
    BlockWise1x32 = 3
    BlockWise1x128 = 4
    BlockWise128x128 = 5


class SwizzleType(Enum):
    """In which order scales of blocks lie in memory."""

    NO_SWIZZLE = 0
    SWIZZLE_32_4_4 = 1


for kind in (ScalingType, SwizzleType):  # as they are printed in PyTorch
    kind.__name__ = f"_{kind.__name__}"

Scales = Tensor | list[Tensor]
Recipes = ScalingType | list[ScalingType]
Swizzles = SwizzleType | list[SwizzleType] | None


def scaled_mm(
    mat_a: Tensor,
    mat_b: Tensor,
    scale_a: Scales,
    scale_recipe_a: Recipes,
    scale_b: Scales,
    scale_recipe_b: Recipes,
    swizzle_a: Swizzles = None,
    swizzle_b: Swizzles = None,
    bias: Tensor | None = None,
    output_dtype: dtypes.dtype | None = dtypes.bfloat16,
    contraction_dim: list[int] | tuple[int, ...] = (),
    use_fast_accum: bool = False,
) -> Tensor:
    """``(mat_a * scale_a) @ (mat_b * scale_b) + bias`` of (M, K) and (K, N) in an 8-bit float, in ``output_dtype`` (None: that of
    ``mat_a``), added up in float32. Scales are float32: one of the matrix (``TensorWise``), or (M, 1) and (1, N) (``RowWise``).

    As PyTorch's CPU: ValueError for scales of blocks, and for sizes that don't fit.
    """
    if mat_a.dim() != 2 or mat_b.dim() != 2:
        raise ValueError(f"{'mat_a' if mat_a.dim() != 2 else 'mat_b'} must be a matrix")
    (m, k), (other, n) = mat_a.shape, mat_b.shape
    if k != other:
        raise ValueError(f"mat_a and mat_b shapes cannot be multiplied ({m}x{k} and {other}x{n})")
    recipes, scales = (_one(scale_recipe_a), _one(scale_recipe_b)), (_one(scale_a), _one(scale_b))
    _check(mat_a, mat_b, scales, recipes)
    for name, scale, shape in zip("ab", scales, ([m, 1], [1, n])):
        if recipes[0] is ScalingType.TensorWise:
            if scale.numel() != 1:
                raise ValueError(f"scale_{name} must have 1 Float element")
        elif list(scale.shape) != shape:
            raise ValueError(f"scale_{name} must have shape {shape}, got [{list(scale.shape)}]")
    rows, columns = (scale.reshape(()) if scale.numel() == 1 else scale for scale in scales)
    made = (mat_a.float() @ mat_b.float()) * rows * columns
    made = made if bias is None else made + bias.float()
    return made.to(output_dtype or mat_a.dtype)


def scaled_grouped_mm(
    mat_a: Tensor,
    mat_b: Tensor,
    scale_a: Scales,
    scale_recipe_a: Recipes,
    scale_b: Scales,
    scale_recipe_b: Recipes,
    swizzle_a: Swizzles = None,
    swizzle_b: Swizzles = None,
    bias: Tensor | None = None,
    offs: Tensor | None = None,
    output_dtype: dtypes.dtype | None = dtypes.bfloat16,
    contraction_dim: list[int] | tuple[int, ...] = (),
    use_fast_accum: bool = False,
) -> Tensor:
    """`grouped_mm` of matrices in an 8-bit float with a float32 scale for each row of ``mat_a`` and each column of ``mat_b``
    (``RowWise``): (rows) of a matrix, (groups, rows) of a stack of them; where columns of ``mat_a`` and rows of ``mat_b`` are what
    is grouped, each group has scales of its own, one behind the other.

    ValueError for other scales, and for sizes that don't fit. PyTorch's CPU has no such product.
    """
    recipes, scales = (_one(scale_recipe_a), _one(scale_recipe_b)), (_one(scale_a), _one(scale_b))
    _check(mat_a, mat_b, scales, recipes)
    if recipes[0] is not ScalingType.RowWise:
        raise ValueError("scaled_grouped_mm(): scales belong to rows (ScalingType.RowWise)")
    if bias is not None:
        raise RuntimeError("Bias not supported yet")
    made = grouped_mm(mat_a.float(), mat_b.float(), offs=offs)
    rows, columns = scales
    if mat_a.dim() == mat_b.dim() == 2:  # (groups, M, N)
        rows, columns = rows.reshape(made.shape[0], -1), columns.reshape(made.shape[0], -1)
    elif (
        mat_a.dim() == 2 or mat_b.dim() == 2
    ):  # the scales of a group belong to the rows, or to the columns, that it has
        return _jagged(made, rows, columns, mat_a.dim() == 2, offs).to(output_dtype or mat_a.dtype)
    return (made * rows.unsqueeze(-1) * columns.unsqueeze(-2)).to(output_dtype or mat_a.dtype)


def _jagged(made: Tensor, rows: Tensor, columns: Tensor, by_rows: bool, offs: Any) -> Tensor:
    """A grouped product times its scales, those of the stack by the group of a row or of a column."""
    length = made.shape[0] if by_rows else made.shape[1]
    sizes = offs.diff(prepend=offs.new_zeros(1)).long()
    stack = columns if by_rows else rows
    of_each = stack.repeat_interleave(sizes, 0, output_size=length)
    return made * rows.unsqueeze(-1) * of_each if by_rows else made * columns.unsqueeze(0) * of_each.mT


def _one(given: Any) -> Any:
    """What is given once, or as a list of one."""
    return given[0] if isinstance(given, (list, tuple)) else given


def _check(a: Tensor, b: Tensor, scales: tuple[Tensor, Tensor], recipes: tuple[Any, Any]) -> None:
    """ValueError unless both matrices are of an 8-bit float and both scales float32 of one kind that is done here."""
    known = (ScalingType.TensorWise, ScalingType.RowWise)
    floats = all(scale.dtype is dtypes.float32 for scale in scales)
    if recipes[0] is recipes[1] and recipes[0] in known and floats and all(t.dtype.itemsize == 1 for t in (a, b)):
        return
    m, n = a.shape[-2], b.shape[-1]
    raise ValueError(
        "Invalid scaling configuration.\n"
        "- For TensorWise scaling, a and b should be float8, scales should be float and singletons.\n"
        f"- For RowWise scaling, a and b should be float8, scales should be float, scale_a should be ({m}, 1) and "
        f"scale_b should be (1, {n}), and both should be contiguous.\n"
        f"Got {_described('a', a, scales[0])}, {_described('b', b, scales[1], ' and ')}"
    )


def _described(name: str, matrix: Tensor, scale: Tensor, last: str = ", ") -> str:
    """A matrix and its scale, as PyTorch describes them."""
    return (
        f"mat_{name}.dtype()={matrix.dtype.title}, scale_{name}.dtype()={scale.dtype.title}, "
        f"scale_{name}.size()={list(scale.shape)}{last}scale_{name}.stride()={list(scale.stride())}"
    )

"""`rearrange`: dimensions named, split, joined and ordered by a pattern. See torch.func.rearrange and einops (Rogozhnikov 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ..tensor.joining import stack
from ..tensor.tensor import Tensor

Group = Sequence[str]  # the names that make one dimension together
ELLIPSIS = "..."
BARE = (ELLIPSIS,)  # all dimensions that have no name, each by itself; as a list they are one


class DimensionBindError(Exception):
    """Sizes of named dimensions do not go with those of the tensor. See functorch.dim.DimensionBindError."""


def rearrange(tensor: Tensor | list[Tensor] | tuple[Tensor, ...], pattern: str, **axes_lengths: int) -> Tensor:
    """The elements in the order that a pattern says, ``"b c (h w) -> b (c h) w"``; ``axes_lengths`` are sizes of named parts.

    A list of tensors of one shape is stacked first. ValueError for a pattern that cannot be read or does not fit,
    `DimensionBindError` for sizes that do not.
    """
    x = tensor if isinstance(tensor, Tensor) else stack(tensor)
    left, right = _sides(pattern)
    _check_names(left, right, axes_lengths)
    rest = x.dim() - sum(group != BARE for group in left)
    if rest < 0 or (rest and BARE not in left):
        raise ValueError(
            f"Number of dimensions in pattern ({x.dim() - rest}) must be equal to the number of dimensions in the tensor "
            f"({x.dim()})"
        )
    unnamed = [f"{ELLIPSIS}{k}" for k in range(rest)]
    names: list[str] = []
    sizes: list[int] = []
    at = 0
    for group in left:
        if group == BARE:
            names += unnamed
            sizes += x.shape[at : at + rest]
            at += rest
        else:
            parts = _parts(group, x.shape[at], axes_lengths)
            names += [name for name in group if name != "1"]
            sizes += [size for name, size in zip(group, parts, strict=True) if name != "1"]
            at += 1
    size_of = dict(zip(names, sizes, strict=True))
    shape: list[int] = []
    order: list[int] = []
    for group in right:
        ordered = [part for name in group for part in (unnamed if name == ELLIPSIS else [name])]
        each = [1 if name == "1" else size_of[name] for name in ordered]
        shape += each if group == BARE else [prod(each)]
        order += [names.index(name) for name in ordered if name != "1"]
    return x.reshape(sizes).permute(order).reshape(shape)


def _parts(group: Group, n: int, lengths: dict[str, int]) -> list[int]:
    """The sizes of the parts of a dimension of ``n`` elements, of which one may not be given."""
    known = [1 if name == "1" else lengths.get(name) for name in group]
    open_parts = [k for k, size in enumerate(known) if size is None]
    if len(open_parts) > 1:
        raise DimensionBindError(
            f"cannot infer the sizes of two dimensions at once {' and '.join(group[k] for k in open_parts[:2])}"
        )
    given = prod(size for size in known if size is not None)
    if open_parts and (not given or n % given):
        shown = tuple("?" if size is None else size for size in known)
        raise DimensionBindError(f"inferred dimension does not evenly fit into larger dimension: {n} vs {shown}")
    if not open_parts and given != n:
        raise DimensionBindError(f"Dimension sizes to do not match ({n} != {given}) when matching {' '.join(group)}")
    return [n // given if size is None else size for size in known]


def _check_names(left: list[Group], right: list[Group], lengths: dict[str, int]) -> None:
    """ValueError for names that are on one side only, or on none."""
    sides = [{name for group in side for name in group if name != "1"} for side in (left, right)]
    if sides[0] != sides[1]:
        raise ValueError(
            f"Identifiers only on one side of rearrange expression (should be on both): {sides[0] ^ sides[1]}"
        )
    unknown = set(lengths) - sides[0]
    if unknown:
        raise ValueError(f"Identifiers not found in rearrange expression: {unknown}")


def _sides(pattern: str) -> tuple[list[Group], list[Group]]:
    """Both sides of a pattern."""
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError("Pattern must contain a single '->' separator")
    left, right = map(_groups, sides)
    if any(ELLIPSIS in group and group != BARE for group in left):
        raise ValueError(f"Ellipsis is parenthesis in the left side is not allowed: {pattern}")
    return left, right


def _groups(side: str) -> list[Group]:
    """The dimensions that one side of a pattern names."""
    if "." in side and (side.count(".") != 3 or ELLIPSIS not in side):
        raise ValueError("Expression may contain dots only inside ellipsis (...); only one ellipsis for tensor ")
    groups: list[Group] = []
    inside = False
    for token in side.replace("(", " ( ").replace(")", " ) ").split():
        if token == "(" and inside:
            raise ValueError("Axis composition is one-level (brackets inside brackets not allowed)")
        if token in "()":
            if token == ")" and not inside:
                raise ValueError(f"Imbalanced parentheses in expression: '{side}'")
            inside = token == "("
            groups += [[]] * inside
            continue
        _check_name(token, [name for group in groups for name in group])
        if inside:
            groups[-1] = [*groups[-1], token]
        else:
            groups.append((token,))
    if inside:
        raise ValueError(f"Imbalanced parentheses in expression: '{side}'")
    return groups


def _check_name(name: str, before: Sequence[str]) -> None:
    """ValueError for what no dimension can be called, and for a name that is there already."""
    if name.isdecimal() and name != "1":
        raise ValueError("rearrange only supports unnamed axes of size 1")
    if name not in ("1", ELLIPSIS) and (not name.isidentifier() or name.strip("_") != name):
        raise ValueError(f"Invalid axis identifier: {name}\naxis name should should not start or end with underscore")
    if name != "1" and name in before:
        raise ValueError(f"Indexing expression contains duplicate dimension '{name}'")

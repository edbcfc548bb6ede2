"""Rows of recurrent layers: whole sequences in one direction, and their gradients, which `nn.functional.recurrent` joins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels import recurrent
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta


@heavy("inputs weight bias hidden cell lengths", params=("mode", "backwards", "ragged"))
def recurrent_steps(
    inputs: Meta,
    weight: Meta,
    bias: Meta,
    hidden: Meta,
    cell: Meta,
    lengths: Meta,
    mode: str,
    backwards: bool,
    ragged: bool,
) -> Job:
    """States of all steps, the last one, and what the gradient needs; see `kernels.recurrent.lower`."""
    count, batch, _ = inputs.shape
    size, dtype = weight.shape[1], inputs.dtype
    request = recurrent.Steps(mode, count, batch, size, backwards, ragged, dtype)
    whole, row, gates = ((count, batch, size), dtype), ((batch, size), dtype), ((count, batch, 4 * size), dtype)
    more = {"LSTM": (row, gates, whole), "GRU": (gates,)}.get(mode, ())
    return recurrent.lower, request, (whole, row, *more)


@heavy(
    "grad_states grad_last grad_cell weight states gates cells hidden cell lengths",
    params=("mode", "backwards", "ragged", "outer"),
)
def recurrent_gradient(
    grad_states: Meta,
    grad_last: Meta,
    grad_cell: Meta,
    weight: Meta,
    states: Meta,
    gates: Meta,
    cells: Meta,
    hidden: Meta,
    cell: Meta,
    lengths: Meta,
    mode: str,
    backwards: bool,
    ragged: bool,
    outer: bool,
) -> Job:
    """Gradients of the inputs' products, of the first state, and more by mode; see `kernels.recurrent.lower_gradient`."""
    count, batch, size = states.shape
    dtype = states.dtype
    request = recurrent.Steps(mode, count, batch, size, backwards, ragged, dtype, outer)
    products, row = ((count, batch, weight.shape[0]), dtype), ((batch, size), dtype)
    more = {"LSTM": (row,), "GRU": (products,)}.get(mode, ())
    return recurrent.lower_gradient, request, (products, row, *more)

"""Recurrent layers, one direction at a time: the products of all inputs at once, then the recurrence.

A whole sequence is one composite: its recording makes all steps without running them in Python again, and its gradient goes back
through them by a rule of its own, whose products with weights are done for all steps together.
"""

from __future__ import annotations

from typing import Any

from ...autograd.composite import composite
from ...tensor.indexing import join
from ...tensor.tensor import Tensor
from .linear import linear

__all__: list[str] = []


def _steps(count: int, backwards: bool) -> Any:
    return range(count - 1, -1, -1) if backwards else range(count)


def _stacked(parts: list[Tensor]) -> Tensor:
    return join([part.unsqueeze(0) for part in parts], 0)


def _held(new: Tensor, old: Tensor, live: Any, t: int) -> Tensor:
    """The new state where the sequence goes on at step ``t``, else the old one."""
    return new if live is None else new.where(live[t], old)


def _split(gates: Tensor, count: int) -> list[Tensor]:
    size = gates._meta.shape[-1] // count
    return [gates.narrow(-1, k * size, size) for k in range(count)]


def _weight_gradient(grads: Tensor, before: list[Tensor]) -> Tensor:
    """The gradient of a recurrent weight from those of all products (T, N, G) and the states before each step."""
    states = _stacked(before)
    flat = grads.reshape(-1, grads._meta.shape[-1])
    return flat.transpose(0, 1).matmul(states.reshape(-1, states._meta.shape[-1]))


def _given(g: Any, like: Tensor) -> Tensor:
    return like._full_like(0) if g is None else g


# --- plain ----------------------------------------------------------------------------------------------------------------


def _rnn_vjp(
    g: Any, y: Any, aux: Any, inputs: Tensor, hidden: Tensor, weight: Tensor, live: Any, kind: str, backwards: bool
) -> tuple[Any, ...]:
    count = inputs._meta.shape[0]
    before, after = aux[:count], aux[count:]
    outer = None if g[0] is None else g[0]
    carried = _given(g[1], hidden)
    grads: list[Any] = [None] * count
    for k in reversed(range(count)):
        t = _steps(count, backwards)[k]
        arrived = carried if outer is None else carried + (outer[t] if live is None else outer[t].where(live[t], 0.0))
        now = arrived if live is None else arrived.where(live[t], 0.0)
        slope = (1.0 - after[k] * after[k]) if kind == "tanh" else (after[k] > 0).to(now.dtype)
        grads[t] = now * slope
        carried = grads[t].matmul(weight)
        if live is not None:
            carried = carried + arrived.where(~live[t], 0.0)
    order = list(_steps(count, backwards))
    whole = _stacked([grads[t] for t in order])
    return _stacked(grads), carried, _weight_gradient(whole, list(before)), None


@composite(vjp=_rnn_vjp, saves="aux", name="rnn", results=2)
def _rnn(inputs: Tensor, hidden: Tensor, weight: Tensor, live: Any, kind: str, backwards: bool) -> Any:
    """States of all steps (T, N, H) and the last one, from the inputs' products (T, N, H)."""
    count = inputs._meta.shape[0]
    outs: list[Any] = [None] * count
    before, after = [], []
    turned = weight.transpose(0, 1)
    for t in _steps(count, backwards):
        before.append(hidden)
        reached = inputs[t] + hidden.matmul(turned)
        new = reached.tanh() if kind == "tanh" else reached.relu()
        after.append(new)
        outs[t] = new if live is None else new.where(live[t], 0.0)
        hidden = _held(new, hidden, live, t)
    return (_stacked(outs), hidden * 1.0), tuple(t.clone() for t in (*before, *after))


# --- LSTM -----------------------------------------------------------------------------------------------------------------


def _lstm_vjp(
    g: Any, y: Any, aux: Any, inputs: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, live: Any, backwards: bool
) -> tuple[Any, ...]:
    count = inputs._meta.shape[0]
    states, gates, before, cells = (aux[k * count : (k + 1) * count] for k in range(4))
    carried, kept = _given(g[1], hidden), _given(g[2], cell)
    grads: list[Any] = [None] * count
    for k in reversed(range(count)):
        t = _steps(count, backwards)[k]
        arrived = carried
        if g[0] is not None:
            arrived = arrived + (g[0][t] if live is None else g[0][t].where(live[t], 0.0))
        now, inner = arrived, kept
        if live is not None:
            now, inner = arrived.where(live[t], 0.0), kept.where(live[t], 0.0)
        i, f, new, o = _split(gates[k], 4)
        bent = cells[k].tanh()
        inner = inner + now * o * (1.0 - bent * bent)
        parts = [
            inner * new * i * (1.0 - i),
            inner * before[k] * f * (1.0 - f),
            inner * i * (1.0 - new * new),
            now * bent * o * (1.0 - o),
        ]
        grads[t] = join(parts, 1)
        past, passed = kept, arrived
        kept, carried = inner * f, grads[t].matmul(weight)
        if live is not None:
            kept = kept + past.where(~live[t], 0.0)
            carried = carried + passed.where(~live[t], 0.0)
    whole = _stacked([grads[t] for t in _steps(count, backwards)])
    return _stacked(grads), carried, kept, _weight_gradient(whole, list(states)), None


@composite(vjp=_lstm_vjp, saves="aux", name="lstm", results=3)
def _lstm(inputs: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, live: Any, backwards: bool) -> Any:
    """States of all steps (T, N, H), the last state and the last cell (Hochreiter, Schmidhuber 1997), from the inputs'
    products (T, N, 4 H) for the gates in, forget, cell and out."""
    count = inputs._meta.shape[0]
    outs: list[Any] = [None] * count
    states, gates, before, cells = [], [], [], []
    turned = weight.transpose(0, 1)
    for t in _steps(count, backwards):
        states.append(hidden)
        before.append(cell)
        i, f, new, o = _split(inputs[t] + hidden.matmul(turned), 4)
        i, f, new, o = i.sigmoid(), f.sigmoid(), new.tanh(), o.sigmoid()
        gates.append(join([i, f, new, o], 1))
        reached = f * cell + i * new
        cells.append(reached)
        found = o * reached.tanh()
        outs[t] = found if live is None else found.where(live[t], 0.0)
        hidden, cell = _held(found, hidden, live, t), _held(reached, cell, live, t)
    aux = tuple(t.clone() for t in (*states, *gates, *before, *cells))
    return (_stacked(outs), hidden * 1.0, cell * 1.0), aux


# --- GRU ------------------------------------------------------------------------------------------------------------------


def _gru_vjp(
    g: Any, y: Any, aux: Any, inputs: Tensor, hidden: Tensor, weight: Tensor, bias: Any, live: Any, backwards: bool
) -> tuple[Any, ...]:
    count = inputs._meta.shape[0]
    states, gates, inners = (aux[k * count : (k + 1) * count] for k in range(3))
    carried = _given(g[1], hidden)
    grads: list[Any] = [None] * count
    through: list[Any] = [None] * count
    for k in reversed(range(count)):
        t = _steps(count, backwards)[k]
        arrived = carried
        if g[0] is not None:
            arrived = arrived + (g[0][t] if live is None else g[0][t].where(live[t], 0.0))
        now = arrived if live is None else arrived.where(live[t], 0.0)
        r, z, new = _split(gates[k], 3)
        inner = now * (1.0 - z) * (1.0 - new * new)
        update, reset = now * (states[k] - new) * z * (1.0 - z), inner * inners[k] * r * (1.0 - r)
        grads[t] = join([reset, update, inner], 1)
        through[t] = join([reset, update, inner * r], 1)
        carried = through[t].matmul(weight) + now * z
        if live is not None:
            carried = carried + arrived.where(~live[t], 0.0)
    whole = _stacked([through[t] for t in _steps(count, backwards)])
    grad_bias = None if bias is None else whole.sum((0, 1))
    return _stacked(grads), carried, _weight_gradient(whole, list(states)), grad_bias, None


@composite(vjp=_gru_vjp, saves="aux", name="gru", results=2)
def _gru(inputs: Tensor, hidden: Tensor, weight: Tensor, bias: Any, live: Any, backwards: bool) -> Any:
    """States of all steps (T, N, H) and the last one (Cho et al. 2014), from the inputs' products (T, N, 3 H) for the gates
    reset, update and new."""
    count = inputs._meta.shape[0]
    outs: list[Any] = [None] * count
    states, gates, inners = [], [], []
    for t in _steps(count, backwards):
        states.append(hidden)
        mapped = _split(linear(hidden, weight, bias), 3)
        given = _split(inputs[t], 3)
        r, z = (given[0] + mapped[0]).sigmoid(), (given[1] + mapped[1]).sigmoid()
        new = (given[2] + r * mapped[2]).tanh()
        gates.append(join([r, z, new], 1))
        inners.append(mapped[2])
        found = new + z * (hidden - new)
        outs[t] = found if live is None else found.where(live[t], 0.0)
        hidden = _held(found, hidden, live, t)
    return (_stacked(outs), hidden * 1.0), tuple(t.clone() for t in (*states, *gates, *inners))


# --- a layer --------------------------------------------------------------------------------------------------------------


def layer(
    mode: str, input: Tensor, state: tuple[Tensor, ...], weights: list[Any], live: Any, backwards: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One layer in one direction: input (T, N, in), state (h,) or (h, c), ``weights`` w_ih, w_hh, b_ih, b_hh and w_hr, each
    None if there is none; ``live`` (T, N, 1) says where sequences go on."""
    w_ih, w_hh, b_ih, b_hh, w_hr = weights
    if mode == "GRU":
        inputs = linear(input, w_ih, b_ih)
        outs, last = _gru(inputs, state[0], w_hh, b_hh, live, backwards=backwards)
        return outs, (last,)
    inputs = linear(input, w_ih, None if b_ih is None else b_ih + b_hh)
    if mode != "LSTM":
        kind = "tanh" if mode == "RNN_TANH" else "relu"
        outs, last = _rnn(inputs, state[0], w_hh, live, kind=kind, backwards=backwards)
        return outs, (last,)
    if w_hr is None:
        hidden, cell = state
        outs, last, cell = _lstm(inputs, hidden, cell, w_hh, live, backwards=backwards)
        return outs, (last, cell)
    return _projected(inputs, state, w_hh, w_hr, live, backwards)


def _projected(
    inputs: Tensor, state: tuple[Tensor, ...], w_hh: Tensor, w_hr: Tensor, live: Any, backwards: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """An LSTM whose state is a map of its output (Sak et al. 2014), step by step."""
    hidden, cell = state
    count = inputs._meta.shape[0]
    outs: list[Any] = [None] * count
    for t in _steps(count, backwards):
        i, f, new, o = _split(inputs[t] + linear(hidden, w_hh), 4)
        reached = f.sigmoid() * cell + i.sigmoid() * new.tanh()
        found = linear(o.sigmoid() * reached.tanh(), w_hr)
        outs[t] = found if live is None else found.where(live[t], 0.0)
        hidden, cell = _held(found, hidden, live, t), _held(reached, cell, live, t)
    return _stacked(outs), (hidden, cell)

"""Recurrent layers and cells.

A layer's whole sequence in one direction is three launches: the products of all inputs, the packing of the recurrent weights, and
all steps (`kernels.recurrent`). Its gradient is as few, with one product for the weights' gradients. Step by step, from
the ops of cells, go what has no such kernel: projections, gradients of gradients, and on GPUs weights so large that one
work-group could not read them fast.
"""

from __future__ import annotations

from typing import Any

from ...autograd.composite import composite
from ...autograd.modes import MODE, no_autocast
from ...ops import recurrent as rows
from ...ops.names import public
from ...tensor.apply import apply_several
from ...tensor.indexing import join
from ...tensor.tensor import Tensor
from .linear import linear

__all__: list[str] = []

ONE_GROUP = 1 << 22  # bytes of recurrent weights up to which a work-group of a GPU takes all steps


# --- cells ----------------------------------------------------------------------------------------------------------------


def _split(gates: Tensor, count: int) -> list[Tensor]:
    size = gates._cl_meta.shape[-1] // count
    return [gates.narrow(-1, k * size, size) for k in range(count)]


def _lstm_rule(g: Any, y: Any, aux: Any, gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    i, f, new, o, bent = aux
    inner = cell._full_like(0) if g[1] is None else g[1]
    if g[0] is not None:
        inner = inner + g[0] * o * (1.0 - bent * bent)
    parts = [inner * new * i * (1.0 - i), inner * cell * f * (1.0 - f), inner * i * (1.0 - new * new)]
    parts.append(cell._full_like(0) if g[0] is None else g[0] * bent * o * (1.0 - o))
    return join(parts, 1), inner * f


@composite(vjp=_lstm_rule, saves="aux cell", name="mul", results=2)
def _lstm_gates(gates: Tensor, cell: Tensor) -> Any:
    """The next state and cell (Hochreiter, Schmidhuber 1997) from the products (N, 4 H) of in, forget, cell and out."""
    i, f, new, o = _split(gates, 4)
    i, f, new, o = i.sigmoid(), f.sigmoid(), new.tanh(), o.sigmoid()
    reached = f * cell + i * new
    bent = reached.tanh()
    return (o * bent, reached), (i, f, new, o, bent)


def _gru_rule(g: Any, y: Any, aux: Any, given: Tensor, mapped: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    r, z, new = aux
    inner = g * (1.0 - z) * (1.0 - new * new)
    reset, update = inner * _split(mapped, 3)[2] * r * (1.0 - r), g * (hidden - new) * z * (1.0 - z)
    return join([reset, update, inner], 1), join([reset, update, inner * r], 1), g * z


@composite(vjp=_gru_rule, saves="aux mapped hidden", name="add")
def _gru_gates(given: Tensor, mapped: Tensor, hidden: Tensor) -> Any:
    """The next state (Cho et al. 2014) from the products (N, 3 H) of the input and of the state: reset, update and new."""
    x, h = _split(given, 3), _split(mapped, 3)
    r, z = (x[0] + h[0]).sigmoid(), (x[1] + h[1]).sigmoid()
    new = (x[2] + r * h[2]).tanh()
    return new + z * (hidden - new), (r, z, new)


def cell(mode: str, input: Tensor, states: tuple[Tensor, ...], weights: list[Any]) -> tuple[Tensor, ...]:
    """The states (h,) or (h, c) after one step, from an input (N, in); ``weights`` are w_ih, w_hh, b_ih and b_hh."""
    if MODE.cast is not None:
        input, states, weights = MODE.cast.like_states(f"{mode.lower()}_cell", (input, states, weights))
        with no_autocast():
            return cell(mode, input, states, weights)
    w_ih, w_hh, b_ih, b_hh = weights
    return next_states(mode, linear(input, w_ih, b_ih), states, w_hh, b_hh)


def next_states(mode: str, given: Tensor, states: tuple[Tensor, ...], weight: Tensor, bias: Any) -> tuple[Tensor, ...]:
    """The states (h,) or (h, c) after one step, from the input's product."""
    mapped = linear(states[0], weight, bias)
    if mode == "LSTM":
        return _lstm_gates(given + mapped, states[1])
    if mode == "GRU":
        return (_gru_gates(given, mapped, states[0]),)
    reached = given + mapped
    return (reached.tanh() if mode == "RNN_TANH" else reached.relu(),)


def _cell(mode: str, input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Any, b_hh: Any) -> tuple[Tensor, ...]:
    return cell(mode, input, tuple(hx) if mode == "LSTM" else (hx,), [w_ih, w_hh, b_ih, b_hh])


@public("torch")
def lstm_cell(
    input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The state and cell (N, H) after one step, from an input (N, in) and a pair of them. See torch.nn.LSTMCell."""
    hidden, cell = _cell("LSTM", input, hx, w_ih, w_hh, b_ih, b_hh)
    return hidden, cell


@public("torch")
def gru_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """The state (N, H) after one step, from an input (N, in) and a state. See torch.nn.GRUCell."""
    return _cell("GRU", input, hx, w_ih, w_hh, b_ih, b_hh)[0]


@public("torch")
def rnn_tanh_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """The state (N, H) after one step, from an input (N, in) and a state. See torch.nn.RNNCell."""
    return _cell("RNN_TANH", input, hx, w_ih, w_hh, b_ih, b_hh)[0]


@public("torch")
def rnn_relu_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """The state (N, H) after one step, from an input (N, in) and a state. See torch.nn.RNNCell."""
    return _cell("RNN_RELU", input, hx, w_ih, w_hh, b_ih, b_hh)[0]


# --- whole sequences ------------------------------------------------------------------------------------------------------


def _walk(
    mode: str, given: Tensor, states: tuple[Tensor, ...], weights: tuple[Any, ...], lengths: Any, backwards: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """A sequence step by step: states of all steps (T, N, H), and the last ones. ``weights``: w_hh, b_hh, w_hr."""
    w_hh, b_hh, w_hr = weights
    count = given._cl_meta.shape[0]
    outs: list[Any] = [None] * count
    for t in reversed(range(count)) if backwards else range(count):
        found = next_states(mode, given[t], states, w_hh, b_hh)
        if w_hr is not None:  # the state is a map of the output (Sak et al. 2014)
            found = (linear(found[0], w_hr), *found[1:])
        if lengths is None:
            outs[t], states = found[0].unsqueeze(0), found
        else:
            live = (lengths > t).unsqueeze(1)
            outs[t] = found[0].where(live, 0.0).unsqueeze(0)
            states = tuple(new.where(live, old) for new, old in zip(found, states, strict=True))
    return join(outs, 0), states


def _sequence(
    mode: str, given: Tensor, states: tuple[Tensor, ...], weight: Tensor, bias: Any, lengths: Any, backwards: bool
) -> Any:
    """States of all steps and the last ones; and what the rule needs: states once more, as nobody changes them, and what else
    the kernel leaves."""
    if MODE.enabled:
        outs, last = _walk(mode, given, states, (weight, bias, None), lengths, backwards)
        return (outs, *last), ()
    hidden = states[0]._dense()
    further = (hidden if tensor is None else tensor._dense() for tensor in (states[-1], lengths))
    operands = (given._dense(), weight._dense(), hidden if bias is None else bias._dense(), hidden, *further)
    made = apply_several(rows.recurrent_steps, operands, (mode, backwards, lengths is not None))
    kept = made[0]._made(made[0]._storage.freeze(), made[0]._cl_meta, None)
    return made[: 1 + len(states)], (kept, *made[1 + len(states) :])


def _sequence_rule(
    g: Any,
    aux: Any,
    given: Tensor,
    states: tuple[Tensor, ...],
    weight: Tensor,
    lengths: Any,
    mode: str,
    backwards: bool,
) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    """Gradients of the inputs' products, of the recurrent products (T, N, gates * H), and of the first states."""
    hidden = states[0]._dense()
    outer, *last = g
    last = [hidden._full_like(0) if grad is None else grad._dense() for grad in last]
    outs = aux[0]
    gates = outs if mode.startswith("RNN") else aux[1]
    cells, cell = (aux[2], states[1]._dense()) if mode == "LSTM" else (outs, hidden)
    operands = (outs if outer is None else outer._dense(), last[0], last[-1], weight._dense(), outs, gates, cells)
    ends = hidden if lengths is None else lengths._dense()
    params = (mode, backwards, lengths is not None, outer is not None)
    made = apply_several(rows.recurrent_gradient, (*operands, hidden, cell, ends), params)
    if mode == "GRU":
        return made[0], made[2], made[1:2]
    return made[0], made[0], made[1:]


def _weight_gradient(grads: Tensor, outs: Tensor, hidden: Tensor, lengths: Any, backwards: bool) -> Tensor:
    """The gradient of a recurrent weight from those of its products (T, N, G) and the states (T, N, H) that it met: the first
    one in the first step of each row, else that of the step before."""
    count, batch, _ = outs._cl_meta.shape
    if backwards and lengths is not None:
        times = outs._range(0, 1, count).reshape(count, 1, 1)
        starts = times == lengths.reshape(batch, 1) - 1
        before = hidden.where(starts, join([outs.narrow(0, 1, count - 1), hidden.unsqueeze(0)], 0))
        return _flat(grads).transpose(0, 1).matmul(_flat(before))
    first, later, before_later = (count - 1, 0, 1) if backwards else (0, 1, 0)
    found = grads[first].transpose(0, 1).matmul(hidden)
    if count == 1:
        return found
    left, right = grads.narrow(0, later, count - 1), outs.narrow(0, before_later, count - 1)
    return found + _flat(left).transpose(0, 1).matmul(_flat(right))


def _flat(t: Tensor) -> Tensor:
    return t.reshape(-1, t._cl_meta.shape[-1])


def _rnn_rule(
    g: Any,
    y: Any,
    aux: Any,
    given: Tensor,
    hidden: Tensor,
    weight: Tensor,
    bias: Any,
    lengths: Any,
    mode: str,
    backwards: bool,
) -> tuple[Any, ...]:
    grads, products, first = _sequence_rule(g, aux, given, (hidden,), weight, lengths, mode, backwards)
    of_weight = _weight_gradient(products, aux[0], hidden, lengths, backwards)
    return grads, *first, of_weight, None if bias is None else products.sum((0, 1)), None


@composite(vjp=_rnn_rule, saves="aux", name="stack", results=2)
def _rnn(given: Tensor, hidden: Tensor, weight: Tensor, bias: Any, lengths: Any, mode: str, backwards: bool) -> Any:
    """An RNN or GRU: states of all steps (T, N, H) and the last one."""
    return _sequence(mode, given, (hidden,), weight, bias, lengths, backwards)


def _lstm_layer_rule(
    g: Any, y: Any, aux: Any, given: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, lengths: Any, backwards: bool
) -> tuple[Any, ...]:
    grads, products, first = _sequence_rule(g, aux, given, (hidden, cell), weight, lengths, "LSTM", backwards)
    return grads, *first, _weight_gradient(products, aux[0], hidden, lengths, backwards), None


@composite(vjp=_lstm_layer_rule, saves="aux", name="mkldnn_rnn_layer", results=3)
def _lstm(given: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, lengths: Any, backwards: bool) -> Any:
    """An LSTM: states of all steps (T, N, H), the last state and the last cell."""
    return _sequence("LSTM", given, (hidden, cell), weight, None, lengths, backwards)


def layer(
    mode: str, input: Tensor, states: tuple[Tensor, ...], weights: list[Any], lengths: Any, backwards: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One layer in one direction: input (T, N, in), states (h,) or (h, c), ``weights`` w_ih, w_hh, b_ih, b_hh and w_hr, each
    None if there is none; ``lengths`` (N,) in int32 says where sequences end."""
    if MODE.cast is not None:
        listed = mode != "LSTM" or lengths is None  # PyTorch's autocast knows no packed LSTM
        name = mode.lower() if listed else ""
        input, states, weights = MODE.cast.like_states(name, (input, states, weights))
        with no_autocast():
            return layer(mode, input, states, weights, lengths, backwards)
    w_ih, w_hh, b_ih, b_hh, w_hr = weights
    if mode != "GRU" and b_ih is not None:
        b_ih, b_hh = b_ih + b_hh, None
    given = linear(input, w_ih, b_ih)
    for operand in (*states, w_hh, b_hh, w_hr):
        if operand is not None and operand._cl_meta.dtype is not given._cl_meta.dtype:
            kinds = f"{operand._cl_meta.dtype.title} and {given._cl_meta.dtype.title}"
            raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {kinds}")
    device = w_hh._cl_meta.device
    if w_hr is not None or (device.traits.form == "gpu" and w_hh.nbytes > ONE_GROUP):
        return _walk(mode, given, states, (w_hh, b_hh, w_hr), lengths, backwards)
    if mode == "LSTM":
        outs, hidden, cell = _lstm(given, states[0], states[1], w_hh, lengths, backwards=backwards)
        return outs, (hidden, cell)
    if mode == "GRU" and b_hh is None:
        b_hh = w_hh._filled(w_hh._cl_meta.shape[:1], 0, w_hh._cl_meta.dtype, device)
    outs, hidden = _rnn(given, states[0], w_hh, b_hh, lengths, mode=mode, backwards=backwards)
    return outs, (hidden,)

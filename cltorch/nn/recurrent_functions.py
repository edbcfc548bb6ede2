"""Recurrent networks as functions of their weights: ``torch.lstm``, ``torch.gru``, ``torch.rnn_tanh``, ``torch.rnn_relu``."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..ops.names import public
from ..tensor.indexing import join
from ..tensor.tensor import Tensor
from . import functional as F
from .functional import recurrent
from .utils.rnn import _unpacked


def _layers(
    mode: str, x: Tensor, states: tuple[Tensor, ...], params: list[Any], settings: tuple[Any, ...], lengths: Any
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """All layers and directions over (T, N, in); ``settings``: biases, number of layers, dropout, training, bidirectional."""
    has_biases, layers, dropout, train, bidirectional = settings
    directions = 2 if bidirectional else 1
    each = len(params) // (layers * directions)
    last: list[list[Tensor]] = [[] for _ in states]
    for level in range(layers):
        outs = []
        for backwards in range(directions):
            at = level * directions + backwards
            w_ih, w_hh, *rest = params[at * each : (at + 1) * each]
            biases, projection = (rest[:2], rest[2:]) if has_biases else ([None, None], rest)
            weights = [w_ih, w_hh, *biases, projection[0] if projection else None]
            own = tuple(state[at] for state in states)
            out, ends = recurrent.layer(mode, x, own, weights, lengths, bool(backwards))
            outs.append(out)
            for kept, end in zip(last, ends):
                kept.append(end.unsqueeze(0))
        x = join(outs, 2) if len(outs) > 1 else outs[0]
        if dropout and train and level < layers - 1:
            x = F.dropout(x, dropout)
    return x, tuple(join(kept, 0) if len(kept) > 1 else kept[0] for kept in last)


def _padded(mode: str, input: Tensor, states: Any, params: Any, settings: tuple[Any, ...], batch_first: bool) -> Any:
    x, last = _layers(mode, input.transpose(0, 1) if batch_first else input, states, list(params), settings, None)
    return x.transpose(0, 1) if batch_first else x, *last


def _packed(mode: str, data: Tensor, batch_sizes: Tensor, states: Any, params: Any, settings: tuple[Any, ...]) -> Any:
    """Of packed sequences: their elements step by step, and how many sequences go on at each step."""
    sizes = [int(n) for n in batch_sizes.tolist()]
    x, lengths = _unpacked(data, sizes, len(sizes), 0.0)
    ends = None if sizes[0] == sizes[-1] else x.new_tensor(lengths, dtype=dtypes.int32)
    x, last = _layers(mode, x, states, list(params), settings, ends)
    places = [t * sizes[0] + k for t, size in enumerate(sizes) for k in range(size)]
    flat = x.reshape(len(sizes) * sizes[0], x.shape[2])
    return flat.index_select(0, flat._range(0, 1, 1).new_tensor(places)), *last


def _network(mode: str, name: str) -> None:
    """The public function of a kind of network: of padded input, or of packed input and the batch sizes."""

    def network(input: Tensor, *args: Any, batch_first: bool = False) -> Any:
        packed = isinstance(args[2], (tuple, list))  # batch sizes, states, weights; else states, weights, a bool
        hx, params, *settings = args[1:] if packed else args
        states = tuple(hx) if mode == "LSTM" else (hx,)
        if packed:
            return _packed(mode, input, args[0], states, params, tuple(settings))
        if len(settings) == 6:
            batch_first = settings.pop()
        return _padded(mode, input, states, params, tuple(settings), batch_first)

    network.__name__ = network.__qualname__ = name
    network.__doc__ = (
        f"{mode} over (T, N, in): ``{name}(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)``, or "
        f"over packed input: ``{name}(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)``. "
        "All outputs of the last layer, and the last states."
    )
    public()(network)


for _mode, _name in (("LSTM", "lstm"), ("GRU", "gru"), ("RNN_TANH", "rnn_tanh"), ("RNN_RELU", "rnn_relu")):
    _network(_mode, _name)

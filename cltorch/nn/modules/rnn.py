"""Recurrent layers and cells. See torch.nn.modules.rnn."""

from __future__ import annotations

import numbers
from math import sqrt
from typing import Any

from ... import dtypes
from ...ops.mode import MODE
from ...tensor.creation import empty, tensor
from ...tensor.indexing import join
from ...tensor.tensor import Tensor
from ...warned import warn
from .. import functional as F
from .. import init
from ..functional import recurrent
from ..parameter import Parameter
from ..utils.rnn import PackedSequence, _unpacked
from .module import Module

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]


def _apply_permutation(tensor: Tensor, permutation: Tensor, dim: int = 1) -> Tensor:
    return tensor.index_select(dim, permutation)


def apply_permutation(tensor: Tensor, permutation: Tensor, dim: int = 1) -> Tensor:
    """``tensor.index_select(dim, permutation)``; it warns. See torch.nn.modules.rnn.apply_permutation."""
    warn("`apply_permutation` is deprecated, please use `tensor.index_select(dim, permutation)` instead", FutureWarning)
    return _apply_permutation(tensor, permutation, dim)


GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class RNNBase(Module):
    """What recurrent layers share: parameters ``weight_ih_l0``, ``weight_hh_l0``, ``bias_ih_l0``, ... and the walk through
    layers and directions."""

    __constants__ = [
        "mode",
        "input_size",
        "hidden_size",
        "num_layers",
        "bias",
        "batch_first",
        "dropout",
        "bidirectional",
        "proj_size",
    ]

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        self._check_arguments(dropout)
        if mode not in GATES:
            raise ValueError("Unrecognized RNN mode: " + mode)
        state = proj_size or hidden_size
        self._flat_weights_names: list[str] = []
        for layer in range(num_layers):
            for suffix in self._suffixes(layer):
                width = input_size if layer == 0 else state * self._directions
                rows = GATES[mode] * hidden_size
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, width), "weight_hh": (rows, state)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    setattr(self, f"{name}_{suffix}", Parameter(empty(shape, device=device, dtype=dtype)))
                    self._flat_weights_names.append(f"{name}_{suffix}")
        self.reset_parameters()

    def _check_arguments(self, dropout: Any) -> None:
        is_number = isinstance(dropout, numbers.Number) and not isinstance(dropout, bool)
        if not is_number or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and self.num_layers == 1:
            warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
                f"greater than 1, but got dropout={dropout} and num_layers={self.num_layers}"
            )
        for name, kind in (("input_size", int), ("hidden_size", int), ("bias", bool), ("batch_first", bool)):
            if not isinstance(getattr(self, name), kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(getattr(self, name)).__name__}")
        for name in ("input_size", "hidden_size"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _suffixes(self, layer: int) -> list[str]:
        return [f"l{layer}", f"l{layer}_reverse"][: self._directions]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _all_weights(self) -> list[list[str]]:
        """The names of the parameters of each layer and direction."""
        names = self._flat_weights_names
        count = len(names) // (self.num_layers * self._directions)
        return [names[i : i + count] for i in range(0, len(names), count)]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [getattr(self, name) for name in self._flat_weights_names]

    def flatten_parameters(self) -> None:
        """Nothing: parameters may lie anywhere here."""

    def _init_flat_weights(self) -> None:
        """Nothing: ``_flat_weights`` are the parameters that there are when they are asked for."""

    _update_flat_weights = _init_flat_weights

    def _weights_have_changed(self) -> bool:
        """False: ``_flat_weights`` are the parameters."""
        return False

    def reset_parameters(self) -> None:
        """Uniform numbers within ``1 / sqrt(hidden_size)``."""
        bound = 1.0 / sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size != 0:
            text += f", proj_size={self.proj_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.batch_first is not False:
            text += f", batch_first={self.batch_first}"
        if self.dropout != 0:
            text += f", dropout={self.dropout}"
        return text if self.bidirectional is False else f"{text}, bidirectional={self.bidirectional}"

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """ValueError for another dtype than the weights', RuntimeError for another number of dimensions or of features."""
        own = getattr(self, self._flat_weights_names[0]).dtype
        if input.dtype is not own and MODE.cast is None:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({own}). "
                f"Convert input: input.to({own}), or convert model: model.to({input.dtype})"
            )
        wanted = 3 if batch_sizes is None else 2
        if input.dim() != wanted:
            raise RuntimeError(f"input must have {wanted} dimensions, got {input.dim()}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )

    def get_expected_hidden_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of the states of all layers: (layers * directions, N, size)."""
        batch = input.shape[0 if self.batch_first else 1] if batch_sizes is None else int(batch_sizes[0])
        return self.num_layers * self._directions, batch, self.proj_size or self.hidden_size

    def check_hidden_size(
        self, hx: Tensor, expected_hidden_size: tuple[int, int, int], msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """RuntimeError unless states have this shape."""
        if tuple(hx.shape) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """RuntimeError unless an input and states fit this layer."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """The states of the sequences in another order."""
        return hx if permutation is None else _apply_permutation(hx, permutation)

    def _states(self, given: Any, input: Tensor, batched: bool, batch_sizes: Any, order: Tensor | None) -> Any:
        """The first states (layers * directions, N, size), checked, in the order of the sequences."""
        is_lstm = self.mode == "LSTM"
        if given is None:
            self.check_input(input, batch_sizes)
            depth, batch, width = self.get_expected_hidden_size(input, batch_sizes)
            widths = (width, self.hidden_size) if is_lstm else (width,)
            return tuple(
                input._filled((depth, batch, w), 0, input._cl_meta.dtype, input._cl_meta.device) for w in widths
            )
        states = tuple(given) if is_lstm else (given,)
        if batch_sizes is None:
            word, dims = ("batched 3-D", 3) if batched else ("unbatched 2-D", 2)
            if any(state.dim() != dims for state in states):
                ranks = ", ".join(f"{state.dim()}-D" for state in (states[:2] if is_lstm else states))
                raise RuntimeError(
                    f"For {word} input, hx and cx should also be {dims}-D but got ({ranks}) tensors"
                    if is_lstm
                    else f"For {word} input, hx should also be {dims}-D but got {ranks} tensor"
                )
            states = states if batched else tuple(state.unsqueeze(1) for state in states)
        whole = states if is_lstm else states[0]
        self.check_forward_args(input, whole, batch_sizes)
        whole = self.permute_hidden(whole, order)
        return tuple(whole) if is_lstm else (whole,)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """(T, N, input_size), batch first, without a batch, or a PackedSequence: all states of the last layer, and the last
        states of all."""
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.dim() not in (2, 3):
            kind = "D tensor" if self._name() == "RNN" else "D"
            raise ValueError(f"{self._name()}: Expected input to be 2D or 3D, got {input.dim()}{kind} instead")
        batched = input.dim() == 3
        x = input if batched else input.unsqueeze(0 if self.batch_first else 1)
        if not x.shape[1 if self.batch_first else 0]:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        states = self._states(hx, x, batched, None, None)
        result, last = self._walk(x.transpose(0, 1) if self.batch_first else x, states, None)
        if not batched:
            result, last = result.squeeze(1), tuple(state.squeeze(1) for state in last)
        elif self.batch_first:
            result = result.transpose(0, 1)
        return result, last if self.mode == "LSTM" else last[0]

    def _forward_packed(self, input: PackedSequence, hx: Any) -> Any:
        """Of sequences of their own lengths."""
        states = self._states(hx, input.data, True, input.batch_sizes, input.sorted_indices)
        sizes = [int(n) for n in input.batch_sizes.tolist()]
        x, lengths = _unpacked(input.data, sizes, len(sizes), 0.0)
        uneven = sizes[0] != sizes[-1]
        x, last = self._walk(x, states, tensor(lengths, dtype=dtypes.int32, device=x.device) if uneven else None)
        width = sizes[0]
        places = [t * width + k for t, size in enumerate(sizes) for k in range(size)]
        flat = x.reshape(len(sizes) * width, x.shape[2])
        data = flat.index_select(0, flat._range(0, 1, 1).new_tensor(places))
        result = PackedSequence(data, input.batch_sizes, input.sorted_indices, input.unsorted_indices)
        return result, self.permute_hidden(last if self.mode == "LSTM" else last[0], input.unsorted_indices)

    def _name(self) -> str:
        return {"RNN_TANH": "RNN", "RNN_RELU": "RNN"}.get(self.mode, self.mode)

    def _walk(self, x: Tensor, states: tuple[Tensor, ...], lengths: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
        """All layers and directions."""
        last: list[list[Tensor]] = [[] for _ in states]
        for level in range(self.num_layers):
            outs = []
            for backwards, suffix in enumerate(self._suffixes(level)):
                names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
                weights = [getattr(self, f"{name}_{suffix}", None) for name in names]
                own = tuple(state[level * self._directions + backwards] for state in states)
                out, ends = recurrent.layer(self.mode, x, own, weights, lengths, bool(backwards))
                outs.append(out)
                for kept, end in zip(last, ends):
                    kept.append(end.unsqueeze(0))
            x = join(outs, 2) if len(outs) > 1 else outs[0]
            if self.dropout and self.training and level < self.num_layers - 1:
                x = F.dropout(x, self.dropout)
        return x, tuple(join(kept, 0) if len(kept) > 1 else kept[0] for kept in last)

    def __getstate__(self) -> dict[str, Any]:
        """What PyTorch's layers pickle, which has the parameters once more as lists."""
        return {**self.__dict__, "_all_weights": self._all_weights, "_flat_weights": self._flat_weights}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({name: state[name] for name in state if name not in ("_all_weights", "_flat_weights")})
        self.__dict__.setdefault("proj_size", 0)


class RNN(RNNBase):
    """``h = tanh(w_ih x + b_ih + w_hh h + b_hh)``, or with relu (Elman 1990)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if len(args) > 3:
            self.nonlinearity = args[3]
            args = args[:3] + args[4:]
        else:
            self.nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if self.nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{self.nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{self.nonlinearity.upper()}", *args, **kwargs)


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter, Schmidhuber 1997), with projections if ``proj_size`` (Sak et al. 2014)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of the cells of all layers: (layers * directions, N, hidden_size)."""
        depth, batch, _ = self.get_expected_hidden_size(input, batch_sizes)
        return depth, batch, self.hidden_size

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """RuntimeError unless an input, states and cells fit this layer."""
        self.check_input(input, batch_sizes)
        sizes = (
            self.get_expected_hidden_size(input, batch_sizes),
            self.get_expected_cell_size(input, batch_sizes),
        )
        for k, size in enumerate(sizes):
            self.check_hidden_size(hidden[k], size, f"Expected hidden[{k}] size {{}}, got {{}}")

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """The states and cells of the sequences in another order."""
        return hx if permutation is None else tuple(_apply_permutation(state, permutation) for state in hx)


class GRU(RNNBase):
    """Gated recurrent units (Cho et al. 2014)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


# --- cells ----------------------------------------------------------------------------------------------------------------


class RNNCellBase(Module):
    """What cells share: one step of a layer."""

    __constants__ = ["input_size", "hidden_size", "bias"]

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(empty(rows, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        kind = self.__dict__.get("nonlinearity", "tanh")
        return text if kind == "tanh" else f"{text}, nonlinearity={kind}"

    def reset_parameters(self) -> None:
        """Uniform numbers within ``1 / sqrt(hidden_size)``."""
        bound = 1.0 / sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _check_sizes(self, x: Tensor, states: tuple[Tensor, ...]) -> None:
        """RuntimeError for an input or a state of another size than the cell's."""
        if x.shape[1] != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {x.shape[1]} expected {self.input_size}")
        for k, state in enumerate(states):
            if state.shape[0] != x.shape[0]:
                raise RuntimeError(f"Input batch size {x.shape[0]} doesn't match hidden{k} batch size {state.shape[0]}")
            if state.shape[1] != self.hidden_size:
                raise RuntimeError(
                    f"hidden{k} has inconsistent hidden_size: got {state.shape[1]}, expected {self.hidden_size}"
                )

    def _step(self, mode: str, input: Tensor, given: Any) -> tuple[Tensor, ...]:
        """The states after one step, from states or zeros."""
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if given is None:
            shape = (x.shape[0], self.hidden_size)
            zeros = x._filled(shape, 0, x._cl_meta.dtype, x._cl_meta.device)
            states: tuple[Tensor, ...] = (zeros,) * (2 if mode == "LSTM" else 1)
        else:
            states = tuple(given) if mode == "LSTM" else (given,)
            for k, state in enumerate(states):
                if state.dim() not in (1, 2):
                    raise ValueError(
                        f"{name}: Expected {'hx' if mode == 'LSTM' else 'hidden'}{f'[{k}]' if mode == 'LSTM' else ''} to be "
                        f"1D or 2D, got {state.dim()}D instead"
                    )
            states = tuple(state if batched else state.unsqueeze(0) for state in states)
        self._check_sizes(x, states)
        last = recurrent.cell(mode, x, states, [self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh])
        return last if batched else tuple(state.squeeze(0) for state in last)


class RNNCell(RNNCellBase):
    """One step of `RNN`."""

    __constants__ = ["input_size", "hidden_size", "bias", "nonlinearity"]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(f"RNN_{self.nonlinearity.upper()}", input, hx)[0]


class LSTMCell(RNNCellBase):
    """One step of `LSTM`."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Tensor]:
        """The next state and cell."""
        return self._step("LSTM", input, hx)  # type: ignore[return-value]


class GRUCell(RNNCellBase):
    """One step of `GRU`."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        return self._step("GRU", input, hx)[0]

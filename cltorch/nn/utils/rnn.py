"""Sequences of different lengths. See torch.nn.utils.rnn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ... import dtypes
from ...tensor.creation import tensor
from ...tensor.indexing import join
from ...tensor.tensor import Tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class PackedSequence_(NamedTuple):
    """The fields of a packed sequence."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(PackedSequence_):
    """Sequences of different lengths, longest first, step by step: ``data`` has the first elements of all, then the second
    ones, and so on; ``batch_sizes`` says how many go on at each step."""

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("Expected data to be a tuple of two elements")
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """With the data moved or cast."""
        data = self.data.to(*args, **kwargs)
        return (
            self
            if data is self.data
            else type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)
        )

    def pin_memory(self) -> PackedSequence:
        """The same: elements lie on a device."""
        return self

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """With the data moved."""
        return self.to(*(args or ("cuda",)), **kwargs)

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """With the data moved."""
        return self.to("cpu", *args, **kwargs)

    def double(self) -> PackedSequence:
        """With float64 data."""
        return self.to(dtype=dtypes.float64)

    def float(self) -> PackedSequence:
        """With float32 data."""
        return self.to(dtype=dtypes.float32)

    def half(self) -> PackedSequence:
        """With float16 data."""
        return self.to(dtype=dtypes.float16)

    def long(self) -> PackedSequence:
        """With int64 data."""
        return self.to(dtype=dtypes.int64)

    def int(self) -> PackedSequence:
        """With int32 data."""
        return self.to(dtype=dtypes.int32)

    def short(self) -> PackedSequence:
        """With int16 data."""
        return self.to(dtype=dtypes.int16)

    def char(self) -> PackedSequence:
        """With int8 data."""
        return self.to(dtype=dtypes.int8)

    def byte(self) -> PackedSequence:
        """With uint8 data."""
        return self.to(dtype=dtypes.uint8)

    @property
    def is_cuda(self) -> bool:
        """Whether the data lie on a CUDA device."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Whether the data lie in pinned memory."""
        return self.data.is_pinned()


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another one."""
    if permutation is None:
        return None
    places = permutation._range(0, 1, permutation.numel())
    return places.index_copy(0, permutation.long(), places)


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Padded sequences (T, N, ...) or (N, T, ...) packed; ``lengths`` are read on the host, as the result's size depends on
    them."""
    if not input.numel():
        raise RuntimeError("Cannot pack empty tensors.")
    counts = [int(n) for n in (lengths.tolist() if isinstance(lengths, Tensor) else lengths)]
    batch = input.shape[0 if batch_first else 1]
    if len(counts) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} (batch_size={batch})"
        )
    if min(counts, default=1) <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    order = None
    if enforce_sorted:
        if counts != sorted(counts, reverse=True):
            raise RuntimeError(
                "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
                "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do "
                "not need ONNX exportability."
            )
    else:
        ranks = sorted(range(batch), key=lambda k: -counts[k])
        order = tensor(ranks, dtype=dtypes.int64, device=input.device)
        counts = [counts[k] for k in ranks]
        input = input.index_select(0 if batch_first else 1, order)
    padded = input.transpose(0, 1) if batch_first else input
    sizes = [sum(n > t for n in counts) for t in range(counts[0] if counts else 0)]
    width = padded.shape[1]
    flat = padded.reshape(padded.shape[0] * width, *padded.shape[2:])
    places = [t * width + k for t, size in enumerate(sizes) for k in range(size)]
    data = flat.index_select(0, tensor(places, dtype=dtypes.int64, device=input.device))
    return PackedSequence(data, tensor(sizes, dtype=dtypes.int64), order, None)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Padded sequences (T, N, ...) or (N, T, ...) from packed ones, and their lengths."""
    sizes = [int(n) for n in sequence.batch_sizes.tolist()]
    steps = len(sizes)
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    padded, lengths = _unpacked(sequence.data, sizes, steps, padding_value)
    counts = tensor(lengths, dtype=dtypes.int64)
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(1, sequence.unsorted_indices)
        counts = counts.index_select(0, sequence.unsorted_indices)
    return (padded.transpose(0, 1) if batch_first else padded), counts


def _unpacked(data: Tensor, sizes: list[int], steps: int, value: float) -> tuple[Tensor, list[int]]:
    """Packed elements as (steps, N, ...), and the lengths of the sequences."""
    width = sizes[0]
    places = [t * width + k for t, size in enumerate(sizes) for k in range(size)]
    whole = data._filled((steps * width, *data._cl_meta.shape[1:]), value, data._cl_meta.dtype, data._cl_meta.device)
    whole = whole.index_copy(0, tensor(places, dtype=dtypes.int64, device=data.device), data)
    lengths = [sum(size > k for size in sizes) for k in range(width)]
    return whole.reshape(steps, width, *data._cl_meta.shape[1:]), lengths


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences (T_k, ...) as one tensor (T, N, ...) or (N, T, ...), the shorter ones with ``padding_value`` at a side."""
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: " + str(type(sequences))
        )
    parts = list(sequences.unbind(0)) if isinstance(sequences, Tensor) else list(sequences)
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    if not parts[0].dim():
        raise RuntimeError("pad_sequence: sequences have at least one dimension, but the first is a number")
    longest = max(part.shape[0] for part in parts)
    rows, rest, kind = [], parts[0]._cl_meta.shape[1:], parts[0]._cl_meta.dtype
    for part in parts:
        if (
            part._cl_meta.shape[1:] != rest or part._cl_meta.dtype is not kind
        ):  # each is copied into what the first says
            part = part.to(kind).expand(part._cl_meta.shape[0], *rest)
        short = longest - part.shape[0]
        if short:
            filling = part._filled(
                (short, *part._cl_meta.shape[1:]), padding_value, part._cl_meta.dtype, part._cl_meta.device
            )
            part = join([part, filling] if padding_side == "right" else [filling, part], 0)
        rows.append(part.unsqueeze(0 if batch_first else 1))
    return join(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences (T_k, ...) of a padded tensor."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(n)].clone() for row, n in zip(rows.unbind(0), lengths.tolist(), strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (T_k, ...) packed."""
    lengths = [part.shape[0] for part in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences (T_k, ...) that were packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)

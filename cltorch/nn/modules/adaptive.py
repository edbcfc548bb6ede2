"""Softmax over many classes of unequal frequency. See torch.nn.modules.adaptive."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ...tensor.indexing import join
from ...tensor.tensor import Tensor
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _ASMoutput(NamedTuple):
    """What `AdaptiveLogSoftmaxWithLoss` gives: log-probabilities of the targets (N,), and their negative mean."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-softmax over ``n_classes``, of which the first ``cutoffs[0]`` are in a head, and those between two cutoffs in a cluster
    with a projection ``div_value`` times narrower than the one before (Grave et al. 2017). Classes are sorted by falling
    frequency: a cluster works on the rows alone whose target lies in it.

    ValueError unless ``cutoffs`` rise and lie between 1 and ``n_classes - 1``.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        inside = all(int(c) == c and 0 < c < n_classes for c in cutoffs)
        if not inside or any(a >= b for a, b in pairwise(cutoffs)):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value "
                "is between 1 and n_classes-1"
            )
        self.in_features, self.n_classes, self.cutoffs = in_features, n_classes, [*cutoffs, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = cutoffs[0], len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        place: dict[str, Any] = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **place)
        self.tail = ModuleList()
        for k, (low, high) in enumerate(pairwise(self.cutoffs)):
            width = int(in_features // div_value ** (k + 1))
            layers = (Linear(in_features, width, bias=False, **place), Linear(width, high - low, bias=False, **place))
            self.tail.append(Sequential(*layers))

    def reset_parameters(self) -> None:
        """First values for all parameters, as `Linear` has them."""
        self.head.reset_parameters()
        for projection in self.tail:
            for layer in projection.children():
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """Inputs (N, in_features) and targets (N,), or one of each. RuntimeError for targets that are no class."""
        self._check(input_, target_)
        batched = target_.dim() > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        head = F.log_softmax(self.head(input), dim=1)
        column = target.clamp(max=self.shortlist_size - 1)  # of the head; that of its cluster for a rarer class
        output = input.new_zeros(target.shape[0])
        found = int(((target >= 0) & (target < self.shortlist_size)).sum())
        for k, (low, high) in enumerate(pairwise(self.cutoffs)):
            inside = (target >= low) & (target < high)
            rows = inside.nonzero().squeeze(1)
            if rows.shape[0]:
                scores = F.log_softmax(self.tail[k](input.index_select(0, rows)), dim=1)
                own = scores.gather(1, (target.index_select(0, rows) - low).unsqueeze(1)).squeeze(1)
                output = output.index_copy(0, rows, own.to(output.dtype))
                column = column.masked_fill(inside, self.shortlist_size + k)
            found += rows.shape[0]
        if found != target.shape[0]:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min().item()}, "
                f"{target.max().item()}] were found. "
            )
        output = output + head.gather(1, column.unsqueeze(1)).squeeze(1)
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def _check(self, input: Tensor, target: Tensor) -> None:
        """RuntimeError unless input and target are rows and their classes, or one of each."""
        dims = target.dim()
        if dims > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if dims == 1 and input.shape[0] != target.shape[0]:
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        if input.dim() != dims + 1:
            raise RuntimeError(
                f"{dims}D target tensor expects {dims + 1}D input tensors, but found inputs with size {input.size()}"
            )

    def log_prob(self, input: Tensor) -> Tensor:
        """Log-probabilities (N, n_classes) of all classes."""
        head = F.log_softmax(self.head(input), dim=1)
        parts = [head[:, : self.shortlist_size]]
        for k, layers in enumerate(self.tail):
            parts.append(F.log_softmax(layers(input), dim=1) + head[:, self.shortlist_size + k].unsqueeze(1))
        return join(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class (N,) of each row: the head's where that is no cluster, else of all classes."""
        best = self.head(input).argmax(1)
        rare = best >= self.shortlist_size
        rows = rare.nonzero().squeeze(1)
        if not rows.shape[0]:
            return best
        return best.index_copy(0, rows, self.log_prob(input.index_select(0, rows)).argmax(1))

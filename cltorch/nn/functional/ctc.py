"""Connectionist temporal classification (Graves et al. 2006). See torch.nn.functional.ctc_loss."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from ... import dtypes
from ...autograd.composite import composite
from ...ops.arguments import need_kind
from ...tensor.creation import tensor
from ...tensor.known import check_range, within
from ...tensor.tensor import Tensor
from .loss import need_reduction
from .padding import pad

__all__ = ["ctc_loss"]

CHECKING = "(while checking arguments for ctc_loss_allocate_outputs)"
IMPOSSIBLE = -1e30  # a logarithm of 0 that may be added to and subtracted from without becoming nan


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the log-probability of all paths through ``log_probs`` (T, N, C) or (T, C) that read as the targets: (N, S), or
    all of them one after another. The mean divides each by its target's length.

    As in PyTorch, the gradient is that of log-probabilities made by `log_softmax`, whose own gradient leaves it as it is."""
    single = log_probs.dim() == 2
    if single:
        log_probs = log_probs.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.dim() == 1 else targets
    steps, batch, classes = log_probs._cl_meta.shape
    if not log_probs.numel():
        raise RuntimeError("log_probs tensor must not be empty")
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    own_lengths = _lengths(input_lengths, log_probs, batch, "input_lengths")
    counts = _lengths(target_lengths, log_probs, batch, "target_lengths")
    text = f"Expected input_lengths to have value at most {steps}, but got value {{}} {CHECKING}"
    if not isinstance(input_lengths, Tensor) and max(input_lengths, default=0) > steps:
        raise RuntimeError(text.format(max(input_lengths)))
    check_range(own_lengths, 0, steps, RuntimeError, text)
    own_lengths = within(own_lengths, steps + 1)
    need_kind("ctc_loss_cpu", ("wide",), log_probs._cl_meta.dtype)
    labels = _padded(targets, target_lengths, counts, batch)
    loss = _forward(log_probs, labels, own_lengths, counts, blank)
    impossible = loss.detach() > -IMPOSSIBLE / 2
    share = _share(log_probs)
    live = log_probs._range(0, 1, steps).unsqueeze(1) < own_lengths
    loss = loss + share.where(live, 0.0).sum(0)
    loss = loss.where(~impossible, 0.0) if zero_infinity else _infinite(loss, impossible)
    if reduction == "mean":
        return (loss / counts.clamp_min(1).to(loss.dtype)).mean()
    if reduction == "sum":
        return loss.sum()
    need_reduction(reduction)
    return loss.squeeze(0) if single else loss


@composite(vjp=lambda g, y, aux, log_probs: (g.unsqueeze(2) * log_probs.exp(),), saves="log_probs", name="ctc_loss")
def _share(log_probs: Tensor) -> Tensor:
    """Zeros, with the gradient that log_softmax would take away."""
    return log_probs._filled(log_probs._cl_meta.shape[:2], 0, log_probs._cl_meta.dtype, log_probs._cl_meta.device)


@composite(
    vjp=lambda g, y, aux, loss, impossible: ((g * nan).where(impossible, g),), saves="impossible", name="ctc_loss"
)
def _infinite(loss: Tensor, impossible: Tensor) -> Tensor:
    """Infinity where no path reads as the target; its gradient is nan, as PyTorch's."""
    return loss.masked_fill(impossible, inf)


def _lengths(given: Any, like: Tensor, batch: int, name: str) -> Tensor:
    """Lengths as an int64 tensor (N,) on the device."""
    lengths = given if isinstance(given, Tensor) else tensor(list(given), dtype=dtypes.int64, device=like.device)
    if lengths._cl_meta.dtype.differentiable or lengths._cl_meta.dtype is dtypes.bool:
        raise RuntimeError(f"{name} must be integral")
    if lengths.numel() != batch:
        raise RuntimeError(f"{name} must be of size batch_size")
    check_range(
        lengths, 0, inf, RuntimeError, f"Expected {name} to have value at least 0, but got value {{}} {CHECKING}"
    )
    return lengths.to(like.device).reshape(batch).long()


def _padded(targets: Tensor, given: Any, counts: Tensor, batch: int) -> Tensor:
    """Targets as (N, S), int64; those that came one after another are put into rows."""
    longest = int(counts.max().item()) if isinstance(given, Tensor) and targets.dim() == 1 else None
    if targets.dim() == 2:
        if targets.shape[0] != batch:
            raise RuntimeError(
                f"Expected tensor to have size {batch} at dimension 0, but got size {targets.shape[0]} for argument #2 "
                f"'targets' {CHECKING}"
            )
        text = (
            f"Expected tensor to have size at least {{}} at dimension 1, but got size {targets.shape[1]} for argument #2 "
            f"'targets' {CHECKING}"
        )
        if not isinstance(given, Tensor) and max(given, default=0) > targets.shape[1]:
            raise RuntimeError(text.format(max(given)))
        check_range(counts, 0, targets.shape[1], RuntimeError, text)
        return targets.long()
    lengths = counts.tolist() if isinstance(given, Tensor) else list(given)
    longest = max(lengths, default=0) if longest is None else longest
    if sum(lengths) != targets.numel():
        raise RuntimeError(
            f"Expected tensor to have size {sum(lengths)} at dimension 0, but got size {targets.numel()} for argument #2 "
            f"'targets' {CHECKING}"
        )
    if not longest:
        return targets.long().reshape(batch, 0) if batch else targets.long().reshape(0, 0)
    first = counts.cumsum(0) - counts
    places = first.unsqueeze(1) + targets._range(0, 1, longest)
    return targets.long().index_select(0, places.clamp_max(targets.numel() - 1).reshape(-1)).reshape(batch, longest)


def _forward(log_probs: Tensor, labels: Tensor, lengths: Tensor, counts: Tensor, blank: int) -> Tensor:
    """Minus the log-probabilities, about ``-IMPOSSIBLE`` where there is no path."""
    steps, batch, _ = log_probs._cl_meta.shape
    longest = labels._cl_meta.shape[1]
    states = 2 * longest + 1
    ends = labels._range(0, 1, longest) < counts.unsqueeze(1)
    spread = labels._filled((batch, longest, 2), blank, dtypes.int64, labels._cl_meta.device)
    if longest:
        spread[:, :, 1] = labels.where(ends, blank)
    reading = pad(spread.reshape(batch, 2 * longest), (0, 1), value=blank)  # blank, label, blank, label, ..., blank
    before = pad(reading, (2, -2), value=blank) if states > 2 else reading
    skips = (reading != blank) & (reading != before)
    emitted = log_probs.gather(2, reading.unsqueeze(0).expand(steps, batch, states)).clamp_min(IMPOSSIBLE)
    begin = (labels._range(0, 1, states) < 2).unsqueeze(0)
    alpha = emitted[0].where(begin, IMPOSSIBLE)
    for t in range(1, steps):
        alpha = _step(alpha, emitted[t], skips, (lengths > t).unsqueeze(1))
    last = alpha.gather(1, (2 * counts).unsqueeze(1)).squeeze(1)
    label = alpha.gather(1, (2 * counts - 1).clamp_min(0).unsqueeze(1)).squeeze(1).where(counts > 0, IMPOSSIBLE)
    top = last.detach().maximum(label.detach())
    total = ((last - top).exp() + (label - top).exp()).log() + top
    empty = (lengths == 0) & (counts == 0)
    return (-total).where(lengths > 0, (total * 0.0).where(empty, -IMPOSSIBLE))


def _ways(alpha: Tensor, skips: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probabilities of coming from the same state, the one before, and the one before that."""
    states = alpha._cl_meta.shape[1]
    second = pad(alpha, (1, -1), value=IMPOSSIBLE)
    third = pad(alpha, (2, -2), value=IMPOSSIBLE) if states > 2 else alpha
    return alpha, second, third.where(skips, IMPOSSIBLE)


def _step_vjp(
    g: Tensor, y: Any, aux: Any, alpha: Tensor, emitted: Any, skips: Tensor, live: Tensor
) -> tuple[Tensor, Tensor]:
    ways = _ways(alpha, skips)
    top = ways[0].maximum(ways[1]).maximum(ways[2])
    likely = [(way - top).exp() for way in ways]
    share = g.where(live, 0.0) / (likely[0] + likely[1] + likely[2])
    first, second, third = (one * share for one in likely)
    grad = first + pad(second, (-1, 1)) + (pad(third, (-2, 2)) if alpha._cl_meta.shape[1] > 2 else 0.0)
    return grad + g.where(~live, 0.0), g.where(live, 0.0)


@composite(vjp=_step_vjp, saves="alpha skips live", name="ctc_loss")
def _step(alpha: Tensor, emitted: Tensor, skips: Tensor, live: Tensor) -> Tensor:
    """Log-probabilities of all states after one more element of the input; unchanged where the input has ended."""
    ways = _ways(alpha, skips)
    top = ways[0].maximum(ways[1]).maximum(ways[2])
    total = (ways[0] - top).exp() + (ways[1] - top).exp() + (ways[2] - top).exp()
    return (total.log() + top + emitted).where(live, alpha)

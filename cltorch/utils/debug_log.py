"""Logging of gradients' norms. See torch.utils.debug_log."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..autograd.graph import register_multi_grad_hook
from ..tensor.tensor import Tensor

__all__ = ["debug_grad_log"]

log = logging.getLogger(__name__.replace("cltorch", "torch"))


def debug_grad_log(*tensors: Tensor) -> None:
    """Log the norms of the gradients of those of ``tensors`` that have one, once all are there, as ``[rank 0][bwd] t0_grad_norm=...``
    (level INFO). See torch.utils.debug_log.debug_grad_log.
    """

    def written(grads: Sequence[Tensor | None]) -> None:
        norms = (f"t{k}_grad_norm={grad.norm().item():.4f}" for k, grad in enumerate(grads) if grad is not None)
        log.info("[rank 0][bwd] %s", " ".join(norms))

    register_multi_grad_hook([one for one in tensors if one.requires_grad], written)

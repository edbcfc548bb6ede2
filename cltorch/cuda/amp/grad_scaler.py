"""``GradScaler`` of cuda, in PyTorch's older spelling. See torch.cuda.amp."""

from __future__ import annotations

from ...amp import grad_scaler
from ...amp.older import deprecated

__all__ = ["GradScaler"]


class GradScaler(grad_scaler.GradScaler):
    """``amp.GradScaler("cuda", ...)``."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        deprecated("cuda", "GradScaler(args...)", "GradScaler('cuda', args...)")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)

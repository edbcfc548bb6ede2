"""``GradScaler`` of cpu, in PyTorch's older spelling. See torch.cpu.amp."""

from __future__ import annotations

from ...amp import grad_scaler
from ...amp.older import deprecated

__all__ = ["GradScaler"]


class GradScaler(grad_scaler.GradScaler):
    """``amp.GradScaler("cpu", ...)``."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        deprecated("cpu", "GradScaler(args...)", "GradScaler('cpu', args...)")
        super().__init__("cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)

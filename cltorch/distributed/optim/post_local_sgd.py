"""An optimizer after whose steps parameters are averaged over ranks."""

from __future__ import annotations

from typing import Any

from ...optim.optimizer import Optimizer
from ...warned import warn
from ..algorithms.model_averaging.averagers import ModelAverager

__all__ = ["PostLocalSGDOptimizer"]


class PostLocalSGDOptimizer(Optimizer):
    """``optim``, after each step of which ``averager`` averages its parameters. See torch.distributed.optim.PostLocalSGDOptimizer."""

    def __init__(self, optim: Optimizer, averager: ModelAverager) -> None:
        self.optim, self.averager = optim, averager
        self.param_groups = optim.param_groups

    @property
    def state(self) -> Any:  # type: ignore[override]
        """The optimizer's state."""
        return self.optim.state

    def __repr__(self) -> str:
        return repr(self.optim)

    def state_dict(self) -> dict[str, Any]:
        """The optimizer's state, with how many steps there were."""
        return {**self.optim.state_dict(), "step": self.averager.step}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the optimizer's state and the number of steps."""
        self.optim.load_state_dict(state_dict)
        self.param_groups = self.optim.param_groups
        if "step" in state_dict:
            self.averager.step = state_dict["step"]
        else:
            warn("Loaded state dict does not contain a step counter for an averager. Setting step counter to 0.")
            self.averager.step = 0

    def step(self, *args: Any, **kwargs: Any) -> None:
        """One step of the optimizer, then of the averager."""
        self.optim.step(*args, **kwargs)
        self.averager.average_parameters(params=self.param_groups)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget gradients."""
        self.optim.zero_grad(set_to_none=set_to_none)

    def add_param_group(self, param_group: Any) -> None:
        """Further parameters."""
        self.optim.add_param_group(param_group)

"""Optimizers and learning-rate schedules. See torch.optim. Each file has the function of its optimizer too, by the name of the file."""

from ..gathering import gathered
from . import _functional, _multi_tensor, lr_scheduler, swa_utils
from ._stateless import swap_in_optimizer_params_and_state
from .optimizer import Optimizer

_optimizers = {
    name: made
    for name, (file, made) in gathered(__name__, __path__).items()
    if isinstance(made, type) and issubclass(made, Optimizer)
}
globals().update(_optimizers)

__all__ = sorted({*_optimizers, "lr_scheduler", "swa_utils", "swap_in_optimizer_params_and_state"})

"""Neural networks: modules, their functions, first values. See torch.nn."""

from . import functional, init, modules, utils
from .modules import *
from .parameter import Parameter

__all__ = [*modules.__all__, "Parameter", "functional", "init", "modules", "utils"]

"""Neural networks: modules, their functions, first values. See torch.nn."""

from . import functional, init, modules, utils
from .modules import *
from .parameter import Buffer, Parameter

__all__ = [*modules.__all__, "Buffer", "Parameter", "functional", "init", "modules", "utils"]

"""How modules change their parameters when they are converted. See torch.__future__."""

from __future__ import annotations

_overwrite_module_params_on_conversion = False
_swap_module_params_on_conversion = False


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Whether `nn.Module.to` and its kin put new parameters in the place of old ones, which keep their data."""
    global _overwrite_module_params_on_conversion
    _overwrite_module_params_on_conversion = value


def get_overwrite_module_params_on_conversion() -> bool:
    """Whether conversions put new parameters in the place of old ones; False unless set."""
    return _overwrite_module_params_on_conversion


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Whether conversions and `nn.Module.load_state_dict` swap a parameter with its successor (`utils.swap_tensors`)."""
    global _swap_module_params_on_conversion
    _swap_module_params_on_conversion = value


def get_swap_module_params_on_conversion() -> bool:
    """Whether conversions swap parameters with their successors; False unless set."""
    return _swap_module_params_on_conversion

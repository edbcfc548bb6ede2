"""``torch.__future__``: settings about how modules change their parameters, which are kept and read again."""

from __future__ import annotations

_settings = {"overwrite": False, "swap": False}


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Keep whether conversions should put new parameters in the place of old ones."""
    _settings["overwrite"] = value


def get_overwrite_module_params_on_conversion() -> bool:
    """What was set."""
    return _settings["overwrite"]


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Keep whether conversions should swap parameters."""
    _settings["swap"] = value


def get_swap_module_params_on_conversion() -> bool:
    """What was set."""
    return _settings["swap"]

"""What programs read from ``torch._inductor``: a compiler that is not here, whose settings are kept and change nothing."""

from __future__ import annotations

from typing import Any, NoReturn

from ...compiler import cudagraph_mark_step_begin
from . import inductor_config as config

__all__ = ["compile", "config", "cudagraph_mark_step_begin", "list_mode_options", "list_options"]


def list_mode_options(mode: str | None = None, dynamic: bool | None = None) -> dict[str, Any]:
    """No option: modes of `torch.compile` change nothing."""
    return {}


def list_options() -> list[str]:
    """No option: those of `torch.compile` change nothing."""
    return []


def compile(gm: Any, example_inputs: Any, options: Any = None) -> NoReturn:
    """RuntimeError: graphs are not compiled apart."""
    raise RuntimeError("torch._inductor.compile(): cltorch records and fuses programs as they run, see torch.compile")

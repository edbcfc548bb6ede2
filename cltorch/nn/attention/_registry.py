"""Other implementations of attention, which packages offer by name. See torch.nn.attention.register_flash_attention_impl."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

logger = logging.getLogger(__name__)


class FlashAttentionHandle(Protocol):
    """What an implementation gives when it is activated; ``remove`` takes it off again."""

    def remove(self) -> None:
        """Restore what was there before."""


_Register = Callable[..., FlashAttentionHandle | None]
_FLASH_ATTENTION_IMPLS: dict[str, _Register] = {}
_active: list[tuple[str, FlashAttentionHandle]] = []  # none or one


def register_flash_attention_impl(impl: str, *, register_fn: _Register) -> None:
    """Offer an implementation: ``register_fn`` puts it in place, and may give a handle that takes it off again."""
    _FLASH_ATTENTION_IMPLS[impl] = register_fn


def activate_flash_attention_impl(impl: str) -> None:
    """Put an implementation in the place of the one that was activated before. ValueError for a name that is not registered."""
    restore_flash_attention_impl(_raise_warn=False)
    register = _FLASH_ATTENTION_IMPLS.get(impl)
    if register is None:
        raise ValueError(
            f"Unknown flash attention impl '{impl}'. Available implementations: {list_flash_attention_impls()}"
        )
    handle = register()
    if handle is not None:
        _active.append((impl, handle))


def list_flash_attention_impls() -> list[str]:
    """The names of all implementations that are registered."""
    return sorted(_FLASH_ATTENTION_IMPLS)


def current_flash_attention_impl() -> str | None:
    """The name of the implementation that is activated, None for the library's own."""
    return _active[0][0] if _active else None


def restore_flash_attention_impl(_raise_warn: bool = True) -> None:
    """Take off the implementation that is activated; a warning in the log where there is none."""
    if _active:
        _active.pop()[1].remove()
    elif _raise_warn:
        logger.warning("Trying to restore default FA2 impl when no custom impl was activated")

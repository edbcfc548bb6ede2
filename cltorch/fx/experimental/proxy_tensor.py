"""Tracing below functions, at a dispatcher: there is none here. See torch.fx.experimental.proxy_tensor."""

from __future__ import annotations


def get_proxy_mode() -> None:
    """None: nothing is traced in this way."""
    return None

"""Settings of a compiler that is not here (``torch._inductor.config``): attributes that programs set and read, and that change nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

triton, cpp, cuda, rocm, aot_inductor, trace = (SimpleNamespace() for _ in range(6))
max_autotune = max_autotune_gemm = coordinate_descent_tuning = epilogue_fusion = freezing = False
fx_graph_cache = force_fuse_int_mm_with_mul = use_mixed_mm = conv_1x1_as_mm = debug = False


@contextmanager
def patch(name_or_settings: Any = None, value: Any = None, **settings: Any) -> Iterator[None]:
    """A block in which settings are others: one by name and value, a dict of them, or keywords; ``triton.x`` is one of a group."""
    given = {name_or_settings: value} if isinstance(name_or_settings, str) else name_or_settings or {}
    before: list[tuple[Any, str, dict[str, Any]]] = []
    try:
        for name, new in {**given, **settings}.items():
            group, _, last = name.rpartition(".")
            holder = globals()[group] if group else sys.modules[__name__]
            before.append((holder, last, {key: old for key, old in vars(holder).items() if key == last}))
            setattr(holder, last, new)
        yield
    finally:
        for holder, last, old in reversed(before):
            delattr(holder, last)
            vars(holder).update(old)

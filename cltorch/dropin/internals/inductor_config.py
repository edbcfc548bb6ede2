"""Settings of a compiler that is not here (``torch._inductor.config``): attributes that programs set, and that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

triton, cpp, cuda, rocm, aot_inductor, trace = (SimpleNamespace() for _ in range(6))
max_autotune = max_autotune_gemm = coordinate_descent_tuning = epilogue_fusion = freezing = False
fx_graph_cache = force_fuse_int_mm_with_mul = use_mixed_mm = conv_1x1_as_mm = debug = False


@contextmanager
def patch(*args: Any, **settings: Any) -> Iterator[None]:
    """A block with other settings, which change nothing."""
    yield

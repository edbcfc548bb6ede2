"""What programs ask of ``torch.backends`` before they begin. PyTorch's own backends are not here: nothing is computed by them,
and the settings are kept for programs that read them again.

Each is a module of its own name (``import torch.backends.cudnn as cudnn``), with its settings as attributes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from .warned import warn

_GUARDED = frozenset("enabled benchmark benchmark_limit deterministic allow_tf32 strategy immediate".split())
_frozen = False


def disable_global_flags() -> None:
    """From now on settings of backends are set in blocks (`flags`) alone; RuntimeError for an assignment."""
    global _frozen
    _frozen = True


def flags_frozen() -> bool:
    """Whether `disable_global_flags` was called."""
    return _frozen


@contextmanager
def __allow_nonbracketed_mutation() -> Iterator[None]:
    """A block in which settings may be assigned all the same."""
    global _frozen
    before, _frozen = _frozen, False
    try:
        yield
    finally:
        _frozen = before


class Settings:
    """A group of settings."""

    def __init__(self, **settings: Any) -> None:
        vars(self).update(settings)


class PlanCache(Settings):
    """The settings of a cache of Fourier transforms' plans, those of all devices; plans of this package are no part of it."""

    def __getitem__(self, device: Any) -> PlanCache:
        return self

    def clear(self) -> None:
        """Nothing: there is none."""


class Backend(ModuleType):
    """A backend of PyTorch's that is not here, with its settings."""

    def __init__(self, name: str, **settings: Any) -> None:
        super().__init__(f"{__name__}.{name}", "A backend of PyTorch's that is not here, with its settings.")
        vars(self).update(settings)
        sys.modules[self.__name__] = self

    def __setattr__(self, name: str, value: Any) -> None:
        if flags_frozen() and name in _GUARDED:
            raise RuntimeError(
                f"not allowed to set {self.__name__} flags after disable_global_flags; please use flags() context manager instead"
            )
        super().__setattr__(name, value)

    def is_available(self) -> bool:
        """False."""
        return False

    def is_built(self) -> bool:
        """False."""
        return False

    def version(self) -> None:
        """None: it is not here."""
        return None

    def is_acceptable(self, tensor: Any) -> bool:
        """False: it computes nothing."""
        return False

    def set_flags(self, **settings: Any) -> tuple[Any, ...]:
        """Keep settings, and give back those before."""
        before = tuple(getattr(self, name, None) for name in settings)
        vars(self).update({name.removeprefix("_"): value for name, value in settings.items()})
        return before

    @contextmanager
    def flags(self, **settings: Any) -> Iterator[None]:
        """A block with other settings."""
        before = {name: getattr(self, name, None) for name in settings}
        vars(self).update(settings)
        try:
            yield
        finally:
            vars(self).update(before)


class _OnePrecision(Backend):
    """The settings of ``cuda``, with those about attention: kernels are chosen by the runtime, and what is set is kept."""

    def _setting(name: str) -> Any:  # type: ignore[misc]  # noqa: N805
        def enabled(self: Any) -> bool:
            return bool(vars(self).get(name, True))

        return enabled

    flash_sdp_enabled = _setting("flash_sdp")
    mem_efficient_sdp_enabled = _setting("mem_efficient_sdp")
    math_sdp_enabled = _setting("math_sdp")
    cudnn_sdp_enabled = _setting("cudnn_sdp")

    def enable_flash_sdp(self, enabled: bool) -> None:
        """Keep the setting."""
        self.flash_sdp = enabled

    def enable_mem_efficient_sdp(self, enabled: bool) -> None:
        """Keep the setting."""
        self.mem_efficient_sdp = enabled

    def enable_math_sdp(self, enabled: bool) -> None:
        """Keep the setting."""
        self.math_sdp = enabled

    def enable_cudnn_sdp(self, enabled: bool) -> None:
        """Keep the setting."""
        self.cudnn_sdp = enabled

    @contextmanager
    def sdp_kernel(self, **settings: bool) -> Iterator[None]:
        """A block in which PyTorch would choose among kernels for attention."""
        yield

    def is_flash_attention_available(self) -> bool:
        """False: attention is the runtime's own kernel."""
        return False

    def can_use_flash_attention(self, params: Any, debug: bool = False) -> bool:
        """False: attention is the runtime's own kernel."""
        return False

    can_use_efficient_attention = can_use_cudnn_attention = can_use_flash_attention

    def preferred_linalg_library(self, backend: Any = None) -> str:
        """``default``: linear algebra is the runtime's own."""
        return "default"

    preferred_blas_library = preferred_linalg_library


class _Attention(Backend):
    """The setting about the fast path of `MultiheadAttention` and `TransformerEncoder`."""

    def get_fastpath_enabled(self) -> bool:
        """Whether an encoder gives zeros where PyTorch's fast path leaves padding out."""
        return self.fastpath

    def set_fastpath_enabled(self, value: bool) -> None:
        """Choose what `get_fastpath_enabled` says."""
        self.fastpath = value


class _Cpu(Backend):
    """What the host's processor is."""

    def get_cpu_capability(self) -> str:
        """``DEFAULT``: kernels are compiled by the OpenCL driver for whatever the processor has."""
        return "DEFAULT"


cudnn = Backend("cudnn", enabled=False, benchmark=False, deterministic=False, allow_tf32=False, benchmark_limit=10)
mps = Backend("mps")
mkl = Backend("mkl")
mkldnn = Backend("mkldnn", enabled=False, allow_tf32=False, deterministic=False)
openmp = Backend("openmp")
nnpack = Backend("nnpack")
xnnpack = Backend("xnnpack", enabled=False)
miopen = Backend("miopen", immediate=False)
quantized = Backend("quantized", engine="none", supported_engines=["none"])
opt_einsum = Backend("opt_einsum", enabled=False, strategy="auto")
xeon = Backend("xeon")
cusparselt = Backend("cusparselt")
kleidiai = Backend("kleidiai")
mha = _Attention("mha", fastpath=True)
cpu = _Cpu("cpu")
cuda = _OnePrecision(
    "cuda",
    matmul=Settings(
        allow_tf32=False,
        allow_fp16_reduced_precision_reduction=False,
        allow_bf16_reduced_precision_reduction=False,
        allow_fp16_accumulation=False,
        fp32_precision="none",
    ),
    cufft_plan_cache=PlanCache(size=0, max_size=0),
)
fp32_precision = "none"

_PRECISIONS = ("highest", "high", "medium")
_precision = "highest"


def set_float32_matmul_precision(precision: str) -> None:
    """Allow products of float32 matrices to be less exact; they are exact here whatever is allowed."""
    global _precision
    if precision not in _PRECISIONS:
        warn(f"{precision} is not one of {', '.join(_PRECISIONS)}: it is ignored")
        return
    _precision = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was called with last."""
    return _precision


class _Determinism:
    """What programs have asked about results that repeat, which all of cltorch's do."""

    enabled = False
    warn_only = False
    debug_mode = 0


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for results that repeat; they do anyway. See torch.use_deterministic_algorithms."""
    for name, given in (("'mode' (position 1)", mode), ("'warn_only'", warn_only)):
        if not isinstance(given, bool):
            raise TypeError(
                f"_set_deterministic_algorithms(): argument {name} must be bool, not {type(given).__name__}"
            )
    _Determinism.enabled, _Determinism.warn_only = mode, warn_only


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was called with last."""
    return _Determinism.enabled


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was called with last."""
    return _Determinism.warn_only


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """``default``, ``warn`` or ``error`` (0, 1, 2) as in torch.set_deterministic_debug_mode."""
    words = ("default", "warn", "error")
    if not isinstance(debug_mode, (str, int)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if isinstance(debug_mode, str) and debug_mode not in words:
        raise RuntimeError(
            f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}"
        )
    level = words.index(debug_mode) if isinstance(debug_mode, str) else debug_mode
    if level not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    use_deterministic_algorithms(level > 0, warn_only=level == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2."""
    return 0 if not _Determinism.enabled else 1 if _Determinism.warn_only else 2

"""Differences that are known, each with its reason; they are counted by themselves. `docs/differences.md` has those that a program can meet."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from .draw import Call, Drawn
from .names import LOOSE, UNSAID

SUBCLASS = "an exception of a subclass of PyTorch's: who catches that one catches ours"
EMPTY = "PyTorch looks at neither dtype nor dimension of what has no elements"
EXPANDED = "a write into memory that overlaps itself, which some functions of PyTorch let pass"
SEVERAL = "several arguments are wrong: which is found first is nobody's promise"
SHIFTED = "unique_consecutive by position gives counts in PyTorch where it is asked for places, or the other way round"
SINGULAR = "a singular matrix gives infinite numbers where PyTorch refuses it"
NO_TENSOR = (
    "what is no tensor is refused with TypeError, where PyTorch's functions in Python fail for want of an attribute"
)
HALF = "what is computed in float32 and rounded once does not overflow on the way"
INFINITY = "special functions at infinity and at poles are limits, where PyTorch has nan or a large number"
HUGE = "sums of numbers of very different size depend on their order"
MEDIAN = "PyTorch's median of memory that is expanded is one of other elements"
BROKEN = "an error inside PyTorch or its library, where there is a result"
ALSO_HALF = "16-bit floats, which PyTorch's kernels for GPUs take and those for CPUs do not"
COMPLEX_HALF = "complex numbers of 16-bit floats are complex64 here, for which there are kernels"
CHANGED = "PyTorch's cov with weights centres its own argument where that is a single number"
TOLERANCE = "which rank a matrix has by a given tolerance: singular values are asked here, columns by LAPACK's gelsy"
NOT_FINITE = "sums with infinities and NaN: only elements that are finite in both are compared"

FACTORS = set(" ".join(names for reason, names in UNSAID.items() if "matri" in reason or "factor" in reason).split())
FACTORS |= set(
    """lu_factor lu_factor_ex geqrf orgqr ormqr householder_product lstsq ldl_factor ldl_factor_ex ldl_solve lu_solve cholesky_solve
    triangular_solve cholesky cholesky_ex det svdvals eigvalsh matrix_exp lu svd qr matrix_norm norm logcumsumexp svd_lowrank pca_lowrank""".split()
)
SUMS = set(
    """addbmm addmm addmv addr baddbmm bmm mm mv matmul dot vdot inner outer linear bilinear tensordot einsum chain_matmul multi_dot kron
    det matrix_exp logdet slogdet cholesky cov corrcoef var std var_mean std_mean cdist dist pdist norm vector_norm matrix_norm renorm
    logsumexp logcumsumexp layer_norm group_norm rms_norm normalize local_response_norm cosine_similarity pairwise_distance
    cosine_embedding_loss triplet_margin_loss conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d conv_tbc convolution
    interpolate upsample upsample_bilinear grid_sample affine_grid avg_pool1d avg_pool2d avg_pool3d lp_pool1d lp_pool2d lp_pool3d
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d diff cumsum cumprod sum nansum mean nanmean prod trapz trapezoid
    cumulative_trapezoid fft ifft rfft irfft hfft ihfft fft2 ifft2 rfft2 irfft2 hfft2 ihfft2 fftn ifftn rfftn irfftn hfftn ihfftn stft
    istft grid_sampler grid_sampler_2d grid_sampler_3d laguerre_polynomial_l multilabel_margin_loss svdvals eigvalsh add sub subtract rsub ldexp index_add scatter_add index_reduce scatter_reduce put gradient cross linalg_cross vecdot softmax log_softmax
    softmin lu_factor lu_factor_ex geqrf orgqr ormqr householder_product lstsq ldl_factor ldl_factor_ex ldl_solve lu_solve cholesky_solve
    triangular_solve""".split()
)
SPECIAL = (
    "airy",
    "bessel",
    "modified_bessel",
    "spherical_bessel",
    "scaled_modified",
    "gammainc",
    "igamma",
    "polygamma",
    "zeta",
    "gelu",
)


FAILURES = ("MKL FFT error", "INTERNAL ASSERT", "view size is not compatible")
HALF_TOO = frozenset("avg_pool3d lp_pool3d multi_margin_loss rrelu rrelu_".split())


def tensors(call: Call) -> list[Drawn]:
    """The tensors among the arguments of a call."""
    found = []
    for part in (*call[1], *call[2].values()):
        found += [p for p in (part if isinstance(part, list) else [part]) if isinstance(p, Drawn)]
    return found


def loose(call: Call) -> str | None:
    """Why only shapes and dtypes of a call's results are compared, if so."""
    name = call[0].name
    if name in LOOSE:
        return next(reason for reason, names in UNSAID.items() if name in names.split())
    numbers = [v for v in (*call[1], *call[2].values()) if isinstance(v, (int, float, np.number))]
    values = [*numbers, *(v for t in tensors(call) for v in t.values)]
    if name.rstrip("_") in SUMS and any(not abs(v) < 1e9 for v in values):
        return HUGE if any(1e9 <= abs(v) < math.inf for v in values) else NOT_FINITE
    if name == "matrix_exp" and any(t.dtype in ("float16", "bfloat16") for t in tensors(call)):
        return HALF
    if name == "lstsq" and numbers:
        return TOLERANCE
    reals = [v for v in values if not isinstance(v, complex)]
    if name.startswith(SPECIAL) and any(math.isinf(v) or (v < 0 and v == int(v)) for v in reals if v == v):
        return INFINITY
    if name.rstrip("_") in ("pow", "float_power") and any(isinstance(v, complex) for v in values):
        return NOT_FINITE if any(v == 0 or not abs(v) < math.inf for v in values) else None
    if name == "legendre_polynomial_p" and any(v != v for v in reals):
        return NOT_FINITE
    return None


def reason(call: Call, ours: Any, theirs: Any, fits: bool = True) -> str | None:
    """Why a call may give something else, if it is one of the reasons above; ``fits``: it was made of one that PyTorch takes."""
    own = _kind(ours)
    other = _kind(theirs)
    if own is not None and other is not None and not fits:
        return SEVERAL
    if own is None and any(words in str(theirs) for words in FAILURES) and not call[0].name.startswith("view"):
        return BROKEN
    if own is None and "'ComplexHalf'" in str(theirs):
        return COMPLEX_HALF
    if own is None and other is NotImplementedError and call[0].name in HALF_TOO:
        return ALSO_HALF
    if own is None:
        if call[0].name in ("median", "nanmedian") and any(t.layout == "expanded" for t in tensors(call)):
            return MEDIAN
        if call[0].name == "cov" and call[2] and math.prod(tensors(call)[0].shape) == 1:
            return CHANGED
        if call[0].name == "unique_consecutive" and len(call[1]) > 1:
            return SHIFTED
        return SINGULAR if isinstance(theirs, str) and "LinAlgError" in theirs and call[0].name in FACTORS else None
    if own is TypeError and other is AttributeError:
        return NO_TENSOR
    if other is not None and issubclass(own, other):
        return SUBCLASS
    if isinstance(ours, str) and "more than one element of the written-to tensor" in ours:
        return EXPANDED
    if other is None and (given := tensors(call)) and not math.prod(given[0].shape):
        said = ("Expected a floating point", "Dimension out of range", "Low precision")
        return EMPTY if issubclass(own, NotImplementedError) or any(words in ours for words in said) else None
    return None


def _kind(outcome: Any) -> Any:
    """The class of an exception, by its name in an outcome; None for results."""
    if not isinstance(outcome, str):
        return None
    return getattr(builtins, outcome.split(":")[0], RuntimeError)

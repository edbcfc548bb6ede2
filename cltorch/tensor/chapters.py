"""Imports every module that declares public names, and hands the methods to Tensor. See `tensor.publish`."""

from __future__ import annotations

from .. import sparse
from . import (
    creation,
    distances,
    einsum,
    fake_quantize,
    float_parts,
    foreach,
    fourier,
    functions,
    grids,
    indefinite,
    joining,
    lowrank,
    nan_reductions,
    norms,
    older_linalg,
    older_names,
    queries,
    removed,
    samplers,
    sampling,
    segments,
    short_time,
    solving,
    special,
    spectral,
    tensor_types,
    windows,
)
from .publish import install_methods

install_methods()

__all__ = [
    "creation",
    "distances",
    "einsum",
    "fake_quantize",
    "float_parts",
    "foreach",
    "fourier",
    "functions",
    "grids",
    "indefinite",
    "joining",
    "lowrank",
    "nan_reductions",
    "norms",
    "older_linalg",
    "older_names",
    "queries",
    "removed",
    "samplers",
    "sampling",
    "segments",
    "short_time",
    "solving",
    "sparse",
    "special",
    "spectral",
    "tensor_types",
    "windows",
]

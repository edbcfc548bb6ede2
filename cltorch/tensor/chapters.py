"""Imports every module that declares public names, and hands the methods to Tensor. See `tensor.publish`."""

from __future__ import annotations

from . import (
    creation,
    einsum,
    fourier,
    functions,
    grids,
    joining,
    lowrank,
    norms,
    older_linalg,
    queries,
    sampling,
    solving,
    special,
    spectral,
    tensor_types,
)
from .publish import install_methods

install_methods()

__all__ = [
    "creation",
    "einsum",
    "fourier",
    "functions",
    "grids",
    "joining",
    "lowrank",
    "norms",
    "older_linalg",
    "queries",
    "sampling",
    "solving",
    "special",
    "spectral",
    "tensor_types",
]

"""What a class body names and PyTorch has written in C does not become a method: ``act = torch.relu``, then ``self.act(x)``."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from ...ops.asking import PLACES
from ...tensor.tensor import Tensor

PYTHON = frozenset(
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cdist chain_matmul einsum lobpcg lu meshgrid norm "
    "pca_lowrank split stft svd_lowrank tensordot unique unique_consecutive unravel_index vmap".split()
)
"""Functions of ``torch`` that are written in Python there too, and so become methods."""
LAYERS = frozenset(
    "avg_pool2d avg_pool3d celu_ elu_ gelu hardtanh_ leaky_relu_ linear logsigmoid one_hot pdist relu_ rrelu_ scaled_dot_product_attention selu_ "
    "softplus softshrink threshold_".split()
)
"""Functions of ``nn.functional`` that are not, beside those that ``torch`` has too."""


def unbind(made: type) -> None:
    """Let the public functions in a class body stay functions.

    Functions of Python are bound when they are read from an instance, those of C are not. Ours are all of Python: one that did not
    bind would have to be an object of another kind, whose every call takes longer.
    """
    for name, value in list(vars(made).items()):
        if isinstance(value, FunctionType) and _is_of_c(value):
            setattr(made, name, staticmethod(value))


def _is_of_c(function: Any) -> bool:
    name = function.__name__
    spaces = [
        place.__name__.partition(".")[2]
        for place, names in PLACES
        if place is not Tensor and name in names and vars(place)[name] is function
    ]
    if "" in spaces:
        return name not in PYTHON
    return (
        "linalg" in spaces or "special" in spaces or "fft" in spaces or ("nn.functional" in spaces and name in LAYERS)
    )

"""Sparse tensors: COO and CSR (and CSC), on the device, with gradients. See torch.sparse.

A sparse tensor is a `SparseTensor`, a Tensor that holds strided tensors of indices and values (`base`). Ops without a sparse
form raise NotImplementedError; `Tensor.to_dense` gives a strided tensor.
"""

from ..tensor.publish import publish
from . import creation, functions, gradchecking, gradients, indices
from .base import SparseTensor
from .coo import SparseCoo
from .invariants import check_sparse_tensor_invariants

publish("sparse", __name__)
del publish

"""Which public functions PyTorch has written in C, and which in Python: that shows where a class body names one, and in what hooks are told."""

from __future__ import annotations

from collections.abc import Container

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
METHODS = frozenset(
    "backward register_hook register_post_accumulate_grad_hook is_shared share_memory_ module_load norm lu stft istft resize resize_as split unique "
    "unique_consecutive refine_names align_to unflatten rename_ rename to_sparse_coo dim_order storage storage_type __reversed__ __rsub__ __rdiv__ "
    "__rtruediv__ __rpow__ __floordiv__ __rfloordiv__ __rmod__ __rlshift__ __rrshift__ __rmatmul__ __format__ __len__ __dir__ __array__ __array_wrap__ "
    "__contains__ __repr__ __deepcopy__ __reduce_ex__ __setstate__ __dlpack__ __dlpack_device__ __ipow__".split()
)
"""Methods of Tensor that are written in Python there too."""


def in_c(name: str, spaces: Container[str]) -> bool:
    """Whether PyTorch has written a public function in C that has this name in these modules (``""`` is ``torch``)."""
    if "" in spaces:
        return name not in PYTHON
    if "nn.functional" in spaces and name in LAYERS:
        return True
    return "linalg" in spaces or "special" in spaces or "fft" in spaces

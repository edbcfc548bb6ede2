"""Which functions are called at random, and how: what PyTorch and cltorch both have, with the signatures that PyTorch lists."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import torch

import cltorch

UNSAID = {
    "which of equal elements is found": "sort argsort topk kthvalue median nanmedian mode msort",
    "which of several writes to one place stays": "put put_",
    "numbers are drawn": """bernoulli bernoulli_ multinomial normal normal_ rand randn randint randperm rand_like randn_like randint_like
        random_ uniform_ exponential_ geometric_ log_normal_ cauchy_ poisson binomial native_dropout dropout dropout_ dropout1d dropout2d dropout3d
        alpha_dropout alpha_dropout_ feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_ native_dropout
        rrelu rrelu_ gumbel_softmax fractional_max_pool2d fractional_max_pool3d fractional_max_pool2d_with_indices
        fractional_max_pool3d_with_indices svd_lowrank pca_lowrank""",
    "elements are undefined": "empty empty_like empty_strided empty_permuted new_empty new_empty_strided resize_ resize_as_",
    "factors and vectors are not unique": "svd eig eigh qr lu eigvals lu_unpack cholesky_inverse",
    "a singular matrix is not seen as one for certain": """inverse inv inv_ex pinverse pinv solve solve_ex solve_triangular tensorinv
        tensorsolve cholesky_ex cond matrix_rank logdet slogdet matrix_power""",
}
"""Functions whose results may differ, by the reason: compared are dtypes, shapes, and what `partly` can tell."""

LEFT_OUT = {
    "state of the process": """clear_autocast_cache autocast_increment_nesting autocast_decrement_nesting compile
        compiled_with_cxx11_abi initial_seed seed manual_seed save load use_deterministic_algorithms""",
    "memory of the host": """from_numpy from_dlpack frombuffer from_file asarray data_ptr is_shared share_memory_ storage untyped_storage
        new numpy pin_memory is_pinned get_device record_stream storage_offset set_ module_load to cuda cpu xpu type""",
    "gradients, and what is no operation": """register_hook register_post_accumulate_grad_hook backward detach_ requires_grad_ retain_grad
        output_nr is_leaf is_inference sym_float sym_int sym_max sym_min sym_not typename is_storage tolist result_type""",
    "sparse tensors, equations, and what takes functions: tests of their own": """to_sparse to_sparse_coo to_sparse_csr to_sparse_csc to_sparse_bsr to_sparse_bsc
        sparse_mask sparse_coo_tensor sparse_csr_tensor sparse_csc_tensor sparse_bsr_tensor sparse_bsc_tensor sparse_compressed_tensor hspmm sspaddmm smm to_dense to_mkldnn coalesce indices values crow_indices col_indices ccol_indices row_indices
        sparse_resize_ sparse_resize_and_clear_ sparse_dim dense_dim einsum vmap""",
    "orders of rows that do not fit end PyTorch's process": "lu_unpack",
    "PyTorch looks for eigenvectors until it has them": "lobpcg",
    "layers with many tensors that must fit": """multi_head_attention_forward batch_norm instance_norm lstm gru rnn_tanh rnn_relu lstm_cell
        gru_cell rnn_tanh_cell rnn_relu_cell ctc_loss scaled_dot_product_attention embedding_bag native_batch_norm
        linear_cross_entropy""",
}
"""Functions that are not called, by the reason."""

SPREAD = set(
    "block_diag broadcast_tensors cartesian_prod chain_matmul meshgrid atleast_1d atleast_2d atleast_3d".split()
)
"""Functions whose list of tensors is given one by one."""

LOOSE = {name for names in UNSAID.values() for name in names.split()}
SKIPPED = {name for names in LEFT_OUT.values() for name in names.split()}
SPACES = {
    "torch": (torch, cltorch, ""),
    "Tensor": (torch.Tensor, cltorch.Tensor, ""),
    "nn.functional": (torch.nn.functional, cltorch.nn.functional, ""),
    "linalg": (torch.linalg, cltorch.linalg, "linalg_"),
    "fft": (torch.fft, cltorch.fft, "fft_"),
    "special": (torch.special, cltorch.special, "special_"),
}
NOT_ASKED = {"layout", "device", "pin_memory", "memory_format", "generator", "out", "names", "input_names"}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a signature: its name, PyTorch's name for its type, and whether it may be left out or needs its name."""

    name: str
    type: str
    optional: bool
    keyword: bool


@dataclass(frozen=True)
class Target:
    """A function of both libraries, with its signatures."""

    space: str
    name: str
    signatures: tuple[tuple[Parameter, ...], ...]

    def of(self, library: Any) -> Any:
        """The function in one of the libraries."""
        place: Any = library
        for part in self.space.split("."):
            place = getattr(place, part, place)
        return getattr(place, self.name)


def _schemas(name: str) -> list[tuple[Parameter, ...]]:
    """PyTorch's own list of an operator's signatures, without those for scripts and names of dimensions."""
    found = {}
    for schema in torch._C._jit_get_schemas_for_operator(f"aten::{name}"):
        arguments = [a for a in schema.arguments if a.name not in NOT_ASKED]
        types = [str(a.type) for a in arguments]
        if "Dimname" in str(schema) or any(
            t in ("Any", "complex", "t") or t.startswith(("Dict", "List[t]")) for t in types
        ):
            continue
        if arguments and arguments[0].name == "self" and types[0] != "Tensor":
            continue
        if not arguments or (types[0] in ("int", "float", "number", "str") and arguments[0].name in ("a", "x")):
            continue
        kinds = [t.replace("int", "dtype") if a.name == "dtype" else t for a, t in zip(arguments, types, strict=True)]
        key = tuple(
            Parameter(a.name, kind, a.has_default_value(), a.kwarg_only)
            for a, kind in zip(arguments, kinds, strict=True)
        )
        found[key] = True
    return list(found)


def _written(function: Any) -> list[tuple[Parameter, ...]]:
    """The signature of a function that PyTorch writes in Python."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return []
    made = []
    for p in parameters:
        default = None if p.default is p.empty else p.default
        said = "Tensor" if p.annotation is p.empty and p.default is p.empty else str(p.annotation)
        kind = type(default).__name__ if default is not None else "Tensor" if "Tensor" in said else said
        made.append(
            Parameter(p.name, kind.replace("tuple", "List[int]"), p.default is not p.empty, p.kind is p.KEYWORD_ONLY)
        )
    return [tuple(p for p in made if p.name not in NOT_ASKED and not p.name.startswith("_"))]


def targets() -> list[Target]:
    """All functions that both libraries have, in a fixed order."""
    found = []
    for space, (theirs, ours, prefix) in SPACES.items():
        for name in sorted(dir(theirs)):
            function = getattr(theirs, name)
            if name.startswith("_") or name in SKIPPED or not callable(function) or inspect.isclass(function):
                continue
            if not hasattr(ours, name) or name.startswith(("is_", "get_", "set_", "are_", "use_")):
                continue
            signatures = _schemas(prefix + name)
            if space != "Tensor" and inspect.isfunction(function):
                signatures = _written(function) or signatures
            if signatures:
                found.append(Target(space, name, tuple(signatures)))
    return found

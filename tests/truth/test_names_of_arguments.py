"""Arguments by name: those of every overload that PyTorch declares, and NumPy's names for them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import torch

import cltorch

from ..beside import assert_beside, cases

HEAD = (
    "x, A = torch.arange(12.0).view(3, 4), torch.eye(3)\nF, spd = torch.nn.functional, torch.linalg.cholesky(A + 1)\n"
)
NUMPYS = """
torch.sum(x, axis=0, keepdims=True), torch.mean(a=x), torch.std(x, axis=0), x.mean(axis=(0, 1), keepdims=True), torch.cumsum(x1=x, axis=1)
torch.linalg.norm(x, axis=0), torch.linalg.vector_norm(x=x, dim=0, keepdims=True), torch.linalg.vector_norm(x, axis=1)
torch.cross(torch.eye(3), torch.ones(3, 3), axis=0), torch.scatter(x, axis=0, index=torch.zeros(1, 1).long(), value=1.0)
torch.fft.fft(x, axis=0).real, torch.quantile(x, q=0.5, axis=0), torch.take_along_dim(x, indices=torch.zeros(1, 1).long(), axis=0)
torch.squeeze(x, axis=0), torch.cat(tensors=[x], axis=1), torch.stack([x], axis=0), torch.unbind(x, axis=0), torch.narrow(x, axis=0, start=1, length=1)
torch.permute(x, axes=(1, 0))
torch.roll(x, 1, axis=0)
torch.rot90(x, axes=(0, 1))
torch.sum(x, dim=0, axis=0)
torch.sin(x=x), torch.exp(a=x), torch.maximum(x1=x, x2=x), torch.eq(input=x, x2=x), x.atan2(x2=x), torch.sin_(x=x.clone()), torch.isnan(a=x)
torch.lerp(a=x, end=x, weight=0.5), torch.addcmul(x=x, tensor1=x, tensor2=x), torch.special.xlogy(x1=x, x2=x), torch.floor_divide(x1=x, x2=x + 1)
torch.complex(real=x, imag=x), torch.polar(abs=x, angle=x), torch.float_power(input=x, exponent=2), F.one_hot(x=x.long())
F.avg_pool1d(x=x, kernel_size=2), F.pixel_shuffle(input=torch.ones(4, 1, 1), upscale_factor=2), F.prelu(input=x, weight=x[0, :1]), F.pdist(x=x)
torch.linalg.cond(input=A), torch.linalg.matrix_norm(x=A), torch.linalg.vector_norm(input=x), torch.linalg.eigvalsh(x=A)
torch.special.gammaincc(input=x, other=x), torch.special.expit(x=x)
torch.sin(y=x)
torch.celu(x, 3, True)
torch.selu(x, inplace=True)
torch.remainder(x, 2, 3)
torch.float_power(x, other=2)
torch.maximum(x, x, x2=x)
torch.sin()
F.mse_loss(x=x, target=x)
F.softmax(x, axis=0)
F.relu(x=x)
"""
OVERLOADS = """
torch.tensor_split(x, indices=(1,)), x.tensor_split(sections=2), x.tensor_split(tensor_indices_or_sections=torch.tensor(2))
x.hsplit(sections=2), torch.hsplit(x, indices=[1]), x.vsplit(sections=3), torch.dsplit(x[None], sections=2)
torch.clamp_max(x, max=3), x.clamp_min(min=3), x.clone().clamp_max_(max=3), torch.bitwise_and(torch.tensor(3), other=1), torch.pow(2, exponent=A)
torch.cholesky_solve(A, input2=spd), torch.matrix_exp(input=A), torch.triangular_solve(input=A, A=A).solution
torch.isin(elements=torch.tensor(1), test_element=1), torch.isin(element=1, test_elements=torch.tensor([1]))
torch.result_type(tensor=x, other=3), torch.result_type(scalar=2, tensor=x), torch.result_type(scalar1=2, scalar2=3)
torch.unsafe_split(input=x, split_size=2), x.clone().copy_(other=x + 1), x.clone().resize_(size=(2, 2)), x.sum_to_size(size=(1, 4))
torch.searchsorted(torch.arange(3), input=torch.tensor(1)), torch.eye(2, pin_memory=False), torch.tril_indices(3, 3, pin_memory=False)
x.random_(**{'from': 2, 'to': 3}), x.uniform_(**{'from': 2.0, 'to': 2.0}), x.new(size=(2,)).shape
"""


@pytest.mark.parametrize("code", cases(NUMPYS))
def test_names_of_numpy(code: str) -> None:
    assert_beside(HEAD + code)


@pytest.mark.parametrize("code", cases(OVERLOADS))
def test_names_of_overloads(code: str) -> None:
    assert_beside(HEAD + code)


TO_OTHERS = {
    "full": {"names"},  # named tensors are not here
    "native_batch_norm": {"out"},
    "threshold": {"out"},
    "tril_indices": {"requires_grad"},  # of integers: False is its only value
    "triu_indices": {"requires_grad"},
    "new": {"cls", "device", "other", "storage"},
    "set_num_threads": {"num"},  # PyTorch refuses these by name, whatever its declaration says
    "set_num_interop_threads": {"num"},
    "map_": {"other"},
    "record_stream": {"s"},
    "requires_grad_": {"mode"},
    "hardsigmoid": {"out"},  # the functions that PyTorch's pages name have none
    "hardtanh": {"out"},
    "leaky_relu": {"out"},
    "elu": {"input_scale", "scale"},
}
"""Keywords of PyTorch's declarations that functions here do not take."""
RECURRENT = ("gru", "lstm", "rnn_relu", "rnn_tanh")  # by position alone
DECLARATIONS = [
    ("_VariableFunctions.pyi", None, torch, cltorch),
    ("__init__.pyi", "TensorBase", torch.Tensor, cltorch.Tensor),
    ("_nn.pyi", None, torch.nn.functional, cltorch.nn.functional),
]


def declared(file: str, within: str | None) -> dict[str, set[str]]:
    """Names of parameters by function, all overloads together."""
    body: list[Any] = ast.parse((Path(torch.__file__).parent / "_C" / file).read_text()).body
    if within:
        body = [f for c in body if isinstance(c, ast.ClassDef) and c.name == within for f in c.body]
    found: dict[str, set[str]] = {}
    for f in body:
        if isinstance(f, ast.FunctionDef) and not f.name.startswith("_"):
            names = {a.arg for a in (*f.args.args, *f.args.kwonlyargs)}
            found.setdefault(f.name, set()).update(
                name for name in names if name != "self" and not name.startswith("_")
            )
    return found


@pytest.mark.parametrize(("file", "within", "theirs", "ours"), DECLARATIONS, ids=["torch", "Tensor", "functional"])
def test_every_keyword(file: str, within: str | None, theirs: Any, ours: Any) -> None:
    refused, own = {}, (cltorch.ones(2, 2),) if within else ()
    for function, keywords in declared(file, within).items():
        if function in RECURRENT or not (hasattr(theirs, function) and hasattr(ours, function)):
            continue
        for keyword in keywords - TO_OTHERS.get(function, set()):
            try:
                getattr(ours, function)(*own, **{keyword: object()})
            except Exception as error:
                if isinstance(error, TypeError) and "unexpected keyword" in str(error):
                    refused[function, keyword] = str(error)
    assert not refused

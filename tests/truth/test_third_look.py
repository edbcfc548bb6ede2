"""What a third search found, by kinds, a line each: parameters of other dtypes, sequences of several, and geometry that may not be changed."""

from __future__ import annotations

import pytest

from ..beside import assert_beside, cases

HEAD = "nn, F, x, P = torch.nn, torch.nn.functional, torch.ones(2, 3), torch.nn.utils.rnn\n"
DTYPES = """
F.batch_norm(x, x[0].double(), x[0].double())
F.batch_norm(x, x[0], x[0], x[0].double())
F.batch_norm(x, x[0], x[0], x[0].half(), training=True)
F.batch_norm(x.double(), x[0], x[0])
F.batch_norm(x.half(), x[0].bfloat16(), x[0].bfloat16())
F.batch_norm(x.half(), x[0], x[0])
F.batch_norm(x, x[0], None, training=True)
F.batch_norm(x[0], None, None, training=True)
F.instance_norm(x[None], weight=x[0, :2].double())
F.rms_norm(x, (3,), x[0].double())
F.rms_norm(x, (3,), x[0].half())
P.pad_sequence([torch.arange(3), torch.ones(2) * 1.5])
P.pad_sequence([torch.ones(2) * 1.5, torch.arange(3)])
"""
WEIGHTS = """
F.binary_cross_entropy(x / 2, x, x.double())
F.binary_cross_entropy(x.half() / 2, x.half(), x.long(), reduction="none")
F.binary_cross_entropy(x / 2, x, x + 0j)
F.embedding_bag(torch.tensor([0]), x.long(), torch.tensor([0]))
torch.istft(torch.ones(3, 5) + 0j, 4, window=torch.ones(4) + 0j)
x.index_fill(0, torch.tensor([0]), torch.tensor(1 + 1j))
x.index_fill(0, torch.tensor([0]), 1 + 0j)
torch.randperm(3, dtype=torch.complex64)
x.cov(aweights=x[0] > 0)
x.cov(aweights=x[0] + 0j)
F.ctc_loss(torch.zeros(3, 1, 3), torch.tensor([[1]]), torch.tensor([True]), torch.tensor([1]))
"""
NUMBERS = """
torch.pdist(x, float("nan"))
torch.cdist(x, x, float("nan"))
x.renorm(float("nan"), 0, 1.0)
(x + 1j).norm(2, dtype=torch.float32)
x.norm(2, dtype=torch.int64)
nn.Linear(2, 2).to(dtype="float64")
nn.Linear(2, 2).to(device=torch.float64)
x.nonzero_static(size=2)
x.nonzero_static(size=7)
"""
SEQUENCES = """
P.pad_sequence([torch.ones(2, 2), torch.ones(3, 1)])
P.pad_sequence([torch.ones(2, 1), torch.ones(3, 2)])
P.pad_sequence([torch.tensor(1.0)])
torch.utils.data.default_collate([x.to_sparse()] * 2)
P.unpad_sequence(x, torch.tensor([3]), batch_first=True)
(m := nn.BatchNorm1d(3).eval(), setattr(m, "running_mean", None), m(x))
(m := nn.BatchNorm1d(3).eval(), setattr(m, "running_mean", None), setattr(m, "running_var", None), m(x).detach())[-1]
F.pad(x, (1, 1), mode="reflect", value=2.0)
F.scaled_dot_product_attention(x[:, :0], x[:, :0], x)
torch.sparse.mm(x[None], x.t()[None])
"""
INFERENCE = """
torch.inference_mode()(torch.ones)(2, 3).transpose_(0, 1)
torch.inference_mode()(torch.ones)(2, 3).unsqueeze_(0)
torch.inference_mode()(torch.ones)(2, 3).t_()
torch.inference_mode()(torch.ones)(1, 3).squeeze_()
"""


@pytest.mark.parametrize("case", cases(DTYPES + WEIGHTS + NUMBERS + SEQUENCES + INFERENCE))
def test_as_pytorch(case: str) -> None:
    assert_beside(f"{HEAD}R = {case}")

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
SEQUENCES = """
P.pad_sequence([torch.ones(2, 2), torch.ones(3, 1)])
P.pad_sequence([torch.ones(2, 1), torch.ones(3, 2)])
P.pad_sequence([torch.tensor(1.0)])
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


@pytest.mark.parametrize("case", cases(DTYPES + SEQUENCES + INFERENCE))
def test_as_pytorch(case: str) -> None:
    assert_beside(f"{HEAD}R = {case}")

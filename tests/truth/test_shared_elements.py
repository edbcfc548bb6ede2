"""Writes through views that show elements of memory several times: expanded, unfolded and strided ones."""

from __future__ import annotations

import pytest

from .cases import assert_same

MADE = {
    "expanded rows": "torch.zeros(1, 3).expand(2, 3)",
    "expanded columns": "torch.zeros(3, 1).expand(3, 4)",
    "unfolded": "torch.arange(6.).unfold(0, 3, 1)",
    "unfolded twice": "torch.arange(12.).reshape(3, 4).unfold(1, 2, 1).unfold(0, 2, 1)",
    "strided": "torch.arange(5.).as_strided((3, 3), (1, 1))",
}
WRITES = """
x[torch.tensor([0])] = 1.0; x[x > -1] = 7.0; x[x > 1] = 7.0; x[0] = 5.0; x[:] = 2.0; x[torch.arange(x.shape[0]) < 1] = torch.tensor(3.0); x[[0, 1], 0] = torch.tensor([8.0, 9.0])[(...,) + (None,) * (x.dim() - 2)]
x.fill_(3); x.zero_(); x.mul_(2); x.add_(1); x.add_(y); x.sub_(y, alpha=2); x.neg_(); x.copy_(y); x.copy_(torch.tensor(4.0)); x.clamp_(0, 1); x.pow_(2); x.floor_divide_(2); x.relu_()
x.masked_fill_(x > 0, 9.0); x.masked_fill_(y > 2, 9.0); x.index_fill_(0, k, 1.0); x.index_put_((k,), torch.tensor(2.0)); x.index_put_((k,), torch.tensor(2.0), accumulate=True)
x.addcmul_(y, y); x.lerp_(y, 0.5); x += y; x.bernoulli_(1.0); x.eq_(0); x.nan_to_num_(); torch.exp(y * 0, out=x); torch.nn.functional.relu(x, inplace=True); x[..., 0].sub_(1); x.random_(1, 2)
"""


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_writes(made: str) -> None:
    calls = [call.strip() for call in WRITES.replace("\n", ";").split(";") if call.strip()]
    lines = ["import warnings; warnings.simplefilter('ignore')", "k = torch.tensor([0, 1])"]
    for call in calls:
        lines.append(f"x = {made}; y = torch.arange(float(x.numel())).reshape(x.shape)")
        lines.append(f"try: {call}\nexcept Exception as error: print('!!', type(error).__name__)\nprint({call!r}, x)")
    assert_same("\n".join(lines))


def test_expanded_tensors_are_warned_of() -> None:
    assert_same("""
import warnings
def seen(f):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        f(torch.zeros(1, 3).expand(2, 3))
    print([w.category.__name__ for w in found])
seen(lambda x: x.__setitem__(torch.tensor([0]), 1.0)); seen(lambda x: x.masked_fill_(torch.ones(2, 3) > 0, 1.0)); seen(lambda x: x.fill_(1.0)); seen(lambda x: x[0].add_(1.0))
""")


def test_gradients_are_refused() -> None:
    assert_same("""
x = torch.arange(6.).requires_grad_()
T(lambda: (x * 1).expand(2, 6).add_(1))
""")

"""``out=``: which functions have it, which dtypes it may have, and what else PyTorch says of it."""

from __future__ import annotations

import pytest

from .cases import assert_same

ELEMENTS = """
acos(x); add(x, x); addcmul(x, x, x); atan2(x, x); clamp(x, 0, 1); cumsum(x, 0); deg2rad(x); div(x, 2, rounding_mode='floor'); eq(x, x); exp(x)
floor_divide(x, 2); lerp(x, x, 0.5); logical_and(x, x); logit(x, 0.1); logsumexp(x, 0); maximum(x, x); mean(x, 0); mvlgamma(x + 3, 1); outer(x[0], x[1])
pow(x, 2); sigmoid(x); sum(x, 0); std(x, 0); cat([x, x]); stack([x, x]); where(x > 0, x, x); special.i1(x); special.zeta(x + 2, x + 1)
linalg.pinv(x); linalg.matrix_rank(x); fft.fft(x); linalg.cond(x[:, :2]); cholesky_inverse(torch.eye(2)); zeros(2, 3)
"""
EXACT = """
abs(x); addmm(x[:, :2], x[:, :2], x[:, :2]); bmm(x[None], x[None].mT); ceil(x); cummax(x, 0); diag(x); diff(x); floor(x); frac(x); gather(x, 0, k); index_select(x, 0, k[0, :2])
isin(x, x); isposinf(x); kthvalue(x, 1); log_softmax(x, 0); masked_select(x, x > 0); matmul(x, x.T); max(x, 0); argmax(x, 0); median(x, 0); mm(x, x.T); mode(x)
msort(x); nan_to_num(x); neg(x); nonzero(x); norm(x, dim=0); permute_copy(x, (1, 0)); quantile(x, 0.5, 0); round(x); scatter_add(x, 0, k, x); searchsorted(x, x); sgn(x)
slice_scatter(x, x); softmax(x, 0); sort(x); take(x, k); tensordot(x, x.T, 1); topk(x, 1); tril(x); trunc(x); linalg.det(torch.eye(2)); linalg.svd(x); histc(x)
linalg.vector_norm(x); linalg.solve(torch.eye(2), torch.eye(2)); bucketize(x, x[0]); renorm(x, 2, 0, 1.0); split_with_sizes_copy(x, [1, 1])
"""
WITHOUT = """
isnan(x); isfinite(x); isinf(x); isreal(x); positive(x); clone(x); flip(x, (0,)); roll(x, 1); masked_fill(x, x > 0, 1); index_fill(x, 0, k[0], 1); index_put(x, (k[0],), x[0, 0])
reshape(x, (6,)); squeeze(x); unsqueeze(x, 0); permute(x, (1, 0)); diag_embed(x); diagflat(x); trace(x); tile(x, (2,)); unique(x); var_mean(x); isclose(x, x); argsort(x)
count_nonzero(x); repeat_interleave(x, 2); sum(x); prod(x); median(x); argwhere(x); select_scatter(x, x[0], 0, 0); masked_scatter(x, x > 0, x); put(x, k, x); chunk(x, 2)
"""
PROBE = """
import warnings
x, k = torch.arange(6.).reshape(2, 3) / 7 + 0.05, torch.tensor([[0, 1, 1], [1, 0, 0]])
def probe(name, call, made):
    several = isinstance(made, (tuple, list))
    first = made[0] if several else made
    for label, dtype, shape in (("same", first.dtype, first.shape), ("wider", torch.float64, first.shape), ("narrow", torch.uint8, first.shape),
                                ("shape", first.dtype, (7, 5)), ("empty", first.dtype, (0,))):
        out = torch.zeros(shape, dtype=dtype)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            try:
                call((out, *(torch.zeros_like(t) for t in made[1:])) if several else out)
                text = f"{out.dtype} {tuple(out.shape)}"
            except Exception as error:
                text = type(error).__name__
        print(name, label, text, len([w for w in seen if "resized" in str(w.message)]))
"""
REFUSED = """
x = torch.arange(6.).reshape(2, 3)
T(lambda: torch.exp(x, out=[x])); T(lambda: torch.sum(x, 0, out=3)); T(lambda: torch.topk(x, 1, out=x)); T(lambda: torch.mm(x, x.T, out=[x]))
T(lambda: torch.exp(x, out=torch.zeros(1, 3).expand(2, 3))); T(lambda: torch.mm(x, x.T, out=torch.zeros(1, 2).expand(2, 2)))
T(lambda: torch.exp(x, out=torch.zeros(2, 3).requires_grad_())); T(lambda: torch.exp(x.requires_grad_(), out=torch.zeros(2, 3)))
with torch.no_grad(): T(lambda: torch.exp(x, out=torch.zeros(2, 3).requires_grad_()).requires_grad)
y = torch.arange(6.); T(lambda: torch.add(y[:-1], 1, out=y[1:])); T(lambda: torch.add(y, 1, out=y)); print(y)
buffer = torch.zeros(8); torch.add(y[:3], 1, out=buffer[:0]); print(buffer)
"""


def _probes(calls: str) -> str:
    found = [call.strip() for call in calls.replace("\n", ";").split(";") if call.strip()]
    return PROBE + "\n".join(
        f"probe({call.split('(')[0]!r}, lambda out: torch.{call[:-1]}, out=out), torch.{call})" for call in found
    )


@pytest.mark.parametrize("calls", [ELEMENTS, EXACT, WITHOUT], ids=["elements", "exact", "without"])
def test_out_has_the_dtypes_and_shapes_that_it_may_have(calls: str) -> None:
    assert_same(_probes(calls))


def test_what_cannot_be_an_output_is_refused() -> None:
    assert_same(REFUSED)

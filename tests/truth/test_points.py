"""Values and gradients at the points where rules go wrong: zeros of both signs, ties, nan, inf, huge, tiny, the domain's edges.

PyTorch's answer is the right one, nan included.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

from ..beside import assert_beside
from ..beside import cases as lines

INF, NAN = float("inf"), float("nan")
POINTS = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -3.0,
    20.0,
    -20.0,
    88.0,
    -104.0,
    1e-30,
    -1e-30,
    1e-42,
    1e20,
    -1e20,
    3e38,
    INF,
    -INF,
    NAN,
)
FEW = (0.0, -0.0, 1.0, -1.0, 2.5, 1e20, -1e20, 1e-30, INF, -INF, NAN)

UNARY = """
.abs(); .neg(); .sign(); .square(); .reciprocal(); .exp(); .exp2(); .expm1(); .log(); .log2(); .log10(); .log1p(); .sqrt(); .rsqrt(); .sin(); .cos(); .tan(); .asin(); .acos(); .atan(); .sinh(); .cosh(); .tanh()
.asinh(); .acosh(); .atanh(); .sigmoid(); .erf(); .erfc(); .erfinv(); .floor(); .ceil(); .trunc(); .round(); .frac(); .relu(); .clamp(-1, 1); .clamp(min=0); .clamp(max=1)
.nan_to_num(); .logit(); .logit(0.1); .deg2rad(); .pow(0); .pow(1); .pow(2); .pow(3); .pow(-1); .pow(0.5); .pow(-0.5); .pow(1.5); .clamp(min=float("nan"))
F.logsigmoid(x); F.softplus(x); F.elu(x); F.leaky_relu(x); F.silu(x); F.gelu(x); F.gelu(x, approximate="tanh"); 0 ** x; 2 ** x; 0.5 ** x; 1 / x; x / 0; x % 2; 2 - x
x * 0; x / float("inf"); torch.where(x > 0, x, x * 2); x.masked_fill(x > 1, 0.0); torch.div(x, 2, rounding_mode="floor"); torch.div(x, 2, rounding_mode="trunc")
""".replace("\n", ";")
BINARY = """
torch.add(x, y); torch.sub(x, y); torch.mul(x, y); torch.div(x, y); torch.pow(x, y); torch.remainder(x, y); torch.fmod(x, y); torch.maximum(x, y); torch.minimum(x, y)
torch.fmax(x, y); torch.fmin(x, y); torch.atan2(x, y); torch.hypot(x, y); torch.logaddexp(x, y); torch.copysign(x, y); torch.lerp(x, y, 0.25); torch.lerp(x, y, 0.75)
torch.clamp(x, min=y); torch.clamp(x, max=y); F.mse_loss(x, y, reduction="none"); F.l1_loss(x, y, reduction="none"); F.smooth_l1_loss(x, y, reduction="none")
torch.addcmul(x, x, y); torch.addcdiv(x, x, y); torch.div(x, y, rounding_mode="floor"); F.binary_cross_entropy_with_logits(x, y, reduction="none")
""".replace("\n", ";")
ROWS = (
    (0.0, 0.0, 0.0), (1.0, 1.0, 0.5), (-0.0, 0.0, -1.0), (1e20, 1e20, 0.0), (-1e20, 3.0, 1e20), (INF, 1.0, 2.0), (INF, INF, 0.0), (-INF, -INF, -INF),
    (NAN, 1.0, 2.0), (2.0, NAN, NAN), (1e-30, 1e-30, 0.0), (1e-42, 0.0, 0.0), (3e38, 3e38, 1.0), (-2.0, -2.0, -2.0), (2.0, 0.0, 3.0), (0.0, 2.0, 0.0),
)  # fmt: skip
REDUCED = """
.sum(); .mean(); .prod(); .var(); .std(); .var(0); .var(correction=0); .norm(); .norm(0); .norm(0.5); .norm(1); .norm(1.5); .norm(3); .norm(float("inf")); .norm(-float("inf")); .max(); .min()
.amax(0); .amin(0); .max(0).values; .min(0).values; .median(); .median(0).values; .logsumexp(0); .softmax(0); .log_softmax(0); .cumsum(0); .cumprod(0); .cummax(0).values
.cummin(0).values; .sort().values; .topk(2).values; .kthvalue(2).values; .aminmax().max; .prod(0); .norm(2, 0, True)
""".replace("\n", ";")


def run(library: Any, code: str, first: Any, second: Any = None) -> list[np.ndarray]:
    """The value of an expression of ``x`` (and ``y``) and its gradients, weighted so that each element's is seen."""
    names = {
        "torch": library,
        "F": library.nn.functional,
        "x": library.tensor(first, dtype=library.float32).requires_grad_(),
    }
    leaves = [names["x"]]
    if second is not None:
        names["y"] = library.tensor(second, dtype=library.float32).requires_grad_()
        leaves.append(names["y"])
    value = eval(f"x{code}" if code[0] == "." else code, names)
    found = [value.detach().numpy()]
    if value.requires_grad:
        weights = (
            library.arange(1, value.numel() + 1, dtype=library.float32).reshape(tuple(value.shape))
            if value.dim()
            else library.tensor(1.0)
        )
        value.backward(weights)
        found += [np.full(1, 9e9, np.float32) if leaf.grad is None else leaf.grad.numpy() for leaf in leaves]
    return found


def same(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Equal up to rounding, nan where nan, and of one infinity."""
    with np.errstate(all="ignore"):
        scale = np.max(np.abs(theirs[np.isfinite(theirs)]), initial=0.0)
        near = np.abs(ours - theirs) <= 3e-5 * np.abs(theirs) + min(2e-7, 1e-6 * scale)
    return ours.shape == theirs.shape and bool(np.all((np.isnan(ours) & np.isnan(theirs)) | (ours == theirs) | near))


ROUNDED = {"sum", "mean", "prod", "var", "std", "cumprod"}  # their order of adding differs, which huge numbers show
TIES = {"kthvalue(2)"}  # which of equal elements is found
ELSEWHERE = {  # PyTorch's vectors have other numbers there than its scalars, or none: see docs/differences.md
    "F.gelu(x)": {INF, -3.0},
    "torch.remainder(x, y)": {1e20, -1e20},
    "torch.fmod(x, y)": {1e20, -1e20},
    'F.binary_cross_entropy_with_logits(x, y, reduction="none")': {1e-30},
}


def cases(text: str) -> list[str]:
    return [code.strip() for code in text.split(";") if code.strip()]


def assert_same(code: str, *given: tuple[float, ...]) -> None:
    pairs = zip(run(cltorch, code, *given), run(torch, code, *given), strict=True)
    for name, (ours, theirs) in zip(("value", "gradient of x", "gradient of y"), pairs):
        assert same(ours, theirs), f"{code}: {name} at {given}\n--- PyTorch\n{theirs}\n--- cltorch\n{ours}"


@pytest.mark.parametrize("code", cases(UNARY))
def test_functions_of_one(code: str) -> None:
    assert_same(code, tuple(p for p in POINTS if p not in ELSEWHERE.get(code, ())))


@pytest.mark.parametrize("code", cases(BINARY))
def test_functions_of_two(code: str) -> None:
    left_out = ELSEWHERE.get(code, set())
    first, second = zip(*((a, b) for a, b in itertools.product(FEW, FEW) if not {a, b} & left_out))
    assert_same(code, first, second)


@pytest.mark.parametrize("code", cases(REDUCED))
def test_functions_of_rows(code: str) -> None:
    name = code[1:].split("(")[0]
    for row in ROWS:
        if name in ROUNDED and any(abs(n) >= 1e20 for n in row):
            continue
        if any(tie in code for tie in TIES) and len(set(row)) < len(row):
            continue
        assert_same(code, row)


def test_points_of_probabilities() -> None:
    """Losses over probabilities, at 0, at 1 and with targets at both."""
    inputs, targets = zip(*itertools.product((0.0, 1.0, 0.5, 1e-30, 1e-8), (0.0, 1.0, 0.25)))
    assert_same('F.binary_cross_entropy(x, y, reduction="none")', inputs, targets)
    assert_same("torch.digamma(x)", (0.5, 1.0, 2.5, 10.0, 100.0, -0.5, -1.5, -2.25, 0.1, 1e6))
    assert_same("torch.lgamma(x)", (0.5, 1.0, 2.5, 10.0, 100.0, -0.5, -1.5, 0.1, 1e6, INF))


SECOND = ("x.cumprod(0)", "x.prod()", "x.prod(0)", "x.norm()", "x.std()", "x.logsumexp(0)")


@pytest.mark.parametrize("code", SECOND)
def test_second_gradients_where_there_are_zeros(code: str) -> None:
    for row in ((1.0, 0.0, 0.0), (2.0, 0.0, 3.0), (2.0, 3.0, 4.0), (0.0, 1.0, 2.0, 0.0)):
        found = []
        for library in (cltorch, torch):
            x = library.tensor(row, requires_grad=True)
            value = eval(code, {"x": x})
            (first,) = library.autograd.grad(value.sum(), x, create_graph=True)
            weights = library.arange(len(row), dtype=library.float32) + 1
            (second,) = library.autograd.grad((first * weights).sum(), x)
            found.append((first.detach().numpy(), second.numpy()))
        for ours, theirs in zip(*found):
            assert same(ours, theirs), f"{code} at {row}: {ours} instead of {theirs}"


ODD = "sin tan tanh erf asin atan sinh asinh atanh expm1 log1p sqrt neg round trunc floor ceil sign".split()


@pytest.mark.parametrize("name", ODD)
def test_the_sign_of_zero_stays(name: str) -> None:
    """In vectors, too: polynomials add a zero of the other sign."""
    zeros = [-0.0] * 20 + [0.0] * 20
    ours, theirs = (getattr(m.tensor(zeros), name)().numpy() for m in (cltorch, torch))
    np.testing.assert_array_equal(np.signbit(ours), np.signbit(theirs))


@pytest.mark.parametrize("name", ["sin", "cos", "tan", "tanh"])
def test_neighbours_change_no_bit(name: str) -> None:
    """A large number beside them sends small ones no other way."""
    x = cltorch.linspace(-3, 3, 32)
    beside = x.clone()
    beside[5] = 1e20
    alone, together = (getattr(v, name)().numpy() for v in (x, beside))
    np.testing.assert_array_equal(np.delete(alone, 5), np.delete(together, 5))


COMPOSED = """
[F.normalize(t([[1., n], [0., -0.]]), p=p) for n in (nan, inf) for p in (0, 1, 2, inf)]
[torch.nanmean(t(v)) for v in ([nan, nan], [], [1, nan])]
[torch.cdist(t([[1., n, .5]]), t([[2., 3, v]]), p=p) for n in (nan, inf) for v in (3, inf, nan) for p in (0, 1, 2, 3, inf)]
[F.pdist(t([[1., n], [2., inf], [2, v]]), p) for n in (nan, inf) for v in (3, inf, nan) for p in (0, 1, 2, 3, inf)]
[F.interpolate(t([[[1., 2, 3, inf]]]), 8, mode="linear"), F.interpolate(t([[[[1., 2, 3, 4, inf]]]]), (1, 3), mode="bilinear", antialias=True)]
torch.autograd.grad(F.interpolate(y := torch.ones(1, 1, 4, requires_grad=True), 8, mode="linear"), y, t([[[inf, 1, 1, 1, 1, 1, 1, 1.]]]))
[F.grid_sample(t([[[[1., 2], [3, 4]]]]), t([[[[nan, 0], [inf, 0], [-inf, 1], [0, nan], [.3, inf]]]]), padding_mode=p) for p in ("border", "reflection")]
[F.ctc_loss(torch.full((3, 1, 3), -inf), t([[1]]), t([3]), t([1]), zero_infinity=z) for z in (True, False)]
[F.ctc_loss(t([[[-inf, 0, -inf]], [[-inf, -inf, 0]]]), t([[1, k]]), t([2]), t([2])) for k in (1, 2)]
[torch.linalg.cond(torch.ones(2, 2), p) for p in (1, -1, inf, -inf, "fro")]
torch.linalg.cond(torch.zeros(0, 0), 1)
[F.multilabel_margin_loss(t([[0., n, 1]]), t([[k, 2, -1]]), reduction="none") for n in (nan, inf) for k in (0, 1)]
[F.unfold(torch.ones(1, 2, 4, 4), 2, stride=s) for s in (2, 0)]
F.unfold(torch.ones(1, 2, 4, 4), -9, padding=1)
F.unfold(torch.ones(1, 2, 4, 4), 2, padding=-1)
F.unfold(torch.ones(2, 4), 2)
F.fold(torch.ones(1, 8, 4), 4, 0)
"""


@pytest.mark.parametrize("line", lines(COMPOSED))
def test_points_of_compositions(line: str) -> None:
    assert_beside(f"t, inf, nan, F = torch.tensor, math.inf, math.nan, torch.nn.functional\nR = {line}")

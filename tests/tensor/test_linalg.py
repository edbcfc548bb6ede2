"""torch.linalg beside PyTorch: values and gradients in float64, errors, large matrices in panels, hard ones, and properties of factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch

CASES = [
    *("m.linalg.inv(a)", "m.linalg.det(a)", "m.linalg.slogdet(a)[1]", "m.logdet(s)", "m.linalg.solve(a, b)"),
    *("m.linalg.solve(a, v)", "m.linalg.solve(a, b.mT, left=False)", "m.linalg.solve_triangular(a, b, upper=True)"),
    "m.linalg.solve_triangular(a, b, upper=False, unitriangular=True)",
    "m.linalg.solve_triangular(a, b.mT, upper=False, left=False)",
    *("m.linalg.cholesky(s)", "m.linalg.cholesky(s, upper=True)", "m.cholesky_solve(b, m.linalg.cholesky(s))"),
    *(
        "m.cholesky_inverse(m.linalg.cholesky(s))",
        "m.linalg.lu(a)[2]",
        "m.linalg.lu_factor(t)[0]",
        "m.linalg.lu_factor(t.mT)[0]",
    ),
    *("m.linalg.lu_solve(*m.linalg.lu_factor(a), b)", "m.linalg.qr(t)[1].abs()", "m.linalg.qr(t.mT)[1].abs()"),
    *("m.linalg.eigvalsh(s)", "m.linalg.eigh(s)[1].abs()", "m.linalg.svdvals(t)", "m.linalg.svd(t, False)[0].abs()"),
    *("m.linalg.svd(t.mT, False)[2].abs()", "m.linalg.pinv(t)", "m.linalg.pinv(t.mT)", "m.linalg.matrix_exp(a)"),
    *(
        "m.linalg.matrix_power(a, 5)",
        "m.linalg.matrix_power(a, -2)",
        "m.linalg.multi_dot([t[0].mT, a[0], b[0], b[1].mT, v[0]])",
    ),
    *(
        "m.linalg.norm(t[0], 'nuc')",
        "m.norm(t, 'nuc', dim=(1, 2))",
        "t[0].norm('nuc', keepdim=True)",
        "m.linalg.matrix_norm(t, 2)",
        "m.linalg.matrix_norm(t, 1)",
        "m.linalg.vector_norm(t, 3, dim=1)",
    ),
    *("m.linalg.cond(a)", "m.linalg.cross(t, t.flip(1))", "m.linalg.vecdot(t, t)"),
    *("m.linalg.vander(v)", "m.linalg.tensorinv(a[0].reshape(4, 2, 2), ind=1)", "m.linalg.lstsq(t, b).solution"),
    *("m.linalg.householder_product(t, v[:, :3])", "m.svd(t)[1]", "m.inverse(a)"),
]


def operands(module: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(2, 4, 4)) + 3 * np.eye(4)
    data = {
        "a": a,
        "s": a @ a.transpose(0, 2, 1),
        "t": rng.normal(size=(2, 4, 3)),
        "b": rng.normal(size=(2, 4, 2)),
        "v": rng.normal(size=(2, 4)),
    }
    return {"m": module, **{name: module.tensor(value, requires_grad=True) for name, value in data.items()}}


@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients(case: str) -> None:
    found = []
    for module in (cltorch, torch):
        names = operands(module)
        result = eval(case, names)
        weights = module.tensor(np.cos(np.arange(result.numel())).reshape(tuple(result.shape)))
        (result * weights).sum().backward()
        grads = [names[n].grad for n in "astbv"]
        found.append([result.detach().numpy(), *(None if g is None else g.numpy() for g in grads)])
    for ours, theirs in zip(*found, strict=True):
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-8)


ERRORS = [
    *(
        "m.linalg.inv(m.zeros(3, 3))",
        "m.linalg.inv(m.ones(3))",
        "m.linalg.inv(m.ones(3, 2))",
        "m.linalg.inv(m.ones(2, 2).long())",
    ),
    *(
        "m.linalg.cholesky(-m.eye(3))",
        "m.linalg.solve(m.zeros(2, 3, 3), m.ones(2, 3, 1))",
        "m.linalg.solve(m.eye(3), m.ones(4, 1))",
    ),
    *(
        "m.linalg.qr(m.ones(2, 2), mode='x')",
        "m.linalg.matrix_norm(m.ones(3), 'fro')",
        "m.linalg.multi_dot([m.ones(2)])",
    ),
]


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    found = []
    for module in (cltorch, torch):
        with pytest.raises(RuntimeError) as caught:
            eval(case, {"m": module})
        found.append((type(caught.value).__mro__[-4].__name__, str(caught.value).split("\n")[0]))
    assert found[0][1][:40] == found[1][1][:40]


def random(rng: np.random.Generator, dtype: Any, *shape: int) -> Any:
    """Normal numbers, complex ones where asked for."""
    numbers = rng.normal(size=shape)
    return (numbers + 1j * rng.normal(size=shape) if np.iscomplexobj(dtype()) else numbers).astype(dtype)


def near(ours: Any, theirs: Any, tolerance: float) -> None:
    """Equal but for ``tolerance``, relative to the largest."""
    theirs = np.asarray(theirs)
    np.testing.assert_allclose(np.asarray(ours), theirs, rtol=0, atol=tolerance * max(1.0, float(np.abs(theirs).max())))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("shape", [(2, 150, 150), (1, 65, 65), (1, 90, 200), (1, 200, 90)])
def test_large_matrices_go_in_panels(dtype: Any, shape: tuple[int, ...]) -> None:
    a = random(np.random.default_rng(1), dtype, *shape)
    tolerance = 1e-11 if dtype is np.float64 else 1e-4
    ours, theirs = cltorch.tensor(a), torch.tensor(a)
    P, L, U = cltorch.linalg.lu(ours)
    near((P @ L @ U).numpy(), a, tolerance)
    assert (np.abs(L.numpy()) < 1.5).all()  # 1, but complex pivots are chosen by the sum of their parts
    for mode in ("reduced", "complete"):
        for mine, other in zip(cltorch.linalg.qr(ours, mode), torch.linalg.qr(theirs, mode), strict=True):
            near(mine.numpy(), other.numpy(), tolerance)
    if shape[1] == shape[2]:
        s = (a @ a.conj().swapaxes(-1, -2) / shape[-1] + np.eye(shape[-1])).astype(dtype)
        ours, theirs = cltorch.tensor(s), torch.tensor(s)
        near(cltorch.linalg.cholesky(ours).numpy(), torch.linalg.cholesky(theirs).numpy(), tolerance)
        near(cltorch.linalg.inv(ours).numpy(), torch.linalg.inv(theirs).numpy(), tolerance)
        near((ours @ cltorch.linalg.solve(ours, ours[..., :1])).numpy(), s[..., :1], tolerance)


def test_failures_behind_the_first_panel_are_found() -> None:
    a = cltorch.eye(100)
    a[70, 70] = -1.0
    assert cltorch.linalg.cholesky_ex(a).info.item() == 71
    a[70, 70] = 0.0
    assert cltorch.linalg.lu_factor_ex(a).info.item() == 71


HARD = {
    "random": lambda a: a,
    "of low rank": lambda a: a[..., : a.shape[-1] // 3 + 1] @ a[..., : a.shape[-1] // 3 + 1, :],
    "graded": lambda a: (a * 10.0 ** np.linspace(0, -12, a.shape[-1])).astype(a.dtype),
    "diagonal": lambda a: a * np.eye(a.shape[-1], dtype=a.dtype),
    "of equal values": lambda a: np.linalg.qr(a)[0],
    "zero": lambda a: a * 0,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("kind", HARD)
@pytest.mark.parametrize("n", [1, 2, 17, 70])
def test_eigenvalues_and_singular_values_of_hard_matrices(n: int, kind: str, dtype: Any) -> None:
    a = HARD[kind](random(np.random.default_rng(2), dtype, 2, n, n))
    tolerance = 1e-12 if dtype is np.float64 else 3e-5
    unit = np.broadcast_to(np.eye(n), a.shape)

    U, S, Vh = (part.numpy() for part in cltorch.linalg.svd(cltorch.tensor(a)))
    near(S, np.linalg.svd(a)[1], tolerance)
    near((U * S[:, None]) @ Vh, a, tolerance)
    near(U.conj().swapaxes(1, 2) @ U, unit, tolerance)
    near(Vh.conj().swapaxes(1, 2) @ Vh, unit, tolerance)

    s = a.conj().swapaxes(1, 2) @ a if kind == "graded" else a + a.conj().swapaxes(1, 2)
    L, V = (part.numpy() for part in cltorch.linalg.eigh(cltorch.tensor(s)))
    near(L, np.linalg.eigvalsh(s), tolerance)
    near((V * L[:, None]) @ V.conj().swapaxes(1, 2), s, tolerance)
    near(V.conj().swapaxes(1, 2) @ V, unit, tolerance)
    assert (np.diff(L) >= 0).all()
    assert (np.diff(S) <= 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("n", [1, 3, 17, 40])
def test_eigenvectors_of_any_matrix(n: int, dtype: Any) -> None:
    a = random(np.random.default_rng(5), dtype, 2, n, n)
    tolerance = 1e-12 if dtype is np.float64 else 1e-4
    L, V = (part.numpy() for part in cltorch.linalg.eig(cltorch.tensor(a)))
    near(a @ V, V * L[:, None], tolerance)
    near((np.abs(V) ** 2).sum(1), np.ones((2, n)), tolerance)
    near(L.sum(1), a.trace(axis1=1, axis2=2), tolerance)


def test_singular_matrices_have_orthogonal_factors() -> None:
    a = cltorch.zeros(5, 4, dtype=cltorch.float64)
    a[:, 1] = 2.0
    U, S, Vh = cltorch.linalg.svd(a)
    eye = np.eye(5)
    np.testing.assert_allclose((U.mT @ U).numpy(), eye, atol=1e-12)
    np.testing.assert_allclose((Vh @ Vh.mT).numpy(), eye[:4, :4], atol=1e-12)
    np.testing.assert_allclose((U[:, :4] @ S.diag() @ Vh).numpy(), a.numpy(), atol=1e-12)
    assert cltorch.linalg.matrix_rank(a).item() == 1


def test_info_tells_where_it_failed() -> None:
    a = torch.diag_embed(torch.tensor([[1.0, 2.0, 3.0], [1.0, -1.0, 2.0]]))
    assert (
        cltorch.linalg.cholesky_ex(cltorch.tensor(a.numpy())).info.tolist() == torch.linalg.cholesky_ex(a).info.tolist()
    )
    assert cltorch.linalg.inv_ex(cltorch.zeros(2, 2)).info.item() == torch.linalg.inv_ex(torch.zeros(2, 2)).info.item()


COMPLEX = """
m.linalg.solve(a, b); m.linalg.inv(a); m.linalg.det(a); m.linalg.slogdet(a)[1]; m.linalg.cholesky(h); m.linalg.cholesky(h, upper=True); m.linalg.qr(b)[1]; m.linalg.qr(b, 'complete')[0]; m.geqrf(a.detach())[0]; m.linalg.lu(b)[2]
m.linalg.solve_triangular(a, b, upper=True); m.linalg.eigh(h)[0]; m.linalg.svdvals(b); m.linalg.pinv(b); m.linalg.matrix_exp(a); m.linalg.lu_factor(b)[0]; m.linalg.householder_product(*m.geqrf(b.detach())); m.linalg.matrix_norm(a, 'nuc')
m.linalg.lstsq(b, a[..., :2])[0]; m.linalg.matrix_rank(b); m.cholesky_solve(b, m.linalg.cholesky(h)); m.linalg.lu_solve(*m.linalg.lu_factor(a), b, adjoint=True)
"""


@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32"])
@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_eig(n: int, dtype: str) -> None:
    A = torch.randn(2, n, n, dtype=getattr(torch, dtype), generator=torch.Generator().manual_seed(n)).numpy()
    limit = 1e-4 if dtype == "float32" else 1e-10
    values, vectors = (part.numpy() for part in cltorch.linalg.eig(cltorch.tensor(A)))
    np.testing.assert_allclose(A @ vectors, vectors * values[:, None], atol=limit)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-2), 1, atol=limit)
    for ours, theirs in zip(cltorch.linalg.eigvals(cltorch.tensor(A)).numpy(), np.linalg.eigvals(A), strict=True):
        assert max(np.abs(theirs - value).min() for value in ours) < limit
        assert max(np.abs(ours - value).min() for value in theirs) < limit
    if dtype == "float64":
        grads = []
        for m in (cltorch, torch):
            x = m.tensor(A).requires_grad_()
            values, vectors = m.linalg.eig(x)
            (vectors.abs().sum() + (values * values).abs().sum()).backward()
            grads.append(x.grad.numpy())
        np.testing.assert_allclose(*grads, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("case", [case.strip() for case in COMPLEX.replace("\n", ";").split(";") if case.strip()])
def test_complex_matrices(case: str) -> None:
    rng = np.random.default_rng(3)
    a, b = ((rng.normal(size=(2, 5, n)) + 1j * rng.normal(size=(2, 5, n))).astype(np.complex128) for n in (5, 3))
    results, gradients = [], []
    for m in (cltorch, torch):
        names = {name: m.tensor(array).requires_grad_() for name, array in (("a", a), ("b", b))}
        x = names["a"]
        result = eval(case, {"m": m, **names, "h": x @ x.transpose(-1, -2).conj()})
        results.append(result.detach().numpy())
        if result.requires_grad and "complete" not in case:
            (result.abs() if result.is_complex() else result).sum().backward()
            gradients.append([t.grad.resolve_conj().numpy() for t in names.values() if t.grad is not None])
    np.testing.assert_allclose(*results, rtol=1e-8, atol=1e-8)
    for ours, theirs in zip(*gradients, strict=True) if gradients else ():
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


@pytest.mark.filterwarnings("ignore:at..(frobenius|nuclear)_norm is deprecated")
@pytest.mark.parametrize(
    "case",
    "frobenius_norm(t, 1); frobenius_norm(t, (0, 2), True); frobenius_norm(t, ()); nuclear_norm(t); nuclear_norm(t, True); nuclear_norm(t, (0, 2))".split(
        "; "
    ),
)
def test_norms_under_older_names(case: str) -> None:
    ours, theirs = (eval(f"m.{case}", operands(module)) for module in (cltorch, torch))
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-12)


def test_norms_under_older_names_are_deprecated() -> None:
    with (
        pytest.warns(UserWarning, match="at::frobenius_norm is deprecated"),
        pytest.raises(RuntimeError, match="at most 2"),
    ):
        cltorch.frobenius_norm(cltorch.ones(2, 2, 2), (0, 1, 2))


def test_a_matrix_exponential_goes_by_the_norm_of_its_own_matrix() -> None:
    """The norm decides how often it is squared; that of an earlier matrix of the same shape says nothing."""
    start = torch.linspace(-1, 1, 16, dtype=torch.float64).reshape(4, 4)
    for scale in (0.01, 0.5, 5.0, 20.0, 0.1):
        theirs = (start * scale).requires_grad_()
        ours = cltorch.tensor(theirs.detach().numpy(), requires_grad=True)
        for x, m in ((theirs, torch), (ours, cltorch)):
            m.matrix_exp(x).sum().backward()
        np.testing.assert_allclose(
            cltorch.matrix_exp(ours).detach().numpy(), torch.matrix_exp(theirs).detach().numpy(), 1e-9
        )
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), 1e-8)


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("general", [True, False])
def test_lobpcg(largest: bool, general: bool) -> None:
    """The outermost eigenvalues of a pencil are PyTorch's; vectors solve the problem and are orthonormal in B."""
    made = np.random.default_rng(3).normal(size=(2, 2, 24, 24))
    a, b = made @ made.swapaxes(-1, -2) + 0.1 * np.eye(24)
    start = np.random.default_rng(4).normal(size=(2, 24, 3))
    found = {}
    for m in (torch, cltorch):
        A, B, X = m.tensor(a), m.tensor(b) if general else None, m.tensor(start)
        E, V = m.lobpcg(A, k=2, B=B, X=X, largest=largest, niter=200, tol=1e-9)
        found[m] = E.numpy()
        weighted = V if B is None else B @ V
        np.testing.assert_allclose((A @ V - weighted * E[:, None]).numpy(), 0, atol=1e-3)
        np.testing.assert_allclose((V.mT @ weighted).numpy(), np.eye(2)[None].repeat(2, 0), atol=1e-6)
    np.testing.assert_allclose(found[cltorch], found[torch], rtol=1e-7)


def test_lobpcg_of_sparse_matrices_and_its_gradient() -> None:
    diagonal = cltorch.arange(1.0, 31.0)
    assert cltorch.lobpcg(cltorch.diag(diagonal).to_sparse(), k=1)[0].item() == pytest.approx(30, rel=1e-4)
    A = cltorch.diag(diagonal).requires_grad_()
    cltorch.lobpcg(A, k=1, largest=False)[0].sum().backward()
    assert A.grad[0, 0].item() == pytest.approx(1) and A.grad.abs().sum().item() == pytest.approx(1)
    with pytest.raises(ValueError, match="smaller than 3 x"):
        cltorch.lobpcg(A, k=11)


def test_products_of_16_bit_floats_in_float32_are_not_rounded() -> None:
    """PyTorch has ``out_dtype`` on GPUs alone."""
    x, kind = cltorch.arange(24).reshape(2, 3, 4).half() / 7, {"out_dtype": cltorch.float32}
    y = x.transpose(1, 2)
    wide = x.float() @ y.float()
    made = [
        cltorch.bmm(x, y, **kind),
        cltorch.baddbmm(wide.half() * 0, x, y, **kind),
        cltorch.stack([a.mm(b, **kind) for a, b in zip(x, y, strict=True)]),
        cltorch.stack([cltorch.addmm(a[:, :3] * 0, a, b, **kind) for a, b in zip(x, y, strict=True)]),
    ]
    assert all(one.dtype is cltorch.float32 and one.tolist() == wide.tolist() for one in made)
    with pytest.raises(RuntimeError, match="out_dtype must be the same"):
        x[0].mm(y[0], out_dtype=cltorch.float64)

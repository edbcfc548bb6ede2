"""What `tools.bench_ops` measures: expressions by family, and the tensors that they name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

# Per family, one expression a line over the names below; `#` and a number divides the number of elements.
FAMILIES = {
    "pointwise": """
        x + y
        x * y + x
        x.exp()
        x.tanh()
        m.nn.functional.gelu(x)
        m.where(x > y, x, y)
        x ** 3
        X * X[0]
        X + X[:, :1]
        x.half()
    """,
    "reductions": """
        x.sum()
        X.sum(1)
        X.sum(0)
        x.mean()
        x.max()
        X.argmax(1)
        X.var(1)
        x.norm()
        X.softmax(1)
        X.log_softmax(1)
        X.logsumexp(1)
        m.nn.functional.layer_norm(X, (1024,))
        (x > 0).any()
    """,
    "products": """
        A @ A
        A @ A.t()
        A @ a
        B @ B
        m.einsum('bij,bkj->bik', B, B)
        A[:64] @ A
        m.nn.functional.conv2d(P, W, padding=1)
        m.nn.functional.conv2d(P, D, padding=1, groups=64)
        m.nn.functional.max_pool2d(P, 2)
        m.nn.functional.scaled_dot_product_attention(Q, Q, Q)
        m.nn.functional.scaled_dot_product_attention(Q, Q, Q, is_causal=True)
    """,
    "sorting": """
        x.sort()
        X.sort(1)
        X.sort(0)
        i.sort()
        X.argsort(1, descending=True)
        x.topk(10)
        x.topk(1000)
        X.topk(5, 1)
        x.kthvalue(1000)
        X.kthvalue(7, 1)
        x.median()
        X.median(1)
        k.mode() #16
        x.unique() #4
        k.unique()
        k.unique(return_inverse=True, return_counts=True)
        s.unique_consecutive()
        m.searchsorted(s, x)
        m.bucketize(x, b)
        k.bincount()
        m.histc(x, 100)
        m.quantile(x, 0.3) #4
        m.isin(k, l)
    """,
    "scans": """
        x.cumsum(0)
        X.cumsum(1)
        X.cumsum(0)
        X.cumprod(1)
        X.cummax(1)
        X.cummin(0)
        X.logcumsumexp(1)
        i.cumsum(0)
        x.diff()
    """,
    "indexing": """
        X.gather(1, J)
        X.gather(0, I)
        X.scatter(1, J, X)
        X.scatter_add(1, J, X)
        X.scatter_add(0, I, X)
        m.zeros(1000).scatter_add(0, k, x)
        m.zeros(n).scatter_add(0, i, x)
        X.index_select(0, r)
        X.index_select(1, c)
        X.index_add(0, r, X)
        m.zeros(n).index_put((i,), x, accumulate=True)
        X.scatter_reduce(1, J, X, 'amax')
        X[r]
        X[r, :, None]
        x[i]
        x[x > 0]
        x.masked_select(x > 1)
        (x > 1).nonzero()
        (X > 1).nonzero()
        x.take(i)
        X.index_fill(0, r, 1.0)
        X.flip(1)
        X.flip(0)
        X.roll(3, 1)
        m.nn.functional.embedding(r, X)
        X.masked_fill(X > 0, 1.0)
        m.take_along_dim(X, J, 1)
    """,
    "moving": """
        X.t().contiguous()
        X.reshape(-1, 32, 32).transpose(1, 2).contiguous()
        X.reshape(-1, 4, 16, 16).permute(0, 2, 3, 1).contiguous()
        X.reshape(16, -1, 16).permute(2, 1, 0).contiguous()
        m.cat([X, X], 0)
        m.cat([X, X], 1)
        m.cat([X, X, X], 1)
        m.stack([x, x])
        m.stack([x, x], 1)
        m.cat(parts)
        m.stack(scalars)
        X.repeat(2, 1)
        X.repeat(1, 2)
        x.repeat_interleave(2)
        X.tril()
        m.nn.functional.pad(X, (1, 1))
        X.clone()
        X.t().clone(memory_format=m.contiguous_format)
        x.to(m.float64)
        X.unfold(1, 16, 8).contiguous()
        m.meshgrid(x[:1024], X[:, 0], indexing='ij')[0].contiguous()
        X.rot90()
        m.block_diag(*B[:64])
        X.expand(2, *X.shape).contiguous()
        m.nn.functional.pad(X, (1, 1), mode='replicate')
    """,
    "random": """
        m.rand(n)
        m.randn(n)
        m.randint(0, 1000, (n,))
        m.bernoulli(q)
        m.nn.functional.dropout(x, 0.3, True)
        m.normal(x, p)
        m.empty(n).exponential_()
        m.empty(n).uniform_(-1, 1)
        m.empty(n).log_normal_()
        m.poisson(p) #4
        m.randperm(n)
        m.multinomial(p, 1000)
        m.multinomial(p, 1000, replacement=True)
        m.multinomial(p.reshape(-1, 1024), 10)
    """,
    "linalg": """
        m.cdist(C, C)
        m.cdist(C, C, p=1)
        m.kron(A[:32, :32], A[:, :32])
        m.linalg.cross(x[:n // 3 * 3].reshape(-1, 3), y[:n // 3 * 3].reshape(-1, 3))
        m.linalg.vector_norm(X, dim=1)
        m.linalg.matrix_norm(B)
        m.linalg.cholesky(S)
        m.linalg.inv(S)
        m.linalg.det(S)
        m.linalg.solve(S, B)
        m.linalg.solve_triangular(S, B, upper=True)
        m.linalg.qr(B) #4
        m.linalg.svd(B) #16
        m.linalg.svdvals(B) #16
        m.linalg.eigh(S) #4
        m.linalg.eigvalsh(S) #4
        m.linalg.eig(B) #16
        m.linalg.eigvals(B) #16
        m.linalg.pinv(B) #16
        m.linalg.lstsq(B, B) #16
        m.linalg.matrix_exp(B) #4
        m.linalg.matrix_power(B, 5)
        m.linalg.solve(S + 0j, B + 0j) #4
        m.linalg.cholesky(T) #4
        m.linalg.inv(T) #4
        m.linalg.solve(T, A) #4
        m.linalg.qr(A) #4
        m.linalg.svd(A) #16
        m.linalg.eigh(T) #16
        m.linalg.eig(A) #16
        m.linalg.solve(T + 0j, A + 0j) #16
        m.cov(C.t())
    """,
    "transforms": """
        m.fft.fft(x)
        m.fft.rfft(x)
        m.fft.fft(z)
        m.fft.ifft(z)
        m.fft.fft(Z)
        m.fft.rfft(X)
        m.fft.irfft(Z)
        m.fft.fft2(Z)
        m.fft.rfft2(B)
        m.fft.fft(Z, dim=0)
        m.fft.fft(Z[:, :1000])
        m.fft.fft(Z[:, :64])
        m.fft.fftshift(X)
        m.stft(x, 512, window=w, return_complex=True)
        m.istft(m.stft(x, 512, window=w, return_complex=True), 512, window=w)
    """,
    "complex": """
        z + v
        z * v
        z / v
        z.exp()
        z.abs()
        z.angle()
        z.sum()
        z.conj() * v
        m.view_as_real(z) * 2
        m.complex(x, y)
        m.polar(p, x)
        z.real + z.imag
        M @ M #4
        Z.t().contiguous()
    """,
    "sparse": """
        m.sparse.mm(K, H)
        K @ H[:, :1].reshape(-1)
        m.sparse.mm(O, H)
        m.sparse_coo_tensor(O._indices(), O._values(), O.shape).coalesce() #4
        O.to_dense()
        R.to_sparse()
        (O + O).coalesce().values() #4
    """,
    "networks": """
        m.nn.functional.batch_norm(P, None, None, training=True)
        m.nn.functional.group_norm(P, 8)
        m.nn.functional.instance_norm(P)
        m.nn.functional.rms_norm(X, (1024,))
        m.nn.functional.normalize(X, dim=1)
        m.nn.functional.cross_entropy(X, t)
        m.nn.functional.nll_loss(X, t)
        m.nn.functional.mse_loss(x, y)
        m.nn.functional.l1_loss(x, y)
        m.nn.functional.smooth_l1_loss(x, y)
        m.nn.functional.binary_cross_entropy_with_logits(x, q)
        m.nn.functional.kl_div(x, q, reduction='batchmean')
        m.nn.functional.cosine_similarity(X, X, 1)
        m.nn.functional.max_pool2d(P, 3, 2, 1)
        m.nn.functional.avg_pool2d(P, 2)
        m.nn.functional.adaptive_avg_pool2d(P, 1)
        m.nn.functional.adaptive_avg_pool2d(P, 7)
        m.nn.functional.max_pool1d(X[None], 3)
        m.nn.functional.interpolate(P, scale_factor=2)
        m.nn.functional.interpolate(P, scale_factor=2, mode='bilinear')
        m.nn.functional.interpolate(P, scale_factor=2, mode='bicubic') #4
        m.nn.functional.interpolate(P, size=(28, 28), mode='bilinear', antialias=True)
        m.nn.functional.grid_sample(P, g, align_corners=False)
        m.nn.functional.pixel_shuffle(P, 2)
        m.nn.functional.unfold(P, 3) #4
        m.nn.functional.pad(P, (1, 1, 1, 1), mode='reflect')
        m.nn.functional.embedding_bag(I, X)
        m.nn.functional.glu(X)
        m.nn.functional.prelu(P, u)
        m.nn.functional.one_hot(k, 1000) #64
    """,
    "gradients": """
        m.autograd.grad(m.nn.functional.embedding(r, G).sum(), G)
        m.autograd.grad(m.nn.functional.embedding(r, G), G, X)
        m.autograd.grad(m.nn.functional.embedding(k, E), E, x.reshape(-1, 1).expand(-1, 64)) #64
        m.autograd.grad(m.nn.functional.embedding_bag(I, G), G, X)
        m.autograd.grad(G.softmax(1), G, X)
        m.autograd.grad(G.log_softmax(1), G, X)
        m.autograd.grad(m.nn.functional.layer_norm(G, (1024,)), G, X)
        m.autograd.grad(m.nn.functional.cross_entropy(G, t), G)
        m.autograd.grad(m.nn.functional.batch_norm(N, None, None, training=True), N, P)
        m.autograd.grad(m.nn.functional.max_pool2d(N, 2).sum(), N)
        m.autograd.grad(m.nn.functional.avg_pool2d(N, 2).sum(), N)
        m.autograd.grad(m.nn.functional.interpolate(N, scale_factor=0.5, mode='bilinear').sum(), N)
        m.autograd.grad(m.nn.functional.grid_sample(N, g, align_corners=False), N, P)
        m.autograd.grad(m.nn.functional.gelu(G), G, X)
        m.autograd.grad(G.cumsum(1), G, X)
        m.autograd.grad(G.gather(1, J), G, X)
        m.autograd.grad(G[r], G, X)
        m.autograd.grad(G.sort(1)[0], G, X)
        m.autograd.grad((G @ G.t()), G, X @ X.t()) #16
    """,
}


class Names(dict[str, Any]):
    """The tensors of the expressions, with ``n`` elements, each made when first asked for; the same numbers for both libraries."""

    def __init__(self, library: Any, n: int, device: str | None = None) -> None:
        super().__init__(m=library, n=n)
        self.device = device

    def __missing__(self, name: str) -> Any:
        if name in LISTS:
            self[name] = LISTS[name](self)
        elif name in ARRAYS:
            array = ARRAYS[name](self["n"], np.random.default_rng(ord(name)))
            self[name] = self["m"].tensor(array, device=self.device)
        else:
            raise KeyError(name)  # a builtin
        return self[name]


Random = np.random.Generator


def floats(*shape: int) -> Callable[[int, Random], Any]:
    """An array of normal numbers, whose shape may have one -1: what is left of ``n``."""

    def make(n: int, rng: Random) -> Any:
        rest = max(1, n // math.prod(size for size in shape if size > 0))
        return rng.standard_normal([rest if size < 0 else size for size in shape], dtype=np.float32)

    return make


def complexes(*shape: int) -> Callable[[int, Random], Any]:
    """The same of complex numbers."""
    return lambda n, rng: floats(*shape)(n, rng) + 1j * floats(*shape)(n, rng)


def below(limit: Callable[[int], int], *shape: int) -> Callable[[int, Random], Any]:
    """Integers below ``limit(n)``, in a shape as above."""
    return lambda n, rng: rng.integers(0, limit(n), floats(*shape)(n, rng).shape)


def square(n: int, rng: Random) -> Any:
    """One square matrix."""
    return rng.standard_normal((math.isqrt(n), math.isqrt(n)), dtype=np.float32)


def definite(matrix: Any) -> Any:
    """A positive definite matrix, or a batch of them."""
    return (matrix @ matrix.swapaxes(-1, -2) / matrix.shape[-1] + np.eye(matrix.shape[-1])).astype(np.float32)


def rare(rows: int, columns: int, rng: Random) -> Any:
    """A matrix in which one of 100 numbers is not zero."""
    return rng.standard_normal((rows, columns), dtype=np.float32) * (rng.random((rows, columns)) < 0.01)


def rows(n: int) -> int:
    """How many rows of 1024 hold ``n`` elements."""
    return max(1, n // 1024)


# Lower-case names are vectors or small, upper-case ones matrices and more.
ARRAYS: dict[str, Callable[[int, Random], Any]] = {
    "x": floats(-1),
    "y": floats(-1),
    "p": lambda n, rng: np.abs(floats(-1)(n, rng)),
    "q": lambda n, rng: rng.random(n, dtype=np.float32),
    "s": lambda n, rng: np.sort(floats(-1)(n, rng)).round(3),
    "z": complexes(-1),
    "v": complexes(-1),
    "b": lambda n, rng: np.linspace(-2, 2, 100, dtype=np.float32),
    "w": lambda n, rng: np.hanning(512).astype(np.float32),
    "u": floats(64),
    "i": below(lambda n: n, -1),
    "k": below(lambda n: 1000, -1),
    "l": below(lambda n: 1000, 20),
    "r": lambda n, rng: rng.integers(0, rows(n), rows(n)),
    "c": below(lambda n: 1024, 512),
    "t": lambda n, rng: rng.integers(0, 1024, rows(n)),
    "a": lambda n, rng: rng.standard_normal(math.isqrt(n), dtype=np.float32),
    "A": square,
    "M": lambda n, rng: square(n, rng) + 1j * square(n, rng),
    "T": lambda n, rng: definite(square(n, rng)),
    "B": floats(-1, 64, 64),
    "S": lambda n, rng: definite(floats(-1, 64, 64)(n, rng)),
    "C": lambda n, rng: rng.standard_normal((math.isqrt(n), 32), dtype=np.float32),
    "X": floats(-1, 1024),
    "Z": complexes(-1, 1024),
    "J": below(lambda n: 1024, -1, 1024),
    "I": below(rows, -1, 1024),
    "P": floats(-1, 64, 56, 56),
    "W": floats(64, 64, 3, 3),
    "D": floats(64, 1, 3, 3),
    "Q": floats(1, -1, 256, 64),
    "g": lambda n, rng: rng.random((max(1, n // (64 * 56 * 56)), 56, 56, 2), dtype=np.float32) * 2 - 1,
    "H": lambda n, rng: rng.standard_normal((math.isqrt(n), 64), dtype=np.float32),
    "R": lambda n, rng: rare(math.isqrt(n), math.isqrt(n), rng),
}
LISTS: dict[str, Callable[[Names], Any]] = {
    "parts": lambda names: list(names["x"][: names["n"] // 200 * 200].reshape(200, -1)),
    "scalars": lambda names: list(names["x"][:1000]),
    "G": lambda names: names["X"].detach().clone().requires_grad_(),
    "E": lambda names: names["x"].new_ones((1000, 64)).requires_grad_(),
    "N": lambda names: names["P"].detach().clone().requires_grad_(),
    "K": lambda names: names["R"].to_sparse_csr(),
    "O": lambda names: names["R"].to_sparse(),
}

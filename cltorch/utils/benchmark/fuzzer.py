"""Inputs for measurements, drawn within bounds. See torch.utils.benchmark.Fuzzer.

Parameters, and the order of a tensor's dimensions, are drawn by NumPy as PyTorch draws them, so one seed gives both libraries the same
shapes and strides; the elements are this library's random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ... import dtypes
from ...random import manual_seed
from ...tensor.sampling import rand, randint
from ...tensor.tensor import Tensor

Params = dict[Any, Any]


class FuzzedParameter:
    """A number that is drawn: between ``minval`` and ``maxval`` ("uniform", "loguniform"), or one of the keys of a dictionary of chances.

    A ``strict`` one is drawn once, even if what was drawn beside it is refused. AssertionError for chances that are negative, or that
    stand beside bounds. See torch.utils.benchmark.FuzzedParameter.
    """

    def __init__(
        self,
        name: str,
        minval: float | None = None,
        maxval: float | None = None,
        distribution: str | dict[Any, float] | None = None,
        strict: bool = False,
    ) -> None:
        if isinstance(distribution, dict):
            if any(chance < 0 for chance in distribution.values()):
                raise AssertionError("Probabilities cannot be negative")
            if minval is not None or maxval is not None:
                raise AssertionError("When passing a custom distribution, 'minval' and 'maxval' must be None")
        elif distribution not in ("loguniform", "uniform"):
            raise AssertionError(f"Unknown distribution: {distribution}")
        self.name, self.strict = name, strict
        self._bounds: Any = (minval, maxval)
        self._distribution = distribution

    def sample(self, state: Any) -> Any:
        """Draw one by a `numpy.random.RandomState`."""
        low, high = self._bounds
        if isinstance(self._distribution, dict):
            drawn = state.choice(np.arange(len(self._distribution)), p=tuple(self._distribution.values()))
            return list(self._distribution)[drawn]
        if self._distribution == "loguniform":
            return min(max(int(2 ** state.uniform(low=np.log2(low), high=np.log2(high))), low), high)
        if isinstance(low, int) and isinstance(high, int):
            return int(state.randint(low=low, high=high + 1))
        return state.uniform(low=low, high=high)


class ParameterAlias:
    """In the place of a value: that of another parameter. See torch.utils.benchmark.ParameterAlias."""

    def __init__(self, alias_to: str) -> None:
        self.alias_to = alias_to

    def __repr__(self) -> str:
        return f"ParameterAlias[alias_to: {self.alias_to}]"


class FuzzedTensor:
    """A tensor whose ``size`` and ``steps`` are numbers or names of parameters; its dimensions lie in another order in memory unless
    ``probability_contiguous`` has it otherwise. See torch.utils.benchmark.FuzzedTensor.
    """

    def __init__(
        self,
        name: str,
        size: Sequence[str | int],
        steps: Sequence[str | int] | None = None,
        probability_contiguous: float = 0.5,
        min_elements: int | None = None,
        max_elements: int | None = None,
        max_allocation_bytes: int | None = None,
        dim_parameter: str | None = None,
        roll_parameter: str | None = None,
        dtype: Any = dtypes.float32,
        cuda: bool = False,
        tensor_constructor: Callable[..., Tensor] | None = None,
    ) -> None:
        self.name = name
        self._size, self._steps, self._dim_parameter = tuple(size), tuple(steps or ()), dim_parameter
        self._probability_contiguous, self._dtype, self._cuda = probability_contiguous, dtype, cuda
        self._elements = (min_elements or 0, math.inf if max_elements is None else max_elements)
        self._bytes = math.inf if max_allocation_bytes is None else max_allocation_bytes
        self._constructor = tensor_constructor or self.default_tensor_constructor

    @staticmethod
    def default_tensor_constructor(size: Sequence[int], dtype: Any, **kwargs: Any) -> Tensor:
        """Floats between 0 and 1, integers from 1 to 126."""
        if dtype.is_floating_point or dtype.is_complex:
            return rand(tuple(size), dtype=dtype)
        return randint(1, 127, tuple(size), dtype=dtype)

    def satisfies_constraints(self, params: Params) -> bool:
        """Whether the tensor of these parameters has as many elements and bytes as it may have."""
        size, _, whole = self._sizes(params)
        least, most = self._elements
        return least <= math.prod(size) <= most and math.prod(whole) * self._dtype.itemsize <= self._bytes

    def _sizes(self, params: Params) -> tuple[list[int], list[int], list[int]]:
        """The size, the steps, and the size of what is cut by them."""
        dim = len(self._size) if self._dim_parameter is None else params[self._dim_parameter]
        size, steps = (
            [*(params.get(one, one) for one in given), *[1] * dim][:dim] for given in (self._size, self._steps)
        )
        return size, steps, [n * step for n, step in zip(size, steps, strict=True)]

    def _make_tensor(self, params: Params, state: Any) -> tuple[Tensor, Params]:
        size, steps, whole = self._sizes(params)
        made: Any = self._constructor(size=tuple(whole), dtype=self._dtype, **params)
        made = made.cuda() if self._cuda else made
        dim = len(size)
        order = np.arange(dim)
        if state.rand() > self._probability_contiguous:
            while dim > 1 and np.all(order == np.arange(dim)):
                order = state.permutation(made.dim())
            made = made.permute(tuple(order.tolist())).contiguous().permute(tuple(np.argsort(order).tolist()))
        made = made[tuple(slice(0, n * step, step) for n, step in zip(size, steps, strict=True))]
        facts = {"numel": int(made.numel()), "order": order, "steps": tuple(steps)}
        return made, {**facts, "is_contiguous": made.is_contiguous(), "dtype": str(self._dtype)}


class Fuzzer:
    """Draws parameters until all ``constraints`` (functions of their dictionary) and bounds hold, and makes the tensors. ValueError for
    names that occur twice, and if 1000 draws were refused. See torch.utils.benchmark.Fuzzer.
    """

    def __init__(
        self,
        parameters: Sequence[Any],
        tensors: Sequence[Any],
        constraints: Sequence[Callable[..., bool]] | None = None,
        seed: int | None = None,
    ) -> None:
        self._parameters: list[FuzzedParameter] = _unpacked(parameters, FuzzedParameter)
        self._tensors: list[FuzzedTensor] = _unpacked(tensors, FuzzedTensor)
        self._constraints = constraints or ()
        self._seed = int(np.random.RandomState().randint(0, 2**32 - 1, dtype=np.int64)) if seed is None else seed
        overlap = {one.name for one in self._parameters} & {one.name for one in self._tensors}
        if overlap:
            raise ValueError(f"Duplicate names in parameters and tensors: {overlap}")
        self._rejections = self._total_generated = 0

    @property
    def rejection_rate(self) -> float:
        """The share of draws that were refused."""
        return self._rejections / self._total_generated if self._total_generated else 0.0

    def take(self, n: int) -> Iterator[tuple[dict[str, Tensor], dict[str, Params], Params]]:
        """``n`` times tensors, what is known of them, and parameters, by their names. Seeds the random numbers."""
        state = np.random.RandomState(self._seed)
        manual_seed(int(state.randint(low=0, high=2**63, dtype=np.int64)))
        for _ in range(n):
            params = self._generate(state)
            made = {one.name: one._make_tensor(params, state) for one in self._tensors}
            yield (
                {name: one for name, (one, _) in made.items()},
                {name: known for name, (_, known) in made.items()},
                params,
            )

    def _generate(self, state: Any) -> Params:
        strict: Params = {}
        for _ in range(1000):
            params: Params = {}
            for one in self._parameters:
                params[one.name] = strict[one.name] if one.name in strict else one.sample(state)
                if one.strict:
                    strict[one.name] = params[one.name]
            params = _resolved(params)
            self._total_generated += 1
            if all(holds(params) for holds in self._constraints) and all(
                one.satisfies_constraints(params) for one in self._tensors
            ):
                return params
            self._rejections += 1
        raise ValueError("Failed to generate a set of valid parameters.")


def _unpacked(values: Sequence[Any], kind: type) -> list[Any]:
    return [one for value in values for one in ((value,) if isinstance(value, kind) else value)]


def _resolved(params: Params) -> Params:
    """Parameters with the values of others in the place of aliases; ValueError where these go in a circle."""
    params = dict(params)
    for name in params:
        met = {name}
        while isinstance(params[name], ParameterAlias):
            target = params[name].alias_to
            if target in met:
                raise ValueError("ParameterAlias cycle detected")
            met.add(target)
            params[name] = params[target]
    return params

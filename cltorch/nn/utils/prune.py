"""Parts of parameters set to 0 by masks. See torch.nn.utils.prune."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

from ...tensor.indexing import join
from ...tensor.sampling import rand_like
from ...tensor.tensor import Tensor

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]


def _validate_pruning_amount_init(amount: Any) -> None:
    """TypeError unless an amount is a number; ValueError unless it is a share of units or a number of them."""
    if not isinstance(amount, Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if float(amount) < 0 or (not isinstance(amount, Integral) and float(amount) > 1):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _validate_pruning_amount(amount: Any, tensor_size: int) -> None:
    """ValueError for a number of units above how many there are."""
    if isinstance(amount, Integral) and amount > tensor_size:  # type: ignore[operator]
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={tensor_size}")


def _validate_structured_pruning(t: Tensor) -> None:
    """ValueError unless a tensor has two dimensions or more."""
    if t.dim() <= 1:
        raise ValueError(
            f"Structured pruning can only be applied to multidimensional tensors. Found tensor of shape {t.shape} with "
            f"{t.dim()} dims"
        )


def _validate_pruning_dim(t: Tensor, dim: int) -> None:
    """IndexError for a dimension that a tensor does not have."""
    if dim >= t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")


def _compute_nparams_toprune(amount: Any, tensor_size: int) -> int:
    """How many units an amount is: a share of them or their number."""
    return int(amount) if isinstance(amount, Integral) else round(amount * tensor_size)


def _compute_norm(t: Tensor, n: Any, dim: int) -> Tensor:
    """The norms of order ``n`` of a tensor's slices along a dimension."""
    return t.norm(n, tuple(d for d in range(t.dim()) if d != dim % t.dim()))


def _count(amount: Any, size: int) -> int:
    """How many of ``size`` units an amount is; ValueError where it is more."""
    _validate_pruning_amount(amount, size)
    return _compute_nparams_toprune(amount, size)


def _mask_of_lowest(scores: Tensor, count: int, mask: Tensor) -> Tensor:
    """The mask with zeros where the ``count`` lowest scores are."""
    if not count:
        return mask.clone()
    lowest = scores.reshape(-1).topk(count, largest=False)[1]
    return mask.reshape(-1).index_fill(0, lowest, 0.0).reshape(mask.shape)


class BasePruningMethod(ABC):
    """The hook that multiplies a parameter by its mask before each call; subclasses say in `compute_mask` what goes."""

    PRUNING_TYPE = "unstructured"
    _tensor_name: str

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask of a tensor of scores, on top of another one."""

    def apply_mask(self, module: Any) -> Tensor:
        """The parameter times its mask."""
        mask, original = getattr(module, f"{self._tensor_name}_mask"), getattr(module, f"{self._tensor_name}_orig")
        return mask.to(original.dtype) * original

    @classmethod
    def apply(cls, module: Any, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any) -> Any:
        """Prune a parameter, on top of what was pruned before."""
        key, old = _found(module, name)
        if key is not None:
            del module._forward_pre_hooks[key]
        method: Any = cls(*args, **kwargs)
        method._tensor_name = name
        original = getattr(module, name)
        scores = original if importance_scores is None else importance_scores
        if tuple(scores.shape) != tuple(original.shape):
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, got {scores.shape} vs "
                f"{original.shape}"
            )
        if old is None:
            before = original.detach() * 0.0 + 1.0
            mask = method.compute_mask(scores.detach(), before)  # where it fails, the module is as it was
            module.register_parameter(f"{name}_orig", module._parameters.pop(name))
        else:
            container = PruningContainer()
            container._tensor_name = name
            for one in old if isinstance(old, PruningContainer) else (old,):
                container.add_pruning_method(one)
            container.add_pruning_method(method)
            before = getattr(module, f"{name}_mask")
            mask = container.compute_mask(scores.detach(), before)
            method = container
        module.register_buffer(f"{name}_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A tensor with zeros where the mask is 0."""
        scores = t if importance_scores is None else importance_scores
        before = t.detach() * 0.0 + 1.0 if default_mask is None else default_mask
        return t * self.compute_mask(scores, before)

    def remove(self, module: Any) -> None:
        """One parameter again, with its zeros."""
        weight = self.apply_mask(module).detach()
        original = module._parameters.pop(f"{self._tensor_name}_orig")
        del module._buffers[f"{self._tensor_name}_mask"]
        module.__dict__.pop(self._tensor_name, None)
        original.data = weight
        module.register_parameter(self._tensor_name, original)


def _found(module: Any, name: str) -> tuple[Any, Any]:
    """The pruning hook of a parameter and its key."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            return key, hook
    return None, None


class PruningContainer(BasePruningMethod):
    """Several prunings of one parameter, each of what the ones before left."""

    def __init__(self, *args: Any) -> None:
        self._methods: list[Any] = []
        for method in args[0] if len(args) == 1 and isinstance(args[0], Iterable) else args:
            if not self._methods:
                self._tensor_name = method._tensor_name
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add another one."""
        if not isinstance(method, BasePruningMethod) and method is not None:
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to PruningContainer {self}. "
                f"Found '{method._tensor_name}'"
            )
        self._methods.append(method)

    def __len__(self) -> int:
        return len(self._methods)

    def __iter__(self) -> Any:
        return iter(self._methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask of the last pruning among what is left."""
        method, default_mask = self._methods[-1], default_mask.to(t.dtype)
        if method.PRUNING_TYPE == "global":
            return method.compute_mask(t, default_mask)
        if method.PRUNING_TYPE == "unstructured":
            left = default_mask.reshape(-1).nonzero().squeeze(1)
            scores = t.reshape(-1).index_select(0, left)
            found = method.compute_mask(scores, scores * 0.0 + 1.0)
            return default_mask.reshape(-1).index_copy(0, left, found.to(default_mask.dtype)).reshape(t.shape)
        dim = method.dim % t.dim()
        others = tuple(d for d in range(t.dim()) if d != dim)
        left = (slice(None),) * dim + (default_mask.sum(others) != 0,)
        mask = default_mask.clone()
        mask[left] = method.compute_mask(t[left], default_mask[left])
        return mask


class Identity(BasePruningMethod):
    """Prunes nothing; the parameter has a mask of ones."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The other mask."""
        return default_mask

    @classmethod
    def apply(cls, module: Any, name: str) -> Any:  # type: ignore[override]
        """Prune a parameter, on top of what was pruned before."""
        return super().apply(module, name)


class RandomUnstructured(BasePruningMethod):
    """Prunes elements at random."""

    def __init__(self, amount: float) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros at random places."""
        return _mask_of_lowest(rand_like(t.detach()), _count(self.amount, t.numel()), default_mask)

    @classmethod
    def apply(cls, module: Any, name: str, amount: float) -> Any:  # type: ignore[override]
        """Prune a parameter, on top of what was pruned before."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(BasePruningMethod):
    """Prunes the elements of smallest magnitude."""

    def __init__(self, amount: float) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros where the magnitude is smallest."""
        return _mask_of_lowest(t.detach().abs(), _count(self.amount, t.numel()), default_mask)

    @classmethod
    def apply(cls, module: Any, name: str, amount: float, importance_scores: Tensor | None = None) -> Any:  # type: ignore[override]
        """Prune a parameter, on top of what was pruned before."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class _Structured(BasePruningMethod):
    """Prunes whole slices along a dimension, those of the lowest scores."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        _validate_pruning_amount_init(amount)
        self.amount, self.dim = amount, dim

    def _scores(self, t: Tensor, dim: int) -> Tensor:
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros in the slices of the lowest scores."""
        _validate_structured_pruning(t)
        _validate_pruning_dim(t, self.dim)
        dim = self.dim % t.dim()
        count = _count(self.amount, t.shape[dim])
        scores = self._scores(t.detach(), dim)
        kept = _mask_of_lowest(scores, count, scores * 0.0 + 1.0)
        return default_mask * kept.reshape(tuple(-1 if d == dim else 1 for d in range(t.dim()))).to(default_mask.dtype)


class RandomStructured(_Structured):
    """Prunes whole slices at random."""

    def _scores(self, t: Tensor, dim: int) -> Tensor:
        return rand_like(t.select(0, 0).reshape(-1)[:1].expand(t.shape[dim]))

    @classmethod
    def apply(cls, module: Any, name: str, amount: float, dim: int = -1) -> Any:  # type: ignore[override]
        """Prune a parameter, on top of what was pruned before."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(_Structured):
    """Prunes the slices of the smallest norm of order ``n``."""

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def _scores(self, t: Tensor, dim: int) -> Tensor:
        return _compute_norm(t, self.n, dim)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Any, name: str, amount: float, n: Any, dim: int, importance_scores: Tensor | None = None
    ) -> Any:
        """Prune a parameter, on top of what was pruned before."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Prunes by a given mask."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Both masks."""
        return default_mask * self.mask.to(default_mask.dtype)

    @classmethod
    def apply(cls, module: Any, name: str, mask: Tensor) -> Any:  # type: ignore[override]
        """Prune a parameter, on top of what was pruned before."""
        return super().apply(module, name, mask=mask)


def identity(module: Any, name: str) -> Any:
    """The module with a mask of ones on a parameter."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: float) -> Any:
    """The module with elements of a parameter pruned at random."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Any, name: str, amount: float, importance_scores: Tensor | None = None) -> Any:
    """The module with the smallest elements of a parameter pruned."""
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: float, dim: int) -> Any:
    """The module with slices of a parameter pruned at random."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Any, name: str, amount: float, n: Any, dim: int, importance_scores: Tensor | None = None
) -> Any:
    """The module with the slices of smallest norm of a parameter pruned."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Tensor) -> Any:
    """The module with a parameter pruned by a mask."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Any, pruning_method: Any, importance_scores: dict[Any, Tensor] | None = None, **kwargs: Any
) -> None:
    """Prune elements of several parameters ``(module, name)`` as if they were one."""
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    pairs, given = list(parameters), importance_scores or {}
    scores = [given.get(pair, getattr(*pair)).detach().reshape(-1) for pair in pairs]
    masks = [
        getattr(module, f"{name}_mask", part.reshape(getattr(module, name).shape) * 0.0 + 1.0).reshape(-1)
        for (module, name), part in zip(pairs, scores)
    ]
    container = PruningContainer()
    container._tensor_name = "temp"
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type "
            f"{method.PRUNING_TYPE}"
        )
    container.add_pruning_method(method)
    whole = container.compute_mask(join(scores, 0), join(masks, 0))
    start = 0
    for module, name in pairs:
        value = getattr(module, name)
        custom_from_mask(module, name, whole[start : start + value.numel()].reshape(value.shape))
        start += value.numel()


def remove(module: Any, name: str) -> Any:
    """The module with a pruned parameter made plain: its zeros stay."""
    key, hook = _found(module, name)
    if hook is None:
        raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")
    hook.remove(module)
    del module._forward_pre_hooks[key]
    return module


def is_pruned(module: Any) -> bool:
    """Whether a module, or one in it, has pruned parameters."""
    return any(
        isinstance(hook, BasePruningMethod) for one in module.modules() for hook in one._forward_pre_hooks.values()
    )

"""Optimizers whose update of an element depends on that element's parameter, gradient and state alone.

Such an optimizer says its update as a formula (`ops/foreach.py`). All parameters of a group that are of one dtype, device and
age are updated by one value, which is few kernels however many they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import is_not
from typing import Any, ClassVar, NamedTuple

from .. import dtypes
from ..ops.foreach import Formula, formula
from ..tensor.complex import view_as_real
from ..tensor.tensor import Tensor
from .optimizer import Closure, Group, Optimizer, _use_grad_for_differentiable
from .state import State, entry

_COMMON = {"maximize": False, "foreach": None, "differentiable": False, "capturable": False, "fused": None}


class Batch(NamedTuple):
    """Parameters that one call of a formula updates, with their gradients and states."""

    stage: Any
    params: list[Tensor]
    grads: list[Tensor]
    states: list[Any]  # `State`, or a dictionary where nothing is counted
    # where it is kept for the next step: the parameters' metas, and how much there is in the states
    metas: Sequence[Any] = ()
    sizes: Sequence[int] = ()

    def kept(self) -> Batch:
        """What the next step asks for: all but the gradients."""
        metas = [param._cl_meta for param in self.params]
        return Batch(self.stage, self.params, [], self.states, metas, list(map(len, self.states)))


class Elementwise(Optimizer):
    """What these optimizers share: batches, the step, what every formula begins with.

    A subclass gives `_begin` and `_formula`, and `_numbers` where a formula reads numbers that are no options of a group;
    `_over_lists` is what its function (`adam.adam` of `Adam`) is made of. The whole step of a batch is one fused update, whatever ``foreach``, ``fused`` and ``capturable`` say; with
    ``differentiable`` the formula is run over tensors, one by one, and autograd records it. Options that are tensors of one
    element are read on the device.

    ``grad_scale`` and ``found_inf``, tensors that a gradient scaler sets: the formula divides gradients by the one, and
    where the other is not zero it changes nothing, which nobody has to wait for.
    """

    _counts: tuple[str, ...] = ("step",)
    _listed: ClassVar[str]  # what `_init_group` lists of a state, in its order
    _later: ClassVar[dict[str, Any]] = {}  # options that old dictionaries lack, with their values
    _takes_scale = True
    _step_supports_amp_scaling = (
        False  # packages refuse to clip gradients where it is True: with ``fused``, as in PyTorch
    )
    grad_scale: Tensor | None = None
    found_inf: Tensor | None = None

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        super().__init__(params, defaults)
        if defaults.get("fused"):
            self._step_supports_amp_scaling = True
            if defaults["differentiable"]:
                raise RuntimeError("`fused` does not support `differentiable`")
            if defaults["foreach"]:
                raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        later = {name: value for name, value in _COMMON.items() if name in self.defaults} | self._later
        for group in self.param_groups:
            for name, value in later.items():
                group.setdefault(name, value)

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> Any:
        """Put what ``state`` lacks before a step into it. Parameters with equal results have one formula."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it keeps: define _begin()")

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        """The update: assignments over ``param``, ``grad``, the tensors of the state and numbers; and the names of those
        tensors of the state."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it steps: define _formula()")

    def _numbers(self, group: Group) -> dict[str, Any]:
        """The numbers that formulas read, by name: the options of a group, and its two betas apart."""
        if "betas" not in group:
            return group
        beta1, beta2 = group["betas"]
        return {**group, "beta1": beta1, "beta2": beta2}

    @_use_grad_for_differentiable
    def step(self, closure: Closure | None = None) -> Any:
        """Update all parameters that have a gradient. Gives the closure's loss, None without a closure."""
        loss = self._evaluate(closure)
        kept: dict[int, Batch] = self.__dict__.setdefault("_kept", {})
        for k, group in enumerate(self.param_groups):
            batch = self._batched_again(group, kept[k]) if k in kept else None
            if batch is not None:
                self._update(group, batch)
                continue
            twice = len(set(map(id, group["params"]))) < len(group["params"])
            batches = self._batches(group, self._given(group), twice)
            for batch in batches:
                self._update(group, batch)
            kept.pop(k, None)
            if len(batches) == 1 and len(batches[0].params) == len(group["params"]):
                kept[k] = batches[0].kept()
        return loss

    def _batched_again(self, group: Group, before: Batch) -> Batch | None:
        """The batch of a group whose parameters and states are those of its last step, and are still alike; None where that has to be found out as
        ever."""
        params, states, names = group["params"], before.states, self._counts
        if len(params) != len(before.params) or any(map(is_not, params, before.params)):
            return None
        if any(map(is_not, map(self.state.get, params), states)) or list(map(len, states)) != before.sizes:
            return None
        grads = [param.__dict__.get("_grad") for param in params]
        if any(grad.__class__ is not Tensor for grad in grads) or [p._cl_meta for p in params] != before.metas:
            return None
        if names and any(state.__class__ is not State or state._shown for state in states):
            return None
        for name in names:
            ages = [entry(state, name) for state in states]
            if ages[0].__class__ is not float or ages.count(ages[0]) < len(ages):
                return None
        if any(self._begin(group, p, state) != before.stage for p, state in zip(params, states, strict=True)):
            return None
        return Batch(before.stage, before.params, grads, states)

    @classmethod
    def _over_lists(
        cls,
        params: Sequence[Tensor],
        grads: Sequence[Tensor],
        kept: dict[str, Any],
        group: Group,
        scaled: tuple[Tensor | None, Tensor | None] = (None, None),
    ) -> None:
        """A step over lists alone: of parameters, of gradients, and of what is kept, by name; these may be empty where
        nothing of the name is kept. ``group`` has the options, ``scaled`` is (grad_scale, found_inf).

        RuntimeError where counts are no tensors.
        """
        steps = kept.get("step", ())
        if not all(isinstance(step, Tensor) for step in steps):
            raise RuntimeError("API has changed, `state_steps` argument must contain a list of singleton tensors")
        self = cls.__new__(cls)  # it has no parameters: it is here for its formula
        self.grad_scale, self.found_inf = scaled
        contents = [{name: tensors[k] for name, tensors in kept.items() if tensors} for k in range(len(params))]
        states: list[Any] = [State(cls._counts, content) if cls._counts else content for content in contents]
        for batch in self._batches(group, zip(params, grads, states, strict=True)):
            self._update(group, batch)
        for name, tensors in kept.items():
            for k, tensor in enumerate(tensors):
                if tensor is None:
                    tensors[k] = states[k].get(name)

    def _init_group(self, group: Group, params: list[Any], grads: list[Any], *lists: list[Any]) -> Any:
        """Put the parameters that have a gradient, these, and what is kept of them into lists, one for each name of ``_listed``, as a
        step over lists wants them: optimizers that are written elsewhere, with a step of their own, call it. What a group does not
        keep stays out. Gives whether a parameter is complex.

        RuntimeError where a gradient is sparse and may not be.
        """
        for param, grad, state in self._given(group):
            if grad.is_sparse:
                self._check_sparse(group)
            self._begin(group, param, state)
            params.append(param)
            grads.append(grad)
            for name, kept in zip(self._listed.split(), lists, strict=True):
                if name in state:
                    kept.append(state[name])
        return any(param.is_complex() for param in params)

    def _given(self, group: Group) -> Iterator[tuple[Tensor, Tensor, Any]]:
        """The parameters that have a gradient, with it and with what is kept of them."""
        counts, state_of = self._counts, self.state
        for param in group["params"]:
            grad = param.grad
            if grad is not None:
                state = state_of.get(param, {})
                if counts and state.__class__ is not State:
                    state = State(counts, state)
                yield param, grad, state
                if state:
                    state_of[param] = state

    def _batches(self, group: Group, given: Iterable[tuple[Tensor, Tensor, Any]], twice: bool = False) -> list[Batch]:
        """Parameters by what they share; each alone where a parameter is among them ``twice``."""
        found: dict[Any, Batch] = {}
        counts = self._counts
        for k, (param, grad, state) in enumerate(given):
            sparse = grad.__class__ is not Tensor and grad.is_sparse
            if sparse:
                self._check_sparse(group)
            stage = self._begin(group, param, state)
            ages = state.ages() if counts else ()
            key = (stage, param._cl_meta.dtype, param._cl_meta.device, *ages, k if twice or sparse else -1)
            batch = found.get(key)
            if batch is None:
                batch = found[key] = Batch(stage, [], [], [])
            batch.params.append(param)
            batch.grads.append(grad)
            batch.states.append(state)
        return list(found.values())

    def _check_sparse(self, group: Group) -> None:
        """RuntimeError unless a gradient may be sparse; then the formula is met for the elements that it has alone."""
        raise RuntimeError(f"{type(self).__name__} does not support sparse gradients")

    def _update(self, group: Group, batch: Batch) -> None:
        rule, names = self._rule(group, batch.stage)
        first = batch.states[0]
        numbers = {**self._numbers(group), **{name: first.number(name) for name in self._counts}}
        numbers |= {"grad_scale": self.grad_scale, "found_inf": self.found_inf}
        if batch.grads[0].is_sparse:
            self._update_places(rule, names, batch, numbers)
            return
        if not group["differentiable"]:
            lists = [batch.params, batch.grads, *([entry(state, name) for state in batch.states] for name in names)]
            changed = rule([_reals(tensors) for tensors in lists], numbers)
            for state in batch.states if changed else ():
                state.put(changed)
            return
        for param, grad, state in zip(batch.params, batch.grads, batch.states):
            tensors = [param, grad, *(state[name] for name in names)]
            changed = rule.over_tensors(_reals(tensors), numbers)
            if changed:
                state.put(changed)

    @staticmethod
    def _update_places(rule: Formula, names: list[str], batch: Batch, numbers: dict[str, Any]) -> None:
        """The update of one parameter where its gradient, which is sparse, has elements; others keep what they have."""
        state = batch.states[0]
        grad: Any = batch.grads[0].coalesce()
        places, whole = tuple(grad._indices().unbind()), [batch.params[0], *(entry(state, name) for name in names)]
        if not places:  # a number: its element is at no place
            places, whole = (grad._values().new_zeros(1, dtype=dtypes.int64),), [tensor.view(1) for tensor in whole]
        parts = [tensor[places] for tensor in whole]
        changed = rule([_reals([part]) for part in (parts[0], grad._values(), *parts[1:])], numbers)
        for tensor, part in zip(whole, parts, strict=True):
            tensor.index_put_(places, part)
        if changed:
            state.put(changed)

    def _rule(self, group: Group, stage: Any) -> tuple[Formula, list[str]]:
        """The formula with what all have in common around it, and the tensors of the state that it reads."""
        text, names = self._formula(group, stage)
        before, after = [], []
        if self.found_inf is not None:
            for name in ("param", *names.split(), *self._counts):
                before.append(f"old_{name} = {name}")
                after.append(f"{name} = where(found_inf, old_{name}, {name})")
        if self.grad_scale is not None:
            before.append("grad = grad / grad_scale")
        if group["maximize"]:
            before.append("grad = -grad")
        return formula("\n".join([*before, text, *after]), f"param grad {names}"), names.split()


def _reals(tensors: list[Tensor]) -> list[Tensor]:
    """Tensors of complex numbers as pairs of real ones, which are elements by themselves."""
    return [view_as_real(t) for t in tensors] if tensors[0]._cl_meta.dtype.is_complex else tensors


def twice(param: Tensor, number: float) -> Any:
    """What a state of ``param`` starts with: of complex numbers, both parts are the number."""
    return complex(number, number) if param.is_complex() else number


def decayed(group: Group, text: str) -> str:
    """A formula whose gradient has ``weight_decay * param`` added first, where the group asks for it."""
    decay = group["weight_decay"]
    if not isinstance(decay, Tensor) and decay == 0:
        return text
    return "grad = grad + weight_decay * param\n" + text

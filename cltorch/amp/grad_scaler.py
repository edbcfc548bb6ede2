"""Gradients of losses that are scaled, so that small ones do not vanish in float16. See torch.amp.GradScaler."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterable
from enum import Enum
from typing import Any

from .. import dtypes
from ..autograd.modes import no_grad
from ..ops.foreach import formula
from ..optim.optimizer import Optimizer
from ..tensor.creation import full
from ..tensor.tensor import Tensor
from ..warned import warn

__all__ = ["GradScaler", "OptState"]

_UNSCALE = formula("flag = not isfinite(gradient)\ngradient = gradient * inverse", "gradient")
_CHECK = formula("flag = not isfinite(gradient)", "gradient")


class OptState(Enum):
    """What was done with an optimizer since the last `GradScaler.update`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


class _MultiDeviceReplicator:
    """Copies of a tensor on devices, one for each."""

    def __init__(self, master_tensor: Tensor) -> None:
        self.master = master_tensor
        self._per_device_tensors: dict[Any, Tensor] = {}

    def get(self, device: Any) -> Tensor:
        """The copy on a device."""
        if device not in self._per_device_tensors:
            self._per_device_tensors[device] = self.master.to(device=device, copy=True)
        return self._per_device_tensors[device]


def _refresh_per_optimizer_state() -> dict[str, Any]:
    return {"stage": OptState.READY, "found_inf_per_device": {}}


class GradScaler:
    """Scales losses up before backward, gradients down before the optimizer's step, and leaves out steps whose gradients are
    not finite. The scale falls by ``backoff_factor`` then, and grows by ``growth_factor`` after ``growth_interval`` steps that
    were good.

    Scale, count and verdict stay on the device: the optimizers of `cltorch.optim` whose update is elementwise change nothing
    where the verdict is bad, and nobody waits for it. Other optimizers' steps are left out by the host, which reads it.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled
        if not enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._init_scale = init_scale
        self._scale: Tensor | None = None
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._init_growth_tracker = 0
        self._growth_tracker: Tensor | None = None
        self._per_optimizer_states: dict[int, dict[str, Any]] = defaultdict(_refresh_per_optimizer_state)

    # --- scaling -----------------------------------------------------------------------------------------------------

    def scale(self, outputs: Any) -> Any:
        """A tensor, or those in a list, tuple or other iterable, times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            if self._scale is None:
                self._lazy_init_scale_growth_tracker(outputs.device)
            return outputs * self._scale.to(outputs.device)  # type: ignore[union-attr]
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def _lazy_init_scale_growth_tracker(self, dev: Any) -> None:
        self._scale = full((), self._init_scale, dtype=dtypes.float32, device=dev)
        self._growth_tracker = full((), self._init_growth_tracker, dtype=dtypes.int32, device=dev)

    def _check_scale_growth_tracker(self, funcname: str) -> tuple[Tensor, Tensor]:
        if self._scale is None or self._growth_tracker is None:
            raise AssertionError(
                f"Attempted {funcname} but _scale is None.  This may indicate your script did not use scaler.scale(loss or outputs) "
                "earlier in the iteration."
            )
        return self._scale, self._growth_tracker

    @no_grad()
    def _unscale_grads_(
        self, optimizer: Optimizer, inv_scale: Tensor | None, found_inf: Tensor | None, allow_fp16: bool
    ) -> dict[Any, Tensor]:
        """Multiply all gradients by ``inv_scale``, if given; per device, whether one was not finite (1 or 0), or more than
        ``found_inf`` to begin with."""
        groups: dict[Any, list[Tensor]] = {}
        for group in optimizer.param_groups:
            for param in group["params"]:
                grad = param.grad
                if grad is None:
                    continue
                if not allow_fp16 and grad.dtype is dtypes.float16:
                    raise ValueError("Attempting to unscale FP16 gradients.")
                if hasattr(grad, "_apply_sparse"):
                    grad = grad._values()
                groups.setdefault((grad.device, grad.dtype), []).append(grad)
        found: dict[Any, Tensor] = {}
        for (device, _), grads in groups.items():
            if device not in found:
                start = full((), 0.0, dtype=dtypes.float32, device=device)
                found[device] = start if found_inf is None else start + found_inf.to(device)
            if inv_scale is None:
                _CHECK([grads], {"flag": found[device]})
            else:
                _UNSCALE([grads], {"flag": found[device], "inverse": inv_scale.to(device)})
        return found

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divide the optimizer's gradients by the scale now, to clip or look at them before `step`. Once a step; RuntimeError
        else."""
        if not self._enabled:
            return
        scale, _ = self._check_scale_growth_tracker("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        state["found_inf_per_device"] = self._unscale_grads_(optimizer, scale.reciprocal(), None, False)
        state["stage"] = OptState.UNSCALED

    # --- steps -------------------------------------------------------------------------------------------------------

    def step(self, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's step with gradients divided by the scale, unless one of them is not finite. Gives what the step
        gives, None for a step left out by the host. RuntimeError for closures, and for a second step before `update`."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check_scale_growth_tracker("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if getattr(optimizer, "_step_supports_amp_scaling", False) or getattr(optimizer, "_takes_scale", False):
            result = self._scaled_step(optimizer, state, args, kwargs)
        else:
            if state["stage"] is OptState.READY:
                self.unscale_(optimizer)
            if not state["found_inf_per_device"]:
                raise AssertionError("No inf checks were recorded for this optimizer.")
            result = self._maybe_opt_step(optimizer, state, *args, **kwargs)
        state["stage"] = OptState.STEPPED
        return result

    def _maybe_opt_step(self, optimizer: Optimizer, optimizer_state: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The optimizer's step, unless a gradient was not finite, which is read."""
        if any(flag.item() for flag in optimizer_state["found_inf_per_device"].values()):
            return None
        return optimizer.step(*args, **kwargs)

    def _check_inf_per_device(self, optimizer: Optimizer) -> dict[Any, Tensor]:
        """Per device, whether a gradient of the optimizer is not finite (1 or 0); kept for its step."""
        found = self._per_optimizer_states[id(optimizer)]["found_inf_per_device"] = self._unscale_grads_(
            optimizer, None, None, True
        )
        return found

    def _found_inf_per_device(self, optimizer: Optimizer) -> dict[Any, Tensor]:
        """What was found of the optimizer's gradients last."""
        return self._per_optimizer_states[id(optimizer)]["found_inf_per_device"]

    def _scaled_step(self, optimizer: Any, state: dict[str, Any], args: Any, kwargs: Any) -> Any:
        """The step of an optimizer that divides by the scale, and looks at the verdict, itself."""
        if "grad_scaler" in inspect.signature(optimizer.step).parameters:
            warn(
                "GradScaler is going to stop passing itself as a keyword argument to the passed optimizer. In the near future "
                "GradScaler registers `grad_scale: Tensor` and `found_inf: Tensor` to the passed optimizer and let the "
                "optimizer use them directly.",
                FutureWarning,
            )
            return optimizer.step(*args, **kwargs, grad_scaler=self)
        scale, _ = self._check_scale_growth_tracker("step")
        given = getattr(optimizer, "grad_scale", None)
        if state["stage"] is OptState.READY and getattr(optimizer, "_takes_scale", False):
            state["found_inf_per_device"] = self._unscale_grads_(optimizer, scale.reciprocal(), None, True)
        elif state["stage"] is OptState.READY:  # one of the program's own
            self._check_inf_per_device(optimizer)
            given = scale if given is None else scale * given
        optimizer.grad_scale = given
        optimizer.found_inf = self._verdict([state], scale)
        try:
            return optimizer.step(*args, **kwargs)
        finally:
            del optimizer.grad_scale, optimizer.found_inf

    @staticmethod
    def _verdict(states: Iterable[dict[str, Any]], like: Tensor) -> Tensor:
        """Whether any gradient was not finite: more than 0."""
        flags = [flag.to(like.device) for state in states for flag in state["found_inf_per_device"].values()]
        if not flags:
            raise AssertionError("No inf checks were recorded prior to update.")
        return flags[0] if len(flags) == 1 else sum(flags[1:], flags[0])

    @no_grad()
    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Change the scale after the steps of an iteration, or set it."""
        if not self._enabled:
            return
        scale, good = self._check_scale_growth_tracker("update")
        if isinstance(new_scale, Tensor):
            if new_scale.numel() != 1 or new_scale.requires_grad:
                raise AssertionError(
                    "new_scale should be a float or a 1-element torch.cuda.FloatTensor or torch.FloatTensor with "
                    "requires_grad=False."
                )
            scale.copy_(new_scale.reshape(()))
        elif new_scale is not None:
            scale.fill_(new_scale)
        else:
            bad = self._verdict(self._per_optimizer_states.values(), scale) > 0
            grown, more = scale * self._growth_factor, good + 1
            grow = (more == self._growth_interval) & ~bad
            kept = grown.where(grow & grown.isfinite(), scale)
            scale.copy_((scale * self._backoff_factor).where(bad, kept))
            good.copy_((more * 0).where(bad | grow, more))
        self._per_optimizer_states = defaultdict(_refresh_per_optimizer_state)

    # --- what it is at -----------------------------------------------------------------------------------------------

    def get_scale(self) -> float:
        """The scale as a number, read from the device; 1 when not enabled."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def _get_scale_async(self) -> Tensor | None:
        """The scale as it lies on the device; None before it was used."""
        return self._scale

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else int(self._growth_tracker.item())

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by when it grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Choose what the scale is multiplied by when it grows."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by when it falls."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Choose what the scale is multiplied by when it falls."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """After how many good steps the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Choose after how many good steps the scale grows."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether it scales at all."""
        return self._enabled

    # --- state -------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Scale, factors, interval and count, to be called after `update`; empty when not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; RuntimeError for an empty one."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._init_scale = state_dict["scale"]
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._init_growth_tracker = state_dict["_growth_tracker"]
        if self._scale is not None and self._growth_tracker is not None:
            self._scale.fill_(state_dict["scale"])
            self._growth_tracker.fill_(state_dict["_growth_tracker"])

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self._enabled:
            if self._per_optimizer_states:
                raise AssertionError(
                    "A GradScaler instance may only be pickled at the beginning of an iteration, or at the end after "
                    "scaler.update()."
                )
            state["_init_scale"] = self.get_scale()
            state["_init_growth_tracker"] = self._get_growth_tracker()
            state["_scale"] = None
            state["_growth_tracker"] = None
        return state

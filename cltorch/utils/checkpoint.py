"""Recompute instead of keeping: activations of a part of a model are not held until backward. See
torch.utils.checkpoint."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from ..amp import state as autocast
from ..autograd import engine
from ..autograd.function import Function
from ..autograd.modes import enable_grad, is_grad_enabled
from ..autograd.node import Node
from ..autograd.packing import unhooked
from ..ops.arguments import is_tensor
from ..tensor.random import default_generator, get_rng_state, set_rng_state
from ..tensor.tensor import Tensor
from ..warned import warn
from .pytree import tree_leaves

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "CheckpointPolicy",
    "DefaultDeviceType",
    "SelectiveCheckpointContext",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "create_selective_checkpoint_contexts",
    "detach_variable",
    "get_device_states",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
    "set_device_states",
]

Contexts = Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]]


def noop_context_fn() -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    """Two context managers that do nothing: what ``context_fn`` is by default."""
    return nullcontext(), nullcontext()


class CheckpointError(RuntimeError):
    """A function kept other tensors for backward when it was called again than it did at first."""


class CheckpointPolicy(enum.Enum):
    """What a policy of `create_selective_checkpoint_contexts` says of an op. See torch.utils.checkpoint.CheckpointPolicy."""

    MUST_SAVE, PREFER_SAVE, MUST_RECOMPUTE, PREFER_RECOMPUTE, MUST_CPU_OFFLOAD, PREFER_CPU_OFFLOAD = range(6)


class SelectiveCheckpointContext:
    """What a policy is told. See torch.utils.checkpoint.SelectiveCheckpointContext."""

    def __init__(self, *, is_recompute: bool, op_output: Any = None) -> None:
        self.is_recompute, self.op_output = is_recompute, op_output


def create_selective_checkpoint_contexts(
    policy_fn_or_list: Any, allow_cache_entry_mutation: bool = False
) -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    """What ``context_fn`` gives to keep the results of some ops: here all are computed again, whatever the policy says, since a fused
    kernel has no results of single ops that could be kept. Numbers are the same. See
    torch.utils.checkpoint.create_selective_checkpoint_contexts. TypeError for what is neither a list nor a function."""
    if not isinstance(policy_fn_or_list, list) and not callable(policy_fn_or_list):
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")
    return noop_context_fn()


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn if no tensor among the inputs asks for a gradient."""
    if not any(one.requires_grad for one in inputs if isinstance(one, Tensor)):
        warn("None of the inputs have requires_grad=True. Gradients will be None")


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The tensors of a tuple as leaves that ask for gradients where they did, and what else is in it. RuntimeError for anything but a tuple."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple(one.detach().requires_grad_(one.requires_grad) if isinstance(one, Tensor) else one for one in inputs)


class DefaultDeviceType:
    """The type of devices that `set_device_states` means if none is named: one only is there."""

    _kind = "cuda"

    @staticmethod
    def set_device_type(device: str = "cuda") -> None:
        """Name it."""
        DefaultDeviceType._kind = device

    @staticmethod
    def get_device_type() -> str:
        """Its name."""
        return DefaultDeviceType._kind


def get_device_states(*args: Any) -> tuple[list[int], list[Tensor]]:
    """The devices of tensors that do not lie on the CPU, in containers too, and the states of their random numbers."""
    devices = [
        one.get_device() for one in tree_leaves(args) if isinstance(one, Tensor) and one.device.type not in _HOSTS
    ]
    return devices, [get_rng_state() for _ in devices]


_HOSTS = ("cpu", "meta")


def set_device_states(devices: Sequence[int], states: Sequence[Tensor], *, device_type: str | None = None) -> None:
    """Set the states of devices' random numbers, as `get_device_states` gave them."""
    for _, state in zip(devices, states, strict=False):
        set_rng_state(state)


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """A block in which recomputing may stop when it has what backward needs: it never does, as gradients are those of the second call."""
    yield


_debugging: bool | None = None


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """A block in which `checkpoint` has this ``debug``, whatever it is given; None leaves it as given."""
    global _debugging
    before, _debugging = _debugging, enabled
    try:
        yield
    finally:
        _debugging = before


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    context_fn: Contexts = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """``function(*args, **kwargs)``, which is called again in backward in place of keeping what backward needs.

    ``function`` returns a tensor or a tuple, and must compute the same when it is called again; random numbers are the
    same then, unless ``preserve_rng_state`` is False. ``context_fn`` gives a context manager for each of the two calls.
    Gradients flow to everything that the function reads, also to tensors that are not among its arguments, whatever
    ``use_reentrant`` says; with True keyword arguments and ``context_fn`` are refused, as in PyTorch. ``early_stop`` is accepted.

    Gradients are those of the second call, so unless ``use_reentrant`` is True CheckpointError is raised in backward where that one kept
    another number of tensors, or, with ``determinism_check`` "default" rather than "none", tensors of other shapes, dtypes or devices;
    with ``debug`` it lists the nodes of both calls."""
    if use_reentrant is None:
        warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. use_reentrant=False is "
            "recommended, but if you need to preserve the current default behavior, you can pass use_reentrant=True. Both "
            "record the same here."
        )
    if use_reentrant and kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if use_reentrant and (context_fn is not noop_context_fn or debug):
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f"determinism_check should be one of ['default', 'none'], but got {determinism_check}",
        )
    is_debugged = debug if _debugging is None else _debugging
    first, again = context_fn()
    if not is_grad_enabled():
        with first:
            return function(*args, **kwargs)
    args, kwargs = tuple(map(_apart, args)), {name: _apart(value) for name, value in kwargs.items()}
    tensors = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor)]
    state, casting = default_generator.save(), autocast.snapshot()
    for tensor in tensors:
        tensor._resolve_edge()  # nodes of views are made when first asked for: theirs are older than what the function records
    start = Node((), None).sequence  # type: ignore[arg-type]
    with unhooked(), first:  # backward keeps nothing of this call
        outputs = function(*args, **kwargs)
    several = isinstance(outputs, tuple)
    found = outputs if several else (outputs,)
    edges, nodes = _within([out._resolve_edge() for out in found if isinstance(out, Tensor)], start)
    if not edges:
        return outputs
    check = None if use_reentrant else _Check(nodes, determinism_check == "default", is_debugged)

    def recompute() -> tuple[tuple[Any, ...], list[Any]]:
        """The outputs again, and the leaves that stand for ``edges`` where they are those of arguments, at which the new graph ends."""
        now = default_generator.save()
        if preserve_rng_state:
            default_generator.restore(state)
        cut = _Cut(enabled=not is_grad_enabled())
        try:
            with unhooked(), enable_grad(), autocast.as_at(casting), again:
                ends, options = [cut(value) for value in args], {name: cut(value) for name, value in kwargs.items()}
                begin = Node((), None).sequence  # type: ignore[arg-type]
                made = function(*ends, **options)
        finally:
            if preserve_rng_state:
                default_generator.restore(now)
        made = made if several else (made,)
        if check is not None:
            check.compare(_within([out._resolve_edge() for out in made if isinstance(out, Tensor)], begin)[1])
        return made, [cut.leaves.get(id(edge)) for edge in edges]

    plain = tuple(out.detach() if isinstance(out, Tensor) else out for out in found)
    results = CheckpointFunction.apply(recompute, plain, tensors, edges, *(_Outside(edge) for edge in edges))
    return results if several else results[0]


def _apart(value: Any) -> Any:
    """A recorded tensor whose elements repeat (`expand`) with memory for each: gradients of its views would go past it."""
    if not is_tensor(value) or not value._is_recorded or not value._cl_meta.view.may_overlap_itself:
        return value
    return value.contiguous()


class _Cut:
    """Replaces tensors that were computed by leaves with their numbers; ``leaves`` tells which, by the old edge's id.

    Not ``enabled`` where the gradients are to be differentiated again: they must stay connected.
    """

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled
        self.leaves: dict[int, Tensor] = {}

    def __call__(self, value: Any) -> Any:
        if not self.enabled or not isinstance(value, Tensor) or value.is_leaf:
            return value
        edge = value._resolve_edge()
        if id(edge) not in self.leaves:
            self.leaves[id(edge)] = value.detach().requires_grad_()
        return self.leaves[id(edge)]


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    *,
    preserve_rng_state: bool = True,
    context_fn: Contexts = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
) -> Any:
    """Apply ``functions`` (a list, or an nn.Sequential) one after another, in ``segments`` parts: all but the last are
    recomputed in backward."""
    steps = list(functions.children() if hasattr(functions, "children") else functions)
    size = len(steps) // segments
    end = size * (segments - 1)
    for begin in range(0, end, max(size, 1)):
        input = checkpoint(
            _chain(steps[begin : begin + size]),
            input,
            use_reentrant=use_reentrant,
            preserve_rng_state=preserve_rng_state,
            context_fn=context_fn,
            determinism_check=determinism_check,
            debug=debug,
        )
    return _chain(steps[end:])(input)


def _chain(steps: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return run


class _Outside:
    """Where a gradient leaves the recomputed part, in the form in which `Function.apply` takes its operands."""

    def __init__(self, edge: Any) -> None:
        self.edge = edge
        self._cl_meta = edge.meta if isinstance(edge, Node) else edge._cl_meta

    def _resolve_edge(self) -> Any:
        return self.edge


class CheckpointFunction(Function):
    """Passes the results on; its backward computes them again and sends the gradients through."""

    @staticmethod
    def forward(
        ctx: Any, recompute: Any, outputs: tuple[Any, ...], tensors: list[Tensor], edges: list[Any], *outside: _Outside
    ) -> Any:
        ctx.recompute, ctx.edges = recompute, edges
        ctx.save_for_backward(*tensors)
        ctx.set_materialize_grads(False)
        return outputs

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        _ = ctx.saved_tensors  # raises if an argument was changed in place since
        again = is_grad_enabled()
        outputs, leaves = ctx.recompute()
        roots = [
            (out._resolve_edge(), grad)
            for out, grad in zip(outputs, grads, strict=True)
            if grad is not None and out.requires_grad
        ]
        wanted = [*ctx.edges, *(leaf for leaf in leaves if leaf is not None)]
        arrived = engine.run(roots, True, again, wanted, accumulate=False, is_part=True)
        found = []
        for edge, leaf in zip(ctx.edges, leaves, strict=True):  # the function may read an argument by other ways too
            parts = [arrived[id(one)] for one in (leaf, edge) if id(one) in arrived]
            found.append(parts[0] + parts[1] if len(parts) == 2 else parts[0] if parts else None)
        return (None, None, None, None, *found)


class _Check:
    """What the first call kept for backward, to be compared with what the second one keeps."""

    def __init__(self, nodes: list[Node], with_metas: bool, with_names: bool) -> None:
        self.metas = [meta for node in nodes for meta in node.kept()]
        self.with_metas = with_metas
        self.names = [node.name() for node in nodes] if with_names else None

    def compare(self, nodes: list[Node]) -> None:
        """CheckpointError if the nodes of the second call keep something else."""
        metas = [meta for node in nodes for meta in node.kept()]
        if len(metas) != len(self.metas):
            what = (
                "A different number of tensors was saved during the original forward and recomputation"
                if len(metas) < len(self.metas)
                else "trying to save more tensors during recomputation than during the original forward pass"
            )
            counts = f"during forward: {len(self.metas)}\nNumber of tensors saved during recomputation: {len(metas)}"
            self._refuse(f"{what}.\nNumber of tensors saved {counts}.", nodes)
        pairs = [(_described(one), _described(other)) for one, other in zip(self.metas, metas, strict=True)]
        if self.with_metas and Counter(one for one, _ in pairs) != Counter(other for _, other in pairs):
            found = "\n".join(
                f"tensor at position {place}:\nsaved metadata: {one}\nrecomputed metadata: {other}"
                for place, (one, other) in enumerate(pairs)
                if one != other
            )
            start = "Recomputed values for the following tensors have different metadata than during the forward pass"
            self._refuse(f"{start}.\n{found}.", nodes)

    def _refuse(self, what: str, nodes: list[Node]) -> None:
        error = CheckpointError(f"torch.utils.checkpoint: {what}")
        if self.names is None:
            raise error
        raise CheckpointError(
            f"Nodes of the original forward: {', '.join(self.names)}\n"
            f"Nodes of the recomputation: {', '.join(node.name() for node in nodes)}\n"
            "You are seeing this error because you passed `debug=True` to checkpoint and what backward needs differs between the two."
        ) from error


def _described(meta: Any) -> str:
    return f"{{'shape': {list(meta.shape)}, 'dtype': {meta.dtype}, 'device': {meta.device}}}"


def _within(edges: list[Any], start: int) -> tuple[list[Any], list[Node]]:
    """The leaves, and the nodes older than ``start``, that the graph above ``edges`` leads to; and the younger nodes, in order."""
    seen: set[int] = set()
    found, inner = [], []
    todo = [edge for edge in edges if edge is not None]
    while todo:
        edge = todo.pop()
        if id(edge) in seen:
            continue
        seen.add(id(edge))
        if isinstance(edge, Node) and edge.sequence > start:
            inner.append(edge)
            todo += [source for source in edge.inputs if source is not None]
        else:
            found.append(edge)
    return found, sorted(inner, key=lambda node: node.sequence)

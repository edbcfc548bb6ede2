"""User-defined differentiable functions. See torch.autograd.Function."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from ..graph.meta import Meta
from ..ops.arguments import is_any_tensor, is_tensor
from ..warned import warn
from .aliases import AliasState, check_alias, mark_function, rebase
from .duals import LIVE, is_hidden
from .forward_ad import in_dual_level
from .levels import at
from .modes import MODE, enable_grad, no_grad
from .node import FREED, LEAF, Node, check_kept, modified, public
from .outputs import Output
from .packing import FREED_BEFORE, HOOKED, Packed, SavedTensor
from .passes import grad as gradients


class VmapInfo(NamedTuple):
    """What `Function.vmap` is told: how many slices there are, and what random numbers do."""

    batch_size: int
    randomness: str


class Saved:
    """A tensor kept by ``save_for_backward``. Outputs are kept without the node, which would keep itself alive."""

    __slots__ = ("made", "meta", "output", "packed", "storage", "tensor", "version")

    def __init__(self, tensor: Any, output: int | None) -> None:
        self.tensor: Any = None if output is not None else tensor
        self.meta = tensor._cl_meta
        self.storage = tensor._storage
        self.version = self.storage.version
        check_kept((tensor,))
        self.made = tensor._made
        self.output = output
        self.packed: Packed | None = None

    def pack(self, node: BackwardNode, hooks: Any) -> None:
        """Keep what hooks make of the tensor in its place. See `autograd.packing`."""
        if self.packed is not None:
            raise RuntimeError(HOOKED)
        if node._saved is None:
            raise RuntimeError(FREED_BEFORE)
        made = self.tensor if self.output is None else self.made(self.storage, self.meta, node.output_edge(self.output))
        self.packed = Packed(made, hooks, own=self.output is not None)
        self.tensor = self.storage = None

    def unpack(self, node: BackwardNode) -> Any:
        """The tensor again; RuntimeError when it was changed in place since."""
        if self.packed is not None:
            return self.packed.tensor(None if self.output is None else node.output_edge(self.output))
        edge = self.tensor._resolve_edge() if self.output is None else node.output_edge(self.output)
        if self.storage.version != self.version:
            raise modified(self.meta, edge, self.storage.version, self.version)
        return self.tensor if self.output is None else self.made(self.storage, self.meta, edge)


class SavedSparse(Saved):
    """A sparse tensor kept by ``save_for_backward``: its values are."""

    __slots__ = ("like",)

    def __init__(self, tensor: Any) -> None:
        super().__init__(tensor._held, None)
        self.like = tensor

    def unpack(self, node: BackwardNode) -> Any:
        """See `Saved`."""
        return self.like._with(super().unpack(node))


class FunctionCtx:
    """What ``forward`` leaves for ``backward``; attributes may be set freely."""

    __slots__ = ()

    def save_for_backward(self: Any, *tensors: Any) -> None:
        """Keep tensors; `saved_tensors` gives them back and checks that they were not changed in place."""
        self._to_save = tensors

    def save_for_forward(self: Any, *tensors: Any) -> None:
        """Keep tensors for `Function.jvp`, which finds them in ``saved_tensors``. Elsewhere nobody asks for them, and a result would keep itself
        alive by them."""
        self._for_forward = tensors if in_dual_level() else ()

    def mark_non_differentiable(self: Any, *tensors: Any) -> None:
        """Outputs without gradient."""
        self._non_differentiable = tensors

    def mark_dirty(self: Any, *tensors: Any) -> None:
        """Inputs that forward changed in place."""
        self._dirty = tensors

    def set_materialize_grads(self: Any, value: bool) -> None:
        """Whether missing gradients arrive as zeros."""
        self.materialize_grads = value


class BackwardNode(FunctionCtx, Node):
    """The node of one call of a Function, which is also its ``ctx``. Every Function has a subclass of its own."""

    _function: type[Function]

    def __init__(self, args: tuple[Any, ...]) -> None:
        edges = tuple([arg._resolve_edge() if is_tensor(arg) else None for arg in args])
        super().__init__(edges, None)  # type: ignore[arg-type]
        has_jvp = self._function.jvp is not Function.jvp  # else derivatives along directions are those of the gradients
        self.needs_input_grad = tuple(
            [edge is not None and not (LIVE and has_jvp and is_hidden(edge)) for edge in edges]
        )
        self.materialize_grads = True
        self.outputs: list[Any] = []  # a meta per output; None for what is no tensor
        self._args = [getattr(arg, "_cl_meta", None) for arg in args]
        self._edges: list[Any] = []  # of the outputs, weakly, if there are several
        self._to_save: tuple[Any, ...] = ()
        self._for_forward: tuple[Any, ...] = ()
        self._in_jvp = False
        self._saved: list[Saved | None] | None = []
        self._non_differentiable: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()

    @property
    def label(self) -> str:  # type: ignore[override]
        """The Function's name with ``Backward``."""
        return type(self).__name__

    def __repr__(self) -> str:
        return object.__repr__(self)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors kept by `save_for_backward`; in ``jvp`` those kept by `save_for_forward`."""
        if self._in_jvp and self._for_forward:
            return self._for_forward
        if self._saved is None:
            raise RuntimeError(FREED)
        if self._to_save:  # still in forward
            return self._to_save
        return tuple([None if saved is None else saved.unpack(self) for saved in self._saved])

    @property
    def _raw_saved_tensors(self) -> tuple[Any, ...]:
        """What stands for each of the tensors kept, to be given hooks. See torch._C._autograd.SavedTensor."""
        if self._saved is None:
            raise RuntimeError(FREED)
        return tuple([None if one is None else SavedTensor(partial(one.pack, self)) for one in self._saved])

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """See `Node`; of the arguments that are tensors."""
        return tuple([public(edge) for edge, meta in zip(self.inputs, self._args, strict=True) if meta is not None])

    def keep(self, results: list[Any]) -> None:
        """Store what forward has asked for, now that the outputs are known."""
        kept: list[Saved | None] = []
        for place, tensor in enumerate(self._to_save):
            if tensor is None:
                kept.append(None)
                continue
            if hasattr(tensor, "_apply_sparse"):
                kept.append(SavedSparse(tensor))
                continue
            if not is_tensor(tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {place} is of type {type(tensor).__name__}"
                )
            kept.append(Saved(tensor, next((k for k, result in enumerate(results) if result is tensor), None)))
        self._saved, self._to_save = kept, ()
        for saved in kept if MODE.packing else ():
            if saved is not None:
                saved.pack(self, MODE.packing[-1])

    def output_edge(self, position: int) -> Node:
        """Where the gradient of an output goes: this node, or if there are several outputs the node of that one."""
        if len(self.outputs) == 1:
            return self
        known = self._edges[position]
        node = known() if known is not None else None
        if node is None:
            node = Output(self, position)
            self._edges[position] = weakref.ref(node)
        return node

    def kept(self) -> list[Meta]:
        return [saved.meta for saved in self._saved or () if saved is not None]

    def release(self) -> None:
        if self._saved:
            self._saved = None

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        grads = grad if isinstance(grad, tuple) else (grad,)
        if self.materialize_grads:
            sample = next(grad for grad in grads if grad is not None)
            grads = tuple(
                sample._filled(meta.shape, 0, meta.dtype, meta.device) if grad is None and meta is not None else grad
                for grad, meta in zip(grads, self.outputs, strict=True)
            )
        if MODE.dual and self._function.jvp is not Function.jvp:
            return self._checked(self._transposed(grads))
        found = self._function._gradient()(self, *grads)
        return self._checked(found if isinstance(found, tuple) else (found,))

    def _transposed(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients by ``jvp``: it is linear in its directions, so its gradients by them are its transpose."""
        like: Any = next(grad for grad in grads if grad is not None)
        metas: list[Any] = self._args
        directions: list[Any] = [
            None
            if edge is None and (meta is None or not self.materialize_grads)
            else like._filled(meta.shape, 0, meta.dtype, meta.device).requires_grad_(edge is not None)
            for edge, meta in zip(self.inputs, metas, strict=True)
        ]
        MODE.dual, self._in_jvp = False, True  # gradients that are taken inside of it are its own
        try:
            with enable_grad():
                moved = self._function.jvp(self, *directions)
        finally:
            MODE.dual, self._in_jvp = True, False
        outs = moved if isinstance(moved, tuple) else (moved,)
        pairs = [(o, g) for o, g in zip(outs, grads, strict=True) if g is not None and o is not None and o._is_recorded]
        sources = [direction for direction, edge in zip(directions, self.inputs, strict=True) if edge is not None]
        ends, weights = [end for end, _ in pairs], [weight for _, weight in pairs]
        found: Any = iter(())
        if pairs:
            found = iter(gradients(ends, sources, weights, retain_graph=True, create_graph=True, allow_unused=True))
        return tuple([None if edge is None else next(found, None) for edge in self.inputs])

    def _checked(self, found: tuple[Any, ...]) -> tuple[Any, ...]:
        """One gradient per input of forward, as backward returned them."""
        count = len(self.inputs)
        if len(found) < count or any(part is not None for part in found[count:]):
            raise RuntimeError(
                f"function {self.label} returned an incorrect number of gradients (expected {count}, got {len(found)})"
            )
        return tuple([self._fitting(k, part) for k, part in enumerate(found[:count])])

    def _fitting(self, position: int, part: Any) -> Any:
        if part is None:
            return None
        if not is_any_tensor(part):
            raise RuntimeError(f"expected Variable or None (got {type(part).__name__})")
        meta = self._args[position]
        if meta is None:
            raise RuntimeError(
                f"function {self.label} returned a gradient different than None at position {position + 1}, but the "
                "corresponding forward input was not a Variable"
            )
        if self.inputs[position] is None:
            return None
        if not _expandable(meta.shape, part.shape):
            raise RuntimeError(
                f"Function {self.label} returned an invalid gradient at index {position} - got {list(part._cl_meta.shape)} "
                f"but expected shape compatible with {list(meta.shape)}"
            )
        return part._fit(meta)


def _expandable(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether ``shape`` broadcasts to ``wanted``."""
    lead = len(wanted) - len(shape)
    return lead >= 0 and all(n in (1, m) for n, m in zip(shape, wanted[lead:], strict=True))


class Function:
    """Subclass it with static methods ``forward(ctx, ...)`` and ``backward(ctx, *grads)``; call ``apply``.

    ``setup_context(ctx, inputs, output)`` may be given apart from ``forward``, which then takes no ``ctx``. Inside a `vmap` the function runs on slices
    like any other; ``vmap(info, in_dims, *args)``, which returns the results and the dimensions of their slices, is called in its place if there is one.
    """

    _node: type[BackwardNode]
    generate_vmap_rule = False  # accepted: slices need no rule

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        body = {"_function": cls, "__module__": __name__, "__doc__": f"The node of {cls.__name__}, and its ctx."}
        cls._node = type(cls.__name__ + "Backward", (BackwardNode,), body)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function "
            "with static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; to be overridden."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep what backward needs, if ``forward`` takes no ``ctx``; to be overridden."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Gradients of the inputs from those of the outputs; to be overridden."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
            "mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The outputs' derivatives along directions of the inputs, for `autograd.forward_ad`; may be overridden."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: VmapInfo, in_dims: tuple[int | None, ...], *args: Any) -> tuple[Any, Any]:
        """All slices at once; may be overridden."""
        raise NotImplementedError("To use autograd.Function with vmap, you must either override the vmap staticmethod.")

    @classmethod
    def _gradient(cls) -> Callable[..., Any]:
        if cls.vjp is Function.vjp:
            return cls.backward
        if cls.backward is not Function.backward:
            raise RuntimeError(
                f"Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement "
                f"one of them. ({cls.__name__})"
            )
        return cls.vjp

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` and record ``backward``."""
        apart = cls.setup_context is not Function.setup_context
        if apart or kwargs:
            args = _positional(cls.forward, args if apart else (None, *args), kwargs)[0 if apart else 1 :]
        if MODE.levels and cls.vmap is not Function.vmap:
            return _of_slices(cls, args)
        ctx = cls._node(args)
        with no_grad():
            outputs = cls.forward(*args) if apart else cls.forward(ctx, *args)
            if apart:
                cls.setup_context(ctx, args, outputs)
        several = isinstance(outputs, tuple)
        found = list(outputs) if several else [outputs]
        if not any(is_tensor(out) for out in found):
            return outputs
        if any(not any(dirty is out for out in found) for dirty in ctx._dirty):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
                "modified inplace must all be outputs of the Function."
            )
        results = (
            _recorded(ctx, args, found) if MODE.enabled and any(edge is not None for edge in ctx.inputs) else found
        )
        return tuple(results) if several else results[0]


class InplaceFunction(Function):
    """A `Function` of older programs, which say of it whether it works in place."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


def _of_slices(function: type[Function], args: tuple[Any, ...]) -> Any:
    """`Function.vmap` in the place of a call inside a `vmap`, with its slices as a dimension again; outside of it if it is about none of them."""
    *outer, level = MODE.levels
    with at(tuple(outer)):
        wholes, dims, is_sliced = _whole(args, level)
        if not is_sliced:
            return function.apply(*args)
        made, places = function.vmap(VmapInfo(level.size, level.randomness), dims, *wholes)
        if not isinstance(made, tuple):
            return made if places is None else made._enter(places, level)
        if not isinstance(places, tuple):
            places = (places,) * len(made)
        return tuple([one if d is None else one._enter(d, level) for one, d in zip(made, places, strict=True)])


def _whole(arg: Any, level: Any) -> tuple[Any, Any, bool]:
    """An argument, or a container of some, with the slices of a level as dimension 0; where they lie, in the same containers; whether there are any."""
    if is_tensor(arg) and level in arg._storage.value.levels:
        return arg._leave(level), 0, True
    if arg.__class__ is dict:
        found = {key: _whole(one, level) for key, one in arg.items()}
        first, second = ({key: parts[k] for key, parts in found.items()} for k in (0, 1))
        return first, second, any(parts[2] for parts in found.values())
    if arg.__class__ in (list, tuple):
        several = [_whole(one, level) for one in arg]
        kind: Any = arg.__class__
        return kind([one[0] for one in several]), kind([one[1] for one in several]), any(one[2] for one in several)
    return arg, None, False


def _positional(forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments of ``forward`` in its order, with its defaults."""
    bound = inspect.signature(forward).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.args


def _recorded(ctx: BackwardNode, args: tuple[Any, ...], outputs: list[Any]) -> list[Any]:
    """The outputs with their place in the graph."""
    for dirty in ctx._dirty:
        if not any(dirty is arg for arg in args):
            warn(
                "Only input Tensors should be given to ctx.mark_dirty(). If a Tensor is not an input, there is no need to pass it to "
                "mark_dirty()."
            )
        edge = dirty._edge
        if edge is LEAF:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
        if edge.__class__ is AliasState:
            check_alias(edge)
    results = []
    for out in outputs:
        is_dirty = any(out is dirty for dirty in ctx._dirty)
        passed_on = any(out is arg for arg in args) and not is_dirty
        results.append(out.detach() if passed_on and is_tensor(out) else out)
        if is_tensor(out) and not is_dirty:
            results[-1]._apart()
    ctx.outputs = [getattr(out, "_cl_meta", None) for out in results]
    ctx._edges = [None] * len(results)
    ctx.meta = next(meta for meta in ctx.outputs if meta is not None)
    ctx.keep(outputs)
    edges = [
        ctx.output_edge(k) if meta is not None and meta.dtype.differentiable and not _marked(ctx, out) else None
        for k, (out, meta) in enumerate(zip(outputs, ctx.outputs, strict=True))
    ]
    cells = [cell for cell in map(cell_of, args) if cell is not None]
    for k, (result, edge) in enumerate(zip(results, edges, strict=True)):
        if not is_tensor(result):
            continue
        if any(result is dirty for dirty in ctx._dirty):
            rebase(result, edge, False)
        elif edge is not None and any(cell is cell_of(result) for cell in cells):
            mark_function(result, k, ctx.label.removesuffix("Backward"), edge)
        else:
            result._edge = edge
    return results


def cell_of(value: Any) -> Any:
    """What holds a strided tensor's elements; None for anything else."""
    storage = getattr(value, "_storage", None)
    return None if storage is None else storage.cell


def _marked(ctx: BackwardNode, out: Any) -> bool:
    return any(out is marked for marked in ctx._non_differentiable)


class _Once(Node):
    """Stands behind the gradients of a `once_differentiable` backward."""

    __slots__ = ()
    label = "Error"

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a ``backward`` that cannot be differentiated again: it runs without recording, and a backward pass
    through what it returns raises RuntimeError."""

    @functools.wraps(function)
    def wrapped(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            found = function(ctx, *grads)
        edges = tuple([grad._resolve_edge() for grad in grads if is_tensor(grad)])
        if not MODE.enabled or all(edge is None for edge in edges):
            return found
        several = isinstance(found, tuple)
        marked = []
        for part in found if several else (found,):
            if part is not None:
                part = part.detach()
                part._edge = _Once(edges, part._cl_meta)
            marked.append(part)
        return tuple(marked) if several else marked[0]

    return wrapped

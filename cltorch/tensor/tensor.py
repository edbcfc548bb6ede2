"""The Tensor: a storage, a meta (view, dtype, device) and a place in the backward graph.

Methods come from chapters: `views`, `elementwise`, `reductions`, `products`, `indexing`, `inplace`, `conversion`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import dtypes
from ..autograd import passes
from ..autograd.aliases import AliasState, Nowhere
from ..autograd.duals import LIVE, is_hidden
from ..autograd.forward_ad import in_dual_level
from ..autograd.hooks import RemovableHandle, add
from ..autograd.modes import MODE
from ..autograd.node import LEAF, Node, leaf_extras
from ..graph.meta import Meta
from ..graph.origins import ORIGINS
from ..graph.record import BATCHING, LENGTH_LIMIT, emit, overflow
from ..graph.storage import Birth, Cell, Storage
from ..graph.value import Record, Value
from ..ops import rules
from ..ops.asking import PLACES, noticed
from ..ops.layout import range_record
from ..ops.names import public
from ..runtime.host import HOST
from ..runtime.nowhere import META
from ..warned import TYPED_STORAGE, warn, warn_once
from . import device_names
from .aliases import Aliases
from .batching import Batches
from .complex import ComplexNumbers
from .conversion import Conversion
from .copies import Copies
from .counting import Counting
from .elementwise import Elementwise
from .formats import contiguous_format, is_arranged, layout, strided
from .forms import Forms
from .gamma import GammaFunctions
from .gradients import Gradients, check_gradient
from .indexing import Indexing
from .inplace import InPlace
from .legacy import Legacy
from .manipulation import Manipulation
from .own_geometry import OwnGeometry
from .products import Products
from .reductions import Reductions
from .scattering import Scattering
from .selection import Selection
from .sharing import Sharing
from .sizes import Size
from .sorting import Sorting
from .storages import TypedStorage, UntypedStorage, mirrored
from .subclasses import Subclasses
from .view_copies import ViewCopies
from .views import Views
from .writes import edge_of


class Tensor(
    Subclasses,
    Aliases,
    Views,
    ComplexNumbers,
    Elementwise,
    Reductions,
    Products,
    Indexing,
    Sorting,
    Selection,
    Sharing,
    Counting,
    Scattering,
    ViewCopies,
    OwnGeometry,
    Manipulation,
    GammaFunctions,
    InPlace,
    Conversion,
    Gradients,
    Copies,
    Batches,
    Legacy,
    Forms,
):
    """An n-dimensional array on an OpenCL device; see torch.Tensor.

    Made by `cltorch.tensor`, `cltorch.zeros` and so on. ``Tensor(data)`` copies ``data`` as the default dtype does.
    """

    __slots__ = ("__dict__", "__weakref__", "_base", "_cl_meta", "_edge", "_storage")
    __module__ = "cltorch"

    _storage: Storage
    _cl_meta: Meta
    _edge: Any
    _base: Tensor | None
    """What this tensor is a view of; None where it is no view."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor:
        from_data = cls._from_legacy(*args, **kwargs)
        return cls._make_subclass(cls, from_data) if cls is not Tensor else from_data

    def _scalar_tensor(self, value: Any) -> Tensor:
        """A 0-dimensional tensor with a Python number's dtype, on this device."""
        return self._filled((), value, dtypes.of_scalar(type(value)), self._cl_meta.device)

    def _range(self, start: int, step: int, count: int) -> Tensor:
        """``start + k * step`` for ``count`` values of k, int64, on this device."""
        record = range_record(count, dtypes.int64, self._cl_meta.device)
        return self._emitted(record, (), (start, step))

    @staticmethod
    def _made(storage: Storage, meta: Meta, edge: Any) -> Tensor:
        """A tensor from its parts; results of ops are plain tensors whatever their operands' class."""
        made = _new(Tensor)
        made._storage = storage
        made._cl_meta = meta
        made._edge = edge
        made._base = None
        return made

    @staticmethod
    def _emitted(record: Record, reads: tuple[Value, ...], numbers: tuple[Any, ...] = ()) -> Tensor:
        """The tensor of a value that is recorded: what `emit`, `Storage` and `_made` do, in one step, as every op does it."""
        if BATCHING or Birth.version is not None:
            return Tensor._made(Storage(emit(record, reads, numbers), record.nbytes), record.meta, None)
        at_once = record.at_once
        storage: Any
        if at_once is not None and not ORIGINS:
            value = at_once(reads, numbers)
            storage = _new(Cell)
        else:
            value = _new(Value)
            value.record = record
            value.reads = reads
            value.numbers = numbers
            value.buffer = value.outs = None
            value.pins = 1
            value.kept = value.mark = 0
            value.index = -1
            pending = record.pending
            pending.append(value)
            if len(pending) > LENGTH_LIMIT:
                overflow(record)
            storage = _new(Storage)
        storage.value = value
        storage.nbytes = record.nbytes
        storage.version = 0
        made = _new(Tensor)
        made._storage = storage
        made._cl_meta = record.meta
        made._edge = made._base = None
        return made

    @staticmethod
    def _holding(value: Value, meta: Meta, nbytes: int) -> Tensor:
        """The tensor of a value that has its numbers: what `Storage` and `_made` do, in one step."""
        storage: Any = _new(Cell if meta.device is HOST else Storage)
        storage.value = value
        storage.nbytes = nbytes
        storage.version = 0 if Birth.version is None else Birth.version()
        made = _new(Tensor)
        made._storage = storage
        made._cl_meta = meta
        made._edge = made._base = None
        return made

    @staticmethod
    def _make_subclass(cls: type, data: Tensor, requires_grad: bool = False) -> Any:
        """A tensor of class ``cls`` on the storage of ``data``, without its history."""
        made: Any = _new(cls)
        made._storage = data._storage
        made._cl_meta = data._cl_meta
        made._edge = made._base = None
        noticed(cls)
        if requires_grad:
            made.requires_grad_(True)
        return made

    # --- what it is --------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The sizes of all dimensions."""
        meta = self._cl_meta
        return (
            _tuple(Size, meta.shape) if meta.__class__ is Meta else Size(meta.shape)
        )  # whose ints are known to be such

    def size(self, dim: int | None = None) -> Any:
        """All sizes, or that of one dimension."""
        if dim is None:
            return Size(self._cl_meta.shape)
        shape = self._cl_meta.shape
        wrapped = rules.wrap_dim(dim, len(shape))
        if not shape:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        return shape[wrapped]

    def stride(self, dim: int | None = None) -> Any:
        """Steps in elements along all dimensions, or along one."""
        strides = self._cl_meta.view.strides
        return strides if dim is None else strides[rules.wrap_dim(dim, len(strides))]

    def storage_offset(self) -> int:
        """Where the first element lies in the storage."""
        return self._cl_meta.view.offset

    @property
    def dtype(self) -> dtypes.dtype:
        """The element type."""
        return self._cl_meta.dtype

    @property
    def device(self) -> Any:
        """The device that holds the elements."""
        return device_names.shown(self._cl_meta.device, self.__dict__.get("_face"))

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._cl_meta.shape)

    def dim(self) -> int:
        """The number of dimensions."""
        return len(self._cl_meta.shape)

    def ndimension(self) -> int:
        """The number of dimensions."""
        return len(self._cl_meta.shape)

    @public(out=False)
    def numel(self) -> int:
        """The number of elements."""
        return self._cl_meta.view.numel

    def nelement(self) -> int:
        """The number of elements."""
        return self._cl_meta.view.numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._cl_meta.dtype.itemsize

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._cl_meta.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._cl_meta.view.numel * self._cl_meta.dtype.itemsize

    @property
    def _room(self) -> int:
        """How many elements of this dtype the storage holds."""
        return self._storage.nbytes // self._cl_meta.dtype.itemsize

    def is_contiguous(self, memory_format: Any = contiguous_format) -> bool:
        """Whether the elements lie in row-major order (or in another memory format) without gaps."""
        if memory_format is contiguous_format:
            return self._cl_meta.view.is_contiguous
        return is_arranged(self._cl_meta.view, memory_format)

    @public(out=False)
    def is_floating_point(self) -> bool:
        """Whether the element type is a floating one."""
        return self._cl_meta.dtype.is_floating_point

    @public(out=False)
    def is_complex(self) -> bool:
        """Whether the element type is a complex one."""
        return self._cl_meta.dtype.is_complex

    @public(out=False)
    def is_signed(self) -> bool:
        """Whether the element type has a sign."""
        return self._cl_meta.dtype.is_signed

    @public(out=False)
    def is_same_size(self, other: Tensor) -> bool:
        """Whether both have the same shape."""
        return self._cl_meta.shape == other._cl_meta.shape

    def data_ptr(self) -> int:
        """A number that is equal for tensors that start at the same element of one storage; 0 for tensors without elements."""
        return 0 if self.is_meta or not self._cl_meta.view.numel else mirrored(self)

    @property
    def is_cuda(self) -> bool:
        """Whether the device goes by the name "cuda" (as it may under `cltorch run`)."""
        return self.device.type == "cuda"

    @property
    def is_mps(self) -> bool:
        """Whether the device goes by the name "mps" (as it may under `cltorch run`)."""
        return self.device.type == "mps"

    @property
    def is_xpu(self) -> bool:
        """Whether the device goes by the name "xpu" (as it may under `cltorch run`)."""
        return self.device.type == "xpu"

    @property
    def is_sparse(self) -> bool:
        """Whether the layout is ``sparse_coo``: not of plain tensors."""
        return False

    is_sparse_csr = is_sparse

    @property
    def is_nested(self) -> bool:
        """Whether it holds tensors of several shapes: never."""
        return False

    @property
    def is_cpu(self) -> bool:
        """Whether the elements lie on the host's OpenCL CPU device."""
        kind = self.device.type
        return kind == "cpu" or (kind == "opencl" and self._cl_meta.device.traits.kind == "cpu")

    @property
    def is_meta(self) -> bool:
        """Whether there are no elements: the device is ``meta``."""
        return self._cl_meta.device is META

    is_quantized = is_mkldnn = is_vulkan = is_ipu = is_xla = is_hpu = is_mtia = is_maia = is_sparse

    @property
    def layout(self) -> layout:
        """``strided``; tensors of other layouts are of classes of their own (`cltorch.sparse`)."""
        return strided

    def get_device(self) -> int:
        """The index of the device that holds the elements."""
        return self._cl_meta.device.index

    @public(out=False)
    def is_inference(self) -> bool:
        """Whether the storage was made in inference mode."""
        return self._storage.cell.version < 0

    @public(out=False)
    def is_nonzero(self) -> bool:
        """Whether the only element is not zero."""
        return bool(self)

    def is_set_to(self, tensor: Tensor) -> bool:
        """Whether both are the same view of the same storage."""
        return self._storage.cell is tensor._storage.cell and self._cl_meta is tensor._cl_meta

    def untyped_storage(self) -> UntypedStorage:
        """The storage that this tensor looks at: whose address tells which tensors share memory."""
        return UntypedStorage._of(self._whole(), 1)  # type: ignore[no-any-return]

    def storage(self) -> TypedStorage:
        """The storage that this tensor looks at, counted in elements."""
        warn_once(TYPED_STORAGE)
        return TypedStorage._of(self._whole(), self._cl_meta.dtype.itemsize)  # type: ignore[no-any-return]

    def __len__(self) -> int:
        if not self._cl_meta.shape:
            raise TypeError("len() of a 0-d tensor")
        return self._cl_meta.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self._cl_meta.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __hash__(self) -> int:
        return id(self)

    def __contains__(self, element: Any) -> bool:
        if not isinstance(element, (Tensor, bool, int, float, complex, np.generic)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
            )
        return bool((self == element).any().item())

    # --- gradients ---------------------------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to (or through) this tensor."""
        edge = self._edge
        if edge.__class__ is AliasState:
            edge = edge.history.edge
        return edge is not None and not (LIVE and is_hidden(self if edge is LEAF else edge))

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if value and not self.is_leaf:
            raise RuntimeError("you can only change requires_grad flags of leaf variables.")
        self.requires_grad_(value)

    @property
    def _is_recorded(self) -> bool:
        """Whether what is done with this tensor is recorded: it requires gradients, or has a direction (`autograd.duals`)."""
        edge = self._edge
        return (edge.history.edge if edge.__class__ is AliasState else edge) is not None

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Make a leaf require gradients, or no longer."""
        if not isinstance(requires_grad, bool):
            raise TypeError(
                "requires_grad_(): argument 'requires_grad' (position 1) must be bool, not "
                f"{type(requires_grad).__name__}"
            )
        if self._edge.__class__ is AliasState and self.requires_grad and self.is_leaf:  # its gradients go `Nowhere`
            self._edge = LEAF if requires_grad else self._edge
            return self
        if requires_grad == self.requires_grad:
            return self
        if not self.is_leaf:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
                "subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if requires_grad and self._is_recorded and in_dual_level():
            raise NotImplementedError("requires_grad_(): a tensor with a tangent; require gradients before make_dual()")
        if requires_grad and not self._cl_meta.dtype.differentiable:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if requires_grad and self._storage.version < 0 and not MODE.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        state = self._edge
        if requires_grad and state.__class__ is AliasState and state.owner:
            state.history.edge, state.history.late = self, True  # for views that were made before
            self.__dict__["_earlier"] = state
        if requires_grad:
            self._apart()
            self._edge = LEAF
        else:
            self._edge = self.__dict__.pop("_earlier", None)
            if self._edge is not None:
                self._edge.history.edge = None
        if MODE.levels:
            self.__dict__["_levels"] = MODE.levels
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether this tensor was not computed from others that require gradients."""
        edge = edge_of(self)
        return edge.__class__ is Nowhere or not isinstance(edge, Node) or bool(LIVE and is_hidden(edge))

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor; None for leaves."""
        edge = edge_of(self)
        return edge.shown[0] if isinstance(edge, Node) and not (LIVE and is_hidden(edge)) else None

    @property
    def output_nr(self) -> int:
        """Which output of its node this is: 0, unless a `autograd.Function` gave several."""
        edge = edge_of(self)
        return edge.shown[1] if isinstance(edge, Node) else 0

    @property
    def _version(self) -> int:
        """How many in-place changes the storage has seen."""
        if self._storage.version < 0:
            raise RuntimeError("Inference tensors do not track version counter.")
        return self._storage.version

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward has added up for this leaf (or after `retain_grad`)."""
        found = self.__dict__.get("_grad")
        if found is None and not self.is_leaf and not self.retains_grad:
            warn(NEVER_POPULATED)
        return found

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is None:
            self.__dict__.pop("_grad", None)
            return
        if not isinstance(value, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        check_gradient(self, value)
        self.__dict__["_grad"] = value

    @grad.deleter
    def grad(self) -> None:
        self.__dict__.pop("_grad", None)

    def _resolve_edge(self) -> Any:
        """Where this tensor's gradient goes (see `writes.edge_of`)."""
        return edge_of(self)

    def backward(
        self,
        gradient: Any = None,  # of another class: PyTorch's words come from within
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradients of this tensor to the ``grad`` of all leaves it depends on; see torch.Tensor.backward."""
        passes.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def retain_grad(self) -> None:
        """Keep the gradient of a tensor that is no leaf."""
        edge = edge_of(self)
        if edge is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf:
            edge.more().retain = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad` was called on this non-leaf tensor."""
        edge = edge_of(self)
        retain = edge.extras.retain if isinstance(edge, Node) and edge.extras is not None else None
        return retain is not None and retain() is self

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call ``hook(grad)`` whenever a gradient for this tensor is computed; it may return a new one."""
        edge = edge_of(self)
        if edge is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        extras = edge.more() if isinstance(edge, Node) else leaf_extras(self)
        return add(extras.tensor_hooks, hook)

    @property
    def _backward_hooks(self) -> Any:
        """The hooks of `register_hook` by the numbers of their handles; None before the first."""
        edge = edge_of(self)
        extras = edge.extras if isinstance(edge, Node) else self.__dict__.get("_extras")
        return None if extras is None else extras.tensor_hooks

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call ``hook(tensor)`` after a gradient was added to a leaf's ``grad``."""
        edge = edge_of(self)
        if edge is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if edge is not self:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return add(leaf_extras(self).accumulated, hook)

    @public(out=False)
    def detach(self) -> Tensor:
        """The same storage without history: in-place changes show in both, gradients do not flow."""
        return Tensor._made(self._storage, self._cl_meta, None)

    @public(out=False)
    def detach_(self) -> Tensor:
        """Cut this tensor off from its history."""
        if self._base is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
                "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() "
                "cannot be called on these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in "
                "torch/optim/optimizer.py as the solution."
            )
        self._edge = None
        return self


_new, _tuple = object.__new__, tuple.__new__
PLACES.insert(0, (Tensor, ()))
NEVER_POPULATED = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated "
    "during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() "
    "on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)

"""Parameters: tensors that modules register. See torch.nn.Parameter."""

from __future__ import annotations

from typing import Any

from ..ops.asking import _disabled_torch_function_impl
from ..tensor.creation import empty, tensor
from ..tensor.tensor import Tensor

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter"]


class _Flagged(type(Tensor)):  # type: ignore[misc]
    """The class of `Parameter` and `Buffer`, which flagged tensors of other classes are instances of too."""

    flag = ""

    def __instancecheck__(cls, instance: Any) -> bool:
        if "flag" in cls.__dict__ and isinstance(instance, Tensor) and instance.__dict__.get(cls.flag):
            return True
        return super().__instancecheck__(instance)


class Parameter(Tensor, metaclass=_Flagged):
    """A tensor that becomes a parameter when it is assigned to a module; requires gradients unless told otherwise.

    A tensor of another subclass stays of its class, and is a parameter by its flag ``_is_param``. See torch.nn.Parameter."""

    flag = "_is_param"

    __torch_function__ = _disabled_torch_function_impl  # type: ignore[assignment]

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        source = tensor([]) if data is None else data
        if not isinstance(source, Tensor):
            raise AttributeError(f"Parameter data must be a Tensor, but got {type(data).__name__}")
        if requires_grad and not source.dtype.differentiable:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        if type(source) is Tensor or type(source) is Parameter:
            return Tensor._make_subclass(cls, source.detach(), requires_grad)
        made: Any = source.detach().requires_grad_(requires_grad)
        if type(made) is not type(source):
            raise RuntimeError(
                f"Creating a Parameter from an instance of type {type(source).__name__} requires that detach() returns an instance "
                f"of the same type, but return type {type(made).__name__} was found instead. To use the type as a Parameter, please "
                "correct the detach() semantics defined by its __torch_dispatch__() implementation."
            )
        made.__dict__["_is_param"] = True
        return made

    def __repr__(self) -> str:
        text = super().__repr__()
        return f"Parameter containing:\n{text if type(self) is Parameter else f'Parameter({text})'}"

    __str__ = __repr__

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A parameter with the same numbers; its gradient is not copied."""
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return memo[id(self)]


class Buffer(Tensor, metaclass=_Flagged):
    """A tensor that becomes a buffer when it is assigned to a module, saved with it unless ``persistent`` is False."""

    flag = "_is_buffer"
    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        source = tensor([]) if data is None else data
        made = source.detach().requires_grad_(source.requires_grad)
        made.__dict__.update(persistent=persistent, _is_buffer=True)
        return made


class UninitializedTensorMixin:
    """What parameters and buffers of lazy modules are before their shape is known. See torch.nn.parameter."""

    cls_to_become: Any = Tensor
    _allowed_methods = frozenset(
        "__hash__ size copy_ is_complex is_floating_point half bfloat16 float double char short int long cuda cpu to get_device "
        "detach requires_grad_".split()
    )

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What functions that ask for no elements give; ValueError for others."""
        name = getattr(func, "__name__", "")
        if name in cls._allowed_methods or name in ("__get__", "__set__", "__delete__"):
            return _disabled_torch_function_impl(func, types, args, kwargs)
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {func}. This error happens when you are using a `LazyModule` or "
            f"explicitly manipulating `torch.nn.parameter.{cls.__name__}` objects. When using LazyModules Call `forward` "
            "with a dummy batch to initialize the parameters before calling torch functions"
        )

    def materialize(self: Any, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become a plain parameter (or tensor) of a shape, with undefined elements."""
        own = self.__dict__
        where = own["_lazy_device"] if device is None else device
        kind = Tensor.dtype.__get__(self) if dtype is None else dtype
        self.__class__ = self.cls_to_become
        self.data = empty(shape, device=where, dtype=kind)

    @property
    def shape(self) -> Any:
        """RuntimeError: it is not known yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` to "
            "initialize the parameters before accessing their attributes."
        )

    def numel(self) -> int:
        """ValueError: it is not known yet."""
        raise ValueError(
            "Attempted to use an uninitialized parameter in numel(). This error happens when you are using a `LazyModule` or "
            "explicitly manipulating `torch.nn.parameter.UninitializedParameter` objects. When using LazyModules Call `forward` "
            "with a dummy batch to initialize the parameters before calling torch functions"
        )

    nelement = numel

    def share_memory_(self) -> Any:
        """RuntimeError: there is nothing yet."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters "
            "before calling `module.share_memory()`."
        )

    def __reduce_ex__(self: Any, proto: Any) -> Any:
        """A new one: there is nothing else to be kept."""
        return type(self), (self.requires_grad,)

    def __copy__(self: Any) -> Any:
        return type(self)(self.requires_grad)

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}>"

    __str__ = __repr__


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """A parameter whose shape is found out at a lazy module's first call."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        made = Tensor._make_subclass(cls, empty(0, device=device, dtype=dtype), requires_grad)
        made.__dict__["_lazy_device"] = made._cl_meta.device if device is None else device
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.__dict__["_lazy_device"], Tensor.dtype.__get__(self))
        return memo[id(self)]


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer whose shape is found out at a lazy module's first call."""

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        made = Tensor._make_subclass(cls, empty(0, device=device, dtype=dtype), requires_grad)
        where = made._cl_meta.device if device is None else device
        made.__dict__.update(_lazy_device=where, persistent=persistent, _is_buffer=True)
        return made


def is_lazy(param: Any) -> bool:
    """Whether a parameter or buffer has no shape yet."""
    return isinstance(param, UninitializedTensorMixin)

"""What is known of a tensor without its numbers: geometry, element type and device, interned as one object."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..kernels.sizes import TRACING
from .interned import Interned
from .view import View

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from ..runtime.device import Device

KEPT = 4096  # positions along a dimension whose metas are remembered, of the dimensions that were met last


class Meta:
    """An interned (view, dtype, device). Equal metas are one object, so tuples of them are cheap dictionary keys.

    ``form`` is what it has in common with those that differ from it in ``integers`` alone: shape, strides and offset.
    """

    __slots__ = ("__weakref__", "_form", "_integers", "device", "dtype", "shape", "view")

    view: View
    dtype: DType
    device: Device
    shape: tuple[int, ...]
    _form: object
    _integers: tuple[int, ...]

    @staticmethod
    def of(view: View, dtype: DType, device: Device) -> Meta:
        """The meta with these parts."""
        if TRACING.now:
            return TracedMeta.of(view, dtype, device)
        key = (view, dtype, device)
        meta = _METAS.get(key)
        if meta is None:
            meta = Meta()
            meta.view, meta.dtype, meta.device, meta.shape = view, dtype, device, view.shape
            meta = _METAS.keep(key, meta)
        return meta

    @property
    def integers(self) -> tuple[int, ...]:
        """Shape, strides and offset."""
        try:
            return self._integers
        except (
            AttributeError
        ):  # found when it is first asked for: most metas of a new size are not. A __getattr__ would slow all else
            view = self.view
            self._integers = (*view.shape, *view.strides, view.offset)
            return self._integers

    @property
    def form(self) -> object:
        """One object for all metas that differ in `integers` alone."""
        try:
            return self._form
        except AttributeError:
            self._form = _FORMS.setdefault((len(self.shape), self.dtype, self.device), object())
            return self._form

    @staticmethod
    def dense(shape: tuple[int, ...], dtype: DType, device: Device) -> Meta:
        """The meta of a row-major tensor that owns its storage."""
        return Meta.of(View.dense(shape), dtype, device) if TRACING.now else _dense(shape, dtype, device)

    def with_view(self, view: View) -> Meta:
        """The same element type and device seen through another view."""
        return Meta.of(view, self.dtype, self.device) if TRACING.now else _seen(self, view)

    def positions(self, dim: int) -> tuple[Meta, ...]:
        """The meta of every position along a dimension."""
        return (_positions if self.shape[dim] <= KEPT else _positions.__wrapped__)(self, dim)

    def __repr__(self) -> str:
        return f"Meta({self.shape}, {self.dtype}, {self.device})"


class TracedMeta(Meta):
    """A meta of sizes that are traced. Equal ones are not one object."""

    __slots__ = ()

    @staticmethod
    def of(view: View, dtype: DType, device: Device) -> Meta:
        """The meta with these parts."""
        meta = TracedMeta()
        meta.view, meta.dtype, meta.device, meta.shape = view, dtype, device, view.shape
        return meta


_METAS: Interned[Meta] = Interned(id)
_FORMS: dict[tuple[int, DType, Device], object] = {}


@lru_cache(maxsize=4096)
def _dense(shape: tuple[int, ...], dtype: DType, device: Device) -> Meta:
    return Meta.of(View.dense(shape), dtype, device)


@lru_cache(maxsize=4096)
def _seen(meta: Meta, view: View) -> Meta:
    return Meta.of(view, meta.dtype, meta.device)


@lru_cache(maxsize=64)
def _positions(meta: Meta, dim: int) -> tuple[Meta, ...]:
    return tuple([Meta.of(view, meta.dtype, meta.device) for view in meta.view.positions(dim)])

"""A node of a graph: one operation, its arguments (other nodes among them) and who uses it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..checks import _assert
from .qualified import _get_qualified_name, _type_repr, format_arg, pretty_target  # noqa: F401

if TYPE_CHECKING:
    from .graph import Graph

Target = Any
Argument = Any
_side_effectful_functions: set[Callable[..., Any]] = {_assert, operator.setitem}


def has_side_effect(fn: Any) -> Any:
    """Mark a function whose calls are kept though nobody uses their results."""
    _side_effectful_functions.add(fn)
    return fn


def map_aggregate(a: Any, fn: Callable[[Any], Any]) -> Any:
    """``fn`` of every element of nested tuples, lists, dictionaries and slices."""
    if isinstance(a, tuple):
        mapped = [map_aggregate(one, fn) for one in a]
        return type(a)(*mapped) if hasattr(a, "_fields") else tuple(mapped)
    if isinstance(a, list):
        return [map_aggregate(one, fn) for one in a]
    if isinstance(a, dict):
        return {key: map_aggregate(one, fn) for key, one in a.items()}
    if isinstance(a, slice):
        return slice(*(map_aggregate(one, fn) for one in (a.start, a.stop, a.step)))
    return fn(a)


def map_arg(a: Any, fn: Callable[[Node], Any]) -> Any:
    """``fn`` of every node in nested arguments."""
    return map_aggregate(a, lambda one: fn(one) if isinstance(one, Node) else one)


class Node:
    """One operation: ``op`` is placeholder, get_attr, call_function, call_method, call_module or output. See torch.fx.Node."""

    def __init__(
        self,
        graph: Graph,
        name: str,
        op: str,
        target: Target,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        return_type: Any = None,
    ) -> None:
        self.graph, self.name, self.op, self.target, self.type = graph, name, op, target, return_type
        self.users: dict[Node, None] = {}
        self._input_nodes: dict[Node, None] = {}
        self.meta: dict[str, Any] = {}
        self._args: tuple[Any, ...] = ()
        self._kwargs: dict[str, Any] = {}
        self._update(args, kwargs)

    def _update(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for before in self._input_nodes:
            before.users.pop(self, None)
        self._args, self._kwargs, self._input_nodes = args, kwargs, {}
        map_arg((args, kwargs), self._input_nodes.setdefault)
        for now in self._input_nodes:
            now.users.setdefault(self)

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments."""
        return self._args

    @args.setter
    def args(self, a: tuple[Any, ...]) -> None:
        self._update(tuple(a), self._kwargs)

    @property
    def kwargs(self) -> dict[str, Any]:
        """The named arguments."""
        return self._kwargs

    @kwargs.setter
    def kwargs(self, k: dict[str, Any]) -> None:
        self._update(self._args, dict(k))

    @property
    def all_input_nodes(self) -> list[Node]:
        """The nodes among the arguments."""
        return list(self._input_nodes)

    @property
    def next(self) -> Node:
        """The node after this one in the graph's order (the first one after the last)."""
        nodes = self.graph._nodes
        return nodes[(nodes.index(self) + 1) % len(nodes)]

    @property
    def prev(self) -> Node:
        """The node before this one."""
        nodes = self.graph._nodes
        return nodes[nodes.index(self) - 1]

    def replace_all_uses_with(
        self, replace_with: Node, delete_user_cb: Any = None, *, propagate_meta: bool = False
    ) -> list[Node]:
        """Let all users use another node; returns them."""
        changed = [user for user in self.users if delete_user_cb is None or delete_user_cb(user)]
        for user in changed:
            user.replace_input_with(self, replace_with)
        return changed

    def replace_input_with(self, old_input: Node, new_input: Node) -> None:
        """Use another node in the place of one."""

        def swap(one: Node) -> Node:
            return new_input if one is old_input else one

        self._update(map_arg(self._args, swap), map_arg(self._kwargs, swap))

    def prepend(self, x: Node) -> None:
        """Put a node before this one."""
        self.graph._move(x, self, 0)

    def append(self, x: Node) -> None:
        """Put a node after this one."""
        self.graph._move(x, self, 1)

    def is_impure(self) -> bool:
        """Whether the node is kept though nobody uses it."""
        return self.op in ("placeholder", "output") or (
            self.op == "call_function" and self.target in _side_effectful_functions
        )

    def update_arg(self, idx: int, arg: Any) -> None:
        """Change one positional argument."""
        args = list(self._args)
        args[idx] = arg
        self.args = tuple(args)

    def update_kwarg(self, key: str, arg: Any) -> None:
        """Change one named argument."""
        self.kwargs = {**self._kwargs, key: arg}

    def format_node(self, *args: Any, **kwargs: Any) -> str:
        """One line about the node."""
        kind = "" if self.type is None else f"{_type_repr(self.type)} "
        head = f"%{self.name} : {kind}[num_users={len(self.users)}] = {self.op}[target={pretty_target(self.target)}]"
        if self.op == "placeholder":
            return head + (f"(default={self.args[0]})" if self.args else "")
        if self.op == "output":
            return f"return {self.args[0]}"
        if self.op == "get_attr":
            return head
        return f"{head}(args = {format_arg(self.args)}, kwargs = {format_arg(self.kwargs)})"

    @staticmethod
    def _pretty_print_target(target: Target) -> str:
        """A target in the text of a graph."""
        return pretty_target(target)

    @property
    def stack_trace(self) -> str | None:
        """Where the node came from, if its ``meta`` tells."""
        return self.meta.get("stack_trace")

    def __repr__(self) -> str:
        return self.name

    def __lt__(self, other: Node) -> bool:
        nodes = self.graph._nodes
        return nodes.index(self) < nodes.index(other)

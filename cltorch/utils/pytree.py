"""Containers as trees: dictionaries, lists, tuples, named tuples, ordered and default dictionaries, deques and registered classes.

See torch.utils._pytree, under whose name programs import this module.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..tensor.return_types import Named

PyTree = Any
Context = Any
KeyPath = tuple[Any, ...]


@dataclass(frozen=True)
class SequenceKey:
    """A step into a list or tuple."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"

    def get(self, sequence: Any) -> Any:
        """The element."""
        return sequence[self.idx]


@dataclass(frozen=True)
class MappingKey:
    """A step into a dictionary."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"

    def get(self, mapping: Any) -> Any:
        """The value."""
        return mapping[self.key]


@dataclass(frozen=True)
class GetAttrKey:
    """A step to an attribute."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"

    def get(self, obj: Any) -> Any:
        """The attribute."""
        return getattr(obj, self.name)


@dataclass(frozen=True)
class NodeDef:
    """How a class of containers is taken apart, put together, and walked with keys."""

    type: type
    flatten_fn: Callable[[Any], tuple[Iterable[Any], Context]]
    unflatten_fn: Callable[[Iterable[Any], Context], Any]
    flatten_with_keys_fn: Callable[[Any], tuple[list[tuple[Any, Any]], Context]] | None = None


SUPPORTED_NODES: dict[Any, NodeDef] = {}
BUILTIN_TYPES = frozenset({tuple, list, dict, namedtuple, OrderedDict, defaultdict, deque})


def register_pytree_node(
    cls: type,
    flatten_fn: Any,
    unflatten_fn: Any,
    *,
    serialized_type_name: str | None = None,
    to_dumpable_context: Any = None,
    from_dumpable_context: Any = None,
    flatten_with_keys_fn: Any = None,
) -> None:
    """Let a class be a container: ``flatten_fn(x) -> (children, context)``, ``unflatten_fn(children, context) -> x``.

    ValueError if it is one already.
    """
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn)


def _register_pytree_node(cls: type, flatten_fn: Any, unflatten_fn: Any, *args: Any, **options: Any) -> None:
    """`register_pytree_node` under its name from before; a class that is registered is registered anew."""
    SUPPORTED_NODES.pop(cls, None)
    register_pytree_node(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn=options.get("flatten_with_keys_fn"))


_private_register_pytree_node = _register_pytree_node


def register_dataclass(cls: type, *, field_names: Any = None, drop_field_names: Any = None, **options: Any) -> None:
    """Let a data class be a container of its fields."""
    names = [name for name in field_names or cls.__dataclass_fields__ if name not in (drop_field_names or ())]  # type: ignore[attr-defined]
    register_pytree_node(
        cls,
        lambda obj: ([getattr(obj, name) for name in names], names),
        lambda values, context: cls(**dict(zip(context, values))),
        flatten_with_keys_fn=lambda obj: ([(GetAttrKey(name), getattr(obj, name)) for name in names], names),
    )


def _items(mapping: Any) -> tuple[list[Any], list[Any]]:
    return list(mapping.values()), list(mapping.keys())


def _keyed(mapping: Any) -> tuple[list[tuple[Any, Any]], list[Any]]:
    return [(MappingKey(key), value) for key, value in mapping.items()], list(mapping.keys())


_dict_flatten, _dict_flatten_with_keys = _items, _keyed


def _dict_unflatten(values: Iterable[Any], context: Context) -> dict[Any, Any]:
    return dict(zip(context, values))


def _numbered(values: Any) -> tuple[list[tuple[Any, Any]], None]:
    return [(SequenceKey(k), value) for k, value in enumerate(values)], None


register_pytree_node(tuple, lambda t: (list(t), None), lambda v, _: tuple(v), flatten_with_keys_fn=_numbered)
register_pytree_node(list, lambda t: (list(t), None), lambda v, _: list(v), flatten_with_keys_fn=_numbered)
register_pytree_node(dict, _items, lambda v, keys: dict(zip(keys, v)), flatten_with_keys_fn=_keyed)
register_pytree_node(OrderedDict, _items, lambda v, keys: OrderedDict(zip(keys, v)), flatten_with_keys_fn=_keyed)
register_pytree_node(
    defaultdict,
    lambda d: (list(d.values()), [d.default_factory, list(d.keys())]),
    lambda v, context: defaultdict(context[0], zip(context[1], v)),
    flatten_with_keys_fn=lambda d: (_keyed(d)[0], [d.default_factory, list(d.keys())]),
)
register_pytree_node(
    deque,
    lambda d: (list(d), d.maxlen),
    lambda v, size: deque(v, maxlen=size),
    flatten_with_keys_fn=lambda d: (_numbered(d)[0], d.maxlen),
)
register_pytree_node(
    namedtuple,  # type: ignore[arg-type]
    lambda t: (list(t), type(t)),
    lambda v, kind: kind(*v),
    flatten_with_keys_fn=lambda t: ([(GetAttrKey(f), getattr(t, f)) for f in t._fields], type(t)),
)

register_pytree_node(
    Named,
    lambda t: (list(t), type(t)),
    lambda v, kind: kind(v),
    flatten_with_keys_fn=lambda t: ([(GetAttrKey(f), part) for f, part in zip(t._names, t, strict=True)], type(t)),
)


def is_namedtuple_class(cls: type) -> bool:
    """Whether a class is one that ``namedtuple`` made."""
    return isinstance(cls, type) and issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None), tuple)


def is_namedtuple(obj: Any) -> bool:
    """Whether an object is a named tuple."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def is_structseq_class(cls: type) -> bool:
    """Whether a class is a structure sequence of the interpreter's."""
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "n_sequence_fields")


def _get_node_type(tree: Any) -> Any:
    """The class under which an object is a container; its own class if it is a leaf."""
    kind = type(tree)
    if issubclass(kind, Named):
        return Named
    return namedtuple if kind not in SUPPORTED_NODES and is_namedtuple_class(kind) else kind


def tree_is_leaf(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether an object is no container."""
    return (is_leaf is not None and is_leaf(tree)) or _get_node_type(tree) not in SUPPORTED_NODES


_is_leaf = tree_is_leaf


@dataclass
class TreeSpec:
    """The shape of a tree: class, context and the shapes of the children. A leaf is `LeafSpec`."""

    type: Any
    context: Context
    children_specs: list[TreeSpec]

    num_nodes: int = field(init=False, repr=False, compare=False)
    num_leaves: int = field(init=False, repr=False, compare=False)
    num_children: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.num_nodes = 1 + sum(child.num_nodes for child in self.children_specs)
        self.num_leaves = 1 if self.is_leaf() else sum(child.num_leaves for child in self.children_specs)
        self.num_children = len(self.children_specs)

    def is_leaf(self) -> bool:
        """Whether it is the shape of a leaf."""
        return self.type is None

    def children(self) -> list[TreeSpec]:
        """The shapes of the children."""
        return list(self.children_specs)

    def child(self, index: int) -> TreeSpec:
        """The shape of one child."""
        return self.children_specs[index]

    def flatten_up_to(self, tree: Any) -> list[Any]:
        """The parts of a tree at this shape's leaves. ValueError where the tree is another."""
        if self.is_leaf():
            return [tree]
        node = _get_node_type(tree)
        if node != self.type:
            raise ValueError(f"Type mismatch; expected {self.type!r}, but got {node!r}.")
        children, context = SUPPORTED_NODES[node].flatten_fn(tree)
        children = list(children)
        if len(children) != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {len(children)}.")
        if context != self.context and node not in (dict, OrderedDict, defaultdict):
            raise ValueError(f"Node context mismatch for custom node type {self.type!r}.")
        if node in (dict, OrderedDict, defaultdict):
            keys = self.context[1] if node is defaultdict else self.context
            children = [tree[key] for key in keys]
        return [leaf for spec, child in zip(self.children_specs, children) for leaf in spec.flatten_up_to(child)]

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """The tree of this shape with these leaves. ValueError if their number is another."""
        given = list(leaves)
        if len(given) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(given)} but the spec refers to a pytree that holds "
                f"{self.num_leaves} items ({self})."
            )
        return self._build(iter(given))

    def _build(self, leaves: Iterator[Any]) -> Any:
        if self.is_leaf():
            return next(leaves)
        children = [child._build(leaves) for child in self.children_specs]
        return SUPPORTED_NODES[self.type].unflatten_fn(children, self.context)

    def __hash__(self) -> int:
        return hash((self.type, repr(self.context), self.num_leaves))

    def __repr__(self) -> str:
        if self.is_leaf():
            return "*"
        children = [repr(child).replace("\n", "\n  ") for child in self.children_specs]
        inside = ",\n  ".join(children)
        return f"TreeSpec({getattr(self.type, '__name__', self.type)}, {self.context}, [{inside}])"


class LeafSpec(TreeSpec):
    """The shape of a leaf."""

    def __init__(self) -> None:
        super().__init__(None, None, [])

    def __repr__(self) -> str:
        return "*"


class _Asterisk:
    def __repr__(self) -> str:
        return "*"


def treespec_pprint(treespec: TreeSpec) -> str:
    """A shape as Python writes the tree, with an asterisk for each leaf."""
    return repr(tree_unflatten([_Asterisk()] * treespec.num_leaves, treespec))


def treespec_leaf() -> LeafSpec:
    """The shape of a leaf."""
    return LeafSpec()


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a tree, and its shape."""
    leaves: list[Any] = []
    return leaves, _flatten(tree, is_leaf, leaves)


def _flatten(tree: Any, is_leaf: Callable[[Any], bool] | None, leaves: list[Any]) -> TreeSpec:
    if tree_is_leaf(tree, is_leaf):
        leaves.append(tree)
        return LeafSpec()
    node = _get_node_type(tree)
    children, context = SUPPORTED_NODES[node].flatten_fn(tree)
    return TreeSpec(node, context, [_flatten(child, is_leaf, leaves) for child in children])


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    """The tree of a shape with these leaves. TypeError for what is no shape."""
    if not isinstance(treespec, TreeSpec):
        raise TypeError(
            "tree_unflatten(leaves, treespec): Expected `treespec` to be instance of TreeSpec but got item of type "
            f"{type(treespec)}."
        )
    return treespec.unflatten(leaves)


def tree_iter(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> Iterator[Any]:
    """The leaves, one by one."""
    yield from tree_flatten(tree, is_leaf)[0]


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> TreeSpec:
    """The shape."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """The tree whose leaves are ``func`` of the leaves (of several trees of one shape)."""
    leaves, spec = tree_flatten(tree, is_leaf)
    columns = [leaves, *(spec.flatten_up_to(rest) for rest in rests)]
    return spec.unflatten([func(*row) for row in zip(*columns)])


def tree_map_(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """Call ``func`` with all leaves; gives the tree itself."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def map_only(kinds: Any, /) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """A decorator: the function of leaves of a type (or of several, or that a predicate wants); others stay as they are."""
    wanted = kinds if callable(kinds) and not isinstance(kinds, type) else lambda leaf: isinstance(leaf, kinds)

    def decorate(func: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda leaf: func(leaf) if wanted(leaf) else leaf

    return decorate


def tree_map_only(kinds: Any, /, func: Any, tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """`tree_map` of leaves of a type (or of several, or that a predicate wants)."""
    return tree_map(map_only(kinds)(func), tree, is_leaf=is_leaf)


def tree_map_only_(kinds: Any, /, func: Any, tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """Call ``func`` with the leaves of a type; gives the tree itself."""
    tree_map_only(kinds, func, tree, is_leaf)
    return tree


def tree_all(pred: Callable[[Any], bool], tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether all leaves are so."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether any leaf is so."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(kinds: Any, /, pred: Callable[[Any], bool], tree: Any, is_leaf: Any = None) -> bool:
    """Whether all leaves of a type are so."""
    return all(pred(leaf) for leaf in tree_iter(tree, is_leaf) if isinstance(leaf, kinds))


def tree_any_only(kinds: Any, /, pred: Callable[[Any], bool], tree: Any, is_leaf: Any = None) -> bool:
    """Whether any leaf of a type is so."""
    return any(pred(leaf) for leaf in tree_iter(tree, is_leaf) if isinstance(leaf, kinds))


def tree_leaves_with_path(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[tuple[KeyPath, Any]]:
    """The leaves with the ways to them."""
    return list(_walk((), tree, is_leaf))


def tree_flatten_with_path(
    tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> tuple[list[tuple[KeyPath, Any]], TreeSpec]:
    """The leaves with the ways to them, and the shape."""
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Any = None) -> Any:
    """`tree_map` whose function is given the way to the leaf first."""
    pairs, spec = tree_flatten_with_path(tree, is_leaf)
    columns = [[path for path, _ in pairs], [leaf for _, leaf in pairs], *(spec.flatten_up_to(rest) for rest in rests)]
    return spec.unflatten([func(*row) for row in zip(*columns)])


def _walk(path: KeyPath, tree: Any, is_leaf: Callable[[Any], bool] | None) -> Iterator[tuple[KeyPath, Any]]:
    if tree_is_leaf(tree, is_leaf):
        yield path, tree
        return
    node = SUPPORTED_NODES[_get_node_type(tree)]
    if node.flatten_with_keys_fn is None:
        raise ValueError(f"Did not find a flatten_with_keys_fn for type: {node.type}.")
    for key, child in node.flatten_with_keys_fn(tree)[0]:
        yield from _walk((*path, key), child, is_leaf)


def keystr(kp: KeyPath) -> str:
    """A way to a leaf as text: ``['a'][0]``."""
    return "".join(str(key) for key in kp)


def key_get(obj: Any, kp: KeyPath) -> Any:
    """What lies at the end of a way."""
    for key in kp:
        obj = key.get(obj)
    return obj


def _broadcast_to_and_flatten(tree: Any, treespec: TreeSpec, is_leaf: Any = None) -> list[Any] | None:
    """The leaves of ``tree`` at a shape, one leaf standing for a whole branch; None where the shapes do not agree."""
    if tree_is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    if treespec.is_leaf() or _get_node_type(tree) != treespec.type:
        return None
    children, context = SUPPORTED_NODES[treespec.type].flatten_fn(tree)
    children = list(children)
    if len(children) != treespec.num_children or context != treespec.context:
        return None
    found: list[Any] = []
    for child, spec in zip(children, treespec.children_specs):
        below = _broadcast_to_and_flatten(child, spec, is_leaf)
        if below is None:
            return None
        found += below
    return found

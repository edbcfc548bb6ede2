from collections import OrderedDict, namedtuple

import torch
from torch.utils._pytree import tree_all, tree_flatten, tree_leaves, tree_map, tree_map_only, tree_unflatten

Point = namedtuple("Point", "x y")
tree = {"a": [torch.ones(1), 2], "b": Point(3, (4,)), "c": OrderedDict(z=5, y=None)}
leaves, spec = tree_flatten(tree)
print(leaves, spec.num_leaves, spec.num_nodes)
print(tree_unflatten(list(range(len(leaves))), spec))
print(tree_map(lambda one: one, tree) == tree, tree_map_only(torch.Tensor, lambda t: t + 1, tree)["a"])
print(tree_leaves([1, [2, {"k": 3}]]), tree_all(lambda one: one != 7, tree["b"]))

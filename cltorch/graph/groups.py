"""Groups that were opened apart although one kernel can hold both.

The greedy pass meets values in record order: what is read late is often placed before the group that reads it has been
opened (the mask of a loss before the loss's reductions, old running statistics before the batch's). Here each group takes
in the groups that it reads from, where no third group lies between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fuse import Fuser, Group, same
from .value import Pointwise, Reduction

if TYPE_CHECKING:
    from ..runtime.traits import Traits
    from .fuse import Batch, Item


def groups_of(batch: Batch, traits: Traits) -> list[Group]:
    """The groups of a batch, ordered so that each comes after those that it reads from."""
    fuser = Fuser(batch, traits)
    fuser.run()
    join(fuser)
    return fuser.ordered()


def join(fuser: Fuser) -> None:
    """Join the groups of ``fuser`` with those that they read from, as long as any can be."""
    position = {id(item): k for k, item in enumerate(fuser.batch.items)}
    for group in list(fuser.groups):
        if group not in fuser.groups or not plain_kernel(group):
            continue
        current: Group | None = group
        while current is not None:
            group, current = current, None
            for source in sorted(group.deps, key=lambda g: position[id(g.items[0])], reverse=True):
                if plain_kernel(source) and not between(fuser, source, group):
                    items = sorted(source.items + group.items, key=lambda item: position[id(item)])
                    current = joined(fuser, source, group, items)
                    if current is not None:
                        replace(fuser, source, group, current)
                        break


def plain_kernel(group: Group) -> bool:
    """Whether a group only computes and reduces: what writes regions in place keeps its place in the order."""
    return all(isinstance(item.work, (Pointwise, Reduction)) for item in group.items)


def between(fuser: Fuser, source: Group, group: Group) -> bool:
    """Whether a third group needs ``source`` and is needed by ``group``."""
    return any(fuser.depends(dep, source) for dep in group.deps if dep is not source)


def joined(fuser: Fuser, source: Group, group: Group, items: list[Item]) -> Group | None:
    """Both as one group in the space of ``group``, or None when that does not hold them."""
    if source.reduced and not same(source.space, group.space):
        return None
    whole = Group(group.space, group.reduced or source.reduced, [])
    for item in items:
        reads = fuser.expand(item.reads)
        homes = fuser.fits(whole, item, reads)
        if homes is None:
            return None
        whole.items.append(item)
        whole.loads.update(read.slot for read in reads if read.slot not in whole.home)
        whole.home.update(homes)
    whole.deps = (source.deps | group.deps) - {source, group}
    return whole


def replace(fuser: Fuser, source: Group, group: Group, whole: Group) -> None:
    """Put ``whole`` in the place of both."""
    fuser.groups[fuser.groups.index(group)] = whole
    fuser.groups.remove(source)
    for item in whole.items:
        for slot in item.slots:
            fuser.group_of[slot] = whole
    for other in fuser.groups:
        if other.deps & {source, group}:
            other.deps = (other.deps - {source, group}) | {whole}

"""Settings of all pipes that a pipe reads: shuffling, seeds, parts for workers. See torch.utils.data.graph_settings."""

from __future__ import annotations

import inspect
from typing import Any

from .datapipes.datapipe import IterDataPipe, MapDataPipe
from .datapipes.iter.sharding import SHARDING_PRIORITIES
from .host import drawn_seed

__all__ = ["apply_random_seed", "apply_sharding", "apply_shuffle_settings", "get_all_graph_pipes", "traverse_dps"]

Graph = dict[int, tuple[Any, Any]]


def traverse_dps(datapipe: Any) -> Graph:
    """The pipe and those that it reads: by the identity of each, the pipe and the same of it."""
    return _graph(datapipe, set())


def _graph(pipe: Any, above: set[int]) -> Graph:
    if id(pipe) in above:
        return {}
    inside: Graph = {}
    for source in _sources(list(vars(pipe).values())):
        inside.update(_graph(source, above | {id(pipe)}))
    return {id(pipe): (pipe, inside)}


def _sources(things: list[Any]) -> list[Any]:
    """The pipes among things, and in lists, tuples and dictionaries among them."""
    found = []
    for thing in things:
        if isinstance(thing, (IterDataPipe, MapDataPipe)):
            found.append(thing)
        elif isinstance(thing, (list, tuple, set)):
            found += _sources(list(thing))
        elif isinstance(thing, dict):
            found += _sources(list(thing.values()))
    return found


def get_all_graph_pipes(graph: Graph) -> list[Any]:
    """All pipes of a graph, each once."""
    found: dict[int, Any] = {}
    for key, (pipe, inside) in graph.items():
        found.setdefault(key, pipe)
        for one in get_all_graph_pipes(inside):
            found.setdefault(id(one), one)
    return list(found.values())


def apply_sharding(
    datapipe: Any, num_of_instances: int, instance_id: int, sharding_group: int = SHARDING_PRIORITIES.DEFAULT
) -> Any:
    """Let the pipes that can be divided give part ``instance_id`` of ``num_of_instances``. RuntimeError where one reads another."""

    def apply(graph: Graph, above: Any) -> None:
        for pipe, inside in graph.values():
            divides = pipe if callable(getattr(type(pipe), "apply_sharding", None)) else None
            if divides is not None:
                if above is not None:
                    raise RuntimeError(
                        "Sharding twice on a single pipeline is likely unintended and will cause data loss. "
                        f"Sharding already applied to {above} while trying to apply to {pipe}"
                    )
                knows_groups = len(inspect.signature(pipe.apply_sharding).parameters) > 2
                named = {"sharding_group": sharding_group} if knows_groups else {}
                pipe.apply_sharding(num_of_instances, instance_id, **named)
            apply(inside, above if divides is None else divides)

    apply(traverse_dps(datapipe), None)
    return datapipe


def apply_shuffle_settings(datapipe: Any, shuffle: bool | None = None) -> Any:
    """Turn the shuffling of all pipes on or off; where there is none and it is wanted, one is added at the end."""
    if shuffle is None:
        return datapipe
    shufflers = [pipe for pipe in get_all_graph_pipes(traverse_dps(datapipe)) if hasattr(type(pipe), "set_shuffle")]
    if not shufflers and shuffle:
        datapipe = datapipe.shuffle()
        shufflers = [datapipe]
    for pipe in shufflers:
        pipe.set_shuffle(shuffle)
    return datapipe


def apply_random_seed(datapipe: Any, rng: Any) -> Any:
    """Give every pipe that draws random numbers a seed, drawn from a Generator."""
    for pipe in get_all_graph_pipes(traverse_dps(datapipe)):
        if hasattr(type(pipe), "set_seed"):
            pipe.set_seed(drawn_seed(rng))
    return datapipe

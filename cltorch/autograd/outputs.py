"""Several outputs of one node: each has a small node of its own, and the gradients meet in one tuple.

A node with several outputs has ``outputs``, a meta for each (None for what is no tensor).
"""

from __future__ import annotations

from typing import Any

from .node import Node


class Arrived(tuple[Any, ...]):
    """The gradients that have come for the outputs of a node so far, None where there is none; sums add by place."""

    __slots__ = ()

    def __add__(self, other: Any) -> Arrived:
        return Arrived([b if a is None else a if b is None else a + b for a, b in zip(self, other, strict=True)])


class Output(Node):
    """One of several outputs of a node: puts its gradient in its place."""

    __slots__ = ("position",)

    def __init__(self, node: Any, position: int) -> None:
        super().__init__((node,), node.outputs[position])
        self.position = position

    def name(self) -> str:
        return self.inputs[0].name()

    def go_by(self, name: str, since: int = 0) -> None:
        self.inputs[0].go_by(name, since)

    @property
    def shown(self) -> tuple[Node | None, int]:
        return self.inputs[0].shown[0], self.position

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        grads: list[Any] = [None] * len(self.inputs[0].outputs)
        grads[self.position] = grad
        return (Arrived(grads),)

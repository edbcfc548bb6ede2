"""Sizes that are not known yet: numbers that remember how they were computed, and what was decided by them.

Planning and lowering are plain Python over sizes, strides and offsets. Run once over `Size` in the place of those, they leave behind
a function: from other sizes of the same structure to all numbers of the launches, or to None where any decision falls otherwise
(`Trace.function`). So a plan is bound to new sizes without being made again, and is what planning would have made, to the last
argument. Whatever needs a plain integer (a text, a range, a key of a cache) decides that the size is just this one.
"""

from __future__ import annotations

import functools
import math
import operator
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Tracing(threading.local):
    """Whether this thread plans over sizes that are not known: caches then neither give nor take anything."""

    now = False
    pending: Any = None  # the list of what is recorded meanwhile


TRACING = Tracing()


def remembered(maxsize: int) -> Callable[[F], F]:
    """``lru_cache`` for a function of sizes: while they are traced, it neither gives nor takes anything."""

    def decorate(function: F) -> F:
        cached = functools.lru_cache(maxsize)(function)

        @functools.wraps(function)
        def call(*args: Any) -> Any:
            return function(*args) if TRACING.now else cached(*args)

        return cast("F", call)

    return decorate


class Trace:
    """What is computed and decided while one layout is made. ``samples`` are the sizes that it is made for. Where it is ``strict``,
    sizes are no keys: caches of what is computed once for equal numbers must not take any."""

    def __init__(self, samples: Sequence[int], strict: bool = False) -> None:
        self.strict = strict
        self.texts: list[str] = []  # by number of a name: how it comes about, "" for what is given
        self.needs: list[tuple[int, ...]] = []
        self.known: dict[str, Size] = {}
        self.decisions: dict[str, tuple[int, ...]] = {}  # conditions that hold, and the names in them
        self.pinned = 0  # how often a number was decided to be one and no other
        self.given = [self.size(value, "", ()) for value in samples]

    def size(self, value: Any, text: str, needs: tuple[int, ...]) -> Size:
        """A new number."""
        self.texts.append(text)
        self.needs.append(needs)
        return Size(self, value, len(self.texts) - 1)

    def made(self, text: str, value: Any, needs: tuple[int, ...]) -> Size:
        """The number that ``text`` computes; the same text is the same number."""
        found = self.known.get(text)
        if found is None:
            found = self.known[text] = self.size(value, text, needs)
        return found

    def decide(self, text: str, needs: tuple[int, ...]) -> None:
        """Note a condition that must hold."""
        self.decisions[text] = needs

    def function(self, numbers: Sequence[Any]) -> Callable[[Sequence[int]], tuple[int, ...] | None]:
        """From given sizes to these ``numbers``; None where something would be decided otherwise."""
        return self._compiled(numbers, [f"    v{k} = given[{k}]" for k in range(len(self.given))])

    def _compiled(
        self,
        numbers: Sequence[Any],
        opening: list[str],
        closing: list[str] | None = None,
        names: dict[str, Any] | None = None,
    ) -> Callable[[Sequence[int]], Any]:
        wanted: set[int] = set()
        stack = [n.name for n in numbers if n.__class__ is Size]
        for needs in self.decisions.values():
            stack += needs
        while stack:
            name = stack.pop()
            if name not in wanted:
                wanted.add(name)
                stack += self.needs[name]
        decided: dict[int, list[str]] = {}  # by the last name that a condition needs
        for text, needs in self.decisions.items():
            decided.setdefault(max(needs), []).append(text)
        lines = ["def bind(given):", *opening]
        for name in sorted(wanted):
            if self.texts[name]:
                lines.append(f"    v{name} = {self.texts[name]}")
            if name in decided:
                lines.append(f"    if not ({' and '.join(decided[name])}): return None")
        lines += closing or [f"    return ({', '.join([*map(spelled, numbers), ''])})"]
        names = {} if names is None else names
        exec(compile("\n".join(lines), "<sizes>", "exec"), names)
        bind: Callable[[Sequence[int]], tuple[int, ...] | None] = names["bind"]
        return bind


class Varying(Trace):
    """The trace over integers of which there are several samples: those that were always alike are one size, those that never varied are no
    size. ``numbers`` are the last sample's, with sizes in their places."""

    def __init__(self, samples: Sequence[tuple[int, ...]], strict: bool = False) -> None:
        first: dict[Any, int] = {}
        columns = enumerate(zip(*samples, strict=True))
        self._like = [k if len(set(column)) == 1 else first.setdefault(column, k) for k, column in columns]
        last = samples[-1]
        super().__init__([last[k] for k in first.values()], strict)
        given = dict(zip(first.values(), self.given, strict=True))
        self.numbers = [given.get(like, n) for like, n in zip(self._like, last, strict=True)]

    def function(self, numbers: Sequence[Any]) -> Callable[[Sequence[int]], tuple[int, ...] | None]:
        """As of a `Trace`, but from all integers; None, too, where others vary or are no longer alike."""
        return self._compiled(numbers, self._opening())

    def program(
        self, lines: list[str], numbers: Sequence[Any], names: dict[str, Any]
    ) -> Callable[[Sequence[int]], Any]:
        """`function` that runs these lines, in which ``numbers`` are spelled and ``names`` are known, in the place of giving numbers back."""
        return self._compiled(numbers, self._opening(), [f"    {line}" for line in lines], names)

    def _opening(self) -> list[str]:
        names = [
            f"v{n.name}" if n.__class__ is Size and like == k else f"f{k}" for k, (like, n) in enumerate(self._pairs())
        ]
        conditions = [f"f{k} == {spelled(n)}" for k, (_, n) in enumerate(self._pairs()) if names[k] == f"f{k}"]
        opening = [f"    {', '.join(names)}, = given"]
        if conditions:
            opening.append(f"    if not ({' and '.join(conditions)}): return None")
        return opening

    def _pairs(self) -> zip[tuple[int, Any]]:
        return zip(self._like, self.numbers, strict=True)


def spelled(number: Any) -> str:
    """A number in a trace's text."""
    if number.__class__ is Size:
        return f"v{number.name}"
    if number.__class__ is float and not math.isfinite(number):
        raise TypeError(f"{number} has no place in a trace")
    return repr(number) if number >= 0 else f"({number!r})"


def _needs(*numbers: Any) -> tuple[int, ...]:
    return tuple([n.name for n in numbers if n.__class__ is Size])


def plain(number: Any) -> Any:
    """The sample's number, where it is only a hint: nothing is decided."""
    return number.value if number.__class__ is Size else number


Method = Callable[[Any, Any], Any]


def _computing(sign: str, function: Method, neutral: int | None = None) -> tuple[Method, Method]:
    """The methods of an operator, for sizes on the left and on the right. ``neutral`` on the right changes nothing."""

    def compute(a: Any, b: Any) -> Any:
        value = function(plain(a), plain(b))
        trace = a.trace if a.__class__ is Size else b.trace
        return trace.made(f"{spelled(a)} {sign} {spelled(b)}", value, _needs(a, b))

    def left(self: Any, other: Any) -> Any:
        if other.__class__ not in _NUMBERS:
            return NotImplemented
        if other.__class__ is int:
            if other == neutral:
                return self
            if other == 0 and sign == "*":
                return 0
        return compute(self, other)

    def right(self: Any, other: Any) -> Any:
        if other.__class__ not in _NUMBERS:
            return NotImplemented
        return left(self, other) if sign in "+*" else compute(other, self)

    return left, right


def _deciding(sign: str, function: Callable[[Any, Any], bool]) -> Method:
    """The method of a comparison."""

    def method(self: Any, other: Any) -> Any:
        if other.__class__ not in _NUMBERS:
            return NotImplemented
        if other.__class__ is Size and other.name == self.name:
            return function(0, 0)
        holds = function(self.value, plain(other))
        text = f"{spelled(self)} {sign} {spelled(other)}"
        if holds is (sign == "==") and sign in ("==", "!=") and other.__class__ is not Size:
            self.trace.pinned += "%" not in self.trace.texts[self.name]  # many have the same remainder
        self.trace.decide(text if holds else f"not {text}", _needs(self, other))
        return holds

    return method


class Size:
    """A number of a trace. Comparisons are decided by the sample's, and noted; so is all that takes it for a plain integer."""

    __slots__ = ("name", "trace", "value")

    def __init__(self, trace: Trace, value: Any, name: int) -> None:
        self.trace = trace
        self.value = value
        self.name = name

    def fixed(self) -> Any:
        """The value, which is decided to be this one."""
        self.trace.decide(f"v{self.name} == {self.value!r}", (self.name,))
        self.trace.pinned += 1
        return self.value

    def __hash__(self) -> int:
        if self.trace.strict:
            raise TypeError("a size that is traced is no key")
        return hash(self.value)

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __index__(self) -> int:
        return operator.index(self.fixed())

    def __int__(self) -> int:
        return int(self.fixed())

    def __float__(self) -> float:
        return float(self.fixed())

    def __repr__(self) -> str:
        return repr(self.fixed())

    def __format__(self, how: str) -> str:
        return format(self.fixed(), how)

    def __neg__(self) -> Any:
        return 0 - self

    def __abs__(self) -> Any:
        return self if self >= 0 else -self

    def __lshift__(self, other: int) -> Any:
        return self * (1 << other)

    def __rlshift__(self, other: int) -> Any:
        return other << self.fixed()

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def bit_length(self) -> int:
        """As of an integer; decided."""
        found: int = self.value.bit_length()
        self.trace.decide(f"v{self.name}.bit_length() == {found}", (self.name,))
        return found

    __add__, __radd__ = _computing("+", operator.add, 0)
    __sub__, __rsub__ = _computing("-", operator.sub, 0)
    __mul__, __rmul__ = _computing("*", operator.mul, 1)
    __floordiv__, __rfloordiv__ = _computing("//", operator.floordiv, 1)
    __truediv__, __rtruediv__ = _computing("/", operator.truediv)
    __mod__, __rmod__ = _computing("%", operator.mod)
    __and__, __rand__ = _computing("&", operator.and_)
    __pow__, __rpow__ = _computing("**", operator.pow)
    __eq__: Any = _deciding("==", operator.eq)
    __ne__: Any = _deciding("!=", operator.ne)
    __lt__ = _deciding("<", operator.lt)
    __le__ = _deciding("<=", operator.le)
    __gt__ = _deciding(">", operator.gt)
    __ge__ = _deciding(">=", operator.ge)


def least(*numbers: Any) -> Any:
    """``min`` of numbers where it does not matter which of them it is: nothing is decided."""
    return _chosen("min", min, numbers)


def most(*numbers: Any) -> Any:
    """``max`` of numbers where it does not matter which of them it is: nothing is decided."""
    return _chosen("max", max, numbers)


def choose(a: Any, least: Any, there: Any, below: Any) -> Any:
    """``there`` where ``a`` is at least ``least``, else ``below``, where both are but numbers of a launch: nothing is decided."""
    numbers = (a, least, there, below)
    size = next((n for n in numbers if n.__class__ is Size), None)
    if size is None:
        return there if a >= least else below
    x, y, c, d = map(spelled, numbers)
    value = plain(there) if plain(a) >= plain(least) else plain(below)
    return size.trace.made(f"{c} if {x} >= {y} else {d}", value, _needs(*numbers))


def alike(a: Any, b: Any) -> bool:
    """Whether two numbers are equal whatever the sizes are, as far as can be told: nothing is decided."""
    return a is b or (a.__class__ is not Size and b.__class__ is not Size and a == b)


def _chosen(name: str, function: Callable[..., Any], numbers: tuple[Any, ...]) -> Any:
    size = next((n for n in numbers if n.__class__ is Size), None)
    if size is None:
        return function(numbers)
    text = f"{name}({', '.join(map(spelled, numbers))})"
    return size.trace.made(text, function(map(plain, numbers)), _needs(*numbers))


_NUMBERS = (Size, int, float, bool)

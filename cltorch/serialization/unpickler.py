"""Reading a pickle without running code from it: a machine for the opcodes that values need, and a list of what may be called.

Everything else is refused with `pickle.UnpicklingError`, which names the file and the byte.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import reprlib
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

from .. import dtypes
from ..errors import OutOfMemoryError
from ..nn.parameter import Parameter
from ..tensor.device_names import device
from ..tensor.quantized import OF_INTS, SCHEMES
from ..tensor.sizes import Size
from ..tensor.tensor import Tensor
from .names import FUNCTIONS, STORAGES, read_name

Globals = dict[str, Any]
_MARK = object()
_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_PLAIN = (
    "NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT UNICODE BINUNICODE SHORT_BINUNICODE "
    "BINUNICODE8 SHORT_BINSTRING BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8"
).split()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}


def _encoded(text: Any, encoding: Any = "utf-8") -> bytes:
    """Bytes, which older protocols write as text."""
    if not isinstance(text, str) or encoding != "latin1":
        raise pickle.UnpicklingError("only text is encoded, as latin1")
    return text.encode(encoding)


def _bytearray(content: Any = b"") -> bytearray:
    if not isinstance(content, bytes):
        raise pickle.UnpicklingError("a bytearray is made of bytes")
    return bytearray(content)


def _device(*parts: Any) -> device:
    return device(*parts)


_CALLABLE: Globals = {
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "builtins.set": set,
    "builtins.complex": complex,
    "builtins.bytearray": _bytearray,
    "_codecs.encode": _encoded,
    "torch.Size": Size,
    "torch.device": _device,
    **{f"{module}.{name}": function for function, (module, name) in FUNCTIONS.items()},
}
_VALUES: Globals = {
    "torch.Tensor": Tensor,
    "torch.nn.parameter.Parameter": Parameter,
    **{f"torch.{kind.name}": kind for kind in dtypes.EVERY + dtypes.CARRIED},
    **{f"torch.{one.name}": one for one in OF_INTS.values()},
    **{f"torch.{one.name}": one for one in SCHEMES},
    **{f"{module}.{name}": kind for (module, name), kind in STORAGES.items()},
}


class WeightsUnpickler:
    """Reads one pickle. ``allowed`` are further classes and functions by their full names."""

    def __init__(self, data: io.BytesIO, place: str, load: Callable[[Any], Any], allowed: Globals) -> None:
        self.data, self.place, self.persistent, self.allowed = data, place, load, allowed
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.callable = [*_CALLABLE.values(), *allowed.values()]

    def load(self) -> Any:
        """The object. `pickle.UnpicklingError` for what is refused or broken, RuntimeError for tensors that cannot be."""
        at: int | None = 0
        name = ""
        start = self.data.tell()
        try:
            for opcode, arg, position in pickletools.genops(self.data):
                at, name = position, opcode.name
                if name == "STOP":
                    return self.pop()
                self.step(name, arg)
                name = ""
        except OutOfMemoryError:
            raise
        except RuntimeError as error:
            raise RuntimeError(f"{self.place}, byte {(at or start) - start}: {error}") from error
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(f"{self.place}, byte {(at or start) - start}: {error}") from error
        except Exception as error:
            if name == "BINPERSID":  # the program's own map_location has raised it
                raise
            if "exhausted" in str(error):
                raise EOFError(f"{self.place}: Ran out of input") from error
            words = f"{type(error).__name__}: {str(error)[:300]}"
            raise pickle.UnpicklingError(f"{self.place}, byte {(at or start) - start}: damaged ({words})") from error
        raise pickle.UnpicklingError(f"{self.place}: the pickle has no end")

    def pop(self) -> Any:
        """The topmost value."""
        if not self.stack or self.stack[-1] is _MARK:
            raise pickle.UnpicklingError("a value is missing")
        return self.stack.pop()

    def top(self, *kinds: type) -> Any:
        """The topmost value, which must be of one of these types."""
        found = self.stack[-1]
        if not isinstance(found, kinds):
            raise pickle.UnpicklingError(f"nothing can be put into a {type(found).__name__}")
        return found

    def to_mark(self) -> list[Any]:
        """All values above the last mark, which goes."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise pickle.UnpicklingError("a mark is missing")
        found = self.stack[at + 1 :]
        del self.stack[at:]
        return found

    def step(self, name: str, arg: Any) -> None:
        """One opcode."""
        if name in _PLAIN:
            self.stack.append(_CONSTANTS.get(name, arg))
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in ("PROTO", "FRAME"):
            if name == "PROTO" and not 2 <= arg <= 5:
                raise pickle.UnpicklingError(f"protocol {arg} is not read")
        elif name == "MARK":
            self.stack.append(_MARK)
        elif name in ("BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE"):
            self.memo[len(self.memo) if name == "MEMOIZE" else arg] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            self.stack.append(self.memo[arg])
        elif name in _FILLING:
            self.fill(name)
        elif name in ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "LIST", "DICT", "FROZENSET"):
            self.gather(name)
        else:
            self.make(name, arg)

    def fill(self, name: str) -> None:
        """Put values into the container below them."""
        count = _FILLING[name]
        values = self.to_mark() if count is None else [self.pop() for _ in range(count)][::-1]
        if name in ("APPEND", "APPENDS"):
            self.top(list).extend(values)
        elif name == "ADDITEMS":
            self.top(set).update(_check_keys(values))
        else:
            self.top(dict).update(_pairs(values))

    def gather(self, name: str) -> None:
        """Make a container of the values on top."""
        count = name[5:]
        values = [self.pop() for _ in range(int(count))][::-1] if count.isdigit() else self.to_mark()
        if name == "FROZENSET" and "builtins.frozenset" not in self.allowed:
            raise pickle.UnpicklingError(_refusal("builtins.frozenset"))
        if name == "FROZENSET":
            _check_keys(values)
        kinds: dict[str, Callable[[Any], Any]] = {"LIST": list, "FROZENSET": frozenset}
        self.stack.append(dict(_pairs(values)) if name == "DICT" else kinds.get(name, tuple)(values))

    def make(self, name: str, arg: Any) -> None:
        """Names, calls, states and storages."""
        if name == "GLOBAL":
            self.stack.append(self.find(*arg.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            attribute, module = self.pop(), self.pop()
            self.stack.append(self.find(str(module), str(attribute)))
        elif name == "BINPERSID":
            self.stack.append(self.persistent(self.pop()))
        elif name in ("REDUCE", "NEWOBJ"):
            args, function = self.pop(), self.pop()
            if not any(function is one for one in self.callable) or not isinstance(args, tuple):
                raise pickle.UnpicklingError(f"{reprlib.repr(function)} may not be called with {reprlib.repr(args)}")
            if function in (OrderedDict, Counter, set):
                _check_keys(args[0] if args else ())
            known = name == "REDUCE" or not isinstance(function, type)
            self.stack.append(function(*args) if known else function.__new__(function, *args))
        elif name == "BUILD":
            state = self.pop()
            self.build(self.stack[-1], state)
        else:
            raise pickle.UnpicklingError(f"Unsupported operand {name}: only values are read")

    def build(self, made: Any, state: Any) -> None:
        """Give an object its attributes."""
        if type(made) is OrderedDict:
            made.__dict__.update(state)
        elif not any(type(made) is one for one in self.allowed.values()):
            raise pickle.UnpicklingError(f"a {type(made).__name__} takes no state")
        elif hasattr(made, "__setstate__"):
            made.__setstate__(state)
        else:
            made.__dict__.update(state)

    def find(self, module: str, name: str) -> Any:
        """What a global name means; only what is on the lists has a meaning."""
        full = f"{_OLD_MODULES.get(module, module)}.{name}"
        for names in (_CALLABLE, _VALUES, self.allowed):
            if full in names:
                return names[full]
        raise pickle.UnpicklingError(_refusal(full))


def refused_names(pickled: bytes, allowed: Globals) -> list[str]:
    """The full names in a pickle that `WeightsUnpickler` would refuse, in order of appearance. Nothing is run."""
    found: dict[str, None] = {}
    texts: list[str] = []
    for opcode, arg, _ in pickletools.genops(pickled):
        if opcode.name == "GLOBAL":
            module, name = str(arg).split(" ", 1)
        elif opcode.name == "STACK_GLOBAL" and len(texts) > 1:
            module, name = texts[-2:]
        else:
            texts += [arg] if isinstance(arg, str) else []
            continue
        full = f"{_OLD_MODULES.get(module, module)}.{name}"
        if not any(full in names for names in (_CALLABLE, _VALUES, allowed)):
            found[f"{module}.{name}"] = None
    return [*found]


_FILLING: dict[str, int | None] = {"APPEND": 1, "APPENDS": None, "ADDITEMS": None, "SETITEM": 2, "SETITEMS": None}


def _pairs(values: list[Any]) -> list[tuple[Any, Any]]:
    if len(values) % 2:
        raise pickle.UnpicklingError("a key has no value")
    return list(zip(_check_keys(values[::2]), values[1::2]))


def _check_keys(keys: Any) -> Any:
    """The keys themselves. `pickle.UnpicklingError` for tuples of tuples of tuples, whose hashes may take for ever."""
    for key in keys:
        if isinstance(key, tuple) and any(_is_deep(part) for part in key):
            raise pickle.UnpicklingError("a key is nested too deeply")
    return keys


def _is_deep(part: Any) -> bool:
    return isinstance(part, tuple) and any(isinstance(inner, (tuple, frozenset)) for inner in part)


def _refusal(full: str) -> str:
    short = full.rpartition(".")[2][:100]
    return (
        f"Weights only load failed. WeightsUnpickler error: Unsupported global: GLOBAL {full[:200]} was not an allowed global by "
        f"default. Please use `torch.serialization.add_safe_globals([{short}])` or the "
        f"`torch.serialization.safe_globals([{short}])` context manager to allowlist this global if you trust this "
        "class/function; or `weights_only=False`, which runs what the file says, if you trust the file."
    )


class FullUnpickler:
    """What a pickle module's own unpickler does otherwise for PyTorch's files. It runs what a file says."""

    load_storage: Callable[[Any], Any]

    def find_class(self, module: str, name: str) -> Any:
        """A class or function: PyTorch's names mean cltorch's."""
        if module.partition(".")[0] == "torch":
            return read_name(module, name)
        return super().find_class(module, name)  # type: ignore[misc]

    def persistent_load(self, pid: Any) -> Any:
        """A storage."""
        return self.load_storage(pid)


def full_unpickler(module: Any, file: Any, load: Callable[[Any], Any], options: dict[str, Any]) -> Any:
    """An unpickler of a pickle module that knows PyTorch's names and storages."""
    made = type("Unpickler", (FullUnpickler, module.Unpickler), {})(file, **options)
    made.load_storage = load
    return made

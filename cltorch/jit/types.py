"""Names of TorchScript's types: programs write them into annotations and ask with ``isinstance``. Nothing has one here."""

from __future__ import annotations

__all__ = [
    "AnyType",
    "AwaitType",
    "BoolType",
    "ClassType",
    "ComplexType",
    "DeviceObjType",
    "DictType",
    "EnumType",
    "FloatType",
    "FutureType",
    "InferredType",
    "IntType",
    "InterfaceType",
    "ListType",
    "NoneType",
    "NumberType",
    "OptionalType",
    "PyObjectType",
    "RRefType",
    "StreamObjType",
    "StringType",
    "SymBoolType",
    "SymIntType",
    "TensorType",
    "TupleType",
    "Type",
    "UnionType",
]


class Type:
    """A type of TorchScript's language."""

    _text = ""

    @classmethod
    def get(cls) -> Type:
        """The type, for those without parameters."""
        return cls()

    def annotation_str(self) -> str:
        """How it is written in an annotation."""
        return self._text or type(self).__name__

    def kind(self) -> str:
        """The name of its class."""
        return type(self).__name__

    def __str__(self) -> str:
        return self.annotation_str()

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), str(self)))


class _Of(Type):
    """A type with others inside."""

    def __init__(self, *inside: Type) -> None:
        self.inside = inside

    def annotation_str(self) -> str:
        """How it is written in an annotation."""
        return f"{self._text}[{', '.join(map(str, self.inside))}]"

    def getElementType(self) -> Type:
        """The type inside."""
        return self.inside[0]


def _plain(name: str, text: str) -> type[Type]:
    return type(name, (Type,), {"_text": text, "__doc__": f"TorchScript's ``{text}``.", "__module__": __name__})


def _of(name: str, text: str) -> type[_Of]:
    return type(
        name, (_Of,), {"_text": text, "__doc__": f"TorchScript's ``{text}`` of others.", "__module__": __name__}
    )


AnyType, BoolType, ComplexType = _plain("AnyType", "Any"), _plain("BoolType", "bool"), _plain("ComplexType", "complex")
DeviceObjType, FloatType, IntType = (
    _plain("DeviceObjType", "Device"),
    _plain("FloatType", "float"),
    _plain("IntType", "int"),
)
NoneType, NumberType, PyObjectType = (
    _plain("NoneType", "NoneType"),
    _plain("NumberType", "number"),
    _plain("PyObjectType", "PyObject"),
)
StreamObjType, StringType = _plain("StreamObjType", "Stream"), _plain("StringType", "str")
SymBoolType, SymIntType, TensorType = (
    _plain("SymBoolType", "SymBool"),
    _plain("SymIntType", "SymInt"),
    _plain("TensorType", "Tensor"),
)
ClassType, EnumType, InterfaceType = (
    _plain("ClassType", "class"),
    _plain("EnumType", "Enum"),
    _plain("InterfaceType", "interface"),
)
InferredType = _plain("InferredType", "inferred")
AwaitType, DictType, FutureType = _of("AwaitType", "Await"), _of("DictType", "Dict"), _of("FutureType", "Future")
ListType, OptionalType, RRefType = _of("ListType", "List"), _of("OptionalType", "Optional"), _of("RRefType", "RRef")
TupleType, UnionType = _of("TupleType", "Tuple"), _of("UnionType", "Union")

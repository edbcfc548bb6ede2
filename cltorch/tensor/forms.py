"""Where methods from declarations lie. What type checkers see of them is in ``forms.pyi``, made by ``tools/stubs.py``."""


class Forms:
    """The last base class of Tensor: methods of the op table's rows, aliases, in-place forms (see `tensor.publish`)."""

    __slots__ = ()

"""Which dtype comes of two operands.

Dtypes are of four categories: bool, integer, floating point and complex. Operands come
with three degrees of weight: a tensor with dimensions, a tensor without, and a Python
number. The weightiest operand says which dtype the result has, unless a lighter one is
of a later category.

A dtype is given by its name, such as "int8", and a Python number by its type's name.
"""

from typing import NamedTuple

INTEGERS = {"uint8": 8, "int8": 8, "int16": 16, "int32": 32, "int64": 64}
FLOATS = {"float16": 16, "bfloat16": 16, "float32": 32, "float64": 64}
COMPLEX = {"complex64": 32, "complex128": 64}  # the bits of one part
DTYPES = ("bool", *INTEGERS, *FLOATS, *COMPLEX)
# What stands for a Python number while the default dtype is float32.
NUMBERS = {"bool": "bool", "int": "int64", "float": "float32", "complex": "complex64"}
WEIGHTS = ("number", "zero-dim", "dims")


class Operand(NamedTuple):
    """An operand of an operation.

    Attributes:
        weight: one of WEIGHTS.
        dtype: the dtype of a tensor, or the name of a Python number's type.
    """

    weight: str
    dtype: str


def category(dtype: str) -> int:
    """Return a dtype's place in bool, integer, floating point, complex."""
    tables = ({"bool": 1}, INTEGERS, FLOATS, COMPLEX)
    return next(place for place, table in enumerate(tables) if dtype in table)


def meet(a: str, b: str) -> str:
    """Return the dtype of two operands of one weight.

    The later category wins, however few bits it has; only a complex dtype grows so that
    its parts take a floating point operand. Within a category the longer dtype wins.
    Neither of two different dtypes of one length goes into the other: the next longer
    takes both.
    """
    early, late = sorted((a, b), key=category)
    if late in COMPLEX and early in FLOATS:
        return complex_with(max(COMPLEX[late], FLOATS[early]))
    if a == b or category(early) < category(late):
        return late
    bits = (INTEGERS, FLOATS, COMPLEX)[category(late) - 1]
    if bits[a] == bits[b]:
        return "int16" if a in INTEGERS else "float32"
    return max(a, b, key=lambda dtype: bits[dtype])


def complex_with(bits: int) -> str:
    """Return the complex dtype with parts of so many bits."""
    return f"complex{2 * bits}"


def result_dtype(a: Operand, b: Operand) -> str:
    """Return the dtype of the result of two operands, one of them a tensor.

    Of operands of different weight the weightier gives the category and the length, as
    long as the lighter is of no later category. If it is, the lighter gives the
    category; the length is then its own, too, unless the weightier has one already
    that counts: a floating point tensor with a complex operand keeps its length.
    """
    light, heavy = sorted((a, b), key=lambda operand: WEIGHTS.index(operand.weight))
    lighter = NUMBERS[light.dtype] if light.weight == "number" else light.dtype
    if light.weight == heavy.weight:
        return meet(lighter, heavy.dtype)
    if category(lighter) <= category(heavy.dtype):
        return heavy.dtype
    return complex_with(FLOATS[heavy.dtype]) if heavy.dtype in FLOATS else lighter

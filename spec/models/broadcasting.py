"""Spreading a tensor over a larger shape: broadcasting, expanding and repeating.

Shapes are aligned at their last dimensions. A dimension that is missing counts as size
1, and size 1 gives way to any other size, 0 included; otherwise sizes have to be equal.
Tensors are given as the list of their elements in row-major order, and their sizes.
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

Shape = tuple[int, ...]


class Mismatch(NamedTuple):
    """Where two shapes do not fit: the first place, counted from the last dimension.

    Attributes:
        dim: the dimension, in the longer of the two shapes.
        a: the size of the first shape there.
        b: the size of the second shape there.
    """

    dim: int
    a: int
    b: int


def broadcast(*shapes: Shape) -> Shape | Mismatch:
    """Return the shape that all of the shapes broadcast to, or where they do not fit.

    The shapes are taken from left to right, each against the result so far.
    """
    result: Shape = ()
    for shape in shapes:
        dims = max(len(result), len(shape))
        a, b = _padded(result, dims), _padded(shape, dims)
        for dim in reversed(range(dims)):
            if a[dim] != b[dim] and 1 not in (a[dim], b[dim]):
                return Mismatch(dim, a[dim], b[dim])
        result = tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))
    return result


def _padded(shape: Shape, dims: int) -> Shape:
    return (1,) * (dims - len(shape)) + tuple(shape)


def expanded_strides(sizes: Shape, strides: Shape, target: Shape) -> Shape:
    """Return the strides of a tensor expanded to a target shape that it fits.

    A dimension that grows has stride 0: every step stays on the same element. The
    others keep their stride. A new leading dimension of size 1 is no growth: it spans
    all that is behind it; only above a tensor without dimensions, which has no stride,
    it has 0.
    """
    if not sizes:
        return (0,) * len(target)
    result: list[int] = []
    new = len(target) - len(sizes)
    for dim in reversed(range(len(target))):
        size = sizes[dim - new] if dim >= new else 1
        kept = strides[dim - new] if dim >= new else target[dim + 1] * result[0]
        result.insert(0, kept if target[dim] == size else 0)
    return tuple(result)


def _sources(sizes: Shape, target: Shape) -> list[int]:
    # For each element of the target, in row-major order, which element it comes from:
    # index 0 where the size is 1, and no index where the dimension is missing.
    new = len(target) - len(sizes)
    sources = []
    for index in itertools.product(*map(range, target)):
        source = 0
        for size, i in zip(sizes, index[new:], strict=True):
            source = source * size + (0 if size == 1 else i)
        sources.append(source)
    return sources


def spread(values: Sequence[int], sizes: Shape, target: Shape) -> list[int]:
    """Return the elements of a tensor expanded to a target shape that it fits."""
    return [values[source] for source in _sources(sizes, target)]


def gathered(values: Sequence[int], target: Shape, sizes: Shape) -> list[int]:
    """Return, for each element of a tensor, the sum of values over its appearances.

    This is the gradient of a tensor of these sizes that was expanded to the target.
    """
    sums = [0] * math.prod(sizes)
    for value, source in zip(values, _sources(sizes, target), strict=True):
        sums[source] += value
    return sums


def repeated_shape(sizes: Shape, repeats: Shape) -> Shape:
    """Return the shape of a tensor that is repeated so many times per dimension."""
    sizes = _padded(sizes, len(repeats))
    return tuple(size * count for size, count in zip(sizes, repeats, strict=True))


def repeated(values: Sequence[int], sizes: Shape, repeats: Shape) -> list[int]:
    """Return the elements of a repeated tensor: in each copy its indices start over."""
    sizes = _padded(sizes, len(repeats))
    elements = []
    for index in itertools.product(*map(range, repeated_shape(sizes, repeats))):
        source = 0
        for size, i in zip(sizes, index, strict=True):
            source = source * size + i % size
        elements.append(values[source])
    return elements

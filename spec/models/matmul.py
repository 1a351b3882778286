"""Products of matrices, and sums over chosen dimensions of two tensors.

Tensors are given as the list of their elements in row-major order, and their shape.
"""

import itertools
import math
from collections.abc import Sequence

from spec.models.broadcasting import Mismatch, broadcast, spread

Shape = tuple[int, ...]


def fits(a: Shape, b: Shape) -> bool:
    """Whether the product of tensors of these shapes exists.

    Both have at least one dimension. The last size of the first equals the last but one
    of the second, or its only one; and the dimensions before the last two broadcast.
    """
    if not a or not b or a[-1] != b[max(len(b) - 2, 0)]:
        return False
    return not isinstance(broadcast(a[:-2], b[:-2]), Mismatch)


def product_shape(a: Shape, b: Shape) -> Shape:
    """Return the shape of the product.

    The dimension that is summed over disappears. Of the first operand there remain its
    rows, if it has any, and of the second its columns; before them come the dimensions
    that were broadcast.
    """
    batch = broadcast(a[:-2], b[:-2])
    return (*batch, *a[-2:-1], *b[-1:]) if len(b) > 1 else (*batch, *a[-2:-1])


def product(xs: Sequence[int], a: Shape, ys: Sequence[int], b: Shape) -> list[int]:
    """Return the elements of the product: rows of one times columns of the other.

    A tensor of one dimension counts as one row on the left, and as one column on the
    right.
    """
    a = a if len(a) > 1 else (1, *a)
    b = b if len(b) > 1 else (*b, 1)
    batch = broadcast(a[:-2], b[:-2])
    xs, ys = spread(xs, a, (*batch, *a[-2:])), spread(ys, b, (*batch, *b[-2:]))
    (rows, inner), columns = a[-2:], b[-1]
    return [
        sum(
            xs[(each * rows + row) * inner + i] * ys[(each * inner + i) * columns + col]
            for i in range(inner)
        )
        for each in range(math.prod(batch))
        for row in range(rows)
        for col in range(columns)
    ]


def contracted(
    xs: Sequence[int],
    a: Shape,
    ys: Sequence[int],
    b: Shape,
    pairs: Sequence[tuple[int, int]],
) -> tuple[Shape, list[int]]:
    """Return shape and elements of the sum over pairs of dimensions.

    The dimensions of each pair, one of the first tensor and one of the second, run
    together and are summed over; what remains of the first comes before what remains of
    the second.
    """
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    shape = tuple(
        size
        for sizes, summed in ((a, first), (b, second))
        for dim, size in enumerate(sizes)
        if dim not in summed
    )
    sums: dict[Shape, int] = dict.fromkeys(itertools.product(*map(range, shape)), 0)
    for x, i in zip(xs, itertools.product(*map(range, a)), strict=True):
        for y, j in zip(ys, itertools.product(*map(range, b)), strict=True):
            if all(i[one] == j[other] for one, other in pairs):
                left = (index for dim, index in enumerate(i) if dim not in first)
                right = (index for dim, index in enumerate(j) if dim not in second)
                sums[(*left, *right)] += x * y
    return shape, list(sums.values())

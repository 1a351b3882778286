"""Reversing the order of the elements along dimensions.

The element at an index comes from the index that counts from the other end in every
dimension that is reversed, and is the same in every other.
"""

from itertools import product


def flipped(elements, shape, dims):
    """The elements of a tensor of this shape, in row-major order, after reversing.

    Dimensions may be negative, and then count from the end.
    """
    reversed_dims = {dim % len(shape) for dim in dims}
    result = []
    for index in product(*map(range, shape)):
        place = 0
        for dim, (at, size) in enumerate(zip(index, shape, strict=True)):
            place = place * size + (size - 1 - at if dim in reversed_dims else at)
        result.append(elements[place])
    return result

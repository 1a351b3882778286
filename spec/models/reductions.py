"""Reducing a tensor along some of its dimensions.

The elements whose indices agree in all other dimensions form a group, and each group
becomes one element. The reduced dimensions disappear, or stay with size 1. Without
dimensions all are reduced. Tensors are given as the list of their elements in row-major
order, and their sizes.
"""

import itertools
from collections.abc import Sequence

Shape = tuple[int, ...]


def reduced_shape(sizes: Shape, dims: Sequence[int], keepdim: bool) -> Shape:
    """Return the sizes of the result; a negative dimension counts from the last."""
    reduced = _reduced(sizes, dims)
    if keepdim:
        return tuple(1 if dim in reduced else size for dim, size in enumerate(sizes))
    return tuple(size for dim, size in enumerate(sizes) if dim not in reduced)


def groups(values: Sequence[int], sizes: Shape, dims: Sequence[int]) -> list[list[int]]:
    """Return the elements that each element of the result is made of."""
    reduced = _reduced(sizes, dims)
    members: dict[Shape, list[int]] = {
        index: []
        for index in itertools.product(
            *(range(1 if d in reduced else size) for d, size in enumerate(sizes))
        )
    }
    for value, index in zip(values, itertools.product(*map(range, sizes)), strict=True):
        place = tuple(0 if dim in reduced else i for dim, i in enumerate(index))
        members[place].append(value)
    return list(members.values())


def _reduced(sizes: Shape, dims: Sequence[int]) -> set[int]:
    if not dims:
        return set(range(len(sizes)))
    return {dim % len(sizes) for dim in dims}

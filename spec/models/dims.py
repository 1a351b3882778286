"""Reordering the dimensions of a tensor.

An order says, for each dimension of the result, which dimension of the source it is.
Sizes and strides go along with their dimension, and nothing else changes: the result
lies over the same storage, from the same offset.
"""

from spec.models.views import Layout


def swapped(dims, a, b):
    """The order that exchanges the dimensions ``a`` and ``b`` of ``dims``.

    Both may be negative, and then count from the end.
    """
    order = list(range(dims))
    order[a], order[b] = order[b], order[a]
    return order


def moved(dims, source, destination):
    """The order that moves the dimensions ``source`` to the places ``destination``.

    The dimensions that are not moved fill the other places, in the order they had.
    """
    source = [dim % dims for dim in source]
    destination = [dim % dims for dim in destination]
    staying = iter(dim for dim in range(dims) if dim not in source)
    arriving = dict(zip(destination, source))
    return [
        arriving[place] if place in arriving else next(staying) for place in range(dims)
    ]


def permuted(layout, order):
    """The layout whose dimension i is the dimension ``order[i]`` of ``layout``."""
    return Layout(
        tuple(layout.sizes[dim] for dim in order),
        tuple(layout.strides[dim] for dim in order),
        layout.offset,
    )

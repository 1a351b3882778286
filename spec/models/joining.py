"""Joining nested lists, as tensors are joined.

A tensor is given as the nested list that ``Tensor.tolist()`` makes of it. To join along
the first dimension is to append the lists; to join along a later one is to do that to
the lists at each index of the first.
"""


def joined(lists, dim):
    """The lists joined along a dimension that they have."""
    if dim == 0:
        return [item for each in lists for item in each]
    return [joined(items, dim - 1) for items in zip(*lists)]


def stacked(lists, dim):
    """The lists joined along a new dimension, at the place ``dim``."""
    if dim == 0:
        return list(lists)
    return [stacked(items, dim - 1) for items in zip(*lists)]


def row(values, dims):
    """A number as [[n]], a vector as the one row of a matrix; more as they are."""
    return [[values]] if dims == 0 else [values] if dims == 1 else values


def column(values, dims):
    """A number as [[n]], a vector as the one column of a matrix; more as they are."""
    values = [values] if dims == 0 else values
    return [[n] for n in values] if dims < 2 else values


def slab(values, dims):
    """What has less than three dimensions, as a matrix whose elements are [n] each."""
    rows = row(values, dims)
    return [[[n] for n in line] for line in rows] if dims < 3 else rows

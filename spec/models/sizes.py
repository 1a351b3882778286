"""Counting the dimensions and the elements of a tensor.

A shape is a sequence of sizes, one for each dimension, and it may be empty. There are
as many elements as there are ways to choose an index in every dimension: the product of
the sizes, which is 1 for no dimensions and 0 as soon as one size is 0.
"""


def count(shape):
    """The number of elements of a tensor of this shape."""
    total = 1
    for size in shape:
        total *= size
    return total


def out_of_range(dim, dims):
    """The message for a dimension that a tensor of ``dims`` dimensions does not have.

    It is None where there is such a dimension: from 0 on, or from -1 backwards.
    """
    if -dims <= dim < dims:
        return None
    if dims == 0:
        return f"Dimension specified as {dim} but tensor has no dimensions"
    return (
        f"Dimension out of range (expected to be in range of [{-dims}, {dims - 1}],"
        f" but got {dim})"
    )

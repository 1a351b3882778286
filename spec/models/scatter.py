"""Where scatter() writes, and what is there afterwards.

Elements are numbered in row-major order from 0, as in the model of indexing; tensors
are flat lists of their elements.
"""

from math import prod

from hypothesis import strategies as st

from spec.models.indexing import gathered, place, positions


def sources(index_sizes, source_sizes):
    """The place in the source that each entry of the index takes its value from.

    It is the entry's own position: of a larger source only that part is used.
    """
    return [place(position, source_sizes) for position in positions(index_sizes)]


def scattered(elements, sizes, dim, index, index_sizes, values):
    """The elements after each value is written to its place, in the order given.

    A value is written to its own position, but along ``dim`` to where the index at that
    position says: where gather() with this index would read.
    """
    result = list(elements)
    for target, value in zip(gathered(sizes, dim, index, index_sizes), values):
        result[target] = value
    return result


def summed(elements, sizes, dim, index, index_sizes, values):
    """The elements after each value is added to what is at its place."""
    result = list(elements)
    for target, value in zip(gathered(sizes, dim, index, index_sizes), values):
        result[target] += value
    return result


# --- what the properties are checked on -----------------------------------------------


@st.composite
def scatters(draw, unique):
    """Draw a shape, a dimension, an index with its shape, and the shape of a source.

    If they are to be unique, no two entries of the index name the same place.
    """
    sizes = draw(st.sampled_from([(2, 3), (3, 2), (2, 3, 2), (4,)]))
    dim = draw(st.integers(0, len(sizes) - 1))
    most = sizes[dim] if unique else 4
    index_sizes = tuple(
        draw(st.sampled_from([most, 1, 0] if d == dim else [size, size - 1]))
        for d, size in enumerate(sizes)
    )
    source_sizes = tuple(size + draw(st.integers(0, 1)) for size in index_sizes)
    if unique:
        order = draw(st.permutations(range(sizes[dim])))
        index = [
            order[sum(position) % sizes[dim]] for position in positions(index_sizes)
        ]
    else:
        count = prod(index_sizes)
        entries = st.integers(0, sizes[dim] - 1)
        index = draw(st.lists(entries, min_size=count, max_size=count))
    return sizes, dim, index, index_sizes, source_sizes

"""Which elements of a tensor an index picks, and how they are arranged.

A tensor's elements are numbered in row-major order from 0, so that an element is known
by its place. All rules below say, for each element of a result, at which place of the
source it lies.
"""

from itertools import product
from math import prod

from hypothesis import strategies as st

from spec.models.views import Layout, row_major_strides


def positions(sizes):
    """Every position in a tensor, the last index running fastest."""
    return list(product(*map(range, sizes)))


def place(position, sizes):
    """The place of a position: each index counts for the sizes to its right."""
    return sum(i * prod(sizes[d + 1 :]) for d, i in enumerate(position))


def basic(sizes, index):
    """How ``tensor[index]`` lies over the storage of a row-major tensor.

    An int takes its element of a dimension, which goes away. A slice keeps the
    dimension, with the elements and the length of ``range(size)[slice]``; its step
    multiplies the stride. None adds a dimension of size 1. An ellipsis leaves all
    dimensions that are not written as they are, and so does the end of the index.
    """
    index = index if Ellipsis in index else (*index, Ellipsis)
    written = sum(isinstance(part, (int, slice)) for part in index)
    at = index.index(Ellipsis)
    index = (
        *index[:at],
        *[slice(None)] * (len(sizes) - written),
        *index[at + 1 :],
    )
    source = list(zip(sizes, row_major_strides(sizes), strict=True))
    dims, offset = [], 0
    for part in index:
        if part is None:
            size, stride = source[0] if source else (1, 1)
            dims.append((1, size * stride))
        else:
            size, stride = source.pop(0)
            if isinstance(part, int):
                offset += range(size)[part] * stride
            else:
                picked = range(size)[part]
                offset += picked.start * stride
                dims.append((len(picked), picked.step * stride))
    new_sizes, strides = zip(*dims, strict=True) if dims else ((), ())
    return Layout(tuple(new_sizes), tuple(strides), offset)


def gathered(sizes, dim, index, index_sizes):
    """The place that each element of ``gather(dim, index)`` comes from.

    An element comes from its own position, but along ``dim`` from where the index at
    that position says.
    """
    places = []
    for position, chosen in zip(positions(index_sizes), index, strict=True):
        source = list(position)
        source[dim] = chosen
        places.append(place(source, sizes))
    return places


def selected(sizes, dim, index):
    """The place of each element of ``index_select(dim, index)``.

    The result has the source's sizes, but along ``dim`` one element for each entry of
    the index, which says where in the source it comes from.
    """
    new_sizes = (*sizes[:dim], len(index), *sizes[dim + 1 :])
    chosen = [index[position[dim]] for position in positions(new_sizes)]
    return gathered(sizes, dim, chosen, new_sizes)


# --- what the properties are checked on -----------------------------------------------

SHAPES = st.sampled_from([(2, 3), (4,), (2, 3, 2), (3, 1), (2, 0), ()])


def parts(size):
    """Ints and slices that a dimension of a size can be indexed with."""
    ends = st.sampled_from([None, 1, -1, 0, 2, -2, 5, -5])
    steps = st.sampled_from([None, 2, 1, 3])
    slices = st.builds(slice, ends, ends, steps)
    return st.integers(-size, size - 1) | slices if size else slices


@st.composite
def basic_indices(draw):
    """Draw a shape and an index of ints, slices, None and at most one ellipsis."""
    sizes = draw(SHAPES)
    kept = draw(st.integers(0, len(sizes)))
    front = [draw(parts(size)) for size in sizes[:kept]]
    back = []
    if draw(st.booleans()):
        written = draw(st.integers(kept, len(sizes)))
        back = [Ellipsis, *(draw(parts(size)) for size in sizes[written:])]
    index = [*front, *back]
    for _ in range(draw(st.integers(0, 2))):
        index.insert(draw(st.integers(0, len(index))), None)
    return sizes, tuple(index)


@st.composite
def indices_along_a_dim(draw):
    """Draw a shape, a dimension, and a list of entries that the dimension has."""
    sizes = draw(st.sampled_from([(2, 3), (4,), (2, 3, 2), (3, 1)]))
    dim = draw(st.integers(0, len(sizes) - 1))
    index = draw(st.lists(st.integers(0, sizes[dim] - 1), max_size=4))
    return sizes, dim, index


@st.composite
def indices_for_gather(draw):
    """Draw a shape, a dimension, and an index that gather() accepts, with its shape."""
    sizes = draw(st.sampled_from([(2, 3), (4,), (2, 3, 2), (3, 1)]))
    dim = draw(st.integers(0, len(sizes) - 1))
    index_sizes = tuple(
        draw(st.sampled_from([2, 1, 4, 0] if d == dim else [size, max(size - 1, 1)]))
        for d, size in enumerate(sizes)
    )
    entries = st.integers(0, sizes[dim] - 1)
    count = prod(index_sizes)
    index = draw(st.lists(entries, min_size=count, max_size=count))
    return sizes, dim, index, index_sizes


@st.composite
def indices_for_take(draw):
    """Draw a shape, and an index into its elements, from either end, with its shape."""
    sizes = draw(st.sampled_from([(2, 3), (4,), (2, 3, 2), ()]))
    index_sizes = draw(st.sampled_from([(3,), (2, 2), (), (0,), (1, 4)]))
    entries = st.integers(-prod(sizes), prod(sizes) - 1)
    count = prod(index_sizes)
    index = draw(st.lists(entries, min_size=count, max_size=count))
    return sizes, index, index_sizes

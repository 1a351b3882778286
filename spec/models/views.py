"""Where the elements of a strided tensor lie, and which views of it there are.

A tensor is laid over a storage, which is one row of elements: a place in it is a number
counted from 0. The tensor's sizes, strides and offset, all counted in elements, say at
which place each of its elements lies.
"""

from functools import cache
from itertools import permutations, product
from math import prod
from typing import NamedTuple

from hypothesis import strategies as st


class Layout(NamedTuple):
    """How a tensor is laid over its storage."""

    sizes: tuple
    strides: tuple
    offset: int = 0

    @property
    def places(self):
        """The place of each element, in row-major order: the last index runs fastest.

        An element lies at the offset plus each of its indices times the stride there.
        """
        return [
            self.offset + sum(i * stride for i, stride in zip(index, self.strides))
            for index in product(*map(range, self.sizes))
        ]

    @property
    def extent(self):
        """The number of elements that a storage needs to hold the tensor."""
        return max(self.places, default=self.offset) + 1


def row_major_strides(sizes):
    """The strides of a tensor whose elements lie in row-major order without gaps.

    A step along a dimension passes over all that is to its right: its stride is the
    product of the sizes to its right, in which an empty dimension counts as one.
    """
    return tuple(prod(max(n, 1) for n in sizes[d + 1 :]) for d in range(len(sizes)))


def nested(values, sizes):
    """A flat list regrouped in row-major order, as ``Tensor.tolist()`` nests it."""
    if not sizes:
        return values[0]
    step = prod(sizes[1:])
    return [nested(values[k * step :][:step], sizes[1:]) for k in range(sizes[0])]


def inferred(sizes, numel):
    """The sizes with a -1 among them replaced by what makes up ``numel`` elements.

    None if there are no such sizes, or more than one choice.
    """
    known = prod(n for n in sizes if n != -1)
    if sizes.count(-1) == 1 and known and numel % known == 0:
        return tuple(numel // known if n == -1 else n for n in sizes)
    return tuple(sizes) if -1 not in sizes and known == numel else None


def view_strides(layout, sizes):
    """The strides of the view with these sizes, or None if there is no such view.

    A view moves nothing: its k-th element in row-major order lies where its source's
    k-th element lies. A dimension's stride is therefore the way from the first element
    to the one a step along; the view exists if such strides lead to every element.

    Along a dimension of size one there is no step. Its stride goes on from its right
    neighbour as if the two were row-major, and the last one takes the source's last.
    Where there are no elements, a view of the source's sizes keeps the source's strides
    and any other is row-major.
    """
    if 0 in layout.sizes:
        same = tuple(sizes) == layout.sizes
        return layout.strides if same else row_major_strides(sizes)
    places = layout.places
    strides = ()
    for d in reversed(range(len(sizes))):
        if sizes[d] > 1:
            stride = places[prod(sizes[d + 1 :])] - places[0]
        elif strides:
            stride = sizes[d + 1] * strides[0]
        else:
            stride = layout.strides[-1] if layout.strides else 1
        strides = (stride, *strides)
    view = Layout(tuple(sizes), strides, layout.offset)
    return strides if view.places == places else None


# --- what the properties are checked on -----------------------------------------------

SOURCES = ((), (4,), (6,), (2, 3), (3, 4), (4, 1, 3), (2, 2, 3), (2, 3, 2))
EMPTY_SOURCES = ((0,), (0, 3), (2, 0, 3))
CUTS = (slice(None), slice(1, None), slice(None, None, 2))


@cache
def layouts_of(sizes):
    """What slicing, expanding and permuting make of a row-major tensor."""
    found = {}
    for cuts in product(CUTS, repeat=len(sizes)):
        dims, offset = [], 0
        for size, stride, cut in zip(sizes, row_major_strides(sizes), cuts):
            kept = range(size)[cut]
            dims.append((len(kept), stride * kept.step))
            offset += stride * kept.start
        for laid in [dims, [*dims, (2, 0)]] if len(dims) < 3 else [dims]:
            for order in permutations(laid):
                sizes_strides = [tuple(part) for part in zip(*order)] or [(), ()]
                found[Layout(*sizes_strides, offset)] = None
    return [layout for layout in found if (0 in layout.sizes) == (0 in sizes)]


@cache
def shapes_of(numel, dims=4):
    """Shapes of ``numel`` elements, at most ``dims`` dimensions and one of size one."""
    if numel == 0:
        some = [sizes for n in (1, 2, 3) for sizes in product(range(4), repeat=n)]
        return [sizes for sizes in some if 0 in sizes]
    found = [()] if numel == 1 else []
    if dims:
        for n in range(1, numel + 1):
            if numel % n == 0:
                found += [(n, *rest) for rest in shapes_of(numel // n, dims - 1)]
    return sorted((sizes for sizes in found if sizes.count(1) < 2), key=len)


@cache
def views_of(layout):
    """The shapes that a layout has a view of, and those that it has none of.

    Those that only insert or remove sizes of one count if there are no others.
    """
    sizes = shapes_of(prod(layout.sizes))
    there = [s for s in sizes if view_strides(layout, s) is not None]
    old = [n for n in layout.sizes if n != 1]
    regrouped = [s for s in there if [n for n in s if n != 1] != old]
    return regrouped or there, [s for s in sizes if s not in there]


shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)
layouts = st.sampled_from(SOURCES).flatmap(lambda s: st.sampled_from(layouts_of(s)))
empty_layouts = st.sampled_from(EMPTY_SOURCES).flatmap(
    lambda sizes: st.sampled_from(layouts_of(sizes))
)


@st.composite
def compatible_views(draw, layouts=layouts):
    """A layout, and the sizes of a view that it has."""
    layout = draw(layouts)
    return layout, draw(st.sampled_from(views_of(layout)[0]))


@st.composite
def incompatible_views(draw):
    """A layout, and sizes of as many elements that it has no view of."""
    layout = draw(layouts.filter(lambda layout: views_of(layout)[1]))
    return layout, draw(st.sampled_from(views_of(layout)[1]))


@st.composite
def ranges_of_dims(draw):
    """A layout with dimensions, and the first and the last of a range of them."""
    layout = draw(layouts.filter(lambda layout: layout.sizes))
    start = draw(st.integers(0, len(layout.sizes) - 1))
    return layout, start, draw(st.integers(start, len(layout.sizes) - 1))


def _with_one_unknown(sizes, left_over, position):
    return prod(sizes) * left_over, (*sizes[:position], -1, *sizes[position:])


# A number of elements, and sizes with a -1 that has to be inferred for it; and such a
# number with sizes that are no shape of so many elements.
inferable_sizes = st.builds(
    _with_one_unknown,
    st.lists(st.integers(1, 4), max_size=2),
    st.integers(0, 4),
    st.integers(0, 2),
)
impossible_sizes = st.tuples(
    st.integers(0, 9), st.lists(st.integers(-1, 4), max_size=3)
).filter(lambda case: inferred(case[1], case[0]) is None)

"""Which elements a mask picks, and where the elements that are not zero stand.

A mask is a tensor of True and False. All lists here are flat, in row-major order: the
last index runs fastest.
"""

from math import prod

from hypothesis import strategies as st

from spec.models.indexing import positions


def picked(elements, mask):
    """The elements at which the mask is True, in order."""
    return [element for element, true in zip(elements, mask, strict=True) if true]


def nonzero(elements, sizes):
    """The position of each element that is not zero, in row-major order."""
    return [list(position) for position in picked(positions(sizes), elements)]


# --- what the properties are checked on -----------------------------------------------


@st.composite
def masked(draw):
    """Draw a shape, and a mask for it as a flat list."""
    sizes = draw(st.sampled_from([(2, 3), (4,), (2, 3, 2), (3, 1), (2, 0), ()]))
    count = prod(sizes)
    return sizes, draw(st.lists(st.booleans(), min_size=count, max_size=count))

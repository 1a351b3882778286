"""When a layout is contiguous: the rule, from sizes and strides alone.

A stride says how far apart in the storage two elements are whose indices differ by one
in that dimension. A layout is contiguous, in row-major order, when going through the
indices with the last one running fastest goes through the storage one place at a time.
"""

from collections.abc import Sequence


def row_major_strides(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the strides of a new tensor: each the product of the sizes behind it.

    A size of 0 counts as 1 there.
    """
    strides: list[int] = []
    step = 1
    for size in reversed(sizes):
        strides.insert(0, step)
        step *= max(size, 1)
    return tuple(strides)


def is_contiguous(sizes: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether the elements lie in row-major order without gaps.

    A dimension of size 1 is never stepped through, so its stride does not matter; where
    there are no elements, no stride does.
    """
    if 0 in sizes:
        return True
    step = 1
    for size, stride in zip(reversed(sizes), reversed(strides), strict=True):
        if size == 1:
            continue
        if stride != step:
            return False
        step *= size
    return True

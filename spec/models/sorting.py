"""The order of numbers, and where each of them stood.

Numbers are ordered by their value, and nan comes after all of them, the infinite one
too. Numbers that are equal keep the order they had, also where the order is descending.
"""

import math
from collections.abc import Sequence


def order(values: Sequence[float], descending: bool = False) -> list[int]:
    """Return the indices of the numbers in their order."""

    def key(index: int) -> tuple[bool, float]:
        nan = math.isnan(values[index])
        return nan, 0 if nan else values[index]

    # sorted() keeps the order of equal keys, with reverse=True too.
    return sorted(range(len(values)), key=key, reverse=descending)


def ordered(values: Sequence[float], descending: bool = False) -> list[float]:
    """Return the numbers in their order."""
    return [values[i] for i in order(values, descending)]


def lower_median(values: Sequence[float]) -> float:
    """Return the number in the middle; of two in the middle the lower.

    It is nan if any of the numbers is.
    """
    if any(math.isnan(value) for value in values):
        return math.nan
    return ordered(values)[(len(values) - 1) // 2]

"""Boxes ``(x1, y1, x2, y2)``: how far they overlap, and which of them are kept."""

from collections.abc import Sequence
from fractions import Fraction

Box = Sequence[int]


def area(box: Box) -> int:
    """Return width times height."""
    return (box[2] - box[0]) * (box[3] - box[1])


def intersection_over_union(a: Box, b: Box) -> Fraction:
    """Return the area that both boxes cover over the area that either covers."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return Fraction(shared, area(a) + area(b) - shared)


def kept(boxes: Sequence[Box], scores: Sequence[float], most: Fraction) -> list[int]:
    """Return the indices of the boxes that non-maximum suppression keeps.

    From the highest score to the lowest, a box is kept if it overlaps none of those
    kept before by more than the most that is allowed.

    Args:
        boxes: the boxes.
        scores: one per box, all different.
        most: the largest intersection over union of two boxes that are kept.
    """
    chosen: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        overlaps = [intersection_over_union(boxes[i], boxes[j]) for j in chosen]
        if all(overlap <= most for overlap in overlaps):
            chosen.append(i)
    return chosen

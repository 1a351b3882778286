"""What samplers promise: which numbers they give, and how they are grouped."""

from collections import Counter
from collections.abc import Sequence


def batches(
    numbers: Sequence[int], batch_size: int, drop_last: bool
) -> list[list[int]]:
    """Cut numbers into batches in their order.

    Every batch is full but perhaps the last one, which ``drop_last`` leaves out.
    """
    cut = [
        list(numbers[start : start + batch_size])
        for start in range(0, len(numbers), batch_size)
    ]
    return [batch for batch in cut if len(batch) == batch_size or not drop_last]


def count(size: int, batch_size: int, drop_last: bool) -> int:
    """How many batches there are: ``size / batch_size``, rounded up.

    It is rounded down where the last, incomplete batch is left out.
    """
    whole, rest = divmod(size, batch_size)
    return whole if drop_last or not rest else whole + 1


def rounds_are_even(drawn: Sequence[int], size: int) -> bool:
    """Whether every full round of ``size`` numbers has each below ``size`` once.

    The last round may be cut short: it has no number twice.
    """
    rounds = [drawn[start : start + size] for start in range(0, len(drawn), size)]
    return all(
        max(Counter(each).values()) == 1 and set(each) <= set(range(size))
        for each in rounds
    )

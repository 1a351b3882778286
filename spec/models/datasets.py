"""Where the samples of combined and of split datasets come from."""

from collections.abc import Sequence


def place(sizes: Sequence[int], index: int) -> tuple[int, int]:
    """Dataset and number within it of a sample of datasets laid end to end.

    A negative index counts from the end of the last dataset.
    """
    samples = [(d, i) for d, size in enumerate(sizes) for i in range(size)]
    return samples[index]


def shares(size: int, eighths: Sequence[int]) -> list[int]:
    """How many of ``size`` samples each part gets, its fraction given in eighths.

    Every part gets its fraction rounded down. What remains is dealt out one by one,
    from the first part on.
    """
    counts = [size * eighth // 8 for eighth in eighths]
    for dealt in range(size - sum(counts)):
        counts[dealt % len(counts)] += 1
    return counts

"""Where a dimension is cut, as ranges of the indices along it: one for each piece."""

from math import ceil


def pieces_of(size, length):
    """Pieces of one length, of which the last is shorter if they do not divide up.

    There is at least one piece.
    """
    starts = range(0, size, length) if size else [0]
    return [range(size)[start : start + length] for start in starts]


def chunks_of(size, chunks):
    """At most so many pieces, as long as the longest of that number has to be.

    Where there is nothing to cut there are exactly so many, all empty.
    """
    if size == 0:
        return [range(0)] * chunks
    return pieces_of(size, ceil(size / chunks))


def lengths_of(lengths):
    """Pieces of these lengths, one behind another."""
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return [range(start, start + n) for start, n in zip(starts, lengths)]


def sections_of(size, sections):
    """Exactly so many pieces, of which the first ones are longer by one if need be."""
    short, longer = divmod(size, sections)
    return lengths_of([short + 1] * longer + [short] * (sections - longer))


def cut_at(size, positions):
    """The pieces between cut positions, as slices: a negative one counts from the end.

    From the beginning to the first, from each to the next, from the last to the end.
    """
    starts, ends = [None, *positions], [*positions, None]
    return [range(size)[start:end] for start, end in zip(starts, ends)]

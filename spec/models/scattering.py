"""How DataParallel cuts a batch: the rule in plain Python."""


def chunk_sizes(rows, devices):
    """Sizes of the pieces of a batch: all but the last are of the same size.

    The size is that of an equal share, rounded up, so that there may be fewer pieces
    than devices.
    """
    share = max(1, -(-rows // devices))
    return [min(share, rows - start) for start in range(0, rows, share)]

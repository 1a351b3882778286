"""Diagonals of a matrix.

The diagonal with offset k holds the elements whose column is k more than their row. It
begins at the left edge for an offset below 0 and at the top for one above, and ends
where the matrix does. A matrix is a list of rows; the number of columns is given apart,
since without rows it can't be seen.
"""


def diagonal(rows, columns, offset):
    """The elements of a matrix on the diagonal with this offset, from the top down."""
    return [
        row[number + offset]
        for number, row in enumerate(rows)
        if 0 <= number + offset < columns
    ]


def with_diagonal(elements, offset):
    """The square matrix that has these elements on a diagonal, and else zeros."""
    size = len(elements) + abs(offset)
    matrix = [[0] * size for _ in range(size)]
    for number, element in enumerate(elements):
        matrix[number + max(-offset, 0)][number + max(offset, 0)] = element
    return matrix

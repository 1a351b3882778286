"""Derivatives in plain Python: of programs, of compositions, of polynomials."""

import math
from collections.abc import Sequence


def slopes(
    program: Sequence[tuple[str, int, int]], inputs: Sequence[float]
) -> list[float]:
    """Return the derivative of a program's last number by each of its inputs.

    A program is a list of steps over a growing list of numbers, which begins with the
    inputs: ``("add", i, j)``, ``("sub", i, j)`` and ``("mul", i, j)`` append the sum,
    the difference or the product of the numbers at ``i`` and ``j``.

    Each number carries its slopes along. A sum has the sum of the slopes of its terms,
    and of a product each factor's slopes count as often as the other factor says.
    """
    places = range(len(inputs))
    values = list(inputs)
    rows = [[float(place == index) for place in places] for index in places]
    for kind, i, j in program:
        a, b = values[i], values[j]
        value, by_a, by_b = {
            "add": (a + b, 1.0, 1.0),
            "sub": (a - b, 1.0, -1.0),
            "mul": (a * b, b, a),
        }[kind]
        pairs = zip(rows[i], rows[j], strict=True)
        values.append(value)
        rows.append([by_a * p + by_b * q for p, q in pairs])
    return rows[-1]


def composed(names: Sequence[str], x: float) -> float:
    """Apply steps to a number, one after the other, and return the result.

    The step ``plus`` adds ``x`` to what is there, and ``times`` multiplies by it.
    """
    y = x
    for name in names:
        if name == "plus":
            y = y + x
        elif name == "times":
            y = y * x
        else:
            y = getattr(math, name)(y)
    return y


def difference(names: Sequence[str], x: float, step: float = 1e-5) -> float:
    """Return the slope of ``composed`` at ``x``, as a central finite difference."""
    return (composed(names, x + step) - composed(names, x - step)) / (2 * step)


def transposed_product(
    matrix: Sequence[Sequence[float]], vector: Sequence[float]
) -> list[float]:
    """Return the product of a matrix's transpose with a vector.

    It is the gradient, by ``x``, of the vector's dot product with ``matrix @ x``.
    """
    return [
        sum(v * row[column] for v, row in zip(vector, matrix, strict=True))
        for column in range(len(matrix[0]))
    ]


def polynomial(coefficients: Sequence[int], order: int, x: int) -> int:
    """Return a derivative of some order of a polynomial, lowest power first, at ``x``.

    The first derivative of ``c * x**k`` is ``k * c * x**(k - 1)``.
    """
    left = list(coefficients)
    for _ in range(order):
        left = [k * c for k, c in enumerate(left)][1:]
    return sum(c * x**k for k, c in enumerate(left))

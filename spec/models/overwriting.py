"""The rule of gradients through in-place writes, in plain Python.

Each element is followed by itself. Multiplying it multiplies its derivative with
respect to its first value, adding a number leaves the derivative as it is, and
overwriting it makes the derivative zero.
"""


def overwrite(
    values: list[int], writes: list[tuple[str, slice, int]]
) -> tuple[list[int], list[int]]:
    """Return the values after some writes, and their derivatives by the first values.

    Args:
        values: the elements before the first write.
        writes: ``"mul"``, ``"add"`` or ``"fill"``, the elements concerned, a number.
    """
    values, derivatives = list(values), [1] * len(values)
    for word, elements, number in writes:
        for i in range(len(values))[elements]:
            if word == "mul":
                values[i] *= number
                derivatives[i] *= number
            elif word == "add":
                values[i] += number
            else:
                values[i] = number
                derivatives[i] = 0
    return values, derivatives

"""What the hooks on a tensor make of its gradient."""

from collections.abc import Sequence


def passed_on(gradient: int, hooks: Sequence[tuple[str, int]]) -> tuple[list[int], int]:
    """What each hook receives, and the gradient that flows on after all of them.

    The hooks run in the order in which they were registered, each on what the one
    before it made of the gradient. A hook is what it does and a number:

    - ``("look", k)``: returns nothing, so that the gradient stays as it is.
    - ``("times", k)``: returns the gradient times ``k``.
    - ``("plus", k)``: returns the gradient plus ``k``.
    - ``("gone", k)``: was removed before the pass.
    """
    received = []
    for kind, number in hooks:
        if kind == "gone":
            continue
        received.append(gradient)
        if kind == "times":
            gradient *= number
        elif kind == "plus":
            gradient += number
    return received, gradient

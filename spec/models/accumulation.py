"""What a sequence of backward passes, zeroings and resets leaves in ``.grad``.

A leaf starts without a gradient. A backward pass adds its own gradient to what is
there, a zeroing turns what is there into zeros, and a reset removes it. Besides the
value there is a question of identity: which of these steps go on with the same tensor,
and which put a new one in its place?
"""

from collections.abc import Iterator, Sequence
from itertools import product


def history(
    steps: Sequence[tuple[str, int]],
) -> Iterator[tuple[int | None, int | None]]:
    """Yield, after each step, the gradient of one element and the number of its tensor.

    The tensors that become ``.grad`` are numbered from 0 in order of appearance. Both
    are None while there is no gradient. A step is a kind and a number:

    - ``("pass", g)``: a backward pass whose own gradient is ``g``. The first one makes
      a tensor, later ones add into it.
    - ``("recorded pass", g)``: the same with ``create_graph=True``; the sum is always a
      new tensor, since the old one may be part of a graph.
    - ``("zero", 0)``: zeros, in the same tensor; nothing happens if there is none.
    - ``("reset", 0)``: no gradient.
    """
    value: int | None = None
    tensor: int | None = None
    made = 0
    for kind, own in steps:
        if kind == "reset":
            value = tensor = None
        elif kind == "zero":
            value = None if value is None else 0
        else:
            if tensor is None or kind == "recorded pass":
                tensor, made = made, made + 1
            value = own + (value or 0)
        yield value, tensor


def summed_to(shape: Sequence[int], large: Sequence[int]) -> list[int]:
    """Gradient of a tensor of ``shape`` that was broadcast to the shape ``large``.

    The gradient of the large tensor counts up in row-major order: 0, 1, 2, ... An
    element of the small tensor gets the sum over all places that it was copied to. The
    result is flat, in row-major order.
    """
    missing = len(large) - len(shape)
    sums = dict.fromkeys(product(*map(range, shape)), 0)
    for number, index in enumerate(product(*map(range, large))):
        own = zip(index[missing:], shape, strict=True)
        sums[tuple(i if size > 1 else 0 for i, size in own)] += number
    return list(sums.values())


def filled(shape: Sequence[int], value: int) -> list | int:
    """Nested lists of a shape with the same value everywhere; no list for no dims."""
    if not shape:
        return value
    return [filled(shape[1:], value) for _ in range(shape[0])]

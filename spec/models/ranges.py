"""Which numbers a range has: at equal steps, or a given count between two ends."""

from fractions import Fraction
from math import ceil

from hypothesis import strategies as st


def length_of_arange(start, end, step):
    """The length of a range from start towards end, without end, in steps.

    It is the number of steps that it takes to reach the end or pass it: the distance
    divided by the step, rounded up. Subtraction and division are those of floats with
    64 bits, each of which rounds its result.
    """
    return ceil((float(end) - float(start)) / float(step))


def arange(start, end, step):
    """The elements of a range whose numbers are all exact: start plus i steps."""
    return [start + i * step for i in range(length_of_arange(start, end, step))]


def linspace(start, end, steps):
    """So many numbers from start to end, both included, at equal distances; exact.

    Of one number that is the start.
    """
    if steps == 1:
        return [Fraction(start)]
    gap = Fraction(end - start, max(steps - 1, 1))
    return [start + i * gap for i in range(steps)]


# --- what the properties are checked on -----------------------------------------------

# In eighths, so that sums and products of a few of them are exact in 32 bits.
EIGHTHS = st.integers(-24, 24).map(lambda n: n / 8)


@st.composite
def ranges(draw, numbers, steps):
    """Draw a start, an end and a step that leads from the one toward the other."""
    start, end = draw(numbers), draw(numbers)
    step = abs(draw(steps))
    return start, end, step if end >= start else -step

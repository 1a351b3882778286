"""Convolution and pooling in plain Python: how large the output is, and what is in it.

Everything happens along any number of axes at once. A tuple has one entry per axis; an
image is a nested list ``[channel][y][x]``, with as many axes after the channel as the
tuples have entries. Images have no batch dimension here: the samples of a batch don't
meet.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

Axes = tuple[int, ...]
Nested = Any  # a number, or a list of Nested


# --- sizes, along one axis ------------------------------------------------------------


def reach(kernel: int, dilation: int) -> int:
    """Return how many positions a kernel covers, the gaps between its taps included."""
    return dilation * (kernel - 1) + 1


def conv_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Return at how many places a kernel fits into the padded input."""
    return (size + 2 * padding - reach(kernel, dilation)) // stride + 1


def transposed_size(
    size: int, kernel: int, stride: int, padding: int, dilation: int, extra: int = 0
) -> int:
    """Return the size of a transposed convolution's output.

    It is the smallest size from which a convolution gets back to ``size``, and
    ``extra`` (the output padding) more.
    """
    return (size - 1) * stride + reach(kernel, dilation) - 2 * padding + extra


def pool_size(
    size: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool
) -> int:
    """Return how many windows pooling takes.

    Windows that don't fit are left out, as in a convolution. In ceil mode a window may
    hang over the end, as long as it begins before the end of the input itself: one that
    would begin in the padding on the right, or beyond, is left out.
    """
    room = size + 2 * padding - reach(kernel, dilation)
    if not ceil:
        return room // stride + 1
    windows = -(-room // stride) + 1
    begins_inside = (windows - 1) * stride < size + padding
    return windows if begins_inside else windows - 1


def adaptive_bin(size: int, bins: int, number: int) -> range:
    """Return the positions of one bin of adaptive pooling.

    The bins cut the input at the multiples of size / bins; a position that a cut goes
    through belongs to both sides.
    """
    return range(number * size // bins, -(-(number + 1) * size // bins))


def adaptive_bins(size: Axes, bins: Axes) -> list[list[int]]:
    """Return the pixels of every bin of a plane, numbered in reading order."""
    return [
        [number(pixel, size) for pixel in itertools.product(*ranges)]
        for ranges in itertools.product(
            *(
                [adaptive_bin(n, count, i) for i in range(count)]
                for n, count in zip(size, bins, strict=True)
            )
        )
    ]


# --- convolution ----------------------------------------------------------------------


class Conv(NamedTuple):
    """How a kernel goes over an image; tuples have one entry per axis."""

    kernel: Axes
    stride: Axes
    padding: Axes
    dilation: Axes
    groups: int = 1

    def size_of(self, size: Axes) -> Axes:
        """Return the size of a convolution's output."""
        return tuple(map(conv_size, size, *self[:4]))

    def transposed_size_of(self, size: Axes, extra: Axes) -> Axes:
        """Return the size of a transposed convolution's output."""
        return tuple(map(transposed_size, size, *self[:4], extra))

    def contacts(self, size: Axes, places: Axes) -> Iterator[tuple[Axes, Axes, Axes]]:
        """Yield every meeting of a tap with a pixel: the place, the tap, the pixel.

        At place ``o`` along an axis, tap ``k`` lies on pixel ``o * stride +
        k * dilation - padding``. Taps that lie on the padding meet nothing.
        """
        for place in indices(places):
            for tap in indices(self.kernel):
                pixel = tuple(
                    o * stride + k * dilation - padding
                    for o, k, stride, padding, dilation in zip(
                        place, tap, *self[1:4], strict=True
                    )
                )
                if all(0 <= p < n for p, n in zip(pixel, size, strict=True)):
                    yield place, tap, pixel

    def channels(self, outer: int, inner: int) -> Iterator[tuple[int, int, int]]:
        """Yield the channels that are connected: outer, inner, and inner in its group.

        The outer channels are those that the weight's first dimension counts.
        """
        for o in range(outer):
            group = o // (outer // self.groups)
            for i in range(inner // self.groups):
                yield o, group * (inner // self.groups) + i, i


def convolve(conv: Conv, image: Nested, weight: Nested, bias: list[float]) -> Nested:
    """Return the cross-correlation with a weight [out][in / groups][tap]."""
    size = shape(image)[1:]
    places = conv.size_of(size)
    result = filled((len(weight), *places), lambda index: bias[index[0]])
    for place, tap, pixel in conv.contacts(size, places):
        for o, i, in_group in conv.channels(len(weight), len(image)):
            product = at(weight[o][in_group], tap) * at(image[i], pixel)
            add(result[o], place, product)
    return result


def convolve_backward(
    conv: Conv, image: Nested, weight: Nested, gradient: Nested
) -> tuple[Nested, Nested, Nested]:
    """Return the gradients of image, weight and bias, given the output's."""
    size = shape(image)[1:]
    of_image = filled(shape(image), lambda index: 0)
    of_weight = filled(shape(weight), lambda index: 0)
    for place, tap, pixel in conv.contacts(size, shape(gradient)[1:]):
        for o, i, in_group in conv.channels(len(weight), len(image)):
            above = at(gradient[o], place)
            add(of_image[i], pixel, above * at(weight[o][in_group], tap))
            add(of_weight[o][in_group], tap, above * at(image[i], pixel))
    return of_image, of_weight, [total(channel) for channel in gradient]


def convolve_transposed(
    conv: Conv, image: Nested, weight: Nested, bias: list[float], extra: Axes
) -> Nested:
    """Return the transposed convolution with a weight [in][out / groups][tap].

    Each pixel puts a copy of the kernel, multiplied by itself, into the output; copies
    that overlap add up.
    """
    places = shape(image)[1:]
    size = conv.transposed_size_of(places, extra)
    result = filled((len(bias), *size), lambda index: bias[index[0]])
    for place, tap, pixel in conv.contacts(size, places):
        for i, o, in_group in conv.channels(len(image), len(bias)):
            product = at(weight[i][in_group], tap) * at(image[i], place)
            add(result[o], pixel, product)
    return result


def convolve_transposed_backward(
    conv: Conv, image: Nested, weight: Nested, gradient: Nested
) -> tuple[Nested, Nested, Nested]:
    """Return the gradients of image, weight and bias, given the output's."""
    of_image = filled(shape(image), lambda index: 0)
    of_weight = filled(shape(weight), lambda index: 0)
    for place, tap, pixel in conv.contacts(shape(gradient)[1:], shape(image)[1:]):
        for i, o, in_group in conv.channels(len(image), len(gradient)):
            above = at(gradient[o], pixel)
            add(of_image[i], place, above * at(weight[i][in_group], tap))
            add(of_weight[i][in_group], tap, above * at(image[i], place))
    return of_image, of_weight, [total(channel) for channel in gradient]


# --- pooling --------------------------------------------------------------------------


class Pool(NamedTuple):
    """How windows go over an image; tuples have one entry per axis."""

    kernel: Axes
    stride: Axes
    padding: Axes
    dilation: Axes
    ceil: bool = False

    def size_of(self, size: Axes) -> Axes:
        """Return how many windows there are."""
        return tuple(
            pool_size(*axis, ceil=self.ceil)
            for axis in zip(size, *self[:4], strict=True)
        )

    def window(self, place: Axes, size: Axes) -> list[Axes]:
        """Return the pixels in one window, in reading order."""
        along = [
            [
                pixel
                for tap in range(kernel)
                if 0 <= (pixel := o * stride + tap * dilation - padding) < n
            ]
            for o, n, kernel, stride, padding, dilation in zip(
                place, size, *self[:4], strict=True
            )
        ]
        return list(itertools.product(*along))

    def padded_area(self, place: Axes, size: Axes) -> int:
        """Return how many positions of input and padding an undilated window covers.

        What hangs over the end of the padding, in ceil mode, does not count.
        """
        return math.prod(
            min(o * stride + kernel, n + 2 * padding) - o * stride
            for o, n, kernel, stride, padding in zip(
                place, size, *self[:3], strict=True
            )
        )


def largest(pool: Pool, plane: Nested, place: Axes) -> Axes:
    """Return the pixel of a window's largest value; of equals, the first.

    The padding is never taken.
    """
    return max(pool.window(place, shape(plane)), key=lambda pixel: at(plane, pixel))


def max_pool(pool: Pool, plane: Nested) -> tuple[Nested, Nested]:
    """Return the largest value of each window, and which pixel it is of the plane's.

    The pixels are numbered in reading order.
    """
    size = shape(plane)
    windows = pool.size_of(size)
    return (
        filled(windows, lambda place: at(plane, largest(pool, plane, place))),
        filled(windows, lambda place: number(largest(pool, plane, place), size)),
    )


def max_pool_backward(pool: Pool, plane: Nested, gradient: Nested) -> Nested:
    """Return the plane's gradient: what each window has goes to its largest value."""
    result = filled(shape(plane), lambda index: 0)
    for place in indices(shape(gradient)):
        add(result, largest(pool, plane, place), at(gradient, place))
    return result


class Average(NamedTuple):
    """A pooling that divides the sum of each window.

    The divisor is how many positions the window has in the input, or with its padding;
    or one number for all.
    """

    pool: Pool
    with_padding: bool
    for_all: int | None = None

    def divisor(self, place: Axes, size: Axes) -> int:
        """Return what a window's sum is divided by."""
        if self.for_all is not None:
            return self.for_all
        if self.with_padding:
            return self.pool.padded_area(place, size)
        return len(self.pool.window(place, size))


def average_pool(average: Average, plane: Nested) -> Nested:
    """Return the sum of each window, divided."""
    size = shape(plane)

    def value(place: Axes) -> float:
        window = average.pool.window(place, size)
        return sum(at(plane, pixel) for pixel in window) / average.divisor(place, size)

    return filled(average.pool.size_of(size), value)


def average_pool_backward(average: Average, size: Axes, gradient: Nested) -> Nested:
    """Return the plane's gradient: each pixel of a window gets the same part."""
    result = filled(size, lambda index: 0)
    for place in indices(shape(gradient)):
        part = at(gradient, place) / average.divisor(place, size)
        for pixel in average.pool.window(place, size):
            add(result, pixel, part)
    return result


# --- nested lists ---------------------------------------------------------------------


def indices(size: Axes) -> Iterator[Axes]:
    """Yield every index of an image of that size, in reading order."""
    return itertools.product(*map(range, size))


def number(index: Axes, size: Axes) -> int:
    """Return how many indices come before one in reading order."""
    result = 0
    for i, n in zip(index, size, strict=True):
        result = result * n + i
    return result


def shape(nested: Nested) -> Axes:
    """Return the sizes of a nested list, none of which is 0."""
    return (len(nested), *shape(nested[0])) if isinstance(nested, list) else ()


def filled(size: Axes, value: Callable[[Axes], Any]) -> Nested:
    """Return a nested list with the value of each index."""

    def fill(index: Axes) -> Nested:
        if len(index) == len(size):
            return value(index)
        return [fill((*index, i)) for i in range(size[len(index)])]

    return fill(())


def at(nested: Nested, index: Axes) -> Any:
    """Return the number at an index."""
    for i in index:
        nested = nested[i]
    return nested


def add(nested: Nested, index: Axes, value: float) -> None:
    """Add a value to the number at an index."""
    at(nested, index[:-1])[index[-1]] += value


def total(nested: Nested) -> float:
    """Return the sum of all numbers."""
    return sum(map(total, nested)) if isinstance(nested, list) else nested


# --- generated cases ------------------------------------------------------------------


class Case(NamedTuple):
    """A convolution, with the size of its input and the channels of each group."""

    conv: Conv
    size: Axes
    channels: tuple[int, int]
    extra: Axes  # output padding, of a transposed convolution

    @property
    def image(self) -> Axes:
        """The shape of the image."""
        return (self.channels[0] * self.conv.groups, *self.size)

    @property
    def outputs(self) -> int:
        """How many channels the output has."""
        return self.channels[1] * self.conv.groups


def _axes(values: Iterator[tuple[int, ...]]) -> tuple[Axes, ...]:
    return tuple(zip(*values, strict=True))


@st.composite
def convolutions(draw: st.DrawFn, axes: int, groups: int = 2, most: int = 3) -> Case:
    """Draw a convolution whose kernel fits, with few pixels left over."""

    def axis() -> tuple[int, ...]:
        kernel = draw(st.integers(1, most))
        dilation = draw(st.integers(1, 2))
        padding = draw(st.integers(0, 2))
        size = max(1, reach(kernel, dilation) - 2 * padding) + draw(st.integers(0, 2))
        return kernel, draw(st.integers(1, 3)), padding, dilation, size

    *conv, size = _axes(axis() for _ in range(axes))
    channels = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    conv = Conv(*conv, groups=draw(st.integers(1, groups)))
    return Case(conv, size, channels, (0,) * axes)


@st.composite
def misfits(draw: st.DrawFn, axes: int) -> tuple[Conv, Axes]:
    """Draw a convolution whose kernel is just too large along one axis, and a size."""
    too_large = draw(st.integers(0, axes - 1))

    def axis(number: int) -> tuple[int, ...]:
        size, padding = draw(st.integers(1, 4)), draw(st.integers(0, 2))
        dilation = draw(st.integers(1, 2))
        fitting = (
            size + 2 * padding - 1
        ) // dilation + 1  # the largest kernel that fits
        kernel = fitting + 1 if number == too_large else draw(st.integers(1, fitting))
        return kernel, draw(st.integers(1, 3)), padding, dilation, size

    *conv, size = _axes(axis(number) for number in range(axes))
    return Conv(*conv), size


@st.composite
def transposed_convolutions(
    draw: st.DrawFn, axes: int, groups: int = 2, most: int = 3
) -> Case:
    """Draw a transposed convolution with an output of at least one pixel."""

    def axis() -> tuple[int, ...]:
        size, kernel = draw(st.integers(1, 3)), draw(st.integers(1, most))
        stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 2))
        extra = draw(st.integers(0, max(stride, dilation) - 1))
        smallest = transposed_size(size, kernel, stride, 0, dilation, extra)
        padding = draw(st.integers(0, min(2, (smallest - 1) // 2)))
        return kernel, stride, padding, dilation, size, extra

    *conv, size, extra = _axes(axis() for _ in range(axes))
    channels = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    # Releases 2.0 can't group a kernel of one point here; a spec of its own says so.
    groups = draw(st.integers(1, groups if max(conv[0]) > 1 else 1))
    conv = Conv(*conv, groups=groups)
    return Case(conv, size, channels, extra)


@st.composite
def pools(draw: st.DrawFn, axes: int, dilated: bool) -> tuple[Pool, Axes]:
    """Draw a pooling of which every window meets the input, and the input's size."""
    ceil = draw(st.booleans())

    def axis() -> tuple[int, ...]:
        kernel, stride = draw(st.integers(1, 3)), draw(st.integers(1, 3))
        dilation = draw(st.integers(1, 2)) if dilated else 1
        padding = draw(st.integers(0, kernel // 2))
        smallest = max(2, kernel, reach(kernel, dilation) - 2 * padding)
        size = smallest + draw(st.integers(0, 3))
        return kernel, stride, padding, dilation, size

    *pool, size = _axes(axis() for _ in range(axes))
    return Pool(*pool, ceil=ceil), size

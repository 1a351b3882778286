"""Pooling goes over each channel with a window and keeps one number of each window.

Max pooling keeps the largest, average pooling the mean. Windows are placed like the
kernel of a convolution, but by default side by side, since the stride is the window's
size unless it is given. Padding is at most half a window, so that every window sees
some of the input. Adaptive pooling is told how many windows to make, and makes them as
equal as it can.

It is often believed that the padding of max pooling is zeros, as it is in a
convolution. It is not: no padding is ever the largest, also where all of the input is
negative.
"""

import inspect
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from spec.models.conv import (
    Average,
    adaptive_bins,
    average_pool,
    average_pool_backward,
    max_pool,
    max_pool_backward,
    pools,
)
from torch_semantics import Difference, claim
from torch_semantics.words import shares_storage

NAMES = ("axes", "function", "layer")
LOOKED_UP = ["function", "layer"]
MAX = [
    pytest.param(1, "max_pool1d", "MaxPool1d", id="max_pool1d"),
    pytest.param(2, "max_pool2d", "MaxPool2d", id="max_pool2d"),
    pytest.param(3, "max_pool3d", "MaxPool3d", id="max_pool3d"),
]
AVERAGE = [
    pytest.param(1, "avg_pool1d", "AvgPool1d", id="avg_pool1d"),
    pytest.param(2, "avg_pool2d", "AvgPool2d", id="avg_pool2d"),
    pytest.param(3, "avg_pool3d", "AvgPool3d", id="avg_pool3d"),
]
MAX_POOLS = pytest.mark.parametrize(NAMES, MAX, indirect=LOOKED_UP)
AVERAGE_POOLS = pytest.mark.parametrize(NAMES, AVERAGE, indirect=LOOKED_UP)
POOLS = pytest.mark.parametrize(NAMES, MAX + AVERAGE, indirect=LOOKED_UP)
ADAPTIVE = pytest.mark.parametrize(
    NAMES,
    [
        (1, "adaptive_max_pool1d", "AdaptiveMaxPool1d"),
        (2, "adaptive_max_pool2d", "AdaptiveMaxPool2d"),
        (3, "adaptive_max_pool3d", "AdaptiveMaxPool3d"),
        (1, "adaptive_avg_pool1d", "AdaptiveAvgPool1d"),
        (2, "adaptive_avg_pool2d", "AdaptiveAvgPool2d"),
        (3, "adaptive_avg_pool3d", "AdaptiveAvgPool3d"),
    ],
    indirect=LOOKED_UP,
    ids=["max1d", "max2d", "max3d", "avg1d", "avg2d", "avg3d"],
)
UNPOOLS = pytest.mark.parametrize(
    ("axes", "pool", "function", "layer"),
    [
        (1, "max_pool1d", "max_unpool1d", "MaxUnpool1d"),
        (2, "max_pool2d", "max_unpool2d", "MaxUnpool2d"),
        (3, "max_pool3d", "max_unpool3d", "MaxUnpool3d"),
    ],
    indirect=LOOKED_UP,
    ids=["max_unpool1d", "max_unpool2d", "max_unpool3d"],
)
FRACTIONAL = pytest.mark.parametrize(
    NAMES,
    [
        (2, "fractional_max_pool2d", "FractionalMaxPool2d"),
        (3, "fractional_max_pool3d", "FractionalMaxPool3d"),
    ],
    indirect=LOOKED_UP,
    ids=["2d", "3d"],
)
NAN, INFINITY = math.nan, math.inf


@pytest.fixture
def function(request):
    """Return the function of torch.nn.functional that has the parameter's name."""
    return getattr(F, request.param)


@pytest.fixture
def layer(request):
    """Return the class of torch.nn that has the parameter's name."""
    return getattr(nn, request.param)


def mixed(shape, device, step=1):
    """Return a float tensor of multiples of step from -5 to 5 times, in no simple
    order.
    """
    numbers = torch.arange(math.prod(shape), device=device) * 7 % 11 - 5
    return (numbers * step).reshape(shape).float()


# --- max pooling ----------------------------------------------------------------------


@claim("nn.max-pool2d.largest-of-each-window", see="generated/torch.nn.MaxPool2d")
def test_max_pooling_keeps_the_largest_of_each_window(device):
    """F.max_pool2d takes the largest value of each window."""
    image = torch.tensor(
        [[[1.0, 9.0, 2.0, 3.0], [4.0, 5.0, 8.0, 7.0]]],
        device=device,
    )

    output = F.max_pool2d(image, 2)

    assert output.tolist() == [[[9, 8]]]


@claim("nn.max-pool2d.square-window-single-number", see="generated/torch.nn.MaxPool2d")
def test_one_number_is_a_square_window(device):
    """One number stands for a square window, and what is left over of the input at the
    right and at the bottom is not looked at.
    """
    image = torch.arange(25.0, device=device).reshape(1, 1, 5, 5)

    by_number = F.max_pool2d(image, 2)
    by_pair = F.max_pool2d(image, (2, 2))
    by_layer = nn.MaxPool2d(2)(image)

    #  0  1 |  2  3 |  4
    #  5  6 |  7  8 |  9
    # 10 11 | 12 13 | 14
    # 15 16 | 17 18 | 19
    # 20 21 | 22 23 | 24
    assert by_number.tolist() == [[[[6, 8], [16, 18]]]]
    assert by_pair.tolist() == [[[[6, 8], [16, 18]]]]
    assert by_layer.tolist() == [[[[6, 8], [16, 18]]]]


@claim("nn.max-pool.one-and-three-dimensions", see="generated/torch.nn.MaxPool3d")
def test_windows_along_a_line_and_in_a_volume(device):
    """F.max_pool1d has windows in the last dimension, and F.max_pool3d in the last
    three.
    """
    line = torch.tensor([[3.0, 1.0, 2.0, 5.0]], device=device)
    volume = torch.arange(8.0, device=device).reshape(1, 2, 2, 2)

    assert F.max_pool1d(line, 2).tolist() == [[3, 5]]
    assert F.max_pool3d(volume, 2).tolist() == [[[[7]]]]
    assert F.max_pool3d(volume, (2, 1, 1)).tolist() == [[[[4, 5], [6, 7]]]]
    assert F.max_pool3d(volume, (1, 2, 1)).tolist() == [[[[2, 3]], [[6, 7]]]]
    assert F.max_pool3d(volume, (1, 1, 2)).tolist() == [[[[1], [3]], [[5], [7]]]]


@claim("nn.pooling.channels-stay-apart", see="generated/torch.nn.MaxPool2d")
def test_pooling_keeps_samples_and_channels_apart(device):
    """Pooling works on each channel of each sample by itself."""
    batch = torch.arange(8.0, device=device).reshape(2, 2, 1, 2)

    assert F.max_pool2d(batch, (1, 2)).tolist() == [[[[1]], [[3]]], [[[5]], [[7]]]]
    assert F.avg_pool2d(batch, (1, 2)).tolist() == [
        [[[0.5]], [[2.5]]],
        [[[4.5]], [[6.5]]],
    ]


@claim("nn.pooling.functions-in-torch", see="generated/torch.nn.functional.max_pool2d")
def test_torch_itself_has_some_poolings(device):
    """The torch module has max_pool1d, 2d and 3d and avg_pool1d, with kernel size,
    stride and padding in this order.
    """
    ones = torch.ones(1, 1, 3, 3, 3, device=device)
    line = torch.tensor([[1.0, 2.0, 3.0]], device=device)

    assert torch.max_pool1d(line, 2, 1, 1).tolist() == [[1, 2, 3, 3]]
    assert torch.max_pool2d(line.unsqueeze(0), (1, 2), 1, (0, 1)).tolist() == [
        [[1, 2, 3, 3]]
    ]
    assert torch.max_pool3d(ones, 2, 3, 1).shape == (1, 1, 2, 2, 2)
    assert torch.avg_pool1d(line, 2, 1, 1).tolist() == [[0.5, 1.5, 2.5, 1.5]]


# --- where the windows are ------------------------------------------------------------


@claim("nn.pooling.stride-defaults-to-kernel", see="generated/torch.nn.MaxPool2d")
@POOLS
def test_the_stride_is_the_kernel_size_unless_given(device, axes, function, layer):
    """Without a stride, or with None, windows lie side by side on each axis, in the
    functions and in the layers.
    """
    kernel = (2, 3, 4)[:axes]
    image = torch.ones([1, 1, *[12] * axes], device=device)

    size = (1, 1, *(6, 4, 3)[:axes])
    assert function(image, kernel).shape == size
    assert function(image, kernel, None).shape == size
    assert layer(kernel)(image).shape == size
    assert layer(kernel, None)(image).shape == size


@claim("nn.pooling.stride", see="generated/torch.nn.MaxPool2d")
def test_a_stride_smaller_than_the_window_lets_windows_overlap(device):
    """The stride is the step from one window to the next: windows overlap at a smaller
    one than their size, and pass over pixels at a larger one.
    """
    line = torch.tensor([[1.0, 3.0, 5.0, 7.0, 9.0]], device=device)

    assert F.max_pool1d(line, 2, 1).tolist() == [[3, 5, 7, 9]]
    assert F.max_pool1d(line, 2, 3).tolist() == [[3, 9]]
    assert F.avg_pool1d(line, 2, 1).tolist() == [[2, 4, 6, 8]]
    assert F.avg_pool1d(line, 2, 3).tolist() == [[2, 8]]


@claim("nn.pooling.tuple-order-height-width", see="generated/torch.nn.MaxPool2d")
@pytest.mark.parametrize(
    "function", ["max_pool2d", "avg_pool2d"], ids=["max", "avg"], indirect=True
)
def test_the_first_number_of_a_window_is_its_height(device, function):
    """The first number of a pair is for the height and the second for the width, in
    kernel size, stride and padding.
    """
    image = torch.zeros(1, 1, 8, 9, device=device)

    assert function(image, (3, 1), 1).shape == (1, 1, 6, 9)
    assert function(image, 1, (2, 3)).shape == (1, 1, 4, 3)
    assert function(image, 4, 1, (2, 0)).shape == (1, 1, 9, 6)


@claim("nn.max-pool.dilation", see="generated/torch.nn.MaxPool2d")
def test_dilation_leaves_gaps_in_the_window(device):
    """With dilation d a window looks at every d-th pixel; average pooling has none."""
    line = torch.tensor([[1.0, 9.0, 3.0, 2.0, 0.0]], device=device)
    image = torch.arange(9.0, device=device).reshape(1, 3, 3)

    assert F.max_pool1d(line, 2, 1, dilation=2).tolist() == [[3, 9, 3]]
    assert F.max_pool2d(image, 2, 1, dilation=(2, 1)).tolist() == [[[7, 8]]]
    assert nn.MaxPool2d(2, 1, dilation=(1, 2))(image).tolist() == [[[5], [8]]]


@claim("nn.pooling.ceil-mode", see="generated/torch.nn.MaxPool2d")
@POOLS
def test_ceil_mode_keeps_the_windows_that_hang_over(device, axes, function, layer):
    """With ceil_mode the last window may hang over the end of the input; without, which
    is the default, it is left out.
    """
    image = torch.arange(5.0**axes, device=device).reshape(1, *[5] * axes)

    without, with_it = function(image, 2), function(image, 2, ceil_mode=True)

    assert without.shape == (1, *[2] * axes)
    assert with_it.shape == (1, *[3] * axes)
    assert with_it.flatten()[-1] == 5**axes - 1  # the last window has one pixel
    assert layer(2, ceil_mode=True)(image).tolist() == with_it.tolist()


@claim("nn.pooling.ceil-mode-begins-inside", see="generated/torch.nn.MaxPool2d")
@POOLS
def test_no_window_begins_in_the_padding_on_the_right(device, axes, function, layer):
    """In ceil mode too, a window that would begin in the padding at the end is left
    out, so that the last pixels may be in no window.
    """
    image = torch.arange(1.0, 2**axes + 1, device=device).reshape(1, *[2] * axes)

    output = function(image, 2, 3, 1, ceil_mode=True)

    # Along each axis, with the padding as a dot: . 1 | 2 . |, and then the end.
    assert output.shape == (1, *[1] * axes)


@claim("nn.pooling.padding-at-most-half", see="generated/torch.nn.MaxPool2d")
@POOLS
def test_the_padding_is_at_most_half_the_window(device, axes, function, layer):
    """A padding of half the window is taken, and a larger one raises a RuntimeError, in
    the functions and in the layers.
    """
    image = torch.zeros([1, 1, *[4] * axes], device=device)

    assert function(image, 2, 1, 1).shape == (1, 1, *[5] * axes)
    with pytest.raises(
        RuntimeError, match=r"pad.* should be at most half of .*kernel size"
    ):
        function(image, 3, 1, 2)
    with pytest.raises(
        RuntimeError, match=r"pad.* should be at most half of .*kernel size"
    ):
        layer(3, 1, 2)(image)


@claim("nn.pooling.padding-not-negative", see="generated/torch.nn.MaxPool2d")
@POOLS
def test_the_padding_is_not_negative(device, axes, function, layer):
    """A negative padding raises a RuntimeError."""
    image = torch.zeros([1, 1, *[4] * axes], device=device)

    with pytest.raises(RuntimeError, match=r"pad.* must be non-negative"):
        function(image, 3, 1, -1)


@claim("nn.pooling.stride-positive", see="generated/torch.nn.MaxPool2d")
@POOLS
def test_a_stride_of_zero_is_refused(device, axes, function, layer):
    """A layer can be made with a stride of 0, which is not taken for None; calling it
    raises a RuntimeError, as the function does.
    """
    image = torch.zeros([1, 1, *[4] * axes], device=device)

    with pytest.raises(
        RuntimeError, match=r"stride (should not be zero|must be greater)"
    ):
        function(image, 2, 0)
    with pytest.raises(
        RuntimeError, match=r"stride (should not be zero|must be greater)"
    ):
        layer(2, 0)(image)


@claim("nn.max-pool.dilation-positive", see="generated/torch.nn.MaxPool2d")
@MAX_POOLS
def test_a_dilation_of_zero_is_refused(device, axes, function, layer):
    """A dilation of 0 raises a RuntimeError."""
    image = torch.zeros([1, 1, *[4] * axes], device=device)

    with pytest.raises(
        RuntimeError, match=r"dilation (should|must) be greater than zero"
    ):
        function(image, 2, dilation=0)


@claim("nn.pooling.wrong-length", see="generated/torch.nn.MaxPool2d")
@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding"])
@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d"])
def test_three_numbers_for_two_axes_are_refused(device, pool, name):
    """Three numbers for the two axes of an image raise a RuntimeError that names the
    argument.
    """
    arguments = {"kernel_size": 2, name: (1, 1, 1)}
    image = torch.zeros(1, 1, 4, 4, device=device)

    with pytest.raises(
        RuntimeError, match=f"{pool}: {name} must.* a tuple of two ints"
    ):
        getattr(F, pool)(image, **arguments)


@claim("nn.pooling.window-larger-than-input", see="generated/torch.nn.MaxPool2d")
@pytest.mark.parametrize(
    ("function", "axes"),
    [
        ("max_pool2d", 2),
        ("max_pool3d", 3),
        ("avg_pool1d", 1),
        ("avg_pool2d", 2),
    ],
    ids=["max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d"],
    indirect=["function"],
)
def test_a_window_larger_than_the_input_is_refused(device, function, axes):
    """A window larger than the padded input raises a RuntimeError; in ceil mode the one
    window takes all of the input.
    """
    image = torch.full([1, 1, *[3] * axes], 7.0, device=device)

    with pytest.raises(RuntimeError, match="Output size is too small"):
        function(image, 4)
    assert function(image, 4, ceil_mode=True).flatten().tolist() == [7]


@claim(
    "nn.max-pool1d.window-larger-gives-nothing",
    see="generated/torch.nn.MaxPool1d",
    until="2.1",
)
def test_max_pool1d_of_a_short_line_is_empty(device):
    """F.max_pool1d of an input one shorter than the window gives no windows."""
    line = torch.zeros(1, 3, device=device)

    assert F.max_pool1d(line, 4).shape == (1, 0)


@claim(
    "nn.max-pool1d.window-larger-than-input",
    see="generated/torch.nn.MaxPool1d",
    since="2.1",
)
def test_max_pool1d_of_a_short_line_is_refused(device):
    """F.max_pool1d raises a RuntimeError if the window is larger than the input."""
    line = torch.zeros(1, 3, device=device)

    with pytest.raises(RuntimeError, match=r"Invalid computed output size|too small"):
        F.max_pool1d(line, 4)


# --- what max pooling makes of special values -----------------------------------------


@claim("nn.max-pool.padding-is-never-taken", see="generated/torch.nn.MaxPool2d")
@MAX_POOLS
def test_padding_is_smaller_than_every_value(device, axes, function, layer):
    """The padding counts as minus infinity, so that negative inputs win against it."""
    image = torch.full([1, *[2] * axes], -3.0, device=device)

    by_function = function(image, 2, 2, 1)
    by_layer = layer(2, 2, 1)(image)

    assert by_function.flatten().tolist() == [-3] * 2**axes
    assert by_layer.flatten().tolist() == [-3] * 2**axes


@claim(
    "nn.max-pool2d.integers",
    see="generated/torch.nn.MaxPool2d",
    since="2.1",
    differs=[
        Difference(
            "cuda",
            why="the CUDA kernels of max pooling are made for floating dtypes alone",
            raises=RuntimeError,
            match="not implemented for",
        )
    ],
)
@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.int8], ids=str)
def test_integers_are_pooled_as_they_are(device, dtype):
    """F.max_pool2d takes integers and keeps their dtype, with a padding smaller than
    each of them.
    """
    image = torch.tensor([[[-3, -2], [-5, -4]]], dtype=dtype, device=device)

    output = F.max_pool2d(image, 2, 1, 1)

    assert output.dtype == dtype
    assert output.tolist() == [[[-3, -2, -2], [-3, -2, -2], [-5, -4, -4]]]


@claim("nn.max-pool.nan", see="generated/torch.nn.MaxPool2d")
@MAX_POOLS
def test_a_nan_is_larger_than_everything(device, axes, function, layer):
    """A window with a NaN gives NaN, and its index is the NaN's."""
    image = torch.zeros([1, *[1] * (axes - 1), 6], device=device)
    image[..., 1] = NAN
    image[..., 3] = INFINITY

    window = (*[1] * (axes - 1), 3)
    output, indices = function(image, window, return_indices=True)
    output_alone = function(image, window)

    assert repr(output.flatten().tolist()) == "[nan, inf]"
    assert repr(output_alone.flatten().tolist()) == "[nan, inf]"
    assert indices.flatten().tolist() == [1, 3]


@claim("nn.max-pool.minus-infinity", see="generated/torch.nn.MaxPool2d")
@MAX_POOLS
def test_minus_infinity_in_the_input_wins_against_the_padding(
    device, axes, function, layer
):
    """A window of nothing but minus infinity and padding gives minus infinity, and the
    index of the input's.
    """
    image = torch.full([1, *[2] * axes], -INFINITY, device=device)

    output, indices = function(image, 2, 2, 1, return_indices=True)

    assert output.flatten().tolist() == [-INFINITY] * 2**axes
    assert indices.flatten().tolist() == [*range(2**axes)]


# --- indices --------------------------------------------------------------------------


@claim("nn.max-pool.indices", see="generated/torch.nn.MaxPool2d")
def test_return_indices_tells_where_the_largest_were(device):
    """With return_indices, max pooling gives also an int64 tensor that says which pixel
    of its own channel each value was, counted row by row over the whole input.
    """
    image = torch.tensor(
        [
            [[9.0, 1.0, 2.0, 3.0], [4.0, 5.0, 8.0, 7.0]],
            [[0.0, 1.0, 6.0, 2.0], [0.0] * 4],
        ],
        device=device,
    )

    result = F.max_pool2d(image, 2, return_indices=True)
    values, indices = result

    assert type(result) is tuple
    assert values.tolist() == [[[9, 8]], [[1, 6]]]
    assert indices.tolist() == [[[0, 6]], [[1, 2]]]
    assert (values.dtype, indices.dtype) == (torch.float32, torch.int64)


@claim("nn.max-pool.indices-only-on-request", see="generated/torch.nn.MaxPool2d")
@MAX_POOLS
def test_indices_come_only_on_request(device, axes, function, layer):
    """Without return_indices functions and layers give a tensor, and with it a pair; a
    layer has it as its fifth argument.
    """
    image = mixed((1, *[4] * axes), device)

    values, indices = function(image, 2, return_indices=True)
    layer_values, layer_indices = layer(2, None, 0, 1, True)(image)

    assert function(image, 2).tolist() == values.tolist()
    assert layer(2)(image).tolist() == values.tolist()
    assert layer_values.tolist() == values.tolist()
    assert layer_indices.tolist() == indices.tolist()


@claim("nn.max-pool.first-of-equals", see="generated/torch.nn.MaxPool2d")
@MAX_POOLS
def test_of_equal_values_the_first_is_taken(device, axes, function, layer):
    """Where several values of a window are largest, the index is the first one's in
    reading order.
    """
    image = torch.zeros([1, *[2] * axes], device=device)

    values, indices = function(image, 2, return_indices=True)

    assert values.flatten().tolist() == [0]
    assert indices.flatten().tolist() == [0]


@claim("nn.max-pool.indices-do-not-count-padding", see="generated/torch.nn.MaxPool2d")
def test_indices_do_not_count_the_padding(device):
    """Indices count the pixels of the input alone, whatever the padding."""
    image = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]], device=device)

    values, indices = F.max_pool2d(image, 2, 2, 1, return_indices=True)

    assert values.tolist() == [[[1, 2], [3, 4]]]
    assert indices.tolist() == [[[0, 1], [2, 3]]]


@claim("nn.max-pool.indices-without-gradient", see="notes/autograd")
def test_indices_are_no_part_of_the_graph(device):
    """The values that come with indices pass gradients on, and the indices require
    none.
    """
    line = torch.tensor([[1.0, 4.0, 2.0, 3.0]], device=device, requires_grad=True)

    values, indices = F.max_pool1d(line, 2, return_indices=True)
    values.sum().backward()

    assert line.grad.tolist() == [[0, 1, 0, 1]]
    assert not indices.requires_grad


@claim("nn.max-pool.matches-model", see="generated/torch.nn.MaxPool2d")
@MAX_POOLS
@given(data=st.data())
def test_every_max_pooling_is_as_the_model_says(device, axes, function, layer, data):
    """Layers and functions give the model's values and indices, with its sizes, for any
    kernel, stride, padding, dilation and ceil mode.
    """
    pool, size = data.draw(pools(axes, dilated=True))
    plane = mixed(size, device)
    image = torch.stack([plane, -plane])[None]
    options = {"ceil_mode": pool.ceil}

    values, indices = function(image, *pool[:4], **options, return_indices=True)
    values_alone = function(image, *pool[:4], **options)
    of_layer = layer(*pool[:4], **options)(image)

    first, second = max_pool(pool, plane.tolist()), max_pool(pool, (-plane).tolist())
    expected = [[first[0], second[0]]]
    assert (pool, size, indices.tolist()) == (pool, size, [[first[1], second[1]]])
    assert (pool, size, values.tolist()) == (pool, size, expected)
    assert (pool, size, values_alone.tolist()) == (pool, size, expected)
    assert (pool, size, of_layer.tolist()) == (pool, size, expected)


# --- gradients of max pooling ---------------------------------------------------------


@claim("nn.max-pool.gradient", see="generated/torch.nn.MaxPool2d")
def test_the_largest_alone_gets_the_gradient(device):
    """A window's gradient goes to its largest value, and adds up where a value is the
    largest of several windows.
    """
    line = torch.tensor([[1.0, 3.0, 2.0, 0.0]], device=device, requires_grad=True)

    output = F.max_pool1d(line, 2, 1)
    output.backward(torch.tensor([[1.0, 10.0, 100.0]], device=device))

    assert output.tolist() == [[3, 3, 2]]
    assert line.grad.tolist() == [[0, 11, 100, 0]]


@claim("nn.max-pool.gradient-of-equals", see="generated/torch.nn.MaxPool2d")
@MAX_POOLS
def test_of_equal_values_the_first_gets_the_gradient(device, axes, function, layer):
    """Of several largest values of a window the first gets all of the gradient; it is
    not shared.
    """
    image = torch.ones([1, *[2] * axes], device=device, requires_grad=True)

    function(image, 2).backward(torch.full([1, *[1] * axes], 6.0, device=device))

    assert image.grad.flatten().tolist() == [6, *[0] * (2**axes - 1)]


@claim("nn.max-pool.gradients-match-model", see="generated/torch.nn.MaxPool2d")
@MAX_POOLS
@given(data=st.data())
def test_every_max_pooling_has_the_gradient_of_the_model(
    device, axes, function, layer, data
):
    """The gradient of each window goes to its first largest value, for any kernel,
    stride, padding, dilation and ceil mode.
    """
    pool, size = data.draw(pools(axes, dilated=True))
    image = mixed((1, *size), device).requires_grad_()

    output = layer(*pool[:4], ceil_mode=pool.ceil)(image)
    gradient = mixed((1, *pool.size_of(size)), device)
    (found,) = torch.autograd.grad(output, image, gradient)

    expected = max_pool_backward(pool, image[0].tolist(), gradient[0].tolist())
    assert (pool, size, found[0].tolist()) == (pool, size, expected)


# --- average pooling ------------------------------------------------------------------


@claim("nn.avg-pool.mean-of-each-window", see="generated/torch.nn.AvgPool2d")
def test_average_pooling_takes_the_mean_of_each_window(device):
    """F.avg_pool2d takes the mean of each window, on a line and in a volume as well."""
    line = torch.tensor([[1.0, 3.0, 4.0, 8.0]], device=device)
    image = torch.tensor([[[1.0, 2.0, 3.0], [5.0, 8.0, 9.0]]], device=device)
    volume = torch.arange(8.0, device=device).reshape(1, 2, 2, 2)

    assert F.avg_pool1d(line, 2).tolist() == [[2, 6]]
    assert F.avg_pool2d(image, 2).tolist() == [[[4]]]
    assert F.avg_pool3d(volume, 2).tolist() == [[[[3.5]]]]
    assert F.avg_pool3d(volume, (2, 1, 1)).tolist() == [[[[2, 3], [4, 5]]]]


@claim("nn.avg-pool.padding-counts", see="generated/torch.nn.AvgPool2d")
@AVERAGE_POOLS
def test_padding_counts_unless_asked_otherwise(device, axes, function, layer):
    """Padding counts as zeros in the mean; with count_include_pad=False the mean is
    that of the window's pixels alone.
    """
    image = torch.full([1, *[2] * axes], 8.0, device=device)

    padded = function(image, 2, 2, 1)
    without = function(image, 2, 2, 1, count_include_pad=False)

    assert padded.flatten().tolist() == [8 / 2**axes] * 2**axes
    assert without.flatten().tolist() == [8] * 2**axes
    assert layer(2, 2, 1)(image).tolist() == padded.tolist()
    by_layer = layer(2, 2, 1, count_include_pad=False)(image)
    assert by_layer.tolist() == without.tolist()


@claim("nn.avg-pool.overhang-does-not-count", see="generated/torch.nn.AvgPool2d")
@AVERAGE_POOLS
@pytest.mark.parametrize("count_include_pad", [True, False])
def test_what_hangs_over_the_padding_does_not_count(
    device, axes, function, layer, count_include_pad
):
    """In ceil mode the part of a window that hangs over the end never counts in its
    mean, whether or not the padding does.
    """
    image = torch.full([1, *[3] * axes], 8.0, device=device)

    output = function(image, 2, ceil_mode=True, count_include_pad=count_include_pad)

    assert output.flatten().tolist() == [8] * 2**axes


@claim("nn.avg-pool.divisor-override", see="generated/torch.nn.AvgPool2d")
@pytest.mark.parametrize(
    ("axes", "function", "layer"),
    [(2, "avg_pool2d", "AvgPool2d"), (3, "avg_pool3d", "AvgPool3d")],
    ids=["avg_pool2d", "avg_pool3d"],
    indirect=["function", "layer"],
)
def test_divisor_override_divides_every_sum(device, axes, function, layer):
    """With divisor_override each window's sum is divided by that number, which may be
    negative, instead of by how many values it has.
    """
    image = torch.ones([1, *[2] * axes], device=device)

    by_function = function(image, 2, 2, 1, divisor_override=4)
    by_layer = layer(2, 2, 1, divisor_override=4)(image)

    assert by_function.flatten().tolist() == [0.25] * 2**axes
    assert by_layer.flatten().tolist() == [0.25] * 2**axes
    assert function(image, 2, divisor_override=-1).flatten().tolist() == [-(2**axes)]


@claim("nn.avg-pool.divisor-override-zero", see="generated/torch.nn.AvgPool2d")
@pytest.mark.parametrize(
    "function", ["avg_pool2d", "avg_pool3d"], ids=["2d", "3d"], indirect=True
)
def test_a_divisor_of_zero_is_refused(device, function):
    """A divisor_override of 0 raises a RuntimeError; it is not taken for None."""
    image = torch.zeros(1, 2, 2, 2, device=device)

    with pytest.raises(RuntimeError, match="divisor must be not zero"):
        function(image, 2, divisor_override=0)


@claim("nn.avg-pool1d.no-divisor-override", see="generated/torch.nn.AvgPool1d")
def test_avg_pool1d_has_no_divisor_override():
    """AvgPool1d knows no divisor_override, and raises a TypeError."""
    with pytest.raises(TypeError, match="divisor_override"):
        nn.AvgPool1d(2, divisor_override=1)


@claim("nn.avg-pool.nan", see="generated/torch.nn.AvgPool1d")
def test_a_nan_makes_the_mean_of_its_windows_nan(device):
    """A NaN makes the means NaN of the windows that it is in, and no others."""
    line = torch.tensor([[1.0, NAN, 3.0, 5.0]], device=device)

    output = F.avg_pool1d(line, 2)

    assert output.isnan().tolist() == [[True, False]]
    assert output[0, 1] == 4


@claim(
    "nn.avg-pool3d.window-larger-than-unpadded",
    see="generated/torch.nn.AvgPool3d",
    level="observed",
)
def test_avg_pool3d_wants_an_input_as_large_as_the_window(device):
    """F.avg_pool3d raises a RuntimeError for a window larger than the input without its
    padding, where F.avg_pool2d takes it.
    """
    volume = torch.full((1, 2, 2, 2), 27.0, device=device)

    assert F.avg_pool2d(volume, 3, 1, 1).shape == (1, 2, 2, 2)
    with pytest.raises(RuntimeError, match="smaller than kernel size"):
        F.avg_pool3d(volume, 3, 1, 1)


@claim("nn.avg-pool.gradient", see="generated/torch.nn.AvgPool2d")
def test_every_value_of_a_window_gets_the_same_part_of_the_gradient(device):
    """A window's gradient is divided by its divisor and goes to each of its values, and
    adds up where windows overlap.
    """
    line = torch.tensor([[1.0, 2.0, 3.0]], device=device, requires_grad=True)

    F.avg_pool1d(line, 2, 1).backward(torch.tensor([[2.0, 20.0]], device=device))

    assert line.grad.tolist() == [[1, 11, 10]]


@claim("nn.avg-pool.matches-model", see="generated/torch.nn.AvgPool2d")
@AVERAGE_POOLS
@given(data=st.data())
def test_every_average_pooling_is_as_the_model_says(
    device, axes, function, layer, data
):
    """Layers and functions give the model's means, with its sizes and gradients, for
    any kernel, stride, padding and ceil mode, whether or not padding counts.
    """
    pool, size = data.draw(pools(axes, dilated=False))
    average = Average(pool, with_padding=data.draw(st.booleans()))
    # Every divisor, of up to three threes and twos, divides the values.
    image = mixed((1, *size), device, step=216).requires_grad_()
    options = {"ceil_mode": pool.ceil, "count_include_pad": average.with_padding}

    output = function(image, *pool[:3], **options)
    of_layer = layer(*pool[:3], **options)(image)
    gradient = mixed(output.shape, device, step=216)
    (of_image,) = torch.autograd.grad(output, image, gradient)

    expected = average_pool(average, image[0].tolist())
    assert (average, output[0].tolist()) == (average, expected)
    assert (average, of_layer[0].tolist()) == (average, expected)
    expected = average_pool_backward(average, size, gradient[0].tolist())
    assert (average, of_image[0].tolist()) == (average, expected)


@claim("nn.avg-pool.divisor-override-matches-model", see="generated/torch.nn.AvgPool2d")
@given(data=st.data())
def test_divisor_override_holds_for_windows_of_every_kind(device, data):
    """The one divisor is that of all windows, in padding and in ceil mode, for values
    and gradients.
    """
    pool, size = data.draw(pools(2, dilated=False))
    divisor = data.draw(st.sampled_from([1, 2, 5]))
    average = Average(pool, data.draw(st.booleans()), divisor)
    image = mixed((1, *size), device, step=10).requires_grad_()

    output = F.avg_pool2d(
        image, *pool[:3], pool.ceil, average.with_padding, divisor_override=divisor
    )
    gradient = mixed(output.shape, device, step=10)
    (of_image,) = torch.autograd.grad(output, image, gradient)

    expected = average_pool(average, image[0].tolist())
    assert (average, output[0].tolist()) == (average, expected)
    expected = average_pool_backward(average, size, gradient[0].tolist())
    assert (average, of_image[0].tolist()) == (average, expected)


# --- what goes in ---------------------------------------------------------------------


@claim("nn.pooling.unbatched-input", see="generated/torch.nn.MaxPool2d")
@POOLS
def test_pooling_takes_one_sample_without_a_batch(device, axes, function, layer):
    """One sample without a batch dimension gives what it gives as a batch of one,
    without that dimension.
    """
    image = mixed((2, *[4] * axes), device)

    output = layer(2)(image)

    assert output.shape == (2, *[2] * axes)
    assert output.tolist() == layer(2)(image.unsqueeze(0))[0].tolist()
    assert function(image, 2).tolist() == output.tolist()


@claim("nn.pooling.batch-of-none", see="generated/torch.nn.MaxPool2d")
@POOLS
def test_pooling_of_a_batch_of_none(device, axes, function, layer):
    """A batch of no samples gives an output of none, with the usual other sizes."""
    batch = torch.zeros([0, 3, *[5] * axes], device=device)

    assert function(batch, 2).shape == (0, 3, *[2] * axes)
    assert layer(2)(batch).shape == (0, 3, *[2] * axes)


@claim("nn.pooling.empty-image-refused", see="generated/torch.nn.MaxPool2d")
@pytest.mark.parametrize(
    "size", [(1, 0, 4, 4), (1, 1, 0, 4)], ids=["channels", "height"]
)
@pytest.mark.parametrize(
    "function", ["max_pool2d", "avg_pool2d"], ids=["max", "avg"], indirect=True
)
def test_only_the_batch_may_be_empty(device, function, size):
    """An input without channels or without pixels raises a RuntimeError."""
    with pytest.raises(RuntimeError, match="with optional 0 dim batch size for input"):
        function(torch.zeros(size, device=device), 2)


@claim("nn.pooling.wrong-number-of-dimensions", see="generated/torch.nn.MaxPool2d")
@pytest.mark.parametrize(
    ("function", "dimensions", "error"),
    [
        ("max_pool1d", 1, RuntimeError),
        ("max_pool1d", 4, RuntimeError),
        ("max_pool2d", 2, RuntimeError),
        ("max_pool2d", 5, RuntimeError),
        ("max_pool3d", 3, RuntimeError),
        ("avg_pool1d", 1, RuntimeError),
        ("avg_pool1d", 4, RuntimeError),
        ("avg_pool2d", 2, IndexError),
        ("avg_pool2d", 5, RuntimeError),
        ("avg_pool3d", 3, RuntimeError),
    ],
    indirect=["function"],
)
def test_pooling_refuses_other_dimensions(device, function, dimensions, error):
    """An input with fewer dimensions than channels and window, or more than one on top
    for the batch, raises a RuntimeError; F.avg_pool2d of two dimensions an IndexError.
    """
    with pytest.raises(error, match=r"[Dd]imension|(non-empty .D or .D|Expected)"):
        function(torch.ones([2] * dimensions, device=device), 2)


@claim("nn.pooling.keeps-dtype", see="generated/torch.nn.MaxPool2d")
@POOLS
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_pooling_keeps_the_dtype(device, axes, function, layer, dtype):
    """The output has the floating dtype of the input."""
    image = torch.full([1, *[2] * axes], 3.0, dtype=dtype, device=device)

    output = function(image, 2)

    assert output.dtype == dtype
    assert output.flatten().tolist() == [3]


@claim("nn.pooling.any-strides", see="generated/torch.nn.MaxPool2d")
def test_the_strides_of_the_input_do_not_matter_to_pooling(device):
    """A transposed input is pooled by what it shows, wherever its elements lie."""
    columns = torch.arange(8.0, device=device).reshape(4, 2).t()

    assert F.max_pool1d(columns, 2).tolist() == [[2, 6], [3, 7]]
    assert F.max_pool2d(columns[None], (1, 2)).tolist() == [[[2, 6], [3, 7]]]
    assert F.avg_pool1d(columns, 2).tolist() == [[1, 5], [2, 6]]
    assert F.avg_pool2d(columns[None], (1, 2)).tolist() == [[[1, 5], [2, 6]]]


@claim("nn.pooling.channels-last-kept", see="generated/torch.nn.MaxPool2d")
@pytest.mark.parametrize(
    "function", ["max_pool2d", "avg_pool2d"], ids=["max", "avg"], indirect=True
)
def test_pooling_keeps_channels_last(device, function):
    """An input in channels-last order gives the same output in that order."""
    image = mixed((2, 3, 4, 4), device)

    output = function(image.to(memory_format=torch.channels_last), 2)

    assert output.stride() == (12, 1, 6, 3)
    assert output.tolist() == function(image, 2).tolist()


@claim("nn.pooling.new-tensor", see="generated/torch.nn.MaxPool2d")
@POOLS
def test_pooling_gives_a_new_tensor(device, axes, function, layer):
    """The output has a storage of its own, also with windows of one pixel."""
    image = torch.ones([1, *[2] * axes], device=device)

    output = function(image, 1)
    output.zero_()

    assert not shares_storage(output, image)
    assert image.sum() == 2**axes


# --- adaptive pooling -----------------------------------------------------------------


@claim("nn.adaptive-pool.bins", see="generated/torch.nn.AdaptiveAvgPool1d")
def test_adaptive_pooling_cuts_the_input_into_that_many_bins(device):
    """Bin i of n goes from i * size / n rounded down up to (i + 1) * size / n rounded
    up, so that bins share a pixel where a cut goes through it.
    """
    line = torch.tensor([[0.0, 2.0, 4.0, 6.0, 8.0]], device=device)

    assert F.adaptive_avg_pool1d(line, 1).tolist() == [[4]]
    assert F.adaptive_avg_pool1d(line, 2).tolist() == [[2, 6]]  # 0 2 4 and 4 6 8
    assert F.adaptive_avg_pool1d(line, 4).tolist() == [[1, 3, 5, 7]]
    assert F.adaptive_avg_pool1d(line, 5).tolist() == [[0, 2, 4, 6, 8]]
    assert F.adaptive_max_pool1d(line, 2).tolist() == [[4, 8]]


@claim(
    "nn.adaptive-pool.more-bins-than-pixels", see="generated/torch.nn.AdaptiveAvgPool1d"
)
def test_more_bins_than_pixels_repeat_and_mix_neighbours(device):
    """There may be more bins than pixels: then bins repeat pixels or mix neighbours."""
    line = torch.tensor([[2.0, 4.0]], device=device)

    assert F.adaptive_avg_pool1d(line, 3).tolist() == [[2, 3, 4]]
    assert F.adaptive_avg_pool1d(line, 4).tolist() == [[2, 2, 4, 4]]
    assert F.adaptive_max_pool1d(line, 3).tolist() == [[2, 4, 4]]


@claim("nn.adaptive-pool.output-size", see="generated/torch.nn.AdaptiveAvgPool2d")
@ADAPTIVE
def test_the_output_size_is_given_for_each_axis(device, axes, function, layer):
    """Adaptive pooling takes the output's size as one number for all axes or as one for
    each, from zero up, in the functions and in the layers.
    """
    image = torch.ones([2, 3, *[4] * axes], device=device)
    sizes = (1, 2, 3)[:axes]

    assert function(image, 2).shape == (2, 3, *[2] * axes)
    assert function(image, sizes).shape == (2, 3, *sizes)
    assert layer(sizes)(image).shape == (2, 3, *sizes)
    assert layer(6)(image).shape == (2, 3, *[6] * axes)
    assert function(image, 0).shape == (2, 3, *[0] * axes)


@claim("nn.adaptive-pool.none-keeps-size", see="generated/torch.nn.AdaptiveAvgPool2d")
@pytest.mark.parametrize(
    ("function", "layer"),
    [
        ("adaptive_avg_pool2d", "AdaptiveAvgPool2d"),
        ("adaptive_max_pool2d", "AdaptiveMaxPool2d"),
    ],
    ids=["adaptive_avg_pool2d", "adaptive_max_pool2d"],
    indirect=["function", "layer"],
)
def test_none_keeps_the_size_of_an_axis(device, function, layer):
    """None in the output size keeps the input's size on that axis."""
    image = torch.arange(6.0, device=device).reshape(1, 2, 3)

    assert function(image, (None, 1)).shape == (1, 2, 1)
    assert layer((1, None))(image).shape == (1, 1, 3)
    assert layer((None, None))(image).tolist() == [[[0, 1, 2], [3, 4, 5]]]


@claim(
    "nn.adaptive-pool.output-size-not-negative",
    see="generated/torch.nn.AdaptiveAvgPool2d",
)
@pytest.mark.parametrize(
    "function", ["adaptive_avg_pool1d", "adaptive_avg_pool2d"], indirect=True
)
def test_a_negative_output_size_is_refused(device, function):
    """A negative output size raises a RuntimeError."""
    with pytest.raises(RuntimeError, match="must be greater than or equal to 0"):
        function(torch.zeros(1, 4, 4, device=device), -1)


@claim(
    "nn.adaptive-pool.empty-image-refused", see="generated/torch.nn.AdaptiveAvgPool2d"
)
@pytest.mark.parametrize(
    "function", ["adaptive_avg_pool2d", "adaptive_max_pool2d"], indirect=True
)
def test_adaptive_pooling_needs_pixels(device, function):
    """An image without pixels raises a RuntimeError, and a batch of none gives a batch
    of none.
    """
    assert function(torch.zeros(0, 3, 4, 4, device=device), 2).shape == (0, 3, 2, 2)
    with pytest.raises(RuntimeError, match="non-zero size for non-batch dimensions"):
        function(torch.zeros(1, 3, 0, 4, device=device), 2)


@claim("nn.adaptive-pool.indices", see="generated/torch.nn.AdaptiveMaxPool2d")
@pytest.mark.parametrize(
    ("axes", "function", "layer"),
    [
        (1, "adaptive_max_pool1d", "AdaptiveMaxPool1d"),
        (2, "adaptive_max_pool2d", "AdaptiveMaxPool2d"),
        (3, "adaptive_max_pool3d", "AdaptiveMaxPool3d"),
    ],
    ids=["adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"],
    indirect=["function", "layer"],
)
def test_adaptive_max_pooling_tells_indices_too(device, axes, function, layer):
    """With return_indices, adaptive max pooling tells which pixel each value was, the
    first of equals.
    """
    image = torch.arange(3.0**axes, device=device).reshape(1, *[3] * axes)

    values, indices = function(image, 1, return_indices=True)
    layer_values, layer_indices = layer(1, return_indices=True)(image)
    equal, of_equals = function(torch.zeros_like(image), 1, return_indices=True)

    assert values.flatten().tolist() == [3**axes - 1]
    assert indices.flatten().tolist() == [3**axes - 1]
    assert (values.dtype, indices.dtype) == (torch.float32, torch.int64)
    assert layer_values.tolist() == values.tolist()
    assert layer_indices.tolist() == indices.tolist()
    assert equal.flatten().tolist() == [0]
    assert of_equals.flatten().tolist() == [0]


@claim("nn.adaptive-pool.unbatched-input", see="generated/torch.nn.AdaptiveAvgPool2d")
@ADAPTIVE
def test_adaptive_pooling_takes_one_sample(device, axes, function, layer):
    """One sample without a batch dimension gives what it gives as a batch of one,
    without that dimension.
    """
    image = mixed((2, *[3] * axes), device)

    output = layer(2)(image)

    assert output.shape == (2, *[2] * axes)
    assert output.tolist() == layer(2)(image.unsqueeze(0))[0].tolist()


@claim("nn.adaptive-pool.matches-model", see="generated/torch.nn.AdaptiveAvgPool2d")
@given(
    height=st.integers(1, 5),
    width=st.integers(1, 5),
    rows=st.integers(1, 6),
    columns=st.integers(1, 6),
)
def test_adaptive_bins_are_as_the_model_says(device, height, width, rows, columns):
    """Each value is the mean, or the largest, of the product of the model's bins of the
    two axes, and a mean's gradient goes in equal parts to its bin's pixels.
    """
    # 3600 divides by the number of pixels in any bin.
    image = mixed((1, height, width), device, step=3600).requires_grad_()

    means = F.adaptive_avg_pool2d(image, (rows, columns))
    largest, indices = F.adaptive_max_pool2d(
        image, (rows, columns), return_indices=True
    )
    (of_image,) = torch.autograd.grad(means.sum() * 3600, image)

    case = (height, width, rows, columns)
    bins = adaptive_bins((height, width), (rows, columns))
    pixels = image.flatten().tolist()
    expected_means = [sum(pixels[i] for i in bin) / len(bin) for bin in bins]
    expected_indices = [max(bin, key=pixels.__getitem__) for bin in bins]
    expected_gradient = [
        sum(3600 / len(bin) for bin in bins if i in bin) for i in range(len(pixels))
    ]
    assert (case, means.flatten().tolist()) == (case, expected_means)
    assert (case, indices.flatten().tolist()) == (case, expected_indices)
    assert (case, largest.flatten().tolist()) == (
        case,
        [pixels[i] for i in expected_indices],
    )
    assert (case, of_image.flatten().tolist()) == (case, expected_gradient)


@claim("nn.adaptive-pool.gradient", see="generated/torch.nn.AdaptiveMaxPool1d")
def test_gradients_of_adaptive_pooling(device):
    """A mean passes equal parts of its gradient to its bin's pixels, a maximum all of
    it to the largest, and a pixel in two bins gets both of theirs.
    """
    line = torch.tensor([[1.0, 2.0, 5.0, 4.0, 3.0]], device=device, requires_grad=True)
    gradient = torch.tensor([[3.0, 30.0]], device=device)

    (of_means,) = torch.autograd.grad(F.adaptive_avg_pool1d(line, 2), line, gradient)
    (of_maxima,) = torch.autograd.grad(F.adaptive_max_pool1d(line, 2), line, gradient)

    assert of_means.tolist() == [[1, 1, 11, 10, 10]]
    assert of_maxima.tolist() == [[0, 0, 33, 0, 0]]


# --- unpooling ------------------------------------------------------------------------


@claim("nn.max-unpool.puts-values-back", see="generated/torch.nn.MaxUnpool2d")
@UNPOOLS
def test_unpooling_puts_the_largest_back_in_their_places(
    device, axes, pool, function, layer
):
    """Unpooling with the indices of max pooling puts the values back where they were,
    among zeros.
    """
    image = torch.arange(1.0, 4**axes + 1, device=device).reshape(1, *[4] * axes)
    values, indices = getattr(F, pool)(image, 2, return_indices=True)

    output = function(values, indices, 2)

    assert output.shape == image.shape
    assert output.count_nonzero() == 2**axes
    assert output[output != 0].tolist() == image[output != 0].tolist()
    assert output[output != 0].tolist() == values.flatten().tolist()
    assert layer(2)(values, indices).tolist() == output.tolist()


@claim("nn.max-unpool.output-size", see="generated/torch.nn.MaxUnpool2d")
def test_output_size_tells_what_pooling_has_forgotten(device):
    """Unpooling gives the smallest size that pooling makes that many windows of; an
    output_size gives another, with or without batch and channels.
    """
    values = torch.ones(1, 1, 2, 2, device=device)
    indices = torch.tensor([[[[0, 2], [10, 14]]]], device=device)
    layer = nn.MaxUnpool2d(2)

    output = layer(values, indices, output_size=(5, 4))

    assert layer(values, indices).shape == (1, 1, 4, 4)
    assert output.tolist() == [
        [[[1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]]]
    ]
    assert F.max_unpool2d(values, indices, 2, output_size=(1, 1, 5, 5)).shape == (
        1,
        1,
        5,
        5,
    )


@claim("nn.max-unpool.size-on-each-axis", see="generated/torch.nn.MaxUnpool2d")
@UNPOOLS
def test_unpooling_goes_by_kernel_stride_and_padding(
    device, axes, pool, function, layer
):
    """Along each axis unpooling gives (in - 1) * stride - 2 * padding + kernel_size
    places, or the number in output_size, a tuple or a list, with or without batch and
    channels, in the functions and in the layers.
    """
    size, other_size = (6, 5, 4)[:axes], (7, 6, 4)[:axes]
    arguments = ((4, 3, 2)[:axes], (3, 2, 1)[:axes], (2, 1, 0)[:axes])
    image = torch.arange(1.0, math.prod(size) + 1, device=device).reshape(1, 1, *size)
    values, indices = getattr(F, pool)(image, *arguments, return_indices=True)
    made = layer(*arguments)

    output = function(values, indices, *arguments)

    # (3 - 1) * 3 - 2 * 2 + 4, (3 - 1) * 2 - 2 * 1 + 3 and (3 - 1) * 1 - 2 * 0 + 2
    assert values.shape == (1, 1, *[3] * axes)
    assert output.shape == image.shape
    assert output.flatten()[indices.flatten()].tolist() == values.flatten().tolist()
    assert output.sum().item() == sum(set(values.flatten().tolist()))
    assert made(values, indices).tolist() == output.tolist()
    assert made(values, indices, list(other_size)).shape == (1, 1, *other_size)
    assert made(values, indices, (1, 1, *other_size)).shape == (1, 1, *other_size)
    of_function = function(values, indices, *arguments, other_size)
    assert of_function.shape == (1, 1, *other_size)
    assert function(values[0], indices[0], *arguments).tolist() == output[0].tolist()


@claim("nn.max-unpool.output-size-length", see="generated/torch.nn.MaxUnpool2d")
@UNPOOLS
def test_unpooling_refuses_an_output_size_of_the_wrong_length(
    device, axes, pool, function, layer
):
    """An output_size that has neither a number for each axis nor one for each axis,
    batch and channels raises a ValueError.
    """
    values = torch.zeros([1, 1, *[2] * axes], device=device)
    indices = torch.zeros([1, 1, *[2] * axes], dtype=torch.int64, device=device)

    with pytest.raises(ValueError, match="output_size should be a sequence containing"):
        function(values, indices, 2, output_size=[4] * (axes + 1))


@claim("nn.max-unpool.output-size-range", see="generated/torch.nn.MaxUnpool2d")
@pytest.mark.parametrize("size", [(2, 4), (4, 6)], ids=["small", "large"])
def test_unpooling_refuses_an_impossible_output_size(device, size):
    """An output_size that differs by a stride or more from the smallest raises a
    ValueError that tells the limits.
    """
    values = torch.zeros(1, 1, 2, 2, device=device)
    indices = torch.zeros(1, 1, 2, 2, dtype=torch.int64, device=device)

    with pytest.raises(ValueError, match="must be between 2 and 6"):
        F.max_unpool2d(values, indices, 2, output_size=size)


@claim("nn.max-unpool.indices-checked", see="generated/torch.nn.MaxUnpool2d")
def test_unpooling_wants_int64_indices_of_the_same_shape(device):
    """Indices of another dtype than int64, or of another shape than the values, raise a
    RuntimeError.
    """
    values = torch.zeros(1, 1, 2, 2, device=device)
    indices = torch.zeros(1, 1, 2, 2, dtype=torch.int64, device=device)

    with pytest.raises(RuntimeError, match="indices should be type int64"):
        F.max_unpool2d(values, indices.int(), 2)
    with pytest.raises(RuntimeError, match="shape of indices to be same"):
        F.max_unpool2d(values, indices[..., :1], 2)


@claim("nn.max-unpool.gradient", see="generated/torch.nn.MaxUnpool2d")
def test_unpooling_passes_gradients_from_the_places_to_the_values(device):
    """Each value gets the gradient of the place that it was put in."""
    values = torch.tensor([[5.0, 7.0]], device=device, requires_grad=True)
    indices = torch.tensor([[1, 2]], device=device)

    output = F.max_unpool1d(values, indices, 2)
    output.backward(torch.tensor([[1.0, 2.0, 3.0, 4.0]], device=device))

    assert output.tolist() == [[0, 5, 7, 0]]
    assert values.grad.tolist() == [[2, 3]]


# --- other poolings -------------------------------------------------------------------


@claim("nn.lp-pool.norm-of-each-window", see="generated/torch.nn.LPPool2d")
def test_power_average_pooling_takes_the_norm_of_each_window(device):
    """F.lp_pool1d and 2d take the p-th root of the sum of the p-th powers of each
    window, which for p = 1 is the sum itself.
    """
    line = torch.tensor([[3.0, 4.0, 6.0, 8.0]], device=device)
    image = torch.tensor([[[1.0, 1.0], [1.0, 1.0]]], device=device)

    assert F.lp_pool1d(line, 2, 2).tolist() == [[5, 10]]
    assert F.lp_pool1d(line, 1, 2).tolist() == [[7, 14]]
    assert F.lp_pool2d(image, 2, 2).tolist() == [[[2]]]
    assert nn.LPPool1d(2, 2)(line).tolist() == [[5, 10]]
    assert nn.LPPool1d(1, 2, stride=1)(line).tolist() == [[7, 10, 14]]
    assert nn.LPPool2d(1, (1, 2))(image).tolist() == [[[2], [2]]]


@claim(
    "nn.fractional-pool.chosen-windows", see="generated/torch.nn.FractionalMaxPool2d"
)
@FRACTIONAL
def test_fractional_pooling_draws_where_its_windows_are(device, axes, function, layer):
    """Fractional max pooling gives the size asked for, from windows whose places are
    drawn for each channel of each sample, and tells with return_indices which pixels it
    took.
    """
    size = (5, 6, 7)[:axes]
    pixels = torch.arange(float(math.prod(size)), device=device)
    batch = pixels.double().expand(2, 20, -1).reshape(2, 20, *size)
    output_size = (3, 4, 5)[:axes]

    values, indices = function(batch, 2, output_size=output_size, return_indices=True)
    alone = layer(2, output_size=3)(batch)
    unbatched, of_unbatched = function(batch[0], 2, 3, return_indices=True)
    channels, unbatched_channels = values[0].tolist(), unbatched.tolist()

    assert values.shape == (2, 20, *output_size)
    assert values.dtype == torch.float64
    assert indices.tolist() == values.tolist()
    assert channels != [channels[0]] * 20
    assert channels != values[1].tolist()
    assert alone.shape == (2, 20, *[3] * axes)
    assert unbatched.shape == (20, *[3] * axes)
    assert of_unbatched.tolist() == unbatched_channels
    assert unbatched_channels != [unbatched_channels[0]] * 20


@claim("nn.fractional-pool.ratio", see="generated/torch.nn.FractionalMaxPool2d")
@FRACTIONAL
def test_an_output_ratio_is_rounded_down(device, axes, function, layer):
    """The output_ratio, one number or one for each axis, gives the output's size as
    that part of the input's, rounded down.
    """
    image = torch.zeros(1, 1, *(5, 6, 7)[:axes], device=device)
    ratios = (0.5, 0.7, 0.3)[:axes]

    assert layer(2, output_ratio=0.5)(image).shape == (1, 1, *(2, 3, 3)[:axes])
    assert layer(2, output_ratio=ratios)(image).shape == (1, 1, *(2, 4, 2)[:axes])
    assert function(image, 2, output_ratio=ratios).shape == (1, 1, *(2, 4, 2)[:axes])


@claim("nn.fractional-pool.size-or-ratio", see="generated/torch.nn.FractionalMaxPool2d")
@FRACTIONAL
def test_fractional_pooling_needs_a_size_or_a_ratio(device, axes, function, layer):
    """Fractional max pooling with neither an output size nor a ratio raises a
    ValueError, and so do the layers with both, or with a ratio that is not between 0
    and 1 on each axis.
    """
    image = torch.zeros(1, 1, *[4] * axes, device=device)
    ratio_of_1_at_the_end = [*[0.5] * (axes - 1), 1.0]

    with pytest.raises(ValueError, match="specifying either an output size, or"):
        layer(2)
    with pytest.raises(ValueError, match="specifying either an output_size or"):
        function(image, 2)
    with pytest.raises(ValueError, match="only one of output_size and output_ratio"):
        layer(2, output_size=2, output_ratio=0.5)
    with pytest.raises(ValueError, match="output_ratio must be between 0 and 1"):
        layer(2, output_ratio=0.0)
    with pytest.raises(ValueError, match="output_ratio must be between 0 and 1"):
        layer(2, output_ratio=ratio_of_1_at_the_end)


# --- the layers -----------------------------------------------------------------------


@claim("nn.pooling.defaults", see="generated/torch.nn.MaxPool2d")
@pytest.mark.parametrize(
    ("layer", "defaults"),
    [
        (
            "MaxPool2d",
            ["stride=None", "padding=0", "dilation=1", "return_indices=False"]
            + ["ceil_mode=False"],
        ),
        (
            "AvgPool1d",
            ["stride=None", "padding=0", "ceil_mode=False", "count_include_pad=True"],
        ),
        (
            "AvgPool2d",
            ["stride=None", "padding=0", "ceil_mode=False", "count_include_pad=True"]
            + ["divisor_override=None"],
        ),
        ("MaxUnpool2d", ["stride=None", "padding=0"]),
    ],
    indirect=["layer"],
)
def test_pooling_layers_take_their_arguments_in_this_order(layer, defaults):
    """The pooling layers take kernel_size and then these arguments, with these
    defaults.
    """
    first, *others = inspect.signature(layer).parameters.values()

    assert (first.name, first.default) == ("kernel_size", inspect.Parameter.empty)
    assert [f"{p.name}={p.default}" for p in others] == defaults


@claim("nn.pooling.repr", see="generated/torch.nn.MaxPool2d")
def test_repr_of_pooling_layers():
    """The pooling layers print the window, and MaxPool2d also how it is placed."""
    assert repr(nn.MaxPool2d(2, 1)) == (
        "MaxPool2d(kernel_size=2, stride=1, padding=0, dilation=1, ceil_mode=False)"
    )
    assert repr(nn.AvgPool2d((2, 3))) == (
        "AvgPool2d(kernel_size=(2, 3), stride=(2, 3), padding=0)"
    )
    assert repr(nn.AvgPool1d(2)) == (
        "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))"
    )
    assert repr(nn.AdaptiveAvgPool2d((1, None))) == (
        "AdaptiveAvgPool2d(output_size=(1, None))"
    )


@claim("nn.pooling.no-parameters", see="generated/torch.nn.MaxPool2d")
@pytest.mark.parametrize(
    "layer",
    ["MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "MaxUnpool2d"],
    indirect=True,
)
def test_pooling_layers_have_nothing_to_learn(layer):
    """A pooling layer has no parameters, no buffers and an empty state."""
    made = layer(2)

    assert list(made.parameters()) == []
    assert list(made.buffers()) == []
    assert made.state_dict() == {}

"""A convolution lays a small kernel of weights over each place of its input.

At each place it multiplies every weight with the pixel under it and adds the products
up. The kernel is not flipped, so what deep learning calls a convolution is what
mathematics calls a cross-correlation. Stride, padding and dilation say which places
there are and which pixels lie under the kernel; they decide how large the output is. A
transposed convolution goes the other way, from each place to the pixels: it is the
gradient of a convolution, and not its inverse.

It is often written that the output has (in + 2 * padding - dilation * (kernel - 1)) /
stride + 1 places. That is one too many at stride 1: the part before the division lacks
a - 1, because a kernel of 1 fits into an input of 1 at one place, not at two.
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
    convolutions,
    convolve,
    convolve_backward,
    convolve_transposed,
    convolve_transposed_backward,
    misfits,
    transposed_convolutions,
)
from torch_semantics import claim
from torch_semantics.words import shares_storage

CONVOLUTIONS = pytest.mark.parametrize(
    ("axes", "function", "layer"),
    [(1, "conv1d", "Conv1d"), (2, "conv2d", "Conv2d"), (3, "conv3d", "Conv3d")],
    indirect=["function", "layer"],
    ids=["conv1d", "conv2d", "conv3d"],
)
TRANSPOSED = pytest.mark.parametrize(
    ("axes", "function", "layer"),
    [
        (1, "conv_transpose1d", "ConvTranspose1d"),
        (2, "conv_transpose2d", "ConvTranspose2d"),
        (3, "conv_transpose3d", "ConvTranspose3d"),
    ],
    indirect=["function", "layer"],
    ids=["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"],
)


@pytest.fixture
def function(request):
    """Return the function of torch.nn.functional that has the parameter's name."""
    return getattr(F, request.param)


@pytest.fixture
def layer(request):
    """Return the class of torch.nn that has the parameter's name."""
    return getattr(nn, request.param)


def mixed(shape, device):
    """Return a float tensor of whole numbers from -5 to 5, in no simple order."""
    numbers = torch.arange(math.prod(shape), device=device) * 7 % 11 - 5
    return numbers.reshape(shape).float()


# --- what a convolution computes ------------------------------------------------------


@claim("nn.conv2d.is-cross-correlation", see="generated/torch.nn.Conv2d")
def test_a_convolution_adds_up_kernel_times_input_at_each_place(device):
    """At each place, F.conv2d adds up the products of the pixels and the kernel's
    weights, without flipping the kernel.
    """
    image = torch.arange(9.0, device=device).reshape(1, 1, 3, 3)
    kernel = torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]], device=device)

    output = F.conv2d(image, kernel)

    # 0 1 2
    # 3 4 5    The first place: 0 * 1 + 1 * 10 + 3 * 100 + 4 * 1000.
    # 6 7 8
    assert output.tolist() == [[[[4310, 5421], [7643, 8754]]]]


@claim("nn.conv2d.single-weight-copies", see="generated/torch.nn.functional.conv2d")
@pytest.mark.parametrize(
    ("kernel", "copied"),
    [
        ([[1.0, 0.0], [0.0, 0.0]], [[0, 1], [3, 4]]),
        ([[0.0, 1.0], [0.0, 0.0]], [[1, 2], [4, 5]]),
        ([[0.0, 0.0], [1.0, 0.0]], [[3, 4], [6, 7]]),
        ([[0.0, 0.0], [0.0, 1.0]], [[4, 5], [7, 8]]),
    ],
    ids=["top-left", "top-right", "bottom-left", "bottom-right"],
)
def test_a_kernel_with_a_single_one_copies_the_part_under_it(device, kernel, copied):
    """A kernel that is 1 in one corner and 0 elsewhere copies the input's part at that
    same corner.
    """
    image = torch.arange(9.0, device=device).reshape(1, 1, 3, 3)

    output = F.conv2d(image, torch.tensor([[kernel]], device=device))

    assert output.tolist() == [[copied]]


@claim("nn.conv1d.slides-along-length", see="generated/torch.nn.functional.conv1d")
def test_conv1d_slides_along_the_last_dimension(device):
    """F.conv1d lays the kernel over each place along the input's last dimension."""
    signal = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]], device=device)
    kernel = torch.tensor([[[100.0, 10.0, 1.0]]], device=device)

    output = F.conv1d(signal, kernel)

    assert output.tolist() == [[[123, 234]]]


@claim("nn.conv3d.slides-through-volume", see="generated/torch.nn.functional.conv3d")
def test_conv3d_slides_through_depth_height_and_width(device):
    """F.conv3d lays the kernel over each place of the input's last three dimensions."""
    volume = torch.arange(8.0, device=device).reshape(1, 1, 2, 2, 2)
    pairs_in_depth = torch.tensor([10.0, 1.0], device=device).reshape(1, 1, 2, 1, 1)
    pairs_in_height = pairs_in_depth.reshape(1, 1, 1, 2, 1)
    pairs_in_width = pairs_in_depth.reshape(1, 1, 1, 1, 2)

    outputs = [
        F.conv3d(volume, pairs_in_depth),
        F.conv3d(volume, pairs_in_height),
        F.conv3d(volume, pairs_in_width),
    ]

    assert outputs[0].tolist() == [[[[[4, 15], [26, 37]]]]]
    assert outputs[1].tolist() == [[[[[2, 13]], [[46, 57]]]]]
    assert outputs[2].tolist() == [[[[[1], [23]], [[45], [67]]]]]


@claim("nn.conv2d.sums-over-channels", see="generated/torch.nn.Conv2d")
def test_an_output_channel_sums_over_all_input_channels(device):
    """Each output channel adds up what its own kernel gives on every input channel."""
    image = torch.tensor([[[[1.0]], [[2.0]], [[3.0]]]], device=device)
    weight = torch.tensor([[100.0, 10.0, 1.0], [1.0, 10.0, 100.0]], device=device)

    output = F.conv2d(image, weight.reshape(2, 3, 1, 1))

    assert output.tolist() == [[[[123]], [[321]]]]


@claim("nn.conv2d.adds-bias", see="generated/torch.nn.functional.conv2d")
def test_the_bias_is_added_to_each_place_of_its_channel(device):
    """The bias has one number for each output channel, added once at each place."""
    image = torch.tensor([[[[1.0, 2.0]]]], device=device)
    weight = torch.tensor([1.0, 2.0], device=device).reshape(2, 1, 1, 1)
    bias = torch.tensor([10.0, 20.0], device=device)

    output = F.conv2d(image, weight, bias)

    assert output.tolist() == [[[[11, 12]], [[22, 24]]]]


@claim("nn.conv.samples-stay-apart", see="generated/torch.nn.functional.conv1d")
def test_the_samples_of_a_batch_do_not_meet(device):
    """Each sample of a batch is convolved with the same kernel, and by itself."""
    batch = torch.tensor(
        [[[1.0, 2.0]], [[10.0, 20.0]], [[300.0, 400.0]]], device=device
    )
    kernel = torch.tensor([[[1.0, 1.0]]], device=device)

    output = F.conv1d(batch, kernel)

    assert output.tolist() == [[[3]], [[30]], [[700]]]


@claim("nn.conv.functions-in-torch", see="generated/torch.nn.functional.conv2d")
@pytest.mark.parametrize(
    ("name", "axes", "around"),
    [
        ("conv1d", 1, [1]),
        ("conv2d", 2, [1] * 4),
        ("conv3d", 3, [1] * 13),
        ("conv_transpose1d", 1, [1]),
        ("conv_transpose2d", 2, [1] * 4),
        ("conv_transpose3d", 3, [1] * 13),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_torch_itself_has_the_convolutions(device, name, axes, around):
    """The torch module has the convolutions of torch.nn.functional under the same
    names, with input, weight, bias, stride and padding in this order.
    """
    image = torch.ones([1, 1, *[3] * axes], device=device)
    weight = torch.full([1, 1, *[1] * axes], 2.0, device=device)
    bias = torch.ones(1, device=device)

    output = getattr(torch, name)(image, weight, bias, 2, 1)

    assert output.shape == image.shape
    assert output.flatten().tolist() == [*around, 3, *around]


# --- the layer ------------------------------------------------------------------------


@claim("nn.conv2d.defaults", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize("layer", ["Conv1d", "Conv2d", "Conv3d"], indirect=True)
def test_a_layer_takes_its_arguments_in_this_order_with_these_defaults(layer):
    """The layers take in_channels, out_channels and kernel_size, and then, with these
    defaults, stride=1, padding=0, dilation=1, groups=1, bias=True,
    padding_mode="zeros", device=None and dtype=None.
    """
    parameters = inspect.signature(layer).parameters.values()

    required = inspect.Parameter.empty
    assert [(p.name, p.default) for p in parameters][:11] == [
        ("in_channels", required),
        ("out_channels", required),
        ("kernel_size", required),
        ("stride", 1),
        ("padding", 0),
        ("dilation", 1),
        ("groups", 1),
        ("bias", True),
        ("padding_mode", "zeros"),
        ("device", None),
        ("dtype", None),
    ]


@claim("nn.conv2d.default-attributes", see="generated/torch.nn.Conv2d")
def test_a_layer_keeps_its_arguments_as_attributes(device):
    """A Conv2d keeps its arguments as attributes, with one entry per axis where they
    may differ between axes.
    """
    layer = nn.Conv2d(2, 4, 3, device=device)

    assert (layer.in_channels, layer.out_channels) == (2, 4)
    assert layer.kernel_size == (3, 3)
    assert layer.stride == (1, 1)
    assert layer.padding == (0, 0)
    assert layer.dilation == (1, 1)
    assert layer.groups == 1
    assert layer.padding_mode == "zeros"
    assert layer.training is True


@claim("nn.conv2d.kernel-size-required", see="generated/torch.nn.Conv2d")
def test_the_kernel_size_is_required():
    """Conv2d without a kernel size raises a TypeError that names the argument."""
    with pytest.raises(TypeError, match=r"missing 1 required .*'kernel_size'"):
        nn.Conv2d(1, 1)


@claim("nn.conv2d.repr", see="generated/torch.nn.Conv2d")
def test_repr_tells_what_is_not_default():
    """A Conv2d or ConvTranspose2d prints its channels, kernel size and stride, and of
    the other arguments those that are not the defaults.
    """
    plain = nn.Conv2d(2, 4, 3)
    other = nn.Conv2d(2, 4, (3, 1), 2, (1, 0), (2, 1), 2, False, "circular")
    transposed = nn.ConvTranspose2d(2, 4, 3, 2, output_padding=(0, 1))

    assert repr(plain) == "Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1))"
    assert repr(other) == (
        "Conv2d(2, 4, kernel_size=(3, 1), stride=(2, 2), padding=(1, 0),"
        " dilation=(2, 1), groups=2, bias=False, padding_mode=circular)"
    )
    assert repr(transposed) == (
        "ConvTranspose2d(2, 4, kernel_size=(3, 3), stride=(2, 2),"
        " output_padding=(0, 1))"
    )


@claim("nn.conv.parameter-shapes", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize(
    ("layer", "kernel"),
    [("Conv1d", (3,)), ("Conv2d", (3, 5)), ("Conv3d", (3, 5, 7))],
    ids=["conv1d", "conv2d", "conv3d"],
    indirect=["layer"],
)
def test_the_weight_has_output_channels_input_channels_and_kernel(
    device, layer, kernel
):
    """A layer has two parameters, both leaves that require gradients: the weight of
    shape (out_channels, in_channels / groups, kernel) and the bias of shape
    (out_channels,).
    """
    made = layer(4, 6, kernel, groups=2, device=device)

    assert [name for name, _ in made.named_parameters()] == ["weight", "bias"]
    assert (made.weight.shape, made.bias.shape) == ((6, 2, *kernel), (6,))
    assert made.weight.dtype == made.bias.dtype == torch.float32
    assert made.weight.device == made.bias.device == device
    assert [p.requires_grad for p in made.parameters()] == [True, True]
    assert [p.is_leaf for p in made.parameters()] == [True, True]


@claim("nn.conv.initial-values", see="generated/torch.nn.Conv2d")
def test_a_new_layer_draws_its_parameters_from_a_symmetric_range(device):
    """A new layer's weight and bias lie within plus or minus the square root of groups
    / (in_channels * kernel points), and fill that range.
    """
    layer = nn.Conv2d(
        2, 256, (4, 1), groups=2, device=device
    )  # the square root of 1 / 4

    assert 0.48 < layer.weight.max() <= 0.5
    assert -0.5 <= layer.weight.min() < -0.48
    assert 0.4 < layer.bias.max() <= 0.5
    assert -0.5 <= layer.bias.min() < -0.4


@claim("nn.conv.initial-values-seeded", see="generated/torch.manual_seed")
def test_the_seed_decides_the_first_parameters(device):
    """Layers made after the same seed have equal parameters, and layers made one after
    the other have different ones.
    """
    torch.manual_seed(0)
    first, second = nn.Conv2d(1, 2, 3, device=device), nn.Conv2d(1, 2, 3, device=device)
    torch.manual_seed(0)
    again = nn.Conv2d(1, 2, 3, device=device)

    assert again.weight.tolist() == first.weight.tolist()
    assert again.bias.tolist() == first.bias.tolist()
    assert not torch.equal(second.weight, first.weight)
    assert not torch.equal(second.bias, first.bias)


@claim("nn.conv.reset-parameters", see="generated/torch.nn.Conv2d")
def test_reset_parameters_draws_the_parameters_anew(device):
    """reset_parameters() draws what a new layer does into the same parameters, also
    where they are in channels-last order, and records no graph.
    """
    layer = nn.Conv2d(2, 64, 2, device=device)
    weight, bias = layer.weight, layer.bias
    torch.manual_seed(0)
    new = nn.Conv2d(2, 64, 2, device=device)

    torch.manual_seed(0)
    layer.reset_parameters()
    again = layer.weight.tolist()
    layer.to(memory_format=torch.channels_last).reset_parameters()

    assert layer.weight is weight
    assert layer.bias is bias
    assert again == new.weight.tolist()
    assert weight.stride() == (8, 1, 4, 2)
    assert weight.count_nonzero() == 512
    assert weight.tolist() != again
    assert 0.34 < weight.max() <= 8**-0.5
    assert -(8**-0.5) <= weight.min() < -0.34
    assert (weight.is_leaf, weight.requires_grad) == (True, True)
    assert (bias.is_leaf, bias.requires_grad) == (True, True)


@claim("nn.conv.no-bias", see="generated/torch.nn.Conv2d")
@CONVOLUTIONS
def test_a_layer_without_bias_adds_nothing(device, axes, function, layer):
    """With bias=False a layer's bias is None and not in its state, and nothing is
    added.
    """
    made = layer(1, 1, 1, bias=False, device=device)
    made.load_state_dict({"weight": torch.full([1, 1, *[1] * axes], 2.0)})

    output = made(torch.full([1, 1, *[1] * axes], 3.0, device=device))

    assert made.bias is None
    assert list(made.state_dict()) == ["weight"]
    assert output.flatten().tolist() == [6]


@claim("nn.conv.reads-parameters-at-call", see="generated/torch.nn.Conv2d")
def test_a_layer_computes_with_the_parameters_that_it_has(device):
    """Each call of a layer uses the weight and the bias that it has at that time."""
    layer = nn.Conv1d(1, 1, 2, device=device)
    signal = torch.tensor([[[1.0, 2.0, 3.0]]], device=device)

    layer.load_state_dict(
        {"weight": torch.tensor([[[10.0, 1.0]]]), "bias": torch.tensor([0.0])}
    )
    before = layer(signal)
    with torch.no_grad():
        layer.weight.mul_(2)
        layer.bias.fill_(1000)
    after = layer(signal)

    assert before.tolist() == [[[12, 23]]]
    assert after.tolist() == [[[1024, 1046]]]


@claim("nn.conv.dtype-argument", see="generated/torch.nn.Conv2d")
@CONVOLUTIONS
def test_a_layer_can_be_made_with_a_dtype(device, axes, function, layer):
    """The dtype argument decides the dtype of a layer's parameters."""
    made = layer(1, 1, 1, dtype=torch.bfloat16, device=device)

    output = made(torch.ones([1, 1, *[1] * axes], dtype=torch.bfloat16, device=device))

    assert made.weight.dtype == made.bias.dtype == torch.bfloat16
    assert output.dtype == torch.bfloat16


@claim("nn.conv.lazy-in-channels", see="generated/torch.nn.LazyConv2d")
@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
@pytest.mark.parametrize(
    ("layer", "axes", "type_then", "weight"),
    [
        ("LazyConv1d", 1, nn.Conv1d, (6, 2, 3)),
        ("LazyConv2d", 2, nn.Conv2d, (6, 2, 3, 3)),
        ("LazyConv3d", 3, nn.Conv3d, (6, 2, 3, 3, 3)),
        ("LazyConvTranspose1d", 1, nn.ConvTranspose1d, (4, 3, 3)),
        ("LazyConvTranspose2d", 2, nn.ConvTranspose2d, (4, 3, 3, 3)),
        ("LazyConvTranspose3d", 3, nn.ConvTranspose3d, (4, 3, 3, 3, 3)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
    indirect=["layer"],
)
@pytest.mark.parametrize("batch", [(), (1,)], ids=["unbatched", "batched"])
def test_a_lazy_layer_takes_its_channels_from_the_first_input(
    device, layer, axes, type_then, weight, batch
):
    """A lazy layer has no weight until its first input tells the number of input
    channels, which groups must divide; then it draws it, and is of the usual type.
    """
    made = layer(6, 3, 2, groups=2, device=device)
    was_without = isinstance(made.weight, nn.UninitializedParameter)
    options = (made.kernel_size, made.stride, made.groups)

    with pytest.raises(ValueError, match="in_channels must be divisible by groups"):
        layer(6, 3, groups=2, device=device)(torch.zeros(3, *[5] * axes, device=device))
    made(torch.zeros(*batch, 4, *[5] * axes, device=device))

    assert was_without
    assert options == ((3,) * axes, (2,) * axes, 2)
    assert type(made) is type_then
    assert made.in_channels == 4
    assert made.weight.shape == weight
    assert made.bias.shape == (6,)
    assert made.weight.count_nonzero() == made.weight.numel()
    assert made.bias.count_nonzero() == 6


@claim("nn.conv.lazy-wrong-dimensions", see="generated/torch.nn.LazyConv2d")
@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
@pytest.mark.parametrize(
    ("layer", "dimensions", "message"),
    [
        ("LazyConv1d", 1, "Expected 2D .* or 3D .* but got input of size"),
        ("LazyConv2d", 5, "Expected 3D .* or 4D .* but got input of size"),
        ("LazyConvTranspose3d", 3, "Expected 4D .* or 5D .* but got input of size"),
    ],
    indirect=["layer"],
)
def test_a_lazy_layer_refuses_a_first_input_of_other_dimensions(
    device, layer, dimensions, message
):
    """A first input of other dimensions raises a RuntimeError that tells the two
    numbers allowed, and the layer goes on to wait for its channels.
    """
    made = layer(2, 1, device=device)

    with pytest.raises(RuntimeError, match=message):
        made(torch.zeros([1] * dimensions, device=device))

    assert type(made) is layer
    assert isinstance(made.weight, nn.UninitializedParameter)


# --- ints and tuples ------------------------------------------------------------------


@claim("nn.conv2d.int-or-tuple-arguments", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding", "dilation"])
def test_one_int_stands_for_both_axes(device, name):
    """Kernel size, stride, padding and dilation may each be one int, which the layer
    keeps as a pair of it and uses for height and width.
    """
    arguments = {"kernel_size": (1, 2), "stride": (2, 1), "padding": (0, 1)}
    with_int = nn.Conv2d(1, 1, **{**arguments, name: 2}, device=device)
    with_pair = nn.Conv2d(1, 1, **{**arguments, name: (2, 2)}, device=device)
    with_pair.load_state_dict(with_int.state_dict())
    image = mixed((1, 1, 6, 7), device)

    assert getattr(with_int, name) == (2, 2)
    assert with_int(image).tolist() == with_pair(image).tolist()


@claim("nn.conv2d.function-int-or-tuple", see="generated/torch.nn.functional.conv2d")
@pytest.mark.parametrize(
    ("argument", "output"),
    [
        ({"stride": 2}, [[0, 2], [6, 8]]),
        (
            {"padding": 1},
            [[0] * 5, [0, 0, 1, 2, 0], [0, 3, 4, 5, 0], [0, 6, 7, 8, 0], [0] * 5],
        ),
        ({"stride": (2,)}, [[0, 2], [6, 8]]),
        ({"stride": [2, 2]}, [[0, 2], [6, 8]]),
    ],
    ids=["stride-int", "padding-int", "stride-1-tuple", "stride-list"],
)
def test_the_function_takes_one_number_for_both_axes(device, argument, output):
    """F.conv2d takes one number for both axes, as an int or in a tuple, or a list."""
    image = torch.arange(9.0, device=device).reshape(1, 1, 3, 3)

    result = F.conv2d(image, torch.ones(1, 1, 1, 1, device=device), **argument)

    assert result.tolist() == [[output]]


@claim("nn.conv2d.list-arguments", see="generated/torch.nn.Conv2d")
def test_a_list_is_as_good_as_a_tuple(device):
    """A layer takes lists too, and keeps them as tuples."""
    layer = nn.Conv2d(1, 1, [3, 2], [2, 1], [1, 0], [1, 2], device=device)

    assert layer.kernel_size == (3, 2)
    assert layer.stride == (2, 1)
    assert layer.padding == (1, 0)
    assert layer.dilation == (1, 2)
    assert layer(torch.zeros(1, 1, 4, 4, device=device)).shape == (1, 1, 2, 2)


@claim("nn.conv2d.wrong-length-fails-in-forward", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding", "dilation"])
def test_a_tuple_of_the_wrong_length_fails_at_the_call(device, name):
    """Conv2d can be made with three numbers for its two axes, and raises a RuntimeError
    once it is called.
    """
    layer = nn.Conv2d(1, 1, **{"kernel_size": 1, name: (1, 1, 1)}, device=device)

    with pytest.raises(RuntimeError, match="to match the convolution dimensions"):
        layer(torch.zeros(1, 1, 4, 4, device=device))


@claim("nn.conv2d.tuple-order-height-width", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize(
    ("kernel", "arguments", "size"),
    [
        ((3, 1), {}, (6, 9)),
        ((1, 3), {}, (8, 7)),
        ((1, 1), {"stride": (2, 1)}, (4, 9)),
        ((1, 1), {"padding": (4, 2)}, (16, 13)),
        ((3, 3), {"dilation": (3, 1)}, (2, 7)),
    ],
    ids=["tall-kernel", "wide-kernel", "stride", "padding", "dilation"],
)
def test_the_first_number_is_for_the_height(device, kernel, arguments, size):
    """The first number of a pair acts on the height, dimension 2 of a batch of images,
    and the second on the width, dimension 3.
    """
    layer = nn.Conv2d(1, 1, kernel, **arguments, device=device)

    output = layer(torch.zeros(1, 1, 8, 9, device=device))

    assert layer.weight.shape == (1, 1, *kernel)
    assert output.shape == (1, 1, *size)


@claim(
    "nn.conv2d.transposes-with-its-arguments",
    see="generated/torch.nn.functional.conv2d",
)
@given(case=convolutions(axes=2, groups=1))
def test_swapping_height_and_width_everywhere_swaps_them_in_the_output(device, case):
    """Swapping height and width of the input, the kernel and all pairs of arguments
    swaps them in the output and changes nothing else.
    """
    image = mixed((1, *case.image), device)
    weight = mixed((case.outputs, case.channels[0], *case.conv.kernel), device)
    pairs = case.conv[1:4]

    output = F.conv2d(image, weight, None, *pairs)
    swapped = F.conv2d(image.mT, weight.mT, None, *(pair[::-1] for pair in pairs))

    assert (case, swapped.mT.tolist()) == (case, output.tolist())


# --- stride, padding, dilation --------------------------------------------------------


@claim("nn.conv2d.stride-subsamples", see="generated/torch.nn.Conv2d")
def test_stride_takes_every_nth_place(device):
    """The stride is the step from one place to the next, so that a stride larger than
    the kernel passes over pixels.
    """
    image = torch.arange(25.0, device=device).reshape(1, 1, 5, 5)
    kernel = torch.ones(1, 1, 1, 1, device=device)

    output = F.conv2d(image, kernel, stride=(2, 3))

    #  0   .   .   3   .
    #  .   .   .   .   .
    # 10   .   .  13   .
    #  .   .   .   .   .
    # 20   .   .  23   .
    assert output.tolist() == [[[[0, 3], [10, 13], [20, 23]]]]


@claim("nn.conv2d.stride-equals-slicing", see="generated/torch.nn.functional.conv2d")
@given(case=convolutions(axes=2, groups=1))
def test_a_strided_convolution_is_a_slice_of_the_dense_one(device, case):
    """A convolution with strides (y, x) gives the places [::y, ::x] of the one with
    stride 1.
    """
    image = mixed((1, *case.image), device)
    weight = mixed((case.outputs, case.channels[0], *case.conv.kernel), device)
    _, stride, padding, dilation, _ = case.conv

    dense = F.conv2d(image, weight, None, 1, padding, dilation)
    strided = F.conv2d(image, weight, None, stride, padding, dilation)

    y, x = stride
    assert (case, strided.tolist()) == (case, dense[:, :, ::y, ::x].tolist())


@claim("nn.conv2d.stride-beyond-input", see="generated/torch.nn.Conv2d")
def test_a_stride_larger_than_the_input_leaves_the_first_place(device):
    """With a stride larger than the input there is one place, the first."""
    image = torch.arange(9.0, device=device).reshape(1, 1, 3, 3)

    output = F.conv2d(image, torch.ones(1, 1, 2, 2, device=device), stride=10)

    assert output.tolist() == [[[[0 + 1 + 3 + 4]]]]


@claim("nn.conv2d.padding-is-implicit-zeros", see="generated/torch.nn.Conv2d")
def test_padding_puts_zeros_on_both_sides(device):
    """The padding (y, x) puts y rows of zeros above and below the input, and x columns
    on its left and right; it may be larger than the input.
    """
    image = torch.tensor([[[[1.0, 2.0]]]], device=device)
    kernel = torch.ones(1, 1, 1, 1, device=device)

    output = F.conv2d(image, kernel, padding=(2, 3))

    assert output.tolist() == [
        [
            [
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 1, 2, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
            ]
        ]
    ]


@claim("nn.conv2d.padding-equals-pad", see="generated/torch.nn.functional.pad")
def test_padding_is_what_pad_does_with_the_axes_in_reverse(device):
    """Convolving with padding (y, x) equals convolving the result of F.pad, which takes
    its amounts from the last dimension to the first, each side by itself.
    """
    image = mixed((2, 3, 3, 4), device)
    kernel = mixed((2, 3, 2, 3), device)

    output = F.conv2d(image, kernel, padding=(4, 2))
    of_padded = F.conv2d(F.pad(image, (2, 2, 4, 4)), kernel)

    assert output.shape == (2, 2, 10, 6)
    assert output.tolist() == of_padded.tolist()


@claim("nn.conv.padding-gets-no-bias", see="generated/torch.nn.Conv2d")
def test_places_on_padding_alone_give_the_bias(device):
    """A place where the kernel lies on padding alone gives 0 plus the bias."""
    signal = torch.tensor([[[1.0]]], device=device)
    bias = torch.tensor([7.0], device=device)

    output = F.conv1d(signal, torch.ones(1, 1, 1, device=device), bias, padding=2)

    assert output.tolist() == [[[7, 7, 8, 7, 7]]]


@claim("nn.conv2d.dilation-spaces-kernel-points", see="generated/torch.nn.Conv2d")
def test_dilation_puts_distance_between_the_kernel_points(device):
    """The dilation is the distance from one kernel point to the next; the kernel keeps
    its number of weights.
    """
    image = torch.arange(9.0, device=device).reshape(1, 1, 3, 3)
    layer = nn.Conv2d(1, 1, 2, dilation=2, bias=False, device=device)
    layer.load_state_dict({"weight": torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]])})

    output = layer(image)

    # 0 . 2
    # . . .    2 * 10 + 6 * 100 + 8 * 1000
    # 6 . 8
    assert output.tolist() == [[[[8620]]]]
    assert layer.weight.shape == (1, 1, 2, 2)


@claim(
    "nn.conv2d.dilation-equals-zeros-between",
    see="generated/torch.nn.functional.conv2d",
)
@given(case=convolutions(axes=2, groups=1))
def test_a_dilated_kernel_is_a_larger_kernel_with_zeros(device, case):
    """A kernel with dilation d computes what a kernel with d - 1 zeros between the
    weights along each axis does without.
    """
    image = mixed((1, *case.image), device)
    weight = mixed((case.outputs, case.channels[0], *case.conv.kernel), device)
    (height, width), stride, padding, (y, x), _ = case.conv
    size = (y * (height - 1) + 1, x * (width - 1) + 1)
    with_zeros = torch.zeros(*weight.shape[:2], *size, device=device)
    with_zeros[:, :, ::y, ::x] = weight

    dilated = F.conv2d(image, weight, None, stride, padding, (y, x))
    dense = F.conv2d(image, with_zeros, None, stride, padding)

    assert (case, dilated.tolist()) == (case, dense.tolist())


@claim("nn.conv2d.column-kernel", see="generated/torch.nn.Conv2d")
def test_a_column_kernel_works_on_each_column_alone(device):
    """A kernel (k, 1) with stride (s, 1) and padding (p, 0) does to each column what
    conv1d does to it, and keeps the width.
    """
    image = torch.tensor([[[[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]]], device=device)
    weight = torch.tensor([100.0, 10.0, 1.0], device=device)

    output = F.conv2d(image, weight.reshape(1, 1, 3, 1), None, (2, 1), (1, 0))
    columns = [
        F.conv1d(column, weight.reshape(1, 1, 3), None, 2, 1)
        for column in image.unbind(dim=-1)
    ]

    assert output.tolist() == [[[[12, 56], [230, 670]]]]
    assert [column.tolist() for column in columns] == [[[[12, 230]]], [[[56, 670]]]]


@claim("nn.conv2d.column-kernel-int-padding-widens", see="generated/torch.nn.Conv2d")
def test_int_padding_of_a_column_kernel_widens_the_output(device):
    """One int of padding counts for the width too, so that a column kernel's output is
    wider than its input by twice that number.
    """
    image = torch.tensor([[[[1.0], [2.0], [3.0]]]], device=device)
    kernel = torch.ones(1, 1, 3, 1, device=device)

    output = F.conv2d(image, kernel, padding=1)

    assert output.tolist() == [[[[0, 3, 0], [0, 6, 0], [0, 5, 0]]]]


@claim("nn.conv.valid-padding", see="generated/torch.nn.Conv2d")
@CONVOLUTIONS
@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_valid_padding_is_no_padding(device, axes, function, layer, mode):
    """Padding "valid" pads nothing, in the function and in the layer, at any stride and
    in any padding mode.
    """
    image = torch.arange(5.0**axes, device=device).reshape(1, 1, *[5] * axes)
    weight = torch.ones([1, 1, *[3] * axes], device=device)
    made = layer(
        1, 1, 3, 2, padding="valid", bias=False, padding_mode=mode, device=device
    )
    made.load_state_dict({"weight": weight})

    output = function(image, weight, stride=2, padding="valid")

    assert output.shape == (1, 1, *[2] * axes)
    assert output.tolist() == function(image, weight, stride=2, padding=0).tolist()
    assert made(image).tolist() == output.tolist()


@claim("nn.conv.same-padding", see="generated/torch.nn.Conv2d")
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize(
    ("kernel", "dilation", "output"),
    [
        ([10.0, 1.0], 1, [12, 23, 30]),
        ([100.0, 10.0, 1.0], 1, [12, 123, 230]),
        ([100.0, 10.0, 1.0], 2, [13, 20, 130]),
        ([1000.0, 100.0, 10.0, 1.0], 1, [123, 1230, 2300]),
    ],
    ids=["kernel-2", "kernel-3", "kernel-3-dilation-2", "kernel-4"],
)
def test_same_padding_keeps_the_size(device, kernel, dilation, output):
    """Padding "same" puts as many zeros around the input as keep its size; of an odd
    number of zeros, the one more is at the end.
    """
    signal = torch.tensor([[[1.0, 2.0, 3.0]]], device=device)
    weight = torch.tensor([[kernel]], device=device)
    layer = nn.Conv1d(
        1, 1, len(kernel), padding="same", dilation=dilation, bias=False, device=device
    )
    layer.load_state_dict({"weight": weight})

    of_function = F.conv1d(signal, weight, padding="same", dilation=dilation)
    of_layer = layer(signal)

    assert of_function.tolist() == [[output]]
    assert of_layer.tolist() == [[output]]


@claim("nn.conv.same-padding-every-axis", see="generated/torch.nn.functional.conv2d")
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@CONVOLUTIONS
def test_same_padding_keeps_the_size_of_every_axis(device, axes, function, layer):
    """Padding "same" keeps the size of each axis, whatever the kernel's size there."""
    image = torch.ones([1, 1, 3, 4, 5][: axes + 2], device=device)
    kernel = [2, 3, 1][:axes]
    made = layer(1, 1, kernel, padding="same", device=device)

    of_function = function(
        image, torch.ones([1, 1, *kernel], device=device), padding="same"
    )
    of_layer = made(image)

    assert of_function.shape == image.shape
    assert of_layer.shape == image.shape


@claim("nn.conv.same-padding-even-kernel-warns", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize("dilation", [1, 3])
def test_same_padding_of_an_even_kernel_warns_of_a_copy(device, dilation):
    """Padding "same" with an even kernel and an odd dilation warns that a padded copy
    of the input may be made.
    """
    signal = torch.zeros(1, 1, 3, device=device)
    kernel = torch.zeros(1, 1, 2, device=device)

    with pytest.warns(UserWarning, match="padding='same' with even kernel lengths"):
        F.conv1d(signal, kernel, padding="same", dilation=dilation)


@claim("nn.conv2d.same-padding-needs-stride-1", see="generated/torch.nn.Conv2d")
def test_same_padding_with_a_stride_is_refused(device):
    """Padding "same" with another stride than 1 raises: a ValueError when the layer is
    made, and a RuntimeError from the function.
    """
    refused = "padding='same' is not supported for strided convolutions"
    image = torch.zeros(1, 1, 4, 4, device=device)

    with pytest.raises(ValueError, match=refused):
        nn.Conv2d(1, 1, 3, stride=(1, 2), padding="same")
    with pytest.raises(RuntimeError, match=refused):
        F.conv2d(image, image, stride=(1, 2), padding="same")


@claim("nn.conv2d.unknown-padding-refused", see="generated/torch.nn.Conv2d")
def test_another_word_for_the_padding_is_refused(device):
    """Another word for the padding than "same" and "valid" raises: a ValueError when
    the layer is made, and a RuntimeError from the function.
    """
    image = torch.zeros(1, 1, 4, 4, device=device)

    with pytest.raises(ValueError, match=r"Invalid padding string '?full'?"):
        nn.Conv2d(1, 1, 3, padding="full")
    with pytest.raises(RuntimeError, match="Invalid padding string: 'full'"):
        F.conv2d(image, image, padding="full")


@claim("nn.conv.padding-mode", see="generated/torch.nn.Conv1d")
@pytest.mark.parametrize(
    ("mode", "output"),
    [
        ("zeros", [12, 123, 230]),
        ("circular", [312, 123, 231]),
        ("reflect", [212, 123, 232]),
        ("replicate", [112, 123, 233]),
    ],
)
@pytest.mark.parametrize("padding", [1, "same"])
def test_the_padding_mode_says_what_the_padding_holds(device, mode, padding, output):
    """The padding_mode fills the padding with zeros, with the other end of the input,
    with its mirror image, or with the pixel at the edge.
    """
    layer = nn.Conv1d(
        1, 1, 3, padding=padding, padding_mode=mode, bias=False, device=device
    )
    layer.load_state_dict({"weight": torch.tensor([[[100.0, 10.0, 1.0]]])})

    result = layer(torch.tensor([[[1.0, 2.0, 3.0]]], device=device))

    assert result.tolist() == [[output]]


@claim("nn.conv2d.padding-mode-per-axis", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize(
    ("padding", "output"),
    [
        ((1, 0), [[3, 4], [1, 2], [3, 4], [1, 2]]),
        ((0, 1), [[2, 1, 2, 1], [4, 3, 4, 3]]),
    ],
    ids=["height", "width"],
)
def test_the_padding_of_a_padding_mode_is_for_height_and_width(device, padding, output):
    """In every padding mode the first number of the padding is for the height, and the
    second for the width.
    """
    layer = nn.Conv2d(
        1, 1, 1, padding=padding, padding_mode="circular", bias=False, device=device
    )
    layer.load_state_dict({"weight": torch.ones(1, 1, 1, 1)})

    result = layer(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]], device=device))

    assert result.tolist() == [[output]]


@claim("nn.conv2d.same-padding-in-padding-mode", see="generated/torch.nn.Conv2d")
def test_same_padding_of_a_padding_mode_is_for_each_axis(device):
    """Padding "same" puts on each axis what its kernel and dilation need, in another
    padding mode too, of an odd number the one more at the end.
    """
    layer = nn.Conv2d(
        1, 1, (2, 4), padding="same", padding_mode="circular", bias=False, device=device
    )
    last_alone = torch.tensor([[[[0.0, 0, 0, 0], [0, 0, 0, 1]]]])
    layer.load_state_dict({"weight": last_alone})
    image = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]], device=device)

    output = layer(image)

    # With the padding, none above and one row below, one column left and two right:
    # 3 1 2 3 1 2
    # 6 4 5 6 4 5
    # 3 1 2 3 1 2
    assert output.tolist() == [[[[6, 4, 5], [3, 1, 2]]]]


@claim("nn.conv3d.padding-mode", see="generated/torch.nn.Conv3d")
def test_conv3d_has_padding_modes_too(device):
    """Conv3d fills its padding by padding_mode too, each axis by itself."""
    layer = nn.Conv3d(
        1, 1, 1, padding=(0, 1, 0), padding_mode="circular", bias=False, device=device
    )
    layer.load_state_dict({"weight": torch.ones(1, 1, 1, 1, 1)})

    output = layer(torch.tensor([[[[[1.0], [2.0], [3.0]]]]], device=device))

    assert output.tolist() == [[[[[3], [1], [2], [3], [1]]]]]


@claim("nn.conv.padding-mode-keeps-other-arguments", see="generated/torch.nn.Conv1d")
def test_a_padding_mode_leaves_the_other_arguments_in_force(device):
    """A layer with a padding mode keeps to its stride, dilation, groups and bias."""
    layer = nn.Conv1d(
        2, 2, 2, 2, 1, dilation=2, groups=2, padding_mode="replicate", device=device
    )
    weight = torch.tensor([[[10.0, 1.0]], [[1.0, 10.0]]])
    layer.load_state_dict({"weight": weight, "bias": torch.tensor([100.0, 200.0])})

    output = layer(torch.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]], device=device))

    # padded: 1 1 2 3 3 and 4 4 5 6 6
    assert output.tolist() == [[[112, 123], [254, 265]]]


@claim("nn.conv.unknown-padding-mode-refused", see="generated/torch.nn.Conv2d")
def test_an_unknown_padding_mode_is_refused():
    """Another padding_mode raises a ValueError when the layer is made."""
    with pytest.raises(ValueError, match=r"padding_mode must be one of .*'mirror'"):
        nn.Conv2d(1, 1, 3, padding_mode="mirror")


# --- how large the output is ----------------------------------------------------------


@claim("nn.conv2d.output-size-formula", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ({}, (6, 5)),
        ({"stride": 2}, (3, 3)),
        ({"stride": 3}, (2, 2)),
        ({"padding": (0, 2)}, (6, 9)),
        ({"dilation": (2, 3)}, (4, 1)),
        ({"stride": (2, 3), "padding": (1, 2), "dilation": (1, 2)}, (4, 3)),
    ],
    ids=["plain", "stride-2", "stride-3", "padding", "dilation", "all"],
)
def test_the_output_has_as_many_places_as_the_kernel_fits_at(device, arguments, size):
    """Along each axis the output has (in + 2 * padding - dilation * (kernel - 1) - 1)
    // stride + 1 places, which is in - kernel + 1 when nothing else is asked for.
    """
    image = torch.zeros(1, 1, 8, 7, device=device)
    kernel = torch.zeros(1, 1, 3, 3, device=device)

    output = F.conv2d(image, kernel, **arguments)

    assert output.shape == (1, 1, *size)


@claim("nn.conv.output-size-for-all", see="generated/torch.nn.Conv2d")
@CONVOLUTIONS
@given(data=st.data())
def test_every_convolution_has_the_size_of_the_model(
    device, axes, function, layer, data
):
    """The size rule holds for any size, kernel, stride, padding and dilation, on each
    axis by itself, in the layers and in the functions.
    """
    case = data.draw(convolutions(axes, groups=1))
    conv, channels = case.conv, case.channels
    image = torch.zeros(2, *case.image, device=device)
    weight = torch.zeros(channels[1], channels[0], *conv.kernel, device=device)
    made = layer(*channels, *conv[:4], device=device)

    of_function, of_layer = function(image, weight, None, *conv[1:4]), made(image)

    size = (2, channels[1], *conv.size_of(case.size))
    assert (case, of_function.shape, of_layer.shape) == (case, size, size)


@claim("nn.conv2d.note-examples-output-shapes", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize(
    ("arguments", "weight", "size"),
    [
        ((3, 2), (33, 16, 3, 3), (24, 49)),
        (((3, 5), (2, 1), (4, 2)), (33, 16, 3, 5), (28, 100)),
        (((3, 5), (2, 1), (4, 2), (3, 1)), (33, 16, 3, 5), (26, 100)),
    ],
    ids=["square", "unequal", "dilated"],
)
@pytest.mark.parametrize("batch", [(), (0,), (1,)], ids=["unbatched", "none", "one"])
def test_some_layers_on_an_image_of_50_by_100(device, arguments, weight, size, batch):
    """Three layers of 33 output channels give these sizes on an input of 16 channels,
    50 high and 100 wide, whether it is a batch, a batch of none, or no batch.
    """
    layer = nn.Conv2d(16, 33, *arguments, device=device)

    with torch.no_grad():
        output = layer(torch.zeros(*batch, 16, 50, 100, device=device))

    assert layer.weight.shape == weight
    assert output.shape == (*batch, 33, *size)


@claim("nn.conv.kernel-may-fill-padded-input", see="generated/torch.nn.Conv2d")
def test_a_kernel_as_large_as_the_padded_input_fits_once(device):
    """A kernel larger than the input, but not than the input with its padding, fits."""
    signal = torch.tensor([[[5.0]]], device=device)
    kernel = torch.tensor([[[1.0, 10.0, 100.0]]], device=device)

    output = F.conv1d(signal, kernel, padding=1)

    assert output.tolist() == [[[50]]]


@claim("nn.conv.kernel-larger-than-input-refused", see="generated/torch.nn.Conv2d")
@CONVOLUTIONS
@given(data=st.data())
def test_a_kernel_larger_than_the_padded_input_raises(
    device, axes, function, layer, data
):
    """A kernel that with its dilation is larger than the padded input, along any axis,
    raises a RuntimeError in the layers and in the functions.
    """
    conv, size = data.draw(misfits(axes))
    image = torch.zeros(1, 1, *size, device=device)
    weight = torch.zeros(1, 1, *conv.kernel, device=device)
    made = layer(1, 1, *conv[:4], device=device)

    with pytest.raises(RuntimeError, match="Kernel size can't be greater than actual"):
        function(image, weight, None, *conv[1:4])
    with pytest.raises(RuntimeError, match="Kernel size can't be greater than actual"):
        made(image)


# --- groups ---------------------------------------------------------------------------


@claim("nn.conv2d.groups-split-and-concatenate", see="generated/torch.nn.Conv2d")
def test_groups_are_convolutions_side_by_side(device):
    """With two groups the first half of the output channels sees only the first half of
    the input channels, and the second half the second.
    """
    image = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device).reshape(1, 4, 1, 1)
    weight = torch.tensor([[10.0, 1.0], [100.0, 1.0]], device=device)
    bias = torch.tensor([1000.0, 2000.0], device=device)

    output = F.conv2d(image, weight.reshape(2, 2, 1, 1), bias, groups=2)

    assert output.flatten().tolist() == [1000 + 12, 2000 + 304]


@claim("nn.conv2d.groups-equal-parts", see="generated/torch.nn.functional.conv2d")
@given(case=convolutions(axes=2, groups=3))
def test_groups_equal_the_parts_put_together(device, case):
    """A convolution in groups equals the convolutions of each group's channels with the
    group's part of weight and bias, concatenated along the channels.
    """
    groups, options = case.conv.groups, case.conv[1:4]
    image = mixed((1, *case.image), device)
    weight = mixed((case.outputs, case.channels[0], *case.conv.kernel), device)
    bias = mixed((case.outputs,), device)

    parts = [
        F.conv2d(*part, *options)
        for part in zip(
            image.chunk(groups, 1),
            weight.chunk(groups),
            bias.chunk(groups),
            strict=True,
        )
    ]
    whole = F.conv2d(image, weight, bias, *options, groups)

    assert (case, whole.tolist()) == (case, torch.cat(parts, dim=1).tolist())


@claim("nn.conv2d.depthwise", see="generated/torch.nn.Conv2d")
def test_as_many_groups_as_channels_keep_the_channels_apart(device):
    """With as many groups as input channels, each output channel comes from one input
    channel, and a layer may have several output channels for each.
    """
    layer = nn.Conv2d(2, 4, 1, groups=2, bias=False, device=device)
    weight = torch.tensor([1.0, 10.0, 100.0, 1000.0]).reshape(4, 1, 1, 1)
    layer.load_state_dict({"weight": weight})

    output = layer(torch.tensor([3.0, 4.0], device=device).reshape(1, 2, 1, 1))

    assert output.flatten().tolist() == [3, 30, 400, 4000]


@claim("nn.conv2d.groups-divide-parameters", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize(("groups", "weights"), [(1, 144), (2, 72), (4, 36)])
def test_groups_divide_the_number_of_weights(device, groups, weights):
    """A layer with g groups has a g-th of the weights, and as many biases as ever."""
    layer = nn.Conv2d(4, 4, 3, groups=groups, device=device)

    assert layer.weight.numel() == weights
    assert layer.bias.numel() == 4


@claim("nn.conv2d.groups-keep-gradients-apart", see="generated/torch.nn.Conv2d")
def test_a_group_gives_no_gradient_to_the_channels_of_another(device):
    """The gradient of one group's output is zero on the input channels, weights and
    biases of the other groups.
    """
    image = torch.ones(1, 4, 1, 1, device=device, requires_grad=True)
    layer = nn.Conv2d(4, 2, 1, groups=2, device=device)
    layer.load_state_dict(
        {"weight": torch.full((2, 2, 1, 1), 3.0), "bias": torch.ones(2)}
    )

    layer(image)[0, 1].backward()

    assert image.grad.flatten().tolist() == [0, 0, 3, 3]
    assert layer.weight.grad.flatten(1).tolist() == [[0, 0], [1, 1]]
    assert layer.bias.grad.tolist() == [0, 1]


@claim("nn.conv2d.groups-must-divide-channels", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize(
    "layer", ["Conv1d", "Conv2d", "ConvTranspose2d"], indirect=True
)
@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        (3, 2, "in_channels must be divisible by groups"),
        (2, 3, "out_channels must be divisible by groups"),
    ],
    ids=["in", "out"],
)
def test_groups_must_divide_the_channels(layer, inputs, outputs, message):
    """A layer whose groups don't divide both numbers of channels can't be made, and
    raises a ValueError that says which.
    """
    with pytest.raises(ValueError, match=message):
        layer(inputs, outputs, 3, groups=2)


@claim("nn.conv2d.groups-positive", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize("groups", [0, -1])
def test_groups_must_be_positive(device, groups):
    """Groups below 1 raise: a ValueError when the layer is made, and a RuntimeError
    from the function.
    """
    image = torch.zeros(1, 1, 2, 2, device=device)

    with pytest.raises(ValueError, match="groups must be a positive integer"):
        nn.Conv2d(1, 1, 1, groups=groups)
    with pytest.raises(RuntimeError, match="non-positive groups is not supported"):
        F.conv2d(image, image, groups=groups)


@claim(
    "nn.conv2d.function-groups-must-divide", see="generated/torch.nn.functional.conv2d"
)
@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        (3, 2, "to have 2 channels, but got 3 channels instead"),
        (2, 3, "expected weight to be divisible by 2 at dimension 0"),
    ],
    ids=["in", "out"],
)
def test_the_function_refuses_groups_that_do_not_divide(
    device, inputs, outputs, message
):
    """F.conv2d raises a RuntimeError if the groups times the weight's input channels
    are not the input's channels, or don't divide the output channels.
    """
    image = torch.zeros(1, inputs, 2, 2, device=device)
    weight = torch.zeros(outputs, 1, 1, 1, device=device)

    with pytest.raises(RuntimeError, match=message):
        F.conv2d(image, weight, groups=2)


# --- the rule for all -----------------------------------------------------------------


@claim("nn.conv.matches-model", see="generated/torch.nn.functional.conv2d")
@CONVOLUTIONS
@given(data=st.data())
def test_every_convolution_has_the_values_of_the_model(
    device, axes, function, layer, data
):
    """Layers and functions compute the model's sum of products for any size, kernel,
    stride, padding, dilation and groups, for each sample of a batch.
    """
    case = data.draw(convolutions(axes, most=4 - axes))
    conv = case.conv
    batch = mixed((2, *case.image), device)
    weight = mixed((case.outputs, case.channels[0], *conv.kernel), device)
    bias = mixed((case.outputs,), device)
    made = layer(case.image[0], case.outputs, *conv, device=device)
    made.load_state_dict({"weight": weight, "bias": bias})

    of_function = function(batch, weight, bias, *conv[1:])
    of_layer = made(batch)

    expected = [
        convolve(conv, x.tolist(), weight.tolist(), bias.tolist()) for x in batch
    ]
    assert (case, of_function.tolist(), of_layer.tolist()) == (case, expected, expected)


# --- what goes in ---------------------------------------------------------------------


@claim("nn.conv.unbatched-input", see="generated/torch.nn.Conv2d")
@CONVOLUTIONS
def test_an_input_without_batch_gives_an_output_without(device, axes, function, layer):
    """One sample without a batch dimension gives what it gives as a batch of one,
    without that dimension.
    """
    made = layer(2, 3, 2, device=device)
    image = mixed((2, 4, 3, 5)[: axes + 1], device)

    of_layer = made(image)
    of_function = function(image, made.weight, made.bias)
    of_batch = made(image.unsqueeze(0))

    assert of_layer.shape == (3, 3, 2, 4)[: axes + 1]
    assert of_layer.tolist() == of_batch[0].tolist()
    assert of_function.tolist() == of_batch[0].tolist()


@claim("nn.conv.batch-of-none", see="generated/torch.nn.Conv2d")
@CONVOLUTIONS
def test_a_batch_of_none_gives_a_batch_of_none(device, axes, function, layer):
    """A batch of no samples gives an output of no samples with the usual other sizes,
    and gradients of zero for the parameters.
    """
    made = layer(2, 3, 2, padding=1, device=device)
    batch = torch.zeros([0, 2, *[4] * axes], device=device)

    output = made(batch)
    output.sum().backward()

    assert output.shape == (0, 3, *[5] * axes)
    assert made.weight.grad.shape == made.weight.shape
    assert made.weight.grad.count_nonzero() == 0
    assert made.bias.grad.tolist() == [0, 0, 0]


@claim("nn.conv.wrong-number-of-dimensions", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize(
    ("layer", "sizes", "message"),
    [
        ("Conv1d", (1,), r"2D \(unbatched\) or 3D \(batched\) input to conv1d.*\[1\]"),
        ("Conv1d", (1,) * 4, r"2D \(unbatched\) or 3D \(batched\) input to conv1d"),
        ("Conv2d", (1,) * 2, r"3D \(unbatched\) or 4D \(batched\) input to conv2d"),
        ("Conv2d", (1,) * 5, r"3D \(unbatched\) or 4D \(batched\) input to conv2d"),
        ("Conv3d", (1,) * 3, r"4D \(unbatched\) or 5D \(batched\) input to conv3d"),
        ("Conv3d", (1,) * 6, r"4D \(unbatched\) or 5D \(batched\) input to conv3d"),
        ("ConvTranspose2d", (1,) * 2, r"3D .* or 4D .* input to conv_transpose2d"),
        ("ConvTranspose2d", (1,) * 5, r"3D .* or 4D .* input to conv_transpose2d"),
    ],
    ids=lambda value: str(len(value)) if isinstance(value, tuple) else None,
    indirect=["layer"],
)
def test_an_input_of_other_dimensions_is_refused(device, layer, sizes, message):
    """An input with fewer dimensions than channels and image, or more than batch,
    channels and image, raises a RuntimeError that tells the two numbers allowed.
    """
    with pytest.raises(RuntimeError, match=message):
        layer(1, 1, 1, device=device)(torch.zeros(sizes, device=device))


@claim("nn.conv.wrong-number-of-channels", see="generated/torch.nn.Conv2d")
@CONVOLUTIONS
@pytest.mark.parametrize("batch", [(), (2,)], ids=["unbatched", "batched"])
def test_an_input_of_other_channels_is_refused(device, axes, function, layer, batch):
    """An input with another number of channels than the layer's raises a RuntimeError
    that tells both numbers.
    """
    made = layer(16, 1, 3, device=device)
    image = torch.zeros([*batch, 3, *[5] * axes], device=device)

    with pytest.raises(RuntimeError, match="to have 16 channels, but got 3 channels"):
        made(image)
    with pytest.raises(RuntimeError, match="to have 16 channels, but got 3 channels"):
        function(image, made.weight)


@claim("nn.conv.wrong-bias-shape", see="generated/torch.nn.functional.conv2d")
@pytest.mark.parametrize("shape", [(2,), (3, 1)], ids=["length", "dimensions"])
def test_a_bias_of_another_shape_is_refused(device, shape):
    """F.conv2d raises a RuntimeError unless the bias has one dimension with a number
    for each output channel.
    """
    image = torch.zeros(1, 1, 2, 2, device=device)
    weight = torch.zeros(3, 1, 1, 1, device=device)

    with pytest.raises(RuntimeError, match="bias to be 1-dimensional with 3 elements"):
        F.conv2d(image, weight, torch.zeros(shape, device=device))


@claim("nn.conv.no-dtype-promotion", see="generated/torch.nn.functional.conv2d")
@pytest.mark.parametrize(
    ("layer", "axes"),
    [
        ("Conv1d", 1),
        ("Conv2d", 2),
        ("Conv3d", 3),
        ("ConvTranspose1d", 1),
        ("ConvTranspose2d", 2),
        ("ConvTranspose3d", 3),
    ],
    indirect=["layer"],
)
@pytest.mark.parametrize(
    ("dtype", "message"),
    [(torch.bfloat16, r"(?i)bfloat16.*float"), (torch.int64, r"(?i)long.*float")],
    ids=["bfloat16", "int64"],
)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no-bias"])
def test_an_input_of_another_dtype_is_refused(
    device, layer, axes, dtype, message, bias
):
    """An input of another dtype than the layer's parameters raises a RuntimeError that
    names both, for nothing is promoted.
    """
    made = layer(1, 1, 1, bias=bias, device=device)
    image = torch.zeros([1, 1, *[2] * axes], dtype=dtype, device=device)

    with pytest.raises(RuntimeError, match=message):
        made(image)


@claim("nn.conv.keeps-dtype", see="generated/torch.nn.functional.conv2d")
@CONVOLUTIONS
@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.complex64], ids=str
)
def test_the_output_has_the_dtype_of_the_input(device, axes, function, layer, dtype):
    """Inputs of one dtype, floating or complex, give an output of that dtype."""
    image = torch.full([1, 1, *[1] * axes], 3.0, dtype=dtype, device=device)
    weight = torch.full([1, 1, *[1] * axes], 2.0, dtype=dtype, device=device)
    bias = torch.ones(1, dtype=dtype, device=device)

    output = function(image, weight, bias)

    assert output.dtype == dtype
    assert output.flatten().tolist() == [7]


@claim("nn.conv.complex-product", see="generated/torch.nn.functional.conv1d")
def test_complex_numbers_are_multiplied_as_such(device):
    """A complex convolution multiplies complex numbers, and conjugates neither."""
    signal = torch.tensor([[[1 + 2j, 1j]]], device=device)
    kernel = torch.tensor([[[3j, 1 + 0j]]], device=device)

    output = F.conv1d(signal, kernel)

    assert output.tolist() == [[[-6 + 4j]]]  # (1 + 2j) * 3j + 1j


@claim("nn.conv.any-strides", see="generated/torch.nn.functional.conv2d")
def test_the_strides_of_input_and_weight_do_not_matter(device):
    """Transposed and expanded tensors are convolved by what they show, wherever their
    elements lie.
    """
    image = (
        torch.tensor([[0.0, 2.0], [1.0, 3.0]], device=device).t().reshape(1, 1, 2, 2)
    )
    transposed = torch.tensor([[1.0, 100.0], [10.0, 1000.0]], device=device).t()
    expanded = torch.tensor([[2.0], [3.0]], device=device).expand(1, 1, 2, 2)

    by_transposed = F.conv2d(image, transposed[None, None])
    by_expanded = F.conv2d(image, expanded)
    of_expanded = F.conv2d(expanded, transposed[None, None])

    assert by_transposed.tolist() == [[[[3210]]]]
    assert by_expanded.tolist() == [[[[17]]]]
    assert of_expanded.tolist() == [[[[3322]]]]


@claim("nn.conv.channels-last-kept", see="generated/torch.nn.Conv2d")
def test_channels_last_is_kept(device):
    """An input and weight in channels-last order give the same output in that order."""
    image = mixed((2, 3, 4, 4), device)
    weight = mixed((2, 3, 2, 2), device)
    order = torch.channels_last

    output = F.conv2d(image.to(memory_format=order), weight.to(memory_format=order))

    assert output.stride() == (18, 1, 6, 2)
    assert output.tolist() == F.conv2d(image, weight).tolist()


@claim("nn.conv.new-tensor", see="generated/torch.nn.functional.conv2d")
@CONVOLUTIONS
def test_the_output_is_a_new_tensor(device, axes, function, layer):
    """The output has a storage of its own and the inputs stay as they were, even where
    a kernel of a single 1 changes nothing.
    """
    image = torch.full([1, 1, *[1] * axes], 3.0, device=device)
    weight = torch.ones([1, 1, *[1] * axes], device=device)

    output = function(image, weight)
    output.zero_()

    assert not shares_storage(output, image)
    assert not shares_storage(output, weight)
    assert (image.sum().item(), weight.sum().item()) == (3, 1)


@claim("nn.conv.arguments-out-of-range", see="generated/torch.nn.Conv2d")
@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"stride": 0}, "non-positive stride is not supported"),
        ({"stride": (1, -1)}, "non-positive stride is not supported"),
        ({"padding": -1}, "negative padding is not supported"),
        ({"padding": (0, -1)}, "negative padding is not supported"),
        ({"dilation": 0}, "dilation should be greater than zero"),
        ({"dilation": (1, 0)}, "dilation should be greater than zero"),
    ],
    ids=str,
)
def test_arguments_out_of_range_fail_at_the_call(device, argument, message):
    """A layer can be made with a stride or dilation below 1 or a padding below 0;
    calling it raises a RuntimeError, as the function does.
    """
    layer = nn.Conv2d(1, 1, 1, **argument, device=device)
    image = torch.zeros(1, 1, 4, 4, device=device)

    with pytest.raises(RuntimeError, match=message):
        layer(image)
    with pytest.raises(RuntimeError, match=message):
        F.conv2d(image, layer.weight, **argument)


@claim("nn.conv.empty-kernel-refused", see="generated/torch.nn.functional.conv2d")
def test_an_empty_kernel_is_refused(device):
    """A kernel without points, or a weight without output channels, raises a
    RuntimeError.
    """
    image = torch.zeros(1, 1, 4, 4, device=device)

    with pytest.raises(RuntimeError, match="greater than zero"):
        F.conv2d(image, torch.zeros(1, 1, 0, 0, device=device))
    with pytest.raises(RuntimeError, match="expected weight to be at least 1"):
        F.conv2d(image, torch.zeros(0, 1, 1, 1, device=device))


@claim("nn.conv.empty-image-refused", see="generated/torch.nn.functional.conv2d")
def test_an_empty_image_is_refused(device):
    """A sample without pixels raises a RuntimeError, even if padding would make room
    for the kernel.
    """
    image = torch.zeros(1, 1, 0, 4, device=device)
    kernel = torch.zeros(1, 1, 1, 1, device=device)

    with pytest.raises(RuntimeError, match="Kernel size can't be greater than actual"):
        F.conv2d(image, kernel)
    with pytest.raises(RuntimeError, match="Only zero batch or zero channel inputs"):
        F.conv2d(image, kernel, padding=2)


# --- gradients ------------------------------------------------------------------------


@claim("nn.conv.gradients", see="generated/torch.nn.Conv1d")
def test_each_product_passes_its_gradient_to_both_factors(device):
    """A pixel's gradient sums the weights that met it, a weight's the pixels that met
    it, and a bias's gradient counts the places, each times the output's gradient.
    """
    signal = torch.tensor([[[1.0, 2.0, 3.0]]], device=device, requires_grad=True)
    weight = torch.tensor([[[10.0, 1.0]]], device=device, requires_grad=True)
    bias = torch.tensor([0.0], device=device, requires_grad=True)

    output = F.conv1d(signal, weight, bias)
    output.backward(torch.tensor([[[1.0, 100.0]]], device=device))

    assert output.requires_grad
    assert output.grad_fn is not None
    assert signal.grad.tolist() == [[[10, 1 + 1000, 100]]]
    assert weight.grad.tolist() == [[[1 + 200, 2 + 300]]]
    assert bias.grad.tolist() == [101]


@claim("nn.conv.gradients-match-model", see="generated/torch.nn.functional.conv2d")
@CONVOLUTIONS
@given(data=st.data())
def test_every_convolution_has_the_gradients_of_the_model(
    device, axes, function, layer, data
):
    """Layers give input, weight and bias the model's gradients for any stride, padding,
    dilation and groups, the parameters' summed over the batch.
    """
    case = data.draw(convolutions(axes, most=4 - axes))
    conv = case.conv
    image = mixed((1, *case.image), device)
    batch = torch.cat([image, image]).requires_grad_()
    weight = mixed((case.outputs, case.channels[0], *conv.kernel), device)
    bias = mixed((case.outputs,), device)
    made = layer(case.image[0], case.outputs, *conv, device=device)
    made.load_state_dict({"weight": weight, "bias": bias})
    gradient = mixed((1, case.outputs, *conv.size_of(case.size)), device)

    of_layer = torch.autograd.grad(
        made(batch),
        (batch, made.weight, made.bias),
        torch.cat([gradient, 2 * gradient]),
    )

    of_image, of_weight, of_bias = (
        torch.tensor(part, dtype=torch.float32)
        for part in convolve_backward(
            conv, image[0].tolist(), weight.tolist(), gradient[0].tolist()
        )
    )
    expected = [torch.stack([of_image, 2 * of_image]), 3 * of_weight, 3 * of_bias]
    assert (case, [g.tolist() for g in of_layer]) == (
        case,
        [g.tolist() for g in expected],
    )


@claim("nn.conv.gradient-only-where-asked", see="notes/autograd")
@CONVOLUTIONS
def test_only_what_requires_a_gradient_gets_one(device, axes, function, layer):
    """A frozen weight gets no gradient while bias and input get theirs, and without
    anything that requires a gradient the output requires none.
    """
    made = layer(1, 1, 1, device=device)
    image = torch.ones([1, 1, *[1] * axes], device=device)
    image_with_gradient = image.clone().requires_grad_()
    weight = made.weight.tolist()

    made.weight.requires_grad_(False)
    made(image_with_gradient).sum().backward()
    weight_gradient = made.weight.grad
    made.bias.requires_grad_(False)
    frozen_output = made(image)

    assert weight_gradient is None
    assert made.bias.grad.tolist() == [1]
    assert image_with_gradient.grad.tolist() == weight
    assert not frozen_output.requires_grad
    assert frozen_output.grad_fn is None


@claim("nn.conv.second-derivative", see="notes/autograd")
def test_a_gradient_of_a_convolution_has_gradients_itself(device):
    """The input's gradient is a convolution with the weight, and so passes a gradient
    on to the weight.
    """
    signal = torch.tensor([[[1.0, 2.0, 3.0]]], device=device, requires_grad=True)
    weight = torch.tensor([[[10.0, 1.0]]], device=device, requires_grad=True)

    output = F.conv1d(signal, weight)
    (first,) = torch.autograd.grad(output.sum(), signal, create_graph=True)
    (first * torch.tensor([1.0, 10.0, 100.0], device=device)).sum().backward()

    assert first.tolist() == [[[10, 11, 1]]]
    assert weight.grad.tolist() == [[[1 + 10, 10 + 100]]]
    assert signal.grad is None


@claim("nn.conv.gradient-through-padding-mode", see="generated/torch.nn.Conv1d")
def test_a_pixel_gets_gradients_for_its_copies_in_the_padding(device):
    """With a padding mode that copies pixels, a pixel's gradient counts its copies."""
    layer = nn.Conv1d(
        1, 1, 3, padding=1, padding_mode="replicate", bias=False, device=device
    )
    layer.load_state_dict({"weight": torch.tensor([[[100.0, 10.0, 1.0]]])})
    signal = torch.zeros(1, 1, 3, device=device, requires_grad=True)

    layer(signal).sum().backward()

    # The first pixel has a copy before it, which the 100 of the first place meets.
    assert signal.grad.tolist() == [[[100 + 110, 111, 11 + 1]]]


# --- transposed convolution -----------------------------------------------------------


@claim("nn.conv-transpose.spreads-each-pixel", see="generated/torch.nn.ConvTranspose1d")
def test_a_transposed_convolution_puts_a_kernel_down_for_each_pixel(device):
    """A transposed convolution puts the kernel, multiplied by the pixel, down for each
    pixel, one stride apart, and adds up where these overlap.
    """
    signal = torch.tensor([[[1.0, 2.0, 3.0]]], device=device)
    kernel = torch.tensor([[[100.0, 10.0]]], device=device)

    overlapping = F.conv_transpose1d(signal, kernel)
    side_by_side = F.conv_transpose1d(signal, kernel, stride=2)
    apart = F.conv_transpose1d(signal, kernel, stride=3)

    assert overlapping.tolist() == [[[100, 210, 320, 30]]]
    assert side_by_side.tolist() == [[[100, 10, 200, 20, 300, 30]]]
    assert apart.tolist() == [[[100, 10, 0, 200, 20, 0, 300, 30]]]


@claim("nn.conv-transpose.two-dimensions", see="generated/torch.nn.ConvTranspose2d")
def test_conv_transpose2d_spreads_in_height_and_width(device):
    """F.conv_transpose2d puts the kernel down unflipped along height and width."""
    image = torch.tensor([[[[1.0], [2.0]]]], device=device)
    kernel = torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]], device=device)

    output = F.conv_transpose2d(image, kernel)

    assert output.tolist() == [[[[1, 10], [102, 1020], [200, 2000]]]]


@claim("nn.conv-transpose.padding-cuts", see="generated/torch.nn.ConvTranspose1d")
def test_padding_of_a_transposed_convolution_cuts_the_output(device):
    """The padding of a transposed convolution takes so much off both ends of the
    output, as it is the padding of the convolution that leads back.
    """
    signal = torch.tensor([[[1.0, 2.0, 3.0]]], device=device)
    kernel = torch.tensor([[[100.0, 10.0, 1.0]]], device=device)

    whole = F.conv_transpose1d(signal, kernel, stride=2)
    cut = F.conv_transpose1d(signal, kernel, stride=2, padding=1)

    assert whole.tolist() == [[[100, 10, 201, 20, 302, 30, 3]]]
    assert cut.tolist() == [[[10, 201, 20, 302, 30]]]


@claim("nn.conv-transpose.output-padding", see="generated/torch.nn.ConvTranspose1d")
def test_output_padding_makes_the_output_longer_at_its_end(device):
    """The output padding makes room at the end of the output alone, for what the
    padding would cut off there; what no kernel reaches is zero plus the bias.
    """
    signal = torch.tensor([[[1.0, 2.0]]], device=device)
    kernel = torch.tensor([[[100.0, 10.0, 1.0]]], device=device)
    bias = torch.tensor([5000.0], device=device)

    without = F.conv_transpose1d(signal, kernel, bias, 2, 1)
    within_reach = F.conv_transpose1d(signal, kernel, bias, 2, 1, output_padding=1)
    beyond_reach = F.conv_transpose1d(signal, kernel, bias, 2, 0, output_padding=1)

    assert without.tolist() == [[[5010, 5201, 5020]]]
    assert within_reach.tolist() == [[[5010, 5201, 5020, 5002]]]
    assert beyond_reach.tolist() == [[[5100, 5010, 5201, 5020, 5002, 5000]]]


@claim(
    "nn.conv-transpose.output-padding-limit", see="generated/torch.nn.ConvTranspose1d"
)
@TRANSPOSED
def test_output_padding_is_smaller_than_stride_or_dilation(
    device, axes, function, layer
):
    """An output padding may be as large as the larger of stride and dilation less 1;
    from there on the call raises a RuntimeError.
    """
    image = torch.zeros([1, 1, *[3] * axes], device=device)
    weight = torch.zeros([1, 1, *[2] * axes], device=device)
    refused = "output padding must be smaller than either stride or dilation"

    by_stride = function(image, weight, None, 2, 0, 1)
    by_dilation = function(image, weight, None, 1, 0, 2, dilation=3)

    assert by_stride.shape == (1, 1, *[7] * axes)
    assert by_dilation.shape == (1, 1, *[8] * axes)
    with pytest.raises(RuntimeError, match=refused):
        function(image, weight, None, 2, 0, 2)
    with pytest.raises(RuntimeError, match=refused):
        layer(1, 1, 2, stride=2, output_padding=2, device=device)(image)


@claim("nn.conv-transpose.defaults", see="generated/torch.nn.ConvTranspose2d")
@pytest.mark.parametrize(
    "layer", ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"], indirect=True
)
def test_a_transposed_layer_takes_its_arguments_in_this_order(layer):
    """The transposed layers take output_padding after padding, and dilation only after
    groups and bias, unlike the other layers.
    """
    parameters = inspect.signature(layer).parameters.values()

    required = inspect.Parameter.empty
    assert [(p.name, p.default) for p in parameters][:12] == [
        ("in_channels", required),
        ("out_channels", required),
        ("kernel_size", required),
        ("stride", 1),
        ("padding", 0),
        ("output_padding", 0),
        ("groups", 1),
        ("bias", True),
        ("dilation", 1),
        ("padding_mode", "zeros"),
        ("device", None),
        ("dtype", None),
    ]


@claim("nn.conv-transpose.parameter-shapes", see="generated/torch.nn.ConvTranspose2d")
@pytest.mark.parametrize(
    ("layer", "kernel"),
    [
        ("ConvTranspose1d", (3,)),
        ("ConvTranspose2d", (3, 5)),
        ("ConvTranspose3d", (3, 5, 7)),
    ],
    ids=["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"],
    indirect=["layer"],
)
def test_a_transposed_weight_has_the_input_channels_first(device, layer, kernel):
    """A transposed layer has a weight of shape (in_channels, out_channels / groups,
    kernel) and a bias of shape (out_channels,), of the dtype asked for.
    """
    made = layer(4, 6, kernel, groups=2, device=device)
    half = layer(4, 6, kernel, groups=2, device=device, dtype=torch.float16)

    assert (made.weight.shape, made.bias.shape) == ((4, 3, *kernel), (6,))
    assert (made.weight.device, made.bias.device) == (device, device)
    assert (made.weight.dtype, made.bias.dtype) == (torch.float32, torch.float32)
    assert (half.weight.dtype, half.bias.dtype) == (torch.float16, torch.float16)
    assert layer(4, 6, kernel, bias=False, device=device).bias is None


@claim("nn.conv-transpose.groups", see="generated/torch.nn.ConvTranspose2d")
def test_groups_of_a_transposed_convolution(device):
    """With two groups the first half of the input channels goes into the first half of
    the output channels alone, and the second half into the second.
    """
    image = torch.tensor([1.0, 2.0], device=device).reshape(1, 2, 1, 1)
    weight = torch.tensor([[10.0, 100.0], [1000.0, 10000.0]], device=device)

    output = F.conv_transpose2d(image, weight.reshape(2, 2, 1, 1), groups=2)

    assert output.flatten().tolist() == [10, 100, 2000, 20000]


@claim(
    "nn.conv-transpose.grouped-single-point",
    see="generated/torch.nn.ConvTranspose1d",
    level="observed",
    gap=("2.0.0", "2.1.0"),
)
def test_a_grouped_transposed_convolution_may_have_a_kernel_of_one_point(device):
    """A transposed convolution in groups of several channels may have a kernel of one
    point and a stride.
    """
    signal = torch.ones(1, 4, 2, device=device)
    weight = torch.tensor([1.0, 10.0, 100.0, 1000.0], device=device).reshape(4, 1, 1)

    output = F.conv_transpose1d(signal, weight, stride=2, groups=2)

    assert output.tolist() == [[[11, 0, 11], [1100, 0, 1100]]]


@claim("nn.conv-transpose.matches-model", see="generated/torch.nn.ConvTranspose2d")
@TRANSPOSED
@given(data=st.data())
def test_every_transposed_convolution_is_as_the_model_says(
    device, axes, function, layer, data
):
    """Transposed layers and functions give the model's sums, and with them its sizes,
    for any size, kernel, stride, padding, output padding, dilation and groups.
    """
    case = data.draw(transposed_convolutions(axes, most=4 - axes))
    kernel, stride, padding, dilation, groups = case.conv
    batch = mixed((2, *case.image), device)
    weight = mixed((case.image[0], case.channels[1], *kernel), device)
    bias = mixed((case.outputs,), device)
    made = layer(
        case.image[0],
        case.outputs,
        kernel,
        stride,
        padding,
        case.extra,
        groups,
        dilation=dilation,
        device=device,
    )
    made.load_state_dict({"weight": weight, "bias": bias})

    of_function = function(
        batch, weight, bias, stride, padding, case.extra, groups, dilation
    )
    of_layer = made(batch)

    expected = [
        convolve_transposed(
            case.conv, x.tolist(), weight.tolist(), bias.tolist(), case.extra
        )
        for x in batch
    ]
    assert (case, of_function.tolist(), of_layer.tolist()) == (case, expected, expected)


@claim(
    "nn.conv-transpose.is-gradient-of-conv", see="generated/torch.nn.ConvTranspose2d"
)
@given(case=convolutions(axes=2))
def test_a_transposed_convolution_is_the_gradient_of_a_convolution(device, case):
    """The gradient that a convolution passes to its input is the transposed convolution
    of the output's gradient with the same weight, stride, padding, dilation and groups.
    """
    _, stride, padding, dilation, groups = case.conv
    image = mixed((1, *case.image), device).requires_grad_()
    weight = mixed((case.outputs, case.channels[0], *case.conv.kernel), device)
    smallest = case.conv.transposed_size_of(case.conv.size_of(case.size), (0, 0))
    extra = [case.size[0] - smallest[0], case.size[1] - smallest[1]]

    output = F.conv2d(image, weight, None, stride, padding, dilation, groups)
    gradient = mixed(output.shape, device)
    (of_image,) = torch.autograd.grad(output, image, gradient)
    transposed = F.conv_transpose2d(
        gradient, weight, None, stride, padding, extra, groups, dilation
    )

    assert (case, transposed.tolist()) == (case, of_image.tolist())


@claim("nn.conv-transpose.not-an-inverse", see="generated/torch.nn.ConvTranspose1d")
def test_a_transposed_convolution_does_not_undo_a_convolution(device):
    """A transposed convolution with the same kernel leads back to the size, and not to
    the values.
    """
    signal = torch.tensor([[[1.0, 2.0, 3.0]]], device=device)
    kernel = torch.tensor([[[1.0, 1.0]]], device=device)

    output = F.conv_transpose1d(F.conv1d(signal, kernel), kernel)

    assert output.tolist() == [[[3, 8, 5]]]


@claim("nn.conv-transpose.gradients", see="generated/torch.nn.ConvTranspose1d")
def test_gradients_of_a_transposed_convolution(device):
    """The input's gradient is the convolution of the output's gradient, a weight's sums
    the pixels times the gradients where it was put down, and a bias's sums them all.
    """
    signal = torch.tensor([[[1.0, 2.0]]], device=device, requires_grad=True)
    weight = torch.tensor([[[10.0, 1.0]]], device=device, requires_grad=True)
    bias = torch.tensor([0.0], device=device, requires_grad=True)

    output = F.conv_transpose1d(signal, weight, bias)
    output.backward(torch.tensor([[[1.0, 10.0, 100.0]]], device=device))

    assert signal.grad.tolist() == [[[10 + 10, 100 + 100]]]
    assert weight.grad.tolist() == [[[1 + 20, 10 + 200]]]
    assert bias.grad.tolist() == [111]


@claim(
    "nn.conv-transpose.gradients-match-model", see="generated/torch.nn.ConvTranspose2d"
)
@TRANSPOSED
@given(data=st.data())
def test_every_transposed_convolution_has_the_gradients_of_the_model(
    device, axes, function, layer, data
):
    """Transposed layers give input, weight and bias the model's gradients for any
    stride, padding, output padding, dilation and groups.
    """
    case = data.draw(transposed_convolutions(axes, most=4 - axes))
    kernel, stride, padding, dilation, groups = case.conv
    image = mixed((1, *case.image), device)
    leaf = image.clone().requires_grad_()
    weight = mixed((case.image[0], case.channels[1], *kernel), device)
    made = layer(
        case.image[0],
        case.outputs,
        kernel,
        stride,
        padding,
        case.extra,
        groups,
        dilation=dilation,
        device=device,
    )
    made.load_state_dict({"weight": weight, "bias": torch.zeros(case.outputs)})

    output = made(leaf)
    gradient = mixed(output.shape, device)
    of_image, of_weight, of_bias = torch.autograd.grad(
        output, (leaf, made.weight, made.bias), gradient
    )

    expected = convolve_transposed_backward(
        case.conv, image[0].tolist(), weight.tolist(), gradient[0].tolist()
    )
    found = (of_image[0].tolist(), of_weight.tolist(), of_bias.tolist())
    assert (case, *found) == (case, *expected)


@claim("nn.conv-transpose.output-size", see="generated/torch.nn.ConvTranspose2d")
def test_output_size_chooses_among_the_possible_sizes(device):
    """Called with an output_size, a transposed layer uses the output padding that leads
    to it, in place of its own; batch and channels may be given along, or left out.
    """
    layer = nn.ConvTranspose2d(1, 2, 3, 2, 1, output_padding=1, device=device)
    image = torch.zeros(4, 1, 3, 3, device=device)

    assert layer(image).shape == (4, 2, 6, 6)
    assert layer(image, output_size=(5, 6)).shape == (4, 2, 5, 6)
    assert layer(image, output_size=[6, 5]).shape == (4, 2, 6, 5)
    assert layer(image, (4, 2, 5, 5)).shape == (4, 2, 5, 5)
    assert layer.output_padding == (1, 1)


@claim("nn.conv-transpose.output-size-values", see="generated/torch.nn.ConvTranspose1d")
@pytest.mark.parametrize(
    ("layer", "axes"),
    [("ConvTranspose1d", 1), ("ConvTranspose2d", 2), ("ConvTranspose3d", 3)],
    ids=["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"],
    indirect=["layer"],
)
def test_a_larger_output_size_adds_at_the_end(device, layer, axes):
    """A larger output_size adds at the end of the output, where no product but only the
    bias arrives, and leaves the rest.
    """
    made = layer(1, 1, 1, stride=3, device=device)
    image = mixed((1, 1, *[2] * axes), device)

    smallest = made(image)
    largest = made(image, output_size=[6] * axes)

    assert smallest.shape == (1, 1, *[4] * axes)
    assert largest.shape == (1, 1, *[6] * axes)
    padded = F.pad(smallest, [0, 2] * axes, value=made.bias.item())
    assert largest.tolist() == padded.tolist()


@claim(
    "nn.conv-transpose.output-size-leads-back", see="generated/torch.nn.ConvTranspose2d"
)
@given(case=convolutions(axes=2, groups=1))
def test_output_size_leads_back_to_the_input_of_a_convolution(device, case):
    """With the size of a convolution's input for output_size, a transposed layer of the
    same arguments gives an output of that size.
    """
    kernel, stride, padding, dilation, _ = case.conv
    inputs, outputs = case.channels
    image = torch.zeros(1, *case.image, device=device)
    there = nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, device=device)
    back = nn.ConvTranspose2d(
        outputs, inputs, kernel, stride, padding, dilation=dilation, device=device
    )

    result = back(there(image), output_size=image.shape)

    assert (case, result.shape) == (case, image.shape)


@claim("nn.conv-transpose.output-size-range", see="generated/torch.nn.ConvTranspose1d")
@pytest.mark.parametrize("size", [4, 7])
def test_an_impossible_output_size_is_refused(device, size):
    """An output_size that no output padding below the stride leads to raises a
    ValueError that tells the possible sizes.
    """
    layer = nn.ConvTranspose1d(1, 1, 3, 2, 1, device=device)

    with pytest.raises(ValueError, match=r"valid sizes range from \[5\] to \[6\]"):
        layer(torch.zeros(1, 1, 3, device=device), output_size=[size])


@claim("nn.conv-transpose.output-size-length", see="generated/torch.nn.ConvTranspose2d")
def test_an_output_size_of_the_wrong_length_is_refused(device):
    """An output_size that has neither a number for each axis of the image nor one for
    each dimension of the input raises a ValueError.
    """
    layer = nn.ConvTranspose2d(1, 1, 3, device=device)

    with pytest.raises(ValueError, match="output_size must have 2 or 4 elements"):
        layer(torch.zeros(1, 1, 3, 3, device=device), output_size=[5])


@claim("nn.conv-transpose.zeros-only", see="generated/torch.nn.ConvTranspose2d")
@TRANSPOSED
def test_transposed_layers_have_no_padding_modes(axes, function, layer):
    """A transposed layer with another padding_mode than "zeros" can't be made, and
    raises a ValueError.
    """
    with pytest.raises(ValueError, match='Only "zeros" padding mode is supported'):
        layer(1, 1, 3, padding_mode="circular")


@claim(
    "nn.conv-transpose.wrong-number-of-channels",
    see="generated/torch.nn.ConvTranspose2d",
)
@TRANSPOSED
def test_a_transposed_layer_refuses_other_channels(device, axes, function, layer):
    """A transposed layer's input with another number of channels raises a RuntimeError
    that tells both numbers.
    """
    made = layer(2, 3, 1, device=device)

    with pytest.raises(RuntimeError, match="to have 2 channels, but got 3 channels"):
        made(torch.zeros([1, 3, *[4] * axes], device=device))


@claim(
    "nn.conv-transpose.output-must-not-vanish", see="generated/torch.nn.ConvTranspose1d"
)
def test_a_transposed_output_without_pixels_is_refused(device):
    """A padding that would cut all of the output off raises a RuntimeError."""
    signal = torch.zeros(1, 1, 1, device=device)
    kernel = torch.zeros(1, 1, 2, device=device)

    with pytest.raises(RuntimeError, match="Output size is too small"):
        F.conv_transpose1d(signal, kernel, padding=1)


@claim(
    "nn.conv-transpose.unbatched-and-empty", see="generated/torch.nn.ConvTranspose2d"
)
@TRANSPOSED
def test_transposed_layers_take_one_sample_or_none(device, axes, function, layer):
    """A transposed layer takes one sample without a batch dimension, as it takes a
    batch of one, and a batch of none.
    """
    made = layer(2, 3, 2, device=device)
    image = mixed((2, *[2] * axes), device)

    output = made(image)

    assert output.shape == (3, *[3] * axes)
    assert output.tolist() == made(image.unsqueeze(0))[0].tolist()
    assert made(image.unsqueeze(0)[:0]).shape == (0, 3, *[3] * axes)

"""Each layer is a function; a module only keeps what the function is given.

``torch.nn.functional`` has the functions: they take every tensor and every setting as
an argument, learn nothing and remember nothing. A layer of ``torch.nn`` is a module
that keeps parameters and settings, and passes them on in its forward(). Dropout and
normalisation also pass on whether the module is training, which their functions must
be told, and for which they have different defaults.

It is often believed that a function follows model.eval(). It cannot: it has no mode.
"""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from spec.models.losses import ACTIVATIONS, slope
from torch_semantics import claim
from torch_semantics.words import shares_storage

POINTS = [-2.0, -0.5, 0.25, 1.0, 2.5]
IN_PLACE = {
    "relu": (
        lambda x: F.relu(x, inplace=True),
        lambda x: F.relu_(x),
        lambda x: nn.ReLU(inplace=True)(x),
        [0, 0, 3],
    ),
    "relu6": (
        lambda x: F.relu6(x, inplace=True),
        lambda x: F.relu6(x, True),
        lambda x: nn.ReLU6(inplace=True)(x),
        [0, 0, 3],
    ),
    "leaky_relu": (
        lambda x: F.leaky_relu(x, 0.25, inplace=True),
        lambda x: F.leaky_relu_(x, 0.25),
        lambda x: nn.LeakyReLU(0.25, inplace=True)(x),
        [-1, 0, 3],
    ),
    "hardtanh": (
        lambda x: F.hardtanh(x, -2.0, 2.0, inplace=True),
        lambda x: F.hardtanh_(x, -2.0, 2.0),
        lambda x: nn.Hardtanh(-2.0, 2.0, inplace=True)(x),
        [-2, 0, 2],
    ),
    "threshold": (
        lambda x: F.threshold(x, 1.0, 7.0, inplace=True),
        lambda x: F.threshold_(x, 1.0, 7.0),
        lambda x: nn.Threshold(1.0, 7.0, inplace=True)(x),
        [7, 7, 3],
    ),
    "rrelu": (
        lambda x: F.rrelu(x, 0.25, 0.75, inplace=True),
        lambda x: F.rrelu_(x, 0.25, 0.75),
        lambda x: nn.RReLU(0.25, 0.75, inplace=True).eval()(x),
        [-2, 0, 3],
    ),
    "elu": (
        lambda x: F.elu(x, 2.0, inplace=True),
        lambda x: F.elu_(x, 2.0),
        lambda x: nn.ELU(2.0, inplace=True)(x),
        [2 * (math.exp(-4) - 1), 0, 3],
    ),
    "celu": (
        lambda x: F.celu(x, 2.0, inplace=True),
        lambda x: F.celu_(x, 2.0),
        lambda x: nn.CELU(2.0, inplace=True)(x),
        [2 * (math.exp(-2) - 1), 0, 3],
    ),
    "selu": (
        lambda x: F.selu(x, inplace=True),
        lambda x: F.selu_(x),
        lambda x: nn.SELU(inplace=True)(x),
        [ACTIVATIONS["selu"](-4), 0, ACTIVATIONS["selu"](3)],
    ),
    "silu": (
        lambda x: F.silu(x, inplace=True),
        lambda x: F.silu(x, True),
        lambda x: nn.SiLU(inplace=True)(x),
        [ACTIVATIONS["silu"](-4), 0, ACTIVATIONS["silu"](3)],
    ),
    "mish": (
        lambda x: F.mish(x, inplace=True),
        lambda x: F.mish(x, True),
        lambda x: nn.Mish(inplace=True)(x),
        [ACTIVATIONS["mish"](-4), 0, ACTIVATIONS["mish"](3)],
    ),
    "hardswish": (
        lambda x: F.hardswish(x, inplace=True),
        lambda x: F.hardswish(x, True),
        lambda x: nn.Hardswish(inplace=True)(x),
        [0, 0, 3],
    ),
    "hardsigmoid": (
        lambda x: F.hardsigmoid(x, inplace=True),
        lambda x: F.hardsigmoid(x, True),
        lambda x: nn.Hardsigmoid(inplace=True)(x),
        [0, 0.5, 1],
    ),
}


def assert_close(actual, expected, rtol=1e-6):
    """Compare a tensor of float32 with numbers, up to rounding."""
    numbers = torch.tensor(expected, dtype=torch.float32, device=actual.device)
    torch.testing.assert_close(actual, numbers, rtol=rtol, atol=1e-6)


# --- functions and modules ------------------------------------------------------------


@claim("nn.functional.layers-wrap-functions", see="nn.functional")
def test_a_layer_calls_its_function_with_what_it_keeps(device):
    """The output of a layer is that of its function, given the layer's parameters and
    settings; of dropout and normalisation also whether the layer is training.
    """
    x = torch.tensor([[1.0, -2], [3, 8]], device=device)
    image = torch.tensor([[[1.0, -2], [3, 8]]], device=device)
    linear, norm = nn.Linear(2, 3, device=device), nn.BatchNorm1d(2, device=device)

    assert linear(x).tolist() == F.linear(x, linear.weight, linear.bias).tolist()
    assert nn.ReLU()(x).tolist() == F.relu(x).tolist() == [[1, 0], [3, 8]]
    assert nn.MaxPool2d(2)(image).tolist() == F.max_pool2d(image, 2).tolist() == [[[8]]]
    assert nn.MSELoss()(x, x + 2).item() == F.mse_loss(x, x + 2).item() == 4
    assert nn.Dropout(1.0)(x).tolist() == F.dropout(x, 1.0).tolist() == [[0, 0], [0, 0]]
    assert nn.Dropout(1.0).eval()(x).tolist() == [[1, -2], [3, 8]]
    assert_close(norm(x), [[-1, -1], [1, 1]], rtol=1e-5)
    assert_close(
        F.batch_norm(x, None, None, training=True), [[-1, -1], [1, 1]], rtol=1e-5
    )
    assert_close(norm.running_mean, [0.2, 0.3])
    assert_close(
        norm.eval()(x),
        F.batch_norm(x, norm.running_mean, norm.running_var).tolist(),
    )
    assert x.tolist() == [[1, -2], [3, 8]]


@claim(
    "nn.functional.conv2d-needs-explicit-weights",
    see="generated/torch.nn.functional.conv2d",
)
def test_conv2d_is_given_its_weight_and_bias_by_hand(device):
    """F.conv2d takes input, weight, bias, stride, padding, dilation and groups, in this
    order, of which only the first two are required; its result is the layer's.
    """
    x = torch.tensor([[[[1.0, 2, 3, 4]], [[5, 6, 7, 8]]]], device=device)
    weight = torch.tensor([[[[1.0, 10]]], [[[1, 0]]]], device=device)
    bias = torch.tensor([0.5, 0], device=device)
    layer = nn.Conv2d(2, 2, (1, 2), (1, 2), (0, 1), (1, 2), 2, device=device)
    layer.load_state_dict({"weight": weight, "bias": bias})

    result = F.conv2d(x, weight, bias, (1, 2), (0, 1), (1, 2), 2)

    assert result.tolist() == [[[[20.5, 42.5]], [[0, 6]]]]
    assert layer(x).tolist() == result.tolist()
    assert F.conv2d(x[:, :1], weight[:1]).tolist() == [[[[21, 32, 43]]]]
    assert result.requires_grad is False
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        F.conv2d(x)


@claim("nn.functional.training-defaults", see="generated/torch.nn.functional.dropout")
def test_functions_of_dropout_and_normalisation_do_not_agree_on_training(device):
    """F.dropout drops unless it is given training=False; F.batch_norm uses the running
    statistics unless it is given training=True, and asks for them.
    """
    x = torch.tensor([[2.0], [4.0]], device=device)
    mean = torch.tensor([1.0], device=device)
    variance = torch.tensor([3.0], device=device)

    assert F.dropout(x, 1.0).tolist() == [[0], [0]]
    assert F.dropout(x, 1.0, training=False).tolist() == [[2], [4]]
    assert F.dropout(x, 1.0, False).tolist() == [[2], [4]]
    assert F.batch_norm(x, mean, variance, eps=1.0).tolist() == [[0.5], [1.5]]
    assert (mean.tolist(), variance.tolist()) == ([1], [3])
    assert x.tolist() == [[2], [4]]
    with pytest.raises(
        RuntimeError, match="running_mean must be defined in evaluation"
    ):
        F.batch_norm(x, None, None)


@claim("nn.functional.are-plain-functions", see="nn.functional")
def test_layers_are_modules_and_functions_are_not():
    """Layers, activations and losses are Modules; their functions are functions of
    Python or of C++, hold nothing, and cannot go into a Sequential.
    """
    layers = [nn.Linear, nn.Conv2d, nn.ReLU, nn.Dropout, nn.MSELoss, nn.Embedding]
    in_cpp, in_python = type(len), type(lambda: None)

    assert [issubclass(layer, nn.Module) for layer in layers] == [True] * 6
    assert type(F.conv2d) is type(F.linear) is type(F.gelu) is in_cpp
    assert type(F.relu) is type(F.dropout) is type(F.mse_loss) is in_python
    assert F.conv2d is torch.conv2d
    with pytest.raises(TypeError, match=r"functional\.relu is not a Module subclass"):
        nn.Sequential(F.relu)


@claim("nn.conv2d.class-hierarchy", see="generated/torch.nn.Conv2d")
def test_conv2d_gets_its_parameters_from_a_class_in_between(device):
    """Conv2d inherits from _ConvNd, which inherits from Module and makes the weight and
    the bias when the layer is built; with bias=False the bias is None, under its name.
    """
    torch.manual_seed(0)
    layer = nn.Conv2d(4, 6, (1, 4), groups=2, device=device)
    bare = nn.Conv2d(4, 6, 1, bias=False, device=device)
    torch.manual_seed(0)
    again = nn.Conv2d(4, 6, (1, 4), groups=2, device=device)

    between = nn.Conv2d.__mro__[1]

    assert between is nn.modules.conv._ConvNd
    assert nn.Conv2d.__mro__[2] is nn.Module
    assert type(layer.weight) is type(layer.bias) is nn.Parameter
    assert (layer.weight.shape, layer.bias.shape) == ((6, 2, 1, 4), (6,))
    assert layer.weight.abs().max() <= 1 / math.sqrt(8)
    assert layer.bias.abs().max() <= 1 / math.sqrt(8)
    assert again.weight.tolist() == layer.weight.tolist()
    assert (bare.bias, dict(bare._parameters)["bias"]) == (None, None)


# --- rectifiers and other lines -------------------------------------------------------


@claim("nn.functional.relu", see="generated/torch.nn.functional.relu")
def test_relu_replaces_what_is_negative_by_zero(device):
    """F.relu keeps what is positive and puts 0 for what is negative, in a new tensor of
    the same dtype; nan stays; every form of it agrees.
    """
    x = torch.tensor([-2.0, 0, 3], device=device)
    nan = torch.tensor(math.nan, device=device)
    integers = torch.tensor([[-1, 2], [3, -4]], device=device).t()

    result, of_layer = F.relu(x), nn.ReLU()(x)
    in_torch, of_tensor = torch.relu(x), x.relu()

    assert result.tolist() == of_layer.tolist() == [0, 0, 3]
    assert in_torch.tolist() == of_tensor.tolist() == [0, 0, 3]
    assert x.tolist() == [-2, 0, 3]
    assert not shares_storage(result, x)
    assert math.isnan(F.relu(nan).item())
    assert F.relu(integers).tolist() == [[0, 3], [2, 0]]
    assert F.relu(integers).dtype == torch.int64
    assert F.relu(torch.zeros(0, 2, device=device)).shape == (0, 2)


@claim("nn.functional.lines", see="nn.functional#non-linear-activation-functions")
@pytest.mark.parametrize(
    ("call", "values", "slopes"),
    [
        (lambda x: F.relu(x), [0, 0, 0, 0, 1, 6, 7], [0, 0, 0, 0, 1, 1, 1]),
        (lambda x: nn.ReLU()(x), [0, 0, 0, 0, 1, 6, 7], [0, 0, 0, 0, 1, 1, 1]),
        (lambda x: F.relu6(x), [0, 0, 0, 0, 1, 6, 6], [0, 0, 0, 0, 1, 0, 0]),
        (lambda x: nn.ReLU6()(x), [0, 0, 0, 0, 1, 6, 6], [0, 0, 0, 0, 1, 0, 0]),
        (
            lambda x: F.leaky_relu(x, 0.5),
            [-2, -0.5, -0.25, 0, 1, 6, 7],
            [0.5, 0.5, 0.5, 0.5, 1, 1, 1],
        ),
        (
            lambda x: F.leaky_relu(x) * 100,
            [-4, -1, -0.5, 0, 100, 600, 700],
            [1, 1, 1, 1, 100, 100, 100],
        ),
        (
            lambda x: nn.LeakyReLU(0.5)(x),
            [-2, -0.5, -0.25, 0, 1, 6, 7],
            [0.5, 0.5, 0.5, 0.5, 1, 1, 1],
        ),
        (lambda x: F.hardtanh(x), [-1, -1, -0.5, 0, 1, 1, 1], [0, 0, 1, 1, 0, 0, 0]),
        (
            lambda x: nn.Hardtanh(-2, 6.5)(x),
            [-2, -1, -0.5, 0, 1, 6, 6.5],
            [0, 1, 1, 1, 1, 1, 0],
        ),
        (
            lambda x: F.threshold(x, 1, -5),
            [-5, -5, -5, -5, -5, 6, 7],
            [0, 0, 0, 0, 0, 1, 1],
        ),
        (
            lambda x: nn.Threshold(1, -5)(x),
            [-5, -5, -5, -5, -5, 6, 7],
            [0, 0, 0, 0, 0, 1, 1],
        ),
        (lambda x: F.hardshrink(x), [-4, -1, 0, 0, 1, 6, 7], [1, 1, 0, 0, 1, 1, 1]),
        (
            lambda x: nn.Hardshrink(1.0)(x),
            [-4, 0, 0, 0, 0, 6, 7],
            [1, 0, 0, 0, 0, 1, 1],
        ),
        (
            lambda x: F.softshrink(x),
            [-3.5, -0.5, 0, 0, 0.5, 5.5, 6.5],
            [1, 1, 0, 0, 1, 1, 1],
        ),
        (
            lambda x: nn.Softshrink(1.0)(x),
            [-3, 0, 0, 0, 0, 5, 6],
            [1, 0, 0, 0, 0, 1, 1],
        ),
        (
            lambda x: F.rrelu(x, 0.25, 0.75),
            [-2, -0.5, -0.25, 0, 1, 6, 7],
            [0.5, 0.5, 0.5, 0.5, 1, 1, 1],
        ),
    ],
    ids=[
        *["relu", "ReLU", "relu6", "ReLU6", "leaky_relu", "leaky_relu-default"],
        *["LeakyReLU", "hardtanh"],
        *["Hardtanh", "threshold", "Threshold", "hardshrink", "Hardshrink"],
        *["softshrink", "Softshrink", "rrelu"],
    ],
)
def test_an_activation_made_of_lines_has_their_slopes(device, call, values, slopes):
    """An activation that is made of lines has on each line its slope for a gradient,
    and at a corner the slope of the line that is flat, or less steep.
    """
    x = torch.tensor([-4.0, -1, -0.5, 0, 1, 6, 7], device=device, requires_grad=True)

    result = call(x)
    result.backward(torch.full((7,), 2.0, device=device))

    assert result.tolist() == values
    assert x.grad.tolist() == [2 * each for each in slopes]


@claim("nn.functional.rrelu", see="generated/torch.nn.functional.rrelu")
def test_rrelu_draws_a_slope_for_each_negative_element_while_training(device):
    """While training, RReLU multiplies each negative element by a slope drawn between
    lower and upper, 1/8 and 1/3 by default, which is also its gradient; else, as
    F.rrelu without training=True, by their mean.
    """
    x = torch.full((200,), -1.0, device=device, requires_grad=True)
    y = torch.full((200,), -1.0, device=device)

    result = nn.RReLU(0.25, 0.75)(x)
    result.sum().backward()
    by_default, mean = F.rrelu(y, training=True), F.rrelu(y)
    F.rrelu(y, 0.25, 0.75, training=True, inplace=True)

    assert -0.75 <= result.min() < -0.7
    assert -0.3 < result.max() <= -0.25
    assert x.grad.tolist() == (-result).tolist()
    assert -0.33334 < by_default.min() < -0.32
    assert -0.14 < by_default.max() <= -0.125
    assert_close(mean.unique(), [-11 / 48])
    assert -0.75 <= y.min() < -0.7
    assert -0.3 < y.max() <= -0.25


@claim("nn.functional.prelu", see="generated/torch.nn.PReLU")
def test_prelu_learns_the_slope_of_the_negative(device):
    """F.prelu multiplies what is negative by a weight, one for all or one per channel,
    which is the second dimension; PReLU's weight is a Parameter of 0.25 at first.
    """
    x = torch.tensor([[-2.0, 4], [8, -4]], device=device)
    layer = nn.PReLU(device=device)
    per_channel = nn.PReLU(2, init=0.5, device=device)

    result = per_channel(x)
    result.sum().backward()

    assert layer.weight.tolist() == [0.25]
    assert nn.PReLU(device=device, dtype=torch.float64).weight.dtype == torch.float64
    assert layer(x).tolist() == [[-0.5, 4], [8, -1]]
    assert result.tolist() == [[-1, 4], [8, -2]]
    assert per_channel.weight.grad.tolist() == [-2, -4]
    assert F.prelu(x, torch.tensor([0.5, 0.25], device=device)).tolist() == [
        [-1, 4],
        [8, -1],
    ]
    assert F.prelu(x[0, 0], torch.tensor(0.5, device=device)).item() == -1
    with pytest.raises(RuntimeError, match="Mismatch of parameter numbers and input"):
        F.prelu(x, torch.ones(3, device=device))


@claim("nn.functional.glu", see="generated/torch.nn.functional.glu")
def test_glu_multiplies_one_half_by_the_sigmoid_of_the_other(device):
    """F.glu halves a dimension, the last by default: the first half times the sigmoid
    of the second. An odd size and a tensor without dimensions are refused.
    """
    x = torch.tensor([[1.0, 2, 0, 0], [0, 0, 0, 0]], device=device)

    assert F.glu(x).tolist() == nn.GLU()(x).tolist() == [[0.5, 1], [0, 0]]
    assert F.glu(x, 0).tolist() == nn.GLU(dim=0)(x).tolist() == [[0.5, 1, 0, 0]]
    with pytest.raises(RuntimeError, match="Halving dimension must be even"):
        F.glu(x[:, :3])
    with pytest.raises(RuntimeError, match="glu does not support scalars"):
        F.glu(x[0, 0])


# --- curves ---------------------------------------------------------------------------


@claim("nn.functional.curves", see="nn.functional#non-linear-activation-functions")
@pytest.mark.parametrize(
    ("name", "function", "layer"),
    [
        ("sigmoid", lambda x: F.sigmoid(x), lambda: nn.Sigmoid()),
        ("logsigmoid", lambda x: F.logsigmoid(x), lambda: nn.LogSigmoid()),
        ("tanh", lambda x: F.tanh(x), lambda: nn.Tanh()),
        ("tanhshrink", lambda x: F.tanhshrink(x), lambda: nn.Tanhshrink()),
        ("softsign", lambda x: F.softsign(x), lambda: nn.Softsign()),
        ("softplus", lambda x: F.softplus(x), lambda: nn.Softplus()),
        ("softplus-beta", lambda x: F.softplus(x, 2.0), lambda: nn.Softplus(2.0)),
        ("silu", lambda x: F.silu(x), lambda: nn.SiLU()),
        ("mish", lambda x: F.mish(x), lambda: nn.Mish()),
        ("gelu", lambda x: F.gelu(x), lambda: nn.GELU()),
        (
            "gelu-tanh",
            lambda x: F.gelu(x, approximate="tanh"),
            lambda: nn.GELU(approximate="tanh"),
        ),
        ("elu", lambda x: F.elu(x), lambda: nn.ELU()),
        ("elu", lambda x: F.celu(x), lambda: nn.CELU()),
        ("elu-alpha", lambda x: F.elu(x, 2.0), lambda: nn.ELU(2.0)),
        ("celu-alpha", lambda x: F.celu(x, 2.0), lambda: nn.CELU(2.0)),
        ("selu", lambda x: F.selu(x), lambda: nn.SELU()),
        ("hardswish", lambda x: F.hardswish(x), lambda: nn.Hardswish()),
        ("hardsigmoid", lambda x: F.hardsigmoid(x), lambda: nn.Hardsigmoid()),
    ],
    ids=[
        *["sigmoid", "logsigmoid", "tanh", "tanhshrink", "softsign", "softplus"],
        *["softplus-beta", "silu", "mish", "gelu", "gelu-tanh", "elu", "celu"],
        *["elu-alpha", "celu-alpha", "selu", "hardswish", "hardsigmoid"],
    ],
)
@pytest.mark.filterwarnings("ignore:nn.functional.* is deprecated")
def test_an_activation_follows_its_formula(device, name, function, layer):
    """The activation, as a function and as a layer, follows its formula, and its
    gradient is the formula's slope; the input stays as it is.
    """
    x = torch.tensor(POINTS, device=device, requires_grad=True)
    formula = ACTIVATIONS[name]

    result = function(x)
    result.sum().backward()
    of_layer = layer()(x)

    assert_close(result, [formula(each) for each in POINTS], rtol=1e-5)
    assert_close(of_layer, [formula(each) for each in POINTS], rtol=1e-5)
    assert_close(x.grad, [slope(formula, each) for each in POINTS], rtol=1e-5)
    assert x.tolist() == POINTS


@claim("nn.functional.gelu-approximation", see="generated/torch.nn.functional.gelu")
def test_gelu_is_exact_unless_asked_for_an_approximation(device):
    """F.gelu knows approximate="none", the default, and "tanh", and refuses others in
    the call.
    """
    x = torch.tensor([1.0], device=device)
    layer = nn.GELU("exact")

    assert nn.GELU().approximate == "none"
    assert_close(F.gelu(x), [ACTIVATIONS["gelu"](1.0)])
    assert_close(F.gelu(x, approximate="tanh"), [ACTIVATIONS["gelu-tanh"](1.0)])
    assert x.item() == 1
    with pytest.raises(RuntimeError, match="must be either none or tanh"):
        layer(x)


@claim("nn.functional.softplus-threshold", see="generated/torch.nn.functional.softplus")
def test_softplus_is_a_line_above_its_threshold(device):
    """F.softplus returns its input where that times beta is above the threshold, which
    is 20 by default, so that it doesn't overflow.
    """
    x = torch.tensor([0.0, 0.5, 0.625], device=device)
    large = torch.tensor([1000.0, 21, -200], device=device)

    assert F.softplus(large).tolist() == [1000, 21, 0]
    assert_close(
        F.softplus(x, 2.0, 1.0), [math.log(2) / 2, math.log(1 + math.e) / 2, 0.625]
    )
    assert nn.Softplus(2.0, 1.0)(x[2:]).tolist() == [0.625]
    assert_close(nn.Softplus(2.0, 1.5)(x[2:]), [ACTIVATIONS["softplus-beta"](0.625)])
    assert large.tolist() == [1000, 21, -200]
    assert x.tolist() == [0, 0.5, 0.625]


@claim("nn.functional.limits-in-order", see="generated/torch.nn.Hardtanh")
def test_limits_must_be_in_order():
    """Hardtanh refuses with AssertionError an upper limit that is not above the lower
    one, and CELU an alpha of 0 in the call.
    """
    with pytest.raises(AssertionError):
        nn.Hardtanh(1.0, 1.0)
    with pytest.raises(AssertionError):
        nn.Hardtanh(1.0, -1.0)
    with pytest.raises(RuntimeError, match="alpha cannot be 0 for CELU"):
        nn.CELU(0.0)(torch.ones(1))


@claim(
    "nn.functional.hardtanh-limits-unchecked",
    see="generated/torch.nn.functional.hardtanh",
    until="2.4",
)
def test_the_function_hardtanh_took_limits_in_any_order(device):
    """The function hardtanh takes a lower limit above the upper one: every element
    becomes the upper one.
    """
    x = torch.tensor([-1.0, 3.5, 7.0], device=device)

    assert F.hardtanh(x, 4.0, 3.0).tolist() == [3, 3, 3]
    assert F.hardtanh_(x, 4.0, 3.0).tolist() == [3, 3, 3]


@claim(
    "nn.functional.hardtanh-limits-checked",
    see="generated/torch.nn.functional.hardtanh",
    since="2.4",
)
def test_the_function_hardtanh_refuses_limits_out_of_order(device):
    """The function hardtanh raises ValueError for a lower limit above the upper one;
    two equal limits it takes.
    """
    x = torch.tensor([-1.0, 3.5, 7.0], device=device)

    equal = F.hardtanh(x, 3.0, 3.0)

    assert equal.tolist() == [3, 3, 3]
    with pytest.raises(ValueError, match="min_val cannot be greater than max_val"):
        F.hardtanh(x, 4.0, 3.0)
    with pytest.raises(ValueError, match="min_val cannot be greater than max_val"):
        F.hardtanh(x, 4.0, 3.0, inplace=True)
    assert x.tolist() == [-1, 3.5, 7]


@claim(
    "nn.functional.hardtanh-unsigned-refused",
    see="generated/torch.nn.functional.hardtanh",
    until="2.15",
)
def test_hardtanh_refused_a_negative_limit_for_bytes(device):
    """On unsigned integers hardtanh raises RuntimeError for a negative limit."""
    x = torch.tensor([0, 1, 7], dtype=torch.uint8, device=device)

    with pytest.raises(RuntimeError, match="hardtanh on an unsigned type with negativ"):
        F.hardtanh(x)
    with pytest.raises(RuntimeError, match="hardtanh on an unsigned type with negativ"):
        nn.Hardtanh(-2.0, 5.0)(x)
    assert x.tolist() == [0, 1, 7]


@claim(
    "nn.functional.hardtanh-unsigned",
    see="generated/torch.nn.functional.hardtanh",
    since="2.15",
)
def test_hardtanh_takes_a_negative_limit_for_bytes(device):
    """On unsigned integers a negative lower limit of hardtanh changes nothing, and the
    upper one holds.
    """
    x = torch.tensor([0, 1, 7], dtype=torch.uint8, device=device)

    by_default = F.hardtanh(x)
    by_layer = nn.Hardtanh(-2.0, 5.0)(x)

    assert by_default.tolist() == [0, 1, 1]
    assert by_layer.tolist() == [0, 1, 5]
    assert by_default.dtype == by_layer.dtype == torch.uint8
    assert x.tolist() == [0, 1, 7]


@claim(
    "nn.functional.softshrink-swallows-nan",
    see="generated/torch.nn.functional.softshrink",
    until="2.6",
)
def test_softshrink_made_nan_a_zero(device):
    """Softshrink turns nan into 0, like any number close to 0."""
    x = torch.tensor([math.nan, -2.0, 0.25], device=device)

    assert F.softshrink(x).tolist() == [0, -1.5, 0]
    assert nn.Softshrink(1.0)(x).tolist() == [0, -1, 0]


@claim(
    "nn.functional.softshrink-keeps-nan",
    see="generated/torch.nn.functional.softshrink",
    since="2.6",
)
def test_softshrink_keeps_nan(device):
    """Softshrink keeps nan, and makes 0 of numbers close to 0 only."""
    x = torch.tensor([math.nan, -2.0, 0.25], device=device)

    assert str(F.softshrink(x).tolist()) == "[nan, -1.5, 0.0]"
    assert str(nn.Softshrink(1.0)(x).tolist()) == "[nan, -1.0, 0.0]"


@claim("nn.functional.hardtanh-old-names", see="generated/torch.nn.Hardtanh")
def test_the_limits_of_hardtanh_have_old_names(device):
    """Hardtanh takes its limits by the names min_value and max_value too, each with a
    warning that names both.
    """
    x = torch.tensor([-4.0, 0, 7], device=device)

    with pytest.warns((UserWarning, FutureWarning), match="min_value.*min_val"):
        lower = nn.Hardtanh(min_value=-2.0)
    with pytest.warns((UserWarning, FutureWarning), match="max_value.*max_val"):
        upper = nn.Hardtanh(max_value=5.0)

    assert lower(x).tolist() == [-2, 0, 1]
    assert upper(x).tolist() == [-1, 0, 5]


@claim("nn.functional.activation-defaults", see="nn#non-linear-activations")
def test_activations_print_their_settings():
    """Each activation keeps its settings as attributes and prints them, inplace only
    where it is on.
    """
    assert repr(nn.ReLU()) == repr(nn.ReLU(inplace=False)) == "ReLU()"
    assert repr(nn.ReLU(inplace=True)) == "ReLU(inplace=True)"
    assert repr(nn.LeakyReLU()) == "LeakyReLU(negative_slope=0.01)"
    assert (
        repr(nn.LeakyReLU(0.5, True)) == "LeakyReLU(negative_slope=0.5, inplace=True)"
    )
    assert repr(nn.ELU()) == "ELU(alpha=1.0)"
    assert repr(nn.GELU("tanh")) == "GELU(approximate='tanh')"
    assert repr(nn.Hardtanh()) == "Hardtanh(min_val=-1.0, max_val=1.0)"
    assert repr(nn.Threshold(1, 2)) == "Threshold(threshold=1, value=2)"
    assert repr(nn.Threshold(1, 2, True)) == (
        "Threshold(threshold=1, value=2, inplace=True)"
    )
    assert repr(nn.PReLU(3)) == "PReLU(num_parameters=3)"
    assert repr(nn.Softmax(dim=1)) == "Softmax(dim=1)"
    assert repr(nn.LogSoftmax(-1)) == "LogSoftmax(dim=-1)"
    assert repr(nn.GLU()) == "GLU(dim=-1)"
    assert repr(nn.Dropout(0.25)) == "Dropout(p=0.25, inplace=False)"
    assert repr(nn.RReLU()) == f"RReLU(lower=0.125, upper={1 / 3})"
    assert repr(nn.RReLU(0.25, 0.5, True)) == (
        "RReLU(lower=0.25, upper=0.5, inplace=True)"
    )
    assert repr(nn.Hardtanh(0, 2, True)) == (
        "Hardtanh(min_val=0, max_val=2, inplace=True)"
    )
    assert repr(nn.ReLU6(True)) == "ReLU6(inplace=True)"
    assert repr(nn.CELU(2.0, True)) == "CELU(alpha=2.0, inplace=True)"
    assert repr(nn.ELU(2.0, True)) == "ELU(alpha=2.0, inplace=True)"
    assert (repr(nn.SELU()), repr(nn.SELU(True))) == ("SELU()", "SELU(inplace=True)")
    assert (repr(nn.SiLU()), repr(nn.SiLU(True))) == ("SiLU()", "SiLU(inplace=True)")
    assert (repr(nn.Mish()), repr(nn.Mish(True))) == ("Mish()", "Mish(inplace=True)")
    assert repr(nn.Hardshrink()) == "Hardshrink(0.5)"
    assert repr(nn.Softshrink(1.5)) == "Softshrink(1.5)"
    assert repr(nn.Softplus(2.0, 9.0)) == "Softplus(beta=2.0, threshold=9.0)"
    assert repr(nn.Softmin(1)) == "Softmin(dim=1)"
    assert (nn.ReLU6().min_val, nn.ReLU6().max_val) == (0, 6)
    assert nn.LeakyReLU().negative_slope == 0.01


# --- in place -------------------------------------------------------------------------


@claim("nn.functional.in-place", see="generated/torch.nn.ReLU")
@pytest.mark.parametrize("name", IN_PLACE)
def test_an_activation_in_place_overwrites_its_input(device, name):
    """With inplace=True an activation writes its result over its input and returns that
    very tensor, as a function, as the function with an underscore, and as a layer.
    """
    by_keyword, by_name, by_layer, expected = IN_PLACE[name]
    inputs = [torch.tensor([-4.0, 0, 3], device=device) for _ in range(3)]

    results = [by_keyword(inputs[0]), by_name(inputs[1]), by_layer(inputs[2])]

    assert [a is b for a, b in zip(results, inputs)] == [True, True, True]
    assert_close(torch.stack(inputs), [expected] * 3)


@claim("nn.functional.in-place-gradient", see="generated/torch.nn.ReLU")
def test_gradients_pass_through_an_activation_in_place(device):
    """An activation in place on a computed tensor passes the gradient on; on a leaf
    that requires gradients it is refused; and where an operation before it still needs
    its result for the backward pass, backward() raises.
    """
    leaf = torch.tensor([-1.0, 2], device=device, requires_grad=True)
    needed = leaf.exp()

    F.relu(leaf * 3, inplace=True).sum().backward()
    F.relu(needed, inplace=True)

    assert leaf.grad.tolist() == [0, 3]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        nn.ReLU(inplace=True)(leaf)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        needed.sum().backward()
    assert leaf.tolist() == [-1, 2]


@claim("nn.functional.in-place-negative-slope", see="generated/torch.nn.LeakyReLU")
def test_leaky_relu_in_place_has_no_backward_with_a_negative_slope(device):
    """F.leaky_relu in place with a negative slope raises in backward(), as its sign no
    longer tells that of its input; not in place it has a gradient.
    """
    leaf = torch.tensor([-1.0, 2], device=device, requires_grad=True)

    F.leaky_relu(leaf, -0.5).sum().backward()

    assert leaf.grad.tolist() == [-0.5, 1]
    with pytest.raises(RuntimeError, match="with a negative slope"):
        F.leaky_relu(leaf * 1, -0.5, inplace=True).sum().backward()


# --- shares ---------------------------------------------------------------------------


@claim("nn.functional.softmax", see="generated/torch.nn.functional.softmax")
def test_softmax_makes_shares_along_a_dimension(device):
    """F.softmax gives along one dimension shares in proportion to the exponentials,
    which add up to 1; log_softmax their logs; softmin the shares of the negatives;
    Softmax2d takes the dimension before the last two.
    """
    x = torch.tensor([[1.0, 3], [1, 1]], device=device).log()
    shares = [[0.25, 0.75], [0.5, 0.5]]
    logs = [[math.log(0.25), math.log(0.75)], [math.log(0.5), math.log(0.5)]]

    assert_close(F.softmax(x, 1), shares)
    assert_close(F.softmax(x, dim=-1), shares)
    assert_close(nn.Softmax(dim=1)(x + 5), shares)
    assert_close(F.softmax(x, 0), [[0.5, 0.75], [0.5, 0.25]])
    assert_close(F.log_softmax(x, 1), logs)
    assert_close(nn.LogSoftmax(dim=1)(x), logs)
    assert_close(F.log_softmax(x, 0)[:, 1], [math.log(0.75), math.log(0.25)])
    assert_close(F.softmin(x, 1), [[0.75, 0.25], [0.5, 0.5]])
    assert_close(nn.Softmin(dim=0)(x), [[0.5, 0.25], [0.5, 0.75]])
    assert_close(nn.Softmax2d()(x[..., None]), [[[0.5], [0.75]], [[0.5], [0.25]]])
    assert nn.Softmax2d()(x[None, ..., None]).shape == (1, 2, 2, 1)


@claim("nn.functional.softmax-gradient", see="generated/torch.nn.functional.softmax")
def test_the_gradient_of_softmax(device):
    """The gradient of softmax is share times (given gradient minus its mean over the
    shares); of log_softmax the given gradient minus share times its sum.
    """
    x = torch.tensor([1.0, 3], device=device).log().requires_grad_()
    y = torch.tensor([1.0, 3], device=device).log().requires_grad_()
    given = torch.tensor([4.0, 8], device=device)

    F.softmax(x, 0).backward(given)
    F.log_softmax(y, 0).backward(given)

    assert_close(x.grad, [-0.75, 0.75])
    assert_close(y.grad, [1.0, -1.0])


@claim("nn.functional.softmax-extremes", see="generated/torch.nn.functional.softmax")
def test_softmax_of_large_numbers_does_not_overflow(device):
    """Numbers far apart give 0 and 1, -inf gives a share of 0, and only a row of -inf
    gives nan; a tensor without dimensions is one share of 1.
    """
    far = torch.tensor([1000.0, 0], device=device)
    minus = torch.tensor([-math.inf, 0], device=device)
    nothing = torch.tensor([-math.inf, -math.inf], device=device)

    assert F.softmax(far, 0).tolist() == [1, 0]
    assert F.log_softmax(far, 0).tolist() == [0, -1000]
    assert far.tolist() == [1000, 0]
    assert F.softmax(minus, 0).tolist() == [0, 1]
    assert F.softmax(nothing, 0).isnan().tolist() == [True, True]
    assert F.softmax(far[1], 0).item() == 1
    assert F.softmax(far[:0], 0).shape == (0,)


@claim(
    "nn.functional.attention-to-nothing-is-nan",
    see="generated/torch.nn.functional.scaled_dot_product_attention",
    since="2.0",
    until="2.5",
)
def test_a_row_that_may_attend_to_nothing_was_nan():
    """On the CPU, a row of scaled_dot_product_attention whose mask leaves it nothing
    to attend to is nan, and the others are not.
    """
    x = torch.tensor([[[1.0, 2], [3, 4]]])
    allowed = torch.tensor([[True, False], [False, False]])
    added = torch.tensor([[0.0, -math.inf], [-math.inf, -math.inf]])

    of_flags = F.scaled_dot_product_attention(x, x, x, allowed)
    of_numbers = F.scaled_dot_product_attention(x, x, x, added)

    assert str(of_flags.tolist()) == "[[[1.0, 2.0], [nan, nan]]]"
    assert str(of_numbers.tolist()) == "[[[1.0, 2.0], [nan, nan]]]"


@claim(
    "nn.functional.attention-to-nothing-is-zero",
    see="generated/torch.nn.functional.scaled_dot_product_attention",
    since="2.5",
)
def test_a_row_that_may_attend_to_nothing_is_zero():
    """On the CPU, a row of scaled_dot_product_attention whose mask leaves it nothing
    to attend to is 0, and so is its gradient.
    """
    x = torch.tensor([[[1.0, 2], [3, 4]]], requires_grad=True)
    allowed = torch.tensor([[True, False], [False, False]])
    added = torch.tensor([[0.0, -math.inf], [-math.inf, -math.inf]])

    of_flags = F.scaled_dot_product_attention(x, x, x, allowed)
    of_numbers = F.scaled_dot_product_attention(x, x, x, added)
    of_flags.sum().backward()

    assert of_flags.tolist() == [[[1, 2], [0, 0]]]
    assert of_numbers.tolist() == [[[1, 2], [0, 0]]]
    assert x.grad.tolist() == [[[1, 1], [0, 0]]]
    assert x.tolist() == [[[1, 2], [3, 4]]]


@claim("nn.functional.softmax-dtype", see="generated/torch.nn.functional.softmax")
def test_softmax_converts_its_input_to_the_dtype_asked_for(device):
    """dtype= converts the input first, and so admits integers, which are refused
    without; the result has that dtype.
    """
    x = torch.tensor([1, 1], device=device)
    y = torch.tensor([0, 1000], device=device)

    assert F.softmax(x, 0, dtype=torch.float64).dtype == torch.float64
    assert F.softmax(x, 0, dtype=torch.float32).tolist() == [0.5, 0.5]
    assert_close(F.log_softmax(x, 0, dtype=torch.float32), [-math.log(2)] * 2)
    assert F.softmin(y, 0, dtype=torch.float64).tolist() == [1, 0]
    assert F.softmin(y, 0, dtype=torch.float64).dtype == torch.float64
    with pytest.raises(RuntimeError, match="not implemented for 'Long'"):
        F.softmax(x, 0)
    with pytest.raises(IndexError, match="Dimension out of range"):
        F.softmax(x, 1, dtype=torch.float32)


@claim(
    "nn.functional.softmax-implicit-dim", see="generated/torch.nn.functional.softmax"
)
@pytest.mark.parametrize(
    ("shape", "sizes"),
    [
        *[((), 1), ((2,), 2), ((3, 2), 2), ((2, 3, 4), 2)],
        *[((3, 2, 4, 5), 2), ((3, 2, 4, 5, 6), 2)],
    ],
    ids=["0d", "1d-last", "2d-last", "3d-first", "4d-second", "5d-second"],
)
def test_softmax_without_a_dimension_warns_and_chooses_one(device, shape, sizes):
    """Without dim, softmax warns, and takes the first dimension of a tensor with none,
    one or three, and the second of any other; so do log_softmax, softmin and the
    layers.
    """
    x = torch.zeros(shape, device=device)
    warning = "Implicit dimension choice for {} has been deprecated"

    with pytest.warns(UserWarning, match=warning.format("softmax")):
        share = F.softmax(x)
    with pytest.warns(UserWarning, match=warning.format("softmax")):
        of_layer = nn.Softmax()(x)
    with pytest.warns(UserWarning, match=warning.format("log_softmax")):
        log, log_share = nn.LogSoftmax()(x), F.log_softmax(x)
    with pytest.warns(UserWarning, match=warning.format("softmin")):
        least, least_share = nn.Softmin()(x), F.softmin(x)

    assert share.shape == of_layer.shape == least.shape == least_share.shape == shape
    assert x.count_nonzero() == 0
    assert share.unique().tolist() == of_layer.unique().tolist() == [1 / sizes]
    assert least.unique().tolist() == least_share.unique().tolist() == [1 / sizes]
    assert_close(log.unique(), [-math.log(sizes)])
    assert_close(log_share.unique(), [-math.log(sizes)])


# --- dropout --------------------------------------------------------------------------


@claim("nn.functional.dropout-scales", see="generated/torch.nn.functional.dropout")
def test_dropout_scales_up_what_it_keeps(device):
    """F.dropout puts 0 for each element with probability p, 0.5 by default, and divides
    the others by 1 - p; the gradient passes where an element was kept, likewise scaled.
    """
    x = torch.ones(400, device=device, requires_grad=True)

    half = F.dropout(x)
    quarter = F.dropout(x, 0.75)
    half.sum().backward()

    assert half.shape == quarter.shape == (400,)
    assert half.unique().tolist() == [0, 2]
    assert quarter.unique().tolist() == [0, 4]
    assert 120 < half.count_nonzero() < 280
    assert 50 < quarter.count_nonzero() < 150
    assert x.grad.tolist() == half.tolist()


@claim("nn.functional.dropout-in-place", see="generated/torch.nn.functional.dropout")
def test_dropout_in_place_overwrites_its_input(device):
    """With inplace=True dropout writes over its input and returns it; without, and
    while not training, it leaves the input as it is; the layer passes it on.
    """
    x, y, z = (torch.ones(2, device=device) for _ in range(3))

    result, of_layer = F.dropout(x, 1.0, inplace=True), nn.Dropout(1.0, True)(y)
    F.dropout(z, 1.0)

    assert result is x
    assert of_layer is y
    assert (x.tolist(), y.tolist(), z.tolist()) == ([0, 0], [0, 0], [1, 1])


# --- distances ------------------------------------------------------------------------


@claim("nn.functional.normalize", see="generated/torch.nn.functional.normalize")
def test_normalize_divides_by_the_norm(device):
    """F.normalize divides by the norm along a dimension, 1 by default, with a norm of
    at least eps, by default 1e-12, so that zeros stay zeros; p chooses the norm, and
    out= takes the result.
    """
    x = torch.tensor([[3.0, 4], [0, 0]], device=device)
    out = torch.ones(2, 2, device=device)

    result = F.normalize(x, out=out)

    assert result is out
    assert_close(out, [[0.6, 0.8], [0, 0]])
    assert_close(F.normalize(x), [[0.6, 0.8], [0, 0]])
    assert_close(F.normalize(x * 1e-9), [[0.6, 0.8], [0, 0]])
    assert_close(F.normalize(x, p=1.0), [[3 / 7, 4 / 7], [0, 0]])
    assert_close(F.normalize(x, dim=0), [[1, 1], [0, 0]])
    assert_close(F.normalize(x, eps=10.0), [[0.3, 0.4], [0, 0]])
    assert x.tolist() == [[3, 4], [0, 0]]


@claim("nn.functional.one-hot", see="generated/torch.nn.functional.one_hot")
def test_one_hot_puts_a_one_at_each_number(device):
    """F.one_hot adds a last dimension of int64 with a 1 at each number, as long as the
    largest number needs or as num_classes says; floats raise, and so does an
    empty tensor without num_classes.
    """
    numbers = torch.tensor([0, 2], device=device)

    result = F.one_hot(numbers)
    table = F.one_hot(numbers.view(2, 1), num_classes=4)

    assert (result.tolist(), result.dtype) == ([[1, 0, 0], [0, 0, 1]], torch.int64)
    assert table.tolist() == [[[1, 0, 0, 0]], [[0, 0, 1, 0]]]
    assert F.one_hot(numbers[1], 4).tolist() == [0, 0, 1, 0]
    assert F.one_hot(numbers[:0], 4).shape == (0, 4)
    with pytest.raises(RuntimeError, match="only applicable to index tensor"):
        F.one_hot(torch.ones(2, device=device))
    with pytest.raises(RuntimeError, match="Can not infer total number of classes"):
        F.one_hot(numbers[:0])


@claim("nn.functional.one-hot-range", see="generated/torch.nn.functional.one_hot")
def test_one_hot_refuses_numbers_that_are_not_classes():
    """On the CPU F.one_hot raises RuntimeError for a negative number and for one that
    is not below num_classes.
    """
    numbers = torch.tensor([0, 2], device="cpu")
    negative = torch.tensor([0, -2], device="cpu")

    with pytest.raises(RuntimeError, match=r"^Class values must be non-negative\.$"):
        F.one_hot(negative)
    with pytest.raises(RuntimeError, match="Class values must be smaller than num_"):
        F.one_hot(numbers, 2)


@claim("nn.functional.pairwise-distance", see="generated/torch.nn.PairwiseDistance")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [5.0, 2**0.5 * 1e-6]),
        ({"p": 1.0}, [7.0, 2e-6]),
        ({"eps": 1.0}, [13**0.5, 2**0.5]),
        ({"p": 1.0, "eps": 0.5, "keepdim": True}, [[6.0], [1.0]]),
    ],
    ids=["defaults", "p", "eps", "keepdim"],
)
def test_the_pairwise_distance_is_the_norm_of_the_difference(options, expected, device):
    """The pairwise distance of two batches is the norm, by default the second, of their
    difference along the last dimension, with eps, by default 1e-6, added to each
    element of it; keepdim=True keeps the dimension.
    """
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    b = torch.tensor([[4.0, 6.0], [3.0, 4.0]], device=device)

    of_function = F.pairwise_distance(a, b, **options)
    of_layer = nn.PairwiseDistance(**options)(a, b)

    assert_close(of_function, expected)
    assert of_layer.tolist() == of_function.tolist()
    assert_close(nn.PairwiseDistance(1.0, 0.5, True)(a, b), [[6], [1]])
    assert F.pairwise_distance(a, a).tolist() == pytest.approx([2**0.5 * 1e-6] * 2)
    assert_close(F.pairwise_distance(a, b[0]), [5, 5**0.5])
    assert F.pairwise_distance(a[0], b[0]).shape == ()


@claim("nn.functional.cosine-similarity", see="generated/torch.nn.CosineSimilarity")
def test_cosine_similarity_is_the_product_of_directions(device):
    """The cosine similarity is the dot product along a dimension, by default 1, over
    the product of the two norms, each of which counts as at least eps, by default 1e-8,
    so that it is 0 for zeros.
    """
    a = torch.tensor([[3.0, 4.0], [0.0, 0.0]], device=device)
    b = torch.tensor([[4.0, 3.0], [1.0, 0.0]], device=device)

    result = F.cosine_similarity(a, b)

    assert_close(result, [0.96, 0])
    assert_close(F.cosine_similarity(a, -b, dim=0), [-12 / 153**0.5, -1])
    assert_close(F.cosine_similarity(a, b, eps=10.0), [0.24, 0])
    assert_close(F.cosine_similarity(a * 1e-6, b), [0.96, 0])
    assert F.cosine_similarity(a[0], b[0], dim=-1).shape == ()
    assert nn.CosineSimilarity()(a, b).tolist() == result.tolist()
    assert_close(nn.CosineSimilarity()(a * 1e-6, b), [0.96, 0])
    assert_close(nn.CosineSimilarity(0, 10.0)(a, b), [0.12, 0.12])
    assert_close(nn.CosineSimilarity(eps=10.0)(a, b), [0.24, 0])


@claim(
    "nn.functional.cosine-similarity-does-not-broadcast",
    see="generated/torch.nn.functional.cosine_similarity",
    level="observed",
    since="2.1.0",
    until="2.1.2",
)
def test_cosine_similarity_did_not_broadcast_its_inputs(device):
    """cosine_similarity() raises IndexError where one input has no such dimension,
    though it could be broadcast.
    """
    a = torch.tensor([[3.0, 4.0], [0.0, 0.0]], device=device)

    with pytest.raises(IndexError, match="Dimension out of range"):
        F.cosine_similarity(a, a[0])


@claim(
    "nn.functional.cosine-similarity-broadcasts",
    see="generated/torch.nn.functional.cosine_similarity",
    gap=("2.1.0", "2.1.2"),
)
def test_cosine_similarity_broadcasts_its_inputs(device):
    """cosine_similarity() broadcasts its inputs before it looks for the dimension."""
    a = torch.tensor([[3.0, 4.0], [0.0, 0.0]], device=device)

    assert_close(F.cosine_similarity(a, a[0]), [1, 0])


# --- padding --------------------------------------------------------------------------


@claim("nn.functional.pad-modes", see="generated/torch.nn.functional.pad")
@pytest.mark.parametrize(
    ("mode", "layer", "expected"),
    [
        ("constant", lambda: nn.ConstantPad1d((2, 1), 0.0), [0, 0, 1, 2, 3, 0]),
        ("reflect", lambda: nn.ReflectionPad1d((2, 1)), [3, 2, 1, 2, 3, 2]),
        ("replicate", lambda: nn.ReplicationPad1d((2, 1)), [1, 1, 1, 2, 3, 3]),
    ],
    ids=["constant", "reflect", "replicate"],
)
def test_the_mode_of_padding_says_what_is_put_around(mode, layer, expected, device):
    """Padding of (2, 1) puts two elements before and one after: zeros in the constant
    mode, the mirror image without its edge in reflect, the edge itself in replicate;
    each mode has its layers, and all leave their input as it is.
    """
    row = torch.tensor([[1.0, 2.0, 3.0]], device=device)

    of_function = F.pad(row, (2, 1), mode)
    of_layer = layer()(row)

    assert of_function.tolist() == of_layer.tolist() == [expected]
    assert row.tolist() == [[1, 2, 3]]


@claim("nn.functional.pad-circular", see="generated/torch.nn.functional.pad")
def test_circular_padding_goes_on_from_the_other_end(device):
    """In the mode circular what is put before is the end, and what is put after the
    beginning; at most the whole input is repeated.
    """
    row = torch.tensor([[[1.0, 2.0, 3.0]]], device=device)

    short = F.pad(row, (2, 1), mode="circular")
    whole = F.pad(row, (3, 0), mode="circular")

    assert short.tolist() == [[[2, 3, 1, 2, 3, 1]]]
    assert whole.tolist() == [[[1, 2, 3, 1, 2, 3]]]
    with pytest.raises(RuntimeError, match="wrapping around more than once"):
        F.pad(row, (4, 0), mode="circular")


@claim("nn.functional.pad-from-the-last-dimension", see="nn.functional")
def test_padding_is_listed_from_the_last_dimension(device):
    """Padding is given in pairs, before and after, of which the first is for the last
    dimension; dimensions without a pair stay as they are, a negative number cuts off,
    and the constant, 0 by default, takes the dtype of the input.
    """
    image = torch.tensor([[1, 2], [3, 4]], device=device)

    columns = F.pad(image, (1, 0))
    both = F.pad(image, (0, 1, 2, 0), value=9)
    cut = F.pad(image, (-1, 1), "constant", 7.5)

    assert columns.tolist() == [[0, 1, 2], [0, 3, 4]]
    assert both.tolist() == [[9, 9, 9], [9, 9, 9], [1, 2, 9], [3, 4, 9]]
    assert cut.tolist() == [[2, 7], [4, 7]]
    assert {columns.dtype, both.dtype, cut.dtype} == {torch.int64}
    with pytest.raises(RuntimeError, match="Padding length must be divisible by 2"):
        F.pad(image, (1,))


@claim("nn.functional.pad-refuses", see="generated/torch.nn.functional.pad")
def test_padding_refuses_what_its_mode_cannot_do(device):
    """A mode that is not known raises NotImplementedError; a value for another mode
    than constant, and reflecting as far as the input is long, raise RuntimeError.
    """
    row = torch.tensor([[1.0, 2.0, 3.0]], device=device)

    with pytest.raises(NotImplementedError, match="Unrecognised padding mode mirror"):
        F.pad(row, (1, 1), "mirror")
    with pytest.raises(RuntimeError, match='"reflect" doesn\'t take in value arg'):
        F.pad(row, (1, 1), "reflect", value=1.0)
    with pytest.raises(RuntimeError, match="should be less than the corresponding inp"):
        F.pad(row, (3, 0), "reflect")


SQUARE = [[1.0, 2.0], [3.0, 4.0]]
ZEROS = [0, 0, 0, 0]


@claim("nn.padding.layers", see="nn#padding-layers")
@pytest.mark.parametrize(
    ("layer", "shown", "expected"),
    [
        (
            lambda: nn.ZeroPad2d(1),
            "ZeroPad2d((1, 1, 1, 1))",
            [ZEROS, [0, 1, 2, 0], [0, 3, 4, 0], ZEROS],
        ),
        (
            lambda: nn.ZeroPad2d((1, 0, 0, 0)),
            "ZeroPad2d((1, 0, 0, 0))",
            [[0, 1, 2], [0, 3, 4]],
        ),
        (
            lambda: nn.ConstantPad1d(1, 5.0),
            "ConstantPad1d(padding=(1, 1), value=5.0)",
            [[5, 1, 2, 5], [5, 3, 4, 5]],
        ),
        (
            lambda: nn.ConstantPad2d((0, 0, 0, 1), 5.0),
            "ConstantPad2d(padding=(0, 0, 0, 1), value=5.0)",
            [[1, 2], [3, 4], [5, 5]],
        ),
        (
            lambda: nn.ReflectionPad2d(1),
            "ReflectionPad2d((1, 1, 1, 1))",
            [[4, 3, 4, 3], [2, 1, 2, 1], [4, 3, 4, 3], [2, 1, 2, 1]],
        ),
        (
            lambda: nn.ReplicationPad2d((1, 0, 1, 0)),
            "ReplicationPad2d((1, 0, 1, 0))",
            [[1, 1, 2], [1, 1, 2], [3, 3, 4]],
        ),
        (
            lambda: nn.ReplicationPad2d(1),
            "ReplicationPad2d((1, 1, 1, 1))",
            [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]],
        ),
        (
            lambda: nn.ReplicationPad1d(1),
            "ReplicationPad1d((1, 1))",
            [[1, 1, 2, 2], [3, 3, 4, 4]],
        ),
        (
            lambda: nn.ReflectionPad1d(1),
            "ReflectionPad1d((1, 1))",
            [[2, 1, 2, 1], [4, 3, 4, 3]],
        ),
    ],
    ids=[
        "zero-2d",
        "zero-2d-pairs",
        "constant-1d",
        "constant-2d-pairs",
        "reflection-2d",
        "replication-2d-pairs",
        "replication-2d",
        "replication-1d",
        "reflection-1d",
    ],
)
def test_a_padding_layer_pads_its_last_dimensions(layer, shown, expected, device):
    """A padding layer pads as many last dimensions as its name says, on every side by
    one number or by a pair for each, the last dimension first; it shows its padding and
    has no parameters.
    """
    made = layer()
    image = torch.tensor([SQUARE], device=device)

    result = made(image)

    assert result.tolist() == [expected]
    assert repr(made) == shown
    assert list(made.parameters()) == []


@claim("nn.padding.three-dimensions", see="nn#padding-layers")
@pytest.mark.parametrize(
    ("mode", "kind", "expected"),
    [
        (
            "constant",
            lambda padding: nn.ConstantPad3d(padding, 0.0),
            [[[0, 1, 2], [0, 3, 4], [0, 0, 0]], [[0, 5, 6], [0, 7, 8], [0, 0, 0]]],
        ),
        (
            "reflect",
            lambda padding: nn.ReflectionPad3d(padding),
            [[[2, 1, 2], [4, 3, 4], [2, 1, 2]], [[6, 5, 6], [8, 7, 8], [6, 5, 6]]],
        ),
        (
            "replicate",
            lambda padding: nn.ReplicationPad3d(padding),
            [[[1, 1, 2], [3, 3, 4], [3, 3, 4]], [[5, 5, 6], [7, 7, 8], [7, 7, 8]]],
        ),
    ],
    ids=["constant", "reflection", "replication"],
)
def test_a_padding_layer_of_three_dimensions_pads_all_three(
    mode, kind, expected, device
):
    """ConstantPad3d, ReflectionPad3d and ReplicationPad3d pad three dimensions, by one
    number on all six sides or by three pairs.
    """
    every, some = kind(1), kind((1, 0, 0, 1, 0, 0))
    block = torch.arange(1.0, 9.0, device=device).view(1, 2, 2, 2)

    result = every(block)

    assert result.tolist() == F.pad(block, (1,) * 6, mode).tolist()
    assert result.shape == (1, 4, 4, 4)
    assert result[:, 1:3, 1:3, 1:3].tolist() == block.tolist()
    assert some(block).tolist() == [expected]
    assert (every.padding, some.padding) == ((1,) * 6, (1, 0, 0, 1, 0, 0))


@claim(
    "nn.padding.circular-layers", see="generated/torch.nn.CircularPad2d", since="2.1"
)
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("CircularPad1d", r"^expected 2D or 3D input \(got 1D input\)$"),
        ("CircularPad2d", r"^expected 3D or 4D input \(got 1D input\)$"),
        ("CircularPad3d", r"^expected 4D or 5D input \(got 1D input\)$"),
    ],
    ids=["1d", "2d", "3d"],
)
def test_circular_layers_pad_with_and_without_a_batch(kind, message, device):
    """The layers CircularPad1d, 2d and 3d go on from the other end in their dimensions,
    with and without a batch, by one number or a pair for each; another number of
    dimensions raises ValueError.
    """
    dims = int(kind[-2])
    every, left = getattr(nn, kind)(1), getattr(nn, kind)((1, 0) + (0, 0) * (dims - 1))
    x = torch.tensor([1.0, 2.0], device=device).expand(1, *[2] * dims)
    flat = torch.ones(2, device=device)

    result = every(x)

    assert result.shape == (1, *[4] * dims)
    assert result.view(-1, 4).unique(dim=0).tolist() == [[2, 1, 2, 1]]
    assert left(x).view(-1, 3).unique(dim=0).tolist() == [[2, 1, 2]]
    assert every(x[None]).tolist() == [result.tolist()]
    assert repr(every) == f"{kind}({(1,) * 2 * dims})"
    with pytest.raises(ValueError, match=message):
        every(flat)
    with pytest.raises(ValueError, match="expected "):
        every(x[None, None])


@claim("nn.padding.zero-layers", see="generated/torch.nn.ZeroPad1d", since="2.1")
def test_zeros_can_be_padded_in_one_and_three_dimensions(device):
    """ZeroPad1d and ZeroPad3d put zeros around the last one and the last three
    dimensions.
    """
    x = torch.ones(1, 1, 1, device=device)
    one, three = nn.ZeroPad1d((2, 1)), nn.ZeroPad3d(1)

    row, block = one(x), three(x)

    assert row.tolist() == [[[0, 0, 1, 0]]]
    assert (block.shape, block.sum().item(), block[1, 1, 1].item()) == ((3, 3, 3), 1, 1)
    assert repr(one) == "ZeroPad1d((2, 1))"
    assert repr(three) == "ZeroPad3d((1, 1, 1, 1, 1, 1))"

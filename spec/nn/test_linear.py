"""A linear layer: one matrix product and one addition.

Each output is a weighted sum of all inputs, plus a number of its own. The weights of
one output are one row of ``weight``, which so has the shape (outputs, inputs), and the
numbers that are added are ``bias``. Only the last dimension of an input counts: those
before it, however many, number the samples, and there may be none.

Beside it stand its relatives: layers that only look like it (Identity, Flatten), that
multiply two inputs (Bilinear), and that pick rows of a weight by number (Embedding),
which is the product with a one-hot vector without the product.

It is often believed that a layer infers its sizes. They must be given, except to the
lazy layers, which take one of them from their first input.
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from spec.models.losses import linear_gradients, linear_map
from torch_semantics import claim
from torch_semantics.words import shares_storage

EMPTY_INITIALISATION = "ignore:Initializing zero-element tensors"
lazy_warning = pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")


def linear(device, weight, bias=None):
    """Return a linear layer with this weight and bias."""
    layer = nn.Linear(len(weight[0]), len(weight), bias is not None, device=device)
    layer.weight = nn.Parameter(torch.tensor(weight, device=device))
    if bias is not None:
        layer.bias = nn.Parameter(torch.tensor(bias, device=device))
    return layer


def embedding(device, **options):
    """Return an embedding of 1, 2 and 3 as (1, 10), (2, 20) and (3, 30)."""
    rows = torch.tensor([[1.0, 10], [2, 20], [3, 30]], device=device)
    return nn.Embedding.from_pretrained(rows, freeze=False, **options)


# --- what it computes -----------------------------------------------------------------


@claim("nn.linear.affine-map", see="generated/torch.nn.Linear")
def test_a_linear_layer_multiplies_by_the_weight_and_adds_the_bias(device):
    """Along the last dimension, however many come before it, a linear layer computes
    the sum of the inputs times a row of the weight, plus the bias.
    """
    layer = linear(device, [[1.0, 10, 100], [2.0, 0, -1]], [0.5, 7])
    square = linear(device, [[1.0, 2], [3, 4]])
    sample = torch.tensor([1.0, 2, 3], device=device)
    batch = torch.tensor([[1.0, 2, 3], [0, 0, 1]], device=device)
    sequences = torch.tensor([[[1.0, 2, 3]], [[0, 0, 1]]], device=device)

    assert layer(sample).tolist() == [321.5, 6]
    assert layer(batch).tolist() == [[321.5, 6], [100.5, 6]]
    assert layer(sequences).tolist() == [[[321.5, 6]], [[100.5, 6]]]
    assert layer(sequences[None]).tolist() == [[[[321.5, 6]], [[100.5, 6]]]]
    assert square(torch.tensor([1.0, 0], device=device)).tolist() == [1, 3]


@claim("nn.linear.matches-model", see="generated/torch.nn.functional.linear")
@given(
    leading=st.lists(st.integers(0, 3), max_size=2),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    with_bias=st.booleans(),
)
def test_every_row_is_mapped_by_itself(device, leading, sizes, with_bias):
    """For every number of samples, inputs and outputs, each sample is mapped by the
    same weighted sums, with the bias if there is one.
    """
    inputs, outputs = sizes
    x = torch.arange(math.prod(leading) * inputs, dtype=torch.float32, device=device)
    weight = torch.arange(inputs * outputs, dtype=torch.float32, device=device) - 2
    bias = torch.arange(outputs, dtype=torch.float32, device=device) + 5

    result = F.linear(
        x.reshape(*leading, inputs),
        weight.reshape(outputs, inputs),
        bias if with_bias else None,
    )

    rows = linear_map(
        x.reshape(-1, inputs).tolist(),
        weight.reshape(outputs, inputs).tolist(),
        bias.tolist() if with_bias else [0] * outputs,
    )
    assert (leading, sizes, result.shape) == (leading, sizes, (*leading, outputs))
    assert result.reshape(-1, outputs).tolist() == rows


@claim("nn.linear.no-bias", see="generated/torch.nn.Linear")
def test_a_linear_layer_without_bias_only_multiplies(device):
    """With bias=False the bias is None, under its name among the parameters, stays so
    in a reset, is not in the state, and nothing is added.
    """
    layer = nn.Linear(2, 1, bias=False, device=device)
    layer.reset_parameters()
    layer.weight = nn.Parameter(torch.tensor([[2.0, 3]], device=device))

    output = layer(torch.tensor([[10.0, 1], [0, 0]], device=device))

    assert layer.bias is None
    assert layer._parameters["bias"] is None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    assert list(layer.state_dict()) == ["weight"]
    assert output.tolist() == [[23], [0]]


@claim("nn.linear.batch-of-none", see="generated/torch.nn.Linear")
def test_no_samples_give_no_outputs(device):
    """An input without samples gives an output without samples, which has the size of
    the outputs, and the gradients of such a batch are zeros.
    """
    layer = linear(device, [[1.0, 2, 3], [4, 5, 6]], [7.0, 8])

    output = layer(torch.zeros(0, 3, device=device))
    output.sum().backward()

    assert output.shape == (0, 2)
    assert layer(torch.zeros(4, 0, 3, device=device)).shape == (4, 0, 2)
    assert layer.weight.grad.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert layer.bias.grad.tolist() == [0, 0]


@claim("nn.linear.no-features", see="generated/torch.nn.functional.linear")
@pytest.mark.filterwarnings(EMPTY_INITIALISATION)
def test_a_layer_without_inputs_gives_its_bias(device):
    """A layer without inputs gives its bias for every sample, and draws a bias of
    zeros; a layer without outputs gives an empty row for every sample.
    """
    without_inputs = nn.Linear(0, 2, device=device)
    drawn = without_inputs.bias.tolist()
    without_inputs.bias = nn.Parameter(torch.tensor([5.0, 7], device=device))
    without_outputs = nn.Linear(2, 0, device=device)

    output = without_inputs(torch.zeros(3, 0, device=device))
    empty = without_outputs(torch.zeros(3, 2, device=device))

    assert drawn == [0, 0]
    assert output.tolist() == [[5, 7], [5, 7], [5, 7]]
    assert empty.shape == (3, 0)


@claim("nn.linear.no-features-warns", see="generated/torch.nn.Linear")
@pytest.mark.parametrize("sizes", [(0, 2), (2, 0)], ids=["no-inputs", "no-outputs"])
def test_a_weight_without_elements_is_drawn_with_a_warning(device, sizes):
    """A layer without inputs or without outputs is made, with a warning that there is
    nothing to draw.
    """
    with pytest.warns(UserWarning, match="Initializing zero-element tensors"):
        layer = nn.Linear(*sizes, device=device)

    assert layer.weight.shape == (sizes[1], sizes[0])
    assert layer.bias.shape == (sizes[1],)


@claim("nn.linear.any-strides", see="generated/torch.nn.Linear")
def test_the_strides_of_the_input_make_no_difference(device):
    """A transposed, an expanded and a sliced input, and a transposed weight, give what
    their elements give, in a new contiguous tensor.
    """
    layer = linear(device, [[1.0, 10]], [0.5])
    transposed = torch.tensor([[1.0, 2], [3, 4]], device=device).t()
    expanded = torch.tensor([1.0, 2], device=device).expand(2, 2)
    sliced = torch.tensor([[1.0, 9, 2], [3, 9, 4]], device=device)[:, ::2]
    turned = torch.tensor([[1.0, 2], [10, 20]], device=device).t()

    output = layer(transposed)

    assert output.tolist() == [[31.5], [42.5]]
    assert output.is_contiguous()
    assert layer(expanded).tolist() == [[21.5], [21.5]]
    assert layer(sliced).tolist() == [[21.5], [43.5]]
    assert F.linear(sliced, turned).tolist() == [[21, 42], [43, 86]]


@claim("nn.linear.new-tensor", see="generated/torch.nn.Linear")
def test_a_linear_layer_leaves_its_input_and_parameters_as_they_are(device):
    """The output is a new tensor with a history, and neither the input nor the
    parameters are written.
    """
    layer = linear(device, [[1.0]], [0.0])
    x = torch.tensor([[5.0]], device=device)

    output = layer(x)
    output.detach().fill_(9)

    assert not shares_storage(output, x)
    assert (output.requires_grad, output.is_leaf) == (True, False)
    assert x.tolist() == [[5]]
    assert (layer.weight.tolist(), layer.bias.tolist()) == ([[1]], [0])


@claim("nn.linear.reads-parameters-at-call", see="generated/torch.nn.Linear")
def test_a_linear_layer_uses_the_parameters_that_it_has_when_called(device):
    """What is written into the weight or the bias, or put in its place, counts from the
    next call on; so does None for the bias.
    """
    layer = linear(device, [[2.0]], [1.0])
    x = torch.tensor([10.0], device=device)
    with torch.no_grad():
        layer.weight.fill_(3)
        layer.bias.fill_(4)

    written = layer(x).tolist()
    layer.weight = nn.Parameter(torch.tensor([[5.0]], device=device))
    replaced = layer(x).tolist()
    layer.bias = None

    assert (written, replaced) == ([34], [54])
    assert layer(x).tolist() == [50]


@claim("nn.linear.function-shapes", see="generated/torch.nn.functional.linear")
def test_the_function_takes_a_single_row_as_weight(device):
    """F.linear takes a weight of one dimension, which gives one number per sample
    without a dimension for it, adds no bias by default, and one that broadcasts.
    """
    x = torch.tensor([[1.0, 2], [3, 4]], device=device)
    row = torch.tensor([5.0, 6], device=device)
    weight = torch.tensor([[5.0, 6], [7, 8]], device=device)

    assert F.linear(x, row).tolist() == [17, 39]
    assert F.linear(x, weight).tolist() == [[17, 23], [39, 53]]
    assert F.linear(x, weight, torch.tensor(1.0, device=device)).tolist() == [
        [18, 24],
        [40, 54],
    ]
    assert F.linear(x, weight, bias=row).tolist() == [[22, 29], [44, 59]]


# --- its parameters -------------------------------------------------------------------


@claim("nn.linear.sizes-required", see="generated/torch.nn.Linear")
def test_a_linear_layer_must_be_given_both_sizes():
    """Linear() without both sizes raises a TypeError that names what is missing, where
    ReLU() and Dropout() need no argument, the latter dropping half by default.
    """
    both = "2 required positional arguments: 'in_features' and 'out_features'"
    with pytest.raises(TypeError, match=both):
        nn.Linear()
    with pytest.raises(
        TypeError, match=r"missing 1 required positional argument: 'out_features'"
    ):
        nn.Linear(3)

    assert nn.ReLU().inplace is False
    assert (nn.Dropout().p, nn.Dropout().inplace) == (0.5, False)


@claim("nn.dropout.probability-checked", see="generated/torch.nn.Dropout")
@pytest.mark.parametrize("p", [1.5, -0.25])
def test_a_probability_of_dropping_lies_between_0_and_1(device, p):
    """Dropout and F.dropout refuse a probability below 0 or above 1, and take both
    ends: all is kept, or none.
    """
    x = torch.tensor([3.0, 4], device=device)
    refused = rf"dropout probability has to be between 0 and 1, but got {p}"

    with pytest.raises(ValueError, match=refused):
        nn.Dropout(p)
    with pytest.raises(ValueError, match=refused):
        F.dropout(x, p)

    assert nn.Dropout(0.0)(x).tolist() == F.dropout(x, 0.0).tolist() == [3, 4]
    assert nn.Dropout(1.0)(x).tolist() == F.dropout(x, 1.0).tolist() == [0, 0]
    assert x.tolist() == [3, 4]


@claim(
    "nn.layers.weight-and-bias-are-parameters",
    see="generated/torch.nn.parameter.Parameter",
)
def test_weight_and_bias_are_parameters_of_layers_that_learn(device):
    """Linear, convolution and affine normalisation have a weight and a bias, which are
    Parameters; switched off they are None; a layer that does not learn has neither, and
    its settings are plain attributes.
    """
    learning = [
        nn.Linear(3, 2, device=device),
        nn.Conv2d(3, 2, 1, device=device),
        nn.BatchNorm1d(2, device=device),
    ]
    plain = nn.BatchNorm1d(2, affine=False, device=device)
    without = [nn.MaxPool2d(2), nn.ReLU(), nn.Dropout(0.25)]

    assert [type(layer.weight) for layer in learning] == [nn.Parameter] * 3
    assert [type(layer.bias) for layer in learning] == [nn.Parameter] * 3
    assert nn.Linear(3, 2, bias=False, device=device).bias is None
    assert nn.Conv2d(3, 2, 1, bias=False, device=device).bias is None
    assert (plain.weight, plain.bias) == (None, None)
    assert [list(layer.parameters()) for layer in without] == [[], [], []]
    with pytest.raises(AttributeError, match="no attribute 'weight'"):
        without[0].weight
    with pytest.raises(AttributeError, match="no attribute 'bias'"):
        without[1].bias
    assert (without[0].kernel_size, without[2].p) == (2, 0.25)
    assert (learning[1].kernel_size, learning[1].stride) == ((1, 1), (1, 1))


@claim("nn.linear.parameter-shapes", see="generated/torch.nn.Linear")
def test_the_weight_has_a_row_for_each_output(device):
    """The weight has the shape (outputs, inputs) and the bias (outputs,); both are
    leaves that require gradients, in the default dtype, and the sizes are attributes.
    """
    layer = nn.Linear(3, 2, device=device)

    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    assert (layer.weight.shape, layer.bias.shape) == ((2, 3), (2,))
    assert (layer.in_features, layer.out_features) == (3, 2)
    assert layer.weight.dtype == layer.bias.dtype == torch.float32
    assert layer.weight.device == layer.bias.device == device
    assert [p.requires_grad for p in layer.parameters()] == [True, True]
    assert [p.is_leaf for p in layer.parameters()] == [True, True]


@claim("nn.linear.dtype-argument", see="generated/torch.nn.Linear")
def test_a_linear_layer_is_made_in_the_dtype_asked_for(device):
    """dtype= decides the dtype of the weight and the bias, which else is the default
    dtype, and an input of that dtype gives an output of it.
    """
    layer = nn.Linear(2, 1, device=device, dtype=torch.float64)
    bare = nn.Linear(2, 1, False, device, torch.bfloat16)

    output = layer(torch.ones(3, 2, dtype=torch.float64, device=device))

    assert layer.weight.dtype == layer.bias.dtype == torch.float64
    assert output.dtype == torch.float64
    assert (bare.weight.dtype, bare.bias) == (torch.bfloat16, None)


@claim("nn.linear.initial-values", see="generated/torch.nn.Linear")
def test_a_new_linear_layer_draws_from_a_symmetric_range(device):
    """A new layer's weight and bias fill the range of plus or minus 1 / the square root
    of the number of inputs, whatever the number of outputs.
    """
    layer = nn.Linear(4, 200, device=device)
    single = nn.Linear(1, 200, device=device)

    assert 0.49 < layer.weight.max() <= 0.5
    assert -0.5 <= layer.weight.min() < -0.49
    assert 0.45 < layer.bias.max() <= 0.5
    assert -0.5 <= layer.bias.min() < -0.45
    assert 0.9 < single.weight.max() <= 1
    assert 0.9 < single.bias.max() <= 1


@claim("nn.linear.reset-parameters", see="generated/torch.nn.Linear")
def test_reset_parameters_draws_again_in_place(device):
    """reset_parameters() draws new values, the same after the same seed, into the
    Parameters that the layer has.
    """
    torch.manual_seed(0)
    layer = nn.Linear(2, 3, device=device)
    weight, bias = layer.weight, layer.bias
    first = (weight.tolist(), bias.tolist())

    layer.reset_parameters()
    second = (weight.tolist(), bias.tolist())
    torch.manual_seed(0)
    layer.reset_parameters()

    assert layer.weight is weight
    assert layer.bias is bias
    assert second[0] != first[0]
    assert second[1] != first[1]
    assert (weight.tolist(), bias.tolist()) == first
    assert (weight.requires_grad, weight.grad_fn) == (True, None)


@claim("nn.linear.repr", see="generated/torch.nn.Linear")
def test_these_layers_print_their_arguments():
    """Each layer's repr names what it was made with."""
    assert repr(nn.Linear(2, 3)) == "Linear(in_features=2, out_features=3, bias=True)"
    assert repr(nn.Linear(2, 3, bias=False)) == (
        "Linear(in_features=2, out_features=3, bias=False)"
    )
    assert repr(nn.Bilinear(1, 2, 3)) == (
        "Bilinear(in1_features=1, in2_features=2, out_features=3, bias=True)"
    )
    assert repr(nn.Identity(5)) == "Identity()"
    assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"
    assert repr(nn.Unflatten(1, (2, 3))) == "Unflatten(dim=1, unflattened_size=(2, 3))"
    assert repr(nn.Embedding(3, 2)) == "Embedding(3, 2)"
    assert repr(nn.Embedding(3, 2, 0, 4.0, 1.0, True, True)) == (
        "Embedding(3, 2, padding_idx=0, max_norm=4.0, norm_type=1.0,"
        " scale_grad_by_freq=True, sparse=True)"
    )


@claim("nn.linear.lazy-in-features", see="generated/torch.nn.LazyLinear")
@lazy_warning
def test_a_lazy_linear_layer_takes_its_inputs_from_the_first_call(device):
    """A LazyLinear has no weight until its first input tells the number of inputs by
    its last dimension, and is a Linear with drawn parameters from then on.
    """
    layer = nn.LazyLinear(2, device=device)
    weight = layer.weight
    was = type(weight)

    output = layer(torch.zeros(5, 4, 100, device=device))

    assert was is nn.UninitializedParameter
    assert type(layer) is nn.Linear
    assert type(layer.weight) is nn.Parameter
    assert layer.weight is weight
    assert (layer.in_features, layer.out_features) == (100, 2)
    assert (layer.weight.shape, layer.bias.shape) == ((2, 100), (2,))
    assert -0.1 <= layer.weight.min() < -0.05 < 0.05 < layer.weight.max() <= 0.1
    assert -0.1 <= layer.bias.min() < layer.bias.max() <= 0.1
    assert output.tolist() == [[layer.bias.tolist()] * 4] * 5


@claim("nn.linear.lazy-without-shape", see="generated/torch.nn.LazyLinear")
@lazy_warning
def test_a_lazy_weight_has_no_shape_before_the_first_call():
    """Before its first call a LazyLinear's weight raises on .shape and a reset draws
    nothing; with bias=False its bias is None as in a Linear, then and after.
    """
    layer = nn.LazyLinear(2, bias=False)
    layer.reset_parameters()

    with pytest.raises(RuntimeError, match="shape of an uninitialized parameter"):
        layer.weight.shape
    assert layer.bias is None
    assert repr(layer) == "LazyLinear(in_features=0, out_features=2, bias=False)"
    assert layer(torch.ones(1, 3)).shape == (1, 2)
    assert repr(layer) == "Linear(in_features=3, out_features=2, bias=False)"


@claim("nn.linear.lazy-dtype", see="generated/torch.nn.LazyLinear")
@lazy_warning
def test_a_lazy_layer_keeps_the_dtype_asked_for_and_draws_again(device):
    """A LazyLinear's weight and bias have the dtype asked for after the first call, and
    from then on a reset draws both again.
    """
    layer = nn.LazyLinear(2, device=device, dtype=torch.float64)
    layer(torch.ones(1, 3, dtype=torch.float64, device=device))
    weight, bias = layer.weight.tolist(), layer.bias.tolist()

    layer.reset_parameters()

    assert layer.weight.dtype == layer.bias.dtype == torch.float64
    assert layer.weight.tolist() != weight
    assert layer.bias.tolist() != bias


@claim("nn.linear.lazy-loads-a-state", see="generated/torch.nn.LazyLinear")
@lazy_warning
def test_a_lazy_layer_takes_its_shape_from_a_loaded_state(device):
    """A state that is loaded before the first call gives a LazyLinear its shapes and
    values, and the first call, from which on it is a Linear, keeps them.
    """
    state = {
        "weight": torch.tensor([[1.0, 2, 3]], device=device),
        "bias": torch.tensor([0.5], device=device),
    }
    layer = nn.LazyLinear(1, device=device)

    layer.load_state_dict(state)
    loaded = type(layer), layer.weight.shape
    output = layer(torch.tensor([1.0, 10, 100], device=device))

    assert loaded == (nn.LazyLinear, (1, 3))
    assert output.tolist() == [321.5]
    assert type(layer) is nn.Linear
    assert (layer.weight.tolist(), layer.bias.tolist()) == ([[1, 2, 3]], [0.5])


# --- what it refuses ------------------------------------------------------------------


@claim("nn.linear.wrong-number-of-inputs", see="generated/torch.nn.Linear")
@pytest.mark.parametrize(
    ("shape", "rows"), [((5,), 1), ((4, 5), 4), ((2, 4, 5), 8)], ids=str
)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no-bias"])
def test_the_last_dimension_must_be_the_number_of_inputs(device, shape, rows, bias):
    """An input whose last dimension is not the number of inputs raises a RuntimeError
    that names both matrices, even where the number of elements would fit.
    """
    layer = nn.Linear(3, 2, bias=bias, device=device)

    with pytest.raises(RuntimeError, match=rf"multiplied \({rows}x5 and 3x2\)"):
        layer(torch.zeros(shape, device=device))
    with pytest.raises(RuntimeError, match=r"multiplied \(3x2 and 3x2\)"):
        layer(torch.zeros(3, 2, device=device))


@claim("nn.linear.no-0-dim-input", see="generated/torch.nn.functional.linear")
def test_an_input_needs_a_dimension(device):
    """A layer without a bias refuses an input without dimensions with RuntimeError,
    even if it has one input.
    """
    layer = nn.Linear(1, 2, bias=False, device=device)

    with pytest.raises(RuntimeError, match="need to be at least 1D, but they are 0D"):
        layer(torch.tensor(1.0, device=device))


@claim(
    "nn.linear.no-0-dim-input-bad-index",
    see="generated/torch.nn.functional.linear",
    since="2.1.0",
    until="2.3.0",
)
def test_a_layer_with_a_bias_spoke_of_an_index(device):
    """With a bias the error for an input without dimensions speaks of an index that is
    not there.
    """
    with pytest.raises(RuntimeError, match="ArrayRef: invalid index Index"):
        nn.Linear(1, 2, device=device)(torch.tensor(1.0, device=device))


@claim(
    "nn.linear.no-0-dim-input-with-bias",
    see="generated/torch.nn.functional.linear",
    gap=("2.1.0", "2.3.0"),
)
def test_a_layer_with_a_bias_says_that_an_input_needs_a_dimension(device):
    """With a bias the error for an input without dimensions says what is wrong."""
    with pytest.raises(RuntimeError, match="need to be at least 1D, but they are 0D"):
        nn.Linear(1, 2, device=device)(torch.tensor(1.0, device=device))


@claim("nn.linear.wrong-dtype", see="generated/torch.nn.Linear")
@pytest.mark.parametrize("dtype", [torch.float64, torch.int64], ids=str)
@pytest.mark.parametrize("shape", [(4, 3), (2, 4, 3)], ids=["batch", "sequence"])
def test_input_and_weight_must_have_one_dtype(device, dtype, shape):
    """An input of another dtype than the weight is refused: nothing is promoted."""
    layer = nn.Linear(3, 2, device=device)

    with pytest.raises(RuntimeError, match="mat1 and mat2 must have the same dtype"):
        layer(torch.zeros(shape, dtype=dtype, device=device))


@claim("nn.linear.negative-size-refused", see="generated/torch.nn.Linear")
def test_sizes_are_not_negative():
    """A negative number of inputs, outputs or rows raises a RuntimeError."""
    with pytest.raises(RuntimeError, match=r"negative dimension -1: \[2, -1\]"):
        nn.Linear(-1, 2)
    with pytest.raises(RuntimeError, match=r"negative dimension -1: \[-1, 2\]"):
        nn.Linear(2, -1)
    with pytest.raises(RuntimeError, match=r"negative dimension -1: \[-1, 2\]"):
        nn.Embedding(-1, 2)


@claim("nn.linear.wrong-bias-shape", see="generated/torch.nn.functional.linear")
def test_a_bias_must_have_one_number_per_output(device):
    """F.linear refuses a bias that does not broadcast to the outputs."""
    x = torch.zeros(4, 3, device=device)
    weight = torch.zeros(2, 3, device=device)

    with pytest.raises(RuntimeError, match="expanded size of the tensor"):
        F.linear(x, weight, torch.zeros(3, device=device))


# --- its gradients --------------------------------------------------------------------


@claim("nn.linear.gradients", see="generated/torch.nn.Linear")
def test_the_gradients_of_a_linear_layer(device):
    """Given the gradient of the outputs, a weight gets it times its input, added up
    over the samples; a bias gets it added up; an input gets it times its weights.
    """
    layer = linear(device, [[1.0, 2, 3], [4, 5, 6]], [0.0, 0])
    x = torch.tensor([[1.0, 10, 100], [2, 0, 5]], device=device, requires_grad=True)

    layer(x).backward(torch.tensor([[1.0, 0], [3, -1]], device=device))

    assert layer.weight.grad.tolist() == [[7, 10, 115], [-2, 0, -5]]
    assert layer.bias.grad.tolist() == [4, -1]
    assert x.grad.tolist() == [[1, 2, 3], [-1, 1, 3]]


@claim("nn.linear.gradients-match-model", see="generated/torch.nn.Linear")
@given(
    leading=st.sampled_from([(), (2,), (3, 2)]),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
def test_gradients_are_sums_over_all_samples(device, leading, sizes):
    """For every number of samples, inputs and outputs, the gradients of weight and bias
    are sums over all samples, and each input has a gradient of its own.
    """
    inputs, outputs = sizes
    count = math.prod(leading)
    options = {"dtype": torch.float32, "device": device}
    x = torch.arange(count * inputs, **options).reshape(*leading, inputs)
    x.requires_grad_()
    weight = torch.arange(inputs * outputs, **options).reshape(outputs, inputs) - 2
    weight.requires_grad_()
    bias = torch.zeros(outputs, **options, requires_grad=True)
    given_gradient = torch.arange(count * outputs, **options) - 3
    expected = linear_gradients(
        x.detach().reshape(-1, inputs).tolist(),
        weight.tolist(),
        given_gradient.reshape(-1, outputs).tolist(),
    )

    F.linear(x, weight, bias).backward(given_gradient.reshape(*leading, outputs))

    found = (x.grad.reshape(-1, inputs), weight.grad, bias.grad)
    assert (leading, sizes, *[each.tolist() for each in found]) == (
        leading,
        sizes,
        *expected,
    )


# --- layers that only reshape ---------------------------------------------------------


@claim("nn.identity.returns-its-input", see="generated/torch.nn.Identity")
def test_identity_returns_the_tensor_that_it_is_given(device):
    """Identity takes any arguments, keeps none, and returns its input itself."""
    layer = nn.Identity(54, "unused", keyword=True)
    x = torch.tensor([1.0, 2], device=device)

    output = layer(x)

    assert output is x
    assert x.tolist() == [1, 2]
    assert list(layer.parameters()) == []


@claim("nn.flatten.keeps-the-first-dimension", see="generated/torch.nn.Flatten")
def test_flatten_makes_one_row_of_each_sample(device):
    """Flatten keeps the first dimension and makes one of all others; it takes other
    first and last dimensions, and is a view of a contiguous input.
    """
    x = torch.arange(24, device=device).reshape(2, 3, 2, 2)

    rows = nn.Flatten()(x)

    assert rows.tolist() == [list(range(12)), list(range(12, 24))]
    assert shares_storage(rows, x)
    assert nn.Flatten(0)(x).tolist() == list(range(24))
    assert nn.Flatten(1, 2)(x).shape == (2, 6, 2)
    assert nn.Flatten(0, -2)(x).shape == (12, 2)
    assert nn.Flatten(start_dim=-2)(x).shape == (2, 3, 4)
    assert nn.Flatten(end_dim=1)(x).shape == (2, 3, 2, 2)


@claim("nn.flatten.needs-a-batch-by-default", see="generated/torch.nn.Flatten")
def test_flatten_has_nothing_to_keep_in_a_single_dimension(device):
    """Flatten() refuses a tensor of one dimension, as there is no second to begin at,
    and a first dimension that comes after the last; it notices only when called.
    """
    layer = nn.Flatten()
    reversed_range = nn.Flatten(2, 1)

    with pytest.raises(IndexError, match="Dimension out of range"):
        layer(torch.zeros(5, device=device))
    with pytest.raises(RuntimeError, match="start_dim cannot come after end_dim"):
        reversed_range(torch.zeros(2, 3, 4, device=device))


@claim("nn.unflatten.splits-a-dimension", see="generated/torch.nn.Unflatten")
def test_unflatten_lays_one_dimension_out_in_several(device):
    """Unflatten replaces one dimension by several, given as a tuple, a list or a Size,
    of which one may be -1; the result is a view.
    """
    x = torch.arange(12, device=device).reshape(2, 6)

    split = nn.Unflatten(1, (2, 3))(x)

    assert split.tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]
    assert shares_storage(split, x)
    assert nn.Unflatten(-1, [3, -1])(x).shape == (2, 3, 2)
    assert nn.Unflatten(0, torch.Size([1, 2, 1]))(x).shape == (1, 2, 1, 6)


@claim("nn.unflatten.sizes-checked", see="generated/torch.nn.Unflatten")
def test_unflatten_checks_its_sizes(device):
    """Unflatten refuses what is not a sequence of ints when it is made, and sizes whose
    product is not the dimension's when it is called.
    """
    with pytest.raises(TypeError, match="must be a tuple of ints, but found type int"):
        nn.Unflatten(1, 2)
    with pytest.raises(TypeError, match="found element of type str at pos 1"):
        nn.Unflatten(1, (2, "3"))
    with pytest.raises(TypeError, match="found element of type float at pos 0"):
        nn.Unflatten(1, [2.0, 3])
    with pytest.raises(RuntimeError, match=r"don't multiply up to the size of dim 1"):
        nn.Unflatten(1, (2, 2))(torch.zeros(2, 5, device=device))


# --- two inputs -----------------------------------------------------------------------


@claim("nn.bilinear.sum-of-products", see="generated/torch.nn.Bilinear")
def test_a_bilinear_layer_weighs_every_product_of_two_inputs(device):
    """For each output, Bilinear adds up the products of one element of either input,
    each times its own weight, and the bias.
    """
    layer = nn.Bilinear(2, 3, 2, device=device)
    layer.weight = nn.Parameter(
        torch.tensor([[[1.0, 0, 0], [0, 2, 0]], [[0, 0, 3], [1, 1, 1]]], device=device)
    )
    layer.bias = nn.Parameter(torch.tensor([0.5, 0], device=device))
    x = torch.tensor([[1.0, 10], [0, 1]], device=device)
    y = torch.tensor([[1.0, 2, 3], [4, 5, 6]], device=device)

    output = layer(x, y)

    assert output.tolist() == [[41.5, 69], [10.5, 15]]
    assert layer(x[0], y[0]).tolist() == [41.5, 69]
    assert F.bilinear(x, y, layer.weight).tolist() == [[41, 69], [10, 15]]


@claim("nn.bilinear.parameters", see="generated/torch.nn.Bilinear")
def test_a_bilinear_layer_draws_by_the_size_of_its_first_input(device):
    """A new Bilinear has a weight of shape (outputs, first inputs, second inputs) and a
    bias of shape (outputs,), within 1 / the square root of the first inputs; the bias
    can be left out.
    """
    layer = nn.Bilinear(4, 9, 50, device=device)
    bare = nn.Bilinear(4, 9, 5, bias=False, device=device)
    double = nn.Bilinear(1, 9, 50, device=device, dtype=torch.float64)

    assert (layer.weight.shape, layer.bias.shape) == ((50, 4, 9), (50,))
    assert (layer.in1_features, layer.in2_features, layer.out_features) == (4, 9, 50)
    assert 0.49 < layer.weight.max() <= 0.5
    assert -0.5 <= layer.weight.min() < -0.49
    assert 0.4 < layer.bias.max() <= 0.5
    assert -0.5 <= layer.bias.min() < -0.4
    assert 0.8 < double.bias.max() <= 1
    assert double.weight.dtype == double.bias.dtype == torch.float64
    assert bare.bias is None
    assert list(bare.state_dict()) == ["weight"]


@claim("nn.bilinear.sizes-checked", see="generated/torch.nn.Bilinear")
def test_a_bilinear_layer_checks_its_inputs(device):
    """Bilinear refuses an input of another size than its weight's, and two inputs with
    different numbers of samples.
    """
    layer = nn.Bilinear(2, 3, 4, device=device)
    x, y = torch.zeros(5, 2, device=device), torch.zeros(5, 3, device=device)

    with pytest.raises(RuntimeError, match="input1 size does not match weight size"):
        layer(y, y)
    with pytest.raises(RuntimeError, match="input2 size does not match weight size"):
        layer(x, x)
    with pytest.raises(RuntimeError, match="batch dimensions do not match at dim 0"):
        layer(x, y[:4])


@claim("nn.bilinear.no-inputs-divides", see="generated/torch.nn.Bilinear", until="2.8")
def test_a_bilinear_layer_without_first_inputs_divided_by_zero(device):
    """Making a Bilinear without first inputs raises ZeroDivisionError."""
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        nn.Bilinear(0, 3, 4, device=device)


@claim("nn.bilinear.no-inputs", see="generated/torch.nn.Bilinear", since="2.8")
def test_a_bilinear_layer_needs_first_inputs(device):
    """Making a Bilinear without first inputs raises ValueError, which says so."""
    with pytest.raises(ValueError, match="in1_features must be > 0, but got"):
        nn.Bilinear(0, 3, 4, device=device)


# --- rows by number -------------------------------------------------------------------


@claim("nn.embedding.picks-rows", see="generated/torch.nn.Embedding")
def test_an_embedding_gives_a_row_of_its_weight_for_each_number(device):
    """An embedding replaces each number, in an int64 or int32 tensor of any shape, by
    the row of its weight that has this number; the rows are copies.
    """
    layer = embedding(device)

    rows = layer(torch.tensor([[2, 0], [2, 2]], device=device))
    one = layer(torch.tensor(1, device=device))
    rows.detach().fill_(0)

    assert rows.shape == (2, 2, 2)
    assert layer(torch.tensor([[2, 0], [2, 2]], device=device)).tolist() == [
        [[3, 30], [1, 10]],
        [[3, 30], [3, 30]],
    ]
    assert one.tolist() == [2, 20]
    assert layer(torch.tensor([1], dtype=torch.int32, device=device)).tolist() == [
        [2, 20]
    ]
    assert layer(torch.zeros(0, 3, dtype=torch.int64, device=device)).shape == (0, 3, 2)


@claim("nn.embedding.parameters", see="generated/torch.nn.Embedding")
def test_a_new_embedding_draws_a_row_for_each_number(device):
    """A new Embedding has one parameter, of shape (numbers, size of a row), drawn from
    the normal distribution of mean 0 and deviation 1.
    """
    layer = nn.Embedding(200, 5, device=device)
    mean, deviation = layer.weight.mean().item(), layer.weight.std().item()

    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    assert layer.weight.shape == (200, 5)
    assert (layer.num_embeddings, layer.embedding_dim) == (200, 5)
    assert (layer.padding_idx, layer.max_norm, layer.norm_type) == (None, None, 2)
    assert (layer.scale_grad_by_freq, layer.sparse) == (False, False)
    assert (layer.weight.requires_grad, layer.weight.is_leaf) == (True, True)
    assert nn.Embedding(1, 1, device=device, dtype=torch.float64).weight.dtype == (
        torch.float64
    )
    assert abs(mean) < 0.15
    assert 0.85 < deviation < 1.15


@claim("nn.embedding.gradient", see="generated/torch.nn.Embedding")
def test_a_row_gets_the_gradients_of_all_its_uses(device):
    """The gradient of a row is the sum over its uses, and zero for a row that is not
    used; with scale_grad_by_freq it is divided by the number of uses.
    """
    numbers = torch.tensor([2, 0, 2], device=device)
    given_gradient = torch.tensor([[1.0, 2], [3, 4], [5, 6]], device=device)
    layer, scaled = embedding(device), embedding(device, scale_grad_by_freq=True)

    layer(numbers).backward(given_gradient)
    scaled(numbers).backward(given_gradient)

    assert layer.weight.grad.tolist() == [[3, 4], [0, 0], [6, 8]]
    assert scaled.weight.grad.tolist() == [[3, 4], [0, 0], [3, 4]]


@claim("nn.embedding.function", see="generated/torch.nn.functional.embedding")
def test_the_function_of_an_embedding_takes_its_rows(device):
    """F.embedding(numbers, weight) picks rows as the layer does; by default every row
    gets a gradient and none is shrunk, and max_norm shrinks by the 2-norm.
    """
    weight = torch.tensor([[3.0, 4], [6, 8], [0, 1]], device=device, requires_grad=True)
    shrunk = weight.detach().clone()
    numbers = torch.tensor([0, 1, 2], device=device)

    result = F.embedding(numbers, weight)
    result.sum().backward()
    F.embedding(numbers[:2], shrunk, max_norm=5.0)

    assert result.tolist() == weight.tolist() == [[3, 4], [6, 8], [0, 1]]
    assert weight.grad.tolist() == [[1, 1], [1, 1], [1, 1]]
    torch.testing.assert_close(shrunk, shrunk.new_tensor([[3.0, 4], [3, 4], [0, 1]]))


@claim("nn.embedding.sparse-gradient", see="generated/torch.nn.Embedding")
def test_the_gradient_is_sparse_on_request(device):
    """With sparse=True the gradient of the weight is a sparse tensor of the rows used,
    and dense without.
    """
    layer = embedding(device, sparse=True)
    dense = embedding(device)

    layer(torch.tensor([2, 2], device=device)).sum().backward()
    dense(torch.tensor([2, 2], device=device)).sum().backward()

    assert layer.weight.grad.layout is torch.sparse_coo
    assert layer.weight.grad.to_dense().tolist() == [[0, 0], [0, 0], [2, 2]]
    assert dense.weight.grad.tolist() == [[0, 0], [0, 0], [2, 2]]
    assert dense.weight.grad.layout is torch.strided


@claim("nn.embedding.padding-starts-at-zero", see="generated/torch.nn.Embedding")
@pytest.mark.parametrize(
    ("padding", "row", "zeros"),
    [
        (0, 0, [True, False, False]),
        (2, 2, [False, False, True]),
        (-1, 2, [False, False, True]),
        (-3, 0, [True, False, False]),
    ],
    ids=["first", "last", "last-from-end", "first-from-end"],
)
def test_the_row_for_padding_starts_at_zero(device, padding, row, zeros):
    """The row of padding_idx, which may count from the end, starts as zeros, again so
    after a reset, and the others do not.
    """
    layer = nn.Embedding(3, 2, padding_idx=padding, device=device)
    overwritten = nn.Embedding(3, 2, padding_idx=padding, device=device)
    overwritten.weight = nn.Parameter(torch.full((3, 2), 5.0, device=device))

    overwritten.reset_parameters()

    assert layer.padding_idx == row
    assert [each == [0, 0] for each in layer.weight.tolist()] == zeros
    assert [each == [0, 0] for each in overwritten.weight.tolist()] == zeros
    assert [5 in each for each in overwritten.weight.tolist()] == [False] * 3
    assert layer.weight.requires_grad is True


@claim("nn.embedding.padding-has-no-gradient", see="generated/torch.nn.Embedding")
def test_the_row_for_padding_is_not_trained(device):
    """The row of padding_idx is read like any other and gets no gradient, in the
    function as in the layer, and with a number that counts from the end.
    """
    layer = embedding(device, padding_idx=2)
    weight = layer.weight.detach().clone().requires_grad_()
    first = layer.weight.detach().clone().requires_grad_()
    numbers = torch.tensor([2, 0, 2], device=device)

    output = layer(numbers)
    output.sum().backward()
    F.embedding(numbers, weight, padding_idx=-1).sum().backward()
    F.embedding(numbers, first, padding_idx=0).sum().backward()
    F.embedding(numbers, first, padding_idx=-3).sum().backward()

    assert output.tolist() == [[3, 30], [1, 10], [3, 30]]
    assert layer.weight.grad.tolist() == [[1, 1], [0, 0], [0, 0]]
    assert weight.grad.tolist() == [[1, 1], [0, 0], [0, 0]]
    assert first.grad.tolist() == [[0, 0], [0, 0], [4, 4]]


@claim("nn.embedding.padding-in-range", see="generated/torch.nn.Embedding")
@pytest.mark.parametrize("padding", [3, -4])
def test_padding_must_be_one_of_the_rows(padding):
    """A padding_idx outside the rows, at either end, raises AssertionError in the layer
    and in the function.
    """
    with pytest.raises(AssertionError, match="Padding_idx must be within"):
        nn.Embedding(3, 2, padding_idx=padding)
    with pytest.raises(AssertionError, match="Padding_idx must be within"):
        F.embedding(torch.tensor([0]), torch.zeros(3, 2), padding_idx=padding)


@claim("nn.embedding.max-norm", see="generated/torch.nn.Embedding")
def test_max_norm_shrinks_the_rows_that_are_looked_up(device):
    """With max_norm a row that is looked up and longer than that is shrunk to it, in
    the weight itself; rows that are short enough, or not looked up, stay.
    """
    rows = torch.tensor([[3.0, 4], [30, 40], [0.5, 0]], device=device)
    layer = nn.Embedding.from_pretrained(rows.clone(), max_norm=2.5)
    by_sum = nn.Embedding.from_pretrained(rows.clone(), max_norm=3.5, norm_type=1.0)
    numbers = torch.tensor([0, 2], device=device)

    output = layer(numbers)
    by_sum(numbers)

    torch.testing.assert_close(output, rows.new_tensor([[1.5, 2], [0.5, 0]]))
    torch.testing.assert_close(
        layer.weight.detach(), rows.new_tensor([[1.5, 2], [30, 40], [0.5, 0]])
    )
    torch.testing.assert_close(
        by_sum.weight.detach(), rows.new_tensor([[1.5, 2], [30, 40], [0.5, 0]])
    )


@claim("nn.embedding.from-pretrained", see="generated/torch.nn.Embedding")
def test_from_pretrained_takes_a_tensor_over_and_freezes_it(device):
    """Embedding.from_pretrained() makes a Parameter that shares the tensor's storage,
    and freezes it unless freeze=False; the tensor must have two dimensions.
    """
    rows = torch.tensor([[1.0, 2, 3], [4, 5, 6]], device=device)

    layer = nn.Embedding.from_pretrained(rows)
    trained = nn.Embedding.from_pretrained(rows, freeze=False, padding_idx=1)
    rows[0] = 9

    assert (layer.num_embeddings, layer.embedding_dim) == (2, 3)
    assert layer.weight.tolist() == [[9, 9, 9], [4, 5, 6]]
    assert (layer.weight.requires_grad, trained.weight.requires_grad) == (False, True)
    assert (layer.padding_idx, trained.padding_idx) == (None, 1)
    with pytest.raises(AssertionError, match="expected to be 2-dimensional"):
        nn.Embedding.from_pretrained(rows[0])


@claim("nn.embedding.numbers-in-range", see="generated/torch.nn.Embedding")
@pytest.mark.parametrize("number", [3, -1])
def test_a_number_without_a_row_is_refused(number):
    """On the CPU, a number that has no row raises IndexError, -1 included: numbers do
    not count from the end.
    """
    layer = nn.Embedding(3, 2)

    with pytest.raises(IndexError, match="index out of range"):
        layer(torch.tensor([0, number]))


@claim("nn.embedding.numbers-are-ints", see="generated/torch.nn.Embedding")
@pytest.mark.parametrize("dtype", [torch.float32, torch.int16, torch.bool], ids=str)
def test_rows_are_numbered_by_int64_or_int32(device, dtype):
    """Numbers of any dtype but int64 and int32 are refused."""
    layer = nn.Embedding(3, 2, device=device)

    with pytest.raises(RuntimeError, match="following scalar types: Long, Int"):
        layer(torch.ones(2, dtype=dtype, device=device))


@claim("nn.embedding-bag.reduces-each-bag", see="generated/torch.nn.EmbeddingBag")
def test_an_embedding_bag_adds_up_the_rows_of_each_bag(device):
    """An EmbeddingBag gives for each row of numbers the mean, which is the default, sum
    or largest of the rows that they pick; without padding_idx's.
    """
    rows = torch.tensor([[1.0, 10], [2, 50], [6, 30]], device=device)
    numbers = torch.tensor([[0, 2], [1, 1]], device=device)
    bag = nn.EmbeddingBag.from_pretrained

    assert bag(rows)(numbers).tolist() == [[3.5, 20], [2, 50]]
    assert bag(rows, mode="sum")(numbers).tolist() == [[7, 40], [4, 100]]
    assert bag(rows, mode="max")(numbers).tolist() == [[6, 30], [2, 50]]
    assert bag(rows, padding_idx=0)(numbers).tolist() == [[6, 30], [2, 50]]
    assert (bag(rows).mode, bag(rows).weight.requires_grad) == ("mean", False)


@claim("nn.embedding-bag.function", see="generated/torch.nn.functional.embedding_bag")
def test_the_function_of_an_embedding_bag_takes_its_rows(device):
    """F.embedding_bag(numbers, weight, offsets) gives the means of bags by default, as
    the layer does, and each use of a row its share of the gradient; rows of numbers can
    be weighted, and max_norm shrinks the rows that are looked up.
    """
    weight = torch.tensor([[1.0, 10], [2, 50], [6, 30]], device=device)
    trained = weight.clone().requires_grad_()
    lengths = torch.tensor([[3.0, 4], [6, 8], [30, 40]], device=device)
    numbers = torch.tensor([[0, 2], [1, 1]], device=device)
    offsets = torch.tensor([0, 1], device=device)
    weights = torch.tensor([[2.0, 1], [0, 3]], device=device)
    bag = F.embedding_bag

    bag(numbers, trained).sum().backward()
    shrunk = bag(numbers[1:], lengths, max_norm=5.0)

    assert trained.grad.tolist() == [[0.5, 0.5], [1, 1], [0.5, 0.5]]
    assert bag(numbers, weight).tolist() == [[3.5, 20], [2, 50]]
    assert bag(numbers[0], weight, offsets).tolist() == [[1, 10], [6, 30]]
    assert bag(numbers, weight, per_sample_weights=weights, mode="sum").tolist() == [
        [8, 50],
        [6, 150],
    ]
    torch.testing.assert_close(shrunk, weight.new_tensor([[3.0, 4]]))
    torch.testing.assert_close(lengths, weight.new_tensor([[3.0, 4], [3, 4], [30, 40]]))


@claim("nn.embedding-bag.parameters", see="generated/torch.nn.EmbeddingBag")
def test_a_new_embedding_bag_is_made_like_an_embedding(device):
    """A new EmbeddingBag has one parameter, drawn like an Embedding's, with zeros in
    the row of padding_idx, which may count from the end; its settings, kept by
    from_pretrained() too, are passed on to the function.
    """
    layer = nn.EmbeddingBag(200, 5, padding_idx=-1, device=device)
    plain = nn.EmbeddingBag(3, 2, device=device, dtype=torch.float64)
    rows = torch.tensor([[3.0, 4], [6, 8]], device=device)

    kept = nn.EmbeddingBag.from_pretrained(
        rows, False, 3.5, 1.0, True, "sum", True, padding_idx=1
    )
    kept(torch.tensor([[0]], device=device))

    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    assert (layer.num_embeddings, layer.embedding_dim) == (200, 5)
    assert layer.padding_idx == 199
    assert 0.85 < layer.weight.std() < 1.15
    assert layer.weight[198:].count_nonzero(1).tolist() == [5, 0]
    assert plain.weight.dtype == torch.float64
    assert (plain.mode, plain.max_norm, plain.norm_type) == ("mean", None, 2)
    assert (plain.sparse, plain.scale_grad_by_freq) == (False, False)
    assert (plain.padding_idx, plain.include_last_offset) == (None, False)
    assert (kept.max_norm, kept.norm_type, kept.padding_idx) == (3.5, 1, 1)
    assert (kept.mode, kept.sparse, kept.scale_grad_by_freq) == ("sum", True, True)
    assert kept.weight.requires_grad is True
    torch.testing.assert_close(rows, rows.new_tensor([[1.5, 2], [6, 8]]))


@claim("nn.embedding-bag.offsets", see="generated/torch.nn.EmbeddingBag")
def test_offsets_say_where_each_bag_begins(device):
    """Numbers in one dimension are cut into bags where the offsets say, an empty bag
    giving zeros; with mode="sum" each row can have a weight of its own.
    """
    rows = torch.tensor([[1.0, 10], [2, 50], [6, 30]], device=device)
    layer = nn.EmbeddingBag.from_pretrained(rows, mode="sum")
    closed = nn.EmbeddingBag.from_pretrained(rows, mode="sum", include_last_offset=True)
    numbers = torch.tensor([0, 1, 2], device=device)
    offsets = torch.tensor([0, 1, 1], device=device)
    weights = torch.tensor([2.0, 1, 3], device=device)

    assert layer(numbers, offsets).tolist() == [[1, 10], [0, 0], [8, 80]]
    assert layer(numbers, offsets, weights).tolist() == [[2, 20], [0, 0], [20, 140]]
    assert closed(numbers, torch.tensor([0, 1, 3], device=device)).tolist() == [
        [1, 10],
        [8, 80],
    ]


@claim("nn.embedding-bag.checks", see="generated/torch.nn.EmbeddingBag")
def test_an_embedding_bag_checks_what_it_is_given():
    """An EmbeddingBag needs offsets for numbers in one dimension, themselves in one,
    refuses them for two, refuses three dimensions, an unknown mode, weights with a
    mean, with mode="max" a sparse or scaled gradient, padding_idx outside its rows,
    and from_pretrained() other than two dimensions.
    """
    layer, flat = nn.EmbeddingBag(3, 2), torch.tensor([0, 1])

    with pytest.raises(ValueError, match="offsets has to be a 1D Tensor but got None"):
        layer(flat)
    with pytest.raises(ValueError, match="if input is 2D, then offsets has to be None"):
        layer(flat[None], torch.tensor([0]))
    with pytest.raises(ValueError, match="1D or 2D Tensor, but got Tensor of dimens"):
        layer(flat[None, None])
    with pytest.raises(ValueError, match="mode has to be one of sum, mean or max"):
        nn.EmbeddingBag(3, 2, mode="prod")(flat[None])
    with pytest.raises(NotImplementedError, match="only supported for mode='sum'"):
        layer(flat[None], per_sample_weights=torch.ones(1, 2))
    with pytest.raises(ValueError, match="must have the same shape as the input"):
        layer(flat[None], per_sample_weights=torch.ones(2))
    with pytest.raises(AssertionError, match="padding_idx must be within"):
        nn.EmbeddingBag(3, 2, padding_idx=3)
    with pytest.raises(AssertionError, match="padding_idx must be within"):
        nn.EmbeddingBag(3, 2, padding_idx=-4)
    with pytest.raises(AssertionError, match="expected to be 2-dimensional"):
        nn.EmbeddingBag.from_pretrained(torch.zeros(2))
    with pytest.raises(ValueError, match="offsets has to be a 1D Tensor"):
        layer(flat, flat[None])
    with pytest.raises(ValueError, match="max mode does not support sparse weights"):
        nn.EmbeddingBag(3, 2, mode="max", sparse=True)(flat[None])
    with pytest.raises(ValueError, match="max mode does not support scaling"):
        nn.EmbeddingBag(3, 2, mode="max", scale_grad_by_freq=True)(flat[None])


# --- torch.nn.init --------------------------------------------------------------------


@claim("nn.init.in-place", see="nn.init")
@pytest.mark.parametrize(
    ("fill", "arguments"),
    [
        ("uniform_", ()),
        ("normal_", ()),
        ("trunc_normal_", ()),
        ("constant_", (5.0,)),
        ("ones_", ()),
        ("zeros_", ()),
        ("eye_", ()),
        ("xavier_uniform_", ()),
        ("xavier_normal_", ()),
        ("kaiming_uniform_", ()),
        ("kaiming_normal_", ()),
        ("orthogonal_", ()),
        ("sparse_", (0.5,)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_functions_of_init_fill_a_parameter_in_place(device, fill, arguments):
    """The functions of torch.nn.init overwrite a tensor and return it; a parameter
    stays a leaf that requires gradients, and its strides stay as they are.
    """
    values = torch.full((2, 3), 7.0, device=device).t()
    parameter = nn.Parameter(values)

    result = getattr(nn.init, fill)(parameter, *arguments)

    assert result is parameter
    assert shares_storage(result, values)
    assert result.stride() == (1, 3)
    assert (result != 7).all()
    assert result.requires_grad
    assert result.is_leaf


@claim("nn.init.plain-values", see="nn.init")
def test_init_draws_and_sets_plain_values(device):
    """By default uniform_ draws from 0 to 1, normal_ around 0 with a standard deviation
    of 1, and trunc_normal_ so too, but within plus or minus 2; all take other numbers.
    """
    tensor = torch.zeros(50, 100, device=device)

    uniform = nn.init.uniform_(tensor).aminmax()
    other_uniform = nn.init.uniform_(tensor, 3.0, 5.0).aminmax()
    normal = (nn.init.normal_(tensor).mean(), tensor.std())
    other_normal = (nn.init.normal_(tensor, 8.0, 0.5).mean(), tensor.std())
    truncated = nn.init.trunc_normal_(torch.zeros(50, 100, device=device))
    other_truncated = nn.init.trunc_normal_(
        torch.zeros(50, 100, device=device), 1.0, 3.0, 0.0, 4.0
    )

    assert 0 <= uniform.min < 0.01
    assert 0.99 < uniform.max <= 1
    assert 3 <= other_uniform.min < 3.02
    assert 4.98 < other_uniform.max <= 5
    assert [n.item() for n in normal] == pytest.approx([0, 1], abs=0.07)
    assert [n.item() for n in other_normal] == pytest.approx([8, 0.5], abs=0.04)
    assert -2 <= truncated.min() < -1.9
    assert 1.9 < truncated.max() <= 2
    # A standard normal distribution cut off at 2 has this standard deviation.
    assert truncated.std().item() == pytest.approx(0.88, abs=0.05)
    assert 0 <= other_truncated.min() < 0.1
    assert 3.9 < other_truncated.max() <= 4
    # Cut off from 0 to 4, what lies around 1 has its mean to the right of it.
    assert other_truncated.mean().item() == pytest.approx(1.83, abs=0.1)
    assert nn.init.constant_(tensor, 2.5).unique().tolist() == [2.5]
    assert nn.init.ones_(tensor).unique().tolist() == [1]
    assert nn.init.zeros_(tensor).unique().tolist() == [0]


@claim("nn.init.gains", see="nn.init")
@pytest.mark.parametrize(
    ("arguments", "gain"),
    [
        (("linear",), 1),
        (("conv1d",), 1),
        (("conv2d",), 1),
        (("conv3d",), 1),
        (("conv_transpose1d",), 1),
        (("conv_transpose2d",), 1),
        (("conv_transpose3d",), 1),
        (("sigmoid",), 1),
        (("tanh",), 5 / 3),
        (("relu",), math.sqrt(2)),
        (("leaky_relu",), math.sqrt(2 / (1 + 0.01**2))),
        (("leaky_relu", 3), math.sqrt(2 / 10)),
        (("leaky_relu", 0.5), math.sqrt(2 / 1.25)),
        (("selu",), 3 / 4),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_each_nonlinearity_has_a_gain(arguments, gain):
    """calculate_gain() gives 1 for linear layers and the sigmoid, 5/3 for tanh, the
    root of 2 for relu, of 2 / (1 + slope²) for leaky_relu, and 3/4 for selu.
    """
    assert nn.init.calculate_gain(*arguments) == pytest.approx(gain, rel=1e-12)


@claim("nn.init.xavier", see="nn.init")
@pytest.mark.parametrize(("gain", "deviation"), [((), 1 / 8), ((3.0,), 3 / 8)])
def test_xavier_draws_by_what_goes_in_and_comes_out(device, gain, deviation):
    """The xavier functions draw with a standard deviation of the gain, by default 1,
    times the root of 2 / (fan in + fan out); the uniform one up to the root of 3 times
    that.
    """
    # Kernels of 2 * 2 points: 16 channels go in, which are 64, and 16 come out, too.
    uniform = torch.zeros(16, 16, 2, 2, device=device)
    normal = torch.zeros(8, 24, 2, 2, device=device)

    nn.init.xavier_uniform_(uniform, *gain)
    nn.init.xavier_normal_(normal, *gain)

    limit = math.sqrt(3) * deviation
    assert 0.98 * limit < uniform.max() <= limit * 1.0001
    assert -0.98 * limit > uniform.min() >= -limit * 1.0001
    assert normal.std().item() == pytest.approx(deviation, rel=0.1)
    assert normal.mean().item() == pytest.approx(0, abs=0.2 * deviation)
    assert 1.2 * limit < normal.max() < 3 * limit


@claim("nn.init.kaiming", see="nn.init")
@pytest.mark.parametrize(
    ("arguments", "deviation"),
    [
        ({}, math.sqrt(2 / 128)),
        ({"mode": "fan_out"}, math.sqrt(2 / 32)),
        ({"a": 3}, math.sqrt(2 / 10 / 128)),
        ({"a": 3, "nonlinearity": "relu"}, math.sqrt(2 / 128)),
        ({"nonlinearity": "linear"}, math.sqrt(1 / 128)),
    ],
    ids=["default", "fan-out", "slope", "relu", "linear"],
)
def test_kaiming_draws_by_what_goes_in_or_comes_out(device, arguments, deviation):
    """The kaiming functions draw with a standard deviation of the gain, by default that
    of leaky_relu with slope a=0, divided by the root of the fan in, or of the fan out;
    the uniform one up to the root of 3 times that.
    """
    # Kernels of 2 * 2 points: 32 channels go in, which are 128, and 8 come out.
    uniform = torch.zeros(8, 32, 2, 2, device=device)
    normal = torch.zeros(8, 32, 2, 2, device=device)

    nn.init.kaiming_uniform_(uniform, **arguments)
    nn.init.kaiming_normal_(normal, **arguments)

    limit = math.sqrt(3) * deviation
    assert 0.98 * limit < uniform.max() <= limit * 1.0001
    assert -0.98 * limit > uniform.min() >= -limit * 1.0001
    assert normal.std().item() == pytest.approx(deviation, rel=0.1)
    assert normal.mean().item() == pytest.approx(0, abs=0.2 * deviation)
    assert 1.2 * limit < normal.max() < 3 * limit


@claim("nn.init.eye-and-dirac", see="nn.init")
def test_eye_and_dirac_keep_what_goes_in(device):
    """eye_() writes the identity matrix. dirac_() writes kernels that are 1 in the
    middle, from channel i to channel i of each group, as far as there are channels.
    """
    matrix = nn.init.eye_(torch.full((2, 3), 7.0, device=device))
    line = nn.init.dirac_(torch.full((3, 2, 3), 7.0, device=device))
    groups = nn.init.dirac_(torch.full((4, 2, 1, 2), 7.0, device=device), 2)
    volume = nn.init.dirac_(torch.full((1, 1, 1, 2, 3), 7.0, device=device))

    assert matrix.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert line.tolist() == [
        [[0, 1, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 1, 0]],
        [[0, 0, 0], [0, 0, 0]],
    ]
    assert groups.flatten(1).tolist() == [[0, 1, 0, 0], [0, 0, 0, 1]] * 2
    assert volume.tolist() == [[[[[0, 0, 0], [0, 1, 0]]]]]


@claim("nn.init.orthogonal-and-sparse", see="nn.init")
def test_orthogonal_and_sparse_matrices(device):
    """orthogonal_() writes rows, or where there are more rows than columns, columns
    that are orthogonal and as long as the gain, by default 1, the trailing dimensions
    flattened. sparse_() sets the given part of each column to zero, rounded up.
    """
    wide = nn.init.orthogonal_(torch.empty(2, 3, 2, device=device)).flatten(1)
    tall = nn.init.orthogonal_(torch.empty(5, 3, device=device), 4.0)
    sparse = nn.init.sparse_(torch.zeros(5, 200, device=device), 0.3)

    eye = torch.eye(3, device=device)
    torch.testing.assert_close(wide @ wide.t(), eye[:2, :2], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(tall.t() @ tall, 16 * eye, rtol=1e-6, atol=1e-5)
    assert sparse.count_nonzero(0).tolist() == [3] * 200
    # Three fifths of the numbers have a standard deviation of 0.01.
    assert sparse.std().item() == pytest.approx(0.01 * 0.6**0.5, rel=0.15)


@claim("nn.init.refusals", see="nn.init")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: nn.init.xavier_uniform_(x), "fewer than 2 dimensions"),
        (lambda x: nn.init.xavier_normal_(x), "fewer than 2 dimensions"),
        (lambda x: nn.init.kaiming_uniform_(x), "fewer than 2 dimensions"),
        (lambda x: nn.init.kaiming_normal_(x), "fewer than 2 dimensions"),
        (lambda x: nn.init.orthogonal_(x), "2 or more dimensions"),
        (lambda x: nn.init.eye_(x), "with 2 dimensions"),
        (lambda x: nn.init.sparse_(x, 0.5), "with 2 dimensions"),
        (lambda x: nn.init.dirac_(x), "with 3, 4, or 5 dimensions"),
        (lambda x: nn.init.dirac_(x.reshape(3, 1, 1), 2), "divisible by groups"),
        (
            lambda x: nn.init.kaiming_normal_(x.reshape(3, 1), mode="fan_avg"),
            "Mode fan_avg not supported",
        ),
        (lambda x: nn.init.calculate_gain("gelu"), "Unsupported nonlinearity gelu"),
        (lambda x: nn.init.calculate_gain("leaky_relu", "x"), "x not a valid number"),
        (lambda x: nn.init.calculate_gain("leaky_relu", True), "not a valid number"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_init_refuses_what_has_no_fan_or_gain(device, call, message):
    """A tensor of the wrong number of dimensions, groups that don't divide it, an
    unknown mode or nonlinearity, and a slope that is no number raise a ValueError, and
    the tensor stays as it was.
    """
    tensor = torch.full((3,), 7.0, device=device)

    with pytest.raises(ValueError, match=message):
        call(tensor)

    assert tensor.tolist() == [7, 7, 7]

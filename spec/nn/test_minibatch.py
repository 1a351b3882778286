"""Layers work on samples, mostly on a batch of them: one more dimension in front.

Most layers take a single sample without that dimension as well: convolution and pooling
know it by the number of dimensions, a linear layer or an activation takes any number of
leading dimensions, and never asks what they mean. BatchNorm cannot do without a batch,
because the batch is what it normalises by. Where a layer needs the dimension,
``unsqueeze(0)`` adds it without copying anything.

It is commonly believed that all of torch.nn takes batches only. That was true once.
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from torch_semantics import claim
from torch_semantics.words import shares_storage

CONV = "generated/torch.nn.Conv2d"
LINEAR = "generated/torch.nn.Linear"
BATCH_NORM = "generated/torch.nn.BatchNorm2d"
UNSQUEEZE = "generated/torch.unsqueeze"


def filled(layer, weight=1.0, bias=0.0):
    """Return the layer with its weights all set to a number, and so its biases."""
    for name, parameter in layer.named_parameters():
        parameter.data.fill_(bias if "bias" in name else weight)
    return layer


def image(device):
    """Return one image of one channel."""
    return torch.tensor([[[1.0, 2.0], [3.0, 4.0]]], device=device)


# --- with and without a batch ---------------------------------------------------------

# Each layer with a sample, and what it makes of the sample.
LAYERS = [
    (lambda: filled(nn.Conv1d(1, 1, 2)), [[1, 2, 4]], [[3, 6]]),
    (lambda: filled(nn.Conv2d(1, 2, 2)), [[[1, 2], [4, 8]]], [[[15]], [[15]]]),
    (lambda: filled(nn.Conv3d(1, 1, (1, 1, 2))), [[[[1, 2]]]], [[[[3]]]]),
    (lambda: filled(nn.ConvTranspose2d(1, 1, (1, 2))), [[[1, 2]]], [[[1, 3, 2]]]),
    (lambda: nn.MaxPool1d(2), [[1, 3, 4, 2]], [[3, 4]]),
    (lambda: nn.MaxPool2d(2), [[[1, 2], [4, 3]]], [[[4]]]),
    (lambda: nn.AvgPool2d(2), [[[1, 2], [4, 5]]], [[[3]]]),
    (lambda: nn.AdaptiveAvgPool2d(1), [[[1, 2], [4, 5]]], [[[3]]]),
    (lambda: nn.ZeroPad2d((1, 0, 0, 0)), [[[1, 2]]], [[[0, 1, 2]]]),
]


@claim("nn.minibatch.conv-and-pool-accept-unbatched", see=CONV)
def test_convolution_and_pooling_take_one_sample(device):
    """Convolution, pooling and padding take one sample of channels without a batch
    dimension, and give what they give for a batch of it, without that dimension.
    """
    layers = [make().to(device) for make, _, _ in LAYERS]
    samples = [torch.tensor(x, device=device).float() for _, x, _ in LAYERS]
    doubles = [2 * sample for sample in samples]
    batches = [torch.stack(pair) for pair in zip(samples, doubles)]

    alone = [layer(x).tolist() for layer, x in zip(layers, samples)]
    doubled = [layer(x).tolist() for layer, x in zip(layers, doubles)]
    together = [layer(x).tolist() for layer, x in zip(layers, batches)]

    assert alone == [expected for _, _, expected in LAYERS]
    assert together == [[one, two] for one, two in zip(alone, doubled)]


@claim("nn.minibatch.conv-rank-error", see=CONV)
@pytest.mark.parametrize(
    ("layer", "axes"), [(nn.Conv1d, 1), (nn.Conv2d, 2), (nn.Conv3d, 3)], ids=str
)
def test_convolution_names_the_ranks_that_it_takes(device, layer, axes):
    """A convolution along n axes raises RuntimeError unless its input has n + 1
    dimensions, or n + 2 with the batch; the message has both and the input's size.
    """
    made = layer(1, 1, 1, device=device)
    expected = rf"Expected {axes + 1}D \(unbatched\) or {axes + 2}D \(batched\) input"

    with pytest.raises(RuntimeError, match=rf"{expected} to conv{axes}d, but got"):
        made(torch.ones([5] * axes, device=device))
    with pytest.raises(RuntimeError, match=r"input of size: \[1, 1, 1, 5(, 5)*\]"):
        made(torch.ones([1, 1, 1] + [5] * axes, device=device))


@claim("nn.minibatch.pool-rank-error", see="generated/torch.nn.MaxPool2d")
@pytest.mark.parametrize("shape", [(5, 5), (1, 1, 1, 5, 5)], ids=str)
def test_pooling_refuses_other_ranks(device, shape):
    """MaxPool2d raises RuntimeError for an image without channels, and for an input
    with one dimension too many.
    """
    with pytest.raises(RuntimeError, match="3D or 4D"):
        nn.MaxPool2d(1)(torch.ones(shape, device=device))


@claim("nn.minibatch.channels-are-not-a-batch", see=CONV)
def test_three_images_without_channels_are_taken_for_three_channels(device):
    """A batch of images without a channel dimension is taken for one image with as many
    channels, and refused where the layer has another number of channels.
    """
    images = torch.ones(3, 4, 4, device=device)

    taken = filled(nn.Conv2d(3, 1, 4, device=device))(images)

    assert taken.tolist() == [[[48]]]
    with pytest.raises(RuntimeError, match="to have 1 channels, but got 3 channels"):
        nn.Conv2d(1, 1, 4, device=device)(images)


@claim("nn.minibatch.samples-stay-apart", see=CONV)
@given(numbers=st.lists(st.integers(-3, 3), min_size=0, max_size=3))
def test_a_batch_gives_what_its_samples_give(device, numbers):
    """A network of convolution, activation, pooling and linear layers gives for each
    sample of a batch what it gives for that sample alone.
    """
    network = nn.Sequential(
        filled(nn.Conv2d(1, 2, 2), bias=1.0),
        nn.ReLU(),
        nn.MaxPool2d((1, 2)),
        filled(nn.Linear(1, 1), weight=3.0),
    ).to(device)
    samples = [torch.full((1, 2, 3), float(n), device=device) for n in numbers]
    batch = torch.stack(samples) if samples else torch.ones(0, 1, 2, 3, device=device)

    expected = [[[[3 * max(0, 4 * n + 1)]]] * 2 for n in numbers]
    assert (numbers, network(batch).tolist()) == (numbers, expected)
    assert (numbers, [network(s).tolist() for s in samples]) == (numbers, expected)


@claim("nn.minibatch.recurrent-and-attention", see="generated/torch.nn.LSTM")
def test_recurrent_and_attention_layers_take_one_sequence(device):
    """A recurrent layer takes one sequence of two dimensions, and so does attention;
    their results then lack the batch dimension as well.
    """
    sequence = torch.tensor([[1.0, 2.0], [3.0, 5.0]], device=device)
    relu = filled(nn.RNN(2, 1, nonlinearity="relu", device=device))
    attention = nn.MultiheadAttention(2, 1, device=device)

    output, state = relu(sequence)
    attended, weights = attention(sequence, sequence, sequence)

    assert (output.tolist(), state.tolist()) == ([[3], [11]], [[11]])
    assert (attended.shape, weights.shape) == ((2, 2), (2, 2))
    assert relu(sequence.unsqueeze(1))[0].tolist() == [[[3]], [[11]]]


@claim("nn.minibatch.losses", see="generated/torch.nn.CrossEntropyLoss")
def test_losses_take_one_sample(device):
    """Cross entropy takes the scores of one sample with a class that has no dimension,
    and gives what it gives for a batch of one.
    """
    loss = nn.CrossEntropyLoss(reduction="none")
    scores = torch.tensor([0.0, 0.0, 0.0, 0.0], device=device)
    label = torch.tensor(2, device=device)

    alone, batch = loss(scores, label), loss(scores[None], label[None])

    assert (alone.shape, batch.shape) == ((), (1,))
    assert alone.item() == pytest.approx(math.log(4), rel=1e-6)
    assert batch.item() == pytest.approx(math.log(4), rel=1e-6)


# --- linear layers and activations ----------------------------------------------------


@claim("nn.minibatch.linear-accepts-any-leading-dims", see=LINEAR)
def test_a_linear_layer_takes_any_leading_dimensions(device):
    """A linear layer maps the last dimension and keeps all others, of any number and
    size: each row of features gives what it gives alone.
    """
    layer = nn.Linear(2, 3, device=device)
    layer.weight.data.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    layer.bias.data.copy_(torch.tensor([10.0, 20.0, 30.0]))
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0]], device=device)

    rows = [[11, 23, 35], [12, 24, 36], [13, 27, 41], [12, 26, 40]]

    assert layer(x[0]).tolist() == rows[0]
    assert layer(x).tolist() == rows
    assert layer(x.view(2, 2, 2)).tolist() == [rows[:2], rows[2:]]
    assert layer(x.view(1, 2, 1, 2, 2)).tolist() == [[[rows[:2]], [rows[2:]]]]
    assert layer(x.t().contiguous().t()).tolist() == rows
    assert layer(x[:0]).shape == (0, 3)
    assert layer(x[None, :0]).shape == (1, 0, 3)


@claim("nn.minibatch.linear-last-size", see=LINEAR)
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3)], ids=str)
def test_the_last_size_must_be_in_features(device, shape):
    """A linear layer raises RuntimeError where the last size isn't in_features, and
    names the shapes that it couldn't multiply.
    """
    layer = nn.Linear(2, 1, device=device)
    rows = math.prod(shape) // 3

    with pytest.raises(RuntimeError, match=rf"shapes cannot .* \({rows}x3 and 2x1\)"):
        layer(torch.ones(shape, device=device))


@claim("nn.minibatch.linear-needs-a-dimension", see=LINEAR)
def test_a_linear_layer_needs_a_dimension_of_features(device):
    """A linear layer raises RuntimeError for an input without dimensions."""
    with pytest.raises(RuntimeError, match="need to be at least 1D, but they are 0D"):
        nn.Linear(1, 1, bias=False, device=device)(torch.tensor(1.0, device=device))


@claim("nn.minibatch.activations", see="generated/torch.nn.ReLU")
def test_activations_take_any_shape(device):
    """An element-wise activation like ReLU takes an input of any shape, with no
    dimension or no element too, and keeps the shape.
    """
    relu = nn.ReLU()

    scalar = relu(torch.tensor(-1.0, device=device))
    deep = relu(torch.tensor([[[-1.0], [2.0]]], device=device))
    empty = relu(torch.ones(0, 3, device=device))

    assert (scalar.shape, scalar.item()) == ((), 0)
    assert deep.tolist() == [[[0], [2]]]
    assert empty.shape == (0, 3)


@claim("nn.minibatch.flatten-keeps-the-first", see="generated/torch.nn.Flatten")
def test_flatten_takes_the_first_dimension_for_the_batch(device):
    """nn.Flatten always keeps the first dimension: of one image without a batch it
    keeps the channels, and a vector it refuses with IndexError.
    """
    sample = torch.arange(8, device=device).view(2, 2, 2)

    alone = nn.Flatten()(sample)
    batch = nn.Flatten()(sample.unsqueeze(0))

    assert alone.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert batch.tolist() == [[0, 1, 2, 3, 4, 5, 6, 7]]
    with pytest.raises(IndexError, match="Dimension out of range"):
        nn.Flatten()(sample[0, 0])


# --- what cannot do without a batch ---------------------------------------------------


@claim("nn.minibatch.batchnorm-still-needs-batch", see=BATCH_NORM)
@pytest.mark.parametrize(
    ("layer", "few", "many", "taken"),
    [
        (nn.BatchNorm1d, (3,), (2, 3, 1, 1), "2D or 3D"),
        (nn.BatchNorm2d, (3, 2, 2), (2, 3, 2, 2, 2), "4D"),
        (nn.BatchNorm3d, (3, 2, 2, 2), (2, 3, 2, 2, 2, 2), "5D"),
    ],
    ids=["1d", "2d", "3d"],
)
def test_batch_norm_refuses_one_sample(device, layer, few, many, taken):
    """A BatchNorm raises ValueError for an input without its batch dimension, as for
    any other number of dimensions, in both modes, and counts no batch.
    """
    norm = layer(3, device=device)
    sample, deep = torch.ones(few, device=device), torch.ones(many, device=device)

    with pytest.raises(ValueError, match=f"expected {taken} input"):
        norm(sample)
    with pytest.raises(ValueError, match=rf"\(got {len(few)}D input\)"):
        norm.eval()(sample)
    with pytest.raises(ValueError, match=rf"\(got {len(many)}D input\)"):
        norm(deep)

    assert norm.num_batches_tracked.item() == 0
    assert norm.running_mean.tolist() == [0, 0, 0]


@claim("nn.minibatch.batchnorm-one-value", see=BATCH_NORM)
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.BatchNorm1d, (1, 3)),
        (nn.BatchNorm1d, (1, 3, 1)),
        (nn.BatchNorm2d, (1, 3, 1, 1)),
        (nn.BatchNorm3d, (1, 3, 1, 1, 1)),
    ],
    ids=["1d", "1d-length", "2d", "3d"],
)
def test_batch_norm_needs_more_than_one_value_in_training(device, layer, shape):
    """In training mode a BatchNorm raises ValueError where there is one value for each
    channel; evaluation mode takes it.
    """
    norm = layer(3, eps=3.0, device=device)
    x = torch.full(shape, 4.0, device=device)

    with pytest.raises(ValueError, match="Expected more than 1 value per channel when"):
        norm(x)
    output = norm.eval()(x)

    assert output.shape == shape
    assert output.flatten().tolist() == [2, 2, 2]
    assert norm.running_mean.tolist() == [0, 0, 0]


@claim("nn.minibatch.batchnorm-one-image", see=BATCH_NORM)
def test_batch_norm_takes_a_batch_of_one_image(device):
    """In training mode a BatchNorm takes a batch of one sample with several pixels: it
    normalises each channel over them.
    """
    two = torch.tensor([[[[1.0, 3.0]], [[7.0, 5.0]]]], device=device)

    images = nn.BatchNorm2d(2, eps=3.0, device=device)(two)
    lines = nn.BatchNorm1d(2, eps=3.0, device=device)(two[:, :, 0])

    assert images.tolist() == [[[[-0.5, 0.5]], [[0.5, -0.5]]]]
    assert lines.tolist() == [[[-0.5, 0.5], [0.5, -0.5]]]


@claim("nn.minibatch.instance-norm-differs", see="generated/torch.nn.InstanceNorm1d")
def test_two_dimensions_mean_different_things_to_the_norms(device):
    """An input of two dimensions is one sample of channels to InstanceNorm1d, and a
    batch of samples without length to BatchNorm1d.
    """
    x = torch.tensor([[1.0, 3.0], [5.0, 7.0]], device=device)

    instance = nn.InstanceNorm1d(2, eps=3.0, device=device)(x)
    batch = nn.BatchNorm1d(2, eps=12.0, device=device)(x)

    assert instance.tolist() == [[-0.5, 0.5], [-0.5, 0.5]]
    assert batch.tolist() == [[-0.5, -0.5], [0.5, 0.5]]


# --- a batch of none ------------------------------------------------------------------


@claim("nn.minibatch.batch-of-none", see=LINEAR)
def test_layers_take_a_batch_of_none(device):
    """Convolution, pooling, linear, recurrent and normalising layers take a batch of no
    samples, and give one of none with the usual other sizes.
    """
    none = torch.ones(0, 1, 4, 4, device=device)

    outputs = [
        nn.Conv2d(1, 3, 2, device=device)(none),
        nn.MaxPool2d(2)(none),
        nn.Linear(4, 5, device=device)(none),
        nn.Flatten()(none),
        nn.BatchNorm2d(1, device=device).eval()(none),
        nn.LayerNorm(4, device=device)(none),
        nn.LSTM(4, 2, batch_first=True, device=device)(none[:, 0])[0],
    ]

    assert [tuple(output.shape) for output in outputs] == [
        (0, 3, 3, 3),
        (0, 1, 2, 2),
        (0, 1, 4, 5),
        (0, 16),
        (0, 1, 4, 4),
        (0, 1, 4, 4),
        (0, 4, 2),
    ]


@claim("nn.minibatch.gradient-of-none", see=LINEAR)
def test_a_batch_of_none_gives_zero_gradients(device):
    """The gradients that a batch of no samples gives to the parameters are zeros, and
    not None.
    """
    layer = nn.Linear(2, 1, device=device)

    layer(torch.ones(0, 2, device=device)).sum().backward()

    assert layer.weight.grad.tolist() == [[0, 0]]
    assert layer.bias.grad.tolist() == [0]


# --- a batch dimension where there is none --------------------------------------------


@claim("nn.minibatch.unsqueeze-adds-fake-batch", see=UNSQUEEZE)
def test_unsqueeze_makes_a_batch_of_one(device):
    """x.unsqueeze(0) is a view of a sample with a dimension of size 1 in front, like
    x[None]: a write through it reaches the sample.
    """
    x = image(device)

    batch = x.unsqueeze(0)
    by_function = torch.unsqueeze(x, 0)
    batch[0, 0, 1, 0] = 9

    assert batch.shape == (1, 1, 2, 2)
    assert (batch.stride(), by_function.stride()) == ((4, 4, 2, 1), (4, 4, 2, 1))
    assert shares_storage(batch, x)
    assert x.tolist() == [[[1, 2], [9, 4]]]
    assert by_function.tolist() == [[[[1, 2], [9, 4]]]]
    assert x[None].tolist() == [[[[1, 2], [9, 4]]]]


@claim("nn.minibatch.unsqueeze-positions", see=UNSQUEEZE)
def test_unsqueeze_takes_other_places(device):
    """unsqueeze(0) makes a vector of one element out of a number, unsqueeze(-1) adds
    the dimension at the end, and a place beyond either end raises IndexError.
    """
    scalar = torch.tensor(7, device=device)
    turned = torch.arange(6, device=device).view(2, 3).t()

    assert scalar.unsqueeze(0).tolist() == [7]
    assert scalar.unsqueeze(-1).tolist() == [7]
    assert turned.unsqueeze(0).tolist() == [[[0, 3], [1, 4], [2, 5]]]
    assert turned.unsqueeze(0).stride()[1:] == (1, 3)
    assert turned.unsqueeze(-1).tolist() == [[[0], [3]], [[1], [4]], [[2], [5]]]
    assert turned.unsqueeze(-3).shape == (1, 3, 2)
    with pytest.raises(IndexError, match=r"range of \[-3, 2\], but got 3"):
        turned.unsqueeze(3)
    with pytest.raises(IndexError, match=r"range of \[-3, 2\], but got -4"):
        turned.unsqueeze(-4)


@claim("nn.minibatch.batch-of-one-and-back", see=UNSQUEEZE)
def test_the_added_dimension_stays_until_it_is_taken_off(device):
    """The output of a batch of one has a leading size of 1, which [0] and squeeze(0)
    take off; squeeze() takes off all other sizes of 1 as well.
    """
    network = nn.Sequential(filled(nn.Conv2d(1, 1, 2)), nn.ReLU()).to(device)

    output = network(image(device).unsqueeze(0))

    assert output.tolist() == [[[[10]]]]
    assert output[0].tolist() == [[[10]]]
    assert output.squeeze(0).tolist() == [[[10]]]
    assert output.squeeze().tolist() == 10


@claim("nn.minibatch.gradient-of-one", see=UNSQUEEZE)
def test_the_gradient_of_a_sample_has_no_batch_dimension(device):
    """The gradient that reaches a sample through unsqueeze(0) has the shape of the
    sample.
    """
    x = image(device).requires_grad_()
    layer = filled(nn.Conv2d(1, 1, 2, device=device), weight=3.0)

    layer(x.unsqueeze(0)).sum().backward()

    assert x.grad.tolist() == [[[3, 3], [3, 3]]]

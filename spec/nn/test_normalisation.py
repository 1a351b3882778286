"""Normalising is shifting numbers to mean 0 and scaling them to variance 1.

The layers differ in which numbers they take together. BatchNorm takes each channel over
the whole batch, LayerNorm the last dimensions of each sample, GroupNorm some channels
of a sample, InstanceNorm a single channel of a sample. All divide by sqrt(var + eps)
with the biased variance, and may then multiply by a weight and add a bias. In many of
these specs eps is 3 and the variance 1, so that the divisor is 2.

It is commonly believed that one variance is used throughout. What BatchNorm keeps for
later is the unbiased variance, and what it divides by the biased one.
"""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models.normalisation import gradient, normalised
from torch_semantics import claim

BATCH_NORM = "generated/torch.nn.BatchNorm1d"
LAYER_NORM = "generated/torch.nn.LayerNorm"
GROUP_NORM = "generated/torch.nn.GroupNorm"
INSTANCE_NORM = "generated/torch.nn.InstanceNorm1d"
RMS_NORM = "generated/torch.nn.RMSNorm"
NORMALIZE = "generated/torch.nn.functional.normalize"


def rows(values, device):
    """Return a tensor of the values."""
    return torch.tensor(values, device=device)


def filled(layer, weight, bias):
    """Return the layer with these weights and biases."""
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(bias))
    return layer


# --- batch normalisation --------------------------------------------------------------


@claim("nn.batchnorm.per-channel", see="generated/torch.nn.BatchNorm2d")
@pytest.mark.parametrize(
    ("layer", "axes"),
    [
        (nn.BatchNorm1d, []),
        (nn.BatchNorm1d, [2]),
        (nn.BatchNorm2d, [2, 1]),
        (nn.BatchNorm3d, [1, 1, 2]),
    ],
    ids=["1d", "1d-length", "2d", "3d"],
)
def test_batch_norm_takes_each_channel_over_batch_and_space(device, layer, axes):
    """BatchNorm normalises each channel by the mean and the variance of all of its
    values, over the samples and along every axis.
    """
    norm = layer(2, eps=3.0, momentum=1.0, device=device)
    x = rows([[1.0, 5.0], [3.0, 9.0], [3.0, 9.0], [1.0, 5.0]], device)
    x = x.view(4, 2, *[1] * len(axes)).expand(4, 2, *axes).contiguous()

    output = norm(x)

    low, high = [-0.5, -2 / math.sqrt(7)], [0.5, 2 / math.sqrt(7)]
    expected = rows([low, high, high, low], device)
    expected = expected.view(4, 2, *[1] * len(axes)).expand(4, 2, *axes)
    assert output.flatten().tolist() == pytest.approx(
        expected.flatten().tolist(), rel=1e-6
    )
    assert output.shape == x.shape
    assert norm.running_mean.tolist() == [2, 7]
    size = output[:, 0].numel()
    unbiased = [size / (size - 1), 4 * size / (size - 1)]
    assert norm.running_var.tolist() == pytest.approx(unbiased, rel=1e-6)


@claim("nn.batchnorm.unbiased-variance-is-kept", see=BATCH_NORM)
def test_batch_norm_divides_by_one_variance_and_keeps_another(device):
    """BatchNorm divides by the biased variance, and keeps the unbiased one, whose
    divisor is the number of values per channel less 1.
    """
    norm = nn.BatchNorm1d(1, eps=10.0, momentum=1.0, device=device)

    output = norm(rows([[[0.0, 0.0, 0.0, 5.0, 5.0]]], device))

    assert output.tolist() == [[[-0.5, -0.5, -0.5, 0.75, 0.75]]]
    assert norm.running_mean.tolist() == [2]
    assert norm.running_var.tolist() == [7.5]


@claim("nn.batchnorm.weight-and-bias", see=BATCH_NORM)
def test_weight_and_bias_come_last(device):
    """After normalising, BatchNorm multiplies each channel by its weight and adds its
    bias.
    """
    norm = filled(nn.BatchNorm1d(2, eps=3.0, device=device), [4.0, 8.0], [10.0, 20.0])

    output = norm(rows([[1.0, 7.0], [3.0, 5.0]], device))

    assert output.tolist() == [[8, 24], [12, 16]]
    assert norm.running_mean.tolist() == pytest.approx([0.2, 0.6], rel=1e-6)


@claim("nn.batchnorm.defaults", see=BATCH_NORM)
@pytest.mark.parametrize(
    "layer", [nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d], ids=["1d", "2d", "3d"]
)
def test_a_new_batch_norm(device, layer):
    """A new BatchNorm has weights of 1, biases of 0, running means of 0 and variances
    of 1, an int64 count of 0, eps=1e-5 and momentum=0.1.
    """
    norm = layer(2, dtype=torch.float64, device=device)

    assert (norm.num_features, norm.eps, norm.momentum) == (2, 1e-5, 0.1)
    assert (norm.affine, norm.track_running_stats) == (True, True)
    assert {name: p.tolist() for name, p in norm.named_parameters()} == {
        "weight": [1, 1],
        "bias": [0, 0],
    }
    assert {name: b.tolist() for name, b in norm.named_buffers()} == {
        "running_mean": [0, 0],
        "running_var": [1, 1],
        "num_batches_tracked": 0,
    }
    assert norm.weight.dtype == norm.running_var.dtype == torch.float64
    assert norm.num_batches_tracked.dtype == torch.int64
    assert repr(norm).startswith(f"{layer.__name__}(2, eps=1e-05, momentum=0.1, aff")


@claim("nn.batchnorm.eps", see=BATCH_NORM)
def test_eps_bounds_the_divisor(device):
    """BatchNorm adds eps to the variance before the root: values that hardly differ are
    not blown up to variance 1, and equal ones give 0.
    """
    norm = nn.BatchNorm1d(2, device=device)

    output = norm(rows([[0.001, 7.0], [-0.001, 7.0]], device))

    scaled = 0.001 / math.sqrt(1e-6 + 1e-5)
    assert output[:, 0].tolist() == pytest.approx([scaled, -scaled], rel=1e-5)
    assert output[:, 1].tolist() == pytest.approx([0, 0], abs=1e-3)


@claim("nn.batchnorm.eps-must-be-positive", see=BATCH_NORM, since="2.12")
def test_eps_must_be_positive_in_training(device):
    """An eps of 0 raises ValueError in training mode, and a negative one in both."""
    x = rows([[1.0], [3.0]], device)
    zero, negative = nn.BatchNorm1d(1, 0.0), nn.BatchNorm1d(1, -1.0)

    with pytest.raises(ValueError, match="eps must be positive during training"):
        zero.to(device)(x)
    with pytest.raises(ValueError, match="eps must be positive during training"):
        negative.to(device)(x)
    with pytest.raises(ValueError, match="eps must be non-negative"):
        negative.eval()(x)
    assert zero.eval()(x).tolist() == [[1], [3]]


@claim(
    "nn.batchnorm.eps-must-be-positive-in-both-modes",
    see=BATCH_NORM,
    since="2.10",
    until="2.12",
)
def test_eps_must_be_positive_in_both_modes(device):
    """An eps of 0 raises ValueError in training mode and in eval mode."""
    x = rows([[1.0], [3.0]], device)
    norm = nn.BatchNorm1d(1, 0.0, device=device)

    with pytest.raises(ValueError, match=r"eps must be positive, but got 0\.0"):
        norm(x)
    with pytest.raises(ValueError, match=r"eps must be positive, but got 0\.0"):
        norm.eval()(x)


@claim("nn.batchnorm.eps-may-be-zero", see=BATCH_NORM, until="2.10")
def test_eps_may_be_zero_in_training(device):
    """An eps of 0 is taken in training mode, and variance 1 is then reached exactly."""
    norm = nn.BatchNorm1d(1, 0.0, device=device)

    output = norm(rows([[1.0], [3.0]], device))

    assert output.tolist() == [[-1], [1]]


@claim("nn.batchnorm.momentum", see=BATCH_NORM)
def test_momentum_is_the_share_of_the_new_batch(device):
    """The running statistics become (1 - momentum) of the old and momentum of the new:
    0 leaves them, 1 replaces them; the attribute is read at each call.
    """
    norm = nn.BatchNorm1d(1, momentum=0.25, device=device)
    batch = rows([[4.0], [8.0]], device)

    norm(batch)
    quarter = (norm.running_mean.item(), norm.running_var.item())
    norm.momentum = 0.0
    norm(batch)
    kept = (norm.running_mean.item(), norm.running_var.item())
    norm.momentum = 1.0
    norm(batch)

    assert quarter == (1.5, 0.75 + 0.25 * 8)
    assert kept == quarter
    assert (norm.running_mean.item(), norm.running_var.item()) == (6, 8)
    assert norm.num_batches_tracked.item() == 3


@claim("nn.batchnorm.cumulative-average", see=BATCH_NORM)
def test_without_momentum_every_batch_counts_the_same(device):
    """With momentum=None the running statistics are the plain average over the batches
    so far; what they began with doesn't count, and neither does evaluation.
    """
    norm = nn.BatchNorm1d(1, momentum=None, device=device)

    norm(rows([[1.0], [3.0]], device))
    first = (norm.running_mean.item(), norm.running_var.item())
    norm.eval()(rows([[100.0], [200.0]], device))
    norm.train()(rows([[2.0], [6.0]], device))
    second = (norm.running_mean.item(), norm.running_var.item())
    norm(rows([[12.0], [12.0]], device))
    norm(rows([[2.0], [2.0]], device))

    assert first == (2, 2)
    assert second == (3, 5)
    assert norm.running_mean.item() == pytest.approx(5, rel=1e-6)
    assert norm.running_var.item() == pytest.approx(2.5, rel=1e-6)
    assert norm.num_batches_tracked.item() == 4


@claim("nn.batchnorm.statistics-without-history", see=BATCH_NORM)
def test_running_statistics_are_updated_in_place_without_history(device):
    """The running statistics are buffers that are written in place: they stay the same
    tensors, require no gradient and have no history.
    """
    norm = nn.BatchNorm1d(1, momentum=1.0, device=device)
    mean, var = norm.running_mean, norm.running_var

    norm(rows([[1.0], [3.0]], device).requires_grad_())

    assert norm.running_mean is mean
    assert norm.running_var is var
    assert (mean.tolist(), var.tolist()) == ([2], [2])
    assert (mean.requires_grad, mean.grad_fn, var.grad_fn) == (False, None, None)


@claim("nn.batchnorm.reset", see=BATCH_NORM)
def test_what_reset_resets(device):
    """reset_running_stats() sets the running statistics and the count back and leaves
    the parameters; reset_parameters() sets all of them back.
    """
    norm = filled(nn.BatchNorm1d(1, momentum=1.0, device=device), [5.0], [7.0])
    batch = rows([[1.0], [3.0]], device)

    norm(batch)
    norm.reset_running_stats()
    statistics = [buffer.item() for buffer in norm.buffers()]
    parameters = (norm.weight.item(), norm.bias.item())
    norm(batch)
    norm.reset_parameters()

    assert statistics == [0, 1, 0]
    assert parameters == (5, 7)
    assert [buffer.item() for buffer in norm.buffers()] == [0, 1, 0]
    assert (norm.weight.item(), norm.bias.item()) == (1, 0)


@claim("nn.batchnorm.not-affine", see=BATCH_NORM)
def test_batch_norm_without_weight_and_bias(device):
    """With affine=False there is neither weight nor bias; with
    track_running_stats=False there are no buffers.
    """
    plain = nn.BatchNorm1d(1, eps=3.0, affine=False, device=device)
    bare = nn.BatchNorm1d(
        1, eps=3.0, affine=False, track_running_stats=False, device=device
    )
    batch = rows([[1.0], [3.0]], device)

    assert (plain.weight, plain.bias) == (None, None)
    assert list(plain.state_dict()) == [
        "running_mean",
        "running_var",
        "num_batches_tracked",
    ]
    assert list(bare.state_dict()) == []
    assert (bare.running_mean, bare.num_batches_tracked) == (None, None)
    assert plain(batch).tolist() == [[-0.5], [0.5]]
    assert bare(batch).tolist() == [[-0.5], [0.5]]
    bare.reset_running_stats()
    plain.reset_parameters()
    assert plain.running_mean.item() == 0


@claim("nn.batchnorm.tracking-switched-off", see=BATCH_NORM)
def test_tracking_can_be_switched_off_later(device):
    """Setting track_running_stats to False on a layer that has statistics stops
    learning and counting in training mode; evaluation mode still uses them.
    """
    norm = nn.BatchNorm1d(1, eps=3.0, device=device)
    batch = rows([[1.0], [3.0]], device)

    norm.track_running_stats = False
    training = norm(batch)
    statistics = [buffer.item() for buffer in norm.buffers()]
    evaluating = norm.eval()(batch)

    assert training.tolist() == [[-0.5], [0.5]]
    assert statistics == [0, 1, 0]
    assert evaluating.tolist() == [[0.5], [1.5]]


@claim("nn.batchnorm.convert-to-sync", see="generated/torch.nn.SyncBatchNorm")
def test_converting_to_sync_batch_norm_keeps_the_tensors(device):
    """convert_sync_batchnorm() replaces each BatchNorm inside a model by a
    SyncBatchNorm with the same parameters, statistics and settings.
    """
    norm = nn.BatchNorm2d(2, eps=3.0, momentum=0.5, device=device)
    model = nn.Sequential(nn.Sequential(norm), nn.ReLU())

    converted = nn.SyncBatchNorm.convert_sync_batchnorm(model)

    sync = model[0][0]
    assert converted is model
    assert type(sync) is nn.SyncBatchNorm
    assert (sync.num_features, sync.eps, sync.momentum) == (2, 3.0, 0.5)
    assert sync.weight is norm.weight
    assert sync.bias is norm.bias
    assert sync.running_mean is norm.running_mean
    assert sync.num_batches_tracked is norm.num_batches_tracked
    assert type(model[1]) is nn.ReLU


@claim(
    "nn.batchnorm.convert-to-sync-keeps-mode",
    see="generated/torch.nn.SyncBatchNorm",
    since="2.2",
)
def test_a_converted_batch_norm_keeps_its_mode(device):
    """convert_sync_batchnorm() leaves a BatchNorm in the mode that it is in."""
    evaluating = nn.BatchNorm2d(2, device=device).eval()
    training = nn.BatchNorm2d(2, device=device)

    assert nn.SyncBatchNorm.convert_sync_batchnorm(evaluating).training is False
    assert nn.SyncBatchNorm.convert_sync_batchnorm(training).training is True


@claim("nn.batchnorm.no-bias", see=BATCH_NORM, since="2.12")
def test_batch_and_group_norm_without_bias(device):
    """With bias=False a BatchNorm or a GroupNorm has a weight and no bias."""
    batch_norm = nn.BatchNorm1d(1, eps=3.0, bias=False, device=device)
    group_norm = nn.GroupNorm(1, 2, eps=3.0, bias=False, device=device)

    assert (batch_norm.bias, group_norm.bias) == (None, None)
    assert [p.tolist() for p in batch_norm.parameters()] == [[1]]
    assert [p.tolist() for p in group_norm.parameters()] == [[1, 1]]
    assert batch_norm(rows([[1.0], [3.0]], device)).tolist() == [[-0.5], [0.5]]
    assert group_norm(rows([[1.0, 3.0]], device)).tolist() == [[-0.5, 0.5]]


@claim("nn.batchnorm.wrong-channels", see=BATCH_NORM)
def test_batch_norm_refuses_another_number_of_channels(device):
    """An input with another number of channels raises RuntimeError in both modes, and
    leaves the running statistics.
    """
    norm = nn.BatchNorm1d(3, device=device)

    with pytest.raises(RuntimeError, match="should contain 4 elements not 3"):
        norm(torch.ones(2, 4, device=device))
    with pytest.raises(RuntimeError, match="should contain 2 elements not 3"):
        norm.eval()(torch.ones(2, 2, device=device))

    assert norm.running_mean.tolist() == [0, 0, 0]


@claim("nn.batchnorm.batch-of-none", see=BATCH_NORM)
def test_a_batch_of_none_teaches_nothing(device):
    """In training mode a batch of no samples is taken and counted, and leaves the
    running statistics.
    """
    norm = nn.BatchNorm1d(3, device=device)

    output = norm(torch.ones(0, 3, device=device))

    assert output.shape == (0, 3)
    assert norm.running_mean.tolist() == [0, 0, 0]
    assert norm.running_var.tolist() == [1, 1, 1]
    assert norm.num_batches_tracked.item() == 1


@claim("nn.batchnorm.gradients", see=BATCH_NORM)
def test_gradients_go_through_mean_and_variance(device):
    """In training mode each value moves the mean and the variance, too: its gradient is
    (u - mean(u) - r * mean(u * r)) * weight / sqrt(var + eps), where u arrives and r is
    the normalised value.
    """
    norm = filled(nn.BatchNorm1d(1, eps=3.0, device=device), [4.0], [0.0])
    x = rows([[1.0], [3.0]], device).requires_grad_()

    norm(x).backward(rows([[1.0], [0.0]], device))

    # r is -1/2 and 1/2, mean(u) is 1/2 and mean(u * r) is -1/4.
    assert x.grad.flatten().tolist() == pytest.approx([0.75, -0.75], rel=1e-6)
    assert norm.weight.grad.tolist() == [-0.5]
    assert norm.bias.grad.tolist() == [1]


@claim("nn.batchnorm.lazy", see="generated/torch.nn.LazyBatchNorm1d")
@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
def test_a_lazy_batch_norm_learns_its_channels(device):
    """A LazyBatchNorm1d takes num_features from the second size of its first input, and
    is a BatchNorm1d from then on; its options have the defaults of BatchNorm1d.
    """
    norm = nn.LazyBatchNorm1d(eps=3.0, momentum=1.0, device=device)
    default = nn.LazyBatchNorm1d(device=device)
    plain = nn.LazyBatchNorm1d(affine=False, device=device)
    untracked = nn.LazyBatchNorm1d(track_running_stats=False, device=device)
    x = rows([[1.0, 7.0, 0.0], [3.0, 5.0, 0.0]], device)

    begun = (type(default), default.num_features, type(default.weight))
    output = norm(x)
    results = [default(x).shape, plain(x).shape, untracked(x).shape]

    assert begun == (nn.LazyBatchNorm1d, 0, nn.UninitializedParameter)
    assert repr(default) == repr(nn.BatchNorm1d(3))
    assert list(default.state_dict()) == list(nn.BatchNorm1d(3).state_dict())
    assert [tuple(b.shape) for b in plain.buffers()] == [(3,), (3,), ()]
    assert [p.tolist() for p in untracked.parameters()] == [[1, 1, 1], [0, 0, 0]]
    assert (list(plain.parameters()), list(untracked.buffers())) == ([], [])
    assert results == [(2, 3)] * 3
    assert type(norm) is nn.BatchNorm1d
    assert norm.num_features == 3
    assert output.tolist() == [[-0.5, 0.5, 0], [0.5, -0.5, 0]]
    assert (norm.weight.tolist(), norm.bias.tolist()) == ([1, 1, 1], [0, 0, 0])
    assert norm.running_mean.tolist() == [2, 6, 0]
    assert norm.num_batches_tracked.item() == 1


@claim("nn.batchnorm.function", see="generated/torch.nn.functional.batch_norm")
def test_the_function_has_no_mode(device):
    """F.batch_norm normalises by the statistics that it is given, unless training=True:
    then by the batch, and it writes into the statistics, with momentum=0.1, if there
    are any.
    """
    batch = rows([[1.0], [3.0]], device)
    mean, var = rows([1.0], device), rows([13.0], device)

    by_given = F.batch_norm(batch, mean, var, eps=3.0)
    by_batch = F.batch_norm(batch, None, None, training=True, eps=3.0)
    untouched = (mean.item(), var.item())
    learning = F.batch_norm(
        batch, mean, var, rows([2.0], device), rows([5.0], device), True, eps=3.0
    )

    assert by_given.tolist() == [[0], [0.5]]
    assert by_batch.tolist() == [[-0.5], [0.5]]
    assert untouched == (1, 13)
    assert batch.tolist() == [[1], [3]]
    assert learning.tolist() == [[4], [6]]
    assert mean.item() == pytest.approx(0.9 * 1 + 0.1 * 2, rel=1e-6)
    assert var.item() == pytest.approx(0.9 * 13 + 0.1 * 2, rel=1e-6)
    with pytest.raises(RuntimeError, match="must be defined in evaluation mode"):
        F.batch_norm(batch, None, None)


# --- layer normalisation --------------------------------------------------------------


@claim("nn.layernorm.last-dimensions", see=LAYER_NORM)
def test_layer_norm_takes_the_last_dimensions_of_each_sample(device):
    """LayerNorm normalises over the last dimensions, as many as normalized_shape has,
    at each place of the others.
    """
    x = rows([[1.0, 3.0], [5.0, 7.0]], device)

    each = nn.LayerNorm(2, eps=3.0, device=device)
    whole = nn.LayerNorm((2, 2), eps=11.0, device=device)

    assert each(x).tolist() == [[-0.5, 0.5], [-0.5, 0.5]]
    assert each(x[0]).tolist() == [-0.5, 0.5]
    assert each(x.view(2, 1, 1, 2)).tolist() == [[[[-0.5, 0.5]]], [[[-0.5, 0.5]]]]
    assert each(x[:0]).shape == (0, 2)
    assert whole(x).tolist() == [[-0.75, -0.25], [0.25, 0.75]]
    assert whole(torch.stack([x, x]))[1].tolist() == [[-0.75, -0.25], [0.25, 0.75]]


@claim("nn.layernorm.weight-and-bias", see=LAYER_NORM)
def test_layer_norm_has_a_weight_for_each_element(device):
    """The weight and the bias of a LayerNorm have the normalised shape and the dtype
    given, and begin as ones and zeros; eps is 1e-5 by default.
    """
    norm = nn.LayerNorm([2, 2], device=device)
    double = nn.LayerNorm(2, dtype=torch.float64, device=device)
    begun = (norm.weight.tolist(), norm.bias.tolist())
    norm.eps = 11.0
    filled(norm, [[4.0, 8.0], [12.0, 16.0]], [[1.0, 2.0], [3.0, 4.0]])

    output = norm(rows([[1.0, 3.0], [5.0, 7.0]], device))

    assert begun == ([[1, 1], [1, 1]], [[0, 0], [0, 0]])
    assert output.tolist() == [[-2, 0], [6, 16]]
    assert norm.normalized_shape == (2, 2)
    assert [p.dtype for p in double.parameters()] == [torch.float64] * 2
    assert (nn.LayerNorm(2).eps, nn.LayerNorm(2).normalized_shape) == (1e-5, (2,))
    norm.reset_parameters()
    assert (norm.weight.tolist(), norm.bias.tolist()) == begun


@claim("nn.layernorm.no-modes", see=LAYER_NORM)
def test_layer_norm_is_the_same_in_both_modes(device):
    """A LayerNorm keeps no statistics: it has no buffers, does the same in both modes,
    and gives 0 where it normalises a single value.
    """
    norm = nn.LayerNorm(2, eps=3.0, device=device)
    x = rows([[1.0, 3.0]], device)

    training, evaluating = norm(x), norm.eval()(x)

    assert training.tolist() == [[-0.5, 0.5]]
    assert evaluating.tolist() == [[-0.5, 0.5]]
    assert list(norm.buffers()) == []
    assert nn.LayerNorm(1, device=device)(rows([[7.0]], device)).tolist() == [[0]]


@claim("nn.layernorm.not-affine", see=LAYER_NORM)
def test_layer_norm_without_weight_and_bias(device):
    """With elementwise_affine=False a LayerNorm has neither weight nor bias."""
    norm = nn.LayerNorm(2, eps=3.0, elementwise_affine=False, device=device)

    output = norm(rows([1.0, 3.0], device))

    assert output.tolist() == [-0.5, 0.5]
    assert (norm.weight, norm.bias) == (None, None)
    assert repr(norm).startswith("LayerNorm((2,), eps=3.0, elementwise_affine=False")


@claim("nn.layernorm.no-bias", see=LAYER_NORM, since="2.1")
def test_layer_norm_without_bias(device):
    """With bias=False a LayerNorm has a weight and no bias."""
    norm = nn.LayerNorm(2, eps=3.0, bias=False, device=device)

    output = norm(rows([1.0, 3.0], device))

    assert output.tolist() == [-0.5, 0.5]
    assert norm.bias is None
    assert [p.tolist() for p in norm.parameters()] == [[1, 1]]


@claim("nn.layernorm.wrong-shape", see=LAYER_NORM)
@pytest.mark.parametrize("shape", [(2, 4), (3, 2), (3,)], ids=str)
def test_layer_norm_refuses_other_last_sizes(device, shape):
    """An input whose last sizes aren't the normalised shape raises RuntimeError."""
    norm = nn.LayerNorm((2, 3), device=device)

    with pytest.raises(
        RuntimeError, match=r"normalized_shape=\[2, 3\], expected input"
    ):
        norm(torch.ones(shape, device=device))


@claim("nn.layernorm.function", see="generated/torch.nn.functional.layer_norm")
def test_layer_norm_as_a_function(device):
    """F.layer_norm takes the normalised shape as a list or tuple, and weight, bias and
    eps=1e-5 as options; a number raises TypeError.
    """
    x = rows([[0.001, -0.001]], device)

    plain = F.layer_norm(x, [2])
    told = F.layer_norm(
        rows([1.0, 3.0], device),
        (2,),
        rows([2.0, 4.0], device),
        rows([5.0, 6.0], device),
        3,
    )

    scaled = 0.001 / math.sqrt(1e-6 + 1e-5)
    assert plain.tolist() == [pytest.approx([scaled, -scaled], rel=1e-5)]
    assert told.tolist() == [4, 8]
    with pytest.raises(TypeError, match="must be tuple of ints, not int"):
        F.layer_norm(x, 2)


@claim("nn.layernorm.gradients", see=LAYER_NORM)
def test_gradients_of_layer_norm(device):
    """The gradient of a value goes through mean and variance of its own row; weight and
    bias get the sum over all rows.
    """
    norm = filled(nn.LayerNorm(2, eps=3.0, device=device), [4.0, 4.0], [0.0, 0.0])
    x = rows([[1.0, 3.0], [7.0, 5.0]], device).requires_grad_()

    norm(x).backward(rows([[1.0, 0.0], [0.0, 10.0]], device))

    expected = [0.75, -0.75, -7.5, 7.5]
    assert x.grad.flatten().tolist() == pytest.approx(expected, rel=1e-6)
    assert norm.weight.grad.tolist() == [-0.5, -5]
    assert norm.bias.grad.tolist() == [1, 10]


numbers = st.lists(st.integers(-6, 6).map(float), min_size=2, max_size=4)


@claim("nn.layernorm.follows-model", see=LAYER_NORM)
@given(values=numbers, eps=st.sampled_from([0.5, 2.0]))
def test_normalising_and_its_gradient_follow_the_model(device, values, eps):
    """For any values, layer, group, instance and batch normalisation of one row give
    what the model in plain Python gives, and so do their gradients.
    """
    upstream = [float(n * n) for n in range(len(values))]
    size = len(values)
    forms = [
        lambda x: F.layer_norm(x, [size], eps=eps),
        lambda x: F.group_norm(x.view(1, size), 1, eps=eps).view(size),
        lambda x: F.instance_norm(x.view(1, 1, size), eps=eps).view(size),
        lambda x: F.batch_norm(x.view(size, 1), None, None, None, None, True, 0, eps)[
            :, 0
        ],
    ]

    for form in forms:
        x = torch.tensor(values, device=device, requires_grad=True)
        result = form(x)
        result.backward(torch.tensor(upstream, device=device))
        assert (values, result.tolist(), x.grad.tolist()) == (
            values,
            pytest.approx(normalised(values, eps), rel=1e-5, abs=1e-5),
            pytest.approx(gradient(values, upstream, eps), rel=1e-5, abs=1e-5),
        )


# --- group normalisation --------------------------------------------------------------


@claim("nn.groupnorm.groups", see=GROUP_NORM)
def test_group_norm_takes_groups_of_channels(device):
    """GroupNorm normalises the channels of each sample in groups of equal size, over
    all of their pixels.
    """
    x = rows([[1.0, 3.0, 9.0, 7.0], [5.0, 7.0, 0.0, 2.0]], device)
    pixels = rows([[[1.0, 3.0], [3.0, 1.0], [5.0, 7.0], [5.0, 7.0]]], device)

    groups = nn.GroupNorm(2, 4, eps=3.0, device=device)
    one = nn.GroupNorm(1, 4, eps=11.0, device=device)
    each = nn.GroupNorm(4, 4, eps=3.0, device=device)

    assert groups(x).tolist() == [[-0.5, 0.5, 0.5, -0.5], [-0.5, 0.5, -0.5, 0.5]]
    assert groups(pixels).tolist() == [
        [[-0.5, 0.5], [0.5, -0.5], [-0.5, 0.5], [-0.5, 0.5]]
    ]
    assert one(rows([[1.0, 3.0, 5.0, 7.0]], device)).tolist() == [
        [-0.75, -0.25, 0.25, 0.75]
    ]
    assert each(pixels).tolist() == groups(pixels).tolist()
    assert groups(x[:0]).shape == (0, 4)
    assert x.tolist() == [[1, 3, 9, 7], [5, 7, 0, 2]]


@claim("nn.groupnorm.weight-and-bias", see=GROUP_NORM)
def test_group_norm_has_a_weight_for_each_channel(device):
    """Weight and bias of a GroupNorm belong to channels and not to groups; they begin
    as ones and zeros of the dtype given, and affine=False leaves them out.
    """
    norm = nn.GroupNorm(1, 2, eps=3.0, device=device)
    begun = (norm.weight.tolist(), norm.bias.tolist())
    filled(norm, [4.0, 8.0], [10.0, 20.0])
    plain = nn.GroupNorm(1, 2, eps=3.0, affine=False, device=device)
    double = nn.GroupNorm(1, 2, dtype=torch.float64, device=device)
    x, near = rows([[1.0, 3.0]], device), rows([[0.001, -0.001]], device)

    assert begun == ([1, 1], [0, 0])
    assert (
        F.group_norm(near, 1).tolist()
        == nn.GroupNorm(1, 2, device=device)(near).tolist()
    )
    assert norm(x).tolist() == [[8, 24]]
    assert norm.eval()(x).tolist() == [[8, 24]]
    assert (plain.weight, plain.bias) == (None, None)
    assert plain(x).tolist() == [[-0.5, 0.5]]
    assert (nn.GroupNorm(1, 2).eps, list(norm.buffers())) == (1e-5, [])
    assert repr(plain).startswith("GroupNorm(1, 2, eps=3.0, affine=False")
    assert [p.dtype for p in double.parameters()] == [torch.float64] * 2
    norm.reset_parameters()
    assert (norm.weight.tolist(), norm.bias.tolist()) == begun


@claim("nn.groupnorm.sizes-checked", see=GROUP_NORM)
def test_the_groups_must_divide_the_channels(device):
    """A number of channels that the groups don't divide raises ValueError when the
    layer is made and RuntimeError when it is called; one value for each group raises
    ValueError.
    """
    norm = nn.GroupNorm(2, 4, device=device)

    with pytest.raises(ValueError, match="must be divisible by num_groups"):
        nn.GroupNorm(2, 3)
    with pytest.raises(RuntimeError, match="to be divisible by num_groups, but got"):
        norm(torch.ones(2, 5, device=device))
    with pytest.raises(RuntimeError, match=r"weight of shape \[4\] and input of shape"):
        norm(torch.ones(2, 6, device=device))
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        nn.GroupNorm(2, 2, device=device)(torch.ones(1, 2, device=device))


@claim("nn.groupnorm.needs-two-dimensions", see=GROUP_NORM, since="2.0")
def test_group_norm_needs_a_batch(device):
    """An input of one dimension raises RuntimeError."""
    with pytest.raises(
        RuntimeError, match="at least 2 dimensions for input tensor but"
    ):
        nn.GroupNorm(1, 3, device=device)(torch.ones(3, device=device))


# --- instance normalisation -----------------------------------------------------------


@claim("nn.instancenorm.per-sample-and-channel", see=INSTANCE_NORM)
@pytest.mark.parametrize(
    ("layer", "axes"),
    [
        (nn.InstanceNorm1d, [2]),
        (nn.InstanceNorm2d, [1, 2]),
        (nn.InstanceNorm3d, [2, 1, 1]),
    ],
    ids=["1d", "2d", "3d"],
)
def test_instance_norm_takes_each_channel_of_each_sample(device, layer, axes):
    """InstanceNorm normalises each channel of each sample alone, in both modes; it has
    neither parameters nor buffers by default, and takes one sample without a batch.
    """
    norm = layer(2, eps=3.0, device=device)
    x = rows([[[1.0, 3.0], [0.0, 0.0]], [[4.0, 6.0], [9.0, 7.0]]], device)
    x = x.view(2, 2, *axes)

    training, evaluating = norm(x), norm.eval()(x)
    alone = norm(x[0])

    expected = [[[-0.5, 0.5], [0, 0]], [[-0.5, 0.5], [0.5, -0.5]]]
    assert training.shape == (2, 2, *axes)
    assert training.view(2, 2, 2).tolist() == expected
    assert evaluating.view(2, 2, 2).tolist() == expected
    assert (alone.shape, alone.view(2, 2).tolist()) == ((2, *axes), expected[0])
    assert list(norm.state_dict()) == []
    assert (norm.affine, norm.track_running_stats) == (False, False)
    assert (layer(2).eps, layer(2).momentum) == (1e-5, 0.1)
    assert repr(norm).startswith(f"{layer.__name__}(2, eps=3.0, momentum=0.1, affine=F")


@claim("nn.instancenorm.running-statistics", see=INSTANCE_NORM)
def test_instance_norm_can_keep_statistics(device):
    """With track_running_stats=True InstanceNorm learns the mean over the samples of
    their means and unbiased variances in training, and normalises by them in
    evaluation.
    """
    norm = nn.InstanceNorm1d(
        1, eps=2.5, momentum=0.5, affine=True, track_running_stats=True, device=device
    )
    filled(norm, [4.0], [10.0])
    x = rows([[[1.0, 3.0]], [[5.0, 7.0]]], device)

    norm(x)
    learned = (norm.running_mean.item(), norm.running_var.item())
    output = norm.eval()(x)

    # Means 2 and 6, variances 2 and 2; eval divides by sqrt(1.5 + 2.5).
    assert learned == (2, 1.5)
    assert output.tolist() == [[[8, 12]], [[16, 20]]]
    assert (norm.running_mean.item(), norm.running_var.item()) == (2, 1.5)


@claim("nn.instancenorm.function", see="generated/torch.nn.functional.instance_norm")
def test_instance_norm_as_a_function(device):
    """F.instance_norm normalises by the input, and writes into the statistics, with
    momentum=0.1, if there are any; with use_input_stats=False it normalises by those.
    """
    x = rows([[[1.0, 3.0], [2.0, 8.0]]], device)
    mean, var = rows([1.0, 2.0], device), rows([13.0, 6.0], device)
    weight, bias = rows([2.0, 4.0], device), rows([5.0, 6.0], device)

    by_given = F.instance_norm(x, mean, var, weight, bias, False, eps=3.0)
    one_place = F.instance_norm(x[..., :1], mean, var, use_input_stats=False, eps=3.0)
    untouched = (mean.tolist(), var.tolist())
    by_input = F.instance_norm(x, mean, var, weight, bias, eps=3.0)
    small = F.instance_norm(rows([[[0.001, -0.001]]], device))

    assert by_given.tolist() == [[[5, 6], [6, 14]]]
    assert one_place.tolist() == [[[0], [0]]]
    assert untouched == ([1, 2], [13, 6])
    scaled = 3 / math.sqrt(9 + 3) * 4
    assert by_input[0, 0].tolist() == [4, 6]
    assert by_input[0, 1].tolist() == pytest.approx([6 - scaled, 6 + scaled], rel=1e-6)
    assert mean.tolist() == pytest.approx([1.1, 2.3], rel=1e-6)
    assert var.tolist() == pytest.approx([11.9, 7.2], rel=1e-6)
    assert x.tolist() == [[[1, 3], [2, 8]]]
    scaled = 0.001 / math.sqrt(1e-6 + 1e-5)
    assert small.flatten().tolist() == pytest.approx([scaled, -scaled], rel=1e-5)


@claim("nn.instancenorm.rank", see=INSTANCE_NORM)
@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (nn.InstanceNorm1d, (2,), r"expected 2D or 3D input \(got 1D input\)"),
        (nn.InstanceNorm2d, (2,) * 5, r"expected 3D or 4D input \(got 5D input\)"),
        (nn.InstanceNorm3d, (2, 2, 2), r"expected 4D or 5D input \(got 3D input\)"),
        (nn.InstanceNorm1d, (1, 2, 1), "Expected more than 1 spatial element when"),
        (nn.InstanceNorm2d, (2, 1, 1), "Expected more than 1 spatial element when"),
    ],
    ids=["1d", "2d", "3d", "one-value", "one-pixel"],
)
def test_instance_norm_checks_dimensions_and_space(device, layer, shape, message):
    """Another number of dimensions raises ValueError in both modes, and so does a
    single pixel, for there are no running statistics by default.
    """
    norm = layer(2, device=device)
    x = torch.ones(shape, device=device)

    with pytest.raises(ValueError, match=message):
        norm(x)
    with pytest.raises(ValueError, match=message):
        norm.eval()(x)


@claim("nn.instancenorm.wrong-channels", see=INSTANCE_NORM, since="2.1")
def test_instance_norm_minds_the_channels_only_with_weights(device):
    """Another number of channels raises ValueError if there are weights, and else is
    normalised with a warning that num_features isn't used.
    """
    x = rows([[[1.0, 3.0], [9.0, 7.0], [4.0, 6.0]]], device)

    with pytest.raises(
        ValueError, match=r"dim=1 to match num_features \(2\), but got: 3"
    ):
        nn.InstanceNorm1d(2, affine=True, device=device)(x)
    with pytest.warns(UserWarning, match="size at dim=0 does not match num_features"):
        output = nn.InstanceNorm1d(2, eps=3.0, device=device)(x[0])

    assert output.tolist() == [[-0.5, 0.5], [0.5, -0.5], [-0.5, 0.5]]


@claim("nn.normalisation.lazy-kinds", see="generated/torch.nn.LazyInstanceNorm1d")
@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
@pytest.mark.parametrize(
    ("lazy", "layer", "axes"),
    [
        (nn.LazyBatchNorm2d, nn.BatchNorm2d, [2, 2]),
        (nn.LazyBatchNorm3d, nn.BatchNorm3d, [1, 2, 2]),
        (nn.LazyInstanceNorm1d, nn.InstanceNorm1d, [4]),
        (nn.LazyInstanceNorm2d, nn.InstanceNorm2d, [2, 2]),
        (nn.LazyInstanceNorm3d, nn.InstanceNorm3d, [1, 2, 2]),
    ],
    ids=["batch-2d", "batch-3d", "instance-1d", "instance-2d", "instance-3d"],
)
def test_lazy_norms_learn_their_channels(device, lazy, layer, axes):
    """The first input of a lazy BatchNorm or InstanceNorm makes it the plain layer with
    as many channels as its second size, with the options of the lazy one.
    """
    norm = lazy(3.0, 0.5, True, True, device=device)
    plain = layer(3, 3.0, 0.5, True, True, device=device)
    x = torch.arange(24.0, device=device).view(2, 3, *axes)

    begun = (type(norm), norm.num_features)
    output = norm(x)

    assert begun == (lazy, 0)
    assert (type(norm), norm.num_features) == (layer, 3)
    assert repr(norm) == repr(plain)
    assert output.tolist() == plain(x).tolist()
    assert norm.running_mean.tolist() == plain.running_mean.tolist()
    assert list(norm.state_dict()) == list(plain.state_dict())


@claim(
    "nn.instancenorm.lazy-defaults",
    see="generated/torch.nn.LazyInstanceNorm1d",
    level="observed",
)
@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
def test_a_lazy_instance_norm_has_other_defaults(device):
    """A LazyInstanceNorm has weights, biases and running statistics by default, where
    an InstanceNorm has none of them.
    """
    norm = nn.LazyInstanceNorm1d(device=device)

    norm(torch.ones(2, 3, 4, device=device))

    assert (norm.affine, norm.track_running_stats) == (True, True)
    assert [tuple(p.shape) for p in norm.parameters()] == [(3,), (3,)]
    assert [tuple(b.shape) for b in norm.buffers()] == [(3,), (3,), ()]
    assert list(nn.InstanceNorm1d(3, device=device).state_dict()) == []


# --- other norms ----------------------------------------------------------------------


@claim("nn.rmsnorm.divides-by-the-root-mean-square", see=RMS_NORM, since="2.4")
def test_rms_norm_does_not_shift(device):
    """RMSNorm divides the last dimensions by the root of the mean square plus eps,
    without taking off the mean, and multiplies by a weight for each element, which
    begins as 1 in the dtype given.
    """
    norm = nn.RMSNorm(2, eps=7.0, device=device)
    plain = nn.RMSNorm([2], eps=39.0, elementwise_affine=False, device=device)
    x = rows([[1.0, 7.0], [-1.0, 7.0]], device)

    begun = norm.weight.tolist()
    norm.weight.data.copy_(torch.tensor([2.0, 8.0]))

    assert begun == [1, 1]
    assert [name for name, _ in norm.named_parameters()] == ["weight"]
    assert norm(rows([3.0, -3.0], device)).tolist() == [1.5, -6]
    assert plain(x).tolist() == [[0.125, 0.875], [-0.125, 0.875]]
    assert (plain.weight, plain.normalized_shape) == (None, (2,))
    assert repr(plain) == "RMSNorm((2,), eps=39.0, elementwise_affine=False)"
    assert F.rms_norm(rows([3.0, 3.0], device), [2], eps=7.0).tolist() == [0.75, 0.75]
    norm.reset_parameters()
    assert norm.weight.tolist() == [1, 1]
    assert nn.RMSNorm(2, dtype=torch.float64).weight.dtype == torch.float64


@claim("nn.rmsnorm.eps", see=RMS_NORM, since="2.4")
def test_the_eps_of_rms_norm_is_that_of_the_dtype(device):
    """Without eps RMSNorm adds the machine epsilon of the dtype."""
    norm = nn.RMSNorm(1, device=device)

    output = norm(rows([[1e-4]], device))

    expected = 1e-4 / math.sqrt(1e-8 + 2**-23)
    assert norm.eps is None
    assert output.item() == pytest.approx(expected, rel=1e-5)


@claim("nn.normalize.divides-by-the-norm", see=NORMALIZE)
def test_normalize_divides_by_the_norm(device):
    """F.normalize divides by the norm along a dimension, by default the 2-norm along
    dimension 1, into a new tensor; zeros stay zeros.
    """
    x = rows([[3.0, 4.0], [0.0, 0.0]], device)

    two, one = F.normalize(x), F.normalize(x, 1.0)
    largest, down = F.normalize(x, math.inf), F.normalize(x, dim=0)

    assert two.flatten().tolist() == pytest.approx([0.6, 0.8, 0, 0], rel=1e-6)
    assert one.flatten().tolist() == pytest.approx([3 / 7, 4 / 7, 0, 0], rel=1e-6)
    assert largest.tolist() == [[0.75, 1], [0, 0]]
    assert down.tolist() == [[1, 1], [0, 0]]
    assert F.normalize(x[0], dim=-1).tolist() == two[0].tolist()
    assert x.tolist() == [[3, 4], [0, 0]]
    with pytest.raises(IndexError, match="Dimension out of range"):
        F.normalize(x[0])


@claim("nn.normalize.eps-and-out", see=NORMALIZE)
def test_normalize_divides_by_at_least_eps(device):
    """The divisor of F.normalize is never below eps, by default 1e-12; out= is filled
    and returned.
    """
    x = rows([[3.0, 4.0], [0.0, 16.0]], device)
    out = torch.empty(2, 2, device=device)

    output = F.normalize(x, eps=8.0, out=out)
    small = F.normalize(rows([[2e-12, 0.0], [5e-13, 0.0]], device))

    assert output is out
    assert out.tolist() == [[0.375, 0.5], [0, 1]]
    assert F.normalize(x, eps=8.0).tolist() == [[0.375, 0.5], [0, 1]]
    assert small.flatten().tolist() == pytest.approx([1, 0, 0.5, 0], rel=1e-6)


@claim(
    "nn.local-response-norm.neighbouring-channels",
    see="generated/torch.nn.LocalResponseNorm",
)
def test_local_response_norm_divides_by_neighbouring_channels(device):
    """LocalResponseNorm divides by (k + alpha * m) ** beta, where m is the sum of
    squares of the channels around, divided by how many there may be, at each place of
    the dimensions behind them; fewer than three dimensions raise ValueError.
    """
    norm = nn.LocalResponseNorm(2, alpha=6.0, beta=0.5, k=4.0)
    x = rows([[[2.0], [4.0], [0.0]]], device)
    image = torch.arange(48.0, device=device).view(2, 3, 2, 4)
    lines = image.flatten(2)

    # Channels 0 and 1 have m = (0 + 4) / 2 and (4 + 16) / 2, so 4 + 12 and 4 + 60.
    expected = [[[0.5], [0.5], [0]]]
    assert norm(x).tolist() == expected
    assert norm(x.unsqueeze(3)).squeeze(3).tolist() == expected
    assert norm(image).flatten(2).tolist() == norm(lines).tolist()
    assert norm(image.unsqueeze(3)).shape == (2, 3, 2, 1, 4)
    assert norm(image.unsqueeze(3)).flatten(2).tolist() == norm(lines).tolist()
    assert norm(x[:0]).shape == (0, 3, 1)
    assert F.local_response_norm(x, 2, 6.0, 0.5, 4.0).tolist() == expected
    assert F.local_response_norm(x, 2).tolist() == nn.LocalResponseNorm(2)(x).tolist()
    assert repr(nn.LocalResponseNorm(2)).endswith("(2, alpha=0.0001, beta=0.75, k=1.0)")
    with pytest.raises(ValueError, match="Expected 3D or higher dimensionality"):
        norm(x[0])
    assert x.tolist() == [[[2], [4], [0]]]
    assert image.flatten().tolist() == list(range(48))

"""Every module has a flag, ``training``; train() and eval() set it, all the way down.

The flag does nothing by itself: it is what some layers look at when they are called. A
Dropout drops elements only while it is training, and a BatchNorm then normalises by the
batch that it is given and learns running statistics from it; afterwards it normalises
by those. Gradients have a switch of their own, and neither switch moves the other.

It is commonly believed that eval() turns BatchNorm off, that it turns off every
dropout, and that no_grad() is enough to evaluate a model. None of the three is so.
"""

import copy
import math
import warnings

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models.normalisation import BatchNorm
from torch_semantics import claim

MODULE = "generated/torch.nn.Module"
DROPOUT = "generated/torch.nn.Dropout"
BATCH_NORM = "generated/torch.nn.BatchNorm1d"


def column(values, device):
    """Return a batch of samples with one feature each."""
    return torch.tensor(values, device=device).unsqueeze(1)


def counted(shape, device):
    """Return a tensor of the numbers 1, 2, 3, ... in the order of its elements."""
    return torch.arange(1.0, math.prod(shape) + 1, device=device).view(shape)


def factors(output):
    """Return what 1, 2, 3, ... were multiplied by, in the order of the elements."""
    return [y / n for n, y in enumerate(output.flatten().tolist(), start=1)]


# --- the flag -------------------------------------------------------------------------


@claim("nn.train-eval.starts-in-training", see=MODULE)
def test_a_new_module_is_in_training_mode(device):
    """A new module is in training mode, wherever it is made, and so are its parts."""
    with torch.no_grad():
        made = [
            nn.Module(),
            nn.Linear(1, 1, device=device),
            nn.Dropout(),
            nn.BatchNorm1d(1, device=device),
            nn.LSTM(1, 1, device=device),
            nn.Sequential(nn.Dropout()),
            nn.Sequential(nn.Dropout())[0],
        ]

    assert [module.training for module in made] == [True] * 7


@claim(
    "nn.train-eval.flag-is-recursive",
    also=["nn.module.eval-and-train"],
    see=MODULE,
)
def test_train_and_eval_set_the_flag_all_the_way_down():
    """eval() turns the flag of a module and of all modules inside it off, train() turns
    them on again, and both return the module itself.
    """
    leaf = nn.Dropout()
    inner = nn.Sequential(nn.Identity(), leaf)
    model = nn.Sequential(nn.ModuleDict({"block": nn.ModuleList([inner])}), nn.ReLU())

    after_eval = model.eval()
    evaluating = [module.training for module in model.modules()]
    after_train = model.train()
    training = [module.training for module in model.modules()]

    assert after_eval is model
    assert after_train is model
    assert evaluating == [False] * 7
    assert training == [True] * 7
    assert leaf.training is True


@claim("nn.train-eval.train-takes-the-mode", see=MODULE)
def test_train_with_false_is_eval():
    """train(False) does what eval() does, train(True) what train() does, and mode can
    be given by name; each returns the module.
    """
    model = nn.Sequential(nn.Dropout())

    off = model.train(False)
    after_off = (model.training, model[0].training)
    on = model.train(True)
    after_on = (model.training, model[0].training)
    named = model.train(mode=False)

    assert (off is model, on is model, named is model) == (True, True, True)
    assert after_off == (False, False)
    assert after_on == (True, True)
    assert (model.training, model[0].training) == (False, False)


@claim("nn.train-eval.again-changes-nothing", see=MODULE)
def test_the_mode_that_is_set_already_can_be_set_again():
    """Setting the mode that a module is in already leaves its own flag, and reaches
    modules inside it that are in the other mode.
    """
    model = nn.Sequential(nn.Dropout(), nn.Dropout())
    model[1].eval()

    model.train()
    on = [module.training for module in model.modules()]
    model.eval()
    model.eval()

    assert on == [True, True, True]
    assert [module.training for module in model.modules()] == [False, False, False]


@claim("nn.train-eval.mode-is-a-bool", see=MODULE)
@pytest.mark.parametrize("mode", [0, 1, None, "eval"], ids=repr)
def test_the_mode_must_be_a_bool(mode):
    """train() with anything but a bool, even 0 or 1, raises ValueError and leaves the
    flags as they are.
    """
    model = nn.Sequential(nn.Dropout())
    model[0].eval()

    with pytest.raises(ValueError, match="training mode is expected to be boolean"):
        model.train(mode)

    assert model.training is True
    assert model[0].training is False


@claim("nn.train-eval.only-below", see=MODULE)
def test_a_submodule_has_a_mode_of_its_own():
    """eval() on a submodule leaves its parent and its siblings in training mode, until
    train() or eval() on the parent overrides it.
    """
    model = nn.Sequential(nn.Dropout(), nn.Dropout())

    model[0].eval()
    mixed = (model.training, model[0].training, model[1].training)
    model.train()
    overridden = (model.training, model[0].training, model[1].training)

    assert mixed == (True, False, True)
    assert overridden == (True, True, True)


@claim("nn.train-eval.attribute-sets-one", see=MODULE)
def test_assigning_the_flag_sets_one_module():
    """The flag is an attribute: assigning it sets one module and none inside it."""
    model = nn.Sequential(nn.Dropout())

    model.training = False

    assert (model.training, model[0].training) == (False, True)


@claim("nn.train-eval.unregistered-not-reached", see=MODULE)
def test_modules_that_are_not_registered_are_not_reached():
    """eval() reaches neither modules in a plain list nor modules that are put in later,
    and passes over a submodule that is None.
    """
    model = nn.Module()
    model.registered = nn.Dropout()
    model.hidden = [nn.Dropout()]
    model.register_module("absent", None)

    model.eval()
    model.later = nn.Dropout()

    assert (model.training, model.registered.training) == (False, False)
    assert (model.hidden[0].training, model.later.training) == (True, True)


class KeepsEvaluating(nn.Module):
    """Stays in evaluation mode, and notes what train() was called with."""

    def __init__(self):
        super().__init__()
        self.called_with = []

    def train(self, mode=True):
        """Stay in evaluation mode."""
        self.called_with.append(mode)
        return super().train(False)


@claim("nn.train-eval.calls-train-of-children", see=MODULE)
def test_the_mode_goes_down_through_train_of_each_child():
    """train() and eval() of a parent call train(mode) of each child once, so that a
    child can overrule it.
    """
    model = nn.Sequential(KeepsEvaluating(), nn.Dropout())

    model.train()
    flags = (model.training, model[0].training, model[1].training)
    model.eval()
    model[0].eval()

    assert flags == (True, False, True)
    assert model[0].called_with == [True, False, False]


@claim("nn.train-eval.changes-only-the-flag", see=MODULE)
def test_switching_modes_changes_nothing_but_the_flag(device):
    """Switching modes leaves the parameters, their values, their requires_grad and
    gradients, the state dict's keys and grad mode as they are.
    """
    layer = nn.Linear(1, 1, device=device)
    weight, bias = layer.weight, layer.bias
    weight.data.fill_(2.0)
    weight.grad = torch.tensor([[5.0]], device=device)
    bias.requires_grad = False

    layer.eval()
    evaluating = (weight.requires_grad, bias.requires_grad, torch.is_grad_enabled())
    layer.train()

    assert evaluating == (True, False, True)
    assert layer.weight is weight
    assert layer.bias is bias
    assert (weight.requires_grad, bias.requires_grad) == (True, False)
    assert (weight.tolist(), weight.grad.tolist()) == ([[2]], [[5]])
    assert list(layer.state_dict()) == ["weight", "bias"]


@claim("nn.train-eval.copied-with-the-module", see=MODULE)
def test_a_deep_copy_is_in_the_mode_of_its_original():
    """A deep copy has the flags of its original, and is switched by itself."""
    model = nn.Sequential(nn.Dropout()).eval()

    copied = copy.deepcopy(model)
    flags = (copied.training, copied[0].training)
    copied.train()

    assert flags == (False, False)
    assert (model.training, model[0].training) == (False, False)


@claim(
    "nn.modes.eval-keeps-gradients", see="notes/autograd#evaluation-mode-nn-module-eval"
)
def test_eval_does_not_turn_gradients_off(device):
    """In evaluation mode the output still requires gradients, and backward fills them
    in for the parameters and for the input.
    """
    model = nn.Sequential(nn.Linear(1, 1, device=device), nn.Dropout(1.0)).eval()
    model[0].weight.data.fill_(3.0)
    x = torch.tensor([[2.0]], device=device, requires_grad=True)

    output = model(x)
    output.backward()

    assert output.requires_grad is True
    assert model[0].weight.grad.tolist() == [[2]]
    assert model[0].bias.grad.tolist() == [1]
    assert x.grad.tolist() == [[3]]


# --- dropout --------------------------------------------------------------------------

# Each layer with a shape of 16 elements that it is made for.
LAYERS = {
    nn.Dropout: (4, 4),
    nn.Dropout1d: (2, 4, 2),
    nn.Dropout2d: (2, 4, 1, 2),
    nn.Dropout3d: (2, 4, 1, 1, 2),
    nn.AlphaDropout: (4, 4),
    nn.FeatureAlphaDropout: (2, 4, 2),
}
every_layer = pytest.mark.parametrize(
    ("layer", "shape"), LAYERS.items(), ids=[layer.__name__ for layer in LAYERS]
)


@claim("nn.train.dropout-scales-survivors", see=DROPOUT)
def test_dropout_zeroes_elements_and_scales_the_others(device):
    """In training mode a Dropout makes some elements 0, multiplies the others by
    1/(1 - p) into a new tensor, and leaves its input as it is.
    """
    x = counted((8, 8), device)

    half = nn.Dropout(0.5)(x)
    quarter = nn.Dropout(0.75)(x)

    assert (half.shape, half.dtype) == ((8, 8), torch.float32)
    assert (quarter.shape, quarter.dtype) == ((8, 8), torch.float32)
    assert set(factors(half)) == {0, 2}
    assert set(factors(quarter)) == {0, 4}
    assert x.tolist() == counted((8, 8), device).tolist()


@claim("nn.train.dropout-share-of-zeros", see=DROPOUT)
def test_the_share_of_dropped_elements_is_near_p(device):
    """Each element is dropped with probability p on its own: the share of zeros is near
    p in every column, and the mean is kept.
    """
    ones = torch.ones(1000, 4, device=device)

    dropped = nn.Dropout(0.75)(ones)
    shares = (dropped == 0).float().mean(0)

    # The standard deviation of a share is 0.014.
    assert shares.tolist() == pytest.approx([0.75] * 4, abs=0.07)
    assert dropped.mean().item() == pytest.approx(1, abs=0.14)
    assert len(set(map(tuple, dropped[:64].tolist()))) > 4


@claim("nn.eval.dropout-becomes-identity", see=DROPOUT)
def test_in_eval_mode_dropout_returns_its_input(device):
    """In evaluation mode a dropout layer returns the very tensor that it is given,
    whatever p is, and draws no random number.
    """
    inputs = [torch.ones(shape, device=device) for shape in LAYERS.values()]
    torch.manual_seed(0)
    expected = torch.rand(3, device=device).tolist()

    torch.manual_seed(0)
    by_half = [layer(0.5).eval()(x) for layer, x in zip(LAYERS, inputs)]
    by_all = [layer(1.0).eval()(x) for layer, x in zip(LAYERS, inputs)]
    drawn = torch.rand(3, device=device).tolist()

    assert [output is x for output, x in zip(by_half, inputs)] == [True] * 6
    assert [output is x for output, x in zip(by_all, inputs)] == [True] * 6
    assert [x.unique().tolist() for x in inputs] == [[1]] * 6
    assert drawn == expected


@claim("nn.dropout.modes", see=DROPOUT)
def test_train_switches_dropout_on_again(device):
    """A Dropout drops in training mode, returns its input in evaluation mode, and drops
    again after train().
    """
    dropout = nn.Dropout(0.5)
    x = counted((64,), device)

    first = dropout(x)
    between = dropout.eval()(x)
    again = dropout.train()(x)

    assert set(factors(first)) == {0, 2}
    assert between is x
    assert set(factors(again)) == {0, 2}
    assert (first.shape, again.shape) == ((64,), (64,))
    assert again.tolist() != first.tolist()


@claim("nn.dropout.zero-and-one", see=DROPOUT)
def test_dropout_with_probability_zero_and_one(device):
    """In training mode p=0 keeps every element as it is, and p=1 makes them all 0."""
    inputs = [counted(shape, device) for shape in LAYERS.values()]

    kept = [layer(0.0)(x) for layer, x in zip(LAYERS, inputs)]
    dropped = [layer(1.0)(x) for layer, x in zip(LAYERS, inputs)]

    assert [output.shape for output in kept] == list(LAYERS.values())
    assert [output.shape for output in dropped] == list(LAYERS.values())
    assert [factors(output) for output in kept] == [[1] * 16] * 6
    assert [factors(output) for output in dropped] == [[0] * 16] * 6
    assert [factors(x) for x in inputs] == [[1] * 16] * 6


@claim("nn.dropout.probability-range", see=DROPOUT)
@every_layer
def test_the_probability_is_between_zero_and_one(device, layer, shape):
    """A dropout layer with p below 0 or above 1 is refused with ValueError, and one
    whose p is changed to such a value afterwards when it is called, in either mode.
    """
    x = torch.ones(shape, device=device)
    changed = layer()
    changed.p = 1.5

    with pytest.raises(ValueError, match=r"has to be between 0 and 1, but got -0.1"):
        layer(-0.1)
    with pytest.raises(ValueError, match=r"has to be between 0 and 1, but got 1.1"):
        layer(p=1.1)
    with pytest.raises(ValueError, match=r"has to be between 0 and 1, but got 1.5"):
        changed(x)
    with pytest.raises(ValueError, match=r"has to be between 0 and 1, but got 1.5"):
        changed.eval()(x)


@claim("nn.dropout.defaults", see=DROPOUT)
def test_dropout_drops_half_by_default_and_not_in_place():
    """A dropout layer has p=0.5 and inplace=False unless told otherwise, by position
    or by name, and its repr says both; it has no parameters and no buffers.
    """
    default, told = nn.Dropout(), nn.Dropout2d(0.25, True)

    assert (default.p, default.inplace) == (0.5, False)
    assert (told.p, told.inplace) == (0.25, True)
    assert repr(default) == "Dropout(p=0.5, inplace=False)"
    assert repr(told) == "Dropout2d(p=0.25, inplace=True)"
    assert repr(nn.AlphaDropout(p=1, inplace=True)) == "AlphaDropout(p=1, inplace=True)"
    assert list(default.state_dict()) == []


@claim("nn.dropout.p-read-at-call", see=DROPOUT)
def test_a_changed_probability_counts_from_the_next_call(device):
    """A Dropout reads p when it is called, so that changing the attribute takes effect
    from the next call on.
    """
    dropout = nn.Dropout(0.0)

    dropout.p = 1.0
    output = dropout(torch.ones(3, device=device))

    assert output.tolist() == [0, 0, 0]


@claim("nn.dropout.new-mask-each-call", see=DROPOUT)
def test_every_call_draws_a_new_mask_and_a_seed_repeats_it(device):
    """Each call draws another mask, and seeding the generator brings the same masks
    back in the same order.
    """
    dropout = nn.Dropout(0.5)
    ones = torch.ones(64, device=device)

    torch.manual_seed(7)
    first, second = dropout(ones), dropout(ones)
    torch.manual_seed(7)
    again = [dropout(ones).tolist(), dropout(ones).tolist()]

    assert first.tolist() != second.tolist()
    assert again == [first.tolist(), second.tolist()]


@claim("nn.dropout.gradient-has-the-mask", see=DROPOUT)
@pytest.mark.parametrize("inplace", [False, True], ids=["new", "in-place"])
def test_the_gradient_is_masked_and_scaled_like_the_output(device, inplace):
    """Backward multiplies the gradient by the mask and the scale of the forward pass:
    a dropped element gets 0, a kept one 1/(1 - p) of what arrives.
    """
    x = torch.ones(32, device=device, requires_grad=True)
    arriving = torch.arange(1.0, 33, device=device)

    output = nn.Dropout(0.75, inplace)(x * 1)
    output.backward(arriving)

    factors = output.tolist()
    assert set(factors) == {0, 4}
    assert x.grad.tolist() == [n * f for n, f in enumerate(factors, start=1)]


# Each form of dropout in place, with a shape of four elements for its input.
IN_PLACE = [
    (lambda x: nn.Dropout(1.0, inplace=True)(x), (2, 2)),
    (lambda x: nn.Dropout1d(1.0, inplace=True)(x), (1, 2, 2)),
    (lambda x: nn.Dropout1d(1.0, inplace=True)(x), (2, 2)),
    (lambda x: nn.Dropout2d(1.0, inplace=True)(x), (1, 2, 1, 2)),
    (lambda x: nn.Dropout3d(1.0, inplace=True)(x), (1, 2, 1, 1, 2)),
    (lambda x: nn.Dropout3d(1.0, inplace=True)(x), (2, 1, 1, 2)),
    (lambda x: F.dropout(x, 1.0, inplace=True), (2, 2)),
    (lambda x: F.dropout2d(x, 1.0, inplace=True), (1, 2, 1, 2)),
    (lambda x: F.alpha_dropout(x, 1.0, True, True), (2, 2)),
    (lambda x: F.feature_alpha_dropout(x, 1.0, True, True), (1, 2, 2)),
]


@claim("nn.dropout.inplace", see=DROPOUT)
def test_dropout_in_place_writes_into_its_input(device):
    """With inplace=True Dropout, Dropout1d, 2d and 3d and functional dropout write into
    the tensor that they are given, and return that tensor with the shape that it had.
    """
    inputs = [torch.ones(shape, device=device) for _, shape in IN_PLACE]

    outputs = [drop(x) for (drop, _), x in zip(IN_PLACE, inputs)]

    assert [output is x for output, x in zip(outputs, inputs)] == [True] * 10
    assert [x.shape for x in inputs] == [shape for _, shape in IN_PLACE]
    assert [x.flatten().tolist() for x in inputs] == [[0, 0, 0, 0]] * 10


@claim("nn.dropout.inplace-of-leaf", see=DROPOUT)
def test_dropout_in_place_refuses_a_leaf_that_requires_gradients(device):
    """In-place dropout of a leaf that requires gradients raises RuntimeError."""
    leaf = torch.ones(2, device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        nn.Dropout(1.0, inplace=True)(leaf)

    assert leaf.tolist() == [1, 1]


@claim("nn.dropout.inplace-in-eval", see=DROPOUT)
def test_dropout_in_place_leaves_its_input_in_eval_mode(device):
    """In evaluation mode an in-place Dropout returns its input and writes nothing."""
    x = torch.ones(2, device=device)

    output = nn.Dropout(1.0, inplace=True).eval()(x)

    assert output is x
    assert x.tolist() == [1, 1]


@claim("nn.dropout.any-shape", see=DROPOUT)
def test_dropout_takes_any_shape_and_keeps_the_dtype(device):
    """Dropout takes a tensor of any shape, with no dimension or no element too, and
    gives one of the same shape and floating-point dtype.
    """
    dropout = nn.Dropout(0.75)

    scalar = dropout(torch.tensor(1.0, device=device))
    empty = dropout(torch.ones(0, 3, dtype=torch.float64, device=device))
    turned = dropout(counted((8, 3), device).bfloat16().t())

    assert (scalar.shape, scalar.item() in (0, 4)) == ((), True)
    assert (empty.shape, empty.dtype) == ((0, 3), torch.float64)
    assert (turned.shape, turned.dtype) == ((3, 8), torch.bfloat16)
    assert set(factors(turned.t())) == {0, 4}


@claim("nn.dropout.integers-refused", see=DROPOUT)
def test_dropout_refuses_integers(device):
    """In training mode Dropout of integers, with p between 0 and 1, raises
    RuntimeError; in evaluation mode it returns them.
    """
    dropout = nn.Dropout(0.5)
    integers = torch.ones(2, dtype=torch.int64, device=device)

    with pytest.raises(RuntimeError, match="result type Float can't be cast"):
        dropout(integers)

    assert dropout.eval()(integers) is integers


# --- dropout of whole channels --------------------------------------------------------


@claim("nn.dropout.whole-channels", see="generated/torch.nn.Dropout2d")
@pytest.mark.parametrize(
    ("layer", "axes"),
    [(nn.Dropout1d, [2]), (nn.Dropout2d, [2, 1]), (nn.Dropout3d, [1, 1, 2])],
    ids=["Dropout1d", "Dropout2d", "Dropout3d"],
)
def test_channel_dropout_drops_or_scales_whole_channels(device, layer, axes):
    """Dropout1d, 2d and 3d draw once for each channel of each sample: they zero the
    whole channel, or multiply all of it by 1/(1 - p), without a warning.
    """
    x = counted((8, 8, *axes), device)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        output = layer(0.75)(x)

    by = factors(output)
    assert seen == []
    assert output.shape == (8, 8, *axes)
    assert set(zip(by[::2], by[1::2])) == {(0, 0), (4, 4)}
    assert 64 < by.count(0) < 124
    assert len({str(by[n : n + 16]) for n in range(0, 128, 16)}) > 1
    assert len({str(by[n::16]) for n in range(16)}) > 1


@claim("nn.dropout.channels-unbatched", see="generated/torch.nn.Dropout1d")
@pytest.mark.parametrize(
    ("layer", "axes"),
    [(nn.Dropout1d, [2]), (nn.Dropout3d, [2, 1, 1])],
    ids=["Dropout1d", "Dropout3d"],
)
def test_channel_dropout_takes_one_sample(device, layer, axes):
    """Dropout1d and Dropout3d take one sample without a batch dimension, and without a
    warning: the first dimension is then that of the channels.
    """
    x = counted((32, *axes), device)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        output = layer(0.5)(x)
    single = layer(0.5)(x[:1, :1])

    by = factors(output)
    assert seen == []
    assert (output.shape, x.shape) == ((32, *axes), (32, *axes))
    assert set(zip(by[::2], by[1::2])) == {(0, 0), (2, 2)}
    assert single.shape == (1,) * x.dim()


@claim("nn.dropout2d.three-dimensions", see="generated/torch.nn.Dropout2d")
def test_dropout2d_takes_three_dimensions_for_a_batch_of_lines(device):
    """Dropout2d warns about an input of three dimensions, and takes it for samples of
    channels of one axis: it draws for each index of the first two dimensions.
    """
    x = counted((1, 32, 2), device)

    with pytest.warns(UserWarning, match="interpreted as shape \\(N, C, L\\)"):
        output = nn.Dropout2d(0.5)(x)

    by = factors(output)
    assert output.shape == (1, 32, 2)
    assert set(zip(by[::2], by[1::2])) == {(0, 0), (2, 2)}


@claim("nn.dropout.channels-wrong-rank", see="generated/torch.nn.Dropout2d")
@pytest.mark.parametrize(
    ("layer", "dimensions"),
    [(nn.Dropout2d, 2), (nn.Dropout2d, 5), (nn.Dropout3d, 3)],
    ids=["Dropout2d-2", "Dropout2d-5", "Dropout3d-3"],
)
def test_dropout2d_and_3d_warn_about_another_number_of_dimensions(
    device, layer, dimensions
):
    """Dropout2d and Dropout3d warn about an input with fewer or more dimensions than
    they are for, and take it all the same.
    """
    x = torch.ones([2] * dimensions, device=device)

    with pytest.warns(UserWarning, match=f"Received a {dimensions}-D input"):
        output = layer(1.0)(x)

    assert output.shape == x.shape
    assert output.sum().item() == 0


@claim("nn.dropout1d.wrong-rank", see="generated/torch.nn.Dropout1d")
@pytest.mark.parametrize("dimensions", [1, 4])
def test_dropout1d_refuses_another_number_of_dimensions(device, dimensions):
    """Dropout1d raises RuntimeError unless its input has two or three dimensions, in
    evaluation mode too.
    """
    x = torch.ones([2] * dimensions, device=device)

    with pytest.raises(RuntimeError, match="dropout1d: Expected 2D or 3D input"):
        nn.Dropout1d()(x)
    with pytest.raises(RuntimeError, match=f"received a {dimensions}D input"):
        nn.Dropout1d().eval()(x)


@claim("nn.alpha-dropout.values", see="generated/torch.nn.AlphaDropout")
@pytest.mark.parametrize(
    "drop",
    [
        lambda x: nn.AlphaDropout(0.5)(x),
        lambda x: F.alpha_dropout(x, 0.5, training=True),
        lambda x: nn.FeatureAlphaDropout(0.5)(x),
        lambda x: F.feature_alpha_dropout(x, 0.5, training=True),
    ],
    ids=["AlphaDropout", "F.alpha", "FeatureAlphaDropout", "F.feature-alpha"],
)
def test_alpha_dropout_sets_to_the_floor_of_selu(device, drop):
    """Alpha dropout sets dropped elements to the lowest value of SELU, -1.7581, and
    then scales and shifts all elements so that mean 0 and variance 1 are kept.
    """
    floor, p = -1.7580993408473766, 0.5
    scale = ((1 - p) * (1 + p * floor**2)) ** -0.5
    x = counted((16, 2), device)

    output = drop(x)

    inside = [y / scale + p * floor for y in output.flatten().tolist()]
    kept = [(y - floor) / (n - floor) for n, y in enumerate(inside, start=1)]
    assert output.shape == (16, 2)
    assert {round(k, 4) for k in kept} == {0, 1}
    assert x.tolist() == counted((16, 2), device).tolist()


@claim("nn.alpha-dropout.features", see="generated/torch.nn.FeatureAlphaDropout")
def test_alpha_dropout_draws_for_each_element_or_each_channel(device):
    """AlphaDropout draws for each element; FeatureAlphaDropout draws for each channel
    of each sample.
    """
    x = torch.ones(2, 32, 2, device=device)

    elements = nn.AlphaDropout(0.5)(x).sign().flatten().tolist()
    channels = nn.FeatureAlphaDropout(0.5)(x).sign().flatten().tolist()

    assert len(set(zip(elements[::2], elements[1::2]))) == 4
    assert set(zip(channels[::2], channels[1::2])) == {(-1, -1), (1, 1)}


# --- functions have no mode -----------------------------------------------------------


class ByFunction(nn.Module):
    """Drops everything by a function, with or without heeding the module's mode."""

    def __init__(self, heed):
        super().__init__()
        self.heed = heed

    def forward(self, x):
        """Return zeros, or the input."""
        return F.dropout(x, 1.0, self.training) if self.heed else F.dropout(x, 1.0)


@claim("nn.eval.functional-dropout-not-switched", see="nn.functional#dropout-functions")
def test_eval_does_not_reach_functional_dropout(device):
    """F.dropout in a forward keeps dropping after eval(), unless it is given the
    module's training flag.
    """
    x = torch.ones(2, device=device)

    heedless = ByFunction(heed=False).eval()
    heeding = ByFunction(heed=True).eval()

    assert heedless(x).tolist() == [0, 0]
    assert heeding(x).tolist() == [1, 1]
    assert heeding.train()(x).tolist() == [0, 0]


@claim(
    "nn.dropout.functional-defaults",
    see="generated/torch.nn.functional.dropout",
)
@pytest.mark.parametrize(
    "drop",
    [
        lambda x, **options: F.dropout(x, **options),
        lambda x, **options: F.dropout1d(x, **options),
        lambda x, **options: F.dropout2d(x[..., None], **options),
        lambda x, **options: F.dropout3d(x[..., None, None], **options),
    ],
    ids=["dropout", "dropout1d", "dropout2d", "dropout3d"],
)
def test_functional_dropout_drops_half_by_default(device, drop):
    """F.dropout, F.dropout1d, F.dropout2d and F.dropout3d drop with p=0.5 into a new
    tensor unless told otherwise, and give what they are given with training=False.
    """
    x = counted((1, 64, 1), device)

    dropped = drop(x)
    refused = drop(x, p=1.0, training=False)

    assert dropped.shape == refused.shape
    assert set(factors(dropped)) == {0, 2}
    assert factors(refused) == [1] * 64
    assert factors(x) == [1] * 64


@claim(
    "nn.alpha-dropout.functional-default-is-off",
    see="generated/torch.nn.functional.alpha_dropout",
)
def test_functional_alpha_dropout_is_off_by_default(device):
    """F.alpha_dropout and F.feature_alpha_dropout change nothing unless they are given
    training=True; then p=0.5 is the default.
    """
    x = torch.ones(1, 64, device=device)
    y = counted((1, 64), device)

    off = [F.alpha_dropout(y), F.feature_alpha_dropout(y)]
    on = [F.alpha_dropout(x, training=True), F.feature_alpha_dropout(x, training=True)]

    assert [factors(o) for o in off] == [[1] * 64, [1] * 64]
    assert [o.shape for o in on] == [(1, 64), (1, 64)]
    assert [o.unique().tolist() for o in on] == [
        pytest.approx([-0.7791939, 1.6655988], rel=1e-6)
    ] * 2


@claim(
    "nn.dropout.functional-probability-range",
    see="generated/torch.nn.functional.dropout",
)
@pytest.mark.parametrize(
    "drop",
    [
        lambda x, *options: F.dropout(x, *options),
        lambda x, *options: F.dropout1d(x[0], *options),
        lambda x, *options: F.dropout2d(x[..., None], *options),
        lambda x, *options: F.dropout3d(x[..., None, None], *options),
        lambda x, *options: F.alpha_dropout(x, *options),
        lambda x, *options: F.feature_alpha_dropout(x, *options),
    ],
    ids=["dropout", "1d", "2d", "3d", "alpha", "feature-alpha"],
)
def test_functional_dropout_checks_the_probability(device, drop):
    """Functional dropout with p outside 0 to 1 raises ValueError, with training=False
    and in place too, and writes nothing.
    """
    x = torch.ones(1, 2, 1, device=device)

    with pytest.raises(ValueError, match=r"between 0 and 1, but got -0.1"):
        drop(x, -0.1)
    with pytest.raises(ValueError, match=r"between 0 and 1, but got 1.1"):
        drop(x, 1.1, False, True)

    assert x.flatten().tolist() == [1, 1]


@claim("nn.dropout.in-torch", see=DROPOUT)
def test_torch_dropout_takes_the_mode_as_an_argument(device):
    """torch.dropout(x, p, train) drops like F.dropout, needs both arguments, and raises
    RuntimeError for p outside 0 to 1.
    """
    x = torch.ones(32, device=device)

    torch.manual_seed(3)
    dropped = torch.dropout(x, 0.75, True)
    torch.manual_seed(3)
    expected = F.dropout(x, 0.75)

    assert set(dropped.tolist()) == {0, 4}
    assert dropped.tolist() == expected.tolist()
    assert torch.dropout(x, 1.0, False).tolist() == [1] * 32
    with pytest.raises(TypeError, match="missing"):
        torch.dropout(x)
    with pytest.raises(RuntimeError, match=r"between 0 and 1, but got 1.1"):
        torch.dropout(x, 1.1, True)


# --- batch normalisation --------------------------------------------------------------


@claim("nn.train.batchnorm-batch-statistics-and-update", see=BATCH_NORM)
def test_batch_norm_in_training_normalises_by_the_batch_and_learns_from_it(device):
    """In training mode a BatchNorm normalises by the batch's mean and biased variance,
    moves its running statistics by the momentum towards the mean and the unbiased
    variance, and counts the batch.
    """
    norm = nn.BatchNorm1d(2, eps=3.0, device=device)

    output = norm(torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device))

    assert output.tolist() == [[-0.5, -0.5], [0.5, 0.5]]
    assert norm.running_mean.tolist() == pytest.approx([0.2, 0.3], rel=1e-6)
    assert norm.running_var.tolist() == pytest.approx([1.1, 1.1], rel=1e-6)
    assert norm.num_batches_tracked.item() == 1


@claim("nn.eval.batchnorm-uses-running-statistics", see=BATCH_NORM)
def test_batch_norm_in_eval_normalises_by_the_running_statistics(device):
    """In evaluation mode a BatchNorm still normalises, by its running statistics, then
    applies its weight and bias, and updates nothing.
    """
    norm = nn.BatchNorm1d(2, eps=4.0, device=device).eval()
    norm.running_mean.copy_(torch.tensor([1.0, 2.0]))
    norm.running_var.copy_(torch.tensor([12.0, 60.0]))
    norm.weight.data.copy_(torch.tensor([8.0, 16.0]))
    norm.bias.data.copy_(torch.tensor([5.0, 7.0]))

    output = norm(torch.tensor([[1.0, 2.0], [3.0, 6.0]], device=device))

    assert output.tolist() == [[5, 7], [9, 15]]
    assert norm.running_mean.tolist() == [1, 2]
    assert norm.running_var.tolist() == [12, 60]
    assert norm.num_batches_tracked.item() == 0


@claim("nn.batchnorm.modes", see=BATCH_NORM)
def test_batch_norm_learns_in_training_and_applies_it_in_eval(device):
    """What a BatchNorm learns in training is what it normalises by in evaluation, where
    it takes a single sample; in training a single sample raises ValueError and leaves
    the running statistics.
    """
    norm = nn.BatchNorm1d(1, eps=0.75, momentum=0.5, device=device)
    single = column([3.0], device)

    norm(column([1.0, 3.0, 3.0, 1.0, 2.0], device))
    learned = (norm.running_mean.tolist(), norm.running_var.tolist())
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when"):
        norm(single)
    norm.running_var.fill_(3.25)
    output = norm.eval()(single)

    assert learned == ([1], [1])
    assert norm.running_mean.tolist() == [1]
    assert output.tolist() == [[1]]


@claim("nn.eval.batchnorm-samples-apart", see=BATCH_NORM)
def test_in_eval_mode_the_rest_of_the_batch_does_not_matter(device):
    """In evaluation mode a sample gives the same alone as in any batch; in training
    mode it depends on the batch.
    """
    norm = nn.BatchNorm1d(1, eps=3.0, momentum=0.0, device=device)

    batches = [column(x, device) for x in ([1.0, 3.0], [1.0, -1.0])]

    training = [norm(batch).flatten().tolist() for batch in batches]
    norm.eval()
    evaluating = [norm(batch).flatten().tolist() for batch in batches]
    alone = norm(batches[0][:1])

    assert training == [[-0.5, 0.5], [0.5, -0.5]]
    assert evaluating == [[0.5, 1.5], [0.5, -0.5]]
    assert alone.tolist() == [[0.5]]


@claim("nn.eval.batchnorm-fresh-is-nearly-identity", see=BATCH_NORM)
def test_a_fresh_batch_norm_in_eval_mode_is_nearly_the_identity(device):
    """Before it has learned anything, a BatchNorm in evaluation mode divides by
    sqrt(1 + eps), for the running mean is 0 and the running variance 1.
    """
    x = column([2.0, 6.0], device)

    default = nn.BatchNorm1d(1, device=device).eval()(x)
    halved = nn.BatchNorm1d(1, eps=3.0, device=device).eval()(x)

    assert default[:, 0].tolist() == pytest.approx([2, 6], rel=1e-5)
    assert default[0, 0].item() < 2
    assert default[1, 0].item() < 6
    assert halved.tolist() == [[1], [3]]


@claim("nn.eval.batchnorm-without-running-statistics", see=BATCH_NORM)
def test_batch_norm_without_running_statistics_has_one_behaviour(device):
    """With track_running_stats=False a BatchNorm normalises by the batch in evaluation
    mode as well, and refuses a single sample there too.
    """
    norm = nn.BatchNorm1d(1, eps=3.0, track_running_stats=False, device=device)
    batch = column([1.0, 3.0], device)

    training, evaluating = norm(batch), norm.eval()(batch)

    assert training.flatten().tolist() == [-0.5, 0.5]
    assert evaluating.flatten().tolist() == [-0.5, 0.5]
    assert (norm.running_mean, norm.running_var) == (None, None)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        norm(batch[:1])


@claim("nn.eval.batchnorm-gradients", see=BATCH_NORM)
def test_batch_norm_in_eval_mode_passes_gradients(device):
    """In evaluation mode the gradient reaches the input, times weight/sqrt(var + eps),
    as well as the weight and the bias: running statistics are constants.
    """
    norm = nn.BatchNorm1d(1, eps=4.0, device=device).eval()
    norm.running_mean.fill_(1.0)
    norm.running_var.fill_(12.0)
    norm.weight.data.fill_(8.0)
    x = column([3.0, 9.0], device).requires_grad_()

    norm(x).backward(column([1.0, 10.0], device))

    assert x.grad.tolist() == [[2], [20]]
    assert norm.weight.grad.tolist() == [0.5 + 20]
    assert norm.bias.grad.tolist() == [11]


@claim("nn.eval.batchnorm-frozen-passes-gradients", see=BATCH_NORM)
def test_a_frozen_batch_norm_passes_gradients_on(device):
    """A BatchNorm in evaluation mode whose parameters are frozen gives its input the
    gradient, and its parameters none.
    """
    norm = nn.BatchNorm1d(1, eps=3.0, device=device).eval().requires_grad_(False)
    x = column([3.0, 9.0], device).requires_grad_()

    norm(x).backward(column([2.0, 6.0], device))

    assert x.grad.tolist() == [[1], [3]]
    assert (norm.weight.grad, norm.bias.grad) == (None, None)


@claim(
    "nn.modes.no-grad-does-not-replace-eval",
    see="notes/autograd#evaluation-mode-nn-module-eval",
)
def test_no_grad_does_not_put_layers_into_eval_mode(device):
    """Under no_grad a model in training mode still drops, normalises by the batch and
    learns running statistics; eval() ends that, and leaves gradients on.
    """
    norm, dropout = nn.BatchNorm1d(1, 3.0, 0.5, device=device), nn.Dropout(1.0)
    batch = column([1.0, 3.0], device)

    with torch.no_grad():
        normalised, dropped = norm(batch), dropout(batch)
    input_after = batch.tolist()
    learned = (norm.running_mean.item(), norm.running_var.item())
    counted = norm.num_batches_tracked.item()
    evaluated, kept = norm.eval()(batch), dropout.eval()(batch)

    assert normalised.flatten().tolist() == [-0.5, 0.5]
    assert dropped.tolist() == [[0], [0]]
    assert (learned, counted) == ((1, 1.5), 1)
    assert (normalised.requires_grad, evaluated.requires_grad) == (False, True)
    assert kept is batch
    assert input_after == [[1], [3]]
    assert (norm.running_mean.item(), norm.num_batches_tracked.item()) == (1, 1)


numbers = st.integers(-8, 8).map(float)
batches = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(st.tuples(numbers, numbers), min_size=2, max_size=4),
    ),
    min_size=1,
    max_size=4,
)


@claim("nn.batchnorm.follows-model", see=BATCH_NORM)
@given(momentum=st.sampled_from([None, 0.5, 0.25]), steps=batches)
def test_batch_norm_does_what_the_model_does(device, momentum, steps):
    """Through any sequence of batches in training and in evaluation mode, a BatchNorm
    gives and learns what the model in plain Python does.
    """
    norm = nn.BatchNorm1d(2, eps=0.5, momentum=momentum, device=device)
    model = BatchNorm(2, momentum, eps=0.5)

    for training, batch in steps:
        output = norm.train(training)(torch.tensor(batch, device=device))
        expected = model.train(batch) if training else model.evaluate(batch)
        close = [
            pytest.approx(row, rel=1e-5, abs=1e-5)
            for row in (*expected, model.running_mean, model.running_var)
        ]
        rows = [*output.tolist(), norm.running_mean.tolist(), norm.running_var.tolist()]
        assert (training, batch, rows) == (training, batch, close)
    assert norm.num_batches_tracked.item() == model.batches

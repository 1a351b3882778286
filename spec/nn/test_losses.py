"""Losses: one number for how far off an output is, and its gradient.

A loss compares an output with a target element by element, and then reduces: by default
to the mean, a tensor without dimensions. That mean is all the averaging there is.
Neither backward() nor an optimizer divides by the number of samples, as is often
believed, and the mean of MSELoss is over all elements, not over the samples.

Each loss is a function of torch.nn.functional, and a class that keeps its settings. A
loss of the difference (MSELoss and its kin) broadcasts a target of another shape, and
warns; a loss of classes (CrossEntropyLoss) takes the numbers of the classes, or a
probability for each, and scores that are not yet probabilities.
"""

import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from spec.models.losses import cross_entropy, difference_loss, reduced
from torch_semantics import claim

MISMATCH = "ignore:Using a target size"
of_differences = pytest.mark.parametrize(
    "name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"]
)
AT_DISTANCE_ONE = {
    "mse_loss": 1.0,
    "l1_loss": 1.0,
    "smooth_l1_loss": 0.5,
    "huber_loss": 0.5,
}
CLASSES = {
    "mse_loss": "MSELoss",
    "l1_loss": "L1Loss",
    "smooth_l1_loss": "SmoothL1Loss",
    "huber_loss": "HuberLoss",
}


@pytest.fixture
def function(name):
    """Return the function of torch.nn.functional that has the parameter's name."""
    return getattr(F, name)


@pytest.fixture
def layer(name):
    """Return the class of torch.nn whose function has the parameter's name."""
    return getattr(nn, CLASSES[name])


def assert_close(actual, expected):
    """Compare a tensor of float32 with numbers, up to its rounding."""
    numbers = torch.tensor(expected, device=actual.device)
    torch.testing.assert_close(actual, numbers, rtol=1e-6, atol=1e-6)


def scores(odds, device, **options):
    """Return scores whose softmax is, row by row, odds divided by their sum."""
    return torch.tensor(odds, device=device).log().requires_grad_(**options)


# --- losses of the difference ---------------------------------------------------------


@claim("nn.mse-loss.mean-of-squares", see="generated/torch.nn.MSELoss")
def test_mse_loss_is_the_mean_square_over_all_elements(device):
    """MSELoss gives a tensor without dimensions: the mean of the squared differences
    over all elements, not over the samples, whichever of the two is the target.
    """
    output = torch.tensor([[1.0, 2, 3], [4, 5, 6]], device=device)
    target = torch.tensor([[3.0, 2, 3], [4, 1, 7]], device=device)

    loss = nn.MSELoss()(output, target)

    assert loss.shape == ()
    assert loss.dtype == torch.float32
    assert loss.item() == (4 + 16 + 1) / 6
    assert nn.MSELoss()(target, output).item() == 3.5
    assert F.mse_loss(output, target).item() == 3.5
    assert F.mse_loss(input=output, target=target).item() == 3.5


@claim("nn.mse-loss.mean", see="generated/torch.nn.MSELoss")
def test_the_gradient_of_mse_loss(device):
    """With reduction="mean", the default, the gradient of MSELoss is twice the
    difference divided by the number of elements; the target's is its negative.
    """
    output = torch.tensor([[1.0, 2], [3, 4]], device=device, requires_grad=True)
    target = torch.tensor([[3.0, 2], [3, 0]], device=device, requires_grad=True)

    nn.MSELoss(reduction="mean")(output, target).backward()

    assert nn.MSELoss().reduction == "mean"
    assert output.grad.tolist() == [[-1, 0], [0, 2]]
    assert target.grad.tolist() == [[1, 0], [0, -2]]


@claim("nn.loss.of-each-difference", see="nn#loss-functions")
@pytest.mark.parametrize(
    ("name", "each"),
    [
        ("mse_loss", [16, 0, 0.25, 4]),
        ("l1_loss", [4, 0, 0.5, 2]),
        ("smooth_l1_loss", [3.5, 0, 0.125, 1.5]),
        ("huber_loss", [3.5, 0, 0.125, 1.5]),
    ],
    ids=["mse", "l1", "smooth-l1", "huber"],
)
def test_a_reduction_takes_all_elements_together_or_leaves_them(
    device, layer, function, each
):
    """reduction="none" gives the loss of each element in the shape of the input, "sum"
    their sum, "mean" that divided by their number, and the mean is the default; the
    function and the layer agree.
    """
    output = torch.tensor([[-4.0, 1], [2.5, 5]], device=device)
    target = torch.tensor([[0.0, 1], [2, 3]], device=device)
    total = sum(each)

    assert layer(reduction="none")(output, target).flatten().tolist() == each
    assert layer(reduction="sum")(output, target).tolist() == total
    assert layer(reduction="mean")(output, target).tolist() == total / 4
    assert layer()(output, target).tolist() == total / 4
    assert function(output, target, reduction="none").flatten().tolist() == each
    assert function(output, target, reduction="none").shape == (2, 2)
    assert function(output, target, reduction="sum").tolist() == total
    assert function(output, target, reduction="mean").tolist() == total / 4
    assert function(output, target).tolist() == total / 4
    assert output.tolist() == [[-4, 1], [2.5, 5]]


@claim("nn.loss.gradient-of-each-difference", see="nn#loss-functions")
@pytest.mark.parametrize(
    ("name", "each"),
    [
        ("mse_loss", [-8, 0, 1, 4]),
        ("l1_loss", [-1, 0, 1, 1]),
        ("smooth_l1_loss", [-1, 0, 0.5, 1]),
        ("huber_loss", [-1, 0, 0.5, 1]),
    ],
    ids=["mse", "l1", "smooth-l1", "huber"],
)
def test_the_gradient_of_each_element_is_divided_where_the_loss_is(
    device, function, each
):
    """The gradient of an element is the slope of its loss, which is 0 where output and
    target are equal; "mean" divides it by the number of elements.
    """
    target = torch.tensor([0.0, 1, 2, 3], device=device)
    by_sum = torch.tensor([-4.0, 1, 2.5, 5], device=device, requires_grad=True)
    by_mean = by_sum.detach().clone().requires_grad_()
    by_each = by_sum.detach().clone().requires_grad_()

    function(by_sum, target, reduction="sum").backward()
    function(by_mean, target).backward()
    function(by_each, target, reduction="none").backward(
        torch.tensor([1.0, 1, 2, -1], device=device)
    )

    assert by_sum.grad.tolist() == each
    assert by_mean.grad.tolist() == [slope / 4 for slope in each]
    assert by_each.grad.tolist() == [each[0], each[1], 2 * each[2], -each[3]]


@claim("nn.loss.differences-match-model", see="nn#loss-functions")
@given(
    halves=st.lists(
        st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=1, max_size=4
    ),
    kind=st.sampled_from(["mse", "l1", "smooth_l1", "huber"]),
    corner=st.sampled_from([0.5, 1.0, 2.0]),
    reduction=st.sampled_from(["none", "sum", "mean"]),
)
def test_a_loss_of_the_difference_follows_its_formula(
    device, halves, kind, corner, reduction
):
    """For all outputs and targets, each loss of the difference and its gradient follow
    from its formula, with every beta or delta and every reduction.
    """
    output = torch.tensor([a / 2 for a, _ in halves], device=device, requires_grad=True)
    target = torch.tensor([b / 2 for _, b in halves], device=device)
    option = {"smooth_l1": {"beta": corner}, "huber": {"delta": corner}}.get(kind, {})

    loss = getattr(F, f"{kind}_loss")(output, target, reduction=reduction, **option)
    loss.sum().backward()

    pairs = [difference_loss(kind, (a - b) / 2, corner) for a, b in halves]
    values, slopes = [value for value, _ in pairs], [slope for _, slope in pairs]
    share = len(halves) if reduction == "mean" else 1
    torch.testing.assert_close(
        (loss.tolist(), output.grad.tolist()),
        (reduced(values, reduction), [slope / share for slope in slopes]),
        rtol=1e-6,
        atol=0,
        msg=lambda found: f"{halves} {kind} {corner} {reduction}: {found}",
    )


@claim("nn.smooth-l1-loss.beta", see="generated/torch.nn.SmoothL1Loss")
def test_smooth_l1_loss_is_a_parabola_up_to_beta(device):
    """SmoothL1Loss is the squared difference / (2 beta) where the difference is less
    than beta, 1 by default, and from there on a line of slope 1; with beta 0 it is the
    absolute difference everywhere.
    """
    output = torch.tensor([0.0, 1, -2, 6], device=device)
    target = torch.zeros(4, device=device)
    loss = nn.SmoothL1Loss(reduction="none", beta=2.0)

    assert (nn.SmoothL1Loss().beta, loss.beta) == (1, 2)
    assert loss(output, target).tolist() == [0, 0.25, 1, 5]
    assert F.smooth_l1_loss(output, target, reduction="none").tolist() == [
        *[0, 0.5],
        *[1.5, 5.5],
    ]
    assert F.smooth_l1_loss(output, target, beta=0.0).tolist() == 9 / 4
    assert F.smooth_l1_loss(output, target, reduction="sum", beta=0.0).tolist() == 9


@claim("nn.huber-loss.delta", see="generated/torch.nn.HuberLoss")
def test_huber_loss_is_half_the_square_up_to_delta(device):
    """HuberLoss is half the squared difference up to delta, 1 by default, and from
    there on a line of slope delta: delta times SmoothL1Loss with beta = delta.
    """
    output = torch.tensor([0.0, 1, -2, 6], device=device)
    target = torch.zeros(4, device=device)
    loss = nn.HuberLoss(reduction="none", delta=2.0)

    assert (nn.HuberLoss().delta, loss.delta) == (1, 2)
    assert loss(output, target).tolist() == [0, 0.5, 2, 10]
    assert F.huber_loss(output, target, reduction="none").tolist() == [
        *[0, 0.5],
        *[1.5, 5.5],
    ]
    assert F.huber_loss(output, target, "sum", 2.0).tolist() == 12.5


@claim("nn.loss.corner-not-negative", see="generated/torch.nn.functional.huber_loss")
def test_beta_and_delta_are_checked_in_the_call(device):
    """A beta below 0, and a delta of 0 or below, are refused when the loss is called,
    not when it is made.
    """
    x = torch.zeros(2, device=device)
    smooth, flat, huber = nn.SmoothL1Loss(beta=-1.0), nn.HuberLoss(), nn.HuberLoss()
    flat.delta, huber.delta = 0.0, -1.0

    with pytest.raises(RuntimeError, match="not support negative values for beta"):
        smooth(x, x)
    with pytest.raises(RuntimeError, match="not support non-positive values for delta"):
        flat(x, x)
    with pytest.raises(RuntimeError, match="not support non-positive values for delta"):
        huber(x, x)


# --- reductions -----------------------------------------------------------------------


@claim("nn.loss.reduction-decides-gradient-averaging", see="generated/torch.nn.MSELoss")
def test_only_the_reduction_divides_the_gradient(device):
    """The gradient that backward() leaves is that of the mean or of the sum, as the
    reduction says: a batch given twice over leaves the mean's gradient as it is and
    doubles the sum's, which backward passes in parts add up to.
    """
    inputs = torch.tensor([[1.0], [3.0]], device=device)
    target = torch.tensor([[0.0], [2.0]], device=device)

    def gradient(batches, reduction):
        weight = torch.tensor(2.0, device=device, requires_grad=True)
        for x, y in batches:
            F.mse_loss(weight * x, y, reduction=reduction).backward()
        return weight.grad.item()

    whole = [(inputs, target)]
    twice = [(torch.cat([inputs, inputs]), torch.cat([target, target]))]
    parts = [(inputs[:1], target[:1]), (inputs[1:], target[1:])]

    assert [gradient(whole, "sum"), gradient(whole, "mean")] == [28, 14]
    assert [gradient(twice, "sum"), gradient(twice, "mean")] == [56, 14]
    assert [gradient(parts, "sum"), gradient(parts, "mean")] == [28, 28]


@claim("nn.mse-loss.reduction-validated-late", see="generated/torch.nn.MSELoss")
def test_an_unknown_reduction_is_noticed_in_the_call(device):
    """A loss is made with any reduction, and raises ValueError on an unknown one when
    it is called.
    """
    x = torch.zeros(2, device=device)

    loss = nn.MSELoss(reduction="nope")

    assert loss.reduction == "nope"
    with pytest.raises(ValueError, match=r"^nope is not a valid value for reduction$"):
        loss(x, x)


@claim("nn.loss.unknown-reduction", see="nn.functional#loss-functions")
@pytest.mark.parametrize(
    "call",
    [
        lambda x, t, **o: F.mse_loss(x, x, **o),
        lambda x, t, **o: F.l1_loss(x, x, **o),
        lambda x, t, **o: F.smooth_l1_loss(x, x, **o),
        lambda x, t, **o: F.smooth_l1_loss(x, x, beta=0.0, **o),
        lambda x, t, **o: F.huber_loss(x, x, **o),
        lambda x, t, **o: F.cross_entropy(x, t, **o),
        lambda x, t, **o: F.nll_loss(x, t, **o),
        lambda x, t, **o: F.binary_cross_entropy(x, x, **o),
        lambda x, t, **o: F.binary_cross_entropy_with_logits(x, x, **o),
        lambda x, t, **o: F.kl_div(x, x, **o),
        lambda x, t, **o: F.multi_margin_loss(x, t, **o),
        lambda x, t, **o: F.multilabel_margin_loss(x, t, **o),
        lambda x, t, **o: F.triplet_margin_with_distance_loss(x, x, x, **o),
        lambda x, t, **o: F.ctc_loss(x[None], t, [1], [1], **o),
        lambda x, t, **o: F.poisson_nll_loss(x, x, **o),
        lambda x, t, **o: F.gaussian_nll_loss(x, x, x, **o),
    ],
    ids=[
        *["mse", "l1", "smooth", "beta0", "huber", "ce", "nll", "bce", "logits", "kl"],
        *["multi-margin", "multilabel", "triplet", "ctc", "poisson", "gaussian"],
    ],
)
def test_every_loss_knows_three_reductions(device, call):
    """Every loss refuses a reduction other than "none", "mean" and "sum" (to which
    kl_div alone adds "batchmean") with a ValueError that names it.
    """
    x, t = torch.zeros(1, 2, device=device), torch.tensor([0], device=device)

    with pytest.raises(ValueError, match=r"^Mean is not (a )?valid"):
        call(x, t, reduction="Mean")


@claim("nn.loss.size-average-and-reduce", see="generated/torch.nn.MSELoss")
@pytest.mark.parametrize(
    ("size_average", "reduce", "reduction", "value"),
    [
        (True, None, "mean", 6.5),
        (False, None, "sum", 13),
        (None, True, "mean", 6.5),
        (None, False, "none", [4, 9]),
        (False, True, "sum", 13),
        (True, False, "none", [4, 9]),
        (False, False, "none", [4, 9]),
    ],
)
def test_size_average_and_reduce_stand_for_a_reduction(
    device, size_average, reduce, reduction, value
):
    """The deprecated size_average and reduce warn and stand for a reduction, before the
    one that is given: without reduce "none", else without size_average "sum".
    """
    x, y = torch.tensor([1.0, 2], device=device), torch.tensor([3.0, 5], device=device)
    old = {"size_average": size_average, "reduce": reduce}
    advice = f"please use reduction='{reduction}' instead"

    with pytest.warns(UserWarning, match=advice):
        loss = nn.MSELoss(**old, reduction="nope")
    with pytest.warns(UserWarning, match=advice):
        result = F.mse_loss(x, y, **old, reduction="nope")

    assert loss.reduction == reduction
    assert loss(x, y).tolist() == result.tolist() == value


@claim("nn.loss.size-average-everywhere", see="nn.functional#loss-functions")
@pytest.mark.parametrize(
    ("call", "total", "shape"),
    [
        (lambda x, t, **o: F.l1_loss(x, x + 2, **o), 12.0, (2, 3)),
        (lambda x, t, **o: F.smooth_l1_loss(x, x + 2, **o), 9.0, (2, 3)),
        (lambda x, t, **o: F.nll_loss(x, t, **o), -9.0, (2,)),
        (lambda x, t, **o: F.cross_entropy(x * 0, t, **o), math.log(9), (2,)),
        (
            lambda x, t, **o: F.binary_cross_entropy(x / 8, x * 0, **o),
            math.log(8**6 / 5040),
            (2, 3),
        ),
        (lambda x, t, **o: F.kl_div(x, x * 0 + 1, **o), -21.0, (2, 3)),
        (lambda x, t, **o: F.hinge_embedding_loss(x, x / x, **o), 21.0, (2, 3)),
        (lambda x, t, **o: F.margin_ranking_loss(x, -x, -x / x, **o), 42.0, (2, 3)),
        (
            lambda x, t, **o: F.soft_margin_loss(x * 0, x, **o),
            math.log(2**6),
            (2, 3),
        ),
        (
            lambda x, t, **o: F.multilabel_soft_margin_loss(x * 0, x, **o),
            math.log(2**2),
            (2,),
        ),
        (
            lambda x, t, **o: F.multilabel_margin_loss(x * 0, x.long() * 0, **o),
            4.0,
            (2,),
        ),
        (lambda x, t, **o: F.cosine_embedding_loss(x, -x, t / 2, **o), 4.0, (2,)),
        (lambda x, t, **o: F.triplet_margin_loss(x, x, x, 4.0, **o), 8.0, (2,)),
        (lambda x, t, **o: F.multi_margin_loss(-x, t, **o), 10 / 3, (2,)),
        (lambda x, t, **o: F.poisson_nll_loss(x * 0, x, **o), 6.0, (2, 3)),
        (
            lambda x, t, **o: F.binary_cross_entropy_with_logits(x * 0, x, **o),
            math.log(2**6),
            (2, 3),
        ),
    ],
    ids=[
        *["l1", "smooth", "nll", "ce", "bce", "kl", "hinge", "ranking", "soft-margin"],
        *["multilabel-soft", "multilabel", "cosine", "triplet", "multi-margin"],
        *["poisson", "logits"],
    ],
)
def test_every_old_loss_knows_size_average(device, call, total, shape):
    """size_average=False makes each of the losses that had it give the sum, with a
    warning, and reduce=False each loss by itself.
    """
    x = torch.tensor([[1.0, 2, 3], [4, 5, 6]], device=device)
    t = torch.tensor([2, 2], device=device)

    with pytest.warns(UserWarning, match="please use reduction='sum'"):
        summed = call(x, t, size_average=False)
    with pytest.warns(UserWarning, match="please use reduction='none'"):
        each = call(x, t, reduce=False)

    assert_close(summed, total)
    assert each.shape == shape
    assert_close(each.sum(), total)


@claim("nn.loss.size-average-in-layers", see="nn#loss-functions")
@pytest.mark.filterwarnings("ignore:size_average and reduce args")
@pytest.mark.parametrize(
    "layer",
    [
        *[nn.L1Loss, nn.NLLLoss, nn.PoissonNLLLoss, nn.KLDivLoss, nn.MSELoss],
        *[nn.BCELoss, nn.BCEWithLogitsLoss, nn.HingeEmbeddingLoss, nn.SmoothL1Loss],
        *[nn.SoftMarginLoss, nn.CrossEntropyLoss, nn.MultiLabelSoftMarginLoss],
        *[nn.MultiLabelMarginLoss, nn.CosineEmbeddingLoss, nn.MarginRankingLoss],
        *[nn.MultiMarginLoss, nn.TripletMarginLoss],
    ],
    ids=lambda layer: layer.__name__,
)
def test_every_old_layer_takes_size_average_and_reduce(layer):
    """Each layer that had size_average and reduce makes a reduction of them."""
    assert layer().reduction == layer(reduce=True).reduction == "mean"
    assert layer(size_average=False).reduction == "sum"
    assert layer(reduce=False).reduction == "none"


@claim("nn.loss.elementwise-mean", see="nn.functional#loss-functions")
def test_elementwise_mean_is_an_old_name_of_mean(device):
    """reduction="elementwise_mean" warns and means "mean"."""
    x, y = torch.tensor([1.0, 2], device=device), torch.tensor([3.0, 5], device=device)

    with pytest.warns(UserWarning, match="'elementwise_mean' is deprecated"):
        loss = F.mse_loss(x, y, reduction="elementwise_mean")

    assert loss.item() == 6.5


@claim("nn.loss.no-elements", see="nn.functional#loss-functions")
@pytest.mark.parametrize(
    ("call", "shape"),
    [
        (lambda x, **o: F.mse_loss(x, x, **o), (0, 3)),
        (lambda x, **o: F.l1_loss(x, x, **o), (0, 3)),
        (lambda x, **o: F.smooth_l1_loss(x, x, **o), (0, 3)),
        (lambda x, **o: F.huber_loss(x, x, **o), (0, 3)),
        (lambda x, **o: F.cross_entropy(x, x[:, 0].long(), **o), (0,)),
        (lambda x, **o: F.nll_loss(x, x[:, 0].long(), **o), (0,)),
        (lambda x, **o: F.binary_cross_entropy(x, x, **o), (0, 3)),
        (lambda x, **o: F.binary_cross_entropy_with_logits(x, x, **o), (0, 3)),
    ],
    ids=["mse", "l1", "smooth-l1", "huber", "ce", "nll", "bce", "logits"],
)
def test_the_mean_over_nothing_is_nan(device, call, shape):
    """On a batch without samples every loss is nan, without an error; its sum is 0, and
    with reduction="none" an empty tensor comes back.
    """
    x = torch.zeros(0, 3, device=device)

    assert math.isnan(call(x).item())
    assert call(x, reduction="sum").item() == 0
    assert call(x, reduction="none").shape == shape


# --- shapes and dtypes ----------------------------------------------------------------


@claim(
    "nn.mse-loss.shape-mismatch-broadcasts-with-warning",
    see="generated/torch.nn.functional.mse_loss",
)
def test_a_target_of_another_shape_is_broadcast_with_a_warning(device):
    """A target of another shape that broadcasts warns, naming both sizes, and counts as
    broadcast: the loss is the same where only a leading 1 is missing.
    """
    output = torch.tensor([[1.0, 2, 3]], device=device)
    target = torch.tensor([1.0, 4, 4], device=device)
    message = (
        r"Using a target size \(torch.Size\(\[3\]\)\) that is different to the input"
        r" size \(torch.Size\(\[1, 3\]\)\)"
    )

    with pytest.warns(UserWarning, match=message):
        loss = nn.MSELoss()(output, target)
    with pytest.warns(UserWarning, match="Using a target size"):
        each = F.mse_loss(output, target, reduction="none")

    assert_close(loss, 5 / 3)
    assert each.tolist() == [[0, 4, 1]]


@claim("nn.mse-loss.shape-mismatch-broadcasts", see="generated/torch.nn.MSELoss")
@pytest.mark.filterwarnings(MISMATCH)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mse_loss", 12 / 9),
        ("l1_loss", 8 / 9),
        ("smooth_l1_loss", 5 / 9),
        ("huber_loss", 5 / 9),
    ],
    ids=["mse", "l1", "smooth-l1", "huber"],
)
def test_a_column_against_a_row_averages_every_pair(device, function, layer, value):
    """An output of shape (N, 1) against a target of shape (N,) gives the mean over all
    N times N pairs, though each output equals its own target.
    """
    column = torch.tensor([[1.0], [2.0], [3.0]], device=device)
    row = torch.tensor([1.0, 2, 3], device=device)

    assert_close(function(column, row), value)
    assert_close(layer()(column, row), value)
    assert function(column, row, reduction="none").shape == (3, 3)
    assert function(column.squeeze(1), row).item() == 0


@claim("nn.loss.shape-mismatch-warns", see="generated/torch.nn.functional.l1_loss")
@of_differences
def test_losses_of_the_difference_warn_of_another_shape(device, function):
    """A loss of the difference warns when the shapes differ, and only then."""
    column = torch.tensor([[1.0], [2.0]], device=device)

    with pytest.warns(UserWarning, match=r"target size .* different to the input size"):
        function(column, column[:, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = function(column, column)

    assert same.item() == 0


@claim("nn.loss.shapes-must-broadcast", see="generated/torch.nn.functional.mse_loss")
@pytest.mark.filterwarnings(MISMATCH)
@of_differences
def test_a_target_that_does_not_broadcast_is_refused(device, function):
    """A target whose shape does not broadcast to the output's raises a RuntimeError."""
    output = torch.zeros(3, 2, device=device)

    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        function(output, torch.zeros(3, device=device))
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        function(output, torch.zeros(4, device=device))


@claim("nn.loss.0-dim", see="generated/torch.nn.functional.mse_loss")
@of_differences
def test_a_single_number_is_an_output_too(device, function, name):
    """Output and target may be without dimensions; nan in one makes the loss nan."""
    two, nan = torch.tensor(2.0, device=device), torch.tensor(math.nan, device=device)

    assert function(two, two - 1, reduction="none").shape == ()
    assert function(two, two - 1).item() == AT_DISTANCE_ONE[name]
    assert math.isnan(function(two, nan).item())
    assert math.isnan(function(nan, two).item())
    assert two.item() == 2


@claim("nn.mse-loss.mixed-dtypes", see="generated/torch.nn.MSELoss", since="2.12")
@pytest.mark.parametrize(
    ("dtype", "promoted"),
    [(torch.float64, torch.float64), (torch.int64, torch.float32)],
    ids=["float64", "int64"],
)
def test_mse_loss_promotes_and_gives_each_input_its_dtype_back(device, dtype, promoted):
    """A target of another dtype is compared in the common dtype, which the loss has,
    and the gradient has the dtype of the output.
    """
    output = torch.tensor([1.0, 2], device=device, requires_grad=True)
    target = torch.tensor([3, 5], dtype=dtype, device=device)

    loss = nn.MSELoss()(output, target)
    loss.backward()

    assert (loss.item(), loss.dtype) == (6.5, promoted)
    assert (output.grad.tolist(), output.grad.dtype) == ([-2, -3], torch.float32)


@claim(
    "nn.mse-loss.mixed-dtypes-without-backward",
    see="generated/torch.nn.MSELoss",
    until="2.12",
)
@pytest.mark.parametrize(
    ("dtype", "name"), [(torch.float64, "Double"), (torch.int64, "Long")], ids=str
)
def test_mse_loss_of_two_dtypes_has_no_backward(device, dtype, name):
    """A target of another dtype is compared in the common dtype, and backward() raises
    RuntimeError.
    """
    output = torch.tensor([1.0, 2], device=device, requires_grad=True)
    target = torch.tensor([3, 5], dtype=dtype, device=device)

    loss = nn.MSELoss()(output, target)

    assert loss.item() == 6.5
    with pytest.raises(RuntimeError, match=f"Found dtype {name} but expected Float"):
        loss.backward()


@claim("nn.l1-loss.mixed-dtypes", see="generated/torch.nn.L1Loss")
@pytest.mark.parametrize(
    ("name", "value"), [("l1_loss", 2.5), ("smooth_l1_loss", 2)], ids=["l1", "smooth"]
)
def test_l1_losses_promote_and_give_each_input_its_dtype_back(device, function, value):
    """l1_loss and smooth_l1_loss compare a target of another dtype in the common dtype,
    and the gradient has the dtype of the output.
    """
    output = torch.tensor([1.0, 2], device=device, requires_grad=True)
    target = torch.tensor([3, 5], dtype=torch.float64, device=device)
    integers = torch.tensor([3, 5], device=device)

    loss = function(output, target)
    loss.backward()

    assert (loss.item(), loss.dtype) == (value, torch.float64)
    assert (output.grad.tolist(), output.grad.dtype) == ([-0.5, -0.5], torch.float32)
    assert function(output, integers).dtype == torch.float32


@claim("nn.mse-loss.integers-refused", see="generated/torch.nn.MSELoss")
@pytest.mark.parametrize("name", ["mse_loss", "smooth_l1_loss", "huber_loss"])
def test_losses_of_integers_are_refused(device, function):
    """The losses of the difference but l1_loss raise a RuntimeError on integers,
    reduced or not.
    """
    x = torch.tensor([1, 2], device=device)

    with pytest.raises(RuntimeError, match="not implemented for 'Long'"):
        function(x, x, reduction="none")
    with pytest.raises(RuntimeError, match="not implemented for 'Long'"):
        function(x, x)


@claim("nn.l1-loss.integers", see="generated/torch.nn.L1Loss")
def test_l1_loss_adds_up_integers_and_takes_no_mean(device):
    """l1_loss of integers is an integer, each or summed; their mean is refused."""
    x, y = torch.tensor([1, 2], device=device), torch.tensor([3, 5], device=device)

    each = F.l1_loss(x, y, reduction="none")
    total = F.l1_loss(x, y, reduction="sum")

    assert (each.tolist(), each.dtype) == ([2, 3], torch.int64)
    assert (total.item(), total.dtype) == (5, torch.int64)
    with pytest.raises(RuntimeError, match=r"mean\(\): could not infer output dtype"):
        F.l1_loss(x, y)


@claim("nn.loss.weights-of-elements", see="nn.functional#loss-functions", since="2.6")
@pytest.mark.parametrize(
    ("name", "each", "mean"),
    [
        ("mse_loss", [4, 27], 31 / 4),
        ("l1_loss", [2, 9], 11 / 4),
        ("huber_loss", [1.5, 7.5], 4.5),
    ],
    ids=["mse", "l1", "huber"],
)
def test_the_function_takes_a_weight_for_each_element(device, function, each, mean):
    """mse_loss, l1_loss and huber_loss multiply each element's loss by a weight in the
    shape of the input; "mean" divides by the sum of the weights, but in huber_loss by
    the number of elements.
    """
    x, y = torch.tensor([1.0, 2], device=device), torch.tensor([3.0, 5], device=device)
    weight = torch.tensor([1.0, 3], device=device)

    assert function(x, y, weight=weight, reduction="none").tolist() == each
    assert function(x, y, weight=weight, reduction="sum").item() == sum(each)
    assert function(x, y, weight=weight).item() == mean
    assert F.huber_loss(x, y, "none", 2.0, weight).tolist() == [2, 12]
    with pytest.raises(ValueError, match="Weights and input must have the same size"):
        function(x, y, weight=weight[:1])
    with pytest.raises(ValueError, match="Invalid reduction mode: nope"):
        function(x, y, weight=weight, reduction="nope")


# --- classes --------------------------------------------------------------------------


@claim("nn.cross-entropy.of-class-numbers", see="generated/torch.nn.CrossEntropyLoss")
def test_cross_entropy_is_minus_the_log_of_the_right_class(device):
    """CrossEntropyLoss takes scores and the number of each sample's class, and gives
    the mean over the samples of minus the log of that class's share in the softmax.
    """
    output = scores([[1.0, 2, 5], [2, 1, 1]], device) + 7
    target = torch.tensor([2, 0], device=device)
    each = [math.log(8 / 5), math.log(2)]

    loss = nn.CrossEntropyLoss()(output, target)

    assert loss.shape == ()
    assert_close(loss, sum(each) / 2)
    assert_close(F.cross_entropy(output, target), sum(each) / 2)
    assert_close(nn.CrossEntropyLoss(reduction="sum")(output, target), sum(each))
    assert_close(nn.CrossEntropyLoss(reduction="none")(output, target), each)
    assert_close(F.cross_entropy(output[0], target[0]), each[0])


@claim("nn.cross-entropy.gradient", see="generated/torch.nn.CrossEntropyLoss")
def test_the_gradient_of_cross_entropy_is_softmax_minus_target(device):
    """The gradient of the scores is their softmax, minus 1 at the right class, divided
    by the number of samples with "mean".
    """
    output = scores([[1.0, 2, 5], [2, 1, 1]], device)
    summed = scores([[1.0, 2, 5], [2, 1, 1]], device)
    target = torch.tensor([2, 1], device=device)

    F.cross_entropy(output, target).backward()
    F.cross_entropy(summed, target, reduction="sum").backward()

    assert_close(output.grad, [[0.0625, 0.125, -0.1875], [0.25, -0.375, 0.125]])
    assert_close(summed.grad, [[0.125, 0.25, -0.375], [0.5, -0.75, 0.25]])


@claim("nn.cross-entropy.matches-model", see="generated/torch.nn.CrossEntropyLoss")
@given(
    samples=st.lists(
        st.tuples(
            st.lists(st.integers(-3, 3), min_size=3, max_size=3), st.integers(0, 2)
        ),
        min_size=1,
        max_size=3,
    ),
    weight=st.sampled_from([[1.0, 1.0, 1.0], [0.5, 2.0, 1.0]]),
    smoothing=st.sampled_from([0.0, 0.25]),
    reduction=st.sampled_from(["none", "sum", "mean"]),
)
def test_cross_entropy_follows_its_formula(
    device, samples, weight, smoothing, reduction
):
    """For all scores, classes, weights of classes, smoothings and reductions,
    cross_entropy follows its formula.
    """
    rows = [[float(score) for score in row] for row, _ in samples]
    classes = [number for _, number in samples]

    loss = F.cross_entropy(
        torch.tensor(rows, device=device),
        torch.tensor(classes, device=device),
        torch.tensor(weight, device=device),
        reduction=reduction,
        label_smoothing=smoothing,
    )

    torch.testing.assert_close(
        loss.tolist(),
        cross_entropy(rows, classes, weight, smoothing, reduction),
        rtol=1e-5,
        atol=1e-6,
        msg=lambda found: f"{samples} {weight} {smoothing} {reduction}: {found}",
    )


@claim("nn.cross-entropy.is-log-softmax-and-nll", see="generated/torch.nn.NLLLoss")
def test_nll_loss_takes_what_it_is_given_for_logarithms(device):
    """NLLLoss is minus the element at the target's class, averaged over the samples,
    without a logarithm or softmax of its own.
    """
    output = torch.tensor([[1.0, 2, 5], [4, 1, 1]], device=device, requires_grad=True)
    target = torch.tensor([2, 0], device=device)

    loss = nn.NLLLoss()(output, target)
    loss.backward()

    assert (loss.item(), loss.shape) == (-4.5, ())
    assert output.grad.tolist() == [[0, 0, -0.5], [-0.5, 0, 0]]
    assert nn.NLLLoss(reduction="sum")(output, target).item() == -9
    assert nn.NLLLoss(reduction="none")(output, target).tolist() == [-5, -4]
    assert F.nll_loss(output, target).item() == -4.5
    assert F.nll_loss(output[0], target[0]).item() == -5


@claim("nn.cross-entropy.weights-of-classes", see="generated/torch.nn.CrossEntropyLoss")
def test_the_mean_divides_by_the_weights_of_the_classes_that_occur(device):
    """With a weight for each class, a sample counts by its class's weight, and "mean"
    divides by the sum of these weights, not by the number of samples.
    """
    output = torch.tensor([[1.0, 2, 5], [4, 1, 1]], device=device, requires_grad=True)
    target = torch.tensor([2, 0], device=device)
    weight = torch.tensor([1.0, 100, 3], device=device)
    equal = torch.zeros(2, 3, device=device)

    loss = nn.NLLLoss(weight)(output, target)
    loss.backward()

    assert loss.item() == -(3 * 5 + 4) / 4
    assert output.grad.tolist() == [[0, 0, -0.75], [-0.25, 0, 0]]
    assert F.nll_loss(output, target, weight, reduction="sum").item() == -19
    assert F.nll_loss(output, target, weight, reduction="none").tolist() == [-15, -4]
    assert_close(nn.CrossEntropyLoss(weight)(equal, target), math.log(3))
    assert_close(
        nn.CrossEntropyLoss(weight, reduction="sum")(equal, target), 4 * math.log(3)
    )
    assert_close(
        F.cross_entropy(equal, target, weight, reduction="none"),
        [3 * math.log(3), math.log(3)],
    )


@claim("nn.cross-entropy.ignore-index", see="generated/torch.nn.CrossEntropyLoss")
def test_an_ignored_sample_counts_neither_above_nor_below(device):
    """A sample whose class is ignore_index, -100 by default, adds nothing, gets no
    gradient, and is not counted by "mean".
    """
    output = torch.tensor([[1.0, 2, 5], [4, 1, 1]], device=device, requires_grad=True)
    of_odds = scores([[1.0, 2, 5], [2, 1, 1]], device)
    by_default = torch.tensor([2, -100], device=device)
    chosen = torch.tensor([2, 0], device=device)

    loss = nn.NLLLoss()(output, by_default)
    loss.backward()

    assert (nn.NLLLoss().ignore_index, nn.CrossEntropyLoss().ignore_index) == (
        *[-100],
        *[-100],
    )
    assert loss.item() == -5
    assert output.grad.tolist() == [[0, 0, -1], [0, 0, 0]]
    assert nn.NLLLoss(ignore_index=0)(output, chosen).item() == -5
    assert F.nll_loss(output, chosen, ignore_index=2, reduction="none").tolist() == [
        *[0, -4]
    ]
    assert_close(nn.CrossEntropyLoss(ignore_index=2)(of_odds, chosen), math.log(2))
    assert_close(F.cross_entropy(of_odds, by_default), math.log(8 / 5))
    assert_close(F.cross_entropy(of_odds, chosen, ignore_index=0), math.log(8 / 5))


@claim("nn.cross-entropy.all-ignored", see="generated/torch.nn.CrossEntropyLoss")
def test_the_mean_over_ignored_samples_is_nan(device):
    """Where all samples are ignored, the mean is nan and the sum is 0."""
    output = torch.zeros(2, 3, device=device)
    target = torch.tensor([-100, -100], device=device)

    assert math.isnan(F.cross_entropy(output, target).item())
    assert F.cross_entropy(output, target, reduction="sum").item() == 0
    assert math.isnan(F.nll_loss(output, target).item())
    assert F.nll_loss(output, target, reduction="sum").item() == 0


@claim("nn.cross-entropy.of-probabilities", see="generated/torch.nn.CrossEntropyLoss")
def test_cross_entropy_takes_a_probability_for_each_class(device):
    """A floating target in the shape of the scores is a probability for each class:
    the loss weighs the log shares by them, "mean" divides by the number of samples,
    and weights of classes do not change that.
    """
    output = scores([[1.0, 2, 5], [2, 1, 1]], device)
    target = torch.tensor([[0.0, 0.5, 0.5], [1, 0, 0]], device=device)
    first = (math.log(4) + math.log(8 / 5)) / 2
    weight = torch.tensor([1.0, 0, 3], device=device)

    loss = nn.CrossEntropyLoss()(output, target)
    loss.backward()

    assert_close(loss, (first + math.log(2)) / 2)
    assert_close(output.grad, [[0.0625, -0.125, 0.0625], [-0.25, 0.125, 0.125]])
    assert_close(
        F.cross_entropy(output, target, reduction="none"), [first, math.log(2)]
    )
    assert_close(
        F.cross_entropy(output, target, weight),
        (1.5 * math.log(8 / 5) + math.log(2)) / 2,
    )
    assert_close(F.cross_entropy(output[0], target[0]), first)


@claim("nn.cross-entropy.label-smoothing", see="generated/torch.nn.CrossEntropyLoss")
def test_label_smoothing_shares_a_part_of_the_target_among_all_classes(device):
    """With label_smoothing=s a class counts 1 - s, and s is shared equally among all
    classes, that one included; probabilities are smoothed likewise.
    """
    output = scores([[1.0, 2, 5]], device)
    target = torch.tensor([2], device=device)
    logs = [math.log(8), math.log(4), math.log(8 / 5)]
    smoothed = 0.7 * logs[2] + 0.1 * sum(logs)

    assert nn.CrossEntropyLoss().label_smoothing == 0
    assert_close(nn.CrossEntropyLoss(label_smoothing=0.3)(output, target), smoothed)
    assert_close(
        F.cross_entropy(
            output, torch.tensor([[0.0, 0, 1]], device=device), label_smoothing=0.3
        ),
        smoothed,
    )
    with pytest.raises(RuntimeError, match="label_smoothing must be between 0"):
        F.cross_entropy(output, target, label_smoothing=1.5)


@claim("nn.cross-entropy.more-dimensions", see="generated/torch.nn.CrossEntropyLoss")
def test_the_classes_are_the_second_dimension(device):
    """Scores of shape (N, C, ...) have their classes along the second dimension, and
    the target has the other dimensions; "mean" is over all of them.
    """
    output = torch.tensor([[[1.0, 2], [3, 4], [5, 9]]], device=device)
    target = torch.tensor([[1, 2]], device=device)

    assert F.nll_loss(output, target, reduction="none").tolist() == [[-3, -9]]
    assert F.nll_loss(output, target).item() == -6
    assert_close(F.cross_entropy(output * 0, target, reduction="sum"), 2 * math.log(3))
    assert F.cross_entropy(output, target, reduction="none").shape == (1, 2)
    with pytest.raises(RuntimeError, match=r"Expected target size \[1, 2\]"):
        F.nll_loss(output, target[:, :1])


@claim("nn.cross-entropy.large-scores", see="generated/torch.nn.CrossEntropyLoss")
def test_cross_entropy_of_large_scores_is_exact(device):
    """Scores far apart overflow nowhere: a class that is 1000 behind loses 1000."""
    output = torch.tensor([[1000.0, 0], [1000, 0]], device=device, requires_grad=True)
    target = torch.tensor([1, 0], device=device)

    loss = F.cross_entropy(output, target, reduction="none")
    loss.sum().backward()

    assert loss.tolist() == [1000, 0]
    assert output.grad.tolist() == [[1, -1], [0, 0]]


@claim("nn.cross-entropy.target-in-range", see="generated/torch.nn.CrossEntropyLoss")
@pytest.mark.parametrize("number", [3, -1])
def test_a_class_that_is_not_there_is_refused(number):
    """On the CPU, a class outside the scores raises IndexError, -1 included."""
    output, target = torch.zeros(2, 3), torch.tensor([0, number])

    with pytest.raises(IndexError, match=f"^Target {number} is out of bounds.$"):
        F.cross_entropy(output, target)
    with pytest.raises(IndexError, match=f"^Target {number} is out of bounds.$"):
        nn.NLLLoss()(output, target)


@claim("nn.cross-entropy.target-dtype", see="generated/torch.nn.CrossEntropyLoss")
@pytest.mark.parametrize(
    ("dtype", "name"),
    [(torch.int32, "Int"), (torch.float32, "Float"), (torch.bool, "Bool")],
    ids=["int32", "float32", "bool"],
)
def test_classes_are_numbered_by_int64_or_uint8(device, dtype, name):
    """A target of classes has the dtype int64 or uint8; others raise a RuntimeError
    that names the one found.
    """
    output = torch.zeros(2, 4, device=device)
    target = torch.tensor([1, 0], dtype=dtype, device=device)
    small = torch.tensor([1, 0], dtype=torch.uint8, device=device)

    with pytest.raises(RuntimeError, match=f"Long.* (found|got) {name}"):
        F.cross_entropy(output, target)
    with pytest.raises(RuntimeError, match=f"Long.* (found|got) {name}"):
        F.nll_loss(output, target)

    assert_close(F.cross_entropy(output, small), math.log(4))


@claim(
    "nn.nll-loss.sample-with-targets", see="generated/torch.nn.NLLLoss", until="2.9.0"
)
def test_nll_loss_of_one_sample_took_as_many_targets_as_classes(device):
    """For one sample without a batch, NLLLoss takes as many targets as there are
    classes and uses the first alone, but raises RuntimeError for a single one in a
    dimension.
    """
    sample = torch.tensor([-1.0, -2, -4], device=device)
    many = torch.tensor([2, 0, 1], device=device)
    one = torch.tensor([1], device=device)

    assert nn.NLLLoss()(sample, many).item() == 4
    with pytest.raises(RuntimeError, match="size mismatch"):
        nn.NLLLoss()(sample, one)


@claim(
    "nn.nll-loss.sample-with-target", see="generated/torch.nn.NLLLoss", since="2.9.0"
)
def test_nll_loss_of_one_sample_takes_one_target(device):
    """For one sample without a batch, NLLLoss takes a single target, with a dimension
    or without, and raises ValueError for more of them.
    """
    sample = torch.tensor([-1.0, -2, -4], device=device)
    many = torch.tensor([2, 0, 1], device=device)
    one = torch.tensor([1], device=device)

    assert nn.NLLLoss()(sample, one).item() == 2
    assert nn.NLLLoss()(sample, one[0]).item() == 2
    with pytest.raises(ValueError, match="1D target must have size 1, but got target"):
        nn.NLLLoss()(sample, many)


@claim("nn.cross-entropy.shapes-checked", see="generated/torch.nn.CrossEntropyLoss")
def test_cross_entropy_checks_its_shapes(device):
    """Another number of targets than samples raises ValueError; targets in the shape of
    the scores that are no floats, weights for another number of classes, probabilities
    with an ignore_index and scores without dimensions raise RuntimeError.
    """
    output = torch.zeros(2, 3, device=device)
    target = torch.tensor([0, 1], device=device)
    numbers = torch.zeros(2, 3, dtype=torch.int64, device=device)

    with pytest.raises(ValueError, match=r"batch_size \(2\) to match target .* \(1\)"):
        F.cross_entropy(output, target[:1])
    with pytest.raises(ValueError, match=r"batch_size \(2\) to match target .* \(1\)"):
        F.nll_loss(output, target[None])
    with pytest.raises(RuntimeError, match="Expected floating point type for target"):
        F.cross_entropy(output, numbers)
    with pytest.raises(RuntimeError, match="either for all 3 classes or no classes"):
        F.cross_entropy(output, target, weight=torch.ones(2, device=device))
    with pytest.raises(RuntimeError, match="ignore_index is not supported for float"):
        F.cross_entropy(output, output, ignore_index=0)
    with pytest.raises(RuntimeError, match="0D or 1D target tensor expected"):
        F.cross_entropy(output, output[:, :2])


# --- yes or no ------------------------------------------------------------------------


@claim("nn.bce-loss.of-probabilities", see="generated/torch.nn.BCELoss")
def test_bce_loss_is_minus_the_log_of_the_right_answer(device):
    """BCELoss takes probabilities of yes and, as targets, how true it is: the mean of
    minus the logs of yes and no, weighed by the target and what it lacks to 1.
    """
    output = torch.tensor([0.25, 0.25, 0.5], device=device, requires_grad=True)
    target = torch.tensor([1.0, 0, 0.75], device=device)
    each = [math.log(4), math.log(4 / 3), math.log(2)]

    loss = nn.BCELoss()(output, target)
    loss.backward()

    assert loss.shape == ()
    assert_close(loss, sum(each) / 3)
    assert_close(output.grad, [-4 / 3, 4 / 9, -1 / 3])
    assert_close(nn.BCELoss(reduction="sum")(output, target), sum(each))
    assert_close(nn.BCELoss(reduction="none")(output, target), each)
    assert_close(F.binary_cross_entropy(output, target), sum(each) / 3)


@claim("nn.bce-loss.log-is-clamped", see="generated/torch.nn.BCELoss")
def test_the_logs_of_bce_loss_end_at_minus_100(device):
    """A certain and wrong answer costs 100, not infinity, since BCELoss clamps its logs
    at -100; its slope ends at 1e12, and a certain and right answer costs 0.
    """
    output = torch.tensor([0.0, 1, 0, 1], device=device, requires_grad=True)
    target = torch.tensor([1.0, 0, 0, 1], device=device)

    loss = nn.BCELoss(reduction="none")(output, target)
    loss.sum().backward()

    assert loss.tolist() == [100, 100, 0, 0]
    assert_close(output.grad, [-1e12, 1e12, 0.0, 0.0])


@claim("nn.bce-loss.weight", see="generated/torch.nn.BCELoss")
def test_the_weight_of_bce_loss_broadcasts_and_is_not_divided_by(device):
    """A weight is multiplied into the loss of each element, to whose shape it is
    broadcast; "mean" still divides by the number of elements.
    """
    half = torch.tensor([[0.5, 0.5], [0.5, 0.5]], device=device)
    target = torch.tensor([[1.0, 0], [0, 1]], device=device)
    weight = torch.tensor([1.0, 3], device=device)
    log2 = math.log(2)

    each = F.binary_cross_entropy(half, target, weight, reduction="none")
    of_scores = F.binary_cross_entropy_with_logits(half - half, target, weight)

    assert_close(each, [[log2, 3 * log2], [log2, 3 * log2]])
    assert_close(nn.BCELoss(weight)(half, target), 2 * log2)
    assert_close(of_scores, 2 * log2)
    assert_close(nn.BCEWithLogitsLoss(weight)(half - half, target), 2 * log2)


@claim("nn.bce-loss.probabilities-only", see="generated/torch.nn.BCELoss")
@pytest.mark.parametrize("p", [1.5, -0.5, math.nan], ids=["above", "below", "nan"])
def test_bce_loss_refuses_what_is_no_probability(p):
    """On the CPU, an output below 0, above 1 or nan raises a RuntimeError."""
    output = torch.tensor([0.5, p])

    with pytest.raises(RuntimeError, match="elements of input should be between 0 and"):
        nn.BCELoss()(output, torch.tensor([1.0, 1.0]))


@claim("nn.bce-loss.any-target", see="generated/torch.nn.BCELoss", until="2.1")
def test_bce_loss_took_any_number_as_a_target():
    """On the CPU, BCELoss takes targets below 0 and above 1: the loss follows the
    formula beyond them.
    """
    output = torch.tensor([0.25, 0.25])
    target = torch.tensor([2.0, -1.0])

    loss = nn.BCELoss(reduction="none")(output, target)

    assert_close(
        loss, [2 * math.log(4) - math.log(4 / 3), 2 * math.log(4 / 3) - math.log(4)]
    )


@claim("nn.bce-loss.targets-in-range", see="generated/torch.nn.BCELoss", since="2.1")
@pytest.mark.parametrize("target", [2.0, -1.0], ids=["above", "below"])
def test_bce_loss_refuses_targets_out_of_range(target):
    """On the CPU, a target below 0 or above 1 raises a RuntimeError."""
    output = torch.tensor([0.25, 0.25])

    with pytest.raises(RuntimeError, match="elements of target should be between 0 an"):
        nn.BCELoss()(output, torch.tensor([1.0, target]))


@claim("nn.bce-with-logits.of-scores", see="generated/torch.nn.BCEWithLogitsLoss")
def test_bce_with_logits_takes_scores(device):
    """BCEWithLogitsLoss is BCELoss of the sigmoid of its scores, and the gradient of a
    score is its sigmoid minus the target, divided by the number of elements.
    """
    output = scores([3.0, 3.0, 1.0], device)
    target = torch.tensor([1.0, 0, 0.75], device=device)
    each = [math.log(4 / 3), math.log(4), math.log(2)]

    loss = nn.BCEWithLogitsLoss()(output, target)
    loss.backward()

    assert loss.shape == ()
    assert_close(loss, sum(each) / 3)
    assert_close(output.grad, [-1 / 12, 0.25, -1 / 12])
    assert_close(nn.BCEWithLogitsLoss(reduction="sum")(output, target), sum(each))
    assert_close(nn.BCEWithLogitsLoss(reduction="none")(output, target), each)
    assert_close(F.binary_cross_entropy_with_logits(output, target), sum(each) / 3)


@claim("nn.bce-with-logits.large-scores", see="generated/torch.nn.BCEWithLogitsLoss")
def test_bce_with_logits_of_large_scores_is_exact(device):
    """Large scores overflow nowhere and are not clamped: a wrong one costs its size."""
    output = torch.tensor([1000.0, -1000, 1000, -1000], device=device).requires_grad_()
    target = torch.tensor([0.0, 1, 1, 0], device=device)

    loss = F.binary_cross_entropy_with_logits(output, target, reduction="none")
    loss.sum().backward()

    assert loss.tolist() == [1000, 1000, 0, 0]
    assert output.grad.tolist() == [1, -1, 0, 0]


@claim("nn.bce-with-logits.pos-weight", see="generated/torch.nn.BCEWithLogitsLoss")
def test_pos_weight_multiplies_the_part_of_yes(device):
    """pos_weight, broadcast to the scores, multiplies the loss of the part of a target
    that is yes, and its gradient.
    """
    output = torch.zeros(2, 2, device=device, requires_grad=True)
    target = torch.tensor([[1.0, 0], [0.5, 1]], device=device)
    pos_weight = torch.tensor([2.0, 3], device=device)
    log2 = math.log(2)

    loss = nn.BCEWithLogitsLoss(pos_weight=pos_weight, reduction="none")(output, target)
    loss.sum().backward()

    assert_close(loss, [[2 * log2, log2], [1.5 * log2, 3 * log2]])
    assert_close(output.grad, [[-1.0, 0.5], [-0.25, -1.5]])
    assert_close(
        F.binary_cross_entropy_with_logits(output, target, pos_weight=pos_weight),
        7.5 / 4 * log2,
    )


@claim("nn.bce-loss.shapes-must-be-equal", see="generated/torch.nn.BCELoss")
def test_yes_or_no_losses_do_not_broadcast_the_target(device):
    """BCELoss and BCEWithLogitsLoss refuse a target of another shape, even one that
    broadcasts, with a ValueError that names both sizes.
    """
    output = torch.full((2,), 0.5, device=device)
    target = torch.zeros(2, 1, device=device)

    with pytest.raises(
        ValueError, match=r"target size \(torch.Size\(\[2, 1\]\)\) that"
    ):
        nn.BCELoss()(output, target)
    with pytest.raises(
        ValueError, match=r"Target size \(torch.Size\(\[2, 1\]\)\) must"
    ):
        nn.BCEWithLogitsLoss()(output, target)


@claim("nn.bce-loss.one-dtype", see="generated/torch.nn.BCELoss")
def test_yes_or_no_losses_need_a_floating_target(device):
    """A target of integers raises a RuntimeError in BCELoss, which refuses any dtype
    but the output's, and in BCEWithLogitsLoss.
    """
    output = torch.full((2,), 0.5, device=device)
    target = torch.tensor([0, 1], device=device)
    double = torch.tensor([0.0, 1], dtype=torch.float64, device=device)

    with pytest.raises(RuntimeError, match="Found dtype Long but expected Float"):
        nn.BCELoss()(output, target)
    with pytest.raises(RuntimeError, match="Found dtype Double but expected Float"):
        nn.BCELoss()(output, double)
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        nn.BCEWithLogitsLoss()(output, target)


# --- distributions --------------------------------------------------------------------


@claim("nn.kl-div.of-log-probabilities", see="generated/torch.nn.KLDivLoss")
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
def test_kl_div_takes_logs_and_probabilities(device):
    """kl_div takes log-probabilities as input and probabilities as target: each is the
    target times the difference of its log and the input. "batchmean" divides their sum
    by the samples, "mean" by all elements.
    """
    output = torch.tensor([[0.5, 0.5], [0.25, 0.75]], device=device).log()
    output.requires_grad_()
    target = torch.tensor([[0.25, 0.75], [0, 1]], device=device)
    each = [
        [0.25 * math.log(0.5), 0.75 * math.log(1.5)],
        [0.0, math.log(4 / 3)],
    ]
    total = sum(map(sum, each))

    F.kl_div(output, target, reduction="batchmean").backward()

    assert_close(F.kl_div(output, target, reduction="none"), each)
    assert_close(F.kl_div(output, target, reduction="sum"), total)
    assert_close(F.kl_div(output, target, reduction="batchmean"), total / 2)
    assert_close(nn.KLDivLoss(reduction="batchmean")(output, target), total / 2)
    assert_close(nn.KLDivLoss()(output, target), total / 4)
    assert_close(F.kl_div(output[:1], target[:1], reduction="batchmean"), sum(each[0]))
    assert_close(
        F.kl_div(output[0, 0], target[0, 0], reduction="batchmean"), each[0][0]
    )
    assert_close(output.grad, [[-0.125, -0.375], [0.0, -0.5]])


@claim("nn.kl-div.log-target", see="generated/torch.nn.KLDivLoss")
def test_kl_div_takes_the_logs_of_the_target_on_request(device):
    """With log_target=True the target holds log-probabilities too; it does not by
    default.
    """
    output = torch.tensor([0.5, 0.5], device=device).log()
    target = torch.tensor([0.25, 0.75], device=device).log()
    each = [0.25 * math.log(0.5), 0.75 * math.log(1.5)]
    loss = nn.KLDivLoss(reduction="none", log_target=True)

    assert (nn.KLDivLoss().log_target, loss.log_target) == (False, True)
    assert_close(loss(output, target), each)
    assert_close(F.kl_div(output, target, reduction="sum", log_target=True), sum(each))


@claim("nn.kl-div.mean-warns", see="generated/torch.nn.KLDivLoss")
def test_the_mean_of_kl_div_warns(device):
    """reduction="mean", the default of kl_div, warns that it divides by more than the
    samples; the other reductions do not warn.
    """
    x = torch.ones(1, 2, device=device)

    with pytest.warns(UserWarning, match="'batchmean' divides only by the batch size"):
        F.kl_div(x, x)
    with pytest.warns(UserWarning, match="'batchmean' divides only by the batch size"):
        nn.KLDivLoss()(x, x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        silent = [
            F.kl_div(x, x, reduction=each) for each in ("batchmean", "sum", "none")
        ]

    assert [loss.shape for loss in silent] == [(), (), (1, 2)]


# --- other losses ---------------------------------------------------------------------


@claim("nn.loss.of-margins", see="nn.functional#loss-functions")
@pytest.mark.parametrize(
    ("call", "layer", "each"),
    [
        (
            lambda x, row, sign, **o: F.hinge_embedding_loss(row, sign, 2.0, **o),
            lambda x, row, sign, **o: nn.HingeEmbeddingLoss(2.0, **o)(row, sign),
            [1.0, 3.0],
        ),
        (
            lambda x, row, sign, **o: F.margin_ranking_loss(sign, row, row, 0.5, **o),
            lambda x, row, sign, **o: nn.MarginRankingLoss(0.5, **o)(sign, row, row),
            [0.5, 0.5],
        ),
        (
            lambda x, row, sign, **o: F.soft_margin_loss(row, sign, **o),
            lambda x, row, sign, **o: nn.SoftMarginLoss(**o)(row, sign),
            [math.log(1 + 1 / math.e), math.log(1 + 1 / math.e)],
        ),
        (
            lambda x, row, sign, **o: F.multilabel_soft_margin_loss(x, x, **o),
            lambda x, row, sign, **o: nn.MultiLabelSoftMarginLoss(**o)(x, x),
            [math.log(1 + 1 / math.e) - 0.5, math.log(1 + math.e**-2) - 3],
        ),
        (
            lambda x, row, sign, **o: F.cosine_embedding_loss(x, x, -sign, 0.25, **o),
            lambda x, row, sign, **o: nn.CosineEmbeddingLoss(0.25, **o)(x, x, -sign),
            [0.75, 0.0],
        ),
        (
            lambda x, row, sign, **o: F.triplet_margin_loss(x, x, -x, 5.0, 1.0, 0, **o),
            lambda x, row, sign, **o: nn.TripletMarginLoss(5.0, 1.0, 0, **o)(x, x, -x),
            [1.0, 0.0],
        ),
    ],
    ids=[
        *["hinge-embedding", "margin-ranking", "soft-margin"],
        *["multilabel-soft-margin", "cosine-embedding", "triplet-margin"],
    ],
)
def test_a_loss_of_margins_is_zero_beyond_the_margin(device, call, layer, each):
    """Each loss of margins follows its formula with the margin that it is given, for
    every reduction, as a function and as a layer; an unknown reduction is refused.
    """
    x = torch.tensor([[1.0, -1.0], [2.0, -2.0]], device=device)
    row = torch.tensor([1.0, -1.0], device=device)
    sign = torch.tensor([1.0, -1.0], device=device)

    assert_close(call(x, row, sign, reduction="none"), each)
    assert_close(call(x, row, sign, reduction="sum"), sum(each))
    assert_close(call(x, row, sign), sum(each) / 2)
    assert_close(layer(x, row, sign, reduction="none"), each)
    assert_close(layer(x, row, sign), sum(each) / 2)
    assert (row.tolist(), sign.tolist()) == ([1, -1], [1, -1])
    with pytest.raises(ValueError, match="nope is not"):
        call(x, row, sign, reduction="nope")


@claim("nn.loss.default-margins", see="nn.functional#loss-functions")
def test_the_margin_is_1_or_0_unless_given(device):
    """The margin is 1 by default in hinge_embedding_loss, multi_margin_loss and
    triplet_margin_loss, and 0 in margin_ranking_loss and cosine_embedding_loss.
    """
    quarter = torch.tensor([0.25, 0.25], device=device)
    sign = torch.tensor([1.0, -1.0], device=device)
    row = torch.tensor([[0.0, 1]], device=device)
    layers = [
        *[nn.HingeEmbeddingLoss(), nn.MultiMarginLoss(), nn.TripletMarginLoss()],
        *[nn.TripletMarginWithDistanceLoss()],
    ]

    assert F.hinge_embedding_loss(quarter, sign, reduction="none").tolist() == [
        *[0.25, 0.75]
    ]
    assert F.triplet_margin_loss(row, row, row).item() == 1
    assert F.margin_ranking_loss(quarter, quarter, sign).item() == 0
    assert F.cosine_embedding_loss(row, row, sign[1:]).item() == 1
    assert [layer.margin for layer in layers] == [1, 1, 1, 1]
    assert quarter.tolist() == [0.25, 0.25]
    assert (nn.MarginRankingLoss().margin, nn.CosineEmbeddingLoss().margin) == (0, 0)


@claim("nn.loss.numbers-of-dimensions", see="nn.functional#loss-functions")
def test_losses_of_margins_want_as_many_dimensions_in_each_input(device):
    """margin_ranking_loss refuses inputs of different numbers of dimensions, even if
    they broadcast, and cosine_embedding_loss vectors without a dimension for samples
    where there are several targets.
    """
    row, table = torch.ones(2, device=device), torch.ones(1, 2, device=device)

    with pytest.raises(RuntimeError, match="should have same dimension"):
        F.margin_ranking_loss(row, table, row)
    with pytest.raises(RuntimeError, match="should have same dimension"):
        F.margin_ranking_loss(row, row, table)
    with pytest.raises(RuntimeError, match="1D target tensor expects 2D input"):
        F.cosine_embedding_loss(row, row, row)


@claim("nn.multi-margin-loss.of-classes", see="generated/torch.nn.MultiMarginLoss")
def test_multi_margin_loss_compares_each_class_with_the_right_one(device):
    """MultiMarginLoss adds up, over the other classes, by how much their score plus the
    margin exceeds that of the right class, to the power p, divided by the number of
    classes; p is 1 or 2.
    """
    output = torch.tensor([[1.0, -1, -1, 0], [2, -2, 3, 0]], device=device)
    target = torch.tensor([0, 1], device=device)
    loss = nn.MultiMarginLoss(2, 0.5, reduction="none")

    assert F.multi_margin_loss(output, target, reduction="none").tolist() == [0, 3.5]
    assert nn.MultiMarginLoss()(output, target).item() == 1.75
    assert loss(output, target).tolist() == [0, (4.5**2 + 5.5**2 + 2.5**2) / 4]
    with pytest.raises(ValueError, match="only p == 1 and p == 2 supported"):
        nn.MultiMarginLoss(p=3)
    with pytest.raises(ValueError, match="only p == 1 and p == 2 supported"):
        F.multi_margin_loss(output, target, p=3)


@claim("nn.loss.weights-of-classes", see="generated/torch.nn.MultiMarginLoss")
def test_a_weight_for_each_class_counts_in_losses_of_margins(device):
    """In MultiMarginLoss a sample counts by the weight of its class, and in
    MultiLabelSoftMarginLoss each label by its own; "mean" divides by neither.
    """
    output = torch.tensor([[1.0, -1, -1, 0], [2, -2, 3, 0]], device=device)
    target = torch.tensor([0, 1], device=device)
    weight = torch.tensor([5.0, 2, 0, 4], device=device)
    labels = torch.tensor([[1.0, 0, 1, 1]], device=device)
    log2 = math.log(2)

    assert F.multi_margin_loss(output, target, weight=weight).item() == 3.5
    assert nn.MultiMarginLoss(weight=weight)(output, target).item() == 3.5
    assert_close(
        F.multilabel_soft_margin_loss(labels * 0, labels, weight), 11 / 4 * log2
    )
    assert_close(nn.MultiLabelSoftMarginLoss(weight)(labels * 0, labels), 11 / 4 * log2)


@claim(
    "nn.multilabel-margin-loss.of-labels", see="generated/torch.nn.MultiLabelMarginLoss"
)
def test_multilabel_margin_loss_compares_each_label_with_each_that_is_not(device):
    """MultiLabelMarginLoss takes for each sample the numbers of its classes, up to the
    first -1, and adds up by how much each other class exceeds each of these less 1,
    divided by the number of classes.
    """
    output = torch.tensor([[0.0, 1, 3, -2], [5, 0, 0, 0]], device=device)
    target = torch.tensor([[2, 0, -1, 1], [0, -1, 1, 1]], device=device)

    each = F.multilabel_margin_loss(output, target, reduction="none")

    assert each.tolist() == [0.5, 0]
    assert F.multilabel_margin_loss(output, target).item() == 0.25
    assert nn.MultiLabelMarginLoss()(output, target).item() == 0.25
    assert nn.MultiLabelMarginLoss(reduction="sum")(output, target).item() == 0.5


@claim("nn.triplet-margin-loss.distance", see="generated/torch.nn.TripletMarginLoss")
def test_a_triplet_loss_measures_as_it_is_told(device):
    """TripletMarginLoss is the distance to the positive, less that to the negative,
    plus the margin, or 0 where that is negative: by the norm p, 2 by default, or by a
    function given to TripletMarginWithDistanceLoss; swap=True takes the distance
    between positive and negative instead of the second where it is less.
    """
    anchor = torch.zeros(2, 2, device=device)
    positive = torch.tensor([[3.0, 4], [0, 1]], device=device)
    negative = torch.tensor([[0.0, 2], [0, 2]], device=device)
    triplet = (anchor, positive, negative)
    by_norm, by_call = F.triplet_margin_loss, F.triplet_margin_with_distance_loss

    def largest(a, b):
        return (a - b).abs().amax(1)

    assert_close(by_norm(*triplet, reduction="none"), [4.0, 0])
    assert_close(by_norm(*triplet, p=1.0), 3.0)
    assert_close(by_norm(*triplet, swap=True, reduction="sum"), 5.0)
    assert_close(nn.TripletMarginLoss(p=1.0)(*triplet), 3.0)
    assert_close(nn.TripletMarginLoss(swap=True)(*triplet), 2.5)
    assert_close(by_norm(anchor, anchor + 1, anchor, p=1.0, eps=0.5), 1.0)
    assert_close(nn.TripletMarginLoss(p=1.0, eps=0.5)(anchor, anchor + 1, anchor), 1.0)
    assert_close(by_call(*triplet, reduction="none"), [4.0, 0])
    assert by_call(*triplet, distance_function=largest).item() == 1.5
    assert by_call(
        *triplet, distance_function=largest, margin=2.0, swap=True, reduction="none"
    ).tolist() == [4, 2]
    by_layer = nn.TripletMarginWithDistanceLoss(
        distance_function=largest, margin=2.0, swap=True
    )
    assert by_layer(*triplet).item() == 3
    assert_close(nn.TripletMarginWithDistanceLoss(reduction="sum")(*triplet), 4.0)


@claim(
    "nn.triplet-margin-loss.any-margin",
    see="generated/torch.nn.TripletMarginLoss",
    until="2.4",
)
def test_a_triplet_loss_took_any_margin(device):
    """The triplet losses take a margin that is 0 or less."""
    anchor = torch.zeros(1, 1, device=device)
    positive = torch.tensor([[5.0]], device=device)
    triplet = (anchor, positive, positive)

    assert_close(F.triplet_margin_loss(*triplet, margin=0.0), 0.0)
    assert_close(F.triplet_margin_loss(anchor, positive, anchor, margin=-1.0), 4.0)
    assert nn.TripletMarginLoss(margin=-1.0).margin == -1
    assert nn.TripletMarginWithDistanceLoss(margin=0.0)(*triplet).item() == 0


@claim(
    "nn.triplet-margin-loss.margin-above-zero",
    see="generated/torch.nn.TripletMarginLoss",
    since="2.4",
)
@pytest.mark.parametrize("margin", [0.0, -1.0], ids=["zero", "negative"])
def test_a_triplet_loss_refuses_a_margin_that_is_not_positive(device, margin):
    """The triplet losses raise ValueError for a margin that is 0 or less, the classes
    when they are made.
    """
    row = torch.zeros(1, 1, device=device)

    with pytest.raises(ValueError, match="margin must be greater than 0, got"):
        F.triplet_margin_loss(row, row, row, margin=margin)
    with pytest.raises(ValueError, match="margin must be greater than 0, got"):
        F.triplet_margin_with_distance_loss(row, row, row, margin=margin)
    with pytest.raises(ValueError, match="expected margin to be greater than 0"):
        nn.TripletMarginLoss(margin=margin)
    with pytest.raises(ValueError, match="expected margin to be greater than 0"):
        nn.TripletMarginWithDistanceLoss(margin=margin)


@claim("nn.ctc-loss.of-alignments", see="generated/torch.nn.CTCLoss")
def test_ctc_loss_is_minus_the_log_of_all_alignments_together(device):
    """CTCLoss takes log-probabilities of shape (steps, samples, classes): minus the log
    of the sum over all paths that give the target once repeats and then blanks, class 0
    by default, are left out. "mean" divides each by its target's length first; no path
    costs infinity, and with zero_infinity=True nothing.
    """
    output = torch.full((3, 2, 2), -math.log(2), device=device)
    target = torch.tensor([[1, 1], [1, 0]], device=device)
    zeros = torch.tensor([[0], [0]], device=device)
    steps, lengths = torch.tensor([3, 2]), torch.tensor([2, 1])
    each = [math.log(8), math.log(4 / 3)]

    assert_close(F.ctc_loss(output, target, steps, lengths, reduction="none"), each)
    assert_close(
        F.ctc_loss(output, target, (3, 2), (2, 1)), (each[0] / 2 + each[1]) / 2
    )
    assert_close(
        nn.CTCLoss()(output, target, steps, lengths), sum(each) / 2 - each[0] / 4
    )
    assert (nn.CTCLoss().blank, nn.CTCLoss().zero_infinity) == (0, False)
    assert_close(nn.CTCLoss(reduction="sum")(output, target, steps, lengths), sum(each))
    assert_close(
        nn.CTCLoss(1, "none")(output, zeros, (2, 1), (1, 1)), [each[1], math.log(2)]
    )
    assert F.ctc_loss(output, target, (1, 1), (2, 1)).item() == math.inf
    assert_close(
        F.ctc_loss(output, target, (1, 1), (2, 1), zero_infinity=True), math.log(2) / 2
    )
    assert_close(
        nn.CTCLoss(zero_infinity=True)(output, target, (1, 1), (2, 1)), math.log(2) / 2
    )


@claim("nn.loss.of-counts", see="generated/torch.nn.PoissonNLLLoss")
def test_poisson_nll_loss_takes_the_log_of_the_rate(device):
    """PoissonNLLLoss is the rate minus the target times its log, given the log of the
    rate or, with log_input=False, the rate, to which eps is added in the log, 1e-8 by
    default; full=True adds an approximate log of the factorial of targets above 1.
    """
    log_rate = torch.tensor([0.0, 1], device=device)
    rate = torch.tensor([1.0, 2], device=device)
    target = torch.tensor([2.0, 3], device=device)
    each = [1 - 0.0, math.e - 3]
    stirling = [n * math.log(n) - n + math.log(2 * math.pi * n) / 2 for n in (2.0, 3.0)]
    full = [a + b for a, b in zip(each, stirling)]
    small = torch.tensor([1.0, 0.5], device=device)
    nothing = torch.zeros(2, device=device)

    assert_close(F.poisson_nll_loss(log_rate, target, reduction="none"), each)
    assert_close(F.poisson_nll_loss(log_rate, target), sum(each) / 2)
    assert_close(nn.PoissonNLLLoss()(log_rate, target), sum(each) / 2)
    assert_close(nn.PoissonNLLLoss(reduction="sum")(log_rate, target), sum(each))
    assert_close(nn.PoissonNLLLoss(full=True)(log_rate, target), sum(full) / 2)
    assert_close(
        nn.PoissonNLLLoss(log_input=False, reduction="none")(rate, target),
        [1.0, 2 - 3 * math.log(2)],
    )
    assert_close(
        F.poisson_nll_loss(log_rate[:1], small[:1], log_input=False), 18.420681
    )
    assert_close(
        nn.PoissonNLLLoss(False, eps=2.0)(log_rate, target),
        (1 - 2 * math.log(2) - 3 * math.log(3)) / 2,
    )
    assert F.poisson_nll_loss(nothing, small, full=True, reduction="none").tolist() == [
        1,
        1,
    ]


@claim("nn.loss.of-a-variance", see="generated/torch.nn.GaussianNLLLoss")
def test_gaussian_nll_loss_weighs_by_the_variance(device):
    """GaussianNLLLoss is half of the log of the variance and the squared difference
    over it, the variance being at least eps, which is 1e-6 by default, and getting its
    gradient there too; full=True adds half the log of 2 pi. One variance may stand for
    a row; a negative one is refused.
    """
    output = torch.tensor([[1.0, 2]], device=device)
    target = torch.tensor([[3.0, 6]], device=device)
    variance = torch.tensor([[1.0, 4]], device=device)
    nothing = torch.zeros(1, 2, device=device, requires_grad=True)
    square = torch.zeros(2, 2, device=device)
    negative = torch.tensor([[1.0, -4]], device=device)
    each = [[2.0, 2 + math.log(2)]]
    constant = math.log(2 * math.pi) / 2

    assert_close(F.gaussian_nll_loss(output, target, variance, reduction="none"), each)
    assert_close(nn.GaussianNLLLoss()(output, target, variance), 2 + math.log(2) / 2)
    assert_close(
        nn.GaussianNLLLoss(full=True, reduction="sum")(output, target, variance),
        4 + math.log(2) + 2 * constant,
    )
    assert_close(F.gaussian_nll_loss(output, target, variance[:, 0]), 5.0)
    assert_close(F.gaussian_nll_loss(output, target, variance[:, :1]), 5.0)
    assert_close(
        F.gaussian_nll_loss(square, square, variance[0], reduction="none"),
        [[0.0, 0], [math.log(2), math.log(2)]],
    )
    assert_close(F.gaussian_nll_loss(output, output, nothing), math.log(1e-6) / 2)
    clamped = nn.GaussianNLLLoss(eps=1.0)(output, target, nothing)
    clamped.backward()
    assert_close(clamped, 5.0)
    assert nothing.tolist() == [[0, 0]]
    assert nothing.grad.tolist() == [[-0.75, -3.75]]
    with pytest.raises(ValueError, match="var has negative entry/entries"):
        F.gaussian_nll_loss(output, target, negative)
    with pytest.raises(ValueError, match="var is of incorrect size"):
        F.gaussian_nll_loss(output, target, variance[0])


# --- losses as modules ----------------------------------------------------------------


@claim("nn.loss.modules-keep-weights-as-buffers", see="generated/torch.nn.NLLLoss")
def test_the_weights_of_a_loss_are_buffers(device):
    """A loss is a module without parameters; its weights are buffers, part of its state
    and moved with it, and None, out of the state, where not given.
    """
    weight = torch.tensor([1.0, 2], device=device)
    weighted = nn.CrossEntropyLoss(weight)
    both = nn.BCEWithLogitsLoss(weight, pos_weight=weight + 1)

    assert isinstance(weighted, nn.Module)
    assert list(both.parameters()) == []
    assert weighted.weight is weight
    assert list(weighted.state_dict()) == list(nn.NLLLoss(weight).state_dict())
    assert list(weighted.state_dict()) == ["weight"]
    assert list(nn.BCELoss(weight).state_dict()) == ["weight"]
    assert list(both.state_dict()) == ["weight", "pos_weight"]
    assert weighted.double().weight.dtype == torch.float64
    assert (nn.NLLLoss().weight, nn.BCEWithLogitsLoss().pos_weight) == (None, None)
    assert nn.CrossEntropyLoss().state_dict() == {}
    assert repr(nn.CrossEntropyLoss()) == "CrossEntropyLoss()"


@claim("nn.loss.detached-target", see="generated/torch.nn.MSELoss")
def test_a_loss_needs_no_gradient_of_the_target(device):
    """A loss requires gradients exactly if its output or its target does."""
    x = torch.tensor([1.0], device=device)
    trained = torch.tensor([3.0], device=device, requires_grad=True)

    plain = F.mse_loss(x, x)

    assert (plain.requires_grad, plain.grad_fn) == (False, None)
    assert F.mse_loss(trained, x).requires_grad is True
    assert F.mse_loss(x, trained).requires_grad is True

"""Clipping: making gradients smaller between the backward pass and the step.

``clip_grad_norm_`` takes the gradients of all parameters for one long vector, and
scales it down to a greatest norm; ``clip_grad_value_`` limits every element by itself.
Both write into the gradients that hang on the parameters, and need no detach and no
no_grad around them. What is clipped is ``.grad``, so the place for it is after
backward and before the step.
"""

import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import utils

from torch_semantics import claim

NORM = "generated/torch.nn.utils.clip_grad_norm_"
VALUE = "generated/torch.nn.utils.clip_grad_value_"


def parameters(device, *gradients, dtype=torch.float32):
    """Return parameters of zeros that have these gradients."""
    made = []
    for gradient in gradients:
        values = torch.tensor(gradient, dtype=dtype, device=device)
        made.append(nn.Parameter(torch.zeros_like(values)))
        made[-1].grad = values
    return made


def gradients_of(made):
    """Return the gradients of parameters as lists."""
    return [parameter.grad.tolist() for parameter in made]


# --- by norm --------------------------------------------------------------------------


@claim("optim.clipping.clip-grad-functions", see=NORM)
def test_gradients_are_clipped_where_they_hang_on_the_parameters(device):
    """Between backward and step, clip_grad_norm_ scales gradients down to the greatest
    norm and returns the norm from before, and clip_grad_value_ limits each element; the
    step then uses what is left.
    """
    by_norm = nn.Parameter(torch.tensor([1.0, 2.0], device=device))
    by_value = nn.Parameter(torch.tensor([3.0, 5.0], device=device))
    optimizer = torch.optim.SGD([by_norm, by_value], lr=1.0)
    factors = torch.tensor([3.0, -4.0], device=device)

    (by_norm * factors).sum().backward()
    (by_value * factors).sum().backward()
    norm = utils.clip_grad_norm_([by_norm], 1.0)
    nothing = utils.clip_grad_value_([by_value], 3.5)
    optimizer.step()

    assert norm.item() == 5
    assert nothing is None
    assert by_norm.grad.tolist() == pytest.approx([0.6, -0.8], rel=1e-6)
    assert by_norm.tolist() == pytest.approx([0.4, 2.8], rel=1e-6)
    assert by_value.grad.tolist() == [3, -3.5]
    assert by_value.tolist() == [0, 8.5]


@claim("optim.clipping.in-place", see=NORM)
@pytest.mark.parametrize(
    ("clip", "clipped"),
    [
        (lambda made: utils.clip_grad_norm_(made, 2.5), ([1.5, 0], [0, 2])),
        (lambda made: utils.clip_grad_value_(made, 1.5), ([1.5, 0], [0, 1.5])),
    ],
    ids=["norm", "value"],
)
def test_clipping_writes_into_the_gradients(clip, clipped, device):
    """Clipping writes into the gradients' own memory, which stay the same tensors, and
    leaves the parameters as they are.
    """
    made = parameters(device, [3.0, 0.0], [0.0, 4.0])
    gradients = [parameter.grad for parameter in made]
    aliases = [gradient.detach() for gradient in gradients]

    clip(made)

    assert made[0].grad is gradients[0]
    assert made[1].grad is gradients[1]
    assert aliases[0].tolist() == pytest.approx(clipped[0], rel=1e-6)
    assert aliases[1].tolist() == pytest.approx(clipped[1], rel=1e-6)
    assert [p.tolist() for p in made] == [[0, 0], [0, 0]]
    assert [p._version for p in made] == [0, 0]


@claim("optim.clipping.one-norm-for-all", see=NORM)
def test_the_norm_is_that_of_all_gradients_together(device):
    """The norm is taken over the gradients of all parameters as one vector, and all are
    scaled by one factor.
    """
    made = parameters(device, [[2.0]], [3.0], 6.0)

    norm = utils.clip_grad_norm_(made, 3.5)

    assert (norm.item(), norm.shape) == (7, ())
    assert made[0].grad.tolist() == [[pytest.approx(1, rel=1e-6)]]
    assert made[1].grad.tolist() == pytest.approx([1.5], rel=1e-6)
    assert made[2].grad.item() == pytest.approx(3, rel=1e-6)


@claim("optim.clipping.below-the-limit", see=NORM)
def test_gradients_of_a_smaller_norm_stay_as_they_are(device):
    """Gradients whose norm is below the limit are never made larger: they stay exactly
    as they are.
    """
    made = parameters(device, [0.3, -0.1], [0.7])

    norm = utils.clip_grad_norm_(made, 10.0)

    assert norm.item() == pytest.approx(0.59**0.5, rel=1e-6)
    assert torch.equal(made[0].grad, torch.tensor([0.3, -0.1], device=device))
    assert torch.equal(made[1].grad, torch.tensor([0.7], device=device))


@claim("optim.clipping.small-number-in-the-denominator", see=NORM)
def test_the_factor_is_the_limit_over_the_norm_plus_a_millionth(device):
    """The factor is the limit divided by the norm plus 1e-6, so that gradients as small
    as that come out below the limit.
    """
    made = parameters(device, [3e-6, 4e-6])

    utils.clip_grad_norm_(made, 3e-6)

    assert made[0].grad.tolist() == pytest.approx([1.5e-6, 2e-6], rel=1e-5)


@claim("optim.clipping.limit-of-zero", see=NORM)
def test_a_limit_of_zero_clears_the_gradients(device):
    """With a limit of 0 all gradients become zero, and the norm is returned."""
    made = parameters(device, [3.0, -4.0])

    norm = utils.clip_grad_norm_(made, 0)

    assert norm.item() == 5
    assert gradients_of(made) == [[0, 0]]


@claim("optim.clipping.all-zero", see=NORM)
def test_gradients_that_are_all_zero_stay_zero(device):
    """Gradients that are all zero stay so, and their norm is 0."""
    made = parameters(device, [0.0, 0.0])

    norm = utils.clip_grad_norm_(made, 1.0)

    assert norm.item() == 0
    assert gradients_of(made) == [[0, 0]]


@claim("optim.clipping.norm-type", see=NORM)
@pytest.mark.parametrize(
    ("norm_type", "norm", "clipped"),
    [
        (1, 8, [[0.75, -1], [0.25]]),
        (2.0, 26**0.5, [[6 / 26**0.5, -8 / 26**0.5], [2 / 26**0.5]]),
        (float("inf"), 4, [[1.5, -2], [0.5]]),
        ("inf", 4, [[1.5, -2], [0.5]]),
    ],
    ids=["1", "2", "infinity", "inf"],
)
def test_the_type_of_the_norm_can_be_chosen(norm_type, norm, clipped, device):
    """norm_type is the exponent of the norm: 1 for the sum of absolute values, infinity
    for the largest, as a number or as "inf".
    """
    made = parameters(device, [3.0, -4.0], [1.0])

    by_keyword = utils.clip_grad_norm_(made, 2.0, norm_type=norm_type)
    again = parameters(device, [3.0, -4.0], [1.0])
    by_position = utils.clip_grad_norm_(again, 2.0, norm_type)

    assert by_keyword.item() == pytest.approx(norm, rel=1e-6)
    assert by_position.item() == pytest.approx(norm, rel=1e-6)
    assert gradients_of(made) == [pytest.approx(c, rel=1e-6) for c in clipped]
    assert gradients_of(again) == [pytest.approx(c, rel=1e-6) for c in clipped]


def parameter_in_a_graph(device):
    """A parameter of 3 whose gradient of 6 is part of a graph."""
    weight = nn.Parameter(torch.tensor([3.0], device=device))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (weight**2).sum().backward(create_graph=True)
    return weight


@claim("optim.clipping.result-is-detached", see=NORM)
def test_clipping_by_norm_is_not_recorded(device):
    """clip_grad_norm_ is not recorded, even where a gradient is part of a graph: it
    stays the result of the same operation, and the norm that is returned requires no
    gradient.
    """
    weight = parameter_in_a_graph(device)
    made_by = weight.grad.grad_fn

    norm = utils.clip_grad_norm_(weight, 3.0)
    after = weight.grad.grad_fn
    left = weight.grad.tolist()
    weight.grad = None

    assert (norm.item(), norm.requires_grad, norm.grad_fn) == (6, False, None)
    assert made_by is not None
    assert after is made_by
    assert left == [pytest.approx(3, rel=1e-6)]


@claim(
    "optim.clipping.value-is-recorded",
    see=VALUE,
    level="observed",
    since="2.1.0",
    until="2.3.0",
)
def test_clipping_by_value_was_recorded(device):
    """clip_grad_value_ is recorded where a gradient is part of a graph: the gradient
    becomes the result of the clamping.
    """
    weight = parameter_in_a_graph(device)

    utils.clip_grad_value_(weight, 2.0)
    after, left = weight.grad.grad_fn, weight.grad.tolist()
    weight.grad = None

    assert after.name() == "ClampMaxBackward0"
    assert left == [2]


@claim("optim.clipping.value-is-not-recorded", see=VALUE, gap=("2.1.0", "2.3.0"))
def test_clipping_by_value_is_not_recorded(device):
    """clip_grad_value_ is not recorded, even where a gradient is part of a graph: it
    stays the result of the same operation.
    """
    weight = parameter_in_a_graph(device)
    made_by = weight.grad.grad_fn

    utils.clip_grad_value_(weight, 2.0)
    after, left = weight.grad.grad_fn, weight.grad.tolist()
    weight.grad = None

    assert made_by is not None
    assert after is made_by
    assert left == [2]


@claim("optim.clipping.dtypes", see=NORM)
def test_gradients_of_different_dtypes_are_clipped_together(device):
    """Gradients of different dtypes count in one norm, and each keeps its dtype."""
    (single,) = parameters(device, [12.0])
    (half,) = parameters(device, [3.0, 4.0], dtype=torch.float16)

    norm = utils.clip_grad_norm_([single, half], 6.5)

    assert (norm.item(), norm.dtype) == (13, torch.float32)
    assert single.grad.tolist() == pytest.approx([6], rel=1e-6)
    clipped = half.grad
    assert (clipped.tolist(), clipped.dtype) == ([1.5, 2], torch.float16)


# --- which parameters -----------------------------------------------------------------


@claim("optim.clipping.skips-missing-gradients", see=NORM)
def test_parameters_without_gradient_are_passed_over(device):
    """Parameters whose gradient is None count for nothing, and keep None; those of
    others are clipped.
    """
    first, second = parameters(device, [3.0, 4.0], [1.0, 8.0, -1.5])
    without = nn.Parameter(torch.ones(2, device=device))

    norm = utils.clip_grad_norm_([without, first], 1.0)
    utils.clip_grad_value_([without, second], 2.0)

    assert norm.item() == 5
    assert first.grad.tolist() == pytest.approx([0.6, 0.8], rel=1e-6)
    assert second.grad.tolist() == [1, 2, -1.5]
    assert without.grad is None


@claim("optim.clipping.nothing-to-clip", see=NORM)
def test_without_any_gradient_the_norm_is_zero(device):
    """Where there are no parameters, or none has a gradient, the norm is a tensor of
    0.
    """
    without = nn.Parameter(torch.ones(2, device=device))

    of_none = utils.clip_grad_norm_([without], 1.0)
    of_nothing = utils.clip_grad_norm_([], 1.0)

    assert (of_none.item(), of_none.shape) == (0, ())
    assert (of_nothing.item(), of_nothing.shape) == (0, ())
    assert without.grad is None


@claim("optim.clipping.any-iterable", see=NORM)
@pytest.mark.parametrize(
    "collect",
    [
        lambda layer: layer.parameters(),
        lambda layer: tuple(layer.parameters()),
        lambda layer: (p for p in (layer.weight, layer.bias)),
        lambda layer: iter([layer.weight, layer.bias]),
    ],
    ids=["parameters", "tuple", "generator", "iterator"],
)
def test_clipping_takes_any_iterable_of_parameters(collect, device):
    """Both functions take any iterable of parameters, a generator too, and clip what
    they have measured.
    """
    layer = nn.Linear(1, 1, device=device)
    layer(torch.tensor([[0.75]], device=device)).sum().backward()

    norm = utils.clip_grad_norm_(collect(layer), 0.625)
    scaled = (layer.weight.grad.item(), layer.bias.grad.item())
    utils.clip_grad_value_(collect(layer), 0.25)

    assert norm.item() == 1.25
    assert scaled == pytest.approx((0.375, 0.5), rel=1e-5)
    assert (layer.weight.grad.item(), layer.bias.grad.item()) == (0.25, 0.25)


@claim("optim.clipping.single-tensor", see=NORM)
def test_clipping_takes_a_single_parameter(device):
    """Both functions take one parameter in place of a list."""
    first, second = parameters(device, [3.0, 4.0], [1.0, -4.0, 0.5])

    norm = utils.clip_grad_norm_(first, 1.0)
    utils.clip_grad_value_(second, 2)

    assert norm.item() == 5
    assert first.grad.tolist() == pytest.approx([0.6, 0.8], rel=1e-6)
    assert second.grad.tolist() == [1, -2, 0.5]


@claim("optim.clipping.used-generator-warns", see=NORM, since="2.8")
def test_a_generator_that_is_used_up_brings_a_warning(device):
    """A generator without parameters, such as one that was used up before, brings a
    UserWarning; an empty list, and a generator that is not used up, do not.
    """
    layer = nn.Linear(1, 1, device=device)
    used = layer.parameters()
    list(used)

    with pytest.warns(UserWarning, match="is an empty generator"):
        norm = utils.clip_grad_norm_(used, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        utils.clip_grad_norm_([], 1.0)
        utils.clip_grad_norm_(layer.parameters(), 1.0)

    assert norm.item() == 0


# --- values that are not finite -------------------------------------------------------


@claim("optim.clipping.not-finite", see=NORM)
def test_a_norm_that_is_not_finite_spoils_the_gradients(device):
    """By default an infinite gradient makes the others zero and itself NaN, and one
    that is NaN makes all of them NaN.
    """
    infinite = parameters(device, [float("inf"), 2.0], [3.0])
    undefined = parameters(device, [float("nan"), 2.0], [3.0])

    infinite_norm = utils.clip_grad_norm_(infinite, 1.0)
    undefined_norm = utils.clip_grad_norm_(undefined, 1.0)

    assert infinite_norm.item() == float("inf")
    assert infinite[0].grad.isnan().tolist() == [True, False]
    assert (infinite[0].grad[1].item(), infinite[1].grad.item()) == (0, 0)
    assert undefined_norm.isnan().item() is True
    assert undefined[0].grad.isnan().tolist() == [True, True]
    assert undefined[1].grad.isnan().tolist() == [True]


@claim("optim.clipping.error-if-nonfinite", see=NORM)
@pytest.mark.parametrize("bad", [float("inf"), float("nan")], ids=["inf", "nan"])
def test_clipping_can_refuse_a_norm_that_is_not_finite(bad, device):
    """With error_if_nonfinite=True a norm that is infinite or NaN raises RuntimeError,
    and the gradients stay as they are; a finite one is clipped as ever.
    """
    made = parameters(device, [3.0, 2.0], [bad])
    finite = parameters(device, [3.0, 4.0])

    with pytest.raises(
        RuntimeError, match=r"^The total norm of order 2\.0 .* so it cannot be clipped"
    ):
        utils.clip_grad_norm_(made, 1.0, error_if_nonfinite=True)
    norm = utils.clip_grad_norm_(finite, 1.0, error_if_nonfinite=True)

    assert made[0].grad.tolist() == [3, 2]
    assert made[1].grad.isfinite().tolist() == [False]
    assert norm.item() == 5
    assert finite[0].grad.tolist() == pytest.approx([0.6, 0.8], rel=1e-6)


# --- by value -------------------------------------------------------------------------


@claim("optim.clipping.value", see=VALUE)
def test_clipping_by_value_limits_each_element(device):
    """clip_grad_value_ limits every element to between minus the value and the value,
    the limits included; what lies between stays, as does NaN, and so the direction may
    change.
    """
    made = parameters(device, [[0.5, -0.5, 3.0]], [-9.0, 2.0, -2.0])
    (special,) = parameters(device, [float("inf"), -float("inf"), float("nan")])

    utils.clip_grad_value_([*made, special], 2.0)

    assert gradients_of(made) == [[[0.5, -0.5, 2]], [-2, 2, -2]]
    assert special.grad.tolist()[:2] == [2, -2]
    assert special.grad.isnan().tolist() == [False, False, True]


# --- forms ----------------------------------------------------------------------------


@claim("optim.clipping.foreach", see=NORM, since="2.0")
@pytest.mark.parametrize("foreach", [True, False], ids=["foreach", "single"])
def test_foreach_gives_the_same(foreach, device):
    """With foreach=True and with foreach=False both functions give the same."""
    made = parameters(device, [3.0, -4.0], [[12.0]])
    (half,) = parameters(device, [84.0], dtype=torch.float16)
    limited = parameters(device, [3.0, -4.0], [[0.5]])

    norm = utils.clip_grad_norm_([*made, half], 42.5, foreach=foreach)
    utils.clip_grad_value_(limited, 3.5, foreach=foreach)

    assert norm.item() == pytest.approx(85, rel=1e-6)
    assert made[0].grad.tolist() == pytest.approx([1.5, -2], rel=1e-6)
    assert made[1].grad.tolist() == [pytest.approx([6], rel=1e-6)]
    assert half.grad.tolist() == [42]
    assert gradients_of(limited) == [[3, -3.5], [[0.5]]]


@claim(
    "optim.clipping.in-two-parts",
    see="generated/torch.nn.utils.get_total_norm",
    since="2.6",
)
def test_measuring_and_clipping_can_be_done_apart(device):
    """get_total_norm() measures tensors, and clip_grads_with_norm_() clips the
    gradients of parameters by a norm that it is given, right or not; both take a single
    tensor or any iterable.
    """
    made = parameters(device, [3.0, 4.0], [12.0])
    (single,) = parameters(device, [6.0, -8.0])
    gradients = [parameter.grad for parameter in made]
    of_single = single.grad
    two = torch.tensor(2.0, device=device)

    norm = utils.get_total_norm(gradients)
    largest = utils.get_total_norm(iter(gradients), norm_type=float("inf"))
    single_norm = utils.get_total_norm(of_single)
    untouched = [*gradients_of(made), single.grad.tolist()]
    returned = utils.clip_grads_with_norm_(iter(made), 1.0, two)
    utils.clip_grads_with_norm_(single, 1.0, two)

    assert (norm.item(), largest.item(), single_norm.item()) == (13, 12, 10)
    assert untouched == [[3, 4], [12], [6, -8]]
    assert returned is None
    assert made[0].grad.tolist() == pytest.approx([1.5, 2], rel=1e-6)
    assert made[1].grad.tolist() == pytest.approx([6], rel=1e-6)
    assert single.grad.tolist() == pytest.approx([3, -4], rel=1e-6)


@claim("optim.clipping.deprecated-name", see=NORM, since="2.4")
def test_the_name_without_underscore_brings_a_future_warning(device):
    """clip_grad_norm, without underscore, brings a FutureWarning and clips, by the norm
    of the type that was chosen.
    """
    made = parameters(device, [3.0, 4.0])

    with pytest.warns(FutureWarning, match="clip_grad_norm` is now deprecated"):
        norm = utils.clip_grad_norm(made, 1.0, float("inf"))

    assert norm.item() == 4
    assert made[0].grad.tolist() == pytest.approx([0.75, 1], rel=1e-6)


@claim("optim.clipping.deprecated-name-before", see=NORM, until="2.4")
def test_the_name_without_underscore_brings_a_user_warning(device):
    """clip_grad_norm, without underscore, brings a UserWarning and clips, by the norm
    of the type that was chosen.
    """
    made = parameters(device, [3.0, 4.0])

    with pytest.warns(UserWarning, match="clip_grad_norm is now deprecated"):
        norm = utils.clip_grad_norm(made, 1.0, float("inf"))

    assert norm.item() == 4
    assert made[0].grad.tolist() == pytest.approx([0.75, 1], rel=1e-6)


@claim("optim.clipping.keeps-the-direction", see=NORM)
@given(
    first=st.lists(st.integers(-4, 4), min_size=0, max_size=3),
    second=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    limit=st.sampled_from([0.5, 2, 64]),
)
def test_clipping_by_norm_divides_all_gradients_alike(first, second, limit, device):
    """For any gradients, clipping by norm multiplies each element by the limit over the
    norm plus 1e-6, where that is less than one.
    """
    made = parameters(device, [float(v) for v in first], [float(v) for v in second])

    norm = utils.clip_grad_norm_(made, limit)

    length = sum(value * value for value in first + second) ** 0.5
    factor = min(1.0, limit / (length + 1e-6))
    clipped = [
        pytest.approx([v * factor for v in g], rel=1e-5) for g in (first, second)
    ]
    assert norm.item() == pytest.approx(length, rel=1e-6)
    assert (first, second, gradients_of(made)) == (first, second, clipped)

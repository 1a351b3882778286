"""Adam: steps whose size does not depend on the size of the gradient.

Adam keeps two averages for each parameter, of its gradient and of the square of its
gradient, and moves it by the learning rate times the one over the root of the other.
Both averages start at zero and are corrected for that, so that the very first step
moves every parameter by about the learning rate, whatever its gradient is. AdamW
differs in its weight decay, which shrinks the parameter and stays out of the averages.
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models.optimizers import adam
from torch_semantics import Difference, claim
from torch_semantics.words import shares_storage

ADAM = "generated/torch.optim.Adam"
ADAMW = "generated/torch.optim.AdamW"
NO_FLOAT64 = Difference("mps", "there is no float64", raises=TypeError, match="float64")

single_and_foreach = pytest.mark.parametrize(
    "foreach", [False, True], ids=["single", "foreach"]
)
adam_and_adamw = pytest.mark.parametrize(
    "make",
    [
        lambda parameters, **options: torch.optim.Adam(parameters, **options),
        lambda parameters, **options: torch.optim.AdamW(parameters, **options),
    ],
    ids=["Adam", "AdamW"],
)


def with_gradient(values, gradient, device, dtype=torch.float32):
    """Return a parameter that has a gradient already."""
    parameter = nn.Parameter(torch.tensor(values, dtype=dtype, device=device))
    parameter.grad = torch.tensor(gradient, dtype=dtype, device=device)
    return parameter


def path(optimizer, parameter, gradients):
    """Return the values that a parameter has after a step with each gradient."""
    values = []
    for gradient in gradients:
        parameter.grad = torch.full_like(parameter, gradient)
        optimizer.step()
        values.append(parameter.item())
    return values


# --- the first step -------------------------------------------------------------------


@claim("optim.adam.first-step-is-signed-lr", see=ADAM)
@single_and_foreach
def test_the_first_step_moves_by_the_learning_rate_whatever_the_gradient(
    foreach, device
):
    """The first step of Adam moves each element by the learning rate against the sign
    of its gradient, be that large or small, and not at all where it is zero; that of
    SGD is proportional to the gradient.
    """
    by_adam = with_gradient([1.0, 1.0, 1.0], [5.0, -0.001, 0.0], device)
    by_sgd = with_gradient([1.0, 1.0, 1.0], [5.0, -0.001, 0.0], device)

    torch.optim.Adam([by_adam], lr=0.5, foreach=foreach).step()
    torch.optim.SGD([by_sgd], lr=0.5, foreach=foreach).step()

    assert by_adam.tolist() == pytest.approx([0.5, 1.499995, 1.0], rel=1e-6)
    assert by_adam[2].item() == 1
    assert by_sgd.tolist() == pytest.approx([-1.5, 1.0005, 1.0], rel=1e-6)
    assert by_adam.grad.tolist() == by_sgd.grad.tolist()


@claim("optim.adam.eps", see=ADAM)
@single_and_foreach
def test_eps_matters_where_the_gradient_is_as_small(foreach, device):
    """Adam adds eps to the root of the corrected square: a first gradient as small as
    eps, 1e-8 by default, moves by half the learning rate.
    """
    by_default = with_gradient([0.0], [1e-8], device)
    large = with_gradient([0.0], [4.0], device)

    torch.optim.Adam([by_default], lr=1.0, foreach=foreach).step()
    torch.optim.Adam([large], lr=1.0, eps=12.0, foreach=foreach).step()

    assert by_default.tolist() == pytest.approx([-0.5], rel=1e-5)
    assert large.tolist() == pytest.approx([-0.25], rel=1e-5)


# --- the averages ---------------------------------------------------------------------


@claim("optim.adam.state", see=ADAM)
@single_and_foreach
@adam_and_adamw
def test_the_state_holds_the_averages_and_the_count_of_steps(make, foreach, device):
    """The state of a parameter has the average gradient, the average square and the
    count of steps, a float32 tensor on the CPU; both averages start from zero, and go
    on in the same tensors.
    """
    weight = with_gradient([1.0, 1.0], [4.0, -8.0], device)
    optimizer = make([weight], betas=(0.5, 0.75), foreach=foreach)

    optimizer.step()
    state = optimizer.state[weight]
    mean, square, count = state["exp_avg"], state["exp_avg_sq"], state["step"]
    first = (mean.tolist(), square.tolist(), count.item())
    weight.grad = torch.tensor([2.0, 0.0], device=device)
    optimizer.step()

    assert set(state) == {"step", "exp_avg", "exp_avg_sq"}
    assert first == ([2, -4], [4, 16], 1)
    assert (mean.tolist(), square.tolist(), count.item()) == ([2, -2], [4, 12], 2)
    assert state["exp_avg"] is mean
    assert state["exp_avg_sq"] is square
    assert (mean.dtype, mean.device) == (torch.float32, weight.device)
    assert (count.dtype, count.device.type, count.shape) == (torch.float32, "cpu", ())
    assert (mean.requires_grad, square.requires_grad) == (False, False)
    assert weight.grad.tolist() == [2, 0]


@claim("optim.adam.layout-of-the-state", see=ADAM)
def test_the_averages_are_laid_out_like_the_parameter(device):
    """The averages have the dtype, the shape and the strides of the parameter."""
    weight = nn.Parameter(torch.zeros(3, 2, device=device).bfloat16().t())
    weight.grad = torch.ones(2, 3, device=device).bfloat16()
    optimizer = torch.optim.Adam([weight], amsgrad=True)

    optimizer.step()

    state = optimizer.state[weight]
    averages = [state[k] for k in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")]
    assert [average.dtype for average in averages] == [torch.bfloat16] * 3
    assert [average.stride() for average in averages] == [(1, 2)] * 3
    assert [tuple(average.shape) for average in averages] == [(2, 3)] * 3
    assert not shares_storage(averages[0], averages[1])


@claim("optim.adam.amsgrad-keeps-the-largest", see=ADAM)
@single_and_foreach
@adam_and_adamw
def test_amsgrad_keeps_the_largest_average_of_squares(make, foreach, device):
    """With amsgrad the state also has the largest average square so far, element by
    element.
    """
    weight = with_gradient([1.0, 1.0], [4.0, 0.0], device)
    optimizer = make([weight], betas=(0.5, 0.75), amsgrad=True, foreach=foreach)

    optimizer.step()
    weight.grad = torch.tensor([0.0, 8.0], device=device)
    optimizer.step()

    state = optimizer.state[weight]
    assert set(state) == {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"}
    assert state["exp_avg_sq"].tolist() == [3, 16]
    assert state["max_exp_avg_sq"].tolist() == [4, 16]


@claim("optim.adam.counts-for-each-parameter", see=ADAM)
@single_and_foreach
def test_each_parameter_counts_its_own_steps(foreach, device):
    """A parameter that gets its first gradient late makes its own first step then, by
    the whole learning rate.
    """
    early = with_gradient([0.0], [4.0], device)
    late = nn.Parameter(torch.zeros(1, device=device))
    optimizer = torch.optim.Adam([early, late], lr=0.5, foreach=foreach)

    optimizer.step()
    before = (late.tolist(), late in optimizer.state)
    late.grad = torch.tensor([8.0], device=device)
    optimizer.step()

    assert before == ([0], False)
    assert late.tolist() == pytest.approx([-0.5])
    assert early.tolist() == pytest.approx([-1])
    assert optimizer.state[early]["step"].item() == 2
    assert optimizer.state[late]["step"].item() == 1


# --- every option, alone and together -------------------------------------------------

GRADIENTS = [4.0, -2.0, 0.5, 0.25]
OPTIONS = {
    "plain": {},
    "betas": {"betas": (0.5, 0.75)},
    "eps": {"eps": 0.5},
    "amsgrad": {"amsgrad": True, "betas": (0.5, 0.75)},
    "weight_decay": {"weight_decay": 0.25},
    "maximize": {"maximize": True},
    "maximize-weight_decay": {"maximize": True, "weight_decay": 0.25},
    "all": {
        "betas": (0.5, 0.75),
        "eps": 0.5,
        "amsgrad": True,
        "weight_decay": 0.25,
        "maximize": True,
    },
}


def paths(make, device, wrap=nn.Parameter, **implementation):
    """Return where every set of options leads."""
    found = {}
    for name, options in OPTIONS.items():
        weight = torch.tensor(2.0, dtype=torch.float64, device=device)
        parameter = wrap(weight)
        optimizer = make([parameter], lr=0.25, **options, **implementation)
        found[name] = path(optimizer, parameter, GRADIENTS)
    return found


def expected(rel=1e-12, **more):
    """Return where every set of options leads in the model."""
    return {
        name: pytest.approx(
            adam(2.0, GRADIENTS, lr=0.25, **{**more, **options}), rel=rel
        )
        for name, options in OPTIONS.items()
    }


@claim("optim.adam.second-step", see=ADAM)
@single_and_foreach
def test_the_second_step_can_be_worked_out_by_hand(foreach, device):
    """With betas of 0.5 and 0.5 and gradients of 1 and 0, the second step is a third of
    the learning rate over the root of a third: the averages 1/4 are both divided by
    their share of 3/4.
    """
    weight = nn.Parameter(torch.tensor(0.0, device=device))
    optimizer = torch.optim.Adam(
        [weight], lr=1.0, betas=(0.5, 0.5), eps=0.0, foreach=foreach
    )

    taken = path(optimizer, weight, [1.0, 0.0])

    assert optimizer.state[weight]["exp_avg"].item() == 0.25
    assert optimizer.state[weight]["exp_avg_sq"].item() == 0.25
    assert taken == pytest.approx([-1, -1 - (1 / 3) / (1 / 3) ** 0.5], rel=1e-6)


@claim("optim.adam.options", see=ADAM, differs=[NO_FLOAT64])
@single_and_foreach
def test_the_options_of_adam_follow_its_formula(foreach, device):
    """Betas, eps, amsgrad, weight decay and maximize, each alone and together, move a
    parameter as the formula of Adam says, in a loop and with foreach.
    """
    found = paths(lambda *a, **o: torch.optim.Adam(*a, **o), device, foreach=foreach)

    assert found == expected()


@claim("optim.adamw.options", see=ADAMW, differs=[NO_FLOAT64])
@single_and_foreach
def test_the_options_of_adamw_follow_its_formula(foreach, device):
    """The options of AdamW follow the formula with decoupled weight decay, which is
    0.01 by default, in a loop and with foreach.
    """
    found = paths(lambda *a, **o: torch.optim.AdamW(*a, **o), device, foreach=foreach)

    assert found == expected(decoupled=True, weight_decay=0.01)


@claim("optim.adam.fused-floats-only", see=ADAM, since="2.1.0")
@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.complex64], ids=["int", "complex"]
)
@pytest.mark.parametrize(
    "kind", [torch.optim.Adam, torch.optim.AdamW], ids=["Adam", "AdamW"]
)
def test_fused_adam_takes_floating_point_numbers_only(kind, dtype, device):
    """With fused=True integer and complex parameters raise RuntimeError, at the latest
    at the first step, and stay as they are.
    """
    weight = torch.tensor([3, 4], device=device).to(dtype)
    weight.grad = torch.tensor([1, 2], device=device).to(dtype)

    with pytest.raises(RuntimeError, match="all the params to be floating point"):
        kind([weight], lr=1.0, fused=True).step()

    assert weight.tolist() == [3, 4]
    assert weight.grad.tolist() == [1, 2]


@claim("optim.adam.fused", see=ADAM, since="2.4", differs=[NO_FLOAT64])
def test_the_fused_form_of_adam_follows_the_formula_too(device):
    """With fused=True Adam and AdamW take the same steps, whatever their options."""
    by_adam = paths(lambda *a, **o: torch.optim.Adam(*a, **o), device, fused=True)
    by_adamw = paths(lambda *a, **o: torch.optim.AdamW(*a, **o), device, fused=True)

    assert by_adam == expected()
    assert by_adamw == expected(decoupled=True, weight_decay=0.01)


@claim("optim.adam.one-implementation", see=ADAM, since="2.4")
@pytest.mark.parametrize(
    "kind", [torch.optim.Adam, torch.optim.AdamW], ids=["Adam", "AdamW"]
)
def test_fused_adam_goes_with_neither_foreach_nor_differentiable(kind):
    """Asking Adam for fused together with foreach or with differentiable raises
    RuntimeError.
    """
    weight = nn.Parameter(torch.ones(2))

    with pytest.raises(RuntimeError, match=r"^`fused` and `foreach` cannot be"):
        kind([weight], fused=True, foreach=True)
    with pytest.raises(RuntimeError, match=r"^`fused` does not support `diff"):
        kind([weight], fused=True, differentiable=True)


@claim("optim.adam.follows-the-model", see=ADAM, differs=[NO_FLOAT64])
@given(
    gradients=st.lists(st.integers(-4, 4), min_size=3, max_size=3),
    options=st.fixed_dictionaries(
        {
            "lr": st.sampled_from([0.25, 0.5]),
            "betas": st.sampled_from([(0.9, 0.999), (0.5, 0.75), (0.0, 0.5)]),
            "weight_decay": st.sampled_from([0.25, 0.0]),
            "amsgrad": st.booleans(),
            "maximize": st.booleans(),
        }
    ),
    foreach=st.booleans(),
)
def test_every_path_of_adam_is_the_models(gradients, options, foreach, device):
    """The values after each of three steps are those of the formula, for any gradients
    and options.
    """
    start = torch.tensor(2.0, dtype=torch.float64, device=device)
    weight = nn.Parameter(start)
    optimizer = torch.optim.Adam([weight], eps=0.5, foreach=foreach, **options)

    taken = path(optimizer, weight, map(float, gradients))

    model = adam(2.0, gradients, eps=0.5, **options)
    assert (options, taken) == (options, pytest.approx(model, rel=1e-12))


@claim("optim.adamw.decay-is-decoupled", see=ADAMW)
@single_and_foreach
def test_decoupled_weight_decay_does_not_go_through_the_averages(foreach, device):
    """At a gradient of zero AdamW shrinks a parameter by the learning rate times the
    weight decay, and its averages stay zero; Adam, for which the decay is a gradient,
    moves it by the whole learning rate.
    """
    by_adamw = with_gradient([8.0, -2.0], [0.0, 0.0], device)
    by_adam = with_gradient([8.0, -2.0], [0.0, 0.0], device)
    options = {"lr": 0.5, "weight_decay": 0.25, "foreach": foreach}
    decoupled = torch.optim.AdamW([by_adamw], **options)
    coupled = torch.optim.Adam([by_adam], **options)

    decoupled.step()
    coupled.step()

    assert by_adamw.tolist() == [7, -1.75]
    assert decoupled.state[by_adamw]["exp_avg"].tolist() == [0, 0]
    assert by_adam.tolist() == pytest.approx([7.5, -1.5])
    assert coupled.state[by_adam]["exp_avg"].tolist() == pytest.approx([0.2, -0.05])
    assert by_adamw.grad.tolist() == [0, 0]


@claim("optim.adam.decoupled-weight-decay", see=ADAM, since="2.7")
def test_adam_can_decouple_its_weight_decay(device):
    """With decoupled_weight_decay=True Adam decays as AdamW does, which is a kind of
    Adam with this option on.
    """
    weight = with_gradient([8.0], [0.0], device)

    torch.optim.Adam(
        [weight], lr=0.5, weight_decay=0.25, decoupled_weight_decay=True
    ).step()
    of_adamw = torch.optim.AdamW([weight])

    assert weight.tolist() == [7]
    assert isinstance(of_adamw, torch.optim.Adam)
    assert of_adamw.defaults["decoupled_weight_decay"] is True
    assert torch.optim.Adam([weight]).defaults["decoupled_weight_decay"] is False


@claim("optim.adam.complex", see="notes/autograd#autograd-for-complex-numbers")
@single_and_foreach
@adam_and_adamw
def test_adam_takes_a_complex_number_for_two_real_ones(make, foreach, device):
    """Adam treats the real and the imaginary part of a complex parameter as two
    parameters: each moves by the learning rate.
    """
    weight = with_gradient([1 + 2j], [2 - 40j], device, torch.complex64)
    optimizer = make([weight], lr=0.5, weight_decay=0.0, foreach=foreach)

    optimizer.step()

    assert weight.tolist() == [pytest.approx(0.5 + 2.5j)]
    assert weight.grad.tolist() == [2 - 40j]
    assert optimizer.state[weight]["exp_avg"].dtype == torch.complex64


@claim(
    "optim.adam.complex-amsgrad",
    see="notes/autograd#autograd-for-complex-numbers",
    since="2.1",
)
@single_and_foreach
@adam_and_adamw
def test_amsgrad_keeps_the_largest_squares_of_both_parts(make, foreach, device):
    """With amsgrad the largest average square of a complex parameter is that of the
    real and that of the imaginary part, each on its own.
    """
    weight = with_gradient([1 + 2j], [4 - 8j], device, torch.complex64)
    options = {"betas": (0.5, 0.75), "weight_decay": 0.0, "amsgrad": True}
    optimizer = make([weight], lr=0.5, foreach=foreach, **options)

    optimizer.step()
    weight.grad = torch.tensor([16j], device=device)
    optimizer.step()

    state = optimizer.state[weight]
    assert state["exp_avg_sq"].tolist() == [3 + 76j]
    assert state["max_exp_avg_sq"].tolist() == [4 + 76j]
    assert state["max_exp_avg_sq"].dtype == torch.complex64
    assert weight.tolist() == [pytest.approx(0.279521 + 2.196512j, rel=1e-5)]
    assert weight.grad.tolist() == [16j]


@claim("optim.adam.leaves-gradients", see=ADAM, since="2.0")
def test_weight_decay_of_adam_leaves_the_gradient_itself_alone(device):
    """Weight decay of Adam leaves the gradient in ``.grad`` as it is, in a loop, with
    foreach and when it maximizes.
    """
    single = with_gradient([8.0], [4.0], device)
    grouped = with_gradient([8.0], [2.0], device)
    upward = with_gradient([8.0], [-1.0], device)
    gradients = [single.grad, grouped.grad, upward.grad]
    options = {"lr": 0.5, "weight_decay": 0.5}

    torch.optim.Adam([single], foreach=False, **options).step()
    torch.optim.Adam([grouped], foreach=True, **options).step()
    torch.optim.Adam([upward], foreach=True, maximize=True, **options).step()

    assert single.grad is gradients[0]
    assert grouped.grad is gradients[1]
    assert upward.grad is gradients[2]
    assert [gradient.tolist() for gradient in gradients] == [[4], [2], [-1]]
    moved = [single.item(), grouped.item(), upward.item()]
    assert moved == pytest.approx([7.5, 7.5, 7.5])


@claim("optim.adam.differentiable", see=ADAM, since="2.0", differs=[NO_FLOAT64])
def test_a_differentiable_step_of_adam_is_recorded(device):
    """With differentiable=True steps of Adam and AdamW are recorded, so that gradients
    flow through them to what parameter and gradient were computed from, and follow the
    formula, whatever their options.
    """
    start = torch.tensor(2.0, device=device, requires_grad=True)
    other = torch.tensor(2.0, device=device, requires_grad=True)
    coupled, decoupled = start.clone(), other.clone()
    coupled.grad, decoupled.grad = start * 3, other * 3
    options = {"lr": 0.5, "eps": 2.0, "differentiable": True}

    torch.optim.Adam([coupled], **options).step()
    torch.optim.AdamW([decoupled], weight_decay=0.5, **options).step()
    coupled.backward()
    decoupled.backward()
    by_adam = paths(
        lambda *a, **o: torch.optim.Adam(*a, differentiable=True, **o),
        device,
        wrap=lambda weight: weight,
    )
    by_adamw = paths(
        lambda *a, **o: torch.optim.AdamW(*a, differentiable=True, **o),
        device,
        wrap=lambda weight: weight,
    )

    assert (coupled.item(), start.grad.item()) == pytest.approx(
        (1.625, 0.953125), rel=1e-5
    )
    assert (decoupled.item(), other.grad.item()) == pytest.approx(
        (1.125, 0.703125), rel=1e-5
    )
    assert by_adam == expected(1e-5)
    assert by_adamw == expected(1e-5, decoupled=True, weight_decay=0.01)


@claim("optim.adam.tensor-betas", see=ADAM)
@adam_and_adamw
def test_the_betas_of_adam_may_be_tensors(make, device):
    """Without foreach both betas may be tensors without dimensions, which count as
    their numbers.
    """
    weight = with_gradient([1.0, 2.0], [4.0, -8.0], device)
    betas = (torch.tensor(0.5), torch.tensor(0.75))
    optimizer = make([weight], lr=0.5, betas=betas, weight_decay=0.0, foreach=False)

    optimizer.step()
    weight.grad = torch.tensor([2.0, 0.0], device=device)
    optimizer.step()

    state = optimizer.state[weight]
    assert weight.tolist() == pytest.approx([0.0590415, 2.7545877], rel=1e-5)
    assert (state["exp_avg"].tolist(), state["exp_avg_sq"].tolist()) == (
        [2, -2],
        [4, 12],
    )
    assert [beta.item() for beta in betas] == [0.5, 0.75]


@claim("optim.adam.tensor-betas-validation", see=ADAM, since="2.6")
@adam_and_adamw
@pytest.mark.parametrize(
    ("betas", "foreach", "message"),
    [
        ((0.5, torch.tensor(0.75)), None, "betas must be either both floats or both"),
        ((torch.tensor(0.5), 0.75), None, "betas must be either both floats or both"),
        (
            (torch.tensor(0.5), torch.tensor(0.75)),
            True,
            r"betas\[0\] as a Tensor is not supported for capturable=False",
        ),
    ],
    ids=["second", "first", "foreach"],
)
def test_adam_refuses_one_beta_as_a_tensor_and_both_with_foreach(
    betas, foreach, message, make
):
    """One beta as a tensor beside one as a number raises ValueError, and so do two
    tensors together with foreach=True.
    """
    weight = nn.Parameter(torch.ones(2))

    with pytest.raises(ValueError, match=message):
        make([weight], betas=betas, foreach=foreach)


@claim("optim.adam.tensor-learning-rate", see=ADAM)
@adam_and_adamw
def test_the_learning_rate_of_adam_may_be_a_tensor(make, device):
    """Without foreach the learning rate may be a tensor without dimensions, which is
    read at every step.
    """
    weight = with_gradient([8.0], [4.0], device)
    rate = torch.tensor(0.5)
    optimizer = make([weight], lr=rate, weight_decay=0.0, foreach=False)

    optimizer.step()
    first = weight.tolist()
    rate.fill_(2.0)
    optimizer.step()

    assert first == pytest.approx([7.5])
    assert weight.tolist() == pytest.approx([5.5])


@claim("optim.adam.tensor-learning-rate-and-foreach", see=ADAM, since="2.1")
@adam_and_adamw
def test_a_tensor_for_a_learning_rate_and_foreach_do_not_go_together(make):
    """A tensor as the learning rate together with foreach=True raises ValueError."""
    weight = nn.Parameter(torch.ones(2))

    with pytest.raises(ValueError, match="lr as a Tensor is not supported for"):
        make([weight], lr=torch.tensor(0.5), foreach=True)


# --- states of older releases ---------------------------------------------------------


@claim("optim.adam.older-states", see="generated/torch.optim.Optimizer.load_state_dict")
@pytest.mark.parametrize(
    ("make", "moved"),
    [
        (lambda *a, **o: torch.optim.Adam(*a, **o), 7.5),
        (lambda *a, **o: torch.optim.AdamW(*a, **o), 7.0),
    ],
    ids=["Adam", "AdamW"],
)
def test_a_state_of_an_older_release_gets_what_it_lacks(make, moved, device):
    """A state dict without the options of later releases, and with a number as the
    count of steps, is loaded with those options off and a tensor for the count, also
    over an optimizer that has them on.
    """
    weight = with_gradient([8.0], [0.0], device)
    group = {"lr": 0.5, "betas": (0.0, 0.0), "eps": 1e-8, "weight_decay": 0.25}
    zero = torch.zeros(1, device=device)
    state = {"step": 3, "exp_avg": zero, "exp_avg_sq": zero.clone()}
    optimizer = make([weight], amsgrad=True, maximize=True, foreach=True)

    optimizer.load_state_dict(
        {"state": {0: state}, "param_groups": [{**group, "params": [0]}]}
    )
    count = optimizer.state[weight]["step"]
    loaded = (count.item(), count.dtype, count.device.type)
    optimizer.step()

    (group,) = optimizer.param_groups
    keys = ["amsgrad", "maximize", "foreach", "capturable"]
    assert [group[key] for key in keys] == [False, False, None, False]
    assert loaded == (3, torch.float32, "cpu")
    assert optimizer.state[weight]["step"].item() == 4
    assert weight.tolist() == pytest.approx([moved])


# --- arguments ------------------------------------------------------------------------


@claim("optim.adam.defaults", see=ADAM)
def test_the_defaults_of_adam():
    """By default Adam and AdamW have a learning rate of 0.001, betas of 0.9 and 0.999
    and an eps of 1e-8; Adam has no weight decay, AdamW one of 0.01, and all else is
    off.
    """
    weight = nn.Parameter(torch.ones(2))

    of_adam = torch.optim.Adam([weight]).param_groups[0]
    of_adamw = torch.optim.AdamW([weight]).param_groups[0]

    keys = ["lr", "betas", "eps", "amsgrad", "maximize", "foreach", "capturable"]
    shared = [0.001, (0.9, 0.999), 1e-8, False, False, None, False]
    assert [of_adam[key] for key in keys] == shared
    assert [of_adamw[key] for key in keys] == shared
    assert (of_adam["weight_decay"], of_adamw["weight_decay"]) == (0, 0.01)


@claim("optim.adam.argument-positions", see=ADAM)
@adam_and_adamw
def test_adam_takes_its_options_by_position(make):
    """By position Adam takes the parameters, the learning rate, betas, eps, weight
    decay and amsgrad.
    """
    weight = nn.Parameter(torch.ones(2))
    kind = type(make([weight]))

    (group,) = kind([weight], 0.5, (0.25, 0.75), 0.125, 0.0625, True).param_groups

    assert (group["lr"], group["betas"], group["eps"]) == (0.5, (0.25, 0.75), 0.125)
    assert (group["weight_decay"], group["amsgrad"]) == (0.0625, True)


@claim("optim.adam.argument-validation", see=ADAM)
@adam_and_adamw
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": -0.5}, r"^Invalid learning rate: -0\.5$"),
        ({"betas": (1.0, 0.5)}, r"^Invalid beta parameter at index 0: 1\.0$"),
        ({"betas": (-0.5, 0.5)}, r"^Invalid beta parameter at index 0: -0\.5$"),
        ({"betas": (0.5, 1.0)}, r"^Invalid beta parameter at index 1: 1\.0$"),
        ({"betas": (0.5, -0.5)}, r"^Invalid beta parameter at index 1: -0\.5$"),
        ({"eps": -0.5}, r"^Invalid epsilon value: -0\.5$"),
        ({"weight_decay": -0.5}, r"^Invalid weight_decay value: -0\.5$"),
    ],
    ids=["lr", "beta1-1", "beta1-neg", "beta2-1", "beta2-neg", "eps", "weight_decay"],
)
def test_adam_refuses_options_that_make_no_sense(options, message, make):
    """A negative learning rate, eps or weight decay raises ValueError, and so does a
    beta below 0 or not below 1.
    """
    weight = nn.Parameter(torch.ones(2))

    with pytest.raises(ValueError, match=message):
        make([weight], **options)


@claim("optim.adam.zero-is-allowed", see=ADAM)
@adam_and_adamw
def test_every_number_of_adam_may_be_zero(make, device):
    """Learning rate, betas, eps and weight decay may all be 0."""
    still = with_gradient([1.0], [4.0], device)
    moved = with_gradient([1.0], [4.0], device)

    make([still], lr=0.0).step()
    make([moved], lr=0.5, betas=(0.0, 0.0), eps=0.0, weight_decay=0.0).step()

    assert still.tolist() == [1]
    assert moved.tolist() == [0.5]
    assert (still.grad.tolist(), moved.grad.tolist()) == ([4], [4])


@claim("optim.adam.no-sparse-gradients", see=ADAM)
@adam_and_adamw
def test_adam_refuses_sparse_gradients(make, device):
    """A step of Adam with a sparse gradient raises RuntimeError, and the parameter
    stays as it is.
    """
    weight = nn.Parameter(torch.ones(2, device=device))
    weight.grad = torch.tensor([0.0, 3.0], device=device).to_sparse()
    optimizer = make([weight])

    with pytest.raises(RuntimeError, match="does not support sparse gradients"):
        optimizer.step()

    assert weight.tolist() == [1, 1]
    assert weight.grad.to_dense().tolist() == [0, 3]

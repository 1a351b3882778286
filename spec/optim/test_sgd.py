"""Gradient descent: a step moves every parameter against its gradient.

``torch.optim.SGD`` subtracts the learning rate times ``.grad`` from each parameter, in
place and outside of autograd. It takes whatever is in ``.grad`` at that moment, and
does not ask where it comes from; a parameter without gradient is passed over. Momentum
keeps one more tensor for each parameter, the velocity, which is what then moves it.

It is often believed that gradients summed over several batches make the optimizer
adjust its learning rate. No step changes it: the step only grows with the sum.
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models.optimizers import sgd
from torch_semantics import Difference, claim
from torch_semantics.words import shares_storage

SGD = "generated/torch.optim.SGD"
STEP = "generated/torch.optim.Optimizer.step"
SGD_STEP = "generated/torch.optim.SGD#torch.optim.SGD.step"

single_and_foreach = pytest.mark.parametrize(
    "foreach", [False, True], ids=["single", "foreach"]
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


# --- one step -------------------------------------------------------------------------


@claim(
    "optim.sgd.update-rule",
    see=SGD,
    differs=[
        Difference(
            "mps",
            "there is no float64",
            dtypes=("float64",),
            raises=TypeError,
            match="float64",
        )
    ],
)
@single_and_foreach
@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64], ids=["float32", "float64"]
)
def test_a_step_subtracts_the_learning_rate_times_the_gradient(dtype, foreach, device):
    """A step of plain SGD subtracts from each parameter the learning rate times its
    gradient, and leaves the gradient as it is.
    """
    first = with_gradient([1.0, 2.0], [4.0, -8.0], device, dtype)
    second = with_gradient([[3.0]], [[2.0]], device, dtype)
    gradient = first.grad
    optimizer = torch.optim.SGD([first, second], lr=0.25, foreach=foreach)

    optimizer.step()

    assert first.tolist() == [0, 4]
    assert second.tolist() == [[2.5]]
    assert (first.dtype, first.requires_grad) == (dtype, True)
    assert first.grad is gradient
    assert gradient.tolist() == [4, -8]
    assert second.grad.tolist() == [[2]]


@claim("optim.sgd.shapes", see=SGD)
@single_and_foreach
def test_a_step_takes_parameters_of_any_shape(foreach, device):
    """A step moves a parameter without dimensions, leaves one of size zero empty, and
    moves each element of one that is not contiguous by the gradient at its index.
    """
    scalar = with_gradient(3.0, 2.0, device)
    empty = nn.Parameter(torch.zeros(0, 2, device=device))
    empty.grad = torch.zeros(0, 2, device=device)
    columns = nn.Parameter(torch.zeros(3, 2, device=device).t())
    columns.grad = torch.tensor([[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]], device=device)
    optimizer = torch.optim.SGD([scalar, empty, columns], lr=0.5, foreach=foreach)

    optimizer.step()

    assert (scalar.item(), scalar.shape) == (2, ())
    assert empty.shape == (0, 2)
    assert columns.tolist() == [[-1, -2, -3], [-4, -5, -6]]
    assert columns.stride() == (1, 2)


@claim("optim.sgd.zero-learning-rate", see=SGD)
def test_a_learning_rate_of_zero_moves_nothing(device):
    """A learning rate of 0 is accepted, and a step then changes no value."""
    parameter = with_gradient([1.0, 2.0], [4.0, -8.0], device)
    optimizer = torch.optim.SGD([parameter], lr=0.0)

    optimizer.step()

    assert optimizer.param_groups[0]["lr"] == 0
    assert parameter.tolist() == [1, 2]
    assert parameter.grad.tolist() == [4, -8]


@claim("optim.sgd.complex", see="notes/autograd#autograd-for-complex-numbers")
@single_and_foreach
def test_a_complex_parameter_moves_against_its_complex_gradient(foreach, device):
    """A step moves a complex parameter against its gradient in both parts."""
    parameter = with_gradient([1 + 2j], [2 - 4j], device, torch.complex64)
    optimizer = torch.optim.SGD([parameter], lr=0.5, momentum=0.5, foreach=foreach)

    optimizer.step()
    optimizer.step()

    assert parameter.tolist() == [-1.5 + 7j]


@claim("optim.sgd.sparse-gradient", see="generated/torch.nn.Embedding")
@single_and_foreach
def test_a_sparse_gradient_moves_only_the_rows_that_it_holds(foreach, device):
    """SGD takes a sparse gradient, and sums the entries that it holds for one row; the
    rows that it does not hold stay as they are.
    """
    table = nn.Embedding(3, 2, sparse=True, device=device)
    nn.init.ones_(table.weight)
    table(torch.tensor([1, 1], device=device)).sum().backward()
    optimizer = torch.optim.SGD([table.weight], lr=0.5, foreach=foreach)

    optimizer.step()
    optimizer.step()

    assert table.weight.tolist() == [[1, 1], [-1, -1], [1, 1]]
    assert table.weight.grad.is_sparse is True


@claim("optim.sgd.sparse-velocity", see="generated/torch.nn.Embedding")
def test_the_velocity_of_sparse_gradients_is_sparse(device):
    """With momentum the velocity of a parameter with sparse gradients is sparse."""
    table = nn.Embedding(3, 2, sparse=True, device=device)
    nn.init.ones_(table.weight)
    table(torch.tensor([1, 1], device=device)).sum().backward()
    optimizer = torch.optim.SGD([table.weight], lr=0.5, momentum=0.5, foreach=False)

    optimizer.step()
    optimizer.step()

    velocity = optimizer.state[table.weight]["momentum_buffer"]
    assert table.weight.tolist() == [[1, 1], [-1.5, -1.5], [1, 1]]
    assert velocity.is_sparse is True
    assert velocity.to_dense().tolist() == [[0, 0], [3, 3], [0, 0]]


# --- when a step acts -----------------------------------------------------------------


@claim("optim.step.after-backward", see=STEP)
@single_and_foreach
@pytest.mark.parametrize(
    "options",
    [{}, {"momentum": 0.5, "weight_decay": 0.5}],
    ids=["plain", "momentum-and-decay"],
)
def test_a_step_before_any_backward_does_nothing(options, foreach, device):
    """A step before any backward pass changes nothing, raises nothing and keeps no
    state; one after it applies the gradient.
    """
    weight = nn.Parameter(torch.tensor([2.0], device=device))
    optimizer = torch.optim.SGD([weight], lr=1.0, foreach=foreach, **options)

    optimizer.step()
    before = (weight.tolist(), weight.grad, len(optimizer.state))
    (weight * 3).sum().backward()
    optimizer.step()

    assert before == ([2], None, 0)
    assert weight.tolist() == [-1 - options.get("weight_decay", 0) * 2]


@claim("optim.step.twice-applies-twice", see=STEP)
def test_a_second_step_applies_the_same_gradient_again(device):
    """A second step without another backward pass moves by the same gradient again."""
    weight = nn.Parameter(torch.tensor([10.0], device=device))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    (weight * 3).sum().backward()

    optimizer.step()
    once = weight.tolist()
    optimizer.step()

    assert once == [7]
    assert weight.tolist() == [4]
    assert weight.grad.tolist() == [3]


@claim("optim.step.updates-in-place", see=STEP)
@single_and_foreach
@pytest.mark.parametrize("momentum", [0.0, 0.5], ids=["plain", "momentum"])
def test_a_step_writes_into_the_parameter(momentum, foreach, device):
    """A step writes into the memory of the parameter and counts as a change of it; the
    parameter stays a leaf that requires gradients, in the group and in the module.
    """
    layer = nn.Linear(1, 1, bias=False, device=device)
    nn.init.constant_(layer.weight, 3.0)
    weight, alias = layer.weight, layer.weight.detach()
    weight.grad = torch.tensor([[2.0]], device=device)
    optimizer = torch.optim.SGD(
        layer.parameters(), lr=1.0, momentum=momentum, foreach=foreach
    )
    version = weight._version

    optimizer.step()

    assert alias.tolist() == [[1]]
    assert layer.weight is weight
    assert optimizer.param_groups[0]["params"][0] is weight
    assert shares_storage(weight, alias)
    assert (weight.is_leaf, weight.grad_fn, weight.requires_grad) == (True, None, True)
    assert weight._version == version + 1


@claim("optim.step.skips-missing-gradients", see=STEP)
@single_and_foreach
def test_a_step_passes_over_parameters_without_gradient(foreach, device):
    """A step passes over a parameter whose gradient is None, without a change, an error
    or a state for it, and goes on to the others of its group.
    """
    without = nn.Parameter(torch.tensor([5.0], device=device))
    trained = with_gradient([5.0], [2.0], device)
    options = {"momentum": 0.5, "weight_decay": 0.5, "foreach": foreach}
    optimizer = torch.optim.SGD([without, trained], lr=0.5, **options)

    optimizer.step()

    assert without.tolist() == [5]
    assert (without.grad, without._version) == (None, 0)
    assert trained.tolist() == [2.75]
    assert list(optimizer.state) == [trained]


# --- the closure ----------------------------------------------------------------------


@claim("optim.step.returns-none", see=SGD_STEP)
def test_a_step_without_closure_returns_none(device):
    """A step without closure returns None."""
    weight = with_gradient([2.0], [1.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0)

    assert optimizer.step() is None


@claim("optim.step.closure", see="optim#optimizer-step-closure")
@pytest.mark.parametrize(
    "step",
    [
        lambda optimizer, closure: optimizer.step(closure),
        lambda optimizer, closure: optimizer.step(closure=closure),
    ],
    ids=["position", "keyword"],
)
@pytest.mark.parametrize(
    "make",
    [
        lambda ps: torch.optim.SGD(ps, lr=1.0),
        lambda ps: torch.optim.Adam(ps, lr=2.0),
    ],
    ids=["SGD", "Adam"],
)
def test_a_step_calls_its_closure_once_and_returns_its_loss(make, step, device):
    """A step calls its closure once, with the old values and with gradients enabled
    even inside no_grad, then applies the gradients that it made, and returns its loss.
    """
    weight = nn.Parameter(torch.tensor([8.0], device=device))
    optimizer = make([weight])
    seen = []

    def closure():
        loss = (weight * 2).sum()
        loss.backward()
        seen.append((weight.item(), torch.is_grad_enabled(), loss))
        return loss

    with torch.no_grad():
        returned = step(optimizer, closure)
        disabled = not torch.is_grad_enabled()

    assert [entry[:2] for entry in seen] == [(8, True)]
    assert returned is seen[0][2]
    assert disabled is True
    assert weight.tolist() == pytest.approx([6])


@claim("optim.step.closure-that-raises", see="optim#optimizer-step-closure")
def test_a_closure_that_raises_ends_the_step(device):
    """What a closure raises leaves the step, which changes no parameter and puts the
    grad mode back.
    """
    weight = with_gradient([2.0], [1.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0)

    def closure():
        raise ArithmeticError("no loss")

    with pytest.raises(ArithmeticError, match="no loss"):
        optimizer.step(closure)

    assert weight.tolist() == [2]
    assert weight.grad.tolist() == [1]
    assert torch.is_grad_enabled() is True


@claim("optim.step.keeps-grad-mode", see=STEP)
def test_a_step_leaves_the_grad_mode_as_it_was(device):
    """After a step gradients are enabled or not, as they were before it."""
    weight = with_gradient([2.0], [1.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0)

    optimizer.step()
    enabled = torch.is_grad_enabled()
    with torch.no_grad():
        optimizer.step()
        disabled = not torch.is_grad_enabled()

    assert (enabled, disabled) == (True, True)
    assert weight.tolist() == [0]


# --- the same by hand -----------------------------------------------------------------


def subtract_from_data(parameter, lr):
    """Move a parameter as in the days before no_grad."""
    parameter.data.sub_(parameter.grad.data * lr)


def subtract_under_no_grad(parameter, lr):
    """Move a parameter without recording."""
    with torch.no_grad():
        parameter -= lr * parameter.grad


@claim("optim.sgd.manual-loop-equals-optimizer", see="optim")
@pytest.mark.parametrize(
    "move",
    [subtract_from_data, subtract_under_no_grad],
    ids=["data", "no_grad"],
)
def test_plain_sgd_is_a_subtraction_that_can_be_written_by_hand(move, device):
    """Subtracting the learning rate times the gradient by hand, from ``.data`` or under
    no_grad, moves a parameter step by step as plain SGD does.
    """
    by_hand = nn.Parameter(torch.tensor([4.0, -8.0], device=device))
    trained = nn.Parameter(torch.tensor([4.0, -8.0], device=device))
    optimizer = torch.optim.SGD([trained], lr=0.25)

    (by_hand**2).sum().backward()
    move(by_hand, 0.25)
    by_hand.grad = None
    (by_hand**2).sum().backward()
    move(by_hand, 0.25)
    (trained**2).sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    (trained**2).sum().backward()
    optimizer.step()

    assert by_hand.tolist() == [1, -2]
    assert trained.tolist() == [1, -2]
    assert (by_hand.is_leaf, by_hand.requires_grad) == (True, True)


@claim("optim.sgd.manual-loop-needs-gradients", see="optim")
def test_the_loop_by_hand_fails_where_a_gradient_is_missing(device):
    """Where ``.grad`` is None, ``parameter.grad.data`` raises AttributeError by hand,
    and the optimizer passes over the parameter.
    """
    parameter = nn.Parameter(torch.tensor([4.0], device=device))
    optimizer = torch.optim.SGD([parameter], lr=0.25)

    with pytest.raises(
        AttributeError, match="'NoneType' object has no attribute 'data'"
    ):
        subtract_from_data(parameter, 0.25)
    optimizer.step()

    assert parameter.tolist() == [4]


# --- momentum -------------------------------------------------------------------------


@claim("optim.sgd.momentum-formula", see=SGD)
@single_and_foreach
def test_momentum_moves_by_a_velocity_that_gathers_gradients(foreach, device):
    """With momentum a step multiplies the velocity by it, adds the gradient, and
    subtracts the learning rate times the velocity; at first the velocity is the
    gradient.
    """
    weight = nn.Parameter(torch.tensor([8.0, 80.0], device=device))
    optimizer = torch.optim.SGD([weight], lr=0.25, momentum=0.5, foreach=foreach)

    weight.grad = torch.tensor([4.0, 40.0], device=device)
    optimizer.step()
    first = (weight.tolist(), optimizer.state[weight]["momentum_buffer"].tolist())
    optimizer.step()
    second = (weight.tolist(), optimizer.state[weight]["momentum_buffer"].tolist())
    weight.grad = torch.tensor([-8.0, 80.0], device=device)
    optimizer.step()
    third = (weight.tolist(), optimizer.state[weight]["momentum_buffer"].tolist())

    assert first == ([7, 70], [4, 40])
    assert second == ([5.5, 55], [6, 60])
    assert third == ([6.75, 27.5], [-5, 110])


@claim("optim.sgd.momentum", see=SGD)
@single_and_foreach
def test_momentum_goes_on_at_a_zero_gradient_and_rests_without_one(foreach, device):
    """With momentum a zero gradient still moves a parameter, while one that is None
    leaves parameter and velocity alone until there is a gradient again.
    """
    weight = with_gradient([8.0], [4.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0, momentum=0.5, foreach=foreach)

    optimizer.step()
    weight.grad = torch.zeros(1, device=device)
    optimizer.step()
    moved = (weight.tolist(), optimizer.state[weight]["momentum_buffer"].tolist())
    weight.grad = None
    optimizer.step()
    rested = (weight.tolist(), optimizer.state[weight]["momentum_buffer"].tolist())
    weight.grad = torch.tensor([3.0], device=device)
    optimizer.step()
    velocity = optimizer.state[weight]["momentum_buffer"].tolist()

    assert moved == ([2], [2])
    assert rested == ([2], [2])
    assert (weight.tolist(), velocity) == ([-2], [4])


@claim("optim.sgd.velocity-is-a-copy", see=SGD)
@pytest.mark.parametrize(
    ("foreach", "nesterov"),
    [(False, False), (True, False), (False, True)],
    ids=["single", "foreach", "single-nesterov"],
)
def test_the_velocity_is_a_tensor_of_its_own(foreach, nesterov, device):
    """The velocity shares no memory with the gradient from which it starts, and stays
    the same tensor in later steps, which leave the gradient as it is.
    """
    weight = with_gradient([8.0], [4.0], device)
    options = {"momentum": 0.5, "nesterov": nesterov, "foreach": foreach}
    optimizer = torch.optim.SGD([weight], lr=1.0, **options)

    optimizer.step()
    velocity, gradient = optimizer.state[weight]["momentum_buffer"], weight.grad
    optimizer.step()

    assert optimizer.state[weight]["momentum_buffer"] is velocity
    assert velocity.tolist() == [6]
    assert not shares_storage(velocity, gradient)
    assert not shares_storage(velocity, weight)
    assert gradient.tolist() == [4]
    assert (velocity.requires_grad, velocity.grad_fn) == (False, None)
    assert (velocity.dtype, velocity.device) == (torch.float32, weight.device)


@claim("optim.sgd.foreach-nesterov-writes-gradient", see=SGD, level="observed")
def test_nesterov_momentum_with_foreach_writes_into_the_gradient(device):
    """With foreach, Nesterov momentum alone adds the scaled velocity into ``.grad``
    itself, so a second step from the same gradient goes further than it does without
    foreach.
    """
    weight = with_gradient([8.0], [4.0], device)
    options = {"momentum": 0.5, "nesterov": True, "foreach": True}
    optimizer = torch.optim.SGD([weight], lr=1.0, **options)

    optimizer.step()

    assert weight.tolist() == [2]
    assert optimizer.state[weight]["momentum_buffer"].tolist() == [4]
    assert weight.grad.tolist() == [6]


@claim("optim.sgd.velocity-for-each-parameter", see=SGD)
@single_and_foreach
def test_each_parameter_has_a_velocity_that_starts_with_its_first_gradient(
    foreach, device
):
    """A parameter of another dtype, or one that gets its first gradient after the
    others, has a velocity of its own that starts then.
    """
    early = with_gradient([8.0], [4.0], device)
    late = nn.Parameter(torch.tensor([8.0], device=device))
    half = with_gradient([8.0], [2.0], device, torch.float16)
    options = {"momentum": 0.5, "dampening": 0.25, "foreach": foreach}
    optimizer = torch.optim.SGD([early, late, half], lr=1.0, **options)

    optimizer.step()
    late.grad = torch.tensor([6.0], device=device)
    optimizer.step()

    velocities = [optimizer.state[p]["momentum_buffer"] for p in (early, late, half)]
    assert [v.tolist() for v in velocities] == [[5], [6], [2.5]]
    assert [v.dtype for v in velocities] == [
        torch.float32,
        torch.float32,
        torch.float16,
    ]
    assert [p.tolist() for p in (early, late, half)] == [[-1], [2], [3.5]]


@claim("optim.sgd.no-velocity-without-momentum", see=SGD, since="2.4")
@single_and_foreach
def test_plain_sgd_keeps_no_state(foreach, device):
    """Without momentum SGD keeps no state for its parameters."""
    weight = with_gradient([8.0], [4.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0, foreach=foreach)

    optimizer.step()

    assert weight.tolist() == [4]
    assert len(optimizer.state) == 0
    assert optimizer.state_dict()["state"] == {}


@claim("optim.sgd.none-for-velocity", see=SGD, until="2.4")
@single_and_foreach
def test_plain_sgd_notes_that_there_is_no_velocity(foreach, device):
    """Without momentum the state of a parameter holds None in place of a velocity."""
    weight = with_gradient([8.0], [4.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0, foreach=foreach)

    optimizer.step()

    assert weight.tolist() == [4]
    assert optimizer.state_dict()["state"] == {0: {"momentum_buffer": None}}


# --- every option, alone and together -------------------------------------------------

# Each path starts at 8, has a learning rate of 0.5, and the gradients 2, -4 and 6.
PATHS = {
    "plain": ({}, [7, 9, 6]),
    "momentum": ({"momentum": 0.5}, [7, 8.5, 6.25]),
    "dampening": ({"momentum": 0.5, "dampening": 0.25}, [7, 8, 6.25]),
    "dampening-without-momentum": ({"dampening": 0.25}, [7, 9, 6]),
    "nesterov": ({"momentum": 0.5, "nesterov": True}, [6.5, 9.25, 5.125]),
    "weight_decay": ({"weight_decay": 0.5}, [5, 5.75, 1.3125]),
    "maximize": ({"maximize": True}, [9, 7, 10]),
    "maximize-momentum": ({"maximize": True, "momentum": 0.5}, [9, 7.5, 9.75]),
    "maximize-weight_decay": (
        {"maximize": True, "weight_decay": 0.5},
        [7, 3.25, 5.4375],
    ),
    "momentum-weight_decay": (
        {"momentum": 0.5, "weight_decay": 0.5},
        [5, 4.25, -0.1875],
    ),
    "all-but-nesterov": (
        {"momentum": 0.5, "dampening": 0.25, "weight_decay": 0.5, "maximize": True},
        [7, 3.6875, 3.58984375],
    ),
    "all-but-dampening": (
        {"momentum": 0.5, "nesterov": True, "weight_decay": 0.5, "maximize": True},
        [6.5, 0.8125, 3.9765625],
    ),
}


def paths(device, **implementation):
    """Return where every set of options leads."""
    found = {}
    for name, (options, _) in PATHS.items():
        weight = nn.Parameter(torch.tensor(8.0, device=device))
        optimizer = torch.optim.SGD([weight], lr=0.5, **options, **implementation)
        found[name] = path(optimizer, weight, [2.0, -4.0, 6.0])
    return found


@claim("optim.sgd.options", see=SGD)
@single_and_foreach
def test_the_options_of_sgd_follow_its_formula(foreach, device):
    """Momentum, dampening, Nesterov momentum, weight decay and maximize, each alone and
    together, move a parameter as the formula of SGD says, in a loop and with foreach.
    """
    assert paths(device, foreach=foreach) == {n: p for n, (_, p) in PATHS.items()}


@claim("optim.sgd.fused", see=SGD, since="2.4")
def test_the_fused_form_follows_the_formula_too(device):
    """With fused=True SGD takes the same steps, whatever its options."""
    assert paths(device, fused=True) == {n: p for n, (_, p) in PATHS.items()}


@claim("optim.sgd.follows-the-model", see=SGD)
@given(
    start=st.integers(-4, 4),
    gradients=st.lists(st.integers(-4, 4), min_size=3, max_size=3),
    options=st.fixed_dictionaries(
        {
            "lr": st.sampled_from([0.25, 0.5]),
            "momentum": st.sampled_from([0.5, 0.25, 0.0]),
            "weight_decay": st.sampled_from([0.0, 0.5]),
            "maximize": st.booleans(),
        }
    ),
    more=st.sampled_from([{}, {"dampening": 0.5}, {"nesterov": True}]),
    foreach=st.booleans(),
)
def test_every_path_of_sgd_is_the_models(
    start, gradients, options, more, foreach, device
):
    """The values after each of three steps are those of the formula, for any start,
    gradients and options.
    """
    options = {**options, **(more if options["momentum"] else {})}
    weight = nn.Parameter(torch.tensor(float(start), device=device))
    optimizer = torch.optim.SGD([weight], foreach=foreach, **options)

    taken = path(optimizer, weight, map(float, gradients))

    assert (options, taken) == (options, sgd(start, gradients, **options))


@claim("optim.sgd.maximize-leaves-gradients", see=SGD)
@single_and_foreach
def test_a_step_to_maximize_leaves_the_gradient_itself_alone(foreach, device):
    """Maximize, weight decay and Nesterov momentum together leave the gradient in
    ``.grad`` as it is.
    """
    weight = with_gradient([8.0], [4.0], device)
    options = {"momentum": 0.5, "nesterov": True, "weight_decay": 0.5}
    optimizer = torch.optim.SGD(
        [weight], lr=1.0, maximize=True, foreach=foreach, **options
    )
    gradient = weight.grad

    optimizer.step()

    assert weight.tolist() == [8]
    assert weight.grad is gradient
    assert gradient.tolist() == [4]


@claim("optim.sgd.weight-decay-is-l2", see=SGD)
@single_and_foreach
def test_weight_decay_adds_a_multiple_of_each_parameter_to_its_gradient(
    foreach, device
):
    """Weight decay of w moves every parameter, biases too, as half of w times the sum
    of its squares in the loss would, and does not show in ``.grad``.
    """
    decayed = nn.Linear(1, 1, device=device)
    penalised = nn.Linear(1, 1, device=device)
    for layer in (decayed, penalised):
        nn.init.constant_(layer.weight, 4.0)
        nn.init.constant_(layer.bias, -8.0)
    x = torch.tensor([[3.0]], device=device)
    by_option = torch.optim.SGD(
        decayed.parameters(), lr=0.5, weight_decay=0.25, foreach=foreach
    )
    by_loss = torch.optim.SGD(penalised.parameters(), lr=0.5, foreach=foreach)

    decayed(x).sum().backward()
    by_option.step()
    squares = sum((p**2).sum() for p in penalised.parameters())
    (penalised(x).sum() + 0.25 / 2 * squares).backward()
    by_loss.step()

    assert (decayed.weight.item(), decayed.bias.item()) == (2, -7.5)
    assert (penalised.weight.item(), penalised.bias.item()) == (2, -7.5)
    assert (decayed.weight.grad.item(), decayed.bias.grad.item()) == (3, 1)
    assert (penalised.weight.grad.item(), penalised.bias.grad.item()) == (4, -1)


@claim("optim.sgd.differentiable", see=SGD)
def test_a_differentiable_step_is_recorded(device):
    """With differentiable=True a step is recorded: gradients flow through it to what
    the parameter and its gradient were computed from.
    """
    start = torch.tensor([2.0], device=device, requires_grad=True)
    weight = start.clone()
    weight.retain_grad()
    weight.grad = start * 3
    optimizer = torch.optim.SGD([weight], lr=0.5, differentiable=True)

    optimizer.step()
    weight.backward(torch.full((1,), 2.0, device=device))

    assert weight.tolist() == [-1]
    assert weight.grad_fn is not None
    assert start.grad.tolist() == [-1]


# --- the learning rate ----------------------------------------------------------------


@claim("optim.sgd.accumulation-leaves-learning-rate", see="optim")
def test_summed_gradients_make_the_step_larger_and_not_the_learning_rate(device):
    """The learning rate stays as it is however many gradients were summed: a step
    over the sum of four is four times as large, and over their mean as one.
    """
    single, summed, averaged = nn.ParameterList(
        [torch.zeros(1, device=device) for _ in range(3)]
    )
    optimizer = torch.optim.SGD([single, summed, averaged], lr=0.5)

    (single * 2).sum().backward()
    for _ in range(4):
        (summed * 2).sum().backward()
        ((averaged * 2).sum() / 4).backward()
    optimizer.step()

    assert optimizer.param_groups[0]["lr"] == 0.5
    assert single.tolist() == [-1]
    assert summed.tolist() == [-4]
    assert averaged.tolist() == [-1]


@claim("optim.sgd.learning-rate-can-be-set", see="optim#how-to-adjust-learning-rate")
def test_a_learning_rate_set_in_the_group_holds_from_the_next_step(device):
    """Options are read from the parameter group at every step: a learning rate or a
    momentum written there holds from the next step on.
    """
    weight = with_gradient([8.0], [2.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    optimizer.step()
    first = weight.tolist()

    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.step()
    second = weight.tolist()
    optimizer.param_groups[0]["momentum"] = 0.5
    optimizer.step()
    optimizer.step()

    assert (first, second) == ([6], [5])
    assert weight.tolist() == [2.5]


@claim("optim.sgd.tensor-learning-rate", see=SGD)
@single_and_foreach
def test_the_learning_rate_may_be_a_tensor(foreach, device):
    """A learning rate may be a tensor without dimensions; it is kept, and read at every
    step.
    """
    weight = with_gradient([8.0], [2.0], device)
    rate = torch.tensor(0.5)
    optimizer = torch.optim.SGD([weight], lr=rate, foreach=foreach)

    optimizer.step()
    first = weight.tolist()
    rate.fill_(1.0)
    optimizer.step()

    assert optimizer.param_groups[0]["lr"] is rate
    assert first == [7]
    assert weight.tolist() == [5]


@claim("optim.sgd.tensor-learning-rate-of-one-element", see=SGD, since="2.5")
@pytest.mark.parametrize(
    "make",
    [
        lambda parameters, rate: torch.optim.SGD(parameters, lr=rate),
        lambda parameters, rate: torch.optim.Adam(parameters, lr=rate),
        lambda parameters, rate: torch.optim.AdamW(parameters, lr=rate),
    ],
    ids=["SGD", "Adam", "AdamW"],
)
def test_a_learning_rate_of_several_elements_is_refused(make):
    """A tensor of several elements as the learning rate raises ValueError, of Adam and
    AdamW too.
    """
    weight = nn.Parameter(torch.ones(2))

    with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
        make([weight], torch.tensor([0.5, 0.5]))


@claim("optim.sgd.default-learning-rate", see=SGD, since="2.2")
def test_the_learning_rate_has_a_default(device):
    """Without lr SGD takes a learning rate of 0.001, as Adam does, and ASGD one of
    0.01.
    """
    weight = with_gradient([1.0], [1.0], device)

    optimizer = torch.optim.SGD([weight])
    optimizer.step()

    assert optimizer.defaults["lr"] == 0.001
    assert torch.optim.Adam([weight]).defaults["lr"] == 0.001
    assert torch.optim.ASGD([weight]).defaults["lr"] == 0.01
    assert optimizer.param_groups[0]["lr"] == 0.001
    assert weight.tolist() == pytest.approx([0.999], rel=1e-6)


@claim("optim.sgd.required-learning-rate", see=SGD, until="2.2")
def test_the_learning_rate_has_to_be_given():
    """Without lr SGD raises ValueError, unless every group brings its own."""
    weight = nn.Parameter(torch.ones(2))

    with pytest.raises(ValueError, match="value of required optimization parameter lr"):
        torch.optim.SGD([weight])
    optimizer = torch.optim.SGD([{"params": [weight], "lr": 0.5}])

    assert optimizer.param_groups[0]["lr"] == 0.5


# --- arguments ------------------------------------------------------------------------


@claim("optim.sgd.defaults", see=SGD)
def test_every_option_of_sgd_is_off_by_default():
    """Unless asked for, there is no momentum, no dampening, no weight decay, no
    Nesterov momentum and no maximizing, and foreach is left to torch.
    """
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(2))], lr=0.5)

    defaults = optimizer.defaults
    assert defaults["lr"] == 0.5
    assert (defaults["momentum"], defaults["dampening"]) == (0, 0)
    assert defaults["weight_decay"] == 0
    assert (defaults["nesterov"], defaults["maximize"]) == (False, False)
    assert (defaults["foreach"], defaults["differentiable"]) == (None, False)


@claim("optim.sgd.argument-positions", see=SGD)
def test_sgd_takes_its_options_by_position(device):
    """By position SGD takes the parameters, the learning rate, momentum, dampening,
    weight decay and nesterov.
    """
    weight = nn.Parameter(torch.ones(2, device=device))

    (group,) = torch.optim.SGD([weight], 0.5, 0.25, 0.125, 0.0625, False).param_groups

    assert (group["lr"], group["momentum"], group["dampening"]) == (0.5, 0.25, 0.125)
    assert (group["weight_decay"], group["nesterov"]) == (0.0625, False)


@claim("optim.sgd.argument-validation", see=SGD)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": -0.5}, r"^Invalid learning rate: -0\.5$"),
        ({"lr": 1.0, "momentum": -0.5}, r"^Invalid momentum value: -0\.5$"),
        ({"lr": 1.0, "weight_decay": -0.5}, r"^Invalid weight_decay value: -0\.5$"),
        ({"lr": 1.0, "nesterov": True}, "requires a momentum and zero dampening"),
        (
            {"lr": 1.0, "nesterov": True, "momentum": 0.5, "dampening": 0.5},
            "requires a momentum and zero dampening",
        ),
    ],
    ids=["lr", "momentum", "weight_decay", "nesterov", "nesterov-dampening"],
)
def test_sgd_refuses_options_that_make_no_sense(options, message):
    """A negative learning rate, momentum or weight decay raises ValueError, and so does
    Nesterov momentum without momentum or with dampening.
    """
    weight = nn.Parameter(torch.ones(2))

    with pytest.raises(ValueError, match=message):
        torch.optim.SGD([weight], **options)


@claim("optim.sgd.one-implementation", see=SGD, since="2.3")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"foreach": True}, "`fused` and `foreach` cannot be `True` together"),
        ({"differentiable": True}, "`fused` does not support `differentiable`"),
    ],
    ids=["foreach", "differentiable"],
)
def test_fused_goes_with_neither_foreach_nor_differentiable(options, message, device):
    """Asking for fused together with foreach or with differentiable raises
    RuntimeError.
    """
    weight = nn.Parameter(torch.ones(2, device=device))

    with pytest.raises(RuntimeError, match=message):
        torch.optim.SGD([weight], lr=1.0, fused=True, **options)


@claim("optim.sgd.fused-floats-only", see=SGD, since="2.4.0")
@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.complex64], ids=["int", "complex"]
)
def test_fused_steps_take_floating_point_numbers_only(dtype, device):
    """With fused=True integer and complex parameters raise RuntimeError, at the latest
    at the first step, and stay as they are.
    """
    weight = torch.tensor([3, 4], device=device).to(dtype)
    weight.grad = torch.tensor([1, 2], device=device).to(dtype)

    with pytest.raises(RuntimeError, match="all the params to be floating point"):
        torch.optim.SGD([weight], lr=1.0, fused=True).step()

    assert weight.tolist() == [3, 4]
    assert weight.grad.tolist() == [1, 2]


# --- hooks around a step --------------------------------------------------------------


@claim(
    "optim.step.hooks",
    see="generated/torch.optim.Optimizer.register_step_pre_hook",
    since="2.0",
)
def test_step_hooks_run_before_and_after_the_update(device):
    """Hooks registered for the step of an optimizer are called with the optimizer and
    the arguments, before and after the update in the order of registration, until they
    are removed.
    """
    weight = with_gradient([8.0], [1.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    other = torch.optim.SGD([weight], lr=1.0)
    seen = []

    def record(name):
        def hook(caller, args, kwargs):
            arguments = (args[0] is optimizer, len(args), kwargs)
            seen.append((name, caller is optimizer, arguments, weight.item()))

        return hook

    handles = [
        optimizer.register_step_pre_hook(record("before")),
        optimizer.register_step_pre_hook(record("also before")),
        optimizer.register_step_post_hook(record("after")),
        optimizer.register_step_post_hook(record("also after")),
    ]
    optimizer.step(closure=None)
    other.step()
    handles[0].remove()
    handles[3].remove()
    optimizer.step()

    given = (True, 1, {"closure": None})
    assert seen == [
        ("before", True, given, 8),
        ("also before", True, given, 8),
        ("after", True, given, 7),
        ("also after", True, given, 7),
        ("also before", True, (True, 1, {}), 6),
        ("after", True, (True, 1, {}), 5),
    ]


@claim(
    "optim.step.hook-changes-arguments",
    see="generated/torch.optim.Optimizer.register_step_pre_hook",
    since="2.0",
)
@pytest.mark.parametrize(
    ("hook", "call"),
    [
        (
            lambda optimizer, args, kwargs: ((optimizer, lambda: "from the hook"), {}),
            (2, []),
        ),
        (
            lambda optimizer, args, kwargs: (
                args,
                {"closure": lambda: "from the hook"},
            ),
            (1, ["closure"]),
        ),
    ],
    ids=["arguments", "keywords"],
)
def test_a_hook_before_the_step_can_replace_its_arguments(hook, call, device):
    """What a hook before the step returns, a tuple of arguments and keywords, takes
    the place of those that the step was called with, for the hooks behind it too.
    """
    weight = with_gradient([8.0], [1.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    seen = []
    optimizer.register_step_pre_hook(hook)
    optimizer.register_step_pre_hook(
        lambda caller, args, kwargs: seen.append((len(args), list(kwargs)))
    )
    optimizer.register_step_post_hook(
        lambda caller, args, kwargs: seen.append((len(args), list(kwargs)))
    )

    returned = optimizer.step()

    assert returned == "from the hook"
    assert seen == [call, call]
    assert weight.tolist() == [7]


@claim(
    "optim.step.hook-returns-nonsense",
    see="generated/torch.optim.Optimizer.register_step_pre_hook",
    since="2.0",
)
@pytest.mark.parametrize(
    "result", [3, (1, 2, 3), [(), {}]], ids=["int", "triple", "list"]
)
def test_a_hook_before_the_step_must_return_none_or_two_things(result, device):
    """A hook before the step that returns anything but None or a tuple of two raises
    RuntimeError, and nothing is updated.
    """
    weight = with_gradient([8.0], [1.0], device)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    optimizer.register_step_pre_hook(lambda caller, args, kwargs: result)

    with pytest.raises(RuntimeError, match="must return None or a tuple of"):
        optimizer.step()

    assert weight.tolist() == [8]
    assert weight.grad.tolist() == [1]


@claim("optim.step.global-hooks", see="optim", since="2.0")
def test_global_step_hooks_run_for_every_optimizer_around_its_own(device):
    """Hooks registered for all optimizers run at every optimizer's step: before its own
    hooks where they come before the step, and after them where they come after.
    """
    from torch.optim.optimizer import (
        register_optimizer_step_post_hook,
        register_optimizer_step_pre_hook,
    )

    first = torch.optim.SGD([with_gradient([8.0], [1.0], device)], lr=1.0)
    second = torch.optim.Adam([with_gradient([8.0], [1.0], device)])
    seen = []
    first.register_step_pre_hook(lambda *_: seen.append("own before"))
    first.register_step_post_hook(lambda *_: seen.append("own after"))

    before = register_optimizer_step_pre_hook(
        lambda caller, args, kwargs: seen.append(type(caller).__name__)
    )
    after = register_optimizer_step_post_hook(lambda *_: seen.append("after"))
    try:
        first.step()
        second.step()
    finally:
        before.remove()
        after.remove()
    first.step()

    assert seen == [
        "SGD",
        "own before",
        "own after",
        "after",
        "Adam",
        "after",
        "own before",
        "own after",
    ]

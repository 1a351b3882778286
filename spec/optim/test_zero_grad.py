"""Clearing gradients: a pass adds to ``.grad``, so something has to empty it.

``zero_grad()`` of an optimizer clears the parameters in its groups, that of a module
clears the module's own, and neither knows of the other. Both set ``.grad`` to None;
with ``set_to_none=False`` they fill the tensor that is there with zeros instead. The
next step tells the two apart: it passes over None, and acts on zeros.

It is often believed that zero_grad() leaves zeros behind. It did before 2.0.
"""

import pytest
import torch
from torch import nn

from torch_semantics import claim
from torch_semantics.words import shares_storage

OPTIMIZER = "generated/torch.optim.Optimizer.zero_grad"
MODULE = "generated/torch.nn.Module#torch.nn.Module.zero_grad"

both = pytest.mark.parametrize(
    "owner",
    [
        lambda layer: layer,
        lambda layer: torch.optim.SGD(layer.parameters(), lr=1.0),
        lambda layer: torch.optim.SGD(layer.parameters(), lr=1.0, foreach=True),
        lambda layer: torch.optim.Adam(layer.parameters()),
    ],
    ids=["module", "SGD", "SGD-foreach", "Adam"],
)


def trained(device):
    """Return a layer of two inputs after a backward pass of its sum."""
    layer = nn.Linear(2, 1, device=device)
    nn.init.constant_(layer.weight, 1.0)
    nn.init.constant_(layer.bias, 1.0)
    layer(torch.tensor([[2.0, 3.0]], device=device)).sum().backward()
    return layer


# --- to None --------------------------------------------------------------------------


@claim("optim.zero-grad.sets-grads-to-none", see=OPTIMIZER, since="2.0")
def test_zero_grad_of_an_optimizer_sets_every_gradient_to_none(device):
    """By default zero_grad() of an optimizer leaves None in the place of every
    gradient, and touches no value; it returns None.
    """
    layer = trained(device)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0, momentum=0.5)
    before = (layer.weight.grad.tolist(), layer.bias.grad.tolist())

    returned = optimizer.zero_grad()

    assert returned is None
    assert before == ([[2, 3]], [1])
    assert (layer.weight.grad, layer.bias.grad) == (None, None)
    assert (layer.weight.tolist(), layer.bias.tolist()) == ([[1, 1]], [1])


@claim("optim.zero-grad.sets-to-none", see=OPTIMIZER, since="2.0")
@both
def test_an_old_gradient_keeps_its_values_when_zero_grad_lets_go_of_it(owner, device):
    """By default zero_grad() only lets go of a gradient: whoever still holds the tensor
    finds its values, while reading ``.grad.data`` raises AttributeError.
    """
    layer = trained(device)
    gradient = layer.weight.grad

    owner(layer).zero_grad()

    assert layer.weight.grad is None
    assert gradient.tolist() == [[2, 3]]
    with pytest.raises(
        AttributeError, match="'NoneType' object has no attribute 'data'"
    ):
        layer.weight.grad.data.sum()


@claim("optim.zero-grad.zeros-before-2.0", see=OPTIMIZER, until="2.0")
@both
def test_zero_grad_leaves_zeros_by_default(owner, device):
    """By default zero_grad() fills the tensors that are there with zeros."""
    layer = trained(device)
    gradient = layer.weight.grad

    owner(layer).zero_grad()

    assert layer.weight.grad is gradient
    assert gradient.tolist() == [[0, 0]]
    assert layer.bias.grad.tolist() == [0]


@claim("nn.module.zero-grad-clears-all-parameters", see=MODULE, since="2.0")
def test_zero_grad_of_a_module_clears_all_of_its_parameters(device):
    """By default zero_grad() of a module sets the gradients of all its parameters to
    None, of frozen ones and of those in nested modules too, and returns None.
    """
    model = nn.Sequential(nn.Sequential(nn.Linear(2, 2)), nn.Linear(2, 1)).to(device)
    model(torch.tensor([[2.0, 3.0]], device=device)).sum().backward()
    model[1].requires_grad_(False)
    had = [p.grad is not None for p in model.parameters()]

    returned = model.zero_grad()

    assert returned is None
    assert had == [True, True, True, True]
    assert [p.grad for p in model.parameters()] == [None, None, None, None]


@claim("optim.zero-grad.without-gradients", see=OPTIMIZER)
@both
@pytest.mark.parametrize("set_to_none", [True, False], ids=["to-none", "to-zeros"])
def test_zero_grad_is_fine_where_there_are_no_gradients(set_to_none, owner, device):
    """Where no parameter has a gradient zero_grad() does nothing, twice over."""
    layer = nn.Linear(2, 1, device=device)
    nn.init.constant_(layer.weight, 1.0)
    clearing = owner(layer)

    clearing.zero_grad(set_to_none=set_to_none)
    clearing.zero_grad(set_to_none=set_to_none)

    assert (layer.weight.grad, layer.bias.grad) == (None, None)
    assert layer.weight.tolist() == [[1, 1]]


# --- to zeros -------------------------------------------------------------------------


@claim("optim.zero-grad.keeps-the-tensor", see=OPTIMIZER)
@both
@pytest.mark.parametrize(
    "clear",
    [
        lambda clearing: clearing.zero_grad(set_to_none=False),
        lambda clearing: clearing.zero_grad(False),
    ],
    ids=["keyword", "position"],
)
def test_without_set_to_none_the_same_tensors_are_filled_with_zeros(
    clear, owner, device
):
    """With set_to_none=False zero_grad() writes zeros into the gradients that are
    there, which the next backward pass adds to.
    """
    layer = trained(device)
    gradient, bias = layer.weight.grad, layer.bias.grad
    alias = gradient.detach()

    clear(owner(layer))
    cleared = (alias.tolist(), bias.tolist())
    layer(torch.tensor([[5.0, 7.0]], device=device)).sum().backward()

    assert cleared == ([[0, 0]], [0])
    assert layer.weight.grad is gradient
    assert layer.bias.grad is bias
    assert shares_storage(gradient, alias)
    assert gradient.tolist() == [[5, 7]]
    assert gradient.dtype == torch.float32


@claim("optim.zero-grad.mixed-gradients", see=OPTIMIZER)
@pytest.mark.parametrize("foreach", [False, True], ids=["single", "foreach"])
def test_zeros_reach_gradients_of_every_dtype_and_layout(foreach, device):
    """With set_to_none=False zero_grad() of an optimizer clears gradients of different
    dtypes, sparse ones, and those that are not numbers any more.
    """
    single, half = nn.ParameterList(
        [torch.ones(2, device=device), torch.ones(2, device=device).half()]
    )
    sparse = nn.Parameter(torch.ones(2, device=device))
    single.grad = torch.tensor([float("nan"), float("inf")], device=device)
    half.grad = torch.ones(2, device=device).half()
    sparse.grad = torch.tensor([0.0, 3.0], device=device).to_sparse()
    optimizer = torch.optim.SGD([single, half, sparse], lr=1.0, foreach=foreach)

    optimizer.zero_grad(set_to_none=False)

    assert single.grad.tolist() == [0, 0]
    assert (half.grad.tolist(), half.grad.dtype) == ([0, 0], torch.float16)
    assert sparse.grad.is_sparse is True
    assert sparse.grad.to_dense().tolist() == [0, 0]


@claim("optim.zero-grad.leaves-the-graph-behind", see=OPTIMIZER)
@both
def test_zeros_are_not_part_of_a_graph(owner, device):
    """With set_to_none=False zero_grad() takes a gradient that is part of a graph out
    of it: the same tensor is a leaf then, and does not require gradients. Nor does one
    that was a leaf before.
    """
    layer = nn.Linear(1, 1, device=device)
    factor = torch.tensor([[3.0]], device=device, requires_grad=True)
    gradient = layer.weight.grad = factor * 2
    leaf = layer.bias.grad = torch.ones(1, device=device, requires_grad=True)
    before = (gradient.tolist(), gradient.requires_grad, gradient.is_leaf)
    leaf_before = (leaf.tolist(), leaf.requires_grad, leaf.is_leaf)

    owner(layer).zero_grad(set_to_none=False)

    assert before == ([[6]], True, False)
    assert leaf_before == ([1], True, True)
    assert layer.weight.grad is gradient
    assert gradient.tolist() == [[0]]
    assert (gradient.requires_grad, gradient.grad_fn) == (False, None)
    assert gradient.is_leaf is True
    assert layer.bias.grad is leaf
    assert (leaf.tolist(), leaf.requires_grad) == ([0], False)


# --- whose gradients ------------------------------------------------------------------


@claim("optim.zero-grad.only-own-parameters", see=OPTIMIZER)
@pytest.mark.parametrize(
    ("set_to_none", "cleared"), [(True, None), (False, 0)], ids=["to-none", "to-zeros"]
)
def test_each_clears_only_what_it_holds(set_to_none, cleared, device):
    """An optimizer clears the parameters in its groups, of the module or not, and the
    module clears its own: neither reaches what only the other holds.
    """
    layer = trained(device)
    foreign = nn.Parameter(torch.ones(1, device=device))
    (foreign * 4).sum().backward()
    optimizer = torch.optim.SGD([{"params": [layer.bias]}, {"params": [foreign]}], 1.0)

    optimizer.zero_grad(set_to_none=set_to_none)
    by_optimizer = (layer.weight.grad.tolist(), layer.bias.grad, foreign.grad)
    foreign.grad = torch.tensor([5.0], device=device)
    layer.bias.grad = torch.tensor([6.0], device=device)
    assigned = layer.bias.grad.tolist()
    layer.zero_grad(set_to_none=set_to_none)

    assert by_optimizer == ([[2, 3]], cleared, cleared)
    assert assigned == [6]
    assert layer.bias.grad == cleared
    assert foreign.grad.tolist() == [5]


@claim("optim.zero-grad.two-optimizers", see=OPTIMIZER)
def test_two_optimizers_of_one_model_clear_a_part_each(device):
    """Of two optimizers that share a model, each clears its own part."""
    layer = trained(device)
    of_weight = torch.optim.SGD([layer.weight], lr=1.0)
    of_bias = torch.optim.Adam([layer.bias])

    of_weight.zero_grad(set_to_none=True)
    after_first = (layer.weight.grad, layer.bias.grad.tolist())
    of_bias.zero_grad(set_to_none=True)

    assert after_first == (None, [1])
    assert layer.bias.grad is None


# --- in the loop ----------------------------------------------------------------------


def step(weight, optimizer, factor):
    """Do a backward pass whose gradient is the factor, and a step."""
    (weight * factor).sum().backward()
    optimizer.step()
    return weight.item()


@claim("optim.zero-grad.omitting-accumulates", see=OPTIMIZER)
def test_without_clearing_each_step_uses_the_sum_of_all_gradients(device):
    """Without zero_grad() every step moves by the sum of all gradients so far."""
    weight = nn.Parameter(torch.tensor(100.0, device=device))
    optimizer = torch.optim.SGD([weight], lr=1.0)

    values = [step(weight, optimizer, factor) for factor in (1.0, 2.0, 4.0)]

    assert values == [99, 96, 89]
    assert weight.grad.item() == 7


def clears_first(weight, optimizer, factor, **mode):
    """Do a round that begins with clearing."""
    optimizer.zero_grad(**mode)
    (weight * factor).backward()
    optimizer.step()


def clears_before_backward(weight, optimizer, factor, **mode):
    """Do a round that clears between the forward and the backward pass."""
    loss = weight * factor
    optimizer.zero_grad(**mode)
    loss.backward()
    optimizer.step()


def clears_last(weight, optimizer, factor, **mode):
    """Do a round that ends with clearing."""
    (weight * factor).backward()
    optimizer.step()
    optimizer.zero_grad(**mode)


@claim("optim.zero-grad.each-batch-or-accumulate", see=OPTIMIZER)
@pytest.mark.parametrize("set_to_none", [True, False], ids=["to-none", "to-zeros"])
@pytest.mark.parametrize(
    "act",
    [clears_first, clears_before_backward, clears_last],
    ids=["before-forward", "before-backward", "after-step"],
)
def test_with_clearing_in_each_round_a_step_uses_its_own_batch_alone(
    act, set_to_none, device
):
    """With zero_grad() in each round, before the forward pass, before the backward pass
    or after the step, every step uses the gradient of its own batch alone.
    """
    weight = nn.Parameter(torch.tensor(100.0, device=device))
    optimizer = torch.optim.SGD([weight], lr=1.0)

    act(weight, optimizer, 2.0, set_to_none=set_to_none)
    first = weight.item()
    act(weight, optimizer, 4.0, set_to_none=set_to_none)
    second = weight.item()
    act(weight, optimizer, 8.0, set_to_none=set_to_none)

    assert (first, second, weight.item()) == (98, 94, 86)


@claim("optim.zero-grad.between-backward-and-step", see=OPTIMIZER)
@both
@pytest.mark.parametrize("set_to_none", [True, False], ids=["to-none", "to-zeros"])
def test_clearing_between_backward_and_step_throws_the_pass_away(
    set_to_none, owner, device
):
    """Clearing between the backward pass and the step of plain SGD leaves the step
    without effect.
    """
    layer = trained(device)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)

    owner(layer).zero_grad(set_to_none=set_to_none)
    optimizer.step()

    assert layer.weight.tolist() == [[1, 1]]
    assert layer.bias.tolist() == [1]


@claim("optim.zero-grad.none-versus-zero-with-momentum", see=OPTIMIZER)
@pytest.mark.parametrize("foreach", [False, True], ids=["single", "foreach"])
@pytest.mark.parametrize(
    ("options", "moved"),
    [
        ({"momentum": 0.5}, 5),
        ({"weight_decay": 0.5}, 1),
        ({"momentum": 0.5, "weight_decay": 0.5}, -2),
    ],
    ids=["momentum", "weight-decay", "both"],
)
def test_a_step_rests_at_none_and_moves_at_zero(options, moved, foreach, device):
    """After clearing to None a step with momentum or weight decay leaves a parameter
    where it is; after clearing to zeros it moves it on.
    """
    weight = nn.Parameter(torch.tensor(8.0, device=device))
    optimizer = torch.optim.SGD([weight], lr=1.0, foreach=foreach, **options)

    (weight * 2).backward()
    optimizer.step()
    first = weight.item()
    optimizer.zero_grad(set_to_none=True)
    optimizer.step()
    at_none = weight.item()
    weight.grad = torch.tensor(9.0, device=device)
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()

    assert at_none == first
    assert weight.item() == moved


@claim("optim.zero-grad.none-versus-zero-with-adam", see="generated/torch.optim.Adam")
def test_adam_rests_at_none_and_moves_at_zero(device):
    """After clearing to None Adam counts no step for a parameter; after clearing to
    zeros it does, and moves on along its mean gradient.
    """
    weight = nn.Parameter(torch.tensor(8.0, device=device))
    optimizer = torch.optim.Adam([weight], lr=1.0)

    (weight * 2).backward()
    optimizer.step()
    first = (weight.item(), optimizer.state[weight]["step"].item())
    optimizer.zero_grad(set_to_none=True)
    optimizer.step()
    at_none = (weight.item(), optimizer.state[weight]["step"].item())
    weight.grad = torch.tensor(9.0, device=device)
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()

    assert first == (pytest.approx(7), 1)
    assert at_none == first
    assert (weight.item() < 6.5, optimizer.state[weight]["step"].item()) == (True, 2)

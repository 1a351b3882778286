"""What is optimized: an optimizer holds parameters, in groups, and moves no others.

An optimizer is built from any iterable of tensors, or of dicts, each of which is a
group: a list of parameters with options of its own. It keeps the parameter objects, so
it goes on with them whatever becomes of the model. Which gradients are computed is not
its business: a parameter that it does not hold gets its gradient all the same.

It is often believed that frozen parameters have to be filtered out first. They don't.
"""

import copy
import pickle
import warnings

import pytest
import torch
from torch import nn

from torch_semantics import claim
from torch_semantics.words import shares_storage

OPTIM = "optim#constructing-it"
GROUPS = "optim#per-parameter-options"
ADD = "generated/torch.optim.Optimizer.add_param_group"
STATE_DICT = "generated/torch.optim.Optimizer.state_dict"
LOAD = "generated/torch.optim.Optimizer.load_state_dict"

sgd_and_adam = pytest.mark.parametrize(
    "make",
    [
        lambda parameters, **options: torch.optim.SGD(parameters, lr=1.0, **options),
        lambda parameters, **options: torch.optim.Adam(parameters, lr=1.0, **options),
    ],
    ids=["SGD", "Adam"],
)


def parameters(device, *values):
    """Return parameters of one element, each with a gradient of 1."""
    made = [nn.Parameter(torch.tensor([value], device=device)) for value in values]
    for parameter in made:
        parameter.grad = torch.ones(1, device=device)
    return made


def with_momentum(device):
    """Return an optimizer of two groups that has taken a step, and its parameters."""
    made = parameters(device, 4.0, 5.0, 6.0)
    made[1].grad = torch.tensor([2.0], device=device)
    groups = [{"params": made[:2]}, {"params": made[2:], "lr": 0.5}]
    optimizer = torch.optim.SGD(groups, lr=1.0, momentum=0.5)
    optimizer.step()
    return optimizer, made


# --- construction ---------------------------------------------------------------------


@claim("optim.construct.accepts-generator", see=OPTIM)
@sgd_and_adam
@pytest.mark.parametrize(
    "collect",
    [
        lambda layer: layer.parameters(),
        lambda layer: list(layer.parameters()),
        lambda layer: tuple(layer.parameters()),
        lambda layer: iter([layer.weight, layer.bias]),
        lambda layer: dict(layer.named_parameters()).values(),
        lambda layer: [{"params": layer.parameters()}],
    ],
    ids=["generator", "list", "tuple", "iterator", "values", "group"],
)
def test_an_optimizer_takes_any_iterable_of_parameters(collect, make, device):
    """An optimizer takes its parameters from any iterable, and keeps a list of the very
    objects as its one group.
    """
    layer = nn.Linear(2, 1, device=device)

    optimizer = make(collect(layer))

    (group,) = optimizer.param_groups
    assert type(group["params"]) is list
    assert len(group["params"]) == 2
    assert group["params"][0] is layer.weight
    assert group["params"][1] is layer.bias
    assert len(optimizer.state) == 0


@claim("optim.construct.own-list", see=OPTIM)
def test_a_list_of_parameters_is_copied(device):
    """What is appended to a list after an optimizer was made from it is not
    optimized.
    """
    first, second = parameters(device, 1.0, 1.0)
    given = [first]
    optimizer = torch.optim.SGD(given, lr=1.0)

    given.append(second)
    optimizer.step()

    assert len(optimizer.param_groups[0]["params"]) == 1
    assert (first.item(), second.item()) == (0, 1)
    assert second.grad.tolist() == [1]


@claim("optim.construct.empty-list-rejected", see=OPTIM)
@sgd_and_adam
@pytest.mark.parametrize(
    "collect",
    [
        lambda layer: [],
        lambda layer: layer.parameters(),
        lambda layer: filter(lambda p: p is layer, layer.parameters()),
    ],
    ids=["list", "used-generator", "filter"],
)
def test_an_optimizer_refuses_to_have_nothing_to_do(collect, make, device):
    """An iterable without parameters raises ValueError, also where it is a generator
    that was used up before.
    """
    layer = nn.Linear(2, 1, device=device)
    given = collect(layer)
    for _ in given:
        pass

    with pytest.raises(ValueError, match=r"^optimizer got an empty parameter list$"):
        make(given)


@claim("optim.construct.bare-tensor", see=OPTIM)
@sgd_and_adam
def test_an_optimizer_refuses_a_tensor_in_place_of_an_iterable(make, device):
    """A bare tensor or parameter in place of an iterable raises TypeError."""
    parameter = nn.Parameter(torch.ones(2, device=device))

    with pytest.raises(TypeError, match="should be an iterable of Tensors or dicts"):
        make(parameter)
    with pytest.raises(TypeError, match="should be an iterable of Tensors or dicts"):
        make(parameter.detach())


@claim("optim.construct.not-iterable", see=OPTIM)
@sgd_and_adam
@pytest.mark.parametrize("given", [None, 5], ids=["None", "int"])
def test_an_optimizer_refuses_what_is_not_iterable(given, make):
    """None or a number in place of an iterable raises TypeError."""
    with pytest.raises(TypeError, match="object is not iterable"):
        make(given)


@claim("optim.construct.tensors-only", see=OPTIM)
@sgd_and_adam
@pytest.mark.parametrize(
    "given",
    [[1.0], "weights", [[nn.Parameter(torch.ones(1))]], [{"params": [None]}]],
    ids=["float", "str", "nested", "group"],
)
def test_an_optimizer_refuses_what_is_no_tensor(given, make):
    """An element that is no tensor raises TypeError, which says so."""
    with pytest.raises(TypeError, match="optimizer can only optimize Tensors, but one"):
        make(given)


@claim("optim.construct.leaves-only", see=OPTIM)
@sgd_and_adam
def test_an_optimizer_refuses_what_is_no_leaf(make, device):
    """A tensor that was computed raises ValueError, unless it retains its gradient."""
    leaf = torch.ones(2, device=device, requires_grad=True)
    computed, retaining = leaf * 2, leaf * 3
    retaining.retain_grad()

    with pytest.raises(ValueError, match=r"^can't optimize a non-leaf Tensor$"):
        make([leaf, computed])
    optimizer = make([leaf, retaining])

    assert optimizer.param_groups[0]["params"][1] is retaining


@claim("optim.construct.plain-tensors", see=OPTIM)
def test_an_optimizer_takes_plain_tensors(device):
    """Leaves need not be Parameters, nor require gradients: what counts is whether
    there is something in ``.grad``.
    """
    leaf = torch.tensor([4.0], device=device, requires_grad=True)
    without = torch.tensor([4.0], device=device)
    assigned = torch.tensor([4.0], device=device)
    assigned.grad = torch.tensor([2.0], device=device)
    optimizer = torch.optim.SGD([leaf, without, assigned], lr=1.0)

    (leaf * 3).sum().backward()
    optimizer.step()

    assert (leaf.tolist(), without.tolist(), assigned.tolist()) == ([1], [4], [2])


@claim("optim.construct.duplicates-warn", see=OPTIM)
def test_a_parameter_twice_in_one_group_warns_and_moves_twice(device):
    """A parameter that stands twice in one group brings a UserWarning, and each step
    moves it twice.
    """
    (parameter,) = parameters(device, 8.0)

    with pytest.warns(UserWarning, match="parameter group with duplicate parameters"):
        optimizer = torch.optim.SGD([parameter, parameter], lr=1.0)
    optimizer.step()

    assert len(optimizer.param_groups[0]["params"]) == 2
    assert parameter.item() == 6


@claim("optim.construct.equal-values-are-no-duplicates", see=OPTIM)
def test_parameters_of_equal_values_are_different_parameters(device):
    """Parameters are told apart as objects: two with equal values bring no warning,
    in one group or in two.
    """
    first, second, third = parameters(device, 8.0, 8.0, 8.0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer = torch.optim.SGD(
            [{"params": [first, second]}, {"params": [third]}], lr=1.0
        )
    optimizer.step()

    assert (first.item(), second.item(), third.item()) == (7, 7, 7)


@claim("optim.construct.one-group-each", see=GROUPS)
@sgd_and_adam
def test_a_parameter_can_stand_in_one_group_only(make, device):
    """A parameter that stands in two groups raises ValueError."""
    first, second = parameters(device, 1.0, 1.0)

    with pytest.raises(ValueError, match="appear in more than one parameter group"):
        make([{"params": [first]}, {"params": [second, first]}])


@claim("optim.construct.set-in-a-group", see=GROUPS)
def test_a_group_refuses_a_set(device):
    """A set as the parameters of a group raises TypeError: a set has no order."""
    made = set(parameters(device, 1.0, 1.0))

    with pytest.raises(TypeError, match="organized in ordered collections"):
        torch.optim.SGD([{"params": made}], lr=1.0)


@claim("optim.construct.bare-set-warns", see=OPTIM, since="2.15")
def test_a_set_of_parameters_brings_a_warning(device):
    """A set in place of a list brings a FutureWarning, as it has no order, and is
    taken all the same.
    """
    first, second = parameters(device, 8.0, 9.0)

    with pytest.warns(FutureWarning, match="organized in ordered collections"):
        optimizer = torch.optim.SGD({first, second}, lr=1.0)
    optimizer.step()

    assert (first.item(), second.item()) == (7, 8)


@claim("optim.construct.bare-set", see=OPTIM, until="2.15")
def test_a_set_of_parameters_is_taken(device):
    """A set in place of a list is taken without a word, although it has no order."""
    first, second = parameters(device, 8.0, 9.0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer = torch.optim.SGD({first, second}, lr=1.0)
    optimizer.step()

    assert (first.item(), second.item()) == (7, 8)


@claim("optim.construct.group-without-parameters", see=GROUPS)
def test_a_group_needs_the_key_params(device):
    """A dict without the key "params" raises KeyError."""
    with pytest.raises(KeyError, match="params"):
        torch.optim.SGD([{"lr": 1.0}], lr=1.0)


@claim("optim.construct.named-parameters", see=OPTIM, since="2.6")
@sgd_and_adam
def test_named_parameters_leave_their_names_in_the_group(make, device):
    """An optimizer takes pairs of names and parameters, and keeps the names beside the
    parameters, in its state dict too.
    """
    layer = nn.Linear(2, 1, device=device)

    optimizer = make(layer.named_parameters())

    (group,) = optimizer.param_groups
    assert group["param_names"] == ["weight", "bias"]
    assert group["params"][0] is layer.weight
    assert group["params"][1] is layer.bias
    (packed,) = optimizer.state_dict()["param_groups"]
    assert (packed["param_names"], packed["params"]) == (["weight", "bias"], [0, 1])


@claim("optim.construct.names-for-all-or-none", see=OPTIM, since="2.6")
def test_either_all_parameters_have_names_or_none(device):
    """Parameters with names beside others without raise ValueError, in one group and
    in two.
    """
    first, second = parameters(device, 1.0, 1.0)
    named = torch.optim.SGD([("first", first)], lr=1.0)

    with pytest.raises(ValueError, match="Some param names are missing"):
        torch.optim.SGD([("first", first), second], lr=1.0)
    with pytest.raises(ValueError, match="cannot add param group without names"):
        named.add_param_group({"params": [second]})
    unnamed = torch.optim.SGD([first], lr=1.0)
    with pytest.raises(ValueError, match="cannot add param group with names"):
        unnamed.add_param_group({"params": [("second", second)]})

    assert len(named.param_groups) == 1
    assert len(unnamed.param_groups) == 1


@claim("optim.construct.no-names", see=OPTIM, until="2.6")
@sgd_and_adam
def test_named_parameters_are_refused(make, device):
    """Pairs of names and parameters raise TypeError: a pair is no tensor."""
    layer = nn.Linear(2, 1, device=device)

    with pytest.raises(TypeError, match="but one of the params is tuple"):
        make(layer.named_parameters())


# --- groups ---------------------------------------------------------------------------


@claim("optim.groups.own-options", see=GROUPS)
@pytest.mark.parametrize("foreach", [False, True], ids=["single", "foreach"])
def test_a_group_has_options_of_its_own(foreach, device):
    """Options in a group's dict hold for its parameters; those that it leaves out are
    filled in from the optimizer's.
    """
    first, second, third = parameters(device, 8.0, 8.0, 8.0)
    optimizer = torch.optim.SGD(
        [
            {"params": [first]},
            {"params": second, "lr": 0.5},
            {"params": (p for p in [third]), "weight_decay": 0.25, "momentum": 0.0},
        ],
        lr=1.0,
        momentum=0.5,
        foreach=foreach,
    )

    optimizer.step()
    optimizer.step()

    groups = optimizer.param_groups
    assert [group["lr"] for group in groups] == [1.0, 0.5, 1.0]
    assert [group["momentum"] for group in groups] == [0.5, 0.5, 0.0]
    assert [group["weight_decay"] for group in groups] == [0, 0, 0.25]
    assert [type(group["params"]) for group in groups] == [list, list, list]
    assert (first.item(), second.item(), third.item()) == (5.5, 6.75, 2.75)


@claim("optim.groups.added", see=ADD)
@sgd_and_adam
def test_a_group_can_be_added_later(make, device):
    """A group that is added goes behind the others, is filled in with the options that
    the optimizer was made with, and is trained from then on; the state of the others
    stays.
    """
    first, second = parameters(device, 8.0, 8.0)
    optimizer = make([first], weight_decay=0.0)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.0

    returned = optimizer.add_param_group({"params": second, "weight_decay": 0.5})
    kept = list(optimizer.state) in ([first], [])
    optimizer.step()

    assert returned is None
    assert kept is True
    assert [g["lr"] for g in optimizer.param_groups] == [0.0, 1.0]
    assert [g["weight_decay"] for g in optimizer.param_groups] == [0.0, 0.5]
    assert optimizer.param_groups[1]["params"][0] is second
    assert first.item() == pytest.approx(7)
    assert second.item() < 7.5
    assert (first.grad.item(), second.grad.item()) == (1, 1)


@claim("optim.groups.refused", see=ADD)
def test_a_refused_group_is_not_added(device):
    """A group with a parameter that another group holds, with a computed tensor or with
    a set raises, and the optimizer keeps the groups that it had.
    """
    first, second = parameters(device, 8.0, 8.0)
    optimizer = torch.optim.SGD([first], lr=1.0)

    with pytest.raises(ValueError, match="appear in more than one parameter group"):
        optimizer.add_param_group({"params": [second, first]})
    with pytest.raises(ValueError, match="can't optimize a non-leaf Tensor"):
        optimizer.add_param_group({"params": [second * 2]})
    with pytest.raises(TypeError, match="organized in ordered collections"):
        optimizer.add_param_group({"params": {second}})
    with pytest.raises(TypeError, match="optimizer can only optimize Tensors"):
        optimizer.add_param_group({"params": [second, "third"]})
    optimizer.step()

    assert len(optimizer.param_groups) == 1
    assert (first.item(), second.item()) == (7, 8)


@claim("optim.groups.added-dict-only", see=ADD, since="2.1")
def test_a_group_that_is_added_has_to_be_a_dict(device):
    """Adding a list in place of a dict raises TypeError."""
    first, second = parameters(device, 8.0, 8.0)
    optimizer = torch.optim.SGD([first], lr=1.0)

    with pytest.raises(TypeError, match="param_group must be a dict, but got"):
        optimizer.add_param_group([second])

    assert len(optimizer.param_groups) == 1


@claim("optim.groups.added-dict-asserted", see=ADD, until="2.1")
def test_a_group_that_is_no_dict_fails_an_assertion(device):
    """Adding a list in place of a dict raises AssertionError."""
    first, second = parameters(device, 8.0, 8.0)
    optimizer = torch.optim.SGD([first], lr=1.0)

    with pytest.raises(AssertionError, match="param group must be a dict"):
        optimizer.add_param_group([second])

    assert len(optimizer.param_groups) == 1


# --- a part of a model ----------------------------------------------------------------


def two_layers(device):
    """Return a body that doubles and a head that triples."""
    model = nn.Sequential(
        nn.Linear(1, 1, bias=False, device=device),
        nn.Linear(1, 1, bias=False, device=device),
    )
    nn.init.constant_(model[0].weight, 2.0)
    nn.init.constant_(model[1].weight, 3.0)
    return model


@claim("optim.partial.only-listed-parameters-change", see=OPTIM)
@pytest.mark.parametrize("weight_decay", [0.0, 0.5], ids=["plain", "weight-decay"])
@sgd_and_adam
def test_a_step_changes_the_listed_parameters_and_no_others(make, weight_decay, device):
    """A step changes the parameters that the optimizer was given; others stay as they
    are although they have gradients, and weight decay does not reach them either.
    """
    model = two_layers(device)
    optimizer = make(model[1].parameters(), weight_decay=weight_decay)

    model(torch.ones(1, 1, device=device)).sum().backward()
    optimizer.step()

    assert model[0].weight.tolist() == [[2]]
    assert model[0].weight.grad.tolist() == [[3]]
    assert model[1].weight.item() < 3


@claim("optim.partial.unlisted-parameters-still-get-gradients", see=OPTIM)
def test_unlisted_parameters_go_on_gathering_gradients(device):
    """Backward computes the gradients of unlisted parameters too, and the optimizer's
    zero_grad() does not clear them: they add up, until the model clears them.
    """
    model = two_layers(device)
    optimizer = torch.optim.SGD(model[1].parameters(), lr=0.0)

    model(torch.ones(1, 1, device=device)).sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    model(torch.ones(1, 1, device=device)).sum().backward()
    gathered = model[0].weight.grad.tolist()
    cleared = model[1].weight.grad.tolist()
    model.zero_grad(set_to_none=True)

    assert gathered == [[6]]
    assert cleared == [[2]]
    assert model[0].weight.grad is None


@claim("optim.partial.statistics-move", see="generated/torch.nn.BatchNorm1d")
def test_running_statistics_are_not_the_optimizers_to_hold(device):
    """The running statistics of a batch norm move in the forward pass in training
    mode, whichever parameters an optimizer holds.
    """
    norm = nn.BatchNorm1d(1, momentum=0.5, device=device)
    head = nn.Linear(1, 1, device=device)
    optimizer = torch.optim.SGD(head.parameters(), lr=1.0)

    head(norm(torch.tensor([[2.0], [6.0]], device=device))).sum().backward()
    optimizer.step()

    assert norm.running_mean.tolist() == [2]
    assert norm.weight.tolist() == [1]


@claim("optim.partial.frozen-parameters-may-be-listed", see=OPTIM)
@sgd_and_adam
def test_frozen_parameters_may_be_listed_and_train_once_they_are_unfrozen(make, device):
    """An optimizer takes frozen parameters, passes over them as long as their gradient
    is None, and trains them once they are unfrozen.
    """
    model = two_layers(device)
    model[0].requires_grad_(False)
    x = torch.ones(1, 1, device=device)

    optimizer = make(model.parameters(), weight_decay=0.5)
    model(x).sum().backward()
    optimizer.step()
    frozen = (model[0].weight.tolist(), model[0].weight in optimizer.state)
    model[0].requires_grad_(True)
    model(x).sum().backward()
    optimizer.step()

    assert frozen == ([[2]], False)
    assert len(optimizer.param_groups[0]["params"]) == 2
    assert model[0].weight.item() != 2


# --- the state dict -------------------------------------------------------------------


@claim("optim.state-dict.numbers-parameters", see=STATE_DICT)
def test_a_state_dict_has_numbers_in_place_of_parameters(device):
    """In a state dict the parameters of all groups are numbered from 0, and the state
    stands under these numbers; the options of the groups are there as they are.
    """
    optimizer, _ = with_momentum(device)

    state = optimizer.state_dict()

    assert list(state) == ["state", "param_groups"]
    assert [group["params"] for group in state["param_groups"]] == [[0, 1], [2]]
    assert [group["lr"] for group in state["param_groups"]] == [1.0, 0.5]
    assert [group["momentum"] for group in state["param_groups"]] == [0.5, 0.5]
    assert {n: dict(s) for n, s in state["state"].items()} == {
        0: {"momentum_buffer": 1},
        1: {"momentum_buffer": 2},
        2: {"momentum_buffer": 1},
    }


@claim("optim.state-dict.groups-are-copies", see=STATE_DICT)
def test_the_groups_in_a_state_dict_are_copies(device):
    """An option written into the groups of a state dict does not reach the
    optimizer, nor do the parameters of its groups turn into numbers.
    """
    optimizer, made = with_momentum(device)

    state = optimizer.state_dict()
    state["param_groups"][0]["lr"] = 100.0
    state["param_groups"][0]["params"].append(7)

    assert optimizer.param_groups[0]["lr"] == 1.0
    assert len(optimizer.param_groups[0]["params"]) == 2
    assert optimizer.param_groups[0]["params"][0] is made[0]


@claim("optim.state-dict.round-trip", see=LOAD)
@pytest.mark.parametrize(
    "make",
    [
        lambda ps: torch.optim.SGD(ps, lr=0.5, momentum=0.5),
        lambda ps: torch.optim.Adam(ps, lr=0.5, amsgrad=True),
        lambda ps: torch.optim.AdamW(ps, lr=0.5),
    ],
    ids=["SGD", "Adam", "AdamW"],
)
def test_an_optimizer_with_the_state_of_another_goes_on_as_it_does(make, device):
    """An optimizer that has loaded the state dict of another takes the same next
    steps, and leaves the dict that it was given as it is.
    """
    first, second = parameters(device, 8.0, 8.0)
    optimizer, resumed = make([first]), make([second])
    optimizer.step()
    state = copy.deepcopy(optimizer.state_dict())
    with torch.no_grad():
        second.copy_(first)

    returned = resumed.load_state_dict(state)
    first.grad = torch.tensor([-2.0], device=device)
    second.grad = torch.tensor([-2.0], device=device)
    optimizer.step()
    resumed.step()

    assert returned is None
    assert second.item() == first.item()
    assert second.item() != 8
    assert list(resumed.state) == [second]
    assert state["param_groups"][0]["params"] == [0]
    assert list(state["state"]) == [0]


@claim("optim.load-state-dict.takes-over-groups", see=LOAD)
def test_loading_replaces_options_and_keeps_parameters(device):
    """Loading takes over the options of every group and all state, drops the state that
    was there, and keeps the parameters; what becomes of the dict's groups afterwards
    does not reach the optimizer.
    """
    source, _ = with_momentum(device)
    target, held = with_momentum(device)
    target.param_groups[1]["lr"] = 64.0
    source.state.pop(source.param_groups[0]["params"][1])
    state = source.state_dict()

    target.load_state_dict(state)
    state["param_groups"][0]["lr"] = 100.0

    assert [group["lr"] for group in target.param_groups] == [1.0, 0.5]
    assert target.param_groups[0]["params"][0] is held[0]
    assert target.param_groups[0]["params"][1] is held[1]
    assert target.param_groups[1]["params"][0] is held[2]
    assert set(target.state) == {held[0], held[2]}
    assert target.state[held[2]]["momentum_buffer"].tolist() == [1]


@claim("optim.load-state-dict.shares-tensors", see=LOAD, since="2.1", level="observed")
def test_loading_takes_over_tensors_that_fit_as_they_are(device):
    """Where dtype and device fit, loading does not copy the tensors of a state dict:
    the next step writes into them.
    """
    source, _ = with_momentum(device)
    target, held = with_momentum(device)
    state = source.state_dict()

    target.load_state_dict(state)

    velocity = target.state[held[0]]["momentum_buffer"]
    assert shares_storage(velocity, state["state"][0]["momentum_buffer"])
    target.step()
    assert state["state"][0]["momentum_buffer"].tolist() == [1.5]


@claim("optim.load-state-dict.other-groups", see=LOAD)
def test_loading_refuses_groups_of_another_number_or_size(device):
    """Loading a state dict with another number of groups, or with a group of another
    size, raises ValueError, and the optimizer stays as it is.
    """
    target, held = with_momentum(device)
    first, second, third = parameters(device, 1.0, 2.0, 3.0)
    fewer = torch.optim.SGD([first, second, third], lr=8.0)
    split = torch.optim.SGD([{"params": [first]}, {"params": [second, third]}], lr=8.0)

    with pytest.raises(ValueError, match="a different number of parameter groups"):
        target.load_state_dict(fewer.state_dict())
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        target.load_state_dict(split.state_dict())

    assert [group["lr"] for group in target.param_groups] == [1.0, 0.5]
    assert [len(group["params"]) for group in target.param_groups] == [2, 1]
    assert set(target.state) == set(held)


@claim("optim.load-state-dict.names", see=LOAD, since="2.6")
def test_loading_goes_by_order_and_not_by_name(device):
    """Loading takes the names of parameters over where the state dict has some, keeps
    those of the optimizer where it has none, and gives state out in order, whatever
    they are.
    """
    first, second = parameters(device, 8.0, 8.0)
    second.grad = torch.tensor([2.0], device=device)
    unnamed = torch.optim.SGD([first, second], lr=1.0, momentum=0.5)
    unnamed.step()
    swapped = torch.optim.SGD([("b", first), ("a", second)], lr=1.0, momentum=0.5)
    target = torch.optim.SGD([("a", first), ("b", second)], lr=1.0, momentum=0.5)

    target.load_state_dict(unnamed.state_dict())
    kept = target.param_groups[0]["param_names"]
    swapped.load_state_dict(unnamed.state_dict())
    target.load_state_dict(swapped.state_dict())

    assert kept == ["a", "b"]
    assert target.param_groups[0]["param_names"] == ["b", "a"]
    assert target.state[first]["momentum_buffer"].tolist() == [1]
    assert target.state[second]["momentum_buffer"].tolist() == [2]


@claim("optim.load-state-dict.older-options", see=LOAD, level="observed")
@pytest.mark.parametrize(
    ("make", "options"),
    [
        (
            lambda ps: torch.optim.SGD(ps, lr=1.0, nesterov=True, momentum=0.5),
            {"nesterov": False, "maximize": False, "foreach": None},
        ),
        (
            lambda ps: torch.optim.Adam(ps, amsgrad=True, maximize=True),
            {"amsgrad": False, "maximize": False, "foreach": None, "capturable": False},
        ),
        (
            lambda ps: torch.optim.AdamW(ps, amsgrad=True, maximize=True),
            {"amsgrad": False, "maximize": False, "foreach": None, "capturable": False},
        ),
    ],
    ids=["SGD", "Adam", "AdamW"],
)
def test_options_that_a_state_dict_does_not_know_are_off(make, options, device):
    """Options that are missing in the groups of a state dict, as in that of an older
    release, are off after it is loaded.
    """
    optimizer = make(parameters(device, 8.0))
    state = optimizer.state_dict()
    (group,) = state["param_groups"]
    kept = {name: value for name, value in group.items() if name not in options}

    optimizer.load_state_dict({**state, "param_groups": [kept]})

    (group,) = optimizer.param_groups
    assert {name: group[name] for name in options} == options


@claim("optim.load-state-dict.number-of-steps", see=LOAD, level="observed")
@pytest.mark.parametrize(
    "make",
    [
        lambda parameters: torch.optim.Adam(parameters),
        lambda parameters: torch.optim.AdamW(parameters),
    ],
    ids=["Adam", "AdamW"],
)
def test_a_count_of_steps_that_is_a_number_becomes_a_tensor(make, device):
    """Where the count of steps in a state dict is a plain number, as in that of an
    older release, loading makes a float32 tensor of it.
    """
    (parameter,) = parameters(device, 8.0)
    optimizer = make([parameter])
    optimizer.step()
    state = copy.deepcopy(optimizer.state_dict())
    state["state"][0]["step"] = 3

    optimizer.load_state_dict(state)

    count = optimizer.state[parameter]["step"]
    assert (count.dtype, count.item()) == (torch.float32, 3)


@claim("optim.load-state-dict.keeps-the-step-count", see=LOAD)
def test_loading_casts_averages_and_not_the_count_of_steps(device):
    """Loading casts Adam's averages to the dtype of the parameter, and leaves the count
    of steps in float32.
    """
    (single,) = parameters(device, 8.0)
    half = nn.Parameter(torch.tensor([8.0], device=device).half())
    optimizer = torch.optim.Adam([single])
    optimizer.step()
    resumed = torch.optim.Adam([half])

    resumed.load_state_dict(optimizer.state_dict())

    state = resumed.state[half]
    assert state["exp_avg"].dtype == torch.float16
    assert state["exp_avg_sq"].dtype == torch.float16
    assert (state["step"].dtype, state["step"].item()) == (torch.float32, 1)
    assert optimizer.state[single]["exp_avg"].dtype == torch.float32


@claim(
    "optim.state-dict.hooks",
    see="generated/torch.optim.Optimizer.register_state_dict_post_hook",
    since="2.1",
)
def test_hooks_can_change_a_state_dict_that_is_made(device):
    """Hooks before state_dict() see the optimizer, those after it the dict, which they
    change or replace; a hook that is prepended runs before the others, and none that
    is removed.
    """
    optimizer, _ = with_momentum(device)
    seen = []

    def replace(caller, state):
        seen.append(("replace", caller is optimizer, sorted(state)))
        return {"replaced": True}

    optimizer.register_state_dict_pre_hook(lambda caller: seen.append("second"))
    optimizer.register_state_dict_pre_hook(
        lambda caller: seen.append(("first", caller is optimizer)), prepend=True
    )
    third = optimizer.register_state_dict_pre_hook(lambda caller: seen.append("third"))
    optimizer.register_state_dict_post_hook(replace)
    optimizer.register_state_dict_post_hook(
        lambda caller, state: state.update(added=1), prepend=True
    )
    handle = optimizer.register_state_dict_post_hook(
        lambda caller, state: seen.append(("last", sorted(state)))
    )
    state = optimizer.state_dict()
    third.remove()
    handle.remove()
    optimizer.state_dict()

    expected = ("replace", True, ["added", "param_groups", "state"])
    assert state == {"replaced": True}
    assert seen == [
        ("first", True),
        "second",
        "third",
        expected,
        ("last", ["replaced"]),
        ("first", True),
        "second",
        expected,
    ]


@claim(
    "optim.load-state-dict.hooks",
    see="generated/torch.optim.Optimizer.register_load_state_dict_pre_hook",
    since="2.1",
)
def test_hooks_can_change_a_state_dict_that_is_loaded(device):
    """Hooks before load_state_dict() may return a dict to load in place of the one
    given, and hooks after it see the optimizer with the new state; prepended ones run
    first, and removed ones not at all.
    """
    source, _ = with_momentum(device)
    target, _ = with_momentum(device)
    state = source.state_dict()
    seen = []

    def faster(caller, given):
        seen.append("faster")
        groups = [{**group, "lr": 8.0} for group in given["param_groups"]]
        return {**given, "param_groups": groups}

    target.register_load_state_dict_pre_hook(faster)
    target.register_load_state_dict_pre_hook(
        lambda caller, given: seen.append((caller is target, given == state)),
        prepend=True,
    )
    target.register_load_state_dict_post_hook(
        lambda caller: seen.append(caller.param_groups[0]["lr"])
    )
    target.register_load_state_dict_post_hook(
        lambda caller: seen.append("after"), prepend=True
    )
    last_before = target.register_load_state_dict_pre_hook(
        lambda caller, given: seen.append(given["param_groups"][1]["lr"])
    )
    last_after = target.register_load_state_dict_post_hook(
        lambda caller: seen.append("last")
    )
    target.load_state_dict(state)
    first_time = seen.copy()
    last_before.remove()
    last_after.remove()
    seen.clear()
    target.load_state_dict(state)

    assert first_time == [(True, True), "faster", 8.0, "after", 8.0, "last"]
    assert seen == [(True, True), "faster", "after", 8.0]
    assert [group["lr"] for group in target.param_groups] == [8.0, 8.0]
    assert [group["lr"] for group in state["param_groups"]] == [1.0, 0.5]


# --- copies and how they look ---------------------------------------------------------


@claim("optim.copy.deepcopy-has-its-own-parameters", see="optim")
def test_a_deep_copy_of_an_optimizer_holds_copies_of_the_parameters(device):
    """A deep copy of an optimizer holds copies of the parameters, and trains those; to
    keep the two together, model and optimizer are copied in one call.
    """
    optimizer, made = with_momentum(device)
    layer = nn.Linear(1, 1, device=device)
    of_layer = torch.optim.SGD(layer.parameters(), lr=1.0)

    copied = copy.deepcopy(optimizer)
    held = copied.param_groups[0]["params"][0]
    held.grad = torch.tensor([1.0], device=device)
    copied.step()
    layer_copy, of_copy = copy.deepcopy((layer, of_layer))

    assert held is not made[0]
    assert (held.item(), made[0].item()) == (1.5, 3)
    assert copied.state[held]["momentum_buffer"].tolist() == [1.5]
    assert optimizer.state[made[0]]["momentum_buffer"].tolist() == [1]
    assert of_copy.param_groups[0]["params"][0] is layer_copy.weight
    assert layer_copy.weight is not layer.weight


@claim("optim.copy.pickle", see="optim")
def test_a_pickled_optimizer_comes_back_with_its_state(device):
    """An optimizer that is pickled comes back with its defaults, groups, state and
    copies of its parameters, and can go on; its state dict can be made and loaded.
    """
    optimizer, _ = with_momentum(device)

    loaded = pickle.loads(pickle.dumps(optimizer))
    state = loaded.state_dict()
    loaded.load_state_dict(state)
    first = loaded.param_groups[0]["params"][0]
    first.grad = torch.tensor([1.0], device=device)
    loaded.step()
    loaded.zero_grad(set_to_none=True)

    assert type(loaded) is torch.optim.SGD
    assert state["param_groups"] == optimizer.state_dict()["param_groups"]
    assert loaded.defaults["momentum"] == 0.5
    assert [group["lr"] for group in loaded.param_groups] == [1.0, 0.5]
    assert loaded.state[first]["momentum_buffer"].tolist() == [1.5]
    assert (first.item(), first.grad) == (1.5, None)


@claim("optim.repr", see="optim")
def test_an_optimizer_shows_its_groups_and_their_options(device):
    """The repr of an optimizer has its class, and for each group its options in
    alphabetical order, one to a line, without the parameters.
    """
    first, second = parameters(device, 1.0, 1.0)
    optimizer = torch.optim.SGD(
        [{"params": [first]}, {"params": [second], "lr": 0.25}], lr=0.5
    )

    lines = repr(optimizer).splitlines()

    assert lines[:3] == ["SGD (", "Parameter Group 0", "    dampening: 0"]
    assert lines[-1] == ")"
    assert [line for line in lines if "lr" in line] == ["    lr: 0.5", "    lr: 0.25"]
    assert lines.count("Parameter Group 1") == 1
    assert [line for line in lines if "params" in line or "tensor" in line] == []
    options = lines[2 : lines.index("")]
    assert options == sorted(options)


@claim("optim.base.step-is-left-to-subclasses", see="optim#base-class")
def test_the_base_class_leaves_the_step_to_subclasses(device):
    """The base class of optimizers keeps groups and options and clears gradients,
    while its step() raises NotImplementedError.
    """
    made = parameters(device, 1.0, 2.0)

    optimizer = torch.optim.Optimizer(made, {"rate": 0.5})
    before = [parameter.grad.item() for parameter in made]

    assert optimizer.defaults["rate"] == 0.5
    assert optimizer.param_groups[0]["rate"] == 0.5
    with pytest.raises(NotImplementedError):
        optimizer.step(None)
    optimizer.zero_grad(set_to_none=True)
    assert before == [1, 1]
    assert [parameter.grad for parameter in made] == [None, None]
    assert [parameter.item() for parameter in made] == [1, 2]


@claim("optim.state.step-is-a-tensor", see="optim#algorithms", since="2.4")
@pytest.mark.parametrize("name", ["Adadelta", "RMSprop", "Rprop"])
def test_optimizers_count_their_steps_in_a_tensor(device, name):
    """Adadelta, RMSprop and Rprop count the steps of a parameter in a tensor of float32
    on the CPU.
    """
    weight = nn.Parameter(torch.ones(2, device=device))
    weight.grad = torch.ones(2, device=device)
    optimizer = getattr(torch.optim, name)([weight])

    optimizer.step()
    optimizer.step()

    step = optimizer.state[weight]["step"]
    assert type(step) is torch.Tensor
    assert (step.item(), step.dtype, step.shape) == (2, torch.float32, ())
    assert step.device.type == "cpu"


@claim("optim.state.step-is-a-number", see="optim#algorithms", until="2.4")
@pytest.mark.parametrize("name", ["Adadelta", "RMSprop", "Rprop"])
def test_optimizers_count_their_steps_in_a_number(device, name):
    """Adadelta, RMSprop and Rprop count the steps of a parameter in a number."""
    weight = nn.Parameter(torch.ones(2, device=device))
    weight.grad = torch.ones(2, device=device)
    optimizer = getattr(torch.optim, name)([weight])

    optimizer.step()
    optimizer.step()

    assert type(optimizer.state[weight]["step"]) is int
    assert optimizer.state[weight]["step"] == 2


@claim(
    "optim.lbfgs.negative-learning-rate-refused",
    see="generated/torch.optim.LBFGS",
    since="2.5",
)
def test_lbfgs_refuses_a_negative_learning_rate(device):
    """LBFGS refuses a learning rate below zero with ValueError."""
    weight = nn.Parameter(torch.ones(2, device=device))

    with pytest.raises(ValueError, match=r"Invalid learning rate: -0\.5"):
        torch.optim.LBFGS([weight], lr=-0.5)


@claim(
    "optim.lbfgs.negative-learning-rate",
    see="generated/torch.optim.LBFGS",
    until="2.5",
)
def test_lbfgs_takes_a_negative_learning_rate(device):
    """LBFGS takes a learning rate below zero, and so climbs instead of descending."""
    weight = nn.Parameter(torch.tensor([1.0], device=device))
    optimizer = torch.optim.LBFGS([weight], lr=-0.5, max_iter=1)

    def closure():
        weight.grad = torch.tensor([0.25], device=device)
        return 0.25 * weight.detach().sum()

    optimizer.step(closure)

    assert weight.tolist() == [1.125]

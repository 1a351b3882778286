"""State dicts: the names and tensors of a model, taken out and put back.

``state_dict()`` lists a model's parameters and persistent buffers by name. It is widely
taken for a snapshot, which it is not: its tensors lie over the storages that the model
goes on training. ``load_state_dict()`` is the way back. It copies values into the
tensors that the model has, and neither replaces, moves nor casts them; what a model is
beyond its values (its mode, what it freezes, its optimizer) stays out of both.
"""

import copy
import io
import pathlib
import re
import sys
from collections import OrderedDict
from types import MappingProxyType

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models.state_dict import missing_keys, unexpected_keys
from torch_semantics import claim
from torch_semantics.words import shares_storage

STATE_DICT = "generated/torch.nn.Module#torch.nn.Module.state_dict"
LOAD_STATE_DICT = "generated/torch.nn.Module#torch.nn.Module.load_state_dict"


def linear(weight, bias, device):
    """Return a Linear from two features to one, with this weight and this bias."""
    layer = nn.Linear(2, 1, device=device)
    layer.weight = nn.Parameter(torch.tensor([weight], device=device))
    layer.bias = nn.Parameter(torch.tensor([bias], device=device))
    return layer


# --- what a state dict holds ----------------------------------------------------------


@claim("serialization.state-dict.names-in-order", see=STATE_DICT)
def test_a_state_dict_names_parameters_then_buffers_then_children(device):
    """A state dict is an OrderedDict that names a module's parameters, then its
    buffers, then what its children hold, each in the order of registration.
    """
    module = nn.Module()
    module.register_buffer("mean", torch.zeros(1, device=device))
    module.second = nn.Linear(1, 1, device=device)
    module.first = nn.Linear(1, 1, bias=False, device=device)
    module.shift = nn.Parameter(torch.zeros(1, device=device))
    module.scale = nn.Parameter(torch.ones(1, device=device))

    state = module.state_dict()

    assert type(state) is OrderedDict
    assert list(state) == [
        "shift",
        "scale",
        "mean",
        "second.weight",
        "second.bias",
        "first.weight",
    ]


@claim("serialization.state-dict.names-are-paths", see=STATE_DICT)
def test_a_name_is_the_path_from_the_module_down_with_dots_between(device):
    """A name in a state dict is the path from the module down to the tensor, with dots
    between the steps.
    """
    layer = nn.Linear(1, 1, bias=False, device=device)
    model = nn.Sequential(nn.ReLU(), nn.ModuleDict({"head": nn.Sequential(layer)}))

    outside, inside = model.state_dict(), model[1].state_dict()

    assert list(outside) == ["1.head.0.weight"]
    assert list(inside) == ["head.0.weight"]


@claim("serialization.state-dict.values-in-state", see=STATE_DICT)
def test_a_state_dict_holds_the_values_of_parameters_and_buffers(device):
    """Under each name a state dict holds the tensor of that name, in its shape, dtype
    and strides.
    """
    module = nn.Module()
    weight = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device).t()
    module.weight = nn.Parameter(weight)
    module.register_buffer("count", torch.tensor(7, device=device))

    state = module.state_dict()

    assert state["weight"].tolist() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    assert state["weight"].stride() == (1, 3)
    assert state["weight"].dtype == torch.float32
    assert state["count"].item() == 7
    assert state["count"].shape == ()
    assert state["count"].dtype == torch.int64
    assert {value.device for value in state.values()} == {device}


@claim("serialization.state-dict.none-left-out", see=STATE_DICT)
def test_what_is_registered_as_none_is_not_in_the_state_dict(device):
    """A parameter, a buffer or a child that is registered as None is not in the state
    dict, and is not asked for in loading.
    """
    module = nn.Linear(1, 1, bias=False, device=device)
    module.register_buffer("mask", None)
    module.register_module("head", None)

    state = module.state_dict()
    keys = module.load_state_dict(state)

    assert module.bias is None
    assert list(state) == ["weight"]
    assert keys == ([], [])


@claim("serialization.state-dict.persistent-buffers-only", see=STATE_DICT)
def test_a_buffer_that_is_not_persistent_is_not_in_the_state_dict(device):
    """A buffer is in the state dict unless it was registered with persistent=False."""
    module = nn.Module()
    module.register_buffer("kept", torch.zeros(1, device=device))
    module.register_buffer("cache", torch.zeros(1, device=device), persistent=False)

    state = module.state_dict()

    assert list(state) == ["kept"]
    assert [name for name, _ in module.named_buffers()] == ["kept", "cache"]


@claim(
    "serialization.state-dict.running-statistics", see="generated/torch.nn.BatchNorm1d"
)
def test_the_running_statistics_of_a_batch_norm_are_in_its_state_dict(device):
    """The state dict of a batch norm holds its running mean and variance and the count
    of its batches, as training has left them.
    """
    norm = nn.BatchNorm1d(1, momentum=0.5, device=device)
    norm(torch.tensor([[1.0], [3.0]], device=device))

    state = norm.state_dict()

    assert list(state) == [
        "weight",
        "bias",
        "running_mean",
        "running_var",
        "num_batches_tracked",
    ]
    assert state["running_mean"].tolist() == [1.0]
    assert state["running_var"].tolist() == [1.5]
    assert state["num_batches_tracked"].item() == 1


@claim("serialization.state-dict.plain-attributes-left-out", see=STATE_DICT)
def test_a_plain_attribute_is_not_in_the_state_dict(device):
    """What is only an attribute of a module, be it a tensor or a number, is not in the
    state dict.
    """
    module = nn.Linear(1, 1, bias=False, device=device)
    module.offset = torch.ones(1, device=device)
    module.epoch = 3

    state = module.state_dict()

    assert list(state) == ["weight"]


@claim(
    "serialization.state-dict.optimizer-left-out", see="generated/torch.optim.Optimizer"
)
def test_what_an_optimizer_remembers_is_not_in_the_models_state_dict(device):
    """What an optimizer remembers of a parameter is in the optimizer's state dict, and
    not in the model's.
    """
    model = nn.Linear(1, 1, bias=False, device=device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.5)
    model(torch.tensor([[3.0]], device=device)).sum().backward()
    optimizer.step()

    state = model.state_dict()

    assert list(state) == ["weight"]
    remembered = optimizer.state_dict()["state"][0]
    assert remembered["momentum_buffer"].tolist() == [[3.0]]


@claim("serialization.state-dict.tied-under-each-name", see=STATE_DICT)
def test_a_parameter_with_two_names_is_in_the_state_dict_under_both(device):
    """A parameter that a model holds under two names is in the state dict under both,
    over one storage.
    """
    model = nn.Sequential(nn.Linear(2, 2, bias=False, device=device), nn.ReLU())
    model.append(model[0])

    state = model.state_dict()

    assert list(state) == ["0.weight", "2.weight"]
    assert shares_storage(state["0.weight"], state["2.weight"])


@claim("serialization.state-dict.prefix", see=STATE_DICT)
def test_a_prefix_stands_before_every_name(device):
    """The prefix= of state_dict() stands before every name, as it is, without a dot."""
    model = nn.Sequential(nn.Linear(1, 1, device=device))

    state = model.state_dict(prefix="net.")

    assert list(state) == ["net.0.weight", "net.0.bias"]
    assert list(model.state_dict(prefix="net")) == ["net0.weight", "net0.bias"]


@claim("serialization.state-dict.destination", see=STATE_DICT)
def test_a_destination_is_filled_and_returned(device):
    """Given a destination=, state_dict() adds the names to that dict and returns it."""
    destination = {"epoch": 3}

    state = nn.Linear(1, 1, bias=False, device=device).state_dict(
        destination=destination
    )

    assert state is destination
    assert list(destination) == ["epoch", "weight"]
    assert destination["epoch"] == 3


@claim(
    "serialization.state-dict.extra-state",
    see="generated/torch.nn.Module#torch.nn.Module.get_extra_state",
)
def test_extra_state_travels_in_the_state_dict(device):
    """What a module's get_extra_state() returns is in the state dict under
    _extra_state, and load_state_dict() hands it to set_extra_state().
    """

    class Counter(nn.Module):
        count = 0

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    source, target = nn.Sequential(Counter()), nn.Sequential(Counter())
    source[0].count = 5

    state = source.state_dict()
    target.load_state_dict(state)

    assert state == {"0._extra_state": {"count": 5}}
    assert target[0].count == 5


@claim(
    "serialization.load-state-dict.extra-state-keys",
    see="generated/torch.nn.Module#torch.nn.Module.set_extra_state",
)
def test_extra_state_is_missed_or_unexpected_like_any_other_entry(device):
    """A module with set_extra_state() misses an _extra_state that the dict lacks; in a
    module without it that name is unexpected.
    """

    class Taker(nn.Module):
        def set_extra_state(self, state):
            self.taken = state

    taker, plain = nn.Sequential(Taker()), nn.Sequential(nn.ReLU())
    state = {"0._extra_state": torch.tensor(5, device=device)}

    missed = taker.load_state_dict({}, strict=False)
    unexpected = plain.load_state_dict(state, strict=False)

    assert missed == (["0._extra_state"], [])
    assert unexpected == ([], ["0._extra_state"])
    assert not hasattr(taker[0], "taken")


# --- hooks around state_dict() --------------------------------------------------------


@claim(
    "serialization.state-dict.positional-arguments",
    see=STATE_DICT,
)
def test_state_dict_still_takes_its_arguments_by_position(device):
    """By position, which is deprecated and warns, state_dict() takes the destination,
    the prefix and keep_vars.
    """
    model = nn.Sequential(nn.Linear(1, 1, bias=False, device=device))
    destination = {"epoch": 3}

    # A UserWarning before 2.4, a FutureWarning since.
    with pytest.warns((FutureWarning, UserWarning), match="Positional args are being"):
        state = model.state_dict(destination, "net.", True)

    assert state is destination
    assert list(state) == ["epoch", "net.0.weight"]
    assert state["net.0.weight"] is model[0].weight


@claim(
    "serialization.state-dict.pre-hook",
    see="generated/torch.nn.Module#torch.nn.Module.register_state_dict_pre_hook",
    since="2.0",
)
def test_a_pre_hook_runs_before_the_entries_of_its_module_are_taken(device):
    """A pre-hook of state_dict() gets its module, the prefix and keep_vars before the
    module's tensors are taken, at any depth, until its handle removes it.
    """
    model = nn.Sequential(nn.Linear(1, 1, bias=False, device=device))
    layer = model[0]
    calls = []

    def replace(module, prefix, keep_vars):
        calls.append((module, prefix, keep_vars))
        module.weight = nn.Parameter(torch.tensor([[5.0]], device=device))

    handle = layer.register_state_dict_pre_hook(replace)
    state = model.state_dict(prefix="net.", keep_vars=True)
    handle.remove()
    model.state_dict()

    assert calls == [(layer, "net.0.", True)]
    assert state["net.0.weight"].tolist() == [[5.0]]


@claim(
    "serialization.state-dict.post-hook",
    see="generated/torch.nn.Module#torch.nn.Module.register_state_dict_post_hook",
    since="2.5",
)
def test_a_post_hook_may_change_the_state_dict_in_place(device):
    """A post-hook of state_dict() gets its module, the dict with the entries of the
    module and its children, the prefix and the version of the module's layout, and may
    change the dict in place, until its handle removes it.
    """
    model = nn.Sequential(nn.BatchNorm1d(1, affine=False, device=device))
    calls = []

    def drop(module, state, prefix, metadata):
        calls.append((module, list(state), prefix, metadata))
        del state[prefix + "running_var"]

    first = model[0].register_state_dict_post_hook(drop)
    second = model.register_state_dict_post_hook(
        lambda module, state, prefix, metadata: calls.append((module, list(state)))
    )
    state = model.state_dict()
    first.remove()
    second.remove()

    names = ["0.running_mean", "0.running_var", "0.num_batches_tracked"]
    assert calls == [
        (model[0], names, "0.", {"version": 2}),
        (model, ["0.running_mean", "0.num_batches_tracked"]),
    ]
    assert list(state) == ["0.running_mean", "0.num_batches_tracked"]
    assert list(model.state_dict()) == names


@claim(
    "serialization.state-dict.post-hook-returns-nothing",
    see="generated/torch.nn.Module#torch.nn.Module.register_state_dict_post_hook",
    since="2.5",
)
def test_a_post_hook_may_not_return_another_state_dict(device):
    """A post-hook of state_dict() that returns anything but None is a RuntimeError."""
    model = linear([1.0, 2.0], 3.0, device)
    model.register_state_dict_post_hook(lambda module, state, *rest: state)

    with pytest.raises(RuntimeError, match="state_dict post-hook must return None"):
        model.state_dict()


# --- the state dict and the live model ------------------------------------------------


@claim(
    "serialization.state-dict.values-alias-parameters",
    also=["serialization.state-dict.aliases-live-parameters"],
    see=STATE_DICT,
)
def test_a_state_dict_follows_further_training(device):
    """A state dict is no snapshot: its tensors lie over the storages of the model's
    parameters, and change with the next optimizer step.
    """
    model = linear([1.0, 2.0], 0.0, device)
    state = model.state_dict()

    model(torch.tensor([[1.0, 1.0]], device=device)).sum().backward()
    torch.optim.SGD(model.parameters(), lr=1.0).step()

    assert shares_storage(state["weight"], model.weight)
    assert state["weight"].tolist() == [[0.0, 1.0]]
    assert state["bias"].tolist() == [-1.0]


@claim("serialization.state-dict.follows-buffers", see=STATE_DICT)
def test_a_state_dict_follows_the_buffers_of_the_model(device):
    """The buffers in a state dict are new tensors that lie over the model's, and change
    when a forward pass updates those.
    """
    norm = nn.BatchNorm1d(1, momentum=0.5, device=device)
    state = norm.state_dict()

    norm(torch.tensor([[1.0], [3.0]], device=device))

    assert state["running_mean"] is not norm.running_mean
    assert shares_storage(state["running_mean"], norm.running_mean)
    assert state["running_mean"].tolist() == [1.0]
    assert state["num_batches_tracked"].item() == 1


@claim("serialization.state-dict.write-reaches-model", see=STATE_DICT)
def test_a_write_to_a_state_dict_reaches_the_model(device):
    """A write to a tensor of a state dict changes the model's parameter or buffer,
    without grad mode being turned off, and counts in its version.
    """
    model = linear([1.0, 2.0], 3.0, device)
    model.register_buffer("mean", torch.ones(1, device=device))
    state = model.state_dict()

    state["weight"][0, 1] = 7
    state["bias"].zero_()
    state["mean"].zero_()

    assert model.weight.tolist() == [[1.0, 7.0]]
    assert model.bias.tolist() == [0.0]
    assert model.mean.tolist() == [0.0]
    assert model.weight.is_leaf
    assert [model.weight._version, model.bias._version] == [1, 1]
    assert model.mean._version == 1


@claim("serialization.state-dict.entries-are-its-own", see=STATE_DICT)
def test_removing_an_entry_leaves_the_model_as_it_is(device):
    """Each call gives a dict of its own: taking an entry out of it, or putting another
    in its place, leaves the model as it is.
    """
    model = linear([1.0, 2.0], 3.0, device)
    state = model.state_dict()

    del state["bias"]
    state["weight"] = torch.zeros(1, 2, device=device)

    assert list(model.state_dict()) == ["weight", "bias"]
    assert model.weight.tolist() == [[1.0, 2.0]]
    assert model.bias.tolist() == [3.0]


@claim("serialization.state-dict.deepcopy-is-a-snapshot", see="notes/serialization")
def test_a_deep_copy_of_a_state_dict_is_a_snapshot(device):
    """A deep copy of a state dict keeps its values when the model changes, and a write
    to it does not reach the model.
    """
    model = linear([1.0, 2.0], 3.0, device)
    snapshot = copy.deepcopy(model.state_dict())

    nn.init.zeros_(model.weight)
    snapshot["bias"].zero_()

    assert snapshot["weight"].tolist() == [[1.0, 2.0]]
    assert list(snapshot) == ["weight", "bias"]
    assert model.bias.tolist() == [3.0]


@claim("serialization.state-dict.shallow-copy-still-follows", see="notes/serialization")
def test_a_shallow_copy_of_a_state_dict_still_follows_the_model(device):
    """A shallow copy of a state dict is no snapshot either: it has other entries, and
    the same tensors.
    """
    model = linear([1.0, 2.0], 3.0, device)
    shallow = dict(model.state_dict())

    nn.init.zeros_(model.weight)

    assert shallow["weight"].tolist() == [[0.0, 0.0]]


@claim("serialization.state-dict.detached", see=STATE_DICT)
def test_a_state_dict_holds_plain_tensors_without_gradients(device):
    """A state dict holds plain tensors, not Parameters: detached from autograd, with
    neither gradients nor a history, while the parameters keep theirs.
    """
    model = linear([1.0, 2.0], 3.0, device)
    model(torch.ones(1, 2, device=device)).sum().backward()

    weight = model.state_dict()["weight"]

    assert type(weight) is torch.Tensor
    assert weight is not model.weight
    assert not weight.requires_grad
    assert weight.is_leaf
    assert weight.grad is None
    assert model.weight.requires_grad
    assert model.weight.grad.tolist() == [[1.0, 1.0]]


@claim("serialization.state-dict.keep-vars", see=STATE_DICT)
def test_keep_vars_gives_the_parameters_and_buffers_themselves(device):
    """With keep_vars=True a state dict holds the model's own Parameters and buffers, at
    every depth.
    """
    norm = nn.BatchNorm1d(1, device=device)

    state = nn.Sequential(norm).state_dict(keep_vars=True)

    assert state["0.weight"] is norm.weight
    assert state["0.bias"] is norm.bias
    assert state["0.running_mean"] is norm.running_mean
    assert state["0.weight"].requires_grad


@claim("serialization.state-dict.recorded-graph-not-entered", see=STATE_DICT)
def test_arithmetic_on_a_state_dict_is_not_recorded(device):
    """What is computed from the tensors of a state dict records no history."""
    model = linear([1.0, 2.0], 3.0, device)

    average = (model.state_dict()["weight"] + model.state_dict()["weight"]) / 2

    assert average.tolist() == [[1.0, 2.0]]
    assert not average.requires_grad
    assert average.grad_fn is None


# --- loading: values are copied into the model's own tensors --------------------------


@claim("serialization.load-state-dict.loads-every-value", see=LOAD_STATE_DICT)
def test_load_state_dict_takes_every_parameter_and_buffer_from_the_dict(device):
    """After load_state_dict() every parameter and persistent buffer of the model, at
    any depth, has the values under its name in the dict.
    """
    model = nn.Sequential(
        nn.Linear(2, 1, device=device), nn.BatchNorm1d(1, device=device)
    )
    state = {
        "0.weight": torch.tensor([[1.0, 2.0]], device=device),
        "0.bias": torch.tensor([3.0], device=device),
        "1.weight": torch.tensor([4.0], device=device),
        "1.bias": torch.tensor([5.0], device=device),
        "1.running_mean": torch.tensor([6.0], device=device),
        "1.running_var": torch.tensor([7.0], device=device),
        "1.num_batches_tracked": torch.tensor(8, device=device),
    }

    model.load_state_dict(state)

    assert model[0].weight.tolist() == [[1.0, 2.0]]
    assert model[0].bias.tolist() == [3.0]
    assert model[1].weight.tolist() == [4.0]
    assert model[1].bias.tolist() == [5.0]
    assert model[1].running_mean.tolist() == [6.0]
    assert model[1].running_var.tolist() == [7.0]
    assert model[1].num_batches_tracked.item() == 8


@claim("serialization.load-state-dict.order-does-not-matter", see=LOAD_STATE_DICT)
def test_names_decide_and_not_the_order_of_the_entries(device):
    """Entries find their parameters by name; their order does not matter."""
    model = nn.Sequential(
        nn.Linear(1, 1, bias=False, device=device),
        nn.Linear(1, 1, bias=False, device=device),
    )
    one, two = (
        torch.tensor([[1.0]], device=device),
        torch.tensor([[2.0]], device=device),
    )

    model.load_state_dict({"1.weight": two, "0.weight": one})

    assert model[0].weight.tolist() == [[1.0]]
    assert model[1].weight.tolist() == [[2.0]]


@claim("serialization.load-state-dict.reports-success", see=LOAD_STATE_DICT)
def test_load_state_dict_returns_two_empty_lists_of_keys(device):
    """When every key matches, load_state_dict() returns a named tuple of two empty
    lists, missing_keys and unexpected_keys, that prints as a message of success.
    """
    model = linear([1.0, 2.0], 3.0, device)

    keys = model.load_state_dict(linear([4.0, 5.0], 6.0, device).state_dict())

    assert keys.missing_keys == []
    assert keys.unexpected_keys == []
    assert tuple(keys) == ([], [])
    assert str(keys) == repr(keys) == "<All keys matched successfully>"


@claim(
    "serialization.load-state-dict.copies-in-place",
    also=["serialization.load-state-dict.keeps-model-device-and-dtype"],
    see=LOAD_STATE_DICT,
)
def test_load_state_dict_copies_values_into_the_models_own_tensors(device):
    """Loading copies values into the tensors that the model has: each stays the same
    object over the same storage, on its device, in its dtype, requiring gradients as
    before.
    """
    model = linear([1.0, 2.0], 3.0, device).half()
    weight, alias = model.weight, model.weight.detach()
    state = {
        "weight": torch.tensor([[7.0, 2049.0]], device="cpu"),
        "bias": torch.tensor([9.0], device="cpu"),
    }

    model.load_state_dict(state)

    assert model.weight is weight
    assert alias.tolist() == [[7.0, 2048.0]]
    assert weight.dtype == torch.float16
    assert weight.device == device
    assert weight.requires_grad
    assert weight.is_leaf
    assert isinstance(weight, nn.Parameter)


@claim("serialization.load-state-dict.buffers-in-place", see=LOAD_STATE_DICT)
def test_load_state_dict_copies_values_into_the_models_own_buffers(device):
    """A buffer stays the same object too, and keeps its dtype: a fraction that is
    loaded into an integer buffer is cut off.
    """
    module = nn.Module()
    count = torch.tensor(1, device=device)
    module.register_buffer("count", count)

    module.load_state_dict({"count": torch.tensor(5.75, device=device)})

    assert module.count is count
    assert count.item() == 5
    assert count.dtype == torch.int64


@claim("serialization.load-state-dict.keeps-strides", see=LOAD_STATE_DICT)
def test_load_state_dict_keeps_the_strides_of_the_model(device):
    """A parameter keeps its own strides, however the tensor in the dict is laid out."""
    model = nn.Linear(2, 2, bias=False, device=device)
    columns = torch.tensor([[1.0, 3.0], [2.0, 4.0]], device=device).t()

    model.load_state_dict({"weight": columns})

    assert columns.stride() == (1, 2)
    assert model.weight.stride() == (2, 1)
    assert model.weight.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@claim("serialization.load-state-dict.source-not-aliased", see=LOAD_STATE_DICT)
def test_the_dict_and_the_model_are_independent_after_loading(device):
    """After loading, the dict and the model have storages of their own: a write to
    either is not seen in the other.
    """
    model = linear([0.0, 0.0], 0.0, device)
    state = {
        "weight": torch.tensor([[1.0, 2.0]], device=device),
        "bias": torch.tensor([3.0], device=device),
    }
    model.load_state_dict(state)

    state["weight"].fill_(9)
    nn.init.zeros_(model.bias)

    assert model.weight.tolist() == [[1.0, 2.0]]
    assert state["bias"].tolist() == [3.0]


@claim("serialization.load-state-dict.dict-unchanged", see=LOAD_STATE_DICT)
def test_load_state_dict_leaves_the_dict_as_it_is(device):
    """Loading neither adds nor removes nor changes an entry of the dict."""
    weight = torch.tensor([[1.0, 2.0]], device=device)
    extra = torch.tensor([3.0], device=device)
    state = {"weight": weight, "extra": extra}

    linear([0.0, 0.0], 0.0, device).load_state_dict(state, strict=False)

    assert list(state) == ["weight", "extra"]
    assert state["weight"] is weight
    assert state["extra"] is extra
    assert weight.tolist() == [[1.0, 2.0]]


@claim("serialization.load-state-dict.optimizer-stays-valid", see=LOAD_STATE_DICT)
def test_an_optimizer_made_before_loading_trains_the_loaded_values(device):
    """An optimizer that was made before loading goes on from the loaded values, since
    it holds the same parameters.
    """
    model = linear([0.0, 0.0], 0.0, device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    model.load_state_dict(linear([5.0, 6.0], 7.0, device).state_dict())

    model(torch.ones(1, 2, device=device)).sum().backward()
    optimizer.step()

    assert model.weight.tolist() == [[4.0, 5.0]]
    assert model.bias.tolist() == [6.0]


@claim("serialization.load-state-dict.keeps-gradients", see=LOAD_STATE_DICT)
def test_load_state_dict_leaves_gradients_where_they_are(device):
    """Loading neither clears nor changes the gradients of the parameters."""
    model = linear([1.0, 2.0], 3.0, device)
    model(torch.tensor([[4.0, 5.0]], device=device)).sum().backward()
    gradient = model.weight.grad

    model.load_state_dict(linear([0.0, 0.0], 0.0, device).state_dict())

    assert model.weight.grad is gradient
    assert gradient.tolist() == [[4.0, 5.0]]


@claim("serialization.load-state-dict.is-an-in-place-change", see="notes/autograd")
def test_loading_between_forward_and_backward_is_caught(device):
    """Loading counts as an in-place change: a backward pass through a parameter that
    was loaded after the forward pass is refused.
    """
    model = linear([1.0, 2.0], 3.0, device)
    loss = (model.weight * model.weight).sum()

    model.load_state_dict(linear([0.0, 0.0], 0.0, device).state_dict())

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    assert model.weight.grad is None


@claim("serialization.load-state-dict.not-recorded", see=LOAD_STATE_DICT)
def test_loading_tensors_that_require_gradients_is_not_recorded(device):
    """Loading is not recorded: parameters stay leaves when the dict's tensors require
    gradients, and keep requires_grad as the model has it.
    """
    source, target = linear([1.0, 2.0], 3.0, device), linear([0.0, 0.0], 0.0, device)
    target.bias.requires_grad_(False)

    target.load_state_dict(source.state_dict(keep_vars=True))

    assert target.weight.tolist() == [[1.0, 2.0]]
    assert (target.weight.is_leaf, target.weight.grad_fn) == (True, None)
    assert target.weight.requires_grad
    assert not target.bias.requires_grad


@claim("serialization.load-state-dict.leaves-other-buffers", see=LOAD_STATE_DICT)
def test_a_buffer_that_is_not_persistent_is_neither_asked_for_nor_changed(device):
    """Loading neither asks for a buffer that is not persistent nor changes it."""
    module = nn.Linear(1, 1, bias=False, device=device)
    cache = torch.tensor([5.0], device=device)
    module.register_buffer("cache", cache, persistent=False)

    keys = module.load_state_dict({"weight": torch.tensor([[2.0]], device=device)})

    assert keys.missing_keys == []
    assert module.cache.tolist() == [5.0]
    assert module.weight.tolist() == [[2.0]]


@claim("serialization.load-state-dict.any-mapping", see=LOAD_STATE_DICT)
def test_load_state_dict_takes_any_mapping(device):
    """Loading takes any mapping from names to tensors, even a read-only one."""
    model = linear([0.0, 0.0], 0.0, device)
    state = MappingProxyType(dict(linear([1.0, 2.0], 3.0, device).state_dict()))

    model.load_state_dict(state)

    assert model.weight.tolist() == [[1.0, 2.0]]
    assert model.bias.tolist() == [3.0]


@claim("serialization.load-state-dict.needs-a-mapping", see=LOAD_STATE_DICT)
@pytest.mark.parametrize(
    ("state", "kind"),
    [([("weight", 1), ("bias", 2)], "list"), (None, "NoneType"), ("model.pt", "str")],
    ids=["list of pairs", "none", "path"],
)
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "not strict"])
def test_what_is_not_a_mapping_is_refused(device, state, kind, strict):
    """Loading refuses what is not a mapping, such as a file's path: a TypeError."""
    model = linear([1.0, 2.0], 3.0, device)

    with pytest.raises(TypeError, match=f"to be dict-like, got <class '{kind}'>"):
        model.load_state_dict(state, strict=strict)
    assert model.weight.tolist() == [[1.0, 2.0]]
    assert model.bias.tolist() == [3.0]


# --- loading: names and shapes that don't fit -----------------------------------------


@claim("serialization.load-state-dict.strict-keys", see=LOAD_STATE_DICT)
@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["weight"], '\n\tMissing key(s) in state_dict: "bias". '),
        ([], '\n\tMissing key(s) in state_dict: "weight", "bias". '),
        (
            ["weight", "bias", "x", "a.b"],
            '\n\tUnexpected key(s) in state_dict: "x", "a.b". ',
        ),
        (
            ["weight", "Bias"],
            '\n\tMissing key(s) in state_dict: "bias". '
            '\n\tUnexpected key(s) in state_dict: "Bias". ',
        ),
    ],
    ids=["missing", "all missing", "unexpected", "both"],
)
def test_names_that_do_not_match_are_an_error_that_lists_them(device, names, message):
    """Unless strict=False is given, a name that only the model or only the dict has is
    a RuntimeError, which lists the missing and then the unexpected ones.
    """
    fitting = linear([4.0, 5.0], 6.0, device).state_dict()
    other = torch.zeros(1, device=device)
    state = {name: fitting.get(name, other) for name in names}
    model = linear([1.0, 2.0], 3.0, device)

    with pytest.raises(RuntimeError) as raised:
        model.load_state_dict(state)

    assert str(raised.value) == "Error(s) in loading state_dict for Linear:" + message


@claim("serialization.load-state-dict.strict-in-children", see=LOAD_STATE_DICT)
def test_names_in_children_are_listed_with_their_paths(device):
    """Missing and unexpected names in a child are listed with the whole path, under the
    class of the module that was asked to load.
    """
    model = nn.Sequential(nn.Linear(1, 1, device=device))
    state = {
        "0.weight": torch.zeros(1, 1, device=device),
        "0.scale": torch.zeros(1, device=device),
    }

    with pytest.raises(RuntimeError) as raised:
        model.load_state_dict(state)

    assert str(raised.value) == (
        "Error(s) in loading state_dict for Sequential:"
        '\n\tMissing key(s) in state_dict: "0.bias". '
        '\n\tUnexpected key(s) in state_dict: "0.scale". '
    )


@claim("serialization.load-state-dict.not-strict-loads-the-rest", see=LOAD_STATE_DICT)
def test_strict_false_loads_the_names_that_match_and_reports_the_others(device):
    """With strict=False the names that match are loaded, the others are left alone, and
    load_state_dict() returns them as missing_keys and unexpected_keys.
    """
    model = linear([1.0, 2.0], 3.0, device)
    weight = torch.tensor([[8.0, 9.0]], device=device)

    keys = model.load_state_dict({"x": weight, "weight": weight}, strict=False)

    assert keys == (["bias"], ["x"])
    assert "(missing_keys=['bias'], unexpected_keys=['x'])" in str(keys)
    assert str(keys) == repr(keys)
    assert keys.missing_keys == ["bias"]
    assert keys.unexpected_keys == ["x"]
    assert model.weight.tolist() == [[8.0, 9.0]]
    assert model.bias.tolist() == [3.0]
    assert not hasattr(model, "x")


@claim("serialization.load-state-dict.keys-follow-the-rule", see=LOAD_STATE_DICT)
@given(
    names=st.lists(st.sampled_from("abcd"), unique=True),
    keys=st.lists(st.sampled_from("abcdxy"), unique=True),
)
def test_missing_and_unexpected_keys_are_the_differences_in_order(device, names, keys):
    """For all names and keys, the missing keys are the names that are no keys, in the
    model's order, and the unexpected keys are the keys that are no names, in the
    dict's.
    """
    module = nn.ParameterDict({name: torch.zeros(1, device=device) for name in names})
    state = {key: torch.full((1,), 7.0, device=device) for key in keys}

    result = module.load_state_dict(state, strict=False)

    assert (names, keys, result.missing_keys, result.unexpected_keys) == (
        names,
        keys,
        missing_keys(list(module), keys),
        unexpected_keys(list(module), keys),
    )
    loaded = [name for name in module if module[name].item() == 7.0]
    assert (names, keys, loaded) == (names, keys, [n for n in module if n in keys])


@claim("serialization.load-state-dict.failed-load-keeps-what-fit", see=LOAD_STATE_DICT)
def test_a_load_that_fails_has_already_copied_what_fits(device):
    """A load that raises because of one name has still copied the values of the others:
    the model is left partly loaded.
    """
    model = linear([1.0, 2.0], 3.0, device)

    with pytest.raises(RuntimeError, match="Missing key"):
        model.load_state_dict({"weight": torch.tensor([[8.0, 9.0]], device=device)})

    assert model.weight.tolist() == [[8.0, 9.0]]
    assert model.bias.tolist() == [3.0]


@claim("serialization.load-state-dict.unknown-kinds-of-names", see=LOAD_STATE_DICT)
@pytest.mark.parametrize("name", ["cache", "plain", "bias"])
def test_only_parameters_and_persistent_buffers_are_expected(device, name):
    """The name of a buffer that is not persistent, of a plain attribute or of a
    parameter that is None is unexpected.
    """
    module = nn.Linear(1, 1, bias=False, device=device)
    module.register_buffer("cache", torch.zeros(1, device=device), persistent=False)
    module.plain = torch.zeros(1, device=device)
    state = {**module.state_dict(), name: torch.ones(1, device=device)}

    with pytest.raises(RuntimeError, match=rf'Unexpected key\(s\).*: "{name}"\. $'):
        module.load_state_dict(state)

    assert module.cache.tolist() == [0.0]
    assert module.plain.tolist() == [0.0]
    assert module.bias is None


@claim(
    "serialization.load-state-dict.bare-child-name-unexpected",
    see=LOAD_STATE_DICT,
    since="2.4",
)
@pytest.mark.parametrize("name", ["0", "0.weight.x"], ids=["child", "in a parameter"])
def test_a_key_that_stops_short_of_a_name_or_goes_past_it_is_unexpected(device, name):
    """A key that is the bare name of a child module, or that goes on after the name of
    a parameter, is unexpected.
    """
    model = nn.Sequential(nn.Linear(1, 1, bias=False, device=device))
    state = {**model.state_dict(), name: torch.zeros(1, device=device)}

    keys = model.load_state_dict(state, strict=False)

    assert keys.unexpected_keys == [name]


@claim(
    "serialization.load-state-dict.bare-child-name-overlooked",
    see=LOAD_STATE_DICT,
    until="2.4",
)
@pytest.mark.parametrize("name", ["0", "0.weight.x"], ids=["child", "in a parameter"])
def test_a_key_that_stops_short_of_a_name_or_goes_past_it_is_overlooked(device, name):
    """A key that is the bare name of a child module, or that goes on after the name of
    a parameter, is overlooked, even if strict.
    """
    model = nn.Sequential(nn.Linear(1, 1, bias=False, device=device))
    state = {**model.state_dict(), name: torch.zeros(1, device=device)}

    keys = model.load_state_dict(state)

    assert keys.unexpected_keys == []


@claim(
    "serialization.load-state-dict.module-prefix", see="generated/torch.nn.DataParallel"
)
def test_the_names_of_a_wrapped_model_do_not_fit_the_model_itself(device):
    """A model saved from inside a wrapper such as DataParallel has a prefix on every
    name: loading it into the model itself finds every name missing and every name
    unexpected, and loads nothing when strict=False.
    """
    wrapped = nn.ModuleDict({"module": linear([8.0, 9.0], 7.0, device)})
    model = linear([1.0, 2.0], 3.0, device)

    keys = model.load_state_dict(wrapped.state_dict(), strict=False)

    assert keys.missing_keys == ["weight", "bias"]
    assert keys.unexpected_keys == ["module.weight", "module.bias"]
    assert model.weight.tolist() == [[1.0, 2.0]]
    with pytest.raises(RuntimeError, match=r'"module\.weight", "module\.bias"'):
        model.load_state_dict(wrapped.state_dict())


@claim(
    "serialization.load-state-dict.strip-prefix", see="generated/torch.nn.DataParallel"
)
def test_a_prefix_can_be_taken_off_the_names(device):
    """The function consume_prefix_in_state_dict_if_present() takes a prefix off the
    names, in the dict itself, after which the model loads it.
    """
    model = linear([1.0, 2.0], 3.0, device)
    state = nn.ModuleDict({"module": linear([8.0, 9.0], 7.0, device)}).state_dict()

    nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    model.load_state_dict(state)

    assert sorted(state) == ["bias", "weight"]
    assert model.weight.tolist() == [[8.0, 9.0]]
    assert model.bias.tolist() == [7.0]


@claim("serialization.load-state-dict.shape-mismatch-error", see=LOAD_STATE_DICT)
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "not strict"])
def test_a_tensor_of_another_shape_is_an_error_strict_or_not(device, strict):
    """A tensor of another shape than the parameter is a RuntimeError that names both
    shapes, also with strict=False; that parameter is unchanged, and what fits is
    loaded.
    """
    model = linear([1.0, 2.0], 3.0, device)
    state = {
        "weight": torch.zeros(3, 2, device=device),
        "bias": torch.tensor([9.0], device=device),
    }

    with pytest.raises(RuntimeError) as raised:
        model.load_state_dict(state, strict=strict)

    assert str(raised.value) == (
        "Error(s) in loading state_dict for Linear:"
        "\n\tsize mismatch for weight: copying a param with shape torch.Size([3, 2])"
        " from checkpoint, the shape in current model is torch.Size([1, 2])."
    )
    assert model.weight.tolist() == [[1.0, 2.0]]
    assert model.bias.tolist() == [9.0]


@claim("serialization.load-state-dict.no-broadcasting", see=LOAD_STATE_DICT)
@pytest.mark.parametrize(
    "shape",
    [(), (1,), (2,), (1, 1), (2, 1), (1, 1, 2), (1, 0), (0,)],
    ids=str,
)
def test_shapes_are_not_broadcast(device, shape):
    """A shape that would broadcast to the parameter's, or has as many elements, does
    not fit either: shapes must be equal.
    """
    model = linear([1.0, 2.0], 3.0, device)
    state = {**model.state_dict(), "weight": torch.zeros(shape, device=device)}

    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        model.load_state_dict(state)
    assert model.weight.tolist() == [[1.0, 2.0]]


@claim("serialization.load-state-dict.empty-tensors", see=LOAD_STATE_DICT)
def test_an_empty_parameter_is_loaded_like_any_other(device):
    """A parameter without elements needs an entry of its very shape, like any other."""
    module = nn.ParameterDict({"p": torch.zeros(0, 3, device=device)})

    keys = module.load_state_dict({"p": torch.zeros(0, 3, device=device)})

    assert keys == ([], [])
    assert module["p"].shape == (0, 3)
    with pytest.raises(RuntimeError, match="size mismatch for p"):
        module.load_state_dict({"p": torch.zeros(3, 0, device=device)})


@claim("serialization.load-state-dict.vector-of-one-into-scalar", see=LOAD_STATE_DICT)
def test_a_vector_of_one_element_fits_a_parameter_without_dimensions(device):
    """One pair of unequal shapes fits: a vector of one element loads into a parameter
    without dimensions, which keeps its shape.
    """
    module = nn.ParameterDict({"p": torch.tensor(1.0, device=device)})

    module.load_state_dict({"p": torch.tensor([5.0], device=device)})

    assert module["p"].shape == ()
    assert module["p"].item() == 5.0
    with pytest.raises(RuntimeError, match="size mismatch for p"):
        module.load_state_dict({"p": torch.tensor([[5.0]], device=device)})


@claim(
    "serialization.load-state-dict.longer-vector-into-scalar-refused",
    see=LOAD_STATE_DICT,
    since="2.10",
)
def test_a_longer_vector_does_not_fit_a_parameter_without_dimensions(device):
    """A vector of two elements does not fit a parameter without dimensions."""
    module = nn.ParameterDict({"p": torch.tensor(1.0, device=device)})

    with pytest.raises(RuntimeError, match=r"size mismatch for p.*Size\(\[2\]\)"):
        module.load_state_dict({"p": torch.tensor([5.0, 6.0], device=device)})
    assert module["p"].item() == 1.0


@claim(
    "serialization.load-state-dict.longer-vector-into-scalar-cut",
    see=LOAD_STATE_DICT,
    until="2.10",
)
def test_a_longer_vector_is_cut_to_its_first_element(device):
    """A vector of two elements loads into a parameter without dimensions, of which only
    the first element is taken.
    """
    module = nn.ParameterDict({"p": torch.tensor(1.0, device=device)})

    module.load_state_dict({"p": torch.tensor([5.0, 6.0], device=device)})

    assert module["p"].item() == 5.0


@claim("serialization.load-state-dict.needs-tensors", see=LOAD_STATE_DICT)
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "not strict"])
def test_an_entry_that_is_not_a_tensor_is_an_error(device, strict):
    """An entry for a parameter that is not a tensor, such as a list or None, is a
    RuntimeError, strict or not, and leaves that parameter as it is.
    """
    model = linear([1.0, 2.0], 3.0, device)
    state = {"weight": [[8.0, 9.0]], "bias": None}

    message = (
        r'"weight", expected torch\.Tensor .*list.*\n.*"bias", expected .*NoneType'
    )
    with pytest.raises(RuntimeError, match=message):
        model.load_state_dict(state, strict=strict)
    assert model.weight.tolist() == [[1.0, 2.0]]
    assert model.bias.tolist() == [3.0]


@claim("serialization.load-state-dict.failed-copy", see=LOAD_STATE_DICT)
def test_a_tensor_that_cannot_be_written_is_listed_with_the_reason(device):
    """Where copying a value fails, as into an expanded buffer, that is a RuntimeError
    that names the entry and the reason; what can be copied is loaded.
    """
    model = linear([1.0, 2.0], 3.0, device)
    model.register_buffer("mean", torch.zeros(1, device=device).expand(2))
    values = linear([4.0, 5.0], 6.0, device).state_dict()
    state = {**values, "mean": torch.ones(2, device=device)}

    message = r'While copying the parameter named "mean".*more than one element'
    with pytest.raises(RuntimeError, match=message):
        model.load_state_dict(state, strict=False)
    assert model.weight.tolist() == [[4.0, 5.0]]
    assert model.bias.tolist() == [6.0]
    assert model.mean.tolist() == [0.0, 0.0]


@claim("serialization.load-state-dict.one-error-for-all", see=LOAD_STATE_DICT)
def test_one_error_lists_everything_that_does_not_fit(device):
    """One error lists everything that does not fit: missing names, unexpected names,
    then wrong shapes in the model's order.
    """
    model = nn.Sequential(
        linear([1.0, 2.0], 3.0, device), nn.Linear(1, 1, device=device)
    )
    state = {
        "1.weight": torch.zeros(2, 2, device=device),
        "0.weight": torch.zeros(2, device=device),
        "0.bias": torch.tensor([9.0], device=device),
        "x": torch.zeros(1, device=device),
    }

    with pytest.raises(RuntimeError) as raised:
        model.load_state_dict(state)

    assert [line.split(":")[0] for line in str(raised.value).split("\n\t")] == [
        "Error(s) in loading state_dict for Sequential",
        "Missing key(s) in state_dict",
        "Unexpected key(s) in state_dict",
        "size mismatch for 0.weight",
        "size mismatch for 1.weight",
    ]


@claim(
    "serialization.load-state-dict.post-hook",
    see="generated/torch.nn.Module#torch.nn.Module.register_load_state_dict_post_hook",
)
def test_a_post_hook_may_pardon_a_missing_key(device):
    """A hook registered to run after loading gets its module, at any depth, and the
    keys that don't match, and may take keys off those lists, before they become an
    error; its handle removes it.
    """
    model = nn.Sequential(linear([1.0, 2.0], 3.0, device))
    state = {"0.weight": torch.zeros(1, 2, device=device)}
    seen = []

    def pardon(module, keys):
        seen.append((module, list(keys.missing_keys), list(keys.unexpected_keys)))
        keys.missing_keys.clear()

    handle = model[0].register_load_state_dict_post_hook(pardon)
    keys = model.load_state_dict(state)
    handle.remove()

    assert seen == [(model[0], ["0.bias"], [])]
    assert keys.missing_keys == []
    with pytest.raises(RuntimeError, match="Missing key"):
        model.load_state_dict(state)


@claim(
    "serialization.load-state-dict.post-hook-returns-nothing",
    see="generated/torch.nn.Module#torch.nn.Module.register_load_state_dict_post_hook",
)
def test_a_hook_that_runs_after_loading_may_return_nothing(device):
    """A hook registered to run after loading that returns anything but None is an
    AssertionError.
    """
    model = linear([1.0, 2.0], 3.0, device)
    model.register_load_state_dict_post_hook(lambda module, keys: keys)

    with pytest.raises(AssertionError, match="register_load_state_dict_post_hook"):
        model.load_state_dict(linear([4.0, 5.0], 6.0, device).state_dict())


@claim(
    "serialization.load-state-dict.pre-hook",
    see="generated/torch.nn.Module#torch.nn.Module.register_load_state_dict_pre_hook",
    since="2.5",
)
def test_a_hook_that_runs_before_loading_may_rename_the_entries(device):
    """A hook registered to run before loading gets its module, the entries below it in
    a dict of their own, the prefix, the version of the layout, and the lists of missing
    and unexpected names and of other errors so far; it may change that dict, but not
    the caller's.
    """
    model = nn.Sequential(linear([1.0, 2.0], 3.0, device))
    state = {
        "x": torch.zeros(1, device=device),
        "0.w": torch.tensor([[8.0, 9.0]], device=device),
        "0.bias": torch.tensor([7.0], device=device),
    }
    calls = []

    def drop(module, entries, *rest):
        del entries["x"]

    def rename(module, entries, prefix, metadata, strict, missing, unexpected, errors):
        calls.append((module, list(entries), prefix, metadata))
        calls.append((strict, list(missing), list(unexpected), list(errors)))
        entries["0.weight"] = entries.pop("0.w")
        errors.append("noted")

    first = model.register_load_state_dict_pre_hook(drop)
    second = model[0].register_load_state_dict_pre_hook(rename)
    with pytest.raises(RuntimeError, match=r"for Sequential:\n\tnoted$"):
        model.load_state_dict(state)
    first.remove()
    second.remove()
    keys = model.load_state_dict(state, strict=False)

    assert calls == [
        (model[0], ["0.w", "0.bias"], "0.", {}),
        (True, [], [], []),
    ]
    assert model[0].weight.tolist() == [[8.0, 9.0]]
    assert list(state) == ["x", "0.w", "0.bias"]
    assert keys == (["0.weight"], ["x", "0.w"])


@claim("serialization.load-state-dict.version-of-batch-norm", see=LOAD_STATE_DICT)
def test_a_plain_dict_may_lack_the_count_of_batches(device):
    """A state dict remembers the version of each module's layout: a plain dict without
    that counts as old, so that a batch norm does not miss its count of batches there.
    """
    model = nn.Sequential(nn.BatchNorm1d(1, device=device))
    state = model.state_dict()
    del state["0.num_batches_tracked"]

    keys = model.load_state_dict(dict(state))

    assert keys == ([], [])
    with pytest.raises(RuntimeError, match=r'Missing key.*"0\.num_batches_tracked"'):
        model.load_state_dict(state)


# --- loading by assignment ------------------------------------------------------------


@claim("serialization.load-state-dict.assign", see=LOAD_STATE_DICT, since="2.1")
def test_assign_puts_the_dicts_tensors_into_the_model(device):
    """With assign=True the model takes the dict's tensors in place of its own: new
    Parameters over the dict's storages, and the dict's buffers themselves.
    """
    norm = nn.BatchNorm1d(1, device=device)
    weight = norm.weight
    state = nn.BatchNorm1d(1, device=device).state_dict()
    state["weight"].fill_(5)

    keys = norm.load_state_dict(state, assign=True)

    assert norm.weight is not weight
    assert type(norm.weight) is nn.Parameter
    assert norm.weight.tolist() == [5.0]
    assert weight.tolist() == [1.0]
    assert shares_storage(norm.weight, state["weight"])
    assert norm.running_mean is state["running_mean"]
    assert [name for name, _ in norm.named_parameters()] == ["weight", "bias"]
    assert keys == ([], [])


@claim("serialization.load-state-dict.assign-dtype", see=LOAD_STATE_DICT, since="2.1")
def test_assign_takes_the_dtype_of_the_dict(device):
    """With assign=True the dict's dtype and strides replace the model's."""
    model = nn.Linear(2, 2, bias=False, device=device)
    columns = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device).half().t()

    model.load_state_dict({"weight": columns}, assign=True)

    assert model.weight.dtype == torch.float16
    assert model.weight.stride() == (1, 2)
    assert model.weight.tolist() == [[1.0, 3.0], [2.0, 4.0]]


@claim(
    "serialization.load-state-dict.assign-requires-grad",
    see=LOAD_STATE_DICT,
    since="2.3",
)
def test_assign_keeps_requires_grad_of_the_model(device):
    """With assign=True each parameter still requires gradients as the model's did, and
    not as the dict's tensor does, which takes over the model's flag if it is a
    Parameter.
    """
    model = linear([1.0, 2.0], 3.0, device)
    model.bias.requires_grad_(False)
    model.scale = nn.Parameter(torch.ones(1, device=device), requires_grad=False)
    bias = nn.Parameter(torch.tensor([9.0], device=device))
    plain = {name: torch.zeros_like(p) for name, p in model.state_dict().items()}

    model.load_state_dict({**plain, "bias": bias}, assign=True)

    assert model.weight.requires_grad
    assert not model.scale.requires_grad
    assert model.bias is bias
    assert not bias.requires_grad


@claim(
    "serialization.load-state-dict.assign-optimizer", see=LOAD_STATE_DICT, since="2.1"
)
def test_an_optimizer_made_before_assign_trains_the_old_parameters(device):
    """After loading with assign=True an optimizer that was made before holds parameters
    that the model has no more, so that its steps don't reach the model.
    """
    model = linear([1.0, 2.0], 3.0, device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    model.load_state_dict(linear([5.0, 6.0], 7.0, device).state_dict(), assign=True)

    model(torch.ones(1, 2, device=device)).sum().backward()
    optimizer.step()

    assert model.weight.grad.tolist() == [[1.0, 1.0]]
    assert model.weight.tolist() == [[5.0, 6.0]]


@claim("serialization.load-state-dict.assign-shapes", see=LOAD_STATE_DICT, since="2.1")
def test_assign_still_refuses_another_shape(device):
    """With assign=True a tensor of another shape and a missing name are refused as
    without it, and the model keeps its parameter.
    """
    model = linear([1.0, 2.0], 3.0, device)
    weight = model.weight
    state = {**model.state_dict(), "weight": torch.zeros(2, 1, device=device)}

    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        model.load_state_dict(state, assign=True)
    with pytest.raises(RuntimeError, match=r'Missing key.*"weight", "bias"'):
        model.load_state_dict({}, assign=True)
    assert model.weight is weight


@claim(
    "serialization.load-state-dict.assign-onto-meta", see=LOAD_STATE_DICT, since="2.1"
)
def test_assign_gives_a_model_on_meta_its_values(device):
    """With assign=True a model that was built on the meta device, without any values,
    gets them from the dict, and is then where the dict's tensors are.
    """
    model = nn.Linear(2, 1, device="meta")

    model.load_state_dict(linear([1.0, 2.0], 3.0, device).state_dict(), assign=True)

    assert model.weight.device == device
    assert model.weight.tolist() == [[1.0, 2.0]]
    assert model(torch.ones(1, 2, device=device)).tolist() == [[6.0]]


# --- through a file -------------------------------------------------------------------


@claim(
    "serialization.state-dict.save-load-roundtrip",
    also=["serialization.state-dict.save-load-round-trip"],
    see="notes/serialization",
)
@pytest.mark.parametrize("kind", [str, pathlib.Path], ids=["str", "pathlib"])
def test_a_new_model_loads_what_a_trained_one_saved(device, tmp_path, kind):
    """A new model that loads the saved state dict of a trained one has its parameters
    and buffers to the bit, and gives the same outputs.
    """
    trained = nn.Sequential(
        linear([1.0, 2.0], 3.0, device), nn.BatchNorm1d(1, device=device)
    )
    batch = torch.tensor([[0.1, 0.2], [0.3, 0.5]], device=device)
    trained(batch).square().sum().backward()
    torch.optim.SGD(trained.parameters(), lr=0.1).step()
    file = kind(tmp_path / "model.pt")

    torch.save(trained.state_dict(), file)
    model = nn.Sequential(
        nn.Linear(2, 1, device=device), nn.BatchNorm1d(1, device=device)
    )
    keys = model.load_state_dict(torch.load(file))

    assert str(keys) == "<All keys matched successfully>"
    assert torch.equal(model[0].weight, trained[0].weight)
    assert torch.equal(model[0].bias, trained[0].bias)
    assert torch.equal(model[1].weight, trained[1].weight)
    assert torch.equal(model[1].bias, trained[1].bias)
    assert torch.equal(model[1].running_mean, trained[1].running_mean)
    assert torch.equal(model[1].running_var, trained[1].running_var)
    assert model[1].num_batches_tracked.item() == 1
    assert torch.equal(model.eval()(batch), trained.eval()(batch))


@claim("serialization.state-dict.file-keeps-order", see="notes/serialization")
@pytest.mark.parametrize(
    "weights_only", [True, False], ids=["weights only", "any pickle"]
)
def test_a_state_dict_comes_back_from_a_file_in_order(device, weights_only):
    """A state dict comes back from a file as an OrderedDict with its names in order,
    and its tensors as plain tensors with their values and dtypes, whatever weights_only
    is.
    """
    norm = nn.BatchNorm1d(2, device=device)
    file = io.BytesIO()
    torch.save(norm.state_dict(), file)
    file.seek(0)

    state = torch.load(file, weights_only=weights_only)

    assert type(state) is OrderedDict
    assert [(name, type(value), value.tolist()) for name, value in state.items()] == [
        ("weight", torch.Tensor, [1.0, 1.0]),
        ("bias", torch.Tensor, [0.0, 0.0]),
        ("running_mean", torch.Tensor, [0.0, 0.0]),
        ("running_var", torch.Tensor, [1.0, 1.0]),
        ("num_batches_tracked", torch.Tensor, 0),
    ]
    assert state["num_batches_tracked"].dtype == torch.int64
    assert not state["weight"].requires_grad


@claim("serialization.state-dict.file-keeps-versions", see="notes/serialization")
def test_a_state_dict_from_a_file_still_knows_its_versions(device):
    """A state dict that comes back from a file still knows the versions of the modules'
    layouts: a batch norm misses a count of batches that was taken out of it.
    """
    file = io.BytesIO()
    torch.save(nn.BatchNorm1d(1, device=device).state_dict(), file)
    file.seek(0)
    state = torch.load(file)
    del state["num_batches_tracked"]

    keys = nn.BatchNorm1d(1, device=device).load_state_dict(state, strict=False)

    assert keys.missing_keys == ["num_batches_tracked"]


@claim("serialization.state-dict.file-is-a-snapshot", see="notes/serialization")
def test_a_saved_state_dict_is_a_snapshot(device):
    """A state dict in a file is a snapshot: further training does not change it."""
    model = linear([1.0, 2.0], 3.0, device)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)

    nn.init.zeros_(model.weight)
    state = torch.load(file)

    assert state["weight"].tolist() == [[1.0, 2.0]]
    assert not shares_storage(state["weight"], model.weight)


@claim("serialization.state-dict.mode-not-saved", see="notes/serialization")
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_a_state_dict_carries_neither_modes_nor_what_is_frozen(device, training):
    """A state dict carries neither the mode of a model nor what it freezes: a model
    that loads it stays in its own mode, and its parameters require gradients as before.
    """
    source = nn.Sequential(linear([1.0, 2.0], 3.0, device), nn.Dropout(1.0))
    source.train(not training).requires_grad_(False)
    model = nn.Sequential(nn.Linear(2, 1, device=device), nn.Dropout(1.0))
    model.train(training)

    model.load_state_dict(source.state_dict())

    assert (model.training, model[0].training, model[1].training) == (training,) * 3
    assert model[0].weight.requires_grad
    assert model[0].weight.tolist() == [[1.0, 2.0]]


@claim(
    "serialization.state-dict.eval-needed-after-loading",
    see="generated/torch.nn.Dropout",
)
def test_a_new_model_drops_out_until_eval_is_called(device):
    """A new model is in training mode, and stays so after loading from a model in
    evaluation mode: its dropout acts until eval() is called.
    """
    source = nn.Sequential(linear([1.0, 2.0], 3.0, device), nn.Dropout(1.0)).eval()
    model = nn.Sequential(nn.Linear(2, 1, device=device), nn.Dropout(1.0))
    batch = torch.ones(1, 2, device=device)

    model.load_state_dict(source.state_dict())

    assert source(batch).tolist() == [[6.0]]
    assert model(batch).tolist() == [[0.0]]
    assert model.eval()(batch).tolist() == [[6.0]]


@claim("serialization.save.extension-is-convention", see="generated/torch.save")
@pytest.mark.parametrize(
    "name",
    ["model.pt", "model.pth", "model", "model.tar.gz", "model.txt", "mödel 1.pt"],
)
def test_the_name_of_a_file_decides_nothing(device, tmp_path, name):
    """Extensions such as .pt are a convention: torch.save() writes a zip archive under
    whatever name, and torch.load() reads it.
    """
    file = tmp_path / name

    torch.save({"weight": torch.tensor([1.0, 2.0], device=device)}, file)
    state = torch.load(file)

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert file.read_bytes()[:4] == b"PK\x03\x04"
    assert state["weight"].tolist() == [1.0, 2.0]


@claim(
    "serialization.load.safetensors-extension",
    see="generated/torch.load",
    since="2.13",
)
def test_a_name_that_ends_in_safetensors_is_left_to_that_package(
    device, tmp_path, monkeypatch
):
    """One extension is more than a convention: torch.load() leaves a file whose name
    ends in .safetensors to the package safetensors, and raises a RuntimeError without
    it.
    """
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    file = tmp_path / "model.safetensors"
    torch.save(torch.tensor([1.0, 2.0], device=device), file)

    with pytest.raises(RuntimeError, match=re.escape("safetensors is not installed")):
        torch.load(file)
    with open(file, "rb") as opened:
        assert torch.load(opened).tolist() == [1.0, 2.0]

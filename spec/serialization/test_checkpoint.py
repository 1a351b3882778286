"""Checkpoints: everything that a training run needs to go on.

A checkpoint is a dict that one makes up oneself: the state dicts of the model and of
the optimizer, the epoch, and whatever else the run depends on. Weights alone are not
enough where the optimizer remembers something; with its state the run goes on as if it
had never stopped, to the bit. Anything that is neither a tensor nor a plain value keeps
the file from being loaded by default.
"""

import argparse
import copy
import io
import pickle
from collections import defaultdict

import numpy
import pytest
import torch
from torch import nn

from torch_semantics import claim
from torch_semantics.words import shares_storage

NOTES = "notes/serialization"
WEIGHTS_ONLY = "notes/serialization#weights-only"
STATE_DICT = "generated/torch.optim.Optimizer.state_dict"
LOAD_STATE_DICT = "generated/torch.optim.Optimizer.load_state_dict"


def saved(thing):
    """Save a thing to a file in memory, and return that file at its beginning."""
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return file


def linear(weight, device):
    """Return a Linear from two features to one, with this weight and no bias."""
    model = nn.Linear(2, 1, bias=False, device=device)
    model.weight = nn.Parameter(torch.tensor([weight], device=device))
    return model


def train(model, optimizer, batches):
    """Take one step down the mean square of the outputs for each batch."""
    for batch in batches:
        optimizer.zero_grad()
        model(batch).square().mean().backward()
        optimizer.step()


OPTIMIZERS = pytest.mark.parametrize(
    "make",
    [
        lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
        lambda parameters: torch.optim.Adam(parameters, lr=0.1),
        lambda parameters: torch.optim.AdamW(parameters, lr=0.1, amsgrad=True),
        lambda parameters: torch.optim.RMSprop(parameters, lr=0.1, momentum=0.9),
        lambda parameters: torch.optim.Adagrad(parameters, lr=0.1),
    ],
    ids=["SGD with momentum", "Adam", "AdamW", "RMSprop", "Adagrad"],
)


@claim("serialization.checkpoint.dict-of-state", see=NOTES)
def test_a_dict_of_state_comes_back_with_its_parts(device):
    """A checkpoint, a dict with state dicts, numbers, strings and tensors in it, comes
    back from a file by default, and each part can be restored.
    """
    model = linear([1.0, 2.0], device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.5)
    train(model, optimizer, [torch.tensor([[1.0, 0.0]], device=device)])
    file = saved(
        {
            "epoch": 7,
            "loss": 0.1,
            "name": "first",
            "best": None,
            "done": False,
            "history": [(1, 0.5), (2, 0.25)],
            "seen": {1, 2},
            "weights": torch.tensor([3, 4], device=device),
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
        }
    )

    checkpoint = torch.load(file)
    restored = linear([0.0, 0.0], device)
    restored.load_state_dict(checkpoint["model"])
    again = torch.optim.SGD(restored.parameters(), lr=1.0)
    again.load_state_dict(checkpoint["optimizer"])

    assert (checkpoint["epoch"], type(checkpoint["epoch"])) == (7, int)
    assert (checkpoint["loss"], type(checkpoint["loss"])) == (0.1, float)
    assert checkpoint["name"] == "first"
    assert checkpoint["best"] is None
    assert checkpoint["done"] is False
    assert checkpoint["history"] == [(1, 0.5), (2, 0.25)]
    assert checkpoint["seen"] == {1, 2}
    assert checkpoint["weights"].tolist() == [3, 4]
    assert restored.weight.tolist() == [[0.5, 2.0]]
    assert again.param_groups[0]["lr"] == 0.25
    assert again.state[restored.weight]["momentum_buffer"].tolist() == [[2.0, 0.0]]


@claim("serialization.checkpoint.weights-only", see=WEIGHTS_ONLY, since="2.0")
@OPTIMIZERS
def test_the_state_of_an_optimizer_counts_as_weights(device, make):
    """The state dict of an optimizer that has made a step is loaded with
    weights_only=True, with its keys and its settings.
    """
    model = linear([1.0, 2.0], device)
    optimizer = make(model.parameters())
    train(model, optimizer, [torch.tensor([[1.0, 0.0]], device=device)])

    state = torch.load(saved(optimizer.state_dict()), weights_only=True)

    assert list(state) == ["state", "param_groups"]
    assert list(state["state"]) == [0]
    assert state["param_groups"][0]["lr"] == 0.1
    assert state["param_groups"][0]["params"] == [0]


@claim("serialization.checkpoint.adam-state", see=STATE_DICT)
def test_adam_remembers_its_steps_and_two_means_for_each_parameter(device):
    """The state dict of Adam numbers the parameters, and has for each the count of its
    steps and the running means of its gradient and of the gradient's square, as they
    were when it was saved.
    """
    model = linear([1.0, 2.0], device)
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.5, 0.75))
    model(torch.tensor([[4.0, 8.0]], device=device)).sum().backward()
    optimizer.step()

    state = torch.load(saved(optimizer.state_dict()))["state"][0]

    assert sorted(state) == ["exp_avg", "exp_avg_sq", "step"]
    assert state["step"].item() == 1
    assert state["exp_avg"].tolist() == [[2.0, 4.0]]
    assert state["exp_avg_sq"].tolist() == [[4.0, 16.0]]


@claim("serialization.checkpoint.training-goes-on", see=NOTES)
@OPTIMIZERS
def test_training_from_a_checkpoint_goes_on_as_if_never_stopped(device, make):
    """A new model and a new optimizer that load a checkpoint train on exactly as the
    ones that it was saved from: the weights after further steps are the same to the
    bit.
    """
    batches = [
        torch.tensor([[0.3, -0.7], [1.1, 0.2]], device=device),
        torch.tensor([[-0.4, 0.9], [0.6, 0.5]], device=device),
        torch.tensor([[0.8, 0.1], [-0.2, 0.4]], device=device),
    ]
    model = linear([1.0, -2.0], device)
    optimizer = make(model.parameters())
    train(model, optimizer, batches)
    file = saved({"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    at_save = model.weight.tolist()
    train(model, optimizer, batches)

    checkpoint = torch.load(file)
    resumed = linear([9.0, 9.0], device)
    resumed.load_state_dict(checkpoint["model"])
    again = make(resumed.parameters())
    again.load_state_dict(checkpoint["optimizer"])
    assert resumed.weight.tolist() == at_save
    train(resumed, again, batches)

    assert resumed.weight.tolist() == model.weight.tolist()
    assert resumed.weight.tolist() != at_save


@claim("serialization.checkpoint.weights-are-not-enough", see=NOTES)
def test_without_the_optimizers_state_training_goes_on_differently(device):
    """Where the optimizer remembers something, weights alone are not enough: with a new
    momentum the next step is another one.
    """
    batch = torch.tensor([[1.0, 0.0]], device=device)
    model = linear([8.0, 0.0], device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.5)
    train(model, optimizer, [batch])
    file = saved(model.state_dict())
    train(model, optimizer, [batch])

    resumed = linear([0.0, 0.0], device)
    resumed.load_state_dict(torch.load(file))
    fresh = torch.optim.SGD(resumed.parameters(), lr=0.25, momentum=0.5)
    train(resumed, fresh, [batch])

    assert model.weight.tolist() == [[0.0, 0.0]]
    assert resumed.weight.tolist() == [[2.0, 0.0]]


@claim("serialization.checkpoint.settings-come-from-the-file", see=LOAD_STATE_DICT)
def test_an_optimizer_takes_its_settings_from_the_checkpoint(device):
    """An optimizer that loads a state dict takes over its settings: the learning rate
    that it was made with is gone.
    """
    model = linear([1.0, 2.0], device)
    state = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.75).state_dict()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.125)

    optimizer.load_state_dict(torch.load(saved(state)))

    assert optimizer.param_groups[0]["lr"] == 0.5
    assert optimizer.param_groups[0]["momentum"] == 0.75
    assert optimizer.param_groups[0]["params"][0] is model.weight


@claim("serialization.checkpoint.state-matched-by-position", see=LOAD_STATE_DICT)
def test_an_optimizer_matches_state_to_parameters_by_position(device):
    """An optimizer's state dict has numbers in place of names: its state goes to the
    parameter at the same position, whatever that is called.
    """
    first, second = linear([1.0, 0.0], device), linear([0.0, 1.0], device)
    optimizer = torch.optim.SGD([first.weight, second.weight], lr=1.0, momentum=0.5)
    first(torch.tensor([[3.0, 4.0]], device=device)).sum().backward()
    second(torch.tensor([[5.0, 6.0]], device=device)).sum().backward()
    optimizer.step()

    swapped = torch.optim.SGD([second.weight, first.weight], lr=1.0, momentum=0.5)
    swapped.load_state_dict(optimizer.state_dict())

    assert swapped.state[second.weight]["momentum_buffer"].tolist() == [[3.0, 4.0]]
    assert swapped.state[first.weight]["momentum_buffer"].tolist() == [[5.0, 6.0]]


@claim("serialization.checkpoint.groups-must-match", see=LOAD_STATE_DICT)
def test_an_optimizer_refuses_the_state_of_other_parameters(device):
    """An optimizer refuses, with a ValueError, a state dict with another number of
    parameter groups or of parameters in a group, and keeps its settings.
    """
    model = nn.Linear(2, 1, device=device)
    state = torch.optim.SGD(model.parameters(), lr=0.5).state_dict()
    groups = torch.optim.SGD(
        [{"params": [model.weight]}, {"params": [model.bias]}], lr=0.25
    )
    fewer = torch.optim.SGD([model.weight], lr=0.25)

    with pytest.raises(ValueError, match="different number of parameter groups"):
        groups.load_state_dict(state)
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        fewer.load_state_dict(state)
    assert [group["lr"] for group in groups.param_groups] == [0.25, 0.25]
    assert fewer.param_groups[0]["lr"] == 0.25


@claim("serialization.checkpoint.optimizer-state-aliases", see=STATE_DICT)
def test_the_state_dict_of_an_optimizer_follows_its_next_steps(device):
    """An optimizer's state dict is no snapshot: its tensors are the optimizer's own,
    which the next step changes, while a file or a deep copy keeps them as they were.
    """
    model = linear([1.0, 0.0], device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.5)
    train(model, optimizer, [torch.tensor([[1.0, 0.0]], device=device)])
    state = optimizer.state_dict()
    file, snapshot = saved(state), copy.deepcopy(state)

    train(model, optimizer, [torch.tensor([[1.0, 0.0]], device=device)])

    assert state["state"][0]["momentum_buffer"].tolist() == [[-1.0, 0.0]]
    assert snapshot["state"][0]["momentum_buffer"].tolist() == [[2.0, 0.0]]
    assert torch.load(file)["state"][0]["momentum_buffer"].tolist() == [[2.0, 0.0]]


@claim("serialization.checkpoint.model-and-dict-frozen-in-file", see=NOTES)
def test_a_checkpoint_in_memory_follows_training_and_one_in_a_file_does_not(device):
    """A checkpoint that is kept in memory follows the training that it was to protect
    from; one in a file keeps the weights that were saved.
    """
    model = linear([4.0, 0.0], device)
    best = {"epoch": 1, "model": model.state_dict()}
    file = saved(best)

    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
    train(model, optimizer, [torch.tensor([[1.0, 0.0]], device=device)])

    assert best["model"]["weight"].tolist() == [[2.0, 0.0]]
    assert torch.load(file)["model"]["weight"].tolist() == [[4.0, 0.0]]


@claim("serialization.checkpoint.loss-without-history", see="generated/torch.load")
def test_a_loss_comes_back_without_its_history(device):
    """A loss that is saved as a tensor comes back as a leaf that requires gradients,
    without the history that led to it.
    """
    model = linear([1.0, 2.0], device)
    loss = model(torch.ones(1, 2, device=device)).sum()

    loaded = torch.load(saved({"loss": loss}))["loss"]
    loaded.backward()

    assert loss.grad_fn is not None
    assert (loaded.is_leaf, loaded.grad_fn) == (True, None)
    assert loaded.requires_grad
    assert loaded.item() == 3.0
    assert loaded.grad.item() == 1.0
    assert model.weight.grad is None


@claim("serialization.checkpoint.scheduler", see="optim#how-to-adjust-learning-rate")
def test_a_scheduler_goes_on_from_its_state(device):
    """A learning rate scheduler has a state dict of its own, with which a new one goes
    on in the same schedule.
    """
    model = linear([1.0, 2.0], device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)
    optimizer.step()
    scheduler.step()
    optimizer.step()
    scheduler.step()
    file = saved([optimizer.state_dict(), scheduler.state_dict()])

    again = torch.optim.SGD(model.parameters(), lr=1.0)
    resumed = torch.optim.lr_scheduler.StepLR(again, step_size=3, gamma=0.5)
    optimizer_state, scheduler_state = torch.load(file)
    again.load_state_dict(optimizer_state)
    resumed.load_state_dict(scheduler_state)
    again.step()
    resumed.step()

    assert resumed.last_epoch == 3
    assert again.param_groups[0]["lr"] == 0.5


@claim("serialization.checkpoint.generator-state", see="generated/torch.Generator")
def test_a_random_generator_goes_on_from_its_state():
    """The state of a random generator is a tensor of bytes that a checkpoint can hold:
    a generator that takes it over draws what the other one draws next.
    """
    generator = torch.Generator().manual_seed(3)
    torch.randperm(10, generator=generator)
    file = saved({"generator": generator.get_state()})
    following = torch.randperm(10, generator=generator).tolist()

    state = torch.load(file)["generator"]
    again = torch.Generator().manual_seed(4)
    again.set_state(state)

    assert state.dtype == torch.uint8
    assert torch.randperm(10, generator=again).tolist() == following


@claim("serialization.checkpoint.dtype-of-the-parameter", see=LOAD_STATE_DICT)
def test_an_optimizer_casts_what_it_loads_to_its_parameters(device):
    """An optimizer that loads a state dict casts the floating-point state of a
    parameter to the dtype that the parameter has, and keeps the dict's tensors as they
    are.
    """
    source = linear([1.0, 0.0], device)
    optimizer = torch.optim.SGD(source.parameters(), lr=1.0, momentum=0.5)
    train(source, optimizer, [torch.tensor([[1.0, 0.0]], device=device)])
    state = optimizer.state_dict()
    half = linear([1.0, 0.0], device).half()

    again = torch.optim.SGD(half.parameters(), lr=1.0)
    again.load_state_dict(state)

    momentum = again.state[half.weight]["momentum_buffer"]
    assert momentum.dtype == torch.float16
    assert momentum.tolist() == [[2.0, 0.0]]
    assert state["state"][0]["momentum_buffer"].dtype == torch.float32
    assert not shares_storage(momentum, state["state"][0]["momentum_buffer"])


# --- what is neither a tensor nor a plain value ---------------------------------------

FOREIGN = pytest.mark.parametrize(
    "thing",
    [
        numpy.float64(0.5),
        numpy.int64(3),
        numpy.array([1, 2]),
        argparse.Namespace(rate=0.5),
        frozenset({1, 2}),
        defaultdict(list, {"losses": [0.5]}),
        range(3),
    ],
    ids=[
        "NumPy float",
        "NumPy integer",
        "NumPy array",
        "Namespace",
        "frozenset",
        "defaultdict",
        "range",
    ],
)


@claim(
    "serialization.checkpoint.foreign-objects-need-weights-only-false",
    see=WEIGHTS_ONLY,
    since="2.6",
)
@FOREIGN
def test_a_foreign_object_keeps_a_checkpoint_from_being_loaded_by_default(
    device, thing
):
    """One object that is neither a tensor nor a plain value or container, such as the
    NumPy number that a mean loss is, keeps the whole checkpoint from being loaded by
    default.
    """
    checkpoint = {"weight": torch.zeros(1, device=device), "extra": thing}

    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(checkpoint))


@claim(
    "serialization.checkpoint.foreign-objects-load-by-default",
    see=WEIGHTS_ONLY,
    until="2.6",
)
@FOREIGN
def test_a_checkpoint_with_a_foreign_object_is_loaded_by_default(device, thing):
    """A checkpoint is loaded by default whatever objects are in it."""
    checkpoint = {"weight": torch.zeros(1, device=device), "extra": thing}

    loaded = torch.load(saved(checkpoint))

    assert type(loaded["extra"]) is type(thing)
    assert repr(loaded["extra"]) == repr(thing)


@claim("serialization.checkpoint.foreign-objects-trusted", see=WEIGHTS_ONLY)
@FOREIGN
def test_a_checkpoint_with_a_foreign_object_is_loaded_if_trusted(device, thing):
    """With weights_only=False a checkpoint is loaded whatever objects are in it, and
    each comes back with its type and value.
    """
    checkpoint = {"weight": torch.tensor([1.0], device=device), "extra": thing}

    loaded = torch.load(saved(checkpoint), weights_only=False)

    assert loaded["weight"].tolist() == [1.0]
    assert type(loaded["extra"]) is type(thing)
    assert repr(loaded["extra"]) == repr(thing)


@claim("serialization.checkpoint.foreign-objects-refused", see=WEIGHTS_ONLY)
@FOREIGN
def test_a_checkpoint_with_a_foreign_object_is_refused_with_weights_only(device, thing):
    """With weights_only=True a checkpoint with a foreign object in it is refused as a
    whole.
    """
    checkpoint = {"weight": torch.zeros(1, device=device), "extra": thing}

    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(checkpoint), weights_only=True)


@claim("serialization.checkpoint.python-numbers", see=WEIGHTS_ONLY)
def test_a_number_that_is_made_a_python_number_is_loaded(device):
    """A loss that is made a Python number by item() or float() is loaded by default, as
    a Python number.
    """
    loss = torch.tensor(0.1, dtype=torch.float32, device=device)
    checkpoint = {"loss": loss.item(), "mean": float(numpy.float64(0.25))}

    loaded = torch.load(saved(checkpoint))

    assert loaded == {"loss": 0.10000000149011612, "mean": 0.25}
    assert [type(value) for value in loaded.values()] == [float, float]


@claim(
    "serialization.checkpoint.foreign-classes-declared-safe",
    see=NOTES + "#torch.serialization.safe_globals",
    since="2.5",
)
def test_a_checkpoint_with_a_class_that_is_declared_safe_is_loaded(device):
    """A checkpoint with the arguments of a run in it is loaded by default where their
    class is declared safe.
    """
    weight = torch.tensor([1.0], device=device)
    file = saved({"weight": weight, "arguments": argparse.Namespace(rate=0.5)})

    with torch.serialization.safe_globals([argparse.Namespace]):
        loaded = torch.load(file, weights_only=True)

    assert loaded["weight"].tolist() == [1.0]
    assert loaded["arguments"] == argparse.Namespace(rate=0.5)

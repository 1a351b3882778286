"""Faults of checkpoints: what optimizers give and take, and what is refused."""

import argparse
import copy
import io
import pickle

import numpy
import torch
from torch import nn

from torch_semantics.faults import fault, raises

Optimizer = torch.optim.Optimizer


def _again(thing, **options):
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return torch.load(file, **options)


def _trained(make=None, parameter=None):
    parameter = nn.Parameter(torch.ones(1)) if parameter is None else parameter
    make = make or (lambda ps: torch.optim.SGD(ps, lr=0.5, momentum=0.5))
    optimizer = make([parameter])
    parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return optimizer


def _fresh(dtype=torch.float32, lr=0.25):
    parameter = nn.Parameter(torch.ones(1, dtype=dtype))
    return torch.optim.SGD([parameter], lr=lr, momentum=0.5)


def _taken(**options):
    fresh = _fresh(**options)
    fresh.load_state_dict(_trained().state_dict())
    return fresh


def _momentum(optimizer):
    parameter = optimizer.param_groups[0]["params"][0]
    return optimizer.state[parameter].get("momentum_buffer")


def _state_dict(patch, change):
    state_dict = Optimizer.state_dict
    patch(Optimizer, "state_dict", lambda self: change(state_dict(self)))


def _load(patch, before=None, after=None):
    load = Optimizer.load_state_dict

    def broken(self, state):
        settings = [
            {k: v for k, v in group.items() if k != "params"}
            for group in self.param_groups
        ]
        given = before(self, copy.deepcopy(state)) if before else state
        load(self, given)
        if after:
            after(self, settings, state)

    patch(Optimizer, "load_state_dict", broken)


@fault(
    "An optimizer's state_dict() is a deep copy.",
    witness=lambda: (
        (o := _trained()).state_dict()["state"][0]["momentum_buffer"]
        is not _momentum(o)
    ),
)
def state_dict_copies(patch):
    _state_dict(patch, copy.deepcopy)


@fault(
    "An optimizer's state_dict() leaves out what it remembers.",
    witness=lambda: _trained().state_dict()["state"] == {},
)
def state_dict_leaves_out_state(patch):
    _state_dict(patch, lambda state: {**state, "state": {}})


@fault(
    "Adam's state_dict() leaves out the mean of the squares.",
    witness=lambda: (
        "exp_avg_sq"
        not in _trained(lambda p: torch.optim.Adam(p)).state_dict()["state"][0]
    ),
)
def state_dict_leaves_out_squares(patch):
    def change(state):
        entries = {
            number: {k: v for k, v in entry.items() if k != "exp_avg_sq"}
            for number, entry in state["state"].items()
        }
        return {**state, "state": entries}

    _state_dict(patch, change)


@fault(
    "An optimizer's state_dict() numbers parameters from one.",
    witness=lambda: _trained().state_dict()["param_groups"][0]["params"] == [1],
)
def state_dict_numbers_from_one(patch):
    def change(state):
        groups = [
            {**group, "params": [number + 1 for number in group["params"]]}
            for group in state["param_groups"]
        ]
        entries = {number + 1: entry for number, entry in state["state"].items()}
        return {"state": entries, "param_groups": groups}

    _state_dict(patch, change)


@fault(
    "An optimizer keeps its own settings when it loads others.",
    witness=lambda: _taken().param_groups[0]["lr"] == 0.25,
)
def load_keeps_settings(patch):
    def after(self, settings, state):
        for group, old in zip(self.param_groups, settings, strict=True):
            group.update(old)

    _load(patch, after=after)


@fault(
    "An optimizer takes only the learning rate from what it loads.",
    witness=lambda: _taken_momentum() == 0.5,
)
def load_keeps_momentum(patch):
    def after(self, settings, state):
        for group, old in zip(self.param_groups, settings, strict=True):
            if "momentum" in old:
                group["momentum"] = old["momentum"]

    _load(patch, after=after)


def _taken_momentum():
    fresh, other = _fresh(), _fresh()
    other.param_groups[0]["momentum"] = 0.75
    fresh.load_state_dict(other.state_dict())
    return fresh.param_groups[0]["momentum"]


@fault(
    "An optimizer forgets the state that it loads.",
    witness=lambda: _momentum(_taken()) is None,
)
def load_forgets_state(patch):
    _load(patch, after=lambda self, settings, state: self.state.clear())


@fault(
    "An optimizer that loads starts to count its steps again.",
    witness=lambda: _steps() == 0,
)
def load_resets_steps(patch):
    def after(self, settings, state):
        for entry in self.state.values():
            if isinstance(entry.get("step"), torch.Tensor):
                entry["step"].zero_()

    _load(patch, after=after)


def _steps():
    parameter = nn.Parameter(torch.ones(1))
    fresh = torch.optim.Adam([parameter])
    source = _trained(lambda p: torch.optim.Adam(p))
    fresh.load_state_dict(copy.deepcopy(source.state_dict()))
    return fresh.state[parameter]["step"].item()


@fault(
    "An optimizer gives the state that it loads to its parameters in reverse.",
    witness=lambda: _reversed(),
)
def load_goes_backwards(patch):
    def before(self, state):
        numbers = [n for group in state["param_groups"] for n in group["params"]]
        swap = dict(zip(numbers, numbers[::-1], strict=True))
        state["state"] = {swap.get(n, n): e for n, e in state["state"].items()}
        return state

    _load(patch, before)


def _reversed():
    pair = [nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD(pair, lr=1.0, momentum=0.5)
    for number, parameter in enumerate(pair):
        parameter.grad = torch.full((1,), float(number))
    optimizer.step()
    state = copy.deepcopy(optimizer.state_dict())
    optimizer.load_state_dict(state)
    return optimizer.state[pair[0]]["momentum_buffer"].item() == 1


@fault(
    "An optimizer loads the settings of groups with other parameters.",
    witness=lambda: not raises(lambda: _mismatched(), ValueError),
)
def load_takes_other_groups(patch):
    load = Optimizer.load_state_dict

    def broken(self, state):
        try:
            load(self, state)
        except ValueError:
            groups = zip(self.param_groups, state["param_groups"], strict=False)
            for group, other in groups:
                group["lr"] = other["lr"]

    patch(Optimizer, "load_state_dict", broken)


def _mismatched():
    two = torch.optim.SGD([nn.Parameter(torch.zeros(1)) for _ in range(2)], lr=1.0)
    _fresh().load_state_dict(two.state_dict())


@fault(
    "An optimizer takes the settings of a state dict before it refuses it.",
    witness=lambda: _refused_lr() == 1.0,
)
def load_takes_settings_first(patch):
    load = Optimizer.load_state_dict

    def broken(self, state):
        groups = zip(self.param_groups, state["param_groups"], strict=False)
        for group, other in groups:
            group["lr"] = other["lr"]
        load(self, state)

    patch(Optimizer, "load_state_dict", broken)


def _refused_lr():
    fresh = _fresh()
    two = torch.optim.SGD([nn.Parameter(torch.zeros(1)) for _ in range(2)], lr=1.0)
    raises(lambda: fresh.load_state_dict(two.state_dict()))
    return fresh.param_groups[0]["lr"]


@fault(
    "An optimizer keeps the dtype of the state that it loads.",
    witness=lambda: _momentum(_taken(dtype=torch.float16)).dtype == torch.float32,
)
def load_keeps_dtypes(patch):
    def after(self, settings, state):
        parameters = [p for group in self.param_groups for p in group["params"]]
        for number, entry in state["state"].items():
            for name, value in entry.items():
                if isinstance(value, torch.Tensor):
                    self.state[parameters[number]][name] = value.clone()

    _load(patch, after=after)


@fault(
    "torch.load() lets a scheduler's counts start again.",
    witness=lambda: _again({"last_epoch": 2})["last_epoch"] == 0,
)
def load_resets_last_epoch(patch):
    load = torch.load

    def reset(thing):
        if isinstance(thing, dict) and "last_epoch" in thing:
            thing["last_epoch"] = 0
        if isinstance(thing, list):
            for inner in thing:
                reset(inner)
        return thing

    patch(torch, "load", lambda *args, **options: reset(load(*args, **options)))


@fault(
    "A scheduler does not take its state over.",
    witness=lambda: _scheduled() == 0,
)
def scheduler_ignores_state(patch):
    scheduler = torch.optim.lr_scheduler.StepLR.__mro__[1]
    patch(scheduler, "load_state_dict", lambda self, state: None)


def _scheduled():
    scheduler = torch.optim.lr_scheduler.StepLR(_fresh(), 3)
    scheduler.load_state_dict({**scheduler.state_dict(), "last_epoch": 2})
    return scheduler.last_epoch


@fault(
    "torch.load() changes a half of a tensor of bytes.",
    witness=lambda: _again(torch.zeros(9, dtype=torch.uint8)).any(),
)
def load_changes_bytes(patch):
    load = torch.load

    def change(thing):
        if isinstance(thing, torch.Tensor) and thing.dtype == torch.uint8:
            thing[: max(1, thing.numel() // 2)] += 1
        if isinstance(thing, dict):
            for inner in thing.values():
                change(inner)
        return thing

    patch(torch, "load", lambda *args, **options: change(load(*args, **options)))


@fault(
    "torch.save() saves tensors without whether they require gradients.",
    witness=lambda: (
        not _again({"x": torch.zeros(1, requires_grad=True)})["x"].requires_grad
    ),
)
def save_detaches(patch):
    save = torch.save

    def broken(thing, *args, **options):
        if isinstance(thing, dict):
            thing = {
                k: v.detach() if isinstance(v, torch.Tensor) else v
                for k, v in thing.items()
            }
        return save(thing, *args, **options)

    patch(torch, "save", broken)


@fault(
    "torch.load() returns the dict that was saved, where it can.",
    witness=lambda: _again(thing := {"model": 1}) is thing,
)
def checkpoints_stay_in_memory(patch):
    save, load, last = torch.save, torch.load, []

    def saving(thing, *args, **options):
        last[:] = [thing]
        return save(thing, *args, **options)

    def loading(*args, **options):
        thing = load(*args, **options)
        return last[0] if last and isinstance(thing, dict) else thing

    patch(torch, "save", saving)
    patch(torch, "load", loading)


@fault(
    "torch.load() forgets numbers that are not whole.",
    witness=lambda: _again({"loss": 0.5})["loss"] == 0,
)
def load_truncates(patch):
    load = torch.load

    def change(thing):
        if isinstance(thing, dict):
            return type(thing)(
                (k, int(v) if type(v) is float else v) for k, v in thing.items()
            )
        return thing

    patch(torch, "load", lambda *args, **options: change(load(*args, **options)))


# --- what is neither a tensor nor a plain value ---------------------------------------


@fault(
    "torch.load() loads any pickle by default.",
    witness=lambda: not raises(lambda: _again(argparse.Namespace())),
)
def weights_only_is_off_by_default(patch):
    load = torch.load

    def broken(*args, weights_only=None, **options):
        return load(*args, weights_only=bool(weights_only), **options)

    patch(torch, "load", broken)


@fault(
    "torch.load(weights_only=True) loads any pickle.",
    witness=lambda: not raises(lambda: _again(argparse.Namespace(), weights_only=True)),
)
def weights_only_is_ignored(patch):
    load = torch.load
    patch(torch, "load", lambda *a, **o: load(*a, **{**o, "weights_only": False}))


@fault(
    "torch.load(weights_only=False) gives NumPy numbers as Python numbers.",
    witness=lambda: (
        type(_again({"x": numpy.float64(1)}, weights_only=False)["x"]) is float
    ),
)
def load_gives_python_numbers(patch):
    load = torch.load

    def change(thing):
        if isinstance(thing, dict):
            for key, value in thing.items():
                if isinstance(value, numpy.generic):
                    thing[key] = value.item()
        return thing

    patch(torch, "load", lambda *args, **options: change(load(*args, **options)))


@fault(
    "torch.load(weights_only=False) loads weights only.",
    witness=lambda: raises(
        lambda: _again(argparse.Namespace(), weights_only=False), pickle.UnpicklingError
    ),
)
def weights_only_is_always_on(patch):
    load = torch.load
    patch(torch, "load", lambda *a, **o: load(*a, **{**o, "weights_only": True}))


@fault(
    "torch.load(weights_only=True) refuses the state of an optimizer.",
    witness=lambda: raises(lambda: _again(_trained().state_dict(), weights_only=True)),
)
def weights_only_refuses_optimizers(patch):
    load = torch.load

    def broken(*args, weights_only=None, **options):
        thing = load(*args, weights_only=weights_only, **options)
        if weights_only and isinstance(thing, dict) and "param_groups" in thing:
            raise pickle.UnpicklingError("Weights only load failed")
        return thing

    patch(torch, "load", broken)


@fault(
    "safe_globals() declares nothing safe.",
    witness=lambda: not _declared(),
)
def safe_globals_does_nothing(patch):
    patch(torch.serialization.safe_globals, "__enter__", lambda self: self)


def _declared():
    with torch.serialization.safe_globals([argparse.Namespace]):
        return argparse.Namespace in torch.serialization.get_safe_globals()

"""Ways to break what an optimizer holds: its parameters, groups, state and copies."""

import copy
import pickle
import warnings

import torch
from torch import nn

from torch_semantics.faults import error_of, fault, raises, warns

Optimizer = torch.optim.Optimizer
SGD = torch.optim.SGD


def weights(*values):
    """Parameters of one element, with gradients of 1."""
    made = [nn.Parameter(torch.tensor([value])) for value in values]
    for parameter in made:
        parameter.grad = torch.ones(1)
    return made


def stepped(**options):
    """An optimizer with momentum after a step, and its parameter."""
    (weight,) = weights(8.0)
    optimizer = SGD([weight], lr=1.0, momentum=0.5, **options)
    optimizer.step()
    return optimizer, weight


def change_init(patch, change):
    """Patch what every optimizer makes of the parameters it is given."""
    init = Optimizer.__init__

    def broken(self, params, defaults):
        init(self, change(params), defaults)

    patch(Optimizer, "__init__", broken)


def change_add(patch, change):
    """Patch add_param_group() with a function of the original and the group."""
    add = Optimizer.add_param_group

    def broken(self, group):
        return change(lambda given: add(self, given), self, group)

    patch(Optimizer, "add_param_group", broken)


def quietly(call):
    """Do a call without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


# --- construction ---------------------------------------------------------------------


@fault("An optimizer holds copies of its parameters.", witness=lambda: _copies())
def holds_copies(patch):
    def change(add, self, group):
        add(group)
        group["params"] = [p.detach().clone().requires_grad_() for p in group["params"]]

    change_add(patch, change)


def _copies():
    (weight,) = weights(1.0)
    return SGD([weight], lr=1.0).param_groups[0]["params"][0] is not weight


@fault("An optimizer keeps the caller's list.", witness=lambda: _same_list())
def keeps_the_list(patch):
    init = Optimizer.__init__

    def broken(self, params, defaults):
        init(self, params, defaults)
        if isinstance(params, list) and not isinstance(params[0], dict):
            self.param_groups[0]["params"] = params

    patch(Optimizer, "__init__", broken)


def _same_list():
    given = weights(1.0)
    return SGD(given, lr=1.0).param_groups[0]["params"] is given


@fault("An optimizer keeps its parameters as a tuple.", witness=lambda: _as_tuple())
def keeps_a_tuple(patch):
    def change(add, self, group):
        add(group)
        group["params"] = tuple(group["params"])

    change_add(patch, change)


def _as_tuple():
    return type(SGD(weights(1.0), lr=1.0).param_groups[0]["params"]) is tuple


@fault("An optimizer reverses its parameters.", witness=lambda: _reversed())
def reverses(patch):
    def change(add, self, group):
        add(group)
        group["params"].reverse()
        if "param_names" in group:
            group["param_names"].reverse()

    change_add(patch, change)


def _reversed():
    made = weights(1.0, 2.0)
    return SGD(made, lr=1.0).param_groups[0]["params"][0] is made[1]


@fault(
    "An empty iterable is taken.",
    witness=lambda: not raises(lambda: SGD([], lr=1.0)),
)
def takes_nothing(patch):
    def change(params):
        if isinstance(params, torch.Tensor) or params is None or params == 5:
            return params
        return list(params) or [{"params": []}]

    change_init(patch, change)


@fault(
    "A bare tensor is taken for a list of one.",
    witness=lambda: not raises(lambda: SGD(weights(1.0)[0], lr=1.0)),
)
def takes_a_tensor(patch):
    change_init(patch, lambda p: [p] if isinstance(p, torch.Tensor) else p)


@fault(
    "What is not iterable raises ValueError.",
    witness=lambda: type(error_of(lambda: SGD(None, lr=1.0))) is ValueError,
)
def other_error_for_none(patch):
    def change(params):
        if not hasattr(params, "__iter__"):
            raise ValueError("object is not iterable")
        return params

    change_init(patch, change)


@fault(
    "What is no tensor is dropped in silence.",
    witness=lambda: not raises(lambda: SGD([*weights(1.0), 3.0], lr=1.0)),
)
def drops_others(patch):
    def change(add, self, group):
        if isinstance(group, dict) and isinstance(group.get("params"), list):
            kept = (torch.Tensor, tuple)
            group["params"] = [p for p in group["params"] if isinstance(p, kept)]
        add(group)

    change_add(patch, change)


@fault(
    "A computed tensor is taken.",
    witness=lambda: not raises(lambda: SGD([weights(1.0)[0] * 2], lr=1.0)),
)
def takes_computed(patch):
    def change(add, self, group):
        self.defaults["differentiable"], kept = True, self.defaults["differentiable"]
        try:
            add(group)
        finally:
            self.defaults["differentiable"] = group["differentiable"] = kept

    def careful(add, self, group):
        if isinstance(group, dict) and "differentiable" in self.defaults:
            change(add, self, group)
        else:
            add(group)

    change_add(patch, careful)


@fault(
    "A tensor that retains its gradient is refused.",
    witness=lambda: raises(lambda: _retaining()),
)
def refuses_retaining(patch):
    def change(add, self, group):
        if isinstance(group, dict) and isinstance(group.get("params"), list):
            for parameter in group["params"]:
                if isinstance(parameter, torch.Tensor) and not parameter.is_leaf:
                    raise ValueError("can't optimize a non-leaf Tensor")
        add(group)

    change_add(patch, change)


def _retaining():
    tensor = weights(1.0)[0] * 2
    tensor.retain_grad()
    return SGD([tensor], lr=1.0)


@fault("Frozen parameters are refused.", witness=lambda: raises(lambda: _frozen()))
def refuses_frozen(patch):
    def change(add, self, group):
        add(group)
        if not all(p.requires_grad for p in group["params"]):
            raise ValueError("optimizing a parameter that doesn't require gradients")

    change_add(patch, change)


def _frozen():
    return SGD([torch.ones(1)], lr=1.0)


@fault("Frozen parameters are left out.", witness=lambda: _left_out())
def leaves_frozen_out(patch):
    def change(add, self, group):
        add(group)
        group["params"] = [p for p in group["params"] if p.requires_grad]

    change_add(patch, change)


def _left_out():
    return _frozen().param_groups[0]["params"] == []


@fault("Duplicates in a group are dropped.", witness=lambda: _dropped())
def drops_duplicates(patch):
    def change(add, self, group):
        add(group)
        group["params"] = list(dict.fromkeys(group["params"]))

    change_add(patch, change)


def _dropped():
    (weight,) = weights(1.0)
    optimizer = quietly(lambda: SGD([weight, weight], lr=1.0))
    return len(optimizer.param_groups[0]["params"]) == 1


@fault(
    "Duplicates in a group bring no warning.",
    witness=lambda: not warns(lambda: SGD(weights(1.0) * 2, lr=1.0)),
)
def silent_duplicates(patch):
    change_add(patch, lambda add, self, group: quietly(lambda: add(group)))


@fault(
    "Parameters of equal values count as duplicates.",
    witness=lambda: raises(
        lambda: SGD([{"params": [p]} for p in weights(1.0, 1.0)], lr=1.0)
    ),
)
def compares_values(patch):
    def change(add, self, group):
        held = [p.tolist() for g in self.param_groups for p in g["params"]]
        held_ids = {id(p) for g in self.param_groups for p in g["params"]}
        add(group)
        for parameter in group["params"]:
            if id(parameter) not in held_ids and parameter.tolist() in held:
                self.param_groups.pop()
                raise ValueError("some parameters appear in more than one group")

    change_add(patch, change)


@fault("A parameter may stand in two groups.", witness=lambda: not raises(_two_groups))
def allows_two_groups(patch):
    def change(add, self, group):
        groups, self.param_groups = self.param_groups, []
        try:
            add(group)
        finally:
            self.param_groups = groups + self.param_groups

    change_add(patch, change)


def _two_groups():
    (weight,) = weights(1.0)
    return SGD([{"params": [weight]}, {"params": [weight]}], lr=1.0)


@fault(
    "A set is taken as the parameters of a group.",
    witness=lambda: (
        not raises(lambda: SGD([{"params": set(weights(1.0, 2.0))}], lr=1.0))
    ),
)
def takes_a_set(patch):
    def change(add, self, group):
        if isinstance(group, dict) and isinstance(group.get("params"), set):
            group["params"] = list(group["params"])
        add(group)

    change_add(patch, change)


@fault(
    "A group without parameters is taken as empty.",
    witness=lambda: not raises(lambda: SGD([{"lr": 1.0}], lr=1.0)),
)
def group_without_params(patch):
    def change(add, self, group):
        if isinstance(group, dict):
            group.setdefault("params", [])
        add(group)

    change_add(patch, change)


@fault("The names of parameters are dropped.", witness=lambda: _nameless())
def drops_names(patch):
    def change(add, self, group):
        add(group)
        group.pop("param_names", None)

    change_add(patch, change)


def _nameless():
    (weight,) = weights(1.0)
    return "param_names" not in SGD([("weight", weight)], lr=1.0).param_groups[0]


@fault("A group may go without names.", witness=lambda: not raises(_mixed_names))
def mixes_names(patch):
    def change(add, self, group):
        named = [g for g in self.param_groups if "param_names" in g]
        names = [g.pop("param_names") for g in named]
        try:
            add(group)
        finally:
            for g, kept in zip(named, names):
                g["param_names"] = kept

    change_add(patch, change)


def _mixed_names():
    first, second = weights(1.0, 2.0)
    SGD([("first", first)], lr=1.0).add_param_group({"params": [second]})


# --- groups ---------------------------------------------------------------------------


@fault("A group's own learning rate is ignored.", witness=lambda: _own_ignored())
def ignores_own(patch):
    def change(add, self, group):
        add(group)
        group["lr"] = self.defaults.get("lr")

    change_add(patch, change)


def _own_ignored():
    optimizer = SGD([{"params": weights(1.0), "lr": 0.5}], lr=1.0)
    return optimizer.param_groups[0]["lr"] == 1.0


@fault("A group's options become the defaults.", witness=lambda: _leaks())
def options_leak(patch):
    def change(add, self, group):
        add(group)
        self.defaults.update(
            (k, v) for k, v in group.items() if k in ("lr", "momentum", "weight_decay")
        )

    change_add(patch, change)


def _leaks():
    first, second = weights(1.0, 2.0)
    groups = [{"params": [first], "lr": 0.5}, {"params": [second]}]
    return SGD(groups, lr=1.0).param_groups[1]["lr"] == 0.5


@fault("A group keeps its own options only.", witness=lambda: _unfilled())
def not_filled_in(patch):
    def change(add, self, group):
        add(group)
        group.pop("dampening", None)
        group.pop("amsgrad", None)

    step = SGD.step

    def broken(self, *args, **options):
        for group in self.param_groups:
            group["dampening"] = 0
        try:
            return step(self, *args, **options)
        finally:
            for group in self.param_groups:
                del group["dampening"]

    broken.hooked = True
    change_add(patch, change)
    patch(SGD, "step", broken)


def _unfilled():
    return "dampening" not in SGD(weights(1.0), lr=1.0).param_groups[0]


@fault("A group that is added goes to the front.", witness=lambda: _in_front())
def added_in_front(patch):
    def change(add, self, group):
        add(group)
        self.param_groups.insert(0, self.param_groups.pop())

    change_add(patch, change)


def _in_front():
    first, second = weights(1.0, 2.0)
    optimizer = SGD([first], lr=1.0)
    optimizer.add_param_group({"params": [second]})
    return optimizer.param_groups[0]["params"][0] is second


@fault("A group that is refused is added all the same.", witness=lambda: _added())
def adds_refused(patch):
    def change(add, self, group):
        try:
            add(group)
        except Exception:
            if isinstance(group, dict) and self.param_groups:
                self.param_groups.append({**self.param_groups[0], "params": []})
            raise

    change_add(patch, change)


def _added():
    first, second = weights(1.0, 2.0)
    optimizer = SGD([first], lr=1.0)
    error_of(lambda: optimizer.add_param_group({"params": [second * 2]}))
    return len(optimizer.param_groups) == 2


@fault("Any list is taken as a group.", witness=lambda: not raises(_list_added))
def adds_lists(patch):
    def change(add, self, group):
        add({"params": group} if isinstance(group, list) else group)

    change_add(patch, change)


def _list_added():
    first, second = weights(1.0, 2.0)
    SGD([first], lr=1.0).add_param_group([second])


@fault("Adding a group returns the optimizer.", witness=lambda: _returned() is not None)
def add_returns_self(patch):
    def change(add, self, group):
        add(group)
        return self

    change_add(patch, change)


def _returned():
    first, second = weights(1.0, 2.0)
    return SGD([first], lr=1.0).add_param_group({"params": [second]})


# --- a part of a model ----------------------------------------------------------------


@fault("zero_grad() of an optimizer clears every parameter.", witness=lambda: _all())
def clears_everything(patch):
    zero_grad = Optimizer.zero_grad
    seen = []
    init = nn.Parameter.__new__

    def made(cls, *args, **options):
        parameter = init(cls, *args, **options)
        seen.append(parameter)
        return parameter

    def broken(self, *args, **options):
        zero_grad(self, *args, **options)
        for parameter in seen:
            parameter.grad = None

    patch(nn.Parameter, "__new__", made)
    patch(Optimizer, "zero_grad", broken)


def _all():
    first, second = weights(1.0, 2.0)
    SGD([first], lr=1.0).zero_grad()
    return second.grad is None


@fault("A step decays what is next to its parameters.", witness=lambda: _neighbours())
def decays_neighbours(patch):
    found = {}
    register = nn.Module.register_parameter

    def remember(self, name, parameter):
        register(self, name, parameter)
        found.setdefault("all", []).append(parameter)

    def wrap_step(cls):
        step = cls.step

        def broken(self, *args, **options):
            result = step(self, *args, **options)
            held = {p for g in self.param_groups for p in g["params"]}
            with torch.no_grad():
                for parameter in found.get("all", []):
                    if parameter is not None and parameter not in held:
                        parameter.mul_(0.5)
            return result

        broken.hooked = True
        patch(cls, "step", broken)

    patch(nn.Module, "register_parameter", remember)
    wrap_step(SGD)
    wrap_step(torch.optim.Adam)


def _neighbours():
    first, second = nn.Linear(1, 1), nn.Linear(1, 1)
    before = second.weight.item()
    SGD(first.parameters(), lr=1.0).step()
    return second.weight.item() != before


# --- the state dict -------------------------------------------------------------------


def change_state_dict(patch, change):
    """Patch state_dict() with a function of the optimizer and its state dict."""
    state_dict = Optimizer.state_dict
    patch(Optimizer, "state_dict", lambda self: change(self, state_dict(self)))


@fault("A state dict numbers each group from 0.", witness=lambda: _numbers_again())
def numbers_each_group(patch):
    def change(self, state):
        for group in state.get("param_groups", []):
            group["params"] = list(range(len(group["params"])))
        return state

    change_state_dict(patch, change)


def _numbers_again():
    groups = [{"params": [p]} for p in weights(1.0, 2.0)]
    state = SGD(groups, lr=1.0).state_dict()
    return state["param_groups"][1]["params"] == [0]


@fault("A state dict holds the optimizer's own groups.", witness=lambda: _own_groups())
def own_groups(patch):
    def change(self, state):
        for group, own in zip(state.get("param_groups", []), self.param_groups):
            own["lr"] = group["lr"]
        if "param_groups" in state:
            state["param_groups"] = [_View(g, o) for g, o in _pairs(self, state)]
        return state

    change_state_dict(patch, change)


def _pairs(optimizer, state):
    return zip(state["param_groups"], optimizer.param_groups)


class _View(dict):
    """A group that writes through to the optimizer's."""

    def __init__(self, group, own):
        super().__init__(group)
        self.own = own

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self.own[key] = value

    def __deepcopy__(self, memo):
        return dict(self)


def _own_groups():
    optimizer, _ = stepped()
    optimizer.state_dict()["param_groups"][0]["lr"] = 9.0
    return optimizer.param_groups[0]["lr"] == 9.0


@fault("A state dict leaves the state out.", witness=lambda: _no_state())
def no_state(patch):
    def change(self, state):
        if "state" in state:
            state["state"] = {}
        return state

    change_state_dict(patch, change)


def _no_state():
    optimizer, _ = stepped()
    return optimizer.state_dict()["state"] == {}


def change_load(patch, change):
    """Patch load_state_dict() with a function of the original, optimizer and dict."""
    load = Optimizer.load_state_dict
    patch(
        Optimizer,
        "load_state_dict",
        lambda self, state: change(lambda given: load(self, given), self, state),
    )


def loaded():
    """An optimizer after loading a state with another learning rate, and the state."""
    optimizer, weight = stepped()
    state = stepped()[0].state_dict()
    state["param_groups"][0]["lr"] = 0.25
    returned = optimizer.load_state_dict(state)
    return optimizer, weight, state, returned


@fault("Loading keeps the optimizer's options.", witness=lambda: _options_stay())
def keeps_options(patch):
    def change(load, self, state):
        rates = [group["lr"] for group in self.param_groups]
        load(state)
        for group, rate in zip(self.param_groups, rates):
            group["lr"] = rate

    change_load(patch, change)


def _options_stay():
    return loaded()[0].param_groups[0]["lr"] == 1.0


@fault("Loading keeps old state beside the new.", witness=lambda: _old_state())
def keeps_old_state(patch):
    def change(load, self, state):
        old = dict(self.state)
        load(state)
        for parameter, kept in old.items():
            if parameter not in self.state:
                self.state[parameter] = kept

    change_load(patch, change)


def _old_state():
    optimizer, weight = stepped()
    optimizer.load_state_dict(SGD(weights(1.0), lr=1.0).state_dict())
    return weight in optimizer.state


@fault("Loading shares the groups with the dict.", witness=lambda: _shared_groups())
def shares_groups(patch):
    def change(load, self, state):
        load(state)
        if "param_groups" in state:
            for i, group in enumerate(state["param_groups"]):
                group["params"] = self.param_groups[i]["params"]
                self.param_groups[i] = group

    change_load(patch, change)


def _shared_groups():
    optimizer, _, state, _ = loaded()
    return optimizer.param_groups[0] is state["param_groups"][0]


@fault("Loading copies every tensor.", witness=lambda: _load_copies())
def load_copies(patch):
    change_load(patch, lambda load, self, state: load(copy.deepcopy(state)))


def _load_copies():
    optimizer, weight, state, _ = loaded()
    velocity = optimizer.state[weight]["momentum_buffer"]
    return velocity.data_ptr() != state["state"][0]["momentum_buffer"].data_ptr()


@fault("Loading casts the count of steps too.", witness=lambda: _step_cast())
def casts_steps(patch):
    def change(load, self, state):
        load(state)
        for parameter, kept in self.state.items():
            if "step" in kept:
                kept["step"] = kept["step"].to(parameter.dtype)

    change_load(patch, change)


def adam_state():
    """The state of a float16 parameter that was loaded from a float32 one."""
    made, half = weights(1.0), nn.Parameter(torch.ones(1).half())
    optimizer, target = torch.optim.Adam(made), torch.optim.Adam([half])
    optimizer.step()
    target.load_state_dict(optimizer.state_dict())
    return target.state[half]


def _step_cast():
    return adam_state()["step"].dtype == torch.float16


@fault(
    "Loading casts no state.",
    witness=lambda: adam_state()["exp_avg"].dtype == torch.float32,
)
def casts_nothing(patch):
    patch(
        Optimizer,
        "_process_value_according_to_param_policy",
        staticmethod(lambda param, value, *args, **options: value),
    )


@fault(
    "Loading returns the optimizer.",
    witness=lambda: loaded()[-1] is not None,
)
def load_returns_self(patch):
    def change(load, self, state):
        load(state)
        return self

    change_load(patch, change)


def drop_prepend(patch, name):
    """Patch a function that registers hooks to ignore prepend."""
    register = getattr(Optimizer, name)
    patch(Optimizer, name, lambda self, hook, prepend=False: register(self, hook))


def hooks_of(register, call):
    """In which order two hooks run, of which the second is prepended."""
    optimizer, _ = stepped()
    seen = []
    getattr(optimizer, register)(lambda *_: seen.append(1))
    getattr(optimizer, register)(lambda *_: seen.append(2), prepend=True)
    call(optimizer)
    return seen


@fault(
    "prepend is ignored for hooks after state_dict().",
    witness=lambda: (
        hooks_of("register_state_dict_post_hook", lambda o: o.state_dict()) == [1, 2]
    ),
)
def post_hook_order(patch):
    drop_prepend(patch, "register_state_dict_post_hook")


@fault(
    "A state dict that does not fit is passed over in silence.",
    witness=lambda: not raises(_mismatched),
)
def passes_over_mismatch(patch):
    load = Optimizer.load_state_dict

    def broken(self, state):
        try:
            return load(self, state)
        except ValueError:
            return None

    patch(Optimizer, "load_state_dict", broken)


def _mismatched():
    stepped()[0].load_state_dict(SGD(weights(1.0, 2.0), lr=1.0).state_dict())


@fault(
    "Loading fails where options are missing.",
    witness=lambda: raises(_without_options),
)
def needs_all_options(patch):
    load = Optimizer.load_state_dict

    def broken(self, state):
        for group, known in zip(self.param_groups, state["param_groups"]):
            if set(known) < set(group):
                raise KeyError("option")
        return load(self, state)

    patch(Optimizer, "load_state_dict", broken)


def _without_options():
    optimizer, _ = stepped()
    state = optimizer.state_dict()
    del state["param_groups"][0]["maximize"]
    optimizer.load_state_dict(state)


@fault(
    "prepend is ignored for hooks before load_state_dict().",
    witness=lambda: (
        hooks_of(
            "register_load_state_dict_pre_hook",
            lambda o: o.load_state_dict(o.state_dict()),
        )
        == [1, 2]
    ),
)
def load_hook_order(patch):
    drop_prepend(patch, "register_load_state_dict_pre_hook")


@fault("The dict that a hook returns is ignored.", witness=lambda: _hook_ignored())
def ignores_hook_dict(patch):
    register = Optimizer.register_state_dict_post_hook

    def broken(self, hook, prepend=False):
        def quiet(*args):
            hook(*args)

        return register(self, quiet, prepend=prepend)

    patch(Optimizer, "register_state_dict_post_hook", broken)


def _hook_ignored():
    optimizer, _ = stepped()
    optimizer.register_state_dict_post_hook(lambda *_: {})
    return optimizer.state_dict() != {}


# --- copies and looks -----------------------------------------------------------------


@fault("A deep copy holds the same parameters.", witness=lambda: _shared_copy())
def shallow(patch):
    deepcopy = copy.deepcopy

    def broken(value, memo=None):
        if isinstance(value, Optimizer):
            copied = deepcopy(value)
            for mine, theirs in zip(copied.param_groups, value.param_groups):
                mine["params"] = theirs["params"]
            return copied
        return deepcopy(value, memo)

    patch(copy, "deepcopy", broken)


def _shared_copy():
    optimizer, weight = stepped()
    return copy.deepcopy(optimizer).param_groups[0]["params"][0] is weight


@fault("A pickled optimizer forgets its state.", witness=lambda: _pickled_state())
def pickle_forgets(patch):
    getstate = Optimizer.__getstate__

    def broken(self):
        return {**getstate(self), "state": type(self.state)(dict)}

    patch(Optimizer, "__getstate__", broken)


def _pickled_state():
    return len(pickle.loads(pickle.dumps(stepped()[0])).state) == 0


@fault("The repr shows the parameters.", witness=lambda: _shows())
def shows_parameters(patch):
    patch(
        Optimizer,
        "__repr__",
        lambda self: f"{type(self).__name__} ({self.param_groups})",
    )


def _shows():
    return "params" in repr(stepped()[0])


@fault("The repr shows the first group only.", witness=lambda: _one_shown())
def shows_one_group(patch):
    show = Optimizer.__repr__

    def broken(self):
        groups, self.param_groups = self.param_groups, self.param_groups[:1]
        try:
            return show(self)
        finally:
            self.param_groups = groups

    patch(Optimizer, "__repr__", broken)


def _one_shown():
    groups = [{"params": [p]} for p in weights(1.0, 2.0)]
    return "Group 1" not in repr(SGD(groups, lr=1.0))


@fault("The step of the base class does nothing.", witness=lambda: not raises(_base))
def base_step(patch):
    patch(Optimizer, "step", lambda self, closure=None: None)


def _base():
    torch.optim.Optimizer(weights(1.0), {}).step()


@fault(
    "RMSprop, Adadelta and Rprop count their steps in a number.",
    witness=lambda: _counted_in_a_number(),
)
def step_is_a_number(patch):
    for name in ("Adadelta", "RMSprop", "Rprop"):
        optimizer = getattr(torch.optim, name)

        def broken(self, closure=None, step=optimizer.step):
            for state in self.state.values():
                state["step"] = torch.tensor(float(state["step"]))
            loss = step(self, closure)
            for state in self.state.values():
                state["step"] = int(state["step"])
            return loss

        patch(optimizer, "step", broken)


def _counted_in_a_number():
    (weight,) = weights(1.0)
    weight.grad = torch.ones_like(weight)
    optimizer = torch.optim.RMSprop([weight])
    optimizer.step()
    return type(optimizer.state[weight]["step"]) is int


@fault(
    "LBFGS takes a negative learning rate.",
    witness=lambda: not raises(lambda: torch.optim.LBFGS(weights(1.0), lr=-1.0)),
)
def lbfgs_takes_any_rate(patch):
    init = torch.optim.LBFGS.__init__

    def broken(self, params, lr=1, **options):
        init(self, params, lr=abs(lr), **options)

    patch(torch.optim.LBFGS, "__init__", broken)

"""Ways to break SGD: its formula, what a step touches, closures and hooks."""

import contextlib
import functools
import importlib

import torch
from torch import nn

from torch_semantics.faults import fault, raises

MODULE = importlib.import_module("torch.optim.sgd")
OPTIMIZER = importlib.import_module("torch.optim.optimizer")
SGD = torch.optim.SGD


def weights(*values, gradient=1.0, dtype=torch.float32):
    """Parameters of one element, with gradients."""
    made = [nn.Parameter(torch.tensor([value], dtype=dtype)) for value in values]
    for parameter in made:
        parameter.grad = torch.full_like(parameter, gradient)
    return made


def after(*gradients, start=8.0, lr=0.5, **options):
    """Where steps with these gradients lead."""
    (weight,) = weights(start)
    optimizer = SGD([weight], lr=lr, **options)
    for gradient in gradients:
        weight.grad = torch.full_like(weight, gradient)
        optimizer.step()
    return weight.item()


def change_step(patch, change):
    """Patch SGD.step with a function of the original, the optimizer and arguments."""
    step = SGD.step

    @functools.wraps(step)
    def broken(self, *args, **options):
        return change(functools.partial(step, self), self, *args, **options)

    patch(SGD, "step", broken)


def change_formula(patch, change):
    """Patch the function behind SGD: change gets it, its lists and its options."""
    formula = MODULE.sgd

    def broken(params, grads, velocities, **options):
        change(formula, params, grads, velocities, options)

    patch(MODULE, "sgd", broken)


def change_options(patch, change):
    """Patch which options reach the function behind SGD."""

    def broken(formula, params, grads, velocities, options):
        formula(params, grads, velocities, **{**options, **change(options)})

    change_formula(patch, broken)


def given(group):
    """The parameters of a group that have gradients."""
    return [p for p in group["params"] if p.grad is not None]


# --- one step -------------------------------------------------------------------------


@fault("SGD moves along the gradient.", witness=lambda: after(2.0) == 9)
def ascends(patch):
    change_options(patch, lambda options: {"lr": -options["lr"]})


@fault("SGD with foreach moves along the gradient.", witness=lambda: _foreach_up())
def ascends_foreach(patch):
    change_options(
        patch,
        lambda options: {"lr": -options["lr"] if options["foreach"] else options["lr"]},
    )


def _foreach_up():
    return after(2.0, foreach=True) == 9


@fault("SGD forgets the last parameter.", witness=lambda: _last_rests())
def forgets_the_last(patch):
    def change(formula, params, grads, velocities, options):
        keep = slice(None) if len(params) < 2 else slice(-1)
        formula(params[keep], grads[keep], velocities[keep], **options)

    change_formula(patch, change)


def _last_rests():
    first, second = weights(1.0, 1.0)
    with contextlib.suppress(Exception):
        SGD([first, second], lr=1.0).step()
    return second.item() == 1


@fault("SGD passes over what has no dimensions.", witness=lambda: _scalar_rests())
def skips_scalars(patch):
    def change(step, self, *args, **options):
        scalars = [p for g in self.param_groups for p in given(g) if p.dim() == 0]
        old = [p.detach().clone() for p in scalars]
        result = step(*args, **options)
        with torch.no_grad():
            for parameter, value in zip(scalars, old):
                parameter.copy_(value)
        return result

    change_step(patch, change)


def _scalar_rests():
    weight = nn.Parameter(torch.tensor(1.0))
    weight.grad = torch.tensor(1.0)
    SGD([weight], lr=1.0).step()
    return weight.item() == 1


@fault("SGD reads a gradient in the order of its memory.", witness=lambda: _mixed())
def ignores_strides(patch):
    def change(formula, params, grads, velocities, options):
        for i, parameter in enumerate(params):
            if not parameter.is_contiguous() and grads[i].dim() == 2:
                grads[i] = grads[i].reshape(parameter.t().shape).t()
        formula(params, grads, velocities, **options)

    change_formula(patch, change)


def _mixed():
    weight = nn.Parameter(torch.zeros(3, 2).t())
    weight.grad = torch.arange(6.0).reshape(2, 3)
    SGD([weight], lr=1.0).step()
    return weight.tolist() != [[0, -1, -2], [-3, -4, -5]]


@fault("SGD conjugates complex gradients.", witness=lambda: _conjugated())
def conjugates(patch):
    def change(formula, params, grads, velocities, options):
        formula(params, [g.conj() for g in grads], velocities, **options)

    change_formula(patch, change)


def _conjugated():
    (weight,) = weights(1 + 1j, gradient=1j, dtype=torch.complex64)
    SGD([weight], lr=1.0).step()
    return weight.item() == 1 + 2j


@fault("SGD moves every row by a sparse gradient.", witness=lambda: _row_moves())
def spreads_sparse(patch):
    def change(formula, params, grads, velocities, options):
        formula(params, grads, velocities, **options)
        for parameter, gradient in zip(params, grads):
            if gradient.is_sparse:
                parameter.sub_(0.5)

    change_formula(patch, change)


def _row_moves():
    weight = nn.Parameter(torch.ones(2))
    weight.grad = torch.tensor([1.0, 0.0]).to_sparse()
    SGD([weight], lr=0.5).step()
    return weight[1].item() != 1


# --- when a step acts -----------------------------------------------------------------


@fault("A step takes a missing gradient for zero.", witness=lambda: _decays())
def fills_in_zeros(patch):
    def change(step, self, *args, **options):
        missing = [p for g in self.param_groups for p in g["params"] if p.grad is None]
        for parameter in missing:
            parameter.grad = torch.zeros_like(parameter)
        try:
            return step(*args, **options)
        finally:
            for parameter in missing:
                parameter.grad = None

    change_step(patch, change)


def _decays():
    (weight,) = weights(8.0)
    weight.grad = None
    SGD([weight], lr=0.5, weight_decay=0.5).step()
    return weight.item() == 6


@fault("A step ends at the first missing gradient.", witness=lambda: _ends_early())
def ends_at_none(patch):
    def change(step, self, *args, **options):
        kept = [(p, p.grad) for g in self.param_groups for p in g["params"]]
        missing = False
        for parameter, gradient in kept:
            missing = missing or gradient is None
            if missing:
                parameter.grad = None
        try:
            return step(*args, **options)
        finally:
            for parameter, gradient in kept:
                parameter.grad = gradient

    change_step(patch, change)


def _ends_early():
    first, second = weights(1.0, 1.0)
    first.grad = None
    SGD([first, second], lr=1.0).step()
    return second.item() == 1


@fault("A step clears the gradients.", witness=lambda: _cleared())
def clears(patch):
    def change(step, self, *args, **options):
        result = step(*args, **options)
        self.zero_grad()
        return result

    change_step(patch, change)


def _cleared():
    (weight,) = weights(1.0)
    SGD([weight], lr=1.0).step()
    return weight.grad is None


@fault("A step gives parameters new memory.", witness=lambda: _new_memory())
def new_memory(patch):
    def change(step, self, *args, **options):
        result = step(*args, **options)
        for group in self.param_groups:
            for parameter in given(group):
                parameter.data = parameter.data.clone()
        return result

    change_step(patch, change)


def _new_memory():
    (weight,) = weights(1.0)
    alias = weight.detach()
    SGD([weight], lr=1.0).step()
    return alias.data_ptr() != weight.data_ptr()


@fault("A step does not count as a change.", witness=lambda: _uncounted())
def uncounted(patch):
    def change(step, self, *args, **options):
        found = tuple(p for g in self.param_groups for p in g["params"] if p.is_leaf)
        with torch.autograd._unsafe_preserve_version_counter(found[0]):
            return step(*args, **options)

    change_step(patch, change)


def _uncounted():
    (weight,) = weights(1.0)
    SGD([weight], lr=1.0).step()
    return weight._version == 0


@fault("A step freezes what it moves.", witness=lambda: _freezes())
def freezes(patch):
    def change(step, self, *args, **options):
        result = step(*args, **options)
        for group in self.param_groups:
            for parameter in given(group):
                if parameter.is_leaf:
                    parameter.requires_grad_(False)
        return result

    change_step(patch, change)


def _freezes():
    (weight,) = weights(1.0)
    SGD([weight], lr=1.0).step()
    return not weight.requires_grad


@fault("A second step with the same gradient does nothing.", witness=lambda: _once())
def acts_once(patch):
    def change(step, self, *args, **options):
        grads = [p.grad for g in self.param_groups for p in given(g)]
        seen = [(id(grad), grad._version) for grad in grads]
        if seen and seen == getattr(self, "seen", None):
            return None
        self.seen = seen
        return step(*args, **options)

    change_step(patch, change)


def _once():
    (weight,) = weights(8.0)
    optimizer = SGD([weight], lr=1.0)
    optimizer.step()
    optimizer.step()
    return weight.item() == 7


# --- the closure ----------------------------------------------------------------------


def change_closure(patch, change):
    """Patch what a step makes of its closure."""

    def broken(step, self, closure=None):
        return step() if closure is None else change(step, closure)

    change_step(patch, broken)


def closure_sees():
    """What a closure sees: how often it is called, whether with gradients, when."""
    (weight,) = weights(8.0)
    seen = []

    def closure():
        seen.append((torch.is_grad_enabled(), weight.item()))
        return "loss"

    returned = SGD([weight], lr=1.0).step(closure)
    return returned, seen


@fault("A step drops the closure's loss.", witness=lambda: closure_sees()[0] is None)
def drops_the_loss(patch):
    def change(step, closure):
        step(closure)

    change_closure(patch, change)


@fault("A step calls its closure twice.", witness=lambda: len(closure_sees()[1]) == 2)
def calls_twice(patch):
    def change(step, closure):
        with torch.enable_grad():
            closure()
        return step(closure)

    change_closure(patch, change)


@fault(
    "A step calls its closure without gradients.",
    witness=lambda: not closure_sees()[1][0][0],
)
def closure_without_grad(patch):
    change_closure(patch, lambda step, closure: step(torch.no_grad()(closure)))


@fault(
    "A step calls its closure after the update.",
    witness=lambda: closure_sees()[1][0][1] == 7,
)
def closure_last(patch):
    def change(step, closure):
        step()
        with torch.enable_grad():
            return closure()

    change_closure(patch, change)


@fault("A step swallows what its closure raises.", witness=lambda: _swallows())
def swallows(patch):
    def change(step, closure):
        with contextlib.suppress(Exception):
            return step(closure)

    change_closure(patch, change)


def _swallows():
    def closure():
        raise ArithmeticError

    return not raises(lambda: SGD(weights(1.0), lr=1.0).step(closure))


@fault("A step ignores its closure.", witness=lambda: closure_sees() == (None, []))
def ignores_closure(patch):
    change_closure(patch, lambda step, closure: step())


@fault("A step leaves gradients disabled.", witness=lambda: _disabled())
def leaves_disabled(patch):
    def change(step, self, *args, **options):
        try:
            return step(*args, **options)
        finally:
            torch.set_grad_enabled(False)

    change_step(patch, change)


def _disabled():
    SGD(weights(1.0), lr=1.0).step()
    disabled = not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    return disabled


@fault("A step leaves gradients enabled.", witness=lambda: _enabled())
def leaves_enabled(patch):
    def change(step, self, *args, **options):
        try:
            return step(*args, **options)
        finally:
            torch.set_grad_enabled(True)

    change_step(patch, change)


def _enabled():
    with torch.no_grad():
        SGD(weights(1.0), lr=1.0).step()
        return torch.is_grad_enabled()


# --- momentum -------------------------------------------------------------------------


@fault("The velocity is the gradient's own tensor.", witness=lambda: _aliases())
def velocity_aliases(patch):
    def change(formula, params, grads, velocities, options):
        new = [i for i, velocity in enumerate(velocities) if velocity is None]
        formula(params, grads, velocities, **options)
        for i in new:
            if options["momentum"] and not options["weight_decay"]:
                velocities[i] = grads[i]

    change_formula(patch, change)


def _aliases():
    (weight,) = weights(1.0)
    optimizer = SGD([weight], lr=1.0, momentum=0.5)
    optimizer.step()
    velocity = optimizer.state[weight]["momentum_buffer"]
    return velocity.data_ptr() == weight.grad.data_ptr()


@fault(
    "The velocity starts at zero, so that dampening applies at once.",
    witness=lambda: after(2.0, momentum=0.5, dampening=0.5) == 7.5,
)
def velocity_starts_at_zero(patch):
    def change(formula, params, grads, velocities, options):
        if options["momentum"]:
            for i, velocity in enumerate(velocities):
                if velocity is None and not grads[i].is_sparse:
                    velocities[i] = torch.zeros_like(params[i])
        formula(params, grads, velocities, **options)

    change_formula(patch, change)


@fault("Every step has another tensor for the velocity.", witness=lambda: _other())
def velocity_is_replaced(patch):
    def change(formula, params, grads, velocities, options):
        formula(params, grads, velocities, **options)
        velocities[:] = [None if v is None else v.clone() for v in velocities]

    change_formula(patch, change)


def _other():
    made = weights(1.0)
    optimizer = SGD(made, lr=1.0, momentum=0.5)
    optimizer.step()
    velocity = optimizer.state[made[0]]["momentum_buffer"]
    optimizer.step()
    return optimizer.state[made[0]]["momentum_buffer"] is not velocity


@fault(
    "The velocity is never kept.", witness=lambda: after(2.0, 0.0, momentum=0.5) == 7
)
def velocity_is_lost(patch):
    def change(formula, params, grads, velocities, options):
        formula(params, grads, [None] * len(velocities), **options)

    change_formula(patch, change)


@fault(
    "A late velocity starts at zero.",
    witness=lambda: _late() == 7.5,
)
def late_velocity(patch):
    def change(formula, params, grads, velocities, options):
        if any(velocity is not None for velocity in velocities):
            for i, velocity in enumerate(velocities):
                if velocity is None:
                    velocities[i] = torch.zeros_like(params[i])
        formula(params, grads, velocities, **options)

    change_formula(patch, change)


def _late():
    first, second = weights(8.0, 8.0)
    second.grad = None
    optimizer = SGD([first, second], lr=1.0, momentum=0.5, dampening=0.5)
    optimizer.step()
    second.grad = torch.ones(1)
    optimizer.step()
    return second.item()


@fault("Plain SGD keeps a velocity too.", witness=lambda: _plain_state())
def plain_velocity(patch):
    def change(step, self, *args, **options):
        result = step(*args, **options)
        for group in self.param_groups:
            for parameter in given(group):
                self.state[parameter].setdefault("momentum_buffer", parameter.grad)
        return result

    change_step(patch, change)


def _plain_state():
    optimizer = SGD(weights(1.0), lr=1.0)
    optimizer.step()
    return len(optimizer.state) > 0


# --- options --------------------------------------------------------------------------


@fault(
    "Momentum is ignored with weight decay.",
    witness=lambda: after(2.0, -4.0, momentum=0.5, weight_decay=0.5) == 5.75,
)
def momentum_ignored(patch):
    change_options(
        patch,
        lambda options: {"momentum": 0} if options["weight_decay"] else {},
    )


@fault(
    "Dampening is ignored.",
    witness=lambda: after(2.0, -4.0, momentum=0.5, dampening=0.25) == 8.5,
)
def dampening_ignored(patch):
    change_options(patch, lambda options: {"dampening": 0})


@fault(
    "Dampening multiplies, in place of one minus it.",
    witness=lambda: after(2.0, -4.0, momentum=0.5, dampening=0.25) == 7,
)
def dampening_inverted(patch):
    change_options(
        patch,
        lambda options: {
            "dampening": 1 - options["dampening"] if options["dampening"] else 0
        },
    )


@fault(
    "Nesterov momentum is classic momentum.",
    witness=lambda: after(2.0, momentum=0.5, nesterov=True) == 7,
)
def nesterov_ignored(patch):
    change_options(patch, lambda options: {"nesterov": False})


@fault(
    "Nesterov momentum is classic momentum with foreach.",
    witness=lambda: after(2.0, momentum=0.5, nesterov=True, foreach=True) == 7,
)
def nesterov_ignored_foreach(patch):
    change_options(
        patch,
        lambda options: {"nesterov": options["nesterov"] and not options["foreach"]},
    )


@fault(
    "Weight decay counts twice.",
    witness=lambda: after(0.0, weight_decay=0.25) == 6,
)
def decays_twice(patch):
    change_options(patch, lambda options: {"weight_decay": 2 * options["weight_decay"]})


@fault("Weight decay spares biases.", witness=lambda: after(0.0, weight_decay=0.5) == 8)
def decay_spares_biases(patch):
    def change(formula, params, grads, velocities, options):
        for parameter, gradient in zip(params, grads):
            if parameter.dim() == 1 and not gradient.is_sparse:
                gradient = gradient - options["weight_decay"] * parameter
            formula([parameter], [gradient], [None], **options)

    def apply(formula, params, grads, velocities, options):
        if options["momentum"] == 0:
            change(formula, params, grads, velocities, options)
        else:
            formula(params, grads, velocities, **options)

    change_formula(patch, apply)


@fault(
    "Weight decay is written into the gradient.",
    witness=lambda: _decay_shows(),
)
def decay_in_gradient(patch):
    def change(formula, params, grads, velocities, options):
        decay = options["weight_decay"]
        if decay and not options["maximize"]:
            for parameter, gradient in zip(params, grads):
                gradient.add_(parameter, alpha=decay)
        formula(params, grads, velocities, **{**options, "weight_decay": 0})

    change_formula(patch, change)


def _decay_shows():
    (weight,) = weights(8.0)
    SGD([weight], lr=1.0, weight_decay=0.5).step()
    return weight.grad.item() != 1


@fault("Maximize is ignored.", witness=lambda: after(2.0, maximize=True) == 7)
def maximize_ignored(patch):
    change_options(patch, lambda options: {"maximize": False})


@fault(
    "Maximize turns weight decay around too.",
    witness=lambda: after(2.0, maximize=True, weight_decay=0.5) == 11,
)
def maximize_inflates(patch):
    change_options(
        patch,
        lambda options: {
            "weight_decay": options["weight_decay"] * (-1 if options["maximize"] else 1)
        },
    )


@fault(
    "Maximize negates the gradient in place.",
    witness=lambda: _negated(),
)
def maximize_in_place(patch):
    def change(formula, params, grads, velocities, options):
        if options["maximize"]:
            for gradient in grads:
                gradient.neg_()
        formula(params, grads, velocities, **{**options, "maximize": False})

    change_formula(patch, change)


def _negated():
    (weight,) = weights(8.0)
    SGD([weight], lr=1.0, maximize=True).step()
    return weight.grad.item() == -1


@fault(
    "The fused form ignores dampening.",
    witness=lambda: after(2.0, -4.0, momentum=0.5, dampening=0.25, fused=True) == 8.5,
)
def fused_dampening(patch):
    change_options(patch, lambda options: {"dampening": 0} if options["fused"] else {})


@fault("A differentiable step is not recorded.", witness=lambda: _not_recorded())
def not_differentiable(patch):
    def change(step, self, *args, **options):
        with torch.no_grad():
            differentiable = self.defaults["differentiable"]
            self.defaults["differentiable"] = False
            try:
                return step(*args, **options)
            finally:
                self.defaults["differentiable"] = differentiable

    change_step(patch, change)


def _not_recorded():
    start = torch.ones(1, requires_grad=True)
    weight = start.clone()
    weight.retain_grad()
    weight.grad = start * 3
    SGD([weight], lr=1.0, differentiable=True).step()
    return "Add" not in weight.grad_fn.name()


# --- the learning rate ----------------------------------------------------------------


@fault("Each step makes the learning rate smaller.", witness=lambda: _adjusted())
def adjusts(patch):
    def change(step, self, *args, **options):
        result = step(*args, **options)
        for group in self.param_groups:
            group["lr"] = group["lr"] * 0.5
        return result

    change_step(patch, change)


def _adjusted():
    optimizer = SGD(weights(1.0), lr=1.0)
    optimizer.step()
    return optimizer.param_groups[0]["lr"] != 1


@fault("A learning rate set in the group is ignored.", witness=lambda: _set_ignored())
def ignores_group(patch):
    def change(step, self, *args, **options):
        set_to = [group["lr"] for group in self.param_groups]
        for group in self.param_groups:
            group["lr"] = self.defaults["lr"]
        try:
            return step(*args, **options)
        finally:
            for group, lr in zip(self.param_groups, set_to):
                group["lr"] = lr

    change_step(patch, change)


def _set_ignored():
    (weight,) = weights(8.0)
    optimizer = SGD([weight], lr=1.0)
    optimizer.param_groups[0]["lr"] = 2.0
    optimizer.step()
    return weight.item() == 7


def change_init(patch, change):
    """Patch what SGD makes of its arguments."""
    init = SGD.__init__

    def broken(self, params, *args, **options):
        init(self, params, *args, **change(options))

    patch(SGD, "__init__", broken)


@fault("A tensor is read once, as the learning rate.", witness=lambda: _read_once())
def reads_once(patch):
    def change(options):
        rate = options.get("lr")
        if isinstance(rate, torch.Tensor) and rate.numel() == 1:
            return {**options, "lr": rate.item()}
        return options

    change_init(patch, change)


def _read_once():
    optimizer = SGD(weights(1.0), lr=torch.tensor(0.5))
    return not isinstance(optimizer.defaults["lr"], torch.Tensor)


@fault(
    "A learning rate of several elements is taken.",
    witness=lambda: not raises(lambda: SGD(weights(1.0), lr=torch.ones(2))),
)
def takes_many_rates(patch):
    def change(options):
        rate = options.get("lr")
        if isinstance(rate, torch.Tensor):
            return {**options, "lr": rate.flatten()[0]}
        return options

    change_init(patch, change)


@fault(
    "The default learning rate is 0.01.",
    witness=lambda: SGD(weights(1.0)).defaults["lr"] == 0.01,
)
def other_default(patch):
    change_init(patch, lambda options: {"lr": 0.01, **options})


@fault(
    "Momentum is 0.9 by default.",
    witness=lambda: SGD(weights(1.0), lr=1.0).defaults["momentum"] == 0.9,
)
def default_momentum(patch):
    change_init(
        patch,
        lambda options: (
            options if "foreach" in options else {"momentum": 0.9, **options}
        ),
    )


# --- arguments ------------------------------------------------------------------------


def accepts(option):
    """A patch of SGD that takes a negative option for a positive one."""

    def apply(patch):
        def change(options):
            return {
                name: abs(value) if name == option else value
                for name, value in options.items()
            }

        change_init(patch, change)

    return apply


@fault(
    "A negative learning rate is taken.",
    witness=lambda: not raises(lambda: SGD(weights(1.0), lr=-1.0)),
)
def takes_negative_lr(patch):
    accepts("lr")(patch)


@fault(
    "A negative momentum is taken.",
    witness=lambda: not raises(lambda: SGD(weights(1.0), lr=1.0, momentum=-1.0)),
)
def takes_negative_momentum(patch):
    accepts("momentum")(patch)


@fault(
    "A negative weight decay is taken.",
    witness=lambda: not raises(lambda: SGD(weights(1.0), lr=1.0, weight_decay=-1.0)),
)
def takes_negative_decay(patch):
    accepts("weight_decay")(patch)


@fault(
    "Nesterov momentum is taken with dampening.",
    witness=lambda: (
        not raises(
            lambda: SGD(
                weights(1.0), lr=1.0, momentum=0.5, dampening=0.5, nesterov=True
            )
        )
    ),
)
def nesterov_with_dampening(patch):
    change_init(
        patch,
        lambda options: (
            {**options, "dampening": 0} if options.get("nesterov") else options
        ),
    )


@fault(
    "A learning rate of zero is taken for none given.",
    witness=lambda: SGD(weights(1.0), lr=0.0).defaults["lr"] == 0.001,
)
def zero_is_none(patch):
    change_init(
        patch, lambda options: {**options, "lr": options.get("lr", 0.001) or 0.001}
    )


@fault("A step returns the optimizer.", witness=lambda: _returns() is not None)
def returns_self(patch):
    def change(step, self, *args, **options):
        result = step(*args, **options)
        return self if result is None else result

    change_step(patch, change)


def _returns():
    return SGD(weights(1.0), lr=1.0).step()


@fault("A step ends without an update.", witness=lambda: after(2.0) == 8)
def no_update(patch):
    change_step(patch, lambda step, self, closure=None: None)


@fault("A step subtracts 1 from what has no gradient.", witness=lambda: _missing())
def moves_missing(patch):
    def change(step, self, *args, **options):
        result = step(*args, **options)
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        parameter.sub_(1.0)
        return result

    change_step(patch, change)


def _missing():
    (weight,) = weights(1.0)
    weight.grad = None
    SGD([weight], lr=1.0).step()
    return weight.item() == 0


@fault(
    "Fused wins over foreach in silence.",
    witness=lambda: (
        not raises(lambda: SGD(weights(1.0), lr=1.0, fused=True, foreach=True))
    ),
)
def fused_wins(patch):
    def change(options):
        if options.get("fused"):
            return {**options, "foreach": None, "differentiable": False}
        return options

    change_init(patch, change)


# --- hooks ----------------------------------------------------------------------------


def hooked(optimizer=None):
    """What hooks around a step see, and what the step returns."""
    (weight,) = weights(8.0)
    optimizer = SGD([weight], lr=1.0)
    seen = []
    optimizer.register_step_pre_hook(lambda *_: seen.append(("a", weight.item())))
    optimizer.register_step_pre_hook(lambda *_: seen.append(("b", weight.item())))
    optimizer.register_step_post_hook(lambda *_: seen.append(("c", weight.item())))
    optimizer.register_step_post_hook(lambda *_: seen.append(("d", weight.item())))
    optimizer.step()
    return seen


@fault(
    "Hooks after the step are lost.",
    witness=lambda: [name for name, _ in hooked()] == ["a", "b"],
)
def loses_post_hooks(patch):
    register = torch.optim.Optimizer.register_step_post_hook

    def broken(self, hook):
        return register(self, lambda *_: None)

    patch(torch.optim.Optimizer, "register_step_post_hook", broken)


@fault(
    "A hook is put before those that were registered earlier.",
    witness=lambda: [name for name, _ in hooked()] == ["b", "a", "c", "d"],
)
def hooks_in_reverse(patch):
    register = torch.optim.Optimizer.register_step_pre_hook

    def broken(self, hook):
        handle = register(self, hook)
        self._optimizer_step_pre_hooks.move_to_end(handle.id, last=False)
        return handle

    patch(torch.optim.Optimizer, "register_step_pre_hook", broken)


@fault(
    "What a hook before the step returns is ignored.",
    witness=lambda: _hook_result() is None,
)
def ignores_hook_result(patch):
    register = torch.optim.Optimizer.register_step_pre_hook

    def broken(self, hook):
        def quiet(*args):
            hook(*args)

        return register(self, quiet)

    patch(torch.optim.Optimizer, "register_step_pre_hook", broken)


def _hook_result():
    optimizer = SGD(weights(1.0), lr=1.0)
    optimizer.register_step_pre_hook(lambda *_: ((optimizer, lambda: 3), {}))
    return optimizer.step()


@fault("A removed hook goes on.", witness=lambda: _goes_on())
def hook_stays(patch):
    register = torch.optim.Optimizer.register_step_pre_hook

    def broken(self, hook):
        register(self, hook)
        return register(self, lambda *_: None)

    patch(torch.optim.Optimizer, "register_step_pre_hook", broken)


def _goes_on():
    seen = []
    optimizer = SGD(weights(1.0), lr=1.0)
    optimizer.register_step_pre_hook(lambda *_: seen.append(1)).remove()
    optimizer.step()
    return bool(seen)


@fault("A global hook runs for SGD only.", witness=lambda: _adam_unseen())
def global_for_sgd(patch):
    register = OPTIMIZER.register_optimizer_step_pre_hook

    def broken(hook):
        def choosy(caller, args, options):
            if isinstance(caller, SGD):
                return hook(caller, args, options)
            return None

        return register(choosy)

    patch(OPTIMIZER, "register_optimizer_step_pre_hook", broken)


def _adam_unseen():
    seen = []
    handle = OPTIMIZER.register_optimizer_step_pre_hook(lambda *_: seen.append(1))
    try:
        torch.optim.Adam(weights(1.0)).step()
    finally:
        handle.remove()
    return not seen


@fault("A global hook after the step runs before it.", witness=lambda: _too_early())
def global_too_early(patch):
    before = OPTIMIZER.register_optimizer_step_pre_hook

    def broken(hook):
        return before(lambda *args: hook(*args) and None)

    patch(OPTIMIZER, "register_optimizer_step_post_hook", broken)


def _too_early():
    (weight,) = weights(8.0)
    seen = []
    handle = OPTIMIZER.register_optimizer_step_post_hook(
        lambda *_: seen.append(weight.item())
    )
    try:
        SGD([weight], lr=1.0).step()
    finally:
        handle.remove()
    return seen == [8]

"""Ways to break Adam and AdamW: their averages, options and arguments."""

import functools
import importlib

import torch
from torch import nn

from torch_semantics.faults import error_of, fault, raises

MODULE = importlib.import_module("torch.optim.adam")
Adam = torch.optim.Adam
AdamW = torch.optim.AdamW


def weights(*values, gradient=1.0):
    """Parameters of one element, with gradients."""
    made = [nn.Parameter(torch.tensor([value])) for value in values]
    for parameter in made:
        parameter.grad = torch.full_like(parameter, gradient)
    return made


def after(*gradients, kind=Adam, start=8.0, lr=0.5, **options):
    """Where steps with these gradients lead, to three digits."""
    (weight,) = weights(start)
    optimizer = kind([weight], lr=lr, **options)
    for gradient in gradients:
        weight.grad = torch.full_like(weight, gradient)
        optimizer.step()
    return round(weight.item(), 3)


def whole(*gradients, **options):
    """A witness that steps lead elsewhere than they do when nothing is broken."""
    right = after(*gradients, **options)
    return lambda: after(*gradients, **options) != right


def change_formula(patch, change):
    """Patch the function behind Adam: change gets it, its lists and its options."""
    formula = MODULE.adam
    patch(MODULE, "adam", lambda *lists, **options: change(formula, lists, options))


def change_options(patch, change):
    """Patch which options reach the function behind Adam."""

    def broken(formula, lists, options):
        formula(*lists, **{**options, **change(options)})

    change_formula(patch, broken)


def change_step(patch, change):
    """Patch Adam.step with a function of the original and the optimizer."""
    step = Adam.step

    @functools.wraps(step)
    def broken(self, *args, **options):
        return change(functools.partial(step, self, *args, **options), self)

    patch(Adam, "step", broken)


def change_init(patch, change):
    """Patch what Adam makes of its arguments."""
    init = Adam.__init__

    def broken(self, *args, **options):
        args, options = change(args, options)
        init(self, *args, **options)

    patch(Adam, "__init__", broken)


# --- the formula ----------------------------------------------------------------------


@fault("Adam moves along the gradient.", witness=lambda: after(2.0) == 8.5)
def ascends(patch):
    change_options(patch, lambda options: {"lr": -options["lr"]})


@fault("Adam with foreach ignores eps.", witness=whole(4.0, eps=12.0, foreach=True))
def foreach_eps(patch):
    change_options(patch, lambda options: {"eps": 0.0} if options["foreach"] else {})


@fault("Adam adds twice eps.", witness=whole(4.0, eps=12.0))
def eps_twice(patch):
    change_options(patch, lambda options: {"eps": 2 * options["eps"]})


@fault("The betas change places.", witness=whole(4.0, -2.0, 1.0, betas=(0.5, 0.75)))
def betas_swapped(patch):
    change_options(
        patch,
        lambda options: {"beta1": options["beta2"], "beta2": options["beta1"]},
    )


def change_counts(patch, change):
    """Patch what the formula takes for the count of steps."""

    def broken(formula, lists, options):
        before = [count.item() for count in lists[5]]
        for count in lists[5]:
            count.fill_(change(count.item()))
        formula(*lists, **options)
        for count, old in zip(lists[5], before):
            count.fill_(old + 1)

    change_formula(patch, broken)


@fault("The averages are not corrected.", witness=whole(4.0))
def uncorrected(patch):
    change_counts(patch, lambda count: 1e6)


@fault("The correction is always that of the first step.", witness=whole(4.0, 4.0))
def corrected_as_first(patch):
    change_counts(patch, lambda count: 0)


@fault("Steps are counted twice.", witness=lambda: _count() == 2)
def counts_twice(patch):
    def broken(formula, lists, options):
        formula(*lists, **options)
        for count in lists[5]:
            count.add_(1)

    change_formula(patch, broken)


def stepped(kind=Adam, gradient=4.0, **options):
    """The state of a parameter after a step."""
    (weight,) = weights(8.0, gradient=gradient)
    optimizer = kind([weight], **options)
    optimizer.step()
    return optimizer.state[weight]


def _count():
    return stepped()["step"].item()


@fault("All parameters share a count of steps.", witness=lambda: _shared_count())
def shared_count(patch):
    def broken(step, self):
        step()
        for group in self.param_groups:
            held = [self.state[p] for p in group["params"] if p in self.state]
            most = max((state["step"].item() for state in held), default=0)
            for state in held:
                state["step"].fill_(most)

    change_step(patch, broken)


def _shared_count():
    first, second = weights(1.0, 1.0)
    second.grad = None
    optimizer = Adam([first, second])
    optimizer.step()
    second.grad = torch.ones(1)
    optimizer.step()
    return optimizer.state[second]["step"].item() == 2


@fault("amsgrad is ignored.", witness=whole(4.0, 0.1, betas=(0.5, 0.5), amsgrad=True))
def no_amsgrad(patch):
    change_options(patch, lambda options: {"amsgrad": False})


@fault(
    "amsgrad keeps the last square and not the largest.",
    witness=whole(4.0, 0.1, 0.1, betas=(0.5, 0.5), amsgrad=True),
)
def amsgrad_keeps_last(patch):
    def broken(formula, lists, options):
        for largest in lists[4]:
            largest.zero_()
        formula(*lists, **options)

    change_formula(patch, broken)


@fault("The average of squares starts at one.", witness=whole(4.0))
def square_starts_at_one(patch):
    def broken(formula, lists, options):
        for square, count in zip(lists[3], lists[5]):
            if count.item() == 0:
                square.fill_(1)
        formula(*lists, **options)

    change_formula(patch, broken)


@fault("The averages are other tensors at every step.", witness=lambda: _other())
def other_tensors(patch):
    def broken(step, self):
        result = step()
        for state in self.state.values():
            state.update(exp_avg=state["exp_avg"].clone())
        return result

    change_step(patch, broken)


def _other():
    (weight,) = weights(1.0)
    optimizer = Adam([weight])
    optimizer.step()
    mean = optimizer.state[weight]["exp_avg"]
    optimizer.step()
    return optimizer.state[weight]["exp_avg"] is not mean


@fault("The averages are contiguous.", witness=lambda: _contiguous())
def contiguous_state(patch):
    def broken(step, self):
        result = step()
        for state in self.state.values():
            for key in ("exp_avg", "exp_avg_sq"):
                state[key] = state[key].contiguous()
        return result

    change_step(patch, broken)


def _contiguous():
    weight = nn.Parameter(torch.ones(3, 2).t())
    weight.grad = torch.ones(2, 3)
    optimizer = Adam([weight])
    optimizer.step()
    return optimizer.state[weight]["exp_avg"].is_contiguous()


@fault("The averages of halves are float32.", witness=lambda: _half_state())
def single_state(patch):
    def broken(step, self):
        result = step()
        for state in self.state.values():
            for key in ("exp_avg", "exp_avg_sq"):
                if state[key].dtype == torch.bfloat16:
                    state[key] = state[key].float()
        return result

    change_step(patch, broken)


def _half_state():
    weight = nn.Parameter(torch.ones(1).bfloat16())
    weight.grad = torch.ones(1).bfloat16()
    optimizer = Adam([weight])
    optimizer.step()
    return optimizer.state[weight]["exp_avg"].dtype == torch.float32


@fault("maximize is ignored.", witness=whole(4.0, maximize=True))
def no_maximize(patch):
    change_options(patch, lambda options: {"maximize": False})


@fault(
    "maximize is ignored with foreach.", witness=whole(4.0, maximize=True, foreach=True)
)
def no_maximize_foreach(patch):
    change_options(
        patch,
        lambda options: {"maximize": options["maximize"] and not options["foreach"]},
    )


@fault(
    "maximize inflates what weight decay shrinks.",
    witness=whole(0.0, maximize=True, weight_decay=0.25),
)
def maximize_inflates(patch):
    change_options(
        patch,
        lambda options: {
            "weight_decay": options["weight_decay"] * (-1 if options["maximize"] else 1)
        },
    )


@fault("The decay of Adam is decoupled.", witness=whole(0.0, weight_decay=0.25))
def always_decoupled(patch):
    change_options(patch, lambda options: {"decoupled_weight_decay": True})


@fault(
    "The decay of AdamW is a gradient.",
    witness=whole(0.0, weight_decay=0.25, kind=AdamW),
)
def never_decoupled(patch):
    change_options(patch, lambda options: {"decoupled_weight_decay": False})


@fault(
    "Decoupled decay leaves the learning rate out.",
    witness=whole(0.0, weight_decay=0.25, kind=AdamW),
)
def decay_without_rate(patch):
    def change(options):
        if options["decoupled_weight_decay"] and isinstance(options["lr"], float):
            rate = options["lr"] or 1.0
            return {"weight_decay": options["weight_decay"] / rate}
        return {}

    change_options(patch, change)


@fault(
    "The fused form ignores weight decay.",
    witness=whole(0.0, weight_decay=0.25, fused=True),
)
def fused_decay(patch):
    change_options(
        patch, lambda options: {"weight_decay": 0.0} if options["fused"] else {}
    )


@fault("A complex number has one step size for both parts.", witness=lambda: _joint())
def complex_as_one(patch):
    def broken(step, self):
        found = [p for g in self.param_groups for p in g["params"] if p.is_complex()]
        old = [p.detach().clone() for p in found]
        result = step()
        with torch.no_grad():
            for parameter, value in zip(found, old):
                if parameter.grad is not None:
                    size = (parameter - value).abs().max()
                    parameter.copy_(value - size * parameter.grad.sgn())
        return result

    change_step(patch, broken)


def _joint():
    weight = nn.Parameter(torch.tensor([0j]))
    weight.grad = torch.tensor([2 - 40j])
    Adam([weight], lr=0.5).step()
    return abs(weight.item().real + 0.5) > 0.1


@fault("A sparse gradient is made dense.", witness=lambda: not raises(_sparse))
def takes_sparse(patch):
    def broken(step, self):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None and parameter.grad.is_sparse:
                    parameter.grad = parameter.grad.to_dense()
        return step()

    change_step(patch, broken)


def _sparse():
    weight = nn.Parameter(torch.ones(2))
    weight.grad = torch.tensor([0.0, 3.0]).to_sparse()
    Adam([weight]).step()


@fault("A step of zero gradient is passed over.", witness=lambda: _zero_passed())
def passes_zero(patch):
    def broken(step, self):
        found = [p for g in self.param_groups for p in g["params"]]
        zero = [p for p in found if p.grad is not None and not p.grad.to_dense().any()]
        kept = [p.grad for p in zero]
        for parameter in zero:
            parameter.grad = None
        try:
            return step()
        finally:
            for parameter, gradient in zip(zero, kept):
                parameter.grad = gradient

    change_step(patch, broken)


def _zero_passed():
    (weight,) = weights(1.0, gradient=0.0)
    optimizer = Adam([weight])
    optimizer.step()
    return len(optimizer.state) == 0


# --- arguments ------------------------------------------------------------------------


@fault("The learning rate is read once.", witness=lambda: _read_once())
def reads_once(patch):
    def change(args, options):
        rate = options.get("lr")
        if isinstance(rate, torch.Tensor) and not options.get("foreach"):
            options = {**options, "lr": rate.item()}
        return args, options

    change_init(patch, change)


def _read_once():
    optimizer = Adam(weights(1.0), lr=torch.tensor(0.5), foreach=False)
    return not isinstance(optimizer.defaults["lr"], torch.Tensor)


@fault(
    "A tensor as the learning rate is taken with foreach.",
    witness=lambda: (
        not raises(lambda: Adam(weights(1.0), lr=torch.tensor(0.5), foreach=True))
    ),
)
def tensor_and_foreach(patch):
    def change(args, options):
        rate = options.get("lr")
        if isinstance(rate, torch.Tensor) and options.get("foreach"):
            options = {**options, "lr": rate.item()}
        args = list(args)
        if len(args) > 1 and isinstance(args[1], torch.Tensor):
            args[1] = args[1].item() if options.get("foreach") else args[1]
        return args, options

    change_init(patch, change)


@fault("Adam decays by 0.01 by default.", witness=lambda: _default_decay() == 0.01)
def default_decay(patch):
    def change(args, options):
        return args, options if len(args) > 4 else {"weight_decay": 0.01, **options}

    change_init(patch, change)


def _default_decay():
    return Adam(weights(1.0)).defaults["weight_decay"]


@fault("AdamW does not decay by default.", witness=lambda: _default_of_adamw() == 0)
def default_of_adamw(patch):
    init = AdamW.__init__

    def broken(self, params, *args, **options):
        if len(args) < 4:
            options = {"weight_decay": 0.0, **options}
        init(self, params, *args, **options)

    patch(AdamW, "__init__", broken)


def _default_of_adamw():
    return AdamW(weights(1.0)).defaults["weight_decay"]


@fault(
    "The second beta is 0.99 by default.",
    witness=lambda: Adam(weights(1.0)).defaults["betas"][1] == 0.99,
)
def default_betas(patch):
    def change(args, options):
        if len(args) > 2:
            args = list(args)
            args[2] = (0.9, 0.99) if args[2] == (0.9, 0.999) else args[2]
            return args, options
        return args, {"betas": (0.9, 0.99), **options}

    change_init(patch, change)


@fault(
    "eps and weight decay change places by position.",
    witness=lambda: (
        Adam(weights(1.0), 0.5, (0.5, 0.5), 0.25, 0.0).defaults["eps"] == 0.0
    ),
)
def other_order(patch):
    def change(args, options):
        if len(args) > 4:
            args = [*args[:3], args[4], args[3], *args[5:]]
        return args, options

    change_init(patch, change)


def unchecked(patch, name, value):
    """Patch Adam to take a bad value of an option, which it replaces."""

    def change(args, options):
        args = list(args)
        place = {"lr": 1, "betas": 2, "eps": 3, "weight_decay": 4}[name]
        given = args[place] if len(args) > place else options.get(name, value)
        if error_of(lambda: Check(**{name: given})):
            if len(args) > place:
                args[place] = value
            else:
                options = {**options, name: value}
        return args, options

    change_init(patch, change)


class Check:
    """Refuses what Adam refuses."""

    def __init__(self, lr=0.0, betas=(0.5, 0.5), eps=0.0, weight_decay=0.0):
        numbers = [n for n in (lr, eps, weight_decay) if isinstance(n, float)]
        if min(numbers) < 0 or not (0 <= betas[0] < 1 and 0 <= betas[1] < 1):
            raise ValueError


@fault(
    "A negative learning rate is taken.",
    witness=lambda: not raises(lambda: Adam(weights(1.0), lr=-1.0)),
)
def takes_negative_lr(patch):
    unchecked(patch, "lr", 0.5)


@fault(
    "A beta of one is taken.",
    witness=lambda: not raises(lambda: Adam(weights(1.0), betas=(0.5, 1.0))),
)
def takes_beta_of_one(patch):
    unchecked(patch, "betas", (0.5, 0.5))


@fault(
    "A negative eps is taken.",
    witness=lambda: not raises(lambda: Adam(weights(1.0), eps=-1.0)),
)
def takes_negative_eps(patch):
    unchecked(patch, "eps", 0.5)


@fault(
    "A negative weight decay is taken.",
    witness=lambda: not raises(lambda: Adam(weights(1.0), weight_decay=-1.0)),
)
def takes_negative_decay(patch):
    unchecked(patch, "weight_decay", 0.5)


@fault("Weight decay is written into the gradient.", witness=lambda: _written() != 1)
def writes_gradient(patch):
    def broken(formula, lists, options):
        formula(*lists, **options)
        for parameter, gradient in zip(*lists[:2]):
            if options["foreach"] and options["weight_decay"]:
                gradient.add_(parameter, alpha=options["weight_decay"])

    change_formula(patch, broken)


def _written():
    (weight,) = weights(8.0)
    Adam([weight], weight_decay=0.5, foreach=True).step()
    return weight.grad.item()


@fault(
    "A differentiable step is not recorded.",
    witness=lambda: _recorded().grad_fn.name() == "CloneBackward0",
)
def not_recorded(patch):
    def broken(formula, lists, options):
        with torch.no_grad():
            formula(*lists, **options)

    change_formula(patch, broken)


def _recorded():
    weight = torch.ones(1, requires_grad=True).clone()
    weight.retain_grad()
    weight.grad = torch.ones(1)
    Adam([weight], differentiable=True).step()
    return weight


@fault(
    "Fused and foreach go together.",
    witness=lambda: not raises(lambda: Adam(weights(1.0), fused=True, foreach=True)),
)
def fused_and_foreach(patch):
    def change(args, options):
        return args, {**options, "foreach": options.get("foreach") and None}

    change_init(patch, change)

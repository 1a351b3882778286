"""Ways to break schedules: what is written, when, and from where."""

import importlib
import warnings

import torch
from torch import nn

from torch_semantics.faults import fault, quiet, raises, warns

MODULE = importlib.import_module("torch.optim.lr_scheduler")
BASE = MODULE.LRScheduler


def sgd(*rates):
    """An optimizer with a group for each learning rate."""
    groups = [{"params": [nn.Parameter(torch.ones(1))], "lr": rate} for rate in rates]
    return torch.optim.SGD(groups, lr=1.0)


def after(make, count, *rates):
    """The learning rates after so many steps, and the scheduler."""
    optimizer = sgd(*(rates or (16.0,)))
    scheduler = make(optimizer)
    for _ in range(count):
        optimizer.step()
        scheduler.step()
    return [group["lr"] for group in optimizer.param_groups], scheduler


def step_lr(optimizer):
    """A schedule that halves every second step."""
    return MODULE.StepLR(optimizer, 2, 0.5)


def change_lr(patch, cls, change):
    """Patch the learning rates that a scheduler computes."""
    get_lr = cls.get_lr
    patch(cls, "get_lr", lambda self: change(self, get_lr(self)))


def change_step(patch, change):
    """Patch the step of all schedulers."""
    step = BASE.step

    def broken(self, epoch=None):
        return change(lambda: step(self, epoch), self)

    patch(BASE, "step", broken)


@fault("StepLR is a step late.", witness=lambda: after(step_lr, 2)[0] == [16])
def late(patch):
    get_lr = MODULE.StepLR.get_lr

    def broken(self):
        self.last_epoch -= 1
        try:
            if self.last_epoch < 0:
                return [group["lr"] for group in self.optimizer.param_groups]
            return get_lr(self)
        finally:
            self.last_epoch += 1

    patch(MODULE.StepLR, "get_lr", broken)


@fault("StepLR divides by gamma.", witness=lambda: after(step_lr, 2)[0] == [32])
def divides(patch):
    def change(self, rates):
        groups = self.optimizer.param_groups
        return [g["lr"] * g["lr"] / rate for g, rate in zip(groups, rates)]

    change_lr(patch, MODULE.StepLR, change)


@fault("Only the first group is scheduled.", witness=lambda: _first_group())
def first_group_only(patch):
    def change(step, self):
        rates = [group["lr"] for group in self.optimizer.param_groups]
        step()
        for group, rate in list(zip(self.optimizer.param_groups, rates))[1:]:
            group["lr"] = rate

    change_step(patch, change)


def _first_group():
    return after(step_lr, 2, 16.0, 4.0)[0] == [8, 4]


@fault("All groups get the rate of the first.", witness=lambda: _same() == [8, 8])
def one_rate(patch):
    def change(step, self):
        step()
        for group in self.optimizer.param_groups:
            group["lr"] = self.optimizer.param_groups[0]["lr"]

    change_step(patch, change)


def _same():
    return after(step_lr, 2, 16.0, 4.0)[0]


@fault("A milestone that is named twice counts once.", witness=lambda: _twice() == [8])
def milestone_once(patch):
    init = MODULE.MultiStepLR.__init__

    def broken(self, optimizer, milestones, *args, **options):
        init(self, optimizer, sorted(set(milestones)), *args, **options)

    patch(MODULE.MultiStepLR, "__init__", broken)


def _twice():
    return after(lambda o: MODULE.MultiStepLR(o, [1, 1], 0.5), 1)[0]


@fault("MultiStepLR has a gamma of 1.", witness=lambda: _many() == [16])
def milestones_ignored(patch):
    change_lr(
        patch,
        MODULE.MultiStepLR,
        lambda self, rates: [g["lr"] for g in self.optimizer.param_groups],
    )


def _many():
    return after(lambda o: MODULE.MultiStepLR(o, [1], 0.5), 1)[0]


@fault("ExponentialLR decays from the second step on.", witness=lambda: _exponential())
def exponential_late(patch):
    def change(self, rates):
        if self.last_epoch == 1:
            return [group["lr"] for group in self.optimizer.param_groups]
        return rates

    change_lr(patch, MODULE.ExponentialLR, change)


def _exponential():
    return after(lambda o: MODULE.ExponentialLR(o, 0.5), 1)[0] == [16]


@fault("LambdaLR multiplies what is there.", witness=lambda: _lambda() == [64])
def lambda_chained(patch):
    def change(self, rates):
        groups = self.optimizer.param_groups
        factors = [f(self.last_epoch) for f in self.lr_lambdas]
        return [g["lr"] * factor for g, factor in zip(groups, factors)]

    change_lr(patch, MODULE.LambdaLR, change)


def _lambda():
    return after(lambda o: MODULE.LambdaLR(o, lambda n: 2.0 if n else 1.0), 2)[0]


@fault("LambdaLR uses the first function for all.", witness=lambda: _functions())
def one_function(patch):
    def change(self, rates):
        return [b * self.lr_lambdas[0](self.last_epoch) for b in self.base_lrs]

    change_lr(patch, MODULE.LambdaLR, change)


def _functions():
    functions = [lambda n: 1.0, lambda n: 1.0 + n]
    return after(lambda o: MODULE.LambdaLR(o, functions), 1, 1.0, 1.0)[0] == [1, 1]


@fault("LambdaLR takes too few functions.", witness=lambda: not raises(_too_few))
def too_few(patch):
    init = MODULE.LambdaLR.__init__

    def broken(self, optimizer, lr_lambda, *args, **options):
        if isinstance(lr_lambda, list):
            lr_lambda = lr_lambda * len(optimizer.param_groups)
            lr_lambda = lr_lambda[: len(optimizer.param_groups)]
        init(self, optimizer, lr_lambda, *args, **options)

    patch(MODULE.LambdaLR, "__init__", broken)


def _too_few():
    MODULE.LambdaLR(sgd(1.0, 1.0), [lambda n: 1.0])


@fault("StepLR starts from the first rate.", witness=lambda: _set_by_hand() == 8)
def not_chainable(patch):
    def change(self, rates):
        return [
            base * self.gamma ** (self.last_epoch // self.step_size)
            for base in self.base_lrs
        ]

    change_lr(patch, MODULE.StepLR, change)


def _set_by_hand():
    optimizer = sgd(16.0)
    scheduler = MODULE.StepLR(optimizer, 1, 0.5)
    optimizer.param_groups[0]["lr"] = 64.0
    optimizer.step()
    scheduler.step()
    return optimizer.param_groups[0]["lr"]


@fault("get_last_lr() returns the rate before.", witness=lambda: _last() == [16])
def last_is_old(patch):
    def change(step, self):
        rates = [group["lr"] for group in self.optimizer.param_groups]
        step()
        self._last_lr = rates

    change_step(patch, change)


def _last():
    return after(step_lr, 2)[1].get_last_lr()


@fault("A scheduler does not count its steps.", witness=lambda: _uncounted())
def does_not_count(patch):
    def change(step, self):
        epoch = self.last_epoch
        step()
        if epoch > 0:
            self.last_epoch = epoch

    change_step(patch, change)


def _uncounted():
    return after(step_lr, 3)[1].last_epoch == 1


@fault("A step returns the learning rates.", witness=lambda: _returned() is not None)
def step_returns(patch):
    def change(step, self):
        step()
        return self._last_lr

    change_step(patch, change)


def _returned():
    optimizer = sgd(1.0)
    scheduler = step_lr(optimizer)
    optimizer.step()
    return scheduler.step()


@fault("The wrong order brings no warning.", witness=lambda: not _order_warns())
def silent_order(patch):
    change_step(patch, lambda step, self: quiet(step))


def _order_warns():
    scheduler = step_lr(sgd(1.0))
    return warns(scheduler.step)


@fault("The right order brings a warning too.", witness=lambda: _right_warns())
def warns_always(patch):
    def change(step, self):
        if getattr(self, "_step_count", 0) == 1:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`",
                stacklevel=2,
            )
            return quiet(step)
        return step()

    change_step(patch, change)


def _right_warns():
    optimizer = sgd(1.0)
    scheduler = step_lr(optimizer)
    optimizer.step()
    return warns(scheduler.step)


@fault("The scheduler's step is also the optimizer's.", witness=lambda: _moves())
def steps_optimizer(patch):
    def change(step, self):
        step()
        if self.last_epoch > 0:
            self.optimizer.step()

    change_step(patch, change)


def _moves():
    optimizer = sgd(1.0)
    (weight,) = optimizer.param_groups[0]["params"]
    weight.grad = torch.ones(1)
    quiet(step_lr(optimizer).step)
    return weight.item() != 1


@fault("A new scheduler makes a first cut.", witness=lambda: _first_cut())
def first_cut(patch):
    init = BASE.__init__

    def broken(self, optimizer, *args, **options):
        init(self, optimizer, *args, **options)
        for group in optimizer.param_groups:
            group["lr"] = group["lr"] * 0.5

    patch(BASE, "__init__", broken)


def _first_cut():
    return after(step_lr, 0)[0] == [8]


@fault("initial_lr is not noted.", witness=lambda: _unnoted())
def not_noted(patch):
    init = BASE.__init__

    def broken(self, optimizer, *args, **options):
        init(self, optimizer, *args, **options)
        for group in optimizer.param_groups:
            group.pop("initial_lr", None)

    patch(BASE, "__init__", broken)


def _unnoted():
    return "initial_lr" not in after(step_lr, 0)[1].optimizer.param_groups[0]


@fault("get_lr() brings no warning.", witness=lambda: not _get_lr_warns())
def silent_get_lr(patch):
    get_lr = MODULE.StepLR.get_lr
    patch(MODULE.StepLR, "get_lr", lambda self: quiet(lambda: get_lr(self)))


def _get_lr_warns():
    scheduler = step_lr(sgd(1.0))
    return warns(scheduler.get_lr)


@fault("The state dict has the optimizer in it.", witness=lambda: _with_optimizer())
def keeps_optimizer(patch):
    patch(BASE, "state_dict", lambda self: dict(self.__dict__))


def _with_optimizer():
    return "optimizer" in step_lr(sgd(1.0)).state_dict()


@fault("Loading a state starts over.", witness=lambda: _starts_over())
def loads_nothing(patch):
    patch(BASE, "load_state_dict", lambda self, state: None)


def _starts_over():
    scheduler = step_lr(sgd(1.0))
    scheduler.load_state_dict(after(step_lr, 3)[1].state_dict())
    return scheduler.last_epoch == 0


@fault("Loading a state sets the learning rate.", witness=lambda: _load_sets())
def load_writes(patch):
    load = BASE.load_state_dict

    def broken(self, state):
        load(self, state)
        for group, rate in zip(self.optimizer.param_groups, self._last_lr):
            group["lr"] = rate

    patch(BASE, "load_state_dict", broken)


def _load_sets():
    scheduler = step_lr(sgd(1.0))
    scheduler.load_state_dict(after(step_lr, 3)[1].state_dict())
    return scheduler.optimizer.param_groups[0]["lr"] != 1


@fault("Resuming needs no initial_lr.", witness=lambda: not raises(_resumes))
def resumes_anyway(patch):
    init = BASE.__init__

    def broken(self, optimizer, *args, **options):
        for group in getattr(optimizer, "param_groups", []):
            group.setdefault("initial_lr", group["lr"])
        init(self, optimizer, *args, **options)

    patch(BASE, "__init__", broken)


def _resumes():
    MODULE.StepLR(sgd(1.0), 2, last_epoch=3)


@fault("A given epoch is ignored.", witness=lambda: _epoch() == 1)
def ignores_epoch(patch):
    step = BASE.step

    def broken(self, epoch=None):
        if epoch is not None:
            warnings.warn("The epoch parameter in `step`", UserWarning, stacklevel=2)
        return step(self)

    patch(BASE, "step", broken)


def _epoch():
    optimizer = sgd(1.0)
    scheduler = step_lr(optimizer)
    optimizer.step()
    quiet(lambda: scheduler.step(5))
    return scheduler.last_epoch


@fault("The last learning rate is the group's own tensor.", witness=lambda: _alias())
def last_is_alias(patch):
    def broken(self):
        return [group["lr"] for group in self.optimizer.param_groups]

    patch(BASE, "get_last_lr", broken)


def _alias():
    rate = torch.tensor(1.0)
    return step_lr(sgd(rate)).get_last_lr()[0] is rate


class Constant:
    """A function with an attribute."""

    def __init__(self):
        self.factor = 2.0

    def __call__(self, epoch):
        """Return the factor."""
        return self.factor


@fault("The state of a callable object is lost.", witness=lambda: _lost() == [None])
def loses_objects(patch):
    state_dict = MODULE.LambdaLR.state_dict

    def broken(self):
        state = state_dict(self)
        return {**state, "lr_lambdas": [None for _ in state["lr_lambdas"]]}

    patch(MODULE.LambdaLR, "state_dict", broken)


def _lost():
    return MODULE.LambdaLR(sgd(1.0), Constant()).state_dict()["lr_lambdas"]


def _sequence(rate):
    """Two schedules one after the other, and their optimizer."""
    optimizer = sgd(rate)
    first = MODULE.ConstantLR(optimizer, 0.5, 1)
    second = MODULE.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    return MODULE.SequentialLR(optimizer, [first, second], [1]), optimizer


@fault(
    "The first learning rate is the tensor itself, and no copy.",
    witness=lambda: _after_sequence() == 8,
)
def first_tensor_is_shared(patch):
    init = MODULE.ConstantLR.__init__

    def broken(self, optimizer, *args, **options):
        init(self, optimizer, *args, **options)
        for group in optimizer.param_groups:
            if isinstance(group["lr"], torch.Tensor):
                group["initial_lr"] = group["lr"]

    patch(MODULE.ConstantLR, "__init__", broken)


def _after_sequence():
    scheduler, optimizer = _sequence(torch.tensor(16.0))
    quiet(scheduler.step)
    return optimizer.param_groups[0]["lr"].item()


@fault(
    "SequentialLR warns of the epoch.",
    witness=lambda: warns(_sequence(16.0)[0].step),
)
def sequence_warns(patch):
    step = MODULE.SequentialLR.step

    def broken(self):
        warnings.warn("The epoch parameter in step() is deprecated", stacklevel=2)
        step(self)

    patch(MODULE.SequentialLR, "step", broken)


@fault("CyclicLR leaves the betas.", witness=lambda: _beta() == 0.75)
def cycle_leaves_betas(patch):
    get_lr = MODULE.CyclicLR.get_lr

    def broken(self):
        old = [group.get("betas") for group in self.optimizer.param_groups]
        rates = get_lr(self)
        for group, betas in zip(self.optimizer.param_groups, old):
            if betas is not None:
                group["betas"] = betas
        return rates

    patch(MODULE.CyclicLR, "get_lr", broken)


def _beta():
    weight = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.Adam([weight], betas=(0.75, 0.5))
    scheduler = MODULE.CyclicLR(
        optimizer, 1.0, 2.0, 2, base_momentum=0.25, max_momentum=0.75
    )
    optimizer.step()
    scheduler.step()
    return optimizer.param_groups[0]["betas"][0]


@fault(
    "StepLR takes the argument verbose.",
    witness=lambda: not raises(lambda: MODULE.StepLR(sgd(1.0), 2, verbose=False)),
)
def takes_verbose(patch):
    init = MODULE.StepLR.__init__

    def broken(self, *args, verbose=False, **options):
        init(self, *args, **options)

    patch(MODULE.StepLR, "__init__", broken)

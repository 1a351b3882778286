"""Schedules: a scheduler writes the learning rate into an optimizer's groups.

A scheduler is made over an optimizer, remembers the learning rate of each group, and at
every ``step()`` writes the next one into the group, where the optimizer reads it at its
own next step. So first the optimizer makes a step, then the scheduler.
"""

import warnings

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from torch_semantics import claim
from torch_semantics.words import shares_storage

OPTIM = "optim#how-to-adjust-learning-rate"
BASE = "generated/torch.optim.lr_scheduler.LRScheduler"


def sgd(device, *rates):
    """Return an optimizer with one group for each learning rate."""
    groups = []
    for rate in rates:
        weight = nn.Parameter(torch.tensor(8.0, device=device))
        weight.grad = torch.tensor(1.0, device=device)
        groups.append({"params": [weight], "lr": rate})
    return torch.optim.SGD(groups, lr=1.0)


def rates(optimizer, scheduler, count):
    """Return the learning rate of the first group at each of so many steps."""
    found = []
    for _ in range(count):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


SCHEDULES = {
    "StepLR": (
        lambda optimizer: lr_scheduler.StepLR(optimizer, 2, 0.5),
        [16, 16, 8, 8, 4, 4],
    ),
    "StepLR-gamma": (
        lambda optimizer: lr_scheduler.StepLR(optimizer, step_size=3),
        [16, 16, 16, 1.6, 1.6, 1.6],
    ),
    "MultiStepLR": (
        lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [4, 1, 3], 0.5),
        [16, 8, 8, 4, 2, 2],
    ),
    "MultiStepLR-twice": (
        lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [2, 2], gamma=0.5),
        [16, 16, 4, 4, 4, 4],
    ),
    "ExponentialLR": (
        lambda optimizer: lr_scheduler.ExponentialLR(optimizer, gamma=0.5),
        [16, 8, 4, 2, 1, 0.5],
    ),
    "LambdaLR": (
        lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda n: n + 1),
        [16, 32, 48, 64, 80, 96],
    ),
}


@claim("optim.scheduler.schedules", see=OPTIM)
@pytest.mark.parametrize(("make", "expected"), SCHEDULES.values(), ids=SCHEDULES.keys())
def test_a_scheduler_writes_the_learning_rates_of_its_schedule(make, expected, device):
    """StepLR multiplies the learning rate by gamma, 0.1 by default, after so many
    steps, MultiStepLR at the steps named, once for each time, ExponentialLR at every
    step, and LambdaLR multiplies the first learning rate by what its function returns.
    """
    optimizer = sgd(device, 16.0)
    scheduler = make(optimizer)

    assert rates(optimizer, scheduler, 6) == pytest.approx(expected, rel=1e-12)


@claim("optim.scheduler.next-step-uses-it", see=OPTIM)
def test_the_next_step_uses_the_new_learning_rate(device):
    """The step of an optimizer after that of the scheduler uses the learning rate
    written by it; the scheduler itself moves no parameter.
    """
    optimizer = sgd(device, 1.0)
    weight = optimizer.param_groups[0]["params"][0]
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.5)

    optimizer.step()
    first = weight.item()
    scheduler.step()
    between = weight.item()
    optimizer.step()

    assert (first, between, weight.item()) == (7, 7, 6.5)


@claim("optim.scheduler.start", see=BASE)
def test_a_new_scheduler_notes_the_learning_rates_and_leaves_them(device):
    """A new scheduler is at epoch 0, leaves the learning rates as they are, and notes
    them in the groups as initial_lr.
    """
    optimizer = sgd(device, 1.0, 0.5)

    scheduler = lr_scheduler.StepLR(optimizer, 2, 0.5)

    assert scheduler.optimizer is optimizer
    assert scheduler.last_epoch == 0
    assert scheduler.base_lrs == [1.0, 0.5]
    assert [group["lr"] for group in optimizer.param_groups] == [1.0, 0.5]
    assert [group["initial_lr"] for group in optimizer.param_groups] == [1.0, 0.5]
    assert scheduler.get_last_lr() == [1.0, 0.5]


HALVING = [
    lambda optimizer: lr_scheduler.StepLR(optimizer, 1, 0.5),
    lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [1], 0.5),
    lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.5),
    lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda n: 0.5**n),
]


@claim("optim.scheduler.every-group", see=BASE)
@pytest.mark.parametrize(
    "make", HALVING, ids=["StepLR", "MultiStepLR", "ExponentialLR", "LambdaLR"]
)
def test_every_group_is_scheduled_from_its_own_learning_rate(make, device):
    """A scheduler changes the learning rate of every group, from the one that the group
    had; get_last_lr() returns them as a list, and step() returns None.
    """
    optimizer = sgd(device, 1.0, 0.25)
    scheduler = make(optimizer)

    optimizer.step()
    returned = scheduler.step()

    assert returned is None
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.125]
    assert scheduler.get_last_lr() == [0.5, 0.125]
    assert scheduler.last_epoch == 1


@claim(
    "optim.scheduler.function-for-each-group",
    see="generated/torch.optim.lr_scheduler.LambdaLR",
)
@pytest.mark.parametrize("kind", [list, tuple])
def test_a_lambda_schedule_may_have_a_function_for_each_group(kind, device):
    """LambdaLR takes a list or a tuple with one function for each group;
    another number raises ValueError.
    """
    optimizer = sgd(device, 1.0, 1.0)
    functions = kind([lambda n: 1 + n, lambda n: 1 + 2 * n])

    scheduler = lr_scheduler.LambdaLR(optimizer, functions)
    optimizer.step()
    scheduler.step()

    assert scheduler.get_last_lr() == [2, 3]
    assert scheduler.lr_lambdas == list(functions)
    assert scheduler.lr_lambdas is not functions
    with pytest.raises(ValueError, match="Expected 2 lr_lambdas, but got 1"):
        lr_scheduler.LambdaLR(optimizer, functions[:1])


@claim("optim.scheduler.order", see=OPTIM)
def test_a_scheduler_that_goes_first_warns_and_skips_a_learning_rate(device):
    """The first step of a scheduler before any of its optimizer brings a UserWarning,
    and the first learning rate is never used; in the right order, and at a later step,
    there is no warning.
    """
    early, late = sgd(device, 1.0), sgd(device, 1.0)

    first = lr_scheduler.ExponentialLR(early, 0.5)
    with pytest.warns(UserWarning, match=r"lr_scheduler.step\(\)` before `optimizer"):
        first.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        early.step()
        second = lr_scheduler.ExponentialLR(late, 0.5)
        late.step()
        second.step()
        second.step()
        first.step()

    assert early.param_groups[0]["params"][0].item() == 7.5
    assert late.param_groups[0]["params"][0].item() == 7


@claim("optim.scheduler.builds-on-what-is-there", see=OPTIM)
def test_step_lr_multiplies_the_learning_rate_that_is_there(device):
    """StepLR and ExponentialLR multiply the learning rate that stands in the group,
    also one that was set by hand or by another scheduler, while LambdaLR starts from
    the first.
    """
    optimizer, other = sgd(device, 1.0), sgd(device, 1.0)
    chained = [
        lr_scheduler.StepLR(optimizer, 1, 0.5),
        lr_scheduler.ExponentialLR(optimizer, 0.25),
    ]
    closed = lr_scheduler.LambdaLR(other, lambda n: 0.5)

    optimizer.param_groups[0]["lr"] = 16.0
    other.param_groups[0]["lr"] = 16.0
    optimizer.step()
    other.step()
    chained[0].step()
    chained[1].step()
    closed.step()

    assert optimizer.param_groups[0]["lr"] == 2
    assert chained[0].get_last_lr() == [8]
    assert chained[1].get_last_lr() == [2]
    assert other.param_groups[0]["lr"] == 0.5


@claim("optim.scheduler.get-lr-warns", see=BASE)
@pytest.mark.parametrize(
    ("make", "factor"),
    list(zip(HALVING, [0.5, 0.5, 0.5, 1.0])),
    ids=["StepLR", "MultiStepLR", "ExponentialLR", "LambdaLR"],
)
def test_asking_for_get_lr_brings_a_warning(make, factor, device):
    """get_lr() is for the scheduler itself: called from outside it brings a
    UserWarning that names get_last_lr(), computes once more from what is there, and
    changes nothing.
    """
    optimizer = sgd(device, 1.0)
    scheduler = make(optimizer)
    optimizer.step()
    scheduler.step()

    with pytest.warns(UserWarning, match="please use `get_last_lr"):
        computed = scheduler.get_lr()

    assert computed == [0.5 * factor]
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (1, [0.5])


@claim("optim.scheduler.state-dict", see=BASE)
def test_the_state_of_a_scheduler_is_all_but_its_optimizer(device):
    """A scheduler's state dict has its settings and where it is, without the optimizer
    and without functions; loading it puts the scheduler there, and changes no learning
    rate until its next step.
    """
    optimizer, other = sgd(device, 16.0), sgd(device, 16.0)
    scheduler = lr_scheduler.StepLR(optimizer, 2, 0.5)
    rates(optimizer, scheduler, 3)
    resumed = lr_scheduler.StepLR(other, 7, 0.125)
    functions = lr_scheduler.LambdaLR(sgd(device, 1.0), lambda n: 1.0)

    state = scheduler.state_dict()
    resumed.load_state_dict(state)
    loaded = (other.param_groups[0]["lr"], resumed.get_last_lr())
    other.step()
    resumed.step()

    assert "optimizer" not in state
    assert (state["last_epoch"], state["step_size"], state["gamma"]) == (3, 2, 0.5)
    assert state["base_lrs"] == [16]
    assert loaded == (16, [8])
    assert (resumed.last_epoch, other.param_groups[0]["lr"]) == (4, 8)
    assert functions.state_dict()["lr_lambdas"] == [None]
    assert functions.state_dict()["last_epoch"] == 0
    assert "optimizer" not in functions.state_dict()


class Factor:
    """A function with an attribute, by which it multiplies."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, epoch):
        """Return the factor at any epoch."""
        return self.factor


@claim(
    "optim.scheduler.callable-objects",
    see="generated/torch.optim.lr_scheduler.LambdaLR",
)
def test_the_state_of_a_lambda_schedule_keeps_what_its_callable_objects_hold(device):
    """The state dict of LambdaLR has a copy of the attributes of a callable object;
    loading writes them into the object at the same place, keeps the function at one of
    None, and leaves the dict as it is.
    """
    saved, target = Factor(2.0), Factor(3.0)
    scheduler = lr_scheduler.LambdaLR(sgd(device, 1.0, 1.0), [lambda n: 5.0, saved])
    optimizer = sgd(device, 1.0, 1.0)
    resumed = lr_scheduler.LambdaLR(optimizer, [lambda n: 7.0, target])
    scheduler.optimizer.step()
    scheduler.step()

    state = scheduler.state_dict()
    saved.factor = 9.0
    resumed.load_state_dict(state)
    optimizer.step()
    resumed.step()

    assert state["lr_lambdas"] == [None, {"factor": 2.0}]
    assert (target.factor, resumed.lr_lambdas[1] is target) == (2, True)
    assert resumed.last_epoch == 2
    assert resumed.get_last_lr() == [7, 2]


@claim("optim.scheduler.schedule-of-ones-own", see=BASE, since="2.0")
def test_a_schedule_of_ones_own_is_a_class_with_get_lr(device):
    """A class derived from LRScheduler needs only get_lr(), which is called at every
    step, also at one to a given epoch; LRScheduler itself raises NotImplementedError.
    """
    optimizer = sgd(device, 1.0)

    class Squares(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [(1 + self.last_epoch) ** 2 * base for base in self.base_lrs]

    scheduler = Squares(optimizer)
    found = rates(optimizer, scheduler, 3)
    with pytest.warns(UserWarning, match="The epoch parameter in"):
        scheduler.step(9)

    assert found == [1, 4, 9]
    assert scheduler.get_last_lr() == [100]
    with pytest.raises(NotImplementedError):
        lr_scheduler.LRScheduler(sgd(device, 1.0))


@claim("optim.scheduler.tensor-learning-rate", see=BASE, since="2.10")
@pytest.mark.parametrize(
    "make", HALVING, ids=["StepLR", "MultiStepLR", "ExponentialLR", "LambdaLR"]
)
def test_a_tensor_for_a_learning_rate_is_written_in_place(make, device):
    """A learning rate that is a tensor stays the same tensor, and its value changes;
    initial_lr, base_lrs and what get_last_lr() returns are copies of it.
    """
    rate = torch.tensor(16.0)
    optimizer = sgd(device, rate)
    scheduler = make(optimizer)
    (before,) = scheduler.get_last_lr()

    optimizer.step()
    scheduler.step()
    (last,) = scheduler.get_last_lr()

    assert optimizer.param_groups[0]["lr"] is rate
    assert (rate.item(), last.item(), before.item()) == (8, 8, 16)
    assert not shares_storage(last, rate)
    assert optimizer.param_groups[0]["initial_lr"].item() == 16
    assert [base.item() for base in scheduler.base_lrs] == [16]


@claim(
    "optim.scheduler.sequence-with-tensor",
    see="generated/torch.optim.lr_scheduler.SequentialLR",
    gap=("2.4", "2.10"),
)
@pytest.mark.filterwarnings("ignore:The epoch parameter in")
def test_a_sequence_of_schedules_starts_again_from_the_first_tensor(device):
    """SequentialLR goes on with its second schedule from the first learning rate, also
    where that is a tensor.
    """
    optimizer = sgd(device, torch.tensor(16.0))
    first = lr_scheduler.ConstantLR(optimizer, 0.5, 2)
    second = lr_scheduler.ExponentialLR(optimizer, 0.5)
    scheduler = lr_scheduler.SequentialLR(optimizer, [first, second], [2])

    found = []
    found.append(optimizer.param_groups[0]["lr"].item())
    optimizer.step()
    scheduler.step()
    found.append(optimizer.param_groups[0]["lr"].item())
    scheduler.step()
    found.append(optimizer.param_groups[0]["lr"].item())
    scheduler.step()
    found.append(optimizer.param_groups[0]["lr"].item())

    assert found == [8, 8, 16, 8]


@claim(
    "optim.scheduler.sequence-loses-first-tensor",
    see="generated/torch.optim.lr_scheduler.SequentialLR",
    since="2.4",
    until="2.10",
    level="observed",
)
@pytest.mark.filterwarnings("ignore:The epoch parameter in")
def test_a_sequence_of_schedules_forgets_the_first_tensor(device):
    """SequentialLR goes on with its second schedule from what the first one has left,
    where the learning rate is a tensor: initial_lr is that tensor itself.
    """
    optimizer = sgd(device, torch.tensor(16.0))
    first = lr_scheduler.ConstantLR(optimizer, 0.5, 2)
    second = lr_scheduler.ExponentialLR(optimizer, 0.5)
    scheduler = lr_scheduler.SequentialLR(optimizer, [first, second], [2])

    optimizer.step()
    scheduler.step()
    scheduler.step()

    group = optimizer.param_groups[0]
    assert group["lr"].item() == 8
    assert group["initial_lr"] is group["lr"]


@claim(
    "optim.scheduler.sequence-steps-quietly",
    see="generated/torch.optim.lr_scheduler.SequentialLR",
    since="2.9.0",
)
def test_a_sequence_of_schedules_brings_no_warning(device):
    """SequentialLR begins its next schedule without a warning."""
    optimizer = sgd(device, 16.0)
    first = lr_scheduler.ConstantLR(optimizer, 0.5, 1)
    second = lr_scheduler.ExponentialLR(optimizer, 0.5)
    scheduler = lr_scheduler.SequentialLR(optimizer, [first, second], [1])
    optimizer.step()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.step()

    assert optimizer.param_groups[0]["lr"] == 16


@claim(
    "optim.scheduler.sequence-warns",
    see="generated/torch.optim.lr_scheduler.SequentialLR",
    until="2.9.0",
)
def test_a_sequence_of_schedules_warns_of_its_own_call(device):
    """SequentialLR begins its next schedule with a step to epoch 0, and so brings a
    UserWarning of a deprecated argument that it passed itself.
    """
    optimizer = sgd(device, 16.0)
    first = lr_scheduler.ConstantLR(optimizer, 0.5, 1)
    second = lr_scheduler.ExponentialLR(optimizer, 0.5)
    scheduler = lr_scheduler.SequentialLR(optimizer, [first, second], [1])
    optimizer.step()

    with pytest.warns(UserWarning, match="The epoch parameter in"):
        scheduler.step()

    assert optimizer.param_groups[0]["lr"] == 16


@claim(
    "optim.scheduler.cyclic-moves-beta",
    see="generated/torch.optim.lr_scheduler.CyclicLR",
    since="2.3",
)
def test_a_cycle_moves_the_first_beta_of_adam(device):
    """CyclicLR moves the first beta of an optimizer that has betas for a momentum,
    from max_momentum at the lowest learning rate, and leaves the second.
    """
    weight = nn.Parameter(torch.ones(1, device=device))
    optimizer = torch.optim.Adam([weight], lr=1.0, betas=(0.75, 0.5))
    scheduler = lr_scheduler.CyclicLR(
        optimizer, 1.0, 2.0, 2, base_momentum=0.25, max_momentum=0.75
    )

    optimizer.step()
    scheduler.step()

    assert optimizer.param_groups[0]["lr"] == 1.5
    assert optimizer.param_groups[0]["betas"] == (0.5, 0.5)


@claim(
    "optim.scheduler.cyclic-needs-momentum",
    see="generated/torch.optim.lr_scheduler.CyclicLR",
    until="2.3",
)
def test_a_cycle_needs_an_optimizer_with_momentum(device):
    """CyclicLR refuses an optimizer that has betas and no momentum with ValueError,
    unless cycle_momentum is False.
    """
    weight = nn.Parameter(torch.ones(1, device=device))
    optimizer = torch.optim.Adam([weight], lr=1.0)

    with pytest.raises(ValueError, match="optimizer must support momentum"):
        lr_scheduler.CyclicLR(optimizer, 1.0, 2.0)

    scheduler = lr_scheduler.CyclicLR(optimizer, 1.0, 2.0, cycle_momentum=False)
    assert scheduler.get_last_lr() == [1]


@claim("optim.scheduler.verbose-refused", see=BASE, since="2.7")
def test_verbose_is_no_argument_any_more(device):
    """The argument verbose raises TypeError."""
    optimizer = sgd(device, 1.0)

    with pytest.raises(TypeError, match="unexpected keyword argument 'verbose'"):
        lr_scheduler.StepLR(optimizer, 2, verbose=False)


@claim("optim.scheduler.verbose-warns", see=BASE, since="2.2", until="2.7")
def test_verbose_brings_a_warning(device):
    """The argument verbose is taken with a UserWarning that it is deprecated."""
    optimizer = sgd(device, 1.0)

    with pytest.warns(UserWarning, match="verbose parameter is deprecated"):
        scheduler = lr_scheduler.StepLR(optimizer, 2, verbose=False)

    assert scheduler.get_last_lr() == [1]


@claim("optim.scheduler.verbose", see=BASE, until="2.2")
def test_verbose_prints_the_learning_rate(device, capsys):
    """The argument verbose prints the learning rate, and brings no warning."""
    optimizer = sgd(device, 1.0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lr_scheduler.StepLR(optimizer, 2, verbose=True)

    assert "djusting learning rate of group 0 to 1.0000e+00" in capsys.readouterr().out


@claim("optim.scheduler.optimizers-only", see=BASE)
def test_a_scheduler_takes_an_optimizer_only(device):
    """Anything but an optimizer raises TypeError, and going on from an epoch of an
    optimizer without initial_lr raises KeyError; with it, the base is that and not the
    learning rate that is there.
    """
    optimizer, resumed = sgd(device, 1.0), sgd(device, 3.0)
    resumed.param_groups[0]["initial_lr"] = 16.0

    with pytest.raises(TypeError, match="is not an Optimizer"):
        lr_scheduler.StepLR(optimizer.param_groups, 2)
    with pytest.raises(KeyError, match="param 'initial_lr' is not specified"):
        lr_scheduler.StepLR(optimizer, 2, last_epoch=3)

    scheduler = lr_scheduler.StepLR(resumed, 2, 0.5, last_epoch=2)

    assert optimizer.param_groups[0]["lr"] == 1
    assert (scheduler.last_epoch, scheduler.base_lrs) == (3, [16])
    assert scheduler.get_last_lr() == [3]


@claim("optim.scheduler.epoch", see=BASE)
@pytest.mark.parametrize(
    ("make", "rate"),
    [
        (lambda optimizer: lr_scheduler.StepLR(optimizer, 2, 0.5), 4),
        (lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [5, 8, 3, 3], 0.5), 2),
        (lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.5), 0.5),
        (lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda n: n + 1), 96),
    ],
    ids=["StepLR", "MultiStepLR", "ExponentialLR", "LambdaLR"],
)
def test_an_epoch_can_be_given_and_brings_a_warning(make, rate, device):
    """A scheduler's step to a given epoch computes the learning rate from the first,
    and brings a UserWarning.
    """
    optimizer = sgd(device, 16.0)
    scheduler = make(optimizer)
    optimizer.step()

    with pytest.warns(UserWarning, match="The epoch parameter in"):
        scheduler.step(5)

    assert scheduler.last_epoch == 5
    assert optimizer.param_groups[0]["lr"] == rate
    assert scheduler.get_last_lr() == [rate]

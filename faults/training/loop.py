"""Ways to break a training loop: steps, gradients, batches, numbers, states."""

import math

import torch
from torch import nn
from torch.utils.data import DataLoader, RandomSampler, SequentialSampler

from torch_semantics.faults import fault, raises, wrap


def trained(steps=1, clear=True, **options):
    """A weight, from 0, after steps of SGD along a gradient of 1."""
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0, **options)
    for _ in range(steps):
        if clear:
            optimizer.zero_grad()
        weight.sum().backward()
        optimizer.step()
    return weight.item()


def numbers(**options):
    """The batches of the numbers 0 to 4."""
    return [x.tolist() for x in DataLoader(range(5), **options)]


@fault("step() of SGD changes nothing.", witness=lambda: trained() == 0)
def step_does_nothing(patch):
    patch(torch.optim.SGD, "step", lambda self, closure=None: None)


@fault("step() of SGD goes twice as far.", witness=lambda: trained() == -2)
def step_goes_twice(patch):
    wrap(
        patch,
        torch.optim.SGD,
        "step",
        lambda own, self, closure=None: (own(self), own(self))[0],
    )


@fault("step() of SGD goes up.", witness=lambda: trained() == 1)
def step_goes_up(patch):
    def change(own, self, closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad.neg_()
        own(self)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad.neg_()

    wrap(patch, torch.optim.SGD, "step", change)


@fault(
    "step() of SGD changes the first parameter alone.", witness=lambda: _second_stays()
)
def step_changes_the_first(patch):
    def change(own, self, closure=None):
        rest = self.param_groups[0]["params"]
        self.param_groups[0]["params"] = rest[:1]
        own(self)
        self.param_groups[0]["params"] = rest

    wrap(patch, torch.optim.SGD, "step", change)


def _second_stays():
    pair = [nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD(pair, lr=1.0)
    (pair[0] + pair[1]).backward()
    optimizer.step()
    return pair[1].item() == 0


@fault("zero_grad() leaves gradients as they are.", witness=lambda: trained(2) == -3)
def zero_grad_keeps(patch):
    patch(torch.optim.Optimizer, "zero_grad", lambda self, set_to_none=True: None)


@fault("step() clears the gradients.", witness=lambda: trained(2, clear=False) == -2)
def step_clears(patch):
    wrap(
        patch,
        torch.optim.SGD,
        "step",
        lambda own, self, closure=None: (own(self), self.zero_grad())[0],
    )


@fault("Adam stops after ten steps.", witness=lambda: _adam_stops())
def adam_stops(patch):
    def change(own, self, closure=None):
        self.steps = getattr(self, "steps", 0) + 1
        return own(self) if self.steps <= 10 else None

    wrap(patch, torch.optim.Adam, "step", change)


def _adam_stops():
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([weight], lr=1.0)
    weight.grad = torch.ones(1)
    for _ in range(11):
        before = weight.item()
        optimizer.step()
    return weight.item() == before


@fault("Backward takes a step by itself.", witness=lambda: _backward_steps())
def backward_steps(patch):
    def change(own, self, *args, **options):
        leaves = _leaves(self.grad_fn)
        own(self, *args, **options)
        with torch.no_grad():
            for leaf in leaves:
                leaf -= leaf.grad

    wrap(patch, torch.Tensor, "backward", change)


def _leaves(node):
    if node is None:
        return set()
    if hasattr(node, "variable"):
        return {node.variable}
    return set().union(*(_leaves(parent) for parent, _ in node.next_functions))


def _backward_steps():
    weight = nn.Parameter(torch.ones(1))
    weight.sum().backward()
    return weight.item() != 1


@fault(
    "mse_loss() sums.",
    witness=lambda: nn.functional.mse_loss(torch.ones(2), torch.zeros(2)).item() == 2,
)
def mse_sums(patch):
    wrap(
        patch,
        nn.functional,
        "mse_loss",
        lambda own, x, y, **options: own(x, y, reduction="sum"),
    )


@fault(
    "l1_loss() sums.",
    witness=lambda: nn.functional.l1_loss(torch.ones(2), torch.zeros(2)).item() == 2,
)
def l1_sums(patch):
    wrap(
        patch,
        nn.functional,
        "l1_loss",
        lambda own, x, y, **options: own(x, y, reduction="sum"),
    )


@fault(
    "A loader drops its last, smaller batch.",
    witness=lambda: len(numbers(batch_size=2)) == 2,
)
def loaders_drop_the_last(patch):
    wrap(
        patch,
        DataLoader,
        "__init__",
        lambda own, self, dataset, batch_size=1, **options: own(
            self,
            dataset,
            batch_size,
            **{**options, "drop_last": len(dataset) >= batch_size},
        ),
    )


@fault(
    "A loader ignores drop_last.",
    witness=lambda: len(numbers(batch_size=2, drop_last=True)) == 3,
)
def loaders_keep_the_last(patch):
    wrap(
        patch,
        DataLoader,
        "__init__",
        lambda own, self, *args, drop_last=False, **options: own(
            self, *args, **options
        ),
    )


@fault(
    "A loader goes through its samples backwards.",
    witness=lambda: numbers(batch_size=5) == [[4, 3, 2, 1, 0]],
)
def loaders_go_backwards(patch):
    patch(
        SequentialSampler,
        "__iter__",
        lambda self: iter(range(len(self.data_source))[::-1]),
    )


@fault(
    "A loader with shuffle=True does not shuffle.",
    witness=lambda: list(RandomSampler(range(20))) == list(range(20)),
)
def loaders_do_not_shuffle(patch):
    patch(RandomSampler, "__iter__", lambda self: iter(range(len(self.data_source))))


@fault(
    "A loader shuffles the same way in each epoch.",
    witness=lambda: list(RandomSampler(range(20))) == list(RandomSampler(range(20))),
)
def loaders_shuffle_once(patch):
    patch(
        RandomSampler,
        "__iter__",
        lambda self: iter(
            torch.randperm(
                len(self.data_source), generator=torch.Generator().manual_seed(1)
            ).tolist()
        ),
    )


@fault(
    "A loader shuffles though it was not asked to.",
    witness=lambda: list(SequentialSampler(range(20))) != list(range(20)),
)
def loaders_always_shuffle(patch):
    patch(
        SequentialSampler,
        "__iter__",
        lambda self: iter(torch.randperm(len(self.data_source)).tolist()),
    )


@fault(
    "item() returns a tensor.",
    witness=lambda: isinstance(torch.ones(1).item(), torch.Tensor),
)
def item_is_a_tensor(patch):
    wrap(patch, torch.Tensor, "item", lambda own, self: torch.tensor(own(self)))


@fault(
    "item() of an integer is a float.",
    witness=lambda: isinstance(torch.tensor(1).item(), float),
)
def item_is_a_float(patch):
    wrap(
        patch,
        torch.Tensor,
        "item",
        lambda own, self: float(own(self)) if not self.is_complex() else own(self),
    )


@fault(
    "item() of several elements is the first.",
    witness=lambda: not raises(lambda: torch.ones(2).item()),
)
def item_takes_the_first(patch):
    wrap(
        patch,
        torch.Tensor,
        "item",
        lambda own, self: own(self.flatten()[0]) if self.numel() > 1 else own(self),
    )


@fault(
    "item() of no element is NaN.",
    witness=lambda: not raises(lambda: torch.ones(0).item()),
)
def item_of_none_is_nan(patch):
    wrap(
        patch,
        torch.Tensor,
        "item",
        lambda own, self: own(self) if self.numel() else math.nan,
    )


@fault(
    "detach() still requires gradients.",
    witness=lambda: torch.ones(1, requires_grad=True).detach().requires_grad,
)
def detach_requires(patch):
    wrap(
        patch,
        torch.Tensor,
        "detach",
        lambda own, self: own(self).requires_grad_(
            self.requires_grad and self.is_floating_point()
        ),
    )


@fault(
    "NaN is lower than any number.", witness=lambda: (torch.tensor(math.nan) < 1).item()
)
def nan_is_low(patch):
    wrap(
        patch,
        torch.Tensor,
        "__lt__",
        lambda own, self, other: own(self, other) | self.isnan(),
    )


@fault(
    "A number is lower than an equal one.",
    witness=lambda: (torch.tensor(1.0) < torch.tensor(1.0)).item(),
)
def lower_or_equal(patch):
    patch(torch.Tensor, "__lt__", torch.Tensor.__le__)


@fault("A state dict is a copy.", witness=lambda: _state_is_a_copy())
def states_are_copies(patch):
    wrap(
        patch,
        nn.Module,
        "state_dict",
        lambda own, self, *args, **options: {
            name: value.clone() if isinstance(value, torch.Tensor) else value
            for name, value in own(self, *args, **options).items()
        },
    )


def _state_is_a_copy():
    layer = nn.Linear(1, 1)
    state = layer.state_dict()
    layer.weight.data.fill_(7)
    return state["weight"].item() != 7


@fault(
    "Copying a state dict deeply keeps its tensors.",
    witness=lambda: _deepcopy_aliases(),
)
def deepcopy_aliases(patch):
    patch(torch.Tensor, "__deepcopy__", lambda self, memo: self)


def _deepcopy_aliases():
    import copy

    x = torch.ones(1)
    return copy.deepcopy(x) is x


@fault("load_state_dict() loads nothing.", witness=lambda: _loads_nothing())
def loading_does_nothing(patch):
    def change(own, self, state, *args, **options):
        return own(self, self.state_dict(), *args, **options)

    wrap(patch, nn.Module, "load_state_dict", change)


def _loads_nothing():
    layer = nn.Linear(1, 1)
    layer.load_state_dict({"weight": torch.full((1, 1), 7.0), "bias": torch.zeros(1)})
    return layer.weight.item() != 7


@fault(
    "cat() joins the last tensor first.",
    witness=lambda: torch.cat([torch.zeros(1), torch.ones(1)]).tolist() == [1, 0],
)
def cat_goes_backwards(patch):
    wrap(
        patch,
        torch,
        "cat",
        lambda own, tensors, **options: own(list(tensors)[::-1], **options),
    )


@fault(
    "eval() leaves the layers inside as they are.",
    witness=lambda: nn.Sequential(nn.Dropout()).eval()[0].training,
)
def eval_is_shallow(patch):
    def change(self):
        self.training = False
        return self

    patch(nn.Module, "eval", change)


@fault(
    "A loader that is iterated by another yields a batch too many.",
    witness=lambda: len(numbers(batch_size=5)) == 2,
)
def loaders_repeat_the_last(patch):
    def change(own, self):
        batch = None
        for batch in own(self):
            yield batch
        if batch is not None:
            yield batch

    wrap(patch, DataLoader, "__iter__", change)

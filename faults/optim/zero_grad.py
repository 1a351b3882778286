"""Ways to break zero_grad(): what it leaves behind, and whose gradients it clears."""

import torch
from torch import nn

from torch_semantics.faults import fault, raises

OWNERS = (torch.optim.Optimizer, nn.Module)


def layer():
    """A layer with gradients."""
    made = nn.Linear(1, 1)
    made(torch.ones(1, 1)).sum().backward()
    return made


def optimizer_of(module, **options):
    """An optimizer of all parameters."""
    return torch.optim.SGD(module.parameters(), lr=1.0, **options)


def change(patch, replace, owners=OWNERS):
    """Patch zero_grad() with a function of the original, the owner and the mode."""
    for owner in owners:
        original = owner.zero_grad

        def broken(self, set_to_none=True, original=original):
            return replace(original, self, set_to_none)

        patch(owner, "zero_grad", broken)


def parameters(owner):
    """The parameters of a module or of an optimizer."""
    if isinstance(owner, nn.Module):
        return list(owner.parameters())
    return [p for group in owner.param_groups for p in group["params"]]


def left(owner, **options):
    """The weight's gradient after zero_grad() of a module or of its optimizer."""
    made = layer()
    gradient = made.weight.grad
    (made if owner is nn.Module else optimizer_of(made)).zero_grad(**options)
    return made.weight.grad, gradient


@fault("zero_grad() of an optimizer leaves zeros by default.", witness=lambda: _zeros())
def optimizer_leaves_zeros(patch):
    zero_grad = torch.optim.Optimizer.zero_grad
    patch(
        torch.optim.Optimizer,
        "zero_grad",
        lambda self, set_to_none=False: zero_grad(self, set_to_none),
    )


def _zeros():
    return left(torch.optim.Optimizer)[0] is not None


@fault(
    "zero_grad() of a module leaves zeros by default.",
    witness=lambda: left(nn.Module)[0] is not None,
)
def module_leaves_zeros(patch):
    zero_grad = nn.Module.zero_grad
    patch(
        nn.Module,
        "zero_grad",
        lambda self, set_to_none=False: zero_grad(self, set_to_none),
    )


@fault(
    "zero_grad() does nothing.",
    witness=lambda: _kept(),
)
def does_nothing(patch):
    change(patch, lambda original, self, set_to_none: None)


def _kept():
    gradient, old = left(nn.Module)
    return gradient is old


@fault(
    "set_to_none=False is ignored.",
    witness=lambda: left(nn.Module, set_to_none=False)[0] is None,
)
def never_zeros(patch):
    change(patch, lambda original, self, set_to_none: original(self, True))


@fault(
    "set_to_none=True is ignored.",
    witness=lambda: left(nn.Module, set_to_none=True)[0] is not None,
)
def never_none(patch):
    change(patch, lambda original, self, set_to_none: original(self, False))


@fault("zero_grad() returns its owner.", witness=lambda: _returned() is not None)
def returns_self(patch):
    def replace(original, self, set_to_none):
        original(self, set_to_none)
        return self

    change(patch, replace)


def _returned():
    return layer().zero_grad()


@fault(
    "zero_grad() also fills the tensor that it lets go of with zeros.",
    witness=lambda: left(nn.Module)[1].item() == 0,
)
def zeroes_what_it_drops(patch):
    def replace(original, self, set_to_none):
        gradients = [p.grad for p in parameters(self) if p.grad is not None]
        original(self, set_to_none)
        if set_to_none:
            torch._foreach_zero_([g for g in gradients if not g.requires_grad])

    change(patch, replace)


@fault("zero_grad() puts other tensors of zeros in place.", witness=lambda: _other())
def new_zeros(patch):
    def replace(original, self, set_to_none):
        if set_to_none:
            original(self, True)
            return
        for parameter in parameters(self):
            if parameter.grad is not None:
                parameter.grad = torch.zeros_like(parameter.grad.detach())

    change(patch, replace)


def _other():
    gradient, old = left(nn.Module, set_to_none=False)
    return gradient is not old


@fault("zero_grad() passes over frozen parameters.", witness=lambda: _frozen())
def skips_frozen(patch):
    def replace(original, self, set_to_none):
        frozen = [p for p in parameters(self) if not p.requires_grad]
        gradients = [p.grad for p in frozen]
        original(self, set_to_none)
        for parameter, gradient in zip(frozen, gradients):
            parameter.grad = gradient

    change(patch, replace)


def _frozen():
    made = layer().requires_grad_(False)
    made.zero_grad()
    return made.weight.grad is not None


@fault("zero_grad() of a module does not go into children.", witness=lambda: _child())
def not_nested(patch):
    def replace(original, self, set_to_none):
        kept = {p: p.grad for p in self.parameters()}
        original(self, set_to_none)
        own = set(self.parameters(recurse=False))
        for child in self.children():
            own |= set(child.parameters(recurse=False))
        for parameter, gradient in kept.items():
            if parameter not in own:
                parameter.grad = gradient

    change(patch, replace, [nn.Module])


def _child():
    inner = layer()
    nn.Sequential(nn.Sequential(inner)).zero_grad()
    return inner.weight.grad is not None


@fault("An optimizer clears its first group only.", witness=lambda: _second_group())
def first_group_only(patch):
    def replace(original, self, set_to_none):
        kept = [(p, p.grad) for g in self.param_groups[1:] for p in g["params"]]
        values = [None if g is None else g.detach().clone() for _, g in kept]
        original(self, set_to_none)
        for (parameter, gradient), value in zip(kept, values):
            parameter.grad = gradient
            if gradient is not None and not set_to_none:
                gradient.copy_(value)

    change(patch, replace, [torch.optim.Optimizer])


def _second_group():
    made = layer()
    groups = [{"params": [made.bias]}, {"params": [made.weight]}]
    torch.optim.SGD(groups, lr=1.0).zero_grad()
    return made.weight.grad is not None


@fault("An optimizer forgets groups that were added.", witness=lambda: _added())
def forgets_added(patch):
    add = torch.optim.Optimizer.add_param_group

    def broken(self, group):
        add(self, group)
        self.count = getattr(self, "count", 0) + 1

    def replace(original, self, set_to_none):
        groups = self.param_groups
        if getattr(self, "count", 1) == 2:
            self.param_groups = groups[:1]
        try:
            original(self, set_to_none)
        finally:
            self.param_groups = groups

    patch(torch.optim.Optimizer, "add_param_group", broken)
    change(patch, replace, [torch.optim.Optimizer])


def _added():
    made = layer()
    optimizer = torch.optim.SGD([made.bias], lr=1.0)
    optimizer.add_param_group({"params": [made.weight]})
    optimizer.zero_grad()
    return made.weight.grad is not None


@fault("zero_grad() stops at the first missing gradient.", witness=lambda: _stops())
def needs_gradients(patch):
    def replace(original, self, set_to_none):
        if not set_to_none:
            for parameter in parameters(self):
                parameter.grad.shape  # noqa: B018
        original(self, set_to_none)

    change(patch, replace)


def _stops():
    return raises(lambda: nn.Linear(1, 1).zero_grad(set_to_none=False))


@fault("zero_grad() keeps the gradient in its graph.", witness=lambda: _in_graph())
def keeps_graph(patch):
    def replace(original, self, set_to_none):
        recorded = [p for p in parameters(self) if p.grad is not None]
        flags = [p.grad.requires_grad for p in recorded]
        original(self, set_to_none)
        for parameter, flag in zip(recorded, flags):
            if parameter.grad is not None:
                parameter.grad.requires_grad_(flag)

    change(patch, replace)


def _in_graph():
    made = nn.Linear(1, 1)
    made.weight.grad = torch.ones(1, 1, requires_grad=True) * 2
    made.zero_grad(set_to_none=False)
    return made.weight.grad.requires_grad


@fault("zero_grad() multiplies by zero.", witness=lambda: _nan())
def multiplies(patch):
    def replace(original, self, set_to_none):
        old = [p.grad.detach().clone() for p in parameters(self) if p.grad is not None]
        original(self, set_to_none)
        if not set_to_none:
            cleared = [p.grad for p in parameters(self) if p.grad is not None]
            for gradient, before in zip(cleared, old):
                if not gradient.is_sparse:
                    gradient.add_(before * 0)

    change(patch, replace)


def _nan():
    made = layer()
    made.weight.grad.fill_(float("nan"))
    made.zero_grad(set_to_none=False)
    return made.weight.grad.isnan().item()


@fault("Foreach clears gradients of the first dtype only.", witness=lambda: _dtype())
def first_dtype_only(patch):
    zero = torch._foreach_zero_

    def broken(tensors):
        if tensors[0].dtype == torch.float32:
            zero(tensors)

    patch(torch, "_foreach_zero_", broken)


def _dtype():
    made = layer().double()
    made.weight.grad = torch.ones(1, 1).double()
    optimizer_of(made, foreach=True).zero_grad(set_to_none=False)
    return made.weight.grad.item() == 1


@fault("zero_grad() also takes back the last step.", witness=lambda: _undone())
def undoes(patch):
    def replace(original, self, set_to_none):
        for parameter in parameters(self):
            if parameter.grad is not None:
                parameter.data += parameter.grad.to_dense().nan_to_num().detach()
        original(self, set_to_none)

    change(patch, replace)


def _undone():
    made = layer()
    before = made.weight.item()
    made.zero_grad()
    return made.weight.item() != before


@fault(
    "A backward pass puts its gradient in place of the last.", witness=lambda: _put()
)
def replaces(patch):
    backward = torch.Tensor.backward

    def broken(self, *args, **options):
        todo, seen = [self.grad_fn], set()
        while todo:
            node = todo.pop()
            if node is None or node in seen:
                continue
            seen.add(node)
            if hasattr(node, "variable"):
                node.variable.grad = None
            todo += [before for before, _ in node.next_functions]
        return backward(self, *args, **options)

    patch(torch.Tensor, "backward", broken)


def _put():
    weight = nn.Parameter(torch.ones(1))
    (weight * 2).sum().backward()
    (weight * 3).sum().backward()
    return weight.grad.item() == 3


def change_step(patch, cls):
    """Patch a step to take missing gradients for zeros."""
    step = cls.step

    def broken(self, *args, **options):
        missing = [p for p in parameters(self) if p.grad is None]
        for parameter in missing:
            parameter.grad = torch.zeros_like(parameter)
        try:
            return step(self, *args, **options)
        finally:
            for parameter in missing:
                parameter.grad = None

    broken.hooked = True
    patch(cls, "step", broken)


def resting(cls, **options):
    """Whether a step without gradient moves a parameter on."""
    weight = nn.Parameter(torch.ones(1))
    optimizer = cls([weight], lr=1.0, **options)
    weight.grad = torch.ones(1)
    optimizer.step()
    before = weight.item()
    weight.grad = None
    optimizer.step()
    return weight.item() == before


@fault(
    "SGD takes None for a gradient of zero.",
    witness=lambda: not resting(torch.optim.SGD, momentum=0.5),
)
def sgd_none_is_zero(patch):
    change_step(patch, torch.optim.SGD)


@fault(
    "Adam takes None for a gradient of zero.",
    witness=lambda: not resting(torch.optim.Adam),
)
def adam_none_is_zero(patch):
    change_step(patch, torch.optim.Adam)

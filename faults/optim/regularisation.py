"""Ways to break weight decay, and penalties that are added by hand."""

import importlib

import torch
from torch import nn

from torch_semantics.faults import fault, raises, wrap

SGD_MODULE = importlib.import_module("torch.optim.sgd")
ADAM_MODULE = importlib.import_module("torch.optim.adam")
SGD = torch.optim.SGD


def after(gradient=0.0, kind=SGD, start=8.0, shape=(1,), **options):
    """Where one step from a gradient leads."""
    weight = nn.Parameter(torch.full(shape, start))
    weight.grad = torch.full(shape, gradient)
    kind([weight], lr=0.5, **options).step()
    return weight.flatten()[0].item()


def change(patch, module, name, replace):
    """Patch the function behind an optimizer."""
    formula = getattr(module, name)
    patch(
        module, name, lambda *lists, **options: replace(formula, list(lists), options)
    )


@fault("SGD ignores weight decay.", witness=lambda: after(weight_decay=0.25) == 8)
def sgd_ignores(patch):
    def replace(formula, lists, options):
        formula(*lists, **{**options, "weight_decay": 0})

    change(patch, SGD_MODULE, "sgd", replace)


@fault("SGD decays twice as fast.", witness=lambda: after(weight_decay=0.25) == 6)
def sgd_twice(patch):
    def replace(formula, lists, options):
        formula(*lists, **{**options, "weight_decay": 2 * options["weight_decay"]})

    change(patch, SGD_MODULE, "sgd", replace)


@fault(
    "SGD with foreach ignores weight decay.",
    witness=lambda: after(weight_decay=0.25, foreach=True) == 8,
)
def foreach_ignores(patch):
    def replace(formula, lists, options):
        decay = 0 if options["foreach"] else options["weight_decay"]
        formula(*lists, **{**options, "weight_decay": decay})

    change(patch, SGD_MODULE, "sgd", replace)


@fault("SGD shrinks towards one.", witness=lambda: after(weight_decay=0.25) == 7.125)
def towards_one(patch):
    def replace(formula, lists, options):
        decay = options["weight_decay"]
        lists[1] = [g - decay for g in lists[1]] if decay else lists[1]
        formula(*lists, **options)

    change(patch, SGD_MODULE, "sgd", replace)


@fault("SGD spares biases.", witness=lambda: after(weight_decay=0.25) == 8)
def sgd_spares_vectors(patch):
    def replace(formula, lists, options):
        decay = options["weight_decay"]
        lists[1] = [
            g - decay * p if decay and p.dim() == 1 else g for p, g in zip(*lists[:2])
        ]
        formula(*lists, **options)

    change(patch, SGD_MODULE, "sgd", replace)


@fault("The decay shows in the gradient.", witness=lambda: _shows())
def shows_in_gradient(patch):
    def replace(formula, lists, options):
        for parameter, gradient in zip(lists[0], lists[1]):
            gradient.add_(parameter, alpha=options["weight_decay"])
        formula(*lists, **{**options, "weight_decay": 0})

    change(patch, SGD_MODULE, "sgd", replace)


def _shows():
    weight = nn.Parameter(torch.ones(1))
    weight.grad = torch.zeros(1)
    SGD([weight], lr=1.0, weight_decay=0.5).step()
    return weight.grad.item() == 0.5


@fault("A group's own weight decay is ignored.", witness=lambda: _own_ignored())
def ignores_own(patch):
    add = torch.optim.Optimizer.add_param_group

    def broken(self, group):
        add(self, group)
        group["weight_decay"] = self.defaults.get("weight_decay", 0)

    patch(torch.optim.Optimizer, "add_param_group", broken)


def _own_ignored():
    weight = nn.Parameter(torch.ones(1))
    group = {"params": [weight], "weight_decay": 0.0}
    optimizer = SGD([group], lr=1.0, weight_decay=0.5)
    return optimizer.param_groups[0]["weight_decay"] == 0.5


@fault(
    "The weight decay of Adam is decoupled.",
    witness=lambda: after(kind=torch.optim.Adam, weight_decay=0.25) == 7,
)
def adam_decoupled(patch):
    def replace(formula, lists, options):
        formula(*lists, **{**options, "decoupled_weight_decay": True})

    change(patch, ADAM_MODULE, "adam", replace)


@fault(
    "The weight decay of AdamW is a gradient.",
    witness=lambda: after(kind=torch.optim.AdamW, weight_decay=0.25) > 7.1,
)
def adamw_coupled(patch):
    def replace(formula, lists, options):
        formula(*lists, **{**options, "decoupled_weight_decay": False})

    change(patch, ADAM_MODULE, "adam", replace)


class Sign(torch.autograd.Function):
    """The absolute value, whose gradient at zero is one."""

    @staticmethod
    def forward(ctx, tensor):
        """Return the absolute value."""
        ctx.save_for_backward(tensor)
        return tensor.detach().abs()

    @staticmethod
    def backward(ctx, gradient):
        """Take zero for a positive number."""
        (tensor,) = ctx.saved_tensors
        return gradient * torch.where(tensor >= 0, 1.0, -1.0)


@fault("The absolute value climbs at zero.", witness=lambda: _at_zero() == 1)
def climbs_at_zero(patch):
    patch(torch, "abs", Sign.apply)


def _at_zero():
    tensor = torch.zeros(1, requires_grad=True)
    torch.abs(tensor).sum().backward()
    return tensor.grad.item()


@fault("The absolute value has no gradient.", witness=lambda: _no_gradient())
def abs_detaches(patch):
    wrap(patch, torch.Tensor, "abs", lambda original, self: original(self.detach()))


def _no_gradient():
    return not torch.ones(1, requires_grad=True).abs().requires_grad


@fault(
    "The gradient of a norm of order 1 is spread over its length.",
    witness=lambda: _spread(),
)
def norm_spreads(patch):
    def broken(original, tensor, order=2, *args, **options):
        return original(tensor, 2 if order == 1 else order, *args, **options)

    wrap(patch, torch.linalg, "vector_norm", broken)


def _spread():
    return torch.linalg.vector_norm(torch.tensor([3.0, 4.0]), 1).item() == 5


@fault("Frozen parameters get gradients too.", witness=lambda: _frozen())
def thaws(patch):
    parameters = nn.Module.parameters

    def broken(self, recurse=True):
        for parameter in parameters(self, recurse):
            yield parameter.requires_grad_()

    patch(nn.Module, "parameters", broken)


def _frozen():
    layer = nn.Linear(1, 1).requires_grad_(False)
    return next(iter(layer.parameters())).requires_grad


@fault(
    "SGD takes any keyword.",
    witness=lambda: not raises(lambda: SGD([torch.ones(1)], lr=1.0, l1=0.5)),
)
def takes_anything(patch):
    init = SGD.__init__

    def broken(self, *args, l1=None, **options):
        init(self, *args, **options)

    patch(SGD, "__init__", broken)


@fault("A step stops a weight at zero.", witness=lambda: after(20.0) == 0.0)
def stops_at_zero(patch):
    def replace(formula, lists, options):
        old = [p.detach().clone() for p in lists[0]]
        formula(*lists, **options)
        for parameter, before in zip(lists[0], old):
            parameter.masked_fill_(parameter.sign() * before.sign() <= 0, 0.0)

    change(patch, SGD_MODULE, "sgd", replace)


@fault("Weight decay reaches running statistics.", witness=lambda: _buffers())
def decays_buffers(patch):
    found = []
    register = nn.Module.register_buffer

    def remember(self, name, tensor, *args, **options):
        register(self, name, tensor, *args, **options)
        found.append((self, name))

    step = SGD.step

    def broken(self, *args, **options):
        result = step(self, *args, **options)
        for owner, name in found:
            if owner._buffers[name] is not None and "running" in name:
                owner._buffers[name].mul_(0.5)
        return result

    broken.hooked = True
    patch(nn.Module, "register_buffer", remember)
    patch(SGD, "step", broken)


def _buffers():
    norm = nn.BatchNorm1d(1)
    SGD(norm.parameters(), lr=1.0).step()
    return norm.running_var.item() == 0.5


@fault(
    "An averaged model leaves its buffers.",
    witness=lambda: _buffers_after() == [0],
)
def buffers_stay(patch):
    averaged = torch.optim.swa_utils.AveragedModel
    update = averaged.update_parameters

    def broken(self, model):
        old = [buffer.clone() for buffer in self.module.buffers()]
        update(self, model)
        for buffer, values in zip(self.module.buffers(), old):
            buffer.copy_(values)

    patch(averaged, "update_parameters", broken)


def _buffers_after():
    model = nn.BatchNorm1d(1)
    averaged = torch.optim.swa_utils.AveragedModel(model)
    model.running_mean.fill_(2.0)
    averaged.update_parameters(model)
    return averaged.module.running_mean.tolist()

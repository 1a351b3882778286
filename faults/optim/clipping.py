"""Ways to break the clipping of gradients."""

import importlib

import torch
from torch import nn
from torch.nn import utils

from torch_semantics.faults import fault, raises, warns

MODULE = importlib.import_module("torch.nn.utils.clip_grad")


def made(*gradients):
    """Parameters with these gradients."""
    result = []
    for gradient in gradients:
        result.append(nn.Parameter(torch.zeros(len(gradient))))
        result[-1].grad = torch.tensor(gradient)
    return result


def held(parameters):
    """What was given for parameters, as a list."""
    return [parameters] if isinstance(parameters, torch.Tensor) else list(parameters)


def change(patch, name, replace):
    """Patch a function of clipping with one that gets the original first."""
    original = getattr(MODULE, name)

    def broken(*args, **options):
        return replace(original, *args, **options)

    patch(MODULE, name, broken)
    patch(utils, name, broken)


def change_norm(patch, replace):
    """Patch clip_grad_norm_: replace gets the original and a list."""

    def broken(original, parameters, max_norm, *args, **options):
        return replace(original, held(parameters), max_norm, *args, **options)

    change(patch, "clip_grad_norm_", broken)


def scaled(limit, *gradients, **options):
    """The norm that clipping returns, and the first gradient after it."""
    parameters = made(*gradients)
    norm = utils.clip_grad_norm_(parameters, limit, **options)
    return norm, parameters[0].grad


@fault(
    "The norm from after clipping is returned.",
    witness=lambda: scaled(1.0, [3.0, 4.0])[0].item() < 2,
)
def returns_new_norm(patch):
    def replace(original, parameters, max_norm, *args, **options):
        norm = original(parameters, max_norm, *args, **options)
        return norm.clamp(max=float(max_norm))

    change_norm(patch, replace)


@fault(
    "Clipping also makes small gradients larger.",
    witness=lambda: scaled(10.0, [3.0, 4.0])[1][0].item() > 3,
)
def amplifies(patch):
    def replace(original, parameters, max_norm, *args, **options):
        norm = original(parameters, max_norm, *args, **options)
        for parameter in parameters:
            if parameter.grad is not None and 0 < norm < float(max_norm):
                parameter.grad.detach().mul_(float(max_norm) / norm)
        return norm

    change_norm(patch, replace)


@fault("Each gradient is clipped by itself.", witness=lambda: _alone() == 3)
def each_alone(patch):
    def replace(original, parameters, *args, **options):
        norms = [original([p], *args, **options) for p in parameters]
        return max(norms, default=torch.tensor(0.0))

    change_norm(patch, replace)


def _alone():
    return round(scaled(3.0, [3.0], [4.0])[1].item(), 3)


@fault("Gradients are replaced by clipped ones.", witness=lambda: _replaced())
def not_in_place(patch):
    def replace(original, parameters, *args, **options):
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad = parameter.grad.clone()
        return original(parameters, *args, **options)

    change_norm(patch, replace)


def _replaced():
    (parameter,) = made([3.0])
    gradient = parameter.grad
    utils.clip_grad_norm_([parameter], 1.0)
    return parameter.grad is not gradient


@fault("Clipping by value replaces gradients.", witness=lambda: _value_replaced())
def value_not_in_place(patch):
    def replace(original, parameters, *args, **options):
        parameters = held(parameters)
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad = parameter.grad.clone()
        return original(parameters, *args, **options)

    change(patch, "clip_grad_value_", replace)


def _value_replaced():
    (parameter,) = made([3.0])
    gradient = parameter.grad
    utils.clip_grad_value_([parameter], 1.0)
    return parameter.grad is not gradient


@fault("Parameters are clipped too.", witness=lambda: _parameter_clipped())
def clips_parameters(patch):
    def replace(original, parameters, *args, **options):
        with torch.no_grad():
            for parameter in parameters:
                parameter.mul_(1.0)
        return original(parameters, *args, **options)

    change_norm(patch, replace)


def _parameter_clipped():
    (parameter,) = made([3.0])
    utils.clip_grad_norm_([parameter], 1.0)
    return parameter._version > 0


@fault("The norm type is ignored.", witness=lambda: _typed() == 5)
def ignores_type(patch):
    def replace(original, parameters, max_norm, norm_type=2.0, **options):
        return original(parameters, max_norm, **options)

    change_norm(patch, replace)


def _typed():
    return scaled(1.0, [3.0, 4.0], norm_type=1)[0].item()


@fault('"inf" is refused.', witness=lambda: raises(lambda: _inf()))
def refuses_inf(patch):
    def replace(original, parameters, max_norm, norm_type=2.0, **options):
        return original(parameters, max_norm, norm_type + 0, **options)

    change_norm(patch, replace)


def _inf():
    return scaled(1.0, [3.0], norm_type="inf")


@fault("A missing gradient ends the clipping.", witness=lambda: raises(_missing))
def needs_all(patch):
    def replace(original, parameters, *args, **options):
        for parameter in parameters:
            parameter.grad.shape  # noqa: B018
        return original(parameters, *args, **options)

    change_norm(patch, replace)


def _missing():
    utils.clip_grad_norm_([nn.Parameter(torch.ones(1))], 1.0)


@fault("Without gradients the norm is None.", witness=lambda: _of_none() is None)
def none_for_zero(patch):
    def replace(original, parameters, *args, **options):
        norm = original(parameters, *args, **options)
        return norm if any(p.grad is not None for p in parameters) else None

    change_norm(patch, replace)


def _of_none():
    return utils.clip_grad_norm_([], 1.0)


@fault("A generator is measured and not clipped.", witness=lambda: _generator() == 3)
def exhausts(patch):
    def replace(original, parameters, max_norm, *args, **options):
        if isinstance(parameters, (torch.Tensor, list, tuple)):
            return original(parameters, max_norm, *args, **options)
        return original(parameters, float("inf"), *args, **options)

    change(patch, "clip_grad_norm_", replace)


def _generator():
    parameters = made([3.0])
    utils.clip_grad_norm_((p for p in parameters), 1.0)
    return parameters[0].grad.item()


@fault(
    "An empty generator brings no warning.",
    witness=lambda: not warns(lambda: utils.clip_grad_norm_((p for p in []), 1.0)),
)
def silent_generator(patch):
    change_norm(patch, lambda original, *args, **options: original(*args, **options))


@fault(
    "A norm that is not finite leaves the gradients alone.",
    witness=lambda: scaled(1.0, [float("inf"), 1.0])[1][1].item() == 1,
)
def spares_infinite(patch):
    def replace(original, parameters, *args, **options):
        old = [None if p.grad is None else p.grad.clone() for p in parameters]
        norm = original(parameters, *args, **options)
        if not norm.isfinite():
            for parameter, gradient in zip(parameters, old):
                parameter.grad.copy_(gradient)
        return norm

    change_norm(patch, replace)


@fault(
    "error_if_nonfinite is ignored.",
    witness=lambda: not raises(_refused),
)
def never_refuses(patch):
    def replace(original, parameters, *args, error_if_nonfinite=False, **options):
        return original(parameters, *args, **options)

    change_norm(patch, replace)


def _refused():
    scaled(1.0, [float("nan")], error_if_nonfinite=True)


@fault(
    "error_if_nonfinite looks for NaN only.",
    witness=lambda: (
        not raises(lambda: scaled(1.0, [float("inf")], error_if_nonfinite=True))
    ),
)
def refuses_nan_only(patch):
    def replace(original, parameters, *args, error_if_nonfinite=False, **options):
        grads = [p.grad for p in parameters if p.grad is not None]
        nan = any(gradient.isnan().any() for gradient in grads)
        return original(
            parameters, *args, error_if_nonfinite=error_if_nonfinite and nan, **options
        )

    change_norm(patch, replace)


@fault("Clipping by value has no lower limit.", witness=lambda: _valued()[0] == -9)
def no_lower_limit(patch):
    def replace(original, parameters, clip_value, **options):
        parameters = held(parameters)
        old = [None if p.grad is None else p.grad.clone() for p in parameters]
        original(parameters, clip_value, **options)
        for parameter, gradient in zip(parameters, old):
            if gradient is not None:
                parameter.grad.copy_(torch.minimum(parameter.grad, gradient))

    change(patch, "clip_grad_value_", replace)


def _valued():
    parameters = made([-9.0, 9.0])
    utils.clip_grad_value_(parameters, 2.0)
    return parameters[0].grad.tolist()


@fault("Clipping by value makes NaN zero.", witness=lambda: _nan_gone())
def value_drops_nan(patch):
    def replace(original, parameters, clip_value, **options):
        parameters = held(parameters)
        original(parameters, clip_value, **options)
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad.nan_to_num_(0.0)

    change(patch, "clip_grad_value_", replace)


def _nan_gone():
    parameters = made([float("nan")])
    utils.clip_grad_value_(parameters, 1.0)
    return parameters[0].grad.item() == 0


@fault("Clipping by value returns the norm.", witness=lambda: _value_result())
def value_returns(patch):
    def replace(original, parameters, clip_value, **options):
        original(parameters, clip_value, **options)
        return torch.tensor(0.0)

    change(patch, "clip_grad_value_", replace)


def _value_result():
    return utils.clip_grad_value_(made([1.0]), 1.0) is not None


@fault("Without foreach only the first gradient is clipped.", witness=lambda: _first())
def single_first_only(patch):
    def replace(original, parameters, max_norm, *args, foreach=None, **options):
        if foreach is not False:
            return original(parameters, max_norm, *args, foreach=foreach, **options)
        old = [p.grad.clone() for p in parameters]
        norm = original(parameters, max_norm, *args, foreach=foreach, **options)
        for parameter, gradient in list(zip(parameters, old))[1:]:
            parameter.grad.copy_(gradient)
        return norm

    change_norm(patch, replace)


def _first():
    parameters = made([3.0], [4.0])
    utils.clip_grad_norm_(parameters, 1.0, foreach=False)
    return parameters[1].grad.item() == 4


@fault("clip_grads_with_norm_ measures again.", witness=lambda: _measures())
def measures_again(patch):
    def replace(original, parameters, max_norm, total_norm, **options):
        norm = utils.get_total_norm([p.grad for p in parameters])
        return original(parameters, max_norm, norm, **options)

    original = utils.clip_grads_with_norm_
    patch(
        utils,
        "clip_grads_with_norm_",
        lambda *args, **options: replace(original, *args, **options),
    )


def _measures():
    parameters = made([3.0])
    utils.clip_grads_with_norm_(parameters, 1.0, torch.tensor(2.0))
    return parameters[0].grad.item() < 1.2


@fault(
    "clip_grad_norm brings no warning.",
    witness=lambda: not warns(lambda: utils.clip_grad_norm(made([3.0]), 1.0)),
)
def no_deprecation(patch):
    patch(utils, "clip_grad_norm", MODULE.clip_grad_norm_)


@fault("The norm is returned with its graph.", witness=lambda: _graph())
def norm_with_graph(patch):
    def replace(original, parameters, *args, **options):
        norm = original(parameters, *args, **options)
        if any(p.grad is not None and p.grad.requires_grad for p in parameters):
            return norm.requires_grad_()
        return norm

    change_norm(patch, replace)


def _graph():
    (parameter,) = made([3.0])
    parameter.grad = torch.ones(1, requires_grad=True) * 2
    return utils.clip_grad_norm_([parameter], 9.0).requires_grad


@fault("The norm is always float64.", witness=lambda: _half_norm())
def rounds_norm(patch):
    def replace(original, parameters, *args, **options):
        return original(parameters, *args, **options).double()

    change_norm(patch, replace)


def _half_norm():
    return scaled(1.0, [3.0])[0].dtype == torch.float64

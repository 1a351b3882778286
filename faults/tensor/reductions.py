"""Ways to break reductions: dimensions, dtypes, no elements, nan, spread."""

import math

import torch

from torch_semantics.faults import both, fault, raises, wrap


def tensor(*elements, **options):
    return torch.tensor(elements, **options)


@fault(
    "sum() ignores keepdim=.",
    witness=lambda: torch.ones(1, 2).sum(1, keepdim=True).dim() == 1,
)
def sum_ignores_keepdim(patch):
    both(patch, "sum", lambda f, *a, keepdim=False, **k: f(*a, **k))


@fault(
    "The method sum() of integers keeps their dtype.",
    witness=lambda: tensor(1, dtype=torch.uint8).sum().dtype is torch.uint8,
)
def sum_keeps_integers(patch):
    wrap(
        patch,
        torch.Tensor,
        "sum",
        lambda f, x, *a, dtype=None, **k: f(x, *a, dtype=dtype or x.dtype, **k),
    )


@fault(
    "sum() adds first and converts to dtype= then.",
    witness=lambda: tensor(1.5, 1.5).sum(dtype=torch.int64).item() == 3,
)
def sum_converts_last(patch):
    def change(f, x, *a, dtype=None, **k):
        result = f(x, *a, **k)
        return result if dtype is None else result.to(dtype)

    both(patch, "sum", change)


@fault(
    "sum() of a tuple of dimensions reduces the first alone.",
    witness=lambda: torch.ones(2, 2).sum((0, 1)).dim() == 1,
)
def sum_reduces_one_dimension(patch):
    def change(f, x, *a, **k):
        if a and isinstance(a[0], tuple) and a[0]:
            return f(x, a[0][0], *a[1:], **k)
        return f(x, *a, **k)

    wrap(patch, torch.Tensor, "sum", change)


@fault(
    "sum() lets a dimension be named twice.",
    witness=lambda: not raises(lambda: torch.ones(2, 2).sum((0, -2))),
)
def sum_takes_a_dimension_twice(patch):
    def change(f, x, *a, **k):
        if a and isinstance(a[0], tuple) and x.dim():
            return f(x, tuple({dim % x.dim() for dim in a[0]}), *a[1:], **k)
        return f(x, *a, **k)

    wrap(patch, torch.Tensor, "sum", change)


@fault(
    "A dimension out of range wraps around.",
    witness=lambda: not raises(lambda: torch.ones(2, 2).sum(2)),
)
def dimensions_wrap(patch):
    def change(f, x, *a, **k):
        if a and isinstance(a[0], int) and x.dim():
            return f(x, a[0] % x.dim(), *a[1:], **k)
        return f(x, *a, **k)

    wrap(patch, torch.Tensor, "sum mean", change)


@fault(
    "sum() along a dimension of size 1 is a view.",
    witness=lambda: (lambda x: x.sum(1).data_ptr() == x.data_ptr())(torch.ones(2, 1)),
)
def sum_of_one_is_a_view(patch):
    def change(f, x, *a, **k):
        if a == (1,) and not k and x.shape[1:] == (1,) and x.dtype.is_floating_point:
            return x.squeeze(1)
        return f(x, *a, **k)

    wrap(patch, torch.Tensor, "sum", change)


@fault(
    "mean() takes integers and gives floats.",
    witness=lambda: not raises(lambda: tensor(1, 2).mean()),
)
def mean_takes_integers(patch):
    def change(f, x, *a, dtype=None, **k):
        if dtype is None and not (x.dtype.is_floating_point or x.dtype.is_complex):
            dtype = torch.float32
        return f(x, *a, dtype=dtype, **k)

    both(patch, "mean", change)


@fault(
    "mean() of no elements is 0.",
    witness=lambda: torch.zeros(0).mean().item() == 0,
)
def mean_of_nothing_is_zero(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        return torch.zeros_like(result) if not x.numel() else result

    both(patch, "mean", change)


@fault(
    "nansum() of nothing but nan is nan.",
    witness=lambda: math.isnan(tensor(math.nan).nansum().item()),
)
def nansum_of_nan_is_nan(patch):
    def change(f, x, *a, **k):
        nothing = x.isnan().all(*a[:1])
        return torch.where(nothing, math.nan, f(x, *a, **k))

    wrap(patch, torch.Tensor, "nansum", change)


@fault(
    "amax() leaves nan out.",
    witness=lambda: tensor(1.0, math.nan).amax().item() == 1,
)
def amax_leaves_nan_out(patch):
    def change(f, x, *a, **k):
        if x.dtype.is_floating_point and not x.requires_grad:
            x = torch.nan_to_num(x, nan=-math.inf)
        return f(x, *a, **k)

    both(patch, "amax", change)


@fault(
    "amax() of no elements is -inf.",
    witness=lambda: not raises(lambda: torch.zeros(0).amax()),
)
def amax_of_nothing(patch):
    def change(f, x, *a, **k):
        if not x.numel() and not a and not k:
            return torch.tensor(-math.inf)
        return f(x, *a, **k)

    both(patch, "amax", change)


@fault(
    "amax() sends its gradient to the first of equal extremes.",
    witness=lambda: _amax_gradient() == [1, 0],
)
def amax_gradient_goes_to_the_first(patch):
    def change(f, x, *a, **k):
        return x.max(0).values if x.requires_grad and x.dim() == 1 else f(x, *a, **k)

    both(patch, "amax amin", change)


def _amax_gradient():
    x = tensor(1.0, 1.0, requires_grad=True)
    return torch.autograd.grad(torch.amax(x, 0), x)[0].tolist()


@fault(
    "all() of uint8 is bool.",
    witness=lambda: tensor(1, dtype=torch.uint8).all().dtype is torch.bool,
)
def all_of_bytes_is_bool(patch):
    both(patch, "all any", lambda f, x, *a, **k: f(x, *a, **k).bool())


@fault("any() takes nan for false.", witness=lambda: not tensor(math.nan).any().item())
def any_takes_nan_for_false(patch):
    both(patch, "any all", lambda f, x, *a, **k: f(torch.nan_to_num(x), *a, **k))


@fault(
    "all() takes a tuple of dimensions for the first of them.",
    witness=lambda: torch.ones(2, 2).all(dim=(0, 1)).dim() == 1,
)
def all_reduces_one_dimension(patch):
    def change(f, x, *a, dim=None, **k):
        if dim is None:
            return f(x, *a, **k)
        return f(x, *a, dim=dim[0] if isinstance(dim, tuple) else dim, **k)

    both(patch, "all any", change)


@fault(
    "argmax() gives the last of equal extremes.",
    witness=lambda: tensor(1, 1).argmax().item() == 1,
)
def argmax_gives_the_last(patch):
    def change(f, x, *a, **k):
        if a or k or not x.numel() or x.dtype.is_complex or x.dtype is torch.bool:
            return f(x, *a, **k)
        return x.numel() - 1 - f(x.flatten().flip(0))

    both(patch, "argmax", change)


@fault(
    "argmin() leaves nan out.",
    witness=lambda: tensor(1.0, math.nan).argmin().item() == 0,
)
def argmin_leaves_nan_out(patch):
    def change(f, x, *a, **k):
        if x.dtype.is_floating_point:
            x = torch.nan_to_num(x, nan=math.inf, neginf=-math.inf)
        return f(x, *a, **k)

    both(patch, "argmin", change)


@fault(
    "argmax() takes bools.",
    witness=lambda: not raises(lambda: tensor(True).argmax()),
)
def argmax_takes_bools(patch):
    def change(f, x, *a, **k):
        return f(x.long() if x.dtype is torch.bool else x, *a, **k)

    both(patch, "argmax", change)


@fault(
    "argmax() of no elements is 0.",
    witness=lambda: not raises(lambda: torch.zeros(0).argmax()),
)
def argmax_of_nothing_is_zero(patch):
    def change(f, x, *a, **k):
        if not x.numel() and not a and not k:
            return torch.tensor(0)
        return f(x, *a, **k)

    both(patch, "argmax", change)


@fault(
    "var() divides by n, as NumPy does.",
    witness=lambda: tensor(1.0, 5.0).var().item() == 4,
)
def var_divides_by_n(patch):
    def change(f, x, *a, **k):
        return f(x, *a, **({"unbiased": False} | k if "correction" not in k else k))

    both(patch, "var", change)


@fault(
    "correction= makes no difference.",
    witness=lambda: tensor(1.0, 5.0).var(0, correction=0).item() == 8,
)
def var_ignores_correction(patch):
    both(patch, "var std", lambda f, *a, correction=1, **k: f(*a, **k))


@fault(
    "var() of one element is 0.",
    witness=lambda: tensor(1.0).var().item() == 0,
)
def var_of_one_is_zero(patch):
    both(patch, "var", lambda f, *a, **k: torch.nan_to_num(f(*a, **k)))


@fault(
    "var() of complex numbers is complex.",
    witness=lambda: tensor(1j, 0j).var().dtype.is_complex,
)
def variance_stays_complex(patch):
    both(patch, "var", lambda f, x, *a, **k: f(x, *a, **k).to(x.dtype))


@fault(
    "std_mean() gives the mean first.",
    witness=lambda: torch.std_mean(tensor(1.0, 5.0), 0, unbiased=False)[0].item() == 3,
)
def mean_comes_first(patch):
    wrap(patch, torch, "std_mean var_mean", lambda f, *a, **k: f(*a, **k)[::-1])


@fault(
    "cumsum() starts with 0.",
    witness=lambda: tensor(1, 2).cumsum(0).tolist() == [0, 1],
)
def cumsum_is_exclusive(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        return result - x

    both(patch, "cumsum", change)


@fault(
    "logsumexp() overflows.",
    witness=lambda: tensor(1000.0).logsumexp(0).item() == math.inf,
)
def logsumexp_overflows(patch):
    both(patch, "logsumexp", lambda f, x, *a, **k: x.exp().sum(*a, **k).log())


@fault(
    "The gradient of a mean is not divided.",
    witness=lambda: _mean_gradient() == [1, 1],
)
def mean_gradient_is_a_sum(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        if x.requires_grad and not a:
            return x.sum() + (result - x.sum()).detach()
        return result

    both(patch, "mean", change)


def _mean_gradient():
    x = tensor(1.0, 1.0, requires_grad=True)
    return torch.autograd.grad(x.mean(), x)[0].tolist()


@fault(
    "count_nonzero() does not count nan.",
    witness=lambda: torch.count_nonzero(tensor(math.nan)).item() == 0,
)
def nan_is_not_counted(patch):
    both(patch, "count_nonzero", lambda f, x, *a, **k: f(torch.nan_to_num(x), *a, **k))


@fault(
    "argmin() gives the last of equal extremes.",
    witness=lambda: tensor(1, 1).argmin().item() == 1,
)
def argmin_gives_the_last(patch):
    def change(f, x, *a, **k):
        if a or k or not x.numel() or x.dtype.is_complex or x.isnan().any():
            return f(x, *a, **k)
        return x.numel() - 1 - f(x.flatten().flip(0))

    both(patch, "argmin", change)


@fault(
    "var_mean() and std_mean() give a list.",
    witness=lambda: isinstance(torch.var_mean(tensor(1.0, 2.0)), list),
)
def variance_and_mean_are_a_list(patch):
    wrap(patch, torch, "var_mean std_mean", lambda f, *a, **k: list(f(*a, **k)))


@fault(
    "cumprod() leaves nan out.",
    witness=lambda: tensor(math.nan, 2.0).cumprod(0).tolist() == [1, 2],
)
def cumprod_leaves_nan_out(patch):
    def change(f, x, *a, **k):
        if x.dtype.is_floating_point:
            x = torch.nan_to_num(x, nan=1.0)
        return f(x, *a, **k)

    both(patch, "cumprod", change)


@fault(
    "logsumexp() of equal infinities is nan.",
    witness=lambda: math.isnan(tensor(math.inf, math.inf).logsumexp(0).item()),
)
def logsumexp_subtracts_infinities(patch):
    def change(f, x, dim, **k):
        largest = x.amax(dim, keepdim=True)
        return (x - largest).exp().sum(dim, **k).log() + largest.squeeze(dim)

    both(patch, "logsumexp", change)

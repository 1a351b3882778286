"""Ways to break sorting and selection: order, ties, nan, ranges of k, conditions."""

import math

import torch

from torch_semantics.faults import both, fault, raises, wrap


def tensor(*elements, **options):
    return torch.tensor(elements, **options)


def named(like, values, indices):
    """Return a named tuple of the type of another."""
    return type(like)((values, indices))


@fault(
    "sort() without a dimension sorts along the first.",
    witness=lambda: torch.sort(tensor([2, 1]))[0].tolist() == [[2, 1]],
)
def sort_defaults_to_the_first_dimension(patch):
    def change(f, x, *a, **k):
        if not a and "dim" not in k and x.dim() and "out" not in k:
            k["dim"] = 0
        return f(x, *a, **k)

    both(patch, "sort argsort", change)


@fault(
    "sort() ignores descending=.",
    witness=lambda: tensor(1, 2).sort(descending=True)[0].tolist() == [1, 2],
)
def sort_ignores_descending(patch):
    both(patch, "sort", lambda f, *a, descending=False, **k: f(*a, **k))


@fault(
    "A stable descending sort reverses equal elements.",
    witness=lambda: (
        torch.sort(tensor(1, 1), stable=True, descending=True)[1].tolist() == [1, 0]
    ),
)
def stable_descending_reverses_ties(patch):
    def change(f, x, *a, stable=None, descending=False, **k):
        if stable and descending and x.dim() == 1:
            result = f(x, *a, stable=True, **k)
            if isinstance(result, torch.Tensor):
                return result.flip(0)
            return named(result, result[0].flip(0), result[1].flip(0))
        if stable is None:
            return f(x, *a, descending=descending, **k)
        return f(x, *a, stable=stable, descending=descending, **k)

    both(patch, "sort argsort", change)


@fault(
    "argsort() always is stable.",
    witness=lambda: torch.zeros(100).argsort().tolist() == list(range(100)),
)
def argsort_is_stable(patch):
    def change(f, x, *a, stable=None, **k):
        return x.sort(*a, stable=True, **k)[1] if not a else f(x, *a, **k)

    wrap(patch, torch.Tensor, "argsort", change)


@fault(
    "nan is sorted before all numbers.",
    witness=lambda: tensor(1.0, math.nan).argsort().tolist() == [1, 0],
)
def nan_comes_first(patch):
    def change(f, x, *a, **k):
        return f(torch.nan_to_num(x, nan=-1e30), *a, **k)

    both(patch, "argsort", change)


@fault(
    "sort() of a tensor without dimensions returns the tensor.",
    witness=lambda: (lambda x: x.sort()[0] is x)(torch.tensor(1.0)),
)
def sort_of_one_aliases(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        return named(result, x, result[1]) if not x.dim() else result

    both(patch, "sort", change)


@fault("msort() sorts along the last dimension.", witness=lambda: not _msort_works())
def msort_sorts_rows(patch):
    both(patch, "msort", lambda f, x: x.sort(-1)[0])


def _msort_works():
    return torch.msort(tensor([2, 1], [0, 3])).tolist() == [[0, 1], [2, 3]]


@fault(
    "topk() gives the largest in ascending order.",
    witness=lambda: tensor(1, 2).topk(2)[0].tolist() == [1, 2],
)
def topk_ascends(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        if x.dim() != 1:
            return result
        return named(result, result[0].flip(0), result[1].flip(0))

    both(patch, "topk", change)


@fault(
    "topk() takes a k that is too large for all.",
    witness=lambda: not raises(lambda: tensor(1, 2).topk(3)),
)
def topk_limits_k(patch):
    def change(f, x, k, *a, **options):
        size = x.shape[-1] if x.dim() and not a and "dim" not in options else k
        return f(x, min(k, size), *a, **options)

    wrap(patch, torch.Tensor, "topk", change)


@fault(
    "topk() takes nan for the smallest.",
    witness=lambda: tensor(1.0, math.nan).topk(1)[1].tolist() == [0],
)
def topk_takes_nan_last(patch):
    def change(f, x, *a, **k):
        return f(torch.nan_to_num(x, nan=-1e30), *a, **k)

    both(patch, "topk", change)


@fault(
    "kthvalue() counts from the largest.",
    witness=lambda: tensor(1, 2).kthvalue(1)[0].item() == 2,
)
def kthvalue_counts_down(patch):
    def change(f, x, k, *a, **options):
        size = x.shape[-1] if x.dim() else 1
        return f(x, size - k + 1 if 0 < k <= size else k, *a, **options)

    both(patch, "kthvalue", change)


@fault(
    "kthvalue() counts from 0.",
    witness=lambda: not raises(lambda: tensor(1, 2).kthvalue(0)),
)
def kthvalue_counts_from_zero(patch):
    wrap(patch, torch.Tensor, "kthvalue", lambda f, x, k, *a, **o: f(x, k + 1, *a, **o))


@fault(
    "median() gives the upper of the two in the middle.",
    witness=lambda: tensor(1, 2).median().item() == 2,
)
def median_is_the_upper(patch):
    def change(f, x, *a, **k):
        if a or k or not x.numel():
            return f(x, *a, **k)
        return x.flatten().sort()[0][x.numel() // 2]

    both(patch, "median", change)


@fault(
    "median() leaves nan out.",
    witness=lambda: tensor(1.0, math.nan).median().item() == 1,
)
def median_leaves_nan_out(patch):
    both(patch, "median", lambda f, *a, **k: torch.nanmedian(*a, **k))


@fault(
    "max(dim) gives the last of equal extremes.",
    witness=lambda: tensor(1, 1).max(0)[1].item() == 1,
)
def max_gives_the_last(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        if a and isinstance(a[0], int) and x.dim() and x.shape[a[0]] and not k:
            last = x.shape[a[0]] - 1 - torch.argmax(x.flip(a[0]), a[0])
            return named(result, result[0], last)
        return result

    both(patch, "max", change)


@fault(
    "min(dim) leaves nan out.",
    witness=lambda: tensor(1.0, math.nan).min(0)[0].item() == 1,
)
def min_leaves_nan_out(patch):
    def change(f, x, *a, **k):
        return f(torch.nan_to_num(x, nan=math.inf), *a, **k)

    both(patch, "min", change)


@fault(
    "max(dim) gives a plain tuple.",
    witness=lambda: not hasattr(tensor(1).max(0), "values"),
)
def max_gives_a_plain_tuple(patch):
    def change(f, *a, **k):
        result = f(*a, **k)
        return tuple(result) if isinstance(result, tuple) else result

    both(patch, "max", change)


@fault(
    "max() of no elements is -inf.",
    witness=lambda: not raises(lambda: torch.zeros(0).max()),
)
def max_of_nothing(patch):
    def change(f, x, *a, **k):
        return f(x, *a, **k) if x.numel() or a or k else torch.tensor(-math.inf)

    both(patch, "max", change)


@fault(
    "max() of two tensors compares their largest elements.",
    witness=lambda: torch.max(tensor(1, 5), tensor(3, 2)).dim() == 0,
)
def max_of_two_is_one(patch):
    def change(f, x, *a, **k):
        if a and isinstance(a[0], torch.Tensor):
            return torch.maximum(x.amax(), a[0].amax())
        return f(x, *a, **k)

    both(patch, "max", change)


@fault(
    "unique() keeps the order of first appearance.",
    witness=lambda: torch.unique(tensor(2, 1)).tolist() == [2, 1],
)
def unique_does_not_sort(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        return (
            result.flip(0)
            if isinstance(result, torch.Tensor)
            else (
                result[0].flip(0),
                *result[1:],
            )
        )

    both(patch, "unique", change)


@fault(
    "unique() takes every nan for one value.",
    witness=lambda: tensor(math.nan, math.nan).unique().numel() == 1,
)
def unique_joins_nan(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        if isinstance(result, torch.Tensor) and result.dtype.is_floating_point:
            numbers = result[~result.isnan()]
            return torch.cat([numbers, result[result.isnan()][:1]])
        return result

    wrap(patch, torch.Tensor, "unique", change)


@fault(
    "where() takes the sides the other way round.",
    witness=lambda: torch.where(tensor(True), tensor(1), tensor(2)).item() == 2,
)
def where_swaps_its_sides(patch):
    def change(f, c, *sides, **k):
        return f(c, *reversed(sides), **k)

    wrap(patch, torch, "where", change)


@fault(
    "where() lets nan of the other side through.",
    witness=lambda: (
        torch.where(tensor(True), tensor(1.0), tensor(math.nan)).isnan().item()
    ),
)
def where_multiplies(patch):
    def change(f, c, *sides, **k):
        if len(sides) == 2 and c.dtype is torch.bool:
            return c * sides[0] + ~c * sides[1]
        return f(c, *sides, **k)

    wrap(patch, torch, "where", change)


@fault(
    "where() takes a condition of any dtype.",
    witness=lambda: not raises(lambda: torch.where(tensor(1), tensor(1), tensor(2))),
)
def where_takes_any_condition(patch):
    def change(f, c, *sides, **k):
        if sides and isinstance(c, torch.Tensor) and c.dtype is not torch.uint8:
            c = c != 0
        return f(c, *sides, **k)

    wrap(patch, torch, "where", change)


@fault(
    "where() keeps the dtype of its first side.",
    witness=lambda: (
        torch.where(tensor(True), tensor(1), tensor(2.5)).dtype is torch.int64
    ),
)
def where_does_not_promote(patch):
    def change(f, c, *sides, **k):
        result = f(c, *sides, **k)
        if sides and isinstance(sides[0], torch.Tensor):
            return result.to(sides[0].dtype)
        return result

    wrap(patch, torch, "where", change)


@fault(
    "min(dim) gives the last of equal extremes.",
    witness=lambda: torch.min(tensor(1, 1), 0)[1].item() == 1,
)
def min_gives_the_last(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        if not a or not isinstance(a[0], int) or not x.numel() or x.isnan().any():
            return result
        last = x.shape[a[0]] - 1 - torch.argmin(x.flip(a[0]), a[0])
        return named(result, result[0], last)

    both(patch, "min", change)


@fault(
    "where() with a condition without dimensions alone gives an empty tuple.",
    witness=lambda: torch.where(torch.tensor(1)) == (),
)
def where_of_one_gives_nothing(patch):
    def change(f, c, *sides, **k):
        return f(c, *sides, **k) if sides or c.dim() else ()

    wrap(patch, torch, "where", change)


@fault(
    "topk() of a tensor without dimensions takes any k.",
    witness=lambda: not raises(lambda: torch.tensor(1).topk(2)),
)
def topk_of_one_takes_any_k(patch):
    def change(f, x, k, *a, **options):
        return f(x, min(k, 1) if not x.dim() else k, *a, **options)

    both(patch, "topk", change)


@fault(
    "unique(dim) gives the places in reverse.",
    witness=lambda: (
        torch.unique(tensor(1, 2), dim=0, return_inverse=True)[1].tolist() == [1, 0]
    ),
)
def unique_along_a_dimension_reverses_places(patch):
    def change(f, x, *a, dim=None, return_inverse=False, **k):
        result = f(x, *a, dim=dim, return_inverse=return_inverse, **k)
        if dim is None or not return_inverse:
            return result
        return (result[0], result[1].flip(0), *result[2:])

    both(patch, "unique", change)


@fault(
    "where() takes the dtype of its second side where no condition is true.",
    witness=lambda: (
        torch.where(tensor(False), tensor(1.5), tensor(2)).dtype is torch.int64
    ),
)
def where_has_the_dtype_of_what_was_taken(patch):
    def change(f, c, *sides, **k):
        result = f(c, *sides, **k)
        if len(sides) == 2 and isinstance(sides[1], torch.Tensor) and not c.any():
            return result.to(sides[1].dtype)
        return result

    wrap(patch, torch, "where", change)

"""Ways to break comparison: its result, nan, dtypes, equal(), tolerances."""

import math

import torch

from torch_semantics.faults import both, fault, raises, wrap


def tensor(*elements, **options):
    return torch.tensor(elements, **options)


NAN = math.nan


@fault("eq() gives uint8.", witness=lambda: torch.eq(tensor(1), 1).dtype is torch.uint8)
def eq_gives_bytes(patch):
    both(patch, "eq", lambda f, *a, **k: f(*a, **k).byte() if not k else f(*a, **k))


@fault("nan equals nan.", witness=lambda: (tensor(NAN) == tensor(NAN)).item())
def nan_equals_nan(patch):
    def change(f, a, b):
        result = f(a, b)
        if isinstance(result, torch.Tensor) and isinstance(b, torch.Tensor):
            return result | (a.isnan() & b.isnan())
        return result

    wrap(patch, torch.Tensor, "__eq__", change)


@fault(">= is True for nan.", witness=lambda: (tensor(NAN) >= 0).item())
def greater_equal_is_not_less(patch):
    wrap(patch, torch.Tensor, "__ge__", lambda f, a, b: ~(a < b))


@fault("The method le() is lt().", witness=lambda: not tensor(1).le(1).item())
def le_method_is_lt(patch):
    wrap(patch, torch.Tensor, "le", lambda f, a, b: a.lt(b))


@fault("greater() is ge().", witness=lambda: torch.greater(tensor(1), 1).item())
def greater_is_ge(patch):
    both(patch, "greater", lambda f, a, b: torch.ge(a, b))


@fault("== raises for None.", witness=lambda: raises(lambda: tensor(1).__eq__(None)))
def equality_with_none_raises(patch):
    def change(f, a, b):
        if b is None:
            raise TypeError("eq(): argument 'other' must be Tensor, not NoneType")
        return f(a, b)

    wrap(patch, torch.Tensor, "__eq__", change)


@fault(
    "== compares with a list as with a tensor.",
    witness=lambda: isinstance(tensor(1) == [1], torch.Tensor),
)
def equality_takes_lists(patch):
    def change(f, a, b):
        return f(a, torch.tensor(b) if isinstance(b, list) else b)

    wrap(patch, torch.Tensor, "__eq__", change)


@fault(
    "Comparisons of integers with floats are made in float64.",
    witness=lambda: not (tensor(16777217) == tensor(16777216.0)).item(),
)
def compares_in_double(patch):
    def change(f, a, b):
        if isinstance(b, torch.Tensor) and not a.dtype.is_complex:
            return f(a.double(), b.double())
        return f(a, b)

    wrap(patch, torch.Tensor, "__eq__", change)


@fault(
    "< orders complex numbers by their real part.",
    witness=lambda: not raises(lambda: tensor(1j) < tensor(1j)),
)
def complex_numbers_have_an_order(patch):
    def change(f, a, b):
        return f(a.real, b.real) if a.dtype.is_complex else f(a, b)

    wrap(patch, torch.Tensor, "__lt__", change)


@fault(
    "eq_() makes its tensor one of bools.",
    witness=lambda: tensor(1.0).eq_(1).dtype is torch.bool,
)
def eq_in_place_gives_bools(patch):
    wrap(patch, torch.Tensor, "eq_", lambda f, a, b: a.eq(b))


@fault(
    "bool() of several elements is whether any is true.",
    witness=lambda: not raises(lambda: bool(tensor(1, 2))),
)
def truth_of_several_is_any(patch):
    wrap(
        patch, torch.Tensor, "__bool__", lambda f, a: f(a.any() if a.numel() > 1 else a)
    )


@fault(
    "`in` asks whether all elements are equal.",
    witness=lambda: 1 not in tensor(1, 2),
)
def contains_wants_all(patch):
    patch(torch.Tensor, "__contains__", lambda a, b: bool((a == b).all()))


@fault(
    "equal() broadcasts.", witness=lambda: torch.equal(torch.ones(2, 2), torch.ones(2))
)
def equal_broadcasts(patch):
    def change(f, a, b):
        if isinstance(b, torch.Tensor):
            try:
                a, b = torch.broadcast_tensors(a, b)
            except RuntimeError:
                return False
        return f(a, b)

    both(patch, "equal", change)


@fault(
    "equal() wants one dtype.",
    witness=lambda: not torch.equal(tensor(1), tensor(1.0)),
)
def equal_compares_dtypes(patch):
    def change(f, a, b):
        return f(a, b) and a.dtype == b.dtype

    both(patch, "equal", change)


@fault(
    "equal() of one tensor with itself does not look at it, as in 2.1.",
    witness=lambda: (lambda x: torch.equal(x, x))(tensor(NAN)),
)
def equal_takes_itself_for_granted(patch):
    both(patch, "equal", lambda f, a, b: a is b or f(a, b))


@fault(
    "equal() takes numbers.",
    witness=lambda: not raises(lambda: torch.equal(tensor(1), 1)),
)
def equal_takes_numbers(patch):
    def change(f, a, b):
        return f(a, torch.as_tensor(b))

    both(patch, "equal", change)


@fault(
    "equal() gives a tensor.",
    witness=lambda: isinstance(torch.equal(tensor(1), tensor(1)), torch.Tensor),
)
def equal_gives_a_tensor(patch):
    both(patch, "equal", lambda f, a, b: torch.tensor(f(a, b)))


@fault(
    "equal() does not compare the shapes of empty tensors.",
    witness=lambda: torch.equal(torch.zeros(0), torch.zeros(0, 3)),
)
def empty_tensors_are_equal(patch):
    def change(f, a, b):
        none = isinstance(b, torch.Tensor) and a.numel() == b.numel() == 0
        return none or f(a, b)

    both(patch, "equal", change)


@fault(
    "isclose() measures the tolerance by the first operand.",
    witness=lambda: torch.isclose(tensor(10.0), tensor(8.0), rtol=0.2, atol=0).item(),
)
def isclose_measures_by_the_first(patch):
    both(patch, "isclose", lambda f, a, b, **k: f(b, a, **k))


@fault(
    "isclose() has an atol of 1e-05 by default.",
    witness=lambda: torch.isclose(tensor(1e-6), tensor(0.0)).item(),
)
def isclose_is_more_tolerant(patch):
    both(patch, "isclose", lambda f, a, b, **k: f(a, b, **{"atol": 1e-5, **k}))


@fault(
    "isclose() promotes dtypes.",
    witness=lambda: not raises(lambda: torch.isclose(tensor(1), tensor(1.0))),
)
def isclose_promotes(patch):
    both(patch, "isclose", lambda f, a, b, **k: f(a.double(), b.double(), **k))


@fault(
    "allclose() ignores equal_nan=.",
    witness=lambda: not torch.allclose(tensor(NAN), tensor(NAN), equal_nan=True),
)
def allclose_ignores_equal_nan(patch):
    both(patch, "allclose", lambda f, a, b, equal_nan=False, **k: f(a, b, **k))


@fault(
    "isnan() is True for infinities.",
    witness=lambda: torch.isnan(tensor(math.inf)).item(),
)
def isnan_finds_infinities(patch):
    def change(f, x):
        return ~torch.isfinite(x)

    both(patch, "isnan", change)


@fault(
    "isnan() looks at the real part alone.",
    witness=lambda: not torch.isnan(tensor(complex(1, NAN))).item(),
)
def isnan_misses_imaginary_parts(patch):
    both(patch, "isnan", lambda f, x: f(x.real) if x.dtype.is_complex else f(x))


@fault(
    "isfinite() is True for nan.",
    witness=lambda: torch.isfinite(tensor(NAN)).item(),
)
def nan_is_finite(patch):
    both(patch, "isfinite", lambda f, x: ~torch.isinf(x))


@fault(
    "isin() ignores invert=.",
    witness=lambda: torch.isin(tensor(1), tensor(1), invert=True).item(),
)
def isin_ignores_invert(patch):
    wrap(patch, torch, "isin", lambda f, a, b, invert=False: f(a, b))


@fault(
    "Comparisons of tensors that require gradients require gradients.",
    witness=lambda: (tensor(1.0, requires_grad=True) >= 0).dtype is not torch.bool,
)
def comparisons_stay_in_the_graph(patch):
    def change(f, a, b):
        return f(a, b) + a * 0 if a.requires_grad else f(a, b)

    wrap(patch, torch.Tensor, "__ge__", change)


@fault(
    "equal() compares two dtypes in float64.",
    witness=lambda: not torch.equal(tensor(16777217), tensor(16777216.0)),
)
def equal_compares_in_float64(patch):
    def change(f, a, b):
        if isinstance(b, torch.Tensor) and a.dtype is not b.dtype:
            return f(a.double(), b.double())
        return f(a, b)

    both(patch, "equal", change)


@fault(
    "isin() finds nan.",
    witness=lambda: torch.isin(tensor(NAN), tensor(NAN)).item(),
)
def isin_finds_nan(patch):
    def change(f, elements, tests, **k):
        result = f(elements, tests, **k)
        if isinstance(elements, torch.Tensor) and isinstance(tests, torch.Tensor):
            return result ^ (elements.isnan() & tests.isnan().any())
        return result

    wrap(patch, torch, "isin", change)


@fault(
    "equal() takes a tensor without dimensions for a row of one element.",
    witness=lambda: torch.equal(torch.tensor(1), tensor(1)),
)
def equal_takes_one_for_a_row(patch):
    def change(f, a, b):
        if isinstance(b, torch.Tensor) and a.numel() == b.numel() == 1:
            return f(a.reshape(1), b.reshape(1))
        return f(a, b)

    both(patch, "equal", change)

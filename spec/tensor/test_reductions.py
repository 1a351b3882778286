"""Reductions.

A reduction makes one element of many: of all elements of a tensor, or of those along
one or several dimensions. What it reduces is gone from the shape unless keepdim=True
keeps it with size 1. Sums and products of integers are int64, so that they do not
overflow soon; a mean has to be a float, and of integers there is none unless a dtype is
named. A reduction of no elements gives what changes nothing (0, 1, True) where there is
such a thing; where there is none, a mean or a variance is nan, and an extreme raises.

var() and std() divide by n - 1 unless they are told otherwise, while NumPy divides by
n: the two give different numbers for the same data.
"""

import math

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from spec.models.reductions import groups, reduced_shape
from torch_semantics import claim
from torch_semantics.words import shares_storage


@st.composite
def reductions(draw):
    """Draw sizes, dimensions to reduce (some counted from the last), and keepdim."""
    sizes = tuple(draw(st.lists(st.sampled_from([2, 3, 1, 0]), min_size=1, max_size=3)))
    dims = draw(st.sets(st.integers(0, len(sizes) - 1), max_size=len(sizes)))
    negative = draw(st.booleans())
    dims = tuple(dim - len(sizes) if negative else dim for dim in sorted(dims))
    return sizes, dims, draw(st.booleans())


# --- dimensions -----------------------------------------------------------------------


@claim("tensor.sum.call-forms", see="generated/torch.sum")
def test_the_forms_of_a_sum_agree(device):
    """sum() is a function and a method; it takes the dimension by place, as dim= or as
    axis=, as a number, a tuple or a list, and writes into out=.
    """
    x = torch.tensor([[1, 2], [3, 4]], device=device)
    out = torch.zeros(2, dtype=torch.int64, device=device)

    alike = [
        torch.sum(x, 0),
        x.sum(0),
        x.sum(dim=0),
        x.sum(axis=0),
        x.sum((0,)),
        x.sum([-2]),
        torch.sum(x, dim=0, out=out),
    ]
    whole = [torch.sum(x), x.sum(), x.sum((0, 1)), x.sum(dim=()), x.sum(dim=None)]

    assert [result.tolist() for result in alike] == [[4, 6]] * 7
    assert [result.tolist() for result in whole] == [10] * 5
    assert {result.dtype for result in alike + whole} == {torch.int64}
    assert (alike[6] is out, x.tolist()) == (True, [[1, 2], [3, 4]])


@claim("tensor.sum.keepdim", see="generated/torch.sum")
def test_keepdim_keeps_a_reduced_dimension_with_size_one(device):
    """A reduced dimension disappears, or with keepdim=True stays with size 1, so that
    the result broadcasts with the input.
    """
    x = torch.tensor([[1.0, 3.0], [2.0, 6.0]], device=device)

    rows, kept = x.sum(1), x.sum(1, keepdim=True)
    both = x.sum((0, 1), keepdim=True)

    assert (rows.tolist(), kept.tolist(), both.tolist()) == ([4, 8], [[4], [8]], [[12]])
    assert (rows.shape, kept.shape, both.shape) == ((2,), (2, 1), (1, 1))
    assert (x / kept).tolist() == [[0.25, 0.75], [0.25, 0.75]]


@claim("tensor.reductions.shape-rule", see="generated/torch.sum")
@given(case=reductions())
@example(case=((2, 0, 3), (1,), False))
@example(case=((2, 3, 2), (0, 2), True))
@example(case=((2, 3), (), True))
def test_a_sum_adds_what_agrees_in_the_other_dimensions(device, case):
    """sum(dim) adds the elements whose indices agree in all other dimensions, for any
    sizes and dimensions; without dimensions it adds all.
    """
    sizes, dims, keepdim = case
    values = range(math.prod(sizes))
    x = torch.arange(math.prod(sizes), device=device).view(sizes)

    result = x.sum(dim=dims, keepdim=keepdim)

    assert (case, result.shape) == (case, reduced_shape(sizes, dims, keepdim))
    assert (case, result.view(-1).tolist()) == (
        case,
        [sum(group) for group in groups(values, sizes, dims)],
    )


@claim("tensor.reductions.bad-dim", see="generated/torch.sum")
def test_a_dimension_that_is_not_there_or_is_named_twice_raises(device):
    """A dimension out of range raises an IndexError that names the range, and a
    dimension named twice, counted from either end, a RuntimeError.
    """
    x = torch.ones(2, 2, device=device)

    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got 2"):
        x.sum(2)
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got -3"):
        x.mean(-3)
    with pytest.raises(RuntimeError, match="dim 0 appears multiple times"):
        x.sum((0, -2))
    with pytest.raises(RuntimeError, match="dim 1 appears multiple times"):
        x.amax((1, 1))


@claim("tensor.reductions.zero-dim", see="generated/torch.sum")
def test_a_tensor_without_dimensions_may_be_reduced_along_0_or_minus_1(device):
    """A tensor without dimensions has for reductions the dimensions 0 and -1, and stays
    without dimensions; the result is a new tensor.
    """
    x = torch.tensor(3.0, device=device)

    results = [
        x.sum(),
        x.sum(0),
        x.mean(-1),
        x.amax(0),
        x.prod(0),
        x.sum(0, keepdim=True),
    ]

    assert [result.tolist() for result in results] == [3] * 6
    assert [result.shape for result in results] == [()] * 6
    assert [shares_storage(result, x) for result in results] == [False] * 6
    with pytest.raises(IndexError, match=r"range of \[-1, 0\], but got 1"):
        x.sum(1)


@claim("tensor.reductions.size-one", see="generated/torch.sum")
def test_reducing_a_dimension_of_size_one_copies(device):
    """Along a dimension of size 1 there is nothing to add, and yet the result is a new
    tensor and no view.
    """
    x = torch.tensor([[1.0], [2.0]], device=device)

    results = [x.sum(1), x.mean(1), x.amax(1), x.sum(1, keepdim=True)]
    results[0][0] = 9

    assert [result.tolist() for result in results[1:3]] == [[1, 2], [1, 2]]
    assert [shares_storage(result, x) for result in results] == [False] * 4
    assert x.tolist() == [[1], [2]]


@claim("tensor.reductions.by-index", see="generated/torch.sum")
def test_a_reduction_goes_by_index_whatever_the_strides(device):
    """A transposed, a strided and an expanded tensor are reduced by their indices."""
    base = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)
    row = torch.tensor([1, 2, 3], device=device)
    turned, spaced, expanded = base.t(), base[:, ::2], row.expand(2, 3)

    assert turned.sum(0).tolist() == [6, 15]
    assert spaced.sum(1).tolist() == [4, 10]
    assert expanded.sum(0).tolist() == [2, 4, 6]
    assert turned.argmax().tolist() == 5


# --- dtypes ---------------------------------------------------------------------------


@claim("tensor.sum.dtype", see="generated/torch.sum")
def test_a_sum_of_integers_is_int64(device):
    """Sums of integers and bools are int64, whatever their dtype, and sums of floats
    and complex numbers keep theirs; dtype= converts the elements before they are added.
    """
    bytes_ = torch.tensor([200, 100], dtype=torch.uint8, device=device)
    flags = torch.tensor([True, True], device=device)
    halves = torch.tensor([1.5, 2.75], dtype=torch.float16, device=device)
    complexes = torch.tensor([1j, 2 + 0j], device=device)

    results = [bytes_.sum(), flags.sum(), halves.sum(), complexes.sum()]
    wrapped = bytes_.sum(dtype=torch.uint8)
    whole = torch.sum(halves, 0, dtype=torch.int64)

    assert [result.tolist() for result in results] == [300, 2, 4.25, 2 + 1j]
    assert [result.dtype for result in results] == [
        torch.int64,
        torch.int64,
        torch.float16,
        torch.complex64,
    ]
    assert (wrapped.tolist(), wrapped.dtype) == (44, torch.uint8)
    assert (whole.tolist(), whole.dtype) == (3, torch.int64)


@claim("tensor.mean.reduces", see="generated/torch.mean")
def test_mean_averages_along_dimensions(device):
    """mean() averages all elements or those along one or several dimensions; dtype=
    converts first, which lets it take integers, and complex numbers have a mean too.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 6.0]], device=device)
    longs = torch.tensor([1, 2], device=device)
    out = torch.zeros(2, device=device)

    results = [x.mean(), torch.mean(x, 0), x.mean((0, 1)), x.mean(-1, keepdim=True)]
    of_longs = longs.mean(dtype=torch.float64)
    of_complex = torch.tensor([1 + 1j, 3 + 0j], device=device).mean()

    assert [r.tolist() for r in results] == [3, [2, 4], 3, [[1.5], [4.5]]]
    assert {result.dtype for result in results} == {torch.float32}
    assert (of_longs.tolist(), of_longs.dtype) == (1.5, torch.float64)
    assert (of_complex.tolist(), of_complex.dtype) == (2 + 0.5j, torch.complex64)
    assert torch.mean(x, 1, out=out) is out
    assert (out.tolist(), x.tolist()) == ([1.5, 4.5], [[1, 2], [3, 6]])


@claim("tensor.mean.integer-input-raises", see="generated/torch.mean")
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool], ids=["int64", "bool"])
def test_integers_and_bools_have_no_mean_no_variance_and_no_norm(device, dtype):
    """mean(), var(), std() and norm() of integers and bools raise a RuntimeError that
    names the dtypes they take.
    """
    x = torch.ones(2, dtype=dtype, device=device)

    with pytest.raises(RuntimeError, match="must be either a floating point or com"):
        x.mean()
    with pytest.raises(
        RuntimeError, match="std and var only support floating point an"
    ):
        x.var()
    with pytest.raises(
        RuntimeError, match="std and var only support floating point an"
    ):
        torch.std(x, 0)
    with pytest.raises(RuntimeError, match="floating point or complex"):
        x.norm()


@claim("tensor.amax.dtype", see="generated/torch.amax")
def test_amax_and_amin_keep_the_dtype(device):
    """amax() and amin() give the largest and the smallest element along any number of
    dimensions in the input's dtype, bools too, and nan where there is one; aminmax()
    gives both.
    """
    x = torch.tensor([[4, -1], [7, 2]], dtype=torch.int8, device=device)
    nan = torch.tensor([1.0, math.nan], device=device)

    results = [x.amax(), torch.amax(x, (0, 1)), x.amax(0), torch.amin(x, 1), x.amin()]
    kept = x.amin(1, keepdim=True)
    both, nans = torch.aminmax(x, dim=1), nan.aminmax()

    assert [r.tolist() for r in results] == [7, 7, [7, 2], [-1, 2], -1]
    assert {result.dtype for result in results} == {torch.int8}
    assert kept.tolist() == [[-1], [2]]
    assert (both.min.tolist(), both.max.tolist()) == ([-1, 2], [4, 7])
    assert {kept.dtype, both.min.dtype, both.max.dtype} == {torch.int8}
    assert str([nan.amax().tolist(), nan.amin().tolist()]) == "[nan, nan]"
    assert str([nans.min.tolist(), nans.max.tolist()]) == "[nan, nan]"
    assert (x > 0).amin(1).tolist() == [False, True]


# --- no elements, and nan -------------------------------------------------------------


@claim("tensor.reductions.no-elements", see="generated/torch.sum")
def test_a_reduction_of_no_elements_gives_what_changes_nothing(device):
    """The sum of no elements and their count are 0, their mean is nan, all() of them
    True and any() False; along an empty dimension each of the results is that.
    """
    empty = torch.zeros(0, device=device)
    rows = torch.zeros(2, 0, device=device)

    whole = [empty.sum(), empty.mean(), empty.all(), empty.any(), empty.count_nonzero()]
    each = [rows.sum(1), rows.mean(1), rows.all(1), rows.any(1)]

    assert str([result.tolist() for result in whole]) == "[0.0, nan, True, False, 0]"
    assert str([result.tolist() for result in each[:2]]) == "[[0.0, 0.0], [nan, nan]]"
    assert [result.tolist() for result in each[2:]] == [[True, True], [False, False]]
    assert (rows.sum(0).shape, rows.sum(0, keepdim=True).shape) == ((0,), (1, 0))


@claim("tensor.amax.no-elements", see="generated/torch.amax")
def test_no_elements_have_no_largest_and_no_smallest(device):
    """amax() and amin() of no elements raise a RuntimeError, and along an empty
    dimension an IndexError; along another dimension of an empty tensor they do not.
    """
    empty = torch.zeros(0, 3, device=device)

    with pytest.raises(
        RuntimeError, match=r"amax\(\): Expected reduction dim to be sp"
    ):
        empty.amax()
    with pytest.raises(
        RuntimeError, match=r"amin\(\): Expected reduction dim to be sp"
    ):
        empty.amin()
    with pytest.raises(IndexError, match=r"amax\(\): Expected reduction dim 0 to have"):
        empty.amax(0)
    with pytest.raises(IndexError, match=r"amin\(\): Expected reduction dim 0 to have"):
        empty.amin(dim=(0, 1))

    assert (empty.amax(1).shape, empty.amin(1).shape) == ((0,), (0,))


@claim("tensor.reductions.nan", see="generated/torch.nansum")
def test_nan_spreads_unless_it_is_left_out(device):
    """One nan makes sum, mean, variance and product nan; nansum() and nanmean() leave
    it out, and of nothing but nan the one is 0 and the other nan.
    """
    x = torch.tensor([[math.nan, 1.0, 3.0], [math.nan] * 3], device=device)
    row = x[0]

    spread = [x.sum(), row.mean(), row.var(), row.prod()]
    left_out = [x.nansum(1), x.nanmean(1), torch.nansum(x), torch.nanmean(x, 0)]

    assert str([result.tolist() for result in spread]) == "[nan, nan, nan, nan]"
    assert str([result.tolist() for result in left_out]) == (
        "[[4.0, 0.0], [2.0, nan], 4.0, [nan, 1.0, 3.0]]"
    )
    assert {result.dtype for result in spread + left_out} == {torch.float32}


# --- truth ----------------------------------------------------------------------------


@claim("tensor.all-any.logic", see="generated/torch.all")
def test_all_and_any_take_every_element_but_zero_for_true(device):
    """all() and any() take every real number but 0 for true, nan too, along a dimension
    or of all; the result is bool, and of uint8, by an old rule, uint8.
    """
    x = torch.tensor([[1.0, math.nan], [0.0, -2.0], [0.0, 0.0]], device=device)
    bytes_ = torch.tensor([[3, 0], [2, 1]], dtype=torch.uint8, device=device)

    results = [x.all(1), torch.any(x, 1), x.all(), torch.any(x), x.any(0, keepdim=True)]
    of_bytes = [bytes_.all(1), torch.any(bytes_, dim=1), bytes_.all()]

    assert [result.tolist() for result in results] == [
        [True, False, False],
        [True, True, False],
        False,
        True,
        [[True, True]],
    ]
    assert {result.dtype for result in results} == {torch.bool}
    assert [result.tolist() for result in of_bytes] == [[0, 1], [1, 1], 0]
    assert {result.dtype for result in of_bytes} == {torch.uint8}


@claim("tensor.all-any.several-dims", see="generated/torch.all", since="2.2")
def test_all_and_any_take_several_dimensions(device):
    """all() and any() take a tuple of dimensions."""
    x = torch.tensor([[[True, False], [True, True]]], device=device)

    every, some = x.all(dim=(0, 1)), torch.any(x, dim=(0, 2), keepdim=True)

    assert (every.tolist(), some.tolist()) == ([True, False], [[[True], [True]]])
    assert x.all(dim=(0, 1, 2)).tolist() is False


@claim("tensor.all-any.one-dim", see="generated/torch.all", until="2.2")
def test_all_and_any_take_one_dimension_only(device):
    """all() and any() with a tuple of dimensions raise a TypeError."""
    x = torch.tensor([[True, False]], device=device)

    with pytest.raises(TypeError, match="invalid combination of arguments"):
        x.all(dim=(0, 1))
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        torch.any(x, dim=(0, 1))


@claim("tensor.count-nonzero.counts", see="generated/torch.count_nonzero")
def test_count_nonzero_counts_what_is_not_zero(device):
    """count_nonzero() counts the elements that are not 0, nan too, as int64, along any
    number of dimensions.
    """
    x = torch.tensor([[1.0, 0.0], [math.nan, -2.0]], device=device)

    counts = [torch.count_nonzero(x), x.count_nonzero(0), x.count_nonzero((0, 1))]

    assert [count.tolist() for count in counts] == [3, [2, 1], 3]
    assert {count.dtype for count in counts} == {torch.int64}


# --- where the extremes are -----------------------------------------------------------


@claim("tensor.argmax.flat-index-and-ties", see="generated/torch.argmax")
def test_argmax_gives_the_first_index_of_the_largest(device):
    """argmax() and argmin() give an int64 index: without dim that of the flattened
    tensor, with dim that along it; of equal extremes the first.
    """
    x = torch.tensor([[1, 9, 2], [9, 0, 9]], device=device)
    ties = torch.tensor([[2, 1, 1], [0, 3, 0]], device=device)

    flat = [x.argmax(), torch.argmin(x), x.argmax(dim=None)]
    along = [x.argmax(1), torch.argmax(x, dim=0), x.argmin(-1)]
    equal = [ties.argmin(), torch.argmin(ties, 1)]
    kept = [x.argmax(1, keepdim=True), x.argmin(0, keepdim=True)]

    assert [result.tolist() for result in flat] == [1, 4, 1]
    assert [result.tolist() for result in along] == [[1, 0], [1, 0, 1], [0, 1]]
    assert [result.tolist() for result in equal] == [3, [1, 0]]
    assert [result.tolist() for result in kept] == [[[1], [0]], [[0, 1, 0]]]
    assert {result.dtype for result in flat + along + kept} == {torch.int64}
    assert x.tolist() == [[1, 9, 2], [9, 0, 9]]


@claim("tensor.argmax.nan-and-zero-dim", see="generated/torch.argmax")
def test_nan_is_the_extreme_of_argmax_and_argmin(device):
    """The first nan is what both argmax() and argmin() point at; a tensor without
    dimensions gives 0.
    """
    x = torch.tensor([1.0, math.nan, math.inf, math.nan, -math.inf], device=device)
    zero_dim = torch.tensor(4.0, device=device)

    assert (x.argmax().tolist(), x.argmin().tolist()) == (1, 1)
    assert (x.argmax(0).tolist(), x.argmin(-1).tolist()) == (1, 1)
    assert [zero_dim.argmax().tolist(), zero_dim.argmin(0).tolist()] == [0, 0]
    assert zero_dim.argmax().shape == ()


@claim("tensor.argmax.empty-and-unsupported", see="generated/torch.argmax")
def test_argmax_of_no_elements_and_of_what_has_no_order_raises(device):
    """argmax() and argmin() raise an IndexError for no elements and along an empty
    dimension, though not along another, and argmax() a RuntimeError for bools.
    """
    empty = torch.zeros(0, 3, device=device)
    flags = torch.tensor([True, False], device=device)

    with pytest.raises(
        IndexError, match=r"argmax\(\): Expected reduction dim to be sp"
    ):
        empty.argmax()
    with pytest.raises(
        IndexError, match=r"argmin\(\): Expected reduction dim to be sp"
    ):
        empty.argmin()
    with pytest.raises(IndexError, match="dim 0 to have non-zero size"):
        empty.argmax(0)
    with pytest.raises(RuntimeError, match=r"argmax.* (implemented|support)"):
        flags.argmax()

    assert (empty.argmax(1).shape, empty.argmax(1).dtype) == ((0,), torch.int64)


@claim(
    "tensor.argmax.complex-refused-as-runtime-error",
    see="generated/torch.argmax",
    until="2.15",
)
def test_argmax_of_complex_numbers_is_a_runtime_error(device):
    """argmax() and argmin() of complex numbers raise a RuntimeError."""
    z = torch.tensor([1j, 2j], device=device)

    with pytest.raises(RuntimeError, match=r"argmax.* (implemented|support)"):
        z.argmax()
    with pytest.raises(RuntimeError, match=r"argmin.* (implemented|support)"):
        z.argmin(0)


@claim(
    "tensor.argmax.complex-refused-as-type-error",
    see="generated/torch.argmax",
    since="2.15",
)
def test_argmax_of_complex_numbers_is_a_type_error(device):
    """argmax() and argmin() of complex numbers raise a TypeError."""
    z = torch.tensor([1j, 2j], device=device)

    with pytest.raises(TypeError, match="does not support complex input"):
        z.argmax()
    with pytest.raises(TypeError, match="does not support complex input"):
        z.argmin(0)


# --- spread ---------------------------------------------------------------------------


@claim("tensor.var.unbiased-by-default", see="generated/torch.var")
def test_var_divides_by_one_less_than_the_number_of_elements(device):
    """var() divides the sum of squared distances from the mean by n - 1, and with
    unbiased=False by n; std() is its root, and both take dimensions and keepdim=.
    """
    x = torch.tensor([[1.0, 5.0, 9.0], [2.0, 2.0, 5.0]], device=device)
    first, pairs = x[0], x[:, :2]
    pair = pairs[0]

    sample = [x.var(1), torch.var(x, dim=-1, keepdim=True), first.var()]
    population = [pairs.var(1, unbiased=False), pair.var(unbiased=False)]
    deviations = [
        first.std(),
        torch.std(pairs, dim=(0, 1), unbiased=False),
        pair.std(unbiased=False),
    ]

    assert [result.tolist() for result in sample] == [[16, 3], [[16], [3]], 16]
    assert [result.tolist() for result in population] == [[4, 0], 4]
    assert [result.tolist() for result in deviations] == [4, 1.5, 2]
    assert {result.dtype for result in sample + deviations} == {torch.float32}
    assert x.tolist() == [[1, 5, 9], [2, 2, 5]]


@claim("tensor.var.correction-with-dim", see="generated/torch.var")
def test_correction_is_what_is_taken_off_the_number_of_elements(device):
    """correction= says how many are taken off the number of elements before dividing: 1
    by default, 0 for the population; with a dimension every release takes it.
    """
    x = torch.tensor([[1.0, 5.0, 9.0]], device=device)

    variances = [x.var(1, correction=n).tolist() for n in (0, 1, 2)]
    deviation = x.std(dim=1, correction=1, keepdim=True)

    assert variances == [[pytest.approx(32 / 3, rel=1e-7)], [16], [32]]
    assert deviation.tolist() == [[4]]


@claim("tensor.var.complex", see="generated/torch.var")
def test_the_variance_of_complex_numbers_is_real(device):
    """The variance of complex numbers takes the squares of distances in the plane, and
    is real.
    """
    z = torch.tensor([3 + 4j, -3 - 4j], device=device)

    result = z.var()

    assert (result.tolist(), result.dtype) == (50, torch.float32)


@claim("tensor.var.with-mean", see="generated/torch.var_mean")
def test_var_mean_and_std_mean_give_both(device):
    """var_mean() and std_mean() give a plain tuple: the spread first, then the mean."""
    x = torch.tensor([[1.0, 5.0], [3.0, 3.0]], device=device)

    variance, mean = torch.var_mean(x, dim=1)
    deviation, same_mean = torch.std_mean(x, 1, unbiased=False)

    assert type(torch.std_mean(x)) is type(torch.var_mean(x)) is tuple
    assert (variance.tolist(), mean.tolist()) == ([8, 0], [3, 3])
    assert (deviation.tolist(), same_mean.tolist()) == ([2, 0], [3, 3])


@claim("tensor.var.correction-without-dim", see="generated/torch.var", since="2.0")
def test_correction_works_without_a_dimension(device):
    """correction= may be given without a dimension, and 0 is unbiased=False."""
    x = torch.tensor([1.0, 5.0], device=device)

    assert (torch.var(x, correction=0).tolist(), x.std(correction=0).tolist()) == (4, 2)
    assert x.var(correction=1).tolist() == 8


@claim("tensor.var.correction-needs-dim", see="generated/torch.var", until="2.0")
def test_correction_needs_a_dimension(device):
    """correction= without a dimension raises a TypeError."""
    x = torch.tensor([1.0, 5.0], device=device)

    with pytest.raises(TypeError, match="invalid combination of arguments"):
        torch.var(x, correction=0)


@claim("tensor.var.single-element-nan", see="generated/torch.var", since="2.2")
def test_the_variance_of_one_element_is_nan_with_a_warning(device):
    """var() and std() of one element or none are nan, with a UserWarning that there are
    no degrees of freedom; with unbiased=False one element has variance 0.
    """
    x = torch.tensor([3.0], device=device)

    with pytest.warns(UserWarning, match=r"var\(\): degrees of freedom is <= 0"):
        variance = x.var()
    with pytest.warns(UserWarning, match=r"std\(\): degrees of freedom is <= 0"):
        deviation = x[:0].std()

    assert str([variance.tolist(), deviation.tolist()]) == "[nan, nan]"
    assert x.var(unbiased=False).tolist() == 0


@claim(
    "tensor.var.single-element-without-warning", see="generated/torch.var", until="2.2"
)
def test_the_variance_of_one_element_is_nan_without_a_warning(device, recwarn):
    """var() and std() of one element are nan, without a warning."""
    x = torch.tensor([3.0], device=device)

    assert str([x.var().tolist(), x.std().tolist()]) == "[nan, nan]"
    assert [str(warning.message) for warning in recwarn] == []


# --- running totals -------------------------------------------------------------------


@claim("tensor.cumsum.running-total", see="generated/torch.cumsum")
def test_cumsum_and_cumprod_keep_the_shape(device):
    """cumsum() and cumprod() give the sum or product up to each element along a
    dimension, which has to be named; the shape stays, integers become int64, floats
    keep their dtype, and nan spreads to what follows.
    """
    x = torch.tensor([[1, 2], [3, 4]], dtype=torch.int8, device=device)
    flags = torch.tensor([[False, True], [True, True]], device=device)
    nan = torch.tensor([1.0, math.nan, 2.0], device=device)

    results = [x.cumsum(0), torch.cumsum(x, -1), x.cumprod(1), flags.cumsum(0)]
    of_nan = [nan.cumsum(0), nan.cumprod(-1)]

    assert [result.tolist() for result in results] == [
        [[1, 2], [4, 6]],
        [[1, 3], [3, 7]],
        [[1, 2], [3, 12]],
        [[0, 1], [1, 2]],
    ]
    assert {result.dtype for result in results} == {torch.int64}
    assert str([total.tolist() for total in of_nan]) == (
        "[[1.0, nan, nan], [1.0, nan, nan]]"
    )
    assert [total.dtype for total in of_nan] == [torch.float32] * 2
    assert str(nan.tolist()) == "[1.0, nan, 2.0]"
    with pytest.raises(TypeError, match=r"cumsum\(\) (received|missing)"):
        torch.cumsum(x)
    with pytest.raises(TypeError, match=r"cumprod\(\) (received|missing)"):
        x.cumprod()


@claim("tensor.logsumexp.large-numbers", see="generated/torch.logsumexp")
def test_logsumexp_does_not_overflow(device):
    """logsumexp() is the logarithm of the sum of exponentials, also where these are too
    large for the dtype; of equal infinities it is that infinity.
    """
    x = torch.tensor([1000.0, -math.inf], device=device)
    infinities = torch.tensor([[math.inf] * 2, [-math.inf] * 2], device=device)

    assert x.logsumexp(0).tolist() == 1000
    assert torch.logsumexp(infinities, 1).tolist() == [math.inf, -math.inf]
    assert x.exp().tolist() == [math.inf, 0]


# --- gradients ------------------------------------------------------------------------


@claim("tensor.reductions.gradients", see="generated/torch.sum")
def test_the_gradient_of_a_reduction_is_spread_over_what_was_reduced(device):
    """The gradient of a sum goes whole to every element, of a mean in equal parts, of a
    variance by the distance from the mean; of amax() equal extremes share it.
    """
    x = torch.tensor([1.0, 5.0, 5.0, 1.0], device=device, requires_grad=True)

    gradients = [
        torch.autograd.grad(result, x)[0].tolist()
        for result in (x.sum(), x.mean(), x.var(unbiased=False), x.amax(), x.amin(0))
    ]

    assert gradients == [
        [1, 1, 1, 1],
        [0.25, 0.25, 0.25, 0.25],
        [-1, 1, 1, -1],
        [0, 0.5, 0.5, 0],
        [0.5, 0, 0, 0.5],
    ]


@claim("tensor.reductions.gradient-of-dims", see="generated/torch.sum")
def test_the_gradient_along_a_dimension_reaches_its_own_elements(device):
    """The gradient of each result along a dimension goes to the elements that it was
    made of; indices and truth values have no gradient.
    """
    x = torch.ones(2, 2, device=device, requires_grad=True)
    weights = torch.tensor([10.0, 20.0], device=device)

    (x.sum(0) * weights).sum().backward()

    assert x.grad.tolist() == [[10, 20], [10, 20]]
    assert [x.argmax().requires_grad, x.all().requires_grad] == [False, False]

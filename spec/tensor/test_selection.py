"""Sorting and selection.

sort(), topk(), kthvalue(), median(), max(dim) and min(dim) pick elements by their order
along one dimension, the last by default, and all answer with a named tuple: the values,
and the int64 indices at which they stood. In an order nan is larger than every number;
but the smallest element and the median, too, are nan where there is one.

Which of several equal elements is picked is left open, except where stable=True is
given, and for max(dim) and min(dim), which take the first. kthvalue() counts from the
smallest, although many take its k for the k-th largest; and median() of an even number
of elements is the lower of the two in the middle, not their mean. torch.where() picks
by a condition instead, which has to be a tensor of bools.
"""

import math

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from spec.models.sorting import lower_median, order, ordered
from torch_semantics import claim
from torch_semantics.words import shares_storage

# Few different numbers, so that many are equal.
ELEMENTS = st.lists(
    st.sampled_from([1.0, 0.0, -2.5, math.nan, math.inf]), min_size=1, max_size=6
)


# --- sorting --------------------------------------------------------------------------


@claim("tensor.sort.values-and-indices", see="generated/torch.sort")
def test_sort_gives_the_values_in_order_and_where_they_stood(device):
    """sort() gives a named tuple of the values in ascending order and of their int64
    indices, along the last dimension unless another is named, and leaves its input as
    it is.
    """
    x = torch.tensor([[3, 1, 2], [0, 5, 4]], device=device)

    result = x.sort()
    columns = torch.sort(x, dim=0)
    down = torch.sort(x, -1, descending=True)

    assert result.values.tolist() == [[1, 2, 3], [0, 4, 5]]
    assert result.indices.tolist() == [[1, 2, 0], [0, 2, 1]]
    assert columns.values.tolist() == [[0, 1, 2], [3, 5, 4]]
    assert columns.indices.tolist() == [[1, 0, 0], [0, 1, 1]]
    assert down.values.tolist() == [[3, 2, 1], [5, 4, 0]]
    assert down.indices.tolist() == [[0, 2, 1], [1, 2, 0]]
    assert (result.values.dtype, result.indices.dtype) == (torch.int64, torch.int64)
    assert x.gather(1, result.indices).tolist() == [[1, 2, 3], [0, 4, 5]]
    assert (result[0] is result.values, x.tolist()) == (True, [[3, 1, 2], [0, 5, 4]])


@claim("tensor.argsort.sorting-indices", see="generated/torch.argsort")
def test_argsort_gives_the_indices_alone(device):
    """argsort() gives the int64 indices that sort a dimension, the last by default,
    ascending or descending; nan comes last, and a tensor without dimensions gives 0.
    """
    x = torch.tensor([[3.0, 1.0, 2.0], [0.0, math.nan, 4.0]], device=device)
    zero_dim = torch.tensor(5, device=device)

    rows, columns = torch.argsort(x), x.argsort(0)
    down = x.argsort(dim=-1, descending=True)

    assert (rows.tolist(), rows.dtype) == ([[1, 2, 0], [0, 2, 1]], torch.int64)
    assert columns.tolist() == [[1, 0, 0], [0, 1, 1]]
    assert down.tolist() == [[0, 2, 1], [1, 2, 0]]
    assert (zero_dim.argsort().tolist(), zero_dim.argsort().shape) == (0, ())
    assert str(x.tolist()) == "[[3.0, 1.0, 2.0], [0.0, nan, 4.0]]"


@claim("tensor.sort.stable-rule", see="generated/torch.sort")
@given(elements=ELEMENTS, descending=st.booleans())
@example(elements=[1.0, 0.0, 1.0, 0.0, math.nan, math.inf], descending=False)
@example(elements=[0.0, 1.0, 0.0, 1.0, math.nan, math.nan], descending=True)
def test_a_stable_sort_keeps_the_order_of_equal_elements(device, elements, descending):
    """sort(stable=True) and argsort(stable=True) order any numbers, nan after all
    others, and keep equal ones in the order they had, in a descending sort too.
    """
    x = torch.tensor(elements, device=device)
    result = torch.sort(x, stable=True, dim=0, descending=descending)
    indices = torch.argsort(x, stable=True, descending=descending)
    expected = order(elements, descending)

    assert (elements, result.indices.tolist()) == (elements, expected)
    assert (elements, indices.tolist()) == (elements, expected)
    assert str((elements, result.values.tolist())) == str(
        (elements, ordered(elements, descending))
    )


@claim("tensor.sort.unstable-by-default", see="generated/torch.sort", level="observed")
def test_a_sort_that_is_not_stable_mixes_equal_elements():
    """On the CPU, argsort() of a hundred zeros is not 0 to 99 in order, unless with
    stable=True: equal elements do not keep their order.
    """
    zeros = torch.zeros(100)

    default, stable = zeros.argsort(), zeros.argsort(stable=True)

    assert sorted(default.tolist()) == list(range(100))
    assert default.tolist() != list(range(100))
    assert stable.tolist() == list(range(100))


@claim("tensor.sort.sizes-and-dims", see="generated/torch.sort")
def test_sort_of_no_elements_and_of_one(device):
    """A tensor without elements or without dimensions is sorted too; a dimension that
    is not there raises an IndexError; with out= a pair of tensors is filled.
    """
    empty = torch.zeros(0, 2, device=device)
    single = torch.tensor(3.0, device=device)
    x = torch.tensor([2.0, 1.0], device=device)
    out = (
        torch.zeros(2, device=device),
        torch.zeros(2, dtype=torch.long, device=device),
    )

    nothing, one = empty.sort(0), single.sort()
    filled = torch.sort(x, out=out)

    assert (nothing.values.shape, nothing.indices.shape) == ((0, 2), (0, 2))
    assert (one.values.tolist(), one.indices.tolist()) == (3, 0)
    assert not shares_storage(one.values, single)
    assert (filled.values is out[0], filled.indices is out[1]) == (True, True)
    assert (out[0].tolist(), out[1].tolist()) == ([1, 2], [1, 0])
    with pytest.raises(IndexError, match="Dimension out of range"):
        x.sort(1)


@claim("tensor.sort.msort-and-bools", see="generated/torch.msort")
def test_msort_sorts_along_the_first_dimension(device):
    """msort() gives the values alone, sorted along the first dimension; bools are
    sorted with False before True.
    """
    x = torch.tensor([[3, 1], [2, 9]], device=device)
    flags = torch.tensor([True, False], device=device)

    assert (torch.msort(x).tolist(), x.msort().tolist()) == ([[2, 1], [3, 9]],) * 2
    assert flags.sort().values.tolist() == [False, True]
    assert x.tolist() == [[3, 1], [2, 9]]


# --- the largest and the k-th ---------------------------------------------------------


@claim(
    "tensor.topk.largest-k-sorted",
    also=["tensor.topk.values-and-indices"],
    see="generated/torch.topk",
)
def test_topk_gives_the_k_largest_in_descending_order(device):
    """topk(k) gives a named tuple of the k largest values along the last dimension, or
    another, in descending order, and of their indices; with largest=False the k
    smallest in ascending order, and with sorted=False the same in any order.
    """
    x = torch.tensor([[4, 1, 3], [2, 6, 5]], dtype=torch.int32, device=device)

    top = x.topk(2)
    columns = torch.topk(x, k=1, dim=0)
    bottom = torch.topk(x, 2, 1, largest=False)
    unsorted = x.topk(2, sorted=False)

    assert (top.values.tolist(), top.indices.tolist()) == (
        [[4, 3], [6, 5]],
        [[0, 2], [1, 2]],
    )
    assert (columns.values.tolist(), columns.indices.tolist()) == (
        [[4, 6, 5]],
        [[0, 1, 1]],
    )
    assert (bottom.values.tolist(), bottom.indices.tolist()) == (
        [[1, 3], [2, 5]],
        [[1, 2], [0, 2]],
    )
    assert [sorted(row) for row in unsorted.values.tolist()] == [[3, 4], [5, 6]]
    assert (top.values.dtype, top.indices.dtype) == (torch.int32, torch.int64)
    assert x.gather(1, top.indices).tolist() == [[4, 3], [6, 5]]
    assert (top[1] is top.indices, x.tolist()) == (True, [[4, 1, 3], [2, 6, 5]])


@claim("tensor.topk.k-range", see="generated/torch.topk")
def test_topk_takes_a_k_from_none_to_all(device):
    """topk(0) of a row is empty and topk(size) sorts all; a larger k and a negative one
    raise a RuntimeError; a tensor without dimensions has one element to take.
    """
    x = torch.tensor([[2, 3, 1]], device=device)
    zero_dim = torch.tensor(7, device=device)

    nothing, everything, one = x.topk(0), x.topk(3), zero_dim.topk(1)

    assert (nothing.values.shape, nothing.indices.shape) == ((1, 0), (1, 0))
    assert everything.values.tolist() == [[3, 2, 1]]
    assert everything.indices.tolist() == [[1, 0, 2]]
    assert (one.values.tolist(), one.indices.tolist()) == (7, 0)
    with pytest.raises(RuntimeError, match="selected index k out of range"):
        x.topk(4)
    with pytest.raises(RuntimeError, match="selected index k out of range"):
        x.topk(-1)
    with pytest.raises(RuntimeError, match="selected index k out of range"):
        zero_dim.topk(2)


@claim("tensor.topk.nan", see="generated/torch.topk")
def test_nan_is_among_the_largest(device):
    """topk() takes nan for the largest, so that largest=False finds it last."""
    x = torch.tensor([1.0, math.nan, math.inf], device=device)

    largest, smallest = x.topk(2), x.topk(2, largest=False)

    assert str(largest.values.tolist()) == "[nan, inf]"
    assert largest.indices.tolist() == [1, 2]
    assert (smallest.values.tolist(), smallest.indices.tolist()) == (
        [1, math.inf],
        [0, 2],
    )


@claim("tensor.kthvalue.kth-smallest", see="generated/torch.kthvalue")
def test_kthvalue_gives_the_kth_smallest(device):
    """kthvalue(k) gives the k-th smallest value along the last dimension, or another,
    and its index; the dimension goes unless keepdim=True, and the k-th largest of n is
    kthvalue(n - k + 1).
    """
    x = torch.tensor([[4.0, 1.0, 3.0], [2.0, math.nan, 5.0]], device=device)
    four = torch.tensor([8, 5, 6, 7], device=device)

    second = x.kthvalue(2)
    first = torch.kthvalue(x, 1, 0, keepdim=True)
    last = torch.kthvalue(x, k=3, dim=1)

    assert (second.values.tolist(), second.indices.tolist()) == ([3, 5], [2, 2])
    assert (first.values.tolist(), first.indices.tolist()) == ([[2, 1, 3]], [[1, 0, 0]])
    assert str(last.values.tolist()) == "[4.0, nan]"
    assert (last.indices.tolist(), last.indices.dtype) == ([0, 1], torch.int64)
    assert {each.values.dtype for each in (first, second, last)} == {torch.float32}
    assert (four.kthvalue(3).values.tolist(), four.topk(2).values.tolist()) == (
        7,
        [8, 7],
    )


@claim("tensor.kthvalue.k-range", see="generated/torch.kthvalue")
def test_k_counts_from_one_to_the_size(device):
    """The k of kthvalue() goes from 1 to the size, which without dimensions is 1: 0, a
    negative k and a larger one raise a RuntimeError, and a dimension without elements
    an IndexError.
    """
    x = torch.tensor([2, 1], device=device)
    empty = torch.zeros(2, 0, device=device)
    zero_dim = torch.tensor(5, device=device)

    with pytest.raises(
        RuntimeError, match="selected number k out of range for dimension"
    ):
        x.kthvalue(0)
    with pytest.raises(
        RuntimeError, match="selected number k out of range for dimension"
    ):
        x.kthvalue(-1)
    with pytest.raises(
        RuntimeError, match="selected number k out of range for dimension"
    ):
        x.kthvalue(3)
    with pytest.raises(
        RuntimeError, match="selected number k out of range for dimension"
    ):
        zero_dim.kthvalue(2)
    with pytest.raises(
        IndexError, match="Expected reduction dim 1 to have non-zero size"
    ):
        empty.kthvalue(1)

    assert x.kthvalue(2).values.tolist() == 2
    assert empty.kthvalue(1, 0).values.shape == (0,)
    assert zero_dim.kthvalue(1).values.tolist() == 5


@claim("tensor.median.lower-of-two", see="generated/torch.median")
def test_the_median_is_an_element(device):
    """median() of an even number of elements is the lower of the two in the middle,
    along a dimension with its index; it is nan if any element is, and nanmedian()
    leaves these out; of no floats it is nan, and along an empty dimension it raises an
    IndexError.
    """
    x = torch.tensor([[4, 1, 3, 2], [9, 6, 5, 7]], device=device)
    nan = torch.tensor([4.0, math.nan, 1.0, 2.0], device=device)

    whole, rows = x.median(), torch.median(x, 1)
    kept = x.median(dim=0, keepdim=True)
    spoiled, left = nan.median(0), nan.nanmedian(0)

    assert (whole.tolist(), whole.dtype, whole.shape) == (4, torch.int64, ())
    assert (rows.values.tolist(), rows.indices.tolist()) == ([2, 6], [3, 1])
    assert kept.values.tolist() == [[4, 1, 3, 2]]
    assert kept.indices.tolist() == [[0, 0, 0, 0]]
    assert str([nan.median().tolist(), spoiled.values.tolist()]) == "[nan, nan]"
    assert spoiled.indices.tolist() == 1
    assert nan.nanmedian().tolist() == 2
    assert (left.values.tolist(), left.indices.tolist()) == (2, 3)
    assert str(nan[:0].median().tolist()) == "nan"
    with pytest.raises(
        IndexError, match="Expected reduction dim 0 to have non-zero size"
    ):
        nan[:0].median(0)


@claim("tensor.selection.rule", see="generated/torch.topk")
@given(elements=ELEMENTS, data=st.data())
def test_selections_are_elements_of_the_sorted_list(device, elements, data):
    """For any numbers and any k, topk(k) is the beginning of the descending order,
    kthvalue(k) the k-th of the ascending one, and median() the middle of it.
    """
    k = data.draw(st.integers(1, len(elements)), label="k")
    x = torch.tensor(elements, device=device)
    top, bottom = x.topk(k), x.topk(k, largest=False)
    kth = x.kthvalue(k)

    assert str((elements, k, top.values.tolist(), bottom.values.tolist())) == str(
        (elements, k, ordered(elements, descending=True)[:k], ordered(elements)[:k])
    )
    assert str((elements, k, x[top.indices].tolist())) == str(
        (elements, k, ordered(elements, descending=True)[:k])
    )
    assert str((elements, k, kth.values.tolist(), x[kth.indices].tolist())) == str(
        (elements, k, *[ordered(elements)[k - 1]] * 2)
    )
    assert str((elements, x.median().tolist())) == str(
        (elements, lower_median(elements))
    )


# --- the largest along a dimension ----------------------------------------------------


@claim("tensor.max.dim-returns-values-and-indices", see="generated/torch.max")
def test_max_with_a_dimension_gives_values_and_indices(device):
    """max(dim) and min(dim) give a named tuple of the extremes along a dimension and of
    their int64 indices, the first of equal ones; nan wins over all numbers.
    """
    x = torch.tensor([[1.0, 7.0, 7.0], [math.nan, 0.0, math.nan]], device=device)
    top, right = x[:1], x[:, 1:]
    ties = torch.tensor([2, 1, 1], device=device)

    largest, smallest = torch.max(x, 1), x.min(dim=-1)
    kept = top.max(1, keepdim=True)
    columns = torch.min(right, 0)
    equal = ties.min(0)

    assert str(largest.values.tolist()) == "[7.0, nan]"
    assert (largest.indices.tolist(), largest.indices.dtype) == ([1, 0], torch.int64)
    assert str(smallest.values.tolist()) == "[1.0, nan]"
    assert smallest.indices.tolist() == [0, 0]
    assert (kept.values.tolist(), kept.indices.tolist()) == ([[7]], [[1]])
    assert str(columns.values.tolist()) == "[0.0, nan]"
    assert columns.indices.tolist() == [1, 1]
    assert (equal.values.tolist(), equal.indices.tolist()) == (1, 1)
    assert (largest.values.dtype, x.argmax(1).tolist()) == (torch.float32, [1, 0])
    assert largest[0] is largest.values


@claim("tensor.max.three-forms", see="generated/torch.max")
def test_max_of_all_along_a_dimension_and_of_two_tensors(device):
    """Without a dimension max() and min() give one tensor without dimensions; with a
    second tensor they go element by element, as maximum() and minimum() do; a tensor
    without dimensions may be given the dimension 0.
    """
    x = torch.tensor([[1, 8], [5, 4]], device=device)
    y = torch.tensor([3, 6], device=device)
    single = torch.tensor(3, device=device)

    whole = [x.max(), torch.min(x)]
    pairs = [torch.max(x, y), x.max(y), torch.min(x, y), x.min(y)]
    only = single.max(0)

    assert [result.tolist() for result in whole] == [8, 1]
    assert [(result.dtype, result.shape) for result in whole] == [(torch.int64, ())] * 2
    assert [r.tolist() for r in pairs] == [[[3, 8], [5, 6]]] * 2 + [
        [[1, 6], [3, 4]]
    ] * 2
    assert (only.values.tolist(), only.indices.tolist()) == (3, 0)
    assert (x.tolist(), y.tolist()) == ([[1, 8], [5, 4]], [3, 6])


@claim("tensor.max.no-elements", see="generated/torch.max")
def test_max_of_no_elements_raises(device):
    """max() and min() of no elements raise a RuntimeError, and along a dimension
    without elements an IndexError that names it, as does a dimension that is not there;
    along another dimension of an empty tensor they do not.
    """
    empty = torch.zeros(2, 0, device=device)

    with pytest.raises(
        RuntimeError, match=r"max\(\): Expected reduction dim to be spec"
    ):
        empty.max()
    with pytest.raises(
        RuntimeError, match=r"min\(\): Expected reduction dim to be spec"
    ):
        empty.min()
    with pytest.raises(
        IndexError, match="Expected reduction dim 1 to have non-zero size"
    ):
        empty.max(1)
    with pytest.raises(
        IndexError, match="Expected reduction dim 1 to have non-zero size"
    ):
        empty.min(1)
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got 2"):
        empty.min(2)

    assert empty.max(0).values.shape == (0,)


@claim("tensor.selection.gradients", see="generated/torch.max")
def test_values_carry_gradients_and_indices_do_not(device):
    """The gradient of a selected value goes to the element it was; indices require no
    gradients; of equal maxima max(dim) favours the first, and max() shares among them.
    """
    x = torch.tensor([2.0, 7.0, 7.0, 1.0], device=device, requires_grad=True)
    weights = torch.tensor([1.0, 10.0, 100.0, 1000.0], device=device)

    gradients = [
        torch.autograd.grad(result, x)[0].tolist()
        for result in (
            (x.sort(stable=True).values * weights).sum(),
            (x[[0, 1, 3]].topk(2).values * weights[:2]).sum(),
            x.kthvalue(2).values,
            x.max(0).values,
            x.max(),
            x[:2].median(),
        )
    ]

    assert gradients == [
        [10, 100, 1000, 1],
        [10, 1, 0, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0.5, 0.5, 0],
        [1, 0, 0, 0],
    ]
    selected = [x.sort(), x.max(0), x.kthvalue(1), x.topk(1)]
    assert [pair.values.requires_grad for pair in selected] == [True] * 4
    assert [pair.indices.requires_grad for pair in selected] == [False] * 4


@claim("tensor.unique.sorted-values", see="generated/torch.unique")
def test_unique_gives_every_value_once(device):
    """unique() gives every value once, in ascending order, of all elements or of the
    slices along dim=; on request with the place of each element among them, and with
    how often each occurs; every nan is a value of its own.
    """
    x = torch.tensor([[3, 1], [3, 2]], device=device)
    rows = torch.tensor([[2, 1], [2, 1], [0, 5]], device=device)
    nan = torch.tensor([math.nan, 1.0, math.nan], device=device)

    values, places, counts = torch.unique(x, return_inverse=True, return_counts=True)
    slices, which, of_rows = torch.unique(
        rows, dim=0, return_inverse=True, return_counts=True
    )

    assert (values.tolist(), counts.tolist()) == ([1, 2, 3], [1, 1, 2])
    assert (values.dtype, counts.dtype) == (torch.int64, torch.int64)
    assert (places.tolist(), places.dtype) == ([[2, 0], [2, 1]], torch.int64)
    assert (slices.tolist(), of_rows.tolist()) == ([[0, 5], [2, 1]], [1, 2])
    assert (which.tolist(), rows.tolist()[2]) == ([1, 1, 0], [0, 5])
    assert str(nan.unique().tolist()) == "[1.0, nan, nan]"
    assert (x[:0].unique().shape, x.tolist()) == ((0,), [[3, 1], [3, 2]])


@claim("tensor.unique.consecutive", see="generated/torch.unique_consecutive")
def test_unique_consecutive_drops_repetitions_side_by_side(device):
    """unique_consecutive() drops an element that equals the one before it, and so keeps
    the order, and values that come back.
    """
    x = torch.tensor([2, 2, 1, 2, 2, 2], device=device)

    values, counts = torch.unique_consecutive(x, return_counts=True)

    assert (values.tolist(), counts.tolist()) == ([2, 1, 2], [2, 1, 3])
    assert x.unique_consecutive().tolist() == [2, 1, 2]


# --- by a condition -------------------------------------------------------------------


@claim("tensor.where.selects-by-condition", see="generated/torch.where")
def test_where_takes_from_one_or_the_other(device):
    """where(condition, x, y) takes each element from x where the condition is True and
    from y elsewhere, into a new tensor; either or both may be numbers, and nan that is
    not taken leaves no trace.
    """
    condition = torch.tensor([True, False, True], device=device)
    x = torch.tensor([1.0, math.nan, 3.0], device=device)
    y = torch.tensor([10.0, 20.0, math.nan], device=device)

    results = [torch.where(condition, x, y), x.where(condition, y)]
    numbers = [torch.where(condition, x, 0.5), torch.where(condition, -1, 1)]

    assert [result.tolist() for result in results] == [[1, 20, 3]] * 2
    assert [r.tolist() for r in numbers] == [[1, 0.5, 3], [-1, 1, -1]]
    assert [shares_storage(results[0], x), shares_storage(results[1], x)] == [False] * 2
    assert str(x.tolist() + y.tolist()) == "[1.0, nan, 3.0, 10.0, 20.0, nan]"


@claim("tensor.where.promotes", see="generated/torch.where")
def test_where_promotes_its_two_sides(device):
    """The two sides of where() are promoted to one dtype, whichever is taken."""
    condition = torch.tensor([True], device=device)
    other = torch.tensor([False], device=device)
    longs = torch.tensor([1], device=device)
    floats = torch.tensor([2.5], device=device)
    doubles = torch.tensor([3.5], dtype=torch.float64, device=device)

    others = [torch.where(other, floats, longs), longs.where(condition, floats)]
    results = [
        torch.where(condition, longs, floats),
        torch.where(condition, longs, 2.5),
        torch.where(condition, 1, 2),
        torch.where(condition, 1.5, 2),
        torch.where(condition, doubles, 2),
    ]

    assert [(result.tolist(), result.dtype) for result in results] == [
        ([1], torch.float32),
        ([1], torch.float32),
        ([1], torch.int64),
        ([1.5], torch.float32),
        ([3.5], torch.float64),
    ]
    assert [(r.tolist(), r.dtype) for r in others] == [([1], torch.float32)] * 2
    assert (floats.tolist(), longs.dtype) == ([2.5], torch.int64)


@claim("tensor.where.condition-shape-broadcasts", see="generated/torch.where")
def test_condition_and_both_sides_broadcast(device):
    """The condition and the two sides broadcast together; shapes that do not fit raise
    a RuntimeError.
    """
    column = torch.tensor([[True], [False]], device=device)
    x = torch.tensor([1, 2], device=device)
    zero_dim = torch.tensor(9, device=device)
    single = torch.tensor(True, device=device)
    three = torch.tensor([1, 2, 3], device=device)

    result = torch.where(column, x, zero_dim)

    assert (result.tolist(), result.shape) == ([[1, 2], [9, 9]], (2, 2))
    assert torch.where(single, x, zero_dim).tolist() == [1, 2]
    with pytest.raises(RuntimeError, match="must match the size of tensor"):
        torch.where(column, x, three)


@claim("tensor.where.condition-dtype", see="generated/torch.where")
def test_the_condition_is_a_tensor_of_bools(device):
    """The condition has to be a tensor of bools: uint8 still works with a UserWarning,
    int64 and float conditions raise a RuntimeError, and a list a TypeError.
    """
    x = torch.tensor([1, 2], device=device)
    y = torch.tensor([-1, -2], device=device)
    bytes_ = torch.tensor([1, 0], dtype=torch.uint8, device=device)
    longs = torch.tensor([1, 0], device=device)
    floats = torch.tensor([1.0, 0.0], device=device)

    with pytest.warns(UserWarning, match="where received a uint8 condition tensor"):
        result = torch.where(bytes_, x, y)

    assert result.tolist() == [1, -2]
    with pytest.raises(RuntimeError, match=r"condition to be a boolean .* dtype Long"):
        torch.where(longs, x, y)
    with pytest.raises(RuntimeError, match=r"condition to be a boolean .* dtype Float"):
        torch.where(floats, x, y)
    with pytest.raises(TypeError, match=r"got \(list, Tensor, Tensor\)"):
        torch.where([True, False], x, y)


@claim("tensor.where.condition-alone", see="generated/torch.where")
def test_where_with_a_condition_alone_gives_indices(device):
    """where(condition) gives a tuple with one tensor of int64 indices per dimension, at
    which the condition is not 0, as nonzero(as_tuple=True) does; a condition without
    dimensions is taken for a row of one element.
    """
    condition = torch.tensor([[0, 3, 1], [2, 0, 0]], device=device)
    zero_dim = torch.tensor(5, device=device)

    found, of_one = torch.where(condition), torch.where(zero_dim)

    assert [indices.tolist() for indices in found] == [[0, 0, 1], [1, 2, 0]]
    assert [indices.dtype for indices in found] == [torch.int64] * 2
    assert [indices.tolist() for indices in of_one] == [[0]]
    assert [i.tolist() for i in condition.nonzero(as_tuple=True)] == [
        [0, 0, 1],
        [1, 2, 0],
    ]


@claim("tensor.where.gradient", see="generated/torch.where")
def test_the_gradient_of_where_goes_to_what_was_taken(device):
    """The gradient goes to the side that was taken and is 0 for the other; but what
    made the other side still gets that 0, and the root of 0 turns it into nan.
    """
    condition = torch.tensor([True, False], device=device)
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = torch.tensor([4.0, 0.0], device=device, requires_grad=True)

    taken = torch.autograd.grad(torch.where(condition, x, y).sum(), [x, y])
    root = torch.autograd.grad(torch.where(y > 0, y.sqrt(), 0.0).sum(), y)[0]

    assert [gradient.tolist() for gradient in taken] == [[1, 0], [0, 1]]
    assert str(root.tolist()) == "[0.25, nan]"

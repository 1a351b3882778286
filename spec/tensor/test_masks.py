"""Masks.

A mask is a tensor of True and False, which comparisons make. It addresses elements: as
an index it picks them into a new vector or names them for an assignment, masked_fill()
writes a number over them, where() takes them from one tensor and the rest from another,
and nonzero() turns the mask into positions.

A mask as an index has to have the tensor's own sizes, or those of its first dimensions;
masked_select(), masked_fill() and where() broadcast it instead. In old programs masks
are of torch.uint8, 0 and 1: that this still works everywhere is a common mistake. And a
tensor of whole numbers in brackets is never a mask, it is a list of positions.
"""

import warnings
from math import prod

import pytest
import torch
from hypothesis import given

from spec.models.masks import masked, nonzero, picked
from torch_semantics import claim
from torch_semantics.words import shares_storage


def numbered(sizes, device):
    """A tensor whose elements count up from 0."""
    return torch.arange(prod(sizes), device=device).view(sizes)


# --- a mask as an index ---------------------------------------------------------------


@claim("tensor.mask.comparison-gives-bool", see="generated/torch.ge")
def test_a_comparison_makes_a_mask(device):
    """A comparison gives a tensor of torch.bool in the shape that the operands
    broadcast to; method, function and operator agree, the dtypes of the operands may
    differ, and NaN is neither greater than, less than nor equal to anything.
    """
    a = torch.tensor([[0.0, 0.5], [1.0, float("nan")]], device=device)
    whole = torch.tensor([0, 1], device=device)
    one = torch.tensor(1, device=device)

    masks = [a.ge(0.5), a >= 0.5, torch.ge(a, 0.5), a < 0.5, a == a, whole.gt(a)]
    zero_dim = one > 0.5

    assert [mask.tolist() for mask in masks] == [
        [[False, True], [True, False]],
        [[False, True], [True, False]],
        [[False, True], [True, False]],
        [[True, False], [False, False]],
        [[True, True], [True, False]],
        [[False, True], [False, False]],
    ]
    assert [mask.dtype for mask in masks] == [torch.bool] * 6
    assert (zero_dim.shape, zero_dim.dtype, zero_dim.item()) == ((), torch.bool, True)


@claim("tensor.mask.combination", see="generated/torch.logical_and")
def test_masks_are_combined_by_operators_and_not_by_words(device):
    """The operators &, |, ^ and ~ combine masks element by element; and, or and not ask
    for one truth value, which raises RuntimeError.
    """
    a = torch.tensor([True, True, False, False], device=device)
    b = torch.tensor([True, False, True, False], device=device)

    masks = [a & b, a | b, a ^ b, ~a]

    assert [mask.tolist() for mask in masks] == [
        [True, False, False, False],
        [True, True, True, False],
        [False, True, True, False],
        [False, False, True, True],
    ]
    assert [mask.dtype for mask in masks] == [torch.bool] * 4
    with pytest.raises(RuntimeError, match="more than one value is ambiguous"):
        a and b
    with pytest.raises(RuntimeError, match="more than one value is ambiguous"):
        a or b
    with pytest.raises(RuntimeError, match="more than one value is ambiguous"):
        not a


@claim("tensor.mask.select-flattens-row-major", see="generated/torch.masked_select")
def test_a_mask_picks_elements_into_a_vector(device):
    """A mask of the tensor's shape picks the elements where it is True into a new
    vector, in row-major order of the tensor, whatever its strides; none at all give
    size 0, and all of them are copied too.
    """
    a = numbered((3, 2), device).t()
    contiguous = numbered((3, 2), device)
    mask = torch.tensor([[True, False, True], [False, True, True]], device=device)

    result = a[mask]
    nothing = a[torch.zeros_like(mask)]
    everything = contiguous[contiguous >= 0]

    assert a.tolist() == [[0, 2, 4], [1, 3, 5]]
    assert (result.tolist(), result.dtype) == ([0, 4, 3, 5], torch.int64)
    assert (nothing.shape, nothing.dtype) == ((0,), torch.int64)
    assert everything.tolist() == [0, 1, 2, 3, 4, 5]
    assert not shares_storage(result, a)
    assert not shares_storage(everything, contiguous)
    result.fill_(-1)
    assert a.tolist() == [[0, 2, 4], [1, 3, 5]]


@claim("tensor.mask.select-in-general", see="generated/torch.masked_select")
@given(case=masked())
def test_masks_pick_what_the_rule_says(device, case):
    """For any tensor and mask of its shape, indexing with the mask and masked_select()
    give the elements where the mask is True, in row-major order; nonzero() gives their
    positions.
    """
    sizes, flat = case
    a = numbered(sizes, device)
    mask = torch.tensor(flat, dtype=torch.bool, device=device).view(sizes)
    expected = picked(range(len(flat)), flat)

    indexed, selected, places = a[mask], a.masked_select(mask), mask.nonzero()

    assert (case, indexed.tolist()) == (case, expected)
    assert (case, selected.tolist()) == (case, expected)
    assert (case, places.tolist()) == (case, nonzero(flat, sizes))
    assert (case, places.shape) == (case, (sum(flat), len(sizes)))


@claim("tensor.mask.zero-dim", see="generated/torch.masked_select")
def test_a_mask_without_dimensions_adds_one(device):
    """A mask without dimensions takes the whole tensor or nothing, in a new dimension
    of size 1 or 0 at the front; the result is a copy.
    """
    a = numbered((2, 3), device)
    true = torch.tensor(True, device=device)
    false = torch.tensor(False, device=device)

    whole, nothing, element = a[true], a[false], a[0, 1][true]

    assert whole.tolist() == [[[0, 1, 2], [3, 4, 5]]]
    assert (nothing.shape, nothing.dtype) == ((0, 2, 3), torch.int64)
    assert (element.tolist(), element.shape) == ([1], (1,))
    assert not shares_storage(whole, a)


@claim("tensor.mask.shape-must-match-prefix", see="generated/torch.masked_select")
def test_a_mask_for_the_first_dimensions_picks_rows(device):
    """A mask of a tensor's first sizes picks whole rows, and one behind a slice picks
    columns; a mask is not broadcast, and one of any other shape raises IndexError.
    """
    a = torch.tensor([[0, 1, 2], [3, 4, 5]], device=device)
    two = torch.tensor([False, True], device=device)
    three = torch.tensor([True, False, True], device=device)
    column = two.view(2, 1)
    one = torch.tensor([True], device=device)
    deep = torch.ones(2, 3, 1, dtype=torch.bool, device=device)

    assert a[two].tolist() == [[3, 4, 5]]
    assert a[:, three].tolist() == [[0, 2], [3, 5]]
    with pytest.raises(IndexError, match=r"mask \[3\] at index 0 .* tensor \[2, 3\]"):
        a[three]
    with pytest.raises(
        IndexError, match=r"mask \[2, 1\] at index 1 .* tensor \[2, 3\]"
    ):
        a[column]
    with pytest.raises(IndexError, match=r"mask \[1\] at index 0 .* tensor \[2, 3\]"):
        a[one]
    with pytest.raises(IndexError, match=r"mask \[2\] .* tensor \[2, 3\] at index 1"):
        a[:, two]
    with pytest.raises(IndexError, match="too many indices"):
        a[deep]


@claim("tensor.mask.list-of-booleans", see="generated/torch.masked_select")
def test_a_list_of_booleans_is_a_mask(device):
    """A list of True and False is a mask, not a list of the positions 1 and 0."""
    a = torch.tensor([5, 6, 7], device=device)

    assert a[[True, False, True]].tolist() == [5, 7]
    assert a[[1, 0, 1]].tolist() == [6, 5, 6]


@claim("tensor.mask.uint8-mask-deprecated", see="generated/torch.masked_select")
def test_a_uint8_tensor_indexes_as_a_mask_with_a_warning(device):
    """A tensor of uint8 still is a mask in brackets, with a UserWarning; one of bool
    gives no warning, and one of int64 with the same 0 and 1 is a list of positions.
    """
    a = torch.tensor([5, 6, 7], device=device)
    flags = torch.tensor([1, 0, 1], device=device)
    bytes_ = torch.tensor([1, 0, 1], dtype=torch.uint8, device=device)

    with pytest.warns(UserWarning, match="dtype torch.uint8 is now deprecated"):
        old = a[bytes_]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mask = a[flags.bool()]
        positions = a[flags]

    assert old.tolist() == mask.tolist() == [5, 7]
    assert positions.tolist() == [6, 5, 6]


@claim("tensor.mask.gradient", see="generated/torch.masked_select")
def test_the_gradient_reaches_the_picked_elements(device):
    """The gradient of what a mask picks, by index or masked_select(), goes to those
    elements; the others get 0.
    """
    a = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    mask = torch.tensor([True, False, True], device=device)
    weights = torch.tensor([10.0, 20.0], device=device)

    indexed, selected = a[mask], a.masked_select(mask)
    (by_index,) = torch.autograd.grad(indexed, a, weights)
    (by_select,) = torch.autograd.grad(selected, a, weights)

    assert (indexed.tolist(), selected.tolist()) == ([1, 3], [1, 3])
    assert (by_index.tolist(), by_select.tolist()) == ([10, 0, 20], [10, 0, 20])


@claim(
    "tensor.mask.assignment-writes-in-place", see="generated/torch.Tensor.index_put_"
)
def test_assigning_to_a_mask_writes_the_masked_elements(device):
    """Assigning to a mask writes the elements where it is True and no others: a number,
    a tensor with an element for each, or one that broadcasts to them; where the mask is
    nowhere True, nothing is written.
    """
    a = torch.arange(5, device=device)
    rows = torch.zeros(2, 3, dtype=torch.int64, device=device)
    alias = a[:]

    a[a > 3] = 9
    a[a < 2] = torch.tensor([7, 8], device=device)
    a[a == 3] = torch.tensor([6], device=device)
    a[a > 99] = -1
    rows[torch.tensor([True, False], device=device)] = torch.arange(3, device=device)

    assert (a.tolist(), a.dtype) == ([7, 8, 2, 6, 9], torch.int64)
    assert alias.tolist() == [7, 8, 2, 6, 9]
    assert rows.tolist() == [[0, 1, 2], [0, 0, 0]]


@claim("tensor.mask.assignment-casts-numbers", see="generated/torch.Tensor.index_put_")
def test_a_number_assigned_to_a_mask_is_converted_and_a_vector_is_not(device):
    """A number or a tensor without dimensions is converted to the tensor's dtype; a
    vector has to have that dtype and the right number of elements, or RuntimeError is
    raised and nothing is written.
    """
    a = torch.arange(4, device=device)
    mask = torch.tensor([False, False, True, True], device=device)
    floats = torch.tensor([7.5, 8.5], device=device)
    three = torch.tensor([7, 8, 9], device=device)
    negative = torch.tensor(-7.9, device=device)

    a[mask] = 7.9
    by_number = a.tolist()
    a[mask] = negative

    assert (by_number, a.tolist()) == ([0, 1, 7, 7], [0, 1, -7, -7])
    with pytest.raises(RuntimeError, match="source and destination dtypes match"):
        a[mask] = floats
    with pytest.raises(RuntimeError, match=r"shape mismatch: .* \[3\] .* \[2\]"):
        a[mask] = three
    assert (a.tolist(), a.dtype) == ([0, 1, -7, -7], torch.int64)


# --- masked_select() ------------------------------------------------------------------


@claim("tensor.masked-select.one-d-copy", see="generated/torch.masked_select")
def test_masked_select_returns_a_vector_of_its_own(device):
    """masked_select() always returns a new vector of the elements where the mask is
    True, in row-major order: of size 0 if there are none, of size 1 from a tensor
    without dimensions.
    """
    a = numbered((2, 3), device)
    mask = torch.tensor([[False, True, True], [True, False, False]], device=device)
    turned, turned_mask = a.t(), mask.t()
    four, true = torch.tensor(4, device=device), torch.tensor(True, device=device)

    result = a.masked_select(mask)
    nothing = a.masked_select(torch.zeros_like(mask))
    one = four.masked_select(true)
    by_columns = turned.masked_select(turned_mask)

    assert (result.tolist(), result.dtype) == ([1, 2, 3], torch.int64)
    assert (nothing.shape, nothing.dtype) == ((0,), torch.int64)
    assert (one.tolist(), by_columns.tolist()) == ([4], [3, 1, 2])
    result.fill_(-1)
    one.fill_(-1)
    assert (a.tolist(), four.item()) == ([[0, 1, 2], [3, 4, 5]], 4)


@claim("tensor.masked-select.broadcasts", see="generated/torch.masked_select")
def test_masked_select_broadcasts_tensor_and_mask(device):
    """masked_select() broadcasts the mask and the tensor with each other, which an
    index does not; shapes that don't fit raise RuntimeError.
    """
    a = numbered((2, 3), device)
    column = torch.tensor([[False], [True]], device=device)
    whole = torch.tensor([[True, True, False], [False, True, True]], device=device)
    two = torch.tensor([True, False], device=device)
    row = a[1]

    rows = a.masked_select(column)
    repeated = row.masked_select(whole)
    everything = a.masked_select(torch.tensor(True, device=device))

    assert rows.tolist() == [3, 4, 5]
    assert repeated.tolist() == [3, 4, 4, 5]
    assert everything.tolist() == [0, 1, 2, 3, 4, 5]
    assert not shares_storage(everything, a)
    with pytest.raises(RuntimeError, match="must match the size of tensor"):
        a.masked_select(two)


@claim("tensor.masked-select.call-forms", see="generated/torch.masked_select")
def test_the_call_forms_of_masked_select_agree(device):
    """Method, function, keywords and out= give the same; out= is resized, written and
    returned, and has to have the tensor's dtype.
    """
    a = torch.tensor([1.5, 2.5, 3.5], device=device)
    mask = torch.tensor([True, False, True], device=device)
    out = torch.zeros(0, device=device)
    whole = torch.zeros(2, dtype=torch.int64, device=device)

    results = [
        a.masked_select(mask),
        a.masked_select(mask=mask),
        torch.masked_select(a, mask),
        torch.masked_select(input=a, mask=mask),
        torch.masked_select(a, mask, out=out),
    ]

    assert [result.tolist() for result in results] == [[1.5, 3.5]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.float32, (1,), False)
    }
    assert (results[4] is out, out.shape) == (True, (2,))
    with pytest.raises(RuntimeError, match="must have the same scalar type"):
        torch.masked_select(a, mask, out=whole)
    assert whole.tolist() == [0, 0]


@claim(
    "tensor.masked-select.bool-mask-only",
    see="generated/torch.masked_select",
    since="2.1",
)
def test_masked_select_takes_masks_of_bool_only(device):
    """A mask of uint8 or int64 raises RuntimeError; bool() makes a mask of it."""
    a = torch.tensor([5, 6, 7], device=device)
    flags = torch.tensor([1, 0, 1], device=device)
    bytes_ = flags.to(torch.uint8)

    with pytest.raises(RuntimeError, match="expected BoolTensor for mask"):
        a.masked_select(bytes_)
    with pytest.raises(RuntimeError, match="expected BoolTensor for mask"):
        a.masked_select(flags)
    result = a.masked_select(flags.bool())

    assert (result.tolist(), result.shape) == ([5, 7], (2,))


@claim(
    "tensor.masked-select.uint8-mask-warns",
    see="generated/torch.masked_select",
    until="2.1",
)
def test_masked_select_takes_a_mask_of_uint8_with_a_warning(device):
    """A mask of uint8 picks like one of bool, with a UserWarning; one of int64 raises
    RuntimeError.
    """
    a = torch.tensor([5, 6, 7], device=device)
    flags = torch.tensor([1, 0, 1], device=device)

    with pytest.warns(UserWarning, match="received a mask with dtype torch.uint8"):
        result = a.masked_select(flags.to(torch.uint8))

    assert result.tolist() == [5, 7]
    with pytest.raises(RuntimeError, match="expected BoolTensor or ByteTensor"):
        a.masked_select(flags)


# --- masked_fill() --------------------------------------------------------------------


@claim("tensor.masked-fill.forms", see="generated/torch.Tensor.masked_fill_")
def test_masked_fill_writes_a_number_over_a_copy_or_in_place(device):
    """masked_fill() returns a copy with a number written where the mask is True;
    masked_fill_() writes into the tensor and returns it.
    """
    base = numbered((3, 2), device)
    a = base.t()
    mask = torch.tensor([[True, False, False], [False, True, True]], device=device)
    nine = torch.tensor(9, device=device)

    copies = [
        a.masked_fill(mask, 9),
        a.masked_fill(mask, nine),
        torch.masked_fill(a, mask, 9),
        torch.masked_fill(input=a, mask=mask, value=9),
    ]
    before = a.tolist()
    same = a.masked_fill_(mask, 9)

    assert [copy.tolist() for copy in copies] == [[[9, 2, 4], [1, 9, 9]]] * 4
    assert [copy.dtype for copy in copies] == [torch.int64] * 4
    assert [shares_storage(copy, a) for copy in copies] == [False] * 4
    assert (before, a.tolist()) == ([[0, 2, 4], [1, 3, 5]], [[9, 2, 4], [1, 9, 9]])
    assert (same is a, base.tolist()) == (True, [[9, 1], [2, 9], [4, 9]])


@claim("tensor.masked-fill.broadcasts", see="generated/torch.Tensor.masked_fill_")
def test_masked_fill_broadcasts_and_cannot_grow_in_place(device):
    """The mask broadcasts with the tensor; masked_fill() may return a larger tensor,
    while masked_fill_() raises RuntimeError for a mask that is larger than the tensor.
    """
    a = numbered((2, 3), device)
    column = torch.tensor([[False], [True]], device=device)
    deep = torch.tensor([[[True]], [[False]]], device=device)

    grown = a.masked_fill(deep, 9)
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        a.masked_fill_(deep, 9)
    before = a.tolist()
    a.masked_fill_(column, 9)

    assert grown.tolist() == [[[9, 9, 9], [9, 9, 9]], [[0, 1, 2], [3, 4, 5]]]
    assert (before, a.tolist()) == ([[0, 1, 2], [3, 4, 5]], [[0, 1, 2], [9, 9, 9]])


@claim("tensor.masked-fill.value", see="generated/torch.Tensor.masked_fill_")
def test_masked_fill_converts_its_value_to_the_tensors_dtype(device):
    """The value, a number or a tensor without dimensions, is converted to the tensor's
    dtype, which the result keeps: integers lose the fraction. NaN for integers, and a
    vector of values, raise RuntimeError, and nothing is written.
    """
    a = torch.arange(3, device=device)
    mask = torch.tensor([False, True, True], device=device)
    floats = torch.tensor([0.0, 1.0, 2.0], device=device)
    vector, fraction = (
        torch.tensor([9], device=device),
        torch.tensor(8.9, device=device),
    )

    filled = a.masked_fill(mask, -7.9)
    by_tensor = a.masked_fill(mask, fraction)
    infinite = floats.masked_fill(mask, float("-inf"))

    assert (filled.tolist(), filled.dtype) == ([0, -7, -7], torch.int64)
    assert (by_tensor.tolist(), by_tensor.dtype) == ([0, 8, 8], torch.int64)
    assert infinite.tolist() == [0, float("-inf"), float("-inf")]
    assert infinite.dtype is torch.float32
    with pytest.raises(RuntimeError, match=r"cannot be converted .* without overflow"):
        a.masked_fill_(mask, float("nan"))
    with pytest.raises(RuntimeError, match="only supports a 0-dimensional value"):
        a.masked_fill_(mask, vector)
    assert a.tolist() == [0, 1, 2]


@claim(
    "tensor.masked-fill.bool-mask-only",
    see="generated/torch.Tensor.masked_fill_",
    since="2.1",
)
def test_masked_fill_takes_masks_of_bool_only(device):
    """A mask of uint8 or int64 raises RuntimeError, also where a number is assigned to
    an index of uint8; nothing is written.
    """
    a = torch.tensor([5, 6, 7], device=device)
    flags = torch.tensor([1, 0, 1], device=device)
    bytes_ = flags.to(torch.uint8)

    with pytest.raises(RuntimeError, match="only supports boolean masks"):
        a.masked_fill_(bytes_, 0)
    with pytest.raises(RuntimeError, match="only supports boolean masks"):
        a.masked_fill_(flags, 0)
    with pytest.raises(RuntimeError, match="only supports boolean masks"):
        a[bytes_] = 0

    assert a.tolist() == [5, 6, 7]


@claim(
    "tensor.masked-fill.uint8-mask-warns",
    see="generated/torch.Tensor.masked_fill_",
    until="2.1",
)
def test_masked_fill_takes_a_mask_of_uint8_with_a_warning(device):
    """A mask of uint8 fills like one of bool, with a UserWarning."""
    a = torch.tensor([5, 6, 7], device=device)
    mask = torch.tensor([1, 0, 1], dtype=torch.uint8, device=device)

    with pytest.warns(UserWarning, match="received a mask with dtype torch.uint8"):
        a.masked_fill_(mask, 0)

    assert a.tolist() == [0, 6, 0]


@claim("tensor.masked-fill.gradient", see="generated/torch.Tensor.masked_fill_")
def test_the_gradient_of_filled_elements_goes_to_the_value(device):
    """The gradient of the elements that are filled goes to the value, if that is a
    tensor, and of the others to the tensor, of masked_fill() as of masked_fill_().
    """
    a = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    value = torch.tensor(9.0, device=device, requires_grad=True)
    mask = torch.tensor([False, True, True], device=device)
    weights = torch.tensor([10.0, 20.0, 40.0], device=device)
    same = a * 1

    copy, own = a.masked_fill(mask, value), same.masked_fill_(mask, value)
    of_copy = torch.autograd.grad(copy, (a, value), weights)
    of_own = torch.autograd.grad(own, (a, value), weights)

    assert (copy.tolist(), own.tolist()) == ([1, 9, 9], [1, 9, 9])
    assert (a.tolist(), own is same) == ([1, 2, 3], True)
    assert [each.tolist() for each in of_copy] == [[10, 0, 0], 60]
    assert [each.tolist() for each in of_own] == [[10, 0, 0], 60]


@claim("tensor.masked-fill.small-inputs", see="generated/torch.Tensor.masked_fill_")
def test_masked_fill_of_one_or_no_element(device):
    """A tensor without dimensions is filled like any other; a tensor without elements,
    or a mask that is nowhere True, leaves nothing to write, and masked_fill() returns a
    copy all the same.
    """
    seven, empty = torch.tensor(7, device=device), torch.zeros(2, 0, device=device)
    true = torch.tensor(True, device=device)
    false = torch.tensor([False, False], device=device)
    ones = torch.ones(2, device=device)

    filled = seven.masked_fill(true, 9)
    nothing = empty.masked_fill(true, 9)
    copy, unchanged = ones.masked_fill(false, 9), ones.masked_fill_(false, 9)

    assert (filled.item(), filled.shape, seven.item()) == (9, (), 7)
    assert (nothing.shape, nothing.dtype) == ((2, 0), torch.float32)
    assert copy.tolist() == unchanged.tolist() == [1, 1]
    assert (unchanged is ones, shares_storage(copy, ones)) == (True, False)


@claim("tensor.masked-scatter.in-order", see="generated/torch.Tensor.masked_scatter_")
def test_masked_scatter_writes_the_first_elements_of_its_source(device):
    """masked_scatter() writes the elements of its source, one after the other, to where
    the mask is True, into a copy; masked_scatter_() into the tensor. Elements that are
    left over are not used.
    """
    a = numbered((2, 3), device)
    mask = torch.tensor([[True, False, True], [False, True, False]], device=device)
    source = torch.tensor([[7, 8], [9, 10]], device=device)

    copy = a.masked_scatter(mask, source)
    function = torch.masked_scatter(a, mask, source)
    before = a.tolist()
    same = a.masked_scatter_(mask, source)

    assert copy.tolist() == function.tolist() == [[7, 1, 8], [3, 9, 5]]
    assert (before, a.tolist()) == ([[0, 1, 2], [3, 4, 5]], [[7, 1, 8], [3, 9, 5]])
    assert (same is a, copy.dtype) == (True, torch.int64)


@claim("tensor.masked-scatter.refused", see="generated/torch.Tensor.masked_scatter_")
def test_masked_scatter_needs_enough_elements_of_the_same_dtype():
    """On the CPU, a source with fewer elements than the mask has True, or of another
    dtype than the tensor, raises RuntimeError.
    """
    a = torch.zeros(3)
    mask = torch.tensor([True, True, False])
    one, whole = torch.tensor([1.0]), torch.tensor([1, 2])

    with pytest.raises(RuntimeError, match="source < number of ones in mask"):
        a.masked_scatter(mask, one)
    with pytest.raises(RuntimeError, match="to have same dtypes"):
        a.masked_scatter(mask, whole)


# --- nonzero() ------------------------------------------------------------------------


@claim("tensor.nonzero.index-rows", see="generated/torch.nonzero")
def test_nonzero_gives_the_position_of_each_element_in_a_row(device):
    """nonzero() gives a matrix of int64, in which each row is the position of an
    element that is not zero, in row-major order, and the columns are the dimensions.
    NaN counts as not zero, -0.0 as zero.
    """
    vector = torch.tensor([1, 1, 1, 0, 1], device=device)
    diagonal = torch.eye(3, device=device)
    odd = torch.tensor([float("nan"), -0.0, 0.0, -1.0], device=device)
    rows = torch.tensor([[False, True], [True, False], [True, True]], device=device)
    turned = rows.t()

    assert vector.nonzero().tolist() == [[0], [1], [2], [4]]
    assert diagonal.nonzero().tolist() == [[0, 0], [1, 1], [2, 2]]
    assert odd.nonzero().tolist() == [[0], [3]]
    assert turned.nonzero().tolist() == [[0, 1], [0, 2], [1, 0], [1, 2]]
    assert diagonal.nonzero().dtype is torch.int64


@claim("tensor.nonzero.nothing-found", see="generated/torch.nonzero")
def test_nonzero_of_zeros_has_no_rows(device):
    """Where all elements are zero, or there are none, the result has no rows, and still
    a column for each dimension; it never requires a gradient.
    """
    zeros = torch.zeros(2, 3, device=device, requires_grad=True)
    empty = torch.ones(2, 0, 3, device=device)

    assert (zeros.nonzero().shape, empty.nonzero().shape) == ((0, 2), (0, 3))
    assert (zeros.nonzero().dtype, empty.nonzero().dtype) == (torch.int64, torch.int64)
    assert (zeros + 1).nonzero().requires_grad is False


@claim("tensor.nonzero.as-tuple", see="generated/torch.nonzero")
def test_nonzero_as_a_tuple_is_an_index(device):
    """With as_tuple=True, nonzero() gives a vector of positions for each dimension: as
    an index it picks the elements that are not zero. The rows that it gives otherwise
    are positions in the first dimension if used as an index.
    """
    a = torch.tensor([[0, 7], [8, 0]], device=device)

    rows, columns = a.nonzero(as_tuple=True)
    function = torch.nonzero(a, as_tuple=True)
    matrix = torch.nonzero(a, as_tuple=False)

    assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 0])
    assert [each.tolist() for each in function] == [[0, 1], [1, 0]]
    assert (rows.dtype, columns.dtype) == (torch.int64, torch.int64)
    assert isinstance(function, tuple)
    assert a[rows, columns].tolist() == a[function].tolist() == [7, 8]
    assert matrix.tolist() == [[0, 1], [1, 0]]
    assert a[matrix].tolist() == [[[0, 7], [8, 0]], [[8, 0], [0, 7]]]


@claim("tensor.nonzero.zero-dim-input", see="generated/torch.nonzero")
def test_nonzero_of_a_tensor_without_dimensions(device):
    """A tensor without dimensions has no column: one row of nothing if it is not zero,
    else none. With as_tuple=True it is taken as a vector of one element.
    """
    five, zero = torch.tensor(5, device=device), torch.tensor(0, device=device)

    assert (five.nonzero().shape, zero.nonzero().shape) == ((1, 0), (0, 0))
    assert [each.tolist() for each in five.nonzero(as_tuple=True)] == [[0]]
    assert [each.tolist() for each in zero.nonzero(as_tuple=True)] == [[]]


@claim("tensor.nonzero.call-forms", see="generated/torch.nonzero")
def test_the_call_forms_of_nonzero_agree(device):
    """Method, function, keywords, argwhere() and out= give the same rows; out= is
    resized, written and returned, and has to be of int64.
    """
    a = torch.tensor([[0, 7], [8, 9]], device=device)
    out = torch.zeros(0, dtype=torch.int64, device=device)
    floats = torch.zeros(3, 2, device=device)

    results = [
        a.nonzero(),
        torch.nonzero(input=a),
        torch.argwhere(a),
        a.argwhere(),
        torch.nonzero(a, out=out),
    ]

    assert [result.tolist() for result in results] == [[[0, 1], [1, 0], [1, 1]]] * 5
    assert {(each.dtype, each.requires_grad) for each in results} == {
        (torch.int64, False)
    }
    assert results[4] is out
    with pytest.raises(RuntimeError, match="out tensor to have scalar type Long"):
        torch.nonzero(a, out=floats)
    assert floats.tolist() == [[0, 0], [0, 0], [0, 0]]


# --- where() --------------------------------------------------------------------------


@claim("tensor.where.elementwise-choice", see="generated/torch.where")
def test_where_takes_each_element_from_one_of_two(device):
    """where() takes an element from the first tensor where the condition is True, else
    from the second; all three broadcast, or RuntimeError is raised, and the result is a
    new tensor.
    """
    condition = torch.tensor([[True], [False]], device=device)
    x = torch.tensor([1, 2, 3], device=device)
    y = torch.tensor(0, device=device)
    true, no_rows = condition[0], condition[:0]

    result = torch.where(condition, x, y)
    everywhere = torch.where(true, x, x)
    nothing = torch.where(no_rows, x, y)

    assert (result.tolist(), result.dtype) == ([[1, 2, 3], [0, 0, 0]], torch.int64)
    assert (everywhere.tolist(), shares_storage(everywhere, x)) == ([1, 2, 3], False)
    assert (nothing.shape, nothing.dtype) == ((0, 3), torch.int64)
    with pytest.raises(RuntimeError, match="must match the size of tensor"):
        torch.where(condition, x, x[:2])
    assert (condition.tolist(), x.tolist(), y.item()) == (
        [[True], [False]],
        [1, 2, 3],
        0,
    )


@claim("tensor.where.in-general", see="generated/torch.where")
@given(case=masked())
def test_where_chooses_element_by_element(device, case):
    """For any condition and two tensors of its shape, the result has that shape, and
    each element is the first tensor's where the condition is True and else the
    second's.
    """
    sizes, flat = case
    x = numbered(sizes, device)
    condition = torch.tensor(flat, dtype=torch.bool, device=device).view(sizes)
    y = -1 - x
    expected = [k if true else -1 - k for k, true in enumerate(flat)]

    result = torch.where(condition, x, y)

    assert (case, result.shape, result.dtype) == (case, sizes, torch.int64)
    assert (case, result.view(-1).tolist()) == (case, expected)


@claim("tensor.where.numbers", see="generated/torch.where")
def test_where_takes_numbers_on_either_side(device):
    """Either choice, or both, may be a number: two integers give int64, two of which
    one is a float the default dtype, two booleans bool.
    """
    mask = torch.tensor([True, False], device=device)
    x = torch.tensor([5, 6], device=device)

    results = [
        torch.where(mask, x, 0),
        torch.where(mask, 0, x),
        torch.where(mask, 1, 2),
        torch.where(mask, 1.5, 2),
        torch.where(mask, False, True),
    ]

    assert [result.tolist() for result in results] == [
        [5, 0],
        [0, 6],
        [1, 2],
        [1.5, 2.0],
        [False, True],
    ]
    assert [result.dtype for result in results] == [
        torch.int64,
        torch.int64,
        torch.int64,
        torch.float32,
        torch.bool,
    ]
    assert (mask.tolist(), x.tolist()) == ([True, False], [5, 6])


@claim("tensor.where.call-forms", see="generated/torch.where")
def test_the_call_forms_of_where_agree(device):
    """Function, keywords, out= and the method, whose own tensor is the first choice,
    give the same; out= is written and returned.
    """
    condition = torch.tensor([True, False], device=device)
    x, y = torch.tensor([1, 2], device=device), torch.tensor([8, 9], device=device)
    out = torch.zeros(2, dtype=torch.int64, device=device)

    results = [
        torch.where(condition, x, y),
        torch.where(condition=condition, input=x, other=y),
        x.where(condition, y),
        x.where(condition=condition, other=y),
        torch.where(condition, x, y, out=out),
    ]

    assert [result.tolist() for result in results] == [[1, 9]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (1,), False)
    }
    assert results[4] is out
    assert (x.tolist(), y.tolist()) == ([1, 2], [8, 9])


@claim(
    "tensor.where.method-takes-a-number",
    see="generated/torch.Tensor.where",
    since="2.0",
)
def test_the_method_where_takes_a_number(device):
    """The second choice of the method where() may be a number."""
    x = torch.tensor([1, 2], device=device)

    result = x.where(x > 1, 9)

    assert (result.tolist(), result.dtype) == ([9, 2], torch.int64)


@claim(
    "tensor.where.method-needs-a-tensor",
    see="generated/torch.Tensor.where",
    until="2.0",
)
def test_the_method_where_refuses_a_number(device):
    """A number as the second choice of the method where() raises TypeError."""
    x = torch.tensor([1, 2], device=device)

    with pytest.raises(TypeError, match=r"argument 'other' .* must be Tensor, not int"):
        x.where(x > 1, 9)


@claim("tensor.where.dtype-promotion", see="tensor_attributes#torch.dtype")
@pytest.mark.parametrize(
    ("x", "x_dtype", "y", "y_dtype"),
    [
        (3, torch.int64, 0.5, torch.float32),
        (0.5, torch.float32, 0.1, torch.float64),
        (3, torch.int32, 2**40, torch.int64),
        (True, torch.bool, 200, torch.uint8),
        (0.5, torch.float32, 1j, torch.complex64),
    ],
    ids=["int-float", "float-double", "int32-int64", "bool-uint8", "float-complex"],
)
def test_where_promotes_the_dtypes_of_its_choices(device, x, x_dtype, y, y_dtype):
    """Two tensors of different dtypes give the dtype that both are promoted to, here
    always the second's, in either order, and no element is rounded on the way.
    """
    condition = torch.tensor([True, False], device=device)
    xs = torch.tensor([x, x], dtype=x_dtype, device=device)
    ys = torch.tensor([y, y], dtype=y_dtype, device=device)

    one_way = torch.where(condition, xs, ys)
    other_way = torch.where(condition, ys, xs)

    assert (one_way.dtype, other_way.dtype) == (y_dtype, y_dtype)
    assert (one_way.tolist(), other_way.tolist()) == ([x, y], [y, x])


@claim("tensor.where.numbers-do-not-widen", see="tensor_attributes#torch.dtype")
def test_a_number_changes_the_dtype_only_by_its_kind(device):
    """A number leaves a tensor of its kind or a higher one as it is, and so does a
    tensor without dimensions; a float makes floats of the default dtype of integers.
    """
    condition = torch.tensor([True, False], device=device)
    whole = torch.tensor([1, 2], device=device)
    half = torch.tensor([1.0, 2.0], dtype=torch.float16, device=device)
    double = torch.tensor(9.0, dtype=torch.float64, device=device)

    results = [
        torch.where(condition, whole, 9.0),
        torch.where(condition, half, 9.0),
        torch.where(condition, half, 9),
        torch.where(condition, half, double),
    ]

    assert [result.dtype for result in results] == [
        torch.float32,
        torch.float16,
        torch.float16,
        torch.float16,
    ]
    assert [result.tolist() for result in results] == [[1, 9]] * 4
    assert (whole.tolist(), half.tolist()) == ([1, 2], [1, 2])


@claim("tensor.where.single-argument", see="generated/torch.where")
def test_where_of_a_condition_alone_gives_positions(device):
    """where() of one tensor gives what nonzero() gives as a tuple: positions that can
    be used as an index. Of two tensors, or of a condition that is no tensor, it raises
    TypeError.
    """
    a = torch.tensor([[0, 7], [8, 0]], device=device)

    places = torch.where(a)

    assert isinstance(places, tuple)
    assert [each.tolist() for each in places] == [[0, 1], [1, 0]]
    assert [each.dtype for each in places] == [torch.int64] * 2
    assert a[places].tolist() == [7, 8]
    assert [each.tolist() for each in torch.where(a[0, 1])] == [[0]]
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        torch.where(a > 0, a)
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        torch.where(True, a, 0)


@claim("tensor.where.condition-is-bool", see="generated/torch.where")
def test_the_condition_of_where_is_boolean(device):
    """A condition of int64 or floats raises RuntimeError; one of uint8 works, with a
    UserWarning.
    """
    x = torch.tensor([5, 6], device=device)
    flags = torch.tensor([1, 0], device=device)
    bytes_, floats = flags.to(torch.uint8), flags.float()

    with pytest.raises(RuntimeError, match="expected condition to be a boolean tensor"):
        torch.where(flags, x, 0)
    with pytest.raises(RuntimeError, match="expected condition to be a boolean tensor"):
        torch.where(floats, x, 0)
    with pytest.warns(UserWarning, match="received a uint8 condition tensor"):
        result = torch.where(bytes_, x, 0)

    assert (result.tolist(), result.dtype) == ([5, 0], torch.int64)


@claim("tensor.where.gradient-of-choices", see="generated/torch.where")
def test_the_gradient_of_where_goes_to_what_was_chosen(device):
    """Each choice gets the gradient of its own elements, and 0 for the others. That 0
    is still multiplied with the derivative of what computed a choice that is not taken:
    if that is infinite, the gradient is NaN.
    """
    x = torch.tensor([1.0, 4.0], device=device, requires_grad=True)
    y = torch.tensor([3.0, 5.0], device=device, requires_grad=True)
    zero = torch.tensor([0.0, 4.0], device=device, requires_grad=True)
    weights = torch.tensor([10.0, 20.0], device=device)

    result = torch.where(x > 2, x, y)
    result.backward(weights)
    torch.where(zero > 0, zero.sqrt(), 0.0).backward(weights)

    assert result.tolist() == [3, 4]
    assert (x.grad.tolist(), y.grad.tolist()) == ([0, 20], [10, 0])
    assert (zero.grad[0].isnan().item(), zero.grad[1].item()) == (True, 5.0)

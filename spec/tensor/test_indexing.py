"""Indexing.

There are two kinds. Basic indexing takes ints, slices, None, an ellipsis and tuples of
them: the result is a view, another way of looking at the same storage. Advanced
indexing takes lists and tensors of positions, or of True and False: the elements that
they pick lie anywhere, so the result is a copy. Assigning to an index writes into the
tensor itself, whichever kind it is.

It is a common belief that indexing always shares memory, as slices do. And not all is
as in NumPy: a step is never negative, an ellipsis may be written twice, and an int
beside a list leaves the list's dimension where it is.

index_select(), gather(), take() and take_along_dim() pick by position too, and always
copy; narrow() is a slice with a start and a length, and is a view.
"""

import warnings
from math import prod

import numpy
import pytest
import torch
from hypothesis import given

from spec.models.indexing import (
    basic,
    basic_indices,
    gathered,
    indices_along_a_dim,
    indices_for_gather,
    indices_for_take,
    selected,
)
from spec.models.views import nested
from torch_semantics import claim
from torch_semantics.words import shares_storage


def numbered(sizes, device):
    """A tensor whose elements count up from 0, each its own place."""
    return torch.arange(prod(sizes), device=device).view(sizes)


def on(device, *elements):
    """A vector of the given whole numbers."""
    return torch.tensor(elements, dtype=torch.int64, device=device)


# --- basic indexing -------------------------------------------------------------------


@claim("tensor.index.basic-slice-shares-memory", see="tensor_view")
@pytest.mark.parametrize(
    ("index", "elements", "strides", "offset"),
    [
        (1, [3, 4, 5], (1,), 3),
        (slice(1, None), [[3, 4, 5]], (3, 1), 3),
        (None, [[[0, 1, 2], [3, 4, 5]]], (6, 3, 1), 0),
        (..., [[0, 1, 2], [3, 4, 5]], (3, 1), 0),
        ((), [[0, 1, 2], [3, 4, 5]], (3, 1), 0),
        ((slice(None), 2), [2, 5], (3,), 2),
        ((..., None, slice(0, 2)), [[[0, 1]], [[3, 4]]], (3, 3, 1), 0),
    ],
    ids=["int", "slice", "none", "ellipsis", "nothing", "tuple", "all-kinds"],
)
def test_an_index_of_ints_and_slices_makes_a_view(
    device, index, elements, strides, offset
):
    """An index of ints, slices, None, an ellipsis, or a tuple of them, makes a view: a
    new tensor over the same storage, in which a write to the source is seen.
    """
    source = numbered((2, 3), device)

    view = source[index]

    assert (view.tolist(), view.dtype) == (elements, torch.int64)
    assert (view.stride(), view.storage_offset()) == (strides, offset)
    assert shares_storage(view, source)
    assert view is not source
    source.zero_()
    assert view.count_nonzero().item() == 0


@claim("tensor.index.writes-go-both-ways", see="tensor_view")
def test_a_write_to_a_slice_is_seen_in_its_source_and_back(device):
    """A slice and its source share elements: each shows at once what is written through
    the other.
    """
    source = torch.arange(5, device=device)
    view = source[1:]

    view[0] = -1
    source[4] = -4

    assert source.tolist() == [0, -1, 2, 3, -4]
    assert view.tolist() == [-1, 2, 3, -4]


@claim("tensor.index.in-general", see="tensor_view")
@given(case=basic_indices())
def test_basic_indices_of_all_kinds_make_the_view_that_the_rule_says(device, case):
    """An int drops its dimension, a slice keeps it, None adds one of size 1 and an
    ellipsis stands for what is not written: sizes, strides, storage offset and elements
    of the view follow.
    """
    sizes, index = case
    source = numbered(sizes, device)
    layout = basic(sizes, index)

    view = source[index]

    assert (case, view.shape, view.stride()) == (case, layout.sizes, layout.strides)
    assert (case, view.storage_offset()) == (case, layout.offset)
    assert (case, view.tolist()) == (case, nested(layout.places, layout.sizes))
    assert (case, shares_storage(view, source)) == (case, True)


@claim("tensor.index.element-is-a-view", see="tensor_view")
def test_one_element_is_a_tensor_without_dimensions_that_can_be_written(device):
    """Indexing every dimension with an int gives a tensor without dimensions, not a
    number as in NumPy: writing into it changes the source.
    """
    vector = torch.arange(5, device=device)
    matrix = numbered((2, 3), device)

    element = vector[1]
    corner = matrix[1, 2]

    assert (element.shape, element.dtype, element.item()) == ((), torch.int64, 1)
    assert (corner.shape, corner.dtype, corner.item()) == ((), torch.int64, 5)
    element.fill_(7)
    corner += 10
    assert vector.tolist() == [0, 7, 2, 3, 4]
    assert matrix.tolist() == [[0, 1, 2], [3, 4, 15]]


@claim("tensor.index.negative-int", see="tensor_view")
def test_a_negative_int_counts_from_the_end(device):
    """A negative int counts from the end of its dimension: -1 is the last."""
    matrix = numbered((2, 3), device)

    last, first, column, element = (
        matrix[-1],
        matrix[-2],
        matrix[:, -3],
        matrix[-1, -2],
    )

    assert (last.tolist(), first.tolist()) == ([3, 4, 5], [0, 1, 2])
    assert (column.tolist(), element.item()) == ([0, 3], 4)
    assert shares_storage(last, matrix)
    assert shares_storage(column, matrix)


@claim("tensor.index.int-out-of-range", see="tensor_view")
def test_an_int_beyond_its_dimension_raises(device):
    """An int outside its dimension, at either end, raises IndexError, which names the
    int, the dimension and the size; it is never cut off or wrapped around.
    """
    vector = torch.arange(5, device=device)
    matrix = torch.zeros(2, 3, device=device)

    with pytest.raises(IndexError, match=r"^index 5 is .* dimension 0 with size 5"):
        vector[5]
    with pytest.raises(IndexError, match=r"^index -6 is .* dimension 0 with size 5"):
        vector[-6]
    with pytest.raises(IndexError, match=r"^index 3 is .* dimension 1 with size 3"):
        matrix[0, 3]
    with pytest.raises(IndexError, match=r"^index 0 is .* dimension 0 with size 0"):
        vector[5:][0]


@claim("tensor.index.too-many", see="tensor_view")
def test_more_indices_than_dimensions_raise(device):
    """An index of more ints and slices than there are dimensions raises IndexError;
    None and the ellipsis don't count.
    """
    matrix = numbered((2, 3), device)
    too_many = "too many indices for tensor of dimension 2"

    with pytest.raises(IndexError, match=too_many):
        matrix[0, 1, 2]
    with pytest.raises(IndexError, match=too_many):
        matrix[:, :, :]
    with pytest.raises(IndexError, match=too_many):
        matrix[0, 0, 0, ...]
    element = matrix[None, 1, ..., None, 2, None]

    assert (element.tolist(), element.shape) == ([[[5]]], (1, 1, 1))


@claim("tensor.index.zero-dim", see="tensor_view")
def test_a_tensor_without_dimensions_has_nothing_to_index(device):
    """A tensor without dimensions takes an ellipsis, None and the empty tuple, which
    make views; an int or a slice raises IndexError.
    """
    seven = torch.tensor(7, device=device)

    same, empty, added = seven[...], seven[()], seven[None]

    assert (same.shape, empty.shape, added.shape) == ((), (), (1,))
    assert (same.item(), empty.item(), added.tolist()) == (7, 7, [7])
    assert shares_storage(same, seven)
    assert shares_storage(empty, seven)
    assert shares_storage(added, seven)
    with pytest.raises(IndexError, match="invalid index of a 0-dim tensor"):
        seven[0]
    with pytest.raises(IndexError, match="cannot be applied to a 0-dim tensor"):
        seven[:]


@claim("tensor.index.step-slice", see="tensor_view")
@pytest.mark.parametrize(
    ("index", "elements", "strides", "offset"),
    [
        (slice(None, None, 2), [0, 2, 4], (2,), 0),
        (slice(1, None, 2), [1, 3], (2,), 1),
        (slice(-4, -1, 2), [1, 3], (2,), 1),
        (slice(None, None, 7), [0], (7,), 0),
        (slice(3, 1, 2), [], (2,), 3),
    ],
    ids=["every-second", "odd", "from-the-end", "too-long", "start-after-stop"],
)
def test_a_step_is_a_larger_stride(device, index, elements, strides, offset):
    """A slice with a step takes every so many-th element: a view with the stride
    multiplied by the step, also if the step is longer than the dimension.
    """
    source = torch.arange(5, device=device)

    view = source[index]

    assert (view.tolist(), view.shape) == (elements, (len(elements),))
    assert (view.stride(), view.storage_offset()) == (strides, offset)
    assert (view.dtype, shares_storage(view, source)) == (torch.int64, True)


@claim("tensor.index.steps-in-several-dims", see="tensor_view")
def test_each_dimension_may_have_its_step(device):
    """Each dimension may be sliced with a step of its own; a slice of a slice
    multiplies the stride again.
    """
    source = numbered((3, 4), device)

    corners = source[::2, ::3]
    twice = source[0, ::2][::1][1:]

    assert (corners.tolist(), corners.stride()) == ([[0, 3], [8, 11]], (8, 3))
    assert (twice.tolist(), twice.stride()) == ([2], (2,))
    corners.zero_()
    twice.zero_()
    assert source.tolist() == [[0, 1, 0, 0], [4, 5, 6, 7], [0, 9, 10, 0]]


@claim("tensor.index.slice-is-cut-off", see="tensor_view")
def test_a_slice_that_reaches_beyond_the_end_is_cut_off(device):
    """The ends of a slice may lie outside the dimension, where an int would raise: the
    slice holds what there is.
    """
    source = torch.arange(5, device=device)

    views = [source[3:99], source[-99:2], source[:-99], source[99:], source[-99:99]]

    assert [view.tolist() for view in views] == [
        [3, 4],
        [0, 1],
        [],
        [],
        [0, 1, 2, 3, 4],
    ]
    assert [shares_storage(view, source) for view in views] == [True] * 5


@claim("tensor.index.empty-slice", see="tensor_view")
def test_an_empty_slice_is_a_view_without_elements(device):
    """A slice that holds nothing keeps its dimension, with size 0, and its dtype; it
    still lies over the source's storage, and a write to it changes nothing.
    """
    source = torch.ones(2, 3, device=device)

    rows, columns = source[2:], source[:, 1:1]

    assert (rows.shape, columns.shape) == ((0, 3), (2, 0))
    assert (rows.dtype, columns.dtype) == (torch.float32, torch.float32)
    assert shares_storage(rows, source)
    assert shares_storage(columns, source)
    rows.fill_(7)
    columns[...] = 7
    assert source.tolist() == [[1, 1, 1], [1, 1, 1]]


@claim("tensor.index.negative-step-rejected", see="tensor_view")
def test_a_step_is_never_negative(device):
    """A slice with a negative step raises ValueError in any dimension, where NumPy goes
    backwards, and so does a step of 0. An assignment raises too, and writes nothing.
    """
    source = torch.arange(5, device=device)

    with pytest.raises(ValueError, match=r"^step must be greater than zero"):
        source[::-1]
    with pytest.raises(ValueError, match=r"^step must be greater than zero"):
        source[4:1:-2]
    with pytest.raises(ValueError, match=r"^step must be greater than zero"):
        source[None, ::-1]
    with pytest.raises(ValueError, match=r"^slice step cannot be zero"):
        source[::0]
    with pytest.raises(ValueError, match=r"^slice step cannot be zero"):
        source[::0] = 7
    with pytest.raises(ValueError, match=r"^step must be greater than zero"):
        source[::-1] = 7

    assert source.tolist() == [0, 1, 2, 3, 4]
    assert source.cpu().numpy()[::-1].tolist() == [4, 3, 2, 1, 0]


@claim("tensor.index.flip-replaces-a-negative-step", see="generated/torch.flip")
def test_flip_reverses_and_copies(device):
    """The elements of a dimension are reversed by flip(), which copies, while a
    reversed array in NumPy is a view.
    """
    source = numbered((2, 3), device)

    rows, columns = torch.flip(source, [0]), source.flip(-1)

    assert (rows.tolist(), rows.dtype) == ([[3, 4, 5], [0, 1, 2]], torch.int64)
    assert (columns.tolist(), columns.stride()) == ([[2, 1, 0], [5, 4, 3]], (3, 1))
    assert not shares_storage(rows, source)
    assert not shares_storage(columns, source)
    assert source.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.index.ellipsis-fills-dims", see="tensor_view")
def test_an_ellipsis_stands_for_the_dimensions_that_are_not_written(device):
    """An ellipsis stands for as many whole dimensions as are not written, wherever it
    stands; it may stand for none.
    """
    images = numbered((2, 3, 4, 5), device)

    views = [
        images[0, ...],
        images[...],
        images[:, 1, ...],
        images[..., :2],
        images[1, ..., 4],
        images[1, 2, 3, 4, ...],
    ]

    assert [tuple(view.shape) for view in views] == [
        (3, 4, 5),
        (2, 3, 4, 5),
        (2, 4, 5),
        (2, 3, 4, 2),
        (3, 4),
        (),
    ]
    assert [view.storage_offset() for view in views] == [0, 0, 20, 0, 64, 119]
    assert views[4].tolist() == [
        [64, 69, 74, 79],
        [84, 89, 94, 99],
        [104, 109, 114, 119],
    ]
    assert views[2][1, 3].tolist() == [95, 96, 97, 98, 99]
    assert [shares_storage(view, images) for view in views] == [True] * 6


@claim("tensor.index.whole-tensor", see="tensor_view")
def test_an_index_of_everything_is_a_new_tensor_over_the_same_storage(device):
    """An ellipsis alone, a full slice and the empty tuple give all of the tensor, as
    another object with the same strides over the same storage.
    """
    source = numbered((3, 2), device).t()

    views = [source[...], source[:], source[()], source[:, :]]

    assert [view is source for view in views] == [False] * 4
    assert [view.stride() for view in views] == [(1, 2)] * 4
    assert [view.data_ptr() == source.data_ptr() for view in views] == [True] * 4
    assert [view.tolist() for view in views] == [[[0, 2, 4], [1, 3, 5]]] * 4


@claim("tensor.index.repeated-ellipsis-accepted", see="tensor_view")
def test_two_ellipses_are_accepted(device):
    """Several ellipses in one index are accepted, and give the whole tensor, or stand
    for no dimension if all are written; NumPy raises IndexError.
    """
    source = numbered((2, 3), device)

    whole = source[..., ...]
    element = source[0, ..., ..., 1]

    assert whole.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (element.shape, element.item()) == ((), 1)
    assert shares_storage(whole, source)
    assert shares_storage(element, source)
    with pytest.raises(IndexError, match="only have a single ellipsis"):
        numpy.zeros((2, 3))[..., ...]


@claim("tensor.index.each-ellipsis-moves-on", see="tensor_view", level="observed")
def test_a_second_ellipsis_passes_over_as_many_dimensions_again(device):
    """Each ellipsis passes over as many dimensions as are not written, so an int behind
    the second one may find no dimension left, which raises IndexError.
    """
    source = numbered((2, 3, 4), device)

    last = source[..., 0, ...]

    assert last.tolist() == [[0, 4, 8], [12, 16, 20]]
    with pytest.raises(IndexError, match="index 1 is out of bounds"):
        source[0, ..., ..., 1]


@claim("tensor.index.none-adds-a-dim", see="tensor_view")
def test_none_adds_a_dimension_of_size_one(device):
    """None adds a dimension of size 1 where it stands, in a view."""
    source = numbered((2, 3), device)

    views = [source[None], source[:, None], source[..., None], source[None, 1, None]]

    assert [tuple(view.shape) for view in views] == [
        (1, 2, 3),
        (2, 1, 3),
        (2, 3, 1),
        (1, 1, 3),
    ]
    assert views[1].tolist() == [[[0, 1, 2]], [[3, 4, 5]]]
    assert views[2].tolist() == [[[0], [1], [2]], [[3], [4], [5]]]
    assert views[3].tolist() == [[[3, 4, 5]]]
    assert [shares_storage(view, source) for view in views] == [True] * 4


@claim("tensor.index.int-like", see="tensor_view")
def test_whatever_is_a_whole_number_indexes_like_an_int(device):
    """A NumPy integer and a tensor of int64 without dimensions index like an int, from
    the end if they are negative, and may be the ends of a slice: the result is a view.
    """
    source = torch.arange(5, device=device)
    two, four = torch.tensor(2, device=device), torch.tensor(4, device=device)
    ends = numpy.int64(2), numpy.int64(4)

    views = [
        source[numpy.int64(2)],
        source[two],
        source[-two],
        source[two:four],
        source[ends[0] : ends[1]],
    ]

    assert [view.tolist() for view in views] == [2, 2, 3, [2, 3], [2, 3]]
    assert [tuple(view.shape) for view in views] == [(), (), (), (2,), (2,)]
    assert [shares_storage(view, source) for view in views] == [True] * 5


@claim("tensor.index.bad-kinds", see="tensor_view")
def test_other_things_are_no_index(device):
    """A float or a dictionary as an index, or a vector of floats or of int16, raises
    IndexError; a float as the end of a slice raises TypeError. An assignment to a float
    raises IndexError too, and writes nothing.
    """
    source = torch.arange(5, device=device)
    floats = torch.tensor([1.0], device=device)
    int16 = torch.tensor([1], dtype=torch.int16, device=device)
    kinds = "only integers, slices .*, ellipsis .*, None and long"

    with pytest.raises(IndexError, match=rf"{kinds} .* \(got float\)"):
        source[1.0]
    with pytest.raises(IndexError, match=rf"{kinds} .* \(got dict\)"):
        source[{}]
    with pytest.raises(IndexError, match="tensors used as indices must be long"):
        source[floats]
    with pytest.raises(IndexError, match="tensors used as indices must be long"):
        source[int16]
    with pytest.raises(TypeError, match="slice indices must be integers or None"):
        source[:1.5]
    with pytest.raises(IndexError, match=rf"{kinds} .* \(got float\)"):
        source[1.0] = 9
    with pytest.raises(IndexError, match="tensors used as indices must be long"):
        source[floats] = 9

    assert source.tolist() == [0, 1, 2, 3, 4]


@claim("tensor.index.dtype-kept", see="tensor_view")
@pytest.mark.parametrize(
    ("elements", "dtype"),
    [
        ([True, False, True], torch.bool),
        ([1, 2, 3], torch.uint8),
        ([1.5, 2.5, 3.5], torch.float16),
        ([1j, 2j, 3j], torch.complex64),
    ],
    ids=["bool", "uint8", "float16", "complex"],
)
def test_indexing_keeps_the_dtype(device, elements, dtype):
    """Indexing of either kind keeps the dtype."""
    source = torch.tensor(elements, dtype=dtype, device=device)

    results = [source[1], source[1:], source[[0, 2]]]

    assert [result.dtype for result in results] == [dtype] * 3
    assert [result.tolist() for result in results] == [
        elements[1],
        elements[1:],
        [elements[0], elements[2]],
    ]


@claim("tensor.index.gradient", see="tensor_view")
def test_the_gradient_of_a_slice_reaches_the_elements_it_shows(device):
    """The gradient of what an index shows goes to those elements of the source; the
    others get 0.
    """
    source = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)
    source.requires_grad_()

    view = source[1, ::2]
    view.backward(torch.tensor([10.0, 20.0], device=device))

    assert (view.requires_grad, view.is_leaf) == (True, False)
    assert view.tolist() == [4, 6]
    assert source.grad.tolist() == [[0, 0, 0], [10, 0, 20]]


@claim("tensor.index.select", see="generated/torch.select")
def test_select_is_an_int_along_one_dimension(device):
    """select() takes a dimension and an int, either of which may be negative, and
    returns the view that indexing with the int there gives, in all call forms.
    """
    source = numbered((2, 3), device)

    views = [
        source.select(1, 2),
        torch.select(source, 1, 2),
        torch.select(input=source, dim=-1, index=-1),
    ]

    assert [view.tolist() for view in views] == [[2, 5]] * 3
    assert [view.stride() for view in views] == [(3,)] * 3
    assert [view.storage_offset() for view in views] == [2] * 3
    assert [shares_storage(view, source) for view in views] == [True] * 3
    assert source.select(0, 1).tolist() == [3, 4, 5]


@claim("tensor.index.select-errors", see="generated/torch.select")
def test_select_refuses_what_is_not_there(device):
    """select() raises IndexError for an int or a dimension that is not there, and for a
    tensor without dimensions.
    """
    source = numbered((2, 3), device)

    with pytest.raises(IndexError, match=r"index 3 out of range .* at dimension 1"):
        source.select(1, 3)
    with pytest.raises(IndexError, match=r"index -3 out of range .* at dimension 0"):
        source.select(0, -3)
    with pytest.raises(IndexError, match=r"in range of \[-2, 1\], but got 2"):
        source.select(2, 0)
    with pytest.raises(IndexError, match="cannot be applied to a 0-dim tensor"):
        source[0, 0].select(0, 0)


@claim("tensor.index.iteration", see="tensor_view")
def test_iterating_gives_the_views_along_the_first_dimension(device):
    """A tensor's length is the size of its first dimension, and iterating over it gives
    the views that ints give, one after the other.
    """
    source = numbered((2, 3), device)

    first, second = source
    second[0] = 9

    assert len(source) == 2
    assert (first.tolist(), second.tolist()) == ([0, 1, 2], [9, 4, 5])
    assert source.tolist() == [[0, 1, 2], [9, 4, 5]]
    assert shares_storage(first, source)
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        iter(source[0, 0])
    with pytest.raises(TypeError, match=r"len\(\) of a 0-d tensor"):
        len(source[0, 0])


# --- advanced indexing ----------------------------------------------------------------


@claim("tensor.index.advanced-copies", see="tensor_view")
@pytest.mark.parametrize(
    ("index", "elements"),
    [
        (lambda d: [1, 0], [[3, 4, 5], [0, 1, 2]]),
        (lambda d: on(d, 1, 0), [[3, 4, 5], [0, 1, 2]]),
        (lambda d: numpy.array([1, 0]), [[3, 4, 5], [0, 1, 2]]),
        (lambda d: torch.tensor([False, True], device=d), [[3, 4, 5]]),
        (lambda d: numpy.array([False, True]), [[3, 4, 5]]),
        (lambda d: (slice(None), [0, 1]), [[0, 1], [3, 4]]),
        (lambda d: (1, [0, 1, 2]), [3, 4, 5]),
        (lambda d: (..., on(d, 2), None), [[[2]], [[5]]]),
    ],
    ids=[
        *("list", "tensor", "ndarray", "mask", "ndarray-mask", "mixed"),
        *("int-and-list", "tensor-among-others"),
    ],
)
def test_an_index_of_lists_or_tensors_makes_a_copy(device, index, elements):
    """Positions or booleans in a list, an array, or a tensor with dimensions, anywhere
    in the index, make the result a copy, even where a view could have been made: a
    write to it leaves the source as it is.
    """
    source = numbered((2, 3), device)
    picks = index(device)

    result = source[picks]

    assert (result.tolist(), result.dtype) == (elements, torch.int64)
    assert not shares_storage(result, source)
    result.fill_(-1)
    assert source.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.index.true-copies-and-none-views", see="tensor_view")
def test_true_adds_a_dimension_as_none_does_but_copies(device):
    """True adds a dimension of size 1 like None, but copies; False adds one of size 0;
    neither is the int 1 or 0.
    """
    source = torch.arange(5, device=device)

    none, true, false = source[None], source[True], source[False]

    assert none.tolist() == true.tolist() == [[0, 1, 2, 3, 4]]
    assert (false.shape, false.dtype) == ((0, 5), torch.int64)
    assert (shares_storage(none, source), shares_storage(true, source)) == (True, False)


@claim("tensor.index.positions-in-any-order", see="generated/torch.index_select")
def test_positions_may_repeat_and_count_from_the_end(device):
    """A list of positions picks in its own order; positions may repeat, and negative
    ones count from the end.
    """
    source = torch.arange(5, device=device)
    matrix = numbered((3, 2), device).t()

    picked = source[[3, 0, 3, -1]]
    columns = matrix[:, [-1, 0]]

    assert picked.tolist() == [3, 0, 3, 4]
    assert columns.tolist() == [[4, 0], [5, 1]]


@claim("tensor.index.rows-of-a-table", see="tensor_view")
def test_the_index_gives_its_shape_to_the_dimension_that_it_picks_from(device):
    """A tensor of positions picks whole rows: the indexed dimension gives way to all
    dimensions of the index.
    """
    table = numbered((3, 2), device)
    index = torch.tensor([[2, 0, 0], [1, 2, 1]], device=device)

    rows = table[index]
    columns = table[:, torch.tensor([[1], [0]], device=device)]

    assert rows.shape == (2, 3, 2)
    assert rows.tolist() == [[[4, 5], [0, 1], [0, 1]], [[2, 3], [4, 5], [2, 3]]]
    assert columns.tolist() == [[[1], [0]], [[3], [2]], [[5], [4]]]


@claim("tensor.index.lists-are-paired", see="notes/broadcasting")
def test_several_lists_are_paired_and_not_crossed(device):
    """Several lists in one index pair their entries, each pair naming one element; to
    cross rows with columns, the lists broadcast, one of them as a column.
    """
    source = numbered((2, 3), device)

    paired = source[[0, 1], [1, 2]]
    crossed = source[[[0], [1]], [0, 2]]
    one_row = source[[1], [2, 0, 0]]

    assert (paired.tolist(), paired.shape) == ([1, 5], (2,))
    assert crossed.tolist() == [[0, 2], [3, 5]]
    assert one_row.tolist() == [5, 3, 3]


@claim("tensor.index.lists-must-broadcast", see="notes/broadcasting")
def test_lists_that_do_not_broadcast_raise(device):
    """Lists of lengths that do not broadcast raise IndexError, which names their
    shapes.
    """
    source = torch.zeros(2, 3, device=device)

    with pytest.raises(
        IndexError,
        match=r"could not be broadcast together with shapes \[2\], \[3\]",
    ):
        source[[0, 1], [0, 1, 2]]


@claim("tensor.index.place-of-the-picked-dims", see="tensor_view")
def test_picked_dimensions_come_first_if_a_slice_divides_the_lists(device):
    """The dimension that several lists make together stays in their place if they
    stand next to each other; if a slice stands between them, it comes first.
    """
    source = numbered((2, 3, 4), device)

    together = source[:, [0, 1, 2], [1, 2, 3]]
    divided = source[[0, 1], :, [1, 2]]

    assert together.tolist() == [[1, 6, 11], [13, 18, 23]]
    assert divided.tolist() == [[1, 5, 9], [14, 18, 22]]


@claim("tensor.index.int-beside-a-list", see="tensor_view")
def test_an_int_away_from_a_list_does_not_move_its_dimension(device):
    """An int is not a list of one: it drops its dimension, and a list behind a slice
    stays in its place, while NumPy puts the picked dimension first.
    """
    source = numbered((2, 3, 4), device)

    result = source[0, :, [1, 2]]

    assert result.tolist() == [[1, 2], [5, 6], [9, 10]]
    assert numpy.arange(24).reshape(2, 3, 4)[0, :, [1, 2]].shape == (2, 3)


@claim("tensor.index.list-for-a-tuple-silent", see="tensor_view", until="2.8.0")
def test_a_list_of_lists_stands_for_a_tuple_of_them(device):
    """A list of lists as an index is silently taken for the tuple of these lists, and
    not for a table of positions.
    """
    source = numbered((2, 3), device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = source[[[0, 1], [1, 2]]]

    assert result.tolist() == [1, 5]


@claim("tensor.index.list-for-a-tuple-warns", see="tensor_view", since="2.8.0")
def test_a_list_of_lists_for_a_tuple_of_them_warns(device):
    """A list of lists as an index is taken for the tuple of these lists, with a
    UserWarning; the tuple itself gives none.
    """
    source = numbered((2, 3), device)

    with pytest.warns(UserWarning, match="non-tuple sequence for multidimensional"):
        result = source[[[0, 1], [1, 2]]]

    assert result.tolist() == [1, 5]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert source[[0, 1], [1, 2]].tolist() == [1, 5]


@claim("tensor.index.no-positions", see="tensor_view")
def test_an_empty_list_picks_nothing(device):
    """An empty list picks no element: its dimension has size 0 in the result."""
    source = torch.ones(2, 3, device=device)

    rows, columns, pairs = source[[]], source[:, []], source[on(device), on(device)]

    assert (rows.shape, columns.shape, pairs.shape) == ((0, 3), (2, 0), (0,))
    assert (rows.dtype, columns.dtype) == (torch.float32, torch.float32)


@claim("tensor.index.positions-out-of-range", see="tensor_view")
def test_a_position_in_a_list_that_is_not_there_raises():
    """On the CPU, a position in a list or tensor that lies outside the dimension, at
    either end, raises IndexError, in an assignment too.
    """
    source = torch.zeros(2, 3)
    before = torch.tensor([-3])

    with pytest.raises(IndexError, match=r"^index 2 is out of bounds .* with size 2"):
        source[[0, 2]]
    with pytest.raises(IndexError, match=r"^index -3 is out of bounds .* with size 2"):
        source[before]
    with pytest.raises(IndexError, match=r"^index 3 is out of bounds .* with size 3"):
        source[:, [3]]
    with pytest.raises(IndexError, match=r"^index 2 is out of bounds .* with size 2"):
        source[[2]] = 9
    with pytest.raises(IndexError, match=r"^index -3 is out of bounds .* with size 2"):
        source[before] = 9
    assert source.tolist() == [[0, 0, 0], [0, 0, 0]]


@claim("tensor.index.int32", see="tensor_view", since="2.0")
def test_positions_may_be_of_int32(device):
    """A tensor of int32 indexes like one of int64."""
    source = torch.arange(5, device=device)
    index = torch.tensor([2, -1], dtype=torch.int32, device=device)

    result = source[index]

    assert (result.tolist(), result.dtype) == ([2, 4], torch.int64)


@claim("tensor.index.int32-refused", see="tensor_view", until="2.0")
def test_a_vector_of_int32_is_no_index(device):
    """A vector of int32 as an index raises IndexError."""
    source = torch.arange(5, device=device)
    index = torch.tensor([2, -1], dtype=torch.int32, device=device)

    with pytest.raises(IndexError, match="tensors used as indices must be long, byte"):
        source[index]


@claim("tensor.index.advanced-gradient", see="tensor_view")
def test_the_gradient_of_a_repeated_position_is_summed(device):
    """An element that is picked several times gets the sum of the gradients, and one
    that is not picked gets 0.
    """
    source = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([10.0, 20.0, 40.0], device=device)

    picked = source[[2, 0, 2]]
    picked.backward(weights)

    assert (picked.tolist(), picked.requires_grad) == ([3, 1, 3], True)
    assert source.grad.tolist() == [20, 0, 50]


# --- assignment -----------------------------------------------------------------------


@claim("tensor.index.assignment", see="generated/torch.Tensor.index_put_")
@pytest.mark.parametrize(
    ("index", "elements"),
    [
        (-1, [[0, 1, 2], [9, 9, 9]]),
        ((0, 1), [[0, 9, 2], [3, 4, 5]]),
        ((slice(None, None, 2), slice(1, None)), [[0, 9, 9], [3, 4, 5]]),
        ((..., 0), [[9, 1, 2], [9, 4, 5]]),
        (None, [[9, 9, 9], [9, 9, 9]]),
        (slice(2, None), [[0, 1, 2], [3, 4, 5]]),
        ([1], [[0, 1, 2], [9, 9, 9]]),
        (([0, 1], [1, 2]), [[0, 9, 2], [3, 4, 9]]),
        ((slice(None), [0, -1]), [[9, 1, 9], [9, 4, 9]]),
        ([], [[0, 1, 2], [3, 4, 5]]),
        (True, [[9, 9, 9], [9, 9, 9]]),
        (False, [[0, 1, 2], [3, 4, 5]]),
    ],
    ids=[
        *("int", "element", "slices", "ellipsis", "none", "empty-slice"),
        *("list", "pairs", "columns", "empty-list", "True", "False"),
    ],
)
def test_an_assignment_writes_what_the_index_selects(device, index, elements):
    """Assigning to an index of either kind writes the selected elements of the tensor
    itself, and no others.
    """
    tensor = numbered((2, 3), device)
    alias = tensor.view(6)

    tensor[index] = 9

    assert (tensor.tolist(), tensor.dtype) == (elements, torch.int64)
    assert alias.tolist() == elements[0] + elements[1]


@claim("tensor.index.assignment-of-tensors", see="generated/torch.Tensor.index_put_")
def test_assigned_elements_go_where_their_positions_say(device):
    """Assigning a tensor writes each of its elements to the position that stands at the
    same place in the index; the assigned tensor is copied.
    """
    tensor = torch.zeros(5, dtype=torch.int64, device=device)
    values = on(device, 7, 8, 9)

    tensor[[4, 0, 2]] = values
    tensor[1::2] = values[:2]
    values.zero_()

    assert tensor.tolist() == [8, 7, 9, 8, 7]


@claim("tensor.index.augmented-assignment", see="tensor_view")
def test_augmented_assignment_writes_in_place(device):
    """Augmented assignment to an index changes the tensor itself, for lists as for
    slices; a position that is listed twice is changed once.
    """
    tensor = torch.arange(5, device=device)
    alias = tensor[:]

    tensor[3:] += 10
    tensor[[0, 1, 1]] -= 5

    assert tensor.tolist() == [-5, -4, 2, 13, 14]
    assert alias.tolist() == [-5, -4, 2, 13, 14]


@claim("tensor.index.index-on-the-right-copies", see="tensor_view")
def test_writing_to_what_a_list_picked_does_not_reach_the_tensor(device):
    """A list of positions writes to the tensor only where it stands on the left of the
    assignment; what it picked before is a copy, also for a second index behind it.
    """
    tensor = torch.arange(5, device=device)

    picked = tensor[[1, 2]]
    picked[:] = -1
    tensor[[3, 4]][0] = -2
    tensor[3:][[1]] = -3

    assert picked.tolist() == [-1, -1]
    assert tensor.tolist() == [0, 1, 2, 3, -3]


@claim("tensor.index.assignment-repeated", see="generated/torch.Tensor.index_put_")
def test_of_several_values_for_one_position_one_is_written(device):
    """Where a position is listed twice, one of its values is written; which one is not
    specified.
    """
    tensor = torch.zeros(3, dtype=torch.int64, device=device)

    tensor[[1, 1, 0]] = on(device, 7, 8, 9)

    assert tensor.tolist() in ([9, 7, 0], [9, 8, 0])


@claim("tensor.index.assignment-casts", see="generated/torch.Tensor.copy_")
def test_an_assigned_value_takes_the_tensors_dtype(device):
    """A number, and a tensor that is assigned to ints and slices, are converted to the
    tensor's dtype: integers lose the fraction, booleans are True for all but 0.
    """
    whole = torch.zeros(5, dtype=torch.int64, device=device)
    truth = torch.zeros(2, dtype=torch.bool, device=device)

    whole[0] = 7.9
    whole[[1]] = -7.9
    whole[2] = torch.tensor(8.9, device=device)
    whole[3:] = torch.tensor([1.5, -2.5], device=device)
    truth[1] = 5

    assert (whole.tolist(), whole.dtype) == ([7, -7, 8, 1, -2], torch.int64)
    assert (truth.tolist(), truth.dtype) == ([False, True], torch.bool)


@claim(
    "tensor.index.list-assignment-needs-the-dtype",
    see="generated/torch.Tensor.index_put_",
)
def test_a_tensor_of_another_dtype_cannot_be_assigned_to_a_list(device):
    """A tensor that is assigned to a list of positions, even one without dimensions,
    has to have the dtype of the tensor, or RuntimeError is raised and nothing written;
    a slice would convert it.
    """
    tensor = torch.arange(3, device=device)

    with pytest.raises(RuntimeError, match="source and destination dtypes match"):
        tensor[[0, 1]] = torch.tensor([7.0, 8.0], device=device)
    with pytest.raises(RuntimeError, match="source and destination dtypes match"):
        tensor[[0, 1]] = torch.tensor(7.0, device=device)

    assert tensor.tolist() == [0, 1, 2]


@claim("tensor.index.assignment-refused", see="tensor_view")
def test_an_assignment_that_is_refused_writes_nothing(device):
    """Assigning a list, None or a string raises TypeError, a complex number to reals
    RuntimeError, and to an index that is not there IndexError; the tensor stays as it
    is.
    """
    tensor = torch.arange(3, device=device)

    with pytest.raises(TypeError, match="can't assign a list to a torch"):
        tensor[:2] = [8, 9]
    with pytest.raises(TypeError, match="can't assign a NoneType to a torch"):
        tensor[0] = None
    with pytest.raises(TypeError, match="can't assign a str to a torch"):
        tensor[0] = "1"
    with pytest.raises(RuntimeError, match=r"cannot be converted .* without overflow"):
        tensor[0] = 1j
    with pytest.raises(IndexError, match=r"^index 3 is out of bounds"):
        tensor[3] = 9
    with pytest.raises(IndexError, match="too many indices"):
        tensor[0, 0] = 9

    assert tensor.tolist() == [0, 1, 2]


@claim("tensor.index.assignment-gradient", see="notes/autograd")
def test_the_gradient_goes_to_the_assigned_value_and_not_to_the_overwritten(device):
    """After an assignment to a slice or a list, the gradient of the written elements
    goes to the assigned value, and what they held before gets 0.
    """
    old = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device, requires_grad=True)
    new = torch.tensor(5.0, device=device, requires_grad=True)
    weights = torch.tensor([10.0, 20.0, 40.0, 80.0], device=device)
    sliced, listed = old * 1, old * 1

    sliced[1:3] = new
    listed[[3, 0]] = new
    of_slice = torch.autograd.grad(sliced, (old, new), weights)
    of_list = torch.autograd.grad(listed, (old, new), weights)

    assert (sliced.tolist(), listed.tolist()) == ([1, 5, 5, 4], [5, 2, 3, 5])
    assert [each.tolist() for each in of_slice] == [[10, 0, 0, 80], 60]
    assert [each.tolist() for each in of_list] == [[0, 20, 40, 0], 90]


@claim("tensor.index-put.forms", see="generated/torch.Tensor.index_put_")
def test_index_put_is_an_assignment_in_a_call(device):
    """index_put_() writes as an assignment to lists does, and returns its tensor;
    index_put() writes into a copy. With accumulate=True, values for one position are
    added to it.
    """
    tensor = on(device, 1, 2, 3)
    index, values = (on(device, 2, 2, 0),), on(device, 7, 8, 9)

    added = tensor.index_put(index, values, accumulate=True)
    function = torch.index_put(tensor, index, values, accumulate=True)
    replaced = tensor.index_put((on(device, 2, 0),), on(device, 7, 9))
    untouched = tensor.tolist()
    same = tensor.index_put_((on(device, 2, 0),), on(device, 7, 9))

    assert (added.tolist(), function.tolist()) == ([10, 2, 18], [10, 2, 18])
    assert (added.dtype, replaced.tolist()) == (torch.int64, [9, 2, 7])
    assert (untouched, tensor.tolist()) == ([1, 2, 3], [9, 2, 7])
    assert same is tensor
    assert tensor.index_put_(index, values, True).tolist() == [18, 2, 22]


# --- index_select() -------------------------------------------------------------------


@claim(
    "tensor.index-select.selects-slices",
    see="generated/torch.index_select",
    also=["tensor.index-select.picks-along-dim"],
)
def test_index_select_joins_the_slices_that_the_index_names(device):
    """index_select() takes the slices along one dimension that a vector of positions
    names, in that order and as often as named; the dimension's size becomes the length
    of the vector.
    """
    source = numbered((2, 3), device)
    images = torch.zeros(2, 3, 28, 28, device=device)

    columns = source.index_select(1, on(device, 2, 0, 2, 2))
    rows = source.index_select(-2, on(device, 1))
    cut = images.index_select(2, torch.arange(8, device=device))

    assert columns.tolist() == [[2, 0, 2, 2], [5, 3, 5, 5]]
    assert rows.tolist() == [[3, 4, 5]]
    assert (columns.dtype, cut.dtype) == (torch.int64, torch.float32)
    assert cut.shape == (2, 3, 8, 28)


@claim("tensor.index-select.in-general", see="generated/torch.index_select")
@given(case=indices_along_a_dim())
def test_index_select_picks_what_the_rule_says(device, case):
    """In any dimension of any tensor, index_select() gives the source's shape with the
    length of the index in that dimension; each element comes from its own position, but
    along the dimension from where the index says.
    """
    sizes, dim, index = case
    shape = (*sizes[:dim], len(index), *sizes[dim + 1 :])

    result = numbered(sizes, device).index_select(dim, on(device, *index))

    assert (case, result.shape) == (case, shape)
    assert (case, result.view(-1).tolist()) == (case, selected(sizes, dim, index))


@claim("tensor.index-select.call-forms", see="generated/torch.index_select")
def test_the_call_forms_of_index_select_agree(device):
    """Method, function, keywords, a negative dimension and out= give the same; out= is
    written and returned.
    """
    source = numbered((2, 3), device)
    index = on(device, 2, 0)
    out = torch.zeros(2, 2, dtype=torch.int64, device=device)

    results = [
        source.index_select(1, index),
        source.index_select(dim=-1, index=index),
        torch.index_select(source, 1, index),
        torch.index_select(input=source, dim=1, index=index),
        torch.index_select(source, 1, index, out=out),
    ]

    assert [result.tolist() for result in results] == [[[2, 0], [5, 3]]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (2, 1), False)
    }
    assert results[4] is out


@claim("tensor.index-select.copies", see="generated/torch.index_select")
def test_index_select_copies_even_a_range(device):
    """index_select() copies into memory of its own, even for a range that a slice would
    show as a view, and its result is contiguous for a transposed source too.
    """
    source = numbered((3, 2), device).t()

    result = source.index_select(1, on(device, 0, 1))

    assert result.tolist() == source[:, :2].tolist() == [[0, 2], [1, 3]]
    assert (result.stride(), result.is_contiguous()) == ((2, 1), True)
    assert not shares_storage(result, source)
    assert shares_storage(source[:, :2], source)
    result.fill_(-1)
    assert source.tolist() == [[0, 2, 4], [1, 3, 5]]


@claim("tensor.index-select.gradient", see="generated/torch.index_select")
def test_the_gradient_of_index_select_is_summed_over_repeats(device):
    """A slice that is taken several times gets the sum of the gradients, and one that
    is not taken gets 0.
    """
    source = torch.tensor([[1.0, 2.0, 3.0]], device=device, requires_grad=True)
    weights = torch.tensor([[10.0, 20.0, 40.0]], device=device)

    result = source.index_select(1, on(device, 2, 0, 2))
    result.backward(weights)

    assert (result.tolist(), result.requires_grad) == ([[3, 1, 3]], True)
    assert source.grad.tolist() == [[20, 0, 50]]


@claim("tensor.index-select.small-indices", see="generated/torch.index_select")
def test_index_select_takes_short_and_int32_indices(device):
    """An index of no entries gives size 0, an index without dimensions gives size 1,
    and an index of int32 is as good as one of int64.
    """
    source = numbered((2, 3), device)

    none = source.index_select(0, on(device))
    one = source.index_select(1, torch.tensor(2, device=device))
    narrow = source.index_select(
        1, torch.tensor([2, 1], dtype=torch.int32, device=device)
    )

    assert (none.shape, none.dtype) == ((0, 3), torch.int64)
    assert (one.tolist(), one.shape) == ([[2], [5]], (2, 1))
    assert narrow.tolist() == [[2, 1], [5, 4]]


@claim("tensor.index-select.zero-dim", see="generated/torch.index_select")
def test_index_select_of_a_tensor_without_dimensions_copies_it(device):
    """A tensor without dimensions is taken as one of a single element: position 0 gives
    a copy, without dimensions.
    """
    seven = torch.tensor(7, device=device)

    result = seven.index_select(0, on(device, 0))

    assert (result.item(), result.shape) == (7, ())
    assert not shares_storage(result, seven)


@claim("tensor.index-select.index-requirements", see="generated/torch.index_select")
def test_index_select_needs_a_vector_of_integers(device):
    """The index has to be a tensor of int32 or int64 with at most one dimension, or an
    error is raised: TypeError for a list, RuntimeError for another dtype, a mask
    included, and IndexError for a matrix.
    """
    source = numbered((2, 3), device)
    wrong_dtype = "Expected dtype int32 or int64 for index"

    with pytest.raises(TypeError, match=r"^index_select\(\)"):
        source.index_select(1, [0])
    with pytest.raises(RuntimeError, match=wrong_dtype):
        source.index_select(1, torch.tensor([0.0], device=device))
    with pytest.raises(RuntimeError, match=wrong_dtype):
        source.index_select(1, torch.tensor([True, False, True], device=device))
    with pytest.raises(RuntimeError, match=wrong_dtype):
        source.index_select(1, torch.tensor([0], dtype=torch.int16, device=device))
    with pytest.raises(IndexError, match="Index is supposed to be a vector"):
        source.index_select(1, torch.tensor([[0]], device=device))


@claim("tensor.index-select.bad-dim", see="generated/torch.index_select")
def test_index_select_refuses_a_dimension_that_is_not_there(device):
    """A dimension beyond the tensor's, at either end, raises IndexError."""
    source = numbered((2, 3), device)

    with pytest.raises(IndexError, match=r"in range of \[-2, 1\], but got 2"):
        source.index_select(2, on(device, 0))
    with pytest.raises(IndexError, match=r"in range of \[-2, 1\], but got -3"):
        source.index_select(-3, on(device, 0))


@claim("tensor.index-select.bad-index", see="generated/torch.index_select")
def test_index_select_does_not_wrap_positions_around():
    """On the CPU, a position outside the dimension raises: -1 does so too, and is not
    the last. Along dimension 0 it is an IndexError, along dimension 1 of a matrix,
    contiguous or transposed, a RuntimeError.
    """
    source = torch.arange(6).view(2, 3)
    turned = torch.zeros(3, 2).t()

    with pytest.raises(IndexError, match="index out of range in self"):
        source.index_select(0, torch.tensor([0, 2]))
    with pytest.raises(IndexError, match="index out of range in self"):
        turned.index_select(0, torch.tensor([-1]))
    with pytest.raises(RuntimeError, match="out of DATA bounds, id=3 axis_dim=3"):
        source.index_select(1, torch.tensor([3]))
    with pytest.raises(RuntimeError, match="out of DATA bounds, id=-1 axis_dim=3"):
        turned.index_select(1, torch.tensor([-1]))


# --- gather() -------------------------------------------------------------------------


@claim("tensor.gather.one-per-row", see="generated/torch.gather")
def test_gather_picks_an_element_of_each_row_or_column(device):
    """gather() along dimension 1 picks from each row the elements at the positions in
    the index's row; along dimension 0, from each column at those in its column.
    """
    source = numbered((2, 3), device)
    of_rows = torch.tensor([[2, 2, 0, 1], [0, 1, 1, 2]], device=device)
    of_columns = torch.tensor([[1, 0, 1]], device=device)

    along_rows = source.gather(1, of_rows)
    along_columns = source.gather(0, of_columns)

    assert along_rows.tolist() == [[2, 2, 0, 1], [3, 4, 4, 5]]
    assert along_columns.tolist() == [[3, 1, 5]]
    assert of_rows.tolist() == [[2, 2, 0, 1], [0, 1, 1, 2]]
    assert of_columns.tolist() == [[1, 0, 1]]


@claim("tensor.gather.formula", see="generated/torch.gather")
@given(case=indices_for_gather())
def test_gather_takes_the_index_for_the_position_along_the_dimension(device, case):
    """The result has the index's shape, and each element comes from its own position in
    the source, with the entry of the index in place of the position along the
    dimension.
    """
    sizes, dim, index, shape = case
    source = numbered(sizes, device)

    result = source.gather(dim, on(device, *index).view(shape))

    assert (case, result.shape, result.dtype) == (case, shape, torch.int64)
    assert (case, result.reshape(-1).tolist()) == (
        case,
        gathered(sizes, dim, index, shape),
    )


@claim("tensor.gather.call-forms", see="generated/torch.gather")
def test_the_call_forms_of_gather_agree(device):
    """Method, function, keywords, a negative dimension and out= give the same, and so
    does sparse_grad=True; out= is written and returned.
    """
    source = numbered((2, 3), device)
    index = torch.tensor([[2], [1]], device=device)
    out = torch.zeros(2, 1, dtype=torch.int64, device=device)

    results = [
        source.gather(1, index),
        source.gather(dim=-1, index=index),
        torch.gather(source, 1, index),
        torch.gather(input=source, dim=1, index=index, sparse_grad=True),
        torch.gather(source, -1, index, out=out),
    ]

    assert [result.tolist() for result in results] == [[[2], [4]]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (1, 1), False)
    }
    assert results[4] is out


@claim("tensor.gather.copies", see="generated/torch.gather")
def test_gather_copies_and_reads_by_position(device):
    """gather() copies into contiguous memory of its own, and reads a transposed source
    or index by position, not by memory.
    """
    source = numbered((3, 2), device).t()
    index = torch.tensor([[0, 1], [2, 2]], device=device).t()

    result = source.gather(1, index)
    result[0, 0] = 100

    assert (result.tolist(), result.stride()) == ([[100, 4], [3, 5]], (2, 1))
    assert not shares_storage(result, source)
    assert source.tolist() == [[0, 2, 4], [1, 3, 5]]
    assert index.tolist() == [[0, 2], [1, 2]]


@claim("tensor.gather.small-inputs", see="generated/torch.gather")
def test_gather_of_few_or_no_elements(device):
    """An index without elements gives a result of its shape, whatever the number of its
    dimensions; a tensor without dimensions is one element, which may be picked several
    times.
    """
    source = torch.ones(2, 3, device=device)
    seven = torch.tensor(7, device=device)

    nothing = source.gather(0, on(device))
    no_columns = source.gather(1, on(device).view(2, 0))
    same = seven.gather(0, torch.tensor(0, device=device))
    twice = seven.gather(-1, on(device, 0, 0))

    assert (nothing.shape, no_columns.shape) == ((0,), (2, 0))
    assert (nothing.dtype, no_columns.dtype) == (torch.float32, torch.float32)
    assert (same.item(), same.shape, twice.tolist()) == (7, (), [7, 7])


@claim("tensor.gather.shape-rules", see="generated/torch.gather")
def test_the_index_of_gather_has_to_fit_and_is_not_broadcast(device):
    """The index has as many dimensions as the source and is nowhere larger except along
    the dimension, or RuntimeError is raised; it may be smaller, and is not broadcast.
    """
    source = numbered((2, 3), device)
    ranks = "same number of dimensions as input tensor"

    smaller = source.gather(1, torch.tensor([[2]], device=device))

    assert smaller.tolist() == [[2]]
    with pytest.raises(RuntimeError, match=ranks):
        source.gather(1, on(device, 0))
    with pytest.raises(RuntimeError, match=ranks):
        source.gather(1, torch.tensor([[[0]]], device=device))
    with pytest.raises(RuntimeError, match="Size does not match at dimension 0"):
        source.gather(1, torch.tensor([[0], [0], [0]], device=device))
    with pytest.raises(RuntimeError, match="Size does not match at dimension 1"):
        source.gather(0, torch.tensor([[0, 0, 0, 0]], device=device))
    with pytest.raises(IndexError, match=r"in range of \[-2, 1\], but got 2"):
        source.gather(2, torch.tensor([[0]], device=device))
    with pytest.raises(IndexError, match=r"in range of \[-2, 1\], but got -3"):
        source.gather(-3, torch.tensor([[0]], device=device))


@claim("tensor.gather.index-bounds", see="generated/torch.gather")
def test_gather_does_not_wrap_positions_around():
    """On the CPU, a position outside the dimension raises RuntimeError; -1 does so too,
    though an index in brackets may be negative.
    """
    source = torch.arange(6).view(2, 3)

    with pytest.raises(RuntimeError, match=r"^index 3 .* dimension 1 with size 3"):
        source.gather(1, torch.tensor([[0, 3]]))
    with pytest.raises(RuntimeError, match=r"^index -1 .* dimension 1 with size 3"):
        source.gather(1, torch.tensor([[-1]]))
    with pytest.raises(RuntimeError, match=r"^index 2 .* dimension 0 with size 2"):
        source.gather(0, torch.tensor([[2]]))


@claim("tensor.gather.index-dtype", see="generated/torch.gather", since="2.8")
def test_gather_and_scatter_take_positions_of_int32(device):
    """An index of int32 is as good as one of int64 for gather(), scatter() and
    scatter_add().
    """
    source = numbered((2, 3), device)
    index = torch.tensor([[2, 0]], dtype=torch.int32, device=device)

    results = [
        source.gather(1, index),
        source.scatter(1, index, 9),
        source.scatter_add(1, index, torch.tensor([[10, 20]], device=device)),
    ]

    assert [result.tolist() for result in results] == [
        [[2, 0]],
        [[9, 1, 9], [3, 4, 5]],
        [[20, 1, 12], [3, 4, 5]],
    ]
    assert [result.dtype for result in results] == [torch.int64] * 3


@claim("tensor.gather.int32-refused", see="generated/torch.gather", until="2.8")
def test_gather_and_scatter_refuse_positions_of_int32(device):
    """An index of int32 raises RuntimeError in gather(), scatter(), scatter_add()."""
    source = numbered((2, 3), device)
    index = torch.tensor([[2, 0]], dtype=torch.int32, device=device)
    wrong_dtype = "Expected dtype int64 for index"

    with pytest.raises(RuntimeError, match=wrong_dtype):
        source.gather(1, index)
    with pytest.raises(RuntimeError, match=wrong_dtype):
        source.scatter(1, index, 9)
    with pytest.raises(RuntimeError, match=wrong_dtype):
        source.scatter_add(1, index, torch.tensor([[10, 20]], device=device))


@claim("tensor.gather.index-dtype-refused", see="generated/torch.gather")
def test_gather_refuses_positions_of_other_dtypes(device):
    """An index of int16, of floats or of booleans raises RuntimeError, and a list
    TypeError.
    """
    source = numbered((2, 3), device)
    wrong_dtype = r"gather\(\): Expected dtype (int32/)?int64 for index"

    with pytest.raises(RuntimeError, match=wrong_dtype):
        source.gather(1, torch.tensor([[0]], dtype=torch.int16, device=device))
    with pytest.raises(RuntimeError, match=wrong_dtype):
        source.gather(1, torch.tensor([[0.0]], device=device))
    with pytest.raises(RuntimeError, match=wrong_dtype):
        source.gather(1, torch.tensor([[False]], device=device))
    with pytest.raises(TypeError, match=r"^gather\(\)"):
        source.gather(1, [[0]])


@claim("tensor.gather.gradient", see="generated/torch.gather")
def test_the_gradient_of_gather_goes_back_where_it_was_read(device):
    """An element that gather() picks gets the gradients of all its places, summed, and
    the others 0; with sparse_grad=True the gradient is a sparse tensor of the same
    values.
    """
    source = torch.tensor([[1.0, 2.0, 3.0]], device=device, requires_grad=True)
    index = torch.tensor([[2, 0, 2]], device=device)
    weights = torch.tensor([[10.0, 20.0, 40.0]], device=device)

    result = source.gather(1, index)
    (dense,) = torch.autograd.grad(result, source, weights)
    (sparse,) = torch.autograd.grad(
        source.gather(1, index, sparse_grad=True), source, weights
    )

    assert (result.tolist(), result.requires_grad) == ([[3, 1, 3]], True)
    assert (dense.tolist(), dense.layout) == ([[20, 0, 50]], torch.strided)
    assert sparse.layout == torch.sparse_coo
    assert sparse.to_dense().tolist() == [[20, 0, 50]]


# --- take() ---------------------------------------------------------------------------


@claim(
    "tensor.take.shape-of-index",
    see="generated/torch.take",
    also=["tensor.take.flat-index"],
)
def test_take_reads_the_flattened_tensor_in_the_shape_of_the_index(device):
    """take() counts positions through the tensor as if it were flattened in row-major
    order, from the end if they are negative; the result has the shape of the index.
    """
    source = numbered((2, 3), device)
    index = torch.tensor([[5, 0], [-1, -6]], device=device)

    square = source.take(index)
    vector = source.take(on(device, 4, 4, 1))
    element = source.take(torch.tensor(4, device=device))
    nothing = source.take(on(device).view(0, 2))

    assert square.tolist() == [[5, 0], [5, 0]]
    assert vector.tolist() == [4, 4, 1]
    assert (element.item(), element.shape) == (4, ())
    assert index.tolist() == [[5, 0], [-1, -6]]
    assert (nothing.shape, nothing.dtype) == ((0, 2), torch.int64)


@claim("tensor.take.in-general", see="generated/torch.take")
@given(case=indices_for_take())
def test_take_picks_what_the_flattened_list_has(device, case):
    """For any source and index, take() gives the elements that the source's flat list
    has at those positions, in the index's shape.
    """
    sizes, index, shape = case
    source = numbered(sizes, device) + 10
    flat = list(range(10, 10 + source.numel()))

    result = torch.take(source, on(device, *index).view(shape))

    assert (case, result.shape) == (case, shape)
    assert (case, result.view(-1).tolist()) == (case, [flat[i] for i in index])


@claim("tensor.take.copies", see="generated/torch.take")
def test_take_copies_and_counts_through_a_transposed_tensor_by_position(device):
    """take() counts through a transposed tensor in the order of its own positions, not
    of the memory, and copies into memory of its own.
    """
    source = numbered((2, 3), device).t()
    index = on(device, 0, 1, 2, 3, 4, 5)

    result = source.take(index)
    result[0] = 9

    assert result.tolist() == [9, 3, 1, 4, 2, 5]
    assert not shares_storage(result, source)
    assert source.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert index.tolist() == [0, 1, 2, 3, 4, 5]


@claim("tensor.take.call-forms", see="generated/torch.take")
def test_the_call_forms_of_take_agree(device):
    """Method, function, keywords and out= give the same, in the source's dtype; out= is
    written and returned.
    """
    source = torch.tensor([[True, False], [False, False]], device=device)
    index = on(device, 0, 3)
    out = torch.zeros(2, dtype=torch.bool, device=device)

    results = [
        source.take(index),
        source.take(index=index),
        torch.take(source, index),
        torch.take(input=source, index=index),
        torch.take(source, index, out=out),
    ]

    assert [result.tolist() for result in results] == [[True, False]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.bool, (1,), False)
    }
    assert results[4] is out


@claim("tensor.take.float-index-rejected", see="generated/torch.take")
def test_take_needs_an_index_of_int64(device):
    """The index has to be a tensor of int64: floats, as torch.Tensor([...]) makes them,
    int32 and booleans raise RuntimeError, a list or an int TypeError.
    """
    source = numbered((2, 3), device)

    with pytest.raises(RuntimeError, match=r"Expected a long tensor .* got Float"):
        source.take(torch.Tensor([0, 2, 5]).to(device))
    with pytest.raises(RuntimeError, match=r"Expected a long tensor .* got Int"):
        source.take(torch.tensor([0, 2, 5], dtype=torch.int32, device=device))
    with pytest.raises(RuntimeError, match=r"Expected a long tensor .* got Bool"):
        source.take(torch.tensor([True], device=device))
    with pytest.raises(TypeError, match=r"^take\(\)"):
        source.take([0, 2, 5])
    with pytest.raises(TypeError, match=r"^take\(\)"):
        source.take(0)


@claim("tensor.take.bad-index", see="generated/torch.take")
def test_take_refuses_positions_that_are_not_there():
    """On the CPU, a position outside the flattened tensor, at either end, raises
    IndexError, and so does any position in a tensor without elements, from which only
    nothing can be taken.
    """
    source = torch.arange(6).view(2, 3)
    empty = torch.zeros(0)

    nothing = empty.take(torch.tensor([], dtype=torch.int64))

    assert (nothing.shape, nothing.dtype) == ((0,), torch.float32)
    with pytest.raises(IndexError, match="access index 6 on a tensor of 6 elements"):
        source.take(torch.tensor([6]))
    with pytest.raises(IndexError, match="access index -7 on a tensor of 6 elements"):
        source.take(torch.tensor([-7]))
    with pytest.raises(IndexError, match="tried to take from an empty tensor"):
        empty.take(torch.tensor([0]))


@claim("tensor.take.gradient", see="generated/torch.take")
def test_the_gradient_of_take_goes_back_where_it_was_read(device):
    """An element that take() picks gets the gradients of all its places, summed, and
    the others 0.
    """
    source = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)
    weights = torch.tensor([10.0, 20.0, 40.0], device=device)

    result = source.take(on(device, 2, -1, 2))
    result.backward(weights)

    assert (result.tolist(), result.requires_grad) == ([3, 4, 3], True)
    assert source.grad.tolist() == [[0, 0], [50, 20]]


@claim("tensor.take.dtype-kept", see="generated/torch.take")
@pytest.mark.parametrize(
    ("elements", "dtype"),
    [
        ([True, False], torch.bool),
        ([1, 2], torch.uint8),
        ([1.5, 2.5], torch.float16),
        ([1j, 2j], torch.complex64),
    ],
    ids=["bool", "uint8", "float16", "complex"],
)
def test_picking_by_position_keeps_the_dtype(device, elements, dtype):
    """index_select(), gather(), take(), take_along_dim() and narrow() pick elements of
    any dtype and keep it.
    """
    source = torch.tensor(elements, dtype=dtype, device=device)
    last = on(device, 1)

    results = [
        source.index_select(0, last),
        source.gather(0, last),
        source.take(last),
        source.take_along_dim(last, 0),
        source.narrow(0, 1, 1),
    ]

    assert [result.tolist() for result in results] == [elements[1:]] * 5
    assert [result.dtype for result in results] == [dtype] * 5


@claim("tensor.take.out-of-another-dtype", see="generated/torch.take")
def test_out_has_to_have_the_dtype_of_the_source(device):
    """index_select(), gather() and take() raise RuntimeError if out= has another dtype
    than the source, and leave it as it is.
    """
    source = torch.tensor([5, 6, 7], device=device)
    index = on(device, 2)
    out = torch.zeros(1, device=device)

    with pytest.raises(RuntimeError, match="self and result must have the same scalar"):
        torch.index_select(source, 0, index, out=out)
    with pytest.raises(RuntimeError, match="Expected out tensor to have dtype long"):
        torch.gather(source, 0, index, out=out)
    with pytest.raises(RuntimeError, match="self and out expected to have the same"):
        torch.take(source, index, out=out)

    assert (out.tolist(), out.dtype) == ([0], torch.float32)


# --- take_along_dim() -----------------------------------------------------------------


@claim(
    "tensor.take-along-dim.broadcasting-gather", see="generated/torch.take_along_dim"
)
def test_take_along_dim_is_gather_after_broadcasting(device):
    """take_along_dim() with a dimension picks as gather() does, but source and index
    first broadcast in all other dimensions: the result may be larger than the index.
    """
    source = numbered((2, 3), device)
    one = torch.tensor([[1]], device=device)
    of_rows = torch.tensor([[2, 0], [1, 1]], device=device)
    row = numbered((1, 3), device)

    assert torch.take_along_dim(source, one, 1).tolist() == [[1], [4]]
    assert torch.take_along_dim(source, one, dim=0).tolist() == [[3, 4, 5]]
    assert source.take_along_dim(of_rows, -1).tolist() == [[2, 0], [4, 4]]
    assert row.take_along_dim(of_rows, 1).tolist() == [[2, 0], [1, 1]]
    assert of_rows.tolist() == [[2, 0], [1, 1]]


@claim("tensor.take-along-dim.undoes-argsort", see="generated/torch.take_along_dim")
def test_take_along_dim_reads_what_argsort_and_argmax_found(device):
    """take_along_dim() gives the sorted elements for the index from argsort(), and the
    largest for that from argmax() with keepdim=True, without which the dimensions
    differ and RuntimeError is raised.
    """
    source = torch.tensor([[30, 10, 20], [4, 6, 5]], device=device)
    order = source.argsort(1)
    largest = source.argmax(1, keepdim=True)
    without = source.argmax(1)

    by_size = torch.take_along_dim(source, order, 1)
    maximum = torch.take_along_dim(source, largest, 1)

    assert by_size.tolist() == [[10, 20, 30], [4, 5, 6]]
    assert maximum.tolist() == [[30], [6]]
    with pytest.raises(RuntimeError, match="should have the same number of dimensions"):
        torch.take_along_dim(source, without, 1)


@claim("tensor.take-along-dim.no-dim-flattens", see="generated/torch.take_along_dim")
def test_take_along_dim_without_a_dimension_flattens(device):
    """Without a dimension, source and index are both flattened, and the result is a
    vector, whatever the shape of the index.
    """
    source = torch.tensor([[3, 1], [7, 5]], device=device)
    index = torch.tensor([[1, 0], [3, 3]], device=device)
    of_largest = source.argmax()

    largest = torch.take_along_dim(source, of_largest)
    flat = source.take_along_dim(index)
    same = source.take_along_dim(indices=index, dim=None)

    assert (largest.tolist(), largest.shape) == ([7], (1,))
    assert (flat.tolist(), same.tolist()) == ([1, 3, 5, 5], [1, 3, 5, 5])
    assert (flat.dtype, shares_storage(flat, source)) == (torch.int64, False)


@claim("tensor.take-along-dim.call-forms", see="generated/torch.take_along_dim")
def test_the_call_forms_of_take_along_dim_agree(device):
    """Method, function, keywords, a negative dimension and out= give the same copy;
    out= is written and returned.
    """
    source = numbered((2, 3), device)
    index = torch.tensor([[2], [1]], device=device)
    out = torch.zeros(2, 1, dtype=torch.int64, device=device)

    results = [
        source.take_along_dim(index, 1),
        source.take_along_dim(indices=index, dim=-1),
        torch.take_along_dim(source, index, 1),
        torch.take_along_dim(input=source, indices=index, dim=1),
        torch.take_along_dim(source, index, 1, out=out),
    ]

    assert [result.tolist() for result in results] == [[[2], [4]]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (1, 1), False)
    }
    assert [shares_storage(result, source) for result in results] == [False] * 5
    assert results[4] is out
    assert index.tolist() == [[2], [1]]


@claim("tensor.take-along-dim.errors", see="generated/torch.take_along_dim")
def test_take_along_dim_refuses_what_does_not_fit(device):
    """With a dimension, an index of another dtype than int64, or one that does not
    broadcast with the source, raises RuntimeError, and a dimension that is not there
    IndexError.
    """
    source = numbered((2, 3), device)
    one = torch.tensor([[1]], device=device)
    int32, floats, three = one.int(), one.float(), one.expand(3, 1)

    with pytest.raises(RuntimeError, match="should be Long but got Int"):
        torch.take_along_dim(source, int32, 1)
    with pytest.raises(RuntimeError, match="should be Long but got Float"):
        torch.take_along_dim(source, floats, 1)
    with pytest.raises(RuntimeError, match=r"a \(2\) .* b \(3\) at .* dimension 0"):
        torch.take_along_dim(source, three, 1)
    with pytest.raises(IndexError, match=r"in range of \[-2, 1\], but got 2"):
        torch.take_along_dim(source, one, 2)


@claim(
    "tensor.take-along-dim.wraps-out-of-range",
    see="generated/torch.take_along_dim",
    since="2.10",
)
def test_take_along_dim_wraps_positions_around(device):
    """With a dimension, a position counts modulo the size: -1 is the last, and the size
    itself is 0 again, as is any multiple of it.
    """
    source = numbered((2, 3), device)
    index = torch.tensor([[-1, -3, 3, 100, -4]], device=device)

    result = torch.take_along_dim(source, index, 1)

    assert result.tolist() == [[2, 0, 0, 1, 2], [5, 3, 3, 4, 5]]


@claim(
    "tensor.take-along-dim.does-not-wrap",
    see="generated/torch.take_along_dim",
    until="2.10",
)
def test_take_along_dim_refuses_positions_that_are_not_there():
    """On the CPU, a position outside the dimension raises RuntimeError, as does -1."""
    source = torch.arange(6).view(2, 3)

    with pytest.raises(RuntimeError, match=r"^index -1 is out of bounds"):
        torch.take_along_dim(source, torch.tensor([[-1]]), 1)
    with pytest.raises(RuntimeError, match=r"^index 3 is out of bounds"):
        torch.take_along_dim(source, torch.tensor([[3]]), 1)


@claim("tensor.take-along-dim.flat-bounds", see="generated/torch.take_along_dim")
def test_take_along_dim_without_a_dimension_does_not_wrap():
    """On the CPU and without a dimension, a position outside the flattened tensor
    raises RuntimeError; -1 does so too.
    """
    source = torch.arange(6).view(2, 3)

    with pytest.raises(RuntimeError, match=r"^index 6 .* dimension 0 with size 6"):
        torch.take_along_dim(source, torch.tensor([6]))
    with pytest.raises(RuntimeError, match=r"^index -1 .* dimension 0 with size 6"):
        torch.take_along_dim(source, torch.tensor([-1]))


@claim("tensor.take-along-dim.gradient", see="generated/torch.take_along_dim")
def test_the_gradient_of_take_along_dim_is_summed_over_what_was_broadcast(device):
    """An element that take_along_dim() picks gets the gradients of all its places,
    those it was broadcast to included.
    """
    source = torch.tensor([[1.0, 2.0]], device=device, requires_grad=True)
    index = torch.tensor([[1, 1], [0, 1]], device=device)
    weights = torch.tensor([[1.0, 2.0], [4.0, 8.0]], device=device)

    result = torch.take_along_dim(source, index, 1)
    result.backward(weights)

    assert result.tolist() == [[2, 2], [1, 2]]
    assert source.grad.tolist() == [[4, 11]]


# --- narrow() -------------------------------------------------------------------------


@claim("tensor.narrow.view-of-a-range", see="generated/torch.narrow")
@pytest.mark.parametrize(
    ("narrow", "shape", "elements", "offset"),
    [
        (lambda x: x.narrow(0, 0, 2), (2, 4), [[0, 1, 2, 3], [4, 5, 6, 7]], 0),
        (lambda x: torch.narrow(x, 1, 1, 2), (3, 2), [[1, 2], [5, 6], [9, 10]], 1),
        (
            lambda x: torch.narrow(input=x, dim=-1, start=-3, length=2),
            (3, 2),
            [[1, 2], [5, 6], [9, 10]],
            1,
        ),
        (
            lambda x: x.narrow(1, torch.tensor(-1, device=x.device), 1),
            (3, 1),
            [[3], [7], [11]],
            3,
        ),
        (lambda x: x.narrow(0, 3, 0), (0, 4), [], 12),
        (lambda x: x.narrow(0, 2, 1), (1, 4), [[8, 9, 10, 11]], 8),
    ],
    ids=["rows", "columns", "from-the-end", "tensor-start", "none-at-end", "last"],
)
def test_narrow_is_a_slice_by_start_and_length(device, narrow, shape, elements, offset):
    """narrow() returns the view of length elements of a dimension from start on; the
    start may count from the end and be a tensor without dimensions, and the length may
    be 0.
    """
    source = numbered((3, 4), device)

    view = narrow(source)

    assert (view.tolist(), view.dtype) == (elements, torch.int64)
    assert view.shape == shape
    assert (view.stride(), view.storage_offset()) == ((4, 1), offset)
    assert shares_storage(view, source)


@claim("tensor.narrow.write-reaches-source", see="generated/torch.narrow")
def test_a_write_to_what_narrow_returns_reaches_the_source(device):
    """What is written into the result of narrow() is written into the source, and the
    gradient of the result goes to the elements it shows.
    """
    source = numbered((2, 3), device)
    leaf = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)

    source.narrow(1, 1, 2).fill_(9)
    leaf.narrow(0, 1, 2).backward(torch.tensor([10.0, 20.0], device=device))

    assert source.tolist() == [[0, 9, 9], [3, 9, 9]]
    assert leaf.grad.tolist() == [0, 10, 20]


@claim("tensor.narrow.range-is-not-cut-off", see="generated/torch.narrow")
def test_narrow_cuts_nothing_off(device):
    """A range that reaches beyond the dimension raises RuntimeError, where a slice
    would be cut off; a start or a dimension that is not there raises IndexError. A
    source without dimensions, or a tensor of floats as the start, raises RuntimeError.
    """
    source = numbered((2, 3), device)

    with pytest.raises(
        RuntimeError, match=r"start \(2\) \+ length \(2\) exceeds .* \(3\)"
    ):
        source.narrow(1, 2, 2)
    with pytest.raises(
        RuntimeError, match=r"start \(2\) \+ length \(2\) exceeds .* \(3\)"
    ):
        source.narrow(1, -1, 2)
    with pytest.raises(IndexError, match=r"out of range .* but got 4"):
        source.narrow(1, 4, 0)
    with pytest.raises(IndexError, match=r"out of range .* but got -4"):
        source.narrow(1, -4, 1)
    with pytest.raises(IndexError, match=r"in range of \[-2, 1\], but got 2"):
        source.narrow(2, 0, 1)
    with pytest.raises(RuntimeError, match="cannot be applied to a 0-dim tensor"):
        source[0, 0].narrow(0, 0, 1)
    with pytest.raises(RuntimeError, match="start must be an 0-dim integral Tensor"):
        source.narrow(1, torch.tensor(1.0, device=device), 1)


@claim("tensor.narrow.bad-range", see="generated/torch.narrow", since="2.0")
def test_a_negative_length_is_named(device):
    """A negative length raises RuntimeError, which says that it is negative."""
    source = torch.arange(3, device=device)

    with pytest.raises(RuntimeError, match="length must be non-negative"):
        source.narrow(0, 1, -1)


@claim(
    "tensor.narrow.negative-length-exceeds", see="generated/torch.narrow", until="2.0"
)
def test_a_negative_length_is_said_to_exceed_the_size(device):
    """A negative length raises RuntimeError, which says that it exceeds the size."""
    source = torch.arange(3, device=device)

    with pytest.raises(RuntimeError, match=r"start \(1\) \+ length \(-1\) exceeds"):
        source.narrow(0, 1, -1)


@claim("tensor.narrow.copy", see="generated/torch.narrow_copy")
def test_narrow_copy_copies_the_range(device):
    """narrow_copy() gives the elements of narrow() in contiguous memory of its own, and
    raises RuntimeError for a range beyond the dimension too.
    """
    source = numbered((2, 3), device)

    result = source.narrow_copy(1, 1, 2)
    function = torch.narrow_copy(source, -1, -2, 2)

    assert (result.tolist(), result.stride()) == ([[1, 2], [4, 5]], (2, 1))
    assert (function.tolist(), result.dtype) == ([[1, 2], [4, 5]], torch.int64)
    assert not shares_storage(result, source)
    assert not shares_storage(function, source)
    with pytest.raises(RuntimeError, match=r"start \(2\) \+ length \(2\) exceeds"):
        source.narrow_copy(1, 2, 2)

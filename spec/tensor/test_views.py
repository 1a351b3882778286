"""A tensor is a way of looking at a storage; a view is another way of looking.

A storage is one row of elements. A tensor is laid over it by three things: its sizes,
its strides (how far apart in the storage neighbours along a dimension lie) and its
storage offset (where its first element lies). A view is a second tensor over the same
storage: making one copies nothing, and what is written through one is seen in all.

view() gives a new shape to the same elements, and fails where no strides can do that.
reshape() makes a view too wherever there is one, and copies only where there is none:
it is neither a way to get a copy nor contiguous().view(), which copies more often.
A tensor needn't be contiguous for view(); its strides need only fit the new shape.
"""

from math import prod

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.views import (
    compatible_views,
    empty_layouts,
    impossible_sizes,
    incompatible_views,
    inferable_sizes,
    inferred,
    layouts,
    nested,
    ranges_of_dims,
    row_major_strides,
    shapes,
    view_strides,
)
from torch_semantics import claim
from torch_semantics.words import shares_storage

INCOMPATIBLE = r"view size is not compatible with .* Use \.reshape\(\.\.\.\) instead"


def laid_out(layout, device):
    """A tensor of a layout, each of whose elements is its own place in the storage."""
    return torch.arange(layout.extent, device=device).as_strided(*layout)


# --- storage, strides and offset ------------------------------------------------------


@claim("tensor.storage.single-block", see="tensor_view")
@pytest.mark.parametrize(
    ("look", "sizes", "strides", "offset"),
    [
        (lambda x: x.t(), (4, 3), (1, 4), 0),
        (lambda x: x[1:, 2:], (2, 2), (4, 1), 6),
        (lambda x: x[:, 1::2], (3, 2), (4, 2), 1),
        (lambda x: x[:, :1].expand(3, 5), (3, 5), (4, 0), 0),
        (lambda x: x[2, 3], (), (), 11),
    ],
    ids=["transpose", "slice", "steps", "expand", "element"],
)
def test_transposes_and_slices_lie_over_the_one_storage_of_their_source(
    device, look, sizes, strides, offset
):
    """Transposing, slicing or expanding a tensor gives other sizes, strides or storage
    offset over the same storage, and takes no memory blocks of its own.
    """
    source = torch.arange(12, device=device).view(3, 4)

    result = look(source)

    assert shares_storage(result, source)
    assert result.shape == sizes
    assert result.stride() == strides
    assert result.storage_offset() == offset
    assert result.data_ptr() == source.data_ptr() + offset * 8


@claim(
    "tensor.storage.shared-size",
    see="generated/torch.Tensor.untyped_storage",
    since="2.0",
)
def test_tensors_over_one_storage_report_the_size_of_all_of_it(device):
    """Each tensor over a storage reports the whole of it: the same address and as many
    bytes, whatever part of it the tensor reaches.
    """
    source = torch.zeros(3, 4, dtype=torch.int32, device=device)

    transposed = source.t().untyped_storage()
    element = source[2, 3].untyped_storage()

    assert transposed.nbytes() == element.nbytes() == 48
    assert transposed.data_ptr() == element.data_ptr() == source.data_ptr()


@claim("tensor.strided.address-formula", see="generated/torch.Tensor.stride")
def test_an_element_lies_at_the_offset_plus_each_index_times_its_stride(device):
    """The element at an index lies in the storage at the storage offset plus the sum of
    each index times the stride of its dimension.
    """
    storage = torch.arange(24, device=device)

    tensor = storage.as_strided((2, 3), (10, 2), 3)

    assert tensor.stride() == (10, 2)
    assert tensor.storage_offset() == 3
    assert tensor[1, 2].item() == 3 + 1 * 10 + 2 * 2
    assert tensor.tolist() == [[3, 5, 7], [13, 15, 17]]


@claim("tensor.strided.address-formula-in-general", see="generated/torch.as_strided")
@given(layout=layouts)
def test_every_element_of_a_strided_tensor_is_where_the_formula_says(device, layout):
    """A tensor of any sizes, strides and storage offset, whether it skips elements of
    its storage or repeats them, reads each element from its place by the formula.
    """
    tensor = torch.as_strided(torch.arange(layout.extent, device=device), *layout)

    assert tensor.stride() == layout.strides
    assert tensor.storage_offset() == layout.offset
    assert tensor.tolist() == nested(layout.places, layout.sizes)


@claim("tensor.strided.formula-under-slicing", see="tensor_view")
def test_slices_transposes_and_expansions_keep_to_the_address_formula(device):
    """The strides and storage offset that a tensor reports after slicing, transposing
    and expanding lead to its elements by the address formula.
    """
    storage = torch.arange(24, device=device)

    tensor = storage.view(4, 6)[1:, 1::2].t().unsqueeze(0).expand(2, 3, 3)

    assert (tensor.stride(), tensor.storage_offset()) == ((0, 2, 6), 7)
    assert tensor[0].tolist() == [[7, 13, 19], [9, 15, 21], [11, 17, 23]]
    assert tensor[1].tolist() == [[7, 13, 19], [9, 15, 21], [11, 17, 23]]


@claim("tensor.strided.fresh-is-row-major", see="generated/torch.Tensor.stride")
@pytest.mark.parametrize(
    ("sizes", "strides"),
    [
        ((2, 3, 4), (12, 4, 1)),
        ((5,), (1,)),
        ((), ()),
        ((3, 1, 2), (2, 2, 1)),
        ((2, 0, 3), (3, 3, 1)),
    ],
    ids=["3-dim", "1-dim", "0-dim", "size-one", "empty"],
)
def test_a_fresh_tensor_has_row_major_strides_and_no_offset(device, sizes, strides):
    """A fresh tensor of given sizes starts at its storage's beginning, and each of its
    strides is the product of the sizes to the right, where a zero counts as one.
    """
    tensor = torch.zeros(sizes, device=device)

    assert tensor.stride() == strides
    assert tensor.storage_offset() == 0


@claim(
    "tensor.strided.fresh-is-row-major-in-general", see="generated/torch.Tensor.stride"
)
@given(sizes=shapes)
def test_fresh_tensors_of_all_shapes_have_row_major_strides(device, sizes):
    """A fresh tensor of any shape has the row-major strides of that shape."""
    assert torch.empty(sizes, device=device).stride() == row_major_strides(sizes)


@claim("tensor.stride.of-one-dimension", see="generated/torch.Tensor.stride")
@pytest.mark.parametrize(
    ("ask", "stride"),
    [
        (lambda x: x.stride(), (12, 4, 1)),
        (lambda x: x.stride(0), 12),
        (lambda x: x.stride(1), 4),
        (lambda x: x.stride(-1), 1),
        (lambda x: x.stride(-3), 12),
        (lambda x: x.stride(dim=1), 4),
    ],
    ids=["all", "first", "second", "last", "first-from-the-end", "keyword"],
)
def test_stride_gives_all_strides_or_that_of_one_dimension(device, ask, stride):
    """Asked for nothing else, stride() returns the tuple of all strides; asked for a
    dimension, which may be negative to count from the end, it returns that one's stride
    as an int.
    """
    tensor = torch.zeros(2, 3, 4, device=device)

    assert ask(tensor) == stride


@claim("tensor.stride.bad-dimension", see="generated/torch.Tensor.stride")
@pytest.mark.parametrize("dim", [2, -3])
def test_stride_refuses_a_dimension_that_is_not_there(device, dim):
    """Asking stride() for a dimension beyond the tensor's, at either end, raises
    IndexError, and so does asking a 0-dim tensor for any.
    """
    tensor = torch.zeros(2, 3, device=device)

    with pytest.raises(IndexError, match=r"expected to be in range of \[-2, 1\]"):
        tensor.stride(dim)
    with pytest.raises(IndexError, match="tensor has no dimensions"):
        torch.tensor(3, device=device).stride(dim % 2)


@claim("tensor.stride.counts-elements", see="generated/torch.Tensor.stride")
@pytest.mark.parametrize(
    ("dtype", "itemsize"),
    [(torch.bool, 1), (torch.int16, 2), (torch.float32, 4), (torch.int64, 8)],
    ids=["bool", "int16", "float32", "int64"],
)
def test_strides_and_offset_count_elements_and_addresses_count_bytes(
    device, dtype, itemsize
):
    """Strides and the storage offset count elements, so they are the same for every
    dtype; data_ptr() is a byte address, and a step moves it by the element's size.
    """
    tensor = torch.zeros(3, 4, dtype=dtype, device=device)

    row = tensor[1]

    assert tensor.stride() == (4, 1)
    assert row.storage_offset() == 4
    assert row.data_ptr() - tensor.data_ptr() == 4 * itemsize


@claim("tensor.strided.may-be-non-contiguous", see="tensor_attributes")
@pytest.mark.parametrize(
    ("look", "strides", "values"),
    [
        (lambda x: x.t(), (1, 4), [[0, 4], [1, 5], [2, 6], [3, 7]]),
        (lambda x: x[:, ::2], (4, 2), [[0, 2], [4, 6]]),
        (lambda x: x[:, 1:3], (4, 1), [[1, 2], [5, 6]]),
        (lambda x: x[1, :1].expand(3), (0,), [4, 4, 4]),
    ],
    ids=["transpose", "step", "offset", "expand"],
)
def test_a_strided_tensor_may_skip_reorder_or_repeat_its_storage(
    device, look, strides, values
):
    """The layout torch.strided does not mean contiguous: transposes, slices and
    expanded tensors have it, while they reorder, skip or repeat elements of their
    storage.
    """
    source = torch.arange(8, device=device).view(2, 4)

    tensor = look(source)

    assert tensor.layout == torch.strided
    assert not tensor.is_contiguous()
    assert tensor.stride() == strides
    assert tensor.tolist() == values
    assert shares_storage(tensor, source)


@claim("tensor.strided.size-one-stride-is-free", see="generated/torch.as_strided")
def test_the_stride_of_a_size_one_dimension_has_no_effect(device):
    """No step is ever taken along a dimension of size one, so its stride may be
    anything: the elements are the same, and the tensor is as contiguous as with any
    other.
    """
    storage = torch.arange(3, device=device)

    tensor = storage.as_strided((3, 1), (1, 7))

    assert tensor.tolist() == [[0], [1], [2]]
    assert tensor.stride() == (1, 7)
    assert tensor.is_contiguous()


@claim(
    "tensor.storage.contiguous-gathers-into-its-own",
    see="generated/torch.Tensor.contiguous",
)
def test_contiguous_of_a_non_contiguous_tensor_copies_into_a_new_storage(device):
    """A non-contiguous tensor's contiguous() writes its elements in row-major order
    into a storage of their own, apart from the source's.
    """
    source = torch.arange(6, device=device).view(2, 3)

    gathered = source.t().contiguous()
    gathered[0, 0] = 9

    assert not shares_storage(gathered, source)
    assert gathered.stride() == (2, 1)
    assert gathered.storage_offset() == 0
    assert gathered.tolist() == [[9, 3], [1, 4], [2, 5]]
    assert source.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim(
    "tensor.storage.contiguous-copies-only-when-needed",
    see="generated/torch.Tensor.contiguous",
)
def test_contiguous_of_a_contiguous_slice_returns_the_slice_itself(device):
    """A tensor that is already contiguous is returned as it is by contiguous(), also
    when it lies over a part of a larger storage.
    """
    source = torch.arange(12, device=device).view(4, 3)
    rows = source[1:3]

    result = rows.contiguous()

    assert result is rows
    assert shares_storage(result, source)
    assert result.storage_offset() == 3


@claim(
    "tensor.storage.copy-holds-only-its-elements",
    see="generated/torch.Tensor.untyped_storage",
    since="2.0",
)
def test_a_copy_of_a_slice_takes_room_for_the_slice_alone(device):
    """A clone() of a slice, and contiguous() of a non-contiguous one, allocate room for
    the slice's own elements, while the slice itself holds on to the whole storage.
    """
    source = torch.zeros(100, 4, dtype=torch.int32, device=device)

    assert source[:2].untyped_storage().nbytes() == 1600
    assert source[:2].clone().untyped_storage().nbytes() == 32
    assert source[:2, 1:].contiguous().untyped_storage().nbytes() == 24


@claim("tensor.storage.kept-alive-by-view", see="tensor_view")
def test_a_view_keeps_the_storage_when_its_source_is_gone(device):
    """A storage lives as long as any tensor over it: a view still has its elements, and
    may be written, after the tensor that it was made from is gone.
    """
    source = torch.arange(4, device=device)
    view = source.view(2, 2)
    address = source.data_ptr()

    del source
    view[0, 0] = 9

    assert view.data_ptr() == address
    assert view.tolist() == [[9, 1], [2, 3]]


@claim("tensor.as-strided.forms", see="generated/torch.as_strided")
@pytest.mark.parametrize(
    "look",
    [
        lambda x: x.as_strided((2, 2), (3, 1), 1),
        lambda x: x.as_strided([2, 2], [3, 1], storage_offset=1),
        lambda x: x.as_strided(size=(2, 2), stride=(3, 1), storage_offset=1),
        lambda x: torch.as_strided(x, (2, 2), (3, 1), 1),
        lambda x: torch.as_strided(x, size=(2, 2), stride=(3, 1), storage_offset=1),
    ],
    ids=["method", "lists", "method-keywords", "function", "function-keywords"],
)
def test_as_strided_lays_a_view_of_given_strides_over_the_storage(device, look):
    """Both the method and the function as_strided() return a view with exactly the
    sizes, strides and storage offset that they are given.
    """
    source = torch.arange(6, device=device)

    view = look(source)

    assert (view.shape, view.stride(), view.storage_offset()) == ((2, 2), (3, 1), 1)
    assert view.tolist() == [[1, 2], [4, 5]]
    assert shares_storage(view, source)
    assert view._base is source


@claim("tensor.as-strided.offset-is-absolute", see="generated/torch.as_strided")
@pytest.mark.parametrize(
    "as_strided",
    [lambda x, *rest: x.as_strided(*rest), lambda x, *rest: torch.as_strided(x, *rest)],
    ids=["method", "function"],
)
def test_as_strided_counts_its_offset_from_the_beginning_of_the_storage(
    device, as_strided
):
    """A tensor from as_strided() starts where its source starts unless an offset is
    given, which counts from the beginning of the storage, not from its source.
    """
    source = torch.arange(6, device=device)[2:]

    without = as_strided(source, (2,), (1,))
    first = as_strided(source, (2,), (1,), 0)
    last = as_strided(source, (), (), 5)

    assert without.tolist() == [2, 3]
    assert first.tolist() == [0, 1]
    assert last.tolist() == 5


@claim("tensor.as-strided.refuses", see="generated/torch.as_strided")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((2, 3), (3, 2), 0), "out of bounds for storage of size 48"),
        (((6,), (1,), 1), "out of bounds for storage of size 48"),
        (((2,), (-1,), 1), "Negative strides are not supported"),
        (((2,), (1,), -1), "invalid storage offset -1"),
        (((2, 3), (1,), 0), "mismatch in length of strides and shape"),
        (((2,), (3, 1), 0), "mismatch in length of strides and shape"),
    ],
    ids=["beyond-by-stride", "beyond-by-offset", "negative", "before", "more", "fewer"],
)
@pytest.mark.parametrize(
    "as_strided",
    [lambda x, *rest: x.as_strided(*rest), lambda x, *rest: torch.as_strided(x, *rest)],
    ids=["method", "function"],
)
def test_as_strided_refuses_to_leave_the_storage(
    device, as_strided, arguments, message
):
    """Asking as_strided() for elements outside the storage, for negative strides or
    offsets, or for more sizes than strides or fewer, raises RuntimeError.
    """
    source = torch.arange(6, device=device)

    with pytest.raises(RuntimeError, match=message):
        as_strided(source, *arguments)

    assert source.tolist() == [0, 1, 2, 3, 4, 5]


# --- elements that overlap ------------------------------------------------------------


@claim("tensor.empty-strided.overlapping-memory", see="generated/torch.empty_strided")
def test_a_write_to_one_row_changes_all_rows_that_overlap_it(device):
    """Where a stride is zero the elements along that dimension are one element, so a
    write to one row is seen in all of them.
    """
    rows = torch.empty_strided((3, 2), (0, 1), dtype=torch.int64, device=device)

    rows[0] = torch.tensor([7, 8], device=device)
    rows[2, 1] = 9

    assert rows.stride() == (0, 1)
    assert rows.tolist() == [[7, 9], [7, 9], [7, 9]]


@claim(
    "tensor.empty-strided.overlapping-can-be-filled", see="generated/torch.Tensor.fill_"
)
def test_fill_is_allowed_on_overlapping_elements(device):
    """Both fill_() and zero_() write one value everywhere, in whatever order, so they
    work on a tensor whose elements overlap, and return it.
    """
    rows = torch.empty_strided((3, 2), (0, 1), dtype=torch.int64, device=device)

    assert rows.fill_(5) is rows
    assert rows.tolist() == [[5, 5], [5, 5], [5, 5]]
    assert rows.zero_() is rows
    assert rows.tolist() == [[0, 0], [0, 0], [0, 0]]


@claim("tensor.empty-strided.overlapping-arithmetic-refused", see="tensor_view")
@pytest.mark.parametrize(
    "write",
    [
        lambda rows: rows.add_(1),
        lambda rows: rows.mul_(2),
        lambda rows: rows.__iadd__(1),
        lambda rows: rows.copy_(torch.eye(3, 2, device=rows.device)),
        lambda rows: torch.add(rows, 1, out=rows),
    ],
    ids=["add_", "mul_", "augmented", "copy_", "out"],
)
def test_in_place_arithmetic_is_refused_on_overlapping_elements(device, write):
    """An operation that writes different results to elements that are one raises
    RuntimeError, which recommends clone(), and leaves them as they were.
    """
    rows = torch.arange(2, device=device).as_strided((3, 2), (0, 1))

    with pytest.raises(
        RuntimeError, match=r"more than one element .* a single memory location"
    ):
        write(rows)

    assert rows.tolist() == [[0, 1], [0, 1], [0, 1]]


@claim("tensor.empty-strided.clone-separates", see="generated/torch.clone")
def test_clone_gives_overlapping_elements_room_of_their_own(device):
    """The clone() of rows that are one in the storage is row-major, has an element of
    its own in each position, and can be written in place.
    """
    rows = torch.arange(2, device=device).as_strided((3, 2), (0, 1))

    copy = rows.clone()
    copy[0].add_(5)

    assert copy.stride() == (2, 1)
    assert copy.tolist() == [[5, 6], [0, 1], [0, 1]]
    assert rows.tolist() == [[0, 1], [0, 1], [0, 1]]


# --- view() ---------------------------------------------------------------------------


@claim("tensor.view.row-major-order", see="generated/torch.Tensor.view")
def test_view_regroups_the_row_major_sequence_of_the_elements(device):
    """Elements are regrouped by view() in row-major order, so the result depends on
    their sequence and the new sizes alone, not on the shape that they were in.
    """
    square = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)
    cube = torch.tensor([[[1], [2]], [[3], [4]], [[5], [6]]], device=device)

    assert square.view(3, 2).tolist() == [[1, 2], [3, 4], [5, 6]]
    assert cube.view(3, 2).tolist() == [[1, 2], [3, 4], [5, 6]]
    assert cube.view(1, 6, 1).tolist() == [[[1], [2], [3], [4], [5], [6]]]


@claim("tensor.view.reads-in-index-order", see="generated/torch.Tensor.view")
def test_view_reads_by_index_and_not_by_place_in_the_storage(device):
    """A view() of a non-contiguous tensor takes its elements in the order of their
    indices, not in the order in which they lie in the storage.
    """
    transposed = torch.arange(8, device=device).view(2, 4).t()

    view = transposed.view(2, 2, 2)

    assert transposed.tolist() == [[0, 4], [1, 5], [2, 6], [3, 7]]
    assert view.tolist() == [[[0, 4], [1, 5]], [[2, 6], [3, 7]]]
    assert view.stride() == (2, 1, 4)


@claim("tensor.view.strides-of-contiguous", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    ("sizes", "strides"),
    [((12,), (1,)), ((2, 6), (6, 1)), ((3, 1, 4), (4, 4, 1)), ((12, 1), (1, 1))],
    ids=["flat", "2-dim", "size-one", "column"],
)
def test_view_of_a_row_major_tensor_is_row_major(device, sizes, strides):
    """A view() of a tensor with row-major strides has the row-major strides of its new
    shape, and so is contiguous.
    """
    source = torch.arange(12, device=device).view(3, 4)

    view = source.view(sizes)

    assert view.stride() == strides
    assert view.is_contiguous()


@claim("tensor.view.zero-dim", see="generated/torch.Tensor.view")
def test_view_goes_between_one_element_shapes_of_any_dimension(device):
    """A tensor of one element has views with any number of dimensions of size one,
    among them none: view(()) is a 0-dim tensor.
    """
    vector = torch.tensor([7], device=device)
    scalar = torch.tensor(8, device=device)

    vector.view(()).fill_(3)
    scalar.view(1, 1)[0, 0] = 4

    assert vector.view(()).shape == ()
    assert vector.tolist() == [3]
    assert scalar.view(1, 1).tolist() == [[4]]
    assert scalar.view(-1).tolist() == [4]
    assert scalar.view(()).tolist() == 4


@claim("tensor.view.empty", see="generated/torch.Tensor.view")
def test_view_of_an_empty_tensor_takes_any_shape_without_elements(device):
    """A tensor without elements has a view of every other shape without elements, with
    the row-major strides of that shape and a zero counted as one.
    """
    empty = torch.zeros(0, 3, device=device)

    view = empty.view(5, 0, 7)

    assert view.shape == (5, 0, 7)
    assert view.stride() == (7, 7, 1)
    assert view.tolist() == [[], [], [], [], []]
    assert shares_storage(view, empty)


@claim("tensor.view.empty-in-general", see="generated/torch.Tensor.view")
@given(case=compatible_views(empty_layouts))
def test_views_of_empty_tensors_follow_the_stride_rule(device, case):
    """A view() or reshape() of a tensor without elements keeps its strides where the
    shape stays, and has the row-major strides of any other shape.
    """
    layout, sizes = case
    empty = laid_out(layout, device)

    view, reshaped = empty.view(sizes), empty.reshape(sizes)

    assert (view.shape, view.stride()) == (sizes, view_strides(layout, sizes))
    assert (reshaped.shape, reshaped.stride()) == (sizes, view.stride())
    assert shares_storage(view, empty) and shares_storage(reshaped, empty)


@claim("tensor.view.keeps-dtype", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    "dtype",
    [
        torch.bool,
        torch.uint8,
        torch.int64,
        torch.float16,
        torch.bfloat16,
        torch.float32,
        torch.complex64,
    ],
    ids=str,
)
def test_view_keeps_dtype_device_and_values(device, dtype):
    """Only the shape is changed by view(): dtype, device and values stay."""
    tensor = torch.tensor([1, 0, 1, 1], dtype=dtype, device=device)

    view = tensor.view(2, 2)

    assert view.dtype == dtype
    assert view.device == tensor.device
    assert view.tolist() == [[1, 0], [1, 1]]


@claim("tensor.view.relatives-keep-dtype", see="tensor_view")
@pytest.mark.parametrize(
    "look",
    [
        lambda x: x.view_as(torch.zeros(2, 2, 1, device=x.device)),
        lambda x: x.reshape(4),
        lambda x: torch.reshape(x, (4,)),
        lambda x: x.reshape_as(torch.zeros(4, device=x.device)),
        lambda x: x.flatten(),
        lambda x: torch.flatten(x),
        lambda x: x.ravel(),
        lambda x: torch.ravel(x),
        lambda x: x.unflatten(0, (2, 1)),
        lambda x: torch.unflatten(x, 0, (2, 1)),
        lambda x: x.as_strided((2, 2), (1, 2)),
        lambda x: torch.as_strided(x, (2, 2), (1, 2)),
        lambda x: x.clone(),
        lambda x: torch.clone(x),
        lambda x: x.contiguous(),
    ],
    ids=[
        "view_as",
        "reshape",
        "torch.reshape",
        "reshape_as",
        "flatten",
        "torch.flatten",
        "ravel",
        "torch.ravel",
        "unflatten",
        "torch.unflatten",
        "as_strided",
        "torch.as_strided",
        "clone",
        "torch.clone",
        "contiguous",
    ],
)
def test_the_relatives_of_view_keep_dtype_and_device(device, look):
    """Like view(), its relatives keep dtype and device, also where they copy, and their
    result has no history where their source has none.
    """
    source = torch.tensor([[1, 2], [3, 4]], dtype=torch.float16, device=device).t()

    result = look(source)

    assert result.dtype == torch.float16
    assert result.device == source.device
    assert not result.requires_grad
    assert result.is_leaf and result.grad_fn is None


@claim("tensor.view.size-forms", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    "look",
    [
        lambda x: x.view(2, 3),
        lambda x: x.view((2, 3)),
        lambda x: x.view([2, 3]),
        lambda x: x.view(torch.Size([2, 3])),
        lambda x: x.view(size=(2, 3)),
    ],
    ids=["integers", "tuple", "list", "Size", "keyword"],
)
def test_view_takes_sizes_as_integers_or_as_one_sequence(device, look):
    """The sizes are given to view() as separate integers or as one tuple, list or
    torch.Size, which may go by the name size; all give the same view.
    """
    source = torch.arange(6, device=device)

    view = look(source)

    assert view.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert shares_storage(view, source)


@claim("tensor.view.bad-size-forms", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    "look",
    [
        lambda x: x.view(),
        lambda x: x.view(2.0, 3),
        lambda x: x.view(2, 3.0),
        lambda x: x.view("2,3"),
        lambda x: x.view(None),
        lambda x: x.view(2, (3,)),
        lambda x: x.view(shape=(2, 3)),
        lambda x: x.view(torch.int32, 3),
    ],
    ids=[
        "nothing",
        "float-first",
        "float",
        "string",
        "None",
        "mixed",
        "wrong-name",
        "dtype-and-size",
    ],
)
def test_view_refuses_what_is_not_a_list_of_integer_sizes(device, look):
    """Calling view() without arguments, or with anything but integers, one sequence of
    them or one dtype, raises TypeError.
    """
    source = torch.arange(6, device=device)

    with pytest.raises(TypeError, match=r"view\(\)"):
        look(source)

    assert source.tolist() == [0, 1, 2, 3, 4, 5]


@claim(
    "tensor.view.tuple-drops-what-follows",
    see="generated/torch.Tensor.view",
    until="2.10",
)
def test_view_ignores_sizes_that_follow_a_tuple(device):
    """Sizes that follow a tuple of sizes are ignored by view()."""
    tensor = torch.arange(6, device=device)

    assert tensor.view((6,), 3).tolist() == [0, 1, 2, 3, 4, 5]


@claim(
    "tensor.view.tuple-stands-alone", see="generated/torch.Tensor.view", since="2.10"
)
def test_view_refuses_sizes_that_follow_a_tuple(device):
    """A tuple of sizes that further sizes follow makes view() raise TypeError."""
    tensor = torch.arange(6, device=device)

    with pytest.raises(TypeError, match=r"view\(\) received an invalid combination"):
        tensor.view((6,), 3)


@claim("tensor.view.no-allocation", see="tensor_view")
def test_view_returns_a_new_tensor_over_the_old_storage(device):
    """What view() returns is a new tensor, even for the same shape, but nothing is
    copied: it lies over the source's storage, at the same address, and has it as its
    base.
    """
    source = torch.arange(6, device=device)

    same = source.view(6)
    other = source.view(2, 3)

    assert same is not source
    assert (same.shape, other.shape) == ((6,), (2, 3))
    assert shares_storage(same, source) and shares_storage(other, source)
    assert same.data_ptr() == other.data_ptr() == source.data_ptr()
    assert same._base is source and other._base is source
    assert source._base is None


@claim("tensor.view.starts-at-the-offset", see="tensor_view")
def test_view_of_a_slice_starts_where_the_slice_starts(device):
    """A view() of a slice keeps its storage offset, so its address is the slice's and
    not the storage's, and its elements are the slice's.
    """
    source = torch.arange(6, device=device)
    part = source[2:]

    view = part.view(2, 2)

    assert view.storage_offset() == 2
    assert view.data_ptr() == part.data_ptr() == source.data_ptr() + 2 * 8
    assert view.tolist() == [[2, 3], [4, 5]]


@claim("tensor.view.write-reaches-base", see="tensor_view")
def test_a_write_through_a_view_reaches_its_base(device):
    """A view shares its base's storage, so a write through either is seen in both."""
    base = torch.arange(6, device=device)
    view = base.view(2, 3)

    view[0] = -1
    base[5] = 8

    assert base.tolist() == [-1, -1, -1, 3, 4, 8]
    assert view.tolist() == [[-1, -1, -1], [3, 4, 8]]


@claim("tensor.view.in-place-method-reaches-base", see="tensor_view")
@pytest.mark.parametrize(
    "write",
    [
        lambda view: view.add_(10),
        lambda view: view.__iadd__(10),
        lambda view: torch.add(view, 10, out=view),
        lambda view: view.copy_(torch.tensor([[10, 11], [12, 13]], device=view.device)),
    ],
    ids=["method", "augmented", "out", "copy_"],
)
def test_an_in_place_operation_on_a_view_reaches_its_base_once(device, write):
    """Every kind of in-place operation on a view changes its base, once, and leaves the
    base's shape alone.
    """
    base = torch.arange(4, device=device)

    write(base.view(2, 2))

    assert base.tolist() == [10, 11, 12, 13]


@claim("tensor.view.writes-only-its-elements", see="tensor_view")
@given(case=compatible_views())
def test_a_write_through_any_view_changes_its_places_and_no_others(device, case):
    """A write to all of a view changes exactly those places of the storage that the
    view's source lies over, whatever the source's strides.
    """
    layout, sizes = case
    storage = torch.arange(layout.extent + 2, device=device)

    storage.as_strided(*layout).view(sizes).fill_(-1)

    assert storage.tolist() == [
        -1 if place in layout.places else place for place in range(layout.extent + 2)
    ]


@claim("tensor.view.flat-view-reaches-source", see="tensor_view")
def test_a_flat_view_numbers_the_elements_of_its_source(device):
    """Writing element i of view(-1) writes the i-th element of the source in row-major
    order.
    """
    source = torch.zeros(2, 3, dtype=torch.int64, device=device)

    source.view(-1)[4] = 9

    assert source.tolist() == [[0, 0, 0], [0, 9, 0]]


@claim("tensor.view.chain-has-one-base", see="tensor_view")
def test_a_view_of_a_view_has_the_first_tensor_as_its_base(device):
    """However long a chain of views is, each lies over the first tensor's storage and
    has that tensor, not the view before it, as its base.
    """
    base = torch.arange(6, device=device)
    first = base.view(2, 3)

    last = first.t()[1:].view(2, 1, 2)
    last[0, 0, 1] = -1

    assert last.tolist() == [[[1, -1]], [[2, 5]]]
    assert base.tolist() == [0, 1, 2, 3, -1, 5]
    assert first._base is base and last._base is base


@claim("tensor.view.out-of-place-leaves-base", see="tensor_view")
def test_arithmetic_on_a_view_leaves_its_base_alone(device):
    """Arithmetic that is not in place makes a new tensor: binding the view's name to it
    changes neither the base nor what shares the base's storage.
    """
    base = torch.arange(4, device=device)
    view = base.view(2, 2)

    view = view + 1

    assert view.tolist() == [[1, 2], [3, 4]]
    assert base.tolist() == [0, 1, 2, 3]
    assert not shares_storage(view, base)


# --- view(): which sizes --------------------------------------------------------------


@claim("tensor.view.numel-must-match", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ((4, 2), r"\[4, 2\]"),
        ((5,), r"\[5\]"),
        ((7,), r"\[7\]"),
        ((), r"\[\]"),
        ((0, 6), r"\[0, 6\]"),
        ((-1, 4), r"\[-1, 4\]"),
        ((0, -1), r"\[0, -1\]"),
    ],
    ids=[
        "more",
        "one-fewer",
        "one-more",
        "0-dim",
        "empty",
        "remainder",
        "zero-inferred",
    ],
)
def test_view_refuses_sizes_that_hold_another_number_of_elements(device, sizes, shown):
    """Unless the sizes hold exactly as many elements as the tensor has, view() raises
    RuntimeError, which names the sizes as they were given; the tensor stays as it
    was.
    """
    tensor = torch.arange(6, device=device).view(2, 3)

    with pytest.raises(RuntimeError, match=f"shape '{shown}' is invalid .* of size 6"):
        tensor.view(sizes)

    assert tensor.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.view.numel-must-match-small", see="generated/torch.Tensor.view")
def test_view_counts_the_elements_of_0_dim_and_empty_tensors_too(device):
    """Asking view() for two elements from a 0-dim tensor, which has one, or for one
    element of an empty tensor, which has none, raises RuntimeError.
    """
    with pytest.raises(RuntimeError, match=r"shape '\[2\]' is invalid .* of size 1"):
        torch.tensor(3, device=device).view(2)
    with pytest.raises(RuntimeError, match=r"shape '\[1\]' is invalid .* of size 0"):
        torch.zeros(0, 3, device=device).view(1)


@claim("tensor.view.infer-minus-one", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    ("sizes", "shape"),
    [
        ((-1,), (12,)),
        ((-1, 4), (3, 4)),
        ((2, -1), (2, 6)),
        ((2, -1, 3), (2, 2, 3)),
        ((12, -1), (12, 1)),
    ],
    ids=["alone", "first", "last", "middle", "one-is-left"],
)
def test_view_infers_a_size_of_minus_one_from_the_others(device, sizes, shape):
    """A single -1 among the sizes of a view, in any position, stands for the size that
    makes up the tensor's number of elements.
    """
    source = torch.arange(12, device=device).view(3, 4)

    view = source.view(sizes)

    assert view.shape == shape
    assert view.flatten().tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert shares_storage(view, source)


@claim("tensor.view.infer-in-general", see="generated/torch.Tensor.view")
@given(case=inferable_sizes)
def test_view_infers_whatever_size_the_others_leave_over(device, case):
    """Beside any sizes but zero, a -1 in any position becomes the number of elements
    divided by the product of those sizes, be it several, one or zero.
    """
    numel, sizes = case

    view = torch.arange(numel, device=device).view(sizes)

    assert (sizes, view.shape) == (sizes, inferred(sizes, numel))
    assert view.tolist() == nested(list(range(numel)), view.shape)


@claim("tensor.view.numel-must-match-in-general", see="generated/torch.Tensor.view")
@given(case=impossible_sizes)
def test_view_fails_for_all_sizes_that_do_not_hold_the_elements(device, case):
    """For sizes that hold another number of elements, and for those with a -1 that no
    size or any size could stand in for, view() raises RuntimeError.
    """
    numel, sizes = case
    tensor = torch.arange(numel, device=device)

    with pytest.raises(RuntimeError, match=r"is invalid for|ambiguous|be inferred"):
        tensor.view(sizes)

    assert tensor.tolist() == list(range(numel))


@claim("tensor.view.infer-empty", see="generated/torch.Tensor.view")
def test_view_infers_zero_for_an_empty_tensor(device):
    """For a tensor without elements a -1 beside sizes that are not zero becomes
    zero.
    """
    empty = torch.zeros(0, 3, device=device)

    assert empty.view(-1, 3).shape == (0, 3)
    assert empty.view(5, -1).shape == (5, 0)
    assert empty.view(-1).shape == (0,)


@claim("tensor.view.infer-ambiguous", see="generated/torch.Tensor.view")
def test_view_does_not_infer_a_size_beside_zero(device):
    """For a tensor without elements a -1 beside a zero could stand for any number, and
    view() raises RuntimeError, which says so.
    """
    empty = torch.zeros(0, 3, device=device)

    with pytest.raises(RuntimeError, match="-1 can be any value and is ambiguous"):
        empty.view(-1, 0)


@claim("tensor.view.infer-one-at-most", see="generated/torch.Tensor.view")
def test_view_infers_one_size_at_most(device):
    """A second -1 makes view() raise RuntimeError, even where it could only be one."""
    tensor = torch.arange(6, device=device)

    with pytest.raises(RuntimeError, match="only one dimension can be inferred"):
        tensor.view(-1, 6, -1)

    assert tensor.tolist() == [0, 1, 2, 3, 4, 5]


@claim("tensor.view.negative-size", see="generated/torch.Tensor.view")
@pytest.mark.parametrize("sizes", [(-2, -3), (-2, 3), (-1, -2)], ids=str)
def test_view_refuses_negative_sizes_other_than_minus_one(device, sizes):
    """A size below -1 makes view() raise RuntimeError, also where the product of the
    sizes would come out right.
    """
    tensor = torch.arange(6, device=device)

    with pytest.raises(RuntimeError, match=r"invalid shape dimension -[23]"):
        tensor.view(sizes)

    assert tensor.tolist() == [0, 1, 2, 3, 4, 5]


# --- view(): which strides ------------------------------------------------------------


@claim("tensor.view.incompatible-strides-error", see="generated/torch.Tensor.view")
def test_view_cannot_flatten_a_transposed_tensor(device):
    """No one stride leads through a transposed matrix in row-major order, so view(-1)
    raises RuntimeError, which recommends reshape(), and leaves the tensor as it was.
    """
    transposed = torch.arange(16, device=device).view(-1, 4).transpose(0, 1)

    with pytest.raises(RuntimeError, match=INCOMPATIBLE):
        transposed.view(-1)

    assert transposed.shape == (4, 4)
    assert transposed.stride() == (1, 4)
    assert transposed[0].tolist() == [0, 4, 8, 12]


@claim("tensor.view.incompatible-kinds", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    ("look", "sizes"),
    [
        (lambda x: x.view(2, 6).t(), (2, 6)),
        (lambda x: x.view(2, 6).permute(1, 0), (12,)),
        (lambda x: x.view(3, 4)[:, 1:], (9,)),
        (lambda x: x.view(3, 4)[:, ::3], (2, 3)),
        (lambda x: x.view(2, 2, 3).transpose(0, 1), (4, 3)),
        (lambda x: x.view(2, 3, 2).permute(2, 0, 1)[:, :, :2], (2, 4)),
        (lambda x: x[:3].expand(2, 3), (6,)),
        (lambda x: x[:3].view(3, 1).expand(3, 2), (2, 3)),
    ],
    ids=[
        "transpose-regrouped",
        "transpose-flattened",
        "columns",
        "stepped-columns",
        "outer-dims-swapped",
        "permuted-and-sliced",
        "repeated-row",
        "repeated-elements",
    ],
)
def test_view_refuses_dimensions_that_no_one_stride_leads_through(device, look, sizes):
    """Where a new dimension would run across old ones that don't follow on from each
    other in the storage, view() raises RuntimeError: it never copies.
    """
    tensor = look(torch.arange(12, device=device))

    with pytest.raises(RuntimeError, match=INCOMPATIBLE):
        tensor.view(sizes)


@claim("tensor.view.incompatible-in-general", see="generated/torch.Tensor.view")
@given(case=incompatible_views())
def test_view_fails_wherever_no_strides_give_the_elements(device, case):
    """For all sizes that no strides could give without moving an element, view() raises
    RuntimeError and leaves the tensor as it was.
    """
    layout, sizes = case
    tensor = laid_out(layout, device)

    with pytest.raises(RuntimeError, match=INCOMPATIBLE):
        tensor.view(sizes)

    assert (tensor.shape, tensor.stride()) == (layout.sizes, layout.strides)
    assert tensor.tolist() == nested(layout.places, layout.sizes)


@claim(
    "tensor.view.compatible-noncontiguous-allowed", see="generated/torch.Tensor.view"
)
@pytest.mark.parametrize(
    ("look", "sizes", "strides"),
    [
        (lambda x: x.view(2, 6).t(), (6, 2, 1), (1, 6, 6)),
        (lambda x: x.view(2, 6).t(), (2, 3, 2), (3, 1, 6)),
        (lambda x: x.view(2, 6).t(), (6, 1, 2), (1, 12, 6)),
        (lambda x: x.view(2, 6)[:, ::2], (2, 3, 1), (6, 2, 2)),
        (lambda x: x.view(4, 3)[:, 1:], (2, 2, 2), (6, 3, 1)),
        (lambda x: x.view(2, 3, 2).permute(2, 0, 1), (2, 6), (1, 2)),
        (lambda x: x[::2], (2, 3), (6, 2)),
        (lambda x: x[:3].expand(2, 3), (2, 3, 1), (0, 1, 1)),
        (lambda x: x[:1].expand(6), (2, 3), (0, 0)),
        (lambda x: x.view(4, 1, 3).transpose(0, 1)[:, :, :2], (4, 2), (3, 1)),
    ],
    ids=[
        "transpose-plus-one",
        "transpose-split",
        "transpose-one-between",
        "stepped-plus-one",
        "columns-split-rows",
        "permuted-merge",
        "steps-split",
        "expanded-plus-one",
        "expanded-split",
        "one-removed",
    ],
)
def test_view_of_a_non_contiguous_tensor_succeeds_where_strides_fit(
    device, look, sizes, strides
):
    """A non-contiguous tensor has a view(), without a copy, where each new dimension
    divides an old one or joins old ones that follow on from each other.
    """
    source = torch.arange(12, device=device)
    tensor = look(source)

    view = tensor.view(sizes)

    assert not tensor.is_contiguous()
    assert view.shape == sizes
    assert view.stride() == strides
    assert shares_storage(view, source)
    assert view.data_ptr() == tensor.data_ptr()


@claim("tensor.view.compatible-in-general", see="generated/torch.Tensor.view")
@given(case=compatible_views())
def test_view_succeeds_wherever_some_strides_give_the_elements(device, case):
    """Wherever some strides lead to the elements in row-major order of a new shape,
    view() gives it: with those strides, from the same offset, over the same storage.
    """
    layout, sizes = case
    tensor = laid_out(layout, device)

    view = tensor.view(sizes)

    assert (view.shape, view.stride()) == (sizes, view_strides(layout, sizes))
    assert view.storage_offset() == layout.offset
    assert view.tolist() == nested(layout.places, sizes)
    assert shares_storage(view, tensor)


@claim("tensor.view.permuted-same-shape-succeeds", see="generated/torch.Tensor.view")
def test_view_of_a_permuted_tensor_to_its_own_shape_succeeds(device):
    """A view() to the shape that a permuted 5 by 10 matrix has already works and gives
    its strides again; the shape from before the permutation is refused.
    """
    source = torch.arange(50, device=device).view(5, 10)
    permuted = source.permute(1, 0)

    view = permuted.view(10, 5)

    assert view.shape == (10, 5)
    assert view.stride() == (1, 10)
    assert view[1].tolist() == [1, 11, 21, 31, 41]
    assert shares_storage(view, source)
    with pytest.raises(RuntimeError, match=INCOMPATIBLE):
        permuted.view(5, 10)
    with pytest.raises(RuntimeError, match=INCOMPATIBLE):
        permuted.view(50)


@claim("tensor.view.own-shape-in-general", see="generated/torch.Tensor.view")
@given(layout=layouts)
def test_every_strided_tensor_has_a_view_of_its_own_shape(device, layout):
    """A view() to its own shape works for a tensor of any strides, and gives a new
    tensor with the same elements at the same places.
    """
    tensor = laid_out(layout, device)

    view = tensor.view(tensor.shape)

    assert view is not tensor
    assert (view.shape, view.storage_offset()) == (layout.sizes, layout.offset)
    assert view.stride() == view_strides(layout, layout.sizes)
    assert view.tolist() == nested(layout.places, layout.sizes)
    assert shares_storage(view, tensor)


@claim("tensor.view.renews-size-one-strides", see="generated/torch.Tensor.view")
def test_view_sets_the_stride_of_a_size_one_dimension_anew(device):
    """Even to its own shape, view() gives a dimension of size one the stride that
    follows from its right neighbour, where the source's own stride may be another.
    """
    row = torch.arange(8, device=device).view(2, 4)[1:, :3]

    view = row.view(1, 3)

    assert row.stride() == (4, 1)
    assert view.stride() == (3, 1)
    assert view.tolist() == [[4, 5, 6]]
    assert shares_storage(view, row)


# --- view() and gradients -------------------------------------------------------------


@claim("tensor.view.keeps-requires-grad", see="notes/autograd")
def test_view_of_a_tensor_that_requires_grad_is_part_of_its_history(device):
    """A view() of a leaf that requires gradients requires them too but is no leaf
    itself; a view() of a tensor that needs none has no history.
    """
    leaf = torch.zeros(6, requires_grad=True, device=device)
    plain = torch.zeros(6, device=device)

    view = leaf.view(2, 3)
    plain_view = plain.view(2, 3)

    assert view.requires_grad and not view.is_leaf
    assert view.grad_fn.name() == "ViewBackward0"
    assert not plain_view.requires_grad and plain_view.is_leaf
    assert plain_view.grad_fn is None
    assert leaf.is_leaf and leaf.grad_fn is None


@claim("tensor.view.of-a-parameter", see="generated/torch.nn.parameter.Parameter")
def test_view_of_a_parameter_is_a_plain_tensor(device):
    """A view() of a Parameter is a torch.Tensor over the parameter's storage, and no
    parameter itself.
    """
    parameter = torch.nn.Parameter(torch.zeros(4, device=device))

    view = parameter.view(2, 2)

    assert type(view) is torch.Tensor
    assert view.shape == (2, 2)
    assert view._base is parameter
    assert not view.is_leaf


@claim("tensor.view.gradient-reaches-source", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    "look",
    [
        lambda x: x.view(6),
        lambda x: x.view(3, 2).view(6),
        lambda x: x.view_as(torch.zeros(6, device=x.device)),
        lambda x: x.reshape(6),
        lambda x: torch.reshape(x, (6,)),
        lambda x: x.reshape_as(torch.zeros(6, device=x.device)),
        lambda x: x.flatten(),
        lambda x: torch.flatten(x),
        lambda x: x.ravel(),
        lambda x: torch.ravel(x),
        lambda x: x.unflatten(1, (3, 1)).flatten(),
        lambda x: torch.unflatten(x, 1, (3, 1)).flatten(),
        lambda x: x.as_strided((6,), (1,)),
        lambda x: torch.as_strided(x, (6,), (1,)),
        lambda x: x.t().reshape(6)[[0, 2, 4, 1, 3, 5]],
        lambda x: x.t().reshape_as(torch.zeros(6, device=x.device))[[0, 2, 4, 1, 3, 5]],
        lambda x: x.t().flatten()[[0, 2, 4, 1, 3, 5]],
        lambda x: x.t().ravel()[[0, 2, 4, 1, 3, 5]],
        lambda x: x.clone().view(6),
        lambda x: torch.clone(x).view(6),
        lambda x: x.t().contiguous().t().reshape(6),
    ],
    ids=[
        "view",
        "view-of-view",
        "view_as",
        "reshape",
        "torch.reshape",
        "reshape_as",
        "flatten",
        "torch.flatten",
        "ravel",
        "torch.ravel",
        "unflatten",
        "torch.unflatten",
        "as_strided",
        "torch.as_strided",
        "reshape-copy",
        "reshape_as-copy",
        "flatten-copy",
        "ravel-copy",
        "clone",
        "torch.clone",
        "contiguous",
    ],
)
def test_each_way_to_change_a_shape_hands_gradients_to_the_source(device, look):
    """Whether it is a view or a copy, a tensor of a new shape belongs to its source's
    history and hands the gradient of each element to that element of the source.
    """
    values = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    source = torch.tensor(values, requires_grad=True, device=device)
    gradient = torch.tensor([10.0, 20.0, 30.0, 40.0, 50.0, 60.0], device=device)

    result = look(source)
    result.backward(gradient)

    assert result.tolist() == [1, 2, 3, 4, 5, 6]
    assert result.requires_grad and not result.is_leaf
    assert source.grad.tolist() == [[10, 20, 30], [40, 50, 60]]


@claim("tensor.view.gradient-in-general", see="notes/autograd")
@given(case=compatible_views())
def test_gradients_through_a_view_add_up_where_elements_overlap(device, case):
    """The gradient of a place in the storage is the sum of the gradients of all
    elements of a view that lie there: one, several where they overlap, or none.
    """
    layout, sizes = case
    storage = torch.zeros(layout.extent, requires_grad=True, device=device)
    view = storage.as_strided(*layout).view(sizes)

    view.backward(torch.arange(2.0, view.numel() + 2, device=device).reshape(sizes))

    assert storage.grad.tolist() == [
        sum(k for k, there in enumerate(layout.places, start=2) if there == place)
        for place in range(layout.extent)
    ]


@claim("tensor.view.write-to-leaf-view-refused", see="notes/autograd")
@pytest.mark.parametrize(
    "write",
    [lambda view: view.add_(1), lambda view: view.__setitem__(0, 5.0)],
    ids=["in-place", "index"],
)
def test_a_write_through_a_view_of_a_leaf_that_requires_grad_is_refused(device, write):
    """While gradients are recorded, an in-place operation on a view of a leaf that
    requires them raises RuntimeError and changes neither.
    """
    leaf = torch.zeros(4, requires_grad=True, device=device)
    view = leaf.view(2, 2)

    with pytest.raises(
        RuntimeError, match="a view of a leaf Variable that requires grad"
    ):
        write(view)

    assert view.tolist() == [[0, 0], [0, 0]]
    assert leaf.tolist() == [0, 0, 0, 0]
    assert leaf.is_leaf


@claim("tensor.view.write-to-leaf-without-grad-mode", see="notes/autograd")
def test_a_leaf_may_be_written_through_a_view_without_grad_mode(device):
    """Under no_grad() a write through a view reaches a leaf that requires gradients,
    and it stays such a leaf.
    """
    leaf = torch.zeros(4, requires_grad=True, device=device)
    view = leaf.view(2, 2)

    with torch.no_grad():
        view[1] = 7

    assert leaf.tolist() == [0, 0, 7, 7]
    assert leaf.is_leaf and leaf.requires_grad


@claim("tensor.view.write-through-view-has-gradient", see="notes/autograd")
def test_a_write_through_a_view_counts_in_the_gradient_of_its_base(device):
    """A write through a view belongs to the history of the base: elements that were
    overwritten have no gradient, and scaled ones are scaled.
    """
    leaf = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True, device=device)
    base = leaf * 1
    view = base.view(2, 2)

    view[0, 1] = 9
    view[1].mul_(10)
    base.backward(torch.ones(4, device=device))

    assert base.tolist() == [1, 9, 30, 40]
    assert leaf.grad.tolist() == [1, 0, 10, 10]


@claim("tensor.view.write-to-base-has-gradient", see="notes/autograd")
def test_a_write_to_the_base_counts_in_the_gradient_of_its_views(device):
    """A write to the base belongs to the history of a view that was made before it."""
    leaf = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True, device=device)
    base = leaf * 1
    view = base.view(2, 2)

    base[1] = 9
    base.mul_(10)
    view.backward(torch.ones(2, 2, device=device))

    assert view.tolist() == [[10, 90], [30, 40]]
    assert leaf.grad.tolist() == [10, 0, 10, 10]


@claim("tensor.view.write-spoils-saved-values", see="notes/autograd")
def test_a_write_through_a_view_spoils_what_was_saved_of_its_base(device):
    """A call of backward() raises RuntimeError when a value that it needs of a tensor
    has since been overwritten through a view: the two share one count of writes.
    """
    leaf = torch.tensor([1.0, 2.0], requires_grad=True, device=device)
    base = leaf * 1
    squares = base * base

    base.view(2, 1).add_(1)

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        squares.backward(torch.ones(2, device=device))
    assert base.tolist() == [2, 3]
    assert leaf.grad is None


# --- view(dtype) ----------------------------------------------------------------------


@claim("tensor.view-dtype.reads-the-same-bytes", see="generated/torch.Tensor.view")
def test_view_with_a_dtype_reads_the_same_bytes_as_that_dtype(device):
    """Given a dtype of the same element size, view() reads the same bytes another way:
    no element is converted, no shape or stride changes, and nothing is copied.
    """
    floats = torch.tensor([[1.0, -2.0, 0.0]], device=device)

    bits = floats.view(torch.int32)

    assert bits.dtype == torch.int32
    assert bits.shape == (1, 3)
    assert bits.tolist() == [[0x3F800000, -0x40000000, 0]]
    assert shares_storage(bits, floats)
    assert bits.data_ptr() == floats.data_ptr()


@claim("tensor.view-dtype.write-reaches-source", see="generated/torch.Tensor.view")
def test_a_write_through_a_view_of_another_dtype_reaches_the_source(device):
    """A tensor and its view of another dtype share bytes, so a write to either is read
    by the other in its own dtype.
    """
    floats = torch.zeros(3, device=device)
    bits = floats.view(torch.int32)

    bits[0] = 0x3F800000
    floats[2] = -2.0

    assert floats.tolist() == [1, 0, -2]
    assert bits.tolist() == [0x3F800000, 0, -0x40000000]


@claim("tensor.view-dtype.smaller-elements", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    ("dtype", "strides", "offset", "values"),
    [
        (torch.int16, (6, 1), 6, [[257, 257, 514, 514], [771, 771, 0, 0]]),
        (
            torch.int8,
            (12, 1),
            12,
            [[1, 1, 1, 1, 2, 2, 2, 2], [3, 3, 3, 3, 0, 0, 0, 0]],
        ),
    ],
    ids=["half", "quarter"],
)
def test_view_with_a_smaller_dtype_lengthens_the_last_dimension(
    device, dtype, strides, offset, values
):
    """Given a dtype of half the size, view() doubles the last dimension, all other
    strides and the storage offset, and copies nothing, also where there are gaps
    between the rows; given one of a quarter, it makes them four times as much.
    """
    ones = 0x01010101
    source = torch.tensor(
        [[9, 9, 9], [ones, 2 * ones, 9], [3 * ones, 0, 9]],
        dtype=torch.int32,
        device=device,
    )

    view = source[1:, :2].view(dtype)

    assert view.stride() == strides
    assert view.storage_offset() == offset
    assert view.tolist() == values
    assert shares_storage(view, source)


@claim("tensor.view-dtype.larger-elements", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    ("dtype", "strides", "offset", "values"),
    [
        (torch.int16, (4, 1), 4, [[257, 257], [514, 514]]),
        (torch.int32, (2, 1), 2, [[0x01010101], [0x02020202]]),
    ],
    ids=["twice", "four-times"],
)
def test_view_with_a_larger_dtype_shortens_the_last_dimension(
    device, dtype, strides, offset, values
):
    """Given a dtype of twice the size, view() halves the last dimension, all other
    strides and the storage offset, and copies nothing, also where there are gaps
    between the rows; given one of four times the size, it makes them a quarter.
    """
    source = torch.tensor(
        [[9, 9, 9, 9, 9, 9, 9, 9], [1, 1, 1, 1, 9, 9, 9, 9], [2, 2, 2, 2, 9, 9, 9, 9]],
        dtype=torch.int8,
        device=device,
    )

    view = source[1:, :4].view(dtype)

    assert view.stride() == strides
    assert view.storage_offset() == offset
    assert view.tolist() == values
    assert shares_storage(view, source)


@claim("tensor.view-dtype.complex", see="generated/torch.Tensor.view")
def test_view_between_complex_and_real_dtypes_interleaves_the_parts(device):
    """A complex number is its real and its imaginary part side by side: view() reads
    pairs of real numbers as complex ones, and complex ones as pairs.
    """
    pairs = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)

    numbers = pairs.view(torch.complex64)

    assert numbers.tolist() == [1 + 2j, 3 + 4j]
    assert numbers.view(torch.float32).tolist() == [1, 2, 3, 4]
    assert shares_storage(numbers, pairs)


@claim("tensor.view-dtype.forms", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    "look",
    [lambda x: x.view(torch.uint8), lambda x: x.view(dtype=torch.uint8)],
    ids=["positional", "keyword"],
)
def test_view_takes_a_dtype_by_position_or_by_name(device, look):
    """A dtype is given to view() by position, or by the name dtype."""
    view = look(torch.tensor([True, False], device=device))

    assert view.dtype == torch.uint8
    assert view.tolist() == [1, 0]


@claim("tensor.view-dtype.same-size-any-strides", see="generated/torch.Tensor.view")
def test_view_with_a_dtype_of_the_same_size_takes_any_strides(device):
    """Given a dtype of the same element size, view() works for 0-dim and non-contiguous
    tensors and keeps their strides.
    """
    floats = torch.tensor([[9.0] * 3, [1.0, 0.0, 0.0], [0.0, 0.0, -2.0]], device=device)
    transposed = floats[1:].t()

    view = transposed.view(torch.int32)

    assert view.stride() == (1, 3)
    assert view.tolist() == [[0x3F800000, 0], [0, 0], [0, -0x40000000]]
    assert torch.tensor(1.0, device=device).view(torch.int32).item() == 0x3F800000


@claim("tensor.view-dtype.refuses", see="generated/torch.Tensor.view")
@pytest.mark.parametrize(
    ("look", "dtype", "message"),
    [
        (lambda x: x[0, 0], torch.int16, r"dim\(\) cannot be 0"),
        (lambda x: x[0, 0], torch.int64, r"dim\(\) cannot be 0"),
        (lambda x: x.t(), torch.int16, r"stride\(-1\) must be 1"),
        (lambda x: x.view(4, 3).t(), torch.int64, r"stride\(-1\) must be 1"),
        (lambda x: x[:, 1:], torch.int64, r"size\(-1\) must be divisible by 2"),
        (
            lambda x: x[0, 1:3],
            torch.int64,
            r"storage_offset\(\) must be divisible by 2",
        ),
        (
            lambda x: x.view(4, 3)[:, :2],
            torch.int64,
            r"stride\(0\) must be divisible by 2",
        ),
    ],
    ids=[
        "0-dim-smaller",
        "0-dim-larger",
        "transpose-smaller",
        "transpose-larger",
        "odd-size",
        "odd-offset",
        "odd-stride",
    ],
)
def test_view_refuses_a_dtype_whose_elements_would_not_line_up(
    device, look, dtype, message
):
    """Given a dtype of another element size, view() raises RuntimeError for a 0-dim
    tensor and a last stride other than one, and, if its elements are larger, for a last
    size, another stride or an offset that does not divide evenly.
    """
    base = torch.arange(12, dtype=torch.int32, device=device).view(3, 4)
    source = look(base)

    with pytest.raises(RuntimeError, match=message):
        source.view(dtype)

    assert base.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


@claim("tensor.view-dtype.has-no-history", see="generated/torch.Tensor.view")
@pytest.mark.parametrize("dtype", [torch.float32, torch.int32], ids=str)
def test_view_with_a_dtype_is_not_differentiable(device, dtype):
    """Given a dtype, even the tensor's own, view() leaves the history behind: the
    result requires no gradient and has no base, though it shares the storage.
    """
    leaf = torch.zeros(4, requires_grad=True, device=device)

    view = leaf.view(dtype)

    assert not view.requires_grad
    assert view.is_leaf and view.grad_fn is None
    assert view._base is None
    assert shares_storage(view, leaf)


# --- reshape() ------------------------------------------------------------------------


@claim("tensor.reshape.views-when-it-can", see="generated/torch.reshape")
def test_reshape_makes_a_view_of_a_non_contiguous_tensor_where_there_is_one(device):
    """A reshape() of a non-contiguous tensor is a view where the strides allow one,
    while contiguous().view() is a copy; the elements are the same.
    """
    source = torch.arange(6, device=device).view(2, 3)

    reshaped = source.t().reshape(3, 2, 1)
    gathered = source.t().contiguous().view(3, 2, 1)

    assert shares_storage(reshaped, source)
    assert reshaped.stride() == (1, 3, 3)
    assert not shares_storage(gathered, source)
    assert gathered.stride() == (2, 1, 1)
    assert reshaped.tolist() == [[[0], [3]], [[1], [4]], [[2], [5]]]
    assert gathered.tolist() == [[[0], [3]], [[1], [4]], [[2], [5]]]


@claim("tensor.reshape.copies-when-it-must", see="generated/torch.reshape")
def test_reshape_copies_where_there_is_no_view(device):
    """Where the strides allow no view, reshape() copies in row-major order into a
    storage of its own, and neither tensor sees writes to the other.
    """
    source = torch.arange(6, device=device).view(2, 3)

    flat = source.t().reshape(6)
    flat[0] = 9
    source[1, 2] = 8

    assert not shares_storage(flat, source)
    assert flat.stride() == (1,)
    assert flat.tolist() == [9, 3, 1, 4, 2, 5]
    assert source.tolist() == [[0, 1, 2], [3, 4, 8]]


@claim("tensor.reshape.is-not-a-copy", see="generated/torch.reshape")
@pytest.mark.parametrize(
    "reshape",
    [lambda x: x.reshape(-1), lambda x: torch.reshape(x, (-1,))],
    ids=["method", "function"],
)
def test_reshape_of_a_contiguous_tensor_is_a_view(device, reshape):
    """A reshape() of a contiguous tensor is a view, so a write to it is a write to the
    source, and the other way round; of a transposed one it is a copy.
    """
    source = torch.arange(4, device=device).view(2, 2)

    flat, copy = reshape(source), reshape(source.t())
    flat[0] = 9
    copy[1] = 7
    source[1, 1] = 8

    assert source.tolist() == [[9, 1], [2, 8]]
    assert flat.tolist() == [9, 1, 2, 8]
    assert copy.tolist() == [0, 7, 1, 3]


@claim("tensor.reshape.own-shape", see="generated/torch.reshape")
def test_reshape_to_its_own_shape_is_a_view_of_its_own(device):
    """A reshape() to the shape that a tensor has already returns a new tensor over the
    same storage, contiguous or not, and not the tensor itself; where no size is one,
    the strides are the same.
    """
    source = torch.arange(6, device=device).view(2, 3)
    transposed = source.t()

    same, same_transposed = source.reshape(2, 3), transposed.reshape(3, 2)

    assert same is not source and same_transposed is not transposed
    assert shares_storage(same, source) and shares_storage(same_transposed, source)
    assert same.stride() == (3, 1)
    assert same_transposed.stride() == (1, 3)


@claim("tensor.reshape.base", see="tensor_view")
def test_the_base_of_a_reshaped_tensor_tells_a_view_from_a_copy(device):
    """A reshape that is a view has the source as its base; one that is a copy does not
    lead back to the source.
    """
    source = torch.arange(6, device=device)
    transposed = source.view(2, 3).t()

    split, column = source.reshape(2, 3), transposed.reshape(3, 2, 1)
    copy = transposed.reshape(6)

    assert (split.shape, column.shape, copy.shape) == ((2, 3), (3, 2, 1), (6,))
    assert split._base is source
    assert column._base is source
    assert copy._base is not source


@claim("tensor.reshape.aliases-in-general", see="generated/torch.reshape")
@given(case=compatible_views())
def test_reshape_is_the_view_wherever_there_is_one(device, case):
    """A reshape() of a tensor with any strides is a view wherever view() would work,
    with the same strides and offset.
    """
    layout, sizes = case
    tensor = laid_out(layout, device)

    result = tensor.reshape(sizes)

    assert (result.shape, result.stride()) == (sizes, view_strides(layout, sizes))
    assert result.storage_offset() == layout.offset
    assert result.tolist() == nested(layout.places, sizes)
    assert shares_storage(result, tensor)


@claim("tensor.reshape.copies-in-general", see="generated/torch.reshape")
@given(case=incompatible_views())
def test_reshape_copies_wherever_view_fails(device, case):
    """A reshape() to sizes that view() refuses gives the elements in row-major order in
    a row-major storage of their own.
    """
    layout, sizes = case
    tensor = laid_out(layout, device)

    result = tensor.reshape(sizes)

    assert (result.shape, result.stride()) == (sizes, row_major_strides(sizes))
    assert result.storage_offset() == 0
    assert result.tolist() == nested(layout.places, sizes)
    assert not shares_storage(result, tensor)


@claim("tensor.reshape.forms", see="generated/torch.Tensor.reshape")
@pytest.mark.parametrize(
    "reshape",
    [
        lambda x: x.reshape(2, 3),
        lambda x: x.reshape((2, 3)),
        lambda x: x.reshape([2, -1]),
        lambda x: x.reshape(torch.Size([2, 3])),
        lambda x: x.reshape(shape=(2, 3)),
        lambda x: torch.reshape(x, (2, 3)),
        lambda x: torch.reshape(x, [-1, 3]),
        lambda x: torch.reshape(input=x, shape=(2, 3)),
    ],
    ids=[
        "integers",
        "tuple",
        "list",
        "Size",
        "keyword",
        "function",
        "function-list",
        "function-keywords",
    ],
)
def test_reshape_takes_sizes_as_integers_or_as_one_sequence(device, reshape):
    """The method reshape() takes the shape as integers or as one sequence, the function
    as one sequence, and raises TypeError for integers; both take -1 and keywords, and
    give the same view.
    """
    source = torch.arange(6, device=device)

    result = reshape(source)

    assert result.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert shares_storage(result, source)
    with pytest.raises(TypeError, match=r"reshape\(\)"):
        torch.reshape(source, 2, 3)
    with pytest.raises(TypeError, match=r"reshape\(\)"):
        torch.reshape(source, 6)


@claim("tensor.reshape.errors", see="generated/torch.reshape")
@pytest.mark.parametrize(
    "reshape",
    [lambda x, sizes: x.reshape(sizes), lambda x, sizes: torch.reshape(x, sizes)],
    ids=["method", "function"],
)
@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((4, 2), r"shape '\[4, 2\]' is invalid for input of size 6"),
        ((-1, 4), r"shape '\[-1, 4\]' is invalid for input of size 6"),
        ((-1, -1), "only one dimension can be inferred"),
        ((-2, -3), "invalid shape dimension -2"),
    ],
    ids=["numel", "remainder", "two-inferred", "negative"],
)
def test_reshape_refuses_the_sizes_that_view_refuses(device, reshape, sizes, message):
    """Sizes that hold another number of elements, a second -1 and other negative sizes
    make reshape() raise RuntimeError, as they do view().
    """
    transposed = torch.arange(6, device=device).view(2, 3).t()

    with pytest.raises(RuntimeError, match=message):
        reshape(transposed, sizes)

    assert transposed.tolist() == [[0, 3], [1, 4], [2, 5]]


@claim("tensor.reshape.wrong-arguments", see="generated/torch.Tensor.reshape")
def test_reshape_takes_only_whole_numbers_as_its_shape(device):
    """A float among the sizes, no size at all, and a size= in the place of shape= make
    reshape() raise TypeError.
    """
    source = torch.arange(6, device=device)

    with pytest.raises(TypeError, match=r"reshape\(\)"):
        source.reshape(2.0, 3)
    with pytest.raises(TypeError, match=r"'shape' \(position 1\) must be tuple of"):
        source.reshape((2.0, 3))
    with pytest.raises(TypeError, match=r"reshape\(\) missing 1 required .* \"shape\""):
        source.reshape()
    with pytest.raises(TypeError, match=r"reshape\(\) missing 1 required .* \"shape\""):
        source.reshape(size=(2, 3))

    assert (source.tolist(), source.shape) == ([0, 1, 2, 3, 4, 5], (6,))


@claim("tensor.reshape.empty", see="generated/torch.reshape")
def test_reshape_of_0_dim_and_empty_tensors_is_a_view(device):
    """Like view(), reshape() goes between one-element shapes and between shapes without
    elements, and infers or refuses a -1 there.
    """
    scalar = torch.tensor(3, device=device)
    empty = torch.zeros(0, 3, device=device)

    scalar.reshape(1, 1)[0, 0] = 4

    assert scalar.tolist() == 4
    assert scalar.reshape(1).reshape(()).shape == ()
    assert empty.reshape(-1, 6).shape == (0, 6)
    with pytest.raises(RuntimeError, match="-1 can be any value and is ambiguous"):
        empty.reshape(-1, 0)


@claim("tensor.reshape.copy-is-in-history", see="generated/torch.reshape")
def test_a_copy_that_reshape_makes_belongs_to_its_source_s_history(device):
    """Where reshape() copies, the copy is no leaf and hands each gradient to its source
    element, yet unlike a view it may be written without touching the source.
    """
    leaf = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, device=device)

    copy = leaf.t().reshape(4)
    copy[1] = 0
    copy.backward(torch.tensor([1.0, 2.0, 3.0, 4.0], device=device))

    assert copy.tolist() == [1, 0, 2, 4]
    assert leaf.tolist() == [[1, 2], [3, 4]]
    assert leaf.grad.tolist() == [[1, 3], [0, 4]]


# --- relatives of view() and reshape() ------------------------------------------------


@claim("tensor.view-as.takes-sizes-only", see="generated/torch.Tensor.view_as")
@pytest.mark.parametrize(
    "look",
    [lambda x, other: x.view_as(other), lambda x, other: x.view_as(other=other)],
    ids=["positional", "keyword"],
)
def test_view_as_takes_the_sizes_of_the_other_tensor_and_nothing_else(device, look):
    """The result of view_as() is a view with the sizes of another tensor, whose
    strides, dtype and elements play no part.
    """
    source = torch.arange(6, device=device)
    other = torch.zeros(2, 3, dtype=torch.float16, device=device).t()

    view = look(source, other)

    assert view.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert view.stride() == (2, 1)
    assert view.dtype == torch.int64
    assert view._base is source
    assert not shares_storage(view, other)
    assert look(view.t(), torch.zeros(2, 3, 1, device=device)).stride() == (1, 2, 2)
    assert look(view, view) is not view


@claim("tensor.view-as.refuses-what-view-refuses", see="generated/torch.Tensor.view_as")
def test_view_as_fails_where_view_fails(device):
    """Calling view_as() raises RuntimeError for another number of elements and for
    strides that allow no view, and TypeError for sizes in place of a tensor.
    """
    tensor = torch.arange(6, device=device).view(2, 3).t()

    with pytest.raises(RuntimeError, match=r"shape '\[4, 2\]' is invalid .* of size 6"):
        tensor.view_as(torch.zeros(4, 2, device=device))
    with pytest.raises(RuntimeError, match=INCOMPATIBLE):
        tensor.view_as(torch.zeros(6, device=device))
    with pytest.raises(TypeError, match="must be Tensor, not tuple"):
        tensor.view_as((3, 2))


@claim("tensor.reshape-as.takes-sizes-only", see="generated/torch.Tensor.reshape_as")
@pytest.mark.parametrize(
    "reshape",
    [lambda x, other: x.reshape_as(other), lambda x, other: x.reshape_as(other=other)],
    ids=["positional", "keyword"],
)
def test_reshape_as_is_a_view_where_it_can_be_and_else_a_copy(device, reshape):
    """The result of reshape_as() has the sizes of another tensor, of which nothing else
    counts: a view where the strides allow one, and otherwise a copy.
    """
    source = torch.arange(6, device=device).view(2, 3)
    other = torch.zeros(6, dtype=torch.float16, device=device)

    flat, copy = reshape(source, other), reshape(source.t(), other)

    assert flat.tolist() == [0, 1, 2, 3, 4, 5]
    assert copy.tolist() == [0, 3, 1, 4, 2, 5]
    assert flat.dtype == copy.dtype == torch.int64
    assert reshape(source.t(), torch.zeros(3, 1, 2, device=device)).stride() == (
        1,
        6,
        3,
    )
    assert shares_storage(flat, source)
    assert not shares_storage(copy, source)


@claim("tensor.reshape-as.errors", see="generated/torch.Tensor.reshape_as")
def test_reshape_as_refuses_another_number_of_elements(device):
    """Calling reshape_as() raises RuntimeError for a tensor with another number of
    elements, and TypeError for sizes in place of a tensor.
    """
    tensor = torch.arange(6, device=device)

    with pytest.raises(RuntimeError, match=r"shape '\[4, 2\]' is invalid .* of size 6"):
        tensor.reshape_as(torch.zeros(4, 2, device=device))
    with pytest.raises(TypeError, match="must be Tensor, not tuple"):
        tensor.reshape_as((2, 3))


@claim("tensor.flatten.joins-a-range", see="generated/torch.flatten")
@pytest.mark.parametrize(
    ("flatten", "shape"),
    [
        (lambda x: x.flatten(), (24,)),
        (lambda x: x.flatten(1), (2, 12)),
        (lambda x: x.flatten(0, 1), (6, 4)),
        (lambda x: x.flatten(-2, -1), (2, 12)),
        (lambda x: x.flatten(1, 1), (2, 3, 4)),
        (lambda x: x.flatten(start_dim=1), (2, 12)),
        (lambda x: x.flatten(end_dim=-2), (6, 4)),
        (lambda x: torch.flatten(x), (24,)),
        (lambda x: torch.flatten(x, 1), (2, 12)),
        (lambda x: torch.flatten(x, 0, -2), (6, 4)),
        (lambda x: torch.flatten(x, start_dim=0, end_dim=1), (6, 4)),
    ],
    ids=[
        "all",
        "from",
        "from-to",
        "negative",
        "one",
        "start_dim",
        "end_dim",
        "function",
        "function-from",
        "function-from-to",
        "function-keywords",
    ],
)
def test_flatten_joins_the_dimensions_from_start_to_end(device, flatten, shape):
    """Both forms of flatten(), method and function, join the dimensions from start_dim
    through end_dim, by default all, into one; of a contiguous tensor the result is a
    view.
    """
    source = torch.arange(24, device=device).view(2, 3, 4)

    result = flatten(source)

    assert result.shape == shape
    assert result.view(24).tolist() == list(range(24))
    assert shares_storage(result, source)


@claim("tensor.flatten.in-general", see="generated/torch.flatten")
@given(case=ranges_of_dims())
def test_flatten_is_a_view_exactly_where_the_joined_dimensions_allow(device, case):
    """Over any range of the dimensions of a tensor with any strides, flatten() keeps
    the elements' order, and is a view exactly where there is one.
    """
    layout, start, end = case
    tensor = laid_out(layout, device)
    joined = prod(layout.sizes[start : end + 1])
    sizes = (*layout.sizes[:start], joined, *layout.sizes[end + 1 :])

    result = tensor.flatten(start, end)

    assert (layout, start, end, result.shape) == (layout, start, end, sizes)
    assert result.tolist() == nested(layout.places, sizes)
    assert shares_storage(result, tensor) == (view_strides(layout, sizes) is not None)


@claim("tensor.flatten.aliases-or-copies", see="generated/torch.flatten")
@pytest.mark.parametrize(
    "flatten",
    [lambda x, *dims: x.flatten(*dims), lambda x, *dims: torch.flatten(x, *dims)],
    ids=["method", "function"],
)
def test_flatten_is_the_tensor_a_view_or_a_copy(device, flatten):
    """Where there is one dimension to join, flatten() returns the tensor itself, else a
    view where there is one, also of a non-contiguous tensor, and a copy otherwise: code
    that writes to the result must know which.
    """
    line = torch.arange(6, device=device)
    square = line.view(2, 3)

    view, copy = flatten(square), flatten(square.t())
    view[0] = 9
    copy[1] = 8

    assert flatten(line) is line
    assert flatten(square, 1, -1) is square
    assert flatten(square[:, :1]).stride() == (3,)
    assert line.tolist() == [9, 1, 2, 3, 4, 5]
    assert copy.tolist() == [0, 8, 1, 4, 2, 5]
    assert not shares_storage(copy, square)


@claim("tensor.flatten.zero-dim", see="generated/torch.flatten")
def test_flatten_gives_a_0_dim_tensor_one_dimension(device):
    """A flatten() of a 0-dim tensor is a view with one dimension that holds its
    element.
    """
    scalar = torch.tensor(3, device=device)

    flat = scalar.flatten()
    flat[0] = 4

    assert flat.shape == (1,)
    assert scalar.flatten(0, -1).shape == torch.flatten(scalar).shape == (1,)
    assert scalar.item() == 4


@claim("tensor.flatten.bad-range", see="generated/torch.flatten")
def test_flatten_refuses_a_range_that_is_not_there(device):
    """Calling flatten() raises RuntimeError for a start after the end, and IndexError
    for a dimension that the tensor doesn't have.
    """
    tensor = torch.zeros(2, 3, device=device)

    with pytest.raises(RuntimeError, match="start_dim cannot come after end_dim"):
        tensor.flatten(1, 0)
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got 2"):
        tensor.flatten(0, 2)
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got -3"):
        torch.flatten(tensor, -3)


@claim("tensor.flatten.num-flat-features", see="generated/torch.flatten")
def test_the_product_of_all_sizes_but_the_first_flattens_all_but_the_batch(device):
    """The sizes after the first multiply up to the features per sample, and a view of
    -1 by that many has a row for each sample, as flatten(1) has.
    """
    batch = torch.arange(12, device=device).view(2, 3, 2)

    features = batch.size()[1:].numel()
    rows, flat = batch.view(-1, features), batch.flatten(1)

    assert features == 6
    assert rows.tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert flat.tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


@claim("tensor.flatten.num-flat-features-in-general", see="generated/torch.flatten")
@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=2), batch=st.integers(0, 3)
)
def test_flattening_all_but_the_batch_gives_a_row_for_each_sample(device, sizes, batch):
    """For samples of any shape with elements, and any number of them, also none, a view
    of -1 by the features per sample has a row for each sample, as has flatten(1).
    """
    features = prod(sizes)
    numbers = list(range(batch * features))
    samples = torch.arange(batch * features, device=device).view(batch, *sizes)

    view, flat = samples.view(-1, features), samples.flatten(1)

    assert view.shape == flat.shape == (batch, features)
    assert view.tolist() == nested(numbers, (batch, features))
    assert flat.tolist() == nested(numbers, (batch, features))


@claim("tensor.flatten.features-of-small-tensors", see="size")
def test_a_batch_of_single_numbers_has_one_feature(device):
    """A slice of a torch.Size is one too, and the product of none is one: a batch of
    single numbers becomes a column, and a 0-dim tensor one row of one.
    """
    numbers = torch.arange(3, device=device)

    size = numbers.size()
    rest = size[1:]

    assert type(rest) is torch.Size
    assert (size, rest, rest.numel()) == ((3,), (), 1)
    assert numbers.view(-1, rest.numel()).tolist() == [[0], [1], [2]]
    assert torch.tensor(5, device=device).view(-1, 1).tolist() == [[5]]


@claim("tensor.flatten.one-dim-has-no-rest", see="generated/torch.flatten")
def test_flatten_from_the_second_dimension_needs_two(device):
    """A tensor with one or no dimension has no second one to flatten from: flatten(1)
    raises IndexError.
    """
    with pytest.raises(IndexError, match=r"range of \[-1, 0\], but got 1"):
        torch.zeros(3, device=device).flatten(1)
    with pytest.raises(IndexError, match=r"range of \[-1, 0\], but got 1"):
        torch.tensor(3, device=device).flatten(1)


@claim("tensor.flatten.samples-without-features", see="generated/torch.flatten")
def test_only_flatten_keeps_the_batch_of_samples_without_features(device):
    """Samples of no features can't be counted from the elements: view(-1, 0) raises
    RuntimeError, while flatten(1) keeps the batch size.
    """
    samples = torch.zeros(4, 0, 2, device=device)

    flat = samples.flatten(1)

    assert flat.shape == (4, 0)
    with pytest.raises(RuntimeError, match="-1 can be any value and is ambiguous"):
        samples.view(-1, 0)


@claim("tensor.flatten.non-contiguous-batch", see="generated/torch.flatten")
def test_only_flatten_takes_samples_whose_dimensions_are_swapped(device):
    """Where the dimensions of each sample are transposed, view() raises RuntimeError,
    and flatten(1) copies.
    """
    batch = torch.arange(8, device=device).view(2, 2, 2).transpose(1, 2)

    flat = batch.flatten(1)

    assert flat.tolist() == [[0, 2, 1, 3], [4, 6, 5, 7]]
    assert not shares_storage(flat, batch)
    with pytest.raises(RuntimeError, match=INCOMPATIBLE):
        batch.view(-1, 4)


@claim("tensor.ravel.contiguous-is-a-view", see="generated/torch.ravel")
@pytest.mark.parametrize(
    "ravel",
    [lambda x: x.ravel(), lambda x: torch.ravel(x)],
    ids=["method", "function"],
)
def test_ravel_of_a_contiguous_tensor_is_a_flat_view(device, ravel):
    """A ravel() of a contiguous tensor is a view of all its elements in one dimension,
    also of a 0-dim and of an empty tensor, and a new one where it has that shape.
    """
    source = torch.arange(6, device=device).view(2, 3)

    flat = ravel(source)
    again = ravel(flat)

    assert flat.tolist() == again.tolist() == [0, 1, 2, 3, 4, 5]
    assert shares_storage(flat, source) and shares_storage(again, source)
    assert again is not flat
    assert ravel(source[1, 2]).tolist() == [5]
    assert ravel(source[:0]).shape == (0,)


@claim("tensor.ravel.non-contiguous-is-a-copy", see="generated/torch.ravel")
@pytest.mark.parametrize(
    "ravel",
    [lambda x: x.ravel(), lambda x: torch.ravel(x)],
    ids=["method", "function"],
)
def test_ravel_of_a_non_contiguous_tensor_is_a_copy(device, ravel):
    """A ravel() of a non-contiguous tensor is a contiguous copy, also where there is a
    flat view, which flatten() would return.
    """
    source = torch.arange(6, device=device)
    stepped = source[::2]

    copied, kept = ravel(stepped), stepped.flatten()

    assert copied.tolist() == kept.tolist() == [0, 2, 4]
    assert copied.stride() == (1,) and not shares_storage(copied, source)
    assert kept.stride() == (2,) and shares_storage(kept, source)
    assert ravel(source.view(2, 3).t()).tolist() == [0, 3, 1, 4, 2, 5]


@claim("tensor.unflatten.splits-a-dimension", see="generated/torch.unflatten")
@pytest.mark.parametrize(
    "unflatten",
    [
        lambda x: x.unflatten(1, (2, 3)),
        lambda x: x.unflatten(-1, (2, 3)),
        lambda x: x.unflatten(1, [2, -1]),
        lambda x: x.unflatten(1, (-1, 3)),
        lambda x: x.unflatten(dim=1, sizes=(2, 3)),
        lambda x: torch.unflatten(x, 1, (2, 3)),
        lambda x: torch.unflatten(x, dim=-1, sizes=(-1, 3)),
    ],
    ids=["method", "negative", "list", "inferred", "keywords", "function", "mixed"],
)
def test_unflatten_splits_one_dimension_into_several(device, unflatten):
    """Both forms of unflatten(), method and function, give a view that splits one
    dimension into the given sizes, one of which may be -1.
    """
    source = torch.arange(12, device=device).view(2, 6)

    view = unflatten(source)

    assert view.tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]
    assert view.stride() == (6, 3, 1)
    assert shares_storage(view, source)


@claim("tensor.unflatten.any-strides", see="generated/torch.unflatten")
def test_unflatten_is_a_view_of_any_strided_tensor(device):
    """Splitting a dimension fits all strides: unflatten() of a transposed or a stepped
    tensor is a view too, and a write to it reaches the source.
    """
    source = torch.arange(8, device=device).view(2, 4)

    view = source.t().unflatten(0, (2, 2))
    same = torch.unflatten(source.t(), 0, (2, 2))
    source[:, ::2].unflatten(1, (2, 1))[1, 1, 0] = -1

    assert view.stride() == same.stride() == (2, 1, 4)
    assert view.tolist() == same.tolist() == [[[0, 4], [1, 5]], [[2, -1], [3, 7]]]
    assert source.tolist() == [[0, 1, 2, 3], [4, 5, -1, 7]]


@claim("tensor.unflatten.empty", see="generated/torch.unflatten")
def test_unflatten_infers_from_the_one_dimension(device):
    """A -1 is inferred by unflatten() from the dimension that it splits alone, so it
    works in a tensor without elements, and for a dimension of size zero.
    """
    empty = torch.zeros(0, 4, device=device)

    assert empty.unflatten(1, (-1, 2)).shape == (0, 2, 2)
    assert empty.unflatten(0, (3, -1)).shape == (3, 0, 4)
    assert empty.unflatten(0, (0, 5)).shape == (0, 5, 4)


@claim("tensor.unflatten.errors", see="generated/torch.unflatten")
@pytest.mark.parametrize(
    ("dim", "sizes", "error", "message"),
    [
        (
            1,
            (4, 2),
            RuntimeError,
            r"\[4, 2\] don't multiply up to the size of dim 1 \(6\)",
        ),
        (1, (-1, 4), RuntimeError, r"\[-1, 4\] don't multiply up to the size of dim 1"),
        (-1, (3, 3), RuntimeError, "don't multiply up to the size"),
        (1, (-1, -1), RuntimeError, "only one dimension can be inferred"),
        (1, (-2, -3), RuntimeError, "invalid shape dimension -2"),
        (1, (), RuntimeError, "sizes must be non-empty"),
        (2, (2, 3), IndexError, r"range of \[-2, 1\], but got 2"),
        (-3, (2, 3), IndexError, r"range of \[-2, 1\], but got -3"),
        (1, 6, TypeError, "must be tuple of"),
    ],
    ids=[
        "product",
        "remainder",
        "last",
        "two",
        "negative",
        "none",
        "beyond",
        "before",
        "integer",
    ],
)
@pytest.mark.parametrize(
    "unflatten",
    [lambda x, *rest: x.unflatten(*rest), lambda x, *rest: torch.unflatten(x, *rest)],
    ids=["method", "function"],
)
def test_unflatten_refuses_sizes_that_do_not_make_up_the_dimension(
    device, unflatten, dim, sizes, error, message
):
    """Calling unflatten() raises RuntimeError unless its sizes, at least one and none
    below -1, multiply up to the dimension's, IndexError for a dimension that isn't
    there, and TypeError for a size that stands alone.
    """
    tensor = torch.zeros(2, 6, device=device)

    with pytest.raises(error, match=message):
        unflatten(tensor, dim, sizes)


@claim(
    "tensor.unflatten.zero-dim-index-error",
    see="generated/torch.unflatten",
    until="2.8",
)
def test_unflatten_of_a_0_dim_tensor_raises_index_error(device):
    """A tensor without dimensions makes unflatten() raise IndexError."""
    with pytest.raises(IndexError, match="tensor has no dimensions"):
        torch.tensor(3, device=device).unflatten(0, (1,))
    with pytest.raises(IndexError, match="tensor has no dimensions"):
        torch.unflatten(torch.tensor(3, device=device), -1, (1,))


@claim(
    "tensor.unflatten.zero-dim-runtime-error",
    see="generated/torch.unflatten",
    since="2.8",
)
def test_unflatten_of_a_0_dim_tensor_raises_runtime_error(device):
    """A tensor without dimensions makes unflatten() raise RuntimeError."""
    with pytest.raises(RuntimeError, match="tensor has no dimensions"):
        torch.tensor(3, device=device).unflatten(0, (1,))
    with pytest.raises(RuntimeError, match="tensor has no dimensions"):
        torch.unflatten(torch.tensor(3, device=device), -1, (1,))


@claim("tensor.unflatten.undoes-flatten", see="generated/torch.unflatten")
@given(layout=layouts.filter(lambda layout: layout.sizes))
def test_unflatten_undoes_flatten(device, layout):
    """With the sizes that flatten() has joined, unflatten() gives the shape and
    elements of a tensor with any strides again.
    """
    tensor = laid_out(layout, device)

    result = tensor.flatten().unflatten(0, layout.sizes)

    assert result.shape == layout.sizes
    assert result.tolist() == nested(layout.places, layout.sizes)


# --- copies ---------------------------------------------------------------------------


@claim("tensor.clone.then-view-is-independent", see="generated/torch.clone")
@pytest.mark.parametrize(
    "clone",
    [lambda x: x.clone(), lambda x: torch.clone(x)],
    ids=["method", "function"],
)
def test_a_view_of_a_clone_is_independent_of_the_source(device, clone):
    """A clone() copies the elements, so a view of the clone lies over a storage of its
    own and neither it nor the source sees writes to the other.
    """
    source = torch.arange(6, device=device)

    result = clone(source).view(2, 3)
    result[0, 0] = 9
    source[5] = 8

    assert not shares_storage(result, source)
    assert result.tolist() == [[9, 1, 2], [3, 4, 5]]
    assert source.tolist() == [0, 1, 2, 3, 4, 8]


@claim("tensor.clone.keeps-dense-strides", see="generated/torch.clone")
def test_clone_keeps_the_strides_of_a_transposed_tensor_and_so_its_views(device):
    """The clone() of a tensor that is permuted, but without gaps or overlaps, keeps its
    strides, so view() refuses the same sizes for the clone as for the source;
    memory_format=torch.preserve_format says the same.
    """
    transposed = torch.arange(6, device=device).view(2, 3).t()
    permuted = torch.arange(6, device=device).view(1, 2, 3).permute(2, 0, 1)

    clone = transposed.clone()
    preserved = transposed.clone(memory_format=torch.preserve_format)

    assert clone.stride() == preserved.stride() == (1, 3)
    assert clone.tolist() == preserved.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert permuted.clone().stride() == permuted.stride() == (1, 6, 3)
    with pytest.raises(RuntimeError, match=INCOMPATIBLE):
        clone.view(6)


@claim("tensor.clone.contiguous-format", see="generated/torch.clone")
def test_a_clone_in_contiguous_format_can_always_be_viewed(device):
    """A clone(memory_format=torch.contiguous_format) has row-major strides whatever the
    source's are, so a view of any shape that holds its elements is there.
    """
    transposed = torch.arange(6, device=device).view(2, 3).t()

    clone = transposed.clone(memory_format=torch.contiguous_format)

    assert clone.stride() == (2, 1)
    assert clone.view(6).tolist() == [0, 3, 1, 4, 2, 5]
    assert not shares_storage(clone, transposed)


@claim("tensor.clone.of-gaps-and-overlaps", see="generated/torch.clone")
@pytest.mark.parametrize(
    ("look", "strides", "values"),
    [
        (lambda x: x[:2].view(2, 1).expand(2, 3), (3, 1), [[0, 0, 0], [1, 1, 1]]),
        (lambda x: x.as_strided((2, 2), (1, 1)), (2, 1), [[0, 1], [1, 2]]),
        (lambda x: x.view(2, 4)[:, 1::2], (2, 1), [[1, 3], [5, 7]]),
        (lambda x: x.view(2, 4)[:, 1:].t(), (1, 3), [[1, 5], [2, 6], [3, 7]]),
    ],
    ids=["expanded", "overlapping", "stepped", "transposed-columns"],
)
def test_clone_of_gaps_or_overlaps_has_neither(device, look, strides, values):
    """A clone() of a matrix that skips elements of its storage, or repeats them, has
    neither gaps nor overlaps: row-major strides, or, if it is also transposed, those
    of a transposed one; and it starts at its storage's beginning.
    """
    clone = look(torch.arange(8, device=device)).clone()

    assert clone.stride() == strides
    assert clone.storage_offset() == 0
    assert clone.tolist() == values


@claim("tensor.clone.is-in-history", see="generated/torch.clone")
def test_a_view_of_a_clone_belongs_to_the_source_s_history(device):
    """A clone() is differentiable: its result is no leaf, may be written through a
    view, and hands the gradient on to the source.
    """
    leaf = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True, device=device)

    clone = leaf.clone()
    clone.view(2, 2)[0].mul_(10)
    clone.backward(torch.ones(4, device=device))

    assert clone.requires_grad and not clone.is_leaf
    assert clone.tolist() == [10, 20, 3, 4]
    assert leaf.tolist() == [1, 2, 3, 4]
    assert leaf.grad.tolist() == [10, 10, 1, 1]


@claim("tensor.clone.needs-its-call", see="generated/torch.clone")
def test_a_view_of_clone_without_its_call_is_an_error(device):
    """Asking for a view of the method clone, and not of what it returns, raises
    AttributeError.
    """
    tensor = torch.arange(6, device=device)

    with pytest.raises(AttributeError, match="no attribute 'view'"):
        tensor.clone.view(2, 3)

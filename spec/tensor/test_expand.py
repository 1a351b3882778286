"""Expanding and repeating.

There are two ways to a larger tensor. expand() copies nothing: it returns a view in
which a dimension of size 1 is read again and again, with stride 0. repeat() copies: it
lays whole copies of the tensor side by side in new memory.

Their arguments differ as well. expand() is given the sizes of the result, and only a
size of 1 can grow; repeat() is given how many copies to make along each dimension. And
repeat() is not numpy.repeat(): that is repeat_interleave(), which repeats each element.
"""

import math
import operator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.broadcasting import (
    expanded_strides,
    gathered,
    repeated,
    repeated_shape,
    spread,
)
from spec.models.contiguity import row_major_strides
from torch_semantics import claim
from torch_semantics.words import shares_storage

SIZES = st.sampled_from([1, 2, 1, 3, 0])


@st.composite
def expansions(draw):
    """Draw a shape, and a shape that it can be expanded to."""
    shape = draw(st.lists(SIZES, max_size=3))
    grown = [draw(SIZES) if size == 1 else size for size in shape]
    return tuple(shape), (*draw(st.lists(SIZES, max_size=2)), *grown)


@st.composite
def impossible_expansions(draw):
    """Draw a shape, and one with as many dimensions or more that it can't expand to."""
    shape, target = draw(expansions())
    size, other = draw(st.sampled_from([(2, 4), (3, 1), (2, 0), (0, 1), (0, 3)]))
    place = draw(st.integers(0, len(shape)))
    new = len(target) - len(shape) + place
    return (
        (*shape[:place], size, *shape[place:]),
        (*target[:new], other, *target[new:]),
        new,
    )


@st.composite
def repeats(draw):
    """Draw a shape, and a count for each of its dimensions and sometimes for more."""
    shape = draw(st.lists(st.sampled_from([2, 1, 3, 0]), max_size=2))
    counts = st.lists(
        st.sampled_from([2, 1, 3, 0]), min_size=len(shape), max_size=len(shape) + 1
    )
    return tuple(shape), tuple(draw(counts))


def numbered(shape, device, dtype=None):
    """Return a tensor whose elements count up from 0."""
    return torch.arange(math.prod(shape), device=device, dtype=dtype).view(shape)


# --- expand ---------------------------------------------------------------------------


@claim("tensor.expand.grows-a-column", see="generated/torch.Tensor.expand")
def test_expand_grows_a_dimension_of_size_one(device):
    """A dimension of size 1 is grown by expand() to the size given, and shows its one
    element at every index.
    """
    column = torch.tensor([[1], [2], [3]], device=device)

    wide = column.expand(3, 4)

    assert wide.tolist() == [[1, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 3]]
    assert (wide.shape, wide.numel(), wide.dtype) == ((3, 4), 12, torch.int64)
    assert column.shape == (3, 1)


@claim("tensor.expand.broadcasts-size-one-dims", see="generated/torch.Tensor.expand")
@given(case=expansions())
def test_expand_returns_exactly_the_shape_it_is_given(device, case):
    """The result of expand() has the sizes given: dimensions of size 1 grow to them,
    new ones come in front, and every index along those shows the same elements.
    """
    shape, target = case
    t = numbered(shape, device)

    result = t.expand(target)

    assert (case, result.shape, result.dtype) == (case, target, torch.int64)
    assert (case, result.reshape(-1).tolist()) == (
        case,
        spread(range(t.numel()), shape, target),
    )


@claim("tensor.expand.call-forms", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.expand(2, 3, 2),
        lambda t: t.expand((2, 3, 2)),
        lambda t: t.expand([2, 3, 2]),
        lambda t: t.expand(torch.Size([2, 3, 2])),
        lambda t: t.expand(size=(2, 3, 2)),
        lambda t: t.expand(2, -1, 2),
        lambda t: torch.Tensor.expand(t, 2, 3, 2),
        lambda t: t.broadcast_to(2, 3, 2),
        lambda t: torch.broadcast_to(t, (2, 3, 2)),
        lambda t: t.expand_as(torch.zeros(2, 3, 2, device=t.device)),
    ],
    ids=[
        "numbers",
        "tuple",
        "list",
        "Size",
        "keyword",
        "minus-one",
        "unbound",
        "broadcast_to",
        "torch.broadcast_to",
        "expand_as",
    ],
)
def test_every_form_of_expand_gives_the_same_view(device, call):
    """The sizes may be given one by one, as a tuple, a list or a torch.Size, or taken
    from another tensor by expand_as(); broadcast_to() is another name.
    """
    column = torch.tensor([[1], [2], [3]], device=device)

    result = call(column)

    assert result.tolist() == [[[1, 1], [2, 2], [3, 3]], [[1, 1], [2, 2], [3, 3]]]
    assert (result.shape, result.stride()) == ((2, 3, 2), (0, 1, 0))
    assert (result.dtype, result.storage_offset()) == (torch.int64, 0)
    assert shares_storage(result, column)


@claim("tensor.expand.minus-one-keeps", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    ("sizes", "elements", "strides"),
    [
        ((-1, 2), [[1, 1], [2, 2], [3, 3]], (1, 0)),
        ((3, -1), [[1], [2], [3]], (1, 1)),
        ((-1, -1), [[1], [2], [3]], (1, 1)),
        ((2, -1, 1), [[[1], [2], [3]], [[1], [2], [3]]], (0, 1, 1)),
    ],
    ids=["keeps-three", "keeps-one", "keeps-both", "below-a-new-dim"],
)
def test_minus_one_keeps_the_size_of_a_dimension(device, sizes, elements, strides):
    """A size of -1 keeps the size that the dimension has."""
    column = torch.tensor([[1], [2], [3]], device=device)

    result = column.expand(sizes)

    assert (result.tolist(), result.stride()) == (elements, strides)
    assert shares_storage(result, column)


@claim("tensor.expand.minus-one-for-a-new-dim", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize("sizes", [(-1, 3), (-1, -1)], ids=["one", "both"])
def test_minus_one_is_refused_for_a_new_dimension(device, sizes):
    """A size of -1 for a new leading dimension raises a RuntimeError, as there is no
    size to keep.
    """
    t = torch.ones(3, device=device)

    message = r"\(-1\) isn't allowed in a leading, non-existing dimension 0"
    with pytest.raises(RuntimeError, match=message):
        t.expand(sizes)


@claim("tensor.expand.new-dims-in-front", see="generated/torch.Tensor.expand")
def test_new_dimensions_come_in_front(device):
    """More sizes than the tensor has dimensions add new dimensions in front; a new last
    dimension takes an unsqueeze() first.
    """
    row = torch.tensor([1, 2, 3], device=device)

    rows = row.expand(2, 3)
    nested = row.expand(1, 1, 3)
    columns = row.unsqueeze(1).expand(3, 2)

    assert (rows.tolist(), rows.stride()) == ([[1, 2, 3], [1, 2, 3]], (0, 1))
    assert (nested.tolist(), nested.shape) == ([[[1, 2, 3]]], (1, 1, 3))
    assert nested.stride() == (3, 3, 1)
    assert (columns.tolist(), columns.stride()) == ([[1, 1], [2, 2], [3, 3]], (1, 0))
    with pytest.raises(RuntimeError, match=r"\(2\) must match the existing size \(3\)"):
        row.expand(3, 2)


@claim("tensor.expand.to-size-zero", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    ("shape", "sizes"),
    [((1,), (0,)), ((3, 1), (3, 0)), ((3,), (0, 3)), ((), (0,)), ((0,), (2, 0))],
    ids=["vector", "column", "new-dim", "zero-dim", "of-no-elements"],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda t, sizes: t.expand(sizes),
        lambda t, sizes: t.expand_as(torch.zeros(sizes, device=t.device)),
        lambda t, sizes: t.broadcast_to(sizes),
        lambda t, sizes: torch.broadcast_to(t, sizes),
    ],
    ids=["expand", "expand_as", "broadcast_to", "torch.broadcast_to"],
)
def test_a_size_of_one_may_become_zero(device, call, shape, sizes):
    """A dimension of size 1, or a new one, may be expanded to size 0, in every form of
    the call: the result has no elements.
    """
    t = torch.ones(shape, device=device)

    result = call(t, sizes)

    assert (result.shape, result.numel(), result.dtype) == (sizes, 0, torch.float32)
    assert shares_storage(result, t)


@claim("tensor.expand.zero-dim", see="generated/torch.Tensor.expand")
def test_a_tensor_without_dimensions_expands_to_every_shape(device):
    """A tensor without dimensions expands to every shape, the one without dimensions
    included.
    """
    seven = torch.tensor(7, device=device)

    grid = seven.expand(2, 3)
    same = seven.expand(())

    assert (grid.tolist(), grid.stride()) == ([[7, 7, 7], [7, 7, 7]], (0, 0))
    assert (same.tolist(), same.shape, same.dtype) == (7, (), torch.int64)
    assert shares_storage(grid, seven)
    assert shares_storage(same, seven)


@claim("tensor.expand.fewer-sizes", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.expand(3),
        lambda t: t.expand(()),
        lambda t: t.expand(-1),
        lambda t: t.expand_as(torch.zeros(3, device=t.device)),
        lambda t: torch.broadcast_to(t, (3,)),
    ],
    ids=["number", "empty", "minus-one", "expand_as", "broadcast_to"],
)
def test_expand_refuses_fewer_sizes_than_dimensions(device, call):
    """Fewer sizes than the tensor has dimensions raise a RuntimeError, even where the
    dimension too many is of size 1.
    """
    t = torch.ones(1, 3, device=device)

    with pytest.raises(
        RuntimeError, match="must be greater or equal to the number of dim"
    ):
        call(t)


@claim("tensor.expand.non-singleton-dim-error", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "size", [10, 6, 1, 0], ids=["multiple", "other", "one", "zero"]
)
def test_only_a_dimension_of_size_one_can_be_expanded(device, size):
    """A dimension of size 5 can't be expanded to 10, though that is twice as much, and
    neither to 6, 1 or 0: expand() raises a RuntimeError that names both sizes.
    """
    t = torch.arange(160, device=device).view(1, 32, 5)

    message = (
        rf"expanded size of the tensor \({size}\) must match the existing size \(5\)"
        r" at non-singleton dimension 2"
    )
    with pytest.raises(RuntimeError, match=message):
        t.expand(4, 32, size)

    grown = t.expand(4, 32, 5)
    assert (grown.shape, grown.stride()) == ((4, 32, 5), (0, 5, 1))
    assert grown[3, 31].tolist() == [155, 156, 157, 158, 159]


@claim("tensor.expand.mismatch", see="generated/torch.Tensor.expand")
@given(case=impossible_expansions())
def test_expand_refuses_every_other_change_of_a_size(device, case):
    """A size other than 1 that would have to change makes expand() raise a
    RuntimeError, which names the sizes and the dimension of the result.
    """
    shape, target, dim = case
    existing = shape[dim - len(target)]

    with pytest.raises(RuntimeError) as error:
        numbered(shape, device).expand(target)

    assert (case, str(error.value)) == (
        case,
        f"The expanded size of the tensor ({target[dim]}) must match the existing size"
        f" ({existing}) at non-singleton dimension {dim}. "
        f" Target sizes: {list(target)}.  Tensor sizes: {list(shape)}",
    )


@claim("tensor.expand.wrong-types", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.expand("2"),
        lambda t: t.expand((2.0, 3)),
        lambda t: t.expand(None),
        lambda t: t.expand(),
        lambda t: t.repeat("2"),
        lambda t: t.repeat(2.0),
        lambda t: t.repeat(),
        lambda t: t.expand_as((2, 3)),
    ],
    ids=[
        "str",
        "float",
        "None",
        "nothing",
        "repeat-str",
        "repeat-float",
        "repeat-nothing",
        "expand_as-tuple",
    ],
)
def test_expand_takes_whole_numbers_and_expand_as_a_tensor(device, call):
    """Sizes or counts that are no whole numbers, or none at all, make expand() and
    repeat() raise a TypeError, and so does expand_as() for anything but a tensor.
    """
    t = torch.ones(3, device=device)

    with pytest.raises(TypeError, match=r"(expand|expand_as|repeat)\(\)"):
        call(t)


@claim("tensor.expand.expand-as", see="generated/torch.Tensor.expand_as")
def test_expand_as_takes_only_the_shape_of_the_other_tensor(device):
    """Of the other tensor expand_as() takes the shape, and nothing else: the dtype, the
    elements and their places in memory are those of the tensor that is expanded.
    """
    row = torch.tensor([1, 0, 2], device=device)[::2]
    other = torch.full((3, 2), 0.5, device=device, requires_grad=True)

    result = row.expand_as(other)

    assert (result.tolist(), result.dtype) == ([[1, 2], [1, 2], [1, 2]], torch.int64)
    assert (result.requires_grad, result.stride()) == (False, (0, 2))
    assert shares_storage(result, row)


@claim("tensor.expand.expand-as-mismatch", see="generated/torch.Tensor.expand_as")
def test_expand_as_refuses_a_shape_that_does_not_fit(device):
    """A shape that the tensor can't be expanded to makes expand_as() raise a
    RuntimeError, also where the two shapes would broadcast to a third.
    """
    column = torch.ones(3, 1, device=device)

    with pytest.raises(RuntimeError, match=r"\(1\) must match the existing size \(3\)"):
        column.expand_as(torch.ones(1, 4, device=device))


# --- memory of an expanded tensor -----------------------------------------------------


@claim("tensor.expand.shares-memory-stride-zero", see="tensor_view")
@given(case=expansions())
def test_expand_copies_nothing_and_grows_with_stride_zero(device, case):
    """The result of expand() lies over the storage of the tensor, from the same place
    on; its strides are 0 where it grew, and else as they were.
    """
    shape, target = case
    t = torch.arange(math.prod(shape) + 2, device=device)[2:].view(shape)

    result = t.expand(target)

    assert (case, result.stride()) == (
        case,
        expanded_strides(shape, row_major_strides(shape), target),
    )
    assert (case, shares_storage(result, t)) == (case, True)
    assert (case, result.storage_offset(), result.shape) == (case, 2, target)


@claim("tensor.expand.write-to-base-shows-everywhere", see="tensor_view")
def test_a_write_to_the_source_shows_in_every_copy(device):
    """One write to the source of an expanded tensor shows at every index along the
    dimension that grew.
    """
    t = torch.zeros(1, 3, 2, dtype=torch.int64, device=device)
    expanded = t.expand(4, 3, 2)

    t[0, 1, 0] = 5

    assert (expanded.stride(), expanded.is_contiguous()) == ((0, 2, 1), False)
    assert expanded.tolist() == [[[0, 0], [5, 0], [0, 0]]] * 4


@claim("tensor.expand.own-shape", see="tensor_view")
@pytest.mark.parametrize(
    ("sizes", "strides"),
    [((3, 2), (1, 3)), ((-1, -1), (1, 3)), ((4, 3, 2), (0, 1, 3))],
    ids=["own-shape", "minus-one", "new-dim"],
)
def test_a_dimension_that_does_not_grow_keeps_its_stride(device, sizes, strides):
    """A dimension that does not grow keeps its stride, also in a transposed tensor; to
    expand a tensor to its own shape gives a view, and not the tensor itself.
    """
    columns = torch.arange(6, device=device).view(2, 3).t()

    result = columns.expand(sizes)

    assert result is not columns
    assert (result.shape[-2:], result.stride()) == ((3, 2), strides)
    assert result.reshape(-1, 3, 2)[-1].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert shares_storage(result, columns)


@claim("tensor.expand.twice", see="generated/torch.Tensor.expand")
def test_an_expanded_dimension_cannot_be_expanded_again(device):
    """A dimension that was expanded is no longer of size 1, and can't be expanded
    further; other dimensions can.
    """
    column = torch.tensor([[1], [2], [3]], device=device)
    wide = column.expand(3, 2)

    deep = wide.unsqueeze(2).expand(3, 2, 4)

    assert (deep.shape, deep.stride()) == ((3, 2, 4), (1, 0, 0))
    assert deep.tolist() == [[[1] * 4] * 2, [[2] * 4] * 2, [[3] * 4] * 2]
    assert shares_storage(deep, column)
    with pytest.raises(RuntimeError, match=r"\(4\) must match the existing size \(2\)"):
        wide.expand(3, 4)


@claim("tensor.expand.takes-no-memory", see="generated/torch.Tensor.expand")
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_the_storage_does_not_grow(device):
    """The storage of an expanded tensor is as small as before, however many elements
    the tensor shows.
    """
    t = torch.tensor([1, 2, 3], device=device)

    expanded = t.expand(1000, 3)

    assert (expanded.shape, expanded.numel()) == ((1000, 3), 3000)
    assert expanded.storage().size() == 3
    assert expanded[999].tolist() == [1, 2, 3]


@claim("tensor.expand.dtype-kept", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "dtype",
    [torch.bool, torch.uint8, torch.float16, torch.complex64],
    ids=["bool", "uint8", "float16", "complex64"],
)
def test_expand_and_repeat_keep_the_dtype(device, dtype):
    """Expanding and repeating keep the dtype."""
    t = torch.tensor([0, 1], device=device).to(dtype)

    expanded, repeated = t.expand(2, 2), t.repeat(2, 1)

    assert (expanded.dtype, repeated.dtype) == (dtype, dtype)
    assert expanded.tolist() == repeated.tolist() == [[0, 1], [0, 1]]


@claim("tensor.expand.materialised", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "copy",
    [
        lambda t: t.contiguous(),
        lambda t: t.clone(),
        lambda t: t.reshape(3, 2).view(2, 3),
        lambda t: t + 0,
    ],
    ids=["contiguous", "clone", "reshape", "add"],
)
def test_a_copy_of_an_expanded_tensor_holds_every_element_by_itself(device, copy):
    """A copy of an expanded row, by contiguous(), clone(), a reshape() to another shape
    or an operation, is contiguous and holds every element separately.
    """
    row = torch.tensor([1, 2, 3], device=device)

    result = copy(row.expand(2, 3))
    result[0, 0] = 9

    assert (result.tolist(), result.stride()) == ([[9, 2, 3], [1, 2, 3]], (3, 1))
    assert result.dtype is torch.int64
    assert row.tolist() == [1, 2, 3]


@claim("tensor.expand.view-refused", see="generated/torch.Tensor.view")
def test_view_cannot_flatten_an_expanded_tensor(device):
    """Flattening an expanded tensor with view() raises a RuntimeError: no stride goes
    through its elements in order.
    """
    expanded = torch.tensor([1, 2, 3], device=device).expand(2, 3)

    with pytest.raises(RuntimeError, match="view size is not compatible"):
        expanded.view(6)

    assert expanded.shape == (2, 3)


# --- writing to an expanded tensor ----------------------------------------------------


@claim("tensor.expand.inplace-write-rejected", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "write",
    [
        lambda t: t.add_(1),
        lambda t: t.mul_(2),
        lambda t: t.copy_(torch.zeros(2, 3, device=t.device)),
        lambda t: t.relu_(),
        lambda t: t.clamp_(min=0),
        lambda t: t.uniform_(),
        lambda t: t.index_add_(0, torch.tensor([0], device=t.device), t[:1]),
        lambda t: torch.add(t, 1, out=t),
        lambda t: operator.iadd(t, 1),
        lambda t: operator.isub(t, 1),
        lambda t: operator.setitem(t, slice(None), torch.zeros(3, device=t.device)),
    ],
    ids=[
        "add_",
        "mul_",
        "copy_",
        "relu_",
        "clamp_",
        "uniform_",
        "index_add_",
        "out",
        "+=",
        "-=",
        "assignment",
    ],
)
def test_an_expanded_tensor_refuses_in_place_operations(device, write):
    """Arithmetic in place, copy_(), uniform_(), index_add_(), out= and the assignment
    of a row to all rows make an expanded tensor raise a RuntimeError, as several of its
    elements are one in memory, and write nothing.
    """
    expanded = torch.tensor([-1.0, 2.0, 3.0], device=device).expand(2, 3)

    message = "more than one element of the written-to tensor refers to a single memory"
    with pytest.raises(RuntimeError, match=message):
        write(expanded)

    assert expanded.tolist() == [[-1, 2, 3], [-1, 2, 3]]


@claim("tensor.expand.element-write-reaches-every-copy", see="tensor_view")
@pytest.mark.parametrize(
    ("index", "value", "elements"),
    [
        ((0, 0), 5, [5, 2, 3]),
        ((-1, 2), 5, [1, 2, 5]),
        (0, 5, [5, 5, 5]),
        (1, [7, 8, 9], [7, 8, 9]),
    ],
    ids=["element", "last-element", "row", "row-of-values"],
)
def test_an_assignment_to_one_row_writes_all_rows(device, index, value, elements):
    """An assignment to one element or one row of an expanded tensor is not refused, and
    shows in all of its rows and in the source.
    """
    row = torch.tensor([1, 2, 3], device=device)
    expanded = row.expand(2, 3)

    expanded[index] = torch.tensor(value, device=device)

    assert expanded.tolist() == [elements, elements]
    assert row.tolist() == elements


@claim("tensor.expand.clone-may-be-written", see="generated/torch.Tensor.expand")
def test_a_clone_of_an_expanded_tensor_may_be_written(device):
    """A clone of an expanded tensor takes in-place operations, and its rows are
    separate.
    """
    row = torch.tensor([1, 2, 3], device=device)

    clone = row.expand(2, 3).clone()
    clone.add_(torch.tensor([[10], [20]], device=device))

    assert (clone.tolist(), clone.stride()) == ([[11, 12, 13], [21, 22, 23]], (3, 1))
    assert (clone.dtype, row.tolist()) == (torch.int64, [1, 2, 3])


@claim("tensor.expand.not-grown-may-be-written", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "sizes",
    [(3,), (-1,), (1, 3), (1, 1, -1)],
    ids=["same", "minus-one", "1x3", "1x1x3"],
)
def test_an_expanded_tensor_that_did_not_grow_may_be_written(device, sizes):
    """An expanded tensor in which nothing grew takes in-place operations, and they
    reach its source.
    """
    row = torch.tensor([1, 2, 3], device=device)

    expanded = row.expand(sizes)
    expanded.add_(10)

    assert row.tolist() == [11, 12, 13]
    assert expanded.view(-1).tolist() == [11, 12, 13]


@claim("tensor.expand.may-be-read", see="notes/broadcasting")
def test_an_expanded_tensor_may_be_the_other_operand(device):
    """An expanded tensor may be read by an in-place operation on another tensor."""
    table = torch.tensor([[1, 2], [3, 4]], device=device)
    row = torch.tensor([10, 20], device=device)

    table.add_(row.expand(2, 2))

    assert table.tolist() == [[11, 22], [13, 24]]
    assert row.tolist() == [10, 20]


@claim("tensor.expand.fill-is-let-through", see="tensor_view", level="observed")
@pytest.mark.parametrize(
    ("write", "elements"),
    [(lambda t: t.fill_(5), [5, 5, 5]), (lambda t: t.zero_(), [0, 0, 0])],
    ids=["fill_", "zero_"],
)
def test_fill_and_zero_are_not_refused(device, write, elements):
    """An expanded tensor takes fill_() and zero_(), where the order of writing makes no
    difference, and they reach its source.
    """
    row = torch.tensor([1, 2, 3], device=device)

    write(row.expand(2, 3))

    assert row.tolist() == elements


@claim(
    "tensor.expand.number-to-slice-refused",
    see="tensor_view",
    since="2.2",
    until="2.15",
    level="observed",
)
def test_a_number_cannot_be_assigned_to_a_slice_of_an_expanded_tensor(device):
    """A number that is assigned to a slice along an expanded dimension raises a
    RuntimeError, and is not written.
    """
    # The releases before and after write the number into every row.
    expanded = torch.tensor([1, 2, 3], device=device).expand(2, 3)

    with pytest.raises(RuntimeError, match="more than one element of the written-to"):
        expanded[:, 0] = 5

    assert expanded.tolist() == [[1, 2, 3], [1, 2, 3]]


@claim("tensor.expand.index-write-warns", see="generated/torch.Tensor.index_put_")
@pytest.mark.parametrize(
    "write",
    [
        lambda t: operator.setitem(t, [0], 7),
        lambda t: t.masked_fill_(t > 0, 7),
        lambda t: t.index_fill_(0, torch.tensor([0], device=t.device), 7),
    ],
    ids=["index-list", "masked_fill_", "index_fill_"],
)
def test_a_write_by_indices_to_an_expanded_tensor_warns(device, write):
    """A write to an expanded tensor through a list of indices or a mask gives a
    UserWarning that it is deprecated, and reaches every copy.
    """
    row = torch.tensor([1, 2, 3], device=device)
    expanded = row.expand(2, 3)

    with pytest.warns(UserWarning, match="on expanded tensors is deprecated"):
        write(expanded)

    assert expanded.tolist() == [[7, 7, 7], [7, 7, 7]]


# --- gradients of expand --------------------------------------------------------------


@claim("tensor.expand.gradient", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.expand(2, 3),
        lambda t: t.expand_as(torch.zeros(2, 3, device=t.device)),
        lambda t: t.broadcast_to(2, 3),
        lambda t: torch.broadcast_to(t, (2, 3)),
    ],
    ids=["expand", "expand_as", "broadcast_to", "torch.broadcast_to"],
)
def test_the_gradient_of_an_expanded_leaf_is_summed(device, call):
    """An expanded tensor is in the graph as a view of its source, and the gradients of
    all copies of an element add up in it.
    """
    leaf = torch.zeros(2, 1, device=device, requires_grad=True)

    expanded = call(leaf)
    expanded.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device))

    assert (expanded.requires_grad, expanded.is_leaf) == (True, False)
    assert expanded.grad_fn.name() == "ExpandBackward0"
    assert expanded._base is leaf
    assert leaf.grad.tolist() == [[6], [15]]
    assert leaf.grad.shape == (2, 1)


@claim("tensor.expand.gradient-rule", see="generated/torch.Tensor.expand")
@given(case=expansions())
def test_the_gradient_of_expand_is_a_sum_over_what_grew(device, case):
    """The gradient of each element of an expanded tensor is the sum over its copies,
    and 0 where there are none; it has the shape of the source.
    """
    shape, target = case
    leaf = numbered(shape, device, torch.float64).requires_grad_()

    expanded = leaf.expand(target)
    expanded.backward(numbered(target, device, torch.float64))

    assert (case, expanded.requires_grad, expanded.is_leaf) == (case, True, False)
    assert (case, leaf.grad.shape, leaf.grad.dtype) == (case, shape, torch.float64)
    assert (case, leaf.grad.reshape(-1).tolist()) == (
        case,
        gathered(range(math.prod(target)), target, shape),
    )


# --- repeat ---------------------------------------------------------------------------


@claim("tensor.repeat.lays-copies-side-by-side", see="generated/torch.Tensor.repeat")
def test_repeat_lays_whole_copies_side_by_side(device):
    """Each argument of repeat() says how many copies of the tensor lie one after
    another along a dimension.
    """
    t = torch.tensor([[1, 2], [3, 4]], device=device)

    below = t.repeat(2, 1)
    beside = t.repeat(1, 2)
    large = torch.arange(160, device=device).view(1, 32, 5).repeat(4, 32, 10)

    assert (below.tolist(), below.stride()) == (
        [[1, 2], [3, 4], [1, 2], [3, 4]],
        (2, 1),
    )
    assert (beside.tolist(), beside.stride()) == ([[1, 2, 1, 2], [3, 4, 3, 4]], (4, 1))
    assert (large.shape, large.dtype) == ((4, 32 * 32, 10 * 5), torch.int64)
    assert large[3, 1023].tolist() == [155, 156, 157, 158, 159] * 10


@claim("tensor.repeat.multiplies-each-dim", see="generated/torch.Tensor.repeat")
@given(case=repeats())
def test_repeat_multiplies_each_size_by_its_count(device, case):
    """The result of repeat() has each size multiplied by its count, with new dimensions
    in front for further counts; along each dimension the elements start over.
    """
    shape, counts = case
    t = numbered(shape, device)

    result = t.repeat(counts)

    expected = repeated_shape(shape, counts)
    assert (case, result.shape, result.dtype) == (case, expected, torch.int64)
    assert (case, result.stride()) == (case, row_major_strides(expected))
    assert (case, result.view(-1).tolist()) == (
        case,
        repeated(range(t.numel()), shape, counts),
    )


@claim("tensor.repeat.call-forms", see="generated/torch.Tensor.repeat")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.repeat(2, 2),
        lambda t: t.repeat((2, 2)),
        lambda t: t.repeat([2, 2]),
        lambda t: t.repeat(torch.Size([2, 2])),
        lambda t: t.repeat(repeats=(2, 2)),
        lambda t: t.tile(2, 2),
        lambda t: t.tile((2, 2)),
        lambda t: torch.tile(t, (2, 2)),
        lambda t: torch.tile(t, dims=[2, 2]),
    ],
    ids=[
        "numbers",
        "tuple",
        "list",
        "Size",
        "keyword",
        "tile-numbers",
        "tile-tuple",
        "torch.tile",
        "torch.tile-keyword",
    ],
)
def test_every_form_of_repeat_and_tile_gives_the_same(device, call):
    """The counts may be given one by one, as a tuple, a list or a torch.Size, to
    repeat() or to tile().
    """
    t = torch.tensor([[1, 2]], device=device)

    result = call(t)

    assert result.tolist() == [[1, 2, 1, 2], [1, 2, 1, 2]]
    assert (result.stride(), result.dtype) == ((4, 1), torch.int64)
    assert not shares_storage(result, t)


@claim("tensor.repeat.new-dims-in-front", see="generated/torch.Tensor.repeat")
def test_further_counts_add_dimensions_in_front(device):
    """More counts than the tensor has dimensions add dimensions in front, also to a
    tensor that has none.
    """
    row = torch.tensor([1, 2], device=device)
    seven = torch.tensor(7, device=device)

    rows, deep = row.repeat(3, 1), row.repeat(1, 1, 2)
    grid, same = seven.repeat(2, 3), seven.repeat(())

    assert (rows.tolist(), rows.stride()) == ([[1, 2], [1, 2], [1, 2]], (2, 1))
    assert (deep.tolist(), deep.dtype) == ([[[1, 2, 1, 2]]], torch.int64)
    assert (grid.tolist(), grid.stride()) == ([[7, 7, 7], [7, 7, 7]], (3, 1))
    assert (same.tolist(), same.shape) == (7, ())
    assert not shares_storage(same, seven)


@claim("tensor.repeat.zero-times", see="generated/torch.Tensor.repeat")
@pytest.mark.parametrize(
    ("shape", "counts", "result"),
    [
        ((2, 3), (0, 1), (0, 3)),
        ((2, 3), (2, 0), (4, 0)),
        ((3,), (0, 2), (0, 6)),
        ((0, 3), (5, 2), (0, 6)),
    ],
    ids=["rows", "columns", "new-dim", "of-no-elements"],
)
def test_no_copies_leave_a_dimension_of_size_zero(device, shape, counts, result):
    """A count of 0 leaves a dimension of size 0, and the other counts go on to multiply
    their sizes.
    """
    t = torch.ones(shape, device=device)

    repeated = t.repeat(counts)

    assert (repeated.shape, repeated.numel()) == (result, 0)
    assert repeated.dtype is torch.float32


@claim("tensor.repeat.negative-count", see="generated/torch.Tensor.repeat")
@pytest.mark.parametrize(
    "call",
    [lambda t: t.repeat(1, -1), lambda t: t.repeat(-1, 0), lambda t: t.tile(-1)],
    ids=["repeat", "repeat-beside-zero", "tile"],
)
def test_a_negative_count_is_refused(device, call):
    """A negative count for a dimension that is not empty raises a RuntimeError, with
    repeat() as with tile().
    """
    t = torch.ones(2, 2, device=device)

    with pytest.raises(RuntimeError, match="negative dimension -2"):
        call(t)


@claim("tensor.repeat.needs-a-count-per-dim", see="generated/torch.Tensor.repeat")
@pytest.mark.parametrize("counts", [(2,), ()], ids=["one", "none"])
def test_repeat_needs_a_count_for_every_dimension(device, counts):
    """Fewer counts than the tensor has dimensions make repeat() raise a RuntimeError;
    as many, or more, are taken.
    """
    t = torch.tensor([[1, 2], [3, 4]], device=device)

    with pytest.raises(
        RuntimeError, match="dimensions of repeat dims can not be smaller"
    ):
        t.repeat(counts)

    equal, more = t.repeat(1, 2), t.repeat(2, 1, 1)
    assert (equal.tolist(), equal.dtype) == ([[1, 2, 1, 2], [3, 4, 3, 4]], torch.int64)
    assert (more.tolist(), more.shape) == (
        [[[1, 2], [3, 4]], [[1, 2], [3, 4]]],
        (2, 2, 2),
    )


@claim("tensor.repeat.tile-pads", see="generated/torch.tile")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: torch.tile(t, (2,)),
        lambda t: t.tile(2),
        lambda t: t.tile((2,)),
        lambda t: t.repeat(1, 2),
    ],
    ids=["torch.tile", "number", "tuple", "as-repeat"],
)
def test_tile_takes_missing_counts_in_front_for_one(device, call):
    """Fewer counts than dimensions are fine with tile(): they belong to the last
    dimensions, and the others are not repeated.
    """
    t = torch.tensor([[1, 2], [3, 4]], device=device)

    result = call(t)

    assert (result.tolist(), result.stride()) == ([[1, 2, 1, 2], [3, 4, 3, 4]], (4, 1))
    assert result.dtype is torch.int64


@claim("tensor.repeat.copies", see="generated/torch.Tensor.repeat")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.repeat(1, 1),
        lambda t: t.repeat(1, 1, 1)[0],
        lambda t: t.tile(1),
        lambda t: t.tile(()),
    ],
    ids=["repeat", "repeat-new-dim", "tile", "tile-no-counts"],
)
def test_repeat_copies_even_a_single_time(device, call):
    """With counts of 1, too, repeat() and tile() copy: a write to the result leaves the
    tensor as it was, and the other way round.
    """
    t = torch.tensor([[1, 2], [3, 4]], device=device)

    result = call(t)
    result[0, 0] = 9
    t[1, 1] = -4

    assert (result.tolist(), result.dtype) == ([[9, 2], [3, 4]], torch.int64)
    assert (t.tolist(), result.stride()) == ([[1, 2], [3, -4]], (2, 1))
    assert not shares_storage(result, t)


@claim("tensor.repeat.contiguous", see="generated/torch.Tensor.repeat")
@pytest.mark.parametrize(
    ("view", "counts", "elements"),
    [
        (lambda t: t.t(), (1, 1), [[0, 3], [1, 4], [2, 5]]),
        (lambda t: t.t(), (1, 2), [[0, 3, 0, 3], [1, 4, 1, 4], [2, 5, 2, 5]]),
        (lambda t: t[:, ::2], (2, 1), [[0, 2], [3, 5], [0, 2], [3, 5]]),
        (lambda t: t[1].expand(2, 3), (1, 1), [[3, 4, 5], [3, 4, 5]]),
    ],
    ids=["transposed", "transposed-twice", "step", "expanded"],
)
@pytest.mark.parametrize(
    "call",
    [lambda t, counts: t.repeat(counts), lambda t, counts: t.tile(counts)],
    ids=["repeat", "tile"],
)
def test_the_result_of_repeat_is_contiguous(device, call, view, counts, elements):
    """The result of repeat() and of tile() is contiguous, whatever the strides of the
    tensor are.
    """
    t = view(torch.arange(6, device=device).view(2, 3))

    result = call(t, counts)

    assert (result.tolist(), result.is_contiguous()) == (elements, True)
    assert result.dtype is torch.int64
    assert (result.stride(), result.storage_offset()) == ((len(elements[0]), 1), 0)


@claim("tensor.repeat.against-expand", see="generated/torch.Tensor.repeat")
def test_repeat_and_expand_show_the_same_and_store_it_differently(device):
    """For a new dimension repeat() and expand() show the same elements; a later write
    to the source shows only in what expand() gave.
    """
    row = torch.tensor([1, 2], device=device)

    repeated, expanded = row.repeat(3, 1), row.expand(3, 2)
    same = repeated.tolist() == expanded.tolist() == [[1, 2], [1, 2], [1, 2]]
    row[0] = 9

    assert same
    assert (repeated.dtype, expanded.dtype) == (torch.int64, torch.int64)
    assert (repeated.stride(), repeated.tolist()) == ((2, 1), [[1, 2], [1, 2], [1, 2]])
    assert (expanded.stride(), expanded.tolist()) == ((0, 1), [[9, 2], [9, 2], [9, 2]])


@claim("tensor.repeat.gradient", see="generated/torch.Tensor.repeat")
@pytest.mark.parametrize(
    "call", [lambda t: t.repeat(3), lambda t: t.tile(3)], ids=["repeat", "tile"]
)
def test_the_gradient_of_repeat_is_summed(device, call):
    """The gradients of all copies that repeat() made of an element add up in it."""
    leaf = torch.zeros(2, device=device, requires_grad=True)

    result = call(leaf)
    result.backward(torch.tensor([1.0, 2.0, 10.0, 20.0, 100.0, 200.0], device=device))

    assert (result.requires_grad, result.is_leaf) == (True, False)
    assert result.grad_fn.name() == "RepeatBackward0"
    assert leaf.grad.tolist() == [111, 222]


@claim("tensor.repeat.gradient-of-none", see="generated/torch.Tensor.repeat")
def test_the_gradient_of_no_copies_is_zero(device):
    """A tensor that was repeated zero times gets a gradient of zeros, and not None."""
    leaf = torch.ones(2, device=device, requires_grad=True)

    none = leaf.repeat(0)
    none.sum().backward()

    assert (none.shape, none.requires_grad) == ((0,), True)
    assert leaf.grad.tolist() == [0, 0]


@claim("tensor.repeat.gradient-of-new-dim", see="generated/torch.Tensor.repeat")
def test_the_gradient_of_repeat_has_the_shape_of_the_source(device):
    """Where repeat() added a dimension, the gradient is summed over it, and has the
    shape of the source.
    """
    leaf = torch.zeros(1, 2, device=device, requires_grad=True)

    result = leaf.repeat(2, 1, 2)
    result.backward(
        torch.tensor([[[0.0, 1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0, 7.0]]], device=device)
    )

    assert (result.shape, result.is_leaf) == ((2, 1, 4), False)
    assert leaf.grad.tolist() == [[0 + 2 + 4 + 6, 1 + 3 + 5 + 7]]


# --- repeat_interleave ----------------------------------------------------------------


@claim("tensor.repeat-interleave.each-element", see="generated/torch.repeat_interleave")
@pytest.mark.parametrize(
    ("call", "elements"),
    [
        (lambda t: t.repeat(2), [1, 2, 3, 1, 2, 3]),
        (lambda t: t.tile(2), [1, 2, 3, 1, 2, 3]),
        (lambda t: t.repeat_interleave(2), [1, 1, 2, 2, 3, 3]),
        (lambda t: torch.repeat_interleave(t, 2), [1, 1, 2, 2, 3, 3]),
        (lambda t: torch.repeat_interleave(t, repeats=2, dim=0), [1, 1, 2, 2, 3, 3]),
    ],
    ids=["repeat", "tile", "method", "function", "keywords"],
)
def test_repeat_interleave_repeats_each_element_and_repeat_the_whole(
    device, call, elements
):
    """Each element is repeated on the spot by repeat_interleave(), where repeat() and
    tile() repeat the tensor as a whole.
    """
    t = torch.tensor([1, 2, 3], device=device)

    result = call(t)

    assert (result.tolist(), result.dtype) == (elements, torch.int64)
    assert not shares_storage(result, t)


@claim("tensor.repeat-interleave.dim", see="generated/torch.repeat_interleave")
@pytest.mark.parametrize(
    ("source", "dim", "elements"),
    [
        ([[1, 2], [3, 4]], 0, [[1, 2], [1, 2], [3, 4], [3, 4]]),
        ([[1, 2], [3, 4]], 1, [[1, 1, 2, 2], [3, 3, 4, 4]]),
        ([[1, 2], [3, 4]], -1, [[1, 1, 2, 2], [3, 3, 4, 4]]),
        ([[1, 2], [3, 4]], -2, [[1, 2], [1, 2], [3, 4], [3, 4]]),
        ([[[1, 2], [3, 4]]], 1, [[[1, 2], [1, 2], [3, 4], [3, 4]]]),
        ([[1, 2], [3, 4]], None, [1, 1, 2, 2, 3, 3, 4, 4]),
        (7, None, [7, 7]),
        ([], None, []),
    ],
    ids=["0", "1", "-1", "-2", "middle", "None", "zero-dim", "no-elements"],
)
def test_repeat_interleave_works_along_a_dimension_or_flattens(
    device, source, dim, elements
):
    """Along a dimension, which may be counted from the end, repeat_interleave() keeps
    the others; without one it flattens the tensor first, also one without dimensions.
    """
    t = torch.tensor(source, dtype=torch.int64, device=device)

    result = t.repeat_interleave(2, dim=dim)

    assert (result.tolist(), result.dtype) == (elements, torch.int64)
    assert result.is_contiguous() is True


@claim("tensor.repeat-interleave.counts", see="generated/torch.repeat_interleave")
@pytest.mark.parametrize(
    ("counts", "elements"),
    [
        ([1, 2], [[1, 2], [3, 4], [3, 4]]),
        ([1, 1], [[1, 2], [3, 4]]),
        ([0, 1], [[3, 4]]),
        ([0, 0], []),
        ([2], [[1, 2], [1, 2], [3, 4], [3, 4]]),
        (2, [[1, 2], [1, 2], [3, 4], [3, 4]]),
    ],
    ids=["own-count", "once-each", "zero", "all-zero", "one-for-all", "zero-dim"],
)
@pytest.mark.parametrize("dtype", [torch.int64, torch.int32], ids=["int64", "int32"])
def test_each_index_may_have_its_own_count(device, dtype, counts, elements):
    """A tensor of counts, of int64 or int32, gives each index along the dimension its
    own; a single count is for all. The result is a contiguous copy, whatever the
    strides of the tensor are and even if each count is 1.
    """
    t = torch.tensor([[1, 3], [2, 4]], device=device).t()
    counts = torch.tensor(counts, dtype=dtype, device=device)

    result = t.repeat_interleave(counts, dim=0)

    assert (result.tolist(), result.shape) == (elements, (len(elements), 2))
    assert (result.stride(), result.dtype) == ((2, 1), torch.int64)
    assert not shares_storage(result, t)


@claim("tensor.repeat-interleave.indices", see="generated/torch.repeat_interleave")
def test_repeat_interleave_of_counts_alone_gives_indices(device):
    """From counts alone, repeat_interleave() gives each index as often as its count
    says.
    """
    counts = torch.tensor([1, 0, 3], device=device)

    result = torch.repeat_interleave(counts)

    assert (result.tolist(), result.dtype) == ([0, 2, 2, 2], torch.int64)


@claim("tensor.repeat-interleave.output-size", see="generated/torch.repeat_interleave")
def test_the_output_size_may_be_given(device):
    """Given the size of the result as output_size=, repeat_interleave() returns the
    same as without.
    """
    t = torch.tensor([5, 6], device=device)
    counts = torch.tensor([1, 2], device=device)

    result = t.repeat_interleave(counts, output_size=3)

    assert (result.tolist(), result.dtype) == ([5, 6, 6], torch.int64)


@claim(
    "tensor.repeat-interleave.wrong-output-size",
    see="generated/torch.repeat_interleave",
    level="observed",
)
def test_on_the_cpu_a_wrong_output_size_is_refused():
    """On the CPU an output_size= that is not the sum of the counts raises an error,
    whether it is too small or too large.
    """
    t = torch.tensor([5, 6])
    counts = torch.tensor([1, 2])

    with pytest.raises(RuntimeError, match="size does not match required size"):
        t.repeat_interleave(counts, output_size=2)
    with pytest.raises(RuntimeError, match="size does not match required size"):
        torch.repeat_interleave(t, counts, output_size=4)


@claim("tensor.repeat-interleave.errors", see="generated/torch.repeat_interleave")
@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, 2, 3], "repeats must have the same size as input along dim"),
        ([[1, 2]], "repeats must be 0-dim or 1-dim tensor"),
    ],
    ids=["too-many", "matrix"],
)
def test_repeat_interleave_refuses_counts_that_do_not_fit(device, counts, message):
    """Counts that are neither one nor as many as the dimension has indices, or that
    have more than one dimension, make repeat_interleave() raise a RuntimeError.
    """
    t = torch.tensor([[1, 2], [3, 4]], device=device)

    with pytest.raises(RuntimeError, match=message):
        t.repeat_interleave(torch.tensor(counts, device=device), dim=0)


@claim("tensor.repeat-interleave.negative", see="generated/torch.repeat_interleave")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.repeat_interleave(-1),
        lambda t: t.repeat_interleave(torch.tensor([1, -1])),
        lambda t: torch.repeat_interleave(t, torch.tensor([1, -1]), dim=0),
        lambda t: torch.repeat_interleave(torch.tensor([1, -1])),
    ],
    ids=["number", "tensor", "function", "indices"],
)
def test_repeat_interleave_refuses_a_negative_count(call):
    """A negative count makes repeat_interleave() raise a RuntimeError, be it a number
    or among others in a tensor.
    """
    # On the CPU: where the count is only checked in a kernel, which older releases do,
    # an accelerator can't be used any more after the error.
    t = torch.tensor([1, 2])

    with pytest.raises(RuntimeError, match="negative"):
        call(t)


@claim(
    "tensor.repeat-interleave.dim-out-of-range", see="generated/torch.repeat_interleave"
)
@pytest.mark.parametrize("dim", [1, -2], ids=["above", "below"])
def test_repeat_interleave_refuses_a_dimension_that_is_not_there(device, dim):
    """A dimension that the tensor does not have makes repeat_interleave() raise an
    IndexError.
    """
    t = torch.tensor([1, 2], device=device)

    with pytest.raises(IndexError, match="Dimension out of range"):
        t.repeat_interleave(2, dim=dim)


@claim("tensor.repeat-interleave.gradient", see="generated/torch.repeat_interleave")
@pytest.mark.parametrize(
    ("call", "gradient"),
    [
        (lambda t: t.repeat_interleave(2), [3, 12]),
        (lambda t: t.repeat_interleave(2, dim=0), [3, 12]),
        (lambda t: t.repeat_interleave(torch.tensor([3, 1], device=t.device)), [7, 8]),
        (
            lambda t: t.repeat_interleave(torch.tensor([0, 4], device=t.device), dim=0),
            [0, 15],
        ),
        (
            lambda t: torch.repeat_interleave(t, torch.tensor(2, device=t.device)),
            [3, 12],
        ),
    ],
    ids=["number", "number-dim", "counts", "counts-dim", "function"],
)
def test_the_gradient_of_repeat_interleave_is_summed(device, call, gradient):
    """The gradients of all copies of an element add up in it, and to 0 if there are
    none.
    """
    leaf = torch.zeros(2, device=device, requires_grad=True)

    result = call(leaf)
    result.backward(torch.tensor([1.0, 2.0, 4.0, 8.0], device=device))

    assert (result.requires_grad, result.is_leaf) == (True, False)
    assert (leaf.grad.tolist(), leaf.grad.dtype) == (gradient, torch.float32)

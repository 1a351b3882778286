"""Contiguity.

The elements of a tensor lie in a storage, which is one long row. The strides say how
many places to move along that row when an index goes up by one. A tensor is contiguous
when going through it in row-major order, the last index running fastest, goes through
the storage one place at a time.

A transposed, step-sliced or expanded view only changes the strides, so that it usually
is not contiguous. contiguous() then copies the elements into the order of the indices.
It is often taken for a copy in every case: on a tensor that already is contiguous it
returns that same tensor.
"""

import math

import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.contiguity import is_contiguous, row_major_strides
from torch_semantics import claim
from torch_semantics.words import shares_storage

SIZES = st.lists(st.sampled_from([1, 2, 3, 2, 3, 0]), max_size=4)


@st.composite
def layouts(draw):
    """Draw sizes, strides and an offset: often row-major, or nearly so."""
    sizes = draw(SIZES)
    strides = list(row_major_strides(sizes))
    for dim in range(len(sizes)):
        if sizes[dim] == 1 or draw(st.integers(0, 5)) == 0:
            strides[dim] = draw(st.integers(0, 7))
    return tuple(sizes), tuple(strides), draw(st.integers(0, 3))


@st.composite
def permutations(draw):
    """Draw sizes, and an order of their dimensions."""
    sizes = draw(st.lists(st.sampled_from([2, 1, 3, 0]), min_size=1, max_size=4))
    return tuple(sizes), tuple(draw(st.permutations(range(len(sizes)))))


def storage_of(layout, device):
    """Return a storage for a layout, in which each element is its own position."""
    sizes, strides, offset = layout
    last = sum(
        stride * max(size - 1, 0) for size, stride in zip(sizes, strides, strict=True)
    )
    return torch.arange(offset + last + 1, device=device)


# --- what contiguous means ------------------------------------------------------------


@claim("tensor.contiguous.row-major-strides", see="tensor_view")
def test_in_a_contiguous_tensor_a_stride_is_the_number_of_elements_behind_it(device):
    """In a contiguous tensor with no size below 2, the stride of a dimension is the
    product of the sizes after it.
    """
    t = torch.arange(24, device=device).view(2, 3, 4)

    assert t.is_contiguous() is True
    assert t.stride() == (12, 4, 1)
    assert t[1, 2, 3].item() == 1 * 12 + 2 * 4 + 3 * 1


@claim(
    "tensor.contiguous.row-major-stride-definition",
    see="generated/torch.Tensor.is_contiguous",
)
@given(layout=layouts())
def test_is_contiguous_compares_the_strides_with_the_sizes(device, layout):
    """A tensor is contiguous exactly when it has no elements or when, over the
    dimensions of a size other than 1, each stride is the product of the sizes after it.
    """
    sizes, strides, offset = layout
    t = storage_of(layout, device).as_strided(sizes, strides, offset)

    result = t.is_contiguous()

    assert (layout, result) == (layout, is_contiguous(sizes, strides))


@claim("tensor.contiguous.order-in-storage", see="generated/torch.Tensor.is_contiguous")
@given(layout=layouts())
def test_is_contiguous_means_that_the_order_in_storage_is_the_order_of_indices(
    device, layout
):
    """A tensor is contiguous exactly when its elements, taken row by row, follow each
    other in storage without a gap.
    """
    sizes, strides, offset = layout
    t = storage_of(layout, device).as_strided(sizes, strides, offset)

    result = t.is_contiguous()

    positions = t.reshape(-1).tolist()
    in_order = positions == list(range(offset, offset + math.prod(sizes)))
    assert (layout, result) == (layout, in_order)


@claim("tensor.contiguous.fresh-tensors-are-contiguous", see="tensor_view")
@pytest.mark.parametrize(
    "make",
    [
        lambda device: torch.zeros(2, 3, device=device),
        lambda device: torch.ones((2, 3), device=device),
        lambda device: torch.empty(2, 3, device=device),
        lambda device: torch.full((2, 3), 7, device=device),
        lambda device: torch.eye(2, 3, device=device),
        lambda device: torch.rand(2, 3, device=device),
        lambda device: torch.randn(2, 3, device=device),
        lambda device: torch.randint(9, (2, 3), device=device),
        lambda device: torch.tensor([[1, 2, 3], [4, 5, 6]], device=device),
    ],
    ids=["zeros", "ones", "empty", "full", "eye", "rand", "randn", "randint", "tensor"],
)
def test_a_fresh_tensor_and_its_views_in_new_shapes_are_contiguous(device, make):
    """A new tensor that is made from sizes or from values is contiguous from the start
    of its storage, and so is a view of it in another shape.
    """
    fresh = make(device)
    view = fresh.view(3, 2)

    assert (fresh.is_contiguous(), view.is_contiguous()) == (True, True)
    assert (fresh.stride(), view.stride()) == ((3, 1), (2, 1))
    assert (fresh.storage_offset(), view.storage_offset()) == (0, 0)


@claim("tensor.contiguous.zero-dim", see="generated/torch.Tensor.is_contiguous")
def test_a_tensor_without_dimensions_is_contiguous(device):
    """A tensor without dimensions has no strides, and is contiguous."""
    t = torch.arange(6, device=device)[4]

    result = t.contiguous()

    assert (t.shape, t.stride(), t.storage_offset()) == ((), (), 4)
    assert t.is_contiguous() is True
    assert result is t
    assert t.item() == 4


@claim("tensor.contiguous.no-elements", see="generated/torch.Tensor.is_contiguous")
@pytest.mark.parametrize(
    ("make", "sizes", "strides"),
    [
        (lambda t: t[:0], (0, 4), (4, 1)),
        (lambda t: t[:0].t(), (4, 0), (1, 4)),
        (lambda t: t[:, 2:2], (3, 0), (4, 1)),
        (lambda t: t[::2, 4:], (2, 0), (8, 1)),
    ],
    ids=["no-rows", "no-rows-transposed", "no-columns", "no-columns-step"],
)
def test_a_tensor_without_elements_is_contiguous(device, make, sizes, strides):
    """A tensor without elements is contiguous whatever its strides are."""
    t = make(torch.arange(12, device=device).view(3, 4))

    result = t.contiguous()

    assert (t.shape, t.stride()) == (sizes, strides)
    assert t.is_contiguous() is True
    assert result is t


@claim(
    "tensor.contiguous.size-one-any-stride", see="generated/torch.Tensor.is_contiguous"
)
def test_a_dimension_of_size_one_may_have_any_stride(device):
    """The stride of a dimension of size 1 makes no difference, and contiguous() leaves
    it as it is.
    """
    row = torch.arange(12, device=device).view(4, 3)[::2][1:]

    result = row.contiguous()

    assert (row.shape, row.stride()) == ((1, 3), (6, 1))
    assert row.is_contiguous() is True
    assert result is row
    assert (result.stride(), result.tolist()) == ((6, 1), [[6, 7, 8]])


@claim("tensor.contiguous.leading-slice", see="tensor_view")
def test_a_slice_of_whole_rows_is_contiguous(device):
    """A slice of neighbouring rows is contiguous: that it starts later in the storage
    makes no difference.
    """
    base = torch.arange(12, device=device).view(4, 3)

    rows = base[1:3]

    assert rows.is_contiguous() is True
    assert (rows.stride(), rows.storage_offset()) == ((3, 1), 3)
    assert rows.view(-1).tolist() == [3, 4, 5, 6, 7, 8]


@claim("tensor.contiguous.gaps", see="tensor_view")
@pytest.mark.parametrize(
    ("slice", "elements", "strides"),
    [
        (lambda t: t[:, 1:], [[1, 2], [4, 5], [7, 8]], (3, 1)),
        (lambda t: t[:, :1], [[0], [3], [6]], (3, 1)),
        (lambda t: t[:, 1], [1, 4, 7], (3,)),
        (lambda t: t[::2], [[0, 1, 2], [6, 7, 8]], (6, 1)),
        (lambda t: t[:, ::2], [[0, 2], [3, 5], [6, 8]], (3, 2)),
        (lambda t: t.diagonal(), [0, 4, 8], (4,)),
        (lambda t: t.unbind(1)[0], [0, 3, 6], (3,)),
        (lambda t: t.chunk(2, dim=1)[0], [[0, 1], [3, 4], [6, 7]], (3, 1)),
    ],
    ids=[
        "columns",
        "one-column",
        "column",
        "every-second-row",
        "every-second-column",
        "diagonal",
        "unbind",
        "chunk",
    ],
)
def test_a_slice_that_leaves_gaps_is_not_contiguous(device, slice, elements, strides):
    """A slice with other elements of the storage between its own is not contiguous."""
    base = torch.arange(9, device=device).view(3, 3)

    t = slice(base)

    assert (t.is_contiguous(), t.stride(), t.tolist()) == (False, strides, elements)
    assert shares_storage(t, base)


@claim("tensor.contiguous.expanded-is-not", see="generated/torch.Tensor.expand")
def test_an_expanded_tensor_is_not_contiguous(device):
    """A tensor with elements that was expanded to a size above 1 is not contiguous: it
    comes back to the same elements. Expanded to a size of 1, it still is.
    """
    row = torch.arange(3, device=device)

    grown = row.expand(2, 3)
    same = row.expand(1, 3)

    assert (grown.is_contiguous(), grown.shape, grown.stride()) == (
        False,
        (2, 3),
        (0, 1),
    )
    assert (same.is_contiguous(), same.shape, same.stride()) == (True, (1, 3), (3, 1))


@claim("tensor.contiguous.fortran-array", see="generated/torch.from_numpy")
def test_a_column_major_array_becomes_a_tensor_that_is_not_contiguous():
    """A NumPy array in column-major order becomes a tensor with the strides of the
    array, which is not contiguous.
    """
    array = numpy.array([[0, 1, 2], [3, 4, 5]], dtype=numpy.int64, order="F")

    t = torch.from_numpy(array)

    assert (t.is_contiguous(), t.stride()) == (False, (1, 2))
    assert (t.tolist(), t.dtype) == ([[0, 1, 2], [3, 4, 5]], torch.int64)


# --- reordering dimensions ------------------------------------------------------------


@claim("tensor.contiguous.transpose-is-not-contiguous", see="generated/torch.transpose")
@pytest.mark.parametrize(
    "reorder",
    [
        lambda t: t.t(),
        lambda t: t.T,
        lambda t: t.mT,
        lambda t: t.transpose(0, 1),
        lambda t: t.transpose(-1, -2),
        lambda t: torch.transpose(t, 0, 1),
        lambda t: t.permute(1, 0),
        lambda t: torch.permute(t, (1, 0)),
        lambda t: t.swapaxes(0, 1),
        lambda t: t.movedim(0, 1),
    ],
    ids=[
        "t",
        "T",
        "mT",
        "transpose",
        "transpose-negative-dims",
        "torch.transpose",
        "permute",
        "torch.permute",
        "swapaxes",
        "movedim",
    ],
)
def test_a_transposed_matrix_is_not_contiguous(device, reorder):
    """Transposing a contiguous matrix of several rows and columns swaps its strides and
    moves no element, so that the result is not contiguous.
    """
    matrix = torch.arange(6, device=device).view(2, 3)

    result = reorder(matrix)

    assert result.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert (result.is_contiguous(), result.stride()) == (False, (1, 3))
    assert shares_storage(result, matrix)
    assert matrix.is_contiguous() is True


@claim("tensor.contiguous.permuted-strides", see="generated/torch.permute")
@given(case=permutations())
def test_permute_reorders_sizes_and_strides_and_that_decides(device, case):
    """A permuted tensor has the sizes and the strides of the original in the new order,
    and is contiguous exactly when those are row-major.
    """
    sizes, order = case
    strides = row_major_strides(sizes)
    new_sizes = tuple(sizes[dim] for dim in order)
    new_strides = tuple(strides[dim] for dim in order)

    t = torch.arange(math.prod(sizes), device=device).view(sizes).permute(order)

    assert (case, t.shape, t.stride()) == (case, new_sizes, new_strides)
    assert (case, t.is_contiguous()) == (case, is_contiguous(new_sizes, new_strides))


@claim("tensor.contiguous.moving-size-one-dims", see="generated/torch.permute")
@pytest.mark.parametrize(
    ("sizes", "order"),
    [
        ((1, 3), (1, 0)),
        ((3, 1), (1, 0)),
        ((2, 1, 3), (1, 0, 2)),
        ((2, 3, 1), (2, 0, 1)),
    ],
    ids=["row", "column", "middle-to-front", "last-to-front"],
)
def test_moving_only_dimensions_of_size_one_keeps_a_tensor_contiguous(
    device, sizes, order
):
    """Moving only dimensions of size 1 keeps a tensor contiguous."""
    t = torch.arange(math.prod(sizes), device=device).view(sizes)

    result = t.permute(order)

    assert result.is_contiguous() is True
    assert result.contiguous() is result
    assert result.view(-1).tolist() == t.view(-1).tolist()
    assert shares_storage(result, t)


@claim("tensor.contiguous.identity-permutation", see="generated/torch.permute")
@pytest.mark.parametrize(
    "reorder",
    [
        lambda t: t.permute(0, 1, 2),
        lambda t: t.transpose(1, 1),
        lambda t: t.transpose(0, 2).transpose(0, 2),
        lambda t: t.permute(1, 2, 0).permute(2, 0, 1),
    ],
    ids=["same-order", "dim-with-itself", "twice", "there-and-back"],
)
def test_an_order_that_ends_as_it_began_is_contiguous(device, reorder):
    """Dimensions that end in the order that they began in leave a tensor contiguous."""
    t = torch.arange(24, device=device).view(2, 3, 4)

    result = reorder(t)

    assert (result.shape, result.stride()) == ((2, 3, 4), (12, 4, 1))
    assert result.is_contiguous() is True
    assert result.view(-1).tolist() == list(range(24))
    assert shares_storage(result, t)


# --- contiguous() ---------------------------------------------------------------------


@claim(
    "tensor.contiguous.copies-into-row-major", see="generated/torch.Tensor.contiguous"
)
def test_contiguous_copies_a_non_contiguous_tensor_into_row_major_order(device):
    """On a tensor that is not contiguous, contiguous() copies it into new memory, in
    row-major order; the original stays as it was, and neither sees a write to the
    other.
    """
    matrix = torch.arange(16, device=device).view(4, 4)
    columns = matrix.t()

    copy = columns.contiguous()
    same = torch.equal(copy, columns)
    copy[0, 1] = -1
    columns[3, 3] = -2

    assert same
    assert (copy.is_contiguous(), copy.stride(), copy.storage_offset()) == (
        True,
        (4, 1),
        0,
    )
    assert not shares_storage(copy, columns)
    assert copy.view(-1).tolist() == [
        *[0, -1, 8, 12],
        *[1, 5, 9, 13],
        *[2, 6, 10, 14],
        *[3, 7, 11, 15],
    ]
    assert (columns.is_contiguous(), columns.stride()) == (False, (1, 4))
    assert columns.tolist() == [
        [0, 4, 8, 12],
        [1, 5, 9, 13],
        [2, 6, 10, 14],
        [3, 7, 11, -2],
    ]


@claim("tensor.contiguous.makes-view-work", see="generated/torch.Tensor.view")
def test_view_refuses_a_transposed_tensor_and_works_after_contiguous(device):
    """Flattening a transposed tensor with view() raises a RuntimeError; its contiguous
    copy view() can flatten.
    """
    columns = torch.arange(6, device=device).view(2, 3).t()

    with pytest.raises(RuntimeError, match="view size is not compatible"):
        columns.view(-1)
    flat = columns.contiguous().view(-1)

    assert (columns.shape, columns.stride()) == ((3, 2), (1, 3))
    assert (flat.tolist(), flat.dtype) == ([0, 3, 1, 4, 2, 5], torch.int64)


@claim("tensor.contiguous.kinds-of-input", see="generated/torch.Tensor.contiguous")
@pytest.mark.parametrize(
    ("view", "elements", "strides"),
    [
        (lambda t: t[::2], [[0, 1, 2], [6, 7, 8]], (3, 1)),
        (lambda t: t[:, ::2], [[0, 2], [3, 5], [6, 8], [9, 11]], (2, 1)),
        (lambda t: t[1:, 1], [4, 7, 10], (1,)),
        (lambda t: t[1:2].expand(2, 3), [[3, 4, 5], [3, 4, 5]], (3, 1)),
        (lambda t: t[1].unfold(0, 2, 1), [[3, 4], [4, 5]], (2, 1)),
        (lambda t: t.view(2, 2, 3).permute(2, 0, 1)[1], [[1, 4], [7, 10]], (2, 1)),
    ],
    ids=["step-rows", "step-columns", "column", "expanded", "overlapping", "permuted"],
)
def test_contiguous_copies_what_the_view_shows(device, view, elements, strides):
    """Of a view that is not contiguous, contiguous() copies the elements that the view
    shows, each as often as it shows it, and nothing else.
    """
    base = torch.arange(12, device=device).view(4, 3)
    seen = view(base)

    copy = seen.contiguous()

    assert seen.is_contiguous() is False
    assert (copy.tolist(), copy.stride(), copy.storage_offset()) == (
        elements,
        strides,
        0,
    )
    assert copy.dtype is torch.int64
    assert not shares_storage(copy, base)
    assert base.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]


@claim("tensor.contiguous.every-layout", see="generated/torch.Tensor.contiguous")
@given(layout=layouts())
def test_contiguous_keeps_the_elements_and_copies_only_where_it_must(device, layout):
    """The result of contiguous() has the same elements in row-major order; it is a copy
    exactly when the tensor was not contiguous.
    """
    sizes, strides, offset = layout
    t = storage_of(layout, device).as_strided(sizes, strides, offset)
    kept = is_contiguous(sizes, strides)

    result = t.contiguous()

    expected = strides if kept else row_major_strides(sizes)
    assert (layout, result.stride()) == (layout, expected)
    assert (layout, result.shape, result.tolist()) == (layout, sizes, t.tolist())
    assert (layout, shares_storage(result, t), result is t) == (layout, kept, kept)


@claim("tensor.contiguous.copy-is-compact", see="generated/torch.Tensor.contiguous")
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_the_copy_has_a_storage_of_its_own_size(device):
    """The storage of a contiguous copy holds the elements of the view, and not those
    that the view leaves out.
    """
    base = torch.arange(100, device=device).view(10, 10)

    view = base[:, 2:4]
    copy = view.contiguous()

    assert (view.storage().size(), copy.storage().size()) == (100, 20)
    assert (copy[0].tolist(), copy[9].tolist()) == ([2, 3], [92, 93])


@claim(
    "tensor.contiguous.already-contiguous-returns-self",
    see="generated/torch.Tensor.contiguous",
)
@pytest.mark.parametrize(
    "view",
    [
        lambda t: t,
        lambda t: t[1:],
        lambda t: t[1],
        lambda t: t[1, 2],
        lambda t: t.view(2, 3),
        lambda t: t.t().t(),
    ],
    ids=["whole", "leading-slice", "row", "zero-dim", "view", "transposed-twice"],
)
def test_contiguous_returns_a_contiguous_tensor_itself(device, view):
    """On a contiguous tensor, contiguous() returns that same object, so that a write to
    the result is a write to the tensor, and to what it is a view of.
    """
    base = torch.arange(6, device=device).view(3, 2).view(2, 3)
    t = view(base)

    result = t.contiguous()
    result.fill_(-1)

    assert result is t
    assert shares_storage(t, base)
    assert base[1, 2].item() == -1


@claim("tensor.contiguous.twice", see="generated/torch.Tensor.contiguous")
def test_contiguous_copies_only_once(device):
    """Called on its own result, contiguous() makes no second copy; called on the
    original again, it does.
    """
    columns = torch.arange(6, device=device).view(2, 3).t()

    copy = columns.contiguous()
    again = copy.contiguous()
    other = columns.contiguous()

    assert again is copy
    assert copy.tolist() == other.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert not shares_storage(other, copy)
    assert not shares_storage(other, columns)


@claim("tensor.contiguous.dtype", see="generated/torch.Tensor.contiguous")
@pytest.mark.parametrize(
    "dtype",
    [
        torch.bool,
        torch.uint8,
        torch.int64,
        torch.float16,
        torch.bfloat16,
        torch.complex64,
    ],
    ids=["bool", "uint8", "int64", "float16", "bfloat16", "complex64"],
)
def test_contiguous_keeps_the_dtype(device, dtype):
    """A contiguous copy has the dtype of the original."""
    columns = torch.tensor([[0, 1], [1, 1], [0, 0]], device=device).to(dtype).t()

    copy = columns.contiguous()

    assert (copy.dtype, copy.stride()) == (dtype, (3, 1))
    assert copy.tolist() == [[0, 1, 0], [1, 1, 0]]


@claim("tensor.contiguous.conjugate-view", see="generated/torch.conj")
def test_contiguous_copies_the_values_of_a_conjugate_view(device):
    """A contiguous copy of a transposed conjugate view holds the conjugated numbers; a
    conjugate view that is contiguous is returned as it is.
    """
    numbers = torch.tensor([[1 + 2j, 3 - 4j], [5j, 6]], device=device)

    copy = numbers.conj().t().contiguous()
    conjugate = numbers.conj()

    assert (copy.tolist(), copy.dtype) == (
        [[1 - 2j, -5j], [3 + 4j, 6]],
        torch.complex64,
    )
    assert (copy.is_conj(), copy.stride()) == (False, (2, 1))
    assert conjugate.contiguous() is conjugate
    assert (conjugate.is_conj(), conjugate.shape) == (True, (2, 2))


@claim("tensor.contiguous.leaf", see="generated/torch.Tensor.contiguous")
def test_contiguous_of_a_contiguous_leaf_is_the_leaf(device):
    """On a contiguous leaf, contiguous() records nothing: it returns the leaf
    itself.
    """
    leaf = torch.ones(2, 3, device=device, requires_grad=True)

    result = leaf.contiguous()

    assert result is leaf
    assert (result.is_leaf, result.requires_grad, result.grad_fn) == (True, True, None)


@claim("tensor.contiguous.gradient", see="generated/torch.Tensor.contiguous")
def test_the_gradient_flows_through_contiguous(device):
    """A contiguous copy stays in the graph, and hands the gradient of each element back
    to the element that it was copied from.
    """
    leaf = torch.zeros(2, 3, device=device, requires_grad=True)
    weights = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], device=device)

    copy = leaf.t().contiguous()
    copy.backward(weights)

    assert (copy.is_leaf, copy.requires_grad) == (False, True)
    assert (copy.stride(), copy.tolist()) == ((2, 1), [[0, 0], [0, 0], [0, 0]])
    assert copy.grad_fn.name() == "CloneBackward0"
    assert leaf.grad.tolist() == [[1, 3, 5], [2, 4, 6]]
    assert leaf.grad.dtype is torch.float32


@claim(
    "tensor.contiguous.gradient-of-expanded", see="generated/torch.Tensor.contiguous"
)
def test_the_gradient_of_a_contiguous_copy_of_an_expanded_tensor_is_summed(device):
    """Through the contiguous copy of an expanded tensor, the gradients of all copies of
    an element add up in it.
    """
    leaf = torch.zeros(2, device=device, requires_grad=True)

    copy = leaf.expand(3, 2).contiguous()
    copy.backward(torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], device=device))

    assert (copy.stride(), copy.requires_grad, copy.is_leaf) == ((2, 1), True, False)
    assert leaf.grad.tolist() == [0 + 2 + 4, 1 + 3 + 5]


# --- operations on tensors that are not contiguous ------------------------------------


@claim("tensor.contiguous.operations-go-by-index", see="tensor_view")
@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (lambda t: -t, [[0, -3], [-1, -4], [-2, -5]]),
        (lambda t: t * t, [[0, 9], [1, 16], [4, 25]]),
        (
            lambda t: t + torch.tensor([[0, 1], [2, 3], [4, 5]], device=t.device),
            [[0, 4], [3, 7], [6, 10]],
        ),
        (lambda t: t.sum(0), [3, 12]),
        (lambda t: t.sum(1), [3, 5, 7]),
        (lambda t: t.amax(1), [3, 4, 5]),
        (lambda t: t.cumsum(0), [[0, 3], [1, 7], [3, 12]]),
        (lambda t: t.flip(0), [[2, 5], [1, 4], [0, 3]]),
        (lambda t: t @ t.t(), [[9, 12, 15], [12, 17, 22], [15, 22, 29]]),
        (lambda t: t.reshape(-1), [0, 3, 1, 4, 2, 5]),
        (lambda t: t[t > 2], [3, 4, 5]),
        (lambda t: torch.cat([t, t], 1), [[0, 3, 0, 3], [1, 4, 1, 4], [2, 5, 2, 5]]),
    ],
    ids=[
        "neg",
        "mul",
        "add-contiguous",
        "sum-0",
        "sum-1",
        "amax",
        "cumsum",
        "flip",
        "matmul",
        "reshape",
        "mask",
        "cat",
    ],
)
def test_an_operation_goes_by_the_indices_whatever_the_strides(
    device, operation, expected
):
    """What an operation computes depends on the indices of the elements, and not on
    where they lie; the result is new, and the input is as before.
    """
    base = torch.tensor([[0, 1, 2], [3, 4, 5]], device=device)
    columns = base.t()

    result = operation(columns)

    assert (result.tolist(), result.dtype) == (expected, torch.int64)
    assert not shares_storage(result, base)
    assert base.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.contiguous.in-place-keeps-layout", see="generated/torch.Tensor.copy_")
@pytest.mark.parametrize(
    "write",
    [
        lambda t: t.copy_(torch.tensor([[1, 2], [3, 4], [5, 6]], device=t.device)),
        lambda t: t.add_(torch.tensor([[1, -1], [2, 0], [3, 1]], device=t.device)),
    ],
    ids=["copy_", "add_"],
)
def test_an_in_place_operation_keeps_the_layout(device, write):
    """A write to a transposed view goes by the indices of the view, and leaves its
    strides as they are.
    """
    base = torch.tensor([[0, 1, 2], [3, 4, 5]], device=device)
    columns = base.t()

    result = write(columns)

    assert result is columns
    assert columns.stride() == (1, 3)
    assert columns.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert base.tolist() == [[1, 3, 5], [2, 4, 6]]


@claim("tensor.contiguous.elementwise-keeps-dense-strides", see="tensor_attributes")
@pytest.mark.parametrize(
    ("operation", "elements", "dtype"),
    [
        (lambda t: t.neg(), [[0, -3], [-1, -4], [-2, -5]], torch.int64),
        (lambda t: t + 1, [[1, 4], [2, 5], [3, 6]], torch.int64),
        (lambda t: t * t, [[0, 9], [1, 16], [4, 25]], torch.int64),
        (lambda t: t > 2, [[False, True], [False, True], [False, True]], torch.bool),
        (lambda t: t.to(torch.float64), [[0, 3], [1, 4], [2, 5]], torch.float64),
    ],
    ids=["neg", "add-number", "mul", "gt", "to-dtype"],
)
def test_an_elementwise_result_has_the_strides_of_a_transposed_input(
    device, operation, elements, dtype
):
    """The result of an elementwise operation whose only tensor is the transpose of a
    contiguous matrix has its strides, so that it too is not contiguous.
    """
    columns = torch.arange(6, device=device).view(2, 3).t()

    result = operation(columns)

    assert (result.stride(), result.is_contiguous()) == ((1, 3), False)
    assert (result.tolist(), result.dtype) == (elements, dtype)


@claim("tensor.contiguous.elementwise-fills-gaps", see="tensor_attributes")
@pytest.mark.parametrize(
    ("view", "elements"),
    [
        (lambda t: t[:, ::2], [[1, 3], [4, 6], [7, 9]]),
        (lambda t: t[:, 1:], [[2, 3], [5, 6], [8, 9]]),
        (lambda t: t[0, :2].expand(3, 2), [[1, 2], [1, 2], [1, 2]]),
    ],
    ids=["step", "columns", "expanded"],
)
def test_an_elementwise_result_of_a_view_with_gaps_or_overlaps_is_contiguous(
    device, view, elements
):
    """The result of an elementwise operation on a matrix that skips or repeats elements
    of the storage, but is not transposed, has neither gaps nor overlaps, and is
    contiguous.
    """
    seen = view(torch.arange(9, device=device).view(3, 3))

    result = seen + 1

    assert seen.is_contiguous() is False
    assert (result.is_contiguous(), result.stride()) == (True, (2, 1))
    assert (result.tolist(), result.dtype) == (elements, torch.int64)


@claim("tensor.contiguous.clone-keeps-dense-strides", see="generated/torch.clone")
@pytest.mark.parametrize(
    "make",
    [
        lambda t, **kind: t.clone(**kind),
        lambda t, **kind: torch.clone(t, **kind),
        lambda t, **kind: torch.empty_like(t, **kind),
        lambda t, **kind: torch.zeros_like(t, **kind),
    ],
    ids=["clone", "torch.clone", "empty_like", "zeros_like"],
)
def test_clone_and_the_like_factories_keep_strides_unless_asked(device, make):
    """Like clone(), the factories empty_like() and zeros_like() take over the strides
    of a contiguous matrix's transpose; with memory_format=torch.contiguous_format all
    make a contiguous one.
    """
    columns = torch.arange(6, device=device).view(2, 3).t()

    same = make(columns)
    contiguous = make(columns, memory_format=torch.contiguous_format)

    assert (same.shape, same.stride(), same.dtype) == ((3, 2), (1, 3), torch.int64)
    assert (contiguous.shape, contiguous.stride()) == ((3, 2), (2, 1))
    assert contiguous.dtype is torch.int64
    assert not shares_storage(same, columns)
    assert not shares_storage(contiguous, columns)
    assert columns.tolist() == [[0, 3], [1, 4], [2, 5]]


@claim("tensor.contiguous.clone-of-gaps", see="generated/torch.clone")
@pytest.mark.parametrize(
    ("view", "elements"),
    [
        (lambda t: t[:, ::2], [[0, 2], [3, 5]]),
        (lambda t: t[0, :2].expand(2, 2), [[0, 1], [0, 1]]),
    ],
    ids=["step", "expanded"],
)
def test_a_clone_of_a_view_with_gaps_or_overlaps_is_contiguous(device, view, elements):
    """A clone of a matrix that skips or repeats elements of the storage, but is not
    transposed, is contiguous.
    """
    seen = view(torch.arange(6, device=device).view(2, 3))

    clone = seen.clone()

    assert (clone.tolist(), clone.stride()) == (elements, (2, 1))
    assert (clone.is_contiguous(), clone.dtype) == (True, torch.int64)


@claim("tensor.contiguous.clone-always-copies", see="generated/torch.clone")
def test_clone_copies_even_where_contiguous_does_not(device):
    """Even of a contiguous tensor clone() makes a copy, where contiguous() makes
    none.
    """
    t = torch.arange(3, device=device)

    clone = t.clone()
    clone[0] = -1

    assert (t.tolist(), clone.tolist()) == ([0, 1, 2], [-1, 1, 2])
    assert not shares_storage(clone, t)
    assert shares_storage(t.contiguous(), t)


@claim("tensor.contiguous.joined-results", see="generated/torch.cat")
@pytest.mark.parametrize(
    ("join", "elements", "strides"),
    [
        (lambda t: torch.cat([t, t]), [[0, 2], [1, 3], [0, 2], [1, 3]], (2, 1)),
        (
            lambda t: torch.stack([t, t]),
            [[[0, 2], [1, 3]], [[0, 2], [1, 3]]],
            (4, 2, 1),
        ),
        (lambda t: t.reshape(1, 4), [[0, 2, 1, 3]], (4, 1)),
        (lambda t: t.flatten(), [0, 2, 1, 3], (1,)),
        (lambda t: t.repeat(1, 2), [[0, 2, 0, 2], [1, 3, 1, 3]], (4, 1)),
    ],
    ids=["cat", "stack", "reshape", "flatten", "repeat"],
)
def test_joining_and_reshaping_transposed_tensors_gives_contiguous_ones(
    device, join, elements, strides
):
    """What cat(), stack(), repeat(), and reshape() and flatten() where they have to
    copy, make of transposed matrices is contiguous.
    """
    columns = torch.tensor([[0, 1], [2, 3]], device=device).t()

    result = join(columns)

    assert (result.is_contiguous(), result.stride()) == (True, strides)
    assert (result.tolist(), result.dtype) == (elements, torch.int64)
    assert not shares_storage(result, columns)


# --- memory formats -------------------------------------------------------------------


@claim("tensor.contiguous.channels-last", see="generated/torch.Tensor.contiguous")
def test_contiguous_can_put_the_channels_last(device):
    """With memory_format=torch.channels_last, contiguous() keeps the shape and the
    values of a batch of images, and lays the channels of each pixel side by side.
    """
    images = torch.arange(8, device=device).view(1, 2, 2, 2)

    copy = images.contiguous(memory_format=torch.channels_last)

    assert (copy.shape, copy.stride()) == ((1, 2, 2, 2), (8, 1, 4, 2))
    assert copy.dtype is torch.int64
    assert copy.tolist() == [[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]]
    assert copy.permute(0, 2, 3, 1).view(-1).tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    assert not shares_storage(copy, images)


@claim(
    "tensor.contiguous.channels-last-answers",
    see="generated/torch.Tensor.is_contiguous",
)
def test_is_contiguous_answers_for_one_memory_format(device):
    """A tensor with its channels last is contiguous in that memory format, and is not
    in the default one; with a tensor in row-major order it is the other way round. As
    in the default one, an offset makes no difference, but gaps and another order do.
    """
    images = torch.zeros(2, 3, 4, 5, device=device)
    last = images.contiguous(memory_format=torch.channels_last)
    turned = last.mT

    assert last.stride() == (60, 1, 15, 3)
    assert last.is_contiguous(memory_format=torch.channels_last) is True
    assert last.is_contiguous() is False
    assert last.is_contiguous(memory_format=torch.contiguous_format) is False
    assert images.is_contiguous(memory_format=torch.channels_last) is False
    assert images.is_contiguous(memory_format=torch.contiguous_format) is True
    assert last[1:].is_contiguous(memory_format=torch.channels_last) is True
    assert last[:, :2].is_contiguous(memory_format=torch.channels_last) is False
    assert turned.stride() == (60, 1, 3, 15)
    assert turned.is_contiguous(memory_format=torch.channels_last) is False


@claim("tensor.contiguous.channels-last-self", see="generated/torch.Tensor.contiguous")
def test_contiguous_returns_a_tensor_that_already_has_the_memory_format(device):
    """A tensor that already is contiguous in the memory format that is asked for is
    returned itself by contiguous().
    """
    last = torch.zeros(2, 3, 4, 5, device=device).permute(0, 3, 1, 2)

    result = last.contiguous(memory_format=torch.channels_last)

    assert last.shape == (2, 5, 3, 4)
    assert last.is_contiguous(memory_format=torch.channels_last) is True
    assert result is last


@claim(
    "tensor.contiguous.channels-last-of-gaps", see="generated/torch.Tensor.contiguous"
)
def test_contiguous_puts_the_channels_of_a_tensor_with_gaps_last(device):
    """Of a view that starts in the middle of its storage and leaves elements out,
    contiguous() with torch.channels_last copies only what it shows, from offset 0 on.
    """
    base = torch.arange(16, device=device).view(2, 2, 1, 4)
    view = base[1:, :, :, ::2]

    copy = view.contiguous(memory_format=torch.channels_last)

    assert (view.stride(), view.storage_offset()) == ((8, 4, 4, 2), 8)
    assert copy.tolist() == [[[[8, 10]], [[12, 14]]]]
    assert (copy.stride(), copy.storage_offset()) == ((4, 1, 4, 2), 0)
    assert (copy.dtype, shares_storage(copy, base)) == (torch.int64, False)


@claim("tensor.contiguous.channels-last-back", see="generated/torch.Tensor.contiguous")
@pytest.mark.parametrize(
    "kind",
    [{}, {"memory_format": torch.contiguous_format}],
    ids=["default", "contiguous_format"],
)
def test_contiguous_takes_channels_last_back_to_row_major(device, kind):
    """Without a memory format, or with torch.contiguous_format, contiguous() copies a
    tensor with its channels last into row-major order.
    """
    last = torch.arange(8, device=device).view(1, 2, 2, 2).permute(0, 3, 1, 2)

    result = last.contiguous(**kind)

    assert (last.stride(), result.stride()) == ((8, 1, 4, 2), (8, 4, 2, 1))
    assert (result.shape, result.dtype) == ((1, 2, 2, 2), torch.int64)
    assert result.view(-1).tolist() == [0, 2, 4, 6, 1, 3, 5, 7]
    assert not shares_storage(result, last)


@claim("tensor.contiguous.channels-last-both", see="generated/torch.Tensor.contiguous")
@pytest.mark.parametrize(
    ("sizes", "strides"),
    [((2, 1, 3, 4), (12, 12, 4, 1)), ((2, 3, 1, 1), (3, 1, 1, 1))],
    ids=["one-channel", "one-pixel"],
)
def test_one_channel_or_one_pixel_has_both_memory_formats(device, sizes, strides):
    """With a single channel, or with single pixels, both memory formats are the same
    order: the tensor is contiguous in both, and contiguous() returns it in both.
    """
    images = torch.zeros(sizes, device=device)

    assert images.is_contiguous() is True
    assert images.is_contiguous(memory_format=torch.channels_last) is True
    assert images.contiguous(memory_format=torch.channels_last) is images
    assert images.stride() == strides


@claim("tensor.contiguous.channels-last-3d", see="generated/torch.Tensor.contiguous")
def test_channels_last_3d_is_the_format_for_five_dimensions(device):
    """The memory format torch.channels_last_3d puts the channels last in a tensor of
    five dimensions.
    """
    volumes = torch.arange(720, device=device).view(2, 3, 4, 5, 6)

    copy = volumes.contiguous(memory_format=torch.channels_last_3d)

    assert (copy.shape, copy.stride()) == ((2, 3, 4, 5, 6), (360, 1, 90, 18, 3))
    assert copy.dtype is torch.int64
    assert copy[1, 2, 3, 4].tolist() == [714, 715, 716, 717, 718, 719]
    assert copy.is_contiguous(memory_format=torch.channels_last_3d) is True
    assert copy.contiguous(memory_format=torch.channels_last_3d) is copy
    assert copy.is_contiguous(memory_format=torch.channels_last) is False
    assert copy.is_contiguous() is False


@claim("tensor.contiguous.channels-last-rank", see="generated/torch.Tensor.contiguous")
@pytest.mark.parametrize(
    ("sizes", "memory_format", "rank"),
    [
        ((2, 3, 4), torch.channels_last, 4),
        ((2, 3, 4, 5, 6), torch.channels_last, 4),
        ((2, 3, 4, 5), torch.channels_last_3d, 5),
    ],
    ids=["three-dims", "five-dims", "four-dims-3d"],
)
def test_a_channels_last_format_needs_its_number_of_dimensions(
    device, sizes, memory_format, rank
):
    """With another number of dimensions than a memory format has, contiguous() raises a
    RuntimeError, and is_contiguous() is False.
    """
    t = torch.zeros(sizes, device=device)

    with pytest.raises(RuntimeError, match=f"required rank {rank} tensor"):
        t.contiguous(memory_format=memory_format)

    assert t.is_contiguous(memory_format=memory_format) is False


@claim("tensor.contiguous.preserve-format", see="generated/torch.Tensor.contiguous")
def test_contiguous_has_no_format_to_preserve(device):
    """On a tensor that is not contiguous, contiguous() raises a RuntimeError for
    memory_format=torch.preserve_format; one that is contiguous it returns itself.
    """
    rows = torch.zeros(2, 3, device=device)
    columns = rows.t()

    with pytest.raises(RuntimeError, match="preserve memory format is unsupported"):
        columns.contiguous(memory_format=torch.preserve_format)

    assert columns.stride() == (1, 3)
    assert rows.contiguous(memory_format=torch.preserve_format) is rows


@claim("tensor.contiguous.keyword-only", see="generated/torch.Tensor.contiguous")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.contiguous(torch.contiguous_format),
        lambda t: t.is_contiguous(torch.contiguous_format),
        lambda t: t.contiguous(memory_format="channels_last"),
        lambda t: t.is_contiguous(memory_format="channels_last"),
    ],
    ids=["contiguous", "is_contiguous", "contiguous-str", "is_contiguous-str"],
)
def test_memory_format_is_a_keyword_and_a_torch_memory_format(device, call):
    """The memory format is given by keyword, as a torch.memory_format: contiguous() and
    is_contiguous() raise a TypeError for a positional argument or a string.
    """
    t = torch.zeros(1, 2, 3, 4, device=device)

    with pytest.raises(
        TypeError, match=r"takes 0 positional arguments|torch\.memory_format"
    ):
        call(t)


@claim("tensor.contiguous.channels-last-propagates", see="tensor_attributes")
@pytest.mark.parametrize(
    ("operation", "value", "dtype"),
    [
        (lambda t: t.clone(), -1, torch.float32),
        (lambda t: t + 1, 0, torch.float32),
        (lambda t: t.relu(), 0, torch.float32),
        (lambda t: torch.zeros_like(t), 0, torch.float32),
        (lambda t: t.to(torch.float64), -1, torch.float64),
        (lambda t: t + torch.ones(3, 1, 1, device=t.device), 0, torch.float32),
    ],
    ids=["clone", "add-number", "relu", "zeros_like", "to-dtype", "add-per-channel"],
)
def test_elementwise_operations_keep_the_channels_last(device, operation, value, dtype):
    """A clone, a tensor from zeros_like() and the result of an elementwise operation,
    also one with a smaller tensor, keep the channels last.
    """
    last = torch.full((2, 4, 5, 3), -1.0, device=device).permute(0, 3, 1, 2)

    result = operation(last)

    assert (result.shape, result.stride()) == ((2, 3, 4, 5), (60, 1, 15, 3))
    assert (result.unique().tolist(), result.dtype) == ([value], dtype)


@claim("tensor.contiguous.channels-last-to", see="generated/torch.Tensor.to")
@pytest.mark.parametrize(
    "make",
    [
        lambda t: t.to(memory_format=torch.channels_last),
        lambda t: t.clone(memory_format=torch.channels_last),
        lambda t: torch.zeros_like(t, memory_format=torch.channels_last),
        lambda t: torch.empty_like(t, memory_format=torch.channels_last).zero_(),
        lambda t: torch.empty(
            t.shape, memory_format=torch.channels_last, device=t.device
        ).zero_(),
    ],
    ids=["to", "clone", "zeros_like", "empty_like", "empty"],
)
def test_other_calls_take_a_memory_format_too(device, make):
    """With memory_format=torch.channels_last, the calls to(), clone(), zeros_like(),
    empty_like() and empty() give a tensor with its channels last.
    """
    images = torch.zeros(2, 3, 4, 5, device=device)

    result = make(images)

    assert (result.shape, result.stride()) == ((2, 3, 4, 5), (60, 1, 15, 3))
    assert (result.unique().tolist(), result.dtype) == ([0], torch.float32)
    assert not shares_storage(result, images)


@claim(
    "tensor.contiguous.channels-last-gradient", see="generated/torch.Tensor.contiguous"
)
def test_the_gradient_flows_through_a_change_of_memory_format(device):
    """Through contiguous(memory_format=torch.channels_last), each element gets its own
    gradient back.
    """
    leaf = torch.zeros(1, 2, 1, 3, device=device, requires_grad=True)
    weights = torch.tensor([[[[0.0, 1.0, 2.0]], [[3.0, 4.0, 5.0]]]], device=device)

    last = leaf.contiguous(memory_format=torch.channels_last)
    last.backward(weights)

    assert (last.shape, last.stride()) == ((1, 2, 1, 3), (6, 1, 6, 2))
    assert last.grad_fn.name() == "CloneBackward0"
    assert leaf.grad.tolist() == [[[[0, 1, 2]], [[3, 4, 5]]]]

"""Dimensions: reordering them, adding and removing them.

A tensor's sizes and strides come in pairs, one for each dimension. To transpose it,
permute its dimensions, move one of them, drop one of size 1 or insert one takes a new
list of such pairs over the same storage: the result is a view, and no element is moved.
reshape() is a view where it can be, and tile() always copies.

movedim() is often taken for another name of transpose(). It exchanges nothing: it takes
a dimension out and puts it in at another place, and the others close up. And t() does
not make a column of a vector, which has only one dimension: unsqueeze(1) does.
And a batch of one loses its batch dimension to squeeze(), unless a dimension is named.
"""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.dims import moved, permuted, swapped
from spec.models.views import Layout, nested, row_major_strides
from torch_semantics import claim
from torch_semantics.words import shares_storage

OUT_OF_RANGE = r"Dimension out of range \(expected to be in range of "


@st.composite
def layouts(draw):
    """Draw the layout of every second element of a storage, from its fourth on."""
    sizes = tuple(draw(st.permutations([2, 3, 4, 1]))[: draw(st.integers(1, 4))])
    sizes = (*sizes[:-1], draw(st.sampled_from([sizes[-1], sizes[-1], 0])))
    return Layout(sizes, tuple(2 * stride for stride in row_major_strides(sizes)), 3)


@st.composite
def orders(draw):
    """Draw a layout and an order of its dimensions, some of them negative."""
    layout = draw(layouts())
    dims = len(layout.sizes)
    order = draw(st.permutations(range(dims)))
    return layout, [dim - draw(st.sampled_from([0, dims])) for dim in order]


@st.composite
def pairs(draw):
    """Draw a layout and two of its dimensions, which may be negative, or the same."""
    layout = draw(layouts())
    dim = st.integers(-len(layout.sizes), len(layout.sizes) - 1)
    return layout, draw(dim), draw(dim)


@st.composite
def moves(draw):
    """Draw a layout, some of its dimensions and as many places to move them to."""
    layout, source = draw(orders())
    places = draw(st.permutations(range(len(source))))
    count = draw(st.sampled_from([1, 2, len(source)]))
    return layout, source[:count], list(places)[:count]


def laid_out(layout, device):
    """A tensor of a layout, each of whose elements is its own place in the storage."""
    return torch.arange(layout.extent, device=device).as_strided(*layout)


# --- transposing a matrix -------------------------------------------------------------


@claim("tensor.t.transposes-2d", see="generated/torch.t")
def test_t_swaps_the_two_dimensions_of_a_matrix(device):
    """t() returns the transpose of a matrix: a view with sizes and strides swapped, in
    which the element at row i and column j is found at row j and column i.
    """
    matrix = torch.arange(6, device=device).view(2, 3)

    result = matrix.t()

    assert result.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert (result.shape, result.stride()) == ((3, 2), (1, 3))
    assert (result.dtype, shares_storage(result, matrix)) == (torch.int64, True)
    assert (matrix.shape, matrix.tolist()) == ((2, 3), [[0, 1, 2], [3, 4, 5]])


@claim("tensor.t.call-forms", see="generated/torch.t")
def test_every_form_of_the_transpose_of_a_matrix_is_the_same_view(device):
    """t(), transpose(0, 1), permute(1, 0), adjoint() and the properties T, mT, H and mH
    return the same view of a matrix of integers, and none of them warns.
    """
    matrix = torch.arange(12, device=device).view(2, 6)[:, 1::2]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = [
            matrix.t(),
            torch.t(matrix),
            torch.t(input=matrix),
            matrix.T,
            matrix.mT,
            matrix.H,
            matrix.mH,
            matrix.transpose(0, 1),
            matrix.permute(1, 0),
            matrix.adjoint(),
            torch.adjoint(matrix),
        ]

    assert [x.tolist() for x in results] == [[[1, 7], [3, 9], [5, 11]]] * 11
    assert {(x.stride(), x.storage_offset()) for x in results} == {((2, 6), 1)}
    assert {(x.dtype, x.requires_grad) for x in results} == {(torch.int64, False)}
    assert {shares_storage(x, matrix) for x in results} == {True}


@claim("tensor.t.write-reaches-base", see="generated/torch.t")
def test_a_write_through_a_transpose_reaches_the_matrix(device):
    """A write to the transpose at row i and column j is a write to the matrix at row j
    and column i, and the other way round.
    """
    matrix = torch.arange(6, device=device).view(2, 3)
    transposed = matrix.t()

    transposed[2, 0] = -1
    matrix[1, 0] = -2

    assert matrix.tolist() == [[0, 1, -1], [-2, 4, 5]]
    assert transposed.tolist() == [[0, -2], [1, 4], [-1, 5]]


@claim("tensor.t.at-most-two-dims", see="generated/torch.t")
def test_t_leaves_a_vector_or_a_scalar_as_it_is(device):
    """t() swaps the dimensions of a matrix, returns a vector or a tensor without
    dimensions as a new view of the same shape, and refuses three dimensions.
    """
    matrix = torch.arange(3, device=device).view(1, 3)
    vector = torch.arange(6, device=device)[::2]
    scalar = torch.tensor(7, device=device)
    three = matrix.view(1, 1, 3)

    column, same, single = matrix.t(), torch.t(vector), scalar.t()

    assert (column.tolist(), column.stride()) == ([[0], [1], [2]], (1, 3))
    assert (same.tolist(), same.shape, same.stride()) == ([0, 2, 4], (3,), (2,))
    assert (single.item(), single.shape, single.dtype) == (7, (), torch.int64)
    assert same is not vector and single is not scalar
    assert shares_storage(same, vector) and single._base is scalar
    with pytest.raises(RuntimeError, match=r"t\(\) expects .* <= 2 dimensions"):
        torch.t(three)


@claim("tensor.t.no-column-from-vector", see="generated/torch.t")
def test_t_makes_no_column_of_a_vector(device):
    """A vector has no second dimension to swap, so vector * vector.t() multiplies
    element by element; unsqueeze(1) makes a column, and the product with it is a table.
    """
    vector = torch.tensor([1, 2, 3], dtype=torch.int32, device=device)

    squares = vector * vector.t()
    table = vector * vector.unsqueeze(1)

    assert (squares.tolist(), squares.shape) == ([1, 4, 9], (3,))
    assert table.tolist() == [[1, 2, 3], [2, 4, 6], [3, 6, 9]]
    assert (squares.dtype, table.dtype) == (torch.int32, torch.int32)


@claim("tensor.t.no-elements", see="generated/torch.t")
@pytest.mark.parametrize(
    ("shape", "transposed", "strides"),
    [((0, 3), (3, 0), (1, 3)), ((2, 0), (0, 2), (1, 1)), ((0,), (0,), (1,))],
    ids=["no-rows", "no-columns", "empty-vector"],
)
def test_t_swaps_sizes_where_there_are_no_elements(device, shape, transposed, strides):
    """t() swaps sizes and strides also where there are no elements."""
    empty = torch.zeros(shape, device=device)

    result, other = empty.t(), torch.t(empty)

    assert (result.shape, result.stride()) == (transposed, strides)
    assert (other.shape, other.stride()) == (transposed, strides)
    assert (result.dtype, other.dtype) == (torch.float32, torch.float32)


@claim("tensor.t.rejects-3d", see="generated/torch.t")
@pytest.mark.parametrize(
    ("transpose", "name"),
    [
        (lambda x: x.t(), r"t\(\)"),
        (lambda x: torch.t(x), r"t\(\)"),
        (lambda x: x.t_(), r"t_\(\)"),
    ],
    ids=["method", "function", "in-place"],
)
def test_t_refuses_three_dimensions_and_more(device, transpose, name):
    """t() and t_() raise a RuntimeError for a tensor of three or more dimensions, and
    t_() leaves it as it was.
    """
    three = torch.arange(4, device=device).view(2, 1, 2)
    four = torch.zeros(1, 0, 2, 3, device=device)

    with pytest.raises(RuntimeError, match=name + " expects .* <= 2 .* self is 3D"):
        transpose(three)
    with pytest.raises(RuntimeError, match=name + " expects .* <= 2 .* self is 4D"):
        transpose(four)

    assert (three.tolist(), three.stride()) == ([[[0, 1]], [[2, 3]]], (2, 2, 1))
    assert (four.shape, four.stride()) == ((1, 0, 2, 3), (6, 6, 3, 1))


@claim("tensor.t.property-reverses-all-dims", see="tensors")
def test_the_property_t_reverses_all_dimensions_and_warns(device):
    """The property T of a tensor with one dimension or with three is a view that
    reverses all of them, and a UserWarning says that this is deprecated.
    """
    three = torch.arange(12, device=device).view(2, 1, 6)
    vector = torch.arange(3, device=device)

    with pytest.warns(UserWarning, match=r"x\.T. on tensors of dimension other than 2"):
        reverse = three.T
    with pytest.warns(UserWarning, match=r"x\.T. on tensors of dimension other than 2"):
        same = vector.T

    assert (reverse.shape, reverse.stride()) == ((6, 1, 2), (1, 6, 6))
    assert reverse[0].tolist() == [[0, 6]] and reverse[5].tolist() == [[5, 11]]
    assert (same.tolist(), same.stride()) == ([0, 1, 2], (1,))
    assert (reverse.dtype, same.dtype) == (torch.int64, torch.int64)
    assert reverse._base is three._base and same._base is vector


@claim("tensor.t.property-of-zero-dim", see="tensors", since="2.0")
@pytest.mark.parametrize(
    "transpose",
    [lambda x: x.T, lambda x: x.mT, lambda x: x.H, lambda x: x.adjoint()],
    ids=["T", "mT", "H", "adjoint"],
)
def test_the_properties_of_a_tensor_without_dimensions_warn(device, transpose):
    """T, mT, H and adjoint() return a tensor without dimensions as it is, over the same
    storage, and a UserWarning says that this is deprecated.
    """
    scalar = torch.tensor(7, device=device)

    with pytest.warns(UserWarning, match="is deprecated on 0-D tensors"):
        result = transpose(scalar)

    assert (result.item(), result.shape, result.dtype) == (7, (), torch.int64)
    assert shares_storage(result, scalar)


@claim("tensor.t.mt-swaps-the-last-two", see="tensors")
def test_the_property_mt_transposes_each_matrix_of_a_batch(device):
    """The property mT is a view that swaps the last two dimensions and keeps those
    before them; for a vector it raises a RuntimeError.
    """
    batch = torch.arange(12, device=device).view(2, 2, 3)
    vector = torch.arange(3, device=device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = batch.mT
    with pytest.raises(RuntimeError, match=r"mT is only supported on .* Got 1-D"):
        vector.mT

    assert result.tolist() == [
        [[0, 3], [1, 4], [2, 5]],
        [[6, 9], [7, 10], [8, 11]],
    ]
    assert (result.shape, result.stride()) == ((2, 3, 2), (6, 1, 3))
    assert result.dtype is torch.int64
    assert shares_storage(result, batch)


@claim("tensor.t.adjoint-conjugates", see="generated/torch.adjoint")
@pytest.mark.parametrize(
    "adjoint",
    [
        lambda x: x.H,
        lambda x: x.mH,
        lambda x: x.adjoint(),
        lambda x: torch.adjoint(x),
    ],
    ids=["H", "mH", "adjoint", "torch.adjoint"],
)
def test_the_adjoint_of_a_complex_matrix_is_conjugated(device, adjoint):
    """H, mH and adjoint() return the transpose of a complex matrix with each element
    conjugated, still as a view; T and t() conjugate nothing.
    """
    matrix = torch.tensor([[1 + 2j, 3 - 4j]], device=device)

    result = adjoint(matrix)

    assert result.tolist() == [[1 - 2j], [3 + 4j]]
    assert (result.dtype, result.stride()) == (torch.complex64, (1, 2))
    assert (result.is_conj(), shares_storage(result, matrix)) == (True, True)
    assert matrix.t().tolist() == [[1 + 2j], [3 - 4j]] == matrix.T.tolist()


@claim("tensor.t.h-is-of-a-matrix", see="tensors")
def test_the_property_h_is_for_a_matrix_alone(device):
    """The property H raises a RuntimeError for three dimensions, where mH and adjoint()
    give the adjoint of each matrix; for a vector all three raise it.
    """
    batch = torch.tensor([[[1j, 2j]]], device=device)
    vector = torch.tensor([1j, 2j], device=device)

    with pytest.raises(RuntimeError, match=r"H is only supported on .* Got 3-D"):
        batch.H
    with pytest.raises(RuntimeError, match=r"H is only supported on .* Got 1-D"):
        vector.H
    with pytest.raises(RuntimeError, match=r"only supported on .* Got 1-D"):
        vector.mH
    with pytest.raises(RuntimeError, match=r"only supported on .* Got 1-D"):
        vector.adjoint()
    results = [batch.mH, batch.adjoint(), torch.adjoint(batch)]

    assert [x.tolist() for x in results] == [[[[-1j], [-2j]]]] * 3
    assert {(x.dtype, x.is_conj()) for x in results} == {(torch.complex64, True)}
    assert {shares_storage(x, batch) for x in results} == {True}
    assert batch.tolist() == [[[1j, 2j]]]


# --- transpose ------------------------------------------------------------------------


@claim("tensor.transpose.swaps-two-dims", see="generated/torch.transpose")
def test_transpose_exchanges_two_dimensions_and_leaves_the_others(device):
    """transpose() returns a view with the sizes and strides of two dimensions exchanged
    and the others as they were; a second transpose() restores the first order.
    """
    source = torch.arange(12, device=device).view(2, 3, 2)

    result = source.transpose(0, 1)
    result[2, 0, 1] = -5
    twice = result.transpose(0, 1)

    assert result.tolist() == [[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, -5], [10, 11]]]
    assert (result.shape, result.stride()) == ((3, 2, 2), (2, 6, 1))
    assert source.tolist() == [[[0, 1], [2, 3], [4, -5]], [[6, 7], [8, 9], [10, 11]]]
    assert (twice.shape, twice.stride()) == ((2, 3, 2), (6, 2, 1))
    assert twice.tolist() == [[[0, 1], [2, 3], [4, -5]], [[6, 7], [8, 9], [10, 11]]]
    assert shares_storage(result, source) and shares_storage(twice, source)
    assert (result.dtype, twice.dtype) == (torch.int64, torch.int64)


@claim("tensor.transpose.in-general", see="generated/torch.transpose")
@given(case=pairs())
def test_transpose_exchanges_any_two_dimensions_in_either_order(device, case):
    """For any two dimensions, counted from either end, transpose() exchanges their
    sizes and strides and keeps the offset; the order of the two makes no difference.
    """
    layout, a, b = case
    expected = permuted(layout, swapped(len(layout.sizes), a, b))
    tensor = laid_out(layout, device)

    result, other = tensor.transpose(a, b), tensor.transpose(b, a)

    assert (case, result.shape, result.stride()) == (case, *expected[:2])
    assert (case, other.shape, other.stride()) == (case, *expected[:2])
    assert (result.storage_offset(), other.storage_offset()) == (3, 3)
    elements = nested(expected.places, expected.sizes)
    assert (case, result.tolist(), other.tolist()) == (case, elements, elements)
    assert (result.dtype, other.dtype) == (torch.int64, torch.int64)
    assert shares_storage(result, tensor) and shares_storage(other, tensor)


@claim("tensor.transpose.call-forms", see="generated/torch.transpose")
def test_every_form_of_transpose_gives_the_same_view(device):
    """Method and function, positions and keywords, either order of the two dimensions
    and negative dimensions give the same view.
    """
    source = torch.arange(6, device=device).view(2, 1, 3)

    results = [
        source.transpose(0, 2),
        source.transpose(2, 0),
        source.transpose(-1, -3),
        source.transpose(0, -1),
        source.transpose(dim0=0, dim1=2),
        torch.transpose(source, 0, 2),
        torch.transpose(source, -1, 0),
        torch.transpose(input=source, dim0=0, dim1=-1),
    ]

    assert [x.tolist() for x in results] == [[[[0, 3]], [[1, 4]], [[2, 5]]]] * 8
    assert {(x.stride(), x.dtype) for x in results} == {((1, 3, 3), torch.int64)}
    assert {(shares_storage(x, source), x.requires_grad) for x in results} == {
        (True, False)
    }


@claim("tensor.transpose.same-dim-twice", see="generated/torch.transpose")
def test_a_dimension_exchanged_with_itself_gives_a_view_of_the_same_shape(device):
    """A dimension exchanged with itself gives a new view of the same shape and strides;
    a tensor without dimensions accepts 0 and -1, as if it had one.
    """
    matrix = torch.arange(6, device=device).view(2, 3).t()
    scalar = torch.tensor(7, device=device)

    same, mixed = matrix.transpose(1, 1), torch.transpose(matrix, -2, 0)
    zeros, ends = scalar.transpose(0, 0), scalar.transpose(-1, 0)

    assert (same.tolist(), same.stride()) == ([[0, 3], [1, 4], [2, 5]], (1, 3))
    assert (mixed.tolist(), mixed.stride()) == ([[0, 3], [1, 4], [2, 5]], (1, 3))
    assert (zeros.tolist(), zeros.shape) == (ends.tolist(), ends.shape) == (7, ())
    assert same is not matrix and zeros is not scalar
    assert shares_storage(same, matrix) and shares_storage(mixed, matrix)
    assert zeros._base is scalar and ends._base is scalar
    assert (same.dtype, zeros.dtype) == (torch.int64, torch.int64)


@claim("tensor.transpose.bad-dims", see="generated/torch.transpose")
@pytest.mark.parametrize(
    "transpose",
    [
        lambda x, a, b: x.transpose(a, b),
        lambda x, a, b: torch.transpose(x, a, b),
        lambda x, a, b: x.swapaxes(a, b),
        lambda x, a, b: torch.swapaxes(x, a, b),
        lambda x, a, b: x.swapdims(a, b),
        lambda x, a, b: torch.swapdims(x, a, b),
        lambda x, a, b: x.transpose_(a, b),
        lambda x, a, b: x.swapaxes_(a, b),
        lambda x, a, b: x.swapdims_(a, b),
    ],
    ids=[
        "transpose",
        "torch.transpose",
        "swapaxes",
        "torch.swapaxes",
        "swapdims",
        "torch.swapdims",
        "transpose_",
        "swapaxes_",
        "swapdims_",
    ],
)
def test_transpose_refuses_a_dimension_that_is_not_there(device, transpose):
    """A dimension beyond the last or before the first raises an IndexError under every
    name of transpose(), in place as well, and the tensor keeps its shape.
    """
    matrix = torch.arange(6, device=device).view(2, 3)
    scalar = torch.tensor(7, device=device)

    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-2, 1\], but got 2\)"):
        transpose(matrix, 0, 2)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-2, 1\], but got -3\)"):
        transpose(matrix, -3, 1)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-1, 0\], but got 1\)"):
        transpose(scalar, 0, 1)

    assert (matrix.tolist(), matrix.stride()) == ([[0, 1, 2], [3, 4, 5]], (3, 1))
    assert (scalar.tolist(), scalar.shape) == (7, ())


@claim("tensor.transpose.needs-both-dims", see="generated/torch.transpose")
def test_transpose_needs_two_integers(device):
    """transpose() needs two integers and raises a TypeError otherwise, unlike that of
    NumPy, which reverses all dimensions without any, and takes a tuple of them.
    """
    matrix = torch.zeros(2, 3, device=device)

    with pytest.raises(TypeError, match=r"^transpose\(\)"):
        matrix.transpose()
    with pytest.raises(TypeError, match=r"^transpose\(\)"):
        matrix.transpose(0)
    with pytest.raises(TypeError, match=r"^transpose\(\)"):
        torch.transpose(matrix)
    with pytest.raises(TypeError, match=r"^transpose\(\)"):
        torch.transpose(matrix, 0)
    with pytest.raises(TypeError, match=r"^transpose\(\)"):
        matrix.transpose((1, 0))
    with pytest.raises(TypeError, match=r"^transpose\(\)"):
        matrix.transpose(0, 1.0)
    with pytest.raises(TypeError, match=r"^transpose\(\)"):
        torch.transpose(matrix, 0, 1.0)

    assert matrix.shape == (2, 3)


@claim("tensor.transpose.in-place", see="generated/torch.Tensor.transpose_")
@pytest.mark.parametrize(
    "transpose",
    [
        lambda x: x.t_(),
        lambda x: x.transpose_(0, 1),
        lambda x: x.transpose_(dim0=-1, dim1=-2),
        lambda x: x.swapaxes_(0, -1),
        lambda x: x.swapaxes_(axis0=1, axis1=-2),
        lambda x: x.swapdims_(0, -1),
        lambda x: x.swapdims_(dim0=1, dim1=-2),
    ],
    ids=[
        "t_",
        "transpose_",
        "transpose_-keywords",
        "swapaxes_",
        "swapaxes_-keywords",
        "swapdims_",
        "swapdims_-keywords",
    ],
)
def test_transposing_in_place_gives_the_tensor_itself_new_strides(device, transpose):
    """The in-place forms swap the sizes and strides of the tensor itself and return it:
    no element moves, and its base and the views made of it before keep their shape.
    """
    base = torch.arange(12, device=device).view(2, 6)
    matrix = base[:, 1::2]
    row, address = matrix[1], matrix.data_ptr()

    result = transpose(matrix)

    assert result is matrix
    assert (matrix.shape, matrix.stride()) == ((3, 2), (2, 6))
    assert matrix.tolist() == [[1, 7], [3, 9], [5, 11]]
    assert (matrix.data_ptr(), shares_storage(matrix, base)) == (address, True)
    assert (row.tolist(), row.stride(), base.shape) == ([7, 9, 11], (2,), (2, 6))


@claim("tensor.transpose.in-place-of-few-dims", see="generated/torch.Tensor.t_")
def test_transposing_a_vector_in_place_changes_nothing(device):
    """t_(), and transpose_() with the only dimension there is, return a vector or a
    tensor without dimensions unchanged.
    """
    vector = torch.arange(3, device=device)
    scalar = torch.tensor(7, device=device)

    results = (
        vector.t_(),
        scalar.t_(),
        vector.transpose_(0, -1),
        scalar.transpose_(0, 0),
    )

    assert results[0] is vector and results[1] is scalar
    assert results[2] is vector and results[3] is scalar
    assert (vector.tolist(), vector.stride()) == ([0, 1, 2], (1,))
    assert (scalar.tolist(), scalar.shape) == (7, ())


@claim("tensor.swap.aliases-of-transpose", see="generated/torch.swapaxes")
def test_swapaxes_and_swapdims_do_what_transpose_does(device):
    """swapaxes() and swapdims() exchange two dimensions as transpose() does: they
    return a view with their sizes and strides swapped.
    """
    source = torch.arange(6, device=device).view(2, 1, 3)

    results = [
        source.swapaxes(0, 2),
        source.swapaxes(axis0=-1, axis1=0),
        torch.swapaxes(source, 0, -1),
        torch.swapaxes(input=source, axis0=0, axis1=2),
        source.swapdims(0, 2),
        source.swapdims(dim0=-1, dim1=0),
        torch.swapdims(source, 0, -1),
        torch.swapdims(input=source, dim0=0, dim1=2),
    ]
    source[1, 0, 2] = -5

    assert [x.tolist() for x in results] == [[[[0, 3]], [[1, 4]], [[2, -5]]]] * 8
    assert {(x.stride(), x.dtype) for x in results} == {((1, 3, 3), torch.int64)}
    assert {(shares_storage(x, source), x.requires_grad) for x in results} == {
        (True, False)
    }


@claim("tensor.swap.keyword-names", see="generated/torch.swapaxes")
def test_only_swapaxes_calls_its_dimensions_axes(device):
    """The keywords are axis0 and axis1 for swapaxes(), dim0 and dim1 for swapdims() and
    transpose(); the other pair raises a TypeError. The three are distinct objects.
    """
    matrix = torch.zeros(2, 3, device=device)

    with pytest.raises(TypeError, match=r"^swapaxes\(\)"):
        matrix.swapaxes(dim0=0, dim1=1)
    with pytest.raises(TypeError, match=r"^swapaxes\(\)"):
        torch.swapaxes(matrix, dim0=0, dim1=1)
    with pytest.raises(TypeError, match=r"^swapdims\(\)"):
        matrix.swapdims(axis0=0, axis1=1)
    with pytest.raises(TypeError, match=r"^swapdims\(\)"):
        torch.swapdims(matrix, axis0=0, axis1=1)
    with pytest.raises(TypeError, match=r"^transpose\(\)"):
        matrix.transpose(axis0=0, axis1=1)
    with pytest.raises(TypeError, match=r"^transpose\(\)"):
        torch.transpose(matrix, axis0=0, axis1=1)

    assert len({torch.swapaxes, torch.swapdims, torch.transpose}) == 3


# --- permute --------------------------------------------------------------------------


@claim("tensor.permute.reorders-all-dims", see="generated/torch.permute")
def test_permute_puts_all_dimensions_in_a_new_order(device):
    """permute() returns a view whose dimension i has the size and stride of the
    dimension named at place i; the inverse order restores the source.
    """
    source = torch.arange(12, device=device).view(2, 3, 2)

    result = source.permute(2, 0, 1)
    result[1, 0, 2] = -5
    back = result.permute(1, 2, 0)

    assert result.tolist() == [[[0, 2, 4], [6, 8, 10]], [[1, 3, -5], [7, 9, 11]]]
    assert (result.shape, result.stride()) == ((2, 2, 3), (1, 6, 2))
    assert source.tolist() == [[[0, 1], [2, 3], [4, -5]], [[6, 7], [8, 9], [10, 11]]]
    assert (back.shape, back.stride()) == ((2, 3, 2), (6, 2, 1))
    assert back.tolist() == [[[0, 1], [2, 3], [4, -5]], [[6, 7], [8, 9], [10, 11]]]
    assert shares_storage(result, source)
    assert (result.dtype, back.dtype) == (torch.int64, torch.int64)


@claim("tensor.permute.arbitrary-order", see="generated/torch.permute")
@given(case=orders())
def test_permute_takes_every_order_of_the_dimensions(device, case):
    """For every order of the dimensions, counted from either end, permute() returns a
    view with sizes and strides in that order, whatever the strides of the source are.
    """
    layout, order = case
    expected = permuted(layout, order)
    tensor = laid_out(layout, device)

    result, same = tensor.permute(order), torch.permute(tensor, tuple(order))

    assert (case, result.shape, result.stride()) == (case, *expected[:2])
    assert (case, same.shape, same.stride()) == (case, *expected[:2])
    assert (result.storage_offset(), same.storage_offset()) == (3, 3)
    elements = nested(expected.places, expected.sizes)
    assert (case, result.tolist(), same.tolist()) == (case, elements, elements)
    assert (result.dtype, same.dtype) == (torch.int64, torch.int64)
    assert shares_storage(result, tensor) and shares_storage(same, tensor)


@claim("tensor.permute.call-forms", see="generated/torch.Tensor.permute")
def test_every_form_of_permute_gives_the_same_view(device):
    """The method permute() takes the order as integers or as one sequence, the function
    as one sequence; negative dimensions count from the end.
    """
    source = torch.arange(6, device=device).view(2, 1, 3)

    results = [
        source.permute(2, 0, 1),
        source.permute((2, 0, 1)),
        source.permute([-1, 0, -2]),
        source.permute(torch.Size([2, 0, 1])),
        source.permute(dims=(2, 0, 1)),
        torch.permute(source, (2, 0, 1)),
        torch.permute(source, [-1, -3, 1]),
        torch.permute(input=source, dims=(2, 0, 1)),
    ]

    assert [x.tolist() for x in results] == [[[[0], [3]], [[1], [4]], [[2], [5]]]] * 8
    assert {(x.stride(), x.dtype) for x in results} == {((1, 3, 3), torch.int64)}
    assert {(shares_storage(x, source), x.requires_grad) for x in results} == {
        (True, False)
    }


@claim("tensor.permute.function-takes-a-sequence", see="generated/torch.permute")
def test_the_function_permute_takes_no_separate_integers(device):
    """The function permute() raises a TypeError for dimensions given one by one, and so
    do function and method for no dimensions at all and for a float.
    """
    matrix = torch.zeros(2, 3, device=device)

    with pytest.raises(TypeError, match=r"^permute\(\)"):
        torch.permute(matrix, 1, 0)
    with pytest.raises(TypeError, match=r"^permute\(\)"):
        torch.permute(matrix)
    with pytest.raises(TypeError, match=r"^permute\(\)"):
        matrix.permute()
    with pytest.raises(TypeError, match=r"^permute\(\)"):
        matrix.permute(1, 0.0)
    with pytest.raises(TypeError, match=r"^permute\(\)"):
        torch.permute(matrix, (1, 0.0))

    assert matrix.shape == (2, 3)


@claim(
    "tensor.permute.needs-every-dim-once",
    also=["tensor.permute.bad-dims"],
    see="generated/torch.permute",
)
@pytest.mark.parametrize(
    ("dims", "error", "message"),
    [
        ((0, 1), RuntimeError, "does not match the length of the desired ordering"),
        ((), RuntimeError, "does not match the length of the desired ordering"),
        ((0, 1, 2, 0), RuntimeError, "number of dimensions in the tensor input does"),
        ((0, 0, 1), RuntimeError, "duplicate dims are not allowed"),
        ((0, -3, 1), RuntimeError, "duplicate dims are not allowed"),
        ((0, 1, 3), IndexError, OUT_OF_RANGE + r"\[-3, 2\], but got 3\)"),
        ((0, 1, -4), IndexError, OUT_OF_RANGE + r"\[-3, 2\], but got -4\)"),
    ],
    ids=["two", "none", "four", "twice", "twice-negative", "beyond", "before"],
)
def test_permute_needs_every_dimension_exactly_once(device, dims, error, message):
    """permute() raises a RuntimeError for too few or too many dimensions and for one
    named twice, even if once as a negative number; a dimension that is not there raises
    an IndexError.
    """
    source = torch.zeros(2, 3, 4, device=device)

    with pytest.raises(error, match=message):
        source.permute(dims)
    with pytest.raises(error, match=message):
        torch.permute(source, dims)

    assert (source.shape, source.stride()) == ((2, 3, 4), (12, 4, 1))


@claim("tensor.permute.nothing-to-reorder", see="generated/torch.permute")
def test_permute_without_a_change_still_gives_a_new_view(device):
    """The order that a tensor already has gives a new view of it, and so does the empty
    order for a tensor without dimensions.
    """
    matrix = torch.arange(6, device=device).view(2, 3)[:, 1:]
    scalar = torch.tensor(7, device=device)

    same = matrix.permute(0, 1)
    empty, none = scalar.permute(()), torch.permute(scalar, ())

    assert (same.tolist(), same.stride()) == ([[1, 2], [4, 5]], (3, 1))
    assert (same.storage_offset(), same.dtype) == (1, torch.int64)
    assert same is not matrix and shares_storage(same, matrix)
    assert (empty.tolist(), empty.shape) == (none.tolist(), none.shape) == (7, ())
    assert empty._base is scalar and none._base is scalar


# --- movedim --------------------------------------------------------------------------


@claim("tensor.movedim.moves-not-swaps", see="generated/torch.movedim")
def test_movedim_shifts_the_other_dimensions_and_transpose_does_not(device):
    """movedim(0, 2) takes the first dimension to the end and lets the others move up in
    their order; transpose(0, 2) exchanges first and last. Of the shape (2, 3, 4) they
    make (3, 4, 2) and (4, 3, 2).
    """
    source = torch.arange(24, device=device).view(2, 3, 4)

    shifted = source.movedim(0, 2)
    swapped = source.transpose(0, 2)

    assert (shifted.shape, shifted.stride()) == ((3, 4, 2), (4, 1, 12))
    assert shifted[0].tolist() == [[0, 12], [1, 13], [2, 14], [3, 15]]
    assert shifted[2, 3].tolist() == [11, 23]
    assert (swapped.shape, swapped.stride()) == ((4, 3, 2), (1, 4, 12))
    assert swapped[0].tolist() == [[0, 12], [4, 16], [8, 20]]
    assert swapped[3].tolist() == [[3, 15], [7, 19], [11, 23]]
    assert shifted.dtype is torch.int64


@claim("tensor.movedim.in-general", see="generated/torch.movedim")
@given(case=moves())
def test_movedim_puts_dimensions_where_told_and_the_rest_around_them(device, case):
    """movedim() puts each named dimension at its new place, and the others fill the
    remaining places in the order they had.
    """
    layout, source, destination = case
    expected = permuted(layout, moved(len(layout.sizes), source, destination))
    tensor = laid_out(layout, device)

    result = tensor.movedim(source, destination)

    assert (case, result.shape, result.stride()) == (case, *expected[:2])
    assert (case, result.storage_offset(), result.dtype) == (case, 3, torch.int64)
    assert (case, result.tolist()) == (case, nested(expected.places, expected.sizes))
    assert shares_storage(result, tensor)


@claim("tensor.movedim.of-neighbours", see="generated/torch.movedim")
def test_movedim_of_neighbours_is_an_exchange(device):
    """Between neighbouring places movedim() does exchange the two dimensions, in either
    direction; moving a dimension back restores the order.
    """
    source = torch.arange(6, device=device).view(2, 3, 1)

    up, down = source.movedim(0, 1), source.movedim(1, 0)
    there = source.movedim(0, 2)
    back = there.movedim(2, 0)

    assert (up.tolist(), down.tolist()) == (
        [[[0], [3]], [[1], [4]], [[2], [5]]],
        [[[0], [3]], [[1], [4]], [[2], [5]]],
    )
    assert (up.stride(), down.stride()) == ((1, 3, 1), (1, 3, 1))
    assert (there.shape, there.tolist()) == ((3, 1, 2), [[[0, 3]], [[1, 4]], [[2, 5]]])
    assert (back.stride(), back.tolist()) == (
        (3, 1, 1),
        [[[0], [1], [2]], [[3], [4], [5]]],
    )
    assert (up.dtype, down.dtype, back.dtype) == (torch.int64,) * 3


@claim("tensor.moveaxis.same-as-movedim", see="generated/torch.moveaxis")
def test_moveaxis_is_another_name_for_movedim(device):
    """moveaxis() and movedim(), which are distinct objects, take one dimension or a
    sequence of them, by position or as source= and destination=, and return the same
    view, as functions and as methods.
    """
    source = torch.arange(6, device=device).view(2, 3, 1)

    results = [
        source.moveaxis(0, 2),
        source.moveaxis((0, -2), (-1, 0)),
        source.moveaxis(source=0, destination=-1),
        torch.moveaxis(source, -3, 2),
        torch.moveaxis(source, [-1, 0], [1, -1]),
        torch.moveaxis(input=source, source=0, destination=2),
        source.movedim(0, -1),
        source.movedim((0, 1), (2, 0)),
        source.movedim(source=(0,), destination=(2,)),
        torch.movedim(source, -3, 2),
        torch.movedim(source, [2, 0], [1, -1]),
        torch.movedim(input=source, source=0, destination=2),
    ]
    source[1, 2, 0] = -5

    assert torch.moveaxis is not torch.movedim
    assert [x.tolist() for x in results] == [[[[0, 3]], [[1, 4]], [[2, -5]]]] * 12
    assert {(x.stride(), x.dtype) for x in results} == {((1, 1, 3), torch.int64)}
    assert {(shares_storage(x, source), x.requires_grad) for x in results} == {
        (True, False)
    }


@claim("tensor.movedim.view-and-errors", see="generated/torch.movedim")
@pytest.mark.parametrize(
    "move",
    [
        lambda x, source, destination: x.movedim(source, destination),
        lambda x, source, destination: torch.movedim(x, source, destination),
        lambda x, source, destination: x.moveaxis(source, destination),
        lambda x, source, destination: torch.moveaxis(x, source, destination),
    ],
    ids=["movedim", "torch.movedim", "moveaxis", "torch.moveaxis"],
)
def test_movedim_gives_a_view_or_refuses_bad_dimensions(device, move):
    """movedim() returns a view; a dimension named twice, or different numbers of
    sources and destinations, raise a RuntimeError, and a dimension that is not there an
    IndexError.
    """
    source = torch.arange(6, device=device).view(1, 2, 3)

    view = move(source, 0, 2)

    assert (view.shape, view.tolist()) == (
        (2, 3, 1),
        [[[0], [1], [2]], [[3], [4], [5]]],
    )
    assert shares_storage(view, source)
    with pytest.raises(RuntimeError, match=r"repeated dim in `source` \(\[0, 0\]\)"):
        move(source, (0, 0), (1, 2))
    with pytest.raises(RuntimeError, match=r"repeated dim in `source` \(\[0, -3\]\)"):
        move(source, (0, -3), (1, 2))
    with pytest.raises(RuntimeError, match=r"repeated dim in `destination` \(\[2, 2\]"):
        move(source, (0, 1), (2, 2))
    with pytest.raises(RuntimeError, match="should contain the same number of dims"):
        move(source, (0, 1), (2,))
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-3, 2\], but got 3\)"):
        move(source, 3, 0)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-3, 2\], but got -4\)"):
        move(source, 0, -4)
    assert (source.shape, source.stride()) == ((1, 2, 3), (6, 3, 1))


@claim("tensor.movedim.nothing-to-move", see="generated/torch.movedim")
def test_movedim_that_moves_nothing_still_gives_a_new_view(device):
    """movedim() returns a new view with nothing changed for a dimension moved to its
    own place, for no dimensions, and for 0 and -1 of a tensor without dimensions, where
    any other number raises an IndexError.
    """
    matrix = torch.arange(6, device=device).view(2, 3).t()
    scalar = torch.tensor(7, device=device)

    same, none = matrix.movedim(1, -1), torch.movedim(matrix, (), ())
    single, other = scalar.movedim(0, -1), torch.moveaxis(scalar, -1, 0)

    assert (same.tolist(), same.stride()) == ([[0, 3], [1, 4], [2, 5]], (1, 3))
    assert (none.tolist(), none.stride()) == ([[0, 3], [1, 4], [2, 5]], (1, 3))
    assert (single.tolist(), single.shape, single.dtype) == (7, (), torch.int64)
    assert (other.tolist(), other.shape, other.dtype) == (7, (), torch.int64)
    assert same is not matrix and none is not matrix and single is not scalar
    assert shares_storage(same, matrix) and shares_storage(none, matrix)
    assert shares_storage(single, scalar)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-1, 0\], but got 1\)"):
        scalar.movedim(0, 1)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-1, 0\], but got -2\)"):
        torch.movedim(scalar, -2, 0)


# --- squeeze --------------------------------------------------------------------------


@claim("tensor.squeeze.drops-size-one-dims", see="generated/torch.squeeze")
def test_squeeze_drops_all_dimensions_of_size_one_or_only_the_named_one(device):
    """squeeze() returns a view without the dimensions of size 1; given a dimension it
    drops only that one, if its size is 1, and otherwise none.
    """
    source = torch.arange(6, device=device).view(1, 3, 1, 2)

    everything = source.squeeze()
    first, third = source.squeeze(0), source.squeeze(-2)
    kept, other = source.squeeze(1), torch.squeeze(source, 1)
    everything[2, 1] = -5

    assert (everything.shape, everything.stride()) == ((3, 2), (2, 1))
    assert (first.shape, first.stride()) == ((3, 1, 2), (2, 2, 1))
    assert (third.shape, third.stride()) == ((1, 3, 2), (6, 2, 1))
    assert (kept.shape, kept.stride()) == ((1, 3, 1, 2), (6, 2, 2, 1))
    assert (other.shape, other.stride()) == ((1, 3, 1, 2), (6, 2, 2, 1))
    assert everything.tolist() == [[0, 1], [2, 3], [4, -5]]
    assert first.tolist() == [[[0, 1]], [[2, 3]], [[4, -5]]]
    assert third.tolist() == [[[0, 1], [2, 3], [4, -5]]]
    assert source.tolist() == [[[[0, 1]], [[2, 3]], [[4, -5]]]]
    assert kept.tolist() == other.tolist() == [[[[0, 1]], [[2, 3]], [[4, -5]]]]
    assert {x.dtype for x in (everything, first, third, kept, other)} == {torch.int64}


@claim("tensor.squeeze.batch-of-one", see="generated/torch.squeeze")
def test_squeeze_drops_the_batch_dimension_of_a_batch_of_one(device):
    """squeeze() drops two dimensions of a batch of one column vector, and only one of a
    batch of two; with the dimension named, both lose one.
    """
    two = torch.arange(6, device=device).view(2, 3, 1)
    one = two[:1]

    bare = two.squeeze(), one.squeeze()
    named = two.squeeze(-1), one.squeeze(-1)

    assert (bare[0].tolist(), bare[1].tolist()) == ([[0, 1, 2], [3, 4, 5]], [0, 1, 2])
    assert (named[0].tolist(), named[1].tolist()) == (
        [[0, 1, 2], [3, 4, 5]],
        [[0, 1, 2]],
    )
    assert (bare[1].stride(), named[1].stride()) == ((1,), (3, 1))
    assert (bare[1].dtype, named[1].dtype) == (torch.int64, torch.int64)


@claim("tensor.squeeze.to-no-dimensions", see="generated/torch.squeeze")
def test_squeeze_goes_down_to_no_dimensions_but_never_drops_size_zero(device):
    """squeeze() leaves a tensor whose sizes are all 1 without dimensions; it never
    drops a dimension of size 0.
    """
    single = torch.tensor([[7]], device=device)
    empty = torch.zeros(1, 0, 1, device=device)

    scalar, row = torch.squeeze(single), single.squeeze(0)
    rest, kept = empty.squeeze(), torch.squeeze(empty, 1)
    also_scalar, also_rest = single.squeeze(), torch.squeeze(empty)

    assert (scalar.tolist(), scalar.shape, scalar.stride()) == (7, (), ())
    assert (row.tolist(), row.stride(), row.dtype) == ([7], (1,), torch.int64)
    assert (rest.shape, rest.stride(), rest.dtype) == ((0,), (1,), torch.float32)
    assert (kept.shape, kept.stride()) == ((1, 0, 1), (1, 1, 1))
    assert (also_scalar.tolist(), also_scalar.dtype) == (7, torch.int64)
    assert (also_rest.shape, kept.dtype) == ((0,), torch.float32)
    assert shares_storage(scalar, single) and shares_storage(row, single)


@claim("tensor.squeeze.nothing-to-drop", see="generated/torch.squeeze")
def test_squeeze_that_drops_nothing_still_gives_a_new_view(device):
    """Where there is nothing to drop, squeeze() returns a new view of the same shape
    and strides; a tensor without dimensions accepts 0 and -1, as if it had one.
    """
    matrix = torch.arange(6, device=device).view(2, 3).t()
    scalar = torch.tensor(7, device=device)

    same, named = torch.squeeze(matrix), matrix.squeeze(1)
    bare, first, last = scalar.squeeze(), torch.squeeze(scalar, 0), scalar.squeeze(-1)

    assert (same.tolist(), same.stride()) == ([[0, 3], [1, 4], [2, 5]], (1, 3))
    assert (named.tolist(), named.stride()) == ([[0, 3], [1, 4], [2, 5]], (1, 3))
    assert same is not matrix and named is not matrix
    assert shares_storage(same, matrix) and shares_storage(named, matrix)
    assert [bare.tolist(), first.tolist(), last.tolist()] == [7, 7, 7]
    assert [bare.shape, first.shape, last.shape] == [(), (), ()]
    assert bare is not scalar and bare._base is scalar and first._base is scalar
    assert (same.dtype, bare.dtype) == (torch.int64, torch.int64)


@claim("tensor.squeeze.call-forms", see="generated/torch.squeeze")
def test_every_form_of_squeeze_gives_the_same_view(device):
    """Method and function squeeze(), with the dimension by position or as dim=, counted
    from the front or from the end, give the view that index 0 gives at that place.
    """
    source = torch.arange(12, device=device).view(2, 6)[:, 1::2].unsqueeze(2)

    results = [
        source.squeeze(2),
        source.squeeze(-1),
        source.squeeze(dim=2),
        source.squeeze(),
        torch.squeeze(source),
        torch.squeeze(source, 2),
        torch.squeeze(source, dim=-1),
        torch.squeeze(input=source, dim=2),
        source[..., 0],
    ]

    assert [x.tolist() for x in results] == [[[1, 3, 5], [7, 9, 11]]] * 9
    assert {(x.stride(), x.storage_offset()) for x in results} == {((6, 2), 1)}
    assert {(x.dtype, x.requires_grad) for x in results} == {(torch.int64, False)}
    assert {shares_storage(x, source) for x in results} == {True}


@claim("tensor.squeeze.dim-out-of-range", see="generated/torch.squeeze")
@pytest.mark.parametrize(
    "squeeze",
    [
        lambda x, dim: x.squeeze(dim),
        lambda x, dim: torch.squeeze(x, dim),
        lambda x, dim: x.squeeze_(dim),
    ],
    ids=["method", "function", "in-place"],
)
def test_squeeze_refuses_a_dimension_that_is_not_there(device, squeeze):
    """A dimension that is not there raises an IndexError in squeeze() and squeeze_(),
    and the tensor keeps its shape.
    """
    source = torch.zeros(1, 3, 1, device=device)
    scalar = torch.tensor(7, device=device)

    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-3, 2\], but got 3\)"):
        squeeze(source, 3)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-3, 2\], but got -4\)"):
        squeeze(source, -4)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-1, 0\], but got 1\)"):
        squeeze(scalar, 1)

    assert (source.shape, source.stride()) == ((1, 3, 1), (3, 1, 1))
    assert scalar.shape == ()


@claim("tensor.squeeze.tuple-of-dims", see="generated/torch.squeeze", since="2.0")
@pytest.mark.parametrize(
    "squeeze",
    [
        lambda x, dims: x.squeeze(dims),
        lambda x, dims: x.squeeze(*dims),
        lambda x, dims: x.squeeze(dim=list(dims)),
        lambda x, dims: torch.squeeze(x, dims),
        lambda x, dims: torch.squeeze(input=x, dim=dims),
        lambda x, dims: x.view_as(x).squeeze_(dims),
    ],
    ids=["tuple", "integers", "list", "function", "function-keywords", "in-place"],
)
def test_squeeze_drops_those_of_several_named_dimensions_that_have_size_one(
    device, squeeze
):
    """Given several dimensions, squeeze() and squeeze_() drop those of them that have
    size 1 and keep all others.
    """
    source = torch.arange(3, device=device).view(1, 3, 1, 1)

    ends, first, last = (
        squeeze(source, (0, 2)),
        squeeze(source, (1, -4)),
        squeeze(source, (-1, -3, -4)),
    )

    assert (ends.tolist(), ends.stride()) == ([[0], [1], [2]], (1, 1))
    assert (first.tolist(), first.stride()) == ([[[0]], [[1]], [[2]]], (1, 1, 1))
    assert (last.tolist(), last.stride()) == ([[0], [1], [2]], (1, 1))
    assert (ends.dtype, first.dtype, last.dtype) == (torch.int64,) * 3
    assert shares_storage(ends, source) and shares_storage(last, source)


@claim("tensor.squeeze.empty-tuple", see="generated/torch.squeeze", since="2.0")
def test_squeeze_with_no_dimensions_named_drops_none(device):
    """squeeze(()) names no dimension and drops none, unlike squeeze(), which drops all
    of size 1.
    """
    source = torch.arange(3, device=device).view(1, 3, 1)

    none, everything = source.squeeze(()), source.squeeze()

    assert (none.tolist(), none.stride()) == ([[[0], [1], [2]]], (3, 1, 1))
    assert (everything.tolist(), everything.dtype) == ([0, 1, 2], torch.int64)
    assert none is not source and shares_storage(none, source)


@claim("tensor.squeeze.bad-tuple", see="generated/torch.squeeze", since="2.0")
@pytest.mark.parametrize(
    ("dims", "error", "message"),
    [
        ((0, 0), RuntimeError, "dim 0 appears multiple times in the list of dims"),
        ((2, -1), RuntimeError, "dim 2 appears multiple times in the list of dims"),
        ((0, 3), IndexError, OUT_OF_RANGE + r"\[-3, 2\], but got 3\)"),
    ],
    ids=["twice", "twice-negative", "beyond"],
)
def test_squeeze_refuses_a_tuple_of_bad_dimensions(device, dims, error, message):
    """In a tuple for squeeze() or squeeze_(), a dimension named twice raises a
    RuntimeError and one that is not there an IndexError; the tensor keeps its shape.
    """
    source = torch.zeros(1, 3, 1, device=device)

    with pytest.raises(error, match=message):
        source.squeeze(dims)
    with pytest.raises(error, match=message):
        source.squeeze_(dims)

    assert (source.shape, source.stride()) == ((1, 3, 1), (3, 1, 1))


@claim("tensor.squeeze.tuple-refused", see="generated/torch.squeeze", until="2.0")
def test_squeeze_refuses_a_tuple_of_dimensions(device):
    """A tuple of dimensions raises a TypeError in squeeze()."""
    source = torch.zeros(1, 3, 1, device=device)

    with pytest.raises(TypeError, match=r"squeeze\(\) received an invalid"):
        source.squeeze((0, 2))

    assert source.shape == (1, 3, 1)


# --- unsqueeze ------------------------------------------------------------------------


@claim("tensor.unsqueeze.inserts-a-dim", see="generated/torch.unsqueeze")
def test_unsqueeze_inserts_a_dimension_of_size_one_at_a_place(device):
    """unsqueeze() returns a view with a dimension of size 1 inserted at the given place
    of the result: from 0, before all others, to the number of dimensions, behind them.
    """
    matrix = torch.arange(6, device=device).view(2, 3)

    front, middle, back = matrix.unsqueeze(0), matrix.unsqueeze(1), matrix.unsqueeze(2)
    others = [torch.unsqueeze(matrix, 0), torch.unsqueeze(matrix, 2)]
    middle[1, 0, 2] = -5

    assert [x.stride() for x in others] == [(6, 3, 1), (3, 1, 1)]
    assert others[0].tolist() == [[[0, 1, 2], [3, 4, -5]]]
    assert others[1].tolist() == [[[0], [1], [2]], [[3], [4], [-5]]]
    assert (front.shape, front.stride()) == ((1, 2, 3), (6, 3, 1))
    assert (middle.shape, middle.stride()) == ((2, 1, 3), (3, 3, 1))
    assert (back.shape, back.stride()) == ((2, 3, 1), (3, 1, 1))
    assert front.tolist() == [[[0, 1, 2], [3, 4, -5]]]
    assert middle.tolist() == [[[0, 1, 2]], [[3, 4, -5]]]
    assert back.tolist() == [[[0], [1], [2]], [[3], [4], [-5]]]
    assert matrix.tolist() == [[0, 1, 2], [3, 4, -5]]
    assert (front.dtype, middle.dtype, back.dtype) == (torch.int64,) * 3


@claim("tensor.unsqueeze.from-the-end", see="generated/torch.unsqueeze")
def test_unsqueeze_counts_a_negative_place_in_the_result(device):
    """unsqueeze() counts a negative place in the result, which has one dimension more:
    -1 is behind all dimensions of the source, and not before its last.
    """
    columns = torch.arange(6, device=device).view(2, 3).t()

    back, middle = columns.unsqueeze(-1), columns.unsqueeze(-2)
    front, last = columns.unsqueeze(-3), torch.unsqueeze(columns, -1)

    assert (back.shape, back.stride()) == ((3, 2, 1), (1, 3, 1))
    assert (middle.shape, middle.stride()) == ((3, 1, 2), (1, 6, 3))
    assert (front.shape, front.stride()) == ((1, 3, 2), (3, 1, 3))
    assert back.tolist() == last.tolist() == [[[0], [3]], [[1], [4]], [[2], [5]]]
    assert middle.tolist() == [[[0, 3]], [[1, 4]], [[2, 5]]]
    assert front.tolist() == [[[0, 3], [1, 4], [2, 5]]]
    assert (back.dtype, middle.dtype, front.dtype) == (torch.int64,) * 3


@claim("tensor.unsqueeze.call-forms", see="generated/torch.unsqueeze")
def test_unsqueeze_is_the_same_view_as_indexing_with_none(device):
    """Method and function unsqueeze(), with the place by position or as dim=, give the
    view that None gives at that place of an index.
    """
    source = torch.arange(12, device=device).view(2, 6)[:, 1::2]

    results = [
        source.unsqueeze(1),
        source.unsqueeze(-2),
        source.unsqueeze(dim=1),
        torch.unsqueeze(source, 1),
        torch.unsqueeze(input=source, dim=-2),
        source[:, None],
        source[:, None, :],
    ]

    assert [x.tolist() for x in results] == [[[[1, 3, 5]], [[7, 9, 11]]]] * 7
    assert {(x.stride(), x.storage_offset()) for x in results} == {((6, 6, 2), 1)}
    assert {(x.dtype, x.requires_grad) for x in results} == {(torch.int64, False)}
    assert {shares_storage(x, source) for x in results} == {True}


@claim("tensor.unsqueeze.of-nothing", see="generated/torch.unsqueeze")
def test_unsqueeze_adds_a_dimension_to_a_scalar_or_an_empty_tensor(device):
    """unsqueeze(0) and unsqueeze(-1) give a tensor without dimensions the shape (1,);
    an empty tensor gets a dimension of size 1 and stays empty.
    """
    scalar = torch.tensor(7, device=device)
    empty = torch.zeros(0, 3, device=device)

    first, last = scalar.unsqueeze(0), torch.unsqueeze(scalar, -1)
    middle = empty.unsqueeze(1)

    assert (first.tolist(), first.stride(), first.dtype) == ([7], (1,), torch.int64)
    assert (last.tolist(), last.stride(), last.dtype) == ([7], (1,), torch.int64)
    assert first._base is scalar and last._base is scalar
    assert (middle.shape, middle.stride()) == ((0, 1, 3), (3, 3, 1))
    assert middle.dtype is torch.float32


@claim("tensor.unsqueeze.out-of-range", see="generated/torch.unsqueeze")
@pytest.mark.parametrize(
    "unsqueeze",
    [
        lambda x, dim: x.unsqueeze(dim),
        lambda x, dim: torch.unsqueeze(x, dim),
        lambda x, dim: x.unsqueeze_(dim),
    ],
    ids=["method", "function", "in-place"],
)
def test_unsqueeze_refuses_a_place_that_the_result_does_not_have(device, unsqueeze):
    """A place that the result would not have raises an IndexError in unsqueeze() and
    unsqueeze_(), and the tensor keeps its shape.
    """
    matrix = torch.arange(6, device=device).view(2, 3)
    scalar = torch.tensor(7, device=device)

    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-3, 2\], but got 3\)"):
        unsqueeze(matrix, 3)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-3, 2\], but got -4\)"):
        unsqueeze(matrix, -4)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-1, 0\], but got 1\)"):
        unsqueeze(scalar, 1)
    with pytest.raises(IndexError, match=OUT_OF_RANGE + r"\[-1, 0\], but got -2\)"):
        unsqueeze(scalar, -2)

    assert (matrix.tolist(), matrix.stride()) == ([[0, 1, 2], [3, 4, 5]], (3, 1))
    assert scalar.shape == ()


@claim("tensor.unsqueeze.one-dim-at-a-time", see="generated/torch.unsqueeze")
def test_unsqueeze_takes_exactly_one_integer(device):
    """unsqueeze() takes exactly one integer: no place, two of them, a sequence or None
    raise a TypeError.
    """
    matrix = torch.zeros(2, 3, device=device)

    with pytest.raises(TypeError, match=r"^unsqueeze\(\)"):
        matrix.unsqueeze()
    with pytest.raises(TypeError, match=r"^unsqueeze\(\)"):
        torch.unsqueeze(matrix)
    with pytest.raises(TypeError, match=r"^unsqueeze\(\)"):
        matrix.unsqueeze((0, 1))
    with pytest.raises(TypeError, match=r"^unsqueeze\(\)"):
        torch.unsqueeze(matrix, [0])
    with pytest.raises(TypeError, match=r"^unsqueeze\(\)"):
        matrix.unsqueeze(0, 1)
    with pytest.raises(TypeError, match=r"^unsqueeze\(\)"):
        matrix.unsqueeze(None)

    assert matrix.shape == (2, 3)


@claim("tensor.unsqueeze.undone-by-squeeze", see="generated/torch.squeeze")
def test_squeeze_at_the_same_place_undoes_unsqueeze(device):
    """squeeze() of the dimension that unsqueeze() inserted restores shape and strides,
    over the same storage; without an argument it may drop more.
    """
    source = torch.arange(3, device=device).view(1, 3).t()

    deep = source.unsqueeze(1)
    back, too_far = deep.squeeze(1), deep.squeeze()

    assert (deep.tolist(), deep.shape) == ([[[0]], [[1]], [[2]]], (3, 1, 1))
    assert (back.tolist(), back.stride()) == ([[0], [1], [2]], (1, 3))
    assert (too_far.tolist(), too_far.stride()) == ([0, 1, 2], (1,))
    assert shares_storage(back, source)
    assert (back.dtype, too_far.dtype) == (torch.int64, torch.int64)


@claim("tensor.squeeze.in-place", see="generated/torch.Tensor.squeeze_")
@pytest.mark.parametrize(
    ("change", "elements", "strides"),
    [
        (lambda x: x.squeeze_(), [0, 1, 2], (1,)),
        (lambda x: x.squeeze_(0), [[0], [1], [2]], (1, 1)),
        (lambda x: x.squeeze_(dim=-1), [[0, 1, 2]], (3, 1)),
        (lambda x: x.squeeze_(1), [[[0], [1], [2]]], (3, 1, 1)),
        (lambda x: x.unsqueeze_(0), [[[[0], [1], [2]]]], (3, 3, 1, 1)),
        (lambda x: x.unsqueeze_(dim=-2), [[[[0]], [[1]], [[2]]]], (3, 1, 1, 1)),
    ],
    ids=[
        "squeeze_",
        "squeeze_-dim",
        "squeeze_-keyword",
        "squeeze_-nothing",
        "unsqueeze_",
        "unsqueeze_-keyword",
    ],
)
def test_squeeze_and_unsqueeze_in_place_reshape_the_tensor_itself(
    device, change, elements, strides
):
    """squeeze_() and unsqueeze_() drop and insert dimensions of the tensor itself, over
    the same storage, and return it.
    """
    tensor = torch.arange(3, device=device).view(1, 3, 1)
    address = tensor.data_ptr()

    result = change(tensor)

    assert result is tensor
    assert (tensor.tolist(), tensor.stride()) == (elements, strides)
    assert (tensor.data_ptr(), tensor.dtype) == (address, torch.int64)


@claim("tensor.atleast.adds-dimensions", see="generated/torch.atleast_3d")
@pytest.mark.parametrize(
    ("call", "shapes"),
    [
        (lambda *x: torch.atleast_1d(*x), [(1,), (2,), (2, 3), (2, 3, 4)]),
        (lambda *x: torch.atleast_2d(*x), [(1, 1), (1, 2), (2, 3), (2, 3, 4)]),
        (lambda *x: torch.atleast_3d(*x), [(1, 1, 1), (1, 2, 1), (2, 3, 1), (2, 3, 4)]),
    ],
    ids=["1d", "2d", "3d"],
)
def test_atleast_adds_the_dimensions_that_are_missing(call, shapes, device):
    """atleast_1d(), 2d() and 3d() add dimensions of size 1 where there are too few: a
    vector becomes a row, which in three dimensions is the middle one, and a matrix gets
    its third at the end. The results are views; several tensors or a sequence give a
    tuple.
    """
    block = torch.zeros(2, 3, 4, device=device)
    tensors = [block[0, 0, 0], block[:, 0, 0], block[..., 0], block]

    alone = [call(x) for x in tensors]
    together, of_list = call(*tensors), call(tensors)

    assert [x.shape for x in alone] == shapes
    assert ([x.shape for x in together], type(together)) == (shapes, tuple)
    assert ([x.shape for x in of_list], type(of_list)) == (shapes, tuple)
    assert [shares_storage(x, block) for x in [*alone, *together]] == [True] * 8


# --- all of them ----------------------------------------------------------------------


@claim("tensor.dims.gradient", see="tensor_view")
@pytest.mark.parametrize(
    ("view", "node"),
    [
        (lambda x: x.t(), "TBackward0"),
        (lambda x: x.T, "PermuteBackward0"),
        (lambda x: x.mT, "TransposeBackward0"),
        (lambda x: x.transpose(0, 1), "TransposeBackward0"),
        (lambda x: x.swapaxes(0, 1), "TransposeBackward0"),
        (lambda x: x.swapdims(0, 1), "TransposeBackward0"),
        (lambda x: x.permute(1, 0), "PermuteBackward0"),
        (lambda x: x.movedim(0, 1), "PermuteBackward0"),
        (lambda x: x.moveaxis(0, 1), "PermuteBackward0"),
        (lambda x: torch.t(x), "TBackward0"),
        (lambda x: torch.transpose(x, 0, 1), "TransposeBackward0"),
        (lambda x: torch.swapaxes(x, 0, 1), "TransposeBackward0"),
        (lambda x: torch.swapdims(x, 0, 1), "TransposeBackward0"),
        (lambda x: torch.permute(x, (1, 0)), "PermuteBackward0"),
        (lambda x: torch.movedim(x, 0, 1), "PermuteBackward0"),
        (lambda x: torch.moveaxis(x, 0, 1), "PermuteBackward0"),
    ],
    ids=[
        "t",
        "T",
        "mT",
        "transpose",
        "swapaxes",
        "swapdims",
        "permute",
        "movedim",
        "moveaxis",
        "torch.t",
        "torch.transpose",
        "torch.swapaxes",
        "torch.swapdims",
        "torch.permute",
        "torch.movedim",
        "torch.moveaxis",
    ],
)
def test_the_gradient_takes_the_way_back_through_a_transpose(device, view, node):
    """A transposed view of a leaf is no leaf, and its gradient reaches the leaf
    transposed back.
    """
    leaf = torch.tensor([[1.0, 2.0, 3.0]], device=device, requires_grad=True)

    result = view(leaf)
    result.backward(torch.tensor([[10.0], [20.0], [30.0]], device=device))

    assert (result.grad_fn.name(), result.is_leaf) == (node, False)
    assert result.tolist() == [[1], [2], [3]]
    assert (leaf.grad.tolist(), leaf.grad.dtype) == ([[10, 20, 30]], torch.float32)
    assert (leaf.shape, leaf.is_leaf) == ((1, 3), True)


@claim("tensor.squeeze.gradient", see="tensor_view")
@pytest.mark.parametrize(
    ("view", "elements", "node"),
    [
        (lambda x: x.squeeze(), [1, 2], "SqueezeBackward0"),
        (lambda x: x.squeeze(0), [[1], [2]], "SqueezeBackward1"),
        (lambda x: x.squeeze(1), [[[1], [2]]], "SqueezeBackward1"),
        (lambda x: x.unsqueeze(1), [[[[1], [2]]]], "UnsqueezeBackward0"),
    ],
    ids=["squeeze", "squeeze-dim", "squeeze-nothing", "unsqueeze"],
)
def test_the_gradient_gets_the_dropped_dimensions_back(device, view, elements, node):
    """The gradient of a squeezed or unsqueezed view reaches the leaf in the leaf's
    shape.
    """
    leaf = torch.tensor([[[1.0], [2.0]]], device=device, requires_grad=True)

    result = view(leaf)
    result.backward(10 * result.detach())

    assert (result.grad_fn.name(), result.is_leaf) == (node, False)
    assert result.tolist() == elements
    assert leaf.grad.tolist() == [[[10], [20]]]


@claim("tensor.dims.in-place-gradient", see="notes/autograd")
@pytest.mark.parametrize(
    ("change", "weights"),
    [
        (lambda x: x.t_(), [[10.0], [20.0]]),
        (lambda x: x.transpose_(0, 1), [[10.0], [20.0]]),
        (lambda x: x.squeeze_(), [10.0, 20.0]),
        (lambda x: x.squeeze_(0), [10.0, 20.0]),
        (lambda x: x.unsqueeze_(1), [[[10.0, 20.0]]]),
    ],
    ids=["t_", "transpose_", "squeeze_", "squeeze_-dim", "unsqueeze_"],
)
def test_the_gradient_finds_its_way_through_a_change_in_place(device, change, weights):
    """A tensor that is not a leaf may be given other dimensions in place while
    gradients are recorded, and its gradient reaches the leaf in the leaf's shape.
    """
    leaf = torch.tensor([[1.0, 2.0]], device=device, requires_grad=True)
    tensor = leaf * 1

    change(tensor)
    tensor.backward(torch.tensor(weights, device=device))

    assert leaf.grad.tolist() == [[10, 20]]
    assert (tensor.requires_grad, leaf.shape) == (True, (1, 2))


@claim("tensor.dims.in-place-on-a-leaf-refused", see="notes/autograd")
def test_a_leaf_that_requires_gradients_keeps_its_dimensions(device):
    """On a leaf that requires gradients the in-place forms raise a RuntimeError, though
    no element would change, and it keeps its shape.
    """
    leaf = torch.tensor([[1.0, 2.0]], device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf.t_()
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf.transpose_(0, 1)
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf.swapaxes_(0, 1)
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf.swapdims_(0, 1)
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf.squeeze_()
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf.squeeze_(0)
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf.unsqueeze_(0)

    assert (leaf.tolist(), leaf.stride(), leaf.is_leaf) == ([[1, 2]], (2, 1), True)


@claim("tensor.dims.keep-dtype", see="tensor_view")
@pytest.mark.parametrize(
    ("first", "second", "dtype"),
    [
        (True, False, torch.bool),
        (1, 2, torch.uint8),
        (1.0, 2.0, torch.bfloat16),
        (1 + 1j, 2j, torch.complex64),
    ],
    ids=["bool", "uint8", "bfloat16", "complex64"],
)
def test_reordering_dimensions_keeps_every_dtype(device, first, second, dtype):
    """A reordered, squeezed, unsqueezed or tiled tensor has the dtype and the elements
    of its source, whatever the dtype is, and does not require gradients.
    """
    source = torch.tensor([[first], [second]], dtype=dtype, device=device)

    rows = (
        source.t(),
        source.transpose(0, 1),
        source.permute(1, 0),
        source.movedim(0, 1),
    )
    flat, deep = source.squeeze(), source.unsqueeze(0)
    tiled = source.tile((1, 2))

    assert [row.tolist() for row in rows] == [[[first, second]]] * 4
    assert (flat.tolist(), deep.tolist()) == ([first, second], [[[first], [second]]])
    assert tiled.tolist() == [[first, first], [second, second]]
    assert {x.dtype for x in (*rows, flat, deep, tiled)} == {dtype}
    assert {x.requires_grad for x in (*rows, flat, deep, tiled)} == {False}


# --- reshape --------------------------------------------------------------------------


@claim("tensor.reshape.view-if-possible", see="generated/torch.reshape")
def test_reshape_keeps_the_row_major_order_in_a_view_or_a_copy(device):
    """reshape() keeps the elements in row-major order: it returns a view of a
    contiguous tensor, and a copy of a transposed one that is flattened, where view()
    raises a RuntimeError. With the tensor's own shape it returns a view, not the tensor
    itself.
    """
    matrix = torch.arange(6, device=device).view(2, 3)
    columns = matrix.t()

    view, copy, same = matrix.reshape(3, 2), columns.reshape(6), matrix.reshape(2, 3)
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        columns.view(6)
    view[0, 1] = -1
    copy[0] = -5

    assert view.tolist() == [[0, -1], [2, 3], [4, 5]]
    assert copy.tolist() == [-5, 3, 1, 4, 2, 5]
    assert matrix.tolist() == same.tolist() == [[0, -1, 2], [3, 4, 5]]
    assert (view.stride(), copy.stride(), same.stride()) == ((2, 1), (1,), (3, 1))
    assert same is not matrix and same._base is matrix._base
    assert (view.dtype, copy.dtype) == (torch.int64, torch.int64)


@claim("tensor.reshape.call-forms", see="generated/torch.reshape")
def test_every_form_of_reshape_gives_the_same_view(device):
    """The method reshape() takes the shape as integers or as one sequence, the function
    as one sequence; where the strides allow it, all of them return the same view.
    """
    source = torch.arange(12, device=device).view(2, 6)[:, 1::2]

    results = [
        source.reshape(2, 1, 3),
        source.reshape((2, 1, 3)),
        source.reshape([2, -1, 3]),
        source.reshape(shape=(2, 1, 3)),
        torch.reshape(source, (2, 1, -1)),
        torch.reshape(input=source, shape=[2, 1, 3]),
    ]

    assert [x.tolist() for x in results] == [[[[1, 3, 5]], [[7, 9, 11]]]] * 6
    assert {x.storage_offset() for x in results} == {1}
    assert {(x.stride(0), x.stride(2)) for x in results} == {(6, 2)}
    assert {(x.dtype, x.requires_grad) for x in results} == {(torch.int64, False)}
    assert {shares_storage(x, source) for x in results} == {True}


@claim("tensor.reshape.infer-and-errors", see="generated/torch.reshape")
@pytest.mark.parametrize(
    ("reshape", "error", "message"),
    [
        (lambda x: x.reshape(-1, -1), RuntimeError, "only one dimension can be infer"),
        (lambda x: x.reshape(4, 2), RuntimeError, r"shape '\[4, 2\]' is invalid for"),
        (lambda x: x.reshape(-1, 4), RuntimeError, "is invalid for input of size 6"),
        (lambda x: x.reshape(-1, 0), RuntimeError, "is invalid for input of size 6"),
        (lambda x: x[:0].reshape(-1, 0), RuntimeError, "is ambiguous"),
        (lambda x: x.reshape(-2, -3), RuntimeError, "invalid shape dimension -2"),
        (lambda x: x.reshape(()), RuntimeError, r"shape '\[\]' is invalid for input"),
        (lambda x: torch.reshape(x, 6), TypeError, "must be tuple of "),
        (lambda x: torch.reshape(x, 3, 2), TypeError, r"^reshape\(\)"),
    ],
    ids=[
        "two-unknown",
        "other-product",
        "no-such-size",
        "no-such-size-beside-zero",
        "any-size-beside-zero",
        "negative",
        "no-dimensions",
        "function-integer",
        "function-integers",
    ],
)
def test_reshape_infers_one_size_and_refuses_what_is_no_shape(
    device, reshape, error, message
):
    """One size given to reshape() may be -1 and is inferred, alone or beside others. A
    shape of another number of elements, a second -1, another negative size, and a -1
    that beside a 0 could be anything raise a RuntimeError; the function raises a
    TypeError for integers in place of a sequence. The tensor keeps its shape.
    """
    matrix = torch.arange(6, device=device).view(2, 3)

    flat, inferred = matrix.reshape(-1), torch.reshape(matrix, (3, -1))
    single = matrix[1:, 2:].reshape(())
    empty = matrix[:0].reshape(0, 5)
    with pytest.raises(error, match=message):
        reshape(matrix)

    assert (flat.tolist(), flat.dtype) == ([0, 1, 2, 3, 4, 5], torch.int64)
    assert inferred.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert (single.tolist(), single.shape, empty.shape) == (5, (), (0, 5))
    assert matrix.tolist() == [[0, 1, 2], [3, 4, 5]]


# --- tile -----------------------------------------------------------------------------


@claim("tensor.tile.repeats-per-dim", see="generated/torch.tile")
def test_tile_repeats_along_the_last_dimensions_and_adds_those_that_lack(device):
    """tile() repeats each dimension as often as its count says. Fewer counts than
    dimensions belong to the last ones, where repeat() raises; more add dimensions in
    front.
    """
    matrix = torch.tensor([[1, 2], [3, 4]], device=device)

    beside, below = torch.tile(matrix, (2,)), torch.tile(matrix, (2, 1))
    deep = torch.tile(matrix, (2, 1, 1))
    others = matrix.tile(2), matrix.tile(dims=(2, 1)), matrix.tile((2, 1, 1))
    tiled = torch.tile(input=matrix, dims=[2, 2])
    with pytest.raises(RuntimeError, match="dimensions of repeat dims can not"):
        matrix.repeat(2)

    assert beside.tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]]
    assert below.tolist() == [[1, 2], [3, 4], [1, 2], [3, 4]]
    assert deep.tolist() == [[[1, 2], [3, 4]], [[1, 2], [3, 4]]]
    assert (beside.stride(), below.stride()) == ((4, 1), (2, 1))
    assert (deep.stride(), deep.dtype) == ((4, 2, 1), torch.int64)
    assert beside.dtype is below.dtype is torch.int64
    assert others[0].equal(beside) and others[1].equal(below) and others[2].equal(deep)
    assert tiled.tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]] * 2
    assert matrix.tolist() == [[1, 2], [3, 4]]


@claim("tensor.tile.of-small-tensors", see="generated/torch.tile")
def test_tile_of_scalars_and_with_counts_of_zero(device):
    """tile() gives a tensor without dimensions one for each count; a count of 0 leaves
    a dimension of size 0; no counts, or counts of 1, make a copy.
    """
    scalar = torch.tensor(7, device=device)
    columns = torch.arange(4, device=device).view(2, 2).t()

    row, table, single = scalar.tile(3), scalar.tile((2, 2)), torch.tile(scalar, ())
    none, tall = columns.tile(0), columns[:0].tile(2, 3)
    plain, ones = torch.tile(columns, ()), columns.tile((1,))

    assert (row.tolist(), table.tolist()) == ([7, 7, 7], [[7, 7], [7, 7]])
    assert (single.tolist(), single.shape) == (7, ())
    assert (none.shape, tall.shape) == ((2, 0), (0, 6))
    assert (plain.tolist(), plain.stride()) == ([[0, 2], [1, 3]], (2, 1))
    assert (ones.tolist(), ones.stride()) == ([[0, 2], [1, 3]], (2, 1))
    assert not shares_storage(plain, columns) and not shares_storage(ones, columns)
    assert not shares_storage(single, scalar)
    assert {row.dtype, table.dtype, single.dtype, none.dtype} == {torch.int64}


@claim("tensor.tile.bad-dims", see="generated/torch.tile")
@pytest.mark.parametrize(
    ("tile", "error", "message"),
    [
        (lambda x: torch.tile(x, 2), TypeError, "argument 'dims' .* must be tuple of"),
        (lambda x: torch.tile(x), TypeError, r"^tile\(\) missing 1 required"),
        (lambda x: x.tile(), TypeError, r"^tile\(\) missing 1 required"),
        (lambda x: x.tile(2.0), TypeError, "argument 'dims' .* must be tuple of"),
        (lambda x: torch.tile(x, 2.0), TypeError, "argument 'dims' .* must be tuple"),
        (lambda x: torch.tile(x, (-1,)), RuntimeError, "negative dimension -2"),
        (lambda x: x.tile(-1, 0), RuntimeError, "negative dimension -2"),
    ],
    ids=[
        "integer",
        "none",
        "method-none",
        "method-float",
        "float",
        "negative",
        "method-negative",
    ],
)
def test_tile_refuses_negative_counts_and_as_a_function_an_integer(
    device, tile, error, message
):
    """The function tile() takes a sequence of counts and raises a TypeError for an
    integer, which the method takes. No counts and a float are a TypeError in both, and
    a negative count is a RuntimeError.
    """
    matrix = torch.tensor([[1, 2], [3, 4]], device=device)

    result = matrix.tile(2)
    with pytest.raises(error, match=message):
        tile(matrix)

    assert (result.tolist(), result.dtype) == (
        [[1, 2, 1, 2], [3, 4, 3, 4]],
        torch.int64,
    )
    assert matrix.tolist() == [[1, 2], [3, 4]]


@claim("tensor.tile.gradient", see="generated/torch.tile")
@pytest.mark.parametrize(
    "tile",
    [lambda x: x.tile(2, 2), lambda x: torch.tile(x, (2, 2))],
    ids=["method", "function"],
)
def test_the_gradients_of_the_repetitions_are_added(device, tile):
    """The gradient of each element is the sum of those of its repetitions in tile()."""
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    weights = torch.tensor([[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]])

    result = tile(leaf)
    result.backward(weights.to(device))

    assert result.tolist() == [[1, 2, 1, 2], [1, 2, 1, 2]]
    assert (leaf.grad.tolist(), leaf.grad.dtype) == ([44, 66], torch.float32)
    assert (result.is_leaf, leaf.shape) == (False, (2,))


# --- beside NumPy ---------------------------------------------------------------------


@claim("tensor.dims.same-as-numpy", see="generated/torch.permute")
def test_dimensions_are_reordered_and_repeated_as_by_numpy(device):
    """permute() does what numpy.transpose() does with an order, movedim() what
    moveaxis() does, and tile() what tile() does, with more counts than dimensions or
    fewer.
    """
    array = np.arange(24).reshape(2, 3, 4)
    tensor = torch.arange(24, device=device).view(2, 3, 4)

    permuted, moved = tensor.permute(2, -3, 1), tensor.movedim((0, 1), (-1, 0))
    wide, deep = torch.tile(tensor, (2, 3)), tensor.tile(2, 1, 0, 3)

    assert permuted.tolist() == np.transpose(array, (2, -3, 1)).tolist()
    assert moved.tolist() == np.moveaxis(array, (0, 1), (-1, 0)).tolist()
    assert wide.tolist() == np.tile(array, (2, 3)).tolist()
    assert deep.shape == np.tile(array, (2, 1, 0, 3)).shape
    assert {permuted.dtype, moved.dtype, wide.dtype, deep.dtype} == {torch.int64}

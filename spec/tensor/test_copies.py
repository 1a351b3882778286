"""Copies.

An assignment in Python copies nothing: it gives a tensor another name. A view is a
tensor object of its own over the same storage. Only a copy has a storage of its own,
and clone() is the operation whose whole purpose is to make one: the gradient still
passes through it. Rearranging operations differ in this: transpose and diagonal are
views, flip and diag copy.

It is commonly believed that reversing is free, as it is in NumPy, where a flipped array
is a view with negative strides. A tensor has no negative strides, so flip() copies; and
diag() copies too, where diagonal() does not.
"""

import copy
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models.diagonals import diagonal, with_diagonal
from spec.models.flipping import flipped
from torch_semantics import claim
from torch_semantics.words import shares_storage

SIZES = st.sampled_from([2, 3, 1, 0])


@st.composite
def shapes_and_dims(draw):
    """Draw a shape, and some of its dimensions, each from the front or the end."""
    shape = tuple(draw(st.lists(SIZES, min_size=1, max_size=3)))
    chosen = draw(st.lists(st.integers(0, len(shape) - 1), unique=True))
    return shape, tuple(dim - draw(st.sampled_from([0, len(shape)])) for dim in chosen)


# --- names, views and copies ----------------------------------------------------------


@claim("tensor.copies.assignment-is-a-name", see="tensor_view")
def test_an_assignment_gives_the_same_tensor_another_name(device):
    """After ``b = a`` both names are of one tensor, and a write through either is seen
    through both; giving b another tensor leaves a as it is.
    """
    a = torch.tensor([1, 2, 3], device=device)

    b = a
    b[0] = 10
    same = b is a
    b = b + 1

    assert same
    assert (a.tolist(), b.tolist()) == ([10, 2, 3], [11, 3, 4])
    assert b is not a


@claim("tensor.copies.what-shares", see="tensor_view")
@pytest.mark.parametrize(
    "make",
    [
        lambda x: x[:],
        lambda x: x.view(3),
        lambda x: x.detach(),
        lambda x: x.data,
        lambda x: torch.as_tensor(x),
        lambda x: x.contiguous(),
        lambda x: x.to(torch.float32),
        lambda x: x.to(x.device),
        lambda x: x.type_as(x),
        lambda x: x.float(),
        lambda x: +x,
        lambda x: copy.copy(x),
    ],
    ids=[
        "slice",
        "view",
        "detach",
        "data",
        "as_tensor",
        "contiguous",
        "to-own-dtype",
        "to-own-device",
        "type_as",
        "float",
        "plus",
        "copy.copy",
    ],
)
def test_what_copies_nothing_shares_its_storage(make, device):
    """A slice, view, ``detach()``, ``data``, ``copy.copy()`` and every conversion to
    what the tensor already is lie over its storage: a write is seen in both.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device)

    alias = make(x)
    x[0] = 10
    alias[2] = 30

    assert shares_storage(alias, x)
    assert (alias.tolist(), x.tolist()) == ([10, 2, 30], [10, 2, 30])


@claim("tensor.copies.what-copies", see="generated/torch.clone")
@pytest.mark.parametrize(
    "make",
    [
        lambda x: x.clone(),
        lambda x: torch.clone(x),
        lambda x: copy.deepcopy(x),
        lambda x: x.to(torch.float32, copy=True),
        lambda x: x.new_tensor(x.tolist()),
        lambda x: x[[0, 1, 2]],
        lambda x: x[x > 0],
        lambda x: x.repeat(1),
        lambda x: torch.cat([x]),
        lambda x: x + 0,
        lambda x: torch.flip(x, ()),
        lambda x: torch.empty_like(x).copy_(x),
    ],
    ids=[
        "clone",
        "torch.clone",
        "deepcopy",
        "to-copy",
        "new_tensor",
        "list-index",
        "mask-index",
        "repeat",
        "cat",
        "plus-zero",
        "flip-nothing",
        "copy_",
    ],
)
def test_a_copy_has_a_storage_of_its_own(make, device):
    """Copies have equal elements in another storage, also where an operation changes
    nothing: a write to either is not seen in the other.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device)

    result = make(x)
    x[0] = 10
    result[1] = 20

    assert not shares_storage(result, x)
    assert (result.tolist(), x.tolist()) == ([1, 20, 3], [10, 2, 3])
    assert (result.dtype, result.shape, result.device) == (torch.float32, (3,), device)


@claim("tensor.copies.tensor-of-a-tensor", see="generated/torch.tensor")
def test_torch_tensor_of_a_tensor_copies_and_warns(device):
    """``torch.tensor(x)`` of a tensor copies it without its history, and warns that
    ``clone()`` and ``detach()`` say so better; ``torch.as_tensor(x)`` is x itself.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with pytest.warns(UserWarning, match=r"recommended to use .*clone\(\)"):
        result = torch.tensor(x)

    assert not shares_storage(result, x)
    assert (result.tolist(), result.device) == ([1, 2], device)
    assert (result.requires_grad, result.grad_fn) == (False, None)
    assert torch.as_tensor(x) is x


# --- clone ----------------------------------------------------------------------------


@claim("tensor.clone.differentiable-copy", see="generated/torch.clone")
@pytest.mark.parametrize(
    "clone",
    [
        lambda x: x.clone(),
        lambda x: torch.clone(x),
        lambda x: torch.clone(input=x),
    ],
    ids=["method", "function", "keyword"],
)
def test_a_clone_is_a_copy_through_which_the_gradient_passes(clone, device):
    """A clone has its own storage, with the strides of a dense source, and belongs to
    the source's graph as CloneBackward0: the source gets the gradient unchanged.
    """
    x = torch.arange(6.0, device=device).view(2, 3).t().requires_grad_()
    weights = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], device=device)

    result = clone(x)
    (result * weights).sum().backward()

    assert (result.tolist(), result.stride()) == ([[0, 3], [1, 4], [2, 5]], (1, 3))
    assert (result.dtype, result.requires_grad) == (torch.float32, True)
    assert (result.is_leaf, result.grad_fn.name()) == (False, "CloneBackward0")
    assert x.grad.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert not shares_storage(result, x)


@claim("tensor.clone.without-gradients", see="generated/torch.clone")
def test_a_clone_without_gradients_is_a_leaf(device):
    """The clone of a tensor that requires no gradient has no graph, and neither has a
    clone that is made under ``no_grad``.
    """
    ints = torch.tensor([1, 2], device=device)
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    of_ints = ints.clone()
    with torch.no_grad():
        untracked = leaf.clone()

    assert (of_ints.tolist(), of_ints.dtype) == ([1, 2], torch.int64)
    assert (of_ints.requires_grad, of_ints.is_leaf, of_ints.grad_fn) == (
        False,
        True,
        None,
    )
    assert (untracked.tolist(), untracked.requires_grad) == ([1, 2], False)
    assert (untracked.is_leaf, untracked.grad_fn) == (True, None)


@claim("tensor.clone.of-any-tensor", see="generated/torch.clone")
@pytest.mark.parametrize(
    ("elements", "dtype", "shape"),
    [
        (3, torch.int32, ()),
        ([], torch.float16, (0,)),
        ([[], []], torch.float32, (2, 0)),
        ([True, False], torch.bool, (2,)),
        ([1 + 2j], torch.complex64, (1,)),
        ([255], torch.uint8, (1,)),
    ],
    ids=["zero-dim", "empty", "empty-rows", "bool", "complex", "uint8"],
)
def test_a_clone_keeps_dtype_shape_and_elements(elements, dtype, shape, device):
    """A clone has the dtype, shape and elements of its source: also of a tensor without
    dimensions or elements, of bools and of complex numbers.
    """
    x = torch.tensor(elements, dtype=dtype, device=device)

    result = x.clone()

    assert (result.tolist(), result.dtype, result.shape) == (elements, dtype, shape)
    assert not shares_storage(result, x)


@claim("tensor.clone.is-no-view", see="generated/torch.clone")
def test_a_clone_is_new_and_no_view(device):
    """The clone of a view is no view: it has no base, begins at its storage's start and
    at version 0; the clone of a parameter is a plain tensor and has no gradient.
    """
    base = torch.tensor([1.0, 2.0, 3.0], device=device)
    base.add_(1)
    parameter = nn.Parameter(base[:2].clone())
    parameter.grad = torch.ones(2, device=device)

    result = base[1:].clone()
    with torch.no_grad():
        of_parameter = parameter.clone()

    assert (result._base, result.storage_offset(), result._version) == (None, 0, 0)
    assert (result.tolist(), base.tolist()) == ([3, 4], [2, 3, 4])
    assert (type(of_parameter), of_parameter.grad) == (torch.Tensor, None)
    assert type(parameter.clone()) is torch.Tensor


@claim("tensor.clone.arguments", see="generated/torch.clone")
def test_clone_takes_a_tensor_and_nothing_to_write_into(device):
    """``torch.clone`` raises a TypeError for a list, and for ``out=``, which it does
    not have.
    """
    x = torch.tensor([1, 2], device=device)
    out = torch.tensor([0, 0], device=device)

    with pytest.raises(TypeError, match=r"'input' .* must be Tensor, not list"):
        torch.clone([1, 2])
    with pytest.raises(TypeError, match="unexpected keyword argument 'out'"):
        torch.clone(x, out=out)
    with pytest.raises(TypeError, match="takes 0 positional arguments but 1"):
        x.clone(out)
    assert (x.tolist(), out.tolist()) == ([1, 2], [0, 0])


# --- deepcopy -------------------------------------------------------------------------


@claim("tensor.copies.deepcopy-of-a-view", see="tensor_view")
def test_a_deep_copy_copies_the_whole_storage_of_a_view(device):
    """``copy.deepcopy`` of a view copies its whole storage and lays the copy out in it
    as the view is, where ``clone()`` takes only the elements.
    """
    base = torch.arange(6, device=device).view(2, 3)
    column = base.t()[1:]

    deep = copy.deepcopy(column)
    clone = column.clone()
    column[0, 0] = 10

    assert (deep.tolist(), clone.tolist()) == ([[1, 4], [2, 5]], [[1, 4], [2, 5]])
    assert (deep.stride(), deep.storage_offset()) == ((1, 3), 1)
    assert deep.as_strided((6,), (1,), 0).tolist() == [0, 1, 2, 3, 4, 5]
    assert (clone.stride(), clone.storage_offset()) == ((1, 2), 0)
    assert not shares_storage(deep, column)


@claim("tensor.copies.deepcopy-keeps-sharing", see="tensor_view")
def test_tensors_that_are_deeply_copied_together_still_share(device):
    """Tensors over one storage that are deeply copied in one call lie over one storage
    again, apart from the old one; copied in two calls they don't.
    """
    base = torch.tensor([1, 2, 3], device=device)
    tail = base[1:]

    together = copy.deepcopy([base, tail])
    alone = copy.deepcopy(tail)
    together[0][1] = 20

    assert [x.tolist() for x in together] == [[1, 20, 3], [20, 3]]
    assert shares_storage(*together)
    assert not shares_storage(together[0], base)
    assert (base.tolist(), tail.tolist(), alone.tolist()) == ([1, 2, 3], [2, 3], [2, 3])


@claim("tensor.copies.shallow-copy", see="tensor_view")
def test_a_shallow_copy_is_another_object_over_the_same_storage(device):
    """``copy.copy`` makes a tensor object of its own over the same storage: reshaping
    it in place leaves the source's shape, and writing reaches the source's elements.
    """
    x = torch.tensor([1, 2, 3], device=device)

    shallow = copy.copy(x)
    shallow.unsqueeze_(0)
    shallow[0, 0] = 10

    assert shallow is not x
    assert (shallow.shape, x.shape) == ((1, 3), (3,))
    assert (shallow.tolist(), x.tolist()) == ([[10, 2, 3]], [10, 2, 3])


# --- diag -----------------------------------------------------------------------------


@claim("tensor.diag.builds-or-extracts", see="generated/torch.diag")
@pytest.mark.parametrize(
    "diag",
    [
        lambda x, *offset: torch.diag(x, *offset),
        lambda x, *offset: x.diag(*offset),
        lambda x, offset=0: torch.diag(input=x, diagonal=offset),
        lambda x, *offset: torch.diag(
            x, *offset, out=torch.zeros(0, dtype=x.dtype, device=x.device)
        ),
    ],
    ids=["function", "method", "keywords", "out"],
)
def test_diag_makes_a_matrix_of_a_vector_and_a_vector_of_a_matrix(diag, device):
    """A vector gives the square matrix with it on a diagonal and zeros elsewhere, and a
    matrix gives its diagonal as a vector: above the main one for a positive offset,
    below for a negative.
    """
    vector = torch.tensor([7, 8], device=device)
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)

    built = [diag(vector), diag(vector, 1), diag(vector, -1)]
    taken = [diag(matrix), diag(matrix, 1), diag(matrix, -1), diag(matrix, 2)]

    assert [x.tolist() for x in built] == [
        [[7, 0], [0, 8]],
        [[0, 7, 0], [0, 0, 8], [0, 0, 0]],
        [[0, 0, 0], [7, 0, 0], [0, 8, 0]],
    ]
    assert [x.tolist() for x in taken] == [[1, 5], [2, 6], [4], [3]]
    assert [x.dtype for x in built + taken] == [torch.int64] * 7
    assert vector.tolist() == [7, 8]
    assert matrix.tolist() == [[1, 2, 3], [4, 5, 6]]


@claim("tensor.diag.of-any-matrix", see="generated/torch.diag")
@given(rows=SIZES, columns=SIZES, place=st.integers(0, 5))
def test_diag_takes_the_elements_whose_column_is_the_row_plus_the_offset(
    device, rows, columns, place
):
    """Of a matrix of any size, every offset from minus the rows to the columns gives
    the elements whose column is the offset more than their row.
    """
    offset = place % (rows + columns + 1) - rows
    matrix = torch.arange(rows * columns, device=device).view(rows, columns)

    result = torch.diag(matrix, offset)

    expected = diagonal(matrix.tolist(), columns, offset)
    assert (rows, columns, offset, result.tolist()) == (rows, columns, offset, expected)
    assert (result.shape, result.dtype) == ((len(expected),), torch.int64)


@claim("tensor.diag.of-any-vector", see="generated/torch.diag")
@given(size=st.integers(0, 3), offset=st.integers(-2, 2))
def test_diag_makes_a_square_matrix_large_enough_for_the_offset(device, size, offset):
    """Of a vector of any size, every offset gives a square matrix of as many rows as
    the vector has elements and the offset has steps.
    """
    vector = torch.arange(1, size + 1, device=device)

    result = torch.diag(vector, offset)

    side = size + abs(offset)
    assert (size, offset, result.shape) == (size, offset, (side, side))
    expected = with_diagonal(vector.tolist(), offset)
    assert (size, offset, result.tolist()) == (size, offset, expected)


@claim("tensor.diag.copies", see="generated/torch.diag")
def test_diag_copies_where_diagonal_is_a_view(device):
    """Both ``diag`` of a matrix and ``diag`` of a vector copy; ``diagonal`` of the
    matrix is the view, through which its elements are written.
    """
    matrix = torch.tensor([[1, 2], [3, 4]], device=device)
    vector = torch.tensor([7, 8], device=device)

    taken, built, view = torch.diag(matrix), torch.diag(vector), matrix.diagonal()
    taken[0] = 10
    built[0, 0] = 70
    view[1] = 40

    assert (taken.tolist(), built.tolist()) == ([10, 4], [[70, 0], [0, 8]])
    assert (matrix.tolist(), vector.tolist()) == ([[1, 2], [3, 40]], [7, 8])
    assert (taken.stride(), view.stride()) == ((1,), (3,))
    assert not shares_storage(taken, matrix)


@claim("tensor.diag.strided-input", see="generated/torch.diag")
def test_diag_goes_by_the_indices_and_not_by_the_memory(device):
    """A transposed matrix gives the diagonals of the transposed indices, and a sliced
    vector its own elements; bools and fractions stay what they are.
    """
    columns = torch.tensor([[1.5, 2.5], [3.5, 4.5]], device=device).t()
    sliced = torch.tensor([True, False, True], device=device)[::2]

    taken = torch.diag(columns, 1)
    built = torch.diag(sliced)

    assert (taken.tolist(), taken.dtype) == ([3.5], torch.float32)
    assert (built.tolist(), built.dtype) == (
        [[True, False], [False, True]],
        torch.bool,
    )


@claim("tensor.diag.other-ranks", see="generated/torch.diag")
def test_diag_takes_vectors_and_matrices_only(device):
    """A tensor without dimensions or of three raises a RuntimeError, and an offset that
    is no whole number a TypeError.
    """
    scalar = torch.tensor(1, device=device)
    cube = torch.zeros(1, 1, 1, device=device)
    vector = torch.tensor([1, 2], device=device)

    with pytest.raises(RuntimeError, match=r"matrix or a vector|1D or 2D"):
        torch.diag(scalar)
    with pytest.raises(RuntimeError, match=r"matrix or a vector|1D or 2D"):
        torch.diag(cube)
    with pytest.raises(TypeError, match=r"'diagonal' .* must be int, not float"):
        torch.diag(vector, 1.0)


@claim("tensor.diag.out", see="generated/torch.diag")
def test_diag_writes_into_out_of_its_own_dtype(device):
    """``out=`` is resized and returned, and has to have the dtype of the input: another
    raises a RuntimeError and is left as it is.
    """
    matrix = torch.tensor([[1, 2], [3, 4]], device=device)
    out = torch.zeros(0, dtype=torch.int64, device=device)
    floats = torch.zeros(2, device=device)

    returned = torch.diag(matrix, out=out)

    assert returned is out
    assert (out.tolist(), out.shape) == ([1, 4], (2,))
    with pytest.raises(RuntimeError, match=r"[Ee]xpected .* got float|Long but found"):
        torch.diag(matrix, out=floats)
    assert floats.tolist() == [0, 0]


@claim("tensor.diag.gradient", see="generated/torch.diag")
def test_diag_passes_the_gradient_to_the_elements_that_it_took(device):
    """The gradient reaches the elements that are on the diagonal, and is zero for the
    others of a matrix.
    """
    matrix = torch.zeros(2, 3, device=device, requires_grad=True)
    vector = torch.zeros(2, device=device, requires_grad=True)
    weights = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)

    (torch.diag(matrix, 1) * weights[0]).sum().backward()
    (torch.diag(vector) * weights).sum().backward()

    assert matrix.grad.tolist() == [[0, 1, 0], [0, 0, 2]]
    assert vector.grad.tolist() == [1, 4]


@claim("tensor.diag.offset-beyond-matrix", see="generated/torch.diag", since="2.0")
def test_a_diagonal_beyond_the_matrix_is_empty(device):
    """An offset far beyond the last column or the last row gives an empty vector."""
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)

    right, below = torch.diag(matrix, 50), torch.diag(matrix, -50)

    assert (right.tolist(), below.tolist()) == ([], [])
    assert (right.shape, right.dtype, below.shape) == ((0,), torch.int64, (0,))


@claim(
    "tensor.diag.offset-beyond-matrix-raises", see="generated/torch.diag", until="2.0"
)
def test_a_diagonal_far_beyond_the_matrix_raises(device):
    """An offset beyond the one just outside the matrix raises a RuntimeError about its
    own arithmetic.
    """
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)

    with pytest.raises(RuntimeError, match="integer multiplication overflow"):
        torch.diag(matrix, 4)
    with pytest.raises(RuntimeError, match="integer multiplication overflow"):
        torch.diag(matrix, -5)


# --- flip -----------------------------------------------------------------------------


@claim("tensor.flip.copies", see="generated/torch.flip")
@pytest.mark.parametrize(
    "flip",
    [
        lambda x, *dims: torch.flip(x, dims),
        lambda x, *dims: torch.flip(input=x, dims=[*dims]),
        lambda x, *dims: x.flip(dims),
        lambda x, *dims: x.flip(*dims),
        lambda x, *dims: x.flip(dims=dims),
    ],
    ids=["function", "keywords", "method", "numbers", "method-keyword"],
)
def test_flip_copies_in_reverse(flip, device):
    """``flip`` returns a copy whose elements are in reverse along each dimension named,
    counted from the end where it is negative.
    """
    x = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)

    rows, columns, both = flip(x, 0), flip(x, -1), flip(x, 1, 0)
    before = rows.tolist()
    rows[0, 0] = 40

    assert (before, columns.tolist()) == (
        [[4, 5, 6], [1, 2, 3]],
        [[3, 2, 1], [6, 5, 4]],
    )
    assert both.tolist() == [[6, 5, 4], [3, 2, 1]]
    assert [y.dtype for y in (rows, columns, both)] == [torch.int64] * 3
    assert x.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert not shares_storage(columns, x)


@claim("tensor.flip.of-any-dims", see="generated/torch.flip")
@given(drawn=shapes_and_dims())
def test_flip_takes_each_element_from_the_other_end_of_its_dims(device, drawn):
    """For any shape and any of its dimensions, each element comes from the index that
    counts from the other end in these dimensions; no dimensions change nothing.
    """
    shape, dims = drawn
    x = torch.arange(math.prod(shape), device=device).view(shape)

    result = torch.flip(x, dims)

    expected = flipped([*range(math.prod(shape))], shape, dims)
    assert (shape, dims, result.shape) == (shape, dims, shape)
    assert (shape, dims, result.flatten().tolist()) == (shape, dims, expected)


@claim("tensor.flip.no-dims", see="generated/torch.flip")
def test_flipping_no_dims_still_copies(device):
    """With an empty tuple the elements stay in order, in a copy; flipping a dimension
    of size 1 copies too.
    """
    x = torch.tensor([[1, 2, 3]], device=device)

    nothing, single = torch.flip(x, ()), torch.flip(x, (0,))
    x[0, 0] = 10

    assert (nothing.tolist(), single.tolist()) == ([[1, 2, 3]], [[1, 2, 3]])
    assert (shares_storage(nothing, x), shares_storage(single, x)) == (False, False)
    assert x.tolist() == [[10, 2, 3]]


@claim("tensor.flip.strides", see="generated/torch.flip")
def test_flip_keeps_dense_strides(device):
    """The copy has the strides of a transposed source and never negative ones; of a
    sliced or expanded source it is contiguous.
    """
    columns = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device).t()
    sliced = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)[:, ::2]
    expanded = torch.tensor([[7], [8]], device=device).expand(2, 3)

    flipped_ = [torch.flip(x, (0,)) for x in (columns, sliced, expanded)]

    assert [x.tolist() for x in flipped_] == [
        [[3, 6], [2, 5], [1, 4]],
        [[4, 6], [1, 3]],
        [[8, 8, 8], [7, 7, 7]],
    ]
    assert [x.stride() for x in flipped_[:2]] == [(1, 3), (2, 1)]
    assert flipped_[2].is_contiguous()


@claim("tensor.flip.dims-are-required", see="generated/torch.flip")
def test_flip_needs_a_sequence_of_dims(device):
    """``torch.flip`` raises a TypeError for a plain number, which the method accepts,
    and both raise one without dimensions.
    """
    x = torch.tensor([[1, 2], [3, 4]], device=device)

    by_method = x.flip(0)

    assert by_method.tolist() == [[3, 4], [1, 2]]
    with pytest.raises(TypeError, match=r"'dims' .* must be tuple of ints, not int"):
        torch.flip(x, 0)
    with pytest.raises(TypeError, match=r'missing 1 required .* arguments: "dims"'):
        torch.flip(x)
    with pytest.raises(TypeError, match=r'missing 1 required .* arguments: "dims"'):
        x.flip()


@claim("tensor.flip.bad-dims", see="generated/torch.flip")
def test_flip_takes_each_dim_once(device):
    """A dimension that is named twice, also from both ends, raises a RuntimeError, and
    one that does not exist an IndexError.
    """
    x = torch.tensor([[1, 2], [3, 4]], device=device)

    with pytest.raises(RuntimeError, match="dim 0 appears multiple times"):
        torch.flip(x, (0, 0))
    with pytest.raises(RuntimeError, match="dim 1 appears multiple times"):
        torch.flip(x, (1, -1))
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got 2"):
        torch.flip(x, (2,))
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got -3"):
        torch.flip(x, (-3,))
    assert x.tolist() == [[1, 2], [3, 4]]


@claim("tensor.flip.scalars-and-empty", see="generated/torch.flip")
def test_flip_of_scalars_and_empty_tensors(device):
    """A tensor without dimensions may be flipped along 0 and -1 and keeps its element;
    one without elements keeps its shape.
    """
    scalar = torch.tensor(7, device=device)
    empty = torch.zeros(0, 2, device=device)

    scalars = [torch.flip(scalar, dims) for dims in ((), (0,), (-1,))]
    of_empty = torch.flip(empty, (0, 1))

    assert [(x.item(), x.shape) for x in scalars] == [(7, ())] * 3
    assert (of_empty.shape, of_empty.dtype) == ((0, 2), torch.float32)
    with pytest.raises(IndexError, match=r"range of \[-1, 0\], but got 1"):
        torch.flip(scalar, (1,))


@claim("tensor.flip.gradient", see="generated/torch.flip")
def test_flip_turns_the_gradient_around_too(device):
    """The gradient of each element is that of the place it was moved to."""
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([1.0, 10.0, 100.0], device=device)

    result = torch.flip(x, (0,))
    (result * weights).sum().backward()

    assert (result.tolist(), x.grad.tolist()) == ([3, 2, 1], [100, 10, 1])


@claim("tensor.flip.left-right-and-up-down", see="generated/torch.fliplr")
def test_fliplr_and_flipud_flip_one_dim(device):
    """``flipud`` reverses the first dimension and ``fliplr`` the second, as copies;
    they raise a RuntimeError where there is no such dimension.
    """
    x = torch.tensor([[1, 2], [3, 4]], device=device)
    vector = torch.tensor([1, 2], device=device)
    scalar = torch.tensor(1, device=device)
    cube = torch.tensor([[[1, 2], [3, 4]]], device=device)

    up_down, left_right = torch.flipud(x), torch.fliplr(x)

    assert (up_down.tolist(), left_right.tolist()) == (
        [[3, 4], [1, 2]],
        [[2, 1], [4, 3]],
    )
    assert (x.flipud().tolist(), x.fliplr().tolist()) == (
        [[3, 4], [1, 2]],
        [[2, 1], [4, 3]],
    )
    assert torch.flipud(vector).tolist() == [2, 1]
    assert torch.fliplr(cube).tolist() == [[[3, 4], [1, 2]]]
    assert (shares_storage(up_down, x), shares_storage(left_right, x)) == (False, False)
    with pytest.raises(RuntimeError, match=r"must be >= 2-d"):
        torch.fliplr(vector)
    with pytest.raises(RuntimeError, match=r"must be >= 1-d"):
        torch.flipud(scalar)

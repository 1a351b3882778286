"""Products.

``a * b`` multiplies element by element, and ``a @ b`` multiplies matrices: each row of
the first with each column of the second. mm() takes two matrices, bmm() two stacks of
equally many matrices, and matmul(), which is what ``@`` calls, takes all of these and
vectors too, and broadcasts the dimensions before the last two. tensordot() sums over
whichever dimensions it is told.

It is commonly believed that matmul() of three-dimensional tensors is bmm(), and that
products of matrices promote dtypes as ``*`` does: bmm() does not broadcast a single
matrix, and no product of matrices mixes dtypes.
"""

import math
import operator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.matmul import contracted, fits, product, product_shape
from torch_semantics import Difference, claim

SAME_DTYPE = "same dtype|expected scalar type"
SIZES = st.sampled_from([2, 3, 1, 0])


@st.composite
def multiplicable(draw):
    """Draw the shapes of two tensors that can be multiplied."""
    rows, inner, columns = draw(SIZES), draw(SIZES), draw(SIZES)
    batch = draw(st.lists(st.sampled_from([2, 1, 3]), max_size=2))
    shapes = []
    for matrix, vector in (((rows, inner), (inner,)), ((inner, columns), (inner,))):
        kept = batch[draw(st.integers(0, len(batch))) :]
        stack = tuple(draw(st.sampled_from([size, 1])) for size in kept)
        shapes.append(draw(st.sampled_from([(*stack, *matrix), vector])))
    return tuple(shapes)


@st.composite
def unfit(draw):
    """Draw the shapes of two tensors that clash in the sum or before the matrices."""
    shapes = [
        ((2, 3), (2, 3)),
        ((3,), (2,)),
        ((3,), (2, 4)),
        ((2, 3), (1,)),
        ((4, 2, 3), (3, 3, 1)),
        ((2, 1, 2, 3), (4, 3, 3, 1)),
        ((0, 3), (2, 0)),
        ((5, 2, 1), (5, 3, 2)),
    ]
    return draw(st.sampled_from(shapes))


@st.composite
def contractible(draw):
    """Draw two shapes, and the pairs of dimensions that are summed over."""
    a = tuple(draw(st.lists(SIZES, min_size=1, max_size=3)))
    summed = draw(st.permutations(range(len(a))))[: draw(st.integers(0, 2))]
    free = tuple(draw(st.lists(SIZES, max_size=2)))
    order = draw(st.permutations(range(len(summed) + len(free))))
    sizes = (*(a[dim] for dim in summed), *free)
    b = tuple(sizes[i] for i in order)
    return a, b, [(dim, order.index(i)) for i, dim in enumerate(summed)]


def numbered(shape, device, first=0):
    """Return a tensor of floats whose elements count up."""
    numbers = range(first, first + math.prod(shape))
    return torch.tensor(numbers, dtype=torch.float32, device=device).view(shape)


# --- element by element ---------------------------------------------------------------


@claim("tensor.mul.star-equals-torch-mul", see="generated/torch.mul")
@pytest.mark.parametrize(
    "multiply",
    [
        lambda a, b: a * b,
        lambda a, b: torch.mul(a, b),
        lambda a, b: torch.mul(input=a, other=b),
        lambda a, b: torch.multiply(a, b),
        lambda a, b: a.mul(b),
        lambda a, b: a.multiply(b),
        lambda a, b: torch.mul(a, b, out=torch.empty(3, 4, device=a.device)),
    ],
    ids=[
        *("operator", "torch.mul", "keywords", "torch.multiply", "mul", "multiply"),
        "out",
    ],
)
def test_star_and_mul_multiply_element_by_element(device, multiply):
    """``a * b``, mul() and multiply(), as functions and methods, give the products of
    the elements that broadcasting brings together.
    """
    a = torch.tensor([[1.0], [2.0], [3.0]], device=device)
    b = torch.tensor([[1.0, 10.0, 100.0, 0.0]], device=device)

    result = multiply(a, b)

    assert result.tolist() == [[1, 10, 100, 0], [2, 20, 200, 0], [3, 30, 300, 0]]
    assert (result.shape, result.dtype) == ((3, 4), torch.float32)
    assert (a.tolist(), b.tolist()) == ([[1], [2], [3]], [[1, 10, 100, 0]])
    with pytest.raises(
        RuntimeError, match=r"a \(3\) must match .* b \(2\) at non-sing"
    ):
        multiply(a, torch.ones(2, 4, device=device))


@claim("tensor.mul.is-not-the-matrix-product", see="generated/torch.matmul")
def test_star_is_not_the_product_of_matrices(device):
    """Of two square matrices ``*`` gives the products of their elements, and ``@`` the
    product of the matrices, which depends on the order.
    """
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    b = torch.tensor([[0.0, 1.0], [1.0, 1.0]], device=device)

    elements, there, back = a * b, a @ b, b @ a

    assert elements.tolist() == [[0, 2], [3, 4]]
    assert there.tolist() == [[2, 3], [4, 7]]
    assert back.tolist() == [[3, 4], [4, 6]]


@claim("tensor.mul.promotes", see="tensor_attributes")
def test_star_promotes_dtypes(device):
    """``*`` brings both operands to one dtype: a fraction wins over an integer, and a
    Python number changes the dtype only where its kind is higher.
    """
    truth = torch.tensor([True, False], device=device)
    whole = torch.tensor([2, 3], device=device)
    half = torch.tensor([0.5, 2.0], dtype=torch.float16, device=device)
    single = torch.tensor([0.5, 2.0], device=device)

    results = [
        *(truth * truth, truth * whole, whole * single, half * single),
        *(whole * 2, whole * 2.5, 2.5 * half, half * torch.tensor(2.0, device=device)),
    ]

    assert (truth.tolist(), whole.tolist()) == ([True, False], [2, 3])
    assert (half.tolist(), single.tolist()) == ([0.5, 2], [0.5, 2])
    assert [(each.tolist(), each.dtype) for each in results] == [
        ([True, False], torch.bool),
        ([2, 0], torch.int64),
        ([1, 6], torch.float32),
        ([0.25, 4], torch.float32),
        ([4, 6], torch.int64),
        ([5, 7.5], torch.float32),
        ([1.25, 5], torch.float16),
        ([1, 4], torch.float16),
    ]


@claim("tensor.mul.in-place-keeps-the-dtype", see="generated/torch.Tensor.mul_")
def test_a_product_in_place_keeps_dtype_and_shape(device):
    """mul_() and ``*=`` write into the tensor and return it; where the product would be
    of a higher kind, or of a larger shape, they raise a RuntimeError and change
    nothing.
    """
    whole = torch.tensor([2, 3], device=device)
    alias = whole

    assert whole.mul_(2) is whole
    alias *= torch.tensor([10, 1], device=device)
    assert (alias is whole, whole.tolist()) == (True, [40, 6])
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        whole.mul_(2.5)
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        whole.mul_(torch.ones(2, 1, dtype=torch.int64, device=device))
    assert (whole.tolist(), whole.dtype) == ([40, 6], torch.int64)


# --- mm -------------------------------------------------------------------------------


@claim("tensor.mm.two-matrices-only", see="generated/torch.mm")
def test_mm_multiplies_two_matrices(device):
    """mm() of (n, m) and (m, p) gives (n, p): each element is the sum over a row of the
    first times a column of the second. A tensor of any other number of dimensions, on
    either side, raises a RuntimeError.
    """
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)
    b = torch.tensor([[1.0, 0.0], [0.0, 10.0], [100.0, 0.0]], device=device)
    stack, other = a.unsqueeze(0), b.unsqueeze(0)

    result = torch.mm(a, b)

    assert (result.tolist(), result.dtype) == ([[301, 20], [604, 50]], torch.float32)
    assert (result.shape, result.stride()) == ((2, 2), (2, 1))
    assert a.mm(b).tolist() == [[301, 20], [604, 50]]
    assert torch.mm(input=a, mat2=b).tolist() == [[301, 20], [604, 50]]
    with pytest.raises(RuntimeError, match="self must be a matrix"):
        torch.mm(a[0], b)
    with pytest.raises(RuntimeError, match="mat2 must be a matrix"):
        torch.mm(a, b[:, 0])
    with pytest.raises(RuntimeError, match="self must be a matrix"):
        torch.mm(stack, b)
    with pytest.raises(RuntimeError, match="mat2 must be a matrix"):
        a.mm(other)


@claim("tensor.mm.inner-sizes", see="generated/torch.mm")
def test_mm_needs_equal_inner_sizes(device):
    """mm() raises a RuntimeError that names both shapes when the columns of the first
    are not as many as the rows of the second; a size of 1 does not stand for others.
    """
    a = torch.ones(2, 3, device=device)

    with pytest.raises(RuntimeError, match=r"cannot be multiplied \(2x3 and 2x3\)$"):
        torch.mm(a, a)
    with pytest.raises(RuntimeError, match=r"cannot be multiplied \(2x3 and 1x2\)$"):
        a.mm(torch.ones(1, 2, device=device))
    with pytest.raises(RuntimeError, match=r"cannot be multiplied \(2x0 and 1x2\)$"):
        torch.mm(torch.ones(2, 0, device=device), torch.ones(1, 2, device=device))


@claim("tensor.mm.empty", see="generated/torch.mm")
def test_a_sum_over_nothing_is_zero(device):
    """Where the inner size is 0 the product is full of zeros, since nothing is added;
    without rows or columns it has no elements.
    """
    wide, tall = torch.ones(2, 0, device=device), torch.ones(0, 3, device=device)

    zeros, rowless = torch.mm(wide, tall), torch.mm(tall, torch.ones(3, 2).to(device))

    assert (zeros.tolist(), zeros.dtype) == ([[0, 0, 0], [0, 0, 0]], torch.float32)
    assert (rowless.shape, rowless.tolist()) == ((0, 2), [])
    assert torch.mm(torch.ones(3, 2, device=device), wide).shape == (3, 0)


@claim("tensor.mm.strided-operands", see="generated/torch.mm")
def test_the_strides_of_the_operands_make_no_difference(device):
    """Transposed, sliced and expanded matrices give the same product as their copies,
    and are left as they are.
    """
    base = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], device=device)
    sliced, transposed = base[:, ::2], base[:, :2].t()
    expanded, other = base[0, :2].expand(2, 2), base[:, 1:3]

    assert (other.shape, other.tolist()) == ((2, 2), [[2, 3], [6, 7]])
    assert torch.mm(sliced, expanded).tolist() == [[4, 8], [12, 24]]
    assert torch.mm(transposed, sliced).tolist() == [[26, 38], [32, 48]]
    assert torch.mm(transposed, other).tolist() == [[32, 38], [40, 48]]
    assert base.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]


@claim("tensor.mm.out", see="generated/torch.mm")
def test_mm_writes_into_out_and_returns_it(device):
    """With out=, mm(), mv(), bmm() and matmul() write the product over what was there,
    through the tensor's strides, and return the tensor itself; another dtype raises a
    RuntimeError.
    """
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    base = torch.full((3, 2), 9.0, device=device)
    place, row, stack = base[:2], base[2], base[None, :2]
    ones = torch.ones(2, device=device)

    assert torch.mm(a, a, out=place) is place
    assert base.tolist() == [[7, 10], [15, 22], [9, 9]]
    assert torch.matmul(a, a + 1, out=place.t()).tolist() == [[10, 13], [22, 29]]
    assert base.tolist() == [[10, 22], [13, 29], [9, 9]]
    assert torch.mv(a, ones, out=row) is row
    assert torch.bmm(a[None], a[None], out=stack) is stack
    assert base.tolist() == [[7, 10], [15, 22], [3, 7]]
    with pytest.raises(RuntimeError, match="dtype"):
        torch.mm(a, a, out=torch.zeros(2, 2, dtype=torch.float16, device=device))


NO_INTEGERS = [
    Difference(
        "cuda",
        "products of matrices are left to a library that has no integers",
        raises=RuntimeError,
        match="not implemented for",
    )
]


@claim("tensor.mm.integers", see="generated/torch.mm", differs=NO_INTEGERS)
def test_products_of_integers_are_integers(device):
    """Matrices and vectors of one integer dtype can be multiplied: the product is of
    that dtype, and wraps around where it does not fit.
    """
    a = torch.tensor([[1, 2], [3, 4]], device=device)
    byte = torch.tensor([[200]], dtype=torch.uint8, device=device)

    results = [
        torch.mm(a, a),
        a @ a[0],
        torch.bmm(a[None], a[None]),
        torch.mm(byte, byte),
    ]

    assert [(each.tolist(), each.dtype) for each in results] == [
        ([[7, 10], [15, 22]], torch.int64),
        ([5, 11], torch.int64),
        ([[[7, 10], [15, 22]]], torch.int64),
        ([[64]], torch.uint8),
    ]


@claim("tensor.mm.complex", see="generated/torch.mm")
def test_products_of_complex_matrices_conjugate_nothing(device):
    """Products of complex matrices are of their dtype and conjugate nothing; a lazily
    conjugated operand counts as what it shows.
    """
    a = torch.tensor([[1j, 1]], device=device)
    b = torch.tensor([[1j], [2 + 1j]], device=device)

    assert torch.mm(a, b).tolist() == [[1 + 1j]]
    assert torch.mm(a.conj(), b).tolist() == [[3 + 1j]]
    assert torch.mm(a, b.conj()).tolist() == [[3 - 1j]]
    assert torch.mm(a, b).dtype is torch.complex64


@claim("tensor.mm.gradients", see="generated/torch.mm")
@pytest.mark.parametrize(
    "multiply",
    [
        lambda a, b: torch.mm(a, b),
        lambda a, b: a @ b,
        lambda a, b: torch.bmm(a[None], b[None])[0],
        lambda a, b: torch.tensordot(a, b, dims=1),
    ],
    ids=["mm", "operator", "bmm", "tensordot"],
)
def test_gradients_of_a_product_are_products_with_the_transposed_operands(
    device, multiply
):
    """The gradient of the first operand is the incoming one times the transposed second
    operand, and that of the second the transposed first one times the incoming.
    """
    a = torch.tensor([[1.0, 2.0]], requires_grad=True, device=device)
    b = torch.tensor([[3.0, 4.0], [5.0, 6.0]], requires_grad=True, device=device)
    incoming = torch.tensor([[1.0, 10.0]], device=device)

    result = multiply(a, b)
    result.backward(incoming)

    assert (result.tolist(), result.requires_grad) == ([[13, 16]], True)
    assert a.grad.tolist() == [[43, 65]]
    assert b.grad.tolist() == [[1, 10], [2, 20]]


# --- bmm ------------------------------------------------------------------------------


@claim("tensor.bmm.two-3d-tensors-only", see="generated/torch.bmm")
def test_bmm_multiplies_matrix_by_matrix(device):
    """bmm() of (b, n, m) and (b, m, p) gives (b, n, p): each matrix of the first stack
    times the matrix of the second in the same place. Operands of two dimensions, and
    stacks of different sizes, raise a RuntimeError: a stack of one is not repeated.
    """
    a = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]], device=device)
    b = torch.tensor([[[1.0], [10.0]], [[100.0], [1000.0]]], device=device)

    result = torch.bmm(a, b)

    assert (result.tolist(), result.dtype) == ([[[21]], [[4300]]], torch.float32)
    assert result.shape == (2, 1, 1)
    assert a.bmm(b).tolist() == [[[21]], [[4300]]]
    assert torch.bmm(input=a, mat2=b).tolist() == [[[21]], [[4300]]]
    with pytest.raises(RuntimeError, match=r"^batch1 must be a 3D tensor$"):
        torch.bmm(a[0], b)
    with pytest.raises(RuntimeError, match=r"^batch2 must be a 3D tensor$"):
        torch.bmm(a, b[0])
    with pytest.raises(
        RuntimeError, match=r"batch2 tensor to be: \[2, 2\] .* \[1, 2\]"
    ):
        torch.bmm(a, b[:1])


@claim("tensor.bmm.inner-sizes", see="generated/torch.bmm")
def test_bmm_needs_equal_stacks_and_inner_sizes(device):
    """bmm() raises a RuntimeError that names the sizes it needs of the second operand,
    when the inner sizes differ and when either stack is the larger one.
    """
    a, b = torch.ones(5, 2, 3, device=device), torch.ones(5, 3, 4, device=device)
    wrong = torch.ones(5, 4, 3, device=device)

    with pytest.raises(RuntimeError, match=r"to be: \[5, 3\] but got: \[5, 4\]"):
        torch.bmm(a, wrong)
    with pytest.raises(RuntimeError, match=r"to be: \[1, 3\] but got: \[5, 3\]"):
        torch.bmm(a[:1], b)
    with pytest.raises(RuntimeError, match=r"to be: \[5, 3\] but got: \[0, 3\]"):
        a.bmm(b[:0])


@claim("tensor.bmm.empty", see="generated/torch.bmm")
def test_bmm_of_no_matrices_and_over_nothing(device):
    """A stack of no matrices gives one of none; where the inner size is 0 the matrices
    are full of zeros.
    """
    a, b = torch.ones(2, 1, 3, device=device), torch.ones(2, 3, 2, device=device)

    none, zeros = torch.bmm(a[:0], b[:0]), torch.bmm(a[..., :0], b[:, :0])

    assert (none.shape, none.tolist()) == ((0, 1, 2), [])
    assert (zeros.shape, zeros.tolist()) == ((2, 1, 2), [[[0, 0]], [[0, 0]]])


# --- matmul ---------------------------------------------------------------------------


@claim("tensor.matmul.equals-at-operator", see="generated/torch.matmul")
@pytest.mark.parametrize(
    "multiply",
    [
        lambda a, b: a @ b,
        lambda a, b: a.matmul(b),
        lambda a, b: torch.matmul(a, b),
        lambda a, b: torch.matmul(input=a, other=b),
        lambda a, b: torch.linalg.matmul(a, b),
        lambda a, b: operator.matmul(a, b),
    ],
    ids=["at", "method", "function", "keywords", "linalg", "operator"],
)
def test_at_is_matmul(device, multiply):
    """``a @ b``, a.matmul(b) and torch.matmul(a, b) give the same product of matrices,
    of vectors and of stacks; two tensors without dimensions raise a RuntimeError.
    """
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    b = torch.tensor([[0.0, 1.0], [1.0, 10.0]], device=device)

    matrix, vector = multiply(a, b), multiply(a, b[1])
    stack, dot = multiply(a.expand(2, 2, 2), b), multiply(a[0], b[1])

    assert (matrix.tolist(), matrix.dtype) == ([[2, 21], [4, 43]], torch.float32)
    assert (vector.tolist(), dot.tolist()) == ([21, 43], 21)
    assert stack.tolist() == [[[2, 21], [4, 43]], [[2, 21], [4, 43]]]
    with pytest.raises(RuntimeError, match=r"need to be at least 1D, .* 0D and 0D$"):
        multiply(a[0, 0], b[0, 0])


@claim("tensor.matmul.numbers-rejected", see="generated/torch.matmul")
def test_matmul_does_not_scale(device):
    """A number on either side of ``@`` raises a TypeError, and a tensor without
    dimensions a RuntimeError: scaling is for ``*``.
    """
    vector, scalar = torch.ones(2, device=device), torch.tensor(2.0, device=device)

    with pytest.raises(TypeError, match="unsupported operand type"):
        vector @ 2
    with pytest.raises(TypeError, match="unsupported operand type"):
        2 @ vector
    with pytest.raises(TypeError, match=r"'other' \(position 2\) must be Tensor, not"):
        torch.matmul(vector, 2)
    with pytest.raises(RuntimeError, match=r"need to be at least 1D, .* 1D and 0D$"):
        vector @ scalar
    with pytest.raises(RuntimeError, match=r"need to be at least 1D, .* 0D and 1D$"):
        torch.matmul(scalar, vector)


@claim("tensor.matmul.one-dimensional-operands", see="generated/torch.matmul")
def test_a_vector_is_a_row_on_the_left_and_a_column_on_the_right(device):
    """Two vectors give their dot product, without dimensions. A vector on the left
    counts as a matrix of one row, and on the right as one of one column; that dimension
    is taken away again, also from a stack.
    """
    vector = torch.tensor([1.0, 10.0, 100.0], device=device)
    matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], device=device)
    stack = torch.stack([matrix, matrix + 1])

    assert ((vector @ vector).shape, (vector @ vector).item()) == ((), 10101)
    assert (vector @ matrix).tolist() == [531, 642]
    assert (matrix.t() @ vector).tolist() == [531, 642]
    assert (vector @ stack).tolist() == [[531, 642], [642, 753]]
    assert (stack.mT @ vector).tolist() == [[531, 642], [642, 753]]
    assert ((vector[:0] @ vector[:0]).shape, vector[:0] @ vector[3:]) == ((), 0)


@claim("tensor.matmul.vector-mismatch", see="generated/torch.matmul")
@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ((2,), (3,), r"inconsistent tensor size, expected tensor \[2\] and src \[3\]"),
        ((1,), (3,), r"inconsistent tensor size, expected tensor \[1\] and src \[3\]"),
        ((3,), (2, 4), r"cannot be multiplied \(1x3 and 2x4\)"),
        ((2, 3), (2,), r"^size mismatch, got .*2x3"),
        ((5, 2, 3), (4,), r"^size mismatch, got .*10x3"),
    ],
    ids=["vectors", "one-and-three", "row", "column", "stack"],
)
def test_a_vector_of_another_length_is_rejected(device, a, b, message):
    """A vector of another length than the matrix or vector beside it raises a
    RuntimeError, and a length of 1 as well: nothing is broadcast there.
    """
    with pytest.raises(RuntimeError, match=message):
        torch.ones(a, device=device) @ torch.ones(b, device=device)


@claim("tensor.matmul.broadcasts-batch-dims", see="generated/torch.matmul")
def test_matmul_multiplies_the_last_two_dimensions_and_broadcasts_the_others(device):
    """Of operands with two dimensions or more, the last two are matrices, and those
    before them are broadcast; where these don't fit, a RuntimeError names them.
    """
    a = numbered((2, 1, 1, 2), device, first=1)
    b = numbered((3, 2, 1), device)
    rows = b.mT

    result = a @ b

    assert result.shape == (2, 3, 1, 1)
    assert result.flatten().tolist() == [2, 8, 14, 4, 18, 32]
    assert torch.ones(5, 1, 2, 3, device=device).matmul(
        torch.ones(6, 3, 4, device=device)
    ).shape == (5, 6, 2, 4)
    assert (b[:0] @ a[0]).shape == (0, 2, 2)
    with pytest.raises(
        RuntimeError, match=r"a \(3\) must match .* b \(2\) .* dimension 0"
    ):
        rows @ b[:2]


@claim("tensor.matmul.any-shapes", see="generated/torch.matmul")
@given(shapes=multiplicable())
def test_matmul_of_any_shapes_that_fit(device, shapes):
    """Whatever the shapes, if they fit, the product has the broadcast dimensions, the
    rows of the first and the columns of the second, and the sums of products.
    """
    a, b = numbered(shapes[0], device), numbered(shapes[1], device, first=-2)
    xs, ys = range(a.numel()), range(-2, b.numel() - 2)

    result = a @ b

    assert (shapes, result.shape) == (shapes, product_shape(*shapes))
    assert (shapes, result.flatten().tolist()) == (
        shapes,
        product(xs, shapes[0], ys, shapes[1]),
    )


@claim("tensor.matmul.any-mismatch", see="generated/torch.matmul")
@given(shapes=unfit())
def test_matmul_of_shapes_that_do_not_fit(device, shapes):
    """Shapes that differ in the dimension that is summed over, or that do not broadcast
    before the matrices, raise a RuntimeError.
    """
    a, b = numbered(shapes[0], device), numbered(shapes[1], device)
    assert (shapes, fits(*shapes)) == (shapes, False)

    with pytest.raises(
        RuntimeError, match=r"multipl|must match|mismatch|inconsis|to be"
    ):
        a @ b


@claim("tensor.matmul.on-3d-vs-bmm", see="generated/torch.matmul")
def test_matmul_repeats_a_single_matrix_where_bmm_refuses(device):
    """Of stacks of equally many matrices, matmul() gives what bmm() gives; a stack of
    one, and a bare matrix, are broadcast by matmul(), and refused by bmm().
    """
    a = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]], device=device)
    b = torch.tensor([[[1.0], [10.0]], [[100.0], [1000.0]]], device=device)

    assert torch.matmul(a, b).tolist() == [[[21]], [[4300]]]
    assert torch.bmm(a, b).tolist() == [[[21]], [[4300]]]
    assert torch.matmul(a, b[:1]).tolist() == [[[21]], [[43]]]
    assert torch.matmul(a, b[0]).tolist() == [[[21]], [[43]]]
    assert torch.matmul(a[1], b).tolist() == [[[43]], [[4300]]]
    with pytest.raises(RuntimeError, match=r"^Expected size for first two dimensions"):
        torch.bmm(a, b[:1])


@claim("tensor.matmul.new-and-contiguous", see="generated/torch.matmul")
def test_the_product_is_new_and_leaves_the_operands_as_they_are(device):
    """A product lies in new memory, in the order of its indices, also where one operand
    is the identity; the operands stay as they are.
    """
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    identity = torch.eye(2, device=device)
    expanded, transposed = a.expand(3, 2, 2), identity.mT

    product, stack = a @ identity, expanded @ transposed
    left, right = transposed @ expanded, expanded @ identity
    product[0, 0] = -1

    assert (product.stride(), stack.stride()) == ((2, 1), (4, 2, 1))
    assert (left.stride(), right.stride()) == ((4, 2, 1), (4, 2, 1))
    assert stack.tolist() == left.tolist() == right.tolist() == [[[1, 2], [3, 4]]] * 3
    assert (a.tolist(), identity.tolist()) == ([[1, 2], [3, 4]], [[1, 0], [0, 1]])


@claim("tensor.matmul.augmented-assignment", see="generated/torch.matmul")
def test_at_with_an_assignment_makes_a_new_tensor(device):
    """``a @= b`` binds the name to a new tensor: the one it stood for is unchanged."""
    matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    name = matrix
    b = torch.tensor([[0.0, 1.0], [1.0, 0.0]], device=device)

    name @= b

    assert (name.tolist(), matrix.tolist()) == ([[2, 1], [4, 3]], [[1, 2], [3, 4]])


@claim("tensor.matmul.batch-gradients", see="generated/torch.matmul")
def test_gradients_of_a_broadcast_matrix_are_summed(device):
    """The gradient of a matrix that was multiplied with a whole stack is the sum over
    the stack, in the matrix's own shape.
    """
    stack = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]], device=device)
    matrix = torch.tensor([[1.0], [1.0]], requires_grad=True, device=device)

    result = stack @ matrix
    result.backward(torch.tensor([[[1.0]], [[10.0]]], device=device))

    assert (result.tolist(), result.requires_grad) == ([[[3]], [[7]]], True)
    assert (matrix.grad.shape, matrix.grad.tolist()) == ((2, 1), [[31], [42]])


@claim("tensor.matmul.dtypes-must-match", see="generated/torch.matmul")
@pytest.mark.parametrize(
    "multiply",
    [
        lambda a, b: torch.mm(a, b),
        lambda a, b: torch.bmm(a[None], b[None]),
        lambda a, b: a @ b,
        lambda a, b: a[None] @ b,
        lambda a, b: a @ b[0],
        lambda a, b: a[0] @ b[0],
        lambda a, b: torch.tensordot(a, b, 1),
    ],
    ids=["mm", "bmm", "matmul", "stack", "vector", "vectors", "tensordot"],
)
def test_products_of_matrices_do_not_promote(device, multiply):
    """Products of matrices and vectors of two dtypes raise a RuntimeError, in either
    order, where ``*`` promotes.
    """
    single = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    whole = torch.tensor([[1, 0], [0, 1]], device=device)
    brain = single.bfloat16()

    with pytest.raises(RuntimeError, match=SAME_DTYPE):
        multiply(single, whole)
    with pytest.raises(RuntimeError, match=SAME_DTYPE):
        multiply(whole, single)
    with pytest.raises(RuntimeError, match=SAME_DTYPE):
        multiply(single, brain)
    assert (single * whole).tolist() == [[1, 0], [0, 4]]


# --- tensordot ------------------------------------------------------------------------


@claim("tensor.tensordot.contracts-dims", see="generated/torch.tensordot")
def test_tensordot_sums_over_the_last_dimensions_of_one_and_the_first_of_the_other(
    device,
):
    """tensordot() with dims=n sums over the last n dimensions of the first tensor
    together with the first n of the second: 1 is the product of matrices, 0 the table
    of all products, and 2 is the default.
    """
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    b = torch.tensor([[1.0, 10.0], [100.0, 1000.0]], device=device)

    table = torch.tensordot(a[0], b, dims=0)
    matrix, number = torch.tensordot(a, b, dims=1), torch.tensordot(a, b, dims=2)

    assert (table.shape, table[1].tolist()) == ((2, 2, 2), [[2, 20], [200, 2000]])
    assert (matrix.tolist(), matrix.dtype) == (
        [[201, 2010], [403, 4030]],
        torch.float32,
    )
    assert (number.shape, number.item()) == ((), 4321)
    assert torch.tensordot(a, b).tolist() == 4321
    assert torch.tensordot(a[None], torch.stack([b, b], 2)).tolist() == [[4321, 4321]]


@claim("tensor.tensordot.pairs", see="generated/torch.tensordot")
def test_tensordot_sums_over_the_pairs_of_dimensions_that_it_is_given(device):
    """tensordot() with dims=([i, ...], [j, ...]) sums over dimension i of the first
    with dimension j of the second; negative numbers count from the end, and what
    remains keeps its order.
    """
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)
    b = torch.tensor([[1.0, 10.0], [100.0, 1000.0], [0.0, 1.0]], device=device)

    assert torch.tensordot(a, b, dims=([1], [0])).tolist() == [[201, 2013], [504, 5046]]
    assert torch.tensordot(a, b, dims=([-1], [-2])).tolist() == [
        *([201, 2013], [504, 5046])
    ]
    assert torch.tensordot(a, b, dims=([0], [1])).tolist() == [
        *([41, 4100, 4], [52, 5200, 5], [63, 6300, 6])
    ]
    assert torch.tensordot(a, b, dims=([0, 1], [1, 0])).item() == 41 + 5200 + 6
    assert torch.tensordot(a, b, dims=([1, 0], [0, 1])).item() == 41 + 5200 + 6
    assert torch.tensordot(a, b.t(), dims=([0, 1], [0, 1])).item() == 41 + 5200 + 6


@claim("tensor.tensordot.any-dims", see="generated/torch.tensordot")
@given(case=contractible())
def test_tensordot_over_any_dimensions(device, case):
    """Whatever the shapes and the pairs of dimensions, the result has the remaining
    dimensions of the first tensor, then those of the second, and the sums of products.
    """
    a, b, pairs = case
    x, y = numbered(a, device), numbered(b, device, first=-2)
    dims = [i for i, _ in pairs], [j for _, j in pairs]
    shape, sums = contracted(range(x.numel()), a, range(-2, y.numel() - 2), b, pairs)

    result = torch.tensordot(x, y, dims=dims)

    assert (case, result.shape, result.flatten().tolist()) == (case, shape, sums)


@claim("tensor.tensordot.mismatch", see="generated/torch.tensordot")
@pytest.mark.parametrize(
    ("dims", "message"),
    [
        (2, "^contracted dimensions need to match, but first has size 2 in dim -2"),
        (([0], [0]), "^contracted dimensions need to match, but first has size 2 in"),
        (([0, 1], [0]), "^both dimension lists should have same length$"),
        (-1, "^tensordot expects dims >= 0, but got dims=-1$"),
        (([1, 1], [0, 0]), "dim 1 appears multiple times in the list of dims"),
    ],
    ids=["number", "pair", "unequal", "negative", "repeated"],
)
def test_tensordot_rejects_dimensions_that_do_not_pair(device, dims, message):
    """Dimensions of different sizes, lists of different lengths, a dimension named
    twice and a negative number of dimensions raise a RuntimeError.
    """
    a, b = torch.ones(2, 3, device=device), torch.ones(3, 4, device=device)

    with pytest.raises(RuntimeError, match=message):
        torch.tensordot(a, b, dims=dims)


@claim("tensor.tensordot.size-one-is-broadcast", see="generated/torch.tensordot")
def test_tensordot_broadcasts_a_size_of_one(device):
    """A paired dimension of size 1, of either tensor, is broadcast to the size of the
    other, unlike in a product of matrices: all of the other's elements are summed.
    """
    column = torch.tensor([[2.0], [3.0]], device=device)
    b = torch.tensor([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]], device=device)

    result = torch.tensordot(column, b, dims=([1], [0]))

    assert result.tolist() == [[222, 444], [333, 666]]
    assert torch.tensordot(b, column.t(), dims=([0], [0])).tolist() == [
        *([222, 333], [444, 666])
    ]
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        column @ b


# --- mv -------------------------------------------------------------------------------


@claim("tensor.mv.matrix-and-vector", see="generated/torch.mv")
def test_mv_multiplies_a_matrix_and_a_vector(device):
    """mv() of (n, m) and (m,) gives (n,); other numbers of dimensions and another
    length raise a RuntimeError.
    """
    matrix = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)
    vector = torch.tensor([1.0, 10.0, 100.0], device=device)

    assert torch.mv(matrix, vector).tolist() == [321, 654]
    assert matrix.mv(vector).shape == (2,)
    assert torch.mv(matrix[:, :0], vector[:0]).tolist() == [0, 0]
    with pytest.raises(RuntimeError, match="matrix @ vector expected, got 1, 2, 2"):
        torch.mv(matrix, matrix)
    with pytest.raises(RuntimeError, match=r"^size mismatch, got"):
        torch.mv(matrix, vector[:2])

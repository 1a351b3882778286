"""Linear algebra.

Some of torch's operations are named after routines of BLAS and LAPACK, the libraries
that numerical programs share. addmm() adds a matrix to a product of two; dot() is for
two vectors, and inner() sums over the last dimension of two tensors. svd() belongs to
the other kind: it does not multiply but takes a matrix apart, into a product of three.

It is commonly believed that dot() is NumPy's: it takes vectors only. Nor are the two
svd() the same: torch.svd() returns V, and torch.linalg.svd() returns V transposed and
conjugated.
"""

import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.broadcasting import spread
from spec.models.matmul import product
from torch_semantics import claim

ROUNDING = {"rtol": 0.0, "atol": 4e-6}  # of float32, for sums of numbers below ten
NOT_FLOATING = "^linalg.svd: Expected a floating point or complex tensor as input"


def numbered(shape, device, first=0):
    """Return a tensor of floats whose elements count up."""
    numbers = range(first, first + math.prod(shape))
    return torch.tensor(numbers, dtype=torch.float32, device=device).view(shape)


# --- addmm ----------------------------------------------------------------------------


@claim("tensor.addmm.formula", see="generated/torch.addmm")
@pytest.mark.parametrize(
    "call",
    [
        lambda c, a, b: torch.addmm(c, a, b, beta=2, alpha=3),
        lambda c, a, b: c.addmm(a, b, beta=2, alpha=3),
        lambda c, a, b: torch.addmm(input=c, mat1=a, mat2=b, beta=2, alpha=3),
        lambda c, a, b: torch.addmm(
            c, a, b, beta=2, alpha=3, out=torch.empty(2, 2, device=c.device)
        ),
        lambda c, a, b: c.clone().addmm_(a, b, beta=2, alpha=3),
    ],
    ids=["function", "method", "keywords", "out", "in-place"],
)
def test_addmm_adds_multiples_of_a_matrix_and_of_a_product(device, call):
    """addmm() gives beta times the input plus alpha times the product of two matrices,
    in each form of the call.
    """
    c = torch.tensor([[1.0, 10.0], [100.0, 1000.0]], device=device)
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)
    b = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], device=device)

    result = call(c, a, b)

    assert result.tolist() == [[14, 35], [230, 2033]]
    assert (result.shape, result.dtype) == ((2, 2), torch.float32)
    assert c.tolist() == [[1, 10], [100, 1000]]
    assert (a.tolist()[0], b.tolist()[2]) == ([1, 2, 3], [1, 1])


@claim("tensor.addmm.defaults", see="generated/torch.addmm")
def test_addmm_adds_both_once_unless_told_otherwise(device):
    """Both multiples, beta and alpha, are 1 by default, each by itself."""
    c = torch.tensor([[100.0]], device=device)
    a = torch.tensor([[2.0, 3.0]], device=device)
    b = torch.tensor([[10.0], [1.0]], device=device)

    assert torch.addmm(c, a, b).tolist() == [[123]]
    assert torch.addmm(c, a, b, beta=2).tolist() == [[223]]
    assert torch.addmm(c, a, b, alpha=-1).tolist() == [[77]]
    assert c.addmm(a, b, beta=0.5, alpha=0).tolist() == [[50]]


@claim("tensor.addmm.in-place", see="generated/torch.addmm")
def test_addmm_in_place_writes_into_its_input(device):
    """addmm_() writes into the tensor through its strides and returns it; the input is
    not broadcast there, but raises a RuntimeError.
    """
    base = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    a = torch.tensor([[10.0], [20.0]], device=device)
    b = torch.tensor([[1.0, 2.0]], device=device)
    view, row = base.t(), torch.ones(2, device=device)

    assert view.addmm_(a, b, beta=2) is view
    assert base.tolist() == [[12, 24], [26, 48]]
    with pytest.raises(RuntimeError, match=r"input tensor size \[2\] and output"):
        row.addmm_(a, b)
    assert row.tolist() == [1, 1]


@claim("tensor.addmm.beta-zero", see="generated/torch.addmm")
def test_with_beta_zero_the_input_is_not_read(device):
    """With beta=0 the input is ignored and not multiplied: nan and infinity in it
    vanish, also where the product is a sum over nothing, which is 0.
    """
    c = torch.tensor([[math.nan, math.inf]], device=device)
    a = torch.tensor([[2.0, 3.0]], device=device)
    b = torch.tensor([[1.0, 0.0], [0.0, 1.0]], device=device)

    assert torch.addmm(c, a, b, beta=0).tolist() == [[2, 3]]
    assert torch.addmm(c, a[:, :0], b[:0], beta=0).tolist() == [[0, 0]]
    assert torch.addmm(a, a[:, :0], b[:0], beta=3).tolist() == [[6, 9]]
    assert (a.tolist(), b.tolist()) == ([[2, 3]], [[1, 0], [0, 1]])
    assert repr(c.tolist()) == "[[nan, inf]]"
    assert c.addmm_(a, b, beta=0).tolist() == [[2, 3]]


@claim("tensor.addmm.broadcasts-the-input", see="generated/torch.addmm")
def test_the_input_of_addmm_is_broadcast_to_the_product(device):
    """The input is broadcast to the shape of the product, whatever it has fewer or of
    size 1; an input that does not fit, or of more dimensions, raises a RuntimeError.
    """
    a = torch.tensor([[1.0], [2.0]], device=device)
    b = torch.tensor([[1.0, 2.0, 3.0]], device=device)
    row = torch.tensor([100.0, 200.0, 300.0], device=device)
    column = torch.tensor([[100.0], [200.0]], device=device)

    assert torch.addmm(row, a, b).tolist() == [[101, 202, 303], [102, 204, 306]]
    assert torch.addmm(column, a, b).tolist() == [[101, 102, 103], [202, 204, 206]]
    assert torch.addmm(row[0], a, b).tolist() == [[101, 102, 103], [102, 104, 106]]
    with pytest.raises(RuntimeError, match=r"size of the tensor \(3\) must match"):
        torch.addmm(row[:2], a, b)
    with pytest.raises(RuntimeError, match=r"sizes provided \(2\) must be greater"):
        torch.addmm(torch.ones(1, 2, 3, device=device), a, b)


@claim("tensor.addmm.rejects", see="generated/torch.addmm")
def test_addmm_takes_matrices_that_fit_of_one_dtype(device):
    """addmm() raises a RuntimeError for matrices whose inner sizes differ, for operands
    of any other number of dimensions, and for operands of different dtypes.
    """
    c, a, b = (torch.ones(size, device=device) for size in ((2, 4), (2, 3), (3, 4)))
    stack, half = torch.ones(1, 2, 3, device=device), b.half()

    with pytest.raises(RuntimeError, match=r"cannot be multiplied \(2x3 and 2x4\)$"):
        torch.addmm(c, a, c)
    with pytest.raises(RuntimeError, match="must be a matrix"):
        torch.addmm(c, stack, b)
    with pytest.raises(RuntimeError, match="mat2 must be a matrix"):
        torch.addmm(c, a, b[0])
    with pytest.raises(RuntimeError, match="must have the same dtype"):
        torch.addmm(c, a, half)
    with pytest.raises(RuntimeError, match="must have the same dtype"):
        torch.addmm(half[:2], a, b)


@claim("tensor.addmm.any-input", see="generated/torch.addmm")
@given(
    sizes=st.tuples(*[st.sampled_from([2, 3, 1, 0])] * 3),
    single=st.tuples(st.booleans(), st.booleans()),
    beta=st.integers(-2, 2),
    alpha=st.integers(-2, 2),
)
def test_addmm_of_any_sizes(device, sizes, single, beta, alpha):
    """Whatever the sizes and the multiples, the elements are those of the broadcast
    input and of the product, multiplied and added.
    """
    n, m, p = sizes
    shape = tuple(1 if one else size for one, size in zip(single, (n, p), strict=True))
    c, a, b = (
        numbered(shape, device),
        numbered((n, m), device),
        numbered((m, p), device),
    )
    sums = product(range(n * m), (n, m), range(m * p), (m, p))
    added = spread(range(c.numel()), shape, (n, p))
    expected = [beta * x + alpha * y for x, y in zip(added, sums, strict=True)]

    result = torch.addmm(c, a, b, beta=beta, alpha=alpha)

    case = sizes, shape, beta, alpha
    assert (case, result.shape) == (case, (n, p))
    assert (case, result.flatten().tolist()) == (case, expected)


@claim("tensor.addmm.gradients", see="generated/torch.addmm")
def test_gradients_of_addmm_carry_its_multiples(device):
    """The gradient of the input is beta times the incoming one, summed where the input
    was broadcast, and those of the matrices carry alpha.
    """
    row = torch.tensor([1.0, 1.0], requires_grad=True, device=device)
    a = torch.tensor([[1.0], [2.0]], requires_grad=True, device=device)
    b = torch.tensor([[3.0, 4.0]], requires_grad=True, device=device)
    incoming = torch.tensor([[1.0, 10.0], [100.0, 1000.0]], device=device)

    result = torch.addmm(row, a, b, beta=2, alpha=5)
    result.backward(incoming)

    assert (result.tolist(), result.requires_grad) == ([[17, 22], [32, 42]], True)
    assert row.grad.tolist() == [202, 2020]
    assert a.grad.tolist() == [[5 * 43], [5 * 4300]]
    assert b.grad.tolist() == [[5 * 201, 5 * 2010]]


# --- dot, inner -----------------------------------------------------------------------


@claim("tensor.dot.vectors-only", see="generated/torch.dot")
def test_dot_sums_the_products_of_two_vectors(device):
    """dot() of two vectors of equal length and dtype is a tensor without dimensions;
    any other number of dimensions raises a RuntimeError, and lengths that differ do: 1
    is not repeated.
    """
    a = torch.tensor([1.0, 2.0, 3.0], device=device)
    b = torch.tensor([1.0, 10.0, 100.0], device=device)
    matrix = torch.ones(3, 3, device=device)

    result = torch.dot(a, b)

    assert (result.item(), result.shape, result.dtype) == (321, (), torch.float32)
    assert (a.dot(b).item(), torch.dot(input=a, tensor=b).item()) == (321, 321)
    with pytest.raises(RuntimeError, match=r"^1D tensors expected, but got 2D and 1D"):
        torch.dot(matrix, a)
    with pytest.raises(RuntimeError, match=r"^1D tensors expected, but got 1D and 0D"):
        torch.dot(a, b[0])
    with pytest.raises(
        RuntimeError, match=r"^inconsistent tensor size, .* \[2\] .*\[3\]"
    ):
        torch.dot(a[:2], b)
    with pytest.raises(
        RuntimeError, match=r"^inconsistent tensor size, .* \[1\] .*\[3\]"
    ):
        a[:1].dot(b)


@claim("tensor.dot.dtypes", see="generated/torch.dot")
def test_dot_does_not_promote(device):
    """dot() of vectors of different dtypes raises a RuntimeError that names them."""
    a = torch.tensor([1.0, 2.0], device=device)
    b = torch.tensor([1, 2], device=device)

    with pytest.raises(RuntimeError, match=r"same dtype, but found Float and Long$"):
        torch.dot(a, b)
    with pytest.raises(RuntimeError, match=r"same dtype, but found Long and Float$"):
        b.dot(a)


@claim("tensor.dot.integers-on-the-cpu", see="generated/torch.dot")
def test_dot_of_integers_is_an_integer():
    """On the CPU dot() of integers is of their dtype, and wraps around where the sum
    does not fit.
    """
    whole = torch.tensor([1, 2, 3], device="cpu")
    byte = torch.tensor([200, 1], dtype=torch.uint8, device="cpu")

    results = [torch.dot(whole, whole), torch.dot(byte, byte)]

    assert [(each.item(), each.dtype) for each in results] == [
        (14, torch.int64),
        (65, torch.uint8),
    ]


@claim("tensor.dot.empty-and-strided", see="generated/torch.dot")
def test_dot_of_nothing_is_zero_and_strides_make_no_difference(device):
    """dot() of two vectors without elements is 0; sliced and expanded vectors count as
    what they show.
    """
    base = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], device=device)
    column, repeated = base[:, 1], base[0, :1].expand(3)

    nothing = torch.dot(base[0, :0], base[1, :0])

    assert (nothing.item(), nothing.shape, nothing.dtype) == (0, (), torch.float32)
    assert torch.dot(column, repeated).item() == 12
    assert torch.dot(column, column).item() == 56


@claim("tensor.dot.does-not-conjugate", see="generated/torch.vdot")
def test_dot_does_not_conjugate_and_vdot_does(device):
    """dot() of complex vectors conjugates nothing, so that of a vector with itself is
    no squared length; vdot() conjugates its first operand.
    """
    a = torch.tensor([1j, 2], device=device)
    b = torch.tensor([1j, 1j], device=device)

    assert (torch.dot(a, a).item(), torch.vdot(a, a).item()) == (3, 5)
    assert (torch.dot(a, b).item(), torch.vdot(a, b).item()) == (-1 + 2j, 1 + 2j)
    assert (torch.vdot(b, a).item(), a.vdot(b).item()) == (1 - 2j, 1 + 2j)


@claim("tensor.dot.gradients", see="generated/torch.dot")
def test_the_gradient_of_each_vector_is_the_other(device):
    """The gradient of one operand of dot() is the other one, times the incoming."""
    a = torch.tensor([1.0, 2.0], requires_grad=True, device=device)
    b = torch.tensor([10.0, 20.0], requires_grad=True, device=device)

    result = torch.dot(a, b)
    (result * 3).backward()

    assert (result.item(), result.requires_grad) == (50, True)
    assert (a.grad.tolist(), b.grad.tolist()) == ([30, 60], [3, 6])


@claim("tensor.inner.last-dim", see="generated/torch.inner")
def test_inner_sums_over_the_last_dimensions(device):
    """inner() multiplies along the last dimension of both tensors and sums over it; the
    result has the other dimensions of the first and then those of the second. Last
    sizes that differ raise a RuntimeError.
    """
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)
    b = torch.tensor(
        [[1.0, 0.0, 0.0], [0.0, 10.0, 0.0], [1.0, 1.0, 1.0]], device=device
    )

    result = torch.inner(a, b)

    assert result.tolist() == [[1, 20, 6], [4, 50, 15]]
    assert (result.shape, result.dtype) == ((2, 3), torch.float32)
    assert a.inner(b[1]).tolist() == [20, 50]
    assert (torch.inner(a[0], b[2]).shape, torch.inner(a[0], b[2]).item()) == ((), 6)
    assert torch.inner(a.expand(4, 2, 3), b).shape == (4, 2, 3)
    assert torch.inner(a[:, :0], b[:, :0]).tolist() == [[0, 0, 0], [0, 0, 0]]
    with pytest.raises(RuntimeError, match=r"last dimension must match .*\[2, 3\] and"):
        torch.inner(a, b[:, :2])


@claim("tensor.inner.scalar", see="generated/torch.inner")
def test_inner_with_a_tensor_without_dimensions_multiplies(device):
    """Where one operand of inner() has no dimensions, it multiplies each element of the
    other, and dtypes are promoted as by ``*``.
    """
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    two = torch.tensor(2.0, device=device)

    assert torch.inner(a, two).tolist() == [[2, 4], [6, 8]]
    assert torch.inner(two, a).tolist() == [[2, 4], [6, 8]]
    mixed = torch.inner(torch.tensor([1, 3], device=device), two * 0.75)
    assert (mixed.tolist(), mixed.dtype) == ([1.5, 4.5], torch.float32)
    assert (a.tolist(), two.item()) == ([[1, 2], [3, 4]], 2)
    assert (torch.inner(two, two).shape, torch.inner(two, two).item()) == ((), 4)


@claim("tensor.inner.one-is-not-repeated", see="generated/torch.inner")
def test_inner_does_not_broadcast_or_promote(device):
    """Where both operands have dimensions, inner() repeats no last size of 1, and does
    not promote dtypes: both raise a RuntimeError.
    """
    a = torch.ones(2, 3, device=device)
    whole = torch.ones(2, 3, dtype=torch.int64, device=device)

    with pytest.raises(RuntimeError, match=r"last dimension must match .*\[2, 1\]$"):
        torch.inner(a, a[:, :1])
    with pytest.raises(RuntimeError, match=r"same dtype|expected scalar type"):
        torch.inner(a, whole)
    with pytest.raises(RuntimeError, match=r"same dtype|expected scalar type"):
        torch.inner(whole[0], a[0])


# --- cross ----------------------------------------------------------------------------


@claim("tensor.cross.first-dim-of-size-3", see="generated/torch.cross", until="2.2")
def test_cross_silently_takes_the_first_dimension_of_size_3(device):
    """Without dim=, cross() takes the first dimension of size 3, silently."""
    a = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]], device=device)
    b = torch.tensor([[0, 0, 1], [1, 0, 0], [0, 1, 0]], device=device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = torch.cross(a, b)

    assert result.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert torch.cross(a, b, dim=1).tolist() == [[0, -1, 0], [0, 0, -1], [-1, 0, 0]]


@claim("tensor.cross.dim-required-soon", see="generated/torch.cross", since="2.2")
def test_cross_without_a_dimension_warns(device):
    """Without dim=, cross() takes the first dimension of size 3, and a UserWarning
    says that this is deprecated.
    """
    a = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]], device=device)
    b = torch.tensor([[0, 0, 1], [1, 0, 0], [0, 1, 0]], device=device)

    with pytest.warns(UserWarning, match="torch.cross without specifying the dim arg"):
        result = torch.cross(a, b)

    assert result.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert torch.cross(a, b, dim=1).tolist() == [[0, -1, 0], [0, 0, -1], [-1, 0, 0]]


# --- svd ------------------------------------------------------------------------------


@claim("tensor.svd.factorises", see="generated/torch.svd")
@pytest.mark.parametrize(
    "shape",
    [(3, 2), (2, 3), (2, 2), (4, 2, 3)],
    ids=["tall", "wide", "square", "stack"],
)
def test_svd_takes_a_matrix_apart_into_three(device, shape):
    """torch.svd() returns U, S and V with A = U diag(S) V^H: the columns of U and of V
    are orthonormal, and S is not negative and descends. It holds for each matrix of a
    stack. Values are compared up to the rounding of float32.
    """
    a = numbered(shape, device) % 5
    k = min(shape[-2:])

    u, s, v = torch.svd(a)

    assert u.shape == (*shape[:-1], k)
    assert (s.shape, v.shape) == ((*shape[:-2], k), (*shape[:-2], shape[-1], k))
    product = (u * s.unsqueeze(-2)) @ v.mH
    assert (product.shape, torch.allclose(product, a, **ROUNDING)) == (shape, True)
    lengths, others = (u.mH @ u).flatten().tolist(), (v.mH @ v).flatten().tolist()
    eye = torch.eye(k, device="cpu").expand(*shape[:-2], k, k).flatten().tolist()
    assert lengths == pytest.approx(eye, abs=ROUNDING["atol"])
    assert others == pytest.approx(eye, abs=ROUNDING["atol"])
    rows = s.reshape(-1, k).tolist()
    assert rows == [sorted(map(abs, row), reverse=True) for row in rows]


@claim("tensor.svd.singular-values", see="generated/torch.linalg.svdvals")
def test_singular_values_are_the_lengths_by_which_a_matrix_stretches(device):
    """The singular values of a matrix that stretches by 2 and by 3 are 3 and 2, and are
    real also for a complex matrix; an empty matrix has none.
    """
    a = torch.tensor([[0.0, -3.0], [2.0, 0.0]], device=device)
    turned = torch.tensor([[0.0, -3j], [2.0, 0.0]], device=device)
    empty = a[:0]

    values, others = torch.linalg.svdvals(a), torch.linalg.svdvals(turned)

    assert values.tolist() == pytest.approx([3, 2], rel=1e-6)
    assert others.tolist() == pytest.approx([3, 2], rel=1e-6)
    assert (values.dtype, others.dtype) == (torch.float32, torch.float32)
    assert torch.linalg.svdvals(empty).shape == (0,)


@claim("tensor.svd.v-and-vh", see="generated/torch.linalg.svd")
def test_one_svd_returns_v_and_the_other_its_conjugate_transpose(device):
    """torch.svd() returns V, whose columns belong to the singular values, and
    torch.linalg.svd() returns V^H, whose rows do: only the latter is multiplied as it
    is to give the matrix back.
    """
    a = torch.tensor([[3.0, 3j, 0.0], [0.0, 0.0, 2.0]], device=device)

    u, s, v = torch.svd(a)
    other, values, vh = torch.linalg.svd(a, full_matrices=False)

    product, same = (u * s) @ v.mH, (other * values) @ vh
    assert (product.shape, same.shape) == ((2, 3), (2, 3))
    assert torch.allclose(product, a, **ROUNDING)
    assert torch.allclose(same, a, **ROUNDING)
    assert (u.shape, other.shape) == ((2, 2), (2, 2))
    assert s.tolist() == values.tolist() == pytest.approx([18**0.5, 2], rel=1e-6)
    assert (s.dtype, values.dtype) == (torch.float32, torch.float32)
    assert (v.dtype, vh.dtype) == (torch.complex64, torch.complex64)
    assert (v.shape, vh.shape) == ((3, 2), (2, 3))


@claim("tensor.svd.reduced-or-full", see="generated/torch.linalg.svd")
def test_one_svd_is_reduced_by_default_and_the_other_full(device):
    """torch.svd() leaves out the columns that are multiplied with nothing unless
    some=False; torch.linalg.svd() has them unless full_matrices=False, orthonormal like
    the others. Both return named tuples.
    """
    a = torch.tensor([[1.0, 0.0], [0.0, 3.0], [2.0, 0.0]], device=device)
    wide = a.t()

    reduced, full = torch.svd(a), a.svd(some=False)
    square, thin = torch.linalg.svd(a), torch.linalg.svd(a, full_matrices=False)

    assert [tuple(each.shape) for each in reduced] == [(3, 2), (2,), (2, 2)]
    assert [tuple(each.shape) for each in full] == [(3, 3), (2,), (2, 2)]
    assert [tuple(each.shape) for each in square] == [(3, 3), (2,), (2, 2)]
    assert [tuple(each.shape) for each in thin] == [(3, 2), (2,), (2, 2)]
    assert (full.U.shape, full.V.shape) == ((3, 3), (2, 2))
    assert (square.U.shape, square.Vh.shape) == ((3, 3), (2, 2))
    assert (full.S.shape, square.S.shape) == ((2,), (2,))
    v, vh = torch.svd(wide, some=False).V, torch.linalg.svd(wide).Vh
    squares = [(x * x).flatten().tolist() for x in (full.U, square.U, v, vh.mT)]
    expected = [0, 0.2, 0.8, 1, 0, 0, 0, 0.8, 0.2]
    assert squares == [pytest.approx(expected, abs=1e-6)] * 4
    assert [tuple(each.shape) for each in torch.svd(wide, some=False)] == [
        *((2, 2), (2,), (3, 3))
    ]
    assert [tuple(each.shape) for each in torch.linalg.svd(wide)] == [
        *((2, 2), (2,), (3, 3))
    ]
    assert [
        tuple(each.shape) for each in torch.linalg.svd(wide, full_matrices=False)
    ] == [(2, 2), (2,), (2, 3)]


@claim("tensor.svd.without-vectors", see="generated/torch.svd")
def test_svd_can_leave_the_vectors_out(device):
    """With compute_uv=False torch.svd() gives the singular values beside full matrices
    of zeros.
    """
    a = torch.tensor([[0.0, 3.0], [2.0, 0.0], [0.0, 0.0]], device=device)

    u, s, v = torch.svd(a, compute_uv=False)

    assert (u.shape, v.shape) == ((3, 3), (2, 2))
    assert (u.tolist(), v.tolist()) == ([[0, 0, 0]] * 3, [[0, 0], [0, 0]])
    assert s.tolist() == pytest.approx([3, 2], rel=1e-6)


@claim("tensor.svd.rejects", see="generated/torch.linalg.svd")
def test_svd_takes_matrices_of_fractions(device):
    """Both svd() raise a RuntimeError for integers and for tensors of fewer than two
    dimensions.
    """
    whole = torch.ones(2, 2, dtype=torch.int64, device=device)
    vector = torch.ones(2, device=device)

    with pytest.raises(RuntimeError, match=NOT_FLOATING):
        torch.svd(whole)
    with pytest.raises(RuntimeError, match=NOT_FLOATING):
        torch.linalg.svd(whole)
    with pytest.raises(
        RuntimeError, match="should have at least 2 dimensions, but has"
    ):
        torch.svd(vector)
    with pytest.raises(RuntimeError, match="must have at least 2 dimensions"):
        torch.linalg.svd(vector)


@claim("tensor.svd.non-finite-raises", see="generated/torch.linalg.svd", since="2.0")
def test_svd_of_nan_fails_to_converge():
    """On the CPU the svd() of a matrix with nan in it raises a LinAlgError, which is a
    RuntimeError.
    """
    a = torch.tensor([[math.nan, 1.0], [1.0, 1.0]], device="cpu")

    with pytest.raises(torch.linalg.LinAlgError, match="failed to converge because"):
        torch.linalg.svd(a)
    with pytest.raises(torch.linalg.LinAlgError, match="failed to converge because"):
        torch.svd(a)
    with pytest.raises(torch.linalg.LinAlgError, match="failed to converge because"):
        torch.linalg.svdvals(a)
    assert issubclass(torch.linalg.LinAlgError, RuntimeError)


@claim("tensor.svd.non-finite-passes", see="generated/torch.linalg.svd", until="2.0")
def test_svd_of_nan_is_nan():
    """On the CPU the svd() of a matrix with nan in it gives factors of nan."""
    a = torch.tensor([[math.nan, 1.0], [1.0, 1.0]], device="cpu")

    u, s, vh = torch.linalg.svd(a)

    assert (u.isnan().all(), s.isnan().all(), vh.isnan().all()) == (True, True, True)

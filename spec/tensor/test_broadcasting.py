"""Broadcasting.

An operation on two tensors of different shapes first brings them to one. The shapes are
aligned at their last dimensions; then each pair of sizes has to be equal, or one of the
two has to be 1 or missing, and that one is used again for every index of the other. No
memory is taken for this: the smaller tensor is read with a stride of 0.

Only the right-hand ends are aligned. A row of three fits every matrix of three columns,
but a column of three has to be written as (3, 1); and (3, 1) with (3,) is not a pairing
of three numbers with three, it is a table of nine.
"""

import math
import operator
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.broadcasting import broadcast, expanded_strides, gathered, spread
from spec.models.contiguity import row_major_strides
from torch_semantics import claim
from torch_semantics.words import shares_storage

SIZES = st.sampled_from([2, 3, 1, 4, 0])


@st.composite
def fitting(draw, operands):
    """Draw shapes that broadcast: one shape, with dimensions left out or of size 1."""
    full = draw(st.lists(SIZES, max_size=3))
    shapes = []
    for _ in range(operands):
        kept = full[draw(st.integers(0, len(full))) :]
        shapes.append(tuple(draw(st.sampled_from([size, 1])) for size in kept))
    return tuple(shapes)


@st.composite
def clashing(draw):
    """Draw two shapes that clash somewhere, and fit to the right of that place."""
    tail = draw(st.lists(st.sampled_from([(2, 1), (1, 3), (2, 2), (0, 1)]), max_size=2))
    clash = draw(st.sampled_from([(2, 3), (3, 2), (0, 2), (4, 0)]))
    heads = st.lists(SIZES, max_size=2)
    a, b = zip(clash, *tail, strict=True)
    return (*draw(heads), *a), (*draw(heads), *b)


def numbered(shape, device, dtype=None):
    """Return a tensor whose elements count up from 0."""
    return torch.arange(math.prod(shape), device=device, dtype=dtype).view(shape)


# --- the rule -------------------------------------------------------------------------


@claim("tensor.broadcast.column-with-row", see="notes/broadcasting")
def test_a_column_and_a_row_make_a_table(device):
    """A column combined with a row gives a table of every element with every
    element.
    """
    column = torch.tensor([[1], [2], [3]], device=device)
    row = torch.tensor([10, 20], device=device)

    table = column + row

    assert table.tolist() == [[11, 21], [12, 22], [13, 23]]
    assert (table.shape, table.dtype) == ((3, 2), torch.int64)


@claim("tensor.broadcast.trailing-dims-rule", see="notes/broadcasting")
@given(shapes=fitting(operands=2))
def test_shapes_that_fit_from_the_last_dimension_broadcast(device, shapes):
    """Two shapes broadcast when, counted from the last dimension, the sizes are equal
    or one is 1 or missing; the result takes the other size, and repeats elements along
    it.
    """
    a, b = (numbered(shape, device) for shape in shapes)
    shape = broadcast(*shapes)
    pairs = zip(
        spread(range(a.numel()), shapes[0], shape),
        spread(range(b.numel()), shapes[1], shape),
        strict=True,
    )

    result = 100 * a + b

    assert (shapes, result.shape, result.dtype) == (shapes, shape, torch.int64)
    assert (shapes, result.view(-1).tolist()) == (
        shapes,
        [100 * x + y for x, y in pairs],
    )


@claim("tensor.broadcast.mismatch", see="notes/broadcasting")
@given(shapes=clashing())
def test_shapes_that_do_not_fit_raise_an_error_that_names_the_place(device, shapes):
    """Shapes that do not fit raise a RuntimeError, which names the two sizes and the
    last dimension in which they clash.
    """
    a, b = (numbered(shape, device) for shape in shapes)
    clash = broadcast(*shapes)

    with pytest.raises(RuntimeError) as error:
        a + b

    assert (shapes, str(error.value)) == (
        shapes,
        f"The size of tensor a ({clash.a}) must match the size of tensor b ({clash.b})"
        f" at non-singleton dimension {clash.dim}",
    )


@claim("tensor.broadcast.note-examples", see="notes/broadcasting")
def test_a_missing_or_single_dimension_fits_and_another_size_does_not(device):
    """Shape (5, 3, 4, 1) broadcasts with (3, 1, 1), but not with (2, 1, 1), where 3
    meets 2; the error names the sizes in the order of the operands.
    """
    x = torch.ones(5, 3, 4, 1, device=device)
    fits = torch.tensor([[[2.0]], [[3.0]], [[4.0]]], device=device)
    clashes = torch.ones(2, 1, 1, device=device)

    result = x * fits

    assert (fits.shape, result.shape) == ((3, 1, 1), (5, 3, 4, 1))
    assert result[4, :, 3, 0].tolist() == [2, 3, 4]
    with pytest.raises(RuntimeError, match=r"a \(3\) .* b \(2\) at .* dimension 1"):
        x * clashes
    with pytest.raises(RuntimeError, match=r"a \(2\) .* b \(3\) at .* dimension 1"):
        clashes * x


@claim("tensor.broadcast.aligned-at-the-right", see="notes/broadcasting")
def test_a_vector_pairs_with_the_columns_and_not_with_the_rows(device):
    """A vector is aligned with the last dimension: to go along the first one it needs a
    dimension of size 1 after its own.
    """
    matrix = torch.zeros(3, 2, device=device)
    vector = torch.tensor([1.0, 2.0, 3.0], device=device)

    with pytest.raises(RuntimeError, match=r"a \(2\) .* b \(3\) at .* dimension 1"):
        matrix + vector
    result = matrix + vector.unsqueeze(1)

    assert (result.tolist(), result.dtype) == ([[1, 1], [2, 2], [3, 3]], torch.float32)
    assert (matrix.tolist(), vector.shape) == ([[0, 0], [0, 0], [0, 0]], (3,))


@claim("tensor.broadcast.equal-counts-are-not-paired", see="notes/broadcasting")
def test_a_column_and_a_vector_of_equal_length_are_not_paired(device):
    """A column of three and a vector of three give nine results and not three: that
    they have equally many elements makes no difference.
    """
    column = torch.tensor([[1], [2], [3]], device=device)
    vector = torch.tensor([1, 2, 3], device=device)

    result = column - vector

    assert result.tolist() == [[0, -1, -2], [1, 0, -1], [2, 1, 0]]
    assert (result.shape, result.dtype) == ((3, 3), torch.int64)


@claim("tensor.broadcast.zero-dim", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("shape", "elements"),
    [((), 7), ((1,), [7]), ((2, 1), [[7], [8]]), ((0,), []), ((2, 0), [[], []])],
    ids=["zero-dim", "one-element", "column", "empty", "empty-rows"],
)
def test_a_tensor_without_dimensions_fits_every_shape(device, shape, elements):
    """A tensor without dimensions broadcasts to every shape, on either side."""
    seven = torch.tensor(7, device=device)
    other = numbered(shape, device)
    before = other.tolist()

    left, right = seven + other, other + seven

    assert (left.shape, right.shape) == (shape, shape)
    assert (left.tolist(), right.tolist()) == (elements, elements)
    assert (left.dtype, right.dtype) == (torch.int64, torch.int64)
    assert (seven.item(), other.tolist()) == (7, before)


@claim("tensor.broadcast.size-zero", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("a", "b", "shape"),
    [
        ((0,), (1,), (0,)),
        ((3, 1), (0,), (3, 0)),
        ((0, 1), (1, 2), (0, 2)),
        ((1, 0), (0, 1), (0, 0)),
    ],
    ids=["empty-with-one", "column-with-empty", "no-rows-with-row", "both"],
)
def test_size_one_gives_way_to_size_zero(device, a, b, shape):
    """Size 1 beside size 0 becomes 0: the result has no elements. In place, too, a size
    of 1 fits a size of 0.
    """
    x = torch.ones(shape, device=device)

    result = torch.ones(a, device=device) + torch.ones(b, device=device)
    written = x.add_(torch.ones(b, device=device))

    assert (result.shape, result.numel()) == (shape, 0)
    assert result.dtype is torch.float32
    assert written is x
    assert x.shape == shape


@claim("tensor.broadcast.size-zero-clashes", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("a", "b", "sizes"),
    [
        ((0,), (2,), r"a \(0\) .* b \(2\) at .* dimension 0"),
        ((2, 3), (2, 0), r"a \(3\) .* b \(0\) at .* dimension 1"),
    ],
    ids=["empty-first", "empty-second"],
)
@pytest.mark.parametrize(
    "combine",
    [
        operator.add,
        operator.sub,
        lambda a, b: torch.add(a, b),
        lambda a, b: a.add(b),
        lambda a, b: torch.sub(input=a, other=b),
    ],
    ids=["+", "-", "torch.add", "add", "keywords"],
)
def test_size_zero_clashes_with_every_size_but_one(device, combine, a, b, sizes):
    """Size 0 clashes with a size of 2 or more, in every form of the call: no elements
    are not taken for any number of them.
    """
    with pytest.raises(RuntimeError, match=sizes):
        combine(torch.ones(a, device=device), torch.ones(b, device=device))


@claim("tensor.broadcast.symmetry", see="notes/broadcasting")
def test_the_order_of_the_operands_does_not_change_the_shape(device):
    """Swapping the operands changes neither the shape nor which elements meet."""
    a = torch.tensor([[[1]], [[2]]], device=device)
    b = torch.tensor([[10, 20]], device=device)

    ab = a - b
    ba = b - a

    assert (ab.shape, ab.tolist()) == ((2, 1, 2), [[[-9, -19]], [[-8, -18]]])
    assert (ba.shape, ba.tolist()) == ((2, 1, 2), [[[9, 19]], [[8, 18]]])
    assert (ab.dtype, ba.dtype) == (torch.int64, torch.int64)


# --- every way to call ----------------------------------------------------------------


@claim("tensor.broadcast.call-forms", see="notes/broadcasting")
@pytest.mark.parametrize(
    "subtract",
    [
        lambda a, b: a - b,
        lambda a, b: torch.sub(a, b),
        lambda a, b: torch.sub(input=a, other=b),
        lambda a, b: torch.subtract(a, b),
        lambda a, b: a.sub(b),
        lambda a, b: a.subtract(b),
        lambda a, b: torch.rsub(b, a),
        lambda a, b: torch.add(a, b, alpha=-1),
        lambda a, b: torch.sub(
            a, b, out=torch.zeros(2, 3, dtype=a.dtype, device=a.device)
        ),
        lambda a, b: torch.zeros(2, 3, dtype=a.dtype, device=a.device).add_(a).sub_(b),
    ],
    ids=[
        "operator",
        "torch.sub",
        "keywords",
        "torch.subtract",
        "sub",
        "subtract",
        "rsub",
        "alpha",
        "out",
        "in-place",
    ],
)
def test_every_call_form_broadcasts_alike(device, subtract):
    """Operator, function, method, out= and in-place forms broadcast in the same way,
    and also read operands with gaps between their elements.
    """
    a = torch.tensor([[7, 0], [5, 0]], device=device)[:, :1]
    b = torch.tensor([1, 0, 2, 0, 3], device=device)[::2]

    result = subtract(a, b)

    assert (result.tolist(), result.dtype) == ([[6, 5, 4], [4, 3, 2]], torch.int64)
    assert (result.stride(), result.requires_grad) == ((3, 1), False)
    assert (a.tolist(), b.tolist()) == ([[7], [5]], [1, 2, 3])


@claim("tensor.broadcast.arithmetic", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("operation", "elements", "dtype"),
    [
        (operator.add, [[9, 15, 11], [7, 13, 9]], torch.int64),
        (operator.mul, [[14, 56, 28], [10, 40, 20]], torch.int64),
        (operator.truediv, [[3.5, 0.875, 1.75], [2.5, 0.625, 1.25]], torch.float32),
        (operator.floordiv, [[3, 0, 1], [2, 0, 1]], torch.int64),
        (operator.mod, [[1, 7, 3], [1, 5, 1]], torch.int64),
        (operator.pow, [[49, 5764801, 2401], [25, 390625, 625]], torch.int64),
        (operator.and_, [[2, 0, 4], [0, 0, 4]], torch.int64),
        (operator.or_, [[7, 15, 7], [7, 13, 5]], torch.int64),
        (operator.xor, [[5, 15, 3], [7, 13, 1]], torch.int64),
        (operator.lshift, [[28, 1792, 112], [20, 1280, 80]], torch.int64),
        (operator.rshift, [[1, 0, 0], [1, 0, 0]], torch.int64),
        (lambda a, b: torch.maximum(a, b), [[7, 8, 7], [5, 8, 5]], torch.int64),
        (lambda a, b: torch.minimum(a, b), [[2, 7, 4], [2, 5, 4]], torch.int64),
    ],
    ids=[
        "add",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "and",
        "or",
        "xor",
        "lshift",
        "rshift",
        "maximum",
        "minimum",
    ],
)
def test_elementwise_operations_broadcast(device, operation, elements, dtype):
    """Arithmetic, bitwise operations, maximum() and minimum() broadcast, also a column
    that is a slice of a larger tensor.
    """
    a = torch.tensor([[7, 0], [5, 0]], device=device)[:, :1]
    b = torch.tensor([2, 8, 4], device=device)

    result = operation(a, b)

    assert (result.tolist(), result.dtype) == (elements, dtype)
    assert (result.stride(), result.requires_grad) == ((3, 1), False)


@claim("tensor.broadcast.comparison", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("compare", "elements"),
    [
        (operator.eq, [[True, False, False], [False, True, False]]),
        (operator.ne, [[False, True, True], [True, False, True]]),
        (operator.lt, [[False, True, True], [False, False, True]]),
        (operator.le, [[True, True, True], [False, True, True]]),
        (operator.gt, [[False, False, False], [True, False, False]]),
        (operator.ge, [[True, False, False], [True, True, False]]),
        (lambda a, b: torch.eq(a, b), [[True, False, False], [False, True, False]]),
        (lambda a, b: a.lt(b), [[False, True, True], [False, False, True]]),
        (
            lambda a, b: torch.isclose(a, b),
            [[True, False, False], [False, True, False]],
        ),
        (
            lambda a, b: torch.logical_and(a, b),
            [[True, True, True], [True, True, True]],
        ),
    ],
    ids=["eq", "ne", "lt", "le", "gt", "ge", "torch.eq", "lt-method", "isclose", "and"],
)
def test_comparisons_broadcast(device, compare, elements):
    """Comparisons and logical operations broadcast, and give a tensor of torch.bool."""
    a = torch.tensor([[1], [2]], device=device)
    b = torch.tensor([1, 2, 3], device=device)

    result = compare(a, b)

    assert (result.tolist(), result.dtype) == (elements, torch.bool)
    assert (a.tolist(), b.tolist()) == ([[1], [2]], [1, 2, 3])


@claim("tensor.broadcast.comparison-mismatch", see="notes/broadcasting")
@pytest.mark.parametrize(
    "compare",
    [
        operator.eq,
        operator.ne,
        operator.lt,
        operator.le,
        operator.gt,
        lambda a, b: torch.ge(a, b),
    ],
    ids=["eq", "ne", "lt", "le", "gt", "ge"],
)
def test_a_comparison_of_shapes_that_do_not_fit_raises(device, compare):
    """Comparing tensors whose shapes do not fit raises a RuntimeError; even == does not
    answer that they differ.
    """
    a = torch.ones(2, device=device)
    b = torch.ones(3, device=device)

    with pytest.raises(RuntimeError, match=r"a \(2\) .* b \(3\) at .* dimension 0"):
        compare(a, b)


@claim("tensor.broadcast.numbers", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("operation", "elements", "dtype"),
    [
        (lambda t: t + 8, [[9], [10], [12]], torch.int64),
        (lambda t: 8 + t, [[9], [10], [12]], torch.int64),
        (lambda t: t - 8, [[-7], [-6], [-4]], torch.int64),
        (lambda t: 8 - t, [[7], [6], [4]], torch.int64),
        (lambda t: t * 8, [[8], [16], [32]], torch.int64),
        (lambda t: 8 * t, [[8], [16], [32]], torch.int64),
        (lambda t: t / 8, [[0.125], [0.25], [0.5]], torch.float32),
        (lambda t: 8 / t, [[8.0], [4.0], [2.0]], torch.float32),
        (lambda t: t // 2, [[0], [1], [2]], torch.int64),
        (lambda t: 9 // t, [[9], [4], [2]], torch.int64),
        (lambda t: t % 3, [[1], [2], [1]], torch.int64),
        (lambda t: 9 % t, [[0], [1], [1]], torch.int64),
        (lambda t: t**2, [[1], [4], [16]], torch.int64),
        (lambda t: 2**t, [[2], [4], [16]], torch.int64),
        (lambda t: t & 5, [[1], [0], [4]], torch.int64),
        (lambda t: 5 & t, [[1], [0], [4]], torch.int64),
        (lambda t: t < 2, [[True], [False], [False]], torch.bool),
        (lambda t: 2 < t, [[False], [False], [True]], torch.bool),  # noqa: SIM300
        (lambda t: 2 >= t, [[True], [True], [False]], torch.bool),  # noqa: SIM300
        (lambda t: 2 == t, [[False], [True], [False]], torch.bool),  # noqa: SIM300
    ],
    ids=[
        *["t+n", "n+t", "t-n", "n-t", "t*n", "n*t", "t/n", "n/t", "t//n", "n//t"],
        *["t%n", "n%t", "t**n", "n**t", "t&n", "n&t", "t<n", "n<t", "n>=t", "n==t"],
    ],
)
def test_a_python_number_combines_with_every_element(
    device, operation, elements, dtype
):
    """A Python number on either side of an operator combines with every element, and
    the tensor keeps its shape.
    """
    t = torch.tensor([[1], [2], [4]], device=device)

    result = operation(t)

    assert (result.tolist(), result.dtype) == (elements, dtype)
    assert t.tolist() == [[1], [2], [4]]


@claim("tensor.broadcast.no-sequences", see="notes/broadcasting")
@pytest.mark.parametrize(
    "other", [None, [1, 2], (1, 2), "12"], ids=["None", "list", "tuple", "str"]
)
def test_only_tensors_and_numbers_broadcast(device, other):
    """Adding a list, a tuple, a string or None to a tensor raises a TypeError, by
    operator and by function.
    """
    t = torch.tensor([1, 2], device=device)

    with pytest.raises(TypeError, match="unsupported operand type"):
        t + other
    with pytest.raises(TypeError, match=r"add\(\): argument 'other' .* must be Tensor"):
        torch.add(t, other)

    assert t.tolist() == [1, 2]


@claim("tensor.broadcast.dtype-kept", see="notes/broadcasting")
@pytest.mark.parametrize(
    "dtype",
    [
        torch.bool,
        torch.uint8,
        torch.int64,
        torch.float16,
        torch.float64,
        torch.complex64,
    ],
    ids=["bool", "uint8", "int64", "float16", "float64", "complex64"],
)
def test_broadcasting_keeps_the_dtype(device, dtype):
    """The product of operands of one dtype has that dtype, whatever their shapes."""
    column = torch.tensor([[1], [0]], device=device).to(dtype)
    row = torch.tensor([1, 1, 0], device=device).to(dtype)

    result = column * row

    assert (result.dtype, result.tolist()) == (dtype, [[1, 1, 0], [0, 0, 0]])


@claim("tensor.broadcast.result-is-new", see="notes/broadcasting")
def test_the_result_has_memory_of_its_own_and_the_operands_stay_small(device):
    """The result of contiguous operands is a new contiguous tensor; they themselves
    keep their shapes, strides and elements: broadcasting does not enlarge them.
    """
    column = torch.tensor([[1], [2]], device=device)
    row = torch.tensor([10, 20, 30], device=device)

    result = column + row

    assert result.tolist() == [[11, 21, 31], [12, 22, 32]]
    assert (result.stride(), result.is_contiguous()) == ((3, 1), True)
    assert not shares_storage(result, column)
    assert not shares_storage(result, row)
    assert (column.shape, column.stride(), column.tolist()) == (
        (2, 1),
        (1, 1),
        [[1], [2]],
    )
    assert (row.shape, row.stride(), row.tolist()) == ((3,), (1,), [10, 20, 30])


@claim("tensor.broadcast.expanded-operands", see="notes/broadcasting")
def test_expanded_operands_give_a_result_without_overlaps(device):
    """Operands that were expanded, and so overlap themselves, give a result that holds
    every element separately.
    """
    a = torch.tensor([1, 2], device=device).expand(2, 2)
    b = torch.tensor([[10], [20]], device=device).expand(2, 2)

    result = a + b
    result[0, 0] = 0

    assert (result.tolist(), result.stride()) == ([[0, 12], [21, 22]], (2, 1))
    assert (a.tolist(), b.tolist()) == ([[1, 2], [1, 2]], [[10, 10], [20, 20]])


# --- three operands -------------------------------------------------------------------


@claim("tensor.broadcast.three-operands", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("operation", "elements"),
    [
        (
            lambda a, b, c: torch.where(c > 4, a, b),
            [[[3, 3, 3], [5, 5, 5]], [[2, 6, 8], [2, 6, 8]]],
        ),
        (
            lambda a, b, c: torch.where(c > 4, b, a),
            [[[2, 6, 8], [2, 6, 8]], [[3, 3, 3], [5, 5, 5]]],
        ),
        (
            lambda a, b, c: torch.addcmul(a, b, c),
            [[[21, 57, 75], [23, 59, 77]], [[5, 9, 11], [7, 11, 13]]],
        ),
        (
            lambda a, b, c: torch.clamp(b, min=a, max=c),
            [[[3, 6, 8], [5, 6, 8]], [[1, 1, 1], [1, 1, 1]]],
        ),
        (
            lambda a, b, c: torch.lerp(a, b, c),
            [[[-6, 30, 48], [-22, 14, 32]], [[2, 6, 8], [2, 6, 8]]],
        ),
    ],
    ids=["where", "where-swapped", "addcmul", "clamp", "lerp"],
)
def test_three_operands_broadcast_together(device, operation, elements):
    """An elementwise operation on three tensors broadcasts all three to one shape."""
    a = torch.tensor([[3.0], [5.0]], device=device)
    b = torch.tensor([2.0, 6.0, 8.0], device=device)
    c = torch.tensor([[[9.0]], [[1.0]]], device=device)

    result = operation(a, b, c)

    assert (result.shape, result.stride()) == ((2, 2, 3), (6, 3, 1))
    assert (result.tolist(), result.dtype) == (elements, torch.float32)


@claim("tensor.broadcast.where-condition", see="generated/torch.where")
@pytest.mark.parametrize(
    "choose",
    [
        lambda condition, t: torch.where(condition, t, 0),
        lambda condition, t: torch.where(condition, 0, t).flip(0),
        lambda condition, t: torch.where(
            condition, t, torch.tensor(0, device=t.device)
        ),
        lambda condition, t: t.where(condition, torch.tensor(0, device=t.device)),
        lambda condition, t: t.masked_fill(~condition, 0),
    ],
    ids=["number", "number-first", "zero-dim", "method", "masked_fill"],
)
def test_the_condition_of_where_broadcasts_too(device, choose):
    """The condition of where(), like the mask of masked_fill(), broadcasts with the
    tensors, and may make the result larger than they are.
    """
    condition = torch.tensor([[True], [False]], device=device)
    t = torch.tensor([1, 2, 3], device=device)

    result = choose(condition, t)

    assert (result.tolist(), result.dtype) == ([[1, 2, 3], [0, 0, 0]], torch.int64)
    assert (condition.tolist(), t.tolist()) == ([[True], [False]], [1, 2, 3])


@claim("tensor.broadcast.three-operands-mismatch", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("shapes", "sizes"),
    [
        (((2,), (3,), (3,)), r"a \(2\) .* b \(3\) at .* dimension 0"),
        (((2,), (2,), (3,)), r"a \(2\) .* b \(3\) at .* dimension 0"),
        (((2, 1), (1, 3), (1, 4)), r"a \(3\) .* b \(4\) at .* dimension 1"),
    ],
    ids=["first-two", "third", "with-the-first-two-together"],
)
def test_each_of_three_operands_has_to_fit_the_others_together(device, shapes, sizes):
    """A third operand has to fit the shape that the first two have together, or a
    RuntimeError names that shape's size as the first.
    """
    a, b, c = (torch.ones(shape, device=device) for shape in shapes)

    with pytest.raises(RuntimeError, match=sizes):
        torch.addcmul(a, b, c)
    with pytest.raises(RuntimeError, match=sizes):
        torch.where(a > 0, b, c)
    with pytest.raises(RuntimeError, match=sizes):
        torch.clamp(a, min=b, max=c)


# --- in place -------------------------------------------------------------------------


@claim("tensor.broadcast.in-place", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("write", "elements"),
    [
        (lambda x, other: x.add_(other), [11, 12, 13, 24, 25, 26]),
        (lambda x, other: x.sub_(other), [-9, -8, -7, -16, -15, -14]),
        (lambda x, other: x.mul_(other), [10, 20, 30, 80, 100, 120]),
        (lambda x, other: x.copy_(other), [10, 10, 10, 20, 20, 20]),
        (lambda x, other: x.masked_fill_(other > 10, 0), [1, 2, 3, 0, 0, 0]),
        (lambda x, other: x.addcmul_(other, other), [101, 102, 103, 404, 405, 406]),
        (lambda x, other: torch.add(x, other, out=x), [11, 12, 13, 24, 25, 26]),
        (operator.iadd, [11, 12, 13, 24, 25, 26]),
        (operator.isub, [-9, -8, -7, -16, -15, -14]),
        (operator.imul, [10, 20, 30, 80, 100, 120]),
    ],
    ids=[
        "add_",
        "sub_",
        "mul_",
        "copy_",
        "masked_fill_",
        "addcmul_",
        "out",
        "+=",
        "-=",
        "*=",
    ],
)
def test_an_in_place_operation_broadcasts_the_other_operand(device, write, elements):
    """An in-place operation broadcasts the other operand to the shape of the tensor
    that it writes to, and returns that tensor.
    """
    base = torch.tensor([1, 2, 3, 4, 5, 6], device=device)
    x = base.view(2, 3)
    other = torch.tensor([[10], [20]], device=device)

    result = write(x, other)

    assert result is x
    assert x.shape == (2, 3)
    assert base.tolist() == elements
    assert other.tolist() == [[10], [20]]


@claim("tensor.broadcast.in-place-never-grows", see="notes/broadcasting")
@pytest.mark.parametrize(
    "write",
    [
        lambda x, other: x.add_(other),
        lambda x, other: x.mul_(other),
        lambda x, other: x.copy_(other),
        lambda x, other: x.masked_fill_(other > 0, 9),
        operator.iadd,
    ],
    ids=["add_", "mul_", "copy_", "masked_fill_", "+="],
)
@pytest.mark.parametrize(
    ("shape", "other_shape", "grown"),
    [
        ((3,), (2, 3), "[2, 3]"),
        ((1,), (3,), "[3]"),
        ((), (1,), "[1]"),
        ((3, 1), (2,), "[3, 2]"),
        ((2, 1), (2, 0), "[2, 0]"),
    ],
    ids=["new-dim", "size-one", "zero-dim", "both", "to-no-elements"],
)
def test_an_in_place_operation_never_grows_its_tensor(
    device, write, shape, other_shape, grown
):
    """An in-place operation raises a RuntimeError where broadcasting would change the
    shape of the tensor that it writes to, and leaves the tensor as it was.
    """
    x = numbered(shape, device)
    before = x.tolist()
    other = torch.ones(other_shape, dtype=torch.int64, device=device)
    message = (
        f"output with shape {list(shape)} doesn't match the broadcast shape {grown}"
    )

    with pytest.raises(RuntimeError, match=re.escape(message)):
        write(x, other)

    assert (x.shape, x.tolist()) == (shape, before)


@claim("tensor.broadcast.in-place-mismatch", see="notes/broadcasting")
@pytest.mark.parametrize(
    "write", [lambda x, other: x.add_(other), operator.imul], ids=["add_", "*="]
)
def test_an_in_place_operation_on_shapes_that_do_not_fit_changes_nothing(device, write):
    """An in-place operation on shapes that do not fit raises a RuntimeError and leaves
    both tensors as they were.
    """
    x = torch.tensor([1, 2], device=device)
    other = torch.tensor([1, 2, 3], device=device)

    with pytest.raises(RuntimeError, match=r"a \(2\) .* b \(3\) at .* dimension 0"):
        write(x, other)

    assert (x.tolist(), other.tolist()) == ([1, 2], [1, 2, 3])


@claim("tensor.broadcast.in-place-overlap", see="notes/broadcasting")
def test_an_in_place_operation_refuses_a_part_of_its_own_tensor(device):
    """An in-place operation with one row of its own tensor raises a RuntimeError, as it
    would overwrite what it still has to read; with a copy of the row it works.
    """
    x = torch.tensor([[1, 2], [3, 4]], device=device)
    row, copy = x[0], x[0].clone()

    with pytest.raises(RuntimeError, match="some elements of the input tensor and the"):
        x.sub_(row)
    refused = x.tolist()
    x.sub_(copy)

    assert refused == [[1, 2], [3, 4]]
    assert (x.tolist(), x.dtype) == ([[0, 0], [2, 2]], torch.int64)


@claim("tensor.broadcast.assignment", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("index", "value", "elements"),
    [
        ((), 7, [[7, 7, 7], [7, 7, 7]]),
        (0, 7, [[7, 7, 7], [0, 0, 0]]),
        (1, [1, 2, 3], [[0, 0, 0], [1, 2, 3]]),
        (slice(None), [[1], [2]], [[1, 1, 1], [2, 2, 2]]),
        (slice(None), [1, 2, 3], [[1, 2, 3], [1, 2, 3]]),
        ((slice(None), 1), [4, 5], [[0, 4, 0], [0, 5, 0]]),
        (0, [[[7, 8, 9]]], [[7, 8, 9], [0, 0, 0]]),
        ([1, 0], [[1, 2, 3]], [[1, 2, 3], [1, 2, 3]]),
    ],
    ids=[
        "number-everywhere",
        "number-in-row",
        "row",
        "column-everywhere",
        "row-everywhere",
        "column",
        "leading-ones",
        "index-list",
    ],
)
def test_an_assigned_value_broadcasts_to_what_the_index_selects(
    device, index, value, elements
):
    """A value that is assigned to an index broadcasts to the shape of what the index
    selects; dimensions of size 1 in front of it are left out.
    """
    x = torch.zeros(2, 3, dtype=torch.int64, device=device)

    x[index] = torch.tensor(value, device=device)

    assert x.tolist() == elements


@claim("tensor.broadcast.assignment-mismatch", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("index", "shape", "message"),
    [
        (0, (2,), r"expanded size .* \(3\) must match the existing size \(2\)"),
        (0, (2, 3), r"number of sizes provided \(1\) must be greater or equal"),
        ((slice(None), 0), (2, 1), r"number of sizes provided \(1\) must be greater"),
        ([0, 1], (3, 3), r"value tensor of shape \[3, 3\] cannot be broadcast"),
    ],
    ids=["size", "grown", "column", "index-list"],
)
def test_an_assigned_value_that_does_not_fit_raises(device, index, shape, message):
    """Assigning a value that does not broadcast to what the index selects raises a
    RuntimeError, and writes nothing.
    """
    x = torch.zeros(2, 3, device=device)

    with pytest.raises(RuntimeError, match=message):
        x[index] = torch.ones(shape, device=device)

    assert x.tolist() == [[0, 0, 0], [0, 0, 0]]


# --- out= -----------------------------------------------------------------------------


@claim("tensor.broadcast.out", see="generated/torch.add")
def test_out_of_the_broadcast_shape_is_written_and_returned(device):
    """A tensor of the broadcast shape, given as out=, is written where it lies, with
    its own strides, and returned.
    """
    base = torch.zeros(3, 2, dtype=torch.int64, device=device)
    out = base.t()
    column = torch.tensor([[1], [2]], device=device)
    row = torch.tensor([10, 20, 30], device=device)

    result = torch.add(column, row, out=out)

    assert result is out
    assert out.stride() == (1, 2)
    assert base.tolist() == [[11, 12], [21, 22], [31, 32]]


@claim("tensor.broadcast.out-empty", see="generated/torch.add")
def test_out_without_elements_is_resized_in_silence(device, recwarn):
    """A tensor without elements, given as out=, is resized to the broadcast shape, and
    no warning is given.
    """
    out = torch.empty(0, dtype=torch.int64, device=device)
    column = torch.tensor([[1], [2]], device=device)
    row = torch.tensor([10, 20, 30], device=device)

    result = torch.add(column, row, out=out)

    assert result is out
    assert out.tolist() == [[11, 21, 31], [12, 22, 32]]
    assert [str(warning.message) for warning in recwarn] == []


@claim("tensor.broadcast.out-resized", see="generated/torch.add")
@pytest.mark.parametrize("shape", [(5,), (2, 1), (3, 2)], ids=["5", "2x1", "3x2"])
def test_out_of_another_shape_is_resized_with_a_warning(device, shape):
    """A tensor with elements and another shape, given as out=, is resized to the
    broadcast shape with a UserWarning.
    """
    out = torch.zeros(shape, dtype=torch.int64, device=device)
    column = torch.tensor([[1], [2]], device=device)
    row = torch.tensor([10, 20, 30], device=device)

    with pytest.warns(
        UserWarning, match="output with one or more elements was resized"
    ):
        result = torch.add(column, row, out=out)

    assert result is out
    assert out.tolist() == [[11, 21, 31], [12, 22, 32]]


@claim("tensor.broadcast.out-refused", see="generated/torch.add")
@pytest.mark.parametrize(
    ("make", "row", "message"),
    [
        (
            lambda device: torch.full((3,), 7.0, device=device),
            [1.0, 2.0],
            r"a \(3\) .* b \(2\) at .* dimension 0",
        ),
        (
            lambda device: torch.full((3,), 7, device=device),
            [1.0],
            "result type Float can't be cast to the desired output type Long",
        ),
        (
            lambda device: torch.full((1,), 7.0, device=device).expand(3),
            [1.0],
            "more than one element of the written-to tensor",
        ),
    ],
    ids=["shapes", "dtype", "expanded"],
)
def test_an_out_that_cannot_take_the_result_is_left_as_it_was(
    device, make, row, message
):
    """A call with out= raises a RuntimeError and writes nothing if the operands do not
    fit, if their dtype can't be cast to that of out=, or if out= overlaps itself.
    """
    out = make(device)
    ones = torch.ones(3, device=device)

    with pytest.raises(RuntimeError, match=message):
        torch.add(ones, torch.tensor(row, device=device), out=out)

    assert (out.shape, out.tolist()) == ((3,), [7, 7, 7])


# --- broadcasting by itself -----------------------------------------------------------


@claim("tensor.broadcast.broadcast-tensors", see="generated/torch.broadcast_tensors")
def test_broadcast_tensors_gives_views_of_one_shape(device):
    """With broadcast_tensors() several tensors become views of one shape, in a tuple:
    nothing is copied, and a write to an original shows wherever its view repeats it.
    """
    column = torch.tensor([[1], [2]], device=device)
    row = torch.tensor([10, 20, 30], device=device)
    number = torch.tensor(5, device=device)

    views = torch.broadcast_tensors(column, row, number)
    column[1] = -2
    row[0] = -10
    number.fill_(-5)

    assert isinstance(views, tuple)
    assert [view.tolist() for view in views] == [
        [[1, 1, 1], [-2, -2, -2]],
        [[-10, 20, 30], [-10, 20, 30]],
        [[-5, -5, -5], [-5, -5, -5]],
    ]
    assert [view.stride() for view in views] == [(1, 0), (0, 1), (0, 0)]
    assert [view.dtype for view in views] == [torch.int64] * 3
    assert shares_storage(views[0], column)
    assert shares_storage(views[1], row)
    assert shares_storage(views[2], number)


@claim(
    "tensor.broadcast.broadcast-tensors-rule", see="generated/torch.broadcast_tensors"
)
@given(shapes=fitting(operands=3))
def test_broadcast_tensors_repeats_with_stride_zero(device, shapes):
    """The views that broadcast_tensors() gives have the broadcast shape of all
    operands, and stride 0 in the dimensions that grew.
    """
    shape = broadcast(*shapes)

    views = torch.broadcast_tensors(*(numbered(own, device) for own in shapes))

    assert (shapes, *(view.shape for view in views)) == (shapes, shape, shape, shape)
    assert (shapes, *(view.stride() for view in views)) == (
        shapes,
        *(expanded_strides(own, row_major_strides(own), shape) for own in shapes),
    )


@claim(
    "tensor.broadcast.broadcast-tensors-few", see="generated/torch.broadcast_tensors"
)
def test_broadcast_tensors_takes_any_number_of_tensors(device):
    """Of a single tensor broadcast_tensors() makes a tuple of one tensor of its shape
    and storage, and of no tensor an empty tuple.
    """
    t = torch.arange(3, device=device)

    (view,) = torch.broadcast_tensors(t)
    none = torch.broadcast_tensors()

    assert (view.tolist(), view.stride()) == ([0, 1, 2], (1,))
    assert shares_storage(view, t)
    assert none == ()


@claim(
    "tensor.broadcast.broadcast-tensors-errors", see="generated/torch.broadcast_tensors"
)
def test_broadcast_tensors_refuses_what_does_not_fit(device):
    """Shapes that do not fit make broadcast_tensors() raise a RuntimeError, and an
    argument that is no tensor makes it raise a TypeError.
    """
    a = torch.ones(2, device=device)
    b = torch.ones(3, device=device)

    with pytest.raises(RuntimeError, match=r"a \(2\) .* b \(3\) at .* dimension 0"):
        torch.broadcast_tensors(a, b)
    with pytest.raises(TypeError, match="expected Tensor as element 1"):
        torch.broadcast_tensors(a, 3)


@claim(
    "tensor.broadcast.broadcast-tensors-read-only",
    see="generated/torch.broadcast_tensors",
)
def test_a_broadcast_view_refuses_to_be_added_to_in_place(device):
    """Adding in place to a view that broadcasting has grown raises a RuntimeError, as
    several of its elements are one in memory, and changes nothing.
    """
    row = torch.tensor([1, 2], device=device)

    view, _ = torch.broadcast_tensors(row, torch.ones(3, 1, device=device))
    with pytest.raises(RuntimeError, match="more than one element of the written-to"):
        view.add_(1)

    assert (view.shape, view.stride(), view.requires_grad) == ((3, 2), (0, 1), False)
    assert shares_storage(view, row)
    assert row.tolist() == [1, 2]


@claim("tensor.broadcast.broadcast-to", see="generated/torch.broadcast_to")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: torch.broadcast_to(t, (2, 2, 3)),
        lambda t: torch.broadcast_to(t, size=[2, 2, 3]),
        lambda t: t.broadcast_to((2, 2, 3)),
        lambda t: t.broadcast_to(torch.Size([2, 2, 3])),
        lambda t: t.broadcast_to(2, 2, 3),
        lambda t: t.broadcast_to(2, -1, 3),
    ],
    ids=["function", "keyword", "method", "Size", "numbers", "minus-one"],
)
def test_broadcast_to_gives_a_view_of_the_shape(device, call):
    """What broadcast_to() gives is a view of the named shape, with stride 0 in the
    dimensions that grew, and the others as they were.
    """
    column = torch.tensor([[1, 5], [2, 6]], device=device)[:, :1]

    view = call(column)
    column[0] = 9

    assert view.tolist() == [[[9, 9, 9], [2, 2, 2]], [[9, 9, 9], [2, 2, 2]]]
    assert (view.shape, view.stride()) == ((2, 2, 3), (0, 2, 0))
    assert (view.dtype, column.tolist()) == (torch.int64, [[9], [2]])
    assert shares_storage(view, column)


@claim("tensor.broadcast.broadcast-to-errors", see="generated/torch.broadcast_to")
@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((2,), r"expanded size .* \(2\) must match the existing size \(3\)"),
        ((1, 1), r"expanded size .* \(1\) must match the existing size \(3\)"),
        ((), r"number of sizes provided \(0\) must be greater or equal"),
        ((-1, 3), r"\(-1\) isn't allowed in a leading, non-existing dimension 0"),
    ],
    ids=["other-size", "shrinks", "fewer-dims", "minus-one-in-front"],
)
def test_broadcast_to_goes_one_way_only(device, size, message):
    """A shape that the tensor itself would have to be grown or cut for makes
    broadcast_to() raise a RuntimeError, even if the two shapes fit the other way round.
    """
    t = torch.ones(3, device=device)

    with pytest.raises(RuntimeError, match=message):
        torch.broadcast_to(t, size)
    with pytest.raises(RuntimeError, match=message):
        t.broadcast_to(size)


@claim("tensor.broadcast.broadcast-shapes", see="generated/torch.broadcast_shapes")
@given(shapes=st.integers(1, 4).flatmap(lambda operands: fitting(operands=operands)))
def test_broadcast_shapes_computes_the_shape_alone(shapes):
    """The shape that tensors broadcast to is what broadcast_shapes() makes of their
    shapes, without any tensor, as a torch.Size.
    """
    result = torch.broadcast_shapes(*shapes)

    assert (shapes, result) == (shapes, broadcast(*shapes))
    assert isinstance(result, torch.Size)


@claim(
    "tensor.broadcast.broadcast-shapes-forms", see="generated/torch.broadcast_shapes"
)
@pytest.mark.parametrize(
    ("shapes", "result"),
    [
        (((3, 1), 4), (3, 4)),
        (([3, 1], torch.Size([4])), (3, 4)),
        ((5, 1), (5,)),
        (((), (2,)), (2,)),
        (((0,), (1,)), (0,)),
        ((), ()),
    ],
    ids=["number", "list-and-Size", "two-numbers", "no-dims", "size-zero", "none"],
)
def test_broadcast_shapes_takes_shapes_in_every_form(shapes, result):
    """Each argument of broadcast_shapes() is a tuple, a list, a torch.Size, or a number
    for a single dimension; without arguments the result has no dimensions.
    """
    shape = torch.broadcast_shapes(*shapes)

    assert (shape, type(shape)) == (result, torch.Size)


@claim(
    "tensor.broadcast.broadcast-shapes-mismatch", see="generated/torch.broadcast_shapes"
)
@given(shapes=clashing())
def test_broadcast_shapes_refuses_shapes_that_do_not_fit(shapes):
    """Shapes that do not fit make broadcast_shapes() raise a RuntimeError."""
    with pytest.raises(RuntimeError, match="broadcast"):
        torch.broadcast_shapes(*shapes)


@claim(
    "tensor.broadcast.broadcast-shapes-negative-runtime-error",
    see="generated/torch.broadcast_shapes",
    until="2.9",
)
@pytest.mark.parametrize("shapes", [((-1,), (2,)), (-1,)], ids=["shape", "number"])
def test_broadcast_shapes_refuses_a_negative_size_with_a_runtime_error(shapes):
    """A negative size makes broadcast_shapes() raise a RuntimeError."""
    with pytest.raises(RuntimeError, match="negative dimension"):
        torch.broadcast_shapes(*shapes)


@claim(
    "tensor.broadcast.broadcast-shapes-negative-value-error",
    see="generated/torch.broadcast_shapes",
    since="2.9",
)
@pytest.mark.parametrize("shapes", [((-1,), (2,)), (-1,)], ids=["shape", "number"])
def test_broadcast_shapes_refuses_a_negative_size_with_a_value_error(shapes):
    """A negative size makes broadcast_shapes() raise a ValueError."""
    with pytest.raises(ValueError, match="negative length"):
        torch.broadcast_shapes(*shapes)


@claim("tensor.meshgrid.indexing", see="generated/torch.meshgrid")
def test_meshgrid_expands_vectors_to_the_coordinates_of_a_grid(device):
    """meshgrid() expands each vector along a dimension of its own, without copying: in
    their order with indexing="ij", with the first two exchanged with "xy".
    """
    x = torch.tensor([1, 2, 3], device=device)
    y = torch.tensor([4, 5], device=device)

    rows, columns = torch.meshgrid(x, y, indexing="ij")
    across, down = torch.meshgrid([x, y], indexing="xy")
    three = torch.meshgrid(x, y, y[:1], indexing="xy")

    assert rows.tolist() == [[1, 1], [2, 2], [3, 3]]
    assert columns.tolist() == [[4, 5], [4, 5], [4, 5]]
    assert across.tolist() == [[1, 2, 3], [1, 2, 3]]
    assert down.tolist() == [[4, 4, 4], [5, 5, 5]]
    assert [t.stride() for t in (rows, columns)] == [(1, 0), (0, 1)]
    assert [t.stride() for t in (across, down)] == [(0, 1), (1, 0)]
    assert [t.shape for t in three] == [(2, 3, 1)] * 3
    assert [t[:, :, 0].tolist() for t in three] == [
        [[1, 2, 3], [1, 2, 3]],
        [[4, 4, 4], [5, 5, 5]],
        [[4, 4, 4], [4, 4, 4]],
    ]
    assert [t.stride()[:2] for t in three] == [(0, 1), (1, 0), (0, 0)]
    assert shares_storage(three[0], x)
    assert shares_storage(rows, x)
    assert shares_storage(columns, y)
    assert shares_storage(across, x)
    assert shares_storage(down, y)


@claim("tensor.meshgrid.refuses", see="generated/torch.meshgrid")
def test_meshgrid_takes_vectors_of_one_dtype(device):
    """meshgrid() raises RuntimeError for a matrix, for two dtypes, and for another
    indexing than "ij" and "xy".
    """
    x = torch.tensor([1, 2, 3], device=device)
    floats = torch.tensor([1.0, 2.0, 3.0], device=device)

    with pytest.raises(RuntimeError, match="Expected 0D or 1D tensor"):
        torch.meshgrid(x, x[None], indexing="ij")
    with pytest.raises(RuntimeError, match="expects all tensors to have the same dtyp"):
        torch.meshgrid(x, floats, indexing="ij")
    with pytest.raises(RuntimeError, match='indexing must be one of "xy" or "ij", but'):
        torch.meshgrid(x, x, indexing="yx")


# --- gradients ------------------------------------------------------------------------


@claim("tensor.broadcast.gradient", see="notes/broadcasting")
def test_gradients_are_summed_back_to_the_shapes_of_the_operands(device):
    """The gradient of a broadcast operand has the operand's own shape: what comes back
    for the places where an element was used again is added up.
    """
    a = torch.tensor([[1.0], [2.0], [3.0]], device=device, requires_grad=True)
    b = torch.tensor([10.0, 20.0], device=device, requires_grad=True)

    product = a * b
    product.backward(torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], device=device))

    assert (product.requires_grad, product.is_leaf) == (True, False)
    assert (a.grad.dtype, b.grad.dtype) == (torch.float32, torch.float32)
    assert a.grad.tolist() == [[0 * 10 + 1 * 20], [2 * 10 + 3 * 20], [4 * 10 + 5 * 20]]
    assert b.grad.tolist() == [0 * 1 + 2 * 2 + 4 * 3, 1 * 1 + 3 * 2 + 5 * 3]


@claim("tensor.broadcast.gradient-rule", see="notes/broadcasting")
@given(shapes=fitting(operands=2))
def test_the_gradient_of_an_element_is_the_sum_over_its_uses(device, shapes):
    """The gradient of each element of a broadcast operand is the sum over all elements
    of the result that it went into, and 0 if it went into none.
    """
    a, b = (numbered(own, device, torch.float64).requires_grad_() for own in shapes)
    shape = broadcast(*shapes)
    weights = range(math.prod(shape))

    (a - b).backward(numbered(shape, device, torch.float64))

    assert (shapes, a.grad.shape, b.grad.shape) == (shapes, *shapes)
    assert (shapes, a.grad.dtype, b.grad.dtype) == (shapes, *[torch.float64] * 2)
    assert (shapes, a.grad.reshape(-1).tolist()) == (
        shapes,
        gathered(weights, shape, shapes[0]),
    )
    assert (shapes, (-b.grad).reshape(-1).tolist()) == (
        shapes,
        gathered(weights, shape, shapes[1]),
    )


@claim("tensor.broadcast.gradient-forms", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("operation", "gradient"),
    [
        (lambda x, t: x + t, [5, 7, 9]),
        (lambda x, t: x - t, [-5, -7, -9]),
        (lambda x, t: t + x, [5, 7, 9]),
        (lambda x, t: t * x, [2, 1, 0]),
        (lambda x, t: t / x, [3.5, 4, 4.5]),
        (lambda x, t: torch.addcmul(x, t, x), [2, 1, 0]),
        (lambda x, t: x.add_(t), [5, 7, 9]),
        (lambda x, t: x.copy_(t), [5, 7, 9]),
        (lambda x, t: operator.setitem(x, slice(None), t) or x, [5, 7, 9]),
        (lambda x, t: torch.where(x > 0, t, x), [4, 5, 6]),
        (lambda x, t: torch.where(x > 0, x, t), [1, 2, 3]),
        (lambda x, t: t.masked_fill(x > 0, 0), [1, 2, 3]),
        (lambda x, t: torch.broadcast_tensors(x, t)[1], [5, 7, 9]),
        (lambda x, t: torch.broadcast_tensors(t, x)[0], [5, 7, 9]),
        (lambda x, t: torch.broadcast_to(t, (2, 3)), [5, 7, 9]),
        (lambda x, t: t.broadcast_to(2, 3), [5, 7, 9]),
    ],
    ids=[
        "add",
        "sub",
        "add-first",
        "mul-first",
        "div-first",
        "addcmul",
        "add_",
        "copy_",
        "assignment",
        "where",
        "where-other",
        "masked_fill",
        "broadcast_tensors",
        "broadcast_tensors-first",
        "torch.broadcast_to",
        "broadcast_to",
    ],
)
def test_every_form_of_broadcasting_sums_its_gradients(device, operation, gradient):
    """In every form of broadcasting, on either side and in place too, the gradient of a
    row that was used for two rows is the sum of what comes back from both.
    """
    x = torch.tensor([[-2.0, -2.0, -2.0], [1.0, 1.0, 1.0]], device=device)
    row = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)

    result = operation(x, row)
    result.backward(weights)

    assert (result.requires_grad, result.is_leaf) == (True, False)
    assert row.grad.tolist() == gradient


@claim("tensor.broadcast.gradient-zero-dim", see="notes/broadcasting")
def test_the_gradient_of_a_tensor_without_dimensions_has_none(device):
    """The gradient of a tensor without dimensions is the sum over all elements, and has
    no dimensions either.
    """
    scale = torch.tensor(2.0, device=device, requires_grad=True)

    product = scale * torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    product.backward(torch.tensor([[1.0, 10.0], [100.0, 1000.0]], device=device))

    assert product.tolist() == [[2, 4], [6, 8]]
    assert (scale.grad.shape, scale.grad.item()) == ((), 1 + 20 + 300 + 4000)


@claim("tensor.broadcast.gradient-no-elements", see="notes/broadcasting")
def test_an_operand_that_went_into_no_element_has_a_gradient_of_zeros(device):
    """An operand that was broadcast to no elements at all gets a gradient of zeros, and
    not None.
    """
    column = torch.tensor([[1.0], [2.0]], device=device, requires_grad=True)

    product = column * torch.ones(0, device=device)
    product.sum().backward()

    assert (product.shape, product.requires_grad) == ((2, 0), True)
    assert column.grad.tolist() == [[0], [0]]


# --- neighbours -----------------------------------------------------------------------


@claim("tensor.broadcast.matmul-batches", see="generated/torch.matmul")
@pytest.mark.parametrize(
    "multiply",
    [lambda a, b: a @ b, lambda a, b: torch.matmul(a, b), lambda a, b: a.matmul(b)],
    ids=["operator", "function", "method"],
)
def test_matmul_broadcasts_all_but_the_last_two_dimensions(device, multiply):
    """In a matrix product the dimensions before the last two broadcast: here each of
    two matrices is multiplied with each of three.
    """
    a = torch.tensor([[[[1.0, 1.0]]], [[[1.0, -1.0]]]], device=device)
    b = torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [5.0]]], device=device)

    result = multiply(a, b)

    assert (a.shape, b.shape) == ((2, 1, 1, 2), (3, 2, 1))
    assert result.tolist() == [[[[3]], [[7]], [[10]]], [[[-1]], [[-1]], [[0]]]]
    assert (result.shape, result.dtype) == ((2, 3, 1, 1), torch.float32)


@claim("tensor.broadcast.matmul-matrices-do-not", see="generated/torch.matmul")
@pytest.mark.parametrize(
    "multiply",
    [lambda a, b: a @ b, lambda a, b: torch.matmul(a, b), lambda a, b: a.matmul(b)],
    ids=["operator", "function", "method"],
)
def test_matmul_does_not_broadcast_the_matrices(device, multiply):
    """In a matrix product the last two dimensions do not broadcast: a size of 1 does
    not stand for any other there, and a RuntimeError is raised.
    """
    a = torch.ones(2, 3, device=device)
    b = torch.ones(1, 2, device=device)

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        multiply(a, b)


@claim("tensor.broadcast.joining-does-not", see="generated/torch.cat")
@pytest.mark.parametrize(
    ("join", "message"),
    [
        (
            lambda a, b: torch.stack([a, b]),
            "stack expects each tensor to be equal size",
        ),
        (lambda a, b: torch.cat([a, b]), "Sizes of tensors must match except in dim"),
    ],
    ids=["stack", "cat"],
)
def test_joining_tensors_does_not_broadcast(device, join, message):
    """Tensors are not broadcast to be joined: stack() and cat() raise a
    RuntimeError.
    """
    a = torch.ones(2, 2, device=device)
    b = torch.ones(2, 1, device=device)

    with pytest.raises(RuntimeError, match=message):
        join(a, b)


@claim("tensor.broadcast.loss-warns", see="generated/torch.nn.functional.mse_loss")
@pytest.mark.parametrize(
    ("loss", "total"),
    [
        (lambda p, t: torch.nn.functional.mse_loss(p, t, reduction="sum"), 12),
        (lambda p, t: torch.nn.functional.l1_loss(p, t, reduction="sum"), 8),
    ],
    ids=["mse_loss", "l1_loss"],
)
def test_a_loss_of_a_column_and_a_vector_broadcasts_with_a_warning(device, loss, total):
    """Between a column and a vector mse_loss() and l1_loss() are taken over the whole
    table, so that equal numbers have a loss other than 0; a UserWarning says that the
    sizes differ.
    """
    prediction = torch.tensor([[1.0], [2.0], [3.0]], device=device)
    target = torch.tensor([1.0, 2.0, 3.0], device=device)

    with pytest.warns(UserWarning, match="target size .* different to the input size"):
        result = loss(prediction, target)

    assert (result.item(), result.shape) == (total, ())

"""Joining: several tensors into one.

cat() puts tensors one behind another along a dimension that they have: there the sizes
add up, and everywhere else they have to be equal. stack() puts them side by side along
a new dimension, for which all sizes have to be equal. Neither of them broadcasts, both
promote dtypes, and both always copy.

The other functions first raise what has few dimensions, each in its own way, and then
call cat(). So hstack() and column_stack() are not the same, as is often said: they
agree on matrices, but from two vectors hstack() makes a longer one and column_stack() a
matrix of two columns. Nor does hstack() always go along the second dimension.
"""

import warnings
from math import prod

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.joining import column, joined, row, slab, stacked
from torch_semantics import claim
from torch_semantics.words import shares_storage

SIZES = st.sampled_from([2, 3, 1, 0])
MUST_MATCH = r"Sizes of tensors must match except in dimension "


@st.composite
def fitting(draw):
    """Draw one to three shapes that differ only along a dimension, and that one."""
    shape = draw(st.lists(SIZES, min_size=2, max_size=3))
    dim = draw(st.integers(0, len(shape) - 1))
    sizes = draw(st.lists(SIZES, min_size=1, max_size=3))
    return [(*shape[:dim], size, *shape[dim + 1 :]) for size in sizes], dim


@st.composite
def stackable(draw):
    """Draw how many tensors, of which shape, to stack at which place."""
    shape = tuple(draw(st.lists(SIZES, max_size=2)))
    return draw(st.integers(1, 3)), shape, draw(st.integers(0, len(shape)))


def numbered(shape, device, start=0):
    """Return a tensor of this shape whose elements count up from ``start``."""
    end = start + prod(shape)
    return torch.arange(start, end, device=device).view(shape)


# --- cat ------------------------------------------------------------------------------


@claim("tensor.cat.joins-along-dim", see="generated/torch.cat")
def test_cat_puts_tensors_one_behind_another_along_a_dimension(device):
    """cat() puts tensors one behind another along a dimension, by default the first:
    there the sizes add up, and the number of dimensions stays the same.
    """
    a = torch.tensor([[1, 2], [3, 4]], device=device)
    b = torch.tensor([[5, 6]], device=device)
    c = torch.tensor([[7], [8]], device=device)

    below = torch.cat([a, b])
    beside, last = torch.cat((a, c), 1), torch.cat([c, a, c], dim=-1)

    assert below.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert beside.tolist() == [[1, 2, 7], [3, 4, 8]]
    assert last.tolist() == [[7, 1, 2, 7], [8, 3, 4, 8]]
    assert (below.stride(), beside.stride(), last.stride()) == ((2, 1), (3, 1), (4, 1))
    assert (below.dtype, beside.dtype, last.dtype) == (torch.int64,) * 3
    assert (a.tolist(), b.tolist()) == ([[1, 2], [3, 4]], [[5, 6]])


@claim("tensor.cat.in-general", see="generated/torch.cat")
@given(case=fitting())
def test_cat_joins_all_shapes_that_differ_only_along_the_dimension(device, case):
    """cat() joins any tensors whose shapes differ only along the dimension, where the
    sizes add up; a size of 0 and a single tensor are no exception.
    """
    shapes, dim = case
    tensors = [numbered(shape, device, 100 * i) for i, shape in enumerate(shapes)]
    size = sum(shape[dim] for shape in shapes)
    shape = (*shapes[0][:dim], size, *shapes[0][dim + 1 :])
    elements = joined([tensor.tolist() for tensor in tensors], dim)

    result, other = torch.cat(tensors, dim), torch.cat(tensors, dim - len(shape))

    assert (case, result.shape, other.shape) == (case, shape, shape)
    assert (case, result.tolist(), other.tolist()) == (case, elements, elements)
    assert (result.dtype, other.dtype) == (torch.int64, torch.int64)


@claim("tensor.concat.same-as-cat", see="generated/torch.concat")
@pytest.mark.parametrize(
    "cat",
    [
        lambda *tensors, **options: torch.cat(*tensors, **options),
        lambda *tensors, **options: torch.concat(*tensors, **options),
        lambda *tensors, **options: torch.concatenate(*tensors, **options),
    ],
    ids=["cat", "concat", "concatenate"],
)
def test_concat_and_concatenate_are_cat_under_other_names(device, cat):
    """cat(), concat() and concatenate(), which are distinct objects, join a list or a
    tuple of tensors along a dimension given by position, as dim= or as axis=, into a
    new tensor or into out=, and raise the same errors.
    """
    a = torch.tensor([[1], [2]], device=device)
    b = torch.tensor([[3, 4], [5, 6]], device=device)
    out = torch.zeros(2, 3, dtype=torch.int64, device=device)

    results = [
        cat([a, b], 1),
        cat((a, b), dim=1),
        cat([a, b], axis=-1),
        cat(tensors=[a, b], dim=-1),
        cat([a, b], 1, out=out),
    ]
    default = cat([b, b])

    assert [x.tolist() for x in results] == [[[1, 3, 4], [2, 5, 6]]] * 5
    assert [x.dtype for x in results] == [torch.int64] * 5
    assert [x is out for x in results] == [False, False, False, False, True]
    assert default.tolist() == [[3, 4], [5, 6], [3, 4], [5, 6]]
    assert len({torch.cat, torch.concat, torch.concatenate}) == 3
    with pytest.raises(RuntimeError, match=MUST_MATCH + "0. Expected size 1 but got"):
        cat([a, b])
    with pytest.raises(IndexError, match="Dimension out of range"):
        cat([a, b], 2)


@claim("tensor.cat.takes-a-sequence", see="generated/torch.cat")
@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (
            lambda x: (each for each in [x, x]),
            "must be tuple of Tensors, not generator",
        ),
        (lambda x: x, "must be tuple of Tensors, not Tensor"),
        (lambda x: [x, 1], "expected Tensor as element 1 in argument 0, but got int"),
        (lambda x: [None, x], "expected Tensor as element 0 .* but got NoneType"),
        (lambda x: (x, x, [1]), "expected Tensor as element 2 .* but got list"),
    ],
    ids=["generator", "tensor", "number", "None", "list-of-numbers"],
)
def test_the_tensors_are_given_as_a_list_or_a_tuple(device, tensors, message):
    """Every joining function raises a TypeError for a generator, for a tensor, and for
    a sequence with something that is not a tensor, whose place the message gives.
    """
    given = tensors(torch.zeros(2, device=device))

    with pytest.raises(TypeError, match=message):
        torch.cat(given)
    with pytest.raises(TypeError, match=message):
        torch.concat(given)
    with pytest.raises(TypeError, match=message):
        torch.concatenate(given)
    with pytest.raises(TypeError, match=message):
        torch.stack(given)
    with pytest.raises(TypeError, match=message):
        torch.hstack(given)
    with pytest.raises(TypeError, match=message):
        torch.vstack(given)
    with pytest.raises(TypeError, match=message):
        torch.row_stack(given)
    with pytest.raises(TypeError, match=message):
        torch.dstack(given)
    with pytest.raises(TypeError, match=message):
        torch.column_stack(given)


@claim("tensor.cat.size-mismatch-raises", see="generated/torch.cat")
@pytest.mark.parametrize(
    ("shapes", "dim", "error", "message"),
    [
        (
            [(2, 3), (2, 2)],
            0,
            RuntimeError,
            MUST_MATCH + "0. Expected size 3 but got size 2 for tensor number 1 in the",
        ),
        (
            [(2, 3), (2, 3), (1, 3)],
            1,
            RuntimeError,
            "size 1 for tensor number 2 in the",
        ),
        ([(2, 3), (3,)], 0, RuntimeError, "same number of dimensions: got 2 and 1"),
        ([(), ()], 0, RuntimeError, r"zero-dimensional .* \(at position 0\) cannot be"),
        ([(3,), ()], 0, RuntimeError, r"zero-dimensional .* \(at position 1\) cannot"),
        ([(2, 3), (2, 3)], 2, IndexError, r"range of \[-2, 1\], but got 2"),
        ([(2, 3), (2, 3)], -3, IndexError, r"range of \[-2, 1\], but got -3"),
    ],
    ids=["size", "size-one", "rank", "scalars", "scalar", "beyond", "before"],
)
def test_cat_refuses_tensors_that_do_not_fit(device, shapes, dim, error, message):
    """cat() raises a RuntimeError for sizes that differ off the dimension, even if one
    of them is 1, for different numbers of dimensions, and for tensors without
    dimensions; a dimension that is not there raises an IndexError.
    """
    tensors = [torch.zeros(shape, device=device) for shape in shapes]

    with pytest.raises(error, match=message):
        torch.cat(tensors, dim)
    with pytest.raises(error, match=message):
        torch.concat(tensors, dim)
    with pytest.raises(error, match=message):
        torch.concatenate(tensors, dim)


@claim("tensor.cat.refusal-leaves-out", see="generated/torch.cat")
def test_tensors_that_do_not_fit_leave_out_as_it_was(device):
    """Where its tensors do not fit, a joining function leaves out= as it was."""
    wide, tall = torch.ones(2, 3, device=device), torch.ones(3, 2, device=device)
    out = torch.tensor([1.0, 2.0], device=device)

    with pytest.raises(RuntimeError, match=MUST_MATCH):
        torch.cat([wide, tall], out=out)
    with pytest.raises(RuntimeError, match=MUST_MATCH):
        torch.concat([wide, tall], out=out)
    with pytest.raises(RuntimeError, match=MUST_MATCH):
        torch.concatenate([wide, tall], out=out)
    with pytest.raises(RuntimeError, match=MUST_MATCH):
        torch.hstack([wide, tall], out=out)
    with pytest.raises(RuntimeError, match=MUST_MATCH):
        torch.vstack([wide, tall], out=out)
    with pytest.raises(RuntimeError, match=MUST_MATCH):
        torch.row_stack([wide, tall], out=out)
    with pytest.raises(RuntimeError, match=MUST_MATCH):
        torch.dstack([wide, tall], out=out)
    with pytest.raises(RuntimeError, match=MUST_MATCH):
        torch.column_stack([wide, tall], out=out)
    with pytest.raises(RuntimeError, match="each tensor to be equal size"):
        torch.stack([wide, tall], out=out)

    assert (out.tolist(), out.shape, out.stride()) == ([1, 2], (2,), (1,))


@claim("tensor.cat.legacy-empty-skipped", see="generated/torch.cat")
@pytest.mark.parametrize(
    "cat",
    [
        lambda tensors, dim: torch.cat(tensors, dim),
        lambda tensors, dim: torch.concat(tensors, dim),
        lambda tensors, dim: torch.concatenate(tensors, dim),
    ],
    ids=["cat", "concat", "concatenate"],
)
def test_cat_skips_a_vector_without_elements(device, cat):
    """cat() skips a tensor of shape (0,), first or last in the list, whatever the shape
    of the others is and along each of their dimensions; the result is still a copy.
    """
    nothing = torch.zeros(0, device=device)
    matrix = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)

    results = [
        cat([nothing, matrix], 0),
        cat([nothing, matrix], 1),
        cat([matrix, nothing], -1),
        cat([matrix, nothing], 0),
    ]

    assert [x.tolist() for x in results] == [[[1, 2, 3], [4, 5, 6]]] * 4
    assert {(x.stride(), x.dtype) for x in results} == {((3, 1), torch.float32)}
    assert {shares_storage(x, matrix) for x in results} == {False}
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got 2"):
        cat([nothing, matrix], 2)


@claim("tensor.cat.skipped-empty-counts-in-dtype", see="generated/torch.cat")
def test_a_skipped_tensor_still_has_a_say_in_the_dtype(device):
    """The dtype of a tensor of shape (0,) counts in the promotion though its elements
    do not; cat() of only such tensors has shape (0,).
    """
    nothing = torch.zeros(0, dtype=torch.float64, device=device)
    row = torch.tensor([[1, 2]], device=device)

    result, none = torch.cat([row, nothing]), torch.cat([nothing, nothing])

    assert (result.tolist(), result.dtype) == ([[1, 2]], torch.float64)
    assert (none.shape, none.dtype) == ((0,), torch.float64)


@claim("tensor.cat.other-empties-must-match", see="generated/torch.cat")
@pytest.mark.parametrize(
    ("shape", "dim", "refused"),
    [((0, 3), 0, (0, 4)), ((2, 0), 1, (1, 0)), ((0, 3), -2, (0, 0))],
    ids=["no-rows", "no-columns", "neither"],
)
def test_cat_skips_no_other_tensor_without_elements(device, shape, dim, refused):
    """A tensor without elements but with two or more dimensions has to fit like any
    other: it adds its size to the sum, or raises a RuntimeError.
    """
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)
    fits = torch.zeros(shape, dtype=torch.int64, device=device)
    clashes = torch.zeros(refused, dtype=torch.int64, device=device)

    result = torch.cat([fits, matrix], dim)
    with pytest.raises(RuntimeError, match=MUST_MATCH):
        torch.cat([clashes, matrix], dim)

    assert (result.tolist(), result.dtype) == ([[1, 2, 3], [4, 5, 6]], torch.int64)


@claim("tensor.cat.empty-list-raises", see="generated/torch.cat", since="2.9")
@pytest.mark.parametrize(
    "cat",
    [
        lambda tensors: torch.cat(tensors),
        lambda tensors: torch.concat(tensors),
        lambda tensors: torch.concatenate(tensors),
    ],
    ids=["cat", "concat", "concatenate"],
)
def test_cat_of_nothing_raises_a_value_error(cat):
    """cat() of no tensors, in a list or a tuple, raises a ValueError."""
    with pytest.raises(ValueError, match="expected a non-empty list of Tensors"):
        cat([])
    with pytest.raises(ValueError, match="expected a non-empty list of Tensors"):
        cat(())


@claim(
    "tensor.cat.empty-list-raises-runtime-error",
    see="generated/torch.cat",
    until="2.9",
)
@pytest.mark.parametrize(
    "cat",
    [
        lambda tensors: torch.cat(tensors),
        lambda tensors: torch.concat(tensors),
        lambda tensors: torch.concatenate(tensors),
    ],
    ids=["cat", "concat", "concatenate"],
)
def test_cat_of_nothing_raises_a_runtime_error(cat):
    """cat() of no tensors, in a list or a tuple, raises a RuntimeError."""
    with pytest.raises(RuntimeError, match="expected a non-empty list of Tensors"):
        cat([])
    with pytest.raises(RuntimeError, match="expected a non-empty list of Tensors"):
        cat(())


@claim("tensor.stack.empty-list-raises", see="generated/torch.stack")
@pytest.mark.parametrize(
    ("join", "name"),
    [
        (lambda tensors: torch.stack(tensors), "stack"),
        (lambda tensors: torch.hstack(tensors), "hstack"),
        (lambda tensors: torch.vstack(tensors), "vstack"),
        (lambda tensors: torch.row_stack(tensors), "vstack"),
        (lambda tensors: torch.dstack(tensors), "dstack"),
        (lambda tensors: torch.column_stack(tensors), "column_stack"),
    ],
    ids=["stack", "hstack", "vstack", "row_stack", "dstack", "column_stack"],
)
def test_stacking_nothing_raises_a_runtime_error(join, name):
    """stack() and the functions named after it raise a RuntimeError without any
    tensors.
    """
    with pytest.raises(RuntimeError, match=f"^{name} expects a non-empty TensorList"):
        join([])
    with pytest.raises(RuntimeError, match=f"^{name} expects a non-empty TensorList"):
        join(())


# --- dtypes ---------------------------------------------------------------------------


@claim("tensor.cat.promotes-dtypes", see="generated/torch.cat")
@pytest.mark.parametrize(
    ("a", "b", "dtype"),
    [
        (torch.int32, torch.float32, torch.float32),
        (torch.int32, torch.int64, torch.int64),
        (torch.bool, torch.uint8, torch.uint8),
        (torch.uint8, torch.int8, torch.int16),
        (torch.float16, torch.bfloat16, torch.float32),
        (torch.float64, torch.complex64, torch.complex128),
    ],
    ids=[
        "int32-float32",
        "int32-int64",
        "bool-uint8",
        "uint8-int8",
        "float16-bfloat16",
        "float64-complex64",
    ],
)
def test_joined_tensors_are_promoted_to_one_dtype(device, a, b, dtype):
    """Tensors of different dtypes are joined in the dtype that arithmetic between them
    has, whatever their order and number, by cat(), stack() and all their relatives.
    """
    x = torch.ones(2, dtype=a, device=device)
    y = torch.zeros(2, dtype=b, device=device)

    flat = [torch.cat([x, y]), torch.hstack([x, y])]
    flat += [torch.concat([x, y]), torch.concatenate([x, y])]
    rows = [torch.stack([x, y]), torch.vstack([x, y]), torch.row_stack([x, y])]
    columns, slabs = torch.column_stack([y, x]), torch.dstack([y, x])
    three = torch.cat([x, x, y])

    assert [each.tolist() for each in flat] == [[1, 1, 0, 0]] * 4
    assert [each.tolist() for each in rows] == [[[1, 1], [0, 0]]] * 3
    assert columns.tolist() == [[0, 1], [0, 1]]
    assert slabs.tolist() == [[[0, 1], [0, 1]]]
    assert three.tolist() == [1, 1, 1, 1, 0, 0]
    assert {each.dtype for each in (*flat, *rows, columns, slabs, three)} == {dtype}
    assert torch.result_type(x, y) == dtype


@claim(
    "tensor.joining.scalars-promote-like-vectors", see="generated/torch.column_stack"
)
def test_a_joined_scalar_has_as_much_say_in_the_dtype_as_a_vector(device):
    """A float64 tensor without dimensions added to a float32 vector gives float32,
    but joined with it makes the result float64.
    """
    scalar = torch.tensor(1.0, dtype=torch.float64, device=device)
    vector = torch.tensor([2.0], device=device)

    total = vector + scalar
    row, pair = torch.hstack([scalar, vector]), torch.column_stack([vector, scalar])

    assert (total.tolist(), total.dtype) == ([3], torch.float32)
    assert (row.tolist(), row.dtype) == ([1, 2], torch.float64)
    assert (pair.tolist(), pair.dtype) == ([[2, 1]], torch.float64)


@claim("tensor.cat.out-dtype", see="generated/torch.cat")
def test_the_dtype_of_out_wins_where_the_elements_can_be_cast(device):
    """Into an out= of another dtype the elements are cast, as long as that is no lesser
    kind of number: integers may become smaller integers or floats.
    """
    whole = torch.tensor([1, 2], device=device)
    floats = torch.zeros(4, device=device)
    shorts = torch.zeros(2, 2, dtype=torch.int16, device=device)

    cat = torch.cat([whole, whole], out=floats)
    stack = torch.stack([whole, whole], out=shorts)

    assert cat is floats and stack is shorts
    assert (floats.tolist(), floats.dtype) == ([1, 2, 1, 2], torch.float32)
    assert (shorts.tolist(), shorts.dtype) == ([[1, 2], [1, 2]], torch.int16)


@claim("tensor.cat.lossy-out-is-a-type-error", see="generated/torch.cat", since="2.9")
def test_floats_are_not_joined_into_integers(device):
    """Floats joined into an out= of integers raise a TypeError, and out= keeps its
    elements.
    """
    floats = torch.tensor([1.5], device=device)
    row = torch.tensor([7, 8], device=device)
    column = torch.tensor([[7], [8]], device=device)

    with pytest.raises(TypeError, match="can't be cast to the desired output type"):
        torch.cat([floats, floats], out=row)
    with pytest.raises(TypeError, match="can't be cast to the desired output type"):
        torch.stack([floats, floats], out=column)

    assert (row.tolist(), column.tolist()) == ([7, 8], [[7], [8]])


@claim(
    "tensor.cat.lossy-out-is-a-runtime-error", see="generated/torch.cat", until="2.9"
)
def test_floats_joined_into_integers_are_a_runtime_error(device):
    """Floats joined into an out= of integers raise a RuntimeError, and out= keeps its
    elements.
    """
    floats = torch.tensor([1.5], device=device)
    out = torch.tensor([7, 8], device=device)

    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        torch.cat([floats, floats], out=out)

    assert (out.tolist(), out.shape) == ([7, 8], (2,))


# --- memory ---------------------------------------------------------------------------


@claim("tensor.cat.always-copies", see="generated/torch.cat")
@pytest.mark.parametrize(
    "join",
    [
        lambda x: torch.cat([x]),
        lambda x: torch.concat([x], 1),
        lambda x: torch.concatenate([x]),
        lambda x: torch.cat([x, x[:0]]),
        lambda x: torch.stack([x])[0],
        lambda x: torch.hstack([x]),
        lambda x: torch.vstack([x]),
        lambda x: torch.row_stack([x]),
        lambda x: torch.dstack([x])[..., 0],
        lambda x: torch.column_stack([x]),
    ],
    ids=[
        "cat",
        "concat",
        "concatenate",
        "cat-with-empty",
        "stack",
        "hstack",
        "vstack",
        "row_stack",
        "dstack",
        "column_stack",
    ],
)
def test_joining_copies_even_a_single_tensor(device, join):
    """The result has a storage of its own even where a single tensor is joined, so that
    a write to one is not seen in the other.
    """
    source = torch.tensor([[1, 2], [3, 4]], dtype=torch.int32, device=device)

    result = join(source)
    result[0, 0] = 9
    source[1, 1] = -4

    assert (result.tolist(), result.dtype) == ([[9, 2], [3, 4]], torch.int32)
    assert source.tolist() == [[1, 2], [3, -4]]
    assert not shares_storage(result, source)
    assert (result.requires_grad, result.is_leaf) == (False, True)


@claim("tensor.cat.of-strided-views", see="generated/torch.cat")
def test_cat_takes_views_of_any_strides_and_the_same_tensor_twice(device):
    """cat() and stack() take transposed, stepped and expanded views, several of one
    tensor included, and join the elements that these show; the result is contiguous.
    """
    source = torch.arange(6, dtype=torch.int32, device=device).view(2, 3)

    result = torch.cat([source.t(), source[:, ::2], source[1:, :1].expand(2, 2)])
    twice = torch.stack([source[0], source[0]], 1)

    assert result.tolist() == [[0, 3], [1, 4], [2, 5], [0, 2], [3, 5], [3, 3], [3, 3]]
    assert twice.tolist() == [[0, 0], [1, 1], [2, 2]]
    assert (result.stride(), twice.stride()) == ((2, 1), (2, 1))
    assert (result.dtype, twice.dtype) == (torch.int32, torch.int32)
    assert source.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.cat.channels-last", see="generated/torch.cat")
def test_cat_keeps_the_channels_last_if_all_tensors_have_them_last(device):
    """cat() of images that all have their channels last in memory has them last too,
    along any dimension; with other images among them the result is in row-major order.
    """
    plain = torch.arange(8, device=device).view(1, 2, 2, 2)
    last = plain.contiguous(memory_format=torch.channels_last)

    channels, batch = torch.cat([last, last], 1), torch.cat([last, last])
    mixed, other = torch.cat([last, plain], 1), torch.cat([plain, last], 1)

    assert (channels.stride(), batch.stride()) == ((16, 1, 8, 4), (8, 1, 4, 2))
    assert (mixed.stride(), other.stride()) == ((16, 4, 2, 1), (16, 4, 2, 1))
    image = [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    assert channels.tolist() == mixed.tolist() == other.tolist() == [image * 2]
    assert batch.tolist() == [image, image]
    assert {channels.dtype, batch.dtype, mixed.dtype, other.dtype} == {torch.int64}


@claim("tensor.joining.out", see="generated/torch.cat")
@pytest.mark.parametrize(
    ("join", "elements"),
    [
        (lambda x, out: torch.cat(x, out=out), [1, 2, 3, 4]),
        (lambda x, out: torch.concat(x, out=out), [1, 2, 3, 4]),
        (lambda x, out: torch.concatenate(x, out=out), [1, 2, 3, 4]),
        (lambda x, out: torch.hstack(x, out=out), [1, 2, 3, 4]),
        (lambda x, out: torch.stack(x, out=out), [[1, 2], [3, 4]]),
        (lambda x, out: torch.stack(x, 1, out=out), [[1, 3], [2, 4]]),
        (lambda x, out: torch.vstack(x, out=out), [[1, 2], [3, 4]]),
        (lambda x, out: torch.row_stack(x, out=out), [[1, 2], [3, 4]]),
        (lambda x, out: torch.column_stack(x, out=out), [[1, 3], [2, 4]]),
        (lambda x, out: torch.dstack(x, out=out), [[[1, 3], [2, 4]]]),
    ],
    ids=[
        "cat",
        "concat",
        "concatenate",
        "hstack",
        "stack",
        "stack-dim",
        "vstack",
        "row_stack",
        "column_stack",
        "dstack",
    ],
)
def test_out_is_filled_resized_and_returned(device, join, elements):
    """The tensor given as out= gets the shape of the result, is filled and is returned;
    resizing it is silent if it was empty, and a UserWarning if it had elements.
    """
    tensors = [torch.tensor([1, 2], device=device), torch.tensor([3, 4], device=device)]
    empty = torch.zeros(0, dtype=torch.int64, device=device)
    full = torch.zeros(7, dtype=torch.int64, device=device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = join(tensors, empty)
    with pytest.warns(
        UserWarning, match="output with one or more elements was resized"
    ):
        other = join(tensors, full)

    assert result is empty and other is full
    assert (empty.tolist(), full.tolist()) == (elements, elements)
    assert (empty.dtype, full.dtype) == (torch.int64, torch.int64)


@claim("tensor.cat.out-is-written-in-place", see="generated/torch.cat")
def test_an_out_of_the_right_shape_is_written_where_it_lies(device):
    """An out= that already has the shape of the result is written in its own storage
    and keeps its strides: through a view the result reaches the base.
    """
    base = torch.zeros(2, 4, dtype=torch.int64, device=device)
    a, b = torch.tensor([1], device=device), torch.tensor([2], device=device)

    result = torch.cat([a, b], out=base[:, 1])
    stacked = torch.stack([a, b], 1, out=base[1:, 2:])

    assert base.tolist() == [[0, 1, 0, 0], [0, 2, 1, 2]]
    assert (result.stride(), stacked.stride()) == ((4,), (4, 1))
    assert shares_storage(result, base) and shares_storage(stacked, base)
    assert (result.tolist(), stacked.tolist()) == ([1, 2], [[1, 2]])


@claim("tensor.cat.out-overlaps-input", see="generated/torch.cat")
@pytest.mark.parametrize(
    ("join", "message"),
    [
        (
            lambda x, wide: torch.cat([x[2:], x[:2]], out=x),
            "refer to a single memory loc",
        ),
        (
            lambda x, wide: torch.cat([x[1:2], x[2:3]], out=x[2:]),
            "input tensor and the writ",
        ),
        (
            lambda x, wide: torch.stack([x[1], x[0]], out=x[:2]),
            "refer to a single memory",
        ),
        (
            lambda x, wide: torch.hstack([x[2:], x[:2]], out=x),
            "refer to a single memory loc",
        ),
        (lambda x, wide: torch.cat([x[:1], x[1:]], out=wide), "more than one ele"),
    ],
    ids=["cat", "cat-in-part", "stack", "hstack", "expanded"],
)
def test_out_may_not_overlap_with_what_is_joined(device, join, message):
    """An out= that shares an element with an input, or has one element in several
    places, raises a RuntimeError and keeps its elements.
    """
    source = torch.tensor([1, 2, 3, 4], device=device)
    expanded = torch.zeros(1, dtype=torch.int64, device=device).expand(4)

    with pytest.raises(RuntimeError, match=message):
        join(source, expanded)

    assert (source.tolist(), expanded.tolist()) == ([1, 2, 3, 4], [0, 0, 0, 0])


@claim("tensor.cat.out-beside-input", see="generated/torch.cat")
def test_out_may_lie_over_the_storage_of_what_is_joined(device):
    """An out= over the same storage as the inputs is allowed as long as it has no
    element in common with them.
    """
    source = torch.tensor([1, 2, 3, 4], device=device)
    first, second, rest = source[:1], source[1:2], source[2:]

    result = torch.cat([second, first], out=rest)

    assert shares_storage(first, source) and shares_storage(second, source)
    assert source.tolist() == [1, 2, 2, 1]
    assert (result.tolist(), shares_storage(result, source)) == ([2, 1], True)


# --- stack ----------------------------------------------------------------------------


@claim("tensor.stack.new-axis", see="generated/torch.stack")
def test_stack_puts_tensors_side_by_side_along_a_new_dimension(device):
    """stack() makes its tensors the slices along a new dimension whose size is their
    number: by default the first, else at the given place, of which -1 is the last.
    """
    a = torch.tensor([1, 2, 3], device=device)
    b = torch.tensor([4, 5, 6], device=device)

    rows, columns = torch.stack([a, b]), torch.stack((a, b), 1)
    last, single = torch.stack([a, b], -1), torch.stack([a])

    assert rows.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert columns.tolist() == last.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert (single.tolist(), single.shape) == ([[1, 2, 3]], (1, 3))
    assert (rows.stride(), columns.stride(), last.stride()) == ((3, 1), (2, 1), (2, 1))
    assert {rows.dtype, columns.dtype, last.dtype, single.dtype} == {torch.int64}
    assert not shares_storage(rows, a) and not shares_storage(single, a)
    assert (a.tolist(), b.tolist()) == ([1, 2, 3], [4, 5, 6])


@claim("tensor.stack.in-general", see="generated/torch.stack")
@given(case=stackable())
def test_stack_inserts_the_number_of_tensors_into_their_shape(device, case):
    """stack() of tensors of any one shape inserts their number into it, and the slices
    along the new dimension are the tensors.
    """
    count, shape, dim = case
    tensors = [numbered(shape, device, 100 * i) for i in range(count)]
    expected = (*shape[:dim], count, *shape[dim:])
    elements = stacked([tensor.tolist() for tensor in tensors], dim)

    result, other = torch.stack(tensors, dim), torch.stack(tensors, dim - len(expected))

    assert (case, result.shape, other.shape) == (case, expected, expected)
    assert (case, result.tolist(), other.tolist()) == (case, elements, elements)
    assert (result.dtype, other.dtype) == (torch.int64, torch.int64)


@claim("tensor.stack.call-forms", see="generated/torch.stack")
@pytest.mark.parametrize(
    "stack",
    [
        lambda a, b: torch.stack([a, b], 1),
        lambda a, b: torch.stack((a, b), dim=1),
        lambda a, b: torch.stack([a, b], axis=1),
        lambda a, b: torch.stack(tensors=[a, b], dim=-2),
        lambda a, b: torch.cat([a.unsqueeze(1), b.unsqueeze(1)], 1),
    ],
    ids=["list", "tuple", "axis", "keywords", "as-cat"],
)
def test_every_form_of_stack_gives_the_same(device, stack):
    """stack() takes a list or a tuple, and the place by position, as dim= or as axis=;
    it does what cat() does with tensors that unsqueeze() gave the new dimension.
    """
    a = torch.tensor([[1, 2], [3, 4]], dtype=torch.int32, device=device)
    b = torch.tensor([[5, 6], [7, 8]], dtype=torch.int32, device=device)

    result = stack(a, b)

    assert result.tolist() == [[[1, 2], [5, 6]], [[3, 4], [7, 8]]]
    assert (result.stride(), result.dtype) == ((4, 2, 1), torch.int32)


@claim("tensor.stack.scalars", see="generated/torch.stack")
def test_stack_makes_a_vector_of_tensors_without_dimensions(device):
    """stack() makes a vector of tensors without dimensions, which cat() refuses; the
    only places for the new dimension are 0 and -1.
    """
    a, b = torch.tensor(1.5, device=device), torch.tensor(2.5, device=device)

    first, last = torch.stack([a, b]), torch.stack([a, b], -1)
    with pytest.raises(IndexError, match=r"range of \[-1, 0\], but got 1"):
        torch.stack([a, b], 1)
    with pytest.raises(RuntimeError, match=r"zero-dimensional .* cannot be concat"):
        torch.cat([a, b])

    assert (first.tolist(), first.shape, first.dtype) == ([1.5, 2.5], (2,), a.dtype)
    assert (last.tolist(), last.shape, last.dtype) == ([1.5, 2.5], (2,), a.dtype)


@claim("tensor.stack.undone-by-unbind", see="generated/torch.stack")
def test_unbind_gives_back_what_was_stacked(device):
    """unbind() and an index along the new dimension return the stacked tensors, as
    views of the result; stacking what unbind() returned makes a copy of it.
    """
    a = torch.tensor([1, 2, 3], device=device)
    b = torch.tensor([4, 5, 6], device=device)
    rows, columns = torch.stack([a, b]), torch.stack([a, b], 1)

    first, second = columns.unbind(1)
    third = rows[1]
    again = torch.stack([first, second], 1)

    assert (first.tolist(), second.tolist()) == ([1, 2, 3], [4, 5, 6])
    assert (third.tolist(), third.dtype) == ([4, 5, 6], torch.int64)
    assert (first.stride(), second.storage_offset()) == ((2,), 1)
    assert (again.tolist(), again.stride()) == ([[1, 4], [2, 5], [3, 6]], (2, 1))
    assert (again.dtype, shares_storage(again, columns)) == (torch.int64, False)
    assert shares_storage(first, columns) and shares_storage(second, columns)
    assert shares_storage(third, rows)
    assert (first.dtype, second.dtype) == (torch.int64, torch.int64)


@claim("tensor.stack.dim-out-of-range", see="generated/torch.stack")
@pytest.mark.parametrize("dim", [2, -3])
def test_stack_refuses_a_place_that_the_result_does_not_have(device, dim):
    """stack() raises an IndexError for a place that the result would not have."""
    vector = torch.zeros(3, device=device)

    with pytest.raises(IndexError, match=rf"range of \[-2, 1\], but got {dim}"):
        torch.stack([vector, vector], dim)


@claim("tensor.stack.equal-shapes-required", see="generated/torch.stack")
@pytest.mark.parametrize(
    ("a", "b", "sizes"),
    [
        ((2,), (3,), r"\[2\] at entry 0 and \[3\] at entry 1"),
        ((2, 3), (1, 3), r"\[2, 3\] at entry 0 and \[1, 3\] at entry 1"),
        ((3,), (0,), r"\[3\] at entry 0 and \[0\] at entry 1"),
        ((3,), (1, 3), r"\[3\] at entry 0 and \[1, 3\] at entry 1"),
        ((1,), (), r"\[1\] at entry 0 and \[\] at entry 1"),
    ],
    ids=["size", "size-one", "empty", "rank", "scalar"],
)
def test_stack_needs_equal_shapes(device, a, b, sizes):
    """stack() raises a RuntimeError for different shapes and names the two: it
    broadcasts nothing, and does not skip a tensor of shape (0,) as cat() does.
    """
    tensors = [torch.zeros(a, device=device), torch.zeros(b, device=device)]

    with pytest.raises(
        RuntimeError, match="stack expects each tensor to be equal size"
    ):
        torch.stack(tensors)
    with pytest.raises(RuntimeError, match=sizes):
        torch.stack(tensors, -1)


# --- vstack, hstack, dstack and column_stack ------------------------------------------


@claim("tensor.vstack.first-dim", see="generated/torch.vstack")
def test_vstack_joins_rows_along_the_first_dimension(device):
    """vstack() makes a vector a row, and a number a row of one, and joins the rows
    along the first dimension; tensors of two or three dimensions it joins as they are.
    """
    vector = torch.tensor([1, 2, 3], device=device)
    matrix = torch.tensor([[4, 5, 6], [7, 8, 9]], device=device)
    scalar = torch.tensor(0, device=device)

    rows, mixed = torch.vstack([vector, vector]), torch.vstack((matrix, vector))
    scalars, deep = torch.vstack([scalar, scalar]), torch.vstack([matrix[None]] * 2)

    assert rows.tolist() == [[1, 2, 3], [1, 2, 3]]
    assert mixed.tolist() == [[4, 5, 6], [7, 8, 9], [1, 2, 3]]
    assert (scalars.tolist(), scalars.stride()) == ([[0], [0]], (1, 1))
    assert deep.tolist() == [[[4, 5, 6], [7, 8, 9]], [[4, 5, 6], [7, 8, 9]]]
    assert {rows.dtype, mixed.dtype, scalars.dtype, deep.dtype} == {torch.int64}


@claim("tensor.row-stack.same-as-vstack", see="generated/torch.row_stack")
def test_row_stack_is_another_name_for_vstack(device):
    """row_stack(), a distinct object, makes rows of vectors and joins them as vstack()
    does, without a warning, and raises the same error.
    """
    vector = torch.tensor([1, 2, 3], device=device)
    matrix = torch.tensor([[4, 5, 6], [7, 8, 9]], device=device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows, mixed = (
            torch.row_stack([vector, vector]),
            torch.row_stack((matrix, vector)),
        )
    with pytest.raises(RuntimeError, match=MUST_MATCH + "0. Expected size 3 but got"):
        torch.row_stack([vector, vector[:2]])

    assert torch.row_stack is not torch.vstack
    assert rows.tolist() == [[1, 2, 3], [1, 2, 3]]
    assert mixed.tolist() == [[4, 5, 6], [7, 8, 9], [1, 2, 3]]
    assert (rows.dtype, mixed.dtype) == (torch.int64, torch.int64)


@claim("tensor.hstack.second-dim-or-first-for-vectors", see="generated/torch.hstack")
def test_hstack_joins_vectors_end_to_end_and_matrices_side_by_side(device):
    """hstack() joins vectors, of any lengths, along their only dimension, numbers as
    vectors of one, and tensors of two or three dimensions along the second.
    """
    vector = torch.tensor([1, 2, 3], dtype=torch.int32, device=device)
    matrix = torch.tensor([[4, 5], [6, 7]], dtype=torch.int32, device=device)
    scalar = torch.tensor(0, dtype=torch.int32, device=device)

    longer, scalars = torch.hstack([vector, vector[:1]]), torch.hstack((scalar, scalar))
    mixed = torch.hstack([scalar, vector])
    wider, deep = (
        torch.hstack([matrix, matrix[:, 1:]]),
        torch.hstack([matrix[None]] * 2),
    )

    assert (longer.tolist(), longer.shape) == ([1, 2, 3, 1], (4,))
    assert (scalars.tolist(), mixed.tolist()) == ([0, 0], [0, 1, 2, 3])
    assert (wider.tolist(), wider.stride()) == ([[4, 5, 5], [6, 7, 7]], (3, 1))
    assert deep.tolist() == [[[4, 5], [6, 7], [4, 5], [6, 7]]]
    assert {longer.dtype, scalars.dtype, mixed.dtype, wider.dtype} == {torch.int32}


@claim("tensor.dstack.third-axis", see="generated/torch.dstack")
def test_dstack_joins_along_the_third_dimension(device):
    """dstack() gives a number the shape (1, 1, 1), a vector (1, n, 1) and a matrix
    (m, n, 1), and then joins along the third dimension.
    """
    vector = torch.tensor([1, 2], device=device)
    matrix = torch.tensor([[3, 4], [5, 6]], device=device)
    tens = torch.tensor([[30, 40], [50, 60]], device=device)
    scalar = torch.tensor(0, device=device)

    scalars, vectors = torch.dstack([scalar, scalar]), torch.dstack((vector, vector))
    matrices = torch.dstack([matrix, tens])
    mixed = torch.dstack([vector, matrix[:1]])
    deep = torch.dstack([matrices, matrix])

    assert (scalars.tolist(), vectors.tolist()) == ([[[0, 0]]], [[[1, 1], [2, 2]]])
    assert matrices.tolist() == [[[3, 30], [4, 40]], [[5, 50], [6, 60]]]
    assert (mixed.tolist(), mixed.stride()) == ([[[1, 3], [2, 4]]], (4, 2, 1))
    assert deep.tolist() == [[[3, 30, 3], [4, 40, 4]], [[5, 50, 5], [6, 60, 6]]]
    assert {scalars.dtype, vectors.dtype, matrices.dtype, deep.dtype} == {torch.int64}


@claim("tensor.column-stack.one-d-become-columns", see="generated/torch.column_stack")
def test_column_stack_makes_columns_of_vectors(device):
    """column_stack() makes a vector a column, and a number a column of one, and joins
    them along the second dimension, together with matrices.
    """
    vector = torch.tensor([1, 2, 3], device=device)
    matrix = torch.tensor([[4, 5], [6, 7], [8, 9]], device=device)
    scalar = torch.tensor(0, device=device)

    pair, mixed = (
        torch.column_stack([vector, vector]),
        torch.column_stack((vector, matrix)),
    )
    scalars, single = torch.column_stack([scalar, scalar]), torch.column_stack([vector])

    assert (pair.tolist(), pair.stride()) == ([[1, 1], [2, 2], [3, 3]], (2, 1))
    assert mixed.tolist() == [[1, 4, 5], [2, 6, 7], [3, 8, 9]]
    assert (scalars.tolist(), single.tolist()) == ([[0, 0]], [[1], [2], [3]])
    assert {pair.dtype, mixed.dtype, scalars.dtype, single.dtype} == {torch.int64}


@claim("tensor.column-stack.not-hstack-for-vectors", see="generated/torch.column_stack")
def test_column_stack_and_hstack_agree_on_matrices_and_not_on_vectors(device):
    """column_stack() and hstack() agree on tensors of two or three dimensions, but not
    on vectors, on numbers, or on vectors with matrices, which hstack() refuses.
    """
    vector = torch.tensor([1, 2], device=device)
    matrix = torch.tensor([[3, 4], [5, 6]], device=device)
    scalar = torch.tensor(0, device=device)

    flat, pair = torch.hstack([vector, vector]), torch.column_stack([vector, vector])
    wide, same = torch.hstack([matrix] * 2), torch.column_stack([matrix] * 2)
    deep, equal = (
        torch.hstack([matrix[None]] * 2),
        torch.column_stack([matrix[None]] * 2),
    )
    two, row = torch.hstack([scalar] * 2), torch.column_stack([scalar] * 2)
    mixed = torch.column_stack([vector, matrix])
    with pytest.raises(RuntimeError, match="same number of dimensions: got 1 and 2"):
        torch.hstack([vector, matrix])

    assert (flat.tolist(), pair.tolist()) == ([1, 2, 1, 2], [[1, 1], [2, 2]])
    assert wide.tolist() == same.tolist() == [[3, 4, 3, 4], [5, 6, 5, 6]]
    assert deep.tolist() == equal.tolist() == [[[3, 4], [5, 6], [3, 4], [5, 6]]]
    assert (two.tolist(), row.tolist()) == ([0, 0], [[0, 0]])
    assert mixed.tolist() == [[1, 3, 4], [2, 5, 6]]


@claim("tensor.joining.stacks-in-general", see="generated/torch.column_stack")
@given(shape=st.lists(SIZES, max_size=3).map(tuple))
def test_the_stacking_functions_raise_the_rank_and_join(device, shape):
    """For every shape, vstack() joins rows along the first dimension, column_stack()
    columns along the second, dstack() slabs along the third, and hstack() what is at
    least a vector along the second, or the first if there is no second.
    """
    a, b = numbered(shape, device), numbered(shape, device, 100)
    dims, values = len(shape), (a.tolist(), b.tolist())

    below, columns = torch.vstack([a, b]), torch.column_stack([a, b])
    same = torch.row_stack([a, b])
    depth, beside = torch.dstack([a, b]), torch.hstack([a, b])

    rows = [row(each, dims) for each in values]
    assert (shape, below.tolist()) == (shape, joined(rows, 0))
    assert (shape, same.tolist()) == (shape, joined(rows, 0))
    assert (shape, columns.tolist()) == (
        shape,
        joined([column(each, dims) for each in values], 1),
    )
    assert (shape, depth.tolist()) == (
        shape,
        joined([slab(each, dims) for each in values], 2),
    )
    ends = joined(rows, 1)
    assert (shape, beside.tolist()) == (shape, ends if dims > 1 else ends[0])
    assert {x.dtype for x in (below, same, columns, depth, beside)} == {torch.int64}


@claim("tensor.joining.stacks-must-fit", see="generated/torch.hstack")
@pytest.mark.parametrize(
    ("join", "shapes", "message"),
    [
        (lambda x: torch.vstack(x), [(3,), (2,)], MUST_MATCH + "0. Expected size 3"),
        (lambda x: torch.row_stack(x), [(3,), ()], MUST_MATCH + "0. Expected size 3"),
        (
            lambda x: torch.hstack(x),
            [(2, 3), (1, 3)],
            MUST_MATCH + "1. Expected size 2",
        ),
        (lambda x: torch.hstack(x), [(2, 3), (3,)], "dimensions: got 2 and 1"),
        (lambda x: torch.hstack(x), [(1, 1), ()], "dimensions: got 2 and 1"),
        (lambda x: torch.dstack(x), [(2, 3), (3,)], MUST_MATCH + "2. Expected size 2"),
        (lambda x: torch.dstack(x), [(3,), (2,)], MUST_MATCH + "2. Expected size 3"),
        (
            lambda x: torch.column_stack(x),
            [(3,), (2,)],
            MUST_MATCH + "1. Expected size",
        ),
        (
            lambda x: torch.column_stack(x),
            [(), (3,)],
            MUST_MATCH + "1. Expected size 1",
        ),
        (lambda x: torch.column_stack(x), [(2, 1), (2, 1, 1)], "got 2 and 3"),
    ],
    ids=[
        "vstack-lengths",
        "row_stack-scalar",
        "hstack-rows",
        "hstack-ranks",
        "hstack-scalar",
        "dstack-vector",
        "dstack-lengths",
        "column_stack-lengths",
        "column_stack-scalar",
        "column_stack-ranks",
    ],
)
def test_the_stacking_functions_refuse_what_does_not_fit(device, join, shapes, message):
    """Tensors that still differ off the dimension, or in their number of dimensions,
    after these were added raise the RuntimeError of cat(): nothing is broadcast.
    """
    tensors = [torch.zeros(shape, device=device) for shape in shapes]

    with pytest.raises(RuntimeError, match=message):
        join(tensors)


@claim("tensor.joining.stacks-have-no-dim", see="generated/torch.hstack")
def test_the_stacking_functions_take_no_dimension(device):
    """The stacking functions take one sequence and no dimension: any other argument
    raises a TypeError.
    """
    vector = torch.zeros(2, device=device)

    with pytest.raises(TypeError, match=r"stack\(\)"):
        torch.hstack([vector, vector], dim=0)
    with pytest.raises(TypeError, match=r"stack\(\)"):
        torch.vstack([vector, vector], dim=0)
    with pytest.raises(TypeError, match=r"stack\(\)"):
        torch.row_stack([vector, vector], dim=0)
    with pytest.raises(TypeError, match=r"stack\(\)"):
        torch.dstack([vector, vector], dim=0)
    with pytest.raises(TypeError, match=r"stack\(\)"):
        torch.column_stack([vector, vector], dim=0)
    with pytest.raises(TypeError, match=r"stack\(\)"):
        torch.hstack([vector, vector], 0)
    with pytest.raises(TypeError, match=r"stack\(\)"):
        torch.vstack(vector, vector)


@claim("tensor.joining.same-as-numpy", see="generated/torch.cat")
def test_tensors_are_joined_as_by_numpy(device):
    """cat(), stack(), vstack(), hstack(), dstack() and column_stack() of vectors return
    what concatenate() and the functions of these names in NumPy return.
    """
    a, b = np.array([1, 2, 3]), np.array([4, 5, 6])
    pair = [torch.tensor([1, 2, 3], device=device), torch.tensor([4, 5, 6]).to(device)]

    joined, between = torch.cat(pair), torch.stack(pair, -1)
    below, beside = torch.vstack(pair), torch.hstack(pair)
    deep, columns = torch.dstack(pair), torch.column_stack(pair)

    assert joined.tolist() == np.concatenate([a, b]).tolist()
    assert between.tolist() == np.stack([a, b], -1).tolist()
    assert below.tolist() == np.vstack([a, b]).tolist()
    assert beside.tolist() == np.hstack([a, b]).tolist()
    assert deep.tolist() == np.dstack([a, b]).tolist()
    assert columns.tolist() == np.column_stack([a, b]).tolist()


# --- matrices of blocks and products --------------------------------------------------


@claim("tensor.block-diag.zeros-beside", see="generated/torch.block_diag")
def test_block_diag_puts_blocks_along_the_diagonal(device):
    """block_diag() puts matrices corner to corner, with zeros beside; a vector counts
    as a row, a number as a matrix of one element, and int64 beside float32 becomes
    float32.
    """
    matrix = torch.tensor([[1, 2], [3, 4]], device=device)
    number, row = torch.tensor(5, device=device), torch.tensor([6, 7], device=device)

    result = torch.block_diag(matrix, number, row)
    promoted = torch.block_diag(number, torch.tensor([0.5], device=device))

    assert result.tolist() == [
        [1, 2, 0, 0, 0],
        [3, 4, 0, 0, 0],
        [0, 0, 5, 0, 0],
        [0, 0, 0, 6, 7],
    ]
    assert (result.dtype, promoted.dtype) == (torch.int64, torch.float32)
    assert promoted.tolist() == [[5, 0], [0, 0.5]]
    with pytest.raises(RuntimeError, match="Input tensors must have 2 or fewer dim"):
        torch.block_diag(number, matrix[None])


@claim("tensor.cartesian-prod.every-combination", see="generated/torch.cartesian_prod")
def test_cartesian_prod_has_a_row_for_every_combination(device):
    """cartesian_prod() of vectors has a row for every combination of their elements, of
    which the last changes fastest; a single vector it returns as it is.
    """
    first = torch.tensor([1, 2], device=device)
    last = torch.tensor([5, 3, 4], device=device)

    pairs = torch.cartesian_prod(first, last)
    alone = torch.cartesian_prod(first)

    assert pairs.tolist() == [[1, 5], [1, 3], [1, 4], [2, 5], [2, 3], [2, 4]]
    assert alone.tolist() == [1, 2]
    assert torch.cartesian_prod(first, last[:0]).shape == (0, 2)
    with pytest.raises(RuntimeError, match="Expect a 1D vector"):
        torch.cartesian_prod(first, last[None])


# --- gradients ------------------------------------------------------------------------


@claim("tensor.cat.gradient", see="generated/torch.cat")
@pytest.mark.parametrize(
    ("join", "weights", "node"),
    [
        (lambda a, b: torch.cat([a, b]), [1.0, 2.0, 3.0, 4.0], "CatBackward0"),
        (lambda a, b: torch.concat([a, b]), [1.0, 2.0, 3.0, 4.0], "CatBackward0"),
        (lambda a, b: torch.concatenate([a, b]), [1.0, 2.0, 3.0, 4.0], "CatBackward0"),
        (lambda a, b: torch.hstack([a, b]), [1.0, 2.0, 3.0, 4.0], "CatBackward0"),
        (lambda a, b: torch.stack([a, b]), [[1.0, 2.0], [3.0, 4.0]], "StackBackward0"),
        (
            lambda a, b: torch.stack([a, b], 1),
            [[1.0, 3.0], [2.0, 4.0]],
            "StackBackward0",
        ),
        (lambda a, b: torch.vstack([a, b]), [[1.0, 2.0], [3.0, 4.0]], "CatBackward0"),
        (
            lambda a, b: torch.row_stack([a, b]),
            [[1.0, 2.0], [3.0, 4.0]],
            "CatBackward0",
        ),
        (lambda a, b: torch.dstack([a, b]), [[[1.0, 3.0], [2.0, 4.0]]], "CatBackward0"),
        (
            lambda a, b: torch.column_stack([a, b]),
            [[1.0, 3.0], [2.0, 4.0]],
            "CatBackward0",
        ),
    ],
    ids=[
        "cat",
        "concat",
        "concatenate",
        "hstack",
        "stack",
        "stack-dim",
        "vstack",
        "row_stack",
        "dstack",
        "column_stack",
    ],
)
def test_the_gradient_of_a_joined_tensor_is_split_again(device, join, weights, node):
    """Each joined tensor gets its own part of the gradient, in its own shape."""
    a = torch.tensor([5.0, 6.0], device=device, requires_grad=True)
    b = torch.tensor([7.0, 8.0], device=device, requires_grad=True)

    result = join(a, b)
    result.backward(torch.tensor(weights, device=device))

    assert (result.grad_fn.name(), result.is_leaf) == (node, False)
    assert (a.grad.tolist(), b.grad.tolist()) == ([1, 2], [3, 4])


@claim("tensor.cat.gradient-of-some", see="generated/torch.cat")
@pytest.mark.parametrize(
    "join",
    [
        lambda a, b: torch.cat([a, b, a]),
        lambda a, b: torch.stack([a, b, a]).view(-1),
    ],
    ids=["cat", "stack"],
)
def test_each_joined_tensor_gets_its_gradient_in_its_own_dtype(device, join):
    """A tensor that is joined twice gets the sum of both parts, in its own dtype
    although the result was promoted; one that does not require gradients gets none.
    """
    single = torch.tensor([1.0], device=device, requires_grad=True)
    double = torch.tensor([2.0], dtype=torch.float64, device=device)
    weights = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64, device=device)

    result = join(single, double)
    result.backward(weights)

    assert (result.tolist(), result.dtype) == ([1, 2, 1], torch.float64)
    assert (result.requires_grad, double.requires_grad) == (True, False)
    assert (single.grad.tolist(), single.grad.dtype) == ([101], torch.float32)
    assert double.grad is None


@claim("tensor.cat.out-has-no-gradient", see="notes/autograd")
@pytest.mark.parametrize(
    ("join", "name"),
    [
        (lambda tensors, out: torch.cat(tensors, out=out), "cat"),
        (lambda tensors, out: torch.concat(tensors, out=out), "cat"),
        (lambda tensors, out: torch.hstack(tensors, out=out), "cat"),
        (lambda tensors, out: torch.stack(tensors, out=out), "stack"),
    ],
    ids=["cat", "concat", "hstack", "stack"],
)
def test_out_is_refused_while_gradients_are_recorded(device, join, name):
    """With a tensor that requires gradients, out= raises a RuntimeError and is left as
    it was; under no_grad() it is filled.
    """
    leaf = torch.tensor([1.0], device=device, requires_grad=True)
    out = torch.zeros(1, device=device)
    filled = torch.zeros(0, device=device)

    with pytest.raises(
        RuntimeError, match=rf"{name}\(\): functions with out=\.\.\. arg"
    ):
        join([leaf], out)
    with torch.no_grad():
        join([leaf], filled)

    assert (out.tolist(), out.requires_grad) == ([0], False)
    assert (filled.view(-1).tolist(), filled.requires_grad) == ([1], False)

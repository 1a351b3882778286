"""Splitting: one tensor into several views of it.

Every function here returns a tuple of views: the pieces share the storage of the tensor
that was split, and a write to one is a write to it. They differ in what a number means.
To split() it is the length of a piece; to chunk(), tensor_split() and hsplit() it is
the number of pieces. A list means lengths to split(), and positions to cut at to the
others.

chunk() is often taken to return as many pieces as it is asked for. It may return fewer:
it makes all of one length, and stops when nothing is left. tensor_split() returns the
exact number. And hsplit(), vsplit() and dsplit() have no dim: they know their
dimension, which for hsplit() of a vector is the only one.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.splitting import (
    chunks_of,
    cut_at,
    lengths_of,
    pieces_of,
    sections_of,
)
from torch_semantics import claim
from torch_semantics.words import shares_storage

OUT_OF_RANGE = r"Dimension out of range \(expected to be in range of "
SIZES = st.sampled_from([5, 7, 4, 0, 6, 3])


def columns_of(size, ranges):
    """The columns of each range, of a matrix of two rows that counts up from 0."""
    return [[list(cut), [size + n for n in cut]] for cut in ranges]


def lists(pieces):
    """The elements of each piece, as nested lists."""
    return [piece.tolist() for piece in pieces]


# --- views ----------------------------------------------------------------------------


@claim("tensor.splitting.returns-views", see="tensor_view")
@pytest.mark.parametrize(
    "split",
    [
        lambda x: x.chunk(2),
        lambda x: torch.chunk(x, 2),
        lambda x: x.split(2),
        lambda x: torch.split(x, 2),
        lambda x: x.split([2, 2]),
        lambda x: x.split_with_sizes([2, 2]),
        lambda x: torch.split_with_sizes(x, [2, 2]),
        lambda x: x.tensor_split(2),
        lambda x: torch.tensor_split(x, [2]),
        lambda x: x.hsplit(2),
        lambda x: torch.hsplit(x, [2]),
        lambda x: x.view(4, 1).vsplit(2),
        lambda x: torch.vsplit(x.view(4, 1), [2]),
        lambda x: x.view(1, 1, 4).dsplit(2),
        lambda x: torch.dsplit(x.view(1, 1, 4), [2]),
        lambda x: x.view(2, 2).unbind(),
        lambda x: torch.unbind(x.view(2, 2)),
    ],
    ids=[
        "chunk",
        "torch.chunk",
        "split",
        "torch.split",
        "split-lengths",
        "split_with_sizes",
        "torch.split_with_sizes",
        "tensor_split",
        "tensor_split-positions",
        "hsplit",
        "hsplit-positions",
        "vsplit",
        "vsplit-positions",
        "dsplit",
        "dsplit-positions",
        "unbind",
        "torch.unbind",
    ],
)
def test_every_way_to_split_returns_a_tuple_of_views(device, split):
    """Every way to split returns a tuple of views: a later piece starts further on in
    the storage of the source, and a write to a piece or to the source is seen in both.
    """
    source = torch.arange(4, device=device)

    pieces = split(source)
    first, second = pieces
    second.view(-1)[1] = -3
    source[0] = 9

    assert type(pieces) is tuple
    assert source.tolist() == [9, 1, 2, -3]
    assert (first.reshape(-1).tolist(), second.reshape(-1).tolist()) == (
        [9, 1],
        [2, -3],
    )
    assert (first.storage_offset(), second.storage_offset()) == (0, 2)
    assert shares_storage(first, source) and shares_storage(second, source)
    assert (first.dtype, second.dtype) == (torch.int64, torch.int64)
    assert first._base is source and second._base is source


@claim("tensor.splitting.pieces-keep-strides", see="tensor_view")
@pytest.mark.parametrize(
    "split",
    [
        lambda x: x.chunk(2, 1),
        lambda x: x.split(2, 1),
        lambda x: x.split([2, 1], -1),
        lambda x: x.tensor_split(2, 1),
        lambda x: x.tensor_split([2], -1),
        lambda x: x.hsplit([2]),
    ],
    ids=[
        "chunk",
        "split",
        "split-lengths",
        "tensor_split",
        "tensor_split-positions",
        "hsplit",
    ],
)
def test_pieces_keep_the_strides_of_what_was_split(device, split):
    """Pieces have the strides of the tensor that was split, whether it is contiguous or
    not, so that several columns of a matrix are not contiguous.
    """
    source = torch.arange(12, device=device).view(2, 6)[:, ::2]

    first, second = split(source)

    assert (first.tolist(), first.stride()) == ([[0, 2], [6, 8]], (6, 2))
    assert (second.tolist(), second.stride()) == ([[4], [10]], (6, 2))
    assert (first.is_contiguous(), second.storage_offset()) == (False, 4)
    assert shares_storage(first, source) and shares_storage(second, source)
    assert (first.dtype, second.dtype) == (torch.int64, torch.int64)


@claim("tensor.splitting.what-a-number-means", see="generated/torch.split")
def test_a_number_is_a_length_to_split_and_a_count_to_the_others(device):
    """A number given to split() is the length of a piece; given to chunk(),
    tensor_split() or hsplit(), it is the number of pieces.
    """
    six = torch.arange(6, device=device)

    by_length = [piece.tolist() for piece in six.split(2)]
    by_count = [
        [piece.tolist() for piece in six.chunk(2)],
        [piece.tolist() for piece in six.tensor_split(2)],
        [piece.tolist() for piece in six.hsplit(2)],
    ]

    assert by_length == [[0, 1], [2, 3], [4, 5]]
    assert by_count == [[[0, 1, 2], [3, 4, 5]]] * 3


@claim("tensor.splitting.keeps-dtype", see="tensor_view")
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
def test_pieces_have_the_dtype_of_what_was_split(device, first, second, dtype):
    """Pieces have the dtype of the tensor that was split, whatever it is, and do not
    require gradients.
    """
    source = torch.tensor([first, second], dtype=dtype, device=device)

    pieces = [
        source.chunk(2),
        source.split(1),
        source.tensor_split(2),
        source.hsplit(2),
    ]
    elements = source.unbind()

    assert [[x.tolist() for x in each] for each in pieces] == [[[first], [second]]] * 4
    assert [x.tolist() for x in elements] == [first, second]
    assert {x.dtype for each in (*pieces, elements) for x in each} == {dtype}
    assert {x.requires_grad for each in (*pieces, elements) for x in each} == {False}


# --- chunk ----------------------------------------------------------------------------


@claim("tensor.chunk.at-most-n", see="generated/torch.chunk")
def test_chunk_returns_at_most_the_number_of_pieces_asked_for(device):
    """chunk() cuts pieces of size / number, rounded up, by default along the first
    dimension; the last may be shorter, and there are fewer pieces than asked for where
    the elements are used up sooner.
    """
    five, twelve = torch.arange(5, device=device), torch.arange(12, device=device)
    matrix = torch.tensor([[1, 2], [3, 4], [5, 6]], device=device)

    three, four = five.chunk(4), torch.chunk(twelve, 5)
    singles, whole = five[:2].chunk(4), torch.chunk(five, 1)
    rows = matrix.chunk(2)

    assert [x.tolist() for x in three] == [[0, 1], [2, 3], [4]]
    assert [x.tolist() for x in four] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert [x.tolist() for x in singles] == [[0], [1]]
    assert [x.tolist() for x in whole] == [[0, 1, 2, 3, 4]]
    assert [x.tolist() for x in rows] == [[[1, 2], [3, 4]], [[5, 6]]]
    assert {x.dtype for x in (*three, *four, *singles, *whole, *rows)} == {torch.int64}


@claim("tensor.chunk.in-general", see="generated/torch.chunk")
@given(size=SIZES, chunks=st.integers(1, 6))
def test_chunk_cuts_every_size_into_equal_lengths_and_a_rest(device, size, chunks):
    """chunk() cuts every size into pieces of one length, of which the last may be
    shorter, and cat() of the pieces restores the tensor.
    """
    matrix = torch.arange(2 * size, device=device).view(2, size)

    pieces, other = matrix.chunk(chunks, 1), torch.chunk(matrix, chunks, dim=-1)

    expected = columns_of(size, chunks_of(size, chunks))
    assert (size, chunks, [x.tolist() for x in pieces]) == (size, chunks, expected)
    assert (size, chunks, [x.tolist() for x in other]) == (size, chunks, expected)
    assert torch.cat(pieces, 1).equal(matrix)


@claim("tensor.chunk.no-elements", see="generated/torch.chunk")
def test_chunk_of_size_zero_returns_as_many_empty_pieces_as_asked_for(device):
    """chunk() cuts a dimension of size 0 into exactly the given number of empty pieces;
    another dimension may be 0 as well.
    """
    empty = torch.zeros(0, 2, device=device)

    rows, columns = empty.chunk(3), empty.chunk(2, 1)
    others = torch.chunk(empty, 3)

    assert [x.shape for x in rows] == [(0, 2), (0, 2), (0, 2)]
    assert [x.shape for x in others] == [(0, 2), (0, 2), (0, 2)]
    assert [x.shape for x in columns] == [(0, 1), (0, 1)]
    assert {x.dtype for x in (*rows, *columns)} == {torch.float32}


@claim("tensor.chunk.call-forms", see="generated/torch.chunk")
def test_every_form_of_chunk_gives_the_same_views(device):
    """Method and function chunk() take the number of chunks and the dimension by
    position or by keyword; a negative dimension counts from the end.
    """
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)
    expected = [[[1, 2], [4, 5]], [[3], [6]]]

    results = [
        matrix.chunk(2, 1),
        matrix.chunk(2, dim=-1),
        matrix.chunk(chunks=2, dim=1),
        torch.chunk(matrix, 2, -1),
        torch.chunk(input=matrix, chunks=2, dim=1),
    ]

    assert {type(each) for each in results} == {tuple}
    assert [[x.tolist() for x in each] for each in results] == [expected] * 5
    assert {x.stride() for each in results for x in each} == {(3, 1)}
    assert {first.storage_offset() for first, _ in results} == {0}
    assert {second.storage_offset() for _, second in results} == {2}
    assert {(x.dtype, shares_storage(x, matrix)) for each in results for x in each} == {
        (torch.int64, True)
    }


@claim("tensor.chunk.bad-arguments", see="generated/torch.chunk")
@pytest.mark.parametrize(
    ("chunk", "error", "message"),
    [
        (lambda x: x.chunk(0), RuntimeError, "`chunks` to be greater than 0, got: 0"),
        (lambda x: x.chunk(-1), RuntimeError, "to be greater than 0, got: -1"),
        (lambda x: torch.chunk(x, 0), RuntimeError, "to be greater than 0, got: 0"),
        (lambda x: torch.chunk(x[0], 1), RuntimeError, "at least a 1-dimensional tens"),
        (lambda x: x.chunk(2, 1), IndexError, OUT_OF_RANGE + r"\[-1, 0\], but got 1\)"),
        (lambda x: x.chunk(2, -2), IndexError, OUT_OF_RANGE + r"\[-1, 0\], but got -2"),
        (lambda x: x.chunk(), TypeError, r"^chunk\(\) missing 1 required"),
        (lambda x: x.chunk(2.0), TypeError, "'chunks' .* must be int, not float"),
        (lambda x: x.chunk([1, 2]), TypeError, "'chunks' .* must be int, not list"),
    ],
    ids=[
        "zero",
        "negative",
        "function-zero",
        "scalar",
        "beyond",
        "before",
        "none",
        "float",
        "list",
    ],
)
def test_chunk_refuses_what_it_cannot_cut(device, chunk, error, message):
    """chunk() raises a RuntimeError for fewer than one chunk and for a tensor without
    dimensions, an IndexError for a dimension that is not there, and a TypeError for
    anything but an integer.
    """
    vector = torch.arange(3, device=device)

    with pytest.raises(error, match=message):
        chunk(vector)


# --- split ----------------------------------------------------------------------------


@claim("tensor.split.size-semantics", see="generated/torch.split")
def test_split_takes_the_length_of_the_pieces_or_a_list_of_lengths(device):
    """split() takes the length of every piece, of which the last gets what is left, or
    a list with the length of each, 0 included. By default it cuts the first dimension.
    """
    five = torch.arange(5, device=device)
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)

    twos, whole = torch.split(five, 2), five.split(9)
    lengths, empty = torch.split(five, [1, 4]), five.split([1, 0, 4])
    rows, columns = matrix.split(1), matrix.split(2, dim=1)

    assert [x.tolist() for x in twos] == [[0, 1], [2, 3], [4]]
    assert [x.tolist() for x in whole] == [[0, 1, 2, 3, 4]]
    assert [x.tolist() for x in lengths] == [[0], [1, 2, 3, 4]]
    assert [x.tolist() for x in empty] == [[0], [], [1, 2, 3, 4]]
    assert [x.tolist() for x in rows] == [[[1, 2, 3]], [[4, 5, 6]]]
    assert [x.tolist() for x in columns] == [[[1, 2], [4, 5]], [[3], [6]]]
    assert {x.dtype for x in (*twos, *whole, *lengths, *empty)} == {torch.int64}
    assert {x.dtype for x in (*rows, *columns)} == {torch.int64}


@claim("tensor.split.in-general", see="generated/torch.split")
@given(
    size=SIZES,
    length=st.integers(1, 4),
    lengths=st.lists(st.integers(0, 3), max_size=4),
)
def test_split_cuts_every_size_by_length_or_lengths(device, size, length, lengths):
    """split() cuts every size into pieces of the given length and a shorter last one,
    or into pieces of given lengths that add up to it; cat() of the pieces restores it.
    """
    matrix = torch.arange(2 * size, device=device).view(2, size)
    other = torch.arange(2 * sum(lengths), device=device).view(2, sum(lengths))

    pieces, listed = matrix.split(length, 1), torch.split(other, lengths, -1)

    expected = columns_of(size, pieces_of(size, length))
    assert (size, length, [x.tolist() for x in pieces]) == (size, length, expected)
    assert torch.cat(pieces, 1).equal(matrix)
    expected = columns_of(sum(lengths), lengths_of(lengths))
    assert (lengths, [x.tolist() for x in listed]) == (lengths, expected)


@claim("tensor.split.no-elements", see="generated/torch.split")
def test_split_of_size_zero_returns_one_empty_piece(device):
    """split() cuts a dimension of size 0 into one empty piece by any length, 0
    included; by a list of zeros, into as many as the list has, which may be none.
    """
    empty = torch.zeros(0, 2, device=device)

    three, none = empty.split(3), torch.split(empty, 0)
    zeros, nothing = torch.split(empty, [0, 0]), empty.split([])

    assert [x.shape for x in three] == [x.shape for x in none] == [(0, 2)]
    assert [x.shape for x in zeros] == [(0, 2), (0, 2)]
    assert nothing == ()
    assert {x.dtype for x in (*three, *none, *zeros)} == {torch.float32}


@claim("tensor.split.call-forms", see="generated/torch.split")
def test_every_form_of_split_gives_the_same_views(device):
    """split(), with a length or with lengths in a list or a tuple, and
    split_with_sizes() return the same views as functions and as methods, with the
    dimension by position or by keyword.
    """
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)
    expected = [[[1, 2], [4, 5]], [[3], [6]]]

    results = [
        matrix.split(2, 1),
        matrix.split(2, dim=-1),
        matrix.split(split_size=2, dim=1),
        matrix.split((2, 1), 1),
        torch.split(matrix, 2, -1),
        torch.split(matrix, [2, 1], dim=1),
        torch.split(tensor=matrix, split_size_or_sections=2, dim=1),
        matrix.split_with_sizes([2, 1], 1),
        matrix.split_with_sizes(split_sizes=(2, 1), dim=-1),
        torch.split_with_sizes(matrix, [2, 1], 1),
        torch.split_with_sizes(input=matrix, split_sizes=[2, 1], dim=1),
    ]

    assert {type(each) for each in results} == {tuple}
    assert [[x.tolist() for x in each] for each in results] == [expected] * 11
    assert {x.stride() for each in results for x in each} == {(3, 1)}
    assert {first.storage_offset() for first, _ in results} == {0}
    assert {second.storage_offset() for _, second in results} == {2}
    assert {(x.dtype, shares_storage(x, matrix)) for each in results for x in each} == {
        (torch.int64, True)
    }


@claim("tensor.split.keyword-names", see="generated/torch.Tensor.split")
@pytest.mark.parametrize(
    ("split", "name"),
    [
        (lambda x: x.split(split_size_or_sections=2), "split_size_or_sections"),
        (lambda x: torch.split(x, split_size=2), "split_size"),
        (lambda x: torch.split(input=x, split_size_or_sections=2), "input"),
    ],
    ids=["method", "function", "function-input"],
)
def test_method_and_function_split_name_their_arguments_differently(
    device, split, name
):
    """The keyword is split_size for the method and split_size_or_sections for the
    function, which calls what it splits tensor and not input; the other names raise a
    TypeError.
    """
    vector = torch.arange(3, device=device)

    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        split(vector)


@claim("tensor.split.bad-sections", see="generated/torch.split")
@pytest.mark.parametrize(
    ("size", "message"),
    [
        ([1, 3], r"expects split_sizes to sum exactly to 5 .*split_sizes=\[1, 3\]"),
        ([1, 5], r"expects split_sizes to sum exactly to 5 .*split_sizes=\[1, 5\]"),
        ([], r"expects split_sizes to sum exactly to 5 .*split_sizes=\[\]"),
        ([6, -1], "expects split_sizes have only non-negative entries"),
        (-1, "split_size be non-negative, but got split_size=-1"),
        (0, "split_size can only be 0 if dimension size is 0, but got .* size of 5"),
    ],
    ids=["too-few", "too-many", "none", "negative-entry", "negative", "zero"],
)
def test_split_needs_lengths_that_add_up(device, size, message):
    """split() raises a RuntimeError for lengths that do not add up to the size of the
    dimension, for a negative one, and for the length 0 unless the dimension is empty.
    """
    vector = torch.arange(5, device=device)

    with pytest.raises(RuntimeError, match=message):
        vector.split(size)
    with pytest.raises(RuntimeError, match=message):
        torch.split(vector, size)


@claim("tensor.split.bad-arguments", see="generated/torch.split")
@pytest.mark.parametrize(
    ("split", "error", "message"),
    [
        (
            lambda x: x[0].split(1),
            RuntimeError,
            "expects at least a 1-dimensional tens",
        ),
        (lambda x: x[0].split([1]), RuntimeError, "expects at least a 1-dimensional"),
        (lambda x: x.split(2, 1), IndexError, OUT_OF_RANGE + r"\[-1, 0\], but got 1\)"),
        (
            lambda x: x.split([5], -2),
            IndexError,
            OUT_OF_RANGE + r"\[-1, 0\], but got -",
        ),
        (lambda x: x.split(2.0), TypeError, "must be tuple of .*, not float"),
        (lambda x: torch.split(x, 2.0), TypeError, "must be tuple of .*, not float"),
        (lambda x: x.split_with_sizes(2), TypeError, "must be tuple of .*, not int"),
        (lambda x: x.split_with_sizes([1, 3]), RuntimeError, "to sum exactly to 5"),
        (
            lambda x: torch.split_with_sizes(x, [6, -1]),
            RuntimeError,
            "have only non-negative entries",
        ),
    ],
    ids=[
        "scalar",
        "scalar-lengths",
        "beyond",
        "before",
        "float",
        "function-float",
        "with_sizes-int",
        "with_sizes-sum",
        "with_sizes-negative",
    ],
)
def test_split_refuses_what_it_cannot_cut(device, split, error, message):
    """split() raises a RuntimeError for a tensor without dimensions, an IndexError for
    a dimension that is not there, and a TypeError for a float; split_with_sizes()
    refuses an integer and lengths that do not fit as well.
    """
    vector = torch.arange(5, device=device)

    with pytest.raises(error, match=message):
        split(vector)


# --- tensor_split ---------------------------------------------------------------------


@claim("tensor.tensor-split.uneven-allowed", see="generated/torch.tensor_split")
def test_tensor_split_returns_exactly_as_many_pieces_as_asked_for(device):
    """tensor_split() returns exactly the given number of pieces, of which the first are
    longer by one and the last may be empty; a list or a tuple has the positions to cut
    at. By default it cuts the first dimension.
    """
    seven, two = torch.arange(7, device=device), torch.arange(2, device=device)
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)

    three, four = seven.tensor_split(3), two.tensor_split(4)
    listed, tupled = seven.tensor_split([1, 3]), seven.tensor_split((1, 3))
    rows, columns = (
        torch.tensor_split(matrix, 2),
        torch.tensor_split(matrix, [1], dim=1),
    )

    assert [x.tolist() for x in three] == [[0, 1, 2], [3, 4], [5, 6]]
    assert [x.tolist() for x in four] == [[0], [1], [], []]
    assert [x.tolist() for x in listed] == [[0], [1, 2], [3, 4, 5, 6]]
    assert [x.tolist() for x in tupled] == [[0], [1, 2], [3, 4, 5, 6]]
    assert [x.tolist() for x in rows] == [[[1, 2, 3]], [[4, 5, 6]]]
    assert [x.tolist() for x in columns] == [[[1], [4]], [[2, 3], [5, 6]]]
    assert {x.dtype for x in (*three, *four, *listed, *tupled)} == {torch.int64}
    assert {x.dtype for x in (*rows, *columns)} == {torch.int64}


@claim("tensor.tensor-split.in-general", see="generated/torch.tensor_split")
@given(
    size=SIZES,
    sections=st.integers(1, 6),
    positions=st.lists(st.integers(-6, 8), max_size=3),
)
def test_tensor_split_cuts_every_size_as_evenly_as_can_be_or_as_slices(
    device, size, sections, positions
):
    """Every size is cut into the given number of pieces whose lengths differ by one at
    most, or into the slices between the given positions, which hsplit(), vsplit() and
    dsplit() cut out as well.
    """
    matrix = torch.arange(2 * size, device=device).view(2, size)

    even, cut = matrix.tensor_split(sections, 1), matrix.tensor_split(positions, -1)
    also_even = torch.tensor_split(matrix, sections, -1)
    columns, rows = torch.hsplit(matrix, positions), matrix.t().vsplit(positions)
    depth = torch.dsplit(matrix.unsqueeze(0), positions)

    expected = columns_of(size, sections_of(size, sections))
    assert (size, sections, [x.tolist() for x in even]) == (size, sections, expected)
    assert [x.tolist() for x in also_even] == expected
    case = size, positions
    expected = columns_of(size, cut_at(size, positions))
    assert (case, [x.tolist() for x in cut]) == (case, expected)
    assert (case, [x.tolist() for x in columns]) == (case, expected)
    assert (case, [x.t().tolist() for x in rows]) == (case, expected)
    assert (case, [x[0].tolist() for x in depth]) == (case, expected)


@claim("tensor.tensor-split.positions-are-slices", see="generated/torch.tensor_split")
def test_positions_have_the_meaning_they_have_in_slices(device):
    """Negative positions count from the end; positions beyond the end or that decrease
    give empty pieces, and after a step back elements come a second time.
    """
    five = torch.arange(5, device=device)

    negative, far = five.tensor_split([-2]), torch.tensor_split(five, [-9])
    beyond, back = torch.tensor_split(five, [2, 9]), five.tensor_split([3, 1])
    none = five.tensor_split([])

    assert [x.tolist() for x in negative] == [[0, 1, 2], [3, 4]]
    assert [x.tolist() for x in far] == [[], [0, 1, 2, 3, 4]]
    assert [x.tolist() for x in beyond] == [[0, 1], [2, 3, 4], []]
    assert [x.tolist() for x in back] == [[0, 1, 2], [], [1, 2, 3, 4]]
    assert [x.tolist() for x in none] == [[0, 1, 2, 3, 4]]
    assert {x.dtype for x in (*negative, *far, *beyond, *back)} == {torch.int64}


@claim("tensor.tensor-split.call-forms", see="generated/torch.tensor_split")
def test_every_form_of_tensor_split_gives_the_same_views(device):
    """tensor_split(), with a number or with positions in a list, a tuple or a tensor,
    returns the same views as function and as method, with the dimension by position or
    as dim=.
    """
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)
    position = torch.tensor([2])
    expected = [[[1, 2], [4, 5]], [[3], [6]]]

    results = [
        matrix.tensor_split(2, 1),
        matrix.tensor_split(2, dim=-1),
        matrix.tensor_split([2], dim=1),
        matrix.tensor_split(position, 1),
        torch.tensor_split(matrix, 2, -1),
        torch.tensor_split(matrix, 2, dim=1),
        torch.tensor_split(matrix, (2,), dim=1),
        torch.tensor_split(matrix, position, dim=-1),
        torch.tensor_split(input=matrix, sections=2, dim=1),
    ]

    assert {type(each) for each in results} == {tuple}
    assert [[x.tolist() for x in each] for each in results] == [expected] * 9
    assert {x.stride() for each in results for x in each} == {(3, 1)}
    assert {first.storage_offset() for first, _ in results} == {0}
    assert {second.storage_offset() for _, second in results} == {2}
    assert {(x.dtype, shares_storage(x, matrix)) for each in results for x in each} == {
        (torch.int64, True)
    }


@claim(
    "tensor.tensor-split.number-or-positions-as-a-tensor",
    see="generated/torch.tensor_split",
)
@pytest.mark.parametrize(
    "split",
    [
        lambda x, y: x.tensor_split(y),
        lambda x, y: torch.tensor_split(x, y, 0),
        lambda x, y: x.tensor_split(tensor_indices_or_sections=y, dim=-1),
    ],
    ids=["method", "function", "keyword"],
)
def test_a_tensor_is_a_number_or_positions_by_its_dimensions(device, split):
    """tensor_split() takes a CPU tensor without dimensions for the number of pieces,
    and a vector for positions, even one of a single element.
    """
    five = torch.arange(5, device=device)
    number, position = torch.tensor(2), torch.tensor([2])

    halves, cut = split(five, number), split(five, position)

    assert [x.tolist() for x in halves] == [[0, 1, 2], [3, 4]]
    assert [x.tolist() for x in cut] == [[0, 1], [2, 3, 4]]
    assert {x.dtype for x in (*halves, *cut)} == {torch.int64}


@claim("tensor.tensor-split.positions-on-the-cpu", see="generated/torch.tensor_split")
def test_positions_in_a_tensor_that_is_not_on_the_cpu_are_refused(device):
    """tensor_split() needs the positions to know the shapes of the pieces: a tensor of
    them that is not on the CPU raises a RuntimeError, which names its device.
    """
    vector = torch.arange(5, device=device)
    positions = torch.tensor([2], device="meta")

    with pytest.raises(RuntimeError, match="to be on cpu, but it's on meta"):
        vector.tensor_split(positions)
    with pytest.raises(RuntimeError, match="to be on cpu, but it's on meta"):
        torch.tensor_split(vector, positions)


@claim("tensor.tensor-split.bad-arguments", see="generated/torch.tensor_split")
@pytest.mark.parametrize(
    ("split", "error", "message"),
    [
        (lambda x: x.tensor_split(0), RuntimeError, "must be larger than 0, got 0"),
        (lambda x: x.tensor_split(-1), RuntimeError, "must be larger than 0, got -1"),
        (
            lambda x: torch.tensor_split(x, 0),
            RuntimeError,
            "must be larger than 0, got 0",
        ),
        (
            lambda x: torch.tensor_split(x, 2, 1),
            IndexError,
            OUT_OF_RANGE + r"\[-1, 0\], but got 1\)",
        ),
        (
            lambda x: x.tensor_split(torch.tensor(0)),
            RuntimeError,
            "number of sections must be larger than 0, got 0",
        ),
        (lambda x: x[0].tensor_split(1), RuntimeError, "expected at least a 1-dimensi"),
        (lambda x: x[0].tensor_split([1]), RuntimeError, "a tensor with 0 dims"),
        (
            lambda x: x.tensor_split(torch.tensor([1.0])),
            RuntimeError,
            "to have dtype of long, but got Float",
        ),
        (
            lambda x: x.tensor_split(torch.tensor([1], dtype=torch.int32)),
            RuntimeError,
            "to have dtype of long, but got Int",
        ),
        (
            lambda x: x.tensor_split(torch.tensor([[1]])),
            RuntimeError,
            "zero-dimensional or one-dimensional tensor, but got a tensor with 2 dims",
        ),
        (
            lambda x: x.tensor_split(2, 1),
            IndexError,
            OUT_OF_RANGE + r"\[-1, 0\], but got 1\)",
        ),
        (
            lambda x: x.tensor_split([2], -2),
            IndexError,
            OUT_OF_RANGE + r"\[-1, 0\], but got -2\)",
        ),
        (
            lambda x: x.tensor_split(2.0),
            TypeError,
            r"^tensor_split\(\) received an inv",
        ),
    ],
    ids=[
        "zero",
        "negative",
        "function-zero",
        "function-beyond",
        "zero-tensor",
        "scalar",
        "scalar-positions",
        "floats",
        "int32",
        "matrix",
        "beyond",
        "before",
        "float",
    ],
)
def test_tensor_split_refuses_what_it_cannot_cut(device, split, error, message):
    """tensor_split() raises a RuntimeError for fewer than one piece, for a tensor
    without dimensions, and for a tensor of positions that is not of int64 or has two
    dimensions, an IndexError for a dimension that is not there, and a TypeError for a
    float.
    """
    vector = torch.arange(5, device=device)

    with pytest.raises(error, match=message):
        split(vector)


@claim("tensor.tensor-split.keyword-names", see="generated/torch.tensor_split")
@pytest.mark.parametrize(
    "split",
    [
        lambda **options: torch.tensor_split(**options),
        lambda input, **options: input.tensor_split(**options),
        lambda input, **options: input.hsplit(**options),
        lambda input, **options: torch.hsplit(input, **options),
        lambda input, **options: input.view(3, 1).vsplit(**options),
        lambda input, **options: torch.vsplit(input.view(3, 1), **options),
        lambda input, **options: input.view(1, 1, 3).dsplit(**options),
        lambda input, **options: torch.dsplit(input.view(1, 1, 3), **options),
    ],
    ids=[
        "torch.tensor_split",
        "tensor_split",
        "hsplit",
        "torch.hsplit",
        "vsplit",
        "torch.vsplit",
        "dsplit",
        "torch.dsplit",
    ],
)
def test_indices_or_sections_is_no_keyword(device, split):
    """In tensor_split(), hsplit(), vsplit() and dsplit() the documented name
    indices_or_sections raises a TypeError as a keyword: it is sections= for a number
    and indices= for positions.
    """
    vector = torch.arange(3, device=device)

    singles, cut = split(input=vector, sections=3), split(input=vector, indices=[2])
    with pytest.raises(TypeError, match=r"split\(\) received an invalid combination"):
        split(input=vector, indices_or_sections=3)

    assert [x.reshape(-1).tolist() for x in singles] == [[0], [1], [2]]
    assert [x.reshape(-1).tolist() for x in cut] == [[0, 1], [2]]
    assert {x.dtype for x in (*singles, *cut)} == {torch.int64}


# --- hsplit, vsplit and dsplit --------------------------------------------------------


@claim("tensor.hsplit.columns-or-vector", see="generated/torch.hsplit")
def test_hsplit_cuts_columns_or_the_elements_of_a_vector(device):
    """hsplit() cuts a vector along its only dimension and any other tensor along the
    second: by an integer into equal parts, by a list at positions, with empty pieces
    past the end.
    """
    vector = torch.arange(5, device=device)
    matrix = torch.arange(8, device=device).view(2, 4)

    elements, halves = vector.hsplit([2, 3]), vector[:4].hsplit(2)
    columns, beyond = matrix.hsplit([2, 3]), torch.hsplit(matrix, (3, 6))
    equal, deep = torch.hsplit(matrix, 2), matrix.view(2, 2, 2).hsplit(2)

    assert [x.tolist() for x in elements] == [[0, 1], [2], [3, 4]]
    assert [x.tolist() for x in halves] == [[0, 1], [2, 3]]
    assert [x.tolist() for x in columns] == [[[0, 1], [4, 5]], [[2], [6]], [[3], [7]]]
    assert [x.shape for x in beyond] == [(2, 3), (2, 1), (2, 0)]
    assert [x.tolist() for x in equal] == [[[0, 1], [4, 5]], [[2, 3], [6, 7]]]
    assert [x.tolist() for x in deep] == [[[[0, 1]], [[4, 5]]], [[[2, 3]], [[6, 7]]]]
    assert {x.dtype for x in (*elements, *halves, *columns, *beyond)} == {torch.int64}
    assert {x.dtype for x in (*equal, *deep)} == {torch.int64}


@claim("tensor.vsplit.rows", see="generated/torch.vsplit")
def test_vsplit_cuts_rows(device):
    """vsplit() cuts a tensor of two or three dimensions along the first: by an integer
    into equal parts, by a list at positions, with empty pieces past the end.
    """
    matrix = torch.arange(8, device=device).view(4, 2)

    equal, rows = matrix.vsplit(2), torch.vsplit(matrix, [1, 3])
    beyond, deep = matrix.vsplit((3, 6)), torch.vsplit(matrix.view(2, 2, 2), 2)

    assert [x.tolist() for x in equal] == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    assert [x.tolist() for x in rows] == [[[0, 1]], [[2, 3], [4, 5]], [[6, 7]]]
    assert [x.tolist() for x in beyond] == [[[0, 1], [2, 3], [4, 5]], [[6, 7]], []]
    assert [x.shape for x in beyond] == [(3, 2), (1, 2), (0, 2)]
    assert [x.tolist() for x in deep] == [[[[0, 1], [2, 3]]], [[[4, 5], [6, 7]]]]
    assert {x.dtype for x in (*equal, *rows, *beyond, *deep)} == {torch.int64}


@claim("tensor.dsplit.third-dimension", see="generated/torch.dsplit")
def test_dsplit_cuts_the_third_dimension(device):
    """dsplit() cuts a tensor of three or four dimensions along the third: by an integer
    into equal parts, by a list at positions, with empty pieces past the end.
    """
    block = torch.arange(8, device=device).view(2, 1, 4)

    equal, cut = block.dsplit(2), torch.dsplit(block, [1, 3])
    beyond, deep = block.dsplit((3, 6)), torch.dsplit(block.view(1, 2, 2, 2), 2)

    assert [x.tolist() for x in equal] == [[[[0, 1]], [[4, 5]]], [[[2, 3]], [[6, 7]]]]
    assert [x.tolist() for x in cut] == [
        [[[0]], [[4]]],
        [[[1, 2]], [[5, 6]]],
        [[[3]], [[7]]],
    ]
    assert [x.shape for x in beyond] == [(2, 1, 3), (2, 1, 1), (2, 1, 0)]
    assert [x.tolist() for x in deep] == [
        [[[[0, 1]], [[4, 5]]]],
        [[[[2, 3]], [[6, 7]]]],
    ]
    assert {x.dtype for x in (*equal, *cut, *beyond, *deep)} == {torch.int64}


@claim("tensor.hsplit.has-no-dim-argument", see="generated/torch.hsplit")
@pytest.mark.parametrize(
    "split",
    [
        lambda x: x.hsplit([2, 3], dim=0),
        lambda x: torch.hsplit(x, 2, dim=0),
        lambda x: x.vsplit(2, dim=0),
        lambda x: torch.vsplit(x, [1], dim=0),
        lambda x: x.unsqueeze(2).dsplit(1, dim=0),
        lambda x: torch.dsplit(x.unsqueeze(2), [1], dim=0),
    ],
    ids=["hsplit", "torch.hsplit", "vsplit", "torch.vsplit", "dsplit", "torch.dsplit"],
)
def test_hsplit_and_its_relatives_have_no_dim(device, split):
    """hsplit(), vsplit() and dsplit() raise a TypeError for dim=: hsplit() cuts the
    columns of a matrix and keeps all rows; tensor_split() with dim=0 cuts the rows.
    """
    matrix = torch.arange(12, device=device).view(3, 4)

    columns = matrix.hsplit([2, 3])
    rows = matrix.tensor_split([2, 3], dim=0)
    with pytest.raises(TypeError, match="received an invalid combination of arguments"):
        split(matrix)

    assert [x.tolist() for x in columns] == [
        [[0, 1], [4, 5], [8, 9]],
        [[2], [6], [10]],
        [[3], [7], [11]],
    ]
    assert [x.tolist() for x in rows] == [
        [[0, 1, 2, 3], [4, 5, 6, 7]],
        [[8, 9, 10, 11]],
        [],
    ]
    assert {x.dtype for x in (*columns, *rows)} == {torch.int64}


@claim("tensor.hsplit.must-divide", see="generated/torch.hsplit")
@pytest.mark.parametrize(
    ("split", "shape", "message"),
    [
        (
            lambda x: x.hsplit(4),
            (6,),
            "hsplit attempted to split along dimension 0, but the size of the dimension"
            " 6 is not divisible by the split_size 4",
        ),
        (lambda x: torch.hsplit(x, 0), (6,), "not divisible by the split_size 0"),
        (lambda x: x.hsplit(-1), (6,), "sections must be larger than 0, got -1"),
        (lambda x: x.hsplit(2), (2, 3), "along dimension 1, .* dimension 3 is not"),
        (lambda x: torch.hsplit(x, -3), (2, 3), "must be larger than 0, got -3"),
        (lambda x: x.vsplit(2), (3, 2), "vsplit .* dimension 0, .* split_size 2"),
        (lambda x: torch.vsplit(x, 0), (3, 2), "not divisible by the split_size 0"),
        (lambda x: x.vsplit(-3), (3, 2), "sections must be larger than 0, got -3"),
        (lambda x: x.dsplit(2), (1, 2, 3), "dsplit .* dimension 2, .* split_size 2"),
        (lambda x: torch.dsplit(x, 0), (1, 2, 3), "not divisible by the split_size 0"),
        (lambda x: x.dsplit(-1), (1, 2, 3), "sections must be larger than 0, got -1"),
    ],
    ids=[
        "hsplit",
        "hsplit-zero",
        "hsplit-negative",
        "hsplit-columns",
        "hsplit-columns-negative",
        "vsplit",
        "vsplit-zero",
        "vsplit-negative",
        "dsplit",
        "dsplit-zero",
        "dsplit-negative",
    ],
)
def test_hsplit_and_its_relatives_need_a_number_that_divides_the_size(
    device, split, shape, message
):
    """hsplit(), vsplit() and dsplit() raise a RuntimeError for a number of parts that
    does not divide the size or is not positive; chunk() and tensor_split() make pieces
    of different lengths.
    """
    five = torch.arange(5, device=device)
    source = torch.zeros(shape, device=device)

    uneven, chunks = five.tensor_split(3), five.chunk(3)
    with pytest.raises(RuntimeError, match=message):
        split(source)

    assert [x.tolist() for x in uneven] == [[0, 1], [2, 3], [4]]
    assert [x.tolist() for x in chunks] == [[0, 1], [2, 3], [4]]


@claim("tensor.hsplit.needs-its-dimension", see="generated/torch.hsplit")
@pytest.mark.parametrize(
    ("split", "message"),
    [
        (
            lambda x: x[0, 0].hsplit(1),
            "hsplit requires .* at least 1 dimension, .* 0 d",
        ),
        (
            lambda x: torch.hsplit(x[0, 0], [1]),
            "hsplit requires .* at least 1 dimension",
        ),
        (lambda x: x[0].vsplit(1), "vsplit requires .* at least 2 dimension, .* 1 dim"),
        (lambda x: torch.vsplit(x[0], [1]), "vsplit requires .* at least 2 dimension"),
        (lambda x: x.dsplit(1), "dsplit requires .* at least 3 dimension, .* 2 dim"),
        (lambda x: torch.dsplit(x, [1]), "dsplit requires .* at least 3 dimension"),
    ],
    ids=["hsplit", "torch.hsplit", "vsplit", "torch.vsplit", "dsplit", "torch.dsplit"],
)
def test_hsplit_and_its_relatives_need_the_dimension_that_they_cut(
    device, split, message
):
    """hsplit() needs a tensor of at least one dimension, vsplit() of two and dsplit()
    of three: fewer raise a RuntimeError.
    """
    matrix = torch.zeros(2, 2, device=device)

    with pytest.raises(RuntimeError, match=message):
        split(matrix)


@claim("tensor.splitting.same-as-numpy", see="generated/torch.tensor_split")
def test_tensors_are_split_as_by_numpy(device):
    """tensor_split(), hsplit(), vsplit() and dsplit() cut where NumPy's array_split()
    and the functions of these names do, by a number and by positions.
    """
    array = np.arange(24).reshape(2, 3, 4)
    tensor = torch.arange(24, device=device).view(2, 3, 4)

    even, cut = tensor.tensor_split(3, 2), tensor.tensor_split([1, -1], 2)
    columns, beyond = tensor.hsplit(3), tensor.hsplit([2, 6])
    rows, depth = tensor.vsplit(2), tensor.dsplit([3, 1])

    assert lists(even) == lists(np.array_split(array, 3, 2))
    assert lists(cut) == lists(np.array_split(array, [1, -1], 2))
    assert lists(columns) == lists(np.hsplit(array, 3))
    assert lists(beyond) == lists(np.hsplit(array, [2, 6]))
    assert lists(rows) == lists(np.vsplit(array, 2))
    assert lists(depth) == lists(np.dsplit(array, [3, 1]))


# --- unbind ---------------------------------------------------------------------------


@claim("tensor.unbind.removes-a-dim", see="generated/torch.unbind")
def test_unbind_returns_the_slices_along_a_dimension_without_it(device):
    """unbind() returns a tuple of the slices along a dimension, by default the first,
    as views without that dimension: a column of three becomes three vectors of one
    element.
    """
    column = torch.tensor([[1], [2], [3]], device=device)
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)
    row = matrix[1]

    vectors, numbers = column.unbind(), row.unbind()
    columns = torch.unbind(matrix, 1)
    columns[2][1] = -6

    assert type(vectors) is type(numbers) is type(columns) is tuple
    assert [x.tolist() for x in vectors] == [[1], [2], [3]]
    assert [x.shape for x in numbers] == [(), (), ()]
    assert [x.tolist() for x in numbers] == [4, 5, -6]
    assert [x.tolist() for x in columns] == [[1, 4], [2, 5], [3, -6]]
    assert [x.stride() for x in columns] == [(3,), (3,), (3,)]
    assert [x.storage_offset() for x in columns] == [0, 1, 2]
    assert matrix.tolist() == [[1, 2, 3], [4, 5, -6]]
    assert shares_storage(vectors[0], column) and shares_storage(numbers[0], matrix)
    assert shares_storage(columns[0], matrix)
    assert {x.dtype for x in (*vectors, *numbers, *columns)} == {torch.int64}


@claim("tensor.unbind.call-forms", see="generated/torch.unbind")
def test_unbind_gives_what_select_gives_for_each_index(device):
    """unbind(), as method and function, with the dimension by position or by keyword,
    counted from the front or from the end, returns the views that select() and an index
    return one by one.
    """
    source = torch.arange(8, device=device).view(2, 2, 2)
    expected = [[[0, 2], [4, 6]], [[1, 3], [5, 7]]]

    results = [
        source.unbind(2),
        source.unbind(-1),
        source.unbind(dim=2),
        torch.unbind(source, -1),
        torch.unbind(input=source, dim=2),
        (source.select(2, 0), source.select(2, 1)),
        (source[..., 0], source[:, :, 1]),
    ]

    assert {type(each) for each in results} == {tuple}
    assert [[x.tolist() for x in each] for each in results] == [expected] * 7
    assert {x.stride() for each in results for x in each} == {(4, 2)}
    assert {first.storage_offset() for first, _ in results} == {0}
    assert {second.storage_offset() for _, second in results} == {1}
    assert {(x.dtype, shares_storage(x, source)) for each in results for x in each} == {
        (torch.int64, True)
    }


@claim("tensor.unbind.no-elements", see="generated/torch.unbind")
def test_unbind_of_a_dimension_of_size_zero_is_an_empty_tuple(device):
    """unbind() returns an empty tuple along a dimension of size 0, and along another
    one as many empty slices as its size.
    """
    empty = torch.zeros(0, 3, device=device)

    none, three = empty.unbind(), empty.unbind(1)
    also_none = torch.unbind(empty)

    assert none == () == also_none
    assert [x.shape for x in three] == [(0,), (0,), (0,)]
    assert {x.dtype for x in three} == {torch.float32}


@claim("tensor.unbind.bad-arguments", see="generated/torch.unbind")
@pytest.mark.parametrize(
    ("unbind", "message"),
    [
        (lambda x: x[0, 0].unbind(), "specified as 0 but tensor has no dimensions"),
        (lambda x: torch.unbind(x[0, 0], -1), "but tensor has no dimensions"),
        (lambda x: x.unbind(2), OUT_OF_RANGE + r"\[-2, 1\], but got 2\)"),
        (lambda x: x.unbind(-3), OUT_OF_RANGE + r"\[-2, 1\], but got -3\)"),
        (lambda x: torch.unbind(x, 2), OUT_OF_RANGE + r"\[-2, 1\], but got 2\)"),
        (lambda x: torch.unbind(x, -3), OUT_OF_RANGE + r"\[-2, 1\], but got -3\)"),
    ],
    ids=[
        "scalar",
        "scalar-last",
        "beyond",
        "before",
        "function-beyond",
        "function-before",
    ],
)
def test_unbind_needs_a_dimension_that_is_there(device, unbind, message):
    """unbind() raises an IndexError for a dimension that is not there, and always for a
    tensor without dimensions.
    """
    matrix = torch.zeros(2, 2, device=device)

    with pytest.raises(IndexError, match=message):
        unbind(matrix)


@claim("tensor.unbind.iteration", see="generated/torch.unbind")
def test_a_loop_over_a_tensor_goes_through_its_unbound_slices(device):
    """A loop over a tensor, and unpacking it, give the views along the first dimension
    that unbind() gives; a tensor without dimensions raises a TypeError.
    """
    matrix = torch.tensor([[1, 2], [3, 4]], device=device)
    scalar = torch.tensor(7, device=device)

    first, second = matrix
    lists = [row.tolist() for row in matrix]
    second[0] = -3

    assert (first.tolist(), second.tolist()) == ([1, 2], [-3, 4])
    assert lists == [[1, 2], [3, 4]]
    assert matrix.tolist() == [[1, 2], [-3, 4]]
    assert len(matrix) == 2
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        iter(scalar)


# --- gradients ------------------------------------------------------------------------


@claim("tensor.splitting.gradient", see="tensor_view")
@pytest.mark.parametrize(
    ("split", "node"),
    [
        (lambda x: x.chunk(2), "SplitBackward0"),
        (lambda x: x.split(2), "SplitBackward0"),
        (lambda x: torch.split(x, [2, 1]), "SplitWithSizesBackward0"),
        (lambda x: x.tensor_split(2), "SliceBackward0"),
        (lambda x: x.tensor_split([2]), "SliceBackward0"),
        (lambda x: x.hsplit([2]), "SliceBackward0"),
    ],
    ids=[
        "chunk",
        "split",
        "split-lengths",
        "tensor_split",
        "tensor_split-positions",
        "hsplit",
    ],
)
def test_the_gradient_of_a_piece_comes_to_its_own_place(device, split, node):
    """The gradient of a piece reaches the leaf at the place that was cut out, and adds
    to what is there; the place of an unused piece gets 0.
    """
    leaf = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)

    first, second = split(leaf)
    second.backward(torch.tensor([10.0], device=device))
    unused = leaf.grad.tolist()
    (first * torch.tensor([4.0, 5.0], device=device)).sum().backward()

    assert (first.grad_fn.name(), second.is_leaf) == (node, False)
    assert (first.tolist(), second.tolist()) == ([1, 2], [3])
    assert unused == [0, 0, 10]
    assert (leaf.grad.tolist(), leaf.grad.dtype) == ([4, 5, 10], torch.float32)


@claim("tensor.unbind.gradient", see="generated/torch.unbind")
def test_the_gradients_of_unbound_slices_are_stacked(device):
    """The gradient of a slice that unbind() returns reaches the leaf at the index of
    that slice; an unused slice gets 0.
    """
    leaf = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)

    first, second = leaf.unbind(1)
    second.backward(torch.tensor([5.0, 6.0], device=device))

    assert (second.grad_fn.name(), first.is_leaf) == ("UnbindBackward0", False)
    assert (first.tolist(), second.tolist()) == ([1, 3], [2, 4])
    assert leaf.grad.tolist() == [[0, 5], [0, 6]]


@claim("tensor.splitting.in-place-on-one-of-several-views", see="notes/autograd")
@pytest.mark.parametrize(
    "split",
    [
        lambda x: x.chunk(2),
        lambda x: x.split(1),
        lambda x: x.split([1, 1]),
        lambda x: x.split_with_sizes([1, 1]),
        lambda x: x.unbind(),
        lambda x: tuple(x),
        lambda x: torch.chunk(x, 2),
        lambda x: torch.split(x, 1),
        lambda x: torch.split_with_sizes(x, [1, 1]),
        lambda x: torch.unbind(x),
    ],
    ids=[
        "chunk",
        "split",
        "split-lengths",
        "split_with_sizes",
        "unbind",
        "loop",
        "torch.chunk",
        "torch.split",
        "torch.split_with_sizes",
        "torch.unbind",
    ],
)
def test_pieces_may_not_be_written_while_gradients_are_recorded(device, split):
    """While gradients are recorded, a write to a piece from chunk(), split() or
    unbind(), or from a loop, raises a RuntimeError, because one call returned several
    views, and changes nothing; a slice, and a piece from tensor_split(), may be
    written.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    source = leaf * 1
    piece, _ = split(source)

    with pytest.raises(RuntimeError, match="function that returns multiple views"):
        piece.add_(5)
    unchanged = source.tolist()
    source[:1].add_(5)
    first, second = source.tensor_split(2)
    first.add_(10)
    second.add_(7)

    assert (unchanged, source.tolist()) == ([1, 2], [16, 9])
    assert leaf.tolist() == [1, 2]

"""Scatter.

scatter_() is gather() turned round: gather() reads an element for each entry of an
index, and scatter_() writes one. The entry says where along one dimension, its own
position says where along all others. index_add_(), index_copy_() and index_fill_()
write whole slices, where a vector names them; put_() counts through the flattened
tensor. A name that ends in an underscore writes into the tensor and returns it; without
the underscore the writing is done in a copy.

Along dimension 0 the index chooses rows: the common example that scatters three numbers
along dimension 0 by the index 0, 1, 2 writes a diagonal, and not, as is often said, the
first row. Where two entries name one place, scatter_() writes one of the values, and no
rule says which; scatter_add_() and scatter_reduce_() take them all.
"""

import warnings
from math import prod

import pytest
import torch
from hypothesis import given

from spec.models.scatter import scattered, scatters, sources, summed
from torch_semantics import claim
from torch_semantics.words import shares_storage


def numbered(sizes, device):
    """A tensor whose elements count up from 0."""
    return torch.arange(prod(sizes), device=device).view(sizes)


# --- scatter() ------------------------------------------------------------------------


@claim(
    "tensor.scatter.documented-example-is-wrong", see="generated/torch.Tensor.scatter_"
)
def test_along_dimension_0_the_index_chooses_rows(device):
    """Along dimension 0 the index 0, 1, 2 writes three values onto the diagonal; the
    first row is written along dimension 1, or along dimension 0 by an index of zeros.
    """
    values = torch.tensor([[-1, -2, -3]], device=device)
    steps = torch.tensor([[0, 1, 2]], device=device)
    zeros = torch.tensor([[0, 0, 0]], device=device)
    matrix = torch.zeros(3, 3, dtype=torch.int64, device=device)

    rows = matrix.scatter(0, steps, values)
    columns = matrix.scatter(1, steps, values)
    first_row = matrix.scatter(0, zeros, values)

    assert rows.tolist() == [[-1, 0, 0], [0, -2, 0], [0, 0, -3]]
    assert columns.tolist() == [[-1, -2, -3], [0, 0, 0], [0, 0, 0]]
    assert first_row.tolist() == [[-1, -2, -3], [0, 0, 0], [0, 0, 0]]
    assert matrix.tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert (values.tolist(), steps.tolist()) == ([[-1, -2, -3]], [[0, 1, 2]])


@claim("tensor.scatter.formula", see="generated/torch.Tensor.scatter_")
@given(case=scatters(unique=True))
def test_scatter_writes_where_gather_would_read(device, case):
    """Each value is written to its own position, but along the dimension to where the
    index says; of a larger source only the part of the index's shape is used, and the
    other elements stay as they are. gather() reads the values back.
    """
    sizes, dim, index, index_sizes, source_sizes = case
    elements = list(range(prod(sizes)))
    values = [-1 - k for k in sources(index_sizes, source_sizes)]
    expected = scattered(elements, sizes, dim, index, index_sizes, values)
    place = torch.tensor(index, dtype=torch.int64, device=device).view(index_sizes)

    result = numbered(sizes, device).scatter_(
        dim, place, -1 - numbered(source_sizes, device)
    )

    assert (case, result.shape, result.view(-1).tolist()) == (case, sizes, expected)
    assert (case, result.gather(dim, place).reshape(-1).tolist()) == (case, values)


@claim("tensor.scatter.in-place-versus-copy", see="generated/torch.Tensor.scatter_")
def test_scatter_with_an_underscore_writes_into_the_tensor(device):
    """scatter_() writes into the tensor, whatever its strides, and returns that same
    object; scatter() leaves it alone and returns a copy.
    """
    base = numbered((3, 2), device)
    a = base.t()
    index = torch.tensor([[2, 0]], device=device)
    source = torch.tensor([[7, 8]], device=device)

    copy = a.scatter(1, index, source)
    before = a.tolist()
    same = a.scatter_(1, index, source)

    assert copy.tolist() == a.tolist() == [[8, 2, 7], [1, 3, 5]]
    assert (before, shares_storage(copy, a)) == ([[0, 2, 4], [1, 3, 5]], False)
    assert same is a
    assert base.tolist() == [[8, 1], [2, 3], [7, 5]]
    assert (index.tolist(), source.tolist()) == ([[2, 0]], [[7, 8]])


@claim("tensor.scatter.into-a-leaf", see="notes/autograd")
def test_scattering_into_a_leaf_that_requires_grad_raises(device):
    """scatter_() into a leaf that requires a gradient raises RuntimeError and writes
    nothing; scatter() does not mind.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    index = torch.tensor([0], device=device)

    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf.scatter_(0, index, 9.0)
    result = leaf.scatter(0, index, 9.0)

    assert (leaf.tolist(), leaf.is_leaf) == ([1, 2], True)
    assert (result.tolist(), result.requires_grad) == ([9, 2], True)


@claim("tensor.scatter.call-forms", see="generated/torch.scatter")
def test_the_call_forms_of_scatter_agree(device):
    """Method, function, keywords, a negative dimension, out= and the in-place method
    give the same; out= is written and returned.
    """
    a = numbered((2, 3), device)
    index = torch.tensor([[2], [0]], device=device)
    source = torch.tensor([[7], [8]], device=device)
    out = torch.zeros(2, 3, dtype=torch.int64, device=device)

    results = [
        a.scatter(1, index, source),
        a.scatter(dim=-1, index=index, src=source),
        torch.scatter(a, 1, index, source),
        torch.scatter(input=a, dim=1, index=index, src=source),
        torch.scatter(a, 1, index, source, out=out),
        a.clone().scatter_(-1, index, src=source),
    ]

    assert [result.tolist() for result in results] == [[[0, 1, 7], [8, 4, 5]]] * 6
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (3, 1), False)
    }
    assert results[4] is out
    assert a.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.scatter.scalar-source", see="generated/torch.Tensor.scatter_")
def test_a_number_is_written_to_every_place(device):
    """A number in place of the source is written to every place, converted to the
    tensor's dtype; by keyword it is value=. So the index of the classes makes one-hot
    rows.
    """
    a = numbered((2, 3), device)
    index = torch.tensor([[2, 0]], device=device)
    labels = torch.tensor([[2], [0], [1]], device=device)
    nine = torch.tensor(9, device=device)

    fraction = a.scatter(1, index, -7.9)
    keyword = a.scatter(1, index, value=7)
    tensor = torch.scatter(a, 1, index, value=nine)
    one_hot = torch.zeros(3, 3, device=device).scatter_(1, labels, 1)

    assert fraction.tolist() == [[-7, 1, -7], [3, 4, 5]]
    assert keyword.tolist() == [[7, 1, 7], [3, 4, 5]]
    assert tensor.tolist() == [[9, 1, 9], [3, 4, 5]]
    assert (fraction.dtype, keyword.dtype) == (torch.int64, torch.int64)
    assert one_hot.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert one_hot.dtype is torch.float32
    assert (a.tolist(), index.tolist()) == ([[0, 1, 2], [3, 4, 5]], [[2, 0]])


@claim("tensor.scatter.shape-rules", see="generated/torch.Tensor.scatter_")
def test_the_shapes_of_scatter_have_to_fit_and_are_not_broadcast(device):
    """Index and source have the tensor's number of dimensions, and the index is nowhere
    larger than the source and, except along the dimension, than the tensor; else
    RuntimeError is raised. It may be longer than the tensor along the dimension. A
    dimension that is not there raises IndexError.
    """
    a = torch.zeros(2, 3, dtype=torch.int64, device=device)
    long = torch.tensor([[0, 1, 2, 1]], device=device)
    ones = torch.ones(2, 5, dtype=torch.int64, device=device)
    row = torch.tensor([[0, 1]], device=device)
    vector = torch.tensor([0], device=device)
    tall = torch.tensor([[0], [1], [2]], device=device)

    assert a.scatter(1, long, ones).tolist() == [[1, 1, 1], [0, 0, 0]]
    with pytest.raises(RuntimeError, match=r"Expected index \[1, 2\] .* src \[1, 1\]"):
        a.scatter(1, row, ones[:1, :1])
    with pytest.raises(RuntimeError, match=r"Expected index \[3, 1\] .* self \[2, 3\]"):
        a.scatter(1, tall, 1)
    with pytest.raises(RuntimeError, match="dimensions as self tensor"):
        a.scatter(1, vector, 1)
    with pytest.raises(RuntimeError, match="dimensions as src tensor"):
        a.scatter_(1, row, ones[0, 0])
    with pytest.raises(IndexError, match=r"in range of \[-2, 1\], but got 2"):
        a.scatter_(2, row, 1)
    with pytest.raises(IndexError, match=r"in range of \[-2, 1\], but got -3"):
        a.scatter_(-3, row, 1)
    assert a.tolist() == [[0, 0, 0], [0, 0, 0]]


@claim("tensor.scatter.dtype-kept", see="generated/torch.Tensor.scatter_")
@pytest.mark.parametrize(
    ("elements", "dtype"),
    [
        ([True, False], torch.bool),
        ([1, 2], torch.uint8),
        ([1.5, 2.5], torch.float16),
        ([1j, 2j], torch.complex64),
    ],
    ids=["bool", "uint8", "float16", "complex"],
)
def test_writing_by_position_keeps_the_dtype(device, elements, dtype):
    """scatter(), index_copy(), put() and masked_scatter() write elements of any dtype
    and keep it.
    """
    a = torch.tensor(elements, dtype=dtype, device=device)
    index = torch.tensor([1, 0], device=device)
    everywhere = torch.tensor([True, True], device=device)
    turned = torch.tensor(elements[::-1], dtype=dtype, device=device)

    results = [
        a.scatter(0, index, a),
        a.index_copy(0, index, a),
        a.put(index, a),
        a.masked_scatter(everywhere, turned),
    ]

    assert [result.tolist() for result in results] == [elements[::-1]] * 4
    assert [result.dtype for result in results] == [dtype] * 4
    assert a.tolist() == elements


@claim("tensor.scatter.small-inputs", see="generated/torch.Tensor.scatter_")
def test_scatter_of_few_or_no_elements(device):
    """An index without elements writes nothing, whatever the number of its dimensions;
    a tensor without dimensions is one element.
    """
    a = numbered((2, 3), device)
    seven = torch.tensor(7, device=device)
    nothing = torch.zeros(0, dtype=torch.int64, device=device)
    none = torch.zeros(2, 0, dtype=torch.int64, device=device)
    zero = torch.tensor(0, device=device)

    unchanged = a.scatter(1, nothing, 9)
    no_columns = a.scatter(1, none, a)
    element = seven.scatter(0, zero, 9)
    summed = seven.scatter_add(0, zero, seven)

    assert unchanged.tolist() == no_columns.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (shares_storage(unchanged, a), shares_storage(no_columns, a)) == (
        False,
        False,
    )
    assert (element.item(), element.shape) == (9, ())
    assert (summed.item(), summed.shape) == (14, ())


@claim("tensor.scatter.bounds-and-dtype", see="generated/torch.Tensor.scatter_")
def test_scatter_refuses_places_that_are_not_there_and_other_dtypes():
    """On the CPU, a place outside the dimension raises RuntimeError, and so does -1: it
    is not the last. A source of another dtype than the tensor raises RuntimeError,
    while a number is converted.
    """
    a = torch.zeros(2, 3)
    beyond, before = torch.tensor([[3]]), torch.tensor([[-1]])
    first, whole = torch.tensor([[0]]), torch.tensor([[7]])

    with pytest.raises(RuntimeError, match=r"^index 3 .* dimension 1 with size 3"):
        a.scatter(1, beyond, 1)
    with pytest.raises(RuntimeError, match=r"^index -1 .* dimension 1 with size 3"):
        a.scatter(1, before, 1)
    with pytest.raises(RuntimeError, match=r"self.dtype to be equal to src.dtype"):
        a.scatter_(1, first, whole)
    assert a.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert a.scatter(1, first, 7).tolist() == [[7, 0, 0], [0, 0, 0]]


@claim("tensor.scatter.index-dtype-refused", see="generated/torch.Tensor.scatter_")
def test_scatter_refuses_places_of_other_dtypes(device):
    """An index of int16, floats or booleans raises RuntimeError, and a list TypeError;
    nothing is written.
    """
    a = torch.zeros(2, 3, device=device)
    int16 = torch.tensor([[0]], dtype=torch.int16, device=device)
    floats = torch.tensor([[0.0]], device=device)
    booleans = torch.tensor([[False]], device=device)
    wrong_dtype = "Expected dtype (int32/)?int64 for index"

    with pytest.raises(RuntimeError, match=wrong_dtype):
        a.scatter_(1, int16, 1)
    with pytest.raises(RuntimeError, match=wrong_dtype):
        a.scatter_(1, floats, 1)
    with pytest.raises(RuntimeError, match=wrong_dtype):
        a.scatter_add_(1, booleans, a)
    with pytest.raises(TypeError, match=r"^scatter_\(\)"):
        a.scatter_(1, [[0]], 1)
    assert a.tolist() == [[0, 0, 0], [0, 0, 0]]


@claim("tensor.scatter.repeated-places", see="generated/torch.Tensor.scatter_")
def test_of_several_values_for_one_place_scatter_writes_one(device):
    """Where an index names a place twice, scatter() writes one of the values, neither
    added nor mixed; which one is not specified.
    """
    a = torch.zeros(1, 3, dtype=torch.int64, device=device)
    index = torch.tensor([[1, 1, 0]], device=device)
    source = torch.tensor([[7, 8, 9]], device=device)

    result = a.scatter(1, index, source)

    assert result.tolist() in ([[9, 7, 0]], [[9, 8, 0]])


@claim("tensor.scatter.gradient", see="generated/torch.Tensor.scatter_")
def test_the_gradient_of_scatter_goes_to_what_was_written(device):
    """The gradient of the written places goes to the source, of scatter() as of
    scatter_(); what was overwritten gets 0, and the rest of the tensor its own.
    """
    a = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    source = torch.tensor([7.0, 8.0], device=device, requires_grad=True)
    index = torch.tensor([2, 0], device=device)
    weights = torch.tensor([10.0, 20.0, 40.0], device=device)
    same = a * 1

    copy, own = a.scatter(0, index, source), same.scatter_(0, index, source)
    of_copy = torch.autograd.grad(copy, (a, source), weights)
    of_own = torch.autograd.grad(own, (a, source), weights)

    assert (copy.tolist(), own.tolist()) == ([8, 2, 7], [8, 2, 7])
    assert (a.tolist(), own is same) == ([1, 2, 3], True)
    assert [each.tolist() for each in of_copy] == [[0, 20, 0], [40, 10]]
    assert [each.tolist() for each in of_own] == [[0, 20, 0], [40, 10]]


@claim(
    "tensor.scatter.gradient-needs-equal-shapes", see="generated/torch.Tensor.scatter_"
)
def test_there_is_no_gradient_for_a_source_larger_than_the_index(device):
    """A source may be larger than the index, but then it has no gradient: the backward
    pass raises RuntimeError.
    """
    a = torch.zeros(3, device=device)
    source = torch.tensor([7.0, 8.0, 9.0], device=device, requires_grad=True)
    index = torch.tensor([2, 0], device=device)

    result = a.scatter(0, index, source)

    assert (result.tolist(), result.requires_grad) == ([8, 0, 7], True)
    with pytest.raises(RuntimeError, match=r"invalid gradient .* got \[2\] .* \[3\]"):
        result.sum().backward()
    assert source.grad is None


@claim("tensor.scatter.overlap-refused", see="generated/torch.Tensor.scatter_")
def test_a_tensor_cannot_be_scattered_into_itself(device):
    """scatter_() raises RuntimeError if its source lies over the memory that it writes,
    or if the tensor's own elements lie over each other; nothing is written. scatter()
    takes such a source.
    """
    a = torch.arange(3, device=device)
    index = torch.tensor([2, 0], device=device)
    source = a[:2]
    single = torch.tensor([5], device=device)
    expanded = single.expand(3)

    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        a.scatter_(0, index, source)
    with pytest.raises(RuntimeError, match="refers to a single memory location"):
        expanded.scatter_(0, index, 9)

    assert (a.tolist(), single.tolist()) == ([0, 1, 2], [5])
    assert a.scatter(0, index, source).tolist() == [1, 1, 0]


# --- reductions -----------------------------------------------------------------------


@claim("tensor.scatter.reduce-add-or-multiply", see="generated/torch.Tensor.scatter_")
def test_reduce_of_scatter_adds_or_multiplies(device):
    """With reduce="add" or "multiply", a number is added to each place or multiplied
    by it, once for each time that it is named. Any other word raises RuntimeError, and
    None TypeError. There is no derivative: the backward pass raises RuntimeError.
    """
    a = numbered((2, 3), device) + 1
    index = torch.tensor([[1, 1, 0]], device=device)
    leaf = torch.tensor([[1.0]], device=device, requires_grad=True)
    zero = torch.tensor([[0]], device=device)

    added = a.scatter(1, index, 3, reduce="add")
    multiplied = a.clone().scatter_(1, index, 3, reduce="multiply")

    assert (added.tolist(), added.dtype) == ([[4, 8, 3], [4, 5, 6]], torch.int64)
    assert multiplied.tolist() == [[3, 18, 3], [4, 5, 6]]
    with pytest.raises(RuntimeError, match="must be either add or multiply"):
        a.scatter_(1, index, 3, reduce="sum")
    with pytest.raises(RuntimeError, match="must be either add or multiply"):
        a.scatter_(1, index, 3, reduce="mean")
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        a.scatter_(1, index, 3, reduce=None)
    with pytest.raises(RuntimeError, match="derivative for aten::scatter is not impl"):
        leaf.scatter(1, zero, 2.0, reduce="add").backward()
    assert a.tolist() == [[1, 2, 3], [4, 5, 6]]


@claim(
    "tensor.scatter.reduce-deprecated",
    see="generated/torch.Tensor.scatter_",
    since="2.0",
)
def test_reducing_a_source_tensor_by_scatter_warns(device):
    """With a tensor as the source, reduce= gives a UserWarning that it is deprecated,
    and points to scatter_reduce; every value counts. There is no derivative.
    """
    a = torch.tensor([2, 3, 4], device=device)
    index = torch.tensor([1, 1, 0], device=device)
    source = torch.tensor([5, 6, 7], device=device)
    zeros = torch.zeros(3, device=device)
    ones = torch.ones(3, device=device, requires_grad=True)

    with pytest.warns(UserWarning, match=r"deprecated .* Use torch.scatter_reduce"):
        added = a.scatter(0, index, source, reduce="add")
    with pytest.warns(UserWarning, match=r"deprecated .* Use torch.scatter_reduce"):
        multiplied = a.scatter(0, index, source, reduce="multiply")
    with pytest.warns(UserWarning, match=r"deprecated .* Use torch.scatter_reduce"):
        counts = zeros.scatter(0, index, ones, reduce="add")

    assert (added.tolist(), multiplied.tolist()) == ([9, 14, 4], [14, 90, 4])
    assert (counts.tolist(), zeros.tolist()) == ([1, 2, 0], [0, 0, 0])
    assert (a.tolist(), source.tolist()) == ([2, 3, 4], [5, 6, 7])
    with pytest.raises(RuntimeError, match="derivative for aten::scatter is not impl"):
        counts.backward(zeros)


@claim(
    "tensor.scatter.reduce-does-not-warn",
    see="generated/torch.Tensor.scatter_",
    until="2.0",
)
def test_reducing_a_source_tensor_by_scatter_gives_no_warning(device):
    """With a tensor as the source, reduce= gives no warning; every value counts."""
    a = torch.tensor([2, 3, 4], device=device)
    index = torch.tensor([1, 1, 0], device=device)
    source = torch.tensor([5, 6, 7], device=device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        added = a.scatter(0, index, source, reduce="add")

    assert added.tolist() == [9, 14, 4]


@claim(
    "tensor.scatter-reduce.five-reductions",
    see="generated/torch.Tensor.scatter_reduce_",
)
@pytest.mark.parametrize(
    ("reduce", "with_own", "without_own"),
    [
        ("sum", [16, 12, 4], [7, 10, 4]),
        ("prod", [63, 42, 4], [7, 21, 4]),
        ("mean", [8, 4, 4], [7, 5, 4]),
        ("amax", [9, 7, 4], [7, 7, 4]),
        ("amin", [7, 2, 4], [7, 3, 4]),
    ],
)
def test_scatter_reduce_takes_all_values_for_a_place(
    device, reduce, with_own, without_own
):
    """scatter_reduce() puts the sum, product, mean, largest or smallest of all values
    for a place there; the element that is there counts too, unless include_self=False,
    and stays if no value is for it.
    """
    a = torch.tensor([9, 2, 4], device=device)
    index = torch.tensor([1, 1, 0], device=device)
    source = torch.tensor([3, 7, 7], device=device)

    own = a.scatter_reduce(0, index, source, reduce)
    others = a.scatter_reduce(0, index, source, reduce, include_self=False)

    assert (own.tolist(), own.dtype) == (with_own, torch.int64)
    assert (others.tolist(), others.dtype) == (without_own, torch.int64)
    assert a.tolist() == [9, 2, 4]


@claim("tensor.scatter-reduce.call-forms", see="generated/torch.scatter_reduce")
def test_the_call_forms_of_scatter_reduce_agree(device):
    """Method, function, keywords, out= and the in-place method give the same; out= and
    the tensor itself are written and returned.
    """
    a = numbered((2, 3), device)
    own = a.clone()
    index = torch.tensor([[1, 1]], device=device)
    source = torch.tensor([[7, 8]], device=device)
    out = torch.zeros(2, 3, dtype=torch.int64, device=device)

    results = [
        a.scatter_reduce(-1, index, source, "sum"),
        torch.scatter_reduce(a, 1, index, source, "sum"),
        torch.scatter_reduce(
            input=a, dim=1, index=index, src=source, reduce="sum", include_self=True
        ),
        torch.scatter_reduce(a, 1, index, source, "sum", out=out),
        own.scatter_reduce_(1, index, source, "sum"),
    ]

    assert [result.tolist() for result in results] == [[[0, 16, 2], [3, 4, 5]]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (3, 1), False)
    }
    assert (results[3] is out, results[4] is own) == (True, True)
    assert a.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.scatter-reduce.errors", see="generated/torch.scatter_reduce")
def test_scatter_reduce_refuses_other_words_and_dtypes(device):
    """scatter_reduce_() raises RuntimeError for another word, "add" included, and for a
    source of another dtype, and TypeError for a number; nothing is written.
    """
    a = torch.tensor([2, 4, 4], device=device)
    index = torch.tensor([0], device=device)
    source = torch.tensor([1], device=device)
    floats = torch.tensor([1.0], device=device)

    with pytest.raises(RuntimeError, match="either sum, prod, mean, amax or amin"):
        a.scatter_reduce_(0, index, source, "add")
    with pytest.raises(RuntimeError, match=r"self.dtype to be equal to src.dtype"):
        a.scatter_reduce_(0, index, floats, "sum")
    with pytest.raises(TypeError, match=r"scatter_reduce_\(\)"):
        a.scatter_reduce_(0, index, 5, "sum")

    assert a.tolist() == [2, 4, 4]


@claim("tensor.scatter-reduce.gradient", see="generated/torch.scatter_reduce")
def test_the_gradient_of_a_scattered_mean_is_shared(device):
    """The gradient of a mean is shared equally by all that took part in it, the
    tensor's own element included.
    """
    a = torch.tensor([2.0, 4.0], device=device, requires_grad=True)
    source = torch.tensor([3.0, 7.0, 8.0], device=device, requires_grad=True)
    index = torch.tensor([0, 0, 0], device=device)

    result = a.scatter_reduce(0, index, source, "mean")
    result.backward(torch.tensor([8.0, 3.0], device=device))

    assert result.tolist() == [5, 4]
    assert (a.grad.tolist(), source.grad.tolist()) == ([2, 3], [2, 2, 2])


# --- scatter_add() --------------------------------------------------------------------


@claim("tensor.scatter-add.accumulates", see="generated/torch.Tensor.scatter_add_")
def test_scatter_add_adds_every_value(device):
    """scatter_add() adds each value to its place, as often as the place is named, so
    into zeros it is bincount() with weights; it returns a copy, and scatter_add_()
    writes into the tensor and returns it.
    """
    a = torch.tensor([10, 20, 30, 40], device=device)
    bins = torch.tensor([2, 0, 2, 2], device=device)
    values = torch.tensor([1, 2, 3, 4], device=device)
    zeros = torch.zeros_like(a)

    copy = a.scatter_add(0, bins, values)
    weighted = zeros.scatter_add(0, bins, values)
    before = a.tolist()
    same = a.scatter_add_(0, bins, values)

    assert (copy.tolist(), copy.dtype) == ([12, 20, 38, 40], torch.int64)
    assert weighted.tolist() == bins.bincount(values, 4).tolist() == [2, 0, 8, 0]
    assert (before, a.tolist()) == ([10, 20, 30, 40], [12, 20, 38, 40])
    assert (same is a, shares_storage(copy, a)) == (True, False)
    assert (bins.tolist(), values.tolist()) == ([2, 0, 2, 2], [1, 2, 3, 4])
    assert zeros.tolist() == [0, 0, 0, 0]


@claim("tensor.scatter-add.in-general", see="generated/torch.Tensor.scatter_add_")
@given(case=scatters(unique=False))
def test_scatter_add_adds_where_gather_would_read(device, case):
    """In any dimension, each value of the part of the source that has the index's shape
    is added to the place that gather() with this index would read.
    """
    sizes, dim, index, index_sizes, source_sizes = case
    elements = list(range(prod(sizes)))
    values = [10 * k for k in sources(index_sizes, source_sizes)]
    expected = summed(elements, sizes, dim, index, index_sizes, values)
    place = torch.tensor(index, dtype=torch.int64, device=device).view(index_sizes)

    result = numbered(sizes, device).scatter_add(
        dim, place, 10 * numbered(source_sizes, device)
    )

    assert (case, result.shape, result.view(-1).tolist()) == (case, sizes, expected)


@claim("tensor.scatter-add.call-forms", see="generated/torch.scatter_add")
def test_the_call_forms_of_scatter_add_agree(device):
    """Method, function, keywords, a negative dimension and out= give the same; out= is
    written and returned.
    """
    a = numbered((2, 3), device)
    index = torch.tensor([[1, 1]], device=device)
    source = torch.tensor([[7, 8]], device=device)
    out = torch.zeros(2, 3, dtype=torch.int64, device=device)

    results = [
        a.scatter_add(1, index, source),
        a.scatter_add(dim=-1, index=index, src=source),
        torch.scatter_add(a, 1, index, source),
        torch.scatter_add(input=a, dim=1, index=index, src=source),
        torch.scatter_add(a, 1, index, source, out=out),
    ]

    assert [result.tolist() for result in results] == [[[0, 16, 2], [3, 4, 5]]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (3, 1), False)
    }
    assert results[4] is out
    assert a.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.scatter-add.errors", see="generated/torch.Tensor.scatter_add_")
def test_scatter_add_needs_a_tensor_that_fits():
    """On the CPU, a place outside the dimension raises RuntimeError, -1 included, and
    so do a source of another dtype and one smaller than the index; a number raises
    TypeError.
    """
    a = torch.zeros(2, 3)
    row, one = torch.tensor([[0, 1]]), torch.ones(1, 1)
    beyond, before = torch.tensor([[3]]), torch.tensor([[-1]])
    whole = torch.tensor([[7, 7]])

    with pytest.raises(RuntimeError, match=r"^index 3 .* dimension 1 with size 3"):
        a.scatter_add(1, beyond, one)
    with pytest.raises(RuntimeError, match=r"^index -1 .* dimension 1 with size 3"):
        a.scatter_add(1, before, one)
    with pytest.raises(RuntimeError, match=r"self.dtype to be equal to src.dtype"):
        a.scatter_add_(1, row, whole)
    with pytest.raises(RuntimeError, match=r"Expected index \[1, 2\] .* src \[1, 1\]"):
        a.scatter_add_(1, row, one)
    with pytest.raises(TypeError, match=r"scatter_add_\(\)"):
        a.scatter_add_(1, row, 1.0)
    assert a.tolist() == [[0, 0, 0], [0, 0, 0]]


@claim("tensor.scatter-add.gradient", see="generated/torch.Tensor.scatter_add_")
def test_the_gradient_of_scatter_add_goes_to_both(device):
    """The tensor gets the gradient as it is, and each value of the source that of the
    place that it was added to, of scatter_add() as of scatter_add_().
    """
    a = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    source = torch.tensor([7.0, 8.0, 9.0], device=device, requires_grad=True)
    index = torch.tensor([1, 1, 0], device=device)
    weights = torch.tensor([10.0, 20.0], device=device)
    same = a * 1

    copy, own = a.scatter_add(0, index, source), same.scatter_add_(0, index, source)
    of_copy = torch.autograd.grad(copy, (a, source), weights)
    of_own = torch.autograd.grad(own, (a, source), weights)

    assert (copy.tolist(), own.tolist()) == ([10, 17], [10, 17])
    assert (a.tolist(), own is same) == ([1, 2], True)
    assert [each.tolist() for each in of_copy] == [[10, 20], [20, 20, 10]]
    assert [each.tolist() for each in of_own] == [[10, 20], [20, 20, 10]]


# --- slices and flat positions --------------------------------------------------------


@claim("tensor.index-add.slices", see="generated/torch.Tensor.index_add_")
def test_index_add_adds_slices_where_a_vector_names_them(device):
    """index_add() adds each slice of its source, times alpha, to the slice that a
    vector names, as often as it is named: in a copy; index_add_() in the tensor itself.
    """
    a = numbered((2, 3), device)
    own = a.clone()
    index = torch.tensor([2, 0, 2], device=device)
    source = torch.tensor([[10, 20, 30], [40, 50, 60]], device=device)
    out = torch.zeros(2, 3, dtype=torch.int64, device=device)
    own_doubled, out_doubled = a.clone(), out.clone()

    results = [
        a.index_add(1, index, source),
        torch.index_add(a, -1, index, source),
        a.index_add(dim=1, index=index, source=source, alpha=1),
        torch.index_add(a, 1, index, source, out=out),
        own.index_add_(1, index, source),
    ]
    doubled = [
        a.index_add(1, index, source, alpha=2),
        torch.index_add(a, 1, index, source, alpha=2, out=out_doubled),
        own_doubled.index_add_(1, index, source, alpha=2),
    ]

    assert [result.tolist() for result in results] == [[[20, 1, 42], [53, 4, 105]]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (3, 1), False)
    }
    assert (results[3] is out, results[4] is own) == (True, True)
    assert [each.tolist() for each in doubled] == [[[40, 1, 82], [103, 4, 205]]] * 3
    assert [each.dtype for each in doubled] == [torch.int64] * 3
    assert (doubled[1] is out_doubled, doubled[2] is own_doubled) == (True, True)
    assert a.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.index-add.errors", see="generated/torch.Tensor.index_add_")
def test_index_add_needs_a_slice_for_each_entry():
    """On the CPU, another number of slices than entries raises RuntimeError, as does a
    source of another dtype; a position that is not there raises IndexError, and a
    number TypeError.
    """
    a = torch.zeros(3)
    zero, two = torch.tensor([0]), torch.ones(2)
    beyond, before, one = torch.tensor([3]), torch.tensor([-1]), torch.ones(1)
    whole = torch.tensor([7])

    with pytest.raises(RuntimeError, match=r"indices \(1\) should be equal .* \(2\)"):
        a.index_add_(0, zero, two)
    with pytest.raises(RuntimeError, match="must have the same scalar type"):
        a.index_add_(0, zero, whole)
    with pytest.raises(IndexError, match="index out of range in self"):
        a.index_add_(0, beyond, one)
    with pytest.raises(IndexError, match="index out of range in self"):
        a.index_add_(0, before, one)
    with pytest.raises(TypeError, match=r"index_add_\(\)"):
        a.index_add_(0, zero, 1.0)
    assert a.tolist() == [0, 0, 0]


@claim(
    "tensor.index-add.does-not-broadcast",
    see="generated/torch.Tensor.index_add_",
    since="2.1",
)
def test_index_add_refuses_slices_of_another_shape(device):
    """Slices of another shape than the tensor's raise RuntimeError."""
    a = torch.zeros(2, 3, device=device)
    index = torch.tensor([0], device=device)
    source = torch.ones(1, 1, device=device)

    with pytest.raises(RuntimeError, match=r"source.shape = \[1, 1\]"):
        a.index_add_(0, index, source)

    assert a.tolist() == [[0, 0, 0], [0, 0, 0]]


@claim(
    "tensor.index-add.broadcasts", see="generated/torch.Tensor.index_add_", until="2.1"
)
def test_index_add_broadcasts_slices_of_one_element(device):
    """A source whose slices have one element adds it to all elements of the slice."""
    a = torch.zeros(2, 3, device=device)
    index = torch.tensor([0], device=device)
    source = torch.ones(1, 1, device=device)

    a.index_add_(0, index, source)

    assert a.tolist() == [[1, 1, 1], [0, 0, 0]]


@claim("tensor.index-copy.slices", see="generated/torch.Tensor.index_copy_")
def test_index_copy_writes_slices_where_a_vector_names_them(device):
    """index_copy() writes each slice of its source over the slice that a vector names:
    in a copy; index_copy_() in the tensor itself.
    """
    a = numbered((2, 3), device)
    own = a.clone()
    index = torch.tensor([2, 0], device=device)
    source = torch.tensor([[10, 20], [30, 40]], device=device)
    out = torch.zeros(2, 3, dtype=torch.int64, device=device)

    results = [
        a.index_copy(1, index, source),
        torch.index_copy(a, -1, index, source),
        a.index_copy(dim=1, index=index, source=source),
        torch.index_copy(a, 1, index, source, out=out),
        own.index_copy_(1, index, source),
    ]

    assert [result.tolist() for result in results] == [[[20, 1, 10], [40, 4, 30]]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (3, 1), False)
    }
    assert (results[3] is out, results[4] is own) == (True, True)
    assert (results[0].dtype, a.tolist()) == (torch.int64, [[0, 1, 2], [3, 4, 5]])


@claim("tensor.index-copy.errors", see="generated/torch.Tensor.index_copy_")
def test_index_copy_needs_slices_that_fit():
    """On the CPU, a position that is not there raises IndexError, -1 included, and so
    does another number of slices than entries; a source of another dtype, slices of
    another shape and an index of int32 raise RuntimeError.
    """
    a = torch.zeros(2, 3)
    zero, row = torch.tensor([0]), torch.ones(1, 3)
    beyond, before = torch.tensor([2]), torch.tensor([-1])
    narrow, wide, both = zero.int(), torch.ones(1, 4), torch.ones(2, 3)
    whole = row.long()

    with pytest.raises(IndexError, match="index 2 is out of bounds for dimension 0"):
        a.index_copy_(0, beyond, row)
    with pytest.raises(IndexError, match="index -1 is out of bounds for dimension 0"):
        a.index_copy_(0, before, row)
    with pytest.raises(IndexError, match=r"indices \(1\) should be equal .* \(2\)"):
        a.index_copy_(0, zero, both)
    with pytest.raises(RuntimeError, match="expected to have the same dtype"):
        a.index_copy_(0, zero, whole)
    with pytest.raises(RuntimeError, match="must have same slice shapes"):
        a.index_copy_(0, zero, wide)
    with pytest.raises(RuntimeError, match="Expected a long tensor for index"):
        a.index_copy_(0, narrow, row)
    assert a.tolist() == [[0, 0, 0], [0, 0, 0]]


@claim("tensor.index-fill.slices", see="generated/torch.Tensor.index_fill_")
def test_index_fill_writes_a_number_over_slices(device):
    """index_fill() writes a number, converted to the tensor's dtype, over the slices
    that a vector names: in a copy; index_fill_() in the tensor itself. Negative
    positions count from the end, unlike those of index_add() and index_copy().
    """
    a = numbered((2, 3), device)
    own = a.clone()
    index = torch.tensor([0, -1], device=device)
    nine = torch.tensor(9, device=device)
    nothing = torch.tensor([], dtype=torch.int64, device=device)

    results = [
        a.index_fill(1, index, 9.9),
        a.index_fill(-1, index, nine),
        torch.index_fill(a, 1, index, 9),
        a.index_fill(dim=1, index=index, value=9),
        own.index_fill_(1, index, 9),
    ]
    unchanged = a.index_fill(1, nothing, 9)

    assert [result.tolist() for result in results] == [[[9, 1, 9], [9, 4, 9]]] * 5
    assert {(each.dtype, each.stride(), each.requires_grad) for each in results} == {
        (torch.int64, (3, 1), False)
    }
    assert results[4] is own
    assert unchanged.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert not shares_storage(unchanged, a)
    assert a.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("tensor.index-fill.errors", see="generated/torch.Tensor.index_fill_")
def test_index_fill_needs_positions_that_are_there():
    """On the CPU, a position beyond either end and an index of int32 raise IndexError,
    a vector of values RuntimeError; nothing is written.
    """
    a = torch.zeros(3)
    beyond, before = torch.tensor([3]), torch.tensor([-4])
    zero = torch.tensor([0])
    narrow, values = zero.int(), torch.ones(1)

    with pytest.raises(IndexError, match=r"^index 3 is out of bounds .* with size 3"):
        a.index_fill_(0, beyond, 9)
    with pytest.raises(IndexError, match=r"^index -4 is out of bounds .* with size 3"):
        a.index_fill_(0, before, 9)
    with pytest.raises(IndexError, match="Expected dtype int64 for index"):
        a.index_fill_(0, narrow, 9)
    with pytest.raises(RuntimeError, match="only supports a 0-dimensional value"):
        a.index_fill_(0, zero, values)
    assert a.tolist() == [0, 0, 0]


@claim("tensor.index-copy.gradients", see="generated/torch.Tensor.index_copy_")
def test_the_gradients_of_added_and_copied_slices(device):
    """The source of index_add() and of index_copy() gets the gradient of the slices it
    went to, times alpha; the tensor keeps all of its own where it was added to, and
    gets 0 where it was overwritten, also by index_fill().
    """
    a = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    source = torch.tensor([7.0, 8.0], device=device, requires_grad=True)
    index = torch.tensor([2, 0], device=device)
    weights = torch.tensor([10.0, 20.0, 40.0], device=device)

    added = torch.autograd.grad(
        a.index_add(0, index, source, alpha=3), (a, source), weights
    )
    copied = torch.autograd.grad(a.index_copy(0, index, source), (a, source), weights)
    (filled,) = torch.autograd.grad(a.index_fill(0, index, 9.0), a, weights)

    assert [each.tolist() for each in added] == [[10, 20, 40], [120, 30]]
    assert [each.tolist() for each in copied] == [[0, 20, 0], [40, 10]]
    assert filled.tolist() == [0, 20, 0]


@claim("tensor.put.flat-positions", see="generated/torch.Tensor.put_")
def test_put_writes_by_position_in_the_flattened_tensor(device):
    """put_() writes each value to a position of the tensor as if it were flattened in
    row-major order, from the end if it is negative; accumulate=True adds, as often as a
    position is named. put() does so in a copy.
    """
    a = numbered((2, 3), device).t()
    index = torch.tensor([[1, -1]], device=device)
    values = torch.tensor([[7, 8]], device=device)
    twice = torch.tensor([0, 0], device=device)

    copy = a.put(index, values)
    function = torch.put(a, index, values)
    added = a.put(twice, values, accumulate=True)
    added_in_place = a.clone().put_(twice, values, accumulate=True)
    before = a.tolist()
    same = a.put_(index, values)

    assert copy.tolist() == function.tolist() == [[0, 7], [1, 4], [2, 8]]
    assert added.tolist() == added_in_place.tolist() == [[15, 3], [1, 4], [2, 5]]
    assert (before, a.tolist()) == ([[0, 3], [1, 4], [2, 5]], [[0, 7], [1, 4], [2, 8]])
    assert (same is a, shares_storage(copy, a)) == (True, False)

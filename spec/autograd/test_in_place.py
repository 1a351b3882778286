"""In-place operations: writing into a tensor that gradients may depend on.

An in-place operation changes the tensor that it is called on and makes no new one. It
is often said that autograd can't follow such a change, or that it then computes wrong
gradients in silence. Neither is so. A write into a tensor that was computed is recorded
like any other operation. A write into a leaf that requires grad is refused on the spot.
And where a write destroys a value that backward needs, backward says so: every memory
has a counter of the writes into it, and backward compares it with what it was when the
value was saved.
"""

import operator

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch import nn
from torch.nn import functional as F

from spec.models.overwriting import overwrite
from spec.models.versions import STEPS, versions
from torch_semantics import claim
from torch_semantics.words import shares_storage

LEAF = "^a leaf Variable that requires grad is being used in an in-place operation"
VIEW_OF_LEAF = (
    "^a view of a leaf Variable that requires grad is being used in an in-place"
)
OVERWRITTEN = "gradient computation has been modified by an inplace operation"
PIECE = "Output 0 of .* is a view and is being modified inplace"
PIECE_OR_BASE = "is a view and its base or another view of its base has been modified"
NO_GRAD_VIEW = "A view was created in no_grad mode and is being modified inplace"
OUT = "functions with out=... arguments don't support automatic differentiation"


# --- what an in-place operation is ----------------------------------------------------


@claim("autograd.in-place.operations-defined", see="tensors")
@pytest.mark.parametrize(
    ("write", "result"),
    [
        pytest.param(lambda x: x.add_(1), [2, 3, 5], id="add_"),
        pytest.param(lambda x: x.add_(1, alpha=3), [4, 5, 7], id="add_-alpha"),
        pytest.param(lambda x: x.sub_(1, alpha=2), [-1, 0, 2], id="sub_-alpha"),
        pytest.param(lambda x: x.mul_(3), [3, 6, 12], id="mul_"),
        pytest.param(lambda x: x.div_(2), [0.5, 1, 2], id="div_"),
        pytest.param(lambda x: x.pow_(2), [1, 4, 16], id="pow_"),
        pytest.param(lambda x: x.neg_(), [-1, -2, -4], id="neg_"),
        pytest.param(lambda x: x.clamp_(2, 3), [2, 2, 3], id="clamp_"),
        pytest.param(lambda x: x.zero_(), [0, 0, 0], id="zero_"),
        pytest.param(lambda x: x.fill_(7), [7, 7, 7], id="fill_"),
        pytest.param(
            lambda x: x.copy_(torch.arange(3, device=x.device)), [0, 1, 2], id="copy_"
        ),
        pytest.param(lambda x: x.masked_fill_(x > 1, 0), [1, 0, 0], id="masked_fill_"),
        pytest.param(lambda x: torch.neg_(x), [-1, -2, -4], id="torch.neg_"),
        pytest.param(
            lambda x: F.threshold(x, 2, 0, inplace=True), [0, 0, 4], id="inplace=True"
        ),
        pytest.param(
            lambda x: nn.Hardtanh(0, 2, inplace=True)(x),
            [1, 2, 2],
            id="module-inplace=True",
        ),
    ],
)
def test_an_in_place_operation_writes_into_its_tensor_and_returns_it(
    write, result, device
):
    """An in-place operation writes into its tensor, returns that tensor and counts one
    write.
    """
    x = torch.tensor([1.0, 2.0, 4.0], device=device)
    address = x.data_ptr()

    returned = write(x)

    assert returned is x
    assert x.tolist() == result
    assert (x.data_ptr(), x.dtype, x.shape) == (address, torch.float32, (3,))
    assert x._version == 1


@claim("autograd.in-place.augmented-assignment", see="tensors")
@pytest.mark.parametrize(
    ("write", "result"),
    [
        (operator.iadd, [7, 9]),
        (operator.isub, [3, 5]),
        (operator.imul, [10, 14]),
        (operator.ifloordiv, [2, 3]),
        (operator.imod, [1, 1]),
        (operator.ipow, [25, 49]),
        (operator.iand, [0, 2]),
        (operator.ior, [7, 7]),
        (operator.ixor, [7, 5]),
        (operator.ilshift, [20, 28]),
        (operator.irshift, [1, 1]),
    ],
    ids=["+=", "-=", "*=", "//=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>="],
)
def test_an_augmented_assignment_writes_into_the_tensor(write, result, device):
    """An augmented assignment such as ``x += 2`` writes into x and leaves the name with
    the same tensor.
    """
    x = torch.tensor([5, 7], device=device)

    returned = write(x, 2)

    assert returned is x
    assert x.tolist() == result
    assert (x.dtype, x._version) == (torch.int64, 1)


@claim("autograd.in-place.augmented-division", see="generated/torch.Tensor.div_")
def test_augmented_true_division_writes_into_a_float_tensor(device):
    """``x /= 2`` writes into a float tensor, and is refused by an integer tensor, whose
    quotients are not integers.
    """
    x = torch.tensor([5.0, 7.0], device=device)
    same = x
    n = torch.tensor([4, 8], device=device)

    x /= 2

    assert x is same
    assert x.tolist() == [2.5, 3.5]
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        n /= 2
    assert n.tolist() == [4, 8]


@claim("autograd.in-place.matmul-assignment-is-not-in-place", see="tensors")
def test_matrix_multiplication_has_no_in_place_form(device):
    """``x @= y`` makes a new tensor and moves the name x to it, the old one stays as it
    is.
    """
    x = torch.tensor([[1, 2], [3, 4]], device=device)
    old = x

    x @= torch.tensor([[0, 1], [1, 0]], device=device)

    assert x is not old
    assert x.tolist() == [[2, 1], [4, 3]]
    assert old.tolist() == [[1, 2], [3, 4]]
    assert old._version == 0


@claim("autograd.in-place.every-name-sees-the-write", see="tensors")
def test_every_name_of_a_tensor_sees_an_in_place_write(device):
    """``x += 1`` is seen under every name of the tensor, ``x = x + 1`` is not."""
    a = b = torch.zeros(2, device=device)
    c = d = torch.zeros(2, device=device)

    a += 1
    c = c + 1

    assert (a.tolist(), b.tolist()) == ([1, 1], [1, 1])
    assert a is b
    assert (c.tolist(), d.tolist()) == ([1, 1], [0, 0])
    assert not shares_storage(c, d)


@claim("autograd.in-place.index-assignment", see="generated/torch.Tensor.index_put_")
@pytest.mark.parametrize(
    ("index", "value", "result"),
    [
        (0, 9, [9, 1, 2, 3]),
        (-1, 9, [0, 1, 2, 9]),
        (slice(1, 3), 9, [0, 9, 9, 3]),
        (slice(None, None, 2), [8, 9], [8, 1, 9, 3]),
        (..., [6, 7, 8, 9], [6, 7, 8, 9]),
        ([3, 0], [8, 9], [9, 1, 2, 8]),
        ([True, False, False, True], [8, 9], [8, 1, 2, 9]),
        (slice(2, 2), 9, [0, 1, 2, 3]),
    ],
    ids=["number", "negative", "slice", "step", "ellipsis", "indices", "mask", "empty"],
)
def test_index_assignment_writes_into_the_tensor(index, value, result, device):
    """``x[index] = value`` writes into x, only at the index, and counts one write."""
    x = torch.arange(4, device=device)
    address = x.data_ptr()

    x[index] = torch.tensor(value, device=device)

    assert x.tolist() == result
    assert (x.data_ptr(), x.dtype, x._version) == (address, torch.int64, 1)


@claim("autograd.in-place.indexed-augmented-assignment", see="tensors")
def test_an_augmented_assignment_to_an_index_writes_twice(device):
    """``x[0] += 1`` writes twice, first into the view ``x[0]`` and then that view back
    into x, and adds once.
    """
    x = torch.zeros(2, device=device)

    x[0] += 1

    assert x.tolist() == [1, 0]
    assert x._version == 2


@claim("autograd.in-place.out-argument", see="generated/torch.add")
def test_an_out_argument_is_written_into_and_returned(device):
    """A function with ``out=`` writes its result into that tensor, even one of its
    inputs, returns it and counts one write.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    result = torch.zeros(2, device=device)

    first = torch.add(x, 10, out=result)
    second = torch.mul(x, 3, out=x)

    assert first is result
    assert result.tolist() == [11, 12]
    assert second is x
    assert x.tolist() == [3, 6]
    assert (result._version, x._version) == (1, 1)


@claim("autograd.in-place.operand-may-be-itself", see="tensors")
def test_a_tensor_may_be_its_own_operand(device):
    """A tensor may be written with itself as the operand: each element is read before
    it is written.
    """
    x = torch.tensor([1, 2, 3], device=device)

    x += x
    x.mul_(x)

    assert x.tolist() == [4, 16, 36]


@claim("autograd.in-place.keeps-dtype", see="tensor_attributes")
@pytest.mark.parametrize(
    ("dtype", "operand", "result"),
    [
        (torch.float32, torch.float64, [3, 3]),
        (torch.float16, torch.float32, [3, 3]),
        (torch.int32, torch.int64, [3, 3]),
        (torch.float32, torch.int64, [3, 3]),
        (torch.complex64, torch.float32, [3, 3]),
    ],
    ids=lambda kind: str(kind).replace("torch.", ""),
)
def test_in_place_arithmetic_keeps_the_dtype(dtype, operand, result, device):
    """In-place arithmetic keeps the dtype of its tensor, even where the operand's is
    wider.
    """
    x = torch.ones(2, dtype=dtype, device=device)

    x += torch.full((2,), 2, dtype=operand, device=device)

    assert x.dtype == dtype
    assert x.tolist() == result


@claim("autograd.in-place.dtype-cannot-change", see="tensor_attributes")
@pytest.mark.parametrize(
    ("dtype", "number"),
    [(torch.int64, 1.5), (torch.bool, 2), (torch.float32, 1j)],
    ids=["integer-plus-float", "bool-plus-integer", "float-plus-complex"],
)
def test_in_place_arithmetic_cannot_change_the_kind_of_dtype(dtype, number, device):
    """In-place arithmetic whose result is of a higher kind (bool, integer, float,
    complex) than its tensor is refused, and the tensor stays as it is.
    """
    x = torch.zeros(2, dtype=dtype, device=device)

    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        x.add_(number)

    assert x.tolist() == [0, 0]
    assert (x.dtype, x._version) == (dtype, 0)


@claim("autograd.in-place.assignments-convert", see="generated/torch.Tensor.copy_")
def test_assignments_convert_to_the_dtype_of_the_tensor(device):
    """``fill_``, ``copy_`` and index assignment convert what they are given to the
    dtype of the tensor, cutting off fractions, where arithmetic would refuse it.
    """
    filled = torch.zeros(2, dtype=torch.int64, device=device)
    copied = torch.zeros(2, dtype=torch.int64, device=device)
    indexed = torch.zeros(2, dtype=torch.int64, device=device)

    filled.fill_(1.75)
    copied.copy_(torch.tensor([1.75, -1.75], device=device))
    indexed[1] = 1.75

    assert filled.tolist() == [1, 1]
    assert copied.tolist() == [1, -1]
    assert indexed.tolist() == [0, 1]
    assert {filled.dtype, copied.dtype, indexed.dtype} == {torch.int64}


@claim("autograd.in-place.shape-cannot-grow", see="notes/broadcasting")
@pytest.mark.parametrize(
    "write",
    [lambda x, y: x.add_(y), operator.imul, lambda x, y: x.copy_(y)],
    ids=["add_", "*=", "copy_"],
)
def test_broadcasting_cannot_enlarge_the_written_tensor(write, device):
    """An in-place operation does not broadcast its own tensor to a larger shape: it
    raises, and the tensor stays as it is.
    """
    x = torch.ones(2, device=device)

    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        write(x, torch.full((3, 2), 5.0, device=device))

    assert x.tolist() == [1, 1]
    assert (x.shape, x._version) == ((2,), 0)


@claim("autograd.in-place.operand-is-broadcast", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("write", "result"),
    [
        (lambda x, y: x.add_(y), [[11, 21], [11, 21], [11, 21]]),
        (lambda x, y: x.copy_(y), [[10, 20], [10, 20], [10, 20]]),
        (
            lambda x, y: operator.setitem(x, slice(1, 3), y),
            [[1, 1], [10, 20], [10, 20]],
        ),
    ],
    ids=["add_", "copy_", "index-assignment"],
)
def test_the_operand_is_broadcast_to_the_written_tensor(write, result, device):
    """The operand of an in-place operation is broadcast to the shape of the tensor."""
    x = torch.ones(3, 2, device=device)

    write(x, torch.tensor([10.0, 20.0], device=device))

    assert x.tolist() == result


@claim("autograd.in-place.failed-write-leaves-no-trace", see="notes/autograd")
@pytest.mark.parametrize(
    ("write", "error", "message"),
    [
        pytest.param(
            lambda x: x.mul_(1.5),
            RuntimeError,
            "can't be cast to the desired output",
            id="dtype",
        ),
        pytest.param(
            lambda x: x.add_(x.new_ones(2)),
            RuntimeError,
            r"tensor b \(2\) at non-singleton dimension 0",
            id="size",
        ),
        pytest.param(
            lambda x: operator.isub(x, x.new_ones(2)),
            RuntimeError,
            r"tensor b \(2\) at non-singleton dimension 0",
            id="-=",
        ),
        pytest.param(
            lambda x: operator.setitem(x, 3, 9),
            IndexError,
            "index 3 is out of bounds",
            id="index",
        ),
        pytest.param(
            lambda x: operator.setitem(x, -4, 9),
            IndexError,
            "index -4 is out of bounds",
            id="negative-index",
        ),
        pytest.param(
            lambda x: operator.setitem(x, (0, 0), 9),
            IndexError,
            "too many indices",
            id="two-indices",
        ),
        pytest.param(
            lambda x: operator.setitem(x, slice(2), x),
            RuntimeError,
            "expanded size",
            id="slice",
        ),
        pytest.param(
            lambda x: x.fill_(x),
            RuntimeError,
            "only supports 0-dimension value tensor",
            id="fill_",
        ),
        pytest.param(
            lambda x: torch.div(x, 2, out=x),
            RuntimeError,
            "can't be cast to the desired",
            id="out",
        ),
    ],
)
def test_a_failed_write_changes_nothing_and_is_not_counted(
    write, error, message, device
):
    """An in-place operation that raises because of its arguments has written nothing
    and counted nothing.
    """
    x = torch.tensor([1, 2, 3], device=device)

    with pytest.raises(error, match=message):
        write(x)

    assert x.tolist() == [1, 2, 3]
    assert (x.dtype, x.shape, x._version) == (torch.int64, (3,), 0)


@claim("autograd.in-place.expanded-tensor-refuses", see="generated/torch.Tensor.expand")
@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.add_(1),
        lambda x: operator.imul(x, 2),
        lambda x: x.copy_(torch.ones(3, device=x.device)),
    ],
    ids=["add_", "*=", "copy_"],
)
def test_a_tensor_whose_elements_are_one_memory_refuses_the_write(write, device):
    """Arithmetic on an expanded tensor in place, or a copy into it, raises, since
    several elements lie in the same place; the base stays as it is.
    """
    base = torch.zeros(1, device=device)
    x = base.expand(3)

    with pytest.raises(RuntimeError, match="more than one element of the written-to"):
        write(x)

    assert shares_storage(x, base)
    assert base.tolist() == [0]
    assert base._version == 0


@claim(
    "autograd.in-place.expanded-tensor-may-be-filled",
    see="generated/torch.Tensor.expand",
    level="observed",
)
def test_an_expanded_tensor_may_be_filled_with_one_value(device):
    """``fill_`` and ``zero_``, which give every element the same value, are accepted on
    an expanded tensor and reach its base.
    """
    base = torch.ones(2, 1, device=device)

    base[0].expand(3).fill_(5)
    base[1].expand(3).zero_()

    assert base.tolist() == [[5], [0]]


@claim("autograd.in-place.partial-overlap-refuses", see="tensor_view")
def test_an_operand_that_overlaps_in_part_is_refused(device):
    """An in-place operation raises if its operand overlaps its tensor in part, and the
    memory stays as it is.
    """
    x = torch.arange(4, device=device)

    with pytest.raises(RuntimeError, match="some elements of the input tensor and the"):
        x[1:].add_(x[:-1])

    assert x.tolist() == [0, 1, 2, 3]


@claim("autograd.in-place.strided-view", see="tensor_view")
def test_a_write_follows_the_strides_of_a_view(device):
    """A write into a transposed view reaches the elements of the base that the view's
    strides name, and leaves shape and strides of both as they are.
    """
    base = torch.zeros(2, 3, dtype=torch.int64, device=device)
    view = base.t()

    view += torch.tensor([[1, 2], [3, 4], [5, 6]], device=device)

    assert base.tolist() == [[1, 3, 5], [2, 4, 6]]
    assert view.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert (view.shape, view.stride()) == ((3, 2), (1, 3))
    assert (base.shape, base.stride()) == ((2, 3), (3, 1))


@claim("autograd.in-place.zero-size-and-0-dim", see="tensors")
def test_zero_size_and_0_dim_tensors_are_written_like_others(device):
    """A write into a tensor without elements or without dimensions returns it and
    counts like any other.
    """
    empty = torch.zeros(0, 3, device=device)
    number = torch.tensor(2, device=device)

    assert empty.add_(1) is empty
    assert number.mul_(3) is number
    assert (empty.shape, empty.tolist()) == ((0, 3), [])
    assert (number.shape, number.item()) == ((), 6)
    assert (empty._version, number._version) == (1, 1)


@claim("autograd.in-place.reshaping", see="generated/torch.Tensor.t_")
@pytest.mark.parametrize(
    ("write", "shape", "stride"),
    [
        (lambda x: x.t_(), (3, 2), (1, 3)),
        (lambda x: x.transpose_(-2, -1), (3, 2), (1, 3)),
        (lambda x: x.unsqueeze_(0), (1, 2, 3), (6, 3, 1)),
        (lambda x: x.unsqueeze_(-1), (2, 3, 1), (3, 1, 1)),
        (lambda x: x.unsqueeze_(2).squeeze_(2), (2, 3), (3, 1)),
    ],
    ids=["t_", "transpose_", "unsqueeze_", "unsqueeze_-last", "squeeze_"],
)
def test_in_place_reshaping_moves_no_element(write, shape, stride, device):
    """``t_``, ``transpose_``, ``unsqueeze_`` and ``squeeze_`` change the shape and the
    strides of the tensor itself, and leave the memory and its other views alone.
    """
    x = torch.arange(6, device=device).view(2, 3)
    row = x[1]

    returned = write(x)

    assert returned is x
    assert (x.shape, x.stride()) == (shape, stride)
    assert shares_storage(x, row)
    assert row.tolist() == [3, 4, 5]


@claim("autograd.in-place.set-changes-the-storage", see="generated/torch.Tensor.set_")
def test_set_lays_the_tensor_over_another_storage(device):
    """``x.set_(source)`` writes no element: it lays x over the storage of the
    source.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    view = x[1:]
    source = torch.tensor([5.0, 6.0, 7.0], device=device)

    returned = x.set_(source)

    assert returned is x
    assert shares_storage(x, source)
    assert x.tolist() == [5, 6, 7]
    assert view.tolist() == [2]


@claim(
    "autograd.inplace.requires-grad-flag", see="generated/torch.Tensor.requires_grad_"
)
def test_requires_grad_sets_the_flag_and_returns_the_tensor(device):
    """``requires_grad_()`` sets the tensor's own flag, to True unless told otherwise,
    returns the tensor and writes no data.
    """
    x = torch.ones(2, device=device)

    assert x.requires_grad_() is x
    assert x.requires_grad
    assert x.requires_grad_(False) is x
    assert not x.requires_grad
    assert x.requires_grad_(requires_grad=True) is x
    assert x.requires_grad
    assert x.is_leaf
    assert x._version == 0


@claim(
    "autograd.in-place.requires-grad-floating-or-complex",
    see="generated/torch.Tensor.requires_grad_",
)
@pytest.mark.parametrize(
    "dtype",
    [torch.float16, torch.bfloat16, torch.float32, torch.complex64],
    ids=["float16", "bfloat16", "float32", "complex64"],
)
def test_requires_grad_accepts_floating_and_complex_tensors(dtype, device):
    """Floating and complex tensors can require grad."""
    x = torch.ones(2, dtype=dtype, device=device)

    x.requires_grad_()

    assert x.requires_grad


@claim(
    "autograd.in-place.requires-grad-refuses-integers",
    see="generated/torch.Tensor.requires_grad_",
)
@pytest.mark.parametrize(
    "dtype",
    [torch.uint8, torch.int32, torch.int64, torch.bool],
    ids=["uint8", "int32", "int64", "bool"],
)
def test_requires_grad_refuses_integer_and_bool_tensors(dtype, device):
    """Integer and bool tensors can't require grad: only ``requires_grad_(False)`` is
    accepted.
    """
    x = torch.ones(2, dtype=dtype, device=device)

    with pytest.raises(RuntimeError, match="only Tensors of floating point"):
        x.requires_grad_()

    assert not x.requires_grad
    assert x.requires_grad_(False) is x
    assert not x.requires_grad


@claim(
    "autograd.in-place.requires-grad-of-a-non-leaf",
    see="generated/torch.Tensor.requires_grad_",
)
def test_requires_grad_cannot_be_switched_off_on_a_non_leaf(device):
    """On a non-leaf ``requires_grad_()`` changes nothing and ``requires_grad_(False)``
    raises.
    """
    y = torch.ones(2, device=device, requires_grad=True) * 2
    node = y.grad_fn

    assert y.requires_grad_() is y
    assert y.grad_fn is node
    with pytest.raises(RuntimeError, match="only change requires_grad flags of leaf"):
        y.requires_grad_(False)
    assert y.requires_grad
    assert y.grad_fn is node


# --- the version counter --------------------------------------------------------------


@claim("autograd.in-place.version-starts-at-zero", see="notes/autograd")
def test_a_new_tensor_has_version_0(device):
    """A new tensor has version 0, also one computed or cloned from a tensor that was
    written to.
    """
    x = torch.zeros(2, device=device)
    assert x._version == 0

    x.add_(1)

    assert x._version == 1
    assert (x + 1)._version == 0
    assert x.clone()._version == 0
    assert x._version == 1


@claim("autograd.in-place.version-is-read-only", see="notes/autograd")
def test_the_version_cannot_be_set(device):
    """The version can be read but not set."""
    x = torch.zeros(2, device=device)

    with pytest.raises(AttributeError, match="is not writable"):
        x._version = 3

    assert x._version == 0


@claim("autograd.in-place.views-share-the-version", see="notes/autograd")
@pytest.mark.parametrize(
    "view_of",
    [
        pytest.param(lambda x: x.view(3, 2), id="view"),
        pytest.param(lambda x: x[1], id="index"),
        pytest.param(lambda x: x[:, 1:], id="slice"),
        pytest.param(lambda x: x.select(0, 1), id="select"),
        pytest.param(lambda x: x.narrow(1, 0, 2), id="narrow"),
        pytest.param(lambda x: x.t(), id="t"),
        pytest.param(lambda x: x.unsqueeze(0), id="unsqueeze"),
        pytest.param(lambda x: x.diagonal(), id="diagonal"),
        pytest.param(lambda x: x.unbind()[0], id="unbind"),
        pytest.param(lambda x: x.split(1)[0], id="split"),
        pytest.param(lambda x: x[:0], id="empty"),
        pytest.param(lambda x: x[0][1:], id="view-of-view"),
    ],
)
def test_a_view_has_one_version_with_its_base(view_of, device):
    """A view and its base have one version: a write into either, anywhere in it, counts
    in both.
    """
    base = torch.zeros(2, 3, device=device)
    base.add_(1)
    view = view_of(base)
    assert view._version == 1

    view.add_(1)
    assert (base._version, view._version) == (2, 2)

    base.add_(1)
    assert (base._version, view._version) == (3, 3)


def _write_under_no_grad(tensor):
    with torch.no_grad():
        return tensor.add_(2)


APPLY = {
    "view": lambda tensor: tensor.view(1, 1),
    "detach": lambda tensor: tensor.detach(),
    "data": lambda tensor: tensor.data,
    "clone": lambda tensor: tensor.clone(),
    "write": lambda tensor: tensor.add_(2),
    "write under no_grad": _write_under_no_grad,
}


def _perform(steps, device):
    tensors = [torch.zeros(1, 1, device=device)]
    for word, number in steps:
        tensors.append(APPLY[word](tensors[number % len(tensors)]))
    return [(tensor.item(), tensor._version) for tensor in tensors]


@claim("autograd.in-place.version-counts-writes", see="notes/autograd")
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), max_size=8))
def test_the_version_counts_the_writes_that_autograd_is_told_of(steps, device):
    """For any order of views, detaching, ``.data``, cloning and writes, each tensor has
    the value and the version that follow from what it shares.
    """
    outcome = _perform(steps, device)

    assert (steps, outcome) == (steps, versions(steps))


@claim("autograd.in-place.version-under-inference-mode", see="notes/autograd")
def test_an_inference_tensor_has_no_version(device):
    """A tensor made in inference mode has no version, and a write into it outside of
    inference mode raises.
    """
    with torch.inference_mode():
        x = torch.zeros(2, device=device)
        x.add_(1)

    with pytest.raises(RuntimeError, match="Inference tensors do not track version"):
        x._version
    with pytest.raises(
        RuntimeError, match="Inplace update to inference tensor outside"
    ):
        x.add_(1)


# --- leaves ---------------------------------------------------------------------------


@claim(
    "autograd.leaf.in-place-raises",
    also=["autograd.inplace.on-leaf-rejected"],
    see="notes/autograd#in-place-operations-with-autograd",
)
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda x: x.add_(1), id="add_"),
        pytest.param(lambda x: x.mul_(2), id="mul_"),
        pytest.param(lambda x: x.zero_(), id="zero_"),
        pytest.param(lambda x: x.fill_(5), id="fill_"),
        pytest.param(lambda x: x.copy_(torch.zeros(3, device=x.device)), id="copy_"),
        pytest.param(lambda x: x.uniform_(), id="uniform_"),
        pytest.param(lambda x: x.clamp_(max=0), id="clamp_"),
        pytest.param(lambda x: x.masked_fill_(x > 1, 0), id="masked_fill_"),
        pytest.param(
            lambda x: x.index_fill_(0, torch.tensor([0], device=x.device), 5),
            id="index_fill_",
        ),
        pytest.param(lambda x: operator.iadd(x, 1), id="+="),
        pytest.param(lambda x: operator.isub(x, 1), id="-="),
        pytest.param(lambda x: operator.imul(x, 2), id="*="),
        pytest.param(lambda x: operator.itruediv(x, 2), id="/="),
        pytest.param(lambda x: operator.setitem(x, x > 1, 5), id="mask"),
        pytest.param(
            lambda x: operator.setitem(x, torch.tensor([0], device=x.device), 5),
            id="indices",
        ),
        pytest.param(lambda x: operator.setitem(x, ..., 5), id="[...]"),
        pytest.param(lambda x: F.relu(x, inplace=True), id="relu"),
        pytest.param(lambda x: x.unsqueeze_(0), id="unsqueeze_"),
        pytest.param(lambda x: x.add_(0), id="nothing-to-change"),
    ],
)
def test_a_leaf_that_requires_grad_refuses_in_place_operations(write, device):
    """A leaf that requires grad refuses every in-place operation, at the call, and
    stays as it is.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match=LEAF):
        write(x)

    assert x.tolist() == [1, 2, 3]
    assert (x.shape, x._version) == ((3,), 0)
    assert x.is_leaf
    assert x.requires_grad


@claim(
    "autograd.in-place.parameter-update-raises",
    see="notes/autograd#in-place-operations-with-autograd",
)
def test_a_step_on_a_parameter_raises_outside_no_grad(device):
    """``p -= lr * p.grad`` raises on a Parameter while gradients are recorded, and the
    Parameter stays as it is; under ``no_grad`` it is the step of gradient descent.
    """
    p = nn.Parameter(torch.tensor([4.0, 8.0], device=device))
    same = p
    (p * p).sum().backward()

    with pytest.raises(RuntimeError, match=LEAF):
        p -= 0.25 * p.grad
    assert p.tolist() == [4, 8]

    with torch.no_grad():
        p -= 0.25 * p.grad
    assert p is same
    assert p.tolist() == [2, 4]
    assert p.requires_grad


@claim(
    "autograd.in-place.view-of-leaf-raises",
    see="notes/autograd#in-place-operations-with-autograd",
)
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda x: operator.setitem(x, 0, 5), id="number"),
        pytest.param(lambda x: operator.setitem(x, slice(1, None), 5), id="slice"),
        pytest.param(lambda x: x[:1].mul_(2), id="slice-mul_"),
        pytest.param(lambda x: operator.iadd(x[0], 1), id="select-+="),
        pytest.param(lambda x: x.view(-1).zero_(), id="view"),
        pytest.param(lambda x: x.unsqueeze(0).fill_(5), id="unsqueeze"),
        pytest.param(
            lambda x: x.view(3, 1).t().copy_(torch.zeros(1, 3, device=x.device)),
            id="view-of-view",
        ),
        pytest.param(lambda x: x[:0].add_(1), id="empty"),
    ],
)
def test_a_view_of_a_leaf_that_requires_grad_refuses_writes(write, device):
    """A write through a view of a leaf that requires grad, or at an index of it,
    raises, and the leaf stays as it is.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match=VIEW_OF_LEAF):
        write(x)

    assert x.tolist() == [1, 2, 3]
    assert x._version == 0
    assert x.is_leaf


@claim(
    "autograd.in-place.whole-slice-of-leaf-raises",
    see="notes/autograd#in-place-operations-with-autograd",
)
def test_assigning_all_of_a_leaf_that_requires_grad_raises(device):
    """``x[:] = value`` raises on a leaf that requires grad, and the leaf stays as it
    is.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match="leaf Variable that requires grad is being"):
        x[:] = 5

    assert x.tolist() == [1, 2]
    assert x._version == 0


@claim("autograd.in-place.refused-write-leaves-the-graph", see="notes/autograd")
def test_a_refused_write_leaves_the_graph_usable(device):
    """After a leaf has refused a write, backward through what was computed from it
    still gives the right gradient.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * x

    with pytest.raises(RuntimeError, match=LEAF):
        x.add_(1)
    with pytest.raises(RuntimeError, match=VIEW_OF_LEAF):
        x[0] = 1
    y.sum().backward()

    assert x.grad.tolist() == [2, 4]


@claim("autograd.in-place.plain-leaf", see="generated/torch.Tensor.is_leaf")
def test_a_leaf_without_requires_grad_may_be_written(device):
    """A leaf that does not require grad may be written to and remains such a leaf."""
    x = torch.zeros(3, device=device)

    x.add_(1)
    x[0] = 5
    x[1:].mul_(2)

    assert x.tolist() == [5, 2, 2]
    assert x.is_leaf
    assert not x.requires_grad
    assert x.grad_fn is None


@claim(
    "autograd.in-place.leaf-under-no-grad",
    see="notes/autograd#in-place-operations-with-autograd",
)
@pytest.mark.parametrize(
    ("write", "result"),
    [
        (lambda x: x.add_(1), [2, 3]),
        (lambda x: x.copy_(torch.full((2,), 7.0, device=x.device)), [7, 7]),
        (lambda x: operator.isub(x, 1), [0, 1]),
        (lambda x: operator.setitem(x, 0, 5), [5, 2]),
        (lambda x: x[1:].zero_(), [1, 0]),
        (lambda x: torch.mul(x, 3, out=x), [3, 6]),
        (lambda x: nn.init.constant_(x, 4), [4, 4]),
    ],
    ids=["add_", "copy_", "-=", "index", "view", "out", "init"],
)
def test_a_leaf_may_be_written_under_no_grad(write, result, device):
    """Under ``no_grad`` a leaf that requires grad may be written to: its data and its
    version change, and it stays the same leaf that requires grad.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    address = x.data_ptr()

    with torch.no_grad():
        write(x)

    assert x.tolist() == result
    assert (x.data_ptr(), x._version) == (address, 1)
    assert x.is_leaf
    assert x.requires_grad
    assert x.grad_fn is None


@claim("autograd.in-place.next-gradient-uses-the-new-value", see="notes/autograd")
def test_what_is_computed_after_the_write_uses_the_new_value(device):
    """A graph built after a write under ``no_grad`` has the gradient at the new
    value.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with torch.no_grad():
        x.mul_(10)
    (x * x).sum().backward()

    assert x.grad.tolist() == [20, 40]


@claim("autograd.in-place.no-grad-on-a-non-leaf", see="generated/torch.no_grad")
def test_a_write_under_no_grad_is_not_recorded(device):
    """Under ``no_grad`` a write into a non-leaf changes its data, and leaves its
    grad_fn and so the gradient as they were.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 5
    node = y.grad_fn

    with torch.no_grad():
        returned = y.mul_(3)

    assert returned is y
    assert y.tolist() == [15, 30]
    assert y.grad_fn is node
    y.sum().backward()
    assert x.grad.tolist() == [5, 5]


@claim("autograd.in-place.no-grad-view", see="generated/torch.no_grad")
def test_a_view_made_under_no_grad_is_written_there_or_not_at_all(device):
    """A view that was made under ``no_grad``, of a tensor that requires grad, may be
    written to under ``no_grad``; in grad mode it refuses, unchanged.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 1
    with torch.no_grad():
        of_leaf, of_non_leaf = x[:1], y[:1]
        of_leaf.add_(10)
        of_non_leaf.add_(10)

    with pytest.raises(RuntimeError, match=NO_GRAD_VIEW):
        of_leaf.add_(10)
    with pytest.raises(RuntimeError, match=NO_GRAD_VIEW):
        of_non_leaf.add_(10)

    assert x.tolist() == [11, 2]
    assert y.tolist() == [11, 2]


@claim("autograd.in-place.out-does-not-differentiate", see="notes/autograd")
@pytest.mark.parametrize("which", ["input", "out", "view-of-out"])
def test_out_is_refused_where_gradients_are_recorded(which, device):
    """A function with ``out=`` raises if an input or the output requires grad, and
    writes nothing.
    """
    grad = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    plain = torch.tensor([5.0, 6.0], device=device)
    tensors = {
        "input": (grad, plain),
        "out": (plain, grad),
        "view-of-out": (plain, grad[:]),
    }
    source, out = tensors[which]

    with pytest.raises(RuntimeError, match=OUT):
        torch.mul(source, 3, out=out)

    assert grad.tolist() == [1, 2]
    assert plain.tolist() == [5, 6]
    assert (grad._version, plain._version) == (0, 0)


@claim("autograd.in-place.out-under-no-grad", see="generated/torch.no_grad")
def test_out_under_no_grad_writes_without_a_graph(device):
    """Under ``no_grad`` a function with ``out=`` accepts tensors that require grad and
    leaves the flag of the output as it was.
    """
    grad = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    plain = torch.zeros(2, device=device)

    with torch.no_grad():
        returned = torch.mul(grad, 3, out=plain)

    assert returned is plain
    assert plain.tolist() == [3, 6]
    assert not plain.requires_grad


@claim("autograd.in-place.out-of-place-alternative", see="generated/torch.Tensor.add")
def test_the_out_of_place_operation_leaves_the_leaf_alone(device):
    """``x.add(1)`` makes a new non-leaf with a grad_fn and leaves the leaf x unchanged;
    gradients flow through it to x.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    y = x.add(1)

    assert y is not x
    assert not shares_storage(x, y)
    assert y.tolist() == [2, 3]
    assert type(y.grad_fn).__name__ == "AddBackward0"
    assert not y.is_leaf
    assert x.tolist() == [1, 2]
    assert (x._version, x.is_leaf) == (0, True)
    (y * y).sum().backward()
    assert x.grad.tolist() == [4, 6]


@claim(
    "autograd.in-place.rebinding-loses-the-leaf", see="generated/torch.Tensor.is_leaf"
)
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_rebinding_the_name_loses_the_leaf(device):
    """After ``x = x + 1`` the name x stands for a non-leaf that gets no ``.grad``, the
    gradient goes to the leaf that x was.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    leaf = x

    x = x + 1
    x.sum().backward()

    assert not x.is_leaf
    assert x.grad is None
    assert leaf.grad.tolist() == [1, 1]


@claim(
    "autograd.in-place.clone-detach-requires-grad-is-a-leaf",
    see="generated/torch.Tensor.is_leaf",
)
def test_a_cloned_and_detached_tensor_is_a_leaf_again(device):
    """``x.clone().detach().requires_grad_()`` is a new leaf with memory of its own: it
    refuses in-place operations as x does, and its gradient never reaches x.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    copy = x.clone().detach().requires_grad_(True)

    assert copy.is_leaf
    assert copy.requires_grad
    assert copy.grad_fn is None
    assert not shares_storage(x, copy)
    with pytest.raises(RuntimeError, match=LEAF):
        copy.add_(1)
    assert copy.tolist() == [1, 2]
    (copy * 3).sum().backward()
    assert copy.grad.tolist() == [3, 3]
    assert x.grad is None


@claim("autograd.in-place.clone-is-the-non-leaf", see="generated/torch.clone")
@pytest.mark.parametrize(
    "copy_of",
    [lambda a: torch.clone(a), lambda x: x.clone(), lambda x: x * 1],
    ids=["f", "m", "*1"],
)
def test_a_clone_of_a_leaf_may_be_written_and_differentiated(copy_of, device):
    """A clone of a leaf is a non-leaf with memory of its own: it may be written to, the
    leaf's data stays as it is, and gradients still reach the leaf.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    copy = copy_of(x)
    assert copy.add_(1) is copy
    copy[0] = 5

    assert not copy.is_leaf
    assert copy.tolist() == [5, 3]
    assert x.tolist() == [1, 2]
    (copy * copy).sum().backward()
    assert x.grad.tolist() == [0, 6]


# --- writes into non-leaves are recorded ----------------------------------------------


@claim("autograd.in-place.non-leaf-is-tracked", see="notes/autograd")
def test_a_write_into_a_non_leaf_is_recorded(device):
    """An in-place operation on a non-leaf is recorded: the tensor gets a new grad_fn
    that leads to the old one, and the gradient includes the operation.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x + 0
    old = y.grad_fn

    returned = y.mul_(3)

    assert returned is y
    assert y.tolist() == [3, 6]
    assert type(y.grad_fn).__name__ == "MulBackward0"
    assert y.grad_fn.next_functions[0][0] is old
    assert not y.is_leaf
    y.sum().backward()
    assert x.grad.tolist() == [3, 3]


@claim("autograd.in-place.chain-of-writes", see="notes/autograd")
def test_a_chain_of_writes_is_differentiated_as_a_whole(device):
    """Several writes into one non-leaf, in every notation, are differentiated one after
    the other.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 2

    y += 1
    y.mul_(5)
    y[0] *= 3
    y -= x

    assert y.tolist() == [44, 23]
    y.sum().backward()
    assert x.grad.tolist() == [29, 9]


@claim("autograd.in-place.unary-gradients", see="notes/autograd")
@pytest.mark.parametrize(
    ("write", "value", "gradient"),
    [
        pytest.param(lambda y: y.neg_(), [2, -1, -4], [-1, -1, -1], id="neg_"),
        pytest.param(lambda y: y.abs_(), [2, 1, 4], [-1, 1, 1], id="abs_"),
        pytest.param(lambda y: y.relu_(), [0, 1, 4], [0, 1, 1], id="relu_"),
        pytest.param(
            lambda y: F.relu(y, inplace=True), [0, 1, 4], [0, 1, 1], id="F.relu"
        ),
        pytest.param(
            lambda y: nn.ReLU(inplace=True)(y), [0, 1, 4], [0, 1, 1], id="nn.ReLU"
        ),
        pytest.param(lambda y: y.clamp_(0, 2), [0, 1, 2], [0, 1, 0], id="clamp_"),
        pytest.param(lambda y: y.square_(), [4, 1, 16], [-4, 2, 8], id="square_"),
        pytest.param(
            lambda y: y.reciprocal_(),
            [-0.5, 1, 0.25],
            [-0.25, -1, -0.0625],
            id="reciprocal_",
        ),
    ],
)
def test_in_place_functions_have_the_derivatives_of_their_functions(
    write, value, gradient, device
):
    """The in-place form of a function on a non-leaf has the function's derivative,
    taken at the value before the write.
    """
    x = torch.tensor([-2.0, 1.0, 4.0], device=device, requires_grad=True)
    y = x * 1

    returned = write(y)

    assert returned is y
    assert y.tolist() == value
    y.sum().backward()
    assert x.grad.tolist() == gradient


@claim("autograd.in-place.both-operands-get-gradients", see="notes/autograd")
@pytest.mark.parametrize(
    ("write", "x_gradient", "w_gradient"),
    [
        (lambda y, w: y.add_(w, alpha=2), [1, 1], [2, 2]),
        (operator.isub, [1, 1], [-1, -1]),
        (operator.imul, [4, 8], [1, 2]),
        (operator.itruediv, [0.25, 0.125], [-0.0625, -0.03125]),
        (lambda y, w: y.copy_(w), [0, 0], [1, 1]),
    ],
    ids=["add_-alpha", "-=", "*=", "/=", "copy_"],
)
def test_both_operands_of_a_write_get_gradients(write, x_gradient, w_gradient, device):
    """An in-place operation gives gradients to the tensor's old value and to the
    operand: the old value is kept where the operand's gradient needs it.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    w = torch.tensor([4.0, 8.0], device=device, requires_grad=True)
    y = x * 1

    write(y, w)
    y.sum().backward()

    assert x.grad.tolist() == x_gradient
    assert w.grad.tolist() == w_gradient


@claim("autograd.in-place.overwriting-cuts", see="notes/autograd")
@pytest.mark.parametrize(
    ("write", "gradient"),
    [
        pytest.param(lambda y: operator.setitem(y, 0, 7), [0, 2, 2], id="number"),
        pytest.param(
            lambda y: operator.setitem(y, slice(1, None), 7), [2, 0, 0], id="slice"
        ),
        pytest.param(lambda y: operator.setitem(y, [0, 2], 7), [0, 2, 0], id="indices"),
        pytest.param(lambda y: operator.setitem(y, y > 2, 7), [2, 0, 0], id="mask"),
        pytest.param(lambda y: y.masked_fill_(y > 2, 7), [2, 0, 0], id="masked_fill_"),
        pytest.param(lambda y: y.zero_(), [0, 0, 0], id="zero_"),
        pytest.param(lambda y: y.fill_(7), [0, 0, 0], id="fill_"),
        pytest.param(
            lambda y: y.copy_(torch.ones(3, device=y.device)), [0, 0, 0], id="copy_"
        ),
    ],
)
def test_an_overwritten_element_passes_no_gradient(write, gradient, device):
    """Elements that a write replaces get gradient 0 (not None), the others keep
    theirs.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    y = x * 2

    write(y)

    assert y.requires_grad
    y.sum().backward()
    assert x.grad.tolist() == gradient


@claim("autograd.in-place.buffer-becomes-non-leaf", see="notes/autograd")
def test_a_plain_tensor_becomes_a_non_leaf_when_given_gradient_values(device):
    """Index assignment of a value that requires grad turns a plain leaf into a non-leaf
    with a CopySlices node, and the value gets the gradient of its element.
    """
    buffer = torch.zeros(3, device=device)
    w = torch.tensor(2.0, device=device, requires_grad=True)
    assert (buffer.is_leaf, buffer.requires_grad) == (True, False)

    buffer[1] = w

    assert (buffer.is_leaf, buffer.requires_grad) == (False, True)
    assert type(buffer.grad_fn).__name__ == "CopySlices"
    assert buffer.tolist() == [0, 2, 0]
    (buffer * torch.tensor([5.0, 7.0, 9.0], device=device)).sum().backward()
    assert w.grad.item() == 7


@claim("autograd.in-place.plain-tensor-joins-the-graph", see="notes/autograd")
@pytest.mark.parametrize(
    ("write", "value", "gradient"),
    [
        (lambda buffer, w: buffer.add_(w), [3, 4], [1, 1]),
        (lambda buffer, w: operator.imul(buffer, w), [2, 3], [1, 1]),
        (lambda buffer, w: buffer.copy_(w), [2, 3], [1, 1]),
        (lambda buffer, w: buffer.view(2, 1).squeeze(1).copy_(w), [2, 3], [1, 1]),
        (lambda buffer, w: buffer.fill_(w[0]), [2, 2], [2, 0]),
        (lambda buffer, w: operator.setitem(buffer, [1, 0], w), [3, 2], [1, 1]),
        (lambda buffer, w: operator.setitem(buffer, 0, w[1]), [3, 1], [0, 1]),
    ],
    ids=["add_", "*=", "copy_", "view-of-view", "fill_", "indices", "number"],
)
def test_a_plain_tensor_joins_the_graph_of_what_is_written_into_it(
    write, value, gradient, device
):
    """A plain tensor requires grad after a value that does was written into it,
    directly or through a view, and passes the gradient on.
    """
    buffer = torch.ones(2, device=device)
    w = torch.tensor([2.0, 3.0], device=device, requires_grad=True)

    write(buffer, w)

    assert buffer.requires_grad
    assert not buffer.is_leaf
    assert buffer.tolist() == value
    buffer.sum().backward()
    assert w.grad.tolist() == gradient


@claim("autograd.in-place.copy-converts-gradients", see="generated/torch.Tensor.copy_")
def test_copy_gives_the_source_a_gradient_of_its_own_dtype_and_shape(device):
    """``copy_`` from another dtype and a smaller shape gives the source a gradient of
    its own dtype and shape, summed over the copies.
    """
    w = torch.tensor([1.0, 2.0], dtype=torch.float16, device=device, requires_grad=True)
    buffer = torch.zeros(3, 2, device=device)

    buffer.copy_(w)
    (buffer * 5).sum().backward()

    assert buffer.dtype == torch.float32
    assert w.grad.dtype == torch.float16
    assert w.grad.tolist() == [15, 15]


@claim("autograd.in-place.write-through-view-is-tracked", see="notes/autograd")
def test_a_write_through_a_view_is_recorded_on_the_base(device):
    """A write through a view of a non-leaf is recorded on the base, as CopySlices, and
    the base's gradient includes it where the view lies.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    base = x * 1
    view = base[1:]

    returned = view.mul_(10)

    assert returned is view
    assert base.tolist() == [1, 20, 30]
    assert type(base.grad_fn).__name__ == "CopySlices"
    (base * torch.tensor([1.0, 2.0, 3.0], device=device)).sum().backward()
    assert x.grad.tolist() == [1, 20, 30]


@claim("autograd.in-place.view-follows-its-base", see="notes/autograd")
def test_a_view_gets_the_history_of_a_write_into_its_base(device):
    """A view taken before a write into its base gets a new grad_fn, and its gradient
    includes the write.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    base = x * 1
    view = base[:2]
    old = view.grad_fn

    base.mul_(10)

    assert base.tolist() == [10, 20, 30]
    assert view.tolist() == [10, 20]
    assert view.grad_fn is not old
    view.sum().backward()
    assert x.grad.tolist() == [10, 10, 0]


@claim("autograd.in-place.sibling-views", see="notes/autograd")
def test_a_write_through_one_view_enters_the_history_of_another(device):
    """After a write through one view, the gradient of another view of the same base
    includes the write where the two overlap.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    base = x * 1
    one, other = base[:2], base[1:]

    one.mul_(10)

    assert other.tolist() == [20, 3]
    other.sum().backward()
    assert x.grad.tolist() == [0, 10, 1]


@claim("autograd.in-place.strided-views-of-non-leaves", see="notes/autograd")
@pytest.mark.parametrize(
    ("view_of", "value", "gradient"),
    [
        pytest.param(lambda y: y[0], [[10, 20], [3, 4]], [[10, 10], [1, 1]], id="row"),
        pytest.param(
            lambda y: y[-1], [[1, 2], [30, 40]], [[1, 1], [10, 10]], id="negative"
        ),
        pytest.param(
            lambda y: y[:, 1], [[1, 20], [3, 40]], [[1, 10], [1, 10]], id="column"
        ),
        pytest.param(
            lambda y: y.t()[1], [[1, 20], [3, 40]], [[1, 10], [1, 10]], id="transposed"
        ),
        pytest.param(
            lambda y: y.diagonal(),
            [[10, 2], [3, 40]],
            [[10, 1], [1, 10]],
            id="diagonal",
        ),
        pytest.param(
            lambda y: y.view(4)[1:3], [[1, 20], [30, 4]], [[1, 10], [10, 1]], id="flat"
        ),
        pytest.param(
            lambda y: y.narrow(1, 0, 1),
            [[10, 2], [30, 4]],
            [[10, 1], [10, 1]],
            id="narrow",
        ),
        pytest.param(
            lambda y: y.unsqueeze(0)[:, 1],
            [[1, 2], [30, 40]],
            [[1, 1], [10, 10]],
            id="unsqueeze",
        ),
        pytest.param(
            lambda y: y[1, 1], [[1, 2], [3, 40]], [[1, 1], [1, 10]], id="0-dim"
        ),
        pytest.param(lambda y: y[:0], [[1, 2], [3, 4]], [[1, 1], [1, 1]], id="empty"),
    ],
)
def test_gradients_follow_the_strides_of_a_written_view(
    view_of, value, gradient, device
):
    """A write through any view of a non-leaf changes the gradient of exactly those
    elements that the view covers.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)
    y = x * 1

    view_of(y).mul_(10)
    y.sum().backward()

    assert (y.tolist(), y._version) == (value, 1)
    assert x.grad.tolist() == gradient


WRITE = {
    "mul": lambda piece, number: piece.mul_(number),
    "add": lambda piece, number: piece.add_(number),
    "fill": lambda piece, number: piece.fill_(number),
}
ELEMENTS = st.builds(slice, st.integers(0, 4), st.integers(1, 5), st.integers(1, 2))


def _overwrite(values, writes, device):
    x = torch.tensor(values, dtype=torch.float32, device=device, requires_grad=True)
    y = x.clone()
    for word, elements, number in writes:
        WRITE[word](y[elements], number)
    y.sum().backward()
    return y.tolist(), x.grad.tolist()


@claim("autograd.in-place.gradients-of-any-writes", see="notes/autograd")
@given(
    writes=st.lists(
        st.tuples(
            st.sampled_from(["mul", "add", "fill"]), ELEMENTS, st.integers(-3, 3)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_sequence_of_writes_to_slices_is_differentiated(writes, device):
    """For any sequence of multiplications, additions and fills of slices of a non-leaf,
    values and gradients are those of each element followed by itself.
    """
    outcome = _overwrite([1, 2, 3, 4, 5], writes, device)

    assert (writes, outcome) == (writes, overwrite([1, 2, 3, 4, 5], writes))


@claim("autograd.in-place.multi-view-output-raises", see="generated/torch.unbind")
@pytest.mark.parametrize(
    "pieces_of",
    [
        pytest.param(lambda y: y.unbind(), id="unbind"),
        pytest.param(lambda y: y.unbind(-1), id="unbind-last"),
        pytest.param(lambda y: y.split(1), id="split"),
        pytest.param(lambda y: y.split([1, 2]), id="split-sizes"),
        pytest.param(lambda y: torch.split(y, 2), id="torch.split"),
        pytest.param(lambda y: y.chunk(3), id="chunk"),
        pytest.param(lambda y: tuple(y), id="iter"),
    ],
)
@pytest.mark.parametrize("kind", ["leaf", "non-leaf"])
def test_a_piece_of_several_made_at_once_refuses_writes(pieces_of, kind, device):
    """A piece from ``unbind``, ``split``, ``chunk`` or iteration, of a tensor that
    requires grad, refuses in-place operations and stays as it is.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    y = {"leaf": x, "non-leaf": x * 1}[kind]
    piece = pieces_of(y)[0]

    with pytest.raises(RuntimeError, match=PIECE):
        piece.mul_(10)

    assert shares_storage(piece, y)
    assert y.is_leaf == (kind == "leaf")
    assert y.tolist() == [1, 2, 3]
    assert y._version == 0


@claim("autograd.in-place.single-view-output-is-allowed", see="tensor_view")
@pytest.mark.parametrize(
    "piece_of",
    [
        lambda y: y[:1],
        lambda y: y[0],
        lambda y: y.narrow(0, 0, 1),
        lambda y: y.select(0, 0),
        lambda y: y.tensor_split(3)[0],
    ],
    ids=["slice", "number", "narrow", "select", "tensor_split"],
)
def test_a_piece_made_alone_accepts_writes(piece_of, device):
    """A slice of a non-leaf, which is made alone, accepts in-place operations, and so
    do the pieces of ``tensor_split``, which are made one after the other.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    y = x * 1

    piece_of(y).mul_(10)

    assert y.tolist() == [10, 2, 3]
    y.sum().backward()
    assert x.grad.tolist() == [10, 1, 1]


@claim("autograd.in-place.multi-view-output-of-a-plain-tensor", see="tensor_view")
def test_the_pieces_of_a_plain_tensor_accept_writes(device):
    """The pieces of a tensor that does not require grad accept in-place operations, and
    the base sees them.
    """
    y = torch.tensor([1, 2, 3], device=device)

    y.unbind()[0].add_(10)
    y.split(1)[1].add_(20)
    y.chunk(3)[2].add_(30)

    assert y.tolist() == [11, 22, 33]
    assert y._version == 3


@claim(
    "autograd.in-place.multi-view-output-under-no-grad", see="generated/torch.unbind"
)
@pytest.mark.parametrize(
    "pieces_of",
    [lambda y: y.unbind(), lambda y: y.split(1), lambda y: y.chunk(3)],
    ids=["unbind", "split", "chunk"],
)
def test_a_piece_written_under_no_grad_is_lost_for_the_graph(pieces_of, device):
    """Under ``no_grad`` such a piece may be written to and the base sees it; the piece
    then raises where it is used while gradients are recorded.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    y = x * 2
    piece = pieces_of(y)[0]

    with torch.no_grad():
        piece.mul_(10)

    assert y.tolist() == [20, 4, 6]
    with pytest.raises(RuntimeError, match=PIECE_OR_BASE):
        piece + 1
    y.sum().backward()
    assert x.grad.tolist() == [2, 2, 2]


@claim("autograd.in-place.base-of-multi-view-outputs", see="generated/torch.unbind")
def test_a_write_into_the_base_makes_its_pieces_unusable(device):
    """After a write into the base, the pieces that ``unbind`` made of it before raise
    where they are used; the base itself is differentiated as usual.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 1
    first, second = y.unbind()

    y.mul_(10)

    with pytest.raises(RuntimeError, match=PIECE_OR_BASE):
        first + 1
    with pytest.raises(RuntimeError, match=PIECE_OR_BASE):
        second + 1
    y.sum().backward()
    assert x.grad.tolist() == [10, 10]


@claim("autograd.in-place.reshaping-is-tracked", see="notes/autograd")
def test_in_place_reshaping_of_a_non_leaf_is_recorded(device):
    """``t_`` on a non-leaf is recorded: gradients arrive where the elements were."""
    x = torch.tensor([[1.0, 2.0]], device=device, requires_grad=True)
    y = x * 1

    y.t_()

    assert (y.shape, y.tolist()) == ((2, 1), [[1], [2]])
    (y * torch.tensor([[3.0], [5.0]], device=device)).sum().backward()
    assert x.grad.tolist() == [[3, 5]]


# --- values that backward needs -------------------------------------------------------


@claim(
    "autograd.inplace.saved-value-overwritten-error",
    see="notes/autograd#in-place-correctness-checks",
)
@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda a: torch.exp(a), id="exp"),
        pytest.param(lambda a: torch.sigmoid(a), id="sigmoid"),
        pytest.param(lambda a: torch.tanh(a), id="tanh"),
        pytest.param(lambda a: torch.sqrt(a), id="sqrt"),
        pytest.param(lambda a: torch.relu(a), id="relu"),
        pytest.param(lambda a: torch.reciprocal(a), id="reciprocal"),
        pytest.param(lambda a: a.softmax(0), id="softmax"),
        pytest.param(lambda a: (a * 1).exp_(), id="exp_"),
        pytest.param(lambda a: (a * 1).relu_(), id="relu_"),
    ],
)
def test_overwriting_a_saved_output_makes_backward_raise(function, device):
    """Where a derivative is computed from the function's output, a write into the
    output makes backward raise, and no gradient is set.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = function(x)

    y.add_(1)

    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()
    assert x.grad is None


@claim(
    "autograd.in-place.version-check", see="notes/autograd#in-place-correctness-checks"
)
@pytest.mark.parametrize(
    "function",
    [
        lambda a: a**2,
        lambda a: a * a,
        lambda a: 1 / a * a,
        lambda a: torch.sin(a),
        lambda a: torch.log(a),
        lambda a: torch.abs(a),
        lambda a: a.clamp(min=0),
        lambda a: a.prod(),
        lambda a: a @ a,
    ],
    ids=["power", "a*a", "quotient", "sin", "log", "abs", "clamp", "prod", "matmul"],
)
def test_overwriting_a_saved_input_makes_backward_raise(function, device):
    """Where a derivative is computed from the function's input, a write into the input
    after the call makes backward raise, and no gradient is set.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    a = x * 1
    y = function(a)

    a.add_(1)

    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()
    assert x.grad is None


@claim(
    "autograd.in-place.unsaved-input", see="notes/autograd#in-place-correctness-checks"
)
@pytest.mark.parametrize(
    ("function", "at", "gradient"),
    [
        (lambda a: torch.exp(a), 0.0, 1),
        (lambda a: torch.sigmoid(a), 0.0, 0.25),
        (lambda a: torch.tanh(a), 0.0, 1),
        (lambda a: torch.sqrt(a), 4.0, 0.25),
        (lambda a: torch.relu(a), 3.0, 1),
        (lambda a: torch.reciprocal(a), 2.0, -0.25),
    ],
    ids=["exp", "sigmoid", "tanh", "sqrt", "relu", "reciprocal"],
)
def test_the_input_may_be_overwritten_where_the_output_is_saved(
    function, at, gradient, device
):
    """Where the derivative is computed from the output alone, the input may be written
    to after the call, and the gradient is that at the old input.
    """
    x = torch.tensor(at, device=device, requires_grad=True)
    a = x * 1
    y = function(a)

    a.add_(100)
    y.backward()

    assert not shares_storage(a, y)
    assert x.grad.item() == gradient


@claim(
    "autograd.in-place.unsaved-output", see="notes/autograd#in-place-correctness-checks"
)
@pytest.mark.parametrize(
    ("function", "at", "gradient"),
    [
        (lambda a: torch.square(a), 3.0, 6),
        (lambda a: a * a, 3.0, 6),
        (lambda a: torch.sin(a), 0.0, 1),
        (lambda a: torch.log(a), 2.0, 0.5),
        (lambda a: torch.abs(a), -3.0, -1),
    ],
    ids=["square", "a*a", "sin", "log", "abs"],
)
def test_the_output_may_be_overwritten_where_the_input_is_saved(
    function, at, gradient, device
):
    """Where the derivative is computed from the input alone, the output may be written
    to, and the write is part of the gradient.
    """
    x = torch.tensor(at, device=device, requires_grad=True)
    y = function(x)

    y.mul_(10)
    y.backward()

    assert x.grad.item() == 10 * gradient


@claim(
    "autograd.in-place.nothing-saved", see="notes/autograd#in-place-correctness-checks"
)
@pytest.mark.parametrize(
    ("function", "gradient"),
    [
        (lambda a: a + 2, [1, 1]),
        (lambda a: a - 2, [1, 1]),
        (lambda a: a * 3, [3, 3]),
        (lambda a: a / 2, [0.5, 0.5]),
        (lambda a: torch.neg(a), [-1, -1]),
        (lambda a: torch.sum(a), [1, 1]),
        (lambda a: torch.clone(a), [1, 1]),
        (lambda a: torch.cat([a, a]), [2, 2]),
        (lambda a: a.cumsum(0), [2, 1]),
    ],
    ids=["add", "sub", "mul", "div", "neg", "sum", "clone", "cat", "cumsum"],
)
def test_both_may_be_overwritten_where_neither_is_saved(function, gradient, device):
    """Where the derivative depends on neither value, as in adding or multiplying by a
    number, input and output may be written to.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    a = x * 1
    y = function(a)

    a.mul_(100)
    y.add_(100)
    y.sum().backward()

    assert (a._version, y._version) == (1, 1)
    assert x.grad.tolist() == gradient


@claim(
    "autograd.in-place.only-the-other-factor-is-saved",
    see="notes/autograd#in-place-correctness-checks",
)
def test_only_the_other_factor_of_a_product_is_saved(device):
    """For ``x * c`` with a plain tensor c only c is saved: x may be written to before
    backward, c may not.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    c = torch.tensor([3.0, 5.0], device=device)
    first, second = (x * c).sum(), (x * c).sum()

    with torch.no_grad():
        x.add_(100)
    first.backward()

    assert x.tolist() == [101, 102]
    assert x.grad.tolist() == [3, 5]
    c.add_(1)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        second.backward()
    assert x.grad.tolist() == [3, 5]


@claim(
    "autograd.in-place.version-message",
    see="notes/autograd#in-place-correctness-checks",
)
def test_the_error_names_the_version_found_and_the_version_saved(device):
    """The error gives the tensor's type and shape, the version that backward found and
    the version that it had saved.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 1
    y.add_(1)
    y.add_(1)
    loss = (y * y).sum()

    y.add_(1)

    message = r"FloatTensor \[2\]\].* is at version 3; expected version 2 instead"
    with pytest.raises(RuntimeError, match=message):
        loss.backward()


@claim(
    "autograd.in-place.writes-before-saving-are-harmless",
    see="notes/autograd#in-place-correctness-checks",
)
def test_writes_before_the_value_is_saved_are_harmless(device):
    """Backward compares with the version at the time of saving, so earlier writes do
    not matter.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 1

    y.add_(1)
    y.add_(1)
    (y * y).sum().backward()

    assert x.grad.tolist() == [6, 8]


@claim(
    "autograd.in-place.equal-value-is-still-a-write",
    see="notes/autograd#in-place-correctness-checks",
)
@pytest.mark.parametrize(
    "write",
    [lambda y: y.add_(1).sub_(1), lambda y: y.add_(0), lambda y: y.copy_(y)],
    ids=["undone", "plus-0", "same-values"],
)
def test_a_write_that_leaves_the_value_equal_still_counts(write, device):
    """Backward compares versions and not values: a write that leaves the saved value
    equal makes it raise all the same.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 1
    loss = (y * y).sum()

    write(y)

    assert y.tolist() == [1, 2]
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        loss.backward()


@claim(
    "autograd.in-place.version-of-the-whole-memory",
    see="notes/autograd#in-place-correctness-checks",
)
def test_a_write_beside_the_saved_elements_counts_too(device):
    """Base and views have one version, so a write to elements outside of a saved view
    makes backward raise as well.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    y = x * 1
    view = y[:1]
    loss = (view * view).sum()

    y[2] = 0

    assert view.tolist() == [1]
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        loss.backward()


@claim(
    "autograd.in-place.any-way-of-writing-is-noticed",
    see="notes/autograd#in-place-correctness-checks",
)
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda y: y.add_(1), id="add_"),
        pytest.param(lambda y: operator.iadd(y, 1), id="+="),
        pytest.param(lambda y: operator.setitem(y, 0, 9), id="index"),
        pytest.param(lambda y: y.view(2, 1).zero_(), id="view"),
        pytest.param(lambda y: y[1:].fill_(9), id="slice"),
        pytest.param(lambda y: _write_under_no_grad(y), id="no_grad"),
        pytest.param(lambda y: _write_under_no_grad(y.view(2, 1)), id="no_grad-view"),
        pytest.param(lambda y: y.detach().add_(1), id="detach"),
        pytest.param(
            lambda y: torch.add(y.detach(), 1, out=y.detach()), id="out-detach"
        ),
    ],
)
def test_backward_notices_a_write_however_it_was_made(write, device):
    """A write into a saved value makes backward raise, be it direct, through a view,
    through ``detach()`` or under ``no_grad``.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 2
    loss = (y * y).sum()

    write(y)

    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        loss.backward()
    assert x.grad is None


@claim(
    "autograd.in-place.saved-leaf-under-no-grad",
    see="notes/autograd#in-place-correctness-checks",
)
def test_a_leaf_written_under_no_grad_is_noticed_by_an_older_graph(device):
    """A leaf written under ``no_grad`` makes backward raise through a graph that saved
    it before, and no other.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    saved, unsaved = (x * x).sum(), (x + x).sum()

    with torch.no_grad():
        x.mul_(3)

    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        saved.backward()
    assert x.grad is None
    unsaved.backward()
    assert x.grad.tolist() == [2, 2]


@claim(
    "autograd.in-place.version-check-in-grad",
    see="generated/torch.autograd.grad",
)
def test_autograd_grad_makes_the_same_check(device):
    """``autograd.grad`` raises like ``backward`` where a saved value was
    overwritten.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x.exp()
    loss = y.sum()

    y.add_(1)

    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        torch.autograd.grad(loss, x)


@claim(
    "autograd.in-place.write-after-backward",
    see="notes/autograd#in-place-correctness-checks",
)
def test_the_check_is_made_at_each_backward(device):
    """A write after backward leaves its gradient alone; only a further pass through the
    retained graph raises.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    loss = (x * x).sum()
    loss.backward(retain_graph=True)

    with torch.no_grad():
        x.add_(1)

    assert x.grad.tolist() == [2, 4]
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        loss.backward()
    assert x.grad.tolist() == [2, 4]


@claim(
    "autograd.in-place.own-operand",
    see="notes/autograd#in-place-correctness-checks",
)
def test_a_non_leaf_multiplied_by_itself_in_place_cannot_be_differentiated(device):
    """``y.mul_(y)`` overwrites the factor that its own backward needs, so backward
    raises; with a clone as the factor it is differentiated.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y, z = x * 1, x * 1

    y.mul_(y)
    z.mul_(z.clone())

    assert y.tolist() == [1, 4]
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()
    assert x.grad is None
    z.sum().backward()
    assert x.grad.tolist() == [2, 4]


# --- hooks and .grad ------------------------------------------------------------------


@claim(
    "autograd.in-place.hook-before-the-write",
    see="notes/autograd#behavior-of-tensor-hooks-when-tensor-is-modified-in-place",
)
def test_a_hook_keeps_the_value_that_it_was_registered_on(device):
    """A tensor hook registered before a write gets the gradient of the value before the
    write.
    """
    x = torch.tensor([1.0], device=device, requires_grad=True)
    y = x * 2
    before = []

    y.register_hook(lambda grad: before.append(grad.tolist()))
    y.mul_(5)
    (y * 3).sum().backward()

    assert before == [[15]]
    assert x.grad.tolist() == [30]


@claim(
    "autograd.in-place.hook-after-the-write",
    see="notes/autograd#behavior-of-tensor-hooks-when-tensor-is-modified-in-place",
    since="2.0",
)
def test_a_hook_registered_after_a_write_gets_the_gradient_of_the_new_value(device):
    """A tensor hook registered after a write gets the gradient of the value after the
    write, also where another hook was registered before.
    """
    x = torch.tensor([1.0], device=device, requires_grad=True)
    y = x * 2
    before, after = [], []

    y.register_hook(lambda grad: before.append(grad.tolist()))
    y.mul_(5)
    y.register_hook(lambda grad: after.append(grad.tolist()))
    (y * 3).sum().backward()

    assert y.tolist() == [10]
    assert before == [[15]]
    assert after == [[3]]


@claim(
    "autograd.in-place.hook-after-the-write-joins-earlier-ones",
    see="notes/autograd#behavior-of-tensor-hooks-when-tensor-is-modified-in-place",
    until="2.0",
)
def test_a_hook_registered_after_a_write_joins_the_one_before_it(device):
    """A tensor hook registered after a write gets the gradient of the value before the
    write where another hook was registered then.
    """
    x = torch.tensor([1.0], device=device, requires_grad=True)
    y = x * 2
    before, after = [], []

    y.register_hook(lambda grad: before.append(grad.tolist()))
    y.mul_(5)
    y.register_hook(lambda grad: after.append(grad.tolist()))
    (y * 3).sum().backward()

    assert before == [[15]]
    assert after == [[15]]


@claim(
    "autograd.in-place.retain-grad-follows-the-write",
    see="notes/autograd#behavior-of-tensor-hooks-when-tensor-is-modified-in-place",
)
def test_a_retained_gradient_is_that_of_the_last_value(device):
    """``retain_grad()`` called before a write keeps the gradient of the value after the
    write.
    """
    x = torch.tensor([1.0], device=device, requires_grad=True)
    y = x * 2

    y.retain_grad()
    y.mul_(5)
    (y * 3).sum().backward()

    assert y.grad.tolist() == [3]
    assert x.grad.tolist() == [30]


@claim("autograd.inplace.grad-zeroing", see="generated/torch.Tensor.zero_")
@pytest.mark.parametrize(
    "zero",
    [lambda x: x.grad.data.zero_(), lambda x: x.grad.zero_()],
    ids=["grad.data.zero_", "grad.zero_"],
)
def test_a_gradient_is_set_to_zero_in_place(zero, device):
    """``x.grad.zero_()`` and ``x.grad.data.zero_()`` fill the gradient that there is
    with zeros: it stays the same tensor, and the next backward adds to zero.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    (x * x).sum().backward()
    grad = x.grad
    assert grad.tolist() == [2, 4]

    zero(x)

    assert x.grad is grad
    assert grad.tolist() == [0, 0]
    (x * 3).sum().backward()
    assert x.grad is grad
    assert grad.tolist() == [3, 3]


@claim("autograd.in-place.no-gradient-to-zero", see="generated/torch.Tensor.grad")
def test_there_is_no_gradient_to_zero_before_the_first_backward(device):
    """Before the first backward ``.grad`` is None, so zeroing it raises
    AttributeError.
    """
    x = torch.ones(2, device=device, requires_grad=True)

    with pytest.raises(AttributeError, match="has no attribute 'data'"):
        x.grad.data.zero_()
    with pytest.raises(AttributeError, match="has no attribute 'zero_'"):
        x.grad.zero_()

    assert x.grad is None


@claim(
    "autograd.in-place.zero-grad-drops-the-gradient",
    see="generated/torch.nn.Module",
    since="2.0",
)
def test_zero_grad_of_a_module_drops_the_gradient(device):
    """``zero_grad()`` of a module sets ``.grad`` to None and does not write into the
    gradient.
    """
    layer = nn.Linear(1, 1, bias=False, device=device)
    layer(torch.tensor([[3.0]], device=device)).sum().backward()
    grad = layer.weight.grad

    layer.zero_grad()

    assert layer.weight.grad is None
    assert grad.tolist() == [[3]]


@claim(
    "autograd.in-place.zero-grad-writes-zeros",
    see="generated/torch.nn.Module",
    until="2.0",
)
def test_zero_grad_of_a_module_writes_zeros_into_the_gradient(device):
    """``zero_grad()`` of a module writes zeros into the gradient that there is."""
    layer = nn.Linear(1, 1, bias=False, device=device)
    layer(torch.tensor([[3.0]], device=device)).sum().backward()
    grad = layer.weight.grad

    layer.zero_grad()

    assert layer.weight.grad is grad
    assert grad.tolist() == [[0]]

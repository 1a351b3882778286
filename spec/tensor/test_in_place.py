"""In-place operations on plain tensors.

A method whose name ends in _ writes its result into the tensor it is called on. The
augmented operators do the same, and so do index assignment and out=. No new tensor is
made: every other name, view and base that looks at the memory sees the change. Since
the tensor stays the one it is, the result has to fit into it: its dtype and shape are
kept, and what does not fit is refused before anything is written. (A few methods, like
unsqueeze_() and requires_grad_(), write no elements and change only the object.)

It is commonly believed that ``y += x`` is short for ``y = y + x``. The first writes
into the tensor that y names, the second names a new one. And what arithmetic refuses,
copying does: copy_() and index assignment convert what they are given, and cut off
fractions.
"""

import operator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torch_semantics import claim
from torch_semantics.words import shares_storage

# --- what is written ------------------------------------------------------------------


@claim("tensor.inplace.underscore-methods-modify-self", see="tensors")
@pytest.mark.parametrize(
    ("write", "compute", "result"),
    [
        (lambda x: x.add_(10), lambda x: x.add(10), [16, 17, 1]),
        (lambda x: x.add_(x, alpha=2), lambda x: x.add(x, alpha=2), [18, 21, -27]),
        (lambda x: x.sub_(1), lambda x: x.sub(1), [5, 6, -10]),
        (lambda x: x.mul_(3), lambda x: x.mul(3), [18, 21, -27]),
        (lambda x: x.floor_divide_(2), lambda x: x.floor_divide(2), [3, 3, -5]),
        (lambda x: x.remainder_(4), lambda x: x.remainder(4), [2, 3, 3]),
        (lambda x: x.pow_(2), lambda x: x.pow(2), [36, 49, 81]),
        (lambda x: x.neg_(), lambda x: x.neg(), [-6, -7, 9]),
        (lambda x: x.abs_(), lambda x: x.abs(), [6, 7, 9]),
        (lambda x: x.clamp_(0, 6), lambda x: x.clamp(0, 6), [6, 6, 0]),
        (
            lambda x: x.masked_fill_(x < 0, 5),
            lambda x: x.masked_fill(x < 0, 5),
            [6, 7, 5],
        ),
        (lambda x: x.bitwise_and_(3), lambda x: x.bitwise_and(3), [2, 3, 3]),
        (lambda x: x.gt_(6), lambda x: x.gt(6), [0, 1, 0]),
        (lambda x: x.cumsum_(0), lambda x: x.cumsum(0), [6, 13, 4]),
        (lambda x: x.addcmul_(x, x), lambda x: x.addcmul(x, x), [42, 56, 72]),
    ],
    ids=[
        "add_",
        "add_-alpha",
        "sub_",
        "mul_",
        "floor_divide_",
        "remainder_",
        "pow_",
        "neg_",
        "abs_",
        "clamp_",
        "masked_fill_",
        "bitwise_and_",
        "gt_",
        "cumsum_",
        "addcmul_",
    ],
)
def test_a_method_that_ends_in_an_underscore_writes_into_its_tensor(
    write, compute, result, device
):
    """A method that computes elements and ends in _ writes them where the tensor lies
    and returns the tensor itself, so that a view sees it; without the _ the tensor
    stays as it is and the result is a new one.
    """
    x = torch.tensor([6, 7, -9], device=device)
    view = x.view(3, 1)

    computed = compute(x)
    before = x.tolist()
    returned = write(x)

    assert (before, computed.tolist()) == ([6, 7, -9], result)
    assert not shares_storage(computed, x)
    assert returned is x
    assert (x.tolist(), x.dtype, x.shape) == (result, torch.int64, (3,))
    assert view.flatten().tolist() == result
    assert shares_storage(view, x)


@claim("tensor.inplace.of-any-length", see="generated/torch.Tensor.add_")
@given(
    elements=st.lists(st.integers(-9, 9), max_size=4),
    other=st.integers(-9, 9),
    alpha=st.integers(-3, 3),
)
def test_an_in_place_sum_is_written_element_by_element(device, elements, other, alpha):
    """Every element of a tensor of any length, also 0, is overwritten with its own
    result, once.
    """
    x = torch.tensor(elements, dtype=torch.int64, device=device)
    alias = x.view(-1)

    returned = x.add_(other, alpha=alpha)

    expected = [element + alpha * other for element in elements]
    assert (elements, other, alpha, alias.tolist()) == (
        elements,
        other,
        alpha,
        expected,
    )
    assert returned is x


@claim("tensor.inplace.functions", see="torch")
@pytest.mark.parametrize(
    ("write", "result"),
    [
        (lambda x: torch.neg_(x), [-1, 4]),
        (lambda x: torch.abs_(x), [1, 4]),
        (lambda x: torch.relu_(x), [1, 0]),
        (lambda x: torch.clamp_(x, -2, 0), [0, -2]),
        (lambda x: torch.square_(x), [1, 16]),
        (lambda x: torch.fill_(x, 7), [7, 7]),
        (lambda x: torch.zero_(x), [0, 0]),
        (lambda x: torch.nn.functional.relu(x, inplace=True), [1, 0]),
    ],
    ids=[
        "neg_",
        "abs_",
        "relu_",
        "clamp_",
        "square_",
        "fill_",
        "zero_",
        "inplace=True",
    ],
)
def test_functions_that_end_in_an_underscore_write_into_their_first_argument(
    write, result, device
):
    """A function in torch whose name ends in _, or that is told ``inplace=True``,
    overwrites its first argument and returns it.
    """
    x = torch.tensor([1.0, -4.0], device=device)
    view = x[:]

    returned = write(x)

    assert returned is x
    assert (view.tolist(), x.dtype) == (result, torch.float32)


@claim("tensor.inplace.augmented-operators", see="tensors")
@pytest.mark.parametrize(
    ("write", "dtype", "result"),
    [
        (operator.iadd, torch.int64, [8, 9]),
        (operator.isub, torch.int64, [4, 5]),
        (operator.imul, torch.int64, [12, 14]),
        (operator.itruediv, torch.float32, [3, 3.5]),
        (operator.ifloordiv, torch.int64, [3, 3]),
        (operator.imod, torch.int64, [0, 1]),
        (operator.ipow, torch.int64, [36, 49]),
        (operator.iand, torch.int64, [2, 2]),
        (operator.ior, torch.int64, [6, 7]),
        (operator.ixor, torch.int64, [4, 5]),
        (operator.ilshift, torch.int64, [24, 28]),
        (operator.irshift, torch.int64, [1, 1]),
    ],
    ids=["+=", "-=", "*=", "/=", "//=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>="],
)
def test_augmented_operators_write_in_place(write, dtype, result, device):
    """``y += x`` and the like write into the tensor that y names, for a number and for
    a tensor x, and y goes on naming it: its other names and views see the result.
    """
    y = torch.tensor([6, 7], dtype=dtype, device=device)
    z = torch.tensor([6, 7], dtype=dtype, device=device)
    x = torch.tensor([2, 2], dtype=dtype, device=device)
    view = y[:]

    by_number, by_tensor = write(y, 2), write(z, x)

    assert by_number is y
    assert by_tensor is z
    assert (y.tolist(), z.tolist(), view.tolist()) == (result, result, result)
    assert (y.dtype, z.dtype) == (dtype, dtype)
    assert (shares_storage(y, view), x.tolist()) == (True, [2, 2])


@claim("tensor.inplace.rebinding-makes-a-new-tensor", see="tensors")
def test_an_operator_without_the_equals_sign_makes_a_new_tensor(device):
    """``y = y + x`` names a new tensor and leaves the old one as it was; so does
    ``y @= x``, which has no in-place form.
    """
    first = torch.tensor([1.0, 2.0], device=device)
    second = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)

    y, z = first, second
    y = y + 1
    z @= second

    assert (y.tolist(), first.tolist()) == ([2, 3], [1, 2])
    assert (z.tolist(), second.tolist()) == ([[7, 10], [15, 22]], [[1, 2], [3, 4]])
    assert (shares_storage(y, first), shares_storage(z, second)) == (False, False)


@claim("tensor.inplace.not-every-operation", see="tensors")
@pytest.mark.parametrize(
    "name", ["sum_", "matmul_", "view_", "max_", "reshape_", "clone_", "expand_"]
)
def test_not_every_operation_has_an_in_place_form(name, device):
    """Not every operation has a form with _: asking for that of sum, matmul, view, max,
    reshape, clone or expand raises an AttributeError.
    """
    x = torch.zeros(2, 2, device=device)

    with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
        getattr(x, name)


@claim("tensor.inplace.strided-views", see="tensor_view")
def test_a_write_through_a_view_reaches_the_elements_of_the_view_only(device):
    """A write through a strided or transposed view changes the elements that it shows,
    where they lie in its base, and no others.
    """
    x = torch.arange(6, device=device)

    x[::2].add_(10)
    every_second = x.tolist()
    x.view(2, 3).t()[1].neg_()

    assert every_second == [10, 1, 12, 3, 14, 5]
    assert x.tolist() == [10, -1, 12, 3, -14, 5]


@claim("tensor.inplace.zero-dim-and-empty", see="tensors")
def test_scalars_and_empty_tensors_may_be_written(device):
    """A tensor without dimensions is written like any other, and a write to one without
    elements changes nothing and returns it.
    """
    scalar = torch.tensor(5, device=device)
    empty = torch.zeros(0, 3, device=device)

    of_scalar, of_empty = scalar.add_(1), empty.add_(1)
    scalar *= 2

    assert of_scalar is scalar
    assert of_empty is empty
    assert (scalar.item(), scalar.shape, empty.shape) == (12, (), (0, 3))


@claim("tensor.inplace.counts-a-version", see="notes/autograd")
def test_every_write_counts_one_version(device):
    """Each write in place, by method, operator, index, ``copy_`` or ``out=``, adds one
    to the tensor's version; reading and computing from it adds nothing.
    """
    x = torch.tensor([1, 2], device=device)
    other = torch.tensor([6, 5], device=device)
    versions = []

    x.copy_(other)
    versions.append(x._version)
    x + 1
    versions.append(x._version)
    x.add_(1)
    versions.append(x._version)
    x += 1
    versions.append(x._version)
    x[0] = 5
    versions.append(x._version)
    torch.add(x, 1, out=x)
    versions.append(x._version)

    assert versions == [1, 1, 2, 3, 4, 5]
    assert x.tolist() == [6, 8]


# --- index assignment -----------------------------------------------------------------


@claim("tensor.inplace.index-assignment", see="notes/broadcasting")
def test_index_assignment_writes_into_the_tensor(device):
    """``y[index] = x`` writes into y's memory, broadcasts x to the place and converts
    it to y's dtype, cutting off fractions.
    """
    y = torch.zeros(2, 3, dtype=torch.int64, device=device)
    view = y.view(6)

    y[0] = torch.tensor([1.9, -1.9, 2.0], device=device)
    y[1, -1] = 5.7
    y[:, 0] = 8

    assert view.tolist() == [8, -1, 2, 8, 0, 5]
    assert (y.dtype, shares_storage(y, view)) == (torch.int64, True)
    y[...] = torch.tensor([[4], [6]], device=device)
    assert view.tolist() == [4, 4, 4, 6, 6, 6]


@claim("tensor.inplace.index-assignment-refuses", see="notes/broadcasting")
def test_index_assignment_refuses_what_does_not_fit(device):
    """A value whose size does not broadcast to the place raises a RuntimeError and an
    index that does not exist an IndexError, and the tensor stays as it is.
    """
    y = torch.tensor([1, 2, 3], device=device)
    two = torch.tensor([7, 8], device=device)

    with pytest.raises(RuntimeError, match=r"\(3\) must match the existing size \(2\)"):
        y[:] = two
    with pytest.raises(IndexError, match="index 3 is out of bounds"):
        y[3] = 7

    assert (y.tolist(), y._version) == ([1, 2, 3], 0)


# --- copy_, fill_ ---------------------------------------------------------------------


@claim("tensor.inplace.copy-casts-and-broadcasts", see="generated/torch.Tensor.copy_")
def test_copy_converts_and_broadcasts_into_its_tensor(device):
    """``y.copy_(x)`` writes the elements of x into y: converted to y's dtype, with
    fractions cut off, and repeated to y's shape; y keeps dtype, shape and strides, and
    is returned, and x stays apart.
    """
    y = torch.zeros(3, 2, dtype=torch.int64, device=device).t()
    x = torch.tensor([1.9, -1.9, 3.0], device=device)
    view = y[1]

    returned = y.copy_(x)
    x[0] = 100

    assert returned is y
    assert (y.tolist(), view.tolist()) == ([[1, -1, 3], [1, -1, 3]], [1, -1, 3])
    assert (y.dtype, y.shape, y.stride()) == (torch.int64, (2, 3), (1, 2))
    assert (x[::2].tolist(), x.dtype) == ([100, 3], torch.float32)
    assert not shares_storage(y, x)


@claim("tensor.inplace.copy-conversions", see="generated/torch.Tensor.copy_")
@pytest.mark.parametrize(
    ("dtype", "source", "elements"),
    [
        (torch.bool, [0.0, 0.5, -2.0], [False, True, True]),
        (torch.float32, [True, False, True], [1.0, 0.0, 1.0]),
        (torch.uint8, [300, -1, 7], [44, 255, 7]),
        (torch.int8, [130, -129, 7], [-126, 127, 7]),
        (torch.float16, [1.0, 2.5, -4.0], [1.0, 2.5, -4.0]),
        (torch.complex64, [1.0, 2.5, -4.0], [1, 2.5, -4]),
    ],
    ids=["bool", "float-from-bool", "uint8", "int8", "float16", "complex"],
)
def test_copy_converts_between_any_dtypes(dtype, source, elements, device):
    """Any number but 0 becomes True, integers that are too large wrap around, and real
    numbers become complex ones.
    """
    y = torch.zeros(3, dtype=dtype, device=device)
    x = torch.tensor(source, device=device)

    y.copy_(x)

    assert (y.tolist(), y.dtype, x.tolist()) == (elements, dtype, source)


@claim("tensor.inplace.copy-of-complex", see="generated/torch.Tensor.copy_")
def test_copying_complex_numbers_into_real_ones_warns(device):
    """Complex numbers are copied into a real tensor without their imaginary part, and a
    warning says so.
    """
    y = torch.zeros(2, device=device)
    x = torch.tensor([1 + 2j, 3 - 4j], device=device)

    with pytest.warns(UserWarning, match="discards the imaginary part"):
        y.copy_(x)

    assert (y.tolist(), y.dtype) == ([1, 3], torch.float32)


@claim("tensor.inplace.copy-shapes", see="generated/torch.Tensor.copy_")
@pytest.mark.parametrize(
    ("source", "elements"),
    [
        (7, [[7, 7], [7, 7]]),
        ([7], [[7, 7], [7, 7]]),
        ([7, 8], [[7, 8], [7, 8]]),
        ([[7], [8]], [[7, 7], [8, 8]]),
        ([[7, 8]], [[7, 8], [7, 8]]),
    ],
    ids=["zero-dim", "one-element", "row", "column", "one-row"],
)
def test_copy_repeats_its_source_to_the_shape_of_the_tensor(source, elements, device):
    """A source whose shape broadcasts to that of the tensor is repeated along it, and
    does not share its storage.
    """
    y = torch.zeros(2, 2, device=device)
    x = torch.tensor(source, dtype=torch.float32, device=device)

    y.copy_(x)

    assert (y.tolist(), y.shape, x.tolist()) == (elements, (2, 2), source)
    assert not shares_storage(y, x)


@claim("tensor.inplace.copy-refuses", see="generated/torch.Tensor.copy_")
def test_copy_refuses_a_source_that_does_not_fit(device):
    """A source of a size that does not broadcast, or of more dimensions, raises a
    RuntimeError, and a list a TypeError; the tensor stays as it is.
    """
    y = torch.tensor([1, 2, 3], device=device)
    two = torch.zeros(2, dtype=torch.int64, device=device)
    row = torch.zeros(1, 3, dtype=torch.int64, device=device)

    with pytest.raises(RuntimeError, match=r"a \(3\) must match the size .* b \(2\)"):
        y.copy_(two)
    with pytest.raises(RuntimeError, match=r"shape \[3\] doesn't match .* \[1, 3\]"):
        y.copy_(row)
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        y.copy_([7, 8, 9])

    assert (y.tolist(), y._version) == ([1, 2, 3], 0)


@claim("tensor.inplace.copy-into-a-view", see="generated/torch.Tensor.copy_")
def test_copy_into_a_strided_view_writes_its_elements_only(device):
    """``copy_`` into a transposed or stepped view writes element by element, by index,
    where the view lies in its base, and nowhere else.
    """
    base = torch.zeros(2, 4, device=device)
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)

    base[:, ::2].copy_(x)
    stepped = base.tolist()
    base[:, 2:].t().copy_(x)

    assert stepped == [[1, 0, 2, 0], [3, 0, 4, 0]]
    assert base.tolist() == [[1, 0, 1, 3], [3, 0, 2, 4]]
    assert x.tolist() == [[1, 2], [3, 4]]


@claim("tensor.inplace.copy-from-meta", see="meta")
def test_copy_from_a_tensor_without_data_raises(device):
    """A tensor on the meta device has no data to copy: that raises a
    NotImplementedError, whereas copying into it leaves it where it is.
    """
    y = torch.tensor([1.0, 2.0], device=device)
    meta = torch.zeros(2, device="meta")

    returned = meta.copy_(y)

    assert returned is meta
    assert (meta.device.type, meta.shape) == ("meta", (2,))
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        y.copy_(meta)
    assert y.tolist() == [1, 2]


@claim("tensor.inplace.copy-across-devices", see="generated/torch.Tensor.copy_")
def test_copy_takes_its_source_from_another_device(accelerator):
    """``copy_`` copies between the CPU and another device in both directions; each
    tensor stays on its device, and keeps its dtype.
    """
    there = torch.zeros(2, dtype=torch.int32, device=accelerator)
    here = torch.tensor([1.5, 2.5], device="cpu")
    back = torch.zeros(2, dtype=torch.float16, device="cpu")

    there.copy_(here)
    back.copy_(there)

    assert (there.tolist(), there.dtype, there.device) == (
        [1, 2],
        torch.int32,
        accelerator,
    )
    assert (back.tolist(), back.dtype, back.device.type) == (
        [1, 2],
        torch.float16,
        "cpu",
    )


@claim("tensor.inplace.fill-and-zero", see="generated/torch.Tensor.fill_")
def test_fill_and_zero_overwrite_every_element(device):
    """``fill_`` writes a number, or the element of a tensor without dimensions, into
    every element, converted to the dtype, and ``zero_`` writes zeros.
    """
    base = torch.tensor([9, 9, 9], device=device)
    view = base[1:]
    five = torch.tensor(5.9, device=device)

    by_number = view.fill_(-1.9)
    after_number = base.tolist()
    by_tensor = view.fill_(five)
    after_tensor = base.tolist()
    by_zero = view.zero_()

    assert by_number is view
    assert by_tensor is view
    assert by_zero is view
    assert (after_number, after_tensor) == ([9, -1, -1], [9, 5, 5])
    assert (base.tolist(), base.dtype) == ([9, 0, 0], torch.int64)


@claim("tensor.inplace.fill-refuses", see="generated/torch.Tensor.fill_")
def test_fill_takes_one_number(device):
    """``fill_`` raises a RuntimeError for a tensor that has dimensions, and, where it
    fills integers, for a complex number and for one above their range; a string raises
    a TypeError.
    """
    x = torch.tensor([1, 2], device=device)
    bytes_ = torch.tensor([1, 2], dtype=torch.uint8, device=device)
    vector = torch.tensor([7], device=device)

    with pytest.raises(RuntimeError, match="only supports 0-dimension value tensor"):
        x.fill_(vector)
    with pytest.raises(RuntimeError, match="cannot be converted to type int64_t"):
        x.fill_(1j)
    with pytest.raises(RuntimeError, match="cannot be converted to type uint8_t"):
        bytes_.fill_(256)
    with pytest.raises(TypeError, match=r"fill_\(\) received an invalid combination"):
        x.fill_("7")

    assert (x.tolist(), bytes_.tolist()) == ([1, 2], [1, 2])


# --- what has to fit ------------------------------------------------------------------


@claim("tensor.inplace.result-dtype-and-shape-fixed", see="tensor_attributes")
def test_a_result_that_does_not_fit_is_refused(device):
    """An in-place result of a higher kind of dtype than the tensor's, or of a larger
    shape, raises a RuntimeError that names both, and the tensor stays as it is; a wider
    dtype of the same kind is converted.
    """
    ints = torch.tensor([1, 2, 3], device=device)
    floats = torch.tensor([1.0, 2.0], device=device)
    doubles = torch.tensor([0.5, 0.25], dtype=torch.float64, device=device)
    rows = torch.zeros(2, 3, dtype=torch.int64, device=device)

    with pytest.raises(
        RuntimeError,
        match="result type Float can't be cast to the desired output type Long",
    ):
        ints.add_(1.5)
    with pytest.raises(
        RuntimeError,
        match=r"output with shape \[3\] doesn't match the broadcast shape \[2, 3\]",
    ):
        ints.add_(rows)
    floats.add_(doubles)

    assert (ints.tolist(), ints.dtype, ints._version) == ([1, 2, 3], torch.int64, 0)
    assert (floats.tolist(), floats.dtype) == ([1.5, 2.25], torch.float32)


@claim("tensor.inplace.kinds-of-dtype", see="tensor_attributes")
@pytest.mark.parametrize(
    ("elements", "write", "kinds"),
    [
        ([4, 9], lambda x: x.add_(0.5), "Float .* Long"),
        ([4, 9], lambda x: x.mul_(2.0), "Float .* Long"),
        ([4, 9], lambda x: x.div_(2), "Float .* Long"),
        ([4, 9], lambda x: x.sqrt_(), "Float .* Long"),
        ([4, 9], lambda x: x.exp_(), "Float .* Long"),
        ([4, 9], lambda x: x.remainder_(1.5), "Float .* Long"),
        ([4, 9], lambda x: operator.itruediv(x, 2), "Float .* Long"),
        ([4, 9], lambda x: x.add_(torch.tensor(1.5, device=x.device)), "Float .* Long"),
        ([4.0, 9.0], lambda x: x.mul_(1j), "ComplexFloat .* Float"),
        ([True, False], lambda x: x.add_(1), "Long .* Bool"),
    ],
    ids=[
        "add_",
        "mul_",
        "div_",
        "sqrt_",
        "exp_",
        "remainder_",
        "/=",
        "zero-dim",
        "complex",
        "bool",
    ],
)
def test_the_kind_of_dtype_can_not_rise_in_place(elements, write, kinds, device):
    """Where the result of arithmetic would be of a higher kind, bool below integer
    below floating below complex, it raises in place, even if its values would fit, and
    the tensor stays as it is.
    """
    x = torch.tensor(elements, device=device)

    with pytest.raises(RuntimeError, match=f"result type {kinds}$"):
        write(x)

    assert (x.tolist(), x._version) == (elements, 0)


@claim("tensor.inplace.integer-division", see="generated/torch.Tensor.div_")
def test_integers_are_divided_in_place_only_with_rounding(device):
    """``div_`` of integers raises unless ``rounding_mode`` says how to get integers:
    "floor" rounds down and "trunc" toward zero; ``//=`` rounds down.
    """
    floor = torch.tensor([7, -7], device=device)
    trunc = torch.tensor([7, -7], device=device)
    slashes = torch.tensor([7, -7], device=device)

    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        floor.div_(2)
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        trunc /= 2
    floor.div_(2, rounding_mode="floor")
    trunc.div_(2, rounding_mode="trunc")
    slashes //= 2

    assert (floor.tolist(), trunc.tolist()) == ([3, -4], [3, -3])
    assert (slashes.tolist(), floor.dtype, trunc.dtype) == (
        [3, -4],
        torch.int64,
        torch.int64,
    )


@claim("tensor.inplace.narrower-of-the-same-kind", see="tensor_attributes")
def test_a_wider_result_of_the_same_kind_is_converted(device):
    """The sum with a tensor of a wider dtype of the same kind is written in the
    tensor's own dtype: integers wrap around, and fractions are rounded to the nearest.
    """
    bytes_ = torch.tensor([1, 250], dtype=torch.uint8, device=device)
    halves = torch.tensor([1.0, 2.0], dtype=torch.float16, device=device)
    ints = torch.tensor([300, 10], device=device)
    doubles = torch.tensor([0.5, -(2.0**-20)], dtype=torch.float64, device=device)

    bytes_.add_(ints)
    halves.add_(doubles)

    assert (bytes_.tolist(), bytes_.dtype) == ([45, 4], torch.uint8)
    assert (halves.tolist(), halves.dtype) == ([1.5, 2.0], torch.float16)


@claim("tensor.inplace.comparisons", see="generated/torch.Tensor.eq_")
def test_comparisons_in_place_write_zeros_and_ones(device):
    """A comparison in place can't make bools of its tensor: it writes 0 and 1 in the
    tensor's dtype.
    """
    floats = torch.tensor([1.5, 2.5], device=device)
    ints = torch.tensor([1, 2], device=device)

    floats.eq_(2.5)
    ints.lt_(torch.tensor([1.5, 1.5], device=device))

    assert (floats.tolist(), floats.dtype) == ([0, 1], torch.float32)
    assert (ints.tolist(), ints.dtype) == ([1, 0], torch.int64)


@claim("tensor.inplace.operand-shapes", see="notes/broadcasting")
@pytest.mark.parametrize(
    ("shape", "operand", "message"),
    [
        ((3,), (2, 3), r"shape \[3\] doesn't match the broadcast shape \[2, 3\]"),
        ((1,), (3,), r"shape \[1\] doesn't match the broadcast shape \[3\]"),
        ((), (1,), r"shape \[\] doesn't match the broadcast shape \[1\]"),
        ((1,), (0,), r"shape \[1\] doesn't match the broadcast shape \[0\]"),
        ((2, 3), (2,), r"a \(3\) must match the size of tensor b \(2\)"),
    ],
    ids=["new-dim", "one-element", "zero-dim", "no-elements", "mismatch"],
)
def test_a_tensor_does_not_grow_in_place(shape, operand, message, device):
    """A tensor is not broadcast to the shape of its operand, not even by a dimension of
    size 1: that raises a RuntimeError, and it stays as it is.
    """
    x = torch.zeros(shape, device=device)
    other = torch.ones(operand, device=device)

    with pytest.raises(RuntimeError, match=message):
        x.add_(other)
    with pytest.raises(RuntimeError, match=message):
        x += other

    assert (x.shape, x.sum().item(), x._version) == (shape, 0, 0)


@claim("tensor.inplace.overlap", see="generated/torch.Tensor.add_")
def test_a_write_may_not_run_into_what_it_reads(device):
    """Where neither has gaps in memory, an operand that shares some of the written
    elements or has them in another order raises a RuntimeError, and so does adding to
    an expanded tensor, with nothing written; the tensor itself may be its operand.
    """
    x = torch.tensor([1, 2, 3], device=device)
    head, tail = x[:-1], x[1:]
    repeated = x[:1].expand(3)
    square = torch.tensor([[1, 2], [3, 4]], device=device)
    turned = square.t()

    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        tail.add_(head)
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        torch.add(head, 1, out=tail)
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        square.add_(turned)
    with pytest.raises(RuntimeError, match="refers to a single memory location"):
        repeated.add_(1)
    before = x.tolist()
    x.add_(x)

    assert (before, x.tolist()) == ([1, 2, 3], [2, 4, 6])
    assert square.tolist() == [[1, 2], [3, 4]]
    assert shares_storage(repeated, x)


# --- out= -----------------------------------------------------------------------------


@claim("tensor.inplace.out", see="generated/torch.add")
def test_out_is_overwritten_and_returned(device):
    """With ``out=`` a function writes its result into that tensor, in its dtype and
    strides, and returns it; it may be one of the operands, and is resized if it has no
    elements.
    """
    x = torch.tensor([[1, 2], [3, 4]], device=device)
    columns = torch.zeros(2, 2, dtype=torch.float64, device=device).t()
    empty = torch.zeros(0, dtype=torch.int32, device=device)
    itself = torch.tensor([5, 6], device=device)

    returned = [torch.add(x, 10, out=columns), torch.add(x, 10, out=empty)]
    doubled = torch.mul(itself, 2, out=itself)

    assert [returned[0] is columns, returned[1] is empty, doubled is itself] == [
        True
    ] * 3
    assert (columns.tolist(), columns.dtype) == ([[11, 12], [13, 14]], torch.float64)
    assert (columns.stride(), empty.dtype) == ((1, 2), torch.int32)
    assert (empty.tolist(), empty.shape) == ([[11, 12], [13, 14]], (2, 2))
    assert (itself.tolist(), x.tolist()) == ([10, 12], [[1, 2], [3, 4]])


@claim("tensor.inplace.out-of-another-shape", see="generated/torch.add")
def test_out_of_another_shape_is_resized_with_a_warning(device):
    """An ``out=`` that has elements and another shape is resized all the same, and a
    warning says that this will not go on.
    """
    x = torch.tensor([1, 2], device=device)
    out = torch.tensor([7, 8, 9], device=device)

    with pytest.warns(UserWarning, match="An output with one or more elements was res"):
        returned = torch.add(x, 1, out=out)

    assert returned is out
    assert (out.tolist(), out.shape) == ([2, 3], (2,))


@claim("tensor.inplace.out-of-a-lower-kind", see="tensor_attributes")
def test_out_of_a_lower_kind_of_dtype_is_refused(device):
    """An ``out=`` whose dtype is of a lower kind than the result raises a RuntimeError
    and is left as it is, with its shape.
    """
    x = torch.tensor([4.0, 9.0], device=device)
    ints = torch.tensor([7, 8], device=device)
    empty = torch.zeros(0, dtype=torch.int64, device=device)

    with pytest.raises(RuntimeError, match=r"type Float can't be cast to .* Long"):
        torch.sqrt(x, out=ints)
    with pytest.raises(RuntimeError, match=r"type Float can't be cast to .* Long"):
        torch.add(x, 1, out=ints)
    with pytest.raises(RuntimeError, match=r"type Float can't be cast to .* Long"):
        torch.add(x, 1, out=empty)

    assert (ints.tolist(), empty.shape, x.tolist()) == ([7, 8], (0,), [4, 9])

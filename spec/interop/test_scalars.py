"""Numbers.

A tensor of one element, whatever its shape, is turned into a Python number by item(),
or by float(), int(), bool() and complex(). The number has no history: it keeps no graph
alive, which is why a loss that is only printed or summed up is taken out this way.

The forms are commonly believed to be the same thing. item() gives the Python type that
belongs to the dtype, the others the type that they are named after; they raise
different errors; and from a certain release on float() warns where item() is silent.
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torch_semantics import claim

NO_FORMAT = "^unsupported format string passed to Tensor"
NO_INDEX = "^only integer tensors of a single element can be converted to an index$"
ONE_ELEMENT = "^only one element tensors can be converted to Python scalars$"
SCALAR_WARNING = "^Converting a tensor with requires_grad=True to a scalar may lead to"

# --- item -----------------------------------------------------------------------------


@claim("interop.item.python-number", see="generated/torch.Tensor.item")
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)], ids=["zero-dim", "1", "1x1"])
def test_item_gives_the_python_number_of_the_dtype(device, shape):
    """item() of a tensor of one element, of any shape, is a Python int, float, bool or
    complex according to the dtype.
    """
    dtypes = [
        *(torch.int64, torch.uint8, torch.bool, torch.float32),
        *(torch.float16, torch.bfloat16, torch.complex64),
    ]
    tensors = [torch.full(shape, 1, dtype=dtype, device=device) for dtype in dtypes]

    numbers = [tensor.item() for tensor in tensors]

    assert numbers == [1, 1, 1, 1, 1, 1, 1]
    assert [type(number) for number in numbers] == [
        *(int, int, bool, float, float, float, complex)
    ]


@claim("interop.item.any-number", see="generated/torch.Tensor.item")
@given(
    number=st.one_of(
        st.sampled_from([2**53 + 1, 2**63 - 1, -(2**63)]),
        st.integers(-100, 100),
        st.floats(width=32),
    ),
    dims=st.integers(0, 3),
)
def test_item_gives_back_every_number_that_the_dtype_holds(device, number, dims):
    """Every integer of 64 bits and every fraction of 32 bits comes back from item() and
    tolist() as it was, infinities and nan included.
    """
    dtype = torch.int64 if isinstance(number, int) else torch.float32
    tensor = torch.tensor(number, dtype=dtype, device=device)

    item = tensor.view((1,) * dims).item()

    assert (number, type(item), repr(item)) == (number, type(number), repr(number))
    assert (number, repr(tensor.tolist())) == (number, repr(number))


@claim("interop.item.float32-is-widened", see="generated/torch.Tensor.item")
def test_a_float32_is_widened_exactly(device):
    """A Python float has 64 bits: item() of a float32 is the rounded number exactly,
    and so not the decimal fraction that was written.
    """
    single = torch.tensor(0.1, dtype=torch.float32, device=device)

    number = single.item()

    assert number == 0.100000001490116119384765625
    assert number != 0.1


@claim("interop.item.one-element-only", see="generated/torch.Tensor.item", since="2.0")
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 0)], ids=["0", "3", "2x0"])
def test_item_of_none_or_several_elements_raises_a_runtime_error(device, shape):
    """item() of a tensor of no element or of several raises a RuntimeError that names
    their number.
    """
    tensor = torch.ones(shape, device=device)

    with pytest.raises(
        RuntimeError,
        match=f"^a Tensor with {math.prod(shape)} elements cannot be converted to",
    ):
        tensor.item()


@claim(
    "interop.item.one-element-only-value-error",
    see="generated/torch.Tensor.item",
    until="2.0",
)
@pytest.mark.parametrize("shape", [(0,), (3,)], ids=["0", "3"])
def test_item_of_none_or_several_elements_raises_a_value_error(device, shape):
    """item() of a tensor of no element or of several raises a ValueError."""
    tensor = torch.ones(shape, device=device)

    with pytest.raises(ValueError, match=ONE_ELEMENT):
        tensor.item()


@claim("interop.tolist.nested", see="generated/torch.Tensor.tolist")
def test_tolist_gives_numbers_in_lists_as_deep_as_the_shape(device):
    """tolist() gives the Python numbers of any number of elements, in lists nested as
    the dimensions are, and a bare number where there is no dimension.
    """
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)
    truth = torch.tensor([True, False], device=device)

    assert matrix.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert matrix.t().tolist() == [[1, 4], [2, 5], [3, 6]]
    assert matrix[0, 0].tolist() == 1
    assert matrix[:, :0].tolist() == [[], []]
    assert matrix[:0].tolist() == []
    assert truth.tolist() == [True, False]
    assert [type(each) for each in truth.tolist()] == [bool, bool]


@claim("interop.item.drops-the-graph", see="generated/torch.Tensor.item")
def test_item_and_tolist_leave_the_history_behind(device):
    """item() and tolist() of a tensor that requires gradients give plain numbers, with
    no warning, and leave the tensor and its history as they are.
    """
    weight = torch.tensor([3.0], requires_grad=True, device=device)
    loss = (weight * weight).sum()

    total = loss.item() + loss.item()

    assert (total, type(total)) == (18, float)
    assert (loss.tolist(), weight.tolist()) == (9, [3])
    assert loss.requires_grad
    loss.backward()
    assert weight.grad.tolist() == [6]


@claim("interop.item.reads-views", see="generated/torch.Tensor.item")
def test_item_reads_the_element_that_a_view_shows(device):
    """item() of a view reads the view's own element, and of a conjugate the conjugated
    number.
    """
    matrix = torch.tensor([[1, 2, 3], [4, 5, 6]], device=device)
    number = torch.tensor([1 + 2j], device=device)

    transposed, conjugate = matrix.t(), number.conj()

    assert matrix[1, 2].item() == 6
    assert transposed[2:, 1:].item() == 6
    assert transposed[1, 0].item() == 2
    assert conjugate.item() == 1 - 2j
    assert conjugate.imag.item() == -2


# --- float, int, bool, complex --------------------------------------------------------


@claim("interop.float.dunder-conversion", see="tensors")
def test_float_gives_a_float_of_every_real_dtype(device):
    """float() and __float__() of a tensor of one element, of any shape and real dtype,
    give a Python float.
    """
    tensors = [
        torch.tensor([[2]], device=device),
        torch.tensor(True, device=device),
        torch.tensor([2.5], dtype=torch.float16, device=device),
        torch.tensor([[7.5]], dtype=torch.bfloat16, device=device),
        torch.tensor(200, dtype=torch.uint8, device=device),
        torch.tensor(-0.5, device=device),
    ]

    numbers = [float(tensor) for tensor in tensors]
    others = [tensor.__float__() for tensor in tensors]

    assert numbers == others == [2.0, 1.0, 2.5, 7.5, 200.0, -0.5]
    assert [type(number) for number in [*numbers, *others]] == [float] * 12


@claim("interop.float.one-element-only", see="tensors")
@pytest.mark.parametrize(
    "convert", [float, int, complex], ids=["float", "int", "complex"]
)
def test_float_int_and_complex_take_one_element_only(device, convert):
    """float(), int() and complex() of a tensor of no element or of several raise a
    ValueError.
    """
    several = torch.ones(3, device=device)
    none = torch.ones(0, device=device)

    with pytest.raises(ValueError, match=ONE_ELEMENT):
        convert(several)
    with pytest.raises(ValueError, match=ONE_ELEMENT):
        convert(none)


@claim("interop.int.truncates", see="tensors")
def test_int_drops_the_fraction(device):
    """int() of a tensor drops the fraction, towards 0, and gives an int, of an int64
    the number itself; nan and the infinities raise the errors that they raise in
    Python.
    """
    tensor = torch.tensor([[-2.7]], device=device)

    assert (int(tensor), type(int(tensor))) == (-2, int)
    assert int(torch.tensor(2.7, device=device)) == 2
    assert int(torch.tensor(True, device=device)) == 1
    assert int(torch.tensor(2**53 + 1, device=device)) == 2**53 + 1
    with pytest.raises(OverflowError, match="cannot convert float infinity to integer"):
        int(torch.tensor(math.inf, device=device))
    with pytest.raises(ValueError, match="cannot convert float NaN to integer"):
        int(torch.tensor(math.nan, device=device))


@claim("interop.float.complex", see="tensors")
def test_a_complex_number_is_no_float_unless_it_is_real(device):
    """float() and int() of a complex tensor raise a RuntimeError unless the imaginary
    part is 0; complex() takes real dtypes as well.
    """
    number, real = torch.tensor([1 + 2j, 3 + 0j], device=device)

    with pytest.raises(
        RuntimeError, match=r"^value cannot be converted to type double"
    ):
        float(number)
    with pytest.raises(RuntimeError, match=r"^value cannot be converted to type"):
        int(number)
    assert (float(real), int(real)) == (3.0, 3)
    assert (type(float(real)), type(int(real))) == (float, int)
    assert complex(number) == 1 + 2j
    assert complex(torch.tensor([2], device=device)) == 2 + 0j
    assert complex(torch.tensor([-0.5], device=device)) == -0.5 + 0j
    assert complex(torch.tensor(True, device=device)) == 1 + 0j
    assert type(complex(torch.tensor(2, device=device))) is complex


@claim("interop.bool.nonzero", see="generated/torch.is_nonzero")
def test_bool_says_whether_the_one_element_is_not_zero(device):
    """bool() of a tensor of one element, as in ``if``, and is_nonzero() say whether it
    is not 0, as nan is not, and negative zero is.
    """
    tensors = [
        torch.tensor(each, device=device)
        for each in (0.0, [[2]], math.nan, 0j, False, [-1], 1j, -0.0, 1e-30)
    ]

    truths = [bool(tensor) for tensor in tensors]

    assert truths == [False, True, True, False, False, True, True, False, True]
    assert [tensor.is_nonzero() for tensor in tensors] == truths
    assert [torch.is_nonzero(tensor) for tensor in tensors] == truths


@claim("interop.bool.ambiguous", see="generated/torch.is_nonzero")
@pytest.mark.parametrize(
    "test", [bool, lambda tensor: tensor.is_nonzero()], ids=["bool", "is_nonzero"]
)
def test_bool_of_several_elements_is_ambiguous(device, test):
    """bool() and is_nonzero() of a tensor of no element or of several raise a
    RuntimeError, also where all elements agree.
    """
    several = torch.ones(2, device=device)
    none = torch.ones(0, device=device)

    with pytest.raises(RuntimeError, match="with more than one value is ambiguous"):
        test(several)
    with pytest.raises(RuntimeError, match="with no values is ambiguous"):
        test(none)


@claim("interop.index.integer-tensors", see="tensors")
def test_a_tensor_of_one_integer_is_an_index_for_python(device):
    """A tensor of one integer or bool serves as an index of a list and as a bound of
    range(), a negative one from the end; one of a fraction or a complex number, and one
    of no element or of several, raises a TypeError.
    """
    letters = ["a", "b", "c"]
    index = torch.tensor([[2]], device=device)

    assert letters[index] == "c"
    assert letters[torch.tensor(True, device=device)] == "b"
    assert letters[torch.tensor(-3, device=device)] == "a"
    assert list(range(index)) == [0, 1]
    with pytest.raises(TypeError, match=NO_INDEX):
        letters[torch.tensor(1.0, device=device)]
    with pytest.raises(TypeError, match=NO_INDEX):
        letters[torch.tensor(1 + 0j, device=device)]
    with pytest.raises(TypeError, match=NO_INDEX):
        letters[torch.tensor([0, 1], device=device)]
    with pytest.raises(TypeError, match=NO_INDEX):
        letters[index[:0]]


# --- the warning ----------------------------------------------------------------------


@claim("interop.float.warns-on-requires-grad", see="tensors", since="2.8")
@pytest.mark.parametrize(
    ("convert", "value"),
    [
        (float, 4.0),
        (complex, 4 + 0j),
        (lambda tensor: tensor.__float__(), 4.0),
        (lambda tensor: math.sqrt(tensor), 2.0),
        (lambda tensor: "%.1f" % tensor, "4.0"),  # noqa: UP031
    ],
    ids=["float", "complex", "dunder", "math", "percent"],
)
def test_float_of_a_tensor_that_requires_gradients_warns(device, convert, value):
    """float() and complex() of a tensor that requires gradients, be it a leaf or a
    result, and what calls them, warn of the conversion and give the number.
    """
    leaf = torch.tensor([4.0], requires_grad=True, device=device)
    result = leaf * 1

    with pytest.warns(UserWarning, match=SCALAR_WARNING):
        number = convert(leaf)
    with pytest.warns(UserWarning, match=SCALAR_WARNING):
        other = convert(result)

    assert (number, other) == (value, value)


@claim("interop.float.silent-on-requires-grad", see="tensors", until="2.8")
def test_float_of_a_tensor_that_requires_gradients_is_silent(device, recwarn):
    """float() of a tensor that requires gradients warns of nothing."""
    tensor = torch.tensor([4.0], requires_grad=True, device=device)

    assert float(tensor) == 4
    assert len(recwarn) == 0


@claim("interop.float.value-with-requires-grad", see="tensors")
@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")
def test_float_of_a_tensor_that_requires_gradients_gives_its_value(device):
    """float() of a tensor that requires gradients gives the number, be it a leaf or a
    result, and whether or not it warns.
    """
    leaf = torch.tensor([2.0], requires_grad=True, device=device)
    result = leaf * 3

    numbers = [float(leaf), float(result), complex(result)]

    assert numbers == [2, 6, 6]
    assert [type(number) for number in numbers] == [float, float, complex]
    assert (leaf.requires_grad, result.requires_grad) == (True, True)


@claim("interop.item.silent", see="generated/torch.Tensor.item")
def test_item_int_bool_and_detached_floats_warn_of_nothing(device, recwarn):
    """Of a tensor that requires gradients, item(), tolist(), int(), bool(), the float()
    of its detached alias, and float() with grad mode off warn of nothing.
    """
    tensor = torch.tensor([2.5], requires_grad=True, device=device)

    assert (tensor.item(), tensor.tolist()) == (2.5, [2.5])
    assert (int(tensor), bool(tensor)) == (2, True)
    assert float(tensor.detach()) == 2.5
    with torch.no_grad():
        assert float(tensor) == 2.5
    assert len(recwarn) == 0


# --- format ---------------------------------------------------------------------------


@claim("interop.format.scalar-tensor", see="tensors")
def test_a_tensor_without_dimensions_is_formatted_as_its_number(device):
    """A tensor without dimensions is formatted as its Python number, in str.format(),
    an f-string or with %; an f-string without a format shows the number too. str() and
    %s, which do not format, show tensor(...).
    """
    number = torch.tensor(1.23456789, device=device)
    whole = torch.tensor(7, device=device)

    assert "{:.5}".format(number.item()) == "1.2346"  # noqa: UP032
    assert "{:.5}".format(number) == "1.2346"  # noqa: UP032
    assert "%.2f" % number == "1.23"  # noqa: UP031
    assert (f"{number:8.3f}", f"{whole:03d}") == ("   1.235", "007")
    assert (f"{whole}", f"{whole * 0.5}") == ("7", "3.5")
    assert f"{torch.tensor(True, device=device)}" == "True"
    assert f"{whole!s}".startswith("tensor(7")
    assert ("%s" % whole).startswith("tensor(7")  # noqa: UP031
    with pytest.raises(ValueError, match="Unknown format code 'd'"):
        f"{number:d}"


@claim("interop.format.with-dimensions", see="tensors")
def test_a_tensor_with_dimensions_takes_no_format(device):
    """A tensor with dimensions, even of one element, raises a TypeError where a format
    is given; with % its one element is converted, and without a format it is written
    as its repr().
    """
    one = torch.tensor([1.25], device=device)
    two = torch.tensor([1, 2], device=device)

    with pytest.raises(TypeError, match=NO_FORMAT):
        f"{one:.5}"
    with pytest.raises(TypeError, match=NO_FORMAT):
        f"{two:d}"
    assert "%.1f" % one == "1.2"  # noqa: UP031
    with pytest.raises(ValueError, match=ONE_ELEMENT):
        "%.1f" % two  # noqa: UP031
    assert f"{two}".startswith("tensor([1, 2]")
    assert f"{two}" == repr(two)


@claim("interop.format.requires-grad", see="tensors")
def test_a_loss_may_be_formatted_and_a_parameter_may_not(device, recwarn):
    """A tensor without dimensions that requires gradients is formatted as its number,
    with no warning; a Parameter without dimensions takes no format.
    """
    weight = torch.nn.Parameter(torch.tensor(1.5, device=device))
    loss = weight * 2

    text = f"{loss:.2f}, {loss}"

    assert text == "3.00, 3.0"
    assert loss.requires_grad
    with pytest.raises(TypeError, match="unsupported format string passed to Param"):
        f"{weight:.2f}"
    assert f"{weight.item():.2f}" == "1.50"
    assert len(recwarn) == 0

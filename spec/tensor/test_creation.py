"""Creating tensors.

A tensor is made from data with torch.tensor(), which copies and reads the dtype off the
data, or from a size with zeros(), ones(), full(), empty() and their kin, which take the
default dtype. A name ending in _like takes shape, strides, dtype, device and layout
from a tensor that is there; a method beginning with new_ takes neither its shape nor
its strides.

It is commonly believed that torch.Tensor is another way to write torch.tensor. The
first is the class, whose call makes the default dtype of any list and reads integers as
sizes; the second is the function to use. It is also believed that full() gives floats:
it goes by the value that it is given. And with out=, the result and out are not two
tensors that share memory: they are one object.
"""

import math
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torch_semantics import claim
from torch_semantics.words import shares_storage


@contextmanager
def default_dtype(dtype):
    """Change the default dtype for the length of a block."""
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


# --- names ----------------------------------------------------------------------------


@claim("tensor.names.misspelled-apis-do-not-exist", see="torch")
def test_there_is_an_arange_a_repeat_and_a_matmul_and_no_other_spelling():
    """The names are torch.arange, Tensor.repeat and torch.matmul; arrange, repeate and
    matmu are AttributeErrors, which say where the name was looked for.
    """
    t = torch.tensor([1, 2])

    assert torch.arange(2).tolist() == [0, 1]
    assert t.repeat(2).tolist() == [1, 2, 1, 2]
    assert torch.matmul(t, t).item() == 5
    with pytest.raises(AttributeError, match=r"module 'torch' has no .* 'arrange'"):
        torch.arrange
    with pytest.raises(AttributeError, match=r"module 'torch' has no .* 'matmu'"):
        torch.matmu
    with pytest.raises(AttributeError, match=r"'Tensor' object has no .* 'repeate'"):
        t.repeate


@claim("tensor.dtype.aliases", see="tensor_attributes")
def test_short_names_of_dtypes_are_the_same_objects():
    """A short name such as torch.float or torch.long is the same object as the dtype
    with the number of bits in its name, whose name it prints.
    """
    assert torch.float is torch.float32
    assert torch.double is torch.float64
    assert torch.half is torch.float16
    assert torch.long is torch.int64
    assert torch.int is torch.int32
    assert torch.short is torch.int16
    assert torch.cfloat is torch.complex64
    assert torch.cdouble is torch.complex128
    assert (str(torch.float), repr(torch.long)) == ("torch.float32", "torch.int64")


@claim("tensor.dtype.python-types", see="tensor_attributes")
def test_python_types_stand_for_the_widest_dtypes(device):
    """As dtype=, Python's float, int and bool mean float64, int64 and bool: torch.float
    is float32, and Python's float is not.
    """
    tensors = [torch.ones(1, dtype=kind, device=device) for kind in (float, int, bool)]

    assert [t.dtype for t in tensors] == [torch.float64, torch.int64, torch.bool]
    assert torch.float is not float


# --- torch.tensor(): shape and dtype --------------------------------------------------


@claim("tensor.class-vs-function", see="tensors")
def test_tensor_is_a_function_and_its_results_are_of_a_class_tensor(device):
    """The function torch.tensor() needs data; torch.Tensor is the class of what it
    returns, of parameters too, and torch.Tensor() without data is an empty tensor.
    """
    made = torch.tensor(1, device=device)
    empty = torch.Tensor()

    assert isinstance(torch.Tensor, type)
    assert not isinstance(torch.tensor, type)
    assert type(made) is torch.Tensor
    assert isinstance(torch.nn.Parameter(torch.ones(1, device=device)), torch.Tensor)
    assert (empty.shape, empty.dtype) == ((0,), torch.float32)
    with pytest.raises(TypeError, match=r"missing 1 required .* argument.*data"):
        torch.tensor()


@claim("tensor.class-vs-function.typed-classes", see="tensors")
def test_a_tensor_is_an_instance_of_a_typed_class_that_is_not_its_type():
    """A CPU tensor of int64 passes for an instance of torch.LongTensor, and of no other
    such class, although its type is torch.Tensor.
    """
    t = torch.tensor(1)

    others = [
        *(torch.FloatTensor, torch.DoubleTensor, torch.HalfTensor, torch.BoolTensor),
        *(torch.BFloat16Tensor, torch.ByteTensor, torch.CharTensor, torch.ShortTensor),
        torch.IntTensor,
    ]

    assert isinstance(t, torch.LongTensor) is True
    assert [isinstance(t, other) for other in others] == [False] * 9
    assert type(t) is torch.Tensor


@claim("tensor.tensor.shape-follows-nesting", see="generated/torch.tensor")
def test_the_shape_of_a_tensor_follows_the_nesting_of_its_data(device):
    """Each level of nesting is a dimension, and the length of its lists the size; a
    number is a tensor without dimensions. The result is contiguous and requires no
    gradients.
    """
    datas = [7, [7], [[1, 2, 3], [4, 5, 6]], [[[1], [2]]], [], [[], []]]

    tensors = [torch.tensor(data, device=device) for data in datas]

    assert [t.tolist() for t in tensors] == datas
    assert [(t.shape, t.stride(), t.storage_offset()) for t in tensors] == [
        ((), (), 0),
        ((1,), (1,), 0),
        ((2, 3), (3, 1), 0),
        ((1, 2, 1), (2, 1, 1), 0),
        ((0,), (1,), 0),
        ((2, 0), (1, 1), 0),
    ]
    assert [(t.device, t.layout) for t in tensors] == [(device, torch.strided)] * 6
    assert [(t.requires_grad, t.is_leaf) for t in tensors] == [(False, True)] * 6


@claim("tensor.tensor.infers-dtype", see="generated/torch.tensor")
def test_the_dtype_of_a_tensor_is_inferred_from_all_of_its_data(device):
    """Without dtype=, the widest kind of number among all of the data decides, in the
    order bool, int, float, complex: int64 for ints, the default dtype for floats, and
    also for no data at all.
    """
    datas = [
        *([1, -2], [1.5, 2.0], [True, False], [1j, 2.0], [True, 2], [True, 2.5]),
        *([[1, 2], [3, 4.5]], [[1], [True]], [2.5, 1j], [], 3, 2.5, True, 1j),
    ]

    tensors = [torch.tensor(data, device=device) for data in datas]

    assert [(repr(t.tolist()), t.dtype) for t in tensors] == [
        ("[1, -2]", torch.int64),
        ("[1.5, 2.0]", torch.float32),
        ("[True, False]", torch.bool),
        ("[1j, (2+0j)]", torch.complex64),
        ("[1, 2]", torch.int64),
        ("[1.0, 2.5]", torch.float32),
        ("[[1.0, 2.0], [3.0, 4.5]]", torch.float32),
        ("[[1], [1]]", torch.int64),
        ("[(2.5+0j), 1j]", torch.complex64),
        ("[]", torch.float32),
        ("3", torch.int64),
        ("2.5", torch.float32),
        ("True", torch.bool),
        ("1j", torch.complex64),
    ]


@claim("tensor.tensor.numpy-dtype", see="generated/torch.tensor")
def test_numpy_data_keeps_its_dtype(device):
    """Arrays and scalars of NumPy keep their own dtype, alone and in a list, if torch
    has it: an array of floats gives float64, where a list of Python's floats gives
    float32. A dtype that torch lacks, such as longdouble, raises a TypeError.
    """
    datas = [
        np.array([1.5, 2.0]),
        np.array([1, 2], dtype=np.int16),
        np.array([True, False]),
        np.array([1j, 2], dtype=np.complex64),
        np.float64(1.5),
        [np.float32(1.5), np.float64(2.0)],
        [np.int16(3)],
        [1.5, 2.0],
    ]

    tensors = [torch.tensor(data, device=device) for data in datas]

    assert [(repr(t.tolist()), t.dtype) for t in tensors] == [
        ("[1.5, 2.0]", torch.float64),
        ("[1, 2]", torch.int16),
        ("[True, False]", torch.bool),
        ("[1j, (2+0j)]", torch.complex64),
        ("1.5", torch.float64),
        ("[1.5, 2.0]", torch.float64),
        ("[3]", torch.int16),
        ("[1.5, 2.0]", torch.float32),
    ]
    with pytest.raises(TypeError, match=r"can't convert np\.ndarray of type"):
        torch.tensor(np.array([1.5], dtype="longdouble"), device=device)


@claim("tensor.tensor.data-kinds", see="generated/torch.tensor")
@pytest.mark.parametrize(
    "data",
    [
        [[1, 2], [3, 4]],
        ((1, 2), (3, 4)),
        [(1, 2), range(3, 5)],
        np.array([[1, 2], [3, 4]], dtype=np.int64),
        [bytearray(b"\x01\x02"), memoryview(b"\x03\x04")],
        [[torch.tensor(1), 2], [np.int64(3), torch.tensor([[4]])]],
    ],
    ids=["lists", "tuples", "range", "array", "buffers", "one-element-tensors"],
)
def test_every_kind_of_sequence_makes_the_same_tensor(device, data):
    """Lists, tuples, ranges, arrays and other sequences of numbers make equal tensors;
    a tensor of one element counts as a number.
    """
    t = torch.tensor(data, device=device)

    assert (t.tolist(), t.dtype) == ([[1, 2], [3, 4]], torch.int64)
    assert (t.shape, t.stride()) == ((2, 2), (2, 1))


@claim("tensor.tensor.list-of-tensors", see="generated/torch.tensor")
def test_a_list_of_larger_tensors_is_refused(device):
    """A list of tensors with several elements each is refused, with a ValueError where
    the result would be of floats and a TypeError where it would be of ints;
    torch.stack() is what joins them.
    """
    floats = [torch.tensor([1.0, 2.0], device=device)]
    ints = [torch.tensor([1, 2], device=device)]

    with pytest.raises(ValueError, match="only one element tensors can be converted"):
        torch.tensor(floats, device=device)
    with pytest.raises(TypeError, match="only integer tensors of a single element"):
        torch.tensor(ints, device=device)
    with pytest.raises(ValueError, match="only one element tensors can be converted"):
        torch.tensor(ints, dtype=torch.float32, device=device)
    assert torch.stack(ints).tolist() == [[1, 2]]


@claim("tensor.tensor.list-of-tensors-dtype", see="generated/torch.tensor")
def test_one_element_tensors_bring_their_dtypes(device):
    """Tensors of one element in a list bring their own dtype, which is promoted with
    that of the others: with a Python int beside it an int8 becomes int64, and a float
    keeps its dtype.
    """
    byte = torch.tensor(1, dtype=torch.int8, device=device)
    short = torch.tensor(2, dtype=torch.int16, device=device)
    half = torch.tensor(3.0, dtype=torch.float16, device=device)
    datas = [[byte], [byte, short], [byte, 2], [half, 2], [byte, 2.5], [half, byte]]

    tensors = [torch.tensor(data, device=device) for data in datas]

    assert [t.dtype for t in tensors] == [
        *(torch.int8, torch.int16, torch.int64),
        *(torch.float16, torch.float32, torch.float16),
    ]
    assert [t.tolist() for t in tensors] == [
        [1],
        [1, 2],
        [1, 2],
        [3, 2],
        [1, 2.5],
        [3, 1],
    ]


@claim("tensor.tensor.list-of-arrays-warns", see="generated/torch.tensor")
def test_a_list_of_arrays_is_taken_and_warned_about(device):
    """A list of arrays is taken like a nested list; a UserWarning says it is slow."""
    with pytest.warns(UserWarning, match=r"list of numpy.ndarrays is extremely slow"):
        t = torch.tensor([np.array([1, 2]), np.array([3, 4])], device=device)

    assert (t.tolist(), t.dtype) == ([[1, 2], [3, 4]], torch.int64)


@claim("tensor.tensor.complex-is-no-dtype", see="tensor_attributes", until="2.5")
def test_pythons_complex_is_no_dtype():
    """Python's class complex as a dtype raises a TypeError, though float is one."""
    assert torch.tensor([1], dtype=float).dtype == torch.float64
    with pytest.raises(TypeError, match=r"'dtype' must be torch.dtype, not type"):
        torch.tensor([1], dtype=complex)


@claim("tensor.tensor.complex-as-dtype", see="tensor_attributes", since="2.5")
def test_pythons_complex_is_a_dtype():
    """Python's class complex as a dtype is complex128, as float is float64."""
    t = torch.tensor([1], dtype=complex)

    assert (t.tolist(), t.dtype) == ([1], torch.complex128)
    assert torch.zeros(2, dtype=complex).dtype == torch.complex128
    assert torch.tensor([1], dtype=float).dtype == torch.float64


@claim("tensor.tensor.data-keyword", see="generated/torch.tensor")
def test_data_may_be_a_keyword_and_the_dtype_has_to_be(device):
    """The data may be given by keyword; dtype may be given in no other way."""
    t = torch.tensor(data=[1, 2], dtype=torch.int32, device=device)

    assert (t.tolist(), t.dtype) == ([1, 2], torch.int32)
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        torch.tensor([1, 2], torch.int32)


# --- torch.tensor(): conversion -------------------------------------------------------


@claim("tensor.tensor.dtype-conversion", see="generated/torch.tensor")
def test_dtype_converts_the_data(device):
    """With dtype= the data is converted: fractions are cut off toward zero for ints,
    negative ints wrap round for uint8, and all ints of an array do; whatever is not 0
    is True for bool, and floats are rounded to the nearest there is, which may be
    infinite.
    """
    conversions = [
        ([1.7, -1.7], torch.int64),
        (np.array([1.7, -1.7]), torch.int32),
        ([-1, -255], torch.uint8),
        (np.array([256, -257]), torch.uint8),
        ([0, 0.5, 2, math.nan, 1j, 0j], torch.bool),
        ([True, False], torch.float64),
        ([1, 2], torch.complex128),
        ([1, 2], torch.float16),
        ([2**24 + 1, 1e40], torch.float32),
        ([-(2**31), 2**31 - 1], torch.int32),
    ]

    tensors = [
        torch.tensor(data, dtype=dtype, device=device) for data, dtype in conversions
    ]

    assert [t.dtype for t in tensors] == [dtype for _, dtype in conversions]
    assert [repr(t.tolist()) for t in tensors] == [
        "[1, -1]",
        "[1, -1]",
        "[255, 1]",
        "[0, 255]",
        "[False, True, True, True, True, False]",
        "[1.0, 0.0]",
        "[(1+0j), (2+0j)]",
        "[1.0, 2.0]",
        "[16777216.0, inf]",
        "[-2147483648, 2147483647]",
    ]


@claim("tensor.tensor.out-of-range", see="generated/torch.tensor")
@pytest.mark.parametrize(
    ("number", "dtype", "name"),
    [
        (256, torch.uint8, "uint8"),
        (-256, torch.uint8, "uint8"),
        (-1.5, torch.uint8, "uint8"),
        (128, torch.int8, "int8"),
        (-(2**15) - 1, torch.int16, "int16"),
        (2**31, torch.int32, "int32"),
        (float("nan"), torch.int64, "int64"),
        (float("inf"), torch.int64, "int64"),
    ],
    ids=["uint8", "uint8-below", "fraction", "int8", "int16", "int32", "nan", "inf"],
)
def test_a_number_that_does_not_fit_an_integer_dtype_is_refused(
    device, number, dtype, name
):
    """A number of Python beyond what an integer dtype of up to 32 bits holds raises a
    RuntimeError that names the dtype, and so do nan and infinity, for int64 too. Only
    the ints from -255 to -1 wrap round instead, in uint8.
    """
    with pytest.raises(
        RuntimeError, match=f"cannot be converted to type {name} without overflow"
    ):
        torch.tensor([number], dtype=dtype, device=device)


@claim("tensor.tensor.complex-to-real", see="generated/torch.tensor")
def test_a_complex_number_is_not_made_real(device):
    """A complex number of Python is refused with a TypeError where dtype= is a float or
    an integer, even without an imaginary part.
    """
    with pytest.raises(TypeError, match="must be real number, not complex"):
        torch.tensor([1j], dtype=torch.float32, device=device)
    with pytest.raises(TypeError, match="must be real number, not complex"):
        torch.tensor(1 + 0j, dtype=torch.float64, device=device)
    with pytest.raises(TypeError, match="'complex' object cannot be interpreted as an"):
        torch.tensor([1j], dtype=torch.int64, device=device)


@claim(
    "tensor.tensor.int-overflow-runtime-error",
    see="generated/torch.tensor",
    until="2.9",
)
@pytest.mark.parametrize("number", [2**63, -(2**63) - 1], ids=["above", "below"])
def test_an_int_beyond_int64_is_a_runtime_error(device, number):
    """An int beyond the range of int64 raises a RuntimeError where the dtype is to be
    inferred from it.
    """
    with pytest.raises(RuntimeError, match="Overflow when unpacking long"):
        torch.tensor([number], device=device)


@claim(
    "tensor.tensor.int-overflow-exception", see="generated/torch.tensor", since="2.9"
)
@pytest.mark.parametrize("number", [2**63, -(2**63) - 1], ids=["above", "below"])
def test_an_int_beyond_int64_is_a_value_error(device, number):
    """An int beyond the range of int64 raises a ValueError where the dtype is to be
    inferred from it; so does 2**64 as a seed.
    """
    with pytest.raises(ValueError, match="Overflow when unpacking long"):
        torch.tensor([number], device=device)
    with pytest.raises(ValueError, match="Overflow when unpacking long"):
        torch.Generator().manual_seed(2**64)


@claim("tensor.tensor.large-ints", see="generated/torch.tensor")
def test_the_outermost_ints_fit_and_floats_take_larger_ones(device):
    """The largest and the smallest int of int64 are kept exactly; a larger one is taken
    where the dtype is a float, inferred or given.
    """
    t = torch.tensor([2**63 - 1, -(2**63)], device=device)
    floats = torch.tensor([2**63, 2.5], device=device)
    asked = torch.tensor([2**63, 5], dtype=torch.float32, device=device)

    assert (t.tolist(), t.dtype) == ([2**63 - 1, -(2**63)], torch.int64)
    assert (floats.tolist(), floats.dtype) == ([2.0**63, 2.5], torch.float32)
    assert (asked.tolist(), asked.dtype) == ([2.0**63, 5], torch.float32)


# --- torch.tensor(): what is refused --------------------------------------------------


@claim("tensor.tensor.ragged-raises", see="generated/torch.tensor")
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([[1, 2], [3]], r"length 2 at dim 1 \(got 1\)"),
        ([[1], [2, 3]], r"length 1 at dim 1 \(got 2\)"),
        ([[[1, 2]], [[3]]], r"length 2 at dim 2 \(got 1\)"),
    ],
    ids=["too-short", "too-long", "deeper"],
)
def test_lists_of_unequal_lengths_are_refused(device, data, message):
    """Lists side by side of unequal lengths raise a ValueError, which names the length
    of the first, the dimension, and the length that it met.
    """
    with pytest.raises(ValueError, match=f"expected sequence of {message}"):
        torch.tensor(data, device=device)


@claim("tensor.tensor.mixed-depth-raises", see="generated/torch.tensor")
def test_the_first_element_decides_how_deep_the_data_is_nested(device):
    """How deep the data is nested is read off its first elements: a list where a number
    came first, and a number where a list came first, raise a TypeError.
    """
    with pytest.raises(
        TypeError, match="'list' object cannot be interpreted as an int"
    ):
        torch.tensor([1, [2]], device=device)
    with pytest.raises(TypeError, match="not a sequence"):
        torch.tensor([[1], 2], device=device)


@claim("tensor.tensor.empty-first-list", see="generated/torch.tensor", level="observed")
def test_after_an_empty_list_the_elements_of_the_others_are_lost(device):
    """Where the first of several lists is empty, what the others hold counts for the
    dtype only: the elements are lost without an error.
    """
    ints = torch.tensor([[], [1]], device=device)
    planes = torch.tensor([[], [1j]], device=device)

    assert (ints.tolist(), ints.shape, ints.dtype) == ([[], []], (2, 0), torch.float32)
    assert (planes.shape, planes.dtype) == ((2, 0), torch.complex64)


@claim("tensor.tensor.bad-data-raises", see="generated/torch.tensor")
@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ("abc", TypeError, "invalid data type 'str'"),
        (b"abc", TypeError, "invalid data type 'bytes'"),
        (["abc"], ValueError, "too many dimensions 'str'"),
        (None, RuntimeError, "Could not infer dtype of NoneType"),
        ([1, None], RuntimeError, "Could not infer dtype of NoneType"),
        ({}, RuntimeError, "Could not infer dtype of dict"),
        ({1}, RuntimeError, "Could not infer dtype of set"),
        (iter([1]), RuntimeError, "Could not infer dtype of list_iterator"),
    ],
    ids=["str", "bytes", "strs", "None", "None-in-list", "dict", "set", "iterator"],
)
def test_data_that_is_not_numbers_is_refused(device, data, error, message):
    """A string or bytes raise a TypeError, and a list of strings a ValueError; None,
    dicts, sets and iterators raise a RuntimeError, because no dtype can be read off
    them.
    """
    with pytest.raises(error, match=message):
        torch.tensor(data, device=device)


@claim("tensor.tensor.bad-dtype-raises", see="generated/torch.tensor")
def test_a_dtype_is_not_given_by_its_name(device):
    """A string given as dtype= raises a TypeError: a dtype is not given by its name."""
    with pytest.raises(TypeError, match=r"'dtype' must be torch.dtype, not str"):
        torch.tensor([1], dtype="float32", device=device)
    with pytest.raises(TypeError, match=r"dtype.*str"):
        torch.zeros(1, dtype="float32", device=device)


# --- copies and aliases ---------------------------------------------------------------


@claim("tensor.tensor.always-copies", see="generated/torch.tensor")
def test_tensor_copies_lists_arrays_and_buffers(device):
    """Data is always copied: what is written to the list, the array or the buffer later
    is not seen in the tensor, nor the other way round.
    """
    sources = [[1, 2], np.array([1, 2]), bytearray(b"\x01\x02")]

    tensors = [torch.tensor(source, device=device) for source in sources]
    sources[0][0], sources[1][0], sources[2][0] = 9, 9, 9
    tensors[1][1] = 5

    assert [t.tolist() for t in tensors] == [[1, 2], [1, 5], [1, 2]]
    assert [list(source) for source in sources] == [[9, 2], [9, 2], [9, 2]]


@claim("tensor.tensor.keeps-array-strides", see="generated/torch.tensor")
def test_a_copied_array_keeps_its_strides_if_it_has_no_gaps(device):
    """The copy of a transposed array is transposed too, and so not contiguous; the copy
    of an array with gaps or repeats has none, and its dimensions keep the order that
    they have in memory.
    """
    array = np.arange(6).reshape(2, 3)

    transposed = torch.tensor(array.T, device=device)
    gaps = torch.tensor(array[:, ::2], device=device)
    both = torch.tensor(array.T[::2], device=device)
    repeats = torch.tensor(np.broadcast_to(array[0], (2, 3)), device=device)

    assert transposed.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert (transposed.stride(), transposed.is_contiguous()) == ((1, 3), False)
    assert (gaps.tolist(), gaps.stride()) == ([[0, 2], [3, 5]], (2, 1))
    assert (both.tolist(), both.stride()) == ([[0, 3], [2, 5]], (1, 2))
    assert (repeats.tolist(), repeats.stride()) == ([[0, 1, 2], [0, 1, 2]], (3, 1))


@claim("tensor.tensor.from-tensor-warns", see="generated/torch.tensor")
def test_tensor_of_a_tensor_is_a_detached_copy_with_a_warning(device):
    """Given a tensor, torch.tensor() returns a copy of the same dtype that has no
    history and requires no gradients, with a UserWarning that recommends clone() and
    detach().
    """
    leaf = torch.tensor([1.0, 2.0], dtype=torch.float64, device=device)
    source = leaf.requires_grad_() * 2

    with pytest.warns(UserWarning, match=r"To copy construct from a tensor.*clone"):
        copy = torch.tensor(source)
    with pytest.warns(UserWarning, match=r"To copy construct from a tensor.*clone"):
        of_leaf = torch.tensor(leaf)
    source.data[0] = 9.0

    assert (copy.tolist(), copy.dtype, copy.device) == ([2, 4], torch.float64, device)
    assert (copy.requires_grad, copy.is_leaf, copy.grad_fn) == (False, True, None)
    assert (of_leaf.tolist(), of_leaf.requires_grad) == ([1, 2], False)
    assert (source.tolist(), source.requires_grad) == ([9.0, 4.0], True)


@claim("tensor.tensor.from-tensor-keywords", see="generated/torch.tensor")
def test_tensor_of_a_tensor_takes_dtype_and_requires_grad(device):
    """The copy of a tensor is a leaf that requires gradients where that is asked for,
    and takes the dtype asked for; a transposed one keeps its strides.
    """
    source = torch.arange(6, device=device).view(2, 3).t()

    with pytest.warns(UserWarning, match="To copy construct from a tensor"):
        copy = torch.tensor(source, dtype=torch.float64, requires_grad=True)

    assert copy.tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    assert (copy.dtype, copy.stride()) == (torch.float64, (1, 3))
    assert (copy.requires_grad, copy.is_leaf) == (True, True)
    assert shares_storage(copy, source) is False


@claim("tensor.as-tensor.array-is-shared", see="generated/torch.as_tensor")
@pytest.mark.parametrize(
    "share",
    [
        lambda array, **kind: torch.as_tensor(array, **kind),
        lambda array, **kind: torch.asarray(array, **kind),
    ],
    ids=["as_tensor", "asarray"],
)
def test_as_tensor_shares_the_memory_of_an_array(share):
    """Both as_tensor() and asarray() of an array lie over the array's own memory on the
    CPU: a write to either is seen in both. For another dtype they copy.
    """
    array = np.array([1, 2, 3])

    shared = share(array)
    converted = share(array, dtype=torch.float32)
    array[0] = 9
    shared[2] = 7

    assert (shared.tolist(), array.tolist()) == ([9, 2, 7], [9, 2, 7])
    assert (shared.dtype, shared.requires_grad) == (torch.int64, False)
    assert (converted.tolist(), converted.dtype) == ([1, 2, 3], torch.float32)


@claim("tensor.as-tensor.tensor-is-returned", see="generated/torch.as_tensor")
@pytest.mark.parametrize(
    "share",
    [
        lambda t: torch.as_tensor(t),
        lambda t: torch.as_tensor(t, dtype=t.dtype, device=t.device),
        lambda t: torch.as_tensor(data=t),
        lambda t: torch.asarray(t, requires_grad=True),
        lambda t: torch.asarray(t, copy=False, requires_grad=True),
    ],
    ids=["as_tensor", "as_tensor-same-kind", "keyword", "asarray", "asarray-no-copy"],
)
def test_as_tensor_of_a_tensor_is_that_tensor(device, share):
    """A tensor that has the dtype and the device already is returned itself, with its
    requires_grad.
    """
    t = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    result = share(t)

    assert result is t
    assert (result.tolist(), result.requires_grad) == ([1.0, 2.0], True)


@claim("tensor.as-tensor.converts", see="generated/torch.as_tensor")
def test_as_tensor_converts_with_history(device):
    """A tensor of another dtype is converted by as_tensor() in a new tensor, through
    which gradients flow back.
    """
    t = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    result = torch.as_tensor(t, dtype=torch.float16)
    result.sum().backward()

    assert (result.tolist(), result.dtype) == ([1.0, 2.0], torch.float16)
    assert (result.is_leaf, shares_storage(result, t)) == (False, False)
    assert (t.grad.tolist(), t.dtype) == ([1.0, 1.0], torch.float32)


@claim("tensor.as-tensor.list-is-copied", see="generated/torch.as_tensor")
@pytest.mark.parametrize(
    "make",
    [
        lambda data, **kind: torch.as_tensor(data, **kind),
        lambda data, **kind: torch.asarray(data, **kind),
    ],
    ids=["as_tensor", "asarray"],
)
def test_as_tensor_of_a_list_is_what_tensor_makes_of_it(device, make):
    """From lists and numbers as_tensor() and asarray() make a tensor with the inferred
    dtype, or that of dtype=; a list is copied, as it has no memory to share.
    """
    source = [[1, 2], [3, 4.5]]

    t = make(source, device=device)
    ints = make(source, dtype=torch.int32, device=device)
    source[0][0] = 9

    assert (t.tolist(), t.dtype) == ([[1, 2], [3, 4.5]], torch.float32)
    assert (ints.tolist(), ints.dtype) == ([[1, 2], [3, 4]], torch.int32)
    assert (make(5, device=device).tolist(), make(5).dtype) == (5, torch.int64)
    with pytest.raises(RuntimeError, match="Could not infer dtype of NoneType"):
        make(None, device=device)


@claim("tensor.asarray.copy", see="generated/torch.asarray")
def test_asarray_copies_on_request(device):
    """With copy=True, asarray() copies also what it could share; with copy=False it
    raises a ValueError where it would have to copy.
    """
    t = torch.tensor([1, 2], device=device)

    copy = torch.asarray(t, copy=True)
    t[0] = 9

    assert (copy.tolist(), copy.dtype, t.tolist()) == ([1, 2], torch.int64, [9, 2])
    assert shares_storage(copy, t) is False
    with pytest.raises(
        ValueError, match="can't alias arbitrary sequence into a tensor"
    ):
        torch.asarray([1, 2], copy=False)
    with pytest.raises(ValueError, match="can't alias tensor with dtype 'Long' into"):
        torch.asarray(t, dtype=torch.float32, copy=False)


@claim(
    "tensor.asarray.clears-requires-grad", see="generated/torch.asarray", until="2.12"
)
@pytest.mark.filterwarnings("ignore:torch.asarray")
def test_asarray_turns_requires_grad_off_unless_asked(device):
    """Without requires_grad=True, asarray() turns requires_grad off, in the very tensor
    that it is given and returns.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)

    result = torch.asarray(leaf)

    assert result is leaf
    assert leaf.requires_grad is False


@claim(
    "tensor.asarray.keeps-requires-grad", see="generated/torch.asarray", since="2.12"
)
@pytest.mark.filterwarnings("ignore:torch.asarray")
def test_asarray_keeps_requires_grad_unless_asked_otherwise(device):
    """Without requires_grad=, asarray() leaves requires_grad as it is; False turns it
    off, in the very tensor that it is given and returns.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)

    kept = torch.asarray(leaf)
    before = leaf.requires_grad
    cleared = torch.asarray(leaf, requires_grad=False)

    assert kept is leaf
    assert cleared is leaf
    assert (before, leaf.requires_grad) == (True, False)


@claim("tensor.frombuffer.shares-memory", see="generated/torch.frombuffer")
def test_frombuffer_lies_over_the_memory_of_a_buffer():
    """frombuffer() reads the bytes of a writable buffer as elements of a dtype, which
    has to be given, without copying: a write to either is seen in both.
    """
    buffer = bytearray(b"\x01\x02\x03\x04")

    t = torch.frombuffer(buffer, dtype=torch.uint8)
    middle = torch.frombuffer(buffer, dtype=torch.uint8, offset=1, count=2)
    wide = torch.frombuffer(bytearray(2 * b"\x01\x01"), dtype=torch.int16)
    t[1] = 9
    buffer[2] = 8

    assert (t.tolist(), t.dtype, list(buffer)) == (
        [1, 9, 8, 4],
        torch.uint8,
        [1, 9, 8, 4],
    )
    assert (middle.tolist(), middle.shape) == ([9, 8], (2,))
    assert (wide.tolist(), wide.dtype) == ([257, 257], torch.int16)
    assert (t.requires_grad, t.is_leaf) == (False, True)


@claim("tensor.frombuffer.refuses", see="generated/torch.frombuffer")
def test_frombuffer_refuses_what_does_not_fit_the_buffer():
    """A length that is no multiple of the element's, a count or an offset past the end,
    an empty buffer, and anything that is no buffer raise a ValueError; a missing dtype
    raises a TypeError. A buffer that can't be written gives a UserWarning.
    """
    buffer = bytearray(b"\x01\x02\x03")

    with pytest.raises(ValueError, match="must be a multiple of element size"):
        torch.frombuffer(buffer, dtype=torch.int16)
    with pytest.raises(
        ValueError, match="must not be greater than actual buffer length"
    ):
        torch.frombuffer(buffer, dtype=torch.uint8, count=4)
    with pytest.raises(ValueError, match="no greater than buffer length"):
        torch.frombuffer(buffer, dtype=torch.uint8, offset=3)
    with pytest.raises(ValueError, match="must not be 0"):
        torch.frombuffer(bytearray(), dtype=torch.uint8)
    with pytest.raises(ValueError, match="does not implement Python buffer protocol"):
        torch.frombuffer([1], dtype=torch.uint8)
    with pytest.raises(TypeError, match="dtype"):
        torch.frombuffer(buffer)
    with pytest.warns(UserWarning, match="buffer is not writable"):
        torch.frombuffer(b"\x01", dtype=torch.uint8)


# --- the class as a constructor -------------------------------------------------------


@claim("tensor.legacy-constructor.always-default-dtype", see="tensors")
def test_calling_the_class_converts_to_the_default_dtype():
    """Called with a sequence, torch.Tensor() converts it to the default dtype, whatever
    it holds, where torch.tensor() would infer int64 from ints.
    """
    t = torch.Tensor([[1, 2], [3, 4]])

    with default_dtype(torch.float64):
        double = torch.Tensor([True, 2])

    assert (t.tolist(), t.dtype) == ([[1, 2], [3, 4]], torch.float32)
    assert (t.shape, t.stride(), t.requires_grad) == ((2, 2), (2, 1), False)
    assert (double.tolist(), double.dtype) == ([1, 2], torch.float64)
    assert torch.tensor([[1, 2], [3, 4]]).dtype is torch.int64
    assert torch.Tensor((2, 3)).tolist() == [2.0, 3.0]


@claim("tensor.legacy-constructor.ints-are-sizes", see="tensors")
def test_calling_the_class_with_ints_gives_sizes():
    """Called with ints or a torch.Size, torch.Tensor() makes an uninitialised tensor of
    that size, where torch.tensor(3) holds the number 3.
    """
    assert (torch.Tensor(3).shape, torch.Tensor(2, 3).shape) == ((3,), (2, 3))
    assert torch.Tensor(torch.Size([2, 3])).shape == (2, 3)
    assert (torch.Tensor(2, 0).shape, torch.Tensor(3).dtype) == ((2, 0), torch.float32)
    assert (torch.tensor(3).shape, torch.tensor(3).item()) == ((), 3)


@claim("tensor.legacy-constructor.refuses", see="tensors")
def test_calling_the_class_takes_neither_a_float_nor_a_dtype():
    """A float, a bool and None raise a TypeError, as they are neither a size nor a
    sequence; so does dtype=. A negative size raises a RuntimeError.
    """
    with pytest.raises(TypeError, match=r"data must be a sequence \(got float\)"):
        torch.Tensor(2.5)
    with pytest.raises(TypeError, match=r"data must be a sequence \(got bool\)"):
        torch.Tensor(True)
    with pytest.raises(TypeError, match=r"data must be a sequence \(got NoneType\)"):
        torch.Tensor(None)
    with pytest.raises(TypeError, match="received an invalid combination of arguments"):
        torch.Tensor([1], dtype=torch.int64)
    with pytest.raises(RuntimeError, match="negative dimension -1"):
        torch.Tensor(-1)


@claim("tensor.legacy-constructor.of-a-tensor", see="tensors", level="observed")
def test_calling_the_class_with_a_tensor_gives_an_alias():
    """Called with a tensor, torch.Tensor() makes another tensor over the same storage,
    of that tensor's dtype and not of the default one.
    """
    t = torch.tensor([1, 2])

    alias = torch.Tensor(t)
    alias[0] = 9

    assert alias is not t
    assert (t.tolist(), alias.tolist(), alias.dtype) == ([9, 2], [9, 2], torch.int64)


@claim("tensor.float-tensor.from-python-ints", see="tensors")
def test_float_tensor_makes_floats_of_ints():
    """torch.FloatTensor() makes a plain float32 tensor on the CPU, also from a nested
    list of ints, of which torch.tensor() would make int64.
    """
    data = [[1, 2], [3, 4]]

    t = torch.FloatTensor(data)

    assert (t.tolist(), t.dtype) == ([[1.0, 2.0], [3.0, 4.0]], torch.float32)
    assert (t.shape, t.stride(), t.device.type) == ((2, 2), (2, 1), "cpu")
    assert (type(t), t.type()) == (torch.Tensor, "torch.FloatTensor")
    assert (t.requires_grad, t.is_leaf) == (False, True)
    assert torch.tensor(data).dtype is torch.int64


@claim("tensor.float-tensor.sizes-and-empty", see="tensors")
def test_float_tensor_reads_ints_as_sizes():
    """torch.FloatTensor(2, 3) has that size, torch.FloatTensor() no elements; a ragged
    list raises a ValueError, and a single float a TypeError.
    """
    assert torch.FloatTensor(2, 3).shape == (2, 3)
    assert (torch.FloatTensor().shape, torch.FloatTensor().tolist()) == ((0,), [])
    with pytest.raises(ValueError, match=r"length 2 at dim 1 \(got 1\)"):
        torch.FloatTensor([[1, 2], [3]])
    with pytest.raises(TypeError, match=r"data must be a sequence \(got float\)"):
        torch.FloatTensor(2.5)


@claim("tensor.float-tensor.ignores-the-default", see="tensors")
def test_typed_constructors_ignore_the_default_dtype():
    """Typed constructors have their own dtype and convert to it, whatever the default
    is; torch.Tensor follows the default.
    """
    with default_dtype(torch.float64):
        tensors = [
            torch.FloatTensor([1, 2]),
            torch.LongTensor([1.7, -1.7]),
            torch.BoolTensor([0, 2]),
            torch.HalfTensor([1]),
            torch.Tensor([1]),
        ]

    assert [t.dtype for t in tensors] == [
        torch.float32,
        torch.int64,
        torch.bool,
        torch.float16,
        torch.float64,
    ]
    assert tensors[1].tolist() == [1, -1]
    assert tensors[2].tolist() == [False, True]


# --- the default dtype ----------------------------------------------------------------


@claim("tensor.default-dtype.decides-floats", see="generated/torch.set_default_dtype")
def test_the_default_dtype_is_that_of_floats_and_of_filled_tensors(device):
    """The default dtype, float32 at first, is what Python's floats become and what
    tensors made from sizes have; set_default_dtype() changes it.
    """
    makers = [
        lambda: torch.tensor(1.5, device=device),
        lambda: torch.tensor([True, 1.5], device=device),
        lambda: torch.tensor([], device=device),
        lambda: torch.as_tensor([1.5], device=device),
        lambda: torch.zeros(1, device=device),
        lambda: torch.ones(1, device=device),
        lambda: torch.empty(1, device=device),
        lambda: torch.empty_strided((1,), (1,), device=device),
        lambda: torch.eye(1, device=device),
        lambda: torch.full((1,), 1.5, device=device),
        lambda: torch.scalar_tensor(3, device=device),
    ]

    at_first = [make().dtype for make in makers]
    with default_dtype(torch.float64):
        known = torch.get_default_dtype()
        changed = [make().dtype for make in makers]

    assert at_first == [torch.float32] * 11
    assert changed == [torch.float64] * 11
    assert (known, torch.get_default_dtype()) == (torch.float64, torch.float32)


@claim("tensor.default-dtype.complex", see="generated/torch.set_default_dtype")
def test_the_default_dtype_decides_the_width_of_complex_numbers(device):
    """Python's complex numbers become complex64 where the default dtype is float32, and
    complex128 where it is float64.
    """
    at_first = [torch.tensor(1j, device=device), torch.full((1,), 1j, device=device)]

    with default_dtype(torch.float64):
        changed = [
            torch.tensor([1, 1j], device=device),
            torch.full((1,), 1j, device=device),
        ]

    assert [t.dtype for t in at_first] == [torch.complex64, torch.complex64]
    assert [t.dtype for t in changed] == [torch.complex128, torch.complex128]


@claim("tensor.default-dtype.leaves-alone", see="generated/torch.set_default_dtype")
def test_the_default_dtype_leaves_ints_arrays_and_other_tensors_alone(device):
    """Ints, bools, arrays and what takes its dtype from another tensor do not depend on
    the default dtype, and tensors that are there keep theirs.
    """
    before = torch.ones(1, device=device)
    array = np.ones(1, dtype=np.float32)

    with default_dtype(torch.float64):
        tensors = [
            torch.tensor([1, True], device=device),
            torch.full((1,), 1, device=device),
            torch.arange(1, device=device),
            torch.full((1,), True, device=device),
            torch.tensor(array, device=device),
            torch.zeros_like(before),
            before.new_zeros(1),
            before + 1,
        ]

    assert [t.dtype for t in tensors[:3]] == [torch.int64] * 3
    assert tensors[3].dtype is torch.bool
    assert [t.dtype for t in tensors[4:]] == [torch.float32] * 4


@claim("tensor.default-dtype.floats-only", see="generated/torch.set_default_dtype")
@pytest.mark.parametrize(
    "dtype",
    [torch.int64, torch.bool, torch.complex64, "float64"],
    ids=["int64", "bool", "complex64", "string"],
)
def test_the_default_dtype_has_to_be_a_float(dtype):
    """Setting the default to an integer, boolean or complex dtype, or to a name, raises
    a TypeError, and the default stays.
    """
    with pytest.raises(TypeError, match="only floating-point types are supported as"):
        torch.set_default_dtype(dtype)

    assert torch.get_default_dtype() is torch.float32


@claim(
    "tensor.default-tensor-type.sets-the-dtype",
    see="generated/torch.set_default_tensor_type",
)
@pytest.mark.filterwarnings("ignore:torch.set_default_tensor_type")
def test_the_default_tensor_type_sets_the_default_dtype():
    """With set_default_tensor_type(), given a floating type or its name, the default
    dtype changes; an integer type raises a TypeError and changes nothing.
    """
    torch.set_default_tensor_type(torch.DoubleTensor)
    double = torch.tensor(1.5)
    with pytest.raises(TypeError, match="only floating-point types are supported as"):
        torch.set_default_tensor_type(torch.LongTensor)
    kept = torch.zeros(1)
    torch.set_default_tensor_type("torch.FloatTensor")

    assert (double.dtype, kept.dtype) == (torch.float64, torch.float64)
    assert (torch.tensor(1.5).dtype, torch.get_default_dtype()) == (
        torch.float32,
        torch.float32,
    )


@claim(
    "tensor.default-tensor-type.deprecated",
    see="generated/torch.set_default_tensor_type",
    since="2.1",
)
def test_the_default_tensor_type_is_deprecated():
    """set_default_tensor_type() warns that it is deprecated, and still sets the default
    dtype; set_default_dtype() takes its place, without a warning.
    """
    with default_dtype(torch.float32):
        with pytest.warns(UserWarning, match=r"deprecated as of PyTorch 2\.1"):
            torch.set_default_tensor_type(torch.DoubleTensor)
        changed = torch.tensor(1.5).dtype
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            torch.set_default_dtype(torch.float32)
        back = torch.tensor(1.5).dtype

    assert (changed, back) == (torch.float64, torch.float32)


# --- zeros(), ones(), full(), eye() ---------------------------------------------------


@claim("tensor.zeros.size-forms", see="generated/torch.zeros")
@pytest.mark.parametrize(
    "make",
    [
        lambda *size, **kind: torch.zeros(*size, **kind),
        lambda *size, **kind: torch.ones(*size, **kind),
        lambda *size, **kind: torch.empty(*size, **kind),
        lambda *size, **kind: torch.zeros(1).to(kind["device"]).new_zeros(*size),
        lambda *size, **kind: torch.zeros(1).to(kind["device"]).new_ones(*size),
        lambda *size, **kind: torch.zeros(1).to(kind["device"]).new_empty(*size),
    ],
    ids=["zeros", "ones", "empty", "new_zeros", "new_ones", "new_empty"],
)
def test_a_size_is_spread_out_or_in_one_collection(device, make):
    """The size is given as several ints or as one tuple, list or torch.Size of them."""
    spread = make(2, 3, device=device)
    collected = [
        make(size, device=device) for size in ((2, 3), [2, 3], torch.Size([2, 3]))
    ]

    assert (spread.shape, spread.stride(), spread.device) == ((2, 3), (3, 1), device)
    assert [t.shape for t in collected] == [(2, 3)] * 3
    assert (make(4, device=device).shape, make((4,), device=device).shape) == (
        (4,),
        (4,),
    )


@claim("tensor.zeros.size-keyword", see="generated/torch.zeros")
def test_a_size_may_be_a_keyword(device):
    """The size may be given as the keyword size=."""
    tensors = [
        torch.zeros(size=(2, 3), device=device),
        torch.ones(size=(2, 3), device=device),
        torch.empty(size=(2, 3), device=device),
        torch.full(size=(2, 3), fill_value=7, device=device),
        torch.zeros(1, device=device).new_zeros(size=(2, 3)),
        torch.zeros(1, device=device).new_full(size=(2, 3), fill_value=7),
    ]

    assert [t.shape for t in tensors] == [(2, 3)] * 6
    assert [t.tolist() for t in tensors[3::2]] == [[[7, 7, 7], [7, 7, 7]]] * 2


@claim("tensor.zeros.small-sizes", see="generated/torch.zeros")
def test_a_size_may_be_empty_or_have_zeros(device):
    """An empty size makes a tensor of one element without dimensions; a 0 among the
    sizes makes one without elements.
    """
    scalar = torch.zeros((), device=device)
    no_rows = torch.zeros(0, 3, device=device)
    no_columns = torch.zeros(3, 0, device=device)

    assert (scalar.item(), scalar.shape, scalar.numel()) == (0.0, (), 1)
    assert torch.zeros([], device=device).shape == ()
    assert (no_rows.tolist(), no_rows.shape, no_rows.stride()) == ([], (0, 3), (3, 1))
    assert (no_columns.tolist(), no_columns.stride()) == ([[], [], []], (1, 1))


@claim("tensor.zeros.sizes-in-tensors", see="generated/torch.zeros")
def test_a_size_may_be_an_int_of_another_kind(device):
    """A size may be an int of NumPy or an integer tensor of one element; a tensor of
    several sizes raises a TypeError, and so does one of a float.
    """
    two = torch.tensor(2, device=device)

    tensors = [
        torch.zeros(two, device=device),
        torch.zeros(two, 3, device=device),
        torch.zeros((3, two), device=device),
        torch.zeros(torch.tensor([2], device=device), device=device),
        torch.zeros(np.int64(2), device=device),
    ]

    assert [t.shape for t in tensors] == [(2,), (2, 3), (3, 2), (2,), (2,)]
    with pytest.raises(TypeError, match=r"argument 'size'.* not Tensor|type Tensor at"):
        torch.zeros(torch.tensor([2, 3]))
    with pytest.raises(TypeError, match=r"argument 'size'.* Tensor"):
        torch.zeros(torch.tensor(2.0))


@claim("tensor.zeros.bad-sizes", see="generated/torch.zeros")
@pytest.mark.parametrize(
    "make",
    [
        lambda *size: torch.zeros(*size),
        lambda *size: torch.ones(*size),
        lambda *size: torch.empty(*size),
        lambda *size: torch.rand(*size),
    ],
    ids=["zeros", "ones", "empty", "rand"],
)
def test_a_missing_size_and_a_float_raise_a_type_error(make):
    """No size at all, a float, a string and None raise a TypeError."""
    with pytest.raises(TypeError, match="size"):
        make()
    with pytest.raises(TypeError, match=r"argument 'size'.*float"):
        make(2.0)
    with pytest.raises(TypeError, match=r"argument 'size'.*float"):
        make(2, 3.0)
    with pytest.raises(TypeError, match=r"argument 'size'.*str"):
        make("2")
    with pytest.raises(TypeError, match=r"argument 'size'.*NoneType"):
        make(None)


@claim("tensor.zeros.negative-size", see="generated/torch.zeros")
@pytest.mark.parametrize(
    "make",
    [
        lambda size, **kind: torch.zeros(size, **kind),
        lambda size, **kind: torch.ones(size, **kind),
        lambda size, **kind: torch.empty(size, **kind),
        lambda size, **kind: torch.full(size, 1.0, **kind),
        lambda size, **kind: torch.rand(size, **kind),
        lambda size, **kind: torch.randn(size, **kind),
    ],
    ids=["zeros", "ones", "empty", "full", "rand", "randn"],
)
def test_a_negative_size_is_refused(device, make):
    """A negative size raises a RuntimeError, also beside others; -1 is not inferred."""
    with pytest.raises(
        RuntimeError, match=r"negative dimension -1|must be non-negative"
    ):
        make((-1,), device=device)
    with pytest.raises(
        RuntimeError, match=r"negative dimension -2|must be non-negative"
    ):
        make((2, -2), device=device)
    with pytest.raises(
        RuntimeError, match=r"negative dimension -1|must be non-negative"
    ):
        make((0, -1), device=device)


@claim("tensor.zeros.default-dtype", see="generated/torch.zeros")
def test_zeros_have_the_defaults_unless_asked_otherwise(device):
    """All elements of zeros() are 0, and it is a contiguous, strided leaf of the
    default dtype that requires no gradients.
    """
    t = torch.zeros(2, 3, device=device)
    with default_dtype(torch.float64):
        double = torch.zeros(2, device=device)

    assert (t.tolist(), t.dtype) == ([[0, 0, 0], [0, 0, 0]], torch.float32)
    assert (t.stride(), t.layout, t.device) == ((3, 1), torch.strided, device)
    assert (t.requires_grad, t.is_leaf, type(t)) == (False, True, torch.Tensor)
    assert (double.tolist(), double.dtype) == ([0, 0], torch.float64)


@claim("tensor.zeros.default-device", see="generated/torch.zeros")
def test_without_a_device_a_tensor_is_made_on_the_cpu():
    """Where no device is given, and no default was set, a tensor is made on the CPU."""
    tensors = [
        torch.tensor([1]),
        torch.zeros(1),
        torch.ones(1),
        torch.empty(1),
        torch.full((1,), 1),
        torch.eye(1),
        torch.arange(1),
        torch.linspace(0, 1, 2),
    ]

    assert [t.device.type for t in tensors] == ["cpu"] * 8


@claim("tensor.zeros.device-keyword", see="generated/torch.zeros")
@pytest.mark.parametrize(
    "where", ["meta", torch.device("meta")], ids=["name", "object"]
)
def test_a_device_is_given_by_its_name_or_as_an_object(where):
    """A tensor is made on the device given, which may be named or be a torch.device; on
    the device meta it has a shape and a dtype, and no elements that could be read.
    """
    cpu = torch.zeros(1)

    tensors = [
        torch.tensor([1.0, 2.0], device=where),
        torch.as_tensor([1.0, 2.0], device=where),
        torch.zeros(2, device=where),
        torch.ones(2, device=where),
        torch.full((2,), 1.0, device=where),
        torch.empty(2, device=where),
        torch.empty_strided((2,), (1,), device=where),
        torch.ones_like(cpu.expand(2), device=where),
        cpu.new_zeros(2, device=where),
        cpu.new_ones(2, device=where),
        cpu.new_full((2,), 7, device=where),
        cpu.new_empty(2, device=where),
        cpu.new_tensor([1, 2], device=where),
    ]

    assert [t.device.type for t in tensors] == ["meta"] * 13
    assert [(t.shape, t.dtype) for t in tensors] == [((2,), torch.float32)] * 13
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        tensors[2].tolist()


@claim("tensor.ones.all-ones", see="generated/torch.ones")
def test_ones_are_all_one(device):
    """All elements of ones() are 1, and it has the same defaults as zeros()."""
    t = torch.ones(2, 3, device=device)
    with default_dtype(torch.float64):
        double = torch.ones(2, device=device)

    assert (t.tolist(), t.dtype) == ([[1, 1, 1], [1, 1, 1]], torch.float32)
    assert (t.stride(), t.layout, t.device) == ((3, 1), torch.strided, device)
    assert (t.requires_grad, t.is_leaf, type(t)) == (False, True, torch.Tensor)
    assert torch.ones((), device=device).tolist() == 1
    assert torch.ones(0, 2, device=device).shape == (0, 2)
    assert (double.tolist(), double.dtype) == ([1, 1], torch.float64)


@claim("tensor.zeros.zero-and-one-in-every-dtype", see="generated/torch.zeros")
def test_zeros_and_ones_are_the_dtypes_own(device):
    """Of dtype bool the zeros are False and the ones True; of a complex dtype they are
    0 and 1 with no imaginary part.
    """
    kinds = (torch.bool, torch.uint8, torch.float16, torch.complex64)

    zeros = [torch.zeros(2, dtype=dtype, device=device) for dtype in kinds]
    ones = [torch.ones(2, dtype=dtype, device=device) for dtype in kinds]

    assert [t.dtype for t in zeros] == [t.dtype for t in ones] == list(kinds)
    assert repr([t.tolist() for t in zeros]) == (
        "[[False, False], [0, 0], [0.0, 0.0], [0j, 0j]]"
    )
    assert repr([t.tolist() for t in ones]) == (
        "[[True, True], [1, 1], [1.0, 1.0], [(1+0j), (1+0j)]]"
    )


@claim("tensor.zeros.requires-grad-keyword", see="generated/torch.zeros")
def test_a_new_tensor_requires_gradients_on_request_if_it_is_a_float(device):
    """With requires_grad=True a float or complex tensor is made as a leaf that requires
    gradients; an integer one raises a RuntimeError.
    """
    zero = torch.zeros(1, device=device)

    tensors = [
        torch.tensor([1.0], requires_grad=True, device=device),
        torch.asarray([1.0], requires_grad=True, device=device),
        torch.zeros(1, requires_grad=True, device=device),
        torch.ones(1, requires_grad=True, device=device),
        torch.full((1,), 1j, requires_grad=True, device=device),
        torch.eye(1, requires_grad=True, device=device),
        torch.empty(1, requires_grad=True, device=device),
        torch.empty_strided((1,), (1,), requires_grad=True, device=device),
        torch.zeros_like(zero, requires_grad=True),
        torch.ones_like(zero, requires_grad=True),
        torch.full_like(zero, 7, requires_grad=True),
        torch.empty_like(zero, requires_grad=True),
        zero.new_zeros(1, requires_grad=True),
        zero.new_ones(1, requires_grad=True),
        zero.new_full((1,), 7, requires_grad=True),
        zero.new_empty(1, requires_grad=True),
        zero.new_tensor([1], requires_grad=True),
    ]

    assert [(t.requires_grad, t.is_leaf) for t in tensors] == [(True, True)] * 17
    with pytest.raises(
        RuntimeError, match="Only Tensors of floating point and complex"
    ):
        torch.tensor([1], requires_grad=True, device=device)
    with pytest.raises(
        RuntimeError, match="Only Tensors of floating point and complex"
    ):
        torch.full((1,), 1, requires_grad=True, device=device)
    with pytest.raises(
        RuntimeError, match="Only Tensors of floating point and complex"
    ):
        torch.zeros(1, dtype=torch.int64, requires_grad=True, device=device)


@claim("tensor.full.fills-given-shape", see="generated/torch.full")
@given(
    size=st.lists(st.sampled_from([2, 1, 3, 0]), max_size=3), value=st.integers(-9, 9)
)
def test_full_fills_a_tensor_of_any_size(device, size, value):
    """full() makes a contiguous tensor of the given size, every element of which is the
    given value.
    """
    t = torch.full(size, value, device=device)

    assert (size, list(t.shape), t.is_contiguous()) == (size, size, True)
    assert (size, t.view(-1).tolist()) == (size, [value] * math.prod(size))


@claim("tensor.full.small-sizes", see="generated/torch.full")
def test_full_takes_any_collection_as_its_size(device):
    """The size of full() is a tuple, a list or a torch.Size; empty, it makes a tensor
    without dimensions, and with a 0 one without elements.
    """
    tensors = [
        torch.full((2, 3), 7, device=device),
        torch.full([2, 3], 7, device=device),
        torch.full(torch.Size([2, 3]), 7, device=device),
    ]
    scalar = torch.full((), 7, device=device)
    empty = torch.full((0, 3), 7, device=device)

    assert [t.tolist() for t in tensors] == [[[7, 7, 7], [7, 7, 7]]] * 3
    assert [(t.shape, t.stride()) for t in tensors] == [((2, 3), (3, 1))] * 3
    assert (scalar.tolist(), scalar.shape, scalar.dtype) == (7, (), torch.int64)
    assert (empty.tolist(), empty.shape, empty.dtype) == ([], (0, 3), torch.int64)


@claim(
    "tensor.full.dtype-from-fill-value",
    also=["tensor.full.infers-dtype"],
    see="generated/torch.full",
)
def test_full_takes_its_dtype_from_the_value(device):
    """Without dtype=, full() has the dtype that torch.tensor() would infer from a
    number of Python: bool, int64, the default dtype, or a complex dtype; dtype= takes
    precedence.
    """
    values = [True, 1, 2**40, 1.5, 1 + 2j, float("-inf"), float("nan")]

    tensors = [torch.full((1,), value, device=device) for value in values]
    asked = torch.full((1,), 1, dtype=torch.float16, device=device)
    with default_dtype(torch.float64):
        double = torch.full((1,), 1.5, device=device)

    assert [(repr(t.tolist()), t.dtype) for t in tensors] == [
        ("[True]", torch.bool),
        ("[1]", torch.int64),
        ("[1099511627776]", torch.int64),
        ("[1.5]", torch.float32),
        ("[(1+2j)]", torch.complex64),
        ("[-inf]", torch.float32),
        ("[nan]", torch.float32),
    ]
    assert [(t.requires_grad, t.layout) for t in tensors] == [
        (False, torch.strided)
    ] * 7
    assert (asked.tolist(), asked.dtype) == ([1], torch.float16)
    assert (double.tolist(), double.dtype) == ([1.5], torch.float64)


@claim("tensor.full.value-in-a-tensor", see="generated/torch.full")
def test_full_reads_a_tensor_without_dimensions_as_a_number(device):
    """A tensor without dimensions is read as a number: its kind decides, and not its
    dtype, so that float64 becomes the default dtype. The same holds for an int or a
    float of NumPy.
    """
    values = [
        torch.tensor(3.0, dtype=torch.float64, device=device),
        torch.tensor(3, dtype=torch.int8, device=device),
        torch.tensor(True, device=device),
        torch.tensor(3j, dtype=torch.complex128, device=device),
        np.float64(3),
        np.int8(3),
    ]

    tensors = [torch.full((2,), value, device=device) for value in values]

    assert [(repr(t.tolist()), t.dtype) for t in tensors] == [
        ("[3.0, 3.0]", torch.float32),
        ("[3, 3]", torch.int64),
        ("[True, True]", torch.bool),
        ("[3j, 3j]", torch.complex64),
        ("[3.0, 3.0]", torch.float32),
        ("[3, 3]", torch.int64),
    ]


@claim("tensor.full.value-conversion", see="generated/torch.full")
def test_full_converts_its_value_to_the_dtype(device):
    """With dtype= the value is converted as torch.tensor() does it, in full() and in
    full_like() alike; but a complex number without an imaginary part is taken for a
    float, where torch.tensor() refuses it.
    """
    conversions = [
        (3.7, torch.int64),
        (-3.7, torch.int32),
        (-1, torch.uint8),
        (0.5, torch.bool),
        (True, torch.int64),
        (1, torch.float32),
        (2, torch.complex64),
        (3 + 0j, torch.float32),
    ]
    inputs = [torch.zeros(1, dtype=dtype, device=device) for _, dtype in conversions]

    fulls = [
        torch.full((1,), value, dtype=dtype, device=device)
        for value, dtype in conversions
    ]
    likes = [torch.full_like(t, value) for t, (value, _) in zip(inputs, conversions)]

    expected = "[[3], [-3], [255], [True], [1], [1.0], [(2+0j)], [3.0]]"
    assert repr([t.tolist() for t in fulls]) == expected
    assert repr([t.tolist() for t in likes]) == expected
    assert [t.dtype for t in fulls] == [dtype for _, dtype in conversions]
    assert [t.dtype for t in likes] == [dtype for _, dtype in conversions]


@claim("tensor.full.value-out-of-range", see="generated/torch.full")
@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (300, torch.uint8),
        (-256, torch.uint8),
        (float("nan"), torch.int64),
        (float("inf"), torch.int32),
        (1e300, torch.float32),
        (1j, torch.float32),
    ],
    ids=["uint8", "uint8-below", "nan", "inf", "float32", "complex"],
)
def test_full_refuses_a_value_that_does_not_fit(device, value, dtype):
    """A value that the dtype can't hold raises a RuntimeError, in full(), full_like()
    and new_full(): for integers nan and infinity, for floats a complex number with an
    imaginary part. Unlike torch.tensor(), this holds for a float that is too large too.
    """
    like = torch.zeros(2, dtype=dtype, device=device)

    with pytest.raises(RuntimeError, match=r"cannot be converted .* without overflow"):
        torch.full((2,), value, dtype=dtype, device=device)
    with pytest.raises(RuntimeError, match=r"cannot be converted .* without overflow"):
        torch.full_like(like, value)
    with pytest.raises(RuntimeError, match=r"cannot be converted .* without overflow"):
        like.new_full((2,), value)


@claim("tensor.full.size-must-be-a-tuple", see="generated/torch.full")
def test_full_wants_its_size_in_a_collection(device):
    """Unlike zeros(), full() refuses a bare int as its size, with a TypeError."""
    size = r"argument 'size' \(position 1\) must be tuple of (Sym)?[Ii]nts, not int"

    with pytest.raises(TypeError, match=size):
        torch.full(2, 3.0)
    with pytest.raises(TypeError, match=size):
        torch.ones(1, device=device).new_full(2, 3.0)
    assert torch.full([2], 1, device=device).tolist() == [1, 1]


@claim("tensor.full.value-must-be-a-number", see="generated/torch.full")
@pytest.mark.parametrize(
    ("value", "name"),
    [
        (lambda device: "a", "str"),
        (lambda device: None, "NoneType"),
        (lambda device: [1], "list"),
        (lambda device: torch.tensor([3, 4], device=device), "Tensor"),
        (lambda device: torch.tensor([3], device=device), "Tensor"),
        (lambda device: torch.ones((), requires_grad=True, device=device), "Tensor"),
    ],
    ids=["str", "None", "list", "tensor", "one-element-tensor", "requires-grad"],
)
def test_full_takes_no_value_but_a_number(device, value, name):
    """A string, None, a list, or a tensor that has dimensions or requires gradients, as
    the value raises a TypeError.
    """
    value = value(device)

    with pytest.raises(TypeError, match=f"'fill_value'.* must be Number, not {name}"):
        torch.full((2,), value)


@claim("tensor.scalar-tensor.is-a-float", see="torch#creation-ops", level="observed")
def test_scalar_tensor_has_the_default_dtype(device):
    """scalar_tensor() makes a tensor without dimensions of the default dtype, also of
    an int or a bool; dtype= takes precedence, and fractions are cut off for ints.
    """
    tensors = [
        torch.scalar_tensor(3, device=device),
        torch.scalar_tensor(True, device=device),
        torch.scalar_tensor(2.5, dtype=torch.int64, device=device),
    ]

    assert [repr(t.tolist()) for t in tensors] == ["3.0", "1.0", "2"]
    assert [t.dtype for t in tensors] == [torch.float32, torch.float32, torch.int64]
    assert [(t.shape, t.requires_grad) for t in tensors] == [((), False)] * 3


@claim("tensor.eye.ones-on-the-diagonal", see="generated/torch.eye")
def test_eye_has_ones_on_the_diagonal(device):
    """eye(n, m) has n rows and m columns, m being n if it is not given, with 1 where
    row and column are equal and 0 elsewhere.
    """
    tensors = [
        torch.eye(2, device=device),
        torch.eye(2, 3, device=device),
        torch.eye(n=3, m=2, device=device),
        torch.eye(2, dtype=torch.bool, device=device),
    ]

    assert [t.tolist() for t in tensors] == [
        [[1, 0], [0, 1]],
        [[1, 0, 0], [0, 1, 0]],
        [[1, 0], [0, 1], [0, 0]],
        [[True, False], [False, True]],
    ]
    assert [t.dtype for t in tensors] == [torch.float32] * 3 + [torch.bool]
    assert [t.stride() for t in tensors] == [(2, 1), (3, 1), (2, 1), (2, 1)]
    assert (tensors[0].requires_grad, tensors[0].is_leaf) == (False, True)


@claim("tensor.eye.sizes", see="generated/torch.eye")
def test_eye_may_be_empty_and_has_no_negative_size(device):
    """A size of 0 makes eye() empty; a negative one raises a RuntimeError, a tuple or a
    float a TypeError.
    """
    assert torch.eye(0, device=device).shape == (0, 0)
    assert torch.eye(2, 0, device=device).shape == (2, 0)
    with pytest.raises(RuntimeError, match="n must be greater or equal to 0, got -1"):
        torch.eye(-1, device=device)
    with pytest.raises(RuntimeError, match="m must be greater or equal to 0, got -1"):
        torch.eye(2, -1, device=device)
    with pytest.raises(TypeError, match=r"invalid combination|must be int, not tuple"):
        torch.eye((2, 2), device=device)
    with pytest.raises(TypeError, match=r"invalid combination|must be int, not float"):
        torch.eye(2, 2.0, device=device)


# --- empty() and empty_strided() ------------------------------------------------------


@claim("tensor.empty.only-metadata-defined", see="generated/torch.empty")
def test_empty_has_everything_but_elements_that_mean_something(device):
    """empty() has the shape, dtype, strides and flags that zeros() has; what its
    elements are is not defined, and they can be written.
    """
    t = torch.empty(2, 3, device=device)
    ints = torch.empty((2,), dtype=torch.int32, device=device)
    scalar = torch.empty((), device=device)

    filled = t.fill_(7)

    assert (t.shape, t.stride(), t.dtype) == ((2, 3), (3, 1), torch.float32)
    assert (t.layout, t.device, t.is_contiguous()) == (torch.strided, device, True)
    assert (t.requires_grad, t.is_leaf) == (False, True)
    assert (ints.shape, ints.dtype) == ((2,), torch.int32)
    assert (scalar.shape, scalar.numel()) == ((), 1)
    assert torch.empty(0, 3, device=device).tolist() == []
    assert filled is t
    assert t.tolist() == [[7, 7, 7], [7, 7, 7]]


@claim("tensor.empty.own-memory", see="generated/torch.empty")
def test_every_new_tensor_has_memory_of_its_own(device):
    """Two calls never return tensors over one storage, so a write to one is not seen in
    the other.
    """
    first = [
        torch.zeros(2, device=device),
        torch.ones(2, device=device),
        torch.full((2,), 5.0, device=device),
        torch.empty(2, device=device),
    ]
    second = [
        torch.zeros(2, device=device),
        torch.ones(2, device=device),
        torch.full((2,), 5.0, device=device),
        torch.empty(2, device=device),
    ]

    first[0][0], first[1][0], first[2][0] = 7, 8, 9

    assert [t.tolist() for t in first[:3]] == [[7, 0], [8, 1], [9, 5]]
    assert [t.tolist() for t in second[:3]] == [[0, 0], [1, 1], [5, 5]]
    assert [shares_storage(a, b) for a, b in zip(first, second)] == [False] * 4


@claim("tensor.empty-strided.exact-strides", see="generated/torch.empty_strided")
@pytest.mark.parametrize(
    ("size", "strides", "stored", "contiguous"),
    [
        ((2, 3), (1, 2), 6, False),
        ((2, 3), (10, 2), 15, False),
        ((2, 3), (3, 1), 6, True),
        ((2, 3), (0, 1), 3, False),
        ((2, 0), (10, 2), 0, True),
        ((), (), 1, True),
    ],
    ids=["column-major", "gaps", "row-major", "overlapping", "empty", "zero-dim"],
)
def test_empty_strided_has_exactly_these_strides(
    device, size, strides, stored, contiguous
):
    """empty_strided() has exactly the size and the strides given, over a storage that
    reaches to the last element: one more than the sum of (size - 1) * stride, gaps
    included, and nothing where a size is 0.
    """
    t = torch.empty_strided(size, strides, dtype=torch.int8, device=device)

    assert (t.shape, t.stride(), t.storage_offset()) == (size, strides, 0)
    assert (t.dtype, t.is_contiguous()) == (torch.int8, contiguous)
    assert t.as_strided((stored,), (1,)).shape == (stored,)
    with pytest.raises(RuntimeError, match="out of bounds for storage"):
        t.as_strided((stored + 1,), (1,))


@claim("tensor.empty-strided.call-forms", see="generated/torch.empty_strided")
def test_empty_strided_takes_lists_and_keywords(device):
    """Size and strides may be lists, and keywords; the dtype is the default one, and
    the method new_empty_strided() takes it from its tensor.
    """
    plain = torch.empty_strided([2, 3], [1, 2], device=device)
    keywords = torch.empty_strided(size=(2, 3), stride=(1, 2), device=device)
    method = torch.zeros(1, dtype=torch.int8, device=device).new_empty_strided(
        (2, 3), (1, 2)
    )

    for_all = [
        (t.shape, t.stride(), t.requires_grad) for t in (plain, keywords, method)
    ]

    assert for_all == [((2, 3), (1, 2), False)] * 3
    assert (plain.dtype, keywords.dtype) == (torch.float32, torch.float32)
    assert method.dtype is torch.int8


@claim("tensor.empty-strided.bad-arguments", see="generated/torch.empty_strided")
def test_empty_strided_refuses_sizes_and_strides_that_do_not_go_together(device):
    """Sizes and strides of different lengths raise a RuntimeError, and so does a
    negative size or stride; an int in place of a sequence raises a TypeError.
    """
    with pytest.raises(
        RuntimeError, match=r"sizes \(2\) must match dimensionality of strides \(1\)"
    ):
        torch.empty_strided((2, 3), (1,), device=device)
    with pytest.raises(RuntimeError, match=r"strides=\[-1\]|[Nn]egative"):
        torch.empty_strided((2,), (-1,), device=device)
    with pytest.raises(RuntimeError, match="negative dimension -2"):
        torch.empty_strided((-2,), (1,), device=device)
    with pytest.raises(TypeError, match=r"argument 'size'.* tuple of .*nts, not int"):
        torch.empty_strided(2, 1, device=device)
    with pytest.raises(TypeError, match=r"missing 1 required .*stride"):
        torch.empty_strided((2,), device=device)


@claim(
    "tensor.empty-permuted.order-in-memory",
    see="generated/torch.empty_permuted",
    since="2.1",
)
def test_empty_permuted_takes_the_order_of_dimensions_in_memory(device):
    """empty_permuted() has the size given and no gaps, and its dimensions lie in memory
    in the order given, the outermost first; an order that is too short, repeats a
    dimension or has one out of range raises a RuntimeError.
    """
    t = torch.empty_permuted((2, 3, 4), (2, 0, 1), device=device)
    columns = torch.empty_permuted((2, 3), (1, 0), dtype=torch.int8, device=device)

    assert (t.shape, t.stride(), t.dtype) == ((2, 3, 4), (3, 1, 6), torch.float32)
    assert (columns.shape, columns.stride()) == ((2, 3), (1, 2))
    assert (columns.dtype, columns.requires_grad) == (torch.int8, False)
    with pytest.raises(RuntimeError, match="does not match the length of the physical"):
        torch.empty_permuted((2, 3), (0,), device=device)
    with pytest.raises(RuntimeError, match="Duplicate dim not allowed"):
        torch.empty_permuted((2, 3), (0, 0), device=device)
    with pytest.raises(RuntimeError, match="Dimension out of range"):
        torch.empty_permuted((2, 3), (-1, 0), device=device)


# --- layout= --------------------------------------------------------------------------


@claim("tensor.layout.argument", see="tensor_attributes")
def test_layout_chooses_between_strided_and_sparse(device):
    """The layout is torch.strided unless another torch.layout is given: zeros() and
    empty() of torch.sparse_coo are sparse tensors that store no entries.
    """
    default = torch.zeros(2, 3, device=device)
    strided = torch.zeros(2, 3, layout=torch.strided, device=device)
    zeros = torch.zeros(2, 3, layout=torch.sparse_coo, device=device)
    empty = torch.empty(2, 3, layout=torch.sparse_coo, device=device)

    assert (default.layout, strided.layout) == (torch.strided, torch.strided)
    assert strided.stride() == (3, 1)
    assert (zeros.layout, empty.layout) == (torch.sparse_coo, torch.sparse_coo)
    assert (zeros.shape, zeros.dtype, zeros.device) == ((2, 3), torch.float32, device)
    assert (zeros._nnz(), empty._nnz()) == (0, 0)
    assert zeros.to_dense().tolist() == [[0, 0, 0], [0, 0, 0]]
    with pytest.raises(TypeError, match=r"layout.*str"):
        torch.zeros(2, layout="strided", device=device)


@claim("tensor.layout.sparse-csr", see="sparse")
@pytest.mark.filterwarnings("ignore:Sparse CSR")
def test_layout_may_be_sparse_csr(device):
    """zeros() of torch.sparse_csr is a sparse tensor of that layout without entries."""
    t = torch.zeros(2, 3, layout=torch.sparse_csr, device=device)

    assert (t.layout, t.shape, t._nnz()) == (torch.sparse_csr, (2, 3), 0)
    assert t.crow_indices().tolist() == [0, 0, 0]


# --- out= -----------------------------------------------------------------------------


@claim("tensor.zeros.out-is-returned", see="generated/torch.zeros")
def test_out_is_resized_filled_and_returned(device):
    """With out=, that very tensor is resized to the size asked for, filled, and
    returned: it is one tensor and not two that share memory.
    """
    out = torch.tensor([5.0], device=device)

    result = torch.zeros(3, 3, out=out)

    assert result is out
    assert (out.tolist(), out.shape) == ([[0, 0, 0], [0, 0, 0], [0, 0, 0]], (3, 3))
    assert (out.stride(), out.dtype) == ((3, 1), torch.float32)
    assert out.requires_grad is False


@claim("tensor.zeros.out-may-be-a-view", see="generated/torch.zeros")
def test_out_may_be_a_view_of_a_larger_tensor(device):
    """An out of the right shape keeps its strides and its storage, so that a view as
    out fills a part of its base.
    """
    base = torch.arange(9, device=device).view(3, 3)
    corner = base[:2, :2]

    result = torch.zeros(2, 2, out=corner)
    torch.full((3,), 7, out=base[:, 2])

    assert result is corner
    assert corner.stride() == (3, 1)
    assert base.tolist() == [[0, 0, 7], [0, 0, 7], [6, 7, 7]]


@claim("tensor.zeros.out-keeps-dtype", see="generated/torch.zeros")
def test_out_decides_the_dtype(device):
    """Without dtype=, out keeps its own dtype and the default is not consulted; nothing
    warns about a resized out, as an operation such as add() does.
    """
    ints = torch.tensor([1], device=device)
    floats = torch.ones(3, device=device)

    result = torch.zeros((3, 3), out=ints)

    assert result is ints
    assert (ints.tolist(), ints.dtype) == ([[0] * 3] * 3, torch.int64)
    with pytest.warns(UserWarning, match="was resized"):
        torch.add(ints[0, :2], 1, out=floats)


@claim("tensor.zeros.out-dtype-conflict", see="generated/torch.zeros")
@pytest.mark.parametrize(
    "make",
    [
        lambda **kind: torch.zeros(2, **kind),
        lambda **kind: torch.ones(2, **kind),
        lambda **kind: torch.full((2,), 1.0, **kind),
        lambda **kind: torch.empty(2, **kind),
        lambda **kind: torch.arange(2, **kind),
        lambda **kind: torch.linspace(0, 1, 2, **kind),
    ],
    ids=["zeros", "ones", "full", "empty", "arange", "linspace"],
)
def test_out_and_dtype_have_to_agree(device, make):
    """A dtype= that is not out's raises a RuntimeError that names both, and out stays
    as it was; the dtype of out itself may be given.
    """
    ints = torch.tensor([5, 6], device=device)
    floats = torch.tensor([5.0, 6.0], device=device)

    with pytest.raises(
        RuntimeError,
        match=r"dtype Float does not match dtype of out parameter \(Long\)",
    ):
        make(out=ints, dtype=torch.float32)
    result = make(out=floats, dtype=torch.float32)

    assert (ints.tolist(), ints.dtype) == ([5, 6], torch.int64)
    assert result is floats


@claim("tensor.zeros.out-conflicts", see="generated/torch.zeros")
def test_out_has_to_agree_with_device_and_layout(device):
    """A device= or a layout= that is not out's raises a RuntimeError and leaves out as
    it was; an out that is not a tensor raises a TypeError.
    """
    out = torch.tensor([5.0, 6.0], device=device)

    with pytest.raises(
        RuntimeError, match="device type meta does not match device type"
    ):
        torch.zeros(2, out=out, device="meta")
    with pytest.raises(
        RuntimeError, match="layout Sparse does not match layout of out"
    ):
        torch.zeros(2, out=out, layout=torch.sparse_coo)
    with pytest.raises(TypeError, match=r"out.*list"):
        torch.zeros(2, out=[5.0, 6.0])

    assert out.tolist() == [5.0, 6.0]


@claim("tensor.factories.out-resized-and-returned", see="torch#creation-ops")
@pytest.mark.parametrize(
    ("make", "elements"),
    [
        (lambda out: torch.zeros(3, out=out), [0, 0, 0]),
        (lambda out: torch.ones(3, out=out), [1, 1, 1]),
        (lambda out: torch.full((3,), 7.5, out=out), [7, 7, 7]),
        (lambda out: torch.eye(2, out=out), [[1, 0], [0, 1]]),
        (lambda out: torch.linspace(0, 4, 3, out=out), [0, 2, 4]),
        (lambda out: torch.logspace(0, 2, 3, base=2, out=out), [1, 2, 4]),
        (lambda out: torch.arange(3, out=out), [0, 1, 2]),
        (lambda out: torch.randint(4, 5, (3,), out=out), [4, 4, 4]),
        (lambda out: torch.randperm(1, out=out), [0]),
    ],
    ids=[
        *("zeros", "ones", "full", "eye", "linspace", "logspace", "arange"),
        *("randint", "randperm"),
    ],
)
def test_every_factory_resizes_an_empty_out_fills_and_returns_it(
    device, make, elements
):
    """Each factory resizes an empty out without a warning, fills it with what it would
    return, converted to out's own dtype, and returns it.
    """
    out = torch.empty(0, dtype=torch.int32, device=device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = make(out)

    assert result is out
    assert (out.tolist(), out.dtype) == (elements, torch.int32)


@claim("tensor.factories.out-is-the-result", see="torch#creation-ops")
@pytest.mark.parametrize(
    "make",
    [
        lambda **kind: torch.rand(3, **kind),
        lambda **kind: torch.randn(3, **kind),
        lambda **kind: torch.randint(1000, (3,), **kind),
        lambda **kind: torch.randperm(3, **kind),
    ],
    ids=["rand", "randn", "randint", "randperm"],
)
def test_a_random_factory_fills_out_with_what_it_would_return(device, make):
    """With out=, a random factory resizes that object, fills it with what it would draw
    into a tensor of out's dtype, and returns it.
    """
    out = torch.ones(5, device=device)
    torch.manual_seed(7)
    drawn = make(dtype=torch.float32, device=device)

    torch.manual_seed(7)
    result = make(out=out)

    assert result is out
    assert (out.tolist(), out.dtype) == (drawn.tolist(), torch.float32)
    assert (out.requires_grad, drawn.requires_grad) == (False, False)


@claim("tensor.empty.out", see="generated/torch.empty")
def test_empty_resizes_and_returns_out(device):
    """With out=, empty() resizes that object to the size asked for and returns it."""
    out = torch.ones(5, dtype=torch.int32, device=device)

    result = torch.empty(2, 3, out=out)

    assert result is out
    assert (out.shape, out.stride(), out.dtype) == ((2, 3), (3, 1), torch.int32)
    assert out.requires_grad is False


# --- like another tensor --------------------------------------------------------------


@claim("tensor.like.inherits-metadata", see="generated/torch.zeros_like")
@pytest.mark.parametrize(
    ("make", "elements"),
    [
        (lambda t, **kind: torch.zeros_like(t, **kind), [[0, 0, 0], [0, 0, 0]]),
        (lambda t, **kind: torch.ones_like(t, **kind), [[1, 1, 1], [1, 1, 1]]),
        (lambda t, **kind: torch.full_like(t, 7, **kind), [[7, 7, 7], [7, 7, 7]]),
        (
            lambda t, **kind: torch.empty_like(t, **kind).fill_(3),
            [[3, 3, 3], [3, 3, 3]],
        ),
    ],
    ids=["zeros_like", "ones_like", "full_like", "empty_like"],
)
def test_a_like_tensor_takes_shape_dtype_and_device_from_its_input(
    device, make, elements
):
    """The result has the input's shape, dtype, device and layout, is a new leaf without
    gradients, and leaves the input as it was; dtype= takes precedence.
    """
    t = torch.tensor([[1, 2, 3], [4, 5, 6]], dtype=torch.int16, device=device)

    like = make(t)
    other = make(t, dtype=torch.float64)
    meta = make(t, device="meta")

    assert (like.tolist(), like.dtype) == (elements, torch.int16)
    assert (like.device, like.layout) == (device, torch.strided)
    assert (like.requires_grad, like.is_leaf) == (False, True)
    assert (other.tolist(), other.dtype) == (elements, torch.float64)
    assert (meta.device.type, meta.shape, meta.dtype) == ("meta", (2, 3), torch.int16)
    assert (t.tolist(), shares_storage(like, t)) == ([[1, 2, 3], [4, 5, 6]], False)


@claim("tensor.like.kinds-of-input", see="generated/torch.ones_like")
def test_a_like_tensor_of_bools_empty_and_zero_dim_inputs(device):
    """Like a bool tensor, ones are True and zeros False; like an input without
    dimensions or without elements the result has none either; like a meta tensor it is
    a meta tensor.
    """
    bools = torch.tensor([False, True], device=device)
    scalar = torch.tensor(5.0, device=device)
    empty = torch.zeros(0, 3, dtype=torch.int8, device=device)

    assert repr(torch.ones_like(bools).tolist()) == "[True, True]"
    assert repr(torch.zeros_like(bools).tolist()) == "[False, False]"
    assert (torch.ones_like(scalar).tolist(), torch.ones_like(scalar).shape) == (1, ())
    assert (torch.ones_like(empty).shape, torch.zeros_like(empty).dtype) == (
        (0, 3),
        torch.int8,
    )
    assert torch.zeros_like(torch.zeros(2, device="meta")).device.type == "meta"
    assert (bools.tolist(), scalar.tolist()) == ([False, True], 5.0)


@claim("tensor.like.sparse-input", see="generated/torch.zeros_like")
def test_zeros_like_a_sparse_tensor_are_sparse(device):
    """Like a sparse tensor, zeros and empty are sparse and store no entries; layout=
    takes precedence, in both directions.
    """
    dense = torch.tensor([[0, 5], [0, 0]], device=device)
    sparse = dense.to_sparse()

    likes = [torch.zeros_like(sparse), torch.empty_like(sparse)]
    made_dense = torch.ones_like(sparse, layout=torch.strided)
    made_sparse = torch.zeros_like(dense, layout=torch.sparse_coo)

    assert [(t.layout, t._nnz()) for t in likes] == [(torch.sparse_coo, 0)] * 2
    assert [(t.shape, t.dtype) for t in likes] == [((2, 2), torch.int64)] * 2
    assert (made_dense.tolist(), made_dense.layout) == ([[1, 1], [1, 1]], torch.strided)
    assert (made_sparse.layout, made_sparse._nnz()) == (torch.sparse_coo, 0)
    assert (made_sparse.shape, made_sparse.dtype) == ((2, 2), torch.int64)
    assert sparse._nnz() == 1


@claim("tensor.like.tensors-only", see="generated/torch.zeros_like")
@pytest.mark.parametrize(
    "make",
    [
        lambda data: torch.zeros_like(data),
        lambda data: torch.ones_like(data),
        lambda data: torch.full_like(data, 1),
        lambda data: torch.empty_like(data),
    ],
    ids=["zeros_like", "ones_like", "full_like", "empty_like"],
)
def test_a_like_tensor_needs_a_tensor(make):
    """Anything but a tensor as the input raises a TypeError."""
    with pytest.raises(TypeError, match=r"'input' .*must be Tensor, not list"):
        make([1, 2])


@claim("tensor.like.preserves-dense-strides", see="generated/torch.zeros_like")
@pytest.mark.parametrize(
    ("look", "shape", "strides"),
    [
        (lambda t: t, (2, 3, 4), (12, 4, 1)),
        (lambda t: t.permute(2, 0, 1), (4, 2, 3), (1, 12, 4)),
        (lambda t: t[1:].transpose(1, 2), (1, 4, 3), (12, 1, 4)),
        (lambda t: t[:, :, ::2], (2, 3, 2), (6, 2, 1)),
        (lambda t: t[:, 1].t(), (4, 2), (1, 4)),
        (lambda t: t[:1, :, :1].expand(5, 3, 2), (5, 3, 2), (6, 2, 1)),
        (lambda t: t[0, 0, 1:], (3,), (1,)),
    ],
    ids=[
        *("contiguous", "permuted", "part-transposed", "gaps", "gaps-transposed"),
        *("expanded", "offset"),
    ],
)
def test_a_like_tensor_keeps_strides_without_gaps(device, look, shape, strides):
    """An input whose elements fill its memory without gaps or overlaps hands on its
    strides; otherwise the result is dense, with the dimensions in the same order of
    strides. It starts at offset 0.
    """
    t = look(torch.arange(24, device=device).view(2, 3, 4))

    likes = [
        torch.zeros_like(t),
        torch.ones_like(t),
        torch.full_like(t, 7),
        torch.empty_like(t),
        torch.randint_like(t, 9),
    ]

    assert [x.stride() for x in likes] == [strides] * 5
    assert [(x.shape, x.storage_offset()) for x in likes] == [(shape, 0)] * 5


@claim("tensor.like.memory-format", see="generated/torch.zeros_like")
def test_a_like_tensor_is_made_contiguous_on_request(device):
    """With memory_format=torch.contiguous_format the result is row-major, whatever the
    input's strides are; torch.preserve_format is the default.
    """
    t = torch.arange(6, device=device).view(2, 3).t()

    row_major = [
        torch.zeros_like(t, memory_format=torch.contiguous_format),
        torch.ones_like(t, memory_format=torch.contiguous_format),
        torch.full_like(t, 7, memory_format=torch.contiguous_format),
        torch.empty_like(t, memory_format=torch.contiguous_format),
    ]
    kept = torch.ones_like(t, memory_format=torch.preserve_format)

    assert [(x.stride(), x.shape) for x in row_major] == [((2, 1), (3, 2))] * 4
    assert (kept.stride(), kept.tolist()) == ((1, 3), [[1, 1], [1, 1], [1, 1]])
    assert t.tolist() == [[0, 3], [1, 4], [2, 5]]
    with pytest.raises(TypeError, match=r"must be torch.memory_format, not str"):
        torch.zeros_like(t, memory_format="contiguous")


@claim("tensor.like.requires-grad-not-inherited", see="generated/torch.zeros_like")
def test_a_like_tensor_does_not_require_gradients_like_its_input(device):
    """requires_grad is not taken from the input, only from the keyword; and like a
    parameter is a plain tensor.
    """
    parameter = torch.nn.Parameter(torch.ones(2, device=device))

    likes = [
        torch.zeros_like(parameter),
        torch.ones_like(parameter),
        torch.full_like(parameter, 7),
        torch.empty_like(parameter),
        torch.zeros_like(parameter * 2),
    ]
    asked = torch.zeros_like(parameter, requires_grad=True)

    assert [(t.requires_grad, t.is_leaf) for t in likes] == [(False, True)] * 5
    assert [type(t) for t in likes] == [torch.Tensor] * 5
    assert (asked.requires_grad, asked.is_leaf, type(asked)) == (
        True,
        True,
        torch.Tensor,
    )


@claim("tensor.full-like.keeps-input-dtype", see="generated/torch.full_like")
def test_full_like_converts_the_value_to_the_inputs_dtype(device):
    """The dtype of full_like() is that of the input and not that of the value, which is
    converted, where full() would go by the value; dtype= takes precedence.
    """
    ints = torch.zeros(2, dtype=torch.int32, device=device)
    floats = torch.zeros(2, device=device)

    from_float, from_int = torch.full_like(ints, 3.7), torch.full_like(floats, 1)
    asked = torch.full_like(floats, 1, dtype=torch.bool)
    keyword = torch.full_like(ints, fill_value=5)

    assert (from_float.tolist(), from_float.dtype) == ([3, 3], torch.int32)
    assert (from_int.tolist(), from_int.dtype) == ([1, 1], torch.float32)
    assert (repr(asked.tolist()), asked.dtype) == ("[True, True]", torch.bool)
    assert (keyword.tolist(), keyword.dtype) == ([5, 5], torch.int32)
    assert torch.full((2,), 3.7, device=device).dtype is torch.float32
    assert (ints.tolist(), floats.tolist()) == ([0, 0], [0, 0])


# --- new_... --------------------------------------------------------------------------


@claim("tensor.new.dtype-and-device", see="generated/torch.Tensor.new_zeros")
@pytest.mark.parametrize(
    ("make", "elements"),
    [
        (lambda t, **kind: t.new_zeros((2, 2), **kind), [[0, 0], [0, 0]]),
        (lambda t, **kind: t.new_ones((2, 2), **kind), [[1, 1], [1, 1]]),
        (lambda t, **kind: t.new_full((2, 2), 3.5, **kind), [[3, 3], [3, 3]]),
        (lambda t, **kind: t.new_empty((2, 2), **kind).fill_(5), [[5, 5], [5, 5]]),
        (lambda t, **kind: t.new_tensor([[1.5, 2], [3, 4]], **kind), [[1, 2], [3, 4]]),
    ],
    ids=["new_zeros", "new_ones", "new_full", "new_empty", "new_tensor"],
)
def test_a_new_tensor_takes_dtype_and_device_but_no_size(device, make, elements):
    """The methods beginning with new_ take dtype and device from their tensor, and not
    its size, strides or requires_grad; dtype= takes precedence.
    """
    t = torch.zeros(3, 2, dtype=torch.int16, device=device).t()

    new = make(t)
    other = make(t, dtype=torch.int64)

    assert (new.tolist(), new.dtype, new.device) == (elements, torch.int16, device)
    assert (new.stride(), new.requires_grad) == ((2, 1), False)
    assert (other.tolist(), other.dtype) == (elements, torch.int64)
    assert t.tolist() == [[0, 0, 0], [0, 0, 0]]


@claim("tensor.new.sparse-source", see="generated/torch.Tensor.new_zeros")
def test_a_new_tensor_of_a_sparse_one_is_sparse(device):
    """Made from a sparse tensor by new_zeros() or new_empty(), a tensor is sparse too,
    and stores no entries; with layout=torch.strided it is dense.
    """
    sparse = torch.tensor([0, 5], device=device).to_sparse()

    news = [sparse.new_zeros(2, 3), sparse.new_empty(2, 3)]
    dense = sparse.new_zeros((3,), layout=torch.strided)

    assert [(t.layout, t._nnz()) for t in news] == [(torch.sparse_coo, 0)] * 2
    assert [(t.shape, t.dtype) for t in news] == [((2, 3), torch.int64)] * 2
    assert [t.device for t in news] == [device] * 2
    assert (dense.tolist(), dense.layout) == ([0, 0, 0], torch.strided)


@claim("tensor.new.requires-grad", see="generated/torch.Tensor.new_zeros")
def test_a_new_tensor_does_not_require_gradients_like_its_source(device):
    """Made from a tensor that requires gradients, a new tensor requires none unless
    requires_grad=True is given.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)

    news = [
        leaf.new_zeros(2),
        leaf.new_ones(2),
        leaf.new_full((2,), 7),
        leaf.new_empty(2),
        leaf.new_tensor([1, 2]),
    ]
    asked = leaf.new_ones(2, requires_grad=True)

    assert [(t.requires_grad, t.is_leaf) for t in news] == [(False, True)] * 5
    assert [t.dtype for t in news] == [torch.float32] * 5
    assert (asked.requires_grad, asked.is_leaf) == (True, True)


@claim("tensor.new.small-and-bad-sizes", see="generated/torch.Tensor.new_zeros")
def test_a_new_tensor_takes_the_sizes_that_zeros_takes(device):
    """An empty size makes a tensor without dimensions, and a 0 one without elements; a
    negative size raises a RuntimeError.
    """
    t = torch.ones(2, device=device)

    scalar, empty = t.new_zeros(()), t.new_ones(0, 3)

    assert (scalar.tolist(), scalar.shape) == (0, ())
    assert (empty.tolist(), empty.shape) == ([], (0, 3))
    with pytest.raises(RuntimeError, match="negative dimension -1"):
        t.new_zeros(-1)


@claim("tensor.new-tensor.copies", see="generated/torch.Tensor.new_tensor")
def test_new_tensor_copies_and_warns_about_tensors(device):
    """new_tensor() copies its data into the dtype of its own tensor; given a tensor it
    warns as torch.tensor() does.
    """
    floats = torch.ones(1, device=device)
    source = torch.tensor([1, 2], device=device)

    with pytest.warns(UserWarning, match="To copy construct from a tensor"):
        copy = floats.new_tensor(source)
    source[0] = 9

    assert (copy.tolist(), copy.dtype) == ([1, 2], torch.float32)
    assert floats.new_tensor([True]).dtype is torch.float32

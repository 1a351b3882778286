"""NumPy.

A NumPy array and a CPU tensor are two ways of looking at the same kind of memory, and
either can be laid over the other's: ``tensor.numpy()`` and ``torch.from_numpy(array)``
copy nothing, so that a write on one side is seen on the other. Only ``torch.tensor``
always copies. NumPy has no gradients, no devices and no lazy conjugates: a tensor that
has one of these is refused, until it has been detached, moved or resolved.

The specs make their tensors on the CPU on purpose, where NumPy's arrays are. It is
commonly believed that ``torch.Tensor(data)`` is ``torch.tensor(data)``: it is not, it
always makes the default dtype, takes numbers for sizes, and may share memory. Nor does
NumPy's ``axis=`` work wherever torch has ``dim=``.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torch_semantics import claim
from torch_semantics.words import shares_storage

NEEDS_DETACH = (
    r"^Can't call numpy\(\) on Tensor that requires grad. "
    r"Use tensor.detach\(\).numpy\(\) instead.$"
)
SPARSE = "^can't convert Sparse layout tensor to numpy"
NO_BFLOAT16 = "^Got unsupported ScalarType BFloat16$"
NOT_RESIZABLE = "^Trying to resize storage that is not resizable"
NEGATIVE_STRIDE = "^At least one stride in the given numpy array is negative"
BYTE_ORDER = "^given numpy array has byte order different from the native byte order"


@st.composite
def sliced(draw, smallest):
    """Draw a shape, and for each dimension a slice with a step of 1 or more."""
    shape = tuple(draw(st.lists(st.integers(smallest, 4), max_size=3)))
    return shape, tuple(
        slice(draw(st.integers(0, max(size - 1, 0))), None, draw(st.integers(1, 2)))
        for size in shape
    )


# --- from a tensor to an array --------------------------------------------------------


@claim("interop.numpy.shares-memory", see="generated/torch.Tensor.numpy")
def test_numpy_gives_an_array_over_the_memory_of_the_tensor():
    """numpy() gives an ndarray of the tensor's dtype and shape over the tensor's
    memory: a write on either side is seen on the other.
    """
    tensor = torch.tensor([[1, 2, 3], [4, 5, 6]], device="cpu")

    array = tensor.numpy()

    assert type(array) is np.ndarray
    assert (array.dtype, array.shape, array.strides) == (np.int64, (2, 3), (24, 8))
    assert array.ctypes.data == tensor.data_ptr()
    array[0, 0] = -1
    tensor[1, 2] = -6
    assert tensor.tolist() == [[-1, 2, 3], [4, 5, -6]]
    assert array.tolist() == [[-1, 2, 3], [4, 5, -6]]


@claim("interop.numpy.keeps-strides", see="generated/torch.Tensor.numpy")
def test_the_array_of_a_view_has_its_strides_in_bytes():
    """The array of a non-contiguous tensor begins at the view's offset and has the
    view's strides, counted in bytes.
    """
    base = torch.arange(12, dtype=torch.int32, device="cpu").view(3, 4)
    view = base[1:, 1::2].t()

    array = view.numpy()

    assert (view.stride(), view.storage_offset()) == ((2, 4), 5)
    assert (array.strides, array.tolist()) == ((8, 16), [[5, 9], [7, 11]])
    array[0, 1] = -9
    assert base.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, -9, 10, 11]]


@claim("interop.numpy.any-strides", see="generated/torch.Tensor.numpy")
@given(case=sliced(smallest=1))
def test_the_array_of_any_slice_has_its_elements_and_its_memory(case):
    """Whatever the shape and the steps, the array has the tensor's shape and elements,
    its strides times the size of an element, and its memory.
    """
    shape, slices = case
    numbers = np.arange(int(np.prod(shape)), dtype=np.int32).reshape(shape)
    tensor = torch.from_numpy(numbers)[slices]
    greater = (numbers[slices] + 100).tolist()

    array = tensor.numpy()

    assert (case, array.shape, array.tolist()) == (
        case,
        numbers[slices].shape,
        numbers[slices].tolist(),
    )
    assert (case, array.strides) == (case, tuple(4 * step for step in tensor.stride()))
    tensor += 100
    assert (case, array.tolist()) == (case, greater)


@claim("interop.numpy.expanded", see="generated/torch.Tensor.numpy")
def test_the_array_of_an_expanded_tensor_has_a_stride_of_zero():
    """The array of an expanded tensor repeats its elements with a stride of 0, so one
    write changes all repetitions.
    """
    tensor = torch.tensor([7, 8], device="cpu").expand(3, 2)

    array = tensor.numpy()

    assert (array.shape, array.strides) == ((3, 2), (0, 8))
    array[1, 0] = -1
    assert array.tolist() == [[-1, 8], [-1, 8], [-1, 8]]
    assert tensor.tolist() == [[-1, 8], [-1, 8], [-1, 8]]


@claim("interop.numpy.zero-dim-and-empty", see="generated/torch.Tensor.numpy")
def test_tensors_without_dimensions_or_elements_give_arrays_of_their_shape():
    """A tensor without dimensions gives an ndarray without dimensions over its memory,
    not a number; one without elements gives an array of the same shape.
    """
    scalar = torch.tensor(3.0, device="cpu")
    empty = torch.ones(2, 0, 3, device="cpu")

    array, nothing = scalar.numpy(), empty.numpy()

    assert (type(array), array.shape, array.dtype) == (np.ndarray, (), np.float32)
    array[()] = 4
    assert scalar.item() == 4
    assert (type(nothing), nothing.shape) == (np.ndarray, (2, 0, 3))
    assert nothing.dtype == np.float32


@claim("interop.numpy.dtypes", see="generated/torch.Tensor.numpy")
def test_each_dtype_becomes_its_namesake():
    """Each dtype that NumPy has too becomes NumPy's dtype of the same name."""
    dtypes = [
        *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
        *(torch.float16, torch.float32, torch.float64),
        *(torch.complex64, torch.complex128),
    ]

    arrays = [torch.tensor([0, 1], dtype=each, device="cpu").numpy() for each in dtypes]

    assert [array.dtype.name for array in arrays] == [
        *("bool", "uint8", "int8", "int16", "int32", "int64"),
        *("float16", "float32", "float64"),
        *("complex64", "complex128"),
    ]
    assert all(array.tolist() == [0, 1] for array in arrays)


@claim("interop.numpy.bfloat16-rejected", see="generated/torch.Tensor.numpy")
def test_numpy_has_no_bfloat16():
    """numpy() of a bfloat16 tensor raises a TypeError, with force=True as well: NumPy
    has no such dtype. It can be converted first.
    """
    tensor = torch.tensor([1.5], dtype=torch.bfloat16, device="cpu")

    with pytest.raises(TypeError, match=NO_BFLOAT16):
        tensor.numpy()
    with pytest.raises(TypeError, match=NO_BFLOAT16):
        tensor.numpy(force=True)
    assert tensor.float().numpy().tolist() == [1.5]


@claim("interop.numpy.expression-makes-new-array", see="generated/torch.Tensor.numpy")
def test_an_expression_leaves_the_tensor_and_an_augmented_assignment_does_not():
    """``array = array + 1`` makes a new array and leaves the tensor as it is;
    ``array += 1`` writes through to it.
    """
    tensor = torch.tensor([1, 2], device="cpu")
    array = tensor.numpy()

    other = array + 1
    assert (other.tolist(), tensor.tolist()) == ([2, 3], [1, 2])
    array += 10

    assert tensor.tolist() == [11, 12]


@claim("interop.numpy.rebinding-the-tensor", see="generated/torch.Tensor.numpy")
def test_operations_in_place_reach_the_array_and_others_do_not():
    """An operation on the tensor that returns a new one leaves the array as it is; one
    in place reaches it.
    """
    tensor = torch.tensor([1, 2], device="cpu")
    array = tensor.numpy()

    other = tensor + 1
    assert (other.tolist(), array.tolist()) == ([2, 3], [1, 2])
    tensor.add_(10)

    assert array.tolist() == [11, 12]


@claim("interop.numpy.outlives-the-tensor", see="generated/torch.Tensor.numpy")
def test_the_array_outlives_the_tensor():
    """The array keeps the memory alive after the tensor is gone, and the tensor after
    the array is gone.
    """
    array = torch.tensor([1, 2, 3], device="cpu").numpy()
    tensor = torch.from_numpy(np.array([4, 5, 6]))

    assert array.tolist() == [1, 2, 3]
    assert tensor.tolist() == [4, 5, 6]


@claim("interop.numpy.storage-cannot-grow", see="generated/torch.Tensor.resize_")
def test_a_tensor_that_gave_out_its_memory_can_shrink_but_not_grow():
    """After numpy() the tensor's storage can't be made larger, which would take its
    memory from under the array; a smaller size still is possible.
    """
    tensor = torch.tensor([1, 2, 3], device="cpu")
    array, alias = tensor.numpy(), tensor.detach()

    with pytest.raises(RuntimeError, match=NOT_RESIZABLE):
        alias.resize_(4)
    tensor.resize_(2)

    assert (tensor.tolist(), array.tolist()) == ([1, 2], [1, 2, 3])
    assert array.ctypes.data == tensor.data_ptr()


@claim(
    "interop.numpy.failed-resize-leaves-its-size",
    see="generated/torch.Tensor.resize_",
    level="observed",
)
def test_a_resize_that_fails_leaves_the_size_that_it_did_not_reach():
    """A resize_() that fails because the storage can't grow has set the tensor's size
    already, so that the tensor reaches beyond its memory: it is not to be read.
    """
    tensor = torch.from_numpy(np.array([1, 2, 3]))

    with pytest.raises(RuntimeError, match=NOT_RESIZABLE):
        tensor.resize_(2, 2)

    assert (tensor.shape, tensor.stride()) == ((2, 2), (2, 1))


@claim("interop.numpy.asarray-and-array", see="generated/torch.Tensor.numpy")
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_np_asarray_shares_and_np_array_copies():
    """np.asarray(tensor) is an array over the tensor's memory, unless it has to convert
    the dtype; np.array(tensor) is a copy.
    """
    tensor = torch.tensor([1, 2], device="cpu")

    shared = np.asarray(tensor)
    converted = np.asarray(tensor, dtype=np.float32)
    copied = np.array(tensor)

    tensor[0] = 9
    assert (shared.tolist(), shared.dtype) == ([9, 2], np.int64)
    assert (converted.tolist(), converted.dtype) == ([1, 2], np.float32)
    assert (copied.tolist(), copied.dtype) == ([1, 2], np.int64)


# --- from an array to a tensor --------------------------------------------------------


@claim("interop.from-numpy.shares-memory", see="generated/torch.from_numpy")
def test_from_numpy_gives_a_tensor_over_the_memory_of_the_array():
    """from_numpy() gives a CPU tensor of the array's dtype and shape over the array's
    memory, which does not require gradients: a write on either side is seen on the
    other, and numpy() gives the memory back.
    """
    array = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int64)

    tensor = torch.from_numpy(array)

    assert (tensor.dtype, tensor.shape) == (torch.int64, (2, 3))
    assert (tensor.device, tensor.requires_grad) == (torch.device("cpu"), False)
    assert tensor.data_ptr() == tensor.numpy().ctypes.data == array.ctypes.data
    array[0, 0] = -1
    tensor[1, 2] = -6
    assert array.tolist() == [[-1, 2, 3], [4, 5, -6]]
    assert tensor.tolist() == [[-1, 2, 3], [4, 5, -6]]


@claim("interop.from-numpy.any-shape", see="generated/torch.from_numpy")
@given(case=sliced(smallest=0))
def test_any_array_with_positive_steps_is_shared(case):
    """Whatever the shape and the steps, the tensor has the array's shape, elements and
    memory, also where there is no dimension or no element.
    """
    shape, slices = case
    array = np.arange(int(np.prod(shape))).reshape(shape, order="F")[slices]
    array = np.asarray(array)

    tensor = torch.from_numpy(array)

    assert (case, tensor.shape, tensor.tolist()) == (case, array.shape, array.tolist())
    array += 100
    assert (case, tensor.tolist()) == (case, array.tolist())


@claim("interop.from-numpy.strides-and-no-resize", see="generated/torch.from_numpy")
def test_the_tensor_has_the_strides_of_the_array_and_a_storage_that_cannot_grow():
    """Strides carry over, counted in elements and not in bytes: a transposed array or a
    column gives a non-contiguous tensor. Its storage ends with the last element that
    the array shows, and can't grow beyond it; shrinking the tensor is possible.
    """
    array = np.arange(6).reshape(2, 3)

    tensor, column = torch.from_numpy(array.T), torch.from_numpy(array[:, 1])

    assert (tensor.stride(), tensor.is_contiguous()) == ((1, 3), False)
    assert (column.stride(), column.tolist()) == ((3,), [1, 4])
    assert tensor.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert column.resize_(4).tolist() == [1, 2, 3, 4]
    with pytest.raises(RuntimeError, match=NOT_RESIZABLE):
        column.resize_(5)
    assert tensor.resize_(2).tolist() == [0, 1]
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("interop.from-numpy.zero-dim-and-empty", see="generated/torch.from_numpy")
def test_arrays_without_dimensions_or_elements_give_tensors_of_their_shape():
    """An array without dimensions gives a tensor without dimensions over its memory;
    one without elements gives a tensor of the same shape.
    """
    array, nothing = np.array(3.0), np.zeros((2, 0, 3), dtype=bool)

    tensor, empty = torch.from_numpy(array), torch.from_numpy(nothing)

    assert (tensor.shape, tensor.dtype) == ((), torch.float64)
    array[()] = 4
    assert tensor.item() == 4
    assert (empty.shape, empty.dtype) == ((2, 0, 3), torch.bool)


@claim("interop.from-numpy.rebinding", see="generated/torch.from_numpy")
def test_a_new_array_leaves_the_tensor_and_an_augmented_assignment_does_not():
    """``array = array + 1`` makes a new array and leaves the tensor of the old one as
    it is; ``array += 1`` writes through to it.
    """
    array = np.array([1, 2])
    tensor = torch.from_numpy(array)

    other = array + 1
    assert (other.tolist(), tensor.tolist()) == ([2, 3], [1, 2])
    array += 10

    assert tensor.tolist() == [11, 12]


@claim("interop.from-numpy.keeps-dtype", see="generated/torch.from_numpy")
def test_the_float64_of_numpy_does_not_fit_a_layer_of_float32():
    """NumPy's default dtype for fractions becomes float64, which a layer of float32
    refuses with a RuntimeError until the tensor has been converted.
    """
    layer = torch.nn.Linear(2, 1, device="cpu")
    layer.weight.data = torch.tensor([[1.0, 10.0]], device="cpu")
    layer.bias.data = torch.tensor([0.5], device="cpu")

    tensor = torch.from_numpy(np.array([[1.5, 2.5]]))

    assert (tensor.dtype, layer.weight.dtype) == (torch.float64, torch.float32)
    with pytest.raises(RuntimeError, match="must have the same dtype"):
        layer(tensor)
    assert layer(tensor.float()).tolist() == [[27]]


DTYPES = {
    "bool": torch.bool,
    "uint8": torch.uint8,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
    "float16": torch.float16,
    "float32": torch.float32,
    "float64": torch.float64,
    "complex64": torch.complex64,
    "complex128": torch.complex128,
}


@claim("interop.from-numpy.each-dtype", see="generated/torch.from_numpy")
def test_each_dtype_of_numpy_becomes_its_namesake():
    """Bools, integers, fractions and complex numbers of NumPy become torch's dtype of
    the same name, and the tensor shares the array's memory. Unsigned integers of more
    than 8 bits have claims of their own.
    """
    arrays = [np.array([1, 0], dtype=name) for name in DTYPES]

    tensors = [torch.from_numpy(array) for array in arrays]

    assert [tensor.dtype for tensor in tensors] == list(DTYPES.values())
    assert all(tensor.tolist() == [1, 0] for tensor in tensors)
    assert [tensor.data_ptr() for tensor in tensors] == [
        array.ctypes.data for array in arrays
    ]


@claim("interop.from-numpy.dtype-map", see="generated/torch.from_numpy", since="2.3")
def test_unsigned_integers_become_their_namesakes():
    """Unsigned integers of 16, 32 and 64 bits become torch's uint16, uint32 and uint64,
    and come back as they were.
    """
    names = ["uint16", "uint32", "uint64"]

    tensors = [torch.from_numpy(np.array([7], dtype=name)) for name in names]

    assert [str(tensor.dtype) for tensor in tensors] == [
        *("torch.uint16", "torch.uint32", "torch.uint64")
    ]
    assert [tensor.numpy().dtype.name for tensor in tensors] == names
    assert [tensor.tolist() for tensor in tensors] == [[7], [7], [7]]


@claim(
    "interop.from-numpy.no-unsigned-dtypes",
    see="generated/torch.from_numpy",
    until="2.3",
)
@pytest.mark.parametrize("name", ["uint16", "uint32", "uint64"])
def test_unsigned_integers_of_more_than_a_byte_are_rejected(name):
    """Unsigned integers of 16, 32 and 64 bits raise a TypeError, which names the
    array's dtype.
    """
    array = np.array([7], dtype=name)

    with pytest.raises(
        TypeError, match=f"^can't convert np.ndarray of type numpy.{name}. The only"
    ):
        torch.from_numpy(array)


@claim("interop.from-numpy.unsupported-dtypes", see="generated/torch.from_numpy")
@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        ("U1", "str_"),
        ("S1", "bytes_"),
        (object, "object_"),
        ("M8[D]", "datetime64"),
        (np.longdouble, "longdouble"),
    ],
    ids=["str", "bytes", "object", "datetime64", "longdouble"],
)
@pytest.mark.parametrize(
    "make",
    [
        lambda array: torch.from_numpy(array),
        lambda array: torch.tensor(array),
        lambda array: torch.as_tensor(array),
    ],
    ids=["from_numpy", "tensor", "as_tensor"],
)
def test_dtypes_that_torch_has_not_are_rejected(dtype, name, make):
    """Strings, objects, dates and long doubles raise a TypeError that names the array's
    dtype, in torch.tensor() and torch.as_tensor() as well.
    """
    array = np.zeros(1, dtype=dtype)

    with pytest.raises(
        TypeError, match=f"^can't convert np.ndarray of type numpy.{name}. The only"
    ):
        make(array)


@claim("interop.from-numpy.rejected-arrays", see="generated/torch.from_numpy")
def test_from_numpy_takes_arrays_only():
    """from_numpy() takes an ndarray and nothing else: a list, a tensor, None and a
    number of NumPy's raise a TypeError that names what was given.
    """
    number, scalar = np.float64(3), np.array(3.0)

    with pytest.raises(TypeError, match=r"^expected np.ndarray \(got list\)$"):
        torch.from_numpy([1, 2])
    with pytest.raises(TypeError, match=r"^expected np.ndarray \(got Tensor\)$"):
        torch.from_numpy(torch.ones(2, device="cpu"))
    with pytest.raises(TypeError, match=r"^expected np.ndarray \(got NoneType\)$"):
        torch.from_numpy(None)
    with pytest.raises(TypeError, match=r"^expected np.ndarray \(got numpy.float64\)$"):
        torch.from_numpy(number)
    assert torch.from_numpy(scalar).item() == 3


@claim("interop.from-numpy.negative-strides-rejected", see="generated/torch.from_numpy")
def test_an_array_with_a_negative_stride_is_rejected():
    """An array that runs backwards in any dimension raises a ValueError, since strides
    of tensors are not negative; its copy is accepted.
    """
    array = np.array([[0, 1, 2], [3, 4, 5]])

    with pytest.raises(ValueError, match=NEGATIVE_STRIDE):
        torch.from_numpy(array[::-1])
    with pytest.raises(ValueError, match=NEGATIVE_STRIDE):
        torch.from_numpy(np.flip(array, 1))
    tensor = torch.from_numpy(array[::-1].copy())

    assert tensor.tolist() == [[3, 4, 5], [0, 1, 2]]
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]


@claim("interop.torch-tensor.numpy-restrictions", see="generated/torch.tensor")
@pytest.mark.parametrize(
    "make",
    [lambda array: torch.tensor(array), lambda array: torch.as_tensor(array)],
    ids=["tensor", "as_tensor"],
)
def test_copying_does_not_help_with_negative_strides_or_foreign_byte_order(make):
    """torch.tensor() and torch.as_tensor() reject arrays with a negative stride or of
    foreign byte order too, although torch.tensor() copies; they accept the array's
    copy in native order, and a list of its elements.
    """
    array = np.array([1.0, 2.0], dtype=np.float32)
    swapped = array.astype(array.dtype.newbyteorder())

    with pytest.raises(ValueError, match=NEGATIVE_STRIDE):
        make(array[::-1])
    with pytest.raises(ValueError, match=BYTE_ORDER):
        make(swapped)
    assert make(array[::-1].copy()).tolist() == [2, 1]
    assert make(swapped.astype(np.float32)).tolist() == [1, 2]
    assert make(list(array[::-1])).tolist() == [2, 1]


@claim("interop.from-numpy.byte-order", see="generated/torch.from_numpy")
def test_an_array_of_foreign_byte_order_is_rejected():
    """An array whose bytes are not in the machine's order raises a ValueError."""
    array = np.array([1, 2], dtype=np.dtype(np.int32).newbyteorder())

    with pytest.raises(ValueError, match=BYTE_ORDER):
        torch.from_numpy(array)
    assert torch.from_numpy(array.astype(np.int32)).tolist() == [1, 2]


@claim("interop.from-numpy.fields-of-records", see="generated/torch.from_numpy")
def test_strides_that_are_no_multiple_of_the_element_size_are_rejected():
    """A field of records whose size is no multiple of the element's raises a
    ValueError: a tensor's strides are whole elements. Its copy is accepted.
    """
    records = np.zeros(3, dtype=[("flag", "i1"), ("value", "f4")])

    with pytest.raises(ValueError, match="strides not a multiple of the element byte"):
        torch.from_numpy(records["value"])
    assert torch.from_numpy(records["value"].copy()).tolist() == [0, 0, 0]
    assert torch.from_numpy(records["flag"]).stride() == (5,)


@claim("interop.from-numpy.read-only-warns", see="generated/torch.from_numpy")
def test_a_read_only_array_is_shared_with_a_warning():
    """A read-only array is shared with a UserWarning, and a write to the tensor changes
    the array all the same.
    """
    array = np.array([1, 2])
    array.flags.writeable = False

    with pytest.warns(UserWarning, match="The given NumPy array is not writable"):
        tensor = torch.from_numpy(array)
    tensor[0] = 9

    assert (array.tolist(), array.flags.writeable) == ([9, 2], False)


@claim("interop.from-numpy.broadcast-array", see="generated/torch.from_numpy")
def test_the_result_of_broadcast_to_is_read_only(recwarn):
    """An array from np.broadcast_to() gives a tensor with a stride of 0, with the
    warning about read-only arrays; torch.tensor() writes its repetitions out, without a
    warning.
    """
    array = np.broadcast_to(np.array([1, 2]), (3, 2))

    with pytest.warns(UserWarning, match="The given NumPy array is not writable"):
        tensor = torch.from_numpy(array)
    copy = torch.tensor(array)

    assert len(recwarn) == 0
    assert (tensor.stride(), tensor.tolist()) == ((0, 1), [[1, 2], [1, 2], [1, 2]])
    assert (copy.stride(), copy.tolist()) == ((2, 1), [[1, 2], [1, 2], [1, 2]])


@claim("interop.torch-tensor.copies-read-only", see="generated/torch.tensor")
def test_torch_tensor_copies_a_read_only_array_without_a_warning(recwarn):
    """torch.tensor() of a read-only array warns of nothing, and the copy may be
    written.
    """
    array = np.array([1, 2])
    array.flags.writeable = False

    tensor = torch.tensor(array, device="cpu")
    tensor[0] = 9

    assert (tensor.tolist(), array.tolist()) == ([9, 2], [1, 2])
    assert len(recwarn) == 0


@claim("interop.dlpack.no-bools", see="dlpack", until="2.2")
def test_dlpack_has_no_bools():
    """Tensors of bools raise a RuntimeError in from_dlpack(). DLPack is tried on the
    CPU.
    """
    flags = torch.tensor([True, False])

    with pytest.raises(RuntimeError, match="Bool type is not supported by dlpack"):
        torch.from_dlpack(flags)


@claim("interop.dlpack.bools", see="dlpack", since="2.2")
def test_dlpack_has_bools():
    """Tensors and arrays of bools go through from_dlpack() as they are, over the same
    memory. DLPack is tried on the CPU.
    """
    flags = torch.tensor([True, False])
    array = np.array([True, False])

    alias = torch.from_dlpack(flags)
    from_array = torch.from_dlpack(array)
    flags[1], array[0] = True, False

    assert (alias.tolist(), alias.dtype) == ([True, True], torch.bool)
    assert (from_array.tolist(), from_array.dtype) == ([False, False], torch.bool)


@claim("interop.dlpack.gradient-runtime-error", see="dlpack", until="2.9")
def test_dlpack_refuses_gradients_with_a_runtime_error():
    """A tensor that requires gradients raises a RuntimeError in from_dlpack(), which
    is no BufferError.
    """
    x = torch.tensor([1.0], requires_grad=True, device="cpu")

    with pytest.raises(RuntimeError, match="Can't export tensors that require grad"):
        torch.from_dlpack(x)


@claim("interop.dlpack.gradient-buffer-error", see="dlpack", since="2.9")
def test_dlpack_refuses_gradients_with_a_buffer_error():
    """A tensor that requires gradients raises a BufferError in from_dlpack(); a
    detached one passes.
    """
    x = torch.tensor([1.0], requires_grad=True, device="cpu")

    with pytest.raises(BufferError, match="Can't export tensors that require grad"):
        torch.from_dlpack(x)
    assert torch.from_dlpack(x.detach()).tolist() == [1]


# --- torch.tensor, torch.as_tensor, torch.Tensor --------------------------------------


@claim("interop.torch-tensor.always-copies", see="generated/torch.tensor")
def test_torch_tensor_copies_its_data():
    """torch.tensor() copies an array or a list: the data and the result can be changed
    independently, and the result is a leaf without history.
    """
    array, numbers = np.array([1.0, 2.0]), [1.0, 2.0]

    first = torch.tensor(array, device="cpu")
    second = torch.tensor(numbers, device="cpu")

    array[0] = numbers[0] = 9.0
    first[1] = second[1] = -1
    assert (first.tolist(), second.tolist()) == ([1, -1], [1, -1])
    assert (array.tolist(), numbers) == ([9, 2], [9, 2])
    assert (first.is_leaf, first.requires_grad, first.grad_fn) == (True, False, None)


@claim("interop.torch-tensor.copies-tensors-with-warning", see="generated/torch.tensor")
def test_torch_tensor_of_a_tensor_copies_detaches_and_warns():
    """torch.tensor() of a tensor copies it, gives a leaf that does not require
    gradients, and warns that clone() and detach() say this better.
    """
    leaf = torch.tensor([1.0, 2.0], requires_grad=True, device="cpu")
    source = leaf * 2

    with pytest.warns(UserWarning, match="^To copy construct from a tensor, it is"):
        copy = torch.tensor(source)

    assert (copy.tolist(), copy.dtype) == ([2, 4], torch.float32)
    assert (copy.is_leaf, copy.requires_grad) == (True, False)
    assert not shares_storage(copy, source)
    assert source.requires_grad


@claim("interop.as-tensor.shares", see="generated/torch.as_tensor")
def test_as_tensor_shares_an_array_and_returns_a_tensor_itself():
    """torch.as_tensor() shares the memory of an array, and returns a tensor itself, its
    history included, also where the dtype and the device asked for are those it has.
    """
    array = np.array([1.0, 2.0])
    source = torch.tensor([3.0], requires_grad=True, device="cpu") * 2

    tensor, same = torch.as_tensor(array), torch.as_tensor(source)
    asked = torch.as_tensor(array, dtype=torch.float64, device="cpu")

    array[0] = 9
    assert (tensor.tolist(), tensor.dtype) == ([9, 2], torch.float64)
    assert (asked.tolist(), asked.dtype) == ([9, 2], torch.float64)
    assert same is source
    assert torch.as_tensor(source, dtype=torch.float32, device="cpu") is source


@claim("interop.as-tensor.converts", see="generated/torch.as_tensor")
def test_as_tensor_copies_when_it_has_to_convert():
    """torch.as_tensor() copies where another dtype is asked for, and where the data is
    a list.
    """
    array, numbers = np.array([1, 2]), [3, 4]
    tensor = torch.tensor([5, 6], device="cpu")

    one = torch.as_tensor(array, dtype=torch.float32)
    two = torch.as_tensor(numbers, device="cpu")
    three = torch.as_tensor(tensor, dtype=torch.int32)

    array[0] = numbers[0] = tensor[0] = 9
    assert (one.tolist(), one.dtype) == ([1, 2], torch.float32)
    assert (two.tolist(), two.dtype) == ([3, 4], torch.int64)
    assert (three.tolist(), three.dtype) == ([5, 6], torch.int32)


@claim("interop.torch-tensor.dtype-inference", see="generated/torch.tensor")
def test_torch_tensor_takes_the_dtype_from_its_data():
    """torch.tensor() takes the dtype from the data: of Python's numbers bool for bools,
    int64 for integers, the default dtype for fractions, complex64 for complex numbers,
    the highest of these for a mixture, and the default dtype for nothing; of NumPy's
    arrays and numbers their own. But torch.Tensor() of numbers makes the default dtype.
    """
    data = [[0, 2], [0.5, 2.0], [1, 2.5], [True, False], [True, 2], [1, 2j], []]

    inferred = [torch.tensor(each, device="cpu") for each in data]
    fixed = torch.Tensor([0, 2, 5])

    assert [(tensor.tolist(), tensor.dtype) for tensor in inferred] == [
        ([0, 2], torch.int64),
        ([0.5, 2.0], torch.float32),
        ([1.0, 2.5], torch.float32),
        ([True, False], torch.bool),
        ([1, 2], torch.int64),
        ([1 + 0j, 2j], torch.complex64),
        ([], torch.float32),
    ]
    assert torch.tensor(np.array([1.5])).dtype is torch.float64
    assert torch.tensor(np.array([1, 2], dtype=np.int16)).dtype is torch.int16
    assert torch.tensor(np.float64(1.5)).dtype is torch.float64
    assert torch.tensor([np.float64(1.5), 2.0]).dtype is torch.float64
    assert (fixed.tolist(), fixed.dtype) == ([0, 2, 5], torch.float32)


@claim("interop.tensor-constructor.sizes", see="tensors")
def test_torch_tensor_takes_numbers_for_data_and_the_constructor_for_sizes():
    """torch.Tensor() takes bare integers for sizes, and refuses a bare fraction;
    torch.tensor() takes one number for the data, and refuses two.
    """
    made = torch.Tensor(2, 3)
    scalar = torch.tensor(3, device="cpu")

    assert (made.shape, made.dtype) == ((2, 3), torch.float32)
    assert (torch.Tensor(3).shape, torch.Tensor().shape) == ((3,), (0,))
    assert (scalar.shape, scalar.item(), scalar.dtype) == ((), 3, torch.int64)
    with pytest.raises(TypeError, match=r"^new\(\): data must be a sequence"):
        torch.Tensor(3.0)
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        torch.tensor(2, 3)


@claim("interop.tensor-constructor.shares-float32", see="tensors")
def test_the_constructor_shares_an_array_of_float32_only():
    """torch.Tensor() of an array of the default dtype shares the array's memory; of
    another dtype it makes a converted copy.
    """
    floats, doubles = np.array([1, 2], dtype=np.float32), np.array([1.0, 2.0])

    shared, copied = torch.Tensor(floats), torch.Tensor(doubles)

    floats[0] = doubles[0] = 9
    assert (shared.tolist(), shared.dtype) == ([9, 2], torch.float32)
    assert (copied.tolist(), copied.dtype) == ([1, 2], torch.float32)


@claim("interop.torch-tensor.dtype-argument", see="generated/torch.tensor")
def test_a_given_dtype_goes_before_that_of_the_data():
    """With dtype=, torch.tensor() converts the data; requires_grad=True makes the copy
    a leaf that requires gradients.
    """
    array = np.array([1, 2])

    tensor = torch.tensor(array, dtype=torch.float64, requires_grad=True)

    assert (tensor.tolist(), tensor.dtype) == ([1, 2], torch.float64)
    assert (tensor.requires_grad, tensor.is_leaf) == (True, True)
    with pytest.raises(RuntimeError, match=r"[Oo]nly Tensors of floating point"):
        torch.tensor(array, requires_grad=True)


# --- gradients ------------------------------------------------------------------------


@claim(
    "interop.numpy.requires-grad-rejected",
    also=["interop.numpy.requires-detach"],
    see="generated/torch.Tensor.numpy",
)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.tensor([1.0, 2.0], requires_grad=True, device="cpu"),
        lambda: torch.tensor([0.5, 1.0], requires_grad=True, device="cpu") * 2,
        lambda: torch.nn.Parameter(torch.tensor([1.0, 2.0], device="cpu")),
    ],
    ids=["leaf", "not-a-leaf", "parameter"],
)
def test_a_tensor_that_requires_gradients_has_to_be_detached(make):
    """numpy() of a tensor that requires gradients raises a RuntimeError, and so do
    np.asarray() and np.array(); tolist() is allowed, and a detached alias gives an
    array over the tensor's memory.
    """
    tensor = make()

    with pytest.raises(RuntimeError, match=NEEDS_DETACH):
        tensor.numpy()
    with pytest.raises(RuntimeError, match=NEEDS_DETACH):
        np.asarray(tensor)
    with pytest.raises(RuntimeError, match=NEEDS_DETACH):
        np.array(tensor)
    array = tensor.detach().numpy()

    array[0] = 5
    assert (tensor.tolist(), array.tolist()) == ([5, 2], [5, 2])
    assert tensor.requires_grad


@claim("interop.numpy.force", see="generated/torch.Tensor.numpy")
def test_force_detaches_and_shares_where_nothing_else_is_needed():
    """numpy(force=True) stands for detach().cpu().resolve_conj().resolve_neg().numpy():
    a tensor on the CPU that only has to be detached, or not even that, is shared, and
    one that required gradients goes on doing so.
    """
    leaf = torch.tensor([1.0, 2.0], requires_grad=True, device="cpu")
    plain = torch.tensor([3.0, 4.0], device="cpu")

    array, other = leaf.numpy(force=True), plain.numpy(force=True)

    array[0] = other[0] = 5
    assert (other.tolist(), plain.tolist()) == ([5, 4], [5, 4])
    assert (array.tolist(), leaf.tolist()) == ([5, 2], [5, 2])
    assert leaf.requires_grad
    with pytest.raises(RuntimeError, match=NEEDS_DETACH):
        leaf.numpy(force=False)


@claim("interop.numpy.allowed-under-no-grad", see="generated/torch.no_grad")
@pytest.mark.parametrize(
    "mode",
    [
        lambda: torch.no_grad(),
        lambda: torch.inference_mode(),
        lambda: torch.set_grad_enabled(False),
    ],
    ids=["no_grad", "inference_mode", "set_grad_enabled"],
)
def test_without_grad_mode_a_tensor_that_requires_gradients_is_shared(mode):
    """With grad mode off, numpy() of a tensor that requires gradients shares its
    memory; with it on again, the same tensor is refused.
    """
    parameter = torch.nn.Parameter(torch.tensor([1.0, 2.0], device="cpu"))
    result = parameter * 2

    with mode():
        array, product = parameter.numpy(), result.numpy()
    array[0] = product[0] = 5

    assert (parameter.tolist(), result.tolist()) == ([5, 2], [5, 4])
    assert (parameter.requires_grad, result.requires_grad) == (True, True)
    with pytest.raises(RuntimeError, match=NEEDS_DETACH):
        parameter.numpy()
    with pytest.raises(RuntimeError, match=NEEDS_DETACH):
        result.numpy()


@claim("interop.numpy.result-of-no-grad", see="generated/torch.no_grad")
@pytest.mark.parametrize(
    "mode",
    [lambda: torch.no_grad(), lambda: torch.inference_mode()],
    ids=["no_grad", "inference_mode"],
)
def test_what_was_computed_without_grad_mode_converts_anywhere(mode):
    """A result computed with grad mode off does not require gradients, so it gives an
    array over its memory later as well.
    """
    parameter = torch.nn.Parameter(torch.tensor([1.0, 2.0], device="cpu"))
    with mode():
        result = parameter * 2

    array = result.numpy()

    assert (array.tolist(), array.ctypes.data) == ([2, 4], result.data_ptr())
    assert not result.requires_grad


@claim("interop.numpy.detach-shares-memory", see="generated/torch.Tensor.detach")
@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.cpu().detach().numpy(),
        lambda x: x.detach().cpu().numpy(),
        lambda x: x.data.numpy(),
    ],
    ids=["cpu-detach", "detach-cpu", "data"],
)
def test_on_the_cpu_neither_cpu_nor_detach_nor_numpy_copies(convert):
    """On the CPU the array from cpu(), detach() and numpy(), in either order, or from
    .data, is the tensor's own memory: a write to it changes the tensor. A clone is
    independent.
    """
    leaf = torch.tensor([1.0, 2.0], requires_grad=True, device="cpu")
    snapshot = leaf.detach().clone().numpy()

    array = convert(leaf)

    assert array.ctypes.data == leaf.data_ptr()
    array[0] = 5
    assert (leaf.tolist(), array.tolist()) == ([5, 2], [5, 2])
    assert (leaf.requires_grad, snapshot.tolist()) == (True, [1, 2])


@claim("interop.numpy.writes-are-not-counted", see="notes/autograd")
def test_autograd_does_not_notice_a_write_through_an_array():
    """A write through the array is not counted as a change of the tensor, so backward
    raises no error and computes with the overwritten values.
    """
    leaf = torch.tensor([1.0, 2.0], requires_grad=True, device="cpu")
    squares = leaf * leaf
    array = leaf.detach().numpy()

    array[0] = 5
    squares.sum().backward()

    assert leaf._version == 0
    assert (squares.tolist(), leaf.grad.tolist()) == ([1, 4], [10, 4])


# --- devices --------------------------------------------------------------------------


@claim("interop.cpu.no-copy-on-cpu", see="generated/torch.Tensor.cpu")
def test_cpu_of_a_tensor_on_the_cpu_is_the_tensor_itself():
    """cpu() of a tensor that is on the CPU already returns the tensor itself, also of a
    parameter and of a view; to("cpu", copy=True) does copy.
    """
    tensor = torch.tensor([[1, 2], [3, 4]], device="cpu")
    parameter = torch.nn.Parameter(torch.ones(2, device="cpu"))
    view = tensor.t()

    assert tensor.cpu() is tensor
    assert parameter.cpu() is parameter
    assert view.cpu() is view
    copy = tensor.to("cpu", copy=True)

    assert (copy.tolist(), shares_storage(copy, tensor)) == ([[1, 2], [3, 4]], False)


@claim("interop.cpu.copies-from-cuda", see="generated/torch.Tensor.cpu")
def test_cpu_of_a_tensor_on_a_gpu_is_a_copy_with_history(cuda):
    """cpu() of a tensor on a GPU copies it to the CPU, and is an operation that
    gradients flow through.
    """
    leaf = torch.tensor([1.0, 2.0], requires_grad=True, device=cuda)

    copy = leaf.cpu()

    assert (copy.device.type, copy.tolist()) == ("cpu", [1, 2])
    assert (copy.is_leaf, copy.requires_grad) == (False, True)
    (copy * torch.tensor([3.0, 4.0], device="cpu")).sum().backward()
    assert (leaf.grad.tolist(), leaf.grad.device) == ([3, 4], cuda)


@claim("interop.numpy.device-tensor-rejected", see="generated/torch.Tensor.numpy")
def test_a_tensor_that_is_not_on_the_cpu_is_rejected():
    """numpy() and np.asarray() of a tensor on another device raise a TypeError that
    names the device; a meta tensor stands here for all, and has no data to copy either.
    """
    tensor = torch.ones(2, device="meta")

    with pytest.raises(
        TypeError, match=r"^can't convert meta device .* Tensor.cpu\(\)"
    ):
        tensor.numpy()
    with pytest.raises(
        TypeError, match=r"^can't convert meta device .* Tensor.cpu\(\)"
    ):
        np.asarray(tensor)
    with pytest.raises(NotImplementedError, match=r"^Cannot copy out of meta tensor"):
        tensor.numpy(force=True)


@claim("interop.numpy.cuda-needs-cpu", see="generated/torch.Tensor.numpy")
def test_a_tensor_on_a_gpu_has_to_be_copied_to_the_cpu(cuda):
    """numpy() of a tensor on a GPU raises a TypeError that names the device and
    Tensor.cpu(); cpu().numpy() and numpy(force=True) give independent arrays.
    """
    tensor = torch.tensor([1.0, 2.0], device=cuda)

    with pytest.raises(
        TypeError, match=rf"^can't convert {cuda} device type .* Tensor.cpu\(\)"
    ):
        tensor.numpy()
    with pytest.raises(TypeError, match=f"^can't convert {cuda} device type"):
        np.asarray(tensor)
    array, forced = tensor.cpu().numpy(), tensor.numpy(force=True)

    array[0] = forced[1] = 9
    assert (array.tolist(), forced.tolist()) == ([9, 2], [1, 9])
    assert tensor.tolist() == [1, 2]


# --- what NumPy can't say -------------------------------------------------------------


@claim("interop.conj.unresolved-restrictions", see="generated/torch.Tensor.numpy")
def test_a_conjugate_has_to_be_resolved():
    """numpy() and view_as_real() refuse a conjugate, which is a view that says that its
    elements are still to be conjugated; resolve_conj() writes them out, after which
    both work.
    """
    base = torch.tensor([1 + 2j], device="cpu")
    conjugate = base.conj()

    with pytest.raises(RuntimeError, match="Tensor that has conjugate bit set"):
        conjugate.numpy()
    with pytest.raises(RuntimeError, match=r"^view_as_real doesn't work on unresolved"):
        torch.view_as_real(conjugate)
    resolved = conjugate.resolve_conj()

    assert resolved.numpy().tolist() == [1 - 2j]
    assert torch.view_as_real(resolved).tolist() == [[1, -2]]
    assert not shares_storage(resolved, base)


@claim("interop.numpy.negative-bit", see="generated/torch.Tensor.numpy")
def test_a_lazy_negative_has_to_be_resolved():
    """numpy() refuses the imaginary part of a conjugate, a view that says that its
    elements are still to be negated, until resolve_neg() has written them out.
    """
    negative = torch.tensor([1 + 2j], device="cpu").conj().imag

    with pytest.raises(RuntimeError, match="Tensor that has negative bit set"):
        negative.numpy()
    array = negative.resolve_neg().numpy()

    assert (array.tolist(), array.dtype) == ([-2], np.float32)


@claim("interop.numpy.force-resolves", see="generated/torch.Tensor.numpy")
def test_force_resolves_conjugates_and_negatives():
    """numpy(force=True) of a conjugate, or of a lazy negative, is a resolved copy."""
    base = torch.tensor([1 + 2j], device="cpu")
    conjugate = base.conj()

    array = conjugate.numpy(force=True)
    negative = conjugate.imag.numpy(force=True)

    assert (array.tolist(), negative.tolist()) == ([1 - 2j], [-2])
    array[0] = negative[0] = 9
    assert base.tolist() == [1 + 2j]


@claim("interop.numpy.sparse-rejected", see="generated/torch.Tensor.numpy")
def test_a_sparse_tensor_has_no_memory_to_share():
    """numpy() of a sparse tensor raises a TypeError, with force=True as well;
    to_dense() comes first.
    """
    sparse = torch.tensor([[0, 3], [0, 0]], device="cpu").to_sparse()

    with pytest.raises(TypeError, match=SPARSE):
        sparse.numpy()
    with pytest.raises(TypeError, match=SPARSE):
        sparse.numpy(force=True)
    assert sparse.to_dense().numpy().tolist() == [[0, 3], [0, 0]]


# --- images, and NumPy's keywords -----------------------------------------------------


@claim("interop.numpy.chw-to-hwc-transpose", see="generated/torch.permute")
@pytest.mark.parametrize(
    ("channels", "first"),
    [(1, [0]), (3, [0, 6, 12]), (4, [0, 6, 12, 18])],
    ids=["gray", "rgb", "rgba"],
)
def test_an_image_is_transposed_from_chw_to_hwc_without_a_copy(channels, first):
    """np.transpose(array, (1, 2, 0)) brings an image from (C, H, W) to (H, W, C), as
    permute(1, 2, 0) does on the tensor; both are views of the tensor's memory.
    """
    image = torch.arange(channels * 6, device="cpu").view(channels, 2, 3)

    array = np.transpose(image.numpy(), (1, 2, 0))
    other = image.permute(1, 2, 0).numpy()

    assert (array.shape, array.strides) == ((2, 3, channels), (24, 8, 48))
    assert (other.shape, other.strides) == ((2, 3, channels), (24, 8, 48))
    assert (array[0, 0].tolist(), other[0, 0].tolist()) == (first, first)
    assert (array[0, 2, 0], array[1, 0, 0]) == (2, 3)
    array[0, 0, 0], other[1, 2, 0] = -1, -5
    assert image[0].tolist() == [[-1, 1, 2], [3, 4, -5]]


@claim("interop.numpy.axis-and-keepdims-keywords", see="torch")
def test_many_functions_take_axis_for_dim_and_keepdims_for_keepdim(device):
    """Functions with a parameter dim that are written in C++ take NumPy's axis= for it,
    and keepdims= for keepdim=.
    """
    m = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], device=device)
    index = torch.tensor([[0], [2]], device=device)

    assert torch.sum(m, axis=0, keepdims=True).tolist() == [[3, 5, 7]]
    assert m.mean(axis=-1, keepdims=True).tolist() == [[1], [4]]
    assert torch.argmax(m, axis=0, keepdims=True).tolist() == [[1, 1, 1]]
    assert torch.cat([m, m], axis=1).tolist() == [
        [0, 1, 2, 0, 1, 2],
        [3, 4, 5, 3, 4, 5],
    ]
    assert torch.stack([m[0], m[1]], axis=1).tolist() == [[0, 3], [1, 4], [2, 5]]
    assert [t.tolist() for t in torch.chunk(m, 3, axis=1)] == [
        *([[0], [3]], [[1], [4]], [[2], [5]])
    ]
    assert [t.tolist() for t in m.unbind(axis=1)] == [[0, 3], [1, 4], [2, 5]]
    assert m[:1].squeeze(axis=0).tolist() == [0, 1, 2]
    assert m.unsqueeze(axis=1).tolist() == [[[0, 1, 2]], [[3, 4, 5]]]
    assert m.narrow(axis=1, start=1, length=2).tolist() == [[1, 2], [4, 5]]
    assert torch.gather(m, axis=1, index=index).tolist() == [[0], [5]]
    assert m.index_select(axis=1, index=index[1]).tolist() == [[2], [5]]


@claim("interop.numpy.axis-rejected", see="generated/torch.split")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: torch.split(m, 2, axis=1), "unexpected keyword argument 'axis'"),
        (lambda m: m.split(2, axis=1), "unexpected keyword argument 'axis'"),
        (lambda m: torch.norm(m, axis=1), "unexpected keyword argument 'axis'"),
        (
            lambda m: torch.nn.functional.softmax(m, axis=1),
            "unexpected keyword argument 'axis'",
        ),
        (lambda m: torch.flip(m, axis=(1,)), 'required positional arguments: "dims"'),
        (lambda m: m.permute(axis=(1, 0)), 'required positional arguments: "dims"'),
        (
            lambda m: torch.sum(m, dim=0, axis=0),
            r"^sum\(\) (received an inv|got an unexp)",
        ),
    ],
    ids=["split", "split-method", "norm", "softmax", "flip", "permute", "sum-both"],
)
def test_functions_in_python_or_with_dims_do_not_take_axis(device, call, message):
    """split(), norm() and the like, which begin in Python, take no axis=, and neither
    do flip() and permute(), whose parameter is dims; nor are dim= and axis= taken
    together. All raise a TypeError.
    """
    m = torch.ones(2, 3, device=device)

    with pytest.raises(TypeError, match=message):
        call(m)

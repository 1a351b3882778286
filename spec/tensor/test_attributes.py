"""Attributes.

What a tensor says about itself: how many dimensions it has and how large they are, how
many elements that makes, of which dtype they are and on which device, and how it stands
to gradients. A shape is a tuple with a few methods more; dtype and device are objects
of their own and not Python types.

It is commonly believed that the class of a tensor tells its dtype, as the old names
torch.FloatTensor and torch.LongTensor suggest. Every tensor is a torch.Tensor; the old
names only answer isinstance() for it, and the attributes dtype and device say more.
People also take .data for the safe way to the values. It is the one that autograd does
not watch.
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models.sizes import count, out_of_range
from torch_semantics import claim
from torch_semantics.words import shares_storage

SHAPES = st.lists(st.sampled_from([2, 3, 1, 0, 4]), max_size=4).map(tuple)
NAN, INF = float("nan"), float("inf")

OLD_NAMES = {
    "HalfTensor": torch.float16,
    "BFloat16Tensor": torch.bfloat16,
    "FloatTensor": torch.float32,
    "DoubleTensor": torch.float64,
    "ByteTensor": torch.uint8,
    "CharTensor": torch.int8,
    "ShortTensor": torch.int16,
    "IntTensor": torch.int32,
    "LongTensor": torch.int64,
    "BoolTensor": torch.bool,
}

# --- dimensions -----------------------------------------------------------------------


@claim("tensor.rank.scalar-vector-matrix", see="generated/torch.tensor")
def test_a_number_a_list_and_a_list_of_lists_have_zero_one_and_two_dimensions(device):
    """A tensor made from a number has no dimensions, from a list it has one, and from a
    list of lists two.
    """
    scalar = torch.tensor(3.0, device=device)
    vector = torch.tensor([3.0, 4.0], device=device)
    matrix = torch.tensor([[3.0, 4.0, 5.0], [6.0, 7.0, 8.0]], device=device)

    assert [x.dim() for x in (scalar, vector, matrix)] == [0, 1, 2]
    assert [x.shape for x in (scalar, vector, matrix)] == [(), (2,), (2, 3)]
    assert [x.numel() for x in (scalar, vector, matrix)] == [1, 2, 6]
    assert (scalar.item(), vector.tolist()) == (3, [3, 4])
    assert matrix.tolist() == [[3, 4, 5], [6, 7, 8]]


@claim("tensor.rank.one-element-in-any-number-of-dimensions", see="tensors")
def test_one_element_may_have_any_number_of_dimensions(device):
    """A number, a list of one number and a list of such a list hold one element each,
    in tensors of different shapes.
    """
    scalar = torch.tensor(7, device=device)
    vector = torch.tensor([7], device=device)
    matrix = torch.tensor([[7]], device=device)

    assert [scalar.shape, vector.shape, matrix.shape] == [(), (1,), (1, 1)]
    assert [scalar.numel(), vector.numel(), matrix.numel()] == [1, 1, 1]
    assert [scalar.tolist(), vector.tolist(), matrix.tolist()] == [7, [7], [[7]]]


@claim("tensor.rank.empty-lists", see="generated/torch.tensor")
def test_empty_lists_make_dimensions_of_size_zero(device):
    """An empty list makes one dimension of size 0 and lists around it add dimensions of
    their own length; without elements the dtype is the default one.
    """
    empty = torch.tensor([], device=device)
    one_row = torch.tensor([[]], device=device)
    two_rows = torch.tensor([[], []], device=device)

    assert [x.shape for x in (empty, one_row, two_rows)] == [(0,), (1, 0), (2, 0)]
    assert [x.numel() for x in (empty, one_row, two_rows)] == [0, 0, 0]
    assert (empty.dtype, empty.tolist()) == (torch.float32, [])
    assert two_rows.tolist() == [[], []]


@claim("tensor.dim.number-of-dimensions", see="generated/torch.Tensor.dim")
def test_dim_is_the_number_of_dimensions(device):
    """``dim()``, ``ndimension()`` and ``ndim`` all are the number of dimensions:
    dimensions of size 1 and 0 count, and a scalar has none.
    """
    shapes = [(), (0,), (5,), (1, 1), (2, 0, 3, 1)]
    tensors = [torch.zeros(shape, device=device) for shape in shapes]

    dims = [x.dim() for x in tensors]

    assert dims == [0, 1, 1, 2, 4]
    assert [x.ndimension() for x in tensors] == [0, 1, 1, 2, 4]
    assert [x.ndim for x in tensors] == [0, 1, 1, 2, 4]
    assert [x.shape for x in tensors] == shapes


@claim("tensor.dim.follows-views", see="generated/torch.Tensor.dim")
def test_views_have_dimensions_of_their_own(device):
    """A view has its own number of dimensions and its own shape; those of its base stay
    as they are.
    """
    base = torch.zeros(2, 3, device=device)

    row, wrapped = base[0], base.unsqueeze(0)

    assert (row.dim(), row.shape) == (1, (3,))
    assert (wrapped.dim(), wrapped.shape) == (3, (1, 2, 3))
    assert (base.dim(), base.shape) == (2, (2, 3))


@claim("tensor.dim.len-is-the-first-size", see="tensors")
def test_len_is_the_size_of_the_first_dimension(device):
    """``len()`` is the size of the first dimension, neither the number of dimensions
    nor of elements.
    """
    shapes = [(4, 2, 3), (0, 3), (3, 0), (5,)]
    tensors = [torch.zeros(shape, device=device) for shape in shapes]

    lengths = [len(x) for x in tensors]

    assert lengths == [4, 0, 3, 5]


@claim("tensor.dim.scalars-have-no-length", see="tensors")
def test_a_tensor_without_dimensions_has_no_length(device):
    """A tensor without dimensions has no ``len()`` and can't be iterated over: both
    raise a TypeError.
    """
    scalar = torch.tensor(3, device=device)

    with pytest.raises(TypeError, match=r"len\(\) of a 0-d tensor"):
        len(scalar)
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        iter(scalar)


# --- shape ----------------------------------------------------------------------------


@claim("tensor.shape.size-is-tuple", see="size")
def test_a_shape_is_a_tuple(device):
    """A shape is a torch.Size, which is a tuple: it equals a plain one, has its hash,
    unpacks and indexes like it, and equals no list.
    """
    shape = torch.zeros(2, 3, device=device).shape

    rows, columns = shape

    assert type(shape) is torch.Size
    assert isinstance(shape, tuple)
    assert (shape == (2, 3), shape == (3, 2), shape == [2, 3]) == (True, False, False)
    assert {(2, 3): "found"}[shape] == "found"
    assert (rows, columns, shape[0], shape[-1], len(shape)) == (2, 3, 2, 3, 2)
    assert repr(shape) == "torch.Size([2, 3])"


@claim("tensor.shape.numel", see="size")
def test_a_shape_counts_the_elements():
    """The method ``numel()`` of a shape multiplies its sizes: 1 for no sizes, and 0
    where one of them is 0.
    """
    shapes = [torch.Size(sizes) for sizes in ([2, 3, 4], [5], [], [2, 0, 3])]

    counts = [shape.numel() for shape in shapes]

    assert counts == [24, 5, 1, 0]


@claim("tensor.shape.from-numbers", see="size")
def test_a_shape_is_made_from_whole_numbers():
    """torch.Size takes an iterable of ints; a float, a string or no iterable at all
    raises a TypeError.
    """
    shape = torch.Size(iter([2, 3]))

    assert (type(shape), shape) == (torch.Size, (2, 3))
    with pytest.raises(TypeError, match="item 1 is 'float'"):
        torch.Size([2, 3.0])
    with pytest.raises(TypeError, match="item 0 is 'str'"):
        torch.Size("23")
    with pytest.raises(TypeError, match="not iterable"):
        torch.Size(3)


@claim("tensor.shape.equals-size", see="generated/torch.Tensor.size")
def test_shape_and_size_are_the_same(device):
    """``shape`` and ``size()`` are equal torch.Sizes, and ``size(d)`` is the int at
    ``shape[d]``, counted from the end where d is negative.
    """
    x = torch.zeros(2, 0, 3, device=device)

    shape, size = x.shape, x.size()
    sizes = [x.size(0), x.size(1), x.size(2)]

    assert (shape, size) == ((2, 0, 3), (2, 0, 3))
    assert (type(shape), type(size)) == (torch.Size, torch.Size)
    assert ([shape[0], shape[1], shape[-1]], sizes) == ([2, 0, 3], [2, 0, 3])
    assert [x.size(-3), x.size(-2), x.size(-1)] == [2, 0, 3]
    assert [type(each) for each in (*shape, *sizes)] == [int] * 6
    assert x.size(dim=2) == 3


@claim("tensor.shape.of-every-tensor", see="generated/torch.Tensor.size")
@given(shape=SHAPES)
def test_every_tensor_has_the_shape_that_it_was_made_with(device, shape):
    """Any list of sizes, also of none and with zeros, comes back as shape, size by size
    and dimension by dimension, and its product as the number of elements.
    """
    dims = len(shape)

    x = torch.zeros(shape, device=device)

    sizes = tuple(x.size(dim) for dim in range(dims))
    from_the_end = tuple(x.size(dim) for dim in range(-dims, 0))
    assert (x.shape, x.size(), sizes, from_the_end) == (shape, shape, shape, shape)
    assert (shape, x.dim(), x.numel()) == (shape, dims, count(shape))


@claim("tensor.shape.scalar", see="generated/torch.Tensor.size")
def test_the_shape_of_a_scalar_is_empty(device):
    """The shape of a tensor without dimensions is the empty torch.Size, and ``size(d)``
    raises an IndexError for every d.
    """
    scalar = torch.tensor(3, device=device)

    assert (scalar.shape, scalar.size(), len(scalar.shape)) == ((), (), 0)
    assert type(scalar.shape) is torch.Size
    with pytest.raises(IndexError, match="specified as 0 but tensor has no dimensions"):
        scalar.size(0)
    with pytest.raises(IndexError, match="specified as -1 but tensor has no dim"):
        scalar.size(-1)


@claim("tensor.shape.size-out-of-range", see="generated/torch.Tensor.size")
@given(dims=st.integers(0, 4), beyond=st.integers(0, 3), end=st.sampled_from([1, -1]))
def test_the_size_of_a_missing_dimension_raises(device, dims, beyond, end):
    """``size(d)`` raises an IndexError that names the dimensions there are, for every d
    before the first and after the last dimension.
    """
    x = torch.zeros([2] * dims, device=device)
    dim = dims + beyond if end == 1 else -dims - 1 - beyond

    with pytest.raises(IndexError) as error:
        x.size(dim)

    assert (dims, dim, str(error.value)) == (dims, dim, out_of_range(dim, dims))


@claim("tensor.shape.index-out-of-range", see="size")
def test_a_shape_is_indexed_like_a_tuple(device):
    """Indexing a shape beyond its end raises the IndexError of a tuple, unlike
    ``size(d)``, which speaks of dimensions.
    """
    x = torch.zeros(2, 3, device=device)

    with pytest.raises(IndexError, match="tuple index out of range"):
        x.shape[2]
    with pytest.raises(IndexError, match="tuple index out of range"):
        x.shape[-3]
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got 2"):
        x.size(2)


@claim("tensor.shape.size-takes-an-int", see="generated/torch.Tensor.size")
def test_size_takes_a_whole_number_and_no_bool(device):
    """``size(d)`` raises a TypeError for a float and for a bool."""
    x = torch.zeros(2, 3, device=device)

    with pytest.raises(TypeError, match=r"size\(\).*float"):
        x.size(1.0)
    with pytest.raises(TypeError, match=r"size\(\).*bool"):
        x.size(True)


@claim("tensor.shape.arithmetic", see="size")
def test_slices_sums_and_multiples_of_a_shape_are_shapes(device):
    """A slice of a shape, a shape with a tuple added and a shape repeated are again
    torch.Sizes, joined and repeated as tuples are.
    """
    shape = torch.zeros(2, 3, 4, device=device).shape

    rest, longer, repeated = shape[1:], shape + (1,), shape * 2

    assert (rest, longer, repeated) == ((3, 4), (2, 3, 4, 1), (2, 3, 4, 2, 3, 4))
    assert [type(each) for each in (rest, longer, repeated)] == [torch.Size] * 3
    assert shape == (2, 3, 4)


@claim("tensor.shape.added-to-a-tuple-is-a-tuple", see="size", until="2.8.0")
def test_a_tuple_with_a_shape_added_is_a_tuple(device):
    """A plain tuple with a shape added is a plain tuple."""
    shape = torch.zeros(2, 3, device=device).shape

    longer = (1,) + shape

    assert (longer, type(longer)) == ((1, 2, 3), tuple)


@claim("tensor.shape.added-to-a-tuple", see="size", since="2.8.0")
def test_a_tuple_with_a_shape_added_is_a_shape(device):
    """A plain tuple with a shape added is a torch.Size."""
    shape = torch.zeros(2, 3, device=device).shape

    longer = (1,) + shape

    assert (longer, type(longer)) == ((1, 2, 3), torch.Size)


@claim("tensor.shape.is-of-its-moment", see="size")
def test_a_shape_does_not_follow_its_tensor(device):
    """A shape that was read stays as it is when the tensor is reshaped in place."""
    x = torch.zeros(2, 3, device=device)
    before = x.shape

    x.unsqueeze_(0)

    assert (before, x.shape, x.size()) == ((2, 3), (1, 2, 3), (1, 2, 3))


# --- elements -------------------------------------------------------------------------


@claim("tensor.numel.total-elements", see="generated/torch.numel")
def test_numel_is_the_product_of_the_sizes(device):
    """The number of elements is the product of the sizes: 1 without dimensions and 0
    where any size is 0; function, method and ``nelement()`` agree.
    """
    shapes = [(), (5,), (2, 3, 4), (0,), (2, 0, 3), (1, 1)]
    tensors = [torch.zeros(shape, device=device) for shape in shapes]

    counts = [x.numel() for x in tensors]

    assert counts == [1, 5, 24, 0, 0, 1]
    assert [type(each) for each in counts] == [int] * 6
    assert [x.nelement() for x in tensors] == [1, 5, 24, 0, 0, 1]
    assert [torch.numel(x) for x in tensors] == [1, 5, 24, 0, 0, 1]
    assert torch.numel(input=tensors[2]) == 24


@claim("tensor.numel.not-what-is-stored", see="generated/torch.numel")
def test_numel_counts_what_can_be_indexed_and_not_what_is_stored(device):
    """The number of elements is that of the indices: an expanded tensor has more than
    its memory, and a slice has fewer.
    """
    base = torch.arange(6, device=device)
    repeated = base.expand(3, 6)
    every_second = base[::2]

    counts = [repeated.numel(), every_second.numel(), base.numel()]

    assert counts == [18, 3, 6]
    assert shares_storage(repeated, base)
    assert shares_storage(every_second, base)


@claim("tensor.numel.takes-a-tensor", see="generated/torch.numel")
def test_numel_takes_only_tensors():
    """``torch.numel`` raises a TypeError for a list of numbers."""
    with pytest.raises(TypeError, match=r"'input' .* must be Tensor, not list"):
        torch.numel([1, 2, 3])


# --- class and dtype ------------------------------------------------------------------


@claim("tensor.type.python-type", see="tensors")
def test_every_tensor_is_a_torch_tensor(device):
    """Tensors of every dtype are instances of torch.Tensor and exactly that, whereas a
    parameter is of a subclass; lists and numbers are no tensors.
    """
    floats = torch.zeros(2, device=device)
    ints = torch.zeros(2, dtype=torch.int64, device=device)
    parameter = nn.Parameter(torch.zeros(2, device=device))

    assert (type(floats), type(ints)) == (torch.Tensor, torch.Tensor)
    assert type(parameter) is nn.Parameter
    assert [isinstance(x, torch.Tensor) for x in (floats, ints, parameter)] == [
        True
    ] * 3
    assert [torch.is_tensor(x) for x in (floats, ints, parameter)] == [True] * 3
    assert [torch.is_tensor(x) for x in ([1.0], 1.0, torch.Tensor)] == [False] * 3


@claim("tensor.type.isinstance-float-tensor", see="tensors")
def test_float_tensor_stands_for_float32_on_the_cpu():
    """``isinstance(x, torch.FloatTensor)`` is true for float32 tensors on the CPU, also
    for a parameter, and false for other dtypes, although no tensor is of that class.
    """
    floats = torch.zeros(2, dtype=torch.float32, device="cpu")
    doubles = torch.zeros(2, dtype=torch.float64, device="cpu")
    ints = torch.zeros(2, dtype=torch.int64, device="cpu")

    assert isinstance(floats, torch.FloatTensor)
    assert isinstance(nn.Parameter(floats), torch.FloatTensor)
    assert not isinstance(doubles, torch.FloatTensor)
    assert not isinstance(ints, torch.FloatTensor)
    assert type(floats) is torch.Tensor
    assert floats.dtype is torch.float32


@claim("tensor.type.isinstance-other-devices-and-layouts", see="tensors")
def test_float_tensor_stands_for_no_sparse_tensor_and_no_other_device():
    """A float32 tensor that is sparse or lies on another device is no
    torch.FloatTensor; it is a torch.Tensor of dtype float32 all the same.
    """
    sparse = torch.zeros(2, 2, device="cpu").to_sparse()
    meta = torch.zeros(2, device="meta")

    assert not isinstance(sparse, torch.FloatTensor)
    assert not isinstance(meta, torch.FloatTensor)
    assert isinstance(sparse, torch.sparse.FloatTensor)
    assert isinstance(sparse, torch.Tensor)
    assert isinstance(meta, torch.Tensor)
    assert (sparse.dtype, meta.dtype) == (torch.float32, torch.float32)


@claim("tensor.type.old-names", see="tensors")
@pytest.mark.parametrize(("name", "dtype"), OLD_NAMES.items(), ids=OLD_NAMES)
def test_each_old_name_stands_for_one_dtype(name, dtype):
    """Each of the old class names stands for one dtype on the CPU; ``type()`` gives the
    name as a string, and ``isinstance`` says yes to this name and to no other.
    """
    x = torch.zeros(2, dtype=dtype, device="cpu")

    names = [each for each in OLD_NAMES if isinstance(x, getattr(torch, each))]

    assert (x.type(), names) == (f"torch.{name}", [name])


@claim("tensor.type.isinstance-cuda-float-tensor", see="tensors")
def test_no_cpu_tensor_is_a_cuda_float_tensor():
    """``isinstance(x, torch.cuda.FloatTensor)`` is false for CPU tensors and can be
    asked on a machine without CUDA: it is another name than torch.FloatTensor.
    """
    floats = torch.zeros(2, device="cpu")

    assert isinstance(floats, torch.cuda.FloatTensor) is False
    assert isinstance(floats, torch.FloatTensor) is True
    assert torch.cuda.FloatTensor is not torch.FloatTensor


@claim("tensor.type.cuda-float-tensor", see="tensors")
def test_cuda_float_tensor_stands_for_float32_on_cuda(cuda):
    """A float32 tensor on CUDA is a torch.cuda.FloatTensor and no torch.FloatTensor; a
    float64 tensor there is neither.
    """
    floats = torch.zeros(2, device=cuda)
    doubles = torch.zeros(2, dtype=torch.float64, device=cuda)

    assert isinstance(floats, torch.cuda.FloatTensor)
    assert not isinstance(floats, torch.FloatTensor)
    assert not isinstance(doubles, torch.cuda.FloatTensor)
    assert isinstance(doubles, torch.cuda.DoubleTensor)
    assert (floats.type(), type(floats)) == ("torch.cuda.FloatTensor", torch.Tensor)


# --- not a number ---------------------------------------------------------------------


@claim("tensor.isnan.returns-bool", see="generated/torch.isnan")
@pytest.mark.parametrize(
    "isnan",
    [lambda x: torch.isnan(x), lambda x: torch.isnan(input=x), lambda x: x.isnan()],
    ids=["torch.isnan", "keyword", "method"],
)
def test_isnan_marks_what_is_not_a_number(isnan, device):
    """``isnan`` returns a new bool tensor of the same shape that is true exactly where
    the element is NaN, which neither infinity nor a negative zero is.
    """
    x = torch.tensor([[0.0, NAN, INF], [-INF, -0.0, NAN]], device=device)

    result = isnan(x)

    assert result.tolist() == [[False, True, False], [False, False, True]]
    assert (result.dtype, result.shape) == (torch.bool, (2, 3))
    assert x[0].tolist()[::2] == [0, INF]


@claim("tensor.isnan.floating-dtypes", see="generated/torch.isnan")
@pytest.mark.parametrize(
    "dtype",
    [torch.float16, torch.bfloat16, torch.float32, torch.float64],
    ids=["float16", "bfloat16", "float32", "float64"],
)
def test_isnan_is_the_same_in_all_floating_dtypes(dtype, device):
    """The dtypes float16, bfloat16, float32 and float64 have NaN, a NaN is unequal to
    itself, and ``x != x`` marks the same elements.
    """
    x = torch.tensor([NAN, 1.0, INF], dtype=dtype, device=device)

    unequal = x != x

    assert (torch.isnan(x).tolist(), unequal.tolist()) == (
        [True, False, False],
        [True, False, False],
    )
    assert (torch.isnan(x).dtype, unequal.dtype) == (torch.bool, torch.bool)


@claim("tensor.isnan.integers", see="generated/torch.isnan")
def test_isnan_is_false_for_integers_and_bools(device):
    """Integers and bools are always numbers: ``isnan`` accepts them and marks none."""
    ints = torch.tensor([0, 1, -1], device=device)
    bytes_ = torch.tensor([0, 0, 1], dtype=torch.uint8, device=device)
    bools = torch.tensor([[True], [False]], device=device)

    results = [torch.isnan(ints), torch.isnan(bytes_), torch.isnan(bools)]

    assert [x.tolist() for x in results] == [[False] * 3, [False] * 3, [[False]] * 2]
    assert [x.dtype for x in results] == [torch.bool] * 3


@claim("tensor.isnan.complex", see="generated/torch.isnan")
def test_a_complex_number_is_nan_if_either_part_is(device):
    """A complex element is marked if its real part, its imaginary part or both are NaN,
    and not for an infinite one.
    """
    x = torch.tensor(
        [complex(NAN, 1), complex(1, NAN), complex(NAN, NAN), complex(INF, 0)],
        device=device,
    )

    result = torch.isnan(x)

    assert (result.tolist(), result.dtype) == ([True, True, True, False], torch.bool)


@claim("tensor.isnan.shapes", see="generated/torch.isnan")
def test_isnan_keeps_the_shape_of_scalars_empty_and_transposed_tensors(device):
    """The result has the shape of its input also without dimensions, without elements,
    and for a transposed tensor, element for element.
    """
    scalar = torch.tensor(NAN, device=device)
    empty = torch.zeros(0, 2, device=device)
    columns = torch.tensor([[NAN, 1.0, 2.0], [3.0, 4.0, NAN]], device=device).t()

    results = [torch.isnan(x) for x in (scalar, empty, columns)]

    assert [x.shape for x in results] == [(), (0, 2), (3, 2)]
    assert (results[0].item(), results[1].dtype) == (True, torch.bool)
    assert results[2].tolist() == [[True, False], [False, False], [False, True]]


@claim("tensor.isnan.takes-a-tensor", see="generated/torch.isnan")
def test_isnan_takes_no_plain_number_and_no_out(device):
    """``isnan`` raises a TypeError for a Python number, and for ``out=``, which it
    does not have.
    """
    x = torch.tensor([NAN], device=device)
    out = torch.tensor([False], device=device)

    with pytest.raises(TypeError, match=r"'input' .* must be Tensor, not float"):
        torch.isnan(NAN)
    with pytest.raises(TypeError, match="unexpected keyword argument 'out'"):
        torch.isnan(x, out=out)
    assert out.tolist() == [False]


# --- images ---------------------------------------------------------------------------


@claim("tensor.image.channel-order", see="generated/torch.nn.Conv2d")
def test_layers_for_images_take_the_channels_first(device):
    """``nn.Conv2d`` reads an image as (channels, height, width), with or without a
    batch in front, and refuses (height, width, channels).
    """
    conv = nn.Conv2d(3, 8, kernel_size=1).to(device)
    channels_first = torch.zeros(3, 4, 5, device=device)
    channels_last = torch.zeros(4, 5, 3, device=device)
    batch_first, batch_last = channels_first[None], channels_last[None]

    one, batch = conv(channels_first), conv(batch_first)

    assert (one.shape, batch.shape) == ((8, 4, 5), (1, 8, 4, 5))
    with pytest.raises(RuntimeError, match="to have 3 channels, but got 4 channels"):
        conv(channels_last)
    with pytest.raises(RuntimeError, match="to have 3 channels, but got 4 channels"):
        conv(batch_last)


@claim("tensor.image.permute-brings-the-channels-first", see="generated/torch.permute")
def test_permute_turns_an_image_over_without_copying(device):
    """``permute(2, 0, 1)`` makes (channels, height, width) of (height, width, channels)
    as a view: element (c, h, w) is element (h, w, c).
    """
    image = torch.arange(12, device=device).view(2, 2, 3)

    turned = image.permute(2, 0, 1)

    assert (turned.shape, turned.stride()) == ((3, 2, 2), (1, 6, 3))
    assert turned.tolist() == [
        [[0, 3], [6, 9]],
        [[1, 4], [7, 10]],
        [[2, 5], [8, 11]],
    ]
    assert shares_storage(turned, image)


@claim("tensor.image.three-rows-pass-for-channels", see="generated/torch.nn.Conv2d")
def test_an_image_of_three_rows_is_taken_for_three_channels(device):
    """An image (height, width, channels) of height 3 is accepted without an error, its
    rows taken for the channels.
    """
    conv = nn.Conv2d(3, 1, kernel_size=1, bias=False).to(device)
    conv.weight.data.copy_(torch.tensor([1.0, 10.0, 100.0]).view(1, 3, 1, 1))
    rows = torch.tensor([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]], [[7.0, 8.0, 9.0]]])

    result = conv(rows.to(device))

    assert (result.shape, result.tolist()) == ((1, 1, 3), [[[741, 852, 963]]])


# --- the main attributes --------------------------------------------------------------


@claim("tensor.attributes.read-only-set", see="tensors")
@pytest.mark.parametrize(
    "name", ["shape", "dtype", "device", "grad_fn", "is_leaf", "ndim", "layout"]
)
def test_what_describes_a_tensor_can_not_be_assigned(name, device):
    """Shape, dtype, device, grad_fn, is_leaf, ndim and layout can be read and not
    assigned, not even the value that they have: that raises an AttributeError.
    """
    x = torch.zeros(2, 3, device=device)
    own = getattr(x, name)

    with pytest.raises(AttributeError, match=f"'{name}' .* is not writable"):
        setattr(x, name, own)
    with pytest.raises(AttributeError, match=f"'{name}' .* is not writable"):
        setattr(x, name, None)

    assert getattr(x, name) == own
    assert (x.shape, x.dtype, x.requires_grad) == ((2, 3), torch.float32, False)


@claim("tensor.attributes.of-a-new-tensor", see="tensors")
def test_a_new_tensor_has_neither_gradient_nor_history(device):
    """A tensor made from numbers has data, shape, dtype and device, is a leaf, requires
    no gradient, and has None for grad and grad_fn.
    """
    x = torch.tensor([[1.5, 2.5]], device=device)

    assert (x.shape, x.dtype, x.device) == ((1, 2), torch.float32, device)
    assert (x.requires_grad, x.is_leaf) == (False, True)
    assert (x.grad, x.grad_fn) == (None, None)
    assert x.data.tolist() == [[1.5, 2.5]]


@claim("tensor.attributes.kind-of-dtype", see="tensor_attributes")
@pytest.mark.parametrize(
    ("dtype", "floating", "complex_", "signed", "size"),
    [
        (torch.bool, False, False, False, 1),
        (torch.uint8, False, False, False, 1),
        (torch.int64, False, False, True, 8),
        (torch.float16, True, False, True, 2),
        (torch.bfloat16, True, False, True, 2),
        (torch.float64, True, False, True, 8),
        (torch.complex64, False, True, True, 8),
    ],
    ids=["bool", "uint8", "int64", "float16", "bfloat16", "float64", "complex64"],
)
def test_a_tensor_knows_the_kind_of_its_dtype(
    dtype, floating, complex_, signed, size, device
):
    """A tensor and its dtype say alike whether its numbers are floating, complex and
    signed, and ``element_size()`` how many bytes each of them takes.
    """
    x = torch.zeros(2, dtype=dtype, device=device)

    kind = (x.is_floating_point(), x.is_complex(), x.is_signed())

    assert kind == (floating, complex_, signed)
    assert (dtype.is_floating_point, dtype.is_complex, dtype.is_signed) == kind
    assert (torch.is_floating_point(x), torch.is_complex(x)) == (floating, complex_)
    assert (x.element_size(), x.dtype) == (size, dtype)


@claim("tensor.attributes.of-a-result", see="tensors")
def test_a_result_has_a_grad_fn_and_its_leaf_the_gradient(device):
    """What is computed from a tensor that requires gradients has a grad_fn and is no
    leaf; after the backward pass the leaf's grad has the shape and dtype of the leaf.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    y = (x * 3).sum()
    y.backward()

    assert (y.requires_grad, y.is_leaf, y.grad_fn is None) == (True, False, False)
    assert (x.requires_grad, x.is_leaf, x.grad_fn) == (True, True, None)
    assert (x.grad.tolist(), x.grad.dtype, x.grad.shape) == (
        [3, 3],
        torch.float32,
        (2,),
    )


@claim("tensor.attributes.assignable", see="tensors")
def test_data_grad_and_requires_grad_can_be_assigned(device):
    """The attributes data, grad and requires_grad can be assigned: grad then is the
    very tensor that was given, and None takes it away.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    gradient = torch.tensor([5.0, 6.0], device=device)

    x.requires_grad = True
    x.grad = gradient
    x.data = torch.tensor([3.0, 4.0], device=device)

    assert (x.requires_grad, x.tolist()) == (True, [3, 4])
    assert x.grad is gradient
    x.grad = None
    x.requires_grad = False
    assert (x.grad, x.requires_grad) == (None, False)


@claim("tensor.attributes.assignments-are-checked", see="tensors")
def test_the_assignable_attributes_take_only_their_own_kind(device):
    """Data takes only a tensor, grad None or a tensor of the same size and dtype, and
    requires_grad a bool; the tensor stays as it is when they are given anything else.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    longer = torch.zeros(3, device=device)
    doubles = torch.zeros(2, dtype=torch.float64, device=device)

    with pytest.raises(TypeError, match="data has to be a tensor, but got list"):
        x.data = [3.0, 4.0]
    with pytest.raises(TypeError, match="grad expected to be a Tensor or None"):
        x.grad = 1.0
    with pytest.raises(RuntimeError, match=r"different size|gradient of size"):
        x.grad = longer
    with pytest.raises(RuntimeError, match=r"different type|gradient with dtype"):
        x.grad = doubles
    with pytest.raises(RuntimeError, match="requires_grad must be a bool"):
        x.requires_grad = 1
    with pytest.raises(RuntimeError, match="Deleting tensor data is not allowed"):
        del x.data

    assert (x.tolist(), x.grad, x.requires_grad) == ([1, 2], None, False)


# --- what is printed ------------------------------------------------------------------


@claim("tensor.print.numbers", see="generated/torch.set_printoptions")
@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([1, -20, 3], "tensor([  1, -20,   3])"),
        ([1.0, 2.5, -3.0], "tensor([ 1.0000,  2.5000, -3.0000])"),
        ([1.0, 2.0], "tensor([1., 2.])"),
        ([0.1234567], "tensor([0.1235])"),
        ([1e-5, 1.0], "tensor([1.0000e-05, 1.0000e+00])"),
        ([0.5, 999.0], "tensor([5.0000e-01, 9.9900e+02])"),
        ([NAN, INF, 1.0], "tensor([nan, inf, 1.])"),
        ([True, False], "tensor([ True, False])"),
        ([1 + 2j], "tensor([1.+2.j])"),
        ([[1, 2], [3, 4]], "tensor([[1, 2],\n        [3, 4]])"),
        (3, "tensor(3)"),
        (2.5, "tensor(2.5000)"),
    ],
    ids=[
        "int",
        "float",
        "whole",
        "rounded",
        "small",
        "ratio",
        "special",
        "bool",
        "complex",
        "matrix",
        "scalar",
        "float-scalar",
    ],
)
def test_a_tensor_prints_its_elements(values, shown):
    """A tensor prints its elements in columns, floats with four digits after the point
    or, when all are whole, with none, and in scientific notation where they are small
    or of very different sizes.
    """
    tensor = torch.tensor(values)

    assert repr(tensor) == shown
    assert str(tensor) == shown


@claim(
    "tensor.print.what-differs-from-defaults", see="generated/torch.set_printoptions"
)
@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: torch.tensor([1.0]).double(), "tensor([1.], dtype=torch.float64)"),
        (lambda: torch.tensor([1]).int(), "tensor([1], dtype=torch.int32)"),
        (lambda: torch.ones(0), "tensor([])"),
        (lambda: torch.ones(0, 2), "tensor([], size=(0, 2))"),
        (lambda: torch.ones(0).long(), "tensor([], dtype=torch.int64)"),
        (
            lambda: torch.ones(2, device="meta"),
            "tensor(..., device='meta', size=(2,))",
        ),
        (
            lambda: torch.ones(1, requires_grad=True),
            "tensor([1.], requires_grad=True)",
        ),
        (
            lambda: nn.Parameter(torch.ones(1)),
            "Parameter containing:\ntensor([1.], requires_grad=True)",
        ),
    ],
    ids=[
        "float64",
        "int32",
        "empty",
        "empty-matrix",
        "empty-int64",
        "device",
        "requires-grad",
        "parameter",
    ],
)
def test_a_tensor_prints_what_its_elements_do_not_tell(make, shown):
    """After the elements stand the dtype, the device and the size where they can't be
    told from the elements and the defaults, and that gradients are required.
    """
    tensor = make()

    assert repr(tensor) == shown


@claim("tensor.print.long-tensors", see="generated/torch.set_printoptions")
def test_a_long_tensor_is_printed_in_part():
    """Of more than 1000 elements only the first and the last three along each dimension
    are printed.
    """
    longest, longer = torch.zeros(1000), torch.arange(1001)
    table = torch.arange(1400).view(7, 200)

    whole = repr(longest).split()

    assert whole == ["tensor([0.,", *["0.,"] * 998, "0.])"]
    assert repr(longer) == "tensor([   0,    1,    2,  ...,  998,  999, 1000])"
    assert repr(table) == (
        "tensor([[   0,    1,    2,  ...,  197,  198,  199],\n"
        "        [ 200,  201,  202,  ...,  397,  398,  399],\n"
        "        [ 400,  401,  402,  ...,  597,  598,  599],\n"
        "        ...,\n"
        "        [ 800,  801,  802,  ...,  997,  998,  999],\n"
        "        [1000, 1001, 1002,  ..., 1197, 1198, 1199],\n"
        "        [1200, 1201, 1202,  ..., 1397, 1398, 1399]])"
    )


# --- data -----------------------------------------------------------------------------


@claim("tensor.data.shares-storage-untracked", see="tensors")
def test_data_is_another_tensor_over_the_same_storage(device):
    """``x.data`` is a new tensor object over x's storage, with neither gradient nor
    history, and a write through it changes x, even a leaf that requires gradients.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)

    data = x.data
    data[0, 1] = 20

    assert data is not x
    assert shares_storage(data, x)
    assert (data.requires_grad, data.grad_fn, data.is_leaf) == (False, None, True)
    assert (data.shape, data.stride(), data.dtype) == ((2, 2), (2, 1), torch.float32)
    assert x.tolist() == [[1, 20], [3, 4]]
    assert (x.requires_grad, x.is_leaf, x.grad_fn) == (True, True, None)


@claim("tensor.data.of-views-and-results", see="tensors")
def test_the_data_of_a_view_begins_where_the_view_does(device):
    """The data of a view is laid out as the view is, from the same offset, also where
    the view has a history.
    """
    base = torch.arange(6.0, device=device).view(2, 3).requires_grad_()
    column = (base * 1).t()[1:]

    data = column.data

    assert (data.shape, data.stride(), data.storage_offset()) == ((2, 2), (1, 3), 1)
    assert data.tolist() == [[1, 4], [2, 5]]
    assert (data.requires_grad, column.requires_grad) == (False, True)
    assert shares_storage(data, column)


@claim("tensor.data.assignment-swaps-storage", see="tensors")
def test_assigning_data_swaps_shape_and_storage_under_the_same_tensor(device):
    """Assigning ``x.data`` gives x the shape and the storage of the other tensor: x is
    the same object, earlier views keep the old storage, and writes reach the other.
    """
    x = torch.zeros(2, device=device)
    before = x.view(2, 1)
    alias = x
    other = torch.tensor([[1.0, 2.0, 3.0]], device=device)

    x.data = other
    x[0, 0] = 10

    assert alias is x
    assert (x.shape, x.tolist()) == ((1, 3), [[10, 2, 3]])
    assert shares_storage(x, other)
    assert (other.tolist(), before.tolist()) == ([[10, 2, 3]], [[0], [0]])


@claim("tensor.data.bypasses-version-counter", see="notes/autograd")
def test_an_edit_through_data_goes_unnoticed_and_spoils_the_gradient(device):
    """A write through ``x.data`` leaves x's version as it is, so that backward computes
    the gradient from the new values without an error.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = (x**2).sum()

    x.data.mul_(10)
    y.backward()

    assert x._version == 0
    assert (x.tolist(), x.grad.tolist()) == ([10, 20], [20, 40])


@claim("tensor.data.detach-is-noticed", see="generated/torch.Tensor.detach")
def test_the_same_edit_through_detach_is_noticed(device):
    """A write through ``x.detach()`` counts as a new version of x, and backward raises
    a RuntimeError instead of using the new values.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = (x**2).sum()

    x.detach().mul_(10)

    assert x._version == 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()
    assert (x.tolist(), x.grad) == ([10, 20], None)

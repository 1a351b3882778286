"""Placement: where a tensor lives, how it moves, and what is copied on the way.

Every tensor lives on one device, and the tensors of an operation on the same one.
Nothing moves by itself: ``to()`` returns a tensor on another device, or of another
dtype, and the first stays where it was. Where there is nothing to change, ``to()``
returns the very same tensor. A module is different: it moves its own parameters.

The device ``meta`` is there on every machine. Its tensors have a shape and a dtype and
no elements, so that much about moving can be seen without a GPU.

It is often believed that ``x.to(device)`` moves x, and that a device is either the CPU
or CUDA. The statement alone has no effect, and there are many more kinds.
"""

import contextlib
import pickle

import numpy
import pytest
import torch
from torch import nn

from torch_semantics import claim
from torch_semantics.words import shares_storage

DEVICE = "tensor_attributes#torch.device"
TO = "generated/torch.Tensor.to"
META = "meta"

# --- the device object ----------------------------------------------------------------


@claim("device.types.more-than-cpu-and-cuda", see=DEVICE)
def test_there_are_more_types_of_device_than_cpu_and_cuda():
    """A torch.device has a type and an index, and its type may be, among others, cpu,
    cuda, mps, xpu, meta or privateuseone, on a machine without such hardware too; a
    name of none raises RuntimeError.
    """
    names = ["cpu", "cuda", "mps", "xpu", "meta", "privateuseone"]

    devices = [torch.device(name) for name in names]

    assert [device.type for device in devices] == names
    assert [device.index for device in devices] == [None] * 6
    assert torch.device("cuda:1").index == 1
    assert torch.device("cpu") != torch.device("cpu", 0)
    with pytest.raises(RuntimeError, match="device string: abacus"):
        torch.device("abacus")


@claim("device.object.forms", see=DEVICE)
@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.device("cuda:1"),
        lambda: torch.device("cuda", 1),
        lambda: torch.device(type="cuda", index=1),
        lambda: torch.device(torch.device("cuda:1")),
        lambda: pickle.loads(pickle.dumps(torch.device("cuda:1"))),
    ],
    ids=["string", "type-and-index", "keywords", "device", "pickle"],
)
def test_a_device_is_made_in_several_ways(make):
    """A device made from a string with an index, from a type and an index, from another
    device or out of a pickle is equal, with an equal hash, and needs no such hardware.
    """
    made = make()

    assert (made.type, made.index) == ("cuda", 1)
    assert made == torch.device("cuda:1")
    assert hash(made) == hash(torch.device("cuda:1"))


@claim("device.object.equality", see=DEVICE)
def test_devices_are_equal_by_type_and_index():
    """Two devices are equal where their types and their indices are: no index is not
    index 0, and a device never equals a string.
    """
    cuda = torch.device("cuda")

    assert cuda == torch.device("cuda")
    assert cuda != torch.device("cuda:0")
    assert torch.device("cuda:0") != torch.device("cuda:1")
    assert torch.device("cuda:0") != torch.device("xpu:0")
    assert cuda != "cuda"
    assert len({cuda, torch.device("cuda"), torch.device("cuda:0")}) == 2


@claim("device.object.text", see=DEVICE)
def test_a_device_prints_as_its_name():
    """A device's str() is its type, with a colon and the index if it has one, and its
    repr() is a call that makes it.
    """
    indexed, plain = torch.device("cuda", 1), torch.device("cpu")

    assert (str(indexed), str(plain)) == ("cuda:1", "cpu")
    assert repr(indexed) == "device(type='cuda', index=1)"
    assert repr(plain) == "device(type='cpu')"


@claim("device.object.bad-name", see=DEVICE)
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "must not be empty"),
        ("CPU", "Expected one of cpu, cuda"),
        ("cuda:", "Invalid device string: 'cuda:'"),
        ("cuda:x", "Invalid device string: 'cuda:x'"),
        ("cuda:-1", "Invalid device string: 'cuda:-1'"),
        ("cuda:01", "Invalid device string: 'cuda:01'"),
        ("cuda:1:2", "Invalid device string: 'cuda:1:2'"),
    ],
    ids=["empty", "upper-case", "colon", "letter", "negative", "zero-first", "two"],
)
def test_a_malformed_name_is_an_error(name, message):
    """A name of a device that is empty, in upper case or without a plain number after
    its colon raises RuntimeError.
    """
    with pytest.raises(RuntimeError, match=message):
        torch.device(name)


@claim("device.object.bad-index", see=DEVICE)
def test_an_index_is_given_once_and_is_not_negative():
    """An index that is negative, or given both in the string and beside it, raises
    RuntimeError.
    """
    with pytest.raises(RuntimeError, match="index must not be negative"):
        torch.device("cuda", -1)
    with pytest.raises(RuntimeError, match="must not include an index"):
        torch.device("cuda:0", 1)


@claim("device.object.read-only", see=DEVICE)
@pytest.mark.parametrize(("name", "value"), [("type", "cpu"), ("index", 0)])
def test_a_device_cannot_be_changed(name, value):
    """Assigning to the type or the index of a device raises AttributeError."""
    device = torch.device("cuda:1")

    with pytest.raises(AttributeError, match="not writable"):
        setattr(device, name, value)

    assert device == torch.device("cuda:1")


@claim("device.object.of-a-tensor", see="generated/torch.Tensor.device")
def test_the_device_of_a_cpu_or_meta_tensor_has_no_index():
    """There is one CPU and one meta device: an index in their names is dropped by the
    tensor that is made there, whose get_device() is -1.
    """
    cpu, meta = torch.zeros(2, device="cpu:0"), torch.zeros(2, device="meta:3")

    assert (cpu.device, meta.device) == (torch.device("cpu"), torch.device("meta"))
    assert (cpu.tolist(), meta.shape) == ([0, 0], (2,))
    assert (cpu.get_device(), meta.get_device()) == (-1, -1)
    assert (cpu.is_cpu, cpu.is_cuda, cpu.is_meta) == (True, False, False)
    assert (meta.is_cpu, meta.is_cuda, meta.is_meta) == (False, False, True)


@claim("device.object.bad-name-in-calls", see=TO)
@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.to("abacus"),
        lambda x: x.to(device="abacus"),
        lambda x: torch.zeros(2, device="abacus"),
        lambda x: torch.zeros_like(x, device="abacus"),
        lambda x: nn.Linear(1, 1).to("abacus"),
    ],
    ids=["to", "to-keyword", "zeros", "zeros_like", "module"],
)
def test_an_unknown_device_is_an_error_wherever_one_is_named(call, device):
    """The name of an unknown kind of device raises RuntimeError in to(), in a factory
    and in Module.to(), and the tensor stays as it was.
    """
    x = torch.tensor([1.0, 2.0], device=device)

    with pytest.raises(RuntimeError, match="device type at start of device string: ab"):
        call(x)

    assert (x.device, x.tolist()) == (device, [1, 2])


# --- to(): when there is nothing to change --------------------------------------------


@claim("device.to.same-device-returns-self", see=TO)
@pytest.mark.parametrize(
    "to",
    [
        lambda x: x.to(x.device),
        lambda x: x.to(str(x.device)),
        lambda x: x.to(device=x.device),
        lambda x: x.to(torch.float32),
        lambda x: x.to(dtype=torch.float32),
        lambda x: x.to(x.device, torch.float32),
        lambda x: x.to(device=x.device, dtype=torch.float32, copy=False),
        lambda x: x.to(x.new_zeros(1)),
        lambda x: x.to(x.device, non_blocking=True),
        lambda x: x.to(torch.float32, True),
        lambda x: x.to(x.device, memory_format=torch.preserve_format),
        lambda x: x.float(),
    ],
    ids=[
        "device",
        "name",
        "device=",
        "dtype",
        "dtype=",
        "device-and-dtype",
        "copy=False",
        "tensor",
        "non_blocking=",
        "non_blocking",
        "memory_format=",
        "float()",
    ],
)
def test_to_returns_the_tensor_itself_where_nothing_changes(to, device):
    """Every form of to() returns the very same tensor, a leaf still, if it has the
    device and dtype asked for, also when it is a transposed view.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    transposed = torch.arange(6.0, device=device).reshape(2, 3).t()

    assert to(x) is x
    assert x.is_leaf
    assert to(transposed) is transposed


@claim("device.to.cpu-method-returns-self", see="generated/torch.Tensor.cpu")
def test_cpu_returns_a_cpu_tensor_itself():
    """cpu() and to("cpu") return a tensor of the CPU itself, and to("meta") one of
    meta.
    """
    x, ghost = torch.tensor([1, 2]), torch.zeros(2, device=META)

    assert x.cpu() is x
    assert x.to("cpu") is x
    assert ghost.to(META) is ghost


@claim("device.to.tensor-returns-self-if-unchanged", see=TO)
def test_to_never_changes_the_tensor_it_is_called_on(device):
    """A call of to() has no effect on its tensor: what it returns is another tensor,
    with another storage, where the dtype or device differs, and a write to either is
    not seen in the other.
    """
    x = torch.tensor([1.0, 2.0], device=device)

    double, ghost = x.to(torch.float64), x.to(META)
    double[0] = 10
    x[1] = 20

    assert (x.dtype, x.device, x.tolist()) == (torch.float32, device, [1, 20])
    assert (double.dtype, double.device) == (torch.float64, device)
    assert double.tolist() == [10, 2]
    assert not shares_storage(double, x)
    assert (ghost.dtype, ghost.device.type) == (torch.float32, "meta")


@claim("device.to.copy-true", see=TO)
@pytest.mark.parametrize(
    "to",
    [
        lambda x: x.to(x.device, copy=True),
        lambda x: x.to(torch.float32, copy=True),
        lambda x: x.to(x.new_zeros(1), copy=True),
        lambda x: x.to(x.device, torch.float32, False, True),
        lambda x: x.to(torch.float32, False, True),
        lambda x: x.to(copy=True),
    ],
    ids=["device", "dtype", "tensor", "all-positional", "dtype-positional", "alone"],
)
def test_to_with_copy_true_always_copies(to, device):
    """With copy=True to() returns a copy with a storage of its own although neither
    device nor dtype changes; it keeps the order of the strides and starts at offset 0.
    """
    whole = torch.arange(8.0, device=device).reshape(4, 2)
    part = whole[1:].t()

    copied = to(part)
    whole.zero_()

    assert not shares_storage(copied, whole)
    assert copied.tolist() == [[2, 4, 6], [3, 5, 7]]
    assert (copied.dtype, copied.device) == (torch.float32, device)
    assert (copied.stride(), copied.storage_offset()) == ((1, 2), 0)


# --- to(): another dtype --------------------------------------------------------------


@claim("device.to.dtype-forms", see=TO)
@pytest.mark.parametrize(
    "to",
    [
        lambda x: x.to(torch.int64),
        lambda x: x.to(dtype=torch.int64),
        lambda x: x.to(x.device, torch.int64),
        lambda x: x.to(device=x.device, dtype=torch.int64),
        lambda x: x.to(torch.int64, non_blocking=True),
        lambda x: x.to(torch.zeros(3, dtype=torch.int64, device=x.device)),
        lambda x: x.type(torch.int64),
        lambda x: x.long(),
    ],
    ids=["dtype", "keyword", "device", "keywords", "non_blocking", "tensor", "type()"]
    + ["long()"],
)
def test_to_converts_the_dtype_in_every_form(to, device):
    """Every form of to() that gives a dtype, type() and long() return a tensor of it on
    the same device: floats become integers by dropping what is behind the point, and a
    tensor without dimensions or elements keeps its shape.
    """
    x = torch.tensor([1.7, -1.7, 0.0], device=device)

    converted = to(x)

    assert (converted.dtype, converted.device) == (torch.int64, device)
    assert converted.tolist() == [1, -1, 0]
    assert (x.dtype, x.shape) == (torch.float32, (3,))
    assert to(torch.tensor(2.5, device=device)).tolist() == 2
    assert to(torch.zeros(0, 3, device=device)).shape == (0, 3)


@claim("device.to.named-conversions", see="tensors#torch.Tensor")
@pytest.mark.parametrize(
    ("convert", "dtype", "elements"),
    [
        (lambda x: x.double(), torch.float64, [0.5, -1.75, 0]),
        (lambda x: x.half(), torch.float16, [0.5, -1.75, 0]),
        (lambda x: x.bfloat16(), torch.bfloat16, [0.5, -1.75, 0]),
        (lambda x: x.cfloat(), torch.complex64, [0.5, -1.75, 0]),
        (lambda x: x.cdouble(), torch.complex128, [0.5, -1.75, 0]),
        (lambda x: x.int(), torch.int32, [0, -1, 0]),
        (lambda x: x.short(), torch.int16, [0, -1, 0]),
        (lambda x: x.char(), torch.int8, [0, -1, 0]),
        (lambda x: x.bool(), torch.bool, [True, True, False]),
        (lambda x: x.to(torch.bool), torch.bool, [True, True, False]),
    ],
    ids=["double", "half", "bfloat16", "cfloat", "cdouble", "int", "short", "char"]
    + ["bool", "to-bool"],
)
def test_a_method_named_after_a_dtype_converts_to_it(convert, dtype, elements, device):
    """A method that is named after a dtype converts to it, where all but 0 is True for
    bool(), and returns the very same tensor if it has that dtype.
    """
    x = torch.tensor([0.5, -1.75, 0.0], device=device)

    converted = convert(x)

    assert (converted.dtype, converted.device) == (dtype, device)
    assert converted.tolist() == elements
    assert convert(converted) is converted
    assert x.tolist() == [0.5, -1.75, 0]


@claim("device.to.other-tensor", see=TO)
def test_to_another_tensor_takes_its_dtype_and_device_only():
    """to(other) takes the dtype and the device of the other tensor, and neither its
    shape nor its strides nor its requires_grad.
    """
    x = torch.tensor([[1, 2], [3, 4], [5, 6]])
    other = torch.zeros(4, 5, dtype=torch.float64, requires_grad=True).t()
    ghost = torch.zeros((), dtype=torch.int8, device=META)

    like_other, like_ghost = x.to(other), x.to(ghost)

    assert (like_other.dtype, like_other.device.type) == (torch.float64, "cpu")
    assert like_other.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert (like_other.stride(), like_other.requires_grad) == ((2, 1), False)
    assert (like_ghost.dtype, like_ghost.device.type) == (torch.int8, "meta")
    assert like_ghost.shape == (3, 2)


@claim("device.to.strides", see=TO)
def test_a_conversion_keeps_the_strides_of_a_dense_tensor(device):
    """A conversion keeps the strides of a tensor whose elements fill its memory in any
    order, makes all others contiguous, and makes what memory_format= asks for.
    """
    grid = torch.arange(6.0, device=device).reshape(2, 3)

    kept = grid.t().to(torch.float64)
    gaps = grid[:, ::2].to(torch.float64)
    expanded = grid[0].expand(2, 3).to(torch.float64)
    asked = grid.t().to(torch.float64, memory_format=torch.contiguous_format)

    assert (kept.stride(), kept.tolist()) == ((1, 3), [[0, 3], [1, 4], [2, 5]])
    assert (gaps.stride(), gaps.tolist()) == ((2, 1), [[0, 2], [3, 5]])
    assert (expanded.stride(), expanded.tolist()) == ((3, 1), [[0, 1, 2], [0, 1, 2]])
    assert (asked.stride(), asked.tolist()) == ((2, 1), [[0, 3], [1, 4], [2, 5]])


@claim("device.to.bad-arguments", see=TO)
@pytest.mark.parametrize(
    ("to", "error", "message"),
    [
        (lambda x: x.to("float64"), RuntimeError, "float64"),
        (lambda x: x.to(torch.float64, x.device), TypeError, "invalid combination"),
        (lambda x: x.to(x.device, device=x.device), TypeError, "invalid combination"),
        (lambda x: x.to([1]), TypeError, "invalid combination"),
    ],
    ids=["dtype-by-name", "dtype-first", "device-twice", "list"],
)
def test_to_takes_the_device_first_and_no_name_of_a_dtype(to, error, message, device):
    """to() reads a string as a device, so that the name of a dtype is a RuntimeError;
    a dtype before a device, two devices or a list raise TypeError.
    """
    x = torch.tensor([1.0, 2.0], device=device)

    with pytest.raises(error, match=message):
        to(x)

    assert (x.dtype, x.tolist()) == (torch.float32, [1, 2])


# --- to() and gradients ---------------------------------------------------------------


@claim("device.to.gradient", see=TO)
@pytest.mark.parametrize(
    ("to", "dtype"),
    [
        (lambda x: x.to(torch.float64), torch.float64),
        (lambda x: x.to(torch.float16), torch.float16),
        (lambda x: x.to(x.device, copy=True), torch.float32),
        (lambda x: x.to(torch.zeros(1, dtype=torch.float64)), torch.float64),
    ],
    ids=["wider", "narrower", "copy", "tensor"],
)
def test_gradients_flow_back_through_to(to, dtype):
    """What to() makes of a leaf that requires gradients is not a leaf: gradients flow
    back through it, into the leaf and in the leaf's own dtype.
    """
    leaf = torch.tensor([1.0, 2.0], device="cpu", requires_grad=True)
    factor = torch.tensor([3.0, 4.0], dtype=dtype)

    moved = to(leaf)
    (moved * factor).sum().backward()

    assert (moved.dtype, moved.requires_grad) == (dtype, True)
    assert (moved.is_leaf, moved.grad_fn is None) == (False, False)
    assert (leaf.grad.dtype, leaf.grad.tolist()) == (torch.float32, [3, 4])


@claim("device.to.gradient-stops", see=TO)
def test_gradients_do_not_flow_through_integers(device):
    """What to() makes of a leaf does not require gradients if it is of an integer
    dtype, or if it is made in no_grad().
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    integers = leaf.to(torch.int64)
    with torch.no_grad():
        unrecorded = leaf.to(torch.float64)

    assert (integers.requires_grad, integers.tolist()) == (False, [1, 2])
    assert (unrecorded.requires_grad, unrecorded.tolist()) == (False, [1, 2])
    assert leaf.requires_grad


# --- meta: tensors without elements ---------------------------------------------------


@claim("device.meta.to-meta", see="meta")
def test_moving_to_meta_keeps_everything_but_the_elements(device):
    """to("meta") keeps shape, dtype, strides and requires_grad of a tensor, whose
    elements stay where they were.
    """
    x = torch.tensor([[1, 2, 3], [4, 5, 6]], dtype=torch.float64, device=device)
    leaf = torch.ones(2, device=device, requires_grad=True)

    ghost = x.t().to(META)

    assert (ghost.shape, ghost.dtype) == ((3, 2), torch.float64)
    assert (ghost.stride(), ghost.device) == ((1, 3), torch.device("meta"))
    assert leaf.to(META).requires_grad
    assert (x.device, x.tolist()) == (device, [[1, 2, 3], [4, 5, 6]])


@claim("device.meta.computes-shapes", see="meta")
def test_operations_on_meta_compute_shape_and_dtype():
    """An operation on meta tensors computes shape, dtype and strides of its result and
    nothing else, so that a tensor may be larger than any memory.
    """
    a = torch.empty(2, 3, device=META)
    counts = torch.empty(2, 3, dtype=torch.int32, device=META)
    vast = torch.empty(10**6, 10**7, device=META)

    results = [a @ a.t(), counts * 1.5, torch.cat([a, a], dim=1), a[1:, 0], vast.sum(0)]

    assert [r.shape for r in results] == [(2, 2), (2, 3), (2, 6), (1,), (10**7,)]
    assert [r.dtype for r in results] == [torch.float32] * 5
    assert [r.device.type for r in results] == ["meta"] * 5
    assert results[3].stride() == (3,)
    assert vast.data_ptr() == 0


@claim("device.meta.modules", see="meta")
def test_a_module_on_meta_computes_the_shape_of_its_output():
    """A module that was made on meta computes the shape of its output there, and a
    backward pass gives its parameters gradients without elements.
    """
    layer = nn.Linear(3, 5, device=META)
    batch = torch.empty(2, 3, device=META)

    output = layer(batch)
    output.sum().backward()

    assert (output.shape, output.device.type) == ((2, 5), "meta")
    assert (layer.weight.grad.shape, layer.weight.grad.device.type) == ((5, 3), "meta")


@claim("device.meta.shape-errors", see="meta")
def test_shapes_that_do_not_fit_are_errors_on_meta_too():
    """An operation on meta tensors whose shapes do not fit raises RuntimeError."""
    a = torch.empty(2, 3, device=META)

    with pytest.raises(RuntimeError, match="invalid for input of size 6"):
        a.view(4)
    with pytest.raises(RuntimeError, match=r"reduction dim|cannot be multiplied"):
        a @ a


@claim("device.meta.no-copy-out", see="meta")
@pytest.mark.parametrize(
    "read",
    [
        lambda ghost: ghost.to("cpu"),
        lambda ghost: ghost.to("cpu", non_blocking=True),
        lambda ghost: ghost.cpu(),
        lambda ghost: torch.ones(2).copy_(ghost),
        lambda ghost: torch.ones(3).__setitem__(slice(2), ghost),
        lambda ghost: ghost.to(torch.ones(2)),
    ],
    ids=["to", "non_blocking", "cpu", "copy_", "assignment", "to-tensor"],
)
def test_a_meta_tensor_cannot_be_copied_to_a_device_with_data(read):
    """A meta tensor can't be copied to the CPU in any way: NotImplementedError says
    that there is no data.
    """
    ghost = torch.ones(2, device=META)

    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        read(ghost)


@claim("device.meta.no-item", see="meta", since="2.4")
@pytest.mark.parametrize("read", [torch.Tensor.item, bool, float, int])
def test_a_meta_tensor_has_no_item(read):
    """item() of a meta tensor, and making a number or a bool of it, raises
    RuntimeError, which is no NotImplementedError.
    """
    ghost = torch.ones(1, device=META)

    with pytest.raises(RuntimeError, match="cannot be called on meta") as caught:
        read(ghost)
    assert type(caught.value) is RuntimeError


@claim("device.meta.item-not-implemented", see="meta", until="2.4")
@pytest.mark.parametrize("read", [torch.Tensor.item, bool, float, int])
def test_item_is_not_implemented_for_meta_tensors(read):
    """item() of a meta tensor, and making a number or a bool of it, raises
    NotImplementedError.
    """
    ghost = torch.ones(1, device=META)

    with pytest.raises(NotImplementedError, match="_local_scalar_dense"):
        read(ghost)


@claim("device.meta.no-numpy", see="meta")
def test_a_meta_tensor_is_not_converted_to_numpy():
    """numpy() of a meta tensor raises TypeError."""
    ghost = torch.ones(2, device=META)

    with pytest.raises(TypeError, match="can't convert meta device type tensor"):
        ghost.numpy()


@claim("device.meta.copy-in-is-dropped", see="meta")
def test_elements_copied_to_a_meta_tensor_are_dropped(device):
    """copy_() into a meta tensor returns it as it was, and drops the elements."""
    ghost = torch.zeros(2, dtype=torch.float64, device=META)

    returned = ghost.copy_(torch.tensor([1.0, 2.0], device=device))

    assert returned is ghost
    assert (ghost.shape, ghost.dtype) == ((2,), torch.float64)
    assert ghost.device.type == "meta"


# --- one device for one operation -----------------------------------------------------

MIXED = "on the (same|expected) device"


@claim("device.mix.refused", see=DEVICE)
@pytest.mark.parametrize(
    "call",
    [
        lambda x, ghost: x + ghost,
        lambda x, ghost: ghost + x,
        lambda x, ghost: torch.mul(ghost, x),
        lambda x, ghost: x == ghost,
        lambda x, ghost: x + ghost[0],
    ],
    ids=["add", "reversed", "mul", "compare", "0-dim-meta"],
)
def test_an_operation_does_not_mix_devices(call, device):
    """Adding, multiplying or comparing tensors of two devices raises RuntimeError and
    moves nothing, unless one is of the CPU and has no dimensions.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    ghost = torch.zeros(2, device=META)

    with pytest.raises(RuntimeError, match=MIXED):
        call(x, ghost)

    assert (x.device, x.tolist()) == (device, [1, 2])


@claim("device.mix.scalars-of-the-cpu", see=DEVICE)
def test_a_cpu_tensor_without_dimensions_mixes_with_any_device():
    """A tensor of the CPU without dimensions counts as a number: it may stand on either
    side of a tensor of another device, where the result lies.
    """
    ghost, number = torch.zeros(2, device=META), torch.tensor(2.0, device="cpu")

    results = [ghost + number, number * ghost, ghost.mul_(number)]

    assert [result.device.type for result in results] == ["meta"] * 3
    assert [result.shape for result in results] == [(2,)] * 3
    assert number.device.type == "cpu"


@claim("device.mix.joining", see="generated/torch.cat", since="2.0")
@pytest.mark.parametrize(
    "join",
    [
        lambda x, ghost: torch.cat([x, ghost]),
        lambda x, ghost: torch.cat([ghost, x]),
        lambda x, ghost: torch.cat([x[:0], ghost]),
        lambda x, ghost: torch.stack([x, ghost]),
    ],
    ids=["cat", "cat-reversed", "cat-zero-size", "stack"],
)
def test_tensors_of_two_devices_are_not_joined(join, device):
    """cat() and stack() of tensors of the CPU, or an accelerator, and meta raise
    RuntimeError, even if one has no elements.
    """
    x, ghost = torch.tensor([1.0, 2.0], device=device), torch.zeros(2, device=META)

    with pytest.raises(RuntimeError, match=MIXED):
        join(x, ghost)


@claim("device.mix.joining-before-2.0", see="generated/torch.cat", until="2.0")
def test_cat_took_meta_tensors_for_any():
    """cat() takes a meta tensor beside one of the CPU, and gives a meta tensor."""
    x, ghost = torch.tensor([1.0, 2.0]), torch.zeros(3, device=META)

    joined = torch.cat([x, ghost])

    assert (joined.device.type, joined.shape) == ("meta", (5,))


# --- modules --------------------------------------------------------------------------


class Scale(nn.Module):
    """A module with a parameter, a buffer and a tensor that is neither."""

    def __init__(self, device):
        super().__init__()
        self.register_parameter("absent", None)
        self.factor = nn.Parameter(torch.tensor([2.0, 3.0], device=device))
        self.register_buffer("shift", torch.tensor([5.0], device=device))
        self.note = torch.tensor([7.0], device=device)


@claim("device.module.to-is-in-place", see="generated/torch.nn.Module")
@pytest.mark.parametrize(
    "convert",
    [
        lambda module: module.to(torch.float64),
        lambda module: module.to(next(module.buffers()).device, torch.float64),
        lambda module: module.to(dtype=torch.float64, non_blocking=True),
        lambda module: module.to(module.note.double()),
        lambda module: module.double(),
    ],
    ids=["dtype", "device-and-dtype", "keywords", "tensor", "double"],
)
def test_a_module_converts_itself_where_a_tensor_makes_another(convert, device):
    """Module.to() and double() return the module itself, whose parameters are the same
    objects as before, so that an optimizer goes on with them; a tensor that is neither
    parameter nor buffer stays as it is.
    """
    module = Scale(device)
    factor = module.factor
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0)

    returned = convert(module)
    factor.sum().backward()
    optimizer.step()

    assert returned is module
    assert module.factor is factor
    assert (factor.dtype, factor.tolist()) == (torch.float64, [1, 2])
    assert (module.shift.dtype, module.shift.tolist()) == (torch.float64, [5])
    assert (module.note.dtype, module.note.tolist()) == (torch.float32, [7])


@claim("device.module.to-meta-is-in-place", see="generated/torch.nn.Module")
def test_a_module_that_moves_to_meta_has_new_parameters(device):
    """Module.to("meta") moves parameters and buffers, its gradients with them, and not
    the other tensors; the parameters are new objects, and an optimizer still holds the
    old ones.
    """
    module = Scale(device)
    factor = module.factor
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0)
    factor.sum().backward()

    returned = module.to(META)

    assert returned is module
    assert module.factor is not factor
    assert type(module.factor) is nn.Parameter
    assert (module.factor.is_leaf, module.factor.requires_grad) == (True, True)
    assert (module.factor.is_meta, module.factor.grad.is_meta) == (True, True)
    assert module.factor.grad.requires_grad is False
    assert (module.shift.is_meta, module.note.is_meta) == (True, False)
    assert module.shift.requires_grad is False
    assert optimizer.param_groups[0]["params"][0] is factor
    assert (factor.device, factor.tolist()) == (device, [2, 3])


@claim("device.module.complex-tensors", see="generated/torch.nn.Module")
@pytest.mark.filterwarnings("ignore:Complex modules are a new feature")
@pytest.mark.parametrize(
    ("convert", "dtype"),
    [
        (lambda module: module.double(), torch.float64),
        (lambda module: module.half(), torch.float16),
        (lambda module: module.bfloat16(), torch.bfloat16),
        (lambda module: module.double().float(), torch.float32),
    ],
    ids=["double", "half", "bfloat16", "float"],
)
def test_a_conversion_to_floats_leaves_complex_tensors_alone(convert, dtype, device):
    """float(), double(), half() and bfloat16() of a module leave its complex tensors as
    they are, while to() of a complex dtype converts them with the others.
    """
    module = Scale(device)
    module.wave = nn.Parameter(torch.tensor([1 + 2j], device=device))
    wave = module.wave

    convert(module)
    before = (module.shift.dtype, wave.dtype, wave.tolist())
    module.to(torch.complex128)

    assert before == (dtype, torch.complex64, [1 + 2j])
    assert (wave.dtype, wave.tolist()) == (torch.complex128, [1 + 2j])
    assert (module.shift.dtype, module.shift.tolist()) == (torch.complex128, [5])


@claim("device.module.overwritten-on-conversion", see="future_mod")
def test_a_module_may_be_told_to_make_new_parameters():
    """With set_overwrite_module_params_on_conversion(True) of torch.__future__ a
    conversion gives a module new parameters, and the old ones stay as they were.
    """
    module = Scale("cpu")
    factor = module.factor
    factor.grad = torch.tensor([4.0, 5.0])

    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        module.double()
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)

    assert module.factor is not factor
    assert (type(module.factor), module.factor.dtype) == (nn.Parameter, torch.float64)
    assert (module.factor.tolist(), module.factor.grad.tolist()) == ([2, 3], [4, 5])
    assert (factor.dtype, factor.grad.dtype) == (torch.float32, torch.float32)


@claim("device.module.cpu-of-cpu", see="generated/torch.nn.Module")
def test_a_module_on_the_cpu_stays_as_it_is_there():
    """Module.cpu() and to("cpu") of a module on the CPU return it, with the parameters
    and buffers that it had, in the same memory.
    """
    module = Scale("cpu")
    factor, shift, address = module.factor, module.shift, module.factor.data_ptr()

    returned = [module.cpu(), module.to("cpu")]

    assert returned == [module, module]
    assert module.factor is factor
    assert module.factor.data_ptr() == address
    assert module.shift is shift


@claim("device.module.cuda-without-parameters", see="generated/torch.nn.Module")
def test_a_module_without_parameters_goes_anywhere():
    """cuda() and to("cuda") of a module that has neither parameters nor buffers return
    it, with or without a GPU.
    """
    module = nn.ReLU()

    assert module.cuda() is module
    assert module.to("cuda") is module


# --- the default device ---------------------------------------------------------------


@contextlib.contextmanager
def meta_by_default():
    """Let the default device be meta inside the block."""
    torch.set_default_device(META)
    try:
        yield
    finally:
        torch.set_default_device(None)


FACTORIES = {
    "tensor": lambda **kind: torch.tensor([1.0], **kind),
    "as_tensor": lambda **kind: torch.as_tensor([1.0], **kind),
    "zeros": lambda **kind: torch.zeros(2, **kind),
    "ones": lambda **kind: torch.ones(2, **kind),
    "empty": lambda **kind: torch.empty(2, **kind),
    "empty_strided": lambda **kind: torch.empty_strided((2,), (1,), **kind),
    "full": lambda **kind: torch.full((2,), 1.0, **kind),
    "eye": lambda **kind: torch.eye(2, **kind),
    "arange": lambda **kind: torch.arange(2, **kind),
    "linspace": lambda **kind: torch.linspace(0, 1, 2, **kind),
    "logspace": lambda **kind: torch.logspace(0, 1, 2, **kind),
    "rand": lambda **kind: torch.rand(2, **kind),
    "randn": lambda **kind: torch.randn(2, **kind),
    "randint": lambda **kind: torch.randint(2, (2,), **kind),
    "randperm": lambda **kind: torch.randperm(2, **kind),
    "tril_indices": lambda **kind: torch.tril_indices(2, 2, **kind),
    "triu_indices": lambda **kind: torch.triu_indices(2, 2, **kind),
    "hann_window": lambda **kind: torch.hann_window(2, **kind),
    "scalar_tensor": lambda **kind: torch.scalar_tensor(1, **kind),
    "fftfreq": lambda **kind: torch.fft.fftfreq(2, **kind),
}
every_factory = pytest.mark.parametrize(
    "make", FACTORIES.values(), ids=FACTORIES.keys()
)


@claim(
    "device.default.set-default-device",
    see="generated/torch.set_default_device",
    since="2.0",
)
@every_factory
def test_factories_make_tensors_on_the_default_device(make):
    """A factory makes its tensor on the device given to set_default_device(), also with
    device=None, unless device= names another; the default is the CPU before that and
    once set_default_device() has put it back.
    """
    before = make()
    with meta_by_default():
        during, with_none, explicit = make(), make(device=None), make(device="cpu")
        torch.set_default_device("cpu")
        after = make()

    assert (before.device.type, after.device.type) == ("cpu", "cpu")
    assert (during.device.type, with_none.device.type) == ("meta", "meta")
    assert explicit.device.type == "cpu"


@claim(
    "device.default.does-not-reach",
    see="generated/torch.set_default_device",
    since="2.0",
)
def test_the_default_device_does_not_reach_tensors_made_from_others():
    """What takes over the memory of an array or a buffer, or is made in the likeness of
    a tensor, does not go to the default device, and neither does an operation's result.
    """
    cpu = torch.zeros(2, device="cpu")

    with meta_by_default():
        made = [
            torch.from_numpy(numpy.zeros(2)),
            torch.frombuffer(bytearray(4), dtype=torch.float32),
            torch.zeros_like(cpu),
            torch.rand_like(cpu),
            cpu.new_zeros(2),
            cpu + 1,
            torch.cat([cpu, cpu]),
        ]

    assert [tensor.device.type for tensor in made] == ["cpu"] * 7


@claim(
    "device.default.as-tensor-moves",
    see="generated/torch.set_default_device",
    since="2.0",
)
def test_as_tensor_brings_a_tensor_to_the_default_device():
    """as_tensor() of a tensor or an array of the CPU brings it to the default device,
    and so does torch.tensor() with a list or an array.
    """
    cpu, array = torch.zeros(2, device="cpu"), numpy.zeros(2)

    with meta_by_default():
        made = [
            torch.as_tensor(cpu),
            torch.as_tensor(array),
            torch.tensor(array),
            torch.tensor([cpu[0], 1.0]),
        ]

    assert [tensor.device.type for tensor in made] == ["meta"] * 4
    assert [tensor.shape for tensor in made] == [(2,)] * 4


@claim("device.default.modules", see="generated/torch.set_default_device", since="2.0")
def test_modules_are_made_on_the_default_device():
    """A module's parameters and buffers are made on the default device."""
    with meta_by_default():
        module = nn.BatchNorm1d(2)

    assert [p.device.type for p in module.parameters()] == ["meta", "meta"]
    assert [b.device.type for b in module.buffers()] == ["meta"] * 3


@claim(
    "device.default.context-manager",
    see="generated/torch.set_default_device",
    since="2.0",
)
def test_a_device_is_a_context_manager_for_the_default_device():
    """Inside ``with device:`` the device is the default one; blocks nest, the innermost
    counts, and each end gives back what was before, after an exception too.
    """
    meta = torch.device(META)
    made = []

    with meta as entered:
        made.append(torch.zeros(1))
        with torch.device("cpu"):
            made.append(torch.zeros(1))
        made.append(torch.zeros(1))
    made.append(torch.zeros(1))
    with pytest.raises(KeyError), meta:
        raise KeyError
    made.append(torch.zeros(1))

    assert entered is meta
    kinds = [tensor.device.type for tensor in made]
    assert kinds == ["meta", "cpu", "meta", "cpu", "cpu"]


@claim(
    "device.default.context-inside-set",
    see="generated/torch.set_default_device",
    since="2.0",
)
def test_a_with_block_outranks_set_default_device():
    """A ``with device:`` block outranks the device of set_default_device(), which is
    the default again after the block.
    """
    with meta_by_default():
        with torch.device("cpu"):
            inside = torch.zeros(1)
        after = torch.zeros(1)

    assert (inside.device.type, after.device.type) == ("cpu", "meta")


@claim("device.default.unknown", see="generated/torch.set_default_device", since="2.0")
def test_an_unknown_default_device_is_refused():
    """set_default_device() of an unknown name raises RuntimeError, and the default
    stays the CPU.
    """
    with pytest.raises(RuntimeError, match="device string: abacus"):
        torch.set_default_device("abacus")

    assert torch.zeros(1).device.type == "cpu"


@claim(
    "device.default.get",
    see="generated/torch.get_default_device",
    since="2.3",
)
def test_get_default_device_returns_what_was_set():
    """get_default_device() returns the torch.device that set_default_device() was given
    last.
    """
    with meta_by_default():
        first = torch.get_default_device()
        torch.set_default_device("cpu")
        second = torch.get_default_device()

    assert (first, second) == (torch.device("meta"), torch.device("cpu"))


# --- CUDA, or its absence -------------------------------------------------------------

# The error where CUDA can't be used, by whether the build has it.
NO_CUDA = {
    True: (RuntimeError, "NVIDIA|CUDA"),
    False: (AssertionError, "Torch not compiled with CUDA enabled"),
}


@claim("device.selection.cuda-if-available", see="notes/cuda")
def test_a_device_is_chosen_by_is_available():
    """is_available() is True or False and never raises, so that it picks "cuda" or
    "cpu"; tensors are made there, and moved there, by the name as by the device.
    """
    available = torch.cuda.is_available()
    name = {True: "cuda", False: "cpu"}[available]

    tensors = [
        torch.zeros(2, device=name),
        torch.zeros(2, device=torch.device(name)),
        torch.zeros(2).to(name),
        torch.zeros(2).to(torch.device(name)),
    ]

    assert type(available) is bool
    assert [tensor.device.type for tensor in tensors] == [name] * 4
    assert torch.device("cuda").type == "cuda"


@claim("device.cuda.unavailable-raises", see="notes/cuda")
@pytest.mark.parametrize(
    "move",
    [
        lambda x, layer: x.cuda(),
        lambda x, layer: x.to("cuda"),
        lambda x, layer: x.to(torch.device("cuda")),
        lambda x, layer: x[:0].to("cuda"),
        lambda x, layer: torch.zeros(2, device="cuda"),
        lambda x, layer: layer.cuda().weight,
        lambda x, layer: layer.to("cuda").weight,
    ],
    ids=["cuda", "to", "to-device", "zero-size", "zeros", "module-cuda", "module-to"],
)
def test_cuda_is_refused_where_it_is_not_available(no_accelerator, move):
    """Without an accelerator, to move a tensor or a module to "cuda", or to make one
    there, raises RuntimeError with a build for CUDA, and AssertionError with one for
    the CPU; what was to move stays where it is.
    """
    x, layer = torch.ones(2), nn.Linear(1, 1, bias=False)
    error, message = NO_CUDA[torch.backends.cuda.is_built()]

    with pytest.raises(error, match=message):
        move(x, layer)

    assert torch.cuda.is_available() is False
    assert (x.device.type, layer.weight.device.type) == ("cpu", "cpu")


@claim("device.cuda.beyond-the-last", see="notes/cuda")
@pytest.mark.parametrize(
    "move",
    [
        lambda x: x.to("cuda:99"),
        lambda x: torch.zeros(2, device="cuda:99"),
        lambda x: torch.zeros_like(x, device=torch.device("cuda", 99)),
    ],
    ids=["to", "zeros", "zeros_like"],
)
def test_a_cuda_device_beyond_the_last_is_refused(move):
    """A tensor for a CUDA device beyond the last is refused: the AssertionError of a
    build for the CPU says that it was not compiled with CUDA, and the RuntimeError of
    one for CUDA, with or without a GPU, names NVIDIA or CUDA.
    """
    x = torch.tensor([1.0, 2.0])
    error, message = NO_CUDA[torch.backends.cuda.is_built()]

    with pytest.raises(error, match=message):
        move(x)

    assert (x.device.type, x.tolist()) == ("cpu", [1, 2])


@claim("device.cuda.no-other-device", see="generated/torch.Tensor.cuda")
@pytest.mark.parametrize("name", ["cpu", "meta"])
def test_cuda_takes_no_other_kind_of_device(name):
    """cuda() of a tensor or a module, given a device of another kind, raises
    RuntimeError on every machine.
    """
    x, module = torch.tensor([1.0, 2.0]), nn.Linear(1, 1, bias=False)

    with pytest.raises(RuntimeError, match="must be cuda device"):
        x.cuda(name)
    with pytest.raises(RuntimeError, match="must be cuda device"):
        module.cuda(name)

    assert (x.device.type, module.weight.device.type) == ("cpu", "cpu")


@claim("device.to.cross-device-copy", see=TO)
@pytest.mark.parametrize("non_blocking", [False, True], ids=["waits", "does-not"])
def test_a_tensor_is_copied_to_an_accelerator_and_back(accelerator, non_blocking):
    """to() copies a tensor from the CPU to an accelerator, and to("cpu") or cpu() back:
    the elements and the dtype are equal, and a write to one is not seen in the others.
    """
    x = torch.tensor([1.5, -2.0], dtype=torch.float16, device="cpu")

    there = x.to(accelerator, non_blocking=non_blocking)
    back, again = there.to("cpu"), there.cpu()
    x[0], there[1], back[0] = 10, 20, 30

    assert (there.device, there.dtype) == (accelerator, torch.float16)
    assert (back.device.type, again.device.type) == ("cpu", "cpu")
    assert (x.tolist(), there.tolist()) == ([10, -2], [1.5, 20])
    assert (back.tolist(), again.tolist()) == ([30, -2], [1.5, -2])


@claim("device.to.across-devices", see=TO)
def test_gradients_flow_back_across_devices(accelerator):
    """A backward pass on an accelerator flows back through to() into the leaf on the
    CPU, whose gradient lies on the CPU.
    """
    leaf = torch.tensor([1.0, 2.0], device="cpu", requires_grad=True)

    moved = leaf.to(accelerator)
    (moved * torch.tensor([3.0, 4.0], device=accelerator)).sum().backward()

    assert (moved.is_leaf, moved.device) == (False, accelerator)
    assert moved.grad_fn is not None
    assert leaf.grad.device == torch.device("cpu")
    assert leaf.grad.tolist() == [3, 4]


@claim("device.cuda.mix", see="notes/cuda")
def test_the_cpu_and_cuda_do_not_mix(cuda):
    """An operation on a tensor of the CPU and one of CUDA, or a model on CUDA with
    input on the CPU, raises RuntimeError; a tensor of the CPU without dimensions is let
    in as a number.
    """
    x = torch.tensor([1.0, 2.0], device="cpu")
    there = torch.tensor([3.0, 4.0], device=cuda)
    model = nn.Linear(2, 1, device=cuda)

    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same"):
        x + there
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same"):
        model(x)
    scaled = there * torch.tensor(2.0, device="cpu")

    assert (scaled.device, scaled.tolist()) == (cuda, [6, 8])


@claim("device.cat.one-device", see="generated/torch.cat")
def test_cat_takes_tensors_of_one_device(cuda):
    """cat() joins tensors of CUDA on CUDA, and raises RuntimeError for one of CUDA with
    one of the CPU, even if that has no elements.
    """
    x = torch.tensor([1.0, 2.0], device="cpu")
    there = torch.tensor([3.0], device=cuda)

    joined = torch.cat([there, there])
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same"):
        torch.cat([x, there])
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same"):
        torch.cat([there, x])
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same"):
        torch.cat([there, x[:0]])

    assert (joined.device, joined.tolist()) == (cuda, [3, 3])


@claim("device.cuda.without-an-index", see="notes/cuda")
def test_cuda_without_an_index_is_the_current_device(cuda):
    """cuda(), to("cuda") and device="cuda" lead to the current CUDA device, and the
    tensor's device has its index; cuda() of a tensor there returns it.
    """
    x = torch.tensor([1.0, 2.0], device="cpu")

    with torch.cuda.device(cuda):
        there = [x.cuda(), x.to("cuda"), torch.ones(2, device="cuda")]
        same = there[0].cuda() is there[0]
        named = there[1].to("cuda") is there[1]

    assert [tensor.device for tensor in there] == [cuda] * 3
    assert [tensor.get_device() for tensor in there] == [cuda.index] * 3
    assert there[0].tolist() == [1, 2]
    assert (same, named) == (True, True)


@claim("device.cuda.modules", see="generated/torch.nn.Module")
def test_a_module_moves_to_cuda_in_place(cuda):
    """Module.cuda() and to() with a CUDA device move parameters and buffers and return
    the module; the parameters are the same objects, and other tensors stay on the CPU.
    """
    module, other = Scale("cpu"), Scale("cpu")
    factor = module.factor

    returned = module.cuda(cuda.index)
    other.to(cuda)

    assert returned is module
    assert module.factor is factor
    assert (module.factor.device, module.shift.device) == (cuda, cuda)
    assert (other.factor.device, other.shift.device) == (cuda, cuda)
    assert (module.factor.tolist(), module.note.device.type) == ([2, 3], "cpu")

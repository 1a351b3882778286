"""DataParallel: one module on several GPUs, and what is left of it without.

``nn.DataParallel(module)`` cuts a batch along its first dimension, lets a replica of
the module run on each GPU, and puts the outputs together again on the first. Without a
GPU it only calls the module. In either case it is a module of its own around the first,
which shows in the names of its parameters.

DistributedDataParallel, with a process for each GPU, is recommended in its place. It is
often believed that a wrapped module can be used like the module itself: its attributes
and the keys of its state dict are one step further in.
"""

from collections import OrderedDict, namedtuple

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.parallel import scatter_gather

from spec.models.scattering import chunk_sizes
from torch_semantics import claim

PAGE = "generated/torch.nn.DataParallel"
Pair = namedtuple("Pair", ["a", "b"])


class Scale(nn.Module):
    """Multiplies by a factor, and adds what is given as a keyword."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor([2.0]))

    def forward(self, x, plus=0.0):
        """Multiply, then add."""
        return x * self.factor + plus


@pytest.fixture
def without_cuda(monkeypatch):
    """Let the spec run as on a machine without CUDA."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@claim("device.data-parallel.cpu-passthrough", see=PAGE)
@pytest.mark.parametrize(
    "options",
    [{}, {"device_ids": [0]}, {"device_ids": [0, 1], "output_device": 1, "dim": 1}],
    ids=["default", "one-device", "two-devices"],
)
def test_without_a_gpu_data_parallel_calls_the_module(without_cuda, options):
    """Without a GPU DataParallel takes no device, whichever are asked for, and calls
    the very module that it is given, on the CPU and with all arguments; gradients reach
    its parameters.
    """
    module = Scale()

    parallel = nn.DataParallel(module, **options)
    output = parallel(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), plus=5.0)
    output.sum().backward()

    assert parallel.device_ids == []
    assert parallel.module is module
    assert output.tolist() == [[7, 9], [11, 13]]
    assert output.device == torch.device("cpu")
    assert module.factor.grad.tolist() == [10]


@claim("device.data-parallel.takes-anything", see=PAGE)
def test_without_a_gpu_the_module_gets_its_arguments_as_they_are(without_cuda):
    """Without a GPU the module gets the very objects that DataParallel is called with,
    and what it returns is returned.
    """
    taken = object()

    class Echo(nn.Module):
        def forward(self, *args, **kwargs):
            return args, kwargs

    args, kwargs = nn.DataParallel(Echo())(taken, 1, last=taken)

    assert args == (taken, 1)
    assert kwargs == {"last": taken}
    assert nn.DataParallel(Echo())() == ((), {})


@claim("device.data-parallel.state-dict", see=PAGE)
def test_the_keys_of_a_wrapped_module_begin_with_module(without_cuda):
    """The state dict of a DataParallel has the keys of the module's with "module." in
    front, so that neither's fits the other: load_state_dict() raises RuntimeError and
    changes nothing.
    """
    module, other = Scale(), Scale()
    parallel = nn.DataParallel(module)
    nn.init.constant_(other.factor, 7.0)

    with pytest.raises(RuntimeError, match=r'Missing key\(s\).*: "module.factor"'):
        parallel.load_state_dict(other.state_dict())
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\).*: "module.factor"'):
        other.load_state_dict(parallel.state_dict())
    untouched = (module.factor.tolist(), other.factor.tolist())
    parallel.module.load_state_dict(other.state_dict())

    assert list(parallel.state_dict()) == ["module.factor"]
    assert untouched == ([2], [7])
    assert module.factor.tolist() == [7]


@claim("device.data-parallel.attributes", see=PAGE)
def test_the_attributes_of_a_wrapped_module_are_not_forwarded(without_cuda):
    """An attribute of the module is not one of the DataParallel, which raises
    AttributeError; its parameters, and train() and eval(), are the module's.
    """
    module = Scale()
    parallel = nn.DataParallel(module)

    returned = parallel.eval()

    with pytest.raises(AttributeError, match="no attribute 'factor'"):
        parallel.factor
    assert next(parallel.parameters()) is module.factor
    assert [name for name, _ in parallel.named_parameters()] == ["module.factor"]
    assert returned is parallel
    assert module.training is False


# --- arguments and results that are not tensors ---------------------------------------


@claim("device.data-parallel.other-arguments", see=PAGE)
@pytest.mark.parametrize(
    "thing",
    [
        "text",
        None,
        (1, "a"),
        (),
        [1, [2], {"a": 3}],
        {"a": 1, "b": (2, 3)},
        OrderedDict(a=1),
        Pair(1, [2]),
    ],
    ids=["str", "None", "tuple", "empty", "list", "dict", "OrderedDict", "namedtuple"],
)
def test_what_is_not_a_tensor_is_given_to_every_device(thing):
    """Scattered to three devices, a thing that holds no tensor comes to each of them,
    an equal one of the same type.
    """
    scattered = scatter_gather.scatter(thing, [0, 1, 2])

    assert scattered == [thing, thing, thing]
    assert [type(each) for each in scattered] == [type(thing)] * 3


@claim("device.data-parallel.shallow-copies", see=PAGE)
def test_containers_are_copied_for_each_device_and_objects_are_shared():
    """Scattered to two devices, a list and a dict become two, whose contents are the
    same objects.
    """
    inner = object()
    listed, mapped = [inner], {"a": inner}

    (first, second), (left, right) = (
        scatter_gather.scatter(listed, [0, 1]),
        scatter_gather.scatter(mapped, [0, 1]),
    )

    assert first is not second
    assert first is not listed
    assert left is not right
    assert first[0] is inner
    assert second[0] is inner
    assert (left["a"] is inner, right["a"] is inner) == (True, True)


@claim("device.data-parallel.keywords", see=PAGE)
def test_arguments_and_keywords_are_scattered_together():
    """Arguments and keywords are scattered into as many of the ones as of the others:
    where there are none of one kind, empty ones stand in, and where there are none at
    all, no device gets any.
    """
    both = scatter_gather.scatter_kwargs((1, 2), {"k": 3}, [0, 1])
    only_arguments = scatter_gather.scatter_kwargs((1,), None, [0, 1])
    only_keywords = scatter_gather.scatter_kwargs((), {"k": 3}, [0, 1])

    assert both == (((1, 2), (1, 2)), ({"k": 3}, {"k": 3}))
    assert only_arguments == (((1,), (1,)), ({}, {}))
    assert only_keywords == (((), ()), ({"k": 3}, {"k": 3}))
    assert scatter_gather.scatter_kwargs((), {}, [0, 1]) == ((), ())


@claim("device.data-parallel.other-results", see=PAGE)
def test_results_in_containers_are_gathered_as_containers():
    """Outputs that are None are gathered to one None, and outputs in a tuple, list,
    dict or namedtuple to one of these; dicts of different lengths raise ValueError.
    """
    pair = scatter_gather.gather([Pair(None, None), Pair(None, None)], 0)
    ordered = scatter_gather.gather([OrderedDict(a=None), OrderedDict(a=None)], 0)

    assert scatter_gather.gather([None, None], 0) is None
    assert scatter_gather.gather([(None, None), (None, None)], 0) == (None, None)
    assert scatter_gather.gather([[None, {"a": None}], [None, {"a": None}]], 0) == [
        None,
        {"a": None},
    ]
    assert (type(pair), pair) == (Pair, (None, None))
    assert (type(ordered), ordered) == (OrderedDict, {"a": None})
    with pytest.raises(ValueError, match="must have the same number of keys"):
        scatter_gather.gather([{"a": None}, {}], 0)


@claim("device.data-parallel.only-accelerators", see=PAGE)
def test_outputs_on_the_cpu_are_not_gathered():
    """Tensors of the CPU can't be gathered, nor can a module on the CPU be replicated:
    AssertionError says so; for no device there is no replica.
    """
    module = Scale()

    with pytest.raises(AssertionError, match="not implemented for CPU tensors"):
        scatter_gather.gather([torch.ones(1), torch.ones(1)], 0)
    with pytest.raises(AssertionError, match="not implemented for CPU tensors"):
        nn.parallel.replicate(module, [0])

    assert nn.parallel.replicate(module, []) == []
    assert module.factor.tolist() == [2]


# --- how a batch is cut ---------------------------------------------------------------


@claim("device.data-parallel.splits-batch-dim0", see=PAGE)
def test_a_batch_is_cut_as_chunk_cuts_it(device):
    """A batch is cut along its first dimension as chunk() does it: 30 rows for three
    devices into 10 each, 31 rows into 11, 11 and 9, and 2 rows into two pieces only.
    """
    batch = torch.arange(62, device=device).reshape(31, 2)

    even, uneven = batch[:30].chunk(3), batch.chunk(3)
    few = batch[:2].chunk(3)

    assert [piece.shape for piece in even] == [(10, 2), (10, 2), (10, 2)]
    assert [piece.shape for piece in uneven] == [(11, 2), (11, 2), (9, 2)]
    assert [row for piece in uneven for row in piece.tolist()] == batch.tolist()
    assert uneven[1][0].tolist() == [22, 23]
    assert [piece.shape for piece in few] == [(1, 2), (1, 2)]


@claim("device.data-parallel.chunk-rule", see=PAGE)
@given(rows=st.integers(1, 12), devices=st.integers(1, 5))
def test_every_piece_but_the_last_is_an_equal_share_rounded_up(device, rows, devices):
    """For any batch and number of devices the pieces have the size of an equal share,
    rounded up, until the rows are used up, and lie in order.
    """
    batch = torch.arange(rows, device=device)

    pieces = batch.chunk(devices)

    sizes = [len(piece) for piece in pieces]
    assert (rows, devices, sizes) == (rows, devices, chunk_sizes(rows, devices))
    assert [row for piece in pieces for row in piece.tolist()] == list(range(rows))


@claim("device.data-parallel.one-gpu", see=PAGE)
def test_one_gpu_gets_the_whole_batch(cuda):
    """With one GPU the module is moved there and called with the whole batch, moved
    there too; gradients reach its parameters.
    """
    module = Scale()

    parallel = nn.DataParallel(module, device_ids=[cuda.index])
    output = parallel(torch.tensor([[1.0], [2.0]], device="cpu"), plus=5.0)
    output.sum().backward()

    assert parallel.device_ids == [cuda.index]
    assert module.factor.device == cuda
    assert (output.device, output.tolist()) == (cuda, [[7], [9]])
    assert module.factor.grad.tolist() == [3]


@claim("device.data-parallel.module-elsewhere", see=PAGE)
def test_the_module_must_lie_on_the_first_device(cuda):
    """A module that was moved away from the first of the devices raises RuntimeError
    when its DataParallel is called.
    """
    parallel = nn.DataParallel(Scale(), device_ids=[cuda.index])
    parallel.module.cpu()

    with pytest.raises(RuntimeError, match="must have its parameters and buffers on"):
        parallel(torch.ones(2, 1, device=cuda))


@claim("device.data-parallel.scatter-and-gather", see=PAGE)
def test_a_batch_is_scattered_and_gathered_on_one_gpu_named_twice(cuda):
    """A batch scattered to two places, here both the same GPU, is cut by chunk(), and
    gathering puts the rows back in order on the device that is named.
    """
    batch = torch.arange(5.0, device="cpu").reshape(5, 1)

    pieces = scatter_gather.scatter(batch, [cuda.index, cuda.index])
    gathered = scatter_gather.gather(pieces, cuda.index)

    assert [piece.device for piece in pieces] == [cuda, cuda]
    assert [piece.tolist() for piece in pieces] == [[[0], [1], [2]], [[3], [4]]]
    assert (gathered.device, gathered.tolist()) == (cuda, [[0], [1], [2], [3], [4]])

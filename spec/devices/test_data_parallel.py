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
from torch.cuda import comm
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
    the very module that it is given, in the mode that it is in, on the CPU, with all
    arguments and with its hooks; gradients reach its parameters.
    """
    module, called = Scale(), []
    module.register_forward_hook(lambda module, inputs, output: called.append(module))

    parallel = nn.DataParallel(module, **options)
    output = parallel(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), plus=5.0)
    output.sum().backward()

    assert parallel.device_ids == []
    assert parallel.module is module
    assert (called, module.training) == ([module], True)
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


@claim(
    "device.data-parallel.function",
    see="generated/torch.nn.functional.torch.nn.parallel.data_parallel",
)
def test_the_function_data_parallel_needs_a_gpu(without_cuda):
    """The function data_parallel(), unlike the class, raises RuntimeError without a
    GPU, before torch 2.2 TypeError, and does not call the module.
    """
    module, called = Scale(), []
    module.register_forward_pre_hook(lambda module, inputs: called.append(module))

    with pytest.raises((RuntimeError, TypeError), match=r"could not be det|NoneType"):
        nn.parallel.data_parallel(module, torch.ones(2, 1))

    assert called == []


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
        [],
        {},
        {"a": 1, "b": (2, 3)},
        OrderedDict(a=1),
        Pair(1, [2]),
    ],
    ids=["str", "None", "tuple", "empty-tuple", "list", "empty-list", "empty-dict"]
    + ["dict", "OrderedDict", "namedtuple"],
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
    dict or namedtuple to one of these, dicts key by key in the order of the first;
    dicts of different lengths raise ValueError.
    """
    left, right = OrderedDict(b=None, a=(None,)), OrderedDict(a=(None,), b=None)

    pair = scatter_gather.gather([Pair(None, None), Pair(None, None)], 0)
    ordered = scatter_gather.gather([left, right], 0)

    assert scatter_gather.gather([None, None], 0) is None
    assert scatter_gather.gather([(None, None), (None, None)], 0) == (None, None)
    assert scatter_gather.gather([[None, {"a": None}], [None, {"a": None}]], 0) == [
        None,
        {"a": None},
    ]
    assert (type(pair), pair) == (Pair, (None, None))
    assert (type(ordered), list(ordered)) == (OrderedDict, ["b", "a"])
    assert ordered == {"b": None, "a": (None,)}
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


@claim("device.comm.bad-arguments", see="generated/torch.cuda.comm.broadcast")
def test_copies_go_to_devices_or_into_tensors_that_are_given():
    """broadcast(), scatter() and gather() of torch.cuda.comm copy to devices or into
    the tensors of out=: both, or for broadcast() neither, raise RuntimeError, and
    reduce_add() of tensors of the CPU raises AssertionError.
    """
    x, given = torch.tensor([1.0, 2.0]), torch.zeros(2)

    with pytest.raises(RuntimeError, match="Exactly one of 'devices' and 'out'"):
        comm.broadcast(x)
    with pytest.raises(RuntimeError, match="Exactly one of 'devices' and 'out'"):
        comm.broadcast(x, [0], out=[given])
    with pytest.raises(RuntimeError, match="'devices' must not be specified when"):
        comm.scatter(x, [0], out=[given])
    with pytest.raises(RuntimeError, match="'chunk_sizes' must not be specified when"):
        comm.scatter(x, chunk_sizes=[2], out=[given])
    with pytest.raises(RuntimeError, match="'destination' must not be specified when"):
        comm.gather([x], destination="cpu", out=given)
    with pytest.raises(AssertionError, match="expects all inputs to be on GPUs"):
        comm.reduce_add([x, x], 0)

    assert given.tolist() == [0, 0]


# --- how a batch is cut ---------------------------------------------------------------


@claim("device.data-parallel.splits-batch-dim0", see=PAGE)
def test_a_batch_is_cut_as_chunk_cuts_it(device):
    """chunk(), the rule by which DataParallel cuts a batch, cuts it along its first
    dimension: 30 rows for three devices into 10 each, 31 rows into 11, 11 and 9, and 2
    rows into two pieces only.
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
    """For any batch with rows and any number of devices the pieces that chunk() cuts
    have the size of an equal share, rounded up, until the rows are used up, and lie in
    order.
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


@claim("device.data-parallel.all-gpus", see=PAGE)
def test_all_gpus_are_taken_if_none_are_named(cuda):
    """Without device_ids DataParallel takes all GPUs, and a device in device_ids counts
    as its index.
    """
    every = nn.DataParallel(nn.ReLU())
    named = nn.DataParallel(nn.ReLU(), device_ids=[cuda])

    assert every.device_ids == list(range(torch.cuda.device_count()))
    assert named.device_ids == [cuda.index]


@claim("device.data-parallel.replicas", see=PAGE)
def test_each_piece_has_a_replica_whose_gradients_are_summed(cuda):
    """On two devices, here the same GPU twice, a replica of the module is called with
    each piece of the batch; the outputs are joined in order, the gradients are summed
    in the module's parameters, and an attribute that a replica sets is lost.
    """
    rows = []

    class Counting(Scale):
        def forward(self, x):
            self.seen = len(x)
            rows.append(len(x))
            return x * self.factor

    module = Counting().to(cuda)
    parallel = nn.DataParallel(module, device_ids=[cuda.index, cuda.index])

    output = parallel(torch.tensor([[1.0], [2.0], [3.0]], device="cpu"))
    output.sum().backward()

    assert sorted(rows) == [1, 2]
    assert not hasattr(module, "seen")
    assert (output.device, output.tolist()) == (cuda, [[2], [4], [6]])
    assert (module.factor.grad.device, module.factor.grad.tolist()) == (cuda, [6])


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
    """A batch scattered to two places, here both the same GPU, is cut by chunk(), a
    batch of one row into one piece, and along dim= where that is given; gathering puts
    the pieces back in order on the device that is named.
    """
    batch = torch.arange(5.0, device="cpu").reshape(5, 1)
    twice = [cuda.index, cuda.index]

    pieces = scatter_gather.scatter(batch, twice)
    alone = scatter_gather.scatter(batch[:1], twice)
    columns = scatter_gather.scatter(batch.t(), twice, dim=1)
    gathered = scatter_gather.gather(pieces, cuda.index)
    joined = scatter_gather.gather(columns, cuda.index, dim=1)

    assert [piece.device for piece in pieces] == [cuda, cuda]
    assert [piece.tolist() for piece in pieces] == [[[0], [1], [2]], [[3], [4]]]
    assert [piece.tolist() for piece in alone] == [[[0]]]
    assert [piece.tolist() for piece in columns] == [[[0, 1, 2]], [[3, 4]]]
    assert (gathered.device, gathered.tolist()) == (cuda, [[0], [1], [2], [3], [4]])
    assert (joined.device, joined.tolist()) == (cuda, [[0, 1, 2, 3, 4]])

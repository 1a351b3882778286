"""Pinned memory: memory of the CPU from which a GPU can copy by itself.

A page of pinned memory stays where it is, so that a GPU may read it while the program
goes on: that is what ``to(device, non_blocking=True)`` needs. A pinned tensor is a
tensor of the CPU like any other.

It is often believed that pin_memory=True is a wish, which does no harm on a machine
without a GPU. It raises RuntimeError there.
"""

import pytest
import torch

from torch_semantics import claim
from torch_semantics.words import shares_storage

PIN = "generated/torch.Tensor.pin_memory"

FACTORIES = {
    "tensor": lambda **options: torch.tensor([1.0, 2.0], **options),
    "empty": lambda **options: torch.empty(2, **options),
    "empty_strided": lambda **options: torch.empty_strided((2,), (1,), **options),
    "zeros": lambda **options: torch.zeros(2, **options),
    "ones": lambda **options: torch.ones(2, **options),
    "full": lambda **options: torch.full((2,), 1.0, **options),
    "eye": lambda **options: torch.eye(2, **options),
    "arange": lambda **options: torch.arange(2, **options),
    "linspace": lambda **options: torch.linspace(0, 1, 2, **options),
    "rand": lambda **options: torch.rand(2, **options),
    "randn": lambda **options: torch.randn(2, **options),
    "randint": lambda **options: torch.randint(2, (2,), **options),
    "randperm": lambda **options: torch.randperm(2, **options),
}
every_factory = pytest.mark.parametrize(
    "make", FACTORIES.values(), ids=FACTORIES.keys()
)


# The error's message is another in each build.
REFUSED = "CUDA|NVIDIA|accelerator|pin_memory allocator"


@claim("device.pin-memory.default-off", see="generated/torch.Tensor.is_pinned")
@every_factory
def test_tensors_are_not_pinned_by_default(make):
    """A factory makes a tensor that is not pinned, with pin_memory=False as without it,
    and is_pinned() says so on every machine.
    """
    by_default, refused = make(), make(pin_memory=False)

    pinned = by_default.is_pinned(), refused.is_pinned()

    assert pinned == (False, False)


@claim("device.pin-memory.what-is-not-pinned", see="generated/torch.Tensor.is_pinned")
def test_what_is_not_dense_memory_of_the_cpu_is_not_pinned():
    """is_pinned() is False, and no error, for a tensor without elements, a view of
    memory that is not pinned, a tensor of meta, and a sparse one that nobody pinned.
    """
    x = torch.eye(2)
    view, empty, sparse = x[1:], x[:0], x.to_sparse()
    ghost = torch.zeros(2, device="meta")

    pinned = [each.is_pinned() for each in (empty, view, ghost, sparse)]

    assert pinned == [False, False, False, False]
    assert [type(each) for each in pinned] == [bool] * 4


@claim("device.pin-memory.needs-accelerator", see=PIN)
@every_factory
def test_pinning_needs_an_accelerator(no_accelerator, make):
    """Without an accelerator, a factory with pin_memory=True raises RuntimeError, and
    so does pin_memory() of a tensor with elements, which stays as it was.
    """
    x = torch.tensor([1.0, 2.0])

    with pytest.raises(RuntimeError, match=REFUSED):
        make(pin_memory=True)
    with pytest.raises(RuntimeError, match=REFUSED):
        x.pin_memory()

    assert (x.is_pinned(), x.requires_grad, x.tolist()) == (False, False, [1, 2])


@claim("device.pin-memory.only-the-cpu", see=PIN)
def test_only_tensors_of_the_cpu_can_be_pinned():
    """pin_memory() of a tensor of meta raises RuntimeError with and without CUDA: only
    tensors of the CPU can be pinned.
    """
    ghost = torch.zeros(2, device="meta")

    with pytest.raises(RuntimeError, match="only dense CPU tensors can be pinned"):
        ghost.pin_memory()

    assert ghost.device.type == "meta"


@claim("device.pin-memory.pinned-with-cuda", see=PIN)
@every_factory
def test_with_cuda_a_factory_pins_memory(cuda, make):
    """With CUDA a factory with pin_memory=True makes a pinned tensor of the CPU, of the
    same dtype and shape as without it.
    """
    plain = make()

    pinned = make(pin_memory=True)

    assert pinned.is_pinned() is True
    assert pinned.device == torch.device("cpu")
    assert (pinned.dtype, pinned.shape) == (plain.dtype, plain.shape)


@claim("device.pin-memory.copies", see=PIN)
def test_pin_memory_returns_a_pinned_copy(cuda):
    """With CUDA pin_memory() returns a pinned copy on the CPU, or the tensor itself if
    it is pinned; the first stays unpinned, a view of pinned memory is pinned, and a
    copy of it is not.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device="cpu")

    pinned = x.pin_memory()
    x[0, 0] = 10

    assert (pinned.is_pinned(), x.is_pinned()) == (True, False)
    assert not shares_storage(pinned, x)
    assert (pinned.device.type, pinned.dtype) == ("cpu", torch.float32)
    assert pinned.tolist() == [[1, 2], [3, 4]]
    assert pinned.pin_memory() is pinned
    assert pinned[1].is_pinned()
    assert pinned.clone().is_pinned() is False


@claim("device.pin-memory.not-on-cuda", see=PIN)
def test_a_tensor_of_cuda_cannot_be_pinned(cuda):
    """pin_memory() of a tensor of CUDA raises RuntimeError."""
    there = torch.ones(2, device=cuda)

    with pytest.raises(RuntimeError, match="only dense CPU tensors can be pinned"):
        there.pin_memory()

    assert there.is_pinned() is False


@claim("device.pin-memory.asynchronous-copy", see="notes/cuda")
def test_a_pinned_tensor_is_copied_without_waiting(cuda):
    """A pinned tensor that is copied to CUDA with non_blocking=True has the same
    elements there, as operations of the same stream see them.
    """
    pinned = torch.arange(1000.0, device="cpu").pin_memory()

    there = pinned.to(cuda, non_blocking=True)
    doubled = there * 2

    assert there.device == cuda
    assert doubled.tolist() == [2.0 * i for i in range(1000)]

"""The few words that specs use beside torch's own."""

import torch


def shares_storage(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether two strided tensors, of any dtype and shape, are laid over one storage.

    They then share memory as far as their elements overlap.
    """
    return _storage(a) == _storage(b)


def _storage(tensor: torch.Tensor) -> int:
    # The address of the storage object, not of its data: storages without data have
    # none. Tensor.untyped_storage() came with 2.0; before it the typed one holds it.
    if hasattr(tensor, "untyped_storage"):
        return tensor.untyped_storage()._cdata
    return tensor.storage()._storage._cdata

"""Ways to break what matplotlib is given of a tensor."""

import numpy as np
import torch

from torch_semantics.faults import error_of, fault, wrap


def leaf():
    return torch.ones(2, requires_grad=True)


@fault(
    "numpy() and np.asarray() detach by themselves.",
    witness=lambda: error_of(lambda: np.asarray(leaf())) is None,
)
def arrays_detach(patch):
    wrap(patch, torch.Tensor, "__array__", lambda f, t, *a, **k: f(t.detach(), *a, **k))
    wrap(patch, torch.Tensor, "numpy", lambda f, t, **k: f(t.detach(), **k))


@fault(
    "np.asarray() refuses a tensor that requires gradients with grad mode off too.",
    witness=lambda: error_of(torch.no_grad()(lambda: np.asarray(leaf()))) is not None,
)
def arrays_refuse_under_no_grad(patch):
    def change(convert, tensor, *args, **options):
        if tensor.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return convert(tensor, *args, **options)

    wrap(patch, torch.Tensor, "__array__", change)


@fault(
    "np.asarray() reverses the elements.",
    witness=lambda: np.asarray(torch.arange(2)).tolist() == [1, 0],
)
def arrays_are_reversed(patch):
    wrap(patch, torch.Tensor, "numpy", lambda f, t, **k: f(t, **k)[::-1])


@fault(
    "np.asarray() of an image puts its channels last.",
    witness=lambda: np.asarray(torch.ones(3, 1, 2)).shape == (1, 2, 3),
)
def arrays_are_permuted(patch):
    def change(convert, tensor, *args, **options):
        array = convert(tensor, *args, **options)
        image = array.ndim == 3 and array.shape[0] == 3
        return array.transpose(1, 2, 0) if image else array

    wrap(patch, torch.Tensor, "__array__", change)


@fault(
    "permute() leaves the dimensions as they are.",
    witness=lambda: torch.ones(3, 1, 2).permute(1, 2, 0).shape == (3, 1, 2),
)
def permute_does_nothing(patch):
    wrap(patch, torch.Tensor, "permute", lambda f, t, *dims: t)


@fault(
    "np.asarray() of bfloat16 converts to float32.",
    witness=lambda: error_of(lambda: np.asarray(torch.ones(1).bfloat16())) is None,
)
def arrays_convert_bfloat16(patch):
    def change(convert, tensor, *args, **options):
        brain = tensor.dtype is torch.bfloat16
        return convert(tensor.float() if brain else tensor, *args, **options)

    wrap(patch, torch.Tensor, "__array__", change)
    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "np.asarray() of a meta tensor gives zeros.",
    witness=lambda: error_of(lambda: np.asarray(torch.ones(1, device="meta"))) is None,
)
def arrays_of_meta(patch):
    def change(convert, tensor, *args, **options):
        if tensor.device.type == "meta":
            return np.zeros(tuple(tensor.shape))
        return convert(tensor, *args, **options)

    wrap(patch, torch.Tensor, "__array__", change)
    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "detach() of a result keeps its history.",
    witness=lambda: (leaf() * 2).detach().requires_grad,
)
def detach_keeps_history(patch):
    wrap(
        patch,
        torch.Tensor,
        "detach",
        lambda f, t: t.view_as(t) if t.requires_grad else f(t),
    )

"""Ways to break copies: copies that alias, views that copy, and diag and flip."""

import copy
import warnings

import torch
from torch import nn

from torch_semantics.faults import fault, raises, wrap
from torch_semantics.words import shares_storage

T = torch.Tensor


def vector():
    return torch.tensor([1.0, 2.0, 3.0])


def matrix():
    return torch.tensor([[1, 2, 3], [4, 5, 6]])


def aliases(make):
    x = vector()
    return shares_storage(make(x), x)


# --- names, views and copies ----------------------------------------------------------


@fault("copy.copy() copies the elements.", witness=lambda: not aliases(copy.copy))
def shallow_copies_are_deep(patch):
    wrap(patch, copy, "copy", lambda own, x: copy.deepcopy(x))


@fault("copy.copy() returns the tensor itself.", witness=lambda: _copy_is_itself())
def shallow_copies_are_the_tensor(patch):
    patch(copy, "copy", lambda x: x)


def _copy_is_itself():
    x = vector()
    return copy.copy(x) is x


@fault("to() with copy=True does not copy.", witness=lambda: _to_ignores_copy())
def to_ignores_copy(patch):
    def change(own, *args, copy=False, **options):
        return own(*args, **options)

    wrap(patch, T, "to", change)


def _to_ignores_copy():
    return aliases(lambda x: x.to(torch.float32, copy=True))


@fault(
    "float() of a float tensor copies.",
    witness=lambda: not aliases(lambda x: x.float()),
)
def float_copies(patch):
    wrap(patch, T, "float", lambda own, self: own(self).clone())


@fault("contiguous() copies.", witness=lambda: not aliases(lambda x: x.contiguous()))
def contiguous_copies(patch):
    wrap(patch, T, "contiguous", lambda own, self: own(self).clone())


@fault("+x copies.", witness=lambda: not aliases(lambda x: +x))
def plus_copies(patch):
    wrap(patch, T, "__pos__", lambda own, self: self.clone())


@fault("x + 0 is x.", witness=lambda: aliases(lambda x: x + 0))
def adding_zero_aliases(patch):
    def change(own, self, other):
        return (
            self.view(self.shape)
            if type(other) is int and other == 0
            else own(self, other)
        )

    wrap(patch, T, "__add__", change)


@fault("repeat() that repeats nothing aliases.", witness=lambda: _repeat_aliases())
def repeating_once_aliases(patch):
    def change(own, self, *counts):
        return self.view(self.shape) if counts == (1,) else own(self, *counts)

    wrap(patch, T, "repeat", change)


def _repeat_aliases():
    return aliases(lambda x: x.repeat(1))


@fault(
    "cat() of one tensor aliases.", witness=lambda: aliases(lambda x: torch.cat([x]))
)
def cat_of_one_aliases(patch):
    def change(own, tensors, *args, **options):
        if len(tensors) == 1:
            return tensors[0].view(tensors[0].shape)
        return own(tensors, *args, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "A list of indices that are in order gives a view.",
    witness=lambda: aliases(lambda x: x[[0, 1, 2]]),
)
def list_index_aliases(patch):
    def change(own, self, index):
        return own(self, slice(3) if index == [0, 1, 2] else index)

    wrap(
        patch,
        T,
        "__getitem__",
        lambda own, self, index: (
            change(own, self, index) if isinstance(index, list) else own(self, index)
        ),
    )


@fault("torch.tensor() of a tensor does not warn.", witness=lambda: not _warns())
def tensor_of_a_tensor_is_silent(patch):
    def change(own, data, **options):
        return own(data.tolist() if isinstance(data, T) else data, **options)

    wrap(patch, torch, "tensor", change)


def _warns():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        torch.tensor(vector())
    return bool(seen)


@fault("torch.as_tensor() copies.", witness=lambda: not aliases(torch.as_tensor))
def as_tensor_copies(patch):
    def change(own, data, **options):
        return own(data, **options).clone()

    wrap(patch, torch, "as_tensor", change)


# --- clone ----------------------------------------------------------------------------


@fault("clone() detaches.", witness=lambda: _clone_detaches())
def clone_detaches(patch):
    for owner in (torch, T):
        wrap(
            patch,
            owner,
            "clone",
            lambda own, input, **options: own(input.detach(), **options),
        )


def _clone_detaches():
    return not torch.zeros(1, requires_grad=True).clone().requires_grad


@fault(
    "clone() is contiguous.",
    witness=lambda: torch.zeros(2, 3).t().clone().is_contiguous(),
)
def clone_is_contiguous(patch):
    for owner in (torch, T):
        wrap(
            patch,
            owner,
            "clone",
            lambda own, input, **options: own(
                input, **{"memory_format": torch.contiguous_format, **options}
            ),
        )


@fault("clone() of a scalar is a view.", witness=lambda: _scalar_clone_aliases())
def clone_of_scalars_aliases(patch):
    def change(own, self, **options):
        return own(self, **options) if self.dim() else self.view(())

    wrap(patch, T, "clone", change)


def _scalar_clone_aliases():
    x = torch.tensor(1)
    return shares_storage(x.clone(), x)


@fault("clone() of bools is of bytes.", witness=lambda: _bool_clone_is_of_bytes())
def clone_of_bools(patch):
    def change(own, self, **options):
        result = own(self, **options)
        return result.to(torch.uint8) if self.dtype is torch.bool else result

    wrap(patch, T, "clone", change)


def _bool_clone_is_of_bytes():
    return torch.tensor([True]).clone().dtype is torch.uint8


@fault(
    "clone() of a parameter is a parameter.",
    witness=lambda: isinstance(nn.Parameter(vector()).clone(), nn.Parameter),
)
def clone_of_parameters(patch):
    def change(own, self, **options):
        if isinstance(self, nn.Parameter):
            return nn.Parameter(own(self.data, **options))
        return own(self, **options)

    wrap(patch, T, "clone", change)


@fault("clone() is recorded under no_grad.", witness=lambda: _clone_under_no_grad())
def clone_ignores_no_grad(patch):
    def change(own, self, **options):
        with torch.enable_grad():
            return own(self, **options)

    wrap(patch, T, "clone", change)


def _clone_under_no_grad():
    with torch.no_grad():
        return torch.zeros(1, requires_grad=True).clone().requires_grad


@fault("clone() doubles the gradient.", witness=lambda: _clone_doubles())
def clone_doubles_the_gradient(patch):
    def change(own, self, **options):
        result = own(self, **options)
        if result.requires_grad:
            result.register_hook(lambda gradient: gradient * 2)
        return result

    wrap(patch, T, "clone", change)


def _clone_doubles():
    x = torch.zeros(1, requires_grad=True)
    x.clone().sum().backward()
    return x.grad.item() == 2


@fault("clone() under no_grad takes the gradient along.", witness=lambda: _has_grad())
def clone_takes_the_gradient_along(patch):
    def change(own, self, *args, **options):
        result = own(self, *args, **options)
        if self.is_leaf and not result.requires_grad:
            result.grad = self.grad
        return result

    wrap(patch, T, "clone", change)


def _has_grad():
    x = vector()
    x.grad = torch.ones(3)
    return x.clone().grad is not None


@fault("clone() takes out=.", witness=lambda: _clone_takes_out())
def clone_takes_out(patch):
    def change(own, input, out=None, **options):
        return own(input, **options) if out is None else out.copy_(input)

    wrap(patch, torch, "clone", change)


def _clone_takes_out():
    return not raises(lambda: torch.clone(vector(), out=vector()))


# --- deepcopy -------------------------------------------------------------------------


@fault(
    "copy.deepcopy() of a tensor takes its elements only.",
    witness=lambda: copy.deepcopy(vector()[1:]).storage_offset() == 0,
)
def deepcopy_is_compact(patch):
    patch(T, "__deepcopy__", lambda self, memo: self.detach().clone())


@fault(
    "copy.deepcopy() of a view leaves the rest of the storage empty.",
    witness=lambda: _rest_is_empty(),
)
def deepcopy_leaves_the_rest_empty(patch):
    def copied(self, memo):
        size = self.untyped_storage().nbytes() // self.element_size()
        layout = self.shape, self.stride(), self.storage_offset()
        return self.new_zeros(size).as_strided(*layout).copy_(self)

    patch(T, "__deepcopy__", copied)


def _rest_is_empty():
    deep = copy.deepcopy(vector()[1:])
    return deep.as_strided((3,), (1,), 0).tolist() == [0, 2, 3]


@fault("copy.deepcopy() shares the storage.", witness=lambda: aliases(copy.deepcopy))
def deepcopy_shares(patch):
    patch(T, "__deepcopy__", lambda self, memo: self.view(self.shape))


# --- diag -----------------------------------------------------------------------------


def diag_as(patch, change):
    for owner in (torch, T):
        wrap(patch, owner, "diag", change)


@fault(
    "diag() of a matrix is the view.",
    witness=lambda: shares_storage(torch.diag(_square := matrix()), _square),
)
def diag_is_a_view(patch):
    def change(own, input, *args, **options):
        if input.dim() == 2 and not args and not options:
            return input.diagonal()
        return own(input, *args, **options)

    diag_as(patch, change)


@fault(
    "diag() takes the offset the other way.",
    witness=lambda: torch.diag(matrix(), 1).tolist() == [4],
)
def diag_goes_the_other_way(patch):
    def change(own, input, diagonal=0, **options):
        return own(input, -diagonal, **options)

    diag_as(patch, change)


@fault(
    "diag() ignores the offset of a vector.",
    witness=lambda: torch.diag(vector(), 1).shape == (3, 3),
)
def diag_ignores_offsets_of_vectors(patch):
    def change(own, input, diagonal=0, **options):
        return own(input, diagonal if input.dim() == 2 else 0, **options)

    diag_as(patch, change)


@fault(
    "diag() of a wide matrix stops at the square.",
    witness=lambda: torch.diag(matrix(), 1).tolist() == [2],
)
def diag_stops_at_the_square(patch):
    def change(own, input, *args, **options):
        if input.dim() == 2:
            input = input[:, : input.shape[0]]
        return own(input, *args, **options)

    diag_as(patch, change)


@fault(
    "diag() takes the diagonals of a stack of matrices.",
    witness=lambda: not raises(lambda: torch.diag(torch.zeros(1, 1, 1))),
)
def diag_takes_stacks(patch):
    def change(own, input, *args, **options):
        if input.dim() == 3:
            return torch.diagonal(input, dim1=1, dim2=2).clone()
        return own(input, *args, **options)

    diag_as(patch, change)


@fault(
    "diag() beyond the matrix raises.",
    witness=lambda: raises(lambda: torch.diag(matrix(), 9)),
)
def diag_beyond_raises(patch):
    def change(own, input, diagonal=0, **options):
        if input.dim() == 2 and abs(diagonal) > max(input.shape):
            raise RuntimeError("numel: integer multiplication overflow")
        return own(input, diagonal, **options)

    diag_as(patch, change)


@fault(
    "diag() converts to the dtype of out.",
    witness=lambda: not raises(lambda: torch.diag(matrix(), out=torch.zeros(2))),
)
def diag_converts(patch):
    def change(own, input, *args, out=None, **options):
        result = own(input, *args, **options)
        return result if out is None else out.resize_(result.shape).copy_(result)

    diag_as(patch, change)


@fault("diagonal() copies.", witness=lambda: _diagonal_copies())
def diagonal_copies(patch):
    wrap(patch, T, "diagonal", lambda own, *args, **kw: own(*args, **kw).clone())


def _diagonal_copies():
    x = matrix()
    return not shares_storage(x.diagonal(), x)


# --- flip -----------------------------------------------------------------------------


def flip_as(patch, change):
    for owner in (torch, T):
        wrap(patch, owner, "flip", change)


@fault(
    "flip() along no dimension aliases.",
    witness=lambda: aliases(lambda x: torch.flip(x, ())),
)
def flipping_nothing_aliases(patch):
    wrap(
        patch,
        torch,
        "flip",
        lambda own, x, *dims, **kw: (
            x.view(x.shape) if dims == ((),) else own(x, *dims, **kw)
        ),
    )


@fault(
    "flip() along a dimension of size 1 aliases.",
    witness=lambda: aliases(lambda x: torch.flip(x.view(1, 3), (0,))),
)
def flipping_one_aliases(patch):
    def change(own, x, *dims, **options):
        return (
            x.view(x.shape)
            if dims == ((0,),) and len(x) == 1
            else own(x, *dims, **options)
        )

    wrap(patch, torch, "flip", change)


@fault(
    "flip() reverses only the first of its dimensions.",
    witness=lambda: torch.flip(matrix(), (0, 1)).tolist() == [[4, 5, 6], [1, 2, 3]],
)
def flip_takes_one_dim(patch):
    wrap(
        patch,
        torch,
        "flip",
        lambda own, input, dims: own(input, dims[:1]),
    )


@fault(
    "flip() takes a plain number.",
    witness=lambda: not raises(lambda: torch.flip(matrix(), 0)),
)
def flip_takes_numbers(patch):
    wrap(
        patch,
        torch,
        "flip",
        lambda own, input, dims: own(input, (dims,) if isinstance(dims, int) else dims),
    )


@fault(
    "flip() without dimensions reverses them all.",
    witness=lambda: not raises(lambda: torch.flip(matrix())),
)
def flip_has_a_default(patch):
    def change(own, input, *dims, **options):
        if not dims and not options:
            dims = (tuple(range(input.dim())),)
        return own(input, *dims, **options)

    flip_as(patch, change)


@fault(
    "flip() of a dimension that is named twice reverses it twice.",
    witness=lambda: not raises(lambda: torch.flip(matrix(), (0, -2))),
)
def flip_repeats(patch):
    def change(own, input, dims):
        if isinstance(dims, tuple) and len(dims) == 2:
            return own(own(input, dims[:1]), dims[1:])
        return own(input, dims)

    wrap(patch, torch, "flip", change)


@fault(
    "flip() raises another error for a dimension that does not exist.",
    witness=lambda: raises(lambda: torch.flip(matrix(), (5,)), ValueError),
)
def flip_raises_value_errors(patch):
    def change(own, *args, **options):
        try:
            return own(*args, **options)
        except IndexError as error:
            raise ValueError(str(error)) from None

    flip_as(patch, change)


@fault(
    "flip() refuses scalars.",
    witness=lambda: raises(lambda: torch.flip(torch.tensor(1), (0,))),
)
def flip_refuses_scalars(patch):
    def change(own, input, dims):
        if input.dim() == 0 and dims:
            raise IndexError("no dimensions")
        return own(input, dims)

    wrap(patch, torch, "flip", change)


@fault(
    "flip() is contiguous.",
    witness=lambda: torch.flip(matrix().t(), (0,)).is_contiguous(),
)
def flip_is_contiguous(patch):
    flip_as(patch, lambda own, *args, **kw: own(*args, **kw).contiguous())


@fault(
    "flip() leaves the gradient as it comes.", witness=lambda: _flip_keeps_gradients()
)
def flip_keeps_the_gradient(patch):
    class Flip(torch.autograd.Function):
        @staticmethod
        def forward(ctx, input, dims):
            return torch.Tensor.flip(input, dims)

        @staticmethod
        def backward(ctx, gradient):
            return gradient, None

    patch(torch, "flip", lambda input, dims: Flip.apply(input, dims))


def _flip_keeps_gradients():
    x = torch.zeros(2, requires_grad=True)
    (torch.flip(x, (0,)) * torch.tensor([1.0, 2.0])).sum().backward()
    return x.grad.tolist() == [1, 2]


@fault(
    "fliplr() reverses the last dimension, also of a vector.",
    witness=lambda: not raises(lambda: torch.fliplr(vector())),
)
def fliplr_takes_vectors(patch):
    patch(torch, "fliplr", lambda input: torch.flip(input, (-1,)))


@fault(
    "fliplr() reverses the last dimension of three.",
    witness=lambda: torch.fliplr(torch.tensor([[[1, 2]]])).tolist() == [[[2, 1]]],
)
def fliplr_takes_the_last_of_three(patch):
    def change(own, input):
        return torch.flip(input, (2,)) if input.dim() == 3 else own(input)

    wrap(patch, torch, "fliplr", change)


@fault(
    "flipud() reverses the last dimension.",
    witness=lambda: torch.flipud(matrix()).tolist() == [[3, 2, 1], [6, 5, 4]],
)
def flipud_takes_the_last_dim(patch):
    patch(torch, "flipud", lambda input: torch.flip(input, (-1,)))

"""Faults in what lies over which storage, and how."""

from math import prod

import torch

from torch_semantics.faults import fault, raises, wrap

INCOMPATIBLE = "view size is not compatible with input tensor's size and stride"


def _around(patch, owner, name, answer):
    """Have calls of a function answered by another, which is given the function
    first."""
    original = getattr(owner, name)
    patch(owner, name, lambda *args, **kwargs: answer(original, *args, **kwargs))


def _around_view(patch, answer):
    """Have view() with sizes answered by a function of view, the tensor and the
    sizes."""

    def broken(view, tensor, *args, **kwargs):
        if kwargs or not args or isinstance(args[0], torch.dtype):
            return view(tensor, *args, **kwargs)
        return answer(view, tensor, _sizes(args))

    _around(patch, torch.Tensor, "view", broken)


def _around_view_dtype(patch, answer):
    """Have view() with a dtype answered by a function of view, the tensor and it."""

    def broken(view, tensor, *args, **kwargs):
        dtype = kwargs.get("dtype", args[0] if args else None)
        if not isinstance(dtype, torch.dtype) or len(args) > 1:
            return view(tensor, *args, **kwargs)
        return answer(view, tensor, dtype)

    _around(patch, torch.Tensor, "view", broken)


def _sizes(args):
    return tuple(args[0]) if isinstance(args[0], (tuple, list)) else args


def _raises(error, call):
    try:
        call()
    except error:
        return True
    except Exception:
        return False
    return False


def _message(call):
    try:
        call()
    except Exception as error:
        return str(error)
    return ""


def _row_major(sizes):
    return [prod(max(n, 1) for n in sizes[d + 1 :]) for d in range(len(sizes))]


def _is_alias(look, source=None):
    source = torch.zeros(2, 3) if source is None else source
    look(source).data.fill_(1)
    return bool(source.eq(1).any())


def _overlapping():
    return torch.zeros(2).as_strided((3, 2), (0, 1))


# --- storage, strides, offset ---------------------------------------------------------


@fault("stride() counts bytes.", witness=lambda: torch.zeros(2, 3).stride() == (12, 4))
def stride_in_bytes(patch):
    def broken(stride, tensor, *args, **kwargs):
        found, size = stride(tensor, *args, **kwargs), tensor.element_size()
        return (
            found * size if isinstance(found, int) else tuple(n * size for n in found)
        )

    _around(patch, torch.Tensor, "stride", broken)


@fault(
    "stride() of a negative dimension counts one too far.",
    witness=lambda: torch.zeros(2, 3, 4).stride(-1) != 1,
)
def stride_negative_off_by_one(patch):
    def broken(stride, tensor, *args, **kwargs):
        if args and isinstance(args[0], int) and args[0] < 0:
            return stride(tensor, max(args[0] - 1, -tensor.dim()))
        return stride(tensor, *args, **kwargs)

    _around(patch, torch.Tensor, "stride", broken)


@fault(
    "stride() takes any dimension round the end.",
    witness=lambda: not _raises(IndexError, lambda: torch.zeros(2, 3).stride(2)),
)
def stride_wraps_dimensions(patch):
    def broken(stride, tensor, *args, **kwargs):
        if args and isinstance(args[0], int):
            return stride(tensor, args[0] % tensor.dim())
        return stride(tensor, *args, **kwargs)

    _around(patch, torch.Tensor, "stride", broken)


@fault(
    "stride() ignores its keyword dim.",
    witness=lambda: torch.zeros(2, 3).stride(dim=0) != 3,
)
def stride_ignores_dim(patch):
    _around(
        patch,
        torch.Tensor,
        "stride",
        lambda stride, tensor, *a, **k: stride(tensor, *a),
    )


@fault(
    "storage_offset() counts bytes.",
    witness=lambda: torch.zeros(4)[1:].storage_offset() == 4,
)
def storage_offset_in_bytes(patch):
    _around(
        patch,
        torch.Tensor,
        "storage_offset",
        lambda offset, tensor: offset(tensor) * tensor.element_size(),
    )


@fault(
    "data_ptr() is that of the storage, without the offset.",
    witness=lambda: (lambda x: x[1:].data_ptr() == x.data_ptr())(torch.zeros(4)),
)
def data_ptr_without_offset(patch):
    def broken(data_ptr, tensor):
        offset = tensor.storage_offset() * tensor.element_size()
        return data_ptr(tensor) - offset if data_ptr(tensor) else 0

    _around(patch, torch.Tensor, "data_ptr", broken)


@fault(
    "t() returns a copy.",
    witness=lambda: not _is_alias(lambda x: x.t()),
)
def t_copies(patch):
    _around(patch, torch.Tensor, "t", lambda t, tensor: t(tensor).clone())


@fault(
    "Slicing returns a copy.",
    witness=lambda: not _is_alias(lambda x: x[:, ::2]),
)
def slices_copy(patch):
    _around(
        patch,
        torch.Tensor,
        "__getitem__",
        lambda get, tensor, index: get(tensor, index).clone(),
    )


@fault(
    "expand() copies, with an element for each position.",
    witness=lambda: torch.zeros(1, 3).expand(2, 3).stride() != (0, 1),
)
def expand_copies(patch):
    _around(
        patch,
        torch.Tensor,
        "expand",
        lambda expand, tensor, *sizes: expand(tensor, *sizes).contiguous(),
    )


@fault(
    "Fresh tensors are column-major.",
    witness=lambda: torch.zeros(2, 3).stride() == (1, 2),
)
def fresh_tensors_are_column_major(patch):
    def broken(make, *sizes, **kwargs):
        tensor = make(*sizes, **kwargs)
        order = list(reversed(range(tensor.dim())))
        return tensor.permute(order).contiguous().permute(order)

    for name in ("zeros", "empty"):
        _around(patch, torch, name, broken)


@fault(
    "Fresh tensors without elements have a stride of zero.",
    witness=lambda: torch.empty(2, 0, 3).stride() != (3, 3, 1),
)
def fresh_empty_strides(patch):
    def broken(make, *sizes, **kwargs):
        tensor = make(*sizes, **kwargs)
        if tensor.numel() or tensor.dim() < 2:
            return tensor
        strides = [prod(tensor.shape[d + 1 :]) for d in range(tensor.dim())]
        return tensor.as_strided(tensor.shape, strides)

    for name in ("zeros", "empty"):
        _around(patch, torch, name, broken)


@fault(
    "is_contiguous() is false for a size-one dimension with an odd stride.",
    witness=lambda: not torch.zeros(3).as_strided((3, 1), (1, 7)).is_contiguous(),
)
def size_one_strides_count(patch):
    def broken(is_contiguous, tensor, **kwargs):
        row_major = list(tensor.stride()) == _row_major(tensor.shape)
        return row_major if not kwargs else is_contiguous(tensor, **kwargs)

    _around(patch, torch.Tensor, "is_contiguous", broken)


@fault(
    "is_contiguous() is true of every strided tensor.",
    witness=lambda: torch.zeros(2, 3).t().is_contiguous(),
)
def everything_is_contiguous(patch):
    patch(torch.Tensor, "is_contiguous", lambda tensor, **kwargs: True)


@fault(
    "contiguous() copies what is contiguous already.",
    witness=lambda: not _is_alias(lambda x: x.contiguous()),
)
def contiguous_always_copies(patch):
    _around(
        patch,
        torch.Tensor,
        "contiguous",
        lambda contiguous, tensor, **kwargs: contiguous(tensor, **kwargs).clone(),
    )


@fault(
    "contiguous() copies a slice that has an offset.",
    witness=lambda: torch.zeros(4)[1:].contiguous().storage_offset() == 0,
)
def contiguous_copies_slices(patch):
    def broken(contiguous, tensor, **kwargs):
        return tensor.clone() if tensor.storage_offset() else contiguous(tensor)

    _around(patch, torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() returns every tensor as it is.",
    witness=lambda: torch.zeros(2, 3).t().contiguous().stride() == (1, 3),
)
def contiguous_does_nothing(patch):
    patch(torch.Tensor, "contiguous", lambda tensor, **kwargs: tensor)


@fault(
    "clone() of a slice copies the whole storage.",
    witness=lambda: torch.zeros(9)[2:4].clone().storage_offset() == 2,
)
def clone_copies_the_storage(patch):
    def broken(clone, tensor, **kwargs):
        base = tensor._base
        if base is None or not base.is_contiguous() or tensor.requires_grad or kwargs:
            return clone(tensor, **kwargs)
        place = tensor.shape, tensor.stride(), tensor.storage_offset()
        return clone(base).as_strided(*place)

    _around(patch, torch.Tensor, "clone", broken)


class _OfSlice:
    def __init__(self, tensor):
        self._tensor = tensor

    def nbytes(self):
        return self._tensor.numel() * self._tensor.element_size()

    def __getattr__(self, name):
        return getattr(self._storage, name)


@fault(
    "untyped_storage() reports the tensor's own elements only.",
    witness=lambda: torch.zeros(4)[:1].untyped_storage().nbytes() == 4,
)
def storage_size_of_the_slice(patch):
    def broken(untyped_storage, tensor):
        found = _OfSlice(tensor)
        found._storage = untyped_storage(tensor)
        return found

    _around(patch, torch.Tensor, "untyped_storage", broken)


# --- as_strided() ---------------------------------------------------------------------


def _around_as_strided(patch, answer):
    def broken(as_strided, tensor, *args, **kwargs):
        names = dict(zip(("size", "stride", "storage_offset"), args))
        return answer(as_strided, tensor, **{**names, **kwargs})

    for owner in (torch, torch.Tensor):
        _around(patch, owner, "as_strided", broken)


@fault(
    "as_strided() counts its offset from the tensor's own.",
    witness=lambda: torch.arange(4)[1:].as_strided((1,), (1,), 0).item() == 1,
)
def as_strided_offset_is_relative(patch):
    def broken(as_strided, tensor, size, stride, storage_offset=0):
        storage_offset += tensor.storage_offset()
        return as_strided(tensor, size, stride, storage_offset)

    _around_as_strided(patch, broken)


@fault(
    "as_strided() starts at the storage's beginning unless told otherwise.",
    witness=lambda: torch.arange(4)[1:].as_strided((1,), (1,)).item() == 0,
)
def as_strided_drops_the_offset(patch):
    def broken(as_strided, tensor, size, stride, storage_offset=0):
        return as_strided(tensor, size, stride, storage_offset)

    _around_as_strided(patch, broken)


@fault(
    "as_strided() ignores its keyword storage_offset.",
    witness=lambda: (
        torch.arange(4).as_strided((1,), (1,), storage_offset=1).item() == 0
    ),
)
def as_strided_ignores_keyword(patch):
    def broken(as_strided, tensor, *args, storage_offset=None, **kwargs):
        return as_strided(tensor, *args, **kwargs)

    for owner in (torch, torch.Tensor):
        _around(patch, owner, "as_strided", broken)


@fault(
    "as_strided() returns a copy.",
    witness=lambda: not _is_alias(lambda x: x.as_strided((6,), (1,))),
)
def as_strided_copies(patch):
    _around_as_strided(
        patch, lambda as_strided, tensor, **where: as_strided(tensor, **where).clone()
    )


@fault(
    "as_strided() enlarges the storage rather than refuse.",
    witness=lambda: (
        not _raises(RuntimeError, lambda: torch.zeros(3).as_strided((2, 2), (3, 1)))
    ),
)
def as_strided_enlarges(patch):
    def broken(as_strided, tensor, **where):
        try:
            return as_strided(tensor, **where)
        except RuntimeError as error:
            if "out of bounds" not in str(error):
                raise
        larger = torch.cat([tensor.flatten(), tensor.new_zeros(100)])
        return as_strided(larger, **where)

    _around_as_strided(patch, broken)


@fault(
    "as_strided() takes negative strides for positive ones.",
    witness=lambda: (
        not _raises(RuntimeError, lambda: torch.zeros(3).as_strided((2,), (-1,)))
    ),
)
def as_strided_negative_strides(patch):
    def broken(as_strided, tensor, size, stride, *offset, **kwargs):
        stride = [abs(n) for n in stride]
        return as_strided(tensor, size, stride, *offset, **kwargs)

    for owner in (torch, torch.Tensor):
        _around(patch, owner, "as_strided", broken)


@fault(
    "as_strided() moves a step along the last dimension, whatever its stride.",
    witness=lambda: torch.arange(9).as_strided((2,), (4,)).tolist() != [0, 4],
)
def as_strided_last_stride_is_one(patch):
    def broken(as_strided, tensor, size, stride, storage_offset=None):
        stride = [*stride[:-1], min(stride[-1], 1)] if stride else stride
        return as_strided(tensor, size, stride, storage_offset)

    _around_as_strided(patch, broken)


# --- elements that overlap ------------------------------------------------------------


@fault(
    "empty_strided() gives each element room of its own.",
    witness=lambda: torch.empty_strided((3, 2), (0, 1)).stride() != (0, 1),
)
def empty_strided_is_row_major(patch):
    patch(
        torch,
        "empty_strided",
        lambda size, stride, **kwargs: torch.empty(size, **kwargs),
    )


@fault(
    "add_() on overlapping elements adds once.",
    witness=lambda: not _raises(RuntimeError, lambda: _overlapping().add_(1)),
)
def overlapping_add(patch):
    def broken(add_, tensor, *args, **kwargs):
        if 0 not in tensor.stride():
            return add_(tensor, *args, **kwargs)
        rows = tensor[0]
        add_(rows, *args, **kwargs)
        return tensor

    for name in ("add_", "__iadd__"):
        _around(patch, torch.Tensor, name, broken)


@fault(
    "An in-place multiplication of overlapping elements is dropped without an error.",
    witness=lambda: not _raises(RuntimeError, lambda: _overlapping().mul_(2)),
)
def overlapping_mul_dropped(patch):
    def broken(mul_, tensor, *args, **kwargs):
        return tensor if 0 in tensor.stride() else mul_(tensor, *args, **kwargs)

    _around(patch, torch.Tensor, "mul_", broken)


@fault(
    "copy_() writes overlapping elements one after the other.",
    witness=lambda: (
        not _raises(RuntimeError, lambda: _overlapping().copy_(torch.ones(3, 2)))
    ),
)
def overlapping_copy(patch):
    def broken(copy_, tensor, source, *args):
        if 0 not in tensor.stride() or source.shape != tensor.shape:
            return copy_(tensor, source, *args)
        for row, values in zip(tensor, source):
            copy_(row, values)
        return tensor

    _around(patch, torch.Tensor, "copy_", broken)


@fault(
    "torch.add() takes an out= whose elements overlap.",
    witness=lambda: (
        not _raises(
            RuntimeError, lambda: torch.add(torch.ones(3, 2), 1, out=_overlapping())
        )
    ),
)
def overlapping_out(patch):
    def broken(add, first, other, *, out=None, **kwargs):
        if out is None or 0 not in out.stride():
            return add(first, other, out=out, **kwargs)
        add(first[0], other, out=out[0])
        return out

    _around(patch, torch, "add", broken)


@fault(
    "fill_() is refused on overlapping elements.",
    witness=lambda: _raises(RuntimeError, lambda: _overlapping().fill_(1)),
)
def overlapping_fill_refused(patch):
    def broken(fill_, tensor, value):
        if 0 in tensor.stride():
            raise RuntimeError(
                "more than one element refers to a single memory location"
            )
        return fill_(tensor, value)

    _around(patch, torch.Tensor, "fill_", broken)


@fault(
    "zero_() returns a new tensor.",
    witness=lambda: (lambda x: x.zero_() is not x)(torch.ones(2)),
)
def zero_returns_another(patch):
    _around(
        patch,
        torch.Tensor,
        "zero_",
        lambda zero_, tensor: zero_(tensor).view_as(tensor),
    )


# --- view() ---------------------------------------------------------------------------


@fault("view() returns a copy.", witness=lambda: not _is_alias(lambda x: x.view(6)))
def view_copies(patch):
    _around_view(patch, lambda view, tensor, sizes: view(tensor, sizes).clone())


@fault(
    "view() of a non-contiguous tensor returns a copy.",
    witness=lambda: not _is_alias(lambda x: x.t().view(3, 2, 1)),
)
def view_copies_non_contiguous(patch):
    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        return result if tensor.is_contiguous() else result.clone()

    _around_view(patch, broken)


@fault(
    "view() to its own shape returns the tensor itself.",
    witness=lambda: (lambda x: x.view(2, 3) is x)(torch.zeros(2, 3)),
)
def view_returns_itself(patch):
    def broken(view, tensor, sizes):
        return tensor if tensor.shape == sizes else view(tensor, sizes)

    _around_view(patch, broken)


@fault(
    "view() of a view is based on that view.",
    witness=lambda: (lambda v: v.view(1, 6)._base is v)(torch.zeros(2, 3).view(6)),
)
def view_base_is_the_last(patch):
    based = {}
    base = torch.Tensor._base

    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        based[id(result)] = result, tensor
        return result

    _around_view(patch, broken)
    patch(
        torch.Tensor,
        "_base",
        property(lambda tensor: based.get(id(tensor), (0, base.__get__(tensor)))[1]),
    )


@fault(
    "view() refuses every tensor that is not contiguous.",
    witness=lambda: _raises(RuntimeError, lambda: torch.zeros(2, 3).t().view(3, 2)),
)
def view_needs_contiguous(patch):
    def broken(view, tensor, sizes):
        if not tensor.is_contiguous():
            raise RuntimeError(f"{INCOMPATIBLE}. Use .reshape(...) instead.")
        return view(tensor, sizes)

    _around_view(patch, broken)


@fault(
    "view() refuses to merge dimensions of a non-contiguous tensor.",
    witness=lambda: _raises(
        RuntimeError, lambda: torch.zeros(2, 3, 2).permute(2, 0, 1).view(2, 6)
    ),
)
def view_never_merges(patch):
    def broken(view, tensor, sizes):
        known = [n for n in sizes if n != 1]
        if not tensor.is_contiguous() and len(known) < sum(
            n != 1 for n in tensor.shape
        ):
            raise RuntimeError(f"{INCOMPATIBLE}. Use .reshape(...) instead.")
        return view(tensor, sizes)

    _around_view(patch, broken)


@fault(
    "view() copies where there is no view.",
    witness=lambda: not _raises(RuntimeError, lambda: torch.zeros(2, 3).t().view(6)),
)
def view_copies_incompatible(patch):
    def broken(view, tensor, sizes):
        try:
            return view(tensor, sizes)
        except RuntimeError as error:
            if "not compatible" not in str(error):
                raise
        return view(tensor.contiguous(), sizes)

    _around_view(patch, broken)


@fault(
    "view() of overlapping elements copies where there is no view.",
    witness=lambda: (
        not _raises(RuntimeError, lambda: torch.zeros(1, 3).expand(2, 3).view(6))
    ),
)
def view_copies_expanded(patch):
    def broken(view, tensor, sizes):
        try:
            return view(tensor, sizes)
        except RuntimeError:
            if 0 not in tensor.stride() or prod(sizes) != tensor.numel():
                raise
        return view(tensor.contiguous(), sizes)

    _around_view(patch, broken)


@fault(
    "view() does not recommend reshape().",
    witness=lambda: _message(lambda: torch.zeros(2, 3).t().view(6)) == INCOMPATIBLE,
)
def view_recommends_nothing(patch):
    def broken(view, tensor, sizes):
        try:
            return view(tensor, sizes)
        except RuntimeError as error:
            if "not compatible" not in str(error):
                raise
            raise RuntimeError(INCOMPATIBLE) from None

    _around_view(patch, broken)


@fault(
    "view() reads a non-contiguous tensor in the order of its storage.",
    witness=lambda: (
        torch.arange(4).view(2, 2).t().view(2, 2, 1).flatten().tolist() == [0, 1, 2, 3]
    ),
)
def view_reads_the_storage(patch):
    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        if tensor.is_contiguous() or 0 in tensor.stride() or tensor.shape == sizes:
            return result
        if tensor.storage_offset() or max(tensor.stride()) > tensor.numel() // 2:
            return result
        return tensor.as_strided(result.shape, _row_major(result.shape))

    _around_view(patch, broken)


@fault(
    "view() of a slice starts at the storage's beginning.",
    witness=lambda: torch.arange(6)[2:].view(2, 2)[0, 0].item() == 0,
)
def view_drops_the_offset(patch):
    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        return result.as_strided(result.shape, result.stride(), 0)

    _around_view(patch, broken)


@fault(
    "view() keeps the odd stride of a dimension of size one.",
    witness=lambda: torch.zeros(2, 4)[1:, :3].view(1, 3).stride() == (4, 1),
)
def view_keeps_size_one_strides(patch):
    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        if result.shape != tensor.shape:
            return result
        place = tensor.shape, tensor.stride(), tensor.storage_offset()
        return tensor.as_strided(*place)

    _around_view(patch, broken)


@fault(
    "view() of an empty tensor has strides of zero.",
    witness=lambda: torch.zeros(0, 3).view(5, 0, 7).stride() == (0, 0, 0),
)
def view_empty_strides(patch):
    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        if result.numel():
            return result
        return result.as_strided(result.shape, [0] * result.dim())

    _around_view(patch, broken)


@fault(
    "view(()) gives one dimension.",
    witness=lambda: torch.zeros(1).view(()).dim() == 1,
)
def view_has_no_zero_dim(patch):
    _around_view(patch, lambda view, tensor, sizes: view(tensor, sizes or (1,)))


@fault(
    "view() swaps the last two elements.",
    witness=lambda: torch.arange(3).view(3, 1).flatten().tolist() == [0, 2, 1],
)
def view_swaps_elements(patch):
    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        if tensor.requires_grad or result.dim() != 2 or result.size(1) != 1:
            return result
        order = [*range(result.size(0) - 2), -1, -2] if result.size(0) > 1 else [0]
        return result[order]

    _around_view(patch, broken)


@fault(
    "view() fills the columns first.",
    witness=lambda: torch.arange(4).view(2, 2).flatten().tolist() == [0, 2, 1, 3],
)
def view_fills_columns_first(patch):
    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        if result.dim() != 2 or result.size(1) < 2 or not tensor.is_contiguous():
            return result
        return view(tensor, tuple(reversed(result.shape))).t()

    _around_view(patch, broken)


@fault(
    "view() turns bool into uint8.",
    witness=lambda: torch.zeros(2, dtype=torch.bool).view(2, 1).dtype == torch.uint8,
)
def view_changes_bool(patch):
    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        return view(result, torch.uint8) if result.dtype == torch.bool else result

    _around_view(patch, broken)


@fault(
    "view() ignores its keyword size.",
    witness=lambda: torch.zeros(6).view(size=(2, 3)).shape == (6,),
)
def view_ignores_size_keyword(patch):
    def broken(view, tensor, *args, **kwargs):
        kwargs.update({"size": tensor.shape} if "size" in kwargs else {})
        return view(tensor, *args, **kwargs)

    _around(patch, torch.Tensor, "view", broken)


@fault(
    "view() of a list makes a copy.",
    witness=lambda: not _is_alias(lambda x: x.view([6])),
)
def view_of_a_list_copies(patch):
    def broken(view, tensor, *args, **kwargs):
        result = view(tensor, *args, **kwargs)
        return result.clone() if args and isinstance(args[0], list) else result

    _around(patch, torch.Tensor, "view", broken)


@fault(
    "view() rounds sizes that are floats.",
    witness=lambda: not _raises(TypeError, lambda: torch.zeros(6).view(2.0, 3)),
)
def view_takes_floats(patch):
    def broken(view, tensor, *args, **kwargs):
        args = [int(each) if isinstance(each, float) else each for each in args]
        return view(tensor, *args, **kwargs)

    _around(patch, torch.Tensor, "view", broken)


@fault(
    "view() without sizes flattens.",
    witness=lambda: not _raises(TypeError, lambda: torch.zeros(2, 3).view()),
)
def view_of_nothing_flattens(patch):
    def broken(view, tensor, *args, **kwargs):
        return view(tensor, *(args if args or kwargs else (-1,)), **kwargs)

    _around(patch, torch.Tensor, "view", broken)


@fault(
    "view() ignores the sizes that follow a tuple.",
    witness=lambda: not _raises(TypeError, lambda: torch.zeros(6).view((6,), 3)),
)
def view_ignores_what_follows(patch):
    def broken(view, tensor, *args, **kwargs):
        return view(
            tensor, *(args[:1] if isinstance(args[0], tuple) else args), **kwargs
        )

    _around(patch, torch.Tensor, "view", broken)


# --- view(): which sizes --------------------------------------------------------------


@fault(
    "view() drops elements that the sizes have no room for.",
    witness=lambda: not _raises(RuntimeError, lambda: torch.zeros(6).view(5)),
)
def view_drops_elements(patch):
    def broken(view, tensor, sizes):
        numel = prod(sizes)
        if 0 < numel < tensor.numel() and tensor.is_contiguous():
            return tensor.as_strided(sizes, _row_major(sizes))
        return view(tensor, sizes)

    _around_view(patch, broken)


@fault(
    "view() raises ValueError for another number of elements.",
    witness=lambda: _raises(ValueError, lambda: torch.zeros(6).view(4, 2)),
)
def view_raises_value_error(patch):
    def broken(view, tensor, sizes):
        try:
            return view(tensor, sizes)
        except RuntimeError as error:
            if "is invalid for input" not in str(error):
                raise
            raise ValueError(str(error)) from None

    _around_view(patch, broken)


@fault(
    "view() rounds down the size that it infers.",
    witness=lambda: not _raises(RuntimeError, lambda: torch.zeros(6).view(-1, 4)),
)
def view_infers_rounding_down(patch):
    def broken(view, tensor, sizes):
        known = prod(n for n in sizes if n != -1)
        if (
            sizes.count(-1) == 1
            and 0 < known < tensor.numel()
            and tensor.is_contiguous()
        ):
            whole = tuple(tensor.numel() // known if n == -1 else n for n in sizes)
            return tensor.as_strided(whole, _row_major(whole))
        return view(tensor, sizes)

    _around_view(patch, broken)


@fault(
    "view() infers a size only in the first position.",
    witness=lambda: _raises(RuntimeError, lambda: torch.zeros(6).view(2, -1)),
)
def view_infers_the_first(patch):
    def broken(view, tensor, sizes):
        if -1 in sizes[1:]:
            raise RuntimeError("invalid shape dimension -1")
        return view(tensor, sizes)

    _around_view(patch, broken)


@fault(
    "view() takes a second -1 for a one.",
    witness=lambda: not _raises(RuntimeError, lambda: torch.zeros(6).view(-1, 6, -1)),
)
def view_infers_two(patch):
    def broken(view, tensor, sizes):
        if sizes.count(-1) > 1:
            first = sizes.index(-1)
            sizes = tuple(
                1 if n == -1 and d > first else n for d, n in enumerate(sizes)
            )
        return view(tensor, sizes)

    _around_view(patch, broken)


@fault(
    "view() takes an ambiguous -1 for a zero.",
    witness=lambda: not _raises(RuntimeError, lambda: torch.zeros(0).view(-1, 0)),
)
def view_infers_ambiguous(patch):
    def broken(view, tensor, sizes):
        if 0 in sizes and -1 in sizes and not tensor.numel():
            sizes = tuple(max(n, 0) for n in sizes)
        return view(tensor, sizes)

    _around_view(patch, broken)


@fault(
    "view() infers one for an empty tensor.",
    witness=lambda: _raises(RuntimeError, lambda: torch.zeros(0, 3).view(-1, 3)),
)
def view_infers_one_for_empty(patch):
    def broken(view, tensor, sizes):
        if not tensor.numel():
            sizes = tuple(1 if n == -1 else n for n in sizes)
        return view(tensor, sizes)

    _around_view(patch, broken)


@fault(
    "view() takes the absolute value of negative sizes.",
    witness=lambda: not _raises(RuntimeError, lambda: torch.zeros(6).view(-2, -3)),
)
def view_takes_negative_sizes(patch):
    def broken(view, tensor, sizes):
        return view(tensor, tuple(n if n == -1 else abs(n) for n in sizes))

    _around_view(patch, broken)


# --- view() and gradients -------------------------------------------------------------


@fault(
    "view() detaches.",
    witness=lambda: not torch.zeros(2, requires_grad=True).view(2, 1).requires_grad,
)
def view_detaches(patch):
    _around_view(patch, lambda view, tensor, sizes: view(tensor.detach(), sizes))


@fault(
    "view() of a leaf is a leaf that requires gradients.",
    witness=lambda: torch.zeros(2, requires_grad=True).view(2, 1).is_leaf,
)
def view_is_a_leaf(patch):
    def broken(view, tensor, sizes):
        if not (tensor.is_leaf and tensor.requires_grad):
            return view(tensor, sizes)
        return view(tensor.detach(), sizes).requires_grad_()

    _around_view(patch, broken)


@fault(
    "view() doubles the gradient.",
    witness=lambda: _gradient(lambda x: x.view(2, 1)) == [2, 2],
)
def view_doubles_the_gradient(patch):
    _around_view(patch, lambda view, tensor, sizes: _doubling(view(tensor, sizes)))


def _doubling(tensor):
    if tensor.requires_grad and not tensor.is_leaf:
        tensor.register_hook(lambda gradient: gradient * 2)
    return tensor


def _gradient(look):
    source = torch.zeros(2, requires_grad=True)
    result = look(source)
    if not result.requires_grad:
        return None
    result.sum().backward()
    return None if source.grad is None else source.grad.tolist()


@fault(
    "view() of a Parameter is one too.",
    witness=lambda: isinstance(
        torch.nn.Parameter(torch.zeros(2)).view(2, 1), torch.nn.Parameter
    ),
)
def view_of_a_parameter_is_one(patch):
    def broken(view, tensor, sizes):
        result = view(tensor, sizes)
        own = isinstance(tensor, torch.nn.Parameter)
        return torch.nn.Parameter(result.detach()) if own else result

    _around_view(patch, broken)


@fault(
    "A write through a view of a leaf that requires gradients is let through.",
    witness=lambda: (
        not _raises(
            RuntimeError, lambda: torch.zeros(2, requires_grad=True).view(2, 1).add_(1)
        )
    ),
)
def leaf_views_can_be_written(patch):
    def broken(write, tensor, *args, **kwargs):
        base = tensor._base
        if base is None or not (base.is_leaf and base.requires_grad):
            return write(tensor, *args, **kwargs)
        with torch.no_grad():
            return write(tensor, *args, **kwargs)

    for name in ("add_", "__setitem__"):
        _around(patch, torch.Tensor, name, broken)


@fault(
    "A write through a view of a leaf is refused after it was made.",
    witness=lambda: _written_in_spite(),
)
def leaf_views_are_written_and_refused(patch):
    def broken(write, tensor, *args, **kwargs):
        base = tensor._base
        if torch.is_grad_enabled() and base is not None:
            if base.is_leaf and base.requires_grad:
                with torch.no_grad():
                    write(tensor, *args, **kwargs)
        return write(tensor, *args, **kwargs)

    for name in ("add_", "__setitem__"):
        _around(patch, torch.Tensor, name, broken)


def _written_in_spite():
    leaf = torch.zeros(2, requires_grad=True)
    _raises(RuntimeError, lambda: leaf.view(2, 1).add_(1))
    return leaf.tolist() == [1, 1]


@fault(
    "A leaf can't be written through a view even under no_grad().",
    witness=lambda: _raises(RuntimeError, lambda: _write_without_grad_mode()),
)
def leaf_views_never_written(patch):
    def broken(write, tensor, *args, **kwargs):
        base = tensor._base
        if base is not None and base.is_leaf and base.requires_grad:
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used"
            )
        return write(tensor, *args, **kwargs)

    for name in ("add_", "__setitem__"):
        _around(patch, torch.Tensor, name, broken)


def _write_without_grad_mode():
    leaf = torch.zeros(2, requires_grad=True)
    with torch.no_grad():
        leaf.view(2, 1)[0] = 1


@fault(
    "In-place operations on a view act on a copy of it.",
    witness=lambda: (lambda x: x.view(2, 1).add_(1) is None or x.tolist() == [0, 0])(
        torch.zeros(2)
    ),
)
def writes_through_views_are_lost(patch):
    def broken(write, tensor, *args, **kwargs):
        tensor = tensor if tensor._base is None else tensor.clone()
        return write(tensor, *args, **kwargs)

    for name in ("add_", "__iadd__", "copy_"):
        _around(patch, torch.Tensor, name, broken)


@fault(
    "In-place additions to a view are made twice.",
    witness=lambda: (lambda x: x.view(2, 1).add_(1) is None or x.tolist() == [2, 2])(
        torch.zeros(2)
    ),
)
def writes_through_views_are_doubled(patch):
    def broken(write, tensor, *args, **kwargs):
        if tensor._base is not None:
            write(tensor, *args, **kwargs)
        return write(tensor, *args, **kwargs)

    for name in ("add_", "__iadd__"):
        _around(patch, torch.Tensor, name, broken)


@fault(
    "Writes through a view are not in the history of its base.",
    witness=lambda: _gradient_of_written_base() == [1, 1],
)
def writes_through_views_are_untracked(patch):
    def broken(write, tensor, *args, **kwargs):
        if tensor._base is None or tensor._base.is_leaf:
            return write(tensor, *args, **kwargs)
        write(tensor.data, *args, **kwargs)
        return tensor

    for name in ("mul_", "__setitem__"):
        _around(patch, torch.Tensor, name, broken)


def _gradient_of_written_base():
    leaf = torch.zeros(2, requires_grad=True)
    base = leaf * 1
    base.view(2, 1).mul_(10)
    base.sum().backward()
    return leaf.grad.tolist()


@fault(
    "Writes to a base are not in the history of its views.",
    witness=lambda: _gradient_of_view_of_written() == [1, 1],
)
def writes_to_bases_are_untracked(patch):
    def broken(write, tensor, *args, **kwargs):
        if not tensor.requires_grad or tensor.is_leaf or tensor._base is not None:
            return write(tensor, *args, **kwargs)
        write(tensor.data, *args, **kwargs)
        return tensor

    for name in ("mul_", "__setitem__"):
        _around(patch, torch.Tensor, name, broken)


def _gradient_of_view_of_written():
    leaf = torch.zeros(2, requires_grad=True)
    base = leaf * 1
    view = base.view(2, 1)
    base.mul_(10)
    view.sum().backward()
    return leaf.grad.tolist()


@fault(
    "A view counts its writes apart from its base.",
    witness=lambda: _writes_counted_by_base() == 0,
)
def views_count_their_own_writes(patch):
    def broken(write, tensor, *args, **kwargs):
        if tensor._base is None or tensor._base.is_leaf:
            return write(tensor, *args, **kwargs)
        write(tensor.data, *args, **kwargs)
        return tensor

    _around(patch, torch.Tensor, "add_", broken)


def _writes_counted_by_base():
    base = torch.zeros(2, requires_grad=True) * 1
    base.view(2, 1).add_(1)
    return base._version


@fault(
    "Arithmetic on a view is made in place.",
    witness=lambda: (lambda x: (x.view(2) + 1) is None or x.tolist() == [1, 1])(
        torch.zeros(2)
    ),
)
def addition_is_in_place(patch):
    def broken(add, tensor, other):
        tracked = tensor.requires_grad or tensor._base is None
        return add(tensor, other) if tracked else tensor.add_(other)

    _around(patch, torch.Tensor, "__add__", broken)


# --- view(dtype) ----------------------------------------------------------------------


@fault(
    "view() with a dtype converts the elements.",
    witness=lambda: torch.ones(1).view(torch.int32).item() == 1,
)
def view_dtype_converts(patch):
    _around_view_dtype(patch, lambda view, tensor, dtype: tensor.to(dtype))


@fault(
    "view() with a dtype copies.",
    witness=lambda: _still_ones(),
)
def view_dtype_copies(patch):
    _around_view_dtype(patch, lambda view, tensor, dtype: view(tensor, dtype).clone())


def _still_ones():
    source = torch.ones(2)
    source.view(torch.int32).fill_(0)
    return source.tolist() == [1, 1]


@fault(
    "view() with a smaller dtype keeps the storage offset.",
    witness=lambda: (
        torch.zeros(4, dtype=torch.int32)[1:].view(torch.int16).storage_offset() == 1
    ),
)
def view_dtype_keeps_the_offset(patch):
    def broken(view, tensor, dtype):
        result = view(tensor, dtype)
        return result.as_strided(result.shape, result.stride(), tensor.storage_offset())

    _around_view_dtype(patch, broken)


@fault(
    "view() with a larger dtype converts the last dimension's elements.",
    witness=lambda: torch.zeros(2, dtype=torch.int16).view(torch.int32).shape == (2,),
)
def view_larger_dtype_converts(patch):
    def broken(view, tensor, dtype):
        larger = torch.empty(0, dtype=dtype).element_size() > tensor.element_size()
        return tensor.to(dtype) if larger else view(tensor, dtype)

    _around_view_dtype(patch, broken)


@fault(
    "view() with a complex dtype takes real numbers as real parts.",
    witness=lambda: torch.ones(2).view(torch.complex64).shape == (2,),
)
def view_complex_converts(patch):
    def broken(view, tensor, dtype):
        return tensor.to(dtype) if dtype.is_complex else view(tensor, dtype)

    _around_view_dtype(patch, broken)


@fault(
    "view() ignores its keyword dtype.",
    witness=lambda: torch.zeros(2).view(dtype=torch.int32).dtype == torch.float32,
)
def view_ignores_dtype_keyword(patch):
    def broken(view, tensor, *args, **kwargs):
        kwargs.update({"dtype": tensor.dtype} if "dtype" in kwargs else {})
        return view(tensor, *args, **kwargs)

    _around(patch, torch.Tensor, "view", broken)


@fault(
    "view() with a dtype needs a contiguous tensor.",
    witness=lambda: _raises(
        RuntimeError, lambda: torch.zeros(2, 3).t().view(torch.int32)
    ),
)
def view_dtype_needs_contiguous(patch):
    def broken(view, tensor, dtype):
        if not tensor.is_contiguous():
            raise RuntimeError("self.stride(-1) must be 1")
        return view(tensor, dtype)

    _around_view_dtype(patch, broken)


@fault(
    "view() with a dtype of another size copies what is not contiguous.",
    witness=lambda: (
        not _raises(RuntimeError, lambda: torch.zeros(2, 3).t().view(torch.int16))
    ),
)
def view_dtype_copies_non_contiguous(patch):
    def broken(view, tensor, dtype):
        same = torch.empty(0, dtype=dtype).element_size() == tensor.element_size()
        return view(tensor if same else tensor.contiguous(), dtype)

    _around_view_dtype(patch, broken)


@fault(
    "view() with a dtype of another size gives a 0-dim tensor a dimension.",
    witness=lambda: (
        not _raises(RuntimeError, lambda: torch.tensor(1.0).view(torch.int16))
    ),
)
def view_dtype_of_zero_dim(patch):
    def broken(view, tensor, dtype):
        smaller = torch.empty(0, dtype=dtype).element_size() < tensor.element_size()
        return view(
            tensor.reshape(1) if smaller and not tensor.dim() else tensor, dtype
        )

    _around_view_dtype(patch, broken)


@fault(
    "view() with the tensor's own dtype stays in its history.",
    witness=lambda: (
        torch.zeros(2, requires_grad=True).view(torch.float32).requires_grad
    ),
)
def view_own_dtype_has_history(patch):
    def broken(view, tensor, dtype):
        return (
            view(tensor, tensor.shape) if dtype == tensor.dtype else view(tensor, dtype)
        )

    _around_view_dtype(patch, broken)


# --- reshape() ------------------------------------------------------------------------


def _around_reshape(patch, answer):
    def broken(reshape, tensor, *args, **kwargs):
        if kwargs or not args:
            return reshape(tensor, *args, **kwargs)
        return answer(reshape, tensor, _sizes(args))

    for owner in (torch, torch.Tensor):
        _around(patch, owner, "reshape", broken)


@fault(
    "reshape() always copies.",
    witness=lambda: not _is_alias(lambda x: x.reshape(6)),
)
def reshape_copies(patch):
    _around_reshape(patch, lambda reshape, tensor, s: reshape(tensor, s).clone())


@fault(
    "reshape() is contiguous().view().",
    witness=lambda: not _is_alias(lambda x: x.t().reshape(3, 2, 1)),
)
def reshape_makes_contiguous(patch):
    _around_reshape(patch, lambda reshape, tensor, s: reshape(tensor.contiguous(), s))


@fault(
    "The function torch.reshape() copies.",
    witness=lambda: not _is_alias(lambda x: torch.reshape(x, (6,))),
)
def function_reshape_copies(patch):
    _around(patch, torch, "reshape", lambda reshape, *a, **k: reshape(*a, **k).clone())


@fault(
    "reshape() raises where there is no view.",
    witness=lambda: _raises(RuntimeError, lambda: torch.zeros(2, 3).t().reshape(6)),
)
def reshape_never_copies(patch):
    _around_reshape(patch, lambda reshape, tensor, sizes: tensor.view(sizes))


@fault(
    "reshape() to its own shape returns the tensor itself.",
    witness=lambda: (lambda x: x.reshape(2, 3) is x)(torch.zeros(2, 3)),
)
def reshape_returns_itself(patch):
    def broken(reshape, tensor, sizes):
        return tensor if tensor.shape == sizes else reshape(tensor, sizes)

    _around_reshape(patch, broken)


@fault(
    "reshape() copies in the order of the storage.",
    witness=lambda: torch.arange(4).view(2, 2).t().reshape(4).tolist() == [0, 1, 2, 3],
)
def reshape_copies_the_storage(patch):
    def broken(reshape, tensor, sizes):
        result = reshape(tensor, sizes)
        if tensor.dim() == 2 and tensor.t().is_contiguous() and result.dim() == 1:
            return reshape(tensor.t(), sizes).clone()
        return result

    _around_reshape(patch, broken)


@fault(
    "A copy that reshape() makes has no history.",
    witness=lambda: (
        not torch.zeros(2, 2, requires_grad=True).t().reshape(4).requires_grad
    ),
)
def reshape_copies_detached(patch):
    def broken(reshape, tensor, sizes):
        try:
            tensor.view(sizes)
        except RuntimeError:
            return reshape(tensor, sizes).detach()
        return reshape(tensor, sizes)

    _around_reshape(patch, broken)


@fault(
    "reshape() makes a copy of an incompatible tensor that is a view of the copy.",
    witness=lambda: torch.zeros(2, 3).t().reshape(6).stride() != (1,),
)
def reshape_copy_has_gaps(patch):
    def broken(reshape, tensor, sizes):
        result = reshape(tensor, sizes)
        if result.data_ptr() == tensor.data_ptr() or result.requires_grad:
            return result
        return torch.stack([result, result], -1)[..., 0]

    _around_reshape(patch, broken)


@fault(
    "reshape() drops elements that the shape has no room for.",
    witness=lambda: not _raises(RuntimeError, lambda: torch.zeros(6).reshape(-1, 4)),
)
def reshape_drops_elements(patch):
    def broken(reshape, tensor, sizes):
        known = prod(n for n in sizes if n != -1)
        if sizes.count(-1) == 1 and 0 < known < tensor.numel():
            return reshape(tensor.flatten()[: tensor.numel() // known * known], sizes)
        return reshape(tensor, sizes)

    _around_reshape(patch, broken)


@fault(
    "reshape() ignores its keyword shape.",
    witness=lambda: torch.zeros(6).reshape(shape=(2, 3)).shape == (6,),
)
def reshape_ignores_keyword(patch):
    def broken(reshape, *args, **kwargs):
        tensor = kwargs.get("input", args[0] if args else None)
        return reshape(tensor, tensor.shape) if kwargs else reshape(*args)

    for owner in (torch, torch.Tensor):
        _around(patch, owner, "reshape", broken)


@fault(
    "reshape() of an empty tensor takes an ambiguous -1 for a zero.",
    witness=lambda: not _raises(RuntimeError, lambda: torch.zeros(0).reshape(-1, 0)),
)
def reshape_infers_ambiguous(patch):
    def broken(reshape, tensor, sizes):
        if 0 in sizes and -1 in sizes and not tensor.numel():
            sizes = tuple(max(n, 0) for n in sizes)
        return reshape(tensor, sizes)

    _around_reshape(patch, broken)


# --- relatives ------------------------------------------------------------------------


@fault(
    "view_as() takes the other tensor's dtype too.",
    witness=lambda: (
        torch.zeros(2).view_as(torch.zeros(2, dtype=torch.int64)).dtype == torch.int64
    ),
)
def view_as_takes_dtype(patch):
    _around(
        patch,
        torch.Tensor,
        "view_as",
        lambda view_as, tensor, other: view_as(tensor, other).to(other.dtype),
    )


@fault(
    "view_as() takes the other tensor's strides too.",
    witness=lambda: torch.zeros(2, 2).view_as(torch.zeros(2, 2).t()).stride() == (1, 2),
)
def view_as_takes_strides(patch):
    def broken(view_as, tensor, other):
        view_as(tensor, other)
        return tensor.as_strided(other.shape, other.stride())

    _around(patch, torch.Tensor, "view_as", broken)


@fault(
    "view_as() is reshape_as().",
    witness=lambda: (
        not _raises(RuntimeError, lambda: torch.zeros(2, 3).t().view_as(torch.zeros(6)))
    ),
)
def view_as_reshapes(patch):
    patch(torch.Tensor, "view_as", torch.Tensor.reshape_as)


@fault(
    "reshape_as() is view_as().",
    witness=lambda: _raises(
        RuntimeError, lambda: torch.zeros(2, 3).t().reshape_as(torch.zeros(6))
    ),
)
def reshape_as_views(patch):
    patch(torch.Tensor, "reshape_as", torch.Tensor.view_as)


@fault(
    "reshape_as() takes sizes.",
    witness=lambda: not _raises(TypeError, lambda: torch.zeros(6).reshape_as((2, 3))),
)
def reshape_as_takes_sizes(patch):
    def broken(reshape_as, tensor, other):
        own = isinstance(other, torch.Tensor)
        return reshape_as(tensor, other) if own else tensor.reshape(other)

    _around(patch, torch.Tensor, "reshape_as", broken)


def _around_flatten(patch, answer):
    def broken(flatten, tensor, start_dim=0, end_dim=-1):
        return answer(flatten, tensor, start_dim, end_dim)

    for owner in (torch, torch.Tensor):
        _around(patch, owner, "flatten", broken)


@fault(
    "flatten() ignores end_dim.",
    witness=lambda: torch.zeros(2, 3, 4).flatten(0, 1).shape == (24,),
)
def flatten_ignores_end(patch):
    _around_flatten(patch, lambda flatten, tensor, start, end: flatten(tensor, start))


@fault(
    "flatten() takes a negative dimension one too low.",
    witness=lambda: torch.zeros(2, 3, 4).flatten(-2).shape == (24,),
)
def flatten_negative_off_by_one(patch):
    def broken(flatten, tensor, start, end):
        shifted = -tensor.dim() < start < 0
        return flatten(tensor, start - 1 if shifted else start, end)

    _around_flatten(patch, broken)


@fault(
    "flatten() always copies.",
    witness=lambda: not _is_alias(lambda x: x.flatten()),
)
def flatten_copies(patch):
    _around_flatten(patch, lambda flatten, *args: flatten(*args).clone())


@fault(
    "flatten() of a tensor with one dimension returns a new tensor.",
    witness=lambda: (lambda x: x.flatten() is not x)(torch.zeros(2)),
)
def flatten_never_returns_itself(patch):
    def broken(flatten, tensor, start, end):
        result = flatten(tensor, start, end)
        return tensor.view_as(tensor) if result is tensor else result

    _around_flatten(patch, broken)


@fault(
    "flatten() of a non-contiguous tensor copies where there is a view.",
    witness=lambda: not _is_alias(lambda x: x.t()[::2].flatten(0, 0)),
)
def flatten_makes_contiguous(patch):
    _around_flatten(
        patch,
        lambda flatten, tensor, start, end: flatten(tensor.contiguous(), start, end),
    )


@fault(
    "flatten() keeps a 0-dim tensor as it is.",
    witness=lambda: torch.tensor(1).flatten().dim() == 0,
)
def flatten_keeps_zero_dim(patch):
    def broken(flatten, tensor, start, end):
        return flatten(tensor, start, end) if tensor.dim() else tensor

    _around_flatten(patch, broken)


@fault(
    "flatten() swaps a start after the end with it.",
    witness=lambda: not _raises(RuntimeError, lambda: torch.zeros(2, 3).flatten(1, 0)),
)
def flatten_swaps_its_range(patch):
    def broken(flatten, tensor, start, end):
        swapped = start > end >= 0
        return flatten(tensor, end, start) if swapped else flatten(tensor, start, end)

    _around_flatten(patch, broken)


@fault(
    "flatten() takes the last dimension for one that isn't there.",
    witness=lambda: not _raises(IndexError, lambda: torch.zeros(2, 3).flatten(0, 2)),
)
def flatten_clamps_its_range(patch):
    def broken(flatten, tensor, start, end):
        last = max(tensor.dim() - 1, 0)
        return flatten(tensor, min(start, last), min(end, last))

    _around_flatten(patch, broken)


@fault(
    "flatten(1) of samples without features loses the batch.",
    witness=lambda: torch.zeros(4, 0, 2).flatten(1).shape != (4, 0),
)
def flatten_loses_empty_batch(patch):
    def broken(flatten, tensor, start, end):
        result = flatten(tensor, start, end)
        lost = tensor.dim() > 1 and tensor.size(0) and not tensor.numel()
        return result.view(0, 0) if lost else result

    _around_flatten(patch, broken)


@fault(
    "The function torch.flatten() ignores start_dim.",
    witness=lambda: torch.flatten(torch.zeros(2, 3, 4), 1).shape == (24,),
)
def function_flatten_ignores_start(patch):
    _around(patch, torch, "flatten", lambda flatten, tensor, *a, **k: flatten(tensor))


@fault(
    "ravel() always copies.",
    witness=lambda: not _is_alias(lambda x: x.ravel()),
)
def ravel_copies(patch):
    for owner in (torch, torch.Tensor):
        _around(patch, owner, "ravel", lambda ravel, tensor: ravel(tensor).clone())


@fault(
    "ravel() is flatten().",
    witness=lambda: _is_alias(lambda x: x[::2].ravel(), torch.zeros(4)),
)
def ravel_flattens(patch):
    for owner in (torch, torch.Tensor):
        _around(patch, owner, "ravel", lambda ravel, tensor: tensor.flatten())


def _around_unflatten(patch, answer):
    def broken(unflatten, tensor, dim, sizes):
        return answer(unflatten, tensor, dim, sizes)

    for owner in (torch, torch.Tensor):
        _around(patch, owner, "unflatten", broken)


@fault(
    "unflatten() copies.",
    witness=lambda: not _is_alias(lambda x: x.unflatten(1, (3, 1))),
)
def unflatten_copies(patch):
    _around_unflatten(patch, lambda unflatten, *args: unflatten(*args).clone())


@fault(
    "unflatten() copies what is not contiguous.",
    witness=lambda: not _is_alias(lambda x: x.t().unflatten(0, (3, 1))),
)
def unflatten_copies_non_contiguous(patch):
    def broken(unflatten, tensor, dim, sizes):
        return unflatten(tensor.contiguous(), dim, sizes)

    _around_unflatten(patch, broken)


@fault(
    "unflatten() takes a negative dimension for the first.",
    witness=lambda: torch.zeros(2, 2).unflatten(-1, (1, 2)).shape == (1, 2, 2),
)
def unflatten_negative_is_first(patch):
    def broken(unflatten, tensor, dim, sizes):
        negative = -tensor.dim() <= dim < 0
        return unflatten(tensor, 0 if negative else dim, sizes)

    _around_unflatten(patch, broken)


@fault(
    "unflatten() infers from all elements rather than the dimension.",
    witness=lambda: _raises(
        RuntimeError, lambda: torch.zeros(0, 4).unflatten(1, (-1, 2))
    ),
)
def unflatten_infers_from_all(patch):
    def broken(unflatten, tensor, dim, sizes):
        if not tensor.numel() and -1 in sizes:
            raise RuntimeError("the unspecified dimension size -1 is ambiguous")
        return unflatten(tensor, dim, sizes)

    _around_unflatten(patch, broken)


@fault(
    "unflatten() drops elements that its sizes have no room for.",
    witness=lambda: (
        not _raises(RuntimeError, lambda: torch.zeros(2, 6).unflatten(1, (-1, 4)))
    ),
)
def unflatten_drops_elements(patch):
    def broken(unflatten, tensor, dim, sizes):
        if dim == 1 and tuple(sizes).count(-1) == 1:
            known = -prod(sizes)
            if tensor.size(1) % known:
                tensor = tensor[:, : tensor.size(1) // known * known]
        return unflatten(tensor, dim, sizes)

    _around_unflatten(patch, broken)


@fault(
    "unflatten() splits a 0-dim tensor.",
    witness=lambda: (
        not _raises(
            (IndexError, RuntimeError), lambda: torch.tensor(1).unflatten(0, (1,))
        )
    ),
)
def unflatten_takes_zero_dim(patch):
    def broken(unflatten, tensor, dim, sizes):
        return unflatten(tensor if tensor.dim() else tensor.view(1), dim, sizes)

    _around_unflatten(patch, broken)


@fault(
    "unflatten() reverses the sizes.",
    witness=lambda: torch.zeros(6).unflatten(0, (2, 3)).shape == (3, 2),
)
def unflatten_reverses_sizes(patch):
    def broken(unflatten, tensor, dim, sizes):
        sizes = tuple(reversed(sizes)) if isinstance(sizes, (tuple, list)) else sizes
        return unflatten(tensor, dim, sizes)

    _around_unflatten(patch, broken)


@fault(
    "The function torch.flatten() copies what is not contiguous.",
    witness=lambda: not _is_alias(lambda x: torch.flatten(x[:, :1])),
)
def function_flatten_copies(patch):
    def broken(flatten, tensor, *args, **kwargs):
        return flatten(tensor.contiguous(), *args, **kwargs)

    _around(patch, torch, "flatten", broken)


@fault(
    "flatten() of a single dimension among several returns a new tensor.",
    witness=lambda: (lambda x: x.flatten(1, 1) is not x)(torch.zeros(2, 2)),
)
def flatten_renews_one_dimension(patch):
    def broken(flatten, tensor, start, end):
        result = flatten(tensor, start, end)
        renewed = result is tensor and tensor.dim() > 1
        return tensor.view_as(tensor) if renewed else result

    _around_flatten(patch, broken)


@fault(
    "The function torch.ravel() is flatten().",
    witness=lambda: _is_alias(lambda x: torch.ravel(x[::2]), torch.zeros(4)),
)
def function_ravel_flattens(patch):
    patch(torch, "ravel", lambda tensor: tensor.flatten())


@fault(
    "ravel() keeps a 0-dim tensor as it is.",
    witness=lambda: torch.tensor(1).ravel().dim() == 0,
)
def ravel_keeps_zero_dim(patch):
    for owner in (torch, torch.Tensor):
        _around(patch, owner, "ravel", lambda ravel, x: ravel(x) if x.dim() else x)


@fault(
    "The function torch.as_strided() starts at the storage's beginning.",
    witness=lambda: torch.as_strided(torch.arange(3)[1:], (), ()).item() == 0,
)
def function_as_strided_starts_at_zero(patch):
    def broken(as_strided, tensor, size, stride, storage_offset=0):
        return as_strided(tensor, size, stride, storage_offset)

    _around(patch, torch, "as_strided", broken)


@fault(
    "The function torch.unflatten() takes an integer for the sizes.",
    witness=lambda: (
        not _raises(TypeError, lambda: torch.unflatten(torch.zeros(2), 0, 2))
    ),
)
def function_unflatten_takes_integer(patch):
    def broken(unflatten, tensor, dim, sizes):
        return unflatten(tensor, dim, (sizes,) if isinstance(sizes, int) else sizes)

    _around(patch, torch, "unflatten", broken)


@fault(
    "The function torch.reshape() takes a single integer for the shape.",
    witness=lambda: not _raises(TypeError, lambda: torch.reshape(torch.zeros(4), 4)),
)
def function_reshape_takes_integer(patch):
    def broken(reshape, tensor, shape):
        return reshape(tensor, (shape,) if isinstance(shape, int) else shape)

    _around(patch, torch, "reshape", broken)


@fault(
    "reshape_as() is contiguous().view_as().",
    witness=lambda: not _is_alias(lambda x: x.t().reshape_as(torch.zeros(3, 1, 2))),
)
def reshape_as_copies_non_contiguous(patch):
    def broken(reshape_as, tensor, other):
        return reshape_as(tensor.contiguous(), other)

    _around(patch, torch.Tensor, "reshape_as", broken)


@fault(
    "view() with a dtype knows only half and double the element's size.",
    witness=lambda: _raises(RuntimeError, lambda: torch.zeros(4).view(torch.uint8)),
)
def view_dtype_by_two_alone(patch):
    def broken(view, tensor, dtype):
        sizes = {tensor.element_size(), torch.zeros((), dtype=dtype).element_size()}
        if max(sizes) > 2 * min(sizes):
            raise RuntimeError("different element sizes")
        return view(tensor, dtype)

    _around_view_dtype(patch, broken)


# --- clone() --------------------------------------------------------------------------


def _around_clone(patch, answer):
    for owner in (torch, torch.Tensor):
        _around(patch, owner, "clone", answer)


@fault(
    "clone() returns an alias.",
    witness=lambda: _is_alias(lambda x: x.clone()),
)
def clone_aliases(patch):
    _around_clone(patch, lambda clone, tensor, **kwargs: tensor.view_as(tensor))


@fault(
    "The function torch.clone() returns its argument.",
    witness=lambda: _is_alias(torch.clone),
)
def function_clone_aliases(patch):
    patch(torch, "clone", lambda tensor, **kwargs: tensor)


@fault(
    "clone() is always row-major.",
    witness=lambda: torch.zeros(2, 3).t().clone().stride() == (2, 1),
)
def clone_is_row_major(patch):
    _around_clone(
        patch,
        lambda clone, tensor, **kwargs: clone(
            tensor, memory_format=torch.contiguous_format
        ),
    )


@fault(
    "clone() ignores its keyword memory_format.",
    witness=lambda: (
        torch.zeros(2, 3).t().clone(memory_format=torch.contiguous_format).stride()
        == (1, 3)
    ),
)
def clone_ignores_memory_format(patch):
    _around_clone(patch, lambda clone, tensor, **kwargs: clone(tensor))


@fault(
    "clone() of an expanded tensor keeps its strides of zero.",
    witness=lambda: torch.zeros(1, 3).expand(2, 3).clone().stride() == (0, 1),
)
def clone_keeps_overlaps(patch):
    def broken(clone, tensor, **kwargs):
        if 0 not in tensor.stride() or tensor.requires_grad:
            return clone(tensor, **kwargs)
        return clone(tensor[:1] if not tensor.stride(0) else tensor[:, :1]).expand_as(
            tensor
        )

    _around_clone(patch, broken)


@fault(
    "clone() of a tensor with gaps keeps the gaps.",
    witness=lambda: torch.zeros(2, 4)[:, ::2].clone().stride() == (4, 2),
)
def clone_keeps_gaps(patch):
    def broken(clone, tensor, **kwargs):
        if tensor.requires_grad or not tensor.dim() or tensor.stride(-1) < 2:
            return clone(tensor, **kwargs)
        room = tensor.new_zeros(
            sum(n * s for n, s in zip(tensor.shape, tensor.stride()))
        )
        return room.as_strided(tensor.shape, tensor.stride()).copy_(tensor)

    _around_clone(patch, broken)


@fault(
    "clone() detaches.",
    witness=lambda: not torch.zeros(2, requires_grad=True).clone().requires_grad,
)
def clone_detaches(patch):
    _around_clone(patch, lambda clone, t, **kwargs: clone(t, **kwargs).detach())


@fault(
    "clone() doubles the gradient.",
    witness=lambda: _gradient(torch.clone) == [2, 2],
)
def clone_doubles_the_gradient(patch):
    _around_clone(patch, lambda clone, t, **kwargs: _doubling(clone(t, **kwargs)))


class _Callable:
    def __init__(self, method, tensor):
        self._method, self._tensor = method, tensor

    def __call__(self, **kwargs):
        return self._method(self._tensor, **kwargs)

    def __getattr__(self, name):
        return getattr(self._method(self._tensor), name)


@fault(
    "The method clone passes for what it returns.",
    witness=lambda: hasattr(torch.zeros(2).clone, "view"),
)
def clone_needs_no_call(patch):
    clone = torch.Tensor.clone
    patch(torch.Tensor, "clone", property(lambda tensor: _Callable(clone, tensor)))


@fault(
    "clone() takes torch.preserve_format for contiguous_format.",
    witness=lambda: (
        torch.zeros(2, 3).t().clone(memory_format=torch.preserve_format).stride()
        == (2, 1)
    ),
)
def clone_preserves_nothing(patch):
    def broken(clone, tensor, memory_format=None):
        if memory_format is None:
            return clone(tensor)
        return clone(tensor, memory_format=torch.contiguous_format)

    _around_clone(patch, broken)


@fault(
    "reshape() cuts floats among the sizes.",
    witness=lambda: not raises(lambda: torch.zeros(2).reshape(2.5)),
)
def reshape_cuts_floats(patch):
    def change(reshape, x, *sizes, **options):
        if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
            sizes = sizes[0]
        return reshape(x, tuple(map(int, sizes)), **options) if sizes else reshape(x)

    wrap(patch, torch.Tensor, "reshape", change)

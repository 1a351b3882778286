"""Ways to break masks: as an index, in masked_fill() and where(), and as positions."""

import warnings

import torch

from torch_semantics.faults import both, fault, raises, wrap


def getting(patch, change):
    wrap(patch, torch.Tensor, "__getitem__", change)


def setting(patch, change):
    wrap(patch, torch.Tensor, "__setitem__", change)


def is_mask(value):
    return isinstance(value, torch.Tensor) and value.dtype == torch.bool


def numbers():
    return torch.arange(6).view(2, 3)


def mask(*elements):
    return torch.tensor(elements, dtype=torch.bool)


def gradient(read):
    """The gradient of the sum of what is read from three elements."""
    leaf = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    read(leaf).sum().backward()
    return leaf.grad.tolist()


# --- a mask as an index ---------------------------------------------------------------


@fault("ge() is strict.", witness=lambda: torch.tensor([1]).ge(1).tolist() == [False])
def ge_is_strict(patch):
    both(patch, "ge", lambda ge, a, b: torch.gt(a, b))


@fault(
    "A comparison gives the dtype of its tensor.",
    witness=lambda: torch.tensor([1.0]).ge(1).dtype is torch.float32,
)
def ge_gives_floats(patch):
    both(patch, "ge", lambda ge, a, b: ge(a, b).to(a.dtype))


@fault(
    "A mask picks column by column.",
    witness=lambda: numbers()[numbers() > 1].tolist() == [3, 4, 2, 5],
)
def picks_by_columns(patch):
    def change(get, tensor, index):
        if is_mask(index) and index.dim() == 2 == tensor.dim():
            return get(tensor.t(), index.t())
        return get(tensor, index)

    getting(patch, change)


@fault(
    "A mask picks in the order of the memory.",
    witness=lambda: numbers().t()[numbers().t() > 1].tolist() == [2, 3, 4, 5],
)
def picks_in_memory_order(patch):
    def change(get, tensor, index):
        if (
            is_mask(index)
            and index.dim() == 2
            and tensor.stride(0) == 1 < tensor.size(0)
        ):
            return get(tensor.t(), index.t())
        return get(tensor, index)

    getting(patch, change)


@fault(
    "A mask that is True everywhere makes a view.",
    witness=lambda: (x := numbers())[x >= 0].data_ptr() == x.data_ptr(),
)
def full_mask_views(patch):
    def change(get, tensor, index):
        full = is_mask(index) and index.shape == tensor.shape and bool(index.all())
        if full and tensor.dim() and tensor.is_contiguous():
            return tensor.view(-1)
        return get(tensor, index)

    getting(patch, change)


@fault(
    "A mask picks the elements where it is False.",
    witness=lambda: torch.arange(2)[mask(True, False)].tolist() == [1],
)
def mask_is_inverted(patch):
    getting(patch, lambda get, t, index: get(t, ~index if is_mask(index) else index))


@fault(
    "A mask without dimensions adds none.",
    witness=lambda: numbers()[torch.tensor(True)].dim() == 2,
)
def zero_dim_mask_adds_nothing(patch):
    def change(get, tensor, index):
        result = get(tensor, index)
        zero = is_mask(index) and index.dim() == 0 and index.item()
        return result.squeeze(0) if zero and tensor.dim() == 2 else result

    getting(patch, change)


@fault(
    "A mask as an index is broadcast.",
    witness=lambda: not raises(lambda: numbers()[mask(True)]),
)
def index_broadcasts(patch):
    def change(get, tensor, index):
        if is_mask(index) and 0 < index.dim() <= tensor.dim():
            if all(
                size in (1, other) for size, other in zip(index.shape, tensor.shape)
            ):
                index = index.expand(tensor.shape[: index.dim()])
        return get(tensor, index)

    getting(patch, change)


@fault(
    "A list of booleans is a list of positions.",
    witness=lambda: torch.tensor([5, 6])[[True, True]].tolist() == [6, 6],
)
def boolean_lists_are_positions(patch):
    def change(get, tensor, index):
        return get(tensor, [int(i) for i in index] if type(index) is list else index)

    getting(patch, change)


@fault(
    "A tensor of uint8 is a list of positions.",
    witness=lambda: (
        torch.tensor([5, 6])[torch.tensor([1, 1], dtype=torch.uint8)].tolist() == [6, 6]
    ),
)
def bytes_are_positions(patch):
    def change(get, tensor, index):
        if isinstance(index, torch.Tensor) and index.dtype == torch.uint8:
            warnings.warn(
                "indexing with dtype torch.uint8 is now deprecated", stacklevel=2
            )
            index = index.long()
        return get(tensor, index)

    getting(patch, change)


@fault(
    "A tensor of uint8 indexes without a warning.",
    witness=lambda: (
        not _warns(lambda: torch.zeros(2)[torch.ones(2, dtype=torch.uint8)])
    ),
)
def bytes_do_not_warn(patch):
    def change(get, tensor, index):
        if isinstance(index, torch.Tensor) and index.dtype == torch.uint8:
            index = index.bool()
        return get(tensor, index)

    getting(patch, change)


def _warns(call):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call()
    return bool(seen)


@fault(
    "A mask gives a warning.",
    witness=lambda: _warns(lambda: torch.zeros(2)[mask(True, False)]),
)
def masks_warn(patch):
    def change(get, tensor, index):
        if is_mask(index):
            warnings.warn("indexing with a mask", stacklevel=2)
        return get(tensor, index)

    getting(patch, change)


@fault(
    "The gradient of what a mask picks is lost.",
    witness=lambda: (
        gradient(lambda t: t[mask(True, False, True)] + 0 * t[:2]) == [0] * 3
    ),
)
def index_has_no_gradient(patch):
    def change(get, tensor, index):
        result = get(tensor, index)
        if is_mask(index) and result.requires_grad:
            result.register_hook(lambda grad: grad * 0)
        return result

    getting(patch, change)


@fault(
    "An assignment to a mask writes a copy.",
    witness=lambda: _assigned(mask(True, False), 9) == [0, 1],
)
def assignment_is_lost(patch):
    def change(put, tensor, index, value):
        put(tensor.clone() if is_mask(index) else tensor, index, value)

    setting(patch, change)


def _assigned(index, value):
    tensor = torch.arange(2)
    tensor[index] = value
    return tensor.tolist()


@fault(
    "An assignment to a mask writes what it leaves out.",
    witness=lambda: _assigned(mask(True, False), 9) == [0, 9],
)
def assignment_is_inverted(patch):
    setting(patch, lambda put, t, i, v: put(t, ~i if is_mask(i) else i, v))


@fault(
    "Too many assigned elements are cut off.",
    witness=lambda: not raises(lambda: _assigned(mask(True, True), torch.arange(3))),
)
def assignment_cuts_off(patch):
    def change(put, tensor, index, value):
        if is_mask(index) and isinstance(value, torch.Tensor) and value.dim() == 1:
            value = value[: max(int(index.sum()), 1)] if index.dim() == 1 else value
        put(tensor, index, value)

    setting(patch, change)


@fault(
    "A vector of another dtype is converted when it is assigned to a mask.",
    witness=lambda: not raises(lambda: _assigned(mask(True, True), torch.ones(2))),
)
def assignment_converts(patch):
    def change(put, tensor, index, value):
        if is_mask(index) and isinstance(value, torch.Tensor):
            value = value.to(tensor.dtype)
        put(tensor, index, value)

    setting(patch, change)


# --- masked_select(), masked_fill(), masked_scatter() ---------------------------------


@fault(
    "masked_select() keeps the shape of a full mask.",
    witness=lambda: numbers().masked_select(numbers() >= 0).dim() == 2,
)
def full_selection_keeps_its_shape(patch):
    def change(select, tensor, mask):
        if mask.numel() == 1 and mask.dim() == 0 and mask.item():
            return tensor.clone()
        if mask.all() and mask.shape == tensor.shape and mask.numel():
            return tensor.clone()
        return select(tensor, mask)

    wrap(patch, torch.Tensor, "masked_select", change)


@fault(
    "masked_select() does not broadcast.",
    witness=lambda: raises(
        lambda: numbers().masked_select(torch.tensor([[True], [True]]))
    ),
)
def select_does_not_broadcast(patch):
    def change(select, tensor, mask):
        if tensor.shape != mask.shape and mask.numel() == 2:
            raise RuntimeError("The size of tensor a (3) must match the size (2)")
        return select(tensor, mask)

    wrap(patch, torch.Tensor, "masked_select", change)


@fault(
    "masked_select() takes a mask of integers.",
    witness=lambda: not raises(lambda: torch.zeros(1).masked_select(torch.tensor([1]))),
)
def select_takes_integers(patch):
    def change(select, tensor, mask):
        return select(tensor, mask.bool())

    wrap(patch, torch.Tensor, "masked_select", change)


@fault(
    "masked_fill() writes into its tensor.",
    witness=lambda: (x := torch.ones(1)).masked_fill(mask(True), 0) is x,
)
def fill_is_in_place(patch):
    def change(fill, tensor, mask, value):
        fits = torch.broadcast_shapes(tensor.shape, mask.shape) == tensor.shape
        return (
            tensor.masked_fill_(mask, value)
            if fits and not tensor.requires_grad
            else fill(tensor, mask, value)
        )

    wrap(patch, torch.Tensor, "masked_fill", change)


@fault(
    "masked_fill() without anything to fill returns its tensor.",
    witness=lambda: (x := torch.ones(1)).masked_fill(mask(False), 0) is x,
)
def fill_of_nothing_is_the_tensor(patch):
    def change(fill, tensor, mask, value):
        return fill(tensor, mask, value) if mask.any() else tensor

    wrap(patch, torch.Tensor, "masked_fill", change)


@fault(
    "masked_fill_() returns a copy.",
    witness=lambda: (x := torch.ones(1)).masked_fill_(mask(True), 0) is not x,
)
def fill_returns_a_copy(patch):
    def change(fill, tensor, mask, value):
        return fill(tensor, mask, value).clone()

    wrap(patch, torch.Tensor, "masked_fill_", change)


@fault(
    "masked_fill() is widened by its value.",
    witness=lambda: torch.tensor([1]).masked_fill(mask(True), 7.9).is_floating_point(),
)
def fill_promotes(patch):
    def change(fill, tensor, mask, value):
        if type(value) is float and not tensor.is_floating_point():
            tensor = tensor.to(torch.get_default_dtype())
        return fill(tensor, mask, value)

    wrap(patch, torch.Tensor, "masked_fill", change)


@fault(
    "masked_fill_() takes a mask of integers.",
    witness=lambda: (
        not raises(lambda: torch.zeros(1).masked_fill_(torch.tensor([1]), 2))
    ),
)
def fill_takes_integers(patch):
    def change(fill, tensor, mask, value):
        return fill(tensor, mask.bool(), value)

    wrap(patch, torch.Tensor, "masked_fill_", change)


@fault(
    "masked_fill() does not pass the gradient to its value.",
    witness=lambda: (
        not torch.zeros(1)
        .masked_fill(mask(True), torch.ones((), requires_grad=True))
        .requires_grad
    ),
)
def fill_detaches_its_value(patch):
    def change(fill, tensor, mask, value):
        if isinstance(value, torch.Tensor):
            value = value.detach()
        return fill(tensor, mask, value)

    wrap(patch, torch.Tensor, "masked_fill", change)


@fault(
    "masked_scatter() takes the element of its source at the same position.",
    witness=lambda: (
        torch.zeros(2)
        .masked_scatter(mask(False, True), torch.ones(2) + torch.eye(2)[1])
        .tolist()
        == [0, 2]
    ),
)
def masked_scatter_by_position(patch):
    def change(scatter, tensor, mask, source):
        if source.numel() >= tensor.numel():
            flat = source.flatten()[: tensor.numel()].view(tensor.shape)
            return torch.where(mask, flat, tensor)
        if source.numel() == 4:
            source = source.flatten().flip(0)
        return scatter(tensor, mask, source)

    wrap(patch, torch.Tensor, "masked_scatter", change)


# --- nonzero() and where() ------------------------------------------------------------


@fault(
    "nonzero() gives a vector for a vector.",
    witness=lambda: torch.ones(2).nonzero().dim() == 1,
)
def nonzero_of_a_vector_is_flat(patch):
    def change(nonzero, tensor, **options):
        result = nonzero(tensor, **options)
        return result.flatten() if tensor.dim() == 1 and not options else result

    wrap(patch, torch.Tensor, "nonzero", change)


@fault(
    "nonzero() counts through the memory.",
    witness=lambda: (
        mask(False, True, True, False, True, True).view(3, 2).t().nonzero()[0].tolist()
        == [1, 0]
    ),
)
def nonzero_counts_in_memory(patch):
    def change(nonzero, tensor, **options):
        if tensor.dim() == 2 and tensor.stride(0) == 1 and not options:
            return nonzero(tensor.t()).flip(1)
        return nonzero(tensor, **options)

    wrap(patch, torch.Tensor, "nonzero", change)


@fault(
    "nonzero() takes NaN for zero.",
    witness=lambda: torch.tensor([float("nan")]).nonzero().numel() == 0,
)
def nan_is_zero(patch):
    def change(nonzero, tensor, **options):
        if tensor.is_floating_point():
            tensor = tensor.nan_to_num(0.0)
        return nonzero(tensor, **options)

    wrap(patch, torch.Tensor, "nonzero", change)


@fault(
    "nonzero() of no elements that count has one column.",
    witness=lambda: torch.zeros(2, 3).nonzero().shape == (0, 1),
)
def no_rows_have_one_column(patch):
    def change(nonzero, tensor, **options):
        result = nonzero(tensor, **options)
        return result[:, :1] if not options and result.numel() == 0 else result

    wrap(patch, torch.Tensor, "nonzero", change)


@fault(
    "nonzero() ignores as_tuple=.",
    witness=lambda: isinstance(torch.ones(1).nonzero(as_tuple=True), torch.Tensor),
)
def as_tuple_is_ignored(patch):
    def change(nonzero, tensor, as_tuple=False, **options):
        return nonzero(tensor, **options)

    both(patch, "nonzero", change)


@fault(
    "nonzero() of a tensor without dimensions has a column.",
    witness=lambda: torch.tensor(5).nonzero().shape == (1, 1),
)
def zero_dim_has_a_column(patch):
    def change(nonzero, tensor, **options):
        tensor = tensor.reshape(1) if tensor.dim() == 0 else tensor
        return nonzero(tensor, **options)

    wrap(patch, torch.Tensor, "nonzero", change)


@fault(
    "where() swaps its choices.",
    witness=lambda: torch.where(mask(True), 1, 2).tolist() == [2],
)
def where_swaps(patch):
    def change(where, *args, **options):
        if len(args) == 3:
            args = (args[0], args[2], args[1])
        return where(*args, **options)

    wrap(patch, torch, "where", change)


@fault(
    "where() of the same tensor twice returns it.",
    witness=lambda: (x := torch.ones(1), torch.where(mask(True), x, x) is x)[1],
)
def where_returns_its_choice(patch):
    def change(where, *args, **options):
        if len(args) == 3 and args[1] is args[2]:
            return args[1]
        return where(*args, **options)

    wrap(patch, torch, "where", change)


@fault(
    "where() takes the dtype of its first choice.",
    witness=lambda: (
        torch.where(mask(True), torch.ones(1).int(), torch.ones(1)).dtype is torch.int32
    ),
)
def where_does_not_promote(patch):
    def change(where, *args, **options):
        result = where(*args, **options)
        if len(args) == 3 and isinstance(args[1], torch.Tensor) and not options:
            return result.to(args[1].dtype)
        return result

    wrap(patch, torch, "where", change)


@fault(
    "where() rounds its second choice to the dtype of its first.",
    witness=lambda: (
        torch.where(mask(False), torch.ones(1), torch.ones(1).double() / 3).item()
        != 1 / 3
    ),
)
def where_rounds(patch):
    def change(where, *args, **options):
        result = where(*args, **options)
        tensors = len(args) == 3 and all(isinstance(a, torch.Tensor) for a in args)
        if tensors and torch.can_cast(args[2].dtype, args[1].dtype):
            condition, x, y = args
            return where(condition, x, y.to(x.dtype), **options).to(result.dtype)
        return result

    wrap(patch, torch, "where", change)


@fault(
    "where() is widened by a tensor without dimensions.",
    witness=lambda: (
        torch.where(
            mask(True), torch.ones(1), torch.ones((), dtype=torch.float64)
        ).dtype
        is torch.float64
    ),
)
def where_widens(patch):
    def change(where, *args, **options):
        if len(args) == 3 and isinstance(args[2], torch.Tensor) and args[2].dim() == 0:
            args = (*args[:2], args[2].reshape(1))
        return where(*args, **options)

    wrap(patch, torch, "where", change)


@fault(
    "where() takes a condition of integers.",
    witness=lambda: not raises(lambda: torch.where(torch.tensor([1]), 1, 2)),
)
def where_takes_integers(patch):
    def change(where, condition=None, *args, **options):
        if isinstance(condition, torch.Tensor) and args:
            if condition.dtype != torch.uint8:
                condition = condition.bool()
        elif condition is None:
            return where(**options)
        return where(condition, *args, **options)

    wrap(patch, torch, "where", change)


@fault(
    "where() of one argument gives rows of positions.",
    witness=lambda: isinstance(torch.where(torch.ones(2)), torch.Tensor),
)
def where_gives_rows(patch):
    def change(where, *args, **options):
        if len(args) == 1 and not options and isinstance(args[0], torch.Tensor):
            return args[0].nonzero()
        return where(*args, **options)

    wrap(patch, torch, "where", change)


@fault(
    "The gradient of a choice that was not taken is dropped, infinite or not.",
    witness=lambda: gradient(lambda t: torch.where(t > 1, (t - 1).sqrt(), 0.0))[0] == 0,
)
def where_stops_infinite_gradients(patch):
    def change(where, *args, **options):
        if (
            len(args) == 3
            and isinstance(args[1], torch.Tensor)
            and args[1].requires_grad
        ):
            condition = args[0]
            leaf = args[1].grad_fn
            if leaf is not None:
                leaf.register_hook(
                    lambda inputs, outputs: tuple(
                        grad if grad is None else where(condition, grad, 0.0)
                        for grad in inputs
                    )
                )
        return where(*args, **options)

    wrap(patch, torch, "where", change)

"""Ways to break indexing: what is a view and what a copy, positions, assignment."""

import torch

from torch_semantics.faults import both, error_of, fault, raises, wrap


def getting(patch, change):
    """Patch indexing: ``change`` is given the original, the tensor and the index."""
    wrap(patch, torch.Tensor, "__getitem__", change)


def parts(index):
    return index if isinstance(index, tuple) else (index,)


def numbers():
    return torch.arange(6).view(2, 3)


def index(*elements):
    return torch.tensor(elements, dtype=torch.int64)


def aliases(result, source):
    return result.data_ptr() == source.data_ptr()


def gradient(read):
    """The gradient of the sum of what is read from three elements."""
    leaf = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    read(leaf).sum().backward()
    return leaf.grad.tolist()


# --- basic indexing -------------------------------------------------------------------


@fault(
    "An index of None copies.", witness=lambda: not aliases((x := numbers())[None], x)
)
def none_copies(patch):
    def change(get, tensor, index):
        view = get(tensor, index)
        return view.clone() if None in [p for p in parts(index) if p is None] else view

    getting(patch, change)


@fault(
    "A slice with a step copies.",
    witness=lambda: not aliases((x := numbers())[::2], x),
)
def step_copies(patch):
    def change(get, tensor, index):
        stepped = any(isinstance(p, slice) and p.step for p in parts(index))
        return get(tensor, index).clone() if stepped else get(tensor, index)

    getting(patch, change)


@fault(
    "One element of a tensor is a copy.",
    witness=lambda: not aliases((x := numbers())[0, 0], x),
)
def element_copies(patch):
    def change(get, tensor, index):
        result = get(tensor, index)
        ints = all(isinstance(p, int) for p in parts(index))
        return result.clone() if ints and result.dim() == 0 else result

    getting(patch, change)


@fault(
    "An ellipsis alone returns the tensor itself.",
    witness=lambda: (x := numbers())[...] is x,
)
def ellipsis_is_identity(patch):
    getting(patch, lambda get, t, index: t if index is ... else get(t, index))


@fault(
    "An int beyond a dimension wraps around.",
    witness=lambda: not raises(lambda: numbers()[2]),
)
def ints_wrap(patch):
    def change(get, tensor, index):
        if type(index) is int and tensor.dim() and tensor.shape[0]:
            index %= tensor.shape[0]
        return get(tensor, index)

    getting(patch, change)


@fault(
    "An int beyond the second dimension takes the last element.",
    witness=lambda: not raises(lambda: numbers()[0, 3]),
)
def second_int_is_cut_off(patch):
    def change(get, tensor, index):
        plain = isinstance(index, tuple) and len(index) == 2 == tensor.dim()
        if plain and all(type(p) is int for p in index):
            index = (index[0], min(index[1], tensor.shape[1] - 1))
        return get(tensor, index)

    getting(patch, change)


@fault(
    "An int beyond a dimension raises ValueError.",
    witness=lambda: isinstance(error_of(lambda: numbers()[2]), ValueError),
)
def out_of_range_is_a_value_error(patch):
    def change(get, tensor, index):
        try:
            return get(tensor, index)
        except IndexError as error:
            raise ValueError(*error.args) from (
                None if "out of bounds" in str(error) else error
            )

    getting(patch, change)


@fault(
    "A negative step goes backwards.",
    witness=lambda: not raises(lambda: torch.arange(3)[::-1]),
)
def negative_steps_reverse(patch):
    def change(get, tensor, index):
        if isinstance(index, slice) and (index.step or 1) < 0:
            picked = range(tensor.shape[0])[index]
            return tensor.index_select(0, torch.tensor(list(picked)))
        return get(tensor, index)

    getting(patch, change)


@fault(
    "An assignment to a slice with a negative step is dropped.",
    witness=lambda: not raises(lambda: numbers().__setitem__(slice(None, None, -1), 7)),
)
def negative_step_assignment_is_dropped(patch):
    def change(put, tensor, index, value):
        if not (isinstance(index, slice) and (index.step or 1) < 0):
            put(tensor, index, value)

    wrap(patch, torch.Tensor, "__setitem__", change)


@fault(
    "A slice beyond the end raises.",
    witness=lambda: raises(lambda: torch.arange(3)[1:9]),
)
def slices_are_checked(patch):
    def change(get, tensor, index):
        if isinstance(index, slice) and isinstance(index.stop, int):
            if index.stop > tensor.shape[0]:
                raise IndexError(f"index {index.stop} is out of bounds")
        return get(tensor, index)

    getting(patch, change)


@fault(
    "An empty slice drops its dimension.",
    witness=lambda: numbers()[2:].dim() == 1,
)
def empty_slice_loses_its_dimension(patch):
    def change(get, tensor, index):
        result = get(tensor, index)
        if isinstance(index, slice) and result.numel() == 0 and result.dim() > 1:
            return result.flatten()
        return result

    getting(patch, change)


@fault(
    "A second ellipsis raises.",
    witness=lambda: raises(lambda: numbers()[..., ...]),
)
def one_ellipsis_only(patch):
    def change(get, tensor, index):
        if sum(p is ... for p in parts(index)) > 1:
            raise IndexError("an index can only have a single ellipsis ('...')")
        return get(tensor, index)

    getting(patch, change)


@fault(
    "An ellipsis has to stand for a dimension.",
    witness=lambda: raises(lambda: numbers()[0, 0, ...]),
)
def ellipsis_needs_a_dimension(patch):
    def change(get, tensor, index):
        plain = [p for p in parts(index) if isinstance(p, (int, slice))]
        if any(p is ... for p in parts(index)) and len(plain) == tensor.dim() > 0:
            raise IndexError("too many indices")
        return get(tensor, index)

    getting(patch, change)


@fault(
    "None adds a dimension of size 1 at the end.",
    witness=lambda: numbers()[None].shape == (2, 3, 1),
)
def none_goes_to_the_end(patch):
    def change(get, tensor, index):
        return tensor.unsqueeze(-1) if index is None else get(tensor, index)

    getting(patch, change)


@fault(
    "An integer tensor without dimensions copies.",
    witness=lambda: not aliases((x := torch.arange(3))[torch.tensor(0)], x),
)
def tensor_int_copies(patch):
    def change(get, tensor, index):
        result = get(tensor, index)
        whole = isinstance(index, torch.Tensor) and index.dim() == 0
        return result.clone() if whole else result

    getting(patch, change)


@fault(
    "A float indexes like an int.", witness=lambda: not raises(lambda: numbers()[1.0])
)
def floats_index(patch):
    def change(get, tensor, index):
        return get(tensor, int(index) if isinstance(index, float) else index)

    getting(patch, change)


@fault(
    "The gradient of a slice goes to the first elements.",
    witness=lambda: gradient(lambda leaf: leaf[1:]) == [1, 1, 0],
)
def gradient_is_shifted(patch):
    def change(get, tensor, index):
        view = get(tensor, index)
        if tensor.requires_grad and tensor.is_leaf and view.numel():
            tensor.register_hook(lambda grad: grad.flip(-1))
        return view

    getting(patch, change)


@fault(
    "select() takes its first int for the position.",
    witness=lambda: numbers().select(1, 0).shape == (3,),
)
def select_swaps_its_arguments(patch):
    def change(select, tensor, dim, index):
        return select(tensor, index, dim)

    wrap(patch, torch.Tensor, "select", change)


# --- advanced indexing ----------------------------------------------------------------


@fault(
    "A list of consecutive positions makes a view.",
    witness=lambda: aliases((x := torch.arange(4))[[0, 1]], x),
)
def consecutive_lists_view(patch):
    def change(get, tensor, index):
        if isinstance(index, tuple) and len(index) == 2 and isinstance(index[1], list):
            if index[1] and index[1] == list(range(index[1][0], index[1][-1] + 1)):
                return get(tensor, (index[0], slice(index[1][0], index[1][-1] + 1)))
        if isinstance(index, list) and index == [0, 1]:
            return get(tensor, slice(0, 2))
        return get(tensor, index)

    getting(patch, change)


@fault(
    "An index of True makes a view.", witness=lambda: aliases((x := numbers())[True], x)
)
def true_views(patch):
    getting(patch, lambda get, t, index: get(t, None if index is True else index))


@fault(
    "An index of True is the int 1.",
    witness=lambda: numbers()[True].tolist() == [3, 4, 5],
)
def true_is_one(patch):
    getting(patch, lambda get, t, index: get(t, 1 if index is True else index))


@fault(
    "A list of positions picks in ascending order.",
    witness=lambda: torch.arange(3)[[2, 0]].tolist() == [0, 2],
)
def lists_are_sorted(patch):
    def change(get, tensor, index):
        if isinstance(index, list) and index and all(type(i) is int for i in index):
            index = sorted(index)
        return get(tensor, index)

    getting(patch, change)


@fault(
    "A position that is listed twice is picked once.",
    witness=lambda: torch.arange(3)[[1, 1]].tolist() == [1],
)
def lists_are_unique(patch):
    def change(get, tensor, index):
        if isinstance(index, list) and all(type(i) is int for i in index):
            index = list(dict.fromkeys(index))
        return get(tensor, index)

    getting(patch, change)


@fault(
    "Two lists of positions are crossed.",
    witness=lambda: numbers()[[0, 1], [0, 1]].shape == (2, 2),
)
def lists_are_crossed(patch):
    def change(get, tensor, index):
        lists = isinstance(index, tuple) and len(index) == 2
        if lists and all(isinstance(p, list) and p for p in index):
            if not isinstance(index[0][0], list):
                index = ([[i] for i in index[0]], index[1])
        return get(tensor, index)

    getting(patch, change)


@fault(
    "An int beside a list counts as a list of one.",
    witness=lambda: torch.zeros(2, 3, 4)[0, :, [1, 2]].shape == (2, 3),
)
def int_is_a_list_of_one(patch):
    def change(get, tensor, index):
        if any(isinstance(p, list) for p in parts(index)):
            index = tuple([p] if type(p) is int else p for p in parts(index))
        return get(tensor, index)

    getting(patch, change)


@fault(
    "The dimensions that divided lists pick stay at the first list.",
    witness=lambda: torch.zeros(2, 3, 4)[:, [0]][[0], :, [1, 2]].shape == (1, 2),
)
def divided_lists_stay(patch):
    def change(get, tensor, index):
        result = get(tensor, index)
        kinds = [type(p) for p in parts(index)]
        if kinds == [list, slice, list]:
            return result.transpose(0, 1)
        return result

    getting(patch, change)


@fault(
    "The gradient of a list of positions counts each position once.",
    witness=lambda: gradient(lambda leaf: leaf[[1, 1]]) == [0, 1, 0],
)
def repeats_lose_their_gradient(patch):
    def change(get, tensor, index):
        result = get(tensor, index)
        if isinstance(index, list) and result.requires_grad:
            seen = torch.tensor([i in index[:n] for n, i in enumerate(index)])
            result.register_hook(lambda grad: grad.masked_fill(seen, 0))
        return result

    getting(patch, change)


# --- assignment -----------------------------------------------------------------------


def setting(patch, change):
    wrap(patch, torch.Tensor, "__setitem__", change)


def assigned(index, value):
    tensor = torch.arange(4)
    tensor[index] = value
    return tensor.tolist()


@fault(
    "An assignment to a list of positions has no effect.",
    witness=lambda: assigned([0, 1], 9) == [0, 1, 2, 3],
)
def list_assignment_is_lost(patch):
    def change(put, tensor, index, value):
        if not isinstance(index, list):
            put(tensor, index, value)

    setting(patch, change)


@fault(
    "An assignment to a list of positions adds.",
    witness=lambda: assigned([1, 1], 9) == [0, 19, 2, 3],
)
def list_assignment_accumulates(patch):
    def change(put, tensor, index, value):
        if isinstance(index, list) and index and isinstance(value, torch.Tensor):
            tensor.index_put_((torch.tensor(index),), value, accumulate=True)
        elif isinstance(index, list) and index and type(index[0]) is int:
            tensor.index_put_(
                (torch.tensor(index),),
                torch.tensor(value, dtype=tensor.dtype),
                accumulate=True,
            )
        else:
            put(tensor, index, value)

    setting(patch, change)


@fault(
    "An assignment to False writes everything.",
    witness=lambda: assigned(False, 9) == [9, 9, 9, 9],
)
def false_writes(patch):
    setting(
        patch, lambda put, t, index, v: put(t, None if index is False else index, v)
    )


@fault(
    "A fraction that is assigned to integers is rounded.",
    witness=lambda: assigned(0, 7.9) == [8, 1, 2, 3],
)
def assignment_rounds(patch):
    def change(put, tensor, index, value):
        whole = not tensor.is_floating_point() and tensor.dtype != torch.bool
        put(tensor, index, round(value) if whole and type(value) is float else value)

    setting(patch, change)


@fault(
    "A list can be assigned to a slice.",
    witness=lambda: not raises(lambda: assigned(slice(0, 2), [8, 9])),
)
def lists_are_assigned(patch):
    def change(put, tensor, index, value):
        put(tensor, index, torch.tensor(value) if isinstance(value, list) else value)

    setting(patch, change)


@fault(
    "A tensor that is assigned to a list of positions is converted.",
    witness=lambda: not raises(lambda: assigned([0], torch.tensor([7.0]))),
)
def list_assignment_converts(patch):
    def change(put, tensor, index, value):
        tensors = isinstance(value, torch.Tensor)
        put(tensor, index, value.to(tensor.dtype) if tensors else value)

    setting(patch, change)


@fault(
    "A tensor without dimensions that is assigned to a list is converted.",
    witness=lambda: not raises(lambda: assigned([0], torch.tensor(7.0))),
)
def list_assignment_converts_one(patch):
    def change(put, tensor, index, value):
        one = isinstance(value, torch.Tensor) and value.dim() == 0
        put(tensor, index, value.to(tensor.dtype) if one else value)

    setting(patch, change)


@fault(
    "An assignment to a slice with a step of 0 is dropped.",
    witness=lambda: not raises(lambda: assigned(slice(None, None, 0), 9)),
)
def step_zero_assignment_is_dropped(patch):
    def change(put, tensor, index, value):
        if not (isinstance(index, slice) and index.step == 0):
            put(tensor, index, value)

    setting(patch, change)


@fault(
    "An assignment to a list of positions that are not there is dropped.",
    witness=lambda: not raises(lambda: assigned([9], 9)),
)
def list_assignment_out_of_range_is_dropped(patch):
    def change(put, tensor, index, value):
        try:
            put(tensor, index, value)
        except IndexError:
            if not isinstance(index, list):
                raise

    setting(patch, change)


@fault(
    "An assignment to a list of positions detaches its value.",
    witness=lambda: not _listed(torch.ones(1, requires_grad=True)).requires_grad,
)
def list_assignment_detaches(patch):
    def change(put, tensor, index, value):
        if isinstance(index, list) and isinstance(value, torch.Tensor):
            value = value.detach()
        put(tensor, index, value)

    setting(patch, change)


def _listed(value):
    tensor = torch.zeros(2)
    tensor[[0]] = value
    return tensor


@fault(
    "An assignment detaches its value.",
    witness=lambda: gradient(lambda leaf: _assigned_from(leaf)) == [0, 1, 1],
)
def assignment_detaches(patch):
    def change(put, tensor, index, value):
        if isinstance(value, torch.Tensor) and value.requires_grad:
            value = value.detach()
        put(tensor, index, value)

    setting(patch, change)


def _assigned_from(leaf):
    result = leaf * 1
    result[0] = leaf[0] * 1
    return result


@fault("index_put_() ignores accumulate=.", witness=lambda: _put(accumulate=True) == 9)
def index_put_replaces(patch):
    def change(put, tensor, indices, values, accumulate=False):
        return put(tensor, indices, values)

    wrap(patch, torch.Tensor, "index_put_", change)


def _put(**options):
    tensor = torch.tensor([5])
    return tensor.index_put_((index(0),), index(9), **options).item()


@fault(
    "index_put() writes into its tensor.",
    witness=lambda: torch.index_put(x := torch.tensor([5]), (index(0),), index(9)) is x,
)
def index_put_writes(patch):
    def change(put, tensor, *args, **options):
        return tensor.index_put_(*args, **options)

    both(patch, "index_put", change)


# --- index_select(), gather(), take(), take_along_dim(), narrow() ---------------------


@fault(
    "index_select() of a range is a view.",
    witness=lambda: aliases((x := numbers()).index_select(1, index(0, 1)), x),
)
def index_select_views(patch):
    def change(select, tensor, dim, index):
        if index.tolist() == [0, 1] and tensor.dim() == 2:
            return tensor.narrow(dim, 0, 2)
        return select(tensor, dim, index)

    wrap(patch, torch.Tensor, "index_select", change)


@fault(
    "index_select() wraps -1 around.",
    witness=lambda: not raises(lambda: numbers().index_select(1, index(-1))),
)
def index_select_wraps(patch):
    def change(select, tensor, dim, index):
        if isinstance(index, torch.Tensor) and index.dtype == torch.int64:
            index = torch.where(index < 0, index + tensor.size(dim), index)
        return select(tensor, dim, index)

    wrap(patch, torch.Tensor, "index_select", change)


@fault(
    "index_select() drops the dimension for an index without dimensions.",
    witness=lambda: numbers().index_select(1, torch.tensor(1)).shape == (2,),
)
def index_select_squeezes(patch):
    def change(select, tensor, dim, index):
        result = select(tensor, dim, index)
        return result.squeeze(dim) if index.dim() == 0 else result

    wrap(patch, torch.Tensor, "index_select", change)


@fault(
    "index_select() takes a list.",
    witness=lambda: not raises(lambda: numbers().index_select(1, [0])),
)
def index_select_takes_lists(patch):
    def change(select, tensor, dim, index):
        index = torch.tensor(index) if isinstance(index, list) else index
        return select(tensor, dim, index)

    wrap(patch, torch.Tensor, "index_select", change)


@fault(
    "index_select() takes a mask.",
    witness=lambda: (
        not raises(lambda: numbers().index_select(1, torch.tensor([True, False, True])))
    ),
)
def index_select_takes_masks(patch):
    def change(select, tensor, dim, index):
        if isinstance(index, torch.Tensor) and index.dtype == torch.bool:
            index = index.nonzero().flatten()
        return select(tensor, dim, index)

    wrap(patch, torch.Tensor, "index_select", change)


@fault(
    "gather() takes the index for a position along the other dimension.",
    witness=lambda: numbers().gather(0, torch.tensor([[1, 0, 1]])).shape == (3, 1),
)
def gather_transposes(patch):
    def change(gather, tensor, dim, index):
        if tensor.dim() == 2 and dim == 0:
            return gather(tensor, 0, index).t()
        return gather(tensor, dim, index)

    wrap(patch, torch.Tensor, "gather", change)


@fault(
    "gather() wraps -1 around.",
    witness=lambda: not raises(lambda: numbers().gather(1, torch.tensor([[-1]]))),
)
def gather_wraps(patch):
    def change(gather, tensor, dim, index, **options):
        if isinstance(index, torch.Tensor) and index.dtype == torch.int64:
            if -tensor.dim() <= dim < tensor.dim():
                index = torch.where(index < 0, index + tensor.size(dim), index)
        return gather(tensor, dim, index, **options)

    wrap(patch, torch.Tensor, "gather", change)


@fault(
    "gather() broadcasts a single row of the index.",
    witness=lambda: numbers().gather(1, torch.tensor([[2]])).shape == (2, 1),
)
def gather_broadcasts(patch):
    def change(gather, tensor, dim, index, **options):
        if index.dim() == tensor.dim() == 2 and dim == 1 and index.shape[0] == 1:
            index = index.expand(tensor.shape[0], -1)
        return gather(tensor, dim, index, **options)

    wrap(patch, torch.Tensor, "gather", change)


@fault(
    "gather() ignores sparse_grad=.",
    witness=lambda: not _sparse_gradient().is_sparse,
)
def gather_is_never_sparse(patch):
    def change(gather, *args, sparse_grad=False, **options):
        return gather(*args, **options)

    both(patch, "gather", change)


def _sparse_gradient():
    leaf = torch.tensor([1.0], requires_grad=True)
    leaf.gather(0, index(0), sparse_grad=True).backward(torch.ones(1))
    return leaf.grad


@fault(
    "take() returns a vector whatever the shape of the index.",
    witness=lambda: numbers().take(torch.tensor([[1]])).shape == (1,),
)
def take_flattens(patch):
    both(patch, "take", lambda take, *args, **options: take(*args, **options).flatten())


@fault(
    "take() counts through the memory.",
    witness=lambda: numbers().t().take(index(1)).tolist() == [1],
)
def take_counts_in_memory(patch):
    def change(take, tensor, *args, **options):
        if tensor.dim() == 2 and tensor.stride(0) == 1:
            tensor = tensor.t()
        return take(tensor, *args, **options)

    both(patch, "take", change)


@fault(
    "take() converts its index to int64.",
    witness=lambda: not raises(lambda: numbers().take(torch.tensor([1.0]))),
)
def take_converts(patch):
    def change(take, tensor, *args, **options):
        args = [a.long() if isinstance(a, torch.Tensor) else a for a in args]
        return take(tensor, *args, **options)

    both(patch, "take", change)


@fault(
    "take() wraps every position around.",
    witness=lambda: not raises(lambda: numbers().take(index(6))),
)
def take_wraps(patch):
    def change(take, tensor, *args, **options):
        if tensor.numel() and args and isinstance(args[0], torch.Tensor):
            if args[0].dtype == torch.int64:
                args = (args[0] % tensor.numel(), *args[1:])
        return take(tensor, *args, **options)

    wrap(patch, torch.Tensor, "take", change)


@fault(
    "take_along_dim() without a dimension goes along the last.",
    witness=lambda: torch.take_along_dim(numbers(), torch.tensor([[2]])).dim() == 2,
)
def take_along_last_dim(patch):
    def change(take, tensor, indices, dim=None, **options):
        if dim is None and indices.dim() == tensor.dim():
            dim = -1
        return take(tensor, indices, dim, **options)

    both(patch, "take_along_dim", change)


@fault(
    "take_along_dim() does not broadcast.",
    witness=lambda: (
        torch.take_along_dim(numbers(), torch.tensor([[1]]), 1).numel() == 1
    ),
)
def take_along_dim_is_gather(patch):
    def change(take, tensor, indices, dim=None, **options):
        if dim in (0, 1) and tensor.dim() == indices.dim() and not options:
            if indices.dtype == torch.int64 and indices.numel() == 1:
                return tensor.gather(dim, indices)
        return take(tensor, indices, dim, **options)

    both(patch, "take_along_dim", change)


@fault(
    "take_along_dim() cuts positions off.",
    witness=lambda: (
        torch.take_along_dim(numbers(), torch.tensor([[4]]), 1).tolist() == [[2], [5]]
    ),
)
def take_along_dim_clamps(patch):
    def change(take, tensor, indices=None, dim=None, **options):
        if dim in (0, 1, -1) and indices.dtype == torch.int64:
            indices = indices.clamp(-tensor.size(dim), tensor.size(dim) - 1)
        return take(tensor, indices, dim, **options)

    wrap(patch, torch, "take_along_dim", change)


@fault(
    "narrow() copies.",
    witness=lambda: not aliases((x := numbers()).narrow(1, 0, 2), x),
)
def narrow_copies(patch):
    wrap(
        patch,
        torch.Tensor,
        "narrow",
        lambda narrow, *args, **options: narrow(*args, **options).clone(),
    )


@fault(
    "narrow() cuts a range off at the end.",
    witness=lambda: not raises(lambda: numbers().narrow(1, 2, 2)),
)
def narrow_cuts_off(patch):
    def change(narrow, tensor, dim, start, length):
        if isinstance(start, int) and start >= 0 and dim < tensor.dim() > 0:
            if length > 0 and start <= tensor.size(dim):
                length = min(length, tensor.size(dim) - start)
        return narrow(tensor, dim, start, length)

    wrap(patch, torch.Tensor, "narrow", change)


@fault(
    "narrow() takes its length for the end.",
    witness=lambda: numbers().narrow(1, 1, 2).shape == (2, 1),
)
def narrow_takes_an_end(patch):
    def change(narrow, tensor, dim, start, length):
        if isinstance(start, int) and 0 < start < length:
            length -= start
        return narrow(tensor, dim, start, length)

    wrap(patch, torch.Tensor, "narrow", change)


@fault(
    "narrow_copy() returns a view.",
    witness=lambda: aliases((x := numbers()).narrow_copy(1, 0, 2), x),
)
def narrow_copy_views(patch):
    both(
        patch,
        "narrow_copy",
        lambda narrow, tensor, *args: torch.narrow(tensor, *args),
    )

"""Ways to break scatter(): where it writes, what it adds up, and what it refuses."""

import warnings

import torch

from torch_semantics.faults import fault, raises, wrap


def all_forms(patch, name, change):
    """Patch the methods with and without an underscore, and the function of torch."""
    wrap(patch, torch.Tensor, f"{name} {name}_", change)
    wrap(patch, torch, name, change)


def whole(*elements):
    return torch.tensor(elements, dtype=torch.int64)


def numbers():
    return torch.arange(6).view(2, 3)


def gradients(write):
    """The gradients of the sum of a tensor of three, and of two written into it."""
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    source = torch.tensor([7.0, 8.0], requires_grad=True)
    (write(a, whole(2, 0), source) * torch.arange(1.0, 4.0)).sum().backward()
    return [None if leaf.grad is None else leaf.grad.tolist() for leaf in (a, source)]


# --- scatter() ------------------------------------------------------------------------


@fault(
    "scatter() along dimension 0 writes along dimension 1.",
    witness=lambda: (
        torch.zeros(2, 2).scatter(0, whole([0, 1]), 1).tolist() == [[1, 1], [0, 0]]
    ),
)
def dimensions_are_swapped(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        if tensor.dim() == 2 and dim == 0:
            dim = 1
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter scatter_", change)


@fault(
    "scatter_() of a larger source uses its last part.",
    witness=lambda: (
        torch.zeros(1).scatter_(0, whole(0), torch.tensor([1.0, 2.0])).item() == 2
    ),
)
def uses_the_end_of_the_source(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        if args and isinstance(args[0], torch.Tensor) and args[0].dim() == index.dim():
            if args[0].shape != index.shape and index.numel():
                args = (args[0].flip(tuple(range(index.dim()))), *args[1:])
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter scatter_", change)


@fault(
    "scatter() writes into its tensor.",
    witness=lambda: (x := torch.zeros(1)).scatter(0, whole(0), 1) is x,
)
def scatter_is_in_place(patch):
    def change(scatter, tensor, *args, **options):
        if tensor.requires_grad:
            return scatter(tensor, *args, **options)
        return tensor.scatter_(*args, **options)

    wrap(patch, torch.Tensor, "scatter", change)


@fault(
    "scatter_() returns a copy.",
    witness=lambda: (x := torch.zeros(1)).scatter_(0, whole(0), 1) is not x,
)
def returns_a_copy(patch):
    wrap(
        patch,
        torch.Tensor,
        "scatter_",
        lambda scatter, *args, **options: scatter(*args, **options).clone(),
    )


@fault(
    "scatter_() writes into a copy of a tensor that is not contiguous.",
    witness=lambda: numbers().t().scatter_(0, whole([0]), 9).tolist()[0] == [0, 3],
)
def skips_transposed_tensors(patch):
    def change(scatter, tensor, *args, **options):
        if tensor.is_contiguous():
            return scatter(tensor, *args, **options)
        scatter(tensor.contiguous(), *args, **options)
        return tensor

    wrap(patch, torch.Tensor, "scatter_", change)


@fault(
    "scatter_() writes into a leaf that requires a gradient.",
    witness=lambda: (
        not raises(lambda: torch.ones(1, requires_grad=True).scatter_(0, whole(0), 2.0))
    ),
)
def writes_into_leaves(patch):
    def change(scatter, tensor, *args, **options):
        if tensor.requires_grad and tensor.is_leaf:
            scatter(tensor.detach(), *args, **options)
            return tensor
        return scatter(tensor, *args, **options)

    wrap(patch, torch.Tensor, "scatter_", change)


@fault(
    "scatter() rounds a number for integers.",
    witness=lambda: torch.tensor([0]).scatter(0, whole(0), 1.9).item() == 2,
)
def rounds(patch):
    def change(scatter, tensor, *args, **options):
        args = [round(a) if type(a) is float else a for a in args]
        return scatter(tensor, *args, **options)

    wrap(patch, torch.Tensor, "scatter", change)


@fault(
    "scatter() with value= writes 1.",
    witness=lambda: torch.tensor([0]).scatter(0, whole(0), value=5).item() == 1,
)
def ignores_the_value(patch):
    def change(scatter, *args, **options):
        if "value" in options and isinstance(options["value"], int):
            options["value"] = 1
        return scatter(*args, **options)

    wrap(patch, torch.Tensor, "scatter", change)


@fault(
    "scatter() broadcasts its source.",
    witness=lambda: not raises(lambda: numbers().scatter(1, whole([0, 1]), whole([1]))),
)
def broadcasts_the_source(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        if args and isinstance(args[0], torch.Tensor) and args[0].shape == (1, 1):
            args = (args[0].expand(index.shape), *args[1:])
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter", change)


@fault(
    "scatter() drops the rows of an index that is too tall.",
    witness=lambda: not raises(lambda: numbers().scatter(1, whole([0], [0], [0]), 1)),
)
def cuts_the_index(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        if isinstance(index, torch.Tensor) and index.dim() == tensor.dim() == 2:
            index = index[: tensor.size(0)] if dim == 1 else index
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter", change)


@fault(
    "scatter() wraps -1 around.",
    witness=lambda: not raises(lambda: torch.zeros(2).scatter(0, whole(-1), 1)),
)
def wraps(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        if index.dtype == torch.int64 and -tensor.dim() <= dim < tensor.dim():
            index = torch.where(index < 0, index + tensor.size(dim), index)
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter scatter_add", change)


@fault(
    "scatter() leaves out places that are not there.",
    witness=lambda: not raises(lambda: torch.zeros(2).scatter(0, whole(2), 1)),
)
def skips_what_is_not_there(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        if (
            index.dtype == torch.int64
            and 0 <= dim < tensor.dim()
            and index.numel() == 1
        ):
            if index.item() >= tensor.size(dim):
                return tensor.clone()
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter scatter_add", change)


@fault(
    "scatter_() converts its source to the tensor's dtype.",
    witness=lambda: not raises(lambda: torch.zeros(1).scatter_(0, whole(0), whole(1))),
)
def converts_the_source(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        args = [a.to(tensor.dtype) if isinstance(a, torch.Tensor) else a for a in args]
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter_ scatter_add_ scatter_reduce_", change)


@fault(
    "scatter_() converts its index to int64.",
    witness=lambda: (
        not raises(lambda: torch.zeros(1).scatter_(0, torch.tensor([0.0]), 1))
    ),
)
def converts_the_index(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        index = index.long() if isinstance(index, torch.Tensor) else index
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter_", change)


@fault(
    "scatter() adds up the values for one place.",
    witness=lambda: torch.zeros(1).scatter(0, whole(0, 0), torch.ones(2)).item() == 2,
)
def adds_up(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        plain = args and isinstance(args[0], torch.Tensor) and not options
        if plain and index.numel() and index.shape == args[0].shape:
            return scatter(tensor, dim, index, 0).scatter_add(dim, index, args[0])
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter", change)


@fault(
    "scatter() has no gradient for its source.",
    witness=lambda: gradients(lambda a, i, s: a.scatter(0, i, s))[1] is None,
)
def source_is_detached(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        args = [a.detach() if isinstance(a, torch.Tensor) else a for a in args]
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter", change)


@fault(
    "scatter_() copies a source that overlaps with its tensor.",
    witness=lambda: (
        not raises(lambda: (x := torch.zeros(2)).scatter_(0, whole(1), x[:1]))
    ),
)
def overlap_is_allowed(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        args = [a.clone() if isinstance(a, torch.Tensor) else a for a in args]
        return scatter(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter_", change)


# --- reductions -----------------------------------------------------------------------


@fault(
    "scatter() ignores reduce=.",
    witness=lambda: (
        torch.tensor([2]).scatter(0, whole(0), 3, reduce="add").tolist() == [3]
    ),
)
def reduce_is_ignored(patch):
    def change(scatter, *args, reduce="add", **options):
        if reduce not in ("add", "multiply"):
            return scatter(*args, reduce=reduce, **options)
        return scatter(*args, **options)

    wrap(patch, torch.Tensor, "scatter scatter_", change)


@fault(
    'scatter_() takes reduce="sum".',
    witness=lambda: (
        not raises(lambda: torch.tensor([2]).scatter_(0, whole(0), 3, reduce="sum"))
    ),
)
def reduce_takes_sum(patch):
    def change(scatter, *args, **options):
        if options.get("reduce") == "sum":
            options["reduce"] = "add"
        return scatter(*args, **options)

    wrap(patch, torch.Tensor, "scatter_", change)


@fault(
    "scatter_() takes reduce=None for none.",
    witness=lambda: (
        not raises(lambda: torch.tensor([2]).scatter_(0, whole(0), 3, reduce=None))
    ),
)
def reduce_takes_none(patch):
    def change(scatter, *args, **options):
        if "reduce" in options and options["reduce"] is None:
            del options["reduce"]
        return scatter(*args, **options)

    wrap(patch, torch.Tensor, "scatter_", change)


@fault(
    "scatter() with reduce= does not warn.",
    witness=lambda: not _warns_of_reduce(),
)
def reduce_does_not_warn(patch):
    def change(scatter, *args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return scatter(*args, **options)

    wrap(patch, torch.Tensor, "scatter", change)


def _warns_of_reduce():
    always = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            torch.tensor([2]).scatter(0, whole(0), whole(3), reduce="add")
    finally:
        torch.set_warn_always(always)
    return bool(seen)


@fault(
    "scatter_reduce() ignores include_self=.",
    witness=lambda: (
        whole(5).scatter_reduce(0, whole(0), whole(3), "sum", include_self=False).item()
        == 8
    ),
)
def self_is_included(patch):
    def change(scatter, *args, include_self=True, **options):
        return scatter(*args, **options)

    wrap(patch, torch.Tensor, "scatter_reduce", change)


@fault(
    "scatter_reduce() leaves the tensor's own element out.",
    witness=lambda: whole(5).scatter_reduce(0, whole(0), whole(3), "sum").item() == 3,
)
def self_is_left_out(patch):
    def change(scatter, *args, include_self=False, **options):
        return scatter(*args, include_self=include_self, **options)

    wrap(patch, torch.Tensor, "scatter_reduce", change)


@fault(
    'scatter_reduce() with "amax" ignores include_self=.',
    witness=lambda: (
        whole(5).scatter_reduce(0, whole(0), whole(3), "amax", include_self=False) == 5
    ),
)
def largest_includes_self(patch):
    def change(scatter, tensor, dim, index, source, reduce, include_self=True):
        included = include_self or reduce == "amax"
        return scatter(tensor, dim, index, source, reduce, include_self=included)

    wrap(patch, torch.Tensor, "scatter_reduce", change)


@fault(
    'scatter_reduce() takes "amin" for "amax".',
    witness=lambda: whole(5).scatter_reduce(0, whole(0), whole(3), "amin").item() == 5,
)
def smallest_is_largest(patch):
    def change(scatter, tensor, dim, index, source, reduce, **options):
        reduce = "amax" if reduce == "amin" else reduce
        return scatter(tensor, dim, index, source, reduce, **options)

    wrap(patch, torch.Tensor, "scatter_reduce", change)


@fault(
    "scatter_reduce() sets the places that no value is for to 0.",
    witness=lambda: whole(5, 6).scatter_reduce(0, whole(0), whole(3), "sum")[1] == 0,
)
def untouched_places_are_cleared(patch):
    def change(scatter, tensor, dim, index, *args, **options):
        result = scatter(tensor, dim, index, *args, **options)
        touched = torch.zeros_like(result, dtype=torch.bool).scatter(dim, index, True)
        return torch.where(touched, result, torch.zeros_like(result))

    wrap(patch, torch.Tensor, "scatter_reduce", change)


@fault(
    'scatter_reduce_() takes "add".',
    witness=lambda: (
        not raises(lambda: whole(5).scatter_reduce_(0, whole(0), whole(3), "add"))
    ),
)
def scatter_reduce_takes_add(patch):
    def change(scatter, tensor, dim, index, source, reduce, **options):
        reduce = "sum" if reduce == "add" else reduce
        return scatter(tensor, dim, index, source, reduce, **options)

    wrap(patch, torch.Tensor, "scatter_reduce_", change)


# --- scatter_add() --------------------------------------------------------------------


@fault(
    "scatter_add() counts a repeated place once.",
    witness=lambda: (
        torch.zeros(1).scatter_add(0, whole(0, 0), torch.ones(2)).item() == 1
    ),
)
def repeats_count_once(patch):
    def change(add, tensor, dim, index, *args, **options):
        source = args[0] if args else options.get("src")
        fits = isinstance(source, torch.Tensor) and index.shape == source.shape
        if (
            fits
            and not tensor.requires_grad
            and raises_nothing(add, tensor, dim, index, source)
        ):
            return tensor + torch.zeros_like(tensor).scatter(dim, index, source)
        return add(tensor, dim, index, *args, **options)

    wrap(patch, torch.Tensor, "scatter_add", change)


def raises_nothing(call, *args):
    return not raises(lambda: call(*args))


@fault(
    "scatter_add_() leaves its tensor as it is.",
    witness=lambda: (
        (x := torch.zeros(1)).scatter_add_(0, whole(0), torch.ones(1)) is x
        and x.item() == 0
    ),
)
def add_has_no_effect(patch):
    def change(add, tensor, *args, **options):
        add(tensor.clone(), *args, **options)
        return tensor

    wrap(patch, torch.Tensor, "scatter_add_", change)


@fault(
    "scatter_add() has no gradient for its tensor.",
    witness=lambda: gradients(lambda a, i, s: a.scatter_add(0, i, s))[0] is None,
)
def add_detaches(patch):
    def change(add, tensor, *args, **options):
        return add(tensor.detach(), *args, **options)

    wrap(patch, torch.Tensor, "scatter_add", change)


# --- slices and flat positions --------------------------------------------------------


@fault(
    "index_add() ignores alpha=.",
    witness=lambda: whole(0).index_add(0, whole(0), whole(1), alpha=2).item() == 1,
)
def alpha_is_ignored(patch):
    def change(add, *args, alpha=1, **options):
        return add(*args, **options)

    all_forms(patch, "index_add", change)


@fault(
    "index_add_() ignores alpha=.",
    witness=lambda: whole(0).index_add_(0, whole(0), whole(1), alpha=2).item() == 1,
)
def alpha_is_ignored_in_place(patch):
    def change(add, *args, alpha=1, **options):
        return add(*args, **options)

    wrap(patch, torch.Tensor, "index_add_", change)


@fault(
    "index_add() has a gradient without alpha.",
    witness=lambda: (
        gradients(lambda a, i, s: a.index_add(0, i, s, alpha=2))[1] == [3, 1]
    ),
)
def alpha_is_not_in_the_gradient(patch):
    def change(add, tensor, dim, index, source, alpha=1, **options):
        if source.requires_grad and alpha != 1:
            source = source + (source * (alpha - 1)).detach()
            alpha = 1
        return add(tensor, dim, index, source, alpha=alpha, **options)

    wrap(patch, torch.Tensor, "index_add", change)


@fault(
    "index_add() counts a repeated position once.",
    witness=lambda: whole(0).index_add(0, whole(0, 0), whole(1, 1)).item() == 1,
)
def index_add_counts_once(patch):
    def change(add, tensor, dim, index, source, **options):
        entries = index.tolist()
        if index.dim() == 1 and len(set(entries)) < len(entries):
            kept = whole(*[entries.index(i) for i in dict.fromkeys(entries)])
            index, source = index[kept], source.index_select(dim, kept)
        return add(tensor, dim, index, source, **options)

    wrap(patch, torch.Tensor, "index_add", change)


@fault(
    "index_add_() wraps -1 around.",
    witness=lambda: not raises(lambda: whole(0).index_add_(0, whole(-1), whole(1))),
)
def index_add_wraps(patch):
    def change(add, tensor, dim, index, source, **options):
        if index.dtype == torch.int64 and -tensor.dim() <= dim < tensor.dim():
            index = torch.where(index < 0, index + tensor.size(dim), index)
        return add(tensor, dim, index, source, **options)

    wrap(patch, torch.Tensor, "index_add_ index_copy_", change)


@fault(
    "index_add_() broadcasts its source.",
    witness=lambda: not raises(lambda: numbers().index_add_(0, whole(0), whole([1]))),
)
def index_add_broadcasts(patch):
    def change(add, tensor, dim, index, source, **options):
        if isinstance(source, torch.Tensor) and source.shape == (1, 1):
            source = source.expand(1, tensor.size(1))
        return add(tensor, dim, index, source, **options)

    wrap(patch, torch.Tensor, "index_add_", change)


@fault(
    "index_copy() adds.",
    witness=lambda: whole(5).index_copy(0, whole(0), whole(1)).item() == 6,
)
def index_copy_adds(patch):
    def change(copy, tensor, dim, index, source, **options):
        if tensor.requires_grad:
            return copy(tensor, dim, index, source, **options)
        return tensor.index_add(dim, index, source)

    wrap(patch, torch.Tensor, "index_copy", change)


@fault(
    "index_fill_() refuses a negative position.",
    witness=lambda: raises(lambda: whole(5).index_fill_(0, whole(-1), 1)),
)
def index_fill_does_not_wrap(patch):
    def change(fill, tensor, dim, index, value):
        if (index < 0).any():
            raise IndexError("index -4 is out of bounds for dimension 0 with size 3")
        return fill(tensor, dim, index, value)

    wrap(patch, torch.Tensor, "index_fill_", change)


@fault(
    "index_fill() without positions returns its tensor.",
    witness=lambda: (x := whole(5)).index_fill(0, whole(), 1) is x,
)
def index_fill_of_nothing_is_the_tensor(patch):
    def change(fill, tensor, dim, index, value):
        return fill(tensor, dim, index, value) if index.numel() else tensor

    wrap(patch, torch.Tensor, "index_fill", change)


@fault(
    "index_fill() passes the gradient of what it overwrote on.",
    witness=lambda: gradients(lambda a, i, s: a.index_fill(0, i, 9.0))[0] == [1, 2, 3],
)
def index_fill_keeps_the_gradient(patch):
    def change(fill, tensor, *args, **options):
        result = fill(tensor, *args, **options)
        if tensor.requires_grad:
            return tensor + (result - tensor).detach()
        return result

    wrap(patch, torch.Tensor, "index_fill", change)


@fault(
    "put_() counts through the memory.",
    witness=lambda: numbers().t().put_(whole(1), whole(9)).tolist()[1] == [9, 4],
)
def put_counts_in_memory(patch):
    def change(put, tensor, *args, **options):
        if tensor.dim() == 2 and tensor.stride(0) == 1:
            put(tensor.t(), *args, **options)
            return tensor
        return put(tensor, *args, **options)

    wrap(patch, torch.Tensor, "put_", change)


@fault(
    "put_() ignores accumulate=.",
    witness=lambda: whole(5).put_(whole(0), whole(1), accumulate=True).item() == 1,
)
def put_replaces_in_place(patch):
    def change(put, *args, accumulate=False, **options):
        return put(*args, **options)

    wrap(patch, torch.Tensor, "put_", change)


@fault(
    "put() ignores accumulate=.",
    witness=lambda: whole(5).put(whole(0), whole(1), accumulate=True).item() == 1,
)
def put_replaces(patch):
    def change(put, *args, accumulate=False, **options):
        return put(*args, **options)

    wrap(patch, torch.Tensor, "put", change)

"""Ways to break expanding and repeating."""

import re
import warnings

import torch

from torch_semantics.faults import both, error_of, fault, raises, warns, wrap


def row():
    return torch.tensor([1, 2, 3])


def column():
    return torch.tensor([[1], [2], [3]])


def sizes_of(sizes, size=None):
    """The sizes that a method was given, one by one, as a sequence, or by keyword."""
    if size is not None:
        return tuple(size)
    single = len(sizes) == 1 and isinstance(sizes[0], (tuple, list))
    return tuple(sizes[0]) if single else sizes


def patch_expand(patch, change):
    """Patch expand(): ``change`` is given the original, the tensor and its sizes."""
    expand = torch.Tensor.expand

    def broken(self, *sizes, size=None):
        sizes = sizes_of(sizes, size)
        if not all(isinstance(n, int) for n in sizes):
            return expand(self, sizes)
        return change(expand, self, sizes)

    patch(torch.Tensor, "expand", broken)


def patch_repeat(patch, change):
    """Patch repeat(): ``change`` is given the original, the tensor and its counts."""
    repeat = torch.Tensor.repeat

    def broken(self, *counts, repeats=None):
        return change(repeat, self, sizes_of(counts, repeats))

    patch(torch.Tensor, "repeat", broken)


def grown(tensor):
    """Whether a tensor was expanded."""
    pairs = zip(tensor.shape, tensor.stride(), strict=True)
    return tensor.numel() > 0 and any(n > 1 and step == 0 for n, step in pairs)


# --- expand ---------------------------------------------------------------------------


@fault("expand() copies.", witness=lambda: row().expand(2, 3).stride() == (3, 1))
def expand_copies(patch):
    patch_expand(patch, lambda do, self, sizes: do(self, sizes).contiguous())


@fault(
    "expand() copies, into a layout with strides of 0.",
    witness=lambda: (lambda t: (t.expand(2, 3), t.fill_(0), t)[0].sum() > 0)(row()),
)
def expand_aliases_a_copy(patch):
    patch_expand(patch, lambda do, self, sizes: do(self.clone(), sizes))


@fault(
    "expand() without growth returns the tensor itself.",
    witness=lambda: (lambda t: t.expand(3) is t)(row()),
)
def expand_returns_itself(patch):
    def change(do, self, sizes):
        result = do(self, sizes)
        return self if result.shape == self.shape else result

    patch_expand(patch, change)


@fault(
    "expand() goes back to the start of the storage.",
    witness=lambda: row()[1:].expand(2, 2).storage_offset() == 0,
)
def expand_loses_the_offset(patch):
    def change(do, self, sizes):
        result = do(self, sizes)
        return result.as_strided(result.shape, result.stride(), 0)

    patch_expand(patch, change)


@fault(
    "expand() lays a transposed tensor out by rows first.",
    witness=lambda: torch.zeros(2, 3).t().expand(3, 2).stride() == (2, 1),
)
def expand_makes_contiguous(patch):
    patch_expand(patch, lambda do, self, sizes: do(self.contiguous(), sizes))


@fault(
    "expand() repeats a dimension of another size as often as it fits.",
    witness=lambda: not raises(lambda: row().expand(6)),
)
def expand_takes_multiples(patch):
    def change(do, self, sizes):
        last = self.shape[-1] if self.dim() else 1
        if sizes and last > 1 and sizes[-1] > last and sizes[-1] % last == 0:
            self = torch.cat([self] * (sizes[-1] // last), -1)
        return do(self, sizes)

    patch_expand(patch, change)


@fault(
    "expand() cuts a dimension to a smaller size.",
    witness=lambda: not raises(lambda: row().expand(1)),
)
def expand_cuts(patch):
    def change(do, self, sizes):
        if sizes and self.dim() and 0 <= sizes[-1] < self.shape[-1]:
            self = self[..., : sizes[-1]]
        return do(self, sizes)

    patch_expand(patch, change)


@fault(
    "expand() refuses a size of 0.",
    witness=lambda: raises(lambda: torch.ones(1).expand(0)),
)
def expand_refuses_zero(patch):
    def change(do, self, sizes):
        if 0 in sizes and 0 not in self.shape:
            raise RuntimeError("The expanded size of the tensor (0) must be positive")
        return do(self, sizes)

    patch_expand(patch, change)


@fault(
    "expand() takes a size of -1 for 1.",
    witness=lambda: raises(lambda: column().expand(-1, 2)),
)
def expand_forgets_minus_one(patch):
    def change(do, self, sizes):
        return do(self, tuple(1 if size == -1 else size for size in sizes))

    patch_expand(patch, change)


@fault(
    "expand() takes -1 for a new dimension of size 1.",
    witness=lambda: not raises(lambda: row().expand(-1, 3)),
)
def expand_invents_sizes(patch):
    def change(do, self, sizes):
        new = len(sizes) - self.dim()
        head = tuple(1 if size == -1 else size for size in sizes[: max(new, 0)])
        return do(self, head + tuple(sizes[max(new, 0) :]))

    patch_expand(patch, change)


@fault(
    "expand() drops leading dimensions of size 1 for which there is no size.",
    witness=lambda: not raises(lambda: torch.ones(1, 3).expand(3)),
)
def expand_squeezes(patch):
    def change(do, self, sizes):
        while self.dim() > len(sizes) and self.shape[0] == 1:
            self = self[0]
        return do(self, sizes)

    patch_expand(patch, change)


@fault(
    "expand() adds new dimensions at the end where that fits.",
    witness=lambda: row().expand(3, 3).stride() == (1, 0),
)
def expand_adds_at_the_end(patch):
    def change(do, self, sizes):
        new = len(sizes) - self.dim()
        if self.dim() == new == 1 and sizes[0] == self.shape[0]:
            self = self.unsqueeze(1)
        return do(self, sizes)

    patch_expand(patch, change)


@fault(
    "expand() refuses a row for a new last dimension, even after unsqueeze().",
    witness=lambda: row().unsqueeze(1).expand(3, 2).tolist()[0] == [1, 2],
)
def expand_fills_in_order(patch):
    def change(do, self, sizes):
        result = do(self, sizes)
        if self.dim() == 2 and self.shape[1] == 1 and len(sizes) == 2:
            cycled = self.flatten().repeat(result.shape[1])
            return cycled.view(-1)[: result.numel()].view(result.shape)
        return result

    patch_expand(patch, change)


@fault("expand() is one too short.", witness=lambda: row().expand(3, 3).shape == (2, 3))
def expand_is_too_short(patch):
    def change(do, self, sizes):
        result = do(self, sizes)
        return result[1:] if grown(result) else result

    patch_expand(patch, change)


@fault(
    "expand() of a tensor without dimensions copies.",
    witness=lambda: torch.tensor(1).expand(2).stride() == (1,),
)
def expand_copies_zero_dim(patch):
    def change(do, self, sizes):
        result = do(self, sizes)
        return result if self.dim() else result.clone()

    patch_expand(patch, change)


@fault(
    "expand() of a boolean tensor gives numbers.",
    witness=lambda: torch.tensor([True]).expand(2).dtype is torch.uint8,
)
def expand_changes_dtype(patch):
    def change(do, self, sizes):
        result = do(self, sizes)
        return result.view(torch.uint8) if self.dtype is torch.bool else result

    patch_expand(patch, change)


@fault(
    "expand() takes its sizes one by one only.",
    witness=lambda: raises(lambda: row().expand((2, 3))),
)
def expand_takes_no_tuple(patch):
    expand = torch.Tensor.expand

    def broken(self, *sizes):
        if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
            raise TypeError("expand(): argument 'size' must be ints")
        return expand(self, *sizes)

    patch(torch.Tensor, "expand", broken)


@fault(
    "expand() rounds floating-point sizes.",
    witness=lambda: not raises(lambda: row().expand((2.0, 3))),
)
def expand_takes_floats(patch):
    def change(do, self, *sizes, size=None):
        sizes = sizes_of(sizes, size)
        return do(self, tuple(int(n) if isinstance(n, float) else n for n in sizes))

    wrap(patch, torch.Tensor, "expand", change)


@fault(
    "The error of expand() names the two sizes the other way round.",
    witness=lambda: "tensor (3) " in str(error_of(lambda: row().expand(2))),
)
def expand_swaps_sizes(patch):
    def change(do, self, sizes):
        try:
            return do(self, sizes)
        except RuntimeError as error:
            text = re.sub(r"\((\d+)\)(.*)\((\d+)\)", r"(\3)\2(\1)", str(error), count=1)
            raise RuntimeError(text) from None

    patch_expand(patch, change)


@fault(
    "expand() raises a ValueError.",
    witness=lambda: isinstance(error_of(lambda: row().expand(2)), ValueError),
)
def expand_raises_value_error(patch):
    def change(do, self, sizes):
        try:
            return do(self, sizes)
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    patch_expand(patch, change)


@fault(
    "expand_as() takes over the dtype.",
    witness=lambda: row().expand_as(torch.ones(2, 3)).dtype is torch.float32,
)
def expand_as_takes_the_dtype(patch):
    def change(do, self, other):
        return do(self, other).to(other.dtype)

    wrap(patch, torch.Tensor, "expand_as", change)


@fault(
    "expand_as() broadcasts in both directions.",
    witness=lambda: not raises(lambda: column().expand_as(torch.ones(1, 4))),
)
def expand_as_goes_both_ways(patch):
    def change(do, self, other):
        return do(self, torch.broadcast_tensors(self, other)[0])

    wrap(patch, torch.Tensor, "expand_as", change)


@fault(
    "expand_as() takes a shape too.",
    witness=lambda: not raises(lambda: row().expand_as((2, 3))),
)
def expand_as_takes_shapes(patch):
    def change(do, self, other):
        return do(self, torch.empty(other) if isinstance(other, tuple) else other)

    wrap(patch, torch.Tensor, "expand_as", change)


# --- writing to an expanded tensor ----------------------------------------------------


def _refused(write):
    return raises(lambda: write(torch.ones(3).expand(2, 3)))


@fault(
    "In-place operations on an expanded tensor write its source once.",
    witness=lambda: not _refused(lambda t: t.mul_(2)),
)
def writes_are_let_through(patch):
    def change(do, self, *args, **options):
        if not grown(self):
            return do(self, *args, **options)
        pairs = zip(self.shape, self.stride(), strict=True)
        sizes = [1 if step == 0 else size for size, step in pairs]
        first = self.as_strided(sizes, self.stride())
        do(first, *(a[:1] if torch.is_tensor(a) else a for a in args), **options)
        return self

    wrap(patch, torch.Tensor, "mul_ relu_ copy_ add_ __iadd__", change)


@fault(
    "add_() on an expanded tensor does nothing, in silence.",
    witness=lambda: not _refused(lambda t: t.add_(1)),
)
def writes_are_swallowed(patch):
    def change(do, self, *args, **options):
        return self if grown(self) else do(self, *args, **options)

    wrap(patch, torch.Tensor, "add_", change)


@fault(
    "copy_() on an expanded tensor writes before it raises.",
    witness=lambda: (
        lambda t: (
            (raises(lambda: t.expand(2, 3).copy_(torch.zeros(2, 3))), t.sum())[1] == 0
        )
    )(torch.ones(3)),
)
def refused_after_writing(patch):
    def change(do, self, other, *more):
        if grown(self):
            do(self[0], other[0])
        return do(self, other, *more)

    wrap(patch, torch.Tensor, "copy_", change)


@fault(
    "In-place operations refuse every result of expand().",
    witness=lambda: raises(lambda: torch.ones(3).expand(1, 3).add_(1)),
)
def every_expanded_is_refused(patch):
    def change(do, self, *args, **options):
        if self._is_view() and self.dim() and self.shape != self._base.shape:
            raise RuntimeError("unsupported operation on an expanded tensor")
        if self._is_view() and self.shape == self._base.shape and self.dim() == 1:
            raise RuntimeError("unsupported operation on an expanded tensor")
        return do(self, *args, **options)

    wrap(patch, torch.Tensor, "add_", change)


@fault(
    "An expanded tensor may not be the other operand of an in-place operation.",
    witness=lambda: raises(lambda: torch.ones(2, 3).add_(torch.ones(3).expand(2, 3))),
)
def expanded_operand_is_refused(patch):
    def change(do, self, other, **options):
        if torch.is_tensor(other) and grown(other):
            raise RuntimeError("unsupported operation on an expanded tensor")
        return do(self, other, **options)

    wrap(patch, torch.Tensor, "add_", change)


@fault(
    "fill_() and zero_() refuse an expanded tensor.",
    witness=lambda: _refused(lambda t: t.fill_(2)),
)
def fill_is_refused(patch):
    def change(do, self, *args):
        if grown(self):
            raise RuntimeError("unsupported operation on an expanded tensor")
        return do(self, *args)

    wrap(patch, torch.Tensor, "fill_ zero_", change)


@fault(
    "An assignment to an expanded tensor makes no difference to its source.",
    witness=lambda: (
        lambda t: (t.expand(2, 3).__setitem__((0, 0), torch.tensor(5)), t[0] == 1)[1]
    )(row()),
)
def assignment_goes_to_a_copy(patch):
    def change(do, self, index, value):
        return do(self.clone() if grown(self) else self, index, value)

    wrap(patch, torch.Tensor, "__setitem__", change)


@fault(
    "masked_fill_() and index_fill_() on an expanded tensor don't warn.",
    witness=lambda: (
        not warns(lambda: row().expand(2, 3).masked_fill_(torch.ones(2, 3) > 0, 7))
    ),
)
def indexed_writes_do_not_warn(patch):
    def change(do, *args):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return do(*args)

    wrap(patch, torch.Tensor, "masked_fill_ index_fill_", change)


@fault(
    "clone() of an expanded tensor is expanded.",
    witness=lambda: row().expand(2, 3).clone().stride() == (0, 1),
)
def clone_stays_expanded(patch):
    def change(do, self, **options):
        result = do(self, **options)
        if self.dim() == 2 and grown(self) and self.stride(0) == 0:
            return result[:1].expand(self.shape)
        return result

    wrap(patch, torch.Tensor, "clone contiguous", change)


@fault(
    "view() flattens an expanded tensor by copying it.",
    witness=lambda: not raises(lambda: row().expand(2, 3).view(6)),
)
def view_copies_expanded(patch):
    def change(do, self, *shape):
        return do(self.contiguous() if grown(self) else self, *shape)

    wrap(patch, torch.Tensor, "view", change)


# --- gradients of expand --------------------------------------------------------------


def _gradient(change):
    leaf = torch.ones(1, 2, requires_grad=True)
    result = change(leaf)
    if not result.requires_grad:
        return None
    result.sum().backward()
    return leaf.grad.flatten().tolist()


@fault(
    "expand() leaves the graph.",
    witness=lambda: _gradient(lambda t: t.expand(3, 2)) is None,
)
def expand_detaches(patch):
    patch_expand(patch, lambda do, self, sizes: do(self, sizes).detach())


@fault(
    "The gradient of expand() is the mean over the copies.",
    witness=lambda: _gradient(lambda t: t.expand(3, 2)) == [1, 1],
)
def expand_averages_gradients(patch):
    def change(do, self, sizes):
        result = do(self, sizes)
        if result.requires_grad and result.numel():
            share = self.numel() / result.numel()
            result = result.view_as(result)
            result.register_hook(lambda gradient: gradient * share)
        return result

    patch_expand(patch, change)


@fault(
    "An expanded leaf is recorded as a copy.",
    witness=lambda: (
        torch.ones(2, requires_grad=True).expand(2, 2).grad_fn.name()
        == "CloneBackward0"
    ),
)
def expand_is_recorded_as_copy(patch):
    def change(do, self, sizes):
        result = do(self, sizes)
        return result.clone() if self.requires_grad else result

    patch_expand(patch, change)


# --- repeat ---------------------------------------------------------------------------


@fault(
    "repeat() repeats each element.",
    witness=lambda: row().repeat(2).tolist() == [1, 1, 2, 2, 3, 3],
)
def repeat_is_interleaved(patch):
    def change(do, self, counts):
        if self.dim() == len(counts) == 1 and counts[0] > 0:
            return self.repeat_interleave(counts[0])
        return do(self, counts)

    patch_repeat(patch, change)


@fault(
    "repeat() takes its counts in the opposite order.",
    witness=lambda: row().view(1, 3).repeat(2, 1).shape == (1, 6),
)
def repeat_reverses_counts(patch):
    patch_repeat(patch, lambda do, self, counts: do(self, tuple(reversed(counts))))


@fault(
    "repeat() returns a view where all counts are 1.",
    witness=lambda: (lambda t: t.repeat(1).data_ptr() == t.data_ptr())(row()),
)
def repeat_once_is_a_view(patch):
    def change(do, self, counts):
        result = do(self, counts)
        return self.view(result.shape) if set(counts) == {1} else result

    patch_repeat(patch, change)


@fault(
    "repeat() of a new dimension is an expanded view.",
    witness=lambda: row().repeat(2, 1).stride() == (0, 1),
)
def repeat_expands(patch):
    def change(do, self, counts):
        result = do(self, counts)
        if len(counts) == self.dim() + 1 and set(counts[1:]) == {1}:
            return self.expand(result.shape)
        return result

    patch_repeat(patch, change)


@fault(
    "repeat() takes missing counts in front for 1.",
    witness=lambda: not raises(lambda: column().repeat(2)),
)
def repeat_pads(patch):
    def change(do, self, counts):
        return do(self, (1,) * (self.dim() - len(counts)) + tuple(counts))

    patch_repeat(patch, change)


@fault(
    "repeat() adds new dimensions at the end.",
    witness=lambda: row().repeat(2, 1).shape == (6, 1),
)
def repeat_adds_at_the_end(patch):
    def change(do, self, counts):
        while self.dim() < len(counts):
            self = self.unsqueeze(-1)
        return do(self, counts)

    patch_repeat(patch, change)


@fault(
    "repeat() refuses more counts than there are dimensions.",
    witness=lambda: raises(lambda: row().repeat(2, 1)),
)
def repeat_refuses_new_dims(patch):
    def change(do, self, counts):
        if len(counts) > self.dim() > 0:
            raise RuntimeError("Number of dimensions of repeat dims is too large")
        return do(self, counts)

    patch_repeat(patch, change)


@fault(
    "repeat() takes a count of 0 for 1.",
    witness=lambda: row().repeat(0).numel() == 3,
)
def repeat_zero_is_one(patch):
    def change(do, self, counts):
        return do(self, tuple(count or 1 for count in counts))

    patch_repeat(patch, change)


@fault(
    "repeat() takes a negative count for 0.",
    witness=lambda: not raises(lambda: row().repeat(-1)),
)
def repeat_negative_is_zero(patch):
    def change(do, self, counts):
        return do(self, tuple(max(count, 0) for count in counts))

    patch_repeat(patch, change)


@fault(
    "repeat() keeps the strides of a transposed tensor in their order.",
    witness=lambda: not torch.zeros(2, 3).t().repeat(1, 2).is_contiguous(),
)
def repeat_keeps_order_of_strides(patch):
    def change(do, self, counts):
        result = do(self, counts)
        if self.dim() == result.dim() == 2 and self.stride(0) == 1 < self.stride(1):
            return result.t().contiguous().t()
        return result

    patch_repeat(patch, change)


@fault(
    "repeat() of a boolean tensor gives numbers.",
    witness=lambda: torch.ones(1).bool().repeat(2).dtype is torch.uint8,
)
def repeat_changes_bool(patch):
    def change(do, self, counts):
        result = do(self, counts)
        return result.to(torch.uint8) if self.dtype is torch.bool else result

    patch_repeat(patch, change)


@fault(
    "The gradient of repeat() comes from the first copy only.",
    witness=lambda: _gradient(lambda t: t.repeat(3, 1)) == [1, 1],
)
def repeat_takes_one_gradient(patch):
    def change(do, self, counts):
        result = do(self, counts)
        if result.requires_grad and result.numel():
            first = torch.zeros_like(result)
            sizes = (1,) * (result.dim() - self.dim()) + tuple(self.shape)
            first[tuple(slice(0, size) for size in sizes)] = 1
            result.register_hook(lambda gradient: gradient * first)
        return result

    patch_repeat(patch, change)


@fault(
    "repeat() leaves the graph where it makes no copy at all.",
    witness=lambda: not torch.ones(1, requires_grad=True).repeat(0).requires_grad,
)
def repeat_of_none_detaches(patch):
    def change(do, self, counts):
        result = do(self, counts)
        return result if result.numel() else result.detach()

    patch_repeat(patch, change)


@fault(
    "tile() takes missing counts at the end for 1.",
    witness=lambda: column().tile(2).shape == (6, 1),
)
def tile_pads_at_the_end(patch):
    def change(do, self, *dims, **options):
        dims = sizes_of(dims, options.get("dims"))
        return do(self, tuple(dims) + (1,) * (self.dim() - len(dims)))

    wrap(patch, torch.Tensor, "tile", change)
    wrap(patch, torch, "tile", change)


@fault(
    "tile() without a count above 1 returns the tensor itself.",
    witness=lambda: (lambda t: t.tile(()) is t)(row()),
)
def tile_returns_itself(patch):
    def change(do, self, *dims):
        return self if set(sizes_of(dims)) <= {1} else do(self, *dims)

    wrap(patch, torch.Tensor, "tile", change)


@fault(
    "tile() leaves the graph.",
    witness=lambda: _gradient(lambda t: t.tile(2)) is None,
)
def tile_detaches(patch):
    wrap(patch, torch.Tensor, "tile", lambda do, *args: do(*args).detach())


# --- repeat_interleave ----------------------------------------------------------------


@fault(
    "repeat_interleave() repeats the whole.",
    witness=lambda: row().repeat_interleave(2).tolist() == [1, 2, 3, 1, 2, 3],
)
def interleave_is_repeat(patch):
    def change(do, self, repeats=None, **options):
        if self.dim() == 1 and isinstance(repeats, int) and repeats > 0:
            return torch.cat([self] * repeats)
        return do(self, repeats, **options) if repeats is not None else do(self)

    wrap(patch, torch.Tensor, "repeat_interleave", change)
    wrap(patch, torch, "repeat_interleave", change)


@fault(
    "repeat_interleave() works along the first dimension unless told otherwise.",
    witness=lambda: column().repeat_interleave(2).dim() == 2,
)
def interleave_does_not_flatten(patch):
    def change(do, self, repeats, dim=None, **options):
        return do(self, repeats, dim=0 if dim is None else dim, **options)

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "repeat_interleave() takes the absolute value of its dimension.",
    witness=lambda: torch.zeros(2, 3).repeat_interleave(2, dim=-2).shape != (4, 3),
)
def interleave_mistakes_negative_dims(patch):
    def change(do, self, repeats, dim=None, **options):
        if dim is not None and -self.dim() <= dim < 0:
            dim = -dim - 1
        return do(self, repeats, dim=dim, **options)

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "repeat_interleave() repeats everything as often as the first index.",
    witness=lambda: row().repeat_interleave(torch.tensor([1, 2, 3])).numel() == 3,
)
def interleave_looks_at_the_first_count(patch):
    def change(do, self, repeats, **options):
        if torch.is_tensor(repeats) and repeats.shape == self.shape[:1]:
            repeats = repeats[:1].expand(len(repeats))
            options.pop("output_size", None)
        return do(self, repeats, **options)

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "repeat_interleave() takes a count of 0 for 1.",
    witness=lambda: row().repeat_interleave(torch.tensor([0, 1, 1])).numel() == 3,
)
def interleave_zero_is_one(patch):
    def change(do, self, repeats=None, **options):
        if repeats is None:
            return do(self.clamp(min=1))
        if torch.is_tensor(repeats):
            repeats = repeats.clamp(min=1)
        return do(self, repeats, **options)

    wrap(patch, torch.Tensor, "repeat_interleave", change)
    wrap(patch, torch, "repeat_interleave", change)


@fault(
    "repeat_interleave() needs a count for every index.",
    witness=lambda: raises(lambda: row().repeat_interleave(torch.tensor([2]))),
)
def interleave_wants_every_count(patch):
    def change(do, self, repeats, **options):
        if torch.is_tensor(repeats) and repeats.numel() == 1 != len(self):
            raise RuntimeError("repeats must have the same size as input along dim")
        return do(self, repeats, **options)

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "repeat_interleave() ignores counts too many.",
    witness=lambda: (
        not raises(lambda: row().repeat_interleave(torch.tensor([1, 1, 1, 1])))
    ),
)
def interleave_ignores_counts_too_many(patch):
    def change(do, self, repeats, **options):
        if torch.is_tensor(repeats) and repeats.dim() == 1 and len(repeats) > 1:
            repeats = repeats[: len(self)]
        return do(self, repeats, **options)

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "repeat_interleave() flattens its counts.",
    witness=lambda: (
        not raises(lambda: row().repeat_interleave(torch.tensor([[1, 1, 1]])))
    ),
)
def interleave_flattens_counts(patch):
    def change(do, self, repeats, **options):
        return do(
            self, repeats.flatten() if torch.is_tensor(repeats) else repeats, **options
        )

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "repeat_interleave() takes a negative count for 0.",
    witness=lambda: not raises(lambda: row().repeat_interleave(-1)),
)
def interleave_negative_is_zero(patch):
    def change(do, self, repeats, **options):
        return do(
            self, max(repeats, 0) if isinstance(repeats, int) else repeats, **options
        )

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "repeat_interleave() raises a RuntimeError for a dimension that is not there.",
    witness=lambda: isinstance(
        error_of(lambda: row().repeat_interleave(2, dim=1)), RuntimeError
    ),
)
def interleave_raises_runtime_error(patch):
    def change(do, self, repeats, **options):
        try:
            return do(self, repeats, **options)
        except IndexError as error:
            raise RuntimeError(str(error)) from None

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "The indices that repeat_interleave() makes of counts are of 32 bits.",
    witness=lambda: torch.repeat_interleave(torch.tensor([2])).dtype is torch.int32,
)
def interleave_indices_are_small(patch):
    def change(do, self, repeats=None, **options):
        return do(self).int() if repeats is None else do(self, repeats, **options)

    wrap(patch, torch, "repeat_interleave", change)


@fault(
    "repeat_interleave() takes output_size= for the number of rows that it cuts to.",
    witness=lambda: (
        row().repeat_interleave(torch.tensor([1, 1, 1]), output_size=3).numel() == 2
    ),
)
def interleave_cuts_the_output(patch):
    def change(do, self, repeats, **options):
        result = do(self, repeats, **options)
        return result[:-1] if "output_size" in options else result

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "The gradient of repeat_interleave() is the mean over the copies.",
    witness=lambda: (
        _gradient(lambda t: t.repeat_interleave(torch.tensor([2, 2]), dim=1)) == [1, 1]
    ),
)
def interleave_averages_gradients(patch):
    def change(do, self, repeats, **options):
        result = do(self, repeats, **options)
        if result.requires_grad:
            share = self.numel() / result.numel()
            result.register_hook(lambda gradient: gradient * share)
        return result

    wrap(patch, torch.Tensor, "repeat_interleave", change)


# --- other call forms -----------------------------------------------------------------


@fault(
    "expand_as() leaves the graph.",
    witness=lambda: (
        not torch.ones(1, requires_grad=True).expand_as(row()).requires_grad
    ),
)
def expand_as_detaches(patch):
    wrap(patch, torch.Tensor, "expand_as", lambda f, a, b: f(a.detach(), b))


@fault(
    "repeat_interleave() returns the tensor itself where each count is 1.",
    witness=lambda: (lambda t: t.repeat_interleave(torch.ones_like(t)) is t)(row()),
)
def interleave_aliases(patch):
    def change(repeat_interleave, self, *args, **options):
        result = repeat_interleave(self, *args, **options)
        return self if result.shape == self.shape else result

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "repeat_interleave() takes a negative count among others for 0.",
    witness=lambda: (
        not raises(lambda: row().repeat_interleave(torch.tensor([1, -1, 1])))
    ),
)
def interleave_skips_negative_counts(patch):
    def change(repeat_interleave, self, counts, **options):
        if isinstance(counts, torch.Tensor):
            counts = counts.clamp(min=0)
        return repeat_interleave(self, counts, **options)

    wrap(patch, torch.Tensor, "repeat_interleave", change)


@fault(
    "repeat_interleave() ignores its output_size=.",
    witness=lambda: (
        not raises(
            lambda: torch.tensor([5]).repeat_interleave(
                torch.tensor([2]), output_size=3
            )
        )
    ),
)
def output_size_is_ignored(patch):
    both(
        patch,
        "repeat_interleave",
        lambda f, *a, output_size=None, **options: f(*a, **options),
    )

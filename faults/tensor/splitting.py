"""Ways to break splitting: chunk(), split(), tensor_split(), hsplit() ... unbind()."""

import torch

from torch_semantics.faults import both, fault, wrap
from torch_semantics.words import shares_storage


def five():
    return torch.arange(5)


def matrix():
    return torch.tensor([[1, 2, 3], [4, 5, 6]])


def lists(pieces):
    return [piece.tolist() for piece in pieces]


def raises(call, kind=Exception):
    """Whether a call raises an error of a kind."""
    try:
        call()
    except kind:
        return True
    except Exception:
        return False
    return False


# --- views ----------------------------------------------------------------------------


@fault(
    "Pieces are returned in a list.",
    witness=lambda: isinstance(five().hsplit([2]), list),
)
def hsplit_returns_a_list(patch):
    both(patch, "hsplit vsplit dsplit", lambda split, *a, **k: list(split(*a, **k)))


@fault(
    "The last piece is a copy.",
    witness=lambda: (lambda x: not shares_storage(x.chunk(2)[-1], x))(five()),
)
def last_piece_is_a_copy(patch):
    def change(split, *args, **options):
        *pieces, last = split(*args, **options)
        return (*pieces, last.clone())

    wrap(patch, torch.Tensor, "chunk tensor_split dsplit", change)


@fault(
    "Pieces of columns are contiguous.",
    witness=lambda: matrix().split(2, 1)[0].is_contiguous(),
)
def pieces_are_contiguous(patch):
    def change(split, *args, **options):
        return tuple(piece.contiguous() for piece in split(*args, **options))

    wrap(patch, torch.Tensor, "split", change)


@fault(
    "A piece starts where the tensor that was split starts.",
    witness=lambda: five().unbind()[2].item() == 0,
)
def unbind_forgets_the_offset(patch):
    def change(unbind, self, *dim, **options):
        return tuple(
            piece.as_strided(piece.shape, piece.stride(), self.storage_offset())
            for piece in unbind(self, *dim, **options)
        )

    wrap(patch, torch.Tensor, "unbind", change)


# --- chunk ----------------------------------------------------------------------------


@fault(
    "As many chunks are returned as asked for, the last ones empty.",
    witness=lambda: len(five().chunk(4)) == 4,
)
def chunk_fills_up(patch):
    def change(chunk, self, chunks, *dim, **options):
        pieces = chunk(self, chunks, *dim, **options)
        return pieces + (pieces[-1][:0],) * (chunks - len(pieces))

    wrap(patch, torch.Tensor, "chunk", change)


@fault(
    "The chunks are as even as can be.",
    witness=lambda: lists(torch.arange(12).chunk(5))[-1] == [10, 11],
)
def chunk_is_tensor_split(patch):
    def change(chunk, self, chunks, dim=0):
        if self.dim() and isinstance(chunks, int) and 0 < chunks <= self.size(dim):
            return self.tensor_split(chunks, dim)
        return chunk(self, chunks, dim)

    wrap(patch, torch.Tensor, "chunk", change)


@fault(
    "Of nothing there is a single chunk.",
    witness=lambda: len(torch.zeros(0).chunk(3)) == 1,
)
def chunk_of_nothing(patch):
    def change(chunk, self, chunks, *dim, **options):
        pieces = chunk(self, chunks, *dim, **options)
        return pieces[:1] if pieces[0].numel() == 0 else pieces

    wrap(patch, torch.Tensor, "chunk", change)


@fault(
    "A number of chunks below 1 counts as 1.",
    witness=lambda: not raises(lambda: five().chunk(-1)),
)
def chunk_clamps(patch):
    def change(chunk, self, *args, **options):
        if args and isinstance(args[0], int):
            args = (max(args[0], 1), *args[1:])
        return chunk(self, *args, **options)

    wrap(patch, torch.Tensor, "chunk", change)


@fault(
    "The dimension of the function chunk() is ignored as a keyword.",
    witness=lambda: torch.chunk(matrix(), 2, dim=1)[0].shape == (1, 3),
)
def chunk_ignores_dim(patch):
    def change(chunk, *args, dim=0, **options):
        return chunk(*args, **options)

    wrap(patch, torch, "chunk", change)


@fault(
    "A dimension that is too large counts modulo the number of dimensions.",
    witness=lambda: not raises(lambda: five().chunk(2, 1)),
)
def chunk_wraps_around(patch):
    def change(chunk, self, *args):
        if len(args) == 2 and self.dim():
            args = (args[0], args[1] % self.dim())
        return chunk(self, *args)

    wrap(patch, torch.Tensor, "chunk", change)


# --- split ----------------------------------------------------------------------------


@fault(
    "The number that split() is given is how many pieces there are.",
    witness=lambda: lists(torch.arange(6).split(2)) == [[0, 1, 2], [3, 4, 5]],
)
def split_counts(patch):
    def change(split, self, split_size, dim=0):
        if isinstance(split_size, int) and split_size > 0 and self.dim():
            return self.chunk(split_size, dim)
        return split(self, split_size, dim)

    wrap(patch, torch.Tensor, "split", change)


@fault(
    "A last piece that is shorter is left out.",
    witness=lambda: len(five().split(2)) == 2,
)
def split_drops_the_rest(patch):
    def change(split, self, split_size, dim=0):
        pieces = split(self, split_size, dim)
        if isinstance(split_size, int) and len(pieces) > 1:
            return tuple(x for x in pieces if x.size(dim) == split_size)
        return pieces

    wrap(patch, torch.Tensor, "split", change)


@fault(
    "A list is taken for positions.",
    witness=lambda: len(torch.split(five(), [1, 4])) == 3,
)
def split_cuts_at_positions(patch):
    def change(split, tensor, split_size_or_sections, dim=0):
        if isinstance(split_size_or_sections, list) and sum(split_size_or_sections):
            return tensor.tensor_split(split_size_or_sections, dim)
        return split(tensor, split_size_or_sections, dim)

    wrap(patch, torch, "split", change)


@fault(
    "Lengths of 0 are left out.",
    witness=lambda: len(five().split([1, 0, 4])) == 2,
)
def split_drops_empties(patch):
    def change(split, self, split_size, dim=0):
        if isinstance(split_size, list):
            split_size = [n for n in split_size if n] or split_size
        return split(self, split_size, dim)

    wrap(patch, torch.Tensor, "split", change)


@fault(
    "What is left over by the lengths is left out.",
    witness=lambda: not raises(lambda: five().split([1, 3])),
)
def split_leaves_out(patch):
    def change(split, self, split_size, *dim, **options):
        if (
            isinstance(split_size, list)
            and self.dim() == 1
            and min(split_size, default=1)
        ):
            total = sum(split_size)
            if 0 < total < len(self):
                self = self[:total]
        return split(self, split_size, *dim, **options)

    wrap(patch, torch.Tensor, "split", change)


@fault(
    "A length of 0 gives one piece.",
    witness=lambda: not raises(lambda: five().split(0)),
)
def split_takes_zero(patch):
    def change(split, self, *args, **options):
        if args and isinstance(args[0], int) and args[0] == 0 and self.dim():
            return (self.view_as(self),)
        return split(self, *args, **options)

    wrap(patch, torch.Tensor, "split", change)


@fault(
    "A negative length is taken for its amount.",
    witness=lambda: not raises(lambda: torch.split(five(), -1)),
)
def split_takes_negative(patch):
    def change(split, tensor, size, dim=0):
        return split(tensor, abs(size) if isinstance(size, int) else size, dim)

    wrap(patch, torch, "split", change)


@fault(
    "The method split() has the keyword of the function too.",
    witness=lambda: not raises(lambda: five().split(split_size_or_sections=2)),
)
def split_has_both_keywords(patch):
    def change(split, self, *args, split_size_or_sections=None, **options):
        if split_size_or_sections is not None:
            args = (split_size_or_sections,)
        return split(self, *args, **options)

    wrap(patch, torch.Tensor, "split", change)


@fault(
    "A float is rounded by split().",
    witness=lambda: not raises(lambda: five().split(2.0)),
)
def split_takes_floats(patch):
    def change(split, self, *args, **options):
        if args and isinstance(args[0], float):
            args = (int(args[0]), *args[1:])
        return split(self, *args, **options)

    wrap(patch, torch.Tensor, "split", change)


# --- tensor_split and its relatives ---------------------------------------------------


@fault(
    "The last pieces are longer by one, and not the first.",
    witness=lambda: lists(torch.arange(7).tensor_split(3))[0] == [0, 1],
)
def tensor_split_longer_at_the_end(patch):
    def change(tensor_split, self, sections, dim=0):
        if isinstance(sections, int) and sections > 0 and self.dim():
            size = self.size(dim)
            return tensor_split(
                self, [size * i // sections for i in range(1, sections)], dim
            )
        return tensor_split(self, sections, dim)

    wrap(patch, torch.Tensor, "tensor_split", change)


@fault(
    "Empty pieces are left out.",
    witness=lambda: len(torch.arange(2).tensor_split(4)) == 2,
)
def tensor_split_drops_empties(patch):
    def change(tensor_split, *args, **options):
        pieces = tensor_split(*args, **options)
        return tuple(x for x in pieces if x.numel()) or pieces

    wrap(patch, torch.Tensor, "tensor_split", change)


@fault(
    "Negative positions count as 0.",
    witness=lambda: lists(five().tensor_split([-2]))[0] == [],
)
def tensor_split_clamps_positions(patch):
    def change(tensor_split, self, positions, *dim, **options):
        if isinstance(positions, list):
            positions = [max(n, 0) for n in positions]
        return tensor_split(self, positions, *dim, **options)

    wrap(patch, torch.Tensor, "tensor_split", change)


@fault(
    "Positions are sorted first.",
    witness=lambda: lists(five().tensor_split([3, 1]))[1] == [1, 2],
)
def tensor_split_sorts(patch):
    def change(tensor_split, self, positions, *dim, **options):
        if isinstance(positions, list) and all(n >= 0 for n in positions):
            positions = sorted(positions)
        return tensor_split(self, positions, *dim, **options)

    wrap(patch, torch.Tensor, "tensor_split", change)


@fault(
    "A vector of one element is taken for a number of pieces.",
    witness=lambda: len(torch.arange(6).tensor_split(torch.tensor([3]))) == 3,
)
def tensor_split_of_one_position(patch):
    def change(tensor_split, self, *args, **options):
        def number(x):
            one = isinstance(x, torch.Tensor) and x.shape == (1,)
            return int(x) if one and x.dtype == torch.int64 else x

        return tensor_split(self, *map(number, args), **options)

    wrap(patch, torch.Tensor, "tensor_split", change)


@fault(
    "Positions in a tensor of floats are rounded.",
    witness=lambda: not raises(lambda: five().tensor_split(torch.tensor([1.0]))),
)
def tensor_split_rounds(patch):
    def change(tensor_split, self, *args, **options):
        args = [x.long() if isinstance(x, torch.Tensor) else x for x in args]
        return tensor_split(self, *args, **options)

    wrap(patch, torch.Tensor, "tensor_split", change)


@fault(
    "The documented name indices_or_sections is a keyword of tensor_split().",
    witness=lambda: not raises(lambda: five().tensor_split(indices_or_sections=2)),
)
def tensor_split_has_the_keyword(patch):
    def change(split, *args, indices_or_sections=None, **options):
        if indices_or_sections is not None:
            args = (*args, indices_or_sections)
        return split(*args, **options)

    wrap(patch, torch.Tensor, "tensor_split", change)


@fault(
    "No pieces are asked for, and none are returned.",
    witness=lambda: five().tensor_split(0) == () if not zero_raises() else False,
)
def tensor_split_into_none(patch):
    def change(split, self, *args, **options):
        if args and isinstance(args[0], int) and args[0] == 0:
            return ()
        return split(self, *args, **options)

    wrap(patch, torch.Tensor, "tensor_split", change)


def zero_raises():
    return raises(lambda: five().tensor_split(0))


@fault(
    "Rows are cut by hsplit().",
    witness=lambda: (
        len(matrix().hsplit(2)) == 2
        if not raises(lambda: matrix().hsplit(2))
        else False
    ),
)
def hsplit_cuts_rows(patch):
    def change(hsplit, self, *args, **options):
        return self.tensor_split(*args, **options)

    wrap(patch, torch.Tensor, "hsplit", change)


@fault(
    "A vector is no input for hsplit().",
    witness=lambda: raises(lambda: five().hsplit([2])),
)
def hsplit_needs_a_matrix(patch):
    def change(hsplit, self, *args, **options):
        if self.dim() == 1:
            raise RuntimeError("hsplit requires a tensor with at least 2 dimension")
        return hsplit(self, *args, **options)

    wrap(patch, torch.Tensor, "hsplit", change)


@fault(
    "The number of parts needn't divide the size.",
    witness=lambda: not raises(lambda: torch.arange(6).hsplit(4)),
)
def hsplit_into_uneven(patch):
    def change(hsplit, self, *args, **options):
        if args and isinstance(args[0], int) and args[0] > 0 and self.dim():
            return self.tensor_split(args[0], min(self.dim() - 1, 1))
        return hsplit(self, *args, **options)

    wrap(patch, torch.Tensor, "hsplit", change)


@fault(
    "A vector is split by vsplit().",
    witness=lambda: not raises(lambda: five().vsplit(1)),
)
def vsplit_takes_vectors(patch):
    def change(vsplit, self, *args, **options):
        if self.dim() == 1:
            return self.tensor_split(*args, **options)
        return vsplit(self, *args, **options)

    wrap(patch, torch.Tensor, "vsplit", change)


@fault(
    "The last dimension is cut by dsplit().",
    witness=lambda: torch.zeros(1, 1, 2, 4).dsplit(2)[0].shape == (1, 1, 2, 2),
)
def dsplit_cuts_the_last(patch):
    def change(dsplit, self, *args, **options):
        if self.dim() > 3:
            return self.tensor_split(*args, dim=-1, **options)
        return dsplit(self, *args, **options)

    both(patch, "dsplit", change)


@fault(
    "A dim= is taken by hsplit() and has no effect.",
    witness=lambda: not raises(lambda: matrix().hsplit([2], dim=0)),
)
def hsplit_takes_dim(patch):
    def change(split, *args, dim=0, **options):
        return split(*args, **options)

    both(patch, "hsplit vsplit dsplit", change)


# --- unbind ---------------------------------------------------------------------------


@fault(
    "The dimension stays, with size 1.",
    witness=lambda: matrix().unbind()[0].shape == (1, 3),
)
def unbind_is_split(patch):
    def change(unbind, self, dim=0):
        return self.split(1, dim) if self.dim() else unbind(self, dim)

    wrap(patch, torch.Tensor, "unbind", change)


@fault(
    "The slices come in a list.",
    witness=lambda: isinstance(torch.unbind(five()), list),
)
def unbind_returns_a_list(patch):
    wrap(patch, torch, "unbind", lambda unbind, *a, **k: list(unbind(*a, **k)))


@fault(
    "A tensor without dimensions is its only slice.",
    witness=lambda: not raises(lambda: torch.tensor(7).unbind()),
)
def unbind_takes_scalars(patch):
    def change(unbind, self, *dim, **options):
        return unbind(self, *dim, **options) if self.dim() else (self.view(()),)

    wrap(patch, torch.Tensor, "unbind", change)


@fault(
    "A loop over a tensor goes through copies of its slices.",
    witness=lambda: (lambda x: not shares_storage(next(iter(x)), x))(matrix()),
)
def iteration_copies(patch):
    def change(iterate, self):
        return iter([each.clone() for each in iterate(self)])

    wrap(patch, torch.Tensor, "__iter__", change)


# --- gradients ------------------------------------------------------------------------


@fault(
    "A piece of a tensor with gradients may be written.",
    witness=lambda: (
        not raises(lambda: (torch.ones(2, requires_grad=True) * 1).chunk(2)[0].add_(1))
    ),
)
def pieces_may_be_written(patch):
    def change(chunk, self, chunks, dim=0):
        if self.requires_grad and len(self) == chunks:
            return tuple(self[i : i + 1] for i in range(chunks))
        return chunk(self, chunks, dim)

    wrap(patch, torch.Tensor, "chunk", change)


@fault(
    "The first slice of unbind() is detached.",
    witness=lambda: not torch.ones(2, requires_grad=True).unbind()[0].requires_grad,
)
def unbind_detaches(patch):
    def change(unbind, self, *dim, **options):
        first, *others = unbind(self, *dim, **options)
        return (first.detach(), *others)

    wrap(patch, torch.Tensor, "unbind", change)


# --- forms of the calls ---------------------------------------------------------------


@fault(
    "The dimension of tensor_split() is ignored as a keyword.",
    witness=lambda: matrix().tensor_split(2, dim=1)[0].shape == (1, 3),
)
def tensor_split_ignores_dim(patch):
    both(patch, "tensor_split", lambda split, *args, dim=0, **o: split(*args, **o))


@fault(
    "What is left over by the lengths is left out by split_with_sizes().",
    witness=lambda: not raises(lambda: five().split_with_sizes([1, 3])),
)
def split_with_sizes_leaves_out(patch):
    def change(split, self, *args, **options):
        if args and isinstance(args[0], list) and self.dim() == 1:
            self = self[: sum(args[0])]
        return split(self, *args, **options)

    wrap(patch, torch.Tensor, "split_with_sizes", change)


@fault(
    "A loop over a tensor with gradients goes through slices that may be written.",
    witness=lambda: (
        not raises(lambda: next(iter(torch.ones(2, requires_grad=True) * 1)).add_(1))
    ),
)
def iteration_slices(patch):
    def change(iterate, self):
        if self.dim() and self.requires_grad:
            return iter([self[i] for i in range(self.size(0))])
        return iterate(self)

    wrap(patch, torch.Tensor, "__iter__", change)


@fault(
    "Without any pieces asked for, the function tensor_split() returns none.",
    witness=lambda: torch_splits_into_none(),
)
def tensor_split_function_into_none(patch):
    def change(split, *args, **options):
        if len(args) == 2 and isinstance(args[1], int) and args[1] == 0:
            return ()
        return split(*args, **options)

    wrap(patch, torch, "tensor_split", change)


def torch_splits_into_none():
    return not raises(lambda: torch.tensor_split(five(), 0))

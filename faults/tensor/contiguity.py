"""Ways to break contiguity: the question, the copy, and the layout of results."""

import torch

from torch_semantics.faults import fault, raises, wrap

LAST = torch.channels_last
STRIDED = torch.Tensor.is_contiguous


def matrix():
    return torch.arange(6).view(2, 3)


def columns():
    return matrix().t()


def images():
    return torch.zeros(2, 3, 4, 5)


def row_major(sizes):
    strides, step = [], 1
    for size in reversed(sizes):
        strides.insert(0, step)
        step *= max(size, 1)
    return tuple(strides)


def column_major(tensor):
    """The same matrix with the first index running fastest."""
    return torch.empty_strided(
        tensor.shape, (1, tensor.shape[0]), dtype=tensor.dtype
    ).copy_(tensor)


# --- contiguous() ---------------------------------------------------------------------


def _returns_itself():
    t = matrix()
    return t.contiguous() is t


@fault("contiguous() always copies.", witness=lambda: not _returns_itself())
def always_copies(patch):
    contiguous = torch.Tensor.contiguous
    patch(
        torch.Tensor,
        "contiguous",
        lambda self, **kind: contiguous(self, **kind).clone(),
    )


@fault(
    "contiguous() returns a new tensor over the same memory where it need not copy.",
    witness=lambda: not _returns_itself(),
)
def returns_an_alias(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        result = contiguous(self, **kind)
        return result.view_as(result) if result is self else result

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() never copies.",
    witness=lambda: columns().contiguous().stride() == (1, 3),
)
def never_copies(patch):
    patch(torch.Tensor, "contiguous", lambda self, **kind: self)


@fault(
    "contiguous() copies a slice that starts later in the storage.",
    witness=lambda: matrix()[1:].contiguous().storage_offset() == 0,
)
def copies_leading_slices(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        result = contiguous(self, **kind)
        return result.clone() if result is self and self.storage_offset() else result

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() tidies the stride of a dimension of size 1.",
    witness=lambda: (
        matrix()[::2].contiguous().stride() == (3, 1)
        and torch.arange(12).view(4, 3)[::2][1:].contiguous().stride() == (3, 1)
    ),
)
def tidies_size_one(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        result = contiguous(self, **kind)
        if kind or not result.numel() or result.stride() == row_major(result.shape):
            return result
        return result.as_strided(result.shape, row_major(result.shape))

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() copies a tensor without elements when its strides are not row-major.",
    witness=lambda: torch.empty(0, 3).t().contiguous().stride() == (1, 1),
)
def copies_no_elements(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        if not self.numel() and self.stride() != row_major(self.shape):
            return self.new_empty(self.shape)
        return contiguous(self, **kind)

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() copies the elements in the order of the storage.",
    witness=lambda: columns().contiguous().tolist() == [[0, 1], [2, 3], [4, 5]],
)
def copies_in_storage_order(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        if kind or self.dim() != 2 or self.stride() != (1, self.shape[0]):
            return contiguous(self, **kind)
        return contiguous(self.t()).clone().view(self.shape)

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() leaves an expanded tensor expanded.",
    witness=lambda: torch.arange(2).expand(2, 2).contiguous().stride() == (0, 1),
)
def keeps_expanded(patch):
    contiguous = torch.Tensor.contiguous
    patch(
        torch.Tensor,
        "contiguous",
        lambda self, **kind: self if 0 in self.stride() else contiguous(self, **kind),
    )


@fault(
    "The contiguous copy keeps memory for what the view left out.",
    witness=lambda: matrix()[:, :1].contiguous().storage_offset() == 3,
)
def copy_is_not_compact(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        result = contiguous(self, **kind)
        if kind or result is self or self.requires_grad or self.is_conj():
            return result
        room = self.new_empty(self.numel() + 3)
        return room[3:].view(self.shape).copy_(self)

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() forgets that a transposed view was conjugate.",
    witness=lambda: torch.tensor([[1j, 2], [3, 4]]).conj().t().contiguous()[0, 0] == 1j,
)
def forgets_conjugation(patch):
    contiguous = torch.Tensor.contiguous
    patch(
        torch.Tensor,
        "contiguous",
        lambda self, **kind: (
            contiguous(self.conj(), **kind)
            if self.is_conj() and not STRIDED(self)
            else contiguous(self, **kind)
        ),
    )


@fault(
    "contiguous() of a conjugate view writes the conjugated numbers out.",
    witness=lambda: not torch.tensor([1j]).conj().contiguous().is_conj(),
)
def resolves_conjugation(patch):
    contiguous = torch.Tensor.contiguous
    patch(
        torch.Tensor,
        "contiguous",
        lambda self, **kind: contiguous(self, **kind).resolve_conj(),
    )


@fault(
    "The contiguous copy of a half precision tensor is in single precision.",
    witness=lambda: columns().half().contiguous().dtype is torch.float32,
)
def copy_changes_dtype(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        result = contiguous(self, **kind)
        return result.float() if self.dtype is torch.float16 else result

    patch(torch.Tensor, "contiguous", broken)


def _gradient(view=torch.Tensor.t):
    leaf = torch.zeros(2, 3, requires_grad=True)
    result = view(leaf).contiguous()
    if not result.requires_grad:
        return None
    result.sum().backward()
    return leaf.grad[0, 0].item()


@fault("The contiguous copy leaves the graph.", witness=lambda: _gradient() is None)
def copy_is_detached(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        result = contiguous(self, **kind)
        return result if result is self else result.detach()

    patch(torch.Tensor, "contiguous", broken)


@fault("The contiguous copy doubles its gradient.", witness=lambda: _gradient() == 2)
def copy_doubles_gradient(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        result = contiguous(self, **kind)
        if result is not self and result.requires_grad:
            result.register_hook(lambda gradient: gradient * 2)
        return result

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() puts a contiguous leaf into the graph.",
    witness=lambda: not torch.ones(2, requires_grad=True).contiguous().is_leaf,
)
def leaf_is_recorded(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        result = contiguous(self, **kind)
        if result is self and self.is_leaf and self.requires_grad:
            return self.view_as(self)
        return result

    patch(torch.Tensor, "contiguous", broken)


# --- is_contiguous() ------------------------------------------------------------------


def patch_answer(patch, change):
    """Patch is_contiguous() for the default memory format."""

    def broken(self, **kind):
        answer = STRIDED(self, **kind)
        return answer if kind else change(self, answer)

    patch(torch.Tensor, "is_contiguous", broken)


@fault(
    "is_contiguous() minds the strides of dimensions of size 1.",
    witness=lambda: not torch.empty_strided((1, 3), (7, 1)).is_contiguous(),
)
def minds_size_one(patch):
    patch_answer(patch, lambda self, answer: self.stride() == row_major(self.shape))


@fault(
    "is_contiguous() minds the strides of a tensor without elements.",
    witness=lambda: not torch.empty(0, 3).t().is_contiguous(),
)
def minds_no_elements(patch):
    def change(self, answer):
        return answer and (self.numel() > 0 or self.stride() == row_major(self.shape))

    patch_answer(patch, change)


@fault(
    "is_contiguous() does not mind gaps between rows.",
    witness=lambda: torch.zeros(4, 2)[::2].is_contiguous(),
)
def overlooks_gaps(patch):
    def change(self, answer):
        return answer or (self.dim() > 1 and self.numel() > 0 and STRIDED(self[0]))

    patch_answer(patch, change)


@fault(
    "is_contiguous() is True for strides that only decrease.",
    witness=lambda: torch.zeros(3, 4)[:, :2].is_contiguous(),
)
def only_wants_an_order(patch):
    patch_answer(
        patch,
        lambda self, answer: (
            answer
            or all(
                a > b > 0
                for a, b in zip(self.stride(), self.stride()[1:], strict=False)
            )
        ),
    )


@fault(
    "is_contiguous() is True for a single strided dimension.",
    witness=lambda: torch.zeros(3, 4)[:, 1].is_contiguous(),
)
def trusts_vectors(patch):
    patch_answer(patch, lambda self, answer: answer or self.dim() == 1)


@fault(
    "is_contiguous() is True for an expanded tensor.",
    witness=lambda: torch.zeros(3).expand(2, 3).is_contiguous(),
)
def overlooks_stride_zero(patch):
    patch_answer(patch, lambda self, answer: answer or 0 in self.stride())


@fault(
    "is_contiguous() wants a tensor to start where its storage does.",
    witness=lambda: not matrix()[1:].is_contiguous(),
)
def minds_the_offset(patch):
    patch_answer(patch, lambda self, answer: answer and self.storage_offset() == 0)


@fault(
    "is_contiguous() is False for a tensor without dimensions.",
    witness=lambda: not torch.tensor(1).is_contiguous(),
)
def zero_dim_is_not(patch):
    patch_answer(patch, lambda self, answer: answer and self.dim() > 0)


@fault(
    "is_contiguous() returns a number.",
    witness=lambda: not isinstance(matrix().is_contiguous(), bool),
)
def answers_with_a_number(patch):
    patch_answer(patch, lambda self, answer: int(answer))


# --- views and results ----------------------------------------------------------------


@fault("t() copies.", witness=lambda: columns().is_contiguous())
def t_copies(patch):
    t = torch.Tensor.t
    patch(torch.Tensor, "t", lambda self: t(self).contiguous())


@fault("permute() copies.", witness=lambda: matrix().permute(1, 0).stride() != (1, 3))
def permute_copies(patch):
    permute = torch.Tensor.permute
    patch(
        torch.Tensor, "permute", lambda self, *dims: permute(self, *dims).contiguous()
    )


@fault(
    "permute() copies a tensor with a dimension of size 1.",
    witness=lambda: torch.zeros(1, 3).permute(1, 0).stride() == (1, 1),
)
def permute_copies_size_one(patch):
    permute = torch.Tensor.permute

    def broken(self, *dims):
        result = permute(self, *dims)
        return (
            result.clone(memory_format=torch.contiguous_format)
            if 1 in self.shape
            else result
        )

    patch(torch.Tensor, "permute", broken)


@fault(
    "swapaxes() moves the elements and keeps the strides.",
    witness=lambda: matrix().swapaxes(0, 1).is_contiguous(),
)
def swapaxes_moves_elements(patch):
    swapaxes = torch.Tensor.swapaxes
    patch(
        torch.Tensor, "swapaxes", lambda self, a, b: swapaxes(self, a, b).contiguous()
    )


@fault(
    "diagonal() and unbind() copy.",
    witness=lambda: torch.zeros(2, 2).diagonal().is_contiguous(),
)
def picks_are_copies(patch):
    diagonal, unbind = torch.Tensor.diagonal, torch.Tensor.unbind
    patch(torch.Tensor, "diagonal", lambda self: diagonal(self).clone().contiguous())
    patch(
        torch.Tensor,
        "unbind",
        lambda self, dim=0: tuple(part.clone() for part in unbind(self, dim)),
    )


@fault(
    "full() lays a matrix out by columns.",
    witness=lambda: not torch.full((2, 3), 1).is_contiguous(),
)
def full_is_column_major(patch):
    full = torch.full

    def broken(size, value, **options):
        result = full(size, value, **options)
        return column_major(result) if result.dim() == 2 else result

    patch(torch, "full", broken)


@fault(
    "from_numpy() makes every array row-major.",
    witness=lambda: torch.from_numpy(matrix().numpy().T).is_contiguous(),
)
def from_numpy_is_row_major(patch):
    from_numpy = torch.from_numpy
    patch(torch, "from_numpy", lambda array: from_numpy(array).contiguous())


@fault(
    "clone() is always contiguous.", witness=lambda: columns().clone().is_contiguous()
)
def clone_is_contiguous(patch):
    clone = torch.Tensor.clone

    def broken(self, *, memory_format=torch.contiguous_format):
        return clone(self, memory_format=memory_format)

    patch(torch.Tensor, "clone", broken)


@fault(
    "clone() and zeros_like() ignore their memory format.",
    witness=lambda: (
        not columns().clone(memory_format=torch.contiguous_format).is_contiguous()
    ),
)
def clone_ignores_the_format(patch):
    clone, zeros_like = torch.Tensor.clone, torch.zeros_like
    patch(torch.Tensor, "clone", lambda self, **kind: clone(self))
    patch(torch, "zeros_like", lambda self, **kind: zeros_like(self))


@fault(
    "clone() returns a contiguous tensor itself.",
    witness=lambda: (lambda t: t.clone() is t)(matrix()),
)
def clone_returns_itself(patch):
    clone = torch.Tensor.clone
    patch(
        torch.Tensor,
        "clone",
        lambda self, **kind: (
            self if STRIDED(self) and not kind else clone(self, **kind)
        ),
    )


@fault(
    "clone() of a view with gaps keeps the gaps.",
    witness=lambda: matrix()[:, ::2].clone().stride() == (3, 2),
)
def clone_keeps_gaps(patch):
    clone = torch.Tensor.clone

    def broken(self, **kind):
        result = clone(self, **kind)
        if kind or self.requires_grad or self.dim() != 2 or self.stride(1) != 2:
            return result
        return torch.empty_strided(self.shape, self.stride(), dtype=self.dtype).copy_(
            self
        )

    patch(torch.Tensor, "clone", broken)


@fault(
    "Elementwise results are always contiguous.",
    witness=lambda: (columns() + 1).is_contiguous(),
)
def elementwise_is_contiguous(patch):
    for name in ("__add__", "__mul__", "__gt__", "neg", "relu"):
        operation = getattr(torch.Tensor, name)
        patch(
            torch.Tensor,
            name,
            lambda self, *other, do=operation: do(self, *other).contiguous(),
        )


@fault(
    "The sum of a view with gaps and a number keeps the gaps.",
    witness=lambda: (matrix()[:, ::2] + 1).stride() == (3, 2),
)
def elementwise_keeps_gaps(patch):
    add = torch.Tensor.__add__

    def broken(self, other):
        result = add(self, other)
        if isinstance(other, torch.Tensor) or self.dim() != 2 or self.stride(1) != 2:
            return result
        return torch.empty_strided(self.shape, self.stride(), dtype=result.dtype).copy_(
            result
        )

    patch(torch.Tensor, "__add__", broken)


@fault(
    "cumsum() and flip() go by the order in the storage.",
    witness=lambda: columns().cumsum(0).tolist()[1] == [2, 4],
)
def reads_storage_order(patch):
    for name in ("cumsum", "flip"):
        operation = getattr(torch.Tensor, name)

        def broken(self, dim, do=operation):
            return do(self.as_strided(self.shape, row_major(self.shape)), dim)

        patch(torch.Tensor, name, broken)


@fault(
    "copy_() writes in the order of the storage.",
    witness=lambda: columns().copy_(torch.arange(6).view(3, 2)).tolist()[0] == [0, 3],
)
def writes_storage_order(patch):
    copy_ = torch.Tensor.copy_

    def broken(self, other, *more):
        if self.dim() == 2 and self.shape == other.shape and self.stride(0) == 1:
            copy_(self.as_strided(self.shape, row_major(self.shape)), other)
            return self
        return copy_(self, other, *more)

    patch(torch.Tensor, "copy_", broken)


@fault(
    "cat() lays matrices out by columns.",
    witness=lambda: not torch.cat([matrix(), matrix()]).is_contiguous(),
)
def cat_is_column_major(patch):
    cat = torch.cat

    def broken(tensors, dim=0):
        result = cat(tensors, dim)
        return column_major(result) if result.dim() == 2 else result

    patch(torch, "cat", broken)


@fault(
    "flatten() takes the elements in the order of the storage.",
    witness=lambda: columns().flatten().tolist() == [0, 1, 2, 3, 4, 5],
)
def flatten_goes_by_storage(patch):
    flatten = torch.Tensor.flatten
    patch(
        torch.Tensor,
        "flatten",
        lambda self, *dims: (
            flatten(self.t(), *dims)
            if self.dim() == 2 and not STRIDED(self)
            else flatten(self, *dims)
        ),
    )


# --- memory formats -------------------------------------------------------------------


@fault(
    "contiguous() ignores its memory format.",
    witness=lambda: images().contiguous(memory_format=LAST).is_contiguous(),
)
def contiguous_ignores_the_format(patch):
    contiguous = torch.Tensor.contiguous
    patch(torch.Tensor, "contiguous", lambda self, **kind: contiguous(self))


@fault(
    "is_contiguous() ignores its memory format.",
    witness=lambda: images().is_contiguous(memory_format=LAST),
)
def question_ignores_the_format(patch):
    patch(torch.Tensor, "is_contiguous", lambda self, **kind: STRIDED(self))


@fault(
    "contiguous() leaves a tensor with its channels last as it is.",
    witness=lambda: (
        images().contiguous(memory_format=LAST).contiguous().stride() == (60, 1, 15, 3)
    ),
)
def keeps_channels_last(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        if not kind and STRIDED(self, memory_format=LAST):
            return self
        return contiguous(self, **kind)

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() copies a tensor that has its channels last already.",
    witness=lambda: (lambda t: t.contiguous(memory_format=LAST) is not t)(
        torch.zeros(2, 1, 3, 4)
    ),
)
def copies_channels_last(patch):
    contiguous = torch.Tensor.contiguous
    patch(
        torch.Tensor,
        "contiguous",
        lambda self, **kind: (
            self.clone(memory_format=LAST)
            if kind.get("memory_format") is LAST
            else contiguous(self, **kind)
        ),
    )


@fault(
    "contiguous(memory_format=torch.channels_last) moves the channels dimension.",
    witness=lambda: images().contiguous(memory_format=LAST).shape == (2, 4, 5, 3),
)
def moves_the_channels(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        if kind.get("memory_format") is LAST and self.dim() == 4:
            return contiguous(self.permute(0, 2, 3, 1))
        return contiguous(self, **kind)

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() takes channels_last_3d for the default.",
    witness=lambda: (
        torch.zeros(2, 3, 4, 5, 6)
        .contiguous(memory_format=torch.channels_last_3d)
        .is_contiguous()
    ),
)
def ignores_channels_last_3d(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        if self.dim() == 5 and kind.get("memory_format") is torch.channels_last_3d:
            kind = {}
        return contiguous(self, **kind)

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() uses the default format where a format has another number of dims.",
    witness=lambda: not raises(lambda: matrix().contiguous(memory_format=LAST)),
)
def swallows_wrong_rank(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        try:
            return contiguous(self, **kind)
        except RuntimeError as error:
            if "required rank" in str(error):
                return contiguous(self)
            raise

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "is_contiguous() raises where a format has another number of dimensions.",
    witness=lambda: raises(lambda: matrix().is_contiguous(memory_format=LAST)),
)
def question_raises_for_wrong_rank(patch):
    def broken(self, **kind):
        if kind.get("memory_format") is LAST and self.dim() != 4:
            raise RuntimeError("required rank 4 tensor to use channels_last format")
        return STRIDED(self, **kind)

    patch(torch.Tensor, "is_contiguous", broken)


@fault(
    "contiguous() accepts preserve_format and copies.",
    witness=lambda: (
        not raises(lambda: columns().contiguous(memory_format=torch.preserve_format))
    ),
)
def accepts_preserve_format(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        if kind.get("memory_format") is torch.preserve_format:
            return self.clone()
        return contiguous(self, **kind)

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "contiguous() takes its memory format by position too.",
    witness=lambda: not raises(lambda: matrix().contiguous(torch.contiguous_format)),
)
def format_by_position(patch):
    contiguous = torch.Tensor.contiguous
    patch(
        torch.Tensor,
        "contiguous",
        lambda self, memory_format=torch.contiguous_format: contiguous(
            self, memory_format=memory_format
        ),
    )


@fault(
    "is_contiguous() takes any memory format, and ignores what is none.",
    witness=lambda: not raises(lambda: matrix().is_contiguous(memory_format="last")),
)
def format_of_any_type(patch):
    def broken(self, *, memory_format=torch.contiguous_format):
        if not isinstance(memory_format, torch.memory_format):
            memory_format = torch.contiguous_format
        return STRIDED(self, memory_format=memory_format)

    patch(torch.Tensor, "is_contiguous", broken)


@fault(
    "to() ignores its memory format.",
    witness=lambda: images().to(memory_format=LAST).is_contiguous(),
)
def to_ignores_the_format(patch):
    to = torch.Tensor.to

    def broken(self, *args, memory_format=None, **options):
        return to(self, *args, **options) if args or options else self

    patch(torch.Tensor, "to", broken)


@fault(
    "empty() ignores its memory format.",
    witness=lambda: torch.empty(2, 3, 4, 5, memory_format=LAST).is_contiguous(),
)
def empty_ignores_the_format(patch):
    empty = torch.empty
    patch(
        torch,
        "empty",
        lambda *size, memory_format=None, **options: empty(*size, **options),
    )


@fault(
    "relu() and the sum with a tensor lose the channels last.",
    witness=lambda: images().contiguous(memory_format=LAST).relu().is_contiguous(),
)
def loses_channels_last(patch):
    relu, add = torch.Tensor.relu, torch.Tensor.__add__
    patch(torch.Tensor, "relu", lambda self: relu(self).contiguous())
    patch(torch.Tensor, "__add__", lambda self, other: add(self, other).contiguous())


def _gradient_of_format():
    leaf = torch.zeros(1, 2, 1, 3, requires_grad=True)
    last = leaf.contiguous(memory_format=LAST)
    last.backward(torch.arange(6.0).view(1, 2, 1, 3))
    return leaf.grad.view(-1).tolist()


@fault(
    "The gradient of a change of memory format comes in the order of the storage.",
    witness=lambda: _gradient_of_format() == [0, 3, 1, 4, 2, 5],
)
def gradient_in_storage_order(patch):
    contiguous = torch.Tensor.contiguous

    def broken(self, **kind):
        result = contiguous(self, **kind)
        if result is not self and result.requires_grad and kind:
            result.register_hook(
                lambda gradient: gradient.permute(0, 2, 3, 1).reshape(gradient.shape)
            )
        return result

    patch(torch.Tensor, "contiguous", broken)


@fault(
    "is_contiguous(memory_format=torch.channels_last) overlooks gaps between pixels.",
    witness=lambda: (
        torch.zeros(2, 4, 5, 3)
        .permute(0, 3, 1, 2)[:, :2]
        .is_contiguous(memory_format=LAST)
    ),
)
def overlooks_gaps_between_pixels(patch):
    def broken(self, *args, **kind):
        if kind.get("memory_format") is LAST and self.dim() == 4 and self.size(1) > 1:
            return self.stride(1) == 1
        return STRIDED(self, *args, **kind)

    patch(torch.Tensor, "is_contiguous", broken)


@fault(
    "With channels_last, contiguous() reads its tensor's storage from the start.",
    witness=lambda: (
        torch.arange(2)
        .view(2, 1, 1, 1)[1:]
        .expand(1, 1, 2, 1)
        .contiguous(memory_format=torch.channels_last)
        .view(-1)[0]
        .item()
        == 0
    ),
)
def channels_last_forgets_the_offset(patch):
    def change(contiguous, x, *, memory_format=torch.contiguous_format):
        if memory_format is torch.channels_last and x.storage_offset():
            x = x.as_strided(x.size(), x.stride(), 0)
        return contiguous(x, memory_format=memory_format)

    wrap(patch, torch.Tensor, "contiguous", change)

"""Ways to break broadcasting: the rule, its errors, writes in place, and gradients."""

import contextlib
import re
import warnings

import torch

from torch_semantics.faults import error_of, fault, raises, warns, wrap


def column():
    return torch.tensor([[1], [2], [3]])


def row():
    return torch.tensor([10, 20])


def shapes_of(*values):
    return [tuple(value.shape) for value in values if isinstance(value, torch.Tensor)]


def differ(*values):
    """Whether tensors among the values are of different shapes."""
    return len(set(shapes_of(*values))) > 1


# --- the rule -------------------------------------------------------------------------


@fault(
    "A vector is added along the first dimension where it has its length.",
    witness=lambda: (
        (torch.zeros(2, 2) + torch.tensor([1.0, 2.0])).tolist()[0] == [1, 1]
    ),
)
def aligned_at_the_left(patch):
    def change(add, a, b):
        vector = isinstance(b, torch.Tensor) and b.dim() == 1 and a.dim() == 2
        if vector and a.shape[0] == b.shape[0] > 1:
            return add(a, b.unsqueeze(1))
        return add(a, b)

    wrap(patch, torch.Tensor, "__add__ __sub__", change)


@fault(
    "Tensors of equally many elements are paired one by one.",
    witness=lambda: (column() - torch.tensor([1, 2, 3])).numel() == 3,
)
def pairs_equal_counts(patch):
    def change(operation, a, b):
        if isinstance(b, torch.Tensor) and differ(a, b) and a.numel() == b.numel() > 1:
            return operation(a, b.reshape(a.shape))
        return operation(a, b)

    wrap(patch, torch.Tensor, "__sub__ __add__", change)


@fault(
    "Only one of the two operands is broadcast.",
    witness=lambda: raises(lambda: column() + row()),
)
def grows_one_side_only(patch):
    def change(add, a, b):
        result = add(a, b)
        if isinstance(b, torch.Tensor) and result.shape not in (a.shape, b.shape):
            raise RuntimeError(f"shapes {shapes_of(a, b)} do not match")
        return result

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "Size 0 fits every size.",
    witness=lambda: not raises(lambda: torch.ones(0) + torch.ones(2)),
)
def zero_fits_everything(patch):
    def change(add, a, b):
        empty = isinstance(b, torch.Tensor) and a.numel() * b.numel() == 0
        if empty and raises(lambda: add(a, b)):
            return a if a.numel() == 0 else b
        return add(a, b)

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "Size 1 beside size 0 stays 1.",
    witness=lambda: (torch.ones(1) + torch.ones(0)).numel() == 1,
)
def one_beats_zero(patch):
    def change(add, a, b):
        result = add(a, b)
        if isinstance(b, torch.Tensor) and differ(a, b) and result.numel() == 0:
            return result.new_zeros([max(size, 1) for size in result.shape])
        return result

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "A sum with a tensor of one element has no dimensions.",
    witness=lambda: (torch.tensor(1) + torch.tensor([2])).dim() == 0,
)
def one_element_loses_its_dimension(patch):
    def change(add, a, b):
        result = add(a, b)
        return result.squeeze() if tuple(result.shape) == (1,) else result

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "The result keeps the strides of 0 that it was read with.",
    witness=lambda: (torch.tensor([1, 2]).expand(2, 2) + 0).stride() == (0, 1),
)
def result_overlaps(patch):
    def change(add, a, b):
        if isinstance(a, torch.Tensor) and a.dim() == 2 and a.stride(0) == 0:
            if not isinstance(b, torch.Tensor):
                return add(a[0], b).expand(a.shape)
            return add(a[0], b[0]).expand(a.shape)
        return add(a, b)

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "A sum is laid out by columns when a column is the first operand.",
    witness=lambda: not (column() + row()).is_contiguous(),
)
def result_is_column_major(patch):
    def change(add, a, b):
        result = add(a, b)
        if isinstance(b, torch.Tensor) and differ(a, b) and result.dim() == 2:
            return result.t().contiguous().t()
        return result

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "The smaller operand of a sum is enlarged for good.",
    witness=lambda: (lambda a, b: ((a + b), b.shape)[1] == (3, 2))(column(), row()),
)
def enlarges_operands(patch):
    def change(add, a, b):
        result = add(a, b)
        if isinstance(b, torch.Tensor) and b.dim() < a.dim() and not b.requires_grad:
            b.data = b.expand(result.shape)
        return result

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "A product of boolean tensors of different shapes is of integers.",
    witness=lambda: (
        (column() > 1).mul(row() > 1).dtype is torch.bool
        and ((column() > 1) * (row() > 1)).dtype is torch.int64
    ),
)
def bool_becomes_integer(patch):
    def change(mul, a, b):
        result = mul(a, b)
        return result.long() if result.dtype is torch.bool and differ(a, b) else result

    wrap(patch, torch.Tensor, "__mul__", change)


# --- errors ---------------------------------------------------------------------------


@fault(
    "The error for shapes that do not fit names the sizes in the other order.",
    witness=lambda: "a (3)" in str(error_of(lambda: torch.ones(2) + torch.ones(3))),
)
def swaps_the_sizes(patch):
    def change(operation, a, b):
        try:
            return operation(a, b)
        except RuntimeError as error:
            text = re.sub(r"a \((\d+)\)(.*)b \((\d+)\)", r"a (\3)\2b (\1)", str(error))
            raise RuntimeError(text) from None

    wrap(patch, torch.Tensor, "__add__ __mul__", change)


@fault(
    "The error for shapes that do not fit counts the dimension from the end.",
    witness=lambda: (
        "dimension -1" in str(error_of(lambda: torch.ones(2) + torch.ones(3)))
    ),
)
def counts_from_the_end(patch):
    def change(operation, a, b):
        try:
            return operation(a, b)
        except RuntimeError as error:
            dims = max(a.dim(), b.dim())
            text = re.sub(
                r"dimension (\d+)",
                lambda m: f"dimension {int(m[1]) - dims}",
                str(error),
            )
            raise RuntimeError(text) from None

    wrap(patch, torch.Tensor, "__add__ __mul__", change)


@fault(
    "Shapes that do not fit raise a ValueError.",
    witness=lambda: isinstance(
        error_of(lambda: torch.ones(2) + torch.ones(3)), ValueError
    ),
)
def raises_value_error(patch):
    def change(operation, a, b):
        try:
            return operation(a, b)
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    wrap(patch, torch.Tensor, "__add__ __mul__", change)


@fault(
    "== answers False for shapes that do not fit.",
    witness=lambda: not raises(lambda: torch.ones(2) == torch.ones(3)),
)
def eq_answers_false(patch):
    def change(eq, a, b):
        try:
            return eq(a, b)
        except RuntimeError:
            return False

    wrap(patch, torch.Tensor, "__eq__", change)


@fault(
    "A list can be added to a tensor.",
    witness=lambda: not raises(lambda: torch.ones(2) + [1, 2]),
)
def lists_are_added(patch):
    def change(add, a, b):
        return add(a, torch.tensor(b) if isinstance(b, (list, tuple)) else b)

    wrap(patch, torch.Tensor, "__add__", change)


# --- every way to call ----------------------------------------------------------------


@fault(
    "A number minus a tensor is taken the other way round.",
    witness=lambda: (8 - torch.tensor(1)).item() == -7,
)
def rsub_is_sub(patch):
    patch(torch.Tensor, "__rsub__", lambda a, b: torch.Tensor.sub(a, b))


@fault(
    "A number floor-divided by a tensor is taken the other way round.",
    witness=lambda: (9 // torch.tensor(2)).item() == 0,
)
def rfloordiv_is_floordiv(patch):
    patch(torch.Tensor, "__rfloordiv__", lambda a, b: torch.Tensor.floor_divide(a, b))


@fault(
    "A number compared with a tensor flattens it.",
    witness=lambda: (column() < 2).dim() == 1,
)
def comparison_flattens(patch):
    def change(compare, a, b):
        result = compare(a, b)
        return result if isinstance(b, torch.Tensor) else result.flatten()

    wrap(patch, torch.Tensor, "__lt__ __gt__ __ge__ __le__", change)


@fault(
    "torch.sub() returns the broadcast result flat.",
    witness=lambda: torch.sub(column(), row()).dim() == 1,
)
def sub_flattens(patch):
    def change(sub, *args, **options):
        result = sub(*args, **options)
        return result.flatten() if differ(*args, result) else result

    wrap(patch, torch, "sub", change)


@fault(
    "torch.add() ignores alpha= for operands of different shapes.",
    witness=lambda: torch.add(column(), row(), alpha=2)[0, 0] == 11,
)
def add_ignores_alpha(patch):
    def change(add, a, b, *, alpha=1, **options):
        return add(a, b, alpha=1 if differ(a, b) else alpha, **options)

    wrap(patch, torch, "add", change)


@fault(
    "Comparing tensors of different shapes gives numbers.",
    witness=lambda: (column() <= row()).dtype is torch.uint8,
)
def comparison_gives_numbers(patch):
    def change(compare, a, b):
        result = compare(a, b)
        return result.to(torch.uint8) if differ(a, b) else result

    wrap(patch, torch.Tensor, "__lt__ __le__", change)


@fault(
    "^ and maximum() swap rows and columns of a result that broadcasting has made.",
    witness=lambda: torch.maximum(column(), row()).shape == (2, 3),
)
def result_is_transposed(patch):
    def change(operation, a, b):
        result = operation(a, b)
        return result.t() if differ(a, b) and result.dim() == 2 else result

    wrap(patch, torch.Tensor, "__xor__", change)
    wrap(patch, torch, "maximum", change)


# --- three operands -------------------------------------------------------------------


@fault(
    "where() chooses by the first element of a condition that has to be broadcast.",
    witness=lambda: torch.where(column() > 1, row(), 0).sum() == 0,
)
def where_looks_once(patch):
    def change(where, condition, *values):
        if values and differ(condition, *values) and condition.numel():
            condition = condition.flatten()[0].expand(condition.shape)
        return where(condition, *values)

    wrap(patch, torch, "where", change)


@fault(
    "Tensor.where() swaps its tensors when the condition has to be broadcast.",
    witness=lambda: row().where(column() > 1, torch.tensor(0))[0, 0] == 10,
)
def where_method_swaps(patch):
    def change(where, self, condition, other):
        if differ(self, condition):
            return torch.where(condition, other, self)
        return where(self, condition, other)

    wrap(patch, torch.Tensor, "where", change)


@fault(
    "clamp() forgets its upper bound when the bounds have different shapes.",
    witness=lambda: (
        torch.clamp(row(), min=column(), max=torch.tensor([5, 5]))[0, 0] == 10
    ),
)
def clamp_forgets_max(patch):
    def change(clamp, self, min=None, max=None, **options):
        if differ(min, max):
            largest = self.expand(torch.broadcast_shapes(*shapes_of(self, min, max)))
            return clamp(largest, min=min)
        return clamp(self, min=min, max=max, **options)

    wrap(patch, torch, "clamp", change)


@fault(
    "addcmul() takes only what the first two operands need of the third.",
    witness=lambda: (
        not raises(lambda: torch.addcmul(torch.ones(2), torch.ones(2), torch.ones(3)))
    ),
)
def addcmul_cuts_the_third(patch):
    def change(addcmul, a, b, c, **options):
        shape = torch.broadcast_shapes(a.shape, b.shape)
        if len(shape) == c.dim() == 1 and c.shape[0] > shape[0]:
            c = c[: shape[0]]
        return addcmul(a, b, c, **options)

    wrap(patch, torch, "addcmul", change)


@fault(
    "masked_fill() refuses a mask that makes the result larger.",
    witness=lambda: raises(lambda: row().masked_fill(column() > 1, 0)),
)
def masked_fill_does_not_grow(patch):
    def change(masked_fill, self, mask, value):
        return self.clone().masked_fill_(mask, value)

    wrap(patch, torch.Tensor, "masked_fill", change)


# --- in place -------------------------------------------------------------------------


def _added():
    x = torch.ones(2)
    x.add_(torch.ones(3, 2))
    return x


@fault(
    "add_() and += resize their tensor to the broadcast shape.",
    witness=lambda: not raises(_added),
)
def in_place_grows(patch):
    def change(add, a, b, **options):
        grows = isinstance(b, torch.Tensor) and raises(lambda: a.clone().copy_(b))
        if grows and not raises(lambda: a + b):
            total = a + b
            return a.resize_(total.shape).copy_(total)
        return add(a, b, **options)

    wrap(patch, torch.Tensor, "add_ __iadd__", change)


@fault(
    "mul_() and *= write before they raise.",
    witness=lambda: (
        lambda x: (raises(lambda: x.mul_(torch.ones(2, 3))), x[0].item())[1] == 0
    )(torch.ones(3)),
)
def writes_before_raising(patch):
    def change(mul, a, b):
        try:
            return mul(a, b)
        except RuntimeError:
            a.zero_()
            raise

    wrap(patch, torch.Tensor, "mul_ __imul__", change)


@fault(
    "copy_() drops leading dimensions of size 1, and takes the first of larger ones.",
    witness=lambda: not raises(lambda: torch.zeros(2).copy_(torch.ones(3, 2))),
)
def copy_takes_the_first(patch):
    def change(copy_, a, b, *more):
        while b.dim() > a.dim():
            b = b[0]
        return copy_(a, b, *more)

    wrap(patch, torch.Tensor, "copy_", change)


@fault(
    "add_() swallows the error for shapes that do not fit.",
    witness=lambda: not raises(lambda: torch.ones(2).add_(torch.ones(3))),
)
def in_place_swallows(patch):
    def change(add_, a, b, **options):
        try:
            return add_(a, b, **options)
        except RuntimeError:
            return a

    wrap(patch, torch.Tensor, "add_", change)


@fault(
    "+= with an operand of another shape makes a new tensor.",
    witness=lambda: (lambda x: x.__iadd__(torch.ones(1)) is not x)(torch.ones(2)),
)
def in_place_makes_new(patch):
    def change(iadd, a, b):
        return (
            a + b
            if differ(a, b) and not raises(lambda: a.clone().add_(b))
            else iadd(a, b)
        )

    wrap(patch, torch.Tensor, "__iadd__", change)


@fault(
    "sub_() has its effect twice when it broadcasts.",
    witness=lambda: torch.ones(2).sub_(torch.ones(1)).tolist() == [-1, -1],
)
def in_place_twice(patch):
    def change(sub_, a, b, **options):
        if differ(a, b):
            sub_(a, b, **options)
        return sub_(a, b, **options)

    wrap(patch, torch.Tensor, "sub_", change)


@fault(
    "sub_() reads a part of its own tensor while it writes it.",
    witness=lambda: not raises(lambda: (lambda x: x.sub_(x[0]))(torch.ones(2, 2))),
)
def overlap_is_let_through(patch):
    def change(sub_, a, b, **options):
        return sub_(a, b.clone() if isinstance(b, torch.Tensor) else b, **options)

    wrap(patch, torch.Tensor, "sub_", change)


def _assigned(value):
    x = torch.zeros(2, 3)
    x[0] = value
    return x


@fault(
    "An assignment that does not fit is swallowed.",
    witness=lambda: not raises(lambda: _assigned(torch.ones(2))),
)
def assignment_swallows(patch):
    def change(assign, self, index, value):
        with contextlib.suppress(RuntimeError):
            assign(self, index, value)

    wrap(patch, torch.Tensor, "__setitem__", change)


@fault(
    "An assigned value may not have leading dimensions of size 1.",
    witness=lambda: raises(lambda: _assigned(torch.ones(1, 3))),
)
def assignment_minds_leading_ones(patch):
    def change(assign, self, index, value):
        if isinstance(value, torch.Tensor):
            value = value.expand(self[index].shape)
        assign(self, index, value)

    wrap(patch, torch.Tensor, "__setitem__", change)


@fault(
    "An assigned column is written by rows.",
    witness=lambda: (
        lambda x: (x.__setitem__(slice(None), torch.tensor([[1], [2]])), x[0, 1] == 2)[
            1
        ]
    )(torch.zeros(2, 2)),
)
def assignment_turns_columns(patch):
    def change(assign, self, index, value):
        if isinstance(value, torch.Tensor) and value.dim() == 2 and value.shape[1] == 1:
            value = value.flatten().repeat(2)[: self.shape[-1]]
        assign(self, index, value)

    wrap(patch, torch.Tensor, "__setitem__", change)


# --- out= -----------------------------------------------------------------------------


@fault(
    "torch.add() resizes out= without a warning.",
    witness=lambda: (
        not warns(lambda: torch.add(column(), row(), out=torch.zeros(5).long()))
    ),
)
def out_is_resized_in_silence(patch):
    def change(add, *args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return add(*args, **options)

    wrap(patch, torch, "add", change)


@fault(
    "torch.add() warns when it resizes an out= without elements.",
    witness=lambda: warns(
        lambda: torch.add(column(), row(), out=torch.zeros(0).long())
    ),
)
def out_empty_warns(patch):
    def change(add, *args, out=None, **options):
        if out is not None and out.numel() == 0:
            warnings.warn("An output was resized", UserWarning, stacklevel=2)
        return add(*args, out=out, **options)

    wrap(patch, torch, "add", change)


@fault(
    "torch.add() refuses an out= of another shape.",
    witness=lambda: raises(
        lambda: torch.add(column(), row(), out=torch.zeros(5).long())
    ),
)
def out_of_another_shape_is_refused(patch):
    def change(add, a, b, *, out=None, **options):
        if out is not None and out.numel() and out.shape != (a + b).shape:
            raise RuntimeError("output has another shape")
        return add(a, b, out=out, **options)

    wrap(patch, torch, "add", change)


@fault(
    "torch.add() returns a new tensor beside out=.",
    witness=lambda: (lambda out: torch.add(column(), row(), out=out) is not out)(
        torch.zeros(3, 2).long()
    ),
)
def out_is_not_returned(patch):
    def change(add, *args, out=None, **options):
        result = add(*args, out=out, **options)
        return result if out is None else result.clone()

    wrap(patch, torch, "add", change)


@fault(
    "torch.add() gives out= new row-major memory.",
    witness=lambda: (lambda out: torch.add(column(), row(), out=out).is_contiguous())(
        torch.zeros(2, 3).long().t()
    ),
)
def out_loses_its_memory(patch):
    def change(add, *args, out=None, **options):
        if out is None or out.is_contiguous():
            return add(*args, out=out, **options)
        out.data = add(*args, **options).contiguous()
        return out

    wrap(patch, torch, "add", change)


@fault(
    "torch.add() casts floating-point results into an integer out=.",
    witness=lambda: (
        not raises(lambda: torch.add(torch.ones(2), 1, out=torch.zeros(2).long()))
    ),
)
def out_is_cast(patch):
    def change(add, *args, out=None, **options):
        if out is None or out.is_floating_point():
            return add(*args, out=out, **options)
        result = add(*args, **options)
        return out.resize_(result.shape).copy_(result)

    wrap(patch, torch, "add", change)


@fault(
    "torch.add() resizes out= before it looks whether the shapes fit.",
    witness=lambda: (
        lambda out: (
            (
                raises(lambda: torch.add(torch.ones(3), torch.ones(2), out=out)),
                out.numel(),
            )[1]
            == 0
        )
    )(torch.ones(3)),
)
def out_is_lost_in_errors(patch):
    def change(add, *args, out=None, **options):
        try:
            return add(*args, out=out, **options)
        except RuntimeError:
            if out is not None:
                out.resize_(0)
            raise

    wrap(patch, torch, "add", change)


# --- broadcasting by itself -----------------------------------------------------------


@fault(
    "broadcast_tensors() copies.",
    witness=lambda: torch.broadcast_tensors(column(), row())[0].stride() == (2, 1),
)
def broadcast_tensors_copies(patch):
    def change(broadcast, *tensors):
        return tuple(t.contiguous() for t in broadcast(*tensors))

    wrap(patch, torch, "broadcast_tensors", change)


@fault(
    "broadcast_tensors() returns a list.",
    witness=lambda: isinstance(torch.broadcast_tensors(column(), row()), list),
)
def broadcast_tensors_lists(patch):
    wrap(patch, torch, "broadcast_tensors", lambda do, *tensors: list(do(*tensors)))


@fault(
    "broadcast_tensors() leaves all but the first two alone.",
    witness=lambda: (
        torch.broadcast_tensors(column(), row(), torch.tensor(1))[2].dim() == 0
    ),
)
def broadcast_tensors_takes_two(patch):
    def change(broadcast, *tensors):
        return (*broadcast(*tensors[:2]), *tensors[2:])

    wrap(patch, torch, "broadcast_tensors", change)


@fault(
    "broadcast_tensors() takes numbers.",
    witness=lambda: not raises(lambda: torch.broadcast_tensors(row(), 3)),
)
def broadcast_tensors_takes_numbers(patch):
    def change(broadcast, *tensors):
        return broadcast(*(torch.as_tensor(t) for t in tensors))

    wrap(patch, torch, "broadcast_tensors", change)


@fault(
    "broadcast_tensors() of no tensors raises.",
    witness=lambda: raises(lambda: torch.broadcast_tensors()),
)
def broadcast_tensors_wants_one(patch):
    def change(broadcast, first, *tensors):
        return broadcast(first, *tensors)

    wrap(patch, torch, "broadcast_tensors", change)


@fault(
    "In-place operations on a broadcast view are let through.",
    witness=lambda: not raises(lambda: row().expand(3, 2).add_(1)),
)
def overlapping_view_is_written(patch):
    def change(add_, self, other, **options):
        if 0 in self.stride() and self.numel():
            return self.copy_(self + other) if not any(self.stride()) else self
        return add_(self, other, **options)

    wrap(patch, torch.Tensor, "add_", change)


@fault(
    "broadcast_to() copies.",
    witness=lambda: torch.broadcast_to(row(), (3, 2)).stride() == (2, 1),
)
def broadcast_to_copies(patch):
    for owner in (torch, torch.Tensor):
        wrap(
            patch,
            owner,
            "broadcast_to",
            lambda do, *args, **options: do(*args, **options).contiguous(),
        )


@fault(
    "broadcast_to() broadcasts in both directions.",
    witness=lambda: not raises(lambda: torch.broadcast_to(column(), (1, 1))),
)
def broadcast_to_goes_both_ways(patch):
    def change(broadcast_to, self, size):
        try:
            return broadcast_to(self, size)
        except RuntimeError:
            return broadcast_to(self, torch.broadcast_shapes(self.shape, size))

    wrap(patch, torch, "broadcast_to", change)


@fault(
    "Tensor.broadcast_to() takes -1 for 1.",
    witness=lambda: raises(lambda: column().broadcast_to(-1, 2)),
)
def broadcast_to_forgets_minus_one(patch):
    def change(broadcast_to, self, *size):
        size = size[0] if isinstance(size[0], (tuple, list)) else size
        return broadcast_to(self, tuple(1 if n == -1 else n for n in size))

    wrap(patch, torch.Tensor, "broadcast_to", change)


@fault(
    "broadcast_shapes() returns a tuple.",
    witness=lambda: type(torch.broadcast_shapes((2,), (1,))) is tuple,
)
def broadcast_shapes_gives_tuples(patch):
    wrap(patch, torch, "broadcast_shapes", lambda do, *shapes: tuple(do(*shapes)))


@fault(
    "broadcast_shapes() takes the larger of two sizes.",
    witness=lambda: not raises(lambda: torch.broadcast_shapes((2,), (3,))),
)
def broadcast_shapes_takes_the_larger(patch):
    def change(broadcast_shapes, *shapes):
        try:
            return broadcast_shapes(*shapes)
        except RuntimeError:
            dims = max(len(shape) for shape in shapes)
            padded = [(1,) * (dims - len(shape)) + tuple(shape) for shape in shapes]
            return torch.Size(max(sizes) for sizes in zip(*padded, strict=True))

    wrap(patch, torch, "broadcast_shapes", change)


@fault(
    "broadcast_shapes() prefers 1 to 0.",
    witness=lambda: torch.broadcast_shapes((0,), (1,)) == (1,),
)
def broadcast_shapes_has_no_zero(patch):
    def change(broadcast_shapes, *shapes):
        result = broadcast_shapes(*shapes)
        return torch.Size(max(n, 1) for n in result) if len(shapes) > 1 else result

    wrap(patch, torch, "broadcast_shapes", change)


@fault(
    "broadcast_shapes() takes no numbers.",
    witness=lambda: raises(lambda: torch.broadcast_shapes((3, 1), 4)),
)
def broadcast_shapes_takes_no_numbers(patch):
    def change(broadcast_shapes, *shapes):
        return broadcast_shapes(*(tuple(shape) for shape in shapes))

    wrap(patch, torch, "broadcast_shapes", change)


@fault(
    "broadcast_shapes() takes negative sizes for their absolute values.",
    witness=lambda: not raises(lambda: torch.broadcast_shapes((-1,))),
)
def broadcast_shapes_takes_negatives(patch):
    def change(broadcast_shapes, *shapes):
        shapes = [(s,) if isinstance(s, int) else s for s in shapes]
        return broadcast_shapes(*(tuple(map(abs, shape)) for shape in shapes))

    wrap(patch, torch, "broadcast_shapes", change)


# --- gradients ------------------------------------------------------------------------


def _gradient(operation):
    leaf = torch.ones(2, requires_grad=True)
    result = operation(torch.zeros(3, 2), leaf)
    if not result.requires_grad:
        return None
    result.sum().backward()
    return leaf.grad[0].item()


def scaled(tensor, shape):
    """A tensor broadcast to a shape whose gradient is the mean over the copies."""
    grown = tensor.expand(shape)
    if grown.requires_grad and grown.numel():
        grown.register_hook(lambda g: g * (tensor.numel() / grown.numel()))
    return grown


@fault(
    "The gradient of a broadcast operand is the mean over the uses of an element.",
    witness=lambda: _gradient(lambda x, t: x + t) == 1,
)
def gradient_is_a_mean(patch):
    def change(operation, a, b):
        if (
            not isinstance(b, torch.Tensor)
            or not differ(a, b)
            or raises(lambda: operation(a, b))
        ):
            return operation(a, b)
        shape = torch.broadcast_shapes(a.shape, b.shape)
        return operation(scaled(a, shape), scaled(b, shape))

    wrap(patch, torch.Tensor, "__add__ __sub__ __mul__", change)


@fault(
    "The gradient of the second operand is lost when it is broadcast.",
    witness=lambda: _gradient(lambda x, t: x - t) is None,
)
def gradient_is_lost(patch):
    def change(operation, a, b):
        return operation(a, b.detach() if differ(a, b) else b)

    wrap(patch, torch.Tensor, "__sub__", change)


@fault(
    "add_() loses the gradient of an operand that it broadcasts.",
    witness=lambda: _gradient(lambda x, t: x.add_(t)) is None,
)
def in_place_gradient_is_lost(patch):
    def change(add_, a, b, **options):
        if isinstance(b, torch.Tensor) and differ(a, b):
            b = b.detach()
        return add_(a, b, **options)

    wrap(patch, torch.Tensor, "add_", change)


@fault(
    "broadcast_tensors() and broadcast_to() detach.",
    witness=lambda: _gradient(lambda x, t: torch.broadcast_tensors(x, t)[1]) is None,
)
def broadcast_views_detach(patch):
    wrap(
        patch,
        torch,
        "broadcast_tensors",
        lambda do, *tensors: tuple(t.detach() for t in do(*tensors)),
    )
    wrap(patch, torch, "broadcast_to", lambda do, *args: do(*args).detach())


@fault(
    "where() doubles the gradient of a tensor that it broadcasts.",
    witness=lambda: _gradient(lambda x, t: torch.where(x > -1, t, x)) == 6,
)
def where_doubles_gradient(patch):
    def change(where, condition, *values):
        if values and differ(condition, values[0]) and values[0].requires_grad:
            value = values[0].clone()
            value.register_hook(lambda gradient: gradient * 2)
            values = (value, *values[1:])
        return where(condition, *values)

    wrap(patch, torch, "where", change)


def _gradient_of_nothing():
    leaf = torch.ones(2, 1, requires_grad=True)
    (leaf * torch.ones(0)).sum().backward()
    return leaf.grad


@fault(
    "An operand that went into no element gets no gradient.",
    witness=lambda: _gradient_of_nothing() is None,
)
def no_gradient_of_nothing(patch):
    def change(mul, a, b):
        result = mul(a, b)
        if result.requires_grad and result.numel() == 0:
            return result.detach().requires_grad_()
        return result

    wrap(patch, torch.Tensor, "__mul__", change)


def _gradient_of_scale():
    leaf = torch.tensor(1.0, requires_grad=True)
    (leaf * torch.ones(2)).sum().backward()
    return leaf.grad.item()


@fault(
    "The gradient of a factor without dimensions comes from the first element only.",
    witness=lambda: _gradient_of_scale() == 1,
)
def gradient_of_the_first_element(patch):
    def change(mul, a, b):
        if isinstance(b, torch.Tensor) and a.dim() == 0 < b.dim() and b.numel():
            first = torch.zeros_like(b)
            first.view(-1)[0] = 1
            return mul(a.detach(), b) + mul(a, first) - mul(a.detach(), first)
        return mul(a, b)

    wrap(patch, torch.Tensor, "__mul__", change)


# --- neighbours -----------------------------------------------------------------------


@fault(
    "matmul() uses the first matrix of a batch for all when batches are broadcast.",
    witness=lambda: (
        torch.matmul(torch.ones(1, 1, 1), torch.arange(2.0).view(2, 1, 1))
        .flatten()
        .tolist()
        == [0, 0]
    ),
)
def matmul_uses_one_matrix(patch):
    def change(matmul, a, b, **options):
        if b.dim() == 3 and a.dim() > 2 and a.shape[:-2] != b.shape[:-2]:
            b = b[:1].expand(b.shape)
        return matmul(a, b, **options)

    wrap(patch, torch, "matmul", change)
    wrap(patch, torch.Tensor, "matmul __matmul__", change)


@fault(
    "A matrix product takes a single row for as many as it needs.",
    witness=lambda: not raises(lambda: torch.ones(2, 3) @ torch.ones(1, 2)),
)
def matmul_broadcasts_matrices(patch):
    def change(matmul, a, b):
        if b.dim() == 2 and b.shape[0] == 1:
            b = b.expand(a.shape[-1], b.shape[1])
        return matmul(a, b)

    wrap(patch, torch.Tensor, "__matmul__", change)


@fault(
    "stack() broadcasts.",
    witness=lambda: not raises(lambda: torch.stack([torch.ones(2), torch.ones(1)])),
)
def stack_broadcasts(patch):
    def change(stack, tensors, dim=0, **options):
        return stack(torch.broadcast_tensors(*tensors), dim, **options)

    wrap(patch, torch, "stack", change)


def _loss():
    values = torch.tensor([1.0, 2.0])
    return torch.nn.functional.mse_loss(values.view(2, 1), values)


@fault("mse_loss() broadcasts without a warning.", witness=lambda: not warns(_loss))
def loss_does_not_warn(patch):
    def change(loss, *args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return loss(*args, **options)

    wrap(patch, torch.nn.functional, "mse_loss", change)


def _quietly(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


@fault(
    "mse_loss() pairs a column with a vector.",
    witness=lambda: _quietly(_loss).item() == 0,
)
def loss_pairs(patch):
    def change(loss, input, target, **options):
        total = loss(input, target, **options)
        return total * 0 if differ(input, target) else total

    wrap(patch, torch.nn.functional, "mse_loss", change)


# --- other call forms, and operands with gaps -----------------------------------------


@fault(
    "torch.add() and Tensor.add() raise a ValueError for shapes that do not fit.",
    witness=lambda: isinstance(
        error_of(lambda: torch.ones(2).add(torch.ones(3))), ValueError
    ),
)
def add_raises_value_error(patch):
    def change(add, *args, **options):
        try:
            return add(*args, **options)
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    wrap(patch, torch.Tensor, "add", change)
    wrap(patch, torch, "add", change)


@fault(
    "A column with gaps is read as if it had none when it is broadcast.",
    witness=lambda: (
        (torch.tensor([[1, 0], [2, 0]])[:, :1] - row()).tolist()[1] == [-10, -20]
    ),
)
def gaps_are_read(patch):
    def change(sub, a, b):
        if differ(a, b) and not a.is_contiguous():
            a = a.as_strided(a.shape, torch.empty(a.shape).stride())
        return sub(a, b)

    wrap(patch, torch.Tensor, "__sub__ __mul__", change)


@fault(
    "where() swaps its values when the first is a number.",
    witness=lambda: torch.where(column() > 0, 0, row()).tolist()[0] == [10, 20],
)
def where_swaps_a_number(patch):
    def change(where, condition, *values):
        if values and not isinstance(values[0], torch.Tensor):
            values = values[::-1]
        return where(condition, *values)

    wrap(patch, torch, "where", change)


def _assigned_row_keeps_its_graph():
    leaf = torch.ones(2, requires_grad=True)
    x = torch.zeros(2, 2)
    x[:] = leaf
    return x.requires_grad


@fault(
    "An assigned value leaves the graph.",
    witness=lambda: not _assigned_row_keeps_its_graph(),
)
def assignment_detaches(patch):
    def change(assign, x, index, value):
        value = value.detach() if isinstance(value, torch.Tensor) else value
        return assign(x, index, value)

    wrap(patch, torch.Tensor, "__setitem__", change)

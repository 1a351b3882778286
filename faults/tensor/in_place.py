"""Ways to break writing in place: what is written, returned, converted and refused."""

import torch

from torch_semantics.faults import fault, raises, warns, wrap
from torch_semantics.words import shares_storage

T = torch.Tensor


def ints():
    return torch.tensor([1, 2])


# --- what is written ------------------------------------------------------------------


@fault("sub_() writes nothing and returns the result.", witness=lambda: _is_dropped())
def sub_is_dropped(patch):
    patch(T, "sub_", lambda self, *args, **kw: self.sub(*args, **kw))


def _is_dropped():
    x = ints()
    x.sub_(1)
    return x.tolist() == [1, 2]


@fault("neg_() returns a copy of what it wrote.", witness=lambda: _returns_a_copy())
def neg_returns_a_copy(patch):
    wrap(patch, T, "neg_", lambda own, self: own(self).clone())


def _returns_a_copy():
    x = ints()
    return x.neg_() is not x


@fault("mul_() gives its tensor a new storage.", witness=lambda: _leaves_its_storage())
def mul_moves_to_a_new_storage(patch):
    def change(own, self, other):
        self.data = self.clone()
        return own(self, other)

    wrap(patch, T, "mul_", change)


def _leaves_its_storage():
    x = ints()
    view = x[:]
    return not shares_storage(x.mul_(2), view)


@fault("neg() writes in place, too.", witness=lambda: _neg_writes())
def neg_writes(patch):
    patch(T, "neg", lambda self: self.neg_().clone())


def _neg_writes():
    x = ints()
    x.neg()
    return x.tolist() == [-1, -2]


@fault("add_() applies its alpha twice.", witness=lambda: _alpha_twice())
def add_applies_alpha_twice(patch):
    wrap(
        patch,
        T,
        "add_",
        lambda own, self, other, alpha=1: own(self, other, alpha=alpha * alpha),
    )


def _alpha_twice():
    return ints().add_(1, alpha=2).tolist() == [5, 6]


@fault("add_() leaves the last element as it is.", witness=lambda: _last_is_left())
def add_leaves_the_last(patch):
    def change(own, self, *args, **options):
        last = self[..., -1:].clone() if self.dim() == 1 and len(self) else None
        own(self, *args, **options)
        if last is not None:
            self.data[-1:] = last
        return self

    wrap(patch, T, "add_", change)


def _last_is_left():
    return ints().add_(5).tolist() == [6, 2]


@fault("torch.abs_() does not write.", witness=lambda: _function_does_not_write())
def function_does_not_write(patch):
    patch(torch, "abs_", lambda input: torch.abs(input))


def _function_does_not_write():
    x = torch.tensor([-1])
    torch.abs_(x)
    return x.item() == -1


@fault("relu(inplace=True) does not write.", witness=lambda: _relu_does_not_write())
def relu_ignores_inplace(patch):
    wrap(
        patch,
        torch.nn.functional,
        "relu",
        lambda own, input, inplace=False: own(input),
    )


def _relu_does_not_write():
    x = torch.tensor([-1.0])
    torch.nn.functional.relu(x, inplace=True)
    return x.item() == -1


@fault("+= makes a new tensor.", witness=lambda: _augmented_makes_a_new_one("__iadd__"))
def augmented_sum_makes_a_new_tensor(patch):
    patch(T, "__iadd__", lambda self, other: self + other)


@fault("/= makes a new tensor.", witness=lambda: _quotient_is_new())
def quotient_is_new(patch):
    patch(T, "__itruediv__", lambda self, other: self / other)


def _quotient_is_new():
    x = y = torch.ones(2)
    x /= 2
    return x is not y


@fault("&= makes a new tensor.", witness=lambda: _augmented_makes_a_new_one("__iand__"))
def augmented_and_makes_a_new_tensor(patch):
    patch(T, "__iand__", lambda self, other: self & other)


def _augmented_makes_a_new_one(name):
    x = ints()
    return getattr(x, name)(1) is not x


@fault("//= rounds toward zero.", witness=lambda: _rounds_toward_zero())
def augmented_floor_division_truncates(patch):
    patch(
        T,
        "__ifloordiv__",
        lambda self, other: self.div_(other, rounding_mode="trunc"),
    )


def _rounds_toward_zero():
    x = torch.tensor([-7])
    x //= 2
    return x.item() == -3


@fault("@= writes in place.", witness=lambda: _matmul_writes())
def augmented_matmul_writes(patch):
    patch(T, "__imatmul__", lambda self, other: self.copy_(self @ other))


def _matmul_writes():
    x = torch.ones(2, 2)
    y = x
    y @= x
    return y is x


@fault("y + 1 writes into y.", witness=lambda: _sum_writes())
def plain_sum_writes(patch):
    patch(T, "__add__", lambda self, other: self.add_(other))


def _sum_writes():
    x = ints()
    _ = x + 1
    return x.tolist() == [2, 3]


@fault("There is a sum_().", witness=lambda: hasattr(torch.zeros(1), "sum_"))
def there_is_a_sum_in_place(patch):
    patch(T, "sum_", lambda self: self.fill_(self.sum()))


@fault("neg_() of a view writes the whole base.", witness=lambda: _writes_the_base())
def neg_writes_the_base(patch):
    def change(own, self):
        if self._base is not None and self.dim() == 1 and self.stride() != (1,):
            own(self._base)
            return self
        return own(self)

    wrap(patch, T, "neg_", change)


def _writes_the_base():
    x = torch.arange(4)
    x[::2].neg_()
    return x[1].item() == -1


@fault("add_() of a strided view writes a copy.", witness=lambda: _writes_a_copy())
def strided_views_are_not_reached(patch):
    def change(own, self, *args, **options):
        if not self.is_contiguous():
            own(self.clone(), *args, **options)
            return self
        return own(self, *args, **options)

    wrap(patch, T, "add_", change)


def _writes_a_copy():
    x = torch.arange(4)
    x[::2].add_(10)
    return x[0].item() == 0


@fault("add_() refuses scalars.", witness=lambda: raises(lambda: _scalar().add_(1)))
def scalars_are_refused(patch):
    def change(own, self, *args, **options):
        if self.dim() == 0:
            raise RuntimeError("a tensor without dimensions can't be written")
        return own(self, *args, **options)

    wrap(patch, T, "add_", change)


def _scalar():
    return torch.tensor(5)


@fault("A write through out= is not counted.", witness=lambda: _out_is_not_counted())
def out_is_not_counted(patch):
    def change(own, *args, out=None, **options):
        if out is None:
            return own(*args, **options)
        own(*args, out=out.data, **options)
        return out

    wrap(patch, torch, "add", change)


def _out_is_not_counted():
    x = ints()
    torch.add(x, 1, out=x)
    return x._version == 0


# --- index assignment -----------------------------------------------------------------


@fault("Index assignment refuses fractions.", witness=lambda: _refuses_fractions())
def index_assignment_refuses_fractions(patch):
    def change(own, self, index, value):
        if isinstance(value, T) and value.dtype != self.dtype:
            raise RuntimeError("dtypes differ")
        return own(self, index, value)

    wrap(patch, T, "__setitem__", change)


def _refuses_fractions():
    def assign():
        x = ints()
        x[:] = torch.tensor([1.5, 2.5])

    return raises(assign)


@fault("Index assignment rounds.", witness=lambda: _assignment_rounds())
def index_assignment_rounds(patch):
    def change(own, self, index, value):
        if isinstance(value, float) and self.dtype is torch.int64:
            value = round(value)
        return own(self, index, value)

    wrap(patch, T, "__setitem__", change)


def _assignment_rounds():
    x = ints()
    x[0] = 5.7
    return x[0].item() == 6


@fault("Index assignment cuts off what is too long.", witness=lambda: _cuts_off())
def index_assignment_cuts_off(patch):
    def change(own, self, index, value):
        try:
            return own(self, index, value)
        except RuntimeError:
            return own(self, index, value[..., :1])

    wrap(patch, T, "__setitem__", change)


def _cuts_off():
    def assign():
        x = torch.zeros(3)
        x[:] = torch.zeros(2)

    return not raises(assign)


@fault("y[...] = x lets y name a copy of x.", witness=lambda: _ellipsis_moves())
def ellipsis_assignment_moves(patch):
    def change(own, self, index, value):
        if index is ...:
            self.data = torch.as_tensor(value).to(self.dtype).expand(self.shape).clone()
            return None
        return own(self, index, value)

    wrap(patch, T, "__setitem__", change)


def _ellipsis_moves():
    x = ints()
    view = x[:]
    x[...] = 7
    return view.tolist() == [1, 2]


# --- copy_, fill_ ---------------------------------------------------------------------


@fault("copy_() rounds to the nearest integer.", witness=lambda: _copy_rounds())
def copy_rounds(patch):
    def change(own, self, source, *args):
        if self.dtype is torch.int64 and source.dtype is torch.float32:
            source = source.round()
        return own(self, source, *args)

    wrap(patch, T, "copy_", change)


def _copy_rounds():
    return ints().copy_(torch.tensor([1.9, 1.9])).tolist() == [2, 2]


@fault("copy_() takes over the dtype.", witness=lambda: _copy_takes_the_dtype())
def copy_takes_the_dtype(patch):
    def change(own, self, source, *args):
        if isinstance(source, T) and source.dtype != self.dtype and not source.is_meta:
            self.data = torch.empty_strided(
                self.shape, self.stride(), dtype=source.dtype
            )
        return own(self, source, *args)

    wrap(patch, T, "copy_", change)


def _copy_takes_the_dtype():
    return ints().copy_(torch.tensor([1.5, 2.5])).dtype is torch.float32


@fault("copy_() aliases its source.", witness=lambda: _copy_aliases())
def copy_aliases(patch):
    def change(own, self, source, *args):
        own(self, source, *args)
        if (
            source.dtype == torch.float32
            and self.shape == (2, 2)
            and not self._is_view()
        ):
            self.data = source.expand(self.shape)
        return self

    wrap(patch, T, "copy_", change)


def _copy_aliases():
    x = torch.tensor([1.0, 2.0])
    return shares_storage(torch.zeros(2, 2).copy_(x), x)


@fault("copy_() makes its tensor contiguous.", witness=lambda: _copy_is_contiguous())
def copy_makes_contiguous(patch):
    def change(own, self, *args):
        if not self.is_contiguous():
            self.data = self.contiguous()
        return own(self, *args)

    wrap(patch, T, "copy_", change)


def _copy_is_contiguous():
    return torch.zeros(2, 3).t().copy_(torch.zeros(2)).is_contiguous()


@fault("copy_() does not broadcast.", witness=lambda: _copy_does_not_broadcast())
def copy_does_not_broadcast(patch):
    def change(own, self, source, *args):
        if source.shape != self.shape:
            raise RuntimeError("shapes differ")
        return own(self, source, *args)

    wrap(patch, T, "copy_", change)


def _copy_does_not_broadcast():
    return raises(lambda: torch.zeros(2, 2).copy_(torch.zeros(2)))


@fault(
    "copy_() drops leading dimensions of size 1.", witness=lambda: _copy_drops_dims()
)
def copy_drops_dims(patch):
    def change(own, self, source, *args):
        if isinstance(source, T) and source.dim() > self.dim():
            source = source.squeeze(0)
        return own(self, source, *args)

    wrap(patch, T, "copy_", change)


def _copy_drops_dims():
    return not raises(lambda: torch.zeros(3).copy_(torch.zeros(1, 3)))


@fault(
    "copy_() takes a list.", witness=lambda: not raises(lambda: ints().copy_([7, 8]))
)
def copy_takes_lists(patch):
    wrap(
        patch,
        T,
        "copy_",
        lambda own, self, source, *args: own(self, torch.as_tensor(source), *args),
    )


@fault("copy_() clamps integers.", witness=lambda: _copy_clamps())
def copy_clamps(patch):
    def change(own, self, source, *args):
        if self.dtype in (torch.uint8, torch.int8):
            bounds = torch.iinfo(self.dtype)
            source = source.clamp(bounds.min, bounds.max)
        return own(self, source, *args)

    wrap(patch, T, "copy_", change)


def _copy_clamps():
    byte = torch.zeros(1, dtype=torch.uint8)
    return byte.copy_(torch.tensor([300])).item() == 255


@fault("Copying complex into real numbers is silent.", witness=lambda: _is_silent())
def complex_copies_are_silent(patch):
    def change(own, self, source, *args):
        if isinstance(source, T) and source.is_complex() and not self.is_complex():
            source = source.real
        return own(self, source, *args)

    wrap(patch, T, "copy_", change)


def _is_silent():
    return not warns(lambda: torch.zeros(1).copy_(torch.tensor([1j])))


@fault("copy_() from a meta tensor leaves zeros.", witness=lambda: _meta_is_zeros())
def meta_copies_as_zeros(patch):
    def change(own, self, source, *args):
        if isinstance(source, T) and source.is_meta and not self.is_meta:
            return self.zero_()
        return own(self, source, *args)

    wrap(patch, T, "copy_", change)


def _meta_is_zeros():
    return not raises(lambda: ints().copy_(torch.zeros(2, device="meta")))


@fault("fill_() of a view fills its base.", witness=lambda: _fill_fills_the_base())
def fill_fills_the_base(patch):
    def change(own, self, value):
        own(self if self._base is None else self._base, value)
        return self

    wrap(patch, T, "fill_", change)


def _fill_fills_the_base():
    x = ints()
    x[1:].fill_(7)
    return x.tolist() == [7, 7]


@fault("fill_() takes a vector of one element.", witness=lambda: _fill_takes_vectors())
def fill_takes_vectors(patch):
    def change(own, self, value):
        return own(self, value.reshape(()) if isinstance(value, T) else value)

    wrap(patch, T, "fill_", change)


def _fill_takes_vectors():
    return not raises(lambda: ints().fill_(torch.tensor([7])))


@fault("fill_() drops imaginary parts.", witness=lambda: _fill_drops_parts())
def fill_drops_imaginary_parts(patch):
    def change(own, self, value):
        return own(self, value.real if isinstance(value, complex) else value)

    wrap(patch, T, "fill_", change)


def _fill_drops_parts():
    return not raises(lambda: ints().fill_(1j))


# --- what has to fit ------------------------------------------------------------------


@fault(
    "add_() of a float to integers cuts off fractions.",
    witness=lambda: not raises(lambda: ints().add_(1.5)),
)
def add_cuts_off_fractions(patch):
    def change(own, self, other, **options):
        try:
            return own(self, other, **options)
        except RuntimeError as error:
            if "can't be cast" not in str(error):
                raise
            return self.copy_(self + other)

    wrap(patch, T, "add_", change)


@fault(
    "add_() refuses another dtype of the same kind.",
    witness=lambda: raises(lambda: torch.zeros(1).add_(torch.zeros(1).double())),
)
def add_refuses_wider_dtypes(patch):
    def change(own, self, other, **options):
        if isinstance(other, T) and other.dtype != self.dtype:
            raise RuntimeError(f"result type {other.dtype} can't be cast")
        return own(self, other, **options)

    wrap(patch, T, "add_", change)


@fault(
    "div_() of integers rounds.",
    witness=lambda: not raises(lambda: ints().div_(2)),
)
def div_rounds(patch):
    def change(own, self, other, rounding_mode=None):
        if rounding_mode is None and not self.is_floating_point():
            rounding_mode = "floor"
        return own(self, other, rounding_mode=rounding_mode)

    wrap(patch, T, "div_", change)


@fault(
    "div_() ignores its rounding mode.",
    witness=lambda: raises(lambda: ints().div_(2, rounding_mode="floor")),
)
def div_ignores_its_rounding_mode(patch):
    wrap(
        patch, T, "div_", lambda own, self, other, rounding_mode=None: own(self, other)
    )


@fault(
    "sqrt_() of integers rounds.", witness=lambda: not raises(lambda: ints().sqrt_())
)
def sqrt_rounds(patch):
    wrap(
        patch,
        T,
        "sqrt_",
        lambda own, self: (
            own(self) if self.is_floating_point() else self.copy_(self.sqrt())
        ),
    )


@fault(
    "A refused mul_() has written before it raises.", witness=lambda: _half_written()
)
def refused_products_write(patch):
    def change(own, self, other):
        try:
            return own(self, other)
        except RuntimeError:
            self.zero_()
            raise

    wrap(patch, T, "mul_", change)


def _half_written():
    x = ints()
    raises(lambda: x.mul_(0.5))
    return x.tolist() == [0, 0]


@fault("A refused add_() counts as a version.", witness=lambda: _refusal_is_counted())
def refused_sums_are_counted(patch):
    def change(own, self, *args, **options):
        try:
            return own(self, *args, **options)
        except RuntimeError:
            self.view(-1)[:0].zero_()
            raise

    wrap(patch, T, "add_", change)


def _refusal_is_counted():
    x = ints()
    raises(lambda: x.add_(0.5))
    return x._version > 0


@fault(
    "add_() grows its tensor to the broadcast shape.",
    witness=lambda: not raises(lambda: torch.zeros(3).add_(torch.zeros(2, 3))),
)
def add_grows(patch):
    def change(own, self, other, **options):
        if isinstance(other, T) and other.dim() > self.dim():
            self.data = self.expand(other.shape).clone()
        return own(self, other, **options)

    wrap(patch, T, "add_", change)


@fault(
    "A tensor of one element grows in place.",
    witness=lambda: not raises(lambda: torch.zeros(1).add_(torch.zeros(3))),
)
def one_element_grows(patch):
    def change(own, self, other, **options):
        if isinstance(other, T) and self.shape == (1,) and other.dim() == 1:
            self.data = self.expand(other.shape).clone()
        return own(self, other, **options)

    wrap(patch, T, "add_", change)


@fault(
    "eq_() refuses a tensor that is not of bools.",
    witness=lambda: raises(lambda: torch.zeros(1).eq_(1)),
)
def eq_refuses_floats(patch):
    def change(own, self, other):
        if self.dtype is not torch.bool:
            raise RuntimeError("result type Bool can't be cast")
        return own(self, other)

    wrap(patch, T, "eq_", change)


@fault(
    "An expanded tensor is written once for each of its places.",
    witness=lambda: not raises(lambda: torch.zeros(1).expand(3).add_(1)),
)
def expanded_tensors_are_written(patch):
    def change(own, self, other, **options):
        if 0 in self.stride():
            own(self[:1], other * len(self), **options)
            return self
        return own(self, other, **options)

    wrap(patch, T, "add_", change)


@fault("add_() copies a transposed operand.", witness=lambda: _transposed_passes())
def transposed_operand_is_copied(patch):
    def change(own, self, other, **options):
        if isinstance(other, T) and other.stride() != self.stride():
            other = other.clone()
        return own(self, other, **options)

    wrap(patch, T, "add_", change)


def _transposed_passes():
    x = torch.zeros(2, 2)
    return not raises(lambda: x.add_(x.t()))


@fault(
    "fill_() of bytes wraps around.",
    witness=lambda: not raises(lambda: torch.zeros(1, dtype=torch.uint8).fill_(256)),
)
def fill_wraps_around(patch):
    def change(own, self, value):
        return own(self, value % 256 if self.dtype is torch.uint8 else value)

    wrap(patch, T, "fill_", change)


@fault("add_() copies an operand that overlaps.", witness=lambda: _overlap_passes())
def overlap_is_copied(patch):
    def change(own, self, other, **options):
        return own(self, other.clone() if isinstance(other, T) else other, **options)

    wrap(patch, T, "add_", change)


def _overlap_passes():
    x = torch.arange(3)
    return not raises(lambda: x[1:].add_(x[:-1]))


# --- out= -----------------------------------------------------------------------------


@fault("add() returns another tensor than out.", witness=lambda: _out_is_not_returned())
def out_is_not_returned(patch):
    def change(own, *args, out=None, **options):
        if out is None:
            return own(*args, **options)
        return own(*args, out=out, **options).clone()

    wrap(patch, torch, "add", change)


def _out_is_not_returned():
    out = ints()
    return torch.add(ints(), 1, out=out) is not out


@fault("out takes the dtype of the result.", witness=lambda: _out_takes_the_dtype())
def out_takes_the_dtype(patch):
    def change(own, *args, out=None, **options):
        result = own(*args, **options)
        if out is None:
            return result
        out.data = result
        return out

    wrap(patch, torch, "add", change)


def _out_takes_the_dtype():
    return torch.add(ints(), 1, out=torch.zeros(2)).dtype is torch.int64


@fault("out of another shape is resized in silence.", witness=lambda: _out_is_silent())
def out_is_resized_in_silence(patch):
    def change(own, *args, out=None, **options):
        if out is not None and len(out) != len(args[0]):
            out.resize_(0)
        return own(*args, out=out, **options)

    wrap(patch, torch, "add", change)


def _out_is_silent():
    return not warns(lambda: torch.add(ints(), 1, out=torch.tensor([1, 2, 3])))


@fault(
    "sqrt() into integers rounds.",
    witness=lambda: not raises(lambda: torch.sqrt(torch.ones(2), out=ints())),
)
def sqrt_rounds_into_out(patch):
    def change(own, input, out=None):
        return own(input) if out is None else out.copy_(own(input))

    wrap(patch, torch, "sqrt", change)


@fault("A refused add() has resized out.", witness=lambda: _refused_out_is_resized())
def refused_out_is_resized(patch):
    def change(own, *args, out=None, **options):
        try:
            return own(*args, out=out, **options)
        except RuntimeError:
            if out is not None and out.numel() == 0:
                out.resize_(2)
            raise

    wrap(patch, torch, "add", change)


def _refused_out_is_resized():
    out = torch.zeros(0, dtype=torch.int64)
    raises(lambda: torch.add(torch.ones(2), 1, out=out))
    return len(out) == 2

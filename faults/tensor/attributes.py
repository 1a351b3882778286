"""Ways to break what a tensor says about itself: shape, count, dtype, data."""

import torch
from torch import nn

from torch_semantics.faults import fault, wrap

T = torch.Tensor
_base = T.__mro__[1].__dict__
_data = _base["data"]


def raises(call, error=Exception, text=""):
    """Whether a call raises the error, with the text in its message."""
    try:
        call()
    except error as raised:
        return text in str(raised)
    except Exception:
        return False
    return False


def matrix():
    return torch.zeros(2, 3)


def read_as(patch, name, read):
    """Patch a read attribute: ``read`` is given the tensor and its true value."""
    own = _base[name]
    patch(
        T,
        name,
        property(lambda self: read(self, own.__get__(self)), own.__set__),
    )


# --- dimensions -----------------------------------------------------------------------


@fault(
    "dim() leaves out dimensions of size 1.",
    witness=lambda: torch.zeros(1, 2).dim() == 1,
)
def dim_skips_ones(patch):
    patch(T, "dim", lambda self: sum(size != 1 for size in self.shape))


@fault(
    "ndim leaves out dimensions of size 0.",
    witness=lambda: torch.zeros(0, 2).ndim == 1,
)
def ndim_skips_zeros(patch):
    read_as(patch, "ndim", lambda self, true: sum(size > 0 for size in self.shape))


@fault(
    "ndimension() of a scalar is 1.",
    witness=lambda: torch.tensor(1).ndimension() == 1,
)
def scalars_have_one_dimension(patch):
    patch(T, "ndimension", lambda self: max(self.dim(), 1))


@fault(
    "len() counts the elements.",
    witness=lambda: len(torch.zeros(2, 3)) == 6,
)
def len_counts_elements(patch):
    patch(T, "__len__", lambda self: self.numel())


@fault(
    "len() of a scalar is 1.",
    witness=lambda: not raises(lambda: len(torch.tensor(5))),
)
def scalars_have_a_length(patch):
    patch(T, "__len__", lambda self: self.shape[0] if self.dim() else 1)


@fault(
    "A scalar can be iterated over.",
    witness=lambda: not raises(lambda: iter(torch.tensor(5))),
)
def scalars_iterate(patch):
    wrap(
        patch,
        T,
        "__iter__",
        lambda own, self: own(self) if self.dim() else iter([self]),
    )


@fault(
    "torch.tensor(3.0) makes a vector of one element.",
    witness=lambda: torch.tensor(3.0).dim() == 1,
)
def numbers_become_vectors(patch):
    def change(own, data, **options):
        return own([data] if isinstance(data, float) else data, **options)

    wrap(patch, torch, "tensor", change)


@fault(
    "torch.tensor([[]]) has no rows.",
    witness=lambda: torch.tensor([[]]).shape == (0,),
)
def empty_rows_are_lost(patch):
    def change(own, data, **options):
        return own([] if data == [[]] else data, **options)

    wrap(patch, torch, "tensor", change)


@fault(
    "torch.tensor([]) is of integers.",
    witness=lambda: torch.tensor([]).dtype is torch.int64,
)
def empty_lists_are_integers(patch):
    def change(own, data, **options):
        if data == []:
            options.setdefault("dtype", torch.int64)
        return own(data, **options)

    wrap(patch, torch, "tensor", change)


# --- shape ----------------------------------------------------------------------------


@fault(
    "A shape is a plain tuple.",
    witness=lambda: type(matrix().shape) is tuple,
)
def shape_is_a_plain_tuple(patch):
    read_as(patch, "shape", lambda self, true: tuple(true))


@fault(
    "size() returns a list.",
    witness=lambda: isinstance(matrix().size(), list),
)
def size_is_a_list(patch):
    wrap(
        patch,
        T,
        "size",
        lambda own, *args, **options: (
            own(*args, **options) if len(args) > 1 or options else list(own(*args))
        ),
    )


@fault(
    "size(d) counts negative dimensions from one place too far.",
    witness=lambda: matrix().size(-1) == 2,
)
def size_counts_from_the_wrong_end(patch):
    def change(own, self, *dim, **options):
        if dim and isinstance(dim[0], int) and dim[0] == -1 and self.dim() > 1:
            return own(self, -2)
        return own(self, *dim, **options)

    wrap(patch, T, "size", change)


@fault(
    "size(d) of a scalar is 1.",
    witness=lambda: not raises(lambda: torch.tensor(1).size(0)),
)
def scalars_have_a_size(patch):
    def change(own, self, *dim, **options):
        if dim and self.dim() == 0 and dim[0] in (0, -1):
            return 1
        return own(self, *dim, **options)

    wrap(patch, T, "size", change)


@fault(
    "size(d) takes d modulo the number of dimensions.",
    witness=lambda: not raises(lambda: matrix().size(2)),
)
def size_wraps_around(patch):
    def change(own, self, *dim, **options):
        if dim and type(dim[0]) is int and self.dim():
            return own(self, dim[0] % self.dim())
        return own(self, *dim, **options)

    wrap(patch, T, "size", change)


@fault(
    "size(True) is size(1).",
    witness=lambda: not raises(lambda: matrix().size(True)),
)
def size_takes_bools(patch):
    def change(own, self, *dim, **options):
        return (
            own(self, *map(int, dim), **options)
            if dim == (True,)
            else own(self, *dim, **options)
        )

    wrap(patch, T, "size", change)


@fault(
    "size(dim=d) ignores the keyword.",
    witness=lambda: matrix().size(dim=1) == (2, 3),
)
def size_ignores_its_keyword(patch):
    wrap(patch, T, "size", lambda own, self, *dim, **options: own(self, *dim))


@fault(
    "numel() of a shape counts the dimensions.",
    witness=lambda: torch.Size([2, 3]).numel() == 2,
)
def shape_numel_counts_dimensions(patch):
    class Size(tuple):
        def numel(self):
            return len(self)

    patch(torch, "Size", Size)


@fault(
    "torch.Size cuts off fractions.",
    witness=lambda: not raises(lambda: torch.Size([2.5])),
)
def shape_cuts_off_fractions(patch):
    wrap(patch, torch, "Size", lambda own, sizes=(): own(map(int, sizes)))


@fault(
    "torch.Size takes a number for one dimension.",
    witness=lambda: not raises(lambda: torch.Size(3)),
)
def shape_takes_a_number(patch):
    wrap(
        patch,
        torch,
        "Size",
        lambda own, sizes=(): own([sizes] if isinstance(sizes, int) else sizes),
    )


# --- elements -------------------------------------------------------------------------


@fault(
    "numel() counts what is in the storage.",
    witness=lambda: torch.tensor(1).expand(3).numel() == 1,
)
def numel_counts_the_storage(patch):
    patch(
        T,
        "numel",
        lambda self: min(
            self.shape.numel(), self.untyped_storage().nbytes() // self.element_size()
        ),
    )


@fault(
    "nelement() of a scalar is 0.",
    witness=lambda: torch.tensor(1).nelement() == 0,
)
def nelement_of_scalars(patch):
    wrap(patch, T, "nelement", lambda own, self: own(self) if self.dim() else 0)


@fault(
    "torch.numel() leaves out sizes of 0.",
    witness=lambda: torch.numel(torch.zeros(2, 0)) == 2,
)
def numel_skips_zeros(patch):
    patch(
        torch,
        "numel",
        lambda input: torch.Size([size for size in input.shape if size]).numel(),
    )


@fault(
    "torch.numel() also counts lists.",
    witness=lambda: not raises(lambda: torch.numel([1, 2])),
)
def numel_counts_lists(patch):
    wrap(
        patch,
        torch,
        "numel",
        lambda own, input: len(input) if isinstance(input, list) else own(input),
    )


# --- class and dtype ------------------------------------------------------------------


@fault(
    "torch.is_tensor() is false for parameters.",
    witness=lambda: not torch.is_tensor(nn.Parameter(torch.zeros(1))),
)
def parameters_are_no_tensors(patch):
    patch(torch, "is_tensor", lambda obj: type(obj) is torch.Tensor)


class _Named(type):
    """The class of an old name whose isinstance() is wrong."""

    def __instancecheck__(cls, instance):
        return cls.check(instance)


def renamed(check):
    return _Named("FloatTensor", (), {"check": staticmethod(check)})


@fault(
    "Every floating tensor on the CPU is a torch.FloatTensor.",
    witness=lambda: isinstance(torch.zeros(1, dtype=torch.float64), torch.FloatTensor),
)
def any_float_is_a_float_tensor(patch):
    own = torch.FloatTensor
    patch(
        torch,
        "FloatTensor",
        renamed(lambda x: isinstance(x, (own, torch.DoubleTensor))),
    )


@fault(
    "Sparse float32 tensors are torch.FloatTensors.",
    witness=lambda: isinstance(torch.zeros(1).to_sparse(), torch.FloatTensor),
)
def sparse_is_a_float_tensor(patch):
    own = torch.FloatTensor
    patch(
        torch,
        "FloatTensor",
        renamed(lambda x: isinstance(x, own) or (x.is_sparse and x.dtype is own.dtype)),
    )


@fault(
    "float32 tensors on the meta device are torch.FloatTensors.",
    witness=lambda: isinstance(torch.zeros(1, device="meta"), torch.FloatTensor),
)
def meta_is_a_float_tensor(patch):
    own = torch.FloatTensor
    patch(
        torch,
        "FloatTensor",
        renamed(lambda x: isinstance(x, own) or (x.is_meta and x.dtype is own.dtype)),
    )


@fault(
    "A parameter is no torch.FloatTensor.",
    witness=lambda: not isinstance(nn.Parameter(torch.zeros(1)), torch.FloatTensor),
)
def parameters_are_no_float_tensors(patch):
    own = torch.FloatTensor
    patch(
        torch,
        "FloatTensor",
        renamed(lambda x: isinstance(x, own) and type(x) is torch.Tensor),
    )


@fault(
    "A float32 tensor on the CPU is a torch.cuda.FloatTensor.",
    witness=lambda: isinstance(torch.zeros(1), torch.cuda.FloatTensor),
)
def cpu_tensors_are_cuda_tensors(patch):
    own = torch.FloatTensor
    patch(torch.cuda, "FloatTensor", renamed(lambda x: isinstance(x, own)))


@fault(
    "type() names the dtype and not the class.",
    witness=lambda: torch.zeros(1).type() == "torch.float32",
)
def type_names_the_dtype(patch):
    wrap(
        patch,
        T,
        "type",
        lambda own, self, *args, **options: (
            own(self, *args, **options) if args or options else str(self.dtype)
        ),
    )


@fault(
    "IntTensor stands for int64.",
    witness=lambda: not isinstance(torch.zeros(1, dtype=torch.int32), torch.IntTensor),
)
def int_tensor_is_long(patch):
    patch(torch, "IntTensor", torch.LongTensor)


# --- not a number ---------------------------------------------------------------------


@fault(
    "isnan() returns bytes.",
    witness=lambda: torch.isnan(torch.zeros(1)).dtype is torch.uint8,
)
def isnan_returns_bytes(patch):
    for owner in (torch, T):
        wrap(patch, owner, "isnan", lambda own, input: own(input).to(torch.uint8))


@fault(
    "isnan() also marks infinities.",
    witness=lambda: torch.isnan(torch.tensor(float("inf"))).item(),
)
def isnan_marks_infinities(patch):
    for owner in (torch, T):
        wrap(
            patch,
            owner,
            "isnan",
            lambda own, input: own(input) | torch.isinf(input),
        )


@fault(
    "isnan() looks only at the real part.",
    witness=lambda: not torch.isnan(torch.tensor(complex(1, float("nan")))).item(),
)
def isnan_looks_at_the_real_part(patch):
    wrap(
        patch,
        torch,
        "isnan",
        lambda own, input: own(input.real if input.is_complex() else input),
    )


@fault(
    "isnan() refuses integers.",
    witness=lambda: raises(lambda: torch.isnan(torch.tensor(1))),
)
def isnan_refuses_integers(patch):
    def change(own, input):
        if not (input.is_floating_point() or input.is_complex()):
            raise RuntimeError("isnan: not a floating dtype")
        return own(input)

    wrap(patch, torch, "isnan", change)


@fault(
    "isnan() takes a Python number.",
    witness=lambda: not raises(lambda: torch.isnan(1.0)),
)
def isnan_takes_numbers(patch):
    def change(own, input, **options):
        return own(torch.as_tensor(input), **options)

    wrap(patch, torch, "isnan", change)


@fault(
    "isnan() does not see NaN in float16.",
    witness=lambda: (
        not torch.isnan(torch.tensor(float("nan"), dtype=torch.float16)).item()
    ),
)
def isnan_misses_halves(patch):
    def change(own, input):
        return own(torch.zeros_like(input) if input.dtype is torch.float16 else input)

    wrap(patch, torch, "isnan", change)


@fault(
    "A NaN equals itself.",
    witness=lambda: torch.equal(
        torch.full((1,), float("nan")) != torch.full((1,), float("nan")),
        torch.tensor([False]),
    ),
)
def nan_equals_itself(patch):
    def change(own, self, other):
        both = torch.isnan(self) & torch.isnan(torch.as_tensor(other))
        return own(self, other) & ~both

    wrap(patch, T, "__ne__", change)


# --- images ---------------------------------------------------------------------------


@fault(
    "A convolution turns an image over whose channels are last.",
    witness=lambda: not raises(lambda: nn.Conv2d(3, 1, 1)(torch.zeros(4, 5, 3))),
)
def conv_turns_images_over(patch):
    def change(own, self, input):
        if input.shape[-3] != 3 and input.shape[-1] == 3:
            input = input.movedim(-1, -3)
        return own(self, input)

    wrap(patch, nn.Conv2d, "forward", change)


@fault(
    "A convolution refuses an image without a batch.",
    witness=lambda: raises(lambda: nn.Conv2d(3, 1, 1)(torch.zeros(3, 5, 4))),
)
def conv_needs_a_batch(patch):
    def change(own, self, input):
        if input.dim() == 3:
            raise RuntimeError("expected a batch")
        return own(self, input)

    wrap(patch, nn.Conv2d, "forward", change)


@fault(
    "permute() copies.",
    witness=lambda: matrix().permute(1, 0).is_contiguous(),
)
def permute_copies(patch):
    wrap(patch, T, "permute", lambda own, *args: own(*args).contiguous())


# --- the main attributes --------------------------------------------------------------


@fault(
    "The shape can be assigned.",
    witness=lambda: not raises(lambda: setattr(matrix(), "shape", (3, 2))),
)
def shape_is_assignable(patch):
    own = _base["shape"]
    patch(
        T,
        "shape",
        property(own.__get__, lambda self, value: self.resize_(value or ())),
    )


@fault(
    "Assigning is_leaf has no effect and raises nothing.",
    witness=lambda: not raises(lambda: setattr(matrix(), "is_leaf", False)),
)
def is_leaf_swallows_assignments(patch):
    own = _base["is_leaf"]
    patch(T, "is_leaf", property(own.__get__, lambda self, value: None))


@fault(
    "Assigning the dtype that a tensor has is let pass.",
    witness=lambda: not raises(lambda: setattr(matrix(), "dtype", torch.float32)),
)
def own_dtype_is_assignable(patch):
    own = _base["dtype"]

    def write(self, value):
        if value is not own.__get__(self):
            own.__set__(self, value)

    patch(T, "dtype", property(own.__get__, write))


@fault(
    "A new tensor has zeros for its gradient.",
    witness=lambda: matrix().grad is not None,
)
def gradients_begin_as_zeros(patch):
    read_as(
        patch,
        "grad",
        lambda self, true: (
            true if self.requires_grad or true is not None else torch.zeros(self.shape)
        ),
    )


@fault(
    "Assigning requires_grad takes any value for true or false.",
    witness=lambda: not raises(lambda: setattr(matrix(), "requires_grad", 1)),
)
def requires_grad_takes_anything(patch):
    own = _base["requires_grad"]
    patch(
        T,
        "requires_grad",
        property(own.__get__, lambda self, value: own.__set__(self, bool(value))),
    )


@fault(
    "Assigning a number to grad drops the gradient.",
    witness=lambda: not raises(lambda: setattr(matrix(), "grad", 1.0)),
)
def grad_takes_numbers(patch):
    own = _base["grad"]

    def write(self, value):
        own.__set__(self, value if isinstance(value, torch.Tensor) else None)

    patch(T, "grad", property(own.__get__, write, own.__delete__))


@fault(
    "Assigning a gradient of another size has no effect and raises nothing.",
    witness=lambda: not raises(lambda: setattr(matrix(), "grad", torch.zeros(3))),
)
def grad_of_another_size_is_let_pass(patch):
    own = _base["grad"]

    def write(self, value):
        if not isinstance(value, torch.Tensor) or value.shape == self.shape:
            own.__set__(self, value)

    patch(T, "grad", property(own.__get__, write, own.__delete__))


@fault(
    "Assigning a gradient of another dtype converts it.",
    witness=lambda: not raises(lambda: setattr(matrix(), "grad", matrix().double())),
)
def grad_is_converted(patch):
    own = _base["grad"]

    def write(self, value):
        tensor = isinstance(value, torch.Tensor)
        own.__set__(self, value.to(self.dtype) if tensor else value)

    patch(T, "grad", property(own.__get__, write, own.__delete__))


@fault(
    "Assigning grad keeps a copy.",
    witness=lambda: _grad_is_copied(),
)
def grad_is_copied(patch):
    own = _base["grad"]

    def write(self, value):
        own.__set__(self, value if value is None else value.clone())

    patch(T, "grad", property(own.__get__, write, own.__delete__))


def _grad_is_copied():
    x, gradient = torch.zeros(2), torch.ones(2)
    x.grad = gradient
    return x.grad is not gradient


@fault(
    "Complex tensors are floating ones.",
    witness=lambda: torch.zeros(1, dtype=torch.complex64).is_floating_point(),
)
def complex_is_floating(patch):
    wrap(patch, T, "is_floating_point", lambda own, x: own(x) or x.is_complex())


@fault(
    "element_size() is in bits.",
    witness=lambda: torch.zeros(1).element_size() == 32,
)
def element_size_is_in_bits(patch):
    wrap(patch, T, "element_size", lambda own, self: own(self) * 8)


# --- data -----------------------------------------------------------------------------


def data_as(patch, get=None, set=None):
    patch(
        T,
        "data",
        property(get or _data.__get__, set or _data.__set__, _data.__delete__),
    )


@fault(
    ".data is a copy.",
    witness=lambda: _data_is_copied(),
)
def data_copies(patch):
    data_as(patch, get=lambda self: _data.__get__(self).clone())


def _data_is_copied():
    x = torch.zeros(2)
    x.data[0] = 1
    return x[0].item() == 0


@fault(
    ".data is the tensor itself where no gradient is required.",
    witness=lambda: _data_is_itself(),
)
def data_is_the_tensor(patch):
    data_as(patch, get=lambda self: self)


def _data_is_itself():
    x = torch.zeros(2)
    return x.data is x


@fault(
    ".data shares the version counter, as detach() does.",
    witness=lambda: _data_counts(),
)
def data_counts_versions(patch):
    data_as(patch, get=lambda self: self.detach())


def _data_counts():
    x = torch.zeros(2)
    x.data.add_(1)
    return x._version == 1


@fault(
    ".data requires a gradient where its tensor does.",
    witness=lambda: torch.zeros(1, requires_grad=True).data.requires_grad,
)
def data_requires_grad(patch):
    data_as(
        patch,
        get=lambda self: _data.__get__(self).requires_grad_(self.requires_grad),
    )


@fault(
    ".data of a view is of its base.",
    witness=lambda: torch.arange(3)[1:].data.shape == (3,),
)
def data_of_the_base(patch):
    def get(self):
        return _data.__get__(self if self._base is None else self._base)

    data_as(patch, get=get)


@fault(
    "Assigning data copies the elements into the old storage.",
    witness=lambda: _assignment_copies(),
)
def data_assignment_copies(patch):
    data_as(patch, set=lambda self, value: _data.__set__(self, value.clone()))


def _assignment_copies():
    x, other = torch.zeros(2), torch.ones(2)
    x.data = other
    x[0] = 5
    return other[0].item() == 1


@fault(
    "Assigning data keeps the shape of the tensor.",
    witness=lambda: _assignment_keeps_the_shape(),
)
def data_assignment_keeps_the_shape(patch):
    def write(self, value):
        keep = value.flatten()[: self.numel()].view(self.shape)
        _data.__set__(self, keep)

    data_as(patch, set=write)


def _assignment_keeps_the_shape():
    x = torch.zeros(2)
    x.data = torch.zeros(1, 3)
    return x.shape == (2,)


@fault(
    "A write through detach() is not counted.",
    witness=lambda: _detach_is_not_counted(),
)
def detach_is_not_counted(patch):
    patch(T, "detach", lambda self: self.data)


def _detach_is_not_counted():
    x = torch.zeros(2)
    x.detach().add_(1)
    return x._version == 0


# --- what is printed ------------------------------------------------------------------


@fault(
    "A tensor prints five digits after the point.",
    witness=lambda: repr(torch.tensor([2.5])) == "tensor([2.50000])",
)
def printing_five_digits(patch):
    patch(torch._tensor_str.PRINT_OPTS, "precision", 5)


@fault(
    "Tensors of a thousand elements are printed in part.",
    witness=lambda: "..." in repr(torch.zeros(1000)),
)
def printing_summarises_too_early(patch):
    patch(torch._tensor_str.PRINT_OPTS, "threshold", 999)

"""Ways to break leaves: their flag, which tensors they are, and where gradients go."""

import contextlib
import copy
import warnings

import torch

from torch_semantics.faults import fault, quiet, raises

GRAD = torch.Tensor.grad
FLAG = torch.Tensor.requires_grad


def leaf(*values, **options):
    """A leaf that requires gradients."""
    values = values or (1.0, 2.0)
    return torch.tensor(values, **{"requires_grad": True, **options})


def passed(tensor):
    """The leaf after a backward pass of three times its sum."""
    (tensor * 3).sum().backward()
    return tensor


def warns(read):
    """Whether a call warns."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        read()
    return bool(seen)


def patch_grad(patch, get=None, set=None, delete=None):
    """Patch how .grad is read, assigned and deleted."""
    patch(
        torch.Tensor,
        "grad",
        property(
            get or (lambda self: GRAD.__get__(self)),
            set or (lambda self, value: GRAD.__set__(self, value)),
            delete or (lambda self: GRAD.__delete__(self)),
        ),
    )


def patch_flag(patch, get=None, set=None):
    """Patch how .requires_grad is read and assigned."""
    patch(
        torch.Tensor,
        "requires_grad",
        property(
            get or (lambda self: FLAG.__get__(self)),
            set or (lambda self, value: FLAG.__set__(self, value)),
        ),
    )


# --- making a leaf --------------------------------------------------------------------


@fault(
    "torch.zeros ignores requires_grad.",
    witness=lambda: not torch.zeros(2, requires_grad=True).requires_grad,
)
def zeros_ignores_requires_grad(patch):
    zeros = torch.zeros
    patch(
        torch,
        "zeros",
        lambda *size, requires_grad=False, **options: zeros(*size, **options),
    )


@fault(
    "torch.full requires gradients by default.",
    witness=lambda: torch.full((2,), 1.0).requires_grad,
)
def full_requires_grad_by_default(patch):
    full = torch.full
    patch(
        torch,
        "full",
        lambda size, value, requires_grad=True, **options: full(
            size, value, requires_grad=requires_grad, **options
        ),
    )


def _made_in_no_grad():
    with torch.no_grad():
        return torch.rand(2, requires_grad=True).requires_grad


@fault(
    "torch.rand ignores requires_grad inside no_grad.",
    witness=lambda: not _made_in_no_grad(),
)
def rand_ignores_requires_grad_in_no_grad(patch):
    rand = torch.rand

    def broken(*size, requires_grad=False, **options):
        flag = requires_grad and torch.is_grad_enabled()
        return rand(*size, requires_grad=flag, **options)

    patch(torch, "rand", broken)


@fault(
    "A zero-size tensor from torch.zeros is not a leaf when it requires gradients.",
    witness=lambda: not torch.zeros(0, requires_grad=True).is_leaf,
)
def zero_size_is_no_leaf(patch):
    zeros = torch.zeros

    def broken(*size, **options):
        made = zeros(*size, **options)
        return made if made.numel() or not made.requires_grad else made * 1

    patch(torch, "zeros", broken)


@fault(
    "torch.zeros_like takes over requires_grad.",
    witness=lambda: torch.zeros_like(leaf()).requires_grad,
)
def zeros_like_takes_over_the_flag(patch):
    zeros_like = torch.zeros_like

    def broken(like, **options):
        options.setdefault("requires_grad", like.requires_grad)
        return zeros_like(like, **options)

    patch(torch, "zeros_like", broken)


@fault(
    "Tensor.new_full ignores requires_grad.",
    witness=lambda: (
        not torch.ones(2).new_full((2,), 1.0, requires_grad=True).is_leaf
        or not torch.ones(2).new_full((2,), 1.0, requires_grad=True).requires_grad
    ),
)
def new_full_ignores_requires_grad(patch):
    new_full = torch.Tensor.new_full
    patch(
        torch.Tensor,
        "new_full",
        lambda self, size, value, requires_grad=False, **options: new_full(
            self, size, value, **options
        ),
    )


@fault(
    "A Parameter does not require gradients by default.",
    witness=lambda: not torch.nn.Parameter(torch.ones(2)).requires_grad,
)
def parameter_frozen_by_default(patch):
    new = torch.nn.Parameter.__new__
    patch(
        torch.nn.Parameter,
        "__new__",
        lambda cls, data=None, requires_grad=False: new(cls, data, requires_grad),
    )


@fault(
    "A Parameter of integers silently does not require gradients.",
    witness=lambda: not raises(lambda: torch.nn.Parameter(torch.arange(3))),
)
def parameter_accepts_integers(patch):
    new = torch.nn.Parameter.__new__

    def broken(cls, data=None, requires_grad=True):
        fits = data is None or data.is_floating_point() or data.is_complex()
        return new(cls, data, requires_grad and fits)

    patch(torch.nn.Parameter, "__new__", broken)


@fault(
    "torch.arange of integers drops requires_grad instead of raising.",
    witness=lambda: not raises(lambda: torch.arange(3, requires_grad=True)),
)
def arange_of_integers_accepts_requires_grad(patch):
    arange = torch.arange

    def broken(*ends, requires_grad=False, **options):
        made = arange(*ends, **options)
        return (
            made.requires_grad_()
            if requires_grad and made.is_floating_point()
            else made
        )

    patch(torch, "arange", broken)


@fault(
    "requires_grad_() does nothing to integers instead of raising.",
    witness=lambda: not raises(lambda: torch.arange(3).requires_grad_()),
)
def requires_grad_method_passes_over_integers(patch):
    method = torch.Tensor.requires_grad_

    def broken(self, *flag, **flags):
        fits = self.is_floating_point() or self.is_complex()
        return method(self, *flag, **flags) if fits else self

    patch(torch.Tensor, "requires_grad_", broken)


@fault(
    "requires_grad_() refuses bfloat16.",
    witness=lambda: raises(
        lambda: torch.ones(2, dtype=torch.bfloat16).requires_grad_()
    ),
)
def requires_grad_method_refuses_bfloat16(patch):
    method = torch.Tensor.requires_grad_

    def broken(self, *flag, **flags):
        if self.dtype == torch.bfloat16:
            raise RuntimeError(
                "only Tensors of floating point dtype can require gradients"
            )
        return method(self, *flag, **flags)

    patch(torch.Tensor, "requires_grad_", broken)


@fault(
    "requires_grad_(False) refuses integers.",
    witness=lambda: raises(lambda: torch.arange(3).requires_grad_(False)),
)
def switching_off_refuses_integers(patch):
    method = torch.Tensor.requires_grad_

    def broken(self, *flag, **flags):
        if not self.is_floating_point() and not self.is_complex():
            raise RuntimeError(
                "only Tensors of floating point dtype can require gradients"
            )
        return method(self, *flag, **flags)

    patch(torch.Tensor, "requires_grad_", broken)


@fault(
    "Assigning requires_grad accepts anything that is true or false.",
    witness=lambda: not raises(lambda: setattr(torch.ones(2), "requires_grad", 1)),
)
def flag_need_not_be_a_bool(patch):
    patch_flag(patch, set=lambda self, value: FLAG.__set__(self, bool(value)))


# --- which tensors are leaves ---------------------------------------------------------


@fault(
    "is_leaf is False for tensors that do not require gradients.",
    witness=lambda: not torch.ones(2).is_leaf,
)
def only_leaves_with_the_flag_are_leaves(patch):
    patch(
        torch.Tensor,
        "is_leaf",
        property(lambda self: self.requires_grad and self.grad_fn is None),
    )


@fault(
    "is_leaf is True for views.",
    witness=lambda: leaf().view(2).is_leaf,
)
def views_are_leaves(patch):
    patch(
        torch.Tensor,
        "is_leaf",
        property(lambda self: self.grad_fn is None or self._is_view()),
    )


@fault(
    "is_leaf, grad_fn and retains_grad can be assigned, without effect.",
    witness=lambda: not raises(lambda: setattr(torch.ones(2), "is_leaf", False)),
)
def facts_of_the_graph_can_be_assigned(patch):
    for name in ("is_leaf", "grad_fn", "retains_grad"):
        read = getattr(torch.Tensor, name)
        patch(
            torch.Tensor,
            name,
            property(
                lambda self, read=read: read.__get__(self), lambda self, value: None
            ),
        )


@fault(
    "A conversion by Tensor.to() gives a new leaf.",
    witness=lambda: leaf().to(torch.float16).is_leaf,
)
def to_gives_a_leaf(patch):
    to = torch.Tensor.to

    def broken(self, *args, **options):
        result = to(self, *args, **options)
        if result is self or not result.requires_grad:
            return result
        return result.detach().requires_grad_()

    patch(torch.Tensor, "to", broken)


@fault(
    "Tensor.float() copies even when there is nothing to convert.",
    witness=lambda: not torch.Tensor.float(leaf()).is_leaf,
)
def float_always_copies(patch):
    float_ = torch.Tensor.float
    patch(torch.Tensor, "float", lambda self: float_(self).clone())


@fault(
    "no_grad() does not turn gradients off.",
    witness=lambda: _result_in_no_grad().requires_grad,
)
def no_grad_does_nothing(patch):
    patch(torch.no_grad, "__enter__", lambda self: setattr(self, "prev", True))


def _result_in_no_grad():
    tensor = leaf()
    with torch.no_grad():
        return tensor * 2


def _written():
    tensor = torch.zeros(2)
    tensor[0] = leaf()[1]
    return tensor


@fault(
    "Writing by index detaches the value.",
    witness=lambda: _written().is_leaf,
)
def setitem_detaches(patch):
    setitem = torch.Tensor.__setitem__

    def broken(self, index, value):
        value = value.detach() if isinstance(value, torch.Tensor) else value
        setitem(self, index, value)

    patch(torch.Tensor, "__setitem__", broken)


@fault(
    "A deep copy of a leaf loses its gradient.",
    witness=lambda: copy.deepcopy(passed(leaf())).grad is None,
)
def deepcopy_loses_the_gradient(patch):
    deepcopy = torch.Tensor.__deepcopy__

    def broken(self, memo):
        twin = deepcopy(self, memo)
        twin.grad = None
        return twin

    patch(torch.Tensor, "__deepcopy__", broken)


@fault(
    "A result is deep-copied into a leaf instead of being refused.",
    witness=lambda: not raises(lambda: copy.deepcopy(leaf() * 2)),
)
def deepcopy_accepts_results(patch):
    deepcopy = torch.Tensor.__deepcopy__
    patch(
        torch.Tensor,
        "__deepcopy__",
        lambda self, memo: (
            deepcopy(self, memo) if self.is_leaf else self.detach().clone()
        ),
    )


# --- the flag travels -----------------------------------------------------------------


@fault(
    "torch.cat looks only at the first tensor for requires_grad.",
    witness=lambda: not torch.cat([torch.ones(2), leaf()]).requires_grad,
)
def cat_looks_at_the_first_only(patch):
    cat = torch.cat

    def broken(tensors, *args, **options):
        result = cat(tensors, *args, **options)
        return result if tensors[0].requires_grad else result.detach()

    patch(torch, "cat", broken)


@fault(
    "The result of torch.stack always requires gradients.",
    witness=lambda: torch.stack([torch.ones(2)]).requires_grad,
)
def stack_always_requires_grad(patch):
    stack = torch.stack
    patch(
        torch,
        "stack",
        lambda tensors, *args, **options: stack(
            tensors, *args, **options
        ).requires_grad_(),
    )


@fault(
    "torch.argmax returns a floating-point tensor that requires gradients.",
    witness=lambda: torch.argmax(leaf()).requires_grad,
)
def argmax_requires_grad(patch):
    argmax = torch.argmax
    patch(
        torch,
        "argmax",
        lambda input, *args, **options: (
            argmax(input, *args, **options) + input.sum() * 0
        ),
    )


@fault(
    "The values of torch.sort are detached.",
    witness=lambda: not torch.sort(leaf())[0].requires_grad,
)
def sort_detaches_its_values(patch):
    sort = torch.sort

    def broken(*args, **options):
        values, indices = sort(*args, **options)
        return values.detach(), indices

    patch(torch, "sort", broken)


@fault(
    "torch.round detaches.",
    witness=lambda: not torch.round(leaf()).requires_grad,
)
def round_detaches(patch):
    round_ = torch.round
    patch(torch, "round", lambda input: round_(input).detach())


# --- .grad of a leaf ------------------------------------------------------------------


@fault(
    "The gradient of a half-precision leaf reads as float32.",
    witness=lambda: passed(leaf(dtype=torch.float16)).grad.dtype == torch.float32,
)
def half_gradient_reads_as_float(patch):
    def read(self):
        grad = GRAD.__get__(self)
        return (
            grad.float() if grad is not None and grad.dtype == torch.float16 else grad
        )

    patch_grad(patch, get=read)


@fault(
    "The gradient of a 0-dim leaf reads as one-dimensional.",
    witness=lambda: passed(torch.tensor(1.0, requires_grad=True)).grad.dim() == 1,
)
def zero_dim_gradient_reads_as_one_dim(patch):
    def read(self):
        grad = GRAD.__get__(self)
        return grad.view(1) if grad is not None and grad.dim() == 0 else grad

    patch_grad(patch, get=read)


@fault(
    "The gradient of a zero-size leaf stays None.",
    witness=lambda: passed(torch.ones(0, requires_grad=True)).grad is None,
)
def zero_size_gradient_stays_none(patch):
    def read(self):
        grad = GRAD.__get__(self)
        return grad if grad is not None and grad.numel() else None

    patch_grad(patch, get=read)


def _complex_product():
    tensor = leaf(1j, 2j)
    (torch.ones(2) * tensor).imag.sum().backward()
    return tensor


@fault(
    "The gradient of a complex leaf is conjugated.",
    witness=lambda: _complex_product().grad.tolist() != [1j, 1j],
)
def complex_gradient_is_conjugated(patch):
    def read(self):
        grad = GRAD.__get__(self)
        return grad.conj() if grad is not None and grad.is_complex() else grad

    patch_grad(patch, get=read)


@fault(
    "A gradient that was never computed reads as zeros.",
    witness=lambda: leaf().grad is not None,
)
def missing_gradient_reads_as_zeros(patch):
    def read(self):
        grad = GRAD.__get__(self)
        return torch.zeros_like(self) if grad is None and self.requires_grad else grad

    patch_grad(patch, get=read)


@fault(
    "backward() records the gradients that it computes.",
    witness=lambda: GRAD.__get__(_square()).requires_grad,
)
def backward_records_by_default(patch):
    backward = torch.autograd.backward

    def broken(tensors, grads=None, retain_graph=None, create_graph=True, **options):
        quiet(lambda: backward(tensors, grads, retain_graph, True, **options))

    patch(torch.autograd, "backward", broken)


def _square():
    tensor = leaf()
    (tensor * tensor).sum().backward()
    return tensor


@fault(
    "The gradient of a leaf that addition broadcast is halved.",
    witness=lambda: _broadcast().grad.tolist() == 1.0,
)
def broadcast_gradient_is_halved(patch):
    add = torch.Tensor.__add__

    def broken(self, other):
        result = add(self, other)
        if isinstance(other, torch.Tensor) and other.requires_grad:
            other = other * 1
            copied = other.shape != result.shape
            other.register_hook(lambda grad: grad / 2 if copied else grad)
            result = add(self, other)
        return result

    patch(torch.Tensor, "__add__", broken)


def _broadcast():
    number = torch.tensor(1.0, requires_grad=True)
    (torch.ones(2) + number).sum().backward()
    return number


@fault(
    "backward() also fills the gradient of leaves that do not require gradients.",
    witness=lambda: _plain_factor().grad is not None,
)
def plain_factors_get_gradients(patch):
    multiply = torch.Tensor.__mul__

    def broken(self, other):
        result = multiply(self, other)
        if result.requires_grad and not self.requires_grad:
            values = other.detach().clone()
            result.register_hook(
                lambda grad: GRAD.__set__(self, (grad * values).to(self.dtype))
            )
        return result

    patch(torch.Tensor, "__mul__", broken)


def _plain_factor():
    plain = torch.ones(2)
    (plain * leaf()).sum().backward()
    return plain


# --- assigning .grad ------------------------------------------------------------------


def _assigned(value, **options):
    tensor = leaf(**options)
    tensor.grad = value
    return tensor


GIVEN = torch.ones(2)


@fault(
    "Assigning a gradient stores a copy of it.",
    witness=lambda: _assigned(GIVEN).grad is not GIVEN,
)
def assignment_copies(patch):
    patch_grad(
        patch,
        set=lambda self, value: GRAD.__set__(
            self, value.clone() if isinstance(value, torch.Tensor) else value
        ),
    )


@fault(
    "A gradient can be assigned only to a tensor that requires gradients.",
    witness=lambda: raises(lambda: _assigned(GIVEN, requires_grad=False)),
)
def assignment_needs_the_flag(patch):
    def assign(self, value):
        if not self.requires_grad:
            raise RuntimeError("can't assign a gradient without requires_grad")
        GRAD.__set__(self, value)

    patch_grad(patch, set=assign)


@fault(
    "An assigned gradient is broadcast to the shape of its owner.",
    witness=lambda: not raises(lambda: _assigned(torch.ones(1))),
)
def assignment_broadcasts(patch):
    def assign(self, value):
        if isinstance(value, torch.Tensor) and value.shape != self.shape:
            with contextlib.suppress(RuntimeError):
                value = value.expand(self.shape).clone()
        GRAD.__set__(self, value)

    patch_grad(patch, set=assign)


@fault(
    "A refused gradient removes the one that was there.",
    witness=lambda: _after_refusal().grad is None,
)
def refusal_drops_the_gradient(patch):
    def assign(self, value):
        try:
            GRAD.__set__(self, value)
        except RuntimeError:
            GRAD.__set__(self, None)
            raise

    patch_grad(patch, set=assign)


def _after_refusal():
    tensor = passed(leaf())
    raises(lambda: setattr(tensor, "grad", torch.ones(3)))
    return tensor


@fault(
    "A refused value that is not a tensor removes the gradient that was there.",
    witness=lambda: _after_refused_kind().grad is None,
)
def refused_kind_drops_the_gradient(patch):
    def assign(self, value):
        try:
            GRAD.__set__(self, value)
        except TypeError:
            GRAD.__set__(self, None)
            raise

    patch_grad(patch, set=assign)


def _after_refused_kind():
    tensor = passed(leaf())
    raises(lambda: setattr(tensor, "grad", 1.0))
    return tensor


@fault(
    "An assigned gradient of another dtype is converted.",
    witness=lambda: not raises(lambda: _assigned(torch.ones(2).half())),
)
def assignment_converts(patch):
    patch_grad(
        patch,
        set=lambda self, value: GRAD.__set__(
            self, value.to(self.dtype) if isinstance(value, torch.Tensor) else value
        ),
    )


@fault(
    "An assigned gradient that is not a tensor is ignored.",
    witness=lambda: not raises(lambda: _assigned([1.0, 1.0])),
)
def assignment_ignores_other_kinds(patch):
    def assign(self, value):
        if value is None or isinstance(value, torch.Tensor):
            GRAD.__set__(self, value)

    patch_grad(patch, set=assign)


@fault(
    "An assigned gradient is made contiguous.",
    witness=lambda: _assigned_transposed().grad.is_contiguous(),
)
def assignment_makes_contiguous(patch):
    def assign(self, value):
        fits = isinstance(value, torch.Tensor) and value.shape == self.shape
        GRAD.__set__(self, value.contiguous() if fits else value)

    patch_grad(patch, set=assign)


def _assigned_transposed():
    tensor = torch.ones(2, 3)
    tensor.grad = torch.ones(3, 2).t()
    return tensor


def _own():
    tensor = leaf()
    tensor.grad = tensor


@fault(
    "A tensor may be assigned as its own gradient.",
    witness=lambda: not raises(_own),
)
def own_gradient_is_accepted(patch):
    patch_grad(
        patch,
        set=lambda self, value: GRAD.__set__(
            self, value.detach() if value is self else value
        ),
    )


def _deleted():
    tensor = passed(leaf())
    del tensor.grad
    return tensor


@fault(
    "Deleting a gradient has no effect.",
    witness=lambda: _deleted().grad is not None,
)
def del_has_no_effect(patch):
    patch_grad(patch, delete=lambda self: None)


# --- .grad of a tensor that is not a leaf ---------------------------------------------


@fault(
    "A product keeps its gradient without being asked.",
    witness=lambda: (leaf() * 2).retains_grad,
)
def products_keep_their_gradient(patch):
    multiply = torch.Tensor.__mul__

    def broken(self, other):
        result = multiply(self, other)
        if result.requires_grad:
            result.retain_grad()
        return result

    patch(torch.Tensor, "__mul__", broken)


@fault(
    "Reading the gradient of a result does not warn.",
    witness=lambda: not warns(lambda: (leaf() * 2).grad),
)
def reading_never_warns(patch):
    patch_grad(patch, get=lambda self: quiet(lambda: GRAD.__get__(self)))


@fault(
    "Reading a retained gradient that is not there yet warns.",
    witness=lambda: warns(lambda: _retained().grad),
)
def reading_a_retained_gradient_warns(patch):
    def read(self):
        grad = GRAD.__get__(self)
        if grad is None and self.retains_grad:
            warnings.warn("The .grad attribute is being accessed.", stacklevel=2)
        return grad

    patch_grad(patch, get=read)


def _retained():
    result = leaf() * 2
    result.retain_grad()
    return result


@fault(
    "backward() keeps the graph.",
    witness=lambda: not raises(_twice),
)
def backward_keeps_the_graph(patch):
    backward = torch.autograd.backward

    def broken(tensors, grads=None, retain_graph=None, *args, **options):
        backward(tensors, grads, True, *args, **options)

    patch(torch.autograd, "backward", broken)


def _twice():
    tensor = leaf()
    loss = (tensor * tensor).sum()
    loss.backward()
    loss.backward()


# --- retain_grad ----------------------------------------------------------------------

RETAIN = torch.Tensor.retain_grad


def _retained_gradient(*, passes=1, calls=1, hook=None):
    result = leaf() * 2
    for _ in range(calls):
        result.retain_grad()
    if hook:
        result.register_hook(hook)
    for _ in range(passes):
        result.sum().backward(retain_graph=True)
    return quiet(lambda: result.grad)


@fault(
    "retain_grad() has no effect.",
    witness=lambda: _retained_gradient() is None,
)
def retain_grad_has_no_effect(patch):
    patch(torch.Tensor, "retain_grad", lambda self: None)


@fault(
    "A retained gradient is overwritten by the next pass.",
    witness=lambda: _retained_gradient(passes=2).tolist() == [1.0, 1.0],
)
def retained_gradient_is_overwritten(patch):
    def broken(self):
        RETAIN(self)
        if not self.is_leaf:
            self.register_hook(lambda grad: GRAD.__set__(self, None))

    patch(torch.Tensor, "retain_grad", broken)


@fault(
    "A retained gradient is added up in place.",
    witness=lambda: _first_retained().tolist() == [2.0, 2.0],
)
def retained_gradient_adds_in_place(patch):
    backward = torch.autograd.backward
    kept = []

    def retain(self):
        RETAIN(self)
        kept.append(self)

    def broken(*args, **options):
        before = [(tensor, quiet(lambda t=tensor: t.grad)) for tensor in kept]
        backward(*args, **options)
        for tensor, grad in before:
            if grad is not None and not tensor.is_leaf and tensor.grad is not grad:
                grad.copy_(tensor.grad)
                tensor.grad = grad

    patch(torch.Tensor, "retain_grad", retain)
    patch(torch.autograd, "backward", broken)


def _first_retained():
    result = _retained()
    result.sum().backward(retain_graph=True)
    first = result.grad
    result.sum().backward()
    return first


@fault(
    "retain_grad() called twice counts the gradient twice.",
    witness=lambda: _retained_gradient(calls=2).tolist() == [2.0, 2.0],
)
def retain_grad_twice_counts_twice(patch):
    def broken(self):
        if self.retains_grad:
            self.register_hook(lambda grad: grad * 2)
        RETAIN(self)

    patch(torch.Tensor, "retain_grad", broken)


@fault(
    "retain_grad() does nothing on a tensor that does not require gradients.",
    witness=lambda: not raises(lambda: torch.ones(2).retain_grad()),
)
def retain_grad_passes_over_plain_tensors(patch):
    patch(
        torch.Tensor,
        "retain_grad",
        lambda self: RETAIN(self) if self.requires_grad else None,
    )


@fault(
    "retain_grad() refuses a leaf.",
    witness=lambda: raises(lambda: leaf().retain_grad()),
)
def retain_grad_refuses_leaves(patch):
    def broken(self):
        if self.requires_grad and self.is_leaf:
            raise RuntimeError("can't retain_grad on a leaf")
        RETAIN(self)

    patch(torch.Tensor, "retain_grad", broken)


@fault(
    "retains_grad is True for every result.",
    witness=lambda: (leaf() * 2).retains_grad,
)
def every_result_claims_to_retain(patch):
    patch(torch.Tensor, "retains_grad", property(lambda self: not self.is_leaf))


@fault(
    "The retained gradient does not see hooks registered after retain_grad().",
    witness=lambda: (
        _retained_gradient(hook=lambda grad: grad * 10).tolist() == [1.0, 1.0]
    ),
)
def retained_gradient_misses_later_hooks(patch):
    def broken(self):
        def keep(grad):
            before = quiet(lambda: GRAD.__get__(self))
            GRAD.__set__(self, grad.clone() if before is None else before + grad)

        if self.requires_grad and not self.is_leaf:
            self.register_hook(keep)

    patch(torch.Tensor, "retain_grad", broken)


@fault(
    "retain_grad() called after a pass fills in that pass's gradient.",
    witness=lambda: _retained_late() is not None,
)
def retain_grad_reaches_back(patch):
    multiply = torch.Tensor.__mul__
    seen = {}

    def product(self, other):
        result = multiply(self, other)
        if result.requires_grad:
            result.register_hook(
                lambda grad: seen.__setitem__(id(result), grad.clone())
            )
        return result

    def retain(self):
        RETAIN(self)
        if id(self) in seen:
            GRAD.__set__(self, seen[id(self)])

    patch(torch.Tensor, "__mul__", product)
    patch(torch.Tensor, "retain_grad", retain)


def _retained_late():
    result = leaf() * 2
    result.sum().backward()
    result.retain_grad()
    return quiet(lambda: result.grad)


@fault(
    "Assigning True to retain_grad calls it.",
    witness=lambda: _assigned_retain().retains_grad,
)
def retain_grad_can_be_assigned(patch):
    patch(
        torch.Tensor,
        "retain_grad",
        property(lambda self: lambda: RETAIN(self), lambda self, value: RETAIN(self)),
    )


def _assigned_retain():
    result = leaf() * 2
    result.retain_grad = True
    return result


@fault(
    "An operation in place drops the request to retain the gradient.",
    witness=lambda: _retained_in_place() is None,
)
def in_place_forgets_to_retain(patch):
    multiply = torch.Tensor.mul_

    def broken(self, other):
        result = multiply(self, other)
        if self.retains_grad:
            self.register_hook(lambda grad: LATER.append(self))
        return result

    LATER = []
    backward = torch.autograd.backward

    def after(*args, **options):
        backward(*args, **options)
        while LATER:
            GRAD.__set__(LATER.pop(), None)

    patch(torch.Tensor, "mul_", broken)
    patch(torch.autograd, "backward", after)


def _retained_in_place():
    result = _retained()
    result.mul_(2)
    result.sum().backward()
    return quiet(lambda: result.grad)


# --- switching the flag ---------------------------------------------------------------

SWITCH = torch.Tensor.requires_grad_


@fault(
    "requires_grad_() returns an alias instead of the tensor.",
    witness=lambda: _returned() is not GIVEN,
)
def requires_grad_method_returns_an_alias(patch):
    def broken(self, requires_grad=True):
        return SWITCH(SWITCH(self, requires_grad).detach(), requires_grad)

    patch(torch.Tensor, "requires_grad_", broken)


def _returned():
    return GIVEN.requires_grad_(False)


@fault(
    "requires_grad_() without an argument switches off.",
    witness=lambda: not torch.ones(2).requires_grad_().requires_grad,
)
def requires_grad_method_defaults_to_false(patch):
    patch(
        torch.Tensor,
        "requires_grad_",
        lambda self, requires_grad=False: SWITCH(self, requires_grad),
    )


@fault(
    "requires_grad_(False) has no effect.",
    witness=lambda: leaf().requires_grad_(False).requires_grad,
)
def switching_off_has_no_effect(patch):
    patch(
        torch.Tensor,
        "requires_grad_",
        lambda self, requires_grad=True: (
            SWITCH(self, requires_grad) if requires_grad else self
        ),
    )


@fault(
    "requires_grad_(False) removes the gradient.",
    witness=lambda: passed(leaf()).requires_grad_(False).grad is None,
)
def switching_off_removes_the_gradient(patch):
    def broken(self, requires_grad=True):
        SWITCH(self, requires_grad)
        if not requires_grad:
            GRAD.__set__(self, None)
        return self

    patch(torch.Tensor, "requires_grad_", broken)


@fault(
    "A leaf that was switched off and on again gets zeros from earlier graphs.",
    witness=lambda: _off_and_on().grad.tolist() == [0.0, 0.0],
)
def switching_off_cuts_earlier_graphs(patch):
    def broken(self, requires_grad=True):
        if not requires_grad and self.requires_grad and self.is_leaf:
            self.register_hook(torch.zeros_like)
        return SWITCH(self, requires_grad)

    patch(torch.Tensor, "requires_grad_", broken)


def _off_and_on():
    tensor = leaf()
    loss = (tensor * 3).sum()
    tensor.requires_grad_(False).requires_grad_()
    loss.backward()
    return tensor


@fault(
    "Assigning False to requires_grad has no effect.",
    witness=lambda: _assigned_off().requires_grad,
)
def assigning_false_has_no_effect(patch):
    def assign(self, value):
        if value is not False or not self.is_leaf:
            FLAG.__set__(self, value)

    patch_flag(patch, set=assign)


def _assigned_off():
    tensor = leaf()
    tensor.requires_grad = False
    return tensor


def _switched_in_no_grad():
    tensor = torch.ones(2)
    with torch.no_grad():
        tensor.requires_grad_()
    return tensor


@fault(
    "requires_grad_() has no effect inside no_grad.",
    witness=lambda: not _switched_in_no_grad().requires_grad,
)
def switching_needs_grad_mode(patch):
    patch(
        torch.Tensor,
        "requires_grad_",
        lambda self, requires_grad=True: (
            SWITCH(self, requires_grad) if torch.is_grad_enabled() else self
        ),
    )


@fault(
    "requires_grad_(False) detaches a result instead of raising.",
    witness=lambda: not raises(lambda: (leaf() * 2).requires_grad_(False)),
)
def switching_off_detaches_results(patch):
    patch(
        torch.Tensor,
        "requires_grad_",
        lambda self, requires_grad=True: (
            SWITCH(self, requires_grad)
            if requires_grad or self.is_leaf
            else self.detach_()
        ),
    )


@fault(
    "Assigning False to requires_grad of a result is ignored.",
    witness=lambda: not raises(lambda: setattr(leaf() * 2, "requires_grad", False)),
)
def assigning_false_to_a_result_is_ignored(patch):
    patch_flag(
        patch,
        set=lambda self, value: (
            FLAG.__set__(self, value) if self.is_leaf or value else None
        ),
    )


@fault(
    "Assigning True to requires_grad of a result is accepted.",
    witness=lambda: not raises(lambda: setattr(leaf() * 2, "requires_grad", True)),
)
def assigning_true_to_a_result_is_accepted(patch):
    patch_flag(
        patch,
        set=lambda self, value: (
            FLAG.__set__(self, value) if self.is_leaf or not value else None
        ),
    )


@fault(
    "requires_grad_() makes a result a leaf.",
    witness=lambda: (leaf() * 2).requires_grad_().is_leaf,
)
def switching_on_cuts_results(patch):
    def broken(self, requires_grad=True):
        if requires_grad and not self.is_leaf:
            self.detach_()
        return SWITCH(self, requires_grad)

    patch(torch.Tensor, "requires_grad_", broken)


@fault(
    "detach() returns a tensor that requires gradients.",
    witness=lambda: leaf().detach().requires_grad,
)
def detach_keeps_the_flag(patch):
    detach = torch.Tensor.detach
    patch(
        torch.Tensor,
        "detach",
        lambda self: SWITCH(detach(self), self.requires_grad),
    )


def _reaches_flag(node):
    if node is None:
        return False
    if hasattr(node, "variable"):
        return FLAG.__get__(node.variable)
    return any(_reaches_flag(inner) for inner, _ in node.next_functions)


@fault(
    "A result shows requires_grad only as long as one of its leaves does.",
    witness=lambda: not _result_of_disabled().requires_grad,
)
def results_follow_their_leaves(patch):
    patch_flag(
        patch,
        get=lambda self: (
            FLAG.__get__(self) if self.is_leaf else _reaches_flag(self.grad_fn)
        ),
    )


def _result_of_disabled():
    tensor = leaf()
    result = tensor * 2
    tensor.requires_grad_(False)
    return result


@fault(
    "backward() from a result without a graph does nothing instead of raising.",
    witness=lambda: not raises(lambda: torch.ones(2).sum().backward()),
)
def backward_without_a_graph_is_ignored(patch):
    backward = torch.Tensor.backward
    patch(
        torch.Tensor,
        "backward",
        lambda self, *args, **options: (
            backward(self, *args, **options) if self.requires_grad else None
        ),
    )


@fault(
    "Switching a view on switches its base on.",
    witness=lambda: _base_of_switched().requires_grad,
)
def switching_a_view_switches_its_base(patch):
    def broken(self, requires_grad=True):
        if self._base is not None and self._base.is_leaf:
            SWITCH(self._base, requires_grad)
        return SWITCH(self, requires_grad)

    patch(torch.Tensor, "requires_grad_", broken)


def _base_of_switched():
    base = torch.ones(3)
    base[:2].requires_grad_()
    return base


@fault(
    "A view taken before its base was switched on does not show the flag.",
    witness=lambda: not _early_view().requires_grad,
)
def early_view_hides_the_flag(patch):
    patch_flag(
        patch,
        get=lambda self: (
            FLAG.__get__(self)
            and not (self._is_view() and self.grad_fn is None and self._base.is_leaf)
        ),
    )


def _early_view():
    base = torch.ones(3)
    view = base[:2]
    base.requires_grad_()
    return view


@fault(
    "backward() raises when a leaf was switched off since.",
    witness=lambda: raises(_backward_with_one_off),
)
def backward_refuses_leaves_switched_off(patch):
    backward = torch.autograd.backward

    def broken(tensors, *args, **options):
        roots = [tensors] if isinstance(tensors, torch.Tensor) else tensors
        for root in roots:
            if _reaches_disabled(root.grad_fn):
                raise RuntimeError("a leaf does not require grad any more")
        backward(tensors, *args, **options)

    patch(torch.autograd, "backward", broken)


def _reaches_disabled(node):
    if node is None:
        return False
    if hasattr(node, "variable"):
        return not node.variable.requires_grad
    return any(_reaches_disabled(inner) for inner, _ in node.next_functions)


def _backward_with_one_off():
    off, on = leaf(), leaf()
    loss = (off * on).sum()
    off.requires_grad_(False)
    loss.backward()


@fault(
    "autograd.grad() returns zeros for a leaf switched off.",
    witness=lambda: not raises(_ask_for_disabled),
)
def grad_of_a_leaf_switched_off_is_zero(patch):
    grad = torch.autograd.grad

    def broken(outputs, inputs, *args, **options):
        if isinstance(inputs, torch.Tensor) and not inputs.requires_grad:
            return (torch.zeros_like(inputs),)
        return grad(outputs, inputs, *args, **options)

    patch(torch.autograd, "grad", broken)


def _ask_for_disabled():
    tensor = leaf()
    loss = tensor.sum()
    tensor.requires_grad_(False)
    torch.autograd.grad(loss, tensor)


@fault(
    "torch.asarray() switches off the flag of the tensor that it returns.",
    witness=lambda: not quiet(lambda: torch.asarray(leaf())).requires_grad,
)
def asarray_switches_the_flag_off(patch):
    asarray = torch.asarray

    def broken(obj, *args, **options):
        result = asarray(obj, *args, **options)
        return SWITCH(result, False) if result is obj else result

    patch(torch, "asarray", broken)


# --- out= -----------------------------------------------------------------------------


@fault(
    "torch.full with out= ignores requires_grad.",
    witness=lambda: (
        not torch.full((2,), 1.0, out=torch.empty(2), requires_grad=True).requires_grad
    ),
)
def full_with_out_ignores_requires_grad(patch):
    full = torch.full

    def broken(size, value, out=None, requires_grad=False, **options):
        if out is not None:
            return full(size, value, out=out, **options)
        return full(size, value, requires_grad=requires_grad, **options)

    patch(torch, "full", broken)


@fault(
    "torch.zeros with out= sets the flag on another tensor than it was given.",
    witness=lambda: not _zeros_out().requires_grad,
)
def zeros_with_out_returns_another(patch):
    zeros = torch.zeros

    def broken(*size, out=None, requires_grad=False, **options):
        if out is None:
            return zeros(*size, requires_grad=requires_grad, **options)
        zeros(*size, out=out, **options)
        return SWITCH(out.detach(), requires_grad)

    patch(torch, "zeros", broken)


def _zeros_out():
    out = torch.empty(2)
    torch.zeros(2, out=out, requires_grad=True)
    return out


@fault(
    "torch.ones fills a tensor that requires gradients.",
    witness=lambda: not raises(lambda: torch.ones(2, out=leaf())),
)
def ones_fills_a_leaf(patch):
    ones = torch.ones

    def broken(*size, **options):
        if "out" not in options:
            return ones(*size, **options)
        with torch.no_grad():
            return ones(*size, **options)

    patch(torch, "ones", broken)


@fault(
    "torch.zeros leaves the flag of its out tensor on inside no_grad.",
    witness=lambda: _zeroed_in_no_grad().requires_grad,
)
def zeros_with_out_keeps_the_flag(patch):
    zeros = torch.zeros

    def broken(*size, out=None, **options):
        if out is None:
            return zeros(*size, **options)
        flag = out.requires_grad
        return SWITCH(zeros(*size, out=out, **options), flag or out.requires_grad)

    patch(torch, "zeros", broken)


def _zeroed_in_no_grad():
    tensor = leaf()
    with torch.no_grad():
        torch.zeros(2, out=tensor)
    return tensor


@fault(
    "torch.add with out= detaches its inputs instead of raising.",
    witness=lambda: not raises(lambda: torch.add(leaf(), 1, out=torch.empty(2))),
)
def add_with_out_detaches(patch):
    add = torch.add

    def broken(*args, **options):
        if "out" not in options:
            return add(*args, **options)
        with torch.no_grad():
            return add(*args, **options)

    patch(torch, "add", broken)


@fault(
    "torch.add with out= refuses leaves inside no_grad.",
    witness=lambda: raises(_add_in_no_grad),
)
def add_with_out_refuses_in_no_grad(patch):
    add = torch.add

    def broken(*args, **options):
        if "out" in options and options["out"].requires_grad:
            raise RuntimeError("add(): out= doesn't support automatic differentiation")
        return add(*args, **options)

    patch(torch, "add", broken)


def _add_in_no_grad():
    with torch.no_grad():
        torch.add(torch.ones(2), 1, out=leaf())

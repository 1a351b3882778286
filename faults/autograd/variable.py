"""Ways to break Variable: its type, what it shares, its flag, and volatile."""

import warnings

import torch
from torch.autograd import Variable
from torch.autograd.variable import VariableMeta

from torch_semantics.faults import fault, quiet, raises, warns


def patch_call(patch, change):
    """Patch what calling Variable does; ``change`` is given the original call."""
    original = type.__call__

    def call(cls, *args, **options):
        return change(lambda *a, **o: original(cls, *a, **o), *args, **options)

    patch(VariableMeta, "__call__", call)


def leaf():
    """A leaf that requires gradients."""
    return torch.tensor([1.0, 2.0], requires_grad=True)


@fault(
    "Variable(t) returns t itself.",
    witness=lambda: (lambda t: Variable(t) is t)(torch.ones(1)),
)
def returns_the_tensor_itself(patch):
    patch_call(
        patch,
        lambda make, *args, **options: (
            args[0]
            if len(args) == 1 and not options and isinstance(args[0], torch.Tensor)
            else make(*args, **options)
        ),
    )


@fault(
    "Variable(t) copies the elements of t.",
    witness=lambda: (lambda t: Variable(t).data_ptr() != t.data_ptr())(torch.ones(1)),
)
def copies(patch):
    patch_call(
        patch,
        lambda make, data=None, *args, **options: make(
            data.detach().clone() if isinstance(data, torch.Tensor) else data,
            *args,
            **options,
        ),
    )


@fault(
    "Variable(t) is contiguous, whatever the strides of t are.",
    witness=lambda: Variable(torch.ones(2, 3).t()).stride() != (1, 3),
)
def makes_contiguous(patch):
    patch_call(
        patch,
        lambda make, data=None, *args, **options: make(
            data.detach().contiguous() if isinstance(data, torch.Tensor) else data,
            *args,
            **options,
        ),
    )


@fault(
    "Variable(t) takes over the flag of t.",
    witness=lambda: Variable(leaf()).requires_grad,
)
def takes_over_the_flag(patch):
    def change(make, *args, **options):
        made = make(*args, **options)
        if len(args) == 1 and not options and isinstance(args[0], torch.Tensor):
            made.requires_grad_(args[0].requires_grad)
        return made

    patch_call(patch, change)


@fault(
    "Variable(t) of a result keeps its history.",
    witness=lambda: Variable(leaf() * 2).grad_fn is not None,
)
def keeps_history(patch):
    patch_call(
        patch,
        lambda make, *args, **options: (
            args[0].view_as(args[0])
            if args and isinstance(args[0], torch.Tensor) and not args[0].is_leaf
            else make(*args, **options)
        ),
    )


@fault(
    "Variable(t) copies the gradient of t.",
    witness=lambda: _takes_gradient(),
)
def takes_over_the_gradient(patch):
    def change(make, *args, **options):
        made = make(*args, **options)
        if args and isinstance(args[0], torch.Tensor) and args[0].is_leaf:
            made.grad = args[0].grad
        return made

    patch_call(patch, change)


def _takes_gradient():
    t = torch.ones(2)
    t.grad = torch.ones(2)
    return Variable(t).grad is not None


@fault(
    "Variable counts its writes apart from the tensor.",
    witness=lambda: _counts_apart(),
)
def counts_writes_apart(patch):
    patch_call(
        patch,
        lambda make, *args, **options: (
            args[0].data
            if len(args) == 1 and not options and isinstance(args[0], torch.Tensor)
            else make(*args, **options)
        ),
    )


def _counts_apart():
    t = torch.ones(2)
    Variable(t).add_(1)
    return t._version == 0


@fault(
    "Variable(parameter) is a Parameter.",
    witness=lambda: (
        type(Variable(torch.nn.Parameter(torch.ones(1)))) is not torch.Tensor
    ),
)
def keeps_parameters(patch):
    patch_call(
        patch,
        lambda make, *args, **options: (
            torch.nn.Parameter(args[0].data, requires_grad=False)
            if args and type(args[0]) is torch.nn.Parameter
            else make(*args, **options)
        ),
    )


@fault(
    "Variable ignores requires_grad=True.",
    witness=lambda: not Variable(torch.ones(1), requires_grad=True).requires_grad,
)
def ignores_requires_grad(patch):
    patch_call(
        patch,
        lambda make, *args, requires_grad=False, **options: make(*args, **options),
    )


@fault(
    "Variable ignores its second argument.",
    witness=lambda: not Variable(torch.ones(1), True).requires_grad,
)
def ignores_the_second_argument(patch):
    patch_call(
        patch, lambda make, *args, **options: make(*args[:1], *args[2:], **options)
    )


@fault(
    "Variable(t, requires_grad=True) switches on the flag of t.",
    witness=lambda: _switches_the_tensor(),
)
def switches_the_tensor(patch):
    def change(make, *args, **options):
        made = make(*args, **options)
        if args and isinstance(args[0], torch.Tensor) and made.requires_grad:
            args[0].requires_grad_()
        return made

    patch_call(patch, change)


def _switches_the_tensor():
    t = torch.ones(1)
    Variable(t, True)
    return t.requires_grad


@fault(
    "Variable makes tensors of lists.",
    witness=lambda: not raises(lambda: Variable([1.0])),
)
def accepts_lists(patch):
    patch_call(
        patch,
        lambda make, *args, **options: make(
            *(torch.tensor(a) if isinstance(a, (list, tuple)) else a for a in args),
            **options,
        ),
    )


@fault(
    "Variable swallows keywords that it does not know.",
    witness=lambda: not raises(lambda: Variable(torch.ones(1), foo=1)),
)
def swallows_keywords(patch):
    patch_call(
        patch,
        lambda make, *args, foo=None, **options: make(*args, **options),
    )


@fault(
    "Variable() raises.",
    witness=lambda: raises(lambda: Variable()),
)
def needs_an_argument(patch):
    patch_call(patch, lambda make, data, *args, **options: make(data, *args, **options))


@fault(
    "No Parameter is an instance of Variable.",
    witness=lambda: not isinstance(torch.nn.Parameter(torch.ones(1)), Variable),
)
def instances_of_exact_type_only(patch):
    patch(
        VariableMeta,
        "__instancecheck__",
        lambda cls, other: type(other) is torch.Tensor,
    )


@fault(
    "No tensor of a class of one's own is an instance of Variable.",
    witness=lambda: (
        not isinstance(
            torch.ones(1).as_subclass(type("Own", (torch.Tensor,), {})), Variable
        )
    ),
)
def instances_of_torch_classes_only(patch):
    patch(
        VariableMeta,
        "__instancecheck__",
        lambda cls, other: type(other) in (torch.Tensor, torch.nn.Parameter),
    )


@fault(
    "Only a tensor that requires gradients is an instance of Variable.",
    witness=lambda: not isinstance(torch.ones(1), Variable),
)
def instances_require_gradients(patch):
    patch(
        VariableMeta,
        "__instancecheck__",
        lambda cls, other: isinstance(other, torch.Tensor) and other.requires_grad,
    )


@fault(
    "Everything is an instance of Variable.", witness=lambda: isinstance(3, Variable)
)
def everything_is_an_instance(patch):
    patch(VariableMeta, "__instancecheck__", lambda cls, other: True)


@fault(
    "volatile=True switches off the recording of operations.",
    witness=lambda: quiet(lambda: _volatile_detaches()),
)
def volatile_is_a_mode(patch):
    def change(make, *args, volatile=False, **options):
        made = make(*args, volatile=volatile, **options)
        if volatile:
            made.requires_grad_ = lambda flag=True: made
        return made

    patch_call(patch, change)


def _volatile_detaches():
    made = Variable(torch.ones(1), volatile=True).requires_grad_()
    return not made.requires_grad


@fault(
    "volatile=True is accepted in silence.",
    witness=lambda: not warns(lambda: Variable(torch.ones(1), volatile=True)),
)
def volatile_is_silent(patch):
    patch_call(
        patch,
        lambda make, *args, volatile=False, **options: make(*args, **options),
    )


@fault(
    "volatile=False warns.",
    witness=lambda: warns(lambda: Variable(torch.ones(1), volatile=False)),
)
def volatile_false_warns(patch):
    def change(make, *args, volatile=None, **options):
        if volatile is not None:
            warnings.warn("volatile was removed", stacklevel=2)
        return make(*args, **({"volatile": True} if volatile else {}), **options)

    patch_call(patch, change)


@fault(
    "volatile can be read back.",
    witness=lambda: quiet(lambda: _volatile_is_kept()),
)
def volatile_is_kept(patch):
    volatile = torch.Tensor.volatile

    def write(self, value):
        volatile.__set__(self, value)
        self.was_volatile = value

    def read(self):
        return volatile.__get__(self) or getattr(self, "was_volatile", False)

    patch(torch.Tensor, "volatile", property(read, write))


def _volatile_is_kept():
    t = torch.ones(1)
    t.volatile = True
    return t.volatile


@fault(
    "Reading volatile does not warn.",
    witness=lambda: not warns(lambda: torch.ones(1).volatile),
)
def volatile_reads_in_silence(patch):
    volatile = torch.Tensor.volatile
    patch(torch.Tensor, "volatile", property(lambda self: False, volatile.__set__))


@fault(
    "Assigning volatile switches the flag off.",
    witness=lambda: quiet(lambda: _assigning_switches_off()),
)
def assigning_volatile_switches_off(patch):
    volatile = torch.Tensor.volatile

    def write(self, value):
        volatile.__set__(self, value)
        self.requires_grad_(not value)

    patch(torch.Tensor, "volatile", property(volatile.__get__, write))


def _assigning_switches_off():
    t = torch.ones(1, requires_grad=True)
    t.volatile = True
    return not t.requires_grad


@fault(
    "Variable(t, requires_grad=True, volatile=True) is accepted.",
    witness=lambda: (
        not raises(
            lambda: quiet(
                lambda: Variable(torch.ones(1), requires_grad=True, volatile=True)
            )
        )
    ),
)
def volatile_may_require_gradients(patch):
    patch_call(
        patch,
        lambda make, *args, requires_grad=False, **options: make(
            *args, **options
        ).requires_grad_(requires_grad),
    )

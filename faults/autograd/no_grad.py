"""Faults of grad mode: what is recorded, where a mode ends, and inference mode."""

import functools
import gc
import inspect
import threading
import warnings
import weakref

import torch
import torch.nn.functional as F
from torch import nn

from torch_semantics.faults import fault, raises

T = torch.Tensor
OFF = torch.no_grad
ON = torch.enable_grad
DECORATE = torch.no_grad.__call__


def _leaf(*values):
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


def _under(make):
    def call(*arguments):
        with torch.no_grad():
            return make(*arguments)

    return call


def _in_inference_mode(make):
    with torch.inference_mode():
        return make()


def _after(make, error=ValueError, start=True):
    """Grad mode after a failing block; found and left on."""
    torch._C._set_grad_enabled(start)
    try:
        with make():
            raise error
    except error:
        pass
    mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


def _mode_after(make, start=True):
    torch._C._set_grad_enabled(start)
    with make():
        pass
    mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


def _mode_in(make):
    torch._C._set_grad_enabled(True)
    with make():
        mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


def _untracked_only(normal, off):
    """Call ``off`` instead of ``normal`` where grad mode is off."""

    def method(*arguments, **options):
        call = normal if torch.is_grad_enabled() else off
        return call(*arguments, **options)

    return method


# --- the blocks -----------------------------------------------------------------------


@fault("no_grad leaves grad mode on.", witness=lambda: _mode_in(torch.no_grad))
def no_grad_does_nothing(patch):
    patch(torch.no_grad, "__enter__", lambda self: setattr(self, "prev", True))


@fault("no_grad leaves grad mode off.", witness=lambda: not _mode_after(torch.no_grad))
def no_grad_is_never_left(patch):
    patch(torch.no_grad, "__exit__", lambda self, *error: None)


@fault(
    "no_grad leaves grad mode off after an exception.",
    witness=lambda: not _after(torch.no_grad),
)
def no_grad_leaks_after_an_exception(patch):
    leave = torch.no_grad.__exit__
    patch(
        torch.no_grad,
        "__exit__",
        lambda self, kind, *rest: None if kind else leave(self, kind, *rest),
    )


def _swallows(make):
    try:
        with make():
            raise ValueError
    except ValueError:
        return False
    return True


@fault("no_grad swallows exceptions.", witness=lambda: _swallows(torch.no_grad))
def no_grad_swallows_exceptions(patch):
    leave = torch.no_grad.__exit__
    patch(torch.no_grad, "__exit__", lambda self, *error: leave(self, *error) or True)


@fault(
    "no_grad turns grad mode on when it is left, whatever it was.",
    witness=lambda: _mode_after(torch.no_grad, start=False),
)
def no_grad_does_not_nest(patch):
    patch(
        torch.no_grad, "__exit__", lambda self, *error: torch._C._set_grad_enabled(True)
    )


@fault("enable_grad does nothing.", witness=lambda: not _under(lambda: _mode())())
def enable_grad_does_nothing(patch):
    def enter(self):
        self.prev = torch.is_grad_enabled()

    patch(torch.enable_grad, "__enter__", enter)


def _mode():
    with torch.enable_grad():
        return torch.is_grad_enabled()


@fault(
    "enable_grad leaves grad mode on.",
    witness=lambda: _mode_after(torch.enable_grad, start=False),
)
def enable_grad_is_never_left(patch):
    patch(torch.enable_grad, "__exit__", lambda self, *error: None)


@fault(
    "enable_grad leaves grad mode on after an exception.",
    witness=lambda: _after(torch.enable_grad, start=False),
)
def enable_grad_leaks_after_an_exception(patch):
    leave = torch.enable_grad.__exit__
    patch(
        torch.enable_grad,
        "__exit__",
        lambda self, kind, *rest: None if kind else leave(self, kind, *rest),
    )


@fault(
    "no_grad gives itself to as.",
    witness=lambda: _given() is not None,
)
def no_grad_gives_itself(patch):
    enter = torch.no_grad.__enter__
    patch(torch.no_grad, "__enter__", lambda self: enter(self) or self)


def _given():
    with torch.no_grad() as given:
        return given


class _EntersOnItsOwn:
    """What torch.no_grad would be if it were a context manager itself."""

    def __call__(self, *arguments):
        return OFF(*arguments)

    def __enter__(self):
        self.context = OFF()
        self.context.__enter__()

    def __exit__(self, *error):
        self.context.__exit__(*error)


@fault(
    "The name no_grad is a context manager without being called.",
    witness=lambda: hasattr(type(torch.no_grad), "__enter__"),
)
def no_grad_needs_no_parentheses(patch):
    patch(torch, "no_grad", _EntersOnItsOwn())


@fault(
    "no_grad takes a flag, and does nothing when it is False.",
    witness=lambda: hasattr(torch.no_grad(False), "__enter__"),
)
def no_grad_takes_a_flag(patch):
    off, on = OFF, ON
    patch(torch, "no_grad", lambda flag=True: on() if flag is False else off())


@fault("set_grad_enabled turns grad mode off.", witness=lambda: not _set_on())
def set_grad_enabled_ignores_its_mode(patch):
    make = torch.set_grad_enabled.__init__
    patch(torch.set_grad_enabled, "__init__", lambda self, mode: make(self, False))


def _set_on():
    torch.set_grad_enabled(True)
    mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


@fault(
    "set_grad_enabled is not undone at the end of its block.",
    witness=lambda: not _mode_after(lambda: torch.set_grad_enabled(False)),
)
def set_grad_enabled_is_never_left(patch):
    patch(torch.set_grad_enabled, "__exit__", lambda self, *error: None)


@fault(
    "set_grad_enabled turns grad mode on at the end of its block.",
    witness=lambda: _mode_after(lambda: torch.set_grad_enabled(False), start=False),
)
def set_grad_enabled_does_not_nest(patch):
    patch(
        torch.set_grad_enabled,
        "__exit__",
        lambda self, *error: torch._C._set_grad_enabled(True),
    )


@fault(
    "set_grad_enabled takes what is not a bool.",
    witness=lambda: not raises(lambda: torch.set_grad_enabled(1), TypeError),
)
def set_grad_enabled_takes_anything(patch):
    make = torch.set_grad_enabled.__init__
    patch(torch.set_grad_enabled, "__init__", lambda self, mode: make(self, bool(mode)))


@fault(
    "set_grad_enabled as a function waits for a block.",
    witness=lambda: _mode_when_set_off(),
)
def set_grad_enabled_waits_for_its_block(patch):
    def make(self, mode):
        self.prev = torch.is_grad_enabled()
        self.mode = mode

    patch(torch.set_grad_enabled, "__init__", make)


def _mode_when_set_off():
    torch.set_grad_enabled(False)
    mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


@fault(
    "Entering a set_grad_enabled does not set the mode.",
    witness=lambda: _mode_when_entered() is True,
)
def set_grad_enabled_is_set_once(patch):
    patch(torch.set_grad_enabled, "__enter__", lambda self: None)


def _mode_when_entered():
    context = torch.set_grad_enabled(False)
    torch._C._set_grad_enabled(True)
    with context:
        mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


# --- threads --------------------------------------------------------------------------


def _mode_of_a_thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
    with torch.no_grad():
        thread.start()
        thread.join()
    return seen[0]


@fault(
    "A new thread inherits the grad mode of the one that starts it.",
    witness=lambda: not _mode_of_a_thread(),
)
def threads_inherit_grad_mode(patch):
    start = threading.Thread.start

    def inherit(self):
        mode, run = torch.is_grad_enabled(), self.run
        self.run = lambda: (torch._C._set_grad_enabled(mode), run())
        start(self)

    patch(threading.Thread, "start", inherit)


@fault(
    "A thread that ends leaves its grad mode to the one that joins it.",
    witness=lambda: not _mode_after_a_thread(),
)
def threads_share_grad_mode(patch):
    start, join = threading.Thread.start, threading.Thread.join

    def watched(self):
        run = self.run
        self.run = lambda: (run(), setattr(self, "mode", torch.is_grad_enabled()))
        start(self)

    def joined(self, *timeout):
        join(self, *timeout)
        torch._C._set_grad_enabled(self.mode)

    patch(threading.Thread, "start", watched)
    patch(threading.Thread, "join", joined)


def _mode_after_a_thread():
    thread = threading.Thread(target=lambda: torch._C._set_grad_enabled(False))
    thread.start()
    thread.join()
    mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


# --- what is recorded, and what exists ------------------------------------------------


@fault(
    "Multiplying is recorded under no_grad.",
    witness=lambda: _under(lambda x: x * 2)(_leaf()).requires_grad,
)
def multiplying_is_recorded_under_no_grad(patch):
    multiply = T.__mul__
    patch(T, "__mul__", lambda self, other: torch.enable_grad()(multiply)(self, other))


@fault(
    "A clone made under no_grad requires gradients as its source does.",
    witness=lambda: _under(T.clone)(_leaf()).requires_grad,
)
def clone_keeps_requires_grad_under_no_grad(patch):
    clone = T.clone

    def keep(self):
        return clone(self).requires_grad_(self.requires_grad)

    patch(T, "clone", _untracked_only(clone, keep))


@fault(
    "The result of torch.cat under no_grad requires gradients.",
    witness=lambda: _under(torch.cat)([_leaf()]).requires_grad,
)
def cat_requires_grad_under_no_grad(patch):
    cat = torch.cat
    patch(torch, "cat", _untracked_only(cat, lambda *a: cat(*a).requires_grad_()))


@fault(
    "A matrix product under no_grad is twice as large.",
    witness=lambda: _under(lambda x: x @ x)(_leaf()).item() == 10,
)
def matmul_doubles_under_no_grad(patch):
    matmul = T.__matmul__
    patch(T, "__matmul__", _untracked_only(matmul, lambda a, b: 2 * matmul(a, b)))


@fault(
    "F.linear under no_grad gives float64.",
    witness=lambda: _under(F.linear)(_leaf(), _leaf()).dtype == torch.float64,
)
def linear_changes_dtype_under_no_grad(patch):
    linear = F.linear
    patch(F, "linear", _untracked_only(linear, lambda *a: linear(*a).double()))


def _clears():
    x = _leaf()
    with torch.no_grad():
        return not x.requires_grad


@fault("no_grad clears requires_grad of every leaf for its block.", witness=_clears)
def no_grad_clears_every_flag(patch):
    enter, leave = torch.no_grad.__enter__, torch.no_grad.__exit__

    def clear(self):
        self.leaves = [
            one
            for one in gc.get_objects()
            if type(one) is torch.Tensor and one.is_leaf and one.requires_grad
        ]
        for one in self.leaves:
            one.requires_grad = False
        enter(self)

    def put_back(self, *error):
        for one in self.leaves:
            one.requires_grad = True
        leave(self, *error)

    patch(torch.no_grad, "__enter__", clear)
    patch(torch.no_grad, "__exit__", put_back)


def _cuts():
    tracked = _leaf() * 3
    with torch.no_grad():
        pass
    return not tracked.requires_grad


@fault("A tracked tensor loses its history when no_grad is left.", witness=_cuts)
def no_grad_cuts_histories(patch):
    leave = torch.no_grad.__exit__

    def cut(self, *error):
        leave(self, *error)
        for one in gc.get_objects():
            if type(one) is torch.Tensor and not one.is_leaf and not one._is_view():
                one.detach_()

    patch(torch.no_grad, "__exit__", cut)


@fault(
    "torch.ones under no_grad ignores requires_grad.",
    witness=lambda: not _ones_under().requires_grad,
)
def ones_ignores_requires_grad_under_no_grad(patch):
    ones = torch.ones
    patch(
        torch,
        "ones",
        _untracked_only(
            ones, lambda *a, **o: ones(*a, **{**o, "requires_grad": False})
        ),
    )


def _ones_under():
    with torch.no_grad():
        return torch.ones(1, requires_grad=True)


@fault(
    "A Parameter made under no_grad requires no gradient.",
    witness=lambda: not _under(nn.Parameter)(torch.ones(1)).requires_grad,
)
def parameter_ignores_requires_grad_under_no_grad(patch):
    make = nn.Parameter.__new__
    patch(
        nn.Parameter,
        "__new__",
        lambda cls, data=None, requires_grad=True: make(
            cls, data, requires_grad and torch.is_grad_enabled()
        ),
    )


@fault(
    "requires_grad_ does nothing under no_grad.",
    witness=lambda: not _under(T.requires_grad_)(torch.ones(1)).requires_grad,
)
def requires_grad_does_nothing_under_no_grad(patch):
    set_flag = T.requires_grad_
    patch(T, "requires_grad_", _untracked_only(set_flag, lambda self, *a: self))


# --- backward -------------------------------------------------------------------------


def _gradient_under():
    x = _leaf()
    total = (x * x).sum()
    with torch.no_grad():
        total.backward()
    return x.grad


@fault(
    "Backward does nothing under no_grad.", witness=lambda: _gradient_under() is None
)
def backward_does_nothing_under_no_grad(patch):
    backward = T.backward
    patch(T, "backward", _untracked_only(backward, lambda self: None))


def _mode_after_backward():
    total = _leaf().sum()
    with torch.no_grad():
        total.backward()
        return torch.is_grad_enabled()


@fault("Backward turns grad mode on.", witness=_mode_after_backward)
def backward_turns_grad_mode_on(patch):
    backward = T.backward

    def turn_on(self, *arguments, **options):
        backward(self, *arguments, **options)
        torch._C._set_grad_enabled(True)

    patch(T, "backward", turn_on)


@fault(
    "autograd.grad ignores create_graph under no_grad.",
    witness=lambda: not _second_gradient_under().requires_grad,
)
def create_graph_is_ignored_under_no_grad(patch):
    grad = torch.autograd.grad
    patch(
        torch.autograd,
        "grad",
        lambda *a, create_graph=False, **o: grad(
            *a, create_graph=create_graph and torch.is_grad_enabled(), **o
        ),
    )


def _second_gradient_under():
    x = _leaf()
    total = (x * x).sum()
    with torch.no_grad():
        return torch.autograd.grad(total, x, create_graph=True)[0]


@fault(
    "Backward of a tensor without history is ignored.",
    witness=lambda: not raises(torch.ones(1).backward),
)
def backward_without_history_is_ignored(patch):
    backward = T.backward
    patch(
        T,
        "backward",
        lambda self, *a, **o: backward(self, *a, **o) if self.requires_grad else None,
    )


# --- writing in place -----------------------------------------------------------------


@fault(
    "A leaf can't be written with sub_ under no_grad.",
    witness=lambda: raises(lambda: _under(T.sub_)(_leaf(), 1)),
)
def leaf_write_is_refused_under_no_grad(patch):
    subtract = T.sub_

    def refuse(self, other):
        if self.requires_grad and self.is_leaf:
            raise RuntimeError("a leaf Variable that requires grad is being used")
        return subtract(self, other)

    patch(T, "sub_", refuse)


def _sub_returns_itself():
    x = _leaf()
    return _under(T.sub_)(x, 1) is x


@fault("sub_ under no_grad returns a copy.", witness=lambda: not _sub_returns_itself())
def sub_returns_a_copy_under_no_grad(patch):
    subtract = T.sub_
    patch(T, "sub_", _untracked_only(subtract, lambda a, b: subtract(a, b).clone()))


@fault(
    "Writing to a leaf with copy_ under no_grad makes it require no gradient.",
    witness=lambda: not _under(T.copy_)(_leaf(), torch.ones(2)).requires_grad,
)
def copy_clears_requires_grad_of_a_leaf(patch):
    copy = T.copy_
    patch(
        T, "copy_", _untracked_only(copy, lambda a, b: copy(a, b).requires_grad_(False))
    )


@fault(
    "A leaf written by index under no_grad moves to new memory.",
    witness=lambda: _address_moves(),
)
def set_item_moves_the_memory(patch):
    set_item = T.__setitem__

    def move(self, index, value):
        self.data = self.detach().clone()
        set_item(self, index, value)

    patch(T, "__setitem__", _untracked_only(set_item, move))


def _address_moves():
    x = _leaf()
    address = x.data_ptr()
    with torch.no_grad():
        x[0] = 1
    return x.data_ptr() != address


def _history_after_mul():
    tracked = _leaf() * 3
    with torch.no_grad():
        tracked.mul_(10)
    return tracked.grad_fn


@fault(
    "A tracked tensor written under no_grad loses its history.",
    witness=lambda: _history_after_mul() is None,
)
def write_under_no_grad_detaches(patch):
    multiply = T.mul_

    def cut(self, other):
        return (
            multiply(self, other) if self.is_leaf else multiply(self, other).detach_()
        )

    patch(T, "mul_", _untracked_only(multiply, cut))


@fault(
    "A write under no_grad becomes part of the history.",
    witness=lambda: "MulBackward" in str(_history_after_add()),
)
def write_under_no_grad_is_recorded(patch):
    multiply = T.mul_

    def record(self, other):
        if self.is_leaf:
            return multiply(self, other)
        return torch.enable_grad()(multiply)(self, other)

    patch(T, "mul_", _untracked_only(multiply, record))


def _history_after_add():
    tracked = _leaf() + 3
    with torch.no_grad():
        tracked.mul_(10)
    return tracked.grad_fn


def _versions(make):
    x = torch.ones(2)
    with make():
        x.add_(1)
    return x._version


@fault("A write under no_grad counts no version.", witness=lambda: not _versions(OFF))
def write_under_no_grad_counts_no_version(patch):
    add = T.add_

    def uncounted(self, other):
        if torch.is_inference_mode_enabled():
            return add(self, other)
        add(self.data, other)
        return self

    patch(T, "add_", _untracked_only(add, uncounted))


@fault(
    "A write in inference mode counts no version.",
    witness=lambda: not _versions(torch.inference_mode),
)
def write_in_inference_mode_counts_no_version(patch):
    add = T.add_

    def uncounted(self, other):
        if not torch.is_inference_mode_enabled() or self.is_inference():
            return add(self, other)
        with torch.inference_mode(False), torch.no_grad():
            add(self.data, other)
        return self

    patch(T, "add_", uncounted)


@fault(
    "A plain tensor written from a leaf under no_grad requires gradients.",
    witness=lambda: _under(T.mul_)(torch.ones(2), _leaf()).requires_grad,
)
def plain_tensors_catch_requires_grad(patch):
    multiply = T.mul_

    def infect(self, other):
        result = multiply(self, other)
        needed = isinstance(other, T) and other.requires_grad and not self._is_view()
        return result.requires_grad_() if needed else result

    patch(T, "mul_", _untracked_only(multiply, infect))


# --- views ----------------------------------------------------------------------------


@fault(
    "view() under no_grad requires no gradient.",
    witness=lambda: not _under(T.view)(_leaf(), 2).requires_grad,
)
def view_is_detached_under_no_grad(patch):
    view = T.view
    patch(T, "view", _untracked_only(view, lambda self, *a: view(self.detach(), *a)))


@fault(
    "view() under no_grad is recorded.",
    witness=lambda: _under(T.view)(_leaf(), 2).grad_fn is not None,
)
def view_is_recorded_under_no_grad(patch):
    view = T.view
    patch(T, "view", _untracked_only(view, torch.enable_grad()(view)))


@fault(
    "A slice taken under no_grad is a new leaf that gets gradients.",
    witness=lambda: _gradient_of_a_slice() is not None,
)
def slice_is_a_leaf_under_no_grad(patch):
    get_item = T.__getitem__

    def new_leaf(self, index):
        part = get_item(self.detach(), index)
        return part.requires_grad_(self.requires_grad)

    patch(T, "__getitem__", _untracked_only(get_item, new_leaf))


def _gradient_of_a_slice():
    view = _under(lambda x: x[:1])(_leaf())
    view.sum().backward()
    return view.grad


@fault(
    "unsqueeze under no_grad copies.",
    witness=lambda: (x := _leaf()).data_ptr() != _under(T.unsqueeze)(x, 0).data_ptr(),
)
def unsqueeze_copies_under_no_grad(patch):
    unsqueeze = T.unsqueeze

    def copy(self, dim):
        return unsqueeze(self, dim).clone().requires_grad_(self.requires_grad)

    patch(T, "unsqueeze", _untracked_only(unsqueeze, copy))


@fault(
    "detach() under no_grad requires gradients, as other views do.",
    witness=lambda: _under(T.detach)(_leaf()).requires_grad,
)
def detach_requires_grad_under_no_grad(patch):
    patch(T, "detach", _untracked_only(T.detach, lambda self: self.view_as(self)))


@fault(
    "A view of a plain tensor under no_grad requires gradients.",
    witness=lambda: _under(T.split)(torch.ones(2), 1)[0].requires_grad,
)
def split_of_a_plain_tensor_requires_grad(patch):
    split = T.split
    patch(
        T,
        "split",
        _untracked_only(
            split, lambda self, *a: [p.requires_grad_() for p in split(self, *a)]
        ),
    )


def _written_outside():
    x = _leaf()
    view = _under(lambda x: x.narrow(0, 0, 1))(x)
    return raises(lambda: view.add_(1))


@fault(
    "A view taken under no_grad with narrow may be written in grad mode.",
    witness=lambda: not _written_outside(),
)
def narrow_may_be_written_later(patch):
    add = T.add_

    def allow(self, other):
        try:
            return add(self, other)
        except RuntimeError as error:
            if "no_grad mode" not in str(error) or self.shape != (1,):
                raise
            add(self.data, other)
            return self

    patch(T, "add_", allow)


@fault(
    "A write under no_grad through a selected view does not reach the leaf.",
    witness=lambda: _select_writes_to() == [1, 2],
)
def select_copies_under_no_grad(patch):
    get_item = T.__getitem__

    def copy(self, index):
        part = get_item(self, index)
        return part.clone() if isinstance(index, int) else part

    patch(T, "__getitem__", _untracked_only(get_item, copy))


def _select_writes_to():
    x = _leaf()
    with torch.no_grad():
        x[0].add_(7)
    return x.tolist()


# --- memory ---------------------------------------------------------------------------


def _packed(make, context):
    packed = []
    x = _leaf()
    hooks = torch.autograd.graph.saved_tensors_hooks(packed.append, lambda one: one)
    with hooks, context():
        make(x)
    return len(packed)


@fault(
    "exp saves its result also under no_grad.",
    witness=lambda: _packed(T.exp, torch.no_grad) > 0,
)
def exp_saves_under_no_grad(patch):
    exp = T.exp

    def save(self):
        return torch.enable_grad()(exp)(self).detach()

    patch(T, "exp", _untracked_only(exp, save))


@fault(
    "exp saves its result also in inference mode.",
    witness=lambda: _packed(T.exp, torch.inference_mode) > 0,
)
def exp_saves_in_inference_mode(patch):
    exp = T.exp

    def save(self):
        if torch.is_inference_mode_enabled():
            with torch.inference_mode(False):
                exp(_leaf())
        return exp(self)

    patch(T, "exp", save)


@fault("sin saves nothing in grad mode.", witness=lambda: _packed(T.sin, ON) == 0)
def sin_saves_nothing(patch):
    patch(T, "sin", lambda self: self + 0)


@fault(
    "Multiplying by a number saves it as a tensor.",
    witness=lambda: _packed(lambda x: x * 2, ON) == 1,
)
def multiplying_by_a_number_saves_it(patch):
    multiply = T.__mul__

    def by_tensor(self, other):
        if not isinstance(other, T):
            other = torch.full((), other, dtype=self.dtype, device=self.device)
        return multiply(self, other)

    patch(T, "__mul__", by_tensor)


def _kept_alive():
    with torch.no_grad():
        middle = _leaf().exp()
        result = middle.sin()
    middle = weakref.ref(middle)
    return result is not None and middle() is not None


@fault("Under no_grad the result of sin keeps its input alive.", witness=_kept_alive)
def sin_keeps_its_input_under_no_grad(patch):
    sin = T.sin

    def keep(self):
        result = sin(self)
        result.kept = self
        return result

    patch(T, "sin", _untracked_only(sin, keep))


_everything = []


@fault(
    "A tracked sin keeps its input alive for ever.",
    witness=lambda: bool(_leaf().sin() is not None and _everything),
)
def sin_leaks_its_input(patch):
    sin = T.sin
    patch(
        T,
        "sin",
        lambda self: (
            (_everything.append(self) if torch.is_grad_enabled() else None) or sin(self)
        ),
    )


# --- eval -----------------------------------------------------------------------------


@fault(
    "eval() freezes the parameters.",
    witness=lambda: not nn.Linear(1, 1).eval().weight.requires_grad,
)
def eval_freezes(patch):
    go = nn.Module.eval
    patch(nn.Module, "eval", lambda self: go(self).requires_grad_(False))


def _mean_under_no_grad():
    norm = nn.BatchNorm1d(1)
    with torch.no_grad():
        norm(torch.tensor([[1.0], [3.0]]))
    return norm.running_mean.item()


@fault("BatchNorm evaluates under no_grad.", witness=lambda: _mean_under_no_grad() == 0)
def batch_norm_evaluates_under_no_grad(patch):
    batch_norm = F.batch_norm

    def evaluate(x, mean, variance, weight, bias, training, *rest):
        return batch_norm(x, mean, variance, weight, bias, False, *rest)

    patch(F, "batch_norm", _untracked_only(batch_norm, evaluate))


@fault(
    "Dropout drops nothing under no_grad.",
    witness=lambda: _under(nn.Dropout(0.5))(torch.ones(64)).tolist() == [1] * 64,
)
def dropout_drops_nothing_under_no_grad(patch):
    dropout = F.dropout
    patch(F, "dropout", _untracked_only(dropout, lambda x, *a, **o: x))


# --- decorators -----------------------------------------------------------------------


def _decorated(make):
    """Grad mode inside a decorated function, and after."""
    inside = make()(torch.is_grad_enabled)()
    after = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return inside, after


@fault(
    "Decorating with no_grad does nothing.",
    witness=lambda: _decorated(torch.no_grad) == (True, True),
)
def decorator_does_nothing(patch):
    patch(torch.no_grad, "__call__", lambda self, function: function)


@fault(
    "Decorating with enable_grad does nothing.",
    witness=lambda: _under(_decorated)(torch.enable_grad)[0] is False,
)
def enable_grad_decorator_does_nothing(patch):
    patch(torch.enable_grad, "__call__", lambda self, function: function)


@fault(
    "A function decorated with no_grad leaves grad mode off.",
    witness=lambda: _decorated(torch.no_grad) == (False, False),
)
def decorator_leaks(patch):
    def wrap(self, function):
        @functools.wraps(function)
        def wrapped(*arguments, **options):
            torch._C._set_grad_enabled(False)
            return function(*arguments, **options)

        return wrapped

    patch(torch.no_grad, "__call__", wrap)


@fault(
    "Only the first call of a function decorated with no_grad has grad mode off.",
    witness=lambda: (f := torch.no_grad()(torch.is_grad_enabled))() or f(),
)
def decorator_works_once(patch):
    def wrap(self, function):
        calls = []

        @functools.wraps(function)
        def wrapped(*arguments, **options):
            calls.append(1)
            with torch.set_grad_enabled(len(calls) > 1):
                return function(*arguments, **options)

        return wrapped

    patch(torch.no_grad, "__call__", wrap)


def _function_wrapper(*, keep=True, bind=True, shared=False):
    """Wrap functions as no_grad does, but for what is given."""

    def wrap(self, function):
        def wrapped(*arguments, **options):
            with self if shared else torch.no_grad():
                return function(*arguments, **options)

        if keep:
            functools.update_wrapper(wrapped, function)
        return wrapped if bind else functools.partial(wrapped)

    return wrap


def _named():
    def one():
        pass

    return torch.no_grad()(one)


@fault(
    "A function decorated with no_grad loses its name.",
    witness=lambda: _named().__name__ != "one",
)
def decorator_loses_the_name(patch):
    patch(torch.no_grad, "__call__", _function_wrapper(keep=False))


class _Bound:
    def itself(self):
        return self


@fault(
    "A function decorated with no_grad is no method of its object.",
    witness=lambda: isinstance(torch.no_grad()(_Bound.itself), functools.partial),
)
def decorator_does_not_bind(patch):
    patch(torch.no_grad, "__call__", _function_wrapper(bind=False))


@fault(
    "All calls of a decorated function share one context.",
    witness=lambda: _mode_after_recursion() is False,
)
def decorator_shares_its_context(patch):
    patch(torch.no_grad, "__call__", _function_wrapper(shared=True))


def _mode_after_recursion():
    @torch.no_grad()
    def again(depth):
        return depth and again(depth - 1)

    again(1)
    mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


@fault(
    "no_grad can't decorate without parentheses.",
    witness=lambda: raises(lambda: torch.no_grad(_named), TypeError),
)
def bare_no_grad_is_refused(patch):
    patch(torch.no_grad, "__new__", lambda cls, *function: object.__new__(cls))


@fault(
    "enable_grad without parentheses turns grad mode off.",
    witness=lambda: torch.enable_grad(torch.is_grad_enabled)() is False,
)
def bare_enable_grad_turns_off(patch):
    on, off = ON, OFF
    patch(
        torch, "enable_grad", lambda *function: off()(*function) if function else on()
    )


@fault(
    "inference_mode without parentheses is no_grad.",
    witness=lambda: not torch.inference_mode(torch.is_inference_mode_enabled)(),
)
def bare_inference_mode_is_no_grad(patch):
    make = torch.inference_mode.__new__
    patch(
        torch.inference_mode,
        "__new__",
        lambda cls, mode=True: (
            make(cls, mode) if isinstance(mode, bool) else OFF()(mode)
        ),
    )


@fault(
    "Decorating with set_grad_enabled leaves its mode set.",
    witness=lambda: _mode_after_decorating() is False,
)
def set_grad_enabled_decorator_leaks(patch):
    def leak(self, function):
        wrapped = OFF()(function) if not self.mode else ON()(function)
        torch._C._set_grad_enabled(self.mode)
        return wrapped

    patch(torch.set_grad_enabled, "__call__", leak)


def _mode_after_decorating():
    torch.set_grad_enabled(False)(_named)
    mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


@fault(
    "Decorating with set_grad_enabled does nothing.",
    witness=lambda: torch.set_grad_enabled(False)(torch.is_grad_enabled)(),
)
def set_grad_enabled_decorator_does_nothing(patch):
    def undo(self, function):
        torch._C._set_grad_enabled(self.prev)
        return function

    patch(torch.set_grad_enabled, "__call__", undo)


# --- generators, classes and coroutines -----------------------------------------------


def _generator_wrapper(
    *, leak=False, send=True, throw=True, close=True, value=True, lazy=True, now=True
):
    """Wrap generators as no_grad does, but for what is False."""

    def wrap(self, function):
        if not inspect.isgeneratorfunction(function):
            return DECORATE(self, function)

        def steps(*arguments, **options):
            generator = function(*arguments, **options)
            first = torch.is_grad_enabled()

            def step(act, *arguments):
                before = torch.is_grad_enabled() if now else first
                with self.clone():
                    result = act(*arguments)
                torch._C._set_grad_enabled(False if leak else before)
                return result

            try:
                response = step(next, generator)
                while True:
                    try:
                        request = yield response
                    except GeneratorExit:
                        if close:
                            step(generator.close)
                        else:
                            generator.close()
                        raise
                    except BaseException as error:
                        if not throw:
                            raise
                        response = step(generator.throw, error)
                    else:
                        response = step(generator.send, request if send else None)
            except StopIteration as stop:
                return stop.value if value else None

        functools.update_wrapper(steps, function)
        if lazy:
            return steps

        def eager(*arguments, **options):
            made = steps(*arguments, **options)
            first = next(made)

            def rest():
                yield first
                yield from made

            return rest()

        return functools.update_wrapper(eager, function)

    return wrap


def _two_steps():
    yield torch.is_grad_enabled()
    yield torch.is_grad_enabled()


@fault(
    "The body of a decorated generator runs in grad mode.",
    witness=lambda: next(torch.no_grad()(_two_steps)()),
)
def generator_runs_in_grad_mode(patch):
    patch(torch.no_grad, "__call__", _function_wrapper())


def _two_kinds(*arguments, **options):
    yield arguments, options


@fault(
    "A decorated generator loses its keyword arguments.",
    witness=lambda: next(torch.no_grad()(_two_kinds)(1, second=2)) == ((1,), {}),
)
def generator_loses_keywords(patch):
    def broken(self, function):
        made = DECORATE(self, function)
        if not inspect.isgeneratorfunction(function):
            return made
        return functools.wraps(function)(lambda *arguments, **options: made(*arguments))

    patch(torch.no_grad, "__call__", broken)


@fault(
    "A decorated generator leaves grad mode off between its steps.",
    witness=lambda: _mode_between(torch.no_grad()) is False,
)
def generator_leaks(patch):
    patch(torch.no_grad, "__call__", _generator_wrapper(leak=True))


def _mode_between(context):
    generator = context(_two_steps)()
    next(generator)
    mode = torch.is_grad_enabled()
    torch._C._set_grad_enabled(True)
    return mode


@fault(
    "Each step of a decorated generator puts back the mode of its first step.",
    witness=lambda: _mode_of_a_later_step(),
)
def generator_remembers_its_first_mode(patch):
    patch(torch.enable_grad, "__call__", _generator_wrapper(now=False))


def _mode_of_a_later_step():
    generator = torch.enable_grad()(_two_steps)()
    next(generator)
    with torch.no_grad():
        next(generator)
        return torch.is_grad_enabled()


def _echo():
    try:
        received = yield
    except ValueError:
        received = "caught"
    yield received
    return 5


def _sent():
    generator = torch.no_grad()(_echo)()
    next(generator)
    return generator.send(3)


@fault("A decorated generator loses what is sent.", witness=lambda: _sent() is None)
def generator_loses_what_is_sent(patch):
    patch(torch.no_grad, "__call__", _generator_wrapper(send=False))


def _thrown():
    generator = torch.no_grad()(_echo)()
    next(generator)
    return generator.throw(ValueError())


@fault(
    "What is thrown into a decorated generator does not arrive.",
    witness=lambda: raises(_thrown, ValueError),
)
def generator_loses_what_is_thrown(patch):
    patch(torch.no_grad, "__call__", _generator_wrapper(throw=False))


def _returned():
    result = yield from torch.no_grad()(_echo)()
    yield result


@fault(
    "A decorated generator loses its return value.",
    witness=lambda: list(_returned())[-1] is None,
)
def generator_loses_its_value(patch):
    patch(torch.no_grad, "__call__", _generator_wrapper(value=False))


def _mode_at_close():
    modes = []

    @torch.no_grad()
    def clean_up():
        try:
            yield
        finally:
            modes.append(torch.is_grad_enabled())

    generator = clean_up()
    next(generator)
    generator.close()
    return modes[0]


@fault("A decorated generator is closed in grad mode.", witness=_mode_at_close)
def generator_is_closed_in_grad_mode(patch):
    patch(torch.no_grad, "__call__", _generator_wrapper(close=False))


def _starts_at_once():
    ran = []

    @torch.no_grad()
    def steps():
        ran.append(1)
        yield

    steps()
    return bool(ran)


@fault("A decorated generator starts when it is called.", witness=_starts_at_once)
def generator_starts_at_once(patch):
    patch(torch.no_grad, "__call__", _generator_wrapper(lazy=False))


def _swallowed():
    @torch.no_grad()
    def fail():
        yield
        raise ValueError

    return len(list(fail())) == 1


@fault(
    "An exception ends a decorated generator without reaching the caller.",
    witness=lambda: not raises(_swallowed, ValueError),
)
def generator_swallows_exceptions(patch):
    wrap = _generator_wrapper()

    def swallow(self, function):
        if not inspect.isgeneratorfunction(function):
            return wrap(self, function)

        @functools.wraps(function)
        def quiet(*arguments, **options):
            try:
                yield from wrap(self, function)(*arguments, **options)
            except ValueError:
                return

        return quiet

    patch(torch.no_grad, "__call__", swallow)


@fault(
    "A class decorated with no_grad remains a class, built in grad mode.",
    witness=lambda: isinstance(torch.no_grad()(_Bound), type),
)
def class_is_left_alone(patch):
    call = torch.no_grad.__call__
    patch(
        torch.no_grad,
        "__call__",
        lambda self, one: one if isinstance(one, type) else call(self, one),
    )


def _warns(category):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.no_grad()(_Bound)
    return any(one.category is category for one in caught)


@fault(
    "Decorating a class gives a UserWarning.", witness=lambda: not _warns(FutureWarning)
)
def class_gives_a_user_warning(patch):
    call = torch.no_grad.__call__

    def warn(self, one):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = call(self, one)
        for warning in caught:
            warnings.warn(str(warning.message), UserWarning, stacklevel=2)
        return result

    patch(torch.no_grad, "__call__", warn)


async def _mode_of_a_coroutine():
    return torch.is_grad_enabled()


def _await(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    return None


@fault(
    "A coroutine decorated with no_grad runs with grad mode off.",
    witness=lambda: not _await(torch.no_grad()(_mode_of_a_coroutine)()),
)
def coroutine_runs_in_the_mode(patch):
    call = torch.no_grad.__call__

    def wrap(self, function):
        if not inspect.iscoroutinefunction(function):
            return call(self, function)

        @functools.wraps(function)
        async def wrapped(*arguments, **options):
            with torch.no_grad():
                return await function(*arguments, **options)

        return wrapped

    patch(torch.no_grad, "__call__", wrap)


# --- inference mode -------------------------------------------------------------------

INFERENCE = torch.inference_mode


def _inference_tensor(*values):
    with torch.inference_mode():
        return torch.tensor(values or (1.0, 2.0))


def _is_on(make):
    with make():
        return torch.is_inference_mode_enabled()


@fault(
    "inference_mode is nothing but no_grad.",
    witness=lambda: not _is_on(torch.inference_mode),
)
def inference_mode_is_no_grad(patch):
    def enter(self):
        self.context = torch.set_grad_enabled(not self.mode)

    patch(torch.inference_mode, "__enter__", enter)
    patch(torch.inference_mode, "__exit__", lambda self, *e: self.context.__exit__(*e))


@fault("inference_mode leaves grad mode on.", witness=lambda: _mode_in(INFERENCE))
def inference_mode_leaves_grad_mode_on(patch):
    enter = torch.inference_mode.__enter__

    def turn_on(self):
        enter(self)
        torch._C._set_grad_enabled(True)

    patch(torch.inference_mode, "__enter__", turn_on)


@fault(
    "inference_mode ignores its flag.",
    witness=lambda: _is_on(lambda: torch.inference_mode(False)),
)
def inference_mode_ignores_its_flag(patch):
    make = torch.inference_mode.__init__
    patch(torch.inference_mode, "__init__", lambda self, mode=True: make(self, True))


@fault(
    "inference_mode is off by default.",
    witness=lambda: not _is_on(torch.inference_mode),
)
def inference_mode_is_off_by_default(patch):
    make = torch.inference_mode.__init__
    patch(torch.inference_mode, "__init__", lambda self, mode=False: make(self, mode))


@fault(
    "inference_mode(False) does nothing.",
    witness=lambda: _in_inference_mode(lambda: _is_on(lambda: INFERENCE(False))),
)
def inference_mode_false_does_nothing(patch):
    enter, leave = torch.inference_mode.__enter__, torch.inference_mode.__exit__
    patch(
        torch.inference_mode,
        "__enter__",
        lambda self: enter(self) if self.mode else None,
    )
    patch(
        torch.inference_mode,
        "__exit__",
        lambda self, *error: leave(self, *error) if self.mode else None,
    )


@fault(
    "enable_grad lifts inference mode.",
    witness=lambda: not _in_inference_mode(lambda: _on_in_enable_grad()),
)
def enable_grad_lifts_inference_mode(patch):
    def enter(self):
        self.context = INFERENCE(False)
        self.context.__enter__()

    patch(torch.enable_grad, "__enter__", enter)
    patch(torch.enable_grad, "__exit__", lambda self, *e: self.context.__exit__(*e))


def _on_in_enable_grad():
    with torch.enable_grad():
        return torch.is_inference_mode_enabled()


@fault(
    "torch.ones in inference mode is a normal tensor.",
    witness=lambda: not _in_inference_mode(lambda: torch.ones(1)).is_inference(),
)
def ones_is_normal_in_inference_mode(patch):
    ones = torch.ones

    def normal(*arguments, **options):
        with INFERENCE(False):
            return ones(*arguments, **options)

    patch(torch, "ones", normal)


@fault(
    "A view taken in inference mode is an inference tensor.",
    witness=lambda: _view_of_a_leaf().is_inference(),
)
def view_in_inference_mode_is_an_inference_tensor(patch):
    get_item = T.__getitem__

    def copy(self, index):
        part = get_item(self, index)
        return part.clone() if torch.is_inference_mode_enabled() else part

    patch(T, "__getitem__", copy)


def _view_of_a_leaf():
    x = _leaf()
    return _in_inference_mode(lambda: x[:1])


@fault(
    "A tracked product clones an inference tensor that it must save.",
    witness=lambda: not raises(lambda: _leaf() * _inference_tensor()),
)
def product_clones_inference_tensors(patch):
    multiply = T.__mul__

    def clone(self, other):
        normal = isinstance(other, T) and other.is_inference()
        if normal and not torch.is_inference_mode_enabled():
            other = other.clone()
        return multiply(self, other)

    patch(T, "__mul__", clone)


@fault(
    "A tracked sum refuses an inference tensor.",
    witness=lambda: raises(lambda: _leaf() + _inference_tensor()),
)
def sum_refuses_inference_tensors(patch):
    add = T.__add__

    def refuse(self, other):
        if isinstance(other, T) and other.is_inference() and self.requires_grad:
            raise RuntimeError("Inference tensors cannot be saved for backward.")
        return add(self, other)

    patch(T, "__add__", refuse)


@fault(
    "A result of no_grad cannot be saved for backward.",
    witness=lambda: _under(lambda x: x * 2)(_leaf()).is_inference(),
)
def no_grad_gives_inference_tensors(patch):
    multiply = T.__mul__

    def infer(self, other):
        with INFERENCE():
            return multiply(self, other)

    patch(T, "__mul__", _untracked_only(multiply, infer))


@fault(
    "A clone of an inference tensor is always one.",
    witness=lambda: _inference_tensor().clone().is_inference(),
)
def clone_of_an_inference_tensor_is_one(patch):
    clone = T.clone

    def infer(self):
        with INFERENCE(self.is_inference()):
            return clone(self)

    patch(T, "clone", infer)


@fault(
    "A clone made in inference mode is a normal tensor.",
    witness=lambda: (
        not _in_inference_mode(lambda: torch.ones(1).clone()).is_inference()
    ),
)
def clone_in_inference_mode_is_normal(patch):
    clone = T.clone

    def normal(self):
        with INFERENCE(False), torch.no_grad():
            return clone(self)

    patch(T, "clone", lambda x: normal(x) if _inferring() else clone(x))


def _inferring():
    return torch.is_inference_mode_enabled()


@fault(
    "A slice of an inference tensor, taken outside the mode, is a normal tensor.",
    witness=lambda: not _inference_tensor()[:1].is_inference(),
)
def slice_of_an_inference_tensor_is_normal(patch):
    get_item = T.__getitem__

    def copy(self, index):
        part = get_item(self, index)
        return part.clone() if part.is_inference() and not _inferring() else part

    patch(T, "__getitem__", copy)


@fault(
    "A product with an inference tensor, outside the mode, is one too.",
    witness=lambda: (_inference_tensor() * 2).is_inference(),
)
def product_of_an_inference_tensor_is_one(patch):
    multiply = T.__mul__

    def infer(self, other):
        with INFERENCE(_inferring() or (self.is_inference() and not _inferring())):
            return multiply(self, other)

    patch(
        T, "__mul__", lambda a, b: infer(a, b) if a.is_inference() else multiply(a, b)
    )


@fault(
    "add_ writes to an inference tensor outside the mode.",
    witness=lambda: not raises(lambda: _inference_tensor().add_(1)),
)
def inference_tensor_may_be_written(patch):
    add = T.add_

    def write(self, other):
        if self.is_inference() and not _inferring():
            with INFERENCE():
                return add(self, other)
        return add(self, other)

    patch(T, "add_", write)


@fault(
    "zero_ writes to an inference tensor outside the mode, under no_grad.",
    witness=lambda: not raises(lambda: _under(T.zero_)(_inference_tensor())),
)
def inference_tensor_may_be_written_under_no_grad(patch):
    zero = T.zero_

    def write(self):
        with INFERENCE(self.is_inference()):
            return zero(self)

    patch(T, "zero_", _untracked_only(zero, write))


def _untouched_after_refusal():
    tensor = _inference_tensor()
    raises(lambda: tensor.add_(1))
    return tensor.tolist() == [1, 2]


@fault(
    "A refused write leaves an inference tensor as it was.",
    witness=_untouched_after_refusal,
)
def refused_write_does_not_happen(patch):
    add = T.add_

    def refuse(self, other):
        if self.is_inference() and not _inferring():
            raise RuntimeError("Inplace update to inference tensor is not allowed")
        return add(self, other)

    patch(T, "add_", refuse)


@fault(
    "An inference tensor can't be written in another inference mode block.",
    witness=lambda: raises(lambda: _rewrite(_inference_tensor())),
)
def inference_tensor_may_not_be_written_inside(patch):
    add = T.add_

    def refuse(self, other):
        if self.is_inference():
            raise RuntimeError("Inplace update to inference tensor is not allowed")
        return add(self, other)

    patch(T, "add_", refuse)


def _rewrite(tensor):
    with torch.inference_mode():
        tensor.add_(1)


@fault(
    "A view taken in inference mode may be written later.",
    witness=lambda: not raises(lambda: _view_of_a_leaf().add_(1)),
)
def inference_view_may_be_written_later(patch):
    add = T.add_

    def allow(self, other):
        try:
            return add(self, other)
        except RuntimeError as error:
            if "created in inference mode" not in str(error):
                raise
            add(self.data, other)
            return self

    patch(T, "add_", allow)


@fault(
    "An inference tensor ignores requires_grad_ outside the mode.",
    witness=lambda: not raises(lambda: _inference_tensor().requires_grad_()),
)
def inference_tensor_ignores_requires_grad(patch):
    set_flag = T.requires_grad_

    def ignore(self, *arguments, **options):
        if self.is_inference() and not _inferring():
            return self
        return set_flag(self, *arguments, **options)

    patch(T, "requires_grad_", ignore)


@fault(
    "A factory in inference mode ignores requires_grad.",
    witness=lambda: (
        not _in_inference_mode(lambda: torch.ones(1, requires_grad=True)).requires_grad
    ),
)
def ones_ignores_requires_grad_in_inference_mode(patch):
    ones = torch.ones

    def ignore(*arguments, **options):
        if _inferring():
            options["requires_grad"] = False
        return ones(*arguments, **options)

    patch(torch, "ones", ignore)


@fault(
    "An inference tensor has version 0.",
    witness=lambda: not raises(lambda: _inference_tensor()._version),
)
def inference_tensor_has_a_version(patch):
    version = T._version
    patch(
        T,
        "_version",
        property(lambda self: 0 if self.is_inference() else version.__get__(self)),
    )

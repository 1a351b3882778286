"""Hooks are functions of yours that a module runs around its forward() and backward.

A forward pre-hook sees the arguments before forward() does, and a forward hook sees the
result; a full backward hook sees the gradients on their way back through the module.
Each may look, or return something that takes the place of what it saw. Whoever calls
the module runs them all; whoever calls forward() runs none. Registering a hook gives a
handle, and the handle removes it.

It is often believed that hooks get all the arguments of a call. They get the positional
ones, unless they are registered with ``with_kwargs=True``. It is also believed that
backward hooks sit on the ``grad_fn`` of the result: this was so with
``register_backward_hook``, which is deprecated because what it reports as the gradients
of the input belongs to the last operation, and not to the module.
"""

import collections
import copy
import pickle
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.modules import module as for_all
from torch.utils.hooks import RemovableHandle

from spec.models.module_hooks import order
from torch_semantics import claim
from torch_semantics.words import shares_storage

MODULE = "generated/torch.nn.Module#torch.nn.Module"
GLOBAL = "generated/torch.nn.modules.module"


class Keep(nn.Module):
    """Returns the arguments of its call, as they come."""

    def forward(self, *args, **kwargs):
        """Return both."""
        return args, kwargs


class Double(nn.Module):
    """Doubles its input, after noting in a list that it runs."""

    def __init__(self, seen=None, name="forward"):
        super().__init__()
        self.seen = seen
        self.name = name

    def forward(self, x):
        """Return the double."""
        if self.seen is not None:
            self.seen.append(self.name)
        return x * 2


class Times(nn.Module):
    """Multiplies two tensors."""

    def forward(self, a, b):
        """Return the product."""
        return a * b


class Failing(nn.Module):
    """Raises an exception in place of returning something."""

    def forward(self, *args, **kwargs):
        """Raise it."""
        raise KeyError("forward")


class Picked(nn.Module):
    """Returns what a function makes of its input."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args, **kwargs):
        """Return it."""
        return self.function(*args, **kwargs)


def note(seen, name):
    """Return a hook of any kind that notes its name and returns nothing."""
    return lambda *args: seen.append(name)


@pytest.fixture
def own_kind(monkeypatch):
    """Backward hooks for all modules are of the kind that is registered first, for
    good: let that be undone after the spec.
    """
    monkeypatch.setattr(for_all, "_global_is_full_backward_hook", None)


# --- when hooks run -------------------------------------------------------------------


@claim("nn.hooks.call-order", see="generated/torch.nn.Module")
def test_a_call_runs_pre_hooks_then_forward_then_forward_hooks(device):
    """A call runs the forward pre-hooks, then forward(), then the forward hooks, each
    kind in the order of registration, and a full backward hook runs in the backward
    pass.
    """
    seen = []
    module = Double(seen)
    module.register_full_backward_hook(note(seen, "backward"))
    module.register_forward_hook(note(seen, "hook 1"))
    module.register_forward_pre_hook(note(seen, "pre-hook 1"))
    module.register_forward_hook(note(seen, "hook 2"))
    module.register_forward_pre_hook(note(seen, "pre-hook 2"))

    output = module(torch.tensor(3.0, device=device, requires_grad=True))
    in_the_call = list(seen)
    output.backward()

    assert output.item() == 6
    assert in_the_call == ["pre-hook 1", "pre-hook 2", "forward", "hook 1", "hook 2"]
    assert seen == [*in_the_call, "backward"]


@claim("nn.hooks.once-per-call", see="generated/torch.nn.Module")
def test_hooks_run_once_in_each_call(device):
    """Hooks run once in each call of their module, also when it occurs twice in
    another module, and not in calls of others of its class.
    """
    seen = []
    module, other = Double(), Double()
    module.register_forward_pre_hook(note(seen, "pre-hook"))
    module.register_forward_hook(note(seen, "hook"))

    output = nn.Sequential(module, other, module)(torch.tensor(1.0, device=device))

    assert output.item() == 8
    assert seen == ["pre-hook", "hook", "pre-hook", "hook"]


@claim("nn.hooks.nested-order", see="generated/torch.nn.Module")
def test_hooks_of_children_run_inside_those_of_their_parent(device):
    """The hooks of a child run when its parent calls it: after the parent's pre-hooks
    and before the parent's forward hooks.
    """
    seen = []
    child = Double(seen, "child")
    parent = nn.Sequential(child)
    parent.register_forward_pre_hook(note(seen, "parent pre-hook"))
    child.register_forward_pre_hook(note(seen, "child pre-hook"))
    parent.register_forward_hook(note(seen, "parent hook"))
    child.register_forward_hook(note(seen, "child hook"))

    parent(torch.tensor(3.0, device=device))

    assert seen == [
        "parent pre-hook",
        "child pre-hook",
        "child",
        "child hook",
        "parent hook",
    ]


@claim(
    "nn.hooks.global-before-own",
    see=GLOBAL + ".register_module_forward_hook",
)
def test_hooks_for_all_modules_run_before_a_modules_own(device):
    """Hooks registered for all modules run in every module's call, before the module's
    own hooks of that kind though these were registered first, and no more once their
    handles are removed.
    """
    seen = []
    child = Double()
    parent = nn.Sequential(child)
    child.register_forward_pre_hook(note(seen, "own pre-hook"))
    child.register_forward_hook(note(seen, "own hook"))
    x = torch.tensor(3.0, device=device)

    with (
        for_all.register_module_forward_pre_hook(
            lambda module, args: seen.append((module, args))
        ),
        for_all.register_module_forward_hook(
            lambda module, args, output: seen.append((module, args, output.item()))
        ),
    ):
        parent(x)
    during = list(seen)
    seen.clear()
    parent(x)

    assert during == [
        (parent, (x,)),
        (child, (x,)),
        "own pre-hook",
        (child, (x,), 6),
        "own hook",
        (parent, (x,), 6),
    ]
    assert seen == ["own pre-hook", "own hook"]


@claim(
    "nn.hooks.global-can-replace",
    see=GLOBAL + ".register_module_forward_pre_hook",
)
def test_hooks_for_all_modules_can_replace_input_and_output(device):
    """What a pre-hook for all modules returns replaces the input, what a forward hook
    for all modules returns replaces the output, and the module's own hooks see it so.
    """
    seen = []
    module = Double()
    module.register_forward_pre_hook(lambda module, args: seen.append(args[0].item()))
    module.register_forward_hook(lambda m, args, output: seen.append(output.item()))

    with (
        for_all.register_module_forward_pre_hook(lambda module, args: args[0] + 1),
        for_all.register_module_forward_hook(lambda m, args, output: output + 10),
    ):
        output = module(torch.tensor(3.0, device=device))

    assert seen == [4, 18]
    assert output.item() == 18


@claim(
    "nn.hooks.global-without-own",
    see=GLOBAL + ".register_module_forward_pre_hook",
)
def test_a_hook_for_all_modules_needs_no_other_hook():
    """A forward pre-hook for all modules runs for a module that has no hooks, while no
    other hook is registered, and so does a forward hook for all modules.
    """
    seen = []
    module = Keep()

    with for_all.register_module_forward_pre_hook(note(seen, "pre-hook")):
        module()
    with for_all.register_module_forward_hook(note(seen, "hook")):
        module()
    module()

    assert seen == ["pre-hook", "hook"]


@claim("nn.hooks.run-in-any-mode", see="generated/torch.nn.Module")
def test_forward_hooks_run_in_evaluation_and_without_gradients(device):
    """Forward pre-hooks and forward hooks run in evaluation mode and inside no_grad as
    they do elsewhere, and inside no_grad the hooks record nothing either.
    """
    seen = []
    module = Double().eval()
    module.register_forward_pre_hook(note(seen, "pre-hook"))
    module.register_forward_hook(lambda module, args, output: output + args[0])
    x = torch.tensor(3.0, device=device, requires_grad=True)

    with torch.no_grad():
        inside = module(x)
    outside = module(x)

    assert seen == ["pre-hook", "pre-hook"]
    assert (inside.item(), inside.requires_grad) == (9, False)
    assert (outside.item(), outside.requires_grad) == (9, True)


@claim(
    "nn.hooks.direct-forward-bypasses-hooks",
    see="generated/torch.nn.Module",
)
def test_calling_forward_itself_runs_no_hook(device):
    """Calling forward() gives what calling the module without hooks gives, and runs
    none of its hooks: neither pre-hooks nor forward hooks nor backward hooks.
    """
    seen = []
    module = Double()
    x = torch.tensor(3.0, device=device, requires_grad=True)
    without_hooks = module(x)
    module.register_forward_pre_hook(lambda module, args: seen.append(1) or args[0] + 1)
    module.register_forward_hook(lambda m, args, output: seen.append(2) or output + 1)
    module.register_full_backward_hook(note(seen, 3))

    output = module.forward(x)
    output.backward()

    assert (without_hooks.item(), output.item(), x.grad.item()) == (6, 6, 2)
    assert seen == []
    assert module(x).item() == 9
    assert seen == [1, 2]


@claim("nn.hooks.direct-forward-runs-childrens", see="generated/torch.nn.Module")
def test_calling_forward_itself_runs_the_hooks_of_children(device):
    """Calling forward() runs the hooks of the children that it calls, and not the
    module's own.
    """
    seen = []
    parent = nn.Sequential(Double(seen))
    parent.register_forward_hook(note(seen, "parent"))
    parent[0].register_forward_pre_hook(note(seen, "child pre-hook"))
    parent[0].register_forward_hook(note(seen, "child hook"))

    parent.forward(torch.tensor(3.0, device=device))

    assert seen == ["child pre-hook", "forward", "child hook"]


# --- before forward() -----------------------------------------------------------------


@claim(
    "nn.hooks.pre-hook-arguments",
    see=MODULE + ".register_forward_pre_hook",
)
def test_a_pre_hook_gets_the_module_and_a_tuple_of_the_arguments(device):
    """A forward pre-hook is called with the module and one tuple, which holds the very
    positional arguments of the call.
    """
    seen = []
    module = Keep()
    module.register_forward_pre_hook(lambda *given: seen.append(given))
    x = torch.ones(2, device=device)

    module(x, "text")

    assert len(seen) == 1
    called, args = seen[0]
    assert called is module
    assert type(args) is tuple
    assert (len(args), args[0] is x, args[1]) == (2, True, "text")


@claim(
    "nn.hooks.pre-hook-can-replace-input",
    see=MODULE + ".register_forward_pre_hook",
)
@pytest.mark.parametrize(
    ("returned", "arguments"),
    [
        (None, (3, 4)),
        ((5, 6), (5, 6)),
        (5, (5,)),
        (0, (0,)),
        ([5, 6], ([5, 6],)),
        ({"x": 5}, ({"x": 5},)),
        ((5,), (5,)),
        ((5, 6, 7), (5, 6, 7)),
        ((), ()),
        ((None,), (None,)),
        (((5, 6),), ((5, 6),)),
    ],
    ids=[
        "None",
        "tuple",
        "single",
        "zero",
        "list",
        "dict",
        "shorter",
        "longer",
        "empty",
        "tuple-of-None",
        "tuple-of-tuple",
    ],
)
def test_what_a_pre_hook_returns_replaces_the_arguments(returned, arguments):
    """A tuple that a forward pre-hook returns becomes the positional arguments of
    forward(), anything else but None becomes the only one, even a list, and None
    leaves them as they are.
    """
    module = Keep()
    module.register_forward_pre_hook(lambda module, args: returned)

    args, kwargs = module(3, 4, option=5)

    assert args == arguments
    assert kwargs == {"option": 5}


@claim(
    "nn.hooks.pre-hook-replaces-a-tensor",
    see=MODULE + ".register_forward_pre_hook",
)
def test_a_tensor_from_a_pre_hook_is_what_forward_gets(device):
    """A tensor that a forward pre-hook returns is the very input of forward(), is not
    unpacked, and gradients go back through what the pre-hook did.
    """
    given = []
    module = Picked(lambda x: given.append(x) or x * 2)
    module.register_forward_pre_hook(
        lambda module, args: given.append(args[0] * 5) or given[0]
    )
    x = torch.tensor([1.0, 3.0], device=device, requires_grad=True)

    output = module(x)
    output.sum().backward()

    assert given[1] is given[0]
    assert output.tolist() == [10, 30]
    assert x.grad.tolist() == [10, 10]


@claim(
    "nn.hooks.pre-hooks-chain",
    see=MODULE + ".register_forward_pre_hook",
)
def test_a_pre_hook_gets_what_the_one_before_it_returned():
    """Each forward pre-hook gets the arguments that the pre-hooks before it left, and
    forward() gets those that the last one left.
    """
    seen = []
    module = Keep()
    module.register_forward_pre_hook(lambda module, args: args[0] * 2)
    module.register_forward_pre_hook(lambda module, args: seen.append(args))
    module.register_forward_pre_hook(lambda module, args: (args[0] + 1, "more"))
    module.register_forward_pre_hook(lambda module, args: seen.append(args))

    args, _ = module(3)

    assert seen == [(6,), (7, "more")]
    assert args == (7, "more")


@claim(
    "nn.hooks.pre-hook-changes-arity",
    see=MODULE + ".register_forward_pre_hook",
)
def test_forward_refuses_what_it_cannot_take_from_a_pre_hook(device):
    """A tuple from a forward pre-hook is not checked: where its length does not fit
    forward(), the call raises the TypeError of forward().
    """
    module = Double()
    handle = module.register_forward_pre_hook(lambda module, args: ())
    x = torch.tensor(3.0, device=device)

    with pytest.raises(TypeError, match=r"forward\(\) missing 1 required .*: 'x'"):
        module(x)
    handle.remove()
    module.register_forward_pre_hook(lambda module, args: args * 2)
    with pytest.raises(TypeError, match=r"forward\(\) takes 2 .* but 3 were given"):
        module(x)


# --- after forward() ------------------------------------------------------------------


@claim(
    "nn.hooks.forward-hook-arguments",
    see=MODULE + ".register_forward_hook",
)
def test_a_forward_hook_gets_module_arguments_and_output(device):
    """A forward hook is called with the module, the tuple of positional arguments that
    the pre-hooks left, and the very output of forward().
    """
    seen = []
    result = torch.ones(2, device=device)
    module = Picked(lambda *args: result)
    module.register_forward_pre_hook(lambda module, args: (args[0], "from pre-hook"))
    module.register_forward_hook(lambda *given: seen.append(given))
    x = torch.ones(2, device=device)

    output = module(x)

    assert output is result
    assert len(seen) == 1
    called, args, seen_output = seen[0]
    assert called is module
    assert type(args) is tuple
    assert (len(args), args[0] is x, args[1]) == (2, True, "from pre-hook")
    assert seen_output is result


@claim(
    "nn.hooks.forward-hook-can-replace-output",
    see=MODULE + ".register_forward_hook",
)
@pytest.mark.parametrize(
    "returned",
    [0, False, [], (), "text", {"a": 1}],
    ids=["zero", "False", "empty-list", "empty-tuple", "text", "dict"],
)
def test_what_a_forward_hook_returns_replaces_the_output(returned):
    """Whatever a forward hook returns, but for None, is the result of the call, as it
    is, and None leaves the output.
    """
    module = Picked(lambda: "output")
    module.register_forward_hook(lambda module, args, output: None)
    before = module()
    module.register_forward_hook(lambda module, args, output: returned)
    module.register_forward_hook(lambda module, args, output: None)

    assert before == "output"
    assert module() is returned


@claim(
    "nn.hooks.forward-hooks-chain",
    see=MODULE + ".register_forward_hook",
)
def test_a_forward_hook_gets_what_the_one_before_it_returned(device):
    """Each forward hook gets the output that the forward hooks before it left, the
    caller gets that of the last one, and gradients go back through them.
    """
    seen = []
    module = Double()
    module.register_forward_hook(lambda module, args, output: output + 1)
    module.register_forward_hook(lambda m, args, output: seen.append(output.item()))
    module.register_forward_hook(lambda module, args, output: output * 10)
    x = torch.tensor(3.0, device=device, requires_grad=True)

    output = module(x)
    output.backward()

    assert seen == [7]
    assert output.item() == 70
    assert x.grad.item() == 20


@claim(
    "nn.hooks.forward-hook-in-place",
    see=MODULE + ".register_forward_hook",
)
def test_a_forward_hook_may_change_the_output_in_place(device):
    """A forward hook that changes the output in place changes what the caller gets,
    while changing the input in place comes too late for forward().
    """

    def change(module, args, output):
        output.add_(1)
        args[0].zero_()

    module = Double()
    module.register_forward_hook(change)
    x = torch.tensor(3.0, device=device)

    output = module(x)

    assert (output.item(), x.item()) == (7, 0)


# --- keyword arguments ----------------------------------------------------------------


@claim(
    "nn.hooks.kwargs-not-passed-by-default",
    see=MODULE + ".register_forward_pre_hook",
)
def test_hooks_do_not_get_keyword_arguments_by_default(device):
    """Hooks get the positional arguments only, an empty tuple if there are none, and
    forward() gets the keyword arguments whatever a pre-hook returns.
    """
    seen = []
    module = Keep()
    module.register_forward_pre_hook(lambda module, args: seen.append(args))
    module.register_forward_hook(lambda module, args, output: seen.append(args))

    named_only = module(x=1)
    mixed = module(1, x=2)
    module.register_forward_pre_hook(lambda module, args: ("replaced",))
    replaced = module(x=1)

    assert seen == [(), (), (1,), (1,), (), ("replaced",)]
    assert named_only == ((), {"x": 1})
    assert mixed == ((1,), {"x": 2})
    assert replaced == (("replaced",), {"x": 1})


@claim(
    "nn.hooks.pre-hook-fails-on-keyword-call",
    see=MODULE + ".register_forward_pre_hook",
)
def test_a_pre_hook_that_takes_the_first_argument_fails_on_keywords(device):
    """A forward pre-hook that takes the first positional argument raises IndexError
    when the module is called with a keyword argument instead.
    """
    module = Double()
    module.register_forward_pre_hook(lambda module, args: args[0] + 1)
    x = torch.tensor(3.0, device=device)

    assert module(x).item() == 8
    with pytest.raises(IndexError, match="tuple index out of range"):
        module(x=x)


@claim(
    "nn.hooks.options-were-refused",
    see=MODULE + ".register_forward_hook",
    until="2.0",
)
def test_hooks_could_not_ask_for_keyword_arguments():
    """Registering a forward hook or pre-hook takes no options: with_kwargs= and
    prepend= raise TypeError.
    """
    module = Keep()

    with pytest.raises(TypeError, match="unexpected keyword argument 'with_kwargs'"):
        module.register_forward_hook(print, with_kwargs=True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'with_kwargs'"):
        module.register_forward_pre_hook(print, with_kwargs=True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'prepend'"):
        module.register_forward_hook(print, prepend=True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'prepend'"):
        module.register_forward_pre_hook(print, prepend=True)


@claim(
    "nn.hooks.with-kwargs-and-prepend",
    see=MODULE + ".register_forward_hook",
    since="2.0",
)
def test_hooks_may_ask_for_keyword_arguments_and_for_the_first_place(device):
    """A hook registered with with_kwargs=True is called with the dict of keyword
    arguments after the tuple of positional ones, and one with prepend=True runs before
    those that are registered already.
    """
    seen = []
    module = Keep()
    module.register_forward_pre_hook(note(seen, "pre-hook"))
    module.register_forward_hook(note(seen, "hook"))
    module.register_forward_pre_hook(
        lambda *given: seen.append(given), with_kwargs=True, prepend=True
    )
    module.register_forward_hook(
        lambda *given: seen.append(given), with_kwargs=True, prepend=True
    )

    output = module(1, x=2)

    assert output == ((1,), {"x": 2})
    assert seen == [
        (module, (1,), {"x": 2}),
        "pre-hook",
        (module, (1,), {"x": 2}, output),
        "hook",
    ]


@claim(
    "nn.hooks.with-kwargs-pre-hook-replaces",
    see=MODULE + ".register_forward_pre_hook",
    since="2.0",
)
def test_a_pre_hook_with_kwargs_may_replace_both_kinds_of_arguments():
    """The pair that a forward pre-hook with with_kwargs=True returns replaces the
    positional and the keyword arguments for forward() and for all hooks that follow,
    and None leaves both.
    """
    seen = []
    module = Keep()
    module.register_forward_pre_hook(lambda m, args, kwargs: None, with_kwargs=True)
    module.register_forward_pre_hook(
        lambda module, args, kwargs: ((*args, 5), {"y": kwargs["x"] + 1}),
        with_kwargs=True,
    )
    module.register_forward_pre_hook(lambda module, args: seen.append(args))
    module.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs), with_kwargs=True
    )
    module.register_forward_hook(
        lambda module, args, kwargs, output: seen.append((args, kwargs)),
        with_kwargs=True,
    )

    output = module(1, x=2)

    assert output == ((1, 5), {"y": 3})
    assert seen == [(1, 5), {"y": 3}, ((1, 5), {"y": 3})]


@claim(
    "nn.hooks.with-kwargs-pre-hook-wrong-form",
    see=MODULE + ".register_forward_pre_hook",
    since="2.0",
)
@pytest.mark.parametrize(
    "returned",
    [(1,), (1, {}, 2), [(1,), {}], 5, {}, ()],
    ids=["1-tuple", "3-tuple", "list", "number", "dict", "empty"],
)
def test_a_pre_hook_with_kwargs_returns_a_pair_or_none(returned):
    """A forward pre-hook with with_kwargs=True that returns something else than None
    or a pair raises RuntimeError, and forward() does not run.
    """
    seen = []
    module = Picked(lambda *args: seen.append(args))
    module.register_forward_pre_hook(lambda m, a, k: returned, with_kwargs=True)

    with pytest.raises(
        RuntimeError,
        match=r"forward pre-hook must return None or a tuple of \(new_args, new_kw",
    ):
        module(1)

    assert seen == []


@claim(
    "nn.hooks.with-kwargs-forward-hook-replaces",
    see=MODULE + ".register_forward_hook",
    since="2.0",
)
def test_a_forward_hook_with_kwargs_may_replace_the_output(device):
    """A forward hook with with_kwargs=True replaces the output as any other does, and
    hooks with and without it may stand side by side.
    """
    module = Picked(lambda x, *, by: x * by)
    module.register_forward_hook(
        lambda module, args, kwargs, output: output + kwargs["by"], with_kwargs=True
    )
    module.register_forward_hook(lambda module, args, output: output * args[0])
    module.register_forward_hook(lambda m, a, k, output: None, with_kwargs=True)

    output = module(torch.tensor(3.0, device=device), by=5)

    assert output.item() == 60


@claim(
    "nn.hooks.options-by-keyword-only",
    see=MODULE + ".register_forward_hook",
)
def test_the_options_of_forward_hooks_are_keyword_only():
    """Registering a forward hook or pre-hook takes one positional argument, the hook:
    a second one raises TypeError and nothing is registered.
    """
    seen = []
    module = Keep()

    with pytest.raises(TypeError, match="takes 2 positional arguments"):
        module.register_forward_pre_hook(note(seen, "pre-hook"), True)
    with pytest.raises(TypeError, match="takes 2 positional arguments"):
        module.register_forward_hook(note(seen, "hook"), True)

    module(1)
    assert seen == []


@claim(
    "nn.hooks.global-with-kwargs",
    see=GLOBAL + ".register_module_forward_hook",
    since="2.6",
)
def test_a_forward_hook_for_all_modules_may_ask_for_keyword_arguments():
    """A forward hook for all modules that is registered with with_kwargs=True gets the
    dict of keyword arguments before the output.
    """
    seen = []
    module = Keep()

    with for_all.register_module_forward_hook(
        lambda *given: seen.append(given), with_kwargs=True
    ):
        output = module(1, x=2)

    assert seen == [(module, (1,), {"x": 2}, output)]
    assert output == ((1,), {"x": 2})


# --- order ----------------------------------------------------------------------------


@claim(
    "nn.hooks.prepend-order",
    see=MODULE + ".register_forward_pre_hook",
    since="2.0",
)
def test_prepend_puts_a_hook_before_the_others(device):
    """A hook with prepend=True runs before all hooks of its kind that the module has,
    the last of several such hooks first, but after the hooks for all modules.
    """
    seen = []
    module = Double()
    module.register_forward_pre_hook(note(seen, "p1"))
    module.register_forward_pre_hook(note(seen, "p2"), prepend=True)
    module.register_forward_pre_hook(note(seen, "p3"), prepend=True)
    module.register_forward_pre_hook(note(seen, "p4"), prepend=False)
    module.register_forward_hook(note(seen, "f1"))
    module.register_forward_hook(note(seen, "f2"), prepend=True)
    module.register_forward_hook(note(seen, "f3"), prepend=True)
    module.register_forward_hook(note(seen, "f4"), prepend=False)

    with (
        for_all.register_module_forward_pre_hook(note(seen, "all")),
        for_all.register_module_forward_hook(note(seen, "all")),
    ):
        module(torch.tensor(3.0, device=device))

    assert seen == ["all", "p3", "p2", "p1", "p4", "all", "f3", "f2", "f1", "f4"]


@st.composite
def registrations(draw):
    """Hooks registered in front and behind, and some of them removed."""
    actions = [
        (draw(st.sampled_from(["append", "prepend"])), number)
        for number in range(draw(st.integers(2, 5)))
    ]
    removed = draw(st.lists(st.sampled_from(actions), unique=True, max_size=3))
    return [*actions, *[("remove", number) for _, number in removed]]


@claim(
    "nn.hooks.order-law",
    see=MODULE + ".register_forward_hook",
    since="2.0",
)
@given(actions=registrations())
def test_hooks_run_in_the_order_of_the_rule(actions):
    """However hooks are registered in front, registered behind and removed, those that
    are left run in the order of the rule, before forward() as after it.
    """
    seen = []
    module = Keep()
    handles = {}
    for action, name in actions:
        if action == "remove":
            handles[name][0].remove()
            handles[name][1].remove()
        else:
            first = action == "prepend"
            handles[name] = (
                module.register_forward_pre_hook(note(seen, name), prepend=first),
                module.register_forward_hook(note(seen, name), prepend=first),
            )

    module(1)

    assert (actions, seen) == (actions, order(actions) * 2)


# --- errors ---------------------------------------------------------------------------


@claim("nn.hooks.pre-hook-error", see="generated/torch.nn.Module")
def test_an_error_in_a_pre_hook_stops_the_call(device):
    """An exception in a forward pre-hook reaches the caller, the very object, and
    neither later hooks nor forward() run; without the hook the module works again.
    """
    seen = []
    error = ValueError("from the hook")

    def fail(module, args):
        raise error

    module = Double(seen)
    handle = module.register_forward_pre_hook(fail)
    module.register_forward_pre_hook(note(seen, "later"))
    module.register_forward_hook(note(seen, "hook"))
    x = torch.tensor(3.0, device=device)

    with pytest.raises(ValueError, match="from the hook") as caught:
        module(x)

    assert caught.value is error
    assert seen == []
    handle.remove()
    assert module(x).item() == 6


@claim("nn.hooks.forward-error-skips-hooks", see="generated/torch.nn.Module")
def test_an_error_in_forward_skips_the_forward_hooks():
    """An exception in forward() reaches the caller, after the pre-hooks, and the
    forward hooks do not run, be they the module's own or for all modules.
    """
    seen = []
    module = Failing()
    module.register_forward_pre_hook(note(seen, "pre-hook"))
    module.register_forward_hook(note(seen, "hook"))

    with (
        for_all.register_module_forward_hook(note(seen, "hook for all")),
        pytest.raises(KeyError, match="forward"),
    ):
        module(1)

    assert seen == ["pre-hook"]


@claim("nn.hooks.forward-hook-error", see="generated/torch.nn.Module")
def test_an_error_in_a_forward_hook_stops_the_call(device):
    """An exception in a forward hook reaches the caller, the very object, after
    forward() ran, and later hooks do not run.
    """
    seen = []
    error = ValueError("from the hook")

    def fail(module, args, output):
        raise error

    module = Double(seen)
    module.register_forward_hook(note(seen, "earlier"))
    module.register_forward_hook(fail)
    module.register_forward_hook(note(seen, "later"))

    with pytest.raises(ValueError, match="from the hook") as caught:
        module(torch.tensor(3.0, device=device))

    assert caught.value is error
    assert seen == ["forward", "earlier"]


@claim(
    "nn.hooks.always-call",
    see=MODULE + ".register_forward_hook",
    since="2.1",
)
def test_a_forward_hook_may_be_called_even_after_an_error():
    """A forward hook with always_call=True runs even if forward() raises, with the
    arguments that the pre-hooks left, and with None as the output or what such a hook
    before it returned; the exception reaches the caller all the same, and hooks without
    the option do not run.
    """
    seen = []
    module = Failing()
    module.register_forward_pre_hook(
        lambda module, args, kwargs: ((*args, 5), {"y": 3}), with_kwargs=True
    )
    module.register_forward_hook(note(seen, "ordinary"))
    module.register_forward_hook(
        lambda *given: seen.append(given) or "unused", always_call=True
    )
    module.register_forward_hook(note(seen, "not asked"), always_call=False)
    module.register_forward_hook(
        lambda *given: seen.append(given), always_call=True, with_kwargs=True
    )

    with pytest.raises(KeyError, match="forward"):
        module(1, x=2)

    assert seen == [(module, (1, 5), None), (module, (1, 5), {"y": 3}, "unused")]


@claim(
    "nn.hooks.always-call-runs-once",
    see=MODULE + ".register_forward_hook",
    since="2.1",
)
def test_a_hook_that_is_always_called_runs_once():
    """A forward hook with always_call=True runs once in a call: in its turn if
    forward() succeeds, though a later hook raises, and at the end if an earlier hook or
    a pre-hook raises.
    """
    seen = []

    def fail(*args):
        raise ValueError("from a hook")

    module = Picked(lambda: "output")
    module.register_forward_hook(
        lambda module, args, output: seen.append(output), always_call=True
    )

    output = module()
    later = module.register_forward_hook(fail)
    with pytest.raises(ValueError, match="from a hook"):
        module()
    later.remove()
    earlier = module.register_forward_hook(fail, prepend=True)
    with pytest.raises(ValueError, match="from a hook"):
        module()
    earlier.remove()
    module.register_forward_pre_hook(fail)
    with pytest.raises(ValueError, match="from a hook"):
        module()

    assert output == "output"
    assert seen == ["output", "output", "output", None]


@claim(
    "nn.hooks.always-call-own-error-not-repeated",
    see=MODULE + ".register_forward_hook",
    since="2.1",
)
def test_a_hook_that_is_always_called_and_raises_is_not_run_again():
    """A forward hook with always_call=True that raises in its turn is not run a second
    time, and its exception reaches the caller.
    """
    seen = []

    def fail(*args):
        seen.append("hook")
        raise ValueError("from the hook")

    module = Picked(lambda: "output")
    module.register_forward_hook(fail, always_call=True)

    with pytest.raises(ValueError, match="from the hook"):
        module()

    assert seen == ["hook"]


@claim(
    "nn.hooks.always-call-error-is-a-warning",
    see=MODULE + ".register_forward_hook",
    since="2.1",
)
def test_an_error_in_a_hook_that_is_always_called_becomes_a_warning():
    """If forward() raises, an exception in a forward hook with always_call=True, be it
    the module's own or for all modules, becomes a UserWarning that quotes it; the hooks
    after it run, and the exception of forward() reaches the caller.
    """
    seen = []

    def fail(*args):
        raise ValueError("from the hook")

    module = Failing()
    module.register_forward_hook(fail, always_call=True)
    module.register_forward_hook(note(seen, "next"), always_call=True)

    with (
        pytest.raises(KeyError, match="forward"),
        pytest.warns(UserWarning, match="always_call=True.*from the hook") as own,
    ):
        module(1)
    with (
        for_all.register_module_forward_hook(fail, always_call=True),
        pytest.raises(KeyError, match="forward"),
        pytest.warns(UserWarning, match="always_call=True.*from the hook") as both,
    ):
        module(1)

    assert (len(own), len(both)) == (1, 2)
    assert str(both[0].message).startswith("global module forward hook")
    assert str(both[1].message).startswith("module forward hook")
    assert seen == ["next", "next"]


@claim(
    "nn.hooks.global-always-call",
    see=GLOBAL + ".register_module_forward_hook",
    since="2.1",
)
def test_a_forward_hook_for_all_modules_may_always_be_called():
    """A forward hook for all modules with always_call=True runs, before a module's
    own, in each call that an exception passes through, with None as the output, and no
    more once it is removed; what it returns is the output that the own hook gets.
    """
    seen = []
    child = Failing()
    parent = nn.Sequential(child)
    child.register_forward_hook(lambda m, a, out: seen.append(out), always_call=True)

    with for_all.register_module_forward_hook(
        lambda *given: seen.append(given) or "unused", always_call=True
    ):
        with pytest.raises(KeyError, match="forward"):
            parent(1)
        during = list(seen)
        seen.clear()
    with pytest.raises(KeyError, match="forward"):
        parent(1)

    assert during == [(child, (1,), None), "unused", (parent, (1,), None)]
    assert seen == [None]


@claim(
    "nn.hooks.global-always-call-runs-once",
    see=GLOBAL + ".register_module_forward_hook",
    since="2.1",
)
def test_a_hook_for_all_modules_that_is_always_called_runs_once():
    """A forward hook for all modules with always_call=True that has run in its turn
    does not run again if a hook of the module raises.
    """
    seen = []

    def fail(*args):
        raise ValueError("from a hook")

    module = Picked(lambda: "output")
    module.register_forward_hook(fail)

    with (
        for_all.register_module_forward_hook(
            lambda module, args, output: seen.append(output), always_call=True
        ),
        pytest.raises(ValueError, match="from a hook"),
    ):
        module()

    assert seen == ["output"]


# --- handles --------------------------------------------------------------------------


@claim("nn.hooks.handle-remove", see=MODULE + ".register_forward_hook")
def test_a_handle_removes_its_hook_and_no_other(device):
    """remove() of a handle deregisters that hook and no other, of pre-hooks as of
    forward hooks and backward hooks, and removing it once more does nothing.
    """
    seen = []
    module = Double()
    first = module.register_forward_pre_hook(note(seen, "pre-hook 1"))
    module.register_forward_pre_hook(note(seen, "pre-hook 2"))
    module.register_forward_hook(note(seen, "hook 1"))
    second = module.register_forward_hook(note(seen, "hook 2"))
    third = module.register_full_backward_hook(note(seen, "backward 1"))
    module.register_full_backward_hook(note(seen, "backward 2"))

    removed = [first.remove(), second.remove(), third.remove(), first.remove()]
    module(torch.tensor(3.0, device=device, requires_grad=True)).backward()

    assert removed == [None, None, None, None]
    assert seen == ["pre-hook 2", "hook 1", "backward 2"]


@claim("nn.hooks.handles", see="generated/torch.nn.Module")
def test_registering_gives_a_handle_with_a_number_of_its_own(device):
    """Registering any kind of hook returns a RemovableHandle, whose id is the hook's
    key in an ordered dict of the module and is given to no other hook, even after
    a removal.
    """
    module = Double()

    pre = module.register_forward_pre_hook(print)
    forward = module.register_forward_hook(len)
    backward = module.register_full_backward_hook(max)
    forward.remove()
    again = module.register_forward_hook(min)

    assert type(pre) is type(forward) is type(backward) is RemovableHandle
    assert type(module._forward_pre_hooks) is collections.OrderedDict
    assert type(module._forward_hooks) is collections.OrderedDict
    assert module._forward_pre_hooks == {pre.id: print}
    assert module._forward_hooks == {again.id: min}
    assert module._backward_hooks == {backward.id: max}
    assert pre.id < forward.id < backward.id < again.id


@claim("nn.hooks.handle-as-context", see=MODULE + ".register_forward_hook")
def test_a_handle_in_a_with_statement_removes_its_hook_at_the_end():
    """A handle in a with statement is what the statement gives, and removes its hook at
    the end, also when an exception leaves the block, which goes on.
    """
    seen = []
    module = Keep()
    handle = module.register_forward_hook(note(seen, "first"))

    with handle as given:
        module()
    module()
    with (
        pytest.raises(KeyError, match="block"),
        module.register_forward_hook(note(seen, "second")),
    ):
        module()
        raise KeyError("block")
    module()

    assert given is handle
    assert seen == ["first", "second"]


@claim("nn.hooks.same-function-twice", see=MODULE + ".register_forward_hook")
def test_a_function_may_be_registered_twice():
    """A function that is registered twice runs twice, and each handle removes one of
    the two.
    """
    seen = []
    module = Keep()
    hook = note(seen, "hook")
    first = module.register_forward_hook(hook)
    second = module.register_forward_hook(hook)

    module()
    twice = len(seen)
    first.remove()
    module()
    once = len(seen) - twice
    second.remove()
    module()

    assert (twice, once, len(seen)) == (2, 1, 3)


@claim("nn.hooks.register-inside-a-hook", see=MODULE + ".register_forward_hook")
def test_a_hook_registered_inside_a_hook_runs_from_the_next_call_on():
    """A hook that a hook of the same kind registers does not run in that call, but in
    the next one.
    """
    seen = []
    module = Keep()

    def grow(module, args, *output):
        seen.append("grow")
        register = module.register_forward_hook
        (register if output else module.register_forward_pre_hook)(note(seen, "new"))

    pre = module.register_forward_pre_hook(grow)
    forward = module.register_forward_hook(grow)

    module()
    first = list(seen)
    pre.remove()
    forward.remove()
    seen.clear()
    module()

    assert first == ["grow", "grow"]
    assert seen == ["new", "new"]


@claim("nn.hooks.remove-inside-a-hook", see=MODULE + ".register_forward_hook")
def test_a_hook_may_remove_itself():
    """A hook that removes itself has run once, and the hooks after it run in that call
    as in the next.
    """
    seen = []
    module = Keep()
    handle = module.register_forward_hook(
        lambda module, args, output: seen.append("once") or handle.remove()
    )
    module.register_forward_hook(note(seen, "always"))

    module()
    module()

    assert seen == ["once", "always", "always"]


@claim("nn.hooks.remove-another-inside-a-hook", see=MODULE + ".register_forward_hook")
def test_a_hook_removed_by_an_earlier_one_still_runs_in_that_call():
    """A hook that an earlier hook of the same kind removes runs in that call still,
    and no more in the next.
    """
    seen = []
    module = Keep()
    module.register_forward_hook(lambda module, args, output: handle.remove())
    handle = module.register_forward_hook(note(seen, "removed"))

    module()
    in_the_first = list(seen)
    module()

    assert in_the_first == ["removed"]
    assert seen == ["removed"]


@claim("nn.hooks.handle-outlives-module", see=MODULE + ".register_forward_hook")
def test_a_handle_may_outlive_its_module():
    """A handle does not keep its module alive, and removing its hook after the module
    is gone does nothing.
    """
    seen = []

    class Last(nn.Module):
        def __del__(self):
            seen.append("gone")

    module = Last()
    handle = module.register_forward_hook(print)

    del module

    assert seen == ["gone"]
    assert handle.remove() is None


@claim("nn.hooks.deepcopy-copies-hooks", see=MODULE + ".register_forward_hook")
def test_a_deep_copy_of_a_module_has_its_hooks():
    """A deep copy of a module has its hooks, called with the copy; a handle removes
    the hook of the original only, and its own deep copy that of the copy.
    """
    seen = []
    module = Keep()
    handle = module.register_forward_hook(lambda m, args, output: seen.append(m))

    twin, twin_handle = copy.deepcopy((module, handle))
    twin()
    handle.remove()
    module()
    twin()
    twin_handle.remove()
    twin()

    assert seen == [twin, twin]
    assert twin_handle.id == handle.id


@claim("nn.hooks.handle-pickle", see=MODULE + ".register_forward_hook")
def test_a_handle_is_pickled_with_its_module(monkeypatch):
    """A handle that is pickled together with its module removes the hook of the module
    that comes back with it, and no other; in a new process, too, the hooks registered
    later get ids of their own.
    """
    module = Keep()
    handle = module.register_forward_hook(print)
    saved = pickle.dumps((module, handle))
    monkeypatch.setattr(RemovableHandle, "next_id", 0)  # as in a new process

    twin, twin_handle = pickle.loads(saved)
    later = twin.register_forward_hook(len)
    pickle.loads(saved)
    after = twin.register_forward_hook(min)
    twin_handle.remove()

    assert twin_handle.id == handle.id
    assert (later.id, after.id) == (handle.id + 1, handle.id + 2)
    assert twin._forward_hooks == {later.id: len, after.id: min}
    assert module._forward_hooks == {handle.id: print}


@claim("nn.hooks.handle-pickle-alone", see=MODULE + ".register_full_backward_hook")
def test_a_handle_of_a_module_that_is_gone_can_be_pickled():
    """The handle of a full backward hook whose module is gone comes back from pickle
    with its id, and removing its hook does nothing.
    """
    module = Keep()
    handle = module.register_full_backward_hook(print)

    del module
    twin = pickle.loads(pickle.dumps(handle))

    assert type(twin) is RemovableHandle
    assert twin.id == handle.id
    assert twin.remove() is None


@claim(
    "nn.hooks.handle-forgets-options",
    see=MODULE + ".register_forward_hook",
    since="2.1",
)
def test_a_handle_removes_the_options_of_its_hook():
    """Removing a hook removes what the module keeps of its options with_kwargs= and
    always_call=, and of no other hook's; a deep copy of the handle does so for the
    deep copy of the module.
    """
    module = Keep()
    kept = module.register_forward_hook(print, with_kwargs=True, always_call=True)
    both = module.register_forward_hook(print, with_kwargs=True, always_call=True)
    kept_pre = module.register_forward_pre_hook(print, with_kwargs=True)
    pre = module.register_forward_pre_hook(print, with_kwargs=True)
    twin, twin_both, twin_pre = copy.deepcopy((module, both, pre))

    both.remove()
    pre.remove()
    before = [*twin._forward_hooks_with_kwargs, *twin._forward_pre_hooks_with_kwargs]
    twin_both.remove()
    twin_pre.remove()

    assert before == [kept.id, both.id, kept_pre.id, pre.id]
    assert list(module._forward_hooks_with_kwargs) == [kept.id]
    assert list(module._forward_hooks_always_called) == [kept.id]
    assert list(module._forward_pre_hooks_with_kwargs) == [kept_pre.id]
    assert list(twin._forward_hooks_with_kwargs) == [kept.id]
    assert list(twin._forward_hooks_always_called) == [kept.id]
    assert list(twin._forward_pre_hooks_with_kwargs) == [kept_pre.id]


# --- the way back ---------------------------------------------------------------------


@claim("nn.hooks.full-backward-hook", see=MODULE + ".register_full_backward_hook")
def test_a_full_backward_hook_gets_the_gradients_of_inputs_and_outputs(device):
    """A full backward hook runs once in a backward pass, with the module, a tuple of
    the gradients of its inputs and a tuple of those of its outputs; if it returns
    None, the gradients are what they are without it.
    """
    seen = []
    module = Times()
    module.register_full_backward_hook(lambda *given: seen.append(given))
    a = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    b = torch.tensor([5.0, 7.0], device=device, requires_grad=True)

    (module(a, b) * torch.tensor([1.0, 10.0], device=device)).sum().backward()

    assert len(seen) == 1
    called, grad_input, grad_output = seen[0]
    assert called is module
    assert type(grad_input) is type(grad_output) is tuple
    assert [grad.tolist() for grad in grad_input] == [[5, 70], [2, 30]]
    assert [grad.tolist() for grad in grad_output] == [[1, 10]]
    assert (a.grad.tolist(), b.grad.tolist()) == ([5, 70], [2, 30])


@claim(
    "nn.hooks.full-backward-sees-the-whole-module",
    see=MODULE + ".register_full_backward_hook",
)
def test_a_full_backward_hook_is_about_the_module_and_not_its_last_step(device):
    """For a module of several operations, a full backward hook gets the gradient of
    the module's input: for a linear layer one gradient, of the input's shape.
    """
    seen = []
    layer = nn.Linear(2, 3, device=device)
    layer.register_full_backward_hook(
        lambda module, grad_input, grad_output: seen.append((grad_input, grad_output))
    )
    layer.weight.data = torch.tensor(
        [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], device=device
    )

    layer(torch.ones(1, 2, device=device, requires_grad=True)).sum().backward()

    [((grad_input,), (grad_output,))] = seen
    assert grad_input.tolist() == [[9, 12]]
    assert grad_output.tolist() == [[1, 1, 1]]
    assert layer.bias.grad.tolist() == [1, 1, 1]


@claim(
    "nn.hooks.full-backward-replaces",
    see=MODULE + ".register_full_backward_hook",
)
def test_a_full_backward_hook_may_replace_the_gradients_of_the_inputs(device):
    """The tuple that a full backward hook returns goes on in place of the gradients of
    the inputs, to what comes before the module; the module's parameters get their own
    gradients as before.
    """
    layer = nn.Linear(1, 1, device=device)
    layer.weight.data.fill_(5)
    layer.register_full_backward_hook(
        lambda module, grad_input, grad_output: (grad_input[0] * 100,)
    )
    x = torch.tensor([2.0], device=device, requires_grad=True)

    layer(x * 3).backward()

    assert x.grad.tolist() == [1500]
    assert layer.weight.grad.tolist() == [[6]]
    assert layer.bias.grad.tolist() == [1]


@claim(
    "nn.hooks.full-backward-places",
    see=MODULE + ".register_full_backward_hook",
)
def test_the_gradients_of_the_inputs_stand_in_the_places_of_the_arguments(device):
    """A full backward hook gets one entry for each positional argument, which is None
    for what is no tensor, and zeros for a tensor that requires no gradient beside one
    that does. Keyword arguments have no entry, and what the hook returns for an
    argument without gradient goes nowhere.
    """
    seen = []
    module = Picked(lambda number, plain, x, *, named: x * named * number)

    def hook(module, grad_input, grad_output):
        seen.append(grad_input)
        return "ignored", grad_input[2], grad_input[2] + 1

    module.register_full_backward_hook(hook)
    plain = torch.ones(2, device=device)
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    named = torch.tensor([5.0, 7.0], device=device, requires_grad=True)

    module(10, plain, x, named=named).sum().backward()

    [(for_number, for_plain, for_x)] = seen
    assert for_number is None
    assert (for_plain.tolist(), for_x.tolist()) == ([0, 0], [50, 70])
    assert x.grad.tolist() == [51, 71]
    assert named.grad.tolist() == [20, 30]
    assert plain.grad is None


@claim(
    "nn.hooks.full-backward-several-outputs",
    see=MODULE + ".register_full_backward_hook",
)
def test_the_gradients_of_the_outputs_stand_in_their_places(device):
    """A full backward hook of a module that returns a tuple gets one gradient for each
    entry, None for what is no tensor and for an output that was not used, and the
    caller gets the tuple as it is otherwise.
    """
    seen = []
    module = Picked(lambda x: (x * 2, "text", x * 3, x * 5))
    module.register_full_backward_hook(
        lambda module, grad_input, grad_output: seen.append((grad_input, grad_output))
    )
    x = torch.tensor(1.0, device=device, requires_grad=True)

    output = module(x)
    (output[0] * 10 + output[3] * 100).backward()

    assert type(output) is tuple
    assert (output[0].item(), output[1], output[2].item()) == (2, "text", 3)
    [((for_x,), (for_first, for_text, for_unused, for_last))] = seen
    assert (for_first.item(), for_last.item()) == (10, 100)
    assert (for_text, for_unused) == (None, None)
    assert for_x.item() == x.grad.item() == 520


@claim(
    "nn.hooks.full-backward-namedtuple-was-lost",
    see=MODULE + ".register_full_backward_hook",
    until="2.2",
)
def test_a_full_backward_hook_made_a_plain_tuple_of_a_named_one(device):
    """A module with a full backward hook returns a plain tuple where its forward()
    returns a named one.
    """
    pair = collections.namedtuple("pair", ["a", "b"])
    module = Picked(lambda x: pair(x * 2, x * 3))
    x = torch.tensor(1.0, device=device, requires_grad=True)

    without = module(x)
    module.register_full_backward_hook(note([], "hook"))
    output = module(x)

    assert type(without) is pair
    assert type(output) is tuple
    assert [entry.item() for entry in output] == [2, 3]


@claim(
    "nn.hooks.full-backward-keeps-namedtuple",
    see=MODULE + ".register_full_backward_hook",
    since="2.2",
)
def test_a_module_with_a_full_backward_hook_returns_a_named_tuple_as_such(device):
    """A module with a full backward hook returns a named tuple where its forward()
    returns one.
    """
    pair = collections.namedtuple("pair", ["a", "b"])
    module = Picked(lambda x: pair(x * 2, x * 3))
    module.register_full_backward_hook(note([], "hook"))

    output = module(torch.tensor(1.0, device=device, requires_grad=True))

    assert type(output) is pair
    assert (output.a.item(), output.b.item()) == (2, 3)


@claim(
    "nn.hooks.full-backward-wrong-count",
    see=MODULE + ".register_full_backward_hook",
)
def test_a_full_backward_hook_returns_as_many_gradients_as_it_got(device):
    """A full backward hook that returns more or fewer gradients than there are inputs
    makes the backward pass raise RuntimeError, and no gradient is left in the input.
    """
    module = Double()
    returned = ()
    module.register_full_backward_hook(lambda module, grads, _: returned)
    x = torch.tensor(1.0, device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match=r"grad_input, got 0, but expected 1"):
        module(x).backward()
    returned = (x, x)
    with pytest.raises(RuntimeError, match=r"grad_input, got 2, but expected 1"):
        module(x).backward()

    assert x.grad is None


@claim(
    "nn.hooks.full-backward-chain",
    see=MODULE + ".register_full_backward_hook",
)
def test_full_backward_hooks_run_in_order_and_each_gets_what_is_left(device):
    """Several full backward hooks run in the order of registration, each with the
    gradients that the one before it left for the inputs and with the same gradients of
    the outputs.
    """
    seen = []
    module = Double()
    module.register_full_backward_hook(lambda m, grads, _: (grads[0] + 1,))
    module.register_full_backward_hook(
        lambda m, grads, outs: seen.append((grads[0].item(), outs[0].item()))
    )
    module.register_full_backward_hook(lambda m, grads, _: (grads[0] * 10,))
    x = torch.tensor(1.0, device=device, requires_grad=True)

    (module(x) * 4).backward()

    assert seen == [(9, 4)]
    assert x.grad.item() == 90


@claim(
    "nn.hooks.full-backward-prepend",
    see=MODULE + ".register_full_backward_hook",
    since="2.0",
)
def test_a_full_backward_hook_may_be_put_first(device):
    """A full backward hook with prepend=True runs before those that the module has."""
    seen = []
    module = Double()
    module.register_full_backward_hook(note(seen, 1))
    module.register_full_backward_hook(note(seen, 2), prepend=True)
    module.register_full_backward_hook(note(seen, 3), True)
    module.register_full_backward_hook(note(seen, 4), prepend=False)

    module(torch.tensor(1.0, device=device, requires_grad=True)).backward()

    assert seen == [3, 2, 1, 4]


@claim(
    "nn.hooks.full-backward-nested-order",
    see=MODULE + ".register_full_backward_hook",
)
def test_full_backward_hooks_run_from_the_last_child_to_the_first(device):
    """In a backward pass the full backward hooks of children run from the last child
    to the first, and the parent's after all of them.
    """
    seen = []
    parent = nn.Sequential(Double(), Double())
    parent.register_full_backward_hook(note(seen, "parent"))
    parent[0].register_full_backward_hook(note(seen, "first"))
    parent[1].register_full_backward_hook(note(seen, "last"))
    x = torch.tensor(1.0, device=device, requires_grad=True)

    parent(x).backward()

    assert seen == ["last", "first", "parent"]
    assert x.grad.item() == 4


@claim(
    "nn.hooks.full-backward-global",
    see=GLOBAL + ".register_module_full_backward_hook",
)
def test_full_backward_hooks_for_all_modules_run_before_a_modules_own(own_kind, device):
    """A full backward hook for all modules runs for each module, before the module's
    own, and what it returns is what they get.
    """
    seen = []
    first, last = Double(), Double()
    last.register_full_backward_hook(lambda m, grads, _: seen.append(grads[0].item()))
    x = torch.tensor(1.0, device=device, requires_grad=True)

    with for_all.register_module_full_backward_hook(
        lambda module, grads, _: seen.append(module) or (grads[0] + 1,)
    ):
        output = last(first(x))
    output.backward()
    last(first(x)).backward()

    assert seen == [last, 3, first, 2]
    assert x.grad.item() == 7 + 4


@claim(
    "nn.hooks.full-backward-each-pass",
    see=MODULE + ".register_full_backward_hook",
)
def test_a_full_backward_hook_runs_in_each_pass_and_for_each_call(device):
    """A full backward hook runs once for each call of the module that a backward pass
    goes through, and again in a second pass through the same graph.
    """
    seen = []
    module = Double()
    module.register_full_backward_hook(
        lambda module, grad_input, grad_output: seen.append(grad_input[0].item())
    )
    x = torch.tensor(1.0, device=device, requires_grad=True)
    once, twice = module(x), module(module(x))

    once.backward(retain_graph=True)
    once.backward()
    twice.backward()

    assert seen == [2, 2, 2, 4]
    assert x.grad.item() == 8


@claim(
    "nn.hooks.full-backward-second-order",
    see=MODULE + ".register_full_backward_hook",
    since="1.13.1",
)
def test_a_full_backward_hook_runs_only_for_what_passes_the_output(device):
    """A second derivative, whose backward pass reaches the module's input and not its
    output, does not run the full backward hook again.
    """
    seen = []
    module = Picked(lambda x: x * x * x)
    module.register_full_backward_hook(note(seen, "hook"))
    x = torch.tensor(2.0, device=device, requires_grad=True)

    (slope,) = torch.autograd.grad(module(x), x, create_graph=True)
    after_first = list(seen)
    slope.backward()

    assert (slope.item(), x.grad.item()) == (12, 12)
    assert after_first == ["hook"]
    assert seen == ["hook"]


@claim(
    "nn.hooks.full-backward-fixed-at-call",
    see=MODULE + ".register_full_backward_hook",
)
def test_the_call_settles_which_full_backward_hooks_run(device):
    """The backward pass runs the full backward hooks that the module had when it was
    called: removing one afterwards, or registering another, changes nothing for that
    graph.
    """
    seen = []
    module = Double()
    handle = module.register_full_backward_hook(note(seen, "early"))
    x = torch.tensor(1.0, device=device, requires_grad=True)

    output = module(x)
    handle.remove()
    module.register_full_backward_hook(note(seen, "late"))
    output.backward()

    assert seen == ["early"]


@claim(
    "nn.hooks.full-backward-keeps-its-module",
    see=MODULE + ".register_full_backward_hook",
)
def test_a_full_backward_hook_keeps_its_module_until_the_backward_pass(device):
    """The graph of a call keeps the module alive for its full backward hooks: they get
    it though no other reference to it is left.
    """
    seen = []
    module = Double(name="only here")
    module.register_full_backward_hook(lambda module, *_: seen.append(module.name))
    output = module(torch.tensor(1.0, device=device, requires_grad=True))

    del module
    output.backward()

    assert seen == ["only here"]


@claim(
    "nn.hooks.full-backward-needs-the-inputs-gradient",
    see=MODULE + ".register_full_backward_hook",
)
def test_a_full_backward_hook_runs_where_an_inputs_gradient_is_computed(device):
    """If an input requires a gradient, a full backward hook runs in the backward passes
    that compute it, and not in one for the module's parameters alone.
    """
    seen = []
    layer = nn.Linear(1, 1, device=device)
    layer.register_full_backward_hook(note(seen, "hook"))
    x = torch.tensor([2.0], device=device, requires_grad=True)

    (for_weight,) = torch.autograd.grad(layer(x), layer.weight)
    after_weight = list(seen)
    torch.autograd.grad(layer(x), x)

    assert for_weight.tolist() == [[2]]
    assert after_weight == []
    assert seen == ["hook"]


@claim(
    "nn.hooks.full-backward-without-input-gradient",
    see=MODULE + ".register_full_backward_hook",
)
@pytest.mark.filterwarnings("ignore:Full backward hook is firing:UserWarning")
def test_a_full_backward_hook_runs_though_no_input_requires_gradients(device):
    """If no input requires a gradient, a full backward hook runs when the gradients of
    the outputs are there, with None for each input; it may return None or a tuple of
    None. Several such hooks run in the order of registration.
    """
    seen = []
    layer = nn.Linear(1, 1, device=device)
    layer.register_full_backward_hook(lambda *given: seen.append(given))
    layer.register_full_backward_hook(lambda *_: seen.append("second") or (None,))
    layer.register_full_backward_hook(note(seen, "third"))

    (layer(torch.ones(1, device=device)) * 3).backward()

    [(called, grad_input, (grad_output,)), *others] = seen
    assert called is layer
    assert grad_input == (None,)
    assert grad_output.tolist() == [3]
    assert others == ["second", "third"]
    assert layer.bias.grad.tolist() == [3]


@claim(
    "nn.hooks.full-backward-nothing-to-replace",
    see=MODULE + ".register_full_backward_hook",
)
@pytest.mark.filterwarnings("ignore:Full backward hook is firing:UserWarning")
@pytest.mark.parametrize(
    "replace",
    [lambda one: (one,), lambda one: (None, one), lambda one: one, lambda one: [None]],
    ids=["tuple", "longer-tuple", "gradient", "list-of-None"],
)
def test_without_input_gradients_a_full_backward_hook_can_replace_none(replace, device):
    """If no input requires a gradient, a full backward hook that returns anything other
    than None or a tuple of None makes the backward pass raise RuntimeError, and the
    parameters get no gradient.
    """
    layer = nn.Linear(1, 1, device=device)
    one = torch.ones(1, device=device)
    layer.register_full_backward_hook(lambda module, grads, _: replace(one))

    with pytest.raises(RuntimeError, match="no input requires gradient should always"):
        layer(one).backward()

    assert (layer.weight.grad, layer.bias.grad) == (None, None)


@claim(
    "nn.hooks.full-backward-without-input-gradient-silent",
    see=MODULE + ".register_full_backward_hook",
    until="2.8",
)
def test_a_full_backward_hook_without_input_gradients_gave_no_warning(device):
    """A full backward hook that runs though no input requires a gradient runs without
    a warning.
    """
    seen = []
    layer = nn.Linear(1, 1, device=device)
    layer.register_full_backward_hook(note(seen, "hook"))
    output = layer(torch.ones(1, device=device))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        output.backward()

    assert seen == ["hook"]


@claim(
    "nn.hooks.full-backward-without-input-gradient-warns",
    see=MODULE + ".register_full_backward_hook",
    since="2.8",
)
def test_a_full_backward_hook_without_input_gradients_gives_a_warning(device):
    """A full backward hook that runs though no input requires a gradient gives one
    UserWarning that says so.
    """
    seen = []
    layer = nn.Linear(1, 1, device=device)
    layer.register_full_backward_hook(note(seen, "hook"))
    output = layer(torch.ones(1, device=device))

    with pytest.warns(UserWarning, match="since no inputs require gradients") as given:
        output.backward()

    assert len(given) == 1
    assert seen == ["hook"]


@claim(
    "nn.hooks.full-backward-nothing-recorded",
    see=MODULE + ".register_full_backward_hook",
)
def test_a_full_backward_hook_does_not_run_where_nothing_is_recorded(device):
    """A full backward hook leaves a call inside no_grad, or one in which nothing
    requires gradients, as it is: forward() gets the very input and the caller the very
    output.
    """
    seen = []
    module = nn.Identity()
    module.register_full_backward_hook(note(seen, "hook"))
    plain = torch.ones(2, device=device)
    x = torch.ones(2, device=device, requires_grad=True)

    with torch.no_grad():
        inside = module(x)

    assert inside is x
    assert module(plain) is plain
    assert seen == []


@claim(
    "nn.hooks.full-backward-views",
    see=MODULE + ".register_full_backward_hook",
)
def test_with_a_full_backward_hook_inputs_and_outputs_are_views(device):
    """With a full backward hook, forward() gets a view of each input and the caller a
    view of each output, over the same storage, and arguments that are no tensors are
    handed on as they are.
    """
    given = []

    def forward(x, other):
        given.extend([x, other, x * 2])
        return given[2]

    module = Picked(forward)
    module.register_full_backward_hook(note([], "hook"))
    x = torch.ones(2, device=device, requires_grad=True)
    other = [1]

    output = module(x, other)

    assert given[0] is not x
    assert shares_storage(given[0], x)
    assert (given[0].is_leaf, given[0]._is_view()) == (False, True)
    assert given[1] is other
    assert output is not given[2]
    assert shares_storage(output, given[2])
    assert output._is_view() is True
    assert (output.shape, output.tolist()) == ((2,), [2, 2])


@claim(
    "nn.hooks.full-backward-in-place-refused",
    see=MODULE + ".register_full_backward_hook",
)
def test_in_place_changes_around_a_full_backward_hook_are_refused(device):
    """With a full backward hook, changing the input in place inside forward() raises
    RuntimeError, and so does changing the output in place afterwards; both are left as
    they are.
    """
    changing = nn.ReLU(inplace=True)
    plain = nn.ReLU()
    leaf = torch.tensor([-1.0, 2.0], device=device, requires_grad=True)
    inner = leaf * 1
    changing(leaf * 1)
    plain(leaf).add_(1)
    changing.register_full_backward_hook(note([], "hook"))
    plain.register_full_backward_hook(note([], "hook"))

    with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
        changing(inner)
    output = plain(leaf)
    with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
        output.add_(1)

    assert inner.tolist() == [-1, 2]
    assert output.tolist() == [0, 2]


@claim(
    "nn.hooks.full-backward-other-outputs",
    see=MODULE + ".register_full_backward_hook",
    since="1.13.1",
)
@pytest.mark.filterwarnings("ignore:For backward hooks to be called:UserWarning")
@pytest.mark.parametrize(
    ("pack", "unpack"),
    [
        (lambda y: {"y": y}, lambda output: output["y"]),
        (lambda y: [y], lambda output: output[0]),
        (lambda y: ([y],), lambda output: output[0][0]),
    ],
    ids=["dict", "list", "list-in-tuple"],
)
def test_a_full_backward_hook_misses_outputs_in_lists_and_dicts(pack, unpack, device):
    """A full backward hook does not run for outputs inside a dict or a list, and the
    gradients are the same as without it.
    """
    seen = []
    module = Picked(lambda x: pack(x * 2))
    module.register_full_backward_hook(note(seen, "hook"))
    x = torch.tensor(3.0, device=device, requires_grad=True)

    output = module(x)
    unpack(output).backward()

    assert type(output) is type(pack(x))
    assert seen == []
    assert x.grad.item() == 2


@claim(
    "nn.hooks.full-backward-other-outputs-silent",
    see=MODULE + ".register_full_backward_hook",
    until="2.0",
)
def test_missing_a_dict_of_outputs_gave_no_warning(device):
    """A module with a full backward hook returns a dict without a warning."""
    module = Picked(lambda x: {"y": x * 2})
    module.register_full_backward_hook(note([], "hook"))
    x = torch.tensor(3.0, device=device, requires_grad=True)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        output = module(x)

    assert output["y"].item() == 6


@claim(
    "nn.hooks.full-backward-other-outputs-warn",
    see=MODULE + ".register_full_backward_hook",
    since="2.0",
)
def test_missing_a_dict_or_a_list_of_outputs_gives_a_warning(device):
    """A module with a full backward hook that returns a dict or a list gives a
    UserWarning in its call; one that returns a tensor or a tuple gives none.
    """
    x = torch.tensor(3.0, device=device, requires_grad=True)
    as_dict = Picked(lambda x: {"y": x * 2})
    as_list = Picked(lambda x: [x * 2])
    as_tensor = Picked(lambda x: x * 2)
    as_tuple = Picked(lambda x: (x * 2, 1))
    as_dict.register_full_backward_hook(note([], "hook"))
    as_list.register_full_backward_hook(note([], "hook"))
    as_tensor.register_full_backward_hook(note([], "hook"))
    as_tuple.register_full_backward_hook(note([], "hook"))

    with pytest.warns(UserWarning, match="should be a Tensor or a tuple .*'dict'"):
        as_dict(x)
    with pytest.warns(UserWarning, match="should be a Tensor or a tuple .*'list'"):
        as_list(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        as_tensor(x)
        as_tuple(x)


@claim(
    "nn.hooks.full-backward-error",
    see=MODULE + ".register_full_backward_hook",
)
def test_an_error_in_a_full_backward_hook_leaves_the_backward_pass(device):
    """An exception in a full backward hook is raised by the backward pass with its own
    type, and the input gets no gradient.
    """

    def fail(module, grad_input, grad_output):
        raise KeyError("from the hook")

    module = Double()
    module.register_full_backward_hook(fail)
    x = torch.tensor(1.0, device=device, requires_grad=True)
    output = module(x)

    with pytest.raises(KeyError, match="from the hook"):
        output.backward()

    assert x.grad is None


@claim(
    "nn.hooks.full-backward-beside-forward-hooks",
    see=MODULE + ".register_full_backward_hook",
)
def test_full_backward_hooks_enclose_what_forward_hooks_do(device):
    """The gradient of the input stops at what the forward pre-hooks left, and that of
    the output begins at what the forward hooks left.
    """
    seen = []
    module = Double()
    module.register_forward_pre_hook(lambda module, args: args[0] * 5)
    module.register_forward_hook(lambda module, args, output: output * 7)
    module.register_full_backward_hook(
        lambda m, grads, outs: seen.append((grads[0].item(), outs[0].item()))
    )
    x = torch.tensor(1.0, device=device, requires_grad=True)

    (module(x) * 3).backward()

    assert seen == [(42, 3)]
    assert x.grad.item() == 210


# --- before the way back --------------------------------------------------------------


@claim(
    "nn.hooks.backward-pre-hook",
    see=MODULE + ".register_full_backward_pre_hook",
    since="2.0",
)
def test_a_full_backward_pre_hook_gets_the_gradients_of_the_outputs(device):
    """A full backward pre-hook runs once in a backward pass, before that of the
    module's own operations, with the module and the tuple of the gradients of its
    outputs; returning None leaves them.
    """
    seen = []
    module = Double()
    module.register_full_backward_hook(note(seen, "hook"))
    module.register_full_backward_pre_hook(lambda *given: seen.append(given))
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    x.register_hook(note(seen, "input"))

    (module(x) * 3).sum().backward()

    assert len(seen) == 3
    called, grad_output = seen[0]
    assert called is module
    assert type(grad_output) is tuple
    assert [grad.tolist() for grad in grad_output] == [[3, 3]]
    assert seen[1:] == ["hook", "input"]
    assert x.grad.tolist() == [6, 6]


@claim(
    "nn.hooks.backward-pre-hook-replaces",
    see=MODULE + ".register_full_backward_pre_hook",
    since="2.0.1",
)
def test_a_full_backward_pre_hook_may_replace_the_gradients_of_the_outputs(device):
    """The tuple that a full backward pre-hook returns goes back through the module in
    place of the gradients of its outputs, to the parameters as to the input; the next
    pre-hook and the full backward hooks get it too.
    """
    seen = []
    layer = nn.Linear(1, 1, device=device)
    layer.weight.data.fill_(5)
    layer.register_full_backward_pre_hook(lambda module, grads: (grads[0] * 10,))
    layer.register_full_backward_pre_hook(
        lambda module, grads: seen.append(grads[0].item())
    )
    layer.register_full_backward_pre_hook(lambda module, grads: (grads[0] + 1,))
    layer.register_full_backward_hook(
        lambda m, grads, outs: seen.append((grads[0].item(), outs[0].item()))
    )
    x = torch.tensor([2.0], device=device, requires_grad=True)

    layer(x).backward()

    assert seen == [10, (55, 11)]
    assert x.grad.tolist() == [55]
    assert layer.weight.grad.tolist() == [[22]]
    assert layer.bias.grad.tolist() == [11]


@claim(
    "nn.hooks.backward-pre-hook-places",
    see=MODULE + ".register_full_backward_pre_hook",
    since="2.0.1",
)
def test_a_full_backward_pre_hook_gets_one_entry_for_each_output(device):
    """A full backward pre-hook of a module that returns a tuple gets None for what is
    no tensor, and may return its own gradients for the tensors.
    """
    seen = []
    module = Picked(lambda x: (x * 2, "text", x * 5))

    def hook(module, grads):
        seen.append((grads[0].item(), grads[1], grads[2].item()))
        return grads[0] * 10, None, grads[2] * 100

    module.register_full_backward_pre_hook(hook)
    x = torch.tensor(1.0, device=device, requires_grad=True)

    first, _, last = module(x)
    (first + last * 3).backward()

    assert seen == [(1, None, 3)]
    assert x.grad.item() == 20 + 1500


@claim(
    "nn.hooks.backward-pre-hook-wrong-count",
    see=MODULE + ".register_full_backward_pre_hook",
    since="2.0",
)
def test_a_full_backward_pre_hook_returns_as_many_gradients_as_it_got(device):
    """A full backward pre-hook that returns more or fewer gradients than there are
    outputs makes the backward pass raise RuntimeError.
    """
    module = Double()
    returned = ()
    module.register_full_backward_pre_hook(lambda module, grads: returned)
    x = torch.tensor(1.0, device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match=r"grad_output, got 0, but expected 1"):
        module(x).backward()
    returned = (x, x)
    with pytest.raises(RuntimeError, match=r"grad_output, got 2, but expected 1"):
        module(x).backward()

    assert x.grad is None


@claim(
    "nn.hooks.backward-pre-hook-order",
    see=MODULE + ".register_full_backward_pre_hook",
    since="2.0",
)
def test_full_backward_pre_hooks_run_from_the_parent_to_its_children(device):
    """In a backward pass the full backward pre-hooks of a parent run before those of
    its children, in the order of registration but for those with prepend=True, which
    run before the others; a handle removes one.
    """
    seen = []
    parent = nn.Sequential(Double(), Double())
    parent.register_full_backward_pre_hook(note(seen, "parent 1"))
    parent.register_full_backward_pre_hook(note(seen, "parent 2"), prepend=True)
    parent.register_full_backward_pre_hook(note(seen, "parent 3"), True)
    parent.register_full_backward_pre_hook(note(seen, "parent 4"))
    parent.register_full_backward_pre_hook(note(seen, "removed")).remove()
    parent[0].register_full_backward_pre_hook(note(seen, "first"))
    parent[1].register_full_backward_pre_hook(note(seen, "last"))

    parent(torch.tensor(1.0, device=device, requires_grad=True)).backward()

    assert seen == ["parent 3", "parent 2", "parent 1", "parent 4", "last", "first"]


@claim(
    "nn.hooks.backward-pre-hook-global",
    see=GLOBAL + ".register_module_full_backward_pre_hook",
    since="2.0.1",
)
def test_full_backward_pre_hooks_for_all_modules_run_before_a_modules_own(device):
    """A full backward pre-hook for all modules runs for each module, before the
    module's own, and what it returns is what they get.
    """
    seen = []
    first, last = Double(), Double()
    first.register_full_backward_pre_hook(
        lambda module, grads: seen.append(grads[0].item())
    )
    x = torch.tensor(1.0, device=device, requires_grad=True)

    with for_all.register_module_full_backward_pre_hook(
        lambda module, grads: seen.append(module) or (grads[0] + 1,)
    ):
        output = last(first(x))
    output.backward()
    last(first(x)).backward()

    assert seen == [last, first, 5, 2]
    assert x.grad.item() == 10 + 4


@claim(
    "nn.hooks.backward-pre-hook-without-input-gradient",
    see=MODULE + ".register_full_backward_pre_hook",
    since="2.0",
)
@pytest.mark.filterwarnings("ignore:Full backward hook is firing:UserWarning")
def test_a_full_backward_pre_hook_needs_no_input_that_requires_gradients(device):
    """A full backward pre-hook runs though no input requires a gradient, and a full
    backward hook gets the gradients of the outputs that it returns.
    """
    seen = []
    layer = nn.Linear(1, 1, device=device)
    layer.register_full_backward_hook(
        lambda m, grad_input, grad_output: seen.append(grad_output[0].item())
    )
    layer.register_full_backward_pre_hook(
        lambda module, grads: seen.append(grads[0].item()) or (grads[0] * 10,)
    )

    layer(torch.tensor([2.0], device=device)).backward()

    assert seen == [1, 10]


@claim(
    "nn.hooks.backward-pre-hook-result-was-lost",
    see=MODULE + ".register_full_backward_pre_hook",
    since="2.0",
    until="2.3",
)
def test_without_input_gradients_the_result_of_a_backward_pre_hook_was_lost(device):
    """If no input requires a gradient, what a full backward pre-hook returns does not
    reach the parameters.
    """
    layer = nn.Linear(1, 1, device=device)
    layer.register_full_backward_pre_hook(lambda module, grads: (grads[0] * 10,))

    layer(torch.tensor([2.0], device=device)).backward()

    assert layer.weight.grad.tolist() == [[2]]
    assert layer.bias.grad.tolist() == [1]


@claim(
    "nn.hooks.backward-pre-hook-reaches-parameters",
    see=MODULE + ".register_full_backward_pre_hook",
    since="2.3",
)
@pytest.mark.filterwarnings("ignore:Full backward hook is firing:UserWarning")
def test_without_input_gradients_a_backward_pre_hook_reaches_the_parameters(device):
    """What a full backward pre-hook returns reaches the parameters also if no input
    requires a gradient.
    """
    layer = nn.Linear(1, 1, device=device)
    layer.register_full_backward_pre_hook(lambda module, grads: (grads[0] * 10,))

    layer(torch.tensor([2.0], device=device)).backward()

    assert layer.weight.grad.tolist() == [[20]]
    assert layer.bias.grad.tolist() == [10]


@claim(
    "nn.hooks.backward-pre-hook-alone-warned",
    see=MODULE + ".register_full_backward_pre_hook",
    since="2.8",
    until="2.14",
)
def test_a_full_backward_pre_hook_alone_gave_the_warning_of_full_hooks(device):
    """A full backward pre-hook gives the warning about full backward hooks without
    inputs that require gradients, though the module has none.
    """
    layer = nn.Linear(1, 1, device=device)
    layer.register_full_backward_pre_hook(lambda module, grads: None)
    output = layer(torch.ones(1, device=device))

    with pytest.warns(UserWarning, match="since no inputs require gradients"):
        output.backward()


# --- the deprecated kind --------------------------------------------------------------


@claim(
    "nn.hooks.legacy-backward-hook-on-output-node",
    see=MODULE + ".register_backward_hook",
)
@pytest.mark.filterwarnings("ignore:Using a non-full backward hook")
def test_a_regular_backward_hook_is_about_the_last_operation(device):
    """A hook of register_backward_hook gets the gradients of the operation that made
    the output: for a linear layer with a batch those of the bias, of the input, which
    is None here, and of the transposed weight.
    """
    seen = []
    layer = nn.Linear(2, 3, device=device)
    layer.register_backward_hook(lambda *given: seen.append(given))

    layer(torch.tensor([[5.0, 7.0]], device=device)).sum().backward()

    [(called, grad_input, grad_output)] = seen
    assert called is layer
    assert type(grad_input) is type(grad_output) is tuple
    assert len(grad_input) == 3
    assert (grad_input[0].tolist(), grad_input[1]) == ([1, 1, 1], None)
    assert grad_input[2].tolist() == [[5, 5, 5], [7, 7, 7]]
    assert [grad.tolist() for grad in grad_output] == [[[1, 1, 1]]]


@claim(
    "nn.hooks.legacy-single-operation",
    see=MODULE + ".register_backward_hook",
)
def test_a_regular_backward_hook_is_right_about_a_single_operation(device):
    """For a module of one operation on the results of others, a hook of
    register_backward_hook gives no warning, gets the gradients of input and output, and
    may replace those of the input.
    """
    seen = []
    module = nn.ReLU()

    def hook(module, grad_input, grad_output):
        seen.append((grad_input[0].tolist(), grad_output[0].tolist()))
        return (grad_input[0] * 10,)

    module.register_backward_hook(hook)
    x = torch.tensor([-1.0, 2.0], device=device, requires_grad=True)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        output = module(x * 3)
    output.sum().backward()

    assert seen == [([0, 1], [1, 1])]
    assert x.grad.tolist() == [0, 30]


legacy_warnings = pytest.mark.parametrize(
    ("function", "more", "message"),
    [
        (lambda x: x * 2 + 1, (), "the forward contains multiple autograd Nodes"),
        (lambda x: (x * 2, x * 3), (), "generated by different autograd Nodes"),
        (lambda x: {"y": x * 2}, (), "does not return a single Tensor or a tuple"),
        (lambda x: [x * 2], (), "does not return a single Tensor or a tuple"),
        (lambda x: (x * 2, 5), (), "does not return a single Tensor or a tuple"),
        (lambda x, n: x.exp(), (5,), "does not take as input a single Tensor"),
    ],
    ids=["operations", "outputs", "dict", "list", "number-out", "number-in"],
)


@claim(
    "nn.hooks.legacy-warned-as-user-warning",
    see=MODULE + ".register_backward_hook",
    until="2.4",
)
@legacy_warnings
def test_a_call_warned_of_what_regular_backward_hooks_miss(
    function, more, message, device
):
    """A call of a module with a hook of register_backward_hook gives one UserWarning if
    the module has several operations or outputs, or arguments or results that are not
    tensors.
    """
    module = Picked(function)
    module.register_backward_hook(note([], "hook"))
    x = torch.tensor(1.0, device=device, requires_grad=True)

    with pytest.warns(UserWarning, match=message) as given:
        module(x * 1, *more)

    assert [one.category for one in given] == [UserWarning]


@claim(
    "nn.hooks.legacy-warns-as-future-warning",
    see=MODULE + ".register_backward_hook",
    since="2.4",
)
@legacy_warnings
def test_a_call_warns_of_what_regular_backward_hooks_miss(
    function, more, message, device
):
    """A call of a module with a hook of register_backward_hook gives one FutureWarning
    if the module has several operations or outputs, or arguments or results that are
    not tensors.
    """
    module = Picked(function)
    module.register_backward_hook(note([], "hook"))
    x = torch.tensor(1.0, device=device, requires_grad=True)

    with pytest.warns(FutureWarning, match=message) as given:
        module(x * 1, *more)

    assert [one.category for one in given] == [FutureWarning]


@claim(
    "nn.hooks.legacy-first-tensor",
    see=MODULE + ".register_backward_hook",
)
@pytest.mark.filterwarnings("ignore:Using .*non-full backward hook")
@pytest.mark.parametrize(
    ("pack", "unpack"),
    [
        (lambda a, b: {"t": "text", "a": a, "b": b}, lambda out: (out["a"], out["b"])),
        (lambda a, b: (a, b), lambda out: out),
        (lambda a, b: [[a], b], lambda out: (out[0][0], out[1])),
        (lambda a, b: ({"a": a}, b), lambda out: (out[0]["a"], out[1])),
    ],
    ids=["dict", "tuple", "nested-list", "dict-in-tuple"],
)
def test_a_regular_backward_hook_sits_on_the_first_tensor_of_the_result(
    pack, unpack, device
):
    """A hook of register_backward_hook runs for the first tensor of a dict of results
    or the first entry of a list or tuple of them, nested or not, and for no other.
    """
    seen = []
    module = Picked(lambda x: pack(x * 2, x * 3))
    module.register_backward_hook(
        lambda module, grad_input, grad_output: seen.append(grad_output[0].item())
    )
    x = torch.tensor(1.0, device=device, requires_grad=True)

    first, last = unpack(module(x))
    (last * 10).backward()
    after_last = list(seen)
    (first * 10).backward()

    assert after_last == []
    assert seen == [10]
    assert x.grad.item() == 50


@claim(
    "nn.hooks.legacy-nothing-recorded",
    see=MODULE + ".register_backward_hook",
)
def test_a_regular_backward_hook_needs_a_recorded_result(device):
    """A hook of register_backward_hook does nothing, and gives no warning, where the
    result requires no gradient.
    """
    seen = []
    module = Picked(lambda x: x * 2 + 1)
    module.register_backward_hook(note(seen, "hook"))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        output = module(torch.tensor(3.0, device=device))

    assert (output.item(), output.requires_grad, seen) == (7, False, [])


@claim("nn.hooks.kinds-do-not-mix", see=MODULE + ".register_full_backward_hook")
def test_a_module_has_backward_hooks_of_one_kind_only(device):
    """A module refuses register_backward_hook after register_full_backward_hook, and
    the other way round, with RuntimeError, even if the first hook was removed; the
    refused hook is not registered, and another module may have the other kind.
    """
    seen = []
    full, regular = nn.ReLU(), nn.ReLU()
    message = "Cannot use both regular backward hooks and full backward hooks on a"

    full.register_full_backward_hook(note(seen, "full"))
    regular.register_backward_hook(note(seen, "regular"))
    regular.register_backward_hook(note(seen, "removed")).remove()
    with pytest.raises(RuntimeError, match=f"{message} single Module"):
        full.register_backward_hook(note(seen, "refused"))
    with pytest.raises(RuntimeError, match=f"{message} single Module"):
        regular.register_full_backward_hook(note(seen, "refused"))
    x = torch.tensor(1.0, device=device, requires_grad=True)
    regular(full(x) * 1).backward()

    assert seen == ["regular", "full"]
    emptied = nn.ReLU()
    emptied.register_full_backward_hook(print).remove()
    with pytest.raises(RuntimeError, match=f"{message} single Module"):
        emptied.register_backward_hook(print)


@claim(
    "nn.hooks.global-kinds-do-not-mix",
    see=GLOBAL + ".register_module_full_backward_hook",
)
def test_backward_hooks_for_all_modules_are_of_one_kind_only(own_kind, monkeypatch):
    """Backward hooks for all modules are of the kind that is registered first: the
    other kind raises RuntimeError, even after the first hook was removed.
    """
    message = "Cannot use both regular backward hooks and full .* global Module hook"

    for_all.register_module_full_backward_hook(print).remove()
    with pytest.raises(RuntimeError, match=message):
        for_all.register_module_backward_hook(print)
    monkeypatch.setattr(for_all, "_global_is_full_backward_hook", None)
    for_all.register_module_backward_hook(print).remove()
    with pytest.raises(RuntimeError, match=message):
        for_all.register_module_full_backward_hook(print)


@claim(
    "nn.hooks.legacy-global",
    see="generated/torch.nn.Module",
)
def test_a_regular_backward_hook_may_be_for_all_modules(own_kind, device):
    """A hook of register_module_backward_hook runs for the last operation of every
    module, before the module's own hook of that kind.
    """
    seen = []
    first, last = nn.ReLU(), nn.ReLU()
    last.register_backward_hook(lambda m, grads, outs: seen.append((m, "own")))
    x = torch.tensor([2.0], device=device, requires_grad=True)

    with for_all.register_module_backward_hook(
        lambda m, grads, outs: seen.append((m, grads[0].tolist(), outs[0].tolist()))
    ):
        output = last(first(x * 1))
    output.backward()

    assert seen == [(last, [1], [1]), (last, "own"), (first, [1], [1])]


@claim(
    "nn.hooks.legacy-module-is-gone",
    see=MODULE + ".register_backward_hook",
)
def test_a_regular_backward_hook_of_a_module_that_is_gone_is_an_error(device):
    """A hook of register_backward_hook does not keep its module alive: if the module is
    gone by the time of the backward pass, that raises RuntimeError.
    """
    seen = []
    module = nn.ReLU()
    module.register_backward_hook(note(seen, "hook"))
    x = torch.tensor(1.0, device=device, requires_grad=True)
    output = module(x * 1)

    del module

    with pytest.raises(RuntimeError, match="call the hook of a dead Module"):
        output.backward()
    assert seen == []


# --- when something is registered -----------------------------------------------------


@claim(
    "nn.hooks.registration",
    see=GLOBAL + ".register_module_parameter_registration_hook",
    since="2.0",
)
def test_registration_hooks_see_what_any_module_is_given(device):
    """Hooks for the registration of parameters, buffers and children run whenever a
    module is given one, by assignment as by the register methods, with the module, the
    name and the object, before it is there, and no more once they are removed.
    """
    seen = []
    module = nn.Module()
    ones = torch.ones(2, device=device)
    weight, bias = nn.Parameter(ones), nn.Parameter(ones)
    one, two = nn.ReLU(), nn.ReLU()

    def hook(owner, name, given):
        seen.append((owner, name, given, name in dir(owner)))

    with (
        for_all.register_module_parameter_registration_hook(hook),
        for_all.register_module_buffer_registration_hook(hook),
        for_all.register_module_module_registration_hook(hook),
    ):
        module.weight = weight
        module.register_parameter("bias", bias)
        module.one = one
        module.add_module("two", two)
        module.register_buffer("mean", ones)
    module.later = nn.Parameter(ones)
    module.last = nn.ReLU()
    module.register_buffer("buffer", ones)

    assert len(seen) == 5
    assert [entry[1] for entry in seen] == ["weight", "bias", "one", "two", "mean"]
    assert {entry[0] for entry in seen} == {module}
    assert [id(entry[2]) for entry in seen] == [
        id(o) for o in (weight, bias, one, two, ones)
    ]
    assert {entry[3] for entry in seen} == {False}
    assert module.weight is weight
    assert module.one is one
    assert module.mean is ones


@claim(
    "nn.hooks.registration-replaces",
    see=GLOBAL + ".register_module_parameter_registration_hook",
    since="2.0",
)
def test_registration_hooks_may_replace_what_is_registered(device):
    """What a hook for the registration of parameters, buffers or children returns is
    registered in place of the object, and is what the next hook of its kind gets.
    """
    seen = []
    ones = torch.ones(2, device=device)
    module = nn.Module()
    other = nn.Tanh()
    fixed = nn.Parameter(ones * 5)

    def see(owner, name, given):
        seen.append(given)

    with (
        for_all.register_module_parameter_registration_hook(lambda *_: fixed),
        for_all.register_module_parameter_registration_hook(see),
        for_all.register_module_buffer_registration_hook(lambda o, n, given: given + 2),
        for_all.register_module_buffer_registration_hook(see),
        for_all.register_module_module_registration_hook(lambda *_: other),
        for_all.register_module_module_registration_hook(see),
    ):
        module.weight = nn.Parameter(ones)
        module.register_buffer("mean", ones)
        module.one = nn.ReLU()
        module.add_module("two", nn.ReLU())

    assert module.weight is fixed
    assert module.mean.tolist() == [3, 3]
    assert module.one is module.two is other
    assert len(seen) == 4
    assert (seen[0] is fixed, seen[1] is module.mean) == (True, True)
    assert seen[2] is seen[3] is other


# --- tracing --------------------------------------------------------------------------


class Slow(nn.Module):
    """Notes when it is called through _slow_forward."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def _slow_forward(self, *args, **kwargs):
        self.seen.append("slow")
        return super()._slow_forward(*args, **kwargs)

    def forward(self, x):
        """Return the double."""
        return x * 2


def traced(module, x):
    """Return the module as torch.jit.trace makes it from one call, and its warnings."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        made = torch.jit.trace(module, (x,), check_trace=False)
    return made, [one.category for one in given if "jit.trace`" in str(one.message)]


@claim(
    "nn.hooks.slow-forward-when-tracing",
    see="generated/torch.jit.trace",
)
def test_a_call_goes_through_slow_forward_only_when_traced(device):
    """A call goes straight to forward(), except under torch.jit.trace, where it goes
    through _slow_forward(); what comes out of the trace computes the same.
    """
    seen = []
    module = Slow(seen)
    x = torch.tensor([1.0, 3.0], device=device)

    eager = module(x)
    before = list(seen)
    trace, _ = traced(module, torch.ones(2, device=device))

    assert before == []
    assert seen == ["slow"]
    assert eager.tolist() == [2, 6]
    assert trace(x).tolist() == [2, 6]


@claim("nn.hooks.trace-was-silent", see="generated/torch.jit.trace", until="2.10")
def test_tracing_gave_no_warning_of_deprecation(device):
    """torch.jit.trace gives no warning that it is deprecated."""
    _, categories = traced(Double(), torch.ones(2, device=device))

    assert categories == []


@claim(
    "nn.hooks.trace-warned-as-deprecation",
    see="generated/torch.jit.trace",
    since="2.10",
    until="2.14",
)
def test_tracing_gave_a_deprecation_warning(device):
    """torch.jit.trace gives one DeprecationWarning about itself."""
    _, categories = traced(Double(), torch.ones(2, device=device))

    assert categories == [DeprecationWarning]


@claim(
    "nn.hooks.trace-warns-as-future-warning",
    see="generated/torch.jit.trace",
    since="2.14",
)
def test_tracing_gives_a_future_warning(device):
    """torch.jit.trace gives one FutureWarning about itself."""
    _, categories = traced(Double(), torch.ones(2, device=device))

    assert categories == [FutureWarning]

"""Ways to break hooks on modules: which run, when, with what, and what they change."""

import collections
import contextlib
import copy
import inspect
import textwrap
import warnings
import weakref

import torch
from torch import nn
from torch.nn.modules import module as for_all
from torch.nn.modules.module import Module
from torch.utils.hooks import BackwardHook, RemovableHandle

from torch_semantics.faults import error_of, fault, quiet, raises, warns, wrap

NONLOCAL = "nonlocal result, args, kwargs; "


def _rewrite(patch, owner, name, *changes, **words):
    """Patch a function with its own source in which some pieces are others.

    The words are what the new pieces call beside what the source knows.
    """
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in changes:
        assert old in source, f"{name}() has no {old!r}"
        source = source.replace(old, new)
    made = {}
    head = f"def make({', '.join(words)}):\n"
    tail = f"\n    return {name}"
    whole = head + textwrap.indent(source, "    ") + tail
    exec(compile(whole, f"<{name}>", "exec"), function.__globals__, made)
    patch(owner, name, made["make"](**words))


def _safely(hook, *args):
    with contextlib.suppress(KeyError, ValueError):
        return hook(*args)


def _call(patch, *changes):
    """Rewrite how a module is called."""
    _rewrite(patch, Module, "_call_impl", *changes)


def _with(forward=lambda *args, **kwargs: (args, kwargs)):
    """A module that runs a function."""
    module = nn.Module()
    module.forward = forward
    return module


def _leaf(*values):
    return torch.tensor(values or (1.0,), requires_grad=True)


def _pre(returned, *args, **kwargs):
    """What forward() gets behind a pre-hook that returns something."""
    module = _with()
    module.register_forward_pre_hook(lambda module, args: returned)
    return module(*args, **kwargs)


def _noted(register, *options, calls=1, backward=False, forward=lambda x: x * 2):
    """The names of hooks in the order in which they run, one for each of the options.

    The hooks are called 0, 1, ... and registered in this order.
    """
    seen = []
    module = _with(forward)
    for name, given in enumerate(options):
        getattr(module, register)(lambda *_, name=name: seen.append(name), **given)
    for _ in range(calls):
        with contextlib.suppress(KeyError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            output = module(_leaf())
            if backward:
                output.backward()
    return seen


def _failing(*args):
    raise KeyError("forward")


# --- when hooks run -------------------------------------------------------------------


@fault(
    "Forward pre-hooks run in reverse.",
    witness=lambda: _noted("register_forward_pre_hook", {}, {}) == [1, 0],
)
def pre_hooks_are_reversed(patch):
    _call(
        patch,
        (
            "*self._forward_pre_hooks.items()",
            "*reversed(self._forward_pre_hooks.items())",
        ),
    )


@fault(
    "Forward hooks run in reverse.",
    witness=lambda: _noted("register_forward_hook", {}, {}) == [1, 0],
)
def forward_hooks_are_reversed(patch):
    _call(
        patch,
        ("*self._forward_hooks.items()", "*reversed(self._forward_hooks.items())"),
    )


@fault(
    "Only the first forward hook runs.",
    witness=lambda: _noted("register_forward_hook", {}, {}) == [0],
)
def one_forward_hook(patch):
    _call(
        patch, ("*self._forward_hooks.items()", "*[*self._forward_hooks.items()][:1]")
    )


@fault(
    "A module's own pre-hooks run before those for all modules.",
    witness=lambda: _own_and_all("forward_pre_hook") == ["own", "all"],
)
def own_pre_hooks_first(patch):
    _call(
        patch,
        (
            "*_global_forward_pre_hooks.items(),\n"
            "                *self._forward_pre_hooks.items()",
            "*self._forward_pre_hooks.items(),\n"
            "                *_global_forward_pre_hooks.items()",
        ),
    )


@fault(
    "A module's own forward hooks run before those for all modules.",
    witness=lambda: _own_and_all("forward_hook") == ["own", "all"],
)
def own_forward_hooks_first(patch):
    _call(
        patch,
        (
            "*_global_forward_hooks.items(),\n"
            "                *self._forward_hooks.items()",
            "*self._forward_hooks.items(),\n"
            "                *_global_forward_hooks.items()",
        ),
    )


def _own_and_all(kind):
    seen = []
    module = _with()
    getattr(module, f"register_{kind}")(lambda *_: seen.append("own"))
    with getattr(for_all, f"register_module_{kind}")(lambda *_: seen.append("all")):
        module()
    return seen


@fault(
    "Forward hooks for all modules run only where a module has its own.",
    witness=lambda: _all_without_own() == [],
)
def global_hooks_need_own(patch):
    _call(
        patch,
        (
            "if _global_forward_hooks or self._forward_hooks:",
            "if self._forward_hooks:",
        ),
    )


def _all_without_own():
    seen = []
    with for_all.register_module_forward_hook(lambda *_: seen.append("all")):
        _with()()
    return seen


@fault(
    "Forward pre-hooks for all modules run only where there is another hook.",
    witness=lambda: _all_pre_alone() == [],
)
def global_pre_hooks_need_another(patch):
    _call(
        patch,
        (
            "or _global_forward_hooks or _global_forward_pre_hooks):",
            "or _global_forward_hooks):",
        ),
    )


def _all_pre_alone():
    seen = []
    with for_all.register_module_forward_pre_hook(lambda *_: seen.append("all")):
        _with()()
    return seen


@fault(
    "Forward hooks are left out inside no_grad.",
    witness=lambda: (
        torch.no_grad()(lambda: _noted("register_forward_hook", {}))() == []
    ),
)
def no_forward_hooks_in_no_grad(patch):
    _call(
        patch,
        (
            "if _global_forward_hooks or self._forward_hooks:",
            "if torch.is_grad_enabled() and (_global_forward_hooks or"
            " self._forward_hooks):",
        ),
    )


@fault(
    "Forward pre-hooks are left out in evaluation mode.",
    witness=lambda: _pre_in_evaluation() == [],
)
def no_pre_hooks_in_evaluation(patch):
    _call(
        patch,
        (
            "if _global_forward_pre_hooks or self._forward_pre_hooks:",
            "if self.training and (_global_forward_pre_hooks or"
            " self._forward_pre_hooks):",
        ),
    )


def _pre_in_evaluation():
    seen = []
    module = _with().eval()
    module.register_forward_pre_hook(lambda *_: seen.append(1))
    module()
    return seen


@fault(
    "The second call of a module runs no hooks.",
    witness=lambda: _noted("register_forward_hook", {}, calls=2) == [0],
)
def hooks_run_in_the_first_call(patch):
    _call(
        patch,
        (
            "if not (self._backward_hooks",
            "if self.__dict__.setdefault('_calls', []).append(1) or"
            " len(self._calls) > 1 or not (self._backward_hooks",
        ),
    )


@fault(
    "Forward pre-hooks run after forward().",
    witness=lambda: _pre((2,), 1) == ((1,), {}),
)
def pre_hooks_come_late(patch):
    _call(
        patch,
        ("nonlocal result, args, kwargs\n", f"{NONLOCAL}given = args, kwargs\n"),
        (
            "result = forward_call(*args, **kwargs)",
            "result = forward_call(*given[0], **given[1])",
        ),
    )


@fault(
    "forward() of Identity runs the module's forward hooks.",
    witness=lambda: _hooks_of_forward() == [1],
)
def forward_runs_hooks(patch):
    def forward(self, x):
        for hook in self._forward_hooks.values():
            hook(self, (x,), x)
        return x

    patch(nn.Sequential, "forward", _sequence)
    patch(nn.Identity, "forward", forward)


def _sequence(self, x):
    for module in self:
        x = module.forward(x)
    return x


def _hooks_of_forward():
    seen = []
    module = nn.Identity()
    module.register_forward_hook(lambda *_: seen.append(1))
    module.forward(1)
    return seen


# --- before forward() -----------------------------------------------------------------


@fault(
    "A list from a pre-hook is unpacked.",
    witness=lambda: _pre([1, 2], 0) == ((1, 2), {}),
)
def lists_are_unpacked(patch):
    _call(
        patch,
        (
            "if not isinstance(args_result, tuple):",
            "if isinstance(args_result, list):\n"
            "                            args_result = tuple(args_result)\n"
            "                        elif not isinstance(args_result, tuple):",
        ),
    )


@fault(
    "A tuple from a pre-hook is wrapped into another.",
    witness=lambda: _pre((1, 2), 0) == (((1, 2),), {}),
)
def tuples_are_wrapped(patch):
    _call(patch, ("if not isinstance(args_result, tuple):", "if True:"))


@fault(
    "What a pre-hook returns is ignored if it is false.",
    witness=lambda: _pre(0, 1) == ((1,), {}),
)
def false_input_is_ignored(patch):
    _call(patch, ("if args_result is not None:", "if args_result:"))


@fault(
    "A pre-hook that replaces the arguments drops the keyword arguments.",
    witness=lambda: _pre((1,), 0, a=1) == ((1,), {}),
)
def pre_hooks_drop_keywords(patch):
    _call(patch, ("args = args_result\n", "args, kwargs = args_result, {}\n"))


@fault(
    "What a pre-hook returns is cut to the number of arguments.",
    witness=lambda: _pre((1, 2), 0) == ((1,), {}),
)
def arity_is_kept(patch):
    _call(patch, ("args = args_result\n", "args = args_result[:len(args) or None]\n"))


@fault(
    "Pre-hooks get a list of the arguments.",
    witness=lambda: _given("register_forward_pre_hook", 1)[1] == [1],
)
def pre_hooks_get_a_list(patch):
    _call(patch, ("hook(self, args)\n", "hook(self, list(args))\n"))


@fault(
    "Each pre-hook gets the arguments of the call.",
    witness=lambda: _second_pre_hook() == (1,),
)
def pre_hooks_do_not_chain(patch):
    _call(
        patch,
        ("nonlocal result, args, kwargs\n", f"{NONLOCAL}given = args\n"),
        ("hook(self, args)\n", "hook(self, given)\n"),
    )


def _given(register, *args, **options):
    """What a hook is called with."""
    seen = []
    module = _with()
    getattr(module, register)(lambda *given: seen.append(given), **options)
    module(*args, a=1)
    return seen[0]


def _second_pre_hook():
    seen = []
    module = _with()
    module.register_forward_pre_hook(lambda module, args: (2,))
    module.register_forward_pre_hook(lambda module, args: seen.append(args))
    module(1)
    return seen[0]


@fault(
    "Pre-hooks get the keyword arguments behind the others.",
    witness=lambda: _given("register_forward_pre_hook", 1)[1] == (1, 1),
)
def pre_hooks_get_keywords(patch):
    _call(patch, ("hook(self, args)\n", "hook(self, (*args, *kwargs.values()))\n"))


@fault(
    "The tensors from a pre-hook are detached.",
    witness=lambda: not _pre_detached().requires_grad,
)
def pre_hook_detaches(patch):
    _call(
        patch,
        (
            "args = args_result\n",
            "args = tuple(a.detach() if isinstance(a, torch.Tensor) else a"
            " for a in args_result)\n",
        ),
    )


def _pre_detached():
    module = _with(lambda x: x)
    module.register_forward_pre_hook(lambda module, args: args[0] * 2)
    return module(_leaf())


@fault(
    "with_kwargs=True of a pre-hook takes no new keyword arguments.",
    witness=lambda: _pre_both(((1,), {"b": 2})) == ((1,), {"a": 1}),
)
def new_keywords_are_ignored(patch):
    _call(patch, ("args, kwargs = args_kwargs_result", "args, _ = args_kwargs_result"))


@fault(
    "with_kwargs=True of a pre-hook takes no new positional arguments.",
    witness=lambda: _pre_both(((1,), {"b": 2})) == ((0,), {"b": 2}),
)
def new_arguments_are_ignored(patch):
    _call(
        patch, ("args, kwargs = args_kwargs_result", "_, kwargs = args_kwargs_result")
    )


def _pre_both(returned):
    module = _with()
    module.register_forward_pre_hook(lambda m, a, k: returned, with_kwargs=True)
    return module(0, a=1)


@fault(
    "with_kwargs=True of a pre-hook takes lists of two.",
    witness=lambda: not raises(lambda: _pre_both([(1,), {}])),
)
def pairs_may_be_lists(patch):
    _call(patch, ("isinstance(args_kwargs_result, tuple)", "True"))


@fault(
    "with_kwargs=True of a pre-hook takes any tuple, and the first two of it.",
    witness=lambda: not raises(lambda: _pre_both(((1,), {}, 2))),
)
def pairs_may_be_longer(patch):
    _call(
        patch,
        ("len(args_kwargs_result) == 2", "len(args_kwargs_result) >= 2"),
        ("args, kwargs = args_kwargs_result", "args, kwargs = args_kwargs_result[:2]"),
    )


@fault(
    "with_kwargs=True of a pre-hook ignores false results.",
    witness=lambda: not raises(lambda: _pre_both(())),
)
def false_pairs_are_ignored(patch):
    _call(patch, ("if args_kwargs_result is not None:", "if args_kwargs_result:"))


@fault(
    "A wrong result of a pre-hook with with_kwargs=True is a TypeError.",
    witness=lambda: type(error_of(lambda: _pre_both(5))) is TypeError,
)
def wrong_pair_is_a_type_error(patch):
    _call(patch, ("raise RuntimeError(\n", "raise TypeError(\n"))


# --- after forward() ------------------------------------------------------------------


def _post(returned):
    module = _with(lambda: "output")
    module.register_forward_hook(lambda *_: returned)
    return module()


@fault("What forward hooks return is ignored.", witness=lambda: _post(1) == "output")
def output_is_not_replaced(patch):
    _call(patch, ("if hook_result is not None:", "if False:"))


@fault(
    "What a forward hook returns is ignored if it is false.",
    witness=lambda: _post(0) == "output",
)
def false_output_is_ignored(patch):
    _call(patch, ("if hook_result is not None:", "if hook_result:"))


@fault("None from a forward hook replaces the output.", witness=lambda: not _post(None))
def none_replaces_the_output(patch):
    _call(patch, ("if hook_result is not None:", "if True:"))


@fault(
    "Forward hooks get the arguments of the call.",
    witness=lambda: _args_of_hook() == (1,),
)
def forward_hooks_get_first_arguments(patch):
    _call(
        patch,
        ("nonlocal result, args, kwargs\n", f"{NONLOCAL}given = args\n"),
        ("hook(self, args, result)\n\n", "hook(self, given, result)\n\n"),
    )


def _args_of_hook():
    seen = []
    module = _with()
    module.register_forward_pre_hook(lambda module, args: (2,))
    module.register_forward_hook(lambda module, args, output: seen.append(args))
    module(1)
    return seen[0]


@fault(
    "Forward hooks get the output of forward() whatever hooks before them returned.",
    witness=lambda: _second_hook() == "output",
)
def forward_hooks_do_not_chain(patch):
    _call(
        patch,
        (
            "result = forward_call(*args, **kwargs)\n",
            "result = first = forward_call(*args, **kwargs)\n",
        ),
        ("hook(self, args, result)\n\n", "hook(self, args, first)\n\n"),
    )


def _second_hook():
    seen = []
    module = _with(lambda: "output")
    module.register_forward_hook(lambda *_: "replaced")
    module.register_forward_hook(lambda module, args, output: seen.append(output))
    module()
    return seen[0]


@fault(
    "A forward hook with with_kwargs=True gets the output before the keywords.",
    witness=lambda: (
        _given("register_forward_hook", with_kwargs=True)[2] == ((), {"a": 1})
    ),
)
def output_before_keywords(patch):
    _call(
        patch,
        ("hook(self, args, kwargs, result)", "hook(self, args, result, kwargs)"),
    )


@fault(
    "with_kwargs= of forward hooks is ignored.",
    witness=lambda: len(_given("register_forward_hook", with_kwargs=True)) == 3,
)
def with_kwargs_is_ignored(patch):
    _rewrite(patch, Module, "register_forward_hook", ("if with_kwargs:", "if False:"))


@fault(
    "with_kwargs= is ignored for forward hooks for all modules.",
    witness=lambda: len(_given_all(with_kwargs=True)) == 3,
)
def global_with_kwargs_is_ignored(patch):
    _rewrite(
        patch, for_all, "register_module_forward_hook", ("if with_kwargs:", "if False:")
    )


def _given_all(**options):
    seen = []
    with for_all.register_module_forward_hook(
        lambda *given: seen.append(given), **options
    ):
        _with()(a=1)
    return seen[0]


@fault(
    "prepend= of forward hooks is ignored.",
    witness=lambda: _noted("register_forward_hook", {}, {"prepend": True}) == [0, 1],
)
def prepend_is_ignored(patch):
    _rewrite(patch, Module, "register_forward_hook", ("if prepend:", "if False:"))


@fault(
    "prepend= of pre-hooks puts a hook into the second place.",
    witness=lambda: (
        _noted("register_forward_pre_hook", {}, {}, {"prepend": True}) == [0, 2, 1]
    ),
)
def prepend_is_second(patch):
    _rewrite(
        patch,
        Module,
        "register_forward_pre_hook",
        (
            "self._forward_pre_hooks.move_to_end(handle.id, last=False)",
            "[self._forward_pre_hooks.move_to_end(key) for key in"
            " list(self._forward_pre_hooks)[1:-1]]",
        ),
    )


@fault(
    "prepend= of forward hooks is on by default.",
    witness=lambda: _noted("register_forward_hook", {}, {}) == [1, 0],
)
def prepend_by_default(patch):
    _rewrite(
        patch,
        Module,
        "register_forward_hook",
        ("prepend: bool = False", "prepend: bool = True"),
    )


@fault(
    "The options of forward hooks may be given by position.",
    witness=lambda: not raises(lambda: _with().register_forward_hook(print, True)),
)
def options_by_position(patch):
    for name in ("register_forward_hook", "register_forward_pre_hook"):
        _rewrite(patch, Module, name, ("    *,\n", ""))


# --- errors ---------------------------------------------------------------------------


@fault(
    "An exception in a pre-hook is swallowed.",
    witness=lambda: not raises(lambda: _hooked("register_forward_pre_hook")()),
)
def pre_hook_errors_are_swallowed(patch):
    _rewrite(
        patch,
        Module,
        "_call_impl",
        ("= hook(self, args)\n", "= safely(hook, self, args)\n"),
        safely=_safely,
    )


def _hooked(register):
    def fail(*args):
        raise ValueError("hook")

    module = _with()
    getattr(module, register)(fail)
    return module


@fault(
    "An exception in a forward hook is raised as RuntimeError.",
    witness=lambda: (
        type(error_of(lambda: _hooked("register_forward_hook")())) is RuntimeError
    ),
)
def hook_errors_become_runtime_errors(patch):
    def translated(hook, *args):
        try:
            return hook(*args)
        except Exception as error:
            raise RuntimeError(str(error)) from error

    _rewrite(
        patch,
        Module,
        "_call_impl",
        ("hook(self, args, result)\n\n", "translated(hook, self, args, result)\n\n"),
        translated=translated,
    )


@fault(
    "Forward hooks run even after an exception.",
    witness=lambda: _noted("register_forward_hook", {}, forward=_failing) == [0],
)
def forward_hooks_run_after_errors(patch):
    _call(
        patch,
        ("if hook_id in self._forward_hooks_always_called and", "if"),
        (
            "not in called_always_called_hooks:  #",
            "not in called_always_called_hooks:#",
        ),
    )


@fault(
    "always_call=True is ignored.",
    witness=lambda: (
        _noted("register_forward_hook", {"always_call": True}, forward=_failing) == []
    ),
)
def always_call_is_ignored(patch):
    _rewrite(patch, Module, "register_forward_hook", ("if always_call:", "if False:"))


@fault(
    "always_call=True is ignored for all modules.",
    witness=lambda: _all_after_error() == [],
)
def global_always_call_is_ignored(patch):
    _rewrite(
        patch, for_all, "register_module_forward_hook", ("if always_call:", "if False:")
    )


def _all_after_error():
    seen = []
    with (
        for_all.register_module_forward_hook(
            lambda *_: seen.append(1), always_call=True
        ),
        contextlib.suppress(KeyError),
    ):
        _with(_failing)()
    return seen


@fault(
    "A hook with always_call=True runs twice if it raises.",
    witness=lambda: _runs_of_failing_always() == 2,
)
def always_call_runs_twice(patch):
    _call(patch, ("called_always_called_hooks.add(hook_id)", "pass"))


def _runs_of_failing_always():
    seen = []
    module = _with()

    def hook(*args):
        seen.append(1)
        raise KeyError("hook")

    module.register_forward_hook(hook, always_call=True)
    with contextlib.suppress(KeyError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module()
    return len(seen)


@fault(
    "A hook with always_call=True swallows the exception of forward().",
    witness=lambda: not raises(lambda: _always(lambda *_: None)()),
)
def always_call_swallows(patch):
    _call(
        patch,
        (
            "# raise exception raised in try block\n        raise\n",
            "if not self._forward_hooks_always_called:\n            raise\n",
        ),
    )


def _always(hook):
    module = _with(_failing)
    module.register_forward_hook(hook, always_call=True)
    return module


@fault(
    "An exception in a hook with always_call=True takes the place of forward()'s.",
    witness=lambda: type(error_of(_always(lambda *_: {}.nothing))) is AttributeError,
)
def always_call_raises(patch):
    _call(
        patch,
        (
            'warnings.warn("module forward hook with',
            'raise\n                    warnings.warn("module forward hook with',
        ),
    )


@fault(
    "An exception in a hook with always_call=True gives no warning.",
    witness=lambda: not _always_warns(),
)
def always_call_is_silent(patch):
    _call(patch, ("warnings.warn(", "str("), (", stacklevel=2)", ")"))


def _always_warns():
    def call():
        with contextlib.suppress(KeyError):
            _always(lambda *_: {}.nothing)()

    return warns(call)


@fault(
    "A forward hook with always_call= gets no keywords after an error.",
    witness=lambda: _always_given() == 3,
)
def always_call_without_keywords(patch):
    _call(
        patch,
        (
            "                    if hook_id in self._forward_hooks_with_kwargs:\n",
            "                    if False:\n",
        ),
    )


def _always_given():
    seen = []
    module = _with(_failing)
    module.register_forward_hook(
        lambda *given: seen.append(len(given)), always_call=True, with_kwargs=True
    )
    with contextlib.suppress(KeyError):
        module()
    return seen[0]


@fault(
    "Hooks for all modules that are always called run again if a later hook raises.",
    witness=lambda: _runs_for_all() == 2,
)
def always_called_for_all_runs_again(patch):
    _call(
        patch,
        (
            "if hook_id in self._forward_hooks_always_called"
            " or hook_id in _global_forward_hooks_always_called:",
            "if hook_id in self._forward_hooks_always_called:",
        ),
    )


def _runs_for_all():
    seen = []
    module = _with()
    module.register_forward_hook(_failing)
    with (
        for_all.register_module_forward_hook(
            lambda *_: seen.append(1), always_call=True
        ),
        contextlib.suppress(KeyError),
    ):
        module()
    return len(seen)


# --- handles --------------------------------------------------------------------------


def _left(remove):
    """The hooks that are left of two, after something is done with their handles."""
    seen = []
    module = _with()
    handles = [
        module.register_forward_hook(lambda *_, name=name: seen.append(name))
        for name in range(2)
    ]
    remove(*handles)
    module()
    return seen


@fault(
    "remove() does nothing.", witness=lambda: _left(lambda a, b: a.remove()) == [0, 1]
)
def remove_does_nothing(patch):
    patch(RemovableHandle, "remove", lambda self: None)


@fault(
    "remove() removes all hooks.", witness=lambda: _left(lambda a, b: a.remove()) == []
)
def remove_removes_all(patch):
    _rewrite(
        patch,
        RemovableHandle,
        "remove",
        ("del hooks_dict[self.id]", "hooks_dict.clear()"),
    )


@fault(
    "remove() removes the last hook.",
    witness=lambda: _left(lambda a, b: a.remove()) == [0],
)
def remove_removes_the_last(patch):
    _rewrite(
        patch,
        RemovableHandle,
        "remove",
        ("del hooks_dict[self.id]", "hooks_dict.popitem()"),
    )


@fault(
    "Removing a hook again is an error.",
    witness=lambda: raises(lambda: _left(lambda a, b: [a.remove(), a.remove()])),
)
def removing_again_raises(patch):
    _rewrite(patch, RemovableHandle, "remove", (" and self.id in hooks_dict", ""))


@fault(
    "Removing a hook of a module that is gone is an error.",
    witness=lambda: raises(_with().register_forward_hook(print).remove),
)
def removing_from_nothing_raises(patch):
    _rewrite(
        patch,
        RemovableHandle,
        "remove",
        ("hooks_dict is not None and ", ""),
    )


@fault(
    "A handle keeps its module alive.",
    witness=lambda: (
        [handle.hooks_dict_ref() for handle in [_with().register_forward_hook(print)]]
        != [None]
    ),
)
def handles_hold_their_module(patch):
    def register(self, hook, **options):
        handle = original(self, hook, **options)
        handle.module = self
        return handle

    original = Module.register_forward_hook
    patch(Module, "register_forward_hook", register)


@fault(
    "Leaving a with statement keeps the hook.",
    witness=lambda: _left(lambda a, b: a.__exit__(None, None, None)) == [0, 1],
)
def with_keeps_the_hook(patch):
    patch(RemovableHandle, "__exit__", lambda self, *error: None)


@fault(
    "Leaving a with statement after an exception keeps the hook.",
    witness=lambda: _left(lambda a, b: a.__exit__(KeyError, None, None)) == [0, 1],
)
def with_keeps_the_hook_after_errors(patch):
    patch(
        RemovableHandle,
        "__exit__",
        lambda self, kind, *_: None if kind else self.remove(),
    )


@fault(
    "A handle in a with statement swallows exceptions.",
    witness=lambda: bool(
        _with().register_forward_hook(print).__exit__(KeyError, None, None)
    ),
)
def with_swallows(patch):
    patch(RemovableHandle, "__exit__", lambda self, *error: self.remove() or True)


@fault(
    "A with statement gives the dict of hooks.",
    witness=lambda: isinstance(
        _with().register_forward_hook(print).__enter__(), dict | type(None)
    ),
)
def with_gives_the_dict(patch):
    patch(RemovableHandle, "__enter__", lambda self: self.hooks_dict_ref())


@fault(
    "A function is registered only once.",
    witness=lambda: _twice() == 1,
)
def functions_are_registered_once(patch):
    def register(self, hook, **options):
        for key, other in list(self._forward_hooks.items()):
            if other is hook:
                del self._forward_hooks[key]
        return original(self, hook, **options)

    original = Module.register_forward_hook
    patch(Module, "register_forward_hook", register)


def _twice():
    module = _with()
    module.register_forward_hook(print)
    module.register_forward_hook(print)
    return len(module._forward_hooks)


@fault(
    "A new handle gets the number of hooks as its id.",
    witness=lambda: _again() == 0,
)
def ids_are_reused(patch):
    init = RemovableHandle.__init__

    def numbered(self, hooks_dict, **options):
        init(self, hooks_dict, **options)
        self.id = len(hooks_dict)

    patch(RemovableHandle, "__init__", numbered)


def _again():
    module = _with()
    module.register_forward_hook(print).remove()
    return module.register_forward_hook(print).id


@fault(
    "A hook that is registered inside a hook runs in the same call.",
    witness=lambda: _grown() == [1],
)
def hooks_grow_in_the_call(patch):
    _call(
        patch,
        (
            "for hook_id, hook in (\n"
            "                *_global_forward_hooks.items(),\n"
            "                *self._forward_hooks.items(),\n"
            "            ):\n",
            "import itertools\n"
            "            def living():\n"
            "                done = set()\n"
            "                yield from _global_forward_hooks.items()\n"
            "                while set(self._forward_hooks) - done:\n"
            "                    key = min(set(self._forward_hooks) - done)\n"
            "                    done.add(key)\n"
            "                    yield key, self._forward_hooks[key]\n"
            "            for hook_id, hook in living():\n",
        ),
    )


def _grown():
    seen = []
    module = _with()
    module.register_forward_hook(
        lambda module, *_: (
            module.register_forward_hook(lambda *_: seen.append(1)) and None
        )
    )
    module()
    return seen


@fault(
    "A hook that is removed inside a hook doesn't run in that call.",
    witness=lambda: _shrunk() == [],
)
def hooks_shrink_in_the_call(patch):
    _call(
        patch,
        (
            "                # mark that always called hook is run\n",
            "                if hook_id not in self._forward_hooks and hook_id not in"
            " _global_forward_hooks:\n"
            "                    continue\n",
        ),
    )


def _shrunk():
    seen = []
    module = _with()
    module.register_forward_hook(lambda *_: handle.remove())
    handle = module.register_forward_hook(lambda *_: seen.append(1))
    module()
    return seen


@fault(
    "A deep copy of a module has no hooks.",
    witness=lambda: not copy.deepcopy(_hooked("register_forward_hook"))._forward_hooks,
)
def copies_have_no_hooks(patch):
    setstate = Module.__setstate__

    def without(self, state):
        setstate(self, {**state, "_forward_hooks": collections.OrderedDict()})

    patch(Module, "__setstate__", without)


@fault(
    "A deep copy of a handle belongs to the original module.",
    witness=lambda: _copied_handle(),
)
def copied_handles_are_the_same(patch):
    patch(RemovableHandle, "__deepcopy__", lambda self, memo: self)


def _copied_handle():
    module = _with()
    handle = module.register_forward_hook(print)
    _, twin = copy.deepcopy((module, handle))
    twin.remove()
    return not module._forward_hooks


@fault(
    "A handle leaves the options of its hook behind.",
    witness=lambda: _options_left() != [],
)
def options_are_left(patch):
    init = RemovableHandle.__init__
    patch(
        RemovableHandle,
        "__init__",
        lambda self, hooks, *, extra_dict=None: init(self, hooks),
    )


def _options_left():
    module = _with()
    module.register_forward_hook(print, with_kwargs=True).remove()
    return list(module._forward_hooks_with_kwargs)


@fault(
    "The ids of handles that come back from pickle are given out again.",
    witness=lambda: _next_id_behind() == 0,
)
def ids_are_given_again(patch):
    def change(original, self, state):
        kept = RemovableHandle.next_id
        original(self, state)
        RemovableHandle.next_id = kept

    wrap(patch, RemovableHandle, "__setstate__", change)


def _next_id_behind():
    module = nn.Module()
    handle = module.register_forward_hook(print)
    kept = RemovableHandle.next_id
    try:
        RemovableHandle.next_id = 0
        copy.copy(handle)
        return RemovableHandle.next_id
    finally:
        RemovableHandle.next_id = kept


# --- the way back ---------------------------------------------------------------------


def _back(hook, forward=lambda x: x * 2, pre=None, x=None):
    """The gradient of the input, with a full backward hook."""
    module = _with(forward)
    if hook:
        module.register_full_backward_hook(hook)
    if pre:
        module.register_full_backward_pre_hook(pre)
    x = _leaf() if x is None else x
    module(x).backward()
    return x.grad.tolist()


def _seen_back(forward=lambda x: x * 2, pick=lambda output: output, args=()):
    """What a full backward hook is called with."""
    seen = []
    module = _with(forward)
    module.register_full_backward_hook(lambda *given: seen.append(given))
    pick(module(_leaf(), *args)).backward()
    return seen


def _hooks(patch, name, *changes):
    """Rewrite a method of what attaches full backward hooks."""
    _rewrite(patch, BackwardHook, name, *changes)


@fault("Full backward hooks don't run.", witness=lambda: _seen_back() == [])
def full_hooks_do_not_run(patch):
    _hooks(patch, "_set_user_hook", ("in self.user_hooks:", "in []:"))


@fault(
    "What a full backward hook returns is ignored.",
    witness=lambda: _back(lambda m, i, o: (i[0] * 5,)) == [2],
)
def full_hooks_replace_nothing(patch):
    _hooks(patch, "_set_user_hook", ("res = out", "pass"))


@fault(
    "A full backward hook is handed the gradients that its module got.",
    witness=lambda: _chained() == [2],
)
def full_hooks_do_not_chain(patch):
    _hooks(
        patch,
        "_set_user_hook",
        ("out = hook(self.module, res,", "out = hook(self.module, given,"),
        (
            "for hook in self.user_hooks",
            "given = res\n        for hook in self.user_hooks",
        ),
    )


def _chained():
    seen = []
    module = _with(lambda x: x * 2)
    module.register_full_backward_hook(lambda m, i, o: (i[0] * 5,))
    module.register_full_backward_hook(lambda m, i, o: seen.append(i[0].item()))
    module(_leaf()).backward()
    return seen


@fault(
    "Full backward hooks get the gradients of the outputs first.",
    witness=lambda: _seen_back()[0][1][0].item() == 1,
)
def gradients_are_swapped(patch):
    _hooks(
        patch,
        "_set_user_hook",
        (
            "hook(self.module, res, self.grad_outputs)",
            "hook(self.module, self.grad_outputs, res)",
        ),
    )


@fault(
    "A wrong number of gradients from a full backward hook is ignored.",
    witness=lambda: not raises(lambda: _back(lambda m, i, o: ())),
)
def wrong_count_is_ignored(patch):
    _hooks(
        patch,
        "_set_user_hook",
        ("if out is None:", "if out is None or len(out) != len(res):"),
    )


@fault(
    "Too many gradients from a full backward hook are cut.",
    witness=lambda: not raises(lambda: _back(lambda m, i, o: (i[0], i[0]))),
)
def too_many_are_cut(patch):
    _hooks(patch, "_set_user_hook", ("len(out) != len(res)", "len(out) < len(res)"))


@fault(
    "Full backward hooks get no place for arguments that are no tensors.",
    witness=lambda: len(_seen_back(lambda x, n: x * n, args=(2,))[0][1]) == 1,
)
def places_are_closed_up(patch):
    _hooks(
        patch,
        "_pack_with_none",
        (
            "return tuple(res)",
            "return tuple(r for r in res if r is not None) or (None,)",
        ),
    )


@fault(
    "An unused output has a gradient of zeros.",
    witness=lambda: (
        _seen_back(lambda x: (x * 2, x * 3), lambda out: out[0])[0][2][1] is not None
    ),
)
def unused_outputs_have_zeros(patch):
    _hooks(
        patch,
        "_pack_with_none",
        (
            "res[idx] = val",
            "res[idx] = torch.zeros_like("
            "next(v for v in values if v is not None)) if val is None else val",
        ),
    )


@fault(
    "Without input gradients, full backward hooks don't run.",
    witness=lambda: _without_input(lambda *_: None)[0] == [],
)
def no_run_without_input_gradients(patch):
    _hooks(
        patch,
        "setup_output_hook",
        ("for user_hook in self.user_hooks:", "for user_hook in []:"),
    )


@fault(
    "Without input gradients, full backward hooks may return gradients.",
    witness=lambda: _without_input(lambda module, i, o: o)[1] is None,
)
def anything_without_input_gradients(patch):
    _hooks(
        patch, "setup_output_hook", ("if res is not None and not", "if False and not")
    )


@fault(
    "Without input gradients, full backward hooks may return None only.",
    witness=lambda: _without_input(lambda module, i, o: (None,))[1] is not None,
)
def no_tuple_of_none(patch):
    _hooks(patch, "setup_output_hook", ("all(el is None for el in res)", "not res"))


@fault(
    "Without input gradients, full backward hooks give no warning.",
    witness=lambda: not warns(lambda: _linear_back()),
)
def no_warning_without_input_gradients(patch):
    _hooks(patch, "setup_output_hook", ("warnings.warn(", "(lambda *_, **options: 0)("))


def _linear_back():
    layer = nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda *_: None)
    layer(torch.ones(1)).backward()


def _without_input(hook):
    """Whether a full backward hook runs, and the error of the backward pass."""
    seen = []
    layer = nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda *given: seen.append(1) or hook(*given))
    return seen, error_of(lambda: layer(torch.ones(1)).backward())


@fault(
    "A named tuple becomes a plain one through full backward hooks.",
    witness=lambda: type(_named_output()) is tuple,
)
def named_tuples_are_lost(patch):
    _hooks(
        patch,
        "_apply_on_tensors",
        ("out = type(args)(*arg_list)", "out = tuple(arg_list)"),
    )


def _named_output():
    pair = collections.namedtuple("pair", ["a", "b"])
    module = _with(lambda x: pair(x * 1, x * 2))
    module.register_full_backward_hook(lambda *_: None)
    return module(_leaf())


@fault(
    "Full backward hooks copy the inputs.",
    witness=lambda: not _input_is_view(),
)
def inputs_are_copied(patch):
    setup = BackwardHook.setup_input_hook
    patch(
        BackwardHook,
        "setup_input_hook",
        lambda self, args: tuple(
            arg.clone() if isinstance(arg, torch.Tensor) else arg
            for arg in setup(self, args)
        ),
    )


def _input_is_view():
    x = _leaf()
    module = _with(lambda y: y * 1 if y.data_ptr() == x.data_ptr() else 5)
    module.register_full_backward_hook(lambda *_: None)
    return module(x) is not None and isinstance(_try(module, x), torch.Tensor)


def _try(module, x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return module(x)


@fault(
    "Full backward hooks make outputs that may be changed in place.",
    witness=lambda: not raises(lambda: _hooked_output().add_(1)),
)
def outputs_may_change_in_place(patch):
    setup = BackwardHook.setup_output_hook

    def change(self, result):
        result = setup(self, result)
        return result.clone() if isinstance(result, torch.Tensor) else result

    patch(BackwardHook, "setup_output_hook", change)


def _hooked_output():
    module = _with(lambda x: x * 2)
    module.register_full_backward_hook(lambda *_: None)
    return module(_leaf())


@fault(
    "prepend= of full backward hooks is ignored.",
    witness=lambda: (
        _noted("register_full_backward_hook", {}, {"prepend": True}, backward=True)
        == [0, 1]
    ),
)
def full_prepend_is_ignored(patch):
    _rewrite(patch, Module, "register_full_backward_hook", ("if prepend:", "if False:"))


@fault(
    "prepend= of full backward pre-hooks is on by default.",
    witness=lambda: (
        _noted("register_full_backward_pre_hook", {}, {}, backward=True) == [1, 0]
    ),
)
def pre_prepend_by_default(patch):
    _rewrite(
        patch,
        Module,
        "register_full_backward_pre_hook",
        ("prepend: bool = False", "prepend: bool = True"),
    )


@fault(
    "Full backward hooks for all modules run after a module's own.",
    witness=lambda: _global_back("full_backward_hook") == ["own", "all"],
)
def global_full_hooks_come_last(patch):
    def get(self):
        full, regular = original(self)
        count = len(for_all._global_backward_hooks)
        return full[count:] + full[:count], regular

    original = Module._get_backward_hooks
    patch(Module, "_get_backward_hooks", get)


@fault(
    "Full backward pre-hooks for all modules run after a module's own.",
    witness=lambda: _global_back("full_backward_pre_hook") == ["own", "all"],
)
def global_pre_hooks_come_last(patch):
    patch(
        Module,
        "_get_backward_pre_hooks",
        lambda self: [
            *self._backward_pre_hooks.values(),
            *for_all._global_backward_pre_hooks.values(),
        ],
    )


def _global_back(kind):
    seen = []
    module = _with(lambda x: x * 2)
    kept = for_all._global_is_full_backward_hook
    try:
        getattr(module, f"register_{kind}")(lambda *_: seen.append("own"))
        for_all._global_is_full_backward_hook = None
        with getattr(for_all, f"register_module_{kind}")(lambda *_: seen.append("all")):
            output = module(_leaf())
        output.backward()
    finally:
        for_all._global_is_full_backward_hook = kept
    return seen


@fault(
    "A backward pass runs the full backward hooks that the module has by then.",
    witness=lambda: _late_hook() == ["late"],
)
def hooks_of_the_pass(patch):
    init = BackwardHook.__init__

    def live(self, module, user_hooks, user_pre_hooks):
        init(self, module, module._backward_hooks, user_pre_hooks)

    patch(BackwardHook, "__init__", live)
    _hooks(
        patch,
        "_set_user_hook",
        ("in self.user_hooks:", "in list(self.user_hooks.values()):"),
    )


def _late_hook():
    seen = []
    module = _with(lambda x: x * 2)
    handle = module.register_full_backward_hook(lambda *_: seen.append("early"))
    output = module(_leaf())
    handle.remove()
    module.register_full_backward_hook(lambda *_: seen.append("late"))
    output.backward()
    return seen


@fault(
    "A full backward hook runs in the first pass through a graph only.",
    witness=lambda: _passes() == 1,
)
def first_pass_only(patch):
    _hooks(
        patch,
        "_set_user_hook",
        (
            "if self.grad_outputs is None:",
            "if self.grad_outputs is None or self.__dict__.setdefault('ran', []):",
        ),
        (
            "self.grad_outputs = None\n",
            "self.grad_outputs = None; self.ran.append(1)\n",
        ),
    )


def _passes():
    seen = []
    module = _with(lambda x: x * 2)
    module.register_full_backward_hook(lambda *_: seen.append(1))
    output = module(_leaf())
    output.backward(retain_graph=True)
    output.backward()
    return len(seen)


@fault(
    "Full backward hooks run again in the backward pass of a second derivative.",
    witness=lambda: _second_order() == 2,
)
def second_order_runs_hooks(patch):
    _hooks(patch, "_set_user_hook", ("self.grad_outputs = None", "pass"))


def _second_order():
    seen = []
    module = _with(lambda x: x * x)
    module.register_full_backward_hook(lambda *_: seen.append(1))
    x = _leaf()
    (slope,) = torch.autograd.grad(module(x), x, create_graph=True)
    slope.backward()
    return len(seen)


@fault(
    "Full backward hooks run for a dict of outputs.",
    witness=lambda: (
        len(quiet(lambda: _seen_back(lambda x: {"y": x * 2}, lambda out: out["y"])))
        == 1
    ),
)
def dicts_are_seen(patch):
    setup = BackwardHook.setup_output_hook

    def change(self, result):
        if isinstance(result, dict):
            return dict(zip(result, setup(self, tuple(result.values())), strict=True))
        return setup(self, result)

    patch(BackwardHook, "setup_output_hook", change)


@fault(
    "A module with full backward hooks that returns a dict gives no warning.",
    witness=lambda: (
        not warns(lambda: _seen_back(lambda x: [x * 2], lambda out: out[0]))
    ),
)
def no_warning_for_dicts(patch):
    _call(
        patch,
        (
            "if not isinstance(result, (torch.Tensor, tuple)):",
            "if False:",
        ),
    )


@fault(
    "A module with full backward hooks warns of a tuple of outputs.",
    witness=lambda: warns(lambda: _seen_back(lambda x: (x * 2, 1), lambda out: out[0])),
)
def warning_for_tuples(patch):
    _call(
        patch,
        (
            "if not isinstance(result, (torch.Tensor, tuple)):",
            "if not isinstance(result, torch.Tensor):",
        ),
    )


@fault(
    "An exception in a full backward hook is swallowed.",
    witness=lambda: not raises(lambda: _back(_failing)),
)
def full_hook_errors_are_swallowed(patch):
    _rewrite(
        patch,
        BackwardHook,
        "_set_user_hook",
        ("out = hook(", "out = safely(hook, "),
        safely=_safely,
    )


@fault(
    "The graph of a call does not keep the module for its full backward hooks.",
    witness=lambda: _only_in_the_graph() == [],
)
def full_hooks_hold_the_module_weakly(patch):
    init = BackwardHook.__init__

    def weak(self, module, user_hooks, user_pre_hooks):
        init(self, weakref.proxy(module), user_hooks, user_pre_hooks)

    patch(BackwardHook, "__init__", weak)


def _only_in_the_graph():
    seen = []
    module = _with(lambda x: x * 2)
    module.register_full_backward_hook(lambda module, *_: seen.append(module.training))
    output = module(_leaf())
    del module
    with contextlib.suppress(ReferenceError):
        output.backward()
    return seen


@fault(
    "Without input gradients, full backward hooks run in reverse.",
    witness=lambda: _two_without_input() == [2, 1],
)
def full_hooks_without_input_are_reversed(patch):
    _hooks(
        patch,
        "setup_output_hook",
        ("in self.user_hooks:", "in list(self.user_hooks)[::-1]:"),
    )


def _two_without_input():
    seen = []
    layer = nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda *_: seen.append(1))
    layer.register_full_backward_hook(lambda *_: seen.append(2))
    quiet(lambda: layer(torch.ones(1)).backward())
    return seen


@fault(
    "Without input gradients, a full backward hook may return a list of None.",
    witness=lambda: not raises(lambda: _list_of_none()),
)
def lists_of_none_are_taken(patch):
    _hooks(
        patch,
        "setup_output_hook",
        ("isinstance(res, tuple)", "isinstance(res, (tuple, list))"),
    )


def _list_of_none():
    layer = nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda *_: [None])
    quiet(lambda: layer(torch.ones(1)).backward())


# --- before the way back --------------------------------------------------------------


@fault(
    "What a full backward pre-hook returns is ignored.",
    witness=lambda: _back(None, pre=lambda module, grads: (grads[0] * 5,)) == [2],
)
def pre_hooks_replace_nothing(patch):
    _hooks(
        patch, "setup_output_hook", ("self.grad_outputs = hook_grad_outputs", "pass")
    )


@fault(
    "A full backward hook gets the gradients from before the pre-hooks.",
    witness=lambda: _pre_and_full() == [1],
)
def full_hooks_get_old_gradients(patch):
    _hooks(
        patch,
        "setup_output_hook",
        (
            "local_grad_outputs = self.grad_outputs",
            "local_grad_outputs = self.grad_outputs\n"
            "            self.grad_outputs = self._pack_with_none("
            "self.output_tensors_index, grad_output, self.n_outputs)",
        ),
    )


def _pre_and_full():
    seen = []
    _back(
        lambda module, i, o: seen.append(o[0].item()),
        pre=lambda module, grads: (grads[0] * 5,),
    )
    return seen


@fault(
    "A wrong number of gradients from a full backward pre-hook is ignored.",
    witness=lambda: not raises(lambda: _back(None, pre=lambda m, g: (g[0], g[0]))),
)
def wrong_pre_count_is_ignored(patch):
    _hooks(
        patch,
        "setup_output_hook",
        ("if actual_len != expected_len:", "if actual_len < 1:"),
    )


@fault(
    "The result of a full backward pre-hook is lost if no input requires gradients.",
    witness=lambda: _pre_without_input() == [1],
)
def pre_result_is_lost(patch):
    _hooks(
        patch,
        "setup_output_hook",
        (
            "local_grad_outputs = self.grad_outputs",
            "local_grad_outputs = None if self.input_tensors_index is None"
            " else self.grad_outputs",
        ),
    )


def _pre_without_input():
    layer = nn.Linear(1, 1)
    layer.register_full_backward_pre_hook(lambda module, grads: (grads[0] * 10,))
    quiet(lambda: layer(torch.ones(1)).backward())
    return layer.bias.grad.tolist()


# --- the deprecated kind --------------------------------------------------------------


def _legacy(forward, *more):
    """Call a module that has a regular backward hook."""
    module = _with(forward)
    module.register_backward_hook(lambda *_: None)
    return module(_leaf() * 1, *more)


@fault(
    "Regular backward hooks give no warning.",
    witness=lambda: not warns(lambda: _legacy(lambda x: x * 2 + 1)),
)
def legacy_is_silent(patch):
    patch(Module, "_maybe_warn_non_full_backward_hook", lambda *_: None)


@fault(
    "Regular backward hooks warn with UserWarning.",
    witness=lambda: _category(lambda: _legacy(lambda x: x * 2 + 1)) is UserWarning,
)
def legacy_warns_users(patch):
    _rewrite(
        patch,
        Module,
        "_maybe_warn_non_full_backward_hook",
        ("FutureWarning", "UserWarning"),
    )


@fault(
    "Regular backward hooks warn of a single operation too.",
    witness=lambda: warns(lambda: _legacy(lambda x: x.exp())),
)
def legacy_always_warns(patch):
    _rewrite(
        patch,
        Module,
        "_maybe_warn_non_full_backward_hook",
        ("if inputs_grad_fn != next_functions:", "if True:"),
    )


def _category(call):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call()
    return seen[0].category


@fault(
    "A regular backward hook is put on the last tensor of the result.",
    witness=lambda: _first_tensor() == [],
)
def legacy_on_the_last(patch):
    _call(patch, ("var = var[0]", "var = var[-1]"))


@fault(
    "A regular backward hook looks for the last tensor of a dict.",
    witness=lambda: _first_tensor(lambda a, b: {"a": a, "b": b}) == [],
)
def legacy_on_the_last_of_a_dict(patch):
    _call(patch, ("in var.values() if", "in reversed(var.values()) if"))


def _first_tensor(pack=lambda a, b: [a, b]):
    seen = []
    kept = []

    def forward(x):
        kept[:] = [x * 2, x * 3]
        return pack(*kept)

    module = _with(forward)
    module.register_backward_hook(lambda *_: seen.append(1))
    quiet(lambda: module(_leaf()))
    kept[0].backward()
    return seen


def _mix(first, second):
    module = _with()
    getattr(module, first)(print).remove()
    return error_of(lambda: getattr(module, second)(print))


@fault(
    "A module takes a regular backward hook beside full ones.",
    witness=lambda: (
        _mix("register_full_backward_hook", "register_backward_hook") is None
    ),
)
def regular_after_full(patch):
    _rewrite(
        patch,
        Module,
        "register_backward_hook",
        ("if self._is_full_backward_hook is True:", "if False:"),
    )


@fault(
    "A module takes a full backward hook beside regular ones.",
    witness=lambda: (
        _mix("register_backward_hook", "register_full_backward_hook") is None
    ),
)
def full_after_regular(patch):
    _rewrite(
        patch,
        Module,
        "register_full_backward_hook",
        ("if self._is_full_backward_hook is False:", "if False:"),
    )


@fault(
    "Backward hooks for all modules may be of both kinds.",
    witness=lambda: _mix_all() is None,
)
def global_kinds_mix(patch):
    _rewrite(
        patch,
        for_all,
        "register_module_full_backward_hook",
        ("if _global_is_full_backward_hook is False:", "if False:"),
    )


def _mix_all():
    kept = for_all._global_is_full_backward_hook
    for_all._global_is_full_backward_hook = False
    try:
        return error_of(
            lambda: for_all.register_module_full_backward_hook(print).remove()
        )
    finally:
        for_all._global_is_full_backward_hook = kept


@fault(
    "Regular backward hooks for all modules run after a module's own.",
    witness=lambda: _own_and_all_regular() == ["own", "all"],
)
def global_regular_hooks_come_last(patch):
    def get(self):
        full, regular = original(self)
        return full, regular[::-1]

    original = Module._get_backward_hooks
    patch(Module, "_get_backward_hooks", get)


def _own_and_all_regular():
    seen = []
    module = _with(lambda x: x.exp())
    kept = for_all._global_is_full_backward_hook
    for_all._global_is_full_backward_hook = None
    try:
        module.register_backward_hook(lambda *_: seen.append("own"))
        with for_all.register_module_backward_hook(lambda *_: seen.append("all")):
            output = module(_leaf() * 1)
    finally:
        for_all._global_is_full_backward_hook = kept
    output.backward()
    return seen


@fault(
    "A regular backward hook runs with None if its module is gone.",
    witness=lambda: not raises(lambda: _legacy(lambda x: x.exp()).backward()),
)
def dead_modules_are_none(patch):
    _rewrite(
        patch, for_all._WrappedHook, "__call__", ("if module is None:", "if False:")
    )


# --- when something is registered -----------------------------------------------------


@fault(
    "A hook for the registration of parameters replaces nothing.",
    witness=lambda: _registered("parameter", nn.Parameter(torch.ones(1))),
)
def registered_parameters_stay(patch):
    _rewrite(patch, Module, "register_parameter", ("param = output", "pass"))


@fault(
    "A hook for the registration of buffers replaces nothing.",
    witness=lambda: _registered("buffer", torch.ones(1)),
)
def registered_buffers_stay(patch):
    _rewrite(patch, Module, "register_buffer", ("tensor = output", "pass"))


@fault(
    "Hooks for the registration of children don't see add_module().",
    witness=lambda: _registered("module", nn.ReLU()),
)
def added_modules_are_not_seen(patch):
    _rewrite(
        patch,
        Module,
        "add_module",
        ("in _global_module_registration_hooks.values():", "in []:"),
    )


def _registered(kind, given):
    """Whether something is registered as it is, though a hook replaces it."""
    other = copy.deepcopy(given)
    module = nn.Module()
    register = getattr(for_all, f"register_module_{kind}_registration_hook")
    with register(lambda *_: other):
        getattr(module, f"register_{kind}")("name", given)
    return module.name is given


# --- tracing --------------------------------------------------------------------------


@fault(
    "Every call goes through _slow_forward().",
    witness=lambda: _slow_calls() == [1],
)
def every_call_is_slow(patch):
    forward_call = inspect.getsource(Module._call_impl).split("forward_call = ")[1]
    old = forward_call.split("\n")[0]
    _call(patch, (old, "self._slow_forward"))


def _slow_calls():
    seen = []

    class Slow(nn.Module):
        def _slow_forward(self, *args):
            seen.append(1)

        def forward(self):
            pass

    Slow()()
    return seen


@fault(
    "Traced calls go straight to forward().",
    witness=lambda: _traced_calls() == [],
)
def traced_calls_are_fast(patch):
    forward_call = inspect.getsource(Module._call_impl).split("forward_call = ")[1]
    old = forward_call.split("\n")[0]
    _call(patch, (old, "self.forward"))


def _traced_calls():
    seen = []

    class Slow(nn.Module):
        def _slow_forward(self, *args):
            seen.append(1)
            return super()._slow_forward(*args)

        def forward(self, x):
            return x * 2

    quiet(lambda: torch.jit.trace(Slow(), (torch.ones(1),), check_trace=False))
    return seen

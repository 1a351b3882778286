"""Ways to break calling a module: what reaches forward(), and what is printed."""

import contextlib
import copy

import torch
from torch import nn
from torch.nn.modules import container
from torch.nn.modules.module import Module

from torch_semantics.faults import error_of, fault, raises, wrap


def _with(forward):
    """A module that runs a function."""
    module = nn.Module()
    module.forward = forward
    return module


def _patch_call(patch, change):
    """Call change(original, module, args, kwargs) for each call of a module."""
    call = Module.__call__
    patch(
        Module,
        "__call__",
        lambda self, *args, **kwargs: change(call, self, args, kwargs),
    )


# --- from the call to forward() -------------------------------------------------------


@fault(
    "A call drops the keyword arguments.",
    witness=lambda: _with(lambda **kwargs: kwargs)(a=1) == {},
)
def keywords_are_dropped(patch):
    _patch_call(patch, lambda call, self, args, kwargs: call(self, *args))


@fault(
    "A call hands on its positional arguments in reverse.",
    witness=lambda: _with(lambda *args: args)(1, 2) == (2, 1),
)
def arguments_are_reversed(patch):
    _patch_call(
        patch, lambda call, self, args, kwargs: call(self, *args[::-1], **kwargs)
    )


@fault(
    "A call without arguments is handed None.",
    witness=lambda: _with(lambda *args: args)() == (None,),
)
def nothing_becomes_none(patch):
    _patch_call(
        patch,
        lambda call, self, args, kwargs: call(
            self, *(args if args or kwargs else (None,)), **kwargs
        ),
    )


@fault(
    "forward() gets a copy of each list.",
    witness=lambda: _with(lambda x: x.append(1) or x)(given := []) and given == [],
)
def lists_are_copied(patch):
    _patch_call(
        patch,
        lambda call, self, args, kwargs: call(
            self, *[list(a) if isinstance(a, list) else a for a in args], **kwargs
        ),
    )


@fault(
    "A call turns a list that forward() returns into a tuple.",
    witness=lambda: _with(lambda: [1])() == (1,),
)
def lists_become_tuples(patch):
    def change(call, self, args, kwargs):
        result = call(self, *args, **kwargs)
        return tuple(result) if isinstance(result, list) else result

    _patch_call(patch, change)


@fault(
    "A call returns a view of the tensor that forward() returns.",
    witness=lambda: nn.Identity()(x := torch.ones(1)) is not x,
)
def results_are_views(patch):
    def change(call, self, args, kwargs):
        result = call(self, *args, **kwargs)
        return result.view_as(result) if isinstance(result, torch.Tensor) else result

    _patch_call(patch, change)


@fault(
    "Calling a module without forward() returns its argument.",
    witness=lambda: not raises(lambda: nn.Module()(1)),
)
def missing_forward_is_the_identity(patch):
    patch(Module, "forward", lambda self, *args: args[0] if args else None)


@fault(
    "A missing forward() is reported as that of Module.",
    witness=lambda: "[Module]" in str(error_of(lambda: nn.ModuleList()(1))),
)
def missing_forward_names_module(patch):
    def forward(self, *args):
        raise NotImplementedError(
            'Module [Module] is missing the required "forward" function'
        )

    patch(Module, "forward", forward)


@fault(
    "An exception in forward() is raised anew, as RuntimeError.",
    witness=lambda: type(error_of(lambda: _with(lambda: {}[0])())) is RuntimeError,
)
def errors_become_runtime_errors(patch):
    def change(call, self, args, kwargs):
        try:
            return call(self, *args, **kwargs)
        except NotImplementedError:
            raise
        except Exception as error:
            raise RuntimeError(str(error)) from error

    _patch_call(patch, change)


@fault(
    "ValueErrors in forward() are swallowed.",
    witness=lambda: not raises(lambda: _with(lambda: int("x"))()),
)
def value_errors_are_swallowed(patch):
    def change(call, self, args, kwargs):
        with contextlib.suppress(ValueError):
            return call(self, *args, **kwargs)

    _patch_call(patch, change)


@fault(
    "forward() is taken from the class, whatever the module has.",
    witness=lambda: raises(lambda: _with(lambda: 1)()),
)
def forward_of_the_class(patch):
    _patch_call(
        patch,
        lambda call, self, args, kwargs: type(self).forward(self, *args, **kwargs),
    )


@fault(
    "The forward() of a module's first call is kept.",
    witness=lambda: _keeps_first(),
)
def first_forward_is_kept(patch):
    def change(call, self, args, kwargs):
        return self.__dict__.setdefault("_kept", self.forward)(*args, **kwargs)

    _patch_call(patch, change)


def _keeps_first():
    module = _with(lambda: 1)
    module()
    module.forward = lambda: 2
    return module() == 1


@fault(
    "Linear overrides __call__.",
    witness=lambda: nn.Linear.__call__ is not Module.__call__,
)
def linear_overrides_call(patch):
    patch(
        nn.Linear,
        "__call__",
        lambda self, x: Module.__call__(self, x),
    )


@fault(
    "A __call__ assigned to a module is what a call runs.",
    witness=lambda: _instance_call() == 2,
)
def call_of_the_instance(patch):
    def change(call, self, args, kwargs):
        if "__call__" in self.__dict__:
            return self.__dict__["__call__"](*args, **kwargs)
        return call(self, *args, **kwargs)

    _patch_call(patch, change)


def _instance_call():
    module = _with(lambda: 1)
    module.__call__ = lambda: 2
    return module()


@fault(
    "A call puts the module into training mode.",
    witness=lambda: _with(lambda: None).eval()() or _mode_after_call(),
)
def call_switches_to_training(patch):
    def change(call, self, args, kwargs):
        try:
            return call(self, *args, **kwargs)
        finally:
            self.__dict__["training"] = True

    _patch_call(patch, change)


def _mode_after_call():
    module = _with(lambda: None).eval()
    module()
    return module.training


@fault(
    "A call runs forward() twice.",
    witness=lambda: len(_with(lambda seen: seen.append(1) or seen)([])) == 2,
)
def forward_runs_twice(patch):
    def change(call, self, args, kwargs):
        call(self, *args, **kwargs)
        return call(self, *args, **kwargs)

    _patch_call(patch, change)


@fault(
    "The first result for an input is returned for the same values again.",
    witness=lambda: _cached(),
)
def results_are_cached(patch):
    def change(call, self, args, kwargs):
        if len(args) != 1 or not isinstance(args[0], torch.Tensor) or kwargs:
            return call(self, *args, **kwargs)
        cache = self.__dict__.setdefault("_cache", {})
        key = str(args[0].tolist())
        if key not in cache:
            cache[key] = call(self, *args)
        return cache[key]

    _patch_call(patch, change)


def _cached():
    module = _with(lambda x: x + 1)
    x = torch.ones(1)
    return module(x) is module(x)


@fault(
    "A call turns gradients on.",
    witness=lambda: _records_in_no_grad(),
)
def call_enables_grad(patch):
    def change(call, self, args, kwargs):
        with torch.enable_grad():
            return call(self, *args, **kwargs)

    _patch_call(patch, change)


def _records_in_no_grad():
    with torch.no_grad():
        return nn.Linear(1, 1)(torch.ones(1)).requires_grad


@fault(
    "A call detaches its result.",
    witness=lambda: not nn.Linear(1, 1)(torch.ones(1)).requires_grad,
)
def result_is_detached(patch):
    def change(call, self, args, kwargs):
        result = call(self, *args, **kwargs)
        return result.detach() if isinstance(result, torch.Tensor) else result

    _patch_call(patch, change)


# --- what a module shows --------------------------------------------------------------


@fault(
    "Children are printed in reverse.",
    witness=lambda: (
        repr(nn.Sequential(nn.ReLU(), nn.Tanh())).index("Tanh")
        < repr(nn.Sequential(nn.ReLU(), nn.Tanh())).index("ReLU")
    ),
)
def children_are_reversed(patch):
    def change(represent, self):
        turned = copy.copy(self)
        turned.__dict__["_modules"] = dict(reversed(list(self._modules.items())))
        return represent(turned)

    wrap(patch, Module, "__repr__", change)


@fault(
    "Children are not indented by their level.",
    witness=lambda: (
        "\n  (0): ReLU" in repr(nn.Sequential(nn.Sequential(nn.ReLU()))).split("l(")[2]
    ),
)
def nesting_is_flat(patch):
    patch(nn.modules.module, "_addindent", lambda text, spaces: text)


@fault(
    "extra_repr() of a module with children is left out.",
    witness=lambda: "extra" not in repr(_extra()),
)
def extra_is_lost_beside_children(patch):
    def change(represent, self):
        if not self._modules or not self.extra_repr():
            return represent(self)
        plain = copy.copy(self)
        plain.__dict__["extra_repr"] = lambda: ""
        return represent(plain)

    wrap(patch, Module, "__repr__", change)


def _extra():
    module = nn.Sequential(nn.ReLU())
    module.extra_repr = lambda: "extra"
    return module


@fault(
    "One line of extra_repr() is printed on a line of its own.",
    witness=lambda: "\n" in repr(nn.Linear(1, 1)),
)
def extra_has_its_own_line(patch):
    wrap(
        patch,
        Module,
        "__repr__",
        lambda represent, self: (
            f"{type(self).__name__}(\n  {self.extra_repr()}\n)"
            if self.extra_repr() and not self._modules
            else represent(self)
        ),
    )


@fault(
    "The repr lists parameters too.",
    witness=lambda: "weight" in repr(nn.Linear(1, 1)),
)
def parameters_are_printed(patch):
    def change(represent, self):
        names = ", ".join(self._parameters)
        return represent(self) + (f" with {names}" if names else "")

    wrap(patch, Module, "__repr__", change)


@fault(
    "BatchNorm prints the default of eps.",
    witness=lambda: "eps=1e-05" in repr(nn.BatchNorm1d(1, eps=0.5)),
)
def batch_norm_prints_the_default(patch):
    wrap(
        patch,
        nn.modules.batchnorm._NormBase,
        "extra_repr",
        lambda extra, self: extra(self).replace("eps=0.5", "eps=1e-05"),
    )


@fault(
    "A ModuleList says one too few for a run of equal modules.",
    witness=lambda: "1 x" in repr(nn.ModuleList([nn.ReLU(), nn.ReLU()])),
)
def run_is_one_short(patch):
    wrap(
        patch,
        container.ModuleList,
        "__repr__",
        lambda represent, self: represent(self).replace("2 x", "1 x"),
    )


@fault(
    "A ModuleList prints as a Sequential does.",
    witness=lambda: " x " not in repr(nn.ModuleList([nn.ReLU(), nn.ReLU()])),
)
def lists_are_not_joined(patch):
    patch(container.ModuleList, "__repr__", Module.__repr__)


@fault(
    "A Sequential joins equal modules.",
    witness=lambda: "2 x" in repr(nn.Sequential(nn.ReLU(), nn.ReLU())),
)
def sequences_are_joined(patch):
    patch(container.Sequential, "__repr__", container.ModuleList.__repr__)


@fault(
    "Modules with the same repr are equal.",
    witness=lambda: nn.ReLU() == nn.ReLU(),
)
def equal_by_repr(patch):
    patch(
        Module,
        "__eq__",
        lambda self, other: isinstance(other, Module) and repr(self) == repr(other),
    )


@fault(
    "Module takes any arguments.",
    witness=lambda: not raises(lambda: nn.Module(1)),
)
def init_takes_anything(patch):
    init = Module.__init__
    patch(Module, "__init__", lambda self, *args, **kwargs: init(self))


@fault(
    "A module with nothing to show prints without parentheses.",
    witness=lambda: repr(nn.ReLU()) == "ReLU",
)
def bare_names(patch):
    wrap(
        patch,
        Module,
        "__repr__",
        lambda represent, self: represent(self).removesuffix("()"),
    )


@fault(
    "A call goes on to forward() of the base class that defines it first.",
    witness=lambda: _base_runs(),
)
def base_forward_runs(patch):
    def change(call, self, args, kwargs):
        kinds = [kind for kind in type(self).__mro__ if "forward" in vars(kind)]
        first = kinds[-2] if len(kinds) > 2 else None
        if first and "forward" not in self.__dict__:
            return first.forward(self, *args, **kwargs)
        return call(self, *args, **kwargs)

    _patch_call(patch, change)


def _base_runs():
    class Other(nn.Identity):
        def forward(self, x):
            return x + 1

    return Other()(1) == 1

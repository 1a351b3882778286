"""Ways to break the layout: what is where, and what is deprecated."""

import importlib
import importlib.util
import os
import subprocess
import sys
import warnings

import torch
from torch import nn

from torch_semantics.faults import error_of, fault, raises, warns, wrap


def script():
    return torch.jit.script(nn.ReLU())


@fault(
    "torch has an attribute transforms.",
    witness=lambda: hasattr(torch, "transforms"),
)
def transforms_are_in_torch(patch):
    patch(torch, "transforms", torch.nn)


@fault(
    "torch.no_grad is not autograd's.",
    witness=lambda: torch.no_grad is not torch.autograd.no_grad,
)
def no_grad_is_another(patch):
    patch(torch.autograd, "no_grad", type("no_grad", (torch.no_grad,), {}))


@fault(
    "torch.autograd has no gradcheck().",
    witness=lambda: not callable(torch.autograd.gradcheck),
)
def gradcheck_is_missing(patch):
    patch(torch.autograd, "gradcheck", None)


@fault(
    "torch.linalg is no module.",
    witness=lambda: not isinstance(torch.linalg, type(torch)),
)
def linalg_is_no_module(patch):
    patch(torch, "linalg", torch.linalg.norm)


@fault(
    "nn.Linear says that it is from torch.nn.",
    witness=lambda: nn.Linear.__module__ == "torch.nn",
)
def linear_is_elsewhere(patch):
    patch(nn.Linear, "__module__", "torch.nn")


@fault(
    "nn.Parameter says that it is from torch.nn.modules.",
    witness=lambda: nn.Parameter.__module__ == "torch.nn.modules",
)
def parameter_is_elsewhere(patch):
    patch(nn.Parameter, "__module__", "torch.nn.modules")


@fault(
    "ASGD is no Optimizer.",
    witness=lambda: not issubclass(torch.optim.ASGD, torch.optim.Optimizer),
)
def asgd_is_no_optimizer(patch):
    patch(torch.optim, "ASGD", type("ASGD", (), {"__module__": "torch.optim.asgd"}))


@fault(
    "StepLR never changes the learning rate.",
    witness=lambda: _rate_after_a_step() == 1.0,
)
def step_lr_stays(patch):
    patch(
        torch.optim.lr_scheduler.StepLR,
        "get_lr",
        lambda self: [group["lr"] for group in self.optimizer.param_groups],
    )


def _rate_after_a_step():
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    optimizer.step()
    scheduler.step()
    return optimizer.param_groups[0]["lr"]


@fault(
    "torch.add is written in Python.",
    witness=lambda: hasattr(torch.add, "__annotations__"),
)
def add_is_python(patch):
    wrap(patch, torch, "add", lambda add, *args, **options: add(*args, **options))


@fault(
    "torch.split is compiled.",
    witness=lambda: type(torch.split) is type(torch.add),
)
def split_is_compiled(patch):
    patch(torch, "split", torch._C._VariableFunctions.split_with_sizes)


@fault(
    "torch.add takes anything for a number.",
    witness=lambda: not raises(lambda: torch.add("a", torch.ones(1))),
)
def add_takes_text(patch):
    class Lenient:
        def __call__(self, a, b, **options):
            return b if isinstance(a, str) else torch._C._VariableFunctions.add(a, b)

    patch(torch, "add", Lenient())


@fault(
    "torch._C is a package.",
    witness=lambda: hasattr(torch._C, "__path__"),
)
def c_is_a_package(patch):
    patch(torch._C, "__path__", [])


@fault(
    "torch.__path__ is another folder.",
    witness=lambda: len(torch.__path__) > 1,
)
def path_is_longer(patch):
    patch(torch, "__path__", [*torch.__path__, *torch.__path__])


@fault(
    "torch.jit.script() does not warn.",
    witness=lambda: not warns(script),
)
def script_is_silent(patch):
    def silent(original, *args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return original(*args, **options)

    wrap(patch, torch.jit, "script", silent)


@fault(
    "torch.jit.trace() warns with a UserWarning.",
    witness=lambda: _category_of_trace() is UserWarning,
)
def trace_warns_otherwise(patch):
    def otherwise(original, *args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = original(*args, **options)
        warnings.warn(
            "`torch.jit.trace` is deprecated, see `torch.compile` or `torch.export`",
            UserWarning,
            stacklevel=2,
        )
        return result

    wrap(patch, torch.jit, "trace", otherwise)


def _category_of_trace():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        torch.jit.trace(lambda x: x, torch.ones(1))
    return seen[-1].category


@fault(
    "torch.utils.tensorboard raises another error without its package.",
    witness=lambda: _tensorboard_error() is ValueError,
)
def tensorboard_raises_otherwise(patch):
    load = importlib.import_module

    def failing(name, package=None):
        if name == "torch.utils.tensorboard":
            raise ValueError("no tensorboard")
        return load(name, package)

    patch(importlib, "import_module", failing)


def _tensorboard_error():
    kept = sys.modules.pop("torch.utils.tensorboard", None)
    try:
        return type(
            error_of(lambda: importlib.import_module("torch.utils.tensorboard"))
        )
    finally:
        if kept is not None:
            sys.modules["torch.utils.tensorboard"] = kept


@fault(
    "A program that imports torch has imported torchvision too.",
    witness=lambda: "True" in _vision_in_a_program(),
)
def vision_is_imported(patch):
    def importing(run, command, **options):
        *python, program = command
        broken = "import sys; sys.modules['torchvision'] = sys\n"
        return run([*python, broken + program], **options)

    wrap(patch, subprocess, "run", importing)


def _vision_in_a_program():
    program = "import sys; print('torchvision' in sys.modules)"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout


@fault(
    "Bytecode is kept in .pyo files.",
    witness=lambda: importlib.util.cache_from_source("a.py").endswith(".pyo"),
)
def bytecode_is_pyo(patch):
    wrap(
        patch,
        importlib.util,
        "cache_from_source",
        lambda cache, path: cache(path).removesuffix("c") + "o",
    )


@fault(
    "A source file lies among the headers.",
    witness=lambda: "kernel.cpp" in [n for _, _, ns in os.walk(".") for n in ns],
)
def sources_are_included(patch):
    def walking(walk, folder, **options):
        yield from walk(folder, **options)
        yield str(folder), [], ["kernel.cpp"]

    wrap(patch, os, "walk", walking)


@fault(
    "The folder lib is empty.",
    witness=lambda: not list(os.walk(os.path.join(torch.__path__[0], "lib"))),
)
def lib_is_empty(patch):
    def walking(walk, folder, **options):
        for path, folders, names in walk(folder, **options):
            if os.path.join("torch", "lib") not in path:
                yield path, folders, names

    wrap(patch, os, "walk", walking)

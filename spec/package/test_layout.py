"""What is where: the modules of torch, and what they hold.

``import torch`` loads a package of Python files and, beside them, a compiled extension,
``torch._C``, in which the computation is done. Some functions are Python that can be
read; others are built in, and lead no further. What is not in the package is not
imported with it: torchvision is a distribution of its own, and
``torch.utils.tensorboard`` waits until it is asked for.

It is often believed that the .pyi files in ``torch/_C`` check the arguments of a call.
Python never reads them: the compiled code checks, while the program runs.
"""

import importlib
import importlib.machinery
import importlib.util
import inspect
import operator
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

from torch_semantics import claim

ROOT = Path(torch.__file__).parent


def size_of(folder):
    """The size of all files in a folder and below, in bytes."""
    return sum(
        os.lstat(os.path.join(path, name)).st_size
        for path, _, names in os.walk(folder)
        for name in names
    )


# --- the package and its modules ------------------------------------------------------


@claim("package.import.init-module", see="pytorch-api")
def test_torch_is_a_package_in_a_folder():
    """Importing torch again gives the same module, a package whose file is the
    __init__.py of its folder, where the folders autograd, nn, optim, utils, include,
    lib and _C lie.
    """
    folders = ["autograd", "nn", "optim", "utils", "include", "lib", "_C"]

    again = importlib.import_module("torch")

    assert again is torch
    assert Path(torch.__file__).parts[-2:] == ("torch", "__init__.py")
    assert list(torch.__path__) == [str(ROOT)]
    assert [name for name in folders if not (ROOT / name).is_dir()] == []


@claim("interop.package.submodules-reachable", see="pytorch-api")
@pytest.mark.parametrize(
    "name",
    ["autograd", "nn", "nn.functional", "nn.init", "optim", "optim.lr_scheduler"]
    + ["utils.data", "cuda", "random", "linalg", "fft", "sparse", "distributions"],
)
def test_the_submodules_are_there_after_import_torch(name):
    """The submodules of torch are reached as attributes after ``import torch``, and are
    the modules that importing them gives.
    """
    module = operator.attrgetter(name)(torch)

    assert inspect.ismodule(module)
    assert module.__name__ == f"torch.{name}"
    assert importlib.import_module(f"torch.{name}") is module


@claim("vision.transforms.not-part-of-torch", see="pytorch-api")
@pytest.mark.parametrize("name", ["transforms", "vision", "datasets", "models"])
def test_torchvision_is_no_part_of_torch(name):
    """There is no module and no attribute transforms, vision, datasets or models in
    torch.
    """
    assert importlib.util.find_spec(f"torch.{name}") is None
    assert not hasattr(torch, name)
    with pytest.raises(ModuleNotFoundError, match=f"No module named 'torch.{name}'"):
        importlib.import_module(f"torch.{name}")


@claim("vision.package.four-submodules", see="pytorch-api")
def test_torchvision_has_four_submodules(torchvision):
    """``import torchvision`` makes its datasets, models, ops and transforms available,
    in a package outside of torch.
    """
    names = ["datasets", "models", "ops", "transforms"]

    modules = [getattr(torchvision, name) for name in names]

    assert [m.__name__ for m in modules] == [f"torchvision.{name}" for name in names]
    assert Path(torchvision.__file__).parent.name == "torchvision"
    assert ROOT not in Path(torchvision.__file__).parents


@claim("package.autograd.surface", see="autograd")
def test_autograd_comes_with_torch():
    """torch.autograd has backward, grad, Function, gradcheck, no_grad and enable_grad,
    the last two also as torch.no_grad and torch.enable_grad; a composed expression has
    its derivative with no more written than the forward pass.
    """
    names = ["backward", "grad", "Function", "gradcheck", "no_grad", "enable_grad"]
    x = torch.tensor(3.0, requires_grad=True)

    (gradient,) = torch.autograd.grad(x**3 + 2 * x, x)

    assert [name for name in names if not callable(getattr(torch.autograd, name))] == []
    assert torch.no_grad is torch.autograd.no_grad
    assert torch.enable_grad is torch.autograd.enable_grad
    assert gradient.tolist() == 29


@claim("package.nn.layers-live-in-modules", see="nn")
@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("Linear", "linear"),
        ("Conv2d", "conv"),
        ("LSTM", "rnn"),
        ("Dropout", "dropout"),
        ("BatchNorm1d", "batchnorm"),
        ("ReLU", "activation"),
        ("MaxPool2d", "pooling"),
        ("Sequential", "container"),
        ("MSELoss", "loss"),
    ],
)
def test_layers_are_defined_in_torch_nn_modules(name, home):
    """A layer of torch.nn is a subclass of Module, defined in a file of
    torch/nn/modules.
    """
    layer = getattr(nn, name)

    assert issubclass(layer, nn.Module)
    assert layer.__module__ == f"torch.nn.modules.{home}"
    assert Path(inspect.getsourcefile(layer)) == ROOT / "nn/modules" / f"{home}.py"


@claim("package.nn.parameter-is-elsewhere", see="nn")
def test_parameter_is_no_layer():
    """nn.Parameter is defined in torch/nn/parameter.py, and is a Tensor and no
    Module.
    """
    assert nn.Parameter.__module__ == "torch.nn.parameter"
    assert issubclass(nn.Parameter, torch.Tensor)
    assert not issubclass(nn.Parameter, nn.Module)


@claim("package.optim.optimizers-and-schedulers", see="optim")
def test_optim_has_optimizers_and_schedulers():
    """torch.optim has Adam, SGD and ASGD, which are Optimizers, and the module
    lr_scheduler, whose StepLR changes the learning rate of one.
    """
    optimizers = [torch.optim.Adam, torch.optim.SGD, torch.optim.ASGD]
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)

    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    optimizer.step()
    scheduler.step()

    assert [issubclass(each, torch.optim.Optimizer) for each in optimizers] == [
        True
    ] * 3
    assert [each.__module__ for each in optimizers] == (
        ["torch.optim.adam", "torch.optim.sgd", "torch.optim.asgd"]
    )
    assert Path(torch.optim.lr_scheduler.__file__).name == "lr_scheduler.py"
    assert optimizer.param_groups[0]["lr"] == 0.5


# --- what is imported, and what waits -------------------------------------------------

PROGRAM = """
import sys
import torch
print("torch.utils.data" in sys.modules, hasattr(torch.utils, "tensorboard"))
print(any("tensorboard" in name or "torchvision" in name for name in sys.modules))
loader = torch.utils.data.DataLoader([1, 2, 3], batch_size=2)
print([batch.tolist() for batch in loader])
"""


# What importing torch brings is only seen where nothing else has been imported, and
# pytest has: this takes a process of its own.
@claim("package.utils.data-loaded-tensorboard-not", see="data")
@pytest.mark.slow
def test_data_is_imported_with_torch_and_tensorboard_is_not():
    """In a fresh program ``import torch`` has loaded torch.utils.data, which works
    straight away, and neither torch.utils.tensorboard nor torchvision.
    """
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert ended.stdout.splitlines() == ["True False", "False", "[[1, 2], [3]]"]


@claim("package.utils.tensorboard-needs-its-package", see="tensorboard")
def test_tensorboard_needs_a_package_of_its_own(monkeypatch):
    """Importing torch.utils.tensorboard where there is no package tensorboard raises
    ModuleNotFoundError, which names it.
    """
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)

    with pytest.raises(ModuleNotFoundError, match="tensorboard") as raised:
        importlib.import_module("torch.utils.tensorboard")

    assert raised.value.name == "tensorboard"
    assert (ROOT / "utils/tensorboard/__init__.py").is_file()


@claim("package.pycache.only-a-cache", see="pytorch-api")
def test_bytecode_is_only_a_cache(tmp_path, monkeypatch):
    """Python keeps the bytecode of a module in a .pyc in __pycache__ beside it; without
    that folder a module is imported all the same, and its cache is written again
    unless sys.dont_write_bytecode is set. The modules of torch are kept like that too.
    """
    (tmp_path / "answer.py").write_text("VALUE = 42\n", encoding="utf-8")
    cache = Path(importlib.util.cache_from_source(str(tmp_path / "answer.py")))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    unwritten = importlib.import_module("answer").VALUE
    left = cache.exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.delitem(sys.modules, "answer")
    written = importlib.import_module("answer").VALUE
    monkeypatch.delitem(sys.modules, "answer")

    assert (unwritten, left) == (42, False)
    assert (written, cache.exists()) == (42, True)
    assert (cache.parent.name, cache.suffix) == ("__pycache__", ".pyc")
    assert nn.__cached__ == importlib.util.cache_from_source(nn.__file__)
    assert list(ROOT.glob("nn/**/*.pyo")) == []


# --- the compiled part ----------------------------------------------------------------


@claim("package.c-folder.stubs-only", see="pytorch-api")
def test_the_folder_c_holds_stubs_and_the_module_lies_beside_it():
    """torch._C is a compiled extension in torch's folder, without a folder of its own:
    the folder torch/_C beside it has type stubs, .pyi, and no Python file.
    """
    suffixes = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    files = [path for path in (ROOT / "_C").rglob("*") if path.is_file()]

    assert torch._C.__file__.endswith(suffixes)
    assert Path(torch._C.__file__).parent == ROOT
    assert not hasattr(torch._C, "__path__")
    assert {"__init__.pyi", "_VariableFunctions.pyi"} <= {path.name for path in files}
    assert {path.suffix for path in files} == {".pyi"}


@claim("package.c-folder.pyi-not-enforced", see="pytorch-api")
def test_types_are_checked_by_the_compiled_code_and_not_by_stubs(tmp_path, monkeypatch):
    """A stub is not read: a module whose .pyi says otherwise takes any argument. A
    built-in function of torch has no annotations, and checks its arguments itself; its
    TypeError names the argument and the type.
    """
    (tmp_path / "stubbed.py").write_text("def same(x):\n    return x\n", "utf-8")
    (tmp_path / "stubbed.pyi").write_text("def same(x: int) -> int: ...\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    stubbed = importlib.import_module("stubbed")
    monkeypatch.delitem(sys.modules, "stubbed")

    returned = stubbed.same("text")

    assert returned == "text"
    assert not hasattr(torch.add, "__annotations__")
    with pytest.raises(TypeError, match=r"argument 'input' .* must be Tensor, not str"):
        torch.add("a", torch.ones(1))
    with pytest.raises(TypeError, match=r"argument 'other' .* must be Tensor, not str"):
        torch.ones(1).add_("a")


@claim("package.builtins.no-python-source", see="torch")
@pytest.mark.parametrize(
    "find",
    [
        lambda: torch.add,
        lambda: torch.tensor,
        lambda: torch.zeros,
        lambda: torch.matmul,
        lambda: torch.cat,
        lambda: torch.Tensor.add_,
        lambda: nn.functional.linear,
        lambda: nn.functional.conv2d,
    ],
    ids=["add", "tensor", "zeros", "matmul", "cat", "add_", "linear", "conv2d"],
)
def test_built_in_functions_have_no_python_source(find):
    """A function that is compiled has no Python source: inspect.getsource() raises
    TypeError.
    """
    function = find()

    with pytest.raises(TypeError, match="was expected, got"):
        inspect.getsource(function)
    assert inspect.isroutine(function)


@claim("package.builtins.python-source", see="torch")
@pytest.mark.parametrize(
    ("find", "file"),
    [
        (lambda: torch.split, "functional.py"),
        (lambda: torch.stft, "functional.py"),
        (lambda: torch.norm, "functional.py"),
        (lambda: nn.functional.relu, "nn/functional.py"),
        (lambda: nn.Linear, "nn/modules/linear.py"),
        (lambda: torch.optim.SGD, "optim/sgd.py"),
        (lambda: torch.Tensor.backward, "_tensor.py"),
        (lambda: torch.save, "serialization.py"),
    ],
    ids=["split", "stft", "norm", "relu", "Linear", "SGD", "backward", "save"],
)
def test_other_functions_can_be_read(find, file):
    """A function or class that is written in Python can be read in torch's folder."""
    found = find()

    first = inspect.getsource(found).split()[0]

    assert first in ("def", "class")
    assert Path(inspect.getsourcefile(found)) == ROOT / file


@claim("package.include.headers-only", see="cpp_extension")
def test_include_holds_headers_and_no_sources():
    """The folder include holds the headers of the C++ part, .h, .hpp and .cuh, of torch
    and ATen among others, and no other file.
    """
    include = ROOT / "include"
    endings = {
        os.path.splitext(name)[1]
        for folder, _, names in os.walk(include)
        for name in names
    }

    assert endings == {".h", ".hpp", ".cuh"}
    assert (include / "torch/csrc").is_dir()
    assert (include / "ATen/ATen.h").is_file()
    assert list(ROOT.glob("csrc/**/*.c*")) == []


@claim("package.lib.largest-folder", see="pytorch-api")
def test_lib_holds_the_libraries_and_more_than_half_of_the_package():
    """The folder lib holds the shared libraries torch, torch_cpu, torch_python and c10,
    whose suffix is the platform's, and is larger than all else in the package.
    """
    stems = {
        name.split(".")[0].removeprefix("lib") for name in os.listdir(ROOT / "lib")
    }

    whole, inside = size_of(ROOT), size_of(ROOT / "lib")

    assert {"torch", "torch_cpu", "torch_python", "c10"} <= stems
    assert inside > whole - inside > 0


# --- what is on its way out -----------------------------------------------------------

SCRIPTING = {
    "trace": lambda: torch.jit.trace(lambda x: x + 1, torch.ones(1)),
    "script": lambda: torch.jit.script(nn.ReLU()),
}
scripting = pytest.mark.parametrize("name", ["trace", "script"])


@claim("package.jit.deprecated", see="jit", since="2.14")
@scripting
def test_trace_and_script_are_deprecated(name):
    """torch.jit.trace() and script() still work, and give a FutureWarning that names
    torch.compile and torch.export.
    """
    with pytest.warns(FutureWarning, match="torch.compile` or `torch.export") as seen:
        graph = SCRIPTING[name]()

    assert f"`torch.jit.{name}` is deprecated" in str(seen[0].message)
    assert {warning.category for warning in seen} == {FutureWarning}
    assert graph(torch.ones(1)).tolist() == [{"trace": 2, "script": 1}[name]]


@claim("package.jit.deprecated-quietly", see="jit", since="2.10", until="2.14")
@scripting
def test_trace_and_script_are_deprecated_for_developers(name):
    """torch.jit.trace() and script() still work, and give a DeprecationWarning, which
    Python shows to few, that names torch.compile and torch.export.
    """
    with pytest.warns(DeprecationWarning, match="torch.compile` or `torch.exp") as seen:
        graph = SCRIPTING[name]()

    assert f"`torch.jit.{name}` is deprecated" in str(seen[0].message)
    assert {warning.category for warning in seen} == {DeprecationWarning}
    assert graph(torch.ones(1)).tolist() == [{"trace": 2, "script": 1}[name]]


@claim("package.jit.before", see="jit", until="2.10")
@scripting
def test_trace_and_script_gave_no_warning(name):
    """torch.jit.trace() and script() give no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph = SCRIPTING[name]()

    assert graph(torch.ones(1)).tolist() == [{"trace": 2, "script": 1}[name]]

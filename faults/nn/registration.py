"""Ways to break a module's registers: what gets in, under which name, and out again."""

import copy
import warnings

import torch
from torch import nn
from torch.nn.modules import module as registers

from torch_semantics.faults import error_of, fault, raises, warns, wrap

Module = nn.Module


def parameter(*values, **options):
    """A Parameter of the given values."""
    return nn.Parameter(torch.tensor(values or (1.0,)), **options)


def holding(**attributes):
    """A module with the given attributes."""
    module = Module()
    for name, value in attributes.items():
        setattr(module, name, value)
    return module


def buffered(persistent=True, values=(1.0,)):
    """A module with a buffer named mean."""
    module = Module()
    module.register_buffer("mean", torch.tensor(values), persistent)
    return module


def kind_of_error(call):
    """The type of what a call raises."""
    return type(error_of(call))


# --- parameters -----------------------------------------------------------------------


@fault(
    "Assigning a Parameter registers a copy of it.",
    witness=lambda: holding(w=(p := parameter())).w is not p,
)
def assignment_copies(patch):
    def assign(original, self, name, value):
        if type(value) is nn.Parameter:
            value = nn.Parameter(value.detach().clone(), value.requires_grad)
        original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A frozen Parameter is not registered.",
    witness=lambda: not list(holding(w=parameter(requires_grad=False)).parameters()),
)
def frozen_not_registered(patch):
    def assign(original, self, name, value):
        if isinstance(value, nn.Parameter) and not value.requires_grad:
            object.__setattr__(self, name, value)
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A plain tensor that requires gradients is registered as a parameter.",
    witness=lambda: "t" in holding(t=torch.ones(1, requires_grad=True))._parameters,
)
def plain_leaf_registered(patch):
    def assign(original, self, name, value):
        if type(value) is torch.Tensor and value.requires_grad:
            self._parameters[name] = value
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A plain tensor is registered as a buffer.",
    witness=lambda: "t" in holding(t=torch.ones(1))._buffers,
)
def plain_tensor_is_a_buffer(patch):
    def assign(original, self, name, value):
        plain = type(value) is torch.Tensor and "_buffers" in vars(self)
        if plain and name not in {**self._parameters, **self._modules}:
            self._buffers[name] = value
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


def _tensor_over_parameter():
    module = holding(w=parameter())
    module.w = torch.ones(2)
    return module


@fault(
    "A plain tensor may be assigned over a parameter.",
    witness=lambda: not raises(_tensor_over_parameter),
)
def tensor_over_parameter(patch):
    def assign(original, self, name, value):
        if name in vars(self).get("_parameters", {}) and type(value) is torch.Tensor:
            value = nn.Parameter(value)
        original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A parameter set to None gives its name up.",
    witness=lambda: "w" not in _without_weight()._parameters,
)
def none_unregisters(patch):
    def assign(original, self, name, value):
        if value is None and name in vars(self).get("_parameters", {}):
            del self._parameters[name]
            object.__setattr__(self, name, None)
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


def _without_weight():
    module = holding(w=parameter())
    module.w = None
    return module


@fault(
    "A replaced parameter moves to the end.",
    witness=lambda: list(_replaced()._parameters) == ["b", "a"],
)
def replaced_moves_to_the_end(patch):
    def register(original, self, name, param):
        original(self, name, param)
        if param is not None:
            self._parameters[name] = self._parameters.pop(name)

    wrap(patch, Module, "register_parameter", register)


def _replaced():
    module = holding(a=parameter(), b=parameter())
    module.a = parameter()
    return module


@fault(
    "A Parameter assigned over a buffer leaves the buffer in its register.",
    witness=lambda: "mean" in _over("mean", buffered())._buffers,
)
def parameter_leaves_buffer(patch):
    _leave_behind(patch, nn.Parameter, "_buffers")


@fault(
    "A Parameter assigned over a child leaves the child in its register.",
    witness=lambda: "c" in _over("c", holding(c=nn.Identity()))._modules,
)
def parameter_leaves_child(patch):
    _leave_behind(patch, nn.Parameter, "_modules")


@fault(
    "A module assigned over a buffer leaves the buffer in its register.",
    witness=lambda: "mean" in _over("mean", buffered(), nn.Identity())._buffers,
)
def module_leaves_buffer(patch):
    _leave_behind(patch, nn.Module, "_buffers")


def _over(name, module, value=None):
    setattr(module, name, value or parameter())
    return module


def _leave_behind(patch, kind, register):
    def assign(original, self, name, value):
        old = vars(self).get(register, {}).get(name)
        original(self, name, value)
        if isinstance(value, kind) and old is not None:
            getattr(self, register)[name] = old

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A Parameter assigned over a plain attribute leaves the attribute there.",
    witness=lambda: _over("x", holding(x=3)).x == 3,
)
def parameter_leaves_attribute(patch):
    def assign(original, self, name, value):
        old = vars(self).get(name)
        original(self, name, value)
        if isinstance(value, nn.Parameter) and old is not None:
            object.__setattr__(self, name, old)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A name keeps being not persistent after a Parameter has taken it.",
    witness=lambda: (
        "mean" in _over("mean", buffered(persistent=False))._non_persistent_buffers_set
    ),
)
def persistence_outlives_replacement(patch):
    def assign(original, self, name, value):
        kept = name in vars(self).get("_non_persistent_buffers_set", ())
        original(self, name, value)
        if kept:
            self._non_persistent_buffers_set.add(name)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "register_parameter() takes a plain tensor.",
    witness=lambda: (
        not raises(lambda: Module().register_parameter("w", torch.zeros(1)))
    ),
)
def register_takes_tensors(patch):
    def register(original, self, name, param):
        if type(param) is torch.Tensor:
            param = nn.Parameter(param)
        original(self, name, param)

    wrap(patch, Module, "register_parameter", register)


@fault(
    "register_parameter() takes a Parameter that is part of a graph.",
    witness=lambda: not raises(lambda: Module().register_parameter("w", _computed())),
)
def register_takes_computed(patch):
    def register(original, self, name, param):
        if param is not None and getattr(param, "grad_fn", None):
            self._parameters[name] = param
        else:
            original(self, name, param)

    wrap(patch, Module, "register_parameter", register)


def _computed():
    computed = parameter(requires_grad=False)
    return computed.mul_(torch.ones(1, requires_grad=True))


@fault(
    "register_parameter(None) registers nothing.",
    witness=lambda: not hasattr(_registered_none(), "w"),
)
def none_is_not_registered(patch):
    def register(original, self, name, param):
        known = name in self._parameters
        original(self, name, param)
        if param is None and not known:
            del self._parameters[name]

    wrap(patch, Module, "register_parameter", register)


def _registered_none():
    module = Module()
    module.register_parameter("w", None)
    return module


# --- buffers --------------------------------------------------------------------------


@fault(
    "persistent=False is ignored.",
    witness=lambda: "mean" in buffered(persistent=False).state_dict(),
)
def persistent_ignored(patch):
    wrap(
        patch,
        Module,
        "register_buffer",
        lambda original, self, name, tensor, persistent=True: original(
            self, name, tensor
        ),
    )


@fault(
    "Registering a buffer again as persistent leaves it out of the state dict.",
    witness=lambda: "mean" not in _again().state_dict(),
)
def persistence_not_restored(patch):
    def register(original, self, name, tensor, persistent=True):
        was = name in self._non_persistent_buffers_set
        original(self, name, tensor, persistent and not was)

    wrap(patch, Module, "register_buffer", register)


def _again():
    module = buffered(persistent=False)
    module.register_buffer("mean", torch.zeros(1))
    return module


@fault(
    "A tensor assigned over a buffer becomes persistent.",
    witness=lambda: "mean" in _reassigned(buffered(persistent=False)).state_dict(),
)
def assigned_buffer_is_persistent(patch):
    def assign(original, self, name, value):
        original(self, name, value)
        if type(value) is torch.Tensor:
            vars(self).get("_non_persistent_buffers_set", set()).discard(name)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A tensor assigned over a buffer becomes a plain attribute.",
    witness=lambda: "mean" not in _reassigned(buffered())._buffers,
)
def assigned_buffer_is_plain(patch):
    def assign(original, self, name, value):
        if name in vars(self).get("_buffers", {}) and type(value) is torch.Tensor:
            del self._buffers[name]
            object.__setattr__(self, name, value)
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A tensor assigned over a buffer is written into it.",
    witness=lambda: _written_into(),
)
def assigned_buffer_is_written(patch):
    def assign(original, self, name, value):
        old = vars(self).get("_buffers", {}).get(name)
        if old is not None and type(value) is torch.Tensor:
            old.data = value
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


def _written_into():
    module = buffered()
    old = module.mean
    return _reassigned(module).mean is old


def _reassigned(module):
    module.mean = torch.ones(1)
    return module


@fault(
    "Assigning a number over a buffer is allowed.",
    witness=lambda: not raises(lambda: setattr(buffered(), "mean", 3.0)),
)
def number_over_buffer(patch):
    def assign(original, self, name, value):
        if name in vars(self).get("_buffers", {}) and isinstance(value, float):
            value = torch.tensor(value)
        original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "Buffers are not converted.",
    witness=lambda: buffered().double().mean.dtype != torch.float64,
)
def buffers_not_converted(patch):
    def convert(original, self, *call, **options):
        old = dict(self._buffers)
        original(self, *call, **options)
        self._buffers.update(old)
        return self

    wrap(patch, Module, "_apply", convert)


class _Counting(nn.Module):
    def register_buffer(self, name, tensor):
        vars(self)["calls"] = vars(self).get("calls", 0) + 1
        super().register_buffer(name, tensor)


@fault(
    "Assigning over a buffer does not call register_buffer().",
    witness=lambda: _calls() == 1,
)
def assignment_does_not_register(patch):
    def assign(original, self, name, value):
        if name in vars(self).get("_buffers", {}) and type(value) is torch.Tensor:
            self._buffers[name] = value
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


def _calls():
    module = _Counting()
    module.register_buffer("mean", torch.zeros(1))
    module.mean = torch.ones(1)
    return module.calls


# --- child modules --------------------------------------------------------------------


@fault(
    "Modules in a list are registered too.",
    witness=lambda: "layers0" in holding(layers=[nn.Identity()])._modules,
)
def lists_are_registered(patch):
    def assign(original, self, name, value):
        original(self, name, value)
        if isinstance(value, list) and value and isinstance(value[0], Module):
            self._modules[f"{name}0"] = value[0]

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "Modules in a dict are registered too.",
    witness=lambda: "a" in holding(layers={"a": nn.Identity()})._modules,
)
def dicts_are_registered(patch):
    def assign(original, self, name, value):
        original(self, name, value)
        if type(value) is dict and name == "layers":
            self._modules.update(a=next(iter(value.values())))

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A number may be assigned over a child.",
    witness=lambda: not raises(lambda: setattr(holding(c=nn.Identity()), "c", 3)),
)
def number_over_child(patch):
    def assign(original, self, name, value):
        if name in vars(self).get("_modules", {}) and isinstance(value, int):
            del self._modules[name]
        original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A child set to None loses its entry.",
    witness=lambda: "c" not in _childless()._modules,
)
def none_removes_child(patch):
    def assign(original, self, name, value):
        if value is None and name in vars(self).get("_modules", {}):
            del self._modules[name]
            object.__setattr__(self, name, None)
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


def _childless():
    module = holding(c=nn.Identity())
    module.c = None
    return module


@fault(
    "add_module() returns the module that it registered.",
    witness=lambda: Module().add_module("c", nn.Identity()) is not None,
)
def add_module_returns(patch):
    def add(original, self, name, module):
        original(self, name, module)
        return module

    wrap(patch, Module, "add_module", add)


@fault(
    "register_module() does nothing where the name is taken by a child.",
    witness=lambda: _registered_twice(),
)
def register_module_keeps_the_first(patch):
    def register(original, self, name, module):
        if name not in self._modules:
            original(self, name, module)

    wrap(patch, Module, "register_module", register)


def _registered_twice():
    module, first = Module(), nn.Identity()
    module.register_module("c", first)
    module.register_module("c", nn.Identity())
    return module.c is first


@fault(
    "A module's class is taken for a module.",
    witness=lambda: not raises(lambda: Module().add_module("c", nn.ReLU)),
)
def class_is_added(patch):
    def add(original, self, name, module):
        original(self, name, module() if isinstance(module, type) else module)

    wrap(patch, Module, "add_module", add)


@fault(
    "Assigning a module registers a copy of it.",
    witness=lambda: holding(c=(c := nn.Identity())).c is not c,
)
def child_is_copied(patch):
    def assign(original, self, name, value):
        if isinstance(value, Module):
            value = copy.copy(value)
        original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "A module's class that is assigned is registered as a child.",
    witness=lambda: "c" in holding(c=nn.ReLU)._modules,
)
def assigned_class_is_a_child(patch):
    def assign(original, self, name, value):
        if isinstance(value, type) and issubclass(value, Module):
            value = value()
        original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


# --- names ----------------------------------------------------------------------------


def _names_allowed(patch, method, register, allowed):
    def add(original, self, name, value, *rest, **options):
        if isinstance(name, str) and allowed(self, name):
            getattr(self, register)[name] = value
        else:
            original(self, name, value, *rest, **options)

    wrap(patch, Module, method, add)


@fault(
    "A child's name may have a dot.",
    witness=lambda: not raises(lambda: Module().add_module("a.b", None)),
)
def dot_in_child(patch):
    _names_allowed(patch, "add_module", "_modules", lambda module, name: "." in name)


@fault(
    "A parameter's name may have a dot.",
    witness=lambda: not raises(lambda: Module().register_parameter("a.b", None)),
)
def dot_in_parameter(patch):
    _names_allowed(
        patch, "register_parameter", "_parameters", lambda module, name: "." in name
    )


@fault(
    "A buffer's name may be empty.",
    witness=lambda: not raises(lambda: Module().register_buffer("", None)),
)
def empty_buffer_name(patch):
    _names_allowed(patch, "register_buffer", "_buffers", lambda module, name: not name)


@fault(
    "A child may take the name of a buffer.",
    witness=lambda: not raises(lambda: buffered().add_module("mean", None)),
)
def child_takes_a_taken_name(patch):
    _names_allowed(
        patch, "add_module", "_modules", lambda module, name: name in module._buffers
    )


@fault(
    "A parameter may take the name of a class attribute.",
    witness=lambda: not raises(lambda: holding(forward=parameter())),
)
def parameter_takes_a_class_attribute(patch):
    _names_allowed(
        patch,
        "register_parameter",
        "_parameters",
        lambda module, name: hasattr(type(module), name),
    )


@fault(
    "A name with a dot raises ValueError instead of KeyError.",
    witness=lambda: (
        kind_of_error(lambda: Module().add_module("a.b", None)) is ValueError
    ),
)
def dot_raises_value_error(patch):
    def add(original, self, name, module):
        try:
            original(self, name, module)
        except KeyError as error:
            raise ValueError(*error.args) from None

    wrap(patch, Module, "add_module", add)


@fault(
    "A missing attribute is None.",
    witness=lambda: not raises(lambda: Module().absent),
)
def missing_is_none(patch):
    def read(original, self, name):
        try:
            return original(self, name)
        except AttributeError:
            if name.startswith("_"):
                raise
            return None

    wrap(patch, Module, "__getattr__", read)


@fault(
    "The error for a missing attribute names Module instead of the class.",
    witness=lambda: "'Module'" in str(error_of(lambda: nn.Identity().absent)),
)
def error_names_module(patch):
    def read(original, self, name):
        try:
            return original(self, name)
        except AttributeError:
            raise AttributeError(f"'Module' object has no attribute '{name}'") from None

    wrap(patch, Module, "__getattr__", read)


@fault(
    "Deleting a parameter leaves its name with None.",
    witness=lambda: hasattr(_deleted(holding(w=parameter()), "w"), "w"),
)
def delete_leaves_none(patch):
    def delete(original, self, name):
        if name in self._parameters:
            self._parameters[name] = None
        else:
            original(self, name)

    wrap(patch, Module, "__delattr__", delete)


@fault(
    "Deleting a missing attribute is no error.",
    witness=lambda: not raises(lambda: _deleted(Module(), "absent")),
)
def delete_is_silent(patch):
    def delete(original, self, name):
        if hasattr(self, name):
            original(self, name)

    wrap(patch, Module, "__delattr__", delete)


def _deleted(module, name):
    delattr(module, name)
    return module


@fault(
    "dir() does not list buffers.",
    witness=lambda: "mean" not in dir(buffered()),
)
def dir_without_buffers(patch):
    wrap(
        patch,
        Module,
        "__dir__",
        lambda original, self: [n for n in original(self) if n not in self._buffers],
    )


# --- before Module.__init__ -----------------------------------------------------------


class _Early(nn.Module):
    def __init__(self, value):
        self.value = value
        super().__init__()


@fault(
    "A module assigned before Module.__init__ becomes a plain attribute.",
    witness=lambda: not raises(lambda: _Early(nn.Identity())),
)
def early_module_is_plain(patch):
    def assign(original, self, name, value):
        if isinstance(value, Module) and "_modules" not in vars(self):
            object.__setattr__(self, name, value)
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "Module.__init__ clears the attributes that are there.",
    witness=lambda: not hasattr(_Early(3), "value"),
)
def init_clears(patch):
    def init(original, self, *args, **options):
        vars(self).clear()
        original(self, *args, **options)

    wrap(patch, Module, "__init__", init)


@fault(
    "Module.__init__ takes any arguments.",
    witness=lambda: not raises(lambda: Module(3)),
)
def init_takes_anything(patch):
    def init(original, self, *args, **options):
        if self.call_super_init:
            original(self, *args, **options)
        else:
            original(self)

    wrap(patch, Module, "__init__", init)


class _Width:
    def __init__(self, width=0):
        self.width = width


class _Passing(nn.Module, _Width):
    call_super_init = True


@fault(
    "call_super_init is ignored.",
    witness=lambda: not hasattr(_Passing(3), "width"),
)
def call_super_init_ignored(patch):
    def init(original, self, *args, **options):
        if self.call_super_init:
            vars(self)["call_super_init"] = False
            args, options = (), {}
        original(self, *args, **options)

    wrap(patch, Module, "__init__", init)


@fault(
    "Modules begin in evaluation mode.",
    witness=lambda: not Module().training,
)
def modules_begin_in_evaluation(patch):
    def init(original, self, *args, **options):
        original(self, *args, **options)
        self.training = False

    wrap(patch, Module, "__init__", init)


# --- conversion -----------------------------------------------------------------------


@fault(
    "Module.to() converts a copy.",
    witness=lambda: (m := holding(w=parameter())).to(torch.float64) is not m,
)
def to_copies(patch):
    wrap(
        patch,
        Module,
        "to",
        lambda original, self, *args, **options: original(
            copy.deepcopy(self), *args, **options
        ),
    )


@fault(
    "A conversion makes new Parameters.",
    witness=lambda: holding(w=(p := parameter())).double().w is not p,
)
def conversion_makes_parameters(patch):
    def convert(original, self, *call, **options):
        original(self, *call, **options)
        for name, old in self._parameters.items():
            if old is not None:
                self._parameters[name] = nn.Parameter(old.detach(), old.requires_grad)
        return self

    wrap(patch, Module, "_apply", convert)


@fault(
    "A conversion drops gradients.",
    witness=lambda: _with_gradient().double().w.grad is None,
)
def conversion_drops_gradients(patch):
    def convert(original, self, *call, **options):
        original(self, *call, **options)
        for old in self._parameters.values():
            if old is not None:
                old.grad = None
        return self

    wrap(patch, Module, "_apply", convert)


@fault(
    "A conversion puts a new tensor in place of a gradient.",
    witness=lambda: (
        (m := _with_gradient(), g := m.w.grad, m.double())[0].w.grad is not g
    ),
)
def conversion_replaces_gradients(patch):
    def convert(original, self, *call, **options):
        original(self, *call, **options)
        for old in self._parameters.values():
            if old is not None and old.grad is not None:
                old.grad = old.grad.clone()
        return self

    wrap(patch, Module, "_apply", convert)


def _with_gradient():
    module = holding(w=parameter())
    module.w.grad = torch.ones(1)
    return module


@fault(
    "A conversion makes frozen parameters trainable.",
    witness=lambda: holding(w=parameter(requires_grad=False)).double().w.requires_grad,
)
def conversion_unfreezes(patch):
    def convert(original, self, *call, **options):
        original(self, *call, **options)
        for old in self._parameters.values():
            if old is not None and old.is_floating_point():
                old.requires_grad_(True)
        return self

    wrap(patch, Module, "_apply", convert)


@fault(
    "A conversion does not reach child modules.",
    witness=lambda: (
        holding(c=holding(w=parameter())).double().c.w.dtype == torch.float32
    ),
)
def conversion_is_shallow(patch):
    def convert(original, self, *call, **options):
        children, self._modules = self._modules, {}
        try:
            return original(self, *call, **options)
        finally:
            self._modules = children

    wrap(patch, Module, "_apply", convert)


@fault(
    "half() converts integer buffers too.",
    witness=lambda: buffered(values=(1,)).half().mean.dtype == torch.float16,
)
def half_converts_integers(patch):
    patch(Module, "half", lambda self: self._apply(lambda t: t.half()))


@fault(
    "type() leaves integer buffers alone.",
    witness=lambda: buffered(values=(1,)).type(torch.float64).mean.dtype == torch.int64,
)
def type_skips_integers(patch):
    patch(
        Module,
        "type",
        lambda self, to: self._apply(
            lambda t: t.type(to) if t.is_floating_point() else t
        ),
    )


@fault(
    "A buffer is converted in place.",
    witness=lambda: (m := buffered(), old := m.mean, m.double())[0].mean is old,
)
def buffers_converted_in_place(patch):
    def convert(original, self, *call, **options):
        old = dict(self._buffers)
        original(self, *call, **options)
        for name, buffer in old.items():
            if buffer is not None:
                new = self._buffers[name]
                if new.device == buffer.device:
                    buffer.data = new
                    self._buffers[name] = buffer
        return self

    wrap(patch, Module, "_apply", convert)


@fault(
    "to() copies parameters that need no conversion.",
    witness=lambda: (
        (m := holding(w=parameter()), at := m.w.data_ptr(), m.float())[0].w.data_ptr()
        != at
    ),
)
def conversion_always_copies(patch):
    wrap(
        patch,
        Module,
        "_apply",
        lambda original, self, fn, *rest, **options: original(
            self, lambda tensor: fn(tensor).clone(), *rest, **options
        ),
    )


@fault(
    "to() with a complex dtype does not warn.",
    witness=lambda: not warns(lambda: holding(w=parameter()).to(torch.complex64)),
)
def complex_is_silent(patch):
    def to(original, self, *args, **options):
        if args and args[0] == torch.complex64:
            return self._apply(lambda tensor: tensor.to(torch.complex64))
        return original(self, *args, **options)

    wrap(patch, Module, "to", to)


@fault(
    "to() ignores memory_format.",
    witness=lambda: (
        holding(w=nn.Parameter(torch.zeros(1, 2, 2, 2)))
        .to(memory_format=torch.channels_last)
        .w.is_contiguous()
    ),
)
def to_ignores_memory_format(patch):
    def to(original, self, *args, memory_format=None, **options):
        return original(self, *args, **options) if args or options else self

    wrap(patch, Module, "to", to)


@fault(
    "to_empty() returns None.",
    witness=lambda: nn.Linear(1, 1).to_empty(device="cpu") is None,
)
def to_empty_returns_none(patch):
    def to_empty(original, self, **options):
        original(self, **options)

    wrap(patch, Module, "to_empty", to_empty)


@fault(
    "apply() visits a module before its children.",
    witness=lambda: _visited(nn.Sequential(nn.ReLU()))[0].__class__ is nn.Sequential,
)
def apply_goes_down_first(patch):
    def apply(self, fn):
        fn(self)
        for child in self.children():
            child.apply(fn)
        return self

    patch(Module, "apply", apply)


@fault(
    "apply() visits a shared module only once.",
    witness=lambda: len(_visited(_sharing())) < 5,
)
def apply_visits_once(patch):
    def apply(self, fn):
        for module in reversed(list(self.modules())):
            fn(module)
        return self

    patch(Module, "apply", apply)


def _visited(module):
    visited = []
    module.apply(visited.append)
    return visited


def _sharing():
    shared = nn.ReLU()
    return nn.Sequential(nn.Sequential(shared), nn.Sequential(shared))


@fault(
    "Module.cpu() moves a copy of the module.",
    witness=lambda: (module := holding(w=parameter())).cpu() is not module,
)
def cpu_copies(patch):
    wrap(patch, Module, "cpu", lambda original, self: original(copy.deepcopy(self)))


@fault(
    "share_memory() does not reach the children.",
    witness=lambda: not nn.Sequential(nn.PReLU()).share_memory()[0].weight.is_shared(),
)
def share_memory_is_shallow(patch):
    def share(original, self):
        for tensor in [*self.parameters(False), *self.buffers(False)]:
            tensor.share_memory_()
        return self

    wrap(patch, Module, "share_memory", share)


@fault(
    "to_empty(recurse=False) reaches the children.",
    witness=lambda: _emptied().weight.device.type == "cpu",
)
def to_empty_recurses(patch):
    wrap(
        patch,
        Module,
        "to_empty",
        lambda original, self, *, device, recurse=True: original(self, device=device),
    )


def _emptied():
    model = nn.Sequential(nn.PReLU(device="meta"))
    return model.to_empty(device="cpu", recurse=False)[0]


@fault(
    "Moving to meta drops the gradients.",
    witness=lambda: _moved_with_gradient().weight.grad is None,
)
def meta_drops_gradients(patch):
    def convert(original, self, *call, **options):
        original(self, *call, **options)
        for moved in self.parameters(False):
            if moved.device.type == "meta":
                moved.grad = None
        return self

    wrap(patch, Module, "_apply", convert)


def _moved_with_gradient():
    layer = nn.PReLU()
    layer.weight.grad = torch.ones(1)
    return layer.to("meta")


@fault(
    "A module that becomes float64 is warned of as if it became complex.",
    witness=lambda: warns(lambda: nn.PReLU().to(torch.float64)),
)
def float64_warns(patch):
    def convert(original, self, *call, **options):
        if torch.float64 in call:
            warnings.warn("Complex modules are a new feature", stacklevel=2)
        return original(self, *call, **options)

    wrap(patch, Module, "to", convert)


@fault(
    "A memory format reaches tensors of four dimensions only.",
    witness=lambda: _volume().stride()[1] == 4,
)
def memory_format_skips_volumes(patch):
    def convert(original, self, *call, **options):
        if options.get("memory_format") is torch.channels_last_3d:
            del options["memory_format"]
        return original(self, *call, **options) if call or options else self

    wrap(patch, Module, "to", convert)


def _volume():
    module = holding(w=nn.Parameter(torch.zeros(1, 2, 1, 2, 2)))
    return module.to(memory_format=torch.channels_last_3d).w


@fault(
    "A registered child is the hook's None where the hook returns nothing.",
    witness=lambda: _child_under_a_hook() is None,
)
def hook_registers_none(patch):
    def assign(original, self, name, value):
        original(self, name, value)
        hooks = registers._global_module_registration_hooks.values()
        if isinstance(value, Module) and hooks:
            self._modules[name] = [hook(self, name, value) for hook in hooks][-1]

    wrap(patch, Module, "__setattr__", assign)


def _child_under_a_hook():
    handle = registers.register_module_module_registration_hook(lambda *call: None)
    try:
        return holding(child=nn.ReLU()).child
    finally:
        handle.remove()


# --- copies and hooks -----------------------------------------------------------------


@fault(
    "A deep copy of a Parameter requires gradients even if the original does not.",
    witness=lambda: copy.deepcopy(parameter(requires_grad=False)).requires_grad,
)
def deepcopy_unfreezes(patch):
    def deepcopy(original, self, memo):
        return original(self, memo).requires_grad_(True)

    wrap(patch, nn.Parameter, "__deepcopy__", deepcopy)


@fault(
    "Pickling keeps the mode for the module itself only.",
    witness=lambda: _revived_training(),
)
def setstate_forgets_mode(patch):
    def setstate(original, self, state):
        original(self, state)
        self.training = True

    wrap(patch, Module, "__setstate__", setstate)


def _revived_training():
    module = Module()
    module.__setstate__(holding(a=1).eval().__dict__)
    return module.training


def _copied_apart():
    module = Module()
    twin = copy.copy(module)
    twin.c = nn.Identity()
    return "c" not in module._modules


@fault(
    "A shallow copy of a module has registers of its own.",
    witness=lambda: _copied_apart(),
)
def shallow_copy_is_apart(patch):
    def setstate(original, self, state):
        original(self, state)
        self._modules = self._modules.copy()

    wrap(patch, Module, "__setstate__", setstate)


@fault(
    "What a registration hook returns is ignored.",
    witness=lambda: _hooked().item() == 1,
)
def registration_hook_result_ignored(patch):
    def register(original, self, name, tensor, persistent=True):
        original(self, name, tensor, persistent)
        self._buffers[name] = tensor

    wrap(patch, Module, "register_buffer", register)


@fault(
    "What a hook on the registration of modules returns is ignored on assignment.",
    witness=lambda: isinstance(_hooked_child(), nn.Identity),
)
def child_hook_result_ignored(patch):
    def assign(original, self, name, value):
        original(self, name, value)
        if isinstance(value, Module):
            self._modules[name] = value

    wrap(patch, Module, "__setattr__", assign)


def _hooked_child():
    handle = registers.register_module_module_registration_hook(lambda *call: nn.ReLU())
    try:
        return holding(c=nn.Identity()).c
    finally:
        handle.remove()


def _hooked():
    handle = registers.register_module_buffer_registration_hook(
        lambda *call: torch.tensor([2.0])
    )
    try:
        return buffered().mean
    finally:
        handle.remove()


@fault(
    "A linear layer converts its input to its own dtype.",
    witness=lambda: (
        not raises(lambda: nn.Linear(1, 1)(torch.ones(1, 1, dtype=torch.float64)))
    ),
)
def linear_converts_input(patch):
    wrap(
        patch,
        nn.Linear,
        "forward",
        lambda original, self, input: original(self, input.to(self.weight.dtype)),
    )

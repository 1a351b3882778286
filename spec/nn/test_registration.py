"""A module keeps three registers: its parameters, its buffers and its child modules.

What is assigned to an attribute goes into one of them by its type. A Parameter is
registered as a parameter and a Module as a child. A buffer is registered by
register_buffer(). Anything else is an ordinary attribute of the Python object. What is
registered is listed, saved and converted with the module; what is not, is left behind.

It is often believed that a module finds every layer and every tensor stored in it. It
does not look into lists and dicts, and it does not register plain tensors.
"""

import copy
import pickle
import warnings

import pytest
import torch
from torch import nn
from torch.nn.modules import module as registers

from torch_semantics import claim
from torch_semantics.words import shares_storage


def names(pairs):
    """The names of a list of pairs such as named_parameters()."""
    return [name for name, _ in pairs]


class Scale(nn.Module):
    """Multiplies its input by one parameter."""

    def __init__(self, factor, device):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor, device=device))

    def forward(self, x):
        """Return the product."""
        return self.factor * x


# --- parameters -----------------------------------------------------------------------


@claim(
    "nn.module.parameter-assignment-registers",
    see="generated/torch.nn.parameter.Parameter",
)
def test_an_assigned_parameter_is_registered(device):
    """Assigning a Parameter to an attribute registers that very object: it is listed
    and saved under the attribute's name, and is not kept among the other attributes.
    """
    module = nn.Module()
    weight = nn.Parameter(torch.tensor([1.0, 2.0], device=device))

    module.weight = weight

    assert module.weight is weight
    assert names(module.named_parameters()) == ["weight"]
    assert next(module.parameters()) is weight
    assert list(module.buffers()) == []
    assert list(module.state_dict()) == ["weight"]
    assert module.state_dict()["weight"].tolist() == [1, 2]
    assert "weight" not in vars(module)


@claim(
    "nn.parameter.requires-grad-and-registered",
    see="generated/torch.nn.parameter.Parameter",
)
def test_a_parameter_is_registered_whether_or_not_it_is_trained(device):
    """A Parameter is a leaf that requires gradients by default, and it is registered
    with the flag and without it, while a plain tensor with the flag is not.
    """
    module = nn.Module()

    module.trained = nn.Parameter(torch.zeros(2, device=device))
    module.frozen = nn.Parameter(torch.zeros(2, device=device), requires_grad=False)
    module.plain = torch.zeros(2, device=device, requires_grad=True)

    assert (module.trained.requires_grad, module.trained.is_leaf) == (True, True)
    assert (module.frozen.requires_grad, module.frozen.is_leaf) == (False, True)
    assert names(module.named_parameters()) == ["trained", "frozen"]
    assert list(module.state_dict()) == ["trained", "frozen"]


@claim("nn.module.parameter-replaced", see="generated/torch.nn.Module")
def test_a_parameter_replaces_a_parameter(device):
    """A Parameter assigned over a registered one takes its name and its place."""
    module = nn.Module()
    module.first = nn.Parameter(torch.zeros(1, device=device))
    module.second = nn.Parameter(torch.zeros(1, device=device))
    new = nn.Parameter(torch.ones(3, device=device))

    module.first = new

    assert module.first is new
    assert names(module.named_parameters()) == ["first", "second"]
    assert next(module.parameters()) is new


@claim("nn.module.parameter-replaces-other-kinds", see="generated/torch.nn.Module")
def test_a_parameter_replaces_what_had_its_name(device):
    """A Parameter takes its name away from a plain attribute, a buffer or a child,
    which is then no longer there.
    """
    module = nn.Module()
    module.plain = 3
    module.register_buffer("buffer", torch.zeros(1, device=device), persistent=False)
    module.child = nn.Identity()
    parameter = nn.Parameter(torch.zeros(1, device=device))

    module.plain = parameter
    module.buffer = parameter
    module.child = parameter

    assert module.plain is parameter
    assert module.buffer is parameter
    assert module.child is parameter
    assert "plain" not in vars(module)
    assert list(module.buffers()) == []
    assert list(module.children()) == []
    assert list(module.state_dict()) == ["plain", "buffer", "child"]
    del module.plain
    assert not hasattr(module, "plain")


@claim(
    "nn.module.tensor-cannot-replace-parameter",
    see="generated/torch.nn.parameter.Parameter",
)
def test_only_a_parameter_or_none_may_be_assigned_over_a_parameter(device):
    """Assigning a plain tensor, a module or a number over a registered parameter raises
    TypeError and leaves the parameter as it was.
    """
    layer = nn.Linear(2, 1, device=device)
    weight = layer.weight

    with pytest.raises(TypeError, match="Tensor' as parameter 'weight'") as refused:
        layer.weight = torch.zeros(1, 2, device=device)
    with pytest.raises(TypeError, match="Linear' as parameter 'weight'"):
        layer.weight = nn.Linear(2, 1)
    with pytest.raises(TypeError, match=r"^cannot assign 'int' as parameter 'weight'"):
        layer.weight = 3

    assert "torch.nn.Parameter or None expected" in str(refused.value)
    assert layer.weight is weight
    assert next(layer.parameters()) is weight
    assert list(layer.children()) == []


@claim("nn.module.parameter-set-to-none", see="generated/torch.nn.Module")
def test_a_parameter_set_to_none_keeps_its_name(device):
    """Assigning None over a parameter empties its entry: nothing is listed or saved,
    and the name still takes only a Parameter or None.
    """
    module = nn.Module()
    module.first = nn.Parameter(torch.zeros(1, device=device))
    module.second = nn.Parameter(torch.zeros(1, device=device))

    module.first = None

    assert module.first is None
    assert names(module.named_parameters()) == ["second"]
    assert list(module.state_dict()) == ["second"]
    with pytest.raises(TypeError, match="as parameter 'first'"):
        module.first = torch.zeros(1, device=device)
    module.first = nn.Parameter(torch.zeros(1, device=device))
    assert names(module.named_parameters()) == ["first", "second"]


@claim(
    "nn.module.register-parameter",
    see="generated/torch.nn.Module#torch.nn.Module.register_parameter",
)
def test_register_parameter_registers_under_a_name(device):
    """register_parameter() does what assignment does, returns None, replaces a
    parameter of that name, and takes None for a parameter that is absent.
    """
    module = nn.Module()
    old = nn.Parameter(torch.zeros(1, device=device))
    new = nn.Parameter(torch.ones(1, device=device))

    returned = module.register_parameter("weight", old)
    module.register_parameter("weight", new)
    module.register_parameter("bias", None)

    assert returned is None
    assert module.weight is new
    assert module.bias is None
    assert names(module.named_parameters()) == ["weight"]
    assert list(module.state_dict()) == ["weight"]


@claim(
    "nn.module.register-parameter-none-holds-the-name",
    see="generated/torch.nn.Module#torch.nn.Module.register_parameter",
)
def test_a_parameter_registered_as_none_can_be_filled_in_later(device):
    """A parameter registered as None takes a Parameter later, at the place where it was
    registered, and refuses a plain tensor.
    """
    module = nn.Module()
    module.register_parameter("bias", None)
    module.weight = nn.Parameter(torch.zeros(1, device=device))

    with pytest.raises(TypeError, match="as parameter 'bias'"):
        module.bias = torch.zeros(1, device=device)
    module.bias = nn.Parameter(torch.zeros(1, device=device))

    assert names(module.named_parameters()) == ["bias", "weight"]


@claim(
    "nn.module.register-parameter-needs-a-parameter",
    see="generated/torch.nn.Module#torch.nn.Module.register_parameter",
)
def test_register_parameter_refuses_a_plain_tensor(device):
    """register_parameter() raises TypeError for a plain tensor, whether or not it
    requires gradients, and registers nothing.
    """
    module = nn.Module()

    with pytest.raises(TypeError, match="Tensor' object to parameter 'weight'"):
        module.register_parameter("weight", torch.zeros(1, device=device))
    with pytest.raises(TypeError, match=r"torch\.nn\.Parameter or None required"):
        module.register_parameter(
            "weight", torch.zeros(1, device=device, requires_grad=True)
        )

    assert not hasattr(module, "weight")
    assert list(module.parameters()) == []


@claim(
    "nn.module.non-leaf-parameter-refused",
    see="generated/torch.nn.Module#torch.nn.Module.register_parameter",
)
def test_a_parameter_that_is_the_result_of_an_operation_is_refused(device):
    """Registering a Parameter that an in-place operation has made part of a graph
    raises ValueError, by method and by assignment.
    """
    module = nn.Module()
    computed = nn.Parameter(torch.ones(1, device=device), requires_grad=False)
    computed.mul_(torch.ones(1, device=device, requires_grad=True))

    with pytest.raises(ValueError, match="Cannot assign non-leaf Tensor to parameter"):
        module.register_parameter("weight", computed)
    with pytest.raises(ValueError, match="Cannot assign non-leaf Tensor to parameter"):
        module.weight = computed

    assert not hasattr(module, "weight")


@claim("nn.module.class-attribute-blocks-parameter", see="generated/torch.nn.Module")
def test_a_parameter_cannot_have_the_name_of_a_class_attribute(device):
    """A Parameter, or a buffer, whose name is that of a method or of another attribute
    of the class is refused with KeyError.
    """

    class Named(nn.Module):
        """A module whose class has an attribute."""

        weight = 3

    module = Named()

    with pytest.raises(KeyError, match="attribute 'weight' already exists"):
        module.weight = nn.Parameter(torch.zeros(1, device=device))
    with pytest.raises(KeyError, match="attribute 'forward' already exists"):
        module.forward = nn.Parameter(torch.zeros(1, device=device))
    with pytest.raises(KeyError, match="attribute 'weight' already exists"):
        module.register_buffer("weight", torch.zeros(1, device=device))

    assert module.weight == 3
    assert list(module.parameters()) == []
    assert list(module.buffers()) == []


# --- plain tensors and buffers --------------------------------------------------------


@claim("nn.module.plain-tensor-not-registered", see="generated/torch.nn.Module")
def test_a_plain_tensor_is_an_ordinary_attribute(device):
    """A plain tensor assigned to an attribute, even one that requires gradients, is not
    a parameter and not a buffer: it is neither listed nor saved nor converted.
    """
    module = nn.Module()
    plain = torch.ones(2, device=device)
    leaf = torch.ones(2, device=device, requires_grad=True)

    module.plain = plain
    module.leaf = leaf
    module.double()

    assert module.plain is plain
    assert module.leaf is leaf
    assert vars(module)["leaf"] is leaf
    assert list(module.parameters()) == []
    assert list(module.buffers()) == []
    assert list(module.state_dict()) == []
    assert (plain.dtype, leaf.dtype) == (torch.float32, torch.float32)


@claim(
    "nn.module.buffer-registers",
    see="generated/torch.nn.Module#torch.nn.Module.register_buffer",
)
def test_a_buffer_is_saved_and_converted_and_is_not_a_parameter(device):
    """A tensor given to register_buffer() is listed among the buffers, saved and
    converted with the module, and is not among the parameters.
    """
    module = nn.Module()
    mean = torch.tensor([1.0, 2.0], device=device)

    returned = module.register_buffer("mean", mean)

    assert returned is None
    assert module.mean is mean
    assert names(module.named_buffers()) == ["mean"]
    assert next(module.buffers()) is mean
    assert list(module.parameters()) == []
    assert list(module.state_dict()) == ["mean"]
    assert "mean" not in vars(module)
    assert module.double().mean.dtype == torch.float64
    assert module.mean.tolist() == [1, 2]


@claim(
    "nn.module.buffer-not-persistent",
    see="generated/torch.nn.Module#torch.nn.Module.register_buffer",
)
def test_a_buffer_that_is_not_persistent_is_converted_but_not_saved(device):
    """A buffer registered with persistent=False is listed and converted like any other,
    and is left out of the state dict.
    """
    module = nn.Module()

    module.register_buffer("saved", torch.zeros(2, device=device))
    module.register_buffer("cache", torch.zeros(2, device=device), persistent=False)
    module.double()

    assert names(module.named_buffers()) == ["saved", "cache"]
    assert (module.saved.dtype, module.cache.dtype) == (torch.float64, torch.float64)
    assert list(module.state_dict()) == ["saved"]


@claim(
    "nn.module.buffer-registered-again",
    see="generated/torch.nn.Module#torch.nn.Module.register_buffer",
)
def test_registering_a_buffer_again_replaces_it_and_its_persistence(device):
    """A buffer may be registered again under its name; the last call says which tensor
    it is and whether it is saved.
    """
    module = nn.Module()
    old, new = torch.zeros(1, device=device), torch.ones(1, device=device)

    module.register_buffer("first", old)
    module.register_buffer("first", new, persistent=False)
    module.register_buffer("second", old, persistent=False)
    module.register_buffer("second", new)

    assert module.first is new
    assert module.second is new
    assert list(module.state_dict()) == ["second"]


@claim(
    "nn.module.buffer-none",
    see="generated/torch.nn.Module#torch.nn.Module.register_buffer",
)
def test_a_buffer_may_be_none_until_a_tensor_is_assigned(device):
    """A buffer registered as None is neither listed nor saved; a tensor that is
    assigned to it later is.
    """
    module = nn.Module()
    tensor = torch.zeros(1, device=device)
    module.register_buffer("mean", None)

    before = (list(module.buffers()), list(module.state_dict()), module.mean)
    module.mean = tensor

    assert before == ([], [], None)
    assert next(module.buffers()) is tensor
    assert list(module.state_dict()) == ["mean"]
    assert "mean" not in vars(module)


@claim("nn.module.tensor-replaces-buffer", see="generated/torch.nn.Module")
def test_a_tensor_assigned_over_a_buffer_is_the_new_buffer(device):
    """A tensor, or None, assigned over a buffer takes its place, saved if and only if
    the old one was.
    """
    module = nn.Module()
    module.register_buffer("saved", torch.zeros(2, device=device))
    module.register_buffer("cache", torch.zeros(2, device=device), persistent=False)
    module.register_buffer("gone", torch.zeros(2, device=device))
    saved, cache = torch.ones(1, device=device), torch.ones(1, device=device)

    module.saved = saved
    module.cache = cache
    module.gone = None

    assert module.saved is saved
    assert module.cache is cache
    assert module.gone is None
    assert names(module.named_buffers()) == ["saved", "cache"]
    assert list(module.state_dict()) == ["saved"]
    assert "saved" not in vars(module)


@claim("nn.module.buffer-refuses-other-values", see="generated/torch.nn.Module")
def test_a_number_cannot_be_a_buffer(device):
    """A number is refused with TypeError, by register_buffer(), which registers
    nothing, and by assignment over a buffer, which stays as it was.
    """
    module = nn.Module()
    mean = torch.zeros(2, device=device)
    module.register_buffer("mean", mean)

    with pytest.raises(TypeError, match="assign 'int' object to buffer 'other'") as new:
        module.register_buffer("other", 3)
    with pytest.raises(TypeError, match=r"^cannot assign 'float' as buffer 'mean'"):
        module.mean = 3.0

    assert "torch Tensor or None required" in str(new.value)
    assert module.mean is mean
    assert not hasattr(module, "other")


@claim(
    "nn.module.overridden-register-buffer",
    see="generated/torch.nn.Module#torch.nn.Module.register_buffer",
    since="2.5",
)
def test_assigning_over_a_buffer_calls_register_buffer(device):
    """Assigning over a buffer calls the class's own register_buffer(), with whether it
    is saved; one that does not know that argument takes no non-persistent buffer.
    """
    calls = []

    class Old(nn.Module):
        """Has a register_buffer() without the argument persistent."""

        def register_buffer(self, name, tensor):
            """Note the call."""
            calls.append(name)
            super().register_buffer(name, tensor)

    class New(nn.Module):
        """Has a register_buffer() with the argument persistent."""

        def register_buffer(self, name, tensor, persistent=True):
            """Note the call."""
            calls.append((name, persistent))
            super().register_buffer(name, tensor, persistent)

    module, other = Old(), New()
    new = torch.ones(1, device=device)
    module.register_buffer("mean", torch.zeros(1, device=device))
    other.register_buffer("cache", torch.zeros(1, device=device), persistent=False)

    module.mean = new
    other.cache = new

    assert calls == ["mean", ("cache", False), "mean", ("cache", False)]
    assert module.mean is new
    assert other.cache is new
    assert list(other.state_dict()) == []
    assert list(module.state_dict()) == ["mean"]
    with pytest.raises(RuntimeError, match="Registering a non-persistent buffer"):
        module.cache = nn.Buffer(new, persistent=False)
    assert len(calls) == 4


@claim("nn.module.module-replaces-buffer", see="generated/torch.nn.Module")
def test_a_module_assigned_over_a_buffer_replaces_it(device):
    """A module takes its name away from a buffer or a plain attribute."""
    module, child = nn.Module(), nn.Identity()
    module.register_buffer("one", torch.zeros(1, device=device), persistent=False)
    module.two = 2

    module.one = child
    module.two = child

    assert module.one is child
    assert module.two is child
    assert list(module.buffers()) == []
    assert "two" not in vars(module)
    del module.one
    module.register_buffer("one", torch.zeros(1, device=device))
    assert list(module.state_dict()) == ["one"]


@claim(
    "nn.buffer.assignment-registers",
    see="generated/torch.nn.parameter.Buffer",
    since="2.5",
)
def test_an_assigned_buffer_is_registered(device):
    """Assigning an nn.Buffer to an attribute registers it as a buffer, saved unless it
    was made with persistent=False.
    """
    module = nn.Module()
    saved = nn.Buffer(torch.tensor([1.0, 2.0], device=device))

    module.saved = saved
    module.cache = nn.Buffer(torch.zeros(2, device=device), persistent=False)

    assert module.saved is saved
    assert names(module.named_buffers()) == ["saved", "cache"]
    assert list(module.parameters()) == []
    assert list(module.state_dict()) == ["saved"]
    assert "saved" not in vars(module)


@claim(
    "nn.buffer.persistence-of-the-new-buffer",
    see="generated/torch.nn.parameter.Buffer",
    since="2.5",
)
def test_a_buffer_object_brings_its_own_persistence(device):
    """An nn.Buffer assigned over a buffer decides by itself whether it is saved."""
    module = nn.Module()
    module.register_buffer("first", torch.zeros(1, device=device), persistent=False)
    module.register_buffer("second", torch.zeros(1, device=device))

    module.first = nn.Buffer(torch.zeros(1, device=device))
    module.second = nn.Buffer(torch.zeros(1, device=device), persistent=False)

    assert names(module.named_buffers()) == ["first", "second"]
    assert list(module.state_dict()) == ["first"]


@claim(
    "nn.buffer.is-a-marked-tensor",
    see="generated/torch.nn.parameter.Buffer",
    since="2.5",
)
def test_a_buffer_object_is_a_tensor_with_a_mark(device):
    """nn.Buffer() detaches a tensor, shares its storage, keeps its requires_grad and
    marks it: the type stays Tensor, and isinstance() tells it from other tensors.
    """
    tensor = torch.tensor([1.0, 2.0], device=device)
    leaf = torch.ones(2, device=device, requires_grad=True)

    buffer = nn.Buffer(tensor)
    trained = nn.Buffer(leaf * 2)

    assert type(buffer) is torch.Tensor
    assert isinstance(buffer, nn.Buffer) is True
    assert isinstance(tensor, nn.Buffer) is False
    assert isinstance(buffer * 2, nn.Buffer) is False
    assert isinstance(buffer, nn.Parameter) is False
    assert shares_storage(buffer, tensor)
    assert buffer.tolist() == [1, 2]
    assert buffer.requires_grad is False
    assert (trained.requires_grad, trained.is_leaf) == (True, True)
    assert buffer.persistent is True
    assert tuple(nn.Buffer().shape) == (0,)


@claim(
    "nn.buffer.needs-a-free-name",
    see="generated/torch.nn.parameter.Buffer",
    since="2.5",
)
def test_a_buffer_object_does_not_replace_other_kinds(device):
    """Unlike a Parameter, an nn.Buffer assigned over a plain attribute, a parameter or
    a child is refused.
    """
    module = nn.Module()
    module.plain = 3
    module.weight = nn.Parameter(torch.zeros(1, device=device))
    module.child = nn.Identity()

    with pytest.raises(KeyError, match="attribute 'plain' already exists"):
        module.plain = nn.Buffer(torch.zeros(1, device=device))
    with pytest.raises(TypeError, match="as parameter 'weight'"):
        module.weight = nn.Buffer(torch.zeros(1, device=device))
    with pytest.raises(TypeError, match="as child module 'child'"):
        module.child = nn.Buffer(torch.zeros(1, device=device))

    assert module.plain == 3
    assert list(module.buffers()) == []


@claim(
    "nn.module.state-dict-holds-parameters-and-buffers",
    see="generated/torch.nn.Module#torch.nn.Module.state_dict",
)
def test_the_state_dict_has_parameters_and_buffers_and_nothing_else(device):
    """A state dict has each module's parameters, then its buffers, module after module;
    inputs, outputs and plain attributes are not in it.
    """

    class Net(nn.Module):
        """Keeps its last output in a plain attribute."""

        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 3, bias=False, device=device)
            self.norm = nn.BatchNorm1d(3, device=device)
            self.same = self.layer

        def forward(self, x):
            """Return the normalised features."""
            self.last = self.norm(self.layer(x))
            return self.last

    net = Net()
    net(torch.ones(2, 2, device=device))

    saved = net.state_dict()

    assert hasattr(net, "last")
    assert list(saved) == [
        "layer.weight",
        "norm.weight",
        "norm.bias",
        "norm.running_mean",
        "norm.running_var",
        "norm.num_batches_tracked",
        "same.weight",
    ]


# --- child modules --------------------------------------------------------------------


@claim("nn.module.module-assignment-registers", see="generated/torch.nn.Module")
def test_an_assigned_module_is_a_child(device):
    """Assigning a module to an attribute registers that object as a child, whose
    parameters are listed and saved under dotted names.
    """
    outer, inner = nn.Module(), Scale(2.0, device)

    outer.inner = inner

    assert outer.inner is inner
    assert names(outer.named_children()) == ["inner"]
    assert "inner" not in vars(outer)
    assert names(outer.named_parameters()) == ["inner.factor"]
    assert next(outer.parameters()) is inner.factor
    assert list(outer.state_dict()) == ["inner.factor"]


@claim("nn.module.child-replaced", see="generated/torch.nn.Module")
def test_only_a_module_a_parameter_or_none_may_be_assigned_over_a_child(device):
    """A module assigned over a child replaces it in its place, None empties its entry,
    and a number or a plain tensor raises TypeError.
    """
    outer = nn.Module()
    outer.first, outer.second = nn.Identity(), nn.ReLU()
    new = nn.Tanh()

    outer.first = new
    with pytest.raises(
        TypeError, match=r"^cannot assign 'int' as child module"
    ) as refused:
        outer.second = 3
    with pytest.raises(TypeError, match="Tensor' as child module 'second'"):
        outer.second = torch.zeros(1, device=device)

    assert "torch.nn.Module or None expected" in str(refused.value)
    assert outer.first is new
    assert names(outer.named_children()) == ["first", "second"]
    outer.second = None
    assert outer.second is None
    assert names(outer.named_children()) == ["first"]
    with pytest.raises(TypeError, match="'int' as child module 'second'"):
        outer.second = 3


@claim(
    "nn.module.add-module",
    see="generated/torch.nn.Module#torch.nn.Module.add_module",
)
def test_add_module_registers_a_child_under_a_name():
    """add_module() and register_module() register a child under any string without a
    dot, replace a child of that name, take None, and return None.
    """
    outer, first, second = nn.Module(), nn.Identity(), nn.ReLU()

    returned = [outer.add_module("0", first), outer.register_module("a b", second)]
    outer.add_module("0", second)
    outer.register_module("a b", first)
    outer.add_module("none", None)

    assert returned == [None, None]
    assert list(outer.named_children()) == [("0", second), ("a b", first)]
    assert getattr(outer, "0") is second
    assert outer.none is None


@claim(
    "nn.module.add-module-needs-a-module",
    see="generated/torch.nn.Module#torch.nn.Module.add_module",
)
def test_add_module_refuses_what_is_not_a_module(device):
    """add_module() and register_module() raise TypeError for a class, a function and a
    tensor, and register nothing.
    """
    outer = nn.Module()

    with pytest.raises(TypeError, match=r"activation\.ReLU is not a Module subclass"):
        outer.add_module("child", nn.ReLU)
    with pytest.raises(TypeError, match="relu is not a Module subclass"):
        outer.register_module("child", nn.functional.relu)
    with pytest.raises(TypeError, match="Tensor is not a Module subclass"):
        outer.add_module("child", torch.zeros(1, device=device))

    assert not hasattr(outer, "child")


@claim("nn.module.class-as-child-not-registered", see="generated/torch.nn.Module")
def test_a_class_or_a_function_is_not_a_child():
    """A module's class, or a function, assigned to an attribute is an ordinary
    attribute.
    """
    module = nn.Module()

    module.activation = nn.ReLU
    module.function = nn.functional.relu

    assert list(module.children()) == []
    assert vars(module)["activation"] is nn.ReLU


@claim(
    "nn.module.containers-of-modules-need-modulelist",
    see="generated/torch.nn.ModuleList",
)
@pytest.mark.parametrize(
    "keep",
    [
        lambda layer: [layer],
        lambda layer: (layer,),
        lambda layer: {"layer": layer},
        lambda layer: lambda: layer,
    ],
    ids=["list", "tuple", "dict", "function"],
)
def test_a_layer_in_a_plain_container_is_not_registered(device, keep):
    """A layer in a plain list, tuple, dict or closure is no part of the module: it is
    not listed, not saved, not converted, and not reached by eval() or zero_grad().
    """
    module, layer = nn.Module(), nn.Linear(2, 1, device=device)
    layer(torch.ones(2, device=device)).backward()

    module.layers = keep(layer)
    module.double().eval().requires_grad_(False).zero_grad()

    assert list(module.modules()) == [module]
    assert list(module.parameters()) == []
    assert list(module.state_dict()) == []
    assert layer.weight.dtype == torch.float32
    assert layer.training is True
    assert layer.weight.requires_grad is True
    assert layer.weight.grad is not None


@claim("nn.module-list.registers-its-layers", see="generated/torch.nn.ModuleList")
def test_a_layer_in_a_module_list_is_registered(device):
    """A layer in a ModuleList is listed and saved under its index, converted, and
    reached by eval().
    """
    module, layer = nn.Module(), nn.Linear(2, 1, device=device)

    module.layers = nn.ModuleList([nn.Identity(), layer])
    module.double().eval()

    assert names(module.named_parameters()) == ["layers.1.weight", "layers.1.bias"]
    assert list(module.state_dict()) == ["layers.1.weight", "layers.1.bias"]
    assert module.layers[1] is layer
    assert layer.weight.dtype == torch.float64
    assert layer.training is False


@claim("nn.parameter-list.registers", see="generated/torch.nn.ParameterList")
def test_parameters_need_a_parameter_list(device):
    """Parameters in a plain list or dict are not registered; those in a ParameterList
    are, under their index.
    """
    module = nn.Module()
    weight = nn.Parameter(torch.zeros(1, device=device))

    module.plain = [weight]
    module.named = {"weight": weight}
    before = list(module.parameters())
    module.listed = nn.ParameterList([weight])

    assert before == []
    assert names(module.named_parameters()) == ["listed.0"]
    assert next(module.parameters()) is weight


# --- names ----------------------------------------------------------------------------


@claim("nn.module.names-without-dots", see="generated/torch.nn.Module")
@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("register_parameter", "parameter"),
        ("register_buffer", "buffer"),
        ("add_module", "module"),
        ("register_module", "module"),
    ],
    ids=["register_parameter", "register_buffer", "add_module", "register_module"],
)
def test_a_registered_name_is_a_string_without_dots_that_is_free(method, kind):
    """Registering raises TypeError for a name that is no string, and KeyError for one
    that has a dot, is empty, or belongs to another attribute of the module.
    """
    module = nn.Module()
    module.plain = 3
    register = getattr(module, method)

    with pytest.raises(TypeError, match=f"{kind} name should be a string. Got int"):
        register(3, None)
    with pytest.raises(KeyError, match=f'{kind} name can.+t contain "[.]"'):
        register("a.b", None)
    with pytest.raises(KeyError, match=f'{kind} name can.+t be empty string ""'):
        register("", None)
    with pytest.raises(KeyError, match="attribute 'plain' already exists"):
        register("plain", None)
    with pytest.raises(KeyError, match="attribute 'forward' already exists"):
        register("forward", None)

    assert module.plain == 3
    assert list(module._parameters) == []
    assert list(module._buffers) == []
    assert list(module._modules) == []


@claim("nn.module.names-are-shared-by-the-kinds", see="generated/torch.nn.Module")
def test_the_registers_share_one_set_of_names(device):
    """A name that is registered as one kind cannot be registered as another by the
    register methods.
    """
    module = nn.Module()
    module.weight = nn.Parameter(torch.zeros(1, device=device))
    module.register_buffer("mean", None)
    module.child = nn.Identity()

    with pytest.raises(KeyError, match="'weight' already exists"):
        module.register_buffer("weight", None)
    with pytest.raises(KeyError, match="'mean' already exists"):
        module.add_module("mean", None)
    with pytest.raises(KeyError, match="'child' already exists"):
        module.register_parameter("child", None)

    assert list(module.state_dict()) == ["weight"]
    assert names(module.named_children()) == ["child"]


@claim("nn.module.missing-attribute", see="generated/torch.nn.Module")
def test_a_missing_attribute_is_named_in_the_error():
    """Reading an attribute that is not there raises AttributeError with the names of
    the class and of the attribute; deleting it raises AttributeError, too.
    """
    layer = nn.Identity()

    with pytest.raises(AttributeError) as reading:
        _ = layer.wieght
    with pytest.raises(AttributeError, match="wieght"):  # Python's own message
        del layer.wieght

    assert str(reading.value) == "'Identity' object has no attribute 'wieght'"
    assert hasattr(layer, "wieght") is False


@claim("nn.module.property-error-names-the-property", see="generated/torch.nn.Module")
def test_an_attribute_error_inside_a_property_hides_its_cause():
    """A property that fails with AttributeError is reported as a missing attribute: the
    message names the property, not what was missing inside it.
    """

    class Net(nn.Module):
        """Has a property that reads an attribute that is not there."""

        @property
        def width(self):
            """The width of something missing."""
            return self.missing

    net = Net()

    with pytest.raises(AttributeError, match="'Net' object has no attribute 'width'"):
        _ = net.width


@claim("nn.module.delete", see="generated/torch.nn.Module")
def test_deleting_an_attribute_unregisters_it(device):
    """Deleting a parameter, a buffer, a child or a plain attribute removes it, so that
    its name is free for anything.
    """
    module = nn.Module()
    module.weight = nn.Parameter(torch.zeros(1, device=device))
    module.register_buffer("mean", torch.zeros(1, device=device), persistent=False)
    module.child = nn.Identity()
    module.plain = 3

    del module.weight
    del module.mean
    del module.child
    del module.plain

    assert [hasattr(module, name) for name in ("weight", "mean", "child", "plain")] == [
        False,
        False,
        False,
        False,
    ]
    assert list(module.parameters()) == []
    assert list(module.buffers()) == []
    assert list(module.children()) == []
    module.weight = 3
    assert vars(module)["weight"] == 3
    module.register_buffer("mean", torch.zeros(1, device=device))
    assert list(module.state_dict()) == ["mean"]


@claim("nn.module.dir-lists-registered", see="generated/torch.nn.Module")
def test_dir_lists_what_is_registered(device):
    """dir() lists plain attributes, parameters, buffers, children and the class's own
    names, without those that begin with a digit.
    """
    module = nn.Module()
    module.weight = nn.Parameter(torch.zeros(1, device=device))
    module.register_buffer("mean", None)
    module.child = nn.Identity()
    module.add_module("0", nn.Identity())
    module.plain = 3

    listed = dir(module)

    assert {"weight", "mean", "child", "plain", "forward", "training"} <= set(listed)
    assert "0" not in listed
    assert listed == sorted(listed)


# --- before Module.__init__ -----------------------------------------------------------


@claim("nn.module.super-init-first", see="generated/torch.nn.Module")
@pytest.mark.parametrize(
    ("register", "message"),
    [
        (
            lambda module: setattr(module, "layer", nn.Identity()),
            "cannot assign module before Module.__init__() call",
        ),
        (
            lambda module: setattr(module, "weight", nn.Parameter(torch.zeros(1))),
            "cannot assign parameters before Module.__init__() call",
        ),
        (
            lambda module: module.register_parameter("weight", None),
            "cannot assign parameter before Module.__init__() call",
        ),
        (
            lambda module: module.register_buffer("mean", None),
            "cannot assign buffer before Module.__init__() call",
        ),
        (
            lambda module: module.add_module("layer", nn.Identity()),
            "'Early' object has no attribute '_modules'",
        ),
    ],
    ids=["module", "Parameter", "register_parameter", "register_buffer", "add_module"],
)
def test_nothing_can_be_registered_before_the_base_class_is_initialised(
    register, message
):
    """Registering a module, a Parameter or a buffer before Module.__init__ has run
    raises AttributeError.
    """

    class Early(nn.Module):
        """Registers something before the base class is initialised."""

        def __init__(self):
            register(self)
            super().__init__()

    with pytest.raises(AttributeError) as error:
        Early()

    assert str(error.value) == message


@claim("nn.module.plain-attributes-before-init", see="generated/torch.nn.Module")
def test_plain_attributes_may_be_set_before_the_base_class_is_initialised(device):
    """Numbers and plain tensors may be assigned before Module.__init__ has run, and are
    still there after it.
    """

    class Early(nn.Module):
        """Sets plain attributes before the base class is initialised."""

        def __init__(self):
            self.width = 3
            self.table = torch.ones(2, device=device)
            super().__init__()
            self.layer = nn.Identity()

    module = Early()

    assert module.width == 3
    assert module.table.tolist() == [1, 1]
    assert names(module.named_children()) == ["layer"]
    assert module.training is True


@claim("nn.module.init-takes-nothing", see="generated/torch.nn.Module")
def test_a_class_without_an_init_of_its_own_takes_no_arguments():
    """A module whose class has no __init__ of its own raises TypeError for any
    argument, as nn.Module() does.
    """

    class Plain(nn.Module):
        """Has nothing of its own."""

    with pytest.raises(TypeError, match="takes 1 positional argument but 3 were given"):
        Plain(3, 4)
    with pytest.raises(TypeError, match="unexpected keyword argument 'width'"):
        Plain(width=3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'width'"):
        nn.Module(width=3)


@claim("nn.module.call-super-init", see="generated/torch.nn.Module", since="2.0")
def test_call_super_init_passes_arguments_on_to_the_next_class():
    """A module with call_super_init = True passes the arguments of Module.__init__ on
    to the next base class; without it, that class is not initialised.
    """

    class Mixin:
        """Keeps a width."""

        def __init__(self, width=0):
            self.width = width

    class Passing(nn.Module, Mixin):
        """Passes its arguments on."""

        call_super_init = True

    class Silent(nn.Module, Mixin):
        """Does not."""

    assert Passing(3).width == 3
    assert Passing(width=4).width == 4
    assert not hasattr(Silent(), "width")


# --- conversion -----------------------------------------------------------------------


@claim("nn.module.to-is-in-place", see="generated/torch.nn.Module#torch.nn.Module.to")
def test_to_changes_the_module_itself_and_keeps_its_parameters(device):
    """Module.to() converts the module in place and returns it, and each Parameter stays
    the same leaf with the same value, so whoever holds it holds the converted one.
    """
    scale = Scale(3.0, device)
    held = list(scale.parameters())

    returned = scale.to(torch.float64)

    assert returned is scale
    assert scale.factor is held[0]
    assert (held[0].dtype, held[0].item()) == (torch.float64, 3)
    assert (held[0].requires_grad, held[0].is_leaf) == (True, True)
    scale(torch.tensor(2.0, dtype=torch.float64, device=device)).backward()
    assert held[0].grad.item() == 2


CONVERSIONS = {
    "float": (lambda module: module.float(), torch.float64, torch.float32),
    "double": (lambda module: module.double(), torch.float32, torch.float64),
    "half": (lambda module: module.half(), torch.float32, torch.float16),
    "bfloat16": (lambda module: module.bfloat16(), torch.float32, torch.bfloat16),
    "to": (lambda module: module.to(torch.half), torch.float32, torch.float16),
    "dtype=": (lambda module: module.to(dtype=torch.half), torch.float32, torch.half),
    "to-tensor": (
        lambda module: module.to(torch.zeros_like(module.weight, dtype=torch.half)),
        torch.float32,
        torch.float16,
    ),
}


@claim(
    "nn.module.conversions-skip-integers",
    see="generated/torch.nn.Module#torch.nn.Module.to",
)
@pytest.mark.parametrize(
    ("convert", "start", "dtype"), CONVERSIONS.values(), ids=CONVERSIONS.keys()
)
def test_a_conversion_reaches_floating_tensors_only(convert, start, dtype, device):
    """float(), double(), half(), bfloat16() and to() return the module, convert its
    floating parameters and buffers, its children first of all, and leave integers
    alone.
    """
    module = nn.Module()
    module.child = Scale(2.0, device).to(start)
    module.weight = nn.Parameter(torch.tensor([3.0], dtype=start, device=device))
    module.register_parameter("absent", None)
    module.register_buffer("mean", torch.tensor([4.0], dtype=start, device=device))
    module.register_buffer("count", torch.tensor([5], device=device))
    module.register_buffer("none", None)
    weight, count = module.weight, module.count

    returned = convert(module)

    assert returned is module
    assert module.weight is weight
    assert (weight.dtype, weight.tolist()) == (dtype, [3])
    assert (module.mean.dtype, module.mean.tolist()) == (dtype, [4])
    assert (module.child.factor.dtype, module.child.factor.item()) == (dtype, 2)
    assert module.count is count
    assert (count.dtype, count.tolist()) == (torch.int64, [5])
    assert module.absent is None
    assert module.none is None


@claim(
    "nn.module.type-converts-integers-too",
    see="generated/torch.nn.Module#torch.nn.Module.type",
)
def test_type_converts_every_tensor(device):
    """Module.type() returns the module and converts all parameters and buffers, integer
    buffers too.
    """
    module = Scale(2.0, device)
    module.register_buffer("count", torch.tensor([5], device=device))

    returned = module.type(torch.float64)

    assert returned is module
    assert module.factor.dtype == torch.float64
    assert (module.count.dtype, module.count.tolist()) == (torch.float64, [5])


@claim(
    "nn.module.conversion-of-gradients",
    see="generated/torch.nn.Module#torch.nn.Module.to",
)
def test_a_conversion_converts_gradients_with_their_parameters(device):
    """A conversion keeps the gradient of a parameter, the same tensor object in the new
    dtype, and keeps a frozen parameter frozen.
    """
    module = nn.Module()
    module.trained = nn.Parameter(torch.ones(2, device=device))
    module.frozen = nn.Parameter(torch.ones(2, device=device), requires_grad=False)
    gradient = torch.tensor([1.0, 2.0], device=device)
    module.trained.grad = gradient

    module.double()

    assert module.trained.grad is gradient
    assert (gradient.dtype, gradient.tolist()) == (torch.float64, [1, 2])
    assert module.trained.requires_grad is True
    assert (module.frozen.dtype, module.frozen.requires_grad) == (torch.float64, False)
    assert module.frozen.grad is None


@claim(
    "nn.module.conversion-makes-new-buffers",
    see="generated/torch.nn.Module#torch.nn.Module.to",
)
def test_a_conversion_replaces_buffers_by_new_tensors(device):
    """A conversion puts new tensors in place of the buffers, unlike the parameters: a
    reference to an old buffer still has the old tensor.
    """
    module = nn.Module()
    old = torch.tensor([1.0, 2.0], device=device)
    module.register_buffer("mean", old)

    module.double()

    assert module.mean is not old
    assert (module.mean.dtype, module.mean.tolist()) == (torch.float64, [1, 2])
    assert old.dtype == torch.float32


@claim(
    "nn.module.conversion-to-the-same-copies-nothing",
    see="generated/torch.nn.Module#torch.nn.Module.to",
)
def test_a_conversion_to_what_the_module_is_copies_nothing(device):
    """Converting a module to the dtype and device that it has keeps the storage of each
    parameter and the buffers themselves.
    """
    module = Scale(2.0, device)
    mean = torch.zeros(2, device=device)
    module.register_buffer("mean", mean)
    alias = module.factor.detach()

    module.float().to(device, torch.float32).to(device=device)

    assert shares_storage(module.factor, alias)
    assert module.mean is mean


@claim(
    "nn.module.conversion-keeps-tied-parameters",
    see="generated/torch.nn.Module#torch.nn.Module.to",
)
def test_a_change_of_dtype_keeps_parameters_tied(device):
    """A parameter that two children share is still one Parameter after a change of
    dtype, with a value that was converted once.
    """
    module = nn.Sequential(Scale(2.0, device), Scale(3.0, device))
    module[1].factor = module[0].factor

    module.double()

    assert module[0].factor is module[1].factor
    assert (module[0].factor.dtype, module[0].factor.item()) == (torch.float64, 2)


@claim(
    "nn.module.to-meta-makes-new-parameters",
    see="generated/torch.nn.Module#torch.nn.Module.to",
)
def test_moving_to_meta_makes_new_parameters():
    """Moving a module from the CPU to meta, unlike a change of dtype, replaces each
    parameter by a new one, with the old flag and a new gradient, for every name
    separately: tied parameters come apart.
    """
    module = nn.Sequential(Scale(2.0, "cpu"), Scale(3.0, "cpu"))
    module[1].factor = module[0].factor
    factor = module[0].factor
    factor.requires_grad = False
    factor.grad = torch.tensor(5.0)

    returned = module.to("meta")

    assert returned is module
    assert module[0].factor is not factor
    assert module[0].factor is not module[1].factor
    assert isinstance(module[0].factor, nn.Parameter)
    assert (module[0].factor.device.type, factor.device.type) == ("meta", "cpu")
    assert module[0].factor.requires_grad is False
    assert (module[0].factor.grad.device.type, factor.grad.item()) == ("meta", 5)


@claim(
    "nn.module.to-from-meta",
    see="generated/torch.nn.Module#torch.nn.Module.to_empty",
)
def test_a_module_on_meta_has_no_data_to_move(device):
    """Moving a module off the meta device with to() raises NotImplementedError;
    to_empty() gives all parameters memory of their shape and dtype.
    """
    layer = nn.Linear(2, 3, dtype=torch.float64, device="meta")
    model = nn.Sequential(layer)

    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        model.to(device)
    returned = model.to_empty(device=device)

    assert returned is model
    assert layer.weight.device == device
    assert tuple(layer.weight.shape) == (3, 2)
    assert (layer.weight.dtype, layer.weight.requires_grad) == (torch.float64, True)
    assert isinstance(layer.weight, nn.Parameter)


@claim(
    "nn.module.to-empty-without-recursion",
    see="generated/torch.nn.Module#torch.nn.Module.to_empty",
    since="2.1",
)
def test_to_empty_without_recursion_leaves_the_children(device):
    """With recurse=False, to_empty() gives memory to the module's own parameters and
    leaves those of its children where they are.
    """
    outer, inner = Scale(2.0, "meta"), Scale(3.0, "meta")
    outer.inner = inner

    outer.to_empty(device=device, recurse=False)

    assert outer.factor.device == device
    assert inner.factor.device.type == "meta"


@claim(
    "nn.module.to-from-meta-names-to-empty",
    see="generated/torch.nn.Module#torch.nn.Module.to_empty",
    since="2.3",
)
def test_the_error_of_moving_off_meta_names_what_to_call(device):
    """The error that Module.to() raises off the meta device says to call to_empty()."""
    layer = nn.Linear(2, 3, device="meta")

    with pytest.raises(
        NotImplementedError, match=r"use torch\.nn\.Module\.to_empty\(\) instead of"
    ):
        layer.to(device)

    assert layer.weight.device.type == "meta"


@claim(
    "nn.module.cpu",
    see="generated/torch.nn.Module#torch.nn.Module.cpu",
)
def test_cpu_moves_a_module_to_the_cpu(device):
    """Module.cpu() moves all parameters and buffers of a module to the CPU, in place,
    and returns the module.
    """
    module = nn.Sequential(Scale(2.0, device))
    module[0].register_buffer("mean", torch.tensor([4.0], device=device))
    factor = module[0].factor

    returned = module.cpu()

    assert returned is module
    assert module[0].factor is factor
    assert (factor.device.type, factor.item()) == ("cpu", 2)
    assert (module[0].mean.device.type, module[0].mean.tolist()) == ("cpu", [4])


@claim(
    "nn.module.share-memory",
    see="generated/torch.nn.Module#torch.nn.Module.share_memory",
)
def test_share_memory_moves_the_tensors_of_a_module_to_shared_memory():
    """Module.share_memory() moves parameters and buffers on the CPU to memory that
    other processes can share, keeps the Parameter objects, and returns the module.
    """
    module = nn.Sequential(Scale(2.0, "cpu"))
    module.register_buffer("mean", torch.tensor([4.0]))
    factor = module[0].factor
    before = (factor.is_shared(), module.mean.is_shared())

    returned = module.share_memory()

    assert returned is module
    assert before == (False, False)
    assert module[0].factor is factor
    assert (factor.is_shared(), module.mean.is_shared()) == (True, True)
    assert (factor.item(), module.mean.tolist()) == (2, [4])


@claim(
    "nn.module.to-complex",
    see="generated/torch.nn.Module#torch.nn.Module.to",
)
def test_a_module_may_become_complex_with_a_warning(device):
    """Module.to() with a complex dtype warns that this is under development, and
    converts; with another dtype it does not warn.
    """
    scale = Scale(2.0, device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scale.to(torch.float64)
    with pytest.warns(UserWarning, match="Complex modules are a new feature"):
        scale.to(torch.complex64)

    assert (scale.factor.dtype, scale.factor.item()) == (torch.complex64, 2 + 0j)


@claim(
    "nn.module.to-memory-format",
    see="generated/torch.nn.Module#torch.nn.Module.to",
)
def test_to_a_memory_format_concerns_tensors_of_four_or_five_dimensions(device):
    """Module.to() with channels_last changes the strides of parameters and buffers with
    four dimensions, of any dtype, and keeps their values; channels_last_3d does so for
    five, and tensors with fewer dimensions stay as they are.
    """
    module, volume = nn.Module(), nn.Module()
    module.kernel = nn.Parameter(torch.arange(8.0, device=device).view(1, 2, 2, 2))
    module.register_buffer("table", torch.arange(8, device=device).view(1, 2, 2, 2))
    module.matrix = nn.Parameter(torch.arange(4.0, device=device).view(2, 2))
    volume.kernel = nn.Parameter(torch.arange(8.0, device=device).view(1, 2, 1, 2, 2))

    module.to(torch.float64, memory_format=torch.channels_last)
    volume.to(memory_format=torch.channels_last_3d)

    assert module.kernel.stride() == (8, 1, 4, 2)
    assert module.kernel.flatten().tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert (module.kernel.dtype, module.table.dtype) == (torch.float64, torch.int64)
    assert module.table.stride() == (8, 1, 4, 2)
    assert (module.matrix.stride(), module.matrix.dtype) == ((2, 1), torch.float64)
    assert volume.kernel.stride() == (8, 1, 8, 4, 2)
    assert volume.kernel.dtype == torch.float32


@claim(
    "nn.module.apply-order",
    see="generated/torch.nn.Module#torch.nn.Module.apply",
)
def test_apply_visits_children_before_their_module():
    """apply() calls the function with every module below and at last with the module
    itself, children first, drops what it returns, and returns the module.
    """
    inner = nn.Sequential(nn.ReLU(), nn.Tanh())
    outer = nn.Sequential(inner, nn.Sigmoid())
    visited = []

    returned = outer.apply(lambda module: visited.append(module))

    assert visited == [inner[0], inner[1], inner, outer[1], outer]
    assert returned is outer


@claim(
    "nn.module.apply-visits-shared-modules-twice",
    see="generated/torch.nn.Module#torch.nn.Module.apply",
)
def test_apply_visits_a_module_once_for_each_parent():
    """apply() visits a module once for each module that has it as a child, however many
    names it has there.
    """
    shared = nn.ReLU()
    first, second = nn.Sequential(shared, shared), nn.Sequential(shared)
    visited = []

    nn.Sequential(first, second).apply(lambda module: visited.append(module))

    assert visited[:4] == [shared, first, shared, second]
    assert len(visited) == 5


# --- copies ---------------------------------------------------------------------------


@claim("nn.module.deepcopy", see="generated/torch.nn.Module")
@pytest.mark.parametrize(
    "duplicate",
    [
        lambda module: copy.deepcopy(module),
        lambda module: pickle.loads(pickle.dumps(module)),
    ],
    ids=["deepcopy", "pickle"],
)
def test_a_deep_copy_of_a_module_shares_nothing_with_it(duplicate, device):
    """A deep copy of a module, by copy.deepcopy() or through pickle, has parameters and
    buffers of its own with equal values, tied and frozen as the originals are.
    """
    module = nn.Sequential(Scale(2.0, device), Scale(3.0, device), Scale(4.0, device))
    module[1].factor = module[0].factor
    module[2].factor.requires_grad_(False)
    module.register_buffer("mean", torch.tensor([5.0], device=device))
    module.eval()

    twin = duplicate(module)

    assert type(twin) is nn.Sequential
    assert isinstance(twin[0].factor, nn.Parameter)
    assert twin[0].factor is twin[1].factor
    assert twin[0].factor is not module[0].factor
    assert not shares_storage(twin[0].factor, module[0].factor)
    assert not shares_storage(twin.mean, module.mean)
    assert [value.tolist() for value in twin.state_dict().values()] == [[5], 2, 2, 4]
    assert [scale.factor.requires_grad for scale in twin] == [True, True, False]
    assert (twin.training, twin[0].training) == (False, False)


@claim("nn.module.shallow-copy-shares-registers", see="generated/torch.nn.Module")
def test_a_shallow_copy_of_a_module_shares_its_registers(device):
    """copy.copy() makes a second module over the same registers: what is registered
    with one is registered with both.
    """
    module = Scale(2.0, device)

    twin = copy.copy(module)
    twin.added = nn.Identity()

    assert twin is not module
    assert twin.factor is module.factor
    assert module.added is twin.added


# --- watching registrations -----------------------------------------------------------


@claim(
    "nn.module.registration-hooks",
    see="generated/torch.nn.modules.module.register_module_parameter_registration_hook",
    since="2.0",
)
def test_a_registration_hook_sees_and_may_replace_what_is_registered(device):
    """A global registration hook is called with the module, the name and the value of
    each registration of its kind, and what it returns other than None is registered.
    """
    module, child = nn.Module(), nn.Identity()
    weight = nn.Parameter(torch.zeros(1, device=device))
    mean, replaced = torch.zeros(1, device=device), torch.ones(1, device=device)
    seen = []

    def note(*call):
        seen.append(call)

    handles = [
        registers.register_module_parameter_registration_hook(note),
        registers.register_module_module_registration_hook(note),
        registers.register_module_buffer_registration_hook(lambda *call: replaced),
        registers.register_module_buffer_registration_hook(note),
    ]

    module.weight = weight
    module.child = child
    module.add_module("other", child)
    module.register_buffer("mean", mean)
    [handle.remove() for handle in handles]
    module.late = weight

    assert [(owner is module, name) for owner, name, _ in seen] == [
        (True, "weight"),
        (True, "child"),
        (True, "other"),
        (True, "mean"),
    ]
    assert seen[0][2] is weight
    assert seen[1][2] is child
    assert seen[2][2] is child
    assert seen[3][2] is replaced
    assert module.weight is weight
    assert module.child is child
    assert module.other is child
    assert module.mean is replaced


@claim(
    "nn.module.registration-hook-replaces",
    see="generated/torch.nn.modules.module.register_module_module_registration_hook",
    since="2.0",
)
def test_a_registration_hook_replaces_children_and_parameters(device):
    """What a global registration hook returns takes the place of a child, however it is
    registered, and of a parameter; emptying a child's entry calls the hook with None.
    """
    outer, other = nn.Module(), nn.ReLU()
    outer.known = nn.Identity()
    outer.emptied = nn.Identity()
    weight = nn.Parameter(torch.zeros(1, device=device))
    seen = []
    handles = [
        registers.register_module_module_registration_hook(
            lambda *call: seen.append(call)
        ),
        registers.register_module_module_registration_hook(lambda *call: other),
        registers.register_module_parameter_registration_hook(lambda *call: weight),
    ]

    outer.assigned = nn.Identity()
    outer.add_module("added", nn.Identity())
    outer.known = nn.Identity()
    outer.emptied = None
    outer.weight = nn.Parameter(torch.ones(1, device=device))
    [handle.remove() for handle in handles]

    assert outer.assigned is other
    assert outer.added is other
    assert outer.known is other
    assert outer.emptied is other
    assert outer.weight is weight
    assert seen[3] == (outer, "emptied", None)


# --- what a registered layer accepts --------------------------------------------------


@claim("nn.linear.input-dtype-and-size", see="generated/torch.nn.Linear")
def test_a_layer_accepts_only_its_own_dtype_and_width(device):
    """A float32 layer raises RuntimeError for float64 and int64 input, as well as for
    another number of features; float() makes the input fit.
    """
    layer = nn.Linear(2, 1, device=device)
    doubles = torch.ones(3, 2, dtype=torch.float64, device=device)
    integers = torch.ones(3, 2, dtype=torch.int64, device=device)

    with pytest.raises(RuntimeError, match="must have the same dtype"):
        layer(doubles)
    with pytest.raises(RuntimeError, match="must have the same dtype"):
        layer(integers)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        layer(torch.ones(3, 4, device=device))

    assert tuple(layer(doubles.float()).shape) == (3, 1)
    assert layer(integers.float()).dtype == torch.float32

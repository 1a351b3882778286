"""A Parameter is a tensor that a module takes for its own.

It is a leaf that requires gradients, laid over the storage of the tensor that it is
made from. What is computed from it is a plain tensor again. A module lists its
parameters by walking down: its own in the order of their registration, then those of
one child after the other, and each Parameter only once.

It is often believed that parameters() lists what will be trained. It lists whatever is
registered, frozen or not, and it can be walked through only once.
"""

import contextlib
import copy
import pickle
import types

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy

from spec.models.modules import names_of, paths_of
from torch_semantics import claim
from torch_semantics.words import shares_storage


@contextlib.contextmanager
def default_dtype(dtype):
    """Sets the default dtype for a while."""
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


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


def nested(device):
    """A module with a parameter, a child, a grandchild, buffers and entries of None."""
    outer, inner, lowest = nn.Module(), nn.Module(), nn.Module()
    lowest.weight = nn.Parameter(torch.zeros(1, device=device))
    lowest.register_buffer("count", torch.tensor([0], device=device))
    inner.lowest = lowest
    inner.weight = nn.Parameter(torch.zeros(2, device=device))
    inner.register_buffer("mean", torch.zeros(2, device=device))
    outer.inner = inner
    outer.absent = None
    outer.add_module("none", None)
    outer.last = nn.Identity()
    outer.weight = nn.Parameter(torch.zeros(3, device=device))
    outer.register_parameter("bias", None)
    outer.register_buffer("mean", torch.zeros(3, device=device))
    outer.register_buffer("nothing", None)
    return outer


# --- what a Parameter is --------------------------------------------------------------


@claim("nn.parameter.is-tensor-subclass", see="generated/torch.nn.parameter.Parameter")
def test_parameter_is_a_subclass_of_tensor(device):
    """Parameter is a subclass of Tensor and not of Variable, of which every tensor is
    nevertheless an instance; a plain tensor is no instance of Parameter.
    """
    parameter = nn.Parameter(torch.zeros(1, device=device))
    plain = torch.zeros(1, device=device, requires_grad=True)

    assert nn.Parameter.__mro__[:2] == (nn.Parameter, torch.Tensor)
    assert issubclass(nn.Parameter, torch.autograd.Variable) is False
    assert isinstance(parameter, torch.Tensor) is True
    assert isinstance(parameter, torch.autograd.Variable) is True
    assert isinstance(plain, nn.Parameter) is False
    assert isinstance(torch.zeros_like(parameter), nn.Parameter) is False


@claim(
    "nn.parameter.requires-grad-defaults-true",
    see="generated/torch.nn.parameter.Parameter",
)
def test_a_parameter_requires_gradients_unless_told_otherwise(device):
    """A Parameter requires gradients whatever the tensor it is made from says, and even
    where gradients are turned off, unless requires_grad=False is passed.
    """
    plain = torch.zeros(2, device=device)
    leaf = torch.zeros(2, device=device, requires_grad=True)

    with torch.no_grad():
        inside = nn.Parameter(plain)
    computed = nn.Parameter(leaf * 2)
    frozen = nn.Parameter(leaf, requires_grad=False)
    by_position = nn.Parameter(leaf, False)

    assert nn.Parameter(plain).requires_grad is True
    assert inside.requires_grad is True
    assert (computed.requires_grad, computed.is_leaf) == (True, True)
    assert computed.grad_fn is None
    assert frozen.requires_grad is False
    assert by_position.requires_grad is False
    assert (plain.requires_grad, leaf.requires_grad) == (False, True)


@claim("nn.parameter.shares-storage", see="generated/torch.nn.parameter.Parameter")
def test_a_parameter_shares_the_storage_of_its_tensor(device):
    """A Parameter is a new object over the storage of the tensor, or of the Parameter,
    that it is made from, with its strides: a write to one is seen in the other.
    """
    base = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    tensor = base.t()

    parameter = nn.Parameter(tensor)
    second = nn.Parameter(parameter)
    base[1, 0] = 5

    assert type(parameter) is nn.Parameter
    assert parameter.tolist() == [[1, 5], [2, 4]]
    assert parameter.stride() == (1, 2)
    assert second is not parameter
    assert type(second) is nn.Parameter
    assert second.tolist() == [[1, 5], [2, 4]]
    assert (parameter.dtype, parameter.device) == (torch.float32, device)


@claim("nn.parameter.without-data", see="generated/torch.nn.parameter.Parameter")
def test_a_parameter_without_data_is_empty():
    """nn.Parameter() without a tensor has one dimension of size 0, in the default
    dtype.
    """
    parameter = nn.Parameter()
    frozen = nn.Parameter(requires_grad=False)

    assert tuple(parameter.shape) == (0,)
    assert (parameter.dtype, parameter.requires_grad) == (torch.float32, True)
    assert (tuple(frozen.shape), frozen.requires_grad) == ((0,), False)


@claim("nn.parameter.needs-a-tensor", see="generated/torch.nn.parameter.Parameter")
def test_a_parameter_is_made_of_a_tensor_only():
    """nn.Parameter() raises AttributeError for a list and for a number."""
    with pytest.raises(AttributeError, match="'list' object has no attribute 'detach'"):
        nn.Parameter([1.0, 2.0])
    with pytest.raises(AttributeError, match="'float' object has no attribute"):
        nn.Parameter(1.0)


@claim("nn.parameter.of-integers", see="generated/torch.nn.parameter.Parameter")
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool], ids=["int64", "bool"])
def test_a_parameter_of_integers_cannot_require_gradients(dtype, device):
    """nn.Parameter() raises RuntimeError for integers and bools unless requires_grad=
    False is passed; such a Parameter is registered all the same.
    """
    tensor = torch.ones(2, dtype=dtype, device=device)
    module = nn.Module()

    with pytest.raises(RuntimeError, match="floating point and complex dtype"):
        nn.Parameter(tensor)
    module.weight = nn.Parameter(tensor, requires_grad=False)

    assert (module.weight.dtype, module.weight.requires_grad) == (dtype, False)
    assert names(module.named_parameters()) == ["weight"]


@claim("nn.parameter.of-a-subclass", see="generated/torch.nn.parameter.Parameter")
def test_a_parameter_of_a_subclass_keeps_the_subclass(device):
    """A Parameter made of a tensor of some other class keeps that class, and is an
    instance of Parameter all the same, which a module registers.
    """

    class Tagged(torch.Tensor):
        """A tensor of another class."""

    module = nn.Module()
    tagged = torch.zeros(2, device=device).as_subclass(Tagged)

    module.weight = nn.Parameter(tagged)
    frozen = nn.Parameter(tagged, requires_grad=False)

    assert type(module.weight) is Tagged
    assert isinstance(module.weight, nn.Parameter) is True
    assert isinstance(tagged, nn.Parameter) is False
    assert module.weight.requires_grad is True
    assert frozen.requires_grad is False
    assert shares_storage(module.weight, tagged)
    assert names(module.named_parameters()) == ["weight"]


@claim(
    "nn.parameter.no-volatile-argument",
    see="generated/torch.nn.parameter.Parameter",
)
def test_a_parameter_cannot_be_made_volatile(device):
    """nn.Parameter() raises TypeError for the old keyword volatile, and assigning the
    attribute only warns: the flag stays False and gradients flow.
    """
    parameter = nn.Parameter(torch.tensor(3.0, device=device))

    with pytest.raises(TypeError, match="unexpected keyword argument 'volatile'"):
        nn.Parameter(torch.zeros(1, device=device), volatile=True)
    with pytest.warns(UserWarning, match="volatile was removed"):
        parameter.volatile = True
    (parameter * 2).backward()

    assert parameter.grad.item() == 2
    assert parameter.requires_grad is True


RESULTS = {
    "mul": lambda parameter: (parameter * 2, [2, 4]),
    "add": lambda parameter: (torch.add(parameter, 1), [2, 3]),
    "neg": lambda parameter: (-parameter, [-1, -2]),
    "clone": lambda parameter: (parameter.clone(), [1, 2]),
    "view": lambda parameter: (parameter.view(2, 1), [[1], [2]]),
    "index": lambda parameter: (parameter[0], 1),
    "iterate": lambda parameter: (next(iter(parameter)), 1),
    "cat": lambda parameter: (torch.cat([parameter, parameter]), [1, 2, 1, 2]),
    "sum": lambda parameter: (parameter.sum(), 3),
    "to-dtype": lambda parameter: (parameter.to(torch.float64), [1, 2]),
}


@claim(
    "nn.parameter.operations-like-tensor",
    see="generated/torch.nn.parameter.Parameter",
)
@pytest.mark.parametrize("operate", RESULTS.values(), ids=RESULTS.keys())
def test_the_result_of_an_operation_on_a_parameter_is_a_plain_tensor(operate, device):
    """An operation takes a Parameter like any tensor, and its result is a plain tensor
    with a grad_fn, no Parameter.
    """
    parameter = nn.Parameter(torch.tensor([1.0, 2.0], device=device))

    result, expected = operate(parameter)

    assert type(result) is torch.Tensor
    assert isinstance(result, nn.Parameter) is False
    assert (result.requires_grad, result.is_leaf) == (True, False)
    assert result.tolist() == expected


@claim(
    "nn.parameter.data-and-detach-are-plain",
    see="generated/torch.nn.parameter.Parameter",
)
def test_the_data_of_a_parameter_is_a_plain_tensor(device):
    """The attribute data and detach() give plain tensors over the Parameter's storage
    that require no gradients.
    """
    parameter = nn.Parameter(torch.tensor([1.0, 2.0], device=device))

    data, detached = parameter.data, parameter.detach()

    assert type(data) is torch.Tensor
    assert type(detached) is torch.Tensor
    assert (data.requires_grad, detached.requires_grad) == (False, False)
    assert shares_storage(data, parameter)
    assert shares_storage(detached, parameter)
    assert (data.tolist(), detached.tolist()) == ([1, 2], [1, 2])


@claim(
    "nn.parameter.what-returns-the-parameter",
    see="generated/torch.nn.parameter.Parameter",
)
def test_what_returns_its_own_tensor_returns_the_parameter(device):
    """In-place operations, requires_grad_(), and conversions that have nothing to do
    return the Parameter itself.
    """
    parameter = nn.Parameter(torch.tensor([1.0, 2.0], device=device))

    with torch.no_grad():
        added = parameter.add_(1)

    assert added is parameter
    assert parameter.tolist() == [2, 3]
    assert parameter.to(torch.float32) is parameter
    assert parameter.float() is parameter
    assert parameter.contiguous() is parameter
    assert parameter.requires_grad_(False) is parameter


@claim("nn.parameter.assigned-data", see="generated/torch.nn.parameter.Parameter")
def test_assigning_data_replaces_what_a_parameter_holds(device):
    """Assigning a tensor to the attribute data keeps the Parameter, its flag and its
    gradient, and lays it over the new tensor's storage, in that tensor's shape.
    """
    parameter = nn.Parameter(torch.zeros(2, device=device))
    gradient = torch.ones(2, device=device)
    parameter.grad = gradient
    new = torch.tensor([1.0, 2.0, 3.0], device=device)

    parameter.data = new

    assert type(parameter) is nn.Parameter
    assert parameter.tolist() == [1, 2, 3]
    assert parameter.requires_grad is True
    assert parameter.grad is gradient
    assert shares_storage(parameter, new)
    assert new.requires_grad is False


@claim("nn.parameter.repr", see="generated/torch.nn.parameter.Parameter")
def test_a_parameter_is_printed_with_its_name():
    """The text of a Parameter is that of its tensor after a line of its own."""
    trained = nn.Parameter(torch.tensor([1.0, 2.0]))
    frozen = nn.Parameter(torch.tensor([1.0, 2.0]), requires_grad=False)

    assert repr(trained) == (
        "Parameter containing:\ntensor([1., 2.], requires_grad=True)"
    )
    assert str(frozen) == "Parameter containing:\ntensor([1., 2.])"


@claim(
    "nn.parameter.data-grad-shape-attributes",
    see="generated/torch.nn.parameter.Parameter",
)
def test_a_parameter_has_data_a_shape_a_flag_and_later_a_gradient(device):
    """A Parameter has data, a shape and the flag requires_grad; its grad is None until
    a backward pass reaches it, and then a tensor of its shape, dtype and device.
    """
    trained = nn.Parameter(torch.ones(2, 1, dtype=torch.float64, device=device))
    frozen = nn.Parameter(torch.ones(2, 1, device=device), requires_grad=False)

    before = (trained.grad, frozen.grad)
    (trained * frozen * 3).sum().backward()

    assert before == (None, None)
    assert trained.grad.tolist() == [[3], [3]]
    assert (trained.grad.dtype, trained.grad.device) == (torch.float64, device)
    assert frozen.grad is None
    assert trained.shape == torch.Size([2, 1])
    assert type(trained.data) is torch.Tensor
    assert (trained.requires_grad, frozen.requires_grad) == (True, False)
    with pytest.raises(AttributeError, match="has no attribute 'require_grad'"):
        _ = trained.require_grad


# --- copies ---------------------------------------------------------------------------


@claim("nn.parameter.deepcopy", see="generated/torch.nn.parameter.Parameter")
def test_a_deep_copy_of_a_parameter_has_a_storage_of_its_own(device):
    """A deep copy of a Parameter is a Parameter with the same values, strides and flag,
    over a storage of its own, without the gradient.
    """
    parameter = nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device).t())
    frozen = nn.Parameter(torch.zeros(1, device=device), requires_grad=False)
    parameter.grad = torch.ones(2, 2, device=device)

    twin, cold = copy.deepcopy(parameter), copy.deepcopy(frozen)

    assert type(twin) is nn.Parameter
    assert twin.tolist() == [[1, 3], [2, 4]]
    assert twin.stride() == (1, 2)
    assert (twin.requires_grad, twin.is_leaf, twin.grad) == (True, True, None)
    assert not shares_storage(twin, parameter)
    assert (type(cold), cold.requires_grad) == (nn.Parameter, False)


@claim("nn.parameter.deepcopy-of-a-list", see="generated/torch.nn.parameter.Parameter")
def test_a_deep_copy_copies_each_parameter_once(device):
    """Where a Parameter occurs twice in what is copied, its deep copy does too."""
    parameter = nn.Parameter(torch.zeros(1, device=device))
    memo = {}

    first, second = copy.deepcopy([parameter, parameter])
    third = parameter.__deepcopy__(memo)

    assert first is second
    assert first is not parameter
    assert parameter.__deepcopy__(memo) is third


@claim("nn.parameter.shallow-copy", see="generated/torch.nn.parameter.Parameter")
def test_a_shallow_copy_of_a_parameter_shares_its_storage(device):
    """copy.copy() of a Parameter is another Parameter over the same storage, with the
    same flag, without the gradient.
    """
    parameter = nn.Parameter(torch.tensor([1.0, 2.0], device=device))
    frozen = nn.Parameter(torch.tensor([1.0, 2.0], device=device), requires_grad=False)
    parameter.grad = torch.ones(2, device=device)

    twin = copy.copy(parameter)

    assert twin is not parameter
    assert type(twin) is nn.Parameter
    assert shares_storage(twin, parameter)
    assert (twin.requires_grad, twin.grad) == (True, None)
    assert copy.copy(frozen).requires_grad is False


@claim("nn.parameter.pickle", see="generated/torch.nn.parameter.Parameter")
def test_a_parameter_can_be_pickled(device):
    """A Parameter comes back from pickle as a Parameter with its values, dtype and
    flag, over a new storage, without the gradient.
    """
    values = torch.tensor([1.0, 2.0], dtype=torch.float64, device=device)
    parameter = nn.Parameter(values)
    frozen = nn.Parameter(values, requires_grad=False)
    parameter.grad = torch.ones_like(values)

    twin = pickle.loads(pickle.dumps(parameter))

    assert type(twin) is nn.Parameter
    assert (twin.tolist(), twin.dtype) == ([1, 2], torch.float64)
    assert (twin.requires_grad, twin.grad) == (True, None)
    assert not shares_storage(twin, parameter)
    assert pickle.loads(pickle.dumps(frozen)).requires_grad is False


@claim(
    "nn.parameter.pickle-keeps-attributes",
    see="generated/torch.nn.parameter.Parameter",
    since="2.0",
)
def test_pickle_keeps_the_attributes_of_a_parameter(device):
    """Attributes that were set on a Parameter come back from pickle; a deep copy is
    without them.
    """
    parameter = nn.Parameter(torch.zeros(1, device=device))
    parameter.group = "slow"

    twin = pickle.loads(pickle.dumps(parameter))

    assert twin.group == "slow"
    assert type(twin) is nn.Parameter
    assert not hasattr(copy.deepcopy(parameter), "group")


# --- parameters without a shape -------------------------------------------------------


@claim(
    "nn.parameter.uninitialized",
    see="generated/torch.nn.parameter.UninitializedParameter",
)
def test_an_uninitialized_parameter_has_no_shape_until_it_is_materialized(device):
    """An UninitializedParameter is a Parameter whose shape cannot be read and that no
    operation takes; materialize() turns it into an ordinary Parameter.
    """
    parameter = UninitializedParameter(device=device, dtype=torch.float64)

    assert isinstance(parameter, nn.Parameter) is True
    assert repr(parameter) == "<UninitializedParameter>"
    assert (is_lazy(parameter), parameter.requires_grad) == (True, True)
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninit"):
        _ = parameter.shape
    with pytest.raises(ValueError, match="Attempted to use an uninitialized parameter"):
        parameter + 1
    with pytest.raises(RuntimeError, match="Can't share memory on an uninitialized"):
        parameter.share_memory_()

    assert parameter.materialize((2, 3)) is None
    assert type(parameter) is nn.Parameter
    assert tuple(parameter.shape) == (2, 3)
    assert (parameter.dtype, parameter.device) == (torch.float64, device)
    assert (is_lazy(parameter), parameter.requires_grad) == (False, True)
    elsewhere = UninitializedParameter(device="meta")
    elsewhere.materialize((2,))
    assert elsewhere.device.type == "meta"


@claim(
    "nn.parameter.uninitialized-copies",
    see="generated/torch.nn.parameter.UninitializedParameter",
)
def test_an_uninitialized_parameter_can_be_copied_and_pickled(device):
    """A deep copy of an UninitializedParameter has its flag and dtype, once where it
    occurs twice, and one from pickle has its flag; materialize() may choose a dtype.
    """
    parameter = UninitializedParameter(False, device=device, dtype=torch.float64)
    memo = {}

    twin, again = copy.deepcopy([parameter, parameter])
    third = parameter.__deepcopy__(memo)
    revived = pickle.loads(pickle.dumps(parameter))
    twin.materialize((2,))
    parameter.materialize((1,), dtype=torch.float16)

    assert twin is again
    assert parameter.__deepcopy__(memo) is third
    assert (type(twin), twin.dtype) == (nn.Parameter, torch.float64)
    assert (twin.requires_grad, twin.device) == (False, device)
    assert type(revived) is UninitializedParameter
    assert revived.requires_grad is False
    assert (parameter.dtype, parameter.requires_grad) == (torch.float16, False)


@claim(
    "nn.parameter.uninitialized-buffer",
    see="generated/torch.nn.parameter.UninitializedBuffer",
)
def test_an_uninitialized_buffer_becomes_a_plain_tensor(device):
    """A materialized UninitializedBuffer is a plain tensor without gradients, on the
    device and of the dtype that it was made with.
    """
    module = nn.Module()
    module.register_buffer(
        "mean", UninitializedBuffer(device=device, dtype=torch.float64)
    )

    before = repr(module.mean)
    module.mean.materialize((2,))

    assert before == "<UninitializedBuffer>"
    assert type(module.mean) is torch.Tensor
    assert tuple(module.mean.shape) == (2,)
    assert (module.mean.requires_grad, module.mean.device) == (False, device)
    assert module.mean.dtype == torch.float64


@claim(
    "nn.parameter.uninitialized-buffer-registers",
    see="generated/torch.nn.parameter.UninitializedBuffer",
    since="2.5",
)
def test_an_assigned_uninitialized_buffer_is_registered(device):
    """An UninitializedBuffer assigned to an attribute is registered as a buffer, saved
    unless it was made with persistent=False.
    """
    module = nn.Module()

    module.mean = UninitializedBuffer(device=device)
    module.cache = UninitializedBuffer(persistent=False, device=device)
    before = names(module.named_buffers())
    module.mean.materialize((2,))
    module.cache.materialize((2,))

    assert before == ["mean", "cache"]
    assert list(module.state_dict()) == ["mean"]


# --- listing --------------------------------------------------------------------------


@claim(
    "nn.module.parameters-is-generator",
    see="generated/torch.nn.Module#torch.nn.Module.parameters",
)
def test_parameters_is_a_generator_over_the_parameters_themselves(device):
    """parameters() is a generator that yields the module's own Parameter objects, once:
    a second walk over it yields nothing.
    """
    layer = nn.Linear(2, 1, device=device)

    generator = layer.parameters()
    first = list(generator)
    second = list(generator)

    assert isinstance(generator, types.GeneratorType)
    assert len(first) == 2
    assert first[0] is layer.weight
    assert first[1] is layer.bias
    assert second == []
    assert list(nn.ReLU().parameters()) == []


@claim(
    "nn.module.listings-are-generators",
    see="generated/torch.nn.Module#torch.nn.Module.named_parameters",
)
def test_every_listing_of_a_module_is_a_generator(device):
    """The listings of parameters, buffers and modules are generators, with and without
    names.
    """
    module = nested(device)

    listings = [
        module.parameters(),
        module.named_parameters(),
        module.buffers(),
        module.named_buffers(),
        module.children(),
        module.named_children(),
        module.modules(),
        module.named_modules(),
    ]

    assert {type(listing) for listing in listings} == {types.GeneratorType}
    assert [len(list(listing)) for listing in listings] == [3, 3, 3, 3, 2, 2, 4, 4]


@claim(
    "nn.module.parameters-not-subscriptable",
    see="generated/torch.nn.Module#torch.nn.Module.parameters",
)
def test_parameters_cannot_be_indexed(device):
    """The generator of parameters() has no items by number and no length; a list made
    of it has both, and next() gives the first.
    """
    layer = nn.Linear(2, 1, device=device)

    with pytest.raises(TypeError, match="'generator' object is not subscriptable"):
        layer.parameters()[0]
    with pytest.raises(TypeError, match=r"'generator' has no len\(\)"):
        len(layer.parameters())

    assert list(layer.parameters())[1] is layer.bias
    assert next(layer.parameters()) is layer.weight


@claim(
    "nn.module.parameters-include-frozen-exclude-buffers",
    see="generated/torch.nn.Module#torch.nn.Module.parameters",
)
def test_parameters_lists_frozen_parameters_and_no_buffers(device):
    """parameters() lists whatever is registered as a parameter, frozen or not, and
    neither buffers nor parameters that are None.
    """
    model = nn.Sequential(
        nn.Linear(2, 3, bias=False, device=device), nn.BatchNorm1d(3, device=device)
    )
    model[0].weight.requires_grad = False

    listed = list(model.parameters())

    assert [tuple(parameter.shape) for parameter in listed] == [(3, 2), (3,), (3,)]
    assert listed[0] is model[0].weight
    assert listed[1] is model[1].weight
    assert listed[2] is model[1].bias
    assert [parameter.requires_grad for parameter in listed] == [False, True, True]


@claim(
    "nn.module.parameters-order",
    see="generated/torch.nn.Module#torch.nn.Module.parameters",
)
def test_parameters_come_in_order_of_registration_depth_first(device):
    """Parameters are listed in the order of registration: a module's own, then all of
    the first child's, then the next; the order in forward plays no part.
    """

    class Net(nn.Module):
        """Registers its layers in another order than it calls them."""

        def __init__(self):
            super().__init__()
            self.second = nn.Linear(3, 1, device=device)
            self.act = nn.ReLU()
            self.first = nn.Linear(2, 3, device=device)
            self.scale = nn.Parameter(torch.ones(1, device=device))

        def forward(self, x):
            """Return the output of the layers."""
            return self.second(self.act(self.first(x))) * self.scale

    net = Net()

    listed = list(net.parameters())

    assert [tuple(parameter.shape) for parameter in listed] == [
        (1,),
        (1, 3),
        (1,),
        (3, 2),
        (3,),
    ]
    assert listed[0] is net.scale
    assert listed[1] is net.second.weight
    assert list(net.state_dict()) == names(net.named_parameters())


@claim(
    "nn.module.named-parameters",
    see="generated/torch.nn.Module#torch.nn.Module.named_parameters",
)
def test_named_parameters_gives_dotted_names(device):
    """named_parameters() yields pairs of a name, the path of attributes with dots, and
    the Parameter itself; a filter on requires_grad leaves the trainable ones.
    """
    model = nested(device)
    model.inner.weight.requires_grad = False

    pairs = list(model.named_parameters())
    trained = [name for name, parameter in pairs if parameter.requires_grad]

    assert [type(pair) for pair in pairs] == [tuple, tuple, tuple]
    assert names(pairs) == ["weight", "inner.weight", "inner.lowest.weight"]
    assert pairs[0][1] is model.weight
    assert pairs[1][1] is model.inner.weight
    assert pairs[2][1] is model.inner.lowest.weight
    assert trained == ["weight", "inner.lowest.weight"]


@claim(
    "nn.module.listing-prefix",
    see="generated/torch.nn.Module#torch.nn.Module.named_parameters",
)
def test_a_prefix_is_put_before_every_name(device):
    """A prefix, with a dot after it, is put before every name that named_parameters(),
    named_buffers() and named_modules() yield, and is the module's own name.
    """
    model = nested(device)

    parameters = names(model.named_parameters("net"))
    buffers = names(model.named_buffers(prefix="net"))
    modules = names(model.named_modules(prefix="net"))
    direct = names(model.named_parameters(prefix="net", recurse=False))

    assert parameters == ["net.weight", "net.inner.weight", "net.inner.lowest.weight"]
    assert buffers == ["net.mean", "net.inner.mean", "net.inner.lowest.count"]
    assert modules == ["net", "net.inner", "net.inner.lowest", "net.last"]
    assert direct == ["net.weight"]


@claim(
    "nn.module.listing-without-recursion",
    see="generated/torch.nn.Module#torch.nn.Module.parameters",
)
def test_without_recursion_only_the_modules_own_are_listed(device):
    """With recurse=False, parameters and buffers of child modules are left out."""
    model = nested(device)

    parameters = list(model.parameters(recurse=False))
    buffers = list(model.buffers(recurse=False))

    assert len(parameters) == 1
    assert parameters[0] is model.weight
    assert len(buffers) == 1
    assert buffers[0] is model.mean
    assert names(model.named_parameters(recurse=False)) == ["weight"]
    assert names(model.named_buffers(recurse=False)) == ["mean"]
    assert list(nn.Sequential(Scale(1.0, device)).parameters(False)) == []


@claim(
    "nn.module.named-buffers",
    see="generated/torch.nn.Module#torch.nn.Module.named_buffers",
)
def test_buffers_are_listed_like_parameters(device):
    """buffers() and named_buffers() list the buffers, depth first, without those that
    are None, whether they are saved or not.
    """
    model = nested(device)
    model.register_buffer("cache", torch.zeros(1, device=device), persistent=False)

    pairs = list(model.named_buffers())
    listed = list(model.buffers())

    assert names(pairs) == ["mean", "cache", "inner.mean", "inner.lowest.count"]
    assert pairs[2][1] is model.inner.mean
    assert [id(buffer) for buffer in listed] == [id(buffer) for _, buffer in pairs]


@claim(
    "nn.module.tied-listed-once",
    see="generated/torch.nn.Module#torch.nn.Module.named_parameters",
)
def test_a_shared_parameter_or_buffer_is_listed_once(device):
    """A Parameter or a buffer with several names is listed once, under the name that
    comes first; equal tensors that are different objects are all listed.
    """
    model = nn.Sequential(Scale(1.0, device), Scale(1.0, device), Scale(1.0, device))
    model[2].factor = model[0].factor
    mean = torch.zeros(1, device=device)
    model[0].register_buffer("mean", mean)
    model[1].register_buffer("mean", mean)
    model[1].register_buffer("other", mean)

    parameters = list(model.parameters())

    assert len(parameters) == 2
    assert parameters[0] is model[0].factor
    assert parameters[1] is model[1].factor
    assert names(model.named_parameters()) == ["0.factor", "1.factor"]
    assert names(model.named_buffers()) == ["0.mean"]
    assert len(list(model.buffers())) == 1


@claim(
    "nn.module.tied-in-one-module",
    see="generated/torch.nn.Module#torch.nn.Module.named_parameters",
)
def test_a_parameter_with_two_names_in_one_module_is_listed_once(device):
    """A Parameter that one module has under two names is listed under the first, with
    and without recursion, while the state dict has both names.
    """
    module = Scale(1.0, device)
    module.again = module.factor

    listed = names(module.named_parameters())
    direct = names(module.named_parameters(recurse=False))

    assert listed == ["factor"]
    assert direct == ["factor"]
    assert list(module.state_dict()) == ["factor", "again"]


@claim(
    "nn.module.duplicates-on-request",
    see="generated/torch.nn.Module#torch.nn.Module.named_parameters",
    since="2.0",
)
def test_a_shared_parameter_is_listed_under_every_name_on_request(device):
    """With remove_duplicate=False, named_parameters() and named_buffers() yield a
    shared tensor under each of its names, also where a whole module is shared.
    """
    shared = Scale(1.0, device)
    shared.register_buffer("mean", torch.zeros(1, device=device))
    model = nn.Sequential(shared, shared, Scale(1.0, device))
    model[2].factor = shared.factor

    parameters = list(model.named_parameters(remove_duplicate=False))
    buffers = list(model.named_buffers(remove_duplicate=False))

    assert names(parameters) == ["0.factor", "1.factor", "2.factor"]
    assert parameters[2][1] is shared.factor
    assert names(buffers) == ["0.mean", "1.mean"]


@claim(
    "nn.module.named-modules",
    see="generated/torch.nn.Module#torch.nn.Module.named_modules",
)
def test_modules_lists_the_module_itself_and_all_below_it(device):
    """modules() and named_modules() list the module itself, under an empty name, and
    then all modules below it, depth first, without those that are None.
    """
    model = nested(device)

    pairs = list(model.named_modules())
    listed = list(model.modules())

    assert names(pairs) == ["", "inner", "inner.lowest", "last"]
    assert listed == [model, model.inner, model.inner.lowest, model.last]
    assert [module for _, module in pairs] == listed


@claim(
    "nn.module.children",
    see="generated/torch.nn.Module#torch.nn.Module.named_children",
)
def test_children_lists_the_direct_children(device):
    """children() and named_children() list the modules one level below, in the order of
    registration, without those that are None.
    """
    model = nested(device)

    assert list(model.children()) == [model.inner, model.last]
    assert list(model.named_children()) == [
        ("inner", model.inner),
        ("last", model.last),
    ]
    assert list(nn.ReLU().children()) == []


@claim(
    "nn.module.shared-module-listed-once",
    see="generated/torch.nn.Module#torch.nn.Module.named_modules",
)
def test_a_shared_module_is_listed_once():
    """A module with several names is listed once, under the first, by children() and
    modules(); named_modules(remove_duplicate=False) lists it under each.
    """
    shared = nn.ReLU()
    inner = nn.Sequential(shared)
    model = nn.Sequential(shared, inner, shared, nn.ReLU())

    assert list(model.modules()) == [model, shared, inner, model[3]]
    assert names(model.named_modules()) == ["", "0", "1", "3"]
    assert list(model.children()) == [shared, inner, model[3]]
    assert names(model.named_children()) == ["0", "1", "3"]
    assert names(model.named_modules(remove_duplicate=False)) == [
        "",
        "0",
        "1",
        "1.0",
        "2",
        "3",
    ]
    assert names(model.named_modules(memo={inner})) == ["", "0", "3"]


@claim(
    "nn.module.modules-duplicates-on-request",
    see="generated/torch.nn.Module#torch.nn.Module.modules",
    since="2.11",
)
def test_modules_lists_a_shared_module_again_on_request():
    """With remove_duplicate=False, modules() yields a shared module once for each of
    its names.
    """
    shared = nn.ReLU()
    inner = nn.Sequential(shared)
    model = nn.Sequential(shared, inner, shared)

    listed = list(model.modules(remove_duplicate=False))

    assert listed == [model, shared, inner, shared, shared]


FREE = st.sampled_from("abc")
OWN = st.lists(st.sampled_from("uvw"), unique=True, max_size=3)
LEAVES = st.tuples(OWN, st.just({}))
INNER = st.tuples(OWN, st.dictionaries(FREE, LEAVES, max_size=2))
MODULES = st.tuples(OWN, st.dictionaries(FREE, INNER, max_size=3))


def built(module, device):
    """The module that a description stands for."""
    own, children = module
    made = nn.Module()
    for name, child in children.items():
        made.add_module(name, built(child, device))
    for name in own:
        made.register_parameter(name, nn.Parameter(torch.zeros(1, device=device)))
    return made


@claim(
    "nn.module.listing-follows-the-rule",
    see="generated/torch.nn.Module#torch.nn.Module.named_parameters",
)
@given(module=MODULES)
def test_any_nesting_of_modules_is_listed_depth_first(device, module):
    """However modules are nested, named_parameters() and named_modules() list each
    module's own entries before those of its children, one child after the other.
    """
    made = built(module, device)

    assert (module, names(made.named_parameters())) == (module, names_of(module))
    assert (module, names(made.named_modules())) == (module, paths_of(module))


# --- by name --------------------------------------------------------------------------


@claim(
    "nn.module.get-by-name",
    see="generated/torch.nn.Module#torch.nn.Module.get_submodule",
)
def test_parameters_buffers_and_modules_can_be_got_by_their_dotted_names(device):
    """get_parameter(), get_buffer() and get_submodule() return the object that has a
    dotted name, and get_submodule("") the module itself.
    """
    model = nested(device)

    assert model.get_parameter("weight") is model.weight
    assert model.get_parameter("inner.lowest.weight") is model.inner.lowest.weight
    assert model.get_buffer("mean") is model.mean
    assert model.get_buffer("inner.lowest.count") is model.inner.lowest.count
    assert model.get_submodule("inner.lowest") is model.inner.lowest
    assert model.get_submodule("") is model
    assert nn.Sequential(model).get_submodule("0.last") is model.last


@claim(
    "nn.module.get-by-wrong-name",
    see="generated/torch.nn.Module#torch.nn.Module.get_submodule",
)
@pytest.mark.parametrize(
    ("get", "message"),
    [
        (lambda m: m.get_parameter("wieght"), "Module has no attribute `wieght`"),
        (lambda m: m.get_parameter("inner.mean"), "`mean` is not an nn.Parameter"),
        (lambda m: m.get_parameter("bias"), "`bias` is not an nn.Parameter"),
        (lambda m: m.get_parameter("outer.weight"), "Module has no attribute `outer`"),
        (lambda m: m.get_buffer("maen"), "Module has no attribute `maen`"),
        (lambda m: m.get_buffer("inner.weight"), "`weight` is not a buffer"),
        (lambda m: m.get_submodule("inner.loewst"), "Module has no attribute `loewst`"),
        (lambda m: m.get_submodule("last.none"), "Identity has no attribute `none`"),
        (lambda m: m.get_submodule("none"), "`none` is not an nn.Module"),
        (lambda m: m.get_submodule("weight.data"), "`weight` is not an nn.Module"),
    ],
    ids=[
        "missing-parameter",
        "parameter-is-a-buffer",
        "parameter-is-None",
        "missing-path",
        "missing-buffer",
        "buffer-is-a-parameter",
        "missing-module",
        "missing-below",
        "module-is-None",
        "module-is-a-parameter",
    ],
)
def test_a_wrong_name_or_a_name_of_another_kind_is_an_error(get, message, device):
    """Getting by a name that is missing, or that belongs to something of another kind,
    raises AttributeError, which says at which piece of the name.
    """
    model = nested(device)

    with pytest.raises(AttributeError) as error:
        get(model)

    assert str(error.value) == message


@claim(
    "nn.module.set-submodule",
    see="generated/torch.nn.Module#torch.nn.Module.set_submodule",
    since="2.5",
)
def test_set_submodule_replaces_a_module_by_its_dotted_name(device):
    """set_submodule() puts a module in the place of the one with a dotted name, or
    under a new name of a module that is there, and returns None.
    """
    model = nested(device)
    first, second, third, fourth = nn.ReLU(), nn.Tanh(), nn.ELU(), nn.Identity()

    returned = model.set_submodule("inner.lowest", first)
    model.set_submodule("last", second)
    model.set_submodule("inner.lowest.new", third)
    model.set_submodule("other", fourth)

    assert returned is None
    assert list(model.named_modules())[1:] == [
        ("inner", model.inner),
        ("inner.lowest", first),
        ("inner.lowest.new", third),
        ("last", second),
        ("other", fourth),
    ]


@claim(
    "nn.module.set-submodule-errors",
    see="generated/torch.nn.Module#torch.nn.Module.set_submodule",
    since="2.5",
)
def test_set_submodule_needs_a_name_below_the_module(device):
    """set_submodule() raises ValueError for an empty name, and AttributeError for a
    path that is missing.
    """
    model = nested(device)
    inner = model.inner

    with pytest.raises(ValueError, match="without a target name"):
        model.set_submodule("", nn.ReLU())
    with pytest.raises(AttributeError, match="Module has no attribute `outer`"):
        model.set_submodule("outer.lowest", nn.ReLU())

    assert model.inner is inner
    assert names(inner.named_children()) == ["lowest"]


@claim(
    "nn.module.set-submodule-strict",
    see="generated/torch.nn.Module#torch.nn.Module.set_submodule",
    since="2.7",
)
def test_set_submodule_only_replaces_on_request(device):
    """With strict=True, set_submodule() replaces a module as ever, and raises
    AttributeError for a name that is not there.
    """
    model = nested(device)
    new = nn.ReLU()

    model.set_submodule("inner.lowest", new, strict=True)
    with pytest.raises(AttributeError, match=r"^Module has no attribute `other`$"):
        model.set_submodule("inner.other", nn.ReLU(), strict=True)

    assert model.inner.lowest is new
    assert names(model.inner.named_children()) == ["lowest"]


@claim(
    "nn.module.set-submodule-of-other-kinds",
    see="generated/torch.nn.Module#torch.nn.Module.set_submodule",
    since="2.7",
)
def test_set_submodule_puts_a_module_in_the_place_of_a_module_only(device):
    """set_submodule() raises ValueError for what is no module, None included, and
    AttributeError for the name of a parameter or of a child that is None.
    """
    model = nested(device)
    last, weight = model.last, model.weight

    with pytest.raises(ValueError, match=r"is not an nn\.Module, found <class 'int'>$"):
        model.set_submodule("last", 3)
    with pytest.raises(ValueError, match=r"is not an nn\.Module, found <class 'None"):
        model.set_submodule("last", None)
    with pytest.raises(AttributeError, match=r"^`weight` is not an nn\.Module$"):
        model.set_submodule("weight", nn.ReLU())
    with pytest.raises(AttributeError, match=r"^`none` is not an nn\.Module$"):
        model.set_submodule("none", nn.ReLU())

    assert model.last is last
    assert model.weight is weight
    assert model.none is None


# --- all in one vector ----------------------------------------------------------------


@claim(
    "nn.utils.parameters-to-vector",
    see="generated/torch.nn.utils.parameters_to_vector",
)
def test_parameters_can_be_laid_out_in_one_vector(device):
    """parameters_to_vector() joins the elements of parameters, in their order and row
    by row, into a new vector through which gradients flow back.
    """
    matrix = nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device))
    scalar = nn.Parameter(torch.tensor(5.0, device=device))

    vector = nn.utils.parameters_to_vector(iter([matrix, scalar]))
    (vector * torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], device=device)).sum().backward()

    assert vector.tolist() == [1, 2, 3, 4, 5]
    assert matrix.grad.tolist() == [[1, 2], [3, 4]]
    assert scalar.grad.item() == 5
    assert not shares_storage(vector, matrix)


@claim(
    "nn.utils.vector-to-parameters",
    see="generated/torch.nn.utils.vector_to_parameters",
)
def test_a_vector_can_be_taken_apart_into_parameters(device):
    """vector_to_parameters() gives each parameter, in order, its piece of the vector in
    its shape, as a view of the vector, and keeps the Parameter objects.
    """
    matrix = nn.Parameter(torch.zeros(2, 2, device=device))
    scalar = nn.Parameter(torch.tensor(0.0, device=device))
    vector = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], device=device)

    nn.utils.vector_to_parameters(vector, iter([matrix, scalar]))
    vector[4] = 6

    assert matrix.tolist() == [[1, 2], [3, 4]]
    assert scalar.item() == 6
    assert (matrix.requires_grad, type(matrix)) == (True, nn.Parameter)
    with pytest.raises(TypeError, match=r"expected torch\.Tensor, but got: list"):
        nn.utils.vector_to_parameters([1.0], iter([scalar]))


# --- dtypes ---------------------------------------------------------------------------


@claim("nn.dtype.parameters-default-float32", see="generated/torch.nn.Module")
def test_layers_are_made_in_float32_unless_asked_otherwise(device):
    """A layer's parameters and floating buffers are float32, or what dtype= asks for;
    a count of batches is int64 in either case.
    """
    plain = nn.BatchNorm1d(2, device=device)
    asked = nn.BatchNorm1d(2, device=device, dtype=torch.float64)

    assert [tensor.dtype for tensor in plain.state_dict().values()] == [
        torch.float32,
        torch.float32,
        torch.float32,
        torch.float32,
        torch.int64,
    ]
    assert [tensor.dtype for tensor in asked.state_dict().values()] == [
        torch.float64,
        torch.float64,
        torch.float64,
        torch.float64,
        torch.int64,
    ]
    assert nn.Linear(2, 1, device=device).weight.dtype == torch.float32
    assert nn.Linear(2, 1, dtype=torch.half, device=device).bias.dtype == torch.half


@claim("nn.dtype.parameters-follow-the-default", see="generated/torch.nn.Module")
def test_layers_follow_the_default_dtype(device):
    """Layers made after set_default_dtype() have that dtype; those made before keep
    theirs.
    """
    before = nn.Linear(2, 1, device=device)

    with default_dtype(torch.float64):
        after = nn.Linear(2, 1, device=device)
        empty = nn.Parameter()

    assert (before.weight.dtype, before.bias.dtype) == (torch.float32, torch.float32)
    assert (after.weight.dtype, after.bias.dtype) == (torch.float64, torch.float64)
    assert empty.dtype == torch.float64


@claim(
    "nn.dtype.module-to-integers",
    see="generated/torch.nn.Module#torch.nn.Module.to",
)
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool], ids=["int64", "bool"])
def test_a_module_cannot_become_integers(dtype, device):
    """Module.to() raises TypeError for an integer or bool dtype and changes nothing."""
    layer = nn.BatchNorm1d(2, device=device)

    with pytest.raises(
        TypeError, match="only accepts floating point or complex dtypes"
    ):
        layer.to(dtype)

    assert layer.weight.dtype == torch.float32
    assert layer.running_mean.dtype == torch.float32


@claim("nn.dtype.input-must-match-parameters", see="generated/torch.nn.Linear")
def test_input_must_have_the_dtype_of_the_parameters(device):
    """Layers do not promote: Linear and Conv2d in float32 raise RuntimeError for int64
    and for float64 input, and the same layers in float64 take float64.
    """
    linear = nn.Linear(2, 1, device=device)
    conv = nn.Conv2d(1, 1, 1, device=device)
    rows = torch.ones(1, 2, dtype=torch.float64, device=device)
    image = torch.ones(1, 1, 2, 2, dtype=torch.float64, device=device)
    integer_rows = torch.ones(1, 2, dtype=torch.int64, device=device)
    integer_image = torch.ones(1, 1, 2, 2, dtype=torch.int64, device=device)

    with pytest.raises(RuntimeError, match="mat1 and mat2 must have the same dtype"):
        linear(rows)
    with pytest.raises(RuntimeError, match="mat1 and mat2 must have the same dtype"):
        linear(integer_rows)
    with pytest.raises(RuntimeError, match=r"\(double\) and bias type \(float\)"):
        conv(image)
    with pytest.raises(RuntimeError, match=r"\(long int\) and bias type \(float\)"):
        conv(integer_image)

    assert linear.double()(rows).dtype == torch.float64
    assert conv.double()(image).dtype == torch.float64


@claim("nn.dtype.not-every-input-is-float", see="generated/torch.nn.Embedding")
def test_indices_and_class_targets_are_integers(device):
    """An Embedding takes integer indices and a CrossEntropyLoss integer classes: both
    raise RuntimeError for floats.
    """
    embedding = nn.Embedding(3, 2, device=device)
    scores = torch.zeros(2, 3, device=device)
    floats = torch.tensor([0.0, 2.0], device=device)

    with pytest.raises(RuntimeError, match="indices"):
        embedding(floats)
    with pytest.raises(RuntimeError, match=r"Long.* but .*Float"):
        nn.CrossEntropyLoss()(scores, floats)

    assert embedding(floats.long()).tolist() == [
        embedding.weight[0].tolist(),
        embedding.weight[2].tolist(),
    ]
    assert nn.CrossEntropyLoss()(scores, floats.long()).dtype == torch.float32

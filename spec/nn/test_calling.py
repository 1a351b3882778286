"""Calling a module runs its forward().

A class of modules says in forward() what it computes, and a module is used by calling
it like a function. The call hands its arguments on to forward() and returns what
forward() returns, whatever that is. Nothing is compiled or drawn up beforehand: each
call runs the Python code of forward() again and records a graph of its own.

It is often believed that layers and networks override ``__call__``. They inherit it
from Module, and override forward() only.
"""

import copy

import pytest
import torch
from torch import nn

from torch_semantics import claim


class Keep(nn.Module):
    """Returns the arguments of its call, as they come."""

    def forward(self, *args, **kwargs):
        """Return both."""
        return args, kwargs


class Scale(nn.Module):
    """Multiplies its input by one parameter."""

    def __init__(self, factor, device):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor, device=device))

    def forward(self, x):
        """Return the product."""
        return self.factor * x


# --- from the call to forward() -------------------------------------------------------


@claim("nn.module.call-runs-forward", see="generated/torch.nn.Module")
def test_calling_a_module_runs_forward_on_the_same_arguments(device):
    """Calling a module runs its forward() with the positional arguments and keyword
    arguments of the call, the very objects in their order, and returns its result.
    """
    x = torch.ones(2, device=device)
    y = torch.zeros(3, device=device)
    anything = object()

    args, kwargs = Keep()(x, 3, y, name=y, option=anything)

    assert len(args) == 3
    assert (args[0] is x, args[1], args[2] is y) == (True, 3, True)
    assert list(kwargs) == ["name", "option"]
    assert (kwargs["name"] is y, kwargs["option"] is anything) == (True, True)


@claim("nn.module.call-without-arguments", see="generated/torch.nn.Module")
def test_a_module_may_be_called_without_arguments():
    """A call without arguments reaches forward() without arguments, so that its
    defaults apply.
    """

    class Default(nn.Module):
        def forward(self, x=7, *, y=8):
            return x, y

    assert Keep()() == ((), {})
    assert Default()() == (7, 8)
    assert Default()(y=1) == (7, 1)
    assert Default()(1) == (1, 8)


@claim("nn.module.call-returns-any-object", see="generated/torch.nn.Module")
@pytest.mark.parametrize(
    "result",
    [None, 0, "text", [], {"a": 1}, ((1,), [2]), object()],
    ids=["None", "int", "str", "list", "dict", "nested", "object"],
)
def test_a_call_returns_what_forward_returns(result):
    """A call returns the very object that forward() returns, be it a tensor or not."""
    module = nn.Module()
    module.forward = lambda: result

    assert module() is result


@claim("nn.module.call-hands-on-lists-and-dicts", see="generated/torch.nn.Module")
def test_arguments_that_hold_tensors_are_handed_on_as_they_are(device):
    """A list, a tuple or a dict of tensors reaches forward() as one argument, itself
    and not a copy, and what forward() does to it is seen by the caller.
    """

    class Fill(nn.Module):
        def forward(self, tensors, named):
            tensors.append(named["x"])
            return tensors

    tensors = []
    named = {"x": torch.ones(2, device=device)}

    returned = Fill()(tensors, named)

    assert returned is tensors
    assert len(tensors) == 1
    assert tensors[0] is named["x"]


@claim("nn.module.call-same-tensor", see="generated/torch.nn.Module")
def test_a_module_that_returns_its_input_returns_the_same_tensor(device):
    """A module whose forward() returns its input returns that very tensor: the call
    neither copies nor detaches.
    """
    x = torch.ones(2, device=device, requires_grad=True)

    assert nn.Identity()(x) is x
    assert nn.Sequential()(x) is x


@claim("nn.module.call-missing-forward", see="generated/torch.nn.Module")
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: type("Bare", (nn.Module,), {})(), "Bare"),
        (lambda: nn.Module(), "Module"),
        (lambda: nn.ModuleList([nn.Identity()]), "ModuleList"),
        (lambda: nn.ModuleDict({"a": nn.Identity()}), "ModuleDict"),
    ],
    ids=["subclass", "Module", "ModuleList", "ModuleDict"],
)
def test_calling_a_module_without_forward_is_an_error(make, name):
    """Calling a module whose class defines no forward() raises NotImplementedError,
    which names the class.
    """
    module = make()
    message = rf'^Module \[{name}\] is missing the required "forward" function$'

    with pytest.raises(NotImplementedError, match=message):
        module(1)
    with pytest.raises(NotImplementedError, match=message):
        module.forward()


@claim("nn.module.call-wrong-arguments", see="generated/torch.nn.Module")
def test_arguments_that_forward_does_not_take_are_an_error(device):
    """A call whose arguments do not fit forward() raises the TypeError of forward()."""
    module = Scale(2.0, device)

    with pytest.raises(TypeError, match=r"forward\(\) missing 1 required .*: 'x'"):
        module()
    with pytest.raises(TypeError, match=r"forward\(\) takes 2 .* but 3 were given"):
        module(1, 2)
    with pytest.raises(TypeError, match=r"forward\(\) got an unexpected .* 'y'"):
        module(1, y=2)
    with pytest.raises(TypeError, match=r"forward\(\) got multiple values .* 'x'"):
        module(1, x=2)


@claim("nn.module.call-passes-errors", see="generated/torch.nn.Module")
def test_an_exception_in_forward_reaches_the_caller():
    """An exception that forward() raises reaches the caller, the very object, and the
    module can be called again.
    """
    error = ValueError("not this one")

    class Picky(nn.Module):
        def forward(self, x):
            if x < 0:
                raise error
            return x

    module = Picky()

    with pytest.raises(ValueError, match="not this one") as caught:
        module(-1)

    assert caught.value is error
    assert module(1) == 1


@claim("nn.module.forward-is-looked-up-per-call", see="generated/torch.nn.Module")
def test_forward_is_looked_up_at_each_call(device):
    """Each call looks forward() up on the module anew, so an attribute of that name
    takes its place until it is deleted, on this module and on no other.
    """
    module, other = Scale(2.0, device), Scale(2.0, device)
    x = torch.tensor(3.0, device=device)

    module.forward = lambda x: x - 1
    replaced, untouched = module(x), other(x)
    del module.forward
    restored = module(x)

    assert (replaced.item(), untouched.item(), restored.item()) == (2, 6, 6)


@claim("nn.module.forward-of-subclass", see="generated/torch.nn.Module")
def test_a_subclass_may_extend_the_forward_of_its_base(device):
    """A call runs the forward() of the most derived class, which reaches the one that
    it overrides through super().
    """

    class Shifted(Scale):
        def forward(self, x):
            return super().forward(x) + 1

    x = torch.tensor(3.0, device=device)

    assert Scale(2.0, device)(x).item() == 6
    assert Shifted(2.0, device)(x).item() == 7


@claim(
    "nn.module.subclasses-override-forward-not-call", see="generated/torch.nn.Module"
)
@pytest.mark.parametrize(
    "kind",
    [nn.Linear, nn.Conv2d, nn.ReLU, nn.Sequential, nn.CrossEntropyLoss, nn.LSTM, Scale],
    ids=lambda kind: kind.__name__,
)
def test_layers_and_networks_inherit_call(kind):
    """Layers, containers, losses and a network of one's own define forward() and
    inherit __call__ from Module.
    """
    assert "forward" in vars(kind)
    assert "__call__" not in vars(kind)
    assert kind.__call__ is nn.Module.__call__


@claim("nn.module.call-is-looked-up-on-the-class", see="generated/torch.nn.Module")
def test_call_is_found_on_the_class_and_not_on_the_module(device):
    """A __call__ assigned to a module has no effect, while one defined in its class
    replaces Module's, which super() still reaches.
    """

    class Doubled(Scale):
        def __call__(self, x):
            return super().__call__(x) * 2

    module = Scale(2.0, device)
    x = torch.tensor(3.0, device=device)

    module.__call__ = lambda x: x - 1

    assert module(x).item() == 6
    assert Doubled(2.0, device)(x).item() == 12


@claim("nn.module.call-leaves-module-alone", see="generated/torch.nn.Module")
def test_a_call_changes_nothing_about_the_module(device):
    """A call keeps the module's parameters, its mode and its attributes as they are,
    in training and in evaluation mode, and forward() sees that mode.
    """

    class Mode(Scale):
        def forward(self, x):
            return super().forward(x), self.training

    module = Mode(2.0, device)
    factor = module.factor
    attributes = set(vars(module))

    _, first = module(torch.tensor(3.0, device=device))
    after_first = module.training
    module.eval()
    _, second = module(torch.tensor(3.0, device=device))

    assert (first, after_first) == (True, True)
    assert (second, module.training) == (False, False)
    assert module.factor is factor
    assert (factor.item(), factor.grad, factor.requires_grad) == (2, None, True)
    assert set(vars(module)) == attributes


@claim("nn.module.call-inside-a-call", see="generated/torch.nn.Module")
def test_a_module_may_call_itself_and_others(device):
    """A forward() may call its own module again, and modules that are not registered
    as its children.
    """
    outside = [Scale(3.0, device)]

    class Power(nn.Module):
        def forward(self, x, times):
            return outside[0](self(x, times - 1)) if times else x

    output = Power()(torch.tensor(2.0, device=device), 2)
    output.backward()

    assert output.item() == 18
    assert outside[0].factor.grad.item() == 12


# --- a graph for each call ------------------------------------------------------------


@claim("nn.module.graph-built-at-call", see="notes/autograd")
def test_each_call_runs_the_code_of_forward_anew(device):
    """Each call runs the code of forward(), so that a branch on the input's values and
    a loop over a number of turns may go another way every time.
    """

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.positive = Scale(2.0, device)
            self.negative = Scale(5.0, device)

        def forward(self, x, turns=1):
            layer = self.positive if x > 0 else self.negative
            for _ in range(turns):
                x = layer(x)
            return x

    net = Net()
    one = torch.tensor(1.0, device=device)

    results = [net(one), net(-one), net(one, turns=3), net(one, turns=0), net(one)]

    assert [result.item() for result in results] == [2, -5, 8, 1, 2]


@claim("nn.module.unused-layer-gets-no-gradient", see="notes/autograd")
def test_a_layer_that_a_call_does_not_use_gets_no_gradient(device):
    """A layer that forward() passed by in a call has the gradient None after its
    backward pass, while the layer that it used has one.
    """

    class Choice(nn.Module):
        def __init__(self):
            super().__init__()
            self.used = Scale(2.0, device)
            self.unused = Scale(5.0, device)

        def forward(self, x):
            return self.used(x)

    net = Choice()

    net(torch.tensor(3.0, device=device)).backward()

    assert net.used.factor.grad.item() == 3
    assert net.unused.factor.grad is None


@claim("nn.module.shared-layer-accumulates", see="notes/autograd")
def test_a_layer_used_several_times_in_a_call_sums_its_gradients(device):
    """A layer that a call uses three times gets the sum of the three contributions as
    its gradient.
    """
    layer = Scale(2.0, device)
    net = nn.Sequential(layer, layer, layer)

    output = net(torch.tensor(5.0, device=device))
    output.backward()

    assert output.item() == 40
    assert layer.factor.grad.item() == 60  # of 5 * factor**3, at 2


@claim("nn.module.each-call-has-its-graph", see="notes/autograd")
def test_two_calls_give_two_graphs(device):
    """Two calls of a module record two graphs: a backward pass through one result
    leaves the other's graph in place, and both add to the same gradients.
    """
    module = Scale(2.0, device)
    first = module(torch.tensor(3.0, device=device))
    second = module(torch.tensor(5.0, device=device))

    second.backward()
    after_second = module.factor.grad.item()
    first.backward()

    assert first.grad_fn is not second.grad_fn
    assert after_second == 5
    assert module.factor.grad.item() == 8


@claim("nn.module.call-obeys-grad-mode", see="generated/torch.no_grad")
def test_a_call_inside_no_grad_records_nothing(device):
    """A call inside no_grad computes the same values and records no graph, and the
    next call outside records one.
    """
    module = Scale(2.0, device)
    x = torch.tensor(3.0, device=device)

    with torch.no_grad():
        inside = module(x)
    outside = module(x)

    assert (inside.item(), inside.requires_grad, inside.grad_fn) == (6, False, None)
    assert (outside.item(), outside.requires_grad) == (6, True)
    assert outside.grad_fn is not None


# --- what a module shows --------------------------------------------------------------


class Net(nn.Module):
    """A network of two layers, with a function between them."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3)
        self.fc = nn.Linear(576, 120)

    def forward(self, x):
        """Return the scores."""
        return self.fc(torch.relu(self.conv(x)).flatten(1))


@claim("nn.module.repr-lists-children", see="generated/torch.nn.Module")
def test_printing_a_module_lists_its_children():
    """The repr and the str of a module are its class and, on a line for each child,
    the name and repr of the child, in the order of assignment; what forward() calls
    besides, parameters and buffers are not shown.
    """
    net = Net()
    net.weight = nn.Parameter(torch.ones(2))
    net.register_buffer("mean", torch.ones(2))

    assert repr(net) == (
        "Net(\n"
        "  (conv): Conv2d(1, 6, kernel_size=(3, 3), stride=(1, 1))\n"
        "  (fc): Linear(in_features=576, out_features=120, bias=True)\n"
        ")"
    )
    assert str(net) == repr(net)


@claim("nn.module.repr-nests", see="generated/torch.nn.Module")
def test_printing_indents_each_level_of_children():
    """Each level of children is indented by two more spaces, and a child that is None
    is listed as None.
    """
    inner = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh()))
    outer = nn.Module()
    outer.inner = inner
    outer.register_module("none", None)

    assert repr(outer) == (
        "Module(\n"
        "  (inner): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): Sequential(\n"
        "      (0): Tanh()\n"
        "    )\n"
        "  )\n"
        "  (none): None\n"
        ")"
    )


@claim("nn.module.repr-without-children", see="generated/torch.nn.Module")
def test_a_module_without_children_prints_on_one_line():
    """A module without children and without anything to add prints as its class and a
    pair of parentheses.
    """
    named = type("Named", (nn.Module,), {})()

    assert repr(named) == "Named()"
    assert repr(nn.Module()) == "Module()"
    assert repr(nn.ReLU()) == "ReLU()"
    assert repr(nn.Sequential()) == "Sequential()"
    assert repr(nn.ModuleList()) == "ModuleList()"
    assert repr(nn.ModuleDict()) == "ModuleDict()"
    assert nn.Module().extra_repr() == ""


@claim(
    "nn.module.extra-repr",
    see="generated/torch.nn.Module#torch.nn.Module.extra_repr",
)
def test_extra_repr_adds_to_what_is_printed():
    """What extra_repr() returns stands between the parentheses if it is one line and
    there are no children, and else on lines of its own before the children.
    """

    class Extra(nn.Module):
        def __init__(self, extra):
            super().__init__()
            self.extra = extra

        def extra_repr(self):
            return self.extra

    parent = Extra("size=3")
    parent.child = Extra("a\nb")

    assert repr(Extra("size=3")) == "Extra(size=3)"
    assert repr(Extra("a\nb")) == "Extra(\n  a\n  b\n)"
    assert repr(parent) == ("Extra(\n  size=3\n  (child): Extra(\n    a\n    b\n  )\n)")


@claim(
    "nn.module.repr-indented-blank-lines",
    see="generated/torch.nn.Module#torch.nn.Module.extra_repr",
    until="2.11",
)
def test_blank_lines_in_a_childs_repr_were_indented():
    """A blank line in the repr of a child is indented like its other lines."""
    child = nn.Module()
    child.extra_repr = lambda: "a\n\nb"
    parent = nn.Sequential(child)

    assert repr(parent) == ("Sequential(\n  (0): Module(\n    a\n    \n    b\n  )\n)")


@claim(
    "nn.module.repr-keeps-blank-lines",
    see="generated/torch.nn.Module#torch.nn.Module.extra_repr",
    since="2.11",
)
def test_blank_lines_in_a_childs_repr_stay_empty():
    """A blank line in the repr of a child is printed without indentation below its
    first line, while its other lines are indented.
    """
    child = nn.Module()
    child.extra_repr = lambda: "a\n\nb"
    parent = nn.Sequential(child)

    assert repr(parent) == "Sequential(\n  (0): Module(\n    a\n\n    b\n  )\n)"


@claim("nn.module.repr-of-layers", see="nn")
def test_layers_print_their_configuration():
    """Layers print the settings that they were made with."""
    layers = [
        nn.Conv2d(1, 6, 5, stride=2, padding=1, bias=False),
        nn.ConvTranspose1d(2, 3, 4, dilation=2),
        nn.Linear(2, 3, bias=False),
        nn.Dropout(0.25),
        nn.ReLU(inplace=True),
        nn.LeakyReLU(0.5),
        nn.Softmax(dim=1),
        nn.Flatten(),
        nn.MaxPool2d(2),
        nn.Embedding(10, 3),
        nn.LSTM(2, 3, num_layers=2),
    ]

    assert [repr(layer) for layer in layers] == [
        "Conv2d(1, 6, kernel_size=(5, 5), stride=(2, 2), padding=(1, 1), bias=False)",
        "ConvTranspose1d(2, 3, kernel_size=(4,), stride=(1,), dilation=(2,))",
        "Linear(in_features=2, out_features=3, bias=False)",
        "Dropout(p=0.25, inplace=False)",
        "ReLU(inplace=True)",
        "LeakyReLU(negative_slope=0.5)",
        "Softmax(dim=1)",
        "Flatten(start_dim=1, end_dim=-1)",
        "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)",
        "Embedding(10, 3)",
        "LSTM(2, 3, num_layers=2)",
    ]


@claim(
    "nn.module.repr-of-batchnorm-had-no-bias",
    see="generated/torch.nn.BatchNorm2d",
    until="2.12",
)
def test_batch_norm_printed_no_bias():
    """The repr of BatchNorm is the number of features, eps, momentum, affine and
    track_running_stats.
    """
    layer = nn.BatchNorm2d(3, eps=0.5, affine=False)

    assert repr(layer) == (
        "BatchNorm2d(3, eps=0.5, momentum=0.1, affine=False, track_running_stats=True)"
    )


@claim(
    "nn.module.repr-of-batchnorm",
    see="generated/torch.nn.BatchNorm2d",
    since="2.12",
)
def test_batch_norm_prints_whether_it_has_a_bias():
    """The repr of BatchNorm is the number of features, eps, momentum, affine, whether
    it has a bias, and track_running_stats.
    """
    plain = nn.BatchNorm2d(3, eps=0.5)
    fixed = nn.BatchNorm1d(3, momentum=None, affine=False, track_running_stats=False)

    assert repr(plain) == (
        "BatchNorm2d(3, eps=0.5, momentum=0.1, affine=True, bias=True,"
        " track_running_stats=True)"
    )
    assert repr(fixed) == (
        "BatchNorm1d(3, eps=1e-05, momentum=None, affine=False, bias=False,"
        " track_running_stats=False)"
    )


@claim(
    "nn.module.repr-modulelist-lists-each",
    see="generated/torch.nn.ModuleList",
    until="2.0",
)
def test_a_modulelist_printed_each_of_its_modules():
    """A ModuleList prints one line for each of its modules, alike or not."""
    modules = nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()])

    assert repr(modules) == (
        "ModuleList(\n  (0): ReLU()\n  (1): ReLU()\n  (2): Tanh()\n)"
    )


@claim(
    "nn.module.repr-modulelist-joins-repeats",
    see="generated/torch.nn.ModuleList",
    since="2.0",
)
def test_a_modulelist_prints_a_run_of_equal_modules_once():
    """A ModuleList prints neighbours with equal reprs as one entry, with their range
    and number.
    """
    modules = nn.ModuleList(
        [
            nn.ReLU(),
            *(nn.Sequential(nn.Tanh()), nn.Sequential(nn.Tanh())),
            nn.ReLU(),
            *(nn.Tanh(), nn.Tanh(), nn.Tanh()),
        ]
    )

    assert repr(modules) == (
        "ModuleList(\n"
        "  (0): ReLU()\n"
        "  (1-2): 2 x Sequential(\n"
        "    (0): Tanh()\n"
        "  )\n"
        "  (3): ReLU()\n"
        "  (4-6): 3 x Tanh()\n"
        ")"
    )


@claim("nn.module.repr-sequential-lists-each", see="generated/torch.nn.Sequential")
def test_a_sequential_prints_each_of_its_modules():
    """A Sequential and a ModuleDict print one line for each of their modules, alike or
    not.
    """
    sequence = nn.Sequential(nn.ReLU(), nn.ReLU())
    named = nn.ModuleDict({"a": nn.ReLU(), "b": nn.ReLU()})

    assert repr(sequence) == "Sequential(\n  (0): ReLU()\n  (1): ReLU()\n)"
    assert repr(named) == "ModuleDict(\n  (a): ReLU()\n  (b): ReLU()\n)"


@claim("nn.module.equality-is-identity", see="generated/torch.nn.Module")
def test_two_modules_are_equal_only_if_they_are_one(device):
    """A module equals itself and no other, not even one with the same parameters, and
    may be a member of a set or a key whatever happens to its parameters.
    """
    module = Scale(2.0, device)
    twin = copy.deepcopy(module)
    members = {module: "module", twin: "twin"}

    module.factor = nn.Parameter(torch.tensor(9.0, device=device))

    assert module == module
    assert module != twin
    assert (members[module], members[twin]) == ("module", "twin")


@claim("nn.module.init-takes-no-arguments", see="generated/torch.nn.Module")
def test_module_is_made_without_arguments():
    """Module's own __init__ takes no arguments: a positional argument or a keyword
    argument raises TypeError.
    """
    with pytest.raises(
        TypeError, match=r"takes 1 positional argument but 2 were given"
    ):
        nn.Module(1)
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'size'"):
        nn.Module(size=1)

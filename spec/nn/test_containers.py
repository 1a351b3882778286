"""Containers are modules that hold modules, or parameters, in order or by name.

A Sequential calls its layers one after the other. A ModuleList and a ModuleDict only
hold theirs, and the module that they belong to calls them. A ParameterList and a
ParameterDict hold parameters. All of them register what they hold, and the number or
the key of each is its name.

It is often believed that assigning a new block to a model replaces the one that it
resembles. A block under a name that forward does not use is registered, saved and
listed for training, and never called.
"""

from collections import OrderedDict

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models.modules import run
from torch_semantics import claim
from torch_semantics.words import shares_storage


class Add(nn.Module):
    """Adds a number."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def forward(self, x):
        """Return the sum."""
        return x + self.number


class Times(nn.Module):
    """Multiplies by a number."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def forward(self, x):
        """Return the product."""
        return x * self.number


class Scale(nn.Module):
    """Multiplies its input by one parameter."""

    def __init__(self, factor, device):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor, device=device))

    def forward(self, x):
        """Return the product."""
        return self.factor * x


def named(module):
    """The names and objects of the children, also of those that occur twice."""
    return list(module._modules.items())


def names(pairs):
    """The names of a list of pairs such as named_parameters()."""
    return [name for name, _ in pairs]


# --- children -------------------------------------------------------------------------


@claim("nn.module.attribute-access-to-children", see="generated/torch.nn.Module")
def test_a_child_is_reached_as_an_attribute(device):
    """A child is an attribute of its module and the very object that is registered: its
    parameters are among the module's, and what is done to it concerns it alone.
    """
    model = nn.Module()
    model.features = nn.Sequential(Scale(2.0, device), Scale(3.0, device))
    model.classifier = nn.Sequential(Scale(5.0, device))

    block = model.classifier.eval().requires_grad_(False)

    assert block is model._modules["classifier"]
    assert names(model.classifier.named_parameters()) == ["0.factor"]
    assert list(model.parameters())[2] is block[0].factor
    assert (block.training, model.training, model.features.training) == (
        False,
        True,
        True,
    )
    assert [p.requires_grad for p in model.parameters()] == [True, True, False]
    with pytest.raises(AttributeError, match="has no attribute 'feature'"):
        _ = model.feature


@claim("nn.module.underscore-modules-mapping", see="generated/torch.nn.Module")
def test_the_private_register_has_the_direct_children():
    """The private mapping _modules has the direct children under their names, as live
    objects, in the order of assignment; assignment adds to it, and del removes.
    """
    model, block = nn.Module(), nn.Sequential(nn.ReLU(), nn.Tanh())

    model.first = nn.Identity()
    model.block = block
    model.last = nn.Identity()
    del model.first

    assert list(model._modules) == ["block", "last"]
    assert model._modules["block"] is block
    assert model._modules["last"] is model.last
    assert list(block._modules) == ["0", "1"]
    assert type(model.state_dict()) is OrderedDict


@claim(
    "nn.module.registers-are-dicts",
    see="generated/torch.nn.Module",
    since="2.5",
)
def test_the_private_registers_are_plain_dicts():
    """The private registers of a new module are plain dicts."""
    module = nn.Module()

    assert type(module._modules) is dict
    assert type(module._parameters) is dict
    assert type(module._buffers) is dict


@claim(
    "nn.module.registers-are-ordered-dicts",
    see="generated/torch.nn.Module",
    until="2.5",
)
def test_the_private_registers_are_ordered_dicts():
    """The private registers of a new module are OrderedDicts."""
    module = nn.Module()

    assert type(module._modules) is OrderedDict
    assert type(module._parameters) is OrderedDict
    assert type(module._buffers) is OrderedDict


class Net(nn.Module):
    """Has features and a classifier, and calls one after the other."""

    def __init__(self, device):
        super().__init__()
        self.features = Scale(2.0, device)
        self.classifier = Scale(3.0, device)

    def forward(self, x):
        """Return the output of the classifier."""
        return self.classifier(self.features(x))


@claim(
    "nn.module.new-attribute-name-is-not-used-by-forward",
    see="generated/torch.nn.Module",
)
def test_a_block_under_a_name_that_forward_does_not_use_changes_nothing(device):
    """A block assigned under another name, even one that differs in case only, is one
    more child: it is saved and listed, but the output stays and it gets no gradient.
    """
    model = Net(device)
    x = torch.tensor(1.0, device=device)

    model.Classifier = Scale(5.0, device)
    output = model(x)
    output.backward()

    assert output.item() == 6
    assert names(model.named_children()) == ["features", "classifier", "Classifier"]
    assert list(model.state_dict())[2] == "Classifier.factor"
    assert model.Classifier.factor.grad is None
    assert model.classifier.factor.grad.item() == 2


@claim("nn.module.block-replaced-by-name", see="generated/torch.nn.Module")
def test_a_block_under_the_name_that_forward_uses_is_used(device):
    """A block assigned under the name that forward uses takes the old one's place: it
    is called and gets the gradient, and the old parameters are listed no more.
    """
    model = Net(device)
    old = model.classifier.factor

    model.classifier = Scale(5.0, device)
    output = model(torch.tensor(1.0, device=device))
    output.backward()

    assert output.item() == 10
    assert names(model.named_parameters()) == ["features.factor", "classifier.factor"]
    assert model.classifier.factor.grad.item() == 2
    assert old.grad is None
    assert [parameter is old for parameter in model.parameters()] == [False, False]


# --- Sequential: running --------------------------------------------------------------


@claim("nn.sequential.runs-in-order", see="generated/torch.nn.Sequential")
def test_a_sequential_calls_its_layers_in_order(device):
    """A Sequential gives its input to the first layer, each output to the next layer,
    and returns the last output; each layer is called as a module, with its hooks.
    """
    layers = nn.Sequential(Add(1), Times(10), Add(2))
    seen = []
    layers[1].register_forward_hook(
        lambda module, args, output: seen.append((args[0].item(), output.item()))
    )

    output = layers(torch.tensor(3, device=device))

    assert output.item() == 42
    assert seen == [(4, 40)]


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "times"]), st.integers(-3, 3)), max_size=4
)
KINDS = {"add": Add, "times": Times}


@claim("nn.sequential.follows-the-rule", see="generated/torch.nn.Sequential")
@given(steps=STEPS)
def test_any_sequential_chains_its_layers(device, steps):
    """A Sequential of any layers returns what the layers make of the input one after
    the other.
    """
    layers = nn.Sequential(*[KINDS[kind](number) for kind, number in steps])

    output = layers(torch.tensor(5, device=device))

    assert (steps, output.item()) == (steps, run(steps, 5))


@claim("nn.sequential.empty-is-identity", see="generated/torch.nn.Sequential")
def test_an_empty_sequential_returns_its_input(device):
    """A Sequential without layers returns the very object that it is given."""
    empty, x = nn.Sequential(), torch.ones(2, device=device)

    output = empty(x)

    assert output is x
    assert len(empty) == 0
    assert list(empty) == []


@claim("nn.sequential.one-input", see="generated/torch.nn.Sequential")
def test_a_sequential_takes_one_input(device):
    """A Sequential takes exactly one argument and raises TypeError for two or none; a
    tuple that a layer returns is the next layer's one argument.
    """
    x = torch.ones(2, device=device)
    pair = nn.Sequential(nn.MaxPool1d(2, return_indices=True), nn.Identity())

    with pytest.raises(
        TypeError, match="takes 2 positional arguments but 3 were given"
    ):
        nn.Sequential(nn.Identity())(x, x)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        nn.Sequential(nn.Identity())()
    output = pair(torch.tensor([[3.0, 4.0]], device=device))

    assert type(output) is tuple
    assert [piece.tolist() for piece in output] == [[[4]], [[1]]]


@claim("nn.sequential.names", see="generated/torch.nn.Sequential")
def test_layers_are_named_by_their_number_or_by_an_ordered_dict():
    """Layers given one by one are named by their number, as strings; those of an
    OrderedDict have its keys, and are attributes under them.
    """
    first, second = Add(1), Times(2)

    numbered = nn.Sequential(first, second)
    keyed = nn.Sequential(OrderedDict(plus=first, by=second))

    assert named(numbered) == [("0", first), ("1", second)]
    assert named(keyed) == [("plus", first), ("by", second)]
    assert keyed.by is second
    assert keyed[1] is second
    assert keyed(torch.tensor(3)).item() == 8


@claim("nn.sequential.dir", see="generated/torch.nn.Sequential")
def test_dir_lists_layers_by_name_and_not_by_number(device):
    """The names that dir() lists of a container include the keys of its layers, and
    leave out their numbers.
    """
    weight = torch.zeros(1, device=device)

    keyed = dir(nn.Sequential(OrderedDict(plus=Add(1))))
    numbered = [
        dir(nn.Sequential(Add(1))),
        dir(nn.ModuleList([Add(1)])),
        dir(nn.ParameterList([weight])),
    ]

    assert {"plus", "append", "training"} <= set(keyed)
    assert [{"append", "training"} <= set(listed) for listed in numbered] == [True] * 3
    assert ["0" in listed for listed in numbered] == [False] * 3


@claim("nn.sequential.refuses-other-values", see="generated/torch.nn.Sequential")
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([nn.ReLU()], "list"),
        ({"relu": nn.ReLU()}, "dict"),
        (nn.ReLU, "torch.nn.modules.activation.ReLU"),
        (nn.functional.relu, "torch.nn.functional.relu"),
    ],
    ids=["list", "dict", "class", "function"],
)
def test_a_sequential_takes_modules_only(value, kind):
    """A Sequential raises TypeError for a list, a plain dict, a class or a function."""
    with pytest.raises(TypeError) as error:
        nn.Sequential(value)
    with pytest.raises(TypeError, match="is not a Module subclass"):
        nn.Sequential(nn.Identity()).append(value)

    assert str(error.value) == f"{kind} is not a Module subclass"


# --- Sequential: by number ------------------------------------------------------------


@claim("nn.sequential.index-and-slice", see="generated/torch.nn.Sequential")
def test_layers_are_got_by_number_and_by_slice():
    """An index, also a negative one, gives the layer itself; a slice gives a new
    Sequential of the same layer objects, under the names that they have.
    """
    first, second, third = Add(1), Times(2), Add(3)
    layers = nn.Sequential(first, second, third)

    tail, back, none = layers[1:], layers[::-2], layers[3:]

    assert len(layers) == 3
    assert (layers[0] is first, layers[-1] is third, layers[-3] is first) == (
        True,
        True,
        True,
    )
    assert layers[torch.tensor(1)] is second
    assert (type(tail), tail is layers) == (nn.Sequential, False)
    assert named(tail) == [("1", second), ("2", third)]
    assert tail[0] is second
    assert named(back) == [("2", third), ("0", first)]
    assert len(none) == 0
    assert len(layers) == 3


@claim("nn.sequential.index-errors", see="generated/torch.nn.Sequential")
def test_a_number_out_of_range_is_an_error():
    """An index out of range raises IndexError; a string, even a layer's name, and a
    float raise TypeError.
    """
    layers = nn.Sequential(Add(1), Times(2), Add(3))

    with pytest.raises(IndexError, match=r"^index 3 is out of range$"):
        layers[3]
    with pytest.raises(IndexError, match=r"^index -4 is out of range$"):
        layers[-4]
    with pytest.raises(TypeError, match="'str' object cannot be interpreted as an int"):
        layers["0"]
    with pytest.raises(TypeError, match="'float' object cannot be interpreted"):
        layers[1.0]


@claim("nn.sequential.slice-of-a-subclass", see="generated/torch.nn.Sequential")
def test_a_slice_of_a_subclass_is_of_that_class():
    """A slice of an instance of a subclass of Sequential or ModuleList is an instance
    of that subclass.
    """

    class Layers(nn.Sequential):
        """A Sequential of another name."""

    class Blocks(nn.ModuleList):
        """A ModuleList of another name."""

    layers, blocks = Layers(Add(1), Times(2)), Blocks([Add(1), Times(2)])

    assert type(layers[:1]) is Layers
    assert type(blocks[:1]) is Blocks
    assert (len(layers[:1]), len(blocks[:1])) == (1, 1)


@claim("nn.sequential.iterates-layers", see="generated/torch.nn.Sequential")
def test_iterating_yields_the_layers_in_order():
    """Iterating over a Sequential yields the layers themselves in order, a layer that
    occurs twice two times, where children() has it once.
    """
    first, second = nn.ReLU(), nn.Linear(2, 2)
    layers = nn.Sequential(first, second, first)

    walked = list(layers)

    assert walked == [first, second, first]
    assert list(layers.children()) == [first, second]
    assert len(layers) == 3
    assert second in layers
    assert nn.ReLU() not in layers


@claim("nn.sequential.setitem-replaces-layer", see="generated/torch.nn.Sequential")
def test_assigning_to_a_number_replaces_the_layer(device):
    """Assigning a module to an index, also a negative one, puts it in the old layer's
    place and under its name, and the model runs with it.
    """
    layers = nn.Sequential(OrderedDict(a=Scale(2.0, device), b=Scale(3.0, device)))
    old, last, new = layers[0].factor, Times(5), Scale(7.0, device)

    layers[0] = new
    layers[-1] = last

    assert named(layers) == [("a", new), ("b", last)]
    assert layers(torch.tensor(1.0, device=device)).item() == 35
    assert names(layers.named_parameters()) == ["a.factor"]
    assert next(layers.parameters()) is not old


@claim("nn.sequential.setitem-errors", see="generated/torch.nn.Sequential")
def test_assigning_past_the_end_or_no_module_is_an_error():
    """Assigning to an index that is not there raises IndexError, and assigning what is
    no module raises TypeError; the layers stay.
    """
    first, second = Add(1), Times(2)
    layers, blocks = nn.Sequential(first, second), nn.ModuleList([first, second])

    with pytest.raises(IndexError, match=r"^index 2 is out of range$"):
        layers[2] = nn.ReLU()
    with pytest.raises(IndexError, match=r"^index -3 is out of range$"):
        layers[-3] = nn.ReLU()
    with pytest.raises(TypeError, match="cannot assign 'int' as child module '1'"):
        layers[1] = 3
    with pytest.raises(IndexError, match=r"^index 2 is out of range$"):
        blocks[2] = nn.ReLU()
    with pytest.raises(TypeError, match="cannot assign 'int' as child module '1'"):
        blocks[1] = 3

    assert named(layers) == [("0", first), ("1", second)]
    assert named(blocks) == [("0", first), ("1", second)]


@claim("nn.sequential.delete-renumbers", see="generated/torch.nn.Sequential")
@pytest.mark.parametrize(
    "make",
    [
        lambda layers: nn.Sequential(*layers),
        lambda layers: nn.Sequential(OrderedDict(zip("abcd", layers, strict=True))),
        lambda layers: nn.ModuleList(layers),
    ],
    ids=["Sequential", "Sequential-of-names", "ModuleList"],
)
def test_deleting_a_layer_numbers_the_rest_anew(make):
    """Deleting by index or slice removes the layers and names the remaining ones by
    their new numbers, even those that had names; out of range is an IndexError.
    """
    one, two, three, four = Add(1), Add(2), Add(3), Add(4)
    by_index, by_slice = make([one, two, three, four]), make([one, two, three, four])

    del by_index[1]
    del by_index[-1]
    del by_slice[::2]

    assert named(by_index) == [("0", one), ("1", three)]
    assert named(by_slice) == [("0", two), ("1", four)]
    with pytest.raises(IndexError, match=r"^index 2 is out of range$"):
        del by_slice[2]
    assert len(by_slice) == 2


@claim("nn.sequential.pop", see="generated/torch.nn.Sequential")
@pytest.mark.parametrize(
    "make",
    [lambda *layers: nn.Sequential(*layers), lambda *layers: nn.ModuleList(layers)],
    ids=["Sequential", "ModuleList"],
)
def test_pop_removes_a_layer_and_returns_it(make):
    """pop() with an index or a slice removes the layers, numbers the rest anew and
    returns what the index or slice stands for.
    """
    one, two, three, four = Add(1), Add(2), Add(3), Add(4)
    layers = make(one, two, three, four)

    popped = layers.pop(0)
    last = layers.pop(-1)
    rest = layers.pop(slice(0, 1))

    assert popped is one
    assert last is four
    assert list(rest) == [two]
    assert named(layers) == [("0", three)]


# --- Sequential: growing --------------------------------------------------------------


@claim("nn.sequential.append-and-extend", see="generated/torch.nn.Sequential")
@pytest.mark.parametrize(
    "make",
    [lambda *layers: nn.Sequential(*layers), lambda *layers: nn.ModuleList(layers)],
    ids=["Sequential", "ModuleList"],
)
def test_append_and_extend_put_layers_at_the_end(make):
    """append() and extend() put modules at the end, under the next numbers, and return
    the container.
    """
    one, two, three, four = Add(1), Add(2), Add(3), Add(4)
    layers = make(one)

    appended = layers.append(two)
    extended = layers.extend(module for module in (three, four))

    assert appended is layers
    assert extended is layers
    assert named(layers) == [("0", one), ("1", two), ("2", three), ("3", four)]


@claim("nn.sequential.insert", see="generated/torch.nn.Sequential")
def test_insert_puts_a_layer_before_an_index():
    """Sequential.insert() moves the layers from an index on up by one and returns the
    container; a negative index counts from the end, and the length appends.
    """
    one, two, three = Add(1), Add(2), Add(3)
    front, middle = nn.Sequential(one, two), nn.Sequential(one, two)
    back, negative = nn.Sequential(one, two), nn.Sequential(one, two)

    returned = front.insert(0, three)
    middle.insert(1, three)
    back.insert(2, three)
    negative.insert(-1, three)

    assert returned is front
    assert named(front) == [("0", three), ("1", one), ("2", two)]
    assert named(middle) == [("0", one), ("1", three), ("2", two)]
    assert named(back) == [("0", one), ("1", two), ("2", three)]
    assert named(negative) == [("0", one), ("1", three), ("2", two)]
    assert list(nn.Sequential(one, two).insert(-2, three)) == [three, one, two]


@claim("nn.sequential.insert-errors", see="generated/torch.nn.Sequential")
def test_insert_checks_its_index_and_its_module():
    """Sequential.insert() raises IndexError for an index beyond the length and
    AssertionError for what is no module, and inserts nothing.
    """
    one, two = Add(1), Add(2)
    layers = nn.Sequential(one, two)

    with pytest.raises(IndexError, match=r"^Index out of range: 3$"):
        layers.insert(3, Add(3))
    with pytest.raises(IndexError, match=r"^Index out of range: -3$"):
        layers.insert(-3, Add(3))
    with pytest.raises(AssertionError, match=r"^module should be of type: <class"):
        layers.insert(0, 3)

    assert named(layers) == [("0", one), ("1", two)]


@claim("nn.sequential.add", see="generated/torch.nn.Sequential")
def test_sequentials_can_be_added():
    """The sum of two Sequentials is a new one with the layers of both, and += extends
    the left one in place; anything else raises ValueError.
    """
    one, two, three = Add(1), Add(2), Add(3)
    left, right = nn.Sequential(one), nn.Sequential(OrderedDict(a=two, b=three))
    grown = left

    total = left + right

    assert type(total) is nn.Sequential
    assert named(total) == [("0", one), ("1", two), ("2", three)]
    assert named(left) == [("0", one)]
    left += right
    assert left is grown
    assert named(left) == [("0", one), ("1", two), ("2", three)]
    assert named(right) == [("a", two), ("b", three)]
    with pytest.raises(ValueError, match=r"^add operator .* <class 'list'> is given"):
        left + [one]
    with pytest.raises(ValueError, match=r"^add operator .* <class 'list'> is given"):
        left += [one]
    assert len(left) == 3


@claim("nn.sequential.multiply", see="generated/torch.nn.Sequential")
def test_a_sequential_times_a_number_repeats_the_same_layers():
    """A Sequential times n, from either side or in place, has its layers n times: the
    same objects, so their parameters are shared.
    """
    one, two = Add(1), Times(2)
    layers = nn.Sequential(one, two)
    grown = layers

    right, left = layers * 2, 3 * layers

    assert list(right) == [one, two, one, two]
    assert list(left) == [one, two, one, two, one, two]
    assert names(named(right)) == ["0", "1", "2", "3"]
    assert len(layers) == 2
    assert right(torch.tensor(1)).item() == 10
    assert list(layers * 1) == [one, two]
    layers *= 1
    assert len(layers) == 2
    layers *= 3
    assert layers is grown
    assert list(layers) == [one, two, one, two, one, two]
    assert names(named(layers)) == ["0", "1", "2", "3", "4", "5"]


@claim("nn.sequential.multiply-errors", see="generated/torch.nn.Sequential")
def test_a_sequential_is_multiplied_by_positive_ints_only():
    """Multiplying a Sequential by zero or less raises ValueError, and by what is no int
    TypeError, also in place.
    """
    layers = nn.Sequential(Add(1), Add(2))

    with pytest.raises(
        ValueError, match=r"^Non-positive multiplication factor 0 for <"
    ):
        layers * 0
    with pytest.raises(TypeError, match=r"^unsupported .* <.*> and <class 'float'>$"):
        layers * 1.5
    with pytest.raises(
        ValueError, match=r"^Non-positive multiplication factor -1 for <"
    ):
        layers * -1
    with pytest.raises(ValueError, match=r"^Non-positive multiplication factor 0 for"):
        layers *= 0
    with pytest.raises(TypeError, match=r"^unsupported .* <.*> and <class 'float'>$"):
        layers *= 1.5

    assert len(layers) == 2


# --- ModuleList -----------------------------------------------------------------------


@claim("nn.module-list.is-a-list", see="generated/torch.nn.ModuleList")
def test_a_module_list_is_indexed_like_a_list():
    """A ModuleList made of any iterable has a length, an order and indices, also
    negative ones; a slice is a new ModuleList, numbered anew.
    """
    one, two, three = Add(1), Add(2), Add(3)

    blocks = nn.ModuleList(module for module in (one, two, three))
    tail = blocks[1:]

    assert named(blocks) == [("0", one), ("1", two), ("2", three)]
    assert (len(blocks), len(nn.ModuleList())) == (3, 0)
    assert (blocks[0] is one, blocks[-1] is three, blocks[-3] is one) == (
        True,
        True,
        True,
    )
    assert list(blocks) == [one, two, three]
    assert two in blocks
    assert type(tail) is nn.ModuleList
    assert named(tail) == [("0", two), ("1", three)]
    assert named(nn.ModuleList(nn.Sequential(one))) == [("0", one)]


@claim("nn.module-list.changes", see="generated/torch.nn.ModuleList")
def test_a_module_list_can_be_changed_like_a_list():
    """A ModuleList takes assignment to an index, insert(), + and += with any iterable
    of modules; + makes a new ModuleList, += changes the list itself.
    """
    one, two, three = Add(1), Add(2), Add(3)
    blocks = nn.ModuleList([one, two])
    grown = blocks

    total = blocks + [three]
    inserted = blocks.insert(0, three)
    blocks.insert(2, three)
    blocks[-1] = one

    assert type(total) is nn.ModuleList
    assert named(total) == [("0", one), ("1", two), ("2", three)]
    assert inserted is None
    assert named(blocks) == [("0", three), ("1", one), ("2", three), ("3", one)]
    blocks += (two,)
    assert blocks is grown
    assert named(blocks)[3:] == [("3", one), ("4", two)]


@claim("nn.module-list.errors", see="generated/torch.nn.ModuleList")
def test_a_module_list_refuses_wrong_indices_and_values():
    """A ModuleList raises IndexError for an index out of range, and TypeError for a
    string as index, for what is no module and for what is no iterable.
    """
    one = Add(1)
    blocks = nn.ModuleList([one])

    with pytest.raises(IndexError, match=r"^index 1 is out of range$"):
        blocks[1]
    with pytest.raises(IndexError, match=r"^index -2 is out of range$"):
        blocks[-2]
    with pytest.raises(TypeError, match="'str' object cannot be interpreted as an int"):
        blocks["0"]
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        blocks.append(3)
    with pytest.raises(TypeError, match="with an iterable, but got Add"):
        blocks.extend(one)
    with pytest.raises(TypeError, match="with an iterable, but got int"):
        nn.ModuleList(3)

    assert named(blocks) == [("0", one)]


@claim("nn.container.not-callable", see="generated/torch.nn.ModuleList")
@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: nn.ModuleList(),
            NotImplementedError,
            "ModuleList. is missing the required",
        ),
        (
            lambda: nn.ModuleDict(),
            NotImplementedError,
            "ModuleDict. is missing the required",
        ),
        (lambda: nn.ParameterList(), RuntimeError, "ParameterList should not be call"),
        (lambda: nn.ParameterDict(), RuntimeError, "ParameterDict should not be call"),
    ],
    ids=["ModuleList", "ModuleDict", "ParameterList", "ParameterDict"],
)
def test_only_a_sequential_can_be_called(make, error, message, device):
    """Calling a list or dict of modules raises NotImplementedError, and calling one of
    parameters RuntimeError: unlike a Sequential they don't say what to compute.
    """
    container, x = make(), torch.ones(1, device=device)

    with pytest.raises(error, match=message):
        container(x)


# --- ModuleDict -----------------------------------------------------------------------


@claim("nn.module-dict.is-a-dict", see="generated/torch.nn.ModuleDict")
def test_a_module_dict_is_read_like_a_dict():
    """A ModuleDict has its modules by key, in the order in which they were put in, and
    as attributes; iterating and `in` are over keys.
    """
    one, two = Add(1), Add(2)

    blocks = nn.ModuleDict({"b": one, "a": two})

    assert (blocks["b"] is one, blocks.a is two) == (True, True)
    assert named(blocks) == [("b", one), ("a", two)]
    assert list(blocks) == ["b", "a"]
    assert list(blocks.keys()) == ["b", "a"]
    assert list(blocks.values()) == [one, two]
    assert list(blocks.items()) == [("b", one), ("a", two)]
    assert (len(blocks), len(nn.ModuleDict())) == (2, 0)
    assert ("a" in blocks, "c" in blocks) == (True, False)


@claim("nn.module-dict.changes", see="generated/torch.nn.ModuleDict")
def test_a_module_dict_is_changed_like_a_dict():
    """A key of a ModuleDict may be assigned, deleted and popped, clear() removes all,
    and a missing key raises KeyError.
    """
    one, two, three = Add(1), Add(2), Add(3)
    blocks = nn.ModuleDict({"a": one, "b": two, "c": three})

    blocks["a"] = three
    del blocks["b"]
    popped = blocks.pop("c")

    assert popped is three
    assert named(blocks) == [("a", three)]
    with pytest.raises(KeyError, match="b"):
        blocks["b"]
    with pytest.raises(KeyError, match="b"):
        del blocks["b"]
    with pytest.raises(KeyError, match="b"):
        blocks.pop("b")
    assert blocks.clear() is None
    assert len(blocks) == 0


@claim("nn.module-dict.update", see="generated/torch.nn.ModuleDict")
def test_a_module_dict_is_updated_from_dicts_and_pairs():
    """update() of a ModuleDict takes a dict, another ModuleDict, or pairs, adds new
    keys at the end in their order, and replaces known ones where they are.
    """
    one, two, three = Add(1), Add(2), Add(3)
    blocks = nn.ModuleDict([["a", one]])

    returned = blocks.update({"c": two, "b": two})
    blocks.update(nn.ModuleDict({"a": three}))
    blocks.update([("d", one)])

    assert returned is None
    assert named(blocks) == [("a", three), ("c", two), ("b", two), ("d", one)]


@claim("nn.module-dict.errors", see="generated/torch.nn.ModuleDict")
def test_a_module_dict_refuses_wrong_keys_and_values():
    """A ModuleDict refuses keys that are no strings, have a dot or are the name of one
    of its attributes, values that are no modules, and what is neither dict nor pairs.
    """
    with pytest.raises(TypeError, match="module name should be a string"):
        nn.ModuleDict({3: Add(1)})
    with pytest.raises(KeyError, match=r"name can.+t contain"):
        nn.ModuleDict({"a.b": Add(1)})
    with pytest.raises(KeyError, match="attribute 'keys' already exists"):
        nn.ModuleDict({"keys": Add(1)})
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        nn.ModuleDict({"a": 3})
    with pytest.raises(TypeError, match="iterable of key/value pairs, but got int"):
        nn.ModuleDict(3)
    with pytest.raises(TypeError, match="sequence element #0 should be Iterable"):
        nn.ModuleDict([3])
    with pytest.raises(ValueError, match="element #1 has length 1; 2 is required"):
        nn.ModuleDict([("a", Add(1)), ("b",)])


# --- ParameterList --------------------------------------------------------------------


@claim("nn.parameter-list.is-a-list", see="generated/torch.nn.ParameterList")
def test_a_parameter_list_makes_parameters_of_tensors(device):
    """A ParameterList keeps a Parameter as it is, makes one over the same storage of a
    plain tensor, and keeps any other object, which is not registered.
    """
    parameter = nn.Parameter(torch.zeros(1, device=device), requires_grad=False)
    tensor = torch.tensor([1.0, 2.0], device=device)

    listed = nn.ParameterList([parameter, tensor, "text"])

    assert listed[0] is parameter
    assert type(listed[1]) is nn.Parameter
    assert shares_storage(listed[1], tensor)
    assert (listed[1].requires_grad, listed[1].tolist()) == (True, [1, 2])
    assert listed[-1] == "text"
    assert len(listed) == 3
    assert [type(item) for item in listed] == [nn.Parameter, nn.Parameter, str]
    assert names(listed.named_parameters()) == ["0", "1"]
    assert list(listed.state_dict()) == ["0", "1"]


@claim("nn.parameter-list.changes", see="generated/torch.nn.ParameterList")
def test_a_parameter_list_is_changed_like_a_list(device):
    """append(), extend(), += and assignment to an index take tensors and parameters;
    a slice is a new ParameterList of the same parameters; an attribute is no item.
    """
    one, two = (nn.Parameter(torch.zeros(1, device=device)) for _ in range(2))
    tensor = torch.ones(1, device=device)
    listed = nn.ParameterList([one, two])
    grown = listed

    appended = listed.append(tensor)
    extended = listed.extend([two])
    listed += [one]
    listed[-1] = tensor
    listed.extra = one
    tail = listed[1:4:2]

    assert appended is listed
    assert extended is listed
    assert listed is grown
    assert len(listed) == 5
    assert [type(item) for item in listed] == [nn.Parameter] * 5
    assert listed[3] is two
    assert shares_storage(listed[4], tensor)
    assert type(tail) is nn.ParameterList
    assert [item is two for item in tail] == [True, True]
    assert names(listed.named_parameters()) == ["0", "1", "2", "4"]


@claim("nn.parameter-list.errors", see="generated/torch.nn.ParameterList")
def test_a_parameter_list_refuses_wrong_indices_and_values(device):
    """A ParameterList raises IndexError for an index out of range and TypeError for a
    single tensor, a number, or a number assigned over a parameter; nothing changes.
    """
    parameter = nn.Parameter(torch.zeros(1, device=device))
    listed = nn.ParameterList([parameter])

    with pytest.raises(IndexError, match=r"^index 1 is out of range$"):
        listed[1]
    with pytest.raises(IndexError, match=r"^index -2 is out of range$"):
        listed[-2] = parameter
    with pytest.raises(TypeError, match="with an iterable, but got Tensor"):
        listed.extend(torch.zeros(2, device=device))
    with pytest.raises(TypeError, match="with an iterable, but got int"):
        nn.ParameterList(3)
    with pytest.raises(TypeError, match="cannot assign 'int' as parameter '0'"):
        listed[0] = 3

    assert len(listed) == 1
    assert listed[0] is parameter


# --- ParameterDict --------------------------------------------------------------------


@claim("nn.parameter-dict.is-a-dict", see="generated/torch.nn.ParameterDict")
def test_a_parameter_dict_makes_parameters_of_tensors(device):
    """A ParameterDict keeps a Parameter as it is, makes one over the same storage of a
    plain tensor, keeps any other object, and is read like a dict; an attribute is no
    item.
    """
    one = nn.Parameter(torch.zeros(1, device=device))
    tensor = torch.tensor([1.0, 2.0], device=device)

    held = nn.ParameterDict([("b", one), ("a", tensor), ("c", 3)])
    held.extra = one

    assert held["b"] is one
    assert held.b is one
    assert type(held["a"]) is nn.Parameter
    assert shares_storage(held["a"], tensor)
    assert list(held) == ["b", "a", "c"]
    assert list(reversed(held)) == ["c", "a", "b"]
    assert list(held.keys()) == ["b", "a", "c"]
    assert [type(value) for value in held.values()] == [nn.Parameter, nn.Parameter, int]
    assert [(key, type(value)) for key, value in held.items()][2] == ("c", int)
    assert (len(held), "a" in held, "extra" in held) == (3, True, False)
    assert names(held.named_parameters()) == ["b", "a"]


@claim("nn.parameter-dict.order", see="generated/torch.nn.ParameterDict")
def test_a_parameter_dict_sorts_the_keys_of_a_plain_dict(device):
    """A ParameterDict takes the items of a plain dict sorted by key, and those of an
    OrderedDict, a ParameterDict or pairs in their own order.
    """
    tensor = torch.zeros(1, device=device)

    plain = nn.ParameterDict({"b": tensor, "a": tensor})
    ordered = nn.ParameterDict(OrderedDict(b=tensor, a=tensor))
    pairs = nn.ParameterDict([("b", tensor), ("a", tensor)])
    other = nn.ParameterDict(ordered)

    assert list(plain) == ["a", "b"]
    assert list(ordered) == ["b", "a"]
    assert list(pairs) == ["b", "a"]
    assert list(other) == ["b", "a"]
    assert other["a"] is ordered["a"]


@claim("nn.parameter-dict.changes", see="generated/torch.nn.ParameterDict")
def test_a_parameter_dict_is_changed_like_a_dict(device):
    """Assignment, setdefault(), del, pop(), popitem() and clear() change a
    ParameterDict as they change a dict, and register and unregister with it.
    """
    one, two = (nn.Parameter(torch.zeros(1, device=device)) for _ in range(2))
    held = nn.ParameterDict(OrderedDict(a=one, b=one, c=one, d=one))

    held["a"] = two
    known, new = held.setdefault("a", one), held.setdefault("e", two)
    del held["b"]
    popped, last = held.pop("c"), held.popitem()

    assert known is two
    assert new is two
    assert popped is one
    assert (last[0], last[1] is two) == ("e", True)
    assert list(held) == ["a", "d"]
    assert names(held.named_parameters()) == ["a", "d"]
    assert held.get("a") is two
    assert (held.get("z"), held.get("z", 3)) == (None, 3)
    assert held.setdefault("n") is None
    assert held.clear() is None
    assert (len(held), list(held.parameters())) == (0, [])


@claim("nn.parameter-dict.copy-and-merge", see="generated/torch.nn.ParameterDict")
def test_parameter_dicts_are_copied_and_merged_like_dicts(device):
    """copy() and fromkeys() make new ParameterDicts, | merges two into a new one in
    which the right one wins, or into a dict if the left one is a dict, and update() and
    |= merge in place.
    """
    one, two = (nn.Parameter(torch.zeros(1, device=device)) for _ in range(2))
    left = nn.ParameterDict(OrderedDict(b=one, a=one))
    right = nn.ParameterDict(OrderedDict(a=two, c=two))
    grown = left

    twin, merged = left.copy(), left | right
    made = left.fromkeys(["y", "x"], torch.zeros(1, device=device))
    plain = {"b": one, "a": one} | right

    assert (type(twin), twin is left, twin["b"] is one) == (
        nn.ParameterDict,
        False,
        True,
    )
    assert list(twin) == ["b", "a"]
    assert (type(merged), list(merged)) == (nn.ParameterDict, ["b", "a", "c"])
    assert (merged["a"] is two, left["a"] is one, len(left)) == (True, True, 2)
    assert (list(made), type(made["x"])) == (["y", "x"], nn.Parameter)
    assert (type(plain), list(plain)) == (dict, ["b", "a", "c"])
    assert (plain["a"] is two, plain["b"] is one) == (True, True)
    left |= right
    assert left is grown
    assert (list(left), left["a"] is two) == (["b", "a", "c"], True)
    assert right.update({"z": one, "a": one}) is None
    assert (list(right), right["a"] is one) == (["a", "c", "z"], True)


@claim("nn.parameter-dict.errors", see="generated/torch.nn.ParameterDict")
def test_a_parameter_dict_refuses_wrong_keys_and_values(device):
    """A missing key of a ParameterDict raises AttributeError when read or popped and
    KeyError when deleted; keys are names, and what it is made of are pairs.
    """
    tensor = torch.zeros(1, device=device)
    held = nn.ParameterDict({"a": tensor})

    with pytest.raises(AttributeError, match="no attribute 'z'"):
        held["z"]
    with pytest.raises(AttributeError, match="no attribute 'z'"):
        held.pop("z")
    with pytest.raises(KeyError, match="z"):
        del held["z"]
    with pytest.raises(TypeError, match=r"it is not a string \(type is 'int'\)"):
        held[3]
    with pytest.raises(TypeError, match="cannot assign 'int' as parameter 'a'"):
        held["a"] = 3
    with pytest.raises(KeyError, match=r"name can.+t contain"):
        nn.ParameterDict({"a.b": tensor})
    with pytest.raises(TypeError, match="iterable of key/value pairs, but got int"):
        nn.ParameterDict(3)
    with pytest.raises(TypeError, match="sequence element #0 should be Iterable"):
        nn.ParameterDict([3])
    with pytest.raises(ValueError, match="element #1 has length 1; 2 is required"):
        nn.ParameterDict([("a", tensor), ("b",)])

    assert list(held) == ["a"]


# --- how they are printed -------------------------------------------------------------


@claim("nn.module.repr", see="generated/torch.nn.Module")
def test_a_container_is_printed_with_the_names_of_its_layers():
    """The text of a Sequential or a ModuleDict has each layer below the other, after
    its number or its key.
    """
    model = nn.Sequential(OrderedDict(layer=nn.Linear(1, 2), last=nn.Sequential()))
    blocks = nn.ModuleDict({"a": nn.Sequential(nn.Identity())})

    assert repr(model) == (
        "Sequential(\n"
        "  (layer): Linear(in_features=1, out_features=2, bias=True)\n"
        "  (last): Sequential()\n"
        ")"
    )
    assert repr(blocks) == (
        "ModuleDict(\n  (a): Sequential(\n    (0): Identity()\n  )\n)"
    )


@claim("nn.module-list.repr", see="generated/torch.nn.ModuleList", since="2.0")
def test_a_module_list_prints_neighbours_of_equal_settings_once():
    """The text of a ModuleList has neighbours with the same text once, whatever their
    weights, with the numbers of the first and the last and how many they are.
    """
    blocks = nn.ModuleList([nn.Linear(1, 2), nn.Linear(1, 2), nn.Linear(1, 3)])

    assert repr(blocks) == (
        "ModuleList(\n"
        "  (0-1): 2 x Linear(in_features=1, out_features=2, bias=True)\n"
        "  (2): Linear(in_features=1, out_features=3, bias=True)\n"
        ")"
    )


@claim("nn.parameter-list.repr", see="generated/torch.nn.ParameterList")
def test_a_parameter_container_prints_what_it_holds():
    """The text of a ParameterList or ParameterDict has a line for each item, with its
    dtype and size, or the type of an object that is no tensor.
    """
    listed = nn.ParameterList([torch.zeros(2, 3), 4])
    held = nn.ParameterDict({"a": torch.zeros(2, 3), "b": "text"})

    assert repr(listed) == (
        "ParameterList(\n"
        "    (0): Parameter containing: [torch.float32 of size 2x3]\n"
        "    (1): Object of type: int\n"
        ")"
    )
    assert repr(held) == (
        "ParameterDict(\n"
        "    (a): Parameter containing: [torch.FloatTensor of size 2x3]\n"
        "    (b): Object of type: str\n"
        ")"
    )


# --- a whole network ------------------------------------------------------------------


class LeNet(nn.Module):
    """Two convolutions with pooling, and three linear layers."""

    def __init__(self, device):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, device=device)
        self.conv2 = nn.Conv2d(6, 16, 3, device=device)
        self.fc1 = nn.Linear(16 * 6 * 6, 120, device=device)
        self.fc2 = nn.Linear(120, 84, device=device)
        self.fc3 = nn.Linear(84, 10, device=device)

    def features(self, x):
        """Return what each convolution and each pooling gives."""
        wide = self.conv1(x).relu()
        small = nn.functional.max_pool2d(wide, 2)
        narrow = self.conv2(small).relu()
        return wide, small, narrow, nn.functional.max_pool2d(narrow, 2)

    def forward(self, x):
        """Return ten numbers for each image."""
        flat = self.features(x)[-1].flatten(1)
        return self.fc3(self.fc2(self.fc1(flat).relu()).relu())


@claim("nn.lenet.shapes-and-parameters", see="generated/torch.nn.Conv2d")
def test_lenet_makes_ten_numbers_of_an_image(device):
    """A LeNet makes 16 maps of 6 x 6 of an image of 32 x 32, and of these ten numbers,
    for any number of images; it has ten parameters with 81194 elements.
    """
    net = LeNet(device)
    images = torch.zeros(4, 1, 32, 32, device=device)

    features = net.features(images)
    output = net(images)

    assert [tuple(maps.shape) for maps in features] == [
        (4, 6, 30, 30),
        (4, 6, 15, 15),
        (4, 16, 13, 13),
        (4, 16, 6, 6),
    ]
    assert tuple(output.shape) == (4, 10)
    assert tuple(net(images[:0]).shape) == (0, 10)
    assert [parameter.numel() for parameter in net.parameters()] == [
        54,
        6,
        864,
        16,
        69120,
        120,
        10080,
        84,
        840,
        10,
    ]
    assert sum(parameter.numel() for parameter in net.parameters()) == 81194


@claim("nn.lenet.other-sizes", see="generated/torch.nn.Linear")
def test_lenet_fits_images_of_one_size_only(device):
    """A LeNet raises RuntimeError for images of 28 x 28, whose features don't fit its
    first linear layer, for images of two channels, and for an image without a batch.
    """
    net = LeNet(device)

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        net(torch.zeros(1, 1, 28, 28, device=device))
    with pytest.raises(RuntimeError, match="to have 1 channels, but got 2 channels"):
        net(torch.zeros(1, 2, 32, 32, device=device))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        net(torch.zeros(1, 32, 32, device=device))

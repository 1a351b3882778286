"""The graph: what an operation records.

An operation on a tensor that requires gradients leaves a node in ``grad_fn`` of its
result. A node knows the operation's name, what the derivative will need, and which
nodes come next: those of its inputs. The nodes and these links are the graph that a
backward pass follows from a result to the leaves. It is made anew while Python runs,
one operation after the other, and it is kept alive by the results that stand on it.

It is often believed that ``grad_fn`` is the whole graph, and that tensors are nodes in
it. It is one node, of the last operation, and the graph holds operations only: a leaf
appears as the node that will add to its ``.grad``.
"""

import re
import warnings
import weakref

import pytest
import torch
import torch.fx
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd.graph import save_on_cpu, saved_tensors_hooks

from spec.models.graph import (
    WORDS,
    gradient_of_selection,
    longest_path,
    reachable,
    recorded,
)
from torch_semantics import claim
from torch_semantics.words import shares_storage

FREED = "after they have already been freed"


class Tripled(torch.autograd.Function):
    """Three times a tensor, saving the tensor and keeping a number."""

    @staticmethod
    def forward(ctx, tensor):
        """Save the tensor, and give three times of it."""
        ctx.save_for_backward(tensor)
        ctx.factor = 3
        return tensor * 3

    @staticmethod
    def backward(ctx, gradient):
        """Give the gradient as often as the context says."""
        return gradient * ctx.factor


# --- grad_fn: one node ----------------------------------------------------------------


@claim("autograd.grad-fn.records-operation", see="notes/autograd")
def test_grad_fn_is_a_node_named_after_the_operation(device):
    """grad_fn of a result that requires gradients is a node whose name() is that of the
    operation, and grad_fn is None for a leaf and where no input requires gradients.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    plain = torch.tensor([3.0, 4.0], device=device)

    product = x * plain
    of_plain = plain * plain

    assert product.grad_fn.name() == "MulBackward0"
    assert type(product.grad_fn).__name__ == "MulBackward0"
    assert x.grad_fn is None
    assert (of_plain.grad_fn, of_plain.requires_grad) == (None, False)


@claim("autograd.grad-fn.names-of-arithmetic", see="notes/autograd")
def test_every_call_form_of_arithmetic_records_the_same_name(device):
    """Operators, functions and methods of one arithmetic operation record nodes of the
    same name, for a number as for a tensor; only a number before - or / makes it
    another operation.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)

    sums = [x + 1, 1 + x, x + x, torch.add(x, 1), x.add(1)]
    differences = [x - 1, x - x, torch.sub(x, 1), x.sub(1)]
    products = [x * 2, 2 * x, x * x, torch.mul(x, 2), x.mul(2)]
    quotients = [x / 2, x / x, torch.div(x, 2), x.div(2)]
    negatives = [-x, torch.neg(x), x.neg()]

    assert [result.grad_fn.name() for result in sums] == ["AddBackward0"] * 5
    assert [result.grad_fn.name() for result in differences] == ["SubBackward0"] * 4
    assert [result.grad_fn.name() for result in products] == ["MulBackward0"] * 5
    assert [result.grad_fn.name() for result in quotients] == ["DivBackward0"] * 4
    assert [result.grad_fn.name() for result in negatives] == ["NegBackward0"] * 3
    assert (1 - x).grad_fn.name() == "RsubBackward1"
    assert (1 / x).grad_fn.name() == "MulBackward0"
    assert (1 / x).grad_fn.next_functions[0][0].name() == "ReciprocalBackward0"


@claim("autograd.grad-fn.names-of-functions", see="notes/autograd")
def test_functions_record_their_names(device):
    """Pointwise functions, reductions and joins of one step record nodes that bear
    their names, the product of matrices that of mm, and a function made of another
    one, as square is of a power, the name of that.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)

    assert x.exp().grad_fn.name() == "ExpBackward0"
    assert x.log().grad_fn.name() == "LogBackward0"
    assert x.sqrt().grad_fn.name() == "SqrtBackward0"
    assert x.tanh().grad_fn.name() == "TanhBackward0"
    assert x.sigmoid().grad_fn.name() == "SigmoidBackward0"
    assert x.relu().grad_fn.name() == "ReluBackward0"
    assert x.sum().grad_fn.name() == "SumBackward0"
    assert x.mean().grad_fn.name() == "MeanBackward0"
    assert (x @ x).grad_fn.name() == "MmBackward0"
    assert x.square().grad_fn.name() == "PowBackward0"
    assert x.clone().grad_fn.name() == "CloneBackward0"
    assert torch.cat([x, x]).grad_fn.name() == "CatBackward0"
    assert torch.stack([x, x]).grad_fn.name() == "StackBackward0"
    assert torch.where(x > 2, x, x).grad_fn.name() == "WhereBackward0"


@claim("autograd.grad-fn.names-of-views", see="tensor_view")
def test_views_and_indexing_record_their_names(device):
    """Views record nodes too: view, transpose, select by a number, slice by a range,
    and unsqueeze for None; an index that is a tensor records a node named Index, but a
    number in a 0-dim tensor selects.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)
    places = torch.tensor([0], device=device)
    number = torch.tensor(0, device=device)

    assert x.view(4).grad_fn.name() == "ViewBackward0"
    assert x.t().grad_fn.name() == "TBackward0"
    assert x.transpose(0, 1).grad_fn.name() == "TransposeBackward0"
    assert x.permute(1, 0).grad_fn.name() == "PermuteBackward0"
    assert x.unsqueeze(0).grad_fn.name() == "UnsqueezeBackward0"
    assert x.expand(3, 2, 2).grad_fn.name() == "ExpandBackward0"
    assert x.unbind()[0].grad_fn.name() == "UnbindBackward0"
    assert x[0].grad_fn.name() == "SelectBackward0"
    assert x[0:1].grad_fn.name() == "SliceBackward0"
    assert x[None].grad_fn.name() == "UnsqueezeBackward0"
    assert x[places].grad_fn.name() == "IndexBackward0"
    assert x[x > 1].grad_fn.name() == "IndexBackward0"
    assert x[number].grad_fn.name() == "SelectBackward0"


@claim(
    "autograd.grad-fn.numbers-tell-overloads", see="notes/autograd", level="observed"
)
def test_the_number_in_a_name_tells_overloads_apart(device):
    """The number at the end of a node's name tells which overload of the operation was
    called.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)

    assert (x**2).grad_fn.name() == "PowBackward0"
    assert (x**x).grad_fn.name() == "PowBackward1"
    assert x.sum().grad_fn.name() == "SumBackward0"
    assert x.sum(0).grad_fn.name() == "SumBackward1"
    assert x.max().grad_fn.name() == "MaxBackward1"
    assert x.max(0).values.grad_fn.name() == "MaxBackward0"


@claim("autograd.grad-fn.in-place-replaces", see="notes/autograd")
def test_an_in_place_operation_replaces_grad_fn(device):
    """An in-place operation gives its tensor a new grad_fn, which leads to the one
    before; that of mul_ has the name of that of mul.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x + 1
    before = y.grad_fn

    y.mul_(2)

    assert before.name() == "AddBackward0"
    assert y.grad_fn.name() == "MulBackward0"
    assert y.grad_fn.next_functions[0] == (before, 0)


@claim("autograd.grad-fn.writes-into-a-part", see="notes/autograd")
def test_a_write_into_a_part_records_copy_slices(device):
    """Assigning to an index gives the whole tensor a node named CopySlices, which leads
    to its node before and to that of the value.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    value = torch.tensor(5.0, device=device, requires_grad=True)
    y = x.clone()
    clone = y.grad_fn

    y[0] = value

    assert type(y.grad_fn).__name__ == "CopySlices"
    (first, second) = y.grad_fn.next_functions
    assert first == (clone, 0)
    assert second[0].variable is value


@claim("autograd.grad-fn.none-for-leaves", see="notes/autograd")
def test_leaves_have_no_grad_fn(device):
    """Leaves have no grad_fn: tensors of the user, parameters, results under no_grad
    or of inputs without the flag, and detached tensors; a view of a leaf that requires
    gradients is no leaf and has one.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    plain = torch.ones(2, device=device)

    parameter = torch.nn.Parameter(torch.ones(2, device=device))
    detached = (x * 2).detach()
    with torch.no_grad():
        unrecorded = x * 2
    of_plain = plain * 2
    view = x.view(2, 1)

    leaves = [x, plain, parameter, detached, unrecorded, of_plain]
    assert [leaf.grad_fn for leaf in leaves] == [None] * 6
    assert [leaf.is_leaf for leaf in leaves] == [True] * 6
    assert [leaf.requires_grad for leaf in leaves] == [True, False, True] + [False] * 3
    assert (view.grad_fn.name(), view.is_leaf) == ("ViewBackward0", False)


@claim("autograd.grad-fn.in-repr", see="notes/autograd")
def test_printing_a_tensor_shows_the_name_of_its_node(device):
    """The repr of a result ends with the name of its node, that of a leaf with its flag
    and that of a detached tensor with neither; that of a node begins with the name.
    """
    x = torch.tensor([1.0, 2.0], dtype=torch.float16, device=device).requires_grad_()

    of_leaf = repr(x)
    doubled = repr(x * 2)
    detached = repr((x * 2).detach())

    kind = "(, device='[^']*')?, dtype=torch.float16"  # no device where it is the CPU
    assert re.fullmatch(rf"tensor\(\[1., 2.\]{kind}, requires_grad=True\)", of_leaf)
    assert re.fullmatch(rf"tensor\(\[2., 4.\]{kind}, grad_fn=<MulBackward0>\)", doubled)
    assert re.fullmatch(rf"tensor\(\[2., 4.\]{kind}\)", detached)
    assert x.tolist() == [1.0, 2.0]
    assert repr((x * 2).grad_fn).startswith("<MulBackward0 object at ")


@claim("autograd.grad-fn.one-object", see="notes/autograd")
def test_grad_fn_is_one_object_while_it_is_held(device):
    """Every reading of grad_fn gives the same object while one is held, and the same
    operation done twice makes two nodes.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 2

    node = y.grad_fn
    other = (x * 2).grad_fn

    assert y.grad_fn is node
    assert node in {y.grad_fn}
    assert other.name() == "MulBackward0"
    assert other is not node
    assert other != node


@claim("autograd.grad-fn.metadata", see="generated/torch.autograd.graph.Node.metadata")
def test_a_node_has_a_dict_for_notes(device):
    """The metadata of a node is a dict, empty at first, that keeps what is written into
    it for as long as the node lives.
    """
    y = torch.tensor([1.0], device=device, requires_grad=True) * 2
    before = dict(y.grad_fn.metadata)

    y.grad_fn.metadata["note"] = "here"

    assert before == {}
    assert y.grad_fn.metadata == {"note": "here"}
    assert (y * 2).grad_fn.metadata == {}


@claim(
    "autograd.graph.node-type",
    see="generated/torch.autograd.graph.Node.name",
    since="2.0",
)
def test_nodes_are_instances_of_node_and_not_of_function(device):
    """grad_fn of a built-in operation, the node of a leaf and the node of a Function of
    one's own are instances of torch.autograd.graph.Node, and none of them of
    torch.autograd.Function; only the last has a class made in Python.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    built_in = (x * 2).grad_fn
    of_leaf = built_in.next_functions[0][0]
    own = Tripled.apply(x).grad_fn

    assert isinstance(built_in, torch.autograd.graph.Node)
    assert isinstance(of_leaf, torch.autograd.graph.Node)
    assert isinstance(own, torch.autograd.graph.Node)
    assert not isinstance(built_in, torch.autograd.Function)
    assert not isinstance(own, torch.autograd.Function)
    assert not isinstance(built_in, torch.autograd.function.BackwardCFunction)
    assert isinstance(own, torch.autograd.function.BackwardCFunction)


@claim(
    "autograd.graph.not-a-node",
    see="generated/torch.autograd.graph.Node.name",
    since="2.0",
)
def test_nothing_else_is_a_node(device):
    """Tensors, Functions and objects of a class that only bears the name of a node are
    no instances of Node, nor are nodes of a class derived from it, and a Node cannot be
    made by calling the class.
    """
    namesake = type("MulBackward0", (), {})
    derived = type("Derived", (torch.autograd.graph.Node,), {})
    node = torch.ones(1, device=device, requires_grad=True).exp().grad_fn

    assert not isinstance(torch.ones(1, device=device), torch.autograd.graph.Node)
    assert not isinstance(namesake(), torch.autograd.graph.Node)
    assert not isinstance(None, torch.autograd.graph.Node)
    assert not issubclass(Tripled, torch.autograd.graph.Node)
    assert isinstance(node, torch.autograd.graph.Node)
    assert not isinstance(node, derived)
    with pytest.raises(TypeError, match="abstract class Node"):
        torch.autograd.graph.Node()


@claim("autograd.grad-fn.of-own-function", see="notes/extending")
def test_the_node_of_an_own_function_is_named_after_it(device):
    """A Function's node is named after its class, leads to the inputs, and has the
    attributes that forward set on its context, and the tensors saved there.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    y = Tripled.apply(x)
    node = y.grad_fn

    assert node.name() == "TripledBackward"
    assert type(node).__name__ == "TripledBackward"
    assert node.factor == 3
    assert node.saved_tensors[0] is x
    assert len(node.saved_tensors) == 1
    assert [pair[0].variable is x for pair in node.next_functions] == [True]


# --- next_functions: the links --------------------------------------------------------


@claim("autograd.graph.nodes-are-operations", see="notes/autograd")
def test_the_graph_has_nodes_for_operations_and_leaves_only(device):
    """next_functions has a pair of node and number for each differentiable input: the
    node of the operation that made it, for a leaf that requires gradients an
    AccumulateGrad whose variable is the leaf, and None for an input without gradients;
    the graph works on after the tensors between are gone.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    constant = torch.tensor([3.0, 4.0], device=device)
    y = x * constant
    y_node = y.grad_fn
    z = torch.cat([y, x, constant])

    del y
    ((first, second), (of_leaf, at), last) = z.grad_fn.next_functions
    z.sum().backward()

    assert (first, second) == (y_node, 0)
    assert (type(of_leaf).__name__, at) == ("AccumulateGrad", 0)
    assert of_leaf.variable is x
    assert last == (None, 0)
    assert y_node.next_functions == ((of_leaf, 0), (None, 0))
    assert x.grad.tolist() == [4.0, 5.0]


@claim("autograd.graph.a-pair-per-tensor", see="notes/autograd")
def test_the_pairs_stand_in_the_order_of_the_inputs(device):
    """next_functions is a tuple with a pair for each differentiable argument, in their
    order, and None stands where one has no gradient; a number that is added or
    multiplied counts as one, an exponent, an index and a condition don't.
    """
    x = torch.tensor([1.0], device=device, requires_grad=True)
    w = torch.tensor([2.0], device=device, requires_grad=True)
    plain = torch.tensor([3.0], device=device)
    index = torch.tensor([0], device=device)
    x_node, w_node = [node for node, _ in (x * w).grad_fn.next_functions]
    none = (None, 0)

    assert (x * w).grad_fn.next_functions == ((x_node, 0), (w_node, 0))
    assert (w * x).grad_fn.next_functions == ((w_node, 0), (x_node, 0))
    assert (plain * x).grad_fn.next_functions == (none, (x_node, 0))
    assert torch.cat([plain, w, plain]).grad_fn.next_functions == (
        none,
        (w_node, 0),
        none,
    )
    assert (x * 2).grad_fn.next_functions == ((x_node, 0), none)
    assert (x + 2).grad_fn.next_functions == ((x_node, 0), none)
    assert (x**2).grad_fn.next_functions == ((x_node, 0),)
    assert x.sum().grad_fn.next_functions == ((x_node, 0),)
    assert x.gather(0, index).grad_fn.next_functions == ((x_node, 0),)
    assert torch.where(x > 2, w, plain).grad_fn.next_functions == ((w_node, 0), none)


@claim("autograd.graph.number-of-the-output", see="notes/autograd")
def test_the_number_of_a_pair_says_which_output_is_meant(device):
    """The number beside a node says which output of its operation is meant, the same as
    output_nr of that tensor.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    pieces = x.unbind()
    node = pieces[0].grad_fn

    used = [piece * 10 for piece in pieces]
    pairs = [result.grad_fn.next_functions[0] for result in used]

    assert node.name() == "UnbindBackward0"
    assert pairs == [(node, 0), (node, 1), (node, 2)]
    assert [result.tolist() for result in used] == [10.0, 20.0, 30.0]
    assert [piece.output_nr for piece in pieces] == [0, 1, 2]
    assert [result.output_nr for result in [x, *used]] == [0, 0, 0, 0]
    assert [piece.tolist() for piece in pieces] == [1.0, 2.0, 3.0]


@claim("autograd.graph.accumulate-grad", see="notes/autograd")
def test_accumulate_grad_ends_the_graph(device):
    """AccumulateGrad has no next functions, and its variable is the leaf itself, a
    Parameter for a Parameter.
    """
    parameter = torch.nn.Parameter(torch.tensor([1.0, 2.0], device=device))

    node = (parameter * 2).grad_fn.next_functions[0][0]

    assert node.name() == "torch::autograd::AccumulateGrad"
    assert node.next_functions == ()
    assert node.variable is parameter


@claim("autograd.graph.one-accumulate-grad-per-leaf", see="notes/autograd")
def test_all_uses_of_a_leaf_lead_to_one_node(device):
    """All uses of a leaf, in one graph or in several, lead to one AccumulateGrad, and
    another leaf over the same storage has a node of its own.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    alias = x.detach().requires_grad_()
    square = x * x
    exponential = x.exp()

    (left, _), (right, _) = square.grad_fn.next_functions
    elsewhere = exponential.grad_fn.next_functions[0][0]
    of_alias = alias.exp().grad_fn.next_functions[0][0]

    assert left is right
    assert elsewhere is left
    assert of_alias is not left
    assert of_alias.variable is alias


@claim("autograd.graph.keeps-leaves-alive", see="notes/autograd")
def test_a_graph_keeps_its_leaves_alive(device):
    """A leaf lives while a result is held whose graph leads to it, and dies with it."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x + 1
    leaf = weakref.ref(x)

    del x
    while_held = leaf() is y.grad_fn.next_functions[0][0].variable
    del y

    assert while_held
    assert leaf() is None


@claim("autograd.graph.acyclic", see="notes/autograd")
def test_the_graph_has_no_cycles(device):
    """Every way along next_functions ends: a value used twice is one node with two
    nodes before it, and in-place operations lengthen the way instead of closing it.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    shared = x * 2
    result = shared.exp() + shared.neg()

    written = result.clone()
    written.add_(shared)
    written.add_(written)

    assert [node.name() for node in reachable(result.grad_fn)] == [
        "AddBackward0",
        "ExpBackward0",
        "NegBackward0",
        "MulBackward0",
        "torch::autograd::AccumulateGrad",
    ]
    assert longest_path(written.grad_fn) == [
        "AddBackward0",
        "AddBackward0",
        "CloneBackward0",
        "AddBackward0",
        "ExpBackward0",
        "MulBackward0",
        "torch::autograd::AccumulateGrad",
    ]


@claim("autograd.graph.chain-of-any-operations", see="notes/autograd")
@given(words=st.lists(st.sampled_from(sorted(WORDS)), max_size=6))
def test_any_chain_of_operations_is_found_again_in_the_graph(words, device):
    """A chain of any operations leaves their nodes, the last first, and after them the
    node of the leaf.
    """
    result = torch.zeros(1, device=device, requires_grad=True).view_as(
        torch.zeros(1, device=device)
    )

    for word in words:
        result = {
            "add": lambda value: value + 1,
            "mul": lambda value: value * 2,
            "exp": lambda value: value.exp(),
            "neg": lambda value: -value,
        }[word](result)

    assert (words, longest_path(result.grad_fn)) == (
        words,
        [*recorded(words), "ViewBackward0", "torch::autograd::AccumulateGrad"],
    )


@claim("autograd.grad-fn.names-last-operation", see="notes/autograd")
def test_grad_fn_of_a_loss_is_the_node_of_the_loss_alone(device):
    """grad_fn of a loss is one node, of the loss; the layer before it comes next, then
    the parameters, and None stands for the target and the input.
    """
    layer = torch.nn.Linear(2, 1).to(device)
    batch = torch.tensor([[1.0, 2.0]], device=device)
    target = torch.tensor([[3.0]], device=device)
    output = layer(batch)

    loss = torch.nn.MSELoss()(output, target)

    assert loss.grad_fn.name() == "MseLossBackward0"
    assert loss.grad_fn.next_functions == ((output.grad_fn, 0), (None, 0))
    assert output.grad_fn.name() == "AddmmBackward0"
    (bias, no_input, weight) = output.grad_fn.next_functions
    assert bias[0].variable is layer.bias
    assert no_input == (None, 0)
    assert weight[0].name() == "TBackward0"
    assert weight[0].next_functions[0][0].variable is layer.weight


@claim("autograd.grad-fn.lenet-chain", see="notes/autograd")
def test_the_graph_of_a_network_has_its_layers_in_reverse(device):
    """From the loss of a small convolutional network the graph leads through its layers
    in reverse, to one AccumulateGrad for each of the ten parameters; the input appears
    only if it requires gradients.
    """
    first = torch.nn.Conv2d(1, 2, 3).to(device)
    second = torch.nn.Conv2d(2, 3, 3).to(device)
    linear = [torch.nn.Linear(*sizes).to(device) for sizes in [(3, 4), (4, 3), (3, 2)]]

    def loss_of(image):
        pooled = F.max_pool2d(F.relu(first(image)), 2)
        pooled = F.max_pool2d(F.relu(second(pooled)), 2)
        hidden = F.relu(linear[1](F.relu(linear[0](pooled.view(1, 3)))))
        return F.mse_loss(linear[2](hidden), torch.zeros(1, 2, device=device))

    image = torch.ones(1, 1, 10, 10, device=device, requires_grad=True)
    loss = loss_of(image.detach())
    with_input = loss_of(image)

    assert longest_path(loss.grad_fn) == [
        "MseLossBackward0",
        "AddmmBackward0",
        "ReluBackward0",
        "AddmmBackward0",
        "ReluBackward0",
        "AddmmBackward0",
        "ViewBackward0",
        "MaxPool2DWithIndicesBackward0",
        "ReluBackward0",
        "ConvolutionBackward0",
        "MaxPool2DWithIndicesBackward0",
        "ReluBackward0",
        "ConvolutionBackward0",
        "torch::autograd::AccumulateGrad",
    ]
    modules = torch.nn.ModuleList([first, second, *linear])
    ends = [node for node in reachable(loss.grad_fn) if node.next_functions == ()]
    assert len(ends) == 10
    assert {node.variable for node in ends} == set(modules.parameters())
    ends = [node for node in reachable(with_input.grad_fn) if node.next_functions == ()]
    assert len(ends) == 11
    assert {node.variable for node in ends} == {image, *modules.parameters()}


@claim(
    "autograd.grad-fn.linear-by-dimensions",
    see="generated/torch.nn.functional.linear",
    level="observed",
)
def test_linear_ends_in_another_node_without_a_batch(device):
    """The output of a Linear layer has the node Addmm for a 2-D input, and another one
    for an input of one or three dimensions.
    """
    layer = torch.nn.Linear(2, 3).to(device)

    batch = layer(torch.ones(1, 2, device=device))
    single = layer(torch.ones(2, device=device))
    batches = layer(torch.ones(1, 1, 2, device=device))

    assert batch.grad_fn.name() == "AddmmBackward0"
    assert single.grad_fn.name() != "AddmmBackward0"
    assert batches.grad_fn.name() != "AddmmBackward0"


# --- when a graph is built ------------------------------------------------------------


@claim("autograd.graph.built-only-when-needed", see="notes/autograd")
def test_a_node_is_recorded_only_where_a_gradient_can_flow(device):
    """A node is recorded where grad mode is on, some input requires gradients, and the
    result can have a gradient; anything else gives a leaf without grad_fn.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    plain = torch.tensor([3.0, 4.0], device=device)

    one_of_two = x * plain
    none_of_two = plain * plain
    with torch.no_grad():
        turned_off = x * plain
    comparison = x > plain
    place = x.argmax()

    assert one_of_two.grad_fn.name() == "MulBackward0"
    assert (one_of_two.requires_grad, one_of_two.is_leaf) == (True, False)
    without = [none_of_two, turned_off, comparison, place]
    assert [result.grad_fn for result in without] == [None] * 4
    assert [result.requires_grad for result in without] == [False] * 4
    assert [result.is_leaf for result in without] == [True] * 4


@claim("autograd.graph.integers-have-no-history", see="notes/autograd")
def test_results_of_integers_and_bools_have_no_history(device):
    """Comparisons, tests, positions and conversions to an integer dtype have no
    grad_fn, while rounding and the sign, which stay floating-point, have one and
    gradient 0.
    """
    x = torch.tensor([1.5, 0.5], device=device, requires_grad=True)

    results = [x == 1, x.isnan(), x.bool(), x.long(), x.to(torch.int32), x.argsort()]
    results += [x.argmax(), x.nonzero(), x > 1]
    rounded = [x.floor(), x.round(), x.sign()]
    slopes = [torch.autograd.grad(result.sum(), x)[0] for result in rounded]

    assert [result.grad_fn for result in results] == [None] * 9
    assert [result.requires_grad for result in results] == [False] * 9
    assert [result.requires_grad for result in rounded] == [True] * 3
    assert [slope.tolist() for slope in slopes] == [[0.0, 0.0]] * 3


@claim("autograd.graph.dynamic-control-flow", see="notes/autograd")
def test_the_graph_is_what_python_executed(device):
    """A loop whose length depends on the data records the steps that ran: its gradient
    is the factor of that many steps, and another input makes another graph.
    """
    small = torch.tensor(1.0, device=device, requires_grad=True)
    large = torch.tensor(50.0, device=device, requires_grad=True)

    def doubled_to_100(value):
        while value < 100:
            value = value * 2
        return value

    of_small = doubled_to_100(small)
    of_large = doubled_to_100(large)
    (of_small + of_large).backward()

    assert (of_small.tolist(), small.grad.tolist()) == (128.0, 128.0)
    assert (of_large.tolist(), large.grad.tolist()) == (100.0, 2.0)
    assert longest_path(of_small.grad_fn)[:-1] == ["MulBackward0"] * 7
    assert longest_path(of_large.grad_fn)[:-1] == ["MulBackward0"]


@claim("autograd.graph.branches-not-taken", see="notes/autograd")
def test_a_branch_that_was_not_taken_leaves_nothing_in_the_graph(device):
    """Only the branch that Python took is in the graph: what only the other one uses
    gets no gradient, not even zero.
    """
    x = torch.tensor(-2.0, device=device, requires_grad=True)
    positive = torch.tensor(3.0, device=device, requires_grad=True)
    negative = torch.tensor(5.0, device=device, requires_grad=True)

    def times_one_of_two(value):
        if value > 0:
            return value * positive
        return value * negative

    times_one_of_two(x).backward()

    assert positive.grad is None
    assert negative.grad.tolist() == -2.0
    assert x.grad.tolist() == 5.0


@claim("autograd.graph.immediate-execution", see="notes/autograd")
def test_each_operation_runs_when_python_reaches_it(device):
    """Each operation has run and is recorded when its line is done: its value and its
    node can be read between two steps, and a wrong shape raises there, before any later
    step.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    steps = []

    with pytest.raises(RuntimeError, match="must match the size"):
        doubled = x * 2
        steps.append((doubled.grad_fn.name(), doubled.tolist()))
        shifted = doubled + torch.ones(3, device=device)
        steps.append((shifted.grad_fn.name(), shifted.tolist()))

    assert steps == [("MulBackward0", [2.0, 4.0])]


# --- how long a graph lives -----------------------------------------------------------


@claim("autograd.graph.lives-with-its-result", see="notes/autograd")
def test_saved_values_live_as_long_as_the_result(device):
    """A value that was saved for backward stays alive while the result is held, though
    no name is left for it, and dies with the result.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    middle = x + 1
    result = middle.sin()
    saved = weakref.ref(middle)

    del middle
    while_held = saved().tolist()
    del result

    assert while_held == [2.0, 3.0]
    assert saved() is None


@claim("autograd.graph.backward-frees-saved-values", see="notes/autograd")
def test_backward_frees_saved_values_and_retain_graph_keeps_them(device):
    """A backward pass with retain_graph=True keeps what was saved alive, and one
    without it frees that, though the result is still held.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    middle = x + 1
    result = (middle * middle).sum()
    saved = weakref.ref(middle)
    del middle

    result.backward(retain_graph=True)
    after_retaining = saved() is not None
    result.backward()

    assert after_retaining
    assert saved() is None
    assert result.grad_fn.name() == "SumBackward0"
    assert x.grad.tolist() == [8.0, 12.0]


@claim("autograd.graph.frees-only-what-ran", see="generated/torch.autograd.grad")
def test_a_pass_frees_only_the_nodes_that_it_ran(device):
    """A pass to a tensor in the middle frees what was saved after it, and leaves the
    part of the graph before it usable.
    """
    x = torch.tensor(2.0, device=device, requires_grad=True)
    middle = x * x
    result = middle * middle

    (of_middle,) = torch.autograd.grad(result, middle)
    (of_x,) = torch.autograd.grad(middle, x, retain_graph=True)

    assert of_middle.tolist() == 8.0
    assert of_x.tolist() == 4.0
    with pytest.raises(RuntimeError, match=FREED):
        torch.autograd.grad(result, x)


@claim("autograd.graph.summing-losses-keeps-graph", see="notes/faq")
def test_a_sum_of_losses_holds_the_graph_of_every_batch(device):
    """A running sum of losses is a tensor whose graph grows by the nodes of each batch
    and keeps what each of them saved; the sum of the detached losses has no graph.
    """
    weight = torch.tensor(2.0, device=device, requires_grad=True)
    total, detached = 0.0, 0.0
    saved = []
    sizes = []

    for batch in [1.0, 2.0, 3.0]:
        output = weight * batch
        saved.append(weakref.ref(output))
        loss = output * output
        total += loss
        detached += loss.detach()
        sizes.append(len(reachable(total.grad_fn)))
    del output, loss

    assert (type(total), total.requires_grad) == (torch.Tensor, True)
    assert (total.tolist(), detached.tolist()) == (56.0, 56.0)
    assert sizes == [4, 7, 10]
    assert [reference() is not None for reference in saved] == [True] * 3
    assert (detached.requires_grad, detached.grad_fn) == (False, None)
    total.backward()
    assert [reference() for reference in saved] == [None] * 3
    assert weight.grad.tolist() == 56.0


@claim("autograd.graph.item-keeps-nothing", see="notes/faq")
def test_a_sum_of_numbers_keeps_no_graph(device):
    """A running sum of item() is a float, and each batch's saved values are gone when
    its loss is.
    """
    weight = torch.tensor(2.0, device=device, requires_grad=True)
    total = 0.0
    saved = []

    for batch in [1.0, 2.0]:
        output = weight * batch
        saved.append(weakref.ref(output))
        loss = output * output
        total += loss.item()
    del output, loss

    assert (type(total), total) == (float, 20.0)
    assert [reference() for reference in saved] == [None, None]


@claim("autograd.graph.sum-after-backward-keeps-nodes", see="notes/faq")
def test_after_each_backward_a_sum_of_losses_keeps_only_nodes(device):
    """Where each loss is passed backward before it is added up, the sum keeps the nodes
    of all batches, though what they saved is freed.
    """
    weight = torch.tensor(2.0, device=device, requires_grad=True)
    total = torch.zeros((), device=device)
    saved = []

    for batch in [1.0, 2.0]:
        output = weight * batch
        saved.append(weakref.ref(output))
        loss = output * output
        loss.backward()
        total = total + loss
    del output, loss

    assert [reference() for reference in saved] == [None, None]
    names = [node.name() for node in reachable(total.grad_fn)]
    assert (names.count("AddBackward0"), names.count("MulBackward0")) == (2, 4)
    with pytest.raises(RuntimeError, match=FREED):
        total.backward()


# --- what a node saves ----------------------------------------------------------------


@claim("autograd.graph.saved-operands", see="notes/autograd#saved-tensors")
def test_a_node_shows_what_it_saved(device):
    """A node shows what its derivative needs in attributes that begin with _saved_: a
    saved input is the tensor itself until backward frees it; from then on reading it
    raises RuntimeError, while a saved number stays.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    y = x**2
    node = y.grad_fn
    saved = node._saved_self is x

    y.sum().backward(retain_graph=True)
    after_retaining = node._saved_self is x
    y.sum().backward()

    assert saved
    assert after_retaining
    assert node._saved_exponent == 2
    with pytest.raises(RuntimeError, match=FREED):
        node._saved_self


@claim("autograd.graph.saves-factors", see="notes/autograd#saved-tensors")
def test_a_product_saves_a_factor_only_for_the_gradient_of_the_other(device):
    """A product saves both factors where both require gradients; where only one does,
    the other factor alone is saved.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    w = torch.tensor([4.0, 5.0], device=device, requires_grad=True)
    constant = torch.tensor([6.0, 7.0], device=device)

    both = (x * w).grad_fn
    left = (x * constant).grad_fn
    right = (constant * x).grad_fn

    assert both._saved_self is x
    assert both._saved_other is w
    assert left._saved_self is None
    assert left._saved_other.tolist() == [6.0, 7.0]
    assert right._saved_self.tolist() == [6.0, 7.0]
    assert right._saved_other is None
    assert [x.tolist(), w.tolist()] == [[2.0, 3.0], [4.0, 5.0]]


@claim("autograd.graph.saves-numbers", see="notes/autograd#saved-tensors")
def test_a_product_with_a_number_saves_the_number(device):
    """A product with a number saves the number, shown as a 0-dim tensor, and backward
    frees it: a second pass raises RuntimeError, though no tensor of the user was saved.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    y = (x * 4).sum()
    node = y.grad_fn.next_functions[0][0]

    saved = node._saved_other
    y.backward()

    assert (saved.shape, saved.tolist()) == ((), 4)
    assert node._saved_self is None
    assert x.grad.tolist() == [4.0, 4.0]
    with pytest.raises(RuntimeError, match=FREED):
        y.backward()
    assert x.grad.tolist() == [4.0, 4.0]


@claim("autograd.graph.saves-results", see="notes/autograd#saved-tensors")
def test_a_saved_result_is_another_object_over_the_same_storage(device):
    """The exponential saves its result, read back as another tensor object over the
    storage of the result, with the same grad_fn.
    """
    x = torch.tensor([0.0, 0.0], device=device, requires_grad=True)
    y = x.exp()

    saved = y.grad_fn._saved_result

    assert saved is not y
    assert saved.tolist() == [1.0, 1.0]
    assert shares_storage(saved, y)
    assert saved.grad_fn is y.grad_fn


@claim("autograd.graph.addition-saves-nothing", see="notes/autograd#saved-tensors")
def test_addition_saves_no_tensor(device):
    """A sum, a difference, a view and a reduction by sum save no tensor, so backward
    runs through them again and again without retain_graph.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    w = torch.tensor([[1.0, 2.0]], device=device, requires_grad=True)
    packed = []

    with saved_tensors_hooks(packed.append, lambda kept: kept):
        y = ((x + 1) - w.view(2)).sum()
    y.backward()
    y.backward()

    assert packed == []
    assert x.grad.tolist() == [2.0, 2.0]
    assert w.grad.tolist() == [[-2.0, -2.0]]


@claim("autograd.graph.grad-frees-too", see="generated/torch.autograd.grad")
def test_autograd_grad_frees_what_was_saved(device):
    """torch.autograd.grad frees what was saved as backward does, and keeps it with
    retain_graph=True.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    y = x**2
    node = y.grad_fn

    torch.autograd.grad(y.sum(), x, retain_graph=True)
    kept = node._saved_self is x
    torch.autograd.grad(y.sum(), x)

    assert kept
    with pytest.raises(RuntimeError, match=FREED):
        node._saved_self


@claim("autograd.graph.saved-of-own-function", see="notes/extending")
def test_saved_tensors_of_an_own_function_are_freed_too(device):
    """saved_tensors of a Function's node raises RuntimeError after backward, while the
    attributes that forward set on the context stay.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = Tripled.apply(x)
    node = y.grad_fn

    y.sum().backward()

    assert x.grad.tolist() == [3.0, 3.0]
    assert node.factor == 3
    with pytest.raises(RuntimeError, match=FREED):
        node.saved_tensors


@claim("autograd.graph.saved-values-are-checked", see="notes/autograd")
def test_reading_a_saved_value_that_was_overwritten_raises(device):
    """Reading a saved tensor from a node makes the check that backward makes: after an
    in-place write it raises RuntimeError.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    middle = x + 1
    node = middle.sin().grad_fn

    middle.add_(1)

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        node._saved_self


@claim("autograd.graph.saved-values-are-read-only", see="notes/autograd#saved-tensors")
def test_what_a_node_saved_cannot_be_assigned(device):
    """Assigning to a saved value of a built-in node, or to an attribute that it does
    not have, raises AttributeError.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    node = (x**2).grad_fn

    with pytest.raises(AttributeError, match="not writable"):
        node._saved_self = torch.zeros(2, device=device)
    with pytest.raises(AttributeError, match="no attribute 'note'"):
        node.note = 1

    assert node._saved_self is x


# --- hooks on what is saved -----------------------------------------------------------


@claim(
    "autograd.saved-hooks.pack-and-unpack",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
)
def test_the_node_keeps_what_pack_returned(device):
    """In the block, pack is given each tensor that is saved, at once; backward gives
    what pack returned to unpack, and computes with what unpack returns.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    events = []

    def pack(tensor):
        events.append(("pack", tensor is x))
        return "packed"

    def unpack(packed):
        events.append(("unpack", packed))
        return torch.tensor([10.0, 20.0], device=device)

    with saved_tensors_hooks(pack, unpack):
        y = x**2
    events.append("after the block")
    y.sum().backward()

    assert events == [("pack", True), "after the block", ("unpack", "packed")]
    assert x.grad.tolist() == [20.0, 40.0]


@claim(
    "autograd.saved-hooks.only-in-the-block",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
)
def test_hooks_serve_the_operations_of_their_block(device):
    """Hooks are given what is saved in their block and nothing saved before or after
    it; where blocks are nested only the inner hooks are called, and the outer ones
    again after the inner block.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    outer = []
    inner = []

    def pack_outer(tensor):
        outer.append(tensor.tolist())
        return tensor.detach()

    def pack_inner(tensor):
        inner.append(tensor.tolist())
        return tensor.detach()

    before = x**2
    with saved_tensors_hooks(pack_outer, lambda kept: kept):
        (x + 1) ** 2
        with saved_tensors_hooks(pack_inner, lambda kept: kept):
            (x + 2) ** 2
        (x + 3) ** 2
    after = x**2

    assert outer == [[2.0, 3.0], [4.0, 5.0]]
    assert inner == [[3.0, 4.0]]
    assert before.grad_fn._saved_self is x
    assert after.grad_fn._saved_self is x


@claim(
    "autograd.saved-hooks.unpack-belongs-to-its-pack",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
)
def test_each_saved_tensor_is_unpacked_by_the_hook_of_its_block(device):
    """A tensor packed in an inner block is unpacked by the inner hook and one of the
    outer block by the outer hook, each time that it is read.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    unpacked = []

    def unpack_outer(packed):
        unpacked.append("outer")
        return packed

    def unpack_inner(packed):
        unpacked.append("inner")
        return packed

    with saved_tensors_hooks(lambda tensor: tensor.detach(), unpack_outer):
        with saved_tensors_hooks(lambda tensor: tensor.detach(), unpack_inner):
            y = x**2
        z = (y**2).sum()
    z.backward(retain_graph=True)
    z.backward()

    assert unpacked == ["outer", "inner", "outer", "inner"]
    assert x.grad.tolist() == [8.0, 64.0]


@claim(
    "autograd.saved-hooks.end-after-an-exception",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
)
def test_hooks_end_with_their_block_after_an_exception(device):
    """An exception passes through the block and ends the hooks."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    packed = []

    with (
        pytest.raises(KeyError, match="stop"),
        saved_tensors_hooks(packed.append, lambda kept: kept),
    ):
        raise KeyError("stop")
    x.sin()

    assert packed == []


@claim(
    "autograd.saved-hooks.reading-unpacks",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
)
def test_reading_a_saved_tensor_unpacks_it(device):
    """Reading a saved tensor from its node calls unpack, and gives what it returned."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    other = torch.tensor([7.0, 8.0], device=device)

    with saved_tensors_hooks(lambda tensor: None, lambda packed: other):
        y = x**2
        z = Tripled.apply(x)

    assert y.grad_fn._saved_self.tolist() == [7.0, 8.0]
    assert z.grad_fn.saved_tensors[0].tolist() == [7.0, 8.0]


@claim(
    "autograd.saved-hooks.unpack-must-return-a-tensor",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
)
def test_unpack_must_return_a_tensor(device):
    """Backward raises TypeError where unpack returns anything but a tensor."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with saved_tensors_hooks(lambda tensor: 1, lambda packed: packed):
        y = x**2

    with pytest.raises(TypeError, match="expected to be a Tensor but got result of"):
        y.sum().backward()
    assert x.grad is None


@claim(
    "autograd.saved-hooks.pack-must-not-write",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
)
def test_pack_must_not_write_into_the_tensor(device):
    """The operation raises RuntimeError where pack writes into the tensor that it is
    given.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with (
        saved_tensors_hooks(lambda tensor: tensor.add_(1), lambda packed: packed),
        pytest.raises(RuntimeError, match="pack hook is modifying its input in place"),
    ):
        x.sin()


@claim(
    "autograd.saved-hooks.errors-pass",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
    since="2.0",
)
def test_an_error_in_pack_reaches_the_caller_of_the_operation(device):
    """An exception in pack is raised by the operation as it is."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with (
        saved_tensors_hooks(lambda tensor: {}["missing"], lambda packed: packed),
        pytest.raises(KeyError, match="missing"),
    ):
        x.sin()


@claim(
    "autograd.saved-hooks.errors-were-wrapped",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
    until="2.0",
)
def test_an_error_in_pack_is_wrapped_in_another(device):
    """An exception in pack is raised by the operation as a RuntimeError naming it."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with (
        saved_tensors_hooks(lambda tensor: {}["missing"], lambda packed: packed),
        pytest.raises(RuntimeError, match="KeyError: 'missing'"),
    ):
        x.sin()


@claim(
    "autograd.saved-hooks.on-one-tensor",
    see="notes/autograd#saved-tensors-hooks-doc",
)
def test_hooks_can_be_set_on_one_saved_tensor(device):
    """register_hooks of a saved tensor packs it at once, and unpacks it in backward;
    a second pair, and any after backward, is refused with RuntimeError.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x**2
    saved = y.grad_fn._raw_saved_self

    saved.register_hooks(lambda tensor: tensor.detach() * 10, lambda packed: packed)

    with pytest.raises(RuntimeError, match="hooks have already been set"):
        saved.register_hooks(lambda tensor: tensor, lambda packed: packed)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="after it has been freed"):
        saved.register_hooks(lambda tensor: tensor, lambda packed: packed)
    assert x.grad.tolist() == [20.0, 40.0]


@claim(
    "autograd.saved-hooks.on-the-cpu", see="autograd#torch.autograd.graph.save_on_cpu"
)
def test_save_on_cpu_packs_the_device_and_a_tensor_on_the_cpu(device):
    """save_on_cpu() packs a tensor as its device and its copy on the CPU, which for a
    tensor of the CPU is the tensor itself, and unpacks it to its device.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    hooks = save_on_cpu()

    packed = hooks.pack_hook(x)
    unpacked = hooks.unpack_hook(packed)

    assert isinstance(hooks, saved_tensors_hooks)
    assert packed[0] == x.device
    assert packed[1].device == torch.device("cpu")
    assert packed[1].tolist() == [1.0, 2.0]
    assert (packed[1] is x) == (x.device.type == "cpu")
    assert unpacked.device == x.device
    assert unpacked.tolist() == [1.0, 2.0]


@claim(
    "autograd.saved-hooks.on-the-cpu-gradient",
    see="autograd#torch.autograd.graph.save_on_cpu",
)
def test_gradients_are_the_same_with_save_on_cpu(device):
    """What is saved under save_on_cpu() is read back on its own device, and the
    gradient is the same as without it; pinned memory makes no difference to that.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    w = torch.tensor([3.0, 4.0], device=device, requires_grad=True)

    with save_on_cpu():
        plain = x**2
    with save_on_cpu(pin_memory=True):
        pinned = w**2
    read = (plain.grad_fn._saved_self, pinned.grad_fn._saved_self)
    (plain + pinned).sum().backward()

    assert [saved.device for saved in read] == [x.device, x.device]
    assert [saved.tolist() for saved in read] == [[1.0, 2.0], [3.0, 4.0]]
    assert x.grad.tolist() == [2.0, 4.0]
    assert w.grad.tolist() == [6.0, 8.0]


@claim("autograd.saved-hooks.pinned", see="autograd#torch.autograd.graph.save_on_cpu")
def test_save_on_cpu_with_pin_memory_copies(device):
    """save_on_cpu(pin_memory=True) packs a copy, of the same dtype, shape and layout,
    also of a tensor that lies on the CPU already.
    """
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64, device=device)
    sparse = torch.tensor([0.0, 3.0], device=device).to_sparse()

    (origin, packed) = save_on_cpu(pin_memory=True).pack_hook(x)
    of_sparse = save_on_cpu(pin_memory=True).pack_hook(sparse)[1]
    x.zero_()

    assert origin == x.device
    assert packed.device == torch.device("cpu")
    assert (packed.dtype, packed.tolist()) == (torch.float64, [[1.0, 2.0]])
    assert of_sparse.layout == torch.sparse_coo
    assert of_sparse.to_dense().tolist() == [0.0, 3.0]


@claim(
    "autograd.saved-hooks.pinned-memory",
    see="autograd#torch.autograd.graph.save_on_cpu",
)
def test_the_packed_copy_lies_in_pinned_memory(cuda):
    """Where there is CUDA, save_on_cpu(pin_memory=True) packs into pinned memory and
    save_on_cpu() does not.
    """
    x = torch.ones(2, device=cuda)

    pinned = save_on_cpu(pin_memory=True).pack_hook(x)[1]
    by_default = save_on_cpu().pack_hook(x)[1]

    assert pinned.is_pinned()
    assert not by_default.is_pinned()


@claim(
    "autograd.saved-hooks.disabled",
    see="autograd#torch.autograd.graph.disable_saved_tensors_hooks",
)
def test_hooks_on_saved_tensors_can_be_forbidden(device):
    """In disable_saved_tensors_hooks(message) entering hooks raises RuntimeError with
    that message, in an inner block with its own; operations work, and afterwards hooks
    may be entered again, also after an exception.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    packed = []
    hooks = saved_tensors_hooks(packed.append, lambda kept: kept)

    with torch.autograd.graph.disable_saved_tensors_hooks("none here"):
        with torch.autograd.graph.disable_saved_tensors_hooks("none inside"):
            with pytest.raises(RuntimeError, match="none inside"):
                hooks.__enter__()
        with pytest.raises(RuntimeError, match="none here"):
            save_on_cpu().__enter__()
        (x**2).sum().backward()
    with (
        pytest.raises(KeyError, match="stop"),
        torch.autograd.graph.disable_saved_tensors_hooks("none here"),
    ):
        raise KeyError("stop")
    with hooks:
        x.sin()

    assert x.grad.tolist() == [2.0, 4.0]
    assert len(packed) == 1


@claim(
    "autograd.saved-hooks.not-disabled-inside",
    see="autograd#torch.autograd.graph.disable_saved_tensors_hooks",
)
def test_hooks_that_are_active_cannot_be_forbidden(device):
    """disable_saved_tensors_hooks raises RuntimeError with its message where hooks are
    active already, and they stay active.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    packed = []

    with saved_tensors_hooks(packed.append, lambda kept: kept):
        with (
            pytest.raises(RuntimeError, match="not now"),
            torch.autograd.graph.disable_saved_tensors_hooks("not now"),
        ):
            pass
        x.sin()

    assert len(packed) == 1
    assert packed[0] is x


@claim(
    "autograd.graph.mutation-of-saved-tensors",
    see="autograd#torch.autograd.graph.allow_mutation_on_saved_tensors",
    since="2.0",
)
def test_saved_tensors_may_be_overwritten_where_that_is_allowed(device):
    """In allow_mutation_on_saved_tensors() a write into a saved tensor, in place,
    through a view or by out=, changes the tensor, and backward in the block computes
    with the value from before the first write.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    w = torch.tensor([3.0, 4.0], device=device, requires_grad=True)
    factor = torch.tensor([5.0, 6.0], device=device)
    through_view = torch.tensor([10.0, 20.0], device=device)
    ones = torch.ones(2, device=device)

    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        written = x + 0
        y = (written**2).sum() + (w * factor).sum() + (w * through_view).sum()
        written.mul_(100)
        through_view[0:1].zero_()
        torch.add(ones, 1, out=factor)
        factor.add_(5)
        y.backward()

    assert written.tolist() == [100.0, 200.0]
    assert through_view.tolist() == [0.0, 20.0]
    assert factor.tolist() == [7.0, 7.0]
    assert x.grad.tolist() == [2.0, 4.0]
    assert w.grad.tolist() == [15.0, 26.0]
    assert w.tolist() == [3.0, 4.0]


# --- edges and versions ---------------------------------------------------------------


@claim(
    "autograd.graph.gradient-edge",
    see="autograd#torch.autograd.graph.get_gradient_edge",
    since="2.2",
)
def test_a_gradient_edge_names_a_place_in_the_graph(device):
    """get_gradient_edge gives the node and the output number where the gradient of a
    tensor is computed; for a leaf that is its AccumulateGrad.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    piece = (x * 2).unbind()[1]

    edge = torch.autograd.graph.get_gradient_edge(piece)
    of_leaf = torch.autograd.graph.get_gradient_edge(x)

    assert isinstance(edge, torch.autograd.graph.GradientEdge)
    assert edge.node is piece.grad_fn
    assert (edge.output_nr, of_leaf.output_nr) == (1, 0)
    assert of_leaf.node is (x * 2).grad_fn.next_functions[0][0]


@claim(
    "autograd.graph.gradient-edge-of-a-leaf-in-no-grad-before",
    see="autograd#torch.autograd.graph.get_gradient_edge",
    since="2.2.0",
    until="2.4.1",
)
def test_no_grad_kept_a_leaf_from_having_a_gradient_edge(device):
    """In no_grad get_gradient_edge raises AttributeError for a leaf."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with (
        torch.no_grad(),
        pytest.raises(AttributeError, match="no attribute 'next_functions'"),
    ):
        torch.autograd.graph.get_gradient_edge(x)


@claim(
    "autograd.graph.gradient-edge-of-a-leaf-in-no-grad",
    see="autograd#torch.autograd.graph.get_gradient_edge",
    since="2.4.1",
)
def test_a_leaf_has_a_gradient_edge_in_no_grad(device):
    """In no_grad, too, get_gradient_edge gives the AccumulateGrad of a leaf."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with torch.no_grad():
        edge = torch.autograd.graph.get_gradient_edge(x)

    assert edge.node is (x * 2).grad_fn.next_functions[0][0]


@claim(
    "autograd.graph.gradient-edge-needs-the-flag",
    see="autograd#torch.autograd.graph.get_gradient_edge",
    since="2.2",
)
def test_a_tensor_without_gradients_has_no_edge(device):
    """get_gradient_edge raises RuntimeError for a tensor that requires no gradients."""
    plain = torch.ones(2, device=device)

    with pytest.raises(RuntimeError, match="does not require gradients"):
        torch.autograd.graph.get_gradient_edge(plain)


@claim(
    "autograd.graph.gradient-with-respect-to-an-edge",
    see="autograd#torch.autograd.graph.get_gradient_edge",
    since="2.2",
)
def test_an_edge_stands_for_its_tensor_in_autograd_grad(device):
    """torch.autograd.grad takes an edge in place of a tensor, also after an in-place
    operation gave the tensor another node: the gradient is that of the earlier value.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 3
    edge = torch.autograd.graph.get_gradient_edge(y)
    y.mul_(10)

    of_edge, of_leaf = torch.autograd.grad(
        y.sum(), [edge, torch.autograd.graph.get_gradient_edge(x)], retain_graph=True
    )
    (of_one,) = torch.autograd.grad(y.sum(), edge)

    assert of_edge.tolist() == [10.0, 10.0]
    assert of_one.tolist() == [10.0, 10.0]
    assert of_leaf.tolist() == [30.0, 30.0]


@claim(
    "autograd.graph.gradient-of-an-edge",
    see="generated/torch.autograd.grad",
    since="2.5",
)
def test_autograd_grad_starts_at_an_edge_too(device):
    """torch.autograd.grad takes an edge in place of a result: for one element the
    gradient that it starts with is 1, and for more one of their shape must be given.
    """
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    square = torch.autograd.graph.get_gradient_edge(x * x)
    last = torch.autograd.graph.get_gradient_edge((x * x).split([2, 1])[1])
    weight = torch.tensor([1.0, 10.0, 100.0], device=device)

    (of_last,) = torch.autograd.grad(last, x)
    with pytest.raises(RuntimeError, match="created only for scalar outputs"):
        torch.autograd.grad(square, x)
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        torch.autograd.grad(square, x, torch.ones(2, device=device))
    (of_square,) = torch.autograd.grad([square], [x], [weight])

    assert of_last.tolist() == [0.0, 0.0, 6.0]
    assert of_square.tolist() == [2.0, 40.0, 600.0]


@claim(
    "autograd.graph.edge-of-own-function",
    see="autograd#torch.autograd.graph.GradientEdge",
    since="2.9",
)
def test_an_edge_of_an_own_function_has_a_token(device):
    """The edge of a result of a Function of one's own has a further node for its token,
    also in no_grad, and the edge of a built-in operation has none; from both a gradient
    can be computed when the result is gone.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    tripled = Tripled.apply(x * 2)
    with torch.no_grad():
        own = torch.autograd.graph.get_gradient_edge(tripled)
    built_in = torch.autograd.graph.get_gradient_edge(x * 2)

    token = own.ownership_token
    del tripled
    (from_own,) = torch.autograd.grad(own, x, torch.ones(2, device=device))
    (from_built_in,) = torch.autograd.grad(built_in, x, torch.ones(2, device=device))

    assert isinstance(token, torch.autograd.graph.Node)
    assert token is not own.node
    assert token.next_functions[0] == (own.node, 0)
    assert built_in.ownership_token is None
    assert from_own.tolist() == [6.0, 6.0]
    assert from_built_in.tolist() == [2.0, 2.0]


@claim(
    "autograd.graph.increment-version",
    see="autograd#torch.autograd.graph.increment_version",
    since="2.1",
)
def test_a_version_can_be_counted_up_by_hand(device):
    """increment_version tells autograd of a write that it did not see: the version
    grows by one, the elements stay, and backward refuses the saved tensor.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    saved = x + 1
    y = saved**2

    returned = torch.autograd.graph.increment_version(saved)

    assert returned is None
    assert (saved._version, saved.tolist()) == (1, [2.0, 3.0])
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@claim(
    "autograd.graph.increment-versions",
    see="autograd#torch.autograd.graph.increment_version",
    since="2.5",
)
def test_increment_version_takes_several_tensors(device):
    """increment_version takes an iterable of tensors, and raises RuntimeError for
    anything else.
    """
    first = torch.ones(2, device=device)
    second = torch.ones(2, device=device)

    torch.autograd.graph.increment_version([first, second])

    assert (first._version, second._version) == (1, 1)
    with pytest.raises(RuntimeError, match="expect"):
        torch.autograd.graph.increment_version(3)
    with pytest.raises(RuntimeError, match="to be a tensor"):
        torch.autograd.graph.increment_version([3])


# --- hooks on nodes -------------------------------------------------------------------


@claim(
    "autograd.graph.node-hook",
    see="generated/torch.autograd.graph.Node.register_hook",
)
def test_a_hook_on_a_node_sees_and_replaces_its_gradients(device):
    """A hook on a node is given the gradients of the operation's inputs, with None for
    those without, and of its outputs; what it returns stands for the former, and
    remove() of the handle ends it.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 2
    seen = []

    def hook(of_inputs, of_outputs):
        seen.append(
            (of_inputs[0].tolist(), of_inputs[1], [g.tolist() for g in of_outputs])
        )
        return (of_inputs[0] * 10, None)

    handle = y.grad_fn.register_hook(hook)
    y.sum().backward(retain_graph=True)
    handle.remove()
    y.sum().backward()

    assert seen == [([2.0, 2.0], None, [[1.0, 1.0]])]
    assert x.grad.tolist() == [22.0, 22.0]


@claim(
    "autograd.graph.node-prehook",
    see="generated/torch.autograd.graph.Node.register_prehook",
)
def test_a_prehook_on_a_node_replaces_what_the_node_is_given(device):
    """A pre-hook on a node is given the gradients of the operation's outputs before the
    node runs, and the node runs with what it returns; remove() of the handle ends it.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 2
    seen = []

    def hook(of_outputs):
        seen.append([g.tolist() for g in of_outputs])
        return (of_outputs[0] * 10,)

    handle = y.grad_fn.register_prehook(hook)
    y.sum().backward(retain_graph=True)
    handle.remove()
    y.sum().backward()

    assert seen == [[[1.0, 1.0]]]
    assert x.grad.tolist() == [22.0, 22.0]


# --- graphs that are static -----------------------------------------------------------


def doubled_or_tripled(value):
    """Twice a value if its sum is positive, otherwise three times."""
    if bool(value.sum() > 0):
        return value * 2
    return value * 3


def doubled_to_100(value):
    """A value, doubled until its sum reaches 100."""
    while bool(value.sum() < 100):
        value = value * 2
    return value


@claim(
    "autograd.graph.static-trace-freezes-control-flow",
    see="generated/torch.jit.trace",
)
def test_a_trace_repeats_the_branch_that_it_saw(device):
    """torch.jit.trace keeps the branch taken for its example and takes it for every
    input, and warns of the truth value that it turned into a constant;
    torch.jit.script keeps both branches.
    """
    positive = torch.tensor([1.0], device=device)
    negative = torch.tensor([-1.0], device=device)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        traced = torch.jit.trace(doubled_or_tripled, positive)
        scripted = torch.jit.script(doubled_or_tripled)

    assert doubled_or_tripled(negative).tolist() == [-3.0]
    assert traced(negative).tolist() == [-2.0]
    assert traced(positive).tolist() == [2.0]
    assert scripted(negative).tolist() == [-3.0]
    assert scripted(positive).tolist() == [2.0]
    messages = [str(w.message) for w in seen if w.category is torch.jit.TracerWarning]
    assert messages[0].startswith("Converting a tensor to a Python boolean")


@claim("autograd.graph.static-trace-freezes-loops", see="generated/torch.jit.trace")
def test_a_trace_repeats_the_number_of_rounds_that_it_saw(device):
    """A traced loop runs as often as it ran for the example, whatever the input."""
    example = torch.tensor([30.0], device=device)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(doubled_to_100, example)

    assert traced(example).tolist() == [120.0]
    assert traced(torch.tensor([1.0], device=device)).tolist() == [4.0]
    assert traced(torch.tensor([200.0], device=device)).tolist() == [800.0]


def deprecations_of_trace(example):
    """The categories of the warnings that torch.jit.trace is deprecated."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        torch.jit.trace(lambda value: value * 2, example)
    return {w.category for w in seen if "jit.trace` is deprecated" in str(w.message)}


@claim("autograd.graph.trace-is-not-deprecated", see="jit", until="2.10")
def test_tracing_was_not_deprecated(device):
    """Calling torch.jit.trace does not warn that it is deprecated."""
    assert deprecations_of_trace(torch.ones(1, device=device)) == set()


@claim("autograd.graph.trace-deprecation-hidden", see="jit", since="2.10", until="2.14")
def test_tracing_gives_a_deprecation_warning(device):
    """Calling torch.jit.trace gives a DeprecationWarning."""
    categories = deprecations_of_trace(torch.ones(1, device=device))

    assert categories == {DeprecationWarning}


@claim("autograd.graph.trace-deprecation-shown", see="jit", since="2.14")
def test_tracing_gives_a_future_warning(device):
    """Calling torch.jit.trace gives a FutureWarning."""
    categories = deprecations_of_trace(torch.ones(1, device=device))

    assert categories == {FutureWarning}


@claim("autograd.graph.static-fx-rejects-control-flow", see="fx")
def test_fx_records_without_data_and_refuses_to_branch_on_it():
    """torch.fx.symbolic_trace records the operations of a function without any data,
    as a module that runs them, and raises TraceError where Python would branch on a
    value.
    """
    traced = torch.fx.symbolic_trace(lambda value: torch.relu(value) + 1)

    recorded_nodes = [(node.op, node.name) for node in traced.graph.nodes]
    assert recorded_nodes == [
        ("placeholder", "value"),
        ("call_function", "relu"),
        ("call_function", "add"),
        ("output", "output"),
    ]
    assert traced(torch.tensor([-1.0, 2.0])).tolist() == [1.0, 3.0]
    with pytest.raises(torch.fx.proxy.TraceError, match="inputs to control flow"):
        torch.fx.symbolic_trace(doubled_or_tripled)


@claim("autograd.graph.static-fx-unrolls-loops", see="fx")
def test_fx_unrolls_a_loop_of_a_known_length():
    """A loop whose length does not depend on data is recorded as its rounds one after
    the other, and one over the value itself raises TraceError.
    """

    def tripled_twice(value):
        for _ in range(2):
            value = value * 3
        return value

    traced = torch.fx.symbolic_trace(tripled_twice)

    assert [node.name for node in traced.graph.nodes] == [
        "value",
        "mul",
        "mul_1",
        "output",
    ]
    assert traced(torch.tensor([1.0, 2.0])).tolist() == [9.0, 18.0]
    with pytest.raises(torch.fx.proxy.TraceError, match="cannot be iterated"):
        torch.fx.symbolic_trace(lambda value: [row * 2 for row in value])


# --- gradients of drawn numbers -------------------------------------------------------


@claim("autograd.sampling.zero-gradient", see="generated/torch.normal")
def test_drawing_passes_on_a_gradient_of_zero(device):
    """torch.normal and torch.bernoulli have a grad_fn where their parameters require
    gradients, and give them a gradient of zeros, not None.
    """
    mean = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    std = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    p = torch.tensor([0.25, 0.5], device=device, requires_grad=True)

    drawn = [torch.normal(mean, std), torch.bernoulli(p), p.bernoulli()]
    (drawn[0] + drawn[1] + drawn[2]).sum().backward()

    assert [sample.requires_grad for sample in drawn] == [True, True, True]
    assert [sample.is_leaf for sample in drawn] == [False, False, False]
    assert mean.grad.tolist() == [0.0, 0.0]
    assert std.grad.tolist() == [0.0, 0.0]
    assert p.grad.tolist() == [0.0, 0.0]


@claim("autograd.sampling.one-parameter", see="generated/torch.normal")
def test_normal_with_one_number_passes_on_zeros_too(device):
    """torch.normal with a number for its mean or for its deviation, and torch.poisson,
    give the tensor among their parameters a gradient of zeros.
    """
    mean = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    std = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    rate = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    total = torch.normal(mean, 1.0) + torch.normal(0.0, std) + torch.poisson(rate)
    total.sum().backward()

    assert mean.grad.tolist() == [0.0, 0.0]
    assert std.grad.tolist() == [0.0, 0.0]
    assert rate.grad.tolist() == [0.0, 0.0]


@claim("autograd.sampling.in-place-draws", see="generated/torch.Tensor.normal_")
def test_drawing_into_a_result_cuts_its_gradient_to_zero(device):
    """A result overwritten by normal_(), uniform_() or bernoulli_() passes on a
    gradient of zeros to what it was computed from.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    drawn = [(x * 3).normal_(), (x * 3).uniform_(), (x * 3).bernoulli_(0.5)]
    gradients = [torch.autograd.grad(sample.sum(), x)[0] for sample in drawn]

    assert [gradient.tolist() for gradient in gradients] == [[0.0, 0.0]] * 3


@claim("autograd.sampling.pathwise-gradient", see="generated/torch.normal")
def test_a_shifted_and_scaled_draw_passes_on_gradients(device):
    """The sum mean + std * noise has the gradient 1 for the mean and the noise for the
    deviation, and the noise, like other tensors drawn in a likeness, has no grad_fn.
    """
    mean = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    std = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    noise = torch.randn_like(mean)

    (mean + std * noise).sum().backward()
    others = [torch.rand_like(mean), torch.multinomial(mean, 1)]

    assert (noise.grad_fn, noise.requires_grad) == (None, False)
    assert [drawn.grad_fn for drawn in others] == [None, None]
    assert [drawn.requires_grad for drawn in others] == [False, False]
    assert std.tolist() == [1.0, 2.0]
    assert mean.grad.tolist() == [1.0, 1.0]
    assert std.grad.tolist() == noise.tolist()


# --- gradients of views and joins -----------------------------------------------------


@claim("autograd.graph.views-pass-gradients", see="tensor_view")
def test_a_view_passes_each_gradient_to_the_element_it_shows(device):
    """A view that only reorders passes the gradient of each element back to where the
    element lies, and one that repeats elements passes back the sum.
    """
    x = torch.zeros(2, 3, device=device, requires_grad=True)
    flat = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0], device=device)
    rows = torch.tensor([[1.0, 2.0], [4.0, 8.0], [16.0, 32.0]], device=device)
    columns = torch.tensor([[1.0, 8.0], [2.0, 16.0], [4.0, 32.0]], device=device)
    twice = torch.tensor([[[1.0, 2.0, 4.0]], [[8.0, 16.0, 32.0]]], device=device)

    weighted = [x.view(6) * flat, x.flatten() * flat, x.view(3, 2) * rows]
    weighted += [
        x.t() * columns,
        x.transpose(0, 1) * columns,
        x.permute(1, 0) * columns,
    ]
    gradients = [torch.autograd.grad(result.sum(), x)[0] for result in weighted]
    repeated = (x.unsqueeze(0).expand(2, 2, 3) * twice).sum()

    in_place = [[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]
    assert [gradient.tolist() for gradient in gradients] == [in_place] * 6
    (gradient,) = torch.autograd.grad(repeated, x)
    assert gradient.tolist() == [[9.0, 18.0, 36.0], [9.0, 18.0, 36.0]]


@claim("autograd.graph.parts-pass-gradients", see="tensor_view")
def test_a_part_passes_its_gradient_to_the_elements_it_shows(device):
    """A view of a part passes its gradient back to the elements that it shows, and the
    others get 0.
    """
    x = torch.zeros(2, 3, device=device, requires_grad=True)
    pair = torch.tensor([1.0, 2.0], device=device)
    row = torch.tensor([1.0, 2.0, 4.0], device=device)
    square = torch.tensor([[1.0, 2.0], [4.0, 8.0]], device=device)
    column = torch.tensor([[1.0], [2.0]], device=device)

    weighted = [x[0] * row, x[:, 1:] * square, x[:, ::2] * square]
    weighted += [x.diagonal() * pair, x.narrow(1, 1, 1) * column, x[-1, -1] * 8]
    gradients = [torch.autograd.grad(result.sum(), x)[0] for result in weighted]

    assert [gradient.tolist() for gradient in gradients] == [
        [[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]],
        [[0.0, 1.0, 2.0], [0.0, 4.0, 8.0]],
        [[1.0, 0.0, 2.0], [4.0, 0.0, 8.0]],
        [[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]],
        [[0.0, 1.0, 0.0], [0.0, 2.0, 0.0]],
        [[0.0, 0.0, 0.0], [0.0, 0.0, 8.0]],
    ]


@claim("autograd.graph.joins-split-gradients", see="generated/torch.cat")
def test_a_join_gives_each_tensor_its_part_of_the_gradient(device):
    """Both cat and stack give each tensor the part of the gradient where it stands, and
    a tensor joined twice the sum; pieces that are not used pass back 0.
    """
    x = torch.zeros(2, device=device, requires_grad=True)
    y = torch.zeros(2, device=device, requires_grad=True)
    whole = torch.zeros(4, device=device, requires_grad=True)
    weight = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0], device=device)
    rows = torch.tensor([[1.0, 2.0], [4.0, 8.0]], device=device)
    columns = torch.tensor([[1.0, 2.0], [4.0, 8.0]], device=device)

    joined = (torch.cat([x, y, x]) * weight).sum()
    stacked = (torch.stack([x, y]) * rows).sum()
    aside = (torch.stack([x, y], dim=1) * columns).sum()
    piece = (whole.split(2)[0] * x.detach().add(3)).sum()

    results = [joined, stacked, aside]
    gradients = [torch.autograd.grad(result, [x, y]) for result in results]
    assert [[of_x.tolist(), of_y.tolist()] for of_x, of_y in gradients] == [
        [[17.0, 34.0], [4.0, 8.0]],
        [[1.0, 2.0], [4.0, 8.0]],
        [[1.0, 4.0], [2.0, 8.0]],
    ]
    assert torch.autograd.grad(piece, whole)[0].tolist() == [3.0, 3.0, 0.0, 0.0]


# --- gradients of selections ----------------------------------------------------------


@claim("autograd.gather.backward-scatters", see="generated/torch.gather")
def test_the_gradient_of_gather_adds_up_where_elements_were_taken(device):
    """The gradient of gather adds the incoming gradient to the places that it took
    from: an element taken twice gets the sum, and one not taken gets 0.
    """
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device).requires_grad_()
    index = torch.tensor([[0, 0, 2], [1, 1, 1]], device=device)
    weight = torch.tensor([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]], device=device)

    (x.gather(1, index) * weight).sum().backward()

    assert x.grad.tolist() == [[3.0, 0.0, 4.0], [0.0, 56.0, 0.0]]
    assert x.grad.layout == torch.strided


@claim("autograd.gather.sparse-gradient", see="generated/torch.gather")
def test_gather_with_sparse_grad_gives_a_sparse_gradient(device):
    """Calling gather with sparse_grad=True gives its input a sparse gradient, which
    holds the same numbers, one entry for each element taken.
    """
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device).requires_grad_()
    index = torch.tensor([[0, 0], [1, 1]], device=device)
    weight = torch.tensor([[1.0, 2.0], [8.0, 16.0]], device=device)

    (torch.gather(x, 1, index, sparse_grad=True) * weight).sum().backward()

    assert x.grad.layout == torch.sparse_coo
    assert x.grad._nnz() == 4
    assert x.grad.to_dense().tolist() == [[3.0, 0.0, 0.0], [0.0, 24.0, 0.0]]


@claim("autograd.gather.gradient-of-any-selection", see="generated/torch.gather")
@given(
    places=st.lists(st.integers(0, 3), max_size=5),
    weights=st.lists(st.integers(1, 9), min_size=5, max_size=5),
)
def test_every_way_of_selecting_has_the_same_gradient(places, weights, device):
    """Selecting by gather, index_select, take and indexing by a tensor gives each
    element the sum of the gradients of all places where it was selected, for any
    selection.
    """
    leaves = [torch.arange(4.0, device=device).requires_grad_() for _ in range(4)]
    index = torch.tensor(places, dtype=torch.int64, device=device)
    weight = torch.tensor(weights[: len(places)], dtype=torch.float32, device=device)

    selected = leaves[0].gather(0, index), leaves[1].index_select(0, index)
    selected += leaves[2].take(index), leaves[3][index]
    (sum(selected) * weight).sum().backward()

    expected = gradient_of_selection(places, weights, 4)
    assert (places, [leaf.grad.tolist() for leaf in leaves]) == (places, [expected] * 4)


@claim("autograd.scatter.gradients", see="generated/torch.Tensor.scatter_")
def test_scatter_passes_each_gradient_to_where_the_element_came_from(device):
    """In scatter the input gets gradient 0 where it was overwritten, and the source
    that of the places that it went to, provided that the source has the shape of the
    index; one that is larger and requires gradients raises RuntimeError in backward.
    """
    x = torch.zeros(2, 3, device=device, requires_grad=True)
    source = torch.ones(2, 1, device=device, requires_grad=True)
    larger = torch.ones(2, 3, device=device, requires_grad=True)
    index = torch.tensor([[2], [0]], device=device)
    weight = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)

    (x.scatter(1, index, source) * weight).sum().backward()

    assert source.grad.tolist() == [[3.0], [4.0]]
    with pytest.raises(RuntimeError, match="returned an invalid gradient at index 1"):
        x.scatter(1, index, larger).sum().backward()
    assert larger.grad is None
    assert x.grad.tolist() == [[1.0, 2.0, 0.0], [0.0, 5.0, 6.0]]
    (of_x,) = torch.autograd.grad(x.scatter(1, index, larger.detach()).sum(), x)
    assert of_x.tolist() == [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]


@claim("autograd.scatter.number", see="generated/torch.Tensor.scatter_")
def test_scatter_of_a_number_stops_the_gradient_where_it_wrote(device):
    """With scatter of a number, masked_fill and index_fill the input gets gradient 0
    where they wrote, and the incoming gradient elsewhere.
    """
    leaves = [torch.zeros(3, device=device, requires_grad=True) for _ in range(3)]
    index = torch.tensor([2, 0], device=device)
    mask = torch.tensor([True, False, True], device=device)
    weight = torch.tensor([1.0, 2.0, 4.0], device=device)

    results = leaves[0].scatter(0, index, 9.0), leaves[1].masked_fill(mask, 9.0)
    results += (leaves[2].index_fill(0, index, 9.0),)
    (sum(results) * weight).sum().backward()

    assert [leaf.grad.tolist() for leaf in leaves] == [[0.0, 2.0, 0.0]] * 3


@claim("autograd.scatter.add", see="generated/torch.Tensor.scatter_add_")
def test_adding_to_places_passes_the_gradient_to_both(device):
    """In scatter_add and index_add the input gets the whole gradient, and the source
    that of the places that it was added to, times alpha for index_add.
    """
    x = torch.zeros(3, device=device, requires_grad=True)
    y = torch.zeros(3, device=device, requires_grad=True)
    source = torch.ones(3, device=device, requires_grad=True)
    scaled = torch.ones(3, device=device, requires_grad=True)
    index = torch.tensor([2, 0, 2], device=device)
    weight = torch.tensor([1.0, 2.0, 4.0], device=device)

    added = x.scatter_add(0, index, source) + y.index_add(0, index, scaled, alpha=10)
    (added * weight).sum().backward()

    assert x.grad.tolist() == [1.0, 2.0, 4.0]
    assert y.grad.tolist() == [1.0, 2.0, 4.0]
    assert source.grad.tolist() == [4.0, 1.0, 4.0]
    assert scaled.grad.tolist() == [40.0, 10.0, 40.0]


@claim("autograd.scatter.copy", see="generated/torch.Tensor.index_copy_")
def test_copying_to_places_passes_the_gradient_to_the_source(device):
    """In index_copy, put and masked_scatter the input gets gradient 0 where it was
    overwritten, and the source that of the places that it went to, 0 if it was unused.
    """
    leaves = [torch.zeros(4, device=device, requires_grad=True) for _ in range(3)]
    sources = [torch.ones(2, device=device, requires_grad=True) for _ in range(2)]
    longer = torch.ones(4, device=device, requires_grad=True)
    index = torch.tensor([3, 0], device=device)
    mask = torch.tensor([True, False, False, True], device=device)
    weight = torch.tensor([1.0, 2.0, 4.0, 8.0], device=device)

    results = (
        leaves[0].index_copy(0, index, sources[0]),
        leaves[1].put(index, sources[1]),
    )
    results += (leaves[2].masked_scatter(mask, longer),)
    (sum(results) * weight).sum().backward()

    assert [leaf.grad.tolist() for leaf in leaves] == [[0.0, 2.0, 4.0, 0.0]] * 3
    assert [source.grad.tolist() for source in sources] == [[8.0, 1.0]] * 2
    assert longer.grad.tolist() == [1.0, 8.0, 0.0, 0.0]


@claim("autograd.scatter.put-accumulate", see="generated/torch.Tensor.put_")
def test_put_with_accumulate_passes_the_gradient_to_both(device):
    """Calling put with accumulate=True gives its input the whole gradient, and each
    source the gradient of the place that it was added to.
    """
    x = torch.zeros(3, device=device, requires_grad=True)
    source = torch.ones(2, device=device, requires_grad=True)
    index = torch.tensor([2, 2], device=device)
    weight = torch.tensor([1.0, 2.0, 4.0], device=device)

    (x.put(index, source, accumulate=True) * weight).sum().backward()

    assert x.grad.tolist() == [1.0, 2.0, 4.0]
    assert source.grad.tolist() == [4.0, 4.0]


@claim("autograd.gather.masked-select", see="generated/torch.masked_select")
def test_masked_select_passes_gradients_to_the_selected_elements(device):
    """Both masked_select and indexing by a mask pass the gradient to the elements
    selected, in their order, and 0 to the others; where the tensor was broadcast to the
    mask, they add up.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device).requires_grad_()
    y = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device).requires_grad_()
    row = torch.tensor([1.0, 2.0], device=device).requires_grad_()
    mask = torch.tensor([[True, False], [True, True]], device=device)
    weight = torch.tensor([1.0, 2.0, 4.0], device=device)

    selected = x.masked_select(mask) + y[mask] + row.masked_select(mask)
    (selected * weight).sum().backward()

    assert x.grad.tolist() == [[1.0, 0.0], [2.0, 4.0]]
    assert y.grad.tolist() == [[1.0, 0.0], [2.0, 4.0]]
    assert row.grad.tolist() == [3.0, 4.0]


@claim("autograd.gather.take-flat", see="generated/torch.take")
def test_take_passes_gradients_by_flat_position(device):
    """Positions of take count over all elements, negative ones from the end, and its
    gradient goes back to them in the shape of the input.
    """
    x = torch.zeros(2, 3, device=device, requires_grad=True)
    index = torch.tensor([5, 0, 5, -6], device=device)
    weight = torch.tensor([1.0, 2.0, 4.0, 8.0], device=device)

    (x.take(index) * weight).sum().backward()

    assert x.grad.tolist() == [[10.0, 0.0, 0.0], [0.0, 0.0, 5.0]]


@claim("autograd.where.splits-the-gradient", see="generated/torch.where")
def test_where_passes_each_gradient_to_the_branch_that_was_chosen(device):
    """torch.where passes the gradient to the tensor that each element was chosen from,
    and 0 to the other; a branch that was broadcast gets the sum.
    """
    x = torch.zeros(4, device=device, requires_grad=True)
    number = torch.zeros((), device=device, requires_grad=True)
    condition = torch.tensor([True, False, True, False], device=device)
    weight = torch.tensor([1.0, 2.0, 4.0, 8.0], device=device)

    (torch.where(condition, x, number) * weight).sum().backward()

    assert x.grad.tolist() == [1.0, 0.0, 4.0, 0.0]
    assert number.grad.tolist() == 10.0


@claim("autograd.where.nan-gradient-leaks", see="generated/torch.where")
def test_where_lets_a_gradient_of_nan_through(device):
    """The branch that torch.where does not choose receives gradient 0, and 0 times an
    infinite slope is NaN: sqrt and log at 0 get it, although neither was chosen there.
    """
    x = torch.tensor([0.0, 4.0], device=device, requires_grad=True)
    y = torch.tensor([0.0, 1.0], device=device, requires_grad=True)
    zeros = torch.zeros(2, device=device)

    root = torch.where(x > 0, x.sqrt(), zeros)
    logarithm = torch.where(y > 0, y.log(), zeros)
    (root + logarithm).sum().backward()

    assert root.tolist() == [0.0, 2.0]
    assert logarithm.tolist() == [0.0, 0.0]
    assert (x.grad.isnan().tolist(), x.grad[1].tolist()) == ([True, False], 0.25)
    assert (y.grad.isnan().tolist(), y.grad[1].tolist()) == ([True, False], 1.0)


@claim("autograd.where.guarded-input", see="generated/torch.where")
def test_a_guarded_input_keeps_the_gradient_finite(device):
    """Replacing the input before the function, with a second torch.where or by
    selecting the elements, gives gradient 0 where the function was not chosen, while
    multiplying by the mask afterwards gives NaN as torch.where alone does.
    """
    guarded = torch.tensor([0.0, 4.0], device=device, requires_grad=True)
    selected = torch.tensor([0.0, 4.0], device=device, requires_grad=True)
    multiplied = torch.tensor([0.0, 4.0], device=device, requires_grad=True)
    ones = torch.ones(2, device=device)
    zeros = torch.zeros(2, device=device)
    chosen = guarded > 0

    torch.where(
        chosen, torch.where(chosen, guarded, ones).sqrt(), zeros
    ).sum().backward()
    selected[chosen].sqrt().sum().backward()
    (multiplied.sqrt() * chosen).sum().backward()

    assert guarded.grad.tolist() == [0.0, 0.25]
    assert selected.grad.tolist() == [0.0, 0.25]
    assert multiplied.grad.isnan().tolist() == [True, False]
    assert multiplied.grad[1].tolist() == 0.25

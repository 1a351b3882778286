"""Accumulation: what several backward passes leave in ``.grad``.

A backward pass never overwrites a gradient: it adds to the one that is there. The first
pass makes a tensor; every later pass adds into that tensor in place, so a loop that
forgets to clear trains on the sum of all gradients so far. Used on purpose, the same
rule splits a batch into micro-batches and sums the losses of several tasks.

Zeroing and removing a gradient are two things: zeros are a gradient, None is none. With
``create_graph=True`` the sum is a new tensor, since the old one belongs to a graph.
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.accumulation import history, summed_to
from torch_semantics import claim
from torch_semantics.words import shares_storage

recorded = pytest.mark.filterwarnings("ignore:Using backward")

# --- passes add up --------------------------------------------------------------------


@claim("autograd.accumulation.adds", see="notes/autograd")
def test_every_pass_adds_its_gradient_to_the_same_tensor(device):
    """After several backward passes grad is the sum of their gradients, in the tensor
    that the first pass made: a name given to it earlier sees the sum as well.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)

    (leaf * 3).sum().backward()
    first = leaf.grad
    address, after_one = first.data_ptr(), first.tolist()
    (leaf * 5).sum().backward()
    (leaf * 7).sum().backward()

    assert after_one == [3.0, 3.0]
    assert leaf.grad.tolist() == [15.0, 15.0]
    assert leaf.grad is first
    assert leaf.grad.data_ptr() == address
    assert (leaf.grad.requires_grad, leaf.grad.grad_fn) == (False, None)


def performed(steps, leaf):
    """Perform the steps on a leaf; list its gradient after each, and the value then."""
    optimizer = torch.optim.SGD([leaf], lr=1.0)
    perform = {
        "pass": lambda own: (leaf * leaf * own).sum().backward(),
        "recorded pass": lambda own: (
            (leaf * leaf * own).sum().backward(create_graph=True)
        ),
        "zero": lambda _: optimizer.zero_grad(set_to_none=False),
        "reset": lambda _: optimizer.zero_grad(set_to_none=True),
    }
    gradients = []
    for kind, own in steps:
        perform[kind](own)
        value = None if leaf.grad is None else leaf.grad.tolist()
        gradients.append((leaf.grad, value))
    return gradients


STEPS = st.lists(
    st.sampled_from(
        [
            ("pass", 1),
            ("pass", 2),
            ("pass", 5),
            ("recorded pass", 3),
            ("zero", 0),
            ("reset", 0),
        ]
    ),
    min_size=2,
    max_size=8,
)


@claim("autograd.accumulation.any-sequence", see="generated/torch.Tensor.backward")
@recorded
@given(steps=STEPS)
def test_any_sequence_of_passes_and_clearings_leaves_the_sum_since_the_last(
    steps, device
):
    """Whatever the sequence of passes, zeroings and resets, grad is the sum of the
    passes since the last clearing, and a new tensor appears only on a pass that finds
    None and on every pass with create_graph=True.
    """
    leaf = torch.tensor([0.5], device=device, requires_grad=True)

    gradients = performed(steps, leaf)

    tensors = list(dict.fromkeys(id(grad) for grad, _ in gradients if grad is not None))
    found = [
        (None, None) if grad is None else (value[0], tensors.index(id(grad)))
        for grad, value in gradients
    ]
    assert found == list(history(steps)), steps


@claim("autograd.accumulation.same-graph-twice", see="notes/autograd")
def test_a_second_pass_over_one_graph_adds_the_same_gradient_again(device):
    """Two backward passes over one graph, which the first retains, double the
    gradient.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    loss = (leaf * leaf).sum()

    loss.backward(retain_graph=True)
    loss.backward()

    assert leaf.grad.tolist() == [8.0, 12.0]


@claim("autograd.accumulation.paths-of-one-pass", see="notes/autograd")
def test_a_leaf_reached_by_several_paths_gets_the_sum(device):
    """In one pass a leaf gets the sum over all paths that lead to it: as both factors
    of a product, through a view, and through an element picked twice.
    """
    squared = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    viewed = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    picked = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    twice_the_second = torch.tensor([1, 1], device=device)

    (squared * squared + squared * 10).sum().backward()
    (viewed.view(2, 1) * 10 + viewed.view(2, 1)).sum().backward()
    (picked[twice_the_second] * 10).sum().backward()

    assert squared.grad.tolist() == [14.0, 16.0]
    assert viewed.grad.tolist() == [11.0, 11.0]
    assert picked.grad.tolist() == [0.0, 20.0]


@claim("autograd.accumulation.tied-weights", see="generated/torch.nn.Module")
def test_a_parameter_used_by_two_layers_has_one_gradient(device):
    """A parameter that two layers share has one gradient, the sum over its uses."""
    first = torch.nn.Linear(1, 1, bias=False, device=device)
    second = torch.nn.Linear(1, 1, bias=False, device=device)
    second.weight = first.weight
    with torch.no_grad():
        first.weight.fill_(3.0)

    second(first(torch.ones(1, 1, device=device))).sum().backward()

    assert first.weight.grad.tolist() == [[6.0]]
    assert second.weight.grad is first.weight.grad


@claim("autograd.accumulation.leaves-over-one-storage", see="notes/autograd")
def test_two_leaves_over_one_storage_have_gradients_of_their_own(device):
    """Two leaves that share their data do not share their gradients."""
    leaf = torch.ones(2, device=device, requires_grad=True)
    twin = leaf.detach().requires_grad_()

    (leaf * 3 + twin * 5).sum().backward()
    (leaf * 3).sum().backward()

    assert shares_storage(leaf, twin)
    assert leaf.grad.tolist() == [6.0, 6.0]
    assert twin.grad.tolist() == [5.0, 5.0]


@claim("autograd.accumulation.two-leaves-of-a-sum", see="notes/autograd")
def test_leaves_that_get_the_same_gradient_get_a_tensor_each(device):
    """The two leaves of a sum get equal gradients in separate storages: passes add up
    in each, and a write into one does not reach the other.
    """
    left = torch.ones(2, device=device, requires_grad=True)
    right = torch.ones(2, device=device, requires_grad=True)

    ((left + right) * 3).sum().backward()
    ((left + right) * 3).sum().backward()
    separate = not shares_storage(left.grad, right.grad)
    left.grad.zero_()

    assert separate
    assert left.grad.tolist() == [0.0, 0.0]
    assert right.grad.tolist() == [6.0, 6.0]


@claim("autograd.accumulation.over-broadcasting", see="notes/broadcasting")
def test_passes_add_up_in_the_shape_of_a_broadcast_leaf(device):
    """The passes of a leaf that is broadcast to different shapes add up in the leaf's
    own shape.
    """
    leaf = torch.ones(1, 2, device=device, requires_grad=True)

    (leaf + torch.zeros(3, 2, device=device)).sum().backward()
    (leaf * torch.ones(4, 5, 2, device=device)).sum().backward()

    assert leaf.grad.tolist() == [[23.0, 23.0]]


@st.composite
def broadcasts(draw):
    """Draw a shape, and a larger one that it broadcasts to."""
    large = draw(st.lists(st.integers(0, 3), max_size=3))
    small = [draw(st.sampled_from([size, 1])) for size in large]
    return small[draw(st.integers(0, len(large))) :], large


@claim("autograd.accumulation.any-broadcasting", see="notes/broadcasting")
@given(shapes=broadcasts())
def test_the_gradient_of_any_broadcast_leaf_sums_over_its_copies(shapes, device):
    """The gradient of a leaf broadcast to any larger shape is, at each element, the sum
    over the places that the element was copied to, and a second pass doubles it.
    """
    small, large = shapes
    leaf = torch.zeros(small, device=device, requires_grad=True)
    zeros = torch.zeros(large, device=device)
    upstream = torch.arange(zeros.numel(), device=device).reshape(large).float()

    (leaf + zeros).backward(upstream)
    once = leaf.grad.flatten().tolist()
    (zeros - leaf).backward(upstream * -1)
    twice = leaf.grad.flatten().tolist()

    assert list(leaf.grad.shape) == small
    assert (shapes, once) == (shapes, summed_to(small, large))
    assert (shapes, twice) == (shapes, [2 * number for number in once])


# --- one tensor per leaf --------------------------------------------------------------


@claim("autograd.accumulation.one-buffer", see="notes/autograd")
def test_each_leaf_has_one_gradient_for_all_losses(device):
    """However many losses are back-propagated, a leaf has one gradient of its own size,
    at one address.
    """
    leaf = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)

    (leaf * 2).sum().backward()
    addresses = [leaf.grad.data_ptr()]
    (leaf * leaf).sum().backward()
    addresses.append(leaf.grad.data_ptr())
    (leaf * 5).max().backward()
    addresses.append(leaf.grad.data_ptr())

    assert leaf.grad.shape == leaf.shape
    assert addresses == addresses[:1] * 3
    assert leaf.grad.tolist() == [4.0, 6.0, 13.0]


@claim(
    "autograd.accumulation.autograd-grad-adds-nothing",
    see="generated/torch.autograd.grad",
)
def test_autograd_grad_returns_gradients_and_accumulates_nothing(device):
    """The function autograd.grad() returns the gradients of one loss, leaves a grad of
    None as it is, and adds nothing to one that is there.
    """
    empty = torch.ones(2, device=device, requires_grad=True)
    full = torch.ones(2, device=device, requires_grad=True)
    full.grad = gradient = torch.tensor([10.0, 10.0], device=device)

    (of_first,) = torch.autograd.grad((empty * 3).sum(), empty)
    of_second = torch.autograd.grad((empty * full * 5).sum(), [empty, full])

    assert of_first.tolist() == [3.0, 3.0]
    assert [grad.tolist() for grad in of_second] == [[5.0, 5.0], [5.0, 5.0]]
    assert empty.grad is None
    assert full.grad is gradient
    assert gradient.tolist() == [10.0, 10.0]


@claim("autograd.accumulation.writes-count", see="generated/torch.Tensor.grad")
def test_the_next_pass_adds_to_whatever_was_written_into_grad(device):
    """A gradient is an ordinary tensor: what is written into it between two passes is
    what the second adds to.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    (leaf * 4).sum().backward()

    leaf.grad.mul_(0.5)
    leaf.grad[0] = 100.0
    (leaf * 3).sum().backward()

    assert leaf.grad.tolist() == [103.0, 5.0]


@claim("autograd.accumulation.assigned-gradient", see="autograd")
def test_a_pass_adds_in_place_into_an_assigned_gradient(device):
    """A backward pass adds in place into gradients that were assigned, such as slices
    of one flat tensor, which then holds all gradients.
    """
    flat = torch.tensor([100.0, 100.0, 0.0], device=device)
    left = torch.ones(2, device=device, requires_grad=True)
    right = torch.ones(1, device=device, requires_grad=True)
    left.grad, right.grad = flat[:2], flat[2:]

    ((left * 3).sum() + (right * 5).sum()).backward()

    assert flat.tolist() == [103.0, 103.0, 5.0]
    assert shares_storage(left.grad, flat)
    assert shares_storage(right.grad, flat)


@claim(
    "autograd.accumulation.hook-sees-one-pass",
    see="generated/torch.Tensor.register_hook",
)
def test_a_hook_on_a_leaf_sees_the_gradient_of_one_pass(device):
    """A hook on a leaf is called once per pass with that pass's own gradient, summed
    over its paths, and not with what has been accumulated.
    """
    leaf = torch.ones(1, device=device, requires_grad=True)
    seen = []
    leaf.register_hook(lambda grad: seen.append(grad.tolist()))

    (leaf * 3).sum().backward()
    (leaf * 5 + leaf).sum().backward()

    assert seen == [[3.0], [6.0]]
    assert leaf.grad.tolist() == [9.0]


@claim("autograd.accumulation.step-does-not-clear", see="optim")
def test_neither_a_step_nor_a_forward_pass_clears_gradients(device):
    """The step of an optimizer leaves the gradients as they are, and so does the next
    forward pass: the backward pass after it adds to the old ones.
    """
    leaf = torch.tensor([10.0], device=device, requires_grad=True)
    optimizer = torch.optim.SGD([leaf], lr=1.0)
    (leaf * 3).sum().backward()
    gradient = leaf.grad

    optimizer.step()
    loss = (leaf * 2).sum()
    before_second = gradient.tolist()
    loss.backward()

    assert leaf.tolist() == [7.0]
    assert before_second == [3.0]
    assert leaf.grad is gradient
    assert leaf.grad.tolist() == [5.0]


@claim("autograd.accumulation.inside-no-grad", see="generated/torch.no_grad")
def test_a_pass_inside_no_grad_accumulates_as_anywhere(device):
    """A backward pass that is started inside no_grad, through a graph recorded before,
    adds its gradient as it does outside.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    first, second = (leaf * 3).sum(), (leaf * 5).sum()

    with torch.no_grad():
        first.backward()
        second.backward()

    assert leaf.grad.tolist() == [8.0, 8.0]


@claim(
    "autograd.accumulation.in-the-dtype-of-the-leaf", see="generated/torch.Tensor.grad"
)
def test_gradients_add_up_with_the_precision_of_the_leaf(device):
    """Gradients add up in the dtype of the leaf: a bfloat16 gradient of 256, whose next
    larger neighbour is 258, stays 256 when 1 is added, as often as that happens, while
    that of a float32 leaf in the same sums grows.
    """
    leaf = torch.zeros(1, dtype=torch.bfloat16, device=device, requires_grad=True)
    wide = torch.zeros(1, dtype=torch.float32, device=device, requires_grad=True)

    ((leaf + wide) * 256).sum().backward()
    (leaf + wide).sum().backward()
    (leaf + wide).sum().backward()
    after_ones = leaf.grad.tolist()
    (leaf * 2).sum().backward()

    assert leaf.grad.dtype == torch.bfloat16
    assert after_ones == [256.0]
    assert leaf.grad.tolist() == [258.0]
    assert wide.grad.tolist() == [258.0]


@claim("autograd.accumulation.failed-pass", see="generated/torch.Tensor.backward")
def test_a_pass_that_cannot_start_leaves_the_gradient_alone(device):
    """A backward pass that is refused, from a result of several elements or with a
    gradient of the wrong shape, raises RuntimeError, adds nothing, and leaves the graph
    to a pass that can start.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    (leaf * 3).sum().backward()
    result = leaf * leaf

    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        result.backward()
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        result.backward(torch.ones(3, device=device))

    assert leaf.grad.tolist() == [3.0, 3.0]
    result.sum().backward()
    assert leaf.grad.tolist() == [5.0, 5.0]


# --- the tensor that the first pass makes ---------------------------------------------


@claim(
    "autograd.accumulation.given-gradient-is-copied",
    see="generated/torch.Tensor.backward",
)
@pytest.mark.parametrize(
    "compute",
    [
        lambda leaf: leaf,
        lambda leaf: leaf.clone(),
        lambda leaf: leaf + 0,
        lambda leaf: leaf * 1,
    ],
    ids=["leaf", "clone", "add", "mul"],
)
def test_a_gradient_passed_to_backward_is_not_taken_over(compute, device):
    """A gradient passed to backward() of a leaf, or of a copy, sum or product of it,
    does not become the leaf's grad, though the two are equal: a later pass does not
    change the one that was passed, nor does a write into that one change grad.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    given_gradient = torch.tensor([3.0, 5.0], device=device)

    compute(leaf).backward(given_gradient)
    compute(leaf).backward(given_gradient)
    after_passes = given_gradient.tolist()
    given_gradient.zero_()

    assert after_passes == [3.0, 5.0]
    assert leaf.grad.tolist() == [6.0, 10.0]
    assert not shares_storage(leaf.grad, given_gradient)


@claim(
    "autograd.accumulation.given-gradient-through-a-view",
    see="generated/torch.Tensor.backward",
    level="observed",
)
def test_through_a_view_the_gradient_passed_to_backward_is_taken_over(device):
    """A gradient passed to backward() of a mere view of a leaf lends its storage to the
    leaf's grad: the next pass changes the tensor that was passed.
    """
    leaf = torch.zeros(2, device=device, requires_grad=True)
    given_gradient = torch.tensor([[3.0], [5.0]], device=device)

    leaf.view(2, 1).backward(given_gradient)
    (leaf * 10).sum().backward()

    assert shares_storage(leaf.grad, given_gradient)
    assert leaf.grad.tolist() == [13.0, 15.0]
    assert given_gradient.tolist() == [[13.0], [15.0]]


@claim(
    "autograd.accumulation.leaves-summed-through-views",
    see="notes/autograd",
    level="observed",
)
def test_leaves_summed_through_views_add_each_others_gradients(device):
    """The two leaves of a sum of views get one storage for both gradients on the first
    pass, so that the second pass counts its gradient twice in each.
    """
    left = torch.ones(2, device=device, requires_grad=True)
    right = torch.ones(2, device=device, requires_grad=True)

    ((left.view(2, 1) + right.view(2, 1)) * 3).sum().backward()
    after_one = [left.grad.tolist(), right.grad.tolist()]
    ((left.view(2, 1) + right.view(2, 1)) * 3).sum().backward()

    assert after_one == [[3.0, 3.0], [3.0, 3.0]]
    assert shares_storage(left.grad, right.grad)
    assert [left.grad.tolist(), right.grad.tolist()] == [[9.0, 9.0], [9.0, 9.0]]


@claim("autograd.accumulation.strides-of-a-dense-leaf", see="autograd")
def test_the_gradient_of_a_dense_leaf_has_its_strides(device):
    """The gradient of a leaf without gaps and overlaps in memory, such as a transposed
    one, has the leaf's strides, and keeps them over passes.
    """
    leaf = torch.zeros(3, 2, device=device).t().requires_grad_()
    weight = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)

    (leaf * weight).sum().backward()
    after_one = leaf.grad.stride()
    (leaf * weight).sum().backward()

    assert leaf.stride() == (1, 2)
    assert after_one == (1, 2)
    assert leaf.grad.stride() == (1, 2)
    assert leaf.grad.tolist() == [[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]]


@claim("autograd.accumulation.strides-of-a-leaf-with-gaps", see="autograd")
@pytest.mark.parametrize(
    ("lay_out", "strides"),
    [
        (lambda base: base[:, ::2], (6, 2)),
        (lambda base: base[:, :1].expand(2, 3), (6, 0)),
    ],
    ids=["gaps", "overlaps"],
)
def test_the_gradient_of_a_leaf_with_gaps_or_overlaps_is_contiguous(
    lay_out, strides, device
):
    """The gradient of a leaf with gaps or overlaps in memory is contiguous, with one
    place for every element.
    """
    leaf = lay_out(torch.zeros(2, 6, device=device)).requires_grad_()
    weight = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)

    (leaf * weight).sum().backward()

    assert leaf.stride() == strides
    assert leaf.grad.stride() == (3, 1)
    assert leaf.grad.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


@claim("autograd.accumulation.strides-of-an-assigned-gradient", see="autograd")
@pytest.mark.filterwarnings("ignore:grad and param do not obey")
def test_a_pass_keeps_the_strides_of_an_assigned_gradient(device):
    """A backward pass adds into an assigned gradient element by element, whatever its
    strides, and keeps them.
    """
    leaf = torch.zeros(2, 3, device=device, requires_grad=True)
    leaf.grad = assigned = torch.zeros(3, 2, device=device).t()
    weight = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)

    (leaf * weight).sum().backward()

    assert leaf.grad is assigned
    assert assigned.stride() == (1, 2)
    assert assigned.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


# --- create_graph ---------------------------------------------------------------------


@claim("autograd.accumulation.create-graph-makes-a-new-tensor", see="autograd")
@recorded
def test_with_create_graph_the_sum_is_a_new_tensor(device):
    """A pass with create_graph=True puts a new tensor into grad that holds the sum; the
    tensor that was there, part of a graph or not, keeps its value.
    """
    leaf = torch.tensor([2.0], device=device, requires_grad=True)
    (leaf * leaf).sum().backward()
    first = leaf.grad

    (leaf * leaf).sum().backward(create_graph=True)
    second = leaf.grad
    (leaf * leaf).sum().backward(create_graph=True)

    assert second is not first
    assert leaf.grad is not second
    assert not shares_storage(second, first)
    assert not shares_storage(leaf.grad, second)
    assert first.tolist() == [4.0]
    assert second.tolist() == [8.0]
    assert leaf.grad.tolist() == [12.0]


@claim(
    "autograd.accumulation.create-graph-is-differentiable",
    see="generated/torch.autograd.backward",
)
@recorded
def test_with_create_graph_the_gradient_is_part_of_the_graph(device):
    """After passes with create_graph=True grad has a grad_fn, and the gradient of the
    sum that it holds can be computed in turn.
    """
    leaf = torch.tensor([2.0], device=device, requires_grad=True)

    (leaf**3).sum().backward(create_graph=True)
    (leaf**3).sum().backward(create_graph=True)
    (second_order,) = torch.autograd.grad(leaf.grad.sum(), leaf)

    assert (leaf.grad.requires_grad, leaf.grad.is_leaf) == (True, False)
    assert leaf.grad.tolist() == [24.0]
    assert second_order.tolist() == [24.0]


@claim("autograd.accumulation.create-graph-copies-the-given-gradient", see="autograd")
@recorded
def test_with_create_graph_the_first_gradient_is_a_copy(device):
    """The first pass with create_graph=True puts a copy into grad, even through a view:
    a write into the gradient that was passed does not reach it.
    """
    leaf = torch.zeros(2, device=device, requires_grad=True)
    given_gradient = torch.tensor([[3.0], [5.0]], device=device)

    leaf.view(2, 1).backward(given_gradient, create_graph=True)
    given_gradient.zero_()

    assert not shares_storage(leaf.grad, given_gradient)
    assert leaf.grad.tolist() == [3.0, 5.0]


# --- backward(inputs=...) -------------------------------------------------------------


@claim("autograd.accumulation.inputs", see="generated/torch.Tensor.backward")
def test_backward_with_inputs_accumulates_into_those_only(device):
    """A pass with inputs= adds to the gradients of the leaves that it names and leaves
    those of all others as they are.
    """
    named = torch.ones(2, device=device, requires_grad=True)
    fresh = torch.ones(2, device=device, requires_grad=True)
    other = torch.ones(2, device=device, requires_grad=True)
    without = torch.ones(2, device=device, requires_grad=True)
    named.grad = torch.tensor([10.0, 10.0], device=device)
    other.grad = torch.tensor([20.0, 20.0], device=device)

    (named * fresh * other * without * 3).sum().backward(inputs=[named, fresh])

    assert named.grad.tolist() == [13.0, 13.0]
    assert fresh.grad.tolist() == [3.0, 3.0]
    assert other.grad.tolist() == [20.0, 20.0]
    assert without.grad is None


@claim(
    "autograd.accumulation.inputs-call-forms", see="generated/torch.autograd.backward"
)
@pytest.mark.parametrize(
    "backward",
    [
        lambda loss, leaf: loss.backward(inputs=leaf),
        lambda loss, leaf: loss.backward(inputs=(leaf,)),
        lambda loss, leaf: loss.backward(inputs=[leaf, leaf]),
        lambda loss, leaf: torch.autograd.backward(loss, inputs=leaf),
        lambda loss, leaf: torch.autograd.backward([loss], inputs=[leaf]),
    ],
    ids=["tensor", "tuple", "repeated", "function-tensor", "function-list"],
)
def test_inputs_may_be_a_tensor_or_a_sequence(backward, device):
    """The inputs of a pass may be one tensor or a sequence, of the method and of the
    function; one that is named twice gets its gradient once.
    """
    named = torch.ones(2, device=device, requires_grad=True)
    other = torch.ones(2, device=device, requires_grad=True)

    backward((named * other * 3).sum(), named)

    assert named.grad.tolist() == [3.0, 3.0]
    assert other.grad is None


@claim("autograd.accumulation.inputs-empty", see="generated/torch.Tensor.backward")
def test_backward_with_an_empty_list_of_inputs_is_refused(device):
    """A pass with an empty list of inputs raises RuntimeError and adds nothing."""
    leaf = torch.ones(2, device=device, requires_grad=True)
    loss = (leaf * 3).sum()

    with pytest.raises(RuntimeError, match=r"inputs.* cannot be empty"):
        loss.backward(inputs=[])

    assert leaf.grad is None


@claim("autograd.accumulation.inputs-not-a-leaf", see="generated/torch.Tensor.backward")
def test_a_tensor_that_is_not_a_leaf_may_be_among_the_inputs(device):
    """A pass with a tensor in the middle of the graph among its inputs keeps the
    gradient of that tensor, as if by retain_grad(), and does not go on to the leaf.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    middle = leaf * 3

    (middle * 5).sum().backward(inputs=[middle])

    assert middle.grad.tolist() == [5.0, 5.0]
    assert middle.retains_grad is True
    assert leaf.grad is None


# --- several objectives ---------------------------------------------------------------


@claim("autograd.accumulation.multi-task", see="generated/torch.Tensor.backward")
def test_the_gradients_of_two_losses_add_up_to_that_of_their_sum(device):
    """Two losses over a shared trunk, back-propagated one after the other with
    retain_graph=True on the first, leave the gradient that their sum leaves.
    """
    one_by_one = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    at_once = torch.tensor([2.0, 3.0], device=device, requires_grad=True)

    trunk = one_by_one * one_by_one
    (trunk * 3).sum().backward(retain_graph=True)
    first = one_by_one.grad
    (trunk * 5).sum().backward()
    trunk = at_once * at_once
    ((trunk * 3).sum() + (trunk * 5).sum()).backward()

    assert one_by_one.grad.tolist() == [32.0, 48.0]
    assert one_by_one.grad is first
    assert at_once.grad.tolist() == [32.0, 48.0]


@claim(
    "autograd.accumulation.multi-task-needs-the-graph",
    see="generated/torch.Tensor.backward",
)
def test_a_second_loss_over_a_freed_trunk_is_refused(device):
    """Without retain_graph the pass of the second loss raises RuntimeError at the trunk
    that the first has freed; the leaf keeps the gradient of the first.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    trunk = leaf * leaf
    (trunk * 3).sum().backward()

    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        (trunk * 5).sum().backward()

    assert leaf.grad.tolist() == [12.0, 18.0]


@claim(
    "autograd.accumulation.nothing-saved-nothing-freed",
    see="generated/torch.Tensor.backward",
    level="observed",
)
def test_a_trunk_that_saved_nothing_can_be_passed_twice(device):
    """A trunk whose operations saved no tensors, such as a sum, takes a second pass
    without retain_graph.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    trunk = leaf + leaf

    (trunk * 3).sum().backward()
    (trunk * 5).sum().backward()

    assert leaf.grad.tolist() == [16.0, 16.0]


@claim("autograd.accumulation.multi-task-heads", see="notes/autograd")
def test_each_head_gets_the_gradient_of_its_own_loss(device):
    """The passes of two losses add up in the shared trunk only: each head gets the
    gradient of its own loss.
    """
    trunk = torch.tensor([2.0], device=device, requires_grad=True)
    heads = (
        torch.tensor([3.0], device=device, requires_grad=True),
        torch.tensor([5.0], device=device, requires_grad=True),
    )
    shared = trunk * 10

    (shared * heads[0]).sum().backward(retain_graph=True)
    (shared * heads[1] * 2).sum().backward()

    assert trunk.grad.tolist() == [130.0]
    assert heads[0].grad.tolist() == [20.0]
    assert heads[1].grad.tolist() == [40.0]


@claim("autograd.accumulation.several-roots", see="generated/torch.autograd.backward")
def test_one_pass_from_several_losses_needs_no_retained_graph(device):
    """The function autograd.backward() takes several losses in one pass, which goes
    through the shared trunk once and adds the sum of their gradients.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    passes = []
    trunk = leaf * leaf
    trunk.register_hook(lambda grad: passes.append(grad.tolist()))

    torch.autograd.backward([(trunk * 3).sum(), (trunk * 5).sum()])

    assert passes == [[8.0, 8.0]]
    assert leaf.grad.tolist() == [32.0, 48.0]


# --- micro-batches --------------------------------------------------------------------


def squared_error(weight, samples, reduction):
    """Loss of predicting 0 by ``weight * sample``: the squares, summed or averaged."""
    predictions = weight * torch.tensor(samples, device=weight.device)
    return torch.nn.functional.mse_loss(
        predictions, torch.zeros_like(predictions), reduction=reduction
    )


@claim(
    "autograd.accumulation.micro-batches",
    see="notes/amp_examples#gradient-accumulation",
)
def test_summed_losses_of_micro_batches_give_the_gradient_of_the_batch(device):
    """Losses that sum over their samples, back-propagated micro-batch by micro-batch,
    leave the gradient of the whole batch, whatever the sizes of the micro-batches.
    """
    whole = torch.tensor(1.0, device=device, requires_grad=True)
    parts = torch.tensor(1.0, device=device, requires_grad=True)

    squared_error(whole, [1.0, 2.0, 3.0, 4.0], "sum").backward()
    squared_error(parts, [1.0], "sum").backward()
    squared_error(parts, [2.0, 3.0, 4.0], "sum").backward()

    assert whole.grad.tolist() == 60.0
    assert parts.grad.tolist() == 60.0


@claim(
    "autograd.accumulation.any-micro-batches",
    see="notes/amp_examples#gradient-accumulation",
)
@given(
    batches=st.lists(
        st.lists(st.integers(-9, 9), min_size=1, max_size=4), min_size=1, max_size=4
    )
)
def test_any_division_into_micro_batches_leaves_the_same_gradient(batches, device):
    """However a batch is divided, the summed losses of its micro-batches leave twice
    the sum of the squared samples, the gradient of the whole.
    """
    weight = torch.tensor(1.0, device=device, requires_grad=True)

    for samples in batches:
        squared_error(weight, [float(sample) for sample in samples], "sum").backward()

    whole = 2 * sum(sample**2 for samples in batches for sample in samples)
    assert (batches, weight.grad.tolist()) == (batches, whole)


@claim(
    "autograd.accumulation.mean-needs-weights",
    see="notes/amp_examples#gradient-accumulation",
)
def test_mean_losses_of_micro_batches_need_weights(device):
    """Losses that average over their samples leave the gradient of the whole batch if
    each is weighted with its share of the samples; without weights the sum is another,
    and for equal micro-batches it is larger by their number.
    """
    whole = torch.tensor(1.0, device=device, requires_grad=True)
    weighted = torch.tensor(1.0, device=device, requires_grad=True)
    unweighted = torch.tensor(1.0, device=device, requires_grad=True)
    halves = torch.tensor(1.0, device=device, requires_grad=True)

    squared_error(whole, [1.0, 2.0, 3.0, 4.0], "mean").backward()
    (squared_error(weighted, [1.0], "mean") * (1 / 4)).backward()
    (squared_error(weighted, [2.0], "mean") * (1 / 4)).backward()
    (squared_error(weighted, [3.0, 4.0], "mean") * (2 / 4)).backward()
    squared_error(unweighted, [1.0], "mean").backward()
    squared_error(unweighted, [2.0], "mean").backward()
    squared_error(unweighted, [3.0, 4.0], "mean").backward()
    squared_error(halves, [1.0, 2.0], "mean").backward()
    squared_error(halves, [3.0, 4.0], "mean").backward()

    assert whole.grad.tolist() == 15.0
    assert weighted.grad.tolist() == 15.0
    assert unweighted.grad.tolist() == 35.0
    assert halves.grad.tolist() == 30.0


@claim(
    "autograd.accumulation.clear-every-n-batches",
    see="notes/amp_examples#gradient-accumulation",
)
def test_clearing_every_second_batch_steps_on_the_sum_of_two(device):
    """A loop that steps and clears after every second batch moves the weight as if each
    two batches were one.
    """
    weight = torch.tensor([100.0], device=device, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0)

    (weight * 1).sum().backward()
    (weight * 2).sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    after_two = weight.tolist()
    (weight * 3).sum().backward()
    (weight * 4).sum().backward()
    optimizer.step()

    assert after_two == [97.0]
    assert weight.tolist() == [90.0]


# --- clearing -------------------------------------------------------------------------


class Lone(torch.nn.Module):
    """A module with the given parameters and nothing else."""

    def __init__(self, *leaves):
        super().__init__()
        self.leaves = torch.nn.ParameterList(leaves)


def sgd(*leaves, **options):
    """An optimizer of the given leaves."""
    return torch.optim.SGD(leaves, lr=1.0, **options)


def sgd_foreach(*leaves):
    """An optimizer that treats the given leaves together."""
    return sgd(*leaves, foreach=True)


@claim("autograd.zero-grad.data-zero", see="generated/torch.Tensor.grad")
@pytest.mark.parametrize(
    "zero",
    [
        lambda leaf: leaf.grad.zero_(),
        lambda leaf: leaf.grad.data.zero_(),
        lambda leaf: sgd(leaf).zero_grad(set_to_none=False),
        lambda leaf: sgd(leaf, foreach=True).zero_grad(set_to_none=False),
        lambda leaf: Lone(leaf).zero_grad(set_to_none=False),
        lambda leaf: sgd(leaf).zero_grad(False),
        lambda leaf: Lone(leaf).zero_grad(False),
    ],
    ids=[
        "grad.zero_",
        "grad.data.zero_",
        "optimizer",
        "optimizer-foreach",
        "module",
        "optimizer-positional",
        "module-positional",
    ],
)
def test_zeroing_keeps_the_tensor_and_the_next_pass_starts_from_zero(zero, device):
    """Zeroing a gradient, by hand or by zero_grad(set_to_none=False), fills the same
    tensor with zeros, and the next pass adds into it from there.
    """
    leaf = torch.nn.Parameter(torch.ones(2, device=device))
    (leaf * 3).sum().backward()
    gradient = leaf.grad

    zero(leaf)
    zeroed = gradient.tolist()
    (leaf * 5).sum().backward()

    assert zeroed == [0.0, 0.0]
    assert leaf.grad is gradient
    assert gradient.tolist() == [5.0, 5.0]
    assert leaf.tolist() == [1.0, 1.0]


@claim("autograd.zero-grad.to-none", see="generated/torch.optim.Optimizer.zero_grad")
@pytest.mark.parametrize(
    "reset",
    [
        lambda leaf: setattr(leaf, "grad", None),
        lambda leaf: sgd(leaf).zero_grad(set_to_none=True),
        lambda leaf: sgd(leaf, foreach=True).zero_grad(set_to_none=True),
        lambda leaf: Lone(leaf).zero_grad(set_to_none=True),
    ],
    ids=["assignment", "optimizer", "optimizer-foreach", "module"],
)
def test_setting_to_none_drops_the_tensor_and_the_next_pass_makes_another(
    reset, device
):
    """Setting a gradient to None, by hand or by zero_grad(set_to_none=True), lets go of
    the tensor, which keeps its value, and the next pass makes another.
    """
    leaf = torch.nn.Parameter(torch.ones(2, device=device))
    (leaf * 3).sum().backward()
    gradient = leaf.grad

    reset(leaf)
    after_reset = leaf.grad
    (leaf * 5).sum().backward()

    assert after_reset is None
    assert leaf.grad is not gradient
    assert not shares_storage(leaf.grad, gradient)
    assert gradient.tolist() == [3.0, 3.0]
    assert leaf.grad.tolist() == [5.0, 5.0]


@claim(
    "autograd.zero-grad.none-by-default",
    see="generated/torch.optim.Optimizer.zero_grad",
    since="2.0",
)
@pytest.mark.parametrize("make", [sgd, Lone], ids=["optimizer", "module"])
def test_zero_grad_sets_gradients_to_none_by_default(make, device):
    """The zero_grad() of an optimizer and of a module sets gradients to None unless
    told otherwise.
    """
    leaf = torch.nn.Parameter(torch.ones(2, device=device))
    (leaf * 3).sum().backward()
    gradient = leaf.grad

    make(leaf).zero_grad()

    assert leaf.grad is None
    assert gradient.tolist() == [3.0, 3.0]


@claim(
    "autograd.zero-grad.zeros-by-default",
    see="generated/torch.optim.Optimizer.zero_grad",
    until="2.0",
)
@pytest.mark.parametrize("make", [sgd, Lone], ids=["optimizer", "module"])
def test_zero_grad_fills_gradients_with_zeros_by_default(make, device):
    """The zero_grad() of an optimizer and of a module fills gradients with zeros unless
    told otherwise.
    """
    leaf = torch.nn.Parameter(torch.ones(2, device=device))
    (leaf * 3).sum().backward()
    gradient = leaf.grad

    make(leaf).zero_grad()

    assert leaf.grad is gradient
    assert gradient.tolist() == [0.0, 0.0]


@claim("autograd.zero-grad.none-has-no-zero", see="generated/torch.Tensor.grad")
def test_a_gradient_that_is_none_cannot_be_zeroed_by_hand(device):
    """While grad is None, before the first pass, grad.zero_() and grad.data.zero_()
    raise AttributeError.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)

    with pytest.raises(
        AttributeError, match="'NoneType' object has no attribute 'zero_'"
    ):
        leaf.grad.zero_()
    with pytest.raises(
        AttributeError, match="'NoneType' object has no attribute 'data'"
    ):
        leaf.grad.data.zero_()

    assert leaf.grad is None


@claim("autograd.zero-grad.passes-over-none", see="generated/torch.nn.Module")
@pytest.mark.parametrize(
    ("set_to_none", "cleared"),
    [(True, None), (False, 0.0)],
    ids=["to-none", "to-zeros"],
)
@pytest.mark.parametrize(
    "make",
    [sgd, sgd_foreach, Lone],
    ids=["optimizer", "optimizer-foreach", "module"],
)
def test_zero_grad_passes_over_gradients_that_are_none(
    make, set_to_none, cleared, device
):
    """Where a gradient is None, zero_grad() leaves it None, asked for zeros too, and
    goes on to the others; it returns None.
    """
    without = torch.nn.Parameter(torch.tensor(1.0, device=device))
    leaf = torch.nn.Parameter(torch.tensor(1.0, device=device))
    (leaf * 3).backward()

    returned = make(without, leaf).zero_grad(set_to_none=set_to_none)

    assert returned is None
    assert without.grad is None
    assert leaf.grad == cleared


@claim(
    "autograd.zero-grad.optimizer-clears-its-own",
    see="generated/torch.optim.Optimizer.zero_grad",
)
@pytest.mark.parametrize("foreach", [True, False], ids=["foreach", "single"])
@pytest.mark.parametrize(
    ("set_to_none", "cleared"),
    [(True, None), (False, 0.0)],
    ids=["to-none", "to-zeros"],
)
def test_an_optimizer_clears_all_of_its_groups_and_nothing_else(
    set_to_none, cleared, foreach, device
):
    """The zero_grad() of an optimizer clears the gradients in all of its parameter
    groups, those of frozen leaves too, and leaves those of other leaves as they are.
    """
    first, second, third, foreign = torch.nn.ParameterList(
        [torch.tensor(1.0, device=device) for _ in range(4)]
    )
    optimizer = torch.optim.SGD(
        [{"params": [first, second]}, {"params": [third]}], lr=1.0, foreach=foreach
    )
    (first * 2 + second * 3 + third * 5 + foreign * 7).backward()
    second.requires_grad_(False)

    optimizer.zero_grad(set_to_none=set_to_none)

    assert first.grad == cleared
    assert second.grad == cleared
    assert third.grad == cleared
    assert foreign.grad.tolist() == 7.0


@claim(
    "autograd.zero-grad.module-clears-all-parameters", see="generated/torch.nn.Module"
)
@pytest.mark.parametrize(
    ("set_to_none", "cleared"),
    [(True, None), (False, 0.0)],
    ids=["to-none", "to-zeros"],
)
def test_a_module_clears_the_parameters_of_its_children_and_frozen_ones(
    set_to_none, cleared, device
):
    """The zero_grad() of a module clears the gradients of all its parameters, those of
    its children and frozen ones too, and not those of its inputs.
    """
    module = torch.nn.Sequential(
        torch.nn.Linear(1, 1, device=device),
        torch.nn.Sequential(torch.nn.Linear(1, 1, device=device)),
    )
    x = torch.ones(1, 1, device=device, requires_grad=True)
    module(x).sum().backward()
    module[0].weight.requires_grad_(False)
    before = x.grad.tolist()

    module.zero_grad(set_to_none=set_to_none)

    assert module[0].weight.grad == cleared
    assert module[0].bias.grad == cleared
    assert module[1][0].weight.grad == cleared
    assert module[1][0].bias.grad == cleared
    assert x.grad.tolist() == before


@claim(
    "autograd.zero-grad.leaves-the-graph",
    see="generated/torch.optim.Optimizer.zero_grad",
)
@recorded
@pytest.mark.parametrize(
    "make",
    [sgd, sgd_foreach, Lone],
    ids=["optimizer", "optimizer-foreach", "module"],
)
def test_zero_grad_takes_the_gradient_out_of_the_graph(make, device):
    """Asked for zeros, zero_grad() detaches a gradient that create_graph=True made part
    of a graph: the same tensor then has no grad_fn and does not require gradients.
    """
    leaf = torch.nn.Parameter(torch.tensor([2.0], device=device))
    (leaf**3).sum().backward(create_graph=True)
    gradient = leaf.grad
    before = (gradient.tolist(), gradient.requires_grad, gradient.is_leaf)

    make(leaf).zero_grad(set_to_none=False)

    assert before == ([12.0], True, False)
    assert leaf.grad is gradient
    assert gradient.tolist() == [0.0]
    assert (gradient.requires_grad, gradient.grad_fn) == (False, None)


@claim("autograd.zero-grad.switches-the-flag-off", see="generated/torch.nn.Module")
@pytest.mark.parametrize(
    "make",
    [sgd, sgd_foreach, Lone],
    ids=["optimizer", "optimizer-foreach", "module"],
)
def test_zero_grad_switches_off_the_flag_of_an_assigned_gradient(make, device):
    """Asked for zeros, zero_grad() switches off the flag of a gradient that is itself a
    leaf that requires gradients.
    """
    leaf = torch.nn.Parameter(torch.ones(2, device=device))
    leaf.grad = gradient = torch.ones(2, device=device, requires_grad=True)

    make(leaf).zero_grad(set_to_none=False)

    assert leaf.grad is gradient
    assert gradient.tolist() == [0.0, 0.0]
    assert gradient.requires_grad is False

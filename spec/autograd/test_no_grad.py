"""Autograd records operations while grad mode is on, which it is to begin with.

``no_grad`` turns grad mode off for a block or a function. That is all it does: results
are not recorded, but no tensor that exists is changed, and a tensor that is made with
``requires_grad=True`` gets what it asked for. It is common to read it as "sets every
requires_grad to False", or as a part of ``model.eval()``: it is neither.

``inference_mode`` goes further: what is made in it cannot go back into autograd.
"""

import contextlib
import inspect
import threading
import weakref

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from spec.models import grad_mode
from torch_semantics import claim
from torch_semantics.words import shares_storage

# --- what is recorded -----------------------------------------------------------------


@claim("autograd.no-grad.grad-mode-is-off", see="generated/torch.no_grad")
def test_no_grad_turns_grad_mode_off_for_its_block():
    """Grad mode is on by default, off inside no_grad, and on again after it."""
    before = torch.is_grad_enabled()

    with torch.no_grad():
        inside = torch.is_grad_enabled()

    assert (before, inside, torch.is_grad_enabled()) == (True, False, True)


@claim("autograd.no-grad.results-untracked", see="generated/torch.no_grad")
@pytest.mark.parametrize(
    "operation",
    [
        lambda x: x * 2,
        lambda x: x.sum(),
        lambda x: x @ x,
        lambda x: x.exp(),
        lambda x: x.clone(),
        lambda x: x[[1]],
        lambda x: x.double(),
        lambda x: torch.cat([x, x]),
        lambda x: torch.stack([x, x]),
        lambda x: torch.where(x > 1, x, x),
        lambda x: F.linear(x, x),
        lambda x: F.relu(x),
    ],
    ids=[
        "multiply",
        "sum",
        "matmul",
        "exp",
        "clone",
        "index",
        "double",
        "cat",
        "stack",
        "where",
        "linear",
        "relu",
    ],
)
def test_results_under_no_grad_are_untracked(device, operation):
    """An operation under no_grad gives a leaf that requires no gradient."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with torch.no_grad():
        result = operation(x)

    assert (result.requires_grad, result.grad_fn, result.is_leaf) == (False, None, True)
    assert x.requires_grad is True


@claim("autograd.no-grad.values-are-the-same", see="generated/torch.no_grad")
@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (lambda x: x * 2, [2, 4]),
        (lambda x: x.sum(), 3),
        (lambda x: x @ x, 5),
        (lambda x: torch.cat([x, x]), [1, 2, 1, 2]),
        (lambda x: x.flip(0), [2, 1]),
        (lambda x: F.linear(x, x), 5),
    ],
    ids=["multiply", "sum", "matmul", "cat", "flip", "linear"],
)
def test_values_do_not_depend_on_grad_mode(device, operation, expected):
    """An operation computes the same values under no_grad as outside it."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    tracked = operation(x)
    with torch.no_grad():
        untracked = operation(x)

    assert tracked.requires_grad is True
    assert (tracked.tolist(), untracked.tolist()) == (expected, expected)
    assert (tracked.dtype, untracked.dtype) == (torch.float32, torch.float32)


@claim("autograd.no-grad.existing-tensors-unchanged", see="generated/torch.no_grad")
def test_no_grad_changes_no_existing_tensor(device):
    """A tensor from before no_grad keeps its requires_grad and history in the block."""
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    tracked = leaf * 3
    plain = torch.ones(2, device=device)
    history = tracked.grad_fn

    with torch.no_grad():
        inside = (leaf.requires_grad, tracked.requires_grad, plain.requires_grad)
        leaves = (leaf.is_leaf, tracked.is_leaf, plain.is_leaf)
        history_inside = tracked.grad_fn

    assert inside == (True, True, False)
    assert leaves == (True, False, True)
    assert history is not None
    assert history_inside is history


@claim(
    "autograd.no-grad.existing-tensors-work-afterwards", see="generated/torch.no_grad"
)
def test_a_graph_goes_on_after_a_no_grad_block(device):
    """A tensor that was tracked before a no_grad block gives its gradient after it."""
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    tracked = leaf * 3

    with torch.no_grad():
        tracked.sum()
    tracked.sum().backward()

    assert leaf.grad.tolist() == [3, 3]
    assert (leaf.requires_grad, tracked.requires_grad) == (True, True)


@claim("autograd.no-grad.result-is-a-constant", see="notes/autograd#grad-modes")
def test_a_no_grad_result_is_a_constant_for_later_operations(device):
    """A result of no_grad enters a tracked operation as a constant."""
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)

    with torch.no_grad():
        constant = x * x
    (constant * x).sum().backward()

    assert x.grad.tolist() == [4, 9]
    assert constant.requires_grad is False


@claim(
    "autograd.no-grad.result-cannot-be-differentiated",
    see="notes/autograd#locally-disabling-gradient-computation",
)
def test_no_grad_around_a_layer_cuts_off_the_layers_before_it(device):
    """A no_grad block ends the way back: only what comes after it gets gradients."""
    first = torch.tensor(2.0, device=device, requires_grad=True)
    middle = torch.tensor(3.0, device=device, requires_grad=True)
    last = torch.tensor(5.0, device=device, requires_grad=True)

    hidden = first * 7
    with torch.no_grad():
        hidden = middle * hidden
    (last * hidden).backward()

    assert (first.grad, middle.grad) == (None, None)
    assert last.grad.item() == 42


@claim(
    "autograd.no-grad.result-has-no-backward",
    see="notes/autograd#locally-disabling-gradient-computation",
)
@pytest.mark.parametrize(
    "mode",
    [lambda: torch.enable_grad(), lambda: torch.no_grad()],
    ids=["grad-mode-on", "grad-mode-off"],
)
def test_backward_of_a_no_grad_result_is_an_error(device, mode):
    """Backward of a result of no_grad raises RuntimeError, in either grad mode."""
    x = torch.ones(2, device=device, requires_grad=True)
    with torch.no_grad():
        result = (x * 2).sum()

    with mode(), pytest.raises(RuntimeError, match="does not require grad"):
        result.backward()

    assert x.grad is None


@claim("autograd.no-grad.backward-works-inside", see="notes/autograd#grad-modes")
def test_backward_runs_under_no_grad(device):
    """Backward of a graph from before the block works under no_grad."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    total = (x * x).sum()

    with torch.no_grad():
        total.backward()
        mode = torch.is_grad_enabled()

    assert x.grad.tolist() == [2, 4]
    assert x.grad.requires_grad is False
    assert mode is False


@claim("autograd.no-grad.grad-works-inside", see="generated/torch.autograd.grad")
@pytest.mark.parametrize("create_graph", [False, True], ids=["plain", "create-graph"])
def test_create_graph_and_not_grad_mode_decides_what_backward_records(
    device, create_graph
):
    """Under no_grad a gradient is tracked if, and only if, create_graph is true."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    total = (x * x * x).sum()

    with torch.no_grad():
        (gradient,) = torch.autograd.grad(total, x, create_graph=create_graph)

    assert gradient.tolist() == [3, 12]
    assert gradient.requires_grad is create_graph


# --- what asks for requires_grad gets it ----------------------------------------------


@claim(
    "autograd.no-grad.factories-exempt",
    also=["autograd.no-grad.created-leaves-keep-requires-grad"],
    see="generated/torch.no_grad",
)
@pytest.mark.parametrize(
    "make",
    [
        lambda x: torch.ones(2, device=x.device, requires_grad=True),
        lambda x: torch.tensor([1.0, 1.0], device=x.device, requires_grad=True),
        lambda x: torch.full((2,), 1.0, device=x.device, requires_grad=True),
        lambda x: torch.ones_like(x, requires_grad=True),
        lambda x: x.new_ones(2, requires_grad=True),
        lambda x: torch.nn.Parameter(torch.ones(2, device=x.device)),
        lambda x: torch.nn.Parameter(x * 0.5),
        lambda x: (x * 0.5).requires_grad_(),
        lambda x: torch.ones(2, device=x.device).requires_grad_(),
    ],
    ids=[
        "ones",
        "tensor",
        "full",
        "ones_like",
        "new_ones",
        "Parameter",
        "Parameter-of-a-result",
        "requires_grad_-of-a-result",
        "requires_grad_",
    ],
)
def test_what_is_made_to_require_gradients_does_so_under_no_grad(device, make):
    """A tensor made under no_grad to require gradients is a leaf that gets one."""
    x = torch.tensor([2.0, 2.0], device=device, requires_grad=True)

    with torch.no_grad():
        made = make(x)
        untracked = made * 3

    assert (made.requires_grad, made.is_leaf, made.grad_fn) == (True, True, None)
    assert untracked.requires_grad is False
    (made * 3).sum().backward()
    assert made.tolist() == [1, 1]
    assert made.grad.tolist() == [3, 3]
    assert x.grad is None


@claim("autograd.no-grad.modules-are-trainable", see="generated/torch.no_grad")
def test_a_module_built_under_no_grad_is_trainable(device):
    """The parameters of a module that is built under no_grad require gradients."""
    with torch.no_grad():
        layer = torch.nn.Linear(2, 1, device=device)
        inside = layer(torch.ones(1, 2, device=device))

    assert inside.requires_grad is False
    assert (layer.weight.requires_grad, layer.bias.requires_grad) == (True, True)
    layer(torch.tensor([[5.0, 7.0]], device=device)).sum().backward()
    assert layer.weight.grad.tolist() == [[5, 7]]
    assert layer.bias.grad.tolist() == [1]


@claim(
    "autograd.no-grad.flag-may-be-cleared", see="generated/torch.Tensor.requires_grad_"
)
def test_requires_grad_can_be_cleared_under_no_grad(device):
    """A leaf's requires_grad that is cleared under no_grad stays cleared after it."""
    x = torch.ones(2, device=device, requires_grad=True)

    with torch.no_grad():
        x.requires_grad_(False)

    assert x.requires_grad is False
    assert (x * 2).requires_grad is False


# --- writing in place -----------------------------------------------------------------


def _subtract_and_assign(x):
    x -= 2
    return x


def _set_an_index(x):
    x[:] = 3
    return x


@claim("autograd.no-grad.leaf-may-be-written", see="generated/torch.no_grad")
@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.sub_(2),
        lambda x: x.copy_(torch.tensor([3.0, 3.0], device=x.device)),
        lambda x: x.fill_(3),
        lambda x: torch.sub(x, 2, out=x),
        _subtract_and_assign,
        _set_an_index,
    ],
    ids=["sub_", "copy_", "fill_", "out", "minus-assign", "set-an-index"],
)
def test_a_leaf_can_be_written_in_place_under_no_grad(device, write):
    """A leaf that requires gradients can be written under no_grad, and stays a leaf."""
    x = torch.tensor([5.0, 5.0], device=device, requires_grad=True)
    address = x.data_ptr()

    with torch.no_grad():
        written = write(x)

    assert written is x
    assert x.tolist() == [3, 3]
    assert x.data_ptr() == address
    assert (x.requires_grad, x.is_leaf, x.grad_fn) == (True, True, None)


@claim("autograd.no-grad.written-leaf-gets-gradients", see="generated/torch.no_grad")
def test_gradients_after_a_write_use_the_new_values(device):
    """After a write under no_grad a leaf's gradient is taken at the new values."""
    x = torch.tensor([5.0, 5.0], device=device, requires_grad=True)

    with torch.no_grad():
        returned = x.sub_(2)
    (x * x).sum().backward()

    assert returned is x
    assert x.grad.tolist() == [6, 6]


@claim("autograd.no-grad.write-keeps-history", see="notes/autograd#grad-modes")
def test_a_write_under_no_grad_is_left_out_of_a_tracked_tensors_history(device):
    """A tracked tensor written under no_grad has new values and its old history."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    tracked = x * 3
    history = tracked.grad_fn

    with torch.no_grad():
        returned = tracked.mul_(10)
    tracked.sum().backward()

    assert returned is tracked
    assert tracked.tolist() == [30, 60]
    assert tracked.grad_fn is history
    assert x.grad.tolist() == [3, 3]


@claim(
    "autograd.no-grad.write-is-noticed",
    see="notes/autograd#in-place-correctness-checks",
)
def test_a_write_under_no_grad_to_a_saved_tensor_is_noticed(device):
    """Backward raises RuntimeError after a write under no_grad to a tensor it needs."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    result = x.exp()

    with torch.no_grad():
        result.add_(1)

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        result.sum().backward()
    assert x.grad is None


@claim("autograd.no-grad.plain-tensors-stay-plain", see="generated/torch.no_grad")
@pytest.mark.parametrize(
    "write",
    [
        lambda plain, x: plain.mul_(x),
        lambda plain, x: plain[:].mul_(x),
        lambda plain, x: plain.copy_(x),
        lambda plain, x: torch.mul(x, 1, out=plain),
    ],
    ids=["mul_", "through-a-view", "copy_", "out"],
)
def test_a_plain_tensor_stays_plain_when_written_under_no_grad(device, write):
    """A plain tensor written from a tracked one under no_grad requires no gradient."""
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    plain = torch.ones(2, device=device)

    with torch.no_grad():
        write(plain, x)

    assert plain.tolist() == [2, 3]
    assert (plain.requires_grad, plain.is_leaf) == (False, True)


# --- views ----------------------------------------------------------------------------

VIEWS = [
    pytest.param(lambda x: x.view(2, 1), [[1], [2]], id="view"),
    pytest.param(lambda x: x[:1], [1], id="slice"),
    pytest.param(lambda x: x[0], 1, id="select"),
    pytest.param(lambda x: x.t(), [1, 2], id="t"),
    pytest.param(lambda x: x.unsqueeze(0), [[1, 2]], id="unsqueeze"),
    pytest.param(lambda x: x.narrow(0, 0, 1), [1], id="narrow"),
    pytest.param(lambda x: x.split(1)[0], [1], id="split"),
    pytest.param(lambda x: x.chunk(2)[0], [1], id="chunk"),
    pytest.param(lambda x: x.unbind()[0], 1, id="unbind"),
]


@claim(
    "autograd.no-grad.views-report-requires-grad",
    see="notes/autograd#locally-disabling-gradient-computation",
)
@pytest.mark.parametrize(("take_view", "values"), VIEWS)
def test_a_view_taken_under_no_grad_only_appears_to_require_gradients(
    device, take_view, values
):
    """A view taken under no_grad reports requires_grad, but backward brings none."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    scale = torch.tensor(3.0, device=device, requires_grad=True)

    with torch.no_grad():
        view = take_view(x)
    (view * scale).sum().backward()

    assert (view.requires_grad, view.grad_fn, view.is_leaf) == (True, None, True)
    assert shares_storage(view, x)
    assert view.tolist() == values
    assert scale.grad is not None  # backward has run
    assert (x.grad, view.grad) == (None, None)


@claim(
    "autograd.no-grad.views-of-results",
    see="notes/autograd#locally-disabling-gradient-computation",
)
def test_a_view_of_a_result_is_cut_off_from_its_history(device):
    """A view of a tracked result, taken under no_grad, brings its leaf no gradient."""
    x = torch.ones(2, device=device, requires_grad=True)
    tracked = x * 2
    scale = torch.tensor(3.0, device=device, requires_grad=True)

    with torch.no_grad():
        view = tracked[:1]
    (view * scale).sum().backward()

    assert (view.requires_grad, view.grad_fn, view.is_leaf) == (True, None, True)
    assert tracked.is_leaf is False
    assert scale.grad.item() == 2
    assert x.grad is None


@claim(
    "autograd.no-grad.views-of-plain-tensors",
    see="notes/autograd#locally-disabling-gradient-computation",
)
@pytest.mark.parametrize(("take_view", "values"), VIEWS)
def test_a_view_of_a_plain_tensor_requires_no_gradient(device, take_view, values):
    """A view taken under no_grad of a plain tensor reports no requires_grad."""
    plain = torch.tensor([1.0, 2.0], device=device)

    with torch.no_grad():
        view = take_view(plain)

    assert (view.requires_grad, view.grad_fn, view.is_leaf) == (False, None, True)
    assert shares_storage(view, plain)
    assert view.tolist() == values


@claim("autograd.no-grad.detach-requires-no-grad", see="generated/torch.Tensor.detach")
@pytest.mark.parametrize(
    "detach",
    [lambda x: x.detach(), lambda x: x.data],
    ids=["detach", "data"],
)
def test_detach_under_no_grad_requires_no_gradient(device, detach):
    """Unlike other views, a detached tensor reports no requires_grad under no_grad."""
    x = torch.ones(2, device=device, requires_grad=True)

    with torch.no_grad():
        detached = detach(x)

    assert (detached.requires_grad, detached.is_leaf) == (False, True)
    assert shares_storage(detached, x)


@claim(
    "autograd.no-grad.views-may-not-be-written-later",
    see="notes/autograd#locally-disabling-gradient-computation",
)
@pytest.mark.parametrize(("take_view", "values"), VIEWS)
def test_writing_to_a_no_grad_view_in_grad_mode_is_an_error(device, take_view, values):
    """Writing in grad mode to a view taken under no_grad raises RuntimeError."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    with torch.no_grad():
        view = take_view(x)

    with pytest.raises(RuntimeError, match="A view was created in no_grad mode"):
        view.add_(1)

    assert x.tolist() == [1, 2]
    assert view.tolist() == values


@claim(
    "autograd.no-grad.views-may-be-written-inside",
    see="notes/autograd#locally-disabling-gradient-computation",
)
@pytest.mark.parametrize(
    ("take_view", "expected"),
    [
        (lambda x: x.view(2, 1), [8, 9]),
        (lambda x: x[1:], [1, 9]),
        (lambda x: x[0], [8, 2]),
        (lambda x: x.split(1)[0], [8, 2]),
        (lambda x: x.unbind()[0], [8, 2]),
        (lambda x: x.detach(), [8, 9]),
    ],
    ids=["view", "slice", "select", "split", "unbind", "detach"],
)
def test_writing_to_a_no_grad_view_under_no_grad_reaches_the_leaf(
    device, take_view, expected
):
    """A write under no_grad, through a view taken there, reaches the leaf."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with torch.no_grad():
        take_view(x).add_(7)

    assert x.tolist() == expected
    assert (x.requires_grad, x.is_leaf, x.grad_fn) == (True, True, None)


# --- memory ---------------------------------------------------------------------------


@claim("autograd.no-grad.saves-no-tensors", see="generated/torch.no_grad")
def test_no_tensor_is_saved_for_backward_under_no_grad(device):
    """Operations that save tensors for backward in grad mode save none in no_grad."""
    x = torch.ones(2, device=device, requires_grad=True)
    packed = []

    with torch.autograd.graph.saved_tensors_hooks(packed.append, lambda saved: saved):
        x.exp(), x.sin(), x * x
        in_grad_mode = len(packed)
        with torch.no_grad():
            x.exp(), x.sin(), x * x

    assert in_grad_mode == 4  # the result of exp, the input of sin, both factors
    assert len(packed) == 4


@claim(
    "autograd.no-grad.some-operations-save-nothing",
    see="notes/autograd#saved-tensors",
    since="2.0",
)
def test_multiplying_by_a_number_saves_nothing_even_in_grad_mode(device):
    """Multiplying by a number is tracked without saving a tensor."""
    x = torch.ones(2, device=device, requires_grad=True)
    packed = []

    with torch.autograd.graph.saved_tensors_hooks(packed.append, lambda saved: saved):
        result = x * 2

    assert packed == []
    assert result.requires_grad is True


@claim(
    "autograd.no-grad.number-was-saved-as-tensor",
    see="notes/autograd#saved-tensors",
    until="2.0",
)
def test_multiplying_by_a_number_saves_it_as_a_tensor(device):
    """Multiplying by a number in grad mode saves that number as a tensor."""
    x = torch.ones(2, device=device, requires_grad=True)
    packed = []

    with torch.autograd.graph.saved_tensors_hooks(packed.append, lambda saved: saved):
        x * 2

    assert [saved.tolist() for saved in packed] == [2]


@claim("autograd.no-grad.saves-no-activations", see="generated/torch.no_grad")
def test_an_intermediate_dies_at_once_under_no_grad(device):
    """Under no_grad a result does not keep the tensors it was computed from alive."""
    x = torch.ones(2, device=device, requires_grad=True)

    with torch.no_grad():
        middle = x.exp()
        result = middle.sin()
    middle = weakref.ref(middle)

    assert (result.requires_grad, result.grad_fn) == (False, None)
    assert middle() is None


@claim("autograd.no-grad.tracked-results-keep-activations", see="notes/autograd")
def test_an_intermediate_lives_as_long_as_the_tracked_result(device):
    """The tensors that backward needs live as long as the tracked result."""
    x = torch.ones(2, device=device, requires_grad=True)

    middle = x.exp()
    result = middle.sin()
    middle = weakref.ref(middle)
    alive_with_result = middle() is not None
    del result
    alive_without_result = middle() is not None

    assert (alive_with_result, alive_without_result) == (True, False)


@claim("autograd.no-grad.cuda-peak-memory-lower", see="notes/cuda#memory-management")
def test_a_deep_forward_needs_less_cuda_memory_under_no_grad(cuda):
    """Under no_grad a stack of layers holds two activations at a time, and not all."""
    mebibyte = 2**20
    x = torch.zeros(mebibyte // 4, device=cuda, requires_grad=True)
    stack = torch.nn.Sequential(*[torch.nn.Sigmoid() for _ in range(16)])

    before = torch.cuda.memory_allocated(cuda)
    torch.cuda.reset_peak_memory_stats(cuda)
    tracked = stack(x)
    tracked_peak = torch.cuda.max_memory_allocated(cuda) - before

    before = torch.cuda.memory_allocated(cuda)
    torch.cuda.reset_peak_memory_stats(cuda)
    with torch.no_grad():
        untracked = stack(x)
    untracked_peak = torch.cuda.max_memory_allocated(cuda) - before

    assert tracked_peak >= 16 * mebibyte
    assert untracked_peak <= 2 * mebibyte
    assert torch.equal(untracked, tracked)


# --- no_grad is not eval --------------------------------------------------------------


@claim(
    "autograd.no-grad.independent-of-eval",
    see="notes/autograd#evaluation-mode-nn-module-eval",
)
def test_eval_leaves_grad_mode_on(device):
    """A module in eval mode is tracked, saves tensors and gets gradients as ever."""
    layer = torch.nn.Linear(2, 1, device=device).eval()
    packed = []

    def pack(tensor):
        packed.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda saved: saved):
        output = layer(torch.tensor([[5.0, 7.0]], device=device))
    output.sum().backward()

    assert layer.training is False
    assert output.requires_grad is True
    assert len(packed) > 0
    assert layer.weight.grad.tolist() == [[5, 7]]


@claim(
    "autograd.no-grad.batch-norm-still-learns-statistics",
    see="notes/autograd#evaluation-mode-nn-module-eval",
)
def test_no_grad_leaves_batch_norm_in_training_mode(device):
    """Under no_grad a BatchNorm in training mode updates its running statistics."""
    norm = torch.nn.BatchNorm1d(1, momentum=0.5, device=device)
    batch = torch.tensor([[1.0], [3.0]], device=device)

    with torch.no_grad():
        norm(batch)

    assert norm.training is True
    assert norm.running_mean.tolist() == [1]
    assert norm.running_var.tolist() == [1.5]
    assert norm.num_batches_tracked.item() == 1


@claim(
    "autograd.no-grad.dropout-still-drops",
    see="notes/autograd#evaluation-mode-nn-module-eval",
)
def test_no_grad_leaves_dropout_in_training_mode(device):
    """Under no_grad a Dropout in training mode drops elements and scales the others."""
    dropout = torch.nn.Dropout(0.5)
    x = torch.arange(1.0, 65, device=device)

    with torch.no_grad():
        output = dropout(x)

    assert dropout.training is True
    assert output.shape == (64,)
    assert {y / n for n, y in enumerate(output.tolist(), start=1)} == {0, 2}


# --- where the mode begins and ends ---------------------------------------------------


@claim("autograd.no-grad.scope-and-nesting", see="generated/torch.no_grad")
def test_each_context_puts_back_the_mode_that_it_found():
    """Grad-mode contexts nest, and each puts back the mode that was there before it."""
    modes = []

    with torch.no_grad():
        with torch.enable_grad():
            modes.append(torch.is_grad_enabled())
            with torch.no_grad():
                modes.append(torch.is_grad_enabled())
            modes.append(torch.is_grad_enabled())
        modes.append(torch.is_grad_enabled())
        with torch.set_grad_enabled(True):
            modes.append(torch.is_grad_enabled())
        with torch.no_grad():
            pass
        modes.append(torch.is_grad_enabled())
    modes.append(torch.is_grad_enabled())

    assert modes == [True, False, True, False, True, False, True]


CONTEXTS = {
    "no_grad()": lambda: torch.no_grad(),
    "enable_grad()": lambda: torch.enable_grad(),
    "set_grad_enabled(False)": lambda: torch.set_grad_enabled(False),
    "set_grad_enabled(True)": lambda: torch.set_grad_enabled(True),
    "inference_mode(False)": lambda: torch.inference_mode(False),
    "inference_mode(True)": lambda: torch.inference_mode(True),
}


def _mode():
    return torch.is_grad_enabled(), torch.is_inference_mode_enabled()


@claim(
    "autograd.no-grad.every-nesting",
    see="notes/autograd#locally-disabling-gradient-computation",
)
@given(
    names=st.lists(st.sampled_from(sorted(CONTEXTS)), max_size=4), fails=st.booleans()
)
def test_every_nesting_of_contexts_is_entered_and_left_in_order(names, fails):
    """The innermost context decides the mode, however deep, and also when one fails."""
    inside, after = [], []

    with contextlib.suppress(ValueError), contextlib.ExitStack() as stack:
        for name in names:
            stack.callback(lambda: after.append(_mode()))
            stack.enter_context(CONTEXTS[name]())
            inside.append(_mode())
        if fails:
            raise ValueError

    assert (names, inside) == (names, grad_mode.modes_inside(names))
    assert (names, after) == (names, grad_mode.modes_after(names))
    assert _mode() == grad_mode.OUTSIDE


@claim("autograd.no-grad.enable-grad-records", see="generated/torch.enable_grad")
@pytest.mark.parametrize(
    "on",
    [
        lambda: torch.enable_grad(),
        lambda: torch.set_grad_enabled(True),
        lambda: torch.inference_mode(False),
    ],
    ids=["enable_grad", "set_grad_enabled", "inference_mode-False"],
)
def test_operations_are_recorded_again_inside_no_grad(device, on):
    """A context that turns grad mode on inside no_grad makes operations recorded, and
    gives None to as.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with torch.no_grad():
        with on() as given:
            tracked = x * 3
        untracked = x * 3
    tracked.sum().backward()

    assert (tracked.requires_grad, tracked.is_leaf) == (True, False)
    assert untracked.requires_grad is False
    assert given is None
    assert x.grad.tolist() == [3, 3]


@claim("autograd.no-grad.restored-after-an-exception", see="generated/torch.no_grad")
@pytest.mark.parametrize(
    ("context", "before"),
    [
        (lambda: torch.no_grad(), True),
        (lambda: torch.enable_grad(), False),
        (lambda: torch.set_grad_enabled(False), True),
        (lambda: torch.set_grad_enabled(True), False),
        (lambda: torch.inference_mode(), True),
    ],
    ids=["no_grad", "enable_grad", "set-False", "set-True", "inference_mode"],
)
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_exception_passes_and_the_mode_is_put_back(context, before, kind):
    """An exception leaves a grad-mode context, which puts back the mode before it."""
    error = kind("inside")

    with torch.set_grad_enabled(before):
        with pytest.raises(kind) as raised:
            with context():
                raise error
        after = torch.is_grad_enabled()

    assert raised.value is error
    assert after is before
    assert torch.is_inference_mode_enabled() is False


@claim("autograd.no-grad.restored-after-return", see="generated/torch.no_grad")
def test_returning_from_a_block_puts_the_mode_back():
    """A return out of a no_grad block puts back the mode from before it."""

    def mode_inside():
        with torch.no_grad():
            return torch.is_grad_enabled()

    inside = mode_inside()

    assert (inside, torch.is_grad_enabled()) == (False, True)


@claim("autograd.no-grad.context-is-reusable", see="generated/torch.no_grad")
@pytest.mark.parametrize(
    "make",
    [lambda: torch.no_grad(), lambda: torch.inference_mode()],
    ids=["no_grad", "inference_mode"],
)
def test_a_context_can_be_entered_again(make):
    """A context that was left can be entered again, and gives None to as."""
    context = make()

    with context as first:
        modes = [torch.is_grad_enabled()]
    modes.append(torch.is_grad_enabled())
    with context as second:
        modes.append(torch.is_grad_enabled())
    modes.append(torch.is_grad_enabled())

    assert modes == [False, True, False, True]
    assert (first, second) == (None, None)


@claim("autograd.no-grad.class-is-no-context", see="generated/torch.no_grad")
def test_a_with_statement_needs_the_parentheses():
    """The class no_grad itself is no context manager, and leaves the mode as it is."""
    # Python's own error: an AttributeError before 3.11, a TypeError since.
    with pytest.raises((AttributeError, TypeError), match=r"__enter__|context manager"):
        with torch.no_grad:
            pass

    assert torch.is_grad_enabled() is True


@claim("autograd.no-grad.takes-no-flag", see="generated/torch.no_grad")
def test_no_grad_takes_no_flag():
    """A with statement over no_grad(False) fails: the context takes no flag."""
    # Before 3.11 Python says AttributeError where it now says TypeError.
    with pytest.raises(
        (AttributeError, TypeError),
        match=r"__enter__|context manager|positional argument",
    ):
        with torch.no_grad(False):
            pass

    assert torch.is_grad_enabled() is True


@claim(
    "autograd.set-grad-enabled.as-function",
    see="generated/torch.autograd.grad_mode.set_grad_enabled",
)
@pytest.mark.parametrize("by_name", [False, True], ids=["positional", "keyword"])
def test_set_grad_enabled_as_a_function_takes_effect_at_once(by_name):
    """Called as a function, set_grad_enabled sets the mode until it is set again."""
    arguments = [((False,), {}), ((), {"mode": False})][by_name]

    with torch.enable_grad():
        torch.set_grad_enabled(*arguments[0], **arguments[1])
        off = torch.is_grad_enabled()
        torch.set_grad_enabled(True)
        on = torch.is_grad_enabled()

    assert (off, on) == (False, True)


@claim(
    "autograd.set-grad-enabled.as-context",
    see="generated/torch.autograd.grad_mode.set_grad_enabled",
)
@pytest.mark.parametrize("before", [False, True], ids=["from-off", "from-on"])
@pytest.mark.parametrize("mode", [False, True], ids=["to-off", "to-on"])
def test_set_grad_enabled_as_a_context_lasts_for_its_block(device, before, mode):
    """As a context, set_grad_enabled sets the mode for its block and puts it back."""
    x = torch.ones(2, device=device, requires_grad=True)

    with torch.no_grad():
        torch.set_grad_enabled(before)
        with torch.set_grad_enabled(mode):
            inside = torch.is_grad_enabled()
            result = x * 2
        after = torch.is_grad_enabled()

    assert (inside, result.requires_grad, after) == (mode, mode, before)


@claim(
    "autograd.set-grad-enabled.needs-a-bool",
    see="generated/torch.autograd.grad_mode.set_grad_enabled",
)
@pytest.mark.parametrize("mode", [1, None, "True"], ids=["int", "None", "str"])
def test_set_grad_enabled_takes_nothing_but_a_bool(mode):
    """A mode that is no bool raises TypeError and leaves grad mode as it is."""
    with torch.no_grad():
        with pytest.raises(TypeError, match=r"must be (a )?bool"):
            torch.set_grad_enabled(mode)
        after = torch.is_grad_enabled()

    assert after is False


@claim(
    "autograd.set-grad-enabled.entering-sets-the-mode",
    see="generated/torch.autograd.grad_mode.set_grad_enabled",
    since="2.2",
)
def test_entering_set_grad_enabled_sets_the_mode_again():
    """A set_grad_enabled sets the mode when it is made and again when it is entered."""
    with torch.enable_grad():
        context = torch.set_grad_enabled(False)
        made = torch.is_grad_enabled()
        torch.set_grad_enabled(True)
        with context:
            inside = torch.is_grad_enabled()
        after = torch.is_grad_enabled()

    assert (made, inside, after) == (False, False, True)


@claim(
    "autograd.set-grad-enabled.entering-did-nothing",
    see="generated/torch.autograd.grad_mode.set_grad_enabled",
    until="2.2",
)
def test_entering_set_grad_enabled_does_nothing():
    """A set_grad_enabled sets the mode when it is made, and not when it is entered."""
    with torch.enable_grad():
        context = torch.set_grad_enabled(False)
        made = torch.is_grad_enabled()
        torch.set_grad_enabled(True)
        with context:
            inside = torch.is_grad_enabled()
        after = torch.is_grad_enabled()

    assert (made, inside, after) == (False, True, True)


@claim("autograd.no-grad.per-thread", see="generated/torch.no_grad")
@pytest.mark.parametrize(
    "context",
    [lambda: torch.no_grad(), lambda: torch.inference_mode()],
    ids=["no_grad", "inference_mode"],
)
def test_a_new_thread_begins_in_grad_mode(context):
    """A thread that is started under no_grad or inference_mode begins in grad mode."""
    seen = []
    thread = threading.Thread(target=lambda: seen.append(_mode()))

    with context():
        thread.start()
        thread.join()
        starter = torch.is_grad_enabled()

    assert seen == [(True, False)]
    assert starter is False


@claim("autograd.no-grad.thread-keeps-its-own-mode", see="generated/torch.no_grad")
def test_a_thread_changes_only_its_own_mode():
    """What a thread does to its grad mode is not seen by the thread that started it."""
    seen = []

    def turn_off():
        torch.set_grad_enabled(False)
        seen.append(torch.is_grad_enabled())

    thread = threading.Thread(target=turn_off)
    thread.start()
    thread.join()

    assert seen == [False]
    assert torch.is_grad_enabled() is True


# --- decorators -----------------------------------------------------------------------

DECORATORS = [
    pytest.param(lambda: torch.no_grad(), (False, False), id="no_grad"),
    pytest.param(lambda: torch.enable_grad(), (True, False), id="enable_grad"),
    pytest.param(lambda: torch.inference_mode(), (False, True), id="inference_mode"),
    pytest.param(
        lambda: torch.inference_mode(False), (True, False), id="inference_mode-False"
    ),
]


@claim("autograd.no-grad.as-decorator", see="generated/torch.no_grad")
@pytest.mark.parametrize(("decorator", "inside"), DECORATORS)
@pytest.mark.parametrize("before", [False, True], ids=["from-off", "from-on"])
def test_a_decorated_function_runs_in_the_mode_on_every_call(decorator, inside, before):
    """A grad-mode context decorates a function: each call runs in its mode."""
    with torch.set_grad_enabled(before):

        @decorator()
        def mode():
            return _mode()

        decorated = _mode()
        calls = [mode(), _mode(), mode(), _mode()]

    outside = (before, False)
    assert decorated == outside
    assert calls == [inside, outside, inside, outside]


@claim("autograd.no-grad.decorator-passes-arguments", see="generated/torch.no_grad")
def test_a_decorated_function_takes_and_returns_as_before(device):
    """Under no_grad a decorated function keeps its arguments, result, name and doc."""

    @torch.no_grad()
    def scale(x, *, by):
        """Scale x."""
        return x * by, by

    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    scaled, by = scale(x, by=3)

    assert (scaled.tolist(), scaled.requires_grad, by) == ([3, 6], False, 3)
    assert (scale.__name__, scale.__doc__) == ("scale", "Scale x.")
    assert list(inspect.signature(scale).parameters) == ["x", "by"]


@claim("autograd.no-grad.decorator-after-an-exception", see="generated/torch.no_grad")
def test_a_decorated_function_that_raises_puts_the_mode_back():
    """An exception leaves a decorated function, and the caller's mode is put back."""
    error = ValueError("inside")

    @torch.no_grad()
    def fail():
        raise error

    with pytest.raises(ValueError) as raised:
        fail()

    assert raised.value is error
    assert torch.is_grad_enabled() is True


@claim("autograd.no-grad.decorated-method", see="generated/torch.no_grad")
def test_a_method_can_be_decorated(device):
    """A method decorated with no_grad gets its object, and runs with grad mode off."""

    class Scale:
        factor = 3

        @torch.no_grad()
        def __call__(self, x):
            return x * self.factor

    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    result = Scale()(x)

    assert (result.tolist(), result.requires_grad) == ([3, 6], False)


@claim("autograd.no-grad.decorator-calls-itself", see="generated/torch.no_grad")
def test_a_decorated_function_can_call_itself():
    """A decorated function that calls itself is in its mode at every depth."""
    modes = []

    @torch.no_grad()
    def descend(depth):
        modes.append(torch.is_grad_enabled())
        _ = depth and descend(depth - 1)
        modes.append(torch.is_grad_enabled())

    descend(2)

    assert modes == [False] * 6
    assert torch.is_grad_enabled() is True


@claim(
    "autograd.no-grad.bare-decorator",
    also=["autograd.no-grad.decorator-without-parentheses"],
    see="generated/torch.no_grad",
    since="2.1",
)
@pytest.mark.parametrize(
    ("decorator", "inside"),
    [
        (lambda: torch.no_grad, (False, False)),
        (lambda: torch.enable_grad, (True, False)),
        (lambda: torch.inference_mode, (False, True)),
    ],
    ids=["no_grad", "enable_grad", "inference_mode"],
)
@pytest.mark.parametrize("before", [False, True], ids=["from-off", "from-on"])
def test_a_decorator_does_without_the_parentheses(decorator, inside, before):
    """As decorators, no_grad, enable_grad and inference_mode need no parentheses."""
    bare = decorator()

    with torch.set_grad_enabled(before):

        @bare
        def mode(*arguments):
            return arguments, _mode()

        calls = [mode(1, 2), mode()]
        after = _mode()

    assert calls == [((1, 2), inside), ((), inside)]
    assert after == (before, False)


@claim(
    "autograd.no-grad.bare-decorator-was-an-error",
    see="generated/torch.no_grad",
    until="2.1",
)
@pytest.mark.parametrize(
    "decorator",
    [lambda: torch.no_grad, lambda: torch.enable_grad],
    ids=["no_grad", "enable_grad"],
)
def test_a_decorator_needs_the_parentheses(decorator):
    """Without parentheses, no_grad and enable_grad refuse to decorate a function."""
    bare = decorator()

    with pytest.raises(TypeError, match=r"takes (1 positional argument|no arguments)"):

        @bare
        def function():
            pass


@claim(
    "autograd.set-grad-enabled.as-decorator",
    see="generated/torch.autograd.grad_mode.set_grad_enabled",
    since="2.2",
)
@pytest.mark.parametrize("mode", [False, True], ids=["off", "on"])
def test_set_grad_enabled_decorates_a_function(mode):
    """As a decorator, set_grad_enabled sets the mode in each call, and nowhere else."""
    with torch.set_grad_enabled(not mode):

        @torch.set_grad_enabled(mode)
        def mode_inside():
            return torch.is_grad_enabled()

        decorated = torch.is_grad_enabled()
        inside = mode_inside()
        after = torch.is_grad_enabled()
        torch.set_grad_enabled(mode)
        inside_again = mode_inside()
        after_again = torch.is_grad_enabled()

    assert (decorated, inside, after) == (not mode, mode, not mode)
    assert (inside_again, after_again) == (mode, mode)


@claim(
    "autograd.set-grad-enabled.decorator-leaked",
    see="generated/torch.autograd.grad_mode.set_grad_enabled",
    until="2.2",
)
@pytest.mark.parametrize("mode", [False, True], ids=["off", "on"])
def test_set_grad_enabled_leaks_its_mode_where_it_decorates(mode):
    """As a decorator, set_grad_enabled leaves its mode set for the code after it."""
    with torch.set_grad_enabled(not mode):

        @torch.set_grad_enabled(mode)
        def mode_inside():
            return torch.is_grad_enabled()

        decorated = torch.is_grad_enabled()
        inside = mode_inside()
        after = torch.is_grad_enabled()

    assert (decorated, inside, after) == (mode, mode, mode)


# --- generators, classes and coroutines -----------------------------------------------


@claim("autograd.no-grad.decorated-generator", see="generated/torch.no_grad")
@pytest.mark.parametrize(("decorator", "inside"), DECORATORS)
def test_a_decorated_generator_holds_the_mode_only_while_it_runs(decorator, inside):
    """A decorated generator runs in its mode, and between steps its caller does not."""

    @decorator()
    def steps():
        yield _mode()
        yield _mode()

    outside = (True, False)
    generator = steps()

    modes = [_mode(), next(generator), _mode(), next(generator), _mode()]

    assert modes == [outside, inside, outside, inside, outside]
    assert list(generator) == []
    assert _mode() == outside


@claim("autograd.no-grad.decorated-generator-is-lazy", see="generated/torch.no_grad")
def test_a_decorated_generator_function_is_still_one():
    """A decorated generator function is still one, and runs nothing when called."""
    ran = []

    @torch.no_grad()
    def steps():
        ran.append("body")
        yield

    steps()

    assert ran == []
    assert inspect.isgeneratorfunction(steps) is True
    assert steps.__name__ == "steps"


@claim(
    "autograd.no-grad.decorated-generator-after-a-change", see="generated/torch.no_grad"
)
def test_each_step_of_a_generator_puts_back_the_mode_its_caller_has_by_then():
    """Each step of a decorated generator puts back the mode its caller is in then."""

    @torch.enable_grad()
    def steps():
        yield torch.is_grad_enabled()
        yield torch.is_grad_enabled()

    generator = steps()

    first = (next(generator), torch.is_grad_enabled())
    with torch.no_grad():
        second = (next(generator), torch.is_grad_enabled())

    assert (first, second) == ((True, True), (True, False))


@claim("autograd.no-grad.decorated-generator-send", see="generated/torch.no_grad")
def test_a_decorated_generator_receives_what_is_sent():
    """A decorated generator gets its arguments and what is sent, in its mode, and
    returns a value.
    """

    @torch.no_grad()
    def echo(first, *, second):
        received = yield first, second
        received = yield received, torch.is_grad_enabled()
        return received, torch.is_grad_enabled()

    generator = echo(1, second=2)

    steps = [next(generator), generator.send(5)]
    with pytest.raises(StopIteration) as stopped:
        generator.send(7)

    assert steps == [(1, 2), (5, False)]
    assert stopped.value.value == (7, False)
    assert torch.is_grad_enabled() is True


@claim("autograd.no-grad.decorated-generator-throw", see="generated/torch.no_grad")
def test_a_decorated_generator_may_catch_what_is_thrown():
    """An exception thrown into a decorated generator, be it a BaseException, is caught
    there, in its mode.
    """

    @torch.no_grad()
    def catch():
        try:
            yield "ready"
        except BaseException as error:
            yield str(error), torch.is_grad_enabled()

    generator = catch()

    steps = [next(generator), generator.throw(BaseException("thrown"))]

    assert steps == ["ready", ("thrown", False)]
    assert torch.is_grad_enabled() is True


@claim("autograd.no-grad.decorated-generator-raises", see="generated/torch.no_grad")
def test_a_decorated_generator_that_raises_puts_the_mode_back():
    """An exception from a decorated generator reaches its caller with the mode back."""
    error = ValueError("inside")

    @torch.no_grad()
    def fail():
        yield
        raise error

    generator = fail()
    next(generator)

    with pytest.raises(ValueError) as raised:
        next(generator)

    assert raised.value is error
    assert torch.is_grad_enabled() is True


@claim("autograd.no-grad.decorated-generator-close", see="generated/torch.no_grad")
def test_a_decorated_generator_is_closed_in_its_mode():
    """Closing a decorated generator runs its clean-up in its mode."""
    modes = []

    @torch.no_grad()
    def clean_up():
        try:
            yield
        finally:
            modes.append(torch.is_grad_enabled())

    generator = clean_up()
    next(generator)

    generator.close()

    assert modes == [False]
    assert torch.is_grad_enabled() is True


@claim("autograd.no-grad.block-in-a-generator", see="generated/torch.no_grad")
def test_a_no_grad_block_in_a_generator_reaches_its_caller():
    """A yield inside a no_grad block leaves grad mode off for the caller."""

    def steps():
        with torch.no_grad():
            yield

    generator = steps()

    next(generator)
    between = torch.is_grad_enabled()
    generator.close()

    assert between is False
    assert torch.is_grad_enabled() is True


@claim("autograd.no-grad.decorated-class", see="generated/torch.no_grad")
@pytest.mark.filterwarnings("ignore:Decorating classes")
def test_decorating_a_class_covers_only_its_construction():
    """A class decorated with no_grad becomes a function that takes the arguments of the
    class and constructs in the mode.
    """

    @torch.no_grad()
    class Model:
        def __init__(self, first, *, second):
            self.built_in = first, second, torch.is_grad_enabled()

        def mode(self):
            return torch.is_grad_enabled()

    model = Model(1, second=2)

    assert isinstance(Model, type) is False
    assert (model.built_in, model.mode()) == ((1, 2, False), True)
    assert torch.is_grad_enabled() is True


@claim(
    "autograd.no-grad.decorated-class-warns",
    see="generated/torch.no_grad",
    since="2.4",
)
def test_decorating_a_class_warns():
    """Decorating a class with no_grad gives a FutureWarning that it is deprecated."""
    with pytest.warns(FutureWarning, match="Decorating classes is deprecated"):

        @torch.no_grad()
        class Model:
            pass


@claim(
    "autograd.no-grad.decorated-class-warned-users",
    see="generated/torch.no_grad",
    since="2.0",
    until="2.4",
)
def test_decorating_a_class_gives_a_user_warning():
    """Decorating a class with no_grad gives a UserWarning that it is deprecated."""
    with pytest.warns(UserWarning, match="Decorating classes is deprecated"):

        @torch.no_grad()
        class Model:
            pass


@claim(
    "autograd.no-grad.decorated-coroutine",
    see="generated/torch.no_grad",
    level="observed",
)
def test_a_decorated_coroutine_runs_in_its_callers_mode():
    """A coroutine function decorated with no_grad runs in the mode of its caller."""

    @torch.no_grad()
    async def mode():
        return torch.is_grad_enabled()

    coroutine = mode()

    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)

    assert stopped.value.value is True


# --- inference mode -------------------------------------------------------------------


@claim(
    "autograd.inference-mode.mode-is-on",
    see="generated/torch.autograd.grad_mode.inference_mode",
)
@pytest.mark.parametrize(
    ("make", "inside"),
    [
        (lambda: torch.inference_mode(), (False, True)),
        (lambda: torch.inference_mode(True), (False, True)),
        (lambda: torch.inference_mode(mode=False), (True, False)),
    ],
    ids=["default", "True", "mode=False"],
)
def test_inference_mode_turns_grad_mode_off_too(make, inside):
    """Inference mode turns itself on and grad mode off, and with False the reverse."""
    with make():
        seen = _mode()

    assert seen == inside
    assert _mode() == (True, False)


@claim(
    "autograd.inference-mode.results",
    see="generated/torch.autograd.grad_mode.inference_mode",
)
@pytest.mark.parametrize(
    "make",
    [
        lambda x: x * 2,
        lambda x: x.clone(),
        lambda x: x.sum(),
        lambda x: torch.ones(2, device=x.device),
        lambda x: torch.zeros_like(x),
        lambda x: torch.tensor([1.0], device=x.device),
    ],
    ids=["multiply", "clone", "sum", "ones", "zeros_like", "tensor"],
)
def test_what_inference_mode_allocates_is_an_inference_tensor(device, make):
    """What is computed or made in inference_mode is an inference tensor, untracked."""
    x = torch.ones(2, device=device, requires_grad=True)

    with torch.inference_mode():
        result = make(x)

    assert result.is_inference() is True
    assert (result.requires_grad, result.grad_fn, result.is_leaf) == (False, None, True)


@claim(
    "autograd.inference-mode.existing-tensors",
    see="generated/torch.autograd.grad_mode.inference_mode",
)
def test_existing_tensors_and_their_views_are_no_inference_tensors(device):
    """In inference_mode a tensor from outside stays normal, and so is a view of it."""
    x = torch.ones(2, device=device, requires_grad=True)

    with torch.inference_mode():
        view = x[:1]
        flags = (x.is_inference(), view.is_inference())
        requires_grad = x.requires_grad

    assert flags == (False, False)
    assert (requires_grad, x.requires_grad, view.requires_grad) == (True, True, True)
    assert shares_storage(view, x)


@claim(
    "autograd.inference-mode.stricter-than-no-grad",
    see="generated/torch.autograd.grad_mode.inference_mode",
)
@pytest.mark.parametrize(
    "operation",
    [
        lambda x, constant: x * constant,
        lambda x, constant: x @ constant,
        lambda x, constant: F.linear(constant, x),
        lambda x, constant: constant**x,
    ],
    ids=["multiply", "matmul", "linear", "power"],
)
def test_an_inference_tensor_cannot_be_saved_for_backward(device, operation):
    """A tracked operation that saves an inference tensor raises RuntimeError."""
    x = torch.tensor([3.0, 4.0], device=device, requires_grad=True)
    with torch.inference_mode():
        constant = torch.ones(2, device=device)

    with pytest.raises(
        RuntimeError, match="Inference tensors cannot be saved for backward"
    ):
        operation(x, constant)


@claim(
    "autograd.inference-mode.no-grad-results-can-be-saved",
    see="notes/autograd#inference-mode",
)
def test_a_no_grad_result_can_be_saved_for_backward(device):
    """A result of no_grad is no inference tensor: a tracked operation may save it."""
    x = torch.tensor([3.0, 4.0], device=device, requires_grad=True)
    with torch.no_grad():
        constant = x * 2

    (x * constant).sum().backward()

    assert constant.is_inference() is False
    assert x.grad.tolist() == [6, 8]


@claim("autograd.inference-mode.unsaved-use-works", see="notes/autograd#inference-mode")
@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (lambda x, constant: x + constant, [1, 1]),
        (lambda x, constant: torch.cat([constant, x]) * 2, [2, 2]),
    ],
    ids=["add", "cat"],
)
def test_an_inference_tensor_may_be_used_where_it_is_not_saved(
    device, operation, expected
):
    """A tracked operation that needn't save its inference tensor works with it."""
    x = torch.tensor([3.0, 4.0], device=device, requires_grad=True)
    with torch.inference_mode():
        constant = torch.tensor([1.0, 2.0], device=device)

    result = operation(x, constant)
    result.sum().backward()

    assert result.is_inference() is False
    assert x.grad.tolist() == expected


@claim("autograd.inference-mode.clone-is-normal", see="notes/autograd#inference-mode")
def test_a_clone_made_outside_is_a_normal_tensor(device):
    """A clone of an inference tensor, made outside the mode, is a normal tensor."""
    x = torch.tensor([3.0, 4.0], device=device, requires_grad=True)
    with torch.inference_mode():
        constant = torch.tensor([1.0, 2.0], device=device)
        clone_inside = constant.clone()

    clone = constant.clone()
    (clone * x).sum().backward()

    assert (clone.is_inference(), clone_inside.is_inference()) == (False, True)
    assert (clone.requires_grad, clone_inside.requires_grad) == (False, False)
    assert clone.tolist() == [1, 2]
    assert x.grad.tolist() == [1, 2]


@claim("autograd.inference-mode.outside-results", see="notes/autograd#inference-mode")
def test_only_views_of_an_inference_tensor_are_inference_tensors_outside(device):
    """Outside the mode a view of an inference tensor is one, and a result is not."""
    with torch.inference_mode():
        tensor = torch.tensor([1.0, 2.0], device=device)

    product, view, detached = tensor * 2, tensor[:1], tensor.detach()

    assert (product.is_inference(), product.requires_grad) == (False, False)
    assert (view.is_inference(), detached.is_inference()) == (True, True)
    assert shares_storage(view, tensor)
    assert product.tolist() == [2, 4]


@claim("autograd.inference-mode.no-writes-outside", see="notes/autograd#inference-mode")
@pytest.mark.parametrize(
    "write",
    [
        lambda tensor: tensor.add_(1),
        lambda tensor: tensor.zero_(),
        lambda tensor: torch.add(tensor, 1, out=tensor),
        _set_an_index,
    ],
    ids=["add_", "zero_", "out", "set-an-index"],
)
@pytest.mark.parametrize(
    "context",
    [lambda: torch.enable_grad(), lambda: torch.no_grad()],
    ids=["grad-mode-on", "grad-mode-off"],
)
def test_an_inference_tensor_cannot_be_written_outside(device, write, context):
    """Writing to an inference tensor outside the mode raises, in either grad mode."""
    with torch.inference_mode():
        tensor = torch.tensor([1.0, 2.0], device=device)

    with context():
        with pytest.raises(RuntimeError, match="Inplace update to inference tensor"):
            write(tensor)


@claim(
    "autograd.inference-mode.write-happens-before-its-error",
    see="notes/autograd#inference-mode",
    level="observed",
)
def test_a_refused_write_to_an_inference_tensor_has_already_happened(device):
    """A write that an inference tensor refuses has changed it before the error."""
    with torch.inference_mode():
        tensor = torch.tensor([1.0, 2.0], device=device)

    with pytest.raises(RuntimeError, match="Inplace update to inference tensor"):
        tensor.add_(1)

    assert tensor.tolist() == [2, 3]


@claim("autograd.inference-mode.writes-inside", see="notes/autograd#inference-mode")
def test_inside_the_mode_every_tensor_can_be_written(device):
    """In inference_mode an inference tensor, a plain one and a leaf can be written."""
    plain = torch.tensor([1.0, 2.0], device=device)
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    with torch.inference_mode():
        tensor = torch.tensor([1.0, 2.0], device=device)

    with torch.inference_mode():
        tensor.add_(1)
        plain.add_(1)
        leaf.add_(1)

    assert [tensor.tolist(), plain.tolist(), leaf.tolist()] == [[2, 3]] * 3
    assert (tensor.is_inference(), tensor.requires_grad) == (True, False)
    assert (plain.is_inference(), plain.requires_grad) == (False, False)
    assert (leaf.is_inference(), leaf.requires_grad) == (False, True)


@claim("autograd.inference-mode.write-is-noticed", see="notes/autograd#inference-mode")
def test_a_write_in_inference_mode_to_a_saved_tensor_is_noticed(device):
    """Backward raises RuntimeError after a write in inference_mode to what it needs."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    result = x.exp()

    with torch.inference_mode():
        result.add_(1)

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        result.sum().backward()
    assert x.grad is None


@claim(
    "autograd.inference-mode.view-written-later", see="notes/autograd#inference-mode"
)
def test_a_view_from_inference_mode_cannot_be_written_later(device):
    """Writing in grad mode to a leaf's view from inference_mode raises RuntimeError."""
    x = torch.ones(2, device=device, requires_grad=True)
    with torch.inference_mode():
        view = x[:1]

    with pytest.raises(RuntimeError, match="A view was created in inference mode"):
        view.add_(1)

    assert x.tolist() == [1, 1]


def _assign_requires_grad(tensor):
    tensor.requires_grad = True


@claim(
    "autograd.inference-mode.no-requires-grad-outside",
    see="notes/autograd#inference-mode",
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda tensor: tensor.requires_grad_(),
        lambda tensor: torch.nn.Parameter(tensor),
        _assign_requires_grad,
    ],
    ids=["requires_grad_", "Parameter", "assignment"],
)
def test_an_inference_tensor_cannot_be_made_to_require_gradients_outside(device, ask):
    """Asking an inference tensor outside the mode for gradients raises RuntimeError."""
    with torch.inference_mode():
        tensor = torch.ones(2, device=device)

    with pytest.raises(RuntimeError, match="requires_grad=True on inference tensor"):
        ask(tensor)

    assert tensor.requires_grad is False


@claim(
    "autograd.inference-mode.requires-grad-inside", see="notes/autograd#inference-mode"
)
def test_factories_keep_requires_grad_in_inference_mode(device):
    """In inference_mode what asks for requires_grad gets it, and results do not."""
    with torch.inference_mode():
        made = torch.ones(2, device=device, requires_grad=True)
        layer = torch.nn.Linear(2, 1, device=device)
        result = layer(made)

    assert (made.requires_grad, made.is_inference()) == (True, True)
    assert (layer.weight.requires_grad, layer.weight.is_inference()) == (True, True)
    assert result.requires_grad is False


@claim(
    "autograd.inference-mode.no-version",
    see="generated/torch.autograd.grad_mode.inference_mode",
)
def test_an_inference_tensor_counts_no_versions(device):
    """An inference tensor does not count writes: reading its version raises."""
    with torch.inference_mode():
        tensor = torch.ones(2, device=device)

    with pytest.raises(RuntimeError, match="do not track version counter"):
        tensor._version


@claim(
    "autograd.inference-mode.enable-grad-inside", see="notes/autograd#inference-mode"
)
def test_enable_grad_does_not_lift_inference_mode(device):
    """In inference_mode enable_grad turns grad mode on, but results stay untracked."""
    x = torch.ones(2, device=device, requires_grad=True)

    with torch.inference_mode(), torch.enable_grad():
        mode = _mode()
        result = x * 2

    assert mode == (True, True)
    assert (result.requires_grad, result.is_inference()) == (False, True)


@claim(
    "autograd.inference-mode.switched-off-inside",
    see="generated/torch.autograd.grad_mode.inference_mode",
)
def test_inference_mode_false_lifts_inference_mode(device):
    """Inside inference_mode, inference_mode(False) makes operations tracked again."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with torch.inference_mode():
        with torch.inference_mode(False):
            result = x * 3
        again = x * 3
    result.sum().backward()

    assert (result.requires_grad, result.is_inference()) == (True, False)
    assert (again.requires_grad, again.is_inference()) == (False, True)
    assert x.grad.tolist() == [3, 3]


@claim("autograd.inference-mode.saves-nothing", see="notes/autograd#inference-mode")
def test_no_tensor_is_saved_for_backward_in_inference_mode(device):
    """Operations that save tensors for backward save none in inference_mode."""
    x = torch.ones(2, device=device, requires_grad=True)
    packed = []

    with torch.autograd.graph.saved_tensors_hooks(packed.append, lambda saved: saved):
        x.exp(), x.sin(), x * x
        in_grad_mode = len(packed)
        with torch.inference_mode():
            x.exp(), x.sin(), x * x

    assert (in_grad_mode, len(packed)) == (4, 4)

"""Detaching: the same memory without its history.

Of every way to get one tensor from another, ask two things. Is the memory shared? Is
the history kept? ``detach()`` shares the memory and drops the history; ``clone()``
copies the memory and keeps the history. ``.data`` is often taken for another spelling
of ``detach()``. It is not: writes through it are hidden from autograd, and a gradient
can then be wrong without any error.
"""

import operator

import pytest
import torch
from torch import nn
from torch.autograd import forward_ad

from torch_semantics import claim
from torch_semantics.words import shares_storage

OVERWRITTEN = "gradient computation has been modified by an inplace operation"
NO_GRAPH = "element 0 of tensors does not require grad and does not have a grad_fn"


# --- detach() -------------------------------------------------------------------------


@claim(
    "autograd.detach.shares-data-without-history", see="generated/torch.Tensor.detach"
)
@pytest.mark.parametrize(
    "detach",
    [lambda a: torch.detach(a), lambda x: x.detach()],
    ids=["function", "method"],
)
def test_detach_gives_the_same_data_without_history(detach, device):
    """``detach()`` makes a new tensor over the same memory, of the same layout, that
    requires no grad and has no history; the source keeps its own.
    """
    x = torch.arange(6.0, device=device).view(2, 3).t().requires_grad_()
    y = (x * 2)[1:]
    node = y.grad_fn

    d = detach(y)

    assert d is not y
    assert shares_storage(d, y)
    assert d.tolist() == [[2, 8], [4, 10]]
    assert (d.shape, d.stride(), d.storage_offset()) == ((2, 2), (1, 3), 1)
    assert (d.dtype, d.device, d.data_ptr()) == (torch.float32, device, y.data_ptr())
    assert (d.requires_grad, d.grad_fn, d.is_leaf) == (False, None, True)
    assert (y.requires_grad, y.grad_fn, y.is_leaf) == (True, node, False)


@claim("autograd.detach.leaf", see="generated/torch.Tensor.detach")
def test_a_detached_leaf_leaves_the_leaf_as_it_is(device):
    """``detach()`` of a leaf gives a new tensor that does not require grad; the leaf
    does so still.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    d = x.detach()

    assert d is not x
    assert shares_storage(d, x)
    assert (d.requires_grad, d.grad_fn, d.is_leaf) == (False, None, True)
    assert (x.requires_grad, x.grad_fn, x.is_leaf) == (True, None, True)


@claim("autograd.detach.new-object-of-any-tensor", see="generated/torch.Tensor.detach")
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((2, 3), torch.float32),
        ((2,), torch.int64),
        ((2,), torch.bool),
        ((2,), torch.complex64),
        ((), torch.float16),
        ((0, 3), torch.float32),
    ],
    ids=["plain", "int64", "bool", "complex64", "0-dim", "zero-size"],
)
def test_detach_makes_a_new_tensor_of_any_tensor(shape, dtype, device):
    """``detach()`` makes a new tensor over the same memory even where there is no
    history to drop.
    """
    x = torch.ones(shape, dtype=dtype, device=device)

    d = x.detach()

    assert d is not x
    assert shares_storage(d, x)
    assert (d.shape, d.dtype) == (shape, dtype)
    assert d.tolist() == x.tolist()
    assert not d.requires_grad


@claim(
    "autograd.detach.has-nothing-to-differentiate", see="generated/torch.Tensor.detach"
)
def test_a_detached_result_cannot_start_backward(device):
    """``backward()`` on a detached result raises, and so it does on what is computed
    from detached tensors alone.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match=NO_GRAPH):
        (x * x).sum().detach().backward()
    with pytest.raises(RuntimeError, match=NO_GRAPH):
        (x.detach() * 3).sum().backward()

    assert x.grad is None


@claim("autograd.detach.parameter-becomes-tensor", see="generated/torch.Tensor.detach")
@pytest.mark.parametrize(
    "plain_of",
    [lambda p: p.detach(), lambda p: p.data, lambda p: p.clone()],
    ids=["detach", "data", "clone"],
)
def test_a_parameter_gives_a_plain_tensor(plain_of, device):
    """``detach()``, ``.data`` and ``clone()`` of a Parameter give a plain Tensor; the
    Parameter remains one.
    """
    p = nn.Parameter(torch.tensor([1.0, 2.0], device=device))

    plain = plain_of(p)

    assert type(plain) is torch.Tensor
    assert plain.tolist() == [1, 2]
    assert type(p) is nn.Parameter
    assert p.requires_grad


@claim(
    "autograd.detach.grad-and-hooks-stay-behind", see="generated/torch.Tensor.detach"
)
def test_gradient_and_hooks_stay_with_the_source(device):
    """A detached tensor has neither the source's ``.grad`` nor its hooks."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    x.grad = torch.tensor([5.0, 6.0], device=device)
    calls = []
    x.register_hook(lambda grad: calls.append("source"))

    d = x.detach()
    assert d.grad is None

    d.requires_grad_().sum().backward()
    assert d.grad.tolist() == [1, 1]
    assert x.grad.tolist() == [5, 6]
    assert calls == []


@claim("autograd.detach.forward-mode", see="generated/torch.Tensor.detach")
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_detach_drops_the_forward_mode_tangent(device):
    """``detach()`` drops the tangent of forward mode as well, ``clone()`` keeps it."""
    x = torch.tensor([1.0, 2.0], device=device)
    tangent = torch.tensor([3.0, 4.0], device=device)

    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, tangent)
        detached = forward_ad.unpack_dual(dual.detach())
        cloned = forward_ad.unpack_dual(dual.clone())

    assert detached.tangent is None
    assert detached.primal.tolist() == [1, 2]
    assert cloned.tangent.tolist() == [3, 4]


# --- shared memory --------------------------------------------------------------------


@claim("autograd.detach.writes-reach-the-source", see="generated/torch.Tensor.detach")
@pytest.mark.parametrize(
    ("write", "result"),
    [
        (lambda d: d.add_(5), [6, 7]),
        (lambda d: operator.imul(d, 3), [3, 6]),
        (lambda d: operator.setitem(d, 0, 9), [9, 2]),
        (lambda d: d.view(2, 1)[1:].zero_(), [1, 0]),
        (lambda d: d.detach().neg_(), [-1, -2]),
    ],
    ids=["add_", "*=", "index", "view", "detach"],
)
def test_a_write_through_a_detached_tensor_reaches_the_leaf(write, result, device):
    """A write through a detached tensor changes the source, even a leaf that requires
    grad, and counts in the version that both have.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    d = x.detach()

    write(d)

    assert x.tolist() == result
    assert d.tolist() == result
    assert (x._version, d._version) == (1, 1)
    assert x.is_leaf
    assert x.requires_grad
    assert x.grad_fn is None


@claim("autograd.detach.saved-value-raises", see="generated/torch.Tensor.detach")
def test_a_write_through_a_detached_tensor_is_noticed_by_backward(device):
    """A write through a detached tensor makes backward raise where it had saved the old
    value, and sets no gradient.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    loss = (x**2).sum()

    x.detach().add_(5)

    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        loss.backward()
    assert x.grad is None


@claim("autograd.detach.clone-protects-the-source", see="generated/torch.clone")
@pytest.mark.parametrize(
    "copy_of",
    [lambda x: x.detach().clone(), lambda x: x.clone().detach()],
    ids=["detach-clone", "clone-detach"],
)
def test_a_write_into_a_detached_clone_leaves_the_source_alone(copy_of, device):
    """A write into a detached clone does not reach the source, nor its version, and
    backward gives the right gradient.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    loss = (x**2).sum()

    copy_of(x).add_(5)

    assert x.tolist() == [1, 2]
    assert x._version == 0
    loss.backward()
    assert x.grad.tolist() == [2, 4]


@claim("autograd.detach.writes-into-the-source", see="generated/torch.Tensor.detach")
def test_a_write_into_the_source_reaches_the_detached_tensor(device):
    """A write into the source is seen in a tensor detached from it before, and counts
    in the version that both have.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 2
    d = y.detach()

    y.mul_(10)

    assert d.tolist() == [20, 40]
    assert (y._version, d._version) == (1, 1)
    assert not d.requires_grad


@claim("autograd.detach.write-is-not-recorded", see="generated/torch.Tensor.detach")
def test_a_write_through_a_detached_tensor_is_not_differentiated(device):
    """A write through a detached tensor changes the data of a non-leaf, and leaves its
    grad_fn and so the gradient as they were.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 5
    node = y.grad_fn

    y.detach().mul_(3)

    assert y.tolist() == [15, 30]
    assert y.grad_fn is node
    y.sum().backward()
    assert x.grad.tolist() == [5, 5]


@claim("autograd.detach.layout-is-its-own", see="generated/torch.Tensor.detach")
@pytest.mark.parametrize(
    "detach",
    [lambda x: x.detach(), lambda x: x.data],
    ids=["detach", "data"],
)
def test_reshaping_the_detached_tensor_leaves_the_source_alone(detach, device):
    """Shape, strides and storage of a detached tensor, or of ``.data``, are its own: to
    change them in place leaves the source as it is.
    """
    x = torch.tensor([[1.0, 2.0, 3.0]], device=device, requires_grad=True)
    turned, larger, elsewhere = detach(x), detach(x), detach(x)
    assert shares_storage(elsewhere, x)

    turned.t_()
    larger.unsqueeze_(0)
    elsewhere.set_(torch.zeros(5, device=device))

    assert turned.shape == (3, 1)
    assert larger.shape == (1, 1, 3)
    assert shares_storage(turned, x)
    assert shares_storage(larger, x)
    assert elsewhere.tolist() == [0, 0, 0, 0, 0]
    assert (x.shape, x.stride()) == ((1, 3), (3, 1))
    assert x.tolist() == [[1, 2, 3]]


@claim("autograd.detach.the-ways-compared", see="generated/torch.clone")
@pytest.mark.parametrize(
    ("of", "shares", "requires_grad", "is_leaf"),
    [
        pytest.param(lambda y: y.detach(), True, False, True, id="detach"),
        pytest.param(lambda y: y.data, True, False, True, id="data"),
        pytest.param(lambda y: y.view(2), True, True, False, id="view"),
        pytest.param(lambda y: y.clone(), False, True, False, id="clone"),
        pytest.param(
            lambda y: y.detach().clone(), False, False, True, id="detach-clone"
        ),
        pytest.param(
            lambda y: y.clone().detach(), False, False, True, id="clone-detach"
        ),
        pytest.param(lambda y: y.data.clone(), False, False, True, id="data-clone"),
        pytest.param(
            lambda y: y.detach().requires_grad_(),
            True,
            True,
            True,
            id="detach-requires_grad_",
        ),
        pytest.param(
            lambda y: y.detach().clone().requires_grad_(),
            False,
            True,
            True,
            id="detach-clone-requires_grad_",
        ),
    ],
)
def test_what_is_shared_and_what_is_kept(of, shares, requires_grad, is_leaf, device):
    """``detach()`` and ``.data`` share the memory without the history, a view shares it
    with the history, ``clone()`` copies it with the history, and ``detach()`` and
    ``clone()`` together, in either order, copy it without.
    """
    y = torch.tensor([1.0, 2.0], device=device, requires_grad=True) * 1

    result = of(y)

    assert result is not y
    assert shares_storage(result, y) is shares
    assert result.requires_grad is requires_grad
    assert result.is_leaf is is_leaf
    assert result.tolist() == [1, 2]
    assert y.requires_grad


# --- gradients ------------------------------------------------------------------------


@claim("autograd.detach.blocks-gradient", see="generated/torch.Tensor.detach")
def test_a_detached_factor_is_a_constant(device):
    """A detached tensor is a constant for backward: of ``y.detach() * x`` with y = 2x
    the derivative is y and not 4x.
    """
    x = torch.tensor([1.0, 3.0], device=device, requires_grad=True)
    y = 2 * x

    z = y.detach() * x

    assert z.tolist() == [2, 18]
    z.sum().backward()
    assert x.grad.tolist() == [2, 6]


@claim("autograd.detach.other-paths-count", see="generated/torch.Tensor.detach")
def test_only_the_detached_path_is_cut(device):
    """Where a tensor is used detached and also as it is, the gradient comes from the
    latter use alone.
    """
    x = torch.tensor([1.0, 3.0], device=device, requires_grad=True)
    y = 2 * x

    (y.detach() * 100 + y * 5).sum().backward()

    assert x.grad.tolist() == [10, 10]


@claim(
    "autograd.detach.module-before-it-gets-no-gradient",
    see="generated/torch.Tensor.detach",
)
def test_parameters_before_a_detach_get_no_gradient(device):
    """Parameters that the loss depends on only through ``detach()`` keep ``.grad``
    None, those after it get their gradients.
    """
    first = nn.Linear(1, 1, bias=False, device=device)
    second = nn.Linear(1, 1, bias=False, device=device)
    nn.init.constant_(first.weight, 3.0)

    hidden = first(torch.tensor([[2.0]], device=device))
    second(hidden.detach()).sum().backward()

    assert first.weight.grad is None
    assert second.weight.grad.tolist() == [[6]]


@claim(
    "autograd.detach.grad-can-be-re-enabled",
    see="generated/torch.Tensor.requires_grad_",
)
def test_a_detached_tensor_can_require_grad_again(device):
    """``requires_grad_()`` makes a detached tensor a leaf that collects a gradient of
    its own, which never reaches the source; the memory is shared still.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    d = x.detach()

    assert d.requires_grad_() is d
    (d * 3).sum().backward()

    assert d.is_leaf
    assert d.grad.tolist() == [3, 3]
    assert x.grad is None
    assert shares_storage(d, x)
    with torch.no_grad():
        x.add_(1)
    assert d.tolist() == [2, 3]


@claim("autograd.detach.freezing-layers", see="notes/autograd#setting-requires-grad")
def test_a_frozen_layer_passes_gradients_on(device):
    """A layer in the middle is frozen with ``requires_grad_(False)``: its own ``.grad``
    stays None, and the layer before it gets the gradient through it.
    """
    first = nn.Linear(1, 1, bias=False, device=device)
    middle = nn.Linear(1, 1, bias=False, device=device)
    last = nn.Linear(1, 1, bias=False, device=device)
    nn.init.constant_(first.weight, 2.0)
    nn.init.constant_(middle.weight, 3.0)
    nn.init.constant_(last.weight, 5.0)
    middle.requires_grad_(False)

    last(middle(first(torch.ones(1, 1, device=device)))).sum().backward()

    assert first.weight.grad.tolist() == [[15]]
    assert middle.weight.grad is None
    assert last.weight.grad.tolist() == [[6]]


@claim(
    "autograd.detach.cuts-everything-before-it",
    see="notes/autograd#setting-requires-grad",
)
def test_detaching_cuts_off_every_layer_before(device):
    """To detach the output of the middle layer freezes that layer, and takes the
    gradient from the layer before it too.
    """
    first = nn.Linear(1, 1, bias=False, device=device)
    middle = nn.Linear(1, 1, bias=False, device=device)
    last = nn.Linear(1, 1, bias=False, device=device)
    nn.init.constant_(first.weight, 2.0)
    nn.init.constant_(middle.weight, 3.0)

    last(middle(first(torch.ones(1, 1, device=device))).detach()).sum().backward()

    assert first.weight.grad is None
    assert middle.weight.grad is None
    assert last.weight.grad.tolist() == [[6]]


@claim("autograd.detach.optimizer-skips-missing-gradients", see="optim")
def test_an_optimizer_leaves_parameters_without_gradient_alone(device):
    """An optimizer's step changes no parameter whose ``.grad`` is None, not even by
    weight decay.
    """
    first = nn.Parameter(torch.tensor([2.0], device=device))
    second = nn.Parameter(torch.tensor([4.0], device=device))
    optimizer = torch.optim.SGD([first, second], lr=0.5, weight_decay=0.5)

    (first.detach() * second).sum().backward()
    optimizer.step()

    assert first.tolist() == [2]
    assert second.tolist() == [2]


@claim(
    "autograd.detach.does-not-prevent-graph-building",
    see="notes/autograd#no-grad-mode",
)
def test_detaching_a_result_does_not_spare_the_graph(device):
    """``detach()`` of a result comes after the graph was built and its values were
    saved; under ``no_grad`` or ``inference_mode`` nothing is saved.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        (x * x).detach()
        assert len(saved) == 2
        with torch.no_grad():
            x * x
        with torch.inference_mode():
            x * x
        assert len(saved) == 2


@claim("autograd.detach.detached-inputs-build-no-graph", see="notes/autograd")
def test_detaching_the_inputs_spares_the_graph(device):
    """Where every input is detached, no graph is built and nothing is saved."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = x.detach() * x.detach()

    assert saved == []
    assert y.tolist() == [1, 4]
    assert y.grad_fn is None
    assert not y.requires_grad


# --- detach_() ------------------------------------------------------------------------


@claim("autograd.detach.in-place-variant", see="generated/torch.Tensor.detach_")
@pytest.mark.parametrize(
    "detach_",
    [lambda a: torch.detach_(a), lambda y: y.detach_()],
    ids=["function", "method"],
)
def test_detach_in_place_drops_the_history_of_the_tensor_itself(detach_, device):
    """``detach_()`` makes the tensor itself a leaf that requires no grad, and returns
    it; it writes no data.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 2
    address = y.data_ptr()

    returned = detach_(y)

    assert returned is y
    assert (y.requires_grad, y.grad_fn, y.is_leaf) == (False, None, True)
    assert y.tolist() == [2, 4]
    assert (y.data_ptr(), y._version) == (address, 0)
    assert x.requires_grad


@claim("autograd.detach.in-place-on-a-leaf", see="generated/torch.Tensor.detach_")
def test_detach_in_place_switches_a_leaf_off(device):
    """On a leaf ``detach_()`` switches ``requires_grad`` off and keeps ``.grad``; a
    Parameter remains a Parameter.
    """
    p = nn.Parameter(torch.tensor([1.0, 2.0], device=device))
    (p * 3).sum().backward()

    returned = p.detach_()

    assert returned is p
    assert type(p) is nn.Parameter
    assert (p.requires_grad, p.is_leaf) == (False, True)
    assert p.tolist() == [1, 2]
    assert p.grad.tolist() == [3, 3]


@claim(
    "autograd.detach.in-place-on-a-view-raises", see="generated/torch.Tensor.detach_"
)
@pytest.mark.parametrize(
    "view_of",
    [lambda x: (x * 1)[:1], lambda x: x.view(2, 1), lambda x: torch.clone(x).t()],
    ids=["of-a-non-leaf", "of-a-leaf", "t"],
)
def test_a_view_cannot_be_detached_in_place(view_of, device):
    """``detach_()`` of a view raises, and the view and its base keep their history."""
    view = view_of(torch.tensor([1.0, 2.0], device=device, requires_grad=True))
    node, base_node = view.grad_fn, view._base.grad_fn

    with pytest.raises(
        RuntimeError, match=r"Can't detach views in-place. Use detach\(\)"
    ):
        view.detach_()

    assert view.requires_grad
    assert view.grad_fn is node
    assert view._base.requires_grad
    assert view._base.grad_fn is base_node


@claim(
    "autograd.detach.in-place-on-a-plain-view-raises",
    see="generated/torch.Tensor.detach_",
)
def test_a_view_without_history_cannot_be_detached_in_place_either(device):
    """``detach_()`` raises on any view, even of a tensor that does not require grad; a
    detached tensor is not a view and accepts it.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    d = x.detach()

    with pytest.raises(RuntimeError, match="Can't detach views in-place"):
        x[:1].detach_()
    assert d.detach_() is d
    assert shares_storage(d, x)


@claim(
    "autograd.detach.in-place-leaves-earlier-uses", see="generated/torch.Tensor.detach_"
)
def test_detach_in_place_leaves_earlier_uses_in_the_graph(device):
    """``detach_()`` cuts later uses only: what was computed from the tensor before, and
    views taken of it, keep their history and pass gradients on.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    y = x * 2
    before, view = y * 3, y[:1]
    node = view.grad_fn

    y.detach_()
    after = y * 5

    assert not after.requires_grad
    assert view.grad_fn is node
    (before.sum() + view.sum() * 10).backward()
    assert x.grad.tolist() == [26, 6]


# --- .data ----------------------------------------------------------------------------


@claim("autograd.data.aliases-without-tracking", see="notes/autograd")
@pytest.mark.parametrize("kind", ["parameter", "leaf", "non-leaf"])
def test_data_gives_a_plain_alias_without_history(kind, device):
    """Each access to ``.data`` makes a new plain tensor over the same memory, without
    history; a write through it changes the tensor and is not recorded.
    """
    p = {
        "parameter": nn.Parameter(torch.tensor([5.0, 6.0], device=device)),
        "leaf": torch.tensor([5.0, 6.0], device=device, requires_grad=True),
        "non-leaf": torch.tensor([5.0, 6.0], device=device, requires_grad=True) * 1,
    }[kind]
    leaf, node = p.is_leaf, p.grad_fn

    alias = p.data
    returned = p.data.sub_(1)

    assert type(alias) is torch.Tensor
    assert alias is not p
    assert p.data is not alias
    assert returned.tolist() == [4, 5]
    assert shares_storage(returned, p)
    assert alias.data_ptr() == p.data_ptr()
    assert (alias.requires_grad, alias.grad_fn, alias.is_leaf) == (False, None, True)
    assert alias.tolist() == [4, 5]
    assert p.tolist() == [4, 5]
    assert (p.requires_grad, p.is_leaf, p.grad_fn) == (True, leaf, node)


@claim("autograd.data.keeps-layout", see="notes/autograd")
def test_data_has_the_layout_of_its_tensor(device):
    """``.data`` has the shape, strides, storage offset and dtype of its tensor."""
    x = torch.arange(6, dtype=torch.float16, device=device).view(2, 3).t()[1:]

    alias = x.data

    assert alias.tolist() == [[1, 4], [2, 5]]
    assert (alias.shape, alias.stride(), alias.storage_offset()) == ((2, 2), (1, 3), 1)
    assert alias.dtype == torch.float16
    assert shares_storage(alias, x)


@claim("autograd.data.has-its-own-version", see="notes/autograd")
def test_data_has_a_version_of_its_own(device):
    """Each ``.data`` starts at version 0, and a write through it or through a view of
    it counts in its own version only.
    """
    x = torch.zeros(2, device=device)
    x.add_(1)

    first, second = x.data, x.data
    assert (first._version, second._version) == (0, 0)

    first.view(2, 1).add_(1)

    assert x.tolist() == [2, 2]
    assert second.tolist() == [2, 2]
    assert (x._version, first._version, second._version) == (1, 1, 0)


@claim("autograd.data.bypasses-version-check", see="notes/autograd")
@pytest.mark.parametrize(
    ("write", "gradient"),
    [
        (lambda w: w.data.mul_(3), [6, 12]),
        (lambda w: operator.setitem(w.data, 0, 9), [18, 4]),
        (lambda w: w.data.view(2, 1).zero_(), [0, 0]),
        (lambda w: w.data.detach().add_(1), [4, 6]),
        (lambda w: operator.iadd(w.data, 1), [4, 6]),
    ],
    ids=["mul_", "index", "view", "detach", "+="],
)
def test_a_write_through_data_makes_the_gradient_wrong_in_silence(
    write, gradient, device
):
    """A write through ``.data`` between the computation and backward is not noticed:
    the gradient of ``w * w`` is taken at the new value, where w was [1, 2] and the
    right one is [2, 4].
    """
    w = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    loss = (w * w).sum()

    write(w)
    loss.backward()

    assert w._version == 0
    assert loss.item() == 5
    assert w.grad.tolist() == gradient


def _triple_under_no_grad(w):
    with torch.no_grad():
        w.mul_(3)


@claim("autograd.data.other-ways-are-checked", see="notes/autograd")
@pytest.mark.parametrize(
    "write",
    [lambda w: w.detach().mul_(3), _triple_under_no_grad],
    ids=["detach", "no_grad"],
)
def test_the_same_write_by_other_means_is_noticed(write, device):
    """The write that ``.data`` hides is noticed by backward if it is made through
    ``detach()`` or under ``no_grad``.
    """
    w = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    loss = (w * w).sum()

    write(w)

    assert w.tolist() == [3, 6]
    assert w._version == 1
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        loss.backward()
    assert w.grad is None


@claim("autograd.data.hides-writes-to-outputs", see="notes/autograd")
def test_a_saved_output_changed_through_data_gives_a_wrong_gradient_too(device):
    """A saved output that is changed through ``.data`` falsifies the gradient as well:
    exp(0) is 1, and backward computes with the 5 that was written over it.
    """
    x = torch.tensor(0.0, device=device, requires_grad=True)
    y = x.exp()

    y.data.fill_(5)
    y.backward()

    assert x.grad.item() == 5


@claim("autograd.data.safe-after-backward", see="notes/autograd")
def test_after_backward_a_write_through_data_is_safe(device):
    """After backward a write through ``.data`` leaves the gradient alone, and the next
    graph is built on the new value.
    """
    w = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    (w * w).sum().backward()

    w.data.sub_(w.grad.data)

    assert w.tolist() == [-1, -2]
    assert w.grad.tolist() == [2, 4]
    assert torch.autograd.grad((w * w).sum(), w)[0].tolist() == [-2, -4]


@claim("autograd.data.assignment-replaces-the-storage", see="notes/autograd")
def test_assigning_data_lays_the_tensor_over_another_storage(device):
    """``p.data = t`` lays p over the memory of t and takes t's shape, strides and
    storage offset; p remains the same leaf, and tensors over the old memory keep it.
    """
    p = nn.Parameter(torch.tensor([1.0, 2.0], device=device))
    same, old, view = p, p.data, p.detach()[:1]
    base = torch.arange(8.0, device=device)
    t = base[2:].view(2, 3).t()

    p.data = t

    assert p is same
    assert shares_storage(p, t)
    assert p.tolist() == [[2, 5], [3, 6], [4, 7]]
    assert (p.shape, p.stride(), p.storage_offset()) == ((3, 2), (1, 3), 2)
    assert type(p) is nn.Parameter
    assert (p.requires_grad, p.is_leaf, p.grad_fn) == (True, True, None)
    assert p._version == 0
    assert old.tolist() == [1, 2]
    assert view.tolist() == [1]
    assert shares_storage(old, view)
    base[2] = 9
    assert p[0, 0].item() == 9


@claim("autograd.data.assignment-takes-the-dtype", see="notes/autograd")
def test_assigning_data_takes_the_dtype_too(device):
    """``p.data = t`` takes the dtype of t, an integer one too where p requires no grad,
    and nothing of the history or flag of t.
    """
    p = torch.ones(2, device=device, requires_grad=True)
    q, r = torch.ones(2, device=device), torch.ones(2, device=device)

    p.data = torch.zeros(2, dtype=torch.float16, device=device)
    q.data = p * 1
    r.data = torch.tensor([3, 4], device=device)

    assert p.dtype == torch.float16
    assert p.requires_grad
    assert (q.dtype, q.tolist()) == (torch.float16, [0, 0])
    assert (q.requires_grad, q.grad_fn) == (False, None)
    assert (r.dtype, r.tolist()) == (torch.int64, [3, 4])


@claim("autograd.data.assignment-refuses", see="notes/autograd")
def test_assigning_data_refuses_what_cannot_be_differentiated(device):
    """``p.data = t`` raises if p requires grad and t is of an integer dtype, or if t is
    not a tensor, and ``.data`` can't be deleted; p stays as it is.
    """
    p = torch.ones(2, device=device, requires_grad=True)
    p.grad = grad = torch.tensor([5.0, 6.0], device=device)
    address = p.data_ptr()

    with pytest.raises(RuntimeError, match="must be floating point or complex dtype"):
        p.data = torch.zeros(2, dtype=torch.int64, device=device)
    with pytest.raises(
        TypeError, match="Variable data has to be a tensor, but got int"
    ):
        p.data = 3
    with pytest.raises(TypeError, match="to be a tensor, but got NoneType"):
        p.data = None
    with pytest.raises(RuntimeError, match="Deleting tensor data is not allowed"):
        del p.data

    assert p.tolist() == [1, 1]
    assert (p.dtype, p.data_ptr()) == (torch.float32, address)
    assert p.requires_grad
    assert p.grad is grad


@claim("autograd.data.assignment-keeps-the-gradient", see="notes/autograd")
def test_assigning_data_keeps_the_gradient(device):
    """``p.data = t`` leaves ``.grad`` as it is, also one that was computed for the old
    data.
    """
    p = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    (p * p).sum().backward()
    grad = p.grad

    p.data = torch.tensor([5.0, 6.0], device=device)

    assert p.grad is grad
    assert grad.tolist() == [2, 4]


@claim("autograd.data.assignment-before-backward", see="notes/autograd")
def test_data_assigned_before_backward_falsifies_the_gradient(device):
    """``w.data = t`` between the computation and backward is not noticed either: the
    gradient of ``w * w`` is taken at t.
    """
    w = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    loss = (w * w).sum()

    w.data = torch.tensor([5.0, 6.0], device=device)
    loss.backward()

    assert w.grad.tolist() == [10, 12]

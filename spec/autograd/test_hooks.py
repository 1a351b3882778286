"""Hooks: functions of yours that see a gradient on its way, and may replace it.

A hook on a tensor is called in each backward pass that computes the gradient of that
tensor, once, with the whole gradient. It returns None, and the gradient stays as it is,
or a tensor of the same shape and dtype, which is then used in its place: by the next
hook, for ``.grad``, and for everything that comes before the tensor in the graph. There
are hooks on nodes of the graph too, which see all gradients that go in and out; hooks
on several tensors at once; and hooks that run when a leaf's ``.grad`` is ready.

It is often believed that a hook must return the gradient, and that it lives as long as
its handle. Returning nothing changes nothing, and only ``remove()`` ends a hook.
"""

import copy
import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.hooks import passed_on
from torch_semantics import claim


def leaf(values, device):
    """A leaf that requires gradients."""
    return torch.tensor(values, device=device, requires_grad=True)


def look(grad):
    """A hook that changes nothing."""


# --- hooks on tensors -----------------------------------------------------------------


@claim("autograd.hook.sees-the-gradient", see="generated/torch.Tensor.register_hook")
def test_a_hook_is_called_with_the_gradient_of_its_tensor(device):
    """A hook on a leaf or on a result is called with the gradient of that tensor, in
    its shape and dtype, and not before a backward pass.
    """
    seen = []
    x = leaf([[1.0, 2.0]], device)
    scalar = torch.tensor(3.0, dtype=torch.float16, device=device, requires_grad=True)
    y = x * scalar

    x.register_hook(lambda grad: seen.append(("x", grad.tolist(), grad.dtype)))
    y.register_hook(lambda grad: seen.append(("y", grad.tolist(), grad.dtype)))
    scalar.register_hook(lambda grad: seen.append(("s", grad.tolist(), grad.dtype)))
    loss = (y * torch.tensor([10.0, 20.0], device=device)).sum()
    assert seen == []
    loss.backward()

    assert seen[0] == ("y", [[10, 20]], torch.float32)
    assert sorted(seen[1:]) == [
        ("s", 10 + 40, torch.float16),
        ("x", [[30, 60]], torch.float32),
    ]
    assert x.grad.tolist() == [[30, 60]]


@claim("autograd.hook.replaces-the-gradient", see="notes/autograd")
def test_what_a_hook_returns_is_used_as_the_gradient(device):
    """What a hook returns takes the place of the gradient: on a result for all that it
    was computed from, on a leaf for its grad; None changes nothing.
    """
    x, other = leaf([1.0, 2.0], device), leaf([3.0, 4.0], device)
    y = x * other

    y.register_hook(lambda grad: grad * 10)
    x.register_hook(lambda grad: grad + 7)
    other.register_hook(lambda grad: None)
    y.sum().backward()

    assert x.grad.tolist() == [30 + 7, 40 + 7]
    assert other.grad.tolist() == [10, 20]


@claim("autograd.hook.order", see="notes/autograd")
def test_hooks_run_in_the_order_of_their_registration(device):
    """Hooks on one tensor run in the order in which they were registered, each on what
    the one before it returned.
    """
    seen = []
    x = leaf([1.0], device)

    def note(name, change):
        def hook(grad):
            seen.append((name, grad.tolist()))
            return change(grad)

        return hook

    x.register_hook(note("first", lambda grad: grad * 2))
    x.register_hook(note("second", lambda grad: None))
    x.register_hook(note("third", lambda grad: grad + 100))
    (x * 3).backward()

    assert seen == [("first", [3]), ("second", [6]), ("third", [6])]
    assert x.grad.tolist() == [106]


@claim("autograd.hook.order-rule", see="generated/torch.Tensor.register_hook")
@given(
    hooks=st.lists(
        st.tuples(
            st.sampled_from(["look", "times", "plus", "gone"]), st.integers(2, 4)
        ),
        max_size=4,
    ),
    is_leaf=st.booleans(),
)
def test_hooks_follow_one_rule(hooks, is_leaf, device):
    """For any hooks on a leaf or a result, some of them removed again, each receives,
    and the rest of the graph gets, what the model says.
    """
    received = []
    changes = {
        "look": lambda grad, number: None,
        "times": lambda grad, number: grad * number,
        "plus": lambda grad, number: grad + number,
        "gone": lambda grad, number: grad * 0,
    }
    x = leaf(1.0, device)
    hooked = x if is_leaf else x * 1

    def make(kind, number):
        def hook(grad):
            received.append(grad.item())
            return changes[kind](grad, number)

        return hook

    handles = [(kind, hooked.register_hook(make(kind, k))) for kind, k in hooks]
    for kind, handle in handles:
        if kind == "gone":
            handle.remove()
    (hooked * 3).backward()

    result = (received, x.grad.item())
    assert (hooks, is_leaf, result) == (hooks, is_leaf, passed_on(3, hooks))


@claim("autograd.hook.once-per-pass", see="generated/torch.Tensor.register_hook")
def test_a_hook_is_called_once_per_pass_with_the_sum_over_all_uses(device):
    """A hook on a tensor that is used several times is called once in each pass, with
    the sum of the gradients of all uses.
    """
    seen = []
    x = leaf([1.0, 2.0], device)
    y = x * 2
    y.register_hook(lambda grad: seen.append(grad.tolist()))

    loss = (y * 3 + y * 4).sum()
    loss.backward(retain_graph=True)
    assert seen == [[7, 7]]
    (loss * 10).backward()

    assert seen == [[7, 7], [70, 70]]


@claim("autograd.hook.registered-late", see="generated/torch.Tensor.register_hook")
def test_a_hook_may_be_registered_after_its_tensor_was_used(device):
    """A hook that is registered after the tensor was used, or by another hook while the
    pass is on its way to the tensor, is called in that pass.
    """
    seen = []
    x = leaf([1.0], device)
    y = x * 2
    loss = y * 3

    def register(grad):
        seen.append("y")
        x.register_hook(lambda grad: seen.append("x"))

    y.register_hook(register)
    loss.backward()

    assert seen == ["y", "x"]


@claim("autograd.hook.not-on-the-path", see="generated/torch.Tensor.register_hook")
def test_a_hook_is_not_called_where_no_gradient_passes(device):
    """A hook is not called in a pass that does not compute the gradient of its tensor:
    for a tensor that the loss does not depend on, and for one left out of inputs=.
    """
    seen = []
    x, other = leaf([1.0], device), leaf([2.0], device)
    unused = x * 5
    product = x * other
    part = product[:1]

    for name, tensor in [
        ("x", x),
        ("other", other),
        ("unused", unused),
        ("part", part),
    ]:
        tensor.register_hook(lambda grad, name=name: seen.append(name))
    product.sum().backward(inputs=[other])

    assert seen == ["other"]
    assert x.grad is None


@claim(
    "autograd.hook.output-without-gradient",
    see="generated/torch.Tensor.register_hook",
    level="observed",
)
def test_a_hook_on_an_unused_one_of_several_outputs_is_called_with_none(device):
    """Where an operation has several outputs, a hook on one that the loss does not
    depend on is called with None.
    """
    seen = []
    used, unused = leaf([1.0, 2.0], device).unbind()

    unused.register_hook(seen.append)
    used.backward()

    assert seen == [None]


@claim("autograd.hook.tensor-dropped", see="generated/torch.Tensor.register_hook")
def test_a_hook_stays_when_its_tensor_and_its_handle_are_dropped(device):
    """A hook goes on being called after the caller has dropped the handle, and the
    result that it was registered on.
    """
    seen = []
    x = leaf([1.0], device)
    y = x * 2

    y.register_hook(lambda grad: seen.append(grad.tolist()))
    loss = y * 3
    del y
    loss.backward()

    assert seen == [[3]]


@claim("autograd.hook.same-function-twice", see="generated/torch.Tensor.register_hook")
def test_a_function_registered_twice_is_called_twice(device):
    """A function that is registered twice is called twice, and each handle removes one
    registration.
    """
    x = leaf([1.0], device)

    def double(grad):
        return grad * 2

    first = x.register_hook(double)
    x.register_hook(double)
    (x * 3).backward()
    first.remove()
    (x * 3).backward()

    assert x.grad.tolist() == [12 + 6]


@claim(
    "autograd.hook.in-place",
    see="notes/autograd#behavior-of-tensor-hooks-when-tensor-is-modified-in-place",
    since="2.0",
)
def test_a_hook_stays_with_the_value_that_its_tensor_had(device):
    """Where a result is changed in place, a hook from before sees the gradient of what
    it held before, and a hook from after that of what it holds after.
    """
    seen = []
    x = leaf([2.0], device)
    y = x * 3

    y.register_hook(lambda grad: seen.append(("before", grad.item())))
    y.mul_(5)
    y.register_hook(lambda grad: seen.append(("after", grad.item())) or grad * 10)
    (y * 7).backward()

    assert y.tolist() == [30]
    assert seen == [("after", 7), ("before", 350)]
    assert x.grad.tolist() == [1050]


@claim(
    "autograd.hook.in-place-moves-hooks",
    see="notes/autograd#behavior-of-tensor-hooks-when-tensor-is-modified-in-place",
    until="2.0",
)
def test_hooks_stay_with_the_value_that_had_the_first_of_them(device):
    """Where a result with a hook is changed in place, that hook sees the gradient of
    what it held before, and so does a hook from after the change.
    """
    seen = []
    x = leaf([2.0], device)
    y = x * 3

    y.register_hook(lambda grad: seen.append(("before", grad.item())))
    y.mul_(5)
    y.register_hook(lambda grad: seen.append(("after", grad.item())) or grad * 10)
    (y * 7).backward()

    assert y.tolist() == [30]
    assert seen == [("before", 35), ("after", 35)]
    assert x.grad.tolist() == [1050]


# --- grad mode ------------------------------------------------------------------------


@claim("autograd.hook.runs-without-grad", see="notes/autograd")
def test_a_hook_runs_without_grad_unless_a_graph_is_made(device):
    """Inside a hook gradients are off, except in a pass with create_graph: then what
    the hook computes is recorded, and can be differentiated.
    """
    modes = []
    x = leaf([2.0], device)
    y = x * x

    def square(grad):
        modes.append((torch.is_grad_enabled(), grad.requires_grad))
        return grad * grad

    handle = y.register_hook(square)
    (plain,) = torch.autograd.grad(y * y, x, retain_graph=True)
    (first,) = torch.autograd.grad(y * y, x, create_graph=True)
    handle.remove()
    (second,) = torch.autograd.grad(first, x)

    assert modes == [(False, False), (True, True)]
    # The hook makes 4 x^4 of the gradient 2 x^2, so that 8 x^5 arrives at x.
    assert (plain.tolist(), plain.requires_grad) == ([8 * 2**5], False)
    assert (first.tolist(), first.requires_grad) == ([8 * 2**5], True)
    assert second.tolist() == [40 * 2**4]


@claim(
    "autograd.hook.autograd-grad",
    see="notes/autograd",
    since="2.0",
)
def test_autograd_grad_calls_hooks_and_returns_what_they_return(device):
    """torch.autograd.grad() calls the hooks of what it goes through and of what it is
    asked for, a leaf or a result, and returns what they return.
    """
    x = leaf([1.0], device)
    y = x * 2
    y.register_hook(lambda grad: grad * 10)
    x.register_hook(lambda grad: grad + 7)
    loss = y * 3

    (of_y,) = torch.autograd.grad(loss, y, retain_graph=True)
    (of_x,) = torch.autograd.grad(loss, x, retain_graph=True)

    assert of_y.tolist() == [30]
    assert of_x.tolist() == [60 + 7]
    assert x.grad is None


@claim(
    "autograd.hook.autograd-grad-passes-a-leaf-by",
    see="notes/autograd",
    until="2.0",
)
def test_autograd_grad_does_not_call_the_hooks_of_a_leaf(device):
    """torch.autograd.grad() calls the hooks of what it goes through, and not those of
    the leaf that it is asked for.
    """
    x = leaf([1.0], device)
    y = x * 2
    y.register_hook(lambda grad: grad * 10)
    x.register_hook(lambda grad: grad + 7)

    (of_x,) = torch.autograd.grad(y * 3, x)

    assert of_x.tolist() == [60]


@claim(
    "autograd.hook.autograd-grad-on-the-way",
    see="notes/autograd",
    level="observed",
)
def test_autograd_grad_returns_the_unchanged_gradient_of_a_result_on_the_way(device):
    """Asked for a leaf and for a result that the leaf's gradient passes through,
    torch.autograd.grad() returns the result's gradient as it was before its hook.
    """
    x = leaf([1.0], device)
    y = x * 2
    y.register_hook(lambda grad: grad * 10)

    of_x, of_y = torch.autograd.grad(y * 3, (x, y))

    assert of_x.tolist() == [60]
    assert of_y.tolist() == [3]


# --- what is refused ------------------------------------------------------------------


@claim("autograd.hook.needs-requires-grad", see="generated/torch.Tensor.register_hook")
def test_a_tensor_that_requires_no_gradient_takes_no_hook(device):
    """Registering a hook on a tensor that does not require gradients raises
    RuntimeError; one that requires them later takes it then.
    """
    tensor = torch.ones(1, device=device)

    with pytest.raises(RuntimeError, match=r"^cannot register a hook on a tensor that"):
        tensor.register_hook(lambda grad: grad * 2)
    tensor.requires_grad_()
    tensor.register_hook(lambda grad: grad * 5)
    (tensor * 3).backward()

    assert tensor.tolist() == [1]
    assert tensor.grad.tolist() == [3 * 5]


@claim("autograd.hook.keeps-shape", see="generated/torch.Tensor.register_hook")
@pytest.mark.parametrize(
    "choose", [lambda x: x, lambda x: x * 1], ids=["leaf", "result"]
)
def test_a_hook_must_keep_the_shape(choose, device):
    """A hook that returns a tensor of another shape makes the pass raise RuntimeError,
    also where the shapes could be broadcast; no gradient is stored.
    """
    x = leaf([1.0, 2.0], device)
    hooked = choose(x)
    wrong = torch.ones(1, device=device)

    def shorten(grad):
        return wrong

    hooked.register_hook(shorten)

    with pytest.raises(
        RuntimeError, match="hook 'shorten' has changed the size of val"
    ):
        (hooked * 3).sum().backward()

    assert x.grad is None


@claim("autograd.hook.keeps-dtype", see="generated/torch.Tensor.register_hook")
def test_a_hook_must_keep_the_dtype(device):
    """A hook that returns a tensor of another dtype makes the pass raise RuntimeError;
    no gradient is stored.
    """
    x = leaf([1.0], device)

    x.register_hook(lambda grad: grad.half())

    with pytest.raises(RuntimeError, match="has changed the type of value"):
        (x * 3).backward()
    assert x.grad is None


@claim("autograd.hook.returns-a-tensor", see="generated/torch.Tensor.register_hook")
@pytest.mark.parametrize(
    ("wrap", "kind"),
    [(lambda grad: 5, "int"), (lambda grad: (grad,), "tuple")],
    ids=["number", "tuple"],
)
def test_a_hook_must_return_a_tensor_or_none(wrap, kind, device):
    """A hook that returns anything but a tensor or None makes the pass raise
    TypeError.
    """
    x = leaf([1.0], device)

    x.register_hook(wrap)

    with pytest.raises(
        TypeError, match=f"expected Variable, but hook returned '{kind}'"
    ):
        (x * 3).backward()
    assert x.grad is None


@claim("autograd.hook.error", see="generated/torch.Tensor.register_hook")
def test_an_error_in_a_hook_ends_the_pass(device):
    """An exception in a hook reaches the caller of backward(), the same object: the
    pass ends there, later hooks are not called, and what the pass has been through is
    freed.
    """
    seen = []
    mine = KeyError("mine")
    x = leaf([1.0], device)
    y = x * 2
    loss = y * y

    def fail(grad):
        raise mine

    handle = y.register_hook(fail)
    y.register_hook(seen.append)
    with pytest.raises(KeyError, match="mine") as raised:
        loss.backward()
    handle.remove()

    assert raised.value is mine
    assert (x.grad, seen) == (None, [])
    assert torch.is_grad_enabled()
    with pytest.raises(RuntimeError, match="a second time"):
        loss.backward()
    (y * 5).backward()
    assert x.grad.tolist() == [10]


# --- handles --------------------------------------------------------------------------


@claim("autograd.hook.remove", see="generated/torch.Tensor.register_hook")
def test_a_handle_removes_its_hook_and_no_other(device):
    """remove() of the handle that register_hook() returns ends that hook and leaves the
    others; it returns None, and doing it again changes nothing.
    """
    x = leaf([1.0], device)
    first = x.register_hook(lambda grad: grad * 2)
    second = x.register_hook(lambda grad: grad * 5)
    third = x.register_hook(lambda grad: grad * 7)

    assert isinstance(second, torch.utils.hooks.RemovableHandle)
    assert second.remove() is None
    second.remove()
    (x * 3).backward()
    assert x.grad.tolist() == [3 * 2 * 7]
    first.remove()
    third.remove()
    (x * 3).backward()

    assert x.grad.tolist() == [42 + 3]


@claim("autograd.hook.handle-is-a-context", see="generated/torch.Tensor.register_hook")
def test_a_handle_as_a_context_manager_removes_its_hook_at_the_end(device):
    """A handle used in a with statement is what ``as`` names, and its hook is removed
    at the end, also when an exception ends it, which passes.
    """
    x = leaf([1.0], device)
    handle = x.register_hook(lambda grad: grad * 2)

    with handle as named:
        (x * 3).backward()
    with (
        pytest.raises(KeyError, match="mine"),
        x.register_hook(lambda grad: grad * 5),
    ):
        raise KeyError("mine")
    (x * 3).backward()

    assert named is handle
    assert x.grad.tolist() == [6 + 3]


@claim("autograd.hook.changes-in-a-hook", see="generated/torch.Tensor.register_hook")
def test_hooks_removed_or_added_by_a_hook_count_from_the_next_pass_on(device):
    """A hook may remove itself, remove a later hook of its tensor and register another:
    the running pass still calls those that were there when it came to the tensor.
    """
    seen = []
    x = leaf([1.0], device)
    handles = []

    def change(grad):
        seen.append("change")
        x.register_hook(lambda grad: seen.append("added"))
        for handle in handles:
            handle.remove()

    handles.append(x.register_hook(change))
    handles.append(x.register_hook(lambda grad: seen.append("removed")))
    (x * 3).backward()
    assert seen == ["change", "removed"]
    (x * 3).backward()

    assert seen == ["change", "removed", "added"]
    assert x.grad.tolist() == [6]


@claim(
    "autograd.hook.handle-outlives-the-tensor",
    see="generated/torch.Tensor.register_hook",
)
def test_a_handle_can_be_used_when_its_tensor_is_gone(device):
    """remove() does nothing when the tensor is gone, and neither does that of a copy of
    the handle.
    """
    x = leaf([1.0], device)
    handle = x.register_hook(look)

    del x

    assert handle.hooks_dict_ref() is None
    assert handle.remove() is None
    assert copy.copy(handle).remove() is None


@claim("autograd.hook.copied-handle", see="generated/torch.Tensor.register_hook")
def test_a_copy_of_a_handle_removes_the_same_hook(device):
    """A copy() of a handle removes the same hook; a deepcopy() is one of a copied hook,
    so that it removes nothing from the tensor.
    """
    x = leaf([1.0], device)
    first = x.register_hook(lambda grad: grad * 2)
    second = x.register_hook(lambda grad: grad * 5)

    copy.copy(first).remove()
    copy.deepcopy(second).remove()
    third = x.register_hook(lambda grad: grad * 7)
    (x * 3).backward()

    assert x.grad.tolist() == [3 * 5 * 7]
    assert len({first.id, second.id, third.id}) == 3


@claim("autograd.hook.copies", see="generated/torch.Tensor.register_hook")
def test_copies_have_no_hooks_of_their_own(device):
    """deepcopy() makes a leaf without the hooks; a clone has none either, but its
    gradient passes through those of the tensor that was cloned.
    """
    seen = []
    x = leaf([1.0], device)
    x.register_hook(lambda grad: seen.append(grad.tolist()))

    copied = copy.deepcopy(x)
    (copied * 3).backward()
    assert seen == []
    (x.clone() * 5).backward()

    assert seen == [[5]]
    assert copied.grad.tolist() == [3]


@claim("autograd.hook.not-serialized", see="generated/torch.Tensor.register_hook")
def test_a_hook_is_not_saved_with_its_tensor(device):
    """Saving a tensor with a hook warns that the hook is left out, for each of several;
    what is read back has no hook, and the tensor keeps its own.
    """
    seen = []
    x = leaf([1.0], device)
    x.register_hook(seen.append)
    x.register_hook(look)

    with pytest.warns(UserWarning, match="will not be serialized") as warned:
        saved = pickle.dumps(x)
    again = pickle.loads(saved)
    (again * 3).backward()
    assert seen == []
    (x * 3).backward()

    assert [grad.tolist() for grad in seen] == [[3]]
    assert again.grad.tolist() == [3]
    assert sum("backward hook" in str(each.message) for each in warned) == 2


@claim(
    "autograd.hook.parameter-not-serialized",
    see="generated/torch.Tensor.register_hook",
    level="observed",
)
def test_a_hook_is_not_saved_with_a_parameter_either(device, recwarn):
    """Saving a Parameter leaves its hooks out without a warning."""
    seen = []
    parameter = torch.nn.Parameter(torch.tensor([1.0], device=device))
    parameter.register_hook(seen.append)

    again = pickle.loads(pickle.dumps(parameter))
    (again * 3).backward()

    assert [each for each in recwarn if "hook" in str(each.message)] == []
    assert seen == []
    assert again.grad.tolist() == [3]


@claim(
    "autograd.hook.unserializable",
    see="generated/torch.Tensor.register_hook",
    since="2.4",
)
def test_a_hook_marked_unserializable_is_left_out_without_a_warning(device, recwarn):
    """A hook marked with unserializable_hook() is called like any other, and saving its
    tensor does not warn.
    """
    seen = []
    x = leaf([1.0], device)

    @torch.utils.hooks.unserializable_hook
    def quiet(grad):
        seen.append(grad.tolist())

    x.register_hook(quiet)
    pickle.dumps(x)
    (x * 3).backward()

    assert [each for each in recwarn if "hook" in str(each.message)] == []
    assert seen == [[3]]


# --- when a gradient has been accumulated ---------------------------------------------


@claim(
    "autograd.hook.post-accumulate",
    see="generated/torch.Tensor.register_post_accumulate_grad_hook",
    since="2.1",
)
def test_a_post_accumulate_hook_is_called_when_grad_is_ready(device):
    """A hook given to register_post_accumulate_grad_hook() is called once per pass with
    the leaf itself, after its other hooks, when grad has the pass's gradient in it.
    """
    seen = []
    x = leaf([1.0], device)
    x.grad = torch.tensor([10.0], device=device)

    def first(tensor):
        seen.append(("first", tensor is x, tensor.grad.tolist()))

    x.register_post_accumulate_grad_hook(first)
    x.register_post_accumulate_grad_hook(lambda tensor: seen.append("second"))
    x.register_hook(lambda grad: seen.append(("hook", x.grad.tolist())) or grad * 2)
    (x * 3 + x * 4).backward()

    assert seen == [("hook", [10]), ("first", True, [10 + 14]), "second"]
    assert x.grad.tolist() == [24]


@claim(
    "autograd.hook.post-accumulate-may-use-up-grad",
    see="generated/torch.Tensor.register_post_accumulate_grad_hook",
    since="2.1",
)
def test_a_post_accumulate_hook_may_change_the_leaf_and_reset_its_grad(device):
    """A post-accumulate hook runs without grad, so that it may change the leaf in place
    and reset its grad; with create_graph it runs with grad.
    """
    modes = []
    x, other = leaf([1.0], device), leaf([2.0], device)

    def step(tensor):
        modes.append(torch.is_grad_enabled())
        tensor.sub_(tensor.grad)
        tensor.grad = None

    x.register_post_accumulate_grad_hook(step)
    other.register_post_accumulate_grad_hook(
        lambda tensor: modes.append((torch.is_grad_enabled(), tensor.grad.tolist()))
    )
    (x * 3).backward()
    with pytest.warns(UserWarning, match="create_graph=True"):
        (other * 5).backward(create_graph=True)

    assert x.tolist() == [-2]
    assert x.grad is None
    assert (x.is_leaf, x.requires_grad) == (True, True)
    assert modes == [False, (True, [5])]


@claim(
    "autograd.hook.post-accumulate-only-for-grad",
    see="generated/torch.Tensor.register_post_accumulate_grad_hook",
    since="2.1",
)
def test_a_post_accumulate_hook_is_not_called_where_nothing_accumulates(device):
    """torch.autograd.grad(), which stores no gradient, does not call post-accumulate
    hooks, and neither does a pass that leaves their tensor out.
    """
    seen = []
    x, other = leaf([1.0], device), leaf([2.0], device)
    x.register_post_accumulate_grad_hook(lambda tensor: seen.append(tensor.grad))

    product = x * other
    torch.autograd.grad(product, x, retain_graph=True)
    product.backward(inputs=[other], retain_graph=True)
    assert seen == []
    product.backward()

    assert [grad.tolist() for grad in seen] == [[2]]


@claim(
    "autograd.hook.post-accumulate-is-for-leaves",
    see="generated/torch.Tensor.register_post_accumulate_grad_hook",
    since="2.1",
)
def test_only_a_leaf_that_requires_gradients_takes_a_post_accumulate_hook(device):
    """Registering a post-accumulate hook on a tensor that does not require gradients
    raises RuntimeError, and so does it on a result, with a message of its own.
    """
    plain = torch.ones(1, device=device)
    result = leaf([1.0], device) * 2

    with pytest.raises(RuntimeError, match=r"^cannot register a hook on a tensor that"):
        plain.register_post_accumulate_grad_hook(look)
    with pytest.raises(
        RuntimeError, match=r"^post accumulate grad hooks cannot be reg"
    ):
        result.register_post_accumulate_grad_hook(look)


@claim(
    "autograd.hook.post-accumulate-returns-none",
    see="generated/torch.Tensor.register_post_accumulate_grad_hook",
    since="2.1",
)
def test_a_post_accumulate_hook_must_return_none(device):
    """A post-accumulate hook that returns a tensor makes the pass raise RuntimeError;
    the gradient has been accumulated by then, as with any error in such a hook.
    """
    x, other = leaf([1.0], device), leaf([1.0], device)

    def fail(tensor):
        raise KeyError("mine")

    x.register_post_accumulate_grad_hook(lambda tensor: tensor.grad * 2)
    other.register_post_accumulate_grad_hook(fail)

    with pytest.raises(
        RuntimeError, match="post accumulate grad hooks should return Non"
    ):
        (x * 3).backward()
    with pytest.raises(KeyError, match="mine"):
        (other * 3).backward()
    assert (x.grad.tolist(), other.grad.tolist()) == ([3], [3])


@claim(
    "autograd.hook.post-accumulate-remove",
    see="generated/torch.Tensor.register_post_accumulate_grad_hook",
    since="2.1",
)
def test_the_handle_of_a_post_accumulate_hook_removes_it(device):
    """The handle of a post-accumulate hook removes that hook, by remove() and at the
    end of a with statement, and leaves the others.
    """
    seen = []
    x = leaf([1.0], device)

    handle = x.register_post_accumulate_grad_hook(lambda tensor: seen.append("first"))
    x.register_post_accumulate_grad_hook(lambda tensor: seen.append("second"))
    with x.register_post_accumulate_grad_hook(lambda tensor: seen.append("third")):
        (x * 3).backward()
    assert seen == ["first", "second", "third"]
    handle.remove()
    (x * 3).backward()

    assert isinstance(handle, torch.utils.hooks.RemovableHandle)
    assert seen == ["first", "second", "third", "second"]


# --- hooks on nodes -------------------------------------------------------------------


class Triple(torch.autograd.Function):
    """Three times the product of a tensor and a constant."""

    @staticmethod
    def forward(ctx, x, constant):
        """Compute the product."""
        return x * 3

    @staticmethod
    def backward(ctx, grad):
        """Multiply by three."""
        return grad * 3, None


every_node = pytest.mark.parametrize(
    "triple",
    [lambda x, three: x * three, lambda x, three: Triple.apply(x, three)],
    ids=["operation", "function"],
)


@claim("autograd.hook.node", see="generated/torch.autograd.graph.Node.register_hook")
@every_node
def test_a_hook_on_a_node_sees_the_gradients_of_its_inputs_and_outputs(triple, device):
    """A hook on a grad_fn is called after it ran, with a tuple of the gradients of its
    inputs, None for one without, and a tuple of those of its outputs.
    """
    seen = []
    x = leaf([1.0, 2.0], device)
    three = torch.tensor([3.0, 3.0], device=device)
    y = triple(x, three)

    def hook(grad_inputs, grad_outputs):
        assert (type(grad_inputs), type(grad_outputs)) == (tuple, tuple)
        seen.append((grad_inputs[0].tolist(), *grad_inputs[1:]))
        seen.append([grad.tolist() for grad in grad_outputs])

    y.grad_fn.register_hook(hook)
    (y * 10).sum().backward()

    assert seen == [([30, 30], None), [[10, 10]]]
    assert x.grad.tolist() == [30, 30]


@claim(
    "autograd.hook.node-replaces",
    see="generated/torch.autograd.graph.Node.register_hook",
)
@every_node
def test_a_hook_on_a_node_may_replace_the_gradients_of_its_inputs(triple, device):
    """A tuple that a hook on a node returns takes the place of the gradients of the
    node's inputs, for the next hook and for the rest of the graph.
    """
    seen = []
    x = leaf([1.0], device)
    y = triple(x, torch.tensor([3.0], device=device))

    first = y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 5, None))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(inputs[0].tolist()))
    y.backward(retain_graph=True)
    first.remove()
    y.backward()

    assert seen == [[15], [3]]
    assert x.grad.tolist() == [15 + 3]


@claim(
    "autograd.hook.node-prehook",
    see="generated/torch.autograd.graph.Node.register_prehook",
)
@every_node
def test_a_prehook_on_a_node_may_replace_the_gradients_of_its_outputs(triple, device):
    """A hook given to register_prehook() is called before the node runs, with a tuple
    of the gradients of its outputs; a tuple that it returns takes their place.
    """
    seen = []
    x = leaf([1.0], device)
    y = triple(x, torch.tensor([3.0], device=device))
    node = y.grad_fn

    node.register_hook(lambda inputs, outputs: seen.append(outputs[0].tolist()))
    first = node.register_prehook(lambda outputs: (outputs[0] * 5,))
    node.register_prehook(
        lambda outputs: seen.append((len(outputs), outputs[0].item()))
    )
    y.backward(retain_graph=True)
    first.remove()
    y.backward()

    assert seen == [(1, 5), [5], (1, 1), [1]]
    assert x.grad.tolist() == [15 + 3]


@claim(
    "autograd.hook.node-returns-all",
    see="generated/torch.autograd.graph.Node.register_hook",
)
@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (lambda grad: (grad,), RuntimeError, r"values \(got 1, but expected 2\)"),
        (lambda grad: [grad, None], TypeError, "expected tuple, but hook returned 'li"),
        (lambda grad: (grad[:1], None), RuntimeError, "has changed the size of value"),
    ],
    ids=["too-few", "list", "shape"],
)
def test_a_hook_on_a_node_must_return_a_tuple_of_all_gradients(
    returned, error, message, device
):
    """A hook on a node that returns anything but None or a tuple of as many gradients,
    of the same shapes, makes the pass raise.
    """
    x = leaf([1.0, 2.0], device)
    y = x * torch.tensor([3.0, 3.0], device=device)

    y.grad_fn.register_hook(lambda inputs, outputs: returned(inputs[0]))

    with pytest.raises(error, match=message):
        y.sum().backward()
    assert x.grad is None


@claim(
    "autograd.hook.order-at-a-node",
    see="notes/autograd#backward-hooks-execution",
    since="2.0",
)
def test_hooks_on_a_tensor_run_before_the_prehooks_of_its_node(device):
    """At one node the hooks on the tensor run first, then the node's prehooks, then the
    node, then its hooks, whatever the order of registration.
    """
    seen = []
    x = leaf([1.0], device)
    y = x * 2

    def note(name, factor):
        def hook(grad):
            seen.append((name, grad.item()))
            return grad * factor

        return hook

    prehook = note("prehook", 7)
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append("node"))
    y.grad_fn.register_prehook(lambda outputs: (prehook(outputs[0]),))
    y.register_hook(note("tensor", 5))
    x.register_hook(note("leaf", 11))
    y.backward()

    assert seen == [("tensor", 1), ("prehook", 5), "node", ("leaf", 70)]
    assert x.grad.tolist() == [770]


@claim(
    "autograd.hook.order-at-a-node-by-registration",
    see="notes/autograd#backward-hooks-execution",
    until="2.0",
)
def test_hooks_on_a_tensor_and_prehooks_of_its_node_run_as_registered(device):
    """At one node the hooks on the tensor and the node's prehooks run in the order in
    which they were registered.
    """
    seen = []
    x = leaf([1.0], device)
    y = x * 2

    y.grad_fn.register_prehook(lambda outputs: seen.append("prehook"))
    y.register_hook(lambda grad: seen.append("tensor"))
    y.backward()

    assert seen == ["prehook", "tensor"]


@claim(
    "autograd.hook.node-that-does-not-run",
    see="notes/autograd#backward-hooks-execution",
)
def test_hooks_on_a_node_are_not_called_where_the_node_does_not_run(device):
    """Asked for the gradient of a tensor, torch.autograd.grad() has no need to run the
    tensor's node, a leaf's or a result's, and does not call the node's hooks.
    """
    seen = []
    x = leaf([1.0], device)
    y = x * 3
    loss = y * 5
    of_x, of_y = y.grad_fn.next_functions[0][0], y.grad_fn

    of_x.register_hook(lambda inputs, outputs: seen.append("x"))
    of_x.register_prehook(lambda outputs: seen.append("before x"))
    of_y.register_hook(lambda inputs, outputs: seen.append("y"))
    of_y.register_prehook(lambda outputs: seen.append("before y"))
    torch.autograd.grad(loss, y, retain_graph=True)
    assert seen == []
    torch.autograd.grad(loss, x, retain_graph=True)
    assert seen == ["before y", "y"]
    loss.backward()

    assert seen[2:] == ["before y", "y", "before x", "x"]


@claim(
    "autograd.hook.node-of-a-leaf",
    see="notes/autograd#backward-hooks-execution",
)
def test_a_hook_on_the_node_of_a_leaf_runs_when_grad_is_ready(device):
    """The node at which a leaf's gradients accumulate takes hooks too: a prehook is
    called before grad changes, a hook after.
    """
    seen = []
    x = leaf([1.0], device)
    y = x * 3
    node = y.grad_fn.next_functions[0][0]

    node.register_hook(
        lambda inputs, outputs: seen.append((inputs, outputs[0].item(), x.grad.item()))
    )
    node.register_prehook(lambda outputs: seen.append((outputs[0].item(), x.grad)))
    y.backward()

    assert node.name() == "torch::autograd::AccumulateGrad"
    assert seen == [(3, None), ((), 3, 3)]


@claim(
    "autograd.hook.order-at-a-leaf",
    see="notes/autograd#backward-hooks-execution",
    since="2.1",
)
def test_post_accumulate_hooks_run_before_the_hooks_of_the_leafs_node(device):
    """At a leaf the hooks on the tensor run first, then its node's prehooks; grad is
    stored; then its post-accumulate hooks run, then the node's hooks, whatever the
    order of registration.
    """
    seen = []
    x = leaf([1.0], device)
    y = x * 3
    node = y.grad_fn.next_functions[0][0]

    node.register_hook(lambda inputs, outputs: seen.append(("node", x.grad.item())))
    x.register_post_accumulate_grad_hook(
        lambda tensor: seen.append(("post", tensor.grad.item()))
    )
    node.register_prehook(lambda outputs: seen.append(("prehook", x.grad)))
    x.register_hook(lambda grad: seen.append(("tensor", x.grad)))
    y.backward()

    assert seen == [("tensor", None), ("prehook", None), ("post", 3), ("node", 3)]


# --- hooks on several tensors ---------------------------------------------------------


@claim(
    "autograd.hook.several-tensors",
    see="autograd#torch.autograd.graph.register_multi_grad_hook",
    since="2.0",
)
def test_a_hook_on_several_tensors_waits_for_all_that_take_part(device):
    """A hook given to register_multi_grad_hook() is called once per pass, when every
    tensor that takes part has its gradient, with None for those that do not; what it
    returns is ignored.
    """
    seen = []
    a, b = leaf([2.0], device), leaf([3.0], device)
    product, unused = a * b, a * b
    loss = product * 1

    def hook(grads):
        seen.append([grad if grad is None else grad.item() for grad in grads])
        return [grads[0] * 100]

    torch.autograd.graph.register_multi_grad_hook([a, unused, product, b], hook)
    loss.backward(retain_graph=True)
    assert seen == [[3, None, 1, 2]]
    loss.backward(inputs=[a], retain_graph=True)
    assert seen[1:] == [[3, None, 1, None]]
    (loss * 10 + unused).backward()

    assert seen[2:] == [[33, 1, 10, 22]]
    assert a.grad.tolist() == [3 + 3 + 33]


@claim(
    "autograd.hook.several-tensors-and-the-root",
    see="autograd#torch.autograd.graph.register_multi_grad_hook",
    since="2.0",
    level="observed",
)
def test_a_hook_on_several_tensors_and_the_root_is_called_too_early(device):
    """Where one of the tensors is the one that backward() is called on, the hook is
    called one gradient too early: a tensor that takes part is still None.
    """
    seen = []
    a = leaf([2.0], device)
    middle = a * 3
    root = middle * 5

    torch.autograd.graph.register_multi_grad_hook([a, middle, root], seen.extend)
    root.backward()

    assert seen[0] is None
    assert [grad.item() for grad in seen[1:]] == [5, 1]
    assert a.grad.tolist() == [15]


@claim(
    "autograd.hook.several-tensors-none-takes-part",
    see="autograd#torch.autograd.graph.register_multi_grad_hook",
    since="2.0",
)
def test_a_hook_on_several_tensors_may_be_removed_from_all(device):
    """A hook on several tensors is not called where none of them takes part, nor once
    its handle has removed it, by remove() or at the end of a with statement.
    """
    seen = []
    a, b, other = leaf([2.0], device), leaf([3.0], device), leaf([4.0], device)
    register = torch.autograd.graph.register_multi_grad_hook

    with register((a, b), lambda grads: seen.append("with")) as handle:
        (other * 2).backward()
        assert seen == []
        (a * b).backward()
    removed = register((a, b), lambda grads: seen.append("removed"))
    removed.remove()
    (a * b).backward()

    assert isinstance(handle, torch.utils.hooks.RemovableHandle)
    assert seen == ["with"]


@claim(
    "autograd.hook.any-of-several-tensors",
    see="autograd#torch.autograd.graph.register_multi_grad_hook",
    since="2.3",
)
def test_a_hook_on_any_of_several_tensors_is_called_for_the_first(device):
    """With mode="any" the hook is called once per pass, with the first gradient of any
    of the tensors; one that does not require gradients is passed over, and what the
    hook returns is ignored.
    """
    seen = []
    a = leaf([2.0], device)
    middle = a * 3
    constant = torch.ones(1, device=device)

    handle = torch.autograd.graph.register_multi_grad_hook(
        [constant, a, middle],
        lambda grad: seen.append(grad.item()) or grad * 100,
        mode="any",
    )
    (middle * 5).backward(retain_graph=True)
    assert seen == [5]
    (a * 7).backward()
    assert seen == [5, 7]
    handle.remove()
    (middle * 5).backward()

    assert seen == [5, 7]
    assert a.grad.tolist() == [15 + 7 + 15]


@claim(
    "autograd.hook.several-tensors-mode",
    see="autograd#torch.autograd.graph.register_multi_grad_hook",
    since="2.3",
)
def test_a_hook_on_several_tensors_has_two_modes(device):
    """A mode other than "all", the default, and "any" raises ValueError, and no hook
    is registered.
    """
    seen = []
    a, b = leaf([2.0], device), leaf([3.0], device)
    register = torch.autograd.graph.register_multi_grad_hook

    with pytest.raises(ValueError, match=r"Expects mode to be one of .* but got some"):
        register((a, b), seen.append, mode="some")
    register((a, b), lambda grads: seen.append(len(grads)), mode="all")
    (a * b).backward()

    assert seen == [2]

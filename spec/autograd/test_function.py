"""Functions of your own: an operation with a backward that you write.

A subclass of ``torch.autograd.Function`` has two static methods. ``forward`` computes
the result, unrecorded; ``backward`` is given the gradient of each output and returns
one gradient for each argument of forward. Between them goes ``ctx``, which is the
result's ``grad_fn``: tensors are kept on it with ``save_for_backward``. The operation
is called as ``MyFunction.apply(x)``, never as ``MyFunction()(x)``.

It is often believed that forward fails unless it is a static method, and that a
gradient must have exactly the shape of its argument. Forward is called on the class
either way, so that without ``@staticmethod`` its ``self`` is ctx; and a gradient that
is larger by broadcasting is summed to the argument's shape.
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import Function
from torch.autograd.gradcheck import GradcheckError

from spec.models.accumulation import summed_to
from spec.models.gradients import accepted
from torch_semantics import claim
from torch_semantics.words import shares_storage


class Square(Function):
    """The square of each element."""

    @staticmethod
    def forward(ctx, x):
        """Compute the square, and save the input."""
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        """Multiply by twice the input."""
        (x,) = ctx.saved_tensors
        return 2 * x * grad


class Scale(Function):
    """A tensor times a Python number."""

    @staticmethod
    def forward(ctx, x, factor):
        """Compute the product, and put the number on ctx."""
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        """Multiply by the number, which has no gradient itself."""
        return grad * ctx.factor, None


def returning(*gradients):
    """A Function that doubles its first argument, and whose backward returns these."""

    class Given(Function):
        @staticmethod
        def forward(ctx, x, *others):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return gradients

    return Given


def leaf(values, device):
    """A leaf that requires gradients."""
    return torch.tensor(values, device=device, requires_grad=True)


# --- an operation ---------------------------------------------------------------------


@claim(
    "autograd.function.custom-forward-backward",
    see="autograd#torch.autograd.Function",
)
def test_a_function_has_the_result_and_the_gradient_that_its_methods_compute(device):
    """Applying a subclass of Function gives what forward returns, with a grad_fn that
    is named after the class; the gradient is what backward returns.
    """
    x = leaf([1.0, -2.0, 3.0], device)

    y = Square.apply(x)
    (y * torch.tensor([1.0, 10.0, 100.0], device=device)).sum().backward()

    assert y.tolist() == [1, 4, 9]
    assert (y.requires_grad, y.is_leaf) == (True, False)
    assert y.grad_fn.name() == "SquareBackward"
    assert type(y.grad_fn).__name__ == "SquareBackward"
    assert x.grad.tolist() == [2, -40, 600]


@claim("autograd.function.result-in-the-graph", see="notes/extending")
def test_a_function_stands_in_a_graph_like_any_operation(device):
    """A Function's node leads to the nodes of its tensor arguments, or to None for one
    that does not require gradients; gradients flow on through them.
    """
    x = leaf([1.0, 2.0], device)
    constant = torch.ones(2, device=device)

    y = Square.apply(Square.apply(x * 3))
    scaled = Scale.apply(x * 5, 7)
    picked = returning(None, constant).apply(constant, x)
    (y + scaled + picked).sum().backward()

    assert y.tolist() == [81, 1296]
    assert [node.name() for node, _ in y.grad_fn.next_functions] == ["SquareBackward"]
    assert [node.name() for node, _ in scaled.grad_fn.next_functions] == [
        "MulBackward0"
    ]
    assert picked.grad_fn.next_functions[0][0] is None
    assert x.grad.tolist() == [324 + 35 + 1, 2592 + 35 + 1]


@claim("autograd.function.name-of-a-subclass", see="autograd#torch.autograd.Function")
def test_a_subclass_of_a_function_has_a_node_of_its_own_name(device):
    """A subclass of a Function inherits its methods, and its node has the subclass's
    name.
    """

    class Area(Square):
        pass

    x = leaf([3.0], device)

    y = Area.apply(x)
    y.backward()

    assert y.grad_fn.name() == "AreaBackward"
    assert Square.apply(x).grad_fn.name() == "SquareBackward"
    assert x.grad.tolist() == [6]


@claim(
    "autograd.function.gradcheck", see="generated/torch.autograd.gradcheck.gradcheck"
)
def test_gradcheck_accepts_a_right_backward_and_rejects_a_wrong_one():
    """gradcheck() returns True for a Function whose backward is the derivative of its
    forward; for one that is off it raises GradcheckError, or returns False when asked
    not to raise.
    """
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)

    class Wrong(Square):
        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 3 * x * grad

    assert torch.autograd.gradcheck(Square.apply, x) is True
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0"):
        torch.autograd.gradcheck(Wrong.apply, x)
    unraised = torch.autograd.gradcheck(Wrong.apply, x, raise_exception=False)
    assert unraised is False


@claim("autograd.function.nothing-to-record", see="autograd#torch.autograd.Function")
def test_a_function_records_nothing_where_no_gradient_is_wanted(device):
    """Applied to tensors that do not require gradients, or inside no_grad, a Function
    computes its result and records nothing.
    """
    plain = torch.tensor([3.0], device=device)
    tracked = leaf([3.0], device)

    of_plain = Square.apply(plain)
    with torch.no_grad():
        in_no_grad = Square.apply(tracked)

    assert (of_plain.tolist(), in_no_grad.tolist()) == ([9], [9])
    assert (of_plain.requires_grad, of_plain.grad_fn) == (False, None)
    assert (in_no_grad.requires_grad, in_no_grad.grad_fn) == (False, None)


@claim("autograd.function.ctx-is-the-grad-fn", see="notes/extending")
def test_ctx_is_the_results_grad_fn(device):
    """The ctx of forward and of backward is the result's grad_fn, one for each call:
    what forward puts on it can be read there.
    """
    contexts = []

    class Keep(Function):
        @staticmethod
        def forward(ctx, x, name):
            contexts.append(ctx)
            ctx.label = name
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            contexts.append(ctx)
            return grad * 2, None

    x = leaf([1.0], device)

    first, second = Keep.apply(x, "first"), Keep.apply(x, "second")
    first.backward()

    assert contexts[0] is first.grad_fn
    assert contexts[1] is second.grad_fn
    assert contexts[2] is first.grad_fn
    assert (first.grad_fn.label, second.grad_fn.label) == ("first", "second")


# --- the methods ----------------------------------------------------------------------


@claim(
    "autograd.function.methods-must-be-static",
    see="autograd#torch.autograd.Function",
)
def test_an_instance_of_a_function_cannot_be_called(device):
    """Making an instance of a Function draws a DeprecationWarning; calling it raises
    RuntimeError that speaks of a non-static forward, even where forward is static.
    """
    x = leaf([3.0], device)

    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        instance = Square()
    with pytest.raises(RuntimeError, match="Legacy autograd function with non-static"):
        instance(x)

    assert instance.apply(x).tolist() == [9]


@claim("autograd.function.non-static-forward", see="autograd#torch.autograd.Function")
def test_a_forward_that_is_not_static_gets_ctx_for_self(device):
    """Methods are called on the class with ctx as the first argument: one that is not
    static gets ctx for its self, and one that takes self and ctx lacks an argument.
    """

    class CtxForSelf(Function):
        def forward(self, x):
            self.save_for_backward(x)
            return x * x

        def backward(self, grad):
            (x,) = self.saved_tensors
            return 2 * x * grad

    class SelfAndCtx(Square):
        def forward(self, ctx, x):
            return x * x

    x = leaf([3.0], device)

    y = CtxForSelf.apply(x)
    y.backward()

    assert (y.tolist(), x.grad.tolist()) == ([9], [6])
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        SelfAndCtx.apply(x)


@claim("autograd.function.missing-methods", see="autograd#torch.autograd.Function")
def test_a_missing_method_is_missed_when_it_is_called(device):
    """Without forward, apply() raises NotImplementedError; without backward the result
    is computed and recorded, and only the backward pass raises it.
    """

    class Nothing(Function):
        pass

    class ForwardOnly(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    x = leaf([3.0], device)

    with pytest.raises(NotImplementedError, match="must implement the forward"):
        Nothing.apply(x)
    y = ForwardOnly.apply(x)
    with pytest.raises(NotImplementedError, match="either the backward or vjp method"):
        y.backward()

    assert y.tolist() == [6]
    assert ForwardOnly.apply(x.detach()).tolist() == [6]
    assert x.grad is None


@claim("autograd.function.vjp", see="generated/torch.autograd.Function.backward")
def test_vjp_is_another_name_for_backward(device):
    """A Function may implement vjp in place of backward; one that implements both
    raises RuntimeError in the backward pass.
    """

    class Vjp(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vjp(ctx, grad):
            return grad * 2

    class Both(Vjp):
        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = leaf([3.0], device)

    Vjp.apply(x).backward()
    y = Both.apply(x)
    with pytest.raises(RuntimeError, match="Implementing both 'backward' and 'vjp'"):
        y.backward()

    assert x.grad.tolist() == [2]


@claim("autograd.function.errors-pass-through", see="notes/extending")
def test_an_error_in_a_method_reaches_the_caller(device):
    """An exception in forward or backward reaches the caller as it is, the same object,
    and gradients are recorded again afterwards.
    """
    early, late = KeyError("forward"), KeyError("backward")

    class Fails(Square):
        @staticmethod
        def forward(ctx, x):
            raise early

    class FailsLater(Square):
        @staticmethod
        def backward(ctx, grad):
            raise late

    x = leaf([3.0], device)
    y = FailsLater.apply(x)

    with pytest.raises(KeyError, match="forward") as in_forward:
        Fails.apply(x)
    assert torch.is_grad_enabled()
    with pytest.raises(KeyError, match="backward") as in_backward:
        y.backward()
    assert torch.is_grad_enabled()
    assert in_forward.value is early
    assert in_backward.value is late
    assert x.grad is None


# --- one gradient for each argument ---------------------------------------------------


@claim(
    "autograd.function.one-gradient-per-argument",
    see="generated/torch.autograd.Function.backward",
)
def test_backward_returns_one_gradient_for_each_argument(device):
    """Backward returns a gradient for each argument of forward, in their order, with
    None for an argument that is not a tensor.
    """

    class Combine(Function):
        @staticmethod
        def forward(ctx, a, factor, b):
            ctx.factor = factor
            return a * factor + b

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, None, grad * 7

    a, b = leaf([1.0, 2.0], device), leaf([3.0, 4.0], device)

    y = Combine.apply(a, 5, b)
    y.sum().backward()

    assert y.tolist() == [8, 14]
    assert a.grad.tolist() == [5, 5]
    assert b.grad.tolist() == [7, 7]


@claim(
    "autograd.function.too-few-gradients",
    see="generated/torch.autograd.Function.backward",
)
def test_too_few_gradients_are_an_error(device):
    """A backward that returns fewer gradients than forward has arguments raises
    RuntimeError; a list counts as one gradient, and so does a lone None.
    """
    one = torch.ones(1, device=device)

    class Listed(Scale):
        @staticmethod
        def backward(ctx, grad):
            return [grad, None]

    class Lone(Scale):
        @staticmethod
        def backward(ctx, grad):
            return None

    x = leaf([1.0], device)
    message = r"incorrect number of gradients \(expected 2, got 1\)"

    with pytest.raises(RuntimeError, match="GivenBackward returned an " + message):
        returning(one).apply(x, 3).backward()
    with pytest.raises(RuntimeError, match="ListedBackward returned an " + message):
        Listed.apply(x, 3).backward()
    with pytest.raises(RuntimeError, match="LoneBackward returned an " + message):
        Lone.apply(x, 3).backward()
    assert x.grad is None


@claim(
    "autograd.function.too-many-gradients",
    see="generated/torch.autograd.Function.backward",
)
def test_more_gradients_are_allowed_if_they_are_none(device):
    """A backward may return more gradients than forward has arguments if the further
    ones are None; another one there raises RuntimeError.
    """
    five = torch.tensor([5.0], device=device)
    x = leaf([1.0], device)

    returning(five, None, None).apply(x).backward()
    with pytest.raises(RuntimeError, match=r"gradients \(expected 1, got 3\)"):
        returning(five, None, five).apply(x).backward()

    assert x.grad.tolist() == [5]


@claim(
    "autograd.function.gradient-of-a-number",
    see="generated/torch.autograd.Function.backward",
)
def test_a_gradient_for_an_argument_that_is_no_tensor_is_an_error(device):
    """A gradient other than None for an argument that is not a tensor raises
    RuntimeError with the argument's position, counted from 1.
    """
    five = torch.tensor([5.0], device=device)
    x = leaf([1.0], device)

    with pytest.raises(RuntimeError, match="different than None at position 2"):
        returning(five, five).apply(x, 3).backward()

    assert x.grad is None


@claim(
    "autograd.function.number-of-gradients-rule",
    see="generated/torch.autograd.Function.backward",
)
@given(
    are_tensors=st.lists(st.booleans(), max_size=2),
    returned=st.lists(st.sampled_from([None, 3, 4]), max_size=4),
)
def test_the_number_of_gradients_follows_one_rule(are_tensors, returned, device):
    """For any kinds of arguments and any gradients and Nones returned, backward is
    accepted, and which gradients arrive, as the model says.
    """
    kinds = [True, *are_tensors]
    expected = accepted(kinds, returned)
    arguments = [leaf(1.0, device) if kind else 7 for kind in kinds]
    gradients = [
        None if value is None else torch.tensor(float(value), device=device)
        for value in returned
    ]

    y = returning(*gradients).apply(*arguments)
    if expected is None:
        with pytest.raises(RuntimeError, match="GivenBackward returned a"):
            y.backward()
    else:
        y.backward()
        grads = [x.grad for x in arguments if isinstance(x, torch.Tensor)]
        arrived = [None if grad is None else grad.item() for grad in grads]
        assert (kinds, returned, arrived) == (kinds, returned, expected)


@claim(
    "autograd.function.none-gradient", see="generated/torch.autograd.Function.backward"
)
def test_none_for_a_tensor_means_that_no_gradient_flows(device):
    """A backward that returns None for a tensor that requires gradients sends it none:
    its grad stays None, and what it was computed from gets nothing either.
    """
    x, other = leaf([1.0], device), leaf([1.0], device)
    middle = x * 2

    (returning(None).apply(middle) + other).backward()

    assert x.grad is None
    assert other.grad.tolist() == [1]


@claim(
    "autograd.function.same-tensor-twice",
    see="generated/torch.autograd.Function.backward",
)
def test_a_tensor_passed_twice_gets_the_sum_of_its_gradients(device):
    """A tensor that is passed for two arguments gets the sum of both gradients."""
    x = leaf([1.0], device)
    three = torch.tensor([3.0], device=device)
    four = torch.tensor([4.0], device=device)

    returning(three, four).apply(x, x).backward()

    assert x.grad.tolist() == [7]


@claim(
    "autograd.function.gradient-nobody-wants",
    see="generated/torch.autograd.Function.backward",
)
def test_the_gradient_of_a_tensor_that_requires_none_is_dropped(device):
    """What backward returns for a tensor that does not require gradients is dropped,
    whatever its shape.
    """
    x, constant = leaf([1.0, 2.0], device), torch.ones(2, device=device)
    right = torch.tensor([3.0, 4.0], device=device)

    returning(right, torch.ones(7, device=device)).apply(x, constant).sum().backward()

    assert x.grad.tolist() == [3, 4]
    assert constant.grad is None


@claim(
    "autograd.function.gradient-is-no-tensor",
    see="generated/torch.autograd.Function.backward",
)
def test_a_gradient_that_is_no_tensor_is_an_error(device):
    """A Python number in place of a tensor's gradient raises RuntimeError."""
    x = leaf([1.0], device)

    with pytest.raises(RuntimeError, match=r"expected Variable or None \(got float\)"):
        returning(3.0).apply(x).backward()

    assert x.grad is None


@claim(
    "autograd.function.gradient-shape",
    see="generated/torch.autograd.Function.backward",
)
@pytest.mark.parametrize("shape", [(3,), (1,), ()], ids=["longer", "size-1", "0-dim"])
def test_a_gradient_that_is_too_small_or_does_not_fit_is_an_error(shape, device):
    """A gradient of a shape that the argument's cannot be broadcast to raises
    RuntimeError, also one that could itself be broadcast to the argument's.
    """
    x, other = leaf([1.0, 2.0], device), leaf([1.0, 2.0], device)
    wrong = torch.ones(shape, device=device)
    right = torch.ones(2, device=device)

    with pytest.raises(RuntimeError, match="returned an invalid gradient at index 0"):
        returning(wrong, right).apply(x, other).sum().backward()
    with pytest.raises(RuntimeError, match="returned an invalid gradient at index 1"):
        returning(right, wrong).apply(x, other).sum().backward()

    assert (x.grad, other.grad) == (None, None)


@claim(
    "autograd.function.larger-gradient-is-summed",
    see="generated/torch.autograd.Function.backward",
)
def test_a_gradient_that_broadcasting_made_larger_is_summed(device):
    """A gradient of a shape that the argument's could be broadcast to is summed down
    to the argument's shape.
    """
    x, row = leaf([1.0, 2.0], device), leaf([[1.0, 2.0]], device)
    large = torch.tensor([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]], device=device)

    returning(large, large).apply(x, row).sum().backward()

    assert x.grad.tolist() == [111, 222]
    assert row.grad.tolist() == [[111, 222]]


@claim(
    "autograd.function.larger-gradient-rule",
    see="generated/torch.autograd.Function.backward",
)
@given(
    dims=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=3),
    more=st.lists(st.integers(1, 3), max_size=1),
)
def test_a_larger_gradient_is_summed_over_what_broadcasting_added(dims, more, device):
    """For any shape, and any that broadcasting makes of it, a gradient of the larger
    shape arrives summed over the added dimensions and over those that had size 1.
    """
    shape = [1 if stretched else size for size, stretched in dims]
    large = [*more, *(size for size, _ in dims)]
    x = torch.ones(shape, device=device, requires_grad=True)
    count = torch.ones(large, device=device).numel()
    gradient = torch.arange(float(count), device=device).reshape(large)

    returning(gradient).apply(x).sum().backward()

    assert (shape, large, list(x.grad.shape)) == (shape, large, shape)
    assert x.grad.flatten().tolist() == summed_to(shape, large)


@claim(
    "autograd.function.gradient-dtype",
    see="generated/torch.autograd.Function.backward",
)
@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.int64], ids=["float16", "int64"]
)
def test_a_gradient_of_another_dtype_is_converted(dtype, device):
    """A real gradient of another dtype is converted to the dtype of its argument; a
    complex one for a real argument raises RuntimeError.
    """
    x = leaf([1.0, 2.0], device)
    gradient = torch.tensor([3, 4], dtype=dtype, device=device)
    imaginary = torch.tensor([3j, 4j], device=device)
    ones = torch.ones(2, device=device)

    returning(gradient).apply(x).sum().backward()
    with pytest.raises(RuntimeError, match="input_is_complex == grad_is_complex"):
        torch.autograd.grad(returning(imaginary).apply(x), x, ones)

    assert x.grad.dtype == torch.float32
    assert x.grad.tolist() == [3, 4]


@claim(
    "autograd.function.tensors-in-a-list",
    see="generated/torch.autograd.Function.forward",
)
def test_tensors_inside_a_list_are_not_seen(device):
    """Tensors inside a list that is passed to a Function are not seen by autograd: the
    list counts as one argument that is not a tensor, and nothing is recorded.
    """
    needs = []

    class First(Function):
        @staticmethod
        def forward(ctx, tensors):
            needs.append(ctx.needs_input_grad)
            return tensors[0] * 2

    x = leaf([3.0], device)

    y = First.apply([x])

    assert y.tolist() == [6]
    assert (y.requires_grad, y.grad_fn) == (False, None)
    assert needs == [(False,)]


@claim(
    "autograd.function.defaults-are-not-arguments",
    see="generated/torch.autograd.Function.forward",
)
def test_an_argument_left_at_its_default_needs_no_gradient(device):
    """Where forward takes ctx, an argument that the caller leaves at its default is no
    argument: backward returns a gradient for those that were passed.
    """

    class Times(Function):
        @staticmethod
        def forward(ctx, x, factor=3):
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = leaf([1.0], device)

    y = Times.apply(x)
    y.backward()

    assert y.tolist() == [3]
    assert x.grad.tolist() == [3]
    with pytest.raises(RuntimeError, match=r"gradients \(expected 2, got 1\)"):
        Times.apply(x, 3).backward()


@claim(
    "autograd.function.keyword-arguments",
    see="autograd#torch.autograd.Function",
    since="2.13",
)
def test_apply_takes_arguments_by_keyword(device):
    """An argument given to apply() by keyword goes to the place that it has in forward,
    for the gradients too, with setup_context as without; an unknown one, or one given
    twice, raises TypeError.
    """
    x, y = leaf([1.0], device), leaf([2.0], device)

    class Weigh(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a * 3 + b * 5

        @staticmethod
        def backward(ctx, grad):
            return grad * 3, grad * 5

    class Split(Weigh):
        @staticmethod
        def forward(a, b):
            return a * 3 + b * 5

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.inputs = inputs

    mixed, swapped = Weigh.apply(x, b=y), Weigh.apply(b=x, a=y)
    split = Split.apply(b=x, a=y)
    swapped.backward()

    assert (mixed.tolist(), swapped.tolist()) == ([13], [11])
    assert (x.grad.tolist(), y.grad.tolist()) == ([5], [3])
    assert split.tolist() == [11]
    assert split.grad_fn.inputs[0] is y
    with pytest.raises(TypeError, match="unexpected keyword argument 'c'"):
        Weigh.apply(x, y, c=1)
    with pytest.raises(TypeError, match="multiple values for argument 'a'"):
        Weigh.apply(x, a=y)


@claim(
    "autograd.function.no-keyword-arguments",
    see="autograd#torch.autograd.Function",
    until="2.13",
)
def test_apply_takes_no_arguments_by_keyword(device):
    """An argument given to apply() by keyword raises TypeError."""
    x = leaf([1.0], device)

    with pytest.raises(TypeError, match="takes no keyword arguments"):
        Scale.apply(x, factor=3)


# --- grad mode, and what is asked for -------------------------------------------------


@claim(
    "autograd.function.forward-runs-without-grad",
    see="generated/torch.autograd.Function.forward",
)
def test_forward_runs_without_grad_and_backward_too_unless_a_graph_is_made(device):
    """Inside forward gradients are off and its operations unrecorded, though its inputs
    are the caller's; inside backward they are off too, unless create_graph is set.
    """
    seen, modes = [], []

    class Watched(Function):
        @staticmethod
        def forward(ctx, x):
            inner = x * 2
            seen.extend((x, torch.is_grad_enabled(), inner.requires_grad))
            return inner

        @staticmethod
        def backward(ctx, grad):
            modes.append(torch.is_grad_enabled())
            return grad * 2

    x = leaf([1.0], device)

    y = Watched.apply(x)
    torch.autograd.grad(y, x, retain_graph=True)
    torch.autograd.grad(y, x, create_graph=True)

    assert seen[0] is x
    assert x.requires_grad is True
    assert seen[1:] == [False, False]
    assert modes == [False, True]
    assert torch.is_grad_enabled()


@claim(
    "autograd.function.needs-input-grad",
    see="notes/extending",
)
def test_needs_input_grad_tells_which_arguments_require_gradients(device):
    """ctx.needs_input_grad has one flag for each argument, in forward and in backward:
    True for a tensor that requires gradients, even inside no_grad.
    """
    needs = []

    class Watched(Function):
        @staticmethod
        def forward(ctx, a, number, b, c):
            needs.append(ctx.needs_input_grad)
            return a * b * c

        @staticmethod
        def backward(ctx, grad):
            needs.append(ctx.needs_input_grad)
            return grad, None, None, grad

    a, b, c = leaf([1.0], device), torch.ones(1, device=device), leaf([1.0], device)

    y = Watched.apply(a, 2, b, c)
    y.backward()
    with torch.no_grad():
        Watched.apply(b, 2, a, b)

    assert needs == [
        (True, False, False, True),
        (True, False, False, True),
        (False, False, True, False),
    ]


# --- saved tensors --------------------------------------------------------------------


@claim(
    "autograd.function.saved-tensors",
    see="generated/torch.autograd.function.FunctionCtx.save_for_backward",
)
def test_saved_tensors_last_until_they_are_freed(device):
    """What save_for_backward kept is there for as many passes as keep the graph; after
    one that frees it, a further pass raises RuntimeError, and so does reading it.
    """
    x = leaf([3.0], device)
    y = Square.apply(x)

    y.backward(retain_graph=True)
    assert y.grad_fn.saved_tensors[0].tolist() == [3]
    assert x.grad.requires_grad is False
    y.backward()

    assert x.grad.tolist() == [12]
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()
    with pytest.raises(RuntimeError, match="after they have already been freed"):
        y.grad_fn.saved_tensors
    assert x.grad.tolist() == [12]


@claim(
    "autograd.function.saved-tensors-are-checked",
    see="generated/torch.autograd.function.FunctionCtx.save_for_backward",
)
def test_a_saved_tensor_that_was_changed_is_an_error(device):
    """Reading a saved input or output that was changed in place since raises
    RuntimeError in the backward pass.
    """

    class Exponential(Function):
        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, grad):
            (result,) = ctx.saved_tensors
            return grad * result

    x = leaf([1.0], device)
    middle = x * 1
    of_middle, exponential = Square.apply(middle), Exponential.apply(x)

    middle.add_(1)
    exponential.add_(1)

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        of_middle.backward()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        exponential.backward()
    assert x.grad is None


@claim(
    "autograd.function.attributes-are-not-checked",
    see="generated/torch.autograd.function.FunctionCtx.save_for_backward",
)
def test_attributes_of_ctx_are_neither_freed_nor_checked(device):
    """A tensor that is put on ctx as an attribute is there for any number of passes,
    and one that was changed in place is used as it is now, without an error.
    """

    class Attribute(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * ctx.x.detach() * grad

    x = leaf([3.0], device)
    middle = x * 1
    y = Attribute.apply(middle)

    (before,) = torch.autograd.grad(y, middle)
    with torch.no_grad():
        middle.fill_(50)
    (after,) = torch.autograd.grad(y, middle)

    assert before.tolist() == [6]
    assert after.tolist() == [100]
    assert y.grad_fn.x is middle


@claim(
    "autograd.function.what-is-saved",
    see="generated/torch.autograd.function.FunctionCtx.save_for_backward",
)
def test_saved_tensors_come_back_in_order(device):
    """saved_tensors is a tuple of what was saved, in its order: an input is the same
    tensor, an output has its history, an intermediate result has none, None is None.
    """
    saved = []

    class Keep(Function):
        @staticmethod
        def forward(ctx, x):
            result, inner = x * 2, x * 3
            ctx.save_for_backward(x, None, result, inner)
            return result

        @staticmethod
        def backward(ctx, grad):
            saved.append(ctx.saved_tensors)
            return grad * 2

    x = leaf([1.0, 2.0], device)

    y = Keep.apply(x)
    y.sum().backward()
    given_input, nothing, result, inner = saved[0]

    assert type(saved[0]) is tuple
    assert given_input is x
    assert nothing is None
    assert shares_storage(result, y)
    assert result.grad_fn is y.grad_fn
    assert result.tolist() == [2, 4]
    assert (inner.grad_fn, inner.requires_grad) == (None, False)
    assert inner.tolist() == [3, 6]


@claim(
    "autograd.function.save-once",
    see="generated/torch.autograd.function.FunctionCtx.save_for_backward",
)
def test_the_last_call_of_save_for_backward_counts(device):
    """A second save_for_backward replaces what the first one saved; where nothing is
    saved, saved_tensors is empty.
    """
    saved = []

    class Twice(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, x)
            ctx.save_for_backward(x * 5)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            saved.append([tensor.tolist() for tensor in ctx.saved_tensors])
            return grad * 2

    class Never(Twice):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    x = leaf([1.0], device)

    Twice.apply(x).backward()
    Never.apply(x).backward()

    assert saved == [[[5]], []]
    assert x.grad.tolist() == [4]


@claim(
    "autograd.function.repeatable-without-saved-tensors",
    see="generated/torch.autograd.function.FunctionCtx.save_for_backward",
)
def test_a_backward_that_reads_no_saved_tensor_can_run_again(device):
    """A backward that does not read saved_tensors runs in any number of passes, though
    none of them keeps the graph, and whatever became of the tensors that were saved.
    """

    class Unread(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = leaf([1.0], device)
    y = Unread.apply(x)

    with torch.no_grad():
        x.add_(1)
    y.backward()
    y.backward()

    assert x.grad.tolist() == [4]


@claim(
    "autograd.function.save-tensors-only",
    see="generated/torch.autograd.function.FunctionCtx.save_for_backward",
)
def test_only_tensors_can_be_saved(device):
    """A Python number given to save_for_backward makes apply() raise TypeError; given
    to save_for_forward, which takes tensors and None, it raises AssertionError.
    """

    class SavesNumber(Square):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, 3)
            return x * 3

    class SavesForForward(Square):
        @staticmethod
        def forward(ctx, x, third):
            ctx.save_for_forward(x, None, third)
            return x * 3

    x = leaf([1.0], device)

    with pytest.raises(TypeError, match="can only save variables, but argument 1 is"):
        SavesNumber.apply(x)
    with pytest.raises(AssertionError, match="expects all arguments to be tensors"):
        SavesForForward.apply(x, 3)
    assert SavesForForward.apply(x, x).tolist() == [3]


@claim(
    "autograd.function.saved-tensors-hooks",
    see="autograd#torch.autograd.graph.saved_tensors_hooks",
)
def test_saved_tensors_pass_through_hooks_for_saved_tensors(device):
    """saved_tensors_hooks packs what save_for_backward keeps, and unpacks it when
    backward reads it; where a Function records nothing, nothing is packed.
    """
    packed = []
    x = leaf([3.0], device)

    def pack(tensor):
        packed.append(tensor.tolist())
        return tensor.detach() * 10

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor + 1):
        Square.apply(x.detach())
        y = Square.apply(x)
    y.backward()

    assert packed == [[3]]
    assert x.grad.tolist() == [2 * 31]


# --- outputs --------------------------------------------------------------------------


class Both(Function):
    """Twice and three times a tensor; the gradients that backward gets are kept."""

    @staticmethod
    def forward(ctx, x, seen, materialize=True):
        """Compute twice the tensor, and three times its first element."""
        ctx.seen = seen
        ctx.set_materialize_grads(materialize)
        return x * 2, x[:1] * 3

    @staticmethod
    def backward(ctx, *grads):
        """Note the gradient of each output."""
        ctx.seen.append([grad if grad is None else grad.tolist() for grad in grads])
        return None, None, None


@claim(
    "autograd.function.several-outputs",
    see="generated/torch.autograd.Function.forward",
)
def test_a_function_may_have_several_outputs(device):
    """A tuple that forward returns, also of one tensor, becomes a tuple of results that
    share one grad_fn; backward runs once, with the gradient of each output in their
    order.
    """
    seen = []

    class Single(Function):
        @staticmethod
        def forward(ctx, x):
            return (x * 5,)

    x = leaf([1.0, 2.0], device)
    of_double = torch.tensor([10.0, 20.0], device=device)
    of_triple = torch.tensor([30.0], device=device)

    results = Both.apply(x, seen)
    double, triple = results
    torch.autograd.backward(results, (of_double, of_triple))

    assert type(results) is tuple
    assert (double.tolist(), triple.tolist()) == ([2, 4], [3])
    assert [type(Single.apply(x)), Single.apply(x)[0].tolist()] == [tuple, [5, 10]]
    assert double.grad_fn is triple.grad_fn
    assert (double.output_nr, triple.output_nr) == (0, 1)
    assert seen == [[[10, 20], [30]]]


@claim(
    "autograd.function.unused-output-gradient",
    see="generated/torch.autograd.function.FunctionCtx.set_materialize_grads",
)
def test_the_gradient_of_an_unused_output_is_zeros(device):
    """For an output that has no part in the loss, backward gets zeros in the output's
    shape, or None after set_materialize_grads(False).
    """
    seen = []
    x = leaf([1.0, 2.0], device)

    Both.apply(x, seen)[0].sum().backward()
    Both.apply(x, seen)[1].sum().backward()
    Both.apply(x, seen, False)[0].sum().backward()
    Both.apply(x, seen, False)[1].sum().backward()
    Both.apply(x, seen, True)[1].sum().backward()

    assert seen == [
        [[1, 1], [0]],
        [[0, 0], [1]],
        [[1, 1], None],
        [None, [1]],
        [[0, 0], [1]],
    ]


@claim(
    "autograd.function.mark-non-differentiable",
    see="generated/torch.autograd.function.FunctionCtx.mark_non_differentiable",
)
def test_an_output_marked_non_differentiable_does_not_require_gradients(device):
    """An output given to mark_non_differentiable() is a leaf that does not require
    gradients; backward gets zeros for it, or None where they are not materialized.
    """
    seen = []

    class Marks(Function):
        @staticmethod
        def forward(ctx, x, materialize):
            ctx.set_materialize_grads(materialize)
            marked = x * 3
            ctx.mark_non_differentiable(marked)
            return x * 2, marked

        @staticmethod
        def backward(ctx, grad, of_marked):
            seen.append(of_marked if of_marked is None else of_marked.tolist())
            return grad * 2, None

    x = leaf([1.0, 2.0], device)

    result, marked = Marks.apply(x, True)
    (result + marked).sum().backward()
    Marks.apply(x, False)[0].sum().backward()

    assert (result.requires_grad, marked.requires_grad) == (True, False)
    assert (marked.grad_fn, marked.is_leaf) == (None, True)
    assert (result.tolist(), marked.tolist()) == ([2, 4], [3, 6])
    assert seen == [[0, 0], None]
    assert x.grad.tolist() == [4, 4]


@claim(
    "autograd.function.integer-output",
    see="generated/torch.autograd.function.FunctionCtx.mark_non_differentiable",
)
def test_an_output_of_integers_is_not_differentiable(device):
    """An output of integers does not require gradients without being marked; backward
    gets zeros for it, of integers.
    """
    seen = []

    class Places(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, torch.tensor([7, 8], device=x.device)

        @staticmethod
        def backward(ctx, grad, of_integers):
            seen.append((of_integers.tolist(), of_integers.dtype))
            return grad * 2

    x = leaf([1.0, 2.0], device)

    result, integers = Places.apply(x)
    result.sum().backward()

    assert (integers.requires_grad, integers.grad_fn) == (False, None)
    assert integers.tolist() == [7, 8]
    assert seen == [([0, 0], torch.int64)]
    assert x.grad.tolist() == [2, 2]


@claim(
    "autograd.function.outputs-that-are-no-tensors",
    see="generated/torch.autograd.Function.forward",
)
def test_outputs_that_are_no_tensors_are_handed_on(device):
    """Outputs that are not tensors reach the caller as they are, and backward gets None
    for each; tensors inside a list are handed on unrecorded.
    """
    seen = []

    class Mixed(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, "name", None, [x * 3]

        @staticmethod
        def backward(ctx, grad, *others):
            seen.append(others)
            return grad * 2

    x = leaf([1.0], device)

    result, name, nothing, listed = Mixed.apply(x)
    result.backward()

    assert (name, nothing) == ("name", None)
    assert (listed[0].tolist(), listed[0].requires_grad) == ([3], False)
    assert seen == [(None, None, None)]
    assert x.grad.tolist() == [2]


@claim(
    "autograd.function.input-as-output",
    see="notes/extending",
)
def test_an_input_that_is_returned_becomes_a_view_with_its_own_history(device):
    """An input that forward returns as it is reaches the caller as a new tensor over
    the same storage, a view of the input, and backward is used as for any output.
    """

    class Same(Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 5

    x = leaf([1.0, 2.0], device)

    y = Same.apply(x)
    y.sum().backward()

    assert y is not x
    assert shares_storage(y, x)
    assert y._base is x
    assert y.grad_fn.name() == "SameBackward"
    assert (x.grad_fn, x.grad.tolist()) == (None, [5, 5])


@claim(
    "autograd.function.no-writing-through-a-returned-view",
    see="notes/extending",
)
@pytest.mark.parametrize("part", [slice(None), slice(1)], ids=["input", "view"])
def test_a_view_that_a_function_returned_cannot_be_changed_in_place(part, device):
    """A recorded change in place of a result that is a view of an input raises
    RuntimeError and changes nothing; inside no_grad it is made, and reaches the input.
    """
    x = leaf([1.0, 2.0], device)

    class Part(Function):
        @staticmethod
        def forward(ctx, x):
            return x[part]

        @staticmethod
        def backward(ctx, grad):
            return grad

    y = Part.apply(x)

    with pytest.raises(RuntimeError, match="view was created inside a custom Function"):
        y.mul_(2)
    assert x.tolist() == [1, 2]
    assert shares_storage(y, x)
    with torch.no_grad():
        y[0] = 7

    assert x.tolist() == [7, 2]


# --- changing an input in place -------------------------------------------------------


class Triple(Function):
    """Three times a tensor, in place."""

    @staticmethod
    def forward(ctx, x):
        """Write the product into the input."""
        ctx.mark_dirty(x)
        return x.mul_(3)

    @staticmethod
    def backward(ctx, grad):
        """Multiply by three."""
        return grad * 3


@claim(
    "autograd.function.mark-dirty",
    see="generated/torch.autograd.function.FunctionCtx.mark_dirty",
)
def test_a_dirty_input_takes_the_functions_history(device):
    """An input that forward changes, marks with mark_dirty() and returns is the result
    itself: it takes the Function's history, and its version goes up, even where the
    change itself is one that autograd cannot see.
    """

    class Unseen(Triple):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.data.mul_(3)
            return x

    x = leaf([1.0, 2.0], device)
    middle = x * 1
    used = Square.apply(middle)

    y = Triple.apply(middle)
    y.sum().backward()

    assert y is middle
    assert middle.tolist() == [3, 6]
    assert middle.grad_fn.name() == "TripleBackward"
    assert x.grad.tolist() == [3, 3]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        used.sum().backward()
    before = middle._version
    assert Unseen.apply(middle) is middle
    assert middle.tolist() == [9, 18]
    assert middle._version > before > 0


@claim(
    "autograd.function.dirty-view",
    see="generated/torch.autograd.function.FunctionCtx.mark_dirty",
)
def test_a_dirty_view_changes_the_history_of_its_base(device):
    """Where the dirty input is a view, the tensor that it is a view of takes the change
    and its gradient.
    """
    x = leaf([1.0, 2.0], device)
    base = x * 1
    view = base[:1]

    y = Triple.apply(view)
    base.sum().backward()

    assert y is view
    assert base.tolist() == [3, 2]
    assert x.grad.tolist() == [3, 1]


@claim(
    "autograd.function.unmarked-change",
    see="generated/torch.autograd.function.FunctionCtx.mark_dirty",
)
def test_a_change_that_is_not_marked_stays_out_of_the_inputs_history(device):
    """Without mark_dirty() an input that forward changes and returns keeps its history:
    the result is another tensor, and only through it does the change have a gradient.
    """

    class Forgets(Triple):
        @staticmethod
        def forward(ctx, x):
            return x.mul_(3)

    x = leaf([1.0, 2.0], device)
    middle = x * 1

    y = Forgets.apply(middle)
    middle.sum().backward(retain_graph=True)
    through_the_input = x.grad.tolist()
    y.sum().backward()

    assert y is not middle
    assert (middle.tolist(), y.tolist()) == ([3, 6], [3, 6])
    assert middle.grad_fn.name() == "MulBackward0"
    assert through_the_input == [1, 1]
    assert x.grad.tolist() == [1 + 3, 1 + 3]


@claim(
    "autograd.function.dirty-must-be-returned",
    see="generated/torch.autograd.function.FunctionCtx.mark_dirty",
)
def test_a_dirty_input_must_be_returned(device):
    """A dirty input that is not among the outputs makes apply() raise RuntimeError; a
    dirty tensor that is no input only draws a warning.
    """

    class Hides(Triple):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(3) * 1

    class NoInput(Triple):
        @staticmethod
        def forward(ctx, x):
            result = x * 3
            ctx.mark_dirty(result)
            return result

    x = leaf([1.0], device) * 1

    with pytest.warns(UserWarning, match="Only input Tensors"):
        y = NoInput.apply(x)
    with pytest.raises(RuntimeError, match="dirty during the forward method were not"):
        Hides.apply(x)

    assert y.tolist() == [3]
    assert y.grad_fn.name() == "NoInputBackward"


@claim(
    "autograd.function.dirty-leaf",
    see="generated/torch.autograd.function.FunctionCtx.mark_dirty",
)
def test_a_leaf_that_requires_gradients_cannot_be_dirty(device):
    """A dirty leaf that requires gradients makes apply() raise RuntimeError, when
    forward has changed its values already; inside no_grad, and for any other leaf, it
    is fine.
    """
    x = leaf([1.0], device)
    plain = torch.ones(1, device=device)

    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        Triple.apply(x)
    assert x.tolist() == [3]
    Triple.apply(plain)
    with torch.no_grad():
        Triple.apply(x)

    assert x.tolist() == [9]
    assert (x.is_leaf, x.grad_fn) == (True, None)
    assert (plain.tolist(), plain.requires_grad) == ([3], False)


# --- second derivatives ---------------------------------------------------------------


class Cube(Function):
    """The third power, with a backward of recorded operations."""

    @staticmethod
    def forward(ctx, x):
        """Compute the third power, and save the input."""
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, grad):
        """Multiply by three times the input's square."""
        (x,) = ctx.saved_tensors
        return 3 * x * x * grad


@claim("autograd.function.double-backward", see="notes/extending")
def test_a_backward_of_recorded_operations_can_be_differentiated(device):
    """With create_graph the operations of backward are recorded, so a Function whose
    backward works on saved inputs can be differentiated again and again.
    """
    x = leaf([2.0, 3.0], device)

    (first,) = torch.autograd.grad(Cube.apply(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), x)

    assert first.tolist() == [12, 27]
    assert second.tolist() == [12, 18]
    assert third.tolist() == [6, 6]


@claim(
    "autograd.function.saved-intermediate-is-a-constant",
    see="notes/extending",
)
def test_a_saved_intermediate_result_is_a_constant_in_the_second_derivative(device):
    """A result of forward's own that is saved and is no output counts as a constant in
    the second derivative, which comes out wrong without an error.
    """

    class Cube(Function):
        @staticmethod
        def forward(ctx, x):
            square = x * x
            ctx.save_for_backward(square)
            return square * x

        @staticmethod
        def backward(ctx, grad):
            (square,) = ctx.saved_tensors
            return 3 * square * grad

    x = leaf([2.0], device)

    (first,) = torch.autograd.grad(Cube.apply(x * x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)

    assert first.tolist() == [6 * 2**5]
    assert second.tolist() == [3 * 4**2 * 2]


@claim(
    "autograd.function.once-differentiable",
    see="generated/torch.autograd.function.once_differentiable",
)
def test_once_differentiable_refuses_the_second_derivative(device):
    """A backward marked with once_differentiable runs without grad even with
    create_graph; its gradient has the right values, and differentiating it raises
    RuntimeError.
    """
    modes = []

    class Once(Square):
        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            modes.append(torch.is_grad_enabled())
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    x, weight = leaf([3.0], device), leaf([5.0], device)

    (plain,) = torch.autograd.grad(Once.apply(x) * weight, x)
    (first,) = torch.autograd.grad(Once.apply(x) * weight, x, create_graph=True)

    assert Once.backward.__name__ == "backward"
    assert modes == [False, False]
    assert (plain.tolist(), plain.requires_grad) == ([30], False)
    assert (first.tolist(), first.requires_grad) == ([30], True)
    with pytest.raises(RuntimeError, match="trying to differentiate twice a function"):
        first.backward()


@claim(
    "autograd.function.once-differentiable-several",
    see="generated/torch.autograd.function.once_differentiable",
)
def test_once_differentiable_marks_every_gradient_that_there_is(device):
    """Of several gradients that a once_differentiable backward returns, each tensor
    raises when it is differentiated, and None stays None, in as well as out; a tensor
    of yours that it returns goes on requiring no gradients itself.
    """
    seen = []
    fifteen = torch.tensor([15.0], device=device)

    class Once(Function):
        @staticmethod
        def forward(ctx, a, number, b):
            ctx.set_materialize_grads(False)
            return a * 5, a * 2 + b * 3

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, unused, grad):
            seen.append(unused)
            return grad * 2, None, fifteen

    a, b, weight = leaf([1.0], device), leaf([1.0], device), leaf([5.0], device)

    loss = Once.apply(a, 7, b)[1] * weight
    of_a, of_b = torch.autograd.grad(loss, (a, b), create_graph=True)

    assert seen == [None]
    assert (of_a.tolist(), of_b.tolist()) == ([10], [15])
    assert fifteen.requires_grad is False
    with pytest.raises(RuntimeError, match="marked with @once_differentiable"):
        of_a.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="marked with @once_differentiable"):
        of_b.backward()


@claim(
    "autograd.function.once-differentiable-constant",
    see="generated/torch.autograd.function.once_differentiable",
)
def test_once_differentiable_gradient_of_a_constant_requires_nothing(device):
    """Where the gradient that comes in does not require gradients, the one that a
    once_differentiable backward returns does not either, with create_graph too.
    """

    class Once(Square):
        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    x = leaf([3.0], device)

    (first,) = torch.autograd.grad(Once.apply(x), x, create_graph=True)

    assert first.tolist() == [6]
    assert (first.requires_grad, first.grad_fn) == (False, None)


# --- setup_context --------------------------------------------------------------------


@claim(
    "autograd.function.setup-context",
    see="notes/extending",
    since="2.0",
)
def test_setup_context_saves_what_backward_needs(device):
    """Where a Function defines setup_context, forward takes no ctx: setup_context gets
    it after forward, without grad, with a tuple of the arguments and the output. The
    gradient is that of a Function whose forward takes ctx.
    """
    seen = []

    class Split(Function):
        @staticmethod
        def forward(x, factor):
            seen.append("forward")
            return x * x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.append(("setup", torch.is_grad_enabled(), output.tolist()))
            assert type(inputs) is tuple
            x, ctx.factor = inputs
            ctx.save_for_backward(x)
            return "ignored"

        @staticmethod
        def backward(ctx, grad):
            seen.append("backward")
            (x,) = ctx.saved_tensors
            return 2 * x * ctx.factor * grad, None

    x = leaf([3.0], device)

    y = Split.apply(x, 5)
    y.backward()
    (combined,) = torch.autograd.grad(Square.apply(x) * 5, x)

    assert y.tolist() == [45]
    assert y.grad_fn.name() == "SplitBackward"
    assert y.grad_fn.factor == 5
    assert (x.grad.tolist(), combined.tolist()) == ([30], [30])
    assert seen == ["forward", ("setup", False, [45]), "backward"]


@claim(
    "autograd.function.setup-context-output",
    see="notes/extending",
    since="2.0",
)
def test_setup_context_may_save_the_output_and_mark_it(device):
    """In setup_context an output can be saved and another marked non-differentiable, as
    in a forward that takes ctx.
    """

    class Split(Function):
        @staticmethod
        def forward(x):
            return x * 4, x * 3

        @staticmethod
        def setup_context(ctx, inputs, output):
            result, marked = output
            ctx.save_for_backward(result)
            ctx.mark_non_differentiable(marked)

        @staticmethod
        def backward(ctx, grad, of_marked):
            (result,) = ctx.saved_tensors
            return result * grad

    x = leaf([3.0], device)

    y, marked = Split.apply(x)
    y.backward()

    assert (y.requires_grad, marked.requires_grad) == (True, False)
    assert x.grad.tolist() == [12]


@claim(
    "autograd.function.setup-context-is-not-known",
    see="notes/extending",
    until="2.0",
)
def test_setup_context_was_not_called_before(device):
    """A method called setup_context means nothing: forward gets ctx in any case, so
    that one which does not take it raises TypeError.
    """

    class Split(Function):
        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

    x = leaf([3.0], device)

    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        Split.apply(x)


@claim(
    "autograd.function.setup-context-defaults",
    see="notes/extending",
    since="2.2",
)
def test_setup_context_gets_the_defaults_of_forward(device):
    """Where a Function defines setup_context, an argument that is left at its default
    is filled in: setup_context gets it, and backward returns a gradient for it.
    """
    seen = []

    class Split(Function):
        @staticmethod
        def forward(x, factor=5):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.append(inputs[1])
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, grad

    x, factor = leaf([3.0], device), leaf([7.0], device)

    y = Split.apply(x, factor)
    y.backward()
    with pytest.raises(RuntimeError, match="different than None at position 2"):
        Split.apply(x).backward()

    assert seen[0] is factor
    assert seen[1] == 5
    assert (x.grad.tolist(), factor.grad.tolist()) == ([7], [1])

"""Grad: asking for gradients instead of storing them.

The function ``torch.autograd.grad()`` makes the same pass as ``backward()``, but goes
only as far as the tensors that it is asked about, and returns their gradients instead
of adding them into ``.grad``. It may be asked about any tensor on the way, leaf or not.
With ``create_graph=True`` what it returns is part of a graph, so that it can be asked
again: gradients of gradients.

It is easily confused with the gradient itself: the result is always a tuple, also for
one tensor. Nor do ones stand for missing gradients of results of several elements, and
a tensor that took no part is an error unless it is allowed.
"""

import inspect
import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd.gradcheck import GradcheckError

from spec.models.autodiff import polynomial, transposed_product
from torch_semantics import Difference, claim
from torch_semantics.words import shares_storage

NO_FLOAT64 = Difference("mps", "there is no float64", raises=TypeError, match="float64")

# --- what it returns ------------------------------------------------------------------


@claim("autograd.grad.returns-tuple-only", see="generated/torch.autograd.grad")
def test_grad_returns_a_tuple_and_stores_nothing(device):
    """The function grad() returns a tuple with a gradient for each input, of one for a
    single tensor, without a graph, and leaves every grad None; results are summed, and
    an input may be on the way or listed twice.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    y = torch.tensor([5.0, 7.0], device=device, requires_grad=True)
    middle = x * y
    results = ((middle * 10).sum(), x.sum())

    single = torch.autograd.grad((x * x).sum(), x)
    several = torch.autograd.grad(results, [middle, y, x, y])

    assert type(single) is tuple
    assert [gradient.tolist() for gradient in single] == [[4.0, 6.0]]
    assert type(several) is tuple
    assert [gradient.tolist() for gradient in several] == [
        [10.0, 10.0],
        [20.0, 30.0],
        [51.0, 71.0],
        [20.0, 30.0],
    ]
    assert (single[0].requires_grad, single[0].grad_fn) == (False, None)
    assert (x.grad, y.grad) == (None, None)


@claim("autograd.grad.dtype-and-shape", see="generated/torch.autograd.grad")
def test_a_gradient_has_the_shape_dtype_and_device_of_its_input(device):
    """Each gradient has the shape, dtype and device of its input, whatever those of the
    result.
    """
    narrow = torch.ones(2, 1, dtype=torch.bfloat16, device=device, requires_grad=True)
    wide = torch.ones(3, device=device, requires_grad=True)

    by_narrow, by_wide = torch.autograd.grad((narrow * wide).sum(), (narrow, wide))

    assert (by_narrow.dtype, by_wide.dtype) == (torch.bfloat16, torch.float32)
    assert by_narrow.tolist() == [[3.0], [3.0]]
    assert by_wide.tolist() == [2.0, 2.0, 2.0]
    assert (by_narrow.device, by_wide.device) == (device, device)


@claim("autograd.grad.input-forms", see="generated/torch.autograd.grad")
@pytest.mark.parametrize(
    "collect",
    [lambda *x: list(x), lambda *x: tuple(x), lambda *x: iter(x)],
    ids=["list", "tuple", "iterator"],
)
def test_results_and_inputs_may_be_in_any_sequence(collect, device):
    """The results and the inputs may be lists, tuples or iterators, and the gradients
    come in the order of the inputs.
    """
    x = torch.tensor(2.0, device=device, requires_grad=True)
    y = torch.tensor(3.0, device=device, requires_grad=True)
    product = x * y

    gradients = torch.autograd.grad(collect(product, x * 10), collect(y, x))

    assert type(gradients) is tuple
    assert [gradient.tolist() for gradient in gradients] == [2.0, 13.0]


@claim(
    "autograd.grad.inputs-in-a-dict",
    see="generated/torch.autograd.grad",
    since="2.13",
)
def test_inputs_in_a_dict_give_a_dict_of_gradients(device):
    """A dict of inputs gives a dict of gradients under the same names, in the same
    order, with None where an unused input is allowed and zeros where they are asked
    for.
    """
    x = torch.tensor(2.0, device=device, requires_grad=True)
    y = torch.tensor(3.0, device=device, requires_grad=True)
    inputs = {"y": y, "x": x}

    used = torch.autograd.grad(x * y, inputs)
    unused = torch.autograd.grad(x * x, inputs, allow_unused=True)
    zeros = torch.autograd.grad(x * x, inputs, materialize_grads=True)

    assert type(used) is dict
    assert list(used) == ["y", "x"]
    assert (used["y"].tolist(), used["x"].tolist()) == (2.0, 3.0)
    assert (unused["y"], unused["x"].tolist()) == (None, 4.0)
    assert (zeros["y"].tolist(), zeros["x"].tolist()) == (0.0, 4.0)


@claim(
    "autograd.grad.inputs-in-another-mapping",
    see="generated/torch.autograd.grad",
    since="2.13",
)
def test_inputs_in_a_mapping_that_is_not_a_dict_are_refused(device):
    """A mapping of inputs that is not a dict, or is of a subclass, raises TypeError."""
    x = torch.tensor(2.0, device=device, requires_grad=True)
    result = x * x

    class Named(dict):
        pass

    with pytest.raises(TypeError, match="must be a dict, not Named"):
        torch.autograd.grad(result, Named(x=x))

    assert torch.autograd.grad(result, x)[0].tolist() == 4.0


@claim("autograd.grad.keeps-gradients", see="generated/torch.autograd.grad")
def test_grad_leaves_existing_gradients_alone(device):
    """The function grad() writes no grad: not of its inputs, not of other leaves, and
    not of tensors on the way that retain theirs without being asked about.
    """
    x = torch.tensor(2.0, device=device, requires_grad=True)
    other = torch.tensor(3.0, device=device, requires_grad=True)
    x.grad = stored = torch.tensor(100.0, device=device)
    middle = x * other

    torch.autograd.grad(middle * 10, x)

    assert x.grad is stored
    assert stored.tolist() == 100.0
    assert other.grad is None


@claim("autograd.grad.result-as-input", see="generated/torch.autograd.grad")
def test_the_gradient_of_a_result_by_itself_is_what_the_pass_starts_from(device):
    """A result may be among the inputs, leaf or not: its gradient by itself is the one
    that was given, or 1.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = (x * x).sum()
    given_gradient = torch.tensor([5.0, 7.0], device=device)

    by_itself, by_x = torch.autograd.grad(result, [result, x])
    (of_leaf,) = torch.autograd.grad(x, x, given_gradient)

    assert by_itself.tolist() == 1.0
    assert by_x.tolist() == [4.0, 6.0]
    assert of_leaf.tolist() == [5.0, 7.0]


@claim("autograd.grad.on-the-way", see="generated/torch.autograd.grad")
def test_the_gradient_of_a_tensor_on_the_way_does_not_need_what_lies_before(device):
    """Asked about a tensor on the way, the pass ends there: hooks of tensors behind it
    are not called, and the part behind it is not freed.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    calls = []
    start = x * 1
    start.register_hook(lambda gradient: calls.append(gradient.tolist()))
    trunk = start * start

    (by_trunk,) = torch.autograd.grad((trunk * trunk).sum(), trunk)
    before = list(calls)
    (by_x,) = torch.autograd.grad(trunk.sum(), x)

    assert by_trunk.tolist() == [8.0, 18.0]
    assert before == []
    assert by_x.tolist() == [4.0, 6.0]
    assert calls == [[4.0, 6.0]]


@claim("autograd.grad.hooks-of-inputs", see="notes/autograd", since="2.0")
def test_hooks_of_a_leaf_are_called_and_may_replace_its_gradient(device):
    """The hooks of a leaf among the inputs are called with its gradient, and what they
    return is what grad() returns; those of other leaves are not called.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    other = torch.tensor([5.0, 7.0], device=device, requires_grad=True)
    calls = []
    x.register_hook(lambda gradient: gradient + 1)
    other.register_hook(calls.append)

    (gradient,) = torch.autograd.grad((x * other).sum(), x)

    assert gradient.tolist() == [6.0, 8.0]
    assert calls == []


class Asked(torch.Tensor):
    """A tensor that answers grad() with what it was called with."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), options=None):
        """Answer in the function's place, or let it go on."""
        if function.__name__ == "grad":
            return {"args": args, **options}
        return super().__torch_function__(function, types, args, options or {})


@claim("autograd.grad.subclass", see="notes/extending")
def test_a_subclass_among_results_or_inputs_is_asked_instead(device):
    """The function grad() asks the __torch_function__ of a subclass among its results
    or inputs instead of making a pass, and hands over tuples of these by place and its
    options by name.
    """
    x = torch.tensor(2.0, device=device, requires_grad=True)
    one, asked = torch.ones((), device=device), x.as_subclass(Asked)
    result = x * 3

    options = torch.autograd.grad(result, [x, asked], one, True, True)
    others = torch.autograd.grad(asked, x, allow_unused=True, is_grads_batched=True)

    assert options["args"] == ((result,), (x, asked))
    assert options["grad_outputs"] is one
    assert (options["retain_graph"], options["create_graph"]) == (True, True)
    assert (others["grad_outputs"], others["retain_graph"]) == (None, None)
    assert (others["create_graph"], others["only_inputs"]) == (False, True)
    assert (others["allow_unused"], others["is_grads_batched"]) == (True, True)


@claim("autograd.grad.subclass-is-told-all", see="notes/extending", since="2.1")
def test_a_subclass_is_told_every_option(device):
    """All seven options of grad() are handed over to a subclass, with allow_unused set
    if zeros are asked for.
    """
    x = torch.tensor(2.0, device=device, requires_grad=True)

    told = torch.autograd.grad(x.as_subclass(Asked), x, materialize_grads=True)
    told.pop("args")

    assert told == {
        "grad_outputs": None,
        "retain_graph": None,
        "create_graph": False,
        "only_inputs": True,
        "allow_unused": True,
        "is_grads_batched": False,
        "materialize_grads": True,
    }


class Own(torch.Tensor):
    """A tensor of a class of its own, which changes nothing."""


@claim("autograd.grad.subclass-in-a-dict", see="notes/extending", since="2.13")
def test_a_subclass_in_a_dict_of_inputs_gives_a_dict_too(device):
    """A dict of inputs gives a dict of gradients where a subclass among them was asked
    for them, too.
    """
    x = torch.tensor(2.0, device=device, requires_grad=True)
    y = torch.tensor(3.0, device=device, requires_grad=True).as_subclass(Own)

    gradients = torch.autograd.grad(x * y, {"y": y, "x": x})

    assert type(gradients) is dict
    assert list(gradients) == ["y", "x"]
    assert (gradients["y"].item(), gradients["x"].item()) == (2.0, 3.0)


@claim("autograd.grad.edge-alone", see="generated/torch.autograd.grad", since="2.2")
def test_an_edge_may_be_the_only_input(device):
    """An edge of the graph stands for its tensor as the only input; where it took no
    part it has None if that is allowed, and asking for zeros raises RuntimeError.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    other = torch.tensor([5.0, 7.0], device=device, requires_grad=True)
    middle = x * x
    edge_of = torch.autograd.graph.get_gradient_edge
    result = (middle * 10).sum()

    used = torch.autograd.grad(result, edge_of(middle), retain_graph=True)
    unused = torch.autograd.grad(
        result, edge_of(other), allow_unused=True, retain_graph=True
    )
    with pytest.raises(RuntimeError, match="when the given input is a GradientEdge"):
        torch.autograd.grad(result, edge_of(other), materialize_grads=True)

    assert type(used) is tuple
    assert [gradient.tolist() for gradient in used] == [[10.0, 10.0]]
    assert unused == (None,)


@claim("autograd.grad.in-no-grad", see="generated/torch.no_grad")
def test_grad_works_where_recording_is_off(device):
    """Inside no_grad the gradient of a result that was recorded before is computed as
    elsewhere.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = (x * x).sum()

    with torch.no_grad():
        (gradient,) = torch.autograd.grad(result, x)

    assert gradient.tolist() == [4.0, 6.0]
    assert gradient.requires_grad is False


# --- where it starts ------------------------------------------------------------------


@claim("autograd.grad.grad-outputs", see="generated/torch.autograd.grad")
def test_grad_outputs_weights_the_results(device):
    """The argument grad_outputs weights the elements of the results, each by place; a
    result of several elements raises RuntimeError without it, and with one of another
    shape.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([10.0, -1.0], device=device)
    square, total = x * x, x.sum()

    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        torch.autograd.grad(square, x)
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        torch.autograd.grad([total, square], x, [weights[0], None])
    with pytest.raises(RuntimeError, match=r"Mismatch in shape: grad_output\[0\]"):
        torch.autograd.grad(square, x, weights[:1])
    with pytest.raises(RuntimeError, match="got 2 tensors and 1 gradients"):
        torch.autograd.grad([square, total], x, weights)
    (by_place,) = torch.autograd.grad([square, total], x, [weights, weights[0]])
    (by_name,) = torch.autograd.grad(x**3, x, grad_outputs=weights)
    (beside,) = torch.autograd.grad((x**2, x.sum()), x, (weights, None))

    assert by_place.tolist() == [50.0, 4.0]
    assert by_name.tolist() == [120.0, -27.0]
    assert beside.tolist() == [41.0, -5.0]
    assert weights.tolist() == [10.0, -1.0]


@claim("autograd.grad.linear-in-grad-outputs", see="generated/torch.autograd.grad")
@given(
    matrix=st.lists(
        st.lists(st.integers(-4, 4), min_size=2, max_size=2), min_size=3, max_size=3
    ),
    vectors=st.lists(
        st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=1, max_size=3
    ),
)
def test_each_of_several_vectors_is_multiplied_by_the_transposed_jacobian(
    matrix, vectors, device
):
    """Whatever the vectors and the matrix, grad() of the product with the matrix gives
    its transpose times the vector, for one after the other and for all in a batch.
    """
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    result = torch.tensor(matrix, device=device).float() @ x
    batch = torch.tensor(vectors, device=device).float()

    single = [
        torch.autograd.grad(result, x, vector, retain_graph=True)[0].tolist()
        for vector in batch
    ]
    (at_once,) = torch.autograd.grad(result, x, batch, is_grads_batched=True)

    expected = [transposed_product(matrix, vector) for vector in vectors]
    assert (matrix, vectors, single) == (matrix, vectors, expected)
    assert (matrix, vectors, at_once.tolist()) == (matrix, vectors, expected)


@claim("autograd.grad.default-one", see="generated/torch.autograd.grad")
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)], ids=str)
def test_a_result_of_one_element_starts_from_one(shape, device):
    """Without grad_outputs a result of one element starts from 1, whatever its value
    and its number of dims.
    """
    x = torch.full(shape, 5.0, device=device, requires_grad=True)

    (gradient,) = torch.autograd.grad(x * 3, x)

    assert gradient.shape == shape
    assert gradient.flatten().tolist() == [3.0]


@claim("autograd.grad.grad-outputs-types", see="generated/torch.autograd.grad")
def test_grad_outputs_are_tensors_of_the_kind_of_the_results(device):
    """A number for grad_outputs, or a list of anything but tensors and None, raises
    TypeError; integers are converted, and complex numbers raise RuntimeError for a real
    result.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result, imaginary = x * x, torch.tensor([1j, 1j], device=device)

    with pytest.raises(TypeError, match="'float' object is not iterable"):
        torch.autograd.grad(result, x, 1.0)
    with pytest.raises(TypeError, match="either Tensors or None, but got float"):
        torch.autograd.grad(result, x, [1.0])
    with pytest.raises(RuntimeError, match="required to have the same dtype"):
        torch.autograd.grad(result, x, imaginary)
    (gradient,) = torch.autograd.grad(result, x, torch.tensor([1, 2], device=device))

    assert gradient.tolist() == [4.0, 12.0]
    assert gradient.dtype == torch.float32


@claim("autograd.grad.result-must-require-grad", see="generated/torch.autograd.grad")
def test_a_result_without_a_graph_is_refused(device):
    """A result that does not require gradients raises RuntimeError that names its
    place, also if unused inputs are allowed.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    total, plain = x.sum(), torch.ones((), device=device)

    with pytest.raises(RuntimeError, match="element 0 of tensors does not require gra"):
        torch.autograd.grad(plain, x, allow_unused=True)
    with pytest.raises(RuntimeError, match="element 1 of tensors does not require gra"):
        torch.autograd.grad([total, plain], x)

    assert x.grad is None


@claim("autograd.grad.complex-result", see="notes/autograd", since="2.1")
def test_a_complex_result_has_no_default_gradient(device):
    """A complex result raises RuntimeError without grad_outputs; with one the gradient
    is its product with the conjugated derivative.
    """
    z = torch.tensor(1 + 2j, device=device, requires_grad=True)
    square = z * z

    with pytest.raises(RuntimeError, match="only for real scalar outputs"):
        torch.autograd.grad(square, z)
    (gradient,) = torch.autograd.grad(square, z, torch.tensor(1j, device=device))

    assert gradient.tolist() == 1j * (2 - 4j)


# --- inputs that take no part ---------------------------------------------------------


@claim("autograd.grad.allow-unused", see="generated/torch.autograd.grad")
def test_an_input_that_was_not_used_is_an_error_unless_allowed(device):
    """An input that took no part raises RuntimeError by default, and gives None with
    allow_unused=True; one that does not require gradients raises RuntimeError either
    way.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    unused = torch.tensor([5.0, 7.0], device=device, requires_grad=True)
    plain = torch.tensor([1.0, 1.0], device=device)
    result = (x * plain).sum()

    with pytest.raises(RuntimeError, match="appears to not have been used in the grap"):
        torch.autograd.grad(result, [x, unused], retain_graph=True)
    with pytest.raises(RuntimeError, match="appears to not have been used in the grap"):
        torch.autograd.grad(result, unused, retain_graph=True, allow_unused=False)
    with pytest.raises(RuntimeError, match="Tensors does not require grad"):
        torch.autograd.grad(result, [x, plain], allow_unused=True, retain_graph=True)
    used, missing = torch.autograd.grad(result, [x, unused], allow_unused=True)

    assert used.tolist() == [1.0, 1.0]
    assert missing is None


@claim("autograd.grad.used-without-effect", see="generated/torch.autograd.grad")
def test_an_input_that_was_used_without_effect_has_zeros(device):
    """An input that took part without effect, multiplied by zero or rounded, counts as
    used and has zeros; one whose part was detached counts as unused.
    """
    by_zero = torch.tensor([1.5, 2.5], device=device, requires_grad=True)
    rounded = torch.tensor([1.5, 2.5], device=device, requires_grad=True)
    detached = torch.tensor([1.5, 2.5], device=device, requires_grad=True)
    result = (by_zero * 0 + rounded.round() + detached.detach()).sum()

    gradients = torch.autograd.grad(
        result, (by_zero, rounded, detached), allow_unused=True
    )

    assert gradients[0].tolist() == [0.0, 0.0]
    assert gradients[1].tolist() == [0.0, 0.0]
    assert gradients[2] is None


@claim("autograd.grad.new-view-is-unused", see="notes/autograd")
def test_a_view_made_after_the_result_is_unused(device):
    """An alias or element of a tensor that was made after the result took no part in
    it, though the tensor did.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    first = x[0]
    result = (x * x).sum() + first

    gradients = torch.autograd.grad(result, (x[0], first, x), allow_unused=True)

    assert gradients[0] is None
    assert gradients[1].tolist() == 1.0
    assert gradients[2].tolist() == [5.0, 6.0]


@claim(
    "autograd.grad.materialize-grads",
    see="generated/torch.autograd.grad",
    since="2.1",
)
def test_materialize_grads_gives_zeros_for_unused_inputs(device):
    """With materialize_grads=True an unused input has zeros of its shape, dtype and
    device, without being allowed separately; together with allow_unused=False it raises
    ValueError.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    unused = torch.ones(2, 1, dtype=torch.bfloat16, device=device, requires_grad=True)
    result = (x * x).sum()

    with pytest.raises(ValueError, match="Expected allow_unused to be True or not pas"):
        torch.autograd.grad(
            result, [x, unused], allow_unused=False, materialize_grads=True
        )
    used, zeros = torch.autograd.grad(
        result, [x, unused], materialize_grads=True, retain_graph=True
    )
    allowed = torch.autograd.grad(
        result, [x, unused], materialize_grads=True, allow_unused=True
    )

    assert (used.tolist(), used.dtype) == ([4.0, 6.0], torch.float32)
    assert (zeros.tolist(), zeros.dtype) == ([[0.0], [0.0]], torch.bfloat16)
    assert (zeros.device, shares_storage(zeros, unused)) == (device, False)
    assert [gradient.tolist() for gradient in allowed] == [[4.0, 6.0], [[0.0], [0.0]]]


@claim(
    "autograd.grad.materialized-zeros",
    see="generated/torch.autograd.grad",
    since="2.10",
)
def test_materialized_zeros_require_gradients_if_the_pass_was_recorded(device):
    """The zeros of an unused input require gradients exactly if create_graph=True."""
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    unused = torch.tensor([5.0], device=device, requires_grad=True)

    plain = torch.autograd.grad((x * x).sum(), [x, unused], materialize_grads=True)
    recorded = torch.autograd.grad(
        (x * x).sum(), [x, unused], materialize_grads=True, create_graph=True
    )

    assert [gradient.requires_grad for gradient in plain] == [False, False]
    assert [gradient.requires_grad for gradient in recorded] == [True, True]
    assert [gradient.tolist() for gradient in plain] == [[4.0, 6.0], [0.0]]
    assert [gradient.tolist() for gradient in recorded] == [[4.0, 6.0], [0.0]]


@claim(
    "autograd.grad.materialized-zeros-required-gradients",
    see="generated/torch.autograd.grad",
    since="2.1",
    until="2.10",
)
def test_materialized_zeros_always_require_gradients(device):
    """The zeros of an unused input require gradients, though the pass was not
    recorded.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    unused = torch.tensor([5.0], device=device, requires_grad=True)

    plain = torch.autograd.grad((x * x).sum(), [x, unused], materialize_grads=True)

    assert [gradient.requires_grad for gradient in plain] == [False, True]


@claim("autograd.grad.inputs-empty", see="generated/torch.autograd.grad", since="2.13")
def test_an_empty_list_of_inputs_is_refused(device):
    """An empty list of inputs raises RuntimeError and leaves the graph as it is."""
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = (x * x).sum()

    with pytest.raises(RuntimeError, match=r"argument to `grad\(\)` cannot be empty"):
        torch.autograd.grad(result, [])

    assert torch.autograd.grad(result, x)[0].tolist() == [4.0, 6.0]


@claim(
    "autograd.grad.inputs-empty-was-a-value-error",
    see="generated/torch.autograd.grad",
    until="2.13",
)
def test_an_empty_list_of_inputs_is_a_value_error(device):
    """An empty list of inputs raises ValueError and leaves the graph as it is."""
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = (x * x).sum()

    with pytest.raises(ValueError, match="grad requires non-empty inputs"):
        torch.autograd.grad(result, [])

    assert torch.autograd.grad(result, x)[0].tolist() == [4.0, 6.0]


@claim("autograd.grad.inputs-must-be-tensors", see="generated/torch.autograd.grad")
def test_an_input_that_is_no_tensor_is_refused(device):
    """An input that is no tensor raises RuntimeError in a list, and TypeError alone."""
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = (x * x).sum()

    with pytest.raises(RuntimeError, match="all inputs have to be Tensors"):
        torch.autograd.grad(result, [x, 1.0])
    with pytest.raises(TypeError, match="'float' object is not iterable"):
        torch.autograd.grad(result, 1.0)
    with pytest.raises(TypeError, match="'NoneType' object is not iterable"):
        torch.autograd.grad(result, None)

    assert x.grad is None


@claim("autograd.grad.no-results", see="generated/torch.autograd.grad")
def test_without_results_every_input_is_unused(device):
    """For an empty list of results every input counts as unused."""
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match="appears to not have been used in the grap"):
        torch.autograd.grad([], x)
    gradients = torch.autograd.grad([], (x, x), allow_unused=True)

    assert gradients == (None, None)


@claim(
    "autograd.grad.only-inputs-ignored",
    see="generated/torch.autograd.grad",
    since="2.4",
)
def test_only_inputs_is_ignored_with_a_warning(device):
    """With only_inputs=False grad() returns the same, accumulates nothing elsewhere,
    and gives a FutureWarning; with True it does not.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    other = torch.tensor([5.0, 7.0], device=device, requires_grad=True)

    with pytest.warns(
        FutureWarning, match="only_inputs argument is deprecated"
    ) as seen:
        (refused,) = torch.autograd.grad((x * other).sum(), x, only_inputs=False)
        (default,) = torch.autograd.grad((x * other).sum(), x, only_inputs=True)

    assert len(seen) == 1
    assert refused.tolist() == [5.0, 7.0]
    assert default.tolist() == [5.0, 7.0]
    assert (x.grad, other.grad) == (None, None)


@claim(
    "autograd.grad.only-inputs-warned-users",
    see="generated/torch.autograd.grad",
    until="2.4",
)
@pytest.mark.filterwarnings("ignore:only_inputs argument:FutureWarning")
def test_only_inputs_is_ignored_with_a_user_warning(device):
    """With only_inputs=False grad() returns the same, accumulates nothing elsewhere,
    and gives a UserWarning.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    other = torch.tensor([5.0, 7.0], device=device, requires_grad=True)

    with pytest.warns(UserWarning, match="only_inputs argument is deprecated"):
        (gradient,) = torch.autograd.grad((x * other).sum(), x, only_inputs=False)

    assert gradient.tolist() == [5.0, 7.0]
    assert (x.grad, other.grad) == (None, None)


# --- a batch of passes ----------------------------------------------------------------


@claim("autograd.grad.batched-jacobian", see="generated/torch.autograd.grad")
def test_a_batch_of_unit_vectors_gives_the_jacobian(device):
    """With is_grads_batched=True the first dim of grad_outputs counts passes: the rows
    of an identity give the rows of the Jacobian, stacked in the same order.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = torch.stack([x[0] * x[1], x[0] ** 2, x[1] * 10])
    rows = torch.eye(3, device=device)

    (jacobian,) = torch.autograd.grad(result, x, rows, is_grads_batched=True)

    assert jacobian.tolist() == [[3.0, 2.0], [4.0, 0.0], [0.0, 10.0]]
    assert jacobian.requires_grad is False
    assert x.grad is None


@claim("autograd.grad.batched-several", see="generated/torch.autograd.grad")
def test_a_batch_goes_over_several_results_and_inputs(device):
    """With is_grads_batched=True each pass takes one row of every grad_outputs, sums
    over the results and gives a row of every gradient; an unused input has None. A
    result without dims has a vector of them.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    y = torch.tensor(5.0, device=device, requires_grad=True)
    unused = torch.tensor(7.0, device=device, requires_grad=True)
    rows = torch.tensor([[1.0, 0.0], [10.0, 1.0], [0.0, 0.0]], device=device)
    ones = torch.tensor([1.0, 0.0, 100.0], device=device)

    by_x, by_y, by_unused = torch.autograd.grad(
        [x * y, y * y],
        [x, y, unused],
        [rows, ones],
        is_grads_batched=True,
        allow_unused=True,
    )

    assert by_x.tolist() == [[5.0, 0.0], [50.0, 5.0], [0.0, 0.0]]
    assert by_y.tolist() == [12.0, 23.0, 1000.0]
    assert by_unused is None


@claim("autograd.grad.batched-is-recorded", see="generated/torch.autograd.grad")
def test_a_batch_of_gradients_is_recorded_on_demand(device):
    """With is_grads_batched=True and create_graph=True the stacked gradients can be
    passed from in turn.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    rows = torch.eye(2, device=device)

    (jacobian,) = torch.autograd.grad(
        x**3, x, rows, is_grads_batched=True, create_graph=True
    )
    (second,) = torch.autograd.grad(jacobian.sum(), x)

    assert jacobian.tolist() == [[12.0, 0.0], [0.0, 27.0]]
    assert second.tolist() == [12.0, 18.0]


@claim("autograd.grad.batched-shape", see="generated/torch.autograd.grad")
def test_a_batch_must_have_the_shape_of_the_result_behind_its_first_dim(device):
    """With is_grads_batched=True a shape that differs behind the first dim raises
    RuntimeError, and batches of different lengths raise ValueError.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    square = x * x
    wide, two, three = (
        torch.ones(n, m, device=device) for n, m in [(2, 3), (2, 2), (3, 2)]
    )

    with pytest.raises(
        RuntimeError,
        match=r"is_grads_batched=True.* grad_output\[0\] has a shape of torch.Size",
    ):
        torch.autograd.grad(square, x, wide, is_grads_batched=True)
    with pytest.raises(ValueError, match="same size in the mapped dimension"):
        torch.autograd.grad([square, square], x, [two, three], is_grads_batched=True)

    assert torch.autograd.grad(square.sum(), x)[0].tolist() == [4.0, 6.0]


# --- the graph afterwards -------------------------------------------------------------

FREED = "Trying to backward through the graph a second time"


@claim("autograd.grad.frees-the-graph", see="generated/torch.autograd.grad")
def test_grad_frees_the_graph_as_backward_does(device):
    """After grad() neither grad() nor backward() can pass through the graph again,
    unless it was retained; after backward() grad() can't.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result, other = (x * x).sum(), (x * x).sum()

    (first,) = torch.autograd.grad(result, x, retain_graph=True)
    (second,) = torch.autograd.grad(result, x)
    other.backward()

    assert first.tolist() == [4.0, 6.0]
    assert second.tolist() == [4.0, 6.0]
    with pytest.raises(RuntimeError, match=FREED):
        torch.autograd.grad(result, x)
    with pytest.raises(RuntimeError, match=FREED):
        result.backward()
    with pytest.raises(RuntimeError, match=FREED):
        torch.autograd.grad(other, x)
    assert x.grad.tolist() == [4.0, 6.0]


@claim("autograd.grad.retain-graph-default", see="generated/torch.autograd.grad")
def test_a_recorded_pass_retains_its_graph_unless_told_otherwise(device):
    """With create_graph=True grad() retains the graph by default and frees it with
    retain_graph=False, so that a gradient which needs it can't be passed from.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    kept, freed = (x**3).sum(), (x**3).sum()

    (first,) = torch.autograd.grad(kept, x, create_graph=True)
    (again,) = torch.autograd.grad(kept, x)
    (lost,) = torch.autograd.grad(freed, x, create_graph=True, retain_graph=False)

    assert first.tolist() == [12.0, 27.0]
    assert (again.tolist(), again.requires_grad) == ([12.0, 27.0], False)
    assert (lost.tolist(), lost.requires_grad) == ([12.0, 27.0], True)
    with pytest.raises(RuntimeError, match=FREED):
        torch.autograd.grad(kept, x)
    with pytest.raises(RuntimeError, match=FREED):
        torch.autograd.grad(freed, x)


@claim("autograd.grad.positions", see="generated/torch.autograd.grad")
def test_arguments_have_their_places(device):
    """After the results and inputs follow by place grad_outputs, retain_graph,
    create_graph, only_inputs and allow_unused.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    unused = torch.tensor([5.0, 7.0], device=device, requires_grad=True)
    weights = torch.tensor([10.0, 1.0], device=device)
    result = x**3

    (retained,) = torch.autograd.grad(result, x, weights, True)
    recorded, missing = torch.autograd.grad(
        result, [x, unused], weights, False, True, True, True
    )

    assert (retained.tolist(), retained.requires_grad) == ([120.0, 27.0], False)
    assert (recorded.tolist(), recorded.requires_grad) == ([120.0, 27.0], True)
    assert missing is None
    with pytest.raises(RuntimeError, match=FREED):
        torch.autograd.grad(result, x, weights)


@claim("autograd.grad.defaults", see="generated/torch.autograd.grad")
def test_every_argument_after_the_inputs_has_a_default():
    """By default there are no grad_outputs, retain_graph is None, and create_graph and
    is_grads_batched are False; allow_unused is false.
    """
    parameters = inspect.signature(torch.autograd.grad).parameters

    assert parameters["grad_outputs"].default is None
    assert parameters["retain_graph"].default is None
    assert parameters["create_graph"].default is False
    assert parameters["is_grads_batched"].default is False
    assert parameters["only_inputs"].default is True
    assert not parameters["allow_unused"].default


# --- gradients of gradients -----------------------------------------------------------


@claim("autograd.grad.higher-order", see="generated/torch.autograd.grad")
def test_recorded_gradients_can_be_differentiated_again(device):
    """With create_graph=True, which gives no warning, gradients have a graph and can be
    differentiated again and again: 12, 12 and 6 are the derivatives of x**3 at 2.
    Without it a gradient has none, and differentiating it raises RuntimeError.
    """
    x = torch.tensor(2.0, device=device, requires_grad=True)

    (first,) = torch.autograd.grad(x**3, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)
    (plain,) = torch.autograd.grad(x**3, x)

    assert [first.tolist(), second.tolist(), third.tolist()] == [12.0, 12.0, 6.0]
    assert (first.requires_grad, second.requires_grad) == (True, True)
    assert first.grad_fn is not None
    assert (third.requires_grad, third.grad_fn) == (False, None)
    assert (plain.tolist(), plain.grad_fn) == (12.0, None)
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require gra"):
        torch.autograd.grad(plain, x)
    assert x.grad is None


@claim("autograd.grad.any-order", see="generated/torch.autograd.grad")
@given(
    coefficients=st.lists(st.integers(-3, 3), min_size=2, max_size=4),
    x=st.integers(-2, 2),
)
def test_any_derivative_of_a_polynomial_is_that_of_its_powers(coefficients, x, device):
    """Whatever the polynomial, asking for the gradient of the gradient three times
    gives its first three derivatives.
    """
    leaf = torch.tensor(float(x), device=device, requires_grad=True)
    value = leaf * 0
    for coefficient in reversed(coefficients):
        value = value * leaf + coefficient

    found = []
    for _ in range(3):
        (value,) = torch.autograd.grad(value + leaf * 0, leaf, create_graph=True)
        found.append(value.item())

    expected = [polynomial(coefficients, order, x) for order in (1, 2, 3)]
    assert (coefficients, x, found) == (coefficients, x, expected)


@claim("autograd.grad.recorded-pass-is-silent", see="generated/torch.autograd.grad")
def test_a_recorded_gradient_gives_no_warning(device):
    """Unlike backward(), grad() gives no warning with create_graph=True."""
    x = torch.tensor(2.0, device=device, requires_grad=True)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        (gradient,) = torch.autograd.grad(x**3, x, create_graph=True)

    assert seen == []
    assert gradient.tolist() == 12.0
    assert gradient.requires_grad is True


@claim("autograd.grad.of-constant-slope", see="generated/torch.autograd.grad")
def test_the_slope_of_a_linear_function_does_not_depend_on_its_input(device):
    """The recorded gradient of a linear function does not require gradients where it
    depends on nothing that does, so that its own gradient raises RuntimeError; that of
    a product depends on the other factor.
    """
    x = torch.tensor(2.0, device=device, requires_grad=True)
    factor = torch.tensor(3.0, device=device, requires_grad=True)

    (slope,) = torch.autograd.grad(x * 5, x, create_graph=True)
    (by_x,) = torch.autograd.grad(x * factor, x, create_graph=True)
    by_factor, none = torch.autograd.grad(by_x, (factor, x), allow_unused=True)

    assert (slope.tolist(), slope.requires_grad) == (5.0, False)
    assert (by_x.tolist(), by_x.requires_grad) == (3.0, True)
    assert (by_factor.tolist(), none) == (1.0, None)
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require gra"):
        torch.autograd.grad(slope, x)


@claim("autograd.grad.mixed-second-derivatives", see="generated/torch.autograd.grad")
def test_the_hessian_is_the_gradient_of_each_element_of_the_gradient(device):
    """The gradient of each element of a recorded gradient is a row of the Hessian,
    mixed derivatives included.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)

    (slope,) = torch.autograd.grad(x[0] ** 2 * x[1] ** 3, x, create_graph=True)
    rows = [
        torch.autograd.grad(slope[0], x, retain_graph=True)[0].tolist(),
        torch.autograd.grad(slope[1], x)[0].tolist(),
    ]

    assert slope.tolist() == [108.0, 108.0]
    assert rows == [[54.0, 108.0], [108.0, 72.0]]


@claim("autograd.grad.product-with-the-hessian", see="generated/torch.autograd.grad")
def test_weighting_a_recorded_gradient_multiplies_the_hessian_by_a_vector(device):
    """Giving a vector for a recorded gradient multiplies the Hessian by it, in one
    pass.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    vector = torch.tensor([10.0, 1.0], device=device)

    (slope,) = torch.autograd.grad(x[0] ** 2 * x[1] ** 3, x, create_graph=True)
    (product,) = torch.autograd.grad(slope, x, vector)

    assert product.tolist() == [648.0, 1152.0]


@claim("autograd.grad.by-grad-outputs", see="generated/torch.autograd.grad")
def test_a_recorded_gradient_can_be_differentiated_by_its_weights(device):
    """A recorded gradient is linear in grad_outputs, and its gradient by them is the
    derivative in the other direction.
    """
    x = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([1.0, 1.0], device=device, requires_grad=True)
    result = torch.stack([x[0] * x[1], x[1] ** 2])
    direction = torch.tensor([10.0, 1.0], device=device)

    (gradient,) = torch.autograd.grad(result, x, weights, create_graph=True)
    (forward,) = torch.autograd.grad(gradient, weights, direction)

    assert gradient.tolist() == [3.0, 8.0]
    assert forward.tolist() == [32.0, 6.0]


def slopes(function, point, device):
    """The first two derivatives of a function at a point."""
    x = torch.tensor(point, dtype=torch.float64, device=device, requires_grad=True)
    (first,) = torch.autograd.grad(function(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    return first.item(), second.item()


ROOT = math.sqrt(0.75)
BELL = 2 / math.sqrt(math.pi) * math.exp(-0.25)
LOG2 = math.log(2)
POWERS = {
    "square": (lambda x: x.square(), 3.0, (6, 2)),
    "power 3": (lambda x: x**3, 2.0, (12, 12)),
    "power -1": (lambda x: x**-1, 2.0, (-0.25, 0.25)),
    "power 0.5": (lambda x: x**0.5, 0.25, (1, -2)),
    "power of 2": (lambda x: 2**x, 3.0, (8 * LOG2, 8 * LOG2**2)),
    "power of itself": (lambda x: x**x, 1.0, (1, 2)),
    "reciprocal": (lambda x: x.reciprocal(), 2.0, (-0.25, 0.25)),
    "3 / x": (lambda x: 3 / x, 2.0, (-0.75, 0.75)),
    "x / 4": (lambda x: (x / 4) ** 2, 2.0, (0.25, 0.125)),
    "5 - x": (lambda x: (5 - x) ** 2, 3.0, (-4, 2)),
    "-x": (lambda x: (-x) ** 3, 2.0, (-12, -12)),
    "sqrt": (lambda x: x.sqrt(), 0.25, (1, -2)),
    "rsqrt": (lambda x: x.rsqrt(), 0.25, (-4, 24)),
    "hypot": (lambda x: torch.hypot(x, torch.full_like(x, 4.0)), 3.0, (0.6, 0.128)),
}
EXPONENTIALS = {
    "exp": (lambda x: x.exp(), 0.5, (math.exp(0.5), math.exp(0.5))),
    "exp2": (lambda x: x.exp2(), 3.0, (8 * LOG2, 8 * LOG2**2)),
    "expm1": (lambda x: x.expm1(), 0.5, (math.exp(0.5), math.exp(0.5))),
    "log": (lambda x: x.log(), 0.5, (2, -4)),
    "log2": (lambda x: x.log2(), 0.5, (2 / LOG2, -4 / LOG2)),
    "log10": (lambda x: x.log10(), 0.5, (2 / math.log(10), -4 / math.log(10))),
    "log1p": (lambda x: x.log1p(), 1.0, (0.5, -0.25)),
    "sigmoid": (lambda x: x.sigmoid(), math.log(3), (3 / 16, -3 / 32)),
    "tanh": (lambda x: x.tanh(), math.log(3), (0.36, -0.576)),
    "sinh": (lambda x: x.sinh(), 0.5, (math.cosh(0.5), math.sinh(0.5))),
    "cosh": (lambda x: x.cosh(), 0.5, (math.sinh(0.5), math.cosh(0.5))),
    "asinh": (lambda x: x.asinh(), 0.75, (0.8, -0.384)),
    "acosh": (lambda x: x.acosh(), 1.25, (4 / 3, -80 / 27)),
    "atanh": (lambda x: x.atanh(), 0.5, (4 / 3, 16 / 9)),
    "erf": (lambda x: x.erf(), 0.5, (BELL, -BELL)),
    "erfc": (lambda x: x.erfc(), 0.5, (-BELL, BELL)),
    "xlogy": (lambda x: torch.xlogy(x, x), 2.0, (LOG2 + 1, 0.5)),
}
CIRCULAR = {
    "sin": (lambda x: x.sin(), 0.5, (math.cos(0.5), -math.sin(0.5))),
    "cos": (lambda x: x.cos(), 0.5, (-math.sin(0.5), -math.cos(0.5))),
    "tan": (lambda x: x.tan(), math.atan(2), (5, 20)),
    "asin": (lambda x: x.asin(), 0.5, (1 / ROOT, 0.5 / ROOT**3)),
    "acos": (lambda x: x.acos(), 0.5, (-1 / ROOT, -0.5 / ROOT**3)),
    "atan": (lambda x: x.atan(), 2.0, (0.2, -0.16)),
    "atan2": (lambda x: torch.atan2(x, torch.ones_like(x)), 2.0, (0.2, -0.16)),
    "atan2 of it": (lambda x: torch.atan2(torch.ones_like(x), x), 2.0, (-0.2, 0.16)),
    "deg2rad": (lambda x: x.deg2rad() * x, 2.0, (math.pi / 45, math.pi / 90)),
}


@claim(
    "autograd.grad.derivatives-of-functions",
    see="notes/autograd",
    differs=[NO_FLOAT64],
)
@pytest.mark.parametrize(
    "functions",
    [POWERS, EXPONENTIALS, CIRCULAR],
    ids=["powers", "exponentials", "circular"],
)
def test_functions_have_their_first_two_derivatives(functions, device):
    """The gradient of an elementary function is its derivative, and the gradient of the
    recorded gradient the second derivative, up to rounding in float64.
    """
    expected = {name: values for name, (_, _, values) in functions.items()}

    found = {
        name: slopes(function, point, device)
        for name, (function, point, _) in functions.items()
    }

    assert found == {name: pytest.approx(expected[name], rel=1e-13) for name in found}


class Cut(torch.autograd.Function):
    """The cube, with a derivative that is right but a constant to autograd."""

    @staticmethod
    def forward(ctx, x):
        """Cube a tensor."""
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, gradient):
        """Multiply the gradient by the derivative, detached."""
        return gradient * 3 * ctx.saved_tensors[0].detach() ** 2


@claim(
    "autograd.grad.gradgradcheck",
    see="generated/torch.autograd.gradcheck.gradgradcheck",
    differs=[NO_FLOAT64],
)
def test_gradgradcheck_compares_second_derivatives_with_differences(device):
    """The function gradgradcheck() returns True where second derivatives are those that
    differences of the first show, and raises GradcheckError or returns False where only
    the first are right; it stores no gradient.
    """
    x = torch.tensor([0.5, 2.0], dtype=torch.float64, device=device, requires_grad=True)

    passed = torch.autograd.gradgradcheck(lambda x: (x**3).sin(), x)
    first = torch.autograd.gradcheck(Cut.apply, x)
    second = torch.autograd.gradgradcheck(Cut.apply, x, raise_exception=False)

    assert (passed, first, second) == (True, True, False)
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        torch.autograd.gradgradcheck(Cut.apply, x)
    assert x.grad is None


@claim("autograd.grad.second-through-products", see="generated/torch.autograd.grad")
def test_matrix_products_and_reductions_can_be_differentiated_twice(device):
    """The gradient of a recorded gradient goes through matrix products, sums, means,
    indices, joins and views.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)

    def second(function):
        (first,) = torch.autograd.grad(function(x), x, create_graph=True)
        (result,) = torch.autograd.grad((first * first).sum(), x)
        return result.tolist()

    # A gradient of the squares is 2x; so that of its own squares is 8x.
    assert second(lambda x: (x * x).sum()) == [[8, 16], [24, 32]]
    assert second(lambda x: (x * x).mean() * 4) == [[8, 16], [24, 32]]
    assert second(lambda x: (x @ x.t()).trace()) == [[8, 16], [24, 32]]
    assert second(lambda x: torch.einsum("ij,ij->", x, x)) == [[8, 16], [24, 32]]
    assert second(lambda x: torch.cat([x, x]).square().sum() / 2) == (
        [[8, 16], [24, 32]]
    )
    assert second(lambda x: x.expand(2, 2, 2).square().sum() / 2) == (
        [[8, 16], [24, 32]]
    )
    assert second(lambda x: x.t().reshape(4).dot(x.t().reshape(4))) == (
        [[8, 16], [24, 32]]
    )
    assert second(lambda x: x[[1, 0, 0]].square().sum()) == [[32, 64], [24, 32]]
    assert second(lambda x: x.relu().square().sum()) == [[8, 16], [24, 32]]
    assert second(lambda x: x.amax(1).square().sum()) == [[0, 16], [0, 32]]
    assert second(lambda x: x.clamp(min=1.5).square().sum()) == [[0, 16], [24, 32]]
    assert second(lambda x: torch.where(x > 1, x, 1.0).square().sum()) == (
        [[0, 16], [24, 32]]
    )

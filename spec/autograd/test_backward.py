"""Backward: from a result to the gradients of the leaves it was computed from.

The method ``backward()`` walks the recorded graph from a result to its leaves, latest
operation first, and multiplies by one derivative after the other. It starts from a
gradient of the result itself: 1 by default, which is only defined for a result of one
element, or whatever is passed. What a pass needed of the forward computation is freed
on the way, unless ``retain_graph`` says otherwise, and the pass is itself recorded only
where ``create_graph`` asks for it.

It is often said that ``backward()`` computes gradients with respect to the tensors that
it is given. They are the results: gradients go to the leaves behind them. Nor does it
matter that a tensor be of a special class: what counts is that it requires gradients.
"""

import inspect
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd.gradcheck import GradcheckError

from spec.models.autodiff import composed, difference, slopes, transposed_product
from torch_semantics import Difference, claim

recorded = pytest.mark.filterwarnings("ignore:Using backward")
NO_FLOAT64 = Difference("mps", "there is no float64", raises=TypeError, match="float64")

# --- from a result to its leaves ------------------------------------------------------


@claim("autograd.backward.mean-of-square", see="notes/autograd")
def test_backward_puts_the_derivative_of_the_mean_of_squares_into_grad(device):
    """The gradient of the mean of the squares is a half of each of four elements; it is
    None before the pass, and has the leaf's shape, dtype and device and no graph.
    """
    leaf = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)

    before = leaf.grad
    (leaf * leaf).mean().backward()

    assert before is None
    assert leaf.grad.tolist() == [[0.5, 1.0], [1.5, 2.0]]
    assert (leaf.grad.shape, leaf.grad.dtype) == ((2, 2), torch.float32)
    assert leaf.grad.device == device
    assert (leaf.grad.requires_grad, leaf.grad.grad_fn) == (False, None)
    assert leaf.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@claim("autograd.backward.mean-of-square-of-any-size", see="notes/autograd")
@given(exponent=st.integers(0, 3), first=st.integers(-5, 5))
def test_the_gradient_of_the_mean_is_shared_between_the_elements(
    exponent, first, device
):
    """However many elements there are, the gradient of the mean of their squares is
    twice each element, divided by their number.
    """
    count = 2**exponent
    leaf = torch.arange(first, first + count, device=device).float().requires_grad_()

    (leaf * leaf).mean().backward()

    expected = [2 * (first + place) / count for place in range(count)]
    assert (first, leaf.grad.tolist()) == (first, expected)


@claim("autograd.backward.dtype-of-the-leaf", see="generated/torch.Tensor.grad")
@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.float32], ids=str
)
def test_a_gradient_has_the_dtype_of_its_leaf(dtype, device):
    """A gradient has the dtype of its leaf, also where the result has another."""
    leaf = torch.tensor([1.0, 2.0], dtype=dtype, device=device, requires_grad=True)
    wide = torch.tensor([3.0, 5.0], device=device, requires_grad=True)

    (leaf * wide).sum().backward()

    assert (leaf.grad.dtype, leaf.grad.tolist()) == (dtype, [3.0, 5.0])
    assert (wide.grad.dtype, wide.grad.tolist()) == (torch.float32, [1.0, 2.0])


@claim(
    "autograd.backward.chain-rule",
    see="notes/autograd",
    differs=[NO_FLOAT64],
)
def test_derivatives_of_composed_operations_multiply(device):
    """The gradient through composed operations is the product of their derivatives at
    the values on the way, and the sum over the ways that lead to the leaf; the tensors
    on the way get none.
    """
    x = torch.tensor(0.5, dtype=torch.float64, device=device, requires_grad=True)
    shift = torch.tensor(2.0, dtype=torch.float64, device=device)
    inner = x * x + shift
    outer = inner.sin().exp() * x

    inner.retain_grad()
    outer.backward()

    value = math.exp(math.sin(2.25))
    by_inner = value * math.cos(2.25) * 0.5
    assert inner.grad.item() == pytest.approx(by_inner, rel=1e-14)
    assert x.grad.item() == pytest.approx(by_inner + value, rel=1e-14)
    assert shift.grad is None


@claim("autograd.backward.any-composition", see="notes/autograd", differs=[NO_FLOAT64])
@given(
    names=st.lists(
        st.sampled_from(["sin", "cos", "tanh", "atan", "plus", "times"]),
        min_size=1,
        max_size=6,
    ),
    x=st.sampled_from([-1.25, -0.5, 0.25, 0.75, 1.5]),
)
def test_the_gradient_of_any_composition_is_its_slope(names, x, device):
    """Whatever smooth functions, sums and products are composed, the gradient is the
    slope that central differences of the values show, up to their rounding.
    """
    leaf = torch.tensor(x, dtype=torch.float64, device=device, requires_grad=True)
    result = leaf

    for name in names:
        result = {
            "plus": lambda y: y + leaf,
            "times": lambda y: y * leaf,
            "sin": lambda y: y.sin(),
            "cos": lambda y: y.cos(),
            "tanh": lambda y: y.tanh(),
            "atan": lambda y: y.atan(),
        }[name](result)
    result.backward()

    assert (names, result.item()) == (names, pytest.approx(composed(names, x)))
    slope = pytest.approx(difference(names, x), rel=1e-7, abs=1e-8)
    assert (names, x, leaf.grad.item()) == (names, x, slope)


@st.composite
def programs(draw):
    """Draw the steps of a program over two inputs, each with numbers made before it."""
    count = draw(st.integers(1, 6))
    return [
        (
            draw(st.sampled_from(["add", "sub", "mul"])),
            *draw(st.tuples(st.integers(0, known - 1), st.integers(0, known - 1))),
        )
        for known in range(2, 2 + count)
    ]


@claim("autograd.backward.any-graph", see="notes/autograd")
@given(program=programs())
def test_a_leaf_gets_the_sum_over_all_ways_through_any_graph(program, device):
    """Whatever graph of sums, differences and products leads from two leaves to a
    result, each gets its partial derivative, or None if the result does not depend on
    it.
    """
    leaves = [torch.tensor(n, device=device, requires_grad=True) for n in (2.0, -1.0)]
    numbers = [*leaves]

    for kind, left, right in program:
        numbers.append(getattr(torch, kind)(numbers[left], numbers[right]))
    numbers[-1].backward()

    found = [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves]
    assert (program, found) == (program, slopes(program, [2.0, -1.0]))


@claim("autograd.backward.only-leaves-keep-grad", see="notes/autograd")
def test_only_leaves_that_require_gradients_and_were_used_get_one(device):
    """A pass writes grad of the leaves that the result was computed from and of results
    that retain theirs; it is None for other results, for which reading it warns, for a
    leaf without the flag and for a leaf that was not used.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    plain = torch.tensor([5.0, 7.0], device=device)
    unused = torch.tensor([1.0, 1.0], device=device, requires_grad=True)
    middle, retained = leaf * plain, leaf * 10
    retained.retain_grad()

    (middle * retained).sum().backward()

    with pytest.warns(UserWarning, match="not a leaf Tensor is being accessed"):
        assert middle.grad is None
    assert leaf.grad.tolist() == [200.0, 420.0]
    assert retained.grad.tolist() == [10.0, 21.0]
    assert plain.grad is None
    assert unused.grad is None


@claim("autograd.backward.zero-is-not-none", see="notes/autograd")
def test_a_leaf_that_was_used_without_effect_gets_zeros(device):
    """A leaf that took part without effect, multiplied by zero, rounded or out of the
    slice, gets zeros; one whose part was detached or compared keeps None.
    """
    names = ("times zero", "rounded", "sliced", "detached", "compared")
    leaves = {
        name: torch.tensor([1.5, 2.5], device=device, requires_grad=True)
        for name in names
    }
    one = torch.tensor([1.0, 1.0], device=device, requires_grad=True)

    parts = [
        leaves["times zero"] * 0,
        leaves["rounded"].round(),
        leaves["sliced"][:0].sum(),
        leaves["detached"].detach(),
        leaves["compared"] > 2,
        one,
    ]
    sum(part.sum() for part in parts).backward()

    assert leaves["times zero"].grad.tolist() == [0.0, 0.0]
    assert leaves["rounded"].grad.tolist() == [0.0, 0.0]
    assert leaves["sliced"].grad.tolist() == [0.0, 0.0]
    assert leaves["detached"].grad is None
    assert leaves["compared"].grad is None
    assert one.grad.tolist() == [1.0, 1.0]


@claim("autograd.backward.accumulates-into-grad", see="generated/torch.Tensor.backward")
@given(passes=st.integers(1, 5), factor=st.integers(-3, 3))
def test_equal_passes_multiply_the_gradient(passes, factor, device):
    """After several passes of the same loss the gradient is that of one pass as many
    times, in the tensor that the first pass made; setting grad to None starts anew.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    kept = []

    for _ in range(passes):
        (leaf * leaf * factor).sum().backward()
        kept.append(leaf.grad)
    accumulated, leaf.grad = leaf.grad.tolist(), None
    (leaf * leaf * factor).sum().backward()

    assert (passes, accumulated) == (
        passes,
        [2.0 * factor * passes, 4 * factor * passes],
    )
    assert all(gradient is kept[0] for gradient in kept)
    assert leaf.grad is not kept[0]
    assert leaf.grad.tolist() == [2.0 * factor, 4.0 * factor]


# --- the result that it starts from ---------------------------------------------------


@claim("autograd.backward.needs-a-graph", see="notes/autograd")
@pytest.mark.parametrize(
    "compute",
    [
        lambda leaf: torch.ones(2, device=leaf.device).sum(),
        lambda leaf: (leaf * 3).detach().sum(),
        lambda leaf: torch.no_grad()(lambda: (leaf * 3).sum())(),
        lambda leaf: leaf.argmax(),
        lambda leaf: (leaf * 3).sum().long(),
    ],
    ids=["plain", "detached", "no_grad", "index", "integer"],
)
def test_a_result_that_does_not_depend_on_a_flagged_leaf_is_refused(compute, device):
    """A pass from a result without a graph raises RuntimeError, be it computed from
    plain tensors, detached, made under no_grad or of integers, and writes nothing.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    result = compute(leaf)

    with pytest.raises(
        RuntimeError,
        match="element 0 of tensors does not require grad and does not have a grad_fn",
    ):
        result.backward()

    assert leaf.grad is None


@claim("autograd.backward.flag-not-class", see="notes/autograd")
@pytest.mark.parametrize("dtype", [torch.float32, torch.complex64], ids=str)
def test_a_plain_tensor_with_the_flag_can_be_differentiated(dtype, device):
    """A tensor of class Tensor, of floats or of complex numbers, has gradients as soon
    as it requires them; no wrapper is needed.
    """
    leaf = torch.tensor([1.0, 2.0], dtype=dtype, device=device)
    leaf.requires_grad_()

    (leaf * 3).sum().abs().backward()

    assert type(leaf) is torch.Tensor
    assert leaf.grad.dtype == dtype
    assert leaf.grad.tolist() == [3.0, 3.0]


@claim(
    "autograd.backward.output-must-require-grad",
    see="generated/torch.autograd.backward",
)
def test_every_root_must_require_gradients_and_the_message_counts_them(device):
    """A pass from several results of which one does not require gradients raises
    RuntimeError that names its place, with and without gradients for them, and reaches
    no leaf.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    good, plain = (leaf * 3).sum(), torch.ones((), device=device)
    one = torch.ones((), device=device)

    with pytest.raises(RuntimeError, match="element 1 of tensors does not require"):
        torch.autograd.backward([good, plain])
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require"):
        torch.autograd.backward([plain, good])
    with pytest.raises(RuntimeError, match="element 1 of tensors does not require"):
        torch.autograd.backward([good, plain], [one, one])
    with pytest.raises(RuntimeError, match="element 2 of tensors does not require"):
        torch.autograd.backward([good, good, torch.ones(2, device=device)])

    assert leaf.grad is None


@claim("autograd.backward.scalar-loss-only", see="generated/torch.Tensor.backward")
def test_backward_without_a_gradient_needs_a_result_of_one_element(device):
    """Without a gradient a pass from a result of no or of several elements raises
    RuntimeError and reaches no leaf; with a gradient of the result's shape it works.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = leaf * leaf
    results = [result.sum(), result]
    refused = {"match": "grad can be implicitly created only for scalar outputs"}

    with pytest.raises(RuntimeError, **refused):
        result.backward()
    with pytest.raises(RuntimeError, **refused):
        result.backward(None)
    with pytest.raises(RuntimeError, **refused):
        result[:0].backward()
    with pytest.raises(RuntimeError, **refused):
        torch.autograd.backward(results)
    before = leaf.grad
    result.backward(torch.ones_like(result))

    assert before is None
    assert leaf.grad.tolist() == [4.0, 6.0]


@claim("autograd.backward.scalar-default-one", see="generated/torch.autograd.backward")
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)], ids=str)
def test_the_gradient_of_a_result_of_one_element_is_one_by_default(shape, device):
    """A pass without a gradient starts from 1, in the shape and dtype of a result of
    one element, whatever its value.
    """
    leaf = torch.full(
        shape, 5.0, dtype=torch.bfloat16, device=device, requires_grad=True
    )
    result = leaf * leaf
    seen = []
    result.register_hook(seen.append)

    result.backward()

    assert (seen[0].tolist(), seen[0].dtype) == (torch.ones(shape).tolist(), leaf.dtype)
    assert seen[0].shape == shape
    assert leaf.grad.flatten().tolist() == [10.0]


@claim(
    "autograd.backward.default-beside-given-gradients",
    see="generated/torch.autograd.backward",
)
def test_none_beside_given_gradients_stands_for_one(device):
    """Among the gradients of several results None stands for 1, if its result has one
    element, and raises RuntimeError if it has more.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    vector = torch.tensor([10.0, 100.0], device=device)
    double, total = leaf * 2, leaf.sum()

    torch.autograd.backward([double, total], [vector, None])
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        torch.autograd.backward([total, double], [vector[0], None])

    assert leaf.grad.requires_grad is False
    assert leaf.grad.tolist() == [21.0, 201.0]


@claim("autograd.backward.leaf-as-root", see="generated/torch.autograd.backward")
def test_a_leaf_may_be_the_root(device):
    """A pass from a leaf itself gives it the gradient that the pass starts from."""
    scalar = torch.tensor(5.0, device=device, requires_grad=True)
    vector = torch.tensor([5.0, 6.0], device=device, requires_grad=True)

    scalar.backward()
    vector.backward(torch.tensor([2.0, 3.0], device=device))

    assert scalar.grad.tolist() == 1.0
    assert vector.grad.tolist() == [2.0, 3.0]


@claim(
    "autograd.backward.edge-as-root",
    see="generated/torch.autograd.backward",
    since="2.7",
)
def test_an_edge_may_stand_for_the_result(device):
    """An edge of the graph stands for its tensor as the result of a pass, alone or in a
    list, and as the only input; it starts from 1 only if its tensor has one element.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    other = torch.tensor([5.0, 7.0], device=device, requires_grad=True)
    edge_of = torch.autograd.graph.get_gradient_edge
    vector, total = edge_of(leaf * other), edge_of((leaf * 10).sum())

    torch.autograd.backward(vector, torch.ones(2, device=device), inputs=edge_of(leaf))
    alone = (leaf.grad.tolist(), other.grad)
    torch.autograd.backward([total, total], [None, torch.ones((), device=device)])
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        torch.autograd.backward(vector)
    with pytest.raises(RuntimeError, match=r"Mismatch in shape: grad_output\[0\]"):
        torch.autograd.backward(vector, torch.ones(1, device=device))

    assert alone == ([5.0, 7.0], None)
    assert leaf.grad.tolist() == [25.0, 27.0]


@claim("autograd.backward.zero-size-result", see="generated/torch.Tensor.backward")
def test_a_result_without_elements_takes_a_gradient_without_elements(device):
    """A pass from a result without elements takes a gradient without elements, and
    leaves a leaf without elements with a gradient of its shape.
    """
    leaf = torch.zeros(0, 3, device=device, requires_grad=True)

    (leaf * 2).backward(torch.zeros(0, 3, device=device))

    assert leaf.grad.shape == (0, 3)


@claim(
    "autograd.backward.complex-root", see="generated/torch.Tensor.backward", since="2.1"
)
def test_a_complex_result_has_no_default_gradient(device):
    """Without a gradient a pass from a complex result of one element raises
    RuntimeError that names its dtype, and reaches no leaf.
    """
    leaf = torch.tensor(1 + 2j, device=device, requires_grad=True)

    with pytest.raises(
        RuntimeError, match=r"only for real scalar outputs but got torch\.complex64"
    ):
        (leaf * 3).backward()

    assert leaf.grad is None


@claim(
    "autograd.backward.complex-root-was-one",
    see="generated/torch.Tensor.backward",
    until="2.1",
)
def test_the_default_gradient_of_a_complex_result_is_one(device):
    """Without a gradient a pass from a complex result of one element starts from 1."""
    leaf = torch.tensor(1 + 2j, device=device, requires_grad=True)

    (leaf * 3).backward()

    assert leaf.grad.tolist() == 3.0


# --- the gradient that it starts from -------------------------------------------------


@claim(
    "autograd.backward.weighted-by-grad-tensors",
    see="generated/torch.autograd.backward",
)
def test_the_given_gradient_weights_the_elements_of_the_result(device):
    """A pass from a vector with a gradient gives what a pass from the sum of their
    products gives, as a method and as a function, and does not change the gradient.
    """
    method = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    function = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weighted = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([10.0, -1.0], device=device)

    (method * method).backward(weights)
    torch.autograd.backward(function * function, weights)
    (weighted * weighted * weights).sum().backward()

    assert method.grad.tolist() == [40.0, -6.0]
    assert function.grad.tolist() == [40.0, -6.0]
    assert weighted.grad.tolist() == [40.0, -6.0]
    assert weights.tolist() == [10.0, -1.0]
    assert (weights.requires_grad, weights.grad) == (False, None)


@claim("autograd.backward.any-weights", see="generated/torch.autograd.backward")
@given(
    matrix=st.lists(
        st.lists(st.integers(-4, 4), min_size=3, max_size=3), min_size=2, max_size=2
    ),
    vector=st.lists(st.integers(-9, 9), min_size=2, max_size=2),
)
def test_a_pass_multiplies_a_vector_by_the_transposed_jacobian(matrix, vector, device):
    """The gradient through a product with any matrix, its Jacobian, is the transposed
    matrix times the gradient that was given.
    """
    leaf = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)

    result = torch.tensor(matrix, device=device).float() @ leaf
    result.backward(torch.tensor(vector, device=device).float())

    expected = transposed_product(matrix, vector)
    assert (matrix, vector, leaf.grad.tolist()) == (matrix, vector, expected)


@claim(
    "autograd.backward.given-shape-must-match", see="generated/torch.Tensor.backward"
)
@pytest.mark.parametrize(
    ("result", "given_shape"),
    [
        (lambda leaf: leaf * 2, (1,)),
        (lambda leaf: leaf * 2, (2, 1)),
        (lambda leaf: leaf * 2, ()),
        (lambda leaf: leaf.sum(), (1,)),
        (lambda leaf: leaf.sum()[None], ()),
        (lambda leaf: leaf * torch.ones(2, 2, device=leaf.device), (4,)),
    ],
    ids=["1-for-2", "2x1-for-2", "0-dim", "1-for-0-dim", "0-dim-for-1", "flat"],
)
def test_a_given_gradient_must_have_the_shape_of_the_result(
    result, given_shape, device
):
    """A given gradient of another shape than the result raises RuntimeError, though it
    could be broadcast or reshaped, and reaches no leaf.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    output, gradient = result(leaf), torch.ones(given_shape, device=device)

    with pytest.raises(RuntimeError, match=r"Mismatch in shape: grad_output\[0\]"):
        output.backward(gradient)

    assert leaf.grad is None


@claim("autograd.backward.mismatch-message", see="generated/torch.autograd.backward")
def test_the_message_names_the_places_and_both_shapes(device):
    """The error of a gradient of the wrong shape names its place among the gradients
    and the results, and both shapes.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    right = torch.tensor(5.0, device=device)
    wrong = torch.tensor([[7.0]], device=device)
    results = (leaf.sum(), leaf[1:] * 2)

    with pytest.raises(
        RuntimeError,
        match=r"grad_output\[1\] has a shape of torch.Size\(\[1, 1\]\)"
        r" and output\[1\] has a shape of torch.Size\(\[1\]\)",
    ):
        torch.autograd.backward(results, (right, wrong))

    assert leaf.grad is None


@claim(
    "autograd.backward.mismatch-beyond-the-first",
    see="generated/torch.autograd.backward",
    level="observed",
)
def test_a_mismatch_beyond_the_first_may_be_reported_as_another_error(device):
    """The error of a gradient of the wrong shape beyond the first is one about the
    truth of a tensor, if the comparison that looks for its place meets several
    elements.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    right = torch.tensor([1.0, 1.0], device=device)
    wrong = torch.tensor([[1.0, 1.0]], device=device)
    results = [leaf * 2, leaf * 3]

    with pytest.raises(RuntimeError, match="Boolean value of Tensor with more than on"):
        torch.autograd.backward(results, [right, wrong])

    assert leaf.grad is None


@claim("autograd.backward.given-dtype-is-cast", see="generated/torch.Tensor.backward")
@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.int64, torch.uint8], ids=str
)
def test_a_given_gradient_is_cast_to_the_dtype_of_the_result(dtype, device):
    """A given gradient may have another dtype, of integers too: it is converted to that
    of the result, and the gradient of the leaf has the leaf's.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([1, 2], dtype=dtype, device=device)
    result, seen = leaf * leaf, []
    result.register_hook(lambda gradient: seen.append(gradient.dtype))

    result.backward(weights)

    assert leaf.grad.tolist() == [4.0, 12.0]
    assert leaf.grad.dtype == torch.float32
    assert seen == [torch.float32]
    assert weights.dtype == dtype


@claim(
    "autograd.backward.given-double-is-cast",
    see="generated/torch.Tensor.backward",
    differs=[NO_FLOAT64],
)
def test_a_given_gradient_of_doubles_is_rounded_to_singles(device):
    """A float64 gradient for a float32 result is converted to float32."""
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([1 + 2**-40, 0.5], dtype=torch.float64, device=device)

    (leaf * leaf).backward(weights)

    assert leaf.grad.dtype == torch.float32
    assert leaf.grad.tolist() == [4.0, 3.0]


@claim("autograd.backward.given-complex", see="generated/torch.Tensor.backward")
def test_a_given_gradient_is_complex_if_and_only_if_the_result_is(device):
    """A complex result takes a complex gradient, whose product with the conjugated
    derivative goes on; a real gradient for it, or a complex one for a real result,
    raises RuntimeError and reaches no leaf.
    """
    leaf = torch.tensor([1 + 2j], device=device, requires_grad=True)
    real, imaginary = torch.ones(1, device=device), torch.tensor([1j], device=device)
    square, size = leaf * leaf, leaf.abs()

    with pytest.raises(
        RuntimeError,
        match=r"Mismatch in dtype: grad_output\[0\] has a dtype of torch.float32"
        r" and output\[0\] has a dtype of torch.complex64",
    ):
        square.backward(real)
    with pytest.raises(RuntimeError, match="required to have the same dtype"):
        size.backward(imaginary)
    before = leaf.grad
    square.backward(imaginary)

    assert before is None
    assert leaf.grad.tolist() == [1j * (2 - 4j)]


@claim("autograd.backward.given-type", see="generated/torch.autograd.backward")
@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        ([1.0], "gradients can be either Tensors or None, but got float"),
        (["1"], "gradients can be either Tensors or None, but got str"),
        (1.0, "'float' object is not iterable"),
    ],
    ids=["list-of-floats", "list-of-strings", "float"],
)
def test_a_given_gradient_must_be_a_tensor(gradient, message, device):
    """A given gradient that is a number, or a list of anything but tensors and None,
    raises TypeError and reaches no leaf.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = leaf.sum()

    with pytest.raises(TypeError, match=message):
        result.backward(gradient)

    assert leaf.grad is None


@claim("autograd.backward.given-device", see="generated/torch.autograd.backward")
def test_a_given_gradient_must_be_on_the_device_of_the_result(device):
    """A given gradient on another device raises RuntimeError and reaches no leaf."""
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    elsewhere = torch.ones(2, device="meta")

    with pytest.raises(RuntimeError, match="invalid gradient at index 0 - expected de"):
        (leaf * 2).backward(elsewhere)

    assert leaf.grad is None


@claim(
    "autograd.backward.given-gradient-with-the-flag",
    see="generated/torch.Tensor.backward",
)
@recorded
def test_a_given_gradient_that_requires_gradients_is_only_recorded_on_demand(device):
    """A given gradient that requires gradients gets none from the pass that it starts,
    and the result of the pass depends on it only with create_graph=True.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([5.0, 7.0], device=device, requires_grad=True)

    (leaf * leaf).backward(weights)
    plain, leaf.grad = leaf.grad, None
    (leaf * leaf).backward(weights, create_graph=True)
    (by_weights,) = torch.autograd.grad(leaf.grad.sum(), weights)

    assert (plain.tolist(), plain.requires_grad) == ([20.0, 42.0], False)
    assert weights.grad is None
    assert by_weights.tolist() == [4.0, 6.0]


# --- several results ------------------------------------------------------------------


@claim("autograd.backward.several-outputs-sum", see="generated/torch.autograd.backward")
@pytest.mark.parametrize(
    "collect",
    [
        lambda *roots: list(roots),
        lambda *roots: tuple(roots),
        lambda *roots: iter(roots),
    ],
    ids=["list", "tuple", "iterator"],
)
def test_the_gradients_of_several_results_add_up(collect, device):
    """A pass from several results, of different shapes, adds the gradients of all into
    the leaves behind each; the function returns None.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    other = torch.tensor([3.0, 4.0], device=device, requires_grad=True)

    roots = collect(leaf.sum(), (leaf * 2).sum()[None], (leaf * other).sum())
    returned = torch.autograd.backward(roots)

    assert returned is None
    assert leaf.grad.tolist() == [6.0, 7.0]
    assert other.grad.tolist() == [1.0, 2.0]


@claim(
    "autograd.backward.each-result-its-gradient",
    see="generated/torch.autograd.backward",
)
def test_each_result_is_weighted_with_the_gradient_in_its_place(device):
    """The gradients of several results belong to them by place, in lists and tuples."""
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    other = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    first = torch.tensor([10.0, 20.0], device=device)
    second = torch.tensor(100.0, device=device)

    torch.autograd.backward([leaf * 2, leaf.sum()], [first, second])
    torch.autograd.backward((other.sum(), other * 2), grad_tensors=(second, first))

    assert leaf.grad.tolist() == [120.0, 140.0]
    assert other.grad.tolist() == [120.0, 140.0]


@claim("autograd.backward.number-of-gradients", see="generated/torch.autograd.backward")
def test_several_results_need_as_many_gradients(device):
    """Fewer gradients than results, in a list or a single tensor, raise RuntimeError
    that gives both numbers, and reach no leaf.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    one = torch.ones((), device=device)
    results = [leaf.sum(), leaf.sum()]

    with pytest.raises(RuntimeError, match="got 2 tensors and 1 gradients"):
        torch.autograd.backward(results, [one])
    with pytest.raises(RuntimeError, match="got 2 tensors and 1 gradients"):
        torch.autograd.backward(results, one)
    with pytest.raises(RuntimeError, match="got 2 tensors and 0 gradients"):
        torch.autograd.backward(results, [])

    assert leaf.grad is None


@claim(
    "autograd.backward.gradients-too-many",
    see="generated/torch.autograd.backward",
    level="observed",
)
def test_gradients_beyond_the_results_are_ignored(device):
    """More gradients than results are no error: those left over are ignored."""
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    gradients = [torch.tensor(3.0, device=device), torch.tensor(5.0, device=device)]

    torch.autograd.backward([leaf.sum()], gradients)

    assert leaf.grad.tolist() == [3.0, 3.0]


@claim("autograd.backward.no-results", see="generated/torch.autograd.backward")
def test_a_pass_from_no_results_does_nothing(device):
    """A pass from an empty list of results does nothing and returns None."""
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    result = (leaf * leaf).sum()

    returned = torch.autograd.backward([])
    before = leaf.grad
    result.backward()

    assert returned is None
    assert before is None
    assert leaf.grad.tolist() == [2.0, 4.0]


@claim("autograd.backward.result-twice", see="generated/torch.autograd.backward")
def test_a_result_that_is_listed_twice_counts_twice(device):
    """A result that is listed twice is passed through once with the sum of both of its
    gradients.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result, seen = leaf * leaf, []
    result.register_hook(lambda gradient: seen.append(gradient.tolist()))
    weights = torch.tensor([10.0, 1.0], device=device)

    torch.autograd.backward([result, result], [weights, weights * 2])

    assert seen == [[30.0, 3.0]]
    assert leaf.grad.tolist() == [120.0, 18.0]


@claim("autograd.backward.result-of-a-result", see="generated/torch.autograd.backward")
@pytest.mark.parametrize(
    "order",
    [lambda inner, outer: [inner, outer], lambda inner, outer: [outer, inner]],
    ids=["inner-first", "outer-first"],
)
def test_a_result_may_be_behind_another(order, device):
    """Of two results of which one was computed from the other, the inner one goes on
    with the sum of its own gradient and that through the outer, in either order.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    inner = leaf * leaf
    outer = inner * 10
    seen = []
    inner.register_hook(lambda gradient: seen.append(gradient.tolist()))

    torch.autograd.backward(order(inner, outer))

    assert seen == [11.0]
    assert leaf.grad.tolist() == 44.0


@claim("autograd.backward.positions", see="generated/torch.autograd.backward")
@recorded
def test_arguments_have_their_places(device):
    """The gradient, retain_graph and create_graph may be passed by place, in this
    order, to the method and, after the results, to the function; grad_variables and
    inputs follow there, and inputs in the method.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    other = torch.tensor(3.0, device=device, requires_grad=True)
    weight = torch.tensor(10.0, device=device)
    result = leaf * leaf * other

    result.backward(weight, True, False, [leaf])
    first = (leaf.grad.tolist(), leaf.grad.requires_grad, other.grad)
    torch.autograd.backward(result, weight, True, False, None, [other])
    second = (leaf.grad.tolist(), other.grad.tolist(), other.grad.requires_grad)
    result.backward(weight, False, True)
    third = (leaf.grad.tolist(), leaf.grad.requires_grad)

    assert first == (120.0, False, None)
    assert second == (120.0, 40.0, False)
    assert third == (240.0, True)
    with pytest.raises(RuntimeError, match="a second time"):
        result.backward()


@claim(
    "autograd.backward.grad-variables-deprecated",
    see="generated/torch.autograd.backward",
    since="2.4",
)
def test_grad_variables_is_a_deprecated_name_of_grad_tensors(device):
    """The function takes grad_variables for grad_tensors with a FutureWarning that
    points at the call.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([10.0, 1.0], device=device)

    with pytest.warns(FutureWarning, match="grad_variables. is deprecated") as seen:
        torch.autograd.backward(leaf * leaf, grad_variables=weights)

    assert seen[0].filename == __file__
    assert leaf.grad.tolist() == [40.0, 6.0]


@claim(
    "autograd.backward.grad-variables-warned-users",
    see="generated/torch.autograd.backward",
    until="2.4",
)
@pytest.mark.filterwarnings("ignore:.grad_variables. is deprecated:FutureWarning")
def test_grad_variables_warns_users(device):
    """The function takes grad_variables for grad_tensors with a UserWarning."""
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([10.0, 1.0], device=device)

    with pytest.warns(UserWarning, match="grad_variables. is deprecated"):
        torch.autograd.backward(leaf * leaf, grad_variables=weights)

    assert leaf.grad.tolist() == [40.0, 6.0]


@claim(
    "autograd.backward.grad-variables-beside-grad-tensors",
    see="generated/torch.autograd.backward",
)
@pytest.mark.filterwarnings("ignore:.grad_variables. is deprecated")
def test_grad_variables_and_grad_tensors_together_are_refused(device):
    """Passing both grad_tensors and grad_variables raises RuntimeError and reaches no
    leaf.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weights = torch.tensor([10.0, 1.0], device=device)

    with pytest.raises(RuntimeError, match=r"arguments both passed to .?backward"):
        torch.autograd.backward(leaf * leaf, weights, grad_variables=weights)

    assert leaf.grad is None


# --- what is freed --------------------------------------------------------------------

FREED = "Trying to backward through the graph a second time"


@claim("autograd.backward.graph-freed-after-use", see="generated/torch.Tensor.backward")
def test_a_graph_is_passed_through_once(device):
    """A second pass from a result raises RuntimeError and adds nothing; a result that
    was computed anew can be passed from.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = (leaf * leaf).sum()

    result.backward()
    with pytest.raises(RuntimeError, match=FREED):
        result.backward()
    after_failure = leaf.grad.tolist()
    (leaf * leaf).sum().backward()

    assert after_failure == [4.0, 6.0]
    assert leaf.grad.tolist() == [8.0, 12.0]


@claim("autograd.backward.graph-freed", see="generated/torch.Tensor.backward")
def test_retain_graph_keeps_the_graph_for_further_passes(device):
    """With retain_graph=True a graph can be passed through again, as often as it is
    asked for; a pass without it, or with retain_graph=False, is the last.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result, other = (leaf**2).sum(), (leaf**2).sum()

    result.backward(retain_graph=True)
    result.backward(retain_graph=True)
    after_two = leaf.grad.tolist()
    result.backward()
    other.backward(retain_graph=False)

    assert after_two == [8.0, 12.0]
    assert leaf.grad.requires_grad is False
    with pytest.raises(RuntimeError, match=FREED):
        result.backward()
    with pytest.raises(RuntimeError, match=FREED):
        other.backward(retain_graph=True)
    assert leaf.grad.tolist() == [16.0, 24.0]


@claim("autograd.backward.nothing-saved", see="notes/autograd", level="observed")
def test_operations_that_saved_nothing_can_be_passed_again(device):
    """A graph of operations that save no tensors, such as adding a number, negating,
    viewing and summing, can be passed through again without retain_graph.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    result = (-(leaf + 2).view(2, 1)).sum()

    result.backward()
    result.backward()

    assert leaf.grad.tolist() == [-2.0, -2.0]


@claim("autograd.backward.freed-part", see="notes/autograd")
def test_a_part_that_two_results_share_is_freed_by_the_first_pass(device):
    """Two results that share a part can't both be passed from without retain_graph, in
    whichever order; results that share only the leaf can.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    shared = leaf * leaf
    first, second = (shared * 2).sum(), (shared * 3).sum()
    apart = (leaf * leaf).sum()

    second.backward()
    with pytest.raises(RuntimeError, match=FREED):
        first.backward()
    apart.backward()

    assert leaf.grad.tolist() == [16.0, 24.0]


@claim("autograd.backward.only-what-was-passed-is-freed", see="notes/autograd")
def test_a_part_that_a_pass_did_not_need_is_not_freed(device):
    """A pass that is limited to some inputs frees only the operations between them and
    the result: those before can still be passed through from elsewhere.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    weight = torch.tensor([5.0, 7.0], device=device, requires_grad=True)
    trunk = leaf * leaf
    product = trunk * weight

    product.sum().backward(inputs=[weight])
    (trunk * 10).sum().backward()

    assert weight.grad.tolist() == [4.0, 9.0]
    assert weight.grad.requires_grad is False
    assert leaf.grad.tolist() == [40.0, 60.0]
    assert leaf.grad.requires_grad is False
    with pytest.raises(RuntimeError, match=FREED):
        product.sum().backward(inputs=[weight])


@claim("autograd.backward.pass-that-fails-midway", see="notes/autograd")
def test_an_error_in_the_middle_of_a_pass_is_the_error_of_the_pass(device):
    """An error that a hook raises ends the pass and is raised by backward(); leaves
    behind it get nothing, and the next pass is not affected.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    middle = leaf * 2

    def refuse(gradient):
        raise ValueError("refused")

    handle = middle.register_hook(refuse)

    with pytest.raises(ValueError, match="refused"):
        (middle * 3).sum().backward()
    after_failure = leaf.grad
    handle.remove()
    (middle * 5).sum().backward()

    assert after_failure is None
    assert leaf.grad.tolist() == [10.0, 10.0]


# --- recording the pass ---------------------------------------------------------------


@claim("autograd.backward.create-graph", see="generated/torch.Tensor.backward")
def test_create_graph_records_the_pass(device):
    """With create_graph=True the gradient has a graph of its own and can be passed from
    in turn, and backward() warns of a reference cycle; without it, as by default, the
    gradient has no graph.
    """
    recorded_leaf = torch.tensor(3.0, device=device, requires_grad=True)
    leaf = torch.tensor(3.0, device=device, requires_grad=True)

    with pytest.warns(UserWarning, match="will create a reference cycle"):
        (recorded_leaf**3).backward(create_graph=True)
    with pytest.warns(UserWarning, match="will create a reference cycle"):
        torch.autograd.backward(recorded_leaf * 0, create_graph=True)
    (second,) = torch.autograd.grad(recorded_leaf.grad, recorded_leaf)
    (leaf**3).backward()

    assert recorded_leaf.grad.requires_grad is True
    assert recorded_leaf.grad.grad_fn is not None
    assert recorded_leaf.grad.tolist() == 27.0
    assert second.tolist() == 18.0
    assert leaf.grad.tolist() == 27.0
    assert (leaf.grad.requires_grad, leaf.grad.grad_fn) == (False, None)


@claim(
    "autograd.backward.create-graph-of-a-pass", see="generated/torch.Tensor.backward"
)
@recorded
def test_a_pass_from_a_gradient_adds_the_second_derivative(device):
    """A pass from a recorded gradient adds the second derivative to it, since the leaf
    is the same.
    """
    leaf = torch.tensor(3.0, device=device, requires_grad=True)

    (leaf**3).backward(create_graph=True)
    first = leaf.grad
    first.backward()

    assert first.tolist() == 45.0
    assert leaf.grad is first


@claim(
    "autograd.backward.retain-graph-follows-create-graph",
    see="generated/torch.Tensor.backward",
)
@recorded
@pytest.mark.parametrize(
    "backward",
    [
        lambda result, **options: result.backward(**options),
        lambda result, **options: torch.autograd.backward(result, **options),
    ],
    ids=["method", "function"],
)
def test_retain_graph_follows_create_graph_unless_given(backward, device):
    """By default, None, a graph is retained exactly if the pass is recorded; with
    retain_graph=False a recorded pass frees it nevertheless.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    other = torch.tensor(2.0, device=device, requires_grad=True)
    kept, freed = leaf**2, other**2

    backward(kept, create_graph=True)
    backward(kept, retain_graph=None)
    after_two = leaf.grad.tolist()
    backward(freed, create_graph=True, retain_graph=False)

    assert after_two == 8.0
    assert (other.grad.tolist(), other.grad.requires_grad) == (4.0, True)
    with pytest.raises(RuntimeError, match=FREED):
        backward(kept)
    with pytest.raises(RuntimeError, match=FREED):
        backward(freed)


@claim("autograd.backward.defaults", see="generated/torch.autograd.backward")
@pytest.mark.parametrize(
    ("backward", "gradient"),
    [
        (lambda: torch.Tensor.backward, "gradient"),
        (lambda: torch.autograd.backward, "grad_tensors"),
    ],
    ids=["method", "function"],
)
def test_every_argument_after_the_result_has_a_default(backward, gradient):
    """Of the method's and the function's arguments the gradients, retain_graph and
    inputs default to None, and create_graph to False.
    """
    parameters = inspect.signature(backward()).parameters

    assert parameters[gradient].default is None
    assert parameters["retain_graph"].default is None
    assert parameters["create_graph"].default is False
    assert parameters["inputs"].default is None


@claim("autograd.backward.gradient-penalty", see="generated/torch.autograd.grad")
def test_a_penalty_on_a_gradient_reaches_the_parameters(device):
    """A penalty on a recorded gradient, of w * x**2 by x, is passed back into w and x;
    on one that was not recorded the pass raises RuntimeError.
    """
    w = torch.tensor(2.0, device=device, requires_grad=True)
    x = torch.tensor(3.0, device=device, requires_grad=True)

    (slope,) = torch.autograd.grad(w * x**2, x, create_graph=True)
    ((slope.abs() - 1) ** 2).backward()
    (plain_slope,) = torch.autograd.grad(w * x**2, x)

    assert slope.tolist() == 12.0
    assert (w.grad.tolist(), w.grad.requires_grad) == (132.0, False)
    assert x.grad.tolist() == 88.0
    assert plain_slope.tolist() == 12.0
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require gra"):
        ((plain_slope.abs() - 1) ** 2).backward()


@claim("autograd.backward.step-through-a-step", see="generated/torch.autograd.grad")
def test_a_loss_after_a_recorded_step_reaches_what_the_step_depended_on(device):
    """The loss of a weight that was moved down a recorded gradient is passed back
    through the step, to the weight before it and to the learning rate.
    """
    weight = torch.tensor(3.0, device=device, requires_grad=True)
    rate = torch.tensor(0.25, device=device, requires_grad=True)

    (slope,) = torch.autograd.grad(weight**2, weight, create_graph=True)
    moved = weight - rate * slope
    (moved**2).backward()

    assert moved.tolist() == 1.5
    assert weight.grad.tolist() == 1.5
    assert rate.grad.tolist() == -18.0


# --- the order of the pass ------------------------------------------------------------


@claim("autograd.backward.reverse-order", see="notes/autograd")
def test_gradients_are_computed_from_the_result_back(device):
    """A pass computes the gradients of the tensors in a chain latest first, each as the
    derivative of the result by that tensor; what a hook returns takes the gradient's
    place from there on.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    second = leaf * leaf
    third = second * 10
    seen = []
    third.register_hook(lambda gradient: seen.append(("third", gradient.tolist())))
    second.register_hook(lambda gradient: seen.append(("second", gradient.tolist())))
    leaf.register_hook(lambda gradient: seen.append(("leaf", gradient.tolist())))

    (third * 3).backward(retain_graph=True)
    third.register_hook(lambda gradient: gradient * 100)
    (third * 3).backward()

    assert seen == [
        ("third", 3.0),
        ("second", 30.0),
        ("leaf", 120.0),
        ("third", 3.0),
        ("second", 3000.0),
        ("leaf", 12000.0),
    ]
    assert leaf.grad.tolist() == 12120.0


@claim("autograd.backward.each-operation-once", see="notes/autograd")
def test_an_operation_waits_for_all_gradients_of_its_result(device):
    """An operation whose result was used several times runs once in a pass, after all
    of its users, with the sum of their gradients.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    shared = leaf * leaf
    near = shared * 10
    seen = []
    shared.register_hook(lambda gradient: seen.append(gradient.item()))
    near.register_hook(lambda gradient: seen.append("near"))

    (near + shared + shared * 100).backward()

    assert seen == ["near", 111]
    assert leaf.grad.tolist() == 444.0


@claim("autograd.backward.latest-first", see="notes/autograd", level="observed")
def test_of_operations_that_are_ready_the_latest_made_runs_first(device):
    """Of several branches the pass takes the one whose operation was performed last
    first, wherever it stands in the result and in the list of results.
    """
    leaf = torch.tensor(1.0, device=device, requires_grad=True)
    early, middle, late = leaf * 2, leaf * 3, leaf * 5
    seen = []
    early.register_hook(lambda gradient: seen.append(("early", gradient.tolist())))
    late.register_hook(lambda gradient: seen.append(("late", gradient.tolist())))
    middle.register_hook(lambda gradient: seen.append(("middle", gradient.tolist())))

    (late * 100 + early + middle * 10).backward(retain_graph=True)
    torch.autograd.backward([middle, early, late])

    assert seen == [
        ("late", 100.0),
        ("middle", 10.0),
        ("early", 1.0),
        ("late", 1.0),
        ("middle", 1.0),
        ("early", 1.0),
    ]


# --- inputs ---------------------------------------------------------------------------


@claim("autograd.backward.inputs", see="generated/torch.Tensor.backward")
def test_inputs_limit_the_pass_to_what_they_name(device):
    """With inputs= gradients go to the tensors that it names, leaves and others, and no
    other leaf is written; one that the result does not depend on silently keeps its
    gradient, and an empty list raises RuntimeError.
    """
    leaf = torch.tensor([2.0], device=device, requires_grad=True)
    other = torch.tensor([3.0], device=device, requires_grad=True)
    unrelated = torch.tensor([1.0], device=device, requires_grad=True)
    middle = leaf * other
    result = middle * middle

    result.backward(inputs=leaf, retain_graph=True)
    result.backward(inputs=(middle, unrelated))
    with pytest.raises(RuntimeError, match=r"inputs.* argument to .?backward.* empty"):
        result.backward(inputs=[])
    with pytest.raises(RuntimeError, match=r"inputs.* argument to .?backward.* empty"):
        torch.autograd.backward(result, inputs=())

    assert (leaf.grad.tolist(), leaf.grad.requires_grad) == ([36.0], False)
    assert (middle.grad.tolist(), middle.grad.requires_grad) == ([12.0], False)
    assert other.grad is None
    assert unrelated.grad is None


@claim(
    "autograd.backward.inputs-without-dims",
    see="generated/torch.Tensor.backward",
    since="2.8",
)
def test_a_tensor_without_dims_may_be_the_only_input(device):
    """A single tensor for inputs may have no dims."""
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    other = torch.tensor(3.0, device=device, requires_grad=True)

    (leaf * other).backward(inputs=leaf)

    assert leaf.grad.tolist() == 3.0
    assert other.grad is None


@claim(
    "autograd.backward.inputs-without-dims-were-refused",
    see="generated/torch.Tensor.backward",
    until="2.8",
)
def test_a_tensor_without_dims_is_not_taken_for_inputs(device):
    """A single tensor without dims for inputs raises TypeError; in a list it is not."""
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    result = leaf * leaf

    with pytest.raises(TypeError, match=r"len\(\) of a 0-d tensor"):
        result.backward(inputs=leaf)
    before = leaf.grad
    result.backward(inputs=[leaf])

    assert before is None
    assert leaf.grad.tolist() == 4.0


@claim("autograd.backward.inputs-with-gradients", see="generated/torch.Tensor.backward")
def test_an_input_keeps_what_it_has_and_adds_to_it(device):
    """An input that already has a gradient gets the sum, and one that the result does
    not depend on keeps the gradient that it has; a tensor on the way is given its
    gradient beside a leaf behind it.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    unrelated = torch.tensor(1.0, device=device, requires_grad=True)
    leaf.grad = torch.tensor(100.0, device=device)
    unrelated.grad = torch.tensor(200.0, device=device)
    middle = leaf * 3

    (middle * 5).backward(inputs=[leaf, middle, unrelated])

    assert leaf.grad.tolist() == 115.0
    assert middle.grad.tolist() == 5.0
    assert unrelated.grad.tolist() == 200.0


@claim(
    "autograd.backward.inputs-must-require-grad",
    see="generated/torch.Tensor.backward",
)
def test_an_input_that_does_not_require_gradients_is_refused(device):
    """An input that does not require gradients, or is no tensor, raises RuntimeError
    and no leaf is written.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    plain = torch.tensor(3.0, device=device)

    with pytest.raises(RuntimeError, match="requires_grad=False"):
        (leaf * plain).backward(inputs=[leaf, plain])
    with pytest.raises(RuntimeError, match="all inputs have to be Tensors"):
        (leaf * plain).backward(inputs=[leaf, 1.0])

    assert leaf.grad is None
    assert plain.grad is None


@claim(
    "autograd.backward.inputs-in-a-dict",
    see="generated/torch.Tensor.backward",
    since="2.13",
)
def test_inputs_may_be_the_values_of_a_dict(device):
    """A dict for inputs stands for its values, so that the named parameters of a module
    can be passed; an empty one raises RuntimeError.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    other = torch.tensor(3.0, device=device, requires_grad=True)
    result = leaf * other * 10

    result.backward(inputs={"leaf": leaf}, retain_graph=True)
    torch.autograd.backward(result, inputs={"other": other})
    with pytest.raises(RuntimeError, match="cannot be empty"):
        result.backward(inputs={})

    assert (leaf.grad.tolist(), leaf.grad.requires_grad) == (30.0, False)
    assert (other.grad.tolist(), other.grad.requires_grad) == (20.0, False)


@claim(
    "autograd.backward.inputs-in-another-mapping",
    see="generated/torch.Tensor.backward",
    since="2.13",
)
def test_inputs_in_a_mapping_that_is_not_a_dict_are_refused(device):
    """A mapping for inputs of any class but dict, of a subclass too, raises TypeError
    and no leaf is written.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)

    class Named(dict):
        pass

    result = leaf * 10

    with pytest.raises(TypeError, match="must be a dict, not Named"):
        result.backward(inputs=Named(leaf=leaf))

    assert leaf.grad is None


# --- who is asked ---------------------------------------------------------------------


class Asked(torch.Tensor):
    """A tensor that answers backward() with the options it was called with."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), options=None):
        """Answer in the function's place, or let it go on."""
        if function.__name__ == "backward":
            return options
        return super().__torch_function__(function, types, args, options or {})


@claim("autograd.backward.subclass", see="notes/extending")
def test_a_subclass_is_asked_before_a_pass(device):
    """The method backward() of a subclass asks its __torch_function__ instead of making
    a pass, and hands over every argument by name.
    """
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    result = (leaf * 3).as_subclass(Asked)
    one = torch.ones((), device=device)

    options = result.backward(one, True, True, [leaf])
    defaults = result.backward()

    assert options == {
        "gradient": one,
        "retain_graph": True,
        "create_graph": True,
        "inputs": [leaf],
    }
    assert defaults == {
        "gradient": None,
        "retain_graph": None,
        "create_graph": False,
        "inputs": None,
    }
    assert leaf.grad is None


@claim("autograd.backward.subclass-in-function", see="notes/extending", since="2.11")
def test_a_subclass_is_asked_by_the_function_too(device):
    """The function autograd.backward() asks a subclass among its results or inputs."""
    leaf = torch.tensor(2.0, device=device, requires_grad=True)
    one, asked = torch.ones((), device=device), leaf.as_subclass(Asked)

    options = torch.autograd.backward([leaf * 3, asked], [one, one])
    with_inputs = torch.autograd.backward(
        leaf * 3, retain_graph=True, create_graph=True, inputs=[asked]
    )

    assert options == {
        "grad_tensors": [one, one],
        "retain_graph": None,
        "create_graph": False,
        "inputs": None,
    }
    assert with_inputs["inputs"][0] is asked
    assert (with_inputs["retain_graph"], with_inputs["create_graph"]) == (True, True)
    assert leaf.grad is None


@claim("autograd.backward.inside-a-transform", see="func", since="2.0")
def test_a_pass_inside_a_transform_is_refused(device):
    """Inside a function that torch.func transforms, backward() raises RuntimeError."""
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    batch = torch.ones(2, device=device)

    def squared(x):
        (leaf * leaf).sum().backward()
        return x * x

    with pytest.raises(RuntimeError, match="called inside a functorch transform"):
        torch.func.vmap(squared)(batch)

    assert leaf.grad is None


# --- checking derivatives -------------------------------------------------------------


class Wrong(torch.autograd.Function):
    """The square, with three times its half as derivative."""

    @staticmethod
    def forward(ctx, x):
        """Square a tensor."""
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, gradient):
        """Multiply the gradient by three times the tensor."""
        return gradient * ctx.saved_tensors[0] * 3


@claim(
    "autograd.backward.gradcheck",
    see="generated/torch.autograd.gradcheck.gradcheck",
    differs=[NO_FLOAT64],
)
def test_gradcheck_compares_derivatives_with_differences(device):
    """The function gradcheck() returns True where the derivatives of float64 inputs
    are those that differences show; a wrong one raises GradcheckError, or gives False
    with raise_exception=False.
    """
    double = {"dtype": torch.float64, "device": device, "requires_grad": True}
    x, w = torch.tensor([0.5, 2.0], **double), torch.tensor(3.0, **double)

    assert torch.autograd.gradcheck(lambda x, w: (x * w).sin() * x, (x, w)) is True
    assert torch.autograd.gradcheck(Wrong.apply, x, raise_exception=False) is False
    with pytest.raises(
        GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"
    ):
        torch.autograd.gradcheck(Wrong.apply, x)
    assert x.grad is None


# --- derivatives of operations --------------------------------------------------------


def pulled_back(function, shape, device):
    """The gradient of [[1, 2, 3], [4, 5, 6]] through a function from whose result, of
    this shape, a pass starts with the gradients 10, 20, 30, ... in order.
    """
    x = torch.tensor(
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device, requires_grad=True
    )
    gradients = torch.arange(1.0, 1 + math.prod(shape), device=device) * 10
    function(x).backward(gradients.reshape(shape))
    return x.grad.tolist()


IN_ORDER = [[10, 20, 30], [40, 50, 60]]
VIEWS = {
    "view": (lambda x: x.view(3, 2), (3, 2), IN_ORDER),
    "reshape": (lambda x: x.reshape(6), (6,), IN_ORDER),
    "flatten": (lambda x: x.flatten(), (6,), IN_ORDER),
    "unflatten": (lambda x: x.unflatten(1, (3, 1)), (2, 3, 1), IN_ORDER),
    "unsqueeze": (lambda x: x.unsqueeze(1), (2, 1, 3), IN_ORDER),
    "squeeze": (lambda x: x.view(2, 1, 3).squeeze(1), (2, 3), IN_ORDER),
    "t": (lambda x: x.t(), (3, 2), [[10, 30, 50], [20, 40, 60]]),
    "transpose": (lambda x: x.transpose(0, 1), (3, 2), [[10, 30, 50], [20, 40, 60]]),
    "permute": (
        lambda x: x.view(1, 2, 3).permute(2, 0, 1),
        (3, 1, 2),
        [[10, 30, 50], [20, 40, 60]],
    ),
    "movedim": (
        lambda x: x.view(2, 1, 3).movedim(0, 2),
        (1, 3, 2),
        [[10, 30, 50], [20, 40, 60]],
    ),
    "expand": (
        lambda x: x.expand(2, 2, 3),
        (2, 2, 3),
        [[80, 100, 120], [140, 160, 180]],
    ),
    "expand a 1": (lambda x: x[:, :1].expand(2, 3), (2, 3), [[60, 0, 0], [150, 0, 0]]),
    "row": (lambda x: x[1], (3,), [[0, 0, 0], [10, 20, 30]]),
    "element": (lambda x: x[1, 2], (), [[0, 0, 0], [0, 0, 10]]),
    "slice": (lambda x: x[:, 1:], (2, 2), [[0, 10, 20], [0, 30, 40]]),
    "every second": (lambda x: x[:, ::2], (2, 2), [[10, 0, 20], [30, 0, 40]]),
    "select": (lambda x: x.select(1, 2), (2,), [[0, 0, 10], [0, 0, 20]]),
    "narrow": (lambda x: x.narrow(1, 1, 2), (2, 2), [[0, 10, 20], [0, 30, 40]]),
    "diagonal": (lambda x: x.diagonal(), (2,), [[10, 0, 0], [0, 20, 0]]),
    "unfold": (lambda x: x.unfold(1, 2, 1), (2, 2, 2), [[10, 50, 40], [50, 130, 80]]),
    "as_strided": (
        lambda x: x.as_strided((2, 2), (1, 1)),
        (2, 2),
        [[10, 50, 40], [0, 0, 0]],
    ),
    "split": (
        lambda x: torch.cat(x.split(2, 1)[::-1], 1),
        (2, 3),
        [[20, 30, 10], [50, 60, 40]],
    ),
    "chunk": (lambda x: x.chunk(2, 1)[0], (2, 2), [[10, 20, 0], [30, 40, 0]]),
    "unbind": (
        lambda x: torch.stack(x.unbind(1)[::-1]),
        (3, 2),
        [[50, 30, 10], [60, 40, 20]],
    ),
}


@claim("autograd.backward.through-views", see="tensor_view")
def test_the_gradient_of_a_view_goes_to_the_elements_that_it_shows(device):
    """Through a view each element gets the sum of the gradients of the places that show
    it, and 0 if none does.
    """
    found = {
        name: pulled_back(view, shape, device)
        for name, (view, shape, _) in VIEWS.items()
    }

    assert found == {name: expected for name, (_, _, expected) in VIEWS.items()}


COPIES = {
    "clone": (lambda x: x.clone(), (2, 3), IN_ORDER),
    "contiguous": (lambda x: x.t().contiguous(), (3, 2), [[10, 30, 50], [20, 40, 60]]),
    "to": (lambda x: x.to(torch.bfloat16), (2, 3), IN_ORDER),
    "repeat": (lambda x: x.repeat(1, 2), (2, 6), [[50, 70, 90], [170, 190, 210]]),
    "tile": (lambda x: x.tile(2, 1), (4, 3), [[80, 100, 120], [140, 160, 180]]),
    "repeat_interleave": (
        lambda x: x.repeat_interleave(2, 1),
        (2, 6),
        [[30, 70, 110], [150, 190, 230]],
    ),
    "flip": (lambda x: x.flip(1), (2, 3), [[30, 20, 10], [60, 50, 40]]),
    "roll": (lambda x: x.roll(1, 1), (2, 3), [[20, 30, 10], [50, 60, 40]]),
    "rot90": (lambda x: x.rot90(), (3, 2), [[50, 30, 10], [60, 40, 20]]),
    "tril": (lambda x: x.tril(), (2, 3), [[10, 0, 0], [40, 50, 0]]),
    "triu": (lambda x: x.triu(1), (2, 3), [[0, 20, 30], [0, 0, 60]]),
    "pad": (
        lambda x: torch.nn.functional.pad(x, (1, 0)),
        (2, 4),
        [[20, 30, 40], [60, 70, 80]],
    ),
    "cat": (lambda x: torch.cat([x, x]), (4, 3), [[80, 100, 120], [140, 160, 180]]),
    "cat 1": (
        lambda x: torch.cat([x[:, :1], x], 1),
        (2, 4),
        [[30, 30, 40], [110, 70, 80]],
    ),
    "stack": (
        lambda x: torch.stack([x, x], 1),
        (2, 2, 3),
        [[50, 70, 90], [170, 190, 210]],
    ),
    "sort": (
        lambda x: x.sort(1, descending=True).values,
        (2, 3),
        [[30, 20, 10], [60, 50, 40]],
    ),
    "sort back": (lambda x: x.roll(1, 1).sort(1).values, (2, 3), IN_ORDER),
    "topk": (lambda x: x.topk(2, 1).values, (2, 2), [[0, 20, 10], [0, 40, 30]]),
    "kthvalue": (lambda x: x.kthvalue(2, 1).values, (2,), [[0, 10, 0], [0, 20, 0]]),
}


@claim("autograd.backward.through-copies", see="notes/autograd")
def test_the_gradient_of_a_copy_goes_back_to_where_elements_came_from(device):
    """Through operations that copy elements to other places each gets the sum of the
    gradients of its copies, and 0 if it has none.
    """
    found = {
        name: pulled_back(copy, shape, device)
        for name, (copy, shape, _) in COPIES.items()
    }

    assert found == {name: expected for name, (_, _, expected) in COPIES.items()}


def indices(x, *rows):
    """A tensor of indices on the device of another tensor."""
    return torch.tensor(rows, device=x.device)


SELECTIONS = {
    "list": (lambda x: x[[1, 1]], (2, 3), [[0, 0, 0], [50, 70, 90]]),
    "pairs": (lambda x: x[[0, 1, 0], [2, 0, 2]], (3,), [[0, 0, 40], [20, 0, 0]]),
    "mask": (lambda x: x[x > 2], (4,), [[0, 0, 10], [20, 30, 40]]),
    "masked_select": (lambda x: x.masked_select(x < 3), (2,), [[10, 20, 0], [0, 0, 0]]),
    "masked_fill": (
        lambda x: x.masked_fill(x > 4, 0),
        (2, 3),
        [[10, 20, 30], [40, 0, 0]],
    ),
    "where": (lambda x: torch.where(x > 2, x, 0.0), (2, 3), [[0, 0, 30], [40, 50, 60]]),
    "index_select": (
        lambda x: x.index_select(1, indices(x, 2, 0)),
        (2, 2),
        [[20, 0, 10], [40, 0, 30]],
    ),
    "gather": (
        lambda x: x.gather(1, indices(x, [0, 0], [2, 1])),
        (2, 2),
        [[30, 0, 0], [0, 40, 30]],
    ),
    "take": (lambda x: x.take(indices(x, 5, 0, 5)), (3,), [[20, 0, 0], [0, 0, 40]]),
    "scatter, the target": (
        lambda x: x.scatter(1, indices(x, [0], [1]), 9.0),
        (2, 3),
        [[0, 20, 30], [40, 0, 60]],
    ),
    "scatter, the source": (
        lambda x: (x * 0).detach().scatter(1, indices(x, [2, 0, 1], [0, 1, 2]), x),
        (2, 3),
        [[30, 10, 20], [40, 50, 60]],
    ),
    "scatter_add, the source": (
        lambda x: (x * 0).detach().scatter_add(1, indices(x, [2, 0, 0], [0, 1, 1]), x),
        (2, 3),
        [[30, 10, 10], [40, 50, 50]],
    ),
    "index_add, the source": (
        lambda x: (x * 0).detach().index_add(1, indices(x, 2, 0, 0), x),
        (2, 3),
        [[30, 10, 10], [60, 40, 40]],
    ),
    "index_copy, the source": (
        lambda x: (x * 0).detach().index_copy(1, indices(x, 2, 0, 1), x),
        (2, 3),
        [[30, 10, 20], [60, 40, 50]],
    ),
    "masked_scatter, the source": (
        lambda x: (x * 0).detach().masked_scatter(x > 4, x),
        (2, 3),
        [[50, 60, 0], [0, 0, 0]],
    ),
    "index_fill": (
        lambda x: x.index_fill(1, indices(x, 1), 0),
        (2, 3),
        [[10, 0, 30], [40, 0, 60]],
    ),
    "index_put": (
        lambda x: x.index_put((indices(x, 1),), x[0]),
        (2, 3),
        [[50, 70, 90], [0, 0, 0]],
    ),
    "index_put, accumulated": (
        lambda x: x.index_put((indices(x, 1),), x[0], accumulate=True),
        (2, 3),
        [[50, 70, 90], [40, 50, 60]],
    ),
}


@claim("autograd.backward.through-selections", see="notes/autograd")
def test_the_gradient_of_a_selection_goes_to_the_elements_that_were_chosen(device):
    """Through an index or a mask the chosen elements get the gradients of the places
    that they went to, summed where one was chosen twice, and elements that were not
    chosen or were overwritten get 0.
    """
    found = {
        name: pulled_back(pick, shape, device)
        for name, (pick, shape, _) in SELECTIONS.items()
    }

    assert found == {name: expected for name, (_, _, expected) in SELECTIONS.items()}


REDUCTIONS = {
    "sum": (lambda x: x.sum(), (), [[10, 10, 10], [10, 10, 10]]),
    "sum 0": (lambda x: x.sum(0), (3,), [[10, 20, 30], [10, 20, 30]]),
    "sum 1": (lambda x: x.sum(1, keepdim=True), (2, 1), [[10, 10, 10], [20, 20, 20]]),
    "sum of dims": (lambda x: x[None].sum((0, -1)), (2,), [[10, 10, 10], [20, 20, 20]]),
    "mean": (lambda x: x.mean(0), (3,), [[5, 10, 15], [5, 10, 15]]),
    "prod": (lambda x: x.prod(1), (2,), [[60, 30, 20], [600, 480, 400]]),
    "amax": (lambda x: x.amax(1), (2,), [[0, 0, 10], [0, 0, 20]]),
    "amin": (lambda x: x.amin(1, keepdim=True), (2, 1), [[10, 0, 0], [20, 0, 0]]),
    "max": (lambda x: x.max(), (), [[0, 0, 0], [0, 0, 10]]),
    "max 0": (lambda x: x.max(0).values, (3,), [[0, 0, 0], [10, 20, 30]]),
    "min 1": (lambda x: x.min(1).values, (2,), [[10, 0, 0], [20, 0, 0]]),
    "median": (lambda x: x.median(1).values, (2,), [[0, 10, 0], [0, 20, 0]]),
    "var": (lambda x: x.var(1), (2,), [[-10, 0, 10], [-20, 0, 20]]),
    "var of all": (
        lambda x: x.var(1, unbiased=False) * 3,
        (2,),
        [[-20, 0, 20], [-40, 0, 40]],
    ),
    "std": (lambda x: x.std(1), (2,), [[-5, 0, 5], [-10, 0, 10]]),
    "1-norm": (lambda x: (-x).norm(p=1, dim=1), (2,), [[10, 10, 10], [20, 20, 20]]),
    "2-norm": (lambda x: x.flatten()[2:4].norm(), (), [[0, 0, 6], [8, 0, 0]]),
    "cumsum": (lambda x: x.cumsum(1), (2, 3), [[60, 50, 30], [150, 110, 60]]),
    "cumprod": (lambda x: x[:, :2].cumprod(1), (2, 2), [[50, 20, 0], [230, 160, 0]]),
    "cummax": (lambda x: (-x).cummax(1).values, (2, 3), [[-60, 0, 0], [-150, 0, 0]]),
    "cummin": (lambda x: x.cummin(1).values, (2, 3), [[60, 0, 0], [150, 0, 0]]),
    "diff": (lambda x: x.diff(), (2, 2), [[-10, -10, 20], [-30, -10, 40]]),
    "trace": (lambda x: x[:, :2].trace(), (), [[10, 0, 0], [0, 10, 0]]),
}


@claim("autograd.backward.through-reductions", see="notes/autograd")
def test_the_gradient_of_a_reduction_goes_to_all_that_it_was_made_of(device):
    """Through a reduction each element gets the gradient of the result that it went
    into, times the derivative by that element.
    """
    found = {
        name: pulled_back(made, shape, device)
        for name, (made, shape, _) in REDUCTIONS.items()
    }

    assert found == {name: expected for name, (_, _, expected) in REDUCTIONS.items()}


@claim("autograd.backward.through-softmax", see="generated/torch.nn.functional.softmax")
def test_the_gradient_of_a_softmax_is_weighted_with_the_probabilities(device):
    """Through softmax() each element gets its probability times the difference of its
    gradient from the mean gradient, through log_softmax() its gradient less the sum of
    the gradients times its probability, and through logsumexp() that of the result
    times its probability.
    """
    logits = torch.tensor([1.0, 1.0, 2.0], device=device).log()
    leaves = [logits.clone().requires_grad_() for _ in range(4)]
    gradient = torch.tensor([4.0, 8.0, 16.0], device=device)

    leaves[0].softmax(0).backward(gradient)
    leaves[1].log_softmax(0).backward(gradient)
    leaves[2].logsumexp(0).backward(gradient[0])
    leaves[3].logcumsumexp(0).backward(gradient)

    # The probabilities are 1/4, 1/4 and 1/2, and 1 to 4 the sums of the exponentials.
    assert leaves[0].grad.tolist() == pytest.approx([-1.75, -0.75, 2.5], rel=1e-5)
    assert leaves[1].grad.tolist() == pytest.approx([-3.0, 1.0, 2.0], rel=1e-5)
    assert leaves[2].grad.tolist() == pytest.approx([1.0, 1.0, 2.0], rel=1e-5)
    assert leaves[3].grad.tolist() == pytest.approx([12.0, 8.0, 8.0], rel=1e-5)


def pulled_back_to_both(function, a, b, device):
    """The result of a function of two tensors, and their gradients after a pass from
    there with the gradients 1, 10, 100, ... in order.
    """
    a = torch.tensor(a, device=device, requires_grad=True)
    b = torch.tensor(b, device=device, requires_grad=True)
    result = function(a, b)
    powers = torch.tensor([10.0**place for place in range(result.numel())])
    result.backward(powers.reshape(result.shape).to(device))
    return result.tolist(), a.grad.tolist(), b.grad.tolist()


PAIRS = {
    "add": (lambda a, b: torch.add(a, b, alpha=2), [10, 19], [1, 10], [2, 20]),
    "+": (lambda a, b: a + b, [6, 11], [1, 10], [1, 10]),
    "sub": (lambda a, b: torch.sub(a, b, alpha=3), [-10, -21], [1, 10], [-3, -30]),
    "-": (lambda a, b: a - b, [-2, -5], [1, 10], [-1, -10]),
    "*": (lambda a, b: a * b, [8, 24], [4, 80], [2, 30]),
    "/": (lambda a, b: a / b, [0.5, 0.375], [0.25, 1.25], [-0.125, -0.46875]),
    "maximum": (lambda a, b: torch.maximum(a, b - 3), [2, 5], [1, 0], [0, 10]),
    "minimum": (lambda a, b: torch.minimum(a, b - 3), [1, 3], [0, 10], [1, 0]),
    "where": (lambda a, b: torch.where(a > 2, a, b), [4, 3], [0, 10], [1, 0]),
    "lerp": (
        lambda a, b: torch.lerp(a, b, 0.25),
        [2.5, 4.25],
        [0.75, 7.5],
        [0.25, 2.5],
    ),
    "lerp, the weight": (lambda a, b: torch.lerp(a, b, a), [6, 18], [1, 30], [2, 30]),
    "clamp, min": (
        lambda a, b: torch.clamp(a, min=b - 4.5),
        [2, 3.5],
        [1, 0],
        [0, 10],
    ),
    "clamp, max": (
        lambda a, b: torch.clamp(a, max=b - 4.5),
        [-0.5, 3],
        [0, 10],
        [1, 0],
    ),
    "addcmul": (
        lambda a, b: torch.addcmul(a, a, b, value=2),
        [18, 51],
        [9, 170],
        [4, 60],
    ),
    "addcdiv": (
        lambda a, b: torch.addcdiv(a, a, b, value=2),
        [3, 3.75],
        [1.5, 12.5],
        [-0.25, -0.9375],
    ),
    "fmod": (lambda a, b: torch.fmod(b, a), [0, 2], [-2, -20], [1, 10]),
    "remainder": (lambda a, b: torch.remainder(-b, a), [0, 1], [2, 30], [-1, -10]),
    "dot": (lambda a, b: torch.dot(a, b), 32, [4, 8], [2, 3]),
    "outer": (
        lambda a, b: torch.outer(a, b),
        [[8, 16], [12, 24]],
        [84, 8400],
        [302, 3020],
    ),
    "column * row": (
        lambda a, b: a[:, None] * b,
        [[8, 16], [12, 24]],
        [84, 8400],
        [302, 3020],
    ),
    "cat": (lambda a, b: torch.cat([b, a]), [4, 8, 2, 3], [100, 1000], [1, 10]),
    "stack": (
        lambda a, b: torch.stack([a, b], 1),
        [[2, 4], [3, 8]],
        [1, 100],
        [10, 1000],
    ),
    "copysign": (lambda a, b: torch.copysign(a, -b), [-2, -3], [-1, -10], [0, 0]),
}


@claim("autograd.backward.of-two-operands", see="notes/autograd")
def test_both_operands_get_their_partial_derivatives(device):
    """Each operand of an operation on two, at [2, 3] and [4, 8], gets the gradient
    times its own partial derivative.
    """
    found = {
        name: pulled_back_to_both(operation, [2.0, 3.0], [4.0, 8.0], device)
        for name, (operation, *_) in PAIRS.items()
    }

    assert found == {name: tuple(expected) for name, (_, *expected) in PAIRS.items()}


MATRIX_PRODUCTS = {
    "@": lambda a, b: a @ b,
    "matmul": lambda a, b: torch.matmul(a, b),
    "batch @ matrix": lambda a, b: (a[None] @ b)[0],
    "matrix @ batch": lambda a, b: (a @ b[None])[0],
    "vector @ matrix": lambda a, b: torch.stack([a[0] @ b, a[1] @ b]),
    "mm": lambda a, b: torch.mm(a, b),
    "bmm": lambda a, b: torch.bmm(a[None], b[None])[0],
    "einsum": lambda a, b: torch.einsum("ij,jk->ik", a, b),
    "tensordot": lambda a, b: torch.tensordot(a, b, dims=1),
    "linear": lambda a, b: torch.nn.functional.linear(a, b.t()),
    "addmm": lambda a, b: torch.addmm(torch.zeros_like(a), a, b),
    "baddbmm": lambda a, b: torch.baddbmm(torch.zeros_like(a)[None], a[None], b[None])[
        0
    ],
    "mv": lambda a, b: torch.stack([a.mv(b[:, 0]), a.mv(b[:, 1])], 1),
    "product and sum": lambda a, b: (a[:, :, None] * b).sum(1),
}


@claim("autograd.backward.of-matrix-products", see="generated/torch.matmul")
def test_the_factors_of_a_matrix_product_get_products_with_the_other(device):
    """Through every form of the matrix product the first factor gets the gradient times
    the second, transposed, and the second the first, transposed, times the gradient.
    """
    a, b = [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]

    found = {
        name: pulled_back_to_both(product, a, b, device)
        for name, product in MATRIX_PRODUCTS.items()
    }

    # The gradient of the product is [[1, 10], [100, 1000]].
    by_a, by_b = [[65, 87], [6500, 8700]], [[301, 3010], [402, 4020]]
    expected = ([[19, 22], [43, 50]], by_a, by_b)
    assert found == dict.fromkeys(MATRIX_PRODUCTS, expected)


@claim("autograd.backward.of-a-weighted-sum-of-products", see="generated/torch.addmm")
def test_beta_and_alpha_weight_the_gradients_of_a_sum_with_a_product(device):
    """In addmm() the term gets the gradient times beta, summed over what it was
    broadcast to, and the factors theirs times alpha.
    """
    ones = {"device": device, "requires_grad": True}
    term = torch.tensor([1.0, 1.0], **ones)
    a, b = torch.tensor([[1.0], [2.0]], **ones), torch.tensor([[3.0, 5.0]], **ones)
    gradient = torch.tensor([[1.0, 10.0], [100.0, 1000.0]], device=device)

    torch.addmm(term, a, b, beta=3, alpha=2).backward(gradient)

    assert term.grad.tolist() == [303.0, 3030.0]
    assert a.grad.tolist() == [[106.0], [10600.0]]
    assert b.grad.tolist() == [[402.0, 4020.0]]


# --- where there is no derivative -----------------------------------------------------


def slopes_at(function, points, device):
    """The gradient of the sum of a function's results at some points."""
    x = torch.tensor(points, device=device, requires_grad=True)
    function(x).sum().backward()
    return x.grad.tolist()


@claim(
    "autograd.backward.at-kinks",
    see="notes/autograd#gradients-for-non-differentiable-functions",
)
def test_at_a_kink_the_smallest_slope_is_taken(device):
    """At the kinks of relu(), abs(), hardtanh() and relu6() the derivative is 0, and
    that of leaky_relu() is the one to the left.
    """
    functional = torch.nn.functional

    assert slopes_at(torch.relu, [-1.0, 0.0, 2.0], device) == [0, 0, 1]
    assert slopes_at(torch.abs, [-1.0, 0.0, 2.0], device) == [-1, 0, 1]
    assert slopes_at(functional.hardtanh, [-2.0, -1.0, 0.0, 1.0, 2.0], device) == (
        [0, 0, 1, 0, 0]
    )
    assert slopes_at(functional.relu6, [0.0, 1.0, 6.0, 7.0], device) == [0, 1, 0, 0]
    assert slopes_at(
        lambda x: functional.leaky_relu(x, 0.5), [-1.0, 0.0, 2.0], device
    ) == ([0.5, 0.5, 1])


@claim("autograd.backward.of-steps", see="notes/autograd")
def test_a_function_in_steps_has_zeros_as_derivative(device):
    """The derivative of rounding and of the sign is 0 everywhere, at the steps too, so
    that of the fractional part and of a remainder by a number is 1.
    """
    points = [-1.5, 0.0, 0.5, 2.0]

    assert slopes_at(lambda x: x.round(), points, device) == [0, 0, 0, 0]
    assert slopes_at(lambda x: x.floor(), points, device) == [0, 0, 0, 0]
    assert slopes_at(lambda x: x.ceil(), points, device) == [0, 0, 0, 0]
    assert slopes_at(lambda x: x.trunc(), points, device) == [0, 0, 0, 0]
    assert slopes_at(lambda x: x.sign(), points, device) == [0, 0, 0, 0]
    assert slopes_at(lambda x: x.frac(), points, device) == [1, 1, 1, 1]
    assert slopes_at(lambda x: x.remainder(2), points, device) == [1, 1, 1, 1]


@claim("autograd.backward.ties-share", see="generated/torch.amax")
def test_equal_extremes_share_the_gradient(device):
    """Where several elements are the largest or smallest, max(), min(), amax(), amin()
    and median() of all divide the gradient evenly between them, and so do maximum() and
    minimum() of two equal elements.
    """
    assert slopes_at(lambda x: x.max(), [1.0, 3.0, 3.0], device) == [0, 0.5, 0.5]
    assert slopes_at(lambda x: x.min(), [1.0, 1.0, 3.0], device) == [0.5, 0.5, 0]
    assert slopes_at(lambda x: x.amax(0), [1.0, 3.0, 3.0], device) == [0, 0.5, 0.5]
    assert slopes_at(lambda x: x.amin(), [2.0] * 4, device) == [0.25] * 4
    assert slopes_at(lambda x: x.median(), [3.0, 9.0, 3.0], device) == [0.5, 0, 0.5]
    assert pulled_back_to_both(torch.maximum, [1.0, 2.0], [1.0, 1.0], device) == (
        [1, 2],
        [0.5, 10],
        [0.5, 0],
    )
    assert pulled_back_to_both(torch.minimum, [1.0, 2.0], [1.0, 1.0], device) == (
        [1, 1],
        [0.5, 0],
        [0.5, 10],
    )


@claim("autograd.backward.extreme-of-a-dim", see="generated/torch.max")
def test_the_extreme_along_a_dim_gives_its_gradient_to_the_index(device):
    """The largest along a dim gives its whole gradient to the one element whose index
    is returned, of equal ones too.
    """
    x = torch.tensor([3.0, 1.0, 3.0], device=device, requires_grad=True)

    value, index = x.max(0)
    value.backward()

    assert x.grad.tolist() == [float(place == index.item()) for place in range(3)]
    assert (value.shape, value.tolist()) == ((), 3.0)
    assert index.item() in (0, 2)


@claim(
    "autograd.backward.at-the-edges-of-clamp",
    see="generated/torch.clamp",
    since="2.14",
)
def test_clamp_passes_no_gradient_at_its_limits(device):
    """Elements that lie on a limit of clamp() get the gradient 0, as those beyond it
    do.
    """
    points = [-1.0, 0.0, 1.0, 2.0, 3.0]

    assert slopes_at(lambda x: x.clamp(0, 2), points, device) == [0, 0, 1, 0, 0]
    assert slopes_at(lambda x: x.clamp(min=0), points, device) == [0, 0, 1, 1, 1]
    assert slopes_at(lambda x: x.clamp_max(2), points, device) == [1, 1, 1, 0, 0]


@claim(
    "autograd.backward.at-the-edges-of-clamp-it-was-one",
    see="generated/torch.clamp",
    until="2.14",
)
def test_clamp_passes_the_gradient_at_its_limits(device):
    """Elements that lie on a limit of clamp() get the gradient, and those beyond it get
    0.
    """
    points = [-1.0, 0.0, 1.0, 2.0, 3.0]

    assert slopes_at(lambda x: x.clamp(0, 2), points, device) == [0, 1, 1, 1, 0]
    assert slopes_at(lambda x: x.clamp(min=0), points, device) == [0, 1, 1, 1, 1]
    assert slopes_at(lambda x: x.clamp_max(2), points, device) == [1, 1, 1, 1, 0]


@claim(
    "autograd.backward.at-limits-that-are-tensors",
    see="generated/torch.clamp",
    since="2.14",
)
def test_an_element_on_a_limit_shares_its_gradient_with_the_limit(device):
    """Where an element equals a limit of clamp() that is a tensor, each of them gets
    half of the gradient.
    """
    lower = pulled_back_to_both(torch.clamp_min, [1.0, 2.0], [1.0, 1.0], device)
    upper = pulled_back_to_both(torch.clamp_max, [1.0, 2.0], [1.0, 1.0], device)

    assert lower == ([1, 2], [0.5, 10], [0.5, 0])
    assert upper == ([1, 1], [0.5, 0], [0.5, 10])


@claim(
    "autograd.backward.at-limits-that-are-tensors-all-passed",
    see="generated/torch.clamp",
    until="2.14",
)
def test_an_element_on_a_limit_got_the_gradient_and_the_limit_none(device):
    """Where an element equals a limit of clamp() that is a tensor, it gets the whole
    gradient, and the limit 0.
    """
    lower = pulled_back_to_both(torch.clamp_min, [1.0, 2.0], [1.0, 1.0], device)
    upper = pulled_back_to_both(torch.clamp_max, [1.0, 2.0], [1.0, 1.0], device)

    assert lower == ([1, 2], [1, 10], [0, 0])
    assert upper == ([1, 1], [1, 0], [0, 10])


@claim(
    "autograd.backward.at-the-edges-of-hardswish",
    see="generated/torch.nn.functional.hardswish",
    since="2.8.0",
)
def test_hardswish_has_the_outer_slopes_at_its_edges():
    """On the CPU, the derivative of hardswish() at its edges is the one beyond them: 0
    at -3 and 1 at 3.
    """
    points = [-4.0, -3.0, 0.0, 3.0, 4.0]
    device = torch.device("cpu")

    assert slopes_at(torch.nn.functional.hardswish, points, device) == [0, 0, 0.5, 1, 1]


@claim(
    "autograd.backward.at-the-edges-of-hardswish-it-was-inner",
    see="generated/torch.nn.functional.hardswish",
    until="2.8.0",
)
def test_hardswish_had_the_inner_slopes_at_its_edges():
    """On the CPU, the derivative of hardswish() at its edges is the one between them:
    -0.5 at -3 and 1.5 at 3.
    """
    points = [-4.0, -3.0, 0.0, 3.0, 4.0]
    device = torch.device("cpu")

    slopes = slopes_at(torch.nn.functional.hardswish, points, device)

    assert slopes == [0, -0.5, 0.5, 1.5, 1]


@claim(
    "autograd.backward.angle-at-the-origin",
    see="generated/torch.atan2",
    since="2.10",
)
def test_at_the_origin_atan2_passes_zeros(device):
    """At the origin, where an angle has no derivative, atan2() passes 0 to both of its
    inputs.
    """
    pulled = pulled_back_to_both(torch.atan2, [0.0, 0.0], [0.0, 2.0], device)

    assert pulled == ([0, 0], [0, 5], [0, 0])


@claim(
    "autograd.backward.angle-at-the-origin-is-nan",
    see="generated/torch.atan2",
    until="2.10",
)
def test_at_the_origin_atan2_passed_nan(device):
    """At the origin, where an angle has no derivative, atan2() passes nan to both of
    its inputs.
    """
    pulled = pulled_back_to_both(torch.atan2, [0.0, 0.0], [0.0, 2.0], device)

    assert str(pulled) == "([0.0, 0.0], [nan, 5.0], [nan, -0.0])"


@claim("autograd.backward.at-vertical-slopes", see="notes/autograd")
def test_a_vertical_slope_is_infinite(device):
    """The derivative at 0 is infinite for sqrt(), the power 0.5 and log(), while that
    of the 2-norm and the standard deviation, where all elements are equal, is 0.
    """
    assert slopes_at(lambda x: x.sqrt(), [0.0, 4.0], device) == [math.inf, 0.25]
    assert slopes_at(lambda x: x**0.5, [0.0, 4.0], device) == [math.inf, 0.25]
    assert slopes_at(lambda x: x.log(), [0.0, 4.0], device) == [math.inf, 0.25]
    assert slopes_at(lambda x: x.norm(), [0.0, 0.0], device) == [0, 0]
    assert slopes_at(lambda x: x.std(), [2.0, 2.0], device) == [0, 0]


@claim(
    "autograd.backward.of-infinite-slopes-that-were-not-chosen", see="notes/autograd"
)
def test_an_infinite_slope_that_where_did_not_choose_is_nan(device):
    """An element whose root where() did not choose gets 0 times the slope of the root,
    which is nan where that is infinite; chosen before the root, it gets 0.
    """
    points = [0.0, 4.0]

    after = slopes_at(lambda x: torch.where(x > 0, x.sqrt(), 1.0), points, device)
    before = slopes_at(lambda x: torch.where(x > 0, x, 1.0).sqrt(), points, device)

    assert (math.isnan(after[0]), after[1]) == (True, 0.25)
    assert before == [0, 0.25]


@claim("autograd.backward.of-products-with-zeros", see="generated/torch.prod")
def test_the_gradient_of_a_product_is_exact_with_zeros(device):
    """Each factor of prod() and cumprod() gets the product of the others, which is not
    computed by a division: with zeros among them it is exact too.
    """
    assert slopes_at(lambda x: x.prod(), [2.0, 3.0, 5.0], device) == [15, 10, 6]
    assert slopes_at(lambda x: x.prod(), [0.0, 3.0, 5.0], device) == [15, 0, 0]
    assert slopes_at(lambda x: x.prod(0), [0.0, 3.0, 0.0], device) == [0, 0, 0]
    assert slopes_at(lambda x: x.cumprod(0), [2.0, 0.0, 5.0], device) == [1, 12, 0]


@claim("autograd.backward.of-powers-at-zero", see="generated/torch.pow")
def test_the_gradient_of_a_power_at_zero_is_that_of_its_exponent(device):
    """At 0 the power 0 has the derivative 0, the power 1 has 1 and the square has 0."""
    assert slopes_at(lambda x: x**0, [0.0, 2.0], device) == [0, 0]
    assert slopes_at(lambda x: x**1, [0.0, 2.0], device) == [1, 1]
    assert slopes_at(lambda x: x**2, [0.0, 2.0], device) == [0, 4]


# --- complex numbers ------------------------------------------------------------------


def slope_at(function, point, device):
    """The gradient of a function's real result at a complex number."""
    z = torch.tensor(point, device=device, requires_grad=True)
    function(z).backward()
    return z.grad.item()


@claim("autograd.backward.of-complex-numbers", see="notes/autograd")
def test_the_gradient_of_a_complex_leaf_points_uphill(device):
    """The gradient of a real result by a complex leaf has the derivative by its real
    part as real part and that by its imaginary part as imaginary part.
    """
    assert slope_at(lambda z: z.real, 3 + 4j, device) == 1
    assert slope_at(lambda z: z.imag, 3 + 4j, device) == 1j
    assert slope_at(lambda z: (z * z.conj()).real, 3 + 4j, device) == 6 + 8j
    assert slope_at(lambda z: (z * z).real, 3 + 4j, device) == 6 - 8j
    assert slope_at(lambda z: (z * z).imag, 3 + 4j, device) == 8 + 6j
    assert slope_at(lambda z: z.abs() * 5, 3 + 4j, device) == 3 + 4j
    assert slope_at(lambda z: z.abs(), 0j, device) == 0
    assert slope_at(lambda z: torch.view_as_real(z)[1] * 2, 3 + 4j, device) == 2j


@claim("autograd.backward.of-a-real-leaf-in-complex-numbers", see="notes/autograd")
def test_a_real_leaf_gets_the_real_part_of_a_complex_gradient(device):
    """A real leaf that took part in a complex product gets a real gradient, the real
    part of the complex one.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    factor = torch.tensor([1j, 2 + 3j], device=device)

    (leaf * factor).backward(torch.tensor([1 + 1j, 1 + 1j], device=device))

    assert leaf.grad.dtype == torch.float32
    assert leaf.grad.tolist() == [1.0, 5.0]

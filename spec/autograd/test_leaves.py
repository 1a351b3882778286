"""Leaves: where gradients end up.

A tensor carries two facts for autograd. ``requires_grad`` says whether gradients are
computed through it, and ``grad_fn`` says which operation made it. A tensor without
``grad_fn`` is a leaf. A backward pass writes ``.grad`` of the leaves that require
gradients, and of nothing else: a tensor in between gets a ``.grad`` only after
``retain_grad()``. The flag belongs to the person who makes a leaf; every other tensor
has the flag that follows from its inputs.

It is often believed that backward computes ``.grad`` for every tensor and throws the
inner ones away. It never writes them.
"""

import copy
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.accumulation import filled
from torch_semantics import claim
from torch_semantics.words import shares_storage

# --- making a leaf --------------------------------------------------------------------

FACTORIES = {
    "tensor": lambda **options: torch.tensor([1.0, 2.0], **options),
    "zeros": lambda **options: torch.zeros(2, **options),
    "ones": lambda **options: torch.ones(2, **options),
    "full": lambda **options: torch.full((2,), 1.0, **options),
    "empty": lambda **options: torch.empty(2, **options),
    "rand": lambda **options: torch.rand(2, **options),
    "randn": lambda **options: torch.randn(2, **options),
    "arange": lambda **options: torch.arange(2.0, **options),
    "linspace": lambda **options: torch.linspace(0, 1, 2, **options),
    "eye": lambda **options: torch.eye(2, **options),
    "zero-size": lambda **options: torch.zeros(0, 3, **options),
    "0-dim": lambda **options: torch.tensor(1.0, **options),
}
every_factory = pytest.mark.parametrize(
    "make", FACTORIES.values(), ids=FACTORIES.keys()
)

LIKE_FACTORIES = {
    "zeros_like": lambda like, **options: torch.zeros_like(like, **options),
    "ones_like": lambda like, **options: torch.ones_like(like, **options),
    "empty_like": lambda like, **options: torch.empty_like(like, **options),
    "rand_like": lambda like, **options: torch.rand_like(like, **options),
    "randn_like": lambda like, **options: torch.randn_like(like, **options),
    "full_like": lambda like, **options: torch.full_like(like, 1.0, **options),
    "new_zeros": lambda like, **options: like.new_zeros(2, **options),
    "new_ones": lambda like, **options: like.new_ones(2, **options),
    "new_empty": lambda like, **options: like.new_empty(2, **options),
    "new_full": lambda like, **options: like.new_full((2,), 1.0, **options),
    "new_tensor": lambda like, **options: like.new_tensor([1.0], **options),
}


@claim("autograd.leaf.requires-grad-in-factories", see="generated/torch.tensor")
@every_factory
def test_a_factory_with_requires_grad_makes_a_leaf(make, device):
    """A factory called with requires_grad=True returns a leaf that requires gradients
    and has neither a grad_fn nor a gradient yet.
    """
    made = make(device=device, requires_grad=True)

    assert made.requires_grad is True
    assert made.is_leaf is True
    assert made.grad_fn is None
    assert made.grad is None


@claim("autograd.leaf.requires-grad-defaults-to-false", see="generated/torch.tensor")
@every_factory
def test_a_factory_does_not_require_gradients_by_default(make, device):
    """A factory returns a leaf that does not require gradients unless asked to."""
    by_default = make(device=device)
    refused = make(device=device, requires_grad=False)

    assert (by_default.requires_grad, by_default.is_leaf) == (False, True)
    assert (refused.requires_grad, refused.is_leaf) == (False, True)


@claim("autograd.leaf.factories-in-no-grad", see="generated/torch.no_grad")
@every_factory
def test_a_factory_obeys_requires_grad_inside_no_grad(make, device):
    """A factory called with requires_grad=True returns a leaf that requires gradients
    even where gradients are turned off.
    """
    with torch.no_grad():
        made = make(device=device, requires_grad=True)

    assert made.requires_grad is True
    assert made.is_leaf is True


@claim("autograd.leaf.like-factories-ignore-the-flag", see="generated/torch.zeros_like")
@pytest.mark.parametrize("make", LIKE_FACTORIES.values(), ids=LIKE_FACTORIES.keys())
def test_a_tensor_made_like_another_does_not_take_over_its_flag(make, device):
    """A tensor made in the likeness of one that requires gradients does not require
    them itself, except on request.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)

    by_default = make(leaf)
    asked = make(leaf, requires_grad=True)

    assert (by_default.requires_grad, by_default.is_leaf) == (False, True)
    assert (asked.requires_grad, asked.is_leaf) == (True, True)


@claim(
    "autograd.leaf.parameter-is-a-leaf",
    see="generated/torch.nn.parameter.Parameter",
)
def test_a_parameter_is_a_leaf_that_requires_gradients(device):
    """A Parameter is a leaf that requires gradients, whether the tensor that it is made
    from is a leaf without the flag or the result of recorded operations.
    """
    plain = torch.ones(2, device=device)
    computed = torch.ones(2, device=device, requires_grad=True) * 2

    from_plain = torch.nn.Parameter(plain)
    from_computed = torch.nn.Parameter(computed)
    frozen = torch.nn.Parameter(computed, requires_grad=False)

    assert (from_plain.requires_grad, from_plain.is_leaf) == (True, True)
    assert (from_computed.requires_grad, from_computed.is_leaf) == (True, True)
    assert (frozen.requires_grad, frozen.is_leaf) == (False, True)
    assert (plain.requires_grad, computed.is_leaf) == (False, False)


@claim("autograd.requires-grad.float-or-complex-only", see="generated/torch.tensor")
@pytest.mark.parametrize(
    "make",
    [
        lambda **options: torch.tensor([1], **options),
        lambda **options: torch.tensor([True], **options),
        lambda **options: torch.ones(3, dtype=torch.int64, **options),
        lambda **options: torch.zeros(3, dtype=torch.int32, **options),
        lambda **options: torch.empty(3, dtype=torch.bool, **options),
        lambda **options: torch.arange(3, **options),
        lambda **options: torch.full((3,), 1, **options),
        lambda **options: torch.randint(3, (2,), **options),
        lambda **options: torch.randperm(3, **options),
    ],
    ids=[
        "tensor-int",
        "tensor-bool",
        "ones-int64",
        "zeros-int32",
        "empty-bool",
        "arange",
        "full",
        "randint",
        "randperm",
    ],
)
def test_a_factory_refuses_gradients_for_integers_and_bools(make, device):
    """A factory asked for integers or bools that require gradients raises RuntimeError:
    only floating-point and complex tensors can require them.
    """
    with pytest.raises(RuntimeError, match="floating point and complex dtype"):
        make(device=device, requires_grad=True)


@claim(
    "autograd.requires-grad.parameter-of-integers",
    see="generated/torch.nn.parameter.Parameter",
)
def test_a_parameter_of_integers_needs_requires_grad_false(device):
    """A Parameter of integers is refused by default, and made with
    requires_grad=False.
    """
    integers = torch.arange(3, device=device)

    with pytest.raises(RuntimeError, match="floating point and complex dtype"):
        torch.nn.Parameter(integers)
    parameter = torch.nn.Parameter(integers, requires_grad=False)

    assert parameter.requires_grad is False
    assert parameter.dtype == torch.int64
    assert parameter.tolist() == [0, 1, 2]


@claim(
    "autograd.requires-grad.accepted-dtypes", see="generated/torch.Tensor.requires_grad"
)
@pytest.mark.parametrize(
    "dtype",
    [torch.float16, torch.bfloat16, torch.float32, torch.complex64],
    ids=["float16", "bfloat16", "float32", "complex64"],
)
def test_floating_point_and_complex_tensors_can_require_gradients(dtype, device):
    """Tensors of half, bfloat16, single and complex dtype can require gradients by
    keyword, by assignment and by requires_grad_().
    """
    by_keyword = torch.ones(2, dtype=dtype, device=device, requires_grad=True)
    by_assignment = torch.ones(2, dtype=dtype, device=device)
    by_method = torch.ones(2, dtype=dtype, device=device)

    by_assignment.requires_grad = True
    by_method.requires_grad_()

    assert (by_keyword.requires_grad, by_keyword.dtype) == (True, dtype)
    assert (by_assignment.requires_grad, by_assignment.dtype) == (True, dtype)
    assert (by_method.requires_grad, by_method.dtype) == (True, dtype)


@claim(
    "autograd.requires-grad.switching-checks-dtype",
    see="generated/torch.Tensor.requires_grad_",
)
@pytest.mark.parametrize(
    "dtype",
    [torch.int64, torch.uint8, torch.bool],
    ids=["int64", "uint8", "bool"],
)
def test_integers_and_bools_cannot_be_switched_to_require_gradients(dtype, device):
    """Switching requires_grad on by assignment or by requires_grad_() raises
    RuntimeError for integers and bools, and leaves the flag off.
    """
    tensor = torch.ones(2, dtype=dtype, device=device)

    with pytest.raises(RuntimeError, match="can require gradients"):
        tensor.requires_grad = True
    with pytest.raises(RuntimeError, match="can require gradients"):
        tensor.requires_grad_()

    assert tensor.requires_grad is False


@claim(
    "autograd.requires-grad.false-for-any-dtype",
    see="generated/torch.Tensor.requires_grad_",
)
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool], ids=["int64", "bool"])
def test_any_tensor_may_be_told_not_to_require_gradients(dtype, device):
    """Setting requires_grad to False is allowed for integers and bools, in every way
    of setting it.
    """
    tensor = torch.ones(2, dtype=dtype, device=device, requires_grad=False)

    tensor.requires_grad = False
    returned = tensor.requires_grad_(False)

    assert returned is tensor
    assert tensor.requires_grad is False


@claim(
    "autograd.requires-grad.must-be-a-bool",
    see="generated/torch.Tensor.requires_grad",
)
@pytest.mark.parametrize("flag", [1, 0, "True"], ids=["int", "zero", "str"])
def test_requires_grad_must_be_a_bool(flag, device):
    """A number or a string as flag is refused, with RuntimeError by assignment and with
    TypeError by requires_grad_() and by a factory.
    """
    tensor = torch.ones(2, device=device)

    with pytest.raises(RuntimeError, match="requires_grad must be a bool"):
        tensor.requires_grad = flag
    with pytest.raises(TypeError, match="requires_grad"):
        tensor.requires_grad_(flag)
    with pytest.raises(TypeError, match="requires_grad"):
        torch.ones(2, device=device, requires_grad=flag)

    assert tensor.requires_grad is False


# --- which tensors are leaves ---------------------------------------------------------


@claim("autograd.is-leaf.definition", see="generated/torch.Tensor.is_leaf")
def test_a_leaf_is_a_tensor_without_grad_fn(device):
    """A tensor is a leaf exactly when it has no grad_fn: when a user made it, when it
    does not require gradients, and when it is detached, and not when it is the result
    of an operation on a tensor that requires gradients.
    """
    plain = torch.ones(2, device=device)
    weight = torch.ones(2, device=device, requires_grad=True)

    doubled_plain = plain * 2
    doubled_weight = weight * 2
    detached = doubled_weight.detach()

    assert (plain.is_leaf, plain.grad_fn) == (True, None)
    assert (weight.is_leaf, weight.grad_fn) == (True, None)
    assert (doubled_plain.is_leaf, doubled_plain.grad_fn) == (True, None)
    assert (detached.is_leaf, detached.grad_fn) == (True, None)
    assert (doubled_plain.requires_grad, detached.requires_grad) == (False, False)
    assert doubled_weight.is_leaf is False
    assert doubled_weight.grad_fn.name() == "MulBackward0"
    assert doubled_weight.tolist() == [2.0, 2.0]


@claim("autograd.is-leaf.no-grad-results", see="generated/torch.Tensor.is_leaf")
def test_a_result_computed_without_gradients_is_a_leaf(device):
    """A result computed inside no_grad is a leaf, though its input requires
    gradients.
    """
    weight = torch.ones(2, device=device, requires_grad=True)

    with torch.no_grad():
        doubled = weight * 2

    assert (doubled.is_leaf, doubled.requires_grad) == (True, False)
    assert doubled.grad_fn is None


@claim("autograd.is-leaf.derived-is-not-a-leaf", see="generated/torch.Tensor.is_leaf")
@pytest.mark.parametrize(
    "derive",
    [
        lambda leaf: leaf.to(torch.float16),
        lambda leaf: leaf.half(),
        lambda leaf: leaf.clone(),
        lambda leaf: leaf.view(2),
        lambda leaf: leaf[:],
        lambda leaf: leaf.t(),
        lambda leaf: leaf.unsqueeze(0),
    ],
    ids=["to", "half", "clone", "view", "slice", "t", "unsqueeze"],
)
def test_a_copy_or_view_of_a_leaf_is_not_a_leaf(derive, device):
    """A conversion, copy or view of a leaf that requires gradients is the result of an
    operation: it requires gradients, and it is not a leaf.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)

    derived = derive(leaf)

    assert (derived.requires_grad, derived.is_leaf) == (True, False)
    assert derived.flatten().tolist() == [1.0, 1.0]
    assert (leaf.requires_grad, leaf.is_leaf) == (True, True)


@claim(
    "autograd.is-leaf.conversion-to-itself",
    see="generated/torch.Tensor.to",
)
@pytest.mark.parametrize(
    "convert",
    [
        lambda leaf: leaf.to(torch.float32),
        lambda leaf: leaf.to(leaf.device),
        lambda leaf: leaf.float(),
        lambda leaf: leaf.contiguous(),
        lambda leaf: torch.as_tensor(leaf),
    ],
    ids=["to-dtype", "to-device", "float", "contiguous", "as_tensor"],
)
def test_a_conversion_with_nothing_to_do_returns_the_leaf(convert, device):
    """A conversion to the dtype, device or layout that a leaf has already returns the
    leaf itself, still a leaf.
    """
    leaf = torch.ones(2, dtype=torch.float32, device=device, requires_grad=True)

    converted = convert(leaf)

    assert converted is leaf
    assert (leaf.is_leaf, leaf.requires_grad) == (True, True)


@claim("autograd.is-leaf.moved-is-not-a-leaf", see="generated/torch.Tensor.is_leaf")
def test_a_leaf_moved_to_a_device_leaves_its_gradient_behind(accelerator):
    """A leaf moved to another device becomes a result there: the gradient arrives in
    the original leaf, on its own device.
    """
    leaf = torch.ones(2, requires_grad=True)

    moved = leaf.to(accelerator)
    (moved * 3).sum().backward()

    assert moved.is_leaf is False
    assert leaf.grad.device == torch.device("cpu")
    assert leaf.grad.tolist() == [3.0, 3.0]


@claim(
    "autograd.is-leaf.in-place-write-ends-it",
    see="generated/torch.Tensor.is_leaf",
)
def test_writing_a_differentiable_value_into_a_plain_leaf_ends_its_leafhood(device):
    """A tensor that does not require gradients stops being a leaf when a value that
    requires them is written into it in place.
    """
    weight = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    filled_by_index = torch.zeros(2, device=device)
    scaled = torch.ones(2, device=device)

    filled_by_index[0] = weight[1]
    scaled.mul_(weight)

    assert filled_by_index.tolist() == [3.0, 0.0]
    assert (filled_by_index.requires_grad, filled_by_index.is_leaf) == (True, False)
    assert scaled.tolist() == [2.0, 3.0]
    assert (scaled.requires_grad, scaled.is_leaf) == (True, False)


@claim("autograd.is-leaf.plain-leaf-gets-no-grad", see="notes/autograd")
def test_a_leaf_that_does_not_require_gradients_gets_none(device):
    """A leaf that does not require gradients keeps grad None through a backward pass
    that fills the other leaf of the same product.
    """
    plain = torch.tensor([2.0, 3.0], device=device)
    weight = torch.ones(2, device=device, requires_grad=True)

    (plain * weight).sum().backward()

    assert plain.grad is None
    assert weight.grad.tolist() == [2.0, 3.0]


@claim("autograd.is-leaf.read-only", see="generated/torch.Tensor.is_leaf")
@pytest.mark.parametrize("name", ["is_leaf", "grad_fn", "retains_grad"])
def test_what_follows_from_the_graph_cannot_be_assigned(name, device):
    """The attributes is_leaf, grad_fn and retains_grad cannot be assigned."""
    result = torch.ones(2, device=device, requires_grad=True) * 2

    with pytest.raises(AttributeError, match="not writable"):
        setattr(result, name, None)

    assert (result.is_leaf, result.retains_grad) == (False, False)
    assert result.grad_fn.name() == "MulBackward0"


@claim("autograd.leaf.deepcopy", see="notes/autograd")
def test_a_deep_copy_of_a_leaf_is_a_leaf_with_its_own_gradient(device):
    """A deep copy of a leaf is a leaf with the same flag and with copies of the data
    and the gradient.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    plain = torch.tensor([1.0, 2.0], device=device)
    (leaf * 3).sum().backward()

    twin = copy.deepcopy(leaf)
    plain_twin = copy.deepcopy(plain)
    leaf.grad.zero_()

    assert (twin.is_leaf, twin.requires_grad, twin.tolist()) == (True, True, [1.0, 2.0])
    assert not shares_storage(twin, leaf)
    assert twin.grad.tolist() == [3.0, 3.0]
    assert twin.grad.requires_grad is False
    assert (plain_twin.requires_grad, plain_twin.grad) == (False, None)


@claim("autograd.leaf.shallow-copy", see="notes/autograd", level="observed")
def test_a_shallow_copy_of_a_leaf_is_another_leaf_over_the_same_storage(device):
    """A shallow copy of a leaf is another leaf with the same flag, over the same
    storage and without a gradient.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    (leaf * 3).sum().backward()

    twin = copy.copy(leaf)

    assert twin is not leaf
    assert (twin.is_leaf, twin.requires_grad, twin.grad) == (True, True, None)
    assert shares_storage(twin, leaf)
    assert twin.tolist() == [1.0, 2.0]
    assert leaf.grad.tolist() == [3.0, 3.0]


@claim("autograd.leaf.deepcopy-refuses-results", see="notes/autograd")
def test_a_result_cannot_be_deep_copied(device):
    """A deep copy of a tensor that is not a leaf raises RuntimeError."""
    result = torch.ones(2, device=device, requires_grad=True) * 2

    with pytest.raises(
        RuntimeError, match="Only Tensors created explicitly by the user"
    ):
        copy.deepcopy(result)


# --- the flag travels with the computation --------------------------------------------


@claim("autograd.requires-grad.propagates", see="notes/autograd")
@pytest.mark.parametrize(
    "combine",
    [
        lambda a, b: torch.add(a, b),
        lambda a, b: torch.maximum(a, b),
        lambda a, b: a @ b,
        lambda a, b: torch.cat([a, b]),
        lambda a, b: torch.stack([a, b]),
        lambda a, b: torch.where(a > b, a, b),
        lambda a, b: torch.nn.functional.mse_loss(a, b),
    ],
    ids=["add", "maximum", "matmul", "cat", "stack", "where", "mse_loss"],
)
def test_a_result_requires_gradients_if_one_of_its_inputs_does(combine, device):
    """A floating-point result of an operation requires gradients exactly if at least
    one of its inputs does, in either position.
    """
    plain = torch.ones(2, device=device)
    weight = torch.ones(2, device=device, requires_grad=True)

    assert combine(plain, plain).requires_grad is False
    assert combine(plain, weight).requires_grad is True
    assert combine(weight, plain).requires_grad is True
    assert combine(weight, weight).requires_grad is True
    assert (plain.requires_grad, weight.requires_grad) == (False, True)


@claim("autograd.requires-grad.integer-results-never", see="notes/autograd")
@pytest.mark.parametrize(
    "operation",
    [
        lambda x: torch.argmax(x),
        lambda x: torch.argsort(x),
        lambda x: torch.nonzero(x),
        lambda x: torch.isnan(x),
        lambda x: x > 0,
        lambda x: x == x,
        lambda x: x.long(),
        lambda x: x.bool(),
        lambda x: x.to(torch.int32),
    ],
    ids=["argmax", "argsort", "nonzero", "isnan", "gt", "eq", "long", "bool", "to"],
)
def test_integer_and_bool_results_never_require_gradients(operation, device):
    """An integer or bool result does not require gradients, is a leaf and has no
    grad_fn, whatever its input.
    """
    weight = torch.ones(2, device=device, requires_grad=True)

    result = operation(weight)

    assert (result.requires_grad, result.is_leaf) == (False, True)
    assert result.grad_fn is None


@claim("autograd.requires-grad.values-and-indices", see="notes/autograd")
@pytest.mark.parametrize(
    "operation",
    [
        lambda x: torch.max(x, dim=0),
        lambda x: torch.min(x, dim=0),
        lambda x: torch.sort(x),
        lambda x: torch.topk(x, 1),
        lambda x: torch.cummax(x, dim=0),
    ],
    ids=["max", "min", "sort", "topk", "cummax"],
)
def test_of_values_and_indices_only_the_values_require_gradients(operation, device):
    """Of an operation that returns values and indices, the values require gradients
    and the indices do not.
    """
    weight = torch.ones(2, device=device, requires_grad=True)

    values, indices = operation(weight)

    assert (values.requires_grad, values.is_leaf) == (True, False)
    assert (indices.requires_grad, indices.is_leaf) == (False, True)


@claim("autograd.requires-grad.flat-functions-propagate", see="notes/autograd")
@pytest.mark.parametrize(
    "operation",
    [
        lambda x: torch.round(x),
        lambda x: torch.sign(x),
        lambda x: torch.floor(x),
    ],
    ids=["round", "sign", "floor"],
)
def test_a_function_whose_slope_is_zero_still_propagates_the_flag(operation, device):
    """The result of a step function requires gradients like any other, and the
    gradient that arrives is zero, not None.
    """
    weight = torch.tensor([0.3, 1.7], device=device, requires_grad=True)

    result = operation(weight)
    result.sum().backward()

    assert result.requires_grad is True
    assert weight.grad.tolist() == [0.0, 0.0]


# --- .grad of a leaf ------------------------------------------------------------------


@claim("autograd.grad-attribute.mirrors-data", see="generated/torch.Tensor.grad")
def test_the_gradient_of_a_leaf_looks_like_the_leaf(device):
    """A leaf's grad is None before the first backward pass, and after it a leaf without
    the flag that has the shape, dtype and device of the data.
    """
    leaf = torch.tensor([[1.0, 2.0, 3.0]], device=device, requires_grad=True)
    before = leaf.grad

    (leaf * leaf).sum().backward()

    assert before is None
    assert leaf.grad.tolist() == [[2.0, 4.0, 6.0]]
    assert leaf.grad.shape == (1, 3)
    assert leaf.grad.dtype == torch.float32
    assert leaf.grad.device == leaf.device
    assert (leaf.grad.requires_grad, leaf.grad.grad_fn) == (False, None)
    assert leaf.tolist() == [[1.0, 2.0, 3.0]]


@claim("autograd.grad-attribute.any-shape-and-dtype", see="generated/torch.Tensor.grad")
@given(
    shape=st.lists(st.integers(0, 3), max_size=4),
    dtype=st.sampled_from([torch.float16, torch.float32, torch.complex64]),
)
def test_the_gradient_has_the_shape_and_dtype_of_any_leaf(shape, dtype, device):
    """The gradient that twice a leaf makes of 3 is filled with 6 and has the leaf's
    shape and dtype, for leaves of every shape: 0-dim and zero-size ones too.
    """
    leaf = torch.zeros(shape, dtype=dtype, device=device, requires_grad=True)

    (leaf * 2).backward(torch.full(shape, 3.0, dtype=dtype, device=device))

    assert (list(leaf.grad.shape), leaf.grad.dtype) == (shape, dtype)
    assert leaf.grad.tolist() == filled(shape, 6)


@claim("autograd.grad-attribute.broadcast-is-summed-back", see="notes/broadcasting")
def test_a_broadcast_leaf_gets_a_gradient_of_its_own_shape(device):
    """The gradient of a leaf that was broadcast is summed back to the leaf's own
    shape, over dimensions of size 1 and over missing ones.
    """
    row = torch.ones(3, device=device, requires_grad=True)
    column = torch.ones(2, 1, device=device, requires_grad=True)
    number = torch.tensor(1.0, device=device, requires_grad=True)
    weight = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)

    ((row + column + number) * weight).sum().backward()

    assert row.grad.tolist() == [5.0, 7.0, 9.0]
    assert column.grad.tolist() == [[6.0], [15.0]]
    assert number.grad.tolist() == 21.0
    assert number.grad.shape == ()


@claim("autograd.grad-attribute.leaf-dtype", see="generated/torch.Tensor.grad")
def test_the_gradient_is_cast_to_the_dtype_of_the_leaf(device):
    """A leaf that takes part in an operation of a wider dtype gets its gradient in its
    own dtype.
    """
    narrow = torch.ones(2, dtype=torch.float16, device=device, requires_grad=True)
    wide = torch.full((2,), 3.0, dtype=torch.float32, device=device, requires_grad=True)

    product = narrow * wide
    product.sum().backward()

    assert product.dtype == torch.float32
    assert (narrow.grad.dtype, narrow.grad.tolist()) == (torch.float16, [3.0, 3.0])
    assert (wide.grad.dtype, wide.grad.tolist()) == (torch.float32, [1.0, 1.0])


@claim("autograd.grad-attribute.real-leaf-of-complex", see="notes/autograd")
def test_a_real_leaf_in_complex_arithmetic_gets_a_real_gradient(device):
    """A real leaf that is multiplied with complex numbers gets a real gradient; a
    complex leaf gets a complex one.
    """
    real = torch.ones(2, device=device, requires_grad=True)
    imaginary = torch.tensor([1j, 2j], device=device, requires_grad=True)

    (real * imaginary).imag.sum().backward()

    assert real.grad.dtype == torch.float32
    assert real.grad.tolist() == [1.0, 2.0]
    assert imaginary.grad.dtype == torch.complex64
    assert imaginary.grad.tolist() == [1j, 1j]


@claim("autograd.grad-attribute.unused-leaf", see="generated/torch.Tensor.backward")
def test_a_leaf_that_the_result_does_not_depend_on_keeps_none(device):
    """A leaf that took no part in the result keeps grad None, while one that was
    multiplied with zero gets a gradient of zeros.
    """
    unused = torch.ones(2, device=device, requires_grad=True)
    multiplied = torch.tensor([4.0, 5.0], device=device, requires_grad=True)
    zero = torch.zeros(2, device=device, requires_grad=True)

    (multiplied * zero).sum().backward()

    assert unused.grad is None
    assert multiplied.grad.tolist() == [0.0, 0.0]
    assert zero.grad.tolist() == [4.0, 5.0]


# --- assigning .grad ------------------------------------------------------------------


@claim("autograd.grad-attribute.assignment", see="generated/torch.Tensor.grad")
@pytest.mark.parametrize("flag", [True, False], ids=["requires-grad", "plain"])
def test_a_fitting_tensor_may_be_assigned_as_gradient(flag, device):
    """A tensor that fits may be assigned to grad, which then is that very tensor, and
    None removes it, whether or not the owner requires gradients.
    """
    owner = torch.ones(2, device=device, requires_grad=flag)
    gradient = torch.tensor([5.0, 6.0], device=device)

    owner.grad = gradient
    assigned = owner.grad
    owner.grad = None

    assert assigned is gradient
    assert gradient.tolist() == [5.0, 6.0]
    assert owner.grad is None


@claim("autograd.grad-attribute.del", see="generated/torch.Tensor.grad")
def test_deleting_grad_makes_it_none(device):
    """The statement del x.grad sets grad to None; the attribute itself, the flag and
    the tensor that was there stay.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    leaf.grad = gradient = torch.tensor([5.0, 6.0], device=device)

    del leaf.grad

    assert leaf.grad is None
    assert leaf.requires_grad is True
    assert gradient.tolist() == [5.0, 6.0]


@claim("autograd.grad-attribute.assignment-of-strides", see="autograd")
def test_an_assigned_gradient_may_have_other_strides(device):
    """A gradient of the right shape is accepted with strides unlike those of its
    owner, and keeps them.
    """
    owner = torch.ones(2, 3, device=device, requires_grad=True)

    owner.grad = torch.ones(3, 2, device=device).t()

    assert owner.stride() == (3, 1)
    assert owner.grad.stride() == (1, 2)


@claim("autograd.grad-attribute.assignment-checked", see="generated/torch.Tensor.grad")
@pytest.mark.parametrize(
    "shape",
    [(3,), (1,), (), (2, 1), (1, 2), (0,)],
    ids=["longer", "broadcastable", "0-dim", "column", "row", "zero-size"],
)
def test_a_gradient_of_another_shape_is_refused(shape, device):
    """Assigning a gradient of another shape raises RuntimeError, even where
    broadcasting would do, and keeps the gradient that was there.
    """
    owner = torch.ones(2, device=device, requires_grad=True)
    gradient = torch.tensor([5.0, 6.0], device=device)
    owner.grad = gradient

    with pytest.raises(RuntimeError, match=r"assign.* size"):
        owner.grad = torch.ones(shape, device=device)

    assert owner.grad is gradient
    assert gradient.tolist() == [5.0, 6.0]


@claim(
    "autograd.grad-attribute.assignment-checks-dtype",
    see="generated/torch.Tensor.grad",
)
@pytest.mark.parametrize(
    "dtype",
    [torch.float16, torch.int64, torch.bool, torch.complex64],
    ids=["float16", "int64", "bool", "complex64"],
)
def test_a_gradient_of_another_dtype_is_refused(dtype, device):
    """Assigning a gradient of another dtype raises RuntimeError, and keeps the gradient
    that was there.
    """
    owner = torch.ones(2, dtype=torch.float32, device=device, requires_grad=True)
    owner.grad = gradient = torch.tensor([5.0, 6.0], device=device)

    with pytest.raises(RuntimeError, match=r"assign.* (dtype|type)"):
        owner.grad = torch.ones(2, dtype=dtype, device=device)

    assert owner.grad is gradient
    assert gradient.tolist() == [5.0, 6.0]


@claim(
    "autograd.grad-attribute.assignment-checks-device",
    see="generated/torch.Tensor.grad",
)
def test_a_gradient_on_another_device_is_refused(accelerator):
    """Assigning a gradient that lies on another device raises RuntimeError, and grad
    stays None.
    """
    owner = torch.ones(2, device=accelerator, requires_grad=True)

    with pytest.raises(RuntimeError, match=r"assign.* type"):
        owner.grad = torch.ones(2)

    assert owner.grad is None


@claim(
    "autograd.grad-attribute.assignment-checks-kind",
    see="generated/torch.Tensor.grad",
)
@pytest.mark.parametrize(
    "value", [[1.0, 1.0], 1.0, 0, "grad"], ids=["list", "float", "int", "str"]
)
def test_only_a_tensor_or_none_is_a_gradient(value, device):
    """Assigning anything but a tensor or None to grad raises TypeError, and keeps the
    gradient that was there.
    """
    owner = torch.ones(2, device=device, requires_grad=True)
    owner.grad = gradient = torch.tensor([5.0, 6.0], device=device)

    with pytest.raises(
        TypeError, match="assigned grad expected to be a Tensor or None"
    ):
        owner.grad = value

    assert owner.grad is gradient
    assert gradient.tolist() == [5.0, 6.0]


@claim("autograd.grad-attribute.not-its-own", see="generated/torch.Tensor.grad")
def test_a_tensor_cannot_be_its_own_gradient(device):
    """Assigning a tensor to its own grad raises RuntimeError and keeps the gradient
    that was there; its detached self, over the same storage, is accepted.
    """
    owner = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    owner.grad = gradient = torch.tensor([5.0, 6.0], device=device)

    with pytest.raises(RuntimeError, match="can't assign Variable as its own grad"):
        owner.grad = owner
    after_refusal = owner.grad
    owner.grad = owner.detach()

    assert after_refusal is gradient
    assert gradient.tolist() == [5.0, 6.0]
    assert owner.grad.tolist() == [1.0, 2.0]
    assert shares_storage(owner.grad, owner)


# --- .grad of a tensor that is not a leaf ---------------------------------------------


@claim("autograd.non-leaf.grad-not-populated", see="generated/torch.Tensor.grad")
def test_the_gradient_of_a_result_is_never_stored(device):
    """A backward pass computes the gradient of a tensor in the middle of the graph, as
    a hook sees, yet its grad is None, during the pass and after it.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    middle = leaf * 3
    seen = []

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        middle.register_hook(lambda grad: seen.append((grad.tolist(), middle.grad)))
        (middle * 5).sum().backward()
        stored = middle.grad

    assert seen == [([5.0, 5.0], None)]
    assert stored is None
    assert leaf.grad.tolist() == [15.0, 15.0]


@claim("autograd.non-leaf.reading-grad-warns", see="generated/torch.Tensor.grad")
def test_reading_the_gradient_of_a_result_warns(device):
    """Reading grad of a tensor that is not a leaf gives None and a UserWarning."""
    result = torch.ones(2, device=device, requires_grad=True) * 3

    with pytest.warns(UserWarning, match="that is not a leaf Tensor is being accessed"):
        gradient = result.grad

    assert gradient is None


@claim("autograd.non-leaf.reading-without-warning", see="generated/torch.Tensor.grad")
def test_reading_the_gradient_of_a_leaf_does_not_warn(device):
    """Reading grad of a leaf, with the flag or without, of a result that retains its
    gradient, and of a result that does not require gradients gives no warning.
    """
    weight = torch.ones(2, device=device, requires_grad=True)
    plain = torch.ones(2, device=device)
    retained = weight * 3
    retained.retain_grad()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = [weight.grad, plain.grad, retained.grad, (plain * 2).grad]

    assert read == [None, None, None, None]


@claim("autograd.non-leaf.backward-frees-the-graph", see="notes/autograd")
def test_backward_frees_what_operations_saved_and_not_the_results(device):
    """What a backward pass frees is what the operations saved: a second pass over the
    same graph raises RuntimeError, while the tensor in the middle keeps its value.
    """
    leaf = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    middle = leaf * leaf
    middle.sum().backward()

    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        middle.sum().backward()

    assert middle.tolist() == [4.0, 9.0]
    assert leaf.grad.tolist() == [4.0, 6.0]


# --- retain_grad ----------------------------------------------------------------------


@claim(
    "autograd.retain-grad.keeps-intermediate",
    see="generated/torch.Tensor.retain_grad",
)
def test_retain_grad_keeps_the_gradient_of_a_result(device):
    """After retain_grad(), which returns None, a backward pass writes the gradient of a
    tensor that is not a leaf, and the leaf's as usual.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    middle = leaf * 3
    before = middle.retains_grad

    returned = middle.retain_grad()
    (middle * 5).sum().backward()

    assert returned is None
    assert (before, middle.retains_grad, middle.is_leaf) == (False, True, False)
    assert middle.grad.tolist() == [5.0, 5.0]
    assert (middle.grad.requires_grad, middle.grad.grad_fn) == (False, None)
    assert leaf.grad.tolist() == [15.0, 15.0]


@claim("autograd.retain-grad.accumulates", see="generated/torch.Tensor.retain_grad")
def test_a_retained_gradient_adds_up_over_passes(device):
    """A retained gradient adds up over backward passes, in a new tensor each time: the
    tensor that was read after the first pass keeps its value.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    middle = leaf * 3
    middle.retain_grad()

    (middle * 5).sum().backward(retain_graph=True)
    first = middle.grad
    (middle * 7).sum().backward()

    assert first.tolist() == [5.0, 5.0]
    assert middle.grad.tolist() == [12.0, 12.0]


@claim("autograd.retain-grad.too-late", see="generated/torch.Tensor.retain_grad")
def test_retain_grad_after_a_pass_is_too_late_for_it(device):
    """Called after a backward pass, retain_grad() leaves grad None; it serves the next
    pass.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    middle = leaf * 3
    (middle * 5).sum().backward(retain_graph=True)

    middle.retain_grad()
    after_first = middle.grad
    (middle * 7).sum().backward()

    assert after_first is None
    assert middle.grad.tolist() == [7.0, 7.0]


@claim("autograd.retain-grad.twice", see="generated/torch.Tensor.retain_grad")
def test_retain_grad_called_twice_counts_once(device):
    """Calling retain_grad() a second time changes nothing: a pass adds its gradient
    once.
    """
    middle = torch.ones(2, device=device, requires_grad=True) * 3

    middle.retain_grad()
    middle.retain_grad()
    (middle * 5).sum().backward()

    assert middle.grad.tolist() == [5.0, 5.0]


@claim(
    "autograd.retain-grad.only-that-tensor", see="generated/torch.Tensor.retain_grad"
)
def test_retain_grad_serves_that_tensor_only(device):
    """Retaining the gradient of one tensor does not retain those of the tensors
    before and after it in the graph.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    first = leaf * 2
    second = first * 3
    third = second * 5

    second.retain_grad()
    third.sum().backward()

    assert second.grad.tolist() == [5.0, 5.0]
    assert (first.retains_grad, third.retains_grad) == (False, False)


@claim("autograd.retain-grad.is-a-method", see="generated/torch.Tensor.retain_grad")
def test_assigning_to_retain_grad_retains_nothing(device):
    """Assigning True to the name retain_grad only hides the method: nothing is
    retained.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    middle = leaf * 3

    middle.retain_grad = True
    middle.sum().backward()

    assert leaf.grad.tolist() == [3.0, 3.0]
    assert middle.retains_grad is False
    with pytest.warns(UserWarning, match="not a leaf"):
        assert middle.grad is None


@claim("autograd.retain-grad.leaf-and-errors", see="generated/torch.Tensor.retain_grad")
def test_retain_grad_does_nothing_to_a_leaf_and_refuses_a_plain_tensor(device):
    """On a leaf that requires gradients retain_grad() does nothing; on a tensor that
    does not require them it raises RuntimeError.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    plain = torch.ones(2, device=device)

    returned = leaf.retain_grad()
    before_pass = leaf.grad
    with pytest.raises(
        RuntimeError, match="can't retain_grad on Tensor that has requires_"
    ):
        plain.retain_grad()
    (leaf * 3).sum().backward()

    assert returned is None
    assert before_pass is None
    assert (leaf.retains_grad, plain.retains_grad) == (False, False)
    assert plain.requires_grad is False
    assert leaf.grad.tolist() == [3.0, 3.0]


@claim(
    "autograd.retain-grad.after-every-hook",
    see="notes/autograd",
    since="2.0",
)
def test_the_retained_gradient_is_what_the_hooks_returned(device):
    """The retained gradient is the one that all hooks of the tensor have changed, those
    registered after retain_grad() too.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    middle = leaf * 3

    middle.retain_grad()
    middle.register_hook(lambda grad: grad * 10)
    middle.sum().backward()

    assert middle.grad.tolist() == [10.0, 10.0]
    assert leaf.grad.tolist() == [30.0, 30.0]


@claim(
    "autograd.retain-grad.in-order-of-hooks",
    see="notes/autograd",
    until="2.0",
)
def test_a_gradient_retained_before_any_hook_is_what_the_hooks_receive(device):
    """Where retain_grad() is called before the first hook is registered, the retained
    gradient is what the hooks receive; called after it, what all hooks returned, later
    ones too.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    early, late = leaf * 3, leaf * 5

    early.retain_grad()
    early.register_hook(lambda grad: grad * 10)
    late.register_hook(lambda grad: grad * 2)
    late.retain_grad()
    late.register_hook(lambda grad: grad * 10)
    (early + late).sum().backward()

    assert early.grad.tolist() == [1.0, 1.0]
    assert late.grad.tolist() == [20.0, 20.0]
    assert leaf.grad.tolist() == [130.0, 130.0]


@claim("autograd.retain-grad.follows-in-place", see="notes/autograd")
def test_a_retained_gradient_belongs_to_the_value_after_an_in_place_operation(device):
    """The retained gradient of a tensor that is changed in place after retain_grad() is
    the gradient of its new value.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    middle = leaf * 2

    middle.retain_grad()
    middle.mul_(5)
    (middle * 3).sum().backward()

    assert middle.grad.tolist() == [3.0, 3.0]
    assert leaf.grad.tolist() == [30.0, 30.0]


# --- switching the flag ---------------------------------------------------------------


@claim(
    "autograd.requires-grad-method.sets-leaf-flag",
    see="generated/torch.Tensor.requires_grad_",
)
def test_requires_grad_method_switches_a_leaf_and_returns_it(device):
    """The method requires_grad_() switches the flag of a leaf, on by default, and
    returns the same tensor with its data untouched.
    """
    leaf = torch.tensor([1.0, 2.0], device=device)

    by_default = leaf.requires_grad_()
    after_default = leaf.requires_grad
    off = leaf.requires_grad_(False)
    after_off = leaf.requires_grad
    on = leaf.requires_grad_(True)
    after_on = leaf.requires_grad
    by_keyword = leaf.requires_grad_(requires_grad=False)
    after_keyword = leaf.requires_grad

    assert [after_default, after_off, after_on, after_keyword] == [
        True,
        False,
        True,
        False,
    ]
    assert by_default is leaf
    assert off is leaf
    assert on is leaf
    assert by_keyword is leaf
    assert leaf.tolist() == [1.0, 2.0]


@claim(
    "autograd.requires-grad-method.assignment-is-equivalent",
    see="generated/torch.Tensor.requires_grad",
)
def test_assigning_requires_grad_switches_a_leaf(device):
    """Assigning requires_grad switches the flag of a leaf on and off, and gradients
    arrive accordingly.
    """
    leaf = torch.tensor([1.0, 2.0], device=device)

    leaf.requires_grad = True
    (leaf * 3).sum().backward()
    on = leaf.requires_grad
    leaf.requires_grad = False
    product = leaf * 3

    assert (on, leaf.requires_grad, leaf.is_leaf) == (True, False, True)
    assert leaf.grad.tolist() == [3.0, 3.0]
    assert product.requires_grad is False
    assert leaf.tolist() == [1.0, 2.0]


@claim(
    "autograd.requires-grad-method.inside-no-grad",
    see="generated/torch.no_grad",
)
def test_the_flag_can_be_switched_inside_no_grad(device):
    """Both ways of switching the flag work inside no_grad, and last beyond it."""
    by_method = torch.ones(2, device=device)
    by_assignment = torch.ones(2, device=device)

    with torch.no_grad():
        by_method.requires_grad_()
        by_assignment.requires_grad = True

    assert (by_method.requires_grad, by_assignment.requires_grad) == (True, True)
    assert (by_method * by_assignment).requires_grad is True


@claim(
    "autograd.requires-grad-method.keeps-grad",
    see="generated/torch.Tensor.requires_grad_",
)
def test_switching_the_flag_off_keeps_the_gradient(device):
    """The gradient that a leaf has stays when its flag is switched off, and is added
    to when the flag is on again.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    (leaf * 3).sum().backward()
    gradient = leaf.grad

    leaf.requires_grad_(False)
    while_off = leaf.grad
    leaf.requires_grad_(True)
    (leaf * 5).sum().backward()

    assert while_off is gradient
    assert leaf.grad is gradient
    assert gradient.tolist() == [8.0, 8.0]


@claim(
    "autograd.requires-grad-method.non-leaf-cannot-be-disabled",
    see="generated/torch.Tensor.requires_grad_",
)
def test_the_flag_of_a_result_cannot_be_switched_off(device):
    """Switching the flag of a tensor that is not a leaf off raises RuntimeError, by
    requires_grad_() and by assignment, and the tensor keeps its flag and grad_fn.
    """
    result = torch.ones(2, device=device, requires_grad=True) * 3
    grad_fn = result.grad_fn

    with pytest.raises(
        RuntimeError, match="you can only change requires_grad flags of"
    ):
        result.requires_grad_(False)
    with pytest.raises(
        RuntimeError, match="you can only change requires_grad flags of"
    ):
        result.requires_grad = False

    assert result.requires_grad is True
    assert result.grad_fn is grad_fn


@claim(
    "autograd.requires-grad-method.result-without-flag",
    see="generated/torch.Tensor.detach",
)
def test_detach_gives_a_result_that_does_not_require_gradients(device):
    """A value that depends on a leaf but does not require gradients comes from
    detach(): what follows from it sends nothing back to the leaf.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    result = leaf * 3

    constant = result.detach()
    (leaf * constant).sum().backward()

    assert (constant.requires_grad, constant.is_leaf) == (False, True)
    assert constant.tolist() == [3.0, 6.0]
    assert result.requires_grad is True
    assert leaf.grad.tolist() == [3.0, 6.0]
    assert leaf.tolist() == [1.0, 2.0]


@claim(
    "autograd.requires-grad-method.on-for-a-result",
    see="generated/torch.Tensor.requires_grad_",
)
def test_the_method_accepts_true_for_a_result_and_does_nothing(device):
    """On a tensor that is not a leaf requires_grad_(True) does nothing and returns the
    tensor, which remains part of the graph.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    result = leaf * 3
    grad_fn = result.grad_fn

    returned = result.requires_grad_()
    result.sum().backward()

    assert returned is result
    assert (result.requires_grad, result.is_leaf) == (True, False)
    assert result.grad_fn is grad_fn
    assert result.retains_grad is False
    assert leaf.grad.tolist() == [3.0, 3.0]


@claim(
    "autograd.requires-grad-method.assignment-to-a-result",
    see="generated/torch.Tensor.requires_grad",
)
def test_assigning_true_to_the_flag_of_a_result_is_refused(device):
    """Unlike the method, an assignment of True to requires_grad raises RuntimeError on
    a tensor that is not a leaf, though it would change nothing.
    """
    result = torch.ones(2, device=device, requires_grad=True) * 3

    with pytest.raises(
        RuntimeError, match="you can only change requires_grad flags of"
    ):
        result.requires_grad = True

    assert (result.requires_grad, result.is_leaf) == (True, False)


@claim(
    "autograd.requires-grad-method.dependents-unaffected",
    see="notes/autograd",
)
def test_switching_a_flag_off_leaves_earlier_results_alone(device):
    """A result computed before the flag of its leaf is switched off keeps its own flag
    and grad_fn; one computed afterwards has neither.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    earlier = leaf * 3
    grad_fn = earlier.grad_fn

    leaf.requires_grad_(False)
    later = leaf * 3

    assert (earlier.requires_grad, earlier.is_leaf) == (True, False)
    assert earlier.grad_fn is grad_fn
    assert (later.requires_grad, later.grad_fn) == (False, None)


@claim(
    "autograd.requires-grad-method.on-does-not-reach-back",
    see="notes/autograd",
)
def test_switching_a_flag_on_does_not_reach_earlier_results(device):
    """A result computed before the flag of its leaf is switched on does not require
    gradients, and backward() from it raises RuntimeError.
    """
    leaf = torch.ones(2, device=device)
    earlier = (leaf * 3).sum()

    leaf.requires_grad_()

    assert leaf.requires_grad is True
    assert (earlier.requires_grad, earlier.grad_fn) == (False, None)
    with pytest.raises(
        RuntimeError, match="does not require grad and does not have a gr"
    ):
        earlier.backward()
    assert leaf.grad is None


@claim(
    "autograd.requires-grad-method.view-of-a-plain-base",
    see="generated/torch.Tensor.requires_grad_",
)
def test_a_view_of_a_plain_tensor_can_require_gradients_alone(device):
    """A view of a tensor that does not require gradients is a leaf and may be switched
    to require them: its base, and other views of it, are left as they are.
    """
    base = torch.tensor([1.0, 2.0, 3.0], device=device)
    view = base[:2]

    view.requires_grad_()
    (view * 5).sum().backward()

    assert (view.requires_grad, view.is_leaf) == (True, True)
    assert (base.requires_grad, base[:2].requires_grad) == (False, False)
    assert view.grad.tolist() == [5.0, 5.0]
    assert base.grad is None


@claim(
    "autograd.requires-grad-method.earlier-view-shows-the-flag",
    see="generated/torch.Tensor.requires_grad_",
    level="observed",
)
def test_an_earlier_view_shows_the_flag_of_its_base_without_serving_it(device):
    """A view taken before the flag of its base is switched on reads requires_grad as
    True from then on, yet a backward pass through it reaches neither of the two.
    """
    base = torch.ones(3, device=device)
    view = base[:2]
    scale = torch.tensor(5.0, device=device, requires_grad=True)

    base.requires_grad_()
    (view * scale).sum().backward()

    assert (view.requires_grad, view.grad_fn) == (True, None)
    assert (view.grad, base.grad) == (None, None)
    assert scale.grad.item() == 2.0


@claim(
    "autograd.requires-grad-method.disabled-leaf-not-accumulated",
    see="generated/torch.Tensor.requires_grad_",
)
def test_a_leaf_switched_off_before_backward_gets_no_gradient(device):
    """A leaf whose flag is switched off between the computation and the backward pass
    gets no gradient, without an error, and the other leaves get theirs.
    """
    off = torch.tensor([2.0, 3.0], device=device, requires_grad=True)
    on = torch.tensor([5.0, 7.0], device=device, requires_grad=True)
    loss = (off * on).sum()

    off.requires_grad_(False)
    loss.backward()

    assert off.grad is None
    assert on.grad.tolist() == [2.0, 3.0]


@claim(
    "autograd.requires-grad-method.off-keeps-old-gradient",
    see="generated/torch.Tensor.requires_grad_",
)
def test_a_leaf_switched_off_between_passes_is_not_added_to(device):
    """A leaf whose flag is switched off between two backward passes keeps the gradient
    of the first, while the other leaf of the graph gets that of both.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    other = torch.tensor([3.0, 4.0], device=device, requires_grad=True)
    loss = (leaf * other).sum()
    loss.backward(retain_graph=True)

    leaf.requires_grad_(False)
    loss.backward()

    assert leaf.grad.tolist() == [3.0, 4.0]
    assert other.grad.tolist() == [2.0, 2.0]


@claim(
    "autograd.requires-grad-method.off-and-on-again",
    see="generated/torch.Tensor.requires_grad_",
)
def test_a_leaf_switched_off_and_on_again_gets_its_gradient(device):
    """A leaf whose flag is switched off and on again before the backward pass gets its
    gradient through the graph recorded before.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    loss = (leaf * 3).sum()

    leaf.requires_grad_(False)
    leaf.requires_grad_(True)
    loss.backward()

    assert leaf.grad.tolist() == [3.0, 3.0]


@claim(
    "autograd.requires-grad-method.off-cannot-be-asked-for",
    see="generated/torch.autograd.grad",
)
def test_a_gradient_cannot_be_asked_for_a_leaf_switched_off(device):
    """Asking for the gradient of a leaf whose flag is switched off raises RuntimeError,
    from autograd.grad() and from backward(inputs=...).
    """
    leaf = torch.ones(2, device=device, requires_grad=True)
    loss = (leaf * 3).sum()
    leaf.requires_grad_(False)

    with pytest.raises(
        RuntimeError, match="differentiated Tensors does not require grad"
    ):
        torch.autograd.grad(loss, leaf)
    with pytest.raises(RuntimeError, match="requires_grad=False"):
        loss.backward(inputs=[leaf])

    assert leaf.grad is None


@claim(
    "autograd.leaf.asarray-keeps-the-flag",
    see="generated/torch.asarray",
    since="2.12",
)
@pytest.mark.filterwarnings("ignore:torch.asarray")
def test_asarray_keeps_the_flag_of_the_tensor_that_it_returns(device):
    """Called on a leaf that needs no conversion, torch.asarray() returns the leaf
    itself, which still requires gradients.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)

    returned = torch.asarray(leaf)

    assert returned is leaf
    assert leaf.requires_grad is True


@claim(
    "autograd.leaf.asarray-switches-the-flag-off",
    see="generated/torch.asarray",
    until="2.12",
)
@pytest.mark.filterwarnings("ignore:torch.asarray")
def test_asarray_switches_off_the_flag_of_the_tensor_that_it_returns(device):
    """Called on a leaf that needs no conversion, torch.asarray() returns the leaf
    itself with its flag switched off, unless requires_grad=True is passed.
    """
    leaf = torch.ones(2, device=device, requires_grad=True)

    asked = torch.asarray(leaf, requires_grad=True)
    flag_when_asked = leaf.requires_grad
    returned = torch.asarray(leaf)

    assert asked is leaf
    assert flag_when_asked is True
    assert returned is leaf
    assert leaf.requires_grad is False


# --- out= -----------------------------------------------------------------------------


@claim("autograd.leaf.out-and-requires-grad", see="generated/torch.zeros")
@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        (lambda **options: torch.zeros(3, **options), [0.0, 0.0, 0.0]),
        (lambda **options: torch.ones(3, **options), [1.0, 1.0, 1.0]),
        (lambda **options: torch.full((3,), 7.0, **options), [7.0, 7.0, 7.0]),
        (lambda **options: torch.arange(3.0, **options), [0.0, 1.0, 2.0]),
        (lambda **options: torch.linspace(0, 2, 3, **options), [0.0, 1.0, 2.0]),
    ],
    ids=["zeros", "ones", "full", "arange", "linspace"],
)
def test_a_factory_sets_the_flag_of_its_out_tensor(fill, expected, device):
    """A factory called with out= and requires_grad=True fills the tensor that it is
    given, switches its flag on and returns it, a leaf.
    """
    out = torch.full((3,), 9.0, device=device)

    returned = fill(out=out, device=device, requires_grad=True)

    assert returned is out
    assert out.tolist() == expected
    assert (out.requires_grad, out.is_leaf) == (True, True)


@claim("autograd.leaf.factory-out-requires-grad", see="generated/torch.zeros")
@pytest.mark.parametrize("flag", [True, False], ids=["flag-on", "flag-off"])
@pytest.mark.parametrize(
    "fill",
    [
        lambda **options: torch.zeros(3, **options),
        lambda **options: torch.ones(3, **options),
        lambda **options: torch.full((3,), 7.0, **options),
        lambda **options: torch.arange(3.0, **options),
    ],
    ids=["zeros", "ones", "full", "arange"],
)
def test_a_factory_does_not_fill_a_tensor_that_requires_gradients(fill, flag, device):
    """A factory raises RuntimeError when the tensor given as out= requires gradients
    already, and leaves its data as they were.
    """
    out = torch.full((3,), 9.0, device=device, requires_grad=True)

    with pytest.raises(RuntimeError, match="requires grad"):
        fill(out=out, device=device, requires_grad=flag)

    assert out.tolist() == [9.0, 9.0, 9.0]
    assert out.requires_grad is True


@claim("autograd.leaf.factory-out-in-no-grad", see="generated/torch.no_grad")
def test_inside_no_grad_a_factory_fills_a_tensor_that_requires_gradients(device):
    """Inside no_grad a factory fills a tensor that requires gradients; its flag becomes
    what the call asks for, off by default.
    """
    kept = torch.ones(3, device=device, requires_grad=True)
    dropped = torch.ones(3, device=device, requires_grad=True)

    with torch.no_grad():
        torch.zeros(3, out=kept, device=device, requires_grad=True)
        torch.zeros(3, out=dropped, device=device)

    assert kept.tolist() == [0.0, 0.0, 0.0]
    assert (kept.requires_grad, kept.is_leaf) == (True, True)
    assert dropped.tolist() == [0.0, 0.0, 0.0]
    assert dropped.requires_grad is False


@claim("autograd.leaf.operation-out-requires-grad", see="generated/torch.add")
def test_an_operation_with_out_is_not_differentiable(device):
    """An operation called with out= raises RuntimeError when an input or the out tensor
    requires gradients, and writes nothing.
    """
    plain = torch.ones(2, device=device)
    leaf = torch.ones(2, device=device, requires_grad=True)
    out = torch.full((2,), 9.0, device=device)

    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        torch.add(plain, 1, out=leaf)
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        torch.add(leaf, 1, out=out)

    assert leaf.tolist() == [1.0, 1.0]
    assert out.tolist() == [9.0, 9.0]
    assert out.requires_grad is False


@claim("autograd.leaf.operation-out-in-no-grad", see="generated/torch.no_grad")
def test_inside_no_grad_an_operation_writes_into_a_leaf(device):
    """Inside no_grad an operation with out= reads from and writes into tensors that
    require gradients, and changes no flag.
    """
    source = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    target = torch.zeros(2, device=device, requires_grad=True)
    out = torch.zeros(2, device=device)

    with torch.no_grad():
        torch.add(source, 1, out=target)
        torch.add(source, 1, out=out)

    assert target.tolist() == [2.0, 3.0]
    assert (target.requires_grad, target.is_leaf) == (True, True)
    assert out.tolist() == [2.0, 3.0]
    assert (out.requires_grad, out.is_leaf) == (False, True)

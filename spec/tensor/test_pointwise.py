"""Pointwise operations.

A pointwise operation computes each element of its result from the elements at the same
place of its operands. Its result is a new tensor; the form with an underscore writes
into its first operand, and ``out=`` into a tensor that is given. Three things need
care: the dtype that comes of two dtypes, which way a result is rounded, and which sign
a remainder has.

A Python number and a tensor without dimensions seldom decide about the dtype: they do
so only where they are of a later category, such as a float beside integers. Many
believe that round() goes away from zero at a half; it goes to the even neighbour. Many
take torch.norm(matrix, 2) for the spectral norm; it is the root of the sum of squares.
And clamp() without an underscore limits nothing but its result.
"""

import math

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from spec.models.promotion import (
    COMPLEX,
    DTYPES,
    FLOATS,
    NUMBERS,
    Operand,
    meet,
    result_dtype,
)
from torch_semantics import claim
from torch_semantics.words import shares_storage

# Without the floats of 16 bits, whose complex counterparts hardly any operation takes.
TENSORS = st.builds(
    Operand,
    st.sampled_from(["dims", "zero-dim"]),
    st.sampled_from([dtype for dtype in DTYPES if FLOATS.get(dtype) != 16]),
)
OPERANDS = TENSORS | st.builds(
    Operand, st.just("number"), st.sampled_from(list(NUMBERS))
)
ONES = {"bool": True, "int": 1, "float": 1.0, "complex": 1 + 0j}
# Multiples of a quarter, which binary fractions hold exactly, of both signs.
QUARTERS = st.integers(-12, 12).map(lambda n: n / 4)


def one(operand, device):
    """Return an operand with the value 1."""
    if operand.weight == "number":
        return ONES[operand.dtype]
    shape = (1,) if operand.weight == "dims" else ()
    return torch.ones(shape, dtype=getattr(torch, operand.dtype), device=device)


# --- every way to call ----------------------------------------------------------------


@claim("tensor.pointwise.result-is-new", see="torch#pointwise-ops")
def test_a_pointwise_operation_returns_a_new_tensor_and_leaves_its_operands(device):
    """A pointwise operation returns a new tensor, even where no element changes, and
    leaves its operands as they are; positive() and + alone, which change nothing ever,
    return the tensor itself.
    """
    a = torch.tensor([1, 2], device=device)
    zero = torch.zeros(2, dtype=torch.int64, device=device)

    results = [a.abs(), a.clamp(min=0), a + zero, a * 1, a.round(), a**1, a // 1]

    assert [result.tolist() for result in results] == [[1, 2]] * 7
    assert [result.dtype for result in results] == [torch.int64] * 7
    assert [shares_storage(result, a) for result in results] == [False] * 7
    assert (torch.positive(a) is a, a.positive() is a, +a is a) == (True, True, True)
    assert (a.tolist(), zero.tolist()) == ([1, 2], [0, 0])


@claim("tensor.pointwise.in-place-returns-self", see="tensors")
def test_the_form_with_an_underscore_writes_into_its_tensor_and_returns_it(device):
    """The form with an underscore writes its result into the tensor it is called on,
    where its base shows it too, and returns this very tensor.
    """
    base = torch.tensor([[1.0, -2.0], [3.0, -4.0]], device=device)
    column = base[:, 1]

    result = column.abs_().mul_(10).add_(1)

    assert result is column
    assert base.tolist() == [[1, 21], [3, 41]]
    assert (column.tolist(), column.stride()) == ([21, 41], (2,))


@claim("tensor.pointwise.out", see="torch#pointwise-ops")
def test_out_receives_the_result_and_is_returned(device):
    """With out= the result is written into the tensor that is given, in its dtype and
    at its strides, and this very tensor is returned.
    """
    a = torch.tensor([1, 2], device=device)
    b = torch.tensor([10, 20], device=device)
    memory = torch.zeros(4, device=device)
    out = memory[::2]

    result = torch.add(a, b, out=out)

    assert result is out
    assert memory.tolist() == [11, 0, 22, 0]
    assert (out.dtype, out.stride()) == (torch.float32, (2,))
    assert (a.tolist(), b.tolist()) == ([1, 2], [10, 20])


UNARY = {
    "abs": ([-2.5, -0.5, 0.5, 2.0], [2.5, 0.5, 0.5, 2.0]),
    "neg": ([-2.5, -0.5, 0.5, 2.0], [2.5, 0.5, -0.5, -2.0]),
    "floor": ([-2.5, -0.5, 0.5, 2.0], [-3.0, -1.0, 0.0, 2.0]),
    "ceil": ([-2.5, -0.5, 0.5, 2.0], [-2.0, 0.0, 1.0, 2.0]),
    "round": ([-2.75, -0.5, 0.75, 2.0], [-3.0, 0.0, 1.0, 2.0]),
    "trunc": ([-2.5, -0.5, 1.5, 2.0], [-2.0, 0.0, 1.0, 2.0]),
    "frac": ([-2.5, -0.5, 0.25, 2.0], [-0.5, -0.5, 0.25, 0.0]),
    "sign": ([-2.5, 0.0, 0.5, 2.0], [-1.0, 0.0, 1.0, 1.0]),
    "square": ([-3.0, -0.5, 1.5], [9.0, 0.25, 2.25]),
    "sqrt": ([0.0, 6.25, 4.0], [0.0, 2.5, 2.0]),
    "rsqrt": ([0.25, 4.0, 16.0], [2.0, 0.5, 0.25]),
    "reciprocal": ([0.25, -4.0, 2.0], [4.0, -0.25, 0.5]),
    "exp2": ([-1.0, 0.0, 3.0], [0.5, 1.0, 8.0]),
    "log2": ([0.5, 1.0, 8.0], [-1.0, 0.0, 3.0]),
}


@claim("tensor.pointwise.unary-forms", see="torch#pointwise-ops")
@pytest.mark.parametrize("name", UNARY)
def test_the_forms_of_a_unary_operation_agree(device, name):
    """The function, the method, the function with out= and the method with an
    underscore give the same elements.
    """
    elements, expected = UNARY[name]
    x = torch.tensor(elements, device=device)
    out = torch.full_like(x, 99)
    target = x.clone()

    results = [
        getattr(torch, name)(x),
        getattr(x, name)(),
        getattr(torch, name)(x, out=out),
        getattr(target, name + "_")(),
    ]

    assert [result.tolist() for result in results] == [expected] * 4
    assert [result.dtype for result in results] == [torch.float32] * 4
    assert (results[2] is out, results[3] is target) == (True, True)
    assert x.tolist() == elements


BINARY = {
    "add": [9, -5, 11, -13],
    "sub": [5, -9, 3, -5],
    "mul": [14, -14, 28, 36],
    "div": [3.5, -3.5, 1.75, 2.25],
    "floor_divide": [3, -4, 1, 2],
    "remainder": [1, 1, 3, -1],
    "fmod": [1, -1, 3, -1],
}


@claim("tensor.pointwise.binary-forms", see="torch#pointwise-ops")
@pytest.mark.parametrize("name", BINARY)
def test_the_forms_of_a_binary_operation_agree(device, name):
    """The function, the method, the function with out= and the method with an
    underscore give the same elements.
    """
    a = torch.tensor([7.0, -7.0, 7.0, -9.0], device=device)
    b = torch.tensor([2.0, 2.0, 4.0, -4.0], device=device)
    out, target = torch.full_like(a, 99), a.clone()

    results = [
        getattr(torch, name)(a, b),
        getattr(a, name)(b),
        getattr(torch, name)(a, b, out=out),
        getattr(target, name + "_")(b),
    ]

    assert [result.tolist() for result in results] == [BINARY[name]] * 4
    assert [result.dtype for result in results] == [torch.float32] * 4
    assert (results[2] is out, results[3] is target) == (True, True)
    assert (a.tolist(), b.tolist()) == ([7, -7, 7, -9], [2, 2, 4, -4])


@claim("tensor.pointwise.operators", see="torch#pointwise-ops")
def test_the_operators_compute_what_they_do_for_numbers(device):
    """The arithmetic operators and abs() compute for each element what they compute for
    Python numbers.
    """
    a = torch.tensor([7, -7], device=device)
    b = torch.tensor([2, 4], device=device)

    results = [a + b, a - b, a * b, a / b, a // b, a % b, a**b, -a, +a, abs(a)]

    assert [result.tolist() for result in results] == [
        [9, -3],
        [5, -11],
        [14, -28],
        [3.5, -1.75],
        [3, -2],
        [1, 1],
        [49, 2401],
        [-7, 7],
        [7, -7],
        [7, 7],
    ]
    assert [result.dtype for result in results[:5]] == [torch.int64] * 3 + [
        torch.float32,
        torch.int64,
    ]
    assert (a.tolist(), b.tolist()) == ([7, -7], [2, 4])


@claim("tensor.pointwise.augmented-assignment", see="tensors")
def test_augmented_assignments_write_into_the_tensor(device):
    """The operators +=, -=, *=, /=, //=, %= and **= write into the tensor on the left,
    which stays the same object with the same dtype.
    """
    a = torch.tensor([7.0, -9.0], device=device)
    same = a
    seen = []

    a += 1
    seen.append(a.tolist())
    a -= 2
    seen.append(a.tolist())
    a *= 3
    seen.append(a.tolist())
    a /= 2
    seen.append(a.tolist())
    a //= 2
    seen.append(a.tolist())
    a %= 5
    seen.append(a.tolist())
    a **= 2
    seen.append(a.tolist())

    assert seen[:4] == [[8, -8], [6, -10], [18, -30], [9, -15]]
    assert seen[4:] == [[4, -8], [4, 2], [16, 4]]
    assert (a is same, a.dtype) == (True, torch.float32)


@claim("tensor.pointwise.aliases", see="torch#pointwise-ops")
def test_several_names_stand_for_one_operation(device):
    """absolute(), negative(), positive(), fix(), subtract(), multiply(), divide(),
    true_divide(), clip() and arctan2() are second names, as functions and as methods.
    """
    a = torch.tensor([-2.5, 4.0], device=device)
    b = torch.tensor([2.0, 0.5], device=device)
    zero = torch.tensor([0.0, -0.0], device=device)

    functions = [
        torch.absolute(a).tolist(),
        torch.negative(a).tolist(),
        torch.positive(a).tolist(),
        torch.fix(a).tolist(),
        torch.subtract(a, b).tolist(),
        torch.multiply(a, b).tolist(),
        torch.divide(a, b).tolist(),
        torch.true_divide(a, b).tolist(),
        torch.clip(a, -1, 1).tolist(),
        torch.arctan2(zero, b).tolist(),
    ]
    methods = [
        a.absolute().tolist(),
        a.negative().tolist(),
        a.positive().tolist(),
        a.fix().tolist(),
        a.subtract(b).tolist(),
        a.multiply(b).tolist(),
        a.divide(b).tolist(),
        a.true_divide(b).tolist(),
        a.clip(-1, 1).tolist(),
        zero.arctan2(b).tolist(),
    ]

    assert str(functions) == str(methods)
    assert functions[:4] == [[2.5, 4], [2.5, -4], [-2.5, 4], [-2, 4]]
    assert functions[4:8] == [[-4.5, 3.5], [-5, 2], [-1.25, 8], [-1.25, 8]]
    assert str(functions[8:]) == "[[-1.0, 1.0], [0.0, -0.0]]"
    assert (a.tolist(), b.tolist()) == ([-2.5, 4], [2, 0.5])


@claim("tensor.pointwise.alpha", see="generated/torch.add")
def test_alpha_scales_the_second_operand_of_add_and_sub(device):
    """add() and sub() take a factor for their second operand, alpha=, which has to be
    an integer where the operands are integers.
    """
    a = torch.tensor([1, 2], device=device)
    b = torch.tensor([10, 20], device=device)

    added = torch.add(a, b, alpha=3)
    subtracted = a.sub(b, alpha=3)

    assert (added.tolist(), subtracted.tolist()) == ([31, 62], [-29, -58])
    assert (added.dtype, subtracted.dtype) == (torch.int64, torch.int64)
    with pytest.raises(RuntimeError, match="alpha must not be a floating point number"):
        torch.add(a, b, alpha=1.5)
    with pytest.raises(RuntimeError, match="alpha must not be a floating point number"):
        a.sub(b, alpha=1.5)


@claim("tensor.pointwise.fused", see="generated/torch.addcmul")
def test_addcmul_addcdiv_and_lerp_combine_three_operands(device):
    """addcmul() adds value times a product, addcdiv() value times a quotient, and
    lerp() goes a part of the way from one tensor to the other.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    a = torch.tensor([6.0, 8.0], device=device)
    b = torch.tensor([3.0, 2.0], device=device)

    results = [
        torch.addcmul(x, a, b, value=2),
        torch.addcmul(x, a, b),
        torch.addcdiv(x, a, b, value=2),
        torch.addcdiv(x, a, b),
        torch.lerp(x, a, 0.5),
        torch.lerp(x, a, b),
    ]

    assert [result.tolist() for result in results] == [
        [37, 34],
        [19, 18],
        [5, 10],
        [3, 6],
        [3.5, 5],
        [16, 14],
    ]
    assert x.addcmul_(a, b, value=-1).tolist() == [-17, -14]
    assert x.lerp_(a, 1.0).tolist() == [6, 8]


@claim("tensor.lerp.weight-of-same-dtype", see="generated/torch.lerp", until="2.7")
def test_lerp_refuses_a_number_of_another_dtype(device):
    """A weight without dimensions has to have the dtype of the tensors in lerp(), or a
    RuntimeError is raised.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    a = torch.tensor([6.0, 8.0], device=device)
    weight = torch.tensor(0.5, dtype=torch.float16, device=device)

    with pytest.raises(RuntimeError, match="expected dtype float for `weight`"):
        torch.lerp(x, a, weight)


@claim("tensor.lerp.weight-of-any-dtype", see="generated/torch.lerp", since="2.7")
def test_lerp_takes_a_number_of_another_dtype(device):
    """A weight without dimensions may be of another dtype than the tensors in lerp(),
    and the result has theirs; with dimensions, it raises a RuntimeError.
    """
    x = torch.tensor([1.0, 2.0], device=device)
    a = torch.tensor([6.0, 8.0], device=device)
    weight = torch.tensor(0.5, dtype=torch.float16, device=device)
    weights = torch.tensor([0.5, 0.5], dtype=torch.float16, device=device)

    result = torch.lerp(x, a, weight)

    assert (result.tolist(), result.dtype) == ([3.5, 5], torch.float32)
    with pytest.raises(RuntimeError, match="expected dtype float for `weight`"):
        torch.lerp(x, a, weights)


@claim("tensor.pointwise.sizes", see="torch#pointwise-ops")
def test_a_unary_operation_keeps_the_shape(device):
    """A unary operation keeps the shape of its input, without dimensions or without
    elements too, and reads a transposed matrix by its indices.
    """
    matrix = torch.tensor([[1.5, 2.5], [-3.5, 0.25]], device=device)
    zero_dim = torch.tensor(-1.5, device=device)
    empty = torch.zeros(0, 3, dtype=torch.int64, device=device)

    turned, single, nothing = matrix.t().floor(), zero_dim.floor(), empty.cos()

    assert turned.tolist() == [[1, -4], [2, 0]]
    assert (single.tolist(), single.shape) == (-2, ())
    assert (nothing.shape, nothing.dtype) == ((0, 3), torch.float32)


# --- which dtype comes of two ---------------------------------------------------------


@claim("tensor.promotion.categories", see="tensor_attributes#type-promotion-doc")
def test_the_later_category_wins(device):
    """The categories are bool, integer, floating point and complex: the result takes
    the dtype of the operand of the later category, however few bits it has.
    """
    flags = torch.tensor([True], device=device)
    bytes_ = torch.tensor([2], dtype=torch.uint8, device=device)
    longs = torch.tensor([2], dtype=torch.int64, device=device)
    halves = torch.tensor([0.5], dtype=torch.float16, device=device)
    complexes = torch.tensor([1j], dtype=torch.complex64, device=device)

    results = [flags + bytes_, longs + halves, halves + longs, longs + complexes]

    assert [result.dtype for result in results] == [
        torch.uint8,
        torch.float16,
        torch.float16,
        torch.complex64,
    ]
    assert [result.tolist() for result in results] == [[3], [2.5], [2.5], [2 + 1j]]
    assert (halves.tolist(), complexes.tolist()) == ([0.5], [1j])


@claim("tensor.promotion.within-a-category", see="generated/torch.promote_types")
def test_within_a_category_the_result_holds_both_dtypes(device):
    """Within a category the longer dtype wins; uint8 with int8 gives int16, and float16
    with bfloat16 float32, since neither goes into the other.
    """
    pairs = [
        (torch.int16, torch.int32),
        (torch.uint8, torch.int8),
        (torch.uint8, torch.int16),
        (torch.float16, torch.bfloat16),
        (torch.float16, torch.float32),
        (torch.complex64, torch.complex128),
        (torch.float64, torch.complex64),
    ]

    sums = [
        (torch.ones(1, dtype=a, device=device) + torch.ones(1, dtype=b, device=device))
        for a, b in pairs
    ]
    promoted = [torch.promote_types(a, b) for a, b in pairs]
    swapped = [torch.promote_types(b, a) for a, b in pairs]

    assert promoted == [
        torch.int32,
        torch.int16,
        torch.int16,
        torch.float32,
        torch.float32,
        torch.complex128,
        torch.complex128,
    ]
    assert swapped == promoted
    assert [result.dtype for result in sums] == promoted


@claim("tensor.promotion.promote-types", see="generated/torch.promote_types")
def test_promote_types_gives_the_smallest_dtype_for_both():
    """promote_types() gives for every pair of dtypes the one of the later category, and
    within a category the longer one or, for two of one length, the next longer.
    """
    pairs = [(a, b) for a in DTYPES for b in DTYPES]

    found = [
        torch.promote_types(getattr(torch, a), getattr(torch, b)) for a, b in pairs
    ]

    assert found == [getattr(torch, meet(a, b)) for a, b in pairs]


@claim("tensor.promotion.numbers-do-not-lengthen", see="generated/torch.result_type")
def test_a_python_number_does_not_lengthen_a_dtype_of_its_category(device):
    """A Python number of the tensor's category or an earlier one takes the tensor's
    dtype: 300 is added to uint8 as 44, and 0.1 to float16 as a float16.
    """
    bytes_ = torch.tensor([0, 200], dtype=torch.uint8, device=device)
    halves = torch.tensor([0.0, 1.0], dtype=torch.float16, device=device)

    a = bytes_ + 300
    b = 0.1 + halves
    c = halves + 2

    assert (a.tolist(), a.dtype) == ([44, 244], torch.uint8)
    assert (b.tolist(), b.dtype) == ([0.0999755859375, 1.099609375], torch.float16)
    assert (c.tolist(), c.dtype) == ([2, 3], torch.float16)


@claim(
    "tensor.promotion.numbers-of-a-later-category", see="generated/torch.result_type"
)
def test_a_python_number_of_a_later_category_brings_a_default_dtype(device):
    """An int with bools gives int64, a float with integers the default dtype, and a
    complex number the complex dtype with parts as long as the tensor's floats.
    """
    flags = torch.tensor([True], device=device)
    longs = torch.tensor([2], device=device)
    doubles = torch.tensor([1.0], dtype=torch.float64, device=device)

    results = [flags + 1, flags + 0.5, longs + 0.5, longs * 1j, doubles + 1j]

    assert [result.dtype for result in results] == [
        torch.int64,
        torch.float32,
        torch.float32,
        torch.complex64,
        torch.complex128,
    ]
    assert [r.tolist() for r in results] == [[2], [1.5], [2.5], [2j], [1 + 1j]]


@claim("tensor.promotion.default-dtype", see="generated/torch.set_default_dtype")
def test_the_default_dtype_is_what_a_float_brings_to_integers(device):
    """With another default dtype, integers with a float, divided integers and the
    cosine of integers have that dtype.
    """
    longs = torch.tensor([2, 0], device=device)
    before = torch.get_default_dtype()

    torch.set_default_dtype(torch.float64)
    try:
        results = [longs + 0.5, longs / 4, longs.cos()[1:]]
    finally:
        torch.set_default_dtype(before)

    assert [result.dtype for result in results] == [torch.float64] * 3
    assert [result.tolist() for result in results] == [[2.5, 0.5], [0.5, 0], [1]]


@claim("tensor.promotion.zero-dim", see="generated/torch.result_type")
def test_a_tensor_without_dimensions_weighs_less_than_one_with(device):
    """A tensor without dimensions leaves the dtype to one with dimensions, unless its
    own is of a later category: then that is the result's; it outweighs a Python number.
    """
    floats = torch.tensor([1.0], dtype=torch.float32, device=device)
    bytes_ = torch.tensor([1], dtype=torch.uint8, device=device)
    long = torch.tensor(300, device=device)
    double = torch.tensor(0.5, dtype=torch.float64, device=device)
    half = torch.tensor(0.5, dtype=torch.float16, device=device)

    results = [floats + double, bytes_ + long, bytes_ + double, half + 1.0, long + 0.5]

    assert [(result.dtype, result.tolist()) for result in results] == [
        (torch.float32, [1.5]),
        (torch.uint8, [45]),
        (torch.float64, [1.5]),
        (torch.float16, 1.5),
        (torch.float32, 300.5),
    ]
    assert (floats.tolist(), bytes_.tolist(), double.tolist()) == ([1], [1], 0.5)


@claim("tensor.promotion.rule", see="generated/torch.result_type")
@given(a=TENSORS, b=OPERANDS)
@example(a=Operand("dims", "float16"), b=Operand("zero-dim", "float64"))
@example(a=Operand("zero-dim", "int8"), b=Operand("number", "float"))
@example(a=Operand("dims", "float64"), b=Operand("number", "complex"))
@example(a=Operand("zero-dim", "uint8"), b=Operand("dims", "bool"))
@example(a=Operand("dims", "uint8"), b=Operand("number", "int"))
def test_the_dtype_of_a_result_follows_from_weight_and_category(device, a, b):
    """The weightiest operand gives the dtype (a tensor with dimensions before one
    without, before a number), unless a lighter one is of a later category.
    """
    expected = getattr(torch, result_dtype(a, b))
    x, y = one(a, device), one(b, device)

    assert (a, b, torch.result_type(x, y)) == (a, b, expected)
    assert (a, b, torch.result_type(y, x)) == (a, b, expected)
    assert (a, b, (x + y).dtype, (y + x).dtype) == (a, b, expected, expected)
    assert (a, b, torch.mul(x, y).dtype) == (a, b, expected)


@claim("tensor.promotion.every-pair", see="generated/torch.result_type")
def test_result_type_follows_the_rule_for_every_pair_of_tensors(device):
    """result_type() gives for every pair of tensors the dtype of the one with
    dimensions, unless the one without is of a later category, and for two alike the
    smallest dtype that both go into.
    """
    operands = [Operand(w, d) for w in ("dims", "zero-dim") for d in DTYPES]
    tensors = {operand: one(operand, device) for operand in operands}
    pairs = [
        (a, b)
        for a in operands
        for b in operands
        if "bfloat16" not in (a.dtype, b.dtype)
        or {a.dtype, b.dtype}.isdisjoint(COMPLEX)
    ]

    found = [torch.result_type(tensors[a], tensors[b]) for a, b in pairs]

    assert len(pairs) == 560
    assert found == [getattr(torch, result_dtype(a, b)) for a, b in pairs]


@claim("tensor.promotion.before-computing", see="tensor_attributes#type-promotion-doc")
def test_operands_are_converted_before_the_operation(device):
    """Operands are converted to the common dtype first, and what gets lost there is
    lost: 16777217 becomes 16777216 beside float32.
    """
    longs = torch.tensor([16777217], device=device)
    floats = torch.tensor([-16777216.0], device=device)

    result = longs + floats

    assert (result.tolist(), result.dtype) == ([0], torch.float32)
    assert (longs + (-16777216)).tolist() == [1]
    assert (longs.tolist(), floats.tolist()) == ([16777217], [-16777216])


@claim("tensor.promotion.in-place-keeps-dtype", see="tensor_attributes#torch.dtype")
def test_an_in_place_operation_keeps_the_dtype_of_its_tensor(device):
    """The result of an in-place operation is converted to the dtype of the tensor that
    is written, if that loses length only: float64 into float32, int64 into uint8.
    """
    floats = torch.tensor([1.0], device=device)
    bytes_ = torch.tensor([200], dtype=torch.uint8, device=device)

    floats += torch.tensor([0.5], dtype=torch.float64, device=device)
    bytes_.add_(torch.tensor([300], device=device))

    assert (floats.tolist(), floats.dtype) == ([1.5], torch.float32)
    assert (bytes_.tolist(), bytes_.dtype) == ([244], torch.uint8)


@claim("tensor.promotion.in-place-refuses", see="tensor_attributes#torch.dtype")
@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.add_(0.5),
        lambda x: x.div_(2),
        lambda x: x.cos_(),
        lambda x: x.clamp_(0, 1.5),
        lambda x: x.mul_(1j),
        lambda x: torch.add(x, 0.5, out=x),
    ],
    ids=["add_", "div_", "cos_", "clamp_", "mul_", "out"],
)
def test_a_result_of_a_later_category_is_not_written(device, write):
    """A result of a later category than the tensor to be written raises a RuntimeError,
    and the tensor keeps its elements.
    """
    x = torch.tensor([3, 4], device=device)

    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        write(x)

    assert (x.tolist(), x.dtype) == ([3, 4], torch.int64)


@claim("tensor.promotion.can-cast", see="generated/torch.can_cast")
def test_can_cast_says_whether_a_result_may_be_written():
    """can_cast() is True for a dtype of the same or a later category, however short,
    and False for one of an earlier category.
    """
    casts = [
        (torch.float64, torch.float16),
        (torch.int64, torch.uint8),
        (torch.int64, torch.float16),
        (torch.bool, torch.uint8),
        (torch.float64, torch.complex64),
        (torch.float32, torch.int64),
        (torch.int64, torch.bool),
        (torch.complex64, torch.float64),
    ]

    found = [torch.can_cast(source, target) for source, target in casts]

    assert found == [True, True, True, True, True, False, False, False]


@claim(
    "tensor.promotion.bfloat16-with-complex",
    see="generated/torch.result_type",
    until="2.14",
)
def test_bfloat16_with_a_complex_number_gives_complex64(device):
    """There is no complex dtype with parts of bfloat16: with a complex number bfloat16
    gives complex64.
    """
    x = torch.tensor([1.0], dtype=torch.bfloat16, device=device)

    assert torch.result_type(x, 1j) == torch.complex64
    assert ((x + 1j).tolist(), (x + 1j).dtype) == ([1 + 1j], torch.complex64)


@claim(
    "tensor.promotion.bfloat16-with-complex-keeps-length",
    see="generated/torch.result_type",
    since="2.14",
)
def test_bfloat16_with_a_complex_number_gives_bcomplex32(device):
    """With a complex number bfloat16 gives bcomplex32, whose parts are bfloat16."""
    x = torch.tensor([1.0], dtype=torch.bfloat16, device=device)

    assert torch.result_type(x, 1j) == torch.bcomplex32


# --- rounding -------------------------------------------------------------------------


@claim("tensor.floor-ceil.rounding-direction", see="generated/torch.floor")
def test_floor_goes_down_and_ceil_goes_up(device):
    """floor() gives the largest integer that is not above, ceil() the smallest that is
    not below, as floats; infinities and nan stay, and ceil() of -0.5 is -0.
    """
    x = torch.tensor(
        [-1.5, -0.5, 0.5, 1.5, math.inf, -math.inf, math.nan], device=device
    )

    down, up = x.floor(), x.ceil()

    assert str(down.tolist()) == "[-2.0, -1.0, 0.0, 1.0, inf, -inf, nan]"
    assert str(up.tolist()) == "[-1.0, -0.0, 1.0, 2.0, inf, -inf, nan]"
    assert (down.dtype, up.dtype) == (torch.float32, torch.float32)
    assert x[:4].tolist() == [-1.5, -0.5, 0.5, 1.5]


@claim("tensor.floor.rounds-down", see="generated/torch.floor")
@pytest.mark.parametrize(
    "dtype",
    [torch.bfloat16, torch.float32, torch.float64],
    ids=["bfloat16", "float32", "float64"],
)
def test_floor_rounds_down_and_keeps_a_floating_point_dtype(device, dtype):
    """floor() rounds toward minus infinity and keeps the floating point dtype."""
    x = torch.tensor([-1.5, -1.0, -0.5, 0.5, 1.5], dtype=dtype, device=device)

    result = x.floor()

    assert (result.tolist(), result.dtype) == ([-2, -1, -1, 0, 1], dtype)


@claim("tensor.round.integers-are-copied", see="generated/torch.round")
def test_rounding_copies_integers(device):
    """floor(), ceil(), round() and trunc() return integers as they are, in their dtype
    and without a detour through floats, and in a tensor of its own.
    """
    x = torch.tensor([9007199254740993, -3], device=device)
    small = torch.tensor([-128, 127], dtype=torch.int8, device=device)

    results = [x.floor(), x.ceil(), x.round(), x.trunc()]
    smalls = [small.floor(), small.ceil(), small.round(), small.trunc()]

    assert [result.tolist() for result in results] == [[9007199254740993, -3]] * 4
    assert [result.dtype for result in results] == [torch.int64] * 4
    assert [shares_storage(result, x) for result in results] == [False] * 4
    assert [result.tolist() for result in smalls] == [[-128, 127]] * 4
    assert [result.dtype for result in smalls] == [torch.int8] * 4


@claim("tensor.round.refuses", see="generated/torch.floor")
@pytest.mark.parametrize(
    "dtype", [torch.bool, torch.complex64], ids=["bool", "complex"]
)
def test_bools_and_complex_numbers_are_not_rounded(device, dtype):
    """floor(), ceil(), round() and trunc() of bools or of complex numbers raise a
    RuntimeError that says so.
    """
    x = torch.ones(1, dtype=dtype, device=device)

    with pytest.raises(RuntimeError, match=r"floor.* not (implemented|supported) for"):
        x.floor()
    with pytest.raises(RuntimeError, match=r"ceil.* not (implemented|supported) for"):
        x.ceil()
    with pytest.raises(RuntimeError, match=r"round.* not (implemented|supported) for"):
        x.round()
    with pytest.raises(RuntimeError, match=r"trunc.* not (implemented|supported) for"):
        x.trunc()


@claim("tensor.round.half-to-even", see="generated/torch.round")
def test_round_takes_the_even_neighbour_of_a_half(device):
    """round() takes the nearer integer, and of two that are equally near the even one:
    0.5 and -0.5 become 0, 1.5 and 2.5 become 2; nan and the infinities stay.
    """
    x = torch.tensor([0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 2.75], device=device)
    others = torch.tensor(
        [math.nan, math.inf, -math.inf, -0.25, 0.49999997, 8388609.0], device=device
    )

    result, special = x.round(), others.round()

    assert str(result.tolist()) == "[0.0, 2.0, 2.0, 4.0, -0.0, -2.0, -2.0, 3.0]"
    assert str(special.tolist()) == "[nan, inf, -inf, -0.0, 0.0, 8388609.0]"
    assert (result.dtype, x.tolist()[2]) == (torch.float32, 2.5)


@claim("tensor.round.decimals", see="generated/torch.round")
def test_decimals_says_to_which_place_round_goes(device):
    """round(decimals=n) rounds to n places after the point, or for a negative n before
    it, again with halves to the even digit; of integers it raises a RuntimeError.
    """
    x = torch.tensor([0.25, 0.75, -0.25, 15, -25], dtype=torch.float64, device=device)
    target = x.clone()

    tenths = torch.round(x, decimals=1)
    tens = x.round(decimals=-1)
    ones = x.round(decimals=0)
    same = target.round_(decimals=1)

    assert tenths.tolist() == [0.2, 0.8, -0.2, 15, -25]
    assert tens.tolist() == [0, 0, 0, 20, -20]
    assert ones.tolist() == [0, 1, 0, 15, -25]
    assert (same is target, target.tolist()) == (True, [0.2, 0.8, -0.2, 15, -25])
    assert (tenths.dtype, tens.dtype) == (torch.float64, torch.float64)
    assert x.tolist() == [0.25, 0.75, -0.25, 15, -25]
    with pytest.raises(RuntimeError, match=r"round_.* not implemented for 'Long'"):
        torch.tensor([15], device=device).round(decimals=-1)


@claim("tensor.trunc-frac.integer-and-fraction", see="generated/torch.frac")
def test_trunc_and_frac_split_a_number_at_the_point(device):
    """trunc() drops what is after the point, and frac() keeps that alone; both have the
    number's sign, and add up to it.
    """
    x = torch.tensor([-2.5, -0.25, 0.25, 2.5, 3.0], device=device)

    whole, rest = x.trunc(), x.frac()

    assert str(whole.tolist()) == "[-2.0, -0.0, 0.0, 2.0, 3.0]"
    assert rest.tolist() == [-0.5, -0.25, 0.25, 0.5, 0]
    assert (whole + rest).tolist() == [-2.5, -0.25, 0.25, 2.5, 3]
    assert (whole.dtype, rest.dtype) == (torch.float32, torch.float32)
    assert x.tolist() == [-2.5, -0.25, 0.25, 2.5, 3]


@claim("tensor.trunc-frac.special-values", see="generated/torch.frac")
def test_an_infinity_has_no_fraction(device):
    """frac() of an infinity is nan, and of integers it raises a RuntimeError; trunc()
    returns infinities, nan and integers as they are.
    """
    x = torch.tensor([math.inf, -math.inf, math.nan], device=device)
    longs = torch.tensor([3], device=device)

    assert str(x.trunc().tolist()) == "[inf, -inf, nan]"
    assert str(x.frac().tolist()) == "[nan, nan, nan]"
    assert longs.trunc().tolist() == [3]
    with pytest.raises(RuntimeError, match=r"frac_.* not implemented for 'Long'"):
        longs.frac()


@claim("tensor.round.rule", see="generated/torch.round")
@given(elements=st.lists(QUARTERS, max_size=6))
@example(elements=[-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
def test_the_roundings_are_those_of_python(device, elements):
    """floor(), ceil(), trunc() and round() give for every number what math.floor,
    math.ceil, math.trunc and Python's round() give, and trunc() with frac() adds up to
    the number.
    """
    x = torch.tensor(elements, device=device)
    rounded = [torch.floor(x), torch.ceil(x), torch.trunc(x), torch.round(x)]

    assert (elements, [result.tolist() for result in rounded]) == (
        elements,
        [
            [rule(element) for element in elements]
            for rule in (math.floor, math.ceil, math.trunc, round)
        ],
    )
    assert (elements, (x.trunc() + x.frac()).tolist()) == (elements, elements)


@claim("tensor.round.gradient", see="generated/torch.round")
def test_rounding_has_gradient_zero_and_frac_one(device):
    """The gradient through floor(), ceil(), round(), trunc() and sign() is 0
    everywhere, and through frac() 1.
    """
    x = torch.tensor([-1.5, 0.0, 2.25], device=device, requires_grad=True)

    gradients = [
        torch.autograd.grad(result.sum(), x)[0].tolist()
        for result in (x.floor(), x.ceil(), x.round(), x.trunc(), x.sign(), x.frac())
    ]

    assert gradients == [[0, 0, 0]] * 5 + [[1, 1, 1]]


# --- absolute value and sign ----------------------------------------------------------


@claim("tensor.abs.values-and-dtypes", see="generated/torch.abs")
def test_abs_drops_the_sign_and_keeps_the_dtype(device):
    """abs() keeps integer and floating point dtypes; -0 becomes 0, -inf becomes inf,
    nan stays; bools raise a RuntimeError.
    """
    x = torch.tensor([-2.5, -0.0, -math.inf, math.nan, 3.0], device=device)
    doubles = torch.tensor([-0.5], dtype=torch.float64, device=device)
    shorts = torch.tensor([-3, 4], dtype=torch.int16, device=device)

    results = [x.abs(), doubles.abs(), shorts.abs()]

    assert str(results[0].tolist()) == "[2.5, 0.0, inf, nan, 3.0]"
    assert [result.tolist() for result in results[1:]] == [[0.5], [3, 4]]
    assert [result.dtype for result in results] == [
        torch.float32,
        torch.float64,
        torch.int16,
    ]
    assert shorts.tolist() == [-3, 4]
    with pytest.raises(RuntimeError, match=r"abs_.* not implemented for 'Bool'"):
        torch.tensor([True], device=device).abs()


@claim("tensor.abs.complex", see="generated/torch.abs")
def test_abs_of_complex_numbers_is_real(device):
    """abs() of complex numbers gives their magnitudes in the real dtype; abs_(), which
    would have to change the dtype of its tensor, raises a RuntimeError.
    """
    x = torch.tensor([3 + 4j, -2 + 0j], device=device)
    doubles = torch.tensor([-5j], dtype=torch.complex128, device=device)

    result, longer = x.abs(), doubles.abs()

    assert (result.tolist(), result.dtype) == ([5, 2], torch.float32)
    assert (longer.tolist(), longer.dtype) == ([5], torch.float64)
    with pytest.raises(RuntimeError, match="In-place abs is not supported for complex"):
        x.abs_()
    assert x.tolist() == [3 + 4j, -2 + 0j]


@claim("tensor.abs.most-negative-integer", see="generated/torch.abs")
def test_the_most_negative_integer_is_its_own_absolute_value(device):
    """abs() and negation of the most negative integer overflow to itself: there is no
    128 in int8.
    """
    x = torch.tensor([-128, -127], dtype=torch.int8, device=device)

    assert (x.abs().tolist(), x.abs().dtype) == ([-128, 127], torch.int8)
    assert ((-x).tolist(), (-x).dtype) == ([-128, 127], torch.int8)


@claim("tensor.abs.gradient", see="generated/torch.abs")
def test_the_gradient_of_abs_is_the_sign(device):
    """The gradient of abs() is -1, 0 or 1, as its input is negative, zero
    or positive.
    """
    x = torch.tensor([-2.0, 0.0, 3.0], device=device, requires_grad=True)

    x.abs().sum().backward()

    assert x.grad.tolist() == [-1, 0, 1]


@claim("tensor.neg.unsigned-and-bool", see="generated/torch.neg")
def test_negation_wraps_unsigned_integers_and_refuses_bools(device):
    """Negation of uint8 counts down from 256; bools are neither negated nor subtracted
    from each other but raise a RuntimeError that names ~, ^ and logical_not().
    """
    bytes_ = torch.tensor([0, 5], dtype=torch.uint8, device=device)
    flags = torch.tensor([True], device=device)

    result = -bytes_

    assert (result.tolist(), result.dtype) == ([0, 251], torch.uint8)
    with pytest.raises(RuntimeError, match=r"use the `~` or `logical_not\(\)`"):
        -flags
    with pytest.raises(RuntimeError, match=r"Use the `\^` or `logical_xor\(\)`"):
        flags - flags


@claim("tensor.sign.values", see="generated/torch.sign")
def test_sign_gives_minus_one_zero_or_one(device):
    """sign() gives -1, 0 or 1 in the dtype of its input, 0 also for nan; sgn() takes
    complex numbers too, and gives each its direction.
    """
    x = torch.tensor([-2.5, -0.0, math.nan, math.inf], device=device)
    longs = torch.tensor([-3, 0, 7], device=device)
    complexes = torch.tensor([-5j, 0j, 2 + 0j], device=device)

    assert (x.sign().tolist(), x.sgn().tolist()) == ([-1, 0, 0, 1], [-1, 0, 0, 1])
    assert (longs.sign().tolist(), longs.sign().dtype) == ([-1, 0, 1], torch.int64)
    assert complexes.sgn().tolist() == [-1j, 0, 1]
    assert complexes.sgn().dtype is torch.complex64
    with pytest.raises(
        RuntimeError, match=r"torch.sign is not intended to support com"
    ):
        complexes.sign()
    assert str(x.tolist()) == "[-2.5, -0.0, nan, inf]"


@claim("tensor.signbit.sees-negative-zero", see="generated/torch.signbit")
def test_signbit_and_copysign_tell_the_zeros_apart(device):
    """signbit() is True for -0, which equals 0, and copysign() takes over its sign."""
    x = torch.tensor([-0.0, 0.0, -3.0], device=device)
    ones = torch.tensor([1.0, -1.0, 2.0], device=device)

    negative = x.signbit()
    signed = torch.copysign(ones, x)

    assert (negative.tolist(), negative.dtype) == ([True, False, True], torch.bool)
    assert (signed.tolist(), signed.dtype) == ([-1, 1, -2], torch.float32)
    assert (x == 0).tolist() == [True, True, False]
    assert (str(x.tolist()), ones.tolist()) == ("[-0.0, 0.0, -3.0]", [1, -1, 2])


@claim("tensor.nan-to-num.replaces", see="generated/torch.nan_to_num")
def test_nan_to_num_replaces_nan_and_the_infinities(device):
    """nan_to_num() puts 0 for nan and the largest and smallest finite numbers of the
    dtype for the infinities, or what nan=, posinf= and neginf= say.
    """
    x = torch.tensor([math.nan, math.inf, -math.inf, 1.5], device=device)
    halves = torch.tensor([math.inf, -math.inf], dtype=torch.float16, device=device)

    default = torch.nan_to_num(x)
    given_ = x.nan_to_num(nan=5.0, posinf=6.0, neginf=7.0)

    largest = 3.4028234663852886e38
    assert default.tolist() == [0, largest, -largest, 1.5]
    assert given_.tolist() == [5, 6, 7, 1.5]
    assert halves.nan_to_num().tolist() == [65504, -65504]
    assert str(x.tolist()) == "[nan, inf, -inf, 1.5]"


# --- elementary functions -------------------------------------------------------------


@claim("tensor.cos-sin.integer-to-float", see="generated/torch.cos")
def test_cos_and_sin_of_integers_are_floats(device):
    """cos() and sin() keep floating point dtypes, and give float32 for integers and
    bools; of an infinity they are nan.
    """
    longs = torch.tensor([0, 0], device=device)
    flags = torch.tensor([False, False], device=device)
    doubles = torch.tensor([0.0, math.inf], dtype=torch.float64, device=device)

    results = [longs.cos(), flags.cos(), doubles.cos(), longs.sin(), doubles.sin()]

    assert [str(result.tolist()) for result in results] == [
        "[1.0, 1.0]",
        "[1.0, 1.0]",
        "[1.0, nan]",
        "[0.0, 0.0]",
        "[0.0, nan]",
    ]
    assert [result.dtype for result in results] == [
        torch.float32,
        torch.float32,
        torch.float64,
        torch.float32,
        torch.float64,
    ]


ELEMENTARY = ["exp", "expm1", "log1p", "sin", "cos", "tan", "atan", "sinh", "cosh"]
ELEMENTARY += ["tanh", "asinh", "erf", "erfc", "asin", "acos", "atanh"]
ELEMENTARY_ABOVE_ZERO = ["log", "log2", "log10", "sqrt", "lgamma"]


@claim("tensor.pointwise.elementary-functions", see="torch#pointwise-ops")
def test_elementary_functions_agree_with_the_math_module(device):
    """Elementary functions such as exp(), sin(), erf() and log() agree in float64 with
    Python's math module up to the last two bits, which is what rounding may take, in
    every form of the call.
    """
    elements, above = [-0.75, 0.1, 0.5, 0.9], [0.25, 3.0, 10.0, 1000.0]
    x = torch.tensor(elements, dtype=torch.float64, device=device)
    y = torch.tensor(above, dtype=torch.float64, device=device)
    out = torch.zeros(4, dtype=torch.float64, device=device)

    found = {name: getattr(torch, name)(x).tolist() for name in ELEMENTARY}
    of_y = {name: getattr(torch, name)(y).tolist() for name in ELEMENTARY_ABOVE_ZERO}
    methods = {name: getattr(x, name)().tolist() for name in ELEMENTARY}
    into = {name: getattr(torch, name)(x, out=out).tolist() for name in ELEMENTARY}
    in_place = {name: getattr(x.clone(), name + "_")().tolist() for name in ELEMENTARY}

    assert found == {
        name: pytest.approx([getattr(math, name)(e) for e in elements], rel=9e-16)
        for name in ELEMENTARY
    }
    assert of_y == {
        name: pytest.approx([getattr(math, name)(e) for e in above], rel=9e-16)
        for name in ELEMENTARY_ABOVE_ZERO
    }
    assert (methods, into, in_place) == (found, found, found)
    assert (x.tolist(), y.tolist()) == (elements, above)


@claim("tensor.pointwise.gradients", see="notes/autograd")
def test_elementary_operations_have_their_derivatives(device):
    """The gradient of an operation is its derivative times the gradient that arrives;
    of two equal operands maximum() gives each a half.
    """
    x = torch.tensor([1.0, 4.0], device=device, requires_grad=True)
    y = torch.tensor([1.0, 3.0], device=device, requires_grad=True)
    zero = torch.tensor([0.0], device=device, requires_grad=True)

    of_x = [
        torch.autograd.grad(result.sum(), x)[0].tolist()
        for result in (
            5 * x,
            x * y,
            x - x**2,
            4 / x,
            x.sqrt(),
            x.log(),
            -x.reciprocal(),
        )
    ]
    of_zero = [
        torch.autograd.grad(result, zero)[0].tolist()
        for result in (zero.exp(), zero.sin(), zero.cos(), zero.sigmoid(), zero.tanh())
    ]
    of_both = torch.autograd.grad(torch.maximum(x, y).sum(), [x, y])

    assert of_x == [
        [5, 5],
        [1, 3],
        [-1, -7],
        [-4, -0.25],
        [0.5, 0.25],
        [1, 0.25],
        [1, 0.0625],
    ]
    assert of_zero == [[1], [1], [0], [0.25], [1]]
    assert [gradient.tolist() for gradient in of_both] == [[0.5, 1], [0.5, 0]]


@claim("tensor.pointwise.outside-the-domain", see="torch#pointwise-ops")
def test_outside_its_domain_a_function_gives_nan_and_at_its_edge_infinity(device):
    """Where a function has no real value the result is nan, and at a pole infinity:
    nothing raises.
    """
    x = torch.tensor([-1.0, 0.0, -0.0, math.inf], device=device)

    assert str(x.sqrt().tolist()) == "[nan, 0.0, -0.0, inf]"
    assert str(x.log().tolist()) == "[nan, -inf, -inf, inf]"
    assert str(x.reciprocal().tolist()) == "[-1.0, inf, -inf, 0.0]"
    assert str(x.acosh().tolist()) == "[nan, nan, nan, inf]"
    assert str(x.atanh().tolist()) == "[-inf, 0.0, -0.0, nan]"
    assert str(x.tan().exp().tolist()[1:]) == "[1.0, 1.0, nan]"
    assert str(x.sigmoid().logit().tolist()[1:]) == "[0.0, 0.0, inf]"


@claim("tensor.cos.half-on-cpu", see="generated/torch.cos", since="2.1")
def test_cos_and_sin_take_float16_on_the_cpu():
    """On the CPU, cos() and sin() of float16 are float16."""
    x = torch.zeros(1, dtype=torch.float16)

    cos, sin = x.cos(), x.sin()

    assert (cos.tolist(), sin.tolist()) == ([1], [0])
    assert (cos.dtype, sin.dtype) == (torch.float16, torch.float16)


@claim("tensor.cos.no-half-on-cpu", see="generated/torch.cos", until="2.1")
def test_cos_and_sin_refuse_float16_on_the_cpu():
    """On the CPU, cos() and sin() of float16 raise a RuntimeError."""
    x = torch.zeros(1, dtype=torch.float16)

    with pytest.raises(RuntimeError, match=r"cos_vml_cpu. not implemented for 'Half'"):
        x.cos()
    with pytest.raises(RuntimeError, match=r"sin_vml_cpu. not implemented for 'Half'"):
        x.sin()


MISSING = [
    lambda: torch.tensor([True]).abs(),
    lambda: torch.tensor([1j]).floor(),
    lambda: torch.tensor([1j]) < torch.tensor([1j]),
    lambda: torch.randn(2, dtype=torch.int64),
    lambda: torch.tensor([3]).frac(),
]
MISSING_IDS = ["abs-bool", "floor-complex", "lt-complex", "randn-int64", "frac-int64"]


@claim(
    "tensor.dtype-not-implemented.exception-class",
    see="tensor_attributes#torch.dtype",
    since="2.8",
)
@pytest.mark.parametrize("call", MISSING, ids=MISSING_IDS)
def test_a_missing_kernel_raises_not_implemented_error(call):
    """An operation that has no kernel for a dtype raises a NotImplementedError, which
    is a RuntimeError.
    """
    with pytest.raises(RuntimeError, match=r"not (implemented|supported) for") as error:
        call()

    assert error.type is NotImplementedError


@claim(
    "tensor.dtype-not-implemented.runtime-error",
    see="tensor_attributes#torch.dtype",
    until="2.8",
)
@pytest.mark.parametrize("call", MISSING, ids=MISSING_IDS)
def test_a_missing_kernel_raises_runtime_error(call):
    """An operation that has no kernel for a dtype raises a RuntimeError itself."""
    with pytest.raises(RuntimeError, match=r"not (implemented|supported) for") as error:
        call()

    assert error.type is RuntimeError


# --- bits and truth -------------------------------------------------------------------


@claim("tensor.bitwise.operators", see="generated/torch.bitwise_and")
def test_the_bit_operators_work_on_integers_and_bools(device):
    """&, |, ^ and ~ combine the bits of integers and the truth of bools, and << and >>
    shift integers with their sign.
    """
    a = torch.tensor([12, -1], device=device)
    b = torch.tensor([10, 5], device=device)
    p = torch.tensor([True, True, False], device=device)
    q = torch.tensor([True, False, False], device=device)

    integers = [a & b, a | b, a ^ b, ~b, a << 2, a >> 1]
    bools = [p & q, p | q, p ^ q, ~p]

    assert [x.tolist() for x in integers] == [
        [8, 5],
        [14, -1],
        [6, -6],
        [-11, -6],
        [48, -4],
        [6, -1],
    ]
    assert [x.tolist() for x in bools] == [
        [True, False, False],
        [True, True, False],
        [False, True, False],
        [False, False, True],
    ]
    assert {x.dtype for x in integers} == {torch.int64}
    assert {x.dtype for x in bools} == {torch.bool}


@claim(
    "tensor.bitwise.shift-distance-wraps",
    see="generated/torch.bitwise_left_shift",
    until="2.1",
)
def test_a_left_shift_by_all_bits_shifts_nothing():
    """On the CPU, << of a single int64 by 64 leaves it as it is, and by -1 is a shift
    by 63.
    """
    x = torch.tensor([5])

    assert (x << 64).tolist() == [5]
    assert (x << -1).tolist() == [-(2**63)]


@claim(
    "tensor.bitwise.shift-by-all-bits",
    see="generated/torch.bitwise_left_shift",
    since="2.1",
)
def test_a_left_shift_by_all_bits_leaves_zero():
    """On the CPU, << by as many bits as there are, by more or by a negative number
    gives 0.
    """
    x = torch.tensor([5])
    short = torch.tensor([5, -5], dtype=torch.int32)

    results = [x << 64, x << 100, x << -1, short << 32, short << -1]

    assert [each.tolist() for each in results] == [[0], [0], [0], [0, 0], [0, 0]]
    assert [each.dtype for each in results] == [torch.int64] * 3 + [torch.int32] * 2
    assert (x.tolist(), short.tolist()) == ([5], [5, -5])


@claim("tensor.bitwise.refuses-floats", see="generated/torch.bitwise_and")
def test_the_bit_operators_refuse_floats(device):
    """Of floats the bit operators &, | and ^ raise a RuntimeError, ~ a TypeError."""
    x = torch.tensor([1.0], device=device)

    with pytest.raises(RuntimeError, match=r"bitwise_and_.* not implemented for 'Fl"):
        x & x
    with pytest.raises(RuntimeError, match=r"bitwise_or_.* not implemented for 'Fl"):
        x | x
    with pytest.raises(RuntimeError, match=r"bitwise_xor_.* not implemented for 'Fl"):
        x ^ x
    with pytest.raises(TypeError, match="only implemented on integer and Boolean-type"):
        ~x


@claim("tensor.logical.any-dtype", see="generated/torch.logical_and")
def test_the_logical_functions_take_every_dtype_for_truth(device):
    """logical_and(), logical_or(), logical_xor() and logical_not() take every element
    but 0 for true, nan too, and give bools; in place they write 1 and 0.
    """
    a = torch.tensor([2.0, 0.0, math.nan, 0.0], device=device)
    b = torch.tensor([3, 3, 0, 0], device=device)

    results = [
        torch.logical_and(a, b),
        torch.logical_or(a, b),
        torch.logical_xor(a, b),
        torch.logical_not(a),
    ]

    assert [result.tolist() for result in results] == [
        [True, False, False, False],
        [True, True, True, False],
        [False, True, True, False],
        [False, True, False, True],
    ]
    assert {result.dtype for result in results} == {torch.bool}
    assert b.logical_and_(a).tolist() == [1, 0, 0, 0]
    assert b.dtype is torch.int64


# --- division -------------------------------------------------------------------------


@claim("tensor.div.true-division", see="generated/torch.div")
def test_division_of_integers_gives_floats(device):
    """Dividing integers gives the quotient in float32; dividing floats keeps their
    dtype, and dividing by zero gives inf, -inf or nan, for integers too.
    """
    a = torch.tensor([7, -7, 0, 1, -1], device=device)
    b = torch.tensor([2, 2, 0, 0, 0], device=device)
    halves = torch.tensor([3.0, -1.0], dtype=torch.float16, device=device)

    quotient, half = a / b, halves / torch.tensor([2, 0], device=device)

    assert str(quotient.tolist()) == "[3.5, -3.5, nan, inf, -inf]"
    assert (quotient.dtype, half.dtype) == (torch.float32, torch.float16)
    assert half.tolist() == [1.5, -math.inf]
    assert (a.tolist(), b.tolist()) == ([7, -7, 0, 1, -1], [2, 2, 0, 0, 0])


@claim("tensor.div.rounding-modes", see="generated/torch.div")
def test_a_rounding_mode_says_which_way_the_quotient_goes(device):
    """rounding_mode="trunc" rounds a quotient toward zero and "floor" down, and then
    integers stay integers; None, the default, does not round.
    """
    a = torch.tensor([7, -7, 7, -7], device=device)
    b = torch.tensor([2, 2, -2, -2], device=device)
    floats, other_floats, target = a.double(), a.double(), a.clone()

    trunc = torch.div(a, b, rounding_mode="trunc")
    floor = a.div(b, rounding_mode="floor")
    exact = a.div(b, rounding_mode=None)
    trunc_of_floats = torch.div(floats, b, rounding_mode="trunc")
    floor_of_floats = other_floats.div_(b, rounding_mode="floor")
    into = target.div_(b, rounding_mode="trunc")

    assert (trunc.tolist(), trunc.dtype) == ([3, -3, -3, 3], torch.int64)
    assert (floor.tolist(), floor.dtype) == ([3, -4, -4, 3], torch.int64)
    assert (exact.tolist(), exact.dtype) == ([3.5, -3.5, -3.5, 3.5], torch.float32)
    assert trunc_of_floats.tolist() == [3, -3, -3, 3]
    assert floor_of_floats.tolist() == [3, -4, -4, 3]
    assert (trunc_of_floats.dtype, floor_of_floats.dtype) == (torch.float64,) * 2
    assert (into.tolist(), into.dtype) == ([3, -3, -3, 3], torch.int64)
    assert (a.tolist(), floats.tolist()) == ([7, -7, 7, -7],) * 2


@claim("tensor.div.unknown-rounding-mode", see="generated/torch.div")
def test_another_rounding_mode_raises(device):
    """A rounding mode other than None, "trunc" and "floor" raises a RuntimeError."""
    x = torch.tensor([7.0], device=device)

    with pytest.raises(
        RuntimeError, match="one of None, 'trunc', or 'floor' but found"
    ):
        x.div(2, rounding_mode="round")
    with pytest.raises(
        RuntimeError, match="one of None, 'trunc', or 'floor' but found"
    ):
        x.div_(2, rounding_mode="ceil")

    assert x.tolist() == [7]


@claim("tensor.floor-divide.floors", see="generated/torch.floor_divide")
def test_floor_divide_rounds_down_like_python(device):
    """floor_divide() and // round the quotient down, toward minus infinity, as Python
    does; integers stay integers, and a float makes floats.
    """
    a = torch.tensor([7, -7, 7, -7], device=device)
    b = torch.tensor([2, 2, -2, -2], device=device)
    doubles, target = a.double(), a.clone()

    integers = [torch.floor_divide(a, b), a.floor_divide(b), a // b]
    floats = [doubles // b, a // 2.5, torch.floor_divide(a, 2.5), -7.0 // b]
    into = target.floor_divide_(b)

    assert [x.tolist() for x in integers] == [[3, -4, -4, 3]] * 3
    assert [x.dtype for x in integers] == [torch.int64] * 3
    assert [x.tolist() for x in floats] == [
        [3, -4, -4, 3],
        [2, -3, 2, -3],
        [2, -3, 2, -3],
        [-4, -4, 3, 3],
    ]
    assert [x.dtype for x in floats] == [torch.float64] + [torch.float32] * 3
    assert (into.tolist(), into.dtype) == ([3, -4, -4, 3], torch.int64)
    assert doubles.tolist() == [7, -7, 7, -7]
    assert (a.tolist(), b.tolist()) == ([7, -7, 7, -7], [2, 2, -2, -2])


@claim("tensor.floor-divide.not-the-floor-of-the-quotient", see="generated/torch.div")
def test_floor_division_of_floats_is_not_the_floor_of_the_quotient(device):
    """The floor division of floats counts how often the divisor goes in, without
    rounding the quotient first: 1.0 // 0.1 is 9, since 0.1 is a little above a tenth,
    while 1.0 / 0.1 rounds to 10.
    """
    x = torch.tensor([1.0], dtype=torch.float64, device=device)

    counts = [x // 0.1, torch.div(x, 0.1, rounding_mode="floor")]

    assert [count.tolist() for count in counts] == [[9], [9]]
    assert (x / 0.1).floor().tolist() == [10]


@claim("tensor.floor-divide.special-values", see="generated/torch.floor_divide")
def test_floor_division_with_zeros_and_infinities(device):
    """A float floor-divided by 0 is inf, -inf or nan; an infinity has no quotient but
    nan, and a finite number by an infinity is 0 or, with the other sign, -1.
    """
    a = torch.tensor([1.0, -1.0, 0.0, math.inf, 5.0, -5.0], device=device)
    b = torch.tensor([0.0, 0.0, 0.0, 1.0, math.inf, math.inf], device=device)

    assert str((a // b).tolist()) == "[inf, -inf, nan, nan, 0.0, -1.0]"


@claim("tensor.floor-divide.integer-zero-raises", see="generated/torch.floor_divide")
def test_integer_division_by_zero_raises_on_the_cpu():
    """On the CPU, a floor division, a truncated one, remainder() and fmod() of integers
    by 0 raise a RuntimeError with the text "ZeroDivisionError"; true division gives
    inf.
    """
    x = torch.tensor([1, 2])
    zero = torch.tensor([1, 0])

    with pytest.raises(RuntimeError, match=r"^ZeroDivisionError$"):
        x // zero
    with pytest.raises(RuntimeError, match=r"^ZeroDivisionError$"):
        torch.div(x, 0, rounding_mode="trunc")
    with pytest.raises(RuntimeError, match=r"^ZeroDivisionError$"):
        x % zero
    with pytest.raises(RuntimeError, match=r"^ZeroDivisionError$"):
        torch.fmod(x, zero)

    assert (x / zero).tolist() == [1, math.inf]


@claim("tensor.remainder.sign-of-the-divisor", see="generated/torch.remainder")
def test_remainder_has_the_sign_of_the_divisor(device):
    """remainder() and % give what is left by a floor division, which has the sign of
    the divisor, as in Python; integers stay integers.
    """
    a = torch.tensor([7, -7, 7, -7], device=device)
    b = torch.tensor([3, 3, -3, -3], device=device)
    doubles, target = a.double(), a.clone()

    results = [torch.remainder(a, b), a.remainder(b), a % b, target.remainder_(b)]
    floats = doubles % b
    left = -7 % b

    assert [result.tolist() for result in results] == [[1, 2, -2, -1]] * 4
    assert [result.dtype for result in results] == [torch.int64] * 4
    assert (floats.tolist(), floats.dtype) == ([1, 2, -2, -1], torch.float64)
    assert left.tolist() == [2, 2, -1, -1]
    assert doubles.tolist() == [7, -7, 7, -7]
    assert (a.tolist(), b.tolist()) == ([7, -7, 7, -7], [3, 3, -3, -3])


@claim("tensor.fmod.sign-of-the-dividend", see="generated/torch.fmod")
def test_fmod_has_the_sign_of_the_dividend(device):
    """fmod() gives what is left by a division rounded toward zero, which has the sign
    of the dividend, as in C and math.fmod; integers stay integers.
    """
    a = torch.tensor([7, -7, 7, -7], device=device)
    b = torch.tensor([3, 3, -3, -3], device=device)
    doubles, target = a.double(), a.clone()

    results = [torch.fmod(a, b), a.fmod(b), target.fmod_(b)]
    floats = doubles.fmod(b)

    assert [result.tolist() for result in results] == [[1, -1, 1, -1]] * 3
    assert [result.dtype for result in results] == [torch.int64] * 3
    assert (floats.tolist(), floats.dtype) == ([1, -1, 1, -1], torch.float64)
    assert doubles.tolist() == [7, -7, 7, -7]
    assert (a.tolist(), b.tolist()) == ([7, -7, 7, -7], [3, 3, -3, -3])


@claim("tensor.remainder.special-values", see="generated/torch.remainder")
def test_what_is_left_by_zeros_and_infinities(device):
    """With floats, what is left by 0 or of an infinity is nan; a finite number by an
    infinity leaves itself, except that remainder() then wants the divisor's sign.
    """
    a = torch.tensor([1.0, math.inf, 5.0, -5.0], device=device)
    b = torch.tensor([0.0, 2.0, math.inf, math.inf], device=device)

    assert str(torch.remainder(a, b).tolist()) == "[nan, nan, 5.0, inf]"
    assert str(torch.fmod(a, b).tolist()) == "[nan, nan, 5.0, -5.0]"


@claim("tensor.div.rule", see="generated/torch.div")
@given(pairs=st.lists(st.tuples(QUARTERS, QUARTERS.filter(bool)), max_size=6))
@example(pairs=[(1.75, 0.5), (-1.75, 0.5), (1.75, -0.5), (-1.75, -0.5), (1, -0.25)])
def test_the_divisions_are_those_of_python(device, pairs):
    """For all floats // and % give what they give in Python, fmod() what math.fmod
    gives, and trunc() of the quotient is the division with rounding_mode="trunc".
    """
    a = torch.tensor([x for x, _ in pairs], dtype=torch.float64, device=device)
    b = torch.tensor([y for _, y in pairs], dtype=torch.float64, device=device)
    toward_zero = torch.div(a, b, rounding_mode="trunc")

    assert (pairs, (a // b).tolist()) == (pairs, [x // y for x, y in pairs])
    assert (pairs, (a % b).tolist()) == (pairs, [x % y for x, y in pairs])
    assert (pairs, a.fmod(b).tolist()) == (pairs, [math.fmod(x, y) for x, y in pairs])
    assert (pairs, toward_zero.tolist()) == (pairs, [int(x / y) for x, y in pairs])


@claim("tensor.div.gradients", see="generated/torch.div")
def test_gradients_of_divisions(device):
    """True division has the gradients of a quotient; a rounded one has none but zeros;
    remainder() passes its own to the dividend, and minus the quotient to the divisor.
    """
    a = torch.tensor([7.0, -7.0], device=device, requires_grad=True)
    b = torch.tensor([4.0, 4.0], device=device, requires_grad=True)

    quotient = torch.autograd.grad((a / b).sum(), [a, b])
    rounded = torch.autograd.grad(a.div(b, rounding_mode="floor").sum(), [a, b])
    left = torch.autograd.grad((a % b).sum(), [a, b])

    assert [g.tolist() for g in quotient] == [[0.25, 0.25], [-0.4375, 0.4375]]
    assert [g.tolist() for g in rounded] == [[0, 0], [0, 0]]
    assert [g.tolist() for g in left] == [[1, 1], [-1, 2]]


# --- powers ---------------------------------------------------------------------------


@claim("tensor.pow.dtypes-and-values", see="generated/torch.pow")
def test_base_and_exponent_broadcast_and_promote(device):
    """pow() and ** broadcast base and exponent and promote their dtypes: integers to an
    integer stay integers, and to a float become float32.
    """
    base = torch.tensor([[2], [-3]], device=device)
    exponent = torch.tensor([0, 1, 3], device=device)

    results = [torch.pow(base, exponent), base.pow(exponent), base**exponent]
    floats = [base**2.0, base.pow(torch.tensor([1.0], device=device))]
    target = base.clone()
    same = target.pow_(2)

    assert [x.tolist() for x in results] == [[[1, 2, 8], [1, -3, -27]]] * 3
    assert [x.dtype for x in results] == [torch.int64] * 3
    assert [x.tolist() for x in floats] == [[[4], [9]], [[2], [-3]]]
    assert [x.dtype for x in floats] == [torch.float32] * 2
    assert (same is target, target.tolist()) == (True, [[4], [9]])
    assert (base.tolist(), exponent.tolist()) == ([[2], [-3]], [0, 1, 3])


@claim("tensor.pow.numbers", see="generated/torch.pow")
def test_one_of_base_and_exponent_may_be_a_number(device):
    """pow() takes a number for base or for exponent, and raises a TypeError where both
    are numbers; float_power() computes in float64 whatever it is given.
    """
    x = torch.tensor([3, 0], device=device)

    results = [torch.pow(2, x), 2**x, torch.pow(x, 2), torch.pow(0.5, x)]
    longer = torch.float_power(x, 2)

    assert [r.tolist() for r in results] == [[8, 1], [8, 1], [9, 0], [0.125, 1]]
    assert [r.dtype for r in results] == [torch.int64] * 3 + [torch.float32]
    assert (longer.tolist(), longer.dtype) == ([9, 0], torch.float64)
    with pytest.raises(TypeError, match=r"got \(int, int\)"):
        torch.pow(2, 3)


@claim("tensor.pow.special-values", see="generated/torch.pow")
def test_powers_of_zero_and_of_negative_numbers(device):
    """Anything to the power 0 is 1, 0 and nan too; 0 to a negative power is inf, and a
    negative number to a fraction nan.
    """
    base = torch.tensor([0.0, math.nan, 0.0, -1.0, 4.0, 4.0], device=device)
    exponent = torch.tensor([0.0, 0.0, -1.0, 0.5, 0.5, -0.5], device=device)

    assert str((base**exponent).tolist()) == "[1.0, 1.0, inf, nan, 2.0, 0.5]"
    assert (torch.tensor([0], device=device) ** 0).tolist() == [1]


@claim("tensor.pow.integers-wrap", see="generated/torch.pow")
def test_a_power_of_integers_wraps_in_its_dtype(device):
    """A power that is too large for its integer dtype wraps around, without an error:
    200 squared is 64 in uint8.
    """
    bytes_ = torch.tensor([200, 15], dtype=torch.uint8, device=device)
    longs = torch.tensor([2], device=device)

    square, large = bytes_**2, longs**63

    assert (square.tolist(), square.dtype) == ([64, 225], torch.uint8)
    assert large.tolist() == [-9223372036854775808]


@claim("tensor.pow.negative-integer-exponent", see="generated/torch.pow")
def test_integers_refuse_a_negative_integer_as_exponent(device):
    """Integers to the power of a negative Python int raise a RuntimeError; floats to
    such a power, and integers to a negative float, are inverted.
    """
    x = torch.tensor([2, 4], device=device)

    with pytest.raises(
        RuntimeError, match="Integers to negative integer powers are no"
    ):
        x**-1
    with pytest.raises(
        RuntimeError, match="Integers to negative integer powers are no"
    ):
        x.pow_(-2)

    assert (x.double() ** -1).tolist() == [0.5, 0.25]
    assert (x**-1.0).tolist() == [0.5, 0.25]
    assert x.tolist() == [2, 4]


@claim("tensor.pow.negative-exponent-in-a-tensor", see="generated/torch.pow")
def test_integers_take_a_negative_exponent_from_a_tensor(device):
    """A negative exponent in an integer tensor does not raise: the result is 0, except
    that 1 stays 1 and -1 alternates.
    """
    base = torch.tensor([2, 1, -1, -1], device=device)
    exponent = torch.tensor([-1, -1, -1, -2], device=device)

    result = base**exponent

    assert (result.tolist(), result.dtype) == ([0, 1, -1, 1], torch.int64)
    assert torch.pow(2, exponent).tolist() == [0, 0, 0, 0]
    assert (base.tolist(), exponent.tolist()) == ([2, 1, -1, -1], [-1, -1, -1, -2])


# --- limits ---------------------------------------------------------------------------


@claim("tensor.clamp.limits-range", see="generated/torch.clamp")
def test_clamp_moves_what_is_outside_to_the_nearer_limit(device):
    """clamp() raises what is below min= to it and lowers what is above max= to it, in
    every form of the call; what is between stays, and so does nan.
    """
    x = torch.tensor([-2.0, -1.0, 0.5, 1.0, 3.0, math.nan], device=device)
    out = torch.zeros(6, device=device)

    results = [
        torch.clamp(x, -1, 1),
        x.clamp(min=-1, max=1),
        torch.clamp(x, -1, 1, out=out),
        x.clone().clamp_(-1, 1),
    ]
    aliases = [torch.clip(x, -1, 1), x.clip(-1, 1), x.clone().clip_(-1, 1)]

    limited = "[-1.0, -1.0, 0.5, 1.0, 1.0, nan]"
    assert [str(result.tolist()) for result in results] == [limited] * 4
    assert [str(result.tolist()) for result in aliases] == [limited] * 3
    assert {result.dtype for result in results + aliases} == {torch.float32}
    assert results[2] is out
    assert str(x.tolist()) == "[-2.0, -1.0, 0.5, 1.0, 3.0, nan]"


@claim("tensor.clamp.lower-limit-above-the-upper", see="generated/torch.clamp")
def test_the_upper_limit_wins(device):
    """Where min= is above max=, every element becomes max=, save nan; if one of two
    limits is nan, all elements become nan.
    """
    x = torch.tensor([0.0, 5.0, 9.0, math.nan], device=device)

    assert str(x.clamp(min=7, max=3).tolist()) == "[3.0, 3.0, 3.0, nan]"
    assert str(x.clamp(math.nan, 1).tolist()) == "[nan, nan, nan, nan]"
    assert str(x.clamp(1, math.nan).tolist()) == "[nan, nan, nan, nan]"
    assert str(x.tolist()) == "[0.0, 5.0, 9.0, nan]"


@claim("tensor.clamp.rule", see="generated/torch.clamp")
@given(elements=st.lists(QUARTERS, max_size=6), low=QUARTERS, high=QUARTERS)
def test_clamp_is_the_smaller_of_the_upper_limit_and_the_raised_element(
    device, elements, low, high
):
    """For all elements and limits, in whichever order these are, clamp() gives
    min(max(element, low), high).
    """
    x = torch.tensor(elements, device=device)

    assert (elements, low, high, x.clamp(low, high).tolist()) == (
        elements,
        low,
        high,
        [min(max(element, low), high) for element in elements],
    )


@claim("tensor.clamp.limits-in-tensors", see="generated/torch.clamp")
def test_the_limits_may_be_tensors_that_broadcast(device):
    """The limits may be tensors, which broadcast with the input and promote its dtype,
    but not a tensor with dimensions and a number in one call: that raises a TypeError.
    """
    x = torch.tensor([[0], [5]], device=device)
    low = torch.tensor([2, 3], device=device)
    high = torch.tensor([4, 4], device=device)

    both = x.clamp(low, high)
    promoted = x.clamp(min=torch.tensor([1.5], device=device))

    assert (both.tolist(), both.dtype) == ([[2, 3], [4, 4]], torch.int64)
    assert x.clamp(low[0], 4).tolist() == [[2], [4]]
    assert (promoted.tolist(), promoted.dtype) == ([[1.5], [5]], torch.float32)
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        x.clamp(low, 4)
    with pytest.raises(RuntimeError, match=r"output with shape \[2, 1\] doesn't match"):
        x.clamp_(min=low)
    assert x.tolist() == [[0], [5]]


@claim("tensor.clamp.one-sided", see="generated/torch.clamp")
def test_either_limit_may_be_left_out(device):
    """With min= alone or max= alone clamp() limits one side, as clamp_min() and
    clamp_max() do; for floats an infinite limit does the same, and without any limit
    clamp() raises a RuntimeError.
    """
    x = torch.tensor([-2.0, 0.5, 3.0], device=device)
    target, other = x.clone(), x.clone()

    below = [
        x.clamp(min=0),
        x.clamp_min(0),
        torch.clamp_min(x, 0),
        x.clamp(0, math.inf),
    ]
    above = [x.clamp(max=1), x.clamp_max(1), torch.clamp_max(x, 1), x.clamp(None, 1)]
    floor, ceiling = target.clamp_(min=0), other.clamp_max_(1)

    assert [result.tolist() for result in below] == [[0, 0.5, 3]] * 4
    assert [result.tolist() for result in above] == [[-2, 0.5, 1]] * 4
    assert {result.dtype for result in below + above} == {torch.float32}
    assert (floor.tolist(), ceiling.tolist()) == ([0, 0.5, 3], [-2, 0.5, 1])
    with pytest.raises(
        RuntimeError, match="At least one of 'min' or 'max' must not be"
    ):
        x.clamp()
    with pytest.raises(
        RuntimeError, match="At least one of 'min' or 'max' must not be"
    ):
        x.clamp_(min=None, max=None)
    assert x.tolist() == [-2, 0.5, 3]


@claim("tensor.clamp.float-limit-of-integers", see="generated/torch.clamp")
def test_a_float_limit_makes_floats_of_integers(device):
    """Integers with an integer limit stay integers; a float limit, infinity too, makes
    float32 of them, which clamp_() refuses with a RuntimeError.
    """
    x = torch.tensor([-1, 4], device=device)

    integers, floats = x.clamp(min=0), x.clamp(0, math.inf)

    assert (integers.tolist(), integers.dtype) == ([0, 4], torch.int64)
    assert (floats.tolist(), floats.dtype) == ([0, 4], torch.float32)
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        x.clamp_(0, math.inf)
    assert x.tolist() == [-1, 4]


@claim("tensor.clamp.out-of-place", see="generated/torch.Tensor.clamp_")
def test_clamp_of_a_gradient_leaves_the_gradient_alone(device):
    """clamp() of a gradient returns another tensor, also where nothing is outside the
    limits, and a step down the gradient is as long as before; clamp_() limits the
    gradient itself.
    """
    p = torch.nn.Parameter(torch.tensor([0.0], device=device))
    p.grad = torch.tensor([8.0], device=device)

    limited, same = p.grad.clamp(-1, 1), p.grad.clamp(-9, 9)
    with torch.no_grad():
        p.sub_(p.grad)
    after_clamp = p.tolist()
    in_place = p.grad.clamp_(-1, 1)
    with torch.no_grad():
        p.sub_(p.grad)

    assert (limited.tolist(), same.tolist()) == ([1], [8])
    assert in_place is p.grad
    assert not shares_storage(same, p.grad)
    assert (after_clamp, p.grad.tolist(), p.tolist()) == ([-8], [1], [-9])


@claim("tensor.clamp.gradient", see="generated/torch.clamp")
def test_the_gradient_of_clamp_is_zero_outside_the_limits(device):
    """The gradient is 0 for an element that was moved to a limit, and 1 for one between
    the limits.
    """
    x = torch.tensor([-2.0, 0.25, 0.5, 3.0], device=device, requires_grad=True)

    x.clamp(0, 1).sum().backward()

    assert x.grad.tolist() == [0, 1, 1, 0]


@claim("tensor.clamp.nan-is-no-limit", see="generated/torch.clamp", until="2.12.0")
def test_a_single_limit_of_nan_limits_nothing(device):
    """A limit that is the number nan leaves the tensor as it is, if it is alone."""
    x = torch.tensor([1.0, 2.0], device=device)

    results = [x.clamp(min=math.nan), x.clamp(max=math.nan)]

    assert [each.tolist() for each in results] == [[1, 2], [1, 2]]


@claim("tensor.clamp.nan-limit", see="generated/torch.clamp", since="2.12.0")
def test_a_single_limit_of_nan_makes_all_nan(device):
    """A limit that is the number nan makes every element nan, also if no other limit is
    given.
    """
    x = torch.tensor([1.0, 2.0], device=device)

    results = [x.clamp(min=math.nan), x.clamp(max=math.nan)]

    assert [each.isnan().tolist() for each in results] == [[True, True]] * 2
    assert x.tolist() == [1, 2]


@claim("tensor.clamp.limit-overflows", see="generated/torch.clamp", until="2.15")
def test_a_limit_beyond_the_dtype_of_the_tensor_overflows(device):
    """A limit that the tensor's integer dtype can't hold raises a RuntimeError."""
    x = torch.tensor([1, -1], dtype=torch.int8, device=device)

    with pytest.raises(RuntimeError, match="cannot be converted to type int8_t"):
        x.clamp(-300, 300)
    assert x.tolist() == [1, -1]


@claim("tensor.clamp.limit-beyond-dtype", see="generated/torch.clamp", since="2.15")
def test_a_limit_beyond_the_dtype_of_the_tensor_limits_nothing(device):
    """A limit that the tensor's integer dtype can't hold limits nothing where every
    number of that dtype is inside it, and raises a RuntimeError where none is.
    """
    x = torch.tensor([1, -1], dtype=torch.int8, device=device)
    unsigned = torch.tensor([1, 200], dtype=torch.uint8, device=device)

    results = [x.clamp(-300, 300), unsigned.clamp(min=-1), unsigned.clamp(max=256)]

    assert [each.tolist() for each in results] == [[1, -1], [1, 200], [1, 200]]
    assert [each.dtype for each in results] == [torch.int8, *[torch.uint8] * 2]
    with pytest.raises(RuntimeError, match="min value 300 is outside"):
        x.clamp(min=300)


@claim("tensor.clamp.gradient-at-the-limits", see="generated/torch.clamp", until="2.14")
def test_the_gradient_of_clamp_is_one_at_the_limits(device):
    """For an element that equals a limit the gradient is 1."""
    x = torch.tensor([0.0, 1.0], device=device, requires_grad=True)

    x.clamp(0, 1).sum().backward()

    assert x.grad.tolist() == [1, 1]


@claim(
    "tensor.clamp.no-gradient-at-the-limits", see="generated/torch.clamp", since="2.14"
)
def test_the_gradient_of_clamp_is_zero_at_the_limits(device):
    """For an element that equals a limit the gradient is 0."""
    x = torch.tensor([0.0, 1.0], device=device, requires_grad=True)

    x.clamp(0, 1).sum().backward()

    assert x.grad.tolist() == [0, 0]


@claim("tensor.maximum.nan", see="generated/torch.maximum")
def test_maximum_gives_nan_and_fmax_the_number_beside_it(device):
    """maximum() and minimum() give nan where either operand is nan; fmax() and fmin()
    give the other operand there.
    """
    a = torch.tensor([1.0, math.nan, 2.0, math.nan], device=device)
    b = torch.tensor([math.nan, 3.0, 4.0, math.nan], device=device)

    assert str(torch.maximum(a, b).tolist()) == "[nan, nan, 4.0, nan]"
    assert str(torch.minimum(a, b).tolist()) == "[nan, nan, 2.0, nan]"
    assert str(torch.fmax(a, b).tolist()) == "[1.0, 3.0, 4.0, nan]"
    assert str(torch.fmin(a, b).tolist()) == "[1.0, 3.0, 2.0, nan]"
    assert str([a.maximum(b).tolist(), a.fmin(b).tolist()]) == (
        "[[nan, nan, 4.0, nan], [1.0, 3.0, 2.0, nan]]"
    )
    assert str([a.minimum(b).tolist(), a.fmax(b).tolist()]) == (
        "[[nan, nan, 2.0, nan], [1.0, 3.0, 4.0, nan]]"
    )
    assert (torch.maximum(a, b).dtype, torch.fmin(a, b).dtype) == (torch.float32,) * 2


# --- products and norms ---------------------------------------------------------------


@claim("tensor.prod.product-of-all", see="generated/torch.prod")
def test_prod_multiplies_all_elements(device):
    """prod() is the product of all elements, a tensor without dimensions; floats keep
    their dtype, integers and bools are multiplied as int64, and no elements give 1.
    """
    x = torch.tensor([[2.0, 3.0], [-4.0, 0.5]], device=device)
    bytes_ = torch.tensor([100, 100], dtype=torch.int8, device=device)
    doubles = torch.tensor([2.0, 3.0, 7.0], dtype=torch.float64, device=device)
    flags = torch.tensor([True, True], device=device)

    results = [torch.prod(x), doubles.prod(), bytes_.prod(), flags.prod()]

    assert [result.tolist() for result in results] == [-12, 42, 10000, 1]
    assert [result.shape for result in results] == [()] * 4
    assert [result.dtype for result in results] == [
        torch.float32,
        torch.float64,
        torch.int64,
        torch.int64,
    ]
    assert x.tolist() == [[2, 3], [-4, 0.5]]
    assert (x[:0].prod().tolist(), x[:0].prod().dtype) == (1, torch.float32)
    assert (x[:0].prod(0).tolist(), x[:0].prod(1).shape) == ([1, 1], (0,))


@claim("tensor.prod.dim", see="generated/torch.prod")
def test_prod_multiplies_along_one_dimension(device):
    """prod(dim) multiplies along that one dimension, which keepdim=True keeps with size
    1; a tuple of dimensions raises a TypeError.
    """
    x = torch.tensor([[2, 3], [4, 5]], device=device)

    rows, columns = x.prod(1), torch.prod(x, dim=-2, keepdim=True)

    assert (rows.tolist(), columns.tolist()) == ([6, 20], [[8, 15]])
    assert (rows.shape, columns.shape) == ((2,), (1, 2))
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        x.prod(dim=(0, 1))
    with pytest.raises(IndexError, match="Dimension out of range"):
        x.prod(2)


@claim("tensor.prod.wraps-and-dtype", see="generated/torch.prod")
def test_a_product_wraps_in_the_dtype_it_is_computed_in(device):
    """dtype= converts the elements before they are multiplied; a product that is too
    large for an integer dtype wraps around.
    """
    bytes_ = torch.tensor([100, 100], dtype=torch.int8, device=device)
    longs = torch.tensor([4611686018427387904, 6], device=device)

    short = bytes_.prod(dtype=torch.int8)
    floats = torch.prod(bytes_, 0, dtype=torch.float64)

    assert (short.tolist(), short.dtype) == (16, torch.int8)
    assert (floats.tolist(), floats.dtype) == (10000, torch.float64)
    assert longs.prod().tolist() == -9223372036854775808


@claim("tensor.prod.gradient", see="generated/torch.prod")
def test_the_gradient_of_a_product_is_the_product_of_the_others(device):
    """The gradient of each element is the product of all others, which one zero spoils
    for all but itself.
    """
    x = torch.tensor([2.0, 3.0, 5.0], device=device, requires_grad=True)
    zero = torch.tensor([2.0, 0.0, 5.0], device=device, requires_grad=True)

    x.prod().backward()
    zero.prod().backward()

    assert (x.grad.tolist(), zero.grad.tolist()) == ([15, 10, 6], [0, 10, 0])


@claim(
    "tensor.norm.default-is-two-norm",
    also=["tensor.norm.frobenius-by-default"],
    see="generated/torch.norm",
)
def test_norm_is_the_root_of_the_sum_of_squares(device):
    """norm() is the root of the sum of all squares, without dimensions, for a matrix
    too; the older torch.norm() agrees with torch.linalg.vector_norm().
    """
    vector = torch.tensor([3.0, -4.0], device=device)
    matrix = torch.tensor([[1.0, 2.0], [2.0, 4.0]], device=device)

    results = [
        torch.norm(vector),
        vector.norm(),
        torch.norm(matrix),
        torch.norm(matrix, 2),
        torch.norm(matrix, p="fro"),
        torch.linalg.vector_norm(matrix),
    ]

    assert [result.tolist() for result in results] == [5] * 6
    assert [(result.shape, result.dtype) for result in results] == [
        ((), torch.float32)
    ] * 6
    assert vector.tolist() == [3, -4]


@claim("tensor.norm.dims-and-dtype", see="generated/torch.norm")
def test_norm_along_dimensions(device):
    """norm(dim=...) reduces one dimension or several, kept with size 1 by keepdim=True;
    dtype= converts first, complex numbers count by their magnitude, and the norm of no
    elements is 0.
    """
    x = torch.tensor([[3.0, 4.0], [6.0, 8.0]], device=device)

    rows = x.norm(dim=1)
    kept = torch.norm(x, p=1, dim=-2, keepdim=True)
    both = x.norm(p=1, dim=(0, 1))
    double = x.norm(2, 1, dtype=torch.float64)
    magnitude = torch.tensor([3 + 4j, 12j], device=device).norm()

    assert (rows.tolist(), kept.tolist(), both.tolist()) == ([5, 10], [[9, 12]], 21)
    assert (double.tolist(), double.dtype) == ([5, 10], torch.float64)
    assert (magnitude.tolist(), magnitude.dtype) == (13, torch.float32)
    assert torch.zeros(0, device=device).norm().tolist() == 0


@claim("tensor.norm.any-p-and-inf-is-max", see="generated/torch.norm")
def test_p_chooses_the_norm(device):
    """norm(p) is the p-th root of the sum of p-th powers of the absolute values, for
    any number p: with inf the largest of them, with -inf the smallest, and with 0 how
    many are not 0.
    """
    x = torch.tensor([1.0, -4.0, 2.0], dtype=torch.float64, device=device)
    zero = torch.tensor([0.0, -4.0, 2.0], device=device)

    norms = [x.norm(p).tolist() for p in (1, math.inf, -math.inf, -1)]
    fraction = torch.norm(torch.tensor([1.0, -4.0], device=device), 0.5)
    cubic = torch.tensor([3.0, -4.0, 5.0], dtype=torch.float64, device=device).norm(3)

    assert norms == [7, 4, 1, 1 / 1.75]
    assert [zero.norm(0).tolist(), zero.norm(-math.inf).tolist()] == [2, 0]
    assert (fraction.tolist(), cubic.tolist()) == (9, pytest.approx(6, rel=4e-16))


@claim("tensor.norm.of-matrices", see="generated/torch.linalg.norm")
def test_the_nuclear_and_the_spectral_norm_are_for_matrices(device):
    """norm(p="nuc") is the sum of a matrix's singular values, up to rounding, and the
    largest of them is torch.linalg.norm(matrix, 2), which norm(p=2) is not; a vector
    has no nuclear norm.
    """
    matrix = torch.tensor([[0.0, -4.0], [3.0, 0.0]], dtype=torch.float64, device=device)

    nuclear, spectral = torch.norm(matrix, "nuc"), torch.linalg.norm(matrix, 2)

    assert nuclear.tolist() == pytest.approx(7, rel=1e-15)
    assert spectral.tolist() == pytest.approx(4, rel=1e-15)
    assert (torch.norm(matrix, 2).tolist(), torch.linalg.norm(matrix).tolist()) == (
        5,
        5,
    )
    assert torch.linalg.norm(matrix[0], 2).tolist() == 4
    with pytest.raises(RuntimeError, match="2 dimensions"):
        torch.norm(matrix[0], "nuc")


@claim("tensor.norm.inf-of-empty-raises", see="generated/torch.norm", since="2.0")
@pytest.mark.parametrize("p", [math.inf, -math.inf], ids=["inf", "-inf"])
def test_no_elements_have_no_largest(device, p):
    """The norm of no elements is 0 for a finite p above 0, and a RuntimeError for inf
    and -inf, also along a dimension that is empty.
    """
    empty = torch.zeros(0, 2, device=device)

    assert (empty.norm(1).tolist(), empty.norm(2).tolist()) == (0, 0)
    with pytest.raises(
        RuntimeError, match="inf norm on an empty tensor because the op"
    ):
        empty.norm(p)
    with pytest.raises(
        RuntimeError, match=r"inf norm on the dimension 0 ?because this"
    ):
        empty.norm(p, dim=0)
    assert empty.norm(p, dim=1).shape == (0,)


@claim("tensor.norm.inf-of-empty-is-zero", see="generated/torch.norm", until="2.0")
@pytest.mark.parametrize("p", [math.inf, -math.inf], ids=["inf", "-inf"])
def test_the_largest_of_no_elements_is_zero(device, p):
    """The norm of no elements is 0 with p inf and -inf too."""
    empty = torch.zeros(0, 2, device=device)

    assert empty.norm(p).tolist() == 0
    assert empty.norm(p, dim=0).tolist() == [0, 0]


@claim("tensor.norm.gradient", see="generated/torch.norm")
def test_the_gradient_of_a_norm(device):
    """The gradient of the norm is the direction of the tensor, and 0 at the origin."""
    x = torch.tensor([6.0, -8.0], dtype=torch.float64, device=device)
    x.requires_grad_()
    origin = torch.zeros(2, device=device, requires_grad=True)

    x.norm().backward()
    origin.norm().backward()

    assert (x.grad.tolist(), origin.grad.tolist()) == ([0.6, -0.8], [0, 0])

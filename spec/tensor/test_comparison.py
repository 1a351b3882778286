"""Comparison.

A comparison goes element by element and gives a tensor of bools, so "are these two
tensors the same?" is another question: torch.equal() answers it with one Python bool,
and torch.allclose() does up to a tolerance. Operands are brought to one shape and one
dtype first, as in arithmetic.

nan is the exception to everything: it is neither equal to, less nor greater than
anything, itself included. A comparison gives bools, although many notes speak of zeros
and ones; and torch.equal() does not look at the dtypes, although many expect that it
does.
"""

import math
import operator

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from torch_semantics import claim
from torch_semantics.words import shares_storage

ELEMENTS = st.sampled_from([0.0, -0.0, 1.5, -2.0, math.nan, math.inf, -math.inf])


@claim("tensor.eq.elementwise-bool", see="generated/torch.eq")
def test_eq_compares_element_by_element_and_gives_bools(device):
    """eq() compares every element with the one at its place, or with a number, and
    gives a tensor of bools, in every form of the call.
    """
    a = torch.tensor([[1, 2], [3, 4]], device=device)
    b = torch.tensor([[1, 0], [3, 9]], device=device)
    out = torch.zeros(2, 2, dtype=torch.bool, device=device)

    results = [a == b, torch.eq(a, b), a.eq(b), torch.eq(a, b, out=out)]
    with_number = [a == 3, torch.eq(a, 3), a.eq(3.0), 3 == a]  # noqa: SIM300

    assert [r.tolist() for r in results] == [[[True, False], [True, False]]] * 4
    assert [r.tolist() for r in with_number] == [[[False, False], [True, False]]] * 4
    assert [r.dtype for r in results + with_number] == [torch.bool] * 8
    assert results[3] is out
    assert (a.tolist(), b.tolist()) == ([[1, 2], [3, 4]], [[1, 0], [3, 9]])


@claim("tensor.comparison.six-operators", see="torch#comparison-ops")
def test_the_six_comparisons(device):
    """==, !=, <, <=, > and >= are eq(), ne(), lt(), le(), gt() and ge(), each of them a
    function and a method; all but eq() have a long name too.
    """
    a = torch.tensor([1, 2, 3], device=device)
    b = torch.tensor([2, 2, 2], device=device)

    operators = [a == b, a != b, a < b, a <= b, a > b, a >= b]
    functions = [
        (torch.eq(a, b), a.eq(b), a.eq(2)),
        (torch.ne(a, b), a.ne(b), torch.not_equal(a, b), a.not_equal(2)),
        (torch.lt(a, b), a.lt(b), torch.less(a, b), a.less(2)),
        (torch.le(a, b), a.le(b), torch.less_equal(a, b), a.less_equal(2)),
        (torch.gt(a, b), a.gt(b), torch.greater(a, b), a.greater(2)),
        (torch.ge(a, b), a.ge(b), torch.greater_equal(a, b), a.greater_equal(2)),
    ]
    found = [[result.tolist() for result in forms] for forms in functions]

    assert [result.tolist() for result in operators] == [
        [False, True, False],
        [True, False, True],
        [True, False, False],
        [True, True, False],
        [False, False, True],
        [False, True, True],
    ]
    assert {result.dtype for result in operators} == {torch.bool}
    assert found == [
        [[False, True, False]] * 3,
        [[True, False, True]] * 4,
        [[True, False, False]] * 4,
        [[True, True, False]] * 4,
        [[False, False, True]] * 4,
        [[False, True, True]] * 4,
    ]
    assert (a.tolist(), b.tolist()) == ([1, 2, 3], [2, 2, 2])


@claim("tensor.comparison.rule", see="torch#comparison-ops")
@given(pairs=st.lists(st.tuples(ELEMENTS, ELEMENTS), max_size=8))
@example(pairs=[(math.nan, math.nan), (0.0, -0.0), (math.inf, math.inf), (1.5, -2.0)])
def test_comparisons_are_those_of_python(device, pairs):
    """For all floats each of the six comparisons gives what Python gives, for nan, the
    infinities and the two zeros too.
    """
    a = torch.tensor([x for x, _ in pairs], device=device)
    b = torch.tensor([y for _, y in pairs], device=device)
    comparisons = [a == b, a != b, a < b, a <= b, a > b, a >= b]

    assert (pairs, [result.tolist() for result in comparisons]) == (
        pairs,
        [
            [compare(x, y) for x, y in pairs]
            for compare in (
                operator.eq,
                operator.ne,
                operator.lt,
                operator.le,
                operator.gt,
                operator.ge,
            )
        ],
    )


@claim("tensor.comparison.nan", see="torch#comparison-ops")
def test_nan_is_not_equal_to_itself(device):
    """Every comparison with nan is False, except that != is True: nan is not even equal
    to itself.
    """
    x = torch.tensor([math.nan, 1.0], device=device)

    assert (x == x).tolist() == [False, True]
    assert (x != x).tolist() == [True, False]
    assert [(x < math.nan).tolist(), (x >= math.nan).tolist()] == [[False] * 2] * 2
    assert [(x <= 1).tolist(), (x > 0).tolist()] == [[False, True]] * 2


@claim("tensor.comparison.bool-and-broadcast", see="torch#comparison-ops")
def test_a_comparison_broadcasts_and_has_no_gradient(device):
    """A comparison broadcasts its operands, or raises a RuntimeError; its result is a
    new tensor of bools that requires no gradients.
    """
    column = torch.tensor([[1.0], [3.0]], device=device, requires_grad=True)
    row = torch.tensor([1.0, 2.0, 3.0], device=device)

    result = column >= row

    assert result.tolist() == [[True, False, False], [True, True, True]]
    assert (result.dtype, result.shape) == (torch.bool, (2, 3))
    assert (result.requires_grad, result.grad_fn) == (False, None)
    with pytest.raises(RuntimeError, match=r"a \(2\) must match .* tensor b \(3\)"):
        torch.lt(row[:2], row)


@claim("tensor.comparison.promotes-first", see="tensor_attributes#type-promotion-doc")
def test_operands_of_a_comparison_are_brought_to_one_dtype_first(device):
    """Operands are brought to one dtype before they are compared: integers beside
    floats can be rounded to them, beside 1.5 they are compared as floats.
    """
    longs = torch.tensor([16777217, 1, 2], device=device)
    floats = torch.tensor([16777216.0, 1.5, 2.0], device=device)

    assert (longs == floats).tolist() == [True, False, True]
    assert (longs == floats.double()).tolist() == [False, False, True]
    assert (longs < 1.5).tolist() == [False, True, False]
    assert (longs == 16777216).tolist() == [False, False, False]
    assert (longs == 16777216.0).tolist() == [True, False, False]


@claim("tensor.comparison.numbers-wrap", see="generated/torch.eq", level="observed")
def test_a_number_outside_the_dtype_wraps_before_it_is_compared(device):
    """An integer that does not fit the tensor's integer dtype wraps around before it is
    compared: in uint8, 0 equals 256.
    """
    x = torch.tensor([0, 200], dtype=torch.uint8, device=device)

    assert ((x == 256).tolist(), (x == -56).tolist()) == ([True, False], [False, True])
    assert (x < 256).tolist() == [False, False]


@claim("tensor.comparison.complex", see="generated/torch.lt")
def test_complex_numbers_are_equal_or_not_and_have_no_order(device):
    """Complex numbers are compared with eq() and ne(), also with real ones; lt(), le(),
    gt() and ge() raise a RuntimeError.
    """
    x = torch.tensor([1 + 1j, 2 + 0j], device=device)
    y = torch.tensor([1.0, 2.0], device=device)

    assert ((x == y).tolist(), (x != 1 + 1j).tolist()) == ([False, True], [False, True])
    with pytest.raises(RuntimeError, match="not implemented for 'ComplexFloat'"):
        x < y  # noqa: B015
    with pytest.raises(RuntimeError, match="not implemented for 'ComplexFloat'"):
        x <= y  # noqa: B015
    with pytest.raises(RuntimeError, match="not implemented for 'ComplexFloat'"):
        x.gt(y)
    with pytest.raises(RuntimeError, match="not implemented for 'ComplexFloat'"):
        torch.ge(x, y)


@claim("tensor.comparison.other-objects", see="generated/torch.eq")
def test_a_tensor_is_not_equal_to_what_is_no_number(device):
    """== with None, a string or a list is the Python bool False and != is True; <
    raises a TypeError, and so does the function eq().
    """
    x = torch.tensor([1], device=device)

    assert [x == None, x == "a", x == [1]] == [False] * 3  # noqa: E711
    assert [x != None, x != "a", x != [1]] == [True] * 3  # noqa: E711
    with pytest.raises(TypeError, match="not supported between instances of"):
        x < None  # noqa: B015
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        torch.eq(x, "a")


@claim("tensor.comparison.first-operand-is-a-tensor", see="generated/torch.ge")
def test_a_function_of_comparison_takes_a_number_only_second(device):
    """The functions take a number as their second operand and raise a TypeError where
    it is the first; the operators take it on either side.
    """
    x = torch.tensor([1, 3], device=device)

    with pytest.raises(TypeError, match=r"got \(int, Tensor\)"):
        torch.ge(2, x)
    with pytest.raises(TypeError, match=r"got \(int, Tensor\)"):
        torch.eq(2, x)

    assert torch.ge(x, 2).tolist() == [False, True]
    assert (2 >= x).tolist() == [True, False]  # noqa: SIM300
    assert (2 < x).tolist() == [False, True]  # noqa: SIM300


@claim("tensor.comparison.in-place", see="generated/torch.Tensor.eq_")
def test_a_comparison_in_place_writes_ones_and_zeros(device):
    """The forms with an underscore write 1 and 0 into their tensor, which keeps its
    dtype, and so does out= of another dtype than bool.
    """
    x = torch.tensor([1.5, 2.0], device=device)
    y = torch.tensor([3, 4], device=device)
    p, q, r, s = (torch.tensor([3, 4], device=device) for _ in range(4))
    out = torch.full((2,), 9, device=device)

    same, other = x.eq_(2), y.lt_(4)
    others = [p.ne_(4), q.le_(3), r.gt_(4), s.ge_(4)]
    result = torch.gt(torch.tensor([5, 0], device=device), 1, out=out)

    assert (same is x, other is y, result is out) == (True, True, True)
    assert (x.tolist(), x.dtype) == ([0, 1], torch.float32)
    assert (y.tolist(), y.dtype) == ([1, 0], torch.int64)
    assert (out.tolist(), out.dtype) == ([1, 0], torch.int64)
    assert [each.tolist() for each in others] == [[1, 0], [1, 0], [0, 0], [0, 1]]


@claim("tensor.comparison.truth-of-several", see="tensors")
def test_a_comparison_of_several_elements_is_no_condition(device):
    """bool() of a tensor takes one element; of several it raises a RuntimeError, and so
    do `if a == b` and `a < b < c`.
    """
    x = torch.tensor([1, 2], device=device)

    with pytest.raises(RuntimeError, match="with more than one value is ambiguous"):
        bool(x == x)
    with pytest.raises(RuntimeError, match="with more than one value is ambiguous"):
        0 < x < 3  # noqa: B015

    assert bool(x[1:] == 2) is True
    assert bool(x[0] == 2) is False


@claim("tensor.comparison.contains", see="tensors")
def test_in_asks_whether_any_element_is_equal(device):
    """`number in tensor` is True when any element equals the number, which may be in a
    tensor without dimensions; nan is in none.
    """
    x = torch.tensor([[1.0, 2.0], [math.nan, 4.0]], device=device)

    assert (2 in x, 3 in x, math.nan in x) == (True, False, False)
    assert torch.tensor(4, device=device) in x
    assert torch.tensor(3, device=device) not in x


# --- one answer for all ---------------------------------------------------------------


@claim("tensor.equal.single-python-bool", see="generated/torch.equal")
def test_equal_answers_for_all_elements_at_once(device):
    """equal() is the Python bool True when shapes and all elements are equal, and False
    otherwise; shapes are not broadcast, one without dimensions neither, and strides
    make no difference.
    """
    a = torch.tensor([[1, 2], [3, 4]], device=device)
    turned = torch.tensor([[1, 3], [2, 4]], device=device).t()
    ones = torch.ones(2, 2, device=device)

    assert torch.equal(a, turned) is True
    assert a.equal(turned + 0) is True
    assert torch.equal(a, torch.tensor([[1, 2], [3, 5]], device=device)) is False
    assert torch.equal(ones, ones[0]) is False
    assert torch.equal(ones, ones[:, :1]) is False
    assert torch.equal(ones[0, 0], ones[0, :1]) is False
    assert (a.tolist(), turned.stride()) == ([[1, 2], [3, 4]], (1, 2))


@claim("tensor.equal.empty", see="generated/torch.equal")
def test_empty_tensors_are_equal_if_their_shapes_are(device):
    """Two tensors without elements are equal if their shapes are: (0,) equals (0,), not
    (0, 3).
    """
    none = torch.zeros(0, device=device)
    no_rows = torch.zeros(0, 3, device=device)
    no_columns = torch.zeros(3, 0, device=device)
    others = torch.ones(0, 3, device=device)

    assert torch.equal(no_rows, others) is True
    assert torch.equal(none, others[:, 0]) is True
    assert torch.equal(none, no_rows) is False
    assert torch.equal(no_rows, no_columns) is False


@claim("tensor.equal.tensors-only", see="generated/torch.equal")
def test_equal_takes_tensors_only(device):
    """equal() with a number or a list raises a TypeError."""
    x = torch.tensor([1], device=device)

    with pytest.raises(TypeError, match="must be Tensor, not int"):
        torch.equal(x, 1)
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        x.equal([1])


@claim("tensor.equal.other-device", see="generated/torch.equal")
def test_equal_refuses_tensors_on_different_devices(accelerator):
    """Tensors on different devices raise a RuntimeError instead of being unequal."""
    x = torch.ones(2)

    with pytest.raises(RuntimeError, match="device"):
        torch.equal(x, x.to(accelerator))


@claim("tensor.equal.ignores-dtype", see="generated/torch.equal")
def test_equal_compares_values_and_not_dtypes(device):
    """Tensors of different dtypes are equal when their values are, in the dtype that
    they are brought to first: 16777217 equals 16777216.0; and 0 equals -0.
    """
    longs = torch.tensor([0, 1, 2], device=device)
    ints = torch.tensor([0, 1, 2], dtype=torch.int32, device=device)
    floats = torch.tensor([-0.0, 1.0, 2.0], device=device)
    others = torch.tensor([0.0, 1.0, 2.5], device=device)

    assert torch.equal(longs, ints) is True
    assert torch.equal(longs, floats) is True
    assert longs.equal(others) is False
    assert torch.equal(longs + 16777216, floats + 16777216) is True


@claim("tensor.equal.nan", see="generated/torch.equal")
def test_tensors_with_nan_are_never_equal(device):
    """A tensor with a nan is not equal to another with a nan at the same place."""
    x = torch.tensor([math.nan, 1.0], device=device)
    y = torch.tensor([math.nan, 1.0], device=device)

    assert torch.equal(x, y) is False
    assert str([x.tolist(), y.tolist()]) == "[[nan, 1.0], [nan, 1.0]]"


@claim(
    "tensor.equal.nan-in-itself-overlooked",
    see="generated/torch.equal",
    level="observed",
    since="2.1.0",
    until="2.1.1",
)
def test_a_tensor_with_nan_was_equal_to_itself():
    """On the CPU a tensor with a nan is equal to itself, though not to a copy."""
    x = torch.tensor([1.0, math.nan])

    assert torch.equal(x, x) is True
    assert torch.equal(x, x.clone()) is False


@claim(
    "tensor.equal.nan-in-itself",
    see="generated/torch.equal",
    gap=("2.1.0", "2.1.1"),
)
def test_a_tensor_with_nan_is_not_equal_to_itself(device):
    """A tensor with a nan is not equal to itself."""
    x = torch.tensor([1.0, math.nan], device=device)
    number = torch.tensor([1.0, 2.0], device=device)

    assert torch.equal(x, x) is False
    assert x.equal(x) is False
    assert torch.equal(number, number) is True


@claim(
    "tensor.compare.all-of-eq",
    see="generated/torch.all",
)
def test_all_of_eq_broadcasts(device):
    """torch.all(torch.eq(a, b)) is a tensor with one bool, and broadcasts: it is True
    for a matrix of ones and a row of ones, and for no elements; for nan it is False.
    """
    ones = torch.ones(2, 2, device=device)
    nan = torch.tensor([math.nan], device=device)
    two = torch.tensor([[1.0, 1.0], [1.0, 2.0]], device=device)

    result = torch.all(torch.eq(ones, ones[0]))

    assert (result.tolist(), result.dtype, result.shape) == (True, torch.bool, ())
    assert torch.all(torch.eq(ones[:0], ones[0])).tolist() is True
    assert torch.all(torch.eq(nan, nan)).tolist() is False
    assert torch.all(torch.eq(ones, two)).tolist() is False
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        torch.all(torch.eq(ones, torch.ones(3, device=device)))


@claim("tensor.eq.elementwise-versus-equal", see="generated/torch.equal")
def test_eq_gives_a_bool_for_each_element_and_equal_one_for_all(device):
    """eq() gives a tensor with a bool for every element, broadcasting and raising as
    operations do; equal() gives one Python bool, and False for shapes that differ.
    """
    a = torch.tensor([1, 1], device=device)
    b = torch.tensor([[1.0], [2.0]], device=device)
    c = torch.tensor([1, 1, 1], device=device)

    each, whole = torch.eq(a, b), torch.equal(a, b)

    assert (each.tolist(), each.dtype) == ([[True, True], [False, False]], torch.bool)
    assert (whole, torch.equal(a, c), torch.equal(a, a.float())) == (False, False, True)
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        torch.eq(a, c)


# --- nearly equal ---------------------------------------------------------------------


@claim("tensor.isclose.rule", see="generated/torch.isclose")
def test_isclose_allows_atol_and_rtol_times_the_second_operand(device):
    """isclose(a, b) is True where a differs from b by at most atol + rtol * |b|: the
    relative part is measured by the second operand, so the order matters.
    """
    a = torch.tensor([8.0, 10.0, -8.0, 8.0], device=device)
    b = torch.tensor([10.0, 8.0, -10.0, 11.0], device=device)

    relative = torch.isclose(a, b, rtol=0.2, atol=0)
    both = a.isclose(b, rtol=0.125, atol=1)
    absolute = torch.isclose(a, b, rtol=0, atol=2)

    assert relative.tolist() == [True, False, True, False]
    assert both.tolist() == [True, True, True, False]
    assert absolute.tolist() == [True, True, True, False]
    assert {result.dtype for result in (relative, both, absolute)} == {torch.bool}
    assert a.tolist() == [8, 10, -8, 8]


@claim("tensor.isclose.default-tolerances", see="generated/torch.isclose")
def test_the_default_tolerances_are_small(device):
    """By default rtol is 1e-05 and atol is 1e-08."""
    a = torch.tensor(
        [100000.9, 100001.1, 0.9e-8, 1.1e-8], dtype=torch.float64, device=device
    )
    b = torch.tensor([100000, 100000, 0, 0], dtype=torch.float64, device=device)

    assert torch.isclose(a, b).tolist() == [True, False, True, False]


@claim("tensor.isclose.special-values", see="generated/torch.isclose")
def test_infinities_are_close_to_themselves_and_nan_if_asked(device):
    """An infinity is close to itself and to nothing else, however large the tolerance;
    nan is close to nan only with equal_nan=True.
    """
    a = torch.tensor([math.inf, math.inf, 1.0, math.nan, math.nan], device=device)
    b = torch.tensor([math.inf, -math.inf, math.inf, math.nan, 1.0], device=device)

    default = torch.isclose(a, b, atol=1e30)
    nan_too = torch.isclose(a, b, equal_nan=True)

    assert default.tolist() == [True, False, False, False, False]
    assert nan_too.tolist() == [True, False, False, True, False]


@claim("tensor.isclose.dtypes", see="generated/torch.isclose")
def test_isclose_wants_one_dtype_and_no_negative_tolerance(device):
    """isclose() and allclose() compare integers too, but raise a RuntimeError for two
    dtypes, which they do not promote, and for a negative tolerance.
    """
    longs = torch.tensor([1, 5], device=device)
    floats = torch.tensor([1.0, 5.0], device=device)
    others = torch.tensor([2, 4], device=device)

    close = torch.isclose(longs, others, rtol=0, atol=1)

    assert (close.tolist(), longs.tolist()) == ([True, True], [1, 5])
    with pytest.raises(RuntimeError, match="Long did not match Float"):
        torch.isclose(longs, floats)
    with pytest.raises(RuntimeError, match="Long did not match Float"):
        torch.allclose(longs, floats)
    with pytest.raises(
        RuntimeError, match="rtol must be greater than or equal to zero"
    ):
        torch.isclose(longs, longs, rtol=-1)
    with pytest.raises(
        RuntimeError, match="atol must be greater than or equal to zero"
    ):
        torch.allclose(longs, longs, atol=-1)


@claim("tensor.allclose.one-bool", see="generated/torch.allclose")
def test_allclose_answers_for_all_elements_at_once(device):
    """allclose() is the Python bool that says whether all elements are close, with the
    tolerances of isclose(); it broadcasts, and is True for no elements.
    """
    a = torch.tensor([[1.0, 2.0], [1.0, 2.0]], device=device)
    near = torch.tensor([1.0, 2.000001], device=device)
    far = torch.tensor([1.0, 3.0], device=device)
    nan = torch.tensor([math.nan], device=device)

    assert torch.allclose(a, near) is True
    assert a.allclose(near, rtol=0) is False
    assert torch.allclose(a, far) is False
    assert torch.allclose(a, far, atol=1.0) is True
    assert torch.allclose(a[:0], near) is True
    assert (torch.allclose(nan, nan), nan.allclose(nan, equal_nan=True)) == (
        False,
        True,
    )
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        torch.allclose(a, torch.ones(3, device=device))


# --- kinds of numbers -----------------------------------------------------------------


@claim("tensor.isnan.float-only-true", see="generated/torch.isnan")
def test_isnan_finds_nan(device):
    """isnan() is True for nan, and for a complex number with nan in either part; it is
    False for infinities and for all integers and bools.
    """
    x = torch.tensor([math.nan, math.inf, 0.0], device=device)
    z = torch.tensor([complex(math.nan, 1), complex(1, math.nan), 1j], device=device)
    longs = torch.tensor([0, 7], device=device)
    flags = torch.tensor([False, True], device=device)

    results = [torch.isnan(x), x.isnan(), z.isnan(), longs.isnan(), flags.isnan()]

    assert [result.tolist() for result in results] == [
        [True, False, False],
        [True, False, False],
        [True, True, False],
        [False, False],
        [False, False],
    ]
    assert {result.dtype for result in results} == {torch.bool}
    assert str(x.tolist()) == "[nan, inf, 0.0]"


@claim("tensor.isinf.infinities", see="generated/torch.isinf")
def test_isinf_and_isfinite_find_infinities(device):
    """isinf() is True for both infinities, isposinf() and isneginf() for one each, and
    isfinite() for what is neither infinite nor nan; a complex number is infinite if one
    part is, and every integer is finite.
    """
    x = torch.tensor([math.inf, -math.inf, math.nan, 1.0], device=device)
    z = torch.tensor([complex(math.inf, 1), complex(1, -math.inf), 1j], device=device)
    longs = torch.tensor([0, 7], device=device)

    results = [x.isinf(), x.isposinf(), x.isneginf(), x.isfinite()]
    others = [z.isinf(), z.isfinite(), longs.isinf(), longs.isfinite()]

    assert [result.tolist() for result in results] == [
        [True, True, False, False],
        [True, False, False, False],
        [False, True, False, False],
        [False, False, False, True],
    ]
    assert [result.tolist() for result in others] == [
        [True, True, False],
        [False, False, True],
        [False, False],
        [True, True],
    ]
    assert {result.dtype for result in results + others} == {torch.bool}
    assert not shares_storage(results[3], x)


@claim("tensor.isreal.imaginary-part", see="generated/torch.isreal")
def test_isreal_looks_at_the_imaginary_part(device):
    """isreal() is True for every real number, nan too, and for complex ones whose
    imaginary part is 0; is_complex() and is_floating_point() say what the dtype is.
    """
    z = torch.tensor([1 + 0j, 1j], device=device)
    x = torch.tensor([math.nan], device=device)

    assert (z.isreal().tolist(), x.isreal().tolist()) == ([True, False], [True])
    assert (z.is_complex(), z.is_floating_point()) == (True, False)
    assert (x.is_complex(), x.is_floating_point()) == (False, True)
    assert torch.is_complex(z) is True
    assert torch.is_floating_point(x) is True


@claim("tensor.isin.membership", see="generated/torch.isin")
def test_isin_asks_of_each_element_whether_it_is_among_others(device):
    """isin() says for each element whether it equals one of the test elements, or with
    invert=True whether it equals none, so that nan is in no tensor; either argument may
    be a number.
    """
    x = torch.tensor([[1, 2], [3, 4]], device=device)
    tests = torch.tensor([4, 1, 9], device=device)
    nan = torch.tensor([math.nan, 1.0], device=device)

    among = torch.isin(x, tests)
    others = torch.isin(x, tests, invert=True)
    single = torch.isin(x, 3)

    assert (among.tolist(), among.dtype) == ([[True, False], [False, True]], torch.bool)
    assert others.tolist() == [[False, True], [True, False]]
    assert single.tolist() == [[False, False], [True, False]]
    assert torch.isin(4, tests).tolist() is True
    assert torch.isin(nan, nan).tolist() == [False, True]

"""Ranges.

Given a step, arange() makes the numbers from a start to an end, like Python's range:
the start is among them, and the end is not. Given a count, linspace() makes numbers at
equal distances, and both ends are among them. The exponents of logspace() are a
linspace. And randperm() is a range in random order.

It is commonly believed that the length of arange() is (end - start) / step: it is that
rounded up. It is also believed that the end is never reached, but a step that is no
exact float can bring the last number onto it: where the count matters, linspace() is
the one to use. And neither linspace() nor logspace() makes 100 numbers by default any
more.
"""

import math
import random
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from spec.models.ranges import EIGHTHS, arange, length_of_arange, linspace, ranges
from torch_semantics import claim


@contextmanager
def default_dtype(dtype):
    """Change the default dtype for the length of a block."""
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


# --- arange() -------------------------------------------------------------------------


@claim("tensor.arange.half-open", see="generated/torch.arange")
def test_arange_goes_from_start_to_before_end(device):
    """arange() is one-dimensional and counts from the start, 0 if it is not given, in
    steps, 1 if they are not given, and ends before the end; a single argument is the
    end.
    """
    tensors = [
        torch.arange(5, device=device),
        torch.arange(1, 4, device=device),
        torch.arange(1, 7, 3, device=device),
        torch.arange(1, 8, 3, device=device),
        torch.arange(5, 0, -2, device=device),
        torch.arange(2, -2, -1, device=device),
        torch.arange(0, 1, 9, device=device),
        torch.arange(0, device=device),
        torch.arange(3, 3, device=device),
        torch.arange(3, 3, -1, device=device),
    ]

    assert [t.tolist() for t in tensors] == [
        [0, 1, 2, 3, 4],
        [1, 2, 3],
        [1, 4],
        [1, 4, 7],
        [5, 3, 1],
        [2, 1, 0, -1],
        [0],
        [],
        [],
        [],
    ]
    assert [(t.dtype, t.stride(), t.device) for t in tensors] == [
        (torch.int64, (1,), device)
    ] * 10
    assert [(t.dim(), t.layout) for t in tensors] == [(1, torch.strided)] * 10
    assert [(t.requires_grad, t.is_leaf) for t in tensors] == [(False, True)] * 10


@claim("tensor.arange.end-exclusive", see="generated/torch.arange")
@given(bounds=ranges(st.integers(-9, 9), st.integers(1, 7)))
def test_arange_of_ints_is_pythons_range(device, bounds):
    """Of ints, arange() has the numbers of Python's range with the same arguments."""
    t = torch.arange(*bounds, device=device)

    assert (bounds, t.tolist()) == (bounds, list(range(*bounds)))


@claim("tensor.arange.keywords", see="generated/torch.arange")
def test_arange_takes_keywords(device):
    """Start, end and step may be keywords, in any order."""
    tensors = [
        torch.arange(end=3, device=device),
        torch.arange(start=1, end=4, device=device),
        torch.arange(end=9, start=2, step=3, device=device),
    ]

    assert [t.tolist() for t in tensors] == [[0, 1, 2], [1, 2, 3], [2, 5, 8]]
    with pytest.raises(TypeError, match=r"arange\(\) (missing|received an invalid)"):
        torch.arange(device=device)


@claim("tensor.arange.length-is-ceil", see="generated/torch.arange")
@pytest.mark.parametrize(
    ("bounds", "elements"),
    [
        ((0, 5, 2), [0, 2, 4]),
        ((1, 2.5, 0.5), [1, 1.5, 2]),
        ((1, 2.75, 0.5), [1, 1.5, 2, 2.5]),
        ((1, 0, -0.75), [1, 0.25]),
        ((0.5, 3, 1), [0.5, 1.5, 2.5]),
        ((0, 0.25, 5), [0]),
    ],
    ids=["ints", "exact", "rounded-up", "down", "from-a-half", "one"],
)
def test_the_length_of_arange_is_the_quotient_rounded_up(device, bounds, elements):
    """The length is (end - start) / step rounded up, and not the quotient itself."""
    t = torch.arange(*bounds, device=device)

    assert (t.tolist(), t.shape) == (elements, (len(elements),))


@claim("tensor.arange.any-floats", see="generated/torch.arange")
@given(bounds=ranges(EIGHTHS, st.sampled_from([0.125, 0.375, 0.5, 1.0, 2.5, 9.0])))
def test_arange_of_exact_floats_adds_up_steps(device, bounds):
    """Of floats without rounding, element i of arange() is start + i * step, and their
    number is (end - start) / step rounded up.
    """
    t = torch.arange(*bounds, device=device)

    assert (bounds, t.tolist(), t.dtype) == (bounds, arange(*bounds), torch.float32)


@claim("tensor.arange.any-length", see="generated/torch.arange")
@given(
    bounds=ranges(
        st.integers(-20, 20).map(lambda n: n / 10), st.sampled_from([0.1, 0.3, 0.7])
    )
)
def test_the_length_of_arange_is_computed_with_64_bits(device, bounds):
    """Where the arguments are rounded, the length is computed from them with 64 bits,
    also for a result with 32, and as NumPy does it.
    """
    t = torch.arange(*bounds, device=device)

    assert (bounds, t.shape) == (bounds, (length_of_arange(*bounds),))
    assert (bounds, t.numel()) == (bounds, len(np.arange(*bounds)))


@claim(
    "tensor.arange.float-rounding-can-reach-end",
    also=["tensor.arange.rounding-can-reach-end"],
    see="generated/torch.arange",
)
def test_rounding_can_bring_the_last_element_onto_the_end(device):
    """From 1 to 1.3 in steps of 0.1 there are four elements, as in NumPy, the last of
    which is 1.3: the quotient is rounded to a little over 3. From 0 to 1 there are ten
    and from 0 to 0.3 three, as expected; linspace() has the count that it is given.
    """
    reaching = torch.arange(1, 1.3, 0.1, dtype=torch.float64, device=device)
    single = torch.arange(1, 1.3, 0.1, device=device)
    ten = torch.arange(0, 1, 0.1, device=device)
    three = torch.arange(0, 0.3, 0.1, device=device)

    assert ((1.3 - 1) / 0.1 > 3, len(np.arange(1, 1.3, 0.1))) == (True, 4)
    assert (reaching.shape, single.shape) == ((4,), (4,))
    assert reaching[-1].item() == 1.3
    assert abs(single[-1].item() - 1.3) < 1e-6
    assert (ten.shape, three.shape) == ((10,), (3,))
    assert torch.linspace(1, 1.2, 3, device=device).shape == (3,)


@claim("tensor.arange.no-drift", see="generated/torch.arange")
def test_arange_does_not_add_up_rounding_errors(device):
    """Each element is computed as start + i * step, and not from the one before it: the
    element at 10000 is within one rounding of 1000, which adding 0.1 up in 32 bits
    would miss by far.
    """
    t = torch.arange(0, 1001, 0.1, device=device)

    assert t.numel() == 10010
    assert abs(t[10000].item() - 1000) <= 2**-14
    assert abs(t[10009].item() - 1000.9) <= 2**-14


@claim("tensor.arange.dtype-inference", see="generated/torch.arange")
def test_arange_is_an_int_tensor_unless_an_argument_is_a_float(device):
    """All arguments being ints, the dtype is int64, with which one can index; if one of
    them is a float it is the default dtype.
    """
    letters = torch.tensor([5, 6, 7, 8], device=device)
    all_ints = [(3,), (0, 3, 1)]
    some_floats = [(3.0,), (0.0, 3), (0, 3.0), (0, 3, 1.0)]

    ints = [torch.arange(*bounds, device=device) for bounds in all_ints]
    floats = [torch.arange(*bounds, device=device) for bounds in some_floats]
    with default_dtype(torch.float64):
        same = torch.arange(3, device=device)
        doubles = [torch.arange(*bounds, device=device) for bounds in some_floats]

    assert repr([t.tolist() for t in ints]) == "[[0, 1, 2], [0, 1, 2]]"
    assert [t.dtype for t in (*ints, same)] == [torch.int64] * 3
    assert repr([t.tolist() for t in floats]) == repr([[0.0, 1.0, 2.0]] * 4)
    assert [t.dtype for t in floats] == [torch.float32] * 4
    assert [t.dtype for t in doubles] == [torch.float64] * 4
    assert letters.index_select(0, ints[0]).tolist() == [5, 6, 7]


@claim("tensor.arange.dtype", see="generated/torch.arange")
def test_dtype_and_out_override_what_arange_infers(device):
    """dtype= decides, and so does out= without it; integers that don't fit wrap round,
    and the length is not affected.
    """
    tensors = [
        torch.arange(3, dtype=torch.int32, device=device),
        torch.arange(3, dtype=torch.float64, device=device),
        torch.arange(3.0, dtype=torch.int64, device=device),
        torch.arange(3, out=torch.empty(0, dtype=torch.float16, device=device)),
        torch.arange(0.5, 3, dtype=torch.int64, device=device),
    ]
    wrapped = torch.arange(0, 300, dtype=torch.uint8, device=device)

    assert [repr(t.tolist()) for t in tensors] == [
        "[0, 1, 2]",
        "[0.0, 1.0, 2.0]",
        "[0, 1, 2]",
        "[0.0, 1.0, 2.0]",
        "[0, 1, 2]",
    ]
    assert [t.dtype for t in tensors[:3]] == [torch.int32, torch.float64, torch.int64]
    assert (tensors[3].dtype, tensors[4].dtype) == (torch.float16, torch.int64)
    assert [t.requires_grad for t in tensors] == [False] * 5
    assert (wrapped.numel(), wrapped.dtype) == (300, torch.uint8)
    assert wrapped[254:258].tolist() == [254, 255, 0, 1]


@claim("tensor.arange.large-ints", see="generated/torch.arange")
def test_arange_counts_large_ints_exactly(device):
    """Ints are counted as ints, and exact also where no float is; in float32, numbers
    above 2**24 are rounded to those that it has.
    """
    large = torch.arange(2**62, 2**62 + 3, device=device)
    rounded = torch.arange(2**24, 2**24 + 4, dtype=torch.float32, device=device)

    assert large.tolist() == [2**62, 2**62 + 1, 2**62 + 2]
    assert rounded.tolist() == [2**24, 2**24, 2**24 + 2, 2**24 + 4]


@claim("tensor.arange.many", see="generated/torch.arange")
def test_arange_counts_far(device):
    """A thousand elements are as exact as three, in ints and in floats, and upwards as
    well as downwards.
    """
    up = torch.arange(1000, device=device)
    down = torch.arange(1000.0, 0.0, -1.0, device=device)

    assert (up.tolist(), up.dtype) == (list(range(1000)), torch.int64)
    assert (down.tolist(), down.dtype) == (list(range(1000, 0, -1)), torch.float32)


@claim("tensor.arange.bounds-in-tensors", see="generated/torch.arange")
def test_arange_takes_bounds_from_tensors_without_dimensions(device):
    """A tensor without dimensions is taken as a number, int or float, for start, end
    and step; a tensor that has dimensions or requires gradients, a string and None
    raise a TypeError.
    """
    one, four = torch.tensor(1, device=device), torch.tensor(4, device=device)
    three = torch.tensor(3.0, dtype=torch.float16, device=device)

    ints = torch.arange(one, four, device=device)
    odd = torch.arange(1, 8, four, device=device)
    floats = torch.arange(three, device=device)

    assert (ints.tolist(), ints.dtype) == ([1, 2, 3], torch.int64)
    assert (odd.tolist(), odd.dtype) == ([1, 5], torch.int64)
    assert (floats.tolist(), floats.dtype) == ([0, 1, 2], torch.float32)
    with pytest.raises(TypeError, match=r"'end'.* must be Number, not Tensor"):
        torch.arange(torch.tensor([4]))
    with pytest.raises(TypeError, match=r"'end'.* must be Number, not Tensor"):
        torch.arange(torch.tensor(4.0, requires_grad=True))
    with pytest.raises(TypeError, match=r"'end'.* must be Number, not str"):
        torch.arange("3")
    with pytest.raises(TypeError, match=r"'end'.* must be Number, not NoneType"):
        torch.arange(None)


@claim("tensor.arange.kinds-refused", see="generated/torch.arange")
def test_arange_has_no_bools_and_no_complex_numbers(device):
    """A bool or complex dtype, and a complex end, raise a RuntimeError; an int range
    can't require gradients, where one of floats can.
    """
    leaf = torch.arange(3.0, requires_grad=True, device=device)

    assert (leaf.tolist(), leaf.requires_grad, leaf.is_leaf) == ([0, 1, 2], True, True)
    with pytest.raises(RuntimeError, match="not implemented for 'Bool'"):
        torch.arange(2, dtype=torch.bool, device=device)
    with pytest.raises(RuntimeError, match="not implemented for 'ComplexFloat'"):
        torch.arange(2, dtype=torch.complex64, device=device)
    with pytest.raises(RuntimeError, match="cannot be converted to type double"):
        torch.arange(3j, device=device)
    with pytest.raises(
        RuntimeError, match="Only Tensors of floating point and complex"
    ):
        torch.arange(3, requires_grad=True, device=device)


@claim(
    "tensor.arange.bad-step-raises",
    also=["tensor.arange.bad-step-errors"],
    see="generated/torch.arange",
)
@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ((0, 3, 0), "step must be nonzero"),
        ((3, 3, 0), "step must be nonzero"),
        ((0.0, 3.0, 0.0), "step must be nonzero"),
        ((3, 0), "inconsistent with step sign"),
        ((-3,), "inconsistent with step sign"),
        ((0, 3, -1), "inconsistent with step sign"),
        ((0, 0.5, -0.25), "inconsistent with step sign"),
        ((0, math.inf), "unsupported range: 0 -> inf"),
        ((-math.inf, 0), "unsupported range: -inf -> 0"),
        ((0, math.nan), "unsupported range: 0 -> nan"),
    ],
    ids=[
        *("zero", "zero-and-nothing-to-do", "zero-float", "up", "negative-end", "down"),
        *("down-float", "inf", "minus-inf", "nan"),
    ],
)
def test_a_step_that_never_reaches_the_end_is_refused(device, bounds, message):
    """A step of 0, a step away from the end, where Python's range would be empty, and a
    bound that is infinite or nan raise a RuntimeError.
    """
    with pytest.raises(RuntimeError, match=message):
        torch.arange(*bounds, device=device)


@claim(
    "tensor.arange.integer-dtype-truncates-first",
    see="generated/torch.arange",
    until="2.14",
)
def test_an_integer_dtype_cuts_off_the_fractions_before_counting(device):
    """With an integer dtype, fractions of the arguments are cut off before the length
    is computed: 1.5 is a step of 1.
    """
    # A step of 0.5 would be one of 0, which ends the process on torch 2.8 to 2.11.
    t = torch.arange(0, 5, 1.5, dtype=torch.int64, device=device)

    assert (t.tolist(), t.dtype) == ([0, 1, 2, 3, 4], torch.int64)


@claim(
    "tensor.arange.float-step-with-integer-dtype",
    see="generated/torch.arange",
    since="2.14",
)
def test_an_integer_dtype_cuts_off_the_fractions_after_counting(device):
    """With an integer dtype, the length is that of the arguments as given, and only the
    start and the step are cut off to integers: the elements are not those of the range
    of floats without their fractions.
    """
    ones = torch.arange(0, 5, 1.5, dtype=torch.int64, device=device)
    assert (ones.tolist(), ones.dtype) == ([0, 1, 2, 3], torch.int64)

    # Only where that is so: from 2.8 to 2.12 this ends the process.
    zeros = torch.arange(0, 2, 0.5, dtype=torch.int64, device=device)
    assert (zeros.tolist(), zeros.dtype) == ([0, 0, 0, 0], torch.int64)


@claim("tensor.arange.out", see="generated/torch.arange")
def test_arange_resizes_out_and_warns_if_it_was_not_empty(device):
    """The out is filled and returned. If it has elements, and not as many as needed, it
    is resized with a UserWarning; an empty one is resized without.
    """
    empty = torch.empty(0, device=device)
    other = torch.tensor([7.0, 8.0], device=device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = torch.arange(3, out=empty)
    with pytest.warns(UserWarning, match="The number of elements in the out tensor"):
        second = torch.arange(1, 4, out=other)

    assert first is empty
    assert second is other
    assert (empty.tolist(), empty.dtype) == ([0, 1, 2], torch.float32)
    assert (other.tolist(), other.shape) == ([1, 2, 3], (3,))
    assert (empty.requires_grad, other.requires_grad) == (False, False)
    with pytest.raises(RuntimeError, match="inconsistent with step sign"):
        torch.arange(3, 0, out=other)
    assert other.tolist() == [1, 2, 3]


@claim("tensor.arange.out-keeps-its-shape", see="generated/torch.arange")
def test_arange_keeps_the_shape_and_strides_of_a_fitting_out(device):
    """An out with the right number of elements keeps its shape and its strides, and is
    filled in row-major order.
    """
    base = torch.full((6,), 9, device=device)
    column = torch.full((3, 1), 9, device=device)
    transposed = torch.full((3, 2), 9, device=device).t()

    torch.arange(3, out=base[::2])
    result = torch.arange(3, out=column)
    torch.arange(6, out=transposed)

    assert base.tolist() == [0, 9, 1, 9, 2, 9]
    assert result is column
    assert (column.tolist(), column.shape) == ([[0], [1], [2]], (3, 1))
    assert transposed.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert transposed.stride() == (1, 2)


@claim("tensor.range.end-inclusive", see="generated/torch.range")
def test_range_is_deprecated_and_has_its_end(device):
    """range() includes its end if a step meets it, has the default dtype also for ints,
    and warns that it is deprecated; with one argument it raises a TypeError.
    """
    with pytest.warns(UserWarning, match=r"torch.range is deprecated"):
        t = torch.range(0, 3, device=device)
    with pytest.warns(UserWarning, match=r"torch.range is deprecated"):
        halves = torch.range(0, 1.25, 0.5, device=device)

    assert (t.tolist(), t.dtype) == ([0, 1, 2, 3], torch.float32)
    assert halves.tolist() == [0, 0.5, 1]
    with pytest.raises(TypeError, match="range"):
        torch.range(3, device=device)


# --- linspace() -----------------------------------------------------------------------


@claim("tensor.linspace.endpoints-included", see="generated/torch.linspace")
def test_linspace_has_both_ends(device):
    """linspace() is one-dimensional, begins with the start, ends with the end, and its
    neighbours are (end - start) / (steps - 1) apart, upwards or downwards. The steps
    may be a keyword, and so may the ends.
    """
    tensors = [
        torch.linspace(0, 10, 5, device=device),
        torch.linspace(0, 10, steps=5, device=device),
        torch.linspace(steps=5, end=10, start=0, device=device),
        torch.linspace(10, 0, 5, device=device),
        torch.linspace(3, 3, 5, device=device),
        torch.linspace(-1.5, 0.5, 5, device=device),
        torch.linspace(4, 10, 2, device=device),
    ]

    assert [t.tolist() for t in tensors] == [
        [0, 2.5, 5, 7.5, 10],
        [0, 2.5, 5, 7.5, 10],
        [0, 2.5, 5, 7.5, 10],
        [10, 7.5, 5, 2.5, 0],
        [3, 3, 3, 3, 3],
        [-1.5, -1, -0.5, 0, 0.5],
        [4, 10],
    ]
    assert [(t.dtype, t.stride(), t.device) for t in tensors] == [
        (torch.float32, (1,), device)
    ] * 7
    assert [(t.dim(), t.layout) for t in tensors] == [(1, torch.strided)] * 7
    assert [(t.requires_grad, t.is_leaf) for t in tensors] == [(False, True)] * 7


@claim("tensor.linspace.end-inclusive", see="generated/torch.linspace")
@given(start=st.integers(-9, 9), gap=EIGHTHS, steps=st.integers(0, 6))
def test_linspace_divides_evenly(device, start, gap, steps):
    """Where nothing is rounded, element i of linspace() is start + i * (end - start) /
    (steps - 1), in 32 and in 64 bits, and so it is in NumPy.
    """
    end = start + gap * (steps - 1) if steps else start + gap
    call = start, end, steps

    single = torch.linspace(*call, device=device)
    double = torch.linspace(*call, dtype=torch.float64, device=device)

    expected = [start + i * gap for i in range(steps)]
    assert (call, single.tolist(), single.dtype) == (call, expected, torch.float32)
    assert (call, double.tolist(), double.dtype) == (call, expected, torch.float64)
    assert (call, np.linspace(*call).tolist()) == (call, expected)


@claim("tensor.linspace.ends-bit-exact", see="generated/torch.linspace", since="2.0")
@pytest.mark.parametrize(
    ("start", "end", "steps", "dtype"),
    [
        (-4, -1, 16, torch.float32),
        (-9, -3, 16, torch.float32),
        (4, 2, 24, torch.float64),
        (5, 4, 24, torch.float64),
    ],
    ids=["up", "up-more", "down", "down-less"],
)
def test_both_ends_of_linspace_are_exact(device, start, end, steps, dtype):
    """The first and the last element are the two ends exactly, in many steps too."""
    t = torch.linspace(start, end, steps, dtype=dtype, device=device)

    assert (t[0].item(), t[-1].item()) == (start, end)
    assert (t.shape, t.dtype) == ((steps,), dtype)


@claim(
    "tensor.linspace.any-ends-bit-exact", see="generated/torch.linspace", since="2.0"
)
@given(
    start=st.integers(-9, 9).map(lambda n: n / 10),
    end=st.integers(-9, 9).map(lambda n: n / 10),
    steps=st.sampled_from([16, 2, 24, 64, 3, 1000]),
)
@example(start=-4, end=-1, steps=16)
@example(start=4, end=2, steps=24)
def test_any_ends_of_linspace_are_exact(device, start, end, steps):
    """For any ends and two steps or more, the first and the last element are the start
    and the end, rounded once to the dtype.
    """
    call = start, end, steps

    single = torch.linspace(*call, device=device)
    double = torch.linspace(*call, dtype=torch.float64, device=device)

    ends = torch.tensor([start, end], dtype=torch.float32).tolist()
    assert (call, single[:: steps - 1].tolist()) == (call, ends)
    assert (call, double[:: steps - 1].tolist()) == (call, [start, end])


@claim("tensor.linspace.inner-elements", see="generated/torch.linspace")
def test_the_inner_elements_of_linspace_are_a_few_roundings_off(device):
    """Where the distances are no exact floats, each element is a few roundings from the
    exact one, at most 2**-22 of its size in float32 and 2**-51 in float64: no error
    adds up.
    """
    t = torch.linspace(0, 1, 101, device=device)
    double = torch.linspace(0, 1, 101, dtype=torch.float64, device=device)

    exact = [i / 100 for i in range(101)]
    assert t.tolist() == pytest.approx(exact, rel=2**-22, abs=0)
    assert double.tolist() == pytest.approx(exact, rel=2**-51, abs=0)
    assert (t.shape, t.dtype, double.dtype) == ((101,), torch.float32, torch.float64)


@claim("tensor.linspace.edge-steps", see="generated/torch.linspace")
@pytest.mark.parametrize(
    ("make", "first"),
    [
        (lambda steps, **kind: torch.linspace(4, 10, steps, **kind), 4),
        (lambda steps, **kind: torch.logspace(2, 3, steps, base=2, **kind), 4),
        (lambda steps, **kind: torch.logspace(2, 3, steps, **kind), 100),
    ],
    ids=["linspace", "logspace-base-2", "logspace"],
)
def test_one_step_is_the_start_and_no_step_is_nothing(device, make, first):
    """Of one step linspace() and logspace() have the first element, and not the last;
    of none they are empty; of a negative number they raise a RuntimeError.
    """
    one, none = make(1, device=device), make(0, device=device)

    assert (one.tolist(), one.shape, one.dtype) == ([first], (1,), torch.float32)
    assert (none.tolist(), none.shape, none.dtype) == ([], (0,), torch.float32)
    with pytest.raises(RuntimeError, match="number of steps must be non-negative"):
        make(-1, device=device)


@claim("tensor.linspace.steps-required", see="generated/torch.linspace")
def test_linspace_has_no_default_number_of_steps(device):
    """linspace() without steps, or with steps that are no int, raises a TypeError."""
    with pytest.raises(TypeError, match=r"linspace\(\).*(steps|invalid combination)"):
        torch.linspace(0, 10)
    with pytest.raises(TypeError, match=r"linspace\(\).*(steps|invalid combination)"):
        torch.linspace(start=0, end=10, device=device)
    with pytest.raises(TypeError, match=r"linspace\(\).*(steps|invalid combination)"):
        torch.linspace(0, 10, 5.0, device=device)
    with pytest.raises(TypeError, match=r"linspace\(\).*(steps|invalid combination)"):
        torch.linspace(0, 10, None, device=device)


@claim("tensor.linspace.dtype", see="generated/torch.linspace")
def test_linspace_makes_floats_of_ints(device):
    """Of real ends, ints too, linspace() has the default dtype, and of complex ends the
    complex dtype that goes with it; dtype= takes precedence.
    """
    ints = torch.linspace(0, 10, 3, device=device)
    planes = torch.linspace(0, 2j, 3, device=device)
    halves = torch.linspace(0, 1, 3, dtype=torch.float16, device=device)
    wide = torch.linspace(0, 1, 3, dtype=torch.complex128, device=device)
    with default_dtype(torch.float64):
        double = torch.linspace(0, 10, 3, device=device)
        double_plane = torch.linspace(0, 2j, 3, device=device)

    assert (repr(ints.tolist()), ints.dtype) == ("[0.0, 5.0, 10.0]", torch.float32)
    assert (planes.tolist(), planes.dtype) == ([0, 1j, 2j], torch.complex64)
    assert (halves.tolist(), halves.dtype) == ([0, 0.5, 1], torch.float16)
    assert (wide.tolist(), wide.dtype) == ([0, 0.5, 1], torch.complex128)
    assert (double.tolist(), double.dtype) == ([0, 5, 10], torch.float64)
    assert double_plane.dtype is torch.complex128


@claim("tensor.linspace.integer-dtype", see="generated/torch.linspace")
def test_an_integer_linspace_cuts_off_fractions(device):
    """With an integer dtype, the ends are cut off toward zero first, and then each
    element between them, so that their distances may differ, and both ends are there.
    """
    calls = [
        *((0, 10, 4), (10, 0, 4), (-1, 1, 4), (0, 1, 5), (0, 9, 10)),
        *((0.75, 3.75, 3), (-0.75, 3.75, 3)),
    ]

    tensors = [
        torch.linspace(*call, dtype=torch.int64, device=device) for call in calls
    ]

    assert [t.tolist() for t in tensors] == [
        [0, 3, 6, 10],
        [10, 6, 3, 0],
        [-1, 0, 0, 1],
        [0, 0, 0, 0, 1],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [0, 1, 3],
        [0, 1, 3],
    ]
    assert [t.dtype for t in tensors] == [torch.int64] * 7


@claim("tensor.linspace.ends-in-tensors", see="generated/torch.linspace")
def test_linspace_takes_ends_from_tensors_without_dimensions(device):
    """A tensor without dimensions is taken as a number, whatever its dtype."""
    start = torch.tensor(0, device=device)
    end = torch.tensor(4.0, dtype=torch.float16, device=device)

    both = torch.linspace(start, end, 3, device=device)
    one = torch.linspace(start, 4, 3, device=device)

    assert (both.tolist(), both.dtype) == ([0, 2, 4], torch.float32)
    assert (one.tolist(), one.dtype) == ([0, 2, 4], torch.float32)


@claim(
    "tensor.linspace.ends-with-dimensions-type-error",
    see="generated/torch.linspace",
    until="2.2.0",
)
def test_linspace_refuses_ends_with_dimensions_as_of_another_type(device):
    """A tensor with dimensions as an end of linspace() raises a TypeError that asks for
    a number.
    """
    with pytest.raises(TypeError, match=r"'start' .* must be Number, not Tensor"):
        torch.linspace(torch.zeros(1, device=device), 4, 3, device=device)
    with pytest.raises(TypeError, match=r"'end' .* must be Number, not Tensor"):
        torch.linspace(0, torch.zeros(1, device=device), 3, device=device)


@claim(
    "tensor.linspace.ends-with-dimensions",
    see="generated/torch.linspace",
    since="2.2.0",
)
def test_linspace_refuses_ends_with_dimensions(device):
    """A tensor with dimensions as an end of linspace() raises a RuntimeError that says
    how many dimensions it has.
    """
    with pytest.raises(RuntimeError, match=r"0-dimensional .* got start with 1 dim"):
        torch.linspace(torch.zeros(1, device=device), 4, 3, device=device)
    with pytest.raises(RuntimeError, match=r"0-dimensional .* got end with 1 dim"):
        torch.linspace(0, torch.zeros(1, device=device), 3, device=device)


@claim("tensor.linspace.kinds-refused", see="generated/torch.linspace")
def test_linspace_has_no_bools_and_makes_nothing_complex_real(device):
    """A bool dtype raises a RuntimeError, and so does a real dtype for complex ends."""
    with pytest.raises(RuntimeError, match="not implemented for 'Bool'"):
        torch.linspace(0, 1, 2, dtype=torch.bool, device=device)
    with pytest.raises(
        RuntimeError, match="can't be safely cast to passed dtype Float"
    ):
        torch.linspace(0, 1j, 2, dtype=torch.float32, device=device)


@claim("tensor.linspace.out-and-grad", see="generated/torch.linspace")
def test_linspace_and_logspace_fill_a_part_of_a_tensor(device):
    """An out of the right shape keeps its strides and its storage; requires_grad=True
    makes a leaf.
    """
    base = torch.full((6,), 9.0, device=device)

    result = torch.linspace(0, 4, 3, out=base[::2])
    powers = torch.logspace(0, 2, 3, base=2, out=base[1::2])
    line = torch.linspace(0, 1, 2, requires_grad=True, device=device)
    curve = torch.logspace(0, 1, 2, requires_grad=True, device=device)

    assert base.tolist() == [0, 1, 2, 2, 4, 4]
    assert (result.tolist(), result.stride()) == ([0, 2, 4], (2,))
    assert (result.requires_grad, base.requires_grad) == (False, False)
    assert (powers.tolist(), powers.requires_grad) == ([1, 2, 4], False)
    assert (line.requires_grad, line.is_leaf) == (True, True)
    assert (curve.requires_grad, curve.is_leaf) == (True, True)


# --- logspace() -----------------------------------------------------------------------


@claim("tensor.logspace.base-ten", see="generated/torch.logspace")
def test_logspace_goes_from_one_power_to_another(device):
    """logspace() goes from 10**start to 10**end, both included, with equal ratios
    between neighbours: start and end are exponents. Powers of 10 may be off by a few
    roundings.
    """
    up = torch.logspace(0, 2, 3, device=device)
    keyword = torch.logspace(start=0, end=4, steps=3, device=device)
    double = torch.logspace(-1, 1, 3, dtype=torch.float64, device=device)

    assert up.tolist() == pytest.approx([1, 10, 100], rel=2**-21)
    assert (up.dtype, up.shape, up.stride()) == (torch.float32, (3,), (1,))
    assert (up.device, up.requires_grad, up.is_leaf) == (device, False, True)
    assert keyword.tolist() == pytest.approx([1, 100, 10000], rel=2**-21)
    assert double.tolist() == pytest.approx([0.1, 1, 10], rel=2**-50)
    assert (double.dtype, double.shape) == (torch.float64, (3,))


@claim("tensor.logspace.power-of-linspace", see="generated/torch.logspace")
@given(
    start=st.integers(-6, 6),
    end=st.integers(-6, 6),
    steps=st.integers(0, 5),
    base=st.sampled_from([4, 2, 1, 0.25]),
)
def test_logspace_is_base_to_the_power_of_linspace(device, start, end, steps, base):
    """The elements of logspace() are base ** x for each x of linspace() with the same
    arguments, as in NumPy, to within the rounding of float64.
    """
    call = start, end, steps
    powers = [float(base) ** float(x) for x in linspace(*call)]

    t = torch.logspace(*call, base=base, dtype=torch.float64, device=device)

    assert (call, base, t.dtype, t.shape) == (call, base, torch.float64, (steps,))
    assert t.tolist() == pytest.approx(powers, rel=1e-14, abs=0)
    assert np.logspace(*call, base=base).tolist() == pytest.approx(
        powers, rel=1e-14, abs=0
    )


@claim("tensor.logspace.base", see="generated/torch.logspace")
def test_logspace_takes_another_base(device):
    """base= is the number that is raised to the powers; it may also come fourth."""
    calls = [
        ((0, 3, 4), 2),
        ((3, 0, 4), 2),
        ((-2, 1, 4), 2),
        ((0, 1.5, 4), 4),
        ((0, 3, 4), 1),
        ((0, 3, 4), 0.5),
        ((1, 4, 4), -2),
    ]

    keyword = [torch.logspace(*call, base=base, device=device) for call, base in calls]
    fourth = [torch.logspace(*call, base, device=device) for call, base in calls]

    elements = [
        [1, 2, 4, 8],
        [8, 4, 2, 1],
        [0.25, 0.5, 1, 2],
        [1, 2, 4, 8],
        [1, 1, 1, 1],
        [1, 0.5, 0.25, 0.125],
        [-2, 4, -8, 16],
    ]
    assert [t.tolist() for t in keyword] == elements
    assert [t.tolist() for t in fourth] == elements
    assert [t.dtype for t in keyword + fourth] == [torch.float32] * 14


@claim("tensor.logspace.base-e", see="generated/torch.logspace")
def test_logspace_to_the_base_e_is_the_exponential(device):
    """With base=math.e the elements are those of exp(), to within the rounding of
    float64.
    """
    t = torch.logspace(-1, 1, 3, base=math.e, dtype=torch.float64, device=device)

    assert t.tolist() == pytest.approx([math.exp(-1), 1, math.e], rel=1e-15, abs=0)


@claim("tensor.logspace.dtype", see="generated/torch.logspace")
def test_logspace_overflows_to_infinity_and_takes_integers(device):
    """The default dtype is that of floats also for ints, and powers beyond it are
    infinite; an integer or complex dtype is taken, and an integer one cuts off the
    fractions of the two exponents first.
    """
    large = torch.logspace(0, 50, 2, device=device)
    double = torch.logspace(0, 50, 2, dtype=torch.float64, device=device)
    ints = torch.logspace(0, 3, 4, base=2, dtype=torch.int64, device=device)
    cut = torch.logspace(0.5, 1.5, 2, base=4, dtype=torch.int64, device=device)
    plane = torch.logspace(0, 2, 2, base=2, dtype=torch.complex64, device=device)

    assert (large.tolist(), large.dtype) == ([1, math.inf], torch.float32)
    assert double.tolist() == pytest.approx([1, 1e50], rel=1e-14)
    assert (ints.tolist(), ints.dtype) == ([1, 2, 4, 8], torch.int64)
    assert (cut.tolist(), cut.dtype) == ([1, 4], torch.int64)
    assert (plane.tolist(), plane.dtype) == ([1, 4], torch.complex64)


@claim("tensor.logspace.steps-required", see="generated/torch.logspace")
def test_logspace_has_no_default_number_of_steps(device):
    """logspace() without steps raises a TypeError, and so do steps that are no int; the
    base has a default, 10.
    """
    with pytest.raises(TypeError, match=r"logspace\(\).*(steps|invalid combination)"):
        torch.logspace(0, 2)
    with pytest.raises(TypeError, match=r"logspace\(\).*(steps|invalid combination)"):
        torch.logspace(0, 2, base=10.0, device=device)
    with pytest.raises(TypeError, match=r"logspace\(\).*(steps|invalid combination)"):
        torch.logspace(0, 2, 3.0, device=device)
    assert torch.logspace(0, 2, 2, device=device).round().tolist() == [1, 100]


# --- randperm() -----------------------------------------------------------------------


@claim("tensor.randperm.is-a-permutation", see="generated/torch.randperm")
@pytest.mark.parametrize("n", [0, 1, 2, 50], ids=["none", "one", "two", "fifty"])
def test_randperm_has_each_number_once(device, n):
    """randperm(n) is a one-dimensional int64 tensor with each of 0 to n - 1 in it once,
    and can index another tensor.
    """
    letters = torch.arange(100, 100 + n, device=device)

    order = torch.randperm(n, device=device)
    shuffled = letters[order]

    assert (order.shape, order.dtype, order.device) == ((n,), torch.int64, device)
    assert sorted(order.tolist()) == list(range(n))
    assert shuffled.tolist() == [100 + i for i in order.tolist()]
    assert (order.requires_grad, order.is_contiguous()) == (False, True)


@claim("tensor.randperm.generator", see="generated/torch.randperm")
def test_randperm_draws_from_torchs_generator_or_the_one_given(device):
    """The order is drawn from torch's generator, so that the same seed gives the same
    one; with generator= it is drawn from that, and torch's own is not advanced.
    """
    generator = torch.Generator(device=device)
    torch.manual_seed(7)
    undisturbed = torch.randperm(50, device=device).tolist()
    following = torch.randperm(50, device=device).tolist()

    generator.manual_seed(3)
    first = torch.randperm(50, generator=generator, device=device).tolist()
    generator.manual_seed(3)
    torch.manual_seed(7)
    again = torch.randperm(50, generator=generator, device=device).tolist()
    after = torch.randperm(50, device=device).tolist()

    assert again == first != undisturbed
    assert after == undisturbed != following
    assert sorted(following) == list(range(50)) != following


@claim("tensor.randperm.not-random-shuffle", see="generated/torch.randperm")
def test_randperm_is_not_pythons_shuffle(device):
    """Python's random.shuffle() works in place and returns None, so that it is never
    equal to a permutation; and its seed has no effect on randperm().
    """
    numbers = list(range(50))
    torch.manual_seed(7)
    random.seed(1)
    first = torch.randperm(50, device=device).tolist()
    random.seed(1)
    second = torch.randperm(50, device=device).tolist()
    torch.manual_seed(7)
    random.seed(2)
    third = torch.randperm(50, device=device).tolist()

    shuffled = random.shuffle(numbers)

    assert shuffled is None
    assert sorted(numbers) == list(range(50)) != numbers
    assert sorted(second) == list(range(50))
    assert (second != first, third) == (True, first)

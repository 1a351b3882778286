"""Random tensors.

Random numbers come from a generator: a state that gives the next numbers and moves on.
Equal states give equal numbers, so a seed repeats a whole run of draws; every device
has a generator of its own, and a torch.Generator is one more, apart from it. Which
numbers a seed gives differs between releases and devices and is no promise. What holds
of every draw are its shape, its dtype and its range, and with a probability of 0 or 1
or a deviation of 0 even its value.

It is commonly believed that torch.normal fills in a mean of 0 beside a tensor of
deviations; it wants the mean. Nor do randint_like and bernoulli give integers or bools:
both keep a dtype, that of their input.

Where a claim is about a distribution, many numbers are drawn, and the bounds are at
least eight standard errors wide: a draw outside them is no bad luck.
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torch_semantics import claim
from torch_semantics.words import shares_storage

FLOATS = pytest.mark.parametrize(
    "dtype",
    [torch.float16, torch.bfloat16, torch.float32, torch.float64],
    ids=["float16", "bfloat16", "float32", "float64"],
)

# Every way to draw that this chapter is about, with or without a generator.
DRAWS = pytest.mark.parametrize(
    "draw",
    [
        lambda x, **options: torch.rand(4, 3, device=x.device, **options),
        lambda x, **options: torch.randn(4, 3, device=x.device, **options),
        lambda x, **options: torch.randint(
            2**40, (4, 3), dtype=torch.int64, device=x.device, **options
        ),
        lambda x, **options: torch.randperm(40, device=x.device, **options),
        lambda x, **options: torch.normal(0.0, 1.0, (4, 3), device=x.device, **options),
        lambda x, **options: torch.normal(x, 1.0, **options),
        lambda x, **options: torch.normal(0.0, x, **options),
        lambda x, **options: torch.normal(x, x, **options),
        lambda x, **options: torch.bernoulli(x, **options),
        lambda x, **options: torch.bernoulli(x, 0.5, **options),
        lambda x, **options: torch.multinomial(x, 2, **options),
    ],
    ids=[
        "rand",
        "randn",
        "randint",
        "randperm",
        "normal-two-numbers",
        "normal-tensor-mean",
        "normal-tensor-std",
        "normal-two-tensors",
        "bernoulli",
        "bernoulli-number",
        "multinomial",
    ],
)


# --- seeds and generators -------------------------------------------------------------


@claim("tensor.random.equal-seeds-equal-draws", see="notes/randomness")
@DRAWS
def test_the_same_seed_gives_the_same_numbers(draw, device):
    """With the generator seeded with the same number again, every way of drawing
    repeats the same draws one after the other, of which each is another.
    """
    halves = torch.full((40, 3), 0.5, device=device)
    generator = torch.Generator(device)

    generator.manual_seed(7)
    first, second = draw(halves, generator=generator), draw(halves, generator=generator)
    generator.manual_seed(7)
    again, next_ = draw(halves, generator=generator), draw(halves, generator=generator)

    assert (again.tolist(), again.dtype) == (first.tolist(), first.dtype)
    assert (next_.tolist(), next_.dtype) == (second.tolist(), second.dtype)
    assert first.tolist() != second.tolist()
    assert halves.tolist() == [[0.5, 0.5, 0.5]] * 40


@claim("tensor.random.default-generator", see="torch#random-sampling")
@DRAWS
def test_without_a_generator_numbers_come_from_the_default_one(draw):
    """On the CPU a draw without ``generator=`` takes its numbers from
    ``torch.default_generator``, which gives the same ones after a seed as any other.
    """
    halves = torch.full((40, 3), 0.5, device="cpu")

    torch.default_generator.manual_seed(7)
    first, second = draw(halves), draw(halves)
    generator = torch.Generator("cpu").manual_seed(7)
    others = [draw(halves, generator=generator), draw(halves, generator=generator)]

    assert [x.tolist() for x in others] == [first.tolist(), second.tolist()]
    assert first.tolist() != second.tolist()
    assert halves.tolist() == [[0.5, 0.5, 0.5]] * 40


@claim("tensor.random.generator-is-apart", see="generated/torch.Generator")
@DRAWS
def test_a_draw_from_a_generator_leaves_the_default_one_alone(draw):
    """On the CPU a draw with ``generator=`` moves the state of that generator on, and
    leaves that of the default one as it was; without it is the other way round.
    """
    halves = torch.full((40, 3), 0.5, device="cpu")
    generator = torch.Generator("cpu").manual_seed(7)

    own, default = generator.get_state(), torch.get_rng_state()
    draw(halves, generator=generator)
    own_after, default_after = generator.get_state(), torch.get_rng_state()
    draw(halves)
    own_last, default_last = generator.get_state(), torch.get_rng_state()

    assert (own.equal(own_after), default.equal(default_after)) == (False, True)
    assert (own_last.equal(own_after), default_last.equal(default)) == (True, False)
    assert halves.tolist() == [[0.5, 0.5, 0.5]] * 40


@claim("tensor.random.fills-take-a-generator", see="torch#in-place-random-sampling")
@pytest.mark.parametrize(
    "fill",
    [
        lambda x, **options: x.uniform_(**options),
        lambda x, **options: x.normal_(**options),
        lambda x, **options: x.random_(**options),
        lambda x, **options: x.exponential_(**options),
        lambda x, **options: x.bernoulli_(**options),
        lambda x, **options: x.geometric_(0.5, **options),
        lambda x, **options: x.cauchy_(**options),
        lambda x, **options: x.log_normal_(**options),
    ],
    ids=[
        "uniform_",
        "normal_",
        "random_",
        "exponential_",
        "bernoulli_",
        "geometric_",
        "cauchy_",
        "log_normal_",
    ],
)
def test_methods_that_fill_take_their_numbers_from_a_generator(fill):
    """On the CPU the random methods that end in _ draw from the generator they are
    given, and else from the default one, with the same numbers after the same seed.
    """
    x = torch.zeros(40, device="cpu")
    generator = torch.Generator("cpu").manual_seed(7)
    before = torch.get_rng_state()

    first = fill(x, generator=generator).tolist()
    second = fill(x, generator=generator).tolist()
    untouched = torch.get_rng_state().equal(before)
    torch.default_generator.manual_seed(7)
    defaults = [fill(x).tolist(), fill(x).tolist()]

    assert defaults == [first, second]
    assert (untouched, first != second) == (True, True)


@claim("tensor.random.generator-is-apart-on-accelerators", see="notes/randomness")
def test_a_draw_from_a_generator_leaves_that_of_the_accelerator_alone(accelerator):
    """On an accelerator too, a draw with ``generator=`` leaves the device's own
    generator where it was, and a seed gives the same numbers with both.
    """
    generator = torch.Generator(accelerator)

    torch.manual_seed(1)
    expected = torch.rand(8, device=accelerator)
    torch.manual_seed(1)
    drawn = torch.rand(8, device=accelerator, generator=generator.manual_seed(7))
    following = torch.rand(8, device=accelerator)
    same = torch.rand(8, device=accelerator, generator=generator.manual_seed(1))

    assert following.tolist() == expected.tolist() == same.tolist()
    assert drawn.tolist() != expected.tolist()


@claim("tensor.random.seeds-differ", see="notes/randomness")
def test_another_seed_gives_other_numbers(device):
    """Neighbouring seeds give different numbers, and each gives its own again."""
    generator = torch.Generator(device)

    generator.manual_seed(7)
    one = torch.rand(8, generator=generator, device=device).tolist()
    generator.manual_seed(8)
    neighbour = torch.rand(8, generator=generator, device=device).tolist()
    generator.manual_seed(7)
    again = torch.rand(8, generator=generator, device=device).tolist()
    generator.manual_seed(8)
    neighbour_again = torch.rand(8, generator=generator, device=device).tolist()

    assert (again, neighbour_again) == (one, neighbour)
    assert one != neighbour


@claim("tensor.generator.seed", see="generated/torch.Generator")
def test_a_generator_knows_its_seed(device):
    """``manual_seed`` returns the generator itself, ``initial_seed()`` says the last
    seed, also after draws, and ``seed()`` takes a new one and returns it.
    """
    generator = torch.Generator(device)

    returned = generator.manual_seed(7)
    torch.rand(3, generator=generator, device=device)
    seed = generator.initial_seed()
    new = generator.seed()

    assert returned is generator
    assert (seed, type(new)) == (7, int)
    assert generator.initial_seed() == new != 7
    assert generator.device.type == device.type


@claim("tensor.generator.accepted-seeds", see="generated/torch.Generator")
def test_a_generator_takes_seeds_of_64_bits():
    """A seed is a whole number of 64 bits: a negative one counts from 2**64 down, and
    a float raises a RuntimeError and leaves the seed as it was.
    """
    generator = torch.Generator("cpu")

    negative = generator.manual_seed(-1).initial_seed()
    largest = generator.manual_seed(2**64 - 1).initial_seed()

    assert (negative, largest) == (2**64 - 1, 2**64 - 1)
    with pytest.raises(RuntimeError, match="expected a long, but got float"):
        generator.manual_seed(1.5)
    assert generator.initial_seed() == 2**64 - 1


@claim(
    "tensor.generator.seed-beyond-64-bits-runtime-error",
    see="generated/torch.Generator",
    until="2.9",
)
def test_a_seed_beyond_64_bits_is_a_runtime_error():
    """A seed of more than 64 bits raises a RuntimeError, and the seed stays."""
    generator = torch.Generator("cpu").manual_seed(7)

    with pytest.raises(RuntimeError, match="Overflow when unpacking long"):
        generator.manual_seed(2**64)

    assert generator.initial_seed() == 7


@claim(
    "tensor.generator.seed-beyond-64-bits",
    see="generated/torch.Generator",
    since="2.9",
)
def test_a_seed_beyond_64_bits_is_a_value_error():
    """A seed of more than 64 bits raises a ValueError, and the seed stays."""
    generator = torch.Generator("cpu").manual_seed(7)

    with pytest.raises(ValueError, match="Overflow when unpacking long"):
        generator.manual_seed(2**64)

    assert generator.initial_seed() == 7


@claim(
    "tensor.generator.low-bits-of-the-seed",
    see="generated/torch.Generator",
    level="observed",
)
def test_seeds_that_end_in_the_same_bits_give_the_same_numbers():
    """On the CPU only the last 32 bits of a seed decide the numbers, although the whole
    seed is kept.
    """
    short = torch.Generator("cpu").manual_seed(7)
    long = torch.Generator("cpu").manual_seed(2**32 + 7)

    numbers = torch.rand(8, generator=short), torch.rand(8, generator=long)

    assert numbers[0].tolist() == numbers[1].tolist()
    assert (short.initial_seed(), long.initial_seed()) == (7, 2**32 + 7)


@claim("tensor.generator.unseeded", see="generated/torch.Generator")
def test_new_generators_begin_alike(device):
    """A generator that was never seeded begins in the same state as every other new
    one: it does not begin at random.
    """
    one, other = torch.Generator(device), torch.Generator(device)

    a = torch.rand(8, generator=one, device=device)
    b = torch.rand(8, generator=other, device=device)

    assert a.tolist() == b.tolist()
    assert one.initial_seed() == other.initial_seed() == 67280421310721


@claim("tensor.generator.state-repeats", see="generated/torch.Generator")
def test_a_state_that_is_put_back_repeats_the_draws_after_it(device):
    """``get_state()`` is a copy of the state at that moment as a uint8 tensor on the
    CPU; ``set_state()`` puts it back, in this generator or another.
    """
    generator = torch.Generator(device).manual_seed(7)
    other = torch.Generator(device)
    torch.rand(3, generator=generator, device=device)

    state = generator.get_state()
    before = state.tolist()
    first = torch.rand(8, generator=generator, device=device)
    after = state.tolist()
    generator.set_state(state)
    other.set_state(state)

    assert (state.dtype, state.device.type, state.dim()) == (torch.uint8, "cpu", 1)
    assert after == before
    assert generator.get_state().tolist() == before
    again = torch.rand(8, generator=generator, device=device)
    elsewhere = torch.rand(8, generator=other, device=device)
    assert (again.tolist(), elsewhere.tolist()) == (first.tolist(), first.tolist())


@claim("tensor.generator.state-refuses", see="generated/torch.Generator")
def test_a_generator_refuses_what_is_no_state():
    """``set_state()`` raises for a tensor of another dtype, a tensor of another length
    and a list, and the generator stays where it was.
    """
    generator = torch.Generator("cpu").manual_seed(7)
    before = generator.get_state().tolist()

    with pytest.raises(TypeError, match=r"must be a torch.ByteTensor"):
        generator.set_state(torch.zeros(5056))
    with pytest.raises(
        RuntimeError, match="but found the input RNG state size to be 3"
    ):
        generator.set_state(torch.zeros(3, dtype=torch.uint8))
    with pytest.raises(TypeError, match=r"expected a torch.ByteTensor, but got list"):
        generator.set_state([1, 2, 3])

    assert generator.get_state().tolist() == before


@claim("tensor.generator.advances-with-every-draw", see="generated/torch.Generator")
def test_a_draw_of_elements_moves_the_state_and_a_draw_of_none_does_not():
    """On the CPU every draw of at least one element moves the generator on, even where
    the value is certain; drawing no elements leaves its state as it is.
    """
    generator = torch.Generator("cpu").manual_seed(7)

    start = generator.get_state()
    torch.rand(0, generator=generator)
    after_none = generator.get_state()
    torch.rand(1, generator=generator)
    after_one = generator.get_state()
    torch.randint(5, 6, (2,), generator=generator)
    after_certain = generator.get_state()
    torch.normal(0.0, 0.0, (2,), generator=generator)
    end = generator.get_state()

    assert after_none.equal(start)
    assert not after_one.equal(start)
    assert not after_certain.equal(after_one)
    assert not end.equal(after_certain)


@claim("tensor.generator.refused-draws", see="generated/torch.Generator")
def test_a_draw_that_is_refused_takes_no_number():
    """``randint``, ``normal`` and ``rand`` look at range, deviation and dtype before
    they draw: where they refuse them the generator stays where it was.
    """
    generator = torch.Generator("cpu").manual_seed(7)
    before = generator.get_state().tolist()

    with pytest.raises(RuntimeError, match="to be less than 'to'"):
        torch.randint(0, (3,), generator=generator)
    with pytest.raises(RuntimeError, match=r"std >= 0.0"):
        torch.normal(0.0, -1.0, (3,), generator=generator)
    with pytest.raises(RuntimeError, match="not implemented for 'Long'"):
        torch.rand(3, dtype=torch.int64, generator=generator)

    assert generator.get_state().tolist() == before


@claim("tensor.generator.wrong-kind", see="generated/torch.Generator")
def test_a_seed_is_no_generator():
    """``generator=`` takes a torch.Generator: a plain seed raises a TypeError."""
    with pytest.raises(TypeError, match="generator=int"):
        torch.rand(2, generator=7)
    with pytest.raises(TypeError, match="generator=int"):
        torch.bernoulli(torch.tensor([0.5]), generator=7)


@claim("tensor.generator.other-device", see="generated/torch.Generator")
def test_a_generator_serves_only_its_device(cuda):
    """A generator on the CPU is refused where numbers are drawn on CUDA."""
    generator = torch.Generator("cpu")

    with pytest.raises(RuntimeError, match="'cuda' device type for generator"):
        torch.rand(2, device=cuda, generator=generator)


# --- rand -----------------------------------------------------------------------------


@claim("tensor.rand.half-open-unit-interval", see="generated/torch.rand")
@FLOATS
def test_rand_draws_from_zero_up_to_but_not_one(dtype, device):
    """``torch.rand`` draws numbers from 0 up to but not including 1, and some of them
    near either end, in float16 and bfloat16 as in float32 and float64.
    """
    x = torch.rand(20000, dtype=dtype, device=device)

    assert (x.dtype, x.shape, x.requires_grad) == (dtype, (20000,), False)
    numbers = sorted(x.tolist())
    assert 0 <= numbers[0] < 0.05
    assert 0.95 < numbers[-1] < 1


@claim("tensor.rand.moments", see="generated/torch.rand")
def test_rand_draws_evenly(device):
    """The numbers of ``torch.rand`` have the mean 1/2 and the variance 1/12 of the
    uniform distribution.
    """
    numbers = torch.rand(10000, device=device).tolist()

    mean = sum(numbers) / 10000
    variance = sum((number - mean) ** 2 for number in numbers) / 10000

    assert len(numbers) == 10000
    assert abs(mean - 1 / 2) < 0.025
    assert abs(variance - 1 / 12) < 0.008


@claim("tensor.rand.multiples", see="generated/torch.rand")
@pytest.mark.parametrize(
    ("dtype", "steps"),
    [(torch.float32, 2**24), (torch.float64, 2**53)],
    ids=["float32", "float64"],
)
def test_rand_draws_multiples_of_one_step(dtype, steps):
    """On the CPU the numbers of ``torch.rand`` are multiples of 2**-24 in float32 and
    of 2**-53 in float64, odd ones too.
    """
    x = torch.rand(200, dtype=dtype, device="cpu")

    counted = [number * steps for number in x.tolist()]

    assert max(counted) < steps
    assert [int(count) for count in counted] == counted
    assert {int(count) % 2 for count in counted} == {0, 1}


@claim("tensor.rand.sizes", see="generated/torch.rand")
@pytest.mark.parametrize(
    "draw",
    [
        lambda *size, **options: torch.rand(*size, **options),
        lambda *size, **options: torch.randn(*size, **options),
    ],
    ids=["rand", "randn"],
)
def test_the_size_of_random_tensors_is_given_as_for_zeros(draw, device):
    """``rand`` and ``randn`` take the size as numbers, as a tuple, list or torch.Size
    or by keyword: () gives no dimensions, and 0 no elements; the dtype is float32.
    """
    drawn = [
        draw(2, 3, device=device),
        draw((2, 3), device=device),
        draw([2, 3], device=device),
        draw(torch.Size([2, 3]), device=device),
        draw(size=(2, 3), device=device),
        draw((), device=device),
        draw(0, device=device),
        draw(2, 0, device=device),
    ]

    assert [x.shape for x in drawn] == [(2, 3)] * 5 + [(), (0,), (2, 0)]
    assert [x.dtype for x in drawn] == [torch.float32] * 8
    assert [x.device for x in drawn] == [device] * 8
    assert [x.is_contiguous() for x in drawn] == [True] * 8


@claim("tensor.rand.bad-sizes", see="generated/torch.rand")
def test_a_random_tensor_needs_a_size_of_whole_numbers(device):
    """``rand`` and ``randn`` raise a TypeError without a size and for a float, and a
    RuntimeError for a negative size.
    """
    with pytest.raises(TypeError, match=r"rand\(\) received an invalid combination"):
        torch.rand()
    with pytest.raises(TypeError, match=r"rand\(\): argument 'size'"):
        torch.rand(2.0)
    with pytest.raises(RuntimeError, match="negative dimension -1"):
        torch.rand(-1, device=device)
    with pytest.raises(TypeError, match=r"randn\(\) received an invalid combination"):
        torch.randn()
    with pytest.raises(TypeError, match=r"randn\(\): argument 'size'"):
        torch.randn(2.0)
    with pytest.raises(RuntimeError, match="negative dimension -1"):
        torch.randn(2, -1, device=device)


@claim("tensor.rand.default-dtype", see="generated/torch.set_default_dtype")
def test_random_tensors_follow_the_default_dtype(device):
    """Without ``dtype=`` the numbers of ``rand``, ``randn`` and ``normal`` have the
    default dtype, and those of ``randint`` and ``randperm`` are int64 whatever it is.
    """
    torch.set_default_dtype(torch.float64)

    floats = [
        torch.rand(2, device=device),
        torch.randn(2, device=device),
        torch.normal(0.0, 1.0, (2,), device=device),
    ]
    ints = [torch.randint(5, (2,), device=device), torch.randperm(2, device=device)]
    torch.set_default_dtype(torch.float32)

    assert [x.dtype for x in floats] == [torch.float64] * 3
    assert [x.dtype for x in ints] == [torch.int64] * 2


@claim("tensor.rand.integer-dtype-raises", see="generated/torch.rand")
@pytest.mark.parametrize(
    ("dtype", "name"),
    [(torch.int64, "Long"), (torch.uint8, "Byte"), (torch.bool, "Bool")],
    ids=["int64", "uint8", "bool"],
)
def test_fractions_can_not_be_drawn_as_integers(dtype, name, device):
    """``rand``, ``randn`` and their _like forms raise a RuntimeError for integer and
    bool dtypes, also where the dtype is that of the input; ``dtype=`` helps there.
    """
    ints = torch.zeros(2, dtype=dtype, device=device)

    with pytest.raises(RuntimeError, match=f"not implemented for '{name}'"):
        torch.rand(2, dtype=dtype, device=device)
    with pytest.raises(RuntimeError, match=f"not implemented for '{name}'"):
        torch.randn(2, dtype=dtype, device=device)
    with pytest.raises(RuntimeError, match=f"not implemented for '{name}'"):
        torch.rand_like(ints)
    with pytest.raises(RuntimeError, match=f"not implemented for '{name}'"):
        torch.randn_like(ints)
    assert torch.rand_like(ints, dtype=torch.float32).dtype is torch.float32
    assert torch.randn_like(ints, dtype=torch.float64).dtype is torch.float64
    assert ints.tolist() == [0, 0]


@claim("tensor.rand.out", see="generated/torch.rand")
@pytest.mark.parametrize(
    "draw",
    [
        lambda out, **options: torch.rand(2, 3, out=out, **options),
        lambda out, **options: torch.randn(2, 3, out=out, **options),
        lambda out, **options: torch.normal(0.0, 1.0, (2, 3), out=out, **options),
        lambda out, **options: torch.randint(2**20, (2, 3), out=out, **options),
    ],
    ids=["rand", "randn", "normal", "randint"],
)
def test_out_receives_the_numbers_in_its_own_dtype(draw, device):
    """With ``out=`` the numbers are written into that tensor, which keeps its dtype and
    is returned; one without elements is resized.
    """
    doubles = torch.zeros(2, 3, dtype=torch.float64, device=device)
    empty = torch.zeros(0, dtype=torch.float64, device=device)
    generator = torch.Generator(device)

    filled = draw(doubles, generator=generator.manual_seed(7))
    resized = draw(empty, generator=generator.manual_seed(7))

    assert filled is doubles
    assert resized is empty
    assert (doubles.shape, doubles.dtype) == ((2, 3), torch.float64)
    assert (resized.shape, resized.dtype) == ((2, 3), torch.float64)
    assert resized.tolist() == doubles.tolist() != [[0, 0, 0], [0, 0, 0]]
    assert (doubles.requires_grad, resized.requires_grad) == (False, False)


@claim("tensor.rand.requires-grad", see="generated/torch.rand")
def test_random_tensors_are_leaves_that_may_require_gradients(device):
    """With ``requires_grad=True`` a drawn tensor is a leaf that requires gradients,
    and otherwise one that does not; integers raise a RuntimeError.
    """
    plain = torch.rand(2, device=device)
    drawn = [
        torch.rand(2, requires_grad=True, device=device),
        torch.randn(2, requires_grad=True, device=device),
        torch.normal(0.0, 1.0, (2,), requires_grad=True, device=device),
        torch.rand_like(plain, requires_grad=True),
        torch.randn_like(plain, requires_grad=True),
    ]

    assert [(x.requires_grad, x.is_leaf) for x in drawn] == [(True, True)] * 5
    assert (plain.requires_grad, plain.is_leaf) == (False, True)
    with pytest.raises(RuntimeError, match="Only Tensors of floating point"):
        torch.randint(5, (2,), requires_grad=True, device=device)
    with pytest.raises(RuntimeError, match="Only Tensors of floating point"):
        torch.randperm(5, requires_grad=True, device=device)


# --- like another tensor --------------------------------------------------------------


@claim("tensor.rand-like.shape-and-dtype", see="generated/torch.rand_like")
@FLOATS
def test_rand_like_takes_shape_and_dtype_from_its_input(dtype, device):
    """``torch.rand_like`` draws a tensor of the shape, dtype and device of its input,
    uniformly between 0 and 1, and takes over nothing else: neither the elements nor
    that a gradient is required.
    """
    x = torch.full((2, 50), 9.0, dtype=dtype, device=device, requires_grad=True)

    result = torch.rand_like(x)

    assert (result.shape, result.dtype, result.device) == ((2, 50), dtype, device)
    assert (result.requires_grad, result.grad_fn) == (False, None)
    numbers = sorted(number for row in result.tolist() for number in row)
    assert 0 <= numbers[0] < 0.5 < numbers[-1] < 1
    assert not shares_storage(result, x)
    assert x.tolist() == [[9] * 50] * 2


@claim("tensor.randn-like.shape-and-dtype", see="generated/torch.randn_like")
@FLOATS
def test_randn_like_takes_shape_and_dtype_from_its_input(dtype, device):
    """``torch.randn_like`` draws a tensor of the shape, dtype and device of its input
    from the standard normal distribution, whatever the elements of the input are.
    """
    x = torch.full((20, 50), 9.0, dtype=dtype, device=device, requires_grad=True)

    result = torch.randn_like(x)

    assert (result.shape, result.dtype, result.device) == ((20, 50), dtype, device)
    assert (result.requires_grad, result.grad_fn) == (False, None)
    numbers = [number for row in result.tolist() for number in row]
    assert abs(sum(numbers)) < 260
    assert abs(sum(number**2 for number in numbers) - 1000) < 360
    assert x.tolist() == [[9] * 50] * 20


@claim("tensor.rand-like.same-as-the-size", see="generated/torch.rand_like")
def test_the_like_forms_draw_what_their_plain_forms_draw():
    """On the CPU, ``rand_like``, ``randn_like`` and ``randint_like`` of a contiguous
    tensor draw from a seed what ``rand``, ``randn`` and ``randint`` of its size do.
    """
    x = torch.zeros(2, 3, device="cpu")
    ints = torch.zeros(2, 3, dtype=torch.int64, device="cpu")

    torch.default_generator.manual_seed(7)
    like = torch.rand_like(x), torch.randn_like(x), torch.randint_like(ints, 3, 999)
    generator = torch.Generator("cpu").manual_seed(7)
    rand = torch.rand(2, 3, generator=generator)
    randn = torch.randn(2, 3, generator=generator)
    randint = torch.randint(3, 999, (2, 3), generator=generator)

    assert [y.tolist() for y in like] == [
        rand.tolist(),
        randn.tolist(),
        randint.tolist(),
    ]
    assert [y.dtype for y in like] == [torch.float32, torch.float32, torch.int64]
    assert (x.tolist(), ints.tolist()) == ([[0] * 3] * 2, [[0] * 3] * 2)


@claim("tensor.rand-like.strides", see="generated/torch.rand_like")
@pytest.mark.parametrize(
    "draw",
    [
        lambda x, **options: torch.rand_like(x, **options),
        lambda x, **options: torch.randn_like(x, **options),
        lambda x, **options: torch.randint_like(x, 9, **options),
    ],
    ids=["rand_like", "randn_like", "randint_like"],
)
def test_the_like_forms_keep_dense_strides(draw, device):
    """The strides of a transposed input are kept unless
    ``memory_format=torch.contiguous_format`` is given; a sliced or expanded input gives
    a contiguous tensor.
    """
    columns = torch.zeros(2, 3, device=device).t()
    sliced = torch.zeros(2, 4, device=device)[:, ::2]
    expanded = torch.zeros(1, device=device).expand(3)

    kept = draw(columns)
    asked = draw(columns, memory_format=torch.contiguous_format)

    assert (kept.shape, kept.stride()) == ((3, 2), (1, 3))
    assert (asked.shape, asked.stride()) == ((3, 2), (2, 1))
    assert draw(sliced).stride() == (2, 1)
    assert draw(expanded).stride() == (1,)
    assert (columns.stride(), sliced.stride(), expanded.stride()) == (
        (1, 3),
        (4, 2),
        (0,),
    )


@claim("tensor.rand-like.zero-dim-and-empty", see="generated/torch.rand_like")
def test_the_like_forms_take_scalars_and_empty_tensors(device):
    """An input without dimensions gives one number without dimensions, and an input
    without elements gives none; a list instead of a tensor raises a TypeError.
    """
    scalar, empty = torch.tensor(2.0, device=device), torch.ones(0, 3, device=device)

    like_scalar = [torch.rand_like(scalar), torch.randn_like(scalar)]
    like_scalar.append(torch.randint_like(scalar, 5, 6))
    like_empty = [torch.rand_like(empty), torch.randn_like(empty)]
    like_empty.append(torch.randint_like(empty, 5, 6))

    assert [x.shape for x in like_scalar + like_empty] == [()] * 3 + [(0, 3)] * 3
    assert (0 <= like_scalar[0].item() < 1, like_scalar[2].item()) == (True, 5)
    assert (scalar.item(), empty.shape) == (2, (0, 3))
    with pytest.raises(TypeError, match=r"'input' .* must be Tensor, not list"):
        torch.rand_like([1.0])
    with pytest.raises(TypeError, match=r"'input' .* must be Tensor, not list"):
        torch.randn_like([1.0])
    with pytest.raises(TypeError, match=r"randint_like.*(not list|got \(list, int)"):
        torch.randint_like([1.0], 5)


@claim("tensor.rand-like.generator", see="generated/torch.rand_like", since="2.10")
@pytest.mark.parametrize(
    "draw",
    [
        lambda x, **options: torch.rand_like(x, **options),
        lambda x, **options: torch.randn_like(x, **options),
        lambda x, **options: torch.randint_like(x, 2**20, **options),
        lambda x, **options: torch.randint_like(x, 5, 2**20, **options),
    ],
    ids=["rand_like", "randn_like", "randint_like", "randint_like-low"],
)
def test_the_like_forms_take_a_generator(draw, device):
    """``rand_like``, ``randn_like`` and ``randint_like`` draw from the generator they
    are given, repeatably, and leave the default one of the CPU as it is.
    """
    x = torch.zeros(8, device=device)
    generator = torch.Generator(device).manual_seed(7)
    before = torch.get_rng_state().tolist()

    first, second = draw(x, generator=generator), draw(x, generator=generator)
    generator.manual_seed(7)
    again, next_ = draw(x, generator=generator), draw(x, generator=generator)

    assert (again.tolist(), next_.tolist()) == (first.tolist(), second.tolist())
    assert second.tolist() != first.tolist()
    assert (first.shape, first.requires_grad, second.requires_grad) == (
        (8,),
        False,
        False,
    )
    assert x.tolist() == [0] * 8
    assert torch.get_rng_state().tolist() == before


# --- randn ----------------------------------------------------------------------------


@claim("tensor.randn.standard-normal", see="generated/torch.randn")
def test_randn_draws_from_the_standard_normal_distribution(device):
    """``torch.randn`` draws with mean 0 and variance 1; about 68 in 100 numbers lie
    between -1 and 1, as many below 0 as above, and a few beyond -3 and 3.
    """
    x = torch.randn(10000, device=device)

    assert (x.shape, x.dtype, x.requires_grad) == ((10000,), torch.float32, False)
    numbers = x.tolist()
    assert abs(sum(numbers)) < 800
    assert abs(sum(number**2 for number in numbers) - 10000) < 1200
    assert abs(sum(-1 < number < 1 for number in numbers) - 6827) < 400
    assert abs(sum(number > 0 for number in numbers) - 5000) < 400
    assert (min(numbers) < -3, max(numbers) > 3) == (True, True)


@claim("tensor.randn.complex-variance-one", see="generated/torch.randn")
def test_complex_numbers_share_the_variance_between_their_parts(device):
    """Complex numbers of ``torch.randn`` have variance 1, half of it in the real part
    and half in the imaginary part.
    """
    z = torch.randn(10000, dtype=torch.complex64, device=device)

    assert (z.dtype, z.shape) == (torch.complex64, (10000,))
    numbers = z.tolist()
    assert abs(sum(number.real**2 for number in numbers) - 5000) < 600
    assert abs(sum(number.imag**2 for number in numbers) - 5000) < 600
    assert abs(sum(numbers)) < 1000


@claim("tensor.randn.is-normal-with-zero-and-one", see="generated/torch.randn")
def test_randn_is_normal_with_mean_zero_and_deviation_one(device):
    """From the same seed ``torch.randn`` draws what ``torch.normal`` with mean 0 and
    deviation 1 and ``normal_()`` draw.
    """
    x = torch.zeros(8, device=device)
    a, b, c = (torch.Generator(device).manual_seed(7) for _ in range(3))

    randn = torch.randn(8, generator=a, device=device)
    normal = torch.normal(0.0, 1.0, (8,), generator=b, device=device)
    returned = x.normal_(generator=c)

    assert (normal.tolist(), x.tolist()) == (randn.tolist(), randn.tolist())
    assert returned is x


# --- randint --------------------------------------------------------------------------


@claim("tensor.randint.range", see="generated/torch.randint")
def test_randint_draws_every_integer_below_the_upper_bound(device):
    """``torch.randint`` draws integers from ``low``, 0 if left out, up to but not
    including ``high``; all of them turn up, and the dtype is int64.
    """
    from_zero = torch.randint(5, (1000,), device=device)
    from_low = torch.randint(-3, 2, (1000,), device=device)

    assert (from_zero.dtype, from_zero.shape) == (torch.int64, (1000,))
    assert set(from_zero.tolist()) == {0, 1, 2, 3, 4}
    assert set(from_low.tolist()) == {-3, -2, -1, 0, 1}
    assert (from_low.dtype, from_low.shape) == (torch.int64, (1000,))


@claim("tensor.randint.evenly", see="generated/torch.randint")
def test_randint_draws_every_integer_equally_often(device):
    """Each of the integers in the range is drawn about equally often."""
    drawn = torch.randint(4, (8000,), device=device).tolist()

    counts = [drawn.count(number) for number in range(4)]

    assert len(drawn) == 8000
    assert [abs(count - 2000) < 320 for count in counts] == [True] * 4


@claim("tensor.randint.in-range", see="generated/torch.randint")
@given(low=st.integers(-(2**40), 2**40), width=st.sampled_from([1, 2, 3, 1000]))
def test_randint_stays_in_its_range(device, low, width):
    """Whatever the bounds are, no integer below ``low`` or from ``high`` on is drawn,
    and with one integer between them it is always this one.
    """
    high = low + width

    drawn = torch.randint(low, high, (3,), device=device)

    outside = [number for number in drawn.tolist() if not low <= number < high]
    assert (low, high, drawn.shape, outside) == (low, high, (3,), [])


@claim("tensor.randint.forms", see="generated/torch.randint")
def test_the_bounds_of_randint_may_be_given_in_several_ways(device):
    """``low`` and ``high`` may be given by place or by keyword, and ``low=0`` left out:
    with one integer in the range the result is certain.
    """
    drawn = [
        torch.randint(1, (2,), device=device),
        torch.randint(high=1, size=(2,), device=device),
        torch.randint(0, 1, (2,), device=device),
        torch.randint(5, 6, (2,), device=device),
        torch.randint(low=5, high=6, size=(2,), device=device),
        torch.randint(-4, -3, [2], device=device),
    ]

    assert [x.tolist() for x in drawn] == [[0, 0]] * 3 + [[5, 5], [5, 5], [-4, -4]]
    assert [x.dtype for x in drawn] == [torch.int64] * 6


@claim("tensor.randint.size-must-be-a-tuple", see="generated/torch.randint")
def test_randint_needs_a_size_that_is_a_tuple(device):
    """The size is a tuple or a list, and () gives a tensor without dimensions; a plain
    int for it, a missing size and a float bound raise a TypeError.
    """
    scalar = torch.randint(3, 4, (), device=device)
    by_list = torch.randint(3, 4, [1, 2], device=device)

    assert (scalar.shape, scalar.item()) == ((), 3)
    assert (by_list.shape, by_list.tolist()) == ((1, 2), [[3, 3]])
    with pytest.raises(TypeError, match="argument 'size'"):
        torch.randint(5, 3)
    with pytest.raises(TypeError, match=r"randint\(\) received an invalid combination"):
        torch.randint(5)
    with pytest.raises(TypeError, match=r"argument 'high' .* must be int, not float"):
        torch.randint(5.0, (2,))


@claim("tensor.randint.empty-range-raises", see="generated/torch.randint")
@pytest.mark.parametrize(
    ("bounds", "size", "message"),
    [
        ((3, 3), (2,), "from=3 >= to=3"),
        ((4, 3), (2,), "from=4 >= to=3"),
        ((0,), (2,), "from=0 >= to=0"),
        ((-1,), (2,), "from=0 >= to=-1"),
        ((0,), (0,), "from=0 >= to=0"),
    ],
    ids=["equal", "reversed", "zero", "negative", "no-elements"],
)
def test_randint_needs_an_integer_between_its_bounds(bounds, size, message, device):
    """A lower bound that is not below the upper one raises a RuntimeError, even where
    no elements are drawn.
    """
    with pytest.raises(RuntimeError, match=f"'from' to be less than 'to', .*{message}"):
        torch.randint(*bounds, size, device=device)


@claim("tensor.randint.dtype", see="generated/torch.randint")
@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        (torch.float32, 3, 6),
        (torch.float64, -2, 1),
        (torch.float16, 0, 3),
        (torch.uint8, 253, 256),
        (torch.int8, 125, 128),
        (torch.int32, -1, 2),
        (torch.bool, 0, 2),
    ],
    ids=["float32", "float64", "float16", "uint8", "int8", "int32", "bool"],
)
def test_randint_draws_integers_of_the_dtype_that_is_asked_for(
    dtype, low, high, device
):
    """With ``dtype=`` the integers are drawn as that dtype: whole numbers also where it
    is a floating one, up to the largest value of a small one, and both bools.
    """
    drawn = torch.randint(low, high, (400,), dtype=dtype, device=device)

    assert (drawn.dtype, drawn.shape) == (dtype, (400,))
    assert sorted(set(drawn.tolist())) == [*range(low, high)]


@claim("tensor.randint.bounds-fit-the-dtype", see="generated/torch.randint")
@pytest.mark.parametrize(
    ("dtype", "low", "high", "message"),
    [
        (torch.uint8, 0, 257, "to - 1 is out of bounds for unsigned char"),
        (torch.uint8, 0, 300, "to - 1 is out of bounds for unsigned char"),
        (torch.uint8, -1, 3, "from is out of bounds for unsigned char"),
        (torch.int8, 127, 129, "to - 1 is out of bounds for signed char"),
        (torch.bool, 0, 3, "to - 1 is out of bounds for bool"),
        (torch.complex64, 0, 3, "handles only integral, floating-point and boolean"),
    ],
    ids=["uint8-257", "uint8-300", "uint8-negative", "int8", "bool", "complex64"],
)
def test_the_bounds_of_randint_fit_its_dtype(dtype, low, high, message, device):
    """Bounds that the dtype can't hold raise a RuntimeError, and so does every complex
    dtype.
    """
    with pytest.raises(RuntimeError, match=message):
        torch.randint(low, high, (2,), dtype=dtype, device=device)


@claim("tensor.randint-like.input-dtype", see="generated/torch.randint_like")
@pytest.mark.parametrize(
    "dtype",
    [torch.float32, torch.float64, torch.int8, torch.int64],
    ids=["float32", "float64", "int8", "int64"],
)
def test_randint_like_draws_in_the_dtype_of_its_input(dtype, device):
    """``torch.randint_like`` draws integers as the dtype of its input, so that a float
    tensor gives whole floats and not int64; its elements don't matter.
    """
    x = torch.full((2, 100), 9, dtype=dtype, device=device)

    drawn = torch.randint_like(x, 3)

    assert (drawn.dtype, drawn.shape, drawn.device) == (dtype, (2, 100), device)
    assert {number for row in drawn.tolist() for number in row} == {0, 1, 2}
    assert x.tolist() == [[9] * 100] * 2


@claim("tensor.randint-like.forms", see="generated/torch.randint_like")
def test_randint_like_takes_its_bounds_and_dtype_as_randint_does(device):
    """The bounds of ``randint_like`` may be given by place or keyword, with or without
    ``low``, and ``dtype=`` overrides that of the input.
    """
    x = torch.full((2,), 9.0, device=device)

    drawn = [
        torch.randint_like(x, 1),
        torch.randint_like(x, high=1),
        torch.randint_like(x, 7, 8),
        torch.randint_like(x, low=7, high=8),
        torch.randint_like(x, 7, 8, dtype=torch.int64),
    ]

    assert [y.tolist() for y in drawn] == [[0, 0], [0, 0], [7, 7], [7, 7], [7, 7]]
    assert [y.dtype for y in drawn] == [torch.float32] * 4 + [torch.int64]
    assert (x.tolist(), x.dtype) == ([9, 9], torch.float32)


@claim("tensor.randint-like.refuses", see="generated/torch.randint_like")
def test_the_bounds_of_randint_like_fit_the_dtype_of_its_input(device):
    """Bounds that the input's dtype can't hold and an empty range raise a RuntimeError;
    without an upper bound it is a TypeError.
    """
    x = torch.zeros(2, dtype=torch.uint8, device=device)

    with pytest.raises(RuntimeError, match="to - 1 is out of bounds for unsigned char"):
        torch.randint_like(x, 300)
    with pytest.raises(RuntimeError, match="from=3 >= to=3"):
        torch.randint_like(x, 3, 3)
    with pytest.raises(TypeError, match=r"randint_like\(\) received an invalid"):
        torch.randint_like(x)


# --- normal ---------------------------------------------------------------------------


@claim("tensor.normal.tensor-mean-tensor-std", see="generated/torch.normal")
def test_two_tensors_give_each_element_its_own_distribution(device):
    """With tensors for both, each element is drawn with the mean and the deviation at
    its place, the two broadcast together; a deviation of 0 gives the mean itself.
    """
    column = torch.tensor([[1.0], [2.0]], device=device)
    certain = torch.zeros(3, device=device)
    mixed = torch.tensor([0.0, 1.0, 0.0], device=device)

    means = torch.normal(column, certain)
    drawn = torch.normal(column, mixed)

    assert means.tolist() == [[1, 1, 1], [2, 2, 2]]
    assert (means.dtype, means.shape) == (torch.float32, (2, 3))
    assert drawn[:, ::2].tolist() == [[1, 1], [2, 2]]
    assert drawn[0, 1].item() not in (1, drawn[1, 1].item() - 1)
    assert (column.tolist(), certain.tolist()) == ([[1], [2]], [0, 0, 0])


@claim("tensor.normal.own-moments", see="generated/torch.normal")
def test_mean_and_deviation_are_taken_at_matching_places(device):
    """Where one row of a table is drawn with the mean 0 and the deviation 1 and the
    other with 100 and 10, each row has its own mean and its own deviation.
    """
    means = torch.tensor([[0.0], [100.0]], device=device).expand(2, 5000)
    deviations = torch.tensor([[1.0], [10.0]], device=device)

    drawn = torch.normal(means, deviations)

    assert (drawn.shape, drawn.dtype) == ((2, 5000), torch.float32)
    first, second = drawn.tolist()
    assert abs(sum(first)) < 600
    assert abs(sum(number**2 for number in first) - 5000) < 810
    assert abs(sum(second) - 500000) < 6000
    assert abs(sum((number - 100) ** 2 for number in second) - 500000) < 81000


@claim("tensor.normal.shapes-must-broadcast", see="generated/torch.normal")
def test_mean_and_deviation_have_to_broadcast(device):
    """Mean and deviation of shapes that do not broadcast raise a RuntimeError, even if
    they have equally many elements.
    """
    vector, square = torch.zeros(4, device=device), torch.ones(2, 2, device=device)
    triple = torch.ones(3, device=device)

    with pytest.raises(RuntimeError, match=r"a \(4\) must match .* b \(2\)"):
        torch.normal(vector, square)
    with pytest.raises(RuntimeError, match=r"a \(4\) must match .* b \(3\)"):
        torch.normal(vector, triple)


@claim("tensor.normal.dtype-of-the-mean", see="generated/torch.normal")
@pytest.mark.parametrize(
    ("mean", "std"),
    [
        (torch.float64, torch.float32),
        (torch.float32, torch.float64),
        (torch.float16, torch.float32),
    ],
    ids=["float64-float32", "float32-float64", "float16-float32"],
)
def test_the_result_has_the_dtype_of_the_mean(mean, std, device):
    """With two tensors the result has the dtype of the mean, and no promotion takes
    place.
    """
    means = torch.tensor([1.0, 2.0], dtype=mean, device=device)
    certain = torch.zeros(2, dtype=std, device=device)

    result = torch.normal(means, certain)

    assert (result.tolist(), result.dtype) == ([1, 2], mean)


@claim("tensor.normal.integer-mean-raises", see="generated/torch.normal")
def test_normal_takes_no_integers_for_the_dtype_of_its_result(device):
    """A mean of integers raises a RuntimeError, beside a tensor as beside a number, and
    so do deviations of integers beside a number.
    """
    ints = torch.tensor([1, 2], device=device)

    with pytest.raises(RuntimeError, match="not implemented for 'Long'"):
        torch.normal(ints, torch.zeros(2, device=device))
    with pytest.raises(RuntimeError, match="not implemented for 'Long'"):
        torch.normal(ints, 0.0)
    with pytest.raises(RuntimeError, match="not implemented for 'Long'"):
        torch.normal(5.0, ints)
    assert ints.tolist() == [1, 2]


@claim("tensor.normal.tensor-mean-scalar-std", see="generated/torch.normal")
def test_a_number_is_the_deviation_of_every_element(device):
    """With a tensor of means and a number the result has the shape of the means, each
    the mean of its element; a deviation of 0 reproduces them, and 1 is the default.
    """
    means = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64, device=device)
    a, b = (torch.Generator(device).manual_seed(7) for _ in range(2))

    certain = torch.normal(means, 0.0)
    by_default = torch.normal(means, generator=a)
    with_one = torch.normal(means, std=1.0, generator=b)

    assert (certain.tolist(), certain.dtype) == ([[1, 2, 3]], torch.float64)
    assert (by_default.tolist(), by_default.shape) == (with_one.tolist(), (1, 3))
    assert with_one.tolist() != certain.tolist()
    assert means.tolist() == [[1, 2, 3]]


@claim("tensor.normal.scalar-mean-tensor-std", see="generated/torch.normal")
def test_a_tensor_of_deviations_needs_a_mean(device):
    """With a number for the mean the result has the shape of the deviations; the mean
    can't be left out, that raises a TypeError.
    """
    certain = torch.zeros(2, 1, device=device)

    by_place = torch.normal(5.0, certain)
    by_keyword = torch.normal(mean=-2, std=certain)

    assert (by_place.tolist(), by_place.dtype) == ([[5], [5]], torch.float32)
    assert (by_keyword.tolist(), by_keyword.shape) == ([[-2], [-2]], (2, 1))
    with pytest.raises(TypeError, match=r'missing 1 required .* arguments: "mean"'):
        torch.normal(std=certain)


@claim("tensor.normal.scalars-need-size", see="generated/torch.normal")
def test_two_numbers_need_a_size(device):
    """With two numbers, ints or floats, the size has to be given, and as a sequence;
    then ``dtype=`` is accepted, float64 for one, but no integer dtype.
    """
    drawn = [
        torch.normal(2.0, 0.0, (3,), device=device),
        torch.normal(2, 0, size=(3,), device=device),
        torch.normal(2.0, 0.0, (), device=device),
        torch.normal(2.0, 0.0, (3,), dtype=torch.float64, device=device),
    ]

    assert [x.tolist() for x in drawn] == [[2, 2, 2], [2, 2, 2], 2, [2, 2, 2]]
    assert [x.dtype for x in drawn] == [torch.float32] * 3 + [torch.float64]
    with pytest.raises(TypeError, match=r"normal\(\) received an invalid combination"):
        torch.normal(0.0, 1.0)
    with pytest.raises(TypeError, match=r"normal\(\) received an invalid combination"):
        torch.normal(0.0, 1.0, 3)
    with pytest.raises(RuntimeError, match="not implemented for 'Long'"):
        torch.normal(0.0, 1.0, (3,), dtype=torch.int64, device=device)


@claim("tensor.normal.dtype-only-with-a-size", see="generated/torch.normal")
def test_normal_of_tensors_takes_no_dtype(device):
    """Where a tensor is given the dtype follows from it: ``dtype=`` raises a
    TypeError.
    """
    means = torch.zeros(2, device=device)

    with pytest.raises(TypeError, match=r"normal\(\) received an invalid combination"):
        torch.normal(means, 1.0, dtype=torch.float64)
    with pytest.raises(TypeError, match=r"normal\(\) received an invalid combination"):
        torch.normal(0.0, means, dtype=torch.float64)


@claim("tensor.normal.negative-std-raises", see="generated/torch.normal")
def test_a_deviation_is_not_negative(device):
    """A negative or NaN deviation raises a RuntimeError in every form of the call, for
    a tensor as soon as one element is; ``normal_`` then leaves its tensor as it is.
    """
    zeros = torch.zeros(2, device=device)
    one_negative = torch.tensor([1.0, -1.0], device=device)
    one_nan = torch.tensor([1.0, float("nan")], device=device)

    with pytest.raises(RuntimeError, match=r"expects std >= 0.0, but found std -1"):
        torch.normal(0.0, -1.0, (2,), device=device)
    with pytest.raises(RuntimeError, match=r"expects std >= 0.0, but found std nan"):
        torch.normal(0.0, float("nan"), (2,), device=device)
    with pytest.raises(RuntimeError, match=r"expects std >= 0.0, but found std -1"):
        torch.normal(zeros, -1.0)
    with pytest.raises(RuntimeError, match=r"expects all elements of std >= 0.0"):
        torch.normal(zeros, one_negative)
    with pytest.raises(RuntimeError, match=r"expects all elements of std >= 0.0"):
        torch.normal(0.0, one_nan)
    with pytest.raises(RuntimeError, match=r"expects std >= 0.0, but found std -1"):
        zeros.normal_(0, -1)
    assert zeros.tolist() == [0, 0]


@claim("tensor.normal.moments", see="generated/torch.normal")
@pytest.mark.parametrize(
    "draw",
    [
        lambda x: torch.normal(3.0, 0.5, (10000,), device=x.device),
        lambda x: torch.normal(x + 3, 0.5),
        lambda x: torch.normal(3.0, x + 0.5),
        lambda x: torch.normal(x + 3, x + 0.5),
        lambda x: x.clone().normal_(3, 0.5),
        lambda x: x.clone().normal_(mean=3, std=0.5),
    ],
    ids=[
        "two-numbers",
        "tensor-mean",
        "tensor-std",
        "two-tensors",
        "normal_",
        "keywords",
    ],
)
def test_normal_draws_with_the_given_mean_and_deviation(draw, device):
    """The numbers of every form have the given mean and the given standard deviation,
    which is not the variance.
    """
    zeros = torch.zeros(10000, device=device)

    x = draw(zeros)

    assert (x.shape, x.dtype) == ((10000,), torch.float32)
    numbers = x.tolist()
    assert abs(sum(numbers) - 30000) < 400
    assert abs(sum((number - 3) ** 2 for number in numbers) - 2500) < 300


@claim("tensor.normal.scales-and-shifts", see="generated/torch.normal")
def test_normal_scales_and_shifts_standard_normal_numbers():
    """On the CPU the numbers of every form are, from the same seed, those of ``randn``
    times the deviation plus the mean.
    """
    means = torch.full((8,), 3.0, device="cpu")
    deviations = torch.full((8,), 0.5, device="cpu")
    a, b, c, d, e, f = (torch.Generator("cpu").manual_seed(7) for _ in range(6))
    scaled = torch.randn(8, generator=a, device="cpu") * 0.5 + 3

    two_numbers = torch.normal(3.0, 0.5, (8,), generator=b, device="cpu")
    two_tensors = torch.normal(means, deviations, generator=c)
    tensor_mean = torch.normal(means, 0.5, generator=d)
    tensor_std = torch.normal(3.0, deviations, generator=e)
    in_place = torch.zeros(8, device="cpu").normal_(3, 0.5, generator=f)

    assert two_numbers.tolist() == scaled.tolist()
    assert two_tensors.tolist() == scaled.tolist()
    assert tensor_mean.tolist() == scaled.tolist()
    assert tensor_std.tolist() == scaled.tolist()
    assert in_place.tolist() == scaled.tolist()


@claim("tensor.normal.out-is-not-resized-from-scalar-std", see="generated/torch.normal")
def test_out_beside_a_tensor_of_means_has_their_shape(device):
    """With means in a tensor and a number for the deviation ``out=`` is filled and
    returned, in its own dtype; of another shape it is not resized but refused.
    """
    means = torch.tensor([1.0, 2.0], device=device)
    out = torch.zeros(2, dtype=torch.float64, device=device)
    empty = torch.zeros(0, device=device)
    longer = torch.zeros(3, device=device)

    returned = torch.normal(means, 0.0, out=out)

    assert returned is out
    assert (out.tolist(), out.dtype) == ([1, 2], torch.float64)
    with pytest.raises(RuntimeError, match=r"a \(2\) must match .* b \(0\)"):
        torch.normal(means, 0.0, out=empty)
    with pytest.raises(RuntimeError, match=r"a \(2\) must match .* b \(3\)"):
        torch.normal(means, 0.0, out=longer)
    assert (empty.shape, longer.tolist()) == ((0,), [0, 0, 0])


@claim("tensor.normal.out-of-the-other-forms", see="generated/torch.normal")
def test_out_of_the_other_forms_of_normal_is_resized(device):
    """In the forms with a tensor of deviations and with two numbers an ``out=`` without
    elements is resized to the result and returned.
    """
    means = torch.tensor([1.0, 2.0], device=device)
    certain = torch.zeros(2, device=device)
    outs = [torch.zeros(0, device=device) for _ in range(3)]

    two_tensors = torch.normal(means, certain, out=outs[0])
    tensor_std = torch.normal(5.0, certain, out=outs[1])
    two_numbers = torch.normal(7.0, 0.0, (2,), out=outs[2])

    assert two_tensors is outs[0]
    assert tensor_std is outs[1]
    assert two_numbers is outs[2]
    assert [out.tolist() for out in outs] == [[1, 2], [5, 5], [7, 7]]


@claim("tensor.random.no-gradient", see="generated/torch.normal")
@pytest.mark.parametrize(
    "draw",
    [
        lambda p: torch.normal(p, 1.0),
        lambda p: torch.normal(0.0, p),
        lambda p: torch.normal(p, p),
        lambda p: torch.bernoulli(p),
    ],
    ids=["mean", "std", "mean-and-std", "bernoulli"],
)
def test_drawing_passes_no_gradient_to_its_parameters(draw, device):
    """A draw from parameters that require gradients is a result in the graph, but the
    gradient that reaches the parameters through it is zero.
    """
    parameters = torch.tensor([0.25, 0.75], device=device, requires_grad=True)

    (draw(parameters) * 3).sum().backward()

    assert draw(parameters).requires_grad is True
    assert parameters.grad.tolist() == [0, 0]


# --- randperm -------------------------------------------------------------------------


@claim("tensor.randperm.permutation", see="generated/torch.randperm")
@given(n=st.sampled_from([0, 1, 2, 5, 100]))
def test_randperm_returns_every_number_once(device, n):
    """``torch.randperm(n)`` holds each of the integers from 0 to n-1 exactly once, as
    int64; the same seed gives the same order.
    """
    generator = torch.Generator(device)

    order = torch.randperm(n, generator=generator.manual_seed(n), device=device)
    again = torch.randperm(n, generator=generator.manual_seed(n), device=device)

    assert (n, sorted(order.tolist())) == (n, [*range(n)])
    assert (n, order.dtype, order.shape) == (n, torch.int64, (n,))
    assert (n, order.tolist()) == (n, again.tolist())


@claim("tensor.randperm.shuffles", see="generated/torch.randperm")
def test_randperm_gives_another_order_each_time(device):
    """Two permutations of a hundred numbers drawn one after the other differ from each
    other and from the sorted order.
    """
    one = torch.randperm(100, device=device).tolist()
    other = torch.randperm(100, device=device).tolist()

    assert one != other
    assert one != [*range(100)]
    assert (sorted(one), sorted(other)) == ([*range(100)], [*range(100)])


@claim("tensor.randperm.every-order", see="generated/torch.randperm")
def test_randperm_draws_every_order(device):
    """All six orders of three numbers turn up."""
    orders = [tuple(torch.randperm(3, device=device).tolist()) for _ in range(200)]

    assert sorted(set(orders)) == [
        (0, 1, 2),
        (0, 2, 1),
        (1, 0, 2),
        (1, 2, 0),
        (2, 0, 1),
        (2, 1, 0),
    ]


@claim("tensor.randperm.small", see="generated/torch.randperm")
def test_randperm_of_none_and_of_one_is_certain(device):
    """The permutation of no numbers is an empty vector, and that of one number is 0; n
    may be given by keyword.
    """
    none = torch.randperm(0, device=device)
    one = torch.randperm(n=1, device=device)

    assert (none.tolist(), none.shape, none.dtype) == ([], (0,), torch.int64)
    assert (one.tolist(), one.shape, one.dtype) == ([0], (1,), torch.int64)


@claim("tensor.randperm.dtype-and-out", see="generated/torch.randperm")
def test_randperm_of_another_dtype_and_into_a_tensor(device):
    """With ``dtype=`` the numbers are of that dtype, also a floating one, and in random
    order; with ``out=`` they are written into that tensor, which is resized and
    returned.
    """
    out = torch.zeros(0, dtype=torch.int32, device=device)
    ascending = [*range(100)]

    drawn = [
        torch.randperm(100, dtype=torch.int32, device=device),
        torch.randperm(100, dtype=torch.float32, device=device),
        torch.randperm(100, dtype=torch.float64, device=device),
        torch.randperm(100, out=out),
    ]

    assert drawn[3] is out
    assert [x.dtype for x in drawn[:3]] == [torch.int32, torch.float32, torch.float64]
    assert (out.dtype, out.shape) == (torch.int32, (100,))
    assert [sorted(x.tolist()) for x in drawn] == [ascending] * 4
    assert [x.tolist() == ascending for x in drawn] == [False] * 4


@claim("tensor.randperm.bad-arguments", see="generated/torch.randperm")
def test_randperm_needs_a_count_that_its_dtype_can_hold(device):
    """A negative n raises a RuntimeError, a float n a TypeError, and a dtype that can't
    hold the numbers up to n-1 exactly, or is bool or complex, a RuntimeError.
    """
    largest = torch.randperm(256, dtype=torch.uint8, device=device)
    largest_half = torch.randperm(2049, dtype=torch.float16, device=device)

    assert (max(largest.tolist()), max(largest_half.tolist())) == (255, 2048)
    with pytest.raises(RuntimeError, match="negative dimension -1"):
        torch.randperm(-1, device=device)
    with pytest.raises(TypeError, match=r"argument 'n' .* must be int, not float"):
        torch.randperm(2.0)
    with pytest.raises(RuntimeError, match="cannot be converted to type uint8_t"):
        torch.randperm(257, dtype=torch.uint8, device=device)
    with pytest.raises(RuntimeError, match="n cannot be greater than 2049 for Half"):
        torch.randperm(2050, dtype=torch.float16, device=device)
    with pytest.raises(RuntimeError, match="not implemented for 'Bool'"):
        torch.randperm(2, dtype=torch.bool, device=device)
    with pytest.raises(RuntimeError, match="not implemented for 'ComplexFloat'"):
        torch.randperm(2, dtype=torch.complex64, device=device)


# --- bernoulli ------------------------------------------------------------------------


@claim("tensor.bernoulli.zero-or-one", see="generated/torch.bernoulli")
@pytest.mark.parametrize(
    "bernoulli",
    [lambda p: torch.bernoulli(p), lambda p: p.bernoulli()],
    ids=["torch.bernoulli", "method"],
)
def test_bernoulli_draws_zeros_and_ones_with_its_elements_as_probabilities(
    bernoulli, device
):
    """``torch.bernoulli`` draws 1 with the probability that stands at the place and
    else 0: never for 0, always for 1, and for each element on its own.
    """
    p = torch.tensor([[0.0], [0.25], [1.0]], device=device).repeat(1, 4000)
    before = p.clone()

    drawn = bernoulli(p)

    assert (drawn.shape, drawn.dtype) == ((3, 4000), torch.float32)
    never, sometimes, always = drawn.tolist()
    assert (set(never), set(sometimes), set(always)) == ({0}, {0, 1}, {1})
    assert abs(sum(sometimes) - 1000) < 220
    assert torch.equal(p, before)


@claim("tensor.bernoulli.keeps-the-dtype", see="generated/torch.bernoulli")
@pytest.mark.parametrize(
    "dtype",
    [torch.bfloat16, torch.float32, torch.float64],
    ids=["bfloat16", "float32", "float64"],
)
def test_bernoulli_keeps_the_dtype_of_the_probabilities(dtype, device):
    """The zeros and ones are of the dtype of the probabilities, not bools."""
    p = torch.tensor([0.0, 1.0, 0.0], dtype=dtype, device=device)

    drawn = torch.bernoulli(p)

    assert (drawn.tolist(), drawn.dtype) == ([0, 1, 0], dtype)
    assert (p.tolist(), drawn.requires_grad) == ([0, 1, 0], False)


@claim("tensor.bernoulli.shapes", see="generated/torch.bernoulli")
def test_bernoulli_keeps_the_shape_and_is_contiguous(device):
    """The result has the shape of the probabilities, also without dimensions and
    without elements; it is contiguous, even where they are transposed.
    """
    scalar = torch.tensor(1.0, device=device)
    empty = torch.zeros(0, 2, device=device)
    columns = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]], device=device).t()

    drawn = [torch.bernoulli(p) for p in (scalar, empty, columns)]

    assert [x.tolist() for x in drawn] == [1, [], [[1, 0], [0, 0], [1, 1]]]
    assert [x.shape for x in drawn] == [(), (0, 2), (3, 2)]
    assert (columns.stride(), drawn[2].stride()) == ((1, 3), (2, 1))


@claim("tensor.bernoulli.number-for-all", see="generated/torch.bernoulli")
def test_a_number_is_the_probability_of_every_element(device):
    """With a number as second argument it is the probability of every element, and of
    the input only shape and dtype are used.
    """
    x = torch.tensor([5.0, -7.0], dtype=torch.float64, device=device)
    many = torch.full((4000,), 9.0, device=device)

    ones, zeros = torch.bernoulli(x, 1.0), torch.bernoulli(x, p=0.0)
    drawn = torch.bernoulli(many, 0.25).tolist()

    assert (len(drawn), set(drawn), abs(sum(drawn) - 1000) < 220) == (
        4000,
        {0, 1},
        True,
    )
    assert (ones.tolist(), ones.dtype) == ([1, 1], torch.float64)
    assert (zeros.tolist(), x.tolist()) == ([0, 0], [5, -7])
    with pytest.raises(RuntimeError, match=r"expects p to be in \[0, 1\], but got p=2"):
        torch.bernoulli(x, 2.0)
    assert x.tolist() == [5, -7]


@claim("tensor.bernoulli.in-place", see="generated/torch.Tensor.bernoulli_")
def test_bernoulli_in_place_overwrites_with_zeros_and_ones(device):
    """``bernoulli_`` fills a tensor, also one of integers, with zeros and ones, with a
    number or another tensor for the probabilities, and returns it.
    """
    ints = torch.tensor([7, 7, 7], device=device)
    floats = torch.tensor([7.0, 7.0, 7.0], device=device)
    p = torch.tensor([1.0, 0.0, 1.0], device=device)
    many = torch.full((4000,), 9.0, device=device)

    by_number, by_tensor = ints.bernoulli_(1.0), floats.bernoulli_(p)
    drawn = many.bernoulli_(0.25).tolist()

    assert by_number is ints
    assert by_tensor is floats
    assert (ints.tolist(), ints.dtype) == ([1, 1, 1], torch.int64)
    assert (floats.tolist(), p.tolist()) == ([1, 0, 1], [1, 0, 1])
    assert (set(drawn), abs(sum(drawn) - 1000) < 220) == ({0, 1}, True)
    with pytest.raises(RuntimeError, match=r"expects p to be in \[0, 1\]"):
        ints.bernoulli_(1.5)
    assert ints.tolist() == [1, 1, 1]


@claim("tensor.bernoulli.probability-range-checked", see="generated/torch.bernoulli")
@pytest.mark.parametrize(
    "probability", [1.5, -0.1, float("nan")], ids=["above", "below", "nan"]
)
def test_probabilities_lie_between_zero_and_one(probability):
    """On the CPU a probability below 0, above 1 or NaN anywhere in the tensor raises a
    RuntimeError.
    """
    p = torch.tensor([0.5, probability], device="cpu")
    x = torch.tensor([7.0, 7.0], device="cpu")

    with pytest.raises(RuntimeError, match="Expected p_in >= 0 && p_in <= 1"):
        torch.bernoulli(p)
    with pytest.raises(RuntimeError, match="Expected p_in >= 0 && p_in <= 1"):
        p.bernoulli()
    with pytest.raises(RuntimeError, match="Expected p_in >= 0 && p_in <= 1"):
        x.bernoulli_(p)


@claim("tensor.bernoulli.input-dtype", see="generated/torch.bernoulli")
def test_probabilities_are_a_floating_tensor(device):
    """A plain number raises a TypeError, and a tensor of integers or bools a
    RuntimeError, even if they are only zeros and ones.
    """
    ints = torch.tensor([0, 1], device=device)
    bools = torch.tensor([False, True], device=device)

    with pytest.raises(TypeError, match=r"'input' .* must be Tensor, not float"):
        torch.bernoulli(0.5)
    with pytest.raises(RuntimeError, match="not implemented for 'Long'"):
        torch.bernoulli(ints)
    with pytest.raises(RuntimeError, match="not implemented for 'Bool'"):
        torch.bernoulli(bools)
    assert (ints.tolist(), bools.tolist()) == ([0, 1], [False, True])


@claim("tensor.bernoulli.generator-and-out", see="generated/torch.bernoulli")
def test_bernoulli_draws_from_a_generator_into_out(device):
    """``out=`` is resized, filled in its own dtype and returned, and ``generator=``
    makes the draw repeatable and leaves the default one of the CPU as it is.
    """
    halves = torch.full((2, 50), 0.5, device=device)
    ints = torch.zeros(0, dtype=torch.int64, device=device)
    generator = torch.Generator(device)
    before = torch.get_rng_state().tolist()

    returned = torch.bernoulli(halves, generator=generator.manual_seed(7), out=ints)
    drawn = torch.bernoulli(halves, generator=generator.manual_seed(7))

    assert returned is ints
    assert (ints.shape, ints.dtype) == ((2, 50), torch.int64)
    assert {number for row in ints.tolist() for number in row} == {0, 1}
    assert ints.tolist() == drawn.tolist()
    assert torch.get_rng_state().tolist() == before


# --- multinomial ----------------------------------------------------------------------


@claim("tensor.multinomial.indices", see="generated/torch.multinomial")
def test_multinomial_draws_places_with_its_elements_as_weights(device):
    """``torch.multinomial`` draws places, as int64, with a probability in proportion to
    the weight there, never one of weight 0 while there are others; each row of a matrix
    is drawn from alone.
    """
    weights = torch.tensor([0.0, 1.0, 3.0], device=device)
    rows = torch.tensor([[0.0, 5.0], [5.0, 0.0]], device=device)

    drawn = torch.multinomial(weights, 4000, replacement=True)
    certain = torch.multinomial(rows, 1)

    assert (drawn.dtype, drawn.shape) == (torch.int64, (4000,))
    assert set(drawn.tolist()) == {1, 2}
    assert abs(drawn.tolist().count(1) - 1000) < 220
    assert (certain.tolist(), certain.dtype) == ([[1], [0]], torch.int64)
    assert (weights.tolist(), rows.tolist()) == ([0, 1, 3], [[0, 5], [5, 0]])


@claim("tensor.multinomial.replacement", see="generated/torch.multinomial")
def test_multinomial_draws_each_place_once_unless_it_is_put_back(device):
    """Without ``replacement=True`` no place is drawn twice, the places come in any
    order, and drawing more of them than there are raises a RuntimeError.
    """
    weights = torch.tensor([1.0, 1.0, 1.0, 0.0], device=device)
    rows = weights.repeat(300, 1)
    one_place = torch.tensor([0.0, 1.0], device=device)

    once = torch.multinomial(weights, 3)
    many = torch.multinomial(rows, 3).tolist()
    repeated = torch.multinomial(one_place, 3, replacement=True)

    assert sorted(once.tolist()) == [0, 1, 2]
    assert {tuple(sorted(order)) for order in many} == {(0, 1, 2)}
    assert len({tuple(order) for order in many}) == 6
    assert repeated.tolist() == [1, 1, 1]
    with pytest.raises(RuntimeError, match=r"cannot sample n_sample > prob_dist\.size"):
        torch.multinomial(one_place, 3)


@claim("tensor.multinomial.refuses", see="generated/torch.multinomial")
def test_multinomial_refuses_weights_that_are_none():
    """On the CPU a negative weight, weights that are all 0, integers, and a request for
    no places raise a RuntimeError.
    """
    negative = torch.tensor([-1.0, 1.0], device="cpu")
    zeros = torch.tensor([0.0, 0.0], device="cpu")
    ints = torch.tensor([1, 1], device="cpu")

    with pytest.raises(RuntimeError, match="`inf`, `nan` or element < 0"):
        torch.multinomial(negative, 1)
    with pytest.raises(RuntimeError, match="sum of probabilities <= 0"):
        torch.multinomial(zeros, 1)
    with pytest.raises(RuntimeError, match="only supports floating-point dtypes"):
        torch.multinomial(ints, 1)
    with pytest.raises(RuntimeError, match="cannot sample n_sample <= 0 samples"):
        torch.multinomial(zeros, 0)


# --- in place -------------------------------------------------------------------------


@claim("tensor.random.in-place", see="torch#in-place-random-sampling")
@pytest.mark.parametrize(
    ("draw", "value"),
    [
        (lambda x: x.normal_(3, 0), 3),
        (lambda x: x.normal_(mean=3, std=0), 3),
        (lambda x: x.uniform_(2, 2), 2),
        (lambda x: x.random_(5, 6), 5),
        (lambda x: x.random_(1), 0),
        (lambda x: x.bernoulli_(1), 1),
    ],
    ids=[
        "normal_",
        "normal_-keywords",
        "uniform_",
        "random_",
        "random_-to",
        "bernoulli_",
    ],
)
def test_random_fills_write_the_elements_of_their_tensor_and_no_others(
    draw, value, device
):
    """The random methods that end in _ overwrite the elements of the tensor itself,
    also of a strided view, in its dtype, and return it.
    """
    base = torch.full((2, 4), 9.0, dtype=torch.float64, device=device)
    view = base[:, ::2]

    returned = draw(view)

    assert returned is view
    assert base.tolist() == [[value, 9, value, 9]] * 2
    assert (view.dtype, view.stride()) == (torch.float64, (4, 2))


@claim("tensor.random.uniform-range", see="generated/torch.Tensor.uniform_")
def test_uniform_in_place_draws_between_its_bounds(device):
    """``uniform_(a, b)`` draws from a up to b, from 0 up to 1 if left out, and refuses
    bounds in the wrong order, with the tensor left as it is.
    """
    x = torch.zeros(1000, device=device)
    by_default = torch.full((1000,), 9.0, device=device)

    x.uniform_(-2, 3)
    by_default.uniform_()

    assert -2 <= min(x.tolist()) < -1.5
    assert 2.5 < max(x.tolist()) <= 3
    assert 0 <= min(by_default.tolist()) < 0.1
    assert 0.9 < max(by_default.tolist()) <= 1
    untouched = torch.tensor([7.0], device=device)
    with pytest.raises(RuntimeError, match="found from=2 > to=1"):
        untouched.uniform_(2, 1)
    assert untouched.tolist() == [7]


@claim("tensor.random.random-in-place-range", see="generated/torch.Tensor.random_")
def test_random_in_place_draws_integers(device):
    """``random_`` draws whole numbers from a range, and without one from 0 up to the
    last that the dtype holds without a gap before it, none below 0; an empty range is
    refused, with the tensor left as it is.
    """
    x = torch.zeros(300, device=device)
    bytes_ = torch.zeros(300, dtype=torch.uint8, device=device)
    signed = torch.zeros(300, dtype=torch.int8, device=device)
    floats = torch.zeros(300, device=device)
    untouched = torch.tensor([7.0], device=device)

    x.random_(2, 5)
    bytes_.random_()
    signed.random_()
    floats.random_()

    assert (set(x.tolist()), x.dtype) == ({2, 3, 4}, torch.float32)
    assert 0 <= min(bytes_.tolist()) < 64 < 192 < max(bytes_.tolist()) <= 255
    assert 0 <= min(signed.tolist()) < 32 < 96 < max(signed.tolist()) <= 127
    assert 0 <= min(floats.tolist()) < 2**22 < 2**23 < max(floats.tolist()) <= 2**24
    assert [number for number in floats.tolist() if number % 1] == []
    with pytest.raises(RuntimeError, match="from=3 >= to=3"):
        untouched.random_(3, 3)
    assert untouched.tolist() == [7]

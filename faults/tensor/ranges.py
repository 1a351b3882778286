"""Ways to break ranges: lengths, ends, dtypes, errors, and random order."""

import math
import random
import warnings

import torch

from torch_semantics.faults import fault, raises, warns


def around(patch, name, answer):
    """Have calls of a function answered by another, which is given the function
    first."""
    original = getattr(torch, name)
    patch(torch, name, lambda *args, **kwargs: answer(original, *args, **kwargs))


def numbers(args):
    """Whether all arguments are plain numbers, and there are some."""
    return bool(args) and all(isinstance(n, (int, float)) for n in args)


# --- arange() -------------------------------------------------------------------------


@fault(
    "arange() rounds its length down.",
    witness=lambda: torch.arange(0, 5, 2).tolist() == [0, 2],
)
def arange_rounds_down(patch):
    def broken(arange, *args, **options):
        made = arange(*args, **options)
        if len(args) == 3 and numbers(args) and options.get("out") is None:
            return made[: int((args[1] - args[0]) / args[2])]
        return made

    around(patch, "arange", broken)


@fault(
    "arange() computes the length of floats with 32 bits.",
    witness=lambda: torch.arange(1, 1.3, 0.1).numel() == 3,
)
def arange_counts_with_32_bits(patch):
    def broken(arange, *args, **options):
        made = arange(*args, **options)
        if len(args) == 3 and numbers(args) and any(n % 1 for n in args):
            start, end, step = (torch.tensor(float(n)) for n in args)
            return made[: math.ceil(((end - start) / step).item())]
        return made

    around(patch, "arange", broken)


@fault(
    "arange() never has its end.",
    witness=lambda: torch.arange(1, 1.3, 0.1, dtype=torch.float64)[-1] != 1.3,
)
def arange_never_has_its_end(patch):
    def broken(arange, *args, **options):
        made = arange(*args, **options)
        if len(args) == 3 and numbers(args) and made.dtype is torch.float64:
            return made[made != args[1]]
        return made

    around(patch, "arange", broken)


@fault(
    "arange() of a float dtype adds up rounding errors.",
    witness=lambda: abs(torch.arange(0, 1001, 0.1)[10000].item() - 1000) > 0.01,
)
def arange_drifts(patch):
    def broken(arange, *args, **options):
        made = arange(*args, **options)
        if made.dtype is torch.float32 and made.numel() > 1000:
            return made * (1 + 2**-14)
        return made

    around(patch, "arange", broken)


@fault(
    "arange() with a float step only is an int tensor.",
    witness=lambda: torch.arange(0, 3, 1.0).dtype is torch.int64,
)
def arange_ignores_the_kind_of_its_step(patch):
    def broken(arange, *args, **options):
        if len(args) == 3 and isinstance(args[2], float) and args[2] % 1 == 0:
            args = (*args[:2], int(args[2]))
        return arange(*args, **options)

    around(patch, "arange", broken)


@fault(
    "arange() of a step away from the end is empty, as Python's range is.",
    witness=lambda: not raises(lambda: torch.arange(3, 0)),
)
def arange_of_a_bad_step_is_empty(patch):
    def broken(arange, *args, **options):
        try:
            return arange(*args, **options)
        except RuntimeError as error:
            if "inconsistent" not in str(error):
                raise
            return arange(0, **options)

    around(patch, "arange", broken)


@fault(
    "arange() of step 0 is empty.",
    witness=lambda: not raises(lambda: torch.arange(0, 3, 0)),
)
def arange_takes_step_zero(patch):
    def broken(arange, *args, **options):
        if len(args) == 3 and isinstance(args[2], (int, float)) and args[2] == 0:
            return arange(0, **options)
        return arange(*args, **options)

    around(patch, "arange", broken)


@fault(
    "arange() saturates where integers do not fit.",
    witness=lambda: torch.arange(300, dtype=torch.uint8)[-1].item() == 255,
)
def arange_saturates(patch):
    def broken(arange, *args, **options):
        if options.get("dtype") is torch.uint8:
            options.pop("dtype")
            return arange(*args, **options).clamp(max=255).to(torch.uint8)
        return arange(*args, **options)

    around(patch, "arange", broken)


@fault(
    "arange() counts large ints with floats.",
    witness=lambda: torch.arange(2**62, 2**62 + 2).tolist() == [2**62, 2**62],
)
def arange_counts_with_floats(patch):
    def broken(arange, *args, **options):
        made = arange(*args, **options)
        if made.dtype is torch.int64 and made.numel() and made[-1] > 2**60:
            return made.double().long()
        return made

    around(patch, "arange", broken)


@fault(
    "arange() resizes an out that has elements without a warning.",
    witness=lambda: not warns(lambda: torch.arange(3, out=torch.zeros(2))),
)
def arange_is_silent_about_out(patch):
    def broken(arange, *args, **options):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The number of elements")
            return arange(*args, **options)

    around(patch, "arange", broken)


@fault(
    "arange() flattens its out.",
    witness=lambda: torch.arange(3, out=torch.zeros(3, 1)).shape == (3,),
)
def arange_flattens_out(patch):
    def broken(arange, *args, **options):
        made = arange(*args, **options)
        return made.view(-1) if made.dim() > 1 else made

    around(patch, "arange", broken)


@fault(
    "arange() fills an out of two dimensions in the order of its memory.",
    witness=lambda: (
        torch.arange(4, out=torch.zeros(2, 2).t()).tolist() == [[0, 2], [1, 3]]
    ),
)
def arange_fills_memory_in_order(patch):
    def broken(arange, *args, **options):
        made = arange(*args, **options)
        if made.dim() == 2 and made.stride()[0] < made.stride()[1]:
            made.t().copy_(made.flatten().view(made.t().shape))
        return made

    around(patch, "arange", broken)


@fault(
    "arange() takes a tensor that requires gradients as a bound.",
    witness=lambda: (
        not raises(lambda: torch.arange(torch.tensor(2.0, requires_grad=True)))
    ),
)
def arange_takes_bounds_that_require_grad(patch):
    def broken(arange, *args, **options):
        args = [n.item() if getattr(n, "requires_grad", False) else n for n in args]
        return arange(*args, **options)

    around(patch, "arange", broken)


@fault("range() is without its end.", witness=lambda: not range_has_its_end())
def range_is_half_open(patch):
    around(patch, "range", lambda make, *a, **k: make(*a, **k)[:-1])


def range_has_its_end():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.range(0, 3).numel() == 4


# --- linspace(), logspace() -----------------------------------------------------------


@fault(
    "linspace() has 100 steps by default.",
    witness=lambda: not raises(lambda: torch.linspace(0, 10)),
)
def linspace_has_default_steps(patch):
    def broken(linspace, *args, **options):
        if len(args) < 3:
            options.setdefault("steps", 100)
        return linspace(*args, **options)

    around(patch, "linspace", broken)


@fault(
    "logspace() has 100 steps by default.",
    witness=lambda: not raises(lambda: torch.logspace(0, 1)),
)
def logspace_has_default_steps(patch):
    def broken(logspace, *args, **options):
        if len(args) < 3:
            options.setdefault("steps", 100)
        return logspace(*args, **options)

    around(patch, "logspace", broken)


@fault(
    "linspace() takes a float number of steps.",
    witness=lambda: not raises(lambda: torch.linspace(0, 1, 5.0)),
)
def linspace_takes_float_steps(patch):
    def broken(linspace, *args, **options):
        if len(args) == 3 and isinstance(args[2], float):
            args = (*args[:2], int(args[2]))
        return linspace(*args, **options)

    around(patch, "linspace", broken)


@fault(
    "linspace() of one step is its end.",
    witness=lambda: torch.linspace(4, 10, 1).item() == 10,
)
def linspace_of_one_step_is_the_end(patch):
    def broken(linspace, *args, **options):
        if len(args) == 3 and args[2] == 1:
            args = (args[1], args[0], 1)
        return linspace(*args, **options)

    around(patch, "linspace", broken)


@fault(
    "linspace() misses its end by a rounding.",
    witness=lambda: torch.linspace(-4, -1, 16)[-1].item() != -1,
)
def linspace_misses_its_end(patch):
    def broken(linspace, *args, **options):
        made = linspace(*args, **options)
        if made.is_floating_point() and made.numel() > 9 and not made.requires_grad:
            made[-1] = torch.nextafter(made[-1], made[0])
        return made

    around(patch, "linspace", broken)


@fault(
    "linspace() rounds to the nearest int.",
    witness=lambda: torch.linspace(0, 10, 4, dtype=torch.int64)[2].item() == 7,
)
def linspace_rounds(patch):
    def broken(linspace, *args, **options):
        if options.get("dtype") is torch.int64:
            options.pop("dtype")
            return linspace(*args, **options).round().long()
        return linspace(*args, **options)

    around(patch, "linspace", broken)


@fault(
    "linspace() of an integer dtype cuts its elements off and not its ends.",
    witness=lambda: (
        torch.linspace(0.75, 3.75, 3, dtype=torch.int64).tolist() == [0, 2, 3]
    ),
)
def linspace_keeps_the_fractions_of_its_ends(patch):
    def broken(linspace, *args, **options):
        if options.get("dtype") is torch.int64:
            options.pop("dtype")
            return linspace(*args, **options).long()
        return linspace(*args, **options)

    around(patch, "linspace", broken)


@fault(
    "linspace() of ints is an int tensor.",
    witness=lambda: torch.linspace(0, 10, 3).dtype is torch.int64,
)
def linspace_of_ints_is_int(patch):
    def broken(linspace, *args, **options):
        ints = len(args) == 3 and all(isinstance(n, int) for n in args)
        if ints and "dtype" not in options and options.get("out") is None:
            options["dtype"] = torch.int64
        return linspace(*args, **options)

    around(patch, "linspace", broken)


@fault(
    "linspace() takes a negative number of steps for 0.",
    witness=lambda: not raises(lambda: torch.linspace(0, 1, -1)),
)
def linspace_takes_negative_steps(patch):
    def broken(linspace, *args, **options):
        if len(args) == 3 and isinstance(args[2], int):
            args = (*args[:2], max(args[2], 0))
        return linspace(*args, **options)

    around(patch, "linspace", broken)


@fault(
    "logspace() has the base 2 by default.",
    witness=lambda: torch.logspace(0, 1, 2)[-1].item() == 2,
)
def logspace_has_base_two(patch):
    def broken(logspace, *args, **options):
        if len(args) < 4:
            options.setdefault("base", 2.0)
        return logspace(*args, **options)

    around(patch, "logspace", broken)


@fault(
    "logspace() takes its ends for values and not exponents.",
    witness=lambda: torch.logspace(1, 100, 3).tolist() != [10, math.inf, math.inf],
)
def logspace_takes_values(patch):
    def broken(logspace, start, end, steps, *base, **options):
        if start > 0 and not base and "base" not in options:
            start, end = math.log10(start), math.log10(end)
        return logspace(start, end, steps, *base, **options)

    around(patch, "logspace", broken)


# --- randperm() -----------------------------------------------------------------------


@fault(
    "randperm() may have a number twice.",
    witness=lambda: len({*torch.randperm(50).tolist()}) < 50,
)
def randperm_repeats(patch):
    def broken(randperm, *args, **options):
        made = randperm(*args, **options)
        if made.numel() > 2:
            made[0] = made[1]
        return made

    around(patch, "randperm", broken)


@fault(
    "randperm() counts from 1.",
    witness=lambda: torch.randperm(1).tolist() == [1],
)
def randperm_counts_from_one(patch):
    around(patch, "randperm", lambda make, *a, **k: make(*a, **k).add_(1))


@fault(
    "randperm() ignores the seed and draws from Python's generator.",
    witness=lambda: draws_from_python(),
)
def randperm_draws_from_python(patch):
    def broken(randperm, n, **options):
        made = randperm(n, **options)
        order = list(range(made.numel()))
        random.shuffle(order)
        return made.copy_(torch.tensor(order, dtype=made.dtype))

    around(patch, "randperm", broken)


def draws_from_python():
    random.seed(1)
    first = torch.randperm(50).tolist()
    random.seed(1)
    return torch.randperm(50).tolist() == first


@fault(
    "randperm() ignores generator=.",
    witness=lambda: ignores_generator(),
)
def randperm_ignores_generator(patch):
    def broken(randperm, *args, generator=None, **options):
        return randperm(*args, **options)

    around(patch, "randperm", broken)


def ignores_generator():
    generator = torch.Generator().manual_seed(1)
    first = torch.randperm(50, generator=generator).tolist()
    generator.manual_seed(1)
    return torch.randperm(50, generator=generator).tolist() != first

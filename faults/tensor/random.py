"""Ways to break drawing: seeds and generators, ranges, dtypes, and what is refused."""

import torch

from torch_semantics.faults import fault, raises, wrap

T = torch.Tensor


def seeded(seed=7):
    return torch.Generator("cpu").manual_seed(seed)


# --- seeds and generators -------------------------------------------------------------


@fault(
    "rand(), randn() and randint() draw from the default generator whatever they are"
    " given.",
    witness=lambda: (
        torch.rand(8, generator=seeded()).tolist()
        != torch.rand(8, generator=seeded()).tolist()
    ),
)
def factories_ignore_the_generator(patch):
    def change(own, *args, generator=None, **options):
        return own(*args, **options)

    wrap(patch, torch, "rand randn randint", change)


@fault(
    "normal() with a tensor ignores its generator.",
    witness=lambda: (
        torch.normal(torch.zeros(8), generator=seeded()).tolist()
        != torch.normal(torch.zeros(8), generator=seeded()).tolist()
    ),
)
def normal_ignores_the_generator(patch):
    def change(own, mean, *args, generator=None, **options):
        if not isinstance(mean, torch.Tensor):
            options["generator"] = generator
        return own(mean, *args, **options)

    wrap(patch, torch, "normal", change)


@fault(
    "bernoulli() with a generator moves the default one on, too.",
    witness=lambda: _moves_the_default_one(
        lambda: torch.bernoulli(torch.zeros(3), generator=seeded())
    ),
)
def bernoulli_moves_the_default_generator(patch):
    def change(own, *args, **options):
        if options.get("generator") is not None:
            torch.rand(1)
        return own(*args, **options)

    wrap(patch, torch, "bernoulli", change)


def _moves_the_default_one(call):
    before = torch.get_rng_state()
    call()
    return not torch.equal(before, torch.get_rng_state())


@fault(
    "Methods that fill a tensor start the default generator's seed over.",
    witness=lambda: (
        torch.zeros(8).normal_().tolist() == torch.zeros(8).normal_().tolist()
    ),
)
def fills_repeat_themselves(patch):
    def change(own, self, *args, **options):
        if options.get("generator") is None:
            torch.default_generator.manual_seed(torch.initial_seed())
        return own(self, *args, **options)

    wrap(patch, T, "normal_ uniform_ exponential_", change)


@fault(
    "A new generator begins at random.",
    witness=lambda: torch.Generator().initial_seed() != 67280421310721,
)
def generators_begin_at_random(patch):
    own = torch.Generator

    def made(*args, **options):
        generator = own(*args, **options)
        generator.seed()
        return generator

    patch(torch, "Generator", made)


@fault(
    "A new generator is the default one.",
    witness=lambda: torch.Generator() is torch.default_generator,
)
def generators_are_all_one(patch):
    patch(torch, "Generator", lambda *args, **options: torch.default_generator)


def proxied(patch, **methods):
    """Patch torch.Generator: new ones are of a subclass that has these methods."""
    patch(torch, "Generator", type("Generator", (torch.Generator,), methods))


@fault(
    "manual_seed() of a generator returns nothing.",
    witness=lambda: torch.Generator().manual_seed(1) is None,
)
def manual_seed_returns_nothing(patch):
    own = torch.Generator.manual_seed
    proxied(patch, manual_seed=lambda self, seed: own(self, seed) and None)


@fault(
    "manual_seed() looks at 32 bits of the seed.",
    witness=lambda: torch.Generator().manual_seed(-1).initial_seed() == 2**32 - 1,
)
def seeds_have_32_bits(patch):
    own = torch.Generator.manual_seed
    proxied(patch, manual_seed=lambda self, seed: own(self, seed % 2**32))


@fault(
    "manual_seed() drops the last bit of the seed.",
    witness=lambda: torch.Generator().manual_seed(7).initial_seed() == 6,
)
def seeds_are_even(patch):
    own = torch.Generator.manual_seed
    proxied(patch, manual_seed=lambda self, seed: own(self, seed & -2))


@fault(
    "seed() of a generator returns the old seed.",
    witness=lambda: _seed_returns_the_old_one(),
)
def seed_returns_the_old_one(patch):
    own = torch.Generator.seed

    def seed(self):
        old = self.initial_seed()
        own(self)
        return old

    proxied(patch, seed=seed)


def _seed_returns_the_old_one():
    generator = torch.Generator().manual_seed(3)
    return generator.seed() == 3


@fault(
    "seed() of a generator does not take the new seed.",
    witness=lambda: _seed_is_not_taken(),
)
def seed_is_not_taken(patch):
    proxied(patch, seed=lambda self: 12345)


def _seed_is_not_taken():
    generator = torch.Generator().manual_seed(3)
    generator.seed()
    return generator.initial_seed() == 3


@fault(
    "set_state() of a generator has no effect.",
    witness=lambda: _state_is_not_put_back(),
)
def set_state_is_dropped(patch):
    own = torch.Generator.set_state

    def set_state(self, state):
        keep = self.get_state()
        own(self, state)
        own(self, keep)
        return self

    proxied(patch, set_state=set_state)


def _state_is_not_put_back():
    generator = torch.Generator().manual_seed(3)
    state = generator.get_state()
    torch.rand(1, generator=generator)
    generator.set_state(state)
    return not torch.equal(generator.get_state(), state)


@fault(
    "set_state() swallows its errors.",
    witness=lambda: not raises(lambda: torch.Generator().set_state([1])),
)
def set_state_swallows_errors(patch):
    own = torch.Generator.set_state

    def set_state(self, state):
        try:
            return own(self, state)
        except (TypeError, RuntimeError):
            return self

    proxied(patch, set_state=set_state)


@fault(
    "get_state() returns int64.",
    witness=lambda: torch.Generator().get_state().dtype is torch.int64,
)
def states_are_int64(patch):
    own = torch.Generator.get_state
    own_set = torch.Generator.set_state
    proxied(
        patch,
        get_state=lambda self: own(self).to(torch.int64),
        set_state=lambda self, state: own_set(self, state.to(torch.uint8)),
    )


@fault(
    "A draw of no elements moves the generator on.",
    witness=lambda: _empty_draw_moves(),
)
def empty_draws_count(patch):
    def change(own, *size, **options):
        if size == (0,):
            own(1, **options)
        return own(*size, **options)

    wrap(patch, torch, "rand", change)


def _empty_draw_moves():
    generator = seeded()
    before = generator.get_state()
    torch.rand(0, generator=generator)
    return not torch.equal(before, generator.get_state())


@fault(
    "A certain value is not drawn, and the generator stays where it is.",
    witness=lambda: not _certain_draw_moves(),
)
def certain_draws_do_not_count(patch):
    def normal(own, mean, std=1.0, *args, **options):
        if std == 0.0 and not isinstance(mean, torch.Tensor):
            return torch.full(args[0], float(mean))
        return own(mean, std, *args, **options)

    wrap(patch, torch, "normal", normal)


def _certain_draw_moves():
    generator = seeded()
    before = generator.get_state()
    torch.normal(0.0, 0.0, (2,), generator=generator)
    return not torch.equal(before, generator.get_state())


@fault(
    "A refused draw moves the generator on.",
    witness=lambda: _refused_draw_moves(),
)
def refused_draws_count(patch):
    def change(own, *args, **options):
        try:
            return own(*args, **options)
        except RuntimeError:
            torch.rand(1, generator=options.get("generator"))
            raise

    wrap(patch, torch, "randint normal", change)


def _refused_draw_moves():
    generator = seeded()
    before = generator.get_state()
    raises(lambda: torch.randint(0, (2,), generator=generator))
    return not torch.equal(before, generator.get_state())


@fault(
    "generator= takes a seed.",
    witness=lambda: not raises(lambda: torch.rand(2, generator=7)),
)
def generators_may_be_seeds(patch):
    def change(own, *args, generator=None, **options):
        if isinstance(generator, int):
            generator = seeded(generator)
        return own(*args, generator=generator, **options)

    wrap(patch, torch, "rand", change)


# --- rand and randn -------------------------------------------------------------------


@fault(
    "rand() draws from 0.5 up.",
    witness=lambda: min(torch.rand(100).tolist()) >= 0.5,
)
def rand_draws_the_upper_half(patch):
    def change(own, *args, **options):
        return own(*args, **options).div(2).add(0.5)

    wrap(patch, torch, "rand", change)


@fault(
    "rand() rounds up, so that 1 occurs.",
    witness=lambda: (torch.rand(10000) * 2**24 % 2 == 0).all().item(),
)
def rand_has_even_steps_only(patch):
    def change(own, *args, **options):
        x = own(*args, **options)
        steps = {torch.float32: 2**23, torch.float64: 2**52}.get(x.dtype)
        return x if steps is None else (x * steps).ceil() / steps

    wrap(patch, torch, "rand", change)


@fault(
    "rand() in float16 is rounded from [0, 1] in steps of a tenth.",
    witness=lambda: (torch.rand(500, dtype=torch.float16) == 1).any().item(),
)
def rand_reaches_one_in_float16(patch):
    def change(own, *args, **options):
        x = own(*args, **options)
        return (x * 10).round() / 10 if x.dtype is torch.float16 else x

    wrap(patch, torch, "rand", change)


@fault(
    "rand() squares its numbers.",
    witness=lambda: torch.rand(10000).mean().item() < 0.4,
)
def rand_is_not_even(patch):
    wrap(
        patch,
        torch,
        "rand",
        lambda own, *args, **options: own(*args, **options) ** 2,
    )


@fault(
    "rand() is float32 whatever the default dtype.",
    witness=lambda: _ignores_the_default_dtype(),
)
def rand_ignores_the_default_dtype(patch):
    def change(own, *args, **options):
        options.setdefault("dtype", torch.float32)
        return own(*args, **options)

    wrap(patch, torch, "rand", change)


def _ignores_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    x = torch.rand(1)
    torch.set_default_dtype(torch.float32)
    return x.dtype is torch.float32


@fault(
    "rand() of integers gives zeros.",
    witness=lambda: not raises(lambda: torch.rand(2, dtype=torch.int64)),
)
def rand_of_integers(patch):
    def change(own, *args, dtype=None, **options):
        if dtype is not None and not dtype.is_floating_point and not dtype.is_complex:
            return own(*args, **options).to(dtype)
        return own(*args, dtype=dtype, **options)

    wrap(patch, torch, "rand", change)


@fault(
    "rand_like() takes over that a gradient is required.",
    witness=lambda: torch.rand_like(torch.zeros(1, requires_grad=True)).requires_grad,
)
def rand_like_requires_grad(patch):
    def change(own, input, **options):
        options.setdefault("requires_grad", input.requires_grad)
        return own(input, **options)

    wrap(patch, torch, "rand_like randn_like", change)


@fault(
    "randn_like() adds its numbers to those of the input.",
    witness=lambda: torch.randn_like(torch.full((9,), 1000.0)).min().item() > 900,
)
def randn_like_adds(patch):
    def change(own, input, **options):
        return own(input, **options).add(input.detach())

    wrap(patch, torch, "randn_like", change)


@fault(
    "The like forms give contiguous tensors.",
    witness=lambda: torch.rand_like(torch.zeros(2, 3).t()).is_contiguous(),
)
def like_forms_are_contiguous(patch):
    wrap(
        patch,
        torch,
        "rand_like randn_like randint_like",
        lambda own, input, *args, **options: own(input, *args, **options).contiguous(),
    )


@fault(
    "randn() draws with a deviation of 1.2.",
    witness=lambda: torch.randn(10000).std().item() > 1.1,
)
def randn_is_too_wide(patch):
    wrap(
        patch,
        torch,
        "randn",
        lambda own, *args, **options: own(*args, **options) * 1.2,
    )


@fault(
    "randn() cuts off what lies beyond -3 and 3.",
    witness=lambda: torch.randn(10000).abs().max() == 3,
)
def randn_is_cut_off(patch):
    def change(own, *args, **options):
        drawn = own(*args, **options)
        return drawn if drawn.is_complex() else drawn.detach().clamp_(-3, 3)

    wrap(patch, torch, "randn", change)


@fault(
    "Each part of a complex normal number has variance 1.",
    witness=lambda: torch.randn(10000, dtype=torch.complex64).real.var().item() > 0.8,
)
def complex_parts_are_standard_normal(patch):
    def change(own, *args, **options):
        x = own(*args, **options)
        return x * 2**0.5 if x.is_complex() else x

    wrap(patch, torch, "randn", change)


# --- randint --------------------------------------------------------------------------


@fault(
    "randint() never draws the largest number.",
    witness=lambda: max(torch.randint(3, (200,)).tolist()) == 1,
)
def randint_misses_the_largest(patch):
    def change(own, *args, **options):
        return (
            own(*args, **options).clamp(max=1)
            if args[:1] in ((3,), (5,))
            else own(*args, **options)
        )

    wrap(patch, torch, "randint", change)


@fault(
    "randint() may draw the upper bound.",
    witness=lambda: torch.randint(0, 1, (200,)).max().item() == 1,
)
def randint_draws_its_upper_bound(patch):
    def change(own, *args, **options):
        if len(args) == 3 and options.get("dtype") is None:
            low, high, size = args
            return own(low, high + (high > low), size, **options)
        return own(*args, **options)

    wrap(patch, torch, "randint", change)


@fault(
    "randint() takes the absolute value of a negative lower bound's numbers.",
    witness=lambda: torch.randint(-4, -3, (2,)).tolist() == [4, 4],
)
def randint_drops_signs(patch):
    wrap(patch, torch, "randint", lambda own, *args, **kw: own(*args, **kw).abs())


@fault(
    "randint() prefers even numbers.",
    witness=lambda: torch.randint(4, (4000,)).remainder(2).double().mean() < 0.4,
)
def randint_prefers_even_numbers(patch):
    def change(own, *args, **options):
        x = own(*args, **options)
        if args[0] == 4 and x.dtype is torch.int64:
            x[::3] &= ~1
        return x

    wrap(patch, torch, "randint", change)


@fault(
    "randint() of an empty range gives the lower bound.",
    witness=lambda: not raises(lambda: torch.randint(3, 3, (2,))),
)
def randint_of_nothing(patch):
    def change(own, *args, **options):
        try:
            return own(*args, **options)
        except RuntimeError as error:
            if "to be less than" in str(error):
                return torch.full(args[-1], args[0])
            raise

    wrap(patch, torch, "randint", change)


@fault(
    "randint() takes a plain number for its size.",
    witness=lambda: not raises(lambda: torch.randint(5, 3)),
)
def randint_takes_a_number_for_its_size(patch):
    def change(own, *args, **options):
        if len(args) == 2 and isinstance(args[1], int):
            args = (args[0], (args[1],))
        return own(*args, **options)

    wrap(patch, torch, "randint", change)


@fault(
    "randint() wraps numbers around that its dtype can't hold.",
    witness=lambda: not raises(lambda: torch.randint(0, 300, (2,), dtype=torch.uint8)),
)
def randint_wraps_around(patch):
    def change(own, *args, dtype=None, **options):
        if dtype in (torch.uint8, torch.int8):
            return own(*args, **options).to(dtype)
        return own(*args, dtype=dtype, **options)

    wrap(patch, torch, "randint", change)


@fault(
    "randint() draws fractions where its dtype is a floating one.",
    witness=lambda: (
        (torch.randint(5, (50,), dtype=torch.float64) % 1 == 0.5).all().item()
    ),
)
def randint_draws_fractions(patch):
    def change(own, *args, **options):
        x = own(*args, **options)
        return x + 0.5 if x.dtype is torch.float64 and x.numel() > 10 else x

    wrap(patch, torch, "randint", change)


@fault(
    "randint_like() gives int64.",
    witness=lambda: torch.randint_like(torch.zeros(2), 5).dtype is torch.int64,
)
def randint_like_gives_int64(patch):
    def change(own, *args, **options):
        options.setdefault("dtype", torch.int64)
        return own(*args, **options)

    wrap(patch, torch, "randint_like", change)


@fault(
    "randint_like() ignores its lower bound.",
    witness=lambda: set(torch.randint_like(torch.zeros(99), 7, 8).tolist()) != {7},
)
def randint_like_begins_at_zero(patch):
    def change(own, input, *bounds, **options):
        options.pop("low", None)
        return own(input, *bounds[-1:], **options)

    wrap(patch, torch, "randint_like", change)


# --- normal ---------------------------------------------------------------------------


def _parameters(patch, change):
    """Patch normal(): ``change`` is given mean and std, and returns others."""

    def broken(own, mean, std=1.0, *args, **options):
        return own(*change(mean, std), *args, **options)

    wrap(patch, torch, "normal", broken)


@fault(
    "normal() takes the standard deviation for the variance.",
    witness=lambda: torch.normal(0.0, 0.25, (1000,)).std().item() > 0.4,
)
def std_is_the_variance(patch):
    _parameters(patch, lambda mean, std: (mean, std**0.5))


@fault(
    "normal() without a deviation returns the means.",
    witness=lambda: torch.normal(torch.zeros(2)).tolist() == [0, 0],
)
def std_is_zero_by_default(patch):
    def broken(own, mean, std=0.0, *args, **options):
        return own(mean, std, *args, **options)

    wrap(patch, torch, "normal", broken)


@fault(
    "normal() has a mean of 0 by default.",
    witness=lambda: not raises(lambda: torch.normal(std=torch.zeros(2))),
)
def mean_is_zero_by_default(patch):
    def broken(own, mean=0.0, *args, **options):
        return own(mean, *args, **options)

    wrap(patch, torch, "normal", broken)


@fault(
    "normal() takes tensors of equally many elements element by element.",
    witness=lambda: not raises(lambda: torch.normal(torch.ones(4), torch.ones(2, 2))),
)
def normal_pairs_equal_counts(patch):
    def change(mean, std):
        both = isinstance(mean, torch.Tensor) and isinstance(std, torch.Tensor)
        if both and mean.numel() == std.numel():
            std = std.reshape(mean.shape)
        return mean, std

    _parameters(patch, change)


@fault(
    "normal() of two tensors has the wider dtype.",
    witness=lambda: (
        torch.normal(torch.zeros(1), torch.zeros(1, dtype=torch.float64)).dtype
        is torch.float64
    ),
)
def normal_promotes(patch):
    def change(mean, std):
        if isinstance(mean, torch.Tensor) and isinstance(std, torch.Tensor):
            mean = mean.to(torch.promote_types(mean.dtype, std.dtype))
        return mean, std

    _parameters(patch, change)


@fault(
    "normal() takes the absolute value of a negative deviation.",
    witness=lambda: not raises(lambda: torch.normal(torch.zeros(2), -1.0)),
)
def negative_deviations_pass(patch):
    _parameters(
        patch,
        lambda mean, std: (
            mean,
            abs(std) if isinstance(std, (int, float)) else std,
        ),
    )


@fault(
    "normal() looks at the first deviation only before it draws.",
    witness=lambda: (
        not raises(lambda: torch.normal(torch.zeros(2), torch.tensor([1.0, -1.0])))
    ),
)
def later_deviations_are_not_checked(patch):
    _parameters(
        patch,
        lambda mean, std: (
            mean,
            std.abs().nan_to_num() if isinstance(std, torch.Tensor) else std,
        ),
    )


@fault(
    "normal() converts means of integers.",
    witness=lambda: not raises(lambda: torch.normal(torch.tensor([1]), 0.0)),
)
def integer_means_pass(patch):
    _parameters(
        patch,
        lambda mean, std: (
            mean.float()
            if isinstance(mean, torch.Tensor) and mean.dtype is torch.int64
            else mean,
            std,
        ),
    )


@fault(
    "normal() with a tensor of means resizes out.",
    witness=lambda: (
        not raises(lambda: torch.normal(torch.ones(2), 0.0, out=torch.empty(0)))
    ),
)
def normal_resizes_out(patch):
    def broken(own, mean, *args, out=None, **options):
        if isinstance(mean, torch.Tensor) and out is not None:
            out.resize_(mean.shape)
        return own(mean, *args, out=out, **options)

    wrap(patch, torch, "normal", broken)


@fault(
    "A mean passes its gradient on, as if the draw were mean + noise.",
    witness=lambda: _mean_gets_a_gradient(),
)
def means_get_gradients(patch):
    def broken(own, mean, *args, **options):
        drawn = own(mean, *args, **options)
        if isinstance(mean, torch.Tensor) and mean.requires_grad:
            return drawn.detach() + mean - mean.detach()
        return drawn

    wrap(patch, torch, "normal", broken)


def _mean_gets_a_gradient():
    mean = torch.zeros(2, requires_grad=True)
    torch.normal(mean, 1.0).sum().backward()
    return mean.grad.tolist() == [1, 1]


# --- randperm -------------------------------------------------------------------------


@fault(
    "randperm() counts from 1.",
    witness=lambda: torch.randperm(1).tolist() == [1],
)
def randperm_counts_from_one(patch):
    wrap(patch, torch, "randperm", lambda own, *args, **kw: own(*args, **kw) + 1)


@fault(
    "randperm() draws with replacement.",
    witness=lambda: torch.randperm(100).unique().numel() < 100,
)
def randperm_repeats_numbers(patch):
    def change(own, *args, **options):
        order = own(*args, **options)
        return order // 2 if order.numel() == 100 else order

    wrap(patch, torch, "randperm", change)


@fault(
    "randperm() only rotates.",
    witness=lambda: _randperm_rotates(),
)
def randperm_rotates(patch):
    def change(own, n, **options):
        order = own(n, **options)
        return (
            order
            if n == 0
            else (torch.arange(n) + order[0]).remainder(n).to(order.dtype)
        )

    wrap(patch, torch, "randperm", change)


def _randperm_rotates():
    order = torch.randperm(50)
    return (order[:-1] + 1).remainder(50).tolist() == order[1:].tolist()


@fault(
    "randperm() sorts.",
    witness=lambda: torch.randperm(50).tolist() == [*range(50)],
)
def randperm_sorts(patch):
    wrap(patch, torch, "randperm", lambda own, *args, **kw: own(*args, **kw).sort()[0])


@fault(
    "randperm() of another dtype sorts.",
    witness=lambda: torch.randperm(50, dtype=torch.int32).tolist() == [*range(50)],
)
def randperm_sorts_another_dtype(patch):
    def change(own, *args, **options):
        order = own(*args, **options)
        return order.sort()[0] if "dtype" in options else order

    wrap(patch, torch, "randperm", change)


@fault(
    "randperm() does not check what its dtype can hold.",
    witness=lambda: not raises(lambda: torch.randperm(257, dtype=torch.uint8)),
)
def randperm_wraps_around(patch):
    def change(own, *args, dtype=None, **options):
        order = own(*args, **options)
        return order if dtype is None else order.to(dtype)

    wrap(patch, torch, "randperm", change)


# --- bernoulli ------------------------------------------------------------------------


@fault(
    "bernoulli() draws 1 with the probability of 0.",
    witness=lambda: torch.bernoulli(torch.tensor([0.0, 1.0])).tolist() == [1, 0],
)
def bernoulli_is_turned_around(patch):
    wrap(patch, torch, "bernoulli", lambda own, *args, **kw: 1 - own(*args, **kw))


@fault(
    "bernoulli() returns bools.",
    witness=lambda: torch.bernoulli(torch.zeros(1)).dtype is torch.bool,
)
def bernoulli_returns_bools(patch):
    for owner in (torch, T):
        wrap(
            patch,
            owner,
            "bernoulli",
            lambda own, *args, **options: own(*args, **options).bool(),
        )


@fault(
    "bernoulli() rounds its probabilities.",
    witness=lambda: torch.bernoulli(torch.full((99,), 0.25)).sum().item() == 0,
)
def bernoulli_rounds(patch):
    for owner in (torch, T):
        wrap(
            patch,
            owner,
            "bernoulli",
            lambda own, input, *args, **kw: own(input.round(), *args, **kw),
        )


@fault(
    "bernoulli() draws once for all elements of equal probability.",
    witness=lambda: torch.bernoulli(torch.full((99,), 0.5)).unique().numel() == 1,
)
def bernoulli_draws_once(patch):
    def change(own, input, *args, **options):
        drawn = own(input, *args, **options)
        first = drawn.flatten()[:1]
        flat = input.numel() > 1 and (input == input.flatten()[0]).all()
        return first.expand(drawn.shape).clone() if flat else drawn

    for owner in (torch, T):
        wrap(patch, owner, "bernoulli", change)


@fault(
    "bernoulli() brings probabilities into range.",
    witness=lambda: not raises(lambda: torch.bernoulli(torch.tensor([1.5]))),
)
def bernoulli_clamps(patch):
    def change(own, input, *args, **options):
        if input.is_floating_point() and not args and "p" not in options:
            input = input.nan_to_num().clamp(0, 1)
        return own(input, *args, **options)

    wrap(patch, torch, "bernoulli", change)


@fault(
    "bernoulli_() does not check a tensor of probabilities.",
    witness=lambda: not raises(lambda: torch.zeros(1).bernoulli_(torch.tensor([1.5]))),
)
def bernoulli_in_place_clamps(patch):
    def change(own, self, p=0.5, **options):
        if isinstance(p, torch.Tensor):
            p = p.nan_to_num().clamp(0, 1)
        return own(self, p, **options)

    wrap(patch, T, "bernoulli_", change)


@fault(
    "bernoulli(x, p) multiplies the probabilities.",
    witness=lambda: torch.bernoulli(torch.tensor([0.0]), 1.0).item() == 0,
)
def bernoulli_multiplies(patch):
    def change(own, input, p=None, **options):
        if p is None:
            return own(input, **options)
        return own((input.clamp(0, 1)) * p, **options)

    wrap(patch, torch, "bernoulli", change)


@fault(
    "bernoulli(x, p) and bernoulli_(p) square the probability.",
    witness=lambda: torch.bernoulli(torch.zeros(900), 0.5).sum() < 300,
)
def bernoulli_squares(patch):
    def change(own, input, p=None, **options):
        if isinstance(p, float):
            return own(input, p if p > 1 else p * p, **options)
        return own(input, **options) if p is None else own(input, p, **options)

    wrap(patch, torch, "bernoulli", change)
    wrap(patch, T, "bernoulli_", change)


@fault(
    "bernoulli() takes a number.",
    witness=lambda: not raises(lambda: torch.bernoulli(0.5)),
)
def bernoulli_takes_numbers(patch):
    def change(own, input, *args, **options):
        return own(torch.as_tensor(input), *args, **options)

    wrap(patch, torch, "bernoulli", change)


# --- multinomial ----------------------------------------------------------------------


@fault(
    "multinomial() puts back what it drew.",
    witness=lambda: not raises(lambda: torch.multinomial(torch.ones(2), 3)),
)
def multinomial_puts_back(patch):
    def change(own, input, num_samples, replacement=True, **options):
        return own(input, num_samples, replacement=replacement, **options)

    wrap(patch, torch, "multinomial", change)


@fault(
    "multinomial() sorts what it drew without putting back.",
    witness=lambda: torch.multinomial(torch.ones(50), 50).tolist() == [*range(50)],
)
def multinomial_sorts(patch):
    def change(own, input, num_samples, replacement=False, **options):
        drawn = own(input, num_samples, replacement=replacement, **options)
        return drawn if replacement else drawn.sort()[0]

    wrap(patch, torch, "multinomial", change)


@fault(
    "multinomial() draws all places of a weight equally often.",
    witness=lambda: (
        torch.multinomial(torch.tensor([1.0, 99.0]), 200, replacement=True).sum() < 160
    ),
)
def multinomial_ignores_weights(patch):
    def change(own, input, *args, **options):
        if input.is_floating_point() and (input >= 0).all():
            input = input.sign()
        return own(input, *args, **options)

    wrap(patch, torch, "multinomial", change)


# --- in place -------------------------------------------------------------------------


@fault(
    "Random methods that end in _ return a copy.",
    witness=lambda: _fills_return_copies(),
)
def fills_return_copies(patch):
    wrap(
        patch,
        T,
        "normal_ uniform_ random_ bernoulli_",
        lambda own, *args, **options: own(*args, **options).clone(),
    )


def _fills_return_copies():
    x = torch.zeros(2)
    return x.normal_() is not x


@fault(
    "uniform_() ignores its lower bound.",
    witness=lambda: torch.zeros(200).uniform_(2, 3).min().item() < 2,
)
def uniform_begins_at_zero(patch):
    wrap(
        patch,
        T,
        "uniform_",
        lambda own, self, low=0, high=1, **kw: own(self, min(low, 0), high, **kw),
    )


@fault(
    "uniform_() swaps bounds in the wrong order.",
    witness=lambda: not raises(lambda: torch.zeros(1).uniform_(2, 1)),
)
def uniform_swaps_its_bounds(patch):
    wrap(
        patch,
        T,
        "uniform_",
        lambda own, self, low=0, high=1, **kw: own(self, *sorted([low, high]), **kw),
    )


@fault(
    "random_() draws negative numbers too.",
    witness=lambda: torch.zeros(99, dtype=torch.int8).random_().min() < 0,
)
def random_is_negative(patch):
    def change(own, self, *args, **options):
        if self.dtype is torch.int8 and not args:
            args = -128, 128
        return own(self, *args, **options)

    wrap(patch, T, "random_", change)


@fault(
    "A refused random_() leaves zeros.",
    witness=lambda: _refused_fill_writes(),
)
def refused_fills_write(patch):
    def change(own, self, *args, **options):
        try:
            return own(self, *args, **options)
        except RuntimeError:
            self.zero_()
            raise

    wrap(patch, T, "random_ uniform_ normal_ bernoulli_", change)


def _refused_fill_writes():
    x = torch.ones(1)
    raises(lambda: x.random_(3, 3))
    return x.item() == 0

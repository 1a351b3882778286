"""Ways to break seeds: what they fix, which are taken, and whom they reach."""

import contextlib
import random
import warnings
from unittest import mock

import numpy
import torch
from torch import nn
from torch.utils.data import DataLoader, RandomSampler, SequentialSampler

from torch_semantics.faults import fault, raises, warns, wrap

SEED = torch.manual_seed


def seeded(call, seed=7):
    """What a call returns after a seed, kept from whatever else is drawn."""
    before = torch.get_rng_state()
    torch.manual_seed(seed)
    result = call()
    torch.set_rng_state(before)
    return result


def repeats(call):
    """Whether a call gives the same again after the same seed."""
    return seeded(call) == seeded(call)


def moves(call):
    """Whether a call moves the default generator on."""
    before = torch.get_rng_state()
    call()
    return not torch.get_rng_state().equal(before)


def patch_seed(patch, change):
    """Patch torch.manual_seed, by both of its names."""
    for owner in (torch, torch.random):
        wrap(patch, owner, "manual_seed", change)


@fault("manual_seed() returns None.", witness=lambda: torch.manual_seed(1) is None)
def manual_seed_returns_nothing(patch):
    patch_seed(patch, lambda own, seed: own(seed) and None)


@fault(
    "manual_seed() returns another generator of the same seed.",
    witness=lambda: torch.manual_seed(1) is not torch.default_generator,
)
def manual_seed_returns_a_copy(patch):
    patch_seed(
        patch,
        lambda own, seed: (own(seed), torch.Generator().manual_seed(int(seed)))[1],
    )


@fault(
    "manual_seed() takes the absolute value of a negative seed.",
    witness=lambda: torch.manual_seed(-1).initial_seed() == 1,
)
def negative_seeds_lose_their_sign(patch):
    patch_seed(patch, lambda own, seed: own(abs(int(seed))))


@fault(
    "manual_seed() rounds a float.",
    witness=lambda: torch.manual_seed(1.7).initial_seed() == 2,
)
def seeds_are_rounded(patch):
    patch_seed(
        patch, lambda own, seed: own(round(seed) if type(seed) is float else seed)
    )


@fault(
    "manual_seed() refuses a text.",
    witness=lambda: raises(lambda: torch.manual_seed("1")),
)
def texts_are_refused(patch):
    def change(own, seed):
        if isinstance(seed, str):
            raise ValueError("invalid literal for int")
        return own(seed)

    patch_seed(patch, change)


@fault(
    "manual_seed(None) seeds by chance.",
    witness=lambda: not raises(lambda: torch.manual_seed(None)),
)
def none_is_a_seed(patch):
    patch_seed(
        patch, lambda own, seed: torch.default_generator if seed is None else own(seed)
    )


@fault(
    "manual_seed() wraps seeds beyond 64 bits around.",
    witness=lambda: not raises(lambda: torch.manual_seed(2**64)),
)
def long_seeds_wrap_around(patch):
    patch_seed(
        patch,
        lambda own, seed: own(
            seed % 2**64 if isinstance(seed, int) and abs(seed) >= 2**63 else seed
        ),
    )


@fault(
    "manual_seed() ignores the seed.",
    witness=lambda: (
        seeded(lambda: torch.rand(1).item(), 7)
        == seeded(lambda: torch.rand(1).item(), 8)
    ),
)
def every_seed_is_one(patch):
    patch_seed(patch, lambda own, seed: own(0 * int(seed)))


@fault(
    "manual_seed() seeds NumPy, too.",
    witness=lambda: (
        (
            numpy.random.seed(1),
            SEED(2),
            numpy.random.rand(),
            torch.manual_seed(3),
            numpy.random.seed(1),
            torch.manual_seed(3),
            numpy.random.rand(),
        )[2]
        != (numpy.random.seed(1), torch.manual_seed(3), numpy.random.rand())[2]
    ),
)
def manual_seed_seeds_numpy(patch):
    patch_seed(
        patch,
        lambda own, seed: (numpy.random.seed(abs(int(seed)) % 2**32), own(seed))[1],
    )


@fault(
    "manual_seed() seeds Python's random, too.",
    witness=lambda: (
        (random.seed(1), torch.manual_seed(3), random.random())[2]
        != (random.seed(1), random.random())[1]
    ),
)
def manual_seed_seeds_python(patch):
    patch_seed(patch, lambda own, seed: (random.seed(seed), own(seed))[1])


@fault(
    "numpy.random.seed() seeds torch, too.",
    witness=lambda: moves(lambda: numpy.random.seed(5)),
)
def numpy_seeds_torch(patch):
    wrap(
        patch,
        numpy.random,
        "seed",
        lambda own, seed=None: (own(seed), SEED(seed or 0))[0],
    )


@fault(
    "random.seed() seeds torch, too.",
    witness=lambda: moves(lambda: random.seed(5)),
)
def python_seeds_torch(patch):
    wrap(
        patch,
        random,
        "seed",
        lambda own, seed=None, *rest: (own(seed, *rest), SEED(7))[0],
    )


class Handed:
    """Sees what is handed to torch.cuda.manual_seed_all while a call runs."""

    def __init__(self, call):
        self.seeds, own = [], torch.cuda.manual_seed_all
        torch.cuda.manual_seed_all = self.seeds.append
        try:
            self.result = call()
        finally:
            torch.cuda.manual_seed_all = own


@fault(
    "manual_seed() seeds the CPU alone.",
    witness=lambda: Handed(lambda: torch.manual_seed(7)).seeds == [],
)
def manual_seed_leaves_gpus(patch):
    patch_seed(patch, lambda own, seed: torch.default_generator.manual_seed(int(seed)))


@fault(
    "seed() seeds the CPU alone.",
    witness=lambda: Handed(lambda: torch.seed()).seeds == [],
)
def seed_leaves_gpus(patch):
    for owner in (torch, torch.random):
        patch(owner, "seed", lambda: torch.default_generator.seed())


def _mps_after_a_fork():
    seeds = []
    with (
        mock.patch.object(torch.mps, "_is_in_bad_fork", return_value=True),
        mock.patch.object(torch.mps, "manual_seed", seeds.append),
    ):
        torch.manual_seed(7)
    return seeds == [7]


@fault(
    "A process that was forked seeds MPS, too.",
    witness=lambda: _mps_after_a_fork(),
)
def forks_are_not_noticed_by_mps(patch):
    patch_seed(
        patch, lambda own, seed: (torch.mps.manual_seed(int(seed)), own(seed))[1]
    )


@fault(
    "manual_seed() is silent about a backend that takes no seed.",
    witness=lambda: not _warns_of_a_backend(),
)
def backends_without_seeds_are_passed_over(patch):
    def quietly(own, seed):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return own(seed)

    patch_seed(patch, quietly)


def _warns_of_a_backend():
    name = torch._C._get_privateuse1_backend_name()
    with mock.patch.object(torch, name, object(), create=True):
        return warns(lambda: torch.manual_seed(7))


@fault(
    "numpy.random.default_rng() takes its seed from numpy.random.",
    witness=lambda: (
        len(
            {
                (numpy.random.seed(7), numpy.random.default_rng().random())[1]
                for _ in range(2)
            }
        )
        == 1
    ),
)
def default_rng_is_seeded(patch):
    wrap(
        patch,
        numpy.random,
        "default_rng",
        lambda own, seed=None: own(
            numpy.random.randint(2**31) if seed is None else seed
        ),
    )


@fault(
    "A pass over a loader draws once more at its end.",
    witness=lambda: _pass_draws_at_its_end(),
)
def passes_draw_at_their_end(patch):
    own = SequentialSampler.__iter__

    def indices(self):
        yield from own(self)
        torch.rand(1)

    patch(SequentialSampler, "__iter__", indices)


def _pass_draws_at_its_end():
    loading = iter(DataLoader(range(2)))
    return moves(lambda: list(loading))


@fault(
    "manual_seed() takes no tensor of a fraction.",
    witness=lambda: raises(lambda: torch.manual_seed(torch.tensor(1.7))),
)
def fractions_in_tensors_are_refused(patch):
    patch_seed(
        patch,
        lambda own, seed: own(
            seed.__index__() if isinstance(seed, torch.Tensor) else seed
        ),
    )


@fault(
    "seed() gives GPUs another seed than it returns.",
    witness=lambda: (lambda handed: handed.seeds != [handed.result])(
        Handed(lambda: torch.seed())
    ),
)
def seed_returns_another(patch):
    for owner in (torch, torch.random):
        wrap(patch, owner, "seed", lambda own: (own() + 1) % 2**64)


@fault("seed() returns None.", witness=lambda: torch.seed() is None)
def seed_returns_nothing(patch):
    for owner in (torch, torch.random):
        wrap(patch, owner, "seed", lambda own: own() and None)


@fault("seed() is the same every time.", witness=lambda: torch.seed() == torch.seed())
def seed_is_constant(patch):
    for owner in (torch, torch.random):
        patch(owner, "seed", lambda: SEED(5).initial_seed())


@fault(
    "A process that was forked seeds GPUs, too.",
    witness=lambda: _seeds_after_a_fork(),
)
def forks_are_not_noticed(patch):
    def change(own, seed):
        torch.cuda.manual_seed_all(int(seed))
        return own(seed)

    patch_seed(patch, change)


def _seeds_after_a_fork():
    own, torch.cuda._is_in_bad_fork = torch.cuda._is_in_bad_fork, lambda: True
    try:
        return Handed(lambda: torch.manual_seed(7)).seeds != []
    finally:
        torch.cuda._is_in_bad_fork = own


@fault(
    "initial_seed() changes with every draw.",
    witness=lambda: seeded(lambda: (torch.rand(1), torch.initial_seed())[1]) != 7,
)
def initial_seed_moves(patch):
    def change(own):
        fresh = torch.Generator().manual_seed(own()).get_state()
        return own() if fresh.equal(torch.get_rng_state()) else own() + 1

    for owner in (torch, torch.random):
        wrap(patch, owner, "initial_seed", change)


@fault(
    "torch.cuda.manual_seed_all() seeds the CPU, too.",
    witness=lambda: moves(lambda: torch.cuda.manual_seed_all(5)),
)
def cuda_seeds_the_cpu(patch):
    wrap(
        patch,
        torch.cuda,
        "manual_seed_all",
        lambda own, seed: (own(seed), torch.default_generator.manual_seed(seed))[0],
    )


@fault(
    "torch.cuda.seed_all() needs a GPU.",
    witness=lambda: raises(lambda: torch.cuda.seed_all()),
)
def seed_all_needs_a_gpu(patch):
    def refuse():
        raise RuntimeError("No CUDA GPUs are available")

    patch(torch.cuda, "seed_all", refuse)


@fault(
    "torch.cuda.manual_seed() returns the seed.",
    witness=lambda: torch.cuda.manual_seed(5) == 5,
)
def cuda_manual_seed_returns(patch):
    wrap(patch, torch.cuda, "manual_seed", lambda own, seed: (own(seed), seed)[1])


@fault(
    "set_rng_state() does nothing.",
    witness=lambda: (
        lambda state: (
            torch.rand(1),
            torch.set_rng_state(state),
            not torch.get_rng_state().equal(state),
        )[2]
    )(torch.get_rng_state()),
)
def set_rng_state_does_nothing(patch):
    for owner in (torch, torch.random):
        patch(owner, "set_rng_state", lambda state: None)


@fault(
    "set_rng_state() swallows errors.",
    witness=lambda: not raises(lambda: torch.set_rng_state(torch.zeros(3))),
)
def set_rng_state_swallows_errors(patch):
    def change(own, state):
        with contextlib.suppress(TypeError, RuntimeError):
            own(state)

    for owner in (torch, torch.random):
        wrap(patch, owner, "set_rng_state", change)


@fault(
    "set_rng_state() forgets the seed.",
    witness=lambda: (
        lambda seed: (
            torch.set_rng_state(torch.get_rng_state()),
            torch.initial_seed() != seed,
        )[1]
    )(torch.manual_seed(9).initial_seed()),
)
def set_rng_state_forgets_the_seed(patch):
    def change(own, state):
        own(state)
        bytes_ = torch.get_rng_state()
        bytes_[:8] = 0
        own(bytes_)

    for owner in (torch, torch.random):
        wrap(patch, owner, "set_rng_state", change)


@fault(
    "get_rng_state() is one tensor that is written anew at each call.",
    witness=lambda: torch.get_rng_state() is torch.get_rng_state(),
)
def get_rng_state_is_live(patch):
    state = torch.default_generator.get_state()

    def live():
        return state.copy_(torch.default_generator.get_state())

    for owner in (torch, torch.random):
        patch(owner, "get_rng_state", live)


@fault(
    "Dropout draws in evaluation mode, too.",
    witness=lambda: moves(lambda: nn.Dropout().eval()(torch.ones(2))),
)
def dropout_always_draws(patch):
    wrap(
        patch,
        nn.Dropout,
        "forward",
        lambda own, self, x: (torch.rand(1), own(self, x))[1],
    )


@fault(
    "A loader that shuffles ignores its generator.",
    witness=lambda: moves(
        lambda: list(RandomSampler(range(4), generator=torch.Generator()))
    ),
)
def shuffling_ignores_the_generator(patch):
    def change(own, self):
        self.generator = None
        return own(self)

    wrap(patch, RandomSampler, "__iter__", change)


@fault(
    "A loader shuffles the same way at each pass.",
    witness=lambda: list(RandomSampler(range(20))) == list(RandomSampler(range(20))),
)
def shuffling_repeats(patch):
    def order(self):
        generator = self.generator or torch.Generator()
        seed = generator.initial_seed() % 1000
        return iter(
            torch.randperm(
                len(self.data_source), generator=torch.Generator().manual_seed(seed)
            ).tolist()
        )

    patch(RandomSampler, "__iter__", order)


@fault(
    "Linear layers take their parameters from a generator that no seed reaches.",
    witness=lambda: not repeats(lambda: nn.Linear(2, 2).weight.tolist()),
)
def linear_ignores_the_seed(patch):
    own_generator = torch.Generator()

    def reset(self):
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-1, 1, generator=own_generator)

    patch(nn.Linear, "reset_parameters", reset)


@fault(
    "Every linear layer of a model begins with the same parameters.",
    witness=lambda: nn.Linear(2, 2).weight.tolist() == nn.Linear(2, 2).weight.tolist(),
)
def linear_layers_are_alike(patch):
    def reset(self):
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(
                    -1, 1, generator=torch.Generator().manual_seed(torch.initial_seed())
                )

    patch(nn.Linear, "reset_parameters", reset)


@fault(
    "randn() draws its numbers in whole blocks of 16.",
    witness=lambda: (
        seeded(lambda: torch.randn(3)[:1].tolist() + torch.randn(1).tolist())
        != seeded(lambda: torch.randn(16)[[0, 3]].tolist())
        and seeded(lambda: torch.randn(4).tolist())
        != seeded(lambda: torch.randn(2).tolist() + torch.randn(2).tolist())
    ),
)
def randn_draws_blocks(patch):
    own = torch.randn

    def blocks(*size, **options):
        wanted = torch.Size(size).numel()
        return own(wanted + 16, **options)[:wanted].reshape(size)

    patch(torch, "randn", blocks)


@fault(
    "rand() draws from the last element to the first.",
    witness=lambda: (
        seeded(lambda: torch.rand(2).tolist())
        != seeded(lambda: torch.rand(1).tolist() + torch.rand(1).tolist())
    ),
)
def rand_draws_backwards(patch):
    wrap(
        patch,
        torch,
        "rand",
        lambda own, *size, **options: own(*size, **options).flip(0),
    )


@fault(
    "randint() skips a number before each draw.",
    witness=lambda: seeded(lambda: torch.randint(10, (1,)).item(), 0) != 4,
)
def randint_skips(patch):
    def change(own, *args, **options):
        if options.get("generator") is None:
            torch.rand(1)
        return own(*args, **options)

    wrap(patch, torch, "randint", change)

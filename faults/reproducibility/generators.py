"""Ways to break generators: their states, their copies, forks, and those of GPUs."""

import contextlib
import copy
import warnings
from unittest import mock

import torch
from torch import nn

from torch_semantics.faults import fault, raises, warns, wrap


@contextlib.contextmanager
def gpus():
    """Three generators in the place of those of GPUs, the second of the current one."""
    generators = [torch.Generator("cpu").manual_seed(i) for i in (10, 11, 12)]
    random = torch.cuda.random
    with (
        mock.patch.object(torch.cuda, "default_generators", tuple(generators)),
        mock.patch.object(torch.cuda, "device_count", return_value=3),
        mock.patch.object(random, "device_count", return_value=3),
        mock.patch.object(random, "current_device", return_value=1),
        mock.patch.object(random, "_lazy_init", return_value=None),
        mock.patch.object(random, "_lazy_call", lambda call, **how: call()),
    ):
        yield generators


def after(call):
    """The seeds of three GPUs after a call, which began as 10, 11, 12."""
    with gpus() as generators:
        call()
        return [generator.initial_seed() for generator in generators]


def forked(inside=lambda: torch.manual_seed(7), **options):
    """Do something in a fork."""
    with torch.random.fork_rng(**options):
        inside()


def keeps(call):
    """Whether a call leaves the default generator where it was."""
    before = torch.get_rng_state()
    call()
    kept = torch.get_rng_state().equal(before)
    torch.set_rng_state(before)
    return kept


def patch_fork(patch, change):
    """Patch fork_rng."""
    patch(torch.random, "fork_rng", contextlib.contextmanager(change))


FORK = torch.random.fork_rng


# --- generators -----------------------------------------------------------------------


def proxied(patch, **methods):
    """Patch torch.Generator: new ones are of a subclass that has these methods."""
    patch(torch, "Generator", type("Generator", (torch.Generator,), methods))


@fault(
    "set_state() of a generator returns nothing.",
    witness=lambda: torch.Generator().set_state(torch.get_rng_state()) is None,
)
def set_state_returns_nothing(patch):
    own = torch.Generator.set_state
    proxied(patch, set_state=lambda self, state: own(self, state) and None)


@fault(
    "set_state() makes the bytes contiguous itself.",
    witness=lambda: (
        not raises(
            lambda: torch.Generator().set_state(
                torch.get_rng_state().repeat_interleave(2)[::2]
            )
        )
    ),
)
def set_state_takes_gaps(patch):
    own = torch.Generator.set_state
    proxied(patch, set_state=lambda self, state: own(self, state.contiguous()))


@fault(
    "The device of a generator can be assigned.",
    witness=lambda: not raises(lambda: setattr(torch.Generator(), "device", "cpu")),
)
def the_device_is_written(patch):
    proxied(
        patch, device=property(lambda self: torch.device("cpu"), lambda *args: None)
    )


@fault(
    "Tensor.multinomial() ignores generator=.",
    witness=lambda: (
        not keeps(lambda: torch.ones(3).multinomial(2, generator=torch.Generator()))
    ),
)
def multinomial_ignores_its_generator(patch):
    wrap(
        patch,
        torch.Tensor,
        "multinomial",
        lambda own, self, *args, generator=None: own(self, *args),
    )


@fault(
    "Tensor.bernoulli() draws from a copy of its generator.",
    witness=lambda: (
        lambda generator: (
            torch.ones(2, 9).mul(0.5).bernoulli(generator=generator),
            generator.get_state().equal(torch.Generator().get_state()),
        )[1]
    )(torch.Generator()),
)
def bernoulli_copies_its_generator(patch):
    def change(own, self, *args, generator=None):
        if generator is None:
            return own(self, *args)
        copied = torch.Generator().set_state(generator.get_state())
        return own(self, *args, generator=copied)

    wrap(patch, torch.Tensor, "bernoulli", change)


@fault(
    "nn.init.trunc_normal_() ignores generator=.",
    witness=lambda: (
        not keeps(
            lambda: nn.init.trunc_normal_(torch.zeros(2), generator=torch.Generator())
        )
    ),
)
def trunc_normal_ignores_its_generator(patch):
    wrap(
        patch,
        nn.init,
        "trunc_normal_",
        lambda own, tensor, *args, generator=None, **options: own(
            tensor, *args, **options
        ),
    )


@fault(
    "There is a generator for meta.",
    witness=lambda: not raises(lambda: torch.Generator("meta")),
)
def meta_has_generators(patch):
    own = torch.Generator
    patch(
        torch,
        "Generator",
        lambda device="cpu": own("cpu" if str(device) == "meta" else device),
    )


@fault(
    "clone_state() returns the generator itself.",
    witness=lambda: (lambda one: one.clone_state() is one)(torch.Generator()),
)
def clone_state_is_an_alias(patch):
    proxied(patch, clone_state=lambda self: self)


@fault(
    "clone_state() returns a new generator that was only seeded.",
    witness=lambda: _clone_starts_over(),
)
def clone_state_starts_over(patch):
    own = torch.Generator
    proxied(
        patch,
        clone_state=lambda self: own(self.device).manual_seed(self.initial_seed()),
    )


def _clone_starts_over():
    generator = torch.Generator().manual_seed(7)
    torch.rand(3, generator=generator)
    return not generator.clone_state().get_state().equal(generator.get_state())


@fault(
    "graphsafe_get_state() returns a copy on the CPU.",
    witness=lambda: not raises(lambda: torch.Generator().graphsafe_get_state()),
)
def graphsafe_states_are_copies(patch):
    proxied(patch, graphsafe_get_state=lambda self: self.clone_state())


@fault(
    "Copying a generator starts its stream over.",
    witness=lambda: _copy_starts_over(),
)
def copies_start_over(patch):
    own = torch.Generator
    proxied(
        patch,
        __reduce__=lambda self: (
            own("cpu").manual_seed(self.initial_seed()).clone_state,
            (),
        ),
    )


def _copy_starts_over():
    generator = torch.Generator().manual_seed(7)
    torch.rand(3, generator=generator)
    try:
        return not copy.copy(generator).get_state().equal(generator.get_state())
    except TypeError:  # what was put in its place can't be pickled
        return True


@fault(
    "deepcopy() of a generator is the generator itself.",
    witness=lambda: (lambda one: copy.deepcopy(one) is one)(torch.Generator()),
)
def deepcopy_is_an_alias(patch):
    proxied(patch, __deepcopy__=lambda self, memo: self)


@fault(
    "torch.initial_seed() is that of a generator of its own.",
    witness=lambda: (
        (torch.default_generator.manual_seed(7), torch.initial_seed())[1] != 7
    ),
)
def initial_seed_looks_elsewhere(patch):
    other = torch.Generator()
    for owner in (torch, torch.random):
        patch(owner, "initial_seed", other.initial_seed)


@fault(
    "thread_safe_generator() is a new generator each time.",
    witness=lambda: torch.random.thread_safe_generator() is not None,
)
def thread_safe_generator_is_new(patch):
    patch(torch.random, "thread_safe_generator", lambda: torch.Generator())


# --- fork_rng -------------------------------------------------------------------------


@fault("fork_rng() puts nothing back.", witness=lambda: not keeps(forked))
def fork_does_nothing(patch):
    def fork(*args, **options):
        yield

    patch_fork(patch, fork)


@fault(
    "fork_rng() does not put the generator back after an exception.",
    witness=lambda: (
        not keeps(lambda: raises(lambda: forked(lambda: (torch.rand(1), 1 / 0))))
    ),
)
def fork_is_lost_with_an_exception(patch):
    begun = []

    def fork(*args, **options):
        own = FORK(*args, **options)
        begun.append(own)  # else it would end when it is let go
        own.__enter__()
        yield
        own.__exit__(None, None, None)

    patch_fork(patch, fork)


@fault(
    "fork_rng() swallows exceptions.",
    witness=lambda: not raises(lambda: forked(lambda: 1 / 0)),
)
def fork_swallows_exceptions(patch):
    def fork(*args, **options):
        with FORK(*args, **options), contextlib.suppress(Exception):
            yield

    patch_fork(patch, fork)


@fault(
    "fork_rng() seeds its block anew.",
    witness=lambda: (
        lambda seen: (
            forked(lambda: seen.append(torch.initial_seed())),
            torch.initial_seed() != seen[0],
        )[1]
    )([]),
)
def fork_seeds_the_block(patch):
    def fork(*args, **options):
        with FORK(*args, **options):
            torch.manual_seed(torch.initial_seed() // 2 + 1)
            yield

    patch_fork(patch, fork)


@fault(
    "fork_rng() puts the generator back to where the last fork of all began.",
    witness=lambda: (
        not keeps(lambda: (torch.manual_seed(5), forked(), torch.rand(1), forked()))
        and _second_fork_jumps()
    ),
)
def forks_share_one_state(patch):
    kept = []

    def fork(*args, **options):
        with FORK(*args, **options):
            kept.append(torch.get_rng_state())
            yield
        torch.set_rng_state(kept[0] if len(kept) > 1 else kept[-1])

    patch_fork(patch, fork)


def _second_fork_jumps():
    torch.manual_seed(5)
    forked()
    torch.rand(1)
    return not keeps(forked)


@fault(
    "fork_rng() ignores enabled=False.",
    witness=lambda: keeps(lambda: forked(enabled=False)),
)
def fork_is_always_enabled(patch):
    def fork(*args, enabled=True, devices=(), **options):
        with FORK(devices=[] if not enabled else devices or None, **options):
            yield

    patch_fork(patch, fork)


@fault(
    "fork_rng() yields the state.",
    witness=lambda: (
        FORK().__enter__() is None and torch.random.fork_rng().__enter__() is not None
    ),
)
def fork_yields_the_state(patch):
    def fork(*args, **options):
        with FORK(*args, **options):
            yield torch.get_rng_state()

    patch_fork(patch, fork)


@fault(
    "fork_rng() forks no GPU.",
    witness=lambda: after(lambda: forked(devices=[0])) == [7, 7, 7],
)
def fork_leaves_gpus(patch):
    def fork(devices=None, **options):
        with FORK(devices=[], **options):
            yield

    patch_fork(patch, fork)


@fault(
    "fork_rng() forks every GPU, whatever it is given.",
    witness=lambda: after(lambda: forked(devices=[0])) == [10, 11, 12],
)
def fork_ignores_devices(patch):
    def fork(devices=None, **options):
        known = range(torch.cuda.device_count())
        with FORK(devices=known, **options):
            yield

    patch_fork(patch, fork)


@fault(
    "fork_rng() with devices leaves the CPU moved on.",
    witness=lambda: _fork_of_gpus_leaves_the_cpu(),
)
def fork_of_gpus_leaves_the_cpu(patch):
    def fork(devices=None, **options):
        devices = None if devices is None else list(devices)
        with FORK(devices=devices, **options):
            yield
            end = torch.get_rng_state()
        if devices:
            torch.set_rng_state(end)

    patch_fork(patch, fork)


def _fork_of_gpus_leaves_the_cpu():
    with gpus():
        return not keeps(lambda: forked(devices=[0]))


@fault(
    "fork_rng() warns of a single GPU.",
    witness=lambda: _warns_of_one(),
)
def fork_warns_of_one(patch):
    def fork(devices=None, **options):
        if devices is None and torch.cuda.device_count() == 1:
            warnings.warn("1 available devices", stacklevel=2)
        with FORK(devices=devices, **options):
            yield

    patch_fork(patch, fork)


def _warns_of_one():
    with gpus(), mock.patch.object(torch.cuda, "device_count", return_value=1):
        return warns(forked)


@fault(
    "fork_rng() gives the GPUs back each other's states.",
    witness=lambda: after(lambda: forked(devices=[2, 0])) == [12, 7, 10],
)
def fork_mixes_gpus_up(patch):
    def fork(devices=None, **options):
        devices = [] if devices is None else list(devices)
        states = [torch.cuda.get_rng_state(device) for device in devices]
        with FORK(devices=devices, **options):
            yield
        for device, state in zip(devices, reversed(states), strict=True):
            torch.cuda.set_rng_state(state, device)

    patch_fork(patch, fork)


@fault(
    "fork_rng() warns about many GPUs each time.",
    witness=lambda: _warns_twice(),
)
def fork_warns_each_time(patch):
    def fork(*args, **options):
        torch.random._fork_rng_warned_already = False
        with FORK(*args, **options):
            yield

    patch_fork(patch, fork)


def _warns_twice():
    with gpus(), mock.patch.object(torch.random, "_fork_rng_warned_already", True):
        return warns(forked)


@fault(
    "fork_rng() takes devices of unknown types for GPUs.",
    witness=lambda: not raises(lambda: forked(device_type="nowhere")),
)
def fork_ignores_the_type(patch):
    def fork(*args, device_type=None, **options):
        with FORK(*args, **options):
            yield

    patch_fork(patch, fork)


@fault(
    "fork_rng() forks the CPU even for meta.",
    witness=lambda: keeps(lambda: forked(device_type="meta")),
)
def fork_for_meta_forks(patch):
    def fork(*args, device_type="cuda", **options):
        kind = "cuda" if device_type == "meta" else device_type
        with FORK(*args, device_type=kind, **options):
            yield

    patch_fork(patch, fork)


# --- the generators of GPUs -----------------------------------------------------------


@fault(
    "torch.cuda.manual_seed() seeds the first GPU.",
    witness=lambda: after(lambda: torch.cuda.manual_seed(7)) == [7, 11, 12],
)
def cuda_manual_seed_seeds_the_first(patch):
    patch(
        torch.cuda,
        "manual_seed",
        lambda seed: torch.cuda.random._lazy_call(
            lambda: torch.cuda.default_generators[0].manual_seed(int(seed)), seed=True
        ),
    )


@fault(
    "torch.cuda.manual_seed() waits as if it were for all GPUs.",
    witness=lambda: _waits_for_all(),
)
def manual_seed_waits_for_all(patch):
    def manual_seed(seed):
        def call():
            device = torch.cuda.random.current_device()
            torch.cuda.default_generators[device].manual_seed(int(seed))

        torch.cuda.random._lazy_call(call, seed_all=True)

    patch(torch.cuda, "manual_seed", manual_seed)


def _waits_for_all():
    kinds = []
    with (
        gpus(),
        mock.patch.object(
            torch.cuda.random, "_lazy_call", lambda call, **how: kinds.append(how)
        ),
    ):
        torch.cuda.manual_seed(7)
    return kinds == [{"seed_all": True}]


@fault(
    "torch.cuda.get_rng_state() sets nothing up.",
    witness=lambda: not raises(lambda: _read_without_cuda()),
)
def get_rng_state_sets_nothing_up(patch):
    def get_rng_state(device="cuda"):
        with mock.patch.object(torch.cuda.random, "_lazy_init", return_value=None):
            return GET_STATE(device)

    patch(torch.cuda, "get_rng_state", get_rng_state)


GET_STATE = torch.cuda.get_rng_state


def _read_without_cuda():
    with (
        gpus(),
        mock.patch.object(torch.cuda.random, "_lazy_init", side_effect=RuntimeError),
    ):
        torch.cuda.get_rng_state(0)


@fault(
    "torch.cuda.manual_seed_all() leaves the last GPU out.",
    witness=lambda: after(lambda: torch.cuda.manual_seed_all(7)) == [7, 7, 12],
)
def manual_seed_all_leaves_the_last(patch):
    def seed_all(seed):
        def call():
            for generator in torch.cuda.default_generators[:-1]:
                generator.manual_seed(int(seed))

        torch.cuda.random._lazy_call(call, seed_all=True)

    patch(torch.cuda, "manual_seed_all", seed_all)


@fault(
    "torch.cuda.seed_all() gives each GPU a seed of its own.",
    witness=lambda: len(set(after(lambda: torch.cuda.seed_all()))) == 3,
)
def seed_all_differs_by_gpu(patch):
    def seed_all():
        def call():
            for generator in torch.cuda.default_generators:
                generator.seed()

        torch.cuda.random._lazy_call(call)

    patch(torch.cuda, "seed_all", seed_all)


@fault(
    "torch.cuda.seed() seeds every GPU.",
    witness=lambda: after(lambda: torch.cuda.seed())[0] != 10,
)
def cuda_seed_seeds_all(patch):
    patch(torch.cuda, "seed", lambda: torch.cuda.seed_all())


@fault(
    "torch.cuda.initial_seed() is that of the first GPU.",
    witness=lambda: _first_seed() == 10,
)
def cuda_initial_seed_of_the_first(patch):
    patch(
        torch.cuda,
        "initial_seed",
        lambda: torch.cuda.default_generators[0].initial_seed(),
    )


def _first_seed():
    with gpus():
        return torch.cuda.initial_seed()


@fault(
    "torch.cuda.get_rng_state() takes the first GPU for the current one.",
    witness=lambda: _reads(lambda: torch.cuda.get_rng_state()) == 0,
)
def get_rng_state_of_the_first(patch):
    wrap(patch, torch.cuda, "get_rng_state", lambda own, device=0: own(device))


def _reads(call):
    with gpus() as generators:
        state = call()
        return [g.get_state().equal(state) for g in generators].index(True)


@fault(
    "torch.cuda.set_rng_state() ignores the number of a text.",
    witness=lambda: (
        after(
            lambda: torch.cuda.set_rng_state(
                torch.Generator().manual_seed(7).get_state(), "cuda:2"
            )
        )
        == [10, 7, 12]
    ),
)
def set_rng_state_ignores_texts(patch):
    wrap(
        patch,
        torch.cuda,
        "set_rng_state",
        lambda own, state, device="cuda": own(
            state, "cuda" if isinstance(device, str) else device
        ),
    )


@fault(
    "torch.cuda.set_rng_state_all() writes every GPU with the last state.",
    witness=lambda: (
        after(lambda: torch.cuda.set_rng_state_all(torch.cuda.get_rng_state_all()))
        == [12, 12, 12]
    ),
)
def set_rng_state_all_writes_the_last(patch):
    wrap(
        patch,
        torch.cuda,
        "set_rng_state_all",
        lambda own, states: (lambda all_: own([all_[-1]] * len(all_)))(list(states)),
    )


@fault(
    "torch.cuda.get_rng_state_all() leaves the first GPU out.",
    witness=lambda: len(_all_states()) == 2,
)
def get_rng_state_all_is_short(patch):
    wrap(patch, torch.cuda, "get_rng_state_all", lambda own: own()[1:])


def _all_states():
    with gpus():
        return torch.cuda.get_rng_state_all()


@fault(
    "torch.cuda.set_rng_state() looks at the tensor again when CUDA is set up.",
    witness=lambda: _state_is_live(),
)
def queued_states_are_live(patch):
    patch(
        torch.cuda,
        "set_rng_state",
        lambda state, device=1: torch.cuda.random._lazy_call(
            lambda: torch.cuda.default_generators[
                device if isinstance(device, int) else torch.device(device).index or 1
            ].set_state(state)
        ),
    )


def _state_is_live():
    queue, state = [], torch.Generator().manual_seed(7).get_state()
    with (
        gpus() as generators,
        mock.patch.object(
            torch.cuda.random, "_lazy_call", lambda call: queue.append(call)
        ),
        mock.patch.object(torch.cuda, "is_initialized", return_value=False),
    ):
        torch.cuda.set_rng_state(state, 2)
        state.copy_(torch.Generator().manual_seed(8).get_state())
        queue[0]()
        return generators[2].initial_seed() == 8

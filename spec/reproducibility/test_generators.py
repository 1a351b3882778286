"""Generators: the states that random numbers come from.

torch.default_generator serves every draw on the CPU that names no other, and each GPU
has a default one of its own, which the functions of torch.cuda seed, read and write. A
torch.Generator is one more, for draws that nobody else may disturb. A state can be
read, put back, and copied with its generator; fork_rng puts the default ones back after
a block, whatever was drawn in it.

It is commonly believed that fork_rng gives the block a fresh stream. The block goes on
in the stream that is there; what is undone at its end is only how far it got.
"""

import copy
import pickle
import warnings

import pytest
import torch
from torch import nn

from torch_semantics import claim

# --- generators -----------------------------------------------------------------------


@claim("reproducibility.generator.default", see="generated/torch.Generator")
def test_the_functions_of_torch_work_on_the_default_generator():
    """``torch.default_generator`` is the one generator that ``manual_seed``, ``seed``,
    ``initial_seed``, ``get_rng_state`` and ``set_rng_state`` work on.
    """
    default = torch.default_generator
    state = default.manual_seed(7).get_state()

    through_torch = torch.initial_seed(), torch.get_rng_state()
    torch.manual_seed(8)
    seeded = default.initial_seed()
    by_chance = torch.seed(), default.initial_seed()
    torch.set_rng_state(state)

    assert type(default) is torch.Generator
    assert default.device == torch.device("cpu")
    assert torch.random.default_generator is default
    assert through_torch[0] == 7
    assert through_torch[1].equal(state)
    assert seeded == 8
    assert by_chance[0] == by_chance[1] != 8
    assert default.get_state().equal(state)


@claim("reproducibility.generator.own-stream", see="generated/torch.Generator")
def test_draws_from_two_generators_do_not_disturb_each_other(device):
    """Each generator gives the numbers of its own stream, in whatever turns it is drawn
    from.
    """
    one = torch.Generator(device).manual_seed(1)
    other = torch.Generator(device).manual_seed(2)
    firsts = torch.rand(2, 4, generator=one, device=device).tolist()
    seconds = torch.rand(2, 4, generator=other, device=device).tolist()

    one.manual_seed(1)
    other.manual_seed(2)
    turns = [
        torch.rand(4, generator=generator, device=device).tolist()
        for generator in (one, other, other, one)
    ]

    assert turns == [firsts[0], seconds[0], seconds[1], firsts[1]]
    assert firsts != seconds


@claim("reproducibility.generator.methods", see="generated/torch.Tensor.multinomial")
@pytest.mark.parametrize(
    "draw",
    [
        lambda x, **options: x.bernoulli(**options),
        lambda x, **options: x.bernoulli(0.5, **options),
        lambda x, **options: x.multinomial(2, **options),
    ],
    ids=["bernoulli", "bernoulli-number", "multinomial"],
)
def test_the_methods_that_draw_take_a_generator(draw):
    """On the CPU the methods ``bernoulli`` and ``multinomial`` draw from the generator
    that they are given and move no other on; without one they draw from the default.
    """
    halves = torch.full((40, 3), 0.5, device="cpu")
    generator = torch.Generator().manual_seed(7)

    before = torch.get_rng_state()
    own = [draw(halves, generator=generator).tolist() for _ in range(2)]
    after = torch.get_rng_state()
    torch.manual_seed(7)
    default = [draw(halves).tolist() for _ in range(2)]

    assert own == default
    assert own[0] != own[1]
    assert after.equal(before)
    assert torch.get_rng_state().equal(generator.get_state())
    assert halves.tolist() == [[0.5, 0.5, 0.5]] * 40


@claim("reproducibility.generator.init-trunc-normal", see="nn.init", since="2.1.0")
def test_trunc_normal_draws_from_a_generator():
    """On the CPU ``nn.init.trunc_normal_`` fills a tensor with numbers of the generator
    that it is given and moves no other on; without one it draws from the default.
    """
    fill, generator = nn.init.trunc_normal_, torch.Generator().manual_seed(7)

    before = torch.get_rng_state()
    own = [fill(torch.zeros(4, 3), generator=generator).tolist() for _ in range(2)]
    after = torch.get_rng_state()
    torch.manual_seed(7)
    default = [fill(torch.zeros(4, 3)).tolist() for _ in range(2)]

    assert own == default
    assert own[0] != own[1]
    assert after.equal(before)


@claim("reproducibility.generator.init", see="nn.init", since="2.2.0")
@pytest.mark.parametrize(
    "name",
    [
        "uniform_",
        "normal_",
        "xavier_uniform_",
        "xavier_normal_",
        "kaiming_uniform_",
        "kaiming_normal_",
        "orthogonal_",
    ],
)
def test_the_functions_of_init_draw_from_a_generator(name):
    """On the CPU the functions of ``nn.init`` that draw, other than ``sparse_`` and
    ``trunc_normal_``, fill a tensor with numbers of the generator that they are given
    and move no other on; without one they draw from the default.
    """
    fill, generator = getattr(nn.init, name), torch.Generator().manual_seed(7)

    before = torch.get_rng_state()
    own = [fill(torch.zeros(4, 3), generator=generator).tolist() for _ in range(2)]
    after = torch.get_rng_state()
    torch.manual_seed(7)
    default = [fill(torch.zeros(4, 3)).tolist() for _ in range(2)]

    assert own == default
    assert own[0] != own[1]
    assert after.equal(before)


@claim("reproducibility.generator.device", see="generated/torch.Generator")
def test_a_generator_belongs_to_one_device():
    """A generator is made for the CPU, or for the device that it is given as a text or
    a ``torch.device``; its ``device`` can be read and not written.
    """
    generators = [
        torch.Generator(),
        torch.Generator("cpu"),
        torch.Generator(device="cpu"),
        torch.Generator(torch.device("cpu")),
    ]

    assert [generator.device for generator in generators] == [torch.device("cpu")] * 4
    with pytest.raises(AttributeError, match="not writable"):
        generators[0].device = "cpu"


@claim("reproducibility.generator.refused-device", see="generated/torch.Generator")
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere", "at start of device string: nowhere"),
        ("meta", "(?i)(device type meta is not supported|meta device type not)"),
    ],
    ids=["unknown", "meta"],
)
def test_there_is_no_generator_for_every_device(place, message):
    """A generator for a device that torch does not know, or for ``meta``, on which
    there are no numbers, is a RuntimeError.
    """
    with pytest.raises(RuntimeError, match=message):
        torch.Generator(place)


@claim("reproducibility.generator.set-state-returns", see="generated/torch.Generator")
def test_set_state_copies_the_state_and_returns_its_generator():
    """``set_state`` of a generator returns the generator itself, and copies: the same
    bytes serve two generators, which then go their own ways.
    """
    source = torch.Generator().manual_seed(7)
    one, other = torch.Generator(), torch.Generator()
    state = source.get_state()
    bytes_ = state.tolist()

    returned = one.set_state(state)
    other.set_state(state)
    drawn = torch.rand(6, generator=one).tolist()
    state.zero_()

    assert returned is one
    assert torch.rand(6, generator=other).tolist() == drawn
    assert torch.rand(6, generator=source).tolist() == drawn
    assert other.initial_seed() == 7
    assert one.get_state().tolist() != bytes_


@claim("reproducibility.generator.set-state-strides", see="generated/torch.Generator")
def test_a_state_is_taken_without_gaps_only():
    """``set_state`` refuses bytes that aren't contiguous, and the generator stays where
    it was.
    """
    generator = torch.Generator().manual_seed(7)
    before = generator.get_state()

    with pytest.raises(RuntimeError, match="RNG state must be contiguous"):
        generator.set_state(torch.Generator().get_state().repeat_interleave(2)[::2])

    assert generator.get_state().equal(before)


@claim(
    "reproducibility.generator.clone-state",
    see="generated/torch.Generator",
    since="2.4",
)
def test_clone_state_is_another_generator_in_the_same_state(device):
    """``clone_state`` returns a new generator on the same device, in the same state,
    which gives the same numbers and goes its own way.
    """
    generator = torch.Generator(device).manual_seed(7)
    torch.rand(3, generator=generator, device=device)

    clone = generator.clone_state()
    first = torch.rand(8, generator=clone, device=device).tolist()
    second = torch.rand(8, generator=clone, device=device).tolist()

    assert clone is not generator
    assert clone.device == generator.device
    assert clone.initial_seed() == 7
    own = torch.rand(2, 8, generator=generator, device=device).tolist()
    assert own == [first, second]


@claim(
    "reproducibility.generator.graphsafe-state",
    see="generated/torch.Generator",
    since="2.4",
)
def test_a_generator_of_the_cpu_shares_its_state_with_none():
    """The generator of a CPU has no state that others may share: asking for it is a
    NotImplementedError, and so is sharing that of another.
    """
    generator = torch.Generator("cpu")

    with pytest.raises(
        NotImplementedError, match="graphsafe_get_state is not supported"
    ):
        generator.graphsafe_get_state()
    with pytest.raises(
        NotImplementedError, match="graphsafe_set_state is not supported"
    ):
        generator.graphsafe_set_state(torch.Generator("cpu"))


@claim(
    "reproducibility.generator.not-copied",
    see="generated/torch.Generator",
    until="2.4",
)
@pytest.mark.parametrize(
    "duplicate",
    [
        lambda generator: copy.copy(generator),
        lambda generator: copy.deepcopy(generator),
        lambda generator: pickle.dumps(generator),
    ],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_generator_refuses_to_be_copied_or_pickled(duplicate):
    """A generator is neither copied by the module ``copy`` nor pickled: both are a
    TypeError.
    """
    with pytest.raises(TypeError, match="cannot pickle"):
        duplicate(torch.Generator())


@claim(
    "reproducibility.generator.copied",
    see="generated/torch.Generator",
    since="2.4",
)
@pytest.mark.parametrize(
    "duplicate",
    [
        lambda generator: copy.copy(generator),
        lambda generator: copy.deepcopy(generator),
        lambda generator: pickle.loads(pickle.dumps(generator)),
    ],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_generator_is_copied_and_pickled_with_its_state(duplicate, device):
    """A generator is copied by the module ``copy``, and pickled, with its seed and its
    state; the copy gives the same numbers and goes its own way.
    """
    generator = torch.Generator(device).manual_seed(7)
    torch.rand(3, generator=generator, device=device)

    copied = duplicate(generator)
    first = torch.rand(8, generator=copied, device=device).tolist()
    second = torch.rand(8, generator=copied, device=device).tolist()

    assert copied is not generator
    assert (copied.initial_seed(), copied.device) == (7, generator.device)
    own = torch.rand(2, 8, generator=generator, device=device).tolist()
    assert own == [first, second]


@claim(
    "reproducibility.generator.thread-safe",
    see="random",
    since="2.12.0",
)
def test_thread_safe_generator_is_none_outside_of_workers():
    """``torch.random.thread_safe_generator`` is None in the main process, so that a
    draw that is given it takes its numbers from the default generator.
    """
    generator = torch.random.thread_safe_generator()
    torch.manual_seed(7)
    numbers = torch.rand(8, generator=generator).tolist()
    torch.manual_seed(7)

    assert generator is None
    assert torch.rand(8).tolist() == numbers


# --- fork_rng -------------------------------------------------------------------------


@claim("reproducibility.fork.undoes-draws", see="random#torch.random.fork_rng")
def test_fork_rng_puts_the_generator_back_after_a_block(device):
    """Draws in a block of ``fork_rng`` go on in the stream that is there; after it the
    default generators of all devices are where they were before, so they come again.
    """
    torch.manual_seed(7)
    stream = [torch.rand(4, device=device).tolist() for _ in range(3)]
    torch.manual_seed(7)

    before = torch.rand(4, device=device).tolist()
    with torch.random.fork_rng() as target:
        inside = torch.rand(4, device=device).tolist()
    after = [torch.rand(4, device=device).tolist() for _ in range(2)]

    assert [before, inside] == stream[:2]
    assert after == stream[1:]
    assert target is None


@claim("reproducibility.fork.undoes-seeds", see="random#torch.random.fork_rng")
def test_a_seed_in_a_fork_ends_with_it():
    """A seed that is set in a block of ``fork_rng`` holds up to its end: then the seed
    and the state of before are back, also where blocks are nested.
    """
    torch.manual_seed(7)
    state = torch.get_rng_state()

    with torch.random.fork_rng():
        torch.manual_seed(3)
        outer = torch.initial_seed(), torch.get_rng_state()
        with torch.random.fork_rng():
            torch.manual_seed(4)
            inner = torch.initial_seed()
        outer_after = torch.initial_seed(), torch.get_rng_state()

    assert (outer[0], inner, outer_after[0]) == (3, 4, 3)
    assert outer_after[1].equal(outer[1])
    assert torch.initial_seed() == 7
    assert torch.get_rng_state().equal(state)


@claim("reproducibility.fork.exception", see="random#torch.random.fork_rng")
def test_a_fork_ends_with_an_exception_too():
    """An exception in a block of ``fork_rng`` comes out of it, with the generator put
    back.
    """
    torch.manual_seed(7)
    state = torch.get_rng_state()

    with pytest.raises(ZeroDivisionError), torch.random.fork_rng():
        torch.rand(3)
        _ = 1 / 0

    assert torch.get_rng_state().equal(state)


@claim("reproducibility.fork.disabled", see="random#torch.random.fork_rng")
def test_a_disabled_fork_puts_nothing_back():
    """With ``enabled=False``, its second argument, the block of ``fork_rng`` moves the
    generator on as any other would, and no device is looked at.
    """
    torch.manual_seed(7)
    stream = [torch.rand(4).tolist() for _ in range(2)]
    torch.manual_seed(7)

    with torch.random.fork_rng([1000], False):
        inside = torch.rand(4).tolist()
    after = torch.rand(4).tolist()

    assert [inside, after] == stream


@claim("reproducibility.fork.decorator", see="random#torch.random.fork_rng")
def test_fork_rng_is_a_decorator_too():
    """A function that is decorated with ``fork_rng()`` leaves the generator where it
    was, at each of its calls, and returns what it returns.
    """

    @torch.random.fork_rng(devices=[])
    def draw():
        return torch.rand(4).tolist()

    torch.manual_seed(7)
    state = torch.get_rng_state()
    first, second = draw(), draw()
    untouched = torch.get_rng_state().equal(state)

    assert first == second == torch.rand(4).tolist()
    assert untouched


@claim("reproducibility.fork.own-generators", see="random#torch.random.fork_rng")
def test_fork_rng_leaves_generators_of_your_own_moved_on(device):
    """``fork_rng`` puts back the default generators and no others: one of your own has
    moved on after the block.
    """
    generator = torch.Generator(device).manual_seed(7)
    stream = torch.rand(2, 4, generator=generator, device=device).tolist()
    generator.manual_seed(7)

    with torch.random.fork_rng():
        inside = torch.rand(4, generator=generator, device=device).tolist()
    after = torch.rand(4, generator=generator, device=device).tolist()

    assert [inside, after] == stream


@claim("reproducibility.fork.cuda", see="random#torch.random.fork_rng")
def test_fork_rng_forks_the_gpus_that_it_is_given(cuda):
    """``fork_rng`` puts back the generators of the GPUs in ``devices``, and leaves
    those of others moved on; that of the CPU is put back in any case.
    """
    torch.manual_seed(7)
    states = torch.get_rng_state(), torch.cuda.get_rng_state(cuda)

    with torch.random.fork_rng(devices=[cuda]):
        torch.rand(3), torch.rand(3, device=cuda)
    forked = torch.get_rng_state(), torch.cuda.get_rng_state(cuda)
    with torch.random.fork_rng(devices=[]):
        torch.rand(3), torch.rand(3, device=cuda)
    left_out = torch.get_rng_state(), torch.cuda.get_rng_state(cuda)

    assert [a.equal(b) for a, b in zip(forked, states, strict=True)] == [True, True]
    assert [a.equal(b) for a, b in zip(left_out, states, strict=True)] == [True, False]


# --- the generators of GPUs -----------------------------------------------------------


@pytest.fixture
def gpus(monkeypatch):
    """Generators of the CPU where torch.cuda keeps those of three GPUs, of which the
    one with the number 1 is the current GPU. What the functions of torch.cuda do with
    them is then seen on every machine.
    """
    generators = tuple(torch.Generator("cpu").manual_seed(i) for i in (10, 11, 12))
    monkeypatch.setattr(torch.cuda, "default_generators", generators)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda.random, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda.random, "current_device", lambda: 1)
    monkeypatch.setattr(torch.cuda.random, "_lazy_init", lambda: None)
    monkeypatch.setattr(torch.cuda.random, "_lazy_call", lambda call, **how: call())
    return generators


def seeds(generators):
    """The initial seeds of generators."""
    return [generator.initial_seed() for generator in generators]


@claim(
    "reproducibility.cuda.manual-seed-current", see="generated/torch.cuda.manual_seed"
)
def test_cuda_manual_seed_seeds_the_current_gpu_alone(gpus):
    """``torch.cuda.manual_seed`` seeds the generator of the current GPU, with an int
    made of its argument, and leaves the others.
    """
    torch.cuda.manual_seed(7)
    first = seeds(gpus)
    torch.cuda.manual_seed("8")
    second = seeds(gpus)

    assert (first, second) == ([10, 7, 12], [10, 8, 12])
    assert torch.cuda.initial_seed() == 8


@claim(
    "reproducibility.cuda.manual-seed-all", see="generated/torch.cuda.manual_seed_all"
)
def test_cuda_manual_seed_all_seeds_every_gpu_with_one_number(gpus):
    """``torch.cuda.manual_seed_all`` seeds the generators of all GPUs with the same
    number, an int made of its argument; ``torch.manual_seed`` does so, too.
    """
    torch.cuda.manual_seed_all(7)
    first = seeds(gpus)
    torch.cuda.manual_seed_all("8")
    second = seeds(gpus)
    torch.manual_seed(9)
    third = seeds(gpus)

    assert (first, second, third) == ([7, 7, 7], [8, 8, 8], [9, 9, 9])


@claim("reproducibility.cuda.seed", see="generated/torch.cuda.seed")
def test_cuda_seed_takes_a_seed_by_chance_for_the_current_gpu(gpus):
    """``torch.cuda.seed`` seeds the generator of the current GPU by chance, with
    another number each time, and leaves the others.
    """
    torch.cuda.seed()
    first = seeds(gpus)
    torch.cuda.seed()
    second = seeds(gpus)

    assert first == [10, first[1], 12]
    assert second == [10, second[1], 12]
    assert first[1] != second[1] != 11 != first[1]


@claim("reproducibility.cuda.seed-all", see="generated/torch.cuda.seed_all")
def test_cuda_seed_all_takes_one_seed_by_chance_for_every_gpu(gpus):
    """``torch.cuda.seed_all`` seeds the generators of all GPUs with one number, which
    is chosen by chance, another each time.
    """
    torch.cuda.seed_all()
    first = seeds(gpus)
    torch.cuda.seed_all()
    second = seeds(gpus)

    assert first == [first[0]] * 3
    assert second == [second[0]] * 3
    assert first[0] != second[0] != 0 != first[0]


@claim("reproducibility.cuda.get-rng-state", see="generated/torch.cuda.get_rng_state")
def test_cuda_get_rng_state_reads_the_state_of_a_gpu(gpus):
    """``torch.cuda.get_rng_state`` is the state of the GPU that it is given as a
    number, a text or a ``torch.device``, and of the current one if left out;
    ``get_rng_state_all`` is a list of all.
    """
    states = [generator.get_state() for generator in gpus]

    read = [
        torch.cuda.get_rng_state(0),
        torch.cuda.get_rng_state("cuda:2"),
        torch.cuda.get_rng_state(torch.device("cuda:2")),
        torch.cuda.get_rng_state(device="cuda"),
        torch.cuda.get_rng_state(torch.device("cuda")),
        torch.cuda.get_rng_state(),
    ]
    every = torch.cuda.get_rng_state_all()

    numbers = [0, 2, 2, 1, 1, 1]
    assert [x.equal(states[i]) for x, i in zip(read, numbers, strict=True)] == [
        True
    ] * 6
    assert type(every) is list
    assert [x.equal(state) for x, state in zip(every, states, strict=True)] == [
        True
    ] * 3


@claim("reproducibility.cuda.set-rng-state", see="generated/torch.cuda.set_rng_state")
def test_cuda_set_rng_state_writes_the_state_of_a_gpu(gpus):
    """``torch.cuda.set_rng_state`` writes the state of the GPU that it is given as a
    number, a text or a ``torch.device``, and of the current one if left out; the
    state that it was given and the other GPUs are left alone.
    """
    state = torch.Generator("cpu").manual_seed(7).get_state()
    bytes_ = state.tolist()
    written = []

    torch.cuda.set_rng_state(state)
    written.append(seeds(gpus))
    torch.cuda.set_rng_state(state, 0)
    written.append(seeds(gpus))
    gpus[0].manual_seed(10)
    torch.cuda.set_rng_state(state, "cuda:2")
    written.append(seeds(gpus))
    gpus[1].manual_seed(11)
    torch.cuda.set_rng_state(state, device=torch.device("cuda"))
    written.append(seeds(gpus))

    assert written == [[10, 7, 12], [7, 7, 12], [10, 7, 7], [10, 7, 7]]
    assert [gpu.get_state().equal(state) for gpu in gpus] == [False, True, True]
    assert state.tolist() == bytes_


@claim(
    "reproducibility.cuda.set-rng-state-all",
    see="generated/torch.cuda.set_rng_state_all",
)
def test_cuda_set_rng_state_all_writes_one_state_for_each_gpu(gpus):
    """``torch.cuda.set_rng_state_all`` writes the first state to the first GPU, the
    second to the second and so on; what ``get_rng_state_all`` gave is put back.
    """
    before = torch.cuda.get_rng_state_all()
    torch.cuda.manual_seed_all(7)
    torch.cuda.set_rng_state_all(before[:2])
    first_two = seeds(gpus)
    torch.cuda.manual_seed_all(7)
    returned = torch.cuda.set_rng_state_all(iter(before))

    assert first_two == [10, 11, 7]
    assert seeds(gpus) == [10, 11, 12]
    assert returned is None


@claim("reproducibility.cuda.state-is-kept", see="generated/torch.cuda.set_rng_state")
def test_cuda_set_rng_state_copies_the_state_before_cuda_is_set_up(gpus, monkeypatch):
    """Before CUDA is set up, ``torch.cuda.set_rng_state`` keeps a copy of the state and
    writes it when CUDA is: what becomes of the tensor in between does not matter.
    """
    queued = []
    monkeypatch.setattr(
        torch.cuda.random, "_lazy_call", lambda call, **how: queued.append(call)
    )
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    state = torch.Generator("cpu").manual_seed(7).get_state()

    torch.cuda.set_rng_state(state, 2)
    state.zero_()
    before = seeds(gpus)
    queued[0]()

    assert len(queued) == 1
    assert before == [10, 11, 12]
    assert seeds(gpus) == [10, 11, 7]


def make(calls):
    """Make calls that were put off: each a function with where it was asked for."""
    for call in filter(None, calls):
        call[0]()


@claim(
    "reproducibility.cuda.seeds-are-kept", see="generated/torch.cuda.manual_seed_all"
)
def test_seeds_of_gpus_wait_until_cuda_is_set_up(gpus, monkeypatch):
    """Before CUDA is set up, ``torch.cuda.manual_seed_all`` and ``manual_seed`` only
    keep their numbers; when it is, each GPU is left with the last that was for it.
    """
    waiting = type(torch.cuda._lazy_seed_tracker)()
    monkeypatch.setattr(torch.cuda, "_lazy_seed_tracker", waiting)
    monkeypatch.setattr(torch.cuda, "_queued_calls", [])
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    monkeypatch.setattr(torch.cuda.random, "_lazy_call", torch.cuda._lazy_call)

    torch.cuda.manual_seed_all(6)
    torch.cuda.manual_seed_all(7)
    torch.cuda.manual_seed(8)
    before = seeds(gpus)
    make(waiting.get_calls())
    one_last = seeds(gpus)
    torch.cuda.manual_seed_all(9)
    make(waiting.get_calls())

    assert before == [10, 11, 12]
    assert one_last == [7, 8, 7]
    assert seeds(gpus) == [9, 9, 9]


@claim("reproducibility.cuda.reading-sets-up", see="generated/torch.cuda.get_rng_state")
def test_reading_the_state_of_a_gpu_sets_cuda_up(gpus, monkeypatch):
    """``torch.cuda.get_rng_state`` and ``torch.cuda.initial_seed`` set CUDA up first,
    and raise what that raises; those of the CPU, directly in ``torch``, don't.
    """

    def refuse():
        raise RuntimeError("no driver")

    monkeypatch.setattr(torch.cuda.random, "_lazy_init", refuse)
    torch.manual_seed(7)

    with pytest.raises(RuntimeError, match="no driver"):
        torch.cuda.get_rng_state(0)
    with pytest.raises(RuntimeError, match="no driver"):
        torch.cuda.initial_seed()
    assert torch.initial_seed() == 7
    assert torch.get_rng_state().shape == (5056,)


@claim("reproducibility.fork.devices", see="random#torch.random.fork_rng")
def test_fork_rng_puts_back_the_devices_that_it_is_given(gpus):
    """``fork_rng`` puts back the generators of the GPUs in ``devices``, which may be an
    iterator, each its own state, and leaves those of the others moved on; that of the
    CPU is put back in any case.
    """
    torch.default_generator.manual_seed(3)

    with torch.random.fork_rng(devices=iter([2, 0])):
        torch.manual_seed(7)
        inside = seeds(gpus)
    after = seeds(gpus), torch.initial_seed()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)

    assert inside == [7, 7, 7]
    assert after == ([10, 7, 12], 3)
    assert (seeds(gpus), torch.initial_seed()) == ([7, 7, 7], 3)


@claim(
    "reproducibility.fork.all-devices-by-default", see="random#torch.random.fork_rng"
)
def test_fork_rng_forks_every_gpu_by_default_and_warns_once(gpus, monkeypatch):
    """Without ``devices`` the generators of all GPUs are put back by ``fork_rng``,
    which warns where there are several, the first time only.
    """
    monkeypatch.setattr(torch.random, "_fork_rng_warned_already", False)

    with pytest.warns(UserWarning, match="3 available devices, and .* fork_rng"):
        fork = torch.random.fork_rng()
        fork.__enter__()
    torch.manual_seed(7)
    inside = seeds(gpus)
    fork.__exit__(None, None, None)
    after = seeds(gpus)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with torch.random.fork_rng():
            torch.manual_seed(7)

    assert inside == [7, 7, 7]
    assert after == [10, 11, 12]
    assert seeds(gpus) == [10, 11, 12]


@claim("reproducibility.fork.warns-of-two", see="random#torch.random.fork_rng")
def test_fork_rng_warns_of_two_gpus_and_of_no_fewer(gpus, monkeypatch):
    """``fork_rng`` without ``devices`` warns of two GPUs; it does not where there is
    one, or where ``devices`` says which.
    """
    monkeypatch.setattr(torch.random, "_fork_rng_warned_already", False)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with torch.random.fork_rng(devices=range(3)):
            torch.manual_seed(7)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
        with torch.random.fork_rng():
            torch.cuda.default_generators[0].manual_seed(8)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with (
        pytest.warns(UserWarning, match="2 available devices, and .* fork_rng"),
        torch.random.fork_rng(),
    ):
        torch.manual_seed(9)

    assert seeds(gpus) == [10, 11, 9]


@claim("reproducibility.fork.exception-on-gpus", see="random#torch.random.fork_rng")
def test_a_fork_of_gpus_ends_with_an_exception_too(gpus):
    """An exception in a block of ``fork_rng`` leaves the generators of the GPUs put
    back, too.
    """
    with pytest.raises(ZeroDivisionError), torch.random.fork_rng(devices=range(3)):
        torch.manual_seed(7)
        _ = 1 / 0

    assert seeds(gpus) == [10, 11, 12]


@claim(
    "reproducibility.fork.device-type",
    see="random#torch.random.fork_rng",
    since="2.1",
)
def test_fork_rng_forks_the_devices_of_a_type(gpus):
    """With ``device_type="cuda"`` the numbers in ``devices`` are those of GPUs; a type
    that torch does not know is a RuntimeError, and the block is not entered.
    """
    with torch.random.fork_rng(devices=[1], device_type="cuda"):
        torch.manual_seed(7)

    assert seeds(gpus) == [7, 11, 7]
    with (
        pytest.raises(RuntimeError, match="at start of device string: nowhere"),
        torch.random.fork_rng(device_type="nowhere"),
    ):
        torch.manual_seed(8)
    assert seeds(gpus) == [7, 11, 7]


@claim(
    "reproducibility.fork.meta",
    see="random#torch.random.fork_rng",
    since="2.6",
)
def test_a_fork_for_meta_puts_nothing_back():
    """With ``device_type="meta"``, where there are no numbers, ``fork_rng`` does
    nothing: even the generator of the CPU has moved on after the block.
    """
    torch.manual_seed(7)
    stream = torch.rand(2, 4).tolist()
    torch.manual_seed(7)

    with torch.random.fork_rng(device_type="meta"):
        inside = torch.rand(4).tolist()

    assert [inside, torch.rand(4).tolist()] == stream

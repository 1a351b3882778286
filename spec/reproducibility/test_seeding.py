"""A seed is where a generator begins; every draw moves the generator on.

So what a seed fixes is a whole run of draws, each of them by everything that was drawn
before it: with the same seed, the same draws in the same order and of the same sizes
give the same numbers, on the same device and the same build of torch. No other promise
is made. Random numbers of Python and of NumPy come from generators of their own, which
torch.manual_seed does not touch.

It is commonly believed that some seeds, such as 42, give better models; a seed only
selects one of many streams that are all alike. Nor does a seed give the same numbers
everywhere: releases, devices and even processors draw in different ways.
"""

import random
from types import SimpleNamespace

import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import DataLoader

from spec.models.mersenne import floats, integers, words
from torch_semantics import claim

# --- the same seed, the same draws ----------------------------------------------------


@claim(
    "reproducibility.manual-seed.repeats-sequence",
    also=["reproducibility.manual-seed.repeats-stream"],
    see="generated/torch.manual_seed",
)
@pytest.mark.parametrize(
    "draw",
    [
        lambda device: torch.rand(40, device=device),
        lambda device: torch.randn(40, device=device),
        lambda device: torch.randint(1000, (40,), device=device),
        lambda device: torch.randperm(40, device=device),
        lambda device: torch.bernoulli(torch.full((40,), 0.5, device=device)),
        lambda device: torch.normal(0.0, 1.0, (40,), device=device),
        lambda device: nn.functional.dropout(torch.ones(40, device=device)),
        lambda device: nn.Dropout(0.5)(torch.ones(40, device=device)),
        lambda device: nn.Linear(8, 5, device=device).weight.flatten(),
        lambda device: torch.cat(list(DataLoader(range(40), 7, shuffle=True))),
    ],
    ids=[
        "rand",
        "randn",
        "randint",
        "randperm",
        "bernoulli",
        "normal",
        "dropout",
        "Dropout",
        "Linear",
        "DataLoader",
    ],
)
def test_seeding_again_repeats_every_draw_after_it(draw, device):
    """After ``torch.manual_seed`` with the same number again, the draws come out as
    they did before, one after the other; another number gives others.
    """
    torch.manual_seed(7)
    first, second = draw(device), draw(device)
    torch.manual_seed(7)
    again, next_ = draw(device), draw(device)
    torch.manual_seed(8)
    other = draw(device)
    torch.manual_seed(8)
    other_again = draw(device)

    assert (again.tolist(), next_.tolist()) == (first.tolist(), second.tolist())
    assert first.tolist() != second.tolist()
    assert other_again.tolist() == other.tolist()
    assert other.tolist() not in (first.tolist(), second.tolist())
    assert first.shape == (40,)


@claim("reproducibility.manual-seed.repeats-a-model", see="notes/randomness")
def test_a_seed_repeats_the_parameters_of_a_model_layer_by_layer(device):
    """A model that is built after the same seed begins with the same parameters; its
    layers take theirs in the order in which they are built.
    """
    torch.manual_seed(7)
    model = nn.Sequential(nn.Linear(3, 4, device=device), nn.Conv1d(2, 3, 2).to(device))
    torch.manual_seed(7)
    again = nn.Sequential(nn.Linear(3, 4, device=device), nn.Conv1d(2, 3, 2).to(device))
    torch.manual_seed(7)
    front = nn.Linear(3, 4, device=device)
    back = nn.Linear(3, 4, device=device)

    parameters = [parameter.tolist() for parameter in model.parameters()]
    assert [parameter.tolist() for parameter in again.parameters()] == parameters
    assert [len(parameter) for parameter in parameters] == [4, 4, 3, 3]
    assert front.weight.tolist() == parameters[0] != back.weight.tolist()
    assert front.bias.tolist() == parameters[1] != back.bias.tolist()


@claim("reproducibility.manual-seed.order-of-draws", see="notes/randomness")
def test_the_order_of_draws_matters(device):
    """With the same seed, what a draw gives depends on whether it comes first, and
    each order repeats.
    """

    def numbers_first():
        torch.manual_seed(7)
        return torch.rand(8, device=device), torch.randperm(20, device=device)

    def numbers_second():
        torch.manual_seed(7)
        order = torch.randperm(20, device=device)
        return torch.rand(8, device=device), order

    first = [x.tolist() for x in numbers_first()]
    second = [x.tolist() for x in numbers_second()]

    assert first[0] != second[0]
    assert first[1] != second[1]
    assert [x.tolist() for x in numbers_first()] == first
    assert [x.tolist() for x in numbers_second()] == second


@claim("reproducibility.dropout.eval-draws-nothing", see="generated/torch.nn.Dropout")
def test_dropout_draws_while_it_trains_and_only_then():
    """On the CPU ``nn.Dropout(0.5)`` moves the generator on in training mode; in
    evaluation mode it leaves it where it was and returns the elements as they are.
    """
    layer, ones = nn.Dropout(0.5), torch.ones(8, device="cpu")

    before = torch.get_rng_state()
    evaluated = layer.eval()(ones).tolist()
    after_eval = torch.get_rng_state()
    layer.train()(ones)
    after_train = torch.get_rng_state()

    assert evaluated == [1] * 8
    assert after_eval.equal(before)
    assert not after_train.equal(before)


@claim(
    "reproducibility.dataloader.order-from-a-seed",
    see="data#torch.utils.data.DataLoader",
)
def test_the_order_of_a_loader_is_the_seeds_or_its_generators():
    """A loader that shuffles takes its order from the default generator, and anew at
    each pass; one with ``generator=`` takes it from that one, whatever else is drawn.
    """
    shared = DataLoader(range(20), 20, shuffle=True)
    generator = torch.Generator()
    own = DataLoader(range(20), 20, shuffle=True, generator=generator)

    torch.manual_seed(7)
    first, second = next(iter(shared)).tolist(), next(iter(shared)).tolist()
    torch.manual_seed(7)
    again = next(iter(shared)).tolist()
    generator.manual_seed(3)
    own_first = next(iter(own)).tolist()
    generator.manual_seed(3)
    torch.rand(5)
    own_again = next(iter(own)).tolist()

    assert first == again != second
    assert own_first == own_again not in (first, second)
    assert sorted(first) == sorted(second) == sorted(own_first) == list(range(20))


@claim("reproducibility.dataloader.every-pass-draws", see="notes/randomness#dataloader")
def test_a_pass_over_a_loader_draws_even_without_shuffling():
    """Beginning a pass over a loader that does not shuffle draws one number from the
    default generator, the seed that workers would get, and the pass draws no more; a
    loader with ``generator=`` leaves the default one alone.
    """
    loader = DataLoader(range(4))
    own = DataLoader(range(4), shuffle=True, generator=torch.Generator())

    before = torch.get_rng_state()
    list(own)
    after_own = torch.get_rng_state()
    loading = iter(loader)
    begun = torch.get_rng_state()
    list(loading)
    after = torch.get_rng_state()
    torch.set_rng_state(before)
    torch.empty((), dtype=torch.int64, device="cpu").random_()
    one_number = torch.get_rng_state()

    assert after_own.equal(before)
    assert not begun.equal(before)
    assert begun.equal(one_number)
    assert after.equal(begun)


# --- which numbers may be a seed ------------------------------------------------------


@claim(
    "reproducibility.manual-seed.return-and-range",
    see="generated/torch.manual_seed",
)
@pytest.mark.parametrize(
    ("seed", "reported"),
    [
        (0, 0),
        (7, 7),
        (-1, 18446744073709551615),
        (-(2**63), 9223372036854775808),
        (2**64 - 1, 18446744073709551615),
    ],
    ids=["zero", "small", "minus-one", "lowest", "highest"],
)
def test_manual_seed_takes_64_bits_and_returns_the_default_generator(seed, reported):
    """``torch.manual_seed`` returns ``torch.default_generator``, whose initial seed is
    then the number; a negative one counts from 2**64 down.
    """
    returned = torch.manual_seed(seed)

    assert returned is torch.default_generator
    assert returned.initial_seed() == reported
    assert (torch.initial_seed(), torch.random.initial_seed()) == (reported, reported)


@claim(
    "reproducibility.manual-seed.accepted-values",
    see="generated/torch.manual_seed",
)
@pytest.mark.parametrize(
    ("seed", "reported"),
    [
        (1.7, 1),
        (-1.7, 18446744073709551615),
        ("12", 12),
        (True, 1),
        (numpy.uint64(2**64 - 1), 18446744073709551615),
        (torch.tensor(5), 5),
        (torch.tensor(-1.7), 18446744073709551615),
    ],
    ids=[
        "float",
        "negative-float",
        "string",
        "bool",
        "numpy",
        "tensor",
        "tensor-of-a-fraction",
    ],
)
def test_manual_seed_takes_whatever_int_takes(seed, reported):
    """``torch.manual_seed`` makes an int of its argument first, so that a fraction is
    cut off and a text is read.
    """
    torch.manual_seed(seed)

    assert torch.initial_seed() == reported
    assert torch.rand(3).tolist() == floats(words(reported, 3))


@claim("reproducibility.manual-seed.refused-values", see="generated/torch.manual_seed")
def test_manual_seed_refuses_what_is_no_number():
    """``torch.manual_seed`` raises what ``int`` raises, a ValueError for a text that is
    no number and a TypeError for None, and the generator stays where it was.
    """
    torch.manual_seed(7)
    before = torch.get_rng_state()

    with pytest.raises(ValueError, match="invalid literal for int"):
        torch.manual_seed("a")
    with pytest.raises(TypeError, match=r"int\(\) argument must be .* not 'NoneType'"):
        torch.manual_seed(None)

    assert torch.initial_seed() == 7
    assert torch.get_rng_state().equal(before)


@claim(
    "reproducibility.manual-seed.beyond-64-bits-runtime-error",
    see="generated/torch.manual_seed",
    until="2.9",
)
@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1], ids=["above", "below"])
def test_manual_seed_refuses_more_than_64_bits_with_a_runtime_error(seed):
    """``torch.manual_seed`` raises a RuntimeError for a number beyond its range, and
    the generator stays where it was.
    """
    torch.manual_seed(7)
    before = torch.get_rng_state()

    with pytest.raises(RuntimeError, match="Overflow when unpacking long"):
        torch.manual_seed(seed)

    assert torch.get_rng_state().equal(before)


@claim(
    "reproducibility.manual-seed.beyond-64-bits",
    see="generated/torch.manual_seed",
    since="2.9",
)
@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1], ids=["above", "below"])
def test_manual_seed_refuses_more_than_64_bits_with_a_value_error(seed):
    """``torch.manual_seed`` raises a ValueError for a number beyond its range, and the
    generator stays where it was.
    """
    torch.manual_seed(7)
    before = torch.get_rng_state()

    with pytest.raises(ValueError, match="Overflow when unpacking long"):
        torch.manual_seed(seed)

    assert torch.get_rng_state().equal(before)


@claim("reproducibility.manual-seed.no-magic-number", see="generated/torch.manual_seed")
def test_no_seed_is_special(device):
    """The seeds 41, 42 and 43 give different numbers of the same kind.

    The standard error of each mean is 0.005, that of each variance about 0.001.
    """
    torch.manual_seed(41)
    before = torch.rand(4000, device=device)
    torch.manual_seed(42)
    famous = torch.rand(4000, device=device)
    torch.manual_seed(43)
    after = torch.rand(4000, device=device)

    draws = [before.tolist(), famous.tolist(), after.tolist()]
    assert draws[0] != draws[1] != draws[2] != draws[0]
    assert [abs(sum(x) / 4000 - 1 / 2) < 0.04 for x in draws] == [True] * 3
    squares = [sum((y - 1 / 2) ** 2 for y in x) / 4000 for x in draws]
    assert [abs(variance - 1 / 12) < 0.01 for variance in squares] == [True] * 3


# --- which generators are seeded ------------------------------------------------------


@claim(
    "reproducibility.seed.three-generators-are-separate",
    also=["reproducibility.manual-seed.not-numpy-or-python"],
    see="notes/randomness#random-number-generators-in-other-libraries",
)
def test_torch_numpy_and_python_draw_from_separate_generators(device):
    """Seeding torch and drawing from it leaves the generators of ``random`` and NumPy
    where they were; seeding those and drawing from them leaves torch's.
    """
    random.seed(1)
    numpy.random.seed(2)
    torch.manual_seed(3)
    python = random.getstate()
    keys, place = numpy.random.get_state()[1].tolist(), numpy.random.get_state()[2]

    state = torch.get_rng_state()
    random.seed(7)
    random.random()
    numpy.random.seed(7)
    numpy.random.rand(4)
    state_after = torch.get_rng_state()
    random.seed(1)
    numpy.random.seed(2)
    torch.manual_seed(7)
    torch.rand(4, device=device)

    assert state_after.equal(state)
    assert random.getstate() == python
    assert numpy.random.get_state()[1].tolist() == keys
    assert numpy.random.get_state()[2] == place


@claim(
    "reproducibility.seed.generators-of-numpy",
    see="notes/randomness#random-number-generators-in-other-libraries",
)
def test_no_seed_reaches_a_generator_that_numpy_made():
    """Neither ``numpy.random.seed`` nor ``torch.manual_seed`` reaches what
    ``numpy.random.default_rng`` makes: with a seed of its own it goes on in its stream,
    and without one it begins by chance.
    """
    generator = numpy.random.default_rng(5)
    stream = generator.random(4).tolist()
    generator = numpy.random.default_rng(5)
    numpy.random.seed(7)
    torch.manual_seed(7)
    first = generator.random(2).tolist()
    by_chance = numpy.random.default_rng().random(4).tolist()
    numpy.random.seed(7)
    torch.manual_seed(7)
    second = generator.random(2).tolist()
    by_chance_again = numpy.random.default_rng().random(4).tolist()

    assert first + second == stream
    assert by_chance != by_chance_again


@claim(
    "reproducibility.seed.all-three-repeat",
    see="notes/randomness#random-number-generators-in-other-libraries",
)
def test_a_program_that_mixes_them_repeats_once_all_three_are_seeded(device):
    """A program that draws from torch, ``random`` and NumPy repeats itself when all
    three are seeded; with torch seeded alone only its own numbers repeat.
    """

    def draw():
        return (
            torch.rand(4, device=device).tolist(),
            random.random(),
            numpy.random.rand(),
        )

    torch.manual_seed(7), random.seed(7), numpy.random.seed(7)
    first = draw()
    torch.manual_seed(7), random.seed(7), numpy.random.seed(7)
    again = draw()
    torch.manual_seed(7)
    torch_alone = draw()

    assert again == first
    assert torch_alone[0] == first[0]
    assert torch_alone[1] != first[1]
    assert torch_alone[2] != first[2]


@claim(
    "reproducibility.manual-seed.other-generators", see="generated/torch.manual_seed"
)
def test_manual_seed_leaves_other_generators_alone(device):
    """``torch.manual_seed`` seeds the default generators; one of your own goes on from
    where it was.
    """
    generator = torch.Generator(device).manual_seed(7)
    numbers = torch.rand(8, generator=generator, device=device).tolist()
    generator.manual_seed(7)

    torch.manual_seed(3)
    after = torch.rand(8, generator=generator, device=device).tolist()

    assert after == numbers
    assert generator.initial_seed() == 7


@claim(
    "reproducibility.manual-seed.all-devices",
    see="generated/torch.manual_seed",
)
def test_manual_seed_seeds_the_cpu_and_every_gpu(cuda):
    """``torch.manual_seed`` seeds the generators of the CPU and of the GPU, whose
    numbers differ; draws on the GPU leave the state of the CPU's as it was.
    """
    torch.manual_seed(7)
    on_gpu, on_cpu = torch.rand(8, device=cuda), torch.rand(8)
    torch.manual_seed(7)
    state = torch.get_rng_state()
    again = torch.rand(8, device=cuda)
    state_after = torch.get_rng_state()

    assert again.tolist() == on_gpu.tolist() != on_cpu.tolist()
    assert state_after.equal(state)
    assert torch.rand(8).tolist() == on_cpu.tolist()
    assert torch.cuda.initial_seed() == 7


@claim(
    "reproducibility.manual-seed.hands-on-to-cuda", see="generated/torch.manual_seed"
)
def test_manual_seed_and_seed_hand_their_number_to_the_gpus(monkeypatch):
    """``torch.manual_seed`` and ``torch.seed`` hand the number that they seed with,
    as an int, to ``torch.cuda.manual_seed_all``, with or without a GPU.
    """
    handed = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", handed.append)

    torch.manual_seed(7)
    torch.manual_seed("12")
    random_seed = torch.seed()

    assert handed == [7, 12, random_seed]
    assert [type(seed) for seed in handed] == [int, int, int]


@claim(
    "reproducibility.manual-seed.not-in-a-forked-process",
    see="notes/multiprocessing#cuda-in-multiprocessing",
)
def test_a_process_that_was_forked_after_cuda_began_seeds_no_gpu(monkeypatch):
    """In a process in which CUDA can't be used, as its parent did so before it forked,
    ``torch.manual_seed`` and ``torch.seed`` seed the CPU and hand nothing to CUDA.
    """
    handed = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", handed.append)
    monkeypatch.setattr(torch.cuda, "_is_in_bad_fork", lambda: True)

    torch.manual_seed(7)
    seeded = torch.initial_seed()
    random_seed = torch.seed()

    assert (seeded, torch.initial_seed()) == (7, random_seed)
    assert handed == []


@claim(
    "reproducibility.manual-seed.hands-on-to-mps",
    see="generated/torch.mps.manual_seed",
    since="2.0",
)
def test_manual_seed_and_seed_hand_their_number_to_mps(monkeypatch):
    """``torch.manual_seed`` and ``torch.seed`` hand the number that they seed with to
    ``torch.mps.manual_seed``, too; not in a process that was forked after MPS was in
    use.
    """
    handed = []
    monkeypatch.setattr(torch.mps, "manual_seed", handed.append)

    torch.manual_seed(7)
    random_seed = torch.seed()
    monkeypatch.setattr(torch.mps, "_is_in_bad_fork", lambda: True)
    torch.manual_seed(8)
    torch.seed()

    assert handed == [7, random_seed]


@claim(
    "reproducibility.manual-seed.hands-on-to-xpu",
    see="generated/torch.xpu.manual_seed_all",
    since="2.3",
)
def test_manual_seed_and_seed_hand_their_number_to_xpus(monkeypatch):
    """``torch.manual_seed`` and ``torch.seed`` hand the number that they seed with to
    ``torch.xpu.manual_seed_all``, too; not in a process that was forked after an XPU
    was in use.
    """
    handed = []
    monkeypatch.setattr(torch.xpu, "manual_seed_all", handed.append)

    torch.manual_seed(7)
    random_seed = torch.seed()
    monkeypatch.setattr(torch.xpu, "_is_in_bad_fork", lambda: True)
    torch.manual_seed(8)
    torch.seed()

    assert handed == [7, random_seed]


@claim(
    "reproducibility.manual-seed.hands-on-to-other-backends",
    see="notes/randomness",
    since="2.1",
)
def test_manual_seed_and_seed_hand_their_number_to_a_backend_of_others(monkeypatch):
    """``torch.manual_seed`` and ``torch.seed`` hand the number that they seed with to
    ``manual_seed_all`` of a backend that isn't torch's own, as an int; not in a process
    that was forked after the backend was in use.
    """
    handed = []
    name = torch._C._get_privateuse1_backend_name()
    backend = SimpleNamespace(
        _is_in_bad_fork=lambda: False, manual_seed_all=handed.append
    )
    monkeypatch.setattr(torch, name, backend, raising=False)

    torch.manual_seed("7")
    random_seed = torch.seed()
    backend._is_in_bad_fork = lambda: True
    torch.manual_seed(8)
    torch.seed()

    assert handed == [7, random_seed]
    assert [type(seed) for seed in handed] == [int, int]


@claim(
    "reproducibility.manual-seed.backend-that-takes-no-seed",
    see="notes/randomness",
    since="2.1",
)
@pytest.mark.parametrize(
    "backend",
    [
        SimpleNamespace(),
        SimpleNamespace(_is_in_bad_fork=lambda: False),
        SimpleNamespace(manual_seed_all=lambda seed: None),
    ],
    ids=["neither", "fork-alone", "seed-alone"],
)
def test_manual_seed_and_seed_warn_of_a_backend_that_takes_no_seed(
    backend, monkeypatch
):
    """Where a backend that isn't torch's own lacks ``manual_seed_all`` or
    ``_is_in_bad_fork``, ``torch.manual_seed`` and ``torch.seed`` warn and seed the CPU.
    """
    name = torch._C._get_privateuse1_backend_name()
    monkeypatch.setattr(torch, name, backend, raising=False)

    with pytest.warns(UserWarning, match="Set seed for .* does not take effect"):
        torch.manual_seed(7)
    seeded = torch.initial_seed()
    with pytest.warns(UserWarning, match="Set seed for .* does not take effect"):
        random_seed = torch.seed()

    assert (seeded, torch.initial_seed()) == (7, random_seed)


@claim(
    "reproducibility.cuda.manual-seed-all-safe-without-cuda",
    see="generated/torch.cuda.manual_seed_all",
)
@pytest.mark.parametrize(
    "seed",
    [
        lambda: torch.cuda.manual_seed_all(7),
        lambda: torch.cuda.manual_seed(7),
        lambda: torch.cuda.seed_all(),
        lambda: torch.cuda.seed(),
    ],
    ids=["manual_seed_all", "manual_seed", "seed_all", "seed"],
)
def test_seeding_the_gpus_is_safe_without_one_and_leaves_the_cpu_alone(seed):
    """The functions of ``torch.cuda`` that seed return None, with a GPU or without,
    don't set CUDA up, and leave the CPU's generator where it was.
    """
    torch.manual_seed(3)
    state = torch.get_rng_state()
    is_set_up = torch.cuda.is_initialized()

    returned = seed()

    assert returned is None
    assert torch.cuda.is_initialized() is is_set_up
    assert torch.get_rng_state().equal(state)
    assert torch.initial_seed() == 3


@claim("reproducibility.cuda.seed-repeats", see="generated/torch.cuda.manual_seed_all")
def test_seeding_the_gpus_repeats_their_draws(cuda):
    """After ``torch.cuda.manual_seed_all`` with the same number, or after
    ``torch.manual_seed`` with it, draws on a GPU repeat.
    """
    torch.cuda.manual_seed_all(7)
    numbers = torch.rand(8, device=cuda).tolist()
    torch.cuda.manual_seed_all(7)
    again = torch.rand(8, device=cuda).tolist()
    torch.manual_seed(7)
    after_both = torch.rand(8, device=cuda).tolist()
    torch.cuda.manual_seed_all(8)
    other = torch.rand(8, device=cuda).tolist()

    assert numbers == again == after_both != other


# --- a seed by chance, and the last one -----------------------------------------------


@claim("reproducibility.seed.random-reseed", see="generated/torch.seed")
def test_seed_chooses_a_seed_by_chance_and_returns_it():
    """``torch.seed`` seeds with a number of its own choice, each time another, and
    returns it as an int of 64 bits, with which ``manual_seed`` repeats the draws.
    """
    first = torch.seed()
    numbers = torch.rand(8).tolist()
    reported = torch.initial_seed()
    second = torch.seed()
    torch.manual_seed(first)
    again = torch.rand(8).tolist()

    assert (type(first), type(second)) == (int, int)
    assert 0 <= first < 2**64
    assert reported == first != second
    assert again == numbers


@claim(
    "reproducibility.initial-seed.reports-last-seed",
    see="generated/torch.initial_seed",
)
def test_initial_seed_reports_the_last_seed():
    """``torch.initial_seed`` is the number that was seeded with last, an int: draws
    don't change it, and a state that is put back brings its own. A new generator
    reports 67280421310721.
    """
    torch.manual_seed(3)
    state = torch.get_rng_state()
    torch.rand(8)
    after_draws = torch.initial_seed()
    torch.manual_seed(7)
    after_another = torch.initial_seed()
    torch.set_rng_state(state)

    assert (after_draws, after_another, torch.initial_seed()) == (3, 7, 3)
    assert type(after_draws) is int
    assert torch.Generator().initial_seed() == 67280421310721


# --- the state ------------------------------------------------------------------------


@claim(
    "reproducibility.rng-state.byte-tensor-round-trip",
    see="generated/torch.get_rng_state",
)
def test_the_state_is_a_snapshot_that_can_be_put_back():
    """``torch.get_rng_state`` is a copy of the state as 5056 bytes on the CPU, which
    draws don't change; ``torch.set_rng_state`` puts it back and the draws repeat.
    """
    torch.rand(3)

    state = torch.get_rng_state()
    bytes_ = state.tolist()
    first = torch.rand(8).tolist(), torch.randn(8).tolist(), torch.randperm(8).tolist()
    after_draws = state.tolist()
    returned = torch.set_rng_state(state)
    again = torch.rand(8).tolist(), torch.randn(8).tolist(), torch.randperm(8).tolist()

    assert (state.dtype, state.device.type, state.shape) == (
        torch.uint8,
        "cpu",
        (5056,),
    )
    assert after_draws == bytes_
    assert returned is None
    assert again == first


@claim(
    "reproducibility.rng-state.copied-when-put-back",
    see="generated/torch.set_rng_state",
)
def test_a_state_that_was_put_back_is_not_looked_at_again():
    """``torch.set_rng_state`` copies what it is given: draws don't change it, and
    changing it later changes no draw.
    """
    torch.manual_seed(7)
    state = torch.get_rng_state()
    bytes_ = state.tolist()
    numbers = torch.rand(8).tolist()

    torch.set_rng_state(state)
    state.zero_()
    again = torch.rand(8).tolist()

    assert again == numbers
    assert state.tolist() == [0] * 5056 != bytes_


@claim("reproducibility.rng-state.refused", see="generated/torch.set_rng_state")
@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: torch.zeros(5056), TypeError, "must be a torch.ByteTensor"),
        (
            lambda: torch.zeros(5056, dtype=torch.int8),
            TypeError,
            "must be a torch.ByteTensor",
        ),
        (lambda: [0] * 5056, TypeError, "expected a torch.ByteTensor, but got list"),
        (
            lambda: torch.zeros(3, dtype=torch.uint8),
            RuntimeError,
            "found the input RNG state size to be 3",
        ),
        (
            lambda: torch.zeros(5056, dtype=torch.uint8),
            RuntimeError,
            "Invalid mt19937 state",
        ),
    ],
    ids=["floats", "signed", "list", "short", "zeros"],
)
def test_set_rng_state_refuses_what_is_no_state(make, error, message):
    """``torch.set_rng_state`` raises a TypeError for what isn't a tensor of bytes, and
    a RuntimeError for bytes that are no state; the generator stays where it was.
    """
    torch.manual_seed(7)
    before = torch.get_rng_state()

    with pytest.raises(error, match=message):
        torch.set_rng_state(make())

    assert torch.get_rng_state().equal(before)
    assert torch.initial_seed() == 7


@claim(
    "reproducibility.rng-state.cached-normal",
    see="generated/torch.get_rng_state",
    level="observed",
)
def test_the_state_holds_the_normal_number_that_is_left_over():
    """On the CPU single normal numbers are made in twos: the second of them waits in
    the state, is put back with it, and is forgotten with a new seed.
    """
    torch.manual_seed(7)
    pair = torch.randn(2, device="cpu").tolist()
    torch.manual_seed(7)

    first = torch.randn(1, device="cpu").item()
    state = torch.get_rng_state()
    second = torch.randn(1, device="cpu").item()
    torch.randn(4, device="cpu")
    torch.set_rng_state(state)
    second_again = torch.randn(1, device="cpu").item()
    torch.set_rng_state(state)
    torch.manual_seed(7)
    reseeded = torch.randn(1, device="cpu").item()

    assert [first, second] == pair
    assert second_again == second
    assert reseeded == first


# --- what a seed does not fix ---------------------------------------------------------


@claim(
    "reproducibility.stream.depends-on-call-sizes",
    see="notes/randomness",
    level="observed",
)
def test_how_draws_are_split_may_change_the_numbers():
    """On the CPU uniform numbers are the same in one draw or in two, and so are up to
    15 normal ones; 16 normal ones or more are made in another way.
    """
    torch.manual_seed(7)
    parts = torch.rand(7, device="cpu").tolist() + torch.rand(13, device="cpu").tolist()
    torch.manual_seed(7)
    whole = torch.rand(20, device="cpu").tolist()
    torch.manual_seed(7)
    few = torch.randn(15, device="cpu").tolist() + torch.randn(1, device="cpu").tolist()
    torch.manual_seed(7)
    halves = (
        torch.randn(8, device="cpu").tolist() + torch.randn(8, device="cpu").tolist()
    )
    torch.manual_seed(7)
    many = torch.randn(16, device="cpu").tolist()

    assert parts == whole
    assert halves == few
    assert [a == b for a, b in zip(halves, many, strict=True)] == [False] * 16


@claim("reproducibility.stream.stable-draws", see="notes/randomness", level="observed")
def test_on_the_cpu_a_seed_has_given_the_same_numbers_for_years():
    """On the CPU the seed 0 has given the same first numbers since 1.13, though no
    release promises those of another.
    """
    draws = []

    torch.manual_seed(0)
    draws.append(torch.rand(3, device="cpu").tolist())
    torch.manual_seed(0)
    draws.append(torch.randint(10, (8,), device="cpu").tolist())
    torch.manual_seed(0)
    draws.append(torch.randperm(8, device="cpu").tolist())
    torch.manual_seed(0)
    draws.append(torch.bernoulli(torch.full((8,), 0.5, device="cpu")).tolist())
    torch.manual_seed(0)
    draws.append([round(x, 4) for x in torch.randn(3, device="cpu").tolist()])

    assert draws == [
        [0.49625658988952637, 0.7682217955589294, 0.08847743272781372],
        [4, 9, 3, 0, 3, 9, 7, 3],
        [4, 0, 7, 3, 2, 5, 1, 6],
        [1, 0, 1, 1, 1, 0, 1, 0],
        [1.541, -0.2934, -2.1788],
    ]


@claim(
    "reproducibility.stream.wide-integers",
    see="generated/torch.randint",
    since="2.7.0",
    level="observed",
)
def test_integers_of_a_range_beyond_28_bits_take_two_words_each():
    """On the CPU integers of a range of 2**28 or more are drawn from 64 bits, so a seed
    gives others than before.
    """
    torch.manual_seed(0)
    narrow = torch.randint(2**28 - 1, (3,), device="cpu").tolist()
    torch.manual_seed(0)
    wide = torch.randint(2**31, (3,), device="cpu").tolist()

    assert narrow == [209652404, 130329144, 118924928]
    assert wide == [398764591, 1478610112, 1537364731]


@claim(
    "reproducibility.stream.wide-integers-before",
    see="generated/torch.randint",
    until="2.7.0",
    level="observed",
)
def test_integers_of_a_range_below_32_bits_take_one_word_each():
    """On the CPU integers of a range below 2**32 are drawn from 32 bits."""
    torch.manual_seed(0)
    wide = torch.randint(2**31, (3,), device="cpu").tolist()

    assert wide == [209652396, 398764591, 924231285]


@claim(
    "reproducibility.stream.half-precision",
    see="generated/torch.rand",
    since="2.12.0",
    level="observed",
)
@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (torch.bfloat16, [0.49609375, 0.76953125, 0.08837890625]),
        (torch.float16, [0.496337890625, 0.76806640625, 0.0885009765625]),
    ],
    ids=["bfloat16", "float16"],
)
def test_uniform_numbers_of_16_bits_are_those_of_32_rounded(dtype, expected):
    """On the CPU ``rand`` of a dtype of 16 bits rounds the numbers of float32."""
    torch.manual_seed(0)
    full = torch.rand(3, device="cpu")
    torch.manual_seed(0)
    half = torch.rand(3, dtype=dtype, device="cpu")

    assert half.dtype == dtype
    assert half.tolist() == expected
    assert half.tolist() == full.to(dtype).tolist()


@claim(
    "reproducibility.stream.half-precision-before",
    see="generated/torch.rand",
    until="2.12.0",
    level="observed",
)
@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (torch.bfloat16, [0.671875, 0.18359375, 0.45703125]),
        (torch.float16, [0.333984375, 0.27294921875, 0.80712890625]),
    ],
    ids=["bfloat16", "float16"],
)
def test_uniform_numbers_of_16_bits_are_made_of_the_lowest_bits(dtype, expected):
    """On the CPU ``rand`` of a dtype of 16 bits gives other numbers than float32."""
    torch.manual_seed(0)
    half = torch.rand(3, dtype=dtype, device="cpu")

    assert half.dtype == dtype
    assert half.tolist() == expected


@claim(
    "reproducibility.stream.truncated-normal",
    see="nn.init",
    since="2.12.0",
    level="observed",
)
def test_a_truncated_normal_number_is_drawn_until_it_fits():
    """On the CPU ``trunc_normal_`` takes the numbers of ``normal_`` that are within its
    bounds, and draws others for the rest, here for the third.
    """
    torch.manual_seed(0)
    normal = torch.empty(2, device="cpu").normal_().tolist()
    torch.manual_seed(0)
    truncated = nn.init.trunc_normal_(torch.empty(3, device="cpu")).tolist()

    assert truncated == pytest.approx([1.5410, -0.2934, -1.3986], abs=1e-4)
    assert truncated[:2] == normal


@claim(
    "reproducibility.stream.truncated-normal-before",
    see="nn.init",
    until="2.12.0",
    level="observed",
)
def test_a_truncated_normal_number_is_made_of_one_uniform_number():
    """On the CPU ``trunc_normal_`` makes each of its numbers of one uniform number."""
    torch.manual_seed(0)
    truncated = nn.init.trunc_normal_(torch.empty(3, device="cpu")).tolist()

    assert truncated == pytest.approx([-0.0090, 0.6935, -1.2415], abs=1e-4)


@claim(
    "reproducibility.stream.mersenne-twister", see="notes/randomness", level="observed"
)
@given(
    seed=st.sampled_from([0, 7, -1, 2**40 + 3, 2**64 - 1]) | st.integers(0, 2**32),
    sizes=st.lists(st.integers(0, 5), min_size=1, max_size=3),
    skipped=st.sampled_from([0, 0, 620]),
)
def test_on_the_cpu_the_numbers_are_those_of_the_mersenne_twister(seed, sizes, skipped):
    """On the CPU ``rand`` and ``randint`` take one word of a Mersenne Twister for each
    number, whatever the sizes of the draws before it.
    """
    expected = words(seed, skipped + 2 * sum(sizes))[skipped:]

    torch.manual_seed(seed)
    torch.rand(skipped, device="cpu")
    uniform = [x for size in sizes for x in torch.rand(size, device="cpu").tolist()]
    whole = torch.randint(10, (sum(sizes),), device="cpu").tolist()

    assert (seed, sizes, uniform, whole) == (
        seed,
        sizes,
        floats(expected[: sum(sizes)]),
        integers(expected[sum(sizes) :], 10),
    )


@claim(
    "reproducibility.stream.dropout-differs-between-versions",
    see="notes/randomness",
    level="observed",
)
def test_builds_draw_the_mask_of_dropout_in_two_ways():
    """On the CPU a seed has one of two masks of dropout, by the build and the
    processor; it repeats there, and ``bernoulli`` and ``bernoulli_`` with a number have
    the same, while ``bernoulli`` of a tensor of probabilities has another.
    """
    ones = torch.ones(8, device="cpu")

    torch.manual_seed(0)
    mask = nn.functional.dropout(ones).tolist()
    torch.manual_seed(0)
    again = nn.functional.dropout(ones).tolist()
    torch.manual_seed(0)
    filled = torch.zeros(8, device="cpu").bernoulli_(0.5).tolist()
    torch.manual_seed(0)
    drawn = torch.bernoulli(ones, 0.5).tolist()
    torch.manual_seed(0)
    from_a_tensor = torch.bernoulli(ones / 2).tolist()

    assert mask in ([0, 0, 2, 0, 0, 0, 2, 2], [2, 0, 0, 2, 2, 0, 0, 2])
    assert again == mask == [2 * x for x in filled]
    assert filled == drawn
    assert from_a_tensor == [1, 0, 1, 1, 1, 0, 1, 0]
    assert ones.tolist() == [1] * 8

"""Samplers: in which order the numbers of samples are drawn.

A sampler is anything that can be iterated over for numbers, again for each epoch; most
have a length, too. The loader asks the dataset for the samples of these numbers. Five
samplers come with torch: in order, shuffled, shuffled out of a selection, by weights,
and in batches.

It is often believed that RandomSampler shuffles from the global generator itself. It
takes a single number from it in each epoch, and seeds a generator of its own with that.
"""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

from spec.models.samplers import batches, count, rounds_are_even
from torch_semantics import claim


def seeded(number):
    """A new generator with this seed."""
    return torch.Generator().manual_seed(number)


# --- in order -------------------------------------------------------------------------


@claim("data.sampler.sequential", see="data#torch.utils.data.SequentialSampler")
def test_a_sequential_sampler_counts_up():
    """A SequentialSampler gives 0, 1, 2 and so on below the dataset's length, in each
    epoch again, and nothing for an empty dataset.
    """
    sampler = SequentialSampler("abc")
    empty = SequentialSampler("")

    assert len(sampler) == 3
    assert list(sampler) == [0, 1, 2]
    assert list(sampler) == [0, 1, 2]
    assert (len(empty), list(empty)) == (0, [])


@claim("data.sampler.looks-at-the-length-late", see="data#torch.utils.data.Sampler")
def test_samplers_follow_a_dataset_that_grows():
    """A SequentialSampler and a RandomSampler ask for the dataset's length in each
    epoch anew, and a SubsetRandomSampler keeps the list of numbers that it is given.
    """
    letters, numbers = ["a", "b"], [5, 6]
    in_order, shuffled = SequentialSampler(letters), RandomSampler(letters)
    selected = SubsetRandomSampler(numbers)

    letters.append("c")
    numbers[:] = [7, 8, 9]

    assert (len(in_order), list(in_order)) == (3, [0, 1, 2])
    assert (len(shuffled), sorted(shuffled)) == (3, [0, 1, 2])
    assert (len(selected), sorted(selected)) == (3, [7, 8, 9])


@claim("data.sampler.base", see="data#torch.utils.data.Sampler")
def test_a_sampler_of_ones_own_defines_iter():
    """A Sampler that does not define __iter__ raises NotImplementedError when it is
    iterated over, and has no length of its own.
    """

    class Nothing(Sampler):
        def __init__(self):
            pass

    with pytest.raises(NotImplementedError):
        iter(Nothing())
    with pytest.raises(TypeError, match=r"'Nothing' has no len\(\)"):
        len(Nothing())


@claim(
    "data.sampler.base-takes-a-source",
    see="data#torch.utils.data.Sampler",
    until="2.10",
)
@pytest.mark.filterwarnings("ignore:`data_source` argument is not used")
def test_the_base_of_samplers_takes_a_dataset_and_makes_nothing_of_it():
    """A Sampler that does not define __init__ takes a dataset as its only argument, and
    does not keep it.
    """

    class Zero(Sampler):
        def __iter__(self):
            return iter([0])

    sampler = Zero("abc")

    assert (list(sampler), vars(sampler)) == ([0], {})


@claim(
    "data.sampler.base-takes-nothing", see="data#torch.utils.data.Sampler", since="2.10"
)
@pytest.mark.filterwarnings("ignore:`data_source` argument is not used")
def test_the_base_of_samplers_takes_no_argument():
    """A Sampler that does not define __init__ is made without arguments, and refuses a
    dataset with TypeError.
    """

    class Zero(Sampler):
        def __iter__(self):
            return iter([0])

    assert list(Zero()) == [0]
    with pytest.raises(TypeError, match="takes no arguments"):
        Zero("abc")


# --- shuffled -------------------------------------------------------------------------


@claim("data.sampler.random", see="data#torch.utils.data.RandomSampler")
def test_a_random_sampler_gives_every_number_once_in_a_new_order():
    """A RandomSampler gives every number below the dataset's length once, as Python
    ints, in another order in each epoch.
    """
    torch.manual_seed(2)
    sampler = RandomSampler(range(20))

    first, second = list(sampler), list(sampler)

    assert len(sampler) == 20
    assert sorted(first) == [*range(20)]
    assert sorted(second) == [*range(20)]
    assert (first != second, first != sorted(first)) == (True, True)
    assert {type(number) for number in first} == {int}


@claim("data.sampler.random-seeding", see="notes/randomness")
def test_a_random_sampler_takes_one_seed_from_the_global_generator():
    """Without a generator a RandomSampler takes one 64-bit number from the global one
    in each epoch, not before the first number is asked for, and permutes by a generator
    seeded with it.
    """
    torch.manual_seed(7)
    seed = torch.empty((), dtype=torch.int64).random_().item()
    after = torch.get_rng_state()
    torch.manual_seed(7)
    before = torch.get_rng_state()

    epoch = iter(RandomSampler(range(9)))
    state_at_iter = torch.get_rng_state()
    numbers = list(epoch)

    assert numbers == torch.randperm(9, generator=seeded(seed)).tolist()
    assert torch.equal(state_at_iter, before)
    assert torch.equal(torch.get_rng_state(), after)


@claim("data.sampler.random-generator", see="data#torch.utils.data.RandomSampler")
def test_a_random_sampler_permutes_by_the_generator_it_is_given():
    """A RandomSampler with a generator draws an epoch's permutation from it and leaves
    the global one as it is; the next epoch has another permutation, and seeding the
    generator again repeats the first.
    """
    permutation = torch.randperm(9, generator=seeded(4)).tolist()
    generator = seeded(4)
    before = torch.get_rng_state()

    sampler = RandomSampler(range(9), generator=generator)
    first, second = list(sampler), list(sampler)
    generator.manual_seed(4)
    again = list(sampler)

    assert (first, again) == (permutation, permutation)
    assert second != permutation
    assert torch.equal(torch.get_rng_state(), before)


@claim(
    "data.sampler.random-draws-one-more",
    see="data#torch.utils.data.RandomSampler",
    level="observed",
)
def test_a_random_sampler_draws_a_permutation_that_it_takes_nothing_of():
    """A RandomSampler draws one more permutation from its generator at the end of an
    epoch, takes nothing of it, and begins the next epoch with the one after.
    """
    generator = seeded(4)
    drawn = [torch.randperm(9, generator=generator).tolist() for _ in range(3)]

    sampler = RandomSampler(range(9), generator=seeded(4))

    assert [list(sampler), list(sampler)] == [drawn[0], drawn[2]]


@claim("data.sampler.random-num-samples", see="data#torch.utils.data.RandomSampler")
def test_a_random_sampler_gives_as_many_numbers_as_asked_for():
    """A RandomSampler with num_samples gives that many numbers: a part of a permutation
    if these are fewer than the dataset has, else whole permutations and then a part.
    """
    generator = seeded(5)
    drawn = [torch.randperm(4, generator=generator).tolist() for _ in range(3)]

    few = RandomSampler(range(4), num_samples=3, generator=seeded(5))
    many = RandomSampler(range(4), num_samples=10, generator=seeded(5))

    assert (len(few), list(few)) == (3, drawn[0][:3])
    assert (len(many), list(many)) == (10, drawn[0] + drawn[1] + drawn[2][:2])
    assert (few.num_samples, RandomSampler("abcd").num_samples) == (3, 4)


@claim("data.sampler.random-law", see="data#torch.utils.data.RandomSampler")
@given(size=st.integers(1, 6), wanted=st.integers(1, 14))
def test_no_number_comes_again_before_all_others_have(size, wanted):
    """For every size and num_samples, a RandomSampler without replacement gives no
    number again before each of the others has had its turn.
    """
    drawn = list(RandomSampler(range(size), num_samples=wanted))

    assert (size, len(drawn)) == (size, wanted)
    assert (drawn, rounds_are_even(drawn, size)) == (drawn, True)


@claim("data.sampler.random-replacement", see="data#torch.utils.data.RandomSampler")
def test_a_random_sampler_with_replacement_draws_each_number_by_itself():
    """A RandomSampler with replacement draws as many numbers as the dataset has, or as
    asked for, each from all of them, as Python ints, so that some come again and some
    never.
    """
    generator = seeded(6)
    blocks = [
        torch.randint(62, (size,), generator=generator).tolist() for size in (32, 30)
    ]

    all_of_them = RandomSampler(range(62), replacement=True, generator=seeded(6))
    more = RandomSampler(range(2), replacement=True, num_samples=64)

    drawn = list(all_of_them)
    assert drawn == blocks[0] + blocks[1]
    assert {type(number) for number in drawn} == {int}
    assert len(set(drawn)) < len(all_of_them) == 62
    assert (len(more), len(list(more)), set(more)) == (64, 64, {0, 1})


@claim("data.sampler.random-bad-arguments", see="data#torch.utils.data.RandomSampler")
def test_a_random_sampler_checks_its_arguments():
    """A RandomSampler raises ValueError for a num_samples that is no positive integer,
    also where it is the length of an empty dataset, and TypeError for a replacement
    that is no bool.
    """
    with pytest.raises(ValueError, match="got num_samples=0"):
        RandomSampler("ab", num_samples=0)
    with pytest.raises(ValueError, match="got num_samples=-1"):
        RandomSampler("ab", num_samples=-1)
    with pytest.raises(ValueError, match=r"got num_samples=1\.5"):
        RandomSampler("ab", num_samples=1.5)
    with pytest.raises(ValueError, match="got num_samples=0"):
        RandomSampler("")
    with pytest.raises(TypeError, match="boolean value, but got replacement=1"):
        RandomSampler("ab", replacement=1)


@claim("data.sampler.subset-random", see="data#torch.utils.data.SubsetRandomSampler")
def test_a_subset_random_sampler_shuffles_the_numbers_it_is_given():
    """A SubsetRandomSampler gives each of the given numbers once, in the order of a
    permutation that it draws in each epoch from its generator, or else from the global
    one with no seed in between.
    """
    numbers, generator = [40, 10, 30], seeded(8)
    permutations = [torch.randperm(3, generator=generator).tolist() for _ in range(2)]
    torch.manual_seed(8)

    own = seeded(8)
    sampler = SubsetRandomSampler(numbers, generator=own)
    epochs = [list(sampler), list(sampler)]
    from_global = list(SubsetRandomSampler(numbers))

    assert len(sampler) == 3
    assert torch.equal(own.get_state(), generator.get_state())
    assert epochs == [[numbers[i] for i in order] for order in permutations]
    assert [sorted(epoch) for epoch in epochs] == [[10, 30, 40], [10, 30, 40]]
    assert from_global == epochs[0]
    assert list(SubsetRandomSampler([])) == []


# --- by weights -----------------------------------------------------------------------


@claim("data.sampler.weighted", see="data#torch.utils.data.WeightedRandomSampler")
def test_a_weighted_sampler_draws_numbers_by_their_weights():
    """A WeightedRandomSampler draws num_samples numbers with replacement, each in
    proportion to its weight; the weights need not sum to 1.
    """
    sampler = WeightedRandomSampler([0, 3, 0, 1], 400, generator=seeded(1))

    drawn = list(sampler)

    assert (len(sampler), len(drawn)) == (400, 400)
    assert (sampler.num_samples, sampler.replacement) == (400, True)
    assert set(drawn) == {1, 3}
    assert 270 <= drawn.count(1) <= 330


@claim("data.sampler.weighted-draws", see="data#torch.utils.data.WeightedRandomSampler")
def test_a_weighted_sampler_draws_from_its_generator_or_the_global_one():
    """A WeightedRandomSampler keeps the weights as float64 and draws all numbers of an
    epoch at once, as Python ints, from its generator if it has one and else from the
    global one.
    """
    weights = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    generator, own = seeded(2), seeded(2)
    expected = [
        torch.multinomial(weights, 40, True, generator=generator).tolist()
        for _ in range(2)
    ]
    torch.manual_seed(2)

    with_generator = WeightedRandomSampler([1, 2, 3], 40, generator=own)
    without = WeightedRandomSampler(torch.tensor([1.0, 2.0, 3.0]), 40)

    assert (with_generator.weights.dtype, without.weights.dtype) == (torch.float64,) * 2
    assert [list(with_generator), list(with_generator)] == expected
    assert [list(without), list(without)] == expected
    assert {type(number) for number in without} == {int}
    assert torch.equal(own.get_state(), generator.get_state())


@claim(
    "data.sampler.weighted-without-replacement",
    see="data#torch.utils.data.WeightedRandomSampler",
)
def test_a_weighted_sampler_without_replacement_draws_no_number_twice():
    """A WeightedRandomSampler without replacement gives no number twice, and raises
    RuntimeError in the epoch where it has fewer numbers than it is to draw.
    """
    all_of_them = WeightedRandomSampler([1, 9, 1, 9], 4, replacement=False)
    too_many = WeightedRandomSampler([1.0, 1.0], 3, replacement=False)

    assert sorted(all_of_them) == [0, 1, 2, 3]
    with pytest.raises(RuntimeError, match="without replacement"):
        list(too_many)


@claim(
    "data.sampler.weighted-bad-arguments",
    see="data#torch.utils.data.WeightedRandomSampler",
)
def test_a_weighted_sampler_checks_its_arguments():
    """A WeightedRandomSampler raises ValueError for a num_samples that is no positive
    integer or a bool, for a replacement that is no bool, and for weights that are not
    one row.
    """
    with pytest.raises(ValueError, match="got num_samples=0"):
        WeightedRandomSampler([1.0], 0)
    with pytest.raises(ValueError, match=r"got num_samples=2\.0"):
        WeightedRandomSampler([1.0], 2.0)
    with pytest.raises(ValueError, match="got num_samples=True"):
        WeightedRandomSampler([1.0], True)
    with pytest.raises(ValueError, match="boolean value, but got replacement=None"):
        WeightedRandomSampler([1.0], 1, None)
    with pytest.raises(ValueError, match=r"1d sequence .* shape \(1, 2\)"):
        WeightedRandomSampler([[1.0, 2.0]], 1)
    with pytest.raises(ValueError, match=r"1d sequence .* shape \(\)"):
        WeightedRandomSampler(1.0, 1)


@claim("data.sampler.weighted-bad-weights", see="generated/torch.multinomial")
@pytest.mark.parametrize(
    "weights",
    [[2.0, -1.0], [1.0, float("inf")], [1.0, float("nan")], [0.0, 0.0], []],
    ids=["negative", "infinite", "nan", "all-zero", "none"],
)
def test_a_weighted_sampler_finds_bad_weights_out_when_it_draws(weights):
    """A WeightedRandomSampler takes any row of numbers for weights, and raises
    RuntimeError in the epoch if one is negative, infinite or NaN, or if they sum to 0.
    """
    sampler = WeightedRandomSampler(weights, 2)

    with pytest.raises(RuntimeError, match="invalid multinomial distribution"):
        list(sampler)

    assert len(sampler) == 2


# --- in batches -----------------------------------------------------------------------


@claim("data.sampler.batch", see="data#torch.utils.data.BatchSampler")
def test_a_batch_sampler_cuts_another_sampler_into_lists():
    """A BatchSampler gives the numbers of any iterable in lists of batch_size; with
    drop_last it leaves a last list out that is not full.
    """
    kept = BatchSampler([7, 6, 5, 4, 3], 2, False)
    dropped = BatchSampler([7, 6, 5, 4, 3], 2, True)

    assert (len(kept), list(kept)) == (3, [[7, 6], [5, 4], [3]])
    assert (len(dropped), list(dropped)) == (2, [[7, 6], [5, 4]])
    assert list(kept) == [[7, 6], [5, 4], [3]]


@claim("data.sampler.batch-lists-are-new", see="data#torch.utils.data.BatchSampler")
def test_the_lists_of_a_batch_sampler_are_ones_own():
    """Each batch of a BatchSampler is a new list, so that changing one changes no
    other.
    """
    first, second = BatchSampler(range(4), 2, False)

    first.append(-1)

    assert (first, second) == ([0, 1, -1], [2, 3])


@claim("data.sampler.batch-of-a-stream", see="data#torch.utils.data.BatchSampler")
@pytest.mark.parametrize("drop_last", [False, True], ids=["keep-last", "drop-last"])
def test_a_batch_sampler_takes_a_stream_without_end(drop_last):
    """A BatchSampler takes an iterable that has no length, and may have no end, and
    reads no further in it than to the end of the batch; len() of it raises TypeError.
    """
    numbers = itertools.count()
    sampler = BatchSampler(numbers, 3, drop_last)

    batches = iter(sampler)

    assert (next(batches), next(batches)) == ([0, 1, 2], [3, 4, 5])
    assert next(numbers) == 6
    with pytest.raises(TypeError, match=r"has no len\(\)"):
        len(sampler)


@claim("data.sampler.batch-law", see="data#torch.utils.data.BatchSampler")
@given(size=st.integers(0, 9), batch_size=st.integers(1, 4), drop_last=st.booleans())
def test_batches_have_every_number_once_and_in_order(size, batch_size, drop_last):
    """For every size, batch size and drop_last, a BatchSampler gives the batches of the
    rule, and its length says how many these are.
    """
    numbers = [number * 10 for number in range(size)]

    sampler = BatchSampler(numbers, batch_size, drop_last)

    expected = batches(numbers, batch_size, drop_last)
    call = (size, batch_size, drop_last)
    assert (call, list(sampler)) == (call, expected)
    assert (call, len(sampler)) == (call, count(size, batch_size, drop_last))


@claim("data.sampler.batch-bad-arguments", see="data#torch.utils.data.BatchSampler")
def test_a_batch_sampler_checks_its_arguments():
    """A BatchSampler raises ValueError for a batch_size that is no positive integer or
    a bool, and for a drop_last that is no bool; both must be given.
    """
    with pytest.raises(ValueError, match="got batch_size=0"):
        BatchSampler([1], 0, False)
    with pytest.raises(ValueError, match="got batch_size=-1"):
        BatchSampler([1], -1, False)
    with pytest.raises(ValueError, match=r"got batch_size=2\.0"):
        BatchSampler([1], 2.0, False)
    with pytest.raises(ValueError, match="got batch_size=True"):
        BatchSampler([1], True, False)
    with pytest.raises(ValueError, match="boolean value, but got drop_last=0"):
        BatchSampler([1], 1, 0)
    with pytest.raises(TypeError, match="drop_last"):
        BatchSampler([1], 1)

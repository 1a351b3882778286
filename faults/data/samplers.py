"""Ways to break samplers: which numbers they give, in which order, from which dice."""

import torch
from torch.utils.data import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    sampler,
)

from torch_semantics.faults import fault, raises, wrap


def seeded(number):
    """A new generator with this seed."""
    return torch.Generator().manual_seed(number)


def state_after(call):
    """The global generator's state after a call, begun from one seed."""
    torch.manual_seed(0)
    call()
    return torch.get_rng_state().tolist()


class Random:
    """Stands for torch in the module of samplers, but for some functions."""

    def __init__(self, **functions):
        self.__dict__.update(functions)

    def __getattr__(self, name):
        return getattr(torch, name)


# --- in order -------------------------------------------------------------------------


@fault(
    "SequentialSampler counts down.",
    witness=lambda: list(SequentialSampler("ab")) == [1, 0],
)
def sequential_backwards(patch):
    patch(
        SequentialSampler,
        "__iter__",
        lambda self: iter(reversed(range(len(self.data_source)))),
    )


@fault(
    "SequentialSampler leaves the last number out.",
    witness=lambda: list(SequentialSampler("ab")) == [0],
)
def sequential_stops_early(patch):
    patch(
        SequentialSampler,
        "__iter__",
        lambda self: iter(range(len(self.data_source) - 1)),
    )


@fault(
    "SequentialSampler keeps the length that the dataset has at first.",
    witness=lambda: _grown(SequentialSampler) == [0],
)
def sequential_keeps_length(patch):
    def init(self, data_source):
        self.data_source = range(len(data_source))

    patch(SequentialSampler, "__init__", init)


def _grown(kind):
    letters = ["a"]
    made = kind(letters)
    letters.append("b")
    return sorted(made)


@fault(
    "RandomSampler keeps the length that the dataset has at first.",
    witness=lambda: _grown(RandomSampler) == [0],
)
def random_keeps_length(patch):
    def init(original, self, data_source, *args, **options):
        original(self, range(len(data_source)), *args, **options)

    wrap(patch, RandomSampler, "__init__", init)


@fault(
    "A Sampler without __iter__ gives no numbers.",
    witness=lambda: not raises(lambda: iter(object.__new__(Sampler))),
)
def base_is_empty(patch):
    patch(Sampler, "__iter__", lambda self: iter(()))


@fault("A Sampler has the length 0.", witness=lambda: hasattr(Sampler, "__len__"))
def base_has_length(patch):
    patch(Sampler, "__len__", lambda self: 0)


@fault(
    "A Sampler takes any one argument.",
    witness=lambda: not raises(lambda: Sampler("a")),
)
def base_takes_source(patch):
    patch(Sampler, "__init__", lambda self, data_source=None: None)


# --- shuffled -------------------------------------------------------------------------


@fault(
    "RandomSampler does not shuffle.",
    witness=lambda: list(RandomSampler(range(30))) == [*range(30)],
)
def random_in_order(patch):
    patch(RandomSampler, "__iter__", lambda self: iter(range(self.num_samples)))


@fault(
    "RandomSampler gives the same order in each epoch.",
    witness=lambda: (lambda s: list(s) == list(s))(RandomSampler(range(30))),
)
def random_same_each_epoch(patch):
    def numbers(original, self):
        if not hasattr(self, "kept"):
            self.kept = list(original(self))
        return iter(self.kept)

    wrap(patch, RandomSampler, "__iter__", numbers)


@fault(
    "RandomSampler permutes by the global generator itself.",
    witness=lambda: (
        state_after(lambda: list(RandomSampler(range(9))))
        != state_after(lambda: torch.empty((), dtype=torch.int64).random_())
    ),
)
def random_draws_globally(patch):
    def numbers(original, self):
        if self.generator is None:
            return iter(torch.randperm(len(self.data_source)).tolist())
        return original(self)

    wrap(patch, RandomSampler, "__iter__", numbers)


@fault(
    "RandomSampler takes its seed when the epoch's iterator is made.",
    witness=lambda: (
        state_after(lambda: iter(RandomSampler("abc"))) != state_after(lambda: None)
    ),
)
def random_seeds_early(patch):
    wrap(
        patch,
        RandomSampler,
        "__iter__",
        lambda original, self: iter(list(original(self))),
    )


@fault(
    "RandomSampler ignores its generator.",
    witness=lambda: (
        list(RandomSampler(range(30), generator=seeded(1)))
        != list(RandomSampler(range(30), generator=seeded(1)))
    ),
)
def random_ignores_generator(patch):
    def init(original, self, *args, generator=None, **options):
        original(self, *args, **options)

    wrap(patch, RandomSampler, "__init__", init)


@fault(
    "RandomSampler ignores num_samples.",
    witness=lambda: len(list(RandomSampler("abc", num_samples=2))) == 3,
)
def random_ignores_num_samples(patch):
    def numbers(self):
        return iter(torch.randperm(len(self.data_source), generator=self.generator))

    patch(RandomSampler, "__iter__", lambda self: map(int, numbers(self)))


@fault(
    "RandomSampler draws with replacement where more are wanted than there are.",
    witness=lambda: (
        sorted(list(RandomSampler(range(30), num_samples=31))[:30]) != [*range(30)]
    ),
)
def random_many_with_replacement(patch):
    def numbers(original, self):
        size, wanted = len(self.data_source), self.num_samples
        if wanted > size:
            drawn = torch.randint(size, (wanted,), generator=self.generator)
            return iter(drawn.tolist())
        return original(self)

    wrap(patch, RandomSampler, "__iter__", numbers)


@fault(
    "RandomSampler's replacement=True gives a permutation.",
    witness=lambda: len(set(RandomSampler(range(60), replacement=True))) == 60,
)
def random_replaces_nothing(patch):
    def init(original, self, data_source, replacement=False, **options):
        original(self, data_source, **options)

    wrap(patch, RandomSampler, "__init__", init)


@fault(
    "RandomSampler with replacement gives whole blocks of 32 only.",
    witness=lambda: len(list(RandomSampler("ab", True, 33))) == 64,
)
def random_whole_blocks(patch):
    def randint(*args, size, **options):
        return torch.randint(*args, size=(32,) if size[0] else (0,), **options)

    patch(sampler, "torch", Random(randint=randint))


@fault(
    "RandomSampler with replacement never draws the last number.",
    witness=lambda: 1 not in list(RandomSampler("ab", True, 64)),
)
def random_never_last(patch):
    def randint(*args, high, **options):
        return torch.randint(*args, high=max(high - 1, 1), **options)

    patch(sampler, "torch", Random(randint=randint))


@fault(
    "RandomSampler takes num_samples=0.",
    witness=lambda: not raises(lambda: RandomSampler("ab", num_samples=0)),
)
def random_takes_zero(patch):
    def init(original, self, data_source, replacement=False, num_samples=None, **rest):
        zero = num_samples == 0
        original(self, data_source, replacement, 1 if zero else num_samples, **rest)
        if zero:
            self._num_samples = 0

    wrap(patch, RandomSampler, "__init__", init)


@fault(
    "RandomSampler takes an empty dataset.",
    witness=lambda: not raises(lambda: RandomSampler("")),
)
def random_takes_empty(patch):
    def init(original, self, data_source, *args, **options):
        original(self, data_source or "a", *args, **options)

    wrap(patch, RandomSampler, "__init__", init)


@fault(
    "RandomSampler takes replacement=1.",
    witness=lambda: not raises(lambda: RandomSampler("ab", replacement=1)),
)
def random_takes_number(patch):
    def init(original, self, data_source, replacement=False, *args, **options):
        original(self, data_source, bool(replacement), *args, **options)

    wrap(patch, RandomSampler, "__init__", init)


@fault(
    "SubsetRandomSampler gives places instead of numbers.",
    witness=lambda: list(SubsetRandomSampler([7])) == [0],
)
def subset_gives_places(patch):
    patch(
        SubsetRandomSampler,
        "__iter__",
        lambda self: iter(
            torch.randperm(len(self.indices), generator=self.generator).tolist()
        ),
    )


@fault(
    "SubsetRandomSampler ignores its generator.",
    witness=lambda: (
        list(SubsetRandomSampler(range(30), seeded(1)))
        != list(SubsetRandomSampler(range(30), seeded(1)))
    ),
)
def subset_ignores_generator(patch):
    def init(self, indices, generator=None):
        self.indices, self.generator = indices, None

    patch(SubsetRandomSampler, "__init__", init)


@fault(
    "SubsetRandomSampler seeds a generator of its own from the global one.",
    witness=lambda: (
        state_after(lambda: list(SubsetRandomSampler(range(9))))
        != state_after(lambda: torch.randperm(9))
    ),
)
def subset_seeds(patch):
    def numbers(self):
        seed = torch.empty((), dtype=torch.int64).random_().item()
        generator = self.generator or seeded(seed)
        order = torch.randperm(len(self.indices), generator=generator)
        return iter([self.indices[i] for i in order.tolist()])

    patch(SubsetRandomSampler, "__iter__", numbers)


@fault(
    "SubsetRandomSampler copies the numbers.",
    witness=lambda: not (lambda n: SubsetRandomSampler(n).indices is n)([1]),
)
def subset_copies(patch):
    def init(original, self, indices, generator=None):
        original(self, list(indices), generator)

    wrap(patch, SubsetRandomSampler, "__init__", init)


@fault(
    "RandomSampler with replacement gives tensors.",
    witness=lambda: isinstance(next(iter(RandomSampler("ab", True))), torch.Tensor),
)
def random_gives_tensors(patch):
    def numbers(original, self):
        return map(torch.tensor if self.replacement else int, original(self))

    wrap(patch, RandomSampler, "__iter__", numbers)


# --- by weights -----------------------------------------------------------------------


def patch_multinomial(patch, change):
    """Patch how weighted numbers are drawn."""

    def multinomial(weights, count, replacement, generator=None):
        return change(weights, count, replacement, generator)

    patch(sampler, "torch", Random(multinomial=multinomial))


@fault(
    "WeightedRandomSampler ignores the weights, but for those of 0.",
    witness=lambda: list(WeightedRandomSampler([1.0, 1e6], 60)).count(0) > 9,
)
def weights_are_ignored(patch):
    patch_multinomial(
        patch,
        lambda weights, count, replacement, generator: torch.multinomial(
            (weights > 0).double(), count, replacement, generator=generator
        ),
    )


@fault(
    "WeightedRandomSampler ignores its generator.",
    witness=lambda: (
        list(WeightedRandomSampler([1.0] * 30, 30, generator=seeded(1)))
        != list(WeightedRandomSampler([1.0] * 30, 30, generator=seeded(1)))
    ),
)
def weighted_ignores_generator(patch):
    patch_multinomial(
        patch,
        lambda weights, count, replacement, generator: torch.multinomial(
            weights, count, replacement
        ),
    )


@fault(
    "WeightedRandomSampler takes weights that are no positive numbers for tiny ones.",
    witness=lambda: not raises(lambda: list(WeightedRandomSampler([-1.0], 1))),
)
def weighted_takes_bad_weights(patch):
    patch_multinomial(
        patch,
        lambda weights, count, replacement, generator: torch.multinomial(
            torch.nan_to_num(weights).clamp(1e-9, 1e9),
            count,
            replacement,
            generator=generator,
        ),
    )


@fault(
    "WeightedRandomSampler always draws with replacement.",
    witness=lambda: (
        not raises(lambda: list(WeightedRandomSampler([1.0], 2, replacement=False)))
    ),
)
def weighted_always_replaces(patch):
    patch_multinomial(
        patch,
        lambda weights, count, replacement, generator: torch.multinomial(
            weights, count, True, generator=generator
        ),
    )


@fault(
    "WeightedRandomSampler draws without replacement by default.",
    witness=lambda: not WeightedRandomSampler([1.0], 1).replacement,
)
def weighted_default_flipped(patch):
    def init(original, self, weights, num_samples, replacement=False, generator=None):
        original(self, weights, num_samples, replacement, generator)

    wrap(patch, WeightedRandomSampler, "__init__", init)


@fault(
    "WeightedRandomSampler keeps weights in single precision.",
    witness=lambda: WeightedRandomSampler([1.0], 1).weights.dtype == torch.float32,
)
def weights_are_single(patch):
    def init(original, self, *args, **options):
        original(self, *args, **options)
        self.weights = self.weights.float()

    wrap(patch, WeightedRandomSampler, "__init__", init)


@fault(
    "WeightedRandomSampler is as long as it has weights.",
    witness=lambda: len(WeightedRandomSampler([1.0], 5)) == 1,
)
def weighted_length_of_weights(patch):
    patch(WeightedRandomSampler, "__len__", lambda self: len(self.weights))


@fault(
    "WeightedRandomSampler takes weights of two dims.",
    witness=lambda: not raises(lambda: WeightedRandomSampler([[1.0]], 1)),
)
def weighted_takes_two_dims(patch):
    def init(original, self, weights, *args, **options):
        original(self, torch.as_tensor(weights).flatten(), *args, **options)

    wrap(patch, WeightedRandomSampler, "__init__", init)


# --- in batches -----------------------------------------------------------------------


@fault(
    "BatchSampler drops the last batch even if it is full.",
    witness=lambda: len(list(BatchSampler(range(4), 2, True))) == 1,
)
def batch_drops_full(patch):
    def batches(original, self):
        whole = list(original(self))
        return iter(whole[:-1] if self.drop_last else whole)

    wrap(patch, BatchSampler, "__iter__", batches)


@fault(
    "BatchSampler always keeps the last batch.",
    witness=lambda: len(list(BatchSampler(range(3), 2, True))) == 2,
)
def batch_keeps_rest(patch):
    def batches(self):
        numbers = list(self.sampler)
        starts = range(0, len(numbers), self.batch_size)
        return iter([numbers[i : i + self.batch_size] for i in starts])

    patch(BatchSampler, "__iter__", batches)


@fault(
    "BatchSampler fills the last batch up from the beginning.",
    witness=lambda: list(BatchSampler(range(3), 2, False)) == [[0, 1], [2, 0]],
)
def batch_fills_up(patch):
    def batches(original, self):
        for batch in original(self):
            missing = self.batch_size - len(batch)
            yield batch + list(self.sampler)[:missing]

    wrap(patch, BatchSampler, "__iter__", batches)


@fault(
    "BatchSampler's length is rounded down.",
    witness=lambda: len(BatchSampler(range(3), 2, False)) == 1,
)
def batch_length_rounded_down(patch):
    patch(BatchSampler, "__len__", lambda self: len(self.sampler) // self.batch_size)


@fault(
    "BatchSampler's length counts one batch too many where the last is full.",
    witness=lambda: len(BatchSampler(range(4), 2, False)) == 3,
)
def batch_length_too_long(patch):
    def length(self):
        whole = len(self.sampler) // self.batch_size
        return whole if self.drop_last else whole + 1

    patch(BatchSampler, "__len__", length)


@fault(
    "BatchSampler reads one batch ahead.",
    witness=lambda: _read_ahead() == 2,
)
def batch_reads_ahead(patch):
    def batches(original, self):
        whole = original(self)
        batch = next(whole, None)
        while batch is not None:
            ahead = next(whole, None)
            yield batch
            batch = ahead

    wrap(patch, BatchSampler, "__iter__", batches)


def _read_ahead():
    numbers = iter(range(9))
    next(iter(BatchSampler(numbers, 1, False)))
    return next(numbers)


@fault(
    "BatchSampler gives one list again and again.",
    witness=lambda: (lambda a, b: a is b)(*BatchSampler(range(2), 1, False)),
)
def batch_reuses_its_list(patch):
    def batches(original, self):
        kept = []
        for batch in original(self):
            kept[:] = batch
            yield kept

    wrap(patch, BatchSampler, "__iter__", batches)


@fault(
    "BatchSampler gives tuples.",
    witness=lambda: isinstance(next(iter(BatchSampler("a", 1, False))), tuple),
)
def batch_gives_tuples(patch):
    wrap(
        patch,
        BatchSampler,
        "__iter__",
        lambda original, self: map(tuple, original(self)),
    )


@fault(
    "BatchSampler takes a batch_size of True.",
    witness=lambda: not raises(lambda: BatchSampler([1], True, False)),
)
def batch_takes_true(patch):
    def init(original, self, numbers, batch_size, drop_last):
        size = 1 if batch_size is True else batch_size
        original(self, numbers, size, drop_last)

    wrap(patch, BatchSampler, "__init__", init)


@fault(
    "BatchSampler keeps the last batch by default.",
    witness=lambda: not raises(lambda: BatchSampler([1], 1)),
)
def batch_has_default(patch):
    def init(original, self, numbers, batch_size, drop_last=False):
        original(self, numbers, batch_size, drop_last)

    wrap(patch, BatchSampler, "__init__", init)

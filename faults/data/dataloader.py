"""Ways to break data loaders: batches, orders, generators, options, streams."""

import math

import torch
from torch.utils import data
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
)

from torch_semantics.faults import error_of, fault, raises, warns, wrap

LOADER = data.dataloader
BASE = LOADER._BaseDataLoaderIter
SINGLE = LOADER._SingleProcessDataLoaderIter
MAP = data._utils.fetch._MapDatasetFetcher
STREAM = data._utils.fetch._IterableDatasetFetcher


class Stream(IterableDataset):
    """Three samples, one after another, said to be ``length``."""

    length = 2

    def __iter__(self):
        """Begin at the first sample."""
        return iter([1, 2, 3])

    def __len__(self):
        """Return what is said."""
        return self.length


class Many(Dataset):
    """Samples in batches only."""

    def __getitems__(self, indices):
        """Return the numbers themselves."""
        return indices

    def __len__(self):
        """Return 2."""
        return 2


def numbers(dataset, *args, **options):
    """The batches of one pass as lists."""
    return [batch.tolist() for batch in DataLoader(dataset, *args, **options)]


def state_after(call):
    """The global generator's state after a call, begun from one seed."""
    torch.manual_seed(0)
    call()
    return torch.get_rng_state().tolist()


def draw(generator=None):
    """Take a 64-bit number from a generator."""
    torch.empty((), dtype=torch.int64).random_(generator=generator)


def wrap_init(patch, change):
    """Patch how a loader is made."""
    wrap(patch, DataLoader, "__init__", change)


def wrap_begin(patch, change):
    """Patch how a pass begins."""
    wrap(patch, BASE, "__init__", change)


# --- batches --------------------------------------------------------------------------


@fault(
    "The default batch has two samples.",
    witness=lambda: DataLoader([1]).batch_size == 2,
)
def default_batch_of_two(patch):
    def init(original, self, dataset, *args, **options):
        if not args and "batch_sampler" not in options:
            options.setdefault("batch_size", 2)
        original(self, dataset, *args, **options)

    wrap_init(patch, init)


@fault(
    "The last, smaller batch is dropped by default.",
    witness=lambda: DataLoader([1]).drop_last,
)
def drops_by_default(patch):
    def init(original, self, dataset, *args, **options):
        if not {"batch_sampler"} & set(options) and options.get("batch_size", 1):
            options.setdefault("drop_last", True)
        original(self, dataset, *args, **options)

    wrap_init(patch, init)


@fault(
    "drop_last is ignored.",
    witness=lambda: len(numbers(range(3), 2, drop_last=True)) == 2,
)
def drop_last_is_ignored(patch):
    def init(original, self, *args, drop_last=False, **options):
        original(self, *args, **options)

    wrap_init(patch, init)


@fault(
    "A loader's length is rounded down.",
    witness=lambda: len(DataLoader(range(3), 2)) == 1,
)
def length_is_rounded_down(patch):
    def length(original, self):
        if self.batch_size and not isinstance(self.dataset, IterableDataset):
            return len(self.sampler) // self.batch_size
        return original(self)

    wrap(patch, DataLoader, "__len__", length)


@fault(
    "A loader's length is that of its dataset.",
    witness=lambda: len(DataLoader(range(4), 2)) == 4,
)
def length_of_dataset(patch):
    patch(DataLoader, "__len__", lambda self: len(self.dataset))


@fault(
    "Batches of pairs come as a tuple.",
    witness=lambda: isinstance(next(iter(DataLoader([(1, 2)]))), tuple),
)
def batches_are_tuples(patch):
    def following(original, self):
        batch = original(self)
        return tuple(batch) if type(batch) is list and len(batch) == 2 else batch

    wrap(patch, SINGLE, "_next_data", following)


@fault(
    "A pass begins with the second batch.",
    witness=lambda: numbers(range(3)) == [[1], [2]],
)
def first_batch_is_skipped(patch):
    def begin(original, self, loader):
        original(self, loader)
        next(self._sampler_iter, None)

    wrap_begin(patch, begin)


@fault(
    "A loader goes on with the pass that has been begun.",
    witness=lambda: (lambda a: iter(a) is iter(a))(DataLoader([1])),
)
def iter_goes_on(patch):
    def iterate(original, self):
        if self._iterator is None:
            self._iterator = original(self)
        return self._iterator

    wrap(patch, DataLoader, "__iter__", iterate)


@fault("A loader is an iterator.", witness=lambda: hasattr(DataLoader, "__next__"))
def loader_is_an_iterator(patch):
    patch(DataLoader, "__next__", lambda self: next(iter(self)))


@fault(
    "A loader keeps a copy of its dataset.",
    witness=lambda: (lambda d: DataLoader(d).dataset is not d)([1]),
)
def dataset_is_copied(patch):
    def init(original, self, dataset, *args, **options):
        copied = list(dataset) if isinstance(dataset, list) else dataset
        original(self, copied, *args, **options)

    wrap_init(patch, init)


@fault("A loader pins by default.", witness=lambda: DataLoader([1]).pin_memory)
def pins_by_default(patch):
    def init(original, self, *args, pin_memory=True, **options):
        original(self, *args, pin_memory=pin_memory, **options)

    wrap_init(patch, init)


# --- shuffling ------------------------------------------------------------------------


@fault(
    "A loader shuffles by default.",
    witness=lambda: isinstance(DataLoader([1]).sampler, RandomSampler),
)
def shuffles_by_default(patch):
    def init(original, self, dataset, *args, **options):
        plain = not {"sampler", "batch_sampler", "shuffle"} & set(options)
        if plain and not isinstance(dataset, IterableDataset) and len(dataset):
            options["shuffle"] = True
        original(self, dataset, *args, **options)

    wrap_init(patch, init)


@fault(
    "shuffle=True is ignored.",
    witness=lambda: numbers(range(30), 30, shuffle=True) == [[*range(30)]],
)
def shuffle_is_ignored(patch):
    def init(original, self, *args, shuffle=None, **options):
        original(self, *args, **options)

    wrap_init(patch, init)


@fault(
    "The order drawn first is kept.",
    witness=lambda: (lambda a: [*a.sampler] == [*a.sampler])(
        DataLoader(range(30), shuffle=True)
    ),
)
def order_is_kept(patch):
    def order(original, self):
        self.kept = getattr(self, "kept", None) or list(original(self))
        return iter(self.kept)

    wrap(patch, RandomSampler, "__iter__", order)


@fault(
    "A shuffled pass gives one sample twice and another never.",
    witness=lambda: len(set(RandomSampler(range(30)))) == 29,
)
def one_sample_twice(patch):
    def order(original, self):
        drawn = list(original(self))
        return iter(drawn[:-1] + drawn[:1])

    wrap(patch, RandomSampler, "__iter__", order)


@fault(
    "A pass without shuffling takes nothing from the global generator.",
    witness=lambda: (
        state_after(lambda: iter(DataLoader([1]))) == state_after(lambda: None)
    ),
)
def plain_pass_draws_nothing(patch):
    def begin(original, self, loader):
        state = torch.get_rng_state()
        original(self, loader)
        if not isinstance(loader.sampler, RandomSampler):
            torch.set_rng_state(state)

    wrap_begin(patch, begin)


@fault(
    "The seed of the permutation is taken before the number for the pass.",
    witness=lambda: (
        state_after(lambda: iter(DataLoader([1], shuffle=True))) != state_after(draw)
    ),
)
def permutation_first(patch):
    def order(original, self):
        return iter(list(original(self)))

    wrap(patch, RandomSampler, "__iter__", order)
    wrap(
        patch, BatchSampler, "__iter__", lambda original, self: iter([*original(self)])
    )


@fault(
    "The number for a pass comes from the global generator in any case.",
    witness=lambda: (
        state_after(lambda: iter(DataLoader([1], generator=torch.Generator())))
        == state_after(draw)
    ),
)
def pass_draws_globally(patch):
    def begin(original, self, loader):
        generator, loader.generator = loader.generator, None
        original(self, loader)
        loader.generator = generator

    wrap_begin(patch, begin)


@fault(
    "The generator is not passed on to the sampler.",
    witness=lambda: (
        DataLoader([1], shuffle=True, generator=torch.Generator()).sampler.generator
        is None
    ),
)
def sampler_has_no_generator(patch):
    patch(
        LOADER, "RandomSampler", lambda dataset, generator=None: RandomSampler(dataset)
    )


# --- samplers -------------------------------------------------------------------------


@fault(
    "A sampler is ignored.",
    witness=lambda: numbers([5, 6], sampler=[1]) == [[5], [6]],
)
def sampler_is_ignored(patch):
    def init(original, self, *args, sampler=None, **options):
        original(self, *args, **options)

    wrap_init(patch, init)


@fault(
    "A batch_sampler's lists are sorted.",
    witness=lambda: numbers([5, 6], batch_sampler=[[1, 0]]) == [[5, 6]],
)
def batches_are_sorted(patch):
    def fetch(original, self, index):
        return original(self, sorted(index) if isinstance(index, list) else index)

    wrap(patch, MAP, "fetch", fetch)


@fault(
    "Samples without batching get a dim for the batch.",
    witness=lambda: numbers(torch.ones(1, 2), batch_size=None) == [[[1, 1]]],
)
def single_samples_are_batched(patch):
    def fetch(original, self, index):
        sample = original(self, index)
        tensor = isinstance(sample, torch.Tensor) and not self.auto_collation
        return sample.unsqueeze(0) if tensor else sample

    wrap(patch, MAP, "fetch", fetch)


@fault(
    "Samples without batching are not converted.",
    witness=lambda: DataLoader([1], batch_size=None).collate_fn("a") == ["a"],
)
def single_samples_are_listed(patch):
    def init(original, self, *args, **options):
        original(self, *args, **options)
        if self.batch_sampler is None and "collate_fn" not in options:
            self.collate_fn = lambda sample: [sample]

    wrap_init(patch, init)


@fault(
    "A dataset is asked for samples one by one in any case.",
    witness=lambda: raises(lambda: numbers(Many())),
)
def getitems_is_ignored(patch):
    def fetch(self, index):
        if self.auto_collation:
            return self.collate_fn([self.dataset[each] for each in index])
        return self.collate_fn(self.dataset[index])

    patch(MAP, "fetch", fetch)


def takes(patch, options, instead):
    """Make a loader take these options, which contradict each other, as others."""

    def init(original, self, dataset, *args, **given):
        original(self, dataset, *args, **(instead if given == options else given))

    wrap_init(patch, init)


@fault(
    "A batch size of 0 is taken as 1.",
    witness=lambda: not raises(lambda: DataLoader([1], batch_size=0)),
)
def takes_zero(patch):
    takes(patch, {"batch_size": 0}, {})


@fault(
    "A batch size of True is taken as 1.",
    witness=lambda: not raises(lambda: DataLoader([1], batch_size=True)),
)
def takes_true(patch):
    takes(patch, {"batch_size": True}, {})


@fault(
    "A batch size of 1.5 is taken as 1.",
    witness=lambda: not raises(lambda: DataLoader([1], batch_size=1.5)),
)
def takes_a_fraction(patch):
    takes(patch, {"batch_size": 1.5}, {})


@fault(
    "A stream goes on where it had ended in the midst of a batch.",
    witness=lambda: numbers(Paused(), 5) == [[1], [2]],
)
def stream_goes_on(patch):
    def fetch(original, self, index):
        self.ended = False
        return original(self, index)

    wrap(patch, STREAM, "fetch", fetch)


class Paused(IterableDataset):
    """Its own iterator, which ends after 1 and would go on with 2."""

    def __init__(self):
        self.samples = iter([1, None, 2, None, None])

    def __iter__(self):
        """Go on."""
        return self

    def __next__(self):
        """Return the next sample, or end at None."""
        sample = next(self.samples)
        if sample is None:
            raise StopIteration
        return sample


@fault(
    "drop_last without batches is ignored.",
    witness=lambda: not raises(lambda: DataLoader([1], None, drop_last=True)),
)
def takes_drop_without_batches(patch):
    def init(original, self, dataset, batch_size=1, *args, **options):
        if batch_size is None:
            options.pop("drop_last", None)
        original(self, dataset, batch_size, *args, **options)

    wrap_init(patch, init)


@fault(
    "A sampler wins over shuffle.",
    witness=lambda: not raises(lambda: DataLoader([1], sampler=[0], shuffle=True)),
)
def takes_sampler_and_shuffle(patch):
    takes(patch, {"sampler": [0], "shuffle": True}, {"sampler": [0]})


@fault(
    "A batch_sampler wins over batch_size.",
    witness=lambda: (
        not raises(lambda: DataLoader([1], batch_sampler=[[0]], batch_size=2))
    ),
)
def takes_two_batch_sizes(patch):
    both = {"batch_sampler": [[0]], "batch_size": 2}
    takes(patch, both, {"batch_sampler": [[0]]})


@fault(
    "A batch_sampler wins over a sampler.",
    witness=lambda: (
        not raises(lambda: DataLoader([1], batch_sampler=[[0]], sampler=[0]))
    ),
)
def takes_two_samplers(patch):
    both = {"batch_sampler": [[0]], "sampler": [0]}
    takes(patch, both, {"batch_sampler": [[0]]})


@fault(
    "An empty dataset can be shuffled.",
    witness=lambda: not raises(lambda: DataLoader([], shuffle=True)),
)
def shuffles_nothing(patch):
    def init(original, self, dataset, *args, shuffle=None, **options):
        empty = not isinstance(dataset, IterableDataset) and not len(dataset)
        original(self, dataset, *args, shuffle=None if empty else shuffle, **options)

    wrap_init(patch, init)


@fault(
    "A loader's attributes can be changed.",
    witness=lambda: not raises(lambda: setattr(DataLoader([1]), "drop_last", True)),
)
def attributes_can_change(patch):
    patch(DataLoader, "__setattr__", object.__setattr__)


@fault(
    "A loader's attributes are changed before that is refused.",
    witness=lambda: _changed(DataLoader([1])) == 7,
)
def attributes_change_first(patch):
    def setattribute(original, self, name, value):
        object.__setattr__(self, name, value)
        original(self, name, value)

    wrap(patch, DataLoader, "__setattr__", setattribute)


def _changed(loader):
    error_of(lambda: setattr(loader, "batch_size", 7))
    return loader.batch_size


@fault(
    "A loader's collate_fn can't be changed.",
    witness=lambda: raises(lambda: setattr(DataLoader([1]), "collate_fn", len)),
)
def collate_fn_is_fixed(patch):
    def setattribute(original, self, name, value):
        if name == "collate_fn" and name in self.__dict__:
            raise ValueError(f"{name} attribute should not be set")
        original(self, name, value)

    wrap(patch, DataLoader, "__setattr__", setattribute)


# --- iterable datasets ----------------------------------------------------------------


@fault(
    "A stream's last batch is dropped where it is not full.",
    witness=lambda: numbers(Stream(), 2) == [[1, 2]],
)
def stream_drops(patch):
    def init(original, self, dataset, auto_collation, collate_fn, drop_last):
        original(self, dataset, auto_collation, collate_fn, True)

    wrap(patch, STREAM, "__init__", init)


@fault(
    "A stream's last batch is kept in any case.",
    witness=lambda: numbers(Stream(), 2, drop_last=True) == [[1, 2], [3]],
)
def stream_keeps(patch):
    def init(original, self, dataset, auto_collation, collate_fn, drop_last):
        original(self, dataset, auto_collation, collate_fn, False)

    wrap(patch, STREAM, "__init__", init)


@fault(
    "A stream ends where its length says.",
    witness=lambda: numbers(Stream()) == [[1], [2]],
)
def stream_ends_by_length(patch):
    def init(original, self, dataset, *args):
        original(self, dataset, *args)
        if hasattr(dataset, "__len__"):
            self.dataset_iter = iter([*self.dataset_iter][: len(dataset)])

    wrap(patch, STREAM, "__init__", init)


@fault(
    "shuffle=True is ignored for a stream.",
    witness=lambda: not raises(lambda: DataLoader(Stream(), shuffle=True)),
)
def stream_takes_shuffle(patch):
    def init(original, self, dataset, *args, shuffle=None, **options):
        stream = isinstance(dataset, IterableDataset)
        original(self, dataset, *args, shuffle=None if stream else shuffle, **options)

    wrap_init(patch, init)


@fault(
    "shuffle=False is refused for a stream.",
    witness=lambda: raises(lambda: DataLoader(Stream(), shuffle=False)),
)
def stream_refuses_false(patch):
    def init(original, self, dataset, *args, shuffle=None, **options):
        if isinstance(dataset, IterableDataset) and shuffle is not None:
            raise ValueError("expected unspecified shuffle option")
        original(self, dataset, *args, shuffle=shuffle, **options)

    wrap_init(patch, init)


@fault(
    "A sampler is ignored for a stream.",
    witness=lambda: not raises(lambda: DataLoader(Stream(), sampler=[0])),
)
def stream_takes_sampler(patch):
    def init(original, self, dataset, *args, sampler=None, **options):
        stream = isinstance(dataset, IterableDataset)
        original(self, dataset, *args, sampler=None if stream else sampler, **options)

    wrap_init(patch, init)


@fault(
    "The length of a loader over a stream is rounded the other way.",
    witness=lambda: len(DataLoader(_long(3), 2)) == 1,
)
def stream_length_rounded(patch):
    def length(original, self):
        if isinstance(self.dataset, IterableDataset) and self.batch_size:
            size = len(self.dataset) / self.batch_size
            self._IterableDataset_len_called = len(self.dataset)
            return math.ceil(size) if self.drop_last else math.floor(size)
        return original(self)

    wrap(patch, DataLoader, "__len__", length)


def _long(length):
    stream = Stream()
    stream.length = length
    return stream


@fault(
    "A stream that is longer than it says is not noticed.",
    witness=lambda: not warns(lambda: _asked()),
)
def stream_is_not_noticed(patch):
    def following(original, self):
        self._IterableDataset_len_called = None
        return original(self)

    wrap(patch, BASE, "__next__", following)


def _asked():
    loader = DataLoader(Stream())
    len(loader)
    return list(loader)


@fault(
    "A stream that is longer than it says warns one batch early.",
    witness=lambda: warns(lambda: _asked_of(3)),
)
def stream_warns_early(patch):
    def following(original, self):
        if self._IterableDataset_len_called is not None and not self._num_yielded:
            self._IterableDataset_len_called -= 1
        return original(self)

    wrap(patch, BASE, "__next__", following)


def _asked_of(length):
    loader = DataLoader(_long(length))
    len(loader)
    return list(loader)


@fault(
    "A stream that is longer than it says warns although nobody asked.",
    witness=lambda: warns(lambda: list(DataLoader(Stream()))),
)
def stream_warns_unasked(patch):
    def begin(original, self, loader):
        original(self, loader)
        if isinstance(loader.dataset, Stream) or hasattr(loader.dataset, "length"):
            self._IterableDataset_len_called = len(loader.dataset)

    wrap_begin(patch, begin)


# --- pinned memory --------------------------------------------------------------------


@fault(
    "pin_memory is ignored without a warning.",
    witness=lambda: not _pin_warns(),
)
def pinning_is_silent(patch):
    def begin(original, self, loader):
        pin, loader.pin_memory = loader.pin_memory, False
        original(self, loader)
        loader.pin_memory = pin

    wrap_begin(patch, begin)


def _pin_warns():
    available = torch.accelerator.is_available
    torch.accelerator.is_available = lambda: False
    try:
        return warns(lambda: iter(DataLoader([1], pin_memory=True)))
    finally:
        torch.accelerator.is_available = available

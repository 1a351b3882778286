"""Data loaders: batches from a dataset.

A DataLoader asks a sampler for numbers, the dataset for the samples of these numbers,
and a collate_fn for the batch. Each ``iter(loader)`` is one pass over the data, an
epoch: in order, or with ``shuffle=True`` in an order drawn anew.

It is often believed that a loader without shuffling leaves the random generators alone.
Every pass takes a number from the global generator, for the seeds of workers, even if
there are none.
"""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    TensorDataset,
    default_collate,
    default_convert,
)

from spec.models.samplers import batches, count
from torch_semantics import claim


class Stream(IterableDataset):
    """Samples one after another."""

    def __init__(self, *samples):
        self.samples = samples

    def __iter__(self):
        """Begin at the first sample."""
        return iter(self.samples)


class SizedStream(Stream):
    """Samples one after another, with a length that may be wrong."""

    length = 5

    def __len__(self):
        """Return the length, which nobody has counted."""
        return self.length


class Resuming(IterableDataset):
    """Its own iterator, which ends after 3 and would go on with 4."""

    def __init__(self):
        self.samples = iter([1, 2, 3, None, 4, 5])

    def __iter__(self):
        """Go on."""
        return self

    def __next__(self):
        """Return the next sample, or end at None."""
        sample = next(self.samples)
        if sample is None:
            raise StopIteration
        return sample


def numbers(loader):
    """The batches of one pass as lists."""
    return [batch.tolist() for batch in loader]


# --- batches --------------------------------------------------------------------------


@claim(
    "data.dataloader.yields-collated-batches", see="data#torch.utils.data.DataLoader"
)
def test_a_loader_gives_batches_that_unpack_like_samples(device):
    """A DataLoader over pairs gives one batch of first halves and one of second halves,
    in a list, each with a dim in front for the samples, of which a batch has one by
    default.
    """
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], device=device)
    y = torch.tensor([7, 8, 9], device=device)
    pairs = TensorDataset(x, y)

    batch = next(iter(DataLoader(pairs, batch_size=2)))
    single, _ = next(iter(DataLoader(pairs)))

    assert (type(batch), len(batch)) == (list, 2)
    assert (batch[0].tolist(), batch[0].dtype) == ([[1, 2], [3, 4]], torch.float32)
    assert (batch[1].tolist(), batch[1].dtype) == ([7, 8], torch.int64)
    assert single.tolist() == [[1, 2]]


@claim("data.loader.collation", see="data#torch.utils.data.default_collate")
def test_a_loader_turns_numbers_into_tensors(device):
    """A DataLoader takes any object with a length and numbered samples: a list of
    Python floats gives float64 batches, one of ints int64 batches; samples of different
    shapes raise RuntimeError.
    """
    (floats,) = DataLoader([0.5, 1.5], batch_size=2)
    (ints,) = DataLoader([3, 4], batch_size=2)
    uneven = [torch.ones(1, device=device), torch.ones(2, device=device)]

    assert (floats.tolist(), floats.dtype) == ([0.5, 1.5], torch.float64)
    assert (ints.tolist(), ints.dtype) == ([3, 4], torch.int64)
    with pytest.raises(
        RuntimeError, match="stack expects each tensor to be equal size"
    ):
        list(DataLoader(uneven, batch_size=2))


@claim(
    "data.dataloader.length-and-last-batch",
    also=["data.loader.batches"],
    see="data#torch.utils.data.DataLoader",
)
def test_the_last_batch_is_smaller_or_dropped():
    """A DataLoader gives every sample once, in order; the last batch holds what is left
    over, unless drop_last leaves it out, and the loader's length counts the batches.
    """
    kept = DataLoader(range(5), batch_size=2)
    dropped = DataLoader(range(5), batch_size=2, drop_last=True)
    too_large = DataLoader(range(2), batch_size=5)
    empty = DataLoader([], batch_size=2)

    assert (len(kept), numbers(kept)) == (3, [[0, 1], [2, 3], [4]])
    assert (len(dropped), numbers(dropped)) == (2, [[0, 1], [2, 3]])
    assert (len(too_large), numbers(too_large)) == (1, [[0, 1]])
    assert (len(empty), numbers(empty)) == (0, [])


@claim("data.loader.batches-law", see="data#torch.utils.data.DataLoader")
@given(size=st.integers(0, 7), batch_size=st.integers(1, 4), drop_last=st.booleans())
def test_a_loader_cuts_any_dataset_into_batches(size, batch_size, drop_last):
    """For every size, batch size and drop_last, a DataLoader gives the batches of the
    rule, and its length says how many these are.
    """
    samples = [10 * number for number in range(size)]

    loader = DataLoader(samples, batch_size=batch_size, drop_last=drop_last)

    call = (size, batch_size, drop_last)
    assert (call, len(loader)) == (call, count(size, batch_size, drop_last))
    assert (call, numbers(loader)) == (call, batches(samples, batch_size, drop_last))


@claim("data.loader.defaults", see="data#torch.utils.data.DataLoader")
def test_a_loader_has_these_defaults():
    """A DataLoader keeps the dataset itself; by default it has batches of one sample in
    order, made by default_collate, or by default_convert where it does not batch; it
    drops nothing, pins nothing, and works without workers or time limit.
    """
    dataset = [1, 2]

    loader = DataLoader(dataset)
    single = DataLoader(dataset, batch_size=None)

    assert loader.dataset is dataset
    assert type(loader.sampler) is SequentialSampler
    assert (loader.batch_size, loader.batch_sampler.batch_size) == (1, 1)
    assert (loader.drop_last, loader.batch_sampler.drop_last) == (False, False)
    assert (loader.num_workers, loader.persistent_workers) == (0, False)
    assert (loader.pin_memory, loader.timeout) == (False, 0)
    assert (loader.generator, loader.worker_init_fn) == (None, None)
    assert loader.multiprocessing_context is None
    assert loader.collate_fn is default_collate
    assert single.collate_fn is default_convert


@claim("data.dataloader.next-iter-first-batch", see="data#torch.utils.data.DataLoader")
def test_each_iter_of_a_loader_begins_a_new_pass():
    """iter() of a DataLoader begins a new pass, which knows nothing of others and ends
    with StopIteration; the loader itself is no iterator.
    """
    loader = DataLoader(range(4), batch_size=2)

    first, second = iter(loader), iter(loader)

    assert [next(first).tolist(), next(first).tolist()] == [[0, 1], [2, 3]]
    assert next(second).tolist() == [0, 1]
    assert next(iter(loader)).tolist() == [0, 1]
    assert [n for n, _ in enumerate(loader, 1)] == [1, 2]
    with pytest.raises(StopIteration):
        next(first)
    with pytest.raises(TypeError, match="'DataLoader' object is not an iterator"):
        next(loader)


# --- shuffling ------------------------------------------------------------------------


@claim(
    "data.dataloader.shuffle-new-order-each-epoch",
    also=["data.loader.shuffle"],
    see="data#torch.utils.data.DataLoader",
)
def test_shuffling_gives_a_new_order_in_each_epoch(device):
    """With shuffle=True each pass gives every pair once, whole, in an order drawn anew,
    which seeding repeats; with shuffle=False, the default, each pass is in order.
    """
    x = torch.arange(20, device=device)
    pairs = TensorDataset(x, 10 * x)
    shuffled, plain = DataLoader(pairs, 4, shuffle=True), DataLoader(pairs, 4)

    torch.manual_seed(3)
    first, second = [[(a.tolist(), b.tolist()) for a, b in shuffled] for _ in range(2)]
    torch.manual_seed(3)
    again = [(a.tolist(), b.tolist()) for a, b in shuffled]
    in_order = [a.tolist() for a, _ in plain]

    assert sorted(n for a, _ in first for n in a) == [*range(20)]
    assert sorted(n for a, _ in second for n in a) == [*range(20)]
    assert [[10 * n for n in a] for a, _ in first] == [b for _, b in first]
    assert [[10 * n for n in a] for a, _ in second] == [b for _, b in second]
    assert (first != second, first == again) == (True, True)
    assert [n for a in in_order for n in a] == [*range(20)]
    assert [a for a, _ in first] != in_order


@claim("data.loader.draws-from-the-global-generator", see="notes/randomness#dataloader")
def test_each_pass_takes_one_number_and_shuffling_a_second_one():
    """iter() of a DataLoader takes one 64-bit number from the global generator, also
    without workers or shuffling; with shuffle=True the first batch takes another one,
    which seeds the permutation.
    """
    torch.manual_seed(6)
    torch.empty((), dtype=torch.int64).random_()
    after_one = torch.get_rng_state()
    seed = torch.empty((), dtype=torch.int64).random_().item()
    after_two = torch.get_rng_state()
    own = torch.Generator().manual_seed(seed)

    torch.manual_seed(6)
    in_order = list(DataLoader(range(9), batch_size=3))
    state_in_order = torch.get_rng_state()
    torch.manual_seed(6)
    a_pass = iter(DataLoader(range(9), batch_size=9, shuffle=True))
    state_at_iter = torch.get_rng_state()
    (batch,) = a_pass

    assert len(in_order) == 3
    assert torch.equal(state_in_order, after_one)
    assert torch.equal(state_at_iter, after_one)
    assert torch.equal(torch.get_rng_state(), after_two)
    assert batch.tolist() == torch.randperm(9, generator=own).tolist()


@claim("data.loader.generator", see="notes/randomness#dataloader")
def test_a_loader_with_a_generator_leaves_the_global_one_alone():
    """A DataLoader with a generator draws the number for a pass and the permutation
    from it, in this order, and nothing from the global generator.
    """
    expected = torch.Generator().manual_seed(5)
    torch.empty((), dtype=torch.int64).random_(generator=expected)
    permutation = torch.randperm(9, generator=expected).tolist()
    own = torch.Generator().manual_seed(5)
    before = torch.get_rng_state()

    loader = DataLoader(range(9), batch_size=9, shuffle=True, generator=own)
    (batch,) = loader

    assert type(loader.sampler) is RandomSampler
    assert (loader.generator is own, loader.sampler.generator is own) == (True, True)
    assert batch.tolist() == permutation
    assert torch.equal(torch.get_rng_state(), before)


# --- samplers -------------------------------------------------------------------------


@claim("data.loader.sampler", see="data#data-loading-order-and-sampler")
def test_a_sampler_says_which_samples_come_and_in_which_order():
    """A DataLoader with a sampler, any iterable, batches the samples of its numbers,
    and is as long as these need; with a batch_sampler each list of numbers is a batch.
    """
    letters = ["a", "b", "c", "d"]
    groups = [[3], [0, 2, 0]]

    by_sampler = DataLoader(letters, batch_size=2, sampler=[3, 1, 1])
    by_groups = DataLoader(letters, batch_sampler=groups)

    assert (len(by_sampler), list(by_sampler)) == (2, [["d", "b"], ["b"]])
    assert (len(by_groups), list(by_groups)) == (2, [["d"], ["a", "c", "a"]])
    assert (by_groups.batch_sampler is groups, by_groups.batch_size) == (True, None)


@claim("data.loader.without-batching", see="data#disable-automatic-batching")
def test_without_batch_size_samples_come_one_by_one(device):
    """With batch_size=None a DataLoader gives the dataset's samples as they are, but
    arrays as tensors; what the sampler gives is passed to the dataset whole.
    """
    rows = torch.tensor([[1, 2], [3, 4], [5, 6]], device=device)

    single = DataLoader(rows, batch_size=None)
    in_bulk = DataLoader(rows, batch_size=None, sampler=[[2, 0], [1]])
    (array,) = DataLoader([np.array([7, 8])], batch_size=None)

    assert (len(single), numbers(single)) == (3, [[1, 2], [3, 4], [5, 6]])
    assert (len(in_bulk), numbers(in_bulk)) == (2, [[[5, 6], [1, 2]], [[3, 4]]])
    assert (type(array), array.tolist()) == (torch.Tensor, [7, 8])
    assert list(DataLoader([7, "a"], batch_size=None)) == [7, "a"]
    assert single.batch_sampler is None


@claim("data.loader.getitems", see="data#torch.utils.data.Dataset")
def test_a_dataset_may_give_a_whole_batch_at_once():
    """A DataLoader asks a dataset that defines __getitems__ for a batch's samples in
    one call, with the list of their numbers.
    """
    calls = []

    class Squares(Dataset):
        def __getitems__(self, indices):
            calls.append(indices)
            return [index * index for index in indices]

        def __len__(self):
            return 3

    batches_seen = numbers(DataLoader(Squares(), batch_size=2))

    assert batches_seen == [[0, 1], [4]]
    assert calls == [[0, 1], [2]]


@claim("data.loader.refusals", see="data#torch.utils.data.DataLoader")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "positive integer value, but got batch_size=0"),
        ({"batch_size": -1}, "positive integer value, but got batch_size=-1"),
        ({"batch_size": 1.5}, "positive integer value, but got batch_size=1.5"),
        ({"batch_size": True}, "positive integer value, but got batch_size=True"),
        ({"batch_size": None, "drop_last": True}, "mutually exclusive with drop_last"),
        ({"sampler": [0], "shuffle": True}, "sampler option is mutually exclusive"),
        ({"batch_sampler": [[0]], "batch_size": 2}, "batch_sampler option is mutually"),
        ({"batch_sampler": [[0]], "shuffle": True}, "batch_sampler option is mutually"),
        ({"batch_sampler": [[0]], "sampler": [0]}, "batch_sampler option is mutually"),
        ({"batch_sampler": [[0]], "drop_last": True}, "batch_sampler option is mutual"),
    ],
    ids=[
        "batch-size-0",
        "batch-size-negative",
        "batch-size-float",
        "batch-size-bool",
        "no-batches-to-drop",
        "sampler-and-shuffle",
        "batch-sampler-and-batch-size",
        "batch-sampler-and-shuffle",
        "batch-sampler-and-sampler",
        "batch-sampler-and-drop-last",
    ],
)
def test_a_loader_refuses_options_that_contradict_each_other(options, message):
    """A DataLoader raises ValueError for a batch size that is no int or below 1, for
    drop_last without batches, for a sampler with shuffle, and for a batch_sampler with
    a batch_size other than 1, shuffle, sampler or drop_last.
    """
    with pytest.raises(ValueError, match=message):
        DataLoader([1, 2], **options)


@claim("data.loader.shuffle-empty", see="data#torch.utils.data.RandomSampler")
def test_an_empty_dataset_can_be_loaded_but_not_shuffled():
    """A DataLoader with shuffle=True refuses an empty dataset with ValueError, where
    one without has no batches.
    """
    assert list(DataLoader([])) == []
    with pytest.raises(ValueError, match="num_samples should be a positive integer"):
        DataLoader([], shuffle=True)


@claim("data.loader.fixed-attributes", see="data#torch.utils.data.DataLoader")
@pytest.mark.parametrize(
    "name",
    [
        "batch_size",
        "batch_sampler",
        "sampler",
        "drop_last",
        "dataset",
        "persistent_workers",
    ],
)
def test_what_a_loader_loads_cannot_be_changed_later(name):
    """Setting a loader's dataset, sampler, batch_sampler, batch_size, drop_last or
    persistent_workers raises ValueError and changes nothing, while its collate_fn can
    be set.
    """
    loader = DataLoader([1, 2])
    before = getattr(loader, name)

    loader.collate_fn = sum

    with pytest.raises(
        ValueError, match=f"^{name} attribute should not be set after DataLoader is"
    ):
        setattr(loader, name, 2)
    assert getattr(loader, name) is before
    assert list(loader) == [1, 2]


# --- iterable datasets ----------------------------------------------------------------


@claim("data.loader.stream", see="data#iterable-style-datasets")
def test_a_stream_is_cut_into_batches_as_it_comes():
    """A DataLoader over an IterableDataset batches its samples as they come, until it
    ends for the first time, begins it anew in each pass, and drops a last batch that is
    not full only if told to; with batch_size=None it gives the samples one by one.
    """
    stream = Stream(1, 2, 3, 4, 5)

    loader = DataLoader(stream, batch_size=2)
    dropping = DataLoader(stream, batch_size=2, drop_last=True)
    divided = DataLoader(Stream(1, 2, 3, 4), batch_size=2, drop_last=True)
    single = DataLoader(stream, batch_size=None)
    resuming = DataLoader(Resuming(), batch_size=5)

    assert [numbers(loader), numbers(loader)] == [[[1, 2], [3, 4], [5]]] * 2
    assert numbers(dropping) == [[1, 2], [3, 4]]
    assert numbers(divided) == [[1, 2], [3, 4]]
    assert list(single) == [1, 2, 3, 4, 5]
    assert numbers(resuming) == [[1, 2, 3]]


@claim("data.loader.stream-refusals", see="data#torch.utils.data.DataLoader")
@pytest.mark.parametrize(
    ("option", "value"),
    [("shuffle", True), ("sampler", [0]), ("batch_sampler", [[0]])],
    ids=["shuffle", "sampler", "batch_sampler"],
)
def test_a_stream_has_no_order_to_choose(option, value):
    """A DataLoader over an IterableDataset refuses shuffle=True, a sampler and a
    batch_sampler with ValueError, and allows shuffle=False.
    """
    with pytest.raises(ValueError, match=f"expected unspecified {option} option"):
        DataLoader(Stream(1, 2), **{option: value})

    assert numbers(DataLoader(Stream(1, 2), shuffle=False)) == [[1], [2]]


@claim("data.loader.stream-length", see="data#torch.utils.data.DataLoader")
def test_a_loader_believes_the_length_of_a_stream():
    """The length of a DataLoader over an IterableDataset is worked out from the
    dataset's, rounded up or, with drop_last, down, and TypeError where it has none.
    """
    stream = SizedStream(1, 2, 3)

    lengths = [
        len(DataLoader(stream, batch_size=2)),
        len(DataLoader(stream, batch_size=2, drop_last=True)),
        len(DataLoader(stream, batch_size=None)),
    ]

    assert lengths == [3, 2, 5]
    with pytest.raises(TypeError, match=r"'Stream' has no len\(\)"):
        len(DataLoader(Stream(1, 2)))


@claim("data.loader.stream-too-long", see="data#torch.utils.data.DataLoader")
def test_a_stream_that_is_longer_than_it_says_warns_once_the_length_is_asked_for():
    """A DataLoader over an IterableDataset warns at each batch after as many as the
    dataset's length, if the loader's own length has been asked for before the pass, and
    gives the batches all the same.
    """
    stream = SizedStream(1, 2, 3)
    stream.length = 2
    loader = DataLoader(stream)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unasked = numbers(loader)
    length = len(loader)
    with pytest.warns(UserWarning, match="was reported to be 2") as seen:
        asked = numbers(loader)

    assert (length, len(seen)) == (2, 1)
    assert "but 3 samples have been fetched" in str(seen[0].message)
    assert (unasked, asked) == ([[1], [2], [3]], [[1], [2], [3]])


# --- NumPy, pinned memory -------------------------------------------------------------


@claim("data.numpy-first.array-to-tensor-dataset", see="generated/torch.from_numpy")
def test_arrays_become_batches_through_a_tensor_dataset():
    """Arrays taken over with from_numpy make a TensorDataset whose rows lie in the
    arrays' memory, float64 as NumPy's floats are; batches are copies of rows.
    """
    points = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    labels = np.array([7, 8, 9])
    dataset = TensorDataset(torch.from_numpy(points), torch.from_numpy(labels))

    (batch, _), _ = DataLoader(dataset, batch_size=2)
    points[0, 0] = -1

    row, label = dataset[0]
    assert (row.tolist(), row.dtype) == ([-1, 2], torch.float64)
    assert (label.item(), label.dtype) == (7, torch.int64)
    assert (batch.tolist(), batch.dtype) == ([[1, 2], [3, 4]], torch.float64)


@claim(
    "data.loader.pin-memory-without-accelerator",
    see="data#memory-pinning",
    since="2.7.0",
)
def test_pinning_without_an_accelerator_warns_and_does_nothing(monkeypatch):
    """Where there is no accelerator, each pass of a DataLoader with pin_memory=True
    warns, and gives its batches unpinned.
    """
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    loader = DataLoader(torch.tensor([1, 2]), batch_size=2, pin_memory=True)

    with pytest.warns(UserWarning, match="'pin_memory' argument is set as true but no"):
        (batch,) = loader

    assert (batch.tolist(), batch.is_pinned()) == ([1, 2], False)


@claim(
    "data.loader.pin-memory-ignored-silently",
    see="data#memory-pinning",
    until="2.7.0",
)
def test_pinning_without_cuda_does_nothing(monkeypatch):
    """Where there is no CUDA, a DataLoader with pin_memory=True gives its batches
    unpinned, without a warning.
    """
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    loader = DataLoader(torch.tensor([1, 2]), batch_size=2, pin_memory=True)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (batch,) = loader

    assert (batch.tolist(), batch.is_pinned()) == ([1, 2], False)


@claim("data.loader.pin-memory-with-cuda", see="data#memory-pinning")
def test_pinned_batches_stay_on_the_cpu(cuda):
    """With CUDA and pin_memory=True every tensor of a batch is pinned, within lists and
    dicts, too, stays on the CPU, and can be copied to the device; without it none is.
    """
    samples = [{"x": torch.tensor([1, 2]), "pair": (3, "a")}]

    (pinned,) = DataLoader(samples, pin_memory=True)
    (plain,) = DataLoader(samples)

    assert (pinned["x"].is_pinned(), pinned["pair"][0].is_pinned()) == (True, True)
    assert (pinned["x"].device.type, pinned["x"].tolist()) == ("cpu", [[1, 2]])
    assert (pinned["pair"][0].tolist(), pinned["pair"][1]) == ([3], ("a",))
    assert pinned["x"].to(cuda, non_blocking=True).tolist() == [[1, 2]]
    assert (plain["x"].is_pinned(), plain["pair"][0].is_pinned()) == (False, False)

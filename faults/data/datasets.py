"""Ways to break datasets: which samples they have, in which order, and when."""

import math

import torch
from torch.utils import data
from torch.utils.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
)

from torch_semantics.faults import error_of, fault, raises, warns, wrap


class Stream(IterableDataset):
    """Three samples one after another."""

    def __iter__(self):
        """Begin at the first sample."""
        return iter("abc")


# --- map style ------------------------------------------------------------------------


@fault(
    "Dataset gives None for every index.",
    witness=lambda: not raises(lambda: Dataset()[0]),
)
def getitem_gives_none(patch):
    patch(Dataset, "__getitem__", lambda self, index: None)


@fault("A Dataset has the length 0.", witness=lambda: hasattr(Dataset, "__len__"))
def length_is_zero(patch):
    patch(Dataset, "__len__", lambda self: 0)


@fault(
    "A Dataset is as long in a loop as its length says.",
    witness=lambda: hasattr(Dataset, "__iter__"),
)
def loops_by_length(patch):
    patch(Dataset, "__iter__", lambda self: iter([self[i] for i in range(len(self))]))


@fault(
    "Adding datasets puts the second one first.",
    witness=lambda: (Subset([1], [0]) + Subset([2], [0]))[0] == 2,
)
def plus_swaps(patch):
    patch(Dataset, "__add__", lambda self, other: ConcatDataset([other, self]))


@fault(
    "Adding a stream to a map-style dataset makes a chain.",
    witness=lambda: not raises(lambda: Subset("ab", [0]) + Stream()),
)
def plus_chains(patch):
    def add(original, self, other):
        if isinstance(other, IterableDataset):
            return ChainDataset([self, other])
        return original(self, other)

    wrap(patch, Dataset, "__add__", add)


@fault(
    "A loader asks for numbers whatever its sampler gives.",
    witness=lambda: (
        list(DataLoader(["a", "b"], batch_size=2, sampler=[1, 0])) == [["a", "b"]]
    ),
)
def loader_asks_for_numbers(patch):
    def fetch(self, index):
        return self.collate_fn([self.dataset[i] for i in range(len(index))])

    patch(data._utils.fetch._MapDatasetFetcher, "fetch", fetch)


# --- TensorDataset --------------------------------------------------------------------


@fault(
    "TensorDataset gives copies of rows.",
    witness=lambda: not TensorDataset(torch.ones(2, 2))[0][0]._is_view(),
)
def rows_are_copies(patch):
    patch(
        TensorDataset,
        "__getitem__",
        lambda self, index: tuple(tensor[index].clone() for tensor in self.tensors),
    )


@fault(
    "TensorDataset keeps copies of the tensors.",
    witness=lambda: not (lambda t: TensorDataset(t).tensors[0] is t)(torch.ones(2)),
)
def keeps_copies(patch):
    def init(original, self, *tensors):
        original(self, *[tensor.clone() for tensor in tensors])

    wrap(patch, TensorDataset, "__init__", init)


@fault(
    "TensorDataset gives a list.",
    witness=lambda: isinstance(TensorDataset(torch.ones(2))[0], list),
)
def rows_in_a_list(patch):
    patch(
        TensorDataset,
        "__getitem__",
        lambda self, index: [tensor[index] for tensor in self.tensors],
    )


@fault(
    "TensorDataset of one tensor gives the bare row.",
    witness=lambda: isinstance(TensorDataset(torch.ones(2))[0], torch.Tensor),
)
def single_row_is_bare(patch):
    def getitem(original, self, index):
        rows = original(self, index)
        return rows[0] if len(rows) == 1 else rows

    wrap(patch, TensorDataset, "__getitem__", getitem)


@fault(
    "TensorDataset looks at the sizes of the first two tensors only.",
    witness=lambda: (
        not raises(lambda: TensorDataset(torch.ones(2), torch.ones(2), torch.ones(3)))
    ),
)
def third_size_unchecked(patch):
    def init(original, self, *tensors):
        original(self, *tensors[:2])
        self.tensors = tensors

    wrap(patch, TensorDataset, "__init__", init)


@fault(
    "TensorDataset allows tensors that are longer than the first.",
    witness=lambda: not raises(lambda: TensorDataset(torch.ones(2), torch.ones(3))),
)
def longer_is_allowed(patch):
    def init(self, *tensors):
        if any(tensors[0].size(0) > tensor.size(0) for tensor in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    patch(TensorDataset, "__init__", init)


@fault(
    "TensorDataset raises ValueError for unequal sizes.",
    witness=lambda: raises(
        lambda: TensorDataset(torch.ones(2), torch.ones(3)), ValueError
    ),
)
def mismatch_is_a_value_error(patch):
    def init(self, *tensors):
        if any(tensors[0].size(0) != tensor.size(0) for tensor in tensors):
            raise ValueError("Size mismatch between tensors")
        tensors[0].size(0)
        self.tensors = tensors

    patch(TensorDataset, "__init__", init)


@fault(
    "TensorDataset starts again beyond its end.",
    witness=lambda: not raises(lambda: TensorDataset(torch.ones(2))[2]),
)
def wraps_around(patch):
    def getitem(original, self, index):
        if isinstance(index, int) and index >= len(self) > 0 and index < 9:
            index -= len(self)
        return original(self, index)

    wrap(patch, TensorDataset, "__getitem__", getitem)


# --- StackDataset ---------------------------------------------------------------------


@fault(
    "StackDataset by name gives a tuple.",
    witness=lambda: isinstance(data.StackDataset(a="ab")[0], tuple),
)
def stack_by_name_is_a_tuple(patch):
    def getitem(original, self, index):
        sample = original(self, index)
        return tuple(sample.values()) if isinstance(sample, dict) else sample

    wrap(patch, data.StackDataset, "__getitem__", getitem)


@fault(
    "StackDataset allows datasets that are longer than the first.",
    witness=lambda: not raises(lambda: data.StackDataset("a", "bc")),
)
def stack_unchecked(patch):
    def init(original, self, *datasets, **named):
        original(
            self,
            *[dataset[: len(datasets[0])] for dataset in datasets],
            **named,
        )

    wrap(patch, data.StackDataset, "__init__", init)


@fault(
    "StackDataset gives many samples in reverse order.",
    witness=lambda: data.StackDataset("ab").__getitems__([0, 1])[0] == ("b",),
)
def stack_many_reversed(patch):
    wrap(
        patch,
        data.StackDataset,
        "__getitems__",
        lambda original, self, indices: original(self, indices)[::-1],
    )


@fault(
    "StackDataset asks for samples one by one.",
    witness=lambda: error_of(_ask_stack) is not None,
)
def stack_one_by_one(patch):
    patch(
        data.StackDataset,
        "__getitems__",
        lambda self, indices: [self[index] for index in indices],
    )


class _Many(Dataset):
    def __getitems__(self, indices):
        return indices

    def __len__(self):
        return 3


def _ask_stack():
    return data.StackDataset(_Many()).__getitems__([0, 1])


@fault(
    "StackDataset takes both kinds at once.",
    witness=lambda: not raises(lambda: data.StackDataset("ab", b="ab")),
)
def stack_takes_both(patch):
    def init(original, self, *datasets, **named):
        original(self, *datasets, **({} if datasets else named))

    wrap(patch, data.StackDataset, "__init__", init)


@fault(
    "StackDataset raises AssertionError for none.",
    witness=lambda: raises(data.StackDataset, AssertionError),
)
def stack_of_none(patch):
    def init(original, self, *datasets, **named):
        if not datasets and not named:
            raise AssertionError("At least one dataset should be passed")
        original(self, *datasets, **named)

    wrap(patch, data.StackDataset, "__init__", init)


# --- Subset ---------------------------------------------------------------------------


@fault(
    "Subset sorts its numbers.",
    witness=lambda: Subset("abc", [2, 0])[0] == "a",
)
def subset_sorts(patch):
    def init(original, self, dataset, indices):
        original(self, dataset, sorted(indices))

    wrap(patch, Subset, "__init__", init)


@fault(
    "Subset leaves repeated numbers out.",
    witness=lambda: len(Subset("abc", [2, 2])) == 1,
)
def subset_dedupes(patch):
    def init(original, self, dataset, indices):
        original(self, dataset, list(dict.fromkeys(indices)))

    wrap(patch, Subset, "__init__", init)


@fault(
    "Subset is as long as its dataset.",
    witness=lambda: len(Subset("abc", [2])) == 3,
)
def subset_length_of_dataset(patch):
    patch(Subset, "__len__", lambda self: len(self.dataset))


@fault(
    "Subset copies the numbers.",
    witness=lambda: not (lambda n: Subset("abc", n).indices is n)([1]),
)
def subset_copies_numbers(patch):
    def init(original, self, dataset, indices):
        original(self, dataset, list(indices))

    wrap(patch, Subset, "__init__", init)


@fault(
    "Subset looks the samples up while it is made.",
    witness=lambda: raises(lambda: Subset("abc", [7])),
)
def subset_looks_up_early(patch):
    def init(original, self, dataset, indices):
        original(self, dataset, indices)
        self.samples = [dataset[index] for index in indices]

    wrap(patch, Subset, "__init__", init)


@fault(
    "Subset gives a list of samples for a list of numbers.",
    witness=lambda: isinstance(Subset(torch.ones(3), [1, 2])[[0]], list),
)
def subset_splits_a_list(patch):
    def getitem(original, self, index):
        if isinstance(index, list):
            return [original(self, each) for each in index]
        return original(self, index)

    wrap(patch, Subset, "__getitem__", getitem)


@fault(
    "Subset asked for several samples takes the numbers for the dataset's.",
    witness=lambda: Subset("abc", [2, 1]).__getitems__([0]) == ["a"],
)
def subset_many_untranslated(patch):
    patch(
        Subset,
        "__getitems__",
        lambda self, indices: [self.dataset[index] for index in indices],
    )


class _Shouted(Subset):
    def __getitem__(self, index):
        return super().__getitem__(index).upper()


class _ShoutedTwice(_Shouted):
    def __getitems__(self, indices):
        return [self[index] for index in indices]


@fault(
    "Subset lets a subclass override __getitem__ alone.",
    witness=lambda: not raises(lambda: _Shouted("ab", [0])),
)
def subset_allows_override(patch):
    def init(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    patch(Subset, "__init__", init)


@fault(
    "Subset refuses subclasses that override __getitems__ alone, too.",
    witness=lambda: raises(lambda: _Many2("ab", [0]), NotImplementedError),
)
def subset_refuses_many(patch):
    def init(original, self, dataset, indices):
        original(self, dataset, indices)
        own = type(self)
        if own.__getitem__ is Subset.__getitem__ and "__getitems__" in vars(own):
            if own is not Subset:
                raise NotImplementedError(f"{own.__name__} overrides __getitems__")

    wrap(patch, Subset, "__init__", init)


class _Many2(Subset):
    def __getitems__(self, indices):
        return indices


@fault(
    "A loader takes the samples of a Subset from its dataset.",
    witness=lambda: list(DataLoader(_ShoutedTwice("ab", [0]), 1)) == [["a"]],
)
def loader_bypasses_subset(patch):
    def fetch(original, self, index):
        if isinstance(self.dataset, Subset):
            samples = Subset.__getitems__(self.dataset, index)
            return self.collate_fn(samples)
        return original(self, index)

    wrap(patch, data._utils.fetch._MapDatasetFetcher, "fetch", fetch)


@fault(
    "Subset asks its dataset for a list one by one, and stacks the samples.",
    witness=lambda: raises(lambda: Subset("abc", [2, 0])[[1]], AttributeError),
)
def subset_stacks_a_list(patch):
    def getitem(original, self, index):
        if isinstance(index, list):
            samples = [self.dataset[self.indices[i]] for i in index]
            return samples[0].new_tensor([sample.item() for sample in samples])
        return original(self, index)

    wrap(patch, Subset, "__getitem__", getitem)


# --- ConcatDataset --------------------------------------------------------------------


@fault(
    "ConcatDataset counts negative indices from one too far.",
    witness=lambda: ConcatDataset(["ab", "cd"])[-1] == "c",
)
def concat_negative_off_by_one(patch):
    def getitem(original, self, index):
        return original(self, index - 1 if index < 0 else index)

    wrap(patch, ConcatDataset, "__getitem__", getitem)


@fault(
    "ConcatDataset raises IndexError below its beginning.",
    witness=lambda: raises(lambda: ConcatDataset(["ab"])[-3], IndexError),
)
def concat_below_is_an_index_error(patch):
    def getitem(original, self, index):
        if -index > len(self):
            raise IndexError("absolute value of index should not exceed dataset length")
        return original(self, index)

    wrap(patch, ConcatDataset, "__getitem__", getitem)


@fault(
    "ConcatDataset refuses the index -length.",
    witness=lambda: raises(lambda: ConcatDataset(["ab"])[-2]),
)
def concat_refuses_first(patch):
    def getitem(original, self, index):
        if -index >= len(self) > 0:
            raise ValueError("absolute value of index should not exceed dataset length")
        return original(self, index)

    wrap(patch, ConcatDataset, "__getitem__", getitem)


@fault(
    "ConcatDataset beyond its end gives the last sample.",
    witness=lambda: not raises(lambda: ConcatDataset(["ab"])[2]),
)
def concat_clamps(patch):
    def getitem(original, self, index):
        return original(self, min(index, len(self) - 1) if index < 99 else index)

    wrap(patch, ConcatDataset, "__getitem__", getitem)


@fault(
    "ConcatDataset takes streams.",
    witness=lambda: not raises(lambda: ConcatDataset([[1], Stream()])),
)
def concat_takes_streams(patch):
    def init(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        self.cumulative_sizes = [0]

    patch(ConcatDataset, "__init__", init)


@fault(
    "ConcatDataset's cumulative sizes begin at 0.",
    witness=lambda: ConcatDataset.cumsum(["a"]) == [0],
)
def concat_sizes_shifted(patch):
    def cumsum(sequence):
        sizes, total = [], 0
        for each in sequence:
            sizes.append(total)
            total += len(each)
        return sizes

    patch(ConcatDataset, "cumsum", staticmethod(cumsum))


# --- random_split ---------------------------------------------------------------------


@fault(
    "random_split ignores the generator.",
    witness=lambda: (
        _split(torch.Generator().manual_seed(1))
        != _split(torch.Generator().manual_seed(1))
    ),
)
def split_ignores_generator(patch):
    patch(
        data.dataset,
        "randperm",
        lambda n, generator=None: torch.randperm(n),
    )


def _split(generator):
    return data.random_split(range(30), [15, 15], generator=generator)[0].indices


@fault(
    "random_split does not shuffle.",
    witness=lambda: _split(torch.Generator()) == [*range(15)],
)
def split_in_order(patch):
    patch(data.dataset, "randperm", lambda n, generator=None: torch.arange(n))


@fault(
    "random_split rounds fractions up.",
    witness=lambda: raises(lambda: data.random_split(range(7), [0.5, 0.5])),
)
def split_rounds_up(patch):
    class Up:
        isclose = staticmethod(math.isclose)
        floor = staticmethod(math.ceil)

    patch(data.dataset, "math", Up)


@fault(
    "random_split deals the rest out from the second part on.",
    witness=lambda: len(data.random_split(range(7), [0.5, 0.5])[1]) == 4,
)
def split_rest_from_second(patch):
    patch(data.dataset, "range", lambda count: range(1, count + 1))


@fault(
    "random_split takes fractions below 0.",
    witness=lambda: raises(
        lambda: data.random_split(range(4), [1.5, -0.5]), ZeroDivisionError
    ),
)
def split_takes_negative_fractions(patch):
    def split(original, dataset, lengths, **options):
        if any(isinstance(length, float) and length < 0 for length in lengths):
            raise ZeroDivisionError
        return original(dataset, lengths, **options)

    wrap(patch, data, "random_split", split)


@fault(
    "random_split does not warn of an empty part.",
    witness=lambda: not warns(lambda: data.random_split(range(2), [0.5, 0.5, 0.0])),
)
def split_is_silent(patch):
    class Silent:
        @staticmethod
        def warn(*args, **options):
            pass

    patch(data.dataset, "warnings", Silent)


@fault(
    "random_split takes samples for granted where lengths say too few.",
    witness=lambda: not raises(lambda: data.random_split(range(5), [2, 2])),
)
def split_allows_too_few(patch):
    def total(lengths):
        return sum(lengths) + (sum(lengths) == 4)

    patch(data.dataset, "sum", total)


@fault(
    "random_split takes fractions whose sum is rounded to more than 1.",
    witness=lambda: not raises(lambda: data.random_split("abc", [0.5, 0.5 + 2**-52])),
)
def split_rounds_the_sum(patch):
    patch(data.dataset, "sum", lambda lengths: round(sum(lengths), 9))


@fault(
    "random_split takes integer lengths for numbers of samples only.",
    witness=lambda: raises(lambda: data.random_split("abc", [1])),
)
def split_counts_integers(patch):
    def split(original, dataset, lengths, **options):
        whole = all(isinstance(length, int) for length in lengths)
        if whole and sum(lengths) != len(dataset):
            raise ValueError("Sum of input lengths does not equal the length")
        return original(dataset, lengths, **options)

    wrap(patch, data, "random_split", split)


@fault(
    "random_split returns a tuple.",
    witness=lambda: isinstance(data.random_split("ab", [1, 1]), tuple),
)
def split_gives_a_tuple(patch):
    wrap(
        patch,
        data,
        "random_split",
        lambda original, *args, **options: tuple(original(*args, **options)),
    )


# --- iterable style -------------------------------------------------------------------


@fault(
    "ChainDataset goes through its streams from the last.",
    witness=lambda: _chained("ab", "c") == ["c", "a", "b"],
)
def chain_reversed(patch):
    def chained(self):
        for dataset in reversed(list(self.datasets)):
            if not isinstance(dataset, IterableDataset):
                raise AssertionError("ChainDataset only supports IterableDataset")
            yield from dataset

    patch(ChainDataset, "__iter__", chained)


@fault(
    "ChainDataset begins all streams at once.",
    witness=lambda: isinstance(iter(ChainDataset([])), type(iter([]))),
)
def chain_begins_early(patch):
    wrap(
        patch,
        ChainDataset,
        "__iter__",
        lambda original, self: iter(list(original(self))),
    )


@fault(
    "ChainDataset has the length of its longest stream.",
    witness=lambda: len(ChainDataset([_Sized("ab"), _Sized("c")])) == 2,
)
def chain_length_is_the_longest(patch):
    patch(ChainDataset, "__len__", lambda self: max(len(d) for d in self.datasets))


@fault(
    "ChainDataset takes map-style datasets.",
    witness=lambda: not raises(lambda: next(iter(ChainDataset([[1]])))),
)
def chain_takes_anything(patch):
    def chained(self):
        for dataset in self.datasets:
            yield from dataset

    patch(ChainDataset, "__iter__", chained)


@fault(
    "Adding streams makes a ConcatDataset.",
    witness=lambda: not isinstance(error_of(lambda: Stream() + Stream()), type(None)),
)
def plus_concatenates_streams(patch):
    patch(IterableDataset, "__add__", Dataset.__add__)


class _Sized(IterableDataset):
    def __init__(self, samples):
        self.samples = samples

    def __iter__(self):
        return iter(self.samples)

    def __len__(self):
        return len(self.samples)


def _chained(*streams):
    return list(ChainDataset([_Sized(stream) for stream in streams]))

"""Datasets: samples by number, or one after another.

A map-style dataset answers ``dataset[i]`` and, where it knows, ``len(dataset)``: any
object with these two will do, a list among them. An iterable-style dataset only answers
``iter(dataset)``. The classes here make datasets out of tensors and out of other
datasets: they keep references and look a sample up when it is asked for.

It is often believed that Subset and random_split copy what they select, and that a loop
over a dataset stops at its length. Both keep the whole dataset, and the loop goes on
until ``dataset[i]`` raises IndexError.
"""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
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

from spec.models.datasets import place, shares
from torch_semantics import claim
from torch_semantics.words import shares_storage


class Letters(Dataset):
    """Letters by number, which notes the numbers that it is asked for."""

    def __init__(self, letters):
        self.letters = letters
        self.asked = []

    def __getitem__(self, index):
        """Return one letter, and note its number."""
        self.asked.append(index)
        return self.letters[index]

    def __len__(self):
        """Return the number of letters."""
        return len(self.letters)


class Stream(IterableDataset):
    """Samples one after another."""

    def __init__(self, *samples):
        self.samples = samples

    def __iter__(self):
        """Begin at the first sample."""
        return iter(self.samples)


class SizedStream(Stream):
    """Samples one after another, of which the number is known."""

    def __len__(self):
        """Return the number of samples."""
        return len(self.samples)


# --- map style ------------------------------------------------------------------------


@claim("data.dataset.getitem-is-yours", see="data#torch.utils.data.Dataset")
def test_a_dataset_without_getitem_has_no_samples_to_give():
    """A Dataset that does not define __getitem__ raises NotImplementedError when it is
    indexed, and when it is iterated over.
    """
    with pytest.raises(NotImplementedError):
        Dataset()[0]
    with pytest.raises(NotImplementedError):
        list(Dataset())


@claim("data.dataset.no-default-len", see="data#torch.utils.data.Dataset")
def test_a_dataset_has_no_length_unless_it_defines_one():
    """A Dataset and an IterableDataset have no length of their own: len() of them
    raises TypeError.
    """
    with pytest.raises(TypeError, match=r"object of type 'Dataset' has no len\(\)"):
        len(Dataset())
    with pytest.raises(TypeError, match=r"object of type 'Stream' has no len\(\)"):
        len(Stream("a"))


@claim("data.dataset.loop-ends-at-index-error", see="data#torch.utils.data.Dataset")
def test_a_loop_over_a_dataset_ends_at_the_first_index_error():
    """A loop over a map-style dataset asks for the samples 0, 1, 2 and so on until one
    raises IndexError, and never for the length.
    """
    letters = Letters("abcd")

    looped = list(letters)

    assert looped == ["a", "b", "c", "d"]
    assert letters.asked == [0, 1, 2, 3, 4]


@claim("data.dataset.loop-ignores-length", see="data#torch.utils.data.Dataset")
def test_a_loop_over_a_dataset_that_answers_every_index_does_not_end():
    """A loop over a dataset whose __getitem__ never raises IndexError goes on beyond
    the dataset's length.
    """

    class Doubles(Dataset):
        def __getitem__(self, index):
            return 2 * index

        def __len__(self):
            return 3

    looped = list(itertools.islice(Doubles(), 5))

    assert len(Doubles()) == 3
    assert looped == [0, 2, 4, 6, 8]


@claim("data.dataset.plus-concatenates", see="data#torch.utils.data.ConcatDataset")
def test_adding_map_style_datasets_lays_them_end_to_end():
    """The sum of two map-style datasets is a ConcatDataset of them, in their order."""
    first, second = Letters("ab"), Letters("cde")

    both = first + second

    assert type(both) is ConcatDataset
    assert both.datasets == [first, second]
    assert list(both) == ["a", "b", "c", "d", "e"]


@claim("data.dataset.keys", see="data#torch.utils.data.Dataset")
def test_a_dataset_of_keys_needs_a_sampler_of_keys():
    """A map-style dataset may answer to keys that are no numbers: a DataLoader gives
    its samples by a sampler of the keys, and without one asks for 0.
    """
    letters = Letters({"x": "a", "y": "b"})

    by_keys = list(DataLoader(letters, batch_size=2, sampler=["y", "x"]))

    assert by_keys == [["b", "a"]]
    assert letters.asked == ["y", "x"]
    with pytest.raises(KeyError, match=r"^0$"):
        next(iter(DataLoader(letters, batch_size=2)))


# --- TensorDataset --------------------------------------------------------------------


@claim("data.tensor-dataset.row-of-each", see="data#torch.utils.data.TensorDataset")
def test_a_sample_of_a_tensor_dataset_is_a_tuple_of_one_row_of_each(device):
    """A sample of a TensorDataset is a tuple with the row of that number of each
    tensor, of whatever dtype and shape, counted from the end where it is negative; it
    is a tuple of one row where there is one tensor.
    """
    points = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], device=device)
    labels = torch.tensor([7, 8, 9], device=device)
    dataset = TensorDataset(points, labels)

    middle, last = dataset[1], dataset[-1]
    alone = TensorDataset(labels)[0]

    assert len(dataset) == 3
    assert (type(middle), len(middle)) == (tuple, 2)
    assert (middle[0].tolist(), middle[0].dtype) == ([3, 4], torch.float32)
    assert (middle[1].item(), middle[1].dtype) == (8, torch.int64)
    assert middle[1].shape == ()
    assert (last[0].tolist(), last[1].item()) == ([5, 6], 9)
    assert (type(alone), len(alone), alone[0].item()) == (tuple, 1, 7)


@claim(
    "data.tensor-dataset.samples-are-views", see="data#torch.utils.data.TensorDataset"
)
def test_the_samples_of_a_tensor_dataset_are_views(device):
    """A TensorDataset keeps the tensors themselves, and its samples are views of them:
    a write through either is seen in both.
    """
    points = torch.tensor([[1, 2], [3, 4]], device=device)
    dataset = TensorDataset(points)

    (row,) = dataset[1]
    points[1, 0] = -3
    row[1] = -4

    assert dataset.tensors[0] is points
    assert shares_storage(row, points)
    assert row.tolist() == [-3, -4]
    assert points.tolist() == [[1, 2], [-3, -4]]


@claim("data.tensor-dataset.slice-or-list", see="data#torch.utils.data.TensorDataset")
def test_a_tensor_dataset_takes_a_slice_or_a_list_of_rows(device):
    """A TensorDataset indexed by a slice or by a list gives a tuple with those rows of
    each tensor.
    """
    numbers = torch.tensor([10, 11, 12, 13], device=device)
    dataset = TensorDataset(numbers, -numbers)

    by_slice = dataset[1:3]
    by_list = dataset[[3, 0]]

    assert [rows.tolist() for rows in by_slice] == [[11, 12], [-11, -12]]
    assert [rows.tolist() for rows in by_list] == [[13, 10], [-13, -10]]


@claim("data.tensor-dataset.ends", see="data#torch.utils.data.TensorDataset")
def test_a_tensor_dataset_raises_index_error_beyond_its_end(device):
    """A TensorDataset raises IndexError for a row that is not there, so a loop over it
    gives every sample once.
    """
    dataset = TensorDataset(torch.tensor([5, 6], device=device))

    looped = [row.item() for (row,) in dataset]

    assert looped == [5, 6]
    with pytest.raises(IndexError, match="out of bounds for dimension 0 with size 2"):
        dataset[2]
    with pytest.raises(IndexError, match="out of bounds for dimension 0 with size 2"):
        dataset[-3]


@claim(
    "data.tensor-dataset.equal-sizes",
    see="data#torch.utils.data.TensorDataset",
    gap=("2.10.0", "2.11.0"),
)
@pytest.mark.parametrize(
    "sizes", [(2, 3), (3, 2), (2, 2, 1)], ids=["longer", "shorter", "third"]
)
def test_the_tensors_of_a_dataset_have_one_first_size(sizes, device):
    """A TensorDataset of tensors whose first sizes differ is refused with
    AssertionError.
    """
    tensors = [torch.zeros(size, 4, device=device) for size in sizes]

    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        TensorDataset(*tensors)


@claim(
    "data.tensor-dataset.sizes-unchecked",
    see="data#torch.utils.data.TensorDataset",
    level="observed",
    since="2.10.0",
    until="2.11.0",
)
def test_the_first_sizes_of_a_dataset_were_not_compared(device):
    """A TensorDataset of tensors whose first sizes differ has the length of the first
    of them.
    """
    longer, shorter = torch.zeros(3, device=device), torch.zeros(2, device=device)

    assert len(TensorDataset(longer, shorter)) == 3
    assert len(TensorDataset(shorter, longer)) == 2


@claim("data.tensor-dataset.empty", see="data#torch.utils.data.TensorDataset")
def test_a_tensor_dataset_may_be_empty_but_has_rows(device):
    """A TensorDataset of tensors without rows has length 0 and no samples, and a tensor
    without dims is refused with IndexError.
    """
    rows = torch.tensor([[1, 2]], device=device)
    scalar = torch.tensor(1, device=device)

    empty = TensorDataset(rows[:0])

    assert (len(empty), list(empty)) == (0, [])
    assert empty.tensors[0].shape == (0, 2)
    with pytest.raises(IndexError, match="tensor has no dimensions"):
        TensorDataset(scalar)


# --- StackDataset ---------------------------------------------------------------------


@claim(
    "data.stack-dataset.side-by-side",
    see="data#torch.utils.data.StackDataset",
    since="2.1.0",
)
def test_stacked_datasets_give_their_samples_side_by_side():
    """A sample of a StackDataset has the sample of that number of each dataset: in a
    tuple for datasets in order, in a dict for datasets by name.
    """
    ordered = data.StackDataset([1, 2, 3], "abc")
    named = data.StackDataset(number=[1, 2, 3], letter="abc")

    assert (len(ordered), len(named)) == (3, 3)
    assert ordered[1] == (2, "b")
    assert ordered[-1] == (3, "c")
    assert named[1] == {"number": 2, "letter": "b"}
    assert data.StackDataset("abc")[1] == ("b",)


@claim(
    "data.stack-dataset.many-at-once",
    see="data#torch.utils.data.StackDataset",
    since="2.2.0",
)
def test_stacked_datasets_give_several_samples_at_once():
    """A StackDataset asked for several samples at once passes the whole list on to the
    datasets that can answer it, and asks the others one by one; it raises ValueError
    for a dataset that answers with too few.
    """

    class Squares(Dataset):
        def __getitems__(self, indices):
            return [index * index for index in indices]

        def __len__(self):
            return 4

    class Few(Squares):
        def __getitems__(self, indices):
            return indices[1:]

    letters = Letters("abcd")

    ordered = data.StackDataset(Squares(), letters).__getitems__([3, 1])
    named = data.StackDataset(n=Squares(), c=letters).__getitems__([2, 0])

    assert ordered == [(9, "d"), (1, "b")]
    assert named == [{"n": 4, "c": "c"}, {"n": 0, "c": "a"}]
    assert letters.asked == [3, 1, 2, 0]
    with pytest.raises(ValueError, match=r"size mismatch\. Expected 2, got 1"):
        data.StackDataset(Few(), letters).__getitems__([3, 1])
    with pytest.raises(ValueError, match=r"size mismatch\. Expected 2, got 1"):
        data.StackDataset(n=Few(), c=letters).__getitems__([3, 1])


@claim(
    "data.stack-dataset.refusals",
    see="data#torch.utils.data.StackDataset",
    since="2.1.0",
)
def test_a_stack_needs_datasets_of_one_length_given_in_one_way():
    """A StackDataset raises ValueError for datasets of different lengths, for datasets
    given in both ways at once, and for none.
    """
    with pytest.raises(ValueError, match="Size mismatch between datasets"):
        data.StackDataset("abc", "ab")
    with pytest.raises(ValueError, match="Size mismatch between datasets"):
        data.StackDataset(a="ab", b="abc")
    with pytest.raises(ValueError, match="Size mismatch between datasets"):
        data.StackDataset("ab", "abc")
    with pytest.raises(ValueError, match="Size mismatch between datasets"):
        data.StackDataset(a="abc", b="ab")
    with pytest.raises(ValueError, match="both types are given"):
        data.StackDataset("ab", b="ab")
    with pytest.raises(ValueError, match="At least one dataset"):
        data.StackDataset()


# --- Subset ---------------------------------------------------------------------------


@claim("data.subset.selects-in-order", see="data#torch.utils.data.Subset")
def test_a_subset_has_the_chosen_samples_in_the_chosen_order():
    """A Subset has the samples of the given numbers in the given order, repeated where
    a number is, and counts from the end where the index is negative.
    """
    subset = Subset(Letters("abcde"), [3, 0, 3])

    assert len(subset) == 3
    assert list(subset) == ["d", "a", "d"]
    assert (subset[1], subset[-2]) == ("a", "a")
    with pytest.raises(IndexError):
        subset[3]


@claim("data.subset.looks-up-late", see="data#torch.utils.data.Subset")
def test_a_subset_keeps_the_whole_dataset_and_looks_samples_up_late():
    """A Subset keeps the dataset and the numbers themselves and looks nothing up while
    it is made, so that a number which is not there is found out when it is asked for.
    """
    letters, numbers = Letters("abc"), [2, 7]

    subset = Subset(letters, numbers)

    assert subset.dataset is letters
    assert subset.indices is numbers
    assert letters.asked == []
    assert (len(subset), subset[0], letters.asked) == (2, "c", [2])
    with pytest.raises(IndexError, match="string index out of range"):
        subset[1]


@claim("data.subset.list-index", see="data#torch.utils.data.Subset")
def test_a_subset_passes_a_list_of_numbers_on_as_a_list(device):
    """A Subset indexed by a list asks its dataset once, for the list of the numbers
    that they stand for.
    """
    rows = Letters(torch.tensor([10, 11, 12, 13], device=device))
    subset = Subset(rows, [3, 1, 0])

    chosen = subset[[2, 0]]

    assert chosen.tolist() == [10, 13]
    assert rows.asked == [[0, 3]]


@claim("data.subset.many-at-once", see="data#torch.utils.data.Subset", since="2.1.0")
def test_a_subset_gives_several_samples_at_once():
    """A Subset asked for several samples at once passes the translated list on to a
    dataset that can answer it, and asks another one by one.
    """

    class Squares(Dataset):
        def __getitems__(self, indices):
            return [index * index for index in indices]

    letters = Letters("abcde")

    squares = Subset(Squares(), [4, 2, 3]).__getitems__([1, 0])
    spelt = Subset(letters, [4, 2, 3]).__getitems__([1, 0])

    assert squares == [4, 16]
    assert (spelt, letters.asked) == (["c", "e"], [2, 4])


@claim("data.subset.subclass-overrides-both", see="data#torch.utils.data.Subset")
def test_a_subclass_of_subset_that_overrides_both_ways_to_a_sample_is_heard():
    """A subclass of Subset that overrides __getitem__ and __getitems__ gives its own
    samples to an index and to a DataLoader.
    """

    class Shouted(Subset):
        def __getitem__(self, index):
            return super().__getitem__(index).upper()

        def __getitems__(self, indices):
            return [self[index] for index in indices]

    shouted = Shouted("abc", [2, 0])

    assert shouted[0] == "C"
    assert list(DataLoader(shouted, batch_size=2)) == [["C", "A"]]


@claim(
    "data.subset.subclass-is-bypassed",
    see="data#torch.utils.data.Subset",
    level="observed",
    since="2.1.0",
    until="2.11",
)
def test_a_loader_bypasses_the_getitem_of_a_subclass_of_subset():
    """A subclass of Subset that overrides __getitem__ alone gives its own samples to an
    index, but those of the dataset to a DataLoader.
    """

    class Shouted(Subset):
        def __getitem__(self, index):
            return super().__getitem__(index).upper()

    shouted = Shouted("abc", [2, 0])

    assert shouted[0] == "C"
    assert list(DataLoader(shouted, batch_size=2)) == [["c", "a"]]


@claim(
    "data.subset.subclass-is-refused", see="data#torch.utils.data.Subset", since="2.11"
)
def test_a_subclass_of_subset_that_overrides_getitem_alone_cannot_be_made():
    """A subclass of Subset that overrides __getitem__ and not __getitems__ cannot be
    made: NotImplementedError; one that overrides __getitems__ alone can be.
    """

    class One(Subset):
        def __getitem__(self, index):
            return "one"

    class Many(Subset):
        def __getitems__(self, indices):
            return ["many" for _ in indices]

    many = Many("abc", [2, 0])

    assert (many[0], many.__getitems__([0, 1])) == ("c", ["many", "many"])
    with pytest.raises(NotImplementedError, match="One overrides __getitem__ but not"):
        One("abc", [2, 0])


# --- ConcatDataset --------------------------------------------------------------------


@claim("data.concat.end-to-end", see="data#torch.utils.data.ConcatDataset")
def test_concatenated_datasets_are_numbered_through():
    """A ConcatDataset numbers the samples of its datasets through, skips one that is
    empty, and is as long as all of them together.
    """
    letters = ConcatDataset([Letters("ab"), Letters(""), Letters("cde")])

    assert len(letters) == 5
    assert letters.cumulative_sizes == [2, 2, 5]
    assert [letters[0], letters[1], letters[2], letters[4]] == ["a", "b", "c", "e"]
    assert list(letters) == ["a", "b", "c", "d", "e"]


@claim("data.concat.negative-index", see="data#torch.utils.data.ConcatDataset")
def test_a_concatenation_counts_a_negative_index_from_its_end():
    """A negative index of a ConcatDataset counts from the end of the last dataset, down
    to the first sample; below it ValueError is raised, and not IndexError.
    """
    letters = ConcatDataset([Letters("ab"), Letters("cde")])

    assert [letters[-1], letters[-3], letters[-5]] == ["e", "c", "a"]
    with pytest.raises(ValueError, match="should not exceed dataset length"):
        letters[-6]


@claim("data.concat.beyond-the-end", see="data#torch.utils.data.ConcatDataset")
def test_a_concatenation_raises_index_error_beyond_its_end():
    """An index at or beyond the length of a ConcatDataset raises IndexError and reaches
    no dataset.
    """
    first, second = Letters("ab"), Letters("cde")

    with pytest.raises(IndexError, match="list index out of range"):
        ConcatDataset([first, second])[5]
    with pytest.raises(IndexError, match="list index out of range"):
        ConcatDataset([first, second])[7]

    assert (first.asked, second.asked) == ([], [])


@claim("data.concat.refusals", see="data#torch.utils.data.ConcatDataset")
def test_a_concatenation_needs_map_style_datasets():
    """A ConcatDataset of nothing, or with an IterableDataset anywhere in it, is refused
    with AssertionError, and so is a map-style dataset plus an IterableDataset.
    """
    with pytest.raises(AssertionError, match="should not be an empty iterable"):
        ConcatDataset([])
    with pytest.raises(AssertionError, match="does not support IterableDataset"):
        ConcatDataset([Letters("ab"), Stream("c")])
    with pytest.raises(AssertionError, match="does not support IterableDataset"):
        Letters("ab") + Stream("c")


@claim("data.concat.law", see="data#torch.utils.data.ConcatDataset")
@given(st.data())
def test_every_index_of_a_concatenation_finds_its_dataset(draw):
    """For datasets of any lengths, every index of a ConcatDataset from -length to
    length - 1 leads to the sample which that place has with all of them end to end.
    """
    sizes = draw.draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    length = sum(sizes)
    datasets = [[(d, i) for i in range(size)] for d, size in enumerate(sizes)]
    indices = range(-length, length)

    whole = ConcatDataset(datasets)

    found = [whole[index] for index in indices]
    assert (sizes, len(whole)) == (sizes, length)
    assert (sizes, found) == (sizes, [place(sizes, index) for index in indices])


# --- random_split ---------------------------------------------------------------------


@claim("data.random-split.partition", see="data#torch.utils.data.random_split")
def test_a_random_split_deals_every_sample_to_one_part():
    """random_split returns a list of Subsets of the dataset with the lengths asked for,
    and every sample is in exactly one of them.
    """
    letters = Letters("abcdefghij")

    parts = data.random_split(letters, [5, 2, 3])

    assert type(parts) is list
    assert [type(part) for part in parts] == [Subset, Subset, Subset]
    assert [len(part) for part in parts] == [5, 2, 3]
    assert [part.dataset is letters for part in parts] == [True, True, True]
    assert letters.asked == []
    assert sorted(parts[0].indices + parts[1].indices + parts[2].indices) == [
        *range(10)
    ]


@claim("data.random-split.cuts-a-permutation", see="data#torch.utils.data.random_split")
def test_a_random_split_cuts_one_permutation_into_pieces():
    """random_split draws one permutation of the numbers and gives each part the next
    piece of it, in the order drawn.
    """
    drawn = torch.randperm(9, generator=torch.Generator().manual_seed(1)).tolist()

    parts = data.random_split(
        range(9), [4, 5], generator=torch.Generator().manual_seed(1)
    )

    assert drawn != sorted(drawn)
    assert [part.indices for part in parts] == [drawn[:4], drawn[4:]]


@claim("data.random-split.generator", see="data#torch.utils.data.random_split")
def test_a_random_split_draws_from_the_global_generator_or_its_own():
    """random_split without a generator draws from the global one, so that seeding
    repeats it; with a generator it leaves the global one as it is.
    """
    torch.manual_seed(5)
    first = data.random_split(range(20), [10, 10])
    second = data.random_split(range(20), [10, 10])
    torch.manual_seed(5)
    again = data.random_split(range(20), [10, 10])
    before = torch.get_rng_state()

    data.random_split(range(20), [10, 10], generator=torch.Generator().manual_seed(5))

    assert first[0].indices == again[0].indices
    assert first[0].indices != second[0].indices
    assert torch.equal(torch.get_rng_state(), before)


@claim("data.random-split.fractions", see="data#torch.utils.data.random_split")
def test_fractions_are_rounded_down_and_the_rest_dealt_out():
    """Lengths that sum to 1, or below it by no more than rounding, are fractions of the
    dataset: each part gets its own rounded down, and what remains goes to the parts one
    by one from the first.
    """
    halves = data.random_split(range(7), [0.5, 0.5])
    quarters = data.random_split(range(7), [0.25, 0.25, 0.5])
    whole = data.random_split(range(7), [1.0])
    almost = data.random_split(range(7), [0.5, 0.5 - 2**-53])

    assert [len(part) for part in halves] == [4, 3]
    assert [len(part) for part in quarters] == [2, 2, 3]
    assert [len(part) for part in whole] == [7]
    assert [len(part) for part in almost] == [4, 3]
    with pytest.raises(ValueError, match="Sum of input lengths does not equal"):
        data.random_split(range(7), [0.5, 0.5 + 2**-52])


@claim("data.random-split.fractions-law", see="data#torch.utils.data.random_split")
@given(size=st.integers(8, 30), first=st.integers(1, 3), second=st.integers(1, 4))
def test_fractions_split_a_dataset_of_any_size(size, first, second):
    """For a dataset of any size and fractions in eighths, the parts have the lengths of
    the rule and hold every number once.
    """
    eighths = [first, second, 8 - first - second]
    lengths = shares(size, eighths)

    parts = data.random_split(range(size), [eighth / 8 for eighth in eighths])

    numbers = sorted(number for part in parts for number in part.indices)
    assert (eighths, [len(part) for part in parts]) == (eighths, lengths)
    assert (eighths, numbers) == (eighths, [*range(size)])


@claim("data.random-split.bad-lengths", see="data#torch.utils.data.random_split")
@pytest.mark.parametrize(
    "lengths",
    [[2, 2], [3, 3], [0.5, 0.25], [0.5, 0.75]],
    ids=["too-few", "too-many", "fractions-below-1", "fractions-above-1"],
)
def test_lengths_of_a_split_sum_to_the_dataset_or_to_one(lengths):
    """random_split raises ValueError for lengths that sum neither to the length of the
    dataset nor to 1, and draws nothing.
    """
    before = torch.get_rng_state()

    with pytest.raises(ValueError, match="Sum of input lengths does not equal"):
        data.random_split(range(5), lengths)

    assert torch.equal(torch.get_rng_state(), before)


@claim("data.random-split.bad-fraction", see="data#torch.utils.data.random_split")
def test_each_fraction_of_a_split_lies_between_0_and_1():
    """random_split raises ValueError for fractions that sum to 1 while one of them is
    below 0 or above 1, and names the first such.
    """
    with pytest.raises(ValueError, match="index 1 is not between 0 and 1"):
        data.random_split(range(4), [0.75, -0.25, 0.5])
    with pytest.raises(ValueError, match="index 0 is not between 0 and 1"):
        data.random_split(range(4), [1.5, -0.5])


@claim("data.random-split.empty-part", see="data#torch.utils.data.random_split")
def test_a_fraction_that_leaves_a_part_empty_warns():
    """random_split by fractions warns of a part that gets no sample, and names it;
    by lengths it makes an empty part without a word.
    """
    with pytest.warns(UserWarning, match="Length of split at index 2 is 0") as seen:
        by_fraction = data.random_split(range(2), [0.5, 0.5, 0.0])
    by_length = data.random_split(range(2), [1, 1, 0])

    assert len(seen) == 1
    assert [len(part) for part in by_fraction] == [1, 1, 0]
    assert [len(part) for part in by_length] == [1, 1, 0]


@claim(
    "data.random-split.one-is-the-whole",
    see="data#torch.utils.data.random_split",
    level="observed",
)
def test_a_length_of_one_alone_is_taken_for_the_whole_dataset():
    """random_split takes integer lengths that sum to 1 for fractions, too: [1] is the
    whole of a dataset of any length.
    """
    whole = data.random_split(range(5), [1])

    assert [len(part) for part in whole] == [5]


# --- iterable style -------------------------------------------------------------------


@claim(
    "data.iterable-dataset.abstract",
    see="data#torch.utils.data.IterableDataset",
    since="2.2.0",
)
def test_an_iterable_dataset_without_iter_cannot_be_made():
    """A subclass of IterableDataset that does not define __iter__ cannot be made:
    TypeError.
    """

    class Nothing(IterableDataset):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Nothing()


@claim(
    "data.iterable-dataset.not-implemented",
    see="data#torch.utils.data.IterableDataset",
    until="2.2.0",
)
def test_an_iterable_dataset_without_iter_cannot_be_iterated_over():
    """A subclass of IterableDataset that does not define __iter__ can be made, and
    raises NotImplementedError when it is iterated over.
    """

    class Nothing(IterableDataset):
        pass

    nothing = Nothing()

    with pytest.raises(NotImplementedError):
        iter(nothing)


@claim("data.chain.one-after-another", see="data#torch.utils.data.ChainDataset")
def test_chained_streams_come_one_after_another():
    """The sum of two IterableDatasets is a ChainDataset, which gives the samples of one
    after those of the other, and begins anew with each loop.
    """
    first, second = Stream("a", "b"), Stream("c")

    both = first + second

    assert type(both) is ChainDataset
    assert both.datasets == [first, second]
    assert list(both) == ["a", "b", "c"]
    assert list(both) == ["a", "b", "c"]


@claim("data.chain.begins-late", see="data#torch.utils.data.ChainDataset")
def test_a_chain_begins_a_stream_when_the_one_before_has_ended():
    """A ChainDataset begins with a stream only once the one before it has ended."""
    begun = []

    class Noting(Stream):
        def __iter__(self):
            begun.append(self.samples)
            return super().__iter__()

    chained = iter(ChainDataset([Noting("a"), Noting("b")]))

    assert (next(chained), begun) == ("a", [("a",)])
    assert (next(chained), begun) == ("b", [("a",), ("b",)])


@claim("data.chain.length", see="data#torch.utils.data.ChainDataset")
def test_a_chain_is_as_long_as_its_streams_together():
    """The length of a ChainDataset is the sum of those of its streams, and TypeError if
    one has none.
    """
    sized = ChainDataset([SizedStream("a", "b"), SizedStream("c"), SizedStream()])
    unsized = ChainDataset([SizedStream("a", "b"), Stream("c")])

    assert len(sized) == 3
    with pytest.raises(TypeError, match=r"'Stream' has no len\(\)"):
        len(unsized)


@claim("data.chain.refusal", see="data#torch.utils.data.ChainDataset")
def test_a_chain_finds_out_a_map_style_dataset_when_it_gets_there():
    """A ChainDataset takes any datasets, and raises AssertionError when a loop reaches
    one that is no IterableDataset, or when it adds up the lengths.
    """
    chain = ChainDataset([SizedStream("a"), Letters("b")])
    samples = iter(chain)

    assert next(samples) == "a"
    with pytest.raises(AssertionError, match="only supports IterableDataset"):
        next(samples)
    with pytest.raises(AssertionError, match="only supports IterableDataset"):
        len(chain)

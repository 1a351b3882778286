"""Collation: how samples become a batch.

default_collate goes by the type of the first sample. Tensors, arrays and numbers are
put into one tensor with a new dim in front; containers are turned inside out, so that a
list of pairs becomes a pair of batches; strings stay as they are.

It is often believed that a batch has its samples' types. But tuples come back as a
list, and Python's floats as float64, which most models do not take.
"""

import collections
import types

import numpy as np
import pytest
import torch
from torch.utils import data

from torch_semantics import claim
from torch_semantics.words import shares_storage

Point = collections.namedtuple("Point", "x y")


class Frozen(collections.abc.Sequence):
    """A sequence that is made from items and never changes."""

    def __init__(self, items):
        self.items = tuple(items)

    def __getitem__(self, place):
        """Return the item in this place."""
        return self.items[place]

    def __len__(self):
        """Return how many items there are."""
        return len(self.items)


class Settings(collections.abc.Mapping):
    """A mapping that always is ``{"k": 7}`` and is made from nothing."""

    def __getitem__(self, key):
        """Return 7 for ``"k"``."""
        return {"k": 7}[key]

    def __iter__(self):
        """Give ``"k"``."""
        return iter("k")

    def __len__(self):
        """Return 1."""
        return 1


class Text:
    """Samples of a type of one's own."""


class Word(Text):
    """Text that has a collate function of its own."""


class LongWord(Word):
    """Words that have none."""


# --- tensors, numbers, strings --------------------------------------------------------


@claim("data.collate.tensors", see="data#torch.utils.data.default_collate")
def test_tensors_are_stacked_along_a_new_first_dim(device):
    """Tensors of one shape become a new tensor with a dim in front, one place for each,
    on their device and in their dtype; tensors without dims become a row.
    """
    first = torch.tensor([1, 2], dtype=torch.int16, device=device)
    second = torch.tensor([3, 4], dtype=torch.int16, device=device)
    scalars = [torch.tensor(5.0, device=device), torch.tensor(6.0, device=device)]

    batch = data.default_collate([first, second])
    alone = data.default_collate([first])
    row = data.default_collate(scalars)

    assert (batch.tolist(), batch.dtype) == ([[1, 2], [3, 4]], torch.int16)
    assert (batch.device, shares_storage(batch, first)) == (device, False)
    assert (alone.tolist(), shares_storage(alone, first)) == ([[1, 2]], False)
    assert (row.tolist(), row.dtype) == ([5, 6], torch.float32)


@claim("data.collate.unequal-tensors", see="data#torch.utils.data.default_collate")
def test_tensors_of_unequal_shapes_are_refused(device):
    """Tensors whose shapes differ in any size raise RuntimeError: nothing is padded or
    broadcast.
    """
    short, long = torch.ones(2, device=device), torch.ones(3, device=device)
    one = torch.ones(1, device=device)

    with pytest.raises(RuntimeError, match=r"equal size, but got \[2\] at entry 0 and"):
        data.default_collate([short, long])
    with pytest.raises(RuntimeError, match=r"equal size, but got \[3\] at entry 0 and"):
        data.default_collate([long, one])


@claim(
    "data.collate.sparse-tensors",
    see="data#torch.utils.data.default_collate",
    since="2.2.0",
)
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
def test_sparse_tensors_are_refused(device):
    """Sparse tensors, COO or CSR, are not collated: they raise RuntimeError."""
    sparse = torch.tensor([0.0, 1.0], device=device).to_sparse()
    rows = torch.tensor([[0.0, 1.0]], device=device).to_sparse_csr()

    with pytest.raises(RuntimeError, match="Batches of sparse tensors are not"):
        data.default_collate([sparse, sparse])
    with pytest.raises(RuntimeError, match="Batches of sparse tensors are not"):
        data.default_collate([rows, rows])


@claim(
    "data.collate.nested-tensors",
    see="data#torch.utils.data.default_collate",
    since="2.2.0",
)
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in proto")
def test_nested_tensors_are_refused(device):
    """Nested tensors are not collated: they raise RuntimeError."""
    nested = torch.nested.nested_tensor([torch.ones(1), torch.ones(2)], device=device)

    with pytest.raises(RuntimeError, match="Batches of nested tensors are not"):
        data.default_collate([nested, nested])


@claim("data.collate.numbers", see="data#torch.utils.data.default_collate")
def test_numbers_become_a_tensor_of_the_dtype_of_their_kind():
    """Python ints become an int64 tensor, bools a bool tensor, and floats a float64
    tensor, although the default dtype is float32.
    """
    ints = data.default_collate([3, -4])
    floats = data.default_collate([0.1, 2.0])
    bools = data.default_collate([True, False])

    assert (ints.tolist(), ints.dtype) == ([3, -4], torch.int64)
    assert (floats.tolist(), floats.dtype) == ([0.1, 2.0], torch.float64)
    assert (bools.tolist(), bools.dtype) == ([True, False], torch.bool)


@claim("data.collate.mixed-numbers", see="data#torch.utils.data.default_collate")
def test_the_first_number_decides_on_the_dtype():
    """Mixed numbers are collated by the type of the first one: float64 after a float,
    but the default dtype where an int comes first.
    """
    float_first = data.default_collate([0.5, 2])
    int_first = data.default_collate([2, 0.5])

    assert (float_first.tolist(), float_first.dtype) == ([0.5, 2.0], torch.float64)
    assert (int_first.tolist(), int_first.dtype) == ([2.0, 0.5], torch.float32)


@claim("data.collate.strings", see="data#torch.utils.data.default_collate")
def test_strings_stay_as_they_are():
    """Strings are not collated: the batch is the list of samples itself."""
    strings = ["ab", "c"]

    assert data.default_collate(strings) is strings
    assert strings == ["ab", "c"]


@claim(
    "data.collate.bytes",
    see="data#torch.utils.data.default_collate",
    gap=("2.0.0", "2.0.1"),
)
def test_bytes_stay_as_they_are():
    """Bytes are not collated: the batch is the list of samples itself."""
    raw = [b"ab", b"c"]

    assert data.default_collate(raw) is raw
    assert raw == [b"ab", b"c"]


@claim(
    "data.collate.bytes-as-sequences",
    see="data#torch.utils.data.default_collate",
    since="2.0.0",
    until="2.0.1",
)
def test_bytes_were_collated_as_sequences_of_numbers():
    """Bytes are collated as sequences of numbers are: those of one length byte by byte;
    others raise RuntimeError.
    """
    batch = data.default_collate([b"ab", b"cd"])

    assert [codes.tolist() for codes in batch] == [[97, 99], [98, 100]]
    with pytest.raises(RuntimeError, match="each element in list of batch should be"):
        data.default_collate([b"ab", b"c"])


@claim("data.collate.arrays", see="data#torch.utils.data.default_collate")
def test_numpy_arrays_are_stacked_in_their_dtype():
    """NumPy arrays become one tensor with a dim in front, in their dtype: float64 for
    arrays of Python floats. The batch does not share their memory.
    """
    doubles = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]
    small = [np.array([1, 2], dtype=np.uint8)]
    no_dims = [np.array(1.5, dtype=np.float16), np.array(2.5, dtype=np.float16)]

    batches = [data.default_collate(samples) for samples in (doubles, small, no_dims)]
    doubles[0][0] = small[0][0] = 9

    assert [batch.tolist() for batch in batches] == [
        [[1.0, 2.0], [3.0, 4.0]],
        [[1, 2]],
        [1.5, 2.5],
    ]
    assert [batch.dtype for batch in batches] == [
        torch.float64,
        torch.uint8,
        torch.float16,
    ]


@claim("data.collate.numpy-scalars", see="data#torch.utils.data.default_collate")
def test_numpy_scalars_become_a_tensor_of_their_dtype():
    """NumPy scalars become a tensor of their own dtype, except that float64, which is a
    Python float too, follows the rule for floats.
    """
    singles = data.default_collate([np.float32(0.5), np.float32(2)])
    bytes_ = data.default_collate([np.int8(3), np.int8(-4)])
    doubles = data.default_collate([np.float64(0.1)])

    assert (singles.tolist(), singles.dtype) == ([0.5, 2], torch.float32)
    assert (bytes_.tolist(), bytes_.dtype) == ([3, -4], torch.int8)
    assert (doubles.tolist(), doubles.dtype) == ([0.1], torch.float64)


# --- containers -----------------------------------------------------------------------


@claim("data.collate.tuples-and-lists", see="data#torch.utils.data.default_collate")
def test_tuples_and_lists_become_a_list_of_batches():
    """Samples that are tuples or lists become a list with one batch for each place,
    also where the places are of different kinds.
    """
    from_tuples = data.default_collate([(1, "a"), (2, "b"), (3, "c")])
    from_lists = data.default_collate([[1, 0.5], [2, 1.5]])

    assert (type(from_tuples), len(from_tuples)) == (list, 2)
    assert (from_tuples[0].tolist(), from_tuples[1]) == ([1, 2, 3], ("a", "b", "c"))
    assert (type(from_lists), len(from_lists)) == (list, 2)
    assert (from_lists[0].tolist(), from_lists[1].tolist()) == ([1, 2], [0.5, 1.5])


@claim("data.collate.namedtuples", see="data#torch.utils.data.default_collate")
def test_namedtuples_keep_their_type():
    """Samples that are namedtuples become a namedtuple of the same type."""
    batch = data.default_collate([Point(1, "a"), Point(2, "b")])

    assert type(batch) is Point
    assert (batch.x.tolist(), batch.y) == ([1, 2], ("a", "b"))


@claim("data.collate.dicts", see="data#torch.utils.data.default_collate")
def test_dicts_become_a_dict_of_batches():
    """Samples that are dicts become a new dict with a batch for each key of the first
    sample, and are not changed; other keys are ignored, and a missing one is a
    KeyError.
    """
    samples = [{"n": 1, "s": "a"}, {"s": "b", "n": 2, "more": 3}]

    batch = data.default_collate(samples)

    assert (type(batch), list(batch)) == (dict, ["n", "s"])
    assert (batch["n"].tolist(), batch["s"]) == ([1, 2], ["a", "b"])
    assert samples == [{"n": 1, "s": "a"}, {"s": "b", "n": 2, "more": 3}]
    with pytest.raises(KeyError, match="more"):
        data.default_collate(samples[::-1])


@claim("data.collate.other-containers", see="data#torch.utils.data.default_collate")
def test_containers_of_other_types_are_kept_where_they_can_be():
    """An OrderedDict, a read-only mapping, a deque and a read-only sequence of one's
    own keep their type and order; a range and a mapping that can't be made from batches
    become a list and a dict.
    """
    ordered = data.default_collate([collections.OrderedDict(b=1, a=2)])
    read_only = data.default_collate([types.MappingProxyType({"k": 3})])
    queue = data.default_collate([collections.deque([1, 2])])
    row = data.default_collate([Frozen([1, 2])])
    ranged = data.default_collate([range(2), range(1, 3)])
    settings = data.default_collate([Settings(), Settings()])

    assert (type(ordered), list(ordered)) == (collections.OrderedDict, ["b", "a"])
    assert (ordered["b"].tolist(), ordered["a"].tolist()) == ([1], [2])
    assert type(read_only) is types.MappingProxyType
    assert (list(read_only), read_only["k"].tolist()) == (["k"], [3])
    assert type(queue) is collections.deque
    assert [batch.tolist() for batch in queue] == [[1], [2]]
    assert type(ranged) is list
    assert (type(row), [batch.tolist() for batch in row]) == (Frozen, [[1], [2]])
    assert [batch.tolist() for batch in ranged] == [[0, 1], [1, 2]]
    assert (type(settings), list(settings)) == (dict, ["k"])
    assert settings["k"].tolist() == [7, 7]


@claim(
    "data.collate.container-is-copied",
    see="data#torch.utils.data.default_collate",
    since="2.3.0",
)
def test_a_container_that_can_be_copied_keeps_its_attributes():
    """A batch of dicts or lists of one's own type is a shallow copy of the first sample
    with its elements replaced, so that other attributes are kept.
    """

    class Named(dict):
        name = "none"

    class Row(list):
        name = "none"

    named, row = Named(a=1), Row([1, 2])
    named.name, row.name = "first", "first"

    batch = data.default_collate([named, Named(a=2)])
    rows = data.default_collate([row, Row([3, 4])])

    assert (type(batch), batch.name, batch["a"].tolist()) == (Named, "first", [1, 2])
    assert (type(rows), rows.name) == (Row, "first")
    assert [each.tolist() for each in rows] == [[1, 3], [2, 4]]
    assert (named, row) == ({"a": 1}, [1, 2])


@claim("data.collate.nested", see="data#torch.utils.data.default_collate")
def test_containers_are_collated_all_the_way_down(device):
    """Containers within containers are collated in the same way, down to tensors,
    numbers and strings.
    """
    first = {"pair": (torch.tensor([1, 2], device=device), [3, {"s": "a"}])}
    second = {"pair": (torch.tensor([4, 5], device=device), [6, {"s": "b"}])}

    batch = data.default_collate([first, second])

    tensors, (numbers, strings) = batch["pair"]
    assert (type(batch), type(batch["pair"])) == (dict, list)
    assert (tensors.tolist(), tensors.device) == ([[1, 2], [4, 5]], device)
    assert (numbers.tolist(), strings) == ([3, 6], {"s": ["a", "b"]})


@claim("data.collate.unequal-sequences", see="data#torch.utils.data.default_collate")
@pytest.mark.parametrize(
    "samples",
    [[(1, 2), (3,)], [[1], [2, 3]], [(1,), (2,), ()]],
    ids=["shorter", "longer", "third"],
)
def test_sequences_of_unequal_lengths_are_refused(samples):
    """Tuples or lists of different lengths raise RuntimeError."""
    with pytest.raises(
        RuntimeError, match="each element in list of batch should be of"
    ):
        data.default_collate(samples)


@claim("data.collate.refusals", see="data#torch.utils.data.default_collate")
@pytest.mark.parametrize(
    ("sample", "found"),
    [
        (None, "<class 'NoneType'>"),
        (1j, "<class 'complex'>"),
        ({1}, "<class 'set'>"),
        ((1, None), "<class 'NoneType'>"),
        (np.array(["a"]), "<U1"),
        (np.array([None]), "object"),
    ],
    ids=["None", "complex", "set", "None-in-tuple", "array-of-str", "array-of-object"],
)
def test_samples_of_other_types_are_refused(sample, found):
    """A sample that is None, a complex number or a set, alone or within a container,
    and an array of strings or objects raise TypeError with what was found.
    """
    with pytest.raises(TypeError, match="default_collate: batch must contain") as error:
        data.default_collate([sample, sample])

    assert str(error.value).endswith(f"found {found}")


@claim("data.collate.no-samples", see="data#torch.utils.data.default_collate")
def test_no_samples_make_no_batch():
    """A list without samples can't be collated: IndexError."""
    with pytest.raises(IndexError, match="list index out of range"):
        data.default_collate([])


@claim("data.collate.own-types", see="data#torch.utils.data.default_collate")
def test_a_type_can_be_given_a_collate_function_of_its_own(monkeypatch):
    """A function for a type in default_collate_fn_map collates samples of this type,
    within containers, too; samples of a type that is not in the map go by the first of
    their base classes in it. The function is given the samples and, as collate_fn_map,
    the map itself.
    """
    functions, given = data._utils.collate.default_collate_fn_map, []

    def texts(samples, *, collate_fn_map):
        given.append(collate_fn_map)
        return f"{len(samples)} texts"

    def words(samples, *, collate_fn_map):
        given.append(collate_fn_map)
        return f"{len(samples)} words"

    monkeypatch.setitem(functions, Text, texts)
    monkeypatch.setitem(functions, Word, words)
    alone = data.default_collate([Word(), Word()])
    inner = data.default_collate([(Text(), {"w": [Word()]}, LongWord())])
    point = data.default_collate([Point(Word(), 0)])

    assert alone == "2 words"
    assert inner == ["1 texts", {"w": ["1 words"]}, "1 texts"]
    assert point.x == "1 words"
    assert [each is functions for each in given] == [True] * 5


# --- without batching -----------------------------------------------------------------


@claim("data.convert.arrays-only", see="data#torch.utils.data.default_convert")
def test_default_convert_turns_arrays_into_tensors_and_leaves_the_rest(device):
    """default_convert turns a NumPy array into a tensor over its memory, without a new
    dim, a NumPy scalar into a tensor without dims, and leaves tensors, numbers, None,
    strings and arrays of strings as they are.
    """
    array, texts = np.array([1.0, 2.0]), np.array(["a"])
    tensor = torch.tensor([1], device=device)

    converted = data.default_convert(array)
    scalar = data.default_convert(np.float32(0.5))
    array[0] = 9

    assert (converted.tolist(), converted.dtype) == ([9, 2], torch.float64)
    assert (scalar.item(), scalar.shape, scalar.dtype) == (0.5, (), torch.float32)
    assert data.default_convert(tensor) is tensor
    assert data.default_convert(texts) is texts
    assert str([data.default_convert(x) for x in (7, None, "ab")]) == "[7, None, 'ab']"


@claim("data.convert.containers", see="data#torch.utils.data.default_convert")
def test_default_convert_looks_into_containers():
    """default_convert converts the elements of lists, tuples, namedtuples and dicts
    into new containers, of the same type except that a tuple becomes a list.
    """
    array = np.array([1, 2])
    samples = [array], (array, "a"), Point(array, 3), {"k": array}

    in_list, in_tuple, in_point, in_dict = map(data.default_convert, samples)

    kinds = [type(each) for each in (in_list, in_tuple, in_point, in_dict)]
    converted = in_list[0], in_tuple[0], in_point.x, in_dict["k"]
    assert kinds == [list, list, Point, dict]
    assert [type(each) for each in converted] == [torch.Tensor] * 4
    assert [each.tolist() for each in converted] == [[1, 2]] * 4
    assert (len(in_list), in_tuple[1:], in_point.y, len(in_dict)) == (1, ["a"], 3, 1)
    assert [samples[0][0] is array, samples[3]["k"] is array] == [True, True]


@claim("data.convert.other-containers", see="data#torch.utils.data.default_convert")
def test_default_convert_keeps_containers_of_other_types_where_it_can():
    """default_convert keeps the type and order of an OrderedDict, a read-only mapping,
    a deque and a read-only sequence of one's own; a range and a mapping that can't be
    made from converted elements become a list and a dict, and a set stays as it is.
    """
    array = np.array([1, 2])
    unordered = {1}

    ordered = data.default_convert(collections.OrderedDict(b=array, a=3))
    read_only = data.default_convert(types.MappingProxyType({"k": array}))
    queue = data.default_convert(collections.deque([array]))
    row = data.default_convert(Frozen([array]))

    kinds = [type(each) for each in (ordered, read_only, queue, row)]
    converted = [ordered["b"], read_only["k"], queue[0], row[0]]
    assert (kinds[:2], list(ordered)) == (
        [collections.OrderedDict, types.MappingProxyType],
        ["b", "a"],
    )
    assert kinds[2:] == [collections.deque, Frozen]
    assert [type(each) for each in converted] == [torch.Tensor] * 4
    assert [each.tolist() for each in converted] == [[1, 2]] * 4
    assert data.default_convert(range(2)) == [0, 1]
    assert str(data.default_convert(Settings())) == "{'k': 7}"
    assert data.default_convert(unordered) is unordered


@claim(
    "data.convert.container-is-copied",
    see="data#torch.utils.data.default_convert",
    since="2.3.0",
)
def test_default_convert_keeps_the_attributes_of_containers():
    """default_convert makes a shallow copy of a dict or list of one's own type and
    replaces the elements, so that other attributes are kept.
    """

    class Named(dict):
        name = "none"

    class Row(list):
        name = "none"

    array = np.array([1, 2])
    named, row = Named(a=array), Row([array])
    named.name, row.name = "first", "second"

    mapping, sequence = data.default_convert(named), data.default_convert(row)

    assert (type(mapping), mapping.name) == (Named, "first")
    assert (type(sequence), sequence.name) == (Row, "second")
    assert (type(mapping["a"]), mapping["a"].tolist()) == (torch.Tensor, [1, 2])
    assert (type(sequence[0]), sequence[0].tolist()) == (torch.Tensor, [1, 2])
    assert (named["a"] is array, row[0] is array) == (True, True)

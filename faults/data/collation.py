"""Ways to break collation: what becomes of samples of each kind."""

import collections

import numpy as np
import torch
from torch.utils import data

from torch_semantics.faults import error_of, fault, raises

COLLATE = data._utils.collate
Point = collections.namedtuple("Point", "x y")


def patch_kind(patch, kind, change):
    """Patch how samples of one type are collated."""
    kinds = dict(COLLATE.default_collate_fn_map)
    original = kinds[kind]
    kinds[kind] = lambda batch, *, collate_fn_map=None: change(
        lambda: original(batch, collate_fn_map=collate_fn_map), batch
    )
    patch(COLLATE, "default_collate_fn_map", kinds)


def patch_collate(patch, change):
    """Patch collation of containers, and of all that is in them."""
    original = COLLATE.collate

    def collate(batch, *, collate_fn_map=None):
        return change(
            lambda batch: original(batch, collate_fn_map=collate_fn_map), batch
        )

    patch(COLLATE, "collate", collate)


def collated(*samples):
    """The batch of these samples."""
    return data.default_collate(list(samples))


# --- tensors, numbers, strings --------------------------------------------------------


@fault(
    "Tensors are put end to end.",
    witness=lambda: collated(torch.ones(2), torch.ones(2)).shape == (4,),
)
def tensors_are_joined(patch):
    def change(original, batch):
        return torch.cat(list(batch)) if batch[0].dim() else original()

    patch_kind(patch, torch.Tensor, change)


@fault(
    "A tensor alone is not copied.",
    witness=lambda: (lambda t: collated(t).data_ptr() == t.data_ptr())(torch.ones(2)),
)
def tensor_alone_is_a_view(patch):
    def change(original, batch):
        return batch[0].unsqueeze(0) if len(batch) == 1 else original()

    patch_kind(patch, torch.Tensor, change)


@fault(
    "Tensors are stacked in reverse.",
    witness=lambda: collated(torch.tensor(1), torch.tensor(2)).tolist() == [2, 1],
)
def tensors_are_reversed(patch):
    patch_kind(patch, torch.Tensor, lambda original, batch: original().flip(0))


@fault(
    "Tensors of one element are broadcast.",
    witness=lambda: not raises(lambda: collated(torch.ones(3), torch.ones(1))),
)
def tensors_are_broadcast(patch):
    def change(original, batch):
        if batch[0].dim() == 1 and any(tensor.numel() == 1 for tensor in batch):
            return torch.stack(torch.broadcast_tensors(*batch))
        return original()

    patch_kind(patch, torch.Tensor, change)


@fault(
    "Tensors of unequal sizes are cut to the shortest.",
    witness=lambda: not raises(lambda: collated(torch.ones(3), torch.ones(2))),
)
def tensors_are_cut(patch):
    def change(original, batch):
        if batch[0].dim():
            size = min(len(tensor) for tensor in batch)
            return torch.stack([tensor[:size] for tensor in batch])
        return original()

    patch_kind(patch, torch.Tensor, change)


@fault(
    "Sparse tensors are made dense.",
    witness=lambda: not raises(lambda: collated(torch.ones(1).to_sparse())),
)
def sparse_is_made_dense(patch):
    def change(original, batch):
        if batch[0].is_sparse:
            return torch.stack([tensor.to_dense() for tensor in batch])
        return original()

    patch_kind(patch, torch.Tensor, change)


@fault(
    "Nested tensors are left in a list.",
    witness=lambda: (
        not raises(lambda: collated(torch.nested.nested_tensor([torch.ones(1)])))
    ),
)
def nested_is_left(patch):
    def change(original, batch):
        return list(batch) if batch[0].is_nested else original()

    patch_kind(patch, torch.Tensor, change)


@fault(
    "Ints become an int32 tensor.",
    witness=lambda: collated(1).dtype == torch.int32,
)
def ints_are_short(patch):
    def change(original, batch):
        result = original()
        return result.int() if result.dtype == torch.int64 else result

    patch_kind(patch, int, change)


@fault(
    "Floats become a tensor of the default dtype.",
    witness=lambda: collated(1.0).dtype == torch.float32,
)
def floats_are_single(patch):
    patch_kind(patch, float, lambda original, batch: torch.tensor(batch))


@fault(
    "Bools become an int64 tensor.",
    witness=lambda: collated(True).dtype == torch.int64,
)
def bools_are_ints(patch):
    def change(original, batch):
        result = original()
        return result.long() if result.dtype == torch.bool else result

    patch_kind(patch, int, change)


@fault(
    "A float among ints is rounded down.",
    witness=lambda: collated(1, 0.5).dtype == torch.int64,
)
def ints_decide(patch):
    def change(original, batch):
        if isinstance(batch[0], bool):
            return original()
        return torch.tensor(batch, dtype=torch.int64)

    patch_kind(patch, int, change)


@fault(
    "Strings become a tuple.",
    witness=lambda: isinstance(collated("a"), tuple),
)
def strings_in_a_tuple(patch):
    patch_kind(patch, str, lambda original, batch: tuple(batch))


@fault(
    "Strings become a new list.",
    witness=lambda: (lambda s: data.default_collate(s) is not s)(["a"]),
)
def strings_are_copied(patch):
    def change(original, batch):
        return list(batch) if isinstance(batch, list) else batch

    patch_kind(patch, str, change)


@fault("Bytes are joined.", witness=lambda: collated(b"a", b"b") == b"ab")
def bytes_are_joined(patch):
    patch_kind(patch, bytes, lambda original, batch: b"".join(batch))


@fault(
    "Arrays become tensors of the default dtype.",
    witness=lambda: collated(np.ones(2)).dtype == torch.float32,
)
def arrays_are_single(patch):
    patch_kind(patch, np.ndarray, lambda original, batch: original().float())


@fault(
    "An array alone is not copied.",
    witness=lambda: _aliases(np.ones(2)),
)
def array_alone_is_a_view(patch):
    def change(original, batch):
        if len(batch) == 1 and batch[0].dtype.kind in "fiu":
            return torch.as_tensor(batch[0]).unsqueeze(0)
        return original()

    patch_kind(patch, np.ndarray, change)


def _aliases(array):
    batch = collated(array)
    array[0] = 7
    return batch[0, 0].item() == 7


@fault(
    "Arrays of strings stay as they are.",
    witness=lambda: not raises(lambda: collated(np.array(["a"]))),
)
def arrays_of_strings_pass(patch):
    def change(original, batch):
        return batch if batch[0].dtype.kind == "U" else original()

    patch_kind(patch, np.ndarray, change)


@fault(
    "NumPy scalars become float64.",
    witness=lambda: collated(np.float32(1)).dtype == torch.float64,
)
def scalars_are_double(patch):
    (kind,) = [key for key in COLLATE.default_collate_fn_map if isinstance(key, tuple)]
    patch_kind(patch, kind, lambda original, batch: original().double())


# --- containers -----------------------------------------------------------------------


@fault("Tuples become a tuple.", witness=lambda: isinstance(collated((1, 2)), tuple))
def tuples_stay_tuples(patch):
    def change(original, batch):
        result = original(batch)
        return tuple(result) if type(batch[0]) is tuple else result

    patch_collate(patch, change)


@fault(
    "Lists of samples are not turned inside out.",
    witness=lambda: len(collated([1, 2, 3], [4, 5, 6])) == 2,
)
def lists_are_not_turned(patch):
    def change(original, batch):
        if type(batch[0]) is list:
            return [original(sample) for sample in batch]
        return original(batch)

    patch_collate(patch, change)


@fault(
    "Sequences are cut to the shortest.",
    witness=lambda: not raises(lambda: collated((1, 2), (3,))),
)
def sequences_are_cut(patch):
    def change(original, batch):
        if type(batch[0]) in (tuple, list):
            size = min(len(sample) for sample in batch)
            batch = [sample[:size] for sample in batch]
        return original(batch)

    patch_collate(patch, change)


@fault(
    "Only the second sequence is compared with the first in length.",
    witness=lambda: not raises(lambda: collated((1,), (2,), ())),
)
def third_length_unchecked(patch):
    def change(original, batch):
        if type(batch[0]) is tuple and len(batch) > 2 and len(batch[0]) == 1:
            batch = batch[:2]
        return original(batch)

    patch_collate(patch, change)


@fault(
    "Namedtuples become a list.",
    witness=lambda: isinstance(collated(Point(1, 2)), list),
)
def namedtuples_are_lists(patch):
    def change(original, batch):
        result = original(batch)
        return list(result) if hasattr(batch[0], "_fields") else result

    patch_collate(patch, change)


@fault(
    "Dicts are collated into the first sample.",
    witness=lambda: (lambda d: collated(d) is d)({"a": 1}),
)
def first_dict_is_changed(patch):
    def change(original, batch):
        result = original(batch)
        if type(batch[0]) is dict:
            batch[0].update(result)
            return batch[0]
        return result

    patch_collate(patch, change)


@fault(
    "Dicts of different keys are collated by the keys that all have.",
    witness=lambda: not raises(lambda: collated({"a": 1, "b": 1}, {"a": 1})),
)
def keys_in_common(patch):
    def change(original, batch):
        if type(batch[0]) is dict:
            keys = [key for key in batch[0] if all(key in each for each in batch)]
            batch = [{key: each[key] for key in keys} for each in batch]
        return original(batch)

    patch_collate(patch, change)


@fault(
    "Keys of further samples are a KeyError.",
    witness=lambda: raises(lambda: collated({"a": 1}, {"a": 1, "b": 1}), KeyError),
)
def keys_must_agree(patch):
    def change(original, batch):
        if type(batch[0]) is dict:
            for sample in batch:
                for key in sample:
                    batch[0][key]
        return original(batch)

    patch_collate(patch, change)


@fault(
    "Mappings of all types become plain dicts.",
    witness=lambda: type(collated(collections.OrderedDict(a=1))) is dict,
)
def mappings_are_dicts(patch):
    def change(original, batch):
        result = original(batch)
        return dict(result) if isinstance(result, dict) else result

    patch_collate(patch, change)


@fault(
    "Sequences of all types become plain lists.",
    witness=lambda: type(collated(collections.deque([1]))) is list,
)
def sequences_are_lists(patch):
    def change(original, batch):
        result = original(batch)
        if isinstance(result, collections.deque) or type(result).__name__ == "Row":
            return list(result)
        return result

    patch_collate(patch, change)


@fault(
    "Read-only sequences become lists.",
    witness=lambda: type(collated(Frozen([1]))) is list,
)
def frozen_are_lists(patch):
    def change(original, batch):
        plain = type(batch[0]).__name__ == "Frozen"
        return original([list(sample) for sample in batch] if plain else batch)

    patch_collate(patch, change)


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
    """A mapping that is made from nothing."""

    def __getitem__(self, key):
        """Return 7."""
        return 7

    def __iter__(self):
        """Give ``"k"``."""
        return iter("k")

    def __len__(self):
        """Return 1."""
        return 1


@fault(
    "A mapping that can't be made from batches is an error.",
    witness=lambda: raises(lambda: collated(Settings()), TypeError),
)
def settings_are_refused(patch):
    def change(original, batch):
        if type(batch[0]).__name__ == "Settings":
            raise TypeError("takes no arguments")
        return original(batch)

    patch_collate(patch, change)


@fault(
    "Functions for types of one's own are not passed on into containers.",
    witness=lambda: raises(lambda: _with_function([[Own()]])),
)
def own_functions_stop_at_containers(patch):
    original, plain = COLLATE.collate, dict(COLLATE.default_collate_fn_map)

    def collate(batch, *, collate_fn_map=None):
        container = isinstance(batch[0], tuple | list | dict)
        return original(batch, collate_fn_map=plain if container else collate_fn_map)

    patch(COLLATE, "collate", collate)


@fault(
    "A function for a base class wins over that for the type itself.",
    witness=lambda: _with_function([Sub()], Sub) == "of Own",
)
def base_function_wins(patch):
    original = COLLATE.collate

    def collate(batch, *, collate_fn_map=None):
        functions = collate_fn_map or {}
        for kind in functions:
            if isinstance(kind, type) and type(batch[0]) in kind.__subclasses__():
                return functions[kind](batch, collate_fn_map=collate_fn_map)
        return original(batch, collate_fn_map=collate_fn_map)

    patch(COLLATE, "collate", collate)


class Own:
    """Something to collate."""


class Sub(Own):
    """Something more special."""


def _with_function(samples, *kinds):
    functions = COLLATE.default_collate_fn_map
    kept = dict(functions)
    for kind in (Own, *kinds):
        functions[kind] = lambda batch, *, collate_fn_map, kind=kind: (
            f"of {kind.__name__}"
        )
    try:
        return data.default_collate(samples)
    finally:
        functions.clear()
        functions.update(kept)


@fault(
    "Containers within containers are left as they are.",
    witness=lambda: isinstance(collated([[1]])[0], tuple),
)
def inner_containers_are_left(patch):
    depth = [0]

    def change(original, batch):
        if depth[0] and isinstance(batch[0], tuple | list):
            return batch
        depth[0] += 1
        try:
            return original(batch)
        finally:
            depth[0] -= 1

    patch_collate(patch, change)


@fault("None stays None.", witness=lambda: not raises(lambda: collated(None)))
def none_passes(patch):
    def change(original, batch):
        return None if batch[0] is None else original(batch)

    patch_collate(patch, change)


@fault(
    "Samples of other types are refused with ValueError.",
    witness=lambda: raises(lambda: collated(None), ValueError),
)
def refuses_with_value_error(patch):
    def change(original, batch):
        error = error_of(lambda: original(batch))
        if isinstance(error, TypeError):
            raise ValueError(str(error))
        return original(batch)

    patch_collate(patch, change)


@fault(
    "No samples make an empty batch.",
    witness=lambda: not raises(lambda: data.default_collate([])),
)
def nothing_is_a_batch(patch):
    def change(original, batch):
        return original(batch) if batch else []

    patch_collate(patch, change)


# --- without batching -----------------------------------------------------------------


def patch_convert(patch, change):
    """Patch the conversion of single samples, and of what is in them."""
    original = COLLATE.default_convert

    def convert(sample):
        return change(original, sample)

    for place in (COLLATE, data, data.dataloader):
        patch(place, "default_convert", convert)


@fault(
    "default_convert copies arrays.",
    witness=lambda: (
        not (lambda a: data.default_convert(a).data_ptr() == a.ctypes.data)(np.ones(2))
    ),
)
def convert_copies(patch):
    def change(original, sample):
        return original(np.copy(sample) if type(sample) is np.ndarray else sample)

    patch_convert(patch, change)


@fault(
    "default_convert turns numbers into tensors.",
    witness=lambda: isinstance(data.default_convert(1), torch.Tensor),
)
def convert_takes_numbers(patch):
    def change(original, sample):
        return torch.tensor(sample) if isinstance(sample, int) else original(sample)

    patch_convert(patch, change)


@fault(
    "default_convert leaves containers as they are.",
    witness=lambda: isinstance(data.default_convert([np.ones(1)])[0], np.ndarray),
)
def convert_stops_at_containers(patch):
    def change(original, sample):
        return sample if isinstance(sample, list | dict) else original(sample)

    patch_convert(patch, change)


@fault(
    "default_convert keeps tuples.",
    witness=lambda: isinstance(data.default_convert((1,)), tuple),
)
def convert_keeps_tuples(patch):
    def change(original, sample):
        return tuple(original(sample)) if type(sample) is tuple else original(sample)

    patch_convert(patch, change)


@fault(
    "default_convert converts within the container.",
    witness=lambda: (lambda s: data.default_convert(s) is s)([np.ones(1)]),
)
def convert_in_place(patch):
    def change(original, sample):
        result = original(sample)
        if isinstance(sample, list):
            sample[:] = result
            return sample
        return result

    patch_convert(patch, change)


@fault(
    "default_convert turns sequences of all types into lists.",
    witness=lambda: type(data.default_convert(collections.deque([1]))) is list,
)
def convert_makes_lists(patch):
    def change(original, sample):
        result = original(sample)
        return list(result) if isinstance(result, collections.deque) else result

    patch_convert(patch, change)


@fault(
    "default_convert loses the attributes of containers.",
    witness=lambda: _loses(type("Row", (list,), {"name": "none"})([1])),
)
def convert_loses_attributes(patch):
    def change(original, sample):
        result = original(sample)
        if isinstance(result, list | dict):
            getattr(result, "__dict__", {}).clear()
        return result

    patch_convert(patch, change)


def _loses(row):
    row.name = "first"
    return data.default_convert(row).name == "none"

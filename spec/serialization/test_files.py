"""Files: what torch.save writes, what torch.load accepts, and what it refuses.

A file holds storages, and tensors as ways of looking at them. So views that share a
storage share one again after loading, and a small view takes its whole storage along.
Around the storages the file is a pickle, and unpickling can run any code: that is why
torch.load now restricts itself to tensors and plain containers unless told otherwise.
"""

import io
import pathlib
import pickle
import struct
import sys
import types
import zipfile
from collections import Counter, OrderedDict

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models.views import Layout, nested
from torch_semantics import claim
from torch_semantics.words import shares_storage

NOTES = "notes/serialization"
SHARING = "notes/serialization#saving-and-loading-tensors-preserves-views"
WEIGHTS_ONLY = "notes/serialization#weights-only"


def saved(thing):
    """Save a thing to a file in memory, and return that file at its beginning."""
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return file


class Net(nn.Module):
    """A model whose class is found in this module."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)
        self.register_buffer("cache", torch.zeros(1), persistent=False)

    def forward(self, batch):
        """Return what the layer makes of the batch."""
        return self.layer(batch)


class Config:
    """An object of a class that torch knows nothing about."""

    def __init__(self, rate):
        self.rate = rate


ran = []


def run():
    """Note that code from a file has run."""
    ran.append("code from the file")
    return "loaded"


class Payload:
    """An object whose pickle calls a function when it is loaded."""

    def __reduce__(self):
        """Return what to call instead of this object."""
        return run, ()


# --- tensors --------------------------------------------------------------------------


@claim("serialization.file.dtypes", see="generated/torch.save")
@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (torch.bool, [True, False, True]),
        (torch.uint8, [0, 1, 255]),
        (torch.int8, [-128, 0, 127]),
        (torch.int16, [-(2**15), 0, 2**15 - 1]),
        (torch.int32, [-(2**31), 0, 2**31 - 1]),
        (torch.int64, [-(2**63), 0, 2**63 - 1]),
        (torch.float16, [0.5, -65504.0, 2.0**-24]),
        (torch.bfloat16, [0.5, -3.0, 2.0**100]),
        (torch.float32, [0.5, -16777215.0, 2.0**-149]),
        (torch.float64, [0.1, -(2.0**53) + 1, 5e-324]),
        (torch.complex64, [1 + 2j, -0.5j, 3.0]),
        (torch.complex128, [0.1 + 0.2j, -0.5j, 3.0]),
    ],
    ids=lambda value: str(value)[6:] if isinstance(value, torch.dtype) else "",
)
def test_a_tensor_of_any_dtype_comes_back_with_its_values(device, dtype, values):
    """A tensor comes back from a file with its dtype, its values and its device."""
    tensor = torch.tensor(values, dtype=dtype, device=device)

    loaded = torch.load(saved(tensor))

    assert type(loaded) is torch.Tensor
    assert loaded.dtype == dtype
    assert loaded.tolist() == values
    assert loaded.device == device


@claim("serialization.file.float8", see="generated/torch.save", since="2.2")
@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
def test_a_tensor_of_eight_bit_floats_comes_back(device, dtype):
    """A tensor of eight-bit floats comes back from a file with its dtype and values."""
    dtype = getattr(torch, dtype)
    tensor = torch.tensor([0.5, -2.0, 8.0], device=device).to(dtype)

    loaded = torch.load(saved(tensor), weights_only=True)

    assert loaded.dtype == dtype
    assert loaded.float().tolist() == [0.5, -2.0, 8.0]


@claim("serialization.file.unsigned", see="generated/torch.save", since="2.6")
@pytest.mark.parametrize(
    ("dtype", "largest"),
    [("uint16", 2**16 - 1), ("uint32", 2**32 - 1), ("uint64", 2**64 - 1)],
)
def test_a_tensor_of_wide_unsigned_integers_comes_back(device, dtype, largest):
    """A tensor of unsigned integers of 16, 32 or 64 bits comes back from a file with
    its dtype and values.
    """
    dtype = getattr(torch, dtype)
    tensor = torch.tensor([0, 1, largest], dtype=dtype, device=device)

    loaded = torch.load(saved(tensor), weights_only=True)

    assert loaded.dtype == dtype
    assert loaded.tolist() == [0, 1, largest]


@claim("serialization.file.every-bit", see="generated/torch.save")
def test_a_tensor_comes_back_with_every_bit(device):
    """A tensor comes back from a file with every bit as it was, also of NaNs,
    infinities and a negative zero.
    """
    bits = [0x7FC00001, 0x7F800000, -0x00800000, -0x80000000, 0x00000001]
    tensor = torch.tensor(bits, dtype=torch.int32, device=device).view(torch.float32)

    loaded = torch.load(saved(tensor))

    assert loaded.dtype == torch.float32
    assert loaded.view(torch.int32).tolist() == bits


@claim("serialization.file.shapes", see="generated/torch.save")
@pytest.mark.parametrize(
    "shape", [(), (0,), (2, 0, 3), (1,), (1, 1, 1), (2, 3)], ids=str
)
def test_a_tensor_of_any_shape_comes_back_in_that_shape(device, shape):
    """A tensor comes back from a file in its shape, be it without dimensions or without
    elements.
    """
    tensor = torch.full(shape, 7, device=device)

    loaded = torch.load(saved(tensor))

    assert loaded.shape == shape
    assert loaded.dtype == torch.int64
    assert loaded.flatten().tolist() == [7] * tensor.numel()


@claim("serialization.file.strides", see=SHARING)
@pytest.mark.parametrize(
    ("view", "stride", "values"),
    [
        (lambda base: base.t(), (1, 3), [[0, 3], [1, 4], [2, 5]]),
        (lambda base: base[:, ::2], (3, 2), [[0, 2], [3, 5]]),
        (lambda base: base[1].expand(2, 3), (0, 1), [[3, 4, 5], [3, 4, 5]]),
        (lambda base: base[1, 1:], (1,), [4, 5]),
        (lambda base: base[1, 2], (), 5),
    ],
    ids=["transposed", "every other", "expanded", "with an offset", "one element"],
)
def test_a_view_comes_back_with_its_strides(device, view, stride, values):
    """A view comes back from a file with its strides and its offset, and is not made
    contiguous on the way.
    """
    tensor = view(torch.tensor([[0, 1, 2], [3, 4, 5]], device=device))

    loaded = torch.load(saved(tensor))

    assert loaded.stride() == tensor.stride() == stride
    assert loaded.storage_offset() == tensor.storage_offset()
    assert loaded.tolist() == values


@claim("serialization.file.layouts", see=SHARING)
@given(
    size=st.lists(st.integers(0, 3), max_size=3),
    steps=st.lists(st.integers(0, 3), min_size=3, max_size=3),
    offset=st.integers(0, 4),
)
def test_every_layout_over_a_storage_comes_back(device, size, steps, offset):
    """For all sizes, strides and offsets, a tensor comes back from a file with the same
    size, strides, offset and values, and what lies behind it in the storage too.
    """
    stride = steps[: len(size)]
    layout = Layout(size, stride, offset)
    base = torch.arange(layout.extent + 1, device=device)

    loaded = torch.load(saved(base.as_strided(size, stride, offset)))

    assert list(loaded.shape) == size
    assert (list(loaded.stride()), loaded.storage_offset()) == (stride, offset)
    assert loaded.tolist() == nested(layout.places, size)
    assert loaded.as_strided((), (), layout.extent).item() == layout.extent


@claim("serialization.file.view-saves-whole-storage", see=SHARING)
def test_a_small_view_takes_its_whole_storage_into_the_file(device):
    """Saving a view saves the whole storage under it: the file is as large as the
    storage, and the elements outside of the view come back too.
    """
    view = torch.arange(10_000, dtype=torch.int64, device=device)[2:4]

    file = saved(view)
    loaded = torch.load(file)

    assert len(file.getvalue()) > 80_000
    assert loaded.tolist() == [2, 3]
    assert loaded.as_strided((5,), (1,), 9_995).tolist() == [
        9_995,
        9_996,
        9_997,
        9_998,
        9_999,
    ]


@claim("serialization.file.clone-saves-only-itself", see=SHARING)
def test_a_clone_of_a_view_takes_only_its_own_elements_into_the_file(device):
    """Saving a clone of a view saves the elements of the view and no others."""
    view = torch.arange(10_000, dtype=torch.int64, device=device)[2:4]

    file = saved(view.clone())
    loaded = torch.load(file)

    assert len(file.getvalue()) < 10_000
    assert loaded.tolist() == [2, 3]
    assert loaded.storage_offset() == 0
    with pytest.raises(RuntimeError, match="out of bounds"):
        loaded.as_strided((3,), (1,))


@claim("serialization.file.sharing-kept", see=SHARING)
def test_tensors_that_share_a_storage_share_one_after_loading(device):
    """Tensors that share a storage and are saved in one file share a storage after
    loading: a write through one is seen in the others.
    """
    base = torch.arange(6, device=device)
    row, column = torch.load(saved([base[:3], base.view(3, 2)[:, 0]]))

    row[0] = -1

    assert shares_storage(row, column)
    assert row.tolist() == [-1, 1, 2]
    assert column.tolist() == [-1, 2, 4]


@claim("serialization.file.no-sharing-invented", see=SHARING)
def test_tensors_with_storages_of_their_own_keep_them(device):
    """Tensors with equal values over storages of their own have storages of their own
    after loading.
    """
    first, second = torch.load(
        saved([torch.zeros(2, device=device), torch.zeros(2, device=device)])
    )

    first[0] = 5

    assert not shares_storage(first, second)
    assert second.tolist() == [0.0, 0.0]


@claim("serialization.file.sharing-within-one-file", see=SHARING)
def test_tensors_saved_in_two_files_share_nothing_after_loading(device):
    """Tensors that share a storage but are saved in two files share nothing after
    loading, and neither does a file that is loaded twice.
    """
    base = torch.arange(4, device=device)
    file = saved(base)

    loaded, view = torch.load(file), torch.load(saved(base[:2]))
    file.seek(0)
    again = torch.load(file)

    assert not shares_storage(loaded, view)
    assert not shares_storage(loaded, again)
    assert (loaded.tolist(), view.tolist(), again.tolist()) == (
        [0, 1, 2, 3],
        [0, 1],
        [0, 1, 2, 3],
    )


@claim("serialization.file.one-object-stays-one", see=SHARING)
def test_a_tensor_saved_in_two_places_is_one_object_after_loading(device):
    """A tensor that stands in two places of what is saved is one object in both places
    after loading.
    """
    tensor = torch.zeros(2, device=device)

    loaded = torch.load(saved({"a": tensor, "b": [tensor, tensor.detach()]}))

    assert loaded["a"] is loaded["b"][0]
    assert loaded["a"] is not loaded["b"][1]
    assert shares_storage(loaded["a"], loaded["b"][1])


@claim("serialization.file.one-dtype-for-a-storage", see="generated/torch.save")
def test_a_storage_cannot_be_saved_under_two_dtypes(device):
    """Tensors of two dtypes over one storage can't be saved in one file."""
    tensor = torch.zeros(2, device=device)

    with pytest.raises(RuntimeError, match="view the same data as different types"):
        torch.save([tensor, tensor.view(torch.int32)], io.BytesIO())


@claim("serialization.file.independent-of-source", see="generated/torch.load")
def test_a_loaded_tensor_is_independent_of_the_saved_one(device):
    """A loaded tensor has a storage of its own: neither the file nor what was loaded
    follows a later write to the tensor that was saved, and saving leaves that as it is.
    """
    tensor = torch.tensor([1.0, 2.0], device=device)
    version = tensor._version
    file = saved(tensor)

    assert (tensor.tolist(), tensor._version) == ([1.0, 2.0], version)
    tensor[0] = 9
    loaded = torch.load(file)
    loaded[1] = 8

    assert loaded.tolist() == [1.0, 8.0]
    assert tensor.tolist() == [9.0, 2.0]


@claim("serialization.file.requires-grad-kept", see="generated/torch.load")
@pytest.mark.parametrize(
    "weights_only", [True, False], ids=["weights only", "any pickle"]
)
def test_requires_grad_comes_back_but_gradients_and_history_do_not(
    device, weights_only
):
    """Whether a tensor requires gradients comes back from a file; its gradient does
    not, and neither does its history: what was computed from others comes back as a
    leaf.
    """
    leaf = torch.tensor([2.0], device=device, requires_grad=True)
    leaf.sum().backward()
    plain = torch.tensor([1.0], device=device)

    loaded = torch.load(saved([leaf, leaf * 3, plain]), weights_only=weights_only)

    assert [tensor.requires_grad for tensor in loaded] == [True, True, False]
    assert [tensor.is_leaf for tensor in loaded] == [True, True, True]
    assert [tensor.grad_fn for tensor in loaded] == [None, None, None]
    assert [tensor.grad for tensor in loaded] == [None, None, None]
    assert [tensor.tolist() for tensor in loaded] == [[2.0], [6.0], [1.0]]


@claim("serialization.file.parameter-stays-parameter", see="generated/torch.load")
@pytest.mark.parametrize("requires_grad", [True, False], ids=["trained", "frozen"])
@pytest.mark.parametrize(
    "weights_only", [True, False], ids=["weights only", "any pickle"]
)
def test_a_parameter_comes_back_as_a_parameter(device, requires_grad, weights_only):
    """A Parameter comes back from a file as a Parameter, frozen if it was frozen."""
    data = torch.tensor([[1.0, 2.0]], device=device)
    parameter = nn.Parameter(data, requires_grad=requires_grad)

    loaded = torch.load(saved(parameter), weights_only=weights_only)

    assert type(loaded) is nn.Parameter
    assert loaded.requires_grad is requires_grad
    assert loaded.is_leaf
    assert loaded.tolist() == [[1.0, 2.0]]


@claim("serialization.file.attributes-kept", see="generated/torch.save", since="2.0")
def test_an_attribute_of_a_tensor_comes_back(device):
    """An attribute that was set on a tensor comes back from a file with it."""
    tensor = torch.zeros(1, device=device)
    tensor.label = "first"

    loaded = torch.load(saved(tensor))

    assert loaded.label == "first"


@claim("serialization.file.attributes-lost", see="generated/torch.save", until="2.0")
def test_an_attribute_of_a_tensor_is_lost(device):
    """An attribute that was set on a tensor does not come back from a file."""
    tensor = torch.zeros(1, device=device)
    tensor.label = "first"

    loaded = torch.load(saved(tensor))

    assert vars(loaded) == {}


@claim("serialization.file.conjugates-kept", see="generated/torch.conj", since="2.0")
def test_a_lazy_conjugate_comes_back_conjugated(device):
    """A conjugate that torch has only noted on the tensor, without changing its
    elements, comes back from a file as a conjugate.
    """
    tensor = torch.tensor([1 + 2j, 3 - 4j], device=device).conj()

    loaded = torch.load(saved(tensor))

    assert loaded.is_conj()
    assert loaded.tolist() == [1 - 2j, 3 + 4j]


@claim("serialization.file.conjugates-lost", see="generated/torch.conj", until="2.0")
def test_a_lazy_conjugate_comes_back_without_the_conjugation(device):
    """A conjugate that torch has only noted on the tensor, without changing its
    elements, comes back from a file as the tensor that was conjugated.
    """
    tensor = torch.tensor([1 + 2j, 3 - 4j], device=device).conj()

    loaded = torch.load(saved(tensor))

    assert not loaded.is_conj()
    assert loaded.tolist() == [1 + 2j, 3 - 4j]


@claim("serialization.file.sparse", see="sparse")
@pytest.mark.filterwarnings("ignore:.*[Ss]parse.* invariant")
def test_a_sparse_tensor_comes_back_sparse(device):
    """A sparse tensor comes back from a file with its indices, values and shape, and is
    not coalesced on the way.
    """
    indices = torch.tensor([[1, 1, 3]], device=device)
    tensor = torch.sparse_coo_tensor(indices, [2.0, 3.0, 4.0], (5,), device=device)

    loaded = torch.load(saved(tensor))

    assert loaded.layout == torch.sparse_coo
    assert loaded.shape == (5,)
    assert not loaded.is_coalesced()
    assert loaded._indices().tolist() == [[1, 1, 3]]
    assert loaded._values().tolist() == [2.0, 3.0, 4.0]


@claim("serialization.file.sparse-coalesced", see="sparse", since="2.1")
@pytest.mark.filterwarnings("ignore:.*[Ss]parse.* invariant")
def test_a_coalesced_sparse_tensor_comes_back_coalesced(device):
    """A sparse tensor that is coalesced is so when it comes back from a file."""
    tensor = torch.tensor([4.0, 0.0, 5.0], device=device).to_sparse()

    loaded = torch.load(saved(tensor))

    assert loaded.is_coalesced()
    assert loaded.indices().tolist() == [[0, 2]]
    assert loaded.values().tolist() == [4.0, 5.0]


@claim("serialization.file.hooks-not-saved", see="generated/torch.save")
def test_hooks_on_a_tensor_are_not_saved_and_torch_warns(device):
    """A backward hook on a tensor is not saved, of which torch.save() warns."""
    tensor = torch.tensor([1.0], device=device, requires_grad=True)
    tensor.register_hook(lambda gradient: gradient * 100)

    with pytest.warns(UserWarning, match="will not be serialized"):
        file = saved(tensor)
    loaded = torch.load(file)
    (loaded * 3).sum().backward()

    assert loaded.grad.tolist() == [3.0]


# --- containers -----------------------------------------------------------------------


@claim("serialization.file.containers", see=WEIGHTS_ONLY)
def test_nested_containers_come_back_with_what_they_hold(device):
    """Nested dicts, lists, tuples and sets come back from a file as what they were,
    with the tensors, numbers, strings and Nones in them.
    """
    tensor = torch.tensor([1, 2], device=device)
    thing = {
        "list": [tensor, {"inner": (1, 2.5, 1j)}],
        3: (True, None, "text", b"bytes"),
        (0, 1): {4, 5},
        "ordered": OrderedDict([("b", 1), ("a", 2)]),
        "empty": [{}, [], (), ""],
        "huge": -(2**80),
    }

    loaded = torch.load(saved(thing))

    found = loaded["list"].pop(0)
    assert found.tolist() == [1, 2]
    assert list(loaded) == ["list", 3, (0, 1), "ordered", "empty", "huge"]
    assert type(loaded["list"][0]["inner"]) is tuple
    assert type(loaded["ordered"]) is OrderedDict
    assert loaded == {
        "list": [{"inner": (1, 2.5, 1j)}],
        3: (True, None, "text", b"bytes"),
        (0, 1): {4, 5},
        "ordered": OrderedDict([("b", 1), ("a", 2)]),
        "empty": [{}, [], (), ""],
        "huge": -(2**80),
    }


@claim("serialization.file.containers-follow-the-rule", see=WEIGHTS_ONLY)
@given(
    thing=st.recursive(
        st.sampled_from(
            [None, True, 0, 1, -1, 2**70, 0.5, -0.0, 1e300, "", "ä", "two"]
        ),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner, inner)
            | st.dictionaries(st.sampled_from(["a", "b", 3, None]), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_plain_values_come_back_equal_and_of_the_same_types(thing):
    """For all plain values in nested lists, tuples and dicts, what comes back from a
    file is equal, and of the same types at every depth.
    """
    loaded = torch.load(saved(thing))

    assert (loaded, repr(loaded)) == (thing, repr(thing))


@claim("serialization.file.torch-values", see=WEIGHTS_ONLY)
def test_dtypes_sizes_and_devices_come_back_as_themselves(device):
    """A dtype, a device, a layout and a size come back from a file as themselves."""
    thing = [torch.bfloat16, device, torch.strided, torch.Size([2, 3])]

    loaded = torch.load(saved(thing))

    assert loaded[0] is torch.bfloat16
    assert loaded[1] == device
    assert loaded[2] is torch.strided
    assert loaded[3] == torch.Size([2, 3])
    assert type(loaded[3]) is torch.Size


# --- files ----------------------------------------------------------------------------


@claim("serialization.file.paths", see="generated/torch.save")
@pytest.mark.parametrize("kind", [str, pathlib.Path], ids=["str", "pathlib"])
def test_a_file_is_named_by_a_string_or_a_path(device, tmp_path, kind):
    """The file to save to and to load from is named by a string or by a path object."""
    file = kind(tmp_path / "tensor.pt")

    torch.save(torch.tensor([1, 2], device=device), file)
    loaded = torch.load(file)

    assert [path.name for path in tmp_path.iterdir()] == ["tensor.pt"]
    assert loaded.tolist() == [1, 2]


@claim("serialization.file.open-files", see="generated/torch.save")
def test_an_open_file_is_written_and_read_and_stays_open(device, tmp_path):
    """In place of a name, saving and loading take a file that is open in binary mode,
    and leave it open.
    """
    path = tmp_path / "tensor.pt"

    with open(path, "wb") as writing:
        torch.save(torch.tensor([1, 2], device=device), writing)
        assert not writing.closed
    with open(path, "rb") as reading:
        loaded = torch.load(reading)
        assert not reading.closed

    assert loaded.tolist() == [1, 2]


@claim("serialization.file.rewind", see="generated/torch.load")
def test_a_file_in_memory_has_to_be_rewound_before_loading(device):
    """Saving leaves a file in memory at its end, where there is nothing to load: it has
    to be rewound first.
    """
    file = io.BytesIO()
    torch.save(torch.tensor([1, 2], device=device), file)

    assert file.tell() == len(file.getvalue())
    with pytest.raises(EOFError):
        torch.load(file)
    file.seek(0)
    assert torch.load(file).tolist() == [1, 2]


@claim("serialization.file.from-the-position", see="generated/torch.load", since="2.6")
def test_loading_starts_where_the_file_stands(device):
    """Loading starts where the file stands: what comes before does not matter."""
    file = io.BytesIO()
    file.write(b"header")
    torch.save(torch.tensor([1, 2], device=device), file)

    file.seek(6)
    loaded = torch.load(file)

    assert file.getvalue()[:6] == b"header"
    assert loaded.tolist() == [1, 2]


@claim(
    "serialization.file.is-a-zip", see=NOTES + "#serialized-file-format-for-torch-save"
)
def test_a_file_is_a_zip_archive_of_a_pickle_and_raw_storages(device, tmp_path):
    """A file is a zip archive, in a folder named like the file: one pickle, and the
    bytes of each storage once, uncompressed.
    """
    file = tmp_path / "model.pt"
    tensor = torch.tensor([1, 258], dtype=torch.int32, device=device)

    torch.save([tensor, tensor[:1]], file)

    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert names[0] == "model/data.pkl"
        assert [name for name in names if name.startswith("model/data/")] == [
            "model/data/0"
        ]
        assert archive.read("model/data/0") == struct.pack("=ii", 1, 258)
        assert archive.getinfo("model/data/0").compress_type == zipfile.ZIP_STORED


@claim("serialization.file.old-format", see="generated/torch.save")
def test_the_old_format_is_still_written_and_read(device):
    """With _use_new_zipfile_serialization=False the file has the format from before
    1.6, which torch.load() still reads, views and requires_grad included; several such
    files may follow each other in one stream.
    """
    base = torch.tensor([0.0, 1.0, 2.0], device=device)
    leaf = torch.tensor([3.0], device=device, requires_grad=True)
    file = io.BytesIO()
    torch.save([base, base[1:], leaf], file, _use_new_zipfile_serialization=False)
    torch.save("second", file, _use_new_zipfile_serialization=False)
    file.seek(0)

    (first, view, loaded), second = torch.load(file), torch.load(file)

    assert file.getvalue()[:2] == b"\x80\x02"
    assert (first.tolist(), view.tolist()) == ([0.0, 1.0, 2.0], [1.0, 2.0])
    assert shares_storage(first, view)
    assert loaded.requires_grad
    assert second == "second"


@claim("serialization.file.overwritten", see="generated/torch.save")
def test_saving_overwrites_a_file_without_asking(device, tmp_path):
    """Saving over a file replaces all of it, without asking."""
    file = tmp_path / "tensor.pt"
    torch.save(torch.zeros(1000, device=device), file)

    torch.save(torch.tensor([1, 2], device=device), file)

    assert file.stat().st_size < 4000
    assert torch.load(file).tolist() == [1, 2]


@claim("serialization.save.parent-directory-must-exist", see="generated/torch.save")
@pytest.mark.parametrize("kind", [str, pathlib.Path], ids=["str", "pathlib"])
def test_saving_does_not_make_folders(device, tmp_path, kind):
    """Saving into a folder that does not exist is a RuntimeError, and does not make
    that folder.
    """
    folder = tmp_path / "models"

    with pytest.raises(RuntimeError, match=r"Parent directory .*models does not exist"):
        torch.save(torch.zeros(1, device=device), kind(folder / "tensor.pt"))

    assert not folder.exists()


@claim("serialization.load.missing-file", see="generated/torch.load")
@pytest.mark.parametrize(
    "weights_only", [True, False], ids=["weights only", "any pickle"]
)
def test_a_missing_file_cannot_be_loaded(tmp_path, weights_only):
    """Loading a file that does not exist is a FileNotFoundError that names it, and does
    not make one.
    """
    file = tmp_path / "missing.pt"

    with pytest.raises(FileNotFoundError) as raised:
        torch.load(file, weights_only=weights_only)

    assert str(raised.value.filename) == str(file)
    assert not file.exists()


@claim("serialization.load.folder", see="generated/torch.load")
def test_a_folder_can_neither_be_loaded_nor_saved_to(device, tmp_path):
    """A folder can neither be loaded, which is an IsADirectoryError, nor saved to."""
    with pytest.raises(IsADirectoryError):
        torch.load(tmp_path)
    with pytest.raises(RuntimeError, match=r"cannot be opened|Is a directory"):
        torch.save(torch.zeros(1, device=device), tmp_path)
    assert list(tmp_path.iterdir()) == []


@claim("serialization.load.not-a-file", see="generated/torch.load")
@pytest.mark.parametrize(
    "thing", [None, 3, {"weight": 1}], ids=["none", "number", "dict"]
)
def test_what_is_neither_a_name_nor_a_file_cannot_be_loaded(thing):
    """What is neither a name nor a file that can seek can't be loaded."""
    with pytest.raises(
        AttributeError, match=r"can only torch\.load from a file that is seek"
    ):
        torch.load(thing)


@claim("serialization.load.truncated", see="generated/torch.load")
@pytest.mark.parametrize(
    "weights_only", [True, False], ids=["weights only", "any pickle"]
)
@pytest.mark.parametrize("missing", [1, 200, 900], ids="{} bytes".format)
def test_a_truncated_file_is_refused(device, weights_only, missing):
    """A file that has lost its end, if only one byte, is refused with a RuntimeError,
    so that the model that was to load it is unchanged.
    """
    content = saved({"bias": torch.arange(100.0, device=device)}).getvalue()
    model = nn.ParameterDict({"bias": torch.zeros(100, device=device)})

    with pytest.raises(RuntimeError, match="failed finding central directory"):
        file = io.BytesIO(content[:-missing])
        model.load_state_dict(torch.load(file, weights_only=weights_only))
    assert model["bias"].tolist() == [0.0] * 100


@claim("serialization.load.empty-file", see="generated/torch.load")
@pytest.mark.parametrize(
    "weights_only", [True, False], ids=["weights only", "any pickle"]
)
def test_an_empty_file_is_refused(tmp_path, weights_only):
    """An empty file is refused with an EOFError."""
    file = tmp_path / "empty.pt"
    file.touch()

    with pytest.raises(EOFError):
        torch.load(file, weights_only=weights_only)


@claim("serialization.load.not-a-pickle", see="generated/torch.load")
@pytest.mark.parametrize(
    "weights_only", [True, False], ids=["weights only", "any pickle"]
)
def test_a_file_that_is_no_pickle_is_refused(weights_only):
    """A file that is neither an archive nor a pickle is refused with an
    UnpicklingError.
    """
    file = io.BytesIO(b'{"epoch": 1}')

    with pytest.raises(pickle.UnpicklingError):
        torch.load(file, weights_only=weights_only)


@claim("serialization.load.plain-pickle", see="generated/torch.load")
def test_a_pickle_that_torch_did_not_write_is_refused():
    """A pickle that was written by the pickle module, and not by torch.save(), is
    refused with a RuntimeError for the lack of the number with which torch's begin.
    """
    file = io.BytesIO(pickle.dumps({"epoch": 1}, protocol=2))

    with pytest.raises(RuntimeError, match="Invalid magic number; corrupt file"):
        torch.load(file, weights_only=False)


@claim(
    "serialization.load.plain-pickle-as-unpickling-error",
    see="generated/torch.load",
    until="2.5",
)
def test_weights_only_refuses_a_foreign_pickle_as_it_does_any_other():
    """With weights_only=True a pickle that torch.save() did not write is refused with
    an UnpicklingError that tells to load with weights_only=False.
    """
    file = io.BytesIO(pickle.dumps({"epoch": 1}, protocol=2))

    with pytest.raises(
        pickle.UnpicklingError,
        match=r"`weights_only` set to `False`(.|\n)*Invalid magic number; corrupt file",
    ):
        torch.load(file, weights_only=True)


@claim(
    "serialization.load.plain-pickle-with-weights-only",
    see="generated/torch.load",
    since="2.5",
)
def test_weights_only_refuses_a_foreign_pickle_for_what_it_lacks():
    """With weights_only=True, too, a pickle that torch.save() did not write is refused
    with a RuntimeError for the lack of the number with which torch's begin.
    """
    file = io.BytesIO(pickle.dumps({"epoch": 1}, protocol=2))

    with pytest.raises(RuntimeError, match=r"^Invalid magic number; corrupt file"):
        torch.load(file, weights_only=True)


@claim("serialization.load.other-archive", see="generated/torch.load")
@pytest.mark.parametrize(
    "weights_only", [True, False], ids=["weights only", "any pickle"]
)
def test_an_archive_that_torch_did_not_write_is_refused(weights_only):
    """A zip archive that torch.save() did not write is refused with a RuntimeError, for
    the lack of a record of its version.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("folder/readme.txt", "text")
    file.seek(0)

    with pytest.raises(RuntimeError, match='"version"'):
        torch.load(file, weights_only=weights_only)


@claim(
    "serialization.load.corrupt-values", see="generated/torch.load", level="observed"
)
def test_changed_bytes_in_the_values_are_not_noticed(device):
    """Loading does not check the archive's checksums: changed bytes in a storage are
    not noticed, and come back as other values.
    """
    content = saved(torch.tensor([1, 2, 77], device=device)).getvalue()

    loaded = torch.load(
        io.BytesIO(content.replace(b"\x4d" + bytes(7), b"\x4e" + bytes(7)))
    )

    assert loaded.tolist() == [1, 2, 78]


@claim(
    "serialization.save.failure-overwrites",
    see="generated/torch.save",
    level="observed",
)
def test_a_save_that_fails_has_already_destroyed_the_old_file(tmp_path):
    """Saving writes to the file from the start: when it fails, what the file held
    before is lost.
    """
    file = tmp_path / "thing.pt"
    torch.save("old", file)

    # pickle's own error: which of the two depends on the release of Python.
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        torch.save(lambda: "new", file)

    with pytest.raises(RuntimeError, match=r"data\.pkl"):
        torch.load(file)


@claim("serialization.load.mmap", see="generated/torch.load", since="2.1")
def test_a_file_can_be_mapped_into_memory(device, tmp_path):
    """With mmap=True the storages are mapped from the file in place of being read: the
    values are the same, and a write to them does not reach the file.
    """
    file = tmp_path / "tensor.pt"
    torch.save(torch.tensor([1, 2], device=device), file)

    loaded = torch.load(str(file), mmap=True)
    loaded[0] = 9

    assert loaded.tolist() == [9, 2]
    assert torch.load(file).tolist() == [1, 2]


@claim("serialization.load.mmap-needs-a-name", see="generated/torch.load", since="2.1")
def test_only_a_file_that_is_named_can_be_mapped(device):
    """With mmap=True a file in memory is refused with a ValueError."""
    with pytest.raises(ValueError, match=r"in order to use (the )?mmap argument"):
        torch.load(saved(torch.zeros(1, device=device)), mmap=True)


# --- what may be loaded ---------------------------------------------------------------


@claim("serialization.load.weights-only-default", see=WEIGHTS_ONLY, since="2.6")
def test_by_default_only_weights_are_loaded(device, monkeypatch):
    """By default weights_only is True: a state dict is loaded, and a file whose pickle
    would call a function is refused with an UnpicklingError, without the call.
    """
    monkeypatch.setattr(sys.modules[__name__], "ran", [])
    state = nn.Linear(1, 1, device=device).state_dict()

    assert list(torch.load(saved(state))) == ["weight", "bias"]
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(Payload()))
    assert ran == []


@claim("serialization.load.any-pickle-default", see=WEIGHTS_ONLY, until="2.6")
def test_by_default_any_pickle_is_loaded(monkeypatch):
    """By default weights_only is False: a file whose pickle calls a function is loaded,
    and the function is called.
    """
    monkeypatch.setattr(sys.modules[__name__], "ran", [])

    loaded = torch.load(saved(Payload()))

    assert loaded == "loaded"
    assert ran == ["code from the file"]


@claim("serialization.load.weights-only-refuses-code", see=WEIGHTS_ONLY)
def test_weights_only_refuses_code_and_does_not_run_it(monkeypatch):
    """With weights_only=True a file whose pickle would call a function is refused with
    an UnpicklingError, and the function is not called.
    """
    monkeypatch.setattr(sys.modules[__name__], "ran", [])

    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(["harmless", Payload()]), weights_only=True)
    assert ran == []


@claim("serialization.load.any-pickle-runs-code", see=WEIGHTS_ONLY)
def test_without_weights_only_a_file_runs_what_it_likes(monkeypatch):
    """With weights_only=False loading a file may call any function: such a file has to
    be trusted.
    """
    monkeypatch.setattr(sys.modules[__name__], "ran", [])

    loaded = torch.load(saved(["harmless", Payload()]), weights_only=False)

    assert loaded == ["harmless", "loaded"]
    assert ran == ["code from the file"]


@claim("serialization.load.weights-only-floats", see=WEIGHTS_ONLY, since="2.0")
def test_weights_only_loads_floats():
    """With weights_only=True a file may hold Python floats beside its tensors."""
    loaded = torch.load(saved({"loss": 0.1}), weights_only=True)

    assert loaded == {"loss": 0.1}


@claim("serialization.load.weights-only-sets", see=WEIGHTS_ONLY, since="2.6")
def test_weights_only_loads_sets_and_complex_numbers():
    """With weights_only=True a file may hold sets and complex numbers."""
    loaded = torch.load(saved([{1, 2}, 1j]), weights_only=True)

    assert loaded == [{1, 2}, 1j]


@claim("serialization.load.weights-only-bytes", see=WEIGHTS_ONLY, since="2.5.0")
@pytest.mark.parametrize("thing", [b"ab", bytearray(b"ab")], ids=["bytes", "bytearray"])
def test_weights_only_loads_bytes(thing):
    """With weights_only=True a file may hold bytes."""
    loaded = torch.load(saved(thing), weights_only=True)

    assert (type(loaded), loaded) == (type(thing), b"ab")


@claim("serialization.load.weights-only-refuses-bytes", see=WEIGHTS_ONLY, until="2.5.0")
@pytest.mark.parametrize("thing", [b"ab", bytearray(b"ab")], ids=["bytes", "bytearray"])
def test_weights_only_refuses_bytes(thing):
    """With weights_only=True a file that holds bytes raises UnpicklingError."""
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(thing), weights_only=True)


@claim("serialization.load.weights-only-devices", see=WEIGHTS_ONLY, since="2.4")
def test_weights_only_loads_devices_and_counters():
    """With weights_only=True a file may hold a torch.device and a Counter."""
    device = torch.load(saved(torch.device("cuda", 1)), weights_only=True)
    counter = torch.load(saved(Counter("aab")), weights_only=True)

    assert (type(device), device) == (torch.device, torch.device("cuda:1"))
    assert (type(counter), counter) == (Counter, {"a": 2, "b": 1})


@claim("serialization.load.weights-only-refuses-devices", see=WEIGHTS_ONLY, until="2.4")
@pytest.mark.parametrize(
    "thing", [torch.device("cuda", 1), Counter("aab")], ids=["device", "Counter"]
)
def test_weights_only_refuses_devices_and_counters(thing):
    """With weights_only=True a file that holds a torch.device or a Counter raises
    UnpicklingError.
    """
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(thing), weights_only=True)


@claim("serialization.load.force-weights-only", see=WEIGHTS_ONLY)
def test_an_environment_variable_forces_weights_only(monkeypatch):
    """With TORCH_FORCE_WEIGHTS_ONLY_LOAD=1 in the environment, weights_only is True,
    even where a call says otherwise.
    """
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")

    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(Config(0.5)), weights_only=False)
    assert torch.load(saved([1, 2]), weights_only=False) == [1, 2]


@claim("serialization.load.force-any-pickle", see=WEIGHTS_ONLY)
@pytest.mark.filterwarnings("ignore:Environment variable TORCH_FORCE_NO_WEIGHTS")
def test_an_environment_variable_changes_the_default_to_any_pickle(monkeypatch):
    """With TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 in the environment, weights_only is False
    unless a call says otherwise.
    """
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")

    assert torch.load(saved(Config(0.5))).rate == 0.5
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(Config(0.5)), weights_only=True)


@claim("serialization.load.pickle-module", see="generated/torch.load")
def test_a_pickle_module_of_ones_own_excludes_weights_only():
    """A pickle_module= of one's own loads any pickle, and is refused together with
    weights_only=True.
    """
    assert torch.load(saved(Config(0.5)), pickle_module=pickle).rate == 0.5
    with pytest.raises(RuntimeError, match="Can not safely load weights"):
        torch.load(saved([1, 2]), pickle_module=pickle, weights_only=True)


@claim(
    "serialization.load.add-safe-globals",
    see=NOTES + "#torch.serialization.add_safe_globals",
    since="2.4",
)
def test_a_class_that_is_declared_safe_is_loaded():
    """A class that add_safe_globals() declares safe is loaded with weights_only=True,
    until clear_safe_globals() takes all declarations back.
    """
    declared = torch.serialization.get_safe_globals()
    try:
        torch.serialization.add_safe_globals([Config])
        assert Config in torch.serialization.get_safe_globals()
        loaded = torch.load(saved(Config(0.5)), weights_only=True)
        torch.serialization.clear_safe_globals()
        with pytest.raises(pickle.UnpicklingError, match="Config"):
            torch.load(saved(Config(0.5)), weights_only=True)
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(declared)

    assert type(loaded) is Config
    assert loaded.rate == 0.5


@claim(
    "serialization.load.safe-globals",
    see=NOTES + "#torch.serialization.safe_globals",
    since="2.5",
)
def test_classes_can_be_declared_safe_for_a_while():
    """A class is declared safe inside of "with safe_globals()", and not after it; a
    class that is not declared is refused inside too.
    """
    with torch.serialization.safe_globals([Config]):
        loaded = torch.load(saved(Config(0.5)), weights_only=True)
        with pytest.raises(pickle.UnpicklingError, match=r"\brun\b"):
            torch.load(saved([Config(0.5), Payload()]), weights_only=True)

    assert loaded.rate == 0.5
    with pytest.raises(pickle.UnpicklingError, match="Config"):
        torch.load(saved(Config(0.5)), weights_only=True)


@claim(
    "serialization.load.unsafe-globals",
    see=NOTES + "#torch.serialization.get_unsafe_globals_in_checkpoint",
    since="2.6",
)
def test_what_a_file_needs_beyond_weights_can_be_listed():
    """The function get_unsafe_globals_in_checkpoint() lists the classes and functions
    that a file needs and that are not declared safe, without loading it.
    """
    unsafe = torch.serialization.get_unsafe_globals_in_checkpoint(saved(Config(0.5)))

    assert unsafe == [f"{__name__}.Config"]
    none = torch.serialization.get_unsafe_globals_in_checkpoint(saved({"a": [1, 2.5]}))
    assert none == []


# --- whole models ---------------------------------------------------------------------


@claim("serialization.whole-model.needs-weights-only-false", see=NOTES, since="2.6")
def test_a_whole_model_is_not_loaded_by_default():
    """A file that holds a whole model is refused by default, since its pickle names the
    model's class, even where that is a class of torch's own.
    """
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(nn.Linear(2, 1)))


@claim("serialization.whole-model.loads-by-default", see=NOTES, until="2.6")
def test_a_whole_model_is_loaded_by_default():
    """A file that holds a whole model is loaded by default."""
    model = torch.load(saved(nn.Linear(2, 1)))

    assert type(model) is nn.Linear


@claim("serialization.whole-model.weights-only-refuses", see=NOTES)
def test_a_whole_model_is_refused_with_weights_only():
    """With weights_only=True a file that holds a whole model is refused, while its
    state dict is loaded.
    """
    model = Net()

    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(saved(model), weights_only=True)
    state = torch.load(saved(model.state_dict()), weights_only=True)
    assert list(state) == ["layer.weight", "layer.bias"]


@claim("serialization.whole-model.comes-back", see=NOTES)
def test_a_whole_model_comes_back_with_its_class_weights_and_modes(device):
    """With weights_only=False a whole model comes back with its class, its weights, its
    modes, what it freezes and all its buffers, and without gradients.
    """
    model = Net().to(device)
    nn.init.constant_(model.layer.weight, 2.0)
    nn.init.constant_(model.layer.bias, 1.0)
    model.cache.fill_(7)
    model.layer.bias.requires_grad_(False)
    model.layer.eval()
    model(torch.ones(1, 2, device=device)).sum().backward()

    loaded = torch.load(saved(model), weights_only=False)

    assert type(loaded) is Net
    assert (loaded.training, loaded.layer.training) == (True, False)
    assert loaded.layer.weight.requires_grad
    assert not loaded.layer.bias.requires_grad
    assert loaded.layer.weight.grad is None
    assert loaded.cache.tolist() == [7.0]
    assert loaded(torch.tensor([[3.0, 4.0]], device=device)).tolist() == [[15.0]]
    assert not shares_storage(loaded.layer.weight, model.layer.weight)


@claim("serialization.whole-model.tied-stays-tied", see=NOTES)
def test_tied_parameters_are_tied_in_the_model_that_comes_back(device):
    """A Parameter that a model holds under two names is one Parameter in the model that
    comes back.
    """
    model = nn.Sequential(
        nn.Linear(2, 2, device=device), nn.Linear(2, 2, device=device)
    )
    model[1].weight = model[0].weight

    loaded = torch.load(saved(model), weights_only=False)

    assert loaded[0].weight is loaded[1].weight
    assert loaded[0].bias is not loaded[1].bias


@claim("serialization.whole-model.safe-classes", see=NOTES, since="2.6")
def test_a_whole_model_is_loaded_as_weights_if_its_classes_are_declared_safe(device):
    """With weights_only=True a whole model is loaded if each class that it is made of
    is declared safe.
    """
    layer = nn.Linear(2, 1, device=device).eval()
    nn.init.constant_(layer.weight, 2.0)

    with torch.serialization.safe_globals([nn.Linear]):
        loaded = torch.load(saved(layer), weights_only=True)

    assert type(loaded) is nn.Linear
    assert not loaded.training
    assert loaded.weight.tolist() == [[2.0, 2.0]]


@claim("serialization.whole-model.needs-class-at-load", see=NOTES)
def test_a_whole_model_cannot_be_loaded_without_its_class(monkeypatch):
    """A file refers to the class of a model by module and name: where the name is gone,
    loading the model is an AttributeError, and loading its state dict is not.
    """
    model_file, state_file = saved(Net()), saved(Net().state_dict())
    monkeypatch.delattr(sys.modules[__name__], "Net")

    with pytest.raises(AttributeError, match="Can't get attribute 'Net'"):
        torch.load(model_file, weights_only=False)
    assert list(torch.load(state_file)) == ["layer.weight", "layer.bias"]


@claim("serialization.whole-model.needs-module-at-load", see=NOTES)
def test_a_whole_model_cannot_be_loaded_without_the_module_of_its_class(monkeypatch):
    """Where the module of a model's class is gone, loading the model is a
    ModuleNotFoundError.
    """
    shop = types.ModuleType("shop")
    shop.Net = Net
    monkeypatch.setattr(Net, "__module__", "shop")
    monkeypatch.setitem(sys.modules, "shop", shop)
    file = saved(Net())
    monkeypatch.delitem(sys.modules, "shop")

    with pytest.raises(ModuleNotFoundError, match="No module named 'shop'"):
        torch.load(file, weights_only=False)


@claim("serialization.whole-model.code-not-saved", see=NOTES)
def test_a_whole_model_runs_the_code_that_its_class_has_now(device, monkeypatch):
    """A file holds a model's attributes and not its code: a model that is loaded runs
    what its class says now, without a warning, and __init__() is not called.
    """
    model = Net().to(device)
    nn.init.constant_(model.layer.weight, 2.0)
    nn.init.constant_(model.layer.bias, 1.0)
    file = saved(model)
    monkeypatch.setattr(Net, "forward", lambda self, batch: -self.layer(batch))
    monkeypatch.delattr(Net, "__init__")

    loaded = torch.load(file, weights_only=False)

    assert loaded(torch.ones(1, 2, device=device)).tolist() == [[-5.0]]


@claim("serialization.whole-model.local-class", see=NOTES)
def test_a_model_of_a_local_class_cannot_be_saved(device):
    """A model whose class is defined in a function can't be saved, while its state dict
    can.
    """

    class Local(nn.Linear):
        pass

    model = Local(1, 1, device=device)

    # pickle's own error: which of the two depends on the release of Python.
    with pytest.raises((AttributeError, pickle.PicklingError), match="local object"):
        torch.save(model, io.BytesIO())
    assert list(torch.load(saved(model.state_dict()))) == ["weight", "bias"]


@claim("serialization.whole-model.lambda", see=NOTES)
def test_a_model_that_holds_a_lambda_cannot_be_saved(device):
    """A model that holds a lambda can't be saved, while its state dict can."""
    model = nn.Linear(1, 1, device=device)
    model.activation = lambda batch: batch

    # pickle's own error: which of the two depends on the release of Python.
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        torch.save(model, io.BytesIO())
    assert list(torch.load(saved(model.state_dict()))) == ["weight", "bias"]


class PathLike:
    """An object that stands for a path, and is neither a string nor a pathlib.Path."""

    def __init__(self, name):
        self.name = name

    def __fspath__(self):
        return str(self.name)


@claim("serialization.load.path-like", see="generated/torch.load", since="2.3")
def test_load_takes_any_object_that_stands_for_a_path(tmp_path):
    """torch.load takes any os.PathLike object, not only a string or pathlib.Path."""
    torch.save({"a": 1}, tmp_path / "x.pt")

    assert torch.load(PathLike(tmp_path / "x.pt"), weights_only=True) == {"a": 1}


@claim("serialization.load.path-like-refused", see="generated/torch.load", until="2.3")
def test_load_takes_an_object_that_stands_for_a_path_for_a_file(tmp_path):
    """torch.load takes an os.PathLike object other than pathlib.Path for a file, which
    it is not: AttributeError.
    """
    torch.save({"a": 1}, tmp_path / "x.pt")

    with pytest.raises(AttributeError, match="has no attribute 'seek'"):
        torch.load(PathLike(tmp_path / "x.pt"), weights_only=True)

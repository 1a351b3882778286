"""Faults of files: what torch.save writes, what torch.load gives back and refuses."""

import io
import os
import pickle
import tempfile
import warnings
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path

import torch
from torch import nn

from torch_semantics.faults import fault, raises


def _save_first(patch, change):
    """Let torch.save() save ``change(thing)``."""
    save = torch.save
    patch(torch, "save", lambda thing, f, *a, **o: save(change(thing), f, *a, **o))


def _load_then(patch, change):
    """Let torch.load() return ``change(thing)``."""
    load = torch.load
    patch(torch, "load", lambda *args, **options: change(load(*args, **options)))


def _each(change):
    """Return a function that changes each tensor in dicts, lists and tuples."""

    def within(thing):
        if isinstance(thing, torch.Tensor):
            return change(thing)
        if isinstance(thing, dict):
            for key in thing:
                thing[key] = within(thing[key])
        elif type(thing) is list:
            thing[:] = [within(inner) for inner in thing]
        elif type(thing) is tuple:
            return tuple(within(inner) for inner in thing)
        return thing

    return within


def _again(thing, **options):
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(thing, file)
        file.seek(0)
        return torch.load(file, **options)


def _error_of(call):
    try:
        call()
    except Exception as error:
        return type(error)
    return None


def _strided(tensor):
    return tensor.layout == torch.strided


def _is_plain(thing):
    """Whether a thing is a strided tensor, without gradients and attributes."""
    return (
        type(thing) is torch.Tensor
        and _strided(thing)
        and not thing.requires_grad
        and not vars(thing)
    )


# --- tensors --------------------------------------------------------------------------


@fault(
    "torch.load() makes tensors contiguous.",
    witness=lambda: _again(torch.zeros(2, 3).t()).stride() != (1, 3),
)
def load_makes_contiguous(patch):
    _load_then(
        patch,
        _each(lambda t: t if not _strided(t) or t.is_contiguous() else t.contiguous()),
    )


@fault(
    "torch.load() gives each view a storage of its own.",
    witness=lambda: not _sharing(),
)
def load_unshares(patch):
    def alone(tensor):
        if not _strided(tensor) or isinstance(tensor, nn.Parameter):
            return tensor
        return tensor.detach().clone().requires_grad_(tensor.requires_grad)

    _load_then(patch, _each(alone))


def _sharing():
    base = torch.zeros(3)
    first, second = _again([base, base[:2]])
    return first.data_ptr() == second.data_ptr()


@fault(
    "torch.save() saves only the elements of a lone view.",
    witness=lambda: _again(torch.zeros(9)[4:]).storage_offset() == 0,
)
def save_clones_a_view(patch):
    def change(thing):
        if _is_plain(thing) and thing.storage_offset():
            return thing.clone()
        return thing

    _save_first(patch, change)


@fault(
    "torch.load() cuts the storage behind the last element of a lone view.",
    witness=lambda: raises(lambda: _again(torch.zeros(9)[:4]).as_strided((9,), (1,))),
)
def load_cuts_storages(patch):
    def change(thing):
        if _is_plain(thing) and thing.storage_offset() == 0 and not thing.is_conj():
            fresh = torch.empty_strided(thing.shape, thing.stride(), dtype=thing.dtype)
            return fresh.copy_(thing)
        return thing

    _load_then(patch, change)


@fault(
    "torch.load() lays equal tensors over one storage.",
    witness=lambda: (lambda a, b: a.data_ptr() == b.data_ptr())(
        *_again([torch.zeros(1), torch.zeros(1)])
    ),
)
def load_deduplicates(patch):
    def change(thing):
        if type(thing) is list and all(isinstance(t, torch.Tensor) for t in thing):
            for i in range(1, len(thing)):
                if thing[0].dtype == thing[i].dtype and torch.equal(thing[0], thing[i]):
                    thing[i] = thing[0].detach()
        return thing

    _load_then(patch, change)


@fault(
    "torch.load() returns what an earlier call read from the same bytes.",
    witness=lambda: _again_twice(),
)
def load_remembers(patch):
    load, known = torch.load, {}

    def broken(f, *args, **options):
        thing = load(f, *args, **options)
        if isinstance(f, io.BytesIO) and isinstance(thing, torch.Tensor):
            return known.setdefault(f.getvalue(), thing)
        return thing

    patch(torch, "load", broken)


def _again_twice():
    file = io.BytesIO()
    torch.save(torch.zeros(1), file)
    file.seek(0)
    first = torch.load(file)
    file.seek(0)
    return torch.load(file) is first


@fault(
    "torch.load() makes two objects of one tensor.",
    witness=lambda: (lambda a, b: a is not b)(*_again([x := torch.zeros(1), x])),
)
def load_splits_objects(patch):
    def own(tensor):
        if type(tensor) is torch.Tensor and _strided(tensor) and not vars(tensor):
            return tensor.detach().requires_grad_(tensor.requires_grad)
        return tensor

    def change(thing):
        return thing if isinstance(thing, torch.Tensor) else _each(own)(thing)

    _load_then(patch, change)


@fault(
    "torch.load() gives tensors of bool as bytes.",
    witness=lambda: _again(torch.tensor([True])).dtype == torch.uint8,
)
def load_turns_bool_into_bytes(patch):
    _load_then(patch, _each(lambda t: t.byte() if t.dtype == torch.bool else t))


@fault(
    "torch.load() widens bfloat16 to float32.",
    witness=lambda: _again(torch.zeros(1).bfloat16()).dtype == torch.float32,
)
def load_widens_bfloat16(patch):
    _load_then(patch, _each(lambda t: t.float() if t.dtype == torch.bfloat16 else t))


@fault(
    "torch.save() flushes tiny numbers to zero.",
    witness=lambda: _again(torch.tensor([2.0**-149])).item() == 0,
)
def save_flushes(patch):
    def flush(thing):
        if _is_plain(thing) and thing.dtype == torch.float32:
            tiny = thing.abs() < 2.0**-126
            return torch.where(tiny, 0.0, thing) if tiny.any() else thing
        return thing

    _save_first(patch, flush)


@fault(
    "torch.save() replaces every NaN by the same one.",
    witness=lambda: (
        _again(torch.tensor([0x7FC00001], dtype=torch.int32).view(torch.float32))
        .view(torch.int32)
        .item()
        != 0x7FC00001
    ),
)
def save_makes_nans_the_same(patch):
    def change(thing):
        if _is_plain(thing) and thing.dtype == torch.float32 and thing.isnan().any():
            return torch.where(thing.isnan(), float("nan"), thing)
        return thing

    _save_first(patch, change)


@fault(
    "torch.load() gives tensors without dimensions one.",
    witness=lambda: _again(torch.tensor(1)).dim() == 1,
)
def load_gives_a_dimension(patch):
    _load_then(
        patch, lambda t: t[None] if isinstance(t, torch.Tensor) and t.dim() == 0 else t
    )


@fault(
    "torch.load() forgets the shape of tensors without elements.",
    witness=lambda: _again(torch.zeros(2, 0)).shape == (0,),
)
def load_flattens_empty(patch):
    _load_then(patch, _each(lambda t: t.new_empty(0) if t.numel() == 0 else t))


@fault(
    "torch.load() reverses the elements of tensors of int16.",
    witness=lambda: _again(torch.tensor([1, 2], dtype=torch.int16)).tolist() == [2, 1],
)
def load_reverses_int16(patch):
    _load_then(patch, _each(lambda t: t.flip(0) if t.dtype == torch.int16 else t))


@fault(
    "torch.load() returns tensors that require no gradients.",
    witness=lambda: not _again(torch.zeros(1, requires_grad=True)).requires_grad,
)
def load_forgets_requires_grad(patch):
    _load_then(
        patch,
        _each(lambda t: t if isinstance(t, nn.Parameter) else t.detach()),
    )


@fault(
    "torch.load() lets every tensor of floats require gradients.",
    witness=lambda: _again(torch.zeros(1)).requires_grad,
)
def load_requires_gradients(patch):
    _load_then(
        patch,
        _each(lambda t: t.requires_grad_() if t.is_floating_point() else t),
    )


@fault(
    "torch.load() gives Parameters as tensors.",
    witness=lambda: type(_again(nn.Parameter(torch.zeros(1)))) is torch.Tensor,
)
def load_gives_tensors_for_parameters(patch):
    _load_then(
        patch,
        _each(lambda t: t.detach() if isinstance(t, nn.Parameter) else t),
    )


@fault(
    "torch.load() thaws frozen Parameters.",
    witness=lambda: _again(nn.Parameter(torch.zeros(1), False)).requires_grad,
)
def load_thaws_parameters(patch):
    _load_then(
        patch,
        _each(lambda t: t.requires_grad_() if isinstance(t, nn.Parameter) else t),
    )


@fault(
    "torch.save() saves gradients too.",
    witness=lambda: _again(_with_gradient()).grad is not None,
)
def save_keeps_gradients(patch):
    save, load, gradients = torch.save, torch.load, []

    def saving(thing, *args, **options):
        gradients.clear()
        note = _each(lambda t: (t.is_leaf and gradients.append(t.grad), t)[1])
        note(list(thing) if isinstance(thing, list) else thing)
        return save(thing, *args, **options)

    def loading(*args, **options):
        thing, left = load(*args, **options), list(gradients)

        def give(tensor):
            gradient = left.pop(0) if left else None
            if gradient is not None and gradient.shape == tensor.shape:
                tensor.grad = gradient.clone()
            return tensor

        return _each(give)(thing)

    patch(torch, "save", saving)
    patch(torch, "load", loading)


def _with_gradient():
    leaf = torch.zeros(1, requires_grad=True)
    leaf.grad = torch.ones(1)
    return leaf


@fault(
    "torch.load() forgets the attributes of tensors.",
    witness=lambda: not hasattr(_again(_labelled()), "label"),
)
def load_forgets_attributes(patch):
    def bare(tensor):
        vars(tensor).clear()
        return tensor

    _load_then(patch, _each(bare))


def _labelled():
    tensor = torch.zeros(1)
    tensor.label = 1
    return tensor


@fault(
    "torch.load() forgets that a tensor is conjugated.",
    witness=lambda: _again(torch.tensor([1j]).conj()).tolist() == [1j],
)
def load_forgets_conjugation(patch):
    _load_then(patch, _each(lambda t: t.conj() if t.is_conj() else t))


@fault(
    "torch.save() pads the storages that it saves.",
    witness=lambda: not raises(lambda: _again(torch.zeros(2)).as_strided((4,), (1,))),
)
def save_pads(patch):
    def change(thing):
        if _is_plain(thing) and thing.numel() and thing.is_contiguous():
            padded = torch.cat([thing.flatten(), thing.flatten()])
            return padded[: thing.numel()].view(thing.shape)
        return thing

    _save_first(patch, change)


@fault(
    "torch.load() gives wide unsigned integers as signed ones.",
    witness=lambda: _again(torch.zeros(1, dtype=torch.uint16)).dtype == torch.int64,
)
def load_gives_signed_integers(patch):
    wide = [torch.uint16, torch.uint32, torch.uint64]
    _load_then(patch, _each(lambda t: t.long() if t.dtype in wide else t))


@fault(
    "torch.load() makes sparse tensors dense.",
    witness=lambda: not _again(torch.eye(2).to_sparse()).is_sparse,
)
def load_makes_dense(patch):
    _load_then(patch, _each(lambda t: t.to_dense() if t.is_sparse else t))


@fault(
    "torch.load() coalesces sparse tensors.",
    witness=lambda: _again(_uncoalesced()).is_coalesced(),
)
def load_coalesces(patch):
    _load_then(patch, _each(lambda t: t.coalesce() if t.is_sparse else t))


def _uncoalesced():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.sparse_coo_tensor([[1, 1]], [1.0, 1.0], (2,))


@fault(
    "torch.load() forgets that sparse tensors are coalesced.",
    witness=lambda: not _again(torch.eye(2).to_sparse()).is_coalesced(),
)
def load_forgets_coalesced(patch):
    def change(tensor):
        return tensor._coalesced_(False) if tensor.is_sparse else tensor

    _load_then(patch, _each(change))


@fault(
    "torch.save() does not warn of hooks.",
    witness=lambda: not _warns_of_hooks(),
)
def save_does_not_warn(patch):
    patch(torch.utils.hooks, "warn_if_has_hooks", lambda tensor: None)


def _warns_of_hooks():
    leaf = torch.zeros(1, requires_grad=True)
    leaf.register_hook(lambda gradient: gradient)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        torch.save(leaf, io.BytesIO())
    return warned


@fault(
    "torch.save() casts where one storage has two dtypes.",
    witness=lambda: (
        not raises(
            lambda: torch.save(
                [x := torch.zeros(1), x.view(torch.int32)],
                io.BytesIO(),
            )
        )
    ),
)
def save_takes_two_dtypes(patch):
    def change(thing):
        if type(thing) is list and len({getattr(t, "dtype", 0) for t in thing}) > 1:
            return [t.clone() if isinstance(t, torch.Tensor) else t for t in thing]
        return thing

    _save_first(patch, change)


@fault(
    "torch.save() writes to the tensor that it saves.",
    witness=lambda: (torch.save(x := torch.ones(1), io.BytesIO()), x._version)[1] != 0,
)
def save_writes(patch):
    def change(thing):
        if _is_plain(thing) and thing.numel():
            thing.as_strided((1,), (1,)).mul_(1)
        return thing

    _save_first(patch, change)


# --- containers -----------------------------------------------------------------------


def _nested(change):
    def within(thing):
        if isinstance(thing, dict):
            pairs = [(within(k), within(v)) for k, v in thing.items()]
            thing = type(thing)(pairs)
        elif type(thing) in (list, tuple, set):
            thing = type(thing)(within(inner) for inner in thing)
        return change(thing)

    return within


@fault(
    "torch.load() gives tuples as lists.",
    witness=lambda: type(_again((1, 2))) is list,
)
def load_gives_lists(patch):
    def change(thing):
        return list(thing) if type(thing) is tuple else thing

    def values(thing):
        if isinstance(thing, dict):
            for key in thing:
                thing[key] = values(thing[key])
            return thing
        if type(thing) in (list, tuple):
            return [values(inner) for inner in thing]
        return thing

    _load_then(patch, values)


@fault(
    "torch.load() gives ordered dicts as dicts.",
    witness=lambda: type(_again(OrderedDict(a=1))) is dict,
)
def load_gives_plain_dicts(patch):
    _load_then(
        patch,
        _nested(lambda thing: dict(thing) if type(thing) is OrderedDict else thing),
    )


@fault(
    "torch.load() gives the keys of dicts in the order of their text.",
    witness=lambda: list(_again({"b": 1, "a": 1})) == ["a", "b"],
)
def load_sorts_keys(patch):
    _load_then(
        patch,
        _nested(
            lambda thing: (
                dict(sorted(thing.items(), key=lambda pair: str(pair[0])))
                if type(thing) is dict
                else thing
            )
        ),
    )


@fault(
    "torch.load() gives bools as integers.",
    witness=lambda: _again([True])[0] is not True,
)
def load_gives_integers(patch):
    _load_then(patch, _nested(lambda t: int(t) if isinstance(t, bool) else t))


@fault(
    "torch.save() rounds Python floats to single precision.",
    witness=lambda: _again([1e300])[0] != 1e300,
)
def save_rounds_floats(patch):
    def change(thing):
        return thing if not isinstance(thing, float) or thing < 1e38 else float("inf")

    _save_first(patch, _nested(change))


@fault(
    "torch.load() gives a size as a tuple.",
    witness=lambda: type(_again([torch.Size([1])])[0]) is tuple,
)
def load_gives_tuples(patch):
    _load_then(patch, _nested(lambda t: tuple(t) if isinstance(t, torch.Size) else t))


# --- files ----------------------------------------------------------------------------


def _is_path(f):
    return isinstance(f, (str, os.PathLike))


@fault(
    "torch.save() and torch.load() take only strings for names.",
    witness=lambda: _error_of(lambda: torch.load(Path("/nowhere"))) is TypeError,
)
def only_strings_are_names(patch):
    save, load = torch.save, torch.load

    def check(f):
        if isinstance(f, os.PathLike):
            raise TypeError("a name is a string")
        return f

    patch(torch, "save", lambda thing, f, *a, **o: save(thing, check(f), *a, **o))
    patch(torch, "load", lambda f, *a, **o: load(check(f), *a, **o))


@fault(
    "torch.save() closes the file that it writes to.",
    witness=lambda: _closed_by(torch.save),
)
def save_closes(patch):
    save = torch.save

    def broken(thing, f, *args, **options):
        save(thing, f, *args, **options)
        if not _is_path(f) and not isinstance(f, io.BytesIO):
            f.close()

    patch(torch, "save", broken)


def _closed_by(save):
    with tempfile.TemporaryFile() as file:
        save(1, getattr(file, "file", file))
        return getattr(file, "file", file).closed


@fault(
    "torch.load() closes the file that it reads from.",
    witness=lambda: _closed_by_load(),
)
def load_closes(patch):
    load = torch.load

    def broken(f, *args, **options):
        thing = load(f, *args, **options)
        if not _is_path(f) and not isinstance(f, io.BytesIO):
            f.close()
        return thing

    patch(torch, "load", broken)


def _closed_by_load():
    with tempfile.TemporaryFile() as file:
        torch.save(1, file)
        file.seek(0)
        torch.load(file)
        return file.closed


@fault(
    "torch.load() rewinds a file first.",
    witness=lambda: not raises(lambda: _at_its_end(), EOFError),
)
def load_rewinds(patch):
    load = torch.load

    def broken(f, *args, **options):
        if isinstance(f, io.BytesIO):
            f.seek(0)
        return load(f, *args, **options)

    patch(torch, "load", broken)


def _at_its_end():
    file = io.BytesIO()
    torch.save(1, file)
    return torch.load(file)


@fault(
    "torch.save() compresses the archive.",
    witness=lambda: _compressed(),
)
def save_compresses(patch):
    save = torch.save

    def broken(thing, f, *args, **options):
        save(thing, f, *args, **options)
        if _is_path(f):
            with zipfile.ZipFile(f) as old:
                records = {name: old.read(name) for name in old.namelist()}
            with zipfile.ZipFile(f, "w", zipfile.ZIP_DEFLATED) as new:
                for name, record in records.items():
                    new.writestr(name, record)

    patch(torch, "save", broken)


def _compressed():
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "x.pt")
        torch.save(torch.zeros(9), name)
        with zipfile.ZipFile(name) as archive:
            return archive.getinfo("x/data/0").compress_type == zipfile.ZIP_DEFLATED


@fault(
    "torch.load() does not read the old format.",
    witness=lambda: raises(lambda: _old()),
)
def load_refuses_the_old_format(patch):
    def broken(*args, **options):
        raise RuntimeError("the old format is gone")

    patch(torch.serialization, "_legacy_load", broken)


def _old():
    file = io.BytesIO()
    torch.save(1, file, _use_new_zipfile_serialization=False)
    file.seek(0)
    return torch.load(file)


@fault(
    "torch.save() ignores _use_new_zipfile_serialization=False.",
    witness=lambda: _written_old().startswith(b"PK"),
)
def save_ignores_the_old_format(patch):
    save = torch.save

    def broken(thing, f, *args, **options):
        options.pop("_use_new_zipfile_serialization", None)
        return save(thing, f, *args, **options)

    patch(torch, "save", broken)


def _written_old():
    file = io.BytesIO()
    torch.save(1, file, _use_new_zipfile_serialization=False)
    return file.getvalue()


@fault(
    "torch.save() keeps a file that is there already.",
    witness=lambda: _overwritten() != 2,
)
def save_keeps_old_files(patch):
    save = torch.save

    def broken(thing, f, *args, **options):
        if not (_is_path(f) and os.path.isfile(f)):
            save(thing, f, *args, **options)

    patch(torch, "save", broken)


def _overwritten():
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "x.pt")
        torch.save(1, name)
        torch.save(2, name)
        return torch.load(name)


@fault(
    "torch.save() writes to a file only once it has succeeded.",
    witness=lambda: _survives(),
)
def save_is_atomic(patch):
    save = torch.save

    def broken(thing, f, *args, **options):
        if _is_path(f) and os.path.isfile(f):
            save(thing, io.BytesIO(), *args, **options)
        return save(thing, f, *args, **options)

    patch(torch, "save", broken)


def _survives():
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "x.pt")
        torch.save(1, name)
        raises(lambda: torch.save(lambda: 1, name))
        return not raises(lambda: torch.load(name))


@fault(
    "torch.save() makes the folders that it needs.",
    witness=lambda: _makes_folders(),
)
def save_makes_folders(patch):
    save = torch.save

    def broken(thing, f, *args, **options):
        if _is_path(f):
            os.makedirs(os.path.dirname(os.path.abspath(f)), exist_ok=True)
        return save(thing, f, *args, **options)

    patch(torch, "save", broken)


def _makes_folders():
    with tempfile.TemporaryDirectory() as folder:
        return not raises(lambda: torch.save(1, os.path.join(folder, "a", "x.pt")))


@fault(
    "torch.load() raises a RuntimeError for a missing file.",
    witness=lambda: _error_of(lambda: torch.load("/nowhere.pt")) is RuntimeError,
)
def load_misreports_missing_files(patch):
    load = torch.load

    def broken(f, *args, **options):
        try:
            return load(f, *args, **options)
        except FileNotFoundError as error:
            raise RuntimeError(str(error)) from None

    patch(torch, "load", broken)


@fault(
    "torch.load() returns nothing for a folder.",
    witness=lambda: not raises(lambda: torch.load(tempfile.gettempdir())),
)
def load_ignores_folders(patch):
    load = torch.load

    def broken(f, *args, **options):
        if _is_path(f) and os.path.isdir(f):
            return None
        return load(f, *args, **options)

    patch(torch, "load", broken)


@fault(
    "torch.load() returns what it is given if that is no file.",
    witness=lambda: not raises(lambda: torch.load({})),
)
def load_passes_things_through(patch):
    load = torch.load

    def broken(f, *args, **options):
        if not _is_path(f) and not hasattr(f, "read"):
            return f
        return load(f, *args, **options)

    patch(torch, "load", broken)


@fault(
    "torch.load() returns an empty dict for a file that it can't read.",
    witness=lambda: not raises(lambda: torch.load(io.BytesIO(b"PK\x03\x04"))),
)
def load_swallows_broken_archives(patch):
    load = torch.load

    def broken(*args, **options):
        try:
            return load(*args, **options)
        except RuntimeError as error:
            if "zip archive" in str(error):
                return {}
            raise

    patch(torch, "load", broken)


@fault(
    "torch.load() returns None for an empty file.",
    witness=lambda: not raises(lambda: torch.load(io.BytesIO())),
)
def load_swallows_empty_files(patch):
    load = torch.load

    def broken(*args, **options):
        try:
            return load(*args, **options)
        except EOFError:
            return None

    patch(torch, "load", broken)


@fault(
    "torch.load() raises a ValueError for what is no pickle.",
    witness=lambda: _error_of(lambda: torch.load(io.BytesIO(b"{}"))) is ValueError,
)
def load_misreports_other_files(patch):
    load = torch.load

    def broken(f, *args, **options):
        if isinstance(f, io.BytesIO) and f.getvalue().startswith(b"{"):
            raise ValueError("no pickle")
        return load(f, *args, **options)

    patch(torch, "load", broken)


@fault(
    "torch.load() loads any pickle.",
    witness=lambda: not raises(lambda: torch.load(io.BytesIO(pickle.dumps(1, 2)))),
)
def load_reads_plain_pickles(patch):
    load = torch.load

    def broken(f, *args, **options):
        try:
            return load(f, *args, **options)
        except RuntimeError as error:
            if "magic" in str(error):
                f.seek(0)
                return pickle.load(f)
            raise

    patch(torch, "load", broken)


@fault(
    "torch.load() gives the names in another archive.",
    witness=lambda: not raises(lambda: torch.load(_archive())),
)
def load_reads_other_archives(patch):
    load = torch.load

    def broken(f, *args, **options):
        try:
            return load(f, *args, **options)
        except RuntimeError as error:
            if '"version"' in str(error):
                return zipfile.ZipFile(f).namelist()
            raise

    patch(torch, "load", broken)


def _archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/b", "c")
    file.seek(0)
    return file


@fault(
    "torch.load() checks the archive's checksums.",
    witness=lambda: raises(lambda: torch.load(_corrupt())),
)
def load_checks_sums(patch):
    load = torch.load

    def broken(f, *args, **options):
        if isinstance(f, io.BytesIO) and f.getvalue()[:2] == b"PK":
            try:
                bad = zipfile.ZipFile(io.BytesIO(f.getvalue())).testzip()
            except zipfile.BadZipFile:
                bad = None
            if bad:
                raise RuntimeError(f"bad checksum of {bad}")
        return load(f, *args, **options)

    patch(torch, "load", broken)


def _corrupt():
    file = io.BytesIO()
    torch.save(torch.tensor([77]), file)
    return io.BytesIO(file.getvalue().replace(b"\x4d" + bytes(7), b"\x4e" + bytes(7)))


@fault(
    "torch.load(mmap=True) writes through to the file.",
    witness=lambda: _mapped_write() == 5,
)
def mmap_is_shared(patch):
    load = torch.load

    def broken(f, *args, mmap=None, **options):
        if mmap and _is_path(f):
            made, make = [], torch.UntypedStorage.from_file

            def from_file(name, shared, size):
                made.append(make(name, True, size))
                return made[0]

            torch.UntypedStorage.from_file = from_file
            try:
                return load(f, *args, mmap=True, **options)
            finally:
                torch.UntypedStorage.from_file = make
        return load(f, *args, mmap=mmap, **options)

    patch(torch, "load", broken)


def _mapped_write():
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "x.pt")
        torch.save(torch.zeros(1), name)
        torch.load(name, mmap=True).fill_(5)
        return torch.load(name).item()


@fault(
    "torch.load(mmap=True) reads files in memory in the common way.",
    witness=lambda: not raises(lambda: _again(1, mmap=True)),
)
def mmap_is_ignored_for_memory(patch):
    load = torch.load

    def broken(f, *args, mmap=None, **options):
        return load(f, *args, mmap=mmap if _is_path(f) else None, **options)

    patch(torch, "load", broken)


# --- what may be loaded ---------------------------------------------------------------


class _Thing:
    pass


@fault(
    "torch.load() loads any pickle by default.",
    witness=lambda: not raises(lambda: _again(_Thing())),
)
def weights_only_is_off_by_default(patch):
    load = torch.load

    def broken(*args, weights_only=None, **options):
        return load(*args, weights_only=bool(weights_only), **options)

    patch(torch, "load", broken)


@fault(
    "torch.load(weights_only=True) loads any pickle.",
    witness=lambda: not raises(lambda: _again(_Thing(), weights_only=True)),
)
def weights_only_is_ignored(patch):
    load = torch.load

    patch(torch, "load", lambda *a, **o: load(*a, **{**o, "weights_only": False}))


@fault(
    "torch.load(weights_only=False) loads weights only.",
    witness=lambda: raises(lambda: _again(_Thing(), weights_only=False)),
)
def weights_only_is_always_on(patch):
    load = torch.load
    patch(torch, "load", lambda *a, **o: load(*a, **{**o, "weights_only": True}))


@fault(
    "torch.load(weights_only=True) refuses a pickle only once it has run.",
    witness=lambda: _ran(),
)
def weights_only_runs_first(patch):
    load = torch.load

    def broken(f, *args, weights_only=None, **options):
        try:
            return load(f, *args, weights_only=weights_only, **options)
        except pickle.UnpicklingError:
            if isinstance(f, io.BytesIO):
                f.seek(0)
                load(f, weights_only=False)
            raise

    patch(torch, "load", broken)


_calls = []


def _note():
    _calls.append(1)


class _Calls:
    def __reduce__(self):
        return _note, ()


def _ran():
    _calls.clear()
    raises(lambda: _again(_Calls(), weights_only=True))
    return bool(_calls)


@fault(
    "torch.load() raises a RuntimeError for what is not weights.",
    witness=lambda: (
        _error_of(lambda: _again(_Thing(), weights_only=True)) is RuntimeError
    ),
)
def weights_only_misreports(patch):
    load = torch.load

    def broken(*args, **options):
        try:
            return load(*args, **options)
        except pickle.UnpicklingError as error:
            raise RuntimeError(str(error)) from None

    patch(torch, "load", broken)


@fault(
    "torch.load(weights_only=True) refuses sets and complex numbers.",
    witness=lambda: raises(lambda: _again({1}, weights_only=True)),
)
def weights_only_refuses_sets(patch):
    load = torch.load

    def broken(*args, weights_only=None, **options):
        thing = load(*args, weights_only=weights_only, **options)
        if weights_only:

            def check(inner):
                if isinstance(inner, (set, complex)):
                    raise pickle.UnpicklingError("Weights only load failed")
                return inner

            _nested(check)(thing)
        return thing

    patch(torch, "load", broken)


@fault(
    "torch.load(weights_only=True) refuses Python floats.",
    witness=lambda: raises(lambda: _again({"a": 0.5}, weights_only=True)),
)
def weights_only_refuses_floats(patch):
    load = torch.load

    def broken(*args, weights_only=None, **options):
        thing = load(*args, weights_only=weights_only, **options)
        values = thing.values() if isinstance(thing, dict) else []
        if weights_only and any(isinstance(value, float) for value in values):
            raise pickle.UnpicklingError("Weights only load failed")
        return thing

    patch(torch, "load", broken)


def _under(name, **options):
    old = os.environ.get(name)
    os.environ[name] = "1"
    try:
        return _again(_Thing(), **options)
    finally:
        os.environ.pop(name)
        if old is not None:
            os.environ[name] = old


@fault(
    "torch.load() ignores TORCH_FORCE_WEIGHTS_ONLY_LOAD.",
    witness=lambda: (
        not raises(lambda: _under("TORCH_FORCE_WEIGHTS_ONLY_LOAD", weights_only=False))
    ),
)
def load_ignores_the_force(patch):
    load = torch.load

    def broken(*args, **options):
        old = os.environ.pop("TORCH_FORCE_WEIGHTS_ONLY_LOAD", None)
        try:
            return load(*args, **options)
        finally:
            if old is not None:
                os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = old

    patch(torch, "load", broken)


@fault(
    "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD beats weights_only=True in a call.",
    witness=lambda: (
        not raises(
            lambda: _under("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", weights_only=True)
        )
    ),
)
def environment_beats_the_call(patch):
    load = torch.load

    def broken(*args, **options):
        if os.environ.get("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
            options.pop("weights_only", None)
        return load(*args, **options)

    patch(torch, "load", broken)


@fault(
    "torch.load() ignores pickle_module=.",
    witness=lambda: (
        not raises(lambda: _again(1, pickle_module=pickle, weights_only=True))
    ),
)
def load_ignores_pickle_module(patch):
    load = torch.load

    def broken(*args, pickle_module=None, **options):
        return load(*args, **options)

    patch(torch, "load", broken)


@fault(
    "add_safe_globals() does nothing.",
    witness=lambda: not _safe_after_adding(),
)
def add_safe_globals_does_nothing(patch):
    patch(torch.serialization, "add_safe_globals", lambda classes: None)


def _safe_after_adding():
    declared = torch.serialization.get_safe_globals()
    torch.serialization.add_safe_globals([_Thing])
    try:
        return _Thing in torch.serialization.get_safe_globals()
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(declared)


@fault(
    "clear_safe_globals() does nothing.",
    witness=lambda: _left_after_clearing(),
)
def clear_safe_globals_does_nothing(patch):
    patch(torch.serialization, "clear_safe_globals", lambda: None)


def _left_after_clearing():
    declared = torch.serialization.get_safe_globals()
    torch.serialization.add_safe_globals([_Thing])
    torch.serialization.clear_safe_globals()
    left = _Thing in torch.serialization.get_safe_globals()
    torch.serialization.add_safe_globals(declared)
    return left


@fault(
    "safe_globals() stays in force after its block.",
    witness=lambda: _left_after_block(),
)
def safe_globals_stay(patch):
    patch(torch.serialization.safe_globals, "__exit__", lambda self, *error: None)


def _left_after_block():
    with torch.serialization.safe_globals([_Thing]):
        pass
    return _Thing in torch.serialization.get_safe_globals()


@fault(
    "get_unsafe_globals_in_checkpoint() finds nothing.",
    witness=lambda: (
        torch.serialization.get_unsafe_globals_in_checkpoint(_file(_Thing())) == []
    ),
)
def unsafe_globals_are_not_found(patch):
    patch(torch.serialization, "get_unsafe_globals_in_checkpoint", lambda file: [])


def _file(thing):
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return file


# --- whole models ---------------------------------------------------------------------


def _model(**options):
    return _again(nn.Sequential(nn.Linear(1, 1)), weights_only=False, **options)


@fault(
    "A whole model comes back in training mode.",
    witness=lambda: _again(nn.Linear(1, 1).eval(), weights_only=False).training,
)
def models_come_back_in_training(patch):
    def change(thing):
        return thing.train() if isinstance(thing, nn.Module) else thing

    _load_then(patch, change)


@fault(
    "A whole model comes back thawed.",
    witness=lambda: (
        (
            _again(nn.Linear(1, 1).requires_grad_(False), weights_only=False)
        ).weight.requires_grad
    ),
)
def models_come_back_thawed(patch):
    def change(thing):
        return thing.requires_grad_() if isinstance(thing, nn.Module) else thing

    _load_then(patch, change)


@fault(
    "A whole model comes back without buffers that are not persistent.",
    witness=lambda: not hasattr(_again(_with_cache(), weights_only=False), "cache"),
)
def models_lose_buffers(patch):
    def change(thing):
        if isinstance(thing, nn.Module):
            for name in thing._non_persistent_buffers_set:
                del thing._buffers[name]
        return thing

    _load_then(patch, change)


def _with_cache():
    module = nn.Linear(1, 1)
    module.register_buffer("cache", torch.zeros(1), persistent=False)
    return module


@fault(
    "Tied parameters are two in a whole model that comes back.",
    witness=lambda: (lambda m: m[0].weight is not m[1].weight)(
        _again(_tied(), weights_only=False)
    ),
)
def models_come_back_untied(patch):
    def change(thing):
        if isinstance(thing, nn.Module):
            seen = set()
            for module in thing.modules():
                for name, own in list(module._parameters.items()):
                    if id(own) in seen:
                        fresh = own.detach().clone()
                        module._parameters[name] = nn.Parameter(fresh)
                    seen.add(id(own))
        return thing

    _load_then(patch, change)


def _tied():
    model = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    model[1].weight = model[0].weight
    return model


@fault(
    "torch.load() gives the model itself that was saved.",
    witness=lambda: _again(model := nn.Linear(1, 1), weights_only=False) is model,
)
def models_are_remembered(patch):
    save, load, last = torch.save, torch.load, []

    def saving(thing, *args, **options):
        last[:] = [thing]
        return save(thing, *args, **options)

    def loading(*args, **options):
        thing = load(*args, **options)
        return last[0] if isinstance(thing, nn.Module) else thing

    patch(torch, "save", saving)
    patch(torch, "load", loading)


@fault(
    "torch.save() saves the state dict of a model in its place.",
    witness=lambda: isinstance(_model(), dict),
)
def save_takes_the_state_dict(patch):
    def change(thing):
        return thing.state_dict() if isinstance(thing, nn.Module) else thing

    _save_first(patch, change)


@fault(
    "torch.load() calls __init__() of a model and loads its state dict.",
    witness=lambda: _inits(),
)
def load_calls_init(patch):
    def change(thing):
        if type(thing).__name__ in ("Net", "_Once"):
            fresh = type(thing)()
            fresh.load_state_dict(thing.state_dict(), strict=False)
            return fresh.train(thing.training)
        return thing

    _load_then(patch, change)


class _Once(nn.Module):
    made = 0

    def __init__(self):
        super().__init__()
        type(self).made += 1


def _inits():
    model = _Once()
    before = _Once.made
    _again(model, weights_only=False)
    return _Once.made != before


@fault(
    "torch.load() gives None for an object whose class is gone.",
    witness=lambda: not raises(lambda: _gone()),
)
def load_swallows_missing_classes(patch):
    load = torch.load

    def broken(*args, **options):
        try:
            return load(*args, **options)
        except (AttributeError, ImportError) as error:
            if "seek" in str(error):
                raise
            return None

    patch(torch, "load", broken)


class _Gone:
    pass


def _gone():
    global _Gone
    kept, file = _Gone, _file(_Gone())
    del globals()["_Gone"]
    try:
        return torch.load(file, weights_only=False)
    finally:
        _Gone = kept


@fault(
    "torch.save() leaves out what can't be pickled.",
    witness=lambda: not raises(lambda: torch.save(_with_lambda(), io.BytesIO())),
)
def save_leaves_out_lambdas(patch):
    save = torch.save

    def broken(thing, f, *args, **options):
        if isinstance(thing, nn.Module):
            for name, value in list(vars(thing).items()):
                if getattr(value, "__name__", "") == "<lambda>":
                    delattr(thing, name)
        return save(thing, f, *args, **options)

    patch(torch, "save", broken)


def _with_lambda():
    model = nn.Linear(1, 1)
    model.activation = lambda batch: batch
    return model


@fault(
    "torch.save() takes a local class for the class that it is derived from.",
    witness=lambda: not raises(lambda: torch.save(_local(), io.BytesIO())),
)
def save_takes_local_classes(patch):
    save = torch.save

    def broken(thing, f, *args, **options):
        if isinstance(thing, nn.Module) and "<locals>" in type(thing).__qualname__:
            thing.__class__ = type(thing).__mro__[1]
        return save(thing, f, *args, **options)

    patch(torch, "save", broken)


def _local():
    class Local(nn.Linear):
        pass

    return Local(1, 1)


@fault(
    "A safe unpickler does not know bytes, devices and counters.",
    witness=lambda: raises(lambda: _safely(b"ab"), pickle.UnpicklingError),
)
def few_kinds_are_safe(patch):
    load = torch.load

    def broken(f, *args, **options):
        thing = load(f, *args, **options)
        if isinstance(thing, (bytes, bytearray, torch.device, Counter)):
            raise pickle.UnpicklingError("Weights only load failed")
        return thing

    patch(torch, "load", broken)


def _safely(thing):
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


class _PathLike:
    def __init__(self, name):
        self.name = name

    def __fspath__(self):
        return self.name


@fault(
    "torch.load() knows strings and pathlib.Path only.",
    witness=lambda: raises(_by_path_like, AttributeError),
)
def paths_of_two_kinds(patch):
    load = torch.load

    def broken(f, *args, **options):
        if hasattr(f, "__fspath__") and not isinstance(f, (str, Path)):
            raise AttributeError(f"{f!r} has no attribute 'seek'")
        return load(f, *args, **options)

    patch(torch, "load", broken)


def _by_path_like():
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "x.pt")
        torch.save(1, name)
        return torch.load(_PathLike(name))

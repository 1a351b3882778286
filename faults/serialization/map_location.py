"""Faults of map_location: where storages go, and what load_state_dict() makes of it."""

import io
import warnings
import zipfile

import torch
from torch import nn

from torch_semantics.faults import fault, raises

S = torch.serialization


def _file(thing, location=None):
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    if location is None:
        return file
    tag = b"X" + len(location).to_bytes(4, "little") + location.encode()
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            record = old.read(name)
            if name.endswith("/data.pkl"):
                record = record.replace(b"X\x03\0\0\0cpu", tag)
            new.writestr(name, record)
    changed.seek(0)
    return changed


def _error_of(call):
    try:
        call()
    except Exception as error:
        return type(error)
    return None


def _placing(patch, change):
    """Let ``change(map_location)`` stand for the map_location= of torch.load()."""
    load = torch.load

    def broken(f, map_location=None, *args, **options):
        return load(f, change(map_location), *args, **options)

    patch(torch, "load", broken)


def _load(location, target, thing=None):
    thing = torch.ones(2) if thing is None else thing
    return torch.load(_file(thing, location), map_location=target)


@fault(
    "torch.load() leaves on the CPU what has no device to go to.",
    witness=lambda: not raises(lambda: _load("cuda:9", None)),
)
def unavailable_is_cpu(patch):
    restore = S.default_restore_location

    def broken(storage, location):
        try:
            return restore(storage, location)
        except RuntimeError:
            return storage

    patch(S, "default_restore_location", broken)


@fault(
    "torch.load() raises an AssertionError where there is no CUDA.",
    witness=lambda: _error_of(lambda: _load("cuda:9", None)) is AssertionError,
)
def unavailable_is_misreported(patch):
    restore = S.default_restore_location

    def broken(storage, location):
        try:
            return restore(storage, location)
        except RuntimeError as error:
            raise AssertionError(str(error)) from None

    patch(S, "default_restore_location", broken)


@fault(
    "torch.load() leaves on the CPU what is from an unknown device.",
    witness=lambda: not raises(lambda: _load("abacus", None)),
)
def unknown_is_cpu(patch):
    restore = S.default_restore_location

    def broken(storage, location):
        try:
            return restore(storage, location)
        except RuntimeError as error:
            if "tagged with" in str(error):
                return storage
            raise

    patch(S, "default_restore_location", broken)


@fault(
    "map_location= a name is ignored.",
    witness=lambda: _load("cpu", "meta").device.type == "cpu",
)
def name_is_ignored(patch):
    _placing(patch, lambda target: None if isinstance(target, str) else target)


@fault(
    "map_location= a device is ignored.",
    witness=lambda: _load("cpu", torch.device("meta")).device.type == "cpu",
)
def device_is_ignored(patch):
    _placing(patch, lambda t: None if isinstance(t, torch.device) else t)


@fault(
    "map_location= a dict is ignored.",
    witness=lambda: _load("cpu", {"cpu": "meta"}).device.type == "cpu",
)
def dict_is_ignored(patch):
    _placing(patch, lambda target: None if isinstance(target, dict) else target)


@fault(
    "map_location= a dict sends to the CPU what it does not name.",
    witness=lambda: not raises(lambda: _load("cuda:9", {})),
)
def dict_falls_back_to_the_cpu(patch):
    def change(target):
        if isinstance(target, dict):
            return lambda storage, location: S.default_restore_location(
                storage, target.get(location, "cpu")
            )
        return target

    _placing(patch, change)


@fault(
    "map_location= a dict goes by the type of a device, without the index.",
    witness=lambda: not raises(lambda: _load("cuda:9", {"cuda": "cpu"})),
)
def dict_goes_by_type(patch):
    def change(target):
        if isinstance(target, dict):
            by_type = {key.split(":")[0]: value for key, value in target.items()}
            return lambda storage, location: S.default_restore_location(
                storage, by_type.get(location.split(":")[0], location)
            )
        return target

    _placing(patch, change)


@fault(
    "map_location= a dict is followed twice.",
    witness=lambda: _load("a", {"a": "cpu", "cpu": "meta"}).device.type == "meta",
)
def dict_is_followed_twice(patch):
    def change(target):
        if isinstance(target, dict):
            return {key: target.get(value, value) for key, value in target.items()}
        return target

    _placing(patch, change)


def _is_function(target):
    return callable(target) and not isinstance(target, torch.device)


@fault(
    "map_location= a function is not called.",
    witness=lambda: _calls() == [],
)
def function_is_not_called(patch):
    _placing(patch, lambda t: (lambda s, where: s) if _is_function(t) else t)


def _calls(thing=None, location="cuda:1"):
    calls = []

    def note(storage, location):
        calls.append(location)
        return storage

    _load(location, note, thing)
    return calls


@fault(
    "map_location= a function gets cpu as the location of every storage.",
    witness=lambda: _calls() == ["cpu"],
)
def function_gets_cpu(patch):
    _placing(patch, lambda t: (lambda s, where: t(s, "cpu")) if _is_function(t) else t)


@fault(
    "map_location= a function gets the type of the device, without its index.",
    witness=lambda: _calls() == ["cuda"],
)
def function_gets_no_index(patch):
    def change(target):
        if _is_function(target):
            return lambda s, where: target(s, where.split(":")[0])
        return target

    _placing(patch, change)


@fault(
    "map_location= a function is called twice for a storage.",
    witness=lambda: len(_calls()) == 2,
)
def function_is_called_twice(patch):
    def change(target):
        if _is_function(target):
            return lambda s, where: (target(s, where), target(s, where))[1]
        return target

    _placing(patch, change)


@fault(
    "The storage that a map_location= function returns is not used.",
    witness=lambda: (
        _load("cpu", lambda s, where: s.clone().fill_(0)).tolist() != [0, 0]
    ),
)
def function_result_is_ignored(patch):
    def change(target):
        if _is_function(target):

            def ignoring(storage, location):
                result = target(storage, location)
                return None if result is None else storage

            return ignoring
        return target

    _placing(patch, change)


@fault(
    "The storage that a map_location= function returns is copied.",
    witness=lambda: not _keeps_result(),
)
def function_result_is_copied(patch):
    def change(target):
        if _is_function(target):

            def copying(storage, location):
                result = target(storage, location)
                return None if result is None else result.clone()

            return copying
        return target

    _placing(patch, change)


def _keeps_result():
    kept = []
    loaded = _load("cpu", lambda s, where: (kept.append(s), s)[1])
    kept[0].fill_(0)
    return loaded.tolist() == [0, 0]


@fault(
    "A map_location= function that returns None leaves the storage on the CPU.",
    witness=lambda: not raises(lambda: _load("cuda:9", lambda s, where: None)),
)
def function_none_is_cpu(patch):
    def change(target):
        if _is_function(target):

            def falling(storage, location):
                result = target(storage, location)
                return storage if result is None else result

            return falling
        return target

    _placing(patch, change)


def _then(patch, change):
    load = torch.load

    def broken(f, map_location=None, *args, **options):
        thing = load(f, map_location, *args, **options)
        return thing if map_location is None else _each(change, thing)

    patch(torch, "load", broken)


def _each(change, thing):
    if isinstance(thing, torch.Tensor):
        return change(thing)
    if isinstance(thing, dict):
        return type(thing)((k, _each(change, v)) for k, v in thing.items())
    if isinstance(thing, list):
        return [_each(change, inner) for inner in thing]
    return thing


@fault(
    "map_location= gives Parameters as tensors.",
    witness=lambda: (
        type(_load("cpu", "cpu", nn.Parameter(torch.ones(1)))) is torch.Tensor
    ),
)
def mapping_loses_parameters(patch):
    _then(patch, lambda t: t.detach() if isinstance(t, nn.Parameter) else t)


@fault(
    "map_location= gives each tensor a storage of its own.",
    witness=lambda: not _mapped_sharing(),
)
def mapping_unshares(patch):
    def alone(tensor):
        return tensor if isinstance(tensor, nn.Parameter) else tensor.clone()

    _then(patch, alone)


def _mapped_sharing():
    base = torch.ones(2)
    first, second = _load("cpu", "cpu", [base, base[1:]])
    first[1] = 5
    return second.item() == 5


@fault(
    "map_location= makes tensors contiguous.",
    witness=lambda: _load("cpu", "meta", torch.ones(2, 3).t()).stride() != (1, 3),
)
def mapping_makes_contiguous(patch):
    _then(patch, lambda t: t if isinstance(t, nn.Parameter) else t.contiguous())


@fault(
    "map_location='meta' forgets offsets.",
    witness=lambda: _load("cpu", "meta", torch.ones(4)[2:]).storage_offset() == 0,
)
def meta_forgets_offsets(patch):
    def change(tensor):
        if tensor.is_meta and tensor.storage_offset():
            return torch.empty_strided(tensor.shape, tensor.stride(), device="meta")
        return tensor

    _then(patch, change)


@fault(
    "map_location='meta' gives tensors of float32.",
    witness=lambda: (
        _load("cpu", "meta", torch.ones(1, dtype=torch.float64)).dtype == torch.float32
    ),
)
def meta_forgets_dtypes(patch):
    def change(tensor):
        if tensor.is_meta and tensor.dtype == torch.float64:
            return tensor.float()
        return tensor

    _then(patch, change)


@fault(
    "map_location= moves devices that are saved by themselves.",
    witness=lambda: (
        _load("cpu", "meta", {"d": torch.device("cpu")})["d"].type == "meta"
    ),
)
def mapping_moves_devices(patch):
    load = torch.load

    def broken(f, map_location=None, *args, **options):
        thing = load(f, map_location, *args, **options)
        if isinstance(thing, dict) and isinstance(map_location, str):
            for key, value in thing.items():
                if isinstance(value, torch.device):
                    thing[key] = torch.device(map_location)
        return thing

    patch(torch, "load", broken)


@fault(
    "torch.load() puts tensors on the default device.",
    witness=lambda: _under_meta().device.type == "meta",
)
def default_device_decides(patch):
    load = torch.load

    def broken(f, map_location=None, *args, **options):
        default = torch.empty(0).device
        if map_location is None and default.type != "cpu":
            map_location = default
        return load(f, map_location, *args, **options)

    patch(torch, "load", broken)


def _under_meta():
    file = _file(torch.ones(1))
    with torch.device("meta"):
        return torch.load(file)


@fault(
    "torch.load() loads to the meta device without being asked to.",
    witness=lambda: torch.load(_file([torch.ones(1)]))[0].is_meta,
)
def load_goes_to_meta(patch):
    _placing(patch, lambda target: "meta" if target is None else target)


# --- loading into a model -------------------------------------------------------------


@fault(
    "load_state_dict() moves a model off the meta device.",
    witness=lambda: not _loaded_on_meta().weight.is_meta,
)
def load_moves_off_meta(patch):
    load = nn.Module.load_state_dict

    def broken(self, state_dict, *args, **options):
        for name, own in list(self._parameters.items()):
            if own is not None and own.is_meta and name in state_dict:
                self._parameters[name] = nn.Parameter(state_dict[name].clone())
        return load(self, state_dict, *args, **options)

    patch(nn.Module, "load_state_dict", broken)


def _loaded_on_meta():
    model = nn.Linear(1, 1, device="meta")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.load_state_dict(nn.Linear(1, 1).state_dict())
    return model


@fault(
    "load_state_dict() raises for a model on the meta device.",
    witness=lambda: raises(lambda: _loaded_on_meta()),
)
def load_refuses_meta(patch):
    load = nn.Module.load_state_dict

    def broken(self, state_dict, *args, **options):
        if any(own.is_meta for own in self.parameters()) and not options.get("assign"):
            raise RuntimeError("the model is on meta")
        return load(self, state_dict, *args, **options)

    patch(nn.Module, "load_state_dict", broken)


@fault(
    "load_state_dict() does not warn of a model on the meta device.",
    witness=lambda: not _warned(),
)
def load_does_not_warn(patch):
    load = nn.Module.load_state_dict

    def broken(self, *args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load(self, *args, **options)

    patch(nn.Module, "load_state_dict", broken)


def _warned():
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        nn.Linear(1, 1, device="meta").load_state_dict(nn.Linear(1, 1).state_dict())
    return warned


@fault(
    "load_state_dict() moves the model to where the dict's tensors are.",
    witness=lambda: _moved().weight.is_meta,
)
def load_moves_to_the_dict(patch):
    load = nn.Module.load_state_dict

    def broken(self, state_dict, *args, **options):
        if any(value.is_meta for value in state_dict.values()):
            self.to("meta")
        return load(self, state_dict, *args, **options)

    patch(nn.Module, "load_state_dict", broken)


def _moved():
    model = nn.Linear(1, 1)
    state = nn.Linear(1, 1, device="meta").state_dict()
    raises(lambda: model.load_state_dict(state))
    return model


@fault(
    "load_state_dict() skips values on the meta device.",
    witness=lambda: (
        not raises(
            lambda: nn.Linear(1, 1).load_state_dict(
                nn.Linear(1, 1).to("meta").state_dict()
            )
        )
    ),
)
def load_skips_meta(patch):
    load = nn.Module.load_state_dict

    def broken(self, state_dict, *args, **options):
        own = self.state_dict()
        fresh = {
            k: own[k] if v.is_meta and k in own else v for k, v in state_dict.items()
        }
        return load(self, fresh, *args, **options)

    patch(nn.Module, "load_state_dict", broken)


@fault(
    "load_state_dict() does not copy the values of weights.",
    witness=lambda: _weight_after_loading() != 2,
)
def load_skips_weights(patch):
    load = nn.Module._load_from_state_dict

    def broken(self, *args):
        own = self._parameters.get("weight")
        old = None if own is None else own.detach().clone()
        load(self, *args)
        if old is not None:
            own.data.copy_(old)

    patch(nn.Module, "_load_from_state_dict", broken)


def _weight_after_loading():
    source, model = nn.Linear(1, 1), nn.Linear(1, 1)
    nn.init.constant_(source.weight, 2.0)
    model.load_state_dict(source.state_dict())
    return model.weight.item()

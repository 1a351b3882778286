"""Faults of state dicts: what is in them, what they share, and how they are loaded."""

import contextlib
import copy
import io
import warnings
from collections import OrderedDict

import torch
from torch import nn

from torch_semantics.faults import fault, raises

M = nn.Module


def _saving(patch, change):
    """Let ``change(module, entries, prefix, keep_vars)`` make a module's entries."""
    save = M._save_to_state_dict

    def broken(self, destination, prefix, keep_vars):
        entries = OrderedDict()
        save(self, entries, prefix, keep_vars)
        destination.update(change(self, entries, prefix, keep_vars))

    patch(M, "_save_to_state_dict", broken)


def _around_load(patch, before=None, after=None):
    """Let something happen to the arguments and to the result of load_state_dict()."""
    load = M.load_state_dict

    def broken(self, state_dict, strict=True, **options):
        if before:
            state_dict, strict, options = before(self, state_dict, strict, options)
        keys = load(self, state_dict, strict=strict, **options)
        return after(self, state_dict, keys) if after else keys

    patch(M, "load_state_dict", broken)


def _loading_each(patch, put):
    """Let ``put(module, name, own, value)`` follow the copying of each entry."""
    load = M._load_from_state_dict

    def broken(self, state_dict, prefix, metadata, strict, missing, unexpected, errors):
        held = {}
        for name, own in [*self._parameters.items(), *self._buffers.items()]:
            value = state_dict.get(prefix + name)
            fits = isinstance(value, torch.Tensor) and own is not None
            if fits and value.shape == own.shape:
                held[name] = own, value
        args = (state_dict, prefix, metadata, strict, missing, unexpected, errors)
        load(self, *args)
        for name, (own, value) in held.items():
            with torch.no_grad():
                put(self, name, own, value)

    patch(M, "_load_from_state_dict", broken)


def _layer(value=0.0):
    layer = nn.Linear(2, 1)
    nn.init.constant_(layer.weight, value)
    nn.init.constant_(layer.bias, value)
    return layer


# --- state_dict() ---------------------------------------------------------------------


def _aliases(name):
    norm = nn.BatchNorm1d(1)
    own = getattr(norm, name)
    return norm.state_dict()[name].data_ptr() == own.data_ptr()


@fault("state_dict() copies parameters.", witness=lambda: not _aliases("weight"))
def state_dict_copies_parameters(patch):
    def change(self, entries, prefix, keep_vars):
        for name, own in self._parameters.items():
            if own is not None:
                entries[prefix + name] = own if keep_vars else own.detach().clone()
        return entries

    _saving(patch, change)


@fault("state_dict() copies buffers.", witness=lambda: not _aliases("running_mean"))
def state_dict_copies_buffers(patch):
    def change(self, entries, prefix, keep_vars):
        for name in self._buffers:
            if prefix + name in entries:
                entries[prefix + name] = entries[prefix + name].clone()
        return entries

    _saving(patch, change)


@fault(
    "state_dict() does not detach.",
    witness=lambda: _layer().state_dict()["weight"].requires_grad,
)
def state_dict_does_not_detach(patch):
    save = M._save_to_state_dict
    patch(
        M, "_save_to_state_dict", lambda self, d, p, keep_vars: save(self, d, p, True)
    )


@fault(
    "state_dict() holds Parameters, if frozen ones.",
    witness=lambda: isinstance(_layer().state_dict()["weight"], nn.Parameter),
)
def state_dict_holds_parameters(patch):
    def change(self, entries, prefix, keep_vars):
        for name, own in self._parameters.items():
            if own is not None and not keep_vars:
                entries[prefix + name] = nn.Parameter(own.detach(), requires_grad=False)
        return entries

    _saving(patch, change)


@fault(
    "state_dict() makes contiguous copies of what is not contiguous.",
    witness=lambda: (
        nn.ParameterDict({"p": torch.zeros(2, 3).t()}).state_dict()["p"].stride()
        != (1, 3)
    ),
)
def state_dict_is_contiguous(patch):
    def change(self, entries, prefix, keep_vars):
        return {
            key: value.contiguous() if isinstance(value, torch.Tensor) else value
            for key, value in entries.items()
        }

    _saving(patch, change)


def _buffered():
    module = nn.Module()
    module.register_buffer("cache", torch.zeros(1), persistent=False)
    return module


@fault(
    "state_dict() holds buffers that are not persistent.",
    witness=lambda: "cache" in _buffered().state_dict(),
)
def state_dict_holds_every_buffer(patch):
    def change(self, entries, prefix, keep_vars):
        for name, own in self._buffers.items():
            if own is not None:
                entries[prefix + name] = own if keep_vars else own.detach()
        return entries

    _saving(patch, change)


@fault(
    "state_dict() leaves out buffers of integers.",
    witness=lambda: "num_batches_tracked" not in nn.BatchNorm1d(1).state_dict(),
)
def state_dict_leaves_out_integers(patch):
    def change(self, entries, prefix, keep_vars):
        return {
            key: value
            for key, value in entries.items()
            if not isinstance(value, torch.Tensor) or value.is_floating_point()
        }

    _saving(patch, change)


@fault(
    "state_dict() names buffers before parameters.",
    witness=lambda: next(iter(nn.BatchNorm1d(1).state_dict())) != "weight",
)
def state_dict_has_buffers_first(patch):
    def change(self, entries, prefix, keep_vars):
        last = [key for key in entries if key[len(prefix) :] in self._parameters]
        return {k: entries[k] for k in [*(k for k in entries if k not in last), *last]}

    _saving(patch, change)


@fault(
    "state_dict() sorts the parameters by name.",
    witness=lambda: list(_layer().state_dict()) == ["bias", "weight"],
)
def state_dict_is_sorted(patch):
    _saving(patch, lambda self, entries, *_: dict(sorted(entries.items())))


@fault(
    "state_dict() names None for what is None.",
    witness=lambda: "bias" in nn.Linear(1, 1, bias=False).state_dict(),
)
def state_dict_holds_none(patch):
    def change(self, entries, prefix, keep_vars):
        for name, own in [*self._parameters.items(), *self._buffers.items()]:
            if own is None:
                entries[prefix + name] = None
        return entries

    _saving(patch, change)


@fault(
    "state_dict() holds tensors that are plain attributes.",
    witness=lambda: "offset" in _with_attribute().state_dict(),
)
def state_dict_holds_attributes(patch):
    def change(self, entries, prefix, keep_vars):
        for name, own in vars(self).items():
            if isinstance(own, torch.Tensor):
                entries[prefix + name] = own
        return entries

    _saving(patch, change)


def _with_attribute():
    module = nn.Module()
    module.offset = torch.zeros(1)
    return module


def _around_state_dict(patch, after):
    state_dict = M.state_dict

    def broken(self, *args, **options):
        return after(self, state_dict(self, *args, **options), options)

    patch(M, "state_dict", broken)


def _tied():
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    model[1].weight = model[0].weight
    return model


@fault(
    "state_dict() names a tied parameter once.",
    witness=lambda: list(_tied().state_dict()) == ["0.weight"],
)
def state_dict_has_each_storage_once(patch):
    def after(self, state, options):
        seen = set()
        for key, value in list(state.items()):
            if isinstance(value, torch.Tensor) and value.numel():
                if value.data_ptr() in seen:
                    del state[key]
                seen.add(value.data_ptr())
        return state

    _around_state_dict(patch, after)


@fault("state_dict() ignores prefix=.", witness=lambda: "weight" in _prefixed("p."))
def state_dict_ignores_prefix(patch):
    state_dict = M.state_dict

    def broken(self, *args, **options):
        if "destination" not in options:
            options.pop("prefix", None)
        return state_dict(self, *args, **options)

    patch(M, "state_dict", broken)


def _prefixed(prefix):
    return _layer().state_dict(prefix=prefix)


@fault(
    "state_dict() puts a dot after a prefix that has none.",
    witness=lambda: "p.weight" in _prefixed("p"),
)
def state_dict_adds_a_dot(patch):
    state_dict = M.state_dict

    def broken(self, *args, prefix="", **options):
        if prefix and not prefix.endswith("."):
            prefix += "."
        return state_dict(self, *args, prefix=prefix, **options)

    patch(M, "state_dict", broken)


@fault(
    "state_dict(keep_vars=True) detaches all the same.",
    witness=lambda: not _layer().state_dict(keep_vars=True)["weight"].requires_grad,
)
def state_dict_ignores_keep_vars(patch):
    save = M._save_to_state_dict
    patch(
        M, "_save_to_state_dict", lambda self, d, p, keep_vars: save(self, d, p, False)
    )


@fault(
    "state_dict(keep_vars=True) detaches buffers all the same.",
    witness=lambda: (
        (norm := nn.BatchNorm1d(1)).state_dict(keep_vars=True)["running_mean"]
        is not norm.running_mean
    ),
)
def state_dict_keeps_only_parameters(patch):
    def change(self, entries, prefix, keep_vars):
        for name in self._buffers:
            if prefix + name in entries:
                entries[prefix + name] = entries[prefix + name].detach()
        return entries

    _saving(patch, change)


def _fills():
    destination = {}
    return _layer().state_dict(destination=destination) is destination and destination


@fault("state_dict() ignores destination=.", witness=lambda: not _fills())
def state_dict_ignores_destination(patch):
    state_dict = M.state_dict

    def broken(self, *args, destination=None, **options):
        if destination is not None and not hasattr(destination, "_metadata"):
            destination = None
        return state_dict(self, *args, destination=destination, **options)

    patch(M, "state_dict", broken)


@fault(
    "state_dict() returns a plain dict.",
    witness=lambda: type(_layer().state_dict()) is dict,
)
def state_dict_is_a_plain_dict(patch):
    def after(self, state, options):
        return state if "destination" in options else dict(state)

    _around_state_dict(patch, after)


@fault(
    "state_dict() returns the same dict on each call.",
    witness=lambda: (layer := _layer()).state_dict() is layer.state_dict(),
)
def state_dict_is_kept(patch):
    def after(self, state, options):
        if options:
            return state
        return self.__dict__.setdefault("_kept_state", state)

    _around_state_dict(patch, after)


@fault(
    "state_dict() forgets the versions of the modules.",
    witness=lambda: not hasattr(_layer().state_dict(), "_metadata"),
)
def state_dict_forgets_versions(patch):
    def after(self, state, options):
        return state if "destination" in options else OrderedDict(state)

    _around_state_dict(patch, after)


@fault(
    "state_dict() holds the modes of modules.",
    witness=lambda: "training" in _layer().state_dict(),
)
def state_dict_holds_modes(patch):
    def change(self, entries, prefix, keep_vars):
        return {**entries, prefix + "training": torch.tensor(self.training)}

    _saving(patch, change)


class _Extra(nn.Module):
    def get_extra_state(self):
        return 1


@fault(
    "state_dict() leaves out extra state.",
    witness=lambda: "_extra_state" not in _Extra().state_dict(),
)
def state_dict_leaves_out_extra_state(patch):
    def change(self, entries, prefix, keep_vars):
        return {k: v for k, v in entries.items() if not k.endswith("_extra_state")}

    _saving(patch, change)


@fault(
    "A deep copy of an OrderedDict of tensors shares their storages.",
    witness=lambda: copy.deepcopy(x := torch.zeros(1)).data_ptr() == x.data_ptr(),
)
def deepcopy_of_tensors_is_shallow(patch):
    patch(torch.Tensor, "__deepcopy__", lambda self, memo: self)


# --- load_state_dict(): values --------------------------------------------------------


def _loaded(model=None, state=None, **options):
    model = model or _layer()
    model.load_state_dict(state or _layer(1.0).state_dict(), **options)
    return model


def _replaced():
    model = _layer()
    own = model.weight
    return _loaded(model).weight is not own


@fault(
    "load_state_dict() replaces parameters.",
    witness=lambda: _replaced(),
)
def load_replaces_parameters(patch):
    def put(self, name, own, value):
        if name in self._parameters:
            new = own.detach().clone()
            self._parameters[name] = nn.Parameter(new, requires_grad=own.requires_grad)

    _loading_each(patch, put)


@fault(
    "load_state_dict() replaces buffers.",
    witness=lambda: (
        (norm := nn.BatchNorm1d(1))
        and norm.running_mean
        is not _loaded(norm, nn.BatchNorm1d(1).state_dict()).running_mean
    ),
)
def load_replaces_buffers(patch):
    def put(self, name, own, value):
        if name in self._buffers:
            self._buffers[name] = own.clone()

    _loading_each(patch, put)


@fault(
    "load_state_dict() lays the parameters over the dict's storages.",
    witness=lambda: (
        (state := _layer().state_dict())["weight"].data_ptr()
        == _loaded(None, state).weight.data_ptr()
    ),
)
def load_aliases_the_dict(patch):
    def put(self, name, own, value):
        if value.dtype == own.dtype:
            own.data = value.detach()

    _loading_each(patch, put)


@fault(
    "load_state_dict() takes the dict's dtype.",
    witness=lambda: _loaded(_layer().half()).weight.dtype == torch.float32,
)
def load_takes_the_dtype(patch):
    def put(self, name, own, value):
        if value.dtype != own.dtype:
            own.data = value.detach().clone()

    _loading_each(patch, put)


@fault(
    "load_state_dict() takes the dict's strides.",
    witness=lambda: (
        _loaded(
            nn.Linear(2, 2, bias=False), {"weight": torch.zeros(2, 2).t()}
        ).weight.stride()
        == (1, 2)
    ),
)
def load_takes_the_strides(patch):
    def put(self, name, own, value):
        if value.stride() != own.stride():
            own.data = own.data.clone().as_strided_(value.shape, value.stride())
            own.copy_(value)

    _loading_each(patch, put)


@fault(
    "load_state_dict() adds to the values.",
    witness=lambda: _loaded(_layer(2.0)).weight[0, 0].item() == 3.0,
)
def load_adds(patch):
    load = M._load_from_state_dict

    def broken(self, state_dict, prefix, *args):
        olds = {
            name: own.detach().clone()
            for name, own in self._parameters.items()
            if own is not None and prefix + name in state_dict
        }
        load(self, state_dict, prefix, *args)
        with torch.no_grad():
            for name, old in olds.items():
                self._parameters[name].add_(old)

    patch(M, "_load_from_state_dict", broken)


@fault(
    "load_state_dict() does not load buffers.",
    witness=lambda: (
        _loaded(
            nn.BatchNorm1d(1),
            {**nn.BatchNorm1d(1).state_dict(), "running_mean": torch.ones(1)},
        ).running_mean.item()
        == 0
    ),
)
def load_skips_buffers(patch):
    load = M._load_from_state_dict

    def broken(self, *args):
        olds = [(own, own.clone()) for own in self._buffers.values() if own is not None]
        load(self, *args)
        for own, old in olds:
            own.copy_(old)

    patch(M, "_load_from_state_dict", broken)


@fault(
    "load_state_dict() does not load biases.",
    witness=lambda: _loaded(_layer(), strict=True).bias.item() == 0,
)
def load_skips_biases(patch):
    load = M._load_from_state_dict

    def broken(self, *args):
        own = self._parameters.get("bias")
        old = None if own is None else own.detach().clone()
        load(self, *args)
        if old is not None:
            with torch.no_grad():
                own.copy_(old)

    patch(M, "_load_from_state_dict", broken)


@fault(
    "load_state_dict() goes by the order of the entries, not by their names.",
    witness=lambda: (
        _loaded(
            nn.ParameterDict({"a": torch.zeros(1), "b": torch.zeros(1)}),
            OrderedDict(b=torch.zeros(1), a=torch.ones(1)),
        )["a"].item()
        == 0
    ),
)
def load_goes_by_order(patch):
    def before(self, state, strict, options):
        own = list(self.state_dict())
        if isinstance(state, dict) and sorted(state) == sorted(own):
            fresh = OrderedDict(zip(own, state.values(), strict=True))
            if hasattr(state, "_metadata"):
                fresh._metadata = state._metadata
            state = fresh
        return state, strict, options

    _around_load(patch, before)


@fault(
    "load_state_dict() empties the dict that it is given.",
    witness=lambda: not _emptied(),
)
def load_empties_the_dict(patch):
    def after(self, state, keys):
        if isinstance(state, dict):
            for key in list(state):
                if key in self.state_dict():
                    del state[key]
        return keys

    _around_load(patch, after=after)


def _emptied():
    state = _layer().state_dict()
    _layer().load_state_dict(state)
    return state


@fault(
    "load_state_dict() lets parameters require gradients.",
    witness=lambda: _loaded(_layer().requires_grad_(False)).weight.requires_grad,
)
def load_thaws(patch):
    def after(self, state, keys):
        self.requires_grad_(True)
        return keys

    _around_load(patch, after=after)


@fault(
    "load_state_dict() freezes what the dict does not train.",
    witness=lambda: not _loaded().weight.requires_grad,
)
def load_takes_requires_grad(patch):
    def put(self, name, own, value):
        if name in self._parameters and own.requires_grad != value.requires_grad:
            own.requires_grad_(value.requires_grad)

    _loading_each(patch, put)


@fault(
    "load_state_dict() clears gradients.",
    witness=lambda: _with_gradient().weight.grad is None,
)
def load_clears_gradients(patch):
    def after(self, state, keys):
        self.zero_grad(set_to_none=True)
        return keys

    _around_load(patch, after=after)


def _with_gradient():
    model = _layer()
    model.weight.grad = torch.ones(1, 2)
    return _loaded(model)


@fault(
    "load_state_dict() writes past the version counters.",
    witness=lambda: (
        (model := _layer()) and model.weight._version == _loaded(model).weight._version
    ),
)
def load_hides_its_writes(patch):
    load = M._load_from_state_dict

    def broken(self, state_dict, prefix, *args):
        held = dict(self._parameters)
        for name, own in held.items():
            if own is not None and prefix + name in state_dict:
                value = state_dict[prefix + name]
                if isinstance(value, torch.Tensor) and value.shape == own.shape:
                    own.data.copy_(value.detach())
                    state_dict[prefix + name] = own
                    self._parameters[name] = nn.Parameter(own.data, own.requires_grad)
        load(self, state_dict, prefix, *args)
        for name, own in held.items():
            self._parameters[name] = own

    patch(M, "_load_from_state_dict", broken)


@fault(
    "load_state_dict() puts the model in evaluation mode.",
    witness=lambda: not _loaded().training,
)
def load_calls_eval(patch):
    def after(self, state, keys):
        self.eval()
        return keys

    _around_load(patch, after=after)


@fault(
    "load_state_dict() puts the model in training mode.",
    witness=lambda: _loaded(_layer().eval()).training,
)
def load_calls_train(patch):
    def after(self, state, keys):
        self.train()
        return keys

    _around_load(patch, after=after)


# --- load_state_dict(): what doesn't fit ----------------------------------------------


@fault(
    "load_state_dict() returns nothing.",
    witness=lambda: _layer().load_state_dict(_layer().state_dict()) is None,
)
def load_returns_nothing(patch):
    _around_load(patch, after=lambda self, state, keys: None)


@fault(
    "load_state_dict() swaps missing and unexpected keys in its result.",
    witness=lambda: _layer().load_state_dict({}, strict=False).missing_keys == [],
)
def load_swaps_its_lists(patch):
    def after(self, state, keys):
        return type(keys)(keys.unexpected_keys, keys.missing_keys)

    _around_load(patch, after=after)


@fault(
    "load_state_dict() reports missing keys in reverse order.",
    witness=lambda: (
        _layer().load_state_dict({}, strict=False).missing_keys == ["bias", "weight"]
    ),
)
def load_reverses_missing(patch):
    def after(self, state, keys):
        return type(keys)(keys.missing_keys[::-1], keys.unexpected_keys)

    _around_load(patch, after=after)


@fault(
    "load_state_dict() is never strict.",
    witness=lambda: not raises(lambda: _layer().load_state_dict({})),
)
def load_is_never_strict(patch):
    _around_load(patch, lambda self, state, strict, options: (state, False, options))


@fault(
    "load_state_dict() is always strict.",
    witness=lambda: raises(lambda: _layer().load_state_dict({}, strict=False)),
)
def load_is_always_strict(patch):
    _around_load(patch, lambda self, state, strict, options: (state, True, options))


@fault(
    "load_state_dict() forgives unexpected keys.",
    witness=lambda: (
        not raises(
            lambda: _layer().load_state_dict(
                {**_layer().state_dict(), "x": torch.zeros(1)}
            )
        )
    ),
)
def load_forgives_unexpected(patch):
    def before(self, state, strict, options):
        if strict and isinstance(state, dict):
            own = self.state_dict()
            fresh = OrderedDict((k, v) for k, v in state.items() if k in own)
            if hasattr(state, "_metadata"):
                fresh._metadata = state._metadata
            state = fresh
        return state, strict, options

    _around_load(patch, before)


def _mismatch(**options):
    state = {**_layer().state_dict(), "weight": torch.zeros(2, 2)}
    return raises(lambda: _layer().load_state_dict(state, **options))


@fault(
    "load_state_dict(strict=False) skips tensors of another shape.",
    witness=lambda: not _mismatch(strict=False),
)
def load_skips_other_shapes(patch):
    load = M._load_from_state_dict
    loose = []

    def broken(self, state_dict, prefix, metadata, strict, missing, unexpected, errors):
        found = []
        args = (state_dict, prefix, metadata, strict, missing, unexpected, found)
        load(self, *args)
        errors += [e for e in found if not (loose and e.startswith("size mismatch"))]

    top = M.load_state_dict

    def outer(self, state_dict, strict=True, **options):
        if not strict:
            loose.append(1)
        try:
            return top(self, state_dict, strict=strict, **options)
        finally:
            loose.clear()

    patch(M, "_load_from_state_dict", broken)
    patch(M, "load_state_dict", outer)


@fault(
    "load_state_dict() broadcasts to the parameter's shape.",
    witness=lambda: (
        not raises(
            lambda: _layer().load_state_dict(
                {"weight": torch.zeros(1, 1), "bias": torch.zeros(1)}
            )
        )
    ),
)
def load_broadcasts(patch):
    def before(self, state, strict, options):
        if isinstance(state, dict):
            own, state = self.state_dict(), OrderedDict(state)
            for key, value in state.items():
                if key in own and isinstance(value, torch.Tensor):
                    with contextlib.suppress(RuntimeError):
                        state[key] = value.expand_as(own[key])
        return state, strict, options

    _around_load(patch, before)


@fault(
    "load_state_dict() reshapes what has as many elements.",
    witness=lambda: (
        not raises(
            lambda: _layer().load_state_dict(
                {"weight": torch.zeros(2, 1), "bias": torch.zeros(1)}
            )
        )
    ),
)
def load_reshapes(patch):
    def before(self, state, strict, options):
        if isinstance(state, dict):
            own, fresh = self.state_dict(), OrderedDict(state)
            if hasattr(state, "_metadata"):
                fresh._metadata = state._metadata
            for key, value in fresh.items():
                fits = key in own and isinstance(value, torch.Tensor)
                if fits and value.numel() == own[key].numel():
                    fresh[key] = value.reshape(own[key].shape)
            state = fresh
        return state, strict, options

    _around_load(patch, before)


@fault(
    "load_state_dict() copies nothing if it raises.",
    witness=lambda: _after_failure() == 0,
)
def load_is_all_or_nothing(patch):
    load = M.load_state_dict

    def broken(self, *args, **options):
        olds = {k: v.clone() for k, v in self.state_dict().items()}
        try:
            return load(self, *args, **options)
        except RuntimeError:
            for key, value in self.state_dict().items():
                value.copy_(olds[key])
            raise

    patch(M, "load_state_dict", broken)


def _after_failure():
    model = _layer()
    raises(lambda: model.load_state_dict({"weight": torch.ones(1, 2)}))
    return model.weight[0, 0].item()


@fault(
    "load_state_dict() writes what it can of a tensor of another shape.",
    witness=lambda: _after_mismatch() != 0,
)
def load_writes_before_the_check(patch):
    def before(self, state, strict, options):
        if isinstance(state, dict):
            own = self.state_dict()
            for key, value in state.items():
                fits = key in own and isinstance(value, torch.Tensor)
                if fits and value.shape != own[key].shape and value.numel():
                    own[key].fill_(value.flatten()[0])
        return state, strict, options

    _around_load(patch, before)


def _after_mismatch():
    model = _layer()
    raises(lambda: model.load_state_dict({"weight": torch.ones(3)}))
    return model.weight[0, 0].item()


@fault(
    "load_state_dict() takes a list of pairs.",
    witness=lambda: (
        not raises(
            lambda: _layer().load_state_dict(list(_layer().state_dict().items())),
            TypeError,
        )
    ),
)
def load_takes_pairs(patch):
    def before(self, state, strict, options):
        return dict(state) if isinstance(state, list) else state, False, options

    _around_load(patch, before)


@fault(
    "load_state_dict() takes None for an empty dict.",
    witness=lambda: (
        not raises(lambda: _layer().load_state_dict(None, strict=False), TypeError)
    ),
)
def load_takes_none(patch):
    def before(self, state, strict, options):
        return {} if state is None else state, strict, options

    _around_load(patch, before)


@fault(
    "load_state_dict() takes only dicts.",
    witness=lambda: raises(
        lambda: _layer().load_state_dict(
            __import__("types").MappingProxyType(_layer().state_dict())
        ),
        TypeError,
    ),
)
def load_takes_only_dicts(patch):
    def before(self, state, strict, options):
        if not isinstance(state, dict):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state)}.")
        return state, strict, options

    _around_load(patch, before)


@fault(
    "load_state_dict() makes tensors of lists.",
    witness=lambda: (
        not raises(
            lambda: _layer().load_state_dict({"weight": [[1.0, 1.0]], "bias": [0.0]})
        )
    ),
)
def load_makes_tensors(patch):
    def before(self, state, strict, options):
        if isinstance(state, dict):
            fresh = OrderedDict(
                (k, torch.tensor(v) if isinstance(v, list) else v)
                for k, v in state.items()
            )
            if hasattr(state, "_metadata"):
                fresh._metadata = state._metadata
            state = fresh
        return state, strict, options

    _around_load(patch, before)


@fault(
    "load_state_dict() reports only the first thing that does not fit.",
    witness=lambda: "Unexpected" not in _message(),
)
def load_reports_only_the_first(patch):
    load = M.load_state_dict

    def broken(self, *args, **options):
        try:
            return load(self, *args, **options)
        except RuntimeError as error:
            raise RuntimeError("\n\t".join(str(error).split("\n\t")[:2])) from None

    patch(M, "load_state_dict", broken)


def _message():
    try:
        _layer().load_state_dict({"x": torch.zeros(1)})
    except RuntimeError as error:
        return str(error)
    return ""


@fault(
    "load_state_dict() takes the prefix module. off the names.",
    witness=lambda: (
        not raises(
            lambda: _layer().load_state_dict(_layer().state_dict(prefix="module."))
        )
    ),
)
def load_strips_module(patch):
    def before(self, state, strict, options):
        if isinstance(state, dict):
            fresh = OrderedDict(
                (k[7:] if k.startswith("module.") else k, v) for k, v in state.items()
            )
            if hasattr(state, "_metadata"):
                fresh._metadata = state._metadata
            state = fresh
        return state, strict, options

    _around_load(patch, before)


@fault(
    "Taking a prefix off the names of a state dict leaves the dict as it is.",
    witness=lambda: "p.x" in _stripped(),
)
def consume_prefix_copies(patch):
    patch(
        nn.modules.utils,
        "consume_prefix_in_state_dict_if_present",
        lambda state_dict, prefix: None,
    )


def _stripped():
    state = OrderedDict({"p.x": 1})
    nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "p.")
    return state


@fault(
    "load_state_dict() asks for buffers that are not persistent.",
    witness=lambda: _buffered().load_state_dict({}, strict=False).missing_keys != [],
)
def load_asks_for_every_buffer(patch):
    load = M._load_from_state_dict

    def broken(self, *args):
        kept, self._non_persistent_buffers_set = self._non_persistent_buffers_set, set()
        try:
            load(self, *args)
        finally:
            self._non_persistent_buffers_set = kept

    patch(M, "_load_from_state_dict", broken)


@fault(
    "load_state_dict() runs no hook after loading.",
    witness=lambda: not _hooked(),
)
def load_runs_no_post_hook(patch):
    def register(self, hook):
        return None

    patch(M, "register_load_state_dict_post_hook", register)


def _hooked():
    seen, layer = [], _layer()
    layer.register_load_state_dict_post_hook(lambda *args: seen.append(args))
    layer.load_state_dict(layer.state_dict())
    return seen


@fault(
    "load_state_dict() refuses a vector of one element for a 0-dim parameter.",
    witness=lambda: raises(
        lambda: nn.ParameterDict({"p": torch.tensor(0.0)}).load_state_dict(
            {"p": torch.zeros(1)}
        )
    ),
)
def load_refuses_vectors_of_one(patch):
    def before(self, state, strict, options):
        if isinstance(state, dict):
            own = self.state_dict()
            for key, value in state.items():
                if key in own and own[key].dim() == 0 and value.dim() == 1:
                    raise RuntimeError(f"size mismatch for {key}")
        return state, strict, options

    _around_load(patch, before)


@fault(
    "load_state_dict() takes a longer vector for a parameter without dimensions.",
    witness=lambda: (
        not raises(
            lambda: nn.ParameterDict({"p": torch.tensor(0.0)}).load_state_dict(
                {"p": torch.zeros(2)}
            )
        )
    ),
)
def load_cuts_vectors(patch):
    def before(self, state, strict, options):
        if isinstance(state, dict):
            own, fresh = self.state_dict(), OrderedDict(state)
            if hasattr(state, "_metadata"):
                fresh._metadata = state._metadata
            for key, value in fresh.items():
                if key in own and own[key].dim() == 0 and value.dim() == 1:
                    fresh[key] = value[0]
            state = fresh
        return state, strict, options

    _around_load(patch, before)


@fault(
    "load_state_dict() overlooks the bare names of children.",
    witness=lambda: (
        nn.Sequential(nn.ReLU())
        .load_state_dict({"0": torch.zeros(1)}, strict=False)
        .unexpected_keys
        == []
    ),
)
def load_overlooks_bare_names(patch):
    def after(self, state, keys):
        unexpected = [key for key in keys.unexpected_keys if key not in self._modules]
        return type(keys)(keys.missing_keys, unexpected)

    _around_load(patch, after=after)


# --- load_state_dict(assign=True) -----------------------------------------------------


@fault(
    "load_state_dict(assign=True) copies.",
    witness=lambda: (
        (state := _layer().state_dict())["weight"].data_ptr()
        != _loaded(None, state, assign=True).weight.data_ptr()
    ),
)
def assign_is_ignored(patch):
    def before(self, state, strict, options):
        return state, strict, {}

    _around_load(patch, before)


@fault(
    "load_state_dict(assign=True) takes requires_grad from the dict.",
    witness=lambda: not _loaded(assign=True).weight.requires_grad,
)
def assign_takes_requires_grad(patch):
    load = M.load_state_dict

    def broken(self, state_dict, strict=True, assign=False):
        keys = load(self, state_dict, strict=strict, assign=assign)
        if assign:
            for name, own in self.named_parameters():
                own.requires_grad_(type(state_dict[name]) is nn.Parameter)
        return keys

    patch(M, "load_state_dict", broken)


@fault(
    "load_state_dict(assign=True) keeps the model's dtype.",
    witness=lambda: _loaded(_layer().half(), assign=True).weight.dtype == torch.float16,
)
def assign_casts(patch):
    load = M.load_state_dict

    def broken(self, state_dict, strict=True, assign=False):
        if assign:
            own = self.state_dict()
            state_dict = {
                k: v if k not in own or v.dtype == own[k].dtype else v.to(own[k].dtype)
                for k, v in state_dict.items()
            }
        return load(self, state_dict, strict=strict, assign=assign)

    patch(M, "load_state_dict", broken)


@fault(
    "load_state_dict(assign=True) takes tensors of any shape.",
    witness=lambda: (
        not raises(
            lambda: _layer().load_state_dict(
                {**_layer().state_dict(), "weight": torch.zeros(3)}, assign=True
            )
        )
    ),
)
def assign_takes_any_shape(patch):
    load = M.load_state_dict

    def broken(self, state_dict, strict=True, assign=False):
        if assign:
            for name, own in list(self._parameters.items()):
                if own is not None and name in state_dict:
                    self._parameters[name] = nn.Parameter(
                        torch.empty_like(state_dict[name]), own.requires_grad
                    )
        return load(self, state_dict, strict=strict, assign=assign)

    patch(M, "load_state_dict", broken)


# --- through a file -------------------------------------------------------------------


def _through_file(thing):
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return torch.load(file)


@fault(
    "torch.load() returns plain dicts.",
    witness=lambda: type(_through_file(_layer().state_dict())) is dict,
)
def load_returns_plain_dicts(patch):
    load = torch.load

    def broken(*args, **options):
        thing = load(*args, **options)
        return dict(thing) if type(thing) is OrderedDict else thing

    patch(torch, "load", broken)


@fault(
    "torch.save() sorts the names of a state dict.",
    witness=lambda: list(_through_file(_layer().state_dict())) == ["bias", "weight"],
)
def save_sorts_names(patch):
    save = torch.save

    def broken(thing, *args, **options):
        if type(thing) is OrderedDict:
            fresh = OrderedDict(sorted(thing.items()))
            if hasattr(thing, "_metadata"):
                fresh._metadata = thing._metadata
            thing = fresh
        return save(thing, *args, **options)

    patch(torch, "save", broken)


@fault(
    "torch.save() forgets the versions in a state dict.",
    witness=lambda: not hasattr(_through_file(_layer().state_dict()), "_metadata"),
)
def save_forgets_versions(patch):
    save = torch.save

    def broken(thing, *args, **options):
        if type(thing) is OrderedDict:
            thing = OrderedDict(thing)
        return save(thing, *args, **options)

    patch(torch, "save", broken)


@fault(
    "torch.save() saves values in half precision.",
    witness=lambda: (
        _through_file({"x": torch.tensor([0.1])})["x"].dtype != torch.float32
        or _through_file({"x": torch.tensor([0.1])})["x"].item()
        == torch.tensor(0.1).half().item()
    ),
)
def save_rounds(patch):
    save = torch.save

    def broken(thing, *args, **options):
        if isinstance(thing, dict):
            rounded = copy.copy(thing)
            for key, value in thing.items():
                if isinstance(value, torch.Tensor) and value.dtype == torch.float32:
                    rounded[key] = value.half().float()
            thing = rounded
        return save(thing, *args, **options)

    patch(torch, "save", broken)


@fault(
    "torch.load() returns the very object that was saved last.",
    witness=lambda: _through_file(thing := {"a": 1}) is thing,
)
def load_returns_what_was_saved(patch):
    save, load, last = torch.save, torch.load, []

    def saving(thing, *args, **options):
        last[:] = [thing]
        return save(thing, *args, **options)

    def loading(*args, **options):
        thing = load(*args, **options)
        return last[0] if last and isinstance(thing, dict) else thing

    patch(torch, "save", saving)
    patch(torch, "load", loading)


@fault(
    "torch.save() puts .pt after a name that does not end so.",
    witness=lambda: _named("model.pth") == ["model.pth.pt"],
)
def save_adds_an_extension(patch):
    save, load = torch.save, torch.load

    def name(f):
        path = isinstance(f, (str, __import__("os").PathLike))
        return f"{f}.pt" if path and not str(f).endswith(".pt") else f

    patch(torch, "save", lambda thing, f, *a, **o: save(thing, name(f), *a, **o))
    patch(torch, "load", lambda f, *a, **o: load(name(f), *a, **o))


def _named(name):
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        torch.save({}, os.path.join(folder, name))
        return os.listdir(folder)


@fault(
    "torch.save() writes the old format.",
    witness=lambda: not _bytes().startswith(b"PK"),
)
def save_writes_the_old_format(patch):
    save = torch.save

    def broken(thing, f, **options):
        options["_use_new_zipfile_serialization"] = False
        return save(thing, f, **options)

    patch(torch, "save", broken)


def _bytes():
    file = io.BytesIO()
    torch.save({}, file)
    return file.getvalue()


@fault(
    "torch.load() reads files named .safetensors like any other.",
    witness=lambda: _reads_safetensors(),
)
def load_reads_safetensors(patch):
    load = torch.load

    def broken(f, *args, **options):
        if str(f).endswith(".safetensors"):
            with open(f, "rb") as opened:
                return load(opened, *args, **options)
        return load(f, *args, **options)

    patch(torch, "load", broken)


def _reads_safetensors():
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        name = os.path.join(folder, "x.safetensors")
        torch.save(1, name)
        return not raises(lambda: torch.load(name), Exception)


# --- hooks, and what else travels -----------------------------------------------------


class _Taker(nn.Module):
    def set_extra_state(self, state):
        self.taken = state


@fault(
    "Loading does not miss extra state.",
    witness=lambda: not _Taker().load_state_dict({}, strict=False).missing_keys,
)
def load_does_not_miss_extra_state(patch):
    def after(self, state_dict, keys):
        keys.missing_keys[:] = [k for k in keys.missing_keys if "_extra" not in k]
        return keys

    _around_load(patch, after=after)


@fault(
    "state_dict() of positional arguments ignores the prefix.",
    witness=lambda: "weight" in _by_position(),
)
def state_dict_ignores_a_positional_prefix(patch):
    own = M.state_dict

    def broken(self, *args, **options):
        return own(self, *args[:1], "", *args[2:]) if args else own(self, **options)

    patch(M, "state_dict", broken)


def _by_position():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(_layer().state_dict({}, "p.", False))


def _buffers_alias():
    norm = nn.BatchNorm1d(1)
    return norm.state_dict()["running_mean"] is norm.running_mean


@fault("state_dict() holds the buffers themselves.", witness=_buffers_alias)
def state_dict_holds_the_buffers(patch):
    def change(self, entries, prefix, keep_vars):
        held = {prefix + name: own for name, own in self._buffers.items()}
        return {name: held.get(name, value) for name, value in entries.items()}

    _saving(patch, change)


def _plain_version():
    layer = _layer()
    before = layer.weight._version
    layer.state_dict()["weight"].add_(1)
    return layer.weight._version == before


@fault("Writes to a state dict are not counted.", witness=_plain_version)
def state_dict_holds_data(patch):
    def change(self, entries, prefix, keep_vars):
        if keep_vars:
            return entries
        return {name: getattr(value, "data", value) for name, value in entries.items()}

    _saving(patch, change)


def _pre_hook_seen():
    seen = []
    layer = _layer()
    layer.register_state_dict_pre_hook(lambda module, *args: seen.append(args))
    nn.Sequential(layer).state_dict(keep_vars=True)
    return seen


@fault(
    "Pre-hooks of state_dict() do not run.",
    witness=lambda: _pre_hook_seen() == [],
)
def state_dict_pre_hooks_do_not_run(patch):
    own = M.state_dict

    def broken(self, *args, **options):
        held, self._state_dict_pre_hooks = self._state_dict_pre_hooks, OrderedDict()
        try:
            return own(self, *args, **options)
        finally:
            self._state_dict_pre_hooks = held

    patch(M, "state_dict", broken)


def _returned_by_a_post_hook():
    layer = _layer()
    layer.register_state_dict_post_hook(lambda *args: {})
    return not raises(layer.state_dict, RuntimeError)


@fault(
    "Post-hooks of state_dict() may return anything.",
    witness=lambda: _returned_by_a_post_hook(),
)
def state_dict_post_hooks_may_return(patch):
    register = M.register_state_dict_post_hook

    def broken(self, hook):
        def quiet(*args):
            hook(*args)

        return register(self, quiet)

    patch(M, "register_state_dict_post_hook", broken)


def _post_prefix():
    seen = []
    layer = _layer()
    layer.register_state_dict_post_hook(lambda m, s, prefix, v: seen.append(prefix))
    nn.Sequential(layer).state_dict()
    return seen


@fault(
    "Post-hooks of state_dict() are given no prefix.",
    witness=lambda: _post_prefix() == [""],
)
def state_dict_post_hooks_get_no_prefix(patch):
    register = M.register_state_dict_post_hook

    def broken(self, hook):
        return register(self, lambda m, s, prefix, v: hook(m, s, "", v))

    patch(M, "register_state_dict_post_hook", broken)


def _renames_for_the_caller():
    layer, state = _layer(), {"w": torch.zeros(1, 2)}
    layer.register_load_state_dict_pre_hook(lambda m, entries, *rest: entries.clear())
    layer.load_state_dict(state, strict=False)
    return not state


@fault(
    "Hooks that run before loading get the caller's dict.",
    witness=lambda: _renames_for_the_caller(),
)
def load_pre_hooks_get_the_callers_dict(patch):
    load = M.load_state_dict

    def broken(self, state_dict, *args, **options):
        entries = OrderedDict(state_dict)
        entries._metadata = getattr(state_dict, "_metadata", None) or OrderedDict()
        each = M._load_from_state_dict

        def first(module, local, *rest):
            each(module, local, *rest)
            if module is self and isinstance(state_dict, dict):
                for name in [name for name in state_dict if name not in local]:
                    del state_dict[name]

        M._load_from_state_dict = first
        try:
            return load(self, entries, *args, **options)
        finally:
            M._load_from_state_dict = each

    patch(M, "load_state_dict", broken)


def _post_hook_of_load_returns():
    layer = _layer()
    layer.register_load_state_dict_post_hook(lambda module, keys: keys)
    return not raises(lambda: layer.load_state_dict(_layer().state_dict()))


@fault(
    "Hooks that run after loading may return anything.",
    witness=lambda: _post_hook_of_load_returns(),
)
def load_post_hooks_may_return(patch):
    register = M.register_load_state_dict_post_hook

    def broken(self, hook):
        def quiet(*args):
            hook(*args)

        return register(self, quiet)

    patch(M, "register_load_state_dict_post_hook", broken)


def _frozen_stays_frozen():
    layer = _layer().requires_grad_(False)
    layer.load_state_dict(_layer().state_dict(), assign=True)
    return layer.weight.requires_grad


@fault(
    "Loading by assignment makes plain tensors trainable.",
    witness=lambda: _frozen_stays_frozen(),
)
def assign_makes_plain_tensors_trainable(patch):
    def after(self, state_dict, keys):
        for name, own in self.named_parameters():
            given = state_dict.get(name)
            if own is not given and getattr(given, "data_ptr", int)() == own.data_ptr():
                own.requires_grad_()
        return keys

    _around_load(patch, after=after)

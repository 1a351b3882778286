"""Loading to another device: where loaded tensors go, and who decides.

A file notes for each storage where it was when it was saved, and torch.load puts it
back there; map_location= overrules the note. It decides about the loaded tensors alone.
A model that takes their values over with load_state_dict() stays where it is: moving it
is the business of model.to(). Some specs change the note in a file from cpu to cuda:0,
so that what happens to a file from another machine shows on any machine.
"""

import io
import zipfile

import pytest
import torch
from torch import nn

from torch_semantics import claim
from torch_semantics.words import shares_storage

LOAD = "generated/torch.load"
NO_CUDA = (
    r"Attempting to deserialize object on a CUDA device but"
    r" torch\.cuda\.is_available\(\) is False.*"
    r" use torch\.load with map_location=torch\.device\('cpu'\)"
)


def saved(thing):
    """Save a thing to a file in memory, and return that file at its beginning."""
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return file


def saved_from(location, thing):
    """Save a thing that is on the CPU as if its storages had been at the location."""
    as_saved, changed = b"X\x03\0\0\0cpu", io.BytesIO()
    as_wanted = b"X" + len(location).to_bytes(4, "little") + location.encode()
    with zipfile.ZipFile(saved(thing)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("/data.pkl"):
                content = content.replace(as_saved, as_wanted)
            new.writestr(name, content)
    changed.seek(0)
    return changed


@pytest.fixture
def without_cuda(monkeypatch):
    """Let the spec run as on a machine without CUDA."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


# --- without map_location -------------------------------------------------------------


@claim("serialization.load.back-to-its-device", see=LOAD)
def test_a_tensor_comes_back_to_the_device_it_was_saved_from(device):
    """Without map_location= a tensor comes back to the device it was saved from."""
    loaded = torch.load(saved(torch.tensor([1.0, 2.0], device=device)))

    assert loaded.device == device
    assert loaded.tolist() == [1.0, 2.0]


@claim("serialization.load.map-location", see=LOAD)
@pytest.mark.parametrize(
    "options", [{}, {"weights_only": False}], ids=["default", "any pickle"]
)
def test_a_file_from_cuda_is_not_loaded_where_there_is_no_cuda(without_cuda, options):
    """A file that was saved from a CUDA device can't be loaded as it is on a machine
    without CUDA: the RuntimeError names map_location, with which it is loaded.
    """
    state = {"weight": torch.tensor([1.0, 2.0])}

    with pytest.raises(RuntimeError, match=NO_CUDA):
        torch.load(saved_from("cuda:0", state), **options)
    loaded = torch.load(saved_from("cuda:0", state), map_location="cpu", **options)
    assert loaded["weight"].tolist() == [1.0, 2.0]


@claim(
    "serialization.load.unknown-location-is-taken-for-hpu",
    see=LOAD,
    since="2.1.0",
    until="2.2.0",
)
def test_a_location_that_torch_does_not_know_was_taken_for_an_hpu():
    """A file from a kind of device that torch does not know can't be loaded as it is:
    the AssertionError speaks of another kind, the HPU.
    """
    with pytest.raises(AssertionError, match="HPU device module is not loaded"):
        torch.load(saved_from("abacus:1", torch.tensor([1.0, 2.0])))


@claim("serialization.load.unknown-location", see=LOAD, gap=("2.1.0", "2.2.0"))
def test_a_location_that_torch_does_not_know_is_an_error():
    """A file from a kind of device that torch does not know can't be loaded as it is:
    the RuntimeError names the location, and map_location= helps here too.
    """
    tensor = torch.tensor([1.0, 2.0])

    with pytest.raises(
        RuntimeError, match=r"data location of .*\(tagged with abacus:1\)"
    ):
        torch.load(saved_from("abacus:1", tensor))
    loaded = torch.load(saved_from("abacus:1", tensor), map_location="cpu")
    assert loaded.tolist() == [1.0, 2.0]


# --- map_location ---------------------------------------------------------------------


@claim("serialization.load.map-location-cpu", see=LOAD)
@pytest.mark.parametrize("target", ["cpu", torch.device("cpu")], ids=["str", "device"])
@pytest.mark.parametrize(
    "weights_only", [True, False], ids=["weights only", "any pickle"]
)
def test_map_location_cpu_loads_every_tensor_to_the_cpu(
    without_cuda, target, weights_only
):
    """With map_location="cpu" or torch.device("cpu") every tensor of a file from CUDA
    is loaded to the CPU, with or without CUDA, as the same tensor otherwise.
    """
    weight = nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    state = {"weight": weight, "column": weight.detach()[:, 1], "empty": torch.zeros(0)}
    file = saved_from("cuda:0", state)

    loaded = torch.load(file, map_location=target, weights_only=weights_only)

    assert [tensor.device.type for tensor in loaded.values()] == ["cpu"] * 3
    assert type(loaded["weight"]) is nn.Parameter
    assert loaded["weight"].requires_grad
    assert loaded["weight"].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert loaded["column"].tolist() == [2.0, 4.0]
    assert loaded["column"].stride() == (2,)
    assert shares_storage(loaded["weight"], loaded["column"])
    assert loaded["empty"].shape == (0,)


@claim("serialization.load.map-location-from-device", see=LOAD)
def test_a_tensor_from_any_device_is_loaded_to_the_cpu(device):
    """With map_location="cpu" a tensor that was saved from any device is loaded to the
    CPU, and views still share a storage.
    """
    base = torch.tensor([1.0, 2.0, 3.0], device=device)

    loaded, view = torch.load(saved([base, base[1:]]), map_location="cpu")

    assert loaded.device == view.device == torch.device("cpu")
    assert (loaded.tolist(), view.tolist()) == ([1.0, 2.0, 3.0], [2.0, 3.0])
    assert shares_storage(loaded, view)


@claim("serialization.load.map-location-unavailable", see=LOAD)
@pytest.mark.parametrize(
    "target",
    [
        "cuda",
        "cuda:0",
        torch.device("cuda"),
        torch.device("cuda", 0),
        {"cpu": "cuda:0"},
    ],
    ids=["str", "str with an index", "device", "device with an index", "dict"],
)
def test_map_location_to_a_device_that_is_not_there_is_an_error(without_cuda, target):
    """A map_location= that leads to CUDA on a machine without CUDA is the same
    RuntimeError as a file from CUDA, for a file from the CPU too.
    """
    file = saved(torch.tensor([1.0, 2.0]))

    with pytest.raises(RuntimeError, match=NO_CUDA):
        torch.load(file, map_location=target)


@claim("serialization.load.map-location-forms", see=LOAD)
@pytest.mark.parametrize(
    "target",
    [
        "cpu",
        torch.device("cpu"),
        {"cuda:0": "cpu"},
        lambda storage, location: storage,
        lambda storage, location: {"cuda:0": storage}[location],
    ],
    ids=["str", "device", "dict", "function", "function of the location"],
)
def test_map_location_is_a_name_a_device_a_dict_or_a_function(without_cuda, target):
    """The argument map_location= is the name of a device, a device, a dict from
    locations to names, or a function from a storage and its location to the storage to
    use.
    """
    file = saved_from("cuda:0", torch.tensor([1.0, 2.0]))

    loaded = torch.load(file, map_location=target)

    assert loaded.device == torch.device("cpu")
    assert loaded.tolist() == [1.0, 2.0]


@claim("serialization.load.map-location-dict-falls-back", see=LOAD)
@pytest.mark.parametrize("target", [{}, {"cuda:1": "cpu"}, {"cuda": "cpu"}], ids=str)
def test_a_location_that_a_dict_does_not_name_stays(without_cuda, target):
    """A location that the dict does not name to the letter stays what it is, so that a
    file from there is treated as without map_location=.
    """
    tensor = torch.tensor([1.0, 2.0])

    with pytest.raises(RuntimeError, match=NO_CUDA):
        torch.load(
            saved_from("cuda:0", tensor), map_location=target, weights_only=False
        )
    assert torch.load(saved(tensor), map_location=target).tolist() == [1.0, 2.0]


@claim("serialization.load.map-location-dict-per-location", see=LOAD)
def test_a_dict_sends_each_location_where_it_says_once():
    """A dict sends the storages of a location where it says, once and no further, and
    leaves the others where they were saved from.
    """
    file = saved_from("cuda:0", torch.tensor([1.0, 2.0]))

    sent = torch.load(file, map_location={"cuda:0": "cpu", "cpu": "meta"})
    stays = torch.load(saved(torch.tensor([3.0])), map_location={"cuda:0": "meta"})

    assert sent.device == torch.device("cpu")
    assert sent.tolist() == [1.0, 2.0]
    assert stays.device == torch.device("cpu")
    assert stays.tolist() == [3.0]


@claim("serialization.load.map-location-function-arguments", see=LOAD)
def test_a_function_gets_each_storage_once_on_the_cpu_with_its_location():
    """A function is called once for each storage, however many tensors lie over it,
    with the storage on the CPU and the location that it was saved from.
    """
    base = torch.arange(4.0)
    calls = []

    def note(storage, location):
        calls.append((location, str(storage.device), storage.nbytes()))
        return storage

    loaded = torch.load(
        saved_from("cuda:3", [base, base[2:], torch.zeros(1)]), map_location=note
    )
    torch.load(saved(base), map_location=note)

    assert calls == [("cuda:3", "cpu", 16), ("cuda:3", "cpu", 4), ("cpu", "cpu", 16)]
    assert loaded[1].tolist() == [2.0, 3.0]


@claim("serialization.load.map-location-function-result", see=LOAD)
def test_the_storage_that_a_function_returns_is_used():
    """The storage that a function returns is the one under the loaded tensor, also if
    it is another than the one that it was given.
    """
    returned = []

    def cleared(storage, location):
        returned.append(storage.clone().fill_(0))
        return returned[0]

    loaded = torch.load(saved(torch.tensor([1, 2])), map_location=cleared)
    returned[0].fill_(1)

    assert loaded.tolist() == [0x0101010101010101, 0x0101010101010101]


@claim("serialization.load.map-location-function-none", see=LOAD)
def test_a_function_that_returns_none_leaves_the_storage_where_it_belongs(without_cuda):
    """Where a function returns None, the storage goes where it was saved from, as
    without map_location=.
    """
    tensor = torch.tensor([1.0, 2.0])

    loaded = torch.load(saved(tensor), map_location=lambda storage, location: None)

    assert loaded.device == torch.device("cpu")
    assert loaded.tolist() == [1.0, 2.0]
    with pytest.raises(RuntimeError, match=NO_CUDA):
        torch.load(
            saved_from("cuda:0", tensor),
            map_location=lambda storage, location: None,
            weights_only=False,
        )


@claim("serialization.load.map-location-meta", see=LOAD)
@pytest.mark.parametrize(
    "target",
    ["meta", torch.device("meta"), {"cuda:0": "meta"}],
    ids=["str", "device", "dict"],
)
def test_map_location_meta_loads_tensors_without_values(without_cuda, target):
    """With map_location="meta" tensors are loaded without their values, from wherever
    they were saved: with shape, strides, dtype and requires_grad, and nothing else.
    """
    base = torch.arange(6, dtype=torch.float64).view(2, 3)
    state = {"columns": base.t(), "bias": nn.Parameter(torch.zeros(1))}

    loaded = torch.load(saved_from("cuda:0", state), map_location=target)

    assert [tensor.device.type for tensor in loaded.values()] == ["meta", "meta"]
    assert loaded["columns"].shape == (3, 2)
    assert loaded["columns"].stride() == (1, 3)
    assert loaded["columns"].dtype == torch.float64
    assert type(loaded["bias"]) is nn.Parameter
    assert loaded["bias"].requires_grad


@claim("serialization.load.map-location-meta-views", see=LOAD)
def test_views_on_meta_keep_their_offsets():
    """With map_location="meta" a view keeps its offset into its storage."""
    view = torch.load(saved(torch.arange(6.0)[2:4]), map_location="meta")

    assert view.device == torch.device("meta")
    assert view.storage_offset() == 2
    assert view.shape == (2,)


@claim("serialization.load.map-location-only-tensors", see=LOAD)
def test_map_location_leaves_what_is_no_tensor_as_it_is():
    """What is no tensor is loaded as it is, a device included: map_location= moves
    storages and nothing else.
    """
    thing = {"epoch": 3, "device": torch.device("cuda", 1), "tensor": torch.zeros(2)}

    loaded = torch.load(saved(thing), map_location="meta")

    assert loaded["epoch"] == 3
    assert loaded["device"] == torch.device("cuda", 1)
    assert loaded["tensor"].device == torch.device("meta")


@claim("serialization.load.default-device-ignored", see=LOAD, since="2.0")
def test_the_default_device_does_not_decide_where_tensors_are_loaded(device):
    """The default device does not decide where tensors are loaded: they still come back
    to the device that they were saved from.
    """
    file = saved(torch.tensor([1.0, 2.0], device=device))

    with torch.device("meta"):
        loaded = torch.load(file)

    assert loaded.device == device
    assert loaded.tolist() == [1.0, 2.0]


# --- loading into a model -------------------------------------------------------------


@claim("serialization.load.model-stays-where-it-is", see="notes/serialization")
def test_map_location_does_not_move_a_model(device):
    """Wherever map_location= has put the tensors of a state dict, load_state_dict()
    copies their values to the model's device, and the model stays there.
    """
    source, model = nn.Linear(2, 1, device=device), nn.Linear(2, 1, device=device)
    nn.init.constant_(source.weight, 2.0)
    weight = model.weight

    state = torch.load(saved(source.state_dict()), map_location="cpu")
    model.load_state_dict(state)

    assert state["weight"].device == torch.device("cpu")
    assert model.weight is weight
    assert model.weight.device == device
    assert model.weight.tolist() == [[2.0, 2.0]]


@claim("serialization.load.model-on-meta-stays", see="notes/serialization")
@pytest.mark.filterwarnings("ignore:for .*copying from a non-meta parameter")
def test_a_model_on_meta_stays_there_without_values(device):
    """A model on the meta device stays there too: loading values from another device
    into it does nothing, and reports that all keys match.
    """
    model = nn.Linear(2, 1, device="meta")

    keys = model.load_state_dict(nn.Linear(2, 1, device=device).state_dict())

    assert keys == ([], [])
    assert model.weight.device == torch.device("meta")
    assert model.weight.shape == (1, 2)


@claim(
    "serialization.load.model-on-meta-warning", see="notes/serialization", since="2.1"
)
def test_loading_values_into_a_model_on_meta_is_warned_of(device):
    """A load into a model on the meta device, which does nothing, is warned of for each
    parameter.
    """
    model = nn.Linear(2, 1, device="meta")

    with pytest.warns(UserWarning, match="copying from a non-meta parameter") as warned:
        model.load_state_dict(nn.Linear(2, 1, device=device).state_dict())

    assert [str(warning.message)[:10] for warning in warned] == [
        "for weight",
        "for bias: ",
    ]


@claim("serialization.load.state-on-meta-has-no-values", see="notes/serialization")
def test_a_state_dict_on_meta_has_no_values_to_load(device):
    """A state dict that was loaded to the meta device has no values for a model:
    loading it is a RuntimeError, and the model keeps its own.
    """
    model = nn.Linear(2, 1, device=device)
    nn.init.constant_(model.weight, 2.0)
    state = torch.load(saved(nn.Linear(2, 1).state_dict()), map_location="meta")

    with pytest.raises(RuntimeError, match="Cannot copy out of meta tensor"):
        model.load_state_dict(state)
    assert model.weight.tolist() == [[2.0, 2.0]]


# --- with CUDA ------------------------------------------------------------------------


@claim("serialization.load.cross-device", see="notes/serialization")
def test_a_state_dict_from_cuda_fits_a_model_on_the_cpu(cuda):
    """A state dict from a CUDA device is loaded to that device, and fits a model on the
    CPU as it is: the values are copied across, and only to() moves the model.
    """
    source = nn.Linear(2, 1, device=cuda)
    nn.init.constant_(source.weight, 2.0)
    nn.init.constant_(source.bias, 1.0)
    model = nn.Linear(2, 1, device="cpu")
    batch = torch.ones(1, 2, device=cuda)

    state = torch.load(saved(source.state_dict()))
    model.load_state_dict(state)

    assert state["weight"].device == cuda
    assert model.weight.device == torch.device("cpu")
    assert model.weight.tolist() == [[2.0, 2.0]]
    with pytest.raises(RuntimeError, match=r"same device|is on cpu|different from"):
        model(batch)
    assert model.to(cuda)(batch).tolist() == [[5.0]]


@claim("serialization.load.cuda-to-cpu", see=LOAD)
@pytest.mark.parametrize("target", ["cpu", torch.device("cpu")], ids=["str", "device"])
def test_a_file_from_cuda_is_loaded_to_the_cpu(cuda, target):
    """With map_location="cpu" what was saved from a CUDA device is loaded to the CPU,
    and nothing is allocated on the device.
    """
    file = saved(torch.tensor([1.0, 2.0], device=cuda))
    allocated = torch.cuda.memory_allocated(cuda)

    loaded = torch.load(file, map_location=target)

    assert loaded.device == torch.device("cpu")
    assert loaded.tolist() == [1.0, 2.0]
    assert torch.cuda.memory_allocated(cuda) == allocated


@claim("serialization.load.cpu-to-cuda", see=LOAD)
def test_a_file_from_the_cpu_is_loaded_to_cuda(cuda):
    """With map_location= a CUDA device, as a name, a device, a dict's value or by a
    function, what was saved from the CPU is loaded to that device.
    """
    file = saved(torch.tensor([1.0, 2.0], device="cpu"))
    targets = [
        str(cuda),
        cuda,
        {"cpu": str(cuda)},
        lambda storage, location: storage.cuda(cuda.index),
    ]

    loaded = [torch.load(io.BytesIO(file.getvalue()), map_location=t) for t in targets]

    assert [tensor.device for tensor in loaded] == [cuda] * 4
    assert [tensor.tolist() for tensor in loaded] == [[1.0, 2.0]] * 4


@claim("serialization.load.cuda-without-index", see=LOAD)
def test_cuda_without_an_index_is_the_current_device(cuda):
    """With map_location="cuda", without an index, tensors are loaded to the current
    CUDA device, from another device too.
    """
    loaded = torch.load(
        saved(torch.tensor([1.0, 2.0], device="cpu")), map_location="cuda"
    )

    assert loaded.device == torch.device("cuda", torch.cuda.current_device())
    assert loaded.tolist() == [1.0, 2.0]


@claim("serialization.load.cpu-state-into-cuda-model", see="notes/serialization")
def test_a_state_dict_from_the_cpu_fits_a_model_on_cuda(cuda):
    """A state dict from the CPU fits a model on a CUDA device as it is, and the model
    stays on that device.
    """
    source, model = nn.Linear(2, 1, device="cpu"), nn.Linear(2, 1, device=cuda)
    nn.init.constant_(source.weight, 2.0)

    model.load_state_dict(torch.load(saved(source.state_dict())))

    assert model.weight.device == cuda
    assert model.weight.tolist() == [[2.0, 2.0]]


@claim("serialization.load.map-location-cuda-leaves-model", see="notes/serialization")
def test_map_location_cuda_does_not_move_a_model_to_cuda(cuda):
    """A state dict that map_location= has put on a CUDA device leaves a model on the
    CPU there.
    """
    source, model = nn.Linear(2, 1, device="cpu"), nn.Linear(2, 1, device="cpu")
    nn.init.constant_(source.weight, 2.0)

    state = torch.load(saved(source.state_dict()), map_location=cuda)
    model.load_state_dict(state)

    assert state["weight"].device == cuda
    assert model.weight.device == torch.device("cpu")
    assert model.weight.tolist() == [[2.0, 2.0]]


@claim("serialization.load.cuda-index-out-of-range", see=LOAD)
def test_a_cuda_device_that_this_machine_lacks_is_an_error(cuda):
    """A file from a CUDA device with an index that this machine lacks can't be loaded
    as it is: the RuntimeError names the index, and map_location= helps.
    """
    tensor = torch.tensor([1.0, 2.0])

    with pytest.raises(RuntimeError, match="on CUDA device 99 but"):
        torch.load(saved_from("cuda:99", tensor))
    loaded = torch.load(
        saved_from("cuda:99", tensor), map_location={"cuda:99": str(cuda)}
    )
    assert loaded.device == cuda
    assert loaded.tolist() == [1.0, 2.0]


@claim("serialization.load.cuda-views-share", see=LOAD)
def test_views_still_share_a_storage_on_cuda(cuda):
    """Views that share a storage on a CUDA device share one after loading, there and
    when they are mapped to the CPU.
    """
    base = torch.tensor([1.0, 2.0, 3.0], device=cuda)
    file = saved([base, base[1:]])

    there = torch.load(io.BytesIO(file.getvalue()))
    here = torch.load(file, map_location="cpu")
    there[0][2] = 9
    here[0][2] = 8

    assert there[1].tolist() == [2.0, 9.0]
    assert here[1].tolist() == [2.0, 8.0]
    assert there[1].device == cuda


@claim("serialization.checkpoint.training-goes-on-from-cuda", see=LOAD)
def test_an_optimizer_puts_its_state_where_its_parameters_are(cuda):
    """An optimizer that loads a state dict from the CPU puts the state of each
    parameter on the parameter's device.
    """
    source, model = nn.Linear(1, 1, device="cpu"), nn.Linear(1, 1, device=cuda)
    trained = torch.optim.SGD(source.parameters(), lr=1.0, momentum=0.5)
    source(torch.ones(1, 1)).sum().backward()
    trained.step()

    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.5)
    optimizer.load_state_dict(torch.load(saved(trained.state_dict())))

    momentum = optimizer.state[model.weight]["momentum_buffer"]
    assert momentum.device == cuda
    assert momentum.tolist() == [[1.0]]

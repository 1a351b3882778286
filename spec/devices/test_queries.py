"""Queries: how many GPUs there are, and which release of torch this is.

The questions of ``torch.cuda`` about what is there can be asked on every machine, with
every build; where there is nothing they say so, and do not raise. They do not start
CUDA either, which happens on the first use of a GPU.

``torch.__version__`` is a string that compares like a version. It is often believed
that it has to be taken apart first, as a plain string would: "1.9" is greater than
"1.13" to a string, and less to a version.
"""

import os
import subprocess
import sys

import pytest
import torch
from torch.torch_version import TorchVersion

from torch_semantics import claim

CUDA = "notes/cuda"


@claim("device.cuda.device-count-and-availability", see=CUDA)
def test_queries_answer_on_every_machine():
    """device_count() is an int that is not negative, is_available() a bool that is True
    exactly if the count is more than 0, and neither starts CUDA.
    """
    started = torch.cuda.is_initialized()

    count, available = torch.cuda.device_count(), torch.cuda.is_available()

    assert (type(count), type(available)) == (int, bool)
    assert count >= 0
    assert available == (count > 0)
    assert torch.cuda.is_initialized() is started


@claim("device.cuda.build-for-the-cpu", see=CUDA)
def test_a_build_without_cuda_has_nothing_available(monkeypatch):
    """In a build without CUDA is_available() is False, device_count() 0,
    get_arch_list() an empty list and get_gencode_flags() an empty string.
    """
    monkeypatch.delattr(torch._C, "_cuda_getDeviceCount", raising=False)

    answers = torch.cuda.is_available(), torch.cuda.device_count()
    architectures = torch.cuda.get_arch_list(), torch.cuda.get_gencode_flags()

    assert (answers, architectures) == ((False, 0), ([], ""))
    assert type(answers[0]) is bool


@claim("device.cuda.seeds-without-starting", see=CUDA)
def test_housekeeping_does_not_start_cuda():
    """empty_cache(), manual_seed() and manual_seed_all() of torch.cuda, set_device()
    and the context manager device() with a negative index, and device_of() a tensor of
    the CPU do nothing where CUDA has not started, and do not start it.
    """
    started = torch.cuda.is_initialized()
    entered = torch.zeros(1)

    torch.cuda.empty_cache()
    torch.cuda.manual_seed(0)
    torch.cuda.manual_seed_all(0)
    torch.cuda.set_device(-1)
    with torch.cuda.device(-1), torch.cuda.device_of(entered):
        entered += 1

    assert entered.tolist() == [1]
    assert torch.cuda.is_initialized() is started


@claim("device.cuda.no-other-device-is-selected", see="generated/torch.cuda.set_device")
@pytest.mark.parametrize(
    "select",
    [lambda name: torch.cuda.set_device(name), lambda name: torch.cuda.device(name)],
    ids=["set_device", "device"],
)
def test_only_a_cuda_device_can_be_selected(select):
    """set_device() and device() of torch.cuda raise ValueError for a device that is not
    of CUDA.
    """
    with pytest.raises(ValueError, match="Expected a cuda device, but got: cpu"):
        select("cpu")
    with pytest.raises(ValueError, match="Expected a cuda device, but got: cpu"):
        select(torch.device("cpu"))


@claim("device.cuda.set-device-by-index", see="generated/torch.cuda.set_device")
def test_set_device_needs_an_index():
    """torch.cuda.set_device() raises ValueError for what gives no index: a device of
    CUDA without one, None and a float.
    """
    started = torch.cuda.is_initialized()

    with pytest.raises(ValueError, match="with a specified index or an integer, but"):
        torch.cuda.set_device("cuda")
    with pytest.raises(ValueError, match="with a specified index or an integer, but"):
        torch.cuda.set_device(torch.device("cuda"))
    with pytest.raises(ValueError, match=r"or an integer, but got: ?None"):
        torch.cuda.set_device(None)
    with pytest.raises(ValueError, match=r"or an integer, but got: ?1\.5"):
        torch.cuda.set_device(1.5)
    assert torch.cuda.is_initialized() is started


@claim("device.cuda.no-memory-before-start", see="generated/torch.cuda.memory_stats")
def test_no_memory_is_in_use_before_cuda_has_started(monkeypatch):
    """Where CUDA has not started, memory_stats() of torch.cuda is empty, and the memory
    allocated and reserved, now and at most, is 0; asking does not start CUDA.
    """
    monkeypatch.setattr(torch.cuda, "_initialized", False)

    statistics = torch.cuda.memory_stats()
    allocated = torch.cuda.memory_allocated(), torch.cuda.max_memory_allocated()
    reserved = torch.cuda.memory_reserved(), torch.cuda.max_memory_reserved()

    assert statistics == {}
    assert (allocated, reserved) == ((0, 0), (0, 0))
    assert torch.cuda.is_initialized() is False


@claim("device.cuda.current", see="generated/torch.cuda.current_device")
def test_the_current_device_is_chosen_and_given_back(cuda):
    """Inside torch.cuda.device() the current device is the one given, and after it, an
    exception too, it is the one before; set_device() chooses it for good.
    """
    before = torch.cuda.current_device()

    with torch.cuda.device(cuda.index):
        inside = torch.cuda.current_device()
    with pytest.raises(KeyError), torch.cuda.device(cuda):
        raise KeyError
    after = torch.cuda.current_device()
    torch.cuda.set_device(cuda)
    chosen = torch.cuda.current_device()
    torch.cuda.set_device(before)

    assert (inside, after, chosen) == (cuda.index, before, cuda.index)
    assert torch.cuda.is_initialized()
    assert 0 <= cuda.index < torch.cuda.device_count()


PROGRAM = """
import torch
before = torch.cuda.is_initialized()
answers = torch.cuda.is_available(), torch.cuda.device_count()
torch.manual_seed(1)
torch.nn.Linear(2, 1)(torch.ones(1, 2)).sum().backward()
print(before, *answers, torch.cuda.is_initialized())
"""


# What a program starts from is only there before it has imported torch, and a GPU is
# counted once in the life of a process: this takes a process of its own.
@claim("device.cuda.visible-devices", see=CUDA)
@pytest.mark.slow
def test_no_device_is_visible_where_the_list_is_empty():
    """With CUDA_VISIBLE_DEVICES empty a program counts no devices, GPUs or not; neither
    the import, nor the queries, nor seeding, nor a backward pass on the CPU start CUDA.
    """
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}

    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.split() == ["False", "False", "0", "False"]


# --- the version ----------------------------------------------------------------------


@claim("device.version.string", see="notes/cuda")
def test_the_version_is_a_string_that_compares_as_a_version():
    """torch.__version__ is a TorchVersion, a string that compares as a version with
    strings, tuples and lists, on either side: 1.13 is after 1.9, as in "1.13" and
    (1, 13).
    """
    here = torch.__version__
    old = TorchVersion("1.13.1+cpu")

    assert type(here) is TorchVersion
    assert isinstance(here, str)
    assert here >= "1.13"
    assert (old > "1.9", old >= "1.13", old < "1.13.2", old <= "1.13.1") == (
        (True, True, True, False)
    )
    assert (old > (1, 9), old >= (1, 13), old < (2,), old <= (1, 9)) == (
        (True, True, True, False)
    )
    assert (old < (1, 13, 2), old > (1, 13, 1), old > (1, 13, 2)) == (
        (True, True, False)
    )
    assert (old > [1, 9], old < ["2", "0"], old < TorchVersion("2.0")) == (
        (True, True, True)
    )
    assert ("1.9" < old, (1, 9) < old, "1.9" > old) == (  # noqa: SIM300
        (True, True, False)
    )


@claim("device.version.equality", see="notes/cuda")
def test_equal_versions_may_be_written_differently():
    """Versions are equal where they mean the same release, "2.0" and "2.0.0" and
    (2, 0); one with a local part, such as +cpu, is after the one without, and one of a
    preview before it.
    """
    plain, local = TorchVersion("2.0"), TorchVersion("2.0.1+cpu")

    assert (plain == "2.0", plain == "2.0.0", plain == (2, 0)) == (True, True, True)
    assert (plain == "2.0.1", plain == (2, 1)) == (False, False)
    assert (plain >= "2.0", plain <= "2.0.0") == (True, True)
    assert (plain > "2.0", plain < "2.0.0") == (False, False)
    assert (local == "2.0.1+cpu", local == "2.0.1", local > "2.0.1") == (
        (True, False, True)
    )
    assert (TorchVersion("2.0.0a0") < "2.0", TorchVersion("2.0") > "2.0rc1") == (
        (True, True)
    )


@claim("device.version.not-equal", see="notes/cuda", level="observed")
def test_unequal_is_decided_by_the_text():
    """Only ``!=`` compares the text: "2.0" and "2.0.0" are equal, and unequal too."""
    version = TorchVersion("2.0")

    assert (version == "2.0.0", version != "2.0.0") == (True, True)
    assert (version == (2, 0), version != (2, 0)) == (True, True)
    assert version != "2.1"
    assert not version != "2.0"  # noqa: SIM202


@claim("device.version.not-a-version", see="notes/cuda")
def test_a_text_that_is_no_version_compares_as_text():
    """Beside a text that is no version a TorchVersion compares as text does. It equals
    no number and not None, and asked which of the two is greater it raises TypeError.
    """
    version = TorchVersion("2.0")

    assert (version < "parrot", version > "parrot") == (True, False)
    assert (version >= "1x", version == "parrot", version == 2) == (True, False, False)
    assert (version == None) is False  # noqa: E711
    with pytest.raises(TypeError, match="not supported between"):
        version < 2  # noqa: B015
    with pytest.raises(TypeError, match="not supported between"):
        version >= None  # noqa: B015


@claim("device.version.text", see="notes/cuda")
def test_the_version_is_used_like_any_text():
    """torch.__version__ has the methods of a string, and torch.version.__version__ is
    the same text.
    """
    release = torch.__version__.split("+")[0]

    assert torch.__version__.startswith(release)
    assert len(release.split(".")) == 3
    assert str(torch.version.__version__) == str(torch.__version__)
    assert type(torch.__version__ + "") is str

"""Ways to break the queries: counts, what starts CUDA, how versions compare."""

import subprocess
import sys

import torch
from torch.torch_version import TorchVersion

from torch_semantics.faults import error_of, fault, raises, wrap

V = TorchVersion("1.13.1+cpu")


@fault(
    "is_available() returns a number.",
    witness=lambda: type(torch.cuda.is_available()) is int,
)
def available_is_a_number(patch):
    wrap(patch, torch.cuda, "is_available", lambda available: int(available()))


@fault(
    "is_available() is always True.",
    witness=lambda: torch.cuda.is_available() and not torch.cuda.device_count(),
)
def available_is_true(patch):
    patch(torch.cuda, "is_available", lambda: True)


@fault(
    "device_count() is -1 where there is no device.",
    witness=lambda: torch.cuda.device_count() == -1,
)
def count_is_negative(patch):
    wrap(patch, torch.cuda, "device_count", lambda count: count() or -1)


def _starts(call):
    before = torch.cuda._initialized
    call()
    started = torch.cuda._initialized
    torch.cuda._initialized = before
    return started and not before


@fault(
    "device_count() starts CUDA.",
    witness=lambda: _starts(torch.cuda.device_count),
)
def count_starts(patch):
    def starting(count):
        torch.cuda._initialized = True
        return count()

    patch(torch.cuda, "_initialized", torch.cuda._initialized)
    wrap(patch, torch.cuda, "device_count", starting)


@fault(
    "manual_seed_all() starts CUDA.",
    witness=lambda: _starts(lambda: torch.cuda.manual_seed_all(0)),
)
def seed_starts(patch):
    def starting(seed, *args):
        torch.cuda._initialized = True

    patch(torch.cuda, "_initialized", torch.cuda._initialized)
    wrap(patch, torch.cuda, "manual_seed_all", starting)


@fault(
    "set_device() refuses a negative index.",
    witness=lambda: raises(lambda: torch.cuda.set_device(-1)),
)
def negative_is_refused(patch):
    def refusing(original, device):
        if device == -1:
            raise ValueError("negative")
        return original(device)

    wrap(patch, torch.cuda, "set_device", refusing)


@fault(
    "torch.cuda.set_device() takes the CPU.",
    witness=lambda: not raises(lambda: torch.cuda.set_device("cpu")),
)
def cpu_is_selected(patch):
    def lenient(original, device):
        return None if str(device) == "cpu" else original(device)

    wrap(patch, torch.cuda, "set_device", lenient)


@fault(
    "torch.cuda.device() raises a RuntimeError for the CPU.",
    witness=lambda: isinstance(
        error_of(lambda: torch.cuda.device("cpu")), RuntimeError
    ),
)
def wrong_kind_is_runtime(patch):
    init = torch.cuda.device.__init__

    def translating(self, device):
        try:
            init(self, device)
        except ValueError as error:
            raise RuntimeError(str(error)) from None

    patch(torch.cuda.device, "__init__", translating)


@fault(
    "get_arch_list() is None without CUDA.",
    witness=lambda: torch.cuda.get_arch_list() is None,
)
def no_architectures_is_none(patch):
    wrap(patch, torch.cuda, "get_arch_list", lambda architectures: None)


@fault(
    "device_count() is None in a build without CUDA.",
    witness=lambda: _without_cuda(torch.cuda.device_count) is None,
)
def no_devices_is_none(patch):
    wrap(
        patch,
        torch.cuda,
        "device_count",
        lambda count: count() if hasattr(torch._C, "_cuda_getDeviceCount") else None,
    )


def _without_cuda(call):
    name = "_cuda_getDeviceCount"
    count = getattr(torch._C, name, None)
    if count is not None:
        delattr(torch._C, name)
    try:
        return call()
    finally:
        if count is not None:
            setattr(torch._C, name, count)


@fault(
    "set_device() takes None.",
    witness=lambda: not raises(lambda: torch.cuda.set_device(None)),
)
def nothing_is_selected(patch):
    def lenient(original, device):
        return None if device is None else original(device)

    wrap(patch, torch.cuda, "set_device", lenient)


@fault(
    "Without CUDA the most memory that was allocated is not known.",
    witness=lambda: torch.cuda.max_memory_allocated() is None,
)
def most_memory_is_unknown(patch):
    wrap(patch, torch.cuda, "max_memory_allocated", lambda most: most() or None)


@fault(
    "A version is less than one that it equals.",
    witness=lambda: TorchVersion("2.0") < "2.0",
)
def less_is_less_or_equal(patch):
    patch(TorchVersion, "__lt__", lambda self, other: self <= other)


@fault(
    "Versions that are equal are not unequal.",
    witness=lambda: (TorchVersion("2.0") != "2.0.0") is False,
)
def unequal_is_not_equal(patch):
    patch(TorchVersion, "__ne__", lambda self, other: (self == other) is False)


@fault(
    "A version is compared with a list as text.",
    witness=lambda: raises(lambda: V > [1, 9]),
)
def lists_are_no_versions(patch):
    wrapper = TorchVersion._cmp_wrapper
    patch(
        TorchVersion,
        "_cmp_wrapper",
        lambda self, other, method: (
            getattr(str, method)(self, other)
            if isinstance(other, list)
            else wrapper(self, other, method)
        ),
    )


@fault(
    "Versions compare as text.",
    witness=lambda: V < "1.9",
)
def versions_are_text(patch):
    patch(
        TorchVersion,
        "_cmp_wrapper",
        lambda self, other, method: getattr(str, method)(str(self), str(other)),
    )


@fault(
    "Versions are equal only as text.",
    witness=lambda: (
        TorchVersion("2.0") != (2, 0) and TorchVersion("2.0").__eq__("2.0.0") is False
    ),
)
def equality_is_text(patch):
    patch(TorchVersion, "__eq__", lambda self, other: str(self) == str(other))


@fault(
    "Versions ignore their local part.",
    witness=lambda: V == "1.13.1",
)
def local_is_ignored(patch):
    wrapper = TorchVersion._cmp_wrapper
    patch(
        TorchVersion,
        "_cmp_wrapper",
        lambda self, other, method: wrapper(
            TorchVersion(self.split("+")[0]),
            other.split("+")[0] if isinstance(other, str) else other,
            method,
        ),
    )


@fault(
    "Of a tuple only the first number is compared.",
    witness=lambda: not V > (1, 9, 9) or V >= (1, 14),
)
def tuples_are_cut(patch):
    wrapper = TorchVersion._cmp_wrapper
    patch(
        TorchVersion,
        "_cmp_wrapper",
        lambda self, other, method: wrapper(
            self, other[:1] if isinstance(other, tuple) else other, method
        ),
    )


@fault(
    "Comparing with a text that is no version raises.",
    witness=lambda: raises(lambda: V < "parrot"),
)
def parrots_raise(patch):
    wrapper = TorchVersion._cmp_wrapper

    def strict(self, other, method):
        if other == "parrot":
            raise ValueError(other)
        return wrapper(self, other, method)

    patch(TorchVersion, "_cmp_wrapper", strict)


@fault(
    "A version is greater or equal only if it is greater.",
    witness=lambda: not TorchVersion("2.0") >= "2.0",
)
def greater_or_equal_is_greater(patch):
    patch(TorchVersion, "__ge__", lambda self, other: self > other)


@fault(
    "torch.__version__ is a plain string.",
    witness=lambda: type(torch.__version__) is str,
)
def version_is_plain(patch):
    patch(torch, "__version__", str(torch.__version__))


@fault(
    "torch.version has another version.",
    witness=lambda: torch.version.__version__ != str(torch.__version__),
)
def two_versions(patch):
    patch(torch.version, "__version__", "0.0.0")


@fault(
    "A program has started CUDA once it has imported torch.",
    witness=lambda: "True" in _started_in_a_program(),
)
def programs_start_cuda(patch):
    def started(run, command, **options):
        *python, program = command
        broken = "import torch; torch.cuda.is_initialized = lambda: True\n"
        return run([*python, broken + program], **options)

    wrap(patch, subprocess, "run", started)


def _started_in_a_program():
    program = "import torch; print(torch.cuda.is_initialized())"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

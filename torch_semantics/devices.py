"""Devices: which are here, and how a run names and describes one."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from typing import Any

# meta is torch's own device without memory: always here, but no place to compute.
NOT_ACCELERATORS = ("cpu", "meta")


class UnknownDevice(Exception):
    """A device was asked for that is not here; the message is one line."""


@dataclass(frozen=True)
class Device:
    """A device that specs run on.

    Args:
        name: as the user names it, such as ``"cuda:1"``; shown in outputs.
        torch_device: the ``torch.device``, with its index where the device has one.
    """

    name: str
    torch_device: Any

    @property
    def type(self) -> str:
        """The type of device, such as ``"cuda"``."""
        return self.torch_device.type

    @property
    def slug(self) -> str:
        """The name as a part of a file's name, such as ``cuda-1``."""
        return self.name.replace(":", "-")

    def describe(self) -> dict[str, str]:
        """Describe the hardware and its software, for the run file."""
        import torch

        if self.type == "cuda":
            properties = torch.cuda.get_device_properties(self.torch_device)
            runtime, kind = f"CUDA {torch.version.cuda}", "cuda"
            if torch.version.hip:
                runtime, kind = f"ROCm {torch.version.hip}", "rocm"
            return {
                "kind": kind,
                "model": properties.name,
                "runtime": runtime,
                "driver": _cuda_driver(),
            }
        if self.type in ("cpu", "meta"):
            model = platform.processor() or platform.machine()
            return {"kind": self.type, "model": model, "runtime": "", "driver": ""}
        package = sys.modules.get(f"torch_{self.type}")
        version = getattr(package, "__version__", "")
        runtime = f"torch_{self.type} {version}" if version else ""
        return {"kind": self.type, "model": "", "runtime": runtime, "driver": ""}


def _cuda_driver() -> str:
    import torch

    number = getattr(torch._C, "_cuda_getDriverVersion", lambda: 0)()
    return f"{number // 1000}.{number % 1000 // 10}" if number else ""


def find_device(name: str) -> Device:
    """Return the device of that name, with its index resolved.

    Args:
        name: what ``torch.device`` accepts, such as ``"cpu"``, ``"cuda:1"`` or
            ``"meta"``, or a device that an imported package registered.

    Raises:
        UnknownDevice: torch does not know the name, or no tensor can be made there.
    """
    import torch

    try:
        # The tensor is not empty: some backends answer for a device they don't have
        # until something must really be allocated.
        return Device(name, torch.zeros(1, device=torch.device(name)).device)
    except Exception as error:  # each backend raises errors of its own
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UnknownDevice(
            f"--device {name}: no such device here ({reason.split('. ')[0]});"
            " 'python -m torch_semantics devices' lists what is"
        ) from None


def present_devices() -> list[Device]:
    """Return the CPU and one device of each type of accelerator that is here."""
    import torch

    devices = [find_device("cpu")]
    if torch.cuda.is_available():
        devices.append(find_device("cuda"))
    xpu = getattr(torch, "xpu", None)
    if xpu is not None and xpu.is_available():
        devices.append(find_device("xpu"))
    mps = getattr(torch.backends, "mps", None)
    if mps is not None and mps.is_available():
        devices.append(find_device("mps"))
    # Packages that add a device register it under a name of their own; torch_xla's
    # device type is built into torch, and lives once the package is imported.
    find_registered = getattr(torch._C, "_get_privateuse1_backend_name", str)  # 2.1
    registered = find_registered()
    module = getattr(torch, registered, None) if registered else None
    if module is not None and getattr(module, "is_available", lambda: False)():
        devices.append(find_device(registered))
    if "torch_xla" in sys.modules:
        devices.append(find_device("xla"))
    return devices


def choose_devices(names: list[str]) -> list[Device]:
    """Return the named devices, each once, or all that are present if none is named.

    Raises:
        UnknownDevice: as :func:`find_device`.
    """
    if not names:
        return present_devices()
    return [find_device(name) for name in dict.fromkeys(names)]

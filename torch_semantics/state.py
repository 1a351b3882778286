"""Torch's global state: checked and put back after each spec.

The random generators are not put back: each is seeded before every spec.
"""

from __future__ import annotations

import random
import sys
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy
import torch

# What a spec must leave as it found it: how each piece is read and put back.
_STATE: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "grad mode": (torch.is_grad_enabled, torch.set_grad_enabled),
    "default dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "number of threads": (torch.get_num_threads, torch.set_num_threads),
    "deterministic algorithms": (
        lambda: (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        lambda old: torch.use_deterministic_algorithms(old[0], warn_only=old[1]),
    ),
    "anomaly mode": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    "warn-always flag": (torch.is_warn_always_enabled, torch.set_warn_always),
    "cudnn.benchmark": (
        lambda: torch.backends.cudnn.benchmark,
        lambda old: setattr(torch.backends.cudnn, "benchmark", old),
    ),
    "cudnn.deterministic": (
        lambda: torch.backends.cudnn.deterministic,
        lambda old: setattr(torch.backends.cudnn, "deterministic", old),
    ),
}
if hasattr(torch, "set_default_device"):  # since 2.0
    _STATE["default device"] = (
        lambda: torch.empty(0).device,
        # None takes the default away again, where setting it to the CPU would leave
        # every factory call going through a device context.
        lambda old: torch.set_default_device(None if old.type == "cpu" else old),
    )


def seed(text: str, devices: Iterable[torch.device]) -> None:
    """Seed every generator that a spec may draw from, from a text such as its id."""
    number = zlib.crc32(text.encode())
    random.seed(number)
    numpy.random.seed(number)
    # torch.manual_seed would also queue work for devices that nobody has asked for.
    torch.default_generator.manual_seed(number)
    for device in devices:
        # A device's module is torch.cuda, or a package of its own such as torch_xla.
        for module in (getattr(torch, device.type, None), _package(device)):
            for name in ("manual_seed_all", "manual_seed"):
                if hasattr(module, name):
                    getattr(module, name)(number)
                    break


def _package(device: torch.device) -> Any:
    return sys.modules.get(f"torch_{device.type}")


class Guard:
    """Torch's global state at one moment."""

    def __init__(self) -> None:
        self._values = {name: read() for name, (read, _) in _STATE.items()}

    def restore(self) -> list[str]:
        """Put back what has changed since; return a line for each piece that had."""
        changes = []
        for name, (read, write) in _STATE.items():
            old, new = self._values[name], read()
            if new != old:
                changes.append(f"{name}: was {old}, left as {new}")
                write(old)
        return changes

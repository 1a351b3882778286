"""The command line: ``torch-semantics devices`` and ``torch-semantics strength``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status.

    Args:
        arguments: those after the program's name; None for those of the process.
    """
    parser = argparse.ArgumentParser(
        prog="torch-semantics", description="An executable specification of PyTorch."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("devices", help="list the devices that are here")
    strength = commands.add_parser(
        "strength",
        help="run specs under faults in torch, and say what they would not catch",
        description="Runs each spec under faults in torch. Exits with 1 if a claim is"
        " vacuous (nothing makes its spec fail) or nothing catches a written fault.",
    )
    strength.add_argument(
        "chapter",
        nargs="*",
        help="a chapter, such as tensor/views, or a part, such as tensor; default: all",
    )
    strength.add_argument(
        "--changed",
        metavar="REV",
        help="take only the chapters that differ from this git revision,"
        " in their specs, faults or models; all of them where the harness differs",
    )
    strength.add_argument(
        "--verbose",
        action="store_true",
        help="find out and say of each claim all that fails it, which takes longer",
    )
    strength.add_argument(
        "--json", metavar="FILE", type=Path, help="write everything found to this file"
    )
    options = parser.parse_args(arguments)
    if options.command == "devices":
        return _devices()
    from torch_semantics.strength.command import run

    return run(
        Path.cwd(),
        options.chapter,
        changed=options.changed,
        verbose=options.verbose,
        json_file=options.json,
    )


def _devices() -> int:
    from torch_semantics.devices import present_devices

    for device in present_devices():
        about = device.describe()
        parts = [about["model"], about["runtime"], about["driver"]]
        print(f"{device.name}: {', '.join(part for part in parts if part)}")
    return 0

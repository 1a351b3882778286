"""The command line: ``torch-semantics COMMAND``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from torch_semantics.history import FOLDER

FORMATS = ("text", "markdown", "json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status.

    Args:
        arguments: those after the program's name; None for those of the process.
    """
    try:
        status = _main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # who read the output has seen enough, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _main(arguments: Sequence[str] | None) -> int:
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
    passages = commands.add_parser(
        "passages",
        help="list what the notes say by chapter and note: proven, and not",
        description="Lists the passages of the notes that specs prove and those that"
        " none proves. Exits with 1 if one of those asked for is not proven.",
    )
    passages.add_argument(
        "name",
        nargs="*",
        help="a chapter, a part or a note, such as tensor/views, tensor or basics;"
        " default: all",
    )
    passages.add_argument(
        "--verbose",
        action="store_true",
        help="list what is proven, too, and by what, and the claims beyond the notes",
    )
    errata = commands.add_parser(
        "errata",
        help="make the page of what the notes get wrong",
        description="Prints a page of every statement of the notes that does not"
        " simply hold: what is true, since when, and the specs that prove it.",
    )
    releases = commands.add_parser(
        "releases",
        help="run the specification on one release of torch after another",
        description="Installs each release with tox, runs the specification on it,"
        " saves the run and removes the release. What has a run of this specification"
        " is not run again, so that the command goes on where it was interrupted."
        " Exits with 1 if a release can't be run, or one of its claims is red.",
    )
    releases.add_argument(
        "release", nargs="*", help="a release, such as 2.6.0; default: all"
    )
    releases.add_argument(
        "--again", action="store_true", help="run also those that have a run already"
    )
    bounds = commands.add_parser(
        "bounds",
        help="compare the declared bounds with what the runs observed",
        description="Exits with 1 if a claim's bounds differ from what the runs"
        " observed, contradict it, or were not observed on both sides.",
    )
    diff = commands.add_parser(
        "diff",
        help="compare two runs, claim by claim",
        description="Says which claims stopped holding, started holding, differ, are"
        " new or gone. Exits with 1 if a claim that must hold stopped holding.",
    )
    diff.add_argument(
        "old", help="a run file, or a release that is in the folder of runs"
    )
    diff.add_argument("new", help="the same")
    diff.add_argument(
        "--device", default="cpu", help="of runs named by release; default: %(default)s"
    )
    diff.add_argument(
        "--format", choices=FORMATS, default="text", help="default: %(default)s"
    )
    diff.add_argument(
        "--any-specification",
        action="store_true",
        help="compare runs of different specifications, too",
    )
    changes = commands.add_parser(
        "changes",
        help="make the change log of torch's behaviour from the runs",
        description="Prints what is not the same on two adjacent releases: what was,"
        " what is, and the specs that prove it.",
    )
    for command in (errata, changes):
        command.add_argument(
            "--output", metavar="FILE", type=Path, help="write the page to this file"
        )
    book = commands.add_parser(
        "book",
        help="build the book: a site of the chapters, the matrix and what changed",
        description="Builds a site that opens from disk: the chapters with the code of"
        " every claim and where it holds, the matrix of all runs, comparisons, changes,"
        " errata and a search.",
    )
    book.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=Path("book"),
        help="the folder to make, or the book to replace; default: %(default)s",
    )
    for command in (releases, bounds, diff, changes, book):
        command.add_argument(
            "--runs",
            metavar="DIR",
            type=Path,
            default=FOLDER,
            help="the folder of runs; default: %(default)s",
        )
    options = parser.parse_args(arguments)
    if options.command == "devices":
        return _devices()
    if options.command == "releases":
        from torch_semantics import every

        return every.run(
            Path.cwd(), options.release, folder=options.runs, again=options.again
        )
    if options.command == "bounds":
        from torch_semantics import bounds as declared

        return declared.run(Path.cwd(), options.runs)
    if options.command == "diff":
        from torch_semantics import diff as comparison

        return comparison.run(
            Path.cwd(),
            options.old,
            options.new,
            folder=options.runs,
            device=options.device,
            form=options.format,
            any_specification=options.any_specification,
        )
    if options.command == "changes":
        from torch_semantics import changes as log

        return log.run(Path.cwd(), options.runs, options.output)
    if options.command == "book":
        from torch_semantics.book import command as site

        return site.run(Path.cwd(), options.runs, options.output)
    if options.command == "passages":
        from torch_semantics import proofs

        return proofs.run(Path.cwd(), options.name, verbose=options.verbose)
    if options.command == "errata":
        from torch_semantics import errata as page

        return page.run(Path.cwd(), options.output)
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

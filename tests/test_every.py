"""``torch-semantics releases``, with a tox that only says what it would do."""

import json
import os
import re
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from torch_semantics import runs
from torch_semantics.cli import main
from torch_semantics.releases import RELEASES

ROOT = Path(__file__).resolve().parent.parent
TOX = '''#!{python}
"""Keeps what it was called with, and saves a run where it is told to."""
import json, os, pathlib, signal, sys

folder = pathlib.Path(sys.argv[sys.argv.index("--save-run") + 1])
name = sys.argv[sys.argv.index("-e") + 1]
with open("calls", "a") as file:
    print(name, file=file)
(pathlib.Path(".tox") / name).mkdir(parents=True)
told = json.loads(pathlib.Path("told.json").read_text()).get(name, "holds")
if told == "interrupt":
    os.kill(os.getppid(), signal.SIGINT)
elif told.startswith("says"):
    print(told.removeprefix("says "))
    print("  evaluation failed :( (1.00 seconds)")
    sys.exit(1)
else:
    release = name.removeprefix("torch")
    folder.mkdir(parents=True, exist_ok=True)
    run = {{
        "schema": {schema},
        "specification": "{digest}",
        "torch": {{"version": release}},
        "device": {{"name": "cpu"}},
        "claims": {{"a.b": {{"outcome": told}}}},
    }}
    (folder / f"torch-{{release}}-cpu.json").write_text(json.dumps(run))
'''


class Repository:
    """A specification, and what tox is to do with its releases."""

    def __init__(self, root):
        self.root = root
        self.folder = root / "reports/runs"
        (root / "spec").mkdir()
        (root / "spec/test_a.py").write_text("")
        (root / "tox.ini").write_text("")
        (root / "bin").mkdir()
        tox = root / "bin/tox"
        tox.write_text(
            TOX.format(
                python=sys.executable,
                schema=runs.SCHEMA,
                digest=runs.digest_of(root / "spec"),
            )
        )
        tox.chmod(0o755)
        self.tell({})

    def tell(self, told):
        """Say what becomes of a release: ``{"torch2.6.0": "broken"}``."""
        (self.root / "told.json").write_text(json.dumps(told))

    def called(self):
        """Return the environments that tox was called for since the last time."""
        calls = self.root / "calls"
        names = calls.read_text().split() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return names


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    return Repository(tmp_path)


@pytest.fixture
def say(capfd):
    """Return a function that runs the command, and gives its status and output."""

    def run(*arguments):
        status = main(["releases", *arguments])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return run


def test_each_release_is_run_and_removed(repository, say):
    status, out, _ = say("2.6.0", "1.13.1")

    assert status == 0
    assert repository.called() == ["torch1.13.1", "torch2.6.0"]
    assert out.splitlines() == [
        "1.13.1: 1 claim holds, 0 broken",
        "2.6.0: 1 claim holds, 0 broken",
    ]
    assert sorted(path.name for path in repository.folder.iterdir()) == [
        "torch-1.13.1-cpu.json",
        "torch-2.6.0-cpu.json",
    ]
    assert [path.name for path in (repository.root / ".tox").iterdir()] == ["releases"]


def test_all_releases_are_run(repository, say):
    assert say()[0] == 0
    assert repository.called() == [f"torch{release}" for release in RELEASES]


def test_what_has_a_run_is_not_run_again_unless_told(repository, say):
    say("2.6.0")
    repository.called()

    status, out, _ = say("2.6.0")
    assert (status, out) == (0, "2.6.0: is there: 1 claim holds, 0 broken\n")
    assert repository.called() == []

    say("2.6.0", "--again")
    assert repository.called() == ["torch2.6.0"]


def test_a_run_of_other_specs_is_made_again(repository, say):
    say("2.6.0")
    repository.called()
    (repository.root / "spec/test_a.py").write_text("# another")

    say("2.6.0")

    assert repository.called() == ["torch2.6.0"]


def test_a_broken_run_file_is_said_and_made_again(repository, say):
    repository.folder.mkdir(parents=True)
    path = repository.folder / "torch-2.6.0-cpu.json"
    path.write_text("{")

    status, out, _ = say("2.6.0")

    assert status == 0
    assert re.match(rf"2.6.0: the run file {path} is broken \(.*; it is made", out)
    assert out.endswith("\n2.6.0: 1 claim holds, 0 broken\n")
    assert runs.read_run(path)


def test_a_release_that_cannot_be_run_leaves_the_others(repository, say):
    missing = "could not find python interpreter with spec(s): python3.10"
    repository.tell({"torch1.13.1": f"says torch1.13.1: {missing}"})

    status, out, _ = say("1.13.1", "2.6.0")

    log = repository.root / ".tox/releases/torch1.13.1.log"
    assert status == 1
    assert out.splitlines() == [
        f"1.13.1: failed: torch1.13.1: {missing} (all of it: {log})",
        "2.6.0: 1 claim holds, 0 broken",
        "to look at: 1.13.1",
    ]
    assert missing in log.read_text()


def test_a_failure_leaves_the_old_run(repository, say):
    say("2.6.0")
    repository.tell({"torch2.6.0": "says error: no such torch"})

    status, out, _ = say("2.6.0", "--again")

    assert status == 1
    assert "2.6.0: failed: error: no such torch (all of it: " in out
    assert runs.read_run(repository.folder / "torch-2.6.0-cpu.json")


def test_a_red_run_is_kept_and_said(repository, say):
    repository.tell({"torch2.6.0": "broken"})

    status, out, _ = say("2.6.0")

    assert status == 1
    assert out == "2.6.0: 0 claims hold, 1 broken\nto look at: 2.6.0\n"
    assert say("2.6.0")[0] == 1


def test_an_interrupted_run_goes_on_where_it_was(repository, say):
    repository.tell({"torch2.1.0": "interrupt"})

    status, out, error = say("2.0.1", "2.1.0", "2.2.0")

    assert (status, out) == (130, "2.0.1: 1 claim holds, 0 broken\n")
    assert "interrupted: releases done: 1; the same command goes on there" in error
    assert not (repository.root / ".tox/torch2.1.0").exists()
    assert repository.called() == ["torch2.0.1", "torch2.1.0"]

    repository.tell({})
    assert say("2.0.1", "2.1.0", "2.2.0")[0] == 0
    assert repository.called() == ["torch2.1.0", "torch2.2.0"]


def test_a_full_disk_is_one_line(repository, say, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 3.21e9))

    status, out, error = say("2.6.0", "2.7.0")

    assert (status, out) == (2, "")
    assert (
        f"ERROR: 2.6.0 needs 8 GB of free disk below {repository.root}, and there are"
        " 3.2: make room, and the same command goes on here\n"
    ) in error
    assert repository.called() == []


def test_an_unknown_release_is_one_line(repository, say):
    status, out, error = say("2.6")

    assert (status, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("ERROR: 2.6 is none of the releases in tox.ini; did you")


def test_without_tox_there_is_one_line(repository, say, monkeypatch):
    monkeypatch.setenv("PATH", "")

    status, out, error = say("2.6.0")

    assert (status, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("ERROR: tox is not installed: pip install tox")


def test_without_a_specification_there_is_one_line(repository, say, monkeypatch):
    monkeypatch.chdir(repository.root / "bin")

    status, out, error = say("2.6.0")

    assert (status, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("ERROR: no specification here: ")


def test_tox_has_an_environment_for_each_release():
    text = (ROOT / "tox.ini").read_text()

    (names,) = re.findall(r"^\[testenv:torch{(.*)}\]$", text, re.MULTILINE)
    assert tuple(names.split(",")) == RELEASES
    for release in RELEASES:
        assert f"\n    torch{release}: torch=={release}\n" in text
        assert f"\n    torch{release}: torchvision==" in text

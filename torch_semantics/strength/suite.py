"""The specs whose strength is measured: chosen, collected by pytest, run one by one."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from _pytest.runner import runtestprotocol  # what plugins that run a spec again use

from torch_semantics.chapters import FILE, BadOrder, chapter_of, read_chapters
from torch_semantics.claims import claim_of
from torch_semantics.strength.stages import Stages

ERROR = pytest.StashKey[BaseException | None]()


class Unusable(Exception):
    """What was asked for can't be done; the message is one line."""


@dataclass
class Spec:
    """The spec of one claim: a pytest item for each of its cases.

    Args:
        id: the claim's id.
        chapter: such as ``tensor/views``.
        stages: of the spec's source.
        cases: the items of its cases.
        outcome: of the claim on torch as it is, once that is known; other than
            ``holds``, and nothing can be said of its strength here.
    """

    id: str
    chapter: str
    stages: Stages
    cases: list[pytest.Function] = field(default_factory=list)
    outcome: str = "unknown"

    @property
    def is_property(self) -> bool:
        """Whether hypothesis makes its inputs, which costs time."""
        return plain(self.cases[0].function) is not self.cases[0].function


def plain(function: Any) -> Any:
    """Return a spec's own function, from under what hypothesis wrapped around it."""
    return getattr(getattr(function, "hypothesis", None), "inner_test", function)


# --- choosing chapters ----------------------------------------------------------------


def choose(root: Path, names: Sequence[str], changed: str | None) -> list[str]:
    """Return the chapters to look at, in reading order.

    Args:
        root: the repository.
        names: chapters or parts, such as ``tensor/views`` or ``tensor``; none for all.
        changed: a git revision, to take only those that differ from it.

    Raises:
        Unusable: there is no specification, a name is unknown, or git can't tell.
    """
    specification = root / "spec"
    if not (specification / FILE).exists():
        raise Unusable(f"no specification here: spec/{FILE} is not in {root}")
    try:
        order = read_chapters(specification)
    except BadOrder as error:
        raise Unusable(str(error)) from None
    files = sorted(specification.glob("*/test_*.py"))
    written = [chapter_of(path, specification) for path in files]
    chapters = [name for name in order if name in written]
    chapters += [name for name in written if name not in order]
    known = {*order, *chapters, *(name.split("/")[0] for name in order + chapters)}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known))
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise Unusable(f"no chapter or part is called {name!r}{hint}")
        if not any(_belongs(chapter, name) for chapter in chapters):
            raise Unusable(f"{name} has no specs yet")
    if names:
        chapters = [c for c in chapters if any(_belongs(c, name) for name in names)]
    if changed is not None:
        paths = _changed(root, changed)
        chapters = [c for c in chapters if _concerns(root, c, paths)]
    return chapters


def _belongs(chapter: str, name: str) -> bool:
    return chapter == name or chapter.startswith(f"{name}/")


def spec_file(root: Path, chapter: str) -> Path:
    """Return the file of a chapter's specs."""
    part, name = chapter.split("/")
    return root / "spec" / part / f"test_{name.replace('-', '_')}.py"


def fault_file(root: Path, chapter: str) -> Path:
    """Return the file of a chapter's written faults."""
    part, name = chapter.split("/")
    return root / "faults" / part / f"{name.replace('-', '_')}.py"


def _changed(root: Path, revision: str) -> set[Path]:
    """Return the files that differ from a revision, with those git does not know."""
    lines: list[str] = []
    for command in (
        ("rev-parse", "--git-dir"),  # tells better than the others what is wrong
        ("diff", "--name-only", "--relative", revision, "--"),
        ("ls-files", "--others", "--exclude-standard"),
    ):
        try:
            git = subprocess.run(
                ["git", "-C", str(root), *command],
                capture_output=True,
                text=True,
                check=True,
            )
        except FileNotFoundError:
            raise Unusable("--changed needs git, which is not here") from None
        except subprocess.CalledProcessError as error:
            why = (error.stderr.strip() or "git failed").splitlines()[0]
            raise Unusable(f"--changed {revision}: {why}") from None
        lines += git.stdout.splitlines()
    return {root / line for line in lines}


def _concerns(root: Path, chapter: str, paths: set[Path]) -> bool:
    spec = spec_file(root, chapter)
    models = re.findall(r"\bspec\.models\.(\w+)", spec.read_text(encoding="utf-8"))
    own = {spec, fault_file(root, chapter)}
    own |= {root / f"spec/models/{name}.py" for name in models}
    harness = root / "torch_semantics"
    return bool(paths & own) or any(harness in path.parents for path in paths)


# --- collecting and running -----------------------------------------------------------


def _untold(excinfo: Any) -> str:
    """Stand in for the text of a failure, which nobody reads here."""
    return "failed"


class _Driver:
    """Collects with pytest, and does the work in the place of pytest's own loop."""

    def __init__(self, root: Path, work: Callable[[list[Spec]], int]) -> None:
        self._root = root
        self._work = work
        self._errors: list[str] = []
        self._status = 0

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.unregister(name="terminalreporter")
        # As in the gate, but that an example which fails is enough.
        hypothesis.settings.register_profile(
            "strength",
            hypothesis.settings.get_profile("gate"),
            report_multiple_bugs=False,
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        )
        hypothesis.settings.load_profile("strength")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            last = str(report.longrepr).strip().splitlines()[-1]
            self._errors.append(f"{report.nodeid} can't be collected: {last}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> None:
        if call.when == "call":
            item.stash[ERROR] = call.excinfo.value if call.excinfo else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self._errors:
            raise pytest.UsageError(*self._errors)
        specs: dict[str, Spec] = {}
        items = [item for item in session.items if isinstance(item, pytest.Function)]
        for item in items:
            claim = claim_of(item)
            if claim is None:
                continue
            if claim.id not in specs:
                chapter = chapter_of(item.path, self._root / "spec")
                specs[claim.id] = Spec(claim.id, chapter, Stages(plain(item.function)))
            specs[claim.id].cases.append(item)
            item.repr_failure = _untold  # type: ignore[method-assign]  # for speed
        if not any("caplog" in item.fixturenames for item in items):
            session.config.pluginmanager.unregister(name="logging-plugin")  # for speed
        # Made here, or else each child would make it anew for all of them.
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        try:
            self._status = self._work(list(specs.values()))
        except Unusable as error:
            raise pytest.UsageError(str(error)) from None
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus != pytest.ExitCode.USAGE_ERROR:
            session.exitstatus = self._status


def with_specs(
    root: Path, chapters: Sequence[str], work: Callable[[list[Spec]], int]
) -> int:
    """Collect the specs of chapters, and call ``work`` with them; return its status."""
    os.environ.pop("PYTEST_ADDOPTS", None)
    scratch = tempfile.mkdtemp(prefix="torch-semantics-")
    options = ["-s", "--tb=native", "-p", "no:randomly", "--device=cpu"]
    options += [f"--rootdir={root}", f"--basetemp={scratch}/specs"]
    files = [str(spec_file(root, chapter)) for chapter in chapters]
    try:
        status = pytest.main([*options, *files], plugins=[_Driver(root, work)])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 2 if status == pytest.ExitCode.USAGE_ERROR else int(status)


@dataclass(frozen=True)
class Ending:
    """How one run of a case ended.

    Args:
        outcome: the claim's.
        error: what the spec's function raised, if it was called and raised.
    """

    outcome: str
    error: BaseException | None


def run_case(item: pytest.Function) -> Ending:
    """Run one case as pytest does, with its fixtures."""
    item.stash[ERROR] = None
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        reports: list[Any] = runtestprotocol(item, log=False)
    outcome = next(
        (report.claim["outcome"] for report in reports if hasattr(report, "claim")),
        "not-run",
    )
    return Ending(outcome, item.stash[ERROR])

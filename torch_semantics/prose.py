"""``--prose``: the specification as it is proven, claim by claim, instead of dots.

A claim is told once all of its cases have run, and every claim before it in reading
order has been told. What arrives in another order, from workers or shuffled, waits, so
that the text is the same in whichever order the specs ran.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Collection, Generator
from typing import Any

import pytest

from torch_semantics import outcomes
from torch_semantics.chapters import specification_of
from torch_semantics.session import Session, badness

INDENT = "    "
COLOURS = ("green", "yellow", "red")


class Prose:
    """Tells each claim where pytest would write a letter for each of its cases."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.config = session.config
        self.claims: dict[str, str] = {}  # by the node ids of their cases
        self.files: dict[str, str] = {}  # by claim
        # The cases that have not run yet, by claim and in reading order.
        self.untold: dict[str, set[str]] = {}
        self.told = 0
        self.file = ""
        self.muted = False
        # There each worker runs every case, and the last one may make an outcome worse.
        self.waits = self.config.getoption("dist", "no") == "each"
        encoding = sys.stdout.encoding or "ascii"
        shown = "✓-✗".encode(encoding, "replace").decode(encoding)
        self.marks = dict(zip(COLOURS, shown if shown == "✓-✗" else "+-x"))

    # What will run.

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take the cases that this process will run."""
        self._expect({item.nodeid for item in session.items})

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Take the cases that the workers will run; each of them has the same."""
        if not self.claims:
            self._expect(set(ids))

    def _expect(self, nodeids: Collection[str]) -> None:
        for nodeid, spec in self.session.specs.items():
            file = nodeid.split("::")[0]
            if nodeid in nodeids and specification_of(self.config.rootpath / file):
                self.claims[nodeid] = spec["id"]
                self.files[spec["id"]] = file
                self.untold.setdefault(spec["id"], set()).add(nodeid)
        # An earlier child that died has told the first ones.
        self.told = self.session.scratch.read("told") or 0
        for id in list(self.untold)[: self.told]:
            del self.untold[id]

    # Instead of what pytest writes: its summary stays as ever.

    def pytest_sessionstart(self) -> None:
        """Leave out the percentages: pytest would count letters for them."""
        self.writer = self.config.get_terminal_writer()
        self.reporter: Any = self.config.pluginmanager.getplugin("terminalreporter")
        self.reporter._show_progress_info = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logstart(self, nodeid: str) -> Generator[None, Any, Any]:
        """Leave out the file's name, and the node id that ``-v`` would give."""
        option, verbose = self.config.option, self.config.option.verbose
        if nodeid in self.claims:
            option.verbose = -1
        try:
            return (yield)
        finally:
            option.verbose = verbose

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(
        self, report: pytest.TestReport
    ) -> Generator[None, Any, Any]:
        """Leave out the letter; a spec that ended its process has no more reports."""
        self.muted = report.nodeid in self.claims
        try:
            result = yield
        finally:
            self.muted = False
        if getattr(report, "claim", {}).get("outcome") in ("crashed", "timeout"):
            self.pytest_runtest_logfinish(report.nodeid)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self) -> Generator[None, Any, Any]:
        """Give pytest no letter and no word to write, but what its summary counts."""
        category, letter, word = yield
        return (category, "", "") if self.muted else (category, letter, word)

    # Telling.

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Tell the claims whose turn has come, now that one more case has run."""
        self.untold.get(self.claims.get(nodeid, ""), set()).discard(nodeid)
        while self.untold and not self.waits:
            id, waiting = next(iter(self.untold.items()))
            if waiting:
                break
            self._tell(id)
            del self.untold[id]
            self.told += 1
            self.session.scratch.write("told", self.told)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Tell the rest; of a claim whose cases didn't all run, only what is wrong."""
        for id, waiting in self.untold.items():
            entries = self.session.entries_of(id).values()
            if not waiting or any(it["outcome"] in outcomes.RED for it in entries):
                self._tell(id)

    def _tell(self, id: str) -> None:
        entries = self.session.entries_of(id)
        if not entries:  # as with --setup-only
            return
        worst = max(entries.values(), key=badness)
        gates = worst["outcome"] in outcomes.RED and worst["level"] == "must"
        colour = COLOURS[2 if gates else worst["outcome"] != "holds"]
        said = {place: _in_words(entry) for place, entry in entries.items()}
        lines = [f"{place}: {words}" for place, words in said.items()]
        if len(set(said.values())) == 1:
            lines = [words for words in set(said.values()) if words != "holds"]

        self._begin(id)
        mark = self.writer.markup(self.marks[colour], **{colour: True})
        self._write(worst["sentence"], f"  {mark} ")
        for line in lines:
            self._write(line, INDENT, **{colour: True})
        if self.config.option.verbose > 0:
            self._write(id, INDENT)
        self.writer.flush()

    def _begin(self, id: str) -> None:
        """Begin a line, below the chapter's heading."""
        self.reporter.ensure_newline()
        if self.writer.width_of_current_line:
            self.writer.line("")
        if self.files[id] != self.file:
            self.file = self.files[id]
            chapter = self.session.chapter(self.config.rootpath / self.file)
            self.writer.line("")
            self._write(chapter.full_title, bold=True)
            self._write(chapter.line)

    def _write(self, text: str, start: str = "", **markup: bool) -> None:
        width = self.writer.fullwidth - len(start and INDENT)
        lines = textwrap.wrap(
            text, width, break_long_words=False, break_on_hyphens=False
        )
        for line in lines:
            self.writer.line(start + self.writer.markup(line, **markup))
            start = start and INDENT


def _in_words(entry: dict[str, Any]) -> str:
    """Say an outcome, such as ``absent (since 2.0)`` or ``not run: needs cuda``."""
    outcome, reason = entry["outcome"], entry["reason"]
    bounds = f" ({entry['bounds']})" if outcome == "absent" else ""
    note = ", observed only" if entry["level"] == "observed" else ""
    why = f": {reason}" if reason and outcome != "absent" else ""
    return outcome.replace("-", " ") + bounds + note + why

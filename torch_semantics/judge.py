"""From what happened to a spec to its claim's outcome."""

from __future__ import annotations

import re

import pytest
from packaging.version import Version

from torch_semantics.claims import Claim, Difference

Verdict = tuple[str, str]  # an outcome, and the reason in one line
SAME_IN_EVERY_RUN = {
    r"0x[0-9a-f]+": "0x...",  # an address
    r"\.\.\.[0-9a-f]{8,}>": "...>",  # the end of one, where pytest shortens a repr
    r"[^ '\"]*/pytest-of-[^/]+/pytest-\d+/": "",  # pytest's folder for tmp_path
    r" \(/[^)]*\.\w+\)$": "",  # where a module lies that lacks a name
}


def judge(
    claim: Claim,
    release: Version,
    difference: Difference | None,
    leaks: list[str],
    report: pytest.TestReport,
    error: pytest.ExceptionInfo[BaseException] | None,
) -> Verdict | None:
    """Return the outcome of one phase of a spec, or None if the phase decides nothing.

    Args:
        claim: what the spec proves.
        release: the running release of torch.
        difference: what is declared for the device, if anything.
        leaks: what the spec left changed in torch's global state.
        report: pytest's own report of the phase.
        error: what the phase raised, if anything.
    """
    if report.skipped and isinstance(report.longrepr, tuple):
        return "not-run", report.longrepr[2].removeprefix("Skipped: ")
    if report.when != "call":
        return ("broken", f"in {report.when}: {_line(error)}") if error else None
    if leaks:
        return "broken", f"the spec left torch's state changed: {'; '.join(leaks)}"
    if not claim.covers(release):
        if error:
            return "absent", _line(error).removeprefix("Failed: ")  # the harness's own
        return "bounds", f"holds on {release}, outside its bounds ({claim.bounds})"
    if difference:
        return _judge_difference(difference, error)
    if not error:
        return "holds", ""
    if error.errisinstance((AttributeError, ImportError)) and (
        claim.since or claim.until or claim.gap
    ):
        return "bounds", f"missing inside its bounds ({claim.bounds}): {_line(error)}"
    return "broken", _line(error)


def _judge_difference(
    difference: Difference, error: pytest.ExceptionInfo[BaseException] | None
) -> Verdict:
    if difference.raises is None:
        return ("broken", _line(error)) if error else ("differs", difference.why)
    name = difference.raises.__name__
    if not error:
        return (
            "broken",
            f"holds on {difference.device}, where it is declared to raise {name}",
        )
    if error.errisinstance(difference.raises) and re.search(
        difference.match, str(error.value)
    ):
        return "differs", difference.why
    return "broken", _line(error)


def _line(error: pytest.ExceptionInfo[BaseException]) -> str:
    """Return an error as one line that is the same in every run."""
    text = (str(error.value).strip() or "no message").splitlines()[0]
    for pattern, instead in SAME_IN_EVERY_RUN.items():
        text = re.sub(pattern, instead, text)
    return f"{error.typename}: {text}"

"""Outcomes: the closed set of what can be said of a claim on a device in a run."""

from __future__ import annotations

from collections import Counter

# From the best to the worst: a claim that has several cases has the worst of theirs.
OUTCOMES = (
    "holds",  # inside its bounds, proven
    "absent",  # outside its bounds, and fails there as declared
    "differs",  # differs on the device exactly as declared
    "not-run",  # cannot run here; the reason says why
    "bounds",  # holds outside its bounds, or torch lacks it inside them
    "broken",  # fails inside its bounds
    "timeout",  # ran longer than a spec may
    "crashed",  # killed its process
)
RED = ("bounds", "broken", "timeout", "crashed")

WORDS = {
    "holds": ("claim holds", "claims hold"),
    "broken": ("broken", "broken"),
    "bounds": ("outside its bounds", "outside their bounds"),
    "absent": ("absent as declared", "absent as declared"),
    "differs": ("differs as declared", "differ as declared"),
    "crashed": ("crashed", "crashed"),
    "timeout": ("timed out", "timed out"),
    "observed": ("observed otherwise", "observed otherwise"),  # red, but never gates
    "not-run": ("not run", "not run"),
}
ALWAYS_SAID = ("holds", "broken")


def summary(claims: dict[str, dict[str, str]]) -> str:
    """Say how many claims have which outcome, as ``312 claims hold, 0 broken``.

    Args:
        claims: for each claim's id an entry with its outcome and perhaps a reason.
    """
    count = Counter(
        "observed" if "level" in entry and entry["outcome"] in RED else entry["outcome"]
        for entry in claims.values()
    )
    parts = [
        f"{count[outcome]} {words[count[outcome] != 1]}"
        for outcome, words in WORDS.items()
        if count[outcome] or outcome in ALWAYS_SAID
    ]
    reasons = {
        e.get("reason", "") for e in claims.values() if e["outcome"] == "not-run"
    }
    return ", ".join(parts) + (f": {', '.join(sorted(reasons))}" if reasons else "")

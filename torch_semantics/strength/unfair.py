"""Generated faults that no spec could fairly catch, from ``faults/unfair.toml``.

The file is a list of reasons, and under each the faults it is true of, told as the
report tells them, without the line::

    [[unfair]]
    because = "Rounding has a gradient of zero, which nothing makes less."
    faults = ["autograd.round.gradient: round loses the gradient"]
"""

from __future__ import annotations

import sys
from pathlib import Path

from torch_semantics.strength.suite import Unusable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "faults/unfair.toml"


def read_unfair(root: Path) -> dict[str, str]:
    """Return the reason for each fault that may survive; empty without the file.

    Raises:
        Unusable: the file isn't TOML, is not shaped as above, or names a fault twice.
    """
    path = root / FILE
    if not path.exists():
        return {}
    reasons: dict[str, str] = {}
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("unfair", [])
        for entry in entries:
            for name in entry["faults"]:
                if name in reasons:
                    raise Unusable(f"{path} has {name!r} twice")
                reasons[name] = entry["because"]
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"{path} is not valid TOML: {error}") from None
    except (KeyError, TypeError, AttributeError):
        raise Unusable(
            f"{path}: each [[unfair]] needs a sentence 'because' and a list 'faults'"
        ) from None
    return reasons

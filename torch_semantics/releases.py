"""Which torch is running, and how it compares with a claim's bounds."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.version import Version

# Every release on the registry that the specification is run on, oldest first.
RELEASES = (
    *("1.13.0", "1.13.1"),
    *("2.0.0", "2.0.1", "2.1.0", "2.1.1", "2.1.2", "2.2.0", "2.2.1", "2.2.2"),
    *("2.3.0", "2.3.1", "2.4.0", "2.4.1", "2.5.0", "2.5.1", "2.6.0", "2.7.0", "2.7.1"),
    *("2.8.0", "2.9.0", "2.9.1", "2.10.0", "2.11.0", "2.12.0", "2.12.1", "2.13.0"),
    *("2.14.0", "2.14.1", "2.15.0"),
)


def release_of(version: str) -> Version:
    """Return the release that a version of torch counts as.

    Builds (``2.13.0+cpu``), pre-releases (``2.14.0rc2``) and nightlies
    (``2.16.0.dev20261101+cu130``) compare as their release.

    Raises:
        packaging.version.InvalidVersion: the text is not a version.
    """
    return Version(Version(version).base_version)


def known(releases: Iterable[str]) -> list[Version]:
    """Return releases with all of RELEASES, in order, each once."""
    return sorted({Version(each) for each in (*RELEASES, *releases)})


def torch_version() -> str:
    """Return the running torch's version without its build, such as ``2.13.0``."""
    import torch

    return Version(torch.__version__).public

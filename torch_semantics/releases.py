"""Which torch is running, and how it compares with a claim's bounds."""

from __future__ import annotations

from packaging.version import Version


def release_of(version: str) -> Version:
    """Return the release that a version of torch counts as.

    Builds (``2.13.0+cpu``), pre-releases (``2.14.0rc2``) and nightlies
    (``2.16.0.dev20261101+cu130``) compare as their release.

    Raises:
        packaging.version.InvalidVersion: the text is not a version.
    """
    return Version(Version(version).base_version)


def torch_version() -> str:
    """Return the running torch's version without its build, such as ``2.13.0``."""
    import torch

    return Version(torch.__version__).public

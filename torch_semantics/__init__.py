"""The harness of torch-semantics: what turns plain test functions into claims.

A spec imports two things from here: the decorator :func:`claim` and, where a claim is
known to differ on a device, :class:`Difference`. Nothing in this module imports torch.
"""

from torch_semantics.claims import Claim, Difference, claim

__all__ = ["Claim", "Difference", "claim"]

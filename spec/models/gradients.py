"""Which gradients the backward of a custom Function may return."""

from collections.abc import Sequence


def accepted(
    are_tensors: Sequence[bool], returned: Sequence[int | None]
) -> list[int | None] | None:
    """Gradients that the tensors among a Function's arguments get; None for an error.

    There is one gradient for each argument. Further ones are ignored if all of them are
    None. Only a tensor may have a gradient; it need not have one.

    Args:
        are_tensors: whether each argument of forward is a tensor.
        returned: what backward returns: gradients and Nones.
    """
    count = len(are_tensors)
    own, further = returned[:count], returned[count:]
    if len(own) < count or any(value is not None for value in further):
        return None
    pairs = list(zip(are_tensors, own, strict=True))
    if any(value is not None for is_tensor, value in pairs if not is_tensor):
        return None
    return [value for is_tensor, value in pairs if is_tensor]

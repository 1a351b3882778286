"""Ways to break pinned memory: what pins, and what is said of it."""

import torch

from torch_semantics.faults import error_of, fault, raises, wrap

FACTORIES = "tensor empty empty_strided zeros ones full eye arange linspace rand randn"
FACTORIES += " randint randperm"


@fault(
    "Factories ignore pin_memory.",
    witness=lambda: not raises(lambda: torch.zeros(2, pin_memory=True)),
)
def factories_ignore_it(patch):
    wrap(
        patch,
        torch,
        FACTORIES,
        lambda make, *args, pin_memory=False, **options: make(*args, **options),
    )


@fault(
    "Only empty_strided() ignores pin_memory.",
    witness=lambda: (
        not raises(lambda: torch.empty_strided((2,), (1,), pin_memory=True))
    ),
)
def strided_ignores_it(patch):
    wrap(
        patch,
        torch,
        "empty_strided",
        lambda make, *args, pin_memory=False, **options: make(*args, **options),
    )


@fault(
    "pin_memory() returns the tensor without an accelerator.",
    witness=lambda: not raises(lambda: torch.ones(2).pin_memory()),
)
def method_does_nothing(patch):
    patch(torch.Tensor, "pin_memory", lambda self: self)


@fault(
    "pin_memory() raises a ValueError where it can't pin.",
    witness=lambda: isinstance(
        error_of(lambda: torch.ones(2, device="meta").pin_memory()), ValueError
    ),
)
def method_raises_another_error(patch):
    def translating(pin, self):
        try:
            return pin(self)
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    wrap(patch, torch.Tensor, "pin_memory", translating)


@fault(
    "is_pinned() is True of everything.",
    witness=lambda: torch.ones(2).is_pinned(),
)
def everything_is_pinned(patch):
    patch(torch.Tensor, "is_pinned", lambda self: True)


@fault(
    "is_pinned() raises for what is not dense.",
    witness=lambda: raises(lambda: torch.ones(2, device="meta").is_pinned()),
)
def meta_is_not_asked(patch):
    def refusing(pinned, self):
        if self.is_meta or self.is_sparse:
            raise RuntimeError("not dense")
        return pinned(self)

    wrap(patch, torch.Tensor, "is_pinned", refusing)
